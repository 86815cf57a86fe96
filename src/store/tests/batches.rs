//! Batch, master, mark: NIC-93..95, 98, G10, G11, and design 5's loop.

use super::super::batches::{
    BatchLine, create, create_after, dissolve, lines, list, mark, mark_seqs, written_again,
};
use super::super::queue::page;
use super::*;
use crate::domain::shown::{self, Batch, LeftOut, QueueFilter};
use crate::domain::text::SafeText;
use crate::domain::update::{Field, Reason, Status};

impl Desk {
    fn batch(&mut self, now: Micros, seqs: &[i64]) -> Result<Batch> {
        create(&mut self.db, &self.admin, now, seqs)
    }

    fn mark_batch(&mut self, now: Micros, number: i64) -> Result<shown::Marked> {
        mark(&mut self.db, &self.admin, now, number, UPSTREAM)
    }

    fn synced(&self) -> Vec<i64> {
        let filter = Filter { status: Some(Status::Synced), ..Filter::default() };
        self.updates(&filter).iter().map(|update| update.seq).collect()
    }

    fn new_mobile(&mut self, seconds: u64, mobile: &str) {
        self.capture(at(seconds), mobile, "", UPSTREAM).unwrap();
    }
}

fn left(seq: i64, why: &str) -> LeftOut {
    LeftOut { seq, name: SafeText::new("Kevin Anderson Curepipe"), why: why.into() }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nic_95_a_batch_freezes_numbers_and_values() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "new@example.com", UPSTREAM).unwrap();
    desk.new_mobile(2, "5844 0011");
    let made = desk.batch(at(3), &[2]).unwrap();
    let expected = Batch {
        number: 1,
        lines: 2,
        updates: vec![1, 2],
        left_out: vec![],
        created_at: at(3),
        marked_at: None,
        dissolved_at: None,
    };
    assert_eq!(made, expected);

    // What comes later changes nothing in it.
    desk.new_mobile(4, "5844 0012");
    let line = |line, update, field, base: &str, value: &str, seconds| BatchLine {
        line,
        update,
        customer_id: "7013".into(),
        policy_number: "LIB/C7013".into(),
        customer_name: "Kevin Anderson Curepipe".into(),
        field,
        base: Some(base.into()),
        value: value.into(),
        reason: Reason::Provided,
        notes: "asked on the phone".into(),
        agent_number: 24,
        agent_name: "David Brown".into(),
        captured_at: at(seconds),
    };
    let frozen = [
        line(1, 1, Field::Email, "kevin@example.com", "new@example.com", 1),
        line(2, 2, Field::Mobile, KEVINS, "+23058440011", 2),
    ];
    assert_eq!(lines(&desk.db, &desk.admin, 1).unwrap(), frozen);
    assert_eq!(list(&desk.db, &desk.supervisor).unwrap(), [expected]);
    let page = page(&desk.db, &desk.admin, &QueueFilter::default(), None, 9).unwrap();
    let in_batch: Vec<_> = page.rows.iter().map(|row| row.batch).collect();
    assert_eq!((in_batch, page.open_batch), (vec![Some(1), Some(1), None], Some((1, 2))));
    assert_eq!(desk.one::<i64>("select count(*) from audit where action = 'batch made'"), 1);
    desk.assert_sound();
}

