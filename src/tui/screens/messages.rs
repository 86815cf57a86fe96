//! What the desk said so far: toasts go, their sentences stay here.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::Page;
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Toast};
use crate::tui::view::{Look, tone};
use crate::tui::widgets::{list, text};

/// Cells of `12 Nov 14:29`, and of it with what stands around it.
const STAMPED: usize = 12;
const STAMP: usize = STAMPED + 4;

/// The sentences when it was opened, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagesScreen {
    log: Vec<Toast>,
    chosen: usize,
}

impl MessagesScreen {
    pub fn new(log: &[Toast]) -> Self {
        Self { log: log.iter().rev().cloned().collect(), chosen: 0 }
    }
}

impl Page for MessagesScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Act(Action::Back) => cx.close(),
            Event::Act(action) => {
                if let Some(chosen) = list::moved(self.chosen, self.log.len(), 10, action) {
                    self.chosen = chosen;
                }
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        if self.log.is_empty() {
            buffer.set_string(area.x + 1, area.y, "Nothing was said yet.", look.theme.faint());
            return None;
        }
        let room = usize::from(area.width).saturating_sub(STAMP);
        let sentence = |at: usize| text::wrap(SafeText::new(&self.log[at].text).as_str(), room);
        let height = usize::from(area.height);
        let first = list::first(self.chosen, height, self.log.len(), |at| sentence(at).len());
        let mut cursor = None;
        let mut y = area.y;
        for (at, toast) in self.log.iter().enumerate().skip(first) {
            let stamp = look.stamp(toast.at);
            for (row, stamp) in
                sentence(at).into_iter().zip(std::iter::once(stamp.as_str()).chain(std::iter::repeat("")))
            {
                if y == area.bottom() {
                    return cursor;
                }
                let line = Line::from(vec![
                    Span::styled(format!("  {stamp:STAMPED$}  "), look.theme.faint()),
                    Span::styled(row, tone(look.theme, toast.tone)),
                ]);
                buffer.set_line(area.x, y, &line, area.width);
                if at == self.chosen {
                    buffer.set_style(Rect { y, height: 1, ..area }, look.theme.chosen());
                    if cursor.is_none() {
                        buffer.set_string(area.x, y, ">", look.theme.chosen());
                        cursor = Some(Position::new(area.x, y));
                    }
                }
                y += 1;
            }
        }
        cursor
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Lists]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        Line::styled("What the desk said", look.theme.strong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::Role;
    use crate::domain::time::Micros;
    use crate::tui::model::Model;
    use crate::tui::msg::{Effect, Msg, Tone};
    use crate::tui::screens::Screen;
    use crate::tui::testing::{NOW, OFFSET, desk, picture, press};
    use crate::tui::update::update;

    /// Said over three days, the newest ten seconds ago.
    fn said() -> Model {
        let mut model = desk(Role::Agent);
        let long = "Not saved: the disk is full. Nothing you typed is lost: free some space, then press Ctrl+S \
                    in the form that is still open.";
        for (seconds, tone, text) in [
            (2 * 86_400, Tone::Good, "Saved. u takes it back within 5 s."),
            (3_600, Tone::Note, "Sent to your terminal's clipboard."),
            (600, Tone::Bad, long),
            (10, Tone::Bad, "keys: 王小明\u{1b}[31m is no key"),
        ] {
            update(&mut model, Msg::Tick(Micros(NOW.0 - seconds * 1_000_000), OFFSET));
            update(&mut model, Msg::Say(tone, text.to_owned()));
        }
        update(&mut model, Msg::Tick(NOW, OFFSET));
        model
    }

    #[test]
    fn what_was_said_in_pictures() {
        let mut model = said();
        press(&mut model, "Esc g m Down");
        for (width, height) in [(80, 24), (120, 40), (60, 16)] {
            insta::assert_snapshot!(format!("messages-{width}x{height}"), picture(&model, width, height));
        }
        let mut model = desk(Role::Agent);
        press(&mut model, "Esc g m");
        insta::assert_snapshot!("messages-none-80x24", picture(&model, 80, 24));
    }

    #[test]
    fn newest_first_and_the_choice_stays_in_the_list() {
        let mut before = said();
        press(&mut before, "Esc");
        let mut log = before.log.clone();
        log.reverse();
        for (keys, chosen) in [("g m", 0), ("g m j Down Up", 1), ("g m End Down", 3), ("g m PgDn k Home", 0)]
        {
            let mut model = before.clone();
            press(&mut model, keys);
            let screen = MessagesScreen { log: log.clone(), chosen };
            assert_eq!(model.top(), &Screen::Messages(screen), "{keys}");
        }
        let mut model = before.clone();
        let effects = press(&mut model, "g m Esc");
        assert_eq!(effects[..2], [Effect::KeepDrafts, Effect::KeepDrafts]);
        assert_eq!(model.stack.len(), 1);
    }
}
