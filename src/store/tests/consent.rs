//! The gate asked of real rows: G23, G24, STOP and START (FACTS 11), and what a no cancels.

use super::super::consent::{ask, log, record};
use super::super::customers::{add, import};
use super::super::inbound::{polled, rejected};
use super::*;
use crate::domain::consent::Block;

impl Desk {
    fn gate(&self, to: &str) -> std::result::Result<(), &'static str> {
        let asked = ask(&self.db, &self.agent, &number(to), Some(self.kevin), Purpose::Service).unwrap();
        asked.map(|_| ()).map_err(|block| match block {
            Block::Stopped { .. } => "stopped",
            Block::Revoked { .. } => "revoked",
            Block::RevokedElsewhere { .. } => "elsewhere",
            Block::NeverAsked { .. } => "never asked",
            Block::Held { .. } => "held",
            Block::DoNotContact { .. } => "listed",
        })
    }

    fn says(&mut self, epoch: i64, sid: &str, body: &str) {
        let seen = inbound(sid, body, Delivery::Received, at(60));
        polled(&mut self.db, epoch, at(61), vec![seen]).unwrap();
    }
}

#[test]
fn g23_a_yes_belongs_to_one_number_and_a_no_to_the_person() {
    let mut desk = Desk::new();
    assert_eq!(desk.gate(KEVINS), Err("never asked"));
    desk.consent(KEVINS, Act::Grant);
    assert_eq!((desk.gate(KEVINS), desk.gate(OTHER)), (Ok(()), Err("never asked")));
    // A corrected number starts without a yes.
    desk.capture(at(1), "5844 0010", "", NO_UPSTREAM).unwrap();
    assert_eq!(desk.gate(OTHER), Err("never asked"));
    desk.consent(OTHER, Act::Grant);
    assert_eq!(desk.gate(OTHER), Ok(()));
    // A no on the old one follows to the new one, and a later yes is for that number only.
    desk.consent(KEVINS, Act::Revoke);
    assert_eq!((desk.gate(KEVINS), desk.gate(OTHER)), (Err("revoked"), Err("elsewhere")));
    desk.consent(OTHER, Act::Grant);
    assert_eq!((desk.gate(KEVINS), desk.gate(OTHER)), (Err("revoked"), Ok(())));
}

/// The no is found by any number the person has or had: from the master, retired, corrected, or
/// only named in the log.
#[test]
fn g23_a_no_follows_from_every_number_the_person_had() {
    let with_mobile = |value: &str| NewCustomer { phones: vec![phone("mobile", value)], ..kevin() };
    type Gives = fn(&mut Desk);
    let ways: [(&str, Gives); 3] = [
        ("master", |desk| {
            let row = NewCustomer { phones: vec![phone("home", OTHER)], ..kevin() };
            import(&mut desk.db, &desk.admin, at(1), &[row]).unwrap();
        }),
        ("capture", |desk| {
            desk.capture(at(1), "5844 0010", "", NO_UPSTREAM).unwrap();
        }),
        ("log", |_| {}),
    ];
    for (name, give) in ways {
        let mut desk = Desk::new();
        give(&mut desk);
        desk.consent(KEVINS, Act::Grant);
        desk.consent(OTHER, Act::Revoke);
        assert_eq!(desk.gate(KEVINS), Err("elsewhere"), "{name}");
    }
    let mut desk = Desk::new();
    import(&mut desk.db, &desk.admin, at(1), &[with_mobile(OTHER)]).unwrap();
    desk.consent(KEVINS, Act::Revoke);
    desk.consent(OTHER, Act::Grant);
    desk.consent(KEVINS, Act::Revoke);
    assert_eq!(desk.gate(OTHER), Err("elsewhere"), "retired");
}

/// G13, G23: a no belongs to the number for everyone on it.
#[test]
fn a_no_closes_a_shared_number_for_the_whole_family() {
    let mut desk = Desk::new();
    let kim =
        NewCustomer { name: "Kim".into(), phones: vec![phone("mobile", KEVINS)], ..NewCustomer::default() };
    let kim = add(&mut desk.db, &desk.agent, NOW, &kim).unwrap();
    desk.consent(KEVINS, Act::Grant);
    desk.consent(KEVINS, Act::Revoke);
    let asked = ask(&desk.db, &desk.agent, &number(KEVINS), Some(kim), Purpose::Service).unwrap();
    assert!(matches!(asked, Err(Block::Revoked { .. })));
}

#[test]
fn g24_a_yes_for_service_is_none_for_marketing() {
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    let asked = ask(&desk.db, &desk.agent, &number(KEVINS), Some(desk.kevin), Purpose::Marketing).unwrap();
    assert_eq!(asked, Err(Block::NeverAsked { purpose: Purpose::Marketing }));
}

/// Design 4.7: the no and what it cancels are one commit.
#[test]
fn a_no_cancels_what_waits_for_that_number_and_purpose() {
    let mut desk = Desk::new();
    desk.consent(OTHER, Act::Grant);
    let first = desk.allowed_text(at(1), "one");
    let second = desk.allowed_text(at(2), "two");
    let elsewhere = desk.text(at(3), OTHER, "three").unwrap();
    let entry = entry(&number(KEVINS), Some(desk.kevin), Purpose::Marketing, Act::Revoke);
    assert_eq!(record(&mut desk.db, &desk.agent, at(4), &entry.as_ref()).unwrap(), 0, "another purpose");
    assert_eq!(desk.consent(KEVINS, Act::Revoke), 2);
    assert_eq!(desk.status_of(first), "canceled");
    assert_eq!(desk.status_of(second), "canceled");
    // The other number's text is held back when it is claimed: the no follows the person.
    assert_eq!(desk.status_of(elsewhere), "waiting");
    let epoch = desk.epoch();
    assert_eq!(desk.claim(epoch, at(60), Destination::Twilio), []);
    assert_eq!(desk.status_of(elsewhere), "canceled");
    desk.assert_sound();
}

