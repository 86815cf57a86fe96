//! Reading the master's feed (NIC-132, NIC-133): page by page to the end, the place kept on disk, then again
//! after a while; and deciding what the policy can decide. It has a pause of its own when it fails: that the
//! master is away holds up neither texts nor uploads.

use std::time::Duration;

use super::convert;
use super::engine::{Engine, Settings, Work};
use crate::domain::backoff;
use crate::domain::clash::Policy;
use crate::domain::time::Micros;
use crate::remote::{Answer, Outcome, Request};
use crate::store::updates::Leaving;
use crate::store::{Db, Result, clash, master};

/// Customers of a page.
const PAGE: u32 = 500;

/// What changed shortly before the last walk is read again: a save may become visible late.
const OVERLAP: Duration = Duration::from_secs(300);

/// More pages than this in one walk are a list that never ends.
const MAX_PAGES: u32 = 100_000;

/// What the engine has to know of the master.
#[derive(Clone, Copy, Debug, Default)]
pub struct Master {
    /// Is there a feed, and how often is it read?
    pub poll: Option<Duration>,
    pub policy: Policy,
    /// How long a capture that the policy makes can be taken back.
    pub undo: Duration,
}

/// The walk as this engine knows it; its place is on disk.
#[derive(Default)]
pub(super) struct Feed {
    next: Option<Micros>,
    failures: i64,
    pages: u32,
    under_way: bool,
    /// It came to its end, or could not, since this engine began.
    tried: bool,
}

impl Feed {
    pub fn next(&self, settings: &Settings) -> Option<Micros> {
        settings.master.poll.filter(|_| !self.under_way)?;
        self.next
    }

    /// Has it been read once, or is there no prospect of it?
    pub fn is_settled(&self, settings: &Settings) -> bool {
        settings.master.poll.is_none() || self.tried
    }

    pub fn forget(&mut self) {
        self.next = None;
    }
}

impl Engine {
    /// Starts a walk or goes on with one; decides clashes by the rule.
    pub(super) fn plan_feed(&mut self, db: &mut Db, now: Micros) -> Result<()> {
        let Settings { master, upstream, .. } = self.settings;
        let leaving = Leaving { undo: master.undo, upstream };
        clash::apply(db, self.epoch, now, master.policy, leaving)?;
        if master.poll.is_none() || self.feed.under_way || self.feed.next.is_some_and(|at| at > now) {
            return Ok(());
        }
        let known = master::feed(db)?;
        let since = known.since.map(|since| (since - OVERLAP).rfc3339());
        self.feed.under_way = true;
        let request = Request::ListCustomers { updated_since: since, cursor: known.cursor, limit: PAGE };
        self.call(request, Work::Feed);
        Ok(())
    }

    pub(super) fn feed_answered(&mut self, db: &mut Db, now: Micros, outcome: Outcome) -> Result<()> {
        self.feed.under_way = false;
        match outcome {
            Outcome::Accepted { answer: Answer::Customers(page), .. } => {
                let next = page.next_cursor.filter(|cursor| !cursor.is_empty());
                let before = master::feed(db)?.cursor;
                let rows: Vec<_> =
                    page.customers.iter().filter_map(|row| convert::customer(row, &self.settings)).collect();
                self.feed.pages += 1;
                let endless = next.is_some() && (next == before || self.feed.pages > MAX_PAGES);
                master::page(db, self.epoch, now, &rows, next.as_deref().filter(|_| !endless))?;
                if endless {
                    return self.feed_failed(db, now, "its list leads back to the same page", true);
                }
                self.feed.failures = 0;
                if next.is_some() {
                    self.feed.next = None;
                } else {
                    self.feed.pages = 0;
                    self.feed.tried = true;
                    self.feed.next = self.settings.master.poll.map(|poll| now + poll);
                }
                Ok(())
            }
            // A cursor that the master does not know any more begins the walk anew.
            Outcome::Rejected { why, .. } => self.feed_failed(db, now, &why, true),
            Outcome::NotSent { why }
            | Outcome::NotProcessed { why, .. }
            | Outcome::Credential { why }
            | Outcome::NotSetUp { why }
            | Outcome::Ambiguous { why } => self.feed_failed(db, now, &why, false),
            Outcome::Accepted { .. } => {
                self.feed_failed(db, now, "the answer was to another question", false)
            }
        }
    }

    fn feed_failed(&mut self, db: &mut Db, now: Micros, why: &str, anew: bool) -> Result<()> {
        self.feed.failures += 1;
        self.feed.pages = 0;
        self.feed.tried = true;
        self.feed.next = Some(now + self.backoff(self.feed.failures).min(backoff::CAP));
        master::failed(db, self.epoch, now, why, anew)
    }
}
