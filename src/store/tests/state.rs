//! The state rows and the outbox as screens show them.

use super::super::state::read;
use super::super::{destinations, inbound, outbox, pulled};
use super::*;
use crate::domain::shown::{self, State};
use crate::domain::text::SafeText;
use destinations::Health;

impl Desk {
    fn state(&self, actor: &Actor, now: Micros) -> State {
        read(&self.db, actor, now).unwrap()
    }
}

#[test]
fn the_state_rows_count_what_waits_and_what_needs_a_person() {
    let mut desk = Desk::new();
    assert_eq!(desk.state(&desk.agent, at(0)), State::default());
    let epoch = desk.epoch();
    desk.capture(at(0), "5844 0010", "", UPSTREAM).unwrap();
    let supervisor = desk.supervisor.clone();
    desk.capture_as(&supervisor, at(1), "5844 0011", "", UPSTREAM).unwrap();
    desk.allowed_text(at(2), "one");
    desk.allowed_text(at(3), "two");
    let both = State { to_upload: 2, texts_waiting: 2, pending: 2, ..State::default() };
    assert_eq!(desk.state(&desk.admin, at(4)), both);
    // NIC-100: an agent's own.
    assert_eq!(desk.state(&desk.agent, at(4)), State { pending: 1, ..both.clone() });

    destinations::set(&mut desk.db, epoch, at(5), Destination::Twilio, Health::Offline, "no route").unwrap();
    let refused = "401: the API key is not known";
    destinations::set(&mut desk.db, epoch, at(6), Destination::Upstream, Health::Refused, refused).unwrap();
    let health = State {
        offline: Some(at(5)),
        refused: Some("upstream: 401: the API key is not known".into()),
        ..both.clone()
    };
    assert_eq!(desk.state(&desk.admin, at(7)), health);
    for (to, missing) in [(Destination::Twilio, "no account"), (Destination::Upstream, "no token")] {
        destinations::set(&mut desk.db, epoch, at(7), to, Health::NotSetUp, missing).unwrap();
        assert_eq!(destinations::known(&desk.db, to).unwrap().health, Health::NotSetUp);
    }
    let not_set_up =
        State { no_texting: Some("no account".into()), no_upload: Some("no token".into()), ..both };
    assert_eq!(desk.state(&desk.admin, at(7)), not_set_up);
    for to in Destination::ALL {
        destinations::set(&mut desk.db, epoch, at(8), to, Health::Online, "").unwrap();
    }

    // One upload arrives, the other is refused; of the texts one is refused, one in doubt for good.
    let first = desk.claim(epoch, at(10), Destination::Upstream)[0].jobs[0];
    pulled::uploaded(&mut desk.db, epoch, at(11), first, None, 900).unwrap();
    let second = desk.claim(epoch, at(12), Destination::Upstream)[0].jobs[0];
    desk.settle(epoch, at(13), second, Step::Reject).unwrap();
    let text = desk.claim(epoch, at(14), Destination::Twilio)[0].jobs[0];
    desk.settle(epoch, at(15), text, Step::Reject).unwrap();
    let text = desk.claim(epoch, at(16), Destination::Twilio)[0].jobs[0];
    desk.settle(epoch, at(17), text, Step::Doubt).unwrap();
    desk.settle(epoch, at(17), text, Step::GiveUp).unwrap();
    inbound::polled(
        &mut desk.db,
        epoch,
        at(18),
        vec![
            super::inbound("SM1", "merci", Delivery::Received, at(18)),
            super::inbound("SM2", "a demain", Delivery::Received, at(18)),
        ],
    )
    .unwrap();
    let after =
        State { needs_person: 3, unread: 1, pending: 2, uploaded_at: Some(at(11)), ..State::default() };
    assert_eq!(desk.state(&desk.admin, at(19)), after);
    // A refused text is yesterday's news tomorrow; a refused upload waits for somebody.
    assert_eq!(desk.state(&desk.admin, at(86_500)).needs_person, 2);
    desk.mark(at(20), &[2], NO_UPSTREAM);
    assert_eq!(desk.state(&desk.admin, at(21)).needs_person, 2);
}

#[test]
fn outbox_lines_say_whose_they_are() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "one");
    let supervisor = desk.supervisor.clone();
    desk.capture_as(&supervisor, at(1), "5844 0010", "", UPSTREAM).unwrap();
    desk.allowed_text(at(2), "two");
    let line = |seq, kind: &str, about: &str, n| shown::Job {
        seq,
        kind: kind.into(),
        state: "waiting".into(),
        name: SafeText::new("Kevin Anderson Curepipe"),
        about: SafeText::new(about),
        not_before: at(n + 5),
        attempts: 0,
        reason: SafeText::default(),
        behind: None,
        at: at(n),
        mine: true,
    };
    let expected = [
        line(1, "text", KEVINS, 0),
        shown::Job { mine: false, ..line(2, "update", "mobile", 1) },
        shown::Job { behind: Some(1), ..line(3, "text", KEVINS, 2) },
    ];
    assert_eq!(outbox::shown(&desk.db, &desk.agent, false, 9).unwrap(), expected);
}
