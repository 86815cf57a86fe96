//! Saved replies (TWS-91): text with variables such as `{first_name|there}` or `{due_date:long}`, filled
//! in from what is known about a customer. What is not known is asked for, never left out.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use super::consent::Purpose;
use super::ids::{TemplateId, UserId};
use super::money::{Currency, Money};
use super::search::fold;
use super::segments;
use super::text::SafeText;

/// One saved reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub id: TemplateId,
    /// Whose it is; `None`: everybody's.
    pub owner: Option<UserId>,
    pub words: Words,
    /// How many texts were made of it.
    pub used: i64,
}

/// What of a saved reply people write.
#[derive(Clone, PartialEq, Eq)]
pub struct Words {
    /// Levels are parted by `/`; empty: none.
    pub folder: String,
    pub name: String,
    /// Two letters, or empty: any.
    pub language: String,
    pub purpose: Purpose,
    pub body: String,
}

super::redact::redacted_debug!(Words, folder, name, language);

/// A saved reply as the composer offers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub id: TemplateId,
    pub mine: bool,
    pub folder: SafeText,
    pub name: SafeText,
    pub language: String,
    /// What is made of it needs a yes to advertising (G24).
    pub marketing: bool,
    pub body: SafeText,
    pub used: i64,
}

/// The saved replies of a person, and what is known about the customer they are for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replies {
    pub replies: Vec<Reply>,
    pub values: BTreeMap<String, SafeText>,
}

/// What is wrong with a saved reply, and in which field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct BadTemplate {
    pub field: &'static str,
    pub why: String,
}

fn bad(field: &'static str, why: impl Into<String>) -> BadTemplate {
    BadTemplate { field, why: why.into() }
}

/// Longest names, in characters.
const NAME: usize = 60;
const FOLDER: usize = 100;

impl Words {
    /// The same with blanks trimmed, if it can be used.
    ///
    /// # Errors
    /// Which field is wrong, and why.
    pub fn checked(self) -> Result<Self, BadTemplate> {
        let plain = |field, text: &str, most: usize| match text.trim() {
            text if text.chars().any(char::is_control) => Err(bad(field, "one line of plain text")),
            text if text.chars().count() > most => Err(bad(field, format!("at most {most} characters"))),
            text => Ok(text.to_owned()),
        };
        let name = plain("name", &self.name, NAME)?;
        if name.is_empty() {
            return Err(bad("name", "give it a name"));
        }
        let folder = plain("folder", &self.folder, FOLDER)?;
        let levels: Vec<&str> = folder.split('/').map(str::trim).filter(|level| !level.is_empty()).collect();
        let language = self.language.trim().to_ascii_lowercase();
        let letters = language.len() == 2 && language.bytes().all(|byte| byte.is_ascii_lowercase());
        if !language.is_empty() && !letters {
            return Err(bad("language", "two letters such as en or fr, or nothing"));
        }
        let body = self.body.trim().to_owned();
        if body.is_empty() {
            return Err(bad("text", "there is nothing in it"));
        }
        if segments::excess(&body) > 0 {
            return Err(bad("text", format!("longer than the {} units of a text", segments::LONGEST)));
        }
        parse(&body)?;
        Ok(Self { folder: levels.join("/"), name, language, purpose: self.purpose, body })
    }
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// `28 November 2025`.
    Long,
    /// `28 November`.
    Short,
    /// `2025-11-28`.
    Iso,
    /// An amount without its currency.
    Plain,
    Upper,
    Lower,
}

const FORMATS: [(&str, Format); 6] = [
    ("long", Format::Long),
    ("short", Format::Short),
    ("iso", Format::Iso),
    ("plain", Format::Plain),
    ("upper", Format::Upper),
    ("lower", Format::Lower),
];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable { name: String, format: Option<Format>, default: Option<&'a str> },
}

/// Reads `{name}`, `{name|default}`, `{name:format}` and `{name:format|default}`; `{{` is a brace.
fn parse(body: &str) -> Result<Vec<Piece<'_>>, BadTemplate> {
    let mut pieces = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        if brace.starts_with("{{") || brace.starts_with("}}") {
            pieces.push(Piece::Text(&brace[..1]));
            rest = &brace[2..];
            continue;
        }
        let closed = brace.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let Some((inside, after)) = closed.filter(|(inside, _)| !inside.contains('{')) else {
            return Err(bad("text", "a { needs its }; write {{ for a brace"));
        };
        pieces.push(variable(inside)?);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

