//! One typed line in the row above the keys: a command, a filter, a reason.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr as _;

use super::{Kind, Page, Target, updates};
use crate::tui::command;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::view::Look;
use crate::tui::widgets::field::Field;
use crate::tui::widgets::text;

/// The command line.
pub const COMMAND: &str = "command";

/// A prompt and what is typed behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct LineBox {
    name: &'static str,
    prompt: &'static str,
    pub(crate) field: Field,
}

impl LineBox {
    /// The screen below is told `name` and what was typed.
    pub fn new(name: &'static str, prompt: &'static str, text: &str) -> Self {
        Self { name, prompt, field: Field::line(text) }
    }

    pub fn command(text: &str) -> Self {
        Self::new(COMMAND, ":", text)
    }
}

impl LineBox {
    /// What the line will do, behind it.
    fn ghost(&self, look: &Look<'_>) -> String {
        match self.name {
            COMMAND => command::ghost(self.field.text()),
            updates::FILTER => updates::filter::ghost(self.field.text(), look.now, look.offset),
            _ => String::new(),
        }
    }
}

impl Page for LineBox {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Act(Action::Done) => {
                cx.close();
                cx.tell(Told::Typed(self.name, self.field.text().trim().to_owned()));
            }
            Event::Act(Action::Back) => cx.close(),
            Event::Act(Action::NextPane) if self.name == COMMAND => {
                if let Some(word) = command::complete(self.field.text()) {
                    self.field.set(&word);
                }
            }
            Event::Type(key) => {
                let empty = self.field.is_empty();
                cx.edit(&mut self.field, key);
                // Backspace on nothing leaves the line, as in every editor with one.
                if empty && key.code == crate::tui::key::Code::Backspace {
                    cx.close();
                }
            }
            Event::Paste(text) => {
                cx.paste(&mut self.field, text);
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let prompt = format!(" {}", self.prompt);
        let width = u16::try_from(prompt.width()).unwrap_or(0);
        buffer.set_stringn(
            area.x,
            area.y,
            " ".repeat(usize::from(area.width)),
            usize::from(area.width),
            Style::new(),
        );
        buffer.set_stringn(area.x, area.y, &prompt, usize::from(area.width), look.theme.strong());
        let field = Rect { x: area.x + width, width: area.width.saturating_sub(width + 1), ..area };
        let caret = self.field.draw(field, buffer, Style::new());
        if self.field.at_end()
            && let Some(caret) = caret
        {
            let ghost = self.ghost(look);
            let room = usize::from(field.right().saturating_sub(caret.x + 2));
            let whole = text::wrap(&ghost, room).into_iter().next().unwrap_or_default();
            buffer.set_stringn(caret.x + 2, area.y, whole, room, look.theme.faint());
        }
        caret
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Line]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::default()
    }

    fn kind(&self) -> Kind {
        Kind::Row
    }

    fn typing(&self) -> Option<Target> {
        let name = if self.name == COMMAND { "COMMAND" } else { "A LINE" };
        Some(Target::new(name))
    }
}
