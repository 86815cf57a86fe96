//! A note about a customer. It stays here: there is no key that sends one, and once saved it is never
//! changed.

#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::kept::FRESH;
use super::{Kind, Page, Target};
use crate::domain::ids::CustomerId;
use crate::domain::shown::{Card, Draft, DraftOf};
use crate::domain::text::{Body, SafeText};
use crate::domain::time::Micros;
use crate::tui::key::Key;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::msg::{Answer, Effect, Failure, Read, Seq, Tone, Write};
use crate::tui::view::{Look, rule_titled};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::text;

const TITLE: &str = "Note (stays here)";

/// With fewer rows there is no room to write: the contact above gives some.
const ROWS: u16 = 4;

/// A note being written.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteScreen {
    customer: CustomerId,
    /// For the title; `None` until the first answer.
    card: Option<Box<Card>>,
    field: Field,
    /// The save under way, and the note as it was handed over.
    saving: Option<(Seq, Body)>,
    refused: Option<String>,
    /// Typed before and not put in.
    offered: Option<(Micros, Body)>,
    waiting: Seq,
}

impl NoteScreen {
    pub fn new(customer: CustomerId) -> Self {
        Self {
            customer,
            card: None,
            field: Field::block(""),
            saving: None,
            refused: None,
            offered: None,
            waiting: Seq::default(),
        }
    }

    fn changed(&mut self, cx: &mut Cx<'_>) {
        self.refused = None;
        let blank = self.field.text().trim().is_empty();
        let body = Body(if blank { String::new() } else { self.field.text().to_owned() });
        cx.effect(Effect::Draft { customer: Some(self.customer), of: DraftOf::Note, body });
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::NewLine => {
                self.paste(cx, "\n");
            }
            Action::Save => self.save(cx),
            Action::TakeDraft => self.take_offered(cx),
            Action::Back => self.back(cx),
            _ => {}
        }
    }

    fn key(&mut self, cx: &mut Cx<'_>, key: Key) {
        if cx.edit(&mut self.field, key) {
            self.changed(cx);
        }
    }

    fn paste(&mut self, cx: &mut Cx<'_>, text: &str) {
        if cx.paste(&mut self.field, text) {
            self.changed(cx);
        }
    }

    fn save(&mut self, cx: &mut Cx<'_>) {
        if self.saving.is_some() {
            return;
        }
        if self.field.text().trim().is_empty() {
            cx.say(Tone::Note, "There is nothing in it to save.");
            return;
        }
        self.refused = None;
        let body = Body(self.field.text().to_owned());
        let seq = cx.write(Write::Note { customer: self.customer, body: body.clone() });
        self.saving = Some((seq, body));
    }

    fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        match answer {
            Answer::Card(card) if card.id == self.customer => self.card = Some(card.clone()),
            Answer::Draft(draft) if seq == self.waiting => self.offer(cx, draft.as_ref()),
            Answer::Saved => {
                if let Some((_, body)) = self.saving.take_if(|(waited, _)| *waited == seq) {
                    self.saved(cx, &body);
                }
            }
            _ => {}
        }
    }

    /// What was typed while it was saved stays, and only that.
    fn saved(&mut self, cx: &mut Cx<'_>, body: &Body) {
        if self.field.text() == body.as_str() {
            self.field.set("");
            self.changed(cx);
            cx.say(Tone::Good, "Note saved.");
            cx.close();
            return;
        }
        if let Some(rest) = self.field.text().strip_prefix(body.as_str()) {
            let rest = rest.to_owned();
            self.field.set(&rest);
            self.changed(cx);
        }
        cx.say(Tone::Good, "Note saved as it was. What you typed since is not saved yet.");
    }

    fn failed(&mut self, seq: Seq, failure: &Failure) {
        if self.saving.take_if(|(waited, _)| *waited == seq).is_some() {
            self.refused = Some(failure.why.clone());
        }
    }

    fn offer(&mut self, cx: &mut Cx<'_>, draft: Option<&Draft>) {
        let Some(draft) = draft.filter(|draft| !draft.body.trim().is_empty()) else { return };
        if self.field.is_empty() && cx.now.since(draft.at).as_secs() < FRESH {
            self.field.set(&draft.body);
            let when = text::stamp(draft.at, cx.now, cx.offset);
            cx.say(Tone::Note, format!("What you typed at {when} is back. Esc, then :discard drops it."));
        } else {
            self.offered = Some((draft.at, Body(draft.body.clone())));
        }
    }

    /// In place of what is typed now, which is offered in turn.
    fn take_offered(&mut self, cx: &mut Cx<'_>) {
        let Some((_, kept)) = self.offered.take() else {
            cx.say(Tone::Note, "There is nothing else that you typed for this customer.");
            return;
        };
        let now = Body(self.field.text().to_owned());
        self.offered = (!now.as_str().trim().is_empty()).then_some((cx.now, now));
        self.field.set(kept.as_str());
        self.changed(cx);
    }

    fn back(&self, cx: &mut Cx<'_>) {
        if self.saving.is_some() {
            cx.say(Tone::Note, "It is being saved and closes by itself.");
            return;
        }
        if !self.field.text().trim().is_empty() {
            let key = cx.settings.keymap.key(&[Context::Customer], Action::Note);
            let key = key.map(|key| format!(" {key} goes on with it.")).unwrap_or_default();
            cx.say(Tone::Note, format!("Nothing saved. What you typed is kept.{key}"));
        }
        cx.close();
    }
}

