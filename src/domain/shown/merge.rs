//! Two customers who may be one: why, and what is chosen of each.

use serde::{Deserialize, Serialize};

use crate::domain::ids::CustomerId;
use crate::domain::text::SafeText;

/// Somebody who looks like the customer that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    pub id: CustomerId,
    pub name: SafeText,
    pub policy: SafeText,
    /// E.164.
    pub mobile: Option<SafeText>,
    pub city: SafeText,
    /// Why they are listed (`domain::alike`).
    pub reason: String,
    /// One person, by all that is known; else a family on one number.
    pub likely: bool,
}

/// Both sides of a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    pub kept: CustomerId,
    pub gone: CustomerId,
    pub kept_name: SafeText,
    pub gone_name: SafeText,
    /// What differs; the rest needs no choice.
    pub choices: Vec<Choice>,
}

/// One field that the two have differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The word of `domain::merge::Part`.
    pub field: String,
    /// Of the customer that is kept.
    pub left: SafeText,
    /// Of the one that goes.
    pub right: SafeText,
    /// The right one is taken.
    pub gone: bool,
}
