//! A file before it is imported: each column beside its first values and the field it goes to. Enter
//! tries it and shows what would happen; Enter again imports, in the background.

#[cfg(test)]
mod tests;
mod view;

use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Page;
use crate::domain::import::{Counts, OnMatch, State};
use crate::domain::shown::{Intake, Sheet};
use crate::domain::text::SafeText;
use crate::tui::importing::name_of;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::msg::{Answer, Effect, Failure, Import, Seq, Tone};
use crate::tui::view::Look;
use crate::tui::widgets::list;

/// Fields that several columns may go to.
const MANY: [&str; 2] = ["custom", "ignore"];

/// A file, and what was decided about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportScreen {
    file: PathBuf,
    sheet: Option<Sheet>,
    /// What each column goes to.
    fields: Vec<String>,
    chosen: usize,
    on: OnMatch,
    waiting: Seq,
    step: Step,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// The file is looked into.
    Reading,
    /// Nothing was tried as it is now.
    Mapping,
    Trying(Counts),
    /// What an import would do.
    Tried(Intake),
    Importing(Counts),
}

impl ImportScreen {
    pub fn new(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            sheet: None,
            fields: Vec::new(),
            chosen: 0,
            on: OnMatch::default(),
            waiting: Seq::default(),
            step: Step::Reading,
        }
    }

    fn name(&self) -> SafeText {
        SafeText::new(&name_of(&self.file))
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::Back => {
                if matches!(self.step, Step::Trying(_)) {
                    cx.effect(Effect::StopIntake);
                }
                cx.close();
            }
            Action::Start => self.start(cx),
            Action::Stop => {
                if matches!(self.step, Step::Trying(_) | Step::Importing(_)) {
                    cx.effect(Effect::StopIntake);
                }
            }
            Action::Rule if !self.is_busy() => {
                self.on = self.on.next();
                self.changed();
            }
            Action::FieldBefore => self.turn(false),
            Action::FieldAfter => self.turn(true),
            action => {
                if let Some(chosen) = list::moved(self.chosen, self.fields.len(), 10, action) {
                    self.chosen = chosen;
                }
            }
        }
    }

    fn is_busy(&self) -> bool {
        matches!(self.step, Step::Reading | Step::Trying(_) | Step::Importing(_))
    }

    fn start(&mut self, cx: &mut Cx<'_>) {
        let is_dry = match &self.step {
            Step::Mapping => true,
            Step::Tried(tried) if tried.counts.stored() > 0 => false,
            Step::Tried(_) => {
                return cx.say(Tone::Bad, "No row of this file is right: nothing would be imported.");
            }
            Step::Reading | Step::Trying(_) | Step::Importing(_) => return,
        };
        let (file, fields) = (self.file.clone(), self.fields.clone());
        self.waiting = cx.intake(Import { file, fields, on: self.on, is_dry });
        self.step = if is_dry { Step::Trying(Counts::default()) } else { Step::Importing(Counts::default()) };
    }

    /// The next field of the chosen column, or the one before: none that another column has.
    fn turn(&mut self, forward: bool) {
        let Some(sheet) = self.sheet.as_ref().filter(|_| !self.is_busy()) else { return };
        let Some(now) = self.fields.get(self.chosen) else { return };
        let count = sheet.fields.len();
        let Some(at) = sheet.fields.iter().position(|field| field == now) else { return };
        let is_free = |field: &String| MANY.contains(&field.as_str()) || !self.fields.contains(field);
        let step = |by: usize| if forward { (at + by) % count } else { (at + count - by) % count };
        if let Some(next) = (1..count).map(|by| &sheet.fields[step(by)]).find(|field| is_free(field)) {
            self.fields[self.chosen] = next.clone();
            self.changed();
        }
    }

    /// What was found out before says nothing any more.
    fn changed(&mut self) {
        self.step = Step::Mapping;
    }

    fn answered(&mut self, cx: &mut Cx<'_>, answer: &Answer) {
        match answer {
            Answer::Sheet(sheet) => {
                self.fields = sheet.columns.iter().map(|column| column.field.clone()).collect();
                self.sheet = Some((**sheet).clone());
                self.step = Step::Mapping;
            }
            Answer::Intake(intake) => self.intake(cx, intake),
            _ => {}
        }
    }

    fn intake(&mut self, cx: &mut Cx<'_>, intake: &Intake) {
        match (&mut self.step, &intake.ended) {
            (Step::Trying(counts) | Step::Importing(counts), None) => *counts = intake.counts,
            (Step::Trying(_), Some(ended)) => match (&ended.why, ended.state) {
                (Some(why), _) => {
                    cx.say(Tone::Bad, why.to_string());
                    self.step = Step::Mapping;
                }
                (None, State::Done) => self.step = Step::Tried(intake.clone()),
                (None, _) => self.step = Step::Mapping,
            },
            // The desk says what came of it.
            (Step::Importing(_), Some(_)) => cx.close(),
            _ => {}
        }
    }

    fn failed(&mut self, cx: &mut Cx<'_>, failure: &Failure) {
        cx.say(Tone::Bad, failure.why.clone());
        if self.step == Step::Reading {
            cx.close();
        }
        self.step = Step::Mapping;
    }
}

impl Page for ImportScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened => self.waiting = cx.sheet(self.file.clone()),
            Event::Answer(seq, answer) if seq == self.waiting => self.answered(cx, answer),
            Event::Failed(seq, failure) if seq == self.waiting && !failure.stale => self.failed(cx, failure),
            Event::Act(action) => self.act(cx, action),
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Import]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        Line::styled(format!("Import {}", self.name()), look.theme.strong())
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        view::hint(self, look)
    }
}
