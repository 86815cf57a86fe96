//! A card that a cordboard wrote: the rest of the record stands in it. What somebody has changed in the
//! card itself counts more.

use serde_json::{Map, Value};

use super::Row;
use crate::files::columns::{By, Column, Field};
use crate::files::json_lines;
use crate::files::vcard_out::{CARRIED, carried, is_of};

/// Adds what the card says only here. `None` if that is damaged.
pub(super) fn put(row: &mut Row, json: &str) -> Option<()> {
    let mut own: Map<String, Value> = serde_json::from_str(json).ok()?;
    put_contacts(row, &mut own);
    if own.remove("cordboard_notes").is_some() {
        row.take(|column| column.field == Field::Custom && column.header.starts_with("Note"));
    }
    for name in CARRIED {
        let field = Field::of_header(name);
        if let Some(Value::String(exact)) = own.remove(name)
            && let Some(at) = row.columns.iter().position(|column| column.field == field)
            && is_of(&String::from_utf8_lossy(&row.fields[at]), &exact)
        {
            row.fields[at] = exact.into_bytes();
        }
    }
    put_tags(row, &mut own);
    let (columns, fields) = json_lines::cells(own).ok()?;
    row.columns.extend(columns);
    row.fields.extend(fields);
    Some(())
}

fn put_tags(row: &mut Row, own: &mut Map<String, Value>) {
    let Some(exact) = own.remove("tags") else { return };
    let tags: Vec<String> = serde_json::from_value(exact.clone()).unwrap_or_default();
    let shown = tags.iter().map(|tag| carried(tag)).collect::<Vec<_>>().join("|");
    let is_shown = |cell: &[u8]| is_of(&String::from_utf8_lossy(cell), &shown);
    if let Some(at) = row.columns.iter().position(|column| column.field == Field::Tags)
        && is_shown(&row.fields[at])
    {
        row.fields[at] = exact.to_string().into_bytes();
    }
}

/// The list of all contacts counts where the card shows just those of today; else only the old ones do.
fn put_contacts(row: &mut Row, own: &mut Map<String, Value>) {
    let Some(Value::Array(listed)) = own.remove("cordboard_contacts") else { return };
    let is_email = |field: Field| matches!(field, Field::Email | Field::WorkEmail);
    let shown = |is_it: &dyn Fn(Field) -> bool| -> Vec<&[u8]> {
        let cells = row.columns.iter().zip(&row.fields).filter(|(column, _)| is_it(column.field));
        cells.map(|(_, cell)| cell.as_slice()).collect()
    };
    let (old, now): (Vec<Value>, Vec<Value>) =
        listed.into_iter().partition(|contact| !contact["until"].is_null());
    let values = |kind: &str| -> Vec<&[u8]> {
        now.iter().filter_map(|contact| Some(contact[kind].as_str()?.as_bytes())).collect()
    };
    let is_as_listed = shown(&Field::is_phone) == values("phone") && shown(&is_email) == values("email");
    let list = if is_as_listed {
        row.take(|column| column.field.is_phone() || is_email(column.field));
        now.into_iter().chain(old).collect()
    } else {
        old
    };
    row.columns.push(Column {
        header: "cordboard_contacts".to_owned(),
        field: Field::OwnContacts,
        by: By::Header,
    });
    row.fields.push(Value::Array(list).to_string().into_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::domain::customer::NewCustomer;
    use crate::domain::money::Currency;
    use crate::domain::phone::{Accept, PhonePolicy, Region};
    use crate::files::customers::{ImportOptions, read};
    use crate::files::record::{columns, tests::of};
    use crate::files::vcard_out;
    use crate::store::export::{Record, With};

    fn anna() -> Record {
        Record {
            name: "Anna\u{7}".into(),
            company: Some("A, B; C".into()),
            tags: vec!["vip".into(), "a;b".into()],
            custom: json!({ "n": 1.5 }).as_object().cloned().unwrap(),
            ..of(&[("phone", "mobile", "+23057372333", "5737 2333"), ("phone", "boat", "+2302341234", "x")])
        }
    }

    fn card() -> String {
        let mut out = Vec::new();
        let columns = columns(&[], With::default(), &[], false).unwrap();
        vcard_out::write(&mut out, &anna(), vcard_out::own(&anna(), &columns)).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn taken_in(card: &str) -> NewCustomer {
        let policy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };
        let options = ImportOptions::new(policy, Currency::MUR);
        read(card.as_bytes(), &options).unwrap().next().unwrap().unwrap().customer
    }

    fn said(customer: &NewCustomer) -> String {
        let phones: Vec<String> =
            customer.phones.iter().map(|p| format!("{} {} {}", p.label, p.value.as_str(), p.raw)).collect();
        let company = customer.company.as_deref().unwrap_or_default();
        format!(
            "{:?} {company} {} {:?} {}",
            customer.name,
            phones.join(" "),
            customer.tags,
            json!(customer.custom)
        )
    }

    #[test]
    fn a_card_has_lines_that_others_understand() {
        let lines: Vec<String> = card().replace("\r\n ", "").split("\r\n").map(str::to_owned).collect();
        let expected = [
            "BEGIN:VCARD",
            "VERSION:4.0",
            "UID:urn:uuid:00000000-0000-0000-0000-000000000007",
            "FN:Anna",
            "ORG:A\\, B\\; C",
            "TEL;TYPE=cell;PREF=1:+23057372333",
            "TEL:+2302341234",
            "CATEGORIES:vip,a\\;b",
        ];
        assert_eq!(lines[..8], expected);
        assert!(lines[8].starts_with("X-CORDBOARD-RECORD:{\"cordboard_contacts\":[{"), "{}", lines[8]);
        assert_eq!(lines[9..], ["END:VCARD", ""]);
    }

    #[test]
    fn unchanged_it_is_who_it_was_and_what_was_changed_counts() {
        let now = card();
        let phones = "mobile +23057372333 5737 2333 boat +2302341234 x";
        let (tags, custom) = ("[\"vip\", \"a;b\"]", "{\"n\":1.5}");
        assert_eq!(said(&taken_in(&now)), format!("\"Anna\\u{{7}}\" A, B; C {phones} {tags} {custom}"));
        let renamed = now.replace("FN:Anna", "FN:Anne").replace("ORG:A\\, B\\; C", "ORG:D");
        assert_eq!(said(&taken_in(&renamed)), format!("\"Anne\" D {phones} {tags} {custom}"));
        let moved = now.replace("PREF=1:+23057372333", "PREF=1:58440010").replace("TEL:+2302341234\r\n", "");
        let one = "mobile +23058440010 58440010";
        assert_eq!(said(&taken_in(&moved)), format!("\"Anna\\u{{7}}\" A, B; C {one} {tags} {custom}"));
        let tagged = now.replace("CATEGORIES:vip,a\\;b", "CATEGORIES:new");
        assert_eq!(said(&taken_in(&tagged)), format!("\"Anna\\u{{7}}\" A, B; C {phones} [\"new\"] {custom}"));
    }
}
