//! Every fault of the sandbox, struck at texts and at updates, directly and over real HTTP: never a
//! second text by machine, updates at least once with their repeats recognised, and a STOP that
//! waited at Twilio during an outage stops what waited here (design 4).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use cordboard::domain::consent::Act;
use cordboard::domain::ids::CustomerId;
use cordboard::domain::phone::E164;
use cordboard::domain::update::{Status, Upload};
use cordboard::sandbox::{Config, Fault, Kind, On, Target};
use cordboard::store::doctor;
use cordboard::store::updates::{Leaving, Marked};
use support::OURS;
use support::bench::Bench;

const LEAVING: Leaving = Leaving { undo: Duration::from_secs(5), upstream: true };

/// Longer than all look-ups of one text together.
const LONG: Duration = Duration::from_secs(500);

/// How a text must end when a fault has struck its creation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ends {
    /// Twilio has it once and we know.
    Delivered,
    /// Twilio never had it and nobody can know: a person decides.
    NotConfirmed,
}

fn table() -> Vec<(Kind, Ends)> {
    use Ends::*;
    vec![
        (Kind::Hang { stored: true }, Delivered),
        (Kind::Hang { stored: false }, NotConfirmed),
        (Kind::AcceptAndCut, Delivered),
        (Kind::CutBefore, NotConfirmed),
        (Kind::Status429 { retry_after: Some(3) }, Delivered),
        (Kind::Status429 { retry_after: None }, Delivered),
        (Kind::Error500AfterStoring, Delivered),
        (Kind::Error500, NotConfirmed),
        (Kind::Html502 { stored: true }, Delivered),
        (Kind::Html502 { stored: false }, NotConfirmed),
        (Kind::TruncatedJson, Delivered),
        (Kind::Slow { ms: 200 }, Delivered),
        (Kind::Slow { ms: 40_000 }, Delivered),
        (Kind::Unreadable, Delivered),
        (Kind::Redirect, NotConfirmed),
        (Kind::Credential, Delivered),
    ]
}

