//! The thread that reads the keys, and the clock that stamps their arrival.
//!
//! A plain thread that may block as it likes; the process never waits for it. It hands on bytes as
//! they come: [`super::input`] makes keys of them. crossterm's own reader leaves all but the first
//! kilobyte of a burst in the kernel until the next key (its issue 813), and swallows every key
//! behind a paste without end (1060) or an answer that it does not know.

use std::io;
use std::thread;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};
use rustix::stdio::stdin;
use tokio::sync::mpsc;

use crate::domain::time::Micros;

/// More reads than a paste of any size takes; a program that pours text in waits here.
const QUEUE: usize = 4_096;

/// What the kernel keeps of a terminal's input.
const AT_ONCE: usize = 4_096;

/// How often the thread looks whether anybody still wants keys.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// A clock that never jumps, however the time of day is corrected.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    then: Micros,
}

impl Clock {
    /// Starts at the time of day `now`.
    pub fn start(now: Micros) -> Self {
        Self { started: Instant::now(), then: now }
    }

    /// Goes on from there evenly.
    pub fn now(&self) -> Micros {
        self.then + self.started.elapsed()
    }

    /// The moment of `at`, to wait for it.
    pub fn instant(&self, at: Micros) -> Instant {
        self.started + at.since(self.then)
    }
}

/// What the terminal sent in one piece, and when it got here.
#[derive(Clone, PartialEq, Eq)]
pub struct Arrived {
    pub bytes: Vec<u8>,
    /// By the [`Clock`].
    pub at: Micros,
}

/// Starts reading. The channel closes when the terminal cannot be read any more:
/// [`super::hangup::lost`] says why.
///
/// # Errors
/// The thread did not start.
pub fn start(clock: Clock) -> io::Result<mpsc::Receiver<Arrived>> {
    let (to, from) = mpsc::channel(QUEUE);
    thread::Builder::new().name("keys".into()).spawn(move || while send(clock, &to).is_some() {})?;
    Ok(from)
}

/// Sends what is there. A key that comes after a desk has ended is the next desk's.
fn send(clock: Clock, to: &mpsc::Sender<Arrived>) -> Option<()> {
    let mut fds = [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)];
    let ready = match poll(&mut fds, Some(&LOOK)) {
        Ok(ready) => ready,
        Err(Errno::INTR | Errno::AGAIN) => 0,
        Err(_) => return None,
    };
    if to.is_closed() {
        return None;
    }
    if ready == 0 {
        return Some(());
    }
    let mut bytes = vec![0; AT_ONCE];
    match read(stdin(), &mut bytes) {
        Ok(count @ 1..) => bytes.truncate(count),
        Err(Errno::INTR | Errno::AGAIN) => return Some(()),
        // Ctrl+D while the terminal was not ours ends a line, and nothing else.
        Ok(_) if fds[0].revents() == PollFlags::IN => return Some(()),
        Ok(_) | Err(_) => return None,
    }
    to.blocking_send(Arrived { bytes, at: clock.now() }).ok()
}
