//! A file of customers as the import screen shows it, and how its import goes.

use serde::{Deserialize, Serialize};

use crate::domain::import::{Counts, State};
use crate::domain::text::SafeText;

/// A file before it is imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Such as `semicolon-separated, Windows-1252`.
    pub read_as: String,
    pub columns: Vec<SheetColumn>,
    /// Words of all fields that a column can hold; none where the file says itself what is what.
    pub fields: Vec<String>,
}

/// One column: what it is called, its first values, what it is taken for and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetColumn {
    pub header: SafeText,
    pub samples: Vec<SafeText>,
    pub field: String,
    /// It was guessed by its values: worth a look.
    pub guessed: bool,
}

/// How an import goes, or a try of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    pub counts: Counts,
    /// The first rows that stay out, with the reasons.
    pub bad: Vec<SafeText>,
    /// `None` while it is under way.
    pub ended: Option<Ended>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub state: State,
    /// To take it back; a try has none.
    pub number: Option<i64>,
    /// What it ran into.
    pub why: Option<SafeText>,
}
