//! A call comes in at another process while somebody types at the desk.

use crate::support::stage::{KEVIN, Stage};

const AGENT: &str = "David Brown";

#[test]
fn a_call_rings_on_the_desk_and_f5_opens_the_caller_over_the_note() {
    let mut stage = Stage::start("agent", &[], (80, 24));
    stage.press("'D1102'", &["1 of 54"]);
    stage.press("Enter", &["DESK"]);
    stage.press("n 'old job'", &["TYPING NOTE", "old job"]);
    let said = stage.ok(AGENT, &["pop", "5737 2333"]);
    assert_eq!(said, "rings on the desk of David Brown: 5737 2333, Kevin Anderson Curepipe\n");
    stage.press("' gone'", &["RINGS  5737 2333  Kevin Anderson Curepipe  F5 opens the card", "old job gone"]);
    stage.press("F5", &["LIB/C7013", "DESK", "!RINGS", "!old job"]);
    stage.press("Esc", &["TYPING NOTE", "old job gone", "!LIB/C7013"]);
    // On the way it went to disk, too.
    stage.press("Esc", &["DESK"]);
    stage.press("n", &["TYPING NOTE", "old job gone"]);

    stage.ok(AGENT, &["pop", "+230 5844 0099"]);
    stage.press("F5", &["> 5844 0099", "TYPING SEARCH", "0 of 54"]);
    stage.press("Esc", &["TYPING NOTE", "old job gone"]);
    stage.press("Esc", &["DESK"]);
    stage.press(": 'q' Enter", &[]);
    assert_eq!(stage.pty.wait_exit(), 0);
    // Without a desk the card is printed here.
    let said = stage.ok(AGENT, &["pop", KEVIN]);
    assert!(said.contains("Kevin Anderson Curepipe") && said.contains("LIB/C7013"), "{said}");
}
