//! What the upstream's list says: ours, others', and marks set elsewhere (G11, NIC-130).

use super::super::effective::shown;
use super::super::pulled::{Pulled, Row, arrived, marked, open_days, pulled, uploaded};
use super::*;
use crate::domain::update::{Field, Reason, Status, Upload};

impl Desk {
    fn pull(&mut self, epoch: i64, now: Micros, rows: &[Row]) -> Pulled {
        pulled(&mut self.db, epoch, now, rows).unwrap()
    }

    /// Captured, claimed, and the answer lost.
    fn sent(&mut self, epoch: i64, now: Micros, mobile: &str) -> (UpdateId, JobId) {
        let update = self.capture(now, mobile, "", UPSTREAM).unwrap();
        let claimed = self.claim(epoch, now + Duration::from_secs(5), Destination::Upstream);
        let job = claimed[0].jobs[0];
        self.settle(epoch, now + Duration::from_secs(6), job, Step::Doubt).unwrap();
        (update, job)
    }

    fn only(&self) -> Update {
        let [update] = <[Update; 1]>::try_from(self.updates(&Filter::default())).unwrap();
        update
    }
}

/// The row that an upload of agent #24's capture of `new` makes.
fn row(upstream_id: i64, new: &str) -> Row {
    Row {
        upstream_id,
        client_ref: None,
        customer_id: "7013".into(),
        policy_number: "LIB/C7013".into(),
        customer_name: "Kevin Anderson Curepipe".into(),
        mobile: Some((Some(KEVINS.into()), new.into())),
        email: None,
        reason: Reason::Provided,
        notes: "asked on the phone".into(),
        agent_number: 24,
        agent_name: "David Brown".into(),
        captured_at: Some(at(2)),
        synced: false,
        synced_at: None,
        synced_by: None,
    }
}

/// A row of a desk that is not ours.
fn foreign(upstream_id: i64, new: &str) -> Row {
    Row { agent_number: 31, agent_name: "Emily Davis".into(), ..row(upstream_id, new) }
}

#[test]
fn an_echoed_id_is_ours_whatever_else_the_row_says() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let (update, _) = desk.sent(epoch, at(1), "5844 0010");
    let echoed = Row { client_ref: Some(update), ..foreign(900, "+23050000000") };
    assert_eq!(desk.pull(epoch, at(20), &[echoed]), Pulled { bound: 1, ..Pulled::default() });
    assert_eq!(arrived(&desk.db, update.0).unwrap(), (true, false));
    assert_eq!(desk.only().upstream_id, Some(900));
}

/// Where nothing is echoed: by content, and only as often as it was sent.
#[test]
fn content_is_ours_only_as_often_as_we_sent_it() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let (update, job) = desk.sent(epoch, at(1), "5844 0010");
    let first = desk.pull(epoch, at(20), &[row(900, OTHER), row(901, OTHER)]);
    assert_eq!(first, Pulled { bound: 1, new: 1, ..Pulled::default() });

    // Sent a second time, it may be there a second time.
    desk.settle(epoch, at(21), job, Step::PutBack).unwrap();
    assert_eq!(desk.claim(epoch, at(30), Destination::Upstream).len(), 1);
    let second = desk.pull(epoch, at(40), &[row(900, OTHER), row(901, OTHER), row(902, OTHER)]);
    assert_eq!(second, Pulled { bound: 1, ..Pulled::default() });
    let refs: i64 = desk
        .db
        .conn()
        .query_row("select count(*) from contact_update_ref where update_id = ?1", [update], |row| row.get(0))
        .unwrap();
    assert_eq!(refs, 2);
    desk.assert_sound();
}

#[test]
fn content_that_was_never_sent_is_somebody_elses() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    desk.capture(at(1), "5844 0010", "", UPSTREAM).unwrap();
    assert_eq!(desk.pull(epoch, at(2), &[row(900, OTHER)]).new, 1);
}