fn benches(config: &Config) -> [(&'static str, Bench); 2] {
    [("direct", Bench::direct(config.clone(), 1)), ("http", Bench::http(config.clone(), 1))]
}

fn kevin(bench: &mut Bench) -> (CustomerId, E164) {
    let number = E164::parse("+23057372333").unwrap();
    let id = bench.desk.customer("C7013", "Kevin Anderson Curepipe", number.as_str());
    bench.desk.consent(bench.now, &number, Some(id), Act::Grant);
    (id, number)
}

fn sound(bench: &Bench) {
    for check in doctor::examine(&bench.desk.db).unwrap() {
        assert_eq!(check.wrong, None, "{}", check.name);
    }
}

/// How often Twilio has a text with these words from us.
fn at_twilio(bench: &mut Bench, body: &str) -> usize {
    let messages = bench.world().messages();
    messages.iter().filter(|m| m.body.as_deref() == Some(body)).count()
}

fn status(bench: &Bench, body: &str) -> String {
    let messages = bench.desk.messages();
    messages.iter().find(|m| m.body.as_str() == body).unwrap().status.clone()
}

#[test]
fn a_fault_at_the_creation_of_a_text_never_makes_a_second_one() {
    for (kind, ends) in table() {
        for (net, mut bench) in benches(&Config::default()) {
            let (customer, number) = kevin(&mut bench);
            bench.run(Duration::from_secs(15));
            bench.world().add_fault(Fault::new(kind.clone()).at(Target::Twilio, On::Create).times(1));
            bench.desk.text(bench.now, customer, &number, "first").unwrap();
            bench.desk.text(bench.now, customer, &number, "second").unwrap();
            bench.run(LONG);
            let (there, here) = (at_twilio(&mut bench, "first"), status(&bench, "first"));
            let expected = match ends {
                Ends::Delivered => (1, "delivered"),
                Ends::NotConfirmed => (0, "unconfirmed"),
            };
            assert_eq!((there, here.as_str()), expected, "{kind:?} {net}");
            assert_eq!(at_twilio(&mut bench, "second"), 1, "{kind:?} {net}: the lane goes on");
            assert_eq!(status(&bench, "second"), "delivered", "{kind:?} {net}");
            sound(&bench);
        }
    }
}

#[test]
fn lists_that_fail_lag_or_turn_only_delay_a_look_up() {
    let faults = [
        Kind::StaleLists { seconds: 10 },
        Kind::Reorder,
        Kind::Error500,
        Kind::Html502 { stored: false },
        Kind::TruncatedJson,
        Kind::Unreadable,
        Kind::Status429 { retry_after: Some(2) },
        Kind::CutBefore,
        Kind::Redirect,
    ];
    for kind in faults {
        for (net, mut bench) in benches(&Config::default()) {
            let (customer, number) = kevin(&mut bench);
            bench.run(Duration::from_secs(15));
            bench.world().add_fault(Fault::new(Kind::AcceptAndCut).at(Target::Twilio, On::Create).times(1));
            bench.world().add_fault(Fault::new(kind.clone()).at(Target::Twilio, On::List).times(3));
            bench.desk.text(bench.now, customer, &number, "once").unwrap();
            bench.run(LONG);
            assert_eq!(at_twilio(&mut bench, "once"), 1, "{kind:?} {net}");
            assert_eq!(status(&bench, "once"), "delivered", "{kind:?} {net}");
        }
    }
}

#[test]
fn a_fault_at_an_upload_costs_nothing_and_repeats_are_recognised() {
    let honest = Config::honest();
    let plain = Config::default();
    for (kind, _) in table() {
        for config in [&honest, &plain] {
            for (net, mut bench) in benches(config) {
                let (customer, _) = kevin(&mut bench);
                bench.run(Duration::from_secs(15));
                bench.world().add_fault(Fault::new(kind.clone()).at(Target::Upstream, On::Create).times(1));
                // A customer corrected three times uploads three facts, in order.
                for mobile in ["5844 0019", "5844 0010", "5844 0011"] {
                    bench.desk.capture(bench.now, customer, mobile, "", LEAVING).unwrap();
                }
                bench.run(LONG);
                let context = format!("{kind:?} {net} dedupe {}", config.dedupe);
                let updates = bench.desk.updates();
                assert_eq!(updates.len(), 3, "{context}: a repeat was taken for a fact");
                assert!(updates.iter().all(|u| u.upload == Upload::Uploaded), "{context}");
                let rows = bench.world().updates();
                let mut order: Vec<_> = rows.iter().map(|row| row.new_mobile.clone().unwrap()).collect();
                order.dedup();
                assert_eq!(order, ["58440019", "58440010", "58440011"], "{context}");
                if config.dedupe {
                    assert_eq!(rows.len(), 3, "{context}");
                }
                sound(&bench);
            }
        }
    }
}

#[test]
fn a_fault_at_a_mark_ends_with_the_mark_set_once() {
    for (kind, _) in table() {
        for config in [Config::honest(), Config::default()] {
            for (net, mut bench) in benches(&config) {
                let (customer, _) = kevin(&mut bench);
                for mobile in ["5844 0019", "5844 0010"] {
                    bench.desk.capture(bench.now, customer, mobile, "", LEAVING).unwrap();
                }
                bench.run(Duration::from_secs(15));
                bench.world().add_fault(Fault::new(kind.clone()).at(Target::Upstream, On::Mark).times(1));
                for update in bench.desk.updates() {
                    assert_eq!(bench.desk.mark(bench.now, update.seq, LEAVING), Marked::Done);
                }
                bench.run(LONG);
                let context = format!("{kind:?} {net}");
                for row in bench.world().updates() {
                    assert_eq!(
                        (row.status.as_deref(), row.synced_by),
                        (Some("synced"), Some(1)),
                        "{context}"
                    );
                }
                assert!(bench.desk.jobs().iter().all(|job| !job.state.blocks_lane()), "{context}");
            }
        }
    }
}

#[test]
fn nic_94_g11_the_count_of_a_bulk_sync_is_never_trusted() {
    let mut bench = Bench::direct(Config::honest(), 1);
    for n in 0..5 {
        let id = bench.desk.customer(&format!("B{n}"), "Bulk", &format!("+2305844001{n}"));
        bench.desk.capture(bench.now, id, &format!("5900000{n}"), "", LEAVING).unwrap();
    }
    bench.run(Duration::from_secs(15));
    // Somebody else is first with one of them, and we have not heard of it.
    assert!(bench.world().mark_elsewhere(3, 99));
    for update in bench.desk.updates() {
        bench.desk.mark(bench.now, update.seq, LEAVING);
    }
    bench.run(LONG);
    let bulk = bench.world().ledger().requests(Target::Upstream, On::Mark).len();
    assert!(bulk <= 2, "{bulk} requests for five marks of one admin");
    let by: Vec<_> = bench.world().updates().iter().map(|row| row.synced_by).collect();
    assert_eq!(by, [Some(1), Some(1), Some(99), Some(1), Some(1)]);
    let here: Vec<_> = bench.desk.updates().iter().map(|u| (u.status, u.synced_by)).collect();
    assert_eq!(here[2], (Status::Synced, Some(99)), "who was first stays");
    assert_eq!(here[0], (Status::Synced, Some(1)));
}

#[test]
fn nic_93_one_mark_is_one_patch_and_a_mark_before_the_upload_waits_for_it() {
    let mut bench = Bench::direct(Config::honest(), 1);
    let (customer, _) = kevin(&mut bench);
    bench.world().add_fault(Fault::new(Kind::Offline));
    bench.desk.capture(bench.now, customer, "5844 0010", "", LEAVING).unwrap();
    assert_eq!(bench.desk.mark(bench.now, 1, LEAVING), Marked::Done);
    let Marked::Already { by, name, .. } = bench.desk.mark(bench.now, 1, LEAVING) else {
        panic!("a second mark must say who was first")
    };
    assert_eq!((by, name.as_deref()), (Some(1), Some("S. Lee")));
    bench.run(Duration::from_secs(60));
    bench.world().clear_faults();
    bench.run(Duration::from_secs(120));
    let world = bench.world();
    let writes: Vec<String> = world
        .ledger()
        .entries()
        .iter()
        .filter(|e| e.target == Some(Target::Upstream) && e.method != "GET")
        .map(|e| format!("{} {}", e.method, e.path))
        .collect();
    assert_eq!(writes, ["POST /customer_contact_updates", "PATCH /customer_contact_updates/1/sync"]);
}

#[test]
fn a_stop_that_waited_at_twilio_during_an_outage_stops_the_text() {
    for (net, mut bench) in benches(&Config::default()) {
        let (customer, number) = kevin(&mut bench);
        bench.run(Duration::from_secs(15));
        bench.world().add_fault(Fault::new(Kind::Offline));
        bench.desk.text(bench.now, customer, &number, "too late").unwrap();
        bench.run(Duration::from_secs(60));
        assert_eq!(status(&bench, "too late"), "waiting", "{net}");
        bench.world().inbound(number.as_str(), OURS, "Stop");
        bench.run(Duration::from_secs(600));
        bench.world().clear_faults();
        bench.run(Duration::from_secs(120));
        assert_eq!(status(&bench, "too late"), "canceled", "{net}");
        assert_eq!(at_twilio(&mut bench, "too late"), 0, "{net}");
        assert!(
            bench.desk.text(bench.now, customer, &number, "again").is_err(),
            "{net}: blocked from now on"
        );
        bench.world().inbound(number.as_str(), OURS, "START");
        bench.run(Duration::from_secs(30));
        bench.desk.text(bench.now, customer, &number, "welcome").unwrap();
        bench.run(Duration::from_secs(30));
        assert_eq!(status(&bench, "welcome"), "delivered", "{net}");
    }
}

#[test]
fn an_opt_out_that_only_twilio_knows_is_recorded() {
    let mut bench = Bench::direct(Config::default(), 1);
    let id = bench.desk.customer("C1", "Opted Out", "+15005550004");
    let number = E164::parse("+15005550004").unwrap();
    bench.desk.consent(bench.now, &number, Some(id), Act::Grant);
    bench.desk.text(bench.now, id, &number, "hello").unwrap();
    bench.run(Duration::from_secs(30));
    assert_eq!(status(&bench, "hello"), "failed");
    assert!(!bench.desk.may_text(&number, Some(id)), "21610 is an opt-out");
}

#[test]
fn texts_too_old_to_be_worth_sending_expire() {
    let mut bench = Bench::direct(Config::default(), 1);
    let (customer, number) = kevin(&mut bench);
    bench.world().add_fault(Fault::new(Kind::Offline));
    bench.desk.text(bench.now, customer, &number, "good morning").unwrap();
    bench.run(Duration::from_secs(5 * 3600));
    bench.world().clear_faults();
    bench.run(Duration::from_secs(120));
    assert_eq!(status(&bench, "good morning"), "expired");
    assert_eq!(at_twilio(&mut bench, "good morning"), 0);
}

#[test]
fn g8_a_text_from_a_short_code_is_shown_too() {
    let mut bench = Bench::direct(Config::default(), 1);
    for sender in ["12345", "MYBANK", "+12025550143"] {
        bench.world().inbound(sender, OURS, "STOP");
    }
    bench.run(Duration::from_secs(15));
    let senders: Vec<String> = bench.desk.messages().iter().map(|m| m.from.as_str().to_owned()).collect();
    assert_eq!(senders, ["12345", "MYBANK", "+12025550143"]);
}
