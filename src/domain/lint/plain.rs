//! Characters that cost more than they say: what stands in their place (FACTS 8, smart encoding), and
//! what is left when they go.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use crate::domain::segments::{self, Encoding};
use crate::domain::text::is_hidden;

/// Every look-alike as plain characters; letters and signs that have none stay.
pub fn look_alikes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    // An accent typed apart from its letter is the letter with the accent.
    for c in ComposingNormalizerBorrowed::new_nfc().normalize_iter(text.chars()) {
        match look_alike(c) {
            Some(same) => plain.push_str(same),
            None => plain.push(full_width(c)),
        }
    }
    plain
}

/// Letters that have accents without them, where GSM-7 lacks the accented one: `ça` is `ca`, `é` stays.
pub fn without_accents(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match (is_gsm(c), letters(c), base(c)) {
            (true, ..) => plain.push(c),
            (_, Some(letters), _) => plain.push_str(letters),
            (_, _, Some(base)) => plain.push(base),
            _ => plain.push(c),
        }
    }
    plain
}

/// Without pictures and signs that GSM-7 lacks, and without the gap they leave. Letters stay.
pub fn without_signs(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut in_gap = false;
    for c in text.chars() {
        if !is_gsm(c) && !c.is_alphanumeric() {
            in_gap = plain.is_empty() || plain.ends_with(' ');
        } else if !(in_gap && c == ' ') {
            plain.push(c);
            in_gap = false;
        }
    }
    plain.trim_end().to_owned()
}

/// Without what nobody sees; a tab is a space.
pub fn without_hidden(text: &str) -> String {
    let kept = |c: char| match c {
        '\t' => Some(' '),
        c if is_control(c) || is_unseen(c) => None,
        c => Some(c),
    };
    text.chars().filter_map(kept).collect()
}

/// Not text: a terminal may obey it, a phone drops it. Line ends and what GSM-7 has are text.
pub fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{85}')
}

/// Not seen, but compared, obeyed or paid for. Joiners belong to emoji and to several scripts.
pub fn is_unseen(c: char) -> bool {
    is_hidden(c) && !c.is_control()
}

fn is_gsm(c: char) -> bool {
    segments::count(c.encode_utf8(&mut [0; 4])).encoding == Encoding::Gsm7
}

fn look_alike(c: char) -> Option<&'static str> {
    Some(match c {
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '〃' => "\"",
        '‘' | '’' | '‚' | '‛' | '′' | '`' | '´' | 'ʼ' | 'ˈ' => "'",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '•' | '‣' | '◦' | '·' | '▪' => "-",
        '…' => "...",
        '‹' => "<",
        '›' => ">",
        '½' => "1/2",
        '¼' => "1/4",
        '¾' => "3/4",
        '×' => "x",
        '÷' | '⁄' => "/",
        '™' => "TM",
        '©' => "(c)",
        '®' => "(r)",
        '№' => "No",
        '‼' => "!!",
        '¸' => ",",
        '\t' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        '\u{b}' | '\u{85}' | '\u{2028}' | '\u{2029}' => "\n",
        '\u{fe0e}' | '\u{fe0f}' | '\u{200c}' | '\u{200d}' => "",
        c if is_unseen(c) => "",
        _ => return None,
    })
}

/// `ＡＢＣ` is `ABC`.
fn full_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// Letters that no accent can be taken from.
fn letters(c: char) -> Option<&'static str> {
    Some(match c {
        'œ' => "oe",
        'Œ' => "OE",
        'ł' => "l",
        'Ł' => "L",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'þ' => "th",
        'Þ' => "Th",
        'ı' => "i",
        'ª' => "a",
        'º' | '°' => "o",
        _ => return None,
    })
}

/// The letter under the accents, if it is a plain one.
fn base(c: char) -> Option<char> {
    let mut parts = DecomposingNormalizerBorrowed::new_nfd().normalize_iter(std::iter::once(c));
    parts.next().filter(|base| *base != c && base.is_ascii_alphabetic())
}
