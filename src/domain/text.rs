//! Text: the body of a message, and text that is safe to show.

use std::fmt;

/// The body of a text message, exactly as it leaves or arrived. `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Body(pub String);

impl Body {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} characters)", self.0.chars().count())
    }
}
