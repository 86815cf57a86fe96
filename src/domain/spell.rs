//! Values as they are read back to somebody on the phone: digits in pairs, letters one by one, signs
//! by their names.

use super::mail_domain;

/// How letters are told apart on a bad line: by themselves, or each as the first of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alphabet {
    /// `K-E-V`.
    Letters,
    /// `Kilo Echo Victor`.
    #[default]
    Nato,
    French,
    German,
    Swedish,
}

impl Alphabet {
    pub const ALL: [Self; 5] = [Self::Letters, Self::Nato, Self::French, Self::German, Self::Swedish];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Letters => "letters",
            Self::Nato => "nato",
            Self::French => "french",
            Self::German => "german",
            Self::Swedish => "swedish",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alphabet| alphabet.as_str() == text)
    }

    fn words(self) -> &'static str {
        match self {
            Self::Letters => "",
            Self::Nato => include_str!("../../assets/alphabets/nato.txt"),
            Self::French => include_str!("../../assets/alphabets/french.txt"),
            Self::German => include_str!("../../assets/alphabets/german.txt"),
            Self::Swedish => include_str!("../../assets/alphabets/swedish.txt"),
        }
    }

    /// The word of a capital letter, if it has one.
    fn word(self, letter: char) -> Option<&'static str> {
        self.words().lines().find(|word| word.starts_with(letter))
    }
}

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

/// An address letter by letter, its domain as words where everybody knows how it is written:
/// `K-E-V-I-N at gmail dot com`, `Kilo Echo Victor at Echo X-ray dot com`.
pub fn email(address: &str, alphabet: Alphabet) -> String {
    let address = address.trim();
    let Some((local, domain)) = address.rsplit_once('@') else { return letters(address, alphabet) };
    let domain = domain.to_lowercase();
    let spelled = match domain.rsplit_once('.') {
        _ if mail_domain::is_common(&domain) => domain.replace('.', " dot ").replace('-', " dash "),
        Some((before, ending)) if mail_domain::is_ending(ending) && !before.is_empty() => {
            format!("{} dot {ending}", letters(before, alphabet))
        }
        _ => letters(&domain, alphabet),
    };
    let parts = [letters(local, alphabet), "at".to_owned(), spelled];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn letters(text: &str, alphabet: Alphabet) -> String {
    let mut spelled = String::new();
    let mut dashed = false;
    for c in text.chars() {
        let sign = SIGNS.iter().find(|(sign, _)| *sign == c).map(|(_, name)| *name);
        let word = alphabet.word(capital(c)).filter(|_| c.is_alphabetic());
        if !spelled.is_empty() {
            let joined = dashed && sign.is_none() && word.is_none() && alphabet == Alphabet::Letters;
            spelled.push(if joined { '-' } else { ' ' });
        }
        match sign.or(word) {
            Some(name) => spelled.push_str(name),
            None => spelled.push(capital(c)),
        }
        dashed = sign.is_none();
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
            ("kevin@curepipe.com", "K-E-V-I-N at C-U-R-E-P-I-P-E dot com"),
            ("kevin@Gmail.com", "K-E-V-I-N at gmail dot com"),
            (" a+b@x-1.example ", "A plus B at X dash 1 dot E-X-A-M-P-L-E"),
            ("o'neil_2@x.example", "O apostrophe N-E-I-L underscore 2 at X dot E-X-A-M-P-L-E"),
            ("josé.weiß@x.example", "J-O-S-É dot W-E-I-ß at X dot E-X-A-M-P-L-E"),
            ("..", "dot dot"),
            ("kev", "K-E-V"),
            ("kev@", "K-E-V at"),
            ("", ""),
        ] {
            assert_eq!(email(address, Alphabet::Letters), spelled, "{address:?}");
        }
    }

    #[test]
    fn letters_are_words_on_a_bad_line() {
        for (alphabet, spelled) in [
            (Alphabet::Nato, "Kilo Echo Victor underscore 2 É at X-ray dot com"),
            (Alphabet::French, "Kléber Eugène Victor underscore 2 É at Xavier dot com"),
            (Alphabet::German, "Kaufmann Emil Viktor underscore 2 É at Xanthippe dot com"),
            (Alphabet::Swedish, "Kalle Erik Viktor underscore 2 É at Xerxes dot com"),
        ] {
            assert_eq!(email("kev_2é@x.com", alphabet), spelled);
            let mut firsts: Vec<char> =
                alphabet.words().lines().filter_map(|word| word.chars().next()).collect();
            let words = firsts.len();
            firsts.sort_unstable();
            firsts.dedup();
            assert_eq!(firsts.len(), words, "{alphabet:?} has two words of one letter");
            assert!(('A'..='Z').all(|letter| firsts.contains(&letter)), "{alphabet:?}");
            assert_eq!(Alphabet::parse(alphabet.as_str()), Some(alphabet));
        }
    }
}