#[test]
fn design_5_what_cannot_go_in_is_named_and_the_rest_goes_in() {
    let mut desk = Desk::new();
    desk.new_mobile(1, "5844 0010");
    desk.new_mobile(2, "5844 0011");
    let kim = NewCustomer {
        name: "Kim".into(),
        policy_number: Some("LIB/1".into()),
        phones: vec![phone("mobile", "+23057009988")],
        ..NewCustomer::default()
    };
    super::super::customers::import(&mut desk.db, &desk.admin, at(3), &[kim]).unwrap();
    desk.kevin = super::super::customers::resolve(&desk.db, &desk.admin, "LIB/1", None).unwrap();
    desk.new_mobile(4, "5700 1122");
    let made = desk.batch(at(5), &[1, 3, 99, 3]).unwrap();
    let nobody = LeftOut { seq: 99, name: SafeText::default(), why: "there is no such update".into() };
    let superseded = left(1, "a newer update of the mobile, number 2, says something else: enter that one");
    assert_eq!((made.updates, made.left_out), (vec![3], vec![superseded, nobody]));
    assert_eq!(
        refused(desk.batch(at(6), &[3])),
        "no batch made: none of what was chosen can go into one; number 3: it is in batch 1 already: mark or dissolve that one first"
    );
    assert_eq!(refused(desk.batch(at(6), &[])), "no batch made: choose updates first");
    assert_eq!(desk.batch(at(7), &[1, 2]).unwrap().number, 2, "what was refused used no number");
}

/// A batch made by mistake: its updates go into another one, its number into none.
#[test]
fn a_batch_that_was_a_mistake_is_dissolved() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "new@example.com", UPSTREAM).unwrap();
    desk.new_mobile(2, "5844 0011");
    desk.batch(at(3), &[1, 2]).unwrap();
    let (admin, yes) = (desk.admin.clone(), Actor { confirmed: true, ..desk.admin.clone() });
    assert!(matches!(dissolve(&mut desk.db, &admin, at(4), 1), Err(Error::AskAgain)));
    let supervisor = Actor { confirmed: true, ..desk.supervisor.clone() };
    assert!(matches!(dissolve(&mut desk.db, &supervisor, at(4), 1), Err(Error::Denied(_))));
    assert_eq!(dissolve(&mut desk.db, &yes, at(4), 1).unwrap(), [1, 2]);

    let page = page(&desk.db, &desk.admin, &QueueFilter::default(), None, 9).unwrap();
    let rows: Vec<_> = page.rows.iter().map(|row| (row.status.as_str(), row.batch)).collect();
    assert_eq!((rows, page.open_batch), (vec![("pending", None); 2], None));
    let known = &list(&desk.db, &desk.admin).unwrap()[0];
    assert_eq!((known.number, known.marked_at, known.dissolved_at), (1, None, Some(at(4))));
    let dissolved = format!("batch 1 was dissolved on {}", at(4));
    let unchanged = format!("{dissolved}: nothing was changed");
    assert_eq!(refused(desk.mark_batch(at(5), 1)), unchanged);
    assert_eq!(refused(dissolve(&mut desk.db, &yes, at(5), 1)), unchanged);
    let again = format!("{dissolved}: its updates are pending, make a new one");
    assert_eq!(refused(lines(&desk.db, &admin, 1)), again);
    assert_eq!(refused(written_again(&mut desk.db, &admin, at(5), 1, "stdout")), again);
    assert_eq!(desk.one::<i64>("select count(*) from audit where action = 'batch dissolved'"), 1);

    assert_eq!(desk.batch(at(6), &[1, 2]).unwrap().number, 2, "its number is not used again");
    desk.mark_batch(at(7), 2).unwrap();
    let marked = format!("batch 2 is marked already, by S. Lee on {}: nothing was changed", at(7));
    assert_eq!(refused(dissolve(&mut desk.db, &yes, at(8), 2)), marked);
    assert_eq!(desk.synced(), [1, 2]);
    assert!(matches!(dissolve(&mut desk.db, &yes, at(9), 3), Err(Error::NotFound { .. })));
    desk.assert_sound();
}

