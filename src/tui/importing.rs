//! The import under way: one at a time, wherever its screen is, and what is said when it ends.

use std::path::{Path, PathBuf};

use super::model::Model;
use super::msg::{Answer, Effect, Failure, Seq, Tone};
use super::screens::Screen;
use super::screens::import::ImportScreen;
use super::screens::line::LineBox;
use super::update;
use crate::domain::import::{Counts, State};
use crate::domain::role::{self, Action, Decision, Object};

/// The line that asks for a file.
pub const FILE: &str = "file to import";

/// An import that was begun here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Importing {
    seq: Seq,
    file: PathBuf,
    counts: Counts,
}

/// Asks which file.
pub fn ask(model: &mut Model, effects: &mut Vec<Effect>) {
    if may(model) {
        let line = LineBox::new(FILE, "import from file: ", "");
        update::open(model, Screen::Line(line), effects);
    }
}

/// Opens a file before it is imported.
pub fn open(model: &mut Model, file: &str, effects: &mut Vec<Effect>) {
    if file.is_empty() {
        return ask(model, effects);
    }
    if may(model) {
        let screen = ImportScreen::new(Path::new(file));
        update::place(model, Screen::Import(screen), effects);
    }
}

fn may(model: &mut Model) -> bool {
    if let Decision::Deny(why) = role::can(&model.me, Action::ImportCustomers, Object::Any) {
        model.say(Tone::Bad, format!("No import here: {why}."));
        return false;
    }
    if let Some(importing) = &model.importing {
        let (file, rows) = (importing.file.display(), importing.counts.rows());
        let why = format!("{file} is being imported, {rows} rows so far: one at a time.");
        model.say(Tone::Bad, why);
        return false;
    }
    true
}

/// Notes what a screen has begun.
pub fn begun(model: &mut Model, asked: &[Effect]) {
    for effect in asked {
        if let Effect::Intake(seq, import) = effect
            && !import.is_dry
        {
            let file = import.file.clone();
            model.importing = Some(Importing { seq: *seq, file, counts: Counts::default() });
        }
    }
}

/// Says how it ended, once it has.
pub fn told(model: &mut Model, seq: Seq, answer: &Answer) {
    let Answer::Intake(intake) = answer else { return };
    let Some(importing) = model.importing.as_mut().filter(|importing| importing.seq == seq) else { return };
    importing.counts = intake.counts;
    let Some(ended) = &intake.ended else { return };
    let name = name_of(&importing.file);
    let undo = ended.number.map_or_else(String::new, |number| {
        format!(" `cordboard customers import --undo {number}` takes it back.")
    });
    let counts = intake.counts;
    let (tone, said) = match ended.state {
        State::Done => (Tone::Good, format!("{name} is imported: {counts}.{undo}")),
        State::Stopped => {
            (Tone::Note, format!("{name} is stopped: {counts}. Import it again to go on.{undo}"))
        }
        _ => {
            let why = ended.why.as_ref().map_or("it failed", |why| why.as_str());
            (Tone::Bad, format!("{name} is not imported to its end: {why}. In are {counts}.{undo}"))
        }
    };
    model.importing = None;
    model.say(tone, said);
}

/// It could not even begin.
pub fn failed(model: &mut Model, seq: Seq, _failure: &Failure) {
    model.importing = model.importing.take().filter(|importing| importing.seq != seq);
}

/// Without the folders.
pub fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}
