//! Everything that can be done here, by words: type to filter, Enter does it, the key stands beside
//! it. Works while typing too.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::{Kind, Page, Target};
use crate::tui::key::Key;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Move};
use crate::tui::view::{Look, framed};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::list;

/// The actions of the screen below.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    actions: Vec<(Action, Vec<Key>)>,
    filter: Field,
    chosen: usize,
}

impl Palette {
    pub fn new(actions: Vec<(Action, Vec<Key>)>) -> Self {
        Self { actions, filter: Field::line(""), chosen: 0 }
    }

    fn listed(&self) -> Vec<&(Action, Vec<Key>)> {
        let words = self.filter.text().to_lowercase();
        let fits = |action: Action| {
            let name = format!("{} {}", action.label(), action.word());
            words.split_whitespace().all(|word| name.contains(word))
        };
        self.actions.iter().filter(|(action, _)| fits(*action)).collect()
    }
}

impl Page for Palette {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Act(Action::Open) => {
                let action = self.listed().get(self.chosen).map(|(action, _)| *action);
                cx.close();
                if let Some(action) = action {
                    cx.go(Move::Act(action));
                }
            }
            Event::Act(Action::Back | Action::Palette) => cx.close(),
            Event::Act(action) => {
                if let Some(chosen) = list::moved(self.chosen, self.listed().len(), 8, action) {
                    self.chosen = chosen;
                }
            }
            Event::Type(key) => {
                cx.edit(&mut self.filter, key);
                self.chosen = 0;
            }
            Event::Paste(text) => {
                cx.paste(&mut self.filter, text);
                self.chosen = 0;
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let inside = framed("everything you can do here", (54, area.height), area, buffer);
        buffer.set_string(inside.x, inside.y, "> ", look.theme.strong());
        let field = Rect { x: inside.x + 2, width: inside.width.saturating_sub(2), height: 1, ..inside };
        let caret = self.filter.draw(field, buffer, Style::new());
        let listed = self.listed();
        let rows = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        if listed.is_empty() {
            let none = "Nothing that can be done here is called so.";
            buffer.set_stringn(rows.x + 2, rows.y, none, usize::from(rows.width), look.theme.faint());
        }
        let window = list::window(self.chosen, usize::from(rows.height), listed.len());
        for ((at, (action, keys)), y) in
            listed.iter().enumerate().skip(window.start).zip(rows.y..rows.bottom())
        {
            let keys = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            buffer.set_stringn(rows.x + 2, y, action.label(), 28, Style::new());
            let room = usize::from(rows.width.saturating_sub(31));
            buffer.set_stringn(rows.x + 31, y, keys, room, look.theme.key());
            if at == self.chosen {
                buffer.set_style(Rect { y, height: 1, ..rows }, look.theme.chosen());
            }
        }
        caret
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Palette]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::default()
    }

    fn kind(&self) -> Kind {
        Kind::Box
    }

    fn typing(&self) -> Option<Target> {
        Some(Target { name: "A WORD".to_owned(), hidden: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::model::Model;
    use crate::tui::msg::{Effect, Msg};
    use crate::tui::screens::Screen;
    use crate::tui::screens::card::tests::opened as card;
    use crate::tui::testing::{picture, press};
    use crate::tui::update::update;

    fn opened() -> (Model, Palette) {
        let mut model = card();
        assert_eq!(press(&mut model, "Ctrl+P"), []);
        let Screen::Palette(palette) = model.top().clone() else { panic!("{model:?}") };
        (model, palette)
    }

    #[test]
    fn everything_that_can_be_done_in_pictures() {
        let (mut model, _) = opened();
        for (width, height) in [(80, 24), (120, 40), (60, 16)] {
            insta::assert_snapshot!(format!("palette-{width}x{height}"), picture(&model, width, height));
        }
        press(&mut model, "\"text\" Down");
        insta::assert_snapshot!("palette-filter-80x24", picture(&model, 80, 24));
        press(&mut model, "\" xyzzy\"");
        insta::assert_snapshot!("palette-none-80x24", picture(&model, 80, 24));
    }

    #[test]
    fn letters_filter_moves_choose_and_enter_acts() {
        let (before, palette) = opened();
        let last = palette.actions.len() - 1;
        for (keys, filter, chosen) in [
            ("Down Down Up", "", 1),
            ("Up", "", 0),
            ("PgDn", "", 8),
            ("PgDn PgDn PgDn PgDn PgDn PgDn Down", "", last),
            ("\"up\"", "up", 0),
            ("Down \"up\"", "up", 0),
            ("\"xyzzy\" Down", "xyzzy", 0),
        ] {
            let mut model = before.clone();
            assert_eq!(press(&mut model, keys), [], "{keys}");
            let palette = Palette { filter: Field::line(filter), chosen, ..palette.clone() };
            assert_eq!(model.top(), &Screen::Palette(palette), "{keys}");
        }
        let mut pasted = before.clone();
        assert_eq!(update(&mut pasted, Msg::Paste("who\n".to_owned())), []);
        let palette = Palette { filter: Field::line("who "), ..palette };
        assert_eq!(pasted.top(), &Screen::Palette(palette));
        // As if the key itself had been pressed on the card.
        let mut who = card();
        press(&mut who, "b");
        press(&mut pasted, "Enter");
        assert_eq!(pasted, who);
        for (keys, effects) in
            [("Esc", vec![Effect::KeepDrafts]), ("Ctrl+P", vec![]), ("\"xyzzy\" Enter", vec![])]
        {
            let mut model = before.clone();
            assert_eq!(press(&mut model, keys), effects, "{keys}");
            assert_eq!(model, card(), "{keys}");
        }
    }
}
