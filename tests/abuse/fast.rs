//! Keys at 1,000 per second, as a key that is stuck or a scanner sends them.

use std::thread;
use std::time::Duration;

use cordboard::domain::shown::DraftOf;

use crate::kept::File;
use crate::support::pty::lines;
use crate::support::stage::Stage;
use crate::{answers, at};

const GAP: Duration = Duration::from_millis(1);
const KEYS: usize = 2_000;
/// What the desk may still write once the last key is in: a few frames.
const BACKLOG: usize = 16_000;

/// Sends them one by one; the pause is part of what is sent.
fn pour<'a>(stage: &mut Stage, keys: impl IntoIterator<Item = &'a str>) {
    for key in keys {
        stage.pty.send(key);
        thread::sleep(GAP);
    }
    stage.pty.mark();
}

/// The desk has kept up: it answers, and wrote little since the last key.
fn kept_up(stage: &mut Stage) {
    answers(stage);
    let written = stage.pty.since_mark().len();
    assert!(written < BACKLOG, "{written} bytes after the last key");
}

#[test]
fn a_cursor_held_down_ends_at_the_end() {
    let mut stage = at("updates");
    for (key, end) in [("\x1b[B", "45 of 45"), ("\x1b[A", "1-"), ("j", "45 of 45"), ("k", "1-")] {
        pour(&mut stage, std::iter::repeat_n(key, KEYS / 2));
        stage.press("", &[end]);
        kept_up(&mut stage);
    }
}

#[test]
fn every_letter_arrives_in_its_order() {
    let letters: Vec<String> = ('a'..='z').cycle().take(KEYS).map(String::from).collect();
    let typed = letters.concat();
    for (screen, of) in [("note", DraftOf::Note), ("text", DraftOf::Text)] {
        let mut stage = at(screen);
        let file = File::of(&stage);
        pour(&mut stage, letters.iter().map(String::as_str));
        kept_up(&mut stage);
        // To leave is to keep.
        stage.press("Esc", &["DESK"]);
        stage.wait(&typed, |_| file.draft(of));
    }
}

#[test]
fn letters_on_the_desk_are_no_commands() {
    for screen in ["desk", "card", "updates"] {
        let mut stage = at(screen);
        let file = File::of(&stage);
        let before = file.kept();
        // Without a meaning at first: the machine may pause before the fourth letter.
        let begin = ["z", "y"].into_iter().cycle().take(20);
        pour(&mut stage, begin.chain(["u", "s", "!", "x", "p"].into_iter().cycle().take(KEYS / 3)));
        stage.press("", &["TYPING SEARCH"]);
        kept_up(&mut stage);
        assert_eq!(file.kept(), before, "{screen}");
        let row = lines(&stage.pty.vt100())[4].clone();
        assert!(row.contains("us!xp"), "{row}");
    }
}
