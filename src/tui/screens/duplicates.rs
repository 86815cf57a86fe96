//! Who looks like a customer, and why: the likely ones first, then families on one number.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::merge::MergeScreen;
use super::{Page, Screen};
use crate::domain::ids::CustomerId;
use crate::domain::shown::Duplicate;
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::msg::{Answer, Read, Seq, Tone};
use crate::tui::view::Look;
use crate::tui::widgets::{list, text};

/// Rows of one line of the list: who, and why.
const HEIGHT: u16 = 2;

/// Lines a page key moves.
const PAGE: usize = 5;

/// The list for one customer.
#[derive(Clone, Debug, PartialEq)]
pub struct DuplicatesScreen {
    of: CustomerId,
    name: SafeText,
    /// `None` until the first answer.
    found: Option<Vec<Duplicate>>,
    chosen: usize,
    waiting: Seq,
}

impl DuplicatesScreen {
    /// What the card knew already is shown at once.
    pub fn new(of: CustomerId, name: SafeText, found: Option<Vec<Duplicate>>) -> Self {
        Self { of, name, found, chosen: 0, waiting: Seq::default() }
    }

    fn listed(&self) -> &[Duplicate] {
        self.found.as_deref().unwrap_or_default()
    }
}

impl Page for DuplicatesScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened | Event::Shown | Event::Changed => {
                self.waiting = cx.read(Read::Duplicates(self.of))
            }
            Event::Answer(seq, Answer::Duplicates(found)) if seq == self.waiting => {
                self.chosen = self.chosen.min(found.len().saturating_sub(1));
                self.found = Some(found.clone());
            }
            Event::Failed(seq, failure) if seq == self.waiting && !failure.stale => {
                cx.say(Tone::Bad, failure.why.clone());
            }
            Event::Act(Action::Back) => cx.close(),
            Event::Act(Action::Open) => {
                if let Some(other) = self.listed().get(self.chosen) {
                    let sides = MergeScreen::new(self.of, other.id);
                    cx.open(Screen::Merge(sides));
                }
            }
            Event::Act(Action::Copy) => {
                if let Some(other) = self.listed().get(self.chosen) {
                    super::copy(
                        cx,
                        if other.policy.as_str().is_empty() { &other.name } else { &other.policy },
                    );
                }
            }
            Event::Act(action) => {
                if let Some(chosen) = list::moved(self.chosen, self.listed().len(), PAGE, action) {
                    self.chosen = chosen;
                }
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let width = usize::from(area.width);
        if self.found.as_ref().is_some_and(Vec::is_empty) {
            buffer.set_stringn(area.x, area.y, " Nobody looks like this one.", width, look.theme.faint());
        }
        let window = list::window(self.chosen, usize::from(area.height / HEIGHT), self.listed().len());
        let mut cursor = None;
        let mut y = area.y;
        for (at, other) in self.listed().iter().enumerate().skip(window.start).take(window.len()) {
            let mobile = other.mobile.as_ref().map(|mobile| look.phone(mobile)).unwrap_or_default();
            let who = format!(
                "  {} {} {} {}",
                text::pad(&other.name, 28),
                text::pad(&other.policy, 12),
                text::pad(&mobile, 15),
                other.city.cut(16)
            );
            let row = Rect { y, height: 1, ..area };
            buffer.set_stringn(area.x, y, who, width, Style::new());
            let (sign, style) =
                if other.likely { ("LIKELY", look.theme.warn()) } else { ("OTHER ", look.theme.faint()) };
            buffer.set_stringn(area.x, y + 1, format!("    {sign}  {}", other.reason), width, style);
            if at == self.chosen {
                buffer.set_string(area.x, y, ">", look.theme.strong());
                buffer.set_style(row, look.theme.chosen());
                cursor = Some(row.as_position());
            }
            y += HEIGHT;
        }
        cursor
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Lists]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        Line::styled(format!("Who looks like {}", self.name.cut(50)), look.theme.strong())
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        if self.listed().is_empty() {
            return Line::default();
        }
        Line::raw(format!(" {} puts them side by side", look.key(&[Context::Lists], Action::Open)))
    }

    fn customer(&self) -> Option<CustomerId> {
        Some(self.of)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::tui::model::Model;
    use crate::tui::msg::{Effect, Failure, Msg};
    use crate::tui::screens::card::tests::{card, opened as on_card};
    use crate::tui::testing::{picture, press};
    use crate::tui::update::update;

    pub fn twin() -> Duplicate {
        Duplicate {
            id: CustomerId(Uuid::from_u128(8013)),
            name: SafeText::new("Kevin Curepipe"),
            policy: SafeText::new("LIB/C8013"),
            mobile: Some(SafeText::new("+23057372333")),
            city: SafeText::new("Curepipe"),
            reason: "same mobile, one name is part of the other".to_owned(),
            likely: true,
        }
    }

    fn found() -> Vec<Duplicate> {
        let near = Duplicate {
            id: CustomerId(Uuid::from_u128(8014)),
            name: SafeText::new("Kevin Andersen Curepipe \u{1b}[31m with a very long name"),
            policy: SafeText::default(),
            mobile: None,
            reason: "name one letter apart, same city".to_owned(),
            ..twin()
        };
        let wife = Duplicate {
            id: CustomerId(Uuid::from_u128(8015)),
            name: SafeText::new("Anna Curepipe"),
            reason: "same mobile, other name".to_owned(),
            likely: false,
            ..twin()
        };
        vec![twin(), near, wife]
    }

    /// The list over Kevin's card, asked for by `d`.
    pub fn opened() -> Model {
        let mut model = on_card();
        let effects = press(&mut model, "d");
        let [Effect::Read(seq, Read::Duplicates(id))] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!(*id, card().id);
        update(&mut model, Msg::Answer(*seq, Answer::Duplicates(found())));
        model
    }

    #[test]
    fn each_with_its_reason_and_families_apart() {
        let mut model = opened();
        press(&mut model, "j");
        for (width, height) in [(80, 24), (120, 40), (60, 20)] {
            insta::assert_snapshot!(format!("duplicates-{width}x{height}"), picture(&model, width, height));
        }
    }

    #[test]
    fn nobody_is_said_and_opens_nothing() {
        let mut model = opened();
        let Effect::Read(seq, _) = update(&mut model, Msg::Changed).remove(1) else { panic!() };
        update(&mut model, Msg::Answer(Seq(0), Answer::Duplicates(found())));
        update(&mut model, Msg::Answer(seq, Answer::Duplicates(Vec::new())));
        insta::assert_snapshot!("duplicates-none-80x24", picture(&model, 80, 24));
        let depth = model.stack.len();
        assert_eq!(press(&mut model, "Enter y End"), []);
        assert_eq!(model.stack.len(), depth);
        press(&mut model, "Esc");
        assert!(matches!(model.top(), Screen::Card(_)));
    }

    #[test]
    fn a_failure_is_said() {
        let mut model = opened();
        let Effect::Read(seq, _) = update(&mut model, Msg::Changed).remove(1) else { panic!() };
        let why = "The disk cannot be read.".to_owned();
        update(
            &mut model,
            Msg::Failed(seq, Failure { why: why.clone(), field: None, blocked: false, stale: false }),
        );
        assert_eq!(model.log.last().map(|toast| toast.text.clone()), Some(why));
    }
}
