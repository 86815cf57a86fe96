//! The small list behind `g`: a second key goes there.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::{Kind, Page, Target};
use crate::tui::keymap::{Action, Context, PLACES};
use crate::tui::model::{Cx, Event, Move};
use crate::tui::view::{Look, framed};

/// Waits for the second key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GoBox;

impl Page for GoBox {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Type(key) => {
                cx.close();
                let place = PLACES.iter().find(|(c, _)| key.typed() == Some(*c));
                if let Some((_, action)) = place {
                    cx.go(Move::Act(*action));
                }
            }
            Event::Act(Action::Back) => cx.close(),
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let height = u16::try_from(PLACES.len() + 2).unwrap_or(u16::MAX);
        let inside = framed("go to", (30, height), area, buffer);
        for ((key, place), y) in PLACES.iter().zip(inside.y..inside.bottom()) {
            buffer.set_string(inside.x + 1, y, key.to_string(), look.theme.key());
            buffer.set_string(inside.x + 4, y, place.label(), Style::new());
        }
        Some(Position::new(inside.x + 1, inside.y))
    }

    fn contexts(&self) -> &'static [Context] {
        &[]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::default()
    }

    fn kind(&self) -> Kind {
        Kind::Box
    }

    fn typing(&self) -> Option<Target> {
        Some(Target { name: "GO".to_owned(), hidden: false })
    }
}
