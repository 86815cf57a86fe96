//! One slip of the fingers: a letter wrong, missing, too many, or two in the wrong order.

use strsim::osa_distance;

use super::fold::first;

/// Shorter words are next to too many others.
pub const SHORTEST_MISTYPED: usize = 4;

/// Is `typed` one slip away from `word`?
pub fn is_slip(typed: &str, word: &str) -> bool {
    typed.chars().count() >= SHORTEST_MISTYPED && osa_distance(typed, word) == 1
}

/// Is `typed` one slip away from how `word` begins? Whoever is still typing has not come to its end.
pub fn is_slip_at_the_end(typed: &str, word: &str) -> bool {
    let length = typed.chars().count();
    !word.starts_with(typed)
        && (length.saturating_sub(1)..=length + 1).any(|length| is_slip(typed, first(word, length)))
}

/// The word with the letters on both sides of `at` in the other order.
pub fn swapped_at(word: &str, at: usize) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    (at > 0 && at < letters.len()).then(|| {
        letters.swap(at - 1, at);
        letters.into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_slip_is_forgiven_and_two_are_not() {
        for (typed, slip) in [
            ("curepipe", false),
            ("curepiep", true),
            ("curepip", true),
            ("curepipes", true),
            ("curepope", true),
            ("urepipe", true),
            ("cuerpiep", false),
            ("pipe", false),
        ] {
            assert_eq!(is_slip(typed, "curepipe"), slip, "{typed}");
        }
        assert!(!is_slip("lea", "lee"), "too short");
        assert!(is_slip("évva", "éva") && !is_slip("éva", "éa"), "letters are counted, not bytes");
        for (typed, slip) in
            [("curpi", true), ("cuerp", true), ("cuxep", true), ("cure", false), ("cuxxp", false)]
        {
            assert_eq!(is_slip_at_the_end(typed, "curepipe"), slip, "{typed}");
        }
    }

    #[test]
    fn letters_are_swapped_around_a_place() {
        for (at, word) in [(1, Some("éva")), (2, Some("vaé")), (0, None), (3, None)] {
            assert_eq!(swapped_at("véa", at).as_deref(), word, "{at}");
        }
    }

    proptest! {
        #[test]
        fn every_single_slip_is_one(word in "[a-z]{4,12}", at in 0_usize..12, c in "[a-z]") {
            let at = at % (word.len() - 1);
            let (left, right) = word.split_at(at);
            let swapped = format!("{left}{}{}{}", &right[1..2], &right[..1], &right[2..]);
            for typed in [
                format!("{left}{c}{right}"),
                format!("{left}{c}{}", &right[1..]),
                swapped,
            ] {
                prop_assert!(typed == word || is_slip(&typed, &word), "{typed} for {word}");
            }
        }
    }
}
