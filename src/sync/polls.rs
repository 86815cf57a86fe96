//! Asking regularly: inbound texts at Twilio, and the upstream's list of updates.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::time::Duration;

use super::convert;
use super::engine::{Engine, Settings, Work};
use crate::domain::job::Destination;
use crate::domain::phone::E164;
use crate::domain::time::Micros;
use crate::remote::{Answer, ListUpdates, Outcome, Request};
use crate::store::messages::Seen;
use crate::store::{Db, Result, claims, destinations, inbound, presence, pulled};

/// Texts are claimed only this long after inbound was polled to the end (design 4.7).
const FRESH: Duration = Duration::from_secs(60);

/// Lists are read again from this much before the last time: dates are days, clocks differ.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// How far back a desk that never polled looks.
const FIRST: Duration = Duration::from_secs(30 * 24 * 3600);

/// More pages than this in one poll are a server that never ends.
const MAX_PAGES: usize = 10_000;

/// Somebody has a conversation open and waits for the answer.
const TALKING: Duration = Duration::from_secs(3);

/// The poll of inbound texts.
#[derive(Default)]
pub(super) struct Inbound {
    /// When the last one began that came to its end: what was sent to us before is known.
    done: Option<Micros>,
    failed_at: Option<Micros>,
    run: Option<InboundRun>,
    talking: bool,
}

struct InboundRun {
    began: Micros,
    left: Vec<E164>,
    seen: Vec<Seen>,
    pages: HashSet<String>,
    since: Micros,
}

impl Inbound {
    pub fn is_fresh(&self, now: Micros) -> bool {
        self.done.is_some_and(|done| now.since(done) < FRESH && done <= now)
    }

    /// What was known is not known any more: poll to the end before the next text.
    pub fn forget(&mut self) {
        self.done = None;
        self.failed_at = None;
    }

    /// Is there any prospect of a poll that comes to its end?
    pub fn may_finish(&self, settings: &Settings) -> bool {
        !settings.numbers.is_empty() && (self.done.is_some() || self.failed_at.is_none())
    }

    pub fn next(&self, settings: &Settings) -> Option<Micros> {
        let last = self.done.max(self.failed_at)?;
        (self.run.is_none() && !settings.numbers.is_empty()).then(|| last + self.interval(settings))
    }

    pub fn interval(&self, settings: &Settings) -> Duration {
        if self.talking { settings.poll_inbound.min(TALKING) } else { settings.poll_inbound }
    }
}

/// A walk through the upstream's list.
#[derive(Default)]
pub(super) struct Walk {
    last: Option<Micros>,
    /// When a walk last began that also read the days of all that is open.
    wide: Option<Micros>,
    run: Option<WalkRun>,
}

struct WalkRun {
    began: Micros,
    /// What is read now; the newest days, which have no end, come last.
    window: Window,
    left: VecDeque<Window>,
    offset: u64,
    pass: u32,
    ids: BTreeSet<i64>,
    pages: usize,
    rows: Vec<pulled::Row>,
}

/// Days of the upstream's list.
struct Window {
    from: Micros,
    to: Option<Micros>,
}

impl Walk {
    pub fn forget(&mut self) {
        self.last = None;
        self.wide = None;
    }

    pub fn next(&self, settings: &Settings) -> Option<Micros> {
        let last = self.last?;
        (self.run.is_none() && settings.upstream).then(|| last + settings.poll_upstream)
    }
}

/// Days of long ago, where a status may still change, are read so often; the last ones at every walk.
const WIDE: Duration = Duration::from_secs(15 * 60);

/// Between two walks that something in doubt asks for.
const REST: Duration = Duration::from_secs(1);

/// Rows asked for at once.
const PAGE: u32 = 500;

/// A list whose rows change places while it is read is read again, this often.
const PASSES: u32 = 3;