/// An id that is not ours names another desk, even where agent and values are the same.
#[test]
fn the_id_of_another_desk_is_never_taken_for_ours() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    desk.sent(epoch, at(1), "5844 0010");
    let theirs = Row { client_ref: Some(UpdateId(uuid::Uuid::from_u128(7))), ..row(900, OTHER) };
    assert_eq!(desk.pull(epoch, at(20), &[theirs]), Pulled { new: 1, ..Pulled::default() });
}

#[test]
fn every_part_of_the_content_has_to_fit() {
    type Change = fn(Row) -> Row;
    let others: [(&str, Change); 6] = [
        ("agent", |row| Row { agent_number: 7, ..row }),
        ("value", |row| Row { mobile: Some((None, "+23058440011".into())), ..row }),
        ("one field more", |row| Row { email: Some((None, "new@example.com".into())), ..row }),
        ("reason", |row| Row { reason: Reason::Bounced, ..row }),
        ("notes", |row| Row { notes: String::new(), ..row }),
        ("customer", |row| Row { customer_id: "7014".into(), ..row }),
    ];
    for (name, change) in others {
        let mut desk = Desk::new();
        let epoch = desk.epoch();
        desk.sent(epoch, at(1), "5844 0010");
        assert_eq!(desk.pull(epoch, at(20), &[change(row(900, OTHER))]).bound, 0, "{name}");
    }
}

/// NIC-130: what others captured counts here like our own, once.
#[test]
fn updates_of_others_are_taken_in_once() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let rows = [foreign(900, OTHER), Row { customer_id: "unknown".into(), ..foreign(901, OTHER) }];
    assert_eq!(desk.pull(epoch, at(20), &rows), Pulled { new: 1, unknown: 1, ..Pulled::default() });
    let update = desk.only();
    assert_eq!((update.agent_number, update.captured_at, update.upload), (31, at(2), Upload::Uploaded));
    assert_eq!(shown(&desk.db, desk.kevin).unwrap().get(Field::Mobile).unwrap().value, OTHER);
    assert_eq!(desk.states().len(), 0, "it is there already: no job");
    desk.assert_sound();

    let before: i64 = desk.one("select total_changes()");
    assert_eq!(desk.pull(epoch, at(20), &rows), Pulled { unknown: 1, ..Pulled::default() });
    assert_eq!(desk.one::<i64>("select total_changes()"), before);
    assert_eq!(desk.only(), update);
}

/// The master was read after the change was entered there: it is in what the master said, or the
/// master was changed since.
#[test]
fn an_update_of_others_that_the_master_has_overtaken_does_not_count() {
    for (synced_at, counts) in [(Some(at(30)), false), (Some(at(60)), true), (None, true)] {
        let mut desk = Desk::new();
        let epoch = desk.epoch();
        super::super::customers::import(&mut desk.db, &desk.admin, at(50), &[kevin()]).unwrap();
        let entered = Row { synced: synced_at.is_some(), synced_at, ..foreign(900, OTHER) };
        desk.pull(epoch, at(70), &[entered]);
        let mobile = shown(&desk.db, desk.kevin).unwrap().mobile.unwrap();
        assert_eq!(mobile.value == OTHER, counts, "{synced_at:?}");
        desk.assert_sound();
    }
}

/// A home number that was seen says nothing about the mobile.
#[test]
fn another_number_of_the_master_overtakes_no_mobile() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let home = NewCustomer { phones: vec![phone("home", "+2302345678")], ..kevin() };
    super::super::customers::import(&mut desk.db, &desk.admin, at(50), &[home]).unwrap();
    let entered = Row { synced: true, synced_at: Some(at(30)), ..foreign(900, OTHER) };
    desk.pull(epoch, at(70), &[entered]);
    assert_eq!(shown(&desk.db, desk.kevin).unwrap().mobile.unwrap().value, OTHER);
}

