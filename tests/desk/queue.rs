//! The admin's checklist (NIC-118..124), by hand.

use crate::support::pty::{lines, only_our_sequences};
use crate::support::stage::Stage;

const SIZE: (u16, u16) = (120, 40);

/// NIC-118, NIC-100: all updates are an admin's; an agent's list is their own.
#[test]
fn nic_118_an_agent_has_their_own_list() {
    let mut stage = Stage::start("agent", &[], SIZE);
    stage.press("Esc", &["DESK"]);
    stage.press("g u", &["Your contact updates", "1-"]);
    stage.press("g r", &["Reports", "gents see their own contact updates"]);
}

/// NIC-119, NIC-120, NIC-121, NIC-124, NIC-123: loads, filters, searches, pages, marks one.
#[test]
fn nic_119_120_121_123_124_the_queue_by_hand() {
    let mut stage = Stage::start("admin", &[], SIZE);
    stage.press("Esc", &["DESK"]);
    stage.press("g u", &["Contact updates", "1-", "of 45"]);
    stage.press("End", &["-45 of 45"]);

    stage.press("f", &["filter:"]);
    stage.press("'all #24 newest first' Enter", &["filter: all, all dates, #24, newest first", "of "]);
    stage.press("f Ctrl+U", &["filter:"]);
    stage.press("'bounced' Enter", &["filter: pending, bounced, all dates, oldest first"]);
    stage.press("f Ctrl+U", &["filter:"]);
    stage.press("'synced today' Enter", &["filter: synced, ", "!all dates"]);
    stage.press("f Ctrl+U", &["filter:"]);
    stage.press("'LIB/D1114' Enter", &["find: LIB/D1114", "1-1 of 1"]);
    stage.press("Space", &["1 chosen"]);
    let before = stage.synced();
    stage.press("s", &["Mark 1 as synced?"]);
    stage.press("Enter", &["1 marked as synced."]);
    let marked: Vec<i64> = stage.synced().difference(&before).copied().collect();
    assert_eq!(marked, [15]);
    let screen = stage.press("g r", &["Reports", "updates, ", "proven"]);
    assert!(lines(&screen).iter().any(|line| line.contains("bounced")), "{:?}", lines(&screen));
    only_our_sequences(&stage.pty.raw_bytes()).unwrap();
}
