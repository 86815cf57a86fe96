//! What an agent types, as terms that all have to be found.

/// One part of the query.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    /// Digits anywhere in a number, or in a policy number.
    Digits(String),
    /// `..33`: a number that ends so.
    Ends(String),
    /// Anything else: part of a name, company, policy number or e-mail.
    Word(String),
    /// `payment:pending`, or only the beginning of the word.
    Payment(String),
}

/// Neighbouring pieces of a spoken number, such as `5737 2333` or `+230 (57) 37`, are one term.
pub(super) fn terms(query: &str) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for piece in query.split_whitespace().take(16) {
        let digits: String =
            piece.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| char::from_digit(d, 10)).collect();
        let plain = piece.chars().all(|c| c.is_ascii_digit() || "+-().".contains(c));
        match terms.last_mut() {
            _ if plain && piece.starts_with("..") => {
                if !digits.is_empty() {
                    terms.push(Term::Ends(digits));
                }
            }
            Some(Term::Digits(before) | Term::Ends(before)) if plain => before.push_str(&digits),
            _ if plain && !digits.is_empty() => terms.push(Term::Digits(digits)),
            _ if plain => {}
            _ => terms.extend(word(piece)),
        }
    }
    terms
}

fn word(piece: &str) -> Option<Term> {
    let payment = ["payment:", "status:"].into_iter().find_map(|filter| {
        let rest = piece.get(filter.len()..)?;
        piece[..filter.len()].eq_ignore_ascii_case(filter).then_some(rest)
    });
    match payment {
        Some("") => None,
        Some(payment) => Some(Term::Payment(payment.to_lowercase())),
        None => Some(Term::Word(piece.to_lowercase())),
    }
}

impl Term {
    /// About how many of a billion customers have it, told by `names` of a few: good enough to order by.
    pub(super) fn commonness(&self, names: &[String]) -> u64 {
        const ALL: u64 = 1_000_000_000;
        let digits = |text: &str| ALL / 10u64.saturating_pow(u32::try_from(text.len()).unwrap_or(9).min(9));
        match self {
            Self::Ends(text) => digits(text),
            // It may stand in several places.
            Self::Digits(text) => digits(text) * 12_u64.saturating_sub(text.len() as u64).max(1),
            Self::Payment(_) => ALL / 3,
            Self::Word(text) => match names.iter().filter(|name| self.in_text(name)).count() as u64 {
                0 => ALL / 100 / (1 + text.len() as u64),
                found => ALL / (names.len() as u64) * found,
            },
        }
    }

    /// What is searched for as it was typed.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Digits(text) | Self::Ends(text) | Self::Word(text) | Self::Payment(text) => text,
        }
    }

    /// A number said with its trunk `0` or its `00`: the digits that stand in E.164.
    pub(super) fn national(&self) -> Option<&str> {
        let Self::Digits(digits) = self else { return None };
        let rest = digits.trim_start_matches('0');
        (rest.len() < digits.len() && rest.len() > 2).then_some(rest)
    }

    /// Is the term about numbers, and in this one (E.164)?
    pub(super) fn in_number(&self, number: &str) -> bool {
        match self {
            Self::Digits(digits) => {
                // A country code has one to three digits.
                let behind_code = |rest| number.find(rest).is_some_and(|at| (1..=4).contains(&at));
                number.contains(digits.as_str()) || self.national().is_some_and(behind_code)
            }
            Self::Ends(digits) => number.ends_with(digits.as_str()),
            Self::Word(_) | Self::Payment(_) => false,
        }
    }

    pub(super) fn in_text(&self, text: &str) -> bool {
        text.to_lowercase().contains(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoken_numbers_are_one_term() {
        let digits = |text: &str| Term::Digits(text.to_owned());
        let word = |text: &str| Term::Word(text.to_owned());
        let payment = |text: &str| Term::Payment(text.to_owned());
        let table = [
            ("5737 2333", vec![digits("57372333")]),
            ("+230 (57) 37", vec![digits("2305737")]),
            ("23 33 kevin", vec![digits("2333"), word("kevin")]),
            ("LIB/C7013", vec![word("lib/c7013")]),
            (" - + ..", vec![]),
            ("..33", vec![Term::Ends("33".into())]),
            ("..23 33", vec![Term::Ends("2333".into())]),
            ("anna ..33", vec![word("anna"), Term::Ends("33".into())]),
            ("status:Pending 57", vec![payment("pending"), digits("57")]),
            ("payment:pen", vec![payment("pen")]),
            ("status:", vec![]),
            ("statut:é", vec![word("statut:é")]),
        ];
        for (query, expected) in table {
            assert_eq!(terms(query), expected, "{query}");
        }
    }

    #[test]
    fn the_rarest_term_is_looked_for() {
        let names: Vec<String> =
            ["Kevin Curepipe", "Anna Curepipe", "Priya Lee", "王小明"].map(str::to_owned).to_vec();
        let table = [
            ("curepipe ramgoolam", "ramgoolam"),
            ("priya 2333", "2333"),
            ("23 ramgoolam", "ramgoolam"),
            ("status:pending 33", "33"),
            ("priya lee4", "lee4"),
        ];
        for (query, expected) in table {
            let rarest = terms(query).into_iter().min_by_key(|term| term.commonness(&names)).unwrap();
            assert_eq!(rarest.text(), expected, "{query}");
        }
    }

    #[test]
    fn numbers_are_found_as_people_say_them() {
        let table = [
            ("0701740600", "+46701740600", true),
            ("070-174 06", "+46701740600", true),
            ("0046 70 174", "+46701740600", true),
            ("+46 70 174", "+46701740600", true),
            ("0491 570 006", "+61491570006", true),
            ("2333", "+23057372333", true),
            ("0123", "+23057371230", false),
            ("0123", "+23057370123", true),
            ("..33", "+23057372333", true),
            ("..23", "+23057372333", false),
        ];
        for (query, number, found) in table {
            assert_eq!(terms(query)[0].in_number(number), found, "{query} in {number}");
        }
    }
}
