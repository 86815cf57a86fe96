//! How many parts a text is billed as, to the letter of FACTS 8. The provider's `num_segments` is
//! the truth afterwards; this is the count before sending.

use std::fmt;

use serde::{Serialize, Serializer};
use unicode_width::UnicodeWidthChar as _;

use super::text::is_hidden;

/// FACTS 7: the longest body the provider takes, in UTF-16 units.
pub const LONGEST: usize = 1600;

/// How a text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Gsm7,
    Ucs2,
}

impl Encoding {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        }
    }

    /// Units that fit a text alone, and each part of a longer one.
    fn room(self) -> (u32, u32) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }

    /// Units of one character: septets or UTF-16 units. `None` if it cannot be written so.
    fn units(self, c: char) -> Option<u32> {
        match self {
            Self::Gsm7 if is_basic(c) => Some(1),
            Self::Gsm7 => is_extension(c).then_some(2),
            Self::Ucs2 => Some(if u32::from(c) > 0xffff { 2 } else { 1 }),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Encoding {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// The size of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Segments {
    pub encoding: Encoding,
    /// Billed parts. An empty text has none: it is never sent.
    pub segments: u32,
    /// Septets (an extension character is two) or UTF-16 units.
    pub units: u32,
}

/// Counts a text as it is, without smart encoding.
pub fn count(text: &str) -> Segments {
    let fits_gsm = text.chars().all(|c| Encoding::Gsm7.units(c).is_some());
    let encoding = if fits_gsm { Encoding::Gsm7 } else { Encoding::Ucs2 };
    let sizes = text.chars().filter_map(|c| encoding.units(c));
    let units = sizes.clone().fold(0, u32::saturating_add);
    let (alone, part) = encoding.room();
    let segments = match units {
        0 => 0,
        units if units <= alone => 1,
        _ => parts(sizes, part),
    };
    Segments { encoding, segments, units }
}

/// Fills parts one after the other: a pair that does not fit whole begins the next one.
fn parts(sizes: impl Iterator<Item = u32>, room: u32) -> u32 {
    let (mut parts, mut used) = (1, 0);
    for size in sizes {
        if used + size > room {
            parts += 1;
            used = 0;
        }
        used += size;
    }
    parts
}

/// By how many UTF-16 units a text is too long to be sent at all.
pub fn excess(text: &str) -> usize {
    text.encode_utf16().count().saturating_sub(LONGEST)
}

/// What keeps a text out of GSM-7, and what that costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forced {
    /// The first such character.
    pub by: char,
    /// Other ones beside it, each counted once.
    pub others: usize,
    /// Segments if each were a plain character.
    pub plain: u32,
    pub segments: u32,
}

impl Forced {
    pub fn costs(&self) -> bool {
        self.segments > self.plain
    }
}

/// Which character forces UCS-2 on a text, if one does (TWS-33).
pub fn forced(text: &str) -> Option<Forced> {
    let mut strange: Vec<char> = text.chars().filter(|c| Encoding::Gsm7.units(*c).is_none()).collect();
    let by = *strange.first()?;
    strange.sort_unstable();
    strange.dedup();
    let fits = |c: char| Encoding::Gsm7.units(c).is_some();
    let plain: String = text.chars().map(|c| if fits(c) { c } else { '.' }).collect();
    let others = strange.len() - 1;
    Some(Forced { by, others, plain: count(&plain).segments, segments: count(text).segments })
}

/// `'…' U+2026 forces UCS-2: 1 segment becomes 2`. What cannot be seen is named by its code alone.
impl fmt::Display for Forced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, others, plain, segments } = *self;
        if by.width().is_some_and(|cells| cells > 0) && !by.is_whitespace() && !is_hidden(by) {
            write!(f, "'{by}' ")?;
        }
        write!(f, "U+{:04X} ", u32::from(by))?;
        match others {
            0 => f.write_str("forces UCS-2")?,
            _ => write!(f, "and {others} more force UCS-2")?,
        }
        if !self.costs() {
            return Ok(());
        }
        let word = if plain == 1 { "segment becomes" } else { "segments become" };
        write!(f, ": {plain} {word} {segments}")
    }
}

fn is_basic(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | '0'..='9' | '\n' | '\r' | ' ')
        || "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà".contains(c)
}

fn is_extension(c: char) -> bool {
    "\u{c}^{}\\[~]|€".contains(c)
}

#[cfg(test)]
mod tests;
