//! Two customers side by side: which value of each field is kept. Nothing happens before the question at
//! the end, and `u` takes it back.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::ask::AskBox;
use super::{Page, Screen};
use crate::domain::ids::CustomerId;
use crate::domain::merge::{Part, Side};
use crate::domain::role::{Action as Right, Decision, Object, can};
use crate::domain::shown::{Choice, Sides};
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::msg::{Answer, Read, Seq, Tone, Write};
use crate::tui::view::{Look, rule};
use crate::tui::widgets::{list, text};

/// Asks before anything is done.
const ASKED: &str = "merge";

/// Cells of the name of a field.
const LABEL: u16 = 15;

/// Rows below the fields: a line, then both values of the chosen one, whole.
const BELOW: u16 = 5;

/// Fields a page key moves.
const PAGE: usize = 5;

/// The one who is kept on the left, the one who goes on the right.
#[derive(Clone, Debug, PartialEq)]
pub struct MergeScreen {
    kept: CustomerId,
    gone: CustomerId,
    /// `None` until the first answer.
    sides: Option<Box<Sides>>,
    chosen: usize,
    waiting: Seq,
    saving: Option<Seq>,
}

impl MergeScreen {
    pub fn new(kept: CustomerId, gone: CustomerId) -> Self {
        Self { kept, gone, sides: None, chosen: 0, waiting: Seq::default(), saving: None }
    }

    fn choices(&self) -> &[Choice] {
        self.sides.as_ref().map_or(&[], |sides| &sides.choices)
    }

    fn take(&mut self, gone: bool) {
        let choices = self.sides.as_mut().map(|sides| &mut sides.choices);
        if let Some(choice) = choices.and_then(|choices| choices.get_mut(self.chosen)) {
            choice.gone = gone;
        }
    }

    /// The newest values; what was chosen already stays so.
    fn refresh(&mut self, sides: &Sides) {
        let mut sides = sides.clone();
        for choice in &mut sides.choices {
            let before = self.choices().iter().find(|before| before.field == choice.field);
            choice.gone = before.map_or(choice.gone, |before| before.gone);
        }
        self.chosen = self.chosen.min(sides.choices.len().saturating_sub(1));
        self.sides = Some(Box::new(sides));
    }

    fn ask(&self, cx: &mut Cx<'_>) {
        let Some(sides) = &self.sides else { return };
        if let Decision::Deny(why) = can(cx.me, Right::MergeCustomers, Object::Any) {
            return cx.say(Tone::Bad, text::sentence(why));
        }
        if self.saving.is_some() {
            return cx.say(Tone::Note, "One moment: it is being saved.");
        }
        let taken: Vec<&str> =
            sides.choices.iter().filter(|choice| choice.gone).map(|choice| label(&choice.field)).collect();
        let taken = match taken.as_slice() {
            [] => "Every field stays as the one on the left has it.".to_owned(),
            some => format!("Taken from the right: {}.", some.join(", ")),
        };
        let lines = [
            format!("{} is from then on found as {}.", sides.gone_name, sides.kept_name),
            taken,
            "Notes, texts, numbers and tags of both come together. u takes it back.".to_owned(),
        ];
        let ask = AskBox::new(ASKED, "Make these two one customer?", &lines, &["Merge them"]);
        cx.open(Screen::Ask(ask));
    }

    fn merge(&mut self, cx: &mut Cx<'_>) {
        let side = |gone| if gone { Side::Gone } else { Side::Kept };
        let takes =
            self.choices().iter().filter_map(|choice| Some((Part::parse(&choice.field)?, side(choice.gone))));
        let takes = takes.collect();
        self.saving = Some(cx.write(Write::Merge { kept: self.kept, gone: self.gone, takes }));
    }
}

/// A field as people call it.
fn label(field: &str) -> &str {
    match Part::parse(field) {
        Some(Part::Email) => "e-mail",
        Some(Part::Policy) => "policy",
        Some(Part::Due) => "amount due",
        Some(Part::Preferred) => "how and when",
        Some(Part::Custom) => "own fields",
        _ => field,
    }
}

fn value(look: &Look<'_>, field: &str, text: &SafeText) -> SafeText {
    if field == Part::Mobile.as_str() { look.phone(text) } else { text.clone() }
}

