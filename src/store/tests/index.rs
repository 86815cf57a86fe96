//! The search index: in step with the tables whatever changes them, built for files of before, and
//! examined by the doctor.

use std::fs;

use proptest::prelude::*;
use rusqlite::Connection;

use super::super::open::{OpenError, create, migrate_to, open, open_telling};
use super::super::search::index::{PIECE, build_on, differences, unfinished};
use super::super::search::{Building, find, tidy};
use super::super::{batches, customers, key, pulled, undo};
use super::search::office;
use super::*;
use crate::domain::update::Reason;

#[test]
fn every_way_to_change_a_customer_is_found_at_once() {
    let mut desk = office();
    let (agent, admin) = (desk.agent.clone(), desk.admin.clone());
    let sam = NewCustomer {
        name: "Sam Lee".into(),
        phones: vec![phone("mobile", OTHER)],
        ..NewCustomer::default()
    };
    customers::add(&mut desk.db, &agent, NOW, &sam).unwrap();
    assert_eq!(desk.names("sam 5844"), ["Sam Lee"]);
    desk.assert_sound();

    let renamed = NewCustomer {
        name: "Kevin Khanna".into(),
        company: Some("Harbour Ltd".into()),
        payment: Some("lapsed".into()),
        emails: vec![email("email", "k.khanna@new.example")],
        ..kevin()
    };
    customers::import(&mut desk.db, &admin, at(1), &[renamed]).unwrap();
    for query in ["khanna", "harbour", "payment:lapsed kevin", "k.khanna@new", "kevin@example", "khannakevin"]
    {
        assert_eq!(desk.names(query), ["Kevin Khanna"], "{query}");
    }
    assert_eq!(desk.names("anderson"), [""; 0]);
    desk.assert_sound();

    desk.capture(at(2), "5700 1122", "kk@third.example", NO_UPSTREAM).unwrap();
    assert_eq!((desk.names("57001122").len(), desk.names("kk@third").len()), (1, 1));
    desk.assert_sound();
    undo::take_back(&mut desk.db, &agent, at(3), Duration::from_secs(5), 1, "update").unwrap();
    assert_eq!((desk.names("57001122").len(), desk.names("kk@third").len()), (0, 0));
    desk.assert_sound();
    desk.capture(at(4), "5700 1133", "", NO_UPSTREAM).unwrap();
    batches::reject(&mut desk.db, &admin, at(5), 2, "wrong person").unwrap();
    assert_eq!(desk.names("57001133"), [""; 0]);
    desk.assert_sound();

    let epoch = desk.epoch();
    let theirs = pulled::Row {
        upstream_id: 901,
        client_ref: None,
        customer_id: "7013".into(),
        policy_number: "LIB/C7013".into(),
        customer_name: "Kevin Khanna".into(),
        mobile: Some((None, "+23057001144".into())),
        email: None,
        reason: Reason::Provided,
        notes: String::new(),
        agent_number: 31,
        agent_name: "Emily Davis".into(),
        captured_at: None,
        synced: false,
        synced_at: None,
        synced_by: None,
    };
    pulled::pulled(&mut desk.db, epoch, at(6), &[theirs]).unwrap();
    assert_eq!(
        (desk.names("57001144"), desk.names("agent:31")),
        (vec!["Kevin Khanna".to_owned()], vec!["Kevin Khanna".into()])
    );
    desk.assert_sound();
}

#[test]
fn what_is_not_saved_is_not_found() {
    let mut desk = office();
    let agent = desk.agent.clone();
    let tx = desk.db.begin(&agent, NOW).unwrap();
    tx.tx.execute("update customer set name = 'Nobody' where id = ?1", [desk.kevin]).unwrap();
    tx.changed(desk.kevin);
    drop(tx);
    assert_eq!((desk.names("nobody").len(), desk.names("anderson").len()), (0, 1));
    desk.assert_sound();
}

#[test]
fn the_doctor_finds_what_differs() {
    for tampering in [
        "update customer set name = 'Somebody Else' where seq = 1",
        "delete from search where rowid = 1",
        "insert into search (rowid, tokens) values (99, 'nobody')",
        "delete from search_word where word = 'curepipe'",
        "update customer set deleted_at = 1 where seq = 1",
    ] {
        let desk = office();
        assert_eq!(differences(&desk.db).unwrap(), [0; 0]);
        desk.run(tampering);
        assert!(!differences(&desk.db).unwrap().is_empty(), "{tampering}");
        let wrong =
            doctor::examine(&desk.db).unwrap().into_iter().find(|check| check.wrong.is_some()).unwrap();
        assert_eq!(wrong.name, "the search index agrees", "{tampering}");
    }
}

/// There was no index yet.
const NO_INDEX: i32 = 6;

/// A file as an earlier schema left it, with so many customers.
pub(super) fn older(version: i32, customers: u32) -> (TempDir, Location) {
    let folder = folder();
    let location = location(folder.path());
    let key = key::create(&location.key_file).unwrap();
    let mut conn = Connection::open(&location.database).unwrap();
    conn.execute_batch(&format!("pragma key = \"x'{}'\"; pragma journal_mode = wal;", key.as_str())).unwrap();
    migrate_to(&mut conn, version);
    conn.execute(
        "with recursive n (n) as (select 1 union all select n + 1 from n where n < ?1)
         insert into customer (id, name, policy_number, created_at, updated_at)
         select randomblob(16), 'Customer ' || n, 'LIB/' || n, 0, 0 from n",
        [customers],
    )
    .unwrap();
    (folder, location)
}

