//! Update contact.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Page;
use crate::domain::shown::Card;
use crate::domain::update::Field;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::view::Look;

/// Update contact.
#[derive(Clone, Debug, PartialEq)]
pub struct FormScreen {
    card: Card,
    on: Field,
}

impl FormScreen {
    pub fn new(card: &Card, on: Field) -> Self {
        Self { card: card.clone(), on }
    }
}

impl Page for FormScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        if let Event::Act(Action::Back) = event {
            cx.close();
        }
    }

    fn draw(&self, _look: &Look<'_>, _area: Rect, _buffer: &mut Buffer) -> Option<Position> {
        None
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Form]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::raw("Update contact")
    }

    fn kind(&self) -> super::Kind {
        super::Kind::Part
    }

    fn typing(&self) -> Option<super::Target> {
        Some(super::Target::new("FORM"))
    }
}
