//! Customers as vCards of version 4 (RFC 6350). What a vCard has no property for, or cannot carry, such as
//! control characters, stands in one property of our own, as the JSON of [`super::record`]; so a card
//! that comes back unchanged is the customer as they were.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::record;
use crate::store::export::{Contact, Entry, Record};

/// The property with the rest of the record.
pub(super) const OWN: &str = "X-CORDBOARD-RECORD";

/// RFC 6350, 3.2: octets of a line, without its end.
const LINE: usize = 75;

/// Fields with a property of their own, by their column; those in `record` only where a vCard cannot
/// carry their text.
pub(super) const CARRIED: [&str; 10] =
    ["name", "given_name", "family_name", "company", "street", "city", "state", "zip", "country", "timezone"];

/// A text as a card carries it: one that is left without any letter is a dash, since a card needs a name.
pub(super) fn carried(text: &str) -> String {
    let plain: String = text
        .replace("\r\n", "\n")
        .chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect();
    let plain = plain.trim();
    if plain.is_empty() { "-".to_owned() } else { plain.to_owned() }
}

/// Whether every reader gets the text out of a card as it is. Many lose one of two blanks.
fn is_plain(text: &str) -> bool {
    let mut before = 'x';
    let is_single = text.chars().all(|c| {
        let is_single = !(c.is_whitespace() && before.is_whitespace());
        before = c;
        is_single
    });
    is_single && carried(text) == text
}

/// Whether a card that says `shown` is of this text, and nobody has changed it.
pub(super) fn is_of(shown: &str, text: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    letters(shown) == letters(&carried(text))
}

/// Writes one card.
pub(super) fn write(out: &mut dyn Write, customer: &Record, own: Map<String, Value>) -> io::Result<()> {
    let mut card = Card { out };
    card.line("BEGIN:VCARD")?;
    card.line("VERSION:4.0")?;
    card.line(&format!("UID:urn:uuid:{}", customer.id))?;
    card.line(&format!("FN:{}", escaped(&customer.name)))?;
    let part = |text: &Option<String>| text.as_deref().map(escaped).unwrap_or_default();
    if customer.family_name.is_some() || customer.given_name.is_some() {
        card.line(&format!("N:{};{};;;", part(&customer.family_name), part(&customer.given_name)))?;
    }
    card.text("ORG", customer.company.as_deref())?;
    let mut first = true;
    for contact in customer.contacts.iter().filter(|contact| contact.until.is_none()) {
        card.contact(contact, first || contact.kind == "email" && is_first_email(customer, contact))?;
        first = false;
    }
    let address = [&customer.street, &customer.city, &customer.state, &customer.zip, &customer.country];
    if address.iter().any(|part| part.is_some()) {
        card.line(&format!("ADR:;;{}", address.map(part).join(";")))?;
    }
    card.text("TZ", customer.timezone.as_deref())?;
    if !customer.tags.is_empty() {
        let tags: Vec<String> = customer.tags.iter().map(|tag| escaped(tag)).collect();
        card.line(&format!("CATEGORIES:{}", tags.join(",")))?;
    }
    for Entry { at, by, text, .. } in &customer.notes {
        let by = by.as_deref().unwrap_or_default();
        card.text("NOTE", Some(&format!("{at} {by}: {}", text.as_deref().unwrap_or_default())))?;
    }
    card.line(&format!("{OWN}:{}", escaped_json(&Value::Object(own))))?;
    card.line("END:VCARD")
}

/// The rest of the record: everything that has no property, and what the properties change.
pub(super) fn own(customer: &Record, columns: &[record::Column]) -> Map<String, Value> {
    let mut own = Map::new();
    for column in columns {
        let header = column.header.as_str();
        let value = match header {
            "mobile" | "phone" | "home_phone" | "work_phone" | "email" | "work_email" => Value::Null,
            "cordboard_contacts" => record::all_contacts(customer),
            "tags" if tags_are_plain(&customer.tags) => Value::Null,
            _ => column.value(customer),
        };
        let is_carried = CARRIED.contains(&header) && value.as_str().is_some_and(is_plain);
        if !value.is_null() && !is_carried {
            own.insert(header.to_owned(), value);
        }
    }
    if !customer.notes.is_empty() {
        own.insert("cordboard_notes".to_owned(), json!(customer.notes.len()));
    }
    own
}

