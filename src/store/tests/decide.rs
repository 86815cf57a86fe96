//! Reject, hold, release: an admin's word on one update (NIC-69..71, NIC-98, design 5).

use super::super::batches::{approve, hold, reject, reject_all, release};
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

/// NIC-131: neither used nor uploaded before somebody has said yes; a no goes back with its reason.
#[test]
fn nic_131_what_awaits_approval_counts_only_once_it_is_approved() {
    let mut desk = Desk::new();
    let (agent, supervisor) = (desk.agent.clone(), desk.supervisor.clone());
    let capture = |desk: &mut Desk, actor: &Actor, seconds, mobile| {
        let form = Form { mobile, reason: "1", ..Form::default() };
        let new = form.check(&POLICY).unwrap();
        let about = Capture { approval: true, ..Capture::default() };
        super::super::updates::capture(&mut desk.db, actor, at(seconds), desk.kevin, &new, &about, UPSTREAM)
            .unwrap();
    };
    for (n, mobile) in ["5844 0010", "5844 0011", "5844 0012"].into_iter().enumerate() {
        capture(&mut desk, &agent, n as u64, mobile);
    }
    assert_eq!(desk.mobile_now(), KEVINS, "not used");
    assert_eq!(desk.states(), [""; 0], "not uploaded");
    assert_eq!(super::super::updates::enqueue_missing(&mut desk.db, at(5)).unwrap(), 0);

    assert!(matches!(approve(&mut desk.db, &agent, at(6), &[1], UPSTREAM), Err(Error::Denied(_))));
    let done = approve(&mut desk.db, &supervisor, at(6), &[1, 2, 99], UPSTREAM).unwrap();
    assert_eq!((done.done, done.left_out[0].why.as_str()), (vec![1, 2], "update not found: 99"));
    assert_eq!((desk.mobile_now().as_str(), desk.states()), ("+23058440011", vec!["waiting".to_owned(); 2]));
    let again = approve(&mut desk.db, &supervisor, at(7), &[1], UPSTREAM).unwrap();
    assert_eq!(again.left_out[0].why, "number 1 is pending: it awaits no approval");

    let no = reject_all(&mut desk.db, &supervisor, at(8), &[1, 3], "not his").unwrap();
    assert_eq!((no.done, no.left_out[0].why.as_str()), (vec![3], "only an admin may do this"));
    let told = super::super::queue::facts(&desk.db, &agent, 3).unwrap().word.unwrap();
    assert_eq!((told.by.as_str(), told.at, told.reason.as_str()), ("Ana Silva", at(8), "not his"));

    // Who may approve is asked by nobody, and what awaits can be taken back.
    capture(&mut desk, &supervisor, 9, "5844 0013");
    assert_eq!(desk.mobile_now(), "+23058440013");
    capture(&mut desk, &agent, 10, "5844 0014");
    let undo = Duration::from_secs(5);
    super::super::undo::take_back(&mut desk.db, &agent, at(11), undo, 5, "update").unwrap();
    assert_eq!(desk.word_on(5).0, "withdrawn");
    desk.assert_sound();
}
