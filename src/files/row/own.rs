//! The columns of a file that a cordboard wrote: what has no column elsewhere comes back as it was.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Column, Field, Row};
use crate::domain::customer::{LAST_CONTACT_METHODS, NewEmail, NewPhone, OldContact, Source};
use crate::domain::email::Email;
use crate::domain::phone::E164;
use crate::domain::time::Micros;

/// One contact of the list, as [`crate::files::record`] writes it.
#[derive(Deserialize)]
struct Listed {
    phone: Option<String>,
    email: Option<String>,
    label: String,
    raw: Option<String>,
    until: Option<String>,
}

impl Row<'_> {
    /// The list of all contacts is there when a column says one of them.
    pub(super) fn put_listed(&mut self, columns: &[Column], fields: &[Vec<u8>]) {
        let lists = columns.iter().zip(fields).filter(|(column, _)| column.field == Field::OwnContacts);
        for (column, bytes) in lists {
            if let Some(text) = self.text(column, bytes)
                && let Err(why) = self.put_contacts(text)
            {
                self.problem(&column.header, &why);
            }
        }
    }

    fn put_contacts(&mut self, text: &str) -> Result<(), String> {
        let listed: Vec<Listed> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        self.listed = true;
        for one in listed {
            let (kind, value) = match (&one.phone, &one.email) {
                (Some(phone), None) => ("phone", phone),
                (None, Some(email)) => ("email", email),
                _ => return Err("a contact is a phone or an e-mail".to_owned()),
            };
            let raw = one.raw.clone().unwrap_or_else(|| value.clone());
            if let Some(until) = &one.until {
                let until = Micros::parse_rfc3339(until).ok_or_else(|| {
                    format!("\"{until}\" is no time; write it like 2024-11-28T10:30:00.000Z")
                })?;
                let old = OldContact { kind, label: one.label, value: value.clone(), raw, until };
                self.customer.own.old_contacts.push(old);
            } else if kind == "phone" {
                let value =
                    E164::parse(value).ok_or("a phone of the list is not written like +23057372333")?;
                self.customer.phones.push(NewPhone { label: one.label, value, raw });
            } else {
                let value = Email::parse(value).map_err(|error| error.to_string())?;
                self.customer.emails.push(NewEmail { label: one.label, value, raw });
            }
        }
        Ok(())
    }

    /// Where in the list the phone is that a column shows, which somebody may have changed.
    pub(super) fn shown_phone(&self, label: &str) -> Option<usize> {
        self.customer.phones.iter().position(|phone| self.listed && phone.label == label)
    }

    /// The same for an e-mail: the column `email` shows the first, whatever its label.
    pub(super) fn shown_email(&self, column: &Column, label: &str) -> Option<usize> {
        let is_shown = |given: &str| self.listed && (column.field == Field::Email || given == label);
        self.customer.emails.iter().position(|email| is_shown(&email.label))
    }

    pub(super) fn put_own(&mut self, column: &Column, text: &str) {
        let own = &mut self.customer.own;
        let time = Micros::parse_rfc3339(text);
        let is_good = match column.field {
            Field::OwnId => {
                own.id = text.parse().ok();
                own.id.is_some()
            }
            Field::OwnMasterIds => match serde_json::from_str(text) {
                Ok(ids) => {
                    own.other_master_ids = ids;
                    true
                }
                Err(_) => false,
            },
            Field::OwnSource => {
                own.source = Source::parse(text);
                own.source.is_some()
            }
            Field::OwnCreatedAt => {
                own.created_at = time;
                time.is_some()
            }
            Field::OwnLastContactAt => {
                own.last_contact_at = time;
                time.is_some()
            }
            Field::OwnLastContactMethod => {
                own.last_contact_method = Some(text.to_owned());
                LAST_CONTACT_METHODS.contains(&text)
            }
            _ => match serde_json::from_str::<Map<String, Value>>(text) {
                Ok(fields) => {
                    self.customer.custom.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
                    true
                }
                Err(_) => false,
            },
        };
        if !is_good {
            self.problem(&column.header, &"not as cordboard writes it; leave this column as it is, or out");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::customer::NewCustomer;
    use crate::domain::money::Currency;
    use crate::domain::phone::{Accept, PhonePolicy, Region};
    use crate::files::customers::{BadRow, ImportOptions, Row, read};

    const LIST: &str = "\"[{\"\"phone\"\":\"\"+23057372333\"\",\"\"label\"\":\"\"mobile\"\",\"\"raw\"\":\"\"5737 2333\"\"},\
        {\"\"phone\"\":\"\"+2302341234\"\",\"\"label\"\":\"\"mobile\"\"},\
        {\"\"phone\"\":\"\"+23057372000\"\",\"\"label\"\":\"\"mobile\"\",\"\"until\"\":\"\"2024-11-28T10:30:00.000Z\"\"},\
        {\"\"email\"\":\"\"anna@example.com\"\",\"\"label\"\":\"\"work\"\"}]\"";

    fn row(mobile: &str, email: &str, list: &str) -> Result<NewCustomer, BadRow> {
        let file = format!("name,mobile,email,cordboard_contacts\r\nAnna,{mobile},{email},{list}\r\n");
        let policy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };
        let options = ImportOptions::new(policy, Currency::MUR);
        read(file.as_bytes(), &options).unwrap().next().unwrap().map(|Row { customer, .. }| customer)
    }

    /// `label value (raw)`; old ones with `was`.
    fn said(customer: &NewCustomer) -> Vec<String> {
        let phones = customer.phones.iter().map(|p| format!("{} {} ({})", p.label, p.value.as_str(), p.raw));
        let emails = customer.emails.iter().map(|e| format!("{} {} ({})", e.label, e.value.as_str(), e.raw));
        let old = customer.own.old_contacts.iter().map(|o| format!("was {} {}", o.label, o.value));
        phones.chain(emails).chain(old).collect()
    }

    #[test]
    fn the_list_counts_and_what_somebody_has_changed_counts_more() {
        let first = "mobile +23057372333 (5737 2333)";
        let rest = [
            "mobile +2302341234 (+2302341234)",
            "work anna@example.com (anna@example.com)",
            "was mobile +23057372000",
        ];
        for (mobile, email, phone, address) in [
            ("+23057372333", "anna@example.com", first, rest[1]),
            // Nothing in a cell leaves what is in the list.
            ("", "", first, rest[1]),
            (
                "5844 0010",
                "new@example.com",
                "mobile +23058440010 (5844 0010)",
                "work new@example.com (new@example.com)",
            ),
        ] {
            let customer = row(mobile, email, LIST).unwrap();
            assert_eq!(said(&customer), [phone, rest[0], address, rest[2]], "{mobile:?} {email:?}");
        }
        let alone = row("57372333", "a@example.com", "").unwrap();
        assert_eq!(said(&alone), ["mobile +23057372333 (57372333)", "email a@example.com (a@example.com)"]);
    }

    #[test]
    fn a_damaged_list_is_told() {
        for (list, why) in [
            ("[{]", "key must be a string"),
            ("\"[{\"\"phone\"\":\"\"12\"\",\"\"label\"\":\"\"x\"\"}]\"", "is not written like +23057372333"),
            ("\"[{\"\"label\"\":\"\"x\"\"}]\"", "a contact is a phone or an e-mail"),
            (
                "\"[{\"\"phone\"\":\"\"+23057372333\"\",\"\"label\"\":\"\"x\"\",\"\"until\"\":\"\"now\"\"}]\"",
                "\"now\" is no time",
            ),
        ] {
            let bad = row("", "", list).unwrap_err();
            assert_eq!((bad.line, bad.problems.len()), (2, 1), "{bad:?}");
            assert_eq!(bad.problems[0].field, "cordboard_contacts");
            assert!(bad.problems[0].why.contains(why), "{bad:?}");
        }
    }
}
