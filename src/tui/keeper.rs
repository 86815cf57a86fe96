//! Gives the terminal back for a desk that was killed (`kill -9`, out of memory) and could not.
//!
//! The keeper is a second, small process of this program, started before the desk takes the
//! terminal. The two share a pipe: a word on it, and the desk has seen to the terminal itself; its
//! end without one, and nobody has.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::getpgrp;
use rustix::stdio::stdout;
use rustix::termios::{OptionalActions, tcgetattr, tcgetpgrp, tcsetattr};

use super::terminal::{GIVE_BACK, write_all};

/// The command line of a keeper.
pub const ARGUMENT: &str = "keep-terminal";

/// The shell's prompt may have been drawn before this and be gone: hence the last sentence.
const KILLED: &str = "cordboard was killed. What was saved is saved, and what was typed comes back when it is opened \
                      again. Press Enter.\r\n";

static KEEPER: Mutex<Option<Child>> = Mutex::new(None);

/// Starts the keeper, `program` being this one, and waits until it has seen how the terminal is. The
/// desk works without one too.
pub(super) fn start(program: &Path) {
    let mut command = Command::new(program);
    command.arg(ARGUMENT).stdin(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else { return };
    if let Some(ready) = &mut child.stderr {
        let _ = ready.read(&mut [0]);
    }
    *KEEPER.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
}

/// The desk has given the terminal back.
pub(super) fn dismiss() {
    let Some(mut child) = KEEPER.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
    if let Some(mut word) = child.stdin.take() {
        let _ = word.write_all(b".");
    }
    let _ = child.wait();
}

/// The keeper itself: returns when the desk has ended, however it did.
pub fn keep() {
    let before = tcgetattr(stdout());
    let _ = std::io::stderr().write_all(b".");
    let mut word = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut word);
    if !word.is_empty() {
        return;
    }
    // A shell that is in front again has set the modes it wants.
    if let (Ok(before), true) = (before, tcgetpgrp(stdout()).is_ok_and(|front| front == getpgrp())) {
        let _ = tcsetattr(stdout(), OptionalActions::Now, &before);
    }
    let _ = write_all(GIVE_BACK.as_bytes()).and_then(|()| write_all(KILLED.as_bytes()));
}
