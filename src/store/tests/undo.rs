//! Taking back (design 4.8): one's own newest act, never what has left, never anybody else's.

use super::super::effective::shown as effective;
use super::super::undo::{newest, put_back, take_back};
use super::super::updates::Telling;
use super::super::{drafts, inbound, pulled};
use super::*;
use crate::domain::shown::{DraftOf, PUT_BACK, Undoable, Undone};
use crate::domain::text::SafeText;

const UNDO: Duration = Duration::from_secs(5);
const KEVIN: &str = "Kevin Anderson Curepipe";

impl Desk {
    fn newest(&self, actor: &Actor, n: u64) -> Option<Undoable> {
        newest(&self.db, actor, at(n), UNDO).unwrap()
    }

    fn take_back(&mut self, actor: &Actor, n: u64, seq: i64, kind: &str) -> Result<Undone> {
        take_back(&mut self.db, actor, at(n), UNDO, seq, kind)
    }

    fn undoable(&self, seq: i64, kind: &str, until: u64) -> Undoable {
        Undoable {
            seq,
            kind: kind.into(),
            customer: Some(self.kevin),
            name: SafeText::new(KEVIN),
            until: at(until),
        }
    }

    fn undone(&self, kind: &str, body: &str) -> Undone {
        Undone {
            kind: kind.into(),
            customer: Some(self.kevin),
            name: SafeText::new(KEVIN),
            body: body.into(),
        }
    }

    fn mobile(&self) -> String {
        effective(&self.db, self.kevin).unwrap().mobile.unwrap().value
    }

    fn last_audit(&self) -> String {
        self.one("select action from audit order by seq desc limit 1")
    }
}

#[track_caller]
fn refused(result: Result<Undone>, words: &str) {
    match result {
        Err(Error::Refused(why)) => assert_eq!(why, words),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_that_waits_comes_back_with_its_words() {
    let mut desk = Desk::new();
    let text = desk.allowed_text(at(0), "Votre code");
    let agent = desk.agent.clone();
    assert_eq!(desk.newest(&agent, 1), Some(desk.undoable(1, "text", 5)));
    assert_eq!(desk.take_back(&agent, 1, 1, "text").unwrap(), desk.undone("text", "Votre code"));
    assert_eq!((desk.status_of(text).as_str(), desk.states()), ("canceled", vec!["canceled".to_owned()]));
    assert_eq!(desk.last_audit(), "text taken back");
    assert_eq!(desk.newest(&agent, 1), None);
    refused(desk.take_back(&agent, 2, 1, "text"), "it will not be sent: it is canceled already");
    let epoch = desk.epoch();
    assert_eq!(desk.claim(epoch, at(10), Destination::Twilio), []);
    desk.assert_sound();
}

/// Without a network nothing has left, however long ago it was written.
#[test]
fn a_text_that_waits_for_the_network_can_still_be_taken_back() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "hello");
    let agent = desk.agent.clone();
    assert_eq!(desk.newest(&agent, 600), Some(desk.undoable(1, "text", 5 + 4 * 3600)));
    desk.take_back(&agent, 600, 1, "text").unwrap();
}

#[test]
fn a_text_on_its_way_is_not_called_back() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "hello");
    let (agent, epoch) = (desk.agent.clone(), desk.epoch());
    let claimed = desk.claim(epoch, at(6), Destination::Twilio).remove(0);
    assert_eq!(desk.newest(&agent, 6), None);
    refused(desk.take_back(&agent, 6, 1, "text"), "it is being sent now");
    let seen = outbound("SM1", text_of(&claimed), Delivery::Queued, at(6));
    inbound::accepted(&mut desk.db, epoch, at(7), claimed.jobs[0], None, &seen).unwrap();
    refused(desk.take_back(&agent, 187, 1, "text"), "it left 3 min ago: a text cannot be called back");
    assert_eq!(desk.states(), ["accepted"]);
}

