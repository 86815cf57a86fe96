//! The lock: nothing of a customer is on screen while the agent is away.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::Page;
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::view::Look;
use crate::tui::widgets::text;

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
        let name = SafeText::new(&look.me.name).cut(30);
        let key = look.key(&[Context::Lists], Action::Open);
        let lines = [
            format!("Locked by {name}."),
            "Nothing of a customer is shown; what was typed is kept.".to_owned(),
            format!("{key} opens it again. This release has no passwords: lock the session too."),
        ];
        let width = usize::from(area.width.saturating_sub(4));
        let rows = lines.iter().flat_map(|line| text::wrap(line, width));
        for (row, y) in rows.zip(area.y + area.height / 3..area.bottom()) {
            buffer.set_stringn(area.x + 2, y, row, width, Style::new());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::msg::{Effect, Msg};
    use crate::tui::screens::Screen;
    use crate::tui::screens::card::tests::opened as card;
    use crate::tui::testing::{picture, press};
    use crate::tui::update::update;

    #[test]
    fn nothing_is_shown_and_nothing_leads_away_but_enter_and_esc() {
        let before = card();
        let mut locked = before.clone();
        assert_eq!(press(&mut locked, "g l"), [Effect::KeepDrafts]);
        let mut expected = before.clone();
        expected.stack.push(Screen::Lock(LockScreen));
        assert_eq!(locked, expected);
        for (width, height) in [(80, 24), (120, 40), (60, 16)] {
            let picture = picture(&locked, width, height);
            assert!(!picture.contains("Kevin") && !picture.contains("2333"), "{picture}");
            insta::assert_snapshot!(format!("lock-{width}x{height}"), picture);
        }
        let mut model = locked.clone();
        assert_eq!(press(&mut model, "5 + / : ? g m u b j Tab Ctrl+P F1 x Down"), []);
        assert_eq!(update(&mut model, Msg::Paste("57372333".to_owned())), []);
        assert_eq!(update(&mut model, Msg::Changed), []);
        assert_eq!(model, locked);
        for key in ["Enter", "Esc"] {
            let mut model = locked.clone();
            press(&mut model, key);
            assert_eq!(model.stack.len(), before.stack.len());
        }
    }
}
