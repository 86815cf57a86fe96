//! Carries out effects: reads, writes, drafts, presence; files of customers are in `runner::files`. The
//! only place of the desk that names the store; every answer comes back as a message, nobody is waited
//! for.

mod conversations;
mod files;
mod slots;
mod texts;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

use super::msg::{Answer, Deciding, Failure, Msg, Read, STILL_HERE, Seen, Seq, Tone, Write};
use crate::domain::consent::Purpose;
use crate::domain::fold::Effective;
use crate::domain::ids::{CustomerId, UpdateId};
use crate::domain::money::Currency;
use crate::domain::phone::{E164, PhonePolicy};
use crate::domain::role::Actor;
use crate::domain::shown::{DraftOf, PUT_BACK, Party};
use crate::domain::text::Body;
use crate::domain::time::Micros;
use crate::domain::update::verified;
use crate::domain::wording;
use crate::files::batch;
use crate::store::drafts::Owner;
use crate::store::effective::Shown;
use crate::store::messages::{Checks, Window};
use crate::store::threads::Store;
use crate::store::updates::{Capture, Leaving, Telling};
use crate::store::{
    self, Db, batches, card, clash, consent, customers, debts, drafts, duplicates, holds, inbox, later,
    merge, notes, outbox, payments, presence, queue, quiet, record, report, retry, ring, search, state,
    timeline, undo, updates, users, why,
};

/// Hits of a look-up.
const HITS: u32 = 50;
/// Entries of a timeline, rows of the queue, fetched at once.
const PAGE: u32 = 100;
/// Texts of a thread, conversations of the inbox, lines of the outbox.
const MANY: u32 = 500;

/// Drafts are written so long after the last key (design 3).
const DRAFT: Duration = Duration::from_millis(250);

/// Presence is told again after this; it ages out after 60 s.
const BEAT: Duration = Duration::from_secs(20);

/// Changes of others are told no more often than this: each lets the screen ask again.
const CHANGES: Duration = Duration::from_millis(500);

/// What the desk needs to know of the office for its reads and writes.
#[derive(Clone)]
pub struct Office {
    pub actor: Actor,
    pub clock: fn() -> Micros,
    pub leaving: Leaving,
    pub window: Window,
    /// What is looked at before a text is queued.
    pub checks: Checks,
    /// Our sending numbers; the first is the usual one.
    pub numbers: Vec<E164>,
    /// Writes a number the way the master has it.
    pub mobile: Arc<dyn Fn(&str) -> String + Send + Sync>,
    /// No update is saved before it was said how the caller was identified.
    pub must_verify: bool,
    /// Who tells a mobile that it was replaced, where the office wants it.
    pub tell_old: Option<Telling>,
    /// Names this screen among others of the same user.
    pub desk: Uuid,
    /// How numbers and amounts of a file are read.
    pub policy: PhonePolicy,
    pub currency: Currency,
    pub payments: payments::Office,
    /// Custom fields that are never written to a file.
    pub is_sensitive: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    /// What an agent captures has to be approved.
    pub approval: bool,
    /// Of texts to several.
    pub purpose: Purpose,
    /// To so many customers at most.
    pub at_once: usize,
}

/// Carries out a command of the demo; what the desk is told comes back, or the sentence why not.
pub type Demo = Arc<dyn Fn(&str) -> Result<Msg, String> + Send + Sync>;

/// Executes effects against one store.
pub struct Runner {
    office: Office,
    store: Arc<Store>,
    to: UnboundedSender<Msg>,
    demo: Option<Demo>,
    dirty: HashMap<(Owner, DraftOf), Body>,
    due: Option<Instant>,
    doing: Option<(Party, &'static str)>,
    /// When presence was told last.
    beat: Option<Instant>,
    version: Option<i64>,
    /// When somebody's change was told last.
    changed: Option<Instant>,
    /// The import under way, or the last one, and how it is stopped.
    intake: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
    /// The same of an export.
    outgo: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
    /// Long deeds of the admin, each waited for at the end.
    apart: Vec<JoinHandle<()>>,
}

impl Runner {
    pub fn new(office: Office, store: Arc<Store>, to: UnboundedSender<Msg>, demo: Option<Demo>) -> Self {
        let dirty = HashMap::new();
        Self {
            office,
            store,
            to,
            demo,
            dirty,
            due: None,
            doing: None,
            beat: None,
            version: None,
            changed: None,
            intake: None,
            outgo: None,
            apart: Vec::new(),
        }
    }

