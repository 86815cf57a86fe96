//! Customers from vCards: each card becomes a record with columns of its own. Versions 2.1, 3 and 4.

mod own;

use std::io::{self, Read};

use calcard::vcard::{
    VCard, VCardEntry, VCardParameterName, VCardParameterValue, VCardProperty, VCardType, VCardValue,
};
use calcard::{Entry, Parser};

use super::columns::{By, Column, Field};
use super::records::{Broken, Line, Record, Records};
use super::vcard_out;

/// A card longer than this, without its pictures, is broken.
const MAX_CARD: usize = 1 << 20;

/// The properties that are read, as the columns of a preview.
pub(super) const COLUMNS: [(&str, Field); 10] = [
    ("FN", Field::Name),
    ("N", Field::FamilyName),
    ("ORG", Field::Company),
    ("TEL", Field::Mobile),
    ("EMAIL", Field::Email),
    ("ADR", Field::Street),
    ("TZ", Field::Timezone),
    ("CATEGORIES", Field::Tags),
    ("NOTE", Field::Custom),
    ("others", Field::Custom),
];

/// The columns of one card, and its record.
pub(super) type Card = (Vec<Column>, Record);

pub(super) struct Cards<R> {
    lines: Records<R>,
    /// The first line of the next card, met where the one before should have ended.
    begun: Option<Line>,
}

impl<R: Read> Cards<R> {
    pub fn new(input: R) -> Self {
        Self { lines: Records::new(input), begun: None }
    }

    /// The next card. What stands between two cards is none of ours.
    pub fn next(&mut self) -> io::Result<Option<Result<Card, (u64, Broken)>>> {
        let first = loop {
            match self.begun.take().map_or_else(|| self.lines.next_line(), |line| Ok(Some(line)))? {
                None => return Ok(None),
                Some(line) if is(&line.bytes, "BEGIN:VCARD") => break line,
                Some(_) => {}
            }
        };
        let at = first.number;
        Ok(Some(self.card(first)?.map_err(|broken| (at, broken)).and_then(|bytes| {
            let text = String::from_utf8(bytes).map_err(|_| (at, Broken::Card(NOT_UTF8)))?;
            let card = read(&text, at);
            card.ok_or((at, Broken::Card("the card cannot be read: export it again as vCard 4")))
        })))
    }

    /// Its lines, less pictures and keys.
    fn card(&mut self, first: Line) -> io::Result<Result<Vec<u8>, Broken>> {
        let (mut bytes, mut set_aside, mut too_long) = (first.bytes, false, false);
        loop {
            let Some(line) = self.lines.next_line()? else { return Ok(Err(Broken::Card(NO_END))) };
            if is(&line.bytes, "BEGIN:VCARD") {
                self.begun = Some(line);
                return Ok(Err(Broken::Card(NO_END)));
            }
            let goes_on = line.bytes.starts_with(b" ") || line.bytes.starts_with(b"\t");
            set_aside = is_picture(&line.bytes) || (goes_on && set_aside);
            if !set_aside {
                too_long |= line.too_long || bytes.len() + line.bytes.len() > MAX_CARD;
                if !too_long {
                    bytes.extend_from_slice(&line.bytes);
                }
            }
            if is(&line.bytes, "END:VCARD") {
                let why = "the card is longer than one megabyte: shorten its note";
                return Ok(if too_long { Err(Broken::Card(why)) } else { Ok(bytes) });
            }
        }
    }
}

const NO_END: &str = "the card does not end: END:VCARD is missing";
const NOT_UTF8: &str =
    "the card is not UTF-8 text; save the file as UTF-8, or say its --charset, such as windows-1252";

fn is(line: &[u8], text: &str) -> bool {
    line.trim_ascii().eq_ignore_ascii_case(text.as_bytes())
}

fn is_picture(line: &[u8]) -> bool {
    let name = line.split(|byte| matches!(byte, b':' | b';')).next().unwrap_or_default();
    let name = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    ["PHOTO", "LOGO", "SOUND", "KEY"].iter().any(|picture| name.eq_ignore_ascii_case(picture.as_bytes()))
}

fn read(text: &str, line: u64) -> Option<Card> {
    let Entry::VCard(card) = Parser::new(text).entry() else { return None };
    let mut row = Row::default();
    card.entries.iter().for_each(|entry| row.put(entry));
    let own = card.entries.iter().find(|entry| is_own(entry));
    match own.and_then(|entry| entry.values.first()) {
        Some(value) => own::put(&mut row, &text_of(value))?,
        None => row.first_phone_is_the_mobile(),
    }
    name_apart(&card, &mut row);
    Some((row.columns, Record { line, fields: row.fields, odd: Vec::new() }))
}

fn is_own(entry: &VCardEntry) -> bool {
    matches!(&entry.name, VCardProperty::Other(name) if name.eq_ignore_ascii_case(vcard_out::OWN))
}

/// A given name alone, or a name in parts alone, is a name as well.
fn name_apart(card: &VCard, row: &mut Row) {
    let nameless = !row
        .columns
        .iter()
        .any(|column| matches!(column.field, Field::Name | Field::GivenName | Field::FamilyName));
    if nameless && let Some(company) = card.property(&VCardProperty::Org) {
        row.add("ORG", Field::Name, &texts(company).join(" "));
    }
}

#[derive(Default)]
struct Row {
    columns: Vec<Column>,
    fields: Vec<Vec<u8>>,
}

