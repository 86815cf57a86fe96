//! Reject, hold, release: an admin's word on one update (NIC-69..71, NIC-98, design 5).

use super::super::batches::{hold, reject, release};
use super::super::effective::shown;
use super::*;
use crate::domain::update::Field;

impl Desk {
    fn mobile_now(&self) -> String {
        shown(&self.db, self.kevin).unwrap().get(Field::Mobile).unwrap().value.clone()
    }

    fn word_on(&self, seq: i64) -> (String, Option<String>) {
        self.db
            .conn()
            .query_row(
                "select s.status, s.status_reason from contact_update_state s join contact_update u on u.id = s.update_id
                 where u.seq = ?1",
                [seq],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap()
    }
}

fn two_corrections(leaving: Leaving) -> Desk {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "", leaving).unwrap();
    desk.capture(at(2), "5844 0011", "", leaving).unwrap();
    desk
}

#[test]
fn g10_rejecting_brings_back_the_value_before_and_stops_the_upload() {
    let mut desk = two_corrections(UPSTREAM);
    let admin = desk.admin.clone();
    reject(&mut desk.db, &admin, at(3), 2, " not his number ").unwrap();
    assert_eq!(desk.word_on(2), ("rejected".into(), Some("not his number".into())));
    assert_eq!(desk.mobile_now(), OTHER);
    assert_eq!(desk.states(), ["waiting", "canceled"]);
    reject(&mut desk.db, &admin, at(4), 1, "nor this one").unwrap();
    assert_eq!(desk.mobile_now(), KEVINS);
    assert_eq!(desk.one::<i64>("select count(*) from audit where action = 'update rejected'"), 2);
    desk.assert_sound();
}

#[test]
fn what_has_left_is_rejected_here_all_the_same() {
    let mut desk = two_corrections(UPSTREAM);
    let epoch = desk.epoch();
    assert_eq!(desk.claim(epoch, at(60), Destination::Upstream).len(), 1);
    let admin = desk.admin.clone();
    reject(&mut desk.db, &admin, at(61), 1, "wrong customer").unwrap();
    assert_eq!(
        (desk.states(), desk.mobile_now().as_str()),
        (vec!["in flight".into(), "waiting".into()], "+23058440011")
    );
    desk.assert_sound();
}

#[test]
fn a_held_update_counts_and_goes_into_no_batch_until_it_is_released() {
    let mut desk = two_corrections(NO_UPSTREAM);
    let admin = desk.admin.clone();
    hold(&mut desk.db, &admin, at(3), 2, "ask Priya").unwrap();
    assert_eq!(desk.word_on(2), ("held".into(), Some("ask Priya".into())));
    assert_eq!(desk.mobile_now(), "+23058440011");
    let made = super::super::batches::create(&mut desk.db, &admin, at(4), &[2]);
    assert!(matches!(made, Err(Error::Refused(why)) if why.contains("it is held: release it first")));
    release(&mut desk.db, &admin, at(5), 2).unwrap();
    assert_eq!(desk.word_on(2), ("pending".into(), None));
    desk.assert_sound();
}

#[test]
fn a_reason_is_required_and_what_is_decided_stays() {
    let mut desk = two_corrections(NO_UPSTREAM);
    let admin = desk.admin.clone();
    let says = |result: Result<()>| match result {
        Err(Error::Refused(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(says(reject(&mut desk.db, &admin, at(3), 1, "  ")), "reason: say why it is rejected");
    assert_eq!(says(hold(&mut desk.db, &admin, at(3), 1, "")), "reason: say why it is held");
    assert_eq!(
        says(release(&mut desk.db, &admin, at(3), 1)),
        "number 1 is pending: only what is held can be released"
    );
    desk.mark(at(4), &[1], NO_UPSTREAM);
    let in_master = "number 1 is synced: the master has it; capture a new update instead";
    assert_eq!(says(reject(&mut desk.db, &admin, at(5), 1, "no")), in_master);
    reject(&mut desk.db, &admin, at(5), 2, "no").unwrap();
    assert_eq!(
        says(reject(&mut desk.db, &admin, at(6), 2, "no")),
        "number 2 is rejected: there is nothing to decide"
    );
    assert!(matches!(reject(&mut desk.db, &admin, at(6), 99, "no"), Err(Error::NotFound { .. })));
    for actor in [desk.agent.clone(), desk.supervisor.clone()] {
        assert!(matches!(reject(&mut desk.db, &actor, at(6), 2, "no"), Err(Error::Denied(_))));
        assert!(matches!(hold(&mut desk.db, &actor, at(6), 2, "no"), Err(Error::Denied(_))));
        assert!(matches!(release(&mut desk.db, &actor, at(6), 2), Err(Error::Denied(_))));
    }
}
