//! The desk ends at every screen in every way that is not a key: killed, told to go, hung up, by a
//! panic. The terminal is as it was, what was saved is there, and what was typed comes back.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cordboard::cli::demo::stage::Stage;
use cordboard::domain::role::{Actor, Origin};
use cordboard::domain::shown::What;
use cordboard::store::open::{self, Location};
use cordboard::store::threads::Store;
use cordboard::store::{Db, customers, doctor, drafts, timeline, users};
use cordboard::tui::runner::Runner;
use cordboard::tui::{self, Ended};
use rustix::process::{Pid, Signal, kill_process};
use support::folder;
use support::office::office;
use support::pty::{PATIENCE, Pty, only_our_sequences};
use support::screens::{SCREENS, reach};
use tempfile::TempDir;

const SIZE: (u16, u16) = (80, 24);
const PROGRAM: &str = env!("CARGO_BIN_EXE_cordboard");
/// Says to the second copy of this test program that it is a desk which can panic, and where.
const PANICS: &str = "CORDBOARD_TEST_PANICS";
/// Screens that are tried at the same time.
const HANDS: usize = 4;
/// Between two looks at what is on no screen.
const LOOK: Duration = Duration::from_millis(20);

/// How a desk ends.
#[derive(Clone, Copy, PartialEq)]
enum Ending {
    Killed,
    Told,
    HungUp,
    Panics,
}

/// The second copy; nothing in an ordinary run.
#[test]
fn desk() {
    let Ok(home) = std::env::var(PANICS) else { return };
    let home = Path::new(&home);
    let (_, actor) = open(home);
    let listener = UnixListener::bind(home.join("panic")).unwrap();
    thread::spawn(move || {
        listener.accept().unwrap();
        panic!("a panic behind the screen");
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async {
        let (to, inbox) = tui::channel();
        let runner = Runner::new(office(&actor), Arc::new(Store::open(&location(home)).unwrap()), to, None);
        let model = support::office::desk(&actor, home);
        tui::run(model, Some(runner), inbox, support::now, None, Some(PROGRAM.into())).await
    });
    let Ended::From(why) = ended.unwrap().0 else { return };
    std::process::exit(why.exit_code().into());
}

fn location(home: &Path) -> Location {
    let data = home.join("data");
    Location { database: data.join("desk.db"), key_file: data.join("desk.key") }
}

fn open(home: &Path) -> (Db, Actor) {
    let db = open::open(&location(home)).unwrap();
    let actor = users::by_name(&db, "S. Lee").unwrap().unwrap().actor(Origin::Desk);
    (db, actor)
}

/// A desk's folder, and the desk in it.
struct Seat {
    pty: Pty,
    home: TempDir,
}

/// What the demo leaves when it ends.
fn demo(folder: &Path) -> PathBuf {
    let kept = folder.join("kept");
    drop(Stage::start(Some(&kept), Some("admin")).unwrap());
    kept
}

impl Seat {
    fn take(demo: &Path, ending: Ending) -> Self {
        let home = folder();
        copy(demo, home.path());
        // The shell shows the terminal as it was left; the desk's number is its own.
        let script =
            "sh -c 'echo $$ > \"$HOME/pid\"; exec \"$0\" \"$@\"' \"$@\"; echo \"left with $?\"; exec cat";
        let at = home.path().to_str().unwrap().to_owned();
        let itself = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
        let (program, args, env) = if ending == Ending::Panics {
            (itself.as_str(), vec!["--exact", "desk", "--nocapture"], (PANICS, at.as_str()))
        } else {
            (PROGRAM, vec!["--as", "S. Lee"], ("CORDBOARD_HOME", at.as_str()))
        };
        let command = [&["sh", "-c", script, "sh", program], args.as_slice()].concat();
        let pty = Pty::start(&command, &[env, ("HOME", &at)], SIZE);
        Self { pty, home }
    }

    /// The same desk, opened again.
    fn again(&self) -> Pty {
        let at = self.home.path().to_str().unwrap();
        Pty::start(&[PROGRAM, "--as", "S. Lee"], &[("CORDBOARD_HOME", at)], SIZE)
    }

    fn db(&self) -> (Db, Actor) {
        open(self.home.path())
    }

    /// Waits until the disk has what was typed.
    fn wait_for_draft(&self, typed: &str) {
        let (db, actor) = self.db();
        until(&format!("a draft with {typed:?}"), || {
            drafts::mine(&db, &actor).unwrap().iter().any(|draft| draft.body.contains(typed))
        });
    }

    fn notes(&self) -> Vec<String> {
        let (db, actor) = self.db();
        let kevin = customers::resolve(&db, &actor, "LIB/C7013", None).unwrap();
        let entries = timeline::of(&db, &actor, kevin, None, 5).unwrap();
        let notes = entries.into_iter().filter_map(|entry| match entry.what {
            What::Note { body, .. } => Some(body.as_str().to_owned()),
            _ => None,
        });
        notes.collect()
    }

    fn end(&mut self, ending: Ending) {
        let raw = fs::read_to_string(self.home.path().join("pid")).unwrap().trim().parse().unwrap();
        let pid = Pid::from_raw(raw).unwrap();
        match ending {
            Ending::Killed => kill_process(pid, Signal::KILL).unwrap(),
            Ending::Told => kill_process(pid, Signal::TERM).unwrap(),
            Ending::Panics => drop(UnixStream::connect(self.home.path().join("panic")).unwrap()),
            Ending::HungUp => {
                self.pty.hangup();
                self.pty.wait_exit_within(Duration::from_secs(3));
                return;
            }
        }
        let words = match ending {
            Ending::Told => "left with 143",
            Ending::Panics => "left with 101",
            _ => "cordboard was killed.",
        };
        let screen = self.pty.wait_for(words);
        assert!(!screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor());
        assert!(self.pty.is_cooked());
        // A shell that was waiting for a killed desk may speak before the keeper does.
        if ending != Ending::Killed {
            only_our_sequences(&self.pty.raw_bytes()).unwrap();
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (entry, target) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry, &target);
        } else {
            fs::copy(&entry, &target).unwrap();
        }
    }
}

