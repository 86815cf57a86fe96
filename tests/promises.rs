//! Promises of the design that are easy to break: clocks that are wrong, lists that lie, work that
//! must come to an end.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cordboard::domain::consent::{self, Act, Entry, Method, Purpose};
use cordboard::domain::customer::{NewCustomer, NewPhone};
use cordboard::domain::ids::{ConsentId, CustomerId, UpdateId};
use cordboard::domain::job::{Destination, Kind as JobKind};
use cordboard::domain::phone::{E164, Region};
use cordboard::domain::quiet::{self, Rules};
use cordboard::domain::time::Micros;
use cordboard::domain::update::{Reason, Upload};
use cordboard::sandbox::{Config, Fault, Kind, On, Target};
use cordboard::store::lease::{self, BootClock, Lease};
use cordboard::store::outbox::{self, Due};
use cordboard::store::pulled::{self, Row};
use cordboard::store::updates::Leaving;
use cordboard::store::{claims, customers, effective, retry};
use cordboard::sync::{Engine, Event, Settings};
use support::bench::{Bench, settings};
use support::{Desk, OURS, START};
use uuid::Uuid;

const LEAVING: Leaving = Leaving { undo: Duration::from_secs(5), upstream: true };
const DAY: Duration = Duration::from_secs(24 * 3600);
const DAY_US: i64 = 86_400_000_000;

fn kevin(desk: &mut Desk, now: Micros) -> (CustomerId, E164) {
    let number = E164::parse("+23057372333").unwrap();
    let id = desk.customer("C7013", "Kevin Anderson Curepipe", number.as_str());
    desk.consent(now, &number, Some(id), Act::Grant);
    (id, number)
}

fn take(desk: &mut Desk) -> Lease {
    let boot = BootClock { id: "review".into(), micros: START.0 };
    let database = desk.location.database.clone();
    lease::take(&mut desk.db, &database, "review", &boot, START).unwrap().unwrap()
}

fn status(bench: &Bench, body: &str) -> String {
    bench.desk.messages().iter().find(|m| m.body.as_str() == body).unwrap().status.clone()
}

fn row(upstream_id: i64, client_ref: Option<UpdateId>, mobile: &str) -> Row {
    Row {
        upstream_id,
        client_ref,
        customer_id: "C7013".into(),
        policy_number: "LIB/C7013".into(),
        customer_name: "Kevin".into(),
        mobile: Some((None, mobile.into())),
        email: None,
        reason: Reason::Provided,
        notes: String::new(),
        agent_number: 24,
        agent_name: "David Brown".into(),
        captured_at: Some(START),
        synced: false,
        synced_at: None,
        synced_by: None,
    }
}

fn post_elsewhere(bench: &mut Bench, customer: &str, email: &str) {
    let body = serde_json::json!({
        "customer_id": customer, "policy_number": "LIB/X", "customer_name": "Customer",
        "new_email": email, "update_reason": "Other", "agent_id": 77, "agent_name": "Priya",
    });
    let request = http::Request::post("http://127.0.0.1/customer_contact_updates")
        .header("authorization", "Bearer sandbox-token")
        .header("content-type", "application/json")
        .body(body.to_string().into_bytes())
        .unwrap();
    bench.world().handle(&request);
}

/// G23: the newest no on another number follows the person, also where an older STOP stands.
#[test]
fn g23_a_no_said_after_a_stop_on_another_number_counts() {
    let entry = |seq: i64, act, method| Entry {
        seq,
        id: ConsentId(Uuid::from_u128(seq as u128)),
        purpose: Purpose::Service,
        act,
        method,
        corrects: None,
        at: Micros(seq),
    };
    let other = vec![entry(3, Act::Revoke, Method::Keyword), entry(10, Act::Revoke, Method::Voice)];
    let here = [entry(5, Act::Grant, Method::Voice)];
    assert!(
        consent::gate(&here, &[other], Purpose::Service).is_err(),
        "a no of seq 10 came after the yes of seq 5"
    );
}

/// Upstreams list newest first; the newest of two captures made elsewhere has to win the fold.
#[test]
fn g10_the_newest_of_two_captures_of_others_is_in_force() {
    let mut bench = Bench::direct(Config::default(), 1);
    let (customer, _) = kevin(&mut bench.desk, START);
    bench.run(Duration::from_secs(15));
    post_elsewhere(&mut bench, "C7013", "first@example.com");
    bench.advance(Duration::from_secs(20));
    post_elsewhere(&mut bench, "C7013", "second@example.com");
    bench.run(Duration::from_secs(120));
    assert_eq!(bench.desk.updates().len(), 2);
    let email = effective::shown(&bench.desk.db, customer).unwrap().email.unwrap();
    assert_eq!(email.value, "second@example.com");
}

