//! The thread that reads the keys, and the clock that stamps their arrival.
//!
//! A plain thread around `crossterm::event::read`: it may block as it likes, and the process never
//! waits for it. When the terminal vanishes crossterm spins there; [`super::hangup`] ends that.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event};
use tokio::sync::mpsc;

use super::terminal;
use crate::domain::time::Micros;

/// More than a person can type ahead; a program that pours text in waits here.
const QUEUE: usize = 4_096;

/// How often the thread looks whether anybody still wants keys.
const LOOK: Duration = Duration::from_millis(100);

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

/// What the terminal sent, and when it got here.
#[derive(Clone, PartialEq, Eq)]
pub struct Arrived {
    /// As crossterm read it.
    pub event: Event,
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

/// Sends what is there, all of one read together, so that the loop sees a burst as a whole. A key
/// that comes after a desk has ended is the next desk's.
fn send(clock: Clock, to: &mpsc::Sender<Arrived>) -> Option<()> {
    while !(event::poll(LOOK).ok()? || is_more().ok()?) {
        if to.is_closed() {
            return None;
        }
    }
    if to.is_closed() {
        return None;
    }
    let mut all = vec![Arrived { event: event::read().ok()?, at: clock.now() }];
    while all.len() < QUEUE && is_more().ok()? {
        all.push(Arrived { event: event::read().ok()?, at: clock.now() });
    }
    all.into_iter().try_for_each(|each| to.blocking_send(each).ok())
}

fn is_more() -> io::Result<bool> {
    Ok(event::poll(Duration::ZERO)? || terminal::tell_of_input() && event::poll(Duration::ZERO)?)
}