impl Row {
    fn add(&mut self, header: &str, field: Field, text: &str) {
        if text.trim().is_empty() || (!field.may_repeat_in_a_card() && self.has(field)) {
            return;
        }
        let same =
            self.columns.iter().filter(|column| column.field == field && column.header.starts_with(header));
        let header = match same.count() {
            count if count > 0 && field == Field::Custom => format!("{header} {}", count + 1),
            _ => header.to_owned(),
        };
        self.columns.push(Column { header, field, by: By::Header });
        self.fields.push(text.as_bytes().to_vec());
    }

    /// Takes columns out.
    fn take(&mut self, is_it: impl Fn(&Column) -> bool) {
        let mut stays = self.columns.iter().map(|column| !is_it(column)).collect::<Vec<_>>().into_iter();
        self.fields.retain(|_| stays.next().unwrap_or(true));
        self.columns.retain(|column| !is_it(column));
    }

    fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|column| column.field == field)
    }

    fn put(&mut self, entry: &VCardEntry) {
        let parts = texts(entry);
        let part = |at: usize| parts.get(at).map_or("", String::as_str);
        match &entry.name {
            VCardProperty::Fn => self.add("FN", Field::Name, part(0)),
            VCardProperty::N => {
                self.add("N", Field::FamilyName, part(0));
                self.add("N", Field::GivenName, part(1));
            }
            VCardProperty::Org => self.add("ORG", Field::Company, part(0)),
            VCardProperty::Tel => self.put_phone(entry, part(0)),
            VCardProperty::Email => {
                let field = if has_type(entry, &VCardType::Work) { Field::WorkEmail } else { Field::Email };
                self.add("EMAIL", field, part(0));
            }
            VCardProperty::Adr => {
                let street = parts.iter().take(3).rev().filter(|text| !text.is_empty()).cloned();
                self.add("ADR", Field::Street, &street.collect::<Vec<_>>().join(", "));
                let rest = [Field::City, Field::State, Field::Zip, Field::Country];
                for (at, field) in rest.into_iter().enumerate() {
                    self.add("ADR", field, part(at + 3));
                }
            }
            VCardProperty::Tz if part(0).contains('/') => self.add("TZ", Field::Timezone, part(0)),
            VCardProperty::Categories => self.add("CATEGORIES", Field::Tags, &parts.join("|")),
            VCardProperty::Note => self.add("Note", Field::Custom, part(0)),
            VCardProperty::Title => self.add("Title", Field::Custom, part(0)),
            VCardProperty::Role => self.add("Role", Field::Custom, part(0)),
            VCardProperty::Nickname => self.add("Nickname", Field::Custom, &parts.join(", ")),
            VCardProperty::Url => self.add("Website", Field::Custom, part(0)),
            VCardProperty::Bday => {
                let day = entry.values.first().map(text_of).unwrap_or_default();
                self.add("Birthday", Field::Custom, &day);
            }
            VCardProperty::Other(name) => self.put_other(name, part(0)),
            _ => {}
        }
    }

    /// `X-POLICY-NUMBER` says what it holds as a header would.
    fn put_other(&mut self, name: &str, text: &str) {
        let Some(header) = name.get(2..).filter(|_| name[..2].eq_ignore_ascii_case("X-")) else { return };
        match Field::of_header(header) {
            Field::Name | Field::Ignore | Field::OwnContacts => {}
            field => self.add(header, field, text),
        }
    }

    fn put_phone(&mut self, entry: &VCardEntry, text: &str) {
        let field = match () {
            // Nobody reads a text there.
            () if has_type(entry, &VCardType::Fax) || has_type(entry, &VCardType::Pager) => {
                return self.add("Fax", Field::Custom, text);
            }
            () if has_type(entry, &VCardType::Cell) => Field::Mobile,
            () if has_type(entry, &VCardType::Home) => Field::HomePhone,
            () if has_type(entry, &VCardType::Work) => Field::WorkPhone,
            () => Field::Phone,
        };
        self.add("TEL", field, text);
    }

    /// As in a table that has a phone and no mobile.
    fn first_phone_is_the_mobile(&mut self) {
        if !self.has(Field::Mobile)
            && let Some(phone) = self.columns.iter_mut().find(|column| column.field == Field::Phone)
        {
            phone.field = Field::Mobile;
        }
    }
}

fn texts(entry: &VCardEntry) -> Vec<String> {
    entry.values.iter().map(text_of).map(|text| text.trim().to_owned()).collect()
}

fn text_of(value: &VCardValue) -> String {
    match value {
        VCardValue::Text(text) => text.clone(),
        VCardValue::Component(parts) => parts.join(" "),
        VCardValue::Integer(number) => number.to_string(),
        VCardValue::PartialDateTime(date) => {
            let part = |part: Option<String>| part.unwrap_or_else(|| "--".to_owned());
            let year = date.year.map(|year| format!("{year:04}"));
            let two = |number: Option<u8>| part(number.map(|number| format!("{number:02}")));
            format!("{}-{}-{}", part(year), two(date.month), two(date.day))
        }
        _ => String::new(),
    }
}

fn has_type(entry: &VCardEntry, wanted: &VCardType) -> bool {
    entry.parameters(&VCardParameterName::Type).any(|value| match value {
        VCardParameterValue::Type(one) => one == wanted,
        VCardParameterValue::Text(text) => text.split(',').any(|word| {
            let word = word.trim();
            match wanted {
                VCardType::Cell => ["cell", "mobile", "iphone"].iter().any(|w| word.eq_ignore_ascii_case(w)),
                VCardType::Home => word.eq_ignore_ascii_case("home"),
                VCardType::Work => word.eq_ignore_ascii_case("work"),
                VCardType::Fax => word.to_ascii_lowercase().contains("fax"),
                VCardType::Pager => word.eq_ignore_ascii_case("pager"),
                _ => false,
            }
        }),
        _ => false,
    })
}

#[cfg(test)]
mod tests;