/// A mark set elsewhere by nobody in particular must not stop the whole sync.
#[test]
fn nic_68_a_mark_without_synced_by_does_not_stop_everything() {
    let mut desk = Desk::new();
    let (customer, _) = kevin(&mut desk, START);
    let update = desk.capture(START, customer, "5844 0010", "", LEAVING).unwrap();
    let lease = take(&mut desk);
    let now = START + Duration::from_secs(10);
    claims::claim(&mut desk.db, lease.epoch, now, Destination::Upstream, 16).unwrap();
    // The upload made two rows; one of them is marked, by nobody named.
    let rows =
        [Row { synced: true, ..row(1, Some(update), "+23058440010") }, row(2, Some(update), "+23058440010")];
    pulled::pulled(&mut desk.db, lease.epoch, now, &rows).unwrap();
    let job = desk.jobs()[0].id;
    pulled::uploaded(&mut desk.db, lease.epoch, now, job, None, 1).unwrap();
    let later = now + Duration::from_secs(60);
    let claimed = claims::claim(&mut desk.db, lease.epoch, later, Destination::Upstream, 16);
    assert!(claimed.is_ok(), "every engine from now on ends with: {claimed:?}");
}

/// A mark whose upload is gone must leave a way on that works: here the one its own sentence names.
#[test]
fn a_mark_without_its_upload_does_not_close_the_customers_lane() {
    let mut bench = Bench::direct(Config::honest(), 1);
    let (customer, _) = kevin(&mut bench.desk, START);
    bench.desk.capture(bench.now, customer, "5844 0010", "", LEAVING).unwrap();
    let admin = cordboard::domain::role::Actor { confirmed: true, ..bench.desk.admin.clone() };
    outbox::discard(&mut bench.desk.db, &admin, bench.now, 1, "too early").unwrap();
    bench.desk.mark(bench.now, 1, LEAVING);
    bench.desk.capture(bench.now, customer, "5844 0011", "", LEAVING).unwrap();
    bench.run(Duration::from_secs(60));
    let due = Due { not_before: bench.now, deadline: bench.now };
    // "its update never reached the upstream: retry that first, then this"
    retry::retry(&mut bench.desk.db, &admin, bench.now, 1, "now", due).unwrap();
    bench.run(Duration::from_secs(60));
    retry::retry(&mut bench.desk.db, &admin, bench.now, 2, "now", due).unwrap();
    bench.run(Duration::from_secs(600));
    let stuck: Vec<_> = bench.desk.jobs().into_iter().filter(|job| job.state.blocks_lane()).collect();
    assert_eq!(stuck, [], "both retries as told, and still");
}

/// A walk that is cut short has not read what it has not read.
#[test]
fn a_walk_that_is_cut_short_is_taken_up_again() {
    let mut bench = Bench::direct(Config::default(), 1);
    for n in 0..600 {
        bench.desk.customer(&format!("C{n}"), "Customer", "+23057372333");
    }
    bench.run(Duration::from_secs(15));
    bench.crash();
    for n in 0..600 {
        post_elsewhere(&mut bench, &format!("C{n}"), "elsewhere@example.com");
        bench.world().mark_elsewhere(n + 1, 99);
    }
    bench.advance(3 * DAY);
    bench.start();
    let end = bench.now + Duration::from_secs(30);
    while bench.desk.updates().is_empty() && bench.turn(end) {}
    bench.crash();
    bench.advance(Duration::from_secs(60));
    bench.start();
    bench.run(Duration::from_secs(3600));
    assert_eq!(bench.desk.updates().len(), 600, "the second page was never asked for again");
}

/// "uploaded" needs proof: an id that is another update's is none.
#[test]
fn an_upload_answered_with_the_id_of_another_update_is_not_uploaded() {
    let mut desk = Desk::new();
    let (customer, _) = kevin(&mut desk, START);
    let lease = take(&mut desk);
    let mut now = START;
    for mobile in ["5844 0010", "5844 0011"] {
        desk.capture(now, customer, mobile, "", LEAVING).unwrap();
        now = now + Duration::from_secs(10);
        let claimed = claims::claim(&mut desk.db, lease.epoch, now, Destination::Upstream, 1).unwrap();
        // The same id 1 for both.
        let job = claimed[0].jobs[0];
        let _ = pulled::uploaded(&mut desk.db, lease.epoch, now, job, Some(claimed[0].attempt), 1);
    }
    let second = desk.updates().pop().unwrap();
    assert!(
        second.upload != Upload::Uploaded || second.upstream_id.is_some(),
        "uploaded, with no row anywhere"
    );
}

