//! Quiet hours and chosen times at each step of a text: queued, claimed, released by an answer, moved,
//! taken back (design 4.7, Show 5, TWS-92).

use super::*;
use crate::domain::job::State;
use crate::domain::later::sentence;
use crate::domain::quiet::{File, Rules};
use crate::store::messages::{self, Checks, Queued};
use crate::store::{inbound, later, open, outbox};

/// Washington: five hours behind.
const DC: &str = "+12025550143";
/// 23:00 there.
const NIGHT: &str = "2026-01-15T04:00:00Z";
const MORNING: &str = "2026-01-15T13:00:00Z";

fn utc(text: &str) -> Micros {
    Micros::parse_rfc3339(text).unwrap()
}

fn rules() -> Arc<Rules> {
    Arc::new(Rules::new(Region::MU, File::new()).unwrap())
}

/// A yes to advertising has to be in writing where some of these customers are.
fn in_writing(entry: &super::OwnEntry) -> super::super::consent::NewEntry<'_> {
    super::super::consent::NewEntry { method: crate::domain::consent::Method::Web, ..entry.as_ref() }
}

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.db.set_quiet(rules());
    for purpose in Purpose::ALL {
        let entry = entry(&number(DC), Some(desk.kevin), purpose, Act::Grant);
        super::super::consent::record(&mut desk.db, &desk.agent, NOW, &in_writing(&entry)).unwrap();
    }
    desk
}

fn send(desk: &mut Desk, now: &str, purpose: Purpose, at: Option<&str>) -> Queued {
    let text = NewText {
        from: number(OURS),
        to: number(DC),
        customer: Some(desk.kevin),
        body: Body("Your card is ready.".into()),
        purpose,
    };
    messages::send_checked(
        &mut desk.db,
        &desk.agent,
        utc(now),
        &text,
        WINDOW,
        &Checks::default(),
        at.map(utc),
    )
    .unwrap()
}

fn left(desk: &mut Desk, epoch: i64, now: &str) -> usize {
    desk.claim(epoch, utc(now), Destination::Twilio).len()
}

/// State, not before, deadline and sentence of the newest job.
fn newest(desk: &Desk) -> (State, Micros, Option<Micros>, Option<String>) {
    let job = outbox::list(&desk.db, &desk.agent, true, 1).unwrap().remove(0);
    (job.state, job.not_before, job.deadline, job.reason.and_then(|reason| sentence(&reason, "")))
}

fn waits(till: &str, deadline: &str) -> (State, Micros, Option<Micros>, Option<String>) {
    let said = "waits: quiet hours till 08:00".to_owned();
    (State::Waiting, utc(till), Some(utc(deadline)), Some(said))
}

#[test]
fn show_5_what_is_queued_in_quiet_hours_leaves_by_itself_at_the_next_allowed_minute() {
    let mut desk = desk();
    let epoch = desk.epoch();
    let queued = send(&mut desk, NIGHT, Purpose::Service, None);
    assert_eq!((queued.leaves, queued.why.as_str()), (utc(MORNING), "quiet hours till 08:00"));
    // The deadline of 4 h begins in the morning.
    assert_eq!(newest(&desk), waits(MORNING, "2026-01-15T17:00:00Z"));
    assert_eq!(left(&mut desk, epoch, "2026-01-15T12:59:59Z"), 0);
    assert_eq!(left(&mut desk, epoch, MORNING), 1);
}

#[test]
fn show_5_hours_that_fall_quiet_in_the_undo_window_are_seen_when_it_is_claimed() {
    let mut desk = desk();
    let epoch = desk.epoch();
    let queued = send(&mut desk, "2026-01-15T01:59:58Z", Purpose::Service, None);
    assert_eq!((queued.leaves, queued.why.as_str()), (utc("2026-01-15T02:00:03Z"), ""));
    assert_eq!(left(&mut desk, epoch, "2026-01-15T02:00:03Z"), 0);
    let (state, till, deadline, said) = newest(&desk);
    assert_eq!(
        (state, till, said.as_deref()),
        (State::Waiting, utc(MORNING), Some("waits: quiet hours till 08:00"))
    );
    assert_eq!(
        deadline,
        Some(utc(MORNING) + WINDOW.deadline),
        "what is left of the 4 h is left in the morning"
    );
    assert_eq!(left(&mut desk, epoch, MORNING), 1);
}

