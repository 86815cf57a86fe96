//! `cordboard pop` where no desk runs.

use crate::home::{AGENT, Home};

#[test]
fn without_a_desk_the_card_is_printed_and_recorded() {
    let home = Home::desk();
    let ran = home.agent(&["pop", "(230) 5737-2333"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("name      Kevin Anderson Curepipe\n"), "{ran:?}");
    // G13: a family is listed, nobody is guessed.
    let ran = home.agent(&["pop", "57009988"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("Marie Li") && ran.out.contains("Paul Li"), "{ran:?}");
    let ran = home.agent(&["--json", "pop", "57009988"]);
    assert_eq!(ran.out.lines().count(), 2, "{ran:?}");
    home.agent(&["pop", "5844 0099"]).refused(4, &["nobody on file has 5844 0099"]);
}

#[test]
fn a_bad_number_is_named() {
    let home = Home::desk();
    for (typed, why) in [("hello", "letters"), ("573", "too short"), ("", "no number given")] {
        home.agent(&["pop", typed]).refused(2, &[&format!("\"{typed}\" is no number"), why]);
    }
    let ran = home.run(&["--as", AGENT, "pop"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}