#[test]
fn an_update_is_withdrawn_and_stays_as_a_fact() {
    for leaving in [UPSTREAM, NO_UPSTREAM] {
        let mut desk = Desk::new();
        desk.capture(at(0), "5844 0010", "", leaving).unwrap();
        let agent = desk.agent.clone();
        assert_eq!(desk.newest(&agent, 4), Some(desk.undoable(1, "update", 5)));
        assert_eq!(desk.take_back(&agent, 4, 1, "update").unwrap(), desk.undone("update", ""));
        let state: String =
            desk.one("select status || ', ' || upload || ', ' || rev from contact_update_state");
        assert_eq!(state, "withdrawn, not uploaded, 1");
        assert_eq!(desk.mobile(), KEVINS);
        assert!(desk.states().iter().all(|state| state == "canceled"));
        assert_eq!(desk.one::<i64>("select count(*) from interaction where kind = 'update'"), 1);
        assert_eq!(desk.last_audit(), "update taken back");
        refused(desk.take_back(&agent, 4, 1, "update"), "it was taken back already");
        let epoch = desk.epoch();
        assert_eq!(desk.claim(epoch, at(10), Destination::Upstream), []);
        desk.assert_sound();
    }
}

#[test]
fn an_update_that_left_is_corrected_by_a_new_one() {
    let mut desk = Desk::new();
    desk.capture(at(0), "5844 0010", "", UPSTREAM).unwrap();
    let (agent, epoch) = (desk.agent.clone(), desk.epoch());
    let over = "the 5 s to take it back are over: capture a new update instead";
    refused(desk.take_back(&agent, 5, 1, "update"), over);
    assert_eq!(desk.newest(&agent, 5), Some(desk.undoable(1, PUT_BACK, 600)));
    let job = desk.claim(epoch, at(5), Destination::Upstream)[0].jobs[0];
    refused(desk.take_back(&agent, 5, 1, "update"), "it is being sent now: capture a new update instead");
    pulled::uploaded(&mut desk.db, epoch, at(6), job, None, 900).unwrap();
    refused(desk.take_back(&agent, 18, 1, "update"), "it left 12 s ago: capture a new update instead");
    assert_eq!(desk.mobile(), OTHER);
}

/// Design 4.8: what has left is put back by an update that says so, once, and goes up like any other.
#[test]
fn an_update_that_left_is_put_back_by_a_new_one() {
    let mut desk = Desk::new();
    desk.capture(at(0), "5844 0010", "new@example.com", UPSTREAM).unwrap();
    let (agent, supervisor, epoch) = (desk.agent.clone(), desk.supervisor.clone(), desk.epoch());
    let job = desk.claim(epoch, at(6), Destination::Upstream)[0].jobs[0];
    pulled::uploaded(&mut desk.db, epoch, at(7), job, None, 900).unwrap();
    assert_eq!(desk.newest(&agent, 60), Some(desk.undoable(1, PUT_BACK, 600)));
    assert!(matches!(put_back(&mut desk.db, &supervisor, at(60), 1, UPSTREAM), Err(Error::Denied(_))));

    assert_eq!(put_back(&mut desk.db, &agent, at(60), 1, UPSTREAM).unwrap(), desk.undone(PUT_BACK, ""));
    let shown = effective(&desk.db, desk.kevin).unwrap();
    let values = (shown.mobile.unwrap().value, shown.email.unwrap().value);
    assert_eq!(values, (KEVINS.to_owned(), "kevin@example.com".to_owned()));
    let said: String =
        desk.one("select reason || ': ' || notes from contact_update where compensates is not null");
    assert_eq!(said, "other: takes back update 1");
    assert_eq!(desk.states(), ["accepted", "waiting"]);
    // It can be withdrawn itself while it is held; later it is not put back in turn.
    assert_eq!(desk.newest(&agent, 61), Some(desk.undoable(2, "update", 65)));
    assert_eq!(desk.newest(&agent, 66), None);
    let changed = "it was changed again since: look at the card first";
    refused(put_back(&mut desk.db, &agent, at(66), 1, UPSTREAM), changed);
    desk.assert_sound();
}

