//! A question in a box: a few choices, Enter takes one, Esc none. Nothing that cannot be undone
//! happens without one.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr as _;

use super::{Kind, Page};
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::view::{Look, framed};
use crate::tui::widgets::{list, text};

/// Cells of the box.
const WIDTH: u16 = 64;

/// A question, and what each choice is called.
#[derive(Clone, Debug, PartialEq)]
pub struct AskBox {
    name: &'static str,
    pub(crate) title: SafeText,
    pub(crate) lines: Vec<SafeText>,
    pub(crate) choices: Vec<SafeText>,
    pub(crate) chosen: usize,
}

impl AskBox {
    /// The screen below is told `name` and the number of the choice.
    pub fn new<T: AsRef<str>, C: AsRef<str>>(
        name: &'static str,
        title: &str,
        lines: &[T],
        choices: &[C],
    ) -> Self {
        Self {
            name,
            title: SafeText::new(title),
            lines: lines.iter().map(|line| SafeText::new(line.as_ref())).collect(),
            choices: choices.iter().map(|choice| SafeText::new(choice.as_ref())).collect(),
            chosen: 0,
        }
    }
}

impl Page for AskBox {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Act(Action::Yes) => {
                cx.close();
                cx.tell(Told::Chosen(self.name, self.chosen));
            }
            Event::Act(Action::Back) => cx.close(),
            Event::Act(action) => {
                if let Some(chosen) = list::moved(self.chosen, self.choices.len(), 1, action) {
                    self.chosen = chosen;
                }
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let inner = usize::from(WIDTH.min(area.width)).saturating_sub(4);
        let lines: Vec<String> =
            self.lines.iter().flat_map(|line| text::wrap(line.as_str(), inner)).collect();
        let height = lines.len() + self.choices.len() + 3 + usize::from(!lines.is_empty());
        let size = (WIDTH, u16::try_from(height).unwrap_or(u16::MAX));
        let inside = framed(&self.title.cut(inner), size, area, buffer);
        let mut y = inside.y;
        for line in &lines {
            if y < inside.bottom() {
                buffer.set_stringn(inside.x + 1, y, line, inner, Style::new());
            }
            y += 1;
        }
        y += u16::from(!lines.is_empty());
        let mut cursor = None;
        for (choice, at) in self.choices.iter().zip(0..) {
            if y >= inside.bottom() {
                break;
            }
            let sign = if at == self.chosen { ">" } else { " " };
            buffer.set_stringn(inside.x, y, format!("{sign} {}", choice.cut(inner)), inner + 2, Style::new());
            if at == self.chosen {
                buffer.set_style(Rect { y, height: 1, ..inside }, look.theme.chosen());
                cursor = Some(Position::new(inside.x, y));
            }
            y += 1;
        }
        let keys = "Enter yes   Esc no";
        if inside.height > 1 {
            let x = inside.right().saturating_sub(u16::try_from(keys.width()).unwrap_or(0) + 1);
            buffer.set_stringn(x, inside.bottom() - 1, keys, inner, look.theme.faint());
        }
        cursor
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Ask]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::default()
    }

    fn kind(&self) -> Kind {
        Kind::Box
    }
}