    /// Asks; a newer question of the same kind overtakes an older one.
    pub fn read(&mut self, seq: Seq, what: Read) {
        let office = self.office.clone();
        if matches!(what, Read::Drafts | Read::Draft { .. } | Read::DraftTo(_)) {
            // Behind the drafts that are being written.
            self.keep_drafts();
            let answer = self.store.write(move |db| read(db, &office, what));
            return self.answer(seq, answer, String::new());
        }
        let answer = self.store.read(slots::slot(&what), move |db| read(db, &office, what));
        self.answer(seq, answer, String::new());
    }

    /// Saves, after all that was handed in before.
    pub fn write(&mut self, seq: Seq, what: Write) {
        self.keep_drafts();
        if is_long(&what) {
            return self.write_apart(seq, what);
        }
        let office = self.office.clone();
        let next = next_step(&what);
        let answer = self.store.write(move |db| write(db, &office, what));
        self.answer(seq, answer, next);
    }

    /// On a thread and a connection of its own: what this person saves meanwhile does not wait.
    fn write_apart(&mut self, seq: Seq, what: Write) {
        let (office, to, open) = (self.office.clone(), self.to.clone(), self.store.another());
        let thread = std::thread::Builder::new().name("admin".to_owned()).spawn(move || {
            let answer = open().map_err(store::Error::from).and_then(|mut db| write(&mut db, &office, what));
            let _ = to.send(match answer {
                Ok(answer) => Msg::Answer(seq, answer),
                Err(error) => Msg::Failed(seq, failure(&error, "")),
            });
        });
        match thread {
            Ok(thread) => self.apart.push(thread),
            Err(why) => {
                let failure = Failure {
                    why: format!("Nothing was done: {why}."),
                    field: None,
                    blocked: false,
                    stale: false,
                };
                let _ = self.to.send(Msg::Failed(seq, failure));
            }
        }
    }

    fn answer(
        &self,
        seq: Seq,
        answer: impl Future<Output = store::Result<Answer>> + Send + 'static,
        next: String,
    ) {
        let to = self.to.clone();
        tokio::spawn(async move {
            let msg = match answer.await {
                Ok(answer) => Msg::Answer(seq, answer),
                Err(error) => Msg::Failed(seq, failure(&error, &next)),
            };
            // A desk that has ended wants no answer.
            let _ = to.send(msg);
        });
    }

    /// Notes what is being typed; it is on disk 250 ms after the last key.
    pub fn draft(&mut self, whose: impl Into<Owner>, of: DraftOf, body: Body) {
        self.dirty.insert((whose.into(), of), body);
        self.due = Some(Instant::now() + DRAFT);
    }

    /// When drafts have to be written.
    pub fn draft_due(&self) -> Option<Instant> {
        self.due
    }

    /// Writes what is typed, now.
    pub fn keep_drafts(&mut self) {
        self.due = None;
        let to = self.to.clone();
        for ((whose, of), body) in std::mem::take(&mut self.dirty) {
            let (actor, now) = (self.office.actor.clone(), (self.office.clock)());
            let kept = self.store.write(move |db| drafts::put(db, &actor, now, whose, of, body.as_str()));
            let to = to.clone();
            tokio::spawn(async move {
                if let Err(why) = kept.await {
                    let _ =
                        to.send(Msg::Say(Tone::Bad, format!("What you type is not kept on disk: {why}.")));
                }
            });
        }
    }

