//! Industry forms (TTX-58..67): which fields a customer of an industry has, and which values each of
//! them takes. Where forms are read from is the settings' business.

use chrono::{Datelike as _, NaiveDate};
use chrono_tz::TZ_VARIANTS;

use super::customer::ContactMethod;
use super::email::Email;
use super::phone::{Accept, PhonePolicy};
use super::text::is_hidden;

/// The name of the form of everybody who has no other.
pub const GENERAL: &str = "general";

/// TTX-12 and the other columns of text.
const MAX_TEXT: usize = 255;
const MAX_NOTES: usize = 2000;
const MAX_NUMBER: usize = 30;

/// The form of an industry. Its name is the customer's `industry`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    pub name: String,
    /// As people call it.
    pub title: String,
    /// In the order in which they are asked for.
    pub fields: Vec<FormField>,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    pub key: Key,
    pub label: String,
    pub kind: Kind,
    pub required: bool,
    /// Neither searched nor exported.
    pub sensitive: bool,
    /// What stands beside the field while it is empty.
    pub hint: String,
}

/// Where a value is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A field that every customer has.
    Own(Own),
    /// A key of `customer.custom`.
    Custom(String),
}

/// The fields that every customer has, whatever the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Own {
    Name,
    GivenName,
    FamilyName,
    Mobile,
    Email,
    Company,
    Industry,
    PolicyNumber,
    Street,
    City,
    State,
    Zip,
    Country,
    Timezone,
    PreferredMethod,
    PreferredTime,
    /// The number or the name of a user.
    AssignedAgent,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line.
    Text,
    /// One of these.
    Choice(Vec<String>),
    Date,
    Number,
    Phone,
    Email,
    /// Several lines.
    Notes,
}

/// Every form of the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forms {
    general: Form,
    others: Vec<Form>,
}

impl Own {
    /// In the order of a form that says nothing else.
    pub const ALL: [Self; 17] = [
        Self::Name,
        Self::Mobile,
        Self::Email,
        Self::PolicyNumber,
        Self::GivenName,
        Self::FamilyName,
        Self::Company,
        Self::Industry,
        Self::Street,
        Self::City,
        Self::State,
        Self::Zip,
        Self::Country,
        Self::Timezone,
        Self::PreferredMethod,
        Self::PreferredTime,
        Self::AssignedAgent,
    ];

    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    pub fn label(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (&'static str, &'static str, usize) {
        match self {
            Self::Name => ("name", "Name", MAX_TEXT),
            Self::GivenName => ("given-name", "Given name", 100),
            Self::FamilyName => ("family-name", "Family name", 100),
            Self::Mobile => ("mobile", "Mobile", MAX_TEXT),
            Self::Email => ("email", "E-mail", MAX_TEXT),
            Self::Company => ("company", "Company", MAX_TEXT),
            Self::Industry => ("industry", "Industry", 50),
            Self::PolicyNumber => ("policy-number", "Policy number", MAX_TEXT),
            Self::Street => ("street", "Street", MAX_TEXT),
            Self::City => ("city", "City", MAX_TEXT),
            Self::State => ("state", "State", MAX_TEXT),
            Self::Zip => ("zip", "Zip", MAX_TEXT),
            Self::Country => ("country", "Country", MAX_TEXT),
            Self::Timezone => ("timezone", "Time zone", 64),
            Self::PreferredMethod => ("preferred-method", "Reach by", MAX_TEXT),
            Self::PreferredTime => ("preferred-time", "Best time", MAX_TEXT),
            Self::AssignedAgent => ("assigned-agent", "Agent", MAX_TEXT),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }

    fn kind(self) -> Kind {
        match self {
            Self::Mobile => Kind::Phone,
            Self::Email => Kind::Email,
            Self::PreferredMethod => Kind::Choice(ContactMethod::ALL.map(|m| m.as_str().to_owned()).into()),
            _ => Kind::Text,
        }
    }

    /// As a field of any form.
    pub fn field(self) -> FormField {
        FormField {
            key: Key::Own(self),
            label: self.label().to_owned(),
            kind: self.kind(),
            required: self == Self::Name,
            sensitive: false,
            hint: match self {
                Self::Timezone => "such as Indian/Mauritius",
                Self::PreferredTime => "such as after 17:00",
                Self::AssignedAgent => "a number or a name",
                _ => "",
            }
            .to_owned(),
        }
    }

    /// The value to store.
    fn check(self, text: &str, policy: &PhonePolicy) -> Result<String, String> {
        match self {
            Self::Mobile => policy.accept(text).map(|number| number.to_string()).map_err(|e| e.to_string()),
            Self::Timezone => zone(text),
            _ => {
                let value = self.kind().check(text, policy)?;
                at_most(&value, self.row().2)?;
                Ok(value)
            }
        }
    }
}

impl Key {
    /// From the word of a file or a command line.
    pub fn read(word: &str) -> Self {
        Own::parse(word).map_or_else(|| Self::Custom(word.to_owned()), Self::Own)
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Own(own) => own.as_str(),
            Self::Custom(key) => key,
        }
    }
}

impl Kind {
    /// What may be typed, for a hint and for a refusal.
    pub fn example(&self) -> String {
        match self {
            Self::Text | Self::Notes => String::new(),
            Self::Choice(options) => format!("one of {}", options.join(", ")),
            Self::Date => "like 1980-03-14 or 14 Mar 1980".to_owned(),
            Self::Number => "like 1200 or 1200.50".to_owned(),
            Self::Phone => "with + and the country code if it is abroad".to_owned(),
            Self::Email => "like name@example.com".to_owned(),
        }
    }

