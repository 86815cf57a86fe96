//! What the contact updates of some days say (NIC-139..142).

use serde::{Deserialize, Serialize};

use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// Counted over what was captured at or after `from` and before `before`, without what was taken back.
/// The quality is that of now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub from: Micros,
    pub before: Micros,
    pub updates: i64,
    /// Every day of them, by its midnight.
    pub days: Vec<(Micros, i64)>,
    /// The words of `Reason::as_str`, the most frequent first.
    pub reasons: Vec<(String, i64)>,
    /// Who captured the most first.
    pub agents: Vec<AgentCount>,
    pub quality: Quality,
    pub success: Success,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentCount {
    pub number: i64,
    pub name: SafeText,
    pub updates: i64,
    pub rejected: i64,
}

/// How good the contacts of all customers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quality {
    pub customers: i64,
    pub mobile: Share,
    pub email: Share,
    /// Customers of whom a mobile and an e-mail are proven.
    pub both_proven: i64,
}

/// Of the customers, how many have a value, one that was proven, one that is known to be dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub filled: i64,
    pub proven: i64,
    pub bad: i64,
}

/// What became of the captured values: reached since, failed since, or not tried yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Success {
    pub values: i64,
    pub reached: i64,
    pub failed: i64,
}
