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

/// Cells of a place with its letter.
const COLUMN: u16 = 28;

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
        // On a low screen two columns, so that every place is there.
        let columns = if PLACES.len() + 2 <= usize::from(area.height) { 1 } else { 2 };
        let rows = PLACES.len().div_ceil(columns);
        let size =
            (2 + COLUMN * u16::try_from(columns).unwrap_or(1), u16::try_from(rows + 2).unwrap_or(u16::MAX));
        let inside = framed("go to", size, area, buffer);
        for (column, places) in (0..).zip(PLACES.chunks(rows)) {
            let x = inside.x + COLUMN * column;
            for ((key, place), y) in places.iter().zip(inside.y..inside.bottom()) {
                buffer.set_string(x + 1, y, key.to_string(), look.theme.key());
                buffer.set_string(x + 4, y, place.label(), Style::new());
            }
        }
        Some(Position::new(inside.x + 1, inside.y))
    }

    fn contexts(&self) -> &'static [Context] {
        &[]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::default()
    }

    fn hint(&self, _look: &Look<'_>) -> Line<'static> {
        Line::raw(" The letter before a place goes there.")
    }

    fn kind(&self) -> Kind {
        Kind::Box
    }

    fn typing(&self) -> Option<Target> {
        Some(Target { name: "GO".to_owned(), hidden: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::model::Model;
    use crate::tui::msg::Effect;
    use crate::tui::screens::Screen;
    use crate::tui::screens::card::tests::opened as card;
    use crate::tui::testing::{picture, press};

    #[test]
    fn the_list_behind_g() {
        let before = card();
        let mut model = before.clone();
        assert_eq!(press(&mut model, "g"), []);
        let mut opened = before.clone();
        opened.stack.push(Screen::Go(GoBox));
        assert_eq!(model, opened);
        for (width, height) in [(80, 24), (120, 40), (60, 16)] {
            insta::assert_snapshot!(format!("go-{width}x{height}"), picture(&model, width, height));
        }
        for (keys, effects) in [("g Esc", vec![Effect::KeepDrafts]), ("g z", vec![]), ("g 7", vec![])] {
            let mut model = before.clone();
            assert_eq!(press(&mut model, keys), effects, "{keys}");
            assert_eq!(model, before, "{keys}");
        }
    }

    #[test]
    fn each_letter_leads_to_its_place() {
        let shown = |model: &Model| match model.top() {
            Screen::Customers(_) => Action::Customers,
            Screen::Inbox(_) => Action::Inbox,
            Screen::Updates(_) => Action::Updates,
            Screen::Outbox(_) => Action::Outbox,
            Screen::Reports(_) => Action::Reports,
            Screen::Users(_) => Action::Users,
            Screen::Messages(_) => Action::Messages,
            Screen::Line(_) => Action::Import,
            Screen::Ask(_) => Action::ExportCustomers,
            Screen::Lock(_) => Action::Lock,
            other => panic!("{other:?}"),
        };
        for (letter, place) in PLACES {
            let mut model = card();
            model.me.role = crate::domain::role::Role::Admin;
            press(&mut model, &format!("g {letter}"));
            assert_eq!(shown(&model), *place);
        }
    }
}
