//! A slow line hands a sequence over byte by byte, and a terminal says things that nobody asked for.

use std::thread;
use std::time::Duration;

use cordboard::domain::shown::DraftOf;

use crate::kept::File;
use crate::support::stage::Stage;
use crate::{answers, at, on_every_screen, settled};

/// A whole sequence takes so long to arrive.
const LONG: Duration = Duration::from_secs(2);

/// Keys, a paste, and keys as newer terminals write them.
const SEQUENCES: [&str; 6] =
    ["\x1b[B", "\x1b[15~", "\x1bOR", "\x1b[200~u!s\x1b[201~", "\x1b[117;5u", "\x1b[1;3D"];

/// What terminals answer to "who are you", "where is the cursor", "how are you", "what colours", "what
/// can you do", "what is the mouse doing", "can you show pictures", to name a few.
const ANSWERS: [&str; 17] = [
    "\x1b[?62;1;4;6;22c",
    "\x1b[>0;276;0c",
    "\x1b[24;80R",
    "\x1b[?24;80;1R",
    "\x1b[0n",
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    "\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    "\x1b]52;c;cXVpdA==\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1bP>|XTerm(379)\x1b\\",
    "\x1bP!|7E565445\x1b\\",
    "\x1b[<0;10;20M\x1b[<0;10;20m",
    "\x1b[M !!",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b[?1u",
    "\x1b[8;24;80t",
    "\x1b[?2026;2$y",
];

/// A line on which every byte of the sequence is late for the one before it.
fn drip(stages: &mut [Stage], sequence: &str) {
    let gap = LONG / u32::try_from(sequence.len()).unwrap();
    for byte in sequence.bytes() {
        for stage in &mut *stages {
            stage.pty.send_bytes(&[byte]);
        }
        thread::sleep(gap);
    }
}

#[test]
fn bytes_of_a_split_sequence_commit_nothing() {
    let places = ["form", "note", "text", "card", "ask", "updates mark", "line"];
    let mut stages: Vec<Stage> = places.iter().map(|screen| at(screen)).collect();
    for stage in &mut stages[..3] {
        stage.press("'58'", &["58"]);
    }
    let files: Vec<File> = stages.iter().map(File::of).collect();
    let before: Vec<_> = files.iter().map(File::kept).collect();
    for sequence in SEQUENCES {
        drip(&mut stages, sequence);
    }
    for (stage, screen) in stages.iter_mut().zip(places) {
        println!("{screen}:\n{}", stage.pty.screen());
        answers(stage);
    }
    assert_eq!(files.iter().map(File::kept).collect::<Vec<_>>(), before);
    for (file, of) in files.iter().zip([DraftOf::Update, DraftOf::Note, DraftOf::Text]) {
        assert!(file.draft(of).contains("58"), "{:?} {:?}", of, file.draft(of));
    }
}

/// Once "Esc [" came together, what follows may take two seconds and is the key all the same.
#[test]
fn a_sequence_that_has_begun_is_waited_for() {
    let mut updates = at("updates");
    let mut form = at("form");
    let first = updates.pty.cursor();
    for (one, other) in [("\x1b[", "\x1b["), ("B", "1"), ("", "9"), ("", "~")] {
        updates.pty.send(one);
        form.pty.send(other);
        thread::sleep(LONG / 4);
    }
    updates.pty.wait_until("the cursor on the next row", |screen| {
        Some(screen.cursor_position()) == first.map(|(row, column)| (row + 1, column))
    });
    form.press("", &["Read back:"]);
    answers(&mut updates);
    answers(&mut form);
}

#[test]
fn answers_that_nobody_asked_for_are_nothing() {
    on_every_screen(|stage, screen| {
        let file = File::of(stage);
        let (before, seen) = (file.kept(), settled(stage, screen));
        for answer in ANSWERS {
            // They come one by one.
            stage.pty.press(answer);
        }
        assert_eq!(settled(stage, screen), seen, "{screen}");
        assert_eq!(file.kept(), before, "{screen}");
    });
}
