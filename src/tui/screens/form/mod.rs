//! Update contact: a new mobile, a new e-mail or both, with the reason (NIC-30 to 51). What is typed
//! is checked while it is typed; "saved" is said when it is on disk and not before.

mod check;
#[cfg(test)]
pub(super) mod tests;
mod typed;
mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use self::check::At;
use self::typed::Typed;
use super::kept::{self, Typed as _};
use super::{Kind, Page, Target};
use crate::domain::consent::Purpose;
use crate::domain::ids::CustomerId;
use crate::domain::shown::{Card, Draft, DraftOf, Presence};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::{Field, NewUpdate, Reason};
use crate::tui::command::seen;
use crate::tui::key::{Code, Key};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::msg::{Answer, Asked, Effect, Failure, Read, Seq, Tone, Write};
use crate::tui::view::Look;
use crate::tui::widgets::field;

/// The form of one customer.
#[derive(Clone, Debug, PartialEq)]
pub struct FormScreen {
    card: Box<Card>,
    /// The field it was opened for.
    on: Field,
    at: At,
    mobile: field::Field,
    email: field::Field,
    notes: field::Field,
    /// Chosen by hand.
    reason: Option<Reason>,
    texting: Option<bool>,
    stage: Stage,
    /// What the store refused, beside its place, if it is about one.
    refused: Option<(Option<At>, String)>,
    /// Enter or save was tried: what is missing is named too.
    tried: bool,
    spelled: bool,
    /// The values that were read back.
    read: Vec<(Field, String)>,
    /// How a caller may be identified, whether it must be said, and what was.
    ways: Vec<String>,
    must_verify: bool,
    verified: Option<String>,
    /// Who else has this customer open.
    others: Vec<Presence>,
    waiting_others: Seq,
    /// What was on file before somebody changed it under this form, and whether that was seen.
    meanwhile: Vec<(Field, Option<SafeText>)>,
    seen_meanwhile: bool,
    /// Typed before and not put in.
    offered: Option<(Micros, Typed)>,
    waiting: Seq,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Editing,
    /// A no to texts is on its way to the disk; the update follows, so that no text slips in between.
    Refusing(Seq, Box<NewUpdate>, Box<Typed>),
    /// As typed when it was handed over.
    Saving(Seq, Box<Typed>),
}

impl FormScreen {
    pub fn new(card: &Card, on: Field, others: &[Presence]) -> Self {
        Self {
            card: Box::new(card.clone()),
            on,
            at: At::of(on),
            mobile: field::Field::line(""),
            email: field::Field::line(""),
            notes: field::Field::line(""),
            reason: None,
            texting: None,
            stage: Stage::Editing,
            refused: None,
            tried: false,
            spelled: false,
            read: Vec::new(),
            ways: Vec::new(),
            must_verify: false,
            verified: None,
            others: others.to_vec(),
            waiting_others: Seq::default(),
            meanwhile: Vec::new(),
            seen_meanwhile: true,
            offered: None,
            waiting: Seq::default(),
        }
    }

    fn typed(&self) -> Typed {
        Typed {
            mobile: self.mobile.text().to_owned(),
            email: self.email.text().to_owned(),
            reason: self.reason.map(|reason| reason.as_str().to_owned()),
            notes: self.notes.text().to_owned(),
            texting: self.texting,
            verified: self.verified.clone(),
        }
    }

    fn put_in(&mut self, typed: &Typed) {
        self.mobile.set(&typed.mobile);
        self.email.set(&typed.email);
        self.notes.set(&typed.notes);
        self.reason = typed.reason();
        self.texting = typed.texting;
        self.verified.clone_from(&typed.verified);
        self.settle();
    }

    /// The caret never stands where nothing is asked any more.
    fn settle(&mut self) {
        if !self.places().contains(&self.at) {
            self.at = At::Reason;
        }
    }

    /// The draft follows every change.
    fn changed(&mut self, cx: &mut Cx<'_>) {
        if self.refused.as_ref().is_some_and(|(at, _)| at.is_none_or(|at| at == self.at)) {
            self.refused = None;
        }
        self.settle();
        self.draft(cx, &self.typed());
    }