#[test]
fn nic_94_marking_a_batch_marks_exactly_that() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "new@example.com", UPSTREAM).unwrap();
    desk.batch(at(2), &[1]).unwrap();
    desk.new_mobile(3, "5844 0010");
    let marked = desk.mark_batch(at(4), 1).unwrap();
    assert_eq!(marked, shown::Marked { done: vec![1], left_out: vec![] }, "a second witness changes nothing");
    assert_eq!(desk.synced(), [1]);
    assert_eq!(list(&desk.db, &desk.admin).unwrap()[0].marked_at, Some(at(4)));
    assert_eq!(
        desk.one::<i64>("select not_before from job where kind = 'mark'"),
        at(9).0,
        "held for the undo window"
    );
    assert_eq!(
        refused(desk.mark_batch(at(5), 1)),
        format!("batch 1 is marked already, by S. Lee on {}: nothing was changed", at(4))
    );
    assert!(matches!(desk.mark_batch(at(5), 2), Err(Error::NotFound { what: "batch", .. })));
    desk.assert_sound();
}

/// The value that was entered is not the one that counts any more.
#[test]
fn nic_94_g11_what_changed_since_the_export_is_left_out_and_named() {
    let superseded = "a newer update of the mobile, number 2, says something else: enter that one";
    let clash = "the master has another mobile by now: look at the clash and decide";
    type Happens = fn(&mut Desk);
    let table: [(&str, Happens, &[i64], Vec<LeftOut>); 5] = [
        ("nothing", |_| {}, &[1], vec![]),
        ("superseded", |desk| desk.new_mobile(3, "5844 0011"), &[], vec![left(1, superseded)]),
        (
            "clashed",
            |desk| desk.master_says(at(3), "+23058449999", "kevin@example.com"),
            &[],
            vec![left(1, clash)],
        ),
        ("fed back", |desk| desk.master_says(at(3), OTHER, "kevin@example.com"), &[1], vec![]),
        (
            "marked by somebody else",
            |desk| _ = desk.mark(at(3), &[1], UPSTREAM),
            &[],
            vec![left(1, &format!("synced already, by S. Lee on {}", at(3)))],
        ),
    ];
    for (name, happens, done, left_out) in table {
        let mut desk = Desk::new();
        desk.new_mobile(1, "5844 0010");
        desk.batch(at(2), &[1]).unwrap();
        happens(&mut desk);
        let marked = desk.mark_batch(at(4), 1).unwrap();
        assert_eq!(marked, shown::Marked { done: done.to_vec(), left_out }, "{name}");
        desk.assert_sound();
    }
}

/// What was left out is free again for the next batch, with what superseded it.
#[test]
fn g10_the_loop_goes_on_with_what_was_left_out() {
    let mut desk = Desk::new();
    desk.new_mobile(1, "5844 0010");
    desk.batch(at(2), &[1]).unwrap();
    desk.new_mobile(3, "5844 0011");
    assert_eq!(desk.mark_batch(at(4), 1).unwrap().done, [0; 0]);
    assert_eq!(desk.batch(at(5), &[2]).unwrap().updates, [1, 2]);
    assert_eq!(desk.mark_batch(at(6), 2).unwrap().done, [1, 2]);
    assert_eq!(desk.synced(), [1, 2]);
}

#[test]
fn nic_98_batches_are_for_admins() {
    let mut desk = Desk::new();
    desk.new_mobile(1, "5844 0010");
    desk.batch(at(2), &[1]).unwrap();
    for actor in [desk.agent.clone(), desk.supervisor.clone()] {
        assert!(matches!(create(&mut desk.db, &actor, at(3), &[1]), Err(Error::Denied(_))));
        assert!(matches!(lines(&desk.db, &actor, 1), Err(Error::Denied(_))));
        assert!(matches!(mark(&mut desk.db, &actor, at(3), 1, UPSTREAM), Err(Error::Denied(_))));
        assert!(matches!(mark_seqs(&mut desk.db, &actor, at(3), &[1], UPSTREAM), Err(Error::Denied(_))));
    }
    assert!(matches!(list(&desk.db, &desk.agent), Err(Error::Denied(_))));
    assert_eq!(desk.synced(), [0; 0]);
}

