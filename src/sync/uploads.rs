//! Contact updates and marks: what an answer to one means. At least once, then de-duplicated
//! (design 4.4): what is in doubt is settled by a walk through the upstream's list.

use super::convert;
use super::engine::Engine;
use crate::domain::job::{Destination, Kind, Step};
use crate::domain::time::Micros;
use crate::remote::{Answer, Outcome, Request};
use crate::store::claims::{self, Claimed, Verdict};
use crate::store::updates::Update;
use crate::store::{Db, Result, pulled};

impl Engine {
    pub(super) fn upload_request(&self, update: &Update) -> Request {
        Request::CreateUpdate {
            key: update.id.to_string(),
            update: convert::new_update(update, &self.settings),
        }
    }

    pub(super) fn upload_answered(
        &mut self,
        db: &mut Db,
        now: Micros,
        claimed: &Claimed,
        outcome: &Outcome,
    ) -> Result<()> {
        if let Outcome::Accepted { answer: Answer::Created(created), .. } = outcome
            && let Some(id) = created.id
        {
            return pulled::uploaded(db, self.epoch, now, claimed.jobs[0], Some(claimed.attempt), id);
        }
        self.settle_undecided(db, now, claimed, outcome)
    }

    pub(super) fn mark_answered(
        &mut self,
        db: &mut Db,
        now: Micros,
        claimed: &Claimed,
        outcome: &Outcome,
    ) -> Result<()> {
        if let Outcome::Accepted { answer: Answer::Marked(marked), .. } = outcome {
            let verdict = Verdict {
                job: claimed.jobs[0],
                attempt: Some(claimed.attempt),
                step: Step::Accept,
                why: String::new(),
                not_before: None,
            };
            let at = marked.synced_at.as_deref().and_then(Micros::parse_rfc3339);
            return pulled::marked(db, self.epoch, now, &verdict, marked.synced_by, at);
        }
        self.settle_undecided(db, now, claimed, outcome)
    }

    /// A bare count settles nothing: each mark is looked up in the list (G11).
    pub(super) fn marks_answered(
        &mut self,
        db: &mut Db,
        now: Micros,
        claimed: &Claimed,
        outcome: Outcome,
    ) -> Result<()> {
        let outcome = match outcome {
            Outcome::Accepted { .. } => Outcome::Ambiguous {
                why: "the upstream gave a count; each mark is being verified".to_owned(),
            },
            // One unknown id may have spoiled the whole: the list says which went through.
            Outcome::Rejected { why, .. } => Outcome::Ambiguous { why },
            other => other,
        };
        self.settle_undecided(db, now, claimed, &outcome)
    }

    fn settle_undecided(
        &mut self,
        db: &mut Db,
        now: Micros,
        claimed: &Claimed,
        outcome: &Outcome,
    ) -> Result<()> {
        let mut verdicts = Vec::with_capacity(claimed.jobs.len());
        for job in &claimed.jobs {
            verdicts.push(self.undecided(now, *job, claimed.attempt, claimed.attempts, outcome.clone()));
        }
        claims::settle_all(db, self.epoch, now, &verdicts)
    }

    /// After a walk through the upstream's list: what it has is accepted, what it has not is sent
    /// again.
    pub(super) fn settle_doubts(&mut self, db: &mut Db, now: Micros, walk_began: Micros) -> Result<()> {
        let mut verdicts = Vec::new();
        for doubt in claims::doubts(db, Destination::Upstream, now, usize::MAX >> 1)? {
            // Only what was in doubt before the walk began is answered by it.
            if doubt.doubted > walk_began {
                continue;
            }
            let (uploaded, marked) = pulled::arrived(db, doubt.subject)?;
            let there = if doubt.kind == Kind::Mark { marked } else { uploaded };
            let (step, why, wait) = if there {
                (Step::Accept, "found in the upstream's list", None)
            } else {
                (
                    Step::PutBack,
                    "not in the upstream's list: sent again",
                    Some(now + self.backoff(doubt.attempts)),
                )
            };
            verdicts.push(Verdict {
                job: doubt.job,
                attempt: None,
                step,
                why: why.to_owned(),
                not_before: wait,
            });
        }
        if verdicts.is_empty() {
            return Ok(());
        }
        claims::settle_all(db, self.epoch, now, &verdicts)
    }
}
