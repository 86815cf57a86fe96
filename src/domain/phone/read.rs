//! From what was typed or pasted to an optional plus and ASCII digits. The number library sees
//! nothing else, because it accepts more than a person means: extensions, letters as digits, text
//! around a number (crates.md, decision 8).

use rlibphonenumber::PHONE_NUMBER_UTIL;

use super::PhoneFault;

/// TTX-10 allows 20 characters; punctuation and odd spaces may double that.
const MAX_CHARS: usize = 50;

/// Returns `+` and digits, or digits.
pub(super) fn read(raw: &str) -> Result<String, PhoneFault> {
    let text = raw.trim_matches(|c: char| c.is_whitespace() || is_pasted_mark(c));
    let text = match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &text[4..],
        _ => text,
    };
    if text.is_empty() {
        return Err(PhoneFault::Empty);
    }
    if text.chars().count() > MAX_CHARS {
        return Err(PhoneFault::TooMuchText);
    }
    let chars: Vec<Char> = text.chars().map(Char::of).collect();
    if is_spreadsheet_number(&chars) {
        return Err(PhoneFault::Spreadsheet);
    }
    check_parts(&chars)?;
    collect(&chars)
}

#[derive(Clone, Copy, PartialEq)]
enum Char {
    Plus,
    Digit(char),
    /// Spaces, dashes, brackets.
    Separator,
    Dot,
    /// Between an area code and the rest, or between two numbers.
    Slash,
    Other(char),
}

impl Char {
    fn of(c: char) -> Self {
        match c {
            '+' | '\u{ff0b}' => Self::Plus,
            '.' | '\u{ff0e}' => Self::Dot,
            '/' | '\u{ff0f}' => Self::Slash,
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{ff0d}' => Self::Separator,
            '(' | ')' | '[' | ']' | '\u{ff08}' | '\u{ff09}' | '\u{ff3b}' | '\u{ff3d}' => Self::Separator,
            // Left by web pages inside numbers; they hide no digit and change no order.
            '\u{ad}' | '\u{200b}' | '\u{2060}' => Self::Separator,
            c if c.is_whitespace() && !c.is_control() => Self::Separator,
            c => match ascii_digit(c) {
                Some(digit) => Self::Digit(digit),
                None => Self::Other(c),
            },
        }
    }

    fn is_digit(&self) -> bool {
        matches!(self, Self::Digit(_))
    }
}

/// Any script's decimal digit, such as full-width or Arabic-Indic.
pub(in crate::domain) fn ascii_digit(c: char) -> Option<char> {
    if c.is_ascii() || !c.is_numeric() {
        return c.is_ascii_digit().then_some(c);
    }
    PHONE_NUMBER_UTIL.normalize_digits_only(c.encode_utf8(&mut [0; 4])).chars().next()
}

/// Marks that contact lists and chat programs wrap around a number they copy.
fn is_pasted_mark(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}' | '\u{202c}' | '\u{2060}' | '\u{feff}')
        || matches!(c, '\u{2066}' | '\u{2068}' | '\u{2069}')
}

/// `5.7372E+07` has lost its digits; `57372333.0` has gained one.
fn is_spreadsheet_number(chars: &[Char]) -> bool {
    let run = |from: usize| chars[from..].iter().take_while(|c| c.is_digit()).count();
    let whole = run(0);
    let is_point = |at: usize| matches!(chars.get(at), Some(Char::Dot | Char::Other(',')));
    let fraction = if whole > 0 && is_point(whole) { run(whole + 1) } else { 0 };
    let end = if fraction > 0 { whole + 1 + fraction } else { whole };
    match chars.get(end) {
        None => fraction > 0 && fraction <= 2 && whole >= 5,
        Some(Char::Other('e' | 'E')) if whole > 0 => {
            let signed =
                matches!(chars.get(end + 1), Some(Char::Plus | Char::Separator | Char::Other('\u{2212}')));
            let exponent = end + 1 + usize::from(signed);
            exponent < chars.len() && exponent + run(exponent) == chars.len()
        }
        Some(_) => false,
    }
}

/// Refuses two numbers in one field. A slash may stand behind an area code (`030/123456`), which is
/// short; in `57372333/4` and `57372333 / 57001122` it means "or".
fn check_parts(chars: &[Char]) -> Result<(), PhoneFault> {
    let divides = |c: &Char| match c {
        Char::Slash => true,
        Char::Other(c) => matches!(c, ',' | ';' | '|' | '&' | '\n' | '\r' | '\t') || c.is_alphabetic(),
        _ => false,
    };
    let digits = |part: &[Char]| part.iter().filter(|c| c.is_digit()).count();
    let parts: Vec<usize> = chars.split(divides).map(digits).collect();
    if parts.iter().filter(|digits| **digits >= 7).count() > 1 {
        return Err(PhoneFault::Several);
    }
    if let [area @ .., rest] = parts.as_slice()
        && chars.contains(&Char::Slash)
        && !chars.iter().any(|c| matches!(c, Char::Other(_)))
    {
        let longest = if chars.contains(&Char::Plus) { 8 } else { 5 };
        if *rest < 4 || area.iter().any(|digits| *digits > longest) {
            return Err(PhoneFault::Several);
        }
    }
    Ok(())
}

