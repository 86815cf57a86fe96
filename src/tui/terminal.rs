//! The terminal, taken and given back: raw mode, the other screen, bracketed paste, the cursor.
//!
//! Whoever ends the desk, the terminal is given back exactly once: the guard's drop on every
//! ordinary way out, the panic hook before the message is printed, [`super::hangup`] before it
//! exits, [`keeper`] when it was killed. No mouse (the terminal's own selection keeps working) and no window title.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Signal, kill_current_process_group};
use rustix::stdio::stdout;
use rustix::termios::tcgetwinsize;
use tokio::sync::Notify;

use super::backend::Wire;
use super::keeper;

/// The other screen, bracketed paste, cleared, no cursor until it has a place.
const TAKE: &str = "\x1b[?1049h\x1b[?2004h\x1b[2J\x1b[?25l";
/// Cleared first: the Linux console has no other screen and would keep a customer on show.
pub(super) const GIVE_BACK: &str = "\x1b[0m\x1b[?2004l\x1b[H\x1b[2J\x1b[?25h\x1b[?1049l";
/// A stop that is coming comes within this.
const STOP: Duration = Duration::from_millis(50);

/// Ours between [`enter`] and [`restore`].
static OURS: AtomicBool = AtomicBool::new(false);
static BROKEN: Notify = Notify::const_new();

/// What the desk draws on.
pub type Terminal = ratatui::Terminal<Wire<Out>>;

/// The terminal while it is ours; dropping it gives it back.
pub struct Guard {
    terminal: Terminal,
    program: Option<PathBuf>,
}

/// Takes the terminal. `program` is a cordboard that can be its [`keeper`].
///
/// # Errors
/// stdin or stdout is none, or it is gone.
pub fn enter(program: Option<PathBuf>) -> io::Result<Guard> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(io::Error::other(
            "The desk needs a terminal for its keys and its screen, and this is a pipe or a file. Start \
             cordboard in a terminal, over SSH with `ssh -t`; for scripts see `cordboard --help`.",
        ));
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let ours = restore();
            usual(panic);
            if ours {
                BROKEN.notify_one();
            }
        }));
    });
    let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let terminal = Terminal::new(Wire::new(Out, window, colours))?;
    let mut guard = Guard { terminal, program };
    guard.take()?;
    Ok(guard)
}

/// Gives the terminal back as it was found. Any number of times, from any thread; true for the one
/// that did it.
pub fn restore() -> bool {
    let ours = OURS.swap(false, Ordering::SeqCst);
    if ours {
        // It may be gone; then nobody is left to see it.
        let _ = write_all(GIVE_BACK.as_bytes());
        let _ = disable_raw_mode();
        keeper::dismiss();
    }
    ours
}

/// Nobody gave it back since [`enter`].
pub(super) fn is_ours() -> bool {
    OURS.load(Ordering::SeqCst)
}

/// Ready once a panic, in whatever thread, took the terminal from under the loop.
pub(super) async fn broken() {
    BROKEN.notified().await;
}

/// Hands `text` to the terminal's clipboard (OSC 52). Whether it takes it, no one can say.
///
/// # Errors
/// The terminal is gone.
pub fn copy(text: &str) -> io::Result<()> {
    Out.write_all(format!("\x1b]52;c;{}\x1b\\", BASE64_STANDARD.encode(text)).as_bytes())
}

impl Guard {
    fn take(&mut self) -> io::Result<()> {
        if let Some(program) = &self.program {
            keeper::start(program);
        }
        OURS.store(true, Ordering::SeqCst);
        enable_raw_mode().and_then(|()| write_all(TAKE.as_bytes())).inspect_err(|_| _ = restore())
    }

    /// What to draw on.
    pub fn terminal(&mut self) -> &mut Terminal {
        &mut self.terminal
    }

    /// Ctrl+Z: gives the terminal back, stops the process group as the key would have, and goes on
    /// when the shell says `fg`. The next frame is drawn in full.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn suspend(&mut self) -> io::Result<()> {
        restore();
        kill_current_process_group(Signal::TSTP)?;
        // Another thread may be the one that takes the signal. Where there is no shell to come
        // back to, the kernel ignores it and we go on.
        thread::sleep(STOP);
        self.take()?;
        self.terminal.clear()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// The way to the terminal while it is ours. After a panic anywhere it is closed, so that no frame
/// covers the message.
pub struct Out;

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !is_ours() {
            return Err(io::Error::other("The terminal was given back."));
        }
        write_all(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn window() -> io::Result<Size> {
    let size = tcgetwinsize(stdout())?;
    Ok(Size::new(size.ws_col, size.ws_row))
}

/// Past std's stdout: no line buffer, no lock that a panic could hold.
pub(super) fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            // Some program before us left the terminal non-blocking.
            Err(Errno::AGAIN) => {
                poll(&mut [PollFd::from_borrowed_fd(stdout(), PollFlags::OUT)], None)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