impl Engine {
    /// Starts a poll if one is due, or if the breaker wants a harmless probe.
    pub(super) fn plan_inbound(&mut self, db: &Db, now: Micros) -> Result<()> {
        if self.inbound.run.is_some() || self.settings.numbers.is_empty() {
            return Ok(());
        }
        self.inbound.talking = presence::is_talking(db, now)?;
        let breaker = self.breaker(Destination::Twilio);
        let due = self.inbound.next(&self.settings).is_none_or(|at| at <= now);
        if !(breaker.wants_probe(now) || breaker.is_closed() && due) {
            return Ok(());
        }
        let polled_to = destinations::known(db, Destination::Twilio)?.polled_to;
        self.poll_from(now, last_read(polled_to, now) - OVERLAP);
        Ok(())
    }

    fn poll_from(&mut self, began: Micros, since: Micros) {
        let mut left = self.settings.numbers.clone();
        left.reverse();
        self.inbound.run = Some(InboundRun { began, left, seen: Vec::new(), pages: HashSet::new(), since });
        self.poll_next_number();
    }

    /// Asks for the first page of the next number; false if none is left.
    fn poll_next_number(&mut self) -> bool {
        let Some(run) = &mut self.inbound.run else { return false };
        let Some(number) = run.left.pop() else { return false };
        let request = Request::ListMessages {
            from: None,
            to: Some(number),
            sent_since: Some(run.since.date()),
            page_size: 200,
        };
        self.call(request, Work::Inbound);
        true
    }

    pub(super) fn inbound_answered(&mut self, db: &mut Db, now: Micros, outcome: Outcome) -> Result<()> {
        let Some(run) = &mut self.inbound.run else { return Ok(()) };
        let page = match outcome {
            Outcome::Accepted { date: Some(theirs), .. } if (theirs - OVERLAP).date() < run.since.date() => {
                // Our clock is days ahead of Twilio's: what was asked for has yet to happen there.
                let began = run.began;
                self.poll_from(began, theirs - OVERLAP);
                return Ok(());
            }
            Outcome::Accepted { answer: Answer::Messages(page), .. } => page,
            other => {
                self.inbound.run = None;
                self.inbound.failed_at = Some(now);
                return match other {
                    Outcome::Rejected { why, .. } => self.list_failed(db, now, Destination::Twilio, &why),
                    _ => Ok(()),
                };
            }
        };
        let policy = &self.settings.policy;
        run.seen.extend(page.messages.iter().filter_map(|message| convert::message(message, policy)));
        if let Some(uri) = page.next_page_uri {
            if !run.pages.insert(uri.clone()) || run.pages.len() > MAX_PAGES {
                // Nothing is known, so nothing is sent.
                self.inbound.run = None;
                self.inbound.failed_at = Some(now);
                return self.list_failed(db, now, Destination::Twilio, "the list of texts has no end");
            }
            self.call(Request::NextMessages { uri }, Work::Inbound);
            return Ok(());
        }
        if self.poll_next_number() {
            return Ok(());
        }
        if let Some(run) = self.inbound.run.take() {
            inbound::polled(db, self.epoch, now, run.seen)?;
            self.inbound.done = Some(run.began);
        }
        Ok(())
    }

    /// Starts a walk if one is due, something is in doubt, or the breaker wants a probe.
    pub(super) fn plan_walk(&mut self, db: &Db, now: Micros) -> Result<()> {
        if self.walk.run.is_some() {
            return Ok(());
        }
        let breaker = self.breaker(Destination::Upstream);
        let due = self.walk.next(&self.settings).is_none_or(|at| at <= now);
        let doubts = claims::doubts(db, Destination::Upstream, now, usize::MAX >> 1)?;
        let rested = self.walk.last.is_none_or(|last| last + REST <= now);
        if !(breaker.wants_probe(now) || breaker.is_closed() && (due || rested && !doubts.is_empty())) {
            return Ok(());
        }
        let oldest = doubts.iter().map(|doubt| doubt.since).min().unwrap_or(now);
        let known = last_read(destinations::known(db, Destination::Upstream)?.polled_to, now);
        let from = known.min(oldest) - OVERLAP;
        let mut left = VecDeque::new();
        if self.walk.wide.is_none_or(|wide| wide + WIDE <= now || wide > now) {
            self.walk.wide = Some(now);
            left = windows(&pulled::open_days(db, from)?);
        }
        left.push_back(Window { from, to: None });
        let Some(window) = left.pop_front() else { return Ok(()) };
        self.walk.run = Some(WalkRun {
            began: now,
            window,
            left,
            offset: 0,
            pass: 1,
            ids: BTreeSet::new(),
            pages: 0,
            rows: Vec::new(),
        });
        self.walk_on();
        Ok(())
    }