/// NIC-93, G11: one by one and many at once; among many a clash is never waved through.
#[test]
fn g11_marking_chosen_updates_answers_for_each() {
    let mut desk = Desk::new();
    desk.new_mobile(1, "5844 0010");
    desk.capture(at(2), "", "new@example.com", UPSTREAM).unwrap();
    desk.capture(at(3), "", "newer@example.com", UPSTREAM).unwrap();
    desk.run("update contact_update_state set status = 'held' where update_id = (select id from contact_update where seq = 3)");
    desk.master_says(at(4), "+23058449999", "kevin@example.com");
    let admin = desk.admin.clone();
    let marked = mark_seqs(&mut desk.db, &admin, at(5), &[1, 2, 3, 99], UPSTREAM).unwrap();
    let clash = "the master has another mobile by now: look at the clash and decide; \
                 mark it by itself if ours was entered";
    let nobody = LeftOut { seq: 99, name: SafeText::default(), why: "there is no such update".into() };
    let left_out = vec![left(1, clash), left(3, "not marked: it is held"), nobody];
    assert_eq!(marked, shown::Marked { done: vec![2], left_out });
    let alone = mark_seqs(&mut desk.db, &admin, at(6), &[1], UPSTREAM).unwrap();
    assert_eq!(alone, shown::Marked { done: vec![1], left_out: vec![] });
}

/// The file is written before the commit: what fails there leaves no batch.
#[test]
fn nic_95_a_batch_that_was_not_written_does_not_exist() {
    let mut desk = Desk::new();
    desk.new_mobile(1, "5844 0010");
    let admin = desk.admin.clone();
    let failed = create_after(&mut desk.db, &admin, at(2), &[1], |batch, lines| {
        assert_eq!((batch.number, lines.len()), (1, 1));
        Err(Error::DiskFull)
    });
    assert!(matches!(failed, Err(Error::DiskFull)));
    assert_eq!(list(&desk.db, &admin).unwrap(), []);
    assert_eq!(desk.batch(at(3), &[1]).unwrap().number, 1);
    desk.assert_sound();
}

/// NIC-123: two desks mark one batch at the same time, and each mark is one.
#[test]
fn a_large_batch_is_marked_in_pieces_by_whoever_comes() {
    let mut desk = Desk::new();
    let rows: Vec<NewCustomer> = (0..450)
        .map(|n| NewCustomer {
            name: format!("Customer {n}"),
            policy_number: Some(format!("LIB/X{n}")),
            ..NewCustomer::default()
        })
        .collect();
    super::super::customers::import(&mut desk.db, &desk.admin, NOW, &rows).unwrap();
    for n in 0..450 {
        desk.kevin =
            super::super::customers::resolve(&desk.db, &desk.admin, &format!("LIB/X{n}"), None).unwrap();
        desk.new_mobile(n, &format!("5844 {n:04}"));
    }
    let all: Vec<i64> = (1..=450).collect();
    assert_eq!(desk.batch(at(500), &all).unwrap().lines, 450);
    let location = desk.location.clone();
    let (one, two) = std::thread::scope(|scope| {
        let mark = |actor: Actor| {
            let location = location.clone();
            scope.spawn(move || {
                let mut db = super::super::open::open(&location).unwrap();
                mark(&mut db, &actor, at(501), 1, NO_UPSTREAM)
            })
        };
        let (one, two) = (mark(desk.admin.clone()), mark(desk.admin.clone()));
        (one.join().unwrap(), two.join().unwrap())
    });
    // Who comes after the end is told that it is marked already.
    let done: Vec<i64> = [one, two]
        .into_iter()
        .flat_map(|result| match result {
            Ok(marked) => {
                assert_eq!(marked.left_out, []);
                marked.done
            }
            Err(Error::Refused(why)) => {
                assert!(why.starts_with("batch 1 is marked already, by S. Lee on "), "{why}");
                Vec::new()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        done.iter().copied().collect::<std::collections::BTreeSet<i64>>().len(),
        done.len(),
        "once each"
    );
    assert_eq!((done.len(), desk.synced()), (450, all));
    desk.assert_sound();
}
