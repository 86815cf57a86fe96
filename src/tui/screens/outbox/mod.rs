//! The outbox: what has not left yet, what went wrong with it, and what a person decides about it.

mod sentence;
#[cfg(test)]
mod tests;
mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::ask::AskBox;
use super::line::LineBox;
use super::report::ReportBox;
use super::text::TextScreen;
use super::{Page, Screen};
use crate::domain::job::State;
use crate::domain::role::{Action as Right, Decision, Object, can};
use crate::domain::shown::{Job, Party};
use crate::domain::text::{Body, SafeText};
use crate::domain::time::Micros;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::msg::{Answer, Failure, Read, Seq, Tone, Write};
use crate::tui::view::Look;
use crate::tui::widgets::{list, text};

pub use sentence::sentence;

/// All questions of this screen; what they are about is in [`OutboxScreen::question`].
const ASKED: &str = "outbox";

/// Rows a page key moves.
const STEP: usize = 8;

/// A wait of so many seconds is counted down on screen.
const COUNTED: u64 = 90;

/// What the open box asks about, frozen when it was opened.
#[derive(Clone, Debug, PartialEq)]
enum Question {
    /// Why is it sent again?
    Why(Job),
    Retry(Job, Body),
    Discard(Job),
    /// Another time for a text.
    When(Job),
}

/// The lines, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutboxScreen {
    jobs: Vec<Job>,
    chosen: usize,
    settled: bool,
    /// An answer is on screen.
    known: bool,
    asked: Seq,
    asked_why: Seq,
    question: Option<Question>,
    /// What is being saved, and the sentence once it is.
    deed: Option<(Seq, String)>,
    /// The text that goes back into its composer, and its number.
    editing: Option<(Seq, SafeText)>,
}

impl OutboxScreen {
    pub fn new() -> Self {
        Self::default()
    }

    fn here(&self) -> Option<&Job> {
        self.jobs.get(self.chosen)
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        self.asked = cx.read(Read::Outbox { settled: self.settled });
    }

