//! Requests checked against what Salesforce documents, written down here a second time.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::money::{Currency, Money};
use crate::files::record::tests::of;

/// A field, its length, and whether a record needs it.
type Field = (&'static str, usize, bool);

/// The Fields Reference.
const DOCUMENTED: [(&str, &[Field]); 3] = [
    ("Account", &[("Cordboard_Id__c", 255, true), ("Name", 255, true)]),
    (
        "Contact",
        &[
            ("Cordboard_Id__c", 255, true),
            ("FirstName", 40, false),
            ("LastName", 80, true),
            ("Email", 80, false),
            ("MobilePhone", 40, false),
            ("HomePhone", 40, false),
            ("Phone", 40, false),
            ("OtherPhone", 40, false),
            ("MailingStreet", 255, false),
            ("MailingCity", 40, false),
            ("MailingState", 80, false),
            ("MailingPostalCode", 20, false),
            ("MailingCountry", 80, false),
            ("Description", 32_000, false),
        ],
    ),
    (
        "Task",
        &[
            ("Cordboard_Id__c", 255, true),
            ("Subject", 255, true),
            ("Description", 32_000, false),
            ("ActivityDate", 10, true),
            ("Status", 255, true),
            ("Priority", 255, true),
            ("TaskSubtype", 255, true),
        ],
    ),
];

fn requests(customers: &[Record]) -> Vec<Value> {
    let mut out = Vec::new();
    let mut requests = Requests::new(&mut out);
    customers.iter().for_each(|customer| requests.put(customer).unwrap());
    requests.finish().unwrap();
    String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn records(request: &Value) -> &Vec<Value> {
    request["body"]["records"].as_array().unwrap()
}

/// Checks every request; answers with the records of each object.
fn checked(requests: &[Value]) -> BTreeMap<String, Vec<Value>> {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for request in requests {
        assert_eq!((&request["method"], &request["body"]["allOrNone"]), (&json!("PATCH"), &json!(false)));
        let url = request["url"].as_str().unwrap();
        let object = url.strip_prefix("/services/data/v60.0/composite/sobjects/").unwrap();
        let object = object.strip_suffix("/Cordboard_Id__c").unwrap();
        let (_, fields) = DOCUMENTED.iter().find(|(name, _)| *name == object).unwrap();
        let records = records(request);
        assert!((1..=200).contains(&records.len()));
        let ids: BTreeSet<&str> =
            records.iter().map(|record| record["Cordboard_Id__c"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), records.len(), "no id twice in one request");
        for record in records {
            assert_eq!(record["attributes"], json!({ "type": object }));
            for (name, value) in record.as_object().unwrap() {
                if name == "attributes" {
                    continue;
                }
                if let Some(to) = value.as_object() {
                    let kind = if object == "Task" { ("Who", "Contact") } else { ("Account", "Account") };
                    assert_eq!((name.as_str(), &to["attributes"]), (kind.0, &json!({ "type": kind.1 })));
                    let id = to["Cordboard_Id__c"].as_str().unwrap().to_owned();
                    assert!(known.contains(&(kind.1.to_owned(), id)), "it comes first");
                    continue;
                }
                let (_, most, _) = fields.iter().find(|(field, ..)| field == name).unwrap();
                let text = value.as_str().unwrap();
                assert!((1..=*most).contains(&text.encode_utf16().count()), "{name}: {text}");
            }
            for (field, ..) in fields.iter().filter(|(.., needed)| *needed) {
                assert!(record[*field].is_string(), "{field}");
            }
            known.insert((object.to_owned(), record["Cordboard_Id__c"].as_str().unwrap().to_owned()));
            all.entry(object.to_owned()).or_default().push(record.clone());
        }
    }
    all
}

fn anna() -> Record {
    let text = |text: &str| Some(text.to_owned());
    Record {
        name: "Anna Rose Curepipe".into(),
        given_name: text("Anna Rose"),
        family_name: text("Curepipe"),
        company: text("Île & Sons"),
        policy_number: text("LIB/C7020"),
        street: text("1 Royal Road"),
        city: text("Curepipe"),
        zip: text("074213"),
        country: text("MU"),
        amount_due: Some(Money { minor: 449_129, currency: Currency::MUR }),
        stage: "client".into(),
        tags: vec!["motor".into(), "vip".into()],
        custom: json!({ "Shoe size": "42" }).as_object().cloned().unwrap(),
        notes: vec![Entry {
            id: "n1".into(),
            at: "2026-01-02T03:04:05.000Z".into(),
            kind: "note".into(),
            by: text("Ana"),
            text: text("rang twice"),
            ..Entry::default()
        }],
        interactions: vec![
            Entry {
                id: "i1".into(),
                at: "2026-01-02T03:04:05.000Z".into(),
                kind: "note".into(),
                ..Entry::default()
            },
            Entry {
                id: "i2".into(),
                at: "2026-01-03T03:04:05.000Z".into(),
                kind: "call".into(),
                direction: text("inbound"),
                ..Entry::default()
            },
        ],
        ..of(&[
            ("phone", "mobile", "+23057372333", "+23057372333"),
            ("phone", "work", "+2302341234", "+2302341234"),
            ("phone", "mother's", "+23057372399", "+23057372399"),
            ("email", "email", "anna@example.com", "anna@example.com"),
        ])
    }
}

#[test]
fn cvia_27_accounts_contacts_and_tasks() {
    let id = anna().id.to_string();
    let all = checked(&requests(&[anna()]));
    let reference = json!({ "attributes": { "type": "Contact" }, "Cordboard_Id__c": id });
    let task = |id: &str, subject: &str, day: &str, subtype: &str, description: &str| {
        json!({
            "attributes": { "type": "Task" }, "Cordboard_Id__c": id, "Subject": subject, "ActivityDate": day,
            "Status": "Completed", "Priority": "Normal", "TaskSubtype": subtype, "Who": reference,
            "Description": description,
        })
    };
    let expected = json!({
        "Account": [{
            "attributes": { "type": "Account" }, "Cordboard_Id__c": company_id("Île & Sons"), "Name": "Île & Sons",
        }],
        "Contact": [{
            "attributes": { "type": "Contact" }, "Cordboard_Id__c": id, "FirstName": "Anna Rose",
            "LastName": "Curepipe", "Email": "anna@example.com", "MobilePhone": "+23057372333",
            "Phone": "+2302341234", "OtherPhone": "+23057372399", "MailingStreet": "1 Royal Road",
            "MailingCity": "Curepipe", "MailingPostalCode": "074213", "MailingCountry": "MU",
            "Account": {
                "attributes": { "type": "Account" }, "Cordboard_Id__c": company_id("Île & Sons"),
            },
            "Description": "Name: Anna Rose Curepipe\nPolicy: LIB/C7020\nStage: client\nDue: MUR 4,491.29\n\
                Tags: motor, vip\nShoe size: 42",
        }],
        "Task": [
            task(
                "n1", "note about Anna Rose Curepipe", "2026-01-02", "Task",
                "At: 2026-01-02T03:04:05.000Z\nBy: Ana\nrang twice"
            ),
            task("i2", "call from Anna Rose Curepipe", "2026-01-03", "Call", "At: 2026-01-03T03:04:05.000Z"),
        ],
    });
    assert_eq!(json!(all), expected);
}

#[test]
fn what_is_too_long_is_cut_and_stands_whole_in_the_description() {
    let long = |letter: &str, count: usize| Some(letter.repeat(count));
    let address = format!("{}@example.com", "x".repeat(64));
    let email = format!("{address}.{}", "y".repeat(40));
    let customer = Record {
        name: "王".repeat(255),
        given_name: long("é", 100),
        family_name: None,
        company: long("😀", 255),
        street: long("s", 255),
        city: long("c", 255),
        state: long("t", 255),
        zip: long("z", 255),
        country: long("u", 255),
        custom: json!({ "story": "w".repeat(40_000) }).as_object().cloned().unwrap(),
        ..of(&[("email", "email", &email, &email)])
    };
    let all = checked(&requests(std::slice::from_ref(&customer)));
    let contact = &all["Contact"][0];
    assert_eq!(contact["LastName"], json!("王".repeat(80)));
    assert_eq!(contact["Email"], Value::Null, "half an address is none");
    assert_eq!(all["Account"][0]["Name"], json!("😀".repeat(127)), "two units each");
    let description = contact["Description"].as_str().unwrap();
    assert_eq!(description.chars().count(), 32_000);
    for whole in [
        format!("LastName: {}\n", "王".repeat(255)),
        format!("Email: {email}\n"),
        format!("MailingPostalCode: {}\n", "z".repeat(255)),
    ] {
        assert!(description.contains(&whole), "{description}");
    }
}

#[test]
fn no_request_is_too_large_and_a_company_is_one_account() {
    let customers: Vec<Record> = (0..450)
        .map(|n| Record {
            id: crate::domain::ids::CustomerId(uuid::Uuid::from_u128(n)),
            company: Some(
                ["Island Traders", "ISLAND  traders", "Other"][usize::try_from(n % 3).unwrap()].to_owned(),
            ),
            notes: Vec::new(),
            interactions: Vec::new(),
            ..anna()
        })
        .collect();
    let requests = requests(&customers);
    let sizes: Vec<usize> = requests.iter().map(|request| records(request).len()).collect();
    assert_eq!(sizes[1..], [200, sizes[2], 200, sizes[4], 50]);
    let all = checked(&requests);
    assert_eq!((all["Contact"].len(), all.contains_key("Task")), (450, false));
}
