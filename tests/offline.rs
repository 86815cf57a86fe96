//! The built program without a network and with it back: everything saved is shown as waiting, and
//! then arrives, in order, each once by the sandbox's ledger.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;

use cordboard::sandbox::{Clock, Config, Fault, Kind, On, Sandbox, Target};
use serde_json::Value;
use support::program::{Program, Running, wait_until};

const CUSTOMERS: usize = 10;
const UPDATES: usize = 50;
const TEXTS: usize = 20;

fn sandbox() -> Sandbox {
    Sandbox::start(Config { clock: Clock::Real, start: support::now(), ..Config::honest() }).unwrap()
}

fn customers() -> String {
    let mut rows = "Customer ID,Policy Number,Name,Mobile,E-mail\n".to_owned();
    for n in 0..CUSTOMERS {
        rows.push_str(&format!("M{n},LIB/C{n},Customer {n},573700{n:02},c{n}@example.com\n"));
    }
    rows
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

#[test]
fn offline_all_waits_and_online_all_arrives_once_in_order() {
    let sandbox = sandbox();
    let program = Program::new(&sandbox);
    program.import(&customers());
    for n in 0..CUSTOMERS {
        program.ok("24", &["consent", "grant", &format!("LIB/C{n}"), "--method", "voice"]);
    }
    sandbox.world().add_fault(Fault::new(Kind::Offline));

    for n in 0..TEXTS {
        program.ok("24", &["sms", "send", &format!("LIB/C{}", n % CUSTOMERS), &format!("text {n}")]);
    }
    for n in 0..UPDATES {
        // Every customer is corrected several times: several facts, in order.
        let policy = format!("LIB/C{}", n % CUSTOMERS);
        program.ok("24", &["update", &policy, "--mobile", &format!("580000{n:02}"), "--reason", "wrong"]);
    }
    let sync = program.run("1", &["sync"]);
    assert_eq!(
        sync.status.code(),
        Some(6),
        "no network is exit 6: {}",
        String::from_utf8_lossy(&sync.stdout)
    );
    assert_eq!(
        program.json("1", &["outbox", "list"]).len(),
        TEXTS + UPDATES,
        "all of it is shown as waiting"
    );
    assert!(sandbox.world().ledger().messages_stored().is_empty());

    sandbox.world().clear_faults();
    program.ok("1", &["sync"]);
    assert_eq!(program.json("1", &["outbox", "list"]).len(), 0);

    let world = sandbox.world();
    let mut lanes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for entry in world.ledger().requests(Target::Twilio, On::Create) {
        let n = text(&entry.body, "Body").trim_start_matches("text ").parse().unwrap();
        lanes.entry(text(&entry.body, "To")).or_default().push(n);
    }
    assert_eq!(lanes.values().map(Vec::len).sum::<usize>(), TEXTS, "each text is asked for once");
    assert!(lanes.values().all(|lane| lane.is_sorted()), "{lanes:?}");

    let mut facts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in world.ledger().requests(Target::Upstream, On::Create) {
        facts.entry(text(&entry.body, "customer_id")).or_default().push(text(&entry.body, "new_mobile"));
    }
    assert_eq!(facts.values().map(Vec::len).sum::<usize>(), UPDATES, "each update is asked for once");
    assert!(facts.values().all(|lane| lane.len() == UPDATES / CUSTOMERS && lane.is_sorted()), "{facts:?}");
}

#[test]
fn two_syncs_and_a_saving_loop_are_as_one() {
    let sandbox = sandbox();
    let program = Program::new(&sandbox);
    program.import(&customers());
    let mut first = Some(program.spawn("1", &["sync", "--watch"]));
    let second = program.spawn("1", &["sync", "--watch"]);
    for n in 0..30 {
        // A yes belongs to one number: who is corrected is not texted in this test.
        let (texted, corrected) = (format!("LIB/C{}", n % 5), format!("LIB/C{}", 5 + n % 5));
        if n < 5 {
            program.ok("24", &["consent", "grant", &texted, "--method", "voice"]);
        }
        program.ok("24", &["sms", "send", &texted, &format!("text {n}")]);
        program.ok("24", &["update", &corrected, "--mobile", &format!("580000{n:02}"), "--reason", "wrong"]);
        if n == 15 {
            // The one that has the lease dies; the other one goes on.
            first.take().map(Running::kill);
        }
    }
    // A text that the kill caught before its first byte left is in doubt: it is looked up for minutes
    // and never sent again, and its lane waits behind it.
    let in_doubt = |job: &Value| {
        job["kind"] == "text"
            && (job["behind"].is_i64() || matches!(job["state"].as_str(), Some("ambiguous" | "unconfirmed")))
    };
    let mut left = Vec::new();
    wait_until("all that is in no doubt to leave", || {
        left = program.json("1", &["outbox", "list"]);
        left.iter().all(in_doubt)
    });
    second.kill();
    let world = sandbox.world();
    let mut bodies: Vec<String> =
        world.ledger().requests(Target::Twilio, On::Create).iter().map(|e| text(&e.body, "Body")).collect();
    let mut mobiles: Vec<String> =
        world.ledger().updates_stored().iter().map(|e| text(&e.body, "new_mobile")).collect();
    let arrived = bodies.len();
    for list in [&mut bodies, &mut mobiles] {
        list.sort();
        list.dedup();
    }
    assert_eq!(bodies.len(), arrived, "no text twice, whoever carried it");
    assert_eq!((mobiles.len(), world.ledger().updates_stored().len()), (30, 30), "each update once");
    // One that arrived and whose answer was lost may be in doubt, too.
    assert!(arrived <= 30 && arrived + left.len() >= 30, "{arrived} arrived, still here: {left:?}");
}

/// TWS-72: missing credentials are named, everything else goes on, and setting them is enough.
#[test]
fn a_token_set_while_the_sync_runs_is_used_at_once() {
    let sandbox = sandbox();
    let program = Program::new(&sandbox).without("TWILIO_AUTH_TOKEN");
    program.import(&customers());
    program.ok("24", &["consent", "grant", "LIB/C0", "--method", "voice"]);
    program.ok("24", &["sms", "send", "LIB/C0", "hello"]);
    program.ok("24", &["update", "LIB/C1", "--mobile", "5800 0001", "--reason", "wrong"]);
    let _sync = program.spawn("1", &["sync", "--watch"]);
    let waiting = || program.json("1", &["outbox", "list"]);
    wait_until("the update to leave, though the text cannot", || waiting().len() == 1);
    wait_until("a sentence that says so", || {
        waiting()[0]["sentence"].as_str().unwrap().contains("texting is not set up")
    });
    program.ok_with_input("1", &["secret", "set", "TWILIO_AUTH_TOKEN"], &Config::default().auth_token);
    wait_until("the text to leave", || waiting().is_empty());
    assert_eq!(sandbox.world().ledger().messages_stored().len(), 1);
}

/// NIC-79: the upstream's latest contact, by the built program.
#[test]
fn nic_79_the_upstream_says_what_is_the_latest_contact() {
    let sandbox = sandbox();
    let program = Program::new(&sandbox);
    program.import(&customers());
    let ask = || program.ok("24", &["customers", "show", "LIB/C1", "--upstream"]);
    assert!(ask().contains("upstream  no update of this customer"));
    program.ok("24", &["update", "LIB/C1", "--mobile", "5800 0001", "--reason", "wrong"]);
    program.ok("1", &["sync"]);
    assert!(ask().contains("upstream  mobile 58000001"), "{}", ask());
    sandbox.world().add_fault(Fault::new(Kind::Offline));
    let offline = program.run("24", &["customers", "show", "LIB/C1", "--upstream"]);
    assert_eq!(offline.status.code(), Some(6));
    assert!(
        String::from_utf8_lossy(&offline.stdout).contains("5800 0001"),
        "our own card is shown all the same"
    );
}
