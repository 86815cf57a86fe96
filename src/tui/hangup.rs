//! How a desk ends without a key: the terminal is gone, someone asks the process to go, or a panic
//! in some thread took the screen away.
//!
//! An SSH server may forget to send SIGHUP, so a thread asks the kernel. It also has the last word:
//! who has not ended 2 s after a hang-up is ended.

use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::stdio::stdin;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::terminal;

/// How long the loop has to put drafts on disk and leave.
const GRACE: Duration = Duration::from_secs(2);
/// How often the thread looks whether it is still wanted.
const LOOK: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// The loop saves drafts and returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// And leaves with this one's exit code.
    pub why: Why,
}

/// Why a desk ends without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The terminal vanished, or SIGHUP said so.
    HungUp,
    /// SIGTERM, or SIGINT from outside: the key Ctrl+C is a key.
    Terminated,
    /// A panic somewhere: its message is on the terminal, which is no longer ours.
    Broken,
}

impl Why {
    /// As shells count, 128 and the number of the signal; as Rust does, 101.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::HungUp => 129,
            Self::Terminated => 143,
            Self::Broken => 101,
        }
    }
}

/// The one channel on which endings arrive. Dropping it ends the watch.
pub struct Endings {
    gone: mpsc::Receiver<()>,
    hang_up: Signal,
    terminate: Signal,
    interrupt: Signal,
    unwanted: Arc<AtomicBool>,
}

/// Watches stdin and the signals from now on. Needs a tokio runtime.
///
/// # Errors
/// The process may not watch signals or start a thread.
pub fn watch() -> io::Result<Endings> {
    let (tell, gone) = mpsc::channel(1);
    let unwanted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&unwanted);
    let endings = Endings {
        gone,
        hang_up: signal(SignalKind::hangup())?,
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        unwanted,
    };
    thread::Builder::new().name("hang-up".into()).spawn(move || {
        if until_gone(&flag) {
            let _ = tell.try_send(());
            thread::sleep(GRACE);
            terminal::restore();
            process::exit(Why::HungUp.exit_code().into());
        }
    })?;
    Ok(endings)
}

/// Why a frame could not be written, or the channel of the keys closed: both may be noticed before
/// [`Endings::next`] knows.
pub async fn lost() -> Ending {
    if terminal::is_ours() {
        return Ending { why: Why::HungUp };
    }
    // The panic's message is printed to its end before we leave.
    terminal::broken().await;
    Ending { why: Why::Broken }
}

impl Endings {
    /// The next ending; the first is enough. May be dropped half-way and asked again.
    pub async fn next(&mut self) -> Ending {
        let why = tokio::select! {
            Some(()) = self.gone.recv() => Why::HungUp,
            _ = self.hang_up.recv() => Why::HungUp,
            _ = self.terminate.recv() => Why::Terminated,
            _ = self.interrupt.recv() => Why::Terminated,
            () = terminal::broken() => Why::Broken,
        };
        Ending { why }
    }
}

impl Drop for Endings {
    fn drop(&mut self) {
        self.unwanted.store(true, Ordering::SeqCst);
    }
}

/// True once stdin is hung up, false when nobody wants to know any more.
fn until_gone(unwanted: &AtomicBool) -> bool {
    while !unwanted.load(Ordering::SeqCst) {
        // No event is asked for: hang-up and error are told all the same, keys are not.
        let mut fds = [PollFd::from_borrowed_fd(stdin(), PollFlags::empty())];
        match poll(&mut fds, Some(&LOOK)) {
            Ok(0) | Err(Errno::INTR | Errno::AGAIN) => {}
            Ok(_) | Err(_) => return true,
        }
    }
    false
}