fn variable(inside: &str) -> Result<Piece<'_>, BadTemplate> {
    let (head, default) = inside.split_once('|').map_or((inside, None), |(head, rest)| (head, Some(rest)));
    let (name, format) =
        head.split_once(':').map_or((head, None), |(name, format)| (name, Some(format.trim())));
    let name = name.trim().to_lowercase();
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(bad("text", format!("{{{inside}}} is no variable; write it like {{first_name|there}}")));
    }
    let format = match format {
        None => None,
        Some(word) => match FORMATS.iter().find(|(known, _)| *known == word) {
            Some((_, format)) => Some(*format),
            None => {
                let known = FORMATS.map(|(word, _)| word).join(", ");
                return Err(bad("text", format!("{{{inside}}}: \"{word}\" is no format; there is {known}")));
            }
        },
    };
    Ok(Piece::Variable { name, format, default: default.map(str::trim) })
}

/// A reply filled in as far as the values go.
#[derive(Clone, PartialEq, Eq)]
pub struct Filled {
    /// What is missing stands in it as `[due_date?]`.
    pub text: String,
    /// The variables that nobody knows, in the order of the text.
    pub missing: Vec<String>,
}

super::redact::redacted_debug!(Filled, missing);

/// Fills a reply in. A value that was put in is not looked at again. A text that is no template any more,
/// such as one that a file brought, stays as it is.
pub fn fill(body: &str, language: &str, values: &BTreeMap<String, SafeText>) -> Filled {
    let Ok(pieces) = parse(body) else { return Filled { text: body.to_owned(), missing: Vec::new() } };
    let mut filled = Filled { text: String::new(), missing: Vec::new() };
    for piece in pieces {
        match piece {
            Piece::Text(text) => filled.text.push_str(text),
            Piece::Variable { name, format, default } => {
                let value =
                    values.get(&name).map(|value| value.as_str().trim()).filter(|value| !value.is_empty());
                match (value, default) {
                    (Some(value), _) => filled.text.push_str(&formatted(value, format, language)),
                    (None, Some(default)) => filled.text.push_str(default),
                    (None, None) => {
                        filled.text.push_str(&format!("[{name}?]"));
                        if !filled.missing.contains(&name) {
                            filled.missing.push(name);
                        }
                    }
                }
            }
        }
    }
    filled
}

fn formatted(value: &str, format: Option<Format>, language: &str) -> String {
    let day = NaiveDate::parse_from_str(value, "%Y-%m-%d").ok();
    match (format, day) {
        (None | Some(Format::Long), Some(day)) => long(day, language, true),
        (Some(Format::Short), Some(day)) => long(day, language, false),
        (Some(Format::Plain), _) => {
            Money::parse(value, Currency::MUR).map_or_else(|_| value.to_owned(), Money::plain)
        }
        (Some(Format::Upper), _) => value.to_uppercase(),
        (Some(Format::Lower), _) => value.to_lowercase(),
        _ => value.to_owned(),
    }
}

