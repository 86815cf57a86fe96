//! A thread and its composer.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Page;
use crate::domain::shown::Party;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::view::Look;

/// A thread and its composer.
#[derive(Clone, Debug, PartialEq)]
pub struct TextScreen {
    party: Party,
}

impl TextScreen {
    pub fn new(party: Party) -> Self {
        Self { party }
    }
}

impl Page for TextScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        if let Event::Act(Action::Back) = event {
            cx.close();
        }
    }

    fn draw(&self, _look: &Look<'_>, _area: Rect, _buffer: &mut Buffer) -> Option<Position> {
        None
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Text]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::raw("Text")
    }

    fn kind(&self) -> super::Kind {
        super::Kind::Part
    }

    fn typing(&self) -> Option<super::Target> {
        Some(super::Target::new("TEXT"))
    }
}
