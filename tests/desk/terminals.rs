//! The part of show 2 about windows and terminals: the same script in all of them, each with its
//! own way to draw.

use std::panic::resume_unwind;
use std::process::{Command, Stdio};
use std::thread;

use vt100::Screen;

use crate::script::{STEPS, play};
use crate::support::folder;
use crate::support::pty::{lines, only_our_sequences, styles};
use crate::support::stage::Stage;
use crate::tasks::witness;

/// A window, what its terminal says of itself, and what must be true of every screen.
struct Window {
    name: &'static str,
    size: (u16, u16),
    env: &'static [(&'static str, &'static str)],
    is_right: fn(&Screen) -> bool,
}

const WINDOWS: &[Window] = &[
    Window { name: "a wide window", size: (120, 40), env: &[], is_right: |_| true },
    Window { name: "the smallest", size: (60, 20), env: &[], is_right: |_| true },
    Window {
        name: "the console, without UTF-8",
        size: (80, 24),
        env: &[("TERM", "linux"), ("LANG", "C")],
        is_right: is_ascii,
    },
    Window { name: "without colour", size: (80, 24), env: &[("NO_COLOR", "1")], is_right: is_plain },
];

fn is_ascii(screen: &Screen) -> bool {
    lines(screen).iter().all(|line| line.is_ascii())
}

fn is_plain(screen: &Screen) -> bool {
    let styles = styles(screen);
    !styles.contains("fg=") && !styles.contains("bg=")
}

/// Together: most of the time they wait for customers to answer.
#[test]
fn the_same_script_in_every_window() {
    let running: Vec<_> = WINDOWS.iter().map(|window| (window.name, thread::spawn(|| run(window)))).collect();
    for (name, run) in running {
        if let Err(why) = run.join() {
            println!("this was {name}");
            resume_unwind(why);
        }
    }
}

fn run(window: &Window) {
    let mut stage = Stage::start("agent", window.env, window.size);
    let synced = stage.synced();
    for step in STEPS {
        let screen = stage.press(step.keys, step.see);
        let seen = lines(&screen).join("\n");
        assert!((window.is_right)(&screen), "{}, after {:?}:\n{seen}", window.name, step.keys);
    }
    witness(&mut stage, &synced);
    only_our_sequences(&stage.pty.raw_bytes()).unwrap();
}

/// Ends the server with the test.
struct Tmux<'a>(&'a str);

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-S", self.0, "kill-server"]).status();
    }
}

#[test]
fn the_same_script_inside_tmux() {
    let there = Command::new("tmux").arg("-V").stdout(Stdio::null()).status();
    if there.is_err() {
        println!("skipped: tmux is not installed here (`make tools` installs it)");
        return;
    }
    let folder = folder();
    let socket = folder.path().join("tmux").to_str().unwrap().to_owned();
    let _server = Tmux(&socket);
    let wrapped = ["tmux", "-S", &socket, "-f", "/dev/null", "new-session"];
    // One row is tmux's own.
    let mut stage = Stage::start_in(folder, &wrapped, "agent", &[], (80, 25));
    let synced = stage.synced();
    play(&mut stage, STEPS);
    witness(&mut stage, &synced);
}
