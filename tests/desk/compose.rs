//! The linter and saved replies under an agent's hands: the mistake is seen before the customer sees it.

use crate::support::stage::{KEVIN, Stage};
use crate::texts::with_kevin;

fn sent(words: &str) -> Vec<(String, String)> {
    vec![(KEVIN.to_owned(), words.to_owned())]
}

/// TWS-33, G3: what a character costs stands below, and one key writes it plainly.
#[test]
fn f7_writes_look_alikes_plainly_and_adds_how_to_end_texts() {
    let mut stage = with_kevin();
    stage.press(
        "'It\u{2019}s ready\u{2026} we kept it for you till Friday at five in the afternoon, Kevin'",
        &["SEG-1  '\u{2019}' U+2019 and 1 more force UCS-2: 1 segment becomes 2", "UCS-2  2 segments"],
    );
    stage.press("F7", &["It's ready... we kept", "GSM-7  1 segment", "!force UCS-2", "STOP-4"]);
    stage.press("F7", &["Reply STOP to end texts.", "!no opt-out line"]);
    stage.press("Enter", &["sends in"]);
    stage.pty.wait_for("ok delivered    It's ready");
    assert_eq!(
        stage.texted(),
        sent(
            "It's ready... we kept it for you till Friday at five in the afternoon, Kevin\nReply STOP to end texts."
        )
    );
}

/// An error stops Enter and says the way out; nothing is queued until it is gone.
#[test]
fn what_is_wrong_is_not_sent_and_the_way_out_is_said() {
    let mut stage = with_kevin();
    stage.press("'Dear {first_name}'", &["err  VAR-1  {first_name} is not filled in"]);
    stage.press("Enter", &["Not sent, VAR-1", "> Dear {first_name}"]);
    stage.press("Ctrl+U 'Call Anna: 5798 0001'", &["warn WHO-1", "belongs to Anna Curepipe"]);
    stage.press("Ctrl+U 'Your card is ready.' Enter", &["sends in"]);
    stage.pty.wait_for("ok delivered    Your card");
    // The same again is a warning, and goes.
    stage.press("'Your card is ready.'", &["warn SAME-1 the same text went there"]);
    assert_eq!(stage.texted(), sent("Your card is ready."));
}

/// TWS-91: a digit takes a reply, what nobody knows is asked for, and the use is counted.
#[test]
fn f4_takes_a_saved_reply_and_asks_for_what_is_missing() {
    let mut stage = with_kevin();
    stage.press("F4", &["saved replies", "QR code on its way", "Call back"]);
    stage.press("'call' Enter", &["when: ", "[when?]"]);
    stage.press("'tomorrow at 9'", &["we call you tomorrow at 9."]);
    stage.press("Enter", &["> Hello Kevin Anderson Curepipe, we call you tomorrow at 9.", "!saved replies"]);
    stage.press("Ctrl+U F4", &["saved replies"]);
    stage.press("'qr'", &["Your QR code for LIB/C7013 is on its way."]);
    stage.press("1", &["> Your QR code for LIB/C7013 is on its way."]);
    stage.press("Enter", &["sends in"]);
    stage.wait(&sent("Your QR code for LIB/C7013 is on its way."), Stage::texted);
    let listed = stage.ok("David Brown", &["sms", "templates", "list", "--json"]);
    let used: Vec<&str> = listed.lines().filter(|line| line.contains("\"used\":1")).collect();
    assert!(used.len() == 1 && used[0].contains("QR code on its way"), "{listed}");
}

/// G16: Alt+Enter is a new line in every terminal.
#[test]
fn g16_alt_enter_is_a_new_line() {
    let mut stage = with_kevin();
    stage.press("'one' Alt+Enter 'two' Enter", &["sends in"]);
    stage.wait(&sent("one\ntwo"), Stage::texted);
}
