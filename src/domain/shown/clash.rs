//! A clash with the master as the desk shows it (NIC-135): was, ours, theirs, who, when, why.

use serde::{Deserialize, Serialize};

use crate::domain::ids::CustomerId;
use crate::domain::redact::redacted_debug;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// All clashes, and what that they are all rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clashes {
    /// The oldest first.
    pub all: Vec<Clash>,
    /// When the master's feed was last read to the end; `None`: never, or there is none.
    pub feed: Option<Micros>,
    /// Why it could not be read since, if so.
    pub failing: Option<SafeText>,
}

/// One field of one customer of which base, new and the master's value all differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clash {
    pub customer: CustomerId,
    pub policy: SafeText,
    pub name: SafeText,
    /// The word of the field.
    pub field: String,
    pub since: Micros,
    /// What the first agent of the line saw.
    pub was: Option<SafeText>,
    /// The newest capture: what counts meanwhile.
    pub ours: SafeText,
    pub theirs: Option<SafeText>,
    /// When the master was read.
    pub read: Option<Micros>,
    /// When the master says that it changed, if it does.
    pub changed: Option<Micros>,
    /// Everybody who captured something that is open, oldest first.
    pub witnesses: Vec<Witness>,
    /// Texts of the machine that wait for the decision.
    pub held: i64,
}

/// One capture that stands against the master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    pub seq: i64,
    pub at: Micros,
    pub agent: i64,
    pub agent_name: SafeText,
    pub old: Option<SafeText>,
    pub new: SafeText,
    /// The short word of `Reason::as_str`.
    pub reason: String,
    pub notes: SafeText,
    pub verified_by: Option<SafeText>,
    pub status: String,
}

/// What is taken.
#[derive(Clone, PartialEq, Eq)]
pub enum Take {
    Ours,
    Theirs,
    /// Another value, as it was typed and read.
    Other(String),
}

redacted_debug!(Take);