#[test]
fn what_somebody_has_changed_since_or_was_not_there_is_not_put_back() {
    let mut desk = Desk::new();
    let (agent, supervisor) = (desk.agent.clone(), desk.supervisor.clone());
    let sam = NewCustomer { name: "Sam".into(), ..NewCustomer::default() };
    let sam = super::super::customers::add(&mut desk.db, &supervisor, at(0), &sam).unwrap();
    let first = Form { mobile: "5844 0012", reason: "missing", ..Form::default() }.check(&POLICY).unwrap();
    let about = Capture::default();
    super::super::updates::capture(&mut desk.db, &agent, at(0), sam, &first, &about, NO_UPSTREAM).unwrap();
    assert_eq!(desk.newest(&agent, 10), None);
    let nothing = "there was nothing on file before it to put back: capture the right one";
    refused(put_back(&mut desk.db, &agent, at(10), 1, NO_UPSTREAM), nothing);

    desk.capture(at(10), "5844 0010", "", NO_UPSTREAM).unwrap();
    desk.capture_as(&supervisor, at(20), "5844 0011", "", NO_UPSTREAM).unwrap();
    assert_eq!(desk.newest(&agent, 30), None);
    let changed = "it was changed again since: look at the card first";
    refused(put_back(&mut desk.db, &agent, at(30), 2, NO_UPSTREAM), changed);
    assert_eq!(desk.newest(&supervisor, 700), None);
}

/// The old mobile is told through the queue and its gates; whoever changed the number cannot stop that,
/// except by withdrawing the change.
#[test]
fn the_old_mobile_is_told_where_the_office_wants_it() {
    let telling = || Some(Telling { from: number(OURS), window: WINDOW });
    let told = |desk: &mut Desk, n: u64, mobile: &str, email: &str| {
        let new = Form { mobile, email, reason: "gave", notes: "" }.check(&POLICY).unwrap();
        let shown = effective(&desk.db, desk.kevin).unwrap();
        let about = Capture { shown, tell_old: telling(), ..Capture::default() };
        let agent = desk.agent.clone();
        super::super::updates::capture(&mut desk.db, &agent, at(n), desk.kevin, &new, &about, NO_UPSTREAM)
            .unwrap();
        desk.one::<String>("select coalesce(group_concat(recipient || ' ' || status, ', '), '') from message")
    };
    // Nobody has said yes to texts: the gate holds, and that is noted.
    let mut desk = Desk::new();
    assert_eq!(told(&mut desk, 0, "5844 0010", ""), "");
    assert_eq!(desk.one::<i64>("select count(*) from audit where action = 'old mobile not told'"), 1);

    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    assert_eq!(told(&mut desk, 0, "", "new@example.com"), "");
    assert_eq!(told(&mut desk, 1, "5844 0010", ""), format!("{KEVINS} waiting"));
    let agent = desk.agent.clone();
    assert_eq!(desk.newest(&agent, 2), Some(desk.undoable(2, "update", 6)));
    let theirs = Error::Denied("this is somebody else's; ask them to take it back").to_string();
    assert_eq!(desk.take_back(&agent, 2, 1, "text").unwrap_err().to_string(), theirs);
    desk.take_back(&agent, 2, 2, "update").unwrap();
    assert_eq!(desk.one::<String>("select status from message"), "canceled");

    // A number that is dead is told nothing.
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    super::super::trust::bounced(&mut desk.db, &desk.agent, at(0), KEVINS, "30005").unwrap();
    assert_eq!(told(&mut desk, 1, "5844 0010", ""), "");
    desk.assert_sound();
}

/// The clock of a claim may run before that of a desk: what counts is the state in the file.
#[test]
fn whoever_is_first_wins() {
    let mut desk = Desk::new();
    desk.capture(at(0), "5844 0010", "", UPSTREAM).unwrap();
    desk.allowed_text(at(0), "hello");
    let (agent, epoch) = (desk.agent.clone(), desk.epoch());
    assert_eq!(desk.claim(epoch, at(9), Destination::Upstream).len(), 1);
    assert_eq!(desk.claim(epoch, at(9), Destination::Twilio).len(), 1);
    assert_eq!(desk.newest(&agent, 1), Some(desk.undoable(1, PUT_BACK, 600)));
    refused(desk.take_back(&agent, 1, 1, "update"), "it is being sent now: capture a new update instead");
    refused(desk.take_back(&agent, 1, 2, "text"), "it is being sent now");
    assert_eq!(desk.states(), ["in flight", "in flight"]);
}

