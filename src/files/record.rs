//! A customer as columns. [`super::columns`] reads the same ones: whatever is written comes back.

use serde_json::{Map, Value, json};

use super::columns::{CUSTOM, Field, plain};
pub(super) use super::row::TAG_SEPARATORS as SEPARATORS;
use crate::domain::money::Money;
use crate::domain::time::Micros;
use crate::store::export::{Contact, Entry, Record, With};

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Of {
    Id,
    MasterId,
    MoreMasterIds,
    PolicyNumber,
    Name,
    GivenName,
    FamilyName,
    Company,
    Industry,
    /// The first of its kind and label.
    First(&'static str, &'static str),
    /// The e-mail that counts, whatever its label.
    Email,
    Payment,
    AmountDue,
    Currency,
    Stage,
    Street,
    City,
    State,
    Zip,
    Country,
    Timezone,
    PreferredMethod,
    PreferredTime,
    Tags,
    /// All contacts, where the columns for single ones do not tell everything.
    Contacts,
    Source,
    LastContactAt,
    LastContactMethod,
    CreatedAt,
    /// One custom field.
    Custom(String),
    /// All custom fields in one.
    AllCustom,
    Notes,
    Interactions,
    Transcripts,
}

const COLUMNS: [(&str, Of); 33] = [
    ("cordboard_id", Of::Id),
    ("master_id", Of::MasterId),
    ("policy_number", Of::PolicyNumber),
    ("name", Of::Name),
    ("given_name", Of::GivenName),
    ("family_name", Of::FamilyName),
    ("company", Of::Company),
    ("industry", Of::Industry),
    ("mobile", Of::First("phone", "mobile")),
    ("phone", Of::First("phone", "phone")),
    ("home_phone", Of::First("phone", "home")),
    ("work_phone", Of::First("phone", "work")),
    ("email", Of::Email),
    ("work_email", Of::First("email", "work")),
    ("payment", Of::Payment),
    ("amount_due", Of::AmountDue),
    ("currency", Of::Currency),
    ("stage", Of::Stage),
    ("street", Of::Street),
    ("city", Of::City),
    ("state", Of::State),
    ("zip", Of::Zip),
    ("country", Of::Country),
    ("timezone", Of::Timezone),
    ("preferred_method", Of::PreferredMethod),
    ("preferred_time", Of::PreferredTime),
    ("tags", Of::Tags),
    ("cordboard_contacts", Of::Contacts),
    ("cordboard_master_ids", Of::MoreMasterIds),
    ("cordboard_source", Of::Source),
    ("cordboard_last_contact_at", Of::LastContactAt),
    ("cordboard_last_contact_method", Of::LastContactMethod),
    ("cordboard_created_at", Of::CreatedAt),
];

/// Columns of what goes in only when asked for. An import passes them over.
const WITH: [(&str, Of); 3] = [
    ("cordboard_notes", Of::Notes),
    ("cordboard_interactions", Of::Interactions),
    ("cordboard_transcripts", Of::Transcripts),
];

/// The word for all custom fields, and their key where a line is an object.
pub(super) const ALL_CUSTOM: &str = "custom";

/// One column of a file of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub header: String,
    of: Of,
}

/// The columns that were chosen, or all. A table has one for each custom field of `keys`, a line of
/// JSON all of them in one. `wanted` is empty for all.
///
/// # Errors
/// One that is wanted is none.
pub(super) fn columns(
    wanted: &[String],
    with: With,
    keys: &[String],
    is_table: bool,
) -> Result<Vec<Column>, String> {
    let column = |(header, of): &(&str, Of)| Column { header: (*header).to_owned(), of: of.clone() };
    let custom: Vec<Column> = if is_table {
        keys.iter().map(|key| Column { header: custom_header(key), of: Of::Custom(key.clone()) }).collect()
    } else {
        vec![Column { header: ALL_CUSTOM.to_owned(), of: Of::AllCustom }]
    };
    let asked_for = [with.notes, with.interactions, with.transcripts];
    let with = WITH.iter().zip(asked_for).filter(|(_, asked)| *asked).map(|(with, _)| column(with));
    if wanted.is_empty() {
        return Ok(COLUMNS.iter().map(column).chain(custom).chain(with).collect());
    }
    let mut chosen: Vec<Column> = Vec::new();
    for name in wanted {
        let same = |header: &str| plain(header) == plain(name);
        if same(ALL_CUSTOM) {
            chosen.extend(custom.iter().cloned());
        } else if let Some(known) = COLUMNS.iter().find(|(header, _)| same(header)) {
            chosen.push(column(known));
        } else if let Some(key) = keys.iter().find(|key| *key == name || custom_header(key) == *name) {
            chosen.push(Column { header: custom_header(key), of: Of::Custom(key.clone()) });
        } else {
            let known: Vec<&str> = COLUMNS.iter().map(|(header, _)| *header).chain([ALL_CUSTOM]).collect();
            return Err(format!("there is no column \"{name}\": choose from {}", known.join(", ")));
        }
    }
    let mut columns: Vec<Column> = Vec::with_capacity(chosen.len());
    for column in chosen.into_iter().chain(with) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    Ok(columns)
}

/// The key itself, unless a reader would take it for something else.
fn custom_header(key: &str) -> String {
    let is_itself = Field::of_header(key) == Field::Custom
        && !key.starts_with(CUSTOM)
        && key.starts_with(char::is_alphanumeric)
        && plain(key) != ALL_CUSTOM;
    if is_itself { key.to_owned() } else { format!("{CUSTOM}{key}") }
}

