//! Contact updates.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Page;
use crate::domain::role::Actor;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::view::Look;

/// Contact updates.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdatesScreen {
    me: Actor,
}

impl UpdatesScreen {
    pub fn new(me: &Actor) -> Self {
        Self { me: me.clone() }
    }
}

impl Page for UpdatesScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        if let Event::Act(Action::Back) = event {
            cx.close();
        }
    }

    fn draw(&self, _look: &Look<'_>, _area: Rect, _buffer: &mut Buffer) -> Option<Position> {
        None
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Updates]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::raw("Contact updates")
    }
}
