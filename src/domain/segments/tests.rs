//! FACTS 8 as a table, and a second counter that was written without a look at the first.

use Encoding::{Gsm7, Ucs2};
use proptest::prelude::*;

use super::*;

/// Show 2: over 400 texts with every boundary of FACTS 8, counted by a program that is not in this
/// repository. A row: code points and how often each, encoding, segments, units.
const TABLE: &str = include_str!("../../../tests/data/texts/segments.tsv");

fn text_of(recipe: &str) -> String {
    let run = |run: &str| {
        let (code, times) = run.strip_prefix("U+").and_then(|run| run.split_once('*')).unwrap();
        let c = char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap();
        c.to_string().repeat(times.parse().unwrap())
    };
    recipe.split(' ').filter(|part| *part != "-").map(run).collect()
}

#[test]
fn show_2_tws_78_g3_the_table() {
    let rows: Vec<&str> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(rows.len() >= 300, "{}", rows.len());
    for row in rows {
        let [recipe, encoding, segments, units] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let counted = count(&text_of(recipe));
        let shown = (counted.encoding.as_str(), counted.segments.to_string(), counted.units.to_string());
        assert_eq!(shown, (encoding, segments.to_owned(), units.to_owned()), "{recipe}");
    }
}

#[test]
fn the_alphabet_is_that_of_facts_8_and_nothing_else() {
    let basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                 ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    // 128 codes, less the escape.
    assert_eq!(basic.chars().count(), 127);
    let every = || (0..=0x10_ffff).filter_map(char::from_u32);
    assert_eq!(every().filter(|c| is_basic(*c)).count(), 127);
    assert_eq!(every().filter(|c| is_extension(*c)).count(), 10);
    assert_eq!(count(basic), Segments { encoding: Gsm7, segments: 1, units: 127 });
    assert_eq!(count("\u{c}^{}\\[~]|€"), Segments { encoding: Gsm7, segments: 1, units: 20 });
}

#[test]
fn tws_33_the_character_that_forces_ucs_2_is_named_with_its_price() {
    let long = "a".repeat(75);
    let table = [
        ("Bonjour ça va".to_owned(), Some("'ç' U+00E7 forces UCS-2")),
        ("plain [€]".to_owned(), None),
        (String::new(), None),
        (format!("{long} …"), Some("'…' U+2026 forces UCS-2: 1 segment becomes 2")),
        (format!("{long}{long}{long} … ’ …"), Some("'…' U+2026 and 1 more force UCS-2: 2 segments become 4")),
        (format!("{long}\u{a0}"), Some("U+00A0 forces UCS-2: 1 segment becomes 2")),
        (format!("{long}\u{200b}"), Some("U+200B forces UCS-2: 1 segment becomes 2")),
        (format!("{long}\u{301}"), Some("U+0301 forces UCS-2: 1 segment becomes 2")),
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

/// What people and programs put into texts: plain runs, pairs, marks, joiners, every plane.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z \n]{1,200}",
        "[€\\[\\]{}^~|\\\\]{1,90}",
        "[ж中ç’]{1,80}",
        "[👍✨🇲🇺]{1,50}",
        "\\PC{0,40}",
        "e[\u{301}\u{302}\u{303}]{1,60}",
        Just("👩\u{200d}👩\u{200d}👧\u{200d}👦".to_owned()),
        proptest::collection::vec(any::<char>(), 0..40).prop_map(|chars| chars.into_iter().collect()),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Show 2.
    #[test]
    fn show_2_both_counters_agree(text in any_text()) {
        let counted = count(&text);
        prop_assert_eq!((counted.segments as usize, counted.units as usize), second_counter(&text));
        prop_assert_eq!(forced(&text).is_some(), counted.encoding == Ucs2);
    }

    /// One more character never makes a text smaller; a UCS-2 text stays one.
    #[test]
    fn a_longer_text_never_costs_less(text in any_text(), more in any::<char>()) {
        let (before, after) = (count(&text), count(&format!("{text}{more}")));
        prop_assert!(after.segments >= before.segments, "{before:?} {after:?}");
        prop_assert!(before.encoding == Gsm7 || after.encoding == Ucs2);
    }
}
