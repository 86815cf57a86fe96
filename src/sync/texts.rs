//! Texts: what an answer to one means, and looking up those in doubt. At most once by machine:
//! nothing here ever repeats a text whose fate is unknown (design 4.3).

use std::time::Duration;

use super::convert;
use super::engine::{Engine, Work};
use crate::domain::ids::{JobId, MessageId};
use crate::domain::job::{Destination, Step};
use crate::domain::time::Micros;
use crate::remote::{Answer, Outcome, Request};
use crate::store::claims::{self, Claimed, Text, Verdict};
use crate::store::inbound::{self, Found};
use crate::store::media::{self, Part};
use crate::store::messages::Seen;
use crate::store::{Db, Result};

/// How long after the doubt, and after each look-up, the next look-up comes.
pub(super) const LOOKS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(300),
];

/// Pages of one look-up: a message just made is among the newest.
const LOOK_PAGES: usize = 5;

/// How much earlier than the attempt a message may have been made by Twilio's clock, which counts
/// in seconds, and how much later: as long as a request may be under way, and some.
const EARLIER: Duration = Duration::from_secs(5);
const LATER: Duration = Duration::from_secs(120);

/// A look-up under way.
pub(super) struct Look {
    pub job: JobId,
    text: Text,
    since: Micros,
    looks: usize,
    listed: Vec<Seen>,
    pages: usize,
}

impl Engine {
    pub(super) fn text_request(text: &Text) -> Request {
        Request::CreateMessage { from: text.from.clone(), to: text.to.clone(), body: text.body.clone() }
    }

    pub(super) fn text_answered(
        &mut self,
        db: &mut Db,
        now: Micros,
        claimed: &Claimed,
        text: &Text,
        outcome: Outcome,
    ) -> Result<()> {
        let (job, attempt) = (claimed.jobs[0], claimed.attempt);
        if let Outcome::Accepted { answer: Answer::Message(message), .. } = &outcome
            && let Some(seen) = convert::created(message, text)
        {
            return inbound::accepted(db, self.epoch, now, job, Some(attempt), &seen);
        }
        if let Outcome::Rejected { code, why, .. } = outcome {
            let verdict = Verdict { job, attempt: Some(attempt), step: Step::Reject, why, not_before: None };
            return inbound::rejected(db, self.epoch, now, &verdict, text, code);
        }
        let verdict = self.undecided(now, job, attempt, claimed.attempts, outcome);
        claims::settle_all(db, self.epoch, now, &[verdict])
    }

    /// Starts the look-ups that are due.
    pub(super) fn plan_looks(&mut self, db: &mut Db, now: Micros) -> Result<()> {
        for doubt in claims::doubts(db, Destination::Twilio, now, self.room(Destination::Twilio))? {
            if self.any_under_way(|work| matches!(work, Work::Look(look) if look.job == doubt.job)) {
                continue;
            }
            let text = claims::text(db, doubt.subject)?;
            let request = Request::ListMessages {
                from: Some(text.from.clone()),
                to: Some(text.to.clone()),
                // A message that is still queued has no date to filter by (FACTS 3).
                sent_since: None,
                page_size: 100,
            };
            let looks = usize::try_from(doubt.looks).unwrap_or(LOOKS.len());
            let look = Look { job: doubt.job, text, since: doubt.since, looks, listed: Vec::new(), pages: 0 };
            self.call(request, Work::Look(look));
        }
        Ok(())
    }

    pub(super) fn look_answered(
        &mut self,
        db: &mut Db,
        now: Micros,
        mut look: Look,
        outcome: Outcome,
    ) -> Result<()> {
        let Outcome::Accepted { answer: Answer::Messages(page), date } = outcome else {
            return claims::looked_up(db, self.epoch, now, look.job, None, now + LOOKS[1]);
        };
        let policy = &self.settings.policy;
        look.listed.extend(page.messages.iter().filter_map(|message| convert::message(message, policy)));
        look.pages += 1;
        if let Some(uri) = page.next_page_uri
            && look.pages < LOOK_PAGES
        {
            self.call(Request::NextMessages { uri }, Work::Look(look));
            return Ok(());
        }
        // Twilio dates a message by its own clock: ours may be wrong by hours.
        let theirs = |ours: Micros| Micros(ours.0 + date.map_or(0, |date| date.0 - now.0));
        let window = (theirs(look.since) - EARLIER, theirs(look.since) + LATER);
        let found = inbound::look_up(db, self.epoch, now, look.job, &look.text, window, &look.listed)?;
        match found {
            Found::Bound => Ok(()),
            Found::Candidates(0) if look.looks + 1 < LOOKS.len() => {
                claims::looked_up(db, self.epoch, now, look.job, Some(0), now + LOOKS[look.looks + 1])
            }
            Found::Candidates(0) => {
                self.give_up(db, now, look.job, "may have arrived: Twilio lists no such text".to_owned())
            }
            Found::Candidates(n) => self.give_up(
                db,
                now,
                look.job,
                format!("may have arrived: {n} texts at Twilio could be this one"),
            ),
        }
    }

    fn give_up(&mut self, db: &mut Db, now: Micros, job: JobId, why: String) -> Result<()> {
        let verdict = Verdict { job, attempt: None, step: Step::GiveUp, why, not_before: None };
        claims::settle_all(db, self.epoch, now, &[verdict])
    }

    /// Asks after texts whose status is not final.
    pub(super) fn plan_statuses(&mut self, db: &mut Db, now: Micros) -> Result<()> {
        // Half the window, so that asking never crowds out sending.
        let room = self.room(Destination::Twilio) / 2;
        for (message, sid) in inbound::unsettled(db, now, room)? {
            if !self.any_under_way(|work| matches!(work, Work::Status(other) if *other == message)) {
                self.call(Request::FetchMessage { sid }, Work::Status(message));
            }
        }
        Ok(())
    }

    /// Asks what the files of texts are; the files themselves are fetched when somebody wants them.
    pub(super) fn plan_media(&mut self, db: &mut Db, now: Micros) -> Result<()> {
        let room = self.room(Destination::Twilio) / 2;
        for (message, sid) in media::due(db, now, room)? {
            if !self.any_under_way(|work| matches!(work, Work::Media(other) if *other == message)) {
                self.call(Request::ListMedia { sid }, Work::Media(message));
            }
        }
        Ok(())
    }

    pub(super) fn media_answered(
        &mut self,
        db: &mut Db,
        now: Micros,
        message: MessageId,
        outcome: &Outcome,
    ) -> Result<()> {
        match outcome {
            Outcome::Accepted { answer: Answer::Media(page), .. } => {
                let parts: Vec<Part> = page.media_list.iter().filter_map(convert::media).collect();
                media::listed(db, self.epoch, now, message, &parts)
            }
            Outcome::Rejected { .. } => media::unlisted(db, self.epoch, now, message, true),
            _ => media::unlisted(db, self.epoch, now, message, false),
        }
    }

    pub(super) fn status_answered(
        &mut self,
        db: &mut Db,
        now: Micros,
        message: MessageId,
        outcome: Outcome,
    ) -> Result<()> {
        match outcome {
            Outcome::Accepted { answer: Answer::Message(found), .. } => {
                match convert::message(&found, &self.settings.policy) {
                    Some(seen) => inbound::status(db, self.epoch, now, message, &seen),
                    None => inbound::look_later(db, self.epoch, now, message, true),
                }
            }
            Outcome::Rejected { .. } => inbound::look_later(db, self.epoch, now, message, true),
            _ => inbound::look_later(db, self.epoch, now, message, false),
        }
    }
}
