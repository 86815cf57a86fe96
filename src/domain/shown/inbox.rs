//! Conversations and the texts in them.

use serde::{Deserialize, Serialize};

use super::Consent;
use crate::domain::ids::{ConversationId, CustomerId, MessageId};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// One text. `status` is a word of `domain::delivery` or of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub id: MessageId,
    pub inbound: bool,
    pub body: SafeText,
    pub status: String,
    pub error_code: Option<i64>,
    /// As the provider counted, once it did.
    pub segments: Option<i64>,
    pub at: Micros,
    /// Waits until then and can be taken back: `sends in 4 s`.
    pub held_until: Option<Micros>,
    /// What it waits for, where that is not the undo window.
    #[serde(default)]
    pub held_why: SafeText,
    /// The outbox line, while it waits, for the one who wrote it: they may take it back.
    pub job: Option<i64>,
}

/// Whom a thread is with. A number may belong to nobody on file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Party {
    Customer(CustomerId),
    /// E.164, or what a sender without a number calls itself.
    Number(SafeText),
}

impl Party {
    pub fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::Customer(id) => Some(*id),
            Self::Number(_) => None,
        }
    }
}

/// The hour where the customer is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// IANA zone of the customer, or of the first of those they may be in; empty if unknown.
    pub zone: String,
    /// There is no other clock they might live by.
    pub sure: bool,
    /// Hours are quiet there till then.
    pub till: Option<Micros>,
    /// A text about their own business leaves all the same.
    pub noted: bool,
}

/// A customer's conversations together, newest text last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub party: Party,
    /// Empty for a stranger.
    pub name: SafeText,
    /// E.164, `None` if there is no mobile to text.
    pub number: Option<SafeText>,
    pub consent: Option<Consent>,
    /// IANA zone, empty if unknown.
    pub timezone: String,
    #[serde(default)]
    pub hours: Hours,
    pub texts: Vec<Text>,
}

/// Which conversations the inbox lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InboxFilter {
    #[default]
    All,
    Unread,
    /// The newest text is theirs.
    NeedsReply,
}

/// One line of the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: ConversationId,
    pub party: Party,
    pub name: SafeText,
    /// E.164 or a sender's name.
    pub theirs: SafeText,
    pub unread: i64,
    /// The newest text is theirs.
    pub needs_reply: bool,
    pub last: SafeText,
    pub at: Micros,
}
