//! Customers, texts and consents written as a file: one record after the other, in constant memory.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::record::{self, Column};
use super::salesforce::Requests;
use super::sheet::{Rows, Sheet};
use super::vcard_out;
use crate::domain::role::Actor;
use crate::domain::time::Micros;
use crate::store::export::{self, Consent, Message, Record, When, Whom, With};
use crate::store::{self, Db};

/// What a file of customers looks like, by its word on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Xlsx,
    JsonLines,
    Vcard,
    Salesforce,
}

impl Format {
    pub const ALL: [Self; 5] = [Self::Csv, Self::Xlsx, Self::JsonLines, Self::Vcard, Self::Salesforce];

    /// Those of a file that has rows.
    pub const ROWS: [Self; 3] = [Self::Csv, Self::Xlsx, Self::JsonLines];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::JsonLines => "jsonl",
            Self::Vcard => "vcf",
            Self::Salesforce => "salesforce",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// As the name of a file ends.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, end) = name.rsplit_once('.')?;
        Self::parse(&end.to_ascii_lowercase())
    }
}

/// Which customers, and what of them.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub whom: Whom,
    pub with: With,
    /// Empty for all.
    pub columns: Vec<String>,
}

/// Why nothing, or only a part, was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{0}")]
    Store(#[from] store::Error),
    #[error("{0}")]
    Choice(String),
    #[error("{0}")]
    Write(#[from] io::Error),
}

/// How a file is written.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    pub format: Format,
    /// A CSV file for a spreadsheet: see [`Rows::Csv`].
    pub guarded: bool,
    /// Custom fields that the office never lets out.
    pub is_sensitive: &'a dyn Fn(&str) -> bool,
}

impl Form<'_> {
    /// `None` for a file that has no rows.
    pub fn rows(self) -> Option<Rows> {
        match self.format {
            Format::Csv => Some(Rows::Csv { guarded: self.guarded }),
            Format::Xlsx => Some(Rows::Xlsx),
            Format::JsonLines => Some(Rows::JsonLines),
            Format::Vcard | Format::Salesforce => None,
        }
    }

    fn sheet<'a>(
        self,
        name: &str,
        columns: &[&str],
        out: &'a mut dyn Write,
    ) -> Result<Sheet<'a>, ExportError> {
        let rows = self.rows().ok_or_else(|| {
            ExportError::Choice(format!("--format: {name} do not go into {}", self.format.as_str()))
        })?;
        Ok(Sheet::new(rows, name, columns.iter().map(|column| (*column).to_owned()).collect(), out)?)
    }
}

/// Writes the chosen customers and tells `each` how many there are so far.
///
/// # Errors
/// The actor may not, a column is unknown, or nobody takes what is written.
pub fn customers(
    db: &Db,
    actor: &Actor,
    choice: &Choice,
    form: Form<'_>,
    out: &mut dyn Write,
    mut each: impl FnMut(u64),
) -> Result<u64, ExportError> {
    let picture = export::customers(db, actor, &choice.whom)?;
    let mut keys = picture.custom_keys()?;
    keys.retain(|key| !(form.is_sensitive)(key));
    let is_table = matches!(form.format, Format::Csv | Format::Xlsx);
    let columns =
        record::columns(&choice.columns, choice.with, &keys, is_table).map_err(ExportError::Choice)?;
    let mut file = match form.rows() {
        Some(rows) => {
            let headers = columns.iter().map(|column| column.header.clone()).collect();
            File::Rows(Sheet::new(rows, "customers", headers, out)?)
        }
        None if !choice.columns.is_empty() => {
            return Err(ExportError::Choice("--columns is for files that have columns: leave it out".into()));
        }
        None if form.format == Format::Salesforce => File::Requests(Requests::new(out)),
        None => File::Cards(out),
    };
    let mut count = 0;
    picture.walk(choice.with, |customer| {
        let customer = record::without(customer, form.is_sensitive);
        file.put(&customer, &columns, is_table)?;
        count += 1;
        each(count);
        Ok::<(), ExportError>(())
    })?;
    file.finish()?;
    Ok(count)
}