/// Back-off: what is turned away again and again is tried less and less often.
#[test]
fn a_destination_that_always_says_429_is_left_alone_more_and_more() {
    for (target, kind) in [(Target::Twilio, JobKind::Text), (Target::Upstream, JobKind::Update)] {
        let mut bench = Bench::direct(Config::default(), 1);
        let (customer, number) = kevin(&mut bench.desk, START);
        bench.run(Duration::from_secs(15));
        bench.world().add_fault(Fault::new(Kind::Status429 { retry_after: None }).at(target, On::Create));
        bench.desk.text(bench.now, customer, &number, "hello").unwrap();
        bench.desk.capture(bench.now, customer, "5844 0010", "", LEAVING).unwrap();
        bench.run(Duration::from_secs(3600));
        let job = bench.desk.jobs().into_iter().find(|job| job.kind == kind).unwrap();
        assert!(job.attempts < 60, "{kind:?}: {} attempts in an hour", job.attempts);
    }
}

/// `sync --once` comes to an end when nothing can be done.
#[test]
fn once_ends_when_inbound_can_never_be_polled() {
    let mut desk = Desk::new();
    let (customer, number) = kevin(&mut desk, START);
    desk.text(START, customer, &number, "hello").unwrap();
    let lease = take(&mut desk);
    let settings = Settings { numbers: Vec::new(), upstream: false, ..settings() };
    let mut engine = Engine::start(&mut desk.db, lease.epoch, settings, 1, START).unwrap();
    let now = START + Duration::from_secs(60);
    assert!(engine.step(&mut desk.db, now, Event::Tick).unwrap().is_empty());
    assert!(engine.is_done(&desk.db, now).unwrap(), "nothing was asked, nothing ever will be, and it waits");
}

/// What cannot be marked must not pile up jobs.
#[test]
fn a_repeat_that_cannot_be_marked_makes_one_job() {
    let mut bench = Bench::direct(Config::default(), 1);
    let (customer, _) = kevin(&mut bench.desk, START);
    bench.run(Duration::from_secs(15));
    bench.world().add_fault(Fault::new(Kind::Error500AfterStoring).at(Target::Upstream, On::Create).times(1));
    bench
        .world()
        .add_fault(Fault::new(Kind::StaleLists { seconds: 60 }).at(Target::Upstream, On::List).times(1));
    bench.desk.capture(bench.now, customer, "5844 0010", "", LEAVING).unwrap();
    bench.run(Duration::from_secs(120));
    assert_eq!(bench.world().updates().len(), 2, "the same fact twice");
    bench.world().mark_elsewhere(1, 99);
    bench.world().add_fault(Fault::new(Kind::Error500).at(Target::Upstream, On::Mark));
    bench.run(Duration::from_secs(3600));
    let marks = bench.desk.jobs().iter().filter(|job| job.kind == JobKind::Mark).count();
    assert!(marks <= 2, "{marks} jobs for one mark");
}

/// Clocks are set right now and then. That must not stop texts for as long as they were wrong.
#[test]
fn a_clock_set_back_by_two_hours_stops_nothing() {
    let mut bench = Bench::direct(Config::default(), 1);
    let (customer, number) = kevin(&mut bench.desk, START);
    bench.run(Duration::from_secs(15));
    bench.now = Micros(bench.now.0 - 2 * 3600 * 1_000_000);
    bench.desk.text(bench.now, customer, &number, "hello").unwrap();
    bench.run(Duration::from_secs(600));
    assert_eq!(status(&bench, "hello"), "delivered");
}

/// A clock that was ahead once must not hide a STOP for ever (design 2: never a clock as cursor).
#[test]
fn a_stop_is_found_though_the_clock_was_once_a_year_ahead() {
    let mut bench = Bench::direct(Config::default(), 1);
    let (customer, number) = kevin(&mut bench.desk, START);
    let right = bench.now;
    bench.crash();
    bench.now = right + 365 * DAY;
    bench.start();
    bench.run(Duration::from_secs(15));
    bench.crash();
    bench.now = right + Duration::from_secs(30);
    bench.world().inbound(number.as_str(), OURS, "STOP");
    bench.advance(2 * DAY);
    bench.start();
    bench.desk.text(bench.now, customer, &number, "against a no").unwrap();
    bench.run(Duration::from_secs(600));
    assert_eq!(status(&bench, "against a no"), "canceled");
}

