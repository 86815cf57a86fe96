//! The sync engine: an event in, requests out. It reads and writes the store and does no network
//! I/O, so a test can cut it anywhere and a hung Twilio cannot hold up the upstream.
//!
//! The clock, the jitter and the ids are handed in. One engine holds one epoch of the lease; any
//! error of the store ends it, and the next one recovers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::breaker::Breaker;
use super::feed::{Feed, Master};
use super::polls::{Inbound, Walk};
use super::texts::Look;
use crate::domain::backoff;
use crate::domain::ids::{AttemptId, JobId, MessageId};
use crate::domain::job::{Destination, Step};
use crate::domain::mail::Mail;
use crate::domain::payment::By;
use crate::domain::phone::{E164, PhonePolicy};
use crate::domain::time::Micros;
use crate::remote::{Outcome, Request};
use crate::store::claims::{self, Claimed, Task, Verdict};
use crate::store::destinations::{self, Health};
use crate::store::{Db, Result, inbound, media, updates};

/// Requests under way to one destination.
const WINDOW: usize = 16;

/// The shortest time between two ticks that nothing but the clock asks for.
const SOON: Duration = Duration::from_millis(100);

const NO_NUMBER: &str = "there is no number to text from: list it in the configuration under [sms] numbers, or \
                         save one with `cordboard secret set TWILIO_PHONE_NUMBER`, and start again";

const NO_MAIL: &str = "there is no server for mail: an admin sets [mail] in the configuration";

/// What the engine has to know of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our sending numbers; they are polled for inbound texts.
    pub numbers: Vec<E164>,
    /// Is there an upstream?
    pub upstream: bool,
    /// Is there a server for mail?
    pub mail: bool,
    /// How mobiles go over the wire to the upstream: national digits, or E.164.
    pub national: bool,
    pub policy: PhonePolicy,
    pub poll_inbound: Duration,
    pub poll_upstream: Duration,
    pub master: Master,
}

/// Names one request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// What the world tells the engine.
#[expect(clippy::large_enum_variant, reason = "few at a time, and nearly all are replies")]
#[derive(Clone, Debug)]
pub enum Event {
    /// Time has passed, or somebody has queued something.
    Tick,
    /// What became of a request.
    Reply { ticket: Ticket, outcome: Outcome },
}

/// A request to be performed; its outcome comes back as [`Event::Reply`] with the same ticket.
#[derive(Clone, Debug)]
pub struct Call {
    pub ticket: Ticket,
    pub request: Request,
}

/// What a request under way is for.
pub(super) enum Work {
    Text {
        claimed: Claimed,
        text: claims::Text,
    },
    Upload(Claimed),
    Mark(Claimed),
    Marks(Claimed),
    Mail {
        claimed: Claimed,
        mail: Mail,
    },
    /// Hello to the mail server.
    Probe,
    /// Of a request for payment: the upstream's latest contact.
    Latest(uuid::Uuid, By),
    Status(MessageId),
    /// What the files of a text are.
    Media(MessageId),
    Look(Look),
    Inbound,
    Walk,
    Feed,
}

impl Work {
    /// The master is no destination: nothing is sent there.
    fn destination(&self) -> Option<Destination> {
        Some(match self {
            Self::Feed => return None,
            Self::Text { .. } | Self::Status(_) | Self::Media(_) | Self::Look(_) | Self::Inbound => {
                Destination::Twilio
            }
            Self::Upload(_) | Self::Mark(_) | Self::Marks(_) | Self::Walk | Self::Latest(..) => {
                Destination::Upstream
            }
            Self::Mail { .. } | Self::Probe => Destination::Mail,
        })
    }
}

/// See the module.
pub struct Engine {
    pub(super) epoch: i64,
    pub(super) settings: Settings,
    pub(super) inbound: Inbound,
    pub(super) walk: Walk,
    pub(super) feed: Feed,
    twilio: Breaker,
    upstream: Breaker,
    mail: Breaker,
    health: [Health; 3],
    under_way: BTreeMap<Ticket, Work>,
    next_ticket: u64,
    outbox: Vec<Call>,
    jitter: u64,
    winding_up: bool,
    last_now: Micros,
}

