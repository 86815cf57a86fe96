//! 100 kB at once: as a paste that the terminal marks, and as a burst of keys from one that does not.

use cordboard::domain::shown::DraftOf;

use crate::kept::File;
use crate::support::screens::escape;
use crate::support::stage::Stage;
use crate::{answers, at};

/// Of a field.
const ROOM: usize = 16_384;
const FULL: &str = "Nothing more fits in here: the rest was left out.";

/// A screen, and the keys from there to the place.
const FIELDS: &[(&str, &str)] = &[
    ("look-up", ""),
    ("form", ""),
    ("form", "Tab"),
    ("form", "Tab Tab Tab"),
    ("note", ""),
    ("text", ""),
    ("line", ""),
    ("palette", ""),
    ("updates filter", ""),
    ("updates hold", ""),
    ("outbox discard", ""),
];

/// Bare keys act here, and a paste is a look-up.
const DESKS: &[&str] = &["desk", "card", "inbox", "updates", "updates chosen", "outbox", "help", "users"];

/// And here it is nothing.
const BOXES: &[&str] =
    &["ask", "updates all", "updates mark", "updates batch", "updates report", "go", "lock"];

/// 100 kB. It begins with lines of which each is a command on some screen, confirmed by the line end
/// behind it. No line ends later, where the kernel may make a pause before it: then it is an Enter.
fn novel() -> String {
    let lines = ["u\n", "!\n", "s\n", "undo\n", "Pay 5737 2333 now, please: it is due!\n", "x\n", "* it\n"];
    let lines: String = lines.iter().copied().cycle().take(300).collect();
    let rest = "It is due, the payment of yours that is not here. ".chars().cycle();
    lines.chars().chain(rest).take(100_000).collect()
}

fn marked(text: &str) -> String {
    format!("\x1b[200~{text}\x1b[201~")
}

/// As keys: a line ends with Enter.
fn burst(text: &str) -> String {
    text.replace('\n', "\r")
}

/// Pastes at a place; nothing is saved or sent by it, and the desk answers.
fn paste_at(screen: &str, keys: &str, bytes: &str, says: &[&str]) -> (Stage, File) {
    let mut stage = at(screen);
    stage.press(keys, &[]);
    let file = File::of(&stage);
    let before = file.kept();
    stage.pty.send(bytes);
    stage.press("", says);
    answers(&mut stage);
    assert_eq!(file.kept(), before, "{screen} {keys}");
    assert!(stage.texted().is_empty(), "{screen} {keys}");
    (stage, file)
}

#[test]
fn a_marked_paste_fills_a_field_and_says_that_it_is_cut() {
    let novel = novel();
    for (screen, keys) in FIELDS {
        let (_stage, file) = paste_at(screen, keys, &marked(&novel), &[FULL]);
        match *screen {
            "note" => assert_eq!(file.draft(DraftOf::Note), novel[..ROOM]),
            "text" => assert_eq!(file.draft(DraftOf::Text), novel[..ROOM]),
            _ => {}
        }
    }
}

#[test]
fn a_burst_fills_a_field_and_says_that_it_is_cut() {
    let novel = novel();
    for (screen, keys) in FIELDS {
        // In a form Enter goes on to the next field, and no field is full.
        let says: &[&str] = if *screen == "form" { &[] } else { &[FULL] };
        let (_stage, file) = paste_at(screen, keys, &burst(&novel), says);
        match *screen {
            "note" => assert_eq!(file.draft(DraftOf::Note), novel[..ROOM]),
            "text" => assert_eq!(file.draft(DraftOf::Text), novel[..ROOM]),
            _ => {}
        }
    }
}

#[test]
fn on_the_desk_it_is_a_search_for_its_beginning() {
    for screen in DESKS {
        paste_at(screen, "", &marked(&novel()), &["Only this of the 100000", "TYPING SEARCH"]);
        paste_at(screen, "", &burst(&novel()), &["TYPING SEARCH"]);
    }
}

#[test]
fn in_a_question_it_is_nothing() {
    for screen in BOXES {
        for bytes in [marked(&novel()), burst(&novel())] {
            let mut stage = at(screen);
            let file = File::of(&stage);
            let before = file.kept();
            stage.pty.send(&bytes);
            escape(&mut stage.pty);
            answers(&mut stage);
            assert_eq!(file.kept(), before, "{screen}");
        }
    }
}

/// The person has seen neither the card nor the question when the line end behind the letters comes.
#[test]
fn a_line_end_behind_letters_confirms_nothing() {
    for (screen, burst, then) in
        [("found", "\r!\r", "Do not text 5737 2333"), ("updates", "s\r", "Mark batch 1")]
    {
        let mut stage = at(screen);
        let file = File::of(&stage);
        let before = file.kept();
        stage.pty.send(burst);
        stage.press("", &[then]);
        answers(&mut stage);
        assert_eq!(file.kept(), before, "{screen}");
    }
    // What was found for other letters is not opened, and none of the lines is a command.
    let mut stage = at("found");
    let file = File::of(&stage);
    let before = file.kept();
    stage.pty.send("x\r!\rus\r");
    stage.press("", &["> 7013x!us"]);
    answers(&mut stage);
    assert_eq!(file.kept(), before);
}
