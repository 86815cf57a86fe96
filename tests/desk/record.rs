//! The customer record by hand: made from a look-up, edited, tagged, deleted and brought back.

use crate::support::pty::only_our_sequences;
use crate::support::stage::Stage;

#[test]
fn tws_2_to_6_and_cvia_5_a_customer_is_made_edited_deleted_and_brought_back() {
    let mut stage = Stage::start("agent", &[], (80, 24));
    stage.press("'5737 2333 zelda'", &["Nobody matches"]);
    stage.press("Ctrl+N", &["TYPING NEW CUSTOMER", "Name              ", "[zelda", "[5737 2333"]);
    // G13: said, and no obstacle.
    stage.press("", &["also on file with"]);
    stage.press("Up h", &["Patient name", "Medical notes"]);
    // TTX-59 to 61.
    stage
        .press("Down Ctrl+U 'Zelda Ramgoolam' Down Down '14/03/1980' Ctrl+S", &["not a date; write it like"]);
    stage.press("Ctrl+U '14 Mar 1980' Ctrl+S", &["Saved.", "DESK", "Date of birth  1980-03-14"]);

    stage.press("Ctrl+E", &["TYPING RECORD", "(m on the card, with a reason)"]);
    stage.press("Down Down 'Swan Life' Ctrl+S", &["Saved.", "Insurance provider  Swan Life"]);
    stage.press("=", &["Stage of Zelda Ramgoolam"]);
    stage.press("Down Enter", &["Stage  contacted"]);
    stage.press("#", &["tags, parted by commas:"]);
    stage.press("'motor' Enter", &["Tags   motor"]);
    stage.press("u", &["Taken back: the tags of Zelda Ramgoolam.", "!Tags   motor"]);

    // TWS-4: asked, gone, and back by one key.
    stage.press("Del", &["Delete this customer?"]);
    stage.press("Enter", &["Deleted. u brings them back.", "!Zelda"]);
    stage.press("Esc", &["DESK", "!TYPING"]);
    stage.press("u", &["Taken back: the deletion of Zelda Ramgoolam."]);
    stage.press("/ 'zelda'", &["Zelda Ramgoolam"]);
    let found = stage.ok("David Brown", &["lookup", "zelda", "stage:contacted"]);
    assert!(found.contains("Zelda Ramgoolam"), "{found}");
    only_our_sequences(&stage.pty.raw_bytes()).unwrap();
}

/// What is typed and not saved comes back, for a new customer too.
#[test]
fn nothing_typed_is_lost() {
    let mut stage = Stage::start("agent", &[], (80, 24));
    stage.press("'zelda' Ctrl+N", &["TYPING NEW CUSTOMER"]);
    stage.press("' r' Esc", &["Nothing saved. What you typed is kept."]);
    stage.press("Ctrl+N", &["TYPING NEW CUSTOMER", "[zelda r", "is back"]);
    stage.press("Esc", &["TYPING SEARCH"]);
    stage.press("Esc", &["DESK", "!TYPING"]);
    stage.press(": 'discard' Enter", &["Thrown away: what you began as a new customer."]);
}
