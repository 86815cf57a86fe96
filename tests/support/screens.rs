//! Every screen of the desk and the way to it, for tests that do the same to each.

use std::thread;
use std::time::Duration;

use vt100::Screen;

use super::pty::{Pty, lines};

/// Longer than the desk waits for what may belong to an Esc.
const HELD: Duration = Duration::from_millis(60);

/// Presses of Esc that lead back from anywhere.
const DEEPEST: usize = 10;

/// Name; the screen it is reached from; the keys that lead from there to it; words that then stand
/// on one line and did not before. The first is a fresh demo desk of an admin at 80x24.
pub const SCREENS: &[(&str, &str, &str, &str)] = &[
    ("look-up", "", "", "TYPING SEARCH"),
    ("found", "look-up", "7013", "1 of 54"),
    ("card", "found", "\r", "m mobile"),
    ("form", "card", "m", "TYPING FORM"),
    ("note", "card", "n", "TYPING NOTE"),
    ("text", "card", "t", "TYPING TEXT to 5737 2333"),
    ("replies", "text", "\x1b[14~", "saved replies"),
    ("debt", "card", "a", "TYPING"),
    ("ask", "card", "!", "Do not text 5737 2333"),
    ("hold", "card", "h", "hold all texts to this number"),
    ("desk", "look-up", "\x1b", "DESK"),
    ("line", "desk", ":", "TYPING COMMAND"),
    ("go", "desk", "g", "TYPING GO"),
    ("help", "desk", "?", "Keys of this screen"),
    ("palette", "desk", "\x10", "TYPING A WORD"),
    ("inbox", "go", "i", "Waiting for them"),
    ("inbox find", "inbox", "f", "find in texts:"),
    ("inbox assign", "inbox", "a", "Who answers them?"),
    ("inbox close", "inbox", "\x1b[3~", "Close this conversation?"),
    ("updates", "go", "u", "LIB/D1103 "),
    ("updates filter", "updates", "f", "TYPING A LINE"),
    ("updates hold", "updates", "h", "hold this one"),
    ("updates reject", "updates", "\x1b[3~", "reject this one"),
    ("updates all", "updates", "*", "Choose all"),
    ("updates chosen", "updates all", "\r", "chosen."),
    ("updates mark", "updates chosen", "s", "as synced?"),
    ("updates batch", "updates chosen", "x", "Make a batch of"),
    ("updates file", "updates batch", "\r", "into the folder or file"),
    ("updates report", "updates file", "\r", "Left out: number"),
    ("updates card", "updates", "\r", "m mobile"),
    ("clashes", "updates", "c", "In clash with the master"),
    ("reports", "go", "r", "both proven"),
    ("outbox", "go", "o", "line  what"),
    ("outbox why", "outbox", "w", "In the way:"),
    ("outbox again", "outbox", "\r", "send it again, because"),
    ("outbox discard", "outbox", "\x1b[3~", "throw this line away"),
    ("customers", "go", "c", "All customers, newest first"),
    ("customers chosen", "customers", "  ", "2 are chosen"),
    ("several", "customers chosen", "t", "TYPING TEXT to several"),
    ("users", "go", "p", "#  Name"),
    ("messages", "go", "m", "What the desk said"),
    ("lock", "go", "l", "Locked by"),
];

/// Goes from a fresh desk to the screen of that name, key by key as a hand would.
pub fn reach(pty: &mut Pty, name: &str) {
    let (_, from, keys, words) = SCREENS.iter().find(|(known, ..)| *known == name).expect("a screen");
    if !from.is_empty() {
        reach(pty, from);
    }
    if keys.starts_with("\x1b[") {
        pty.press(keys);
    } else {
        pty.type_keys(keys);
    }
    pty.wait_for(words);
}

/// Presses Esc; a key that came sooner after it would not act.
pub fn escape(pty: &mut Pty) {
    pty.press("\x1b");
    thread::sleep(HELD);
}

/// Goes back from any of them until the desk is as it was at first.
pub fn leave(pty: &mut Pty) {
    let is_desk = |screen: &Screen| {
        let rows = lines(screen);
        rows[2].starts_with("Customers   Inbox") && rows[23].ends_with("DESK")
    };
    for _ in 0..DEEPEST {
        if is_desk(&pty.vt100()) {
            break;
        }
        escape(pty);
    }
    pty.wait_until("the desk of the look-up", is_desk);
    pty.press("/");
    pty.press("\x15");
    pty.wait_for(" customers");
}