impl Column {
    /// The value in a table: always a text, empty for nothing.
    pub fn text(&self, record: &Record) -> String {
        match (&self.of, self.value(record)) {
            (Of::Tags, Value::Array(_)) => joined(&record.tags),
            (_, Value::Null) => String::new(),
            (_, Value::String(text)) => text,
            (_, other) => other.to_string(),
        }
    }

    /// The value as JSON, null for nothing.
    pub fn value(&self, record: &Record) -> Value {
        let text = |text: &Option<String>| json!(text);
        let time = |time: Option<Micros>| json!(time.map(Micros::rfc3339));
        match &self.of {
            Of::Id => json!(record.id),
            Of::MasterId => json!(record.master_ids.first()),
            Of::MoreMasterIds => list(record.master_ids.iter().skip(1).map(|id| json!(id)).collect()),
            Of::PolicyNumber => text(&record.policy_number),
            Of::Name => json!(record.name),
            Of::GivenName => text(&record.given_name),
            Of::FamilyName => text(&record.family_name),
            Of::Company => text(&record.company),
            Of::Industry => text(&record.industry),
            Of::First(kind, label) => {
                json!(first(record, kind, |contact| contact.label == *label).map(|contact| &contact.value))
            }
            Of::Email => json!(first(record, "email", |_| true).map(|contact| &contact.value)),
            Of::Payment => text(&record.payment),
            Of::AmountDue => json!(record.amount_due.map(Money::plain)),
            Of::Currency => json!(record.amount_due.map(|amount| amount.currency.to_string())),
            Of::Stage => json!(record.stage),
            Of::Street => text(&record.street),
            Of::City => text(&record.city),
            Of::State => text(&record.state),
            Of::Zip => text(&record.zip),
            Of::Country => text(&record.country),
            Of::Timezone => text(&record.timezone),
            Of::PreferredMethod => text(&record.preferred_method),
            Of::PreferredTime => text(&record.preferred_time),
            Of::Tags => list(record.tags.iter().map(|tag| json!(tag)).collect()),
            Of::Contacts => contacts(record),
            Of::Source => json!(record.source),
            Of::LastContactAt => time(record.last_contact_at),
            Of::LastContactMethod => text(&record.last_contact_method),
            Of::CreatedAt => time(Some(record.created_at)),
            Of::Custom(key) => record.custom.get(key).cloned().unwrap_or_default(),
            Of::AllCustom if record.custom.is_empty() => Value::Null,
            Of::AllCustom => Value::Object(record.custom.clone()),
            Of::Notes => entries(&record.notes),
            Of::Interactions => entries(&record.interactions),
            Of::Transcripts => entries(&record.transcripts),
        }
    }
}

fn list(values: Vec<Value>) -> Value {
    if values.is_empty() { Value::Null } else { Value::Array(values) }
}

fn entries(entries: &[Entry]) -> Value {
    list(entries.iter().map(|entry| json!(entry)).collect())
}

fn first<'a>(record: &'a Record, kind: &str, is_it: impl Fn(&Contact) -> bool) -> Option<&'a Contact> {
    record.contacts.iter().find(|contact| contact.kind == kind && contact.until.is_none() && is_it(contact))
}

/// Tags in one cell, in a form that [`super::row`] takes apart again.
fn joined(tags: &[String]) -> String {
    let text = tags.join(", ");
    let is_plain = !tags.iter().any(|tag| tag.contains(SEPARATORS)) && !text.starts_with('[');
    if is_plain { text } else { json!(tags).to_string() }
}

/// Every contact, unless the columns for single ones say the same.
fn contacts(record: &Record) -> Value {
    let told =
        [("phone", "mobile"), ("phone", "phone"), ("phone", "home"), ("phone", "work"), ("email", "email")]
            .into_iter()
            .chain([("email", "work")]);
    let told: Vec<&Contact> = told
        .filter_map(|(kind, label)| first(record, kind, |contact| contact.label == label))
        .filter(|contact| contact.raw == contact.value)
        .collect();
    // The column of the e-mail shows the first one, and would be read as one of that label.
    let is_plain = first(record, "email", |_| true).is_none_or(|email| email.label == "email");
    // A reader takes the same value in two columns once.
    let mut values: Vec<&str> = told.iter().map(|contact| contact.value.as_str()).collect();
    values.sort_unstable();
    values.dedup();
    let is_plain = is_plain && values.len() == told.len();
    if is_plain && told.iter().copied().eq(&record.contacts) {
        return Value::Null;
    }
    all_contacts(record)
}

/// Every contact.
pub(super) fn all_contacts(record: &Record) -> Value {
    list(record.contacts.iter().map(contact).collect())
}

fn contact(contact: &Contact) -> Value {
    let mut fields = Map::new();
    fields.insert(contact.kind.to_owned(), json!(contact.value));
    fields.insert("label".to_owned(), json!(contact.label));
    if contact.raw != contact.value {
        fields.insert("raw".to_owned(), json!(contact.raw));
    }
    if let Some(until) = contact.until {
        fields.insert("until".to_owned(), json!(until.rfc3339()));
    }
    Value::Object(fields)
}

/// Takes what the office calls sensitive out of a record, before anything of it is written.
pub(super) fn without(mut record: Record, is_sensitive: impl Fn(&str) -> bool) -> Record {
    record.custom.retain(|key, _| !is_sensitive(key));
    record
}

#[cfg(test)]
pub(super) mod tests;