fn collect(chars: &[Char]) -> Result<String, PhoneFault> {
    if let Some(other) = chars.iter().find_map(|c| if let Char::Other(c) = c { Some(*c) } else { None }) {
        return Err(fault_of(other, chars));
    }
    let mut clean = String::with_capacity(chars.len());
    for c in chars {
        match c {
            Char::Plus if clean.is_empty() => clean.push('+'),
            Char::Plus if clean == "+" => {}
            Char::Plus => return Err(PhoneFault::Several),
            Char::Digit(digit) => clean.push(*digit),
            _ => {}
        }
    }
    if clean.ends_with(|c: char| c.is_ascii_digit()) { Ok(clean) } else { Err(PhoneFault::Empty) }
}

/// Names the first character that does not belong, by what it is usually there for.
fn fault_of(first: char, chars: &[Char]) -> PhoneFault {
    let tail: String = chars
        .iter()
        .skip_while(|c| **c != Char::Other(first))
        .filter_map(|c| match c {
            Char::Digit(c) | Char::Other(c) => Some(c.to_ascii_lowercase()),
            _ => None,
        })
        .collect();
    let after_digits = chars.iter().take_while(|c| **c != Char::Other(first)).any(Char::is_digit);
    let label = tail.trim_start_matches([';', ',', ':']);
    let extension = label.starts_with("ext")
        || label.ends_with('#')
        || label
            .strip_prefix(['x', '\u{ff58}', '#', '\u{ff03}', '~', '\u{223c}'])
            .is_some_and(|rest| rest.trim_end_matches('#').chars().all(|c| c.is_ascii_digit()));
    match first {
        _ if after_digits && extension => PhoneFault::Extension,
        '#' | '\u{ff03}' => PhoneFault::Extension,
        c if c.is_control() || is_pasted_mark(c) => PhoneFault::Invisible,
        '\u{202b}' | '\u{202d}' | '\u{202e}' | '\u{2067}' | '\u{200c}' | '\u{200d}' => PhoneFault::Invisible,
        c if c.is_alphabetic() => PhoneFault::Letters,
        c => PhoneFault::Character(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tws_66_separators_go_digits_and_plus_stay() {
        let table = [
            ("57372333", "57372333"),
            (" 5737 2333\n", "57372333"),
            ("(760) 555-1234", "7605551234"),
            ("760.555.1234", "7605551234"),
            ("+230 5737 2333", "+23057372333"),
            ("+44 (0)20 7946 0958", "+4402079460958"),
            ("\u{ff0b}\u{ff12}\u{ff13}\u{ff10}\u{3000}57372333", "+23057372333"),
            ("٥٧٣٧٢٣٣٣", "57372333"),
            ("५७३७२३३३", "57372333"),
            ("\u{202a}+230\u{a0}5737\u{2011}2333\u{202c}", "+23057372333"),
            ("tel:+23057372333", "+23057372333"),
            ("030/123456", "030123456"),
            ("+49 3591/12345", "+49359112345"),
            ("202/555/0143", "2025550143"),
            ("++230 57372333", "+23057372333"),
        ];
        for (raw, clean) in table {
            assert_eq!(read(raw).as_deref(), Ok(clean), "{raw:?}");
        }
    }

    #[test]
    fn what_is_not_one_plain_number_is_refused_with_its_reason() {
        use PhoneFault::*;
        let table = [
            ("", Empty),
            (" \u{feff}\n ", Empty),
            ("+", Empty),
            ("- () -", Empty),
            ("tel:", Empty),
            ("1-800-FLOWERS", Letters),
            ("Tel 5737 2333", Letters),
            ("call Ana", Letters),
            ("xx", Letters),
            ("5737 2333 ext 5", Extension),
            ("5737 2333 ext. 5", Extension),
            ("5737 2333 extension 5", Extension),
            ("+23057372333;ext=5", Extension),
            ("5737 2333 x5", Extension),
            ("5737 2333 X 5", Extension),
            ("5737 2333 #5", Extension),
            ("5737 2333,,5#", Extension),
            ("5737 2333~5", Extension),
            ("#57372333", Extension),
            ("5.7372E+07", Spreadsheet),
            ("5,7372e+07", Spreadsheet),
            ("5E7", Spreadsheet),
            ("57372333.0", Spreadsheet),
            ("57372333.00", Spreadsheet),
            ("57372333 / 57001122", Several),
            ("57372333/4", Several),
            ("57372333, 57001122", Several),
            ("57372333;57001122", Several),
            ("57372333 or 57001122", Several),
            ("57372333\n57001122", Several),
            ("57372333+57001122", Several),
            ("5737\t2333", Invisible),
            ("5737\u{0}2333", Invisible),
            ("\u{1b}[31m57372333", Invisible),
            ("5737\u{202e}2333", Invisible),
            ("\u{202e}33327375", Invisible),
            ("57372333²", Character('²')),
            ("10:30", Character(':')),
            ("*57372333", Character('*')),
            ("'57372333", Character('\'')),
            ("=57372333", Character('=')),
        ];
        for (raw, fault) in table {
            assert_eq!(read(raw), Err(fault), "{raw:?}");
        }
        assert_eq!(read(&"5".repeat(51)), Err(TooMuchText));
        assert_eq!(read(&" ".repeat(10_000)), Err(Empty));
    }
}
