//! The desk on a terminal. [`update`] changes a plain [`model`], [`view`] draws it, the [`runner`]
//! carries out what is asked for; nothing on the way from a key to the screen waits for a disk or a
//! network.
//!
//! A newcomer finds a screen under [`screens`], every key in [`keymap`], every message in [`msg`].
//! The loop here is the only place where they meet time, the terminal and the store.

pub mod backend;
pub mod command;
mod exporting;
pub mod hangup;
mod importing;
pub mod input;
pub mod keeper;
pub mod key;
pub mod keymap;
pub mod keys;
pub mod model;
pub mod msg;
pub mod record;
pub mod replay;
mod ring;
pub mod runner;
pub mod saving;
pub mod screens;
pub mod strip;
pub mod terminal;
#[cfg(test)]
pub(crate) mod testing;
pub mod theme;
pub mod update;
pub mod view;
pub mod widgets;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::Offset as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::sleep_until;

use crate::domain::shown::{DraftOf, Party};
use crate::domain::time::Micros;
pub use hangup::Why;

use input::{Assembler, Input};
use key::{Code, Key};
use keys::{Arrived, Clock};
use model::Model;
use msg::{Effect, Exit, Msg};
use record::Recorder;
use runner::Runner;
use strip::Strip;
use terminal::Guard;

/// How often the file is asked whether anybody has committed.
const LOOK: Duration = Duration::from_millis(100);

/// Frames after a key that go out at once: the key itself, the list, the card beside it, its timeline.
const AT_ONCE: u32 = 4;

/// Reads between two frames.
const FLOOD: usize = 16;

/// Between the frames after those.
const FRAME: Duration = Duration::from_millis(10);

/// The time on screen is not older than this, nor newer more often.
const TICK: Duration = Duration::from_millis(200);

/// How the loop ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    By(Exit),
    /// Hung up, told to stop, or broken.
    From(Why),
}

/// The distance of this machine's clock from UTC at `now`, in seconds.
pub fn offset(now: Micros) -> i32 {
    chrono::DateTime::from_timestamp_micros(now.0)
        .map_or(0, |utc| utc.with_timezone(&chrono::Local).offset().fix().local_minus_utc())
}

/// Messages for a desk from outside its loop.
pub fn channel() -> (UnboundedSender<Msg>, UnboundedReceiver<Msg>) {
    unbounded_channel()
}

/// Runs a desk on this process's terminal until somebody leaves it. `program` is a cordboard that
/// can be the terminal's [`keeper`].
///
/// # Errors
/// There is no terminal, or it stopped taking what is drawn.
pub async fn run(
    model: Model,
    runner: Option<Runner>,
    inbox: UnboundedReceiver<Msg>,
    clock: fn() -> Micros,
    recorder: Option<Recorder>,
    program: Option<PathBuf>,
) -> io::Result<(Ended, Option<Strip>)> {
    let mut guard = terminal::enter(program)?;
    let steady = Clock::start(clock());
    let keys = keys::start(steady)?;
    let mut endings = hangup::watch()?;
    let mut desk = Desk {
        model,
        runner,
        guard: &mut guard,
        assembler: Assembler::new(),
        recorder,
        clock,
        exit: None,
        frames: 0,
        last_frame: None,
        dirty: true,
    };
    let ended = desk.turn(keys, inbox, &mut endings, steady).await;
    if let Some(runner) = &mut desk.runner {
        runner.finish().await;
    }
    let strip = desk.model.strip.take();
    ended.map(|ended| (ended, strip))
}

struct Desk<'a> {
    model: Model,
    runner: Option<Runner>,
    guard: &'a mut Guard,
    assembler: Assembler,
    recorder: Option<Recorder>,
    clock: fn() -> Micros,
    exit: Option<Exit>,
    /// Drawn since the last key.
    frames: u32,
    last_frame: Option<Instant>,
    dirty: bool,
}

