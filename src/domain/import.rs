//! Taking in customers from files: what happens to those who are here already, and what was done.

use serde::{Deserialize, Serialize};

/// What a row does to a customer who is here already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnMatch {
    /// Nothing.
    Skip,
    /// It fills what is empty.
    FillEmpty,
    /// What it says goes; what it leaves empty stays. The usual way: the file is the master's, and what
    /// people here have found out stands in contact updates, which no import touches.
    #[default]
    Overwrite,
}

impl OnMatch {
    pub const ALL: [Self; 3] = [Self::Skip, Self::FillEmpty, Self::Overwrite];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::FillEmpty => "fill-empty",
            Self::Overwrite => "overwrite",
        }
    }

    /// The one behind it, round and round.
    pub fn next(self) -> Self {
        match self {
            Self::Skip => Self::FillEmpty,
            Self::FillEmpty => Self::Overwrite,
            Self::Overwrite => Self::Skip,
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|on| on.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// Rows of an import by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub refused: u64,
}

impl Counts {
    /// Rows that are in, by this import or before it.
    pub fn stored(self) -> u64 {
        self.new + self.changed + self.unchanged
    }

    pub fn rows(self) -> u64 {
        self.stored() + self.refused
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { new, changed, unchanged, refused } = self;
        write!(f, "{new} new, {changed} changed, {unchanged} unchanged, {refused} refused")
    }
}

/// How an import ended, or that it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    Running,
    Done,
    /// By the person.
    Stopped,
    /// By what it ran into.
    Failed,
    /// Its process ended with it under way.
    CutOff,
    Undone,
}

impl State {
    const ALL: [Self; 6] =
        [Self::Running, Self::Done, Self::Stopped, Self::Failed, Self::CutOff, Self::Undone];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::CutOff => "cut off",
            Self::Undone => "undone",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
