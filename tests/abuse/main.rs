//! Bad input at the built program in a pseudo-terminal: pastes of 100 kB, a key held down, bytes of a
//! slow line, answers nobody asked for, windows of one cell, ten thousand entries, names and texts
//! that were made to break a screen. The desk stays whole and answers, what was typed is there, and
//! nothing is saved or sent by it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy takes the helpers of a test file for production code"
)]

mod crowd;
mod fast;
mod kept;
mod pastes;
mod slow;
mod strange;
#[path = "../support/mod.rs"]
mod support;
mod windows;

use std::thread;

use support::pty::{lines, only_our_sequences};
use support::screens::{SCREENS, leave, reach};
use support::stage::Stage;
use vt100::Screen;

const SIZE: (u16, u16) = (80, 24);
const DEMOS: usize = 8;

/// A demo of its own, for an admin, gone to that screen.
fn at(screen: &str) -> Stage {
    let mut stage = Stage::start("admin", &[], SIZE);
    reach(&mut stage.pty, screen);
    stage
}

/// The next key is answered, the frame around the body is whole, and no byte in it is a stranger's.
fn answers(stage: &mut Stage) {
    const LIST: &str = "everything you can do here";
    if stage.pty.screen().contains(LIST) {
        stage.press("Esc", &["!everything you can do here"]);
    }
    stage.press("Ctrl+P", &[LIST]);
    stage.press("Esc", &["!everything you can do here"]);
    let rows = lines(&stage.pty.vt100());
    let rule = "─".repeat(SIZE.0.into());
    assert_eq!((&rows[3], &rows[20]), (&rule, &rule), "\n{}", rows.join("\n"));
    assert!(rows[23].ends_with("DESK") || rows[23].contains(" TYPING "), "\n{}", rows.join("\n"));
    only_our_sequences(&stage.pty.raw_bytes()).unwrap();
}

/// Does the same on each screen, in a few demos side by side.
fn on_every_screen(check: impl Fn(&mut Stage, &str) + Sync) {
    thread::scope(|scope| {
        for part in SCREENS.chunks(SCREENS.len().div_ceil(DEMOS)) {
            let check = &check;
            scope.spawn(move || {
                let mut stage = Stage::start("admin", &[], SIZE);
                for (screen, ..) in part {
                    reach(&mut stage.pty, screen);
                    check(&mut stage, screen);
                    leave(&mut stage.pty);
                }
                only_our_sequences(&stage.pty.raw_bytes()).unwrap();
            });
        }
    });
}

/// The title and the body once all of it is there: after two keys it is the same.
fn settled(stage: &mut Stage, screen: &str) -> Vec<String> {
    let mut seen = body(&stage.pty.vt100());
    // These answer no key of others.
    if matches!(screen, "palette" | "lock") {
        return seen;
    }
    loop {
        answers(stage);
        let now = body(&stage.pty.vt100());
        if now == seen {
            return now;
        }
        seen = now;
    }
}

/// The title and the body: not the rows in which time goes by.
fn body(screen: &Screen) -> Vec<String> {
    lines(screen)[2..21].to_vec()
}
