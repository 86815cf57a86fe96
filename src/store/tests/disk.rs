//! The disk is full: the person is told, nothing is half saved, and it goes on once there is room.

use super::super::customers::import;
use super::*;

/// Leaves room for so many more pages and no more.
fn fill(desk: &Desk, room: i64) {
    let pages: i64 = desk.one("pragma page_count");
    desk.run(&format!("pragma max_page_count = {}", pages + room));
}

fn many() -> Vec<NewCustomer> {
    let name = |n: i32| format!("Customer {n} {}", "x".repeat(200));
    (0..200).map(|n| NewCustomer { name: name(n), ..NewCustomer::default() }).collect()
}

#[test]
fn a_full_disk_is_named_and_nothing_is_half_saved() {
    let mut desk = Desk::new();
    let before: (i64, i64) =
        (desk.one("select count(*) from customer"), desk.one("select count(*) from audit"));
    for room in [0, 1, 7] {
        fill(&desk, room);
        let full = import(&mut desk.db, &desk.admin, NOW, &many());
        assert!(matches!(full, Err(Error::DiskFull)), "{full:?}");
        assert!(full.unwrap_err().to_string().contains("nothing was saved"));
        let after = (desk.one("select count(*) from customer"), desk.one("select count(*) from audit"));
        assert_eq!(after, before);
    }
    desk.run("pragma max_page_count = 1000000");
    assert_eq!(import(&mut desk.db, &desk.admin, NOW, &many()).unwrap().len(), 200);
    desk.assert_sound();
}

#[test]
fn a_text_or_an_update_that_does_not_fit_is_not_saved() {
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    fill(&desk, 0);
    // The free bytes of pages that exist take a few more rows.
    let mut saved = 0;
    let full = loop {
        match desk.text(NOW, KEVINS, &"x".repeat(1600)) {
            Ok(_) => saved += 1,
            Err(full) => break full,
        }
    };
    assert!(matches!(full, Error::DiskFull), "{full:?}");
    assert_eq!(desk.one::<i64>("select count(*) from message"), saved);
    assert_eq!(desk.states().len(), usize::try_from(saved).unwrap());
    desk.assert_sound();
}

#[test]
fn a_file_that_another_writes_for_too_long_is_busy_not_broken() {
    let mut desk = Desk::new();
    let other = super::super::open::open(&desk.location).unwrap();
    other.conn().execute_batch("begin immediate").unwrap();
    desk.db.conn().busy_timeout(Duration::ZERO).unwrap();
    let saved = desk.capture(NOW, "5844 0010", "", UPSTREAM);
    assert!(matches!(saved, Err(Error::Busy)), "{saved:?}");
    other.conn().execute_batch("rollback").unwrap();
    desk.capture(NOW, "5844 0010", "", UPSTREAM).unwrap();
}

/// Whatever became of it: from then on every commit waits for the disk again.
#[test]
fn after_an_unseen_beginning_every_commit_is_durable() {
    let mut desk = Desk::new();
    let admin = desk.admin.clone();
    for number in [50, 7] {
        let added =
            desk.db.unseen(|db| users::add(db, &admin, at(1), number, &format!("No {number}"), Role::Agent));
        assert_eq!(added.is_ok(), number == 50, "#7 is taken");
        assert_eq!(desk.one::<i64>("pragma synchronous"), 2);
        assert_eq!(desk.one::<i64>("select count(*) from user"), 4);
    }
    let log = super::super::open::beside(&desk.location.database, "-wal");
    assert_eq!(std::fs::metadata(log).unwrap().len(), 0, "it is all in the file itself");
}
