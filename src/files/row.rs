//! One record of a customer file becomes a checked customer, or the list of all that is wrong with
//! it.

use serde_json::Value;

use super::columns::{Column, Field};
use super::customers::{ImportOptions, Problem};
use super::dialect::Charset;
use super::guard;
use super::records::Record;
use crate::domain::customer::{ContactMethod, NewCustomer, NewEmail, NewPhone, Source, Stage};
use crate::domain::email::Email;
use crate::domain::money::{Currency, Money};

mod own;

/// G22, TTX-12.
const MAX_TEXT: usize = 255;

/// Between tags in one cell.
pub(super) const TAG_SEPARATORS: [char; 3] = [',', ';', '|'];

/// Why the text of a cell is not what was typed into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Odd {
    Date,
    /// A number with more digits than are kept.
    Rounded,
    /// A formula that failed.
    Error,
}

/// Reads the fields of a record that has as many as there are columns.
pub(super) fn customer(
    columns: &[Column],
    record: &Record,
    charset: Charset,
    options: &ImportOptions,
) -> Result<NewCustomer, Vec<Problem>> {
    let customer = NewCustomer { source: Source::Import, ..NewCustomer::default() };
    let mut row = Row {
        options,
        charset,
        problems: Vec::new(),
        customer,
        unreadable_name: false,
        at: None,
        listed: false,
        guarded: false,
    };
    let mut money = MoneyCells::default();
    row.guarded = columns.iter().zip(&record.fields).any(|(column, bytes)| guard::is_on(column, bytes));
    row.put_listed(columns, &record.fields);
    for (at, (column, bytes)) in columns.iter().zip(&record.fields).enumerate() {
        row.at = Some(at);
        let odd = record.odd.iter().find(|(odd, _)| *odd == at).map(|(_, odd)| *odd);
        if row.is_misread(column, odd) {
            continue;
        }
        let Some(raw) = row.text(column, bytes) else { continue };
        match column.field {
            Field::AmountDue => money.amount = Some((column, raw, at)),
            Field::Currency => money.currency = Some((column, raw, at)),
            _ => row.put(column, raw),
        }
    }
    row.put_amount(&money);
    row.at = None;
    row.put_name();
    if row.problems.is_empty() { Ok(row.customer) } else { Err(row.problems) }
}

const REFORMATTED: &str =
    "a spreadsheet has reformatted this number, set its column to text and enter it again";

/// The currency may stand in a column behind the amount.
#[derive(Default)]
struct MoneyCells<'a> {
    amount: Option<(&'a Column, &'a str, usize)>,
    currency: Option<(&'a Column, &'a str, usize)>,
}

struct Row<'a> {
    options: &'a ImportOptions,
    charset: Charset,
    problems: Vec<Problem>,
    customer: NewCustomer,
    /// A name was there, and its bytes have been reported.
    unreadable_name: bool,
    /// The column being read.
    at: Option<usize>,
    /// All contacts were listed: a column only shows one of them.
    listed: bool,
    /// See [`guard`].
    guarded: bool,
}

