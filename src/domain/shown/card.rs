//! The card: one customer as an agent needs them during a call.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{CustomerId, NoteId, UpdateId};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// One customer, their contact points with evidence, and what an agent must know before speaking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub id: CustomerId,
    pub name: SafeText,
    pub company: SafeText,
    pub policy: SafeText,
    pub payment: SafeText,
    /// Amount with currency, empty if none is known.
    pub due: SafeText,
    pub stage: String,
    /// IANA zone, empty if unknown (G25).
    pub timezone: String,
    pub tags: Vec<SafeText>,
    pub mobile: Option<Point>,
    pub email: Option<Point>,
    /// Other numbers and addresses on file, with their labels.
    pub others: Vec<(SafeText, SafeText)>,
    /// May the mobile be texted for service? `None` without a mobile.
    pub consent: Option<Consent>,
    /// The pinned note.
    pub pin: Option<(NoteId, SafeText)>,
    /// How many other customers have the same mobile.
    pub shared: i64,
    /// Names the form.
    pub industry: String,
    /// What the form asked for, and what came with a file, by its key.
    pub values: Vec<(String, SafeText)>,
}

/// A contact field as it counts now (NIC-26), with who, when and on what evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// E.164 or an e-mail address.
    pub value: SafeText,
    /// The capture it comes from; `None` means the master says so.
    pub why: Option<Why>,
    pub trust: Trust,
    pub compared: Compared,
}

/// The capture behind a value (`b` on the card).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    pub update: UpdateId,
    pub by: SafeText,
    pub at: Micros,
    pub reason: String,
    pub notes: SafeText,
    pub was: Option<SafeText>,
    pub status: String,
    pub upload: String,
    /// How the caller was identified; empty if nobody noted it.
    pub verified_by: SafeText,
    /// The value was read back to the caller.
    pub read_back: bool,
    /// What makes the value worth a second look (NIC-138); empty if nothing does.
    pub doubt: SafeText,
}

/// What is known about whether a contact point works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    pub proof: Proof,
    /// In words, such as `undelivered 30005` or `text delivered`.
    pub by: SafeText,
    pub at: Option<Micros>,
}

/// The verdict of the newest evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    #[default]
    Unknown,
    Good,
    Bad,
}

/// How a capture stands to the master's value (design 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compared {
    /// It is the master's own value, or the master agrees.
    #[default]
    Same,
    /// The master still says what the agent saw.
    Unchanged,
    /// All three differ.
    Clash,
}

/// May this number be texted, and since when; else why not and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Consent {
    Yes {
        method: String,
        at: Micros,
    },
    /// Nobody ever asked: one key records a yes by voice.
    NeverAsked,
    /// A no or a STOP; the sentence says what opens it again.
    No {
        since: Micros,
        why: String,
        stopped: bool,
    },
    /// What they wrote may mean stop; one key decides.
    Held {
        since: Micros,
        why: String,
    },
    /// On the do-not-contact list.
    Listed {
        since: Micros,
        why: String,
    },
}

impl Consent {
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes { .. })
    }
}