#[test]
fn what_an_admin_has_in_hand_is_not_withdrawn() {
    let mut desk = Desk::new();
    desk.capture(at(0), "5844 0010", "", NO_UPSTREAM).unwrap();
    desk.run(
        "insert into batch (id, number, created_at, created_by)
             select randomblob(16), 17, 0, id from user where number = 1;
         insert into batch_line (batch_id, line, customer_id, field, value)
             select b.id, 1, u.customer_id, 'mobile', 'x' from batch b, contact_update u;
         insert into batch_update (batch_id, line, update_id) select b.id, 1, u.id from batch b, contact_update u",
    );
    let agent = desk.agent.clone();
    assert_eq!(desk.newest(&agent, 1), Some(desk.undoable(1, PUT_BACK, 600)));
    let why = "it is in batch 17 already: capture a new update instead";
    refused(desk.take_back(&agent, 1, 1, "update"), why);
    for (status, why) in [
        ("rejected", "it is rejected already: capture a new update instead"),
        ("synced", "it is synced already: capture a new update instead"),
    ] {
        let mut desk = Desk::new();
        desk.capture(at(0), "5844 0010", "", NO_UPSTREAM).unwrap();
        desk.run(&format!("update contact_update_state set status = '{status}'"));
        let agent = desk.agent.clone();
        refused(desk.take_back(&agent, 1, 1, "update"), why);
    }
}

#[test]
fn marks_of_one_moment_are_taken_back_together() {
    for leaving in [UPSTREAM, NO_UPSTREAM] {
        let mut desk = Desk::new();
        for n in 0..3 {
            desk.capture(at(n), &format!("5844 001{n}"), "", leaving).unwrap();
        }
        desk.mark(at(10), &[1], leaving);
        desk.mark(at(12), &[2, 3], leaving);
        desk.run(
            "insert into batch (id, number, created_at, created_by, marked_at, marked_by)
                 select randomblob(16), 17, 0, id, 1767225612000000, id from user where number = 1;
             insert into batch_update (batch_id, line, update_id)
                 select b.id, 1, u.id from batch b, contact_update u where u.seq = 3",
        );
        let admin = desk.admin.clone();
        let name = SafeText::new(&format!("{KEVIN} and 1 more"));
        let both = Undoable { name: name.clone(), ..desk.undoable(3, "mark", 17) };
        assert_eq!(desk.newest(&admin, 13), Some(both));
        let undone = Undone { name, ..desk.undone("mark", "") };
        assert_eq!(desk.take_back(&admin, 13, 3, "mark").unwrap(), undone);
        let states: String = desk.one(
            "select group_concat(status || ' ' || mark_seen || ' ' || coalesce(synced_by, '-'), ', ' order by contact_update.seq)
             from contact_update_state join contact_update on id = update_id",
        );
        let first = if leaving.upstream { "synced waiting 1" } else { "synced no 1" };
        assert_eq!(states, format!("{first}, pending no -, pending no -"));
        assert_eq!(desk.one::<i64>("select count(*) from batch where marked_at is null"), 1);
        // The one before is next, while it is held; and what was taken back can be marked again.
        assert_eq!(desk.newest(&admin, 14), Some(desk.undoable(1, "mark", 15)));
        desk.mark(at(14), &[2], leaving);
        assert_eq!(desk.newest(&admin, 14), Some(desk.undoable(2, "mark", 19)));
        desk.assert_sound();
    }
}

#[test]
fn a_mark_that_left_stays() {
    let mut desk = Desk::new();
    desk.capture(at(0), "5844 0010", "", UPSTREAM).unwrap();
    let (admin, epoch) = (desk.admin.clone(), desk.epoch());
    let job = desk.claim(epoch, at(5), Destination::Upstream)[0].jobs[0];
    pulled::uploaded(&mut desk.db, epoch, at(6), job, None, 900).unwrap();
    refused(desk.take_back(&admin, 7, 1, "mark"), "it is not marked: it is pending");
    desk.mark(at(8), &[1], UPSTREAM);
    assert_eq!(desk.claim(epoch, at(13), Destination::Upstream).len(), 1);
    refused(desk.take_back(&admin, 9, 1, "mark"), "it is being sent now: the upstream keeps a mark for good");
    assert_eq!(desk.newest(&admin, 9), None);
}

