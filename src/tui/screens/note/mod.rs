//! A note.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Page;
use crate::domain::ids::CustomerId;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::view::Look;

/// A note.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteScreen {
    customer: CustomerId,
}

impl NoteScreen {
    pub fn new(customer: CustomerId) -> Self {
        Self { customer }
    }
}

impl Page for NoteScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        if let Event::Act(Action::Back) = event {
            cx.close();
        }
    }

    fn draw(&self, _look: &Look<'_>, _area: Rect, _buffer: &mut Buffer) -> Option<Position> {
        None
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Note]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::raw("Note")
    }

    fn kind(&self) -> super::Kind {
        super::Kind::Part
    }

    fn typing(&self) -> Option<super::Target> {
        Some(super::Target::new("NOTE (stays here)"))
    }
}
