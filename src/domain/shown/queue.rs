//! The queue of captured updates, and batches of it (NIC-88..96, design 5).

use serde::{Deserialize, Serialize};

use super::Change;
use crate::domain::ids::{CustomerId, UpdateId};
use crate::domain::redact::mask;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::{Reason, Status, Upload};

/// Which updates the queue lists (NIC-90..92).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueFilter {
    pub status: Option<Status>,
    pub upload: Option<Upload>,
    pub reason: Option<Reason>,
    /// Captured at or after.
    pub from: Option<Micros>,
    /// Captured before.
    pub before: Option<Micros>,
    /// Captured by the agent of this number.
    pub agent: Option<i64>,
    /// Part of a policy number or a customer's name.
    #[serde(serialize_with = "masked_option")]
    pub find: Option<String>,
    pub newest_first: bool,
}

crate::domain::redact::redacted_debug!(
    QueueFilter,
    status,
    upload,
    reason,
    from,
    before,
    agent,
    newest_first
);

fn masked_option<S: serde::Serializer>(text: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    text.as_deref().map(mask).serialize(to)
}

/// One captured update in the queue. `seq` is what people and commands call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub seq: i64,
    pub id: UpdateId,
    pub customer: CustomerId,
    pub policy: SafeText,
    pub name: SafeText,
    pub fields: Vec<Change>,
    /// The short word of `Reason::as_str`.
    pub reason: String,
    pub agent: i64,
    pub agent_name: SafeText,
    pub at: Micros,
    pub status: String,
    pub upload: String,
    pub sign: Sign,
    /// The open batch it is frozen in.
    pub batch: Option<i64>,
}

/// The one thing about a row that needs attention, most urgent first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sign {
    /// Was, ours and the master's value now all differ.
    Clash,
    /// The upstream refused the upload, or it could not be confirmed.
    Refused,
    /// So many pending updates of one customer and field.
    Several(u8),
    NotUploaded,
    #[default]
    Fine,
}

/// A page of the queue with the counts of its head line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub rows: Vec<Row>,
    pub counts: Counts,
    /// The newest batch that is not marked yet: number and lines.
    pub open_batch: Option<(i64, i64)>,
}

/// How many updates there are. Beside a page each is counted no further than [`MANY`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Those that match the filter.
    pub matching: i64,
    pub pending: i64,
    pub not_uploaded: i64,
}

/// More than ten thousand are many: a page does not wait for the rest to be counted.
pub const MANY: i64 = 10_001;

/// All facts of one customer and field that one line stands for, oldest first, and the master's side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub lines: Vec<Line>,
    pub word: Option<Word>,
}

/// What was decided about an update, for whoever captured it (NIC-131).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    pub by: SafeText,
    pub at: Micros,
    pub reason: SafeText,
}

/// One field of one customer: its pending facts, and what the master says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub field: String,
    pub facts: Vec<Fact>,
    pub master: Option<SafeText>,
    /// When the master was read after the newest of the facts; `None`: it was not, nothing was compared.
    pub master_seen: Option<Micros>,
    pub clash: bool,
}

/// One capture of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub seq: i64,
    pub at: Micros,
    pub agent_name: SafeText,
    pub old: Option<SafeText>,
    pub new: SafeText,
    pub notes: SafeText,
}

/// A numbered export. What was chosen and did not go in is named with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub number: i64,
    /// Lines to be entered: one per customer and field.
    pub lines: i64,
    /// The updates they stand for.
    pub updates: Vec<i64>,
    pub left_out: Vec<LeftOut>,
    pub created_at: Micros,
    pub marked_at: Option<Micros>,
    /// It was a mistake: its updates are free again.
    pub dissolved_at: Option<Micros>,
}

/// An update that a batch or a marking passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub seq: i64,
    pub name: SafeText,
    /// A sentence.
    pub why: String,
}

/// What marking did: the ids that are synced now, and those that are not, with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    pub done: Vec<i64>,
    pub left_out: Vec<LeftOut>,
}