    /// Tells the others what this person does.
    pub fn doing(&mut self, what: Option<(Party, &'static str)>) {
        if self.doing != what {
            self.doing = what;
            self.tell_presence();
        }
    }

    fn tell_presence(&mut self) {
        self.beat = Some(Instant::now());
        let office = self.office.clone();
        // Without a customer it says that there is a desk.
        let (with, doing) = match self.doing.clone() {
            Some((party, doing)) => (Some(party), doing),
            None => (None, "viewing"),
        };
        let told = self.store.write(move |db| {
            presence::seen(db, &office.actor, (office.clock)(), office.desk, with.as_ref(), doing)
        });
        tokio::spawn(async move {
            if let Err(why) = told.await {
                tracing::warn!(%why, "presence");
            }
        });
    }

    /// Carries out a command of the demo.
    pub fn demo(&self, line: &str) {
        let Some(demo) = self.demo.clone() else { return };
        let (to, line) = (self.to.clone(), line.to_owned());
        tokio::task::spawn_blocking(move || {
            let _ = to.send(demo(&line).unwrap_or_else(|why| Msg::Say(Tone::Bad, why)));
        });
    }

    /// Looks whether anybody has committed; a message says so.
    pub async fn look(&mut self) {
        if self.beat.is_none_or(|beat| beat.elapsed() > BEAT) {
            self.tell_presence();
        }
        // The first change is shown at once; of the many that an import makes, some.
        if self.changed.is_some_and(|changed| changed.elapsed() < CHANGES) {
            return;
        }
        let Ok(version) = self.store.version().await else { return };
        if self.version.replace(version).is_some_and(|known| known != version) {
            self.changed = Some(Instant::now());
            let _ = self.to.send(Msg::Changed);
        }
    }

    /// Drafts and presence are written, and everything handed in before is done.
    pub async fn finish(&mut self) {
        self.keep_drafts();
        self.stop_intake();
        if let Some((stop, _)) = &self.outgo {
            stop.store(true, Ordering::Relaxed);
        }
        let files = self.intake.take().into_iter().chain(self.outgo.take()).map(|(_, thread)| thread);
        for thread in files.chain(std::mem::take(&mut self.apart)) {
            // A panic over there was reported there.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
        let desk = self.office.desk;
        if let Err(why) = self.store.write(move |db| presence::left(db, desk)).await {
            tracing::warn!(%why, "presence");
        }
    }
}

/// More updates than this at once take longer than anybody waits for a save.
const LONG: usize = 500;

fn is_long(what: &Write) -> bool {
    match what {
        Write::Export { seqs, .. } | Write::Mark(seqs) | Write::Approve(seqs) => seqs.len() > LONG,
        Write::RejectAll { seqs, .. } => seqs.len() > LONG,
        Write::MarkBatch(_) => true,
        _ => false,
    }
}

fn read(db: &Db, office: &Office, what: Read) -> store::Result<Answer> {
    let (actor, now) = (&office.actor, (office.clock)());
    Ok(match what {
        Read::Lookup(query) => Answer::Found(search::find(db, actor, now, super::offset(now), &query, HITS)?),
        Read::Customers { after, newest_first } => {
            Answer::Found(search::page(db, actor, after, newest_first, PAGE)?)
        }
        Read::Card(id) => Answer::Card(Box::new(card::read(db, actor, id)?)),
        Read::Timeline { of, before } => Answer::Timeline(timeline::of(db, actor, of, before, PAGE)?),
        Read::Thread(party) => {
            let mut thread = inbox::thread(db, actor, now, &party, (MANY, office.desk))?;
            thread.hours = quiet::hours(db, now, &thread)?;
            Answer::Thread(Box::new(thread))
        }
        Read::TextFacts { to, number, purpose, mentions } => {
            return texts::facts(db, office, &to, &number, purpose, mentions);
        }
        Read::Replies(to) => return texts::replies(db, office, &to),
        Read::Why(message) => Answer::Why(why::sentences(&why::of_text(db, actor, now, message)?)),
        Read::WhyLine(seq) => Answer::Why(why::sentences(&why::of_line(db, actor, now, seq)?)),
        Read::Inbox { filter, after, newest_first } => {
            let reading = inbox::Reading { after, newest_first, limit: PAGE, desk: office.desk };
            Answer::Inbox(inbox::conversations(db, actor, now, &filter, reading)?)
        }
        Read::Queue { filter, after } => Answer::Queue(queue::page(db, actor, &filter, after, PAGE)?),
        Read::Matching(filter) => Answer::Matching(queue::matching(db, actor, &filter)?),
        Read::Report { from, before } => {
            Answer::Report(Box::new(report::read(db, actor, from, before, super::offset(now))?))
        }
        Read::Counts(filter) => Answer::Counts(queue::count(db, actor, &filter)?),
        Read::Facts(seq) => Answer::Facts(queue::facts(db, actor, seq)?),
        Read::Clashes => Answer::Clashes(queue::clashes(db, actor)?),
        Read::ClashList => Answer::ClashList(clash::list(db, actor)?),
        Read::Outbox { settled } => Answer::Outbox(outbox::shown(db, actor, settled, MANY)?),
        Read::People => Answer::People(users::people(db, actor)?),
        Read::State => Answer::State(state::read(db, actor, now)?),
        Read::Drafts => Answer::Drafts(drafts::mine(db, actor)?),
        Read::Draft { customer, of } => Answer::Draft(drafts::get(db, actor, customer, of)?),
        Read::DraftTo(number) => Answer::Draft(drafts::get(db, actor, number, DraftOf::Text)?),
        Read::Undoable => Answer::Undoable(undo::newest(db, actor, now, office.leaving.undo)?),
        Read::Duplicates(id) => Answer::Duplicates(duplicates::of(db, actor, id)?),
        Read::Sides { kept, gone } => Answer::Sides(Box::new(merge::compare(db, actor, kept, gone)?)),
        Read::Others(customer) => Answer::Others(presence::others(db, actor, now, customer, office.desk)?),
        Read::Payment { customer, amount } => {
            let payment = payments::offer(db, actor, now, &office.payments, customer, amount.as_deref())?;
            Answer::Payment(payment)
        }
        Read::Several { customers, body } => {
            return texts::several(db, office, customers, body);
        }
        Read::Record(customer) => Answer::Record(Box::new(record::read(db, actor, customer)?)),
        Read::Sharing { value, except } => {
            let others = record::others_with(db, actor, &value, except)?;
            Answer::Sharing(others.into_iter().map(|(_, name)| name).collect())
        }
    })
}

fn write(db: &mut Db, office: &Office, what: Write) -> store::Result<Answer> {
    let (actor, now) = (&office.actor, (office.clock)());
    match what {
        Write::Opened(id) => card::opened(db, actor, now, id)?,
        Write::Capture { customer, new, seen, asked } => {
            let verified_by = verified(asked.verified_by.as_deref(), office.must_verify)
                .map_err(|error| store::Error::Fields(vec![error]))?;
            let about = Capture {
                shown: shown(*seen),
                verified_by,
                read_back: asked.read_back,
                tell_old: office.tell_old.clone(),
                voice_yes: asked.voice_yes,
                approval: office.approval,
                ..Capture::default()
            };
            updates::capture(db, actor, now, customer, &new, &about, office.leaving)?;
            settled(db, office, Some(customer), DraftOf::Update);
        }
        Write::AddCustomer(new) => {
            let id = customers::add(db, actor, now, &new)?;
            settled(db, office, None, DraftOf::Customer);
            return Ok(Answer::Added(id));
        }
        Write::EditCustomer { customer, edit } => {
            record::edit(db, actor, now, customer, &edit)?;
            settled(db, office, Some(customer), DraftOf::Customer);
        }
        Write::Stage { customer, seen, stage } => record::stage(db, actor, now, customer, seen, stage)?,
        Write::Tags { customer, on, off } => record::tag(db, actor, now, customer, &on, &off)?,
        // The screen has asked.
        Write::DeleteCustomer(customer) => {
            record::delete(db, &Actor { confirmed: true, ..actor.clone() }, now, customer)?;
        }
        Write::Note { customer, body } => {
            notes::add(db, actor, now, customer, body.as_str())?;
            settled(db, office, Some(customer), DraftOf::Note);
        }
        Write::Pin { customer, note } => notes::pin(db, actor, now, customer, note)?,
        Write::Text { to, from, number, body, purpose, reply, at } => {
            return texts::send(db, office, &to, (from, &number), body, purpose, (reply, at));
        }
        Write::TextSeveral { customers, body } => {
            return texts::send_several(db, office, customers, body);
        }
        Write::Reschedule { seq, words } => {
            return Ok(Answer::Queued(later::reschedule(db, actor, now, seq, &words, office.window)?));
        }
        Write::RequestPayment { customer, amount, by } => {
            let amount = amount.as_deref();
            let asked =
                payments::request(db, actor, now, &office.payments, customer, amount, by, office.window)?;
            return Ok(Answer::Queued(asked.leaves));
        }
        Write::Debt { customer, debt, today } => {
            let recorded =
                debts::record(db, actor, now, &office.payments, customer, (&debt, today), office.window)?;
            if recorded.mail.is_some() {
                return Ok(Answer::Queued(now + office.window.undo));
            }
        }
        Write::VoiceYes { number, customer } => voice_yes_to(db, office, &number, customer)?,
        Write::DecideTexts { number, customer, deciding, reason } => {
            let number = parse(&number)?;
            match deciding {
                Deciding::Hold => holds::hold(db, actor, now, &number, customer, &reason)?,
                Deciding::Release => holds::release(db, actor, now, &number, customer, &reason)?,
                Deciding::Confirm => drop(holds::confirm(db, actor, now, &number, customer, &reason)?),
            }
        }
        Write::VoiceNo { number, customer, purposes } => {
            consent::no(db, actor, now, &parse(&number)?, customer, &purposes)?;
        }
        Write::Merge { kept, gone, takes } => {
            merge::merge(db, actor, now, (kept, gone), &takes.into_iter().collect(), office.leaving)?;
        }
        Write::RingShown(at) => ring::shown(db, actor, now, at)?,
        Write::ReadThread(party) => inbox::read(db, actor, now, &party)?,
        Write::Conversation { id, deed } => conversations::deed(db, office, id, deed)?,
        Write::Link { number, to } => return conversations::link(db, office, &number, &to),
        Write::SendAgain(message) => {
            retry::text_again(db, actor, now, message, office.window.due(now))?;
            return Ok(Answer::Queued(now + office.window.undo));
        }
        Write::TakeBack { seq, kind } if kind == PUT_BACK => {
            return Ok(Answer::Undone(undo::put_back(db, actor, now, seq, office.leaving)?));
        }
        Write::TakeBack { seq, kind } => {
            return Ok(Answer::Undone(undo::take_back(db, actor, now, office.leaving.undo, seq, &kind)?));
        }
        Write::Export { seqs, to } => return export(db, office, &seqs, &to),
        Write::Mark(seqs) => {
            return Ok(Answer::Marked(batches::mark_seqs(db, actor, now, &seqs, office.leaving)?));
        }
        Write::MarkBatch(number) => {
            return Ok(Answer::Marked(batches::mark(db, actor, now, number, office.leaving)?));
        }
        // The screen has asked.
        Write::DissolveBatch(number) => {
            batches::dissolve(db, &Actor { confirmed: true, ..actor.clone() }, now, number)?;
        }
        Write::Hold { seq, reason } => batches::hold(db, actor, now, seq, &reason)?,
        Write::Release { seq } => batches::release(db, actor, now, seq)?,
        Write::RejectAll { seqs, reason } => {
            return Ok(Answer::Marked(batches::reject_all(db, actor, now, &seqs, &reason)?));
        }
        Write::Approve(seqs) => {
            return Ok(Answer::Marked(batches::approve(db, actor, now, &seqs, office.leaving)?));
        }
        Write::Reject { seq, reason } => batches::reject(db, actor, now, seq, &reason)?,
        Write::Resolve { customer, field, newest, theirs, take, why } => {
            let which = clash::Which { customer, field, newest, theirs };
            clash::resolve(db, actor, now, &which, &take, &why, office.leaving)?;
        }
        Write::Retry { seq, reason } => {
            retry::retry(db, actor, now, seq, &reason, office.window.due(now))?;
        }
        // The screen has asked.
        Write::Discard { seq, reason } => {
            outbox::discard(db, &Actor { confirmed: true, ..actor.clone() }, now, seq, &reason)?;
        }
    }
    Ok(Answer::Saved)
}

/// What was saved is no draft any more, whatever becomes of the screen.
fn settled(db: &mut Db, office: &Office, customer: Option<CustomerId>, of: DraftOf) {
    if let Err(why) = drafts::put(db, &office.actor, (office.clock)(), customer, of, "") {
        tracing::warn!(%why, "a draft stays");
    }
}

fn voice_yes_to(
    db: &mut Db,
    office: &Office,
    number: &str,
    customer: Option<CustomerId>,
) -> store::Result<()> {
    let (number, now) = (parse(number)?, (office.clock)());
    consent::yes_by_voice(db, &office.actor, now, &number, customer, wording::VOICE, wording::VOICE_VERSION)
}

fn export(db: &mut Db, office: &Office, seqs: &[i64], to: &std::path::Path) -> store::Result<Answer> {
    let now = (office.clock)();
    if let Some(folder) = to.parent().filter(|_| to.extension().is_none()) {
        // A folder that is meant is made; a file goes where its folder is.
        let _ = std::fs::create_dir_all(folder.join(to.file_name().unwrap_or_default()));
    }
    let mobile = Arc::clone(&office.mobile);
    match batch::make(db, &office.actor, now, seqs, (to, None), |value| mobile(value)) {
        Ok((batch, path)) => Ok(Answer::Exported(batch, path)),
        Err(batch::BatchError::Store(error)) => Err(error),
        Err(other) => Err(store::Error::Refused(other.to_string())),
    }
}

fn parse(number: &str) -> store::Result<E164> {
    E164::parse(number).ok_or_else(|| store::Error::Refused(format!("{number} is no number to text")))
}

fn shown(seen: Seen) -> Shown {
    let effective = |(value, update): (String, Option<UpdateId>)| Effective { value, update };
    Shown { mobile: seen.mobile.map(effective), email: seen.email.map(effective) }
}

/// Which key is next when a write failed.
fn next_step(what: &Write) -> String {
    match what {
        Write::Capture { .. } | Write::AddCustomer(_) | Write::EditCustomer { .. } | Write::Note { .. } => {
            format!("{STILL_HERE}; F2 tries again.")
        }
        Write::Text { .. } => format!("{STILL_HERE}; Enter tries again."),
        _ => String::new(),
    }
}

fn failure(error: &store::Error, next: &str) -> Failure {
    use store::Error as E;
    let field = match error {
        E::Fields(errors) => errors.first().map(|error| error.field.to_owned()),
        _ => None,
    };
    let mut why = match error {
        E::Fields(errors) => errors.iter().map(|error| error.why.clone()).collect::<Vec<_>>().join("; "),
        E::Denied(why) => (*why).to_owned(),
        E::Blocked(block) => block.for_screen(),
        other => other.to_string(),
    };
    if let Some(first) = why.get(..1) {
        why = format!("{}{}", first.to_uppercase(), &why[1..]);
    }
    if !why.ends_with(['.', '?', '!']) {
        why.push('.');
    }
    if matches!(error, E::DiskFull | E::Disk(_) | E::Busy | E::Sql(_)) && !next.is_empty() {
        why = format!("{why} {next}");
    }
    Failure { why, field, blocked: matches!(error, E::Blocked(_)), stale: matches!(error, E::Overtaken) }
}
