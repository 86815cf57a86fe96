//! People and the outbox: list, count, retry, discard (design 4, G21).

use super::super::inbound::accepted;
use super::super::outbox::{Counts, Due, Job, counts, discard, list};
use super::super::retry::retry;
use super::*;

const REASON: &str = "the customer called and has not got it";

impl Desk {
    fn jobs(&self, settled: bool) -> Vec<Job> {
        list(&self.db, &self.agent, settled, 99).unwrap()
    }

    fn retry(&mut self, actor: &Actor, seq: i64, reason: &str) -> Result<i64> {
        let due = Due { not_before: at(105), deadline: at(999) };
        retry(&mut self.db, actor, at(100), seq, reason, due)
    }

    fn discard(&mut self, actor: &Actor, seq: i64, reason: &str) -> Result<()> {
        discard(&mut self.db, actor, at(100), seq, reason)
    }

    /// Line 1 is a text of the agent's in the state that these steps lead to.
    fn text_after(steps: &[Step]) -> Self {
        let mut desk = Self::new();
        desk.allowed_text(at(0), "hello");
        if steps.is_empty() {
            return desk;
        }
        let epoch = desk.epoch();
        let job = desk.claim(epoch, at(10), Destination::Twilio)[0].jobs[0];
        for step in steps {
            desk.settle(epoch, at(11), job, *step).unwrap();
        }
        desk
    }

    /// The same for an update.
    fn update_after(steps: &[Step]) -> Self {
        let mut desk = Self::new();
        desk.capture(at(0), "5844 0010", "", UPSTREAM).unwrap();
        let epoch = desk.epoch();
        let job = desk.claim(epoch, at(10), Destination::Upstream)[0].jobs[0];
        for step in steps {
            desk.settle(epoch, at(11), job, *step).unwrap();
        }
        desk
    }
}

fn confirmed(actor: &Actor) -> Actor {
    Actor { confirmed: true, ..actor.clone() }
}

/// Somebody else with the agent's role.
fn colleague(desk: &mut Desk) -> Actor {
    users::add(&mut desk.db, &desk.admin, NOW, 25, "Sarah Johnson", Role::Agent)
        .unwrap()
        .actor(Origin::Command)
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, words: &str) {
    match result {
        Err(Error::Refused(why)) => assert!(why.contains(words), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn lines_say_what_whose_and_behind_what() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "one");
    desk.allowed_text(at(1), "two");
    desk.capture(at(2), "5844 0010", "new@example.com", UPSTREAM).unwrap();
    desk.mark(at(3), &[1], UPSTREAM);
    let jobs = desk.jobs(false);
    let lines: Vec<_> =
        jobs.iter().map(|j| (j.seq, j.kind.as_str(), j.behind, j.about.as_deref().unwrap_or("-"))).collect();
    assert_eq!(
        lines,
        [
            (1, "text", None, KEVINS),
            (2, "text", Some(1), KEVINS),
            (3, "update", None, "email and mobile"),
            (4, "mark", Some(3), "email and mobile"),
        ]
    );
    assert!(jobs.iter().all(|job| job.customer.as_deref() == Some("Kevin Anderson Curepipe")));
    assert_eq!(jobs[0].created_by, desk.agent.user);
}

#[test]
fn a_thrown_away_line_waits_behind_nothing() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "one");
    desk.allowed_text(at(1), "two");
    let admin = confirmed(&desk.admin);
    desk.discard(&admin, 2, REASON).unwrap();
    assert_eq!(desk.jobs(false).len(), 1);
    let settled = desk.jobs(true).remove(1);
    assert_eq!((settled.state.as_str(), settled.behind), ("discarded", None));
}

#[test]
fn counts_are_of_what_is_not_settled() {
    let states =
        ["waiting", "claimed", "in flight", "ambiguous", "unconfirmed", "parked", "accepted", "expired"];
    let mut desk = Desk::new();
    for (state, n) in states.into_iter().zip(1..) {
        desk.allowed_text(at(0), "text");
        desk.run(&format!("update job set state = '{state}' where seq = {n}"));
    }
    desk.capture(at(2), "5844 0010", "", UPSTREAM).unwrap();
    let expected = Counts { texts_waiting: 4, mails_waiting: 0, to_upload: 1, unconfirmed: 1, parked: 1 };
    assert_eq!(counts(&desk.db).unwrap(), expected);
    let listed: Vec<&str> = desk.jobs(false).iter().map(|job| job.state.as_str()).collect();
    assert_eq!(listed, ["waiting", "claimed", "in flight", "ambiguous", "unconfirmed", "parked", "waiting"]);
    let newest: Vec<i64> = list(&desk.db, &desk.agent, false, 2).unwrap().iter().map(|job| job.seq).collect();
    assert_eq!(newest, [6, 9]);
}

