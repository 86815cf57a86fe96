//! Contacts in clash with the master (NIC-135, G12): was, ours, theirs, who, when, why. An admin decides which
//! counts; nothing is overwritten before that.

#[cfg(test)]
mod tests;
mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Screen;
use super::ask::AskBox;
use super::line::LineBox;
use crate::domain::email::Email;
use crate::domain::ids::CustomerId;
use crate::domain::role::{Action as Right, Decision, Object, can};
use crate::domain::shown::{Clash, Clashes, Take};
use crate::domain::text::SafeText;
use crate::domain::update::Field;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::msg::{Answer, Read, Seq, Tone, Write};
use crate::tui::view::Look;
use crate::tui::widgets::{list, text};

/// Names the boxes that this screen opens.
const ASKED: &str = "clash";

/// Rows a page key moves.
const PAGE: usize = 5;

/// A decision on its way: about this clash, as it was shown.
#[derive(Clone, Debug, PartialEq)]
enum Question {
    Which(Box<Clash>),
    /// Another value is being typed.
    Value(Box<Clash>),
    /// The reason is being typed.
    Why(Box<Clash>, Take),
}

/// The clashes, and the one that is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct ClashScreen {
    /// `None` until the first answer.
    all: Option<Clashes>,
    chosen: usize,
    /// The update from which the screen was opened.
    wanted: Option<i64>,
    waiting: Seq,
    question: Option<Question>,
    /// What is being saved, and the sentence once it is.
    deed: Option<(Seq, String)>,
}

impl ClashScreen {
    /// Opens on the clash of this update, if it is in one.
    pub fn new(wanted: Option<i64>) -> Self {
        Self { all: None, chosen: 0, wanted, waiting: Seq::default(), question: None, deed: None }
    }

    fn listed(&self) -> &[Clash] {
        self.all.as_ref().map_or(&[], |clashes| &clashes.all)
    }

    fn here(&self) -> Option<&Clash> {
        self.listed().get(self.chosen)
    }

