//! Show 1: a person follows the task strip to its end.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::script::{DIGITS, NEW_MOBILE, STEPS, TO_KEVIN, TO_WANG, play, table};
use crate::support::hand::keys;
use crate::support::pty::only_our_sequences;
use crate::support::stage::{KEVIN, Stage};

const WANG: &str = "+23058442333";

#[test]
fn the_strip_is_done_to_its_end_at_80x24() {
    println!("{}", table());
    assert!(keys(NEW_MOBILE).len() <= DIGITS + 4);
    let mut stage = Stage::start("agent", &[], (80, 24));
    let synced = stage.synced();
    play(&mut stage, STEPS);
    witness(&mut stage, &synced);
    only_our_sequences(&stage.pty.raw_bytes()).unwrap();
}

/// What the servers saw and what the folder holds after the script, `synced` being the updates that
/// were it before; then the desk is left.
pub fn witness(stage: &mut Stage, synced: &BTreeSet<i64>) {
    let to = |number: &str, text: &str| (number.to_owned(), text.to_owned());
    let wanted = vec![to(KEVIN, TO_KEVIN[0]), to(KEVIN, TO_KEVIN[1]), to(WANG, TO_WANG)];
    stage.wait(&wanted, Stage::texted);

    let batch = stage.batch(2, synced);
    let marked: BTreeSet<i64> = stage.synced().difference(synced).copied().collect();
    assert_eq!(marked, batch, "marked are the batch's, all and only");

    let marked = |update: &&Value| batch.contains(&update["id"].as_i64().unwrap());
    let mut upstream: Vec<i64> =
        stage.updates().iter().filter(marked).filter_map(|update| update["upstream_id"].as_i64()).collect();
    upstream.sort_unstable();
    stage.wait(&upstream, Stage::marked);

    for key in [":", "q", "\r"] {
        stage.pty.press(key);
    }
    assert_eq!(stage.pty.wait_exit(), 0);
    stage.ok("S. Lee", &["doctor"]);
}

#[test]
fn written_keys_are_counted() {
    assert_eq!(keys(": 'q x' Enter Esc"), [":", "q", " ", "x", "\r", "\x1b"]);
    assert_eq!(keys(""), [""; 0]);
}