#[test]
fn a_no_that_cannot_be_stored_cancels_nothing() {
    let mut desk = Desk::new();
    desk.allowed_text(at(1), "one");
    desk.run(
        "create temp trigger broken before insert on main.evidence begin select raise(abort, 'broken'); end",
    );
    let entry = entry(&number(KEVINS), None, Purpose::Service, Act::Revoke);
    assert!(record(&mut desk.db, &desk.agent, at(2), &entry.as_ref()).is_err());
    desk.run("drop trigger broken");
    assert_eq!((desk.gate(KEVINS), desk.states()), (Ok(()), vec!["waiting".to_owned()]));
}

#[test]
fn stop_closes_every_purpose_cancels_what_waits_and_only_start_opens_again() {
    let mut desk = Desk::new();
    let waiting = desk.allowed_text(at(1), "one");
    let epoch = desk.epoch();
    desk.says(epoch, "SM1", "  Stop ");
    assert_eq!((desk.gate(KEVINS), desk.status_of(waiting).as_str()), (Err("stopped"), "canceled"));
    assert_eq!(desk.one::<i64>("select count(distinct purpose) from consent where act = 'revoke'"), 2);
    desk.consent(KEVINS, Act::Grant);
    assert_eq!(desk.gate(KEVINS), Err("stopped"), "a yes over the phone does not undo a STOP");
    desk.says(epoch, "SM2", "START please");
    assert_eq!(desk.gate(KEVINS), Err("stopped"), "that is no keyword");
    desk.says(epoch, "SM3", "START");
    assert_eq!(desk.gate(KEVINS), Ok(()));
    // Listed again, an old STOP changes nothing.
    desk.says(epoch, "SM1", "STOP");
    assert_eq!(desk.gate(KEVINS), Ok(()));
}

/// Twilio lists the newest first, and with whole seconds only.
#[test]
fn of_a_stop_and_a_start_in_one_poll_the_later_counts() {
    let texts = |bodies: [&str; 2], gap: u64| {
        let seen = |n: usize, when| inbound(&format!("SM{n}"), bodies[n], Delivery::Received, when);
        vec![seen(1, at(60 + gap)), seen(0, at(60))]
    };
    for gap in [0, 5] {
        for (bodies, expected) in [(["START", "STOP"], Err("stopped")), (["STOP", "START"], Ok(()))] {
            let mut desk = Desk::new();
            desk.consent(KEVINS, Act::Grant);
            let epoch = desk.epoch();
            assert_eq!(polled(&mut desk.db, epoch, at(99), texts(bodies, gap)).unwrap(), 2);
            assert_eq!(desk.gate(KEVINS), expected, "{bodies:?}, {gap} s apart");
        }
    }
}

/// FACTS 5: 21610 is an opt-out that we had not heard of; it follows the person as well.
#[test]
fn error_21610_is_a_stop() {
    let mut desk = Desk::new();
    desk.consent(OTHER, Act::Grant);
    desk.text(at(1), OTHER, "one").unwrap();
    desk.consent(KEVINS, Act::Grant);
    let epoch = desk.epoch();
    let claimed = desk.claim(epoch, at(60), Destination::Twilio);
    let refused = verdict(claimed[0].jobs[0], Step::Reject);
    rejected(&mut desk.db, epoch, at(61), &refused, text_of(&claimed[0]), Some(21610)).unwrap();
    assert_eq!((desk.gate(OTHER), desk.gate(KEVINS)), (Err("stopped"), Err("elsewhere")));
    let message = text_of(&claimed[0]).message;
    assert_eq!(desk.status_of(message), "failed");
}

#[test]
fn other_refusals_say_nothing_about_consent() {
    let mut desk = Desk::new();
    desk.allowed_text(at(1), "one");
    let epoch = desk.epoch();
    let claimed = desk.claim(epoch, at(60), Destination::Twilio);
    let refused = verdict(claimed[0].jobs[0], Step::Reject);
    rejected(&mut desk.db, epoch, at(61), &refused, text_of(&claimed[0]), Some(21211)).unwrap();
    assert_eq!(desk.gate(KEVINS), Ok(()));
    assert_eq!(desk.one::<i64>("select error_code from message"), 21211);
}

#[test]
fn nobody_here_can_text_a_keyword_for_the_customer() {
    let mut desk = Desk::new();
    let to = number(KEVINS);
    let lift = entry(&to, None, Purpose::Service, Act::Lift);
    let stop = entry(&to, None, Purpose::Service, Act::Revoke);
    for entry in [lift.as_ref(), NewEntry { method: Method::Keyword, ..stop.as_ref() }] {
        let recorded = record(&mut desk.db, &desk.admin, NOW, &entry);
        assert!(matches!(recorded, Err(Error::Denied(_))));
    }
    assert_eq!(log(&desk.db, &desk.agent, &to).unwrap(), []);
}

#[test]
fn the_log_says_who_what_and_in_which_words() {
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    let epoch = desk.epoch();
    desk.says(epoch, "SM1", "STOP");
    let log = log(&desk.db, &desk.agent, &number(KEVINS)).unwrap();
    let lines: Vec<_> =
        log.iter().map(|line| (line.act, line.by.as_deref(), line.wording.as_str())).collect();
    assert_eq!(
        lines,
        [
            (Act::Grant, Some("David Brown"), "May we text you on this number?"),
            (Act::Revoke, None, "STOP"),
            (Act::Revoke, None, "STOP"),
        ]
    );
}
