//! Everything the servers received, in order, with what they stored and what came of it: the witness
//! tests compare the client's own records with. A request that never arrived is not in it.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::Reaction;
use super::call::{Call, object};
use super::faults::{Kind, On, Target};
use crate::domain::time::Micros;

/// One request that arrived.
#[derive(Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Counted from 1.
    pub n: u64,
    /// RFC 3339, by the sandbox's clock.
    pub at: String,
    pub target: Option<Target>,
    pub on: Option<On>,
    pub method: String,
    pub path: String,
    /// Decoded, as an object.
    pub query: Value,
    /// The decoded form or JSON body.
    pub body: Value,
    pub idempotency_key: Option<String>,
    pub fault: Option<Kind>,
    /// The sid or id that exists because of this request, the ids it marked, or null.
    pub stored: Value,
    /// `201`, `cut`, `hang`, `201 after 500 ms`.
    pub reaction: String,
}

/// Shows neither numbers nor bodies.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { n, method, stored, reaction, .. } = self;
        write!(f, "#{n} {method} {:?} {:?}: stored {stored}, {reaction}", self.target, self.on)
    }
}

/// All of them.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub struct Ledger {
    entries: Vec<Entry>,
}

impl Ledger {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Requests of one kind; `Any` does not narrow.
    pub fn requests(&self, target: Target, on: On) -> Vec<&Entry> {
        let wanted = |entry: &&Entry| {
            (target == Target::Any || entry.target == Some(target)) && (on == On::Any || entry.on == Some(on))
        };
        self.entries.iter().filter(wanted).collect()
    }

    /// Creates after which one more text exists: every entry is one text somebody gets.
    pub fn messages_stored(&self) -> Vec<&Entry> {
        self.creates_stored(Target::Twilio)
    }

    /// Creates after which one more row exists upstream.
    pub fn updates_stored(&self) -> Vec<&Entry> {
        self.creates_stored(Target::Upstream)
    }

    fn creates_stored(&self, target: Target) -> Vec<&Entry> {
        let mut creates = self.requests(target, On::Create);
        creates.retain(|entry| !entry.stored.is_null());
        creates
    }

    pub(super) fn mailed(&mut self, now: Micros, to: &str, subject: &str) {
        self.entries.push(Entry {
            n: self.entries.len() as u64 + 1,
            at: now.rfc3339(),
            target: None,
            on: Some(On::Create),
            method: "MAIL".to_owned(),
            path: String::new(),
            query: Value::Null,
            body: serde_json::json!({ "to": to, "subject": subject }),
            idempotency_key: None,
            fault: None,
            stored: Value::Bool(true),
            reaction: "250".to_owned(),
        });
    }

    pub(super) fn record(
        &mut self,
        call: &Call<'_>,
        now: Micros,
        fault: Option<&Kind>,
        stored: Option<Value>,
        reaction: &Reaction,
    ) {
        self.entries.push(Entry {
            n: self.entries.len() as u64 + 1,
            at: now.rfc3339(),
            target: call.target,
            on: call.on,
            method: call.method.to_string(),
            path: call.path.to_owned(),
            query: object(&call.query),
            body: call.content.to_json(),
            idempotency_key: call.header("idempotency-key").map(str::to_owned),
            fault: fault.cloned(),
            stored: stored.unwrap_or(Value::Null),
            reaction: describe(reaction),
        });
    }
}

fn describe(reaction: &Reaction) -> String {
    match reaction {
        Reaction::Respond(response) => response.status().as_u16().to_string(),
        Reaction::Refuse => "refused".to_owned(),
        Reaction::Cut { partial } if partial.is_empty() => "cut".to_owned(),
        Reaction::Cut { partial } => format!("cut after {} bytes", partial.len()),
        Reaction::Hang => "hang".to_owned(),
        Reaction::Delay(by, then) => format!("{} after {} ms", describe(then), by.as_millis()),
    }
}