impl Engine {
    /// Takes up where a dead engine left off.
    ///
    /// # Errors
    /// Fenced, or the disk refuses.
    pub fn start(db: &mut Db, epoch: i64, settings: Settings, seed: u64, now: Micros) -> Result<Self> {
        claims::recover(db, epoch, now)?;
        if settings.upstream {
            updates::enqueue_missing(db, now)?;
        } else {
            // Nobody asks it any more: what was last known of it is no news.
            destinations::set(db, epoch, now, Destination::Upstream, Health::Unknown, "")?;
        }
        if !settings.mail {
            destinations::set(db, epoch, now, Destination::Mail, Health::NotSetUp, NO_MAIL)?;
        } else if destinations::known(db, Destination::Mail)?.health == Health::NotSetUp {
            // It was set up since; nobody has asked it yet.
            destinations::set(db, epoch, now, Destination::Mail, Health::Unknown, "")?;
        }
        if settings.numbers.is_empty() {
            destinations::set(db, epoch, now, Destination::Twilio, Health::NotSetUp, NO_NUMBER)?;
        }
        Ok(Self {
            epoch,
            settings,
            inbound: Inbound::default(),
            walk: Walk::default(),
            feed: Feed::default(),
            twilio: Breaker::default(),
            upstream: Breaker::default(),
            mail: Breaker::default(),
            health: [Health::Unknown; 3],
            under_way: BTreeMap::new(),
            next_ticket: 0,
            outbox: Vec::new(),
            // An xorshift never leaves zero.
            jitter: seed | 1,
            winding_up: false,
            last_now: now,
        })
    }

    /// Takes in an event and answers with the requests to perform now.
    ///
    /// # Errors
    /// Fenced, or the disk refuses: the engine must not be used any further.
    pub fn step(&mut self, db: &mut Db, now: Micros, event: Event) -> Result<Vec<Call>> {
        self.steps(db, now, [event])
    }

