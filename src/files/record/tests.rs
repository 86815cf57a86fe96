//! The columns of a customer.

use uuid::Uuid;

use super::*;
use crate::domain::ids::CustomerId;

fn headers(wanted: &[&str], with: With, keys: &[&str], is_table: bool) -> Result<String, String> {
    let owned = |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| (*text).to_owned()).collect() };
    let columns = columns(&owned(wanted), with, &owned(keys), is_table)?;
    Ok(columns.into_iter().map(|column| column.header).collect::<Vec<_>>().join(" "))
}

#[test]
fn columns_are_chosen_by_name() {
    let none = With::default();
    let keys = ["Mobile", "Shoe size"];
    assert_eq!(
        headers(&["Name", "shoe-size", "Mobile"], none, &keys, true).unwrap_err().split(':').next(),
        Some("there is no column \"shoe-size\"")
    );
    assert_eq!(
        headers(&["Name", "Shoe size", "mobile"], none, &keys, true).unwrap(),
        "name Shoe size mobile"
    );
    assert_eq!(
        headers(&["custom", "name", "name"], none, &keys, true).unwrap(),
        "custom.Mobile Shoe size name"
    );
    assert_eq!(headers(&["custom.Mobile"], none, &keys, true).unwrap(), "custom.Mobile");
    assert_eq!(headers(&["name", "custom"], none, &keys, false).unwrap(), "name custom");
    let with = With { notes: true, interactions: false, transcripts: true };
    assert_eq!(headers(&["name"], with, &[], true).unwrap(), "name cordboard_notes cordboard_transcripts");
}

#[test]
fn every_column_is_read_again() {
    let all = With { notes: true, interactions: true, transcripts: true };
    for column in columns(&[], all, &[], true).unwrap() {
        let field = Field::of_header(&column.header);
        let is_passed_over = WITH.iter().any(|(header, _)| *header == column.header);
        assert_eq!(field == Field::Ignore, is_passed_over, "{}", column.header);
        assert_ne!(field, Field::Custom, "{}", column.header);
    }
    for key in ["Mobile", "custom", "custom.x", "=1", "", "cordboard_id", "Shoe size", "Ünit"] {
        assert_eq!(Field::of_header(&custom_header(key)), Field::Custom, "{key}");
    }
}

pub(in crate::files) fn of(contacts: &[(&'static str, &str, &str, &str)]) -> Record {
    let contact = |(kind, label, value, raw): &(&'static str, &str, &str, &str)| Contact {
        kind,
        label: (*label).to_owned(),
        value: (*value).to_owned(),
        raw: (*raw).to_owned(),
        until: None,
    };
    Record {
        id: CustomerId(Uuid::from_u128(7)),
        master_ids: Vec::new(),
        name: "Anna".into(),
        given_name: None,
        family_name: None,
        company: None,
        industry: None,
        policy_number: None,
        payment: None,
        amount_due: None,
        stage: "new".into(),
        street: None,
        city: None,
        state: None,
        zip: None,
        country: None,
        timezone: None,
        preferred_method: None,
        preferred_time: None,
        source: "manual".into(),
        tags: Vec::new(),
        custom: Map::new(),
        contacts: contacts.iter().map(contact).collect(),
        last_contact_at: None,
        last_contact_method: None,
        created_at: Micros(0),
        notes: Vec::new(),
        interactions: Vec::new(),
        transcripts: Vec::new(),
    }
}

#[test]
fn contacts_are_listed_where_the_columns_do_not_tell_all() {
    const ONE: &str = "+23057372333";
    const TWO: &str = "+23057372334";
    let told = |contacts: &[_]| super::contacts(&of(contacts)).is_null();
    assert!(told(&[]));
    assert!(told(&[
        ("phone", "mobile", ONE, ONE),
        ("phone", "work", TWO, TWO),
        ("email", "email", "a@example.com", "a@example.com")
    ]));
    assert!(!told(&[("phone", "mobile", ONE, "5737 2333")]), "as typed");
    assert!(!told(&[("phone", "work", ONE, ONE), ("phone", "home", TWO, TWO)]), "in another order");
    assert!(!told(&[("phone", "mobile", ONE, ONE), ("phone", "work", ONE, ONE)]), "twice");
    assert!(!told(&[("phone", "mobile", ONE, ONE), ("phone", "mobile", TWO, TWO)]), "two of a label");
    assert!(!told(&[("phone", "mother's", ONE, ONE)]), "a label without a column");
    assert!(
        !told(&[("email", "work", "a@example.com", "a@example.com")]),
        "it would come back as the e-mail"
    );
}

#[test]
fn tags_in_one_cell() {
    for (tags, cell) in [
        (&["vip", "new one"][..], "vip, new one"),
        (&["a;b"], "[\"a;b\"]"),
        (&["[x]"], "[\"[x]\"]"),
        (&[], ""),
    ] {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        assert_eq!(joined(&tags), cell);
    }
}
