//! The customer record as people edit it: what was typed becomes checked changes, each beside what the
//! editor saw, so that nothing that somebody else saved meanwhile is overwritten unseen.

use std::collections::BTreeMap;
use std::fmt;

use super::customer::{ContactMethod, NewCustomer, NewEmail, NewPhone};
use super::email::Email;
use super::form::{Form, FormField, GENERAL, Key, Kind, Own};
use super::ids::ContactPointId;
use super::phone::{E164, PhonePolicy};
use super::redact::redacted_debug;
use super::search::fold;

/// TTX-28.
const LONGEST_TAG: usize = 50;
/// Nobody reads more on a card.
pub const MOST_TAGS: usize = 30;
const LONGEST_LABEL: usize = 30;

/// The label of the number that NIC's contact update changes.
pub const MOBILE: &str = "mobile";

/// What stands in each field that has something, or was typed into it.
pub type Values = BTreeMap<Key, String>;

/// One field to change.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    pub key: Key,
    /// What the editor saw.
    pub was: Option<String>,
    pub to: Option<String>,
}

redacted_debug!(Change, key);

/// Checked changes of one record. Those of fields can only be built by [`edit`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    changes: Vec<Change>,
    points: Vec<PointChange>,
}

impl Edit {
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    pub fn points(&self) -> &[PointChange] {
        &self.points
    }

    /// With what becomes of phones and e-mails beside the two contact fields.
    #[must_use]
    pub fn with(mut self, points: impl IntoIterator<Item = PointChange>) -> Self {
        self.points.extend(points);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.points.is_empty()
    }
}

/// One refused field and why, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub key: Key,
    pub label: String,
    pub why: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.label, self.why)
    }
}

/// Every field of a record: the form's, those that everybody has, and what came with a file.
pub fn fields(form: &Form, seen: &Values) -> Vec<FormField> {
    let mut fields: Vec<FormField> = form.whole().collect();
    for key in seen.keys() {
        if !fields.iter().any(|field| field.key == *key) {
            fields.push(FormField {
                key: key.clone(),
                label: key.as_str().to_owned(),
                kind: Kind::Notes,
                required: false,
                sensitive: false,
                hint: String::new(),
            });
        }
    }
    fields
}

/// Reads what was typed over a record. Only what differs from what was seen is checked: a value of
/// before that no form would take today stands in nobody's way.
///
/// # Errors
/// All refused fields, in the order of the form.
pub fn edit(form: &Form, seen: &Values, typed: &Values, policy: &PhonePolicy) -> Result<Edit, Vec<Wrong>> {
    let (mut changes, mut wrong) = (Vec::new(), unknown(form, seen, typed));
    for field in fields(form, seen) {
        let was = seen.get(&field.key);
        let Some(text) = typed.get(&field.key).filter(|text| was.map_or("", |was| was) != text.as_str())
        else {
            continue;
        };
        let checked = match field.key {
            Key::Own(Own::Mobile | Own::Email) => {
                Err("changes only by a contact update, with a reason".to_owned())
            }
            _ => field.check(text, policy),
        };
        match checked {
            Ok(to) if to.as_ref() == was => {}
            Ok(to) => changes.push(Change { key: field.key, was: was.cloned(), to }),
            Err(why) => wrong.push(Wrong { key: field.key, label: field.label, why }),
        }
    }
    if wrong.is_empty() { Ok(Edit { changes, points: Vec::new() }) } else { Err(wrong) }
}