#[test]
fn what_is_on_its_way_or_has_arrived_is_not_retried() {
    for steps in [&[][..], &[Step::Doubt], &[Step::Accept]] {
        let mut desk = Desk::text_after(steps);
        let admin = desk.admin.clone();
        refused(desk.retry(&admin, 1, REASON), "nothing to retry");
        assert_eq!(desk.jobs(true).len(), 1);
    }
    let mut desk = Desk::new();
    let admin = desk.admin.clone();
    let missing = desk.retry(&admin, 1, REASON);
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

#[test]
fn a_refused_text_is_sent_again_as_a_new_one() {
    let mut desk = Desk::text_after(&[Step::Reject]);
    let agent = desk.agent.clone();
    assert_eq!(desk.retry(&agent, 1, "").unwrap(), 2);
    assert_eq!(desk.states(), ["rejected", "waiting"]);
    let link: (i64, i64) = (
        desk.one("select o.seq from job n join job o on o.id = n.retry_of where n.seq = 2"),
        desk.one("select o.seq from message n join message o on o.id = n.retry_of where n.seq = 2"),
    );
    assert_eq!(link, (1, 1));
    assert_eq!(desk.jobs(true)[1].not_before, at(105));
    refused(desk.retry(&agent, 1, ""), "see line 2");
    desk.assert_sound();
}

#[test]
fn a_retry_asks_the_gate_again() {
    let mut desk = Desk::text_after(&[Step::Reject]);
    desk.consent(KEVINS, Act::Revoke);
    let agent = desk.agent.clone();
    assert!(matches!(desk.retry(&agent, 1, ""), Err(Error::Blocked(_))));
    assert_eq!(desk.states(), ["rejected"]);
}

#[test]
fn a_retry_is_for_the_owner_a_supervisor_or_an_admin() {
    for (role, allowed) in [("owner", true), ("colleague", false), ("supervisor", true), ("admin", true)] {
        let mut desk = Desk::text_after(&[Step::Reject]);
        let actor = match role {
            "owner" => desk.agent.clone(),
            "colleague" => colleague(&mut desk),
            "supervisor" => desk.supervisor.clone(),
            _ => desk.admin.clone(),
        };
        let retried = desk.retry(&actor, 1, "");
        assert_eq!(retried.is_ok(), allowed, "{role}");
        assert!(allowed || matches!(retried, Err(Error::Denied(_))));
    }
}

/// Design 4.3: what may have arrived is sent again by a supervisor only, with a reason.
#[test]
fn what_may_have_arrived_needs_a_supervisor_and_a_reason() {
    for desk in [Desk::text_after, Desk::update_after] {
        let mut desk = desk(&[Step::Doubt, Step::GiveUp]);
        let (agent, supervisor) = (desk.agent.clone(), desk.supervisor.clone());
        assert!(matches!(desk.retry(&agent, 1, REASON), Err(Error::Denied(_))));
        refused(desk.retry(&supervisor, 1, " "), "may have arrived");
        assert_eq!(desk.states(), ["unconfirmed"]);
        assert_eq!(desk.retry(&supervisor, 1, REASON).unwrap(), 2);
        assert_eq!(desk.states(), ["discarded", "waiting"]);
        refused(desk.retry(&supervisor, 1, REASON), "see line 2");
        assert_eq!(counts(&desk.db).unwrap().unconfirmed, 0);
        desk.assert_sound();
    }
}

/// Throwing it away first is no way round that.
#[test]
fn a_doubtful_text_thrown_away_is_still_doubtful() {
    let mut desk = Desk::text_after(&[Step::Doubt, Step::GiveUp]);
    let agent = desk.agent.clone();
    desk.discard(&confirmed(&agent), 1, "no longer needed").unwrap();
    assert!(matches!(desk.retry(&agent, 1, REASON), Err(Error::Denied(_))));
    let supervisor = desk.supervisor.clone();
    refused(desk.retry(&supervisor, 1, ""), "may have arrived");
    assert_eq!(desk.retry(&supervisor, 1, REASON).unwrap(), 2);
}

#[test]
fn a_parked_job_goes_back_to_its_place() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "one");
    desk.allowed_text(at(1), "two");
    desk.run("update job set state = 'parked', crashes = 3 where seq = 1");
    let epoch = desk.epoch();
    assert_eq!(desk.claim(epoch, at(10), Destination::Twilio), []);
    let agent = desk.agent.clone();
    assert_eq!(desk.retry(&agent, 1, "").unwrap(), 1);
    let claimed = desk.claim(epoch, at(100), Destination::Twilio);
    assert_eq!(text_of(&claimed[0]).body.as_str(), "one");
}

