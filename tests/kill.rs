//! kill -9 at random moments, of `sync --watch` and of commands that save: nothing acknowledged is
//! missing, no text goes out twice, the file stays sound.
//!
//! `CORDBOARD_KILLS=300 cargo test --test kill` for more rounds than the usual ones.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cordboard::sandbox::{Clock, Config, Fault, Kind, On, Sandbox, Target};
use serde_json::Value;
use support::program::{Program, Running, wait_until};

const KILLS: u64 = 60;

const CUSTOMERS: u64 = 8;

/// A random moment within `most`.
fn moment(seed: &mut u64, most: Duration) -> Duration {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    most.mul_f64((*seed >> 40) as f64 / (1u64 << 24) as f64)
}

/// Kills at a random moment unless it ends before; says whether it ended well.
fn kill_within(mut process: Running, moment: Duration) -> bool {
    let end = Instant::now() + moment;
    while Instant::now() < end && !process.ended() {
        std::thread::park_timeout(Duration::from_millis(1));
    }
    process.kill()
}

#[test]
fn nothing_acknowledged_is_lost_and_no_text_goes_twice() {
    let kills = std::env::var("CORDBOARD_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    // A plain upstream: repeats are ours to recognise.
    let config = Config { clock: Clock::Real, start: support::now(), ..Config::default() };
    let sandbox = Sandbox::start(config).unwrap();
    let program = Program::new(&sandbox);
    let mut rows = "Customer ID,Policy Number,Name,Mobile\n".to_owned();
    for n in 0..CUSTOMERS {
        rows.push_str(&format!("M{n},LIB/C{n},Customer {n},573700{n:02}\n"));
    }
    program.import(&rows);
    for n in 0..4 {
        program.ok("24", &["consent", "grant", &format!("LIB/C{n}"), "--method", "voice"]);
    }
    // Answers take a while, so that a kill finds requests under way.
    sandbox.world().add_fault(Fault::new(Kind::Slow { ms: 30 }).at(Target::Any, On::Create));

    // About every second command should live to its end, however busy the machine is.
    let mut window = Duration::from_millis(100);
    let mut seed = 7;
    let (mut texts, mut mobiles) = (Vec::new(), Vec::new());
    let (mut rounds, mut killed) = (0, 0);
    while killed < kills {
        let sync = program.spawn("1", &["sync", "--watch"]);
        // A yes belongs to one number: who is corrected is not texted in this test.
        let (texted, corrected) = (format!("LIB/C{}", rounds % 4), format!("LIB/C{}", 4 + rounds % 4));
        let (body, mobile) = (format!("text {rounds}"), format!("58{rounds:06}"));
        let send = program.spawn("24", &["sms", "send", &texted, &body]);
        if kill_within(send, moment(&mut seed, window)) {
            texts.push(body);
            window = window.mul_f64(0.8);
        } else {
            killed += 1;
            window = window.mul_f64(1.3);
        }
        let update = program.spawn("24", &["update", &corrected, "--mobile", &mobile, "--reason", "wrong"]);
        if kill_within(update, moment(&mut seed, window)) {
            mobiles.push(mobile);
            window = window.mul_f64(0.8);
        } else {
            killed += 1;
            window = window.mul_f64(1.3);
        }
        kill_within(sync, moment(&mut seed, window));
        killed += 1;
        rounds += 1;
    }
    assert!(texts.len() > 3 && mobiles.len() > 3, "hardly anything was ever saved");

    sandbox.world().clear_faults();
    let sync = program.spawn("1", &["sync", "--watch"]);
    wait_until("every text and update to be settled", || {
        for job in program.json("1", &["outbox", "list"]) {
            // What a kill hit three times waits for a person; here is one.
            if job["state"] == "parked" {
                program
                    .ok("1", &["outbox", "retry", &job["line"].to_string(), "--reason", "killed by a test"]);
            }
        }
        // A text in doubt is looked up for minutes, and its lane waits behind it; that is on the list.
        let settled = |job: &Value| {
            job["kind"] == "text"
                && (job["behind"].is_i64()
                    || matches!(job["state"].as_str(), Some("ambiguous" | "unconfirmed")))
        };
        program.json("1", &["outbox", "list"]).iter().all(settled)
    });
    sync.kill();
    check(&program, &sandbox, &texts, &mobiles);
    println!(
        "{killed} kills: {} texts and {} updates acknowledged, none lost, none twice",
        texts.len(),
        mobiles.len()
    );
}

fn check(program: &Program, sandbox: &Sandbox, texts: &[String], mobiles: &[String]) {
    let mut at_twilio: BTreeMap<String, usize> = BTreeMap::new();
    for message in sandbox.world().messages() {
        *at_twilio.entry(message.body.unwrap()).or_default() += 1;
    }
    assert!(at_twilio.values().all(|n| *n == 1), "twice: {at_twilio:?}");
    let here = program.json("1", &["sms", "list", "--limit", "100000"]);
    for body in texts {
        let message = here.iter().find(|m| m["body"] == body.as_str());
        let message = message.unwrap_or_else(|| panic!("{body} was acknowledged and is lost"));
        let doubted = !message["sid"].is_string();
        assert!(
            at_twilio.contains_key(body) || doubted,
            "{body} never arrived and nobody says so: {message}"
        );
    }
    let upstream = sandbox.world().updates();
    let updates = program.json("1", &["updates", "list"]);
    for mobile in mobiles {
        let e164 = format!("+230{mobile}");
        assert!(updates.iter().any(|u| u["new_mobile"] == e164.as_str()), "{mobile} is lost");
        assert!(upstream.iter().any(|row| row.new_mobile.as_ref() == Some(mobile)), "{mobile} never arrived");
    }
    assert_eq!(program.run("1", &["doctor"]).status.code(), Some(0), "the file is sound");
}