/// Reads what was typed as a new customer. The form's name is the industry unless another was typed;
/// given and family name make a name where none was.
///
/// # Errors
/// All refused fields, in the order of the form.
pub fn create(form: &Form, typed: &Values, policy: &PhonePolicy) -> Result<NewCustomer, Vec<Wrong>> {
    let mut typed = typed.clone();
    let filled = |own| typed.get(&Key::Own(own)).map(|text| text.trim()).filter(|text| !text.is_empty());
    let name: Vec<&str> = [Own::GivenName, Own::FamilyName].into_iter().filter_map(filled).collect();
    if let (None, name @ [_, ..]) = (filled(Own::Name), name.as_slice()) {
        let name = name.join(" ");
        typed.insert(Key::Own(Own::Name), name);
    }
    let mut customer = NewCustomer::default();
    let mut wrong = unknown(form, &Values::new(), &typed);
    for field in form.whole() {
        let text = typed.get(&field.key).map_or("", String::as_str);
        match field.check(text, policy) {
            Ok(Some(value)) => put(&mut customer, &field, value, text),
            Ok(None) => {}
            Err(why) => wrong.push(Wrong { key: field.key, label: field.label, why }),
        }
    }
    if form.name != GENERAL && customer.industry.is_none() {
        customer.industry = Some(form.name.clone());
    }
    if wrong.is_empty() { Ok(customer) } else { Err(wrong) }
}

/// Only a command line can name what is no field.
fn unknown(form: &Form, seen: &Values, typed: &Values) -> Vec<Wrong> {
    let fields = fields(form, seen);
    let is_there = |key: &&Key| fields.iter().any(|field| field.key == **key);
    let words = || fields.iter().map(|field| field.key.as_str()).collect::<Vec<_>>().join(", ");
    let wrong = |key: &Key| Wrong {
        key: key.clone(),
        label: key.as_str().to_owned(),
        why: format!("no such field of the form {}; there are {}", form.name, words()),
    };
    typed.keys().filter(|key| !is_there(key)).map(wrong).collect()
}

fn put(customer: &mut NewCustomer, field: &FormField, value: String, raw: &str) {
    let raw = raw.to_owned();
    let own = match &field.key {
        Key::Own(own) => own,
        Key::Custom(key) => {
            customer.custom.insert(key.clone(), value.into());
            return;
        }
    };
    let slot = match own {
        Own::Name => {
            customer.name = value;
            return;
        }
        Own::Mobile => {
            let value = E164::parse(&value);
            customer.phones.extend(value.map(|value| NewPhone { label: MOBILE.to_owned(), value, raw }));
            return;
        }
        Own::Email => {
            let value = Email::parse(&value).ok();
            customer.emails.extend(value.map(|value| NewEmail { label: "email".to_owned(), value, raw }));
            return;
        }
        Own::PreferredMethod => {
            customer.preferred_method = ContactMethod::parse(&value);
            return;
        }
        Own::GivenName => &mut customer.given_name,
        Own::FamilyName => &mut customer.family_name,
        Own::Company => &mut customer.company,
        Own::Industry => &mut customer.industry,
        Own::PolicyNumber => &mut customer.policy_number,
        Own::Street => &mut customer.street,
        Own::City => &mut customer.city,
        Own::State => &mut customer.state,
        Own::Zip => &mut customer.zip,
        Own::Country => &mut customer.country,
        Own::Timezone => &mut customer.timezone,
        Own::PreferredTime => &mut customer.preferred_time,
        Own::AssignedAgent => &mut customer.assigned_agent,
    };
    *slot = Some(value);
}

/// A phone or an e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKind {
    Phone,
    Email,
}

impl PointKind {
    pub const ALL: [Self; 2] = [Self::Phone, Self::Email];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One more phone or e-mail of a customer, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPoint {
    pub kind: PointKind,
    pub label: String,
    pub value: String,
    pub raw: String,
}

redacted_debug!(NewPoint, kind, label);

impl NewPoint {
    /// Reads one as typed. Unlike the mobile it may be of any country and no mobile at all.
    ///
    /// # Errors
    /// A sentence that says what would be right.
    pub fn read(kind: PointKind, as_typed: &str, raw: &str, policy: &PhonePolicy) -> Result<Self, String> {
        let label = label(as_typed)?;
        let holds = match kind {
            PointKind::Phone => Kind::Phone,
            PointKind::Email => Kind::Email,
        };
        let value = holds.check(raw.trim(), policy)?;
        Ok(Self { kind, label, value, raw: raw.to_owned() })
    }
}

/// What becomes of a phone or an e-mail. Whoever changes one says which label they saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointChange {
    Add(NewPoint),
    /// The new label is checked.
    Relabel {
        point: ContactPointId,
        seen: String,
        label: String,
    },
    /// It counts no more, and stays to be found by.
    Retire {
        point: ContactPointId,
        seen: String,
    },
}