/// Of the languages that the desk writes dates in; any other reads English.
const MONTHS: [(&str, [&str; 12]); 5] = [
    (
        "en",
        [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
    ),
    (
        "fr",
        [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
    ),
    (
        "de",
        [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
    ),
    (
        "sv",
        [
            "januari",
            "februari",
            "mars",
            "april",
            "maj",
            "juni",
            "juli",
            "augusti",
            "september",
            "oktober",
            "november",
            "december",
        ],
    ),
    (
        "es",
        [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
    ),
];

fn long(day: NaiveDate, language: &str, year: bool) -> String {
    let (language, months) = MONTHS.iter().find(|(known, _)| *known == language).unwrap_or(&MONTHS[0]);
    let (before, between) = match *language {
        "de" => (". ", " "),
        "es" => (" de ", " de "),
        _ => (" ", " "),
    };
    let month = months[day.month0() as usize];
    let year = if year { format!("{between}{}", day.year()) } else { String::new() };
    format!("{}{before}{month}{year}", day.day())
}

/// How well a reply answers what was typed to find it; less is better, `None` not at all. A name that
/// begins so, one that holds it, one that has its letters in that order, then the words themselves.
pub fn likeness(typed: &str, reply: &Reply) -> Option<u32> {
    let typed = fold(typed);
    let (name, folder) = (fold(reply.name.as_str()), fold(reply.folder.as_str()));
    let body = fold(reply.body.as_str());
    let word = |word: &str| match word {
        word if name.starts_with(word) => Some(0),
        word if name.contains(word) => Some(1),
        word if folder.contains(word) => Some(2),
        word if is_within(word, &name) => Some(3),
        word if body.contains(word) => Some(4),
        _ => None,
    };
    typed.split_whitespace().map(word).sum()
}

/// The letters of `word` stand in `name`, in that order.
fn is_within(word: &str, name: &str) -> bool {
    let mut letters = name.chars();
    word.chars().all(|c| letters.any(|letter| letter == c))
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.folder.as_str() {
            "" => f.write_str(&self.name),
            folder => write!(f, "{folder}/{}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn values() -> BTreeMap<String, SafeText> {
        [("first_name", "Kevin"), ("amount_due", "MUR 4,491.29"), ("due_date", "2025-11-28"), ("empty", " ")]
            .map(|(name, value)| (name.to_owned(), SafeText::new(value)))
            .into()
    }

    #[test]
    fn tws_91_variables_defaults_and_formats() {
        let table = [
            ("Hello {first_name|there},", "en", "Hello Kevin,", vec![]),
            ("Hello {nickname|there},", "en", "Hello there,", vec![]),
            ("Hello { FIRST_NAME : upper },", "en", "Hello KEVIN,", vec![]),
            ("{amount_due} {amount_due:plain}", "en", "MUR 4,491.29 4491.29", vec![]),
            ("{due_date:long}", "en", "28 November 2025", vec![]),
            ("{due_date}", "fr", "28 novembre 2025", vec![]),
            ("{due_date:long}", "de", "28. November 2025", vec![]),
            ("{due_date:long}", "es", "28 de noviembre de 2025", vec![]),
            ("{due_date:short}", "sv", "28 november", vec![]),
            ("{due_date:iso}", "xx", "2025-11-28", vec![]),
            ("{first_name:long}", "en", "Kevin", vec![]),
            ("{empty|nobody} {empty}", "en", "nobody [empty?]", vec!["empty"]),
            ("{agent} and {agent}, {x|}", "en", "[agent?] and [agent?], ", vec!["agent"]),
            ("a {{brace}} {first_name}", "en", "a {brace} Kevin", vec![]),
            ("no variables", "", "no variables", vec![]),
        ];
        for (body, language, text, missing) in table {
            let filled = fill(body, language, &values());
            assert_eq!(
                (filled.text.as_str(), filled.missing),
                (text, missing.into_iter().map(str::to_owned).collect()),
                "{body}"
            );
        }
    }

    #[test]
    fn what_was_put_in_is_no_template() {
        let values = [("name".to_owned(), SafeText::new("{agent} {{"))].into();
        assert_eq!(fill("{name}", "en", &values).text, "{agent} {{");
    }

    fn words(body: &str) -> Words {
        let name = "Receipt".to_owned();
        Words {
            folder: String::new(),
            name,
            language: String::new(),
            purpose: Purpose::Service,
            body: body.into(),
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_field() {
        let table = [
            (words(" "), "text: there is nothing in it"),
            (words("{first_name"), "text: a { needs its }; write {{ for a brace"),
            (words("a } b"), "text: a { needs its }; write {{ for a brace"),
            (words("{a {b}}"), "text: a { needs its }; write {{ for a brace"),
            (words("{first name}"), "text: {first name} is no variable; write it like {first_name|there}"),
            (words("{}"), "text: {} is no variable; write it like {first_name|there}"),
            (
                words("{due_date:loud}"),
                "text: {due_date:loud}: \"loud\" is no format; there is long, short, iso, plain, upper, lower",
            ),
            (words(&"x".repeat(1601)), "text: longer than the 1600 units of a text"),
            (Words { name: " ".into(), ..words("x") }, "name: give it a name"),
            (Words { name: "a\u{1b}b".into(), ..words("x") }, "name: one line of plain text"),
            (Words { name: "n".repeat(61), ..words("x") }, "name: at most 60 characters"),
            (
                Words { language: "english".into(), ..words("x") },
                "language: two letters such as en or fr, or nothing",
            ),
        ];
        for (words, why) in table {
            assert_eq!(words.checked().unwrap_err().to_string(), why);
        }
        let odd = Words { folder: " billing / / late ".into(), language: "FR".into(), ..words(" x ") };
        let tidy = Words { folder: "billing/late".into(), language: "fr".into(), ..words("x") };
        assert_eq!(odd.checked(), Ok(tidy));
    }

    #[test]
    fn found_by_a_beginning_a_part_some_letters_or_the_words() {
        let reply = Reply {
            id: TemplateId(Uuid::nil()),
            mine: false,
            folder: SafeText::new("Billing"),
            name: SafeText::new("Reçu prêt"),
            language: "fr".into(),
            marketing: false,
            body: SafeText::new("Votre reçu est prêt."),
            used: 0,
        };
        let table = [
            ("", Some(0)),
            ("rec", Some(0)),
            ("PRET", Some(1)),
            ("bill", Some(2)),
            ("rpt", Some(3)),
            ("votre", Some(4)),
            ("rec bill", Some(2)),
            ("xyz", None),
            ("rec xyz", None),
        ];
        for (typed, expected) in table {
            assert_eq!(likeness(typed, &reply), expected, "{typed}");
        }
    }

    proptest! {
        /// Whatever was accepted can be filled in, and nothing in braces is left that was a variable.
        #[test]
        fn what_was_accepted_leaves_no_variable(body in "[a-c{}|: \n]{0,40}|\\PC{0,60}") {
            if let Ok(words) = words(&body).checked() {
                let filled = fill(&words.body, "en", &values());
                let plain = !words.body.contains("{{") && !words.body.contains("}}");
                prop_assert!(!plain || !filled.text.contains(['{', '}']), "{:?}", filled.text);
            }
        }
    }
}