/// Whether a reader gets the tags out of the card itself, one by one.
fn tags_are_plain(tags: &[String]) -> bool {
    let is_one = |tag: &String| is_plain(tag) && !tag.contains(record::SEPARATORS);
    tags.iter().all(is_one) && !tags.first().is_some_and(|tag| tag.starts_with('['))
}

fn is_first_email(customer: &Record, contact: &Contact) -> bool {
    customer.contacts.iter().find(|other| other.kind == "email") == Some(contact)
}

struct Card<'a> {
    out: &'a mut dyn Write,
}

impl Card<'_> {
    fn text(&mut self, name: &str, text: Option<&str>) -> io::Result<()> {
        match text {
            Some(text) => self.line(&format!("{name}:{}", escaped(text))),
            None => Ok(()),
        }
    }

    fn contact(&mut self, contact: &Contact, is_first: bool) -> io::Result<()> {
        let name = if contact.kind == "phone" { "TEL" } else { "EMAIL" };
        let kind = match (contact.kind, contact.label.as_str()) {
            ("phone", "mobile") => ";TYPE=cell",
            ("phone", "phone") => ";TYPE=voice",
            (_, "home") => ";TYPE=home",
            (_, "work") => ";TYPE=work",
            _ => "",
        };
        let pref = if is_first { ";PREF=1" } else { "" };
        self.line(&format!("{name}{kind}{pref}:{}", escaped(&contact.value)))
    }

    /// Folds a line between characters, as RFC 6350 has it.
    fn line(&mut self, line: &str) -> io::Result<()> {
        let mut room = LINE;
        let mut rest = line;
        while rest.len() > room {
            // Some readers take blanks beside a fold away.
            let is_good = |at: &usize| {
                rest.is_char_boundary(*at) && !rest[..*at].ends_with(' ') && !rest[*at..].starts_with(' ')
            };
            let good = (1..=room).rev().find(is_good);
            let at = good.or_else(|| (1..=room).rev().find(|at| rest.is_char_boundary(*at)));
            let at = at.unwrap_or(rest.len());
            let (piece, more) = rest.split_at(at);
            write!(self.out, "{piece}\r\n ")?;
            // The blank of the next line counts.
            room = LINE - 1;
            rest = more;
        }
        write!(self.out, "{rest}\r\n")
    }
}

/// RFC 6350, 3.4.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in carried(text).chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\\' | ',' | ';' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// JSON whose texts hold no control character and no blank at all, as a value.
fn escaped_json(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            c if c.is_control() || c == ' ' => out.push_str(&format!("\\\\u{:04x}", u32::from(c))),
            '\\' | ',' | ';' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(line: &str) -> String {
        let mut out = Vec::new();
        Card { out: &mut out }.line(line).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_fold_at_75_octets_between_characters() {
        assert_eq!(folded("FN:short"), "FN:short\r\n");
        let exact = format!("FN:{}", "x".repeat(72));
        assert_eq!(folded(&exact), format!("{exact}\r\n"));
        assert_eq!(folded(&format!("{exact}y")), format!("{exact}\r\n y\r\n"));
        // 3 + 36 * 2 octets, then 37 letters of two octets to a line.
        let long = format!("FN:{}", "é".repeat(36 + 37 + 1));
        let expected = format!("FN:{}\r\n {}\r\n é\r\n", "é".repeat(36), "é".repeat(37));
        assert_eq!(folded(&long), expected);
        let blank = format!("FN:{} {}", "x".repeat(71), "y".repeat(9));
        assert_eq!(folded(&blank), format!("FN:{}\r\n x {}\r\n", "x".repeat(70), "y".repeat(9)));
        for line in folded(&format!("FN:{}", "👍é王x".repeat(99))).split("\r\n") {
            assert!(line.len() <= LINE, "{line}");
        }
    }

    #[test]
    fn texts_are_escaped() {
        for (text, expected) in [
            ("a, b; c\\d", "a\\, b\\; c\\\\d"),
            ("one\r\ntwo\nthree", "one\\ntwo\\nthree"),
            ("\u{1b}[31m\u{7}", "[31m"),
            ("\u{1}", "-"),
            ("\"quoted\": 王", "\"quoted\": 王"),
        ] {
            assert_eq!(escaped(text), expected);
        }
        assert_eq!(escaped_json(&json!({ "a": "x\u{7f}\n;" })), "{\"a\":\"x\\\\u007f\\\\n\\;\"}");
        assert_eq!(escaped_json(&json!("a  b")), "\"a\\\\u0020\\\\u0020b\"");
    }
}