#[test]
fn advertising_that_is_put_off_holds_up_no_service_text() {
    let mut desk = desk();
    let epoch = desk.epoch();
    send(&mut desk, "2026-01-15T01:59:58Z", Purpose::Marketing, None);
    assert_eq!(left(&mut desk, epoch, "2026-01-15T02:00:03Z"), 0);
    send(&mut desk, "2026-01-15T12:59:00Z", Purpose::Service, None);
    let at_eight = desk.claim(epoch, utc(MORNING), Destination::Twilio);
    assert_eq!(at_eight.len(), 2, "each by itself");
}

#[test]
fn a_clock_that_was_set_back_sends_nothing_before_its_time() {
    let mut desk = desk();
    let epoch = desk.epoch();
    send(&mut desk, NIGHT, Purpose::Service, Some("2026-01-16T15:00:00Z"));
    send(&mut desk, NIGHT, Purpose::Service, None);
    let now = "2026-01-15T03:00:00Z";
    super::super::claims::clamp(&mut desk.db, epoch, utc(now)).unwrap();
    for hours in 0..9 {
        let now = utc(now) + Duration::from_secs(hours * 3600);
        assert_eq!(desk.claim(epoch, now, Destination::Twilio), [], "{now}");
    }
    assert_eq!(left(&mut desk, epoch, MORNING), 1);
    assert_eq!(left(&mut desk, epoch, "2026-01-16T14:59:59Z"), 0);
    assert_eq!(left(&mut desk, epoch, "2026-01-16T15:00:00Z"), 1);
}

#[test]
fn for_an_hour_after_their_text_ours_leaves_and_what_waited_goes_before_it() {
    let mut desk = desk();
    let epoch = desk.epoch();
    send(&mut desk, NIGHT, Purpose::Service, None);
    send(&mut desk, NIGHT, Purpose::Marketing, None);
    let awake = utc("2026-01-15T05:00:00Z");
    let seen =
        Seen { from: number(DC).into(), ..inbound("SM1", "Are you there?", Delivery::Received, awake) };
    inbound::polled(&mut desk.db, epoch, awake, vec![seen]).unwrap();
    send(&mut desk, "2026-01-15T05:00:10Z", Purpose::Service, None);
    let first = desk.claim(epoch, awake + Duration::from_secs(20), Destination::Twilio);
    assert_eq!(first.len(), 1, "the one that waited; ours is behind it, advertising sleeps on");
    desk.settle(epoch, awake + Duration::from_secs(21), first[0].jobs[0], Step::Accept).unwrap();
    assert_eq!(left(&mut desk, epoch, "2026-01-15T05:00:22Z"), 1);
    assert_eq!(desk.states(), ["accepted", "waiting", "in flight"]);
}

#[test]
fn a_stop_at_night_cancels_what_waits_for_the_morning() {
    let mut desk = desk();
    let epoch = desk.epoch();
    send(&mut desk, NIGHT, Purpose::Service, None);
    send(&mut desk, NIGHT, Purpose::Service, Some("2026-01-16T15:00:00Z"));
    let awake = utc("2026-01-15T05:00:00Z");
    let seen = Seen { from: number(DC).into(), ..inbound("SM1", "STOP", Delivery::Received, awake) };
    inbound::polled(&mut desk.db, epoch, awake, vec![seen]).unwrap();
    assert_eq!(desk.states(), ["canceled", "canceled"]);
    assert_eq!(left(&mut desk, epoch, "2026-01-17T15:00:00Z"), 0);
}

#[test]
fn advertising_is_not_sent_where_nobody_knows_the_hour() {
    let mut desk = desk();
    let nowhere = number("+80012345678");
    let entry = entry(&nowhere, None, Purpose::Marketing, Act::Grant);
    super::super::consent::record(&mut desk.db, &desk.agent, NOW, &in_writing(&entry)).unwrap();
    let text = NewText {
        from: number(OURS),
        to: nowhere,
        customer: None,
        body: Body("Offer".into()),
        purpose: Purpose::Marketing,
    };
    let refused = messages::send(&mut desk.db, &desk.agent, utc(NIGHT), &text, WINDOW).unwrap_err();
    assert!(refused.to_string().contains("nobody knows what time it is"), "{refused}");
    assert_eq!(desk.states(), [""; 0]);
}

