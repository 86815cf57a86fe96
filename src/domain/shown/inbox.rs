//! Conversations and the texts in them.

use serde::{Deserialize, Serialize};

use super::Consent;
use crate::domain::ids::{ConversationId, CustomerId, MessageId};
use crate::domain::redact::mask;
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
    /// The outbox line, while it waits, for the one who wrote it: they may take it back.
    pub job: Option<i64>,
    /// Who of us wrote it, if it was somebody else.
    pub by: SafeText,
    /// Why it waits, or why it came to nothing, in the outbox's words.
    pub reason: SafeText,
    /// As the provider reported it, such as `0.00750 USD`.
    pub price: Option<String>,
    /// It repeats one that came to nothing.
    pub again: bool,
    pub media: Vec<Media>,
}

/// A picture or a file that came or goes with a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    pub name: SafeText,
    /// Such as `image/jpeg`; empty while nobody knows it.
    pub kind: SafeText,
    /// In bytes, once it is known.
    pub size: Option<u64>,
}

/// Whom a thread is with. A number may belong to nobody on file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// The number of ours they wrote to, or were written to from, last.
    pub ours: Option<SafeText>,
    /// Who is writing to them right now, on another desk.
    pub answering: Vec<SafeText>,
    pub texts: Vec<Text>,
}

/// Which conversations the inbox lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InboxView {
    #[default]
    All,
    Unread,
    /// Assigned to whoever asks, and open.
    Mine,
    /// Open, and nobody's.
    Unassigned,
    /// Open, and the last word is theirs.
    ForUs,
    /// Open, and the last word is ours.
    ForThem,
}

impl InboxView {
    pub const ALL: [Self; 6] =
        [Self::All, Self::Unread, Self::Mine, Self::Unassigned, Self::ForUs, Self::ForThem];
}

/// What the inbox is asked for.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxFilter {
    pub view: InboxView,
    /// Words of texts: each text that has them all is a line, whatever the view.
    #[serde(serialize_with = "masked_option")]
    pub find: Option<String>,
}

crate::domain::redact::redacted_debug!(InboxFilter, view);

fn masked_option<S: serde::Serializer>(text: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    text.as_deref().map(mask).serialize(to)
}

/// Lines of the inbox, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversations {
    pub lines: Vec<Conversation>,
    /// Of found texts no more than a thousand are counted.
    pub of: i64,
}

/// One line of the inbox: a conversation with its newest text, or with one that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: ConversationId,
    /// Of the text that is shown: what pages go by.
    pub seq: i64,
    pub party: Party,
    pub name: SafeText,
    /// Our number.
    pub ours: SafeText,
    /// E.164 or a sender's name.
    pub theirs: SafeText,
    pub unread: i64,
    /// Open, and the last word is theirs.
    pub needs_reply: bool,
    pub closed: bool,
    /// Who has it, if somebody has.
    pub assigned: SafeText,
    /// Whoever asks has begun a text to them.
    pub draft: bool,
    /// Who is writing to them right now.
    pub answering: SafeText,
    /// The text that is shown is theirs.
    pub inbound: bool,
    pub last: SafeText,
    pub at: Micros,
}
