//! Who a text is from or to, as the provider says it (FACTS 2): a number, a short code, or a name.

use std::fmt;

use super::E164;

/// Longer than any number, short code or sender name.
const MAX: usize = 64;

/// One end of a text. We only ever write to numbers, but anybody may write to us (G8).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address(String);

impl Address {
    /// Reads what the provider gave; `None` if there is nothing that could be shown.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= MAX && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number, if it is one: consent and answers need a number.
    pub fn number(&self) -> Option<E164> {
        E164::parse(&self.0)
    }
}

impl From<E164> for Address {
    fn from(number: E164) -> Self {
        Self(number.0)
    }
}

impl PartialEq<E164> for Address {
    fn eq(&self, number: &E164) -> bool {
        self.0 == number.0
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g8_numbers_short_codes_and_names_are_addresses() {
        for text in ["+12025550143", "12345", "MYBANK", "whatsapp:+12025550143", "Zürich 1"] {
            assert_eq!(Address::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "  ", "a\u{1b}[31m", &"x".repeat(65)] {
            assert_eq!(Address::parse(text), None);
        }
        assert!(Address::parse("12345").unwrap().number().is_none());
        assert!(Address::parse("+12025550143").unwrap() == E164::parse("+12025550143").unwrap());
    }
}
