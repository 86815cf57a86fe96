//! What is done with updates: a batch, its end, a mark, a hold, a no. Each is asked back first, and what the
//! question is about is frozen while it is open.

use std::path::Path;

use super::{ASKED, UpdatesScreen};
use crate::domain::role::{Action as Right, Decision, Object, can};
use crate::domain::shown::{Batch, LeftOut, Marked, Row};
use crate::domain::text::SafeText;
use crate::domain::update::Status;
use crate::tui::model::Cx;
use crate::tui::msg::{Answer, Tone, Write};
use crate::tui::screens::ask::AskBox;
use crate::tui::screens::line::LineBox;
use crate::tui::screens::report::ReportBox;
use crate::tui::screens::{Screen, copy};
use crate::tui::widgets::text;

/// A sentence up to so many cells is said in the row above the keys, a longer one in a box.
const ONE_ROW: usize = 76;

/// What the open box asks about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Question {
    All(Vec<i64>),
    /// Not confirmed yet, then without a path yet.
    Export(Vec<i64>),
    Mark(Vec<i64>),
    MarkBatch(i64),
    /// Its number, and its lines in words.
    Dissolve(i64, String),
    Hold(Subject),
    Release(Subject),
    Reject(Subject),
    /// All that are chosen.
    RejectAll(Vec<i64>),
    Approve(Vec<i64>),
    Copy(Vec<SafeText>),
}

/// One update, and how people call it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Subject {
    seq: i64,
    name: SafeText,
}

impl Subject {
    fn of(row: &Row) -> Self {
        Self { seq: row.seq, name: SafeText::new(format!("{} {}", row.policy, row.name).trim()) }
    }
}

/// What is being saved.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    Export,
    Mark,
    /// How the result is said: `approved`.
    Many(&'static str),
    /// The sentence once it is on disk.
    Decide(SafeText),
}

impl UpdatesScreen {
    /// Says why not, if this person may not, or if the deed before is not on disk yet.
    fn hindered(&self, cx: &mut Cx<'_>, right: Right) -> bool {
        if let Decision::Deny(why) = can(cx.me, right, Object::Any) {
            cx.say(Tone::Bad, text::sentence(why));
            return true;
        }
        if self.deed.is_some() {
            cx.say(Tone::Note, "One moment: what you did before is still being saved.");
        }
        self.deed.is_some()
    }

    fn open(&mut self, cx: &mut Cx<'_>, question: Question, title: &str, lines: &[&str], choices: &[&str]) {
        self.question = Some(question);
        cx.open(Screen::Ask(AskBox::new(ASKED, title, lines, choices)));
    }

    /// The numbers are frozen while the count is asked back (design 5).
    pub(super) fn ask_all(&mut self, cx: &mut Cx<'_>, seqs: &[i64]) {
        if seqs.is_empty() {
            cx.say(Tone::Note, "Nothing matches the filter, so there is nothing to choose.");
            return;
        }
        let title = format!("Choose all {} that match?", seqs.len());
        let line = "These and no later ones: what is captured from now on does not join them.";
        self.open(cx, Question::All(seqs.to_vec()), &title, &[line], &["Choose them"]);
    }

    pub(super) fn ask_export(&mut self, cx: &mut Cx<'_>) {
        if self.hindered(cx, Right::ExportUpdates) {
            return;
        }
        self.stretch = None;
        if self.chosen.is_empty() {
            cx.say(Tone::Note, "Choose updates first: Space takes one, v a range, * all that match.");
            return;
        }
        let seqs: Vec<i64> = self.chosen.iter().copied().collect();
        let title = format!("Make a batch of {}?", updates(seqs.len()));
        let line = "Their values are frozen under the next number and written to a file, to be entered into the \
                    master.";
        self.open(cx, Question::Export(seqs), &title, &[line], &["Make the batch"]);
    }

    pub(super) fn ask_mark(&mut self, cx: &mut Cx<'_>) {
        if self.hindered(cx, Right::MarkSynced) {
            return;
        }
        self.stretch = None;
        let open_batch = self.heads.as_ref().and_then(|heads| heads.open_batch);
        let count = self.chosen.len();
        if count > 0 {
            let seqs = self.chosen.iter().copied().collect();
            let title = format!("Mark {count} as synced?");
            let line = if count == 1 { "It is in the master." } else { "They are in the master." };
            self.open(cx, Question::Mark(seqs), &title, &[line], &["Mark as synced"]);
        } else if let Some((number, lines)) = open_batch {
            let lines = text_lines(lines);
            let title = format!("Mark batch {number} ({lines})?");
            let line = "All of it is in the master. What was superseded or clashed since the export is left out \
                        and named.";
            self.open(cx, Question::MarkBatch(number), &title, &[line], &["Mark as synced"]);
        } else {
            cx.say(Tone::Note, "Nothing is chosen and no batch is open: Space chooses, x makes a batch.");
        }
    }

