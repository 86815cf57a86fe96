//! Mails, and the upstream's latest contact of those who are asked for a payment. At most once by
//! machine: a mail whose fate is unknown is a person's to decide (design 4.3).

use std::time::Duration;

use uuid::Uuid;

use super::convert;
use super::engine::{Engine, Work};
use crate::domain::job::{Destination, Step};
use crate::domain::mail::Mail;
use crate::domain::payment::By;
use crate::domain::time::Micros;
use crate::remote::{Answer, Outcome, Request};
use crate::store::claims::{self, Claimed, Verdict};
use crate::store::payments::{self, Latest};
use crate::store::{Db, Result, mails};

/// A request for payment that may leave waits so long for the upstream's word, and no longer.
const PATIENCE: Duration = Duration::from_secs(10);

impl Engine {
    /// Says hello where the breaker wants to know, and hands to a person what a dead engine left under
    /// way.
    pub(super) fn plan_mail(&mut self, db: &mut Db, now: Micros) -> Result<()> {
        if self.breaker(Destination::Mail).wants_probe(now)
            && !self.any_under_way(|work| matches!(work, Work::Probe))
        {
            self.call(Request::GreetMail, Work::Probe);
        }
        for doubt in claims::doubts(db, Destination::Mail, now, usize::MAX >> 1)? {
            mails::unconfirmed(db, self.epoch, now, None, doubt.job)?;
        }
        Ok(())
    }

    pub(super) fn mail_answered(
        &mut self,
        db: &mut Db,
        now: Micros,
        claimed: &Claimed,
        mail: &Mail,
        outcome: Outcome,
    ) -> Result<()> {
        let (job, attempt) = (claimed.jobs[0], claimed.attempt);
        let settled = |step, why| Verdict { job, attempt: Some(attempt), step, why, not_before: None };
        match outcome {
            Outcome::Accepted { answer: Answer::Mailed, .. } => {
                claims::settle_all(db, self.epoch, now, &[settled(Step::Accept, String::new())])
            }
            Outcome::Rejected { status, code, why } => {
                let dead = code.map(|_| (mail, status));
                mails::rejected(db, self.epoch, now, &settled(Step::Reject, why), dead)
            }
            outcome => {
                let verdict = self.undecided(now, job, attempt, claimed.attempts, outcome);
                if verdict.step == Step::Doubt {
                    return mails::unconfirmed(db, self.epoch, now, Some(&verdict), job);
                }
                claims::settle_all(db, self.epoch, now, &[verdict])
            }
        }
    }

    /// Asks for the latest contact of those who are to pay (NIC-88). It is asked while the request can
    /// still be taken back, so hardly any waits for it.
    pub(super) fn plan_latest(&mut self, db: &mut Db, now: Micros) -> Result<()> {
        let reachable = self.settings.upstream && self.breaker(Destination::Upstream).is_closed();
        for unasked in payments::unasked(db, self.room(Destination::Upstream).max(1))? {
            let asking = self.any_under_way(
                |work| matches!(work, Work::Latest(subject, _) if *subject == unasked.subject),
            );
            if asking && now < unasked.due + PATIENCE {
                continue;
            }
            if asking || !reachable {
                payments::told(db, self.epoch, now, unasked.subject, &Latest::NotAsked)?;
            } else if self.room(Destination::Upstream) > 0 {
                let request = Request::LatestContact { customer_id: unasked.customer_id };
                self.call(request, Work::Latest(unasked.subject, unasked.by));
            }
        }
        Ok(())
    }

    pub(super) fn latest_answered(
        &mut self,
        db: &mut Db,
        now: Micros,
        (subject, by): (Uuid, By),
        outcome: Outcome,
    ) -> Result<()> {
        let latest = match outcome {
            Outcome::Accepted { answer: Answer::Latest(latest), .. } => {
                convert::latest(&latest, by, &self.settings)
            }
            // It knows nobody of that name.
            Outcome::Rejected { status: 404, .. } => Latest::None,
            _ => Latest::NotAsked,
        };
        payments::told(db, self.epoch, now, subject, &latest)
    }
}
