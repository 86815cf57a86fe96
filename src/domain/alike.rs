//! Are two customers one person? What they have in common, and what it is worth: families share numbers
//! (G13), and many people share a name.

use super::search::{fold, is_slip};

/// How two names stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// The same words, in any order, without accents and case.
    Same,
    /// One letter of one word apart.
    Near,
    /// All words of the shorter one, at least two, stand in the other.
    Part,
    Other,
}

impl Names {
    pub fn of(one: &str, other: &str) -> Self {
        let (one, other) = (words(one), words(other));
        let (shorter, longer) = if one.len() <= other.len() { (&one, &other) } else { (&other, &one) };
        let mut rest = longer.clone();
        let missing: Vec<&String> = shorter
            .iter()
            .filter(|word| match rest.iter().position(|known| known == *word) {
                Some(at) => {
                    rest.remove(at);
                    false
                }
                None => true,
            })
            .collect();
        match (missing.as_slice(), rest.as_slice()) {
            _ if shorter.is_empty() => Self::Other,
            ([], []) => Self::Same,
            ([], _) if shorter.len() > 1 => Self::Part,
            ([word], [known]) if is_slip(word, known) || is_slip(known, word) => Self::Near,
            _ => Self::Other,
        }
    }
}

/// The words of a name, as they are compared.
pub fn words(name: &str) -> Vec<String> {
    let folded = fold(name);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What two customers have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alike {
    pub mobile: bool,
    /// A number that is not the mobile of both.
    pub number: bool,
    pub email: bool,
    pub city: bool,
    pub company: bool,
    pub names: Names,
}

impl Alike {
    /// They share a number or an address.
    fn reached_alike(self) -> bool {
        self.mobile || self.number || self.email
    }

    /// One person, by all that is known. A number or an address alone makes a family, a name alone
    /// makes nothing.
    pub fn is_likely(self) -> bool {
        match self.names {
            Names::Same | Names::Near => self.reached_alike() || self.city || self.company,
            Names::Part => self.reached_alike(),
            Names::Other => false,
        }
    }

    /// Worth a line of the list.
    pub fn is_listed(self) -> bool {
        self.reached_alike() || self.is_likely()
    }

    /// Why they are listed.
    pub fn reason(self) -> String {
        let reached = [
            (self.mobile, "same mobile"),
            (self.number && !self.mobile, "same number"),
            (self.email, "same e-mail"),
        ];
        let placed = [(self.city, "same city"), (self.company, "same company")];
        let name = match self.names {
            Names::Same => "same name",
            Names::Near => "name one letter apart",
            Names::Part => "one name is part of the other",
            Names::Other => "other name",
        };
        let said = |parts: &[(bool, &'static str)]| {
            parts.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect::<Vec<_>>()
        };
        let mut words = said(&reached);
        words.push(name);
        if self.names != Names::Other {
            words.extend(said(&placed));
        }
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Alike = Alike {
        mobile: false,
        number: false,
        email: false,
        city: false,
        company: false,
        names: Names::Other,
    };

    #[test]
    fn names_are_compared_word_by_word() {
        for (one, other, expected) in [
            ("Kevin Curepipe", "CUREPIPE, Kévin", Names::Same),
            ("Kevin Curepipe", "Kevin Curepip", Names::Near),
            ("Kevin Curepiep", "Curepipe Kevin", Names::Near),
            ("Kevin Curepipe", "Kevni Curepiep", Names::Other),
            ("Kevin Curepipe", "Kevin Anderson Curepipe", Names::Part),
            ("Curepipe", "Kevin Curepipe", Names::Other),
            ("Anna Curepipe", "Kevin Curepipe", Names::Other),
            // Too short for a slip: another name.
            ("Marie Li", "Marie Lu", Names::Other),
            ("Jean-Marc Li", "Jean Marc Li", Names::Same),
            ("王小明", "王小明", Names::Same),
            ("", "", Names::Other),
            ("!!", "Anna", Names::Other),
        ] {
            assert_eq!(Names::of(one, other), expected, "{one} and {other}");
            assert_eq!(Names::of(other, one), expected, "{other} and {one}");
        }
    }

    #[test]
    fn g13_a_family_on_one_number_is_listed_and_not_taken_for_one_person() {
        let family = Alike { mobile: true, number: true, email: true, city: true, ..NOTHING };
        assert_eq!((family.is_listed(), family.is_likely()), (true, false));
        assert_eq!(family.reason(), "same mobile, same e-mail, other name");
    }

    #[test]
    fn what_makes_a_likely_pair() {
        let near = Alike { names: Names::Near, ..NOTHING };
        let part = Alike { names: Names::Part, ..NOTHING };
        for (alike, likely, reason) in [
            (Alike { mobile: true, ..near }, true, "same mobile, name one letter apart"),
            (Alike { city: true, ..near }, true, "name one letter apart, same city"),
            (Alike { company: true, names: Names::Same, ..NOTHING }, true, "same name, same company"),
            (Alike { number: true, ..part }, true, "same number, one name is part of the other"),
            (Alike { city: true, ..part }, false, "one name is part of the other, same city"),
            (near, false, "name one letter apart"),
            (Alike { city: true, ..NOTHING }, false, "other name"),
        ] {
            assert_eq!((alike.is_likely(), alike.reason().as_str()), (likely, reason));
        }
    }
}