/// "Uploaded" needs proof: an id that is another update's is none.
#[test]
fn an_answer_with_the_id_of_another_update_is_a_doubt() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    desk.pull(epoch, at(1), &[foreign(900, "+23058440012")]);
    desk.capture(at(1), "5844 0010", "", UPSTREAM).unwrap();
    let job = desk.claim(epoch, at(10), Destination::Upstream)[0].jobs[0];
    uploaded(&mut desk.db, epoch, at(11), job, None, 900).unwrap();
    assert_eq!(
        (desk.states(), desk.updates(&Filter::default())[1].upload),
        (vec!["ambiguous".to_owned()], Upload::NotConfirmed)
    );
}

/// Two rows of one fact: both are marked, by one job at a time.
#[test]
fn a_repeated_upload_is_marked_as_often_as_it_is_there() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let (update, job) = desk.sent(epoch, at(1), "5844 0010");
    let echoed = |id, synced| Row { client_ref: Some(update), synced, ..row(id, OTHER) };
    desk.settle(epoch, at(10), job, Step::Accept).unwrap();
    desk.mark(at(11), &[1], UPSTREAM);
    desk.pull(epoch, at(12), &[echoed(900, false)]);
    let mark = desk.claim(epoch, at(20), Destination::Upstream).remove(0);
    assert_eq!(mark.task, Task::Mark { upstream_id: 900, by: 1, at: at(11) });
    marked(&mut desk.db, epoch, at(21), &verdict(mark.jobs[0], Step::Accept), Some(1), None).unwrap();
    for n in 0..2 {
        desk.pull(epoch, at(30 + n), &[echoed(900, true), echoed(901, false)]);
    }
    let second = desk.claim(epoch, at(40), Destination::Upstream);
    let [Claimed { task, .. }] = second.as_slice() else { panic!("{second:?}") };
    assert_eq!(*task, Task::Mark { upstream_id: 901, by: 1, at: at(11) });
    assert_eq!(desk.states().len(), 3);
}

/// A customer whom the master does not know goes by our own id.
#[test]
fn a_customer_without_a_master_id_is_known_by_ours() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let named = Row { customer_id: desk.kevin.to_string(), ..foreign(900, OTHER) };
    assert_eq!(desk.pull(epoch, at(20), &[named]).new, 1);
}

#[test]
fn a_mark_set_elsewhere_is_taken_over_once() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    desk.sent(epoch, at(1), "5844 0010");
    let there = Row { synced: true, synced_at: Some(at(15)), synced_by: Some(1), ..row(900, OTHER) };
    assert_eq!(desk.pull(epoch, at(20), std::slice::from_ref(&there)).synced, 1);
    assert_eq!(desk.pull(epoch, at(30), &[there]).synced, 0);
    let update = desk.only();
    assert_eq!((update.status, update.synced_by, update.synced_at), (Status::Synced, Some(1), Some(at(15))));
    assert_eq!(
        desk.mark(at(40), &[1], UPSTREAM),
        [(1, Marked::Already { by: Some(1), name: Some("S. Lee".into()), at: Some(at(15)) })]
    );
}

/// G11: a mark that waits here was made there already: it is not sent, and the first keeps it.
#[test]
fn a_mark_that_was_made_there_already_is_not_sent() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let (_, job) = desk.sent(epoch, at(1), "5844 0010");
    desk.mark(at(10), &[1], UPSTREAM);
    let there = Row { synced: true, synced_at: Some(at(9)), synced_by: Some(44), ..row(900, OTHER) };
    desk.pull(epoch, at(20), &[there]);
    desk.settle(epoch, at(21), job, Step::Accept).unwrap();
    assert_eq!(desk.claim(epoch, at(30), Destination::Upstream), []);
    assert_eq!(desk.states(), ["accepted", "accepted"]);
    let update = desk.only();
    assert_eq!((update.synced_by, update.synced_at), (Some(44), Some(at(9))));
    assert_eq!(
        desk.mark(at(40), &[1], UPSTREAM),
        [(1, Marked::Already { by: Some(44), name: None, at: Some(at(9)) })]
    );
}

