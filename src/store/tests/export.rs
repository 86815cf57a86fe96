//! What leaves: records with every contact they have or had, whom a line means, and the audit entry.

use serde_json::json;

use super::*;
use crate::domain::update::Field;
use crate::store::export::{self, Contact, Left, Record, When, Whom, With};
use crate::store::{customers, effective, search};

fn records(desk: &Desk, line: &str) -> Vec<Record> {
    let whom = Whom { line: line.to_owned(), now: NOW, offset_seconds: 0 };
    let mut records = Vec::new();
    let every = With { notes: true, interactions: true, transcripts: true };
    let picture = export::customers(&desk.db, &desk.admin, &whom).unwrap();
    picture
        .walk(every, |record| {
            records.push(record);
            Ok::<(), Error>(())
        })
        .unwrap();
    records
}

/// `kind label value raw until`.
fn contacts(record: &Record) -> Vec<String> {
    let each = |contact: &Contact| {
        let until = contact.until.map(|until| format!(" until {}", until.0 - NOW.0)).unwrap_or_default();
        format!("{} {} {} ({}){until}", contact.kind, contact.label, contact.value, contact.raw)
    };
    record.contacts.iter().map(each).collect()
}

#[test]
fn a_captured_number_comes_first_and_what_it_replaced_is_old() {
    let mut desk = Desk::new();
    let master =
        NewCustomer { phones: vec![phone("home", "+2302345678"), phone("mobile", KEVINS)], ..kevin() };
    customers::import(&mut desk.db, &desk.admin, NOW, &[master]).unwrap();
    desk.capture(at(60), "5844 0010", "", NO_UPSTREAM).unwrap();
    desk.capture(at(120), "5700 0001", "new@example.com", NO_UPSTREAM).unwrap();
    let id = desk.capture(at(180), "5700 0002", "", NO_UPSTREAM).unwrap();
    desk.db
        .conn()
        .execute("update contact_update_state set status = 'rejected' where update_id = ?1", [id])
        .unwrap();
    let tx = desk.db.begin(&desk.admin, at(200)).unwrap();
    effective::refold(&tx, desk.kevin, Field::Mobile).unwrap();
    tx.commit().unwrap();
    assert_eq!(
        contacts(&records(&desk, "")[0]),
        [
            "phone mobile +23057000001 (5700 0001)",
            "phone home +2302345678 (+2302345678)",
            "phone mobile +23057372333 (+23057372333) until 120000000",
            "phone mobile +23058440010 (5844 0010) until 120000000",
            "email email new@example.com (new@example.com)",
            "email email kevin@example.com (kevin@example.com) until 120000000",
        ]
    );
}

/// The walk that misses nobody finds all that the look-up finds, and only those.
#[test]
fn the_line_means_what_it_means_in_the_look_up() {
    let mut desk = Desk::new();
    let kevins = records(&desk, "")[0].name.clone();
    let people: Vec<NewCustomer> = (0..2_500)
        .map(|n| NewCustomer {
            name: format!("{} {}", ["Anna", "Kevin", "Maria-Rose"][n % 3], ["Curepipe", "Lee"][n % 2]),
            policy_number: Some(format!("LIB/{n:05}")),
            master_id: Some(n.to_string()),
            payment: Some(["paid", "pending"][n / 5 % 2].to_owned()),
            phones: vec![phone("mobile", &format!("+2305{:07}", 7_000_000 + n))],
            ..NewCustomer::default()
        })
        .collect();
    customers::import(&mut desk.db, &desk.admin, NOW, &people).unwrap();
    let name_of = |record: &Record| (record.name.clone(), record.policy_number.clone());
    let all: Vec<_> = records(&desk, "").iter().map(name_of).collect();
    let mut expected: Vec<_> =
        people.iter().map(|person| (person.name.clone(), person.policy_number.clone())).collect();
    expected.insert(0, (kevins, Some("LIB/C7013".to_owned())));
    assert_eq!(all, expected, "everybody, in the order they came in");
    for line in [
        "anna",
        "kevin cure",
        "annacurepipe",
        "maria rose lee",
        "payment:pen 00077",
        "..001",
        "lib/02499",
        "2305700 lee",
    ] {
        let found = search::lookup(&desk.db, &desk.admin, NOW, 0, line, 5_000).unwrap();
        let mut looked_up: Vec<CustomerId> =
            found.hits.iter().filter(|hit| hit.meant.is_none()).map(|hit| hit.id).collect();
        let mut walked: Vec<CustomerId> = records(&desk, line).iter().map(|record| record.id).collect();
        assert!(!walked.is_empty(), "{line}");
        if found.many {
            // The look-up stops at so many.
            assert!(looked_up.iter().all(|id| walked.contains(id)), "{line}");
        } else {
            looked_up.sort();
            walked.sort();
            assert_eq!(walked, looked_up, "{line}");
        }
    }
    assert_eq!(records(&desk, "anna").len(), 834);
    assert_eq!(records(&desk, "payment:pending").len(), 1_250);
}