/// TWS-92: kept over a restart, its 4 h begin at the chosen time, and it is in nobody's way.
#[test]
fn tws_92_a_text_for_later_leaves_then_and_holds_up_no_other() {
    let mut desk = desk();
    let epoch = desk.epoch();
    let queued = send(&mut desk, "2026-01-15T15:00:00Z", Purpose::Service, Some("2026-01-16T14:00:00Z"));
    assert_eq!(
        (queued.leaves, queued.why.as_str()),
        (utc("2026-01-16T14:00:00Z"), "chosen for Fri 16 Jan 09:00")
    );
    send(&mut desk, "2026-01-15T15:01:00Z", Purpose::Service, None);
    assert_eq!(left(&mut desk, epoch, "2026-01-15T15:02:00Z"), 1, "the one of now");
    desk.db = open::open(&desk.location).unwrap();
    desk.db.set_quiet(rules());
    let again = desk.epoch();
    let epoch = again.max(epoch);
    assert_eq!(left(&mut desk, epoch, "2026-01-16T13:59:59Z"), 0);
    let later = later::list(&desk.db, &desk.agent).unwrap();
    assert_eq!((later.len(), later[0].leaves), (1, utc("2026-01-16T14:00:00Z")));
    assert_eq!(left(&mut desk, epoch, "2026-01-16T17:59:00Z"), 1, "within the 4 h");
}

#[test]
fn tws_92_a_chosen_time_in_quiet_hours_waits_for_their_end() {
    let mut desk = desk();
    let queued = send(&mut desk, MORNING, Purpose::Service, Some("2026-01-16T03:00:00Z"));
    let expected = (utc("2026-01-16T13:00:00Z"), "quiet hours till 08:00");
    assert_eq!(
        (queued.leaves, queued.why.contains(expected.1) || queued.why.ends_with("08:00")),
        (expected.0, true)
    );
}

#[test]
fn tws_92_moved_and_taken_back_by_who_may() {
    let mut desk = desk();
    let epoch = desk.epoch();
    send(&mut desk, MORNING, Purpose::Service, None);
    let now = utc(MORNING);
    let (agent, admin) = (desk.agent.clone(), desk.admin.clone());
    let other = super::super::users::add(&mut desk.db, &admin, NOW, 25, "Eve Roy", Role::Agent).unwrap();
    let other = other.actor(Origin::Desk);
    let moved = |desk: &mut Desk, by: &Actor, words: &str| {
        later::reschedule(&mut desk.db, by, now, 1, words, WINDOW).map_err(|why| why.to_string())
    };
    assert_eq!(moved(&mut desk, &agent, "tomorrow 9"), Ok(utc("2026-01-16T14:00:00Z")));
    assert_eq!(moved(&mut desk, &agent, "tomorrow 23:00"), Ok(utc("2026-01-17T13:00:00Z")), "quiet hours");
    assert!(moved(&mut desk, &agent, "soon").unwrap_err().contains("not moved: \"soon\" is no time"));
    assert!(moved(&mut desk, &other, "tomorrow 9").unwrap_err().contains("somebody else"));
    assert_eq!(moved(&mut desk, &admin, "in 1 min"), Ok(now + Duration::from_secs(60)));
    assert!(later::cancel(&mut desk.db, &other, now, 1).is_err());
    later::cancel(&mut desk.db, &agent, now, 1).unwrap();
    assert_eq!(desk.states(), ["canceled"]);
    assert_eq!(desk.claim(epoch, now + Duration::from_secs(3600), Destination::Twilio), []);
    assert!(moved(&mut desk, &agent, "tomorrow 9").unwrap_err().contains("no text that still waits"));
    desk.assert_sound();
}

/// The composer is told the hour where they are.
#[test]
fn g25_a_thread_says_the_hour_where_they_are() {
    let desk = desk();
    desk.run("update customer set timezone = 'UTC', country = 'US', state = 'Hawaii'");
    let party = crate::domain::shown::Party::Customer(desk.kevin);
    let now = utc("2026-01-15T08:00:00Z");
    let thread =
        super::super::inbox::thread(&desk.db, &desk.agent, now, &party, (9, uuid::Uuid::nil())).unwrap();
    let hours = super::super::quiet::hours(&desk.db, now, &thread).unwrap();
    let expected = crate::domain::shown::Hours {
        zone: "Pacific/Honolulu".into(),
        sure: true,
        till: Some(utc("2026-01-15T18:00:00Z")),
        noted: false,
    };
    assert_eq!(hours, expected);
}
