//! What the desk said so far: toasts go, their sentences stay here.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::Page;
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Toast};
use crate::tui::view::{Look, tone};
use crate::tui::widgets::list;

/// The sentences when it was opened, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagesScreen {
    log: Vec<Toast>,
    chosen: usize,
}

impl MessagesScreen {
    pub fn new(log: &[Toast]) -> Self {
        Self { log: log.iter().rev().cloned().collect(), chosen: 0 }
    }
}

impl Page for MessagesScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Act(Action::Back) => cx.close(),
            Event::Act(action) => {
                if let Some(chosen) = list::moved(self.chosen, self.log.len(), 10, action) {
                    self.chosen = chosen;
                }
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        if self.log.is_empty() {
            buffer.set_string(area.x + 1, area.y, "Nothing was said yet.", look.theme.faint());
            return None;
        }
        let window = list::window(self.chosen, usize::from(area.height), self.log.len());
        let mut cursor = None;
        for ((at, toast), y) in self.log.iter().enumerate().skip(window.start).zip(area.y..area.bottom()) {
            let stamp = format!(" {}  ", look.stamp(toast.at));
            let room = usize::from(area.width).saturating_sub(stamp.len());
            let line = Line::from(vec![
                Span::styled(stamp, look.theme.faint()),
                Span::styled(SafeText::new(&toast.text).cut(room), tone(look.theme, toast.tone)),
            ]);
            buffer.set_line(area.x, y, &line, area.width);
            if at == self.chosen {
                cursor = Some(Position::new(area.x, y));
            }
        }
        cursor
    }

    fn hint(&self, _look: &Look<'_>) -> Line<'static> {
        self.log.get(self.chosen).map_or_else(Line::default, |toast| Line::raw(format!(" {}", toast.text)))
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Lists]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        Line::styled("What the desk said", look.theme.strong())
    }
}