impl Page for MergeScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened | Event::Shown | Event::Changed if self.saving.is_none() => {
                self.waiting = cx.read(Read::Sides { kept: self.kept, gone: self.gone });
            }
            Event::Answer(seq, Answer::Sides(sides)) if seq == self.waiting => self.refresh(sides),
            Event::Answer(seq, Answer::Saved) if Some(seq) == self.saving => {
                cx.say(Tone::Good, "They are one customer now. u takes it back.");
                // And the list that led here.
                cx.close();
                cx.close();
            }
            Event::Failed(seq, failure) if Some(seq) == self.saving => {
                self.saving = None;
                cx.say(Tone::Bad, failure.why.clone());
            }
            Event::Failed(seq, failure) if seq == self.waiting && !failure.stale => {
                cx.say(Tone::Bad, failure.why.clone());
            }
            Event::Told(Told::Chosen(ASKED, _)) => self.merge(cx),
            Event::Act(Action::Back) => cx.close(),
            Event::Act(Action::TakeLeft) => self.take(false),
            Event::Act(Action::TakeRight) => self.take(true),
            Event::Act(Action::Save) => self.ask(cx),
            Event::Act(Action::Take) if self.chosen + 1 >= self.choices().len() => self.ask(cx),
            Event::Act(Action::Take) => self.chosen += 1,
            Event::Act(action) => {
                if let Some(chosen) = list::moved(self.chosen, self.choices().len(), PAGE, action) {
                    self.chosen = chosen;
                }
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let sides = self.sides.as_ref()?;
        let column = (area.width - LABEL) / 2;
        let (left, right) = (area.x + LABEL, area.x + LABEL + column);
        let cells = usize::from(column).saturating_sub(3);
        for (x, lead, name) in [(left, "keep: ", &sides.kept_name), (right, "goes: ", &sides.gone_name)] {
            let name = format!("{lead}{}", name.cut((cells + 2).saturating_sub(lead.len())));
            buffer.set_stringn(x, area.y, name, usize::from(column), look.theme.strong());
        }
        if sides.choices.is_empty() {
            let words = " They differ in nothing that has to be chosen.";
            buffer.set_stringn(area.x, area.y + 1, words, usize::from(area.width), look.theme.faint());
        }
        let rows = area.height.saturating_sub(1 + BELOW);
        let window = list::window(self.chosen, usize::from(rows), sides.choices.len());
        let mut cursor = None;
        for ((at, choice), y) in
            sides.choices.iter().enumerate().skip(window.start).zip(area.y + 1..area.y + 1 + rows)
        {
            let row = Rect { y, height: 1, ..area };
            if at == self.chosen {
                buffer.set_style(row, look.theme.chosen());
                cursor = Some(row.as_position());
            }
            let sign = if at == self.chosen { ">" } else { " " };
            let name = format!("{sign} {}", label(&choice.field));
            buffer.set_stringn(area.x, y, name, usize::from(LABEL), Style::new());
            for (x, text, taken) in [(left, &choice.left, !choice.gone), (right, &choice.right, choice.gone)]
            {
                let shown = value(look, &choice.field, text);
                let shown = if shown.as_str().is_empty() { SafeText::new("-") } else { shown };
                let (sign, style) =
                    if taken { ("*", look.theme.strong()) } else { (" ", look.theme.faint()) };
                let words = format!("{sign} {}", shown.cut(cells));
                buffer.set_stringn(x, y, words, usize::from(column), style);
            }
        }
        let below = Rect { y: area.bottom().saturating_sub(BELOW), height: BELOW, ..area };
        rule(Rect { height: 1, ..below }, buffer);
        if let Some(choice) = sides.choices.get(self.chosen) {
            let width = usize::from(area.width).saturating_sub(9);
            let mut y = below.y + 1;
            for (name, text) in [("left", &choice.left), ("right", &choice.right)] {
                let whole = value(look, &choice.field, text);
                for (row, lead) in text::wrap(whole.as_str(), width).iter().take(2).zip([name, ""]) {
                    let line = format!("  {lead:<6} {row}");
                    buffer.set_stringn(area.x, y, line, usize::from(area.width), Style::new());
                    y += 1;
                }
            }
        }
        cursor
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Merge]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        Line::styled("Are these two one customer?", look.theme.strong())
    }

    fn hint(&self, _look: &Look<'_>) -> Line<'static> {
        Line::raw(" * is taken; notes, texts, numbers and tags of both come together")
    }

    fn customer(&self) -> Option<CustomerId> {
        Some(self.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::Role;
    use crate::tui::model::Model;
    use crate::tui::msg::{Effect, Failure, Msg};
    use crate::tui::screens::card::tests::card;
    use crate::tui::screens::duplicates::tests::{opened as listed, twin};
    use crate::tui::testing::{actor, picture, press};
    use crate::tui::update::update;

    fn choice(field: &str, left: &str, right: &str, gone: bool) -> Choice {
        Choice { field: field.to_owned(), left: SafeText::new(left), right: SafeText::new(right), gone }
    }

    fn sides() -> Sides {
        Sides {
            kept: card().id,
            gone: twin().id,
            kept_name: SafeText::new("Kevin Anderson Curepipe"),
            gone_name: SafeText::new("Kevin Curepipe"),
            choices: vec![
                choice("name", "Kevin Anderson Curepipe", "Kevin Curepipe", false),
                choice("mobile", "+23057372333", "+23058440010", false),
                choice("email", "v.khanna@example.com", "", false),
                choice("company", "", "Curepipe Motors and Sons (Holdings) Ltd", true),
                choice(
                    "address",
                    "",
                    "12 Royal Road, Curepipe, Plaines Wilhems, 74104, Mauritius, behind the market",
                    true,
                ),
                choice("custom", "plate: 1234 JN 20", "plate: 77 AB 1; colour: red \u{1b}[31m", false),
            ],
        }
    }

    fn opened(role: Role) -> Model {
        let mut model = listed();
        model.me = actor(role);
        let effects = press(&mut model, "Enter");
        let [Effect::Read(seq, read)] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!(*read, Read::Sides { kept: card().id, gone: twin().id });
        update(&mut model, Msg::Answer(*seq, Answer::Sides(Box::new(sides()))));
        model
    }

    fn last(model: &Model) -> Option<&str> {
        model.log.last().map(|toast| toast.text.as_str())
    }

    #[test]
    fn two_customers_in_pictures() {
        let mut model = opened(Role::Supervisor);
        press(&mut model, "Right Enter Enter Enter Enter");
        for (width, height) in [(80, 24), (120, 40), (60, 20)] {
            insta::assert_snapshot!(format!("merge-{width}x{height}"), picture(&model, width, height));
        }
        press(&mut model, "Ctrl+S");
        insta::assert_snapshot!("merge-asked-80x24", picture(&model, 80, 24));
        let mut same = opened(Role::Supervisor);
        let Some(Effect::Read(seq, _)) = update(&mut same, Msg::Changed).pop() else { panic!() };
        let equal = Sides { choices: Vec::new(), ..sides() };
        update(&mut same, Msg::Answer(seq, Answer::Sides(Box::new(equal))));
        insta::assert_snapshot!("merge-equal-80x24", picture(&same, 80, 24));
    }

    #[test]
    fn what_is_chosen_is_merged_after_the_question() {
        let mut model = opened(Role::Supervisor);
        assert_eq!(press(&mut model, "Right Down Right Left End Right Up Left Home"), []);
        assert_eq!(press(&mut model, "F2 Esc"), [Effect::KeepDrafts], "a no to the question does nothing");
        let effects = press(&mut model, "Ctrl+S Enter");
        let (kept, gone) = (Side::Kept, Side::Gone);
        let takes = vec![
            (Part::Name, gone),
            (Part::Mobile, kept),
            (Part::Email, kept),
            (Part::Company, gone),
            (Part::Address, kept),
            (Part::Custom, gone),
        ];
        let [Effect::Write(seq, write)] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!(*write, Write::Merge { kept: card().id, gone: twin().id, takes });
        assert_eq!(press(&mut model, "Ctrl+S"), [], "once");
        update(&mut model, Msg::Answer(*seq, Answer::Saved));
        assert!(matches!(model.top(), Screen::Card(_)));
        assert_eq!(last(&model), Some("They are one customer now. u takes it back."));
    }

    #[test]
    fn enter_walks_through_the_fields_to_the_question() {
        let mut model = opened(Role::Admin);
        press(&mut model, "Enter Enter Enter Enter Enter");
        assert!(matches!(model.top(), Screen::Merge(_)));
        press(&mut model, "Enter");
        assert!(matches!(model.top(), Screen::Ask(_)));
    }

    #[test]
    fn an_agent_compares_and_does_not_merge() {
        let mut model = opened(Role::Agent);
        assert_eq!(press(&mut model, "Ctrl+S"), []);
        let why = "A supervisor or an admin merges customers: tell them which two are one.";
        assert_eq!((last(&model), matches!(model.top(), Screen::Merge(_))), (Some(why), true));
    }

    /// Somebody changes a value meanwhile: it is seen, and what was chosen stays chosen.
    #[test]
    fn choices_outlive_a_change() {
        let mut model = opened(Role::Supervisor);
        press(&mut model, "Right Down");
        let Some(Effect::Read(seq, Read::Sides { .. })) = update(&mut model, Msg::Changed).pop() else {
            panic!()
        };
        let mut newer = sides();
        newer.choices[0].left = SafeText::new("Kevin A. Curepipe");
        newer.choices.truncate(1);
        update(&mut model, Msg::Answer(seq, Answer::Sides(Box::new(newer.clone()))));
        newer.choices[0].gone = true;
        let Screen::Merge(screen) = model.top() else { panic!() };
        assert_eq!((screen.sides.as_deref(), screen.chosen), (Some(&newer), 0));
    }

    #[test]
    fn what_fails_is_said_and_can_be_tried_again() {
        let mut model = opened(Role::Supervisor);
        let effects = press(&mut model, "Ctrl+S Enter");
        let [Effect::Write(seq, _)] = effects.as_slice() else { panic!("{effects:?}") };
        let why = "These two are one customer already.".to_owned();
        let failure = Failure { why: why.clone(), field: None, blocked: false, stale: false };
        update(&mut model, Msg::Failed(*seq, failure));
        assert_eq!(last(&model), Some(why.as_str()));
        assert!(matches!(press(&mut model, "Ctrl+S Enter").as_slice(), [Effect::Write(..)]));
    }
}
