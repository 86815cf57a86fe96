//! The whole record of a customer, for an editor.

use serde::{Deserialize, Serialize};

use crate::domain::form::Key;
use crate::domain::ids::{ContactPointId, CustomerId};
use crate::domain::record::Values;
use crate::domain::redact::{masked, redacted_debug};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// All that people can change of a customer, as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub id: CustomerId,
    pub name: SafeText,
    pub industry: Option<String>,
    pub stage: String,
    pub tags: Vec<SafeText>,
    /// Each field that has a value; the two contact fields as they count now.
    pub values: Vec<Held>,
    /// Every phone and e-mail, old ones too.
    pub points: Vec<RecordPoint>,
    pub changed_at: Micros,
    /// Empty if it was no person.
    pub changed_by: SafeText,
}

/// A field with its value, raw: it is edited, and compared with what is there when it is saved.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub key: String,
    #[serde(serialize_with = "masked")]
    pub value: String,
}

redacted_debug!(Held, key);

/// One phone or e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPoint {
    pub id: ContactPointId,
    /// `phone` or `email`.
    pub kind: String,
    pub label: SafeText,
    pub value: SafeText,
    /// It came from the master, which would bring it back.
    pub master: bool,
    pub retired_at: Option<Micros>,
}

impl Record {
    /// As what an editor saw.
    pub fn values(&self) -> Values {
        self.values.iter().map(|held| (Key::read(&held.key), held.value.clone())).collect()
    }
}
