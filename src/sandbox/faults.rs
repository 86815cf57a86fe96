//! What can go wrong between two computers, as rules that pick requests: which ones, how often, and
//! what then happens instead of a plain answer. The rules are data (JSON at `/_sandbox/faults`).

use std::time::Duration;

use http::Response;
use http::header::{LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::{Deserialize, Serialize};

use super::Reaction;
use super::call::Call;
use super::reply::{Reply, answer, dated, render};
use crate::domain::time::Micros;

/// Whose requests a fault picks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Twilio,
    Upstream,
    Master,
    #[default]
    Any,
}

/// Which requests a fault picks. `Fetch` is one message, or the latest contact of one customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    Create,
    List,
    Fetch,
    Mark,
    #[default]
    Any,
}

/// What happens to a picked request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Never reached the server. Over HTTP the connection is reset instead, and a client that has
    /// already written its request cannot tell: it is right to call that ambiguous. For a refused
    /// connect use `offline`.
    Refuse,
    /// Nothing is reachable until cleared; `times` and `after` do not count. For both targets the
    /// shell closes the listening socket, so that connects are really refused.
    Offline,
    /// No answer ever. Processed all the same if `stored`.
    Hang {
        #[serde(default)]
        stored: bool,
    },
    /// Processed, then closed without an answer.
    AcceptAndCut,
    /// Read, then closed; not processed.
    CutBefore,
    /// Not processed: too many requests.
    #[serde(rename = "status_429")]
    Status429 {
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// Processed, then a server error.
    #[serde(rename = "error_500_after_storing")]
    Error500AfterStoring,
    /// A server error; not processed.
    #[serde(rename = "error_500")]
    Error500,
    /// A proxy's page instead of an answer. Processed all the same if `stored`.
    #[serde(rename = "html_502")]
    Html502 {
        #[serde(default)]
        stored: bool,
    },
    /// Processed; the full `Content-Length` is promised, half of the body comes, then it closes.
    TruncatedJson,
    /// Processed; the answer comes this many milliseconds later.
    Slow { ms: u64 },
    /// Lists show the state of this many seconds ago.
    StaleLists { seconds: u64 },
    /// Processed; the status is right and the body is garbage.
    Unreadable,
    /// Sent to another host; not processed.
    Redirect,
    /// The credentials are refused; not processed.
    Credential,
    /// Lists come in another order each time.
    Reorder,
}

/// One rule: of the requests that match `target` and `on`, skip `after`, then strike `times`
/// (`None`: until cleared).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    #[serde(default)]
    pub target: Target,
    #[serde(default)]
    pub on: On,
    #[serde(flatten)]
    pub kind: Kind,
    #[serde(default)]
    pub times: Option<u32>,
    #[serde(default)]
    pub after: u32,
}

impl Fault {
    /// Strikes every request until cleared.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self { target: Target::Any, on: On::Any, kind, times: None, after: 0 }
    }

    #[must_use]
    pub fn at(self, target: Target, on: On) -> Self {
        Self { target, on, ..self }
    }

    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    #[must_use]
    pub fn after(self, after: u32) -> Self {
        Self { after, ..self }
    }

    fn matches(&self, target: Option<Target>, on: Option<On>) -> bool {
        (self.target == Target::Any || Some(self.target) == target)
            && (self.on == On::Any || Some(self.on) == on)
    }
}

/// The rules in force, in the order in which they were added; the first that applies wins.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn rules(&self) -> &[Fault] {
        &self.0
    }

    pub fn is_offline(&self) -> bool {
        self.0.iter().any(|fault| fault.kind == Kind::Offline && fault.matches(None, None))
    }

    /// What happens to this request. Counts it against every rule that matches.
    pub fn take(&mut self, target: Option<Target>, on: Option<On>) -> Option<Kind> {
        let mut struck = None;
        for fault in self.0.iter_mut().filter(|fault| fault.matches(target, on)) {
            if fault.kind == Kind::Offline {
                return Some(Kind::Offline);
            }
            if fault.after > 0 {
                fault.after -= 1;
            } else if struck.is_none() && fault.times != Some(0) {
                fault.times = fault.times.map(|left| left - 1);
                struck = Some(fault.kind.clone());
            }
        }
        self.0.retain(|fault| fault.times != Some(0));
        struck
    }
}

impl Kind {
    /// Whether the server does what it was asked, whatever the client gets to see.
    pub(super) fn lets_it_happen(&self) -> bool {
        match self {
            Self::Hang { stored } | Self::Html502 { stored } => *stored,
            Self::AcceptAndCut
            | Self::Error500AfterStoring
            | Self::TruncatedJson
            | Self::Slow { .. }
            | Self::StaleLists { .. }
            | Self::Unreadable
            | Self::Reorder => true,
            Self::Refuse
            | Self::Offline
            | Self::CutBefore
            | Self::Status429 { .. }
            | Self::Error500
            | Self::Redirect
            | Self::Credential => false,
        }
    }

    /// What becomes of the server's own answer.
    pub(super) fn react(&self, call: &Call<'_>, own: Response<Vec<u8>>, now: Micros) -> Reaction {
        let target = call.target;
        let respond = |response| Reaction::Respond(dated(response, now));
        match self {
            Self::Refuse | Self::Offline => Reaction::Refuse,
            Self::Hang { .. } => Reaction::Hang,
            Self::AcceptAndCut | Self::CutBefore => Reaction::Cut { partial: Vec::new() },
            Self::Error500AfterStoring | Self::Error500 => respond(Reply::server_error(target).response),
            Self::Slow { ms } => Reaction::Delay(Duration::from_millis(*ms), Box::new(respond(own))),
            Self::StaleLists { .. } | Self::Reorder => respond(own),
            Self::Status429 { retry_after } => respond(too_many(call, *retry_after)),
            Self::Html502 { .. } => respond(answer(502, "text/html", BAD_GATEWAY.into())),
            Self::TruncatedJson => {
                let half = own.body().len().div_ceil(2);
                let mut bytes = render(&dated(own, now));
                bytes.truncate(bytes.len() - half);
                Reaction::Cut { partial: bytes }
            }
            Self::Unreadable => {
                let garbage = b"\xff\xfe{\"sid\": \x00".to_vec();
                respond(answer(own.status().as_u16(), "application/json", garbage))
            }
            Self::Redirect => {
                let elsewhere = format!("https://elsewhere.example{}", call.path);
                respond(Reply::upstream_error(302, "Moved").header(LOCATION, &elsewhere).response)
            }
            Self::Credential => {
                let refusal = Reply::error(target, 401, 20003, "Authenticate");
                respond(refusal.header(WWW_AUTHENTICATE, "Basic realm=\"sandbox\"").response)
            }
        }
    }
}

const BAD_GATEWAY: &str = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";

fn too_many(call: &Call<'_>, retry_after: Option<u32>) -> Response<Vec<u8>> {
    let refusal = Reply::error(call.target, 429, 20429, "Too many requests");
    match retry_after {
        Some(seconds) => refusal.header(RETRY_AFTER, &seconds.to_string()).response,
        None => refusal.response,
    }
}
