//! Show 4 and 7 at the keyboard: `!` and `u`, a reply that may mean stop, and what becomes of what waited.

use crate::support::stage::{KEVIN, Stage};

const SIZE: (u16, u16) = (80, 24);

fn with_kevin() -> Stage {
    let mut stage = Stage::start("agent", &[], SIZE);
    stage.press("'2333'", &["4 of 54"]);
    stage.press("Enter", &["DESK", "yes, by voice"]);
    stage
}

/// A slip of the finger: one more key within five seconds, and the log keeps both.
#[test]
fn a_no_by_mistake_is_taken_back_with_u() {
    let mut stage = with_kevin();
    stage.press("!", &["Do not text 5737 2333"]);
    stage.press("Enter", &["NO since"]);
    stage.press("u", &["Taken back: the no to texts of Kevin", "yes, by voice"]);
    let shown = stage.ok("David Brown", &["consent", "show", "LIB/C7013"]);
    assert!(shown.contains("service   may be texted"), "{shown}");
    let acts: Vec<&str> = ["revoke", "release"].into_iter().filter(|act| shown.contains(act)).collect();
    assert_eq!(acts, ["revoke", "release"], "{shown}");
}

/// A STOP is the customer's: `u` does not take it back.
#[test]
fn u_takes_back_no_stop_of_theirs() {
    let mut stage = with_kevin();
    stage.customer_texts(KEVIN, "STOP");
    stage.press("", &["STOP since"]);
    stage.press("u", &["Nothing of yours can be taken back", "STOP since"]);
}

/// The reply holds the number at once, under typing hands; `h` decides, and what waited leaves or never does.
#[test]
fn a_near_miss_holds_until_somebody_decides() {
    let mut stage = with_kevin();
    stage.press(": 'offline' Enter", &["OFFLINE"]);
    stage.press("t", &["TYPING TEXT to 5737 2333"]);
    stage.press("'Are you there?' Enter", &["waits for  "]);
    stage.customer_texts(KEVIN, "stop. thank you");
    stage.press("Esc", &["DESK", "!TYPING"]);
    stage.press(": 'online' Enter", &["ONLINE"]);
    stage.press("", &["HELD"]);
    assert_eq!(stage.texted(), [], "nothing leaves while it is held");
    stage.press("t", &["stop. thank you", "held since", "decide what they meant"]);
    stage.press("h", &["What did they mean?", "They want no more texts"]);
    stage.press("Down Enter", &["release, why:"]);
    stage.press("'the bus stop' Enter", &["TYPING TEXT to 5737 2333"]);
    stage.pty.wait_for("ok delivered");
    stage.wait(&vec![(KEVIN.to_owned(), "Are you there?".to_owned())], Stage::texted);
    // The next one is meant.
    stage.customer_texts(KEVIN, "please unsubscribe me");
    stage.press("", &["held since"]);
    stage.press("Esc", &["DESK", "HELD"]);
    stage.press("h", &["What did they mean?"]);
    stage.press("Enter", &["STOP since"]);
    stage.press("t", &["texted STOP"]);
    assert_eq!(stage.texted().len(), 1);
    let log = stage.ok("David Brown", &["consent", "show", "LIB/C7013"]);
    assert!(
        log.contains("hold") && log.contains("release") && log.contains("please unsubscribe me"),
        "{log}"
    );
}

/// Held by hand from the card, with a reason.
#[test]
fn a_number_is_held_by_hand_from_the_card() {
    let mut stage = with_kevin();
    stage.press("h", &["hold all texts to this number, why:"]);
    stage.press("'his lawyer called' Enter", &["HELD"]);
    let held = stage.ok("David Brown", &["consent", "held"]);
    assert!(held.contains("his lawyer called") && held.contains("Kevin"), "{held}");
}
