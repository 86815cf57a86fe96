//! The first start.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Page;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::view::Look;

/// The first start.
#[derive(Clone, Debug, PartialEq)]
pub struct Welcome {
    chosen: usize,
}

impl Welcome {
    pub fn new() -> Self {
        Self { chosen: 0 }
    }
}

impl Page for Welcome {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        if let Event::Act(Action::Back) = event {
            cx.close();
        }
    }

    fn draw(&self, _look: &Look<'_>, _area: Rect, _buffer: &mut Buffer) -> Option<Position> {
        None
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Welcome]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::raw("Welcome")
    }
}