#[test]
fn a_refused_update_is_uploaded_again() {
    let mut desk = Desk::update_after(&[Step::Reject]);
    let agent = desk.agent.clone();
    assert_eq!(desk.retry(&agent, 1, "").unwrap(), 2);
    let epoch = desk.epoch();
    let again = desk.claim(epoch, at(105), Destination::Upstream);
    assert!(matches!(&again[0].task, Task::Upload(update) if update.seq == 1));
}

/// G21: throwing away is asked twice, needs a reason, and never touches what is under way.
#[test]
fn discarding_asks_again_and_needs_a_reason() {
    let mut desk = Desk::text_after(&[]);
    let (agent, admin) = (desk.agent.clone(), desk.admin.clone());
    assert!(matches!(desk.discard(&agent, 1, REASON), Err(Error::AskAgain)));
    assert!(matches!(desk.discard(&admin, 1, REASON), Err(Error::AskAgain)));
    let colleague = colleague(&mut desk);
    assert!(matches!(desk.discard(&confirmed(&colleague), 1, REASON), Err(Error::Denied(_))));
    refused(desk.discard(&confirmed(&agent), 1, "  "), "say why");
    desk.discard(&confirmed(&agent), 1, REASON).unwrap();
    assert_eq!(
        (desk.states(), desk.status_of(message(&desk)).as_str()),
        (vec!["discarded".to_owned()], "discarded")
    );
    refused(desk.discard(&confirmed(&agent), 1, REASON), "discarded");
}

fn message(desk: &Desk) -> MessageId {
    desk.db.conn().query_row("select id from message where seq = 1", [], |row| row.get(0)).unwrap()
}

#[test]
fn what_is_under_way_in_doubt_or_over_is_not_thrown_away() {
    let mut under_way = Desk::new();
    under_way.allowed_text(at(0), "hello");
    let epoch = under_way.epoch();
    let claimed = under_way.claim(epoch, at(10), Destination::Twilio);
    let admin = confirmed(&under_way.admin);
    refused(under_way.discard(&admin, 1, REASON), "in flight");
    let seen = outbound("SM1", text_of(&claimed[0]), Delivery::Queued, at(10));
    accepted(&mut under_way.db, epoch, at(11), claimed[0].jobs[0], None, &seen).unwrap();
    refused(under_way.discard(&admin, 1, REASON), "accepted");
    assert_eq!(under_way.status_of(message(&under_way)), "queued");
    let mut doubtful = Desk::text_after(&[Step::Doubt]);
    refused(doubtful.discard(&admin, 1, REASON), "ambiguous");
}

#[test]
fn every_decision_of_a_person_is_evidence_and_audit() {
    let mut desk = Desk::text_after(&[Step::Doubt, Step::GiveUp]);
    let supervisor = desk.supervisor.clone();
    desk.retry(&supervisor, 1, REASON).unwrap();
    let kinds: String = desk.one(
        "select group_concat(kind, ', ') from evidence where job_id = (select id from job where seq = 1)",
    );
    assert_eq!(kinds, "claimed, in flight, ambiguous, unconfirmed, discarded");
    let audit: String = desk.one("select detail from audit_detail order by audit_seq desc limit 1");
    assert_eq!(audit, format!(r#"{{"line":1,"new_line":2,"reason":"{REASON}"}}"#));
}
