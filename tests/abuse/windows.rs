//! A window of any size at any moment.

use crate::support::pty::lines;
use crate::{SIZE, body, on_every_screen, settled};

const SIZES: [(u16, u16); 7] = [(1, 1), (2, 1), (59, 15), (200, 60), (1, 60), (200, 1), (60, 16)];
const TYPED: &str = "Hullabaloo";

#[test]
fn the_window_changes_while_somebody_types() {
    on_every_screen(|stage, screen| {
        let types = lines(&stage.pty.vt100())[23].contains("TYPING") && screen != "go";
        let seen = settled(stage, screen);
        for (at, letter) in TYPED.chars().enumerate() {
            stage.pty.resize(SIZES[at % SIZES.len()]);
            if types {
                stage.pty.press(letter.encode_utf8(&mut [0; 4]));
            }
        }
        stage.pty.resize(SIZE);
        if types {
            stage.press("", &[TYPED]);
            // To leave nothing behind.
            stage.press("Ctrl+U", &[&format!("!{TYPED}")]);
        } else {
            stage.pty.wait_until("the screen as it was", |screen| body(screen) == seen);
        }
        settled(stage, screen);
    });
}