    pub(super) fn ask_dissolve(&mut self, cx: &mut Cx<'_>) {
        if self.hindered(cx, Right::DissolveBatch) {
            return;
        }
        let Some((number, lines)) = self.heads.as_ref().and_then(|heads| heads.open_batch) else {
            cx.say(Tone::Note, "No batch is open: there is nothing to dissolve.");
            return;
        };
        let lines = text_lines(lines);
        let title = format!("Dissolve batch {number} ({lines})?");
        let line = "Its updates are pending as before and its number is not used again. Do not enter its file into \
                    the master.";
        self.open(cx, Question::Dissolve(number, lines), &title, &[line], &["Dissolve it"]);
    }

    pub(super) fn ask_hold(&mut self, cx: &mut Cx<'_>) {
        let Some(row) = self.here() else { return };
        let (subject, held) = (Subject::of(row), row.status == "held");
        if self.hindered(cx, Right::MarkSynced) {
            return;
        }
        if held {
            let title = format!("Release {}?", subject.name);
            let line = "It is held. Released, it is pending again and can go into a batch.";
            self.open(cx, Question::Release(subject), &title, &[line], &["Release it"]);
        } else {
            self.question = Some(Question::Hold(subject));
            cx.open(Screen::Line(LineBox::new(ASKED, "hold this one, because: ", "")));
        }
    }

    /// Of what awaits approval, all that are chosen are meant.
    pub(super) fn ask_reject(&mut self, cx: &mut Cx<'_>) {
        let awaits = self.here().is_some_and(|row| row.status == Status::AwaitingApproval.as_str());
        if awaits && self.chosen.len() > 1 {
            if !self.hindered(cx, Right::ApproveUpdates) {
                self.stretch = None;
                self.question = Some(Question::RejectAll(self.chosen.iter().copied().collect()));
                cx.open(Screen::Line(LineBox::new(ASKED, "reject all chosen, because: ", "")));
            }
            return;
        }
        let Some(subject) = self.here().map(Subject::of) else { return };
        let right = if awaits { Right::ApproveUpdates } else { Right::MarkSynced };
        if !self.hindered(cx, right) {
            self.question = Some(Question::Reject(subject));
            cx.open(Screen::Line(LineBox::new(ASKED, "reject this one, because: ", "")));
        }
    }

    pub(super) fn ask_approve(&mut self, cx: &mut Cx<'_>) {
        if self.hindered(cx, Right::ApproveUpdates) {
            return;
        }
        self.stretch = None;
        let here = self.here().filter(|row| row.status == Status::AwaitingApproval.as_str());
        let (seqs, title) = match (self.chosen.len(), here.map(|row| (row.seq, Subject::of(row).name))) {
            (0, None) => {
                let why = "This one awaits no approval: the filter awaiting lists those that do.";
                return cx.say(Tone::Note, why);
            }
            (0, Some((seq, name))) => (vec![seq], format!("Approve {name}?")),
            (count, _) => (self.chosen.iter().copied().collect(), format!("Approve {}?", updates(count))),
        };
        let line = "From now on it is used, uploaded and can go into a batch.";
        self.open(cx, Question::Approve(seqs), &title, &[line], &["Approve"]);
    }

    pub(super) fn copy(&mut self, cx: &mut Cx<'_>) {
        let Some(row) = self.here() else { return };
        let values: Vec<SafeText> = row.fields.iter().map(|change| change.new.clone()).collect();
        match values.as_slice() {
            [] => {}
            [one] => copy(cx, one),
            several => {
                let shown: Vec<String> =
                    several.iter().map(|value| text::phone(&cx.settings.policy, value).to_string()).collect();
                let choices: Vec<&str> = shown.iter().map(String::as_str).collect();
                self.open(cx, Question::Copy(values), "Copy which?", &[], &choices);
            }
        }
    }

    /// A box was answered with a choice.
    pub(super) fn confirmed(&mut self, cx: &mut Cx<'_>, choice: usize) {
        match self.question.take() {
            Some(Question::All(seqs)) => self.chosen.extend(seqs),
            Some(Question::Export(seqs)) => {
                let file = self.file.clone().unwrap_or_else(|| cx.settings.exports.display().to_string());
                self.question = Some(Question::Export(seqs));
                cx.open(Screen::Line(LineBox::new(ASKED, "into the folder or file: ", &file)));
            }
            Some(Question::Mark(seqs)) => self.deed = Some((cx.write(Write::Mark(seqs)), Deed::Mark)),
            Some(Question::MarkBatch(number)) => {
                self.deed = Some((cx.write(Write::MarkBatch(number)), Deed::Mark));
            }
            Some(Question::Dissolve(number, lines)) => {
                let said = format!("Batch {number} ({lines}) is dissolved: its updates are pending again.");
                self.deed =
                    Some((cx.write(Write::DissolveBatch(number)), Deed::Decide(SafeText::new(&said))));
            }
            Some(Question::Release(Subject { seq, name })) => {
                let deed = Deed::Decide(decided("Released", &name, "It is pending again."));
                self.deed = Some((cx.write(Write::Release { seq }), deed));
            }
            Some(Question::Copy(values)) => values.get(choice).into_iter().for_each(|value| copy(cx, value)),
            Some(Question::Approve(seqs)) => {
                self.deed = Some((cx.write(Write::Approve(seqs)), Deed::Many("approved")));
            }
            Some(Question::Hold(_) | Question::Reject(_) | Question::RejectAll(_)) | None => {}
        }
    }

