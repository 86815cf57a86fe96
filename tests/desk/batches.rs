//! Show 4: a batch is what was chosen and can be entered, and marking it marks that and nothing else.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use vt100::Screen;

use crate::support::pty::{lines, only_our_sequences};
use crate::support::stage::Stage;

/// Updates number 15 and 16 of the demo, in order when the batch is made.
const CHANGED_AGAIN: (i64, &str) = (15, "LIB/D1114");
const MOVED_IN_THE_MASTER: (i64, &str) = (16, "LIB/D1115");
/// Number 28: the master has a third number since.
const CLASHED: &str = "number 28, Nadia Joomun: the master has another mobile";

/// Wide enough for the whole of what was left out.
const SIZE: (u16, u16) = (120, 40);

#[test]
fn a_batch_is_what_was_chosen_and_is_marked_as_such() {
    let mut stage = Stage::start("admin", &[], SIZE);
    let pending = pending(&stage);
    let synced = stage.synced();
    stage.press("Esc", &["DESK"]);
    stage.press("g u", &["1-", "of 45"]);

    stage.press("End Space", &["1 chosen"]);
    stage.press("Up Space", &["2 chosen"]);
    stage.press("x", &["Make a batch of 2 updates?"]);
    stage.press("Enter", &["folder or file"]);
    stage.press("Enter", &["Batch 2: 2 lines", "batch 2 open (2)"]);
    let newest: Vec<i64> = pending.iter().copied().rev().take(2).rev().collect();
    assert_eq!(stage.exported(2), newest);

    stage.press("*", &["Choose all 45"]);
    stage.press("Enter", &["45 chosen"]);
    stage.press("x", &["Make a batch of 45 updates?"]);
    stage.press("Enter", &["folder or file"]);
    let mut named = named(&stage.press("Enter", &[CLASHED]));
    named.extend(self::named(&stage.press("Down Down Down Down Down Down", &["!Down more"])));
    let batch = stage.batch(3, &synced);
    assert_eq!(batch, pending.difference(&named).copied().collect(), "all but what is named");
    assert_eq!(named.len(), 12 + 2 + 1, "in the batches before, and the clash");

    captured_and_moved(&stage);
    stage.press("Enter", &["!Left out", "DESK"]);
    stage.press("s", &["Mark batch 3"]);
    let screen = stage.press("Enter", &["2 left out", "Didier Marchand", "Kavita Luchmun"]);
    let late = BTreeSet::from([CHANGED_AGAIN.0, MOVED_IN_THE_MASTER.0]);
    assert_eq!(self::named(&screen), late, "superseded and clashed since");

    let marked: BTreeSet<i64> = stage.synced().difference(&synced).copied().collect();
    assert_eq!(marked, batch.difference(&late).copied().collect());
    let mut upstream: Vec<i64> = stage
        .updates()
        .iter()
        .filter(|update| marked.contains(&id(update)))
        .filter_map(|update| update["upstream_id"].as_i64())
        .collect();
    upstream.sort_unstable();
    stage.wait(&upstream, Stage::marked);
    only_our_sequences(&stage.pty.raw_bytes()).unwrap();
}

/// Another desk and the master go on while the batch is being entered.
fn captured_and_moved(stage: &Stage) {
    let newer = ["update", CHANGED_AGAIN.1, "--mobile", "5798 0299", "--reason", "incorrect"];
    stage.ok("David Brown", &newer);
    let others = include_str!("../../assets/demo/others.csv");
    let row = others.lines().find(|line| line.contains(MOVED_IN_THE_MASTER.1)).unwrap();
    let moved = row.replace("5798 0125", "5798 0298");
    assert_ne!(moved, row);
    let file = stage.home().join("master.csv");
    fs::write(&file, format!("{}\n{moved}\n", others.lines().next().unwrap())).unwrap();
    stage.ok("S. Lee", &["customers", "import", file.to_str().unwrap()]);
}

fn id(update: &Value) -> i64 {
    update["id"].as_i64().unwrap()
}

fn pending(stage: &Stage) -> BTreeSet<i64> {
    stage.updates().iter().filter(|update| update["status"] == "pending").map(id).collect()
}

/// The numbers in `Left out: number 28, Nadia Joomun: …`.
fn named(screen: &Screen) -> BTreeSet<i64> {
    let lines = lines(screen);
    let after = lines.iter().filter_map(|line| line.split_once("Left out: number "));
    after.map(|(_, rest)| rest.split(&[',', ':'][..]).next().unwrap().parse().unwrap()).collect()
}
