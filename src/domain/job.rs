//! Outbox words: jobs, their states, and which moves between states exist (design 4).

use std::fmt;

/// A system outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Destination {
    Twilio,
    Upstream,
}

impl Destination {
    pub const ALL: [Self; 2] = [Self::Twilio, Self::Upstream];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Upstream => "upstream",
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