impl Page for NoteScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened => {
                cx.effect(Effect::Doing(Some(self.customer), "noting"));
                cx.read(Read::Card(self.customer));
                self.waiting = cx.read(Read::Draft { customer: Some(self.customer), of: DraftOf::Note });
            }
            Event::Shown => cx.effect(Effect::Doing(Some(self.customer), "noting")),
            Event::Act(action) => self.act(cx, action),
            Event::Type(key) => self.key(cx, key),
            Event::Paste(text) => self.paste(cx, text),
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(seq, failure) => self.failed(seq, failure),
            Event::Changed | Event::Told(_) | Event::Leaving => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let height = area.height.max(ROWS.min(area.bottom().saturating_sub(buffer.area.y)));
        let area = Rect { y: area.bottom() - height, height, ..area };
        for y in area.y..area.bottom() {
            for x in area.x..area.right() {
                buffer[(x, y)].reset();
            }
        }
        rule_titled(TITLE, Rect { height: 1, ..area }, buffer, look.theme.strong());
        let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        buffer.set_stringn(below.x, below.y, " >", usize::from(below.width), look.theme.strong());
        let field = Rect { x: below.x + 3, width: below.width.saturating_sub(4), ..below };
        self.field.draw(field, buffer, Style::new())
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Note]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        match &self.card {
            Some(card) => super::card::title_of(Some(card), look),
            None => Line::styled(TITLE, look.theme.strong()),
        }
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        if self.saving.is_some() {
            return Line::styled(" Saving ..", look.theme.accent());
        }
        if let Some(why) = &self.refused {
            return Line::styled(format!(" Not saved: {}", SafeText::new(why)), look.theme.bad());
        }
        if let Some((at, _)) = &self.offered {
            let key = look.key(&[Context::Note], Action::TakeDraft);
            let kept = format!(" Kept from {}: {key} takes it. Nothing saved yet.", look.stamp(*at));
            return Line::styled(kept, look.theme.accent());
        }
        Line::raw(" Nothing saved yet. A note stays here and is never changed.")
    }

    fn kind(&self) -> Kind {
        Kind::Part
    }

    fn typing(&self) -> Option<Target> {
        Some(Target::new("NOTE (stays here)"))
    }

    fn customer(&self) -> Option<CustomerId> {
        Some(self.customer)
    }
}
