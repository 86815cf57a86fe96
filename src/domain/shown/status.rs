//! The state rows, the outbox, people, drafts, and what can be taken back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{CustomerId, UserId};
use crate::domain::redact::masked;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// What the first rows of every screen say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// `None`: online, or never tried.
    pub offline: Option<Micros>,
    /// The provider or the upstream refused our credentials: the sentence for the admin.
    pub refused: Option<String>,
    /// Texting is not set up: what is missing, and the next step.
    pub no_texting: Option<String>,
    /// The same of the upstream.
    pub no_upload: Option<String>,
    /// The same of mail; an office without any does not miss it.
    pub no_mail: Option<String>,
    pub to_upload: i64,
    pub texts_waiting: i64,
    /// Not confirmed, parked or failed: a person decides.
    pub needs_person: i64,
    /// Conversations with a text that nobody has read.
    pub unread: i64,
    /// Updates that wait to be entered: all of them, or an agent's own (NIC-100).
    pub pending: i64,
    /// When the newest upload arrived.
    pub uploaded_at: Option<Micros>,
    /// The call that rings for this user.
    pub ring: Option<Ring>,
}

/// A call rings so long; then nobody waits any more.
pub const RINGS: Duration = Duration::from_secs(120);

/// A call that rings (`cordboard pop`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    /// E.164.
    pub number: SafeText,
    pub at: Micros,
    /// How many on file have the number: families share one (G13).
    pub bearers: i64,
    /// Who it is, if only one has it.
    pub customer: Option<CustomerId>,
    pub name: SafeText,
}

/// One line of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub seq: i64,
    /// Such as `text`, `update`, `mark`, `mail` or [`PUT_BACK`].
    pub kind: String,
    /// The stored word of `domain::job::State`.
    pub state: String,
    pub name: SafeText,
    /// The number it goes to, or the fields it changes.
    pub about: SafeText,
    pub not_before: Micros,
    pub attempts: i64,
    pub reason: SafeText,
    /// The line of the same lane that has to go first.
    pub behind: Option<i64>,
    pub at: Micros,
    pub mine: bool,
}

/// Somebody who works here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: UserId,
    pub number: i64,
    pub name: SafeText,
    pub role: String,
    pub active: bool,
}

/// What a draft is of (design 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DraftOf {
    Update,
    Note,
    Text,
    Customer,
}

impl DraftOf {
    pub const ALL: [Self; 4] = [Self::Update, Self::Note, Self::Text, Self::Customer];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Note => "note",
            Self::Text => "text",
            Self::Customer => "customer",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.as_str() == text)
    }
}

/// What somebody was typing. `body` is theirs as typed: a form is JSON, the others are the text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// `None` where no customer was known yet.
    pub customer: Option<CustomerId>,
    pub name: SafeText,
    pub of: DraftOf,
    #[serde(serialize_with = "masked")]
    pub body: String,
    pub at: Micros,
}

crate::domain::redact::redacted_debug!(Draft, customer, of, at);

/// Somebody else who has the same customer open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    pub name: SafeText,
    /// `viewing`, `updating`, `texting` or `noting`.
    pub doing: String,
    pub since: Micros,
}

/// The kind of an update that has left: it is not withdrawn, a new one puts back what was there before.
pub const PUT_BACK: &str = "update that has left";

/// This user's newest act that can be taken back, named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undoable {
    /// The outbox line of a text; the update, for an update or a mark.
    pub seq: i64,
    /// Such as `text`, `update`, `mark` or [`PUT_BACK`].
    pub kind: String,
    /// `None` for a text to somebody who is not on file.
    pub customer: Option<CustomerId>,
    /// The customer, or the number; of several marks the newest and how many more.
    pub name: SafeText,
    /// When it is held no longer. A text that waits longer can be taken back until it expires.
    pub until: Micros,
}

/// What `u` did.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    pub kind: String,
    /// `None` for a text to somebody who is not on file.
    pub customer: Option<CustomerId>,
    pub name: SafeText,
    /// A text that was taken back, for the composer.
    #[serde(serialize_with = "masked")]
    pub body: String,
}

crate::domain::redact::redacted_debug!(Undone, kind, customer);
