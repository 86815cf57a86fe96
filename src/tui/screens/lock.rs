//! The lock: nothing of a customer is on screen while the agent is away.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::Page;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::view::Look;

/// Hides everything until it is opened again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LockScreen;

impl Page for LockScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        if let Event::Act(Action::Open | Action::Back) = event {
            cx.close();
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let name = crate::domain::text::SafeText::new(&look.me.name).cut(30);
        let lines = [
            format!("Locked by {name}."),
            "Nothing of a customer is shown; what was typed is kept.".to_owned(),
            "Enter opens it again. This release has no passwords: lock the session too.".to_owned(),
        ];
        for (line, y) in lines.iter().zip(area.y + area.height / 3..area.bottom()) {
            buffer.set_stringn(area.x + 2, y, line, usize::from(area.width.saturating_sub(2)), Style::new());
        }
        Some(Position::new(area.x, area.y))
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Lists]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        Line::styled("Locked", look.theme.strong())
    }
}
