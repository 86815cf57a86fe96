//! Show 3: what becomes of a text is seen on screen; a STOP comes before everything; one key asks.

use serde_json::json;

use crate::support::pty::only_our_sequences;
use crate::support::stage::{KEVIN, Stage};

const SIZE: (u16, u16) = (80, 24);

pub fn with_kevin() -> Stage {
    let mut stage = Stage::start("agent", &[], SIZE);
    stage.press("'2333'", &["4 of 54"]);
    stage.press("Enter", &["DESK"]);
    stage.press("t", &["TYPING TEXT to 5737 2333"]);
    stage
}

/// Nobody touches a key after Enter.
#[test]
fn a_text_counts_down_and_is_followed_until_it_is_delivered_and_answered() {
    let mut stage = with_kevin();
    // Slow enough that a poll finds it in each of its states.
    let steps = json!({ "sending_ms": 0, "sent_ms": 500, "final_ms": 6_000, "price_ms": 7_000 });
    stage.ask("POST", "config", &json!({ "steps": steps }).to_string());
    stage.press("'Your card is ready.' Enter", &[]);
    for words in
        ["sends in 5 s", "sends in 3 s", "sends in 1 s", "sent    ", "ok delivered    Your card", "Merci"]
    {
        stage.pty.wait_for(words);
    }
    stage.wait(&vec![(KEVIN.to_owned(), "Your card is ready.".to_owned())], Stage::texted);
    only_our_sequences(&stage.pty.raw_bytes()).unwrap();
}

#[test]
fn what_was_taken_back_never_leaves() {
    let mut stage = with_kevin();
    stage.press("'Your cart is ready.' Enter", &["sends in"]);
    stage.press("Up", &["Taken back", "canceled", "> Your cart is ready."]);
    stage.press("Ctrl+U 'Your card is ready.' Enter", &["sends in"]);
    stage.pty.wait_for("ok delivered    Your card");
    assert_eq!(stage.texted(), [(KEVIN.to_owned(), "Your card is ready.".to_owned())]);
}

/// The STOP is at Twilio when the network comes back, and is heard before anything is sent.
#[test]
fn a_stop_cancels_the_text_that_waits_and_blocks_the_next() {
    let mut stage = with_kevin();
    stage.press("Esc", &["DESK", "!TYPING"]);
    stage.press(": 'offline' Enter", &["OFFLINE"]);
    stage.press("t", &["TYPING TEXT to 5737 2333"]);
    stage.press("'Are you there?' Enter", &["waits for  "]);
    stage.customer_texts(KEVIN, "STOP");
    stage.press("Esc", &["DESK", "!TYPING"]);
    stage.press(": 'online' Enter", &["ONLINE"]);
    stage.press("", &["STOP since"]);
    stage.press("t", &["No text to", "canceled", "texted STOP"]);
    assert_eq!(stage.texted(), [], "nothing left");
}

/// While hands are on the keys: the composer closes, what was typed stays and goes nowhere.
#[test]
fn a_stop_closes_the_composer_under_typing_hands() {
    let mut stage = with_kevin();
    stage.press("'Are you'", &["> Are you"]);
    stage.customer_texts(KEVIN, "STOP");
    stage.press("", &["TYPING TEXT (closed)", "Kept, not sent"]);
    stage.press("' there?' Enter", &["Are you there?", "texted STOP"]);
    stage.press("Esc", &["DESK"]);
    assert_eq!(stage.texted(), []);
}

/// Nobody has asked Sanjay: one key says that he said yes, and the next is text.
#[test]
fn who_was_never_asked_is_asked_with_one_key() {
    let mut stage = Stage::start("agent", &[], SIZE);
    stage.press("'D1102'", &["1 of 54"]);
    stage.press("Enter", &["DESK", "never asked"]);
    stage.press("t", &["Nobody has asked for this number yet"]);
    stage.press("Enter", &["TYPING TEXT to 5798"]);
    stage.press("'Welcome.' Enter", &["sends in"]);
    stage.pty.wait_for("ok delivered");
    let said = stage.ok("David Brown", &["consent", "show", "LIB/D1102"]);
    assert!(said.contains("voice"), "{said}");
    assert_eq!(stage.texted().len(), 1);
}

/// TWS-92: by the keys, and beside the desk by the command.
#[test]
fn tws_92_f6_sends_later_and_the_outbox_moves_it_and_takes_it_back() {
    let mut stage = with_kevin();
    stage.press("'Your card is ready.' F6", &["send at (their clock)"]);
    stage.press("'soon' Enter", &["is no time"]);
    stage.press("Ctrl+U 'tomorrow 9'", &["09:00"]);
    stage.press("Enter", &["Saved. It leaves"]);
    let listed = stage.ok("David Brown", &["sms", "later", "list"]);
    assert!(listed.contains("09:00") && listed.contains("Your card is ready."), "{listed}");
    stage.press("Esc", &["DESK"]);
    stage.press("g o", &["Outbox", "sends "]);
    stage.press("Down F6 'tomorrow 10' Enter", &["is moved", " 10:00"]);
    stage.press("e", &["TYPING TEXT to", "> Your card is ready."]);
    let listed = stage.ok("David Brown", &["sms", "later", "list"]);
    assert!(listed.contains("no text waits for its time"), "{listed}");
    assert_eq!(stage.texted(), []);
}

/// TTX-55, 56, 70: chosen with Space, named before, one text each, filled in.
#[test]
fn ttx_56_a_few_chosen_customers_get_one_text_each() {
    let sorted = |stage: &Stage| {
        let mut texts = stage.texted();
        texts.sort();
        texts
    };
    let mut stage = Stage::start("agent", &[], SIZE);
    stage.press("Esc", &["DESK"]);
    stage.press("g c", &["All customers"]);
    // The oldest: Jean-Marc was never asked, Anna and Kevin have said yes.
    stage.press("End Up Up Space Space Space", &["3 are chosen"]);
    stage.press("t", &["TYPING TEXT to several", "2 can get it", "x nobody has asked"]);
    stage.press("'Dear {name}.' Enter", &["Text 2 of 3?", "Jean-Marc Ramgoolam: "]);
    stage.press("Enter", &["2 texts are saved", "All customers"]);
    let expected = [("+23057372333", "Kevin Anderson Curepipe"), ("+23057980001", "Anna Curepipe")];
    let expected: Vec<_> =
        expected.iter().map(|(number, name)| ((*number).to_owned(), format!("Dear {name}."))).collect();
    stage.wait(&expected, sorted);
}
