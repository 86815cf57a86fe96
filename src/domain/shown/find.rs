//! The list under the look-up line.

use serde::{Deserialize, Serialize};

use crate::domain::ids::CustomerId;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// The answer to a look-up: the first few, and how many there are to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// More match than are listed.
    pub more: bool,
    /// More match than can be put in order: the newest are listed.
    pub many: bool,
    /// All customers on file.
    pub of: i64,
}

/// One customer that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Commit order: the later, the newer.
    pub seq: i64,
    pub id: CustomerId,
    pub name: SafeText,
    pub policy: SafeText,
    /// E.164; screens write it the national way.
    pub mobile: Option<SafeText>,
    pub email: Option<SafeText>,
    /// The master's own word.
    pub payment: SafeText,
    /// Amount with currency, empty if none is known.
    pub due: SafeText,
    /// The number that matches is an old one.
    pub was: Option<Was>,
    /// What matches and does not stand in the line.
    pub other: Option<Other>,
    /// The word that a mistyped one is taken for.
    pub meant: Option<SafeText>,
}

impl Hit {
    /// What one copies of a customer: how to reach them, or who they are.
    pub fn contact(&self) -> &SafeText {
        self.mobile.as_ref().or(self.email.as_ref()).unwrap_or(&self.policy)
    }

    /// What matches does not stand in the line, so a row below says it.
    pub fn needs_reason(&self) -> bool {
        self.was.is_some() || self.other.is_some() || self.meant.is_some()
    }
}

/// What of a customer matches beside the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Other {
    /// E.164.
    Number(SafeText),
    Email(SafeText),
    Company(SafeText),
}

/// An earlier value and when it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Was {
    pub value: SafeText,
    pub until: Micros,
}