/// Reads the label of a phone or an e-mail.
///
/// # Errors
/// A sentence that says what would be right.
pub fn label(typed: &str) -> Result<String, String> {
    let label = spaced(typed).to_lowercase();
    let length = label.chars().count();
    if label == MOBILE {
        return Err(
            "there is one mobile, and it changes only by a contact update; take another label".to_owned()
        );
    }
    if length == 0 || length > LONGEST_LABEL || label.chars().any(char::is_control) {
        return Err(format!("give a label of 1 to {LONGEST_LABEL} characters, such as home or work"));
    }
    Ok(label)
}

/// Reads a tag: without its `#`, in small letters, with single spaces (TWS-6, TTX-28).
///
/// # Errors
/// A sentence that says what would be right.
pub fn tag(typed: &str) -> Result<String, String> {
    let tag = spaced(typed.trim().trim_start_matches('#')).to_lowercase();
    let length = tag.chars().count();
    let odd = |c: char| c.is_control() || matches!(c, ',' | ';' | '|' | '#');
    if length > LONGEST_TAG || tag.chars().any(odd) || !tag.chars().any(char::is_alphanumeric) {
        return Err(format!("a tag is a word or a few, up to {LONGEST_TAG} characters, such as motor"));
    }
    Ok(tag)
}

/// Are these the same tag to a reader? One from a file may have capitals, accents and dashes.
pub fn same_tag(one: &str, other: &str) -> bool {
    tag_word(one) == tag_word(other)
}

