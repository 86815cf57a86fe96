//! Look up: the customer is found while the number is still being said. Every key asks again; only
//! the newest answer counts.

mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::card::CardScreen;
use super::{Page, Screen, Target};
use crate::domain::ids::CustomerId;
use crate::domain::shown::{Card, Entry, Found, Hit};
use crate::tui::key::Code;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::msg::{Answer, Read, Seq};
use crate::tui::view::Look;
use crate::tui::widgets::field::Field;
use crate::tui::widgets::list;

/// Rows a page key moves.
const PAGE: usize = 10;

/// The look-up line, what it found, and a preview of the chosen one.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    pub(crate) query: Field,
    pub(crate) typing: bool,
    /// The line is of the look-up before: the first letter begins another one.
    pub(crate) spent: bool,
    pub(crate) found: Found,
    pub(crate) chosen: usize,
    pub(crate) preview: Option<(Box<Card>, Vec<Entry>)>,
    waiting: Seq,
    waiting_card: Seq,
    waiting_entries: Seq,
    /// The answer for this query is on screen.
    pub(crate) settled: bool,
}

impl Lookup {
    pub fn new() -> Self {
        Self {
            query: Field::line(""),
            typing: true,
            spent: false,
            found: Found::default(),
            chosen: 0,
            preview: None,
            waiting: Seq::default(),
            waiting_card: Seq::default(),
            waiting_entries: Seq::default(),
            settled: false,
        }
    }

    /// Starts a look-up: the caret is in the line, with this text in place of what was there.
    pub fn start(&mut self, cx: &mut Cx<'_>, text: &str) {
        self.typing = true;
        self.spent = false;
        self.query.set(text);
        self.ask(cx);
    }

    pub(crate) fn hit(&self) -> Option<&Hit> {
        self.found.hits.get(self.chosen)
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        self.settled = false;
        self.waiting = cx.read(Read::Lookup(self.query.text().trim().to_owned()));
    }

    fn choose(&mut self, cx: &mut Cx<'_>, chosen: usize) {
        self.chosen = chosen;
        let known = self.preview.as_ref().map(|(card, _)| card.id);
        match self.hit().map(|hit| hit.id) {
            None => self.preview = None,
            Some(id) if Some(id) == known => {}
            Some(id) => self.look_at(cx, id),
        }
    }

    fn look_at(&mut self, cx: &mut Cx<'_>, id: CustomerId) {
        self.waiting_card = cx.read(Read::Card(id));
        self.waiting_entries = cx.read(Read::Timeline { of: id, before: None });
    }

    fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        match answer {
            Answer::Found(found) if seq == self.waiting => {
                let kept = self.hit().map(|hit| hit.id);
                self.found.clone_from(found);
                self.settled = true;
                let same = self.found.hits.iter().position(|hit| Some(hit.id) == kept);
                let chosen = if self.typing { 0 } else { same.unwrap_or(0) };
                self.choose(cx, chosen);
            }
            Answer::Card(card) if seq == self.waiting_card => {
                let entries = match self.preview.take() {
                    Some((old, entries)) if old.id == card.id => entries,
                    _ => Vec::new(),
                };
                self.preview = Some((card.clone(), entries));
            }
            Answer::Timeline(entries) if seq == self.waiting_entries => {
                if let Some((_, shown)) = &mut self.preview {
                    shown.clone_from(entries);
                }
            }
            _ => {}
        }
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::Open => {
                if let Some(hit) = self.hit() {
                    let known = self.preview.clone().filter(|(card, _)| card.id == hit.id);
                    let card = CardScreen::new(hit.id, known);
                    cx.open(Screen::Card(card));
                }
            }
            Action::Back if self.typing => self.typing = false,
            Action::Copy => {
                if let Some(hit) = self.hit() {
                    let value = hit.mobile.as_ref().or(hit.email.as_ref()).unwrap_or(&hit.policy);
                    super::copy(cx, value);
                }
            }
            // Up from the first row is the line above it.
            Action::Up if self.chosen == 0 && !self.typing => self.typing = true,
            action => {
                if let Some(chosen) = list::moved(self.chosen, self.found.hits.len(), PAGE, action) {
                    self.choose(cx, chosen);
                }
            }
        }
    }
}

