//! Text as it is compared when somebody is looked up: without accents and case, digits of every
//! script as ASCII; and its words.

use icu_normalizer::DecomposingNormalizerBorrowed;

use crate::domain::phone::ascii_digit;
use crate::domain::text::is_hidden;

/// Longer words are cut: nobody types so many letters, and no row may flood the index.
const LONGEST: usize = 40;

/// `ÉVA` is `eva`, `Straße` is `strasse`, `５７` and `٥٧` are `57`.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for c in DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(text.chars()) {
        if is_mark(c) || is_hidden(c) || matches!(c, '\u{200c}' | '\u{200d}' | '\u{640}') {
            continue;
        }
        match ascii_digit(c) {
            Some(digit) => folded.push(digit),
            None => c.to_lowercase().filter(|c| !is_mark(*c)).for_each(|c| push_plain(&mut folded, c)),
        }
    }
    folded
}

/// What stands on a letter and is left out by whoever types in a hurry. Marks that make another
/// letter, such as those of Thai or Devanagari, stay.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}')
        || matches!(c, '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}')
        || matches!(c, '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Letters that no accent was taken from, as people write them without their own keyboard.
fn push_plain(folded: &mut String, c: char) {
    folded.push_str(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        'ŋ' => "n",
        'ς' => "σ",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ة' => "ه",
        _ => return folded.push(c),
    });
}

/// Letters and digits alone: `lib/c7013` is `libc7013`.
pub(super) fn squash(folded: &str) -> String {
    folded.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Hands each word of a folded text to `each`: the parts between signs and, where a word has several
/// such as `jean-marc` or `o'neil`, these in one. A script without spaces has a word at each letter.
pub(super) fn each_word(folded: &str, mut each: impl FnMut(&str)) {
    for piece in folded.split_whitespace() {
        let mut parts = 0;
        for part in parts_of(piece) {
            parts += 1;
            each(part);
            let mut later = part.char_indices().skip(1);
            if part.contains(is_unspaced) {
                later.by_ref().take(LONGEST).for_each(|(at, _)| each(&part[at..]));
            }
        }
        if parts > 1 {
            each(cut(&squash(piece)));
        }
    }
}

/// What stands between signs.
pub(super) fn parts_of(piece: &str) -> impl Iterator<Item = &str> {
    piece.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(cut)
}

fn cut(word: &str) -> &str {
    first(word, LONGEST)
}

/// So many characters of the beginning, or all there are.
pub(super) fn first(word: &str, count: usize) -> &str {
    word.char_indices().nth(count).map_or(word, |(end, _)| &word[..end])
}

/// Scripts that are written without spaces: Thai to Khmer, kana, Han.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
        || matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accents_case_and_digits_of_every_script_are_folded() {
        for (text, folded) in [
            ("Kevin CUREPIPE", "kevin curepipe"),
            ("Éva Åkesson", "eva akesson"),
            ("E\u{301}va", "eva"),
            ("Straße, STRAẞE", "strasse, strasse"),
            ("Łódź Ørsted Æther Đorđe Þór", "lodz orsted aether dorde thor"),
            ("İstanbul ılgaz", "istanbul ilgaz"),
            ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
            ("Фёдор", "федор"),
            ("أحمد مُحَمَّد مـحـمـد", "احمد محمد محمد"),
            ("５７３７ ＋２３０", "5737 +230"),
            ("٥٧٣٧ ۵۷ ५७", "5737 57 57"),
            ("ﬁne K\u{200b}ev\u{ad}in", "fine kevin"),
            ("王小明", "王小明"),
            ("が", "か\u{3099}"),
            ("👍", "👍"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn words_are_parts_wholes_and_every_letter_of_unspaced_scripts() {
        let words = |text: &str| {
            let mut words = Vec::new();
            each_word(&fold(text), |word| words.push(word.to_owned()));
            words
        };
        for (text, expected) in [
            ("Kevin  Curepipe", vec!["kevin", "curepipe"]),
            ("Jean-Marc O'Neil", vec!["jean", "marc", "jeanmarc", "o", "neil", "oneil"]),
            ("AT&T 100% (island)", vec!["at", "t", "att", "100", "island"]),
            ("王小明", vec!["王小明", "小明", "明"]),
            ("- & 👍", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        assert_eq!(words(&"x".repeat(300)), ["x".repeat(LONGEST)]);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,20}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn case_and_accents_never_matter(text in "[a-zA-Zéèàôüñçåøß ]{0,20}") {
            prop_assert_eq!(fold(&text.to_uppercase()), fold(&text));
        }
    }
}
