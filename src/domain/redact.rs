//! `Debug` for types that hold what belongs to a person: numbers, addresses, names, words. Only
//! the named fields are shown, so that a log line cannot leak the rest (design 7).

/// Implements `Debug` for a struct, showing the listed fields and `..` for the others.
macro_rules! redacted_debug {
    ($type:ident $(, $shown:ident)* $(,)?) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($shown), &self.$shown))*.finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use redacted_debug;

/// Serialises a text with its letters and digits hidden, cell for cell: recordings keep the shape
/// of a screen and nothing of a person.
///
/// # Errors
/// What the serializer says.
pub fn masked<S: serde::Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&mask(text))
}

/// Letters become `x`, digits `0`, wide characters `口`; space and punctuation stay.
pub fn mask(text: &str) -> String {
    use unicode_width::UnicodeWidthChar;
    text.chars()
        .filter_map(|c| match (c, c.width()) {
            (c, _) if c.is_ascii_punctuation() || c.is_whitespace() => Some(c),
            (c, _) if c.is_ascii_digit() => Some('0'),
            (_, Some(2)) => Some('口'),
            (_, Some(1)) => Some('x'),
            _ => None,
        })
        .collect()
}