impl Page for Lookup {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened => self.ask(cx),
            Event::Shown => {
                self.spent = !self.query.is_empty();
                self.ask(cx);
            }
            Event::Changed => {
                self.ask(cx);
                if let Some(id) = self.preview.as_ref().map(|(card, _)| card.id) {
                    self.look_at(cx, id);
                }
            }
            Event::Act(Action::Find) => {
                self.typing = true;
                self.spent = !self.query.is_empty();
            }
            Event::Act(action) => self.act(cx, action),
            Event::Type(key) => {
                let before = self.query.text().to_owned();
                let replaces = key.typed().is_some() || key.code == Code::Backspace;
                if std::mem::take(&mut self.spent) && replaces {
                    self.query.set("");
                }
                if self.query.key(key) && self.query.text() != before {
                    self.ask(cx);
                }
            }
            Event::Paste(text) => {
                if std::mem::take(&mut self.spent) {
                    self.query.set("");
                }
                self.query.insert(text);
                self.typing = true;
                self.ask(cx);
            }
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(..) | Event::Told(_) | Event::Leaving => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        if self.typing { &[Context::Search] } else { &[Context::Lists] }
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        view::title(look)
    }

    fn hint(&self, _look: &Look<'_>) -> Line<'static> {
        if self.typing && self.spent {
            return Line::raw(" Type to look up somebody else; Right goes on with this one.");
        }
        Line::raw(" any part of number, name, policy, e-mail   ..33 ends with   status:pending")
    }

    fn typing(&self) -> Option<Target> {
        self.typing.then(|| Target::new("SEARCH"))
    }
}

impl Default for Lookup {
    fn default() -> Self {
        Self::new()
    }
}

impl Lookup {
    /// The list alone, beside the card.
    pub fn draw_narrow(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
        view::draw_narrow(self, look, area, buffer);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::domain::ids::CustomerId;
    use crate::domain::role::Role;
    use crate::domain::shown::{Found, Hit, Other, Was};
    use crate::domain::text::SafeText;
    use crate::domain::time::Micros;
    use crate::tui::model::Model;
    use crate::tui::screens::Screen;
    use crate::tui::testing::{desk, picture, press};

    fn line(model: &Model) -> &str {
        match model.stack.first() {
            Some(Screen::Lookup(lookup)) => lookup.query.text(),
            _ => unreachable!("the look-up is never closed"),
        }
    }

    #[test]
    fn after_another_screen_or_a_slash_the_next_letter_begins_another_search() {
        for (keys, after) in [
            ("\"2333\" Ctrl+P \"outbox\" Enter Esc \"70\"", "70"),
            ("\"2333\" Ctrl+P \"outbox\" Enter Esc Backspace", ""),
            ("\"2333\" Ctrl+P \"outbox\" Enter Esc Right \"9\"", "23339"),
            ("\"2333\" Esc / \"70\"", "70"),
            ("\"2333\" Esc / Left Left \"0\"", "23033"),
            ("\"2333\" Esc 7", "7"),
            ("\"23\" \"33\"", "2333"),
        ] {
            let mut model = desk(Role::Agent);
            press(&mut model, keys);
            assert_eq!(line(&model), after, "{keys}");
        }
    }

    fn hit(name: &str, mobile: &str) -> Hit {
        Hit {
            id: CustomerId(Uuid::nil()),
            name: SafeText::new(name),
            policy: SafeText::new("LIB/C7013"),
            mobile: Some(SafeText::new(mobile)),
            email: None,
            payment: SafeText::new("pending"),
            due: SafeText::new("MUR 4,491.29"),
            was: None,
            other: None,
            meant: None,
        }
    }

    #[test]
    fn a_hit_shows_its_reason_where_the_line_does_not() {
        let was = Was { value: SafeText::new("+23057372333"), until: Micros::from_secs(1_740_900_000) };
        let other = |other: Other| Hit { other: Some(other), ..hit("Anna Curepipe", "+23057120001") };
        let hits = vec![
            hit("Kevin Anderson Curepipe", "+23057372333"),
            Hit { was: Some(was), ..hit("Anna Curepipe", "+23057120001") },
            other(Other::Number(SafeText::new("+2302102333"))),
            other(Other::Email(SafeText::new("a.2333@example.com"))),
            other(Other::Company(SafeText::new("Studio 2333"))),
            Hit { meant: Some(SafeText::new("curepipe")), ..hit("Jean-Marc Curepipe", "+23052333901") },
        ];
        let mut model = desk(Role::Agent);
        press(&mut model, "\"2333\"");
        let Some(Screen::Lookup(lookup)) = model.stack.first_mut() else { unreachable!("it is the first") };
        (lookup.found, lookup.settled) = (Found { hits, more: true, many: true, of: 1_000_000 }, true);
        insta::assert_snapshot!("reasons-80x24", picture(&model, 80, 24));
    }
}
