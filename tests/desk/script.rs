//! The demo's task strip, done to the end: the keys of each of its nine tasks, and what comes of
//! them. The words waited for stand on one line of every size from 60x20 on.

use cordboard::domain::shown::strip::TASKS;

use crate::support::hand::keys;
use crate::support::stage::Stage;

/// Some keys, and what then stands on the screen; `!` before it: what stands there no more.
pub struct Step {
    /// Counted from 1, as the strip does.
    pub task: usize,
    pub keys: &'static str,
    pub see: &'static [&'static str],
}

const fn step(task: usize, keys: &'static str, see: &'static [&'static str]) -> Step {
    Step { task, keys, see }
}

/// Sent once each; the first is taken back before.
pub const TO_KEVIN: [&str; 2] = ["Your card is ready.", "One more thing."];
/// Written while there is no network.
pub const TO_WANG: &str = "Rain or shine.";

/// The keys of a new mobile with its reason.
pub const NEW_MOBILE: &str = "m '57372334' Enter 1 Enter";
/// Those of them that are the number.
pub const DIGITS: usize = 8;

pub const STEPS: &[Step] = &[
    step(1, "'2333'", &["4 of 54", "2/9"]),
    step(1, "Enter", &["DESK"]),
    step(2, "e", &["TYPING FORM"]),
    step(2, "'kevin@curepipe.example' Ctrl+S", &["3/9", "DESK"]),
    step(3, "t", &["TYPING TEXT to 5737 2333"]),
    step(3, "'Your card is ready.' Enter", &["sends in"]),
    step(3, "Up", &["Taken back", "4/9"]),
    step(3, "Enter", &["sends in"]),
    step(4, "", &["Merci, bien recu", "5/9"]),
    step(5, "'One more thing.' Enter", &["sends in"]),
    step(5, "", &["6/9", "(closed)"]),
    step(5, "'But' Enter", &["texted STOP"]),
    step(6, "Esc", &["DESK"]),
    step(6, "Esc", &["!No text to", "DESK"]),
    step(6, ": 'offline' Enter", &["OFFLINE", "3 more"]),
    step(6, NEW_MOBILE, &["DESK", "2 more"]),
    step(6, "n 'He calls back on Monday' Ctrl+S", &["DESK", "1 more"]),
    step(6, "/ '9210'", &["1 of 54"]),
    step(6, "Enter", &["DESK"]),
    step(6, "t", &["TYPING TEXT to 5844 2333"]),
    step(6, "'Rain or shine.' Enter", &["All three are safe"]),
    step(6, "Esc", &["DESK"]),
    step(6, ": 'online' Enter", &["ONLINE", "7/9"]),
    step(7, ": 'as admin' Enter", &["admin", "8/9"]),
    step(8, "Esc", &["DESK"]),
    step(8, "g u", &["batch 1 open"]),
    step(8, "*", &["Choose all"]),
    step(8, "Enter", &["chosen"]),
    step(8, "x", &["Make a batch"]),
    step(8, "Enter", &["folder or file"]),
    step(8, "Enter", &["Left out: number", "9/9"]),
    step(8, "Enter", &["!Left out", "DESK"]),
    step(9, "s", &["Mark batch 2"]),
    step(9, "Enter", &["All nine done"]),
];

/// Does them one after the other.
pub fn play(stage: &mut Stage, steps: &[Step]) {
    for step in steps {
        stage.press(step.keys, step.see);
    }
}

/// How many keys each task takes.
pub fn counts() -> [usize; 9] {
    let mut counts = [0; 9];
    for step in STEPS {
        counts[step.task - 1] += keys(step.keys).len();
    }
    counts
}

/// The counts, for people.
pub fn table() -> String {
    let mut lines = vec!["keys  task".to_owned()];
    lines.extend(counts().iter().zip(&TASKS).map(|(count, task)| format!("{count:4}  {}", task.name)));
    lines.push(format!("{:4}  all nine", counts().iter().sum::<usize>()));
    lines.join("\n")
}