    fn draft(&self, cx: &mut Cx<'_>, typed: &Typed) {
        let body = typed.to_body();
        cx.effect(Effect::Draft { customer: Some(self.card.id), of: DraftOf::Update, body });
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::Next => self.next(cx),
            Action::Save => self.save(cx),
            Action::ReadBack => self.read_back(&cx.settings.policy),
            Action::TakeDraft => self.take_offered(cx),
            Action::TakeSuggestion => self.forward(cx),
            Action::NextPane => self.step(true),
            Action::PreviousPane => self.step(false),
            Action::Back => self.back(cx),
            _ => {}
        }
    }

    /// Enter: to what is missing or wrong; when nothing is, to the reason, where it saves.
    fn next(&mut self, cx: &mut Cx<'_>) {
        let unmet = self.first_unmet(cx);
        let last = self.at == At::Verified && unmet.is_none();
        if last || (self.at == At::Reason && self.reason().is_some()) {
            self.save(cx);
            return;
        }
        let from = self.at;
        self.at = match unmet {
            // With neither a mobile nor an e-mail either will do.
            Some(At::Mobile) if from == At::Mobile && self.mobile.text().trim().is_empty() => At::Email,
            Some(at) => at,
            None => At::Reason,
        };
        self.tried = self.tried || (from == At::Reason && self.at == from);
    }

    fn first_unmet(&self, cx: &Cx<'_>) -> Option<At> {
        let errors = self.check(&cx.settings.policy).err()?;
        errors.iter().find_map(|error| At::named(error.field))
    }

    fn step(&mut self, down: bool) {
        let places = self.places();
        let now = places.iter().position(|at| *at == self.at).unwrap_or(0);
        let next = if down { now + 1 } else { now + places.len() - 1 };
        self.at = places[next % places.len()];
    }

    fn field(&mut self) -> Option<&mut field::Field> {
        match self.at {
            At::Mobile => Some(&mut self.mobile),
            At::Email => Some(&mut self.email),
            At::Notes => Some(&mut self.notes),
            At::Reason | At::Verified | At::Texting => None,
        }
    }

    fn key(&mut self, cx: &mut Cx<'_>, key: Key) {
        match (self.at, key.code) {
            (_, Code::Up) => self.step(false),
            (_, Code::Down) => self.step(true),
            (At::Email, Code::End) if self.email.at_end() => self.forward(cx),
            (At::Reason, _) => self.reason_key(cx, key),
            (At::Verified, _) => self.verified_key(cx, key),
            (At::Texting, _) => self.texting_key(cx, key),
            _ => self.edit(cx, key),
        }
    }

    fn edit(&mut self, cx: &mut Cx<'_>, key: Key) {
        let Some(field) = self.field() else { return };
        if cx.edit(field, key) {
            self.changed(cx);
        }
    }

    /// Right: takes the suggestion at the end of the text, moves elsewhere.
    fn forward(&mut self, cx: &mut Cx<'_>) {
        let here = self.at == At::Email && self.email.at_end();
        match (here, self.ghost().to_owned(), self.meant()) {
            (true, rest, _) if !rest.is_empty() => {
                self.email.insert(&rest);
                self.changed(cx);
            }
            (true, _, Some(meant)) => {
                self.email.set(&meant);
                self.changed(cx);
            }
            _ => self.key(cx, Key::plain(Code::Right)),
        }
    }

    /// A digit chooses, `-` takes it back.
    fn verified_key(&mut self, cx: &mut Cx<'_>, key: Key) {
        let now = self.ways.iter().position(|way| Some(way) == self.verified.as_ref());
        let chosen = match (key.code, key.typed()) {
            (Code::Right, _) => Some(now.map_or(0, |now| now + 1).min(self.ways.len() - 1)),
            (Code::Left, _) => now.and_then(|now| now.checked_sub(1)),
            (_, Some('-')) => None,
            (_, Some(c)) => match c.to_digit(10).and_then(|digit| (digit as usize).checked_sub(1)) {
                Some(nth) if nth < self.ways.len() => Some(nth),
                _ => return,
            },
            _ => return,
        };
        self.verified = chosen.and_then(|nth| self.ways.get(nth).cloned());
        self.changed(cx);
    }

    fn reason_key(&mut self, cx: &mut Cx<'_>, key: Key) {
        let last = Reason::ALL.len() - 1;
        let now = self.reason().and_then(|reason| Reason::ALL.iter().position(|known| *known == reason));
        let chosen = match (key.code, key.typed()) {
            (Code::Right, _) => Some(now.map_or(0, |now| (now + 1).min(last))),
            (Code::Left, _) => Some(now.map_or(last, |now| now.saturating_sub(1))),
            (_, Some(c)) => match c.to_digit(10) {
                Some(digit @ 1..=6) => Some(digit as usize - 1),
                _ => {
                    cx.say(Tone::Note, "The caret is on Reason: 1 to 6 chooses, Tab goes on.");
                    None
                }
            },
            _ => None,
        };
        if let Some(chosen) = chosen {
            self.reason = Reason::ALL.get(chosen).copied();
            self.changed(cx);
        }
    }

    fn texting_key(&mut self, cx: &mut Cx<'_>, key: Key) {
        let answers = view::ANSWERS.map(|(_, answer, _)| answer);
        let now = answers.iter().position(|answer| *answer == self.texting).unwrap_or(0);
        let answer = match (key.code, key.typed()) {
            (Code::Right, _) => answers.get(now + 1).copied(),
            (Code::Left, _) => now.checked_sub(1).map(|before| answers[before]),
            (_, Some(c)) => {
                let c = c.to_ascii_lowercase();
                view::ANSWERS.iter().find(|(key, ..)| *key == c).map(|(_, answer, _)| *answer)
            }
            _ => None,
        };
        if let Some(answer) = answer {
            self.texting = answer;
            self.changed(cx);
        }
    }

    fn paste(&mut self, cx: &mut Cx<'_>, text: &str) {
        let text = if self.at == At::Notes { text } else { text.trim() };
        let Some(field) = self.field() else {
            cx.say(Tone::Note, "Nothing to paste into here: Tab goes to a field.");
            return;
        };
        if cx.paste(field, text) {
            self.changed(cx);
        }
    }

    fn save(&mut self, cx: &mut Cx<'_>) {
        if self.stage != Stage::Editing {
            return;
        }
        match self.check(&cx.settings.policy) {
            Ok(_) if !std::mem::replace(&mut self.seen_meanwhile, true) => {
                cx.say(
                    Tone::Note,
                    "Changed while you typed: look at what is on file now. Again saves yours.",
                );
            }
            Ok(new) => self.hand_over(cx, new),
            Err(errors) => {
                self.tried = true;
                let nothing = self.mobile.text().trim().is_empty() && self.email.text().trim().is_empty();
                let wrong = errors.iter().find_map(|error| At::named(error.field));
                self.at = if nothing { At::of(self.on) } else { wrong.unwrap_or(self.at) };
            }
        }
    }

    fn hand_over(&mut self, cx: &mut Cx<'_>, new: NewUpdate) {
        self.refused = None;
        let typed = Box::new(self.typed());
        let number = match (new.mobile(), &self.card.mobile) {
            (Some(change), _) => Some(change.value.as_str().to_owned()),
            (None, point) => point.as_ref().map(|point| point.value.as_str().to_owned()),
        };
        match number.filter(|_| self.asks_texting() && self.texting == Some(false)) {
            Some(number) => {
                let purposes = Purpose::ALL.to_vec();
                let no = Write::VoiceNo { number, customer: Some(self.card.id), purposes };
                self.stage = Stage::Refusing(cx.write(no), Box::new(new), typed);
            }
            None => self.capture(cx, Box::new(new), typed),
        }
    }

    fn capture(&mut self, cx: &mut Cx<'_>, new: Box<NewUpdate>, typed: Box<Typed>) {
        let seen = Box::new(seen(self.card.mobile.as_ref(), self.card.email.as_ref()));
        let asked = Asked {
            voice_yes: self.asks_texting() && typed.texting == Some(true),
            verified_by: typed.verified.clone(),
            read_back: self.was_read_back(&new),
        };
        let write = Write::Capture { customer: self.card.id, new, seen, asked };
        self.stage = Stage::Saving(cx.write(write), typed);
    }

    fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        match (answer, &self.stage) {
            (Answer::Draft(draft), _) if seq == self.waiting => self.offer(cx, draft.as_ref()),
            (Answer::Others(others), _) if seq == self.waiting_others => self.others.clone_from(others),
            (Answer::Card(card), _) if card.id == self.card.id => self.refresh(cx, card),
            (Answer::Saved, Stage::Refusing(waited, new, typed)) if seq == *waited => {
                let (new, typed) = (new.clone(), typed.clone());
                self.capture(cx, new, typed);
            }
            (Answer::Saved, Stage::Saving(waited, typed)) if seq == *waited => {
                let as_it_was = **typed == self.typed();
                self.saved(cx, as_it_was);
            }
            _ => {}
        }
    }

    fn saved(&mut self, cx: &mut Cx<'_>, as_it_was: bool) {
        if !as_it_was {
            self.stage = Stage::Editing;
            cx.say(Tone::Good, "Saved as it was. What you typed since is not saved yet.");
            return;
        }
        self.draft(cx, &Typed::default());
        let undo = cx.settings.keymap.key(&[Context::Desk], Action::TakeBack);
        match (undo, cx.settings.undo_seconds) {
            (Some(key), seconds @ 1..) => {
                cx.say(Tone::Good, format!("Saved. {key} takes it back within {seconds} s."));
            }
            _ => cx.say(Tone::Good, "Saved."),
        }
        cx.close();
    }

    /// It stays open with all that was typed, and says why.
    fn failed(&mut self, seq: Seq, failure: &Failure) {
        let at = match &self.stage {
            Stage::Refusing(waited, ..) if seq == *waited => Some(At::Texting),
            Stage::Saving(waited, _) if seq == *waited => failure.field.as_deref().and_then(At::named),
            _ => return,
        };
        self.stage = Stage::Editing;
        self.at = at.unwrap_or(self.at);
        self.refused = Some((at, failure.why.clone()));
    }

    /// Somebody changed the customer meanwhile: what is shown is what this update follows.
    fn refresh(&mut self, cx: &mut Cx<'_>, card: &Card) {
        let value = |card: &Card, field| match field {
            Field::Mobile => card.mobile.as_ref().map(|point| point.value.clone()),
            Field::Email => card.email.as_ref().map(|point| point.value.clone()),
        };
        for (field, name) in [(Field::Mobile, "mobile"), (Field::Email, "e-mail")] {
            let changed = value(card, field) != value(&self.card, field);
            // While it is saved, the change is our own.
            if changed && self.stage == Stage::Editing {
                cx.say(Tone::Note, format!("The {name} on file was changed just now: look before you save."));
                self.meanwhile.retain(|(known, _)| *known != field);
                self.meanwhile.push((field, value(&self.card, field)));
                self.seen_meanwhile = false;
            }
        }
        *self.card = card.clone();
        self.settle();
    }

    fn offer(&mut self, cx: &mut Cx<'_>, draft: Option<&Draft>) {
        if let Some(kept) = kept::returned(cx, draft, &self.typed(), &mut self.offered) {
            self.put_in(&kept);
        }
    }

    fn take_offered(&mut self, cx: &mut Cx<'_>) {
        if let Some(kept) = kept::swapped(cx, self.typed(), &mut self.offered) {
            self.put_in(&kept);
            self.changed(cx);
        }
    }

    fn back(&mut self, cx: &mut Cx<'_>) {
        if self.stage != Stage::Editing {
            cx.say(Tone::Note, "It is being saved and closes by itself.");
            return;
        }
        if !self.typed().is_empty() {
            let action = if self.on == Field::Mobile { Action::NewMobile } else { Action::NewEmail };
            let key = cx.settings.keymap.key(&[Context::Customer], action);
            let key = key.map(|key| format!(" {key} goes on with it.")).unwrap_or_default();
            cx.say(Tone::Note, format!("Nothing saved. What you typed is kept.{key}"));
        }
        cx.close();
    }
}

impl Page for FormScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened => {
                cx.effect(Effect::Doing(Some(self.card.id), "updating"));
                self.ways.clone_from(&cx.settings.verified_by);
                self.must_verify = cx.settings.must_verify;
                let customer = Some(self.card.id);
                self.waiting = cx.read(Read::Draft { customer, of: DraftOf::Update });
            }
            Event::Shown => cx.effect(Effect::Doing(Some(self.card.id), "updating")),
            Event::Act(action) => self.act(cx, action),
            Event::Type(key) => self.key(cx, key),
            Event::Paste(text) => self.paste(cx, text),
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(seq, failure) => self.failed(seq, failure),
            Event::Changed => self.waiting_others = cx.read(Read::Others(self.card.id)),
            Event::Told(_) | Event::Leaving => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Form]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        super::card::title_of(Some(&self.card), look)
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        view::hint(self, look)
    }

    fn kind(&self) -> Kind {
        Kind::Part
    }

    fn typing(&self) -> Option<Target> {
        Some(Target::new("FORM"))
    }

    fn customer(&self) -> Option<CustomerId> {
        Some(self.card.id)
    }
}