    /// The value to store for a text that is not blank.
    pub(super) fn check(&self, text: &str, policy: &PhonePolicy) -> Result<String, String> {
        match self {
            Self::Text => {
                if text.chars().any(is_hidden) {
                    return Err("one line of visible characters; type it by hand".to_owned());
                }
                at_most(text, MAX_TEXT)?;
                Ok(text.to_owned())
            }
            Self::Choice(options) => {
                let chosen = options.iter().find(|option| option.eq_ignore_ascii_case(text));
                chosen.cloned().ok_or_else(|| format!("no such choice; give {}", self.example()))
            }
            Self::Date => date(text)
                .map(|day| day.to_string())
                .ok_or_else(|| format!("not a date; write it {}", self.example())),
            Self::Number => number(text).ok_or_else(|| format!("not a number; write it {}", self.example())),
            // Somebody to be reached for the customer may live anywhere.
            Self::Phone => PhonePolicy { accept: Accept::International, ..*policy }
                .accept(text)
                .map(|number| number.to_string())
                .map_err(|error| error.to_string()),
            Self::Email => {
                Email::parse(text).map(|email| email.as_str().to_owned()).map_err(|error| error.to_string())
            }
            Self::Notes => {
                at_most(text, MAX_NOTES)?;
                Ok(text.to_owned())
            }
        }
    }
}

impl FormField {
    /// The value to store for what was typed; `None` for nothing.
    ///
    /// # Errors
    /// A sentence that says what would be right.
    pub fn check(&self, typed: &str, policy: &PhonePolicy) -> Result<Option<String>, String> {
        let text = typed.trim();
        match (&self.key, text.is_empty()) {
            (_, true) if self.required => Err("missing: it is required".to_owned()),
            (_, true) => Ok(None),
            (Key::Own(own), false) => own.check(text, policy).map(Some),
            (Key::Custom(_), false) => self.kind.check(text, policy).map(Some),
        }
    }
}

impl Form {
    /// Every field of a customer with this form: the form's, then the others that everybody has.
    pub fn whole(&self) -> impl Iterator<Item = FormField> {
        let others = Own::ALL.into_iter().filter(|own| self.field(&Key::Own(*own)).is_none());
        self.fields.iter().cloned().chain(others.map(Own::field))
    }

    /// The form's own field of this key.
    pub fn field(&self, key: &Key) -> Option<&FormField> {
        self.fields.iter().find(|field| field.key == *key)
    }
}

impl Forms {
    pub fn new(general: Form) -> Self {
        Self { general, others: Vec::new() }
    }

