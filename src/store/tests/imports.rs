//! Imports as units: what is told is what is in, and what is taken back is as it was.

use super::super::customers::{Imported, read, resolve};
use super::super::imports::{self, Undone, alone, begin, chunk, end, list, preview, undo};
use super::super::{audit as log, notes};
use super::*;
use crate::domain::import::{Counts, OnMatch, State};

fn named(number: i64, name: &str, mobile: &str) -> NewCustomer {
    NewCustomer {
        name: name.into(),
        master_id: Some(number.to_string()),
        policy_number: Some(format!("P-{number}")),
        phones: vec![phone("mobile", mobile)],
        ..NewCustomer::default()
    }
}

impl Desk {
    /// Imports chunk by chunk, at the seconds they stand at.
    fn take_in(&mut self, chunks: &[(u64, &[NewCustomer])], state: State) -> i64 {
        let on = OnMatch::Overwrite;
        let number = begin(&mut self.db, &self.admin, NOW, ("c.csv", None), on).unwrap();
        for (seconds, rows) in chunks {
            chunk(&mut self.db, &self.admin, at(*seconds), (number, on), (rows, 1)).unwrap();
        }
        end(&mut self.db, &self.admin, at(100), number, state).unwrap();
        number
    }

    /// Everybody who is not deleted: row, points, what counts now.
    fn people(&self) -> Vec<String> {
        let sql = "select c.name || ' ' || coalesce(c.policy_number, '') || ' ' || c.updated_at || ' ' ||
                (select coalesce(group_concat(label || '=' || value || coalesce('x' || retired_at, ''), ','), '')
                 from (select * from contact_point p where p.customer_id = c.id order by p.seq)) || ' ' ||
                (select coalesce(group_concat(field || '=' || value, ','), '')
                 from (select * from effective_contact e where e.customer_id = c.id order by field)) || ' ' ||
                (select coalesce(group_concat(ref, ','), '') from customer_ref r where r.customer_id = c.id)
             from customer c where c.deleted_at is null order by c.seq";
        let mut statement = self.db.conn().prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    }
}

#[test]
fn an_import_is_listed_with_what_is_in() {
    let mut desk = Desk::new();
    let (sam, ben) = (named(1, "Sam", OTHER), named(2, "Ben", "+23057001122"));
    desk.take_in(&[(1, &[sam.clone(), ben]), (2, &[sam.clone(), kevin()])], State::Done);
    let (number, on) = (
        begin(&mut desk.db, &desk.supervisor, at(200), ("b.csv", Some("Broker")), OnMatch::Skip).unwrap(),
        OnMatch::Skip,
    );
    chunk(&mut desk.db, &desk.supervisor, at(201), (number, on), (&[sam], 0)).unwrap();
    let mut listed = list(&desk.db, &desk.admin).unwrap();
    let counts = |new, unchanged, refused| Counts { new, changed: 0, unchanged, refused };
    let first = imports::Import {
        number: 1,
        file: "c.csv".into(),
        source: None,
        by: "S. Lee".into(),
        state: State::Done,
        started_at: NOW,
        ended_at: Some(at(100)),
        counts: counts(2, 2, 2),
    };
    let second = imports::Import {
        number: 2,
        file: "b.csv".into(),
        source: Some("Broker".into()),
        by: "Ana Silva".into(),
        // Whoever held the lock is gone.
        state: State::CutOff,
        started_at: at(200),
        ended_at: None,
        counts: counts(0, 1, 0),
    };
    assert_eq!(listed, [second.clone(), first]);
    let held = alone(&desk.db).unwrap();
    assert!(
        matches!(alone(&desk.db), Err(Error::Refused(why)) if why.starts_with("another import is running"))
    );
    assert_eq!(list(&desk.db, &desk.admin).unwrap()[0].state, State::Running);
    drop(held);
    // The next one notes it, with its counts.
    begin(&mut desk.db, &desk.admin, at(300), ("c.csv", None), on).unwrap();
    listed = list(&desk.db, &desk.admin).unwrap();
    assert_eq!(listed[1], imports::Import { ended_at: Some(at(300)), ..second });
    let acts: Vec<String> = {
        let mut statement = desk
            .db
            .conn()
            .prepare("select action from audit where object_kind = 'import' order by seq")
            .unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    };
    let (started, ended) = ("import started", "customers imported");
    assert_eq!(acts, [started, ended, started, ended, started]);
    assert_eq!(log::first_broken(&desk.db).unwrap(), None);
    assert!(matches!(list(&desk.db, &desk.agent), Err(Error::Denied(_))));
    desk.assert_sound();
}

