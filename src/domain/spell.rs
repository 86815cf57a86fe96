//! Values as they are read back to somebody on the phone: digits in pairs, letters one by one, signs
//! by their names.

/// Digits of a number as people write it, in pairs: `57 37 23 33`. A country code stays apart:
/// `plus 1 20 25 55 01 43`. Of an odd number of digits the last three stay together.
pub fn phone(number: &str) -> String {
    let number = number.trim();
    let (code, rest) = match number.strip_prefix('+') {
        Some(foreign) => foreign.split_once(' ').unwrap_or(("", foreign)),
        None => ("", number),
    };
    let digits: Vec<char> = rest.chars().filter(char::is_ascii_digit).collect();
    let pairs = digits.len() / 2;
    let mut words: Vec<String> = Vec::new();
    if number.starts_with('+') {
        words.push("plus".to_owned());
        words.extend((!code.is_empty()).then(|| code.to_owned()));
    }
    for pair in 0..pairs {
        let end = if pair + 1 == pairs { digits.len() } else { pair * 2 + 2 };
        words.push(digits[pair * 2..end].iter().collect());
    }
    words.extend((pairs == 0 && !digits.is_empty()).then(|| digits.iter().collect()));
    words.join(" ")
}

/// An address letter by letter: `K-E-V-I-N at E-X-A-M-P-L-E dot C-O-M`.
pub fn email(address: &str) -> String {
    let mut spelled = String::new();
    let mut letters = false;
    for c in address.trim().chars() {
        let sign = SIGNS.iter().find(|(sign, _)| *sign == c).map(|(_, name)| *name);
        if !spelled.is_empty() {
            spelled.push(if letters && sign.is_none() { '-' } else { ' ' });
        }
        match sign {
            Some(name) => spelled.push_str(name),
            None => spelled.push(capital(c)),
        }
        letters = sign.is_none();
    }
    spelled
}

/// What people call the signs that an address may have.
const SIGNS: &[(char, &str)] = &[
    ('@', "at"),
    ('.', "dot"),
    ('-', "dash"),
    ('_', "underscore"),
    ('+', "plus"),
    ('\'', "apostrophe"),
    ('/', "slash"),
    ('&', "ampersand"),
    ('!', "exclamation mark"),
    ('?', "question mark"),
    ('#', "hash"),
    ('$', "dollar"),
    ('%', "percent"),
    ('*', "star"),
    ('=', "equals"),
    ('^', "caret"),
    ('`', "backquote"),
    ('{', "open brace"),
    ('}', "close brace"),
    ('|', "bar"),
    ('~', "tilde"),
    (',', "comma"),
    (' ', "space"),
];

/// As it is where the capital is no single letter.
fn capital(c: char) -> char {
    let mut capital = c.to_uppercase();
    match (capital.next(), capital.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_pairs() {
        for (number, spelled) in [
            ("5737 2333", "57 37 23 33"),
            ("57372333", "57 37 23 33"),
            ("0491 570 006", "04 91 57 00 06"),
            ("(202) 555-0143", "20 25 55 01 43"),
            ("+1 202-555-0143", "plus 1 20 25 55 01 43"),
            ("+46 70 174 06 05", "plus 46 70 17 40 605"),
            ("210 2345", "21 02 345"),
            ("+12", "plus 12"),
            ("1", "1"),
            ("123", "123"),
            (" ", ""),
            ("+", "plus"),
        ] {
            assert_eq!(phone(number), spelled, "{number:?}");
        }
    }

    #[test]
    fn addresses_are_read_letter_by_letter() {
        for (address, spelled) in [
            ("kevin@curepipe.example", "K-E-V-I-N at C-U-R-E-P-I-P-E dot E-X-A-M-P-L-E"),
            (" a+b@x-1.example ", "A plus B at X dash 1 dot E-X-A-M-P-L-E"),
            ("o'neil_2@x.example", "O apostrophe N-E-I-L underscore 2 at X dot E-X-A-M-P-L-E"),
            ("josé.weiß@x.example", "J-O-S-É dot W-E-I-ß at X dot E-X-A-M-P-L-E"),
            ("..", "dot dot"),
            ("kev", "K-E-V"),
            ("", ""),
        ] {
            assert_eq!(email(address), spelled, "{address:?}");
        }
    }
}