    /// A line was typed: a reason or a path.
    pub(super) fn take_line(&mut self, cx: &mut Cx<'_>, line: &str) {
        match self.question.take() {
            Some(Question::Export(seqs)) => self.export(cx, seqs, line),
            Some(Question::Hold(_)) if line.is_empty() => cx.say(Tone::Note, "Not held: a reason is needed."),
            Some(Question::Reject(_) | Question::RejectAll(_)) if line.is_empty() => {
                cx.say(Tone::Note, "Not rejected: a reason is needed.");
            }
            Some(Question::Hold(Subject { seq, name })) => {
                let deed = Deed::Decide(decided("Held", &name, "The filter held lists it; h releases it."));
                self.deed = Some((cx.write(Write::Hold { seq, reason: line.to_owned() }), deed));
            }
            Some(Question::Reject(Subject { seq, name })) => {
                let deed = Deed::Decide(decided("Rejected", &name, "The value before it counts again."));
                self.deed = Some((cx.write(Write::Reject { seq, reason: line.to_owned() }), deed));
            }
            Some(Question::RejectAll(seqs)) => {
                let write = Write::RejectAll { seqs, reason: line.to_owned() };
                self.deed = Some((cx.write(write), Deed::Many("rejected")));
            }
            _ => cx.say(Tone::Note, "Nothing was done: press the key once more."),
        }
    }

    fn export(&mut self, cx: &mut Cx<'_>, seqs: Vec<i64>, line: &str) {
        if line.is_empty() || line.starts_with('~') {
            let why = if line.is_empty() { "a file is needed" } else { "write the folder in full, not ~" };
            cx.say(Tone::Note, format!("No batch made: {why}. x asks again."));
            return;
        }
        self.file = Some(line.to_owned());
        let to = cx.settings.exports.join(Path::new(line));
        self.deed = Some((cx.write(Write::Export { seqs, to }), Deed::Export));
    }

    /// It is on disk: says what came of it.
    pub(super) fn done(&mut self, cx: &mut Cx<'_>, deed: &Deed, answer: &Answer) {
        match (deed, answer) {
            (Deed::Export, Answer::Exported(batch, path)) => self.exported(cx, batch, path),
            (Deed::Mark, Answer::Marked(marked)) => self.marked(cx, marked, "marked as synced"),
            (Deed::Many(done), Answer::Marked(marked)) => self.marked(cx, marked, done),
            (Deed::Decide(sentence), _) => cx.say(Tone::Good, sentence.as_str()),
            _ => {}
        }
    }

    /// Nothing stays chosen: the next `s` is about the batch.
    fn exported(&mut self, cx: &mut Cx<'_>, batch: &Batch, path: &Path) {
        self.chosen.clear();
        self.file = None;
        let said = format!("Batch {}: {} in {}", batch.number, text_lines(batch.lines), path.display());
        let mut sentences = left_out(&batch.left_out);
        if !sentences.is_empty() || SafeText::new(&said).width() > ONE_ROW {
            sentences.insert(0, format!("{said}. Enter it into the master, then s marks it."));
            cx.open(Screen::Report(ReportBox::new(&format!("Batch {}", batch.number), &sentences)));
        }
        cx.say(Tone::Good, said);
    }

    fn marked(&mut self, cx: &mut Cx<'_>, marked: &Marked, what: &str) {
        self.chosen.clear();
        let mut said = format!("{} {what}", marked.done.len());
        if !marked.left_out.is_empty() {
            said.push_str(&format!(", {} left out", marked.left_out.len()));
            cx.open(Screen::Report(ReportBox::new(&said, &left_out(&marked.left_out))));
        }
        let tone = if marked.done.is_empty() { Tone::Bad } else { Tone::Good };
        cx.say(tone, format!("{said}."));
    }
}

/// What was decided, about whom, what follows.
fn decided(what: &str, name: &SafeText, then: &str) -> SafeText {
    SafeText::new(&format!("{what}: {name}. {then}"))
}

/// One sentence per update that was passed over.
fn left_out(left: &[LeftOut]) -> Vec<String> {
    let one = |left: &LeftOut| {
        let why = left.why.trim_end_matches('.');
        let name = left.name.as_str();
        let parted = if name.is_empty() { "" } else { ", " };
        format!("Left out: number {}{parted}{name}: {why}.", left.seq)
    };
    left.iter().map(one).collect()
}

fn updates(count: usize) -> String {
    if count == 1 { "1 update".to_owned() } else { format!("{count} updates") }
}

pub(super) fn text_lines(count: i64) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}