    /// Adds a form, or replaces the one of that name.
    pub fn put(&mut self, form: Form) {
        if form.name == GENERAL {
            self.general = form;
            return;
        }
        self.others.retain(|known| known.name != form.name);
        self.others.push(form);
        self.others.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// The general one, then by name.
    pub fn all(&self) -> impl Iterator<Item = &Form> {
        std::iter::once(&self.general).chain(&self.others)
    }

    /// The form of this name or title.
    pub fn get(&self, name: &str) -> Option<&Form> {
        let meant = squash(name);
        self.all().find(|form| squash(&form.name) == meant || squash(&form.title) == meant)
    }

    /// The form of a customer: the one that the industry names, else the general one.
    pub fn of(&self, industry: Option<&str>) -> &Form {
        industry.and_then(|industry| self.get(industry)).unwrap_or(&self.general)
    }

    /// Is a key of `customer.custom` kept out of searches and exports? It is if any form says so: the
    /// value may be older than the customer's industry. A column of an imported file counts by its
    /// header, `Medical notes` as `medical-notes`.
    pub fn is_sensitive(&self, key: &str) -> bool {
        let meant = squash(key);
        let sensitive = self.all().flat_map(|form| &form.fields).filter(|field| field.sensitive);
        sensitive
            .into_iter()
            .any(|field| squash(field.key.as_str()) == meant || squash(&field.label) == meant)
    }
}

/// Letters and digits alone: what people vary is how they part words.
fn squash(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn at_most(text: &str, max: usize) -> Result<(), String> {
    let given = text.chars().count();
    if given > max { Err(format!("too long: at most {max} characters, {given} given")) } else { Ok(()) }
}

/// A day with the month as a word or in the order of ISO: `03/04/1980` is two days.
fn date(text: &str) -> Option<NaiveDate> {
    let day = ["%Y-%m-%d", "%d %B %Y"].iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok())?;
    (1000..=9999).contains(&day.year()).then_some(day)
}

/// Plain digits with at most one point; a comma or a space may part thousands.
fn number(text: &str) -> Option<String> {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(whole, part)| (whole, Some(part)));
    let mut groups = whole.split([',', ' ', '\u{a0}', '\u{202f}', '\'']);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let grouped = rest.is_empty() || first.len() <= 3 && rest.iter().all(|group| group.len() == 3);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = std::iter::once(first).chain(rest.iter().copied()).chain(fraction);
    if !grouped || !parts.into_iter().all(digits) || text.len() > MAX_NUMBER {
        return None;
    }
    let whole = format!("{first}{}", rest.concat());
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(fraction.map_or_else(|| format!("{sign}{whole}"), |part| format!("{sign}{whole}.{part}")))
}

/// G25: a zone that was only ever a default is not evidence.
fn zone(text: &str) -> Result<String, String> {
    match TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(text)) {
        Some(zone) if zone.name().contains('/') && !zone.name().starts_with("Etc/") => {
            Ok(zone.name().to_owned())
        }
        _ => Err("not a time zone of a place; write it like Indian/Mauritius".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::phone::Region;

    const POLICY: PhonePolicy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };

    fn custom(key: &str, kind: Kind) -> FormField {
        FormField {
            key: Key::Custom(key.to_owned()),
            label: "A label".to_owned(),
            kind,
            required: false,
            sensitive: false,
            hint: String::new(),
        }
    }

    #[test]
    fn ttx_58_each_type_takes_what_is_right_and_says_what_would_be() {
        let choice = Kind::Choice(vec!["active".to_owned(), "closed".to_owned()]);
        let long = "x".repeat(256);
        for (kind, typed, expected) in [
            (Kind::Text, "  Swan Life ", Ok("Swan Life")),
            (Kind::Text, "two\nlines", Err("one line of visible characters; type it by hand")),
            (Kind::Text, &long, Err("too long: at most 255 characters, 256 given")),
            (choice.clone(), "Closed", Ok("closed")),
            (choice, "open", Err("no such choice; give one of active, closed")),
            (Kind::Date, "1980-03-14", Ok("1980-03-14")),
            (Kind::Date, "14 Mar 1980", Ok("1980-03-14")),
            (Kind::Date, "4 march 1980", Ok("1980-03-04")),
            (Kind::Date, "03/04/1980", Err("not a date; write it like 1980-03-14 or 14 Mar 1980")),
            (Kind::Date, "1980-02-30", Err("not a date; write it like 1980-03-14 or 14 Mar 1980")),
            (Kind::Date, "14 Mar 80", Err("not a date; write it like 1980-03-14 or 14 Mar 1980")),
            (Kind::Number, "1,250,000.50", Ok("1250000.50")),
            (Kind::Number, "007", Ok("7")),
            (Kind::Number, "-0.5", Ok("-0.5")),
            (Kind::Number, "12,5", Err("not a number; write it like 1200 or 1200.50")),
            (Kind::Number, "1.2.3", Err("not a number; write it like 1200 or 1200.50")),
            (Kind::Number, "many", Err("not a number; write it like 1200 or 1200.50")),
            (Kind::Phone, "5737 2333", Ok("+23057372333")),
            (Kind::Phone, "+1 202 555 0143", Ok("+12025550143")),
            (Kind::Email, "a@Example.com", Ok("a@example.com")),
            (Kind::Email, "a", Err("the @ is missing; write it like name@example.com")),
            (Kind::Notes, "two\nlines", Ok("two\nlines")),
        ] {
            let expected = expected.map(|value| Some(value.to_owned())).map_err(str::to_owned);
            assert_eq!(custom("x", kind.clone()).check(typed, &POLICY), expected, "{kind:?} {typed:?}");
        }
        let refused = custom("x", Kind::Phone).check("12", &POLICY);
        assert!(refused.is_err(), "{refused:?}");
    }

    #[test]
    fn what_everybody_has_is_checked_the_same_way() {
        for (own, typed, expected) in [
            (Own::Name, " Anna Curepipe ", Ok("Anna Curepipe")),
            (Own::Mobile, "57372333", Ok("+23057372333")),
            (Own::Timezone, "indian/mauritius", Ok("Indian/Mauritius")),
            (Own::Timezone, "UTC", Err("not a time zone of a place; write it like Indian/Mauritius")),
            (Own::Timezone, "Etc/UTC", Err("not a time zone of a place; write it like Indian/Mauritius")),
            (Own::PreferredMethod, "SMS", Ok("sms")),
            (Own::PreferredMethod, "fax", Err("no such choice; give one of sms, email, phone")),
            (Own::Name, " ", Err("missing: it is required")),
        ] {
            let expected = expected.map(|value| Some(value.to_owned())).map_err(str::to_owned);
            assert_eq!(own.field().check(typed, &POLICY), expected, "{own:?} {typed:?}");
        }
        assert_eq!(Own::City.field().check("", &POLICY), Ok(None));
        let long = Own::GivenName.field().check(&"x".repeat(101), &POLICY);
        assert_eq!(long, Err("too long: at most 100 characters, 101 given".to_owned()));
        // NIC-128: the mobile is under the office's policy, a number in a form is not.
        assert!(Own::Mobile.field().check("+1 202 555 0143", &POLICY).is_err());
    }

    #[test]
    fn every_own_field_is_found_by_its_word() {
        for own in Own::ALL {
            assert_eq!(Key::read(own.as_str()), Key::Own(own));
        }
        assert_eq!(Key::read("date-of-birth"), Key::Custom("date-of-birth".to_owned()));
    }

    #[test]
    fn a_key_is_sensitive_if_any_form_says_so_however_a_file_writes_it() {
        let form = |name: &str, sensitive| Form {
            name: name.to_owned(),
            title: "Title".to_owned(),
            fields: vec![FormField { sensitive, ..custom("medical-notes", Kind::Notes) }],
        };
        let mut forms = Forms::new(form(GENERAL, false));
        assert!(!forms.is_sensitive("medical-notes"));
        forms.put(form("healthcare", true));
        for key in ["medical-notes", "Medical notes", "medicalNotes", "A label"] {
            assert!(forms.is_sensitive(key), "{key}");
        }
        assert!(!forms.is_sensitive("medical"));
        forms.put(form("healthcare", false));
        assert!(!forms.is_sensitive("medical-notes"));
        assert_eq!(forms.all().count(), 2);
    }
}
