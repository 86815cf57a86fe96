//! One process moves jobs: the lock, the epoch, and a holder that slept (design 6).

use super::super::claims::{self, claim, recover};
use super::super::lease::{TTL, renew};
use super::super::{destinations, inbound, pulled};
use super::*;

fn ttl() -> i64 {
    i64::try_from(TTL.as_secs()).unwrap()
}

#[test]
fn a_second_taker_gets_nothing_until_the_first_is_gone() {
    let mut desk = Desk::new();
    let first = desk.lease("first", 0).unwrap();
    assert!(desk.lease("second", 1).is_none());
    drop(first);
    let second = desk.lease("second", 2).unwrap();
    assert_eq!((second.epoch, desk.one::<String>("select holder from lease")), (2, "second".into()));
}

#[test]
fn a_holder_that_renews_keeps_it() {
    let mut desk = Desk::new();
    let first = desk.lease("first", 0).unwrap();
    renew(&mut desk.db, first.epoch, &boot(ttl()), NOW).unwrap();
    assert!(desk.lease("second", ttl() + 1).is_none());
}

#[test]
fn a_holder_that_slept_loses_it_and_is_fenced() {
    let mut desk = Desk::new();
    let sleeper = desk.lease("sleeper", 0).unwrap();
    assert!(desk.lease("second", ttl()).is_none(), "not yet");
    let second = desk.lease("second", ttl() + 1).unwrap();
    assert!(matches!(renew(&mut desk.db, sleeper.epoch, &boot(ttl() + 2), NOW), Err(Error::Fenced)));
    renew(&mut desk.db, second.epoch, &boot(ttl() + 2), NOW).unwrap();
}

/// The sleeper wakes, sees that it is fenced and lets go of the lock. The one who took over is
/// awake, though it never had the lock: nobody else may start.
#[test]
fn a_lock_that_a_sleeper_lets_go_is_not_a_free_lease() {
    let mut desk = Desk::new();
    let sleeper = desk.lease("sleeper", 0).unwrap();
    let second = desk.lease("second", ttl() + 1).unwrap();
    drop(sleeper);
    assert!(desk.lease("third", ttl() + 2).is_none());
    renew(&mut desk.db, second.epoch, &boot(ttl() + 3), NOW).unwrap();
    assert!(desk.lease("third", 2 * ttl()).is_none());
    // Dead, it cannot be told from asleep.
    drop(second);
    assert!(desk.lease("third", 3 * ttl() + 4).is_some());
}

#[test]
fn after_a_restart_of_the_machine_nobody_has_it() {
    let mut desk = Desk::new();
    let sleeper = desk.lease("sleeper", 0).unwrap();
    let second = desk.lease("second", ttl() + 1).unwrap();
    drop((sleeper, second));
    let database = desk.location.database.clone();
    let next_boot = BootClock { id: "next boot".into(), micros: 5 };
    assert!(super::super::lease::take(&mut desk.db, &database, "third", &next_boot, NOW).unwrap().is_some());
}

#[test]
fn the_boot_clock_goes_on() {
    let (a, b) = (BootClock::read(), BootClock::read());
    assert!(a.micros > 0 && a.micros <= b.micros);
    assert_eq!(a.id, b.id);
}

/// Every write of an engine that has lost the lease is refused, and leaves no trace.
#[test]
fn an_old_epoch_can_write_nothing() {
    let mut desk = Desk::new();
    let update = desk.capture(NOW, "5844 0010", "", UPSTREAM).unwrap();
    desk.allowed_text(NOW, "hello");
    let old = desk.lease("old", 0).unwrap();
    let epoch = old.epoch;
    let texts = desk.claim(epoch, at(10), Destination::Twilio);
    let uploads = desk.claim(epoch, at(10), Destination::Upstream);
    let (text, upload) = (&texts[0], &uploads[0]);
    let seen = outbound("SM1", text_of(text), Delivery::Queued, at(10));
    let words = text_of(text).clone();
    let message = words.message;
    desk.lease("new", ttl() + 1).unwrap();
    let before: (i64, i64) =
        (desk.one("select sum(rev) from contact_update_state"), desk.one("select max(seq) from evidence"));
    let job = upload.jobs[0];
    let db = &mut desk.db;
    let reject = verdict(text.jobs[0], Step::Reject);
    let attempt = Some(text.attempt);
    let window = (NOW, at(100));
    let refused: Vec<Result<()>> = vec![
        recover(db, epoch, at(11)).map(drop),
        claim(db, epoch, at(11), Destination::Twilio, 9).and_then(|none| {
            // Nothing is due: nothing is written either.
            if none.is_empty() { Err(Error::Fenced) } else { Ok(()) }
        }),
        claims::settle_all(db, epoch, at(11), std::slice::from_ref(&reject)),
        claims::looked_up(db, epoch, at(11), job, Some(0), at(20)),
        inbound::accepted(db, epoch, at(11), text.jobs[0], attempt, &seen),
        inbound::rejected(db, epoch, at(11), &reject, &words, Some(21610)),
        inbound::look_up(db, epoch, at(11), text.jobs[0], &words, window, std::slice::from_ref(&seen))
            .map(drop),
        inbound::polled(db, epoch, at(11), vec![inbound("SM2", "STOP", Delivery::Received, NOW)]).map(drop),
        inbound::status(db, epoch, at(11), message, &seen),
        inbound::look_later(db, epoch, at(11), message, true),
        pulled::uploaded(db, epoch, at(11), job, None, 900),
        pulled::marked(db, epoch, at(11), &verdict(job, Step::Accept), Some(1), None),
        pulled::pulled(db, epoch, at(11), &[]).map(drop),
        destinations::set(db, epoch, at(11), Destination::Twilio, destinations::Health::Online, ""),
    ];
    for (index, result) in refused.into_iter().enumerate() {
        assert!(matches!(result, Err(Error::Fenced)), "{index}: {result:?}");
    }
    assert_eq!(
        (desk.one("select sum(rev) from contact_update_state"), desk.one("select max(seq) from evidence")),
        before
    );
    assert_eq!(desk.status_of(message), "waiting");
    assert_eq!(pulled::arrived(&desk.db, update.0).unwrap(), (false, false));
}

/// With work due, a claim of an old epoch is fenced as well.
#[test]
fn an_old_epoch_claims_nothing() {
    let mut desk = Desk::new();
    desk.allowed_text(NOW, "hello");
    let old = desk.epoch();
    desk.lease("new", ttl() + 1);
    let _new = desk.lease("newer", 2 * ttl() + 2);
    let claimed = claim(&mut desk.db, old, at(10), Destination::Twilio, 9);
    assert!(matches!(claimed, Err(Error::Fenced)));
    assert_eq!(desk.states(), ["waiting"]);
}