impl Row<'_> {
    fn problem(&mut self, field: &str, why: &impl ToString) {
        self.problems.push(Problem { field: field.to_owned(), why: why.to_string(), column: self.at });
    }

    /// Whether the cell holds nothing that could be meant, which is then said.
    fn is_misread(&mut self, column: &Column, odd: Option<Odd>) -> bool {
        let is_number =
            column.field.is_phone() || matches!(column.field, Field::PolicyNumber | Field::MasterId);
        let why = match odd {
            _ if column.field == Field::Ignore => return false,
            Some(Odd::Error) => "the formula of this cell has failed; correct it, or write the value itself",
            Some(Odd::Date | Odd::Rounded) if is_number => REFORMATTED,
            _ => return false,
        };
        self.problem(&column.header, &why);
        true
    }

    /// The text of a cell, `None` if it is blank or not text.
    fn text<'b>(&mut self, column: &Column, bytes: &'b [u8]) -> Option<&'b str> {
        if column.field == Field::Ignore {
            return None;
        }
        let why = match str::from_utf8(bytes) {
            Ok(text) => match text.find('\0') {
                Some(at) => self.no_text(bytes, at),
                None if !self.charset.is_utf8() && text.contains(is_undefined) => {
                    let at = text.chars().position(is_undefined).unwrap_or(0) + 1;
                    format!("character {at} of the cell is none of {}; save the file as UTF-8", self.charset)
                }
                None => {
                    let text = if self.guarded { guard::taken_off(text) } else { text };
                    return Some(text).filter(|text| !text.trim().is_empty());
                }
            },
            Err(error) => self.no_text(bytes, error.valid_up_to()),
        };
        self.unreadable_name |= matches!(column.field, Field::Name | Field::GivenName | Field::FamilyName);
        self.problem(&column.header, &why);
        None
    }

    fn no_text(&self, bytes: &[u8], at: usize) -> String {
        let (place, byte) = (at + 1, bytes[at]);
        let other = if byte == 0 { "" } else { ", or say its --charset, such as windows-1252" };
        format!("byte {place} of the cell (0x{byte:02X}) is not UTF-8 text; save the file as UTF-8{other}")
    }

    fn put(&mut self, column: &Column, raw: &str) {
        let text = raw.trim();
        match column.field {
            Field::Mobile => self.put_phone(column, "mobile", raw),
            Field::Phone => self.put_phone(column, "phone", raw),
            Field::HomePhone => self.put_phone(column, "home", raw),
            Field::WorkPhone => self.put_phone(column, "work", raw),
            Field::Email => self.put_email(column, "email", raw),
            Field::WorkEmail => self.put_email(column, "work", raw),
            Field::Stage => match Stage::parse(text) {
                Some(stage) => self.customer.stage = stage,
                None => self.unknown_word(column, &Stage::ALL.map(Stage::as_str)),
            },
            Field::PreferredMethod => match ContactMethod::parse(text) {
                Some(method) => self.customer.preferred_method = Some(method),
                None => self.unknown_word(column, &ContactMethod::ALL.map(ContactMethod::as_str)),
            },
            Field::Timezone => self.put_timezone(column, text),
            Field::Tags => self.put_tags(column, text),
            Field::Custom => {
                self.customer.custom.insert(column.header.clone(), Value::from(text));
            }
            Field::Ignore | Field::AmountDue | Field::Currency | Field::OwnContacts | Field::OwnGuarded => {}
            Field::OwnId
            | Field::OwnMasterIds
            | Field::OwnSource
            | Field::OwnCreatedAt
            | Field::OwnLastContactAt
            | Field::OwnLastContactMethod
            | Field::OwnCustom => self.put_own(column, text),
            _ => self.put_text(column, text),
        }
    }

    fn put_text(&mut self, column: &Column, text: &str) {
        if matches!(column.field, Field::PolicyNumber | Field::MasterId) && is_rounded(text) {
            // Two customers would be taken for one.
            return self.problem(&column.header, &REFORMATTED);
        }
        let customer = &mut self.customer;
        let (slot, max) = match column.field {
            Field::GivenName => (&mut customer.given_name, 100),
            Field::FamilyName => (&mut customer.family_name, 100),
            Field::Company => (&mut customer.company, MAX_TEXT),
            Field::Industry => (&mut customer.industry, 50),
            Field::PolicyNumber => (&mut customer.policy_number, MAX_TEXT),
            Field::MasterId => (&mut customer.master_id, MAX_TEXT),
            Field::Payment => (&mut customer.payment, MAX_TEXT),
            Field::Street => (&mut customer.street, MAX_TEXT),
            Field::City => (&mut customer.city, MAX_TEXT),
            Field::State => (&mut customer.state, MAX_TEXT),
            Field::Zip => (&mut customer.zip, MAX_TEXT),
            Field::Country => (&mut customer.country, MAX_TEXT),
            Field::PreferredTime => (&mut customer.preferred_time, MAX_TEXT),
            _ => {
                customer.name = text.to_owned();
                return;
            }
        };
        *slot = Some(text.to_owned());
        self.check_length(&column.header, text, max);
    }

    fn check_length(&mut self, field: &str, text: &str, max: usize) {
        let given = text.chars().count();
        if given > max {
            self.problem(field, &format!("too long: at most {max} characters, {given} given"));
        }
    }

    /// G22: a name is the one thing every customer has.
    fn put_name(&mut self) {
        if self.customer.name.is_empty() {
            let parts = [&self.customer.given_name, &self.customer.family_name];
            let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            self.customer.name = parts.join(" ");
        }
        if self.customer.name.is_empty() {
            if !self.unreadable_name {
                self.problem("name", &"missing: every customer needs a name, such as Jane Doe");
            }
        } else {
            let name = self.customer.name.clone();
            self.check_length("name", &name, MAX_TEXT);
        }
    }

    fn put_phone(&mut self, column: &Column, label: &str, raw: &str) {
        let shown = self.shown_phone(label);
        if shown.is_some_and(|at| self.customer.phones[at].value.as_str() == raw.trim()) {
            return;
        }
        let policy = &self.options.policy;
        match if self.options.typed { policy.accept(raw) } else { policy.accept_cell(raw) } {
            Ok(value) => {
                let known = &mut self.customer.phones;
                if let Some(at) = shown {
                    known[at] = NewPhone { label: label.to_owned(), value, raw: raw.to_owned() };
                } else if !known.iter().any(|phone| phone.value == value) {
                    let label = free_label(label, |label| known.iter().any(|phone| phone.label == label));
                    known.push(NewPhone { label, value, raw: raw.to_owned() });
                }
            }
            Err(error) => self.problem(&column.header, &error),
        }
    }

    fn put_email(&mut self, column: &Column, label: &str, raw: &str) {
        let shown = self.shown_email(column, label);
        if shown.is_some_and(|at| self.customer.emails[at].value.as_str() == raw.trim()) {
            return;
        }
        match Email::parse(raw) {
            Ok(value) => {
                let known = &mut self.customer.emails;
                if let Some(at) = shown {
                    (known[at].value, known[at].raw) = (value, raw.to_owned());
                } else if !known.iter().any(|email| email.value == value) {
                    let label = free_label(label, |label| known.iter().any(|email| email.label == label));
                    known.push(NewEmail { label, value, raw: raw.to_owned() });
                }
            }
            Err(error) => self.problem(&column.header, &error),
        }
    }

    fn put_amount(&mut self, cells: &MoneyCells) {
        let stated = cells.currency.map(|(column, text, at)| (column, at, text.trim().parse::<Currency>()));
        let currency = match stated {
            None => self.options.currency,
            Some((_, _, Ok(currency))) => currency,
            Some((column, at, Err(error))) => {
                self.at = Some(at);
                return self.problem(&column.header, &error);
            }
        };
        let Some((column, text, at)) = cells.amount else { return };
        self.at = Some(at);
        match Money::parse(text, currency) {
            Ok(money) if stated.is_some() && money.currency != currency => {
                self.problem(
                    &column.header,
                    &format!("says {}, the currency column {currency}", money.currency),
                );
            }
            Ok(money) => self.customer.amount_due = Some(money),
            Err(error) => self.problem(&column.header, &error),
        }
    }

    /// G25: a zone that was only ever a default (`UTC`) is not evidence and stays unknown.
    fn put_timezone(&mut self, column: &Column, text: &str) {
        let is_word = |word: &str| {
            !word.is_empty()
                && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
        };
        if ["UTC", "GMT", "Etc/UTC", "Etc/GMT"].iter().any(|default| default.eq_ignore_ascii_case(text)) {
            return;
        }
        if text.contains('/') && text.split('/').all(is_word) && text.len() <= 64 {
            self.customer.timezone = Some(text.to_owned());
        } else {
            self.problem(&column.header, &"not a time zone; write it like Indian/Mauritius");
        }
    }

    /// TTX-14; TTX-28: at most 50 characters each. A tag that holds a separator stands in a JSON list.
    fn put_tags(&mut self, column: &Column, text: &str) {
        let tags: Vec<String> = serde_json::from_str(text)
            .unwrap_or_else(|_| text.split(TAG_SEPARATORS).map(str::to_owned).collect());
        for tag in tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()) {
            self.check_length(&column.header, tag, 50);
            if !self.customer.tags.iter().any(|known| known == tag) {
                self.customer.tags.push(tag.to_owned());
            }
        }
    }

    fn unknown_word(&mut self, column: &Column, words: &[&str]) {
        self.problem(&column.header, &format!("unknown word; use one of {}", words.join(", ")));
    }
}

/// Read from a charset that has no such character, or cannot be shown at all.
fn is_undefined(c: char) -> bool {
    matches!(c, '\u{fffd}' | '\u{80}'..='\u{9f}')
}

/// `5.4483E+10`: what stood there before is lost.
fn is_rounded(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else { return false };
    let of = |text: &str, more: &[char]| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || more.contains(&c))
    };
    of(digits, &['.', ',']) && exponent.strip_prefix('+').is_some_and(|exponent| of(exponent, &[]))
}

/// `mobile`, then `mobile 2`.
fn free_label(label: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut free = label.to_owned();
    let mut number = 2;
    while taken(&free) {
        free = format!("{label} {number}");
        number += 1;
    }
    free
}