    fn walk_on(&mut self) {
        let Some(run) = &self.walk.run else { return };
        let list = ListUpdates {
            from_date: Some(run.window.from.date()),
            to_date: run.window.to.map(Micros::date),
            limit: PAGE,
            offset: run.offset,
            ..ListUpdates::default()
        };
        self.call(Request::ListUpdates(list), Work::Walk);
    }

    pub(super) fn walk_answered(&mut self, db: &mut Db, now: Micros, outcome: Outcome) -> Result<()> {
        let Some(run) = &mut self.walk.run else { return Ok(()) };
        let page = match outcome {
            Outcome::Accepted { answer: Answer::Updates(page), .. } => page,
            other => {
                self.walk.run = None;
                self.walk.last = Some(now);
                self.walk.wide = None;
                return match other {
                    Outcome::Rejected { why, .. } => self.list_failed(db, now, Destination::Upstream, &why),
                    _ => Ok(()),
                };
            }
        };
        run.rows.extend(page.updates.iter().filter_map(|row| convert::row(row, &self.settings)));
        run.ids.extend(page.updates.iter().filter_map(|row| row.id));
        run.offset += page.updates.len() as u64;
        run.pages += 1;
        let ended = page.updates.is_empty() || run.offset >= page.total || run.pages > MAX_PAGES;
        let missed = ended && (run.ids.len() as u64) < page.total && run.pass < PASSES;
        if missed {
            run.offset = 0;
            run.pass += 1;
        }
        if !ended || missed {
            self.walk_on();
            return Ok(());
        }
        // Lists come newest first; what counts is the order in which it happened.
        run.rows.sort_by_key(|row| row.upstream_id);
        run.rows.dedup_by_key(|row| row.upstream_id);
        for rows in run.rows.chunks(CHUNK) {
            pulled::pulled(db, self.epoch, now, rows)?;
        }
        run.rows.clear();
        if let Some(window) = run.left.pop_front() {
            (run.window, run.offset, run.pass) = (window, 0, 1);
            run.ids.clear();
            self.walk_on();
            return Ok(());
        }
        let began = run.began;
        self.walk.last = Some(now);
        self.walk.run = None;
        pulled::walked(db, self.epoch, now, began)?;
        self.settle_doubts(db, now, began)
    }
}

/// Runs of days, a day more at each end: clocks differ.
fn windows(days: &[Micros]) -> VecDeque<Window> {
    let mut windows: VecDeque<Window> = VecDeque::new();
    for &day in days {
        match windows.back_mut() {
            Some(window) if window.to.is_some_and(|to| day - OVERLAP <= to + OVERLAP) => {
                window.to = Some(day + OVERLAP);
            }
            _ => windows.push_back(Window { from: day - OVERLAP, to: Some(day + OVERLAP) }),
        }
    }
    windows
}

/// From when on a list has to be read; a time that is still to come was a wrong clock's.
fn last_read(polled_to: Micros, now: Micros) -> Micros {
    let known = polled_to > Micros(0) && polled_to <= now;
    if known { polled_to } else { now - FIRST }
}

/// Rows taken over in one transaction.
const CHUNK: usize = 500;
