//! One typed line in the row above the keys: a command, a filter, a reason.

use chrono_tz::Tz;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr as _;

use super::{Kind, Page, Target, updates};
use crate::domain::later;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::tui::command;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::view::{Look, rule_titled};
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
    /// What is typed is a time by this clock.
    clock: Option<Tz>,
}

impl LineBox {
    /// The screen below is told `name` and what was typed.
    pub fn new(name: &'static str, prompt: &'static str, text: &str) -> Self {
        Self { name, prompt, field: Field::line(text), clock: None }
    }

    /// A time by the customer's clock is asked for.
    pub fn by_clock(self, zone: Tz) -> Self {
        Self { clock: Some(zone), ..self }
    }

    pub fn command(text: &str) -> Self {
        Self::new(COMMAND, ":", text)
    }
}

impl LineBox {
    /// What the line will do, behind it.
    fn ghost(&self, look: &Look<'_>) -> String {
        match self.name {
            _ if self.clock.is_some_and(|zone| later::read(self.field.text(), look.now, zone).is_ok()) => {
                String::new()
            }
            _ if self.clock.is_some() => later::UNDERSTOOD.to_owned(),
            COMMAND if command::understood(self.field.text(), look.settings).is_some() => String::new(),
            COMMAND => {
                let words = command::ghost(self.field.text());
                match command::complete(self.field.text()) {
                    Some(_) => format!("{}: {words}", look.key(&[Context::Line], Action::NextPane)),
                    None => words,
                }
            }
            updates::FILTER => updates::filter::ghost(self.field.text(), look.now, look.offset),
            _ => String::new(),
        }
    }
}

impl LineBox {
    /// How a one-line update is understood stands on the rule above it: behind the line is no room.
    fn explain(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
        let above = Rect { y: area.y.saturating_sub(1), height: 1, ..area };
        let said = command::understood(self.field.text(), look.settings).filter(|_| self.name == COMMAND);
        let time = self.clock.map(|zone| {
            let now = later::said(look.now, look.now, zone);
            match later::read(self.field.text(), look.now, zone) {
                Ok(at) => Ok(both(at, zone, look)),
                Err(_) if self.field.is_empty() => Ok(format!("It is {now} there")),
                Err(why) => Err(why),
            }
        });
        let (said, style) = match said.or(time) {
            Some(Ok(said)) => (said, look.theme.good()),
            Some(Err(wrong)) => (wrong, look.theme.warn()),
            None => return,
        };
        let said = SafeText::new(&said).cut(usize::from(area.width).saturating_sub(6));
        rule_titled(&said, above, buffer, style);
    }
}

/// A moment by the customer's clock, and by the desk's where that is another.
pub fn both(at: Micros, zone: Tz, look: &Look<'_>) -> String {
    both_by(at, zone, look.now, look.offset)
}

/// The same, for who has no picture to draw.
pub fn both_by(at: Micros, zone: Tz, now: Micros, offset: i32) -> String {
    later::both(&later::said(at, now, zone), &text::stamp(at, now, offset))
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
        self.explain(look, area, buffer);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::model::Model;
    use crate::tui::msg::{Effect, Tone};
    use crate::tui::screens::Screen;
    use crate::tui::screens::card::tests::opened as card;
    use crate::tui::testing::{picture, press};

    fn line(text: &str) -> Screen {
        Screen::Line(LineBox::command(text))
    }

    /// The desk with this line open and nothing else changed.
    fn with(before: &Model, text: &str) -> Model {
        let mut model = before.clone();
        model.stack.push(line(text));
        model
    }

    #[test]
    fn the_command_line_in_pictures() {
        for (name, keys) in [
            ("line", ":"),
            ("line-some", ": \"m\""),
            ("line-tab", ": \"ou\""),
            ("line-update", ": \"m 5844 0010 wrong one digit off\""),
            (
                "line-full",
                ": \"e a.very.long.mailbox.of.somebody@a-long-domain.example bounced and more words\"",
            ),
        ] {
            let mut model = card();
            press(&mut model, keys);
            for (width, height) in [(80, 24), (120, 40)] {
                insta::assert_snapshot!(format!("{name}-{width}x{height}"), picture(&model, width, height));
            }
        }
    }

    #[test]
    fn in_a_small_window_the_caret_stays_in_sight() {
        let mut model = card();
        press(
            &mut model,
            ": \"e a.very.long.mailbox.of.somebody@a-long-domain.example bounced and more words\"",
        );
        insta::assert_snapshot!("line-60x16", picture(&model, 60, 16));
    }

    #[test]
    fn tab_completes_and_esc_or_backspace_on_nothing_leaves() {
        let before = card();
        for (keys, text) in [
            (":", ""),
            (": \"ou\"", "ou"),
            (": \"ou\" Tab", "outbox "),
            (": \"ou\" Tab Tab", "outbox "),
            (": \"me\" Tab", "messages "),
            (": \"zz\" Tab Up Down", "zz"),
            (": \"mark\" Tab \"17\" Backspace", "mark-batch 1"),
            (": \"a b\" Ctrl+W Ctrl+U", ""),
        ] {
            let mut model = before.clone();
            assert_eq!(press(&mut model, keys), [], "{keys}");
            assert_eq!(model, with(&before, text), "{keys}");
        }
        for (keys, effects) in [
            (": Backspace", vec![]),
            (": \"m 1\" Esc", vec![Effect::KeepDrafts]),
            (": Enter", vec![]),
            (": Space Enter", vec![]),
        ] {
            let mut model = before.clone();
            assert_eq!(press(&mut model, keys), effects, "{keys}");
            assert_eq!(model, before, "{keys}");
        }
    }

    #[test]
    fn a_wrong_line_is_named_and_comes_back_where_it_holds_work() {
        let before = card();
        for (keys, said, again) in [
            (": \"outbux\" Enter", "There is no :outbux. Did you mean :outbox?", None),
            (": \"xyzzy\" Enter", "There is no :xyzzy. Ctrl+P lists what there is.", None),
            (": \"mark-batch x\" Enter", "Which batch? Type its number: :mark-batch 17", None),
            (
                ": \"m 5844 wrong\" Enter",
                "Not saved. mobile: too short: 8 digits expected, 4 given; write it like 5737 2333",
                Some("m 5844 wrong"),
            ),
        ] {
            let mut model = before.clone();
            assert_eq!(press(&mut model, keys), [], "{keys}");
            let mut after = before.clone();
            after.say(Tone::Bad, said);
            after.stack.extend(again.map(line));
            assert_eq!(model, after, "{keys}");
        }
    }
}