/// A tag as it is looked up: letters and digits alone, folded.
pub fn tag_word(tag: &str) -> String {
    fold(tag).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::phone::{Accept, Region};

    const POLICY: PhonePolicy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };

    fn field(key: &str, kind: Kind, required: bool) -> FormField {
        FormField {
            key: Key::read(key),
            label: format!("Label of {key}"),
            kind,
            required,
            sensitive: false,
            hint: String::new(),
        }
    }

    fn clinic() -> Form {
        let mobile = FormField { required: true, ..Own::Mobile.field() };
        let fields = vec![mobile, field("born", Kind::Date, false), field("ward", Kind::Text, true)];
        Form { name: "clinic".to_owned(), title: "Clinic".to_owned(), fields }
    }

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(key, value)| (Key::read(key), (*value).to_owned())).collect()
    }

    fn said(wrong: &[Wrong]) -> Vec<String> {
        wrong.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ttx_58_a_new_customer_has_what_the_form_asks_for() {
        let typed = values(&[
            ("given-name", "Anna"),
            ("family-name", "Curepipe"),
            ("mobile", "5737 2333"),
            ("email", "a@Example.com"),
            ("born", "14 Mar 1980"),
            ("ward", "3"),
            ("preferred-method", "SMS"),
            ("assigned-agent", "24"),
        ]);
        let customer = create(&clinic(), &typed, &POLICY).unwrap();
        let expected = NewCustomer {
            name: "Anna Curepipe".into(),
            given_name: Some("Anna".into()),
            family_name: Some("Curepipe".into()),
            industry: Some("clinic".into()),
            phones: vec![NewPhone {
                label: "mobile".into(),
                value: E164::parse("+23057372333").unwrap(),
                raw: "5737 2333".into(),
            }],
            emails: vec![NewEmail {
                label: "email".into(),
                value: Email::parse("a@example.com").unwrap(),
                raw: "a@Example.com".into(),
            }],
            preferred_method: Some(ContactMethod::Sms),
            assigned_agent: Some("24".into()),
            custom: serde_json::json!({ "born": "1980-03-14", "ward": "3" }).as_object().cloned().unwrap(),
            ..NewCustomer::default()
        };
        assert_eq!(customer, expected);
    }

    #[test]
    fn all_that_is_wrong_is_named_at_once() {
        let wrong = create(&clinic(), &values(&[("born", "soon"), ("bed", "4")]), &POLICY).unwrap_err();
        let said = said(&wrong);
        assert!(
            said[0].starts_with("bed: no such field of the form clinic; there are mobile, born"),
            "{said:?}"
        );
        assert_eq!(
            said[1..],
            [
                "Mobile: missing: it is required",
                "Label of born: not a date; write it like 1980-03-14 or 14 Mar 1980",
                "Label of ward: missing: it is required",
                "Name: missing: it is required",
            ]
        );
    }

    #[test]
    fn only_what_differs_from_what_was_seen_is_a_change() {
        let seen = values(&[("name", "Anna"), ("born", "long ago"), ("city", "Vacoas"), ("Old column", "x")]);
        let mut typed = seen.clone();
        typed.extend(values(&[("city", " Curepipe "), ("name", "Anna "), ("ward", "3"), ("Old column", "")]));
        let edit = edit(&clinic(), &seen, &typed, &POLICY).unwrap();
        let change = |key: &str, was: Option<&str>, to: Option<&str>| Change {
            key: Key::read(key),
            was: was.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        let expected = [
            change("ward", None, Some("3")),
            change("city", Some("Vacoas"), Some("Curepipe")),
            change("Old column", Some("x"), None),
        ];
        assert_eq!(edit.changes(), expected);
    }

    #[test]
    fn a_change_must_be_right_and_the_contact_fields_are_elsewhere() {
        let seen = values(&[("name", "Anna"), ("mobile", "+23057372333"), ("ward", "3")]);
        let typed = values(&[("name", ""), ("mobile", "5844 0010"), ("ward", " "), ("born", "2025-02-30")]);
        let wrong = edit(&clinic(), &seen, &typed, &POLICY).unwrap_err();
        assert_eq!(
            said(&wrong),
            [
                "Mobile: changes only by a contact update, with a reason",
                "Label of born: not a date; write it like 1980-03-14 or 14 Mar 1980",
                "Label of ward: missing: it is required",
                "Name: missing: it is required",
            ]
        );
    }

    #[test]
    fn tws_6_tags_are_tidy() {
        for (typed, expected) in [
            (" #Motor ", Some("motor")),
            ("First  Time Buyer", Some("first time buyer")),
            ("Été", Some("été")),
            ("#", None),
            ("--", None),
            ("a,b", None),
            ("a#b", None),
        ] {
            assert_eq!(tag(typed).ok().as_deref(), expected, "{typed}");
        }
        assert!(tag(&"x".repeat(50)).is_ok() && tag(&"x".repeat(51)).is_err());
        assert!(same_tag("Real-Estate", "real estate") && same_tag("Été", "ete"));
        assert!(!same_tag("motor", "motors"));
    }

    #[test]
    fn more_numbers_are_of_any_kind_and_never_a_second_mobile() {
        let read = |kind, label: &str, raw: &str| {
            NewPoint::read(kind, label, raw, &POLICY).map(|point| format!("{} {}", point.label, point.value))
        };
        assert_eq!(read(PointKind::Phone, " Home ", "+1 202 555 0143"), Ok("home +12025550143".to_owned()));
        assert_eq!(read(PointKind::Email, "Work", "A@Example.com"), Ok("work A@example.com".to_owned()));
        assert!(read(PointKind::Phone, "Mobile", "5844 0010").is_err());
        assert!(read(PointKind::Phone, "", "5844 0010").is_err());
        assert!(read(PointKind::Phone, "home", "12").is_err());
    }
}