#[test]
fn what_is_taken_back_is_as_it_was() {
    let mut desk = Desk::new();
    let ben = NewCustomer { master_id: None, ..named(2, "Ben", "+23057001122") };
    desk.take_in(&[(1, &[named(1, "Sam", OTHER), ben])], State::Done);
    let before = desk.people();
    let mut sam = named(1, "Samuel", "+23057001133");
    sam.emails = vec![email("email", "sam@example.com")];
    let again = NewCustomer { company: Some("Example Ltd".into()), ..sam.clone() };
    let adopted = NewCustomer { master_id: Some("99".into()), ..named(2, "Ben", "+23057001122") };
    // Changed twice, in two chunks; one who is new and changed at once; one who gets a master id.
    let number = desk.take_in(
        &[
            (10, &[sam, named(3, "Eve", "+23057001144")]),
            (11, &[again, named(3, "Eva", "+23057001144")]),
            (12, &[adopted]),
        ],
        State::Stopped,
    );
    assert_ne!(desk.people(), before);
    let mut told = Vec::new();
    let undone =
        undo(&mut desk.db, &desk.supervisor, at(200), number, |undone| told.push(undone.clone())).unwrap();
    let end = Undone { removed: 1, restored: 2, left: vec![] };
    assert_eq!((told.len(), told.last(), &undone), (3, Some(&end), &end));
    assert_eq!(desk.people(), before);
    desk.assert_sound();
    assert_eq!(list(&desk.db, &desk.admin).unwrap()[0].state, State::Undone);
    let again = undo(&mut desk.db, &desk.admin, at(201), number, |_| {});
    assert!(matches!(again, Err(Error::Refused(why)) if why == format!("import {number} is undone already")));
    assert!(matches!(undo(&mut desk.db, &desk.admin, at(1), 77, |_| {}), Err(Error::NotFound { .. })));
    let denied = undo(&mut desk.db, &desk.agent, at(1), 1, |_| {});
    assert!(matches!(denied, Err(Error::Denied(_))));
    // Taken in again, they are new.
    desk.take_in(&[(300, &[named(3, "Eve", "+23057001144")])], State::Done);
    assert_eq!(list(&desk.db, &desk.admin).unwrap()[0].counts.new, 1);
    desk.assert_sound();
}

/// Whatever somebody has done about a customer since, they stay; the others go back.
#[test]
fn whom_somebody_has_changed_since_is_left_alone() {
    let mut desk = Desk::new();
    let names = ["Ann", "Ben", "Cleo", "Dan", "Eve"];
    let rows: Vec<NewCustomer> =
        names.iter().zip(1..).map(|(name, n)| named(n, name, &format!("+2305700110{n}"))).collect();
    let number = desk.take_in(&[(1, &rows)], State::Done);
    let of = |desk: &Desk, n: i64| resolve(&desk.db, &desk.admin, &format!("P-{n}"), None).unwrap();
    let (ann, ben, cleo, dan) = (of(&desk, 1), of(&desk, 2), of(&desk, 3), of(&desk, 4));
    // A note, an update, a later import, an erasure of the row by hand.
    notes::add(&mut desk.db, &desk.agent, at(110), ann, "calls after five").unwrap();
    desk.kevin = ben;
    desk.capture(at(111), "5844 0010", "", NO_UPSTREAM).unwrap();
    desk.take_in(&[(112, &[named(3, "Cleopatra", "+23057001103")])], State::Done);
    desk.run(&format!("update customer set deleted_at = 1 where id = x'{}'", dan.0.simple()));
    let undone = undo(&mut desk.db, &desk.admin, at(200), number, |_| {}).unwrap();
    let left = ["Ann (P-1)", "Ben (P-2)", "Cleopatra (P-3)", "Dan (P-4)"].map(str::to_owned).to_vec();
    assert_eq!(undone, Undone { removed: 1, restored: 0, left });
    assert_eq!(read(desk.db.conn(), cleo).unwrap().name, "Cleopatra");
    assert!(matches!(resolve(&desk.db, &desk.admin, "P-5", None), Err(Error::NotFound { .. })));
}

#[test]
fn a_preview_stores_nothing_and_a_rule_decides() {
    let mut desk = Desk::new();
    let before = desk.people();
    let mut other = kevin();
    other.company = Some("Example Ltd".into());
    other.phones = vec![phone("mobile", OTHER)];
    let rows = [other, named(1, "Sam", OTHER), kevin()];
    use Imported::{Changed, New, Unchanged};
    for (on, results) in [
        (OnMatch::Skip, [Unchanged, New, Unchanged]),
        (OnMatch::FillEmpty, [Changed, New, Unchanged]),
        // The second row puts back what the first one changed.
        (OnMatch::Overwrite, [Changed, New, Changed]),
    ] {
        assert_eq!(preview(&mut desk.db, &desk.admin, NOW, on, &rows).unwrap(), results, "{on:?}");
        assert_eq!(desk.people(), before);
    }
    let number = begin(&mut desk.db, &desk.admin, NOW, ("c.csv", None), OnMatch::FillEmpty).unwrap();
    chunk(&mut desk.db, &desk.admin, NOW, (number, OnMatch::FillEmpty), (&rows, 0)).unwrap();
    let card = read(desk.db.conn(), desk.kevin).unwrap();
    assert_eq!(
        (card.company.as_deref(), card.mobile.map(|mobile| mobile.value).as_deref()),
        (Some("Example Ltd"), Some(KEVINS))
    );
    desk.assert_sound();
}

#[test]
fn a_source_remembers_its_columns() {
    let mut desk = Desk::new();
    let mapping = [("Kunde".to_owned(), "name"), ("Handy".to_owned(), "mobile")];
    imports::remember(&mut desk.db, &desk.admin, NOW, "Broker", &mapping).unwrap();
    imports::remember(&mut desk.db, &desk.admin, NOW, "Broker", &[("Handy".to_owned(), "phone")]).unwrap();
    let known = [("Handy".to_owned(), "phone".to_owned()), ("Kunde".to_owned(), "name".to_owned())];
    assert_eq!(imports::mapping(&desk.db, "broker").unwrap(), known);
    assert_eq!(imports::mapping(&desk.db, "other").unwrap(), []);
    let denied = imports::remember(&mut desk.db, &desk.agent, NOW, "Broker", &mapping);
    assert!(matches!(denied, Err(Error::Denied(_))));
}
