//! A contact update typed in one line: the value, the reason, then notes. `5844 0010 wrong one digit
//! off`; somewhere behind the value `by:2` or `by:birth` says how the caller was identified.

use super::phone::PhonePolicy;
use super::update::{Field, FieldError, Form, NewUpdate, Reason, verified};

/// A line taken apart; nothing in it is checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneLine {
    pub field: Field,
    pub value: String,
    pub reason: Option<Reason>,
    pub notes: String,
    /// What stands behind `by:`.
    pub by: Option<String>,
}

/// What the office asks of every update.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub policy: &'a PhonePolicy,
    /// The ways a caller may be identified.
    pub ways: &'a [String],
    pub must_verify: bool,
}

impl OneLine {
    pub fn read(field: Field, text: &str) -> Self {
        let (by, words): (Vec<&str>, Vec<&str>) =
            text.split_whitespace().partition(|word| word.starts_with("by:"));
        let mut words = words.into_iter().peekable();
        let mut value = Vec::new();
        while let Some(word) = words.peek() {
            let belongs = match field {
                // A single digit after the number is the form's digit of a reason.
                Field::Mobile => {
                    let number = word.chars().all(|c| c.is_ascii_digit() || "+-().".contains(c));
                    number && (value.is_empty() || word.len() > 1)
                }
                Field::Email => value.is_empty(),
            };
            if !belongs {
                break;
            }
            value.extend(words.next());
        }
        let reason = words.peek().and_then(|word| Reason::parse(word));
        if reason.is_some() {
            words.next();
        }
        let by = by.last().map(|word| word["by:".len()..].to_owned());
        Self { field, value: value.join(" "), reason, notes: words.collect::<Vec<_>>().join(" "), by }
    }

    /// The update and how the caller was identified, or all that is wrong.
    ///
    /// # Errors
    /// The form's, and `by:` names no way that there is.
    pub fn check(&self, asked: Asked<'_>) -> Result<(NewUpdate, Option<String>), Vec<FieldError>> {
        let (mobile, email) = match self.field {
            Field::Mobile => (self.value.as_str(), ""),
            Field::Email => ("", self.value.as_str()),
        };
        let reason = self.reason.map_or("", Reason::as_str);
        let new = Form { mobile, email, reason, notes: &self.notes }.check(asked.policy);
        let by = self.way(asked.ways).and_then(|by| verified(by, asked.must_verify));
        match (new, by) {
            (Ok(new), Ok(by)) => Ok((new, by)),
            (new, by) => Err(new.err().into_iter().flatten().chain(by.err()).collect()),
        }
    }

    /// By its digit or by a part of its words.
    fn way<'a>(&self, ways: &'a [String]) -> Result<Option<&'a str>, FieldError> {
        let Some(by) = self.by.as_deref().filter(|by| !by.is_empty()) else { return Ok(None) };
        let nth = by.parse::<usize>().ok().and_then(|nth| ways.get(nth.checked_sub(1)?));
        let found = nth.or_else(|| ways.iter().find(|way| way.to_lowercase().contains(&by.to_lowercase())));
        let named =
            || ways.iter().zip(1..).map(|(way, nth)| format!("{nth} {way}")).collect::<Vec<_>>().join(", ");
        let wrong = || FieldError { field: "verified", why: format!("by: takes {}", named()) };
        found.map(|way| Some(way.as_str())).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::super::phone::{Accept, Region};
    use super::*;

    const POLICY: PhonePolicy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };

    #[test]
    fn a_line_is_value_reason_notes() {
        for (field, text, value, reason, notes, by) in [
            (
                Field::Mobile,
                "5844 0010 wrong one digit off",
                "5844 0010",
                Some(Reason::Incorrect),
                "one digit off",
                None,
            ),
            (Field::Mobile, "+230 5844 0010 1", "+230 5844 0010", Some(Reason::Provided), "", None),
            (Field::Mobile, "58440010", "58440010", None, "", None),
            (Field::Mobile, "5844 0010 whatever he said", "5844 0010", None, "whatever he said", None),
            (Field::Mobile, "", "", None, "", None),
            (
                Field::Mobile,
                "5844 0010 by:2 gave new phone",
                "5844 0010",
                Some(Reason::Provided),
                "new phone",
                Some("2"),
            ),
            (
                Field::Email,
                "a@b.example bounced new job by:birth",
                "a@b.example",
                Some(Reason::Bounced),
                "new job",
                Some("birth"),
            ),
        ] {
            let (value, notes, by) = (value.to_owned(), notes.to_owned(), by.map(str::to_owned));
            assert_eq!(OneLine::read(field, text), OneLine { field, value, reason, notes, by }, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_is_guessed() {
        let ways = ["policy number".to_owned(), "date of birth".to_owned()];
        let asked = |must_verify| Asked { policy: &POLICY, ways: &ways, must_verify };
        let checked = |text: &str, must| {
            let checked = OneLine::read(Field::Mobile, text).check(asked(must));
            checked
                .map(|(_, by)| by)
                .map_err(|errors| errors.iter().map(|error| error.field).collect::<Vec<_>>())
        };
        assert_eq!(checked("5844 0010 wrong", false), Ok(None));
        assert_eq!(checked("5844 0010 wrong by:2", false), Ok(Some("date of birth".to_owned())));
        assert_eq!(checked("5844 0010 wrong by:POLICY", true), Ok(Some("policy number".to_owned())));
        assert_eq!(checked("5844 0010 wrong", true), Err(vec!["verified"]));
        assert_eq!(checked("5844 0010 wrong by:3", false), Err(vec!["verified"]));
        assert_eq!(checked("5844 001", true), Err(vec!["mobile", "reason", "verified"]));
    }
}