#[test]
fn an_older_file_gets_its_index_piece_by_piece() {
    let all = 2 * PIECE + 9;
    let (_folder, location) = older(NO_INDEX, all);
    let mut told = Vec::new();
    let db = open_telling(&location, |building| told.push(building)).unwrap();
    let of = i64::from(all);
    let at = |done| Building { done, of };
    assert_eq!(told, [at(0), at(i64::from(PIECE)), at(2 * i64::from(PIECE))]);
    assert_eq!(differences(&db).unwrap(), [0; 0]);
    drop(db);
    let mut again = Vec::new();
    let db = open_telling(&location, |building| again.push(building)).unwrap();
    assert_eq!((again, unfinished(db.conn()).unwrap()), (vec![], None));
}

#[test]
fn a_build_that_was_cut_short_goes_on_where_it_was() {
    let all = PIECE + 9;
    let (_folder, location) = older(NO_INDEX, all);
    // As a crash between two pieces leaves it.
    {
        let mut db = open(&location).unwrap();
        db.conn
            .execute_batch(
                "delete from search where rowid > 0;
                 update search_building set done = 0",
            )
            .unwrap();
        build_on(&mut db.conn).unwrap();
        assert_eq!(
            unfinished(db.conn()).unwrap(),
            Some(Building { done: i64::from(PIECE), of: i64::from(all) })
        );
    }
    let mut told = Vec::new();
    let db = open_telling(&location, |building| told.push(building.done)).unwrap();
    assert_eq!(told, [i64::from(PIECE)]);
    assert_eq!(differences(&db).unwrap(), [0; 0]);
}

#[test]
fn a_build_that_fails_says_so_and_how_to_go_on() {
    let (_folder, location) = older(NO_INDEX, 9);
    let db = open(&location).unwrap();
    db.conn
        .execute_batch("update search_building set done = 0; alter table contact_point rename to gone")
        .unwrap();
    drop(db);
    match open(&location) {
        Err(error @ OpenError::Index { .. }) => {
            assert!(error.to_string().contains("open the desk again"), "{error}")
        }
        other => panic!("{:?}", other.err()),
    }
}

#[test]
fn a_new_desk_has_nothing_to_build() {
    let folder = folder();
    let location = location(folder.path());
    let db = create(&location).unwrap();
    assert_eq!(unfinished(db.conn()).unwrap(), None);
    assert!(fs::metadata(&location.database).unwrap().len() > 0);
}

/// Many small changes in any order: the small parts of the index are merged as it goes.
#[test]
fn many_changes_leave_few_parts() {
    let mut desk = office();
    for n in 0..300_u64 {
        desk.capture(at(n), &format!("+2305844{:04}", n % 7), &format!("kk{n}@example.com"), NO_UPSTREAM)
            .unwrap();
    }
    let parts: i64 = desk.one("select count(distinct segid) from search_idx");
    assert!(parts < 40, "{parts}");
    let found = find(&desk.db, &desk.agent, NOW, 0, "kk299@", 9).unwrap();
    assert_eq!(found.hits.len(), 1);
    desk.assert_sound();
}

#[test]
fn a_large_import_is_put_together_and_a_small_one_is_not() {
    let mut desk = office();
    let mut brought_in = |first: usize, count: usize| {
        for chunk in (first..first + count).collect::<Vec<_>>().chunks(20) {
            let rows: Vec<NewCustomer> = chunk
                .iter()
                .map(|n| NewCustomer { name: format!("Customer {n}"), ..NewCustomer::default() })
                .collect();
            customers::import(&mut desk.db, &desk.admin, NOW, &rows).unwrap();
        }
        let parts = |desk: &Desk| desk.one::<i64>("select count(distinct segid) from search_idx");
        let before = parts(&desk);
        tidy(&mut desk.db, count as u64).unwrap();
        (before > 1, parts(&desk) == 1)
    };
    assert_eq!(brought_in(0, 400), (true, true));
    assert_eq!(brought_in(400, 60), (true, false));
    desk.assert_sound();
    assert_eq!(desk.names("customer 459"), ["Customer 459"]);
}

#[derive(Clone, Debug)]
enum Step {
    Import { who: u8, name: String, number: u32 },
    Capture(u32),
    TakeBack,
    Reject,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u8..4, "[A-Z][a-z]{1,6}( [A-Z][a-z]{1,9})?", 0_u32..9_999)
            .prop_map(|(who, name, number)| Step::Import { who, name, number }),
        (0_u32..9_999).prop_map(Step::Capture),
        Just(Step::TakeBack),
        Just(Step::Reject),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_sequence_of_changes_leaves_the_index_in_step(steps in proptest::collection::vec(step(), 1..20)) {
        let mut desk = Desk::new();
        let (agent, admin) = (desk.agent.clone(), desk.admin.clone());
        for (n, step) in (1..).zip(steps) {
            let newest = desk.one::<i64>("select coalesce(max(seq), 0) from contact_update");
            match step {
                Step::Import { who, name, number } => {
                    let row = NewCustomer {
                        name,
                        master_id: Some(who.to_string()),
                        policy_number: Some(format!("LIB/{who}")),
                        phones: vec![phone("mobile", &format!("+2305844{number:04}"))],
                        ..NewCustomer::default()
                    };
                    customers::import(&mut desk.db, &admin, at(n), &[row]).unwrap();
                }
                // Whether it may be done is not the question here.
                Step::Capture(number) => {
                    let _ = desk.capture(at(n), &format!("+2305844{number:04}"), "", NO_UPSTREAM);
                }
                Step::TakeBack => {
                    let _ = undo::take_back(&mut desk.db, &agent, at(n), Duration::from_secs(5), newest, "update");
                }
                Step::Reject => {
                    let _ = batches::reject(&mut desk.db, &admin, at(n), newest, "no");
                }
            }
            prop_assert_eq!(differences(&desk.db).unwrap(), [0_i64; 0]);
        }
    }
}
