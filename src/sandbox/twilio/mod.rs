//! Twilio's messages as `twilio/FACTS.md` describes them: the routes, the credentials, and the store.
//! Creating is in `create`, a message's life in `message`, lists in `list`, STOP in `inbound`.

mod create;
mod inbound;
mod list;
mod media;
mod message;

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::WWW_AUTHENTICATE;

use super::call::Call;
use super::reply::Reply;
use super::{Config, View};
use crate::domain::time::Micros;
use crate::wire;
use message::{Direction, Outcome, Record};
pub use message::{Final, Steps};

/// One account's messages, and who has opted out of which of its numbers.
pub(super) struct Twilio {
    seed: u64,
    /// In order of arrival; a record's `seq` is its place, counted from 1.
    records: Vec<Record>,
    outcomes: HashMap<String, Outcome>,
    /// (our number, theirs): Twilio's block is per sender (FACTS 11).
    opted_out: HashSet<(String, String)>,
}

impl Twilio {
    pub fn new(seed: u64) -> Self {
        Self { seed, records: Vec::new(), outcomes: HashMap::new(), opted_out: HashSet::new() }
    }

    pub fn outcome_for(&mut self, number: &str, status: Final, error_code: Option<i64>) {
        self.outcomes.insert(number.to_owned(), Outcome { status, error_code });
    }

    pub fn messages(&self, config: &Config, now: Micros) -> Vec<wire::Message> {
        self.records.iter().map(|record| record.resource(&config.account_sid, now)).collect()
    }

    pub fn serve(&mut self, config: &Config, call: &Call<'_>, view: &View) -> Reply {
        if !is_signed_in(config, call) {
            return Reply::twilio_error(401, 20003, "Authenticate")
                .header(WWW_AUTHENTICATE, "Basic realm=\"Twilio API\"");
        }
        let account = config.account_sid.as_str();
        match (call.method.as_str(), call.route().as_slice()) {
            // The path holds the account sid even when an API key signs in (FACTS 1).
            (_, ["Accounts", path_account, ..]) if *path_account != account => not_found(call),
            ("POST", ["Accounts", _, "Messages.json"]) => self.create(config, call, view.now),
            ("GET", ["Accounts", _, "Messages.json"]) => self.list(config, call, view),
            ("GET", ["Accounts", _, "Messages", sid, "Media.json"]) => self.list_media(config, call, sid),
            ("GET", ["Accounts", _, "Messages", sid, "Media", file]) => self.point_to_media(call, sid, file),
            ("GET", ["Accounts", _, "Messages", file]) => self.fetch(config, call, file, view.now),
            (_, ["Accounts", _, "Messages.json"] | ["Accounts", _, "Messages", _]) => {
                Reply::twilio_error(405, 20004, "Method not allowed")
            }
            _ => not_found(call),
        }
    }

    fn fetch(&self, config: &Config, call: &Call<'_>, file: &str, now: Micros) -> Reply {
        let sid = file.strip_suffix(".json");
        match self.records.iter().find(|record| Some(record.sid.as_str()) == sid) {
            Some(record) => Reply::json(200, &record.resource(&config.account_sid, now)),
            None => not_found(call),
        }
    }

    fn store(&mut self, config: &Config, now: Micros, direction: Direction, text: Text<'_>) -> &Record {
        let place = self.records.len();
        let seq = place as u64 + 1;
        self.records.push(Record {
            seq,
            sid: format!("SM{:016x}{seq:016x}", self.seed),
            from: text.from.to_owned(),
            to: text.to.to_owned(),
            body: text.body.to_owned(),
            direction,
            created: now,
            steps: config.steps,
            outcome: self.outcomes.get(text.to).copied().unwrap_or_default(),
            media: Vec::new(),
        });
        &self.records[place]
    }
}

/// What a text says, and between whom.
#[derive(Clone, Copy)]
struct Text<'a> {
    from: &'a str,
    to: &'a str,
    body: &'a str,
}

/// HTTP Basic with the account's token or an API key's secret (FACTS 1).
fn is_signed_in(config: &Config, call: &Call<'_>) -> bool {
    let Some((scheme, encoded)) = call.header("authorization").and_then(|value| value.split_once(' ')) else {
        return false;
    };
    let given = STANDARD.decode(encoded.trim()).unwrap_or_default();
    let accepted = [
        format!("{}:{}", config.account_sid, config.auth_token),
        format!("{}:{}", config.api_key_sid, config.api_key_secret),
    ];
    scheme.eq_ignore_ascii_case("basic") && accepted.iter().any(|pair| pair.as_bytes() == given)
}

fn not_found(call: &Call<'_>) -> Reply {
    Reply::twilio_error(404, 20404, format!("The requested resource {} was not found", call.path))
}

#[cfg(test)]
mod tests;