impl Desk<'_> {
    async fn turn(
        &mut self,
        mut keys: Receiver<Arrived>,
        mut inbox: UnboundedReceiver<Msg>,
        endings: &mut hangup::Endings,
        steady: Clock,
    ) -> io::Result<Ended> {
        let mut resizes = signal(SignalKind::window_change())?;
        self.begin()?;
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            let far = Instant::now() + Duration::from_secs(3600);
            let held = self.assembler.deadline().map_or(far, |at| steady.instant(at));
            let drafts = self.runner.as_ref().and_then(Runner::draft_due).unwrap_or(far);
            let frame = self.next_frame().unwrap_or(far);
            let tick = self.next_tick();
            tokio::select! {
                biased;
                ending = endings.next() => return Ok(self.end(ending.why)),
                _ = resizes.recv() => self.resized(),
                arrived = keys.recv() => match arrived {
                    Some(arrived) => {
                        self.frames = 0;
                        self.arrived(&arrived);
                        // A flood is drawn now and then.
                        for _ in 0..FLOOD {
                            let Ok(next) = keys.try_recv() else { break };
                            self.arrived(&next);
                        }
                    }
                    None => return Ok(self.lost().await),
                },
                Some(msg) = inbox.recv() => {
                    self.tick();
                    self.take(msg);
                    while let Ok(next) = inbox.try_recv() {
                        self.take(next);
                    }
                }
                () = sleep_until(held.into()) => {}
                () = sleep_until(drafts.into()) => {
                    if let Some(runner) = &mut self.runner {
                        runner.keep_drafts();
                    }
                }
                () = sleep_until(tick.into()) => self.tick(),
                () = sleep_until(frame.into()) => {}
                _ = look.tick() => {
                    if let Some(runner) = &mut self.runner {
                        runner.look().await;
                    }
                }
            }
            if keys.is_empty() {
                for input in self.assembler.expire(steady.now()) {
                    self.input(input);
                }
            }
            if let Some(exit) = self.exit.take() {
                return Ok(Ended::By(exit));
            }
            if self.draw().is_err() {
                return Ok(self.lost().await);
            }
        }
    }

    /// The terminal takes or gives nothing any more.
    async fn lost(&mut self) -> Ended {
        let ending = hangup::lost().await;
        self.end(ending.why)
    }

    fn begin(&mut self) -> io::Result<()> {
        let size = self.guard.terminal().size()?;
        self.model.size = (size.width, size.height);
        self.tick();
        if let Some(recorder) = &mut self.recorder {
            recorder.start(&self.model);
        }
        let effects = update::start(&mut self.model);
        self.carry_out(effects);
        self.draw()
    }

    fn end(&mut self, why: Why) -> Ended {
        self.take(Msg::Ending);
        Ended::From(why)
    }

    fn arrived(&mut self, arrived: &Arrived) {
        for byte in &arrived.bytes {
            self.assembler.set_typing(self.model.takes_text());
            for input in self.assembler.feed(*byte, arrived.at) {
                self.input(input);
            }
        }
    }

    /// What the terminal did to its cells is its own idea, even if the size is as before.
    fn resized(&mut self) {
        if let Ok(size) = self.guard.terminal().size() {
            self.take(Msg::Resize(size.width, size.height));
        }
        self.again();
    }

    /// A key near a lone Esc does not act on the desk; an Enter close behind a byte confirms nothing.
    fn input(&mut self, input: Input) {
        self.tick();
        let typing = self.model.takes_text();
        match input {
            Input::Key { key, after_esc, after_byte } => {
                let Some(key) = Key::read(&key).filter(|_| typing || !after_esc) else { return };
                let line_break = key == Key::plain(Code::Enter) && after_byte;
                self.take(Msg::Key(if line_break { Key { alt: true, ..key } } else { key }));
            }
            Input::Paste(text) => self.take(Msg::Paste(text)),
        }
    }

    fn take(&mut self, msg: Msg) {
        if let Some(recorder) = &mut self.recorder {
            recorder.note(&msg, &self.model);
        }
        self.dirty = true;
        let effects = update::update(&mut self.model, msg);
        self.carry_out(effects);
    }

    fn tick(&mut self) {
        let now = (self.clock)();
        if now.since(self.model.now) >= TICK || now < self.model.now {
            self.take(Msg::Tick(now, offset(now)));
        }
    }

    /// Each second while something counts, else with the minute of the clock. Counted from the last
    /// tick: whatever else wakes the loop, none is passed over.
    fn next_tick(&self) -> Instant {
        let (now, last) = ((self.clock)().0, self.model.now.0);
        let step = if self.model.is_restless() { 1_000_000 } else { 60_000_000 };
        let soonest = last + i64::try_from(TICK.as_micros()).unwrap_or(0);
        let due = (last - last.rem_euclid(step) + step).max(soonest);
        let left = if now < last { 0 } else { due - now };
        Instant::now() + Duration::from_micros(u64::try_from(left).unwrap_or(0))
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match (effect, &mut self.runner) {
                (Effect::Leave(exit), _) => self.exit = Some(exit),
                (Effect::Redraw, _) => self.again(),
                (Effect::Suspend, _) => self.suspend(),
                // A terminal that is gone is noticed elsewhere.
                (Effect::Copy(body), _) => drop(terminal::copy(body.as_str())),
                (Effect::Read(seq, what), Some(runner)) => runner.read(seq, what),
                (Effect::Write(seq, what), Some(runner)) => runner.write(seq, what),
                (Effect::Draft { customer, of, body }, Some(runner)) => runner.draft(customer, of, body),
                (Effect::DraftTo { number, body }, Some(runner)) => runner.draft(number, DraftOf::Text, body),
                (Effect::KeepDrafts, Some(runner)) => runner.keep_drafts(),
                (Effect::Doing(customer, what), Some(runner)) => {
                    runner.doing(customer.map(|id| (Party::Customer(id), what)));
                }
                (Effect::Answering(number), Some(runner)) => {
                    runner.doing(Some((Party::Number(number), "texting")));
                }
                (Effect::Demo(line), Some(runner)) => runner.demo(&line),
                (Effect::Sheet(seq, file), Some(runner)) => runner.sheet(seq, file),
                (Effect::Intake(seq, import), Some(runner)) => runner.intake(seq, import),
                (Effect::StopIntake, Some(runner)) => runner.stop_intake(),
                (Effect::Outgo(seq, what), Some(runner)) => runner.outgo(seq, what),
                // On the first start there is nothing to read or write.
                (_, None) => {}
            }
        }
    }

    fn again(&mut self) {
        self.dirty = true;
        // A terminal that is gone is noticed when the frame is drawn.
        let _ = self.guard.terminal().clear();
    }

    fn suspend(&mut self) {
        if self.guard.suspend().is_ok() {
            self.take(Msg::Resumed);
        }
    }

    /// When the next frame may be drawn, if one is wanted.
    fn next_frame(&self) -> Option<Instant> {
        let wait = if self.frames < AT_ONCE { Duration::ZERO } else { FRAME };
        self.dirty.then(|| self.last_frame.map_or_else(Instant::now, |last| last + wait))
    }

    fn draw(&mut self) -> io::Result<()> {
        if self.next_frame().is_none_or(|at| at > Instant::now()) {
            return Ok(());
        }
        let model = &self.model;
        self.guard.terminal().draw(|frame| {
            let area = frame.area();
            if let Some(cursor) = view::draw(model, area, frame.buffer_mut()) {
                frame.set_cursor_position(cursor);
            }
        })?;
        self.frames += 1;
        self.last_frame = Some(Instant::now());
        self.dirty = false;
        Ok(())
    }
}