fn until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        thread::sleep(LOOK);
    }
}

/// What to type there that must come back, if anything.
fn typed(screen: &str) -> Option<&'static str> {
    match screen {
        "form" => Some("58443999"),
        "note" => Some("goes slowly"),
        "text" => Some("on its way"),
        _ => None,
    }
}

fn at_every_screen(ending: Ending) {
    let office = folder();
    let demo = demo(office.path());
    // Hands wait more than they type: several at once.
    thread::scope(|hands| {
        for some in SCREENS.chunks(SCREENS.len().div_ceil(HANDS)) {
            hands.spawn(|| some.iter().for_each(|(screen, ..)| at(&demo, screen, ending)));
        }
    });
}

fn at(demo: &Path, screen: &str, ending: Ending) {
    let mut seat = Seat::take(demo, ending);
    reach(&mut seat.pty, "note");
    seat.pty.type_keys("saved before\x13");
    seat.pty.wait_for("Note saved");
    seat.pty.type_keys("/\x15");
    seat.pty.wait_for("54 customers");
    reach(&mut seat.pty, screen);
    if let Some(typed) = typed(screen) {
        seat.pty.type_keys(typed);
        seat.wait_for_draft(typed);
    }
    seat.end(ending);
    assert_eq!(seat.notes()[0], "saved before", "{screen}");
    let mut checks = doctor::examine(&seat.db().0).unwrap();
    checks.retain(|check| check.wrong.is_some());
    assert_eq!(checks, [], "{screen}");
    if let Some(typed) = typed(screen) {
        let mut pty = seat.again();
        reach(&mut pty, screen);
        pty.wait_for(typed);
    }
}

#[test]
fn killed() {
    at_every_screen(Ending::Killed);
}

#[test]
fn told_to_go() {
    at_every_screen(Ending::Told);
}

#[test]
fn hung_up() {
    at_every_screen(Ending::HungUp);
}

#[test]
fn by_a_panic() {
    at_every_screen(Ending::Panics);
}