#[test]
fn filters_of_updates_are_exact() {
    let mut desk = Desk::new();
    desk.capture(at(60), OTHER, "", NO_UPSTREAM).unwrap();
    for (line, count) in [
        ("status:pending", 1),
        ("status:synced", 0),
        (&format!("agent:{}", desk.agent.number), 1),
        ("agent:99", 0),
        ("updated:today", 1),
        ("updated:yesterday", 0),
        ("optin:no", 1),
        ("optin:yes", 0),
        ("nobody", 0),
    ] {
        assert_eq!(records(&desk, line).len(), count, "{line}");
    }
}

#[test]
fn agents_take_nothing_out_and_the_audit_log_says_who_did() {
    let mut desk = Desk::new();
    let whom = Whom { now: NOW, ..Whom::default() };
    let denied = export::customers(&desk.db, &desk.agent, &whom).map(|_| ());
    assert!(matches!(denied, Err(Error::Denied(_))));
    assert!(matches!(
        export::messages(&desk.db, &desk.agent, When::default(), |_| Ok::<(), Error>(())),
        Err(Error::Denied(_))
    ));
    assert!(matches!(
        export::consents(&desk.db, &desk.agent, When::default(), |_| Ok::<(), Error>(())),
        Err(Error::Denied(_))
    ));
    let filter = json!({ "where": "anna" });
    let left = Left { what: "customers", format: "csv", rows: 3, filter, to: "/tmp/c.csv" };
    assert!(matches!(export::left(&mut desk.db, &desk.agent, NOW, &left), Err(Error::Denied(_))));
    let supervisor = desk.supervisor.clone();
    export::left(&mut desk.db, &supervisor, NOW, &left).unwrap();
    let (action, by, detail): (String, String, String) = desk
        .db
        .conn()
        .query_row(
            "select a.action, a.user_name, d.detail from audit a join audit_detail d on d.audit_seq = a.seq
             order by a.seq desc limit 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!((action.as_str(), by), ("customers exported", supervisor.name));
    let detail: serde_json::Value = serde_json::from_str(&detail).unwrap();
    assert_eq!(
        detail,
        json!({ "rows": 3, "format": "csv", "filter": { "where": "anna" }, "to": "/tmp/c.csv" })
    );
}

/// What is saved while a file is written is not in it, and nobody waits.
#[test]
fn a_picture_stays_as_it_was() {
    let mut desk = Desk::new();
    let reader = crate::store::open::open(&desk.location).unwrap();
    let whom = Whom { now: NOW, ..Whom::default() };
    let picture = export::customers(&reader, &desk.admin, &whom).unwrap();
    assert_eq!(picture.custom_keys().unwrap(), Vec::<String>::new());
    let new = NewCustomer {
        name: "Sam".into(),
        custom: json!({ "Shoe size": "42" }).as_object().cloned().unwrap(),
        ..NewCustomer::default()
    };
    customers::import(&mut desk.db, &desk.admin, NOW, &[new]).unwrap();
    assert_eq!(picture.custom_keys().unwrap(), Vec::<String>::new());
    let mut names = Vec::new();
    picture
        .walk(With::default(), |record| {
            names.push(record.name);
            Ok::<(), Error>(())
        })
        .unwrap();
    assert_eq!(names, [kevin().name]);
    assert_eq!(records(&desk, "").len(), 2);
}
