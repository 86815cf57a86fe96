//! What screens have handed over to be saved. A screen that is still there says what came of it; if it
//! was closed meanwhile, the desk does, and says what was not saved and the way back to it.

use super::keymap::{Action, Context};
use super::model::Model;
use super::msg::{Answer, Effect, Failure, STILL_HERE, Seq, Tone, Write};
use super::screens::Screen;
use super::widgets::text;
use crate::domain::shown::{Marked, PUT_BACK, Undone};

/// A save under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saving {
    /// The place of its screen; `None` once that is closed.
    at: Option<usize>,
    /// Such as `the note about Kevin Anderson`.
    what: String,
    /// The key that brings back what was typed: it is kept as a draft.
    again: Option<Action>,
    /// What the screen would have saved next.
    next: Option<&'static str>,
}

/// Notes what the screen at `at` wants saved.
pub fn handed_over(model: &mut Model, at: usize, asked: &[Effect]) {
    for effect in asked {
        if let Effect::Write(seq, write) = effect
            && let Some(saving) = saving(model, at, write)
        {
            model.saving.insert(*seq, saving);
        }
    }
}

fn saving(model: &Model, at: usize, write: &Write) -> Option<Saving> {
    let whom = whom(model);
    let (what, again) = match write {
        Write::Capture { .. } => (format!("the contact update of {whom}"), Some(Action::NewMobile)),
        Write::AddCustomer(_) => ("the new customer".to_owned(), None),
        Write::EditCustomer { .. } => (format!("the record of {whom}"), Some(Action::EditRecord)),
        Write::Stage { .. } => (format!("the stage of {whom}"), None),
        Write::Tags { .. } => (format!("the tags of {whom}"), None),
        Write::DeleteCustomer(_) => (format!("that {whom} is deleted"), None),
        Write::Note { .. } => (format!("the note about {whom}"), Some(Action::Note)),
        Write::Text { .. } => (format!("the text to {whom}"), Some(Action::Text)),
        Write::TextSeveral { customers, .. } => (format!("the text to {} customers", customers.len()), None),
        Write::RequestPayment { .. } => (format!("the request for payment to {whom}"), None),
        Write::Debt { .. } => (format!("what {whom} acknowledged"), None),
        Write::VoiceYes { .. } => (format!("the yes to texts of {whom}"), None),
        Write::VoiceNo { .. } => (format!("the no to texts of {whom}"), None),
        Write::DecideTexts { .. } => (format!("what you decided about texts to {whom}"), None),
        Write::Merge { .. } => (format!("the merge of {whom}"), None),
        Write::Pin { .. } => (format!("the pinned note of {whom}"), None),
        Write::TakeBack { .. } => ("what you took back".to_owned(), None),
        Write::Export { .. } => ("the batch".to_owned(), None),
        Write::Mark(_) | Write::MarkBatch(_) => ("the marks".to_owned(), None),
        Write::DissolveBatch(number) => (format!("that batch {number} is dissolved"), None),
        Write::Hold { .. } | Write::Release { .. } | Write::Reject { .. } | Write::Resolve { .. } => {
            ("what you decided about an update".to_owned(), None)
        }
        Write::RejectAll { .. } | Write::Approve(_) => ("what you decided about updates".to_owned(), None),
        Write::Retry { seq, .. } | Write::Discard { seq, .. } | Write::Reschedule { seq, .. } => {
            (format!("what you decided about line {seq} of the outbox"), None)
        }
        Write::Conversation { .. } => ("what you decided about a conversation".to_owned(), None),
        Write::Link { .. } => ("whose number it is".to_owned(), None),
        Write::SendAgain(_) => (format!("the text to {whom}, sent again"), Some(Action::Text)),
        // Nobody waits for these.
        Write::Opened(_) | Write::RingShown(_) | Write::ReadThread(_) => return None,
    };
    // A form writes down the no first, and the update when that is on disk.
    let halfway = matches!((write, model.stack.get(at)), (Write::VoiceNo { .. }, Some(Screen::Form(_))));
    let (again, next) =
        if halfway { (Some(Action::NewMobile), Some("the contact update")) } else { (again, None) };
    Some(Saving { at: Some(at), what, again, next })
}

/// Who is shown, by name; else the number.
fn whom(model: &Model) -> String {
    let shown = model.stack.iter().rev().find_map(|screen| match screen {
        Screen::Card(card) => card.card().map(|card| card.name.cut(NAME)),
        Screen::Text(text) if screen.customer().is_none() => {
            text.number().map(|number| text::phone(&model.settings.policy, number).to_string())
        }
        _ => None,
    });
    shown.unwrap_or_else(|| "this customer".to_owned())
}

/// Cells of a name in a sentence.
const NAME: usize = 30;

/// A screen is gone: who waits at its place or above waits no more.
pub fn closed(model: &mut Model) {
    let gone = model.stack.len();
    for saving in model.saving.values_mut() {
        saving.at = saving.at.filter(|at| *at < gone);
    }
}

/// Takes in an answer; true if its screen is gone and it was said here.
pub fn answered(model: &mut Model, seq: Seq, answer: &Answer) -> bool {
    let Some(saving) = unseen(model, seq) else { return false };
    match (answer, saving.next) {
        (Answer::Undone(what), _) => undone(model, what),
        (Answer::Marked(what), _) => marked(model, what),
        (Answer::Exported(batch, path), _) => {
            let left_out = batch.left_out.len();
            model.say(
                Tone::Good,
                format!("Batch {} is in {}, {left_out} left out.", batch.number, path.display()),
            );
        }
        (_, Some(next)) => {
            let back = back(model, &saving);
            model.say(Tone::Bad, format!("Saved: {}. Not saved: {next}.{back}", saving.what));
        }
        _ => model.say(Tone::Good, format!("Saved: {}.", saving.what)),
    }
    true
}

/// Takes in a failure; true if its screen is gone and it was said here.
pub fn failed(model: &mut Model, seq: Seq, failure: &Failure) -> bool {
    let Some(saving) = unseen(model, seq) else { return false };
    // What follows is about the screen that is gone.
    let why = failure.why.split(STILL_HERE).next().unwrap_or_default().trim_end();
    let back = back(model, &saving);
    model.say(Tone::Bad, format!("Not saved: {}. {why}{back}", saving.what));
    true
}

fn unseen(model: &mut Model, seq: Seq) -> Option<Saving> {
    model.saving.remove(&seq).filter(|saving| saving.at.is_none())
}

fn back(model: &Model, saving: &Saving) -> String {
    let key = saving.again.and_then(|action| model.settings.keymap.key(&[Context::Customer], action));
    key.map(|key| format!(" It is kept: open the customer, then {key}.")).unwrap_or_default()
}

/// Of an act that comes with its own sentences: what a split gives back, and what stays.
const MERGE: &str = "merge";

pub fn marked(model: &mut Model, marked: &Marked) {
    model.say(Tone::Good, format!("{} marked, {} left out.", marked.done.len(), marked.left_out.len()));
}

pub fn undone(model: &mut Model, undone: &Undone) {
    if undone.kind == MERGE {
        return model.say(Tone::Good, format!("Taken back. {}.", undone.body));
    }
    if undone.kind == PUT_BACK {
        let what = format!("Put back by a new update: what {} had on file before.", undone.name);
        return model.say(Tone::Good, what);
    }
    model.say(Tone::Good, format!("Taken back: the {} of {}.", undone.kind, undone.name));
}

#[cfg(test)]
mod tests;
