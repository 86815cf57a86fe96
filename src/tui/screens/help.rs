//! The keys of the screen below, and the guides for agents and admins.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::Page;
use crate::domain::role::Role;
use crate::tui::key::Key;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::theme::Theme;
use crate::tui::view::{Look, body_rows};
use crate::tui::widgets::{list, text};

/// The same texts as in `docs/`.
const AGENTS: &str = include_str!("../../../docs/agents.md");
const ADMINS: &str = include_str!("../../../docs/admins.md");

/// Rows a page key moves.
const PAGE: usize = 10;

/// Keys first, then the guide for one's own role.
#[derive(Clone, Debug, PartialEq)]
pub struct HelpScreen {
    keys: Vec<(Context, Action, Vec<Key>)>,
    role: Role,
    scroll: usize,
}

impl HelpScreen {
    pub fn new(keys: Vec<(Context, Action, Vec<Key>)>, role: Role) -> Self {
        Self { keys, role, scroll: 0 }
    }

    /// The furthest it scrolls. The demo's strip may take a row of the body: one is left for it.
    fn end(&self, cx: &Cx<'_>) -> usize {
        let (width, height) = cx.size;
        let rows = self.rows(cx.settings.theme, usize::from(width)).len();
        rows.saturating_sub(usize::from(body_rows(height).saturating_sub(1)))
    }

    fn rows(&self, theme: Theme, width: usize) -> Vec<Line<'static>> {
        let mut rows = Vec::new();
        let mut last = None;
        for (context, action, keys) in &self.keys {
            if last != Some(*context) {
                rows.push(Line::styled(format!(" {}", context.title()), theme.strong()));
                last = Some(*context);
            }
            let keys = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
            rows.push(Line::from(vec![
                Span::styled(format!("   {keys:20} "), theme.key()),
                Span::raw(action.label()),
            ]));
        }
        rows.push(Line::default());
        let guide = if self.role == Role::Admin { ADMINS } else { AGENTS };
        for line in guide.lines() {
            match line.trim_start_matches('#') {
                heading if heading.len() < line.len() => {
                    rows.push(Line::styled(format!(" {}", heading.trim()), theme.strong()));
                }
                _ => {
                    let plain = line.replace("**", "").replace('`', "");
                    let wrapped = text::wrap(&plain, width.saturating_sub(2));
                    rows.extend(wrapped.into_iter().map(|row| Line::raw(format!(" {row}"))));
                }
            }
        }
        rows
    }
}

impl Page for HelpScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Act(Action::Back | Action::Help) => cx.close(),
            Event::Act(action) => {
                if let Some(scroll) = list::moved(self.scroll, self.end(cx) + 1, PAGE, action) {
                    self.scroll = scroll;
                }
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let rows = self.rows(look.theme, usize::from(area.width));
        let first = self.scroll.min(rows.len().saturating_sub(1));
        for (row, y) in rows.iter().skip(first).zip(area.y..area.bottom()) {
            buffer.set_line(area.x, y, row, area.width);
        }
        Some(Position::new(area.x, area.y))
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Lists]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        Line::from(vec![
            Span::styled("Keys of this screen, then the guide", look.theme.strong()),
            Span::raw(format!("   {} goes on", look.key(&[Context::Desk], Action::PageDown))),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::msg::{Effect, Msg};
    use crate::tui::screens::Screen;
    use crate::tui::screens::card::tests::opened as card;
    use crate::tui::testing::{desk, picture, press};
    use crate::tui::update::update;

    /// NIC-143: the keys, and the six steps under them.
    #[test]
    fn nic_143_the_keys_and_the_guide_in_pictures() {
        let mut model = card();
        press(&mut model, "?");
        for (width, height) in [(80, 24), (120, 40), (60, 16)] {
            insta::assert_snapshot!(format!("help-{width}x{height}"), picture(&model, width, height));
        }
        for (width, height) in [(80, 24), (60, 16)] {
            update(&mut model, Msg::Resize(width, height));
            press(&mut model, "End");
            insta::assert_snapshot!(format!("help-agents-{width}x{height}"), picture(&model, width, height));
        }
        let mut model = desk(Role::Admin);
        press(&mut model, "Esc g u ? End");
        insta::assert_snapshot!("help-admins-80x24", picture(&model, 80, 24));
    }

    #[test]
    fn it_scrolls_to_its_end_and_back_without_a_dead_key() {
        let before = card();
        let mut model = before.clone();
        assert_eq!(press(&mut model, "?"), []);
        let Screen::Help(help) = model.top().clone() else { panic!("{model:?}") };
        let opened = model.clone();
        for (keys, scroll) in [
            ("Down j", 2),
            ("Down Up k", 0),
            ("PgDn Down", 11),
            ("PgDn PgUp", 0),
            ("End Home", 0),
            ("a x", 0),
        ] {
            let mut model = opened.clone();
            assert_eq!(press(&mut model, keys), [], "{keys}");
            assert_eq!(model.top(), &Screen::Help(HelpScreen { scroll, ..help.clone() }), "{keys}");
        }
        for key in ["PgDn", "Down", "End"] {
            let mut model = opened.clone();
            press(&mut model, &format!("{key} ").repeat(300));
            let end = picture(&model, 80, 24);
            assert!(end.contains("marks its address as BAD"), "{key}\n{end}");
            press(&mut model, "Up");
            assert_ne!(picture(&model, 80, 24), end, "{key}");
        }
        for (key, effects) in [("Esc", vec![Effect::KeepDrafts]), ("?", vec![]), ("F1", vec![])] {
            let mut model = opened.clone();
            assert_eq!(press(&mut model, key)[..effects.len()], effects, "{key}");
            assert_eq!(model.stack.len(), before.stack.len(), "{key}");
        }
    }
}