    /// Takes in several events, then decides once: fewer commits for the same work.
    ///
    /// # Errors
    /// See [`Engine::step`].
    pub fn steps(
        &mut self,
        db: &mut Db,
        now: Micros,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<Vec<Call>> {
        for event in events {
            if let Event::Reply { ticket, outcome } = event
                && let Some(work) = self.under_way.remove(&ticket)
            {
                if let Some(to) = work.destination() {
                    self.learn(db, now, to, &outcome)?;
                }
                self.answer(db, now, work, outcome)?;
            }
        }
        if now < self.last_now {
            self.clock_went_back(db, now)?;
        }
        self.last_now = now;
        self.plan(db, now)?;
        Ok(std::mem::take(&mut self.outbox))
    }

    /// Credentials or addresses have changed: what was refused before is tried again.
    pub fn reconnect(&mut self) {
        self.twilio = Breaker::default();
        self.upstream = Breaker::default();
        self.mail = Breaker::default();
        self.feed.forget();
        // Something else may be missing now.
        self.health = [Health::Unknown; 3];
    }

    /// Is no request under way?
    pub fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Has everything been done that can be done before `until`? What waits for a destination that
    /// does not answer is not waited for.
    ///
    /// # Errors
    /// Only if the file cannot be read.
    pub fn is_done(&self, db: &Db, until: Micros) -> Result<bool> {
        if !self.is_idle() || !self.feed.is_settled(&self.settings) {
            return Ok(false);
        }
        for to in Destination::ALL {
            let reachable = match to {
                Destination::Twilio => self.twilio.is_closed() && self.inbound.may_finish(&self.settings),
                Destination::Upstream => self.upstream.is_closed() && self.settings.upstream,
                Destination::Mail => self.mail.is_closed() && self.settings.mail,
            };
            if reachable && claims::next_due(db, to)?.is_some_and(|at| at <= until) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Could something that is due go out now?
    fn may_send(&self, to: Destination, now: Micros) -> bool {
        match to {
            Destination::Twilio => self.twilio.is_closed() && self.inbound.is_fresh(now),
            Destination::Upstream => self.settings.upstream && self.upstream.is_closed(),
            Destination::Mail => self.settings.mail && self.mail.is_closed(),
        }
    }

    /// Somebody has set the clock right: what was timed by the wrong one is timed anew.
    fn clock_went_back(&mut self, db: &mut Db, now: Micros) -> Result<()> {
        self.inbound.forget();
        self.walk.forget();
        self.feed.forget();
        self.reconnect();
        claims::clamp(db, self.epoch, now)
    }

    /// A list that cannot be read to its end: nobody knows what is in there, so it counts as away.
    pub(super) fn list_failed(&mut self, db: &mut Db, now: Micros, to: Destination, why: &str) -> Result<()> {
        let jitter = self.jitter();
        self.breaker_mut(to).fail(now, jitter);
        self.set_health(db, now, to, Health::Offline, why)
    }

    fn set_health(
        &mut self,
        db: &mut Db,
        now: Micros,
        to: Destination,
        health: Health,
        why: &str,
    ) -> Result<()> {
        let known = match to {
            Destination::Twilio => &mut self.health[0],
            Destination::Upstream => &mut self.health[1],
            Destination::Mail => &mut self.health[2],
        };
        if std::mem::replace(known, health) == health {
            return Ok(());
        }
        destinations::set(db, self.epoch, now, to, health, why)
    }

    /// Starts nothing new from now on; replies are still taken in.
    pub fn wind_up(&mut self) {
        self.winding_up = true;
    }

    /// When a [`Event::Tick`] is wanted at the latest, if nothing else happens. Never at once: what
    /// is due but held up by a breaker or a poll moves when that does.
    ///
    /// # Errors
    /// Only if the file cannot be read.
    pub fn wake(&self, db: &Db, now: Micros) -> Result<Option<Micros>> {
        // A poll that seems further off than its interval was timed by a clock that was wrong.
        let often = self.inbound.interval(&self.settings);
        let inbound = self.inbound.next(&self.settings).map(|at| at.min(now + often));
        let walk = self.walk.next(&self.settings).map(|at| at.min(now + self.settings.poll_upstream));
        let polls = [inbound.filter(|_| self.twilio.is_closed()), walk.filter(|_| self.upstream.is_closed())];
        let breakers =
            [self.twilio.wake(), self.upstream.wake(), self.mail.wake(), self.feed.next(&self.settings)];
        let mut stored = Vec::new();
        for to in Destination::ALL {
            if self.may_send(to, now) {
                stored.push(claims::next_due(db, to)?);
            }
        }
        if self.twilio.is_closed() {
            stored.push(inbound::next_look(db)?);
            stored.push(media::next_due(db)?);
        }
        let first = polls.into_iter().chain(breakers).chain(stored).flatten().min();
        Ok(first.map(|at| at.max(now + SOON)))
    }

    fn answer(&mut self, db: &mut Db, now: Micros, work: Work, outcome: Outcome) -> Result<()> {
        match work {
            Work::Text { claimed, text } => self.text_answered(db, now, &claimed, &text, outcome),
            Work::Status(message) => self.status_answered(db, now, message, outcome),
            Work::Media(message) => self.media_answered(db, now, message, &outcome),
            Work::Look(look) => self.look_answered(db, now, look, outcome),
            Work::Inbound => self.inbound_answered(db, now, outcome),
            Work::Upload(claimed) => self.upload_answered(db, now, &claimed, &outcome),
            Work::Mark(claimed) => self.mark_answered(db, now, &claimed, &outcome),
            Work::Marks(claimed) => self.marks_answered(db, now, &claimed, outcome),
            Work::Walk => self.walk_answered(db, now, outcome),
            Work::Mail { claimed, mail } => self.mail_answered(db, now, &claimed, &mail, outcome),
            Work::Probe => Ok(()),
            Work::Latest(subject, by) => self.latest_answered(db, now, (subject, by), outcome),
            Work::Feed => self.feed_answered(db, now, outcome),
        }
    }

    /// Decides what goes out now.
    fn plan(&mut self, db: &mut Db, now: Micros) -> Result<()> {
        if self.winding_up {
            self.outbox.clear();
            return Ok(());
        }
        self.plan_latest(db, now)?;
        if self.settings.mail {
            self.plan_mail(db, now)?;
            if self.mail.is_closed() {
                self.send(db, now, Destination::Mail)?;
            }
        }
        self.plan_feed(db, now)?;
        self.plan_inbound(db, now)?;
        if self.twilio.is_closed() {
            self.plan_looks(db, now)?;
            self.plan_statuses(db, now)?;
            self.plan_media(db, now)?;
            if self.inbound.is_fresh(now) {
                self.send(db, now, Destination::Twilio)?;
            }
        }
        if self.settings.upstream {
            self.plan_walk(db, now)?;
            if self.upstream.is_closed() {
                self.send(db, now, Destination::Upstream)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, db: &mut Db, now: Micros, to: Destination) -> Result<()> {
        let room = self.room(to);
        if room == 0 {
            return Ok(());
        }
        for claimed in claims::claim(db, self.epoch, now, to, room)? {
            let (request, work) = match &claimed.task {
                Task::Text(text) => {
                    let text = text.clone();
                    (Self::text_request(&text), Work::Text { claimed, text })
                }
                Task::Mail(mail) => {
                    let mail = mail.clone();
                    (Request::SendMail(Box::new(mail.clone())), Work::Mail { claimed, mail })
                }
                Task::Upload(update) => (self.upload_request(update), Work::Upload(claimed)),
                Task::Mark { upstream_id, by, at } => {
                    let synced_at = at.rfc3339();
                    (Request::MarkSynced { id: *upstream_id, synced_by: *by, synced_at }, Work::Mark(claimed))
                }
                Task::Marks { upstream_ids, by } => {
                    (Request::BulkSync { ids: upstream_ids.clone(), synced_by: *by }, Work::Marks(claimed))
                }
            };
            self.call(request, work);
        }
        Ok(())
    }

    /// How many more requests may be under way to `to`.
    pub(super) fn room(&self, to: Destination) -> usize {
        WINDOW.saturating_sub(self.under_way.values().filter(|work| work.destination() == Some(to)).count())
    }

    pub(super) fn call(&mut self, request: Request, work: Work) {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.under_way.insert(ticket, work);
        self.outbox.push(Call { ticket, request });
    }

    pub(super) fn any_under_way(&self, what: impl Fn(&Work) -> bool) -> bool {
        self.under_way.values().any(what)
    }

    pub(super) fn breaker(&self, to: Destination) -> &Breaker {
        match to {
            Destination::Twilio => &self.twilio,
            Destination::Upstream => &self.upstream,
            Destination::Mail => &self.mail,
        }
    }

    fn breaker_mut(&mut self, to: Destination) -> &mut Breaker {
        match to {
            Destination::Twilio => &mut self.twilio,
            Destination::Upstream => &mut self.upstream,
            Destination::Mail => &mut self.mail,
        }
    }

    /// Teaches the breaker, and writes down a change of health for the screens.
    fn learn(&mut self, db: &mut Db, now: Micros, to: Destination, outcome: &Outcome) -> Result<()> {
        let jitter = self.jitter();
        let breaker = self.breaker_mut(to);
        let health = breaker.learn(outcome, now, jitter);
        if to == Destination::Twilio && !breaker.is_closed() {
            // A STOP may have come while we were away.
            self.inbound.forget();
        }
        self.set_health(db, now, to, health, why(outcome))
    }

    /// The verdict of an outcome that is neither an acceptance nor a refusal.
    pub(super) fn undecided(
        &mut self,
        now: Micros,
        job: JobId,
        attempt: AttemptId,
        attempts: i64,
        outcome: Outcome,
    ) -> Verdict {
        let (step, why, not_before) = match outcome {
            Outcome::NotSent { why } | Outcome::Credential { why } | Outcome::NotSetUp { why } => {
                (Step::PutBack, why, None)
            }
            Outcome::NotProcessed { why, retry_after } => {
                let wait = retry_after.unwrap_or_else(|| self.backoff(attempts));
                (Step::PutBack, why, Some(now + wait))
            }
            Outcome::Ambiguous { why } => (Step::Doubt, why, Some(now + super::texts::LOOKS[0])),
            Outcome::Rejected { why, .. } => (Step::Reject, why, None),
            // An answer of another kind than was asked for proves nothing.
            Outcome::Accepted { .. } => (
                Step::Doubt,
                "the answer was to another question".to_owned(),
                Some(now + super::texts::LOOKS[0]),
            ),
        };
        Verdict { job, attempt: Some(attempt), step, why, not_before }
    }

    pub(super) fn backoff(&mut self, attempts: i64) -> Duration {
        let attempts = u32::try_from(attempts).unwrap_or(1);
        let jitter = self.jitter();
        backoff::delay(attempts, jitter, backoff::BASE, backoff::CAP)
    }

    /// A number from 0 up to 1: an xorshift is plenty for spreading tries.
    fn jitter(&mut self) -> f64 {
        self.jitter ^= self.jitter << 13;
        self.jitter ^= self.jitter >> 7;
        self.jitter ^= self.jitter << 17;
        f64::from(u32::try_from(self.jitter >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }
}

fn why(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Accepted { .. } => "",
        Outcome::NotSent { why }
        | Outcome::NotProcessed { why, .. }
        | Outcome::Rejected { why, .. }
        | Outcome::Credential { why }
        | Outcome::NotSetUp { why }
        | Outcome::Ambiguous { why } => why,
    }
}