#[test]
fn our_own_mark_keeps_its_time_and_name() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let (_, job) = desk.sent(epoch, at(1), "5844 0010");
    uploaded(&mut desk.db, epoch, at(8), job, None, 900).unwrap();
    desk.mark(at(10), &[1], UPSTREAM);
    let mark = desk.claim(epoch, at(20), Destination::Upstream)[0].jobs[0];
    marked(&mut desk.db, epoch, at(21), &verdict(mark, Step::Accept), Some(1), Some(at(21))).unwrap();
    let update = desk.only();
    assert_eq!(
        (update.synced_by, update.synced_at, update.upload),
        (Some(1), Some(at(10)), Upload::Uploaded)
    );
    assert_eq!(desk.one::<String>("select synced_name from contact_update_state"), "S. Lee");
    assert_eq!(arrived(&desk.db, update.id.0).unwrap(), (true, true));
}

/// What an admin here has rejected or withdrawn stays so, whatever the list says.
#[test]
fn a_withdrawn_update_is_not_synced_by_the_list() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    desk.sent(epoch, at(1), "5844 0010");
    desk.run("update contact_update_state set status = 'withdrawn'");
    let there = Row { synced: true, ..row(900, OTHER) };
    assert_eq!(desk.pull(epoch, at(20), &[there]).synced, 0);
    assert_eq!(desk.only().status, Status::Withdrawn);
}

/// Late evidence is recorded: an upload that was given up in doubt and then seen has arrived.
#[test]
fn an_upload_given_up_and_seen_later_is_uploaded() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let (_, job) = desk.sent(epoch, at(1), "5844 0010");
    desk.settle(epoch, at(10), job, Step::GiveUp).unwrap();
    assert_eq!(desk.only().upload, Upload::NotConfirmed);
    desk.pull(epoch, at(20), &[row(900, OTHER)]);
    assert_eq!(desk.only().upload, Upload::Uploaded);
}

#[test]
fn days_of_what_may_still_change_are_read_again() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    assert_eq!(open_days(&desk.db, at(3600)).unwrap(), []);
    let (_, job) = desk.sent(epoch, at(60), "5844 0010");
    uploaded(&mut desk.db, epoch, at(67), job, None, 900).unwrap();
    desk.pull(epoch, at(70), &[]);
    assert_eq!(open_days(&desk.db, at(3600)).unwrap(), [NOW], "pending there");
    desk.mark(at(80), &[1], UPSTREAM);
    assert_eq!(open_days(&desk.db, at(3600)).unwrap(), [NOW], "the mark is not there yet");
    let synced = Row { synced: true, synced_by: Some(1), ..row(900, OTHER) };
    desk.pull(epoch, at(90), &[synced]);
    assert_eq!(open_days(&desk.db, at(3600)).unwrap(), []);
}

/// Rows in any order, twice, and with a status of long ago: a mark is never taken back, and one fact is one
/// update.
#[test]
fn g11_an_old_status_and_repeated_rows_change_nothing() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    desk.sent(epoch, at(1), "5844 0010");
    let old = row(900, OTHER);
    let synced = Row { synced: true, synced_at: Some(at(15)), synced_by: Some(1), ..row(900, OTHER) };
    let later = foreign(901, "+23058440077");
    desk.pull(epoch, at(20), &[later.clone(), synced.clone(), later.clone(), synced.clone()]);
    let told = |desk: &Desk| -> Vec<(Option<i64>, Status, Option<Micros>)> {
        let all = desk.updates(&Filter::default());
        all.iter().map(|update| (update.upstream_id, update.status, update.synced_at)).collect()
    };
    let expected = vec![(Some(900), Status::Synced, Some(at(15))), (Some(901), Status::Pending, None)];
    assert_eq!(told(&desk), expected);
    desk.pull(epoch, at(30), &[old.clone(), later, old]);
    assert_eq!(told(&desk), expected);
    desk.assert_sound();
}
