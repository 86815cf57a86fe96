//! The chain of the audit log: what was done, by whom, provable (NIC-3, NIC-101, design 7).

use super::super::audit::first_broken;
use super::super::open::OpenError;
use super::*;

fn busy() -> Desk {
    let mut desk = Desk::new();
    desk.capture(NOW, "5844 0010", "", NO_UPSTREAM).unwrap();
    super::super::customers::card(&mut desk.db, &desk.agent, NOW, desk.kevin).unwrap();
    desk.mark(NOW, &[1], NO_UPSTREAM);
    desk
}

fn unguarded(desk: &Desk, sql: &str) {
    for table in ["audit", "audit_detail"] {
        for what in ["update", "delete", "replace"] {
            desk.run(&format!("drop trigger if exists {table}_no_{what}"));
        }
    }
    desk.run("pragma foreign_keys = off");
    desk.run(sql);
}

#[test]
fn every_write_leaves_who_did_what() {
    let desk = busy();
    let mut statement = desk
        .db
        .conn()
        .prepare("select user_number, user_name, origin, action from audit order by seq desc limit 3")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .collect::<rusqlite::Result<Vec<(i64, String, String, String)>>>()
        .unwrap();
    let entry = |number, name: &str, action: &str| (number, name.into(), "command".into(), action.into());
    assert_eq!(
        rows,
        [
            entry(1, "S. Lee", "marked synced"),
            entry(24, "David Brown", "card opened"),
            entry(24, "David Brown", "contact updated"),
        ]
    );
    assert_eq!(first_broken(&desk.db).unwrap(), None);
}

#[test]
fn the_detail_names_no_number_and_no_address() {
    let desk = busy();
    let details: String = desk.one("select group_concat(detail) from audit_detail");
    for private in ["5844", "5737", "@example"] {
        assert!(!details.contains(private), "{details}");
    }
}

/// Whatever is changed behind our back, the first entry that does not fit is named.
#[test]
fn an_edit_behind_our_back_is_found() {
    let edits = [
        ("update audit set at = at + 1 where seq = 3", 3),
        ("update audit set user_number = 24 where seq = 3", 3),
        ("update audit set user_name = 'Nobody' where seq = 3", 3),
        ("update audit set origin = 'sync' where seq = 3", 3),
        ("update audit set action = 'nothing' where seq = 3", 3),
        ("update audit set object_kind = 'x' where seq = 3", 3),
        ("update audit set object_id = null where seq = 3", 3),
        ("update audit set object_id = randomblob(16) where seq = 3", 3),
        ("update audit set interaction_id = zeroblob(16) where seq = 3", 3),
        ("update audit set detail_digest = randomblob(32) where seq = 3", 3),
        ("update audit set digest = randomblob(32) where seq = 3", 3),
        ("update audit_detail set detail = '{\"number\":25}' where audit_seq = 3", 3),
        ("update audit_detail set salt = randomblob(16) where audit_seq = 3", 3),
        ("delete from audit where seq = 3", 4),
        ("delete from audit where seq < 3", 3),
        ("update audit set seq = 100 where seq = 3", 4),
    ];
    for (edit, broken) in edits {
        let desk = busy();
        unguarded(&desk, edit);
        assert_eq!(first_broken(&desk.db).unwrap(), Some(broken), "{edit}");
        let named = doctor::examine(&desk.db).unwrap().into_iter().filter_map(|check| check.wrong);
        assert!(named.collect::<String>().contains(&format!("entry {broken} ")), "{edit}");
    }
}

/// Cutting off the end leaves a chain that fits; the head that was written with it does not.
#[test]
fn a_cut_off_end_is_refused_at_the_next_start() {
    for cut in [
        "delete from audit where seq = (select max(seq) from audit)",
        "delete from audit_detail; delete from audit",
        "update audit_head set digest = randomblob(32)",
        "delete from audit_head",
    ] {
        let desk = busy();
        unguarded(&desk, cut);
        let opened = super::super::open::open(&desk.location);
        assert!(matches!(opened, Err(OpenError::Audit(_))), "{cut}");
    }
    super::super::open::open(&busy().location).unwrap();
}

#[test]
fn erasing_one_persons_detail_keeps_the_proof() {
    let desk = busy();
    desk.run(
        "begin;
         insert into erase_permit values (1, 'asked to be forgotten');
         delete from audit_detail where audit_seq = 4;
         delete from erase_permit;
         commit",
    );
    assert_eq!(first_broken(&desk.db).unwrap(), None);
    desk.assert_sound();
}