/// Newest first, by the order of the acts and not by any clock.
#[test]
fn the_newest_act_goes_first() {
    let mut desk = Desk::new();
    let agent = desk.agent.clone();
    desk.capture(at(2), "5844 0010", "", NO_UPSTREAM).unwrap();
    desk.allowed_text(at(1), "one");
    desk.capture(at(1), "5844 0011", "", NO_UPSTREAM).unwrap();
    let mut kinds = Vec::new();
    while let Some(act) = desk.newest(&agent, 3) {
        desk.take_back(&agent, 3, act.seq, &act.kind).unwrap();
        kinds.push((act.kind, act.seq));
    }
    assert_eq!(kinds, [("update".to_owned(), 2), ("text".to_owned(), 1), ("update".to_owned(), 1)]);
    assert_eq!(desk.mobile(), KEVINS);
}

#[test]
fn nobody_takes_back_what_is_somebody_elses() {
    let mut desk = Desk::new();
    desk.capture(at(0), "5844 0010", "", UPSTREAM).unwrap();
    desk.allowed_text(at(0), "hello");
    desk.mark(at(0), &[1], UPSTREAM);
    let boss = users::add(&mut desk.db, &desk.admin, NOW, 2, "Second Admin", Role::Admin).unwrap();
    let boss = boss.actor(Origin::Desk);
    assert_eq!(desk.newest(&boss, 1), None);
    for (seq, kind) in [(1, "update"), (2, "text"), (1, "mark")] {
        assert!(matches!(desk.take_back(&boss, 1, seq, kind), Err(Error::Denied(_))), "{kind}");
    }
    let agent = desk.agent.clone();
    assert!(matches!(desk.take_back(&agent, 1, 1, "mark"), Err(Error::Denied(_))));
    assert!(matches!(desk.take_back(&agent, 1, 9, "text"), Err(Error::NotFound { .. })));
    assert_eq!(desk.states(), ["waiting"; 3]);
}

#[test]
fn a_text_to_a_stranger_is_named_by_its_number() {
    let mut desk = Desk::new();
    let stranger = "+12025550143";
    desk.consent(stranger, Act::Grant);
    let text = NewText {
        from: number(OURS),
        to: number(stranger),
        customer: None,
        body: Body("hello".into()),
        purpose: Purpose::Service,
    };
    let agent = desk.agent.clone();
    super::super::messages::send(&mut desk.db, &agent, at(0), &text, WINDOW).unwrap();
    let name = SafeText::new(stranger);
    let act = Undoable { customer: None, name: name.clone(), ..desk.undoable(1, "text", 5) };
    assert_eq!(desk.newest(&agent, 1), Some(act));
    let undone = Undone { customer: None, name, ..desk.undone("text", "hello") };
    let another = SafeText::new("+12025550144");
    drafts::put(&mut desk.db, &agent, at(1), another.clone(), DraftOf::Text, "to another").unwrap();
    assert_eq!(desk.take_back(&agent, 1, 1, "text").unwrap(), undone);
    let kept = |whose: SafeText| {
        drafts::get(&desk.db, &agent, whose, DraftOf::Text).unwrap().map(|draft| draft.body)
    };
    assert_eq!(kept(SafeText::new(stranger)).as_deref(), Some("hello"));
    assert_eq!(kept(another).as_deref(), Some("to another"));
}

/// Nothing typed is lost: neither the words that come back nor those begun since.
#[test]
fn what_is_taken_back_goes_before_what_was_begun_since() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "Votre code");
    let (agent, kevin) = (desk.agent.clone(), Some(desk.kevin));
    drafts::put(&mut desk.db, &agent, at(1), kevin, DraftOf::Text, "A bientot").unwrap();
    desk.take_back(&agent, 2, 1, "text").unwrap();
    let draft = drafts::get(&desk.db, &agent, kevin, DraftOf::Text).unwrap().unwrap();
    assert_eq!((draft.body.as_str(), draft.at), ("Votre code\nA bientot", at(2)));
}
