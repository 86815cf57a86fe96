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
mod tests {
    use Encoding::{Gsm7, Ucs2};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_alphabet_is_that_of_facts_8() {
        let basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
        // 128 codes, less the escape.
        assert_eq!(basic.chars().count(), 127);
        assert_eq!((0..=0x1_ffff).filter_map(char::from_u32).filter(|c| is_basic(*c)).count(), 127);
        assert_eq!((0..=0x1_ffff).filter_map(char::from_u32).filter(|c| is_extension(*c)).count(), 10);
        assert_eq!(count(basic), Segments { encoding: Gsm7, segments: 1, units: 127 });
        assert_eq!(count("\u{c}^{}\\[~]|€"), Segments { encoding: Gsm7, segments: 1, units: 20 });
        for stray in "`\t\u{a0}çáíóúâê’“…—\u{1b}👍陳".chars() {
            assert_eq!(count(&format!("ok {stray}")).encoding, Ucs2, "{stray:?}");
        }
    }

    #[test]
    fn boundaries() {
        let gsm = |count: usize| "a".repeat(count);
        let ucs = |count: usize| "ж".repeat(count);
        let table = [
            (String::new(), Gsm7, 0, 0),
            (gsm(1), Gsm7, 1, 1),
            (gsm(160), Gsm7, 1, 160),
            (gsm(161), Gsm7, 2, 161),
            (gsm(306), Gsm7, 2, 306),
            (gsm(307), Gsm7, 3, 307),
            ("€".repeat(80), Gsm7, 1, 160),
            (gsm(159) + "€", Gsm7, 2, 161),
            // 153 is odd: a pair would be split, so the first part closes at 152.
            (gsm(152) + "€" + &gsm(152), Gsm7, 3, 306),
            (gsm(151) + "€" + &gsm(153), Gsm7, 2, 306),
            ("€".repeat(152), Gsm7, 2, 304),
            ("€".repeat(153), Gsm7, 3, 306),
            (ucs(1), Ucs2, 1, 1),
            (ucs(70), Ucs2, 1, 70),
            (ucs(71), Ucs2, 2, 71),
            (ucs(134), Ucs2, 2, 134),
            (ucs(135), Ucs2, 3, 135),
            ("👍".repeat(35), Ucs2, 1, 70),
            ("👍".repeat(36), Ucs2, 2, 72),
            (ucs(66) + "👍" + &ucs(66), Ucs2, 3, 134),
            (ucs(65) + "👍" + &ucs(67), Ucs2, 2, 134),
            ("👍".repeat(66), Ucs2, 2, 132),
            ("👍".repeat(67), Ucs2, 3, 134),
            (gsm(69) + "’", Ucs2, 1, 70),
            (gsm(159) + "’", Ucs2, 3, 160),
        ];
        for (text, encoding, segments, units) in table {
            assert_eq!(count(&text), Segments { encoding, segments, units }, "{text}");
        }
    }

    #[test]
    fn tws_33_the_character_that_forces_ucs_2_is_named_with_its_price() {
        let long = "a".repeat(75);
        let table = [
            ("Bonjour ça va".to_owned(), Some("'ç' U+00E7 forces UCS-2")),
            ("plain [€]".to_owned(), None),
            (String::new(), None),
            (format!("{long} …"), Some("'…' U+2026 forces UCS-2: 1 segment becomes 2")),
            (
                format!("{long}{long}{long} … ’ …"),
                Some("'…' U+2026 and 1 more force UCS-2: 2 segments become 4"),
            ),
            (format!("{long}\u{a0}"), Some("U+00A0 forces UCS-2: 1 segment becomes 2")),
            (format!("{long}\u{200b}"), Some("U+200B forces UCS-2: 1 segment becomes 2")),
            ("陳".repeat(71), Some("'陳' U+9673 forces UCS-2: 1 segment becomes 2")),
            ("👍👍".to_owned(), Some("'👍' U+1F44D forces UCS-2")),
        ];
        for (text, expected) in table {
            assert_eq!(forced(&text).map(|forced| forced.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn too_long_is_counted_in_utf_16_units() {
        assert_eq!(excess(&"€".repeat(1600)), 0);
        assert_eq!(excess(&"€".repeat(1612)), 12);
        assert_eq!(excess(&"👍".repeat(801)), 2);
    }

    #[test]
    fn words_of_the_encodings() {
        let json = serde_json::to_string(&count("é")).unwrap();
        assert_eq!(json, r#"{"encoding":"GSM-7","segments":1,"units":1}"#);
        assert_eq!(count("ê").encoding.to_string(), "UCS-2");
    }

    /// The same count another way round: lay out the units with their continuation marked, then cut
    /// slices off the front.
    fn second_counter(text: &str) -> (usize, usize) {
        let single = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                      ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
        let double = ['\u{c}', '^', '{', '}', '\\', '[', '~', ']', '|', '€'];
        let gsm = text.chars().all(|c| single.contains(c) || double.contains(&c));
        let mut continues = Vec::new();
        for c in text.chars() {
            let pair = if gsm { double.contains(&c) } else { c.len_utf16() == 2 };
            continues.push(false);
            if pair {
                continues.push(true);
            }
        }
        let (alone, room) = if gsm { (160, 153) } else { (70, 67) };
        if continues.len() <= alone {
            return (usize::from(!continues.is_empty()), continues.len());
        }
        let (mut at, mut parts) = (0, 0);
        while at < continues.len() {
            let mut end = (at + room).min(continues.len());
            while end < continues.len() && continues[end] {
                end -= 1;
            }
            at = end;
            parts += 1;
        }
        (parts, continues.len())
    }

    proptest! {
        #[test]
        fn both_counters_agree(text in "[a-z€^ ]{0,400}|[a-zж👍]{0,200}|\\PC{0,200}|[€👍]{0,200}") {
            let counted = count(&text);
            prop_assert_eq!((counted.segments as usize, counted.units as usize), second_counter(&text));
            prop_assert_eq!(forced(&text).is_some(), counted.encoding == Ucs2);
        }
    }
}