    /// The choice stays on its contact when others come and go.
    fn take(&mut self, clashes: &Clashes) {
        let all = &clashes.all;
        let same = |clash: &Clash| {
            self.here().is_some_and(|here| (here.customer, &here.field) == (clash.customer, &clash.field))
        };
        let meant = |clash: &Clash| clash.witnesses.iter().any(|witness| Some(witness.seq) == self.wanted);
        let at = all.iter().position(same).or_else(|| all.iter().position(meant)).unwrap_or(self.chosen);
        self.chosen = at.min(all.len().saturating_sub(1));
        self.wanted = None;
        self.all = Some(clashes.clone());
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::Back => cx.close(),
            Action::Decide => self.ask(cx),
            Action::Copy => {
                if let Some(theirs) = self.here().and_then(|clash| clash.theirs.as_ref()) {
                    super::copy(cx, theirs);
                }
            }
            action => {
                if let Some(chosen) = list::moved(self.chosen, self.listed().len(), PAGE, action) {
                    self.chosen = chosen;
                }
            }
        }
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        if let Decision::Deny(why) = can(cx.me, Right::MarkSynced, Object::Any) {
            cx.say(Tone::Bad, text::sentence(why));
            return;
        }
        if self.deed.is_some() {
            cx.say(Tone::Note, "One moment: what you decided before is still being saved.");
            return;
        }
        let Some(clash) = self.here().cloned() else { return };
        let shown = |value: &SafeText| text::phone(&cx.settings.policy, value).to_string();
        let theirs = clash.theirs.as_ref().map_or_else(|| "nothing".to_owned(), shown);
        let title = format!("{}: which {} counts?", clash.name, field_word(&clash.field));
        let choices = [
            format!("ours, {}: it is to be entered in the master", shown(&clash.ours)),
            format!("theirs, {theirs}: nothing is to be entered"),
            "another value".to_owned(),
        ];
        self.question = Some(Question::Which(Box::new(clash)));
        cx.open(Screen::Ask(AskBox::new(ASKED, &title, &[] as &[&str], &choices)));
    }

    fn chose(&mut self, cx: &mut Cx<'_>, choice: usize) {
        let Some(Question::Which(clash)) = self.question.take() else { return };
        match choice {
            0 => self.ask_why(cx, clash, Take::Ours),
            1 => self.ask_why(cx, clash, Take::Theirs),
            _ => {
                self.question = Some(Question::Value(clash));
                cx.open(Screen::Line(LineBox::new(ASKED, "the right value is: ", "")));
            }
        }
    }

    fn ask_why(&mut self, cx: &mut Cx<'_>, clash: Box<Clash>, take: Take) {
        self.question = Some(Question::Why(clash, take));
        cx.open(Screen::Line(LineBox::new(ASKED, "because (may stay empty): ", "")));
    }

    fn typed(&mut self, cx: &mut Cx<'_>, line: &str) {
        match self.question.take() {
            Some(Question::Value(clash)) => match read(cx, &clash, line) {
                Ok(value) => self.ask_why(cx, clash, Take::Other(value)),
                Err(why) => cx.say(Tone::Bad, format!("Nothing was decided: {why}.")),
            },
            Some(Question::Why(clash, take)) => self.decide(cx, &clash, take, line),
            other => self.question = other,
        }
    }

    fn decide(&mut self, cx: &mut Cx<'_>, clash: &Clash, take: Take, why: &str) {
        let Some(field) = Field::parse(&clash.field) else { return };
        let counts = match &take {
            Take::Ours => clash.ours.clone(),
            Take::Theirs => clash.theirs.clone().unwrap_or_else(|| SafeText::new("nothing")),
            Take::Other(value) => SafeText::new(value),
        };
        let counts = text::phone(&cx.settings.policy, &counts);
        let then = if take == Take::Theirs { "Nothing is to be entered." } else { "It goes into a batch." };
        let said = format!("{}: the {} is {counts}. {then}", clash.name, field_word(&clash.field));
        let write = Write::Resolve {
            customer: clash.customer,
            field,
            newest: clash.witnesses.last().map_or(0, |witness| witness.seq),
            theirs: clash.theirs.clone(),
            take,
            why: why.to_owned(),
        };
        self.deed = Some((cx.write(write), said));
    }
}

/// A typed value in the form in which it is stored.
fn read(cx: &Cx<'_>, clash: &Clash, line: &str) -> Result<String, String> {
    match Field::parse(&clash.field) {
        Some(Field::Email) => {
            Email::parse(line).map(|email| email.as_str().to_owned()).map_err(|e| e.to_string())
        }
        _ => cx
            .settings
            .policy
            .accept(line)
            .map(|number| number.as_str().to_owned())
            .map_err(|e| e.to_string()),
    }
}

/// `mobile` or `e-mail`.
fn field_word(stored: &str) -> &'static str {
    match Field::parse(stored) {
        Some(Field::Email) => "e-mail",
        _ => "mobile",
    }
}

impl super::Page for ClashScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened | Event::Shown | Event::Changed => self.waiting = cx.read(Read::ClashList),
            Event::Act(action) => self.act(cx, action),
            Event::Answer(seq, Answer::ClashList(all)) if seq == self.waiting => self.take(all),
            Event::Answer(seq, _) => {
                if let Some((_, said)) = self.deed.take_if(|(asked, _)| *asked == seq) {
                    cx.say(Tone::Good, said);
                    self.waiting = cx.read(Read::ClashList);
                }
            }
            Event::Failed(seq, failure) => {
                let mine = seq == self.waiting || self.deed.take_if(|(asked, _)| *asked == seq).is_some();
                if mine && !failure.stale {
                    cx.say(Tone::Bad, failure.why.clone());
                }
            }
            Event::Told(Told::Chosen(ASKED, choice)) => self.chose(cx, *choice),
            Event::Told(Told::Typed(ASKED, line)) => self.typed(cx, line),
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Clash]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        view::title(self, look)
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        view::hint(self, look)
    }

    fn customer(&self) -> Option<CustomerId> {
        self.here().map(|clash| clash.customer)
    }
}
