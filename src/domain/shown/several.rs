//! One text to a few chosen customers (TTX-55, 56, 70).

use serde::{Deserialize, Serialize};

use crate::domain::ids::CustomerId;
use crate::domain::text::SafeText;

/// One of those who were chosen, and what becomes of the text to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    pub customer: CustomerId,
    pub name: SafeText,
    /// E.164, empty without a mobile.
    pub number: SafeText,
    /// The text as they get it, filled in.
    pub body: SafeText,
    /// Why they cannot get it.
    pub why: Option<SafeText>,
    /// What else is to be known, such as till when it waits.
    pub note: SafeText,
}
