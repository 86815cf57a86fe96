//! Texts from outside, and what Twilio does about STOP, START and HELP by itself (FACTS 11): the whole
//! message only, in any case, per number of ours; it replies, and still delivers the text to us.

use super::message::Direction;
use super::{Text, Twilio};
use crate::domain::time::Micros;
use crate::sandbox::Config;

// Twilio's own lists, not our client's: the sandbox has to be able to contradict it.
const STOP: [&str; 8] = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"];
const START: [&str; 3] = ["START", "YES", "UNSTOP"];
const HELP: [&str; 2] = ["HELP", "INFO"];

const STOPPED: &str = "You have successfully been unsubscribed. You will not receive any more messages \
                       from this number. Reply START to resubscribe.";
const STARTED: &str = "You have successfully been re-subscribed to messages from this number. Reply HELP \
                       for help. Reply STOP to unsubscribe.";
const HELPED: &str = "Reply STOP to unsubscribe. Msg&Data Rates May Apply.";

impl Twilio {
    pub fn inbound(&mut self, config: &Config, now: Micros, from: &str, to: &str, body: &str) -> String {
        let sid = self.store(config, now, Direction::Inbound, Text { from, to, body }).sid.clone();
        if let Some(reply) = self.opt_out(from, to, body) {
            self.store(config, now, Direction::OutboundReply, Text { from: to, to: from, body: reply });
        }
        sid
    }

    /// A text with files of these types; their bytes are made up.
    pub fn inbound_media(
        &mut self,
        config: &Config,
        now: Micros,
        text: (&str, &str, &str),
        kinds: &[String],
    ) -> String {
        let sid = self.inbound(config, now, text.0, text.1, text.2);
        if let Some(record) = self.records.iter_mut().find(|record| record.sid == sid) {
            record.media = kinds.to_vec();
        }
        sid
    }

    /// What Twilio answers. Only a change is confirmed: a YES from somebody who never left is an
    /// ordinary word.
    fn opt_out(&mut self, theirs: &str, ours: &str, body: &str) -> Option<&'static str> {
        let word = body.trim();
        let is_in = |list: &[&str]| list.iter().any(|keyword| keyword.eq_ignore_ascii_case(word));
        let pair = (ours.to_owned(), theirs.to_owned());
        if is_in(&STOP) {
            self.opted_out.insert(pair).then_some(STOPPED)
        } else if is_in(&START) {
            self.opted_out.remove(&pair).then_some(STARTED)
        } else {
            is_in(&HELP).then_some(HELPED)
        }
    }
}
