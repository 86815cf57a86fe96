//! What screens show: read models that the store fills and the screens draw. Plain values; every
//! text from outside is a [`SafeText`] already, and serialising one hides it, so that a recorded
//! session holds no name, number or word of a customer.

mod card;
mod clash;
mod find;
mod inbox;
mod intake;
mod merge;
mod queue;
mod record;
mod report;
mod several;
mod status;
pub mod strip;

pub use card::{Card, Compared, Consent, Point, Proof, Trust, Why};
pub use clash::{Clash, Clashes, Take, Witness};
pub use find::{Found, Hit, Other, Was};
pub use inbox::{Conversation, Conversations, Hours, InboxFilter, InboxView, Media, Party, Text, Thread};
pub use intake::{Ended, Intake, Sheet, SheetColumn};
pub use merge::{Choice, Duplicate, Sides};
pub use queue::{
    Batch, Counts, Fact, Facts, LeftOut, Line, MANY, Marked, Page, QueueFilter, Row, Sign, Word,
};
pub use record::{Held, Record, RecordPoint};
pub use report::{AgentCount, Quality, Report, Share, Success};
pub use several::Recipient;
pub use status::{Draft, DraftOf, Job, PUT_BACK, Person, Presence, RINGS, Ring, State, Undoable, Undone};

use serde::{Deserialize, Serialize};

use super::ids::{InteractionId, NoteId};
use super::text::SafeText;
use super::time::Micros;

/// One entry of a customer's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: i64,
    pub id: InteractionId,
    pub at: Micros,
    /// Who of us did it, if somebody did.
    pub by: SafeText,
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    Note {
        id: NoteId,
        body: SafeText,
        pinned: bool,
    },
    Text(Text),
    Update {
        fields: Vec<Change>,
        reason: String,
        notes: SafeText,
        status: String,
        upload: String,
    },
    Mail(Mail),
    /// A kind that this release has no words for yet: a call, a meeting.
    Other {
        kind: String,
    },
}

/// One field of a captured update: from what to what. The values are E.164 or an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub field: String,
    pub old: Option<SafeText>,
    pub new: SafeText,
}

/// One mail of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// `payment request` or `acknowledgement of debt`.
    pub about: String,
    /// Where it went, or is to go.
    pub to: SafeText,
    /// The stored word of `domain::job::State`.
    pub state: String,
    pub reason: SafeText,
    /// Before this it can be taken back.
    pub held_until: Option<Micros>,
}

/// What a request for payment would say; empty where no amount is due.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub amount: SafeText,
    pub reference: SafeText,
    pub link: SafeText,
}
