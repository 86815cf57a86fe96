//! A supervisor makes two customers one at the desk, and two again.

use crate::support::stage::Stage;

const TWIN: [&str; 2] = ["--name", "Kevin Curepipe"];

#[test]
fn two_are_merged_side_by_side_and_u_takes_it_back() {
    let mut stage = Stage::start("supervisor", &[], (80, 24));
    let add = [&["customers", "add"], &TWIN[..], &["--mobile", "5737 2333", "--company", "Curepipe Motors"]];
    stage.ok("S. Lee", &add.concat());
    stage.press("'C7013'", &["1 of 55"]);
    stage.press("Enter", &["DESK", "1 looks like this one (d)"]);
    stage
        .press("d", &["Who looks like Kevin Anderson", "LIKELY  same mobile, one name is part of the other"]);
    stage.press("Enter", &["keep: Kevin Anderson", "goes: Kevin Curepipe", "> name"]);
    stage.press("Right", &["* Kevin Curepipe"]);
    stage.press("Ctrl+S", &["Make these two one customer?", "Taken from the right: name"]);
    stage.press("Enter", &["They are one customer now", "DESK", "!keep:"]);
    stage.press("", &["Kevin Curepipe   LIB/C7013", "!looks like this one"]);
    let said = stage.ok("S. Lee", &["--json", "lookup", "Kevin", "Curepipe"]);
    assert_eq!(said.lines().count(), 1, "{said}");
    stage.ok("S. Lee", &["doctor"]);
    stage.press("u", &["Taken back", "two customers again"]);
    stage.press("", &["Kevin Anderson Curepipe   LIB/C7013", "1 looks like this one (d)"]);
    let said = stage.ok("S. Lee", &["--json", "lookup", "Kevin", "Curepipe"]);
    assert_eq!(said.lines().count(), 2, "{said}");
    stage.ok("S. Lee", &["doctor"]);
}

/// Whoever has the other's card open while they are merged elsewhere goes on with the one who was kept.
#[test]
fn an_open_card_becomes_the_one_who_was_kept() {
    let mut stage = Stage::start("agent", &[], (80, 24));
    stage.ok("S. Lee", &[&["customers", "add"], &TWIN[..], &["--mobile", "5844 0099"]].concat());
    stage.press("'58440099'", &["1 of 55"]);
    stage.press("Enter", &["DESK", "5844 0099"]);
    stage.press("n 'wants his card'", &["TYPING NOTE", "wants his card"]);
    stage.ok("S. Lee", &["customers", "merge", "LIB/C7013", "58440099"]);
    stage.press("' by mail' Ctrl+S", &["Note saved"]);
    stage.press("", &["LIB/C7013", "wants his card by mail"]);
    let said = stage.ok("S. Lee", &["customers", "show", "LIB/C7013"]);
    assert!(said.contains("wants his card by mail"), "{said}");
    stage.ok("S. Lee", &["doctor"]);
}
