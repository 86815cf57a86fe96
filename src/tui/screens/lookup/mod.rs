//! Look up: the customer is found while the number is still being said. Every key asks again; only
//! the newest answer counts.

#[cfg(test)]
pub(super) mod tests;
mod view;

pub use view::{hit_line, mark};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::card::CardScreen;
use super::{Page, Screen, Target};
use crate::domain::ids::CustomerId;
use crate::domain::search::{offered, taken};
use crate::domain::shown::{Card, Entry, Found, Hit};
use crate::tui::key::{Code, Key};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::msg::{Answer, Read, Seq};
use crate::tui::view::Look;
use crate::tui::widgets::field::Field;
use crate::tui::widgets::list;

/// Cells of the hint: more would push the keys away.
const HINT: usize = 78;

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
    /// What is on screen was found for another query, or nothing was yet.
    pub(crate) outdated: bool,
    /// Enter came before the answer: its first hit is the one that was meant.
    opening: bool,
    /// Of a caller, over what was on screen when the call came: Esc leads back there.
    over: bool,
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
            outdated: true,
            opening: false,
            over: false,
        }
    }

    /// The look-up of a caller's number, to be opened over another screen.
    pub fn of_caller(number: &str) -> Self {
        let mut query = Field::line("");
        query.set(number);
        Self { query, over: true, ..Self::new() }
    }

    /// Starts a look-up: the caret is in the line, with this text in place of what was there.
    pub fn start(&mut self, cx: &mut Cx<'_>, text: &str) {
        self.typing = true;
        self.spent = false;
        self.query.set(text);
        self.search(cx);
    }

    /// What is looked up, unless it is the line of the look-up before.
    pub(crate) fn asked(&self) -> &str {
        if self.spent { "" } else { self.query.text() }
    }

    pub(crate) fn hit(&self) -> Option<&Hit> {
        self.found.hits.get(self.chosen)
    }

    /// Asks for another query.
    fn search(&mut self, cx: &mut Cx<'_>) {
        self.outdated = true;
        self.opening = false;
        self.ask(cx);
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
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
                let same = self.found.hits.iter().position(|hit| Some(hit.id) == kept);
                let chosen = if std::mem::take(&mut self.outdated) { 0 } else { same.unwrap_or(0) };
                self.choose(cx, chosen);
                if std::mem::take(&mut self.opening) {
                    self.open(cx);
                }
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

    /// Filters that the word under the caret may become.
    fn offers(&self) -> Vec<String> {
        let may_go_on = self.typing && !self.spent && self.query.at_end();
        if may_go_on { offered(self.query.text()) } else { Vec::new() }
    }

    /// Right: takes the first filter that is offered, moves elsewhere.
    fn forward(&mut self, cx: &mut Cx<'_>) {
        match self.offers().first() {
            Some(filter) => {
                let line = taken(self.query.text(), filter);
                self.query.set(&line);
                self.search(cx);
            }
            None => {
                self.query.key(Key::plain(Code::Right));
                self.spent = false;
            }
        }
    }

    fn open(&self, cx: &mut Cx<'_>) {
        if let Some(hit) = self.hit() {
            let known = self.preview.clone().filter(|(card, _)| card.id == hit.id);
            let card = CardScreen::new(hit.id, known);
            cx.open(Screen::Card(card));
        }
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        self.opening = action == Action::Open && self.outdated;
        match action {
            Action::Open if self.outdated => {}
            Action::Open => self.open(cx),
            Action::Back if self.over => cx.close(),
            Action::Back if self.typing => self.typing = false,
            Action::TakeSuggestion if self.typing => self.forward(cx),
            Action::Copy => {
                if let Some(hit) = self.hit() {
                    super::copy(cx, hit.contact());
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
                // The answer under way is new enough: asked again, it would begin anew.
                if !self.outdated {
                    self.ask(cx);
                }
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
                let replaces = key.typed().is_some() || key.code == Code::Backspace;
                if std::mem::take(&mut self.spent) && replaces {
                    self.query.set("");
                }
                if cx.edit(&mut self.query, key) {
                    self.search(cx);
                }
            }
            Event::Paste(text) => {
                if std::mem::take(&mut self.spent) {
                    self.query.set("");
                }
                cx.paste(&mut self.query, text);
                self.typing = true;
                self.search(cx);
            }
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(..) | Event::Told(_) | Event::Leaving => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Search]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        view::title(look)
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        if self.typing && self.spent {
            return Line::raw(" Type to look up somebody else; Right goes on with this one.");
        }
        if let Some((first, others)) = self.offers().split_first() {
            let key = look.key(&[Context::Search], Action::TakeSuggestion);
            let mut hint = format!(" {key} takes {first}");
            for filter in others {
                if hint.len() + 3 + filter.len() > HINT {
                    break;
                }
                hint.extend(["   ", filter.as_str()]);
            }
            return Line::raw(hint);
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