    fn take(&mut self, jobs: &[Job]) {
        let here = self.here().map(|job| job.seq);
        self.jobs = jobs.to_vec();
        self.known = true;
        let last = self.jobs.len().saturating_sub(1);
        // A line that has left leaves the cursor to the one that follows it.
        self.chosen = self.jobs.iter().position(|job| here.is_none_or(|seq| job.seq >= seq)).unwrap_or(last);
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::Back => cx.close(),
            Action::Filter => {
                self.settled = !self.settled;
                self.ask(cx);
            }
            Action::Retry => self.ask_retry(cx),
            Action::Discard => self.ask_discard(cx),
            Action::SendLater => self.ask_when(cx),
            Action::EditText => self.edit(cx),
            Action::WhyNot => match self.here().map(|job| (job.seq, job.kind == "text")) {
                Some((seq, true)) => self.asked_why = cx.read(Read::WhyLine(seq)),
                Some(_) => cx.say(Tone::Note, "What the line says is all there is: the walk is of texts."),
                None => {}
            },
            Action::Copy => {
                if let Some(job) = self.here() {
                    super::copy(cx, if job.kind == "text" { &job.about } else { &job.name });
                }
            }
            action => {
                if let Some(chosen) = list::moved(self.chosen, self.jobs.len(), STEP, action) {
                    self.chosen = chosen;
                }
            }
        }
    }

    /// Says why not, if this person may not, or if the deed before is not on disk yet.
    fn hindered(&self, cx: &mut Cx<'_>, right: Right, job: &Job) -> bool {
        let owner = Object::OwnedBy(cx.me.user.filter(|_| job.mine));
        if let Decision::Deny(why) = can(cx.me, right, owner) {
            cx.say(Tone::Bad, text::sentence(why));
            return true;
        }
        if self.deed.is_some() {
            cx.say(Tone::Note, "One moment: what you did before is still being saved.");
        }
        self.deed.is_some()
    }

    fn ask_retry(&mut self, cx: &mut Cx<'_>) {
        let Some(job) = self.here().cloned() else { return };
        let state = State::parse(&job.state);
        let right = if state == Some(State::Unconfirmed) { Right::ResendText } else { Right::RetryJob };
        match state {
            Some(State::Accepted) => cx.say(Tone::Note, "It has left: there is nothing to try again."),
            Some(State::Unconfirmed | State::Discarded) => {
                if !self.hindered(cx, right, &job) {
                    self.question = Some(Question::Why(job));
                    cx.open(Screen::Line(LineBox::new(ASKED, "send it again, because: ", "")));
                }
            }
            Some(State::Parked | State::Rejected | State::Expired | State::Canceled) => {
                if !self.hindered(cx, right, &job) {
                    self.confirm_retry(cx, job, Body(String::new()));
                }
            }
            _ => cx.say(Tone::Note, "It is still on its way: it leaves by itself as soon as it can."),
        }
    }

    fn confirm_retry(&mut self, cx: &mut Cx<'_>, job: Job, reason: Body) {
        let title = format!("Try line {} again?", job.seq);
        let mut lines = vec![view::name(&job, |number| text::phone(&cx.settings.policy, number))];
        if job.state == State::Unconfirmed.as_str() {
            lines.push(SafeText::new("It may have arrived: then it arrives twice."));
        } else if !job.reason.as_str().is_empty() {
            lines.push(SafeText::new(&format!("Last time: {}", job.reason)));
        }
        let lines: Vec<&str> = lines.iter().map(SafeText::as_str).collect();
        cx.open(Screen::Ask(AskBox::new(ASKED, &title, &lines, &["Try again"])));
        self.question = Some(Question::Retry(job, reason));
    }

    fn ask_discard(&mut self, cx: &mut Cx<'_>) {
        let Some(job) = self.here().cloned() else { return };
        match State::parse(&job.state) {
            Some(State::Waiting | State::Parked | State::Unconfirmed) => {
                if !self.hindered(cx, Right::DiscardJob, &job) {
                    self.question = Some(Question::Discard(job));
                    cx.open(Screen::Line(LineBox::new(ASKED, "throw this line away, because: ", "")));
                }
            }
            Some(State::Claimed | State::InFlight | State::Ambiguous) => {
                cx.say(Tone::Note, "It has begun to leave and cannot be thrown away now.");
            }
            _ => cx.say(Tone::Note, "It is settled already: there is nothing to throw away."),
        }
    }

    /// The text under the cursor, if it waits and this person may move it.
    fn waiting_text(&self, cx: &mut Cx<'_>) -> Option<Job> {
        let job = self.here()?.clone();
        if job.kind != "text" || job.state != State::Waiting.as_str() {
            cx.say(Tone::Note, "Only a text that still waits can be changed.");
            return None;
        }
        (!self.hindered(cx, Right::RetryJob, &job)).then_some(job)
    }

    fn ask_when(&mut self, cx: &mut Cx<'_>) {
        if let Some(job) = self.waiting_text(cx) {
            self.question = Some(Question::When(job));
            cx.open(Screen::Line(LineBox::new(ASKED, "send at (their clock): ", "")));
        }
    }

    /// Back into the composer: what is sent from there is a new line.
    fn edit(&mut self, cx: &mut Cx<'_>) {
        let Some(job) = self.waiting_text(cx) else { return };
        if !job.mine {
            return cx
                .say(Tone::Bad, "Only who wrote it can take it back into the box; F6 and Del are for all.");
        }
        let write = Write::TakeBack { seq: job.seq, kind: job.kind.clone() };
        self.editing = Some((cx.write(write), job.about));
    }

    /// A reason was typed.
    fn take_line(&mut self, cx: &mut Cx<'_>, reason: &str) {
        match self.question.take() {
            Some(Question::Why(_)) if reason.is_empty() => {
                cx.say(Tone::Note, "Not sent again: a reason is needed.");
            }
            Some(Question::Discard(_)) if reason.is_empty() => {
                cx.say(Tone::Note, "Not thrown away: a reason is needed.");
            }
            Some(Question::Why(job)) => self.confirm_retry(cx, job, Body(reason.to_owned())),
            Some(Question::Discard(job)) => {
                let write = Write::Discard { seq: job.seq, reason: reason.to_owned() };
                self.deed = Some((cx.write(write), format!("Line {} is thrown away.", job.seq)));
            }
            Some(Question::When(job)) if !reason.is_empty() => {
                let write = Write::Reschedule { seq: job.seq, words: reason.to_owned() };
                self.deed = Some((cx.write(write), format!("Line {} is moved.", job.seq)));
            }
            Some(Question::Retry(..) | Question::When(_)) | None => {}
        }
    }

    fn confirmed(&mut self, cx: &mut Cx<'_>) {
        if let Some(Question::Retry(job, reason)) = self.question.take() {
            let said = format!("Line {} is tried again.", job.seq);
            self.deed = Some((cx.write(Write::Retry { seq: job.seq, reason: reason.0 }), said));
        }
    }

    fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        if let Answer::Outbox(jobs) = answer {
            if seq == self.asked {
                self.take(jobs);
            }
        } else if let Answer::Undone(undone) = answer
            && let Some((_, number)) = self.editing.take_if(|(asked, _)| *asked == seq)
        {
            let party = undone.customer.map_or(Party::Number(number), Party::Customer);
            cx.open(Screen::Text(TextScreen::new(party)));
        } else if let Answer::Why(sentences) = answer {
            if seq == self.asked_why {
                cx.open(Screen::Report(ReportBox::new("Why was this not sent?", sentences)));
            }
        } else if let Some((_, said)) = self.deed.take_if(|(asked, _)| *asked == seq) {
            cx.say(Tone::Good, said);
            self.ask(cx);
        }
    }

    fn failed(&mut self, cx: &mut Cx<'_>, seq: Seq, failure: &Failure) {
        let deed = self.deed.take_if(|(asked, _)| *asked == seq).is_some()
            || self.editing.take_if(|(asked, _)| *asked == seq).is_some();
        if deed || (seq == self.asked && !failure.stale) || seq == self.asked_why {
            cx.say(Tone::Bad, failure.why.clone());
        }
    }
}

impl Page for OutboxScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened | Event::Shown | Event::Changed => self.ask(cx),
            Event::Act(action) => self.act(cx, action),
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(seq, failure) => self.failed(cx, seq, failure),
            Event::Told(Told::Typed(ASKED, reason)) => self.take_line(cx, reason),
            Event::Told(Told::Chosen(ASKED, _)) => self.confirmed(cx),
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Outbox]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        view::title(self, look)
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        view::hint(self, look)
    }

    fn is_restless(&self, now: Micros) -> bool {
        let counts = |job: &Job| job.not_before > now && job.not_before.since(now).as_secs() < COUNTED;
        self.jobs.iter().any(|job| job.state == State::Waiting.as_str() && counts(job))
    }
}
