//! A question in a box: a few choices, Enter takes one, Esc none. Nothing that cannot be undone
//! happens without one.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::{Kind, Page};
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::view::{Look, framed};
use crate::tui::widgets::{list, text};

/// Cells of the box.
const WIDTH: u16 = 64;

/// A question, and what each choice is called.
#[derive(Clone, Debug, PartialEq)]
pub struct AskBox {
    name: &'static str,
    pub(crate) title: SafeText,
    pub(crate) lines: Vec<SafeText>,
    pub(crate) choices: Vec<SafeText>,
    pub(crate) chosen: usize,
}

impl AskBox {
    /// The screen below is told `name` and the number of the choice.
    pub fn new<T: AsRef<str>, C: AsRef<str>>(
        name: &'static str,
        title: &str,
        lines: &[T],
        choices: &[C],
    ) -> Self {
        Self {
            name,
            title: SafeText::new(title),
            lines: lines.iter().map(|line| SafeText::new(line.as_ref())).collect(),
            choices: choices.iter().map(|choice| SafeText::new(choice.as_ref())).collect(),
            chosen: 0,
        }
    }
}

impl Page for AskBox {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Act(Action::Yes) => {
                cx.close();
                cx.tell(Told::Chosen(self.name, self.chosen));
            }
            Event::Act(Action::Back) => cx.close(),
            Event::Act(action) => {
                if let Some(chosen) = list::moved(self.chosen, self.choices.len(), 1, action) {
                    self.chosen = chosen;
                }
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let inner = usize::from(WIDTH.min(area.width)).saturating_sub(4);
        let mut lines: Vec<String> =
            self.lines.iter().flat_map(|line| text::wrap(line.as_str(), inner)).collect();
        // The choices stay in sight: words that find no room above them are marked as cut.
        let room = usize::from(area.height).saturating_sub(self.choices.len() + 3);
        if lines.len() > room {
            lines.truncate(room.saturating_sub(1));
            lines.push("..".to_owned());
        }
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let size = (WIDTH, u16::try_from(lines.len() + self.choices.len() + 2).unwrap_or(u16::MAX));
        let inside = framed(&self.title.cut(inner), size, area, buffer);
        let mut rows = inside.y..inside.bottom();
        for (line, y) in lines.iter().zip(rows.by_ref()) {
            buffer.set_stringn(inside.x + 1, y, line, inner, Style::new());
        }
        let mut cursor = None;
        for ((at, choice), y) in self.choices.iter().enumerate().zip(rows) {
            let sign = if at == self.chosen { ">" } else { " " };
            buffer.set_stringn(inside.x, y, format!("{sign} {}", choice.cut(inner)), inner + 2, Style::new());
            if at == self.chosen {
                buffer.set_style(Rect { y, height: 1, ..inside }, look.theme.chosen());
                cursor = Some(Position::new(inside.x, y));
            }
        }
        cursor
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Ask]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::default()
    }

    fn kind(&self) -> Kind {
        Kind::Box
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::CustomerId;
    use crate::domain::shown::Undoable;
    use crate::tui::model::Model;
    use crate::tui::msg::{Answer, Effect, Msg, Read, Seq, Write};
    use crate::tui::screens::Screen;
    use crate::tui::screens::card::tests::opened as card;
    use crate::tui::testing::{NOW, picture, press};
    use crate::tui::update::update;

    /// `u` on Kevin's card, while the newest act is Anna's.
    fn asked() -> (Model, Model) {
        let mut model = card();
        let effects = press(&mut model, "u");
        let seq = Seq(model.seq);
        assert_eq!(effects, [Effect::Read(seq, Read::Undoable)]);
        let anna = Undoable {
            seq: 41,
            kind: "update".to_owned(),
            customer: Some(CustomerId(Uuid::from_u128(7020))),
            name: SafeText::new("Anna Curepipe"),
            until: NOW,
        };
        let before = model.clone();
        assert_eq!(update(&mut model, Msg::Answer(seq, Answer::Undoable(Some(anna)))), []);
        (before, model)
    }

    #[test]
    fn what_belongs_to_another_customer_is_taken_back_after_a_yes() {
        let (before, asked) = asked();
        for (width, height) in [(80, 24), (120, 40)] {
            insta::assert_snapshot!(format!("ask-{width}x{height}"), picture(&asked, width, height));
        }
        let mut yes = asked.clone();
        let seq = Seq(asked.seq + 1);
        assert_eq!(
            press(&mut yes, "Enter"),
            [Effect::Write(seq, Write::TakeBack { seq: 41, kind: "update".to_owned() })]
        );
        let mut after = before.clone();
        (after.seq, after.awaited.undone) = (seq.0, seq);
        assert_eq!(yes, after);
        let mut no = asked.clone();
        assert_eq!(press(&mut no, "Esc"), [Effect::KeepDrafts]);
        assert_eq!(no, Model { undo: asked.undo, ..before });
    }

    #[test]
    fn only_its_own_keys_act_and_the_choice_stays_in_the_list() {
        let mut before = card();
        let ask = AskBox::new("", "Which?", &["One of three."], &["one", "two", "three"]);
        before.stack.push(Screen::Ask(ask.clone()));
        for (keys, chosen) in [
            ("Down", 1),
            ("Tab j Down Down", 2),
            ("Down Down Up", 1),
            ("Down Shift+Tab k", 0),
            ("m 5 / q x y Space Right End PgDn", 0),
        ] {
            let mut model = before.clone();
            assert_eq!(press(&mut model, keys), [], "{keys}");
            assert_eq!(model.top(), &Screen::Ask(AskBox { chosen, ..ask.clone() }), "{keys}");
        }
    }

    #[test]
    fn which_texts_are_not_wanted() {
        let mut model = card();
        press(&mut model, "! Down");
        insta::assert_snapshot!("ask-which-80x24", picture(&model, 80, 24));
    }

    #[test]
    fn more_words_than_room_leave_the_choices_in_sight() {
        let mut model = card();
        let long = format!("{}\u{1b}[31m\u{202e}", "王小明 and whoever else is called so ".repeat(20));
        let lines = vec!["keys.mark-synced: no such action; did you mean \"mark-sync\"?"; 9];
        let ask = AskBox::new("", &long, &lines, &["Go on", &long, "Show them again"]);
        model.stack.push(Screen::Ask(ask));
        press(&mut model, "Down Down");
        for (width, height) in [(80, 24), (60, 16)] {
            insta::assert_snapshot!(format!("ask-long-{width}x{height}"), picture(&model, width, height));
        }
    }
}