/// A file of customers in the making.
enum File<'a> {
    Rows(Sheet<'a>),
    Cards(&'a mut dyn Write),
    Requests(Requests<'a>),
}

impl File<'_> {
    fn put(&mut self, customer: &Record, columns: &[Column], is_table: bool) -> io::Result<()> {
        match self {
            Self::Rows(sheet) => {
                let value = |column: &Column| {
                    if is_table { Value::from(column.text(customer)) } else { column.value(customer) }
                };
                sheet.put(columns.iter().map(value).collect())
            }
            Self::Cards(out) => vcard_out::write(*out, customer, vcard_out::own(customer, columns)),
            Self::Requests(requests) => requests.put(customer),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Rows(sheet) => sheet.finish(),
            Self::Cards(out) => out.flush(),
            Self::Requests(requests) => requests.finish(),
        }
    }
}

/// A column's name, and what stands in it.
type Cell<T> = (&'static str, fn(&T) -> Value);

const TEXTS: [Cell<Message>; 18] = [
    ("id", |text| json!(text.id)),
    ("sid", |text| json!(text.sid)),
    ("direction", |text| json!(text.direction)),
    ("from", |text| json!(text.from)),
    ("to", |text| json!(text.to)),
    ("customer_id", |text| json!(text.customer)),
    ("customer_name", |text| json!(text.customer_name)),
    ("body", |text| json!(text.body.as_str())),
    ("purpose", |text| json!(text.purpose)),
    ("status", |text| json!(text.status)),
    ("error_code", |text| json!(text.error_code)),
    ("segments", |text| json!(text.segments)),
    ("price", |text| json!(text.price)),
    ("price_unit", |text| json!(text.price_unit)),
    ("sent_by", |text| json!(text.sent_by)),
    ("created_at", |text| json!(text.created_at.rfc3339())),
    ("sent_at", |text| json!(text.sent_at.map(Micros::rfc3339))),
    ("delivered_at", |text| json!(text.delivered_at.map(Micros::rfc3339))),
];

const CONSENTS: [Cell<Consent>; 15] = [
    ("id", |line| json!(line.id)),
    ("at", |line| json!(line.at.rfc3339())),
    ("address", |line| json!(line.address)),
    ("channel", |line| json!(line.channel)),
    ("purpose", |line| json!(line.purpose)),
    ("act", |line| json!(line.act)),
    ("method", |line| json!(line.method)),
    ("wording", |line| some(&line.wording)),
    ("wording_version", |line| some(&line.wording_version)),
    ("customer_id", |line| json!(line.customer)),
    ("customer_name", |line| json!(line.customer_name)),
    ("taken_by", |line| json!(line.by)),
    ("ip", |line| json!(line.ip)),
    ("note", |line| some(&line.note)),
    ("corrects", |line| json!(line.corrects)),
];

fn some(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::from(text) }
}

/// Writes the texts.
///
/// # Errors
/// See [`customers`].
pub fn messages(
    db: &Db,
    actor: &Actor,
    when: When,
    form: Form<'_>,
    out: &mut dyn Write,
    each: &mut dyn FnMut(u64),
) -> Result<u64, ExportError> {
    export::may(actor)?;
    lines(("texts", &TEXTS), form, out, each, |put| export::messages(db, actor, when, put))
}

/// Writes the consent log.
///
/// # Errors
/// See [`customers`].
pub fn consents(
    db: &Db,
    actor: &Actor,
    when: When,
    form: Form<'_>,
    out: &mut dyn Write,
    each: &mut dyn FnMut(u64),
) -> Result<u64, ExportError> {
    export::may(actor)?;
    lines(("consents", &CONSENTS), form, out, each, |put| export::consents(db, actor, when, put))
}

/// Writes a line for each that `walk` comes by, and tells `each` how many there are so far.
fn lines<T>(
    (name, columns): (&str, &[Cell<T>]),
    form: Form<'_>,
    out: &mut dyn Write,
    each: &mut dyn FnMut(u64),
    walk: impl FnOnce(&mut dyn FnMut(T) -> Result<(), ExportError>) -> Result<u64, ExportError>,
) -> Result<u64, ExportError> {
    let headers: Vec<&str> = columns.iter().map(|(header, _)| *header).collect();
    let mut sheet = form.sheet(name, &headers, out)?;
    let mut so_far = 0;
    let count = walk(&mut |line| {
        sheet.put(columns.iter().map(|(_, value)| value(&line)).collect())?;
        so_far += 1;
        each(so_far);
        Ok(())
    })?;
    sheet.finish()?;
    Ok(count)
}