/// A capture retires when the master is *seen* equal to it, not because an old value was equal.
#[test]
fn a_capture_that_goes_back_to_the_old_value_outlives_a_batch_in_between() {
    let mut desk = Desk::new();
    let (customer, _) = kevin(&mut desk, START);
    desk.capture(START, customer, "5844 0010", "", LEAVING).unwrap();
    // "No, the old one was right." The first capture is already on its way into the master.
    desk.capture(START + Duration::from_secs(60), customer, "5737 2333", "", LEAVING).unwrap();
    let master = NewCustomer {
        name: "Kevin Anderson Curepipe".into(),
        master_id: Some("C7013".into()),
        phones: vec![NewPhone {
            label: "mobile".into(),
            value: E164::parse("+23058440010").unwrap(),
            raw: String::new(),
        }],
        ..NewCustomer::default()
    };
    let admin = desk.admin.clone();
    customers::import(&mut desk.db, &admin, START + DAY, &[master]).unwrap();
    let mobile = effective::shown(&desk.db, customer).unwrap().mobile.unwrap();
    assert_eq!(mobile.value, "+23057372333", "the newest capture, still pending, is what counts");
}

/// What is held up by a destination that is away is not asked about ten times a second.
#[test]
fn offline_the_engine_rests() {
    let mut bench = Bench::direct(Config::default(), 1);
    let (customer, number) = kevin(&mut bench.desk, START);
    bench.world().add_fault(Fault::new(Kind::Offline));
    bench.desk.text(bench.now, customer, &number, "hello").unwrap();
    bench.run(Duration::from_secs(120));
    let (mut turns, end) = (0, bench.now + Duration::from_secs(60));
    while bench.turn(end) {
        turns += 1;
    }
    assert!(turns < 60, "{turns} steps in a minute without a network");
}

/// Retry-After of one answer stands, though another that was under way was taken.
#[test]
fn retry_after_stands_when_another_answer_comes() {
    let mut bench = Bench::direct(Config::default(), 1);
    let mut people = Vec::new();
    for n in 0..6 {
        let number = E164::parse(&format!("+2305844001{n}")).unwrap();
        let id = bench.desk.customer(&format!("R{n}"), "Many", number.as_str());
        bench.desk.consent(bench.now, &number, Some(id), Act::Grant);
        people.push((id, number));
    }
    bench.run(Duration::from_secs(15));
    let busy = Kind::Status429 { retry_after: Some(60) };
    bench.world().add_fault(Fault::new(busy).at(Target::Twilio, On::Create).times(1));
    for (id, number) in &people[..5] {
        bench.desk.text(bench.now, *id, number, "hello").unwrap();
    }
    bench.run(Duration::from_secs(6));
    let (id, number) = &people[5];
    bench.desk.text(bench.now, *id, number, "meanwhile").unwrap();
    bench.run(Duration::from_secs(20));
    assert_eq!(status(&bench, "meanwhile"), "waiting", "Twilio asked for a minute of peace");
}

/// design 7: `Debug` of numbers and addresses is redacted by type.
#[test]
fn debug_shows_no_number_and_no_address() {
    let mut desk = Desk::new();
    let (customer, number) = kevin(&mut desk, START);
    desk.capture(START, customer, "5844 0010", "new@example.com", LEAVING).unwrap();
    let admin = desk.admin.clone();
    let shown = [
        ("Update", format!("{:?}", desk.updates())),
        ("Shown", format!("{:?}", effective::shown(&desk.db, customer).unwrap())),
        ("Customer", format!("{:?}", customers::card(&mut desk.db, &admin, START, customer).unwrap())),
        ("Job", {
            desk.text(START, customer, &E164::parse("+23057372333").unwrap(), "hello").ok();
            format!("{:?}", desk.jobs())
        }),
    ];
    let leaks: Vec<&str> = shown
        .iter()
        .filter(|(_, text)| {
            text.contains("58440010") || text.contains("@example.com") || text.contains(number.as_str())
        })
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(leaks, [""; 0]);
}

/// Show 5, over the whole way: the engine, the production client's requests and the sandbox. A text to
/// Washington queued at 23:00 there is at Twilio at 8:00 and not a minute before.
#[test]
fn show_5_a_text_in_quiet_hours_reaches_twilio_at_the_next_allowed_minute() {
    for mut bench in [Bench::direct(Config::honest(), 7), Bench::http(Config::honest(), 7)] {
        let rules = Rules::new(Region::MU, quiet::File::new()).unwrap();
        bench.desk.db.set_quiet(Arc::new(rules));
        let number = E164::parse("+12025550143").unwrap();
        let customer = bench.desk.customer("C9950", "Emma Parker", number.as_str());
        bench.desk.consent(bench.now, &number, Some(customer), Act::Grant);
        bench.start();
        let night = Micros(bench.now.0 / DAY_US * DAY_US + DAY_US) + Duration::from_secs(4 * 3600);
        bench.run(night.since(bench.now));
        bench.desk.text(bench.now, customer, &number, "Your card is ready.").unwrap();
        bench.run(Duration::from_secs(8 * 3600));
        assert_eq!(status(&bench, "Your card is ready."), "waiting");
        bench.run(Duration::from_secs(2 * 3600));
        assert_eq!(status(&bench, "Your card is ready."), "delivered");
    }
}
