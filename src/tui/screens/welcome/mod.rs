//! The first start, when there is no desk here yet: try the demo, or set one up with a few fields.

mod setup;
#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use self::setup::SetUpForm;
use super::{Page, Target};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Move};
use crate::tui::msg::{Exit, Tone};
use crate::tui::view::Look;
use crate::tui::widgets::list;
use crate::tui::widgets::sheet::{self, Row};

/// What can be done here, with what it means.
const CHOICES: [(&str, &str); 2] = [
    ("1  Try the demo", "a made-up office; nothing leaves this computer"),
    ("2  Set up this desk", "six lines, then it is yours"),
];

/// The first screen of all.
#[derive(Clone, Debug, PartialEq)]
pub struct Welcome {
    chosen: usize,
    /// Kept while one looks at the choices again.
    form: SetUpForm,
    filling: bool,
}

impl Default for Welcome {
    fn default() -> Self {
        Self::new()
    }
}

impl Welcome {
    pub fn new() -> Self {
        Self { chosen: 0, form: SetUpForm::new(), filling: false }
    }

    fn choose(&mut self, cx: &mut Cx<'_>, action: Action) {
        match (action, self.chosen) {
            (Action::TryDemo, _) | (Action::Open, 0) => cx.go(Move::Leave(Exit::TryDemo)),
            (Action::SetUp | Action::Open, _) => {
                self.chosen = 1;
                self.filling = true;
            }
            (Action::Back, _) => cx.say(Tone::Note, "Nothing is set up yet. Ctrl+C twice leaves."),
            _ => {
                if let Some(chosen) = list::moved(self.chosen, CHOICES.len(), 1, action) {
                    self.chosen = chosen;
                }
            }
        }
    }

    fn fill(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::NextPane if self.form.is_last() => self.finish(cx),
            Action::NextPane => self.form.next(),
            Action::SetUp => self.finish(cx),
            Action::Down => self.form.step(true),
            Action::Up => self.form.step(false),
            Action::Back => self.filling = false,
            _ => {}
        }
    }

    fn finish(&mut self, cx: &mut Cx<'_>) {
        if let Some(set_up) = self.form.finish() {
            cx.go(Move::Leave(Exit::SetUp(set_up)));
        }
    }

    fn choices(&self, look: &Look<'_>, width: u16) -> Vec<Row<'static>> {
        let mut rows = vec![
            Row::words(Line::styled(" Welcome to cordboard", look.theme.strong())),
            Row::gap(),
            Row::words(" There is no desk on this computer yet."),
            Row::gap(),
        ];
        for (at, (words, means)) in CHOICES.iter().enumerate() {
            let chosen = at == self.chosen;
            let sign = if chosen { " > " } else { "   " };
            let style = if chosen { look.theme.chosen() } else { Style::new() };
            let cells = usize::from(width).saturating_sub(2);
            let line = format!("{:cells$}", format!("{sign}{words:22}{means}"));
            let row = Row::words(Line::styled(line, style));
            rows.push(if chosen { row.parked(1) } else { row });
        }
        let later = format!("   {:22}{}", "   Join a hub", "comes later: many desks, one office");
        rows.push(Row::words(Line::styled(later, look.theme.faint())));
        rows
    }
}

impl Page for Welcome {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Act(action) if self.filling => self.fill(cx, action),
            Event::Act(action) => self.choose(cx, action),
            Event::Type(key) if self.filling => self.form.key(cx, key),
            Event::Paste(text) if self.filling => self.form.paste(cx, text),
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let rows =
            if self.filling { self.form.rows(look, area.width) } else { self.choices(look, area.width) };
        sheet::draw(&rows, look.theme, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        if self.filling { &[Context::SetUp] } else { &[Context::Welcome] }
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        let words = if self.filling { "Set up this desk" } else { "First start" };
        Line::styled(words, look.theme.strong())
    }

    fn hint(&self, _look: &Look<'_>) -> Line<'static> {
        Line::raw(if self.filling {
            " Nothing is made before every line is right."
        } else {
            " The demo forgets whatever you do in it."
        })
    }

    fn typing(&self) -> Option<Target> {
        self.filling.then(|| Target::new("SET-UP"))
    }
}
