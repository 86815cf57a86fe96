//! The whole record of a customer, or a new one, by the form of an industry (TWS-2, TWS-3, CVIA-5,
//! CVIA-8, TTX-50, TTX-52, TTX-58). The mobile and the first e-mail of somebody on file change by a
//! contact update, and the screen says so.

mod check;
#[cfg(test)]
mod tests;
mod typed;
mod view;

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use self::check::{At, Checked, input};
use self::typed::Typed;
use super::card::CardScreen;
use super::kept::{self, Typed as _};
use super::{Kind as Takes, Page, Screen, Target};
use crate::domain::form::{FormField, Forms, GENERAL, Key, Kind, Own};
use crate::domain::ids::{ContactPointId, CustomerId};
use crate::domain::record::{self, Values};
use crate::domain::shown::{Card, Draft, DraftOf, Record};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::tui::key::{Code, Key as Pressed};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Move};
use crate::tui::msg::{Answer, Effect, Failure, Read, Seq, Tone, Write};
use crate::tui::view::Look;
use crate::tui::widgets::field;

pub use check::from_search;

/// A record as it is typed.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordScreen {
    /// `None`: a new customer.
    of: Option<CustomerId>,
    /// What the title says, until the record is there.
    card: Option<Box<Card>>,
    /// The record as it was read last; of one on file nothing is asked before.
    seen: Option<Box<Record>>,
    form: String,
    fields: Vec<FormField>,
    texts: BTreeMap<Key, field::Field>,
    /// Of other phones and e-mails that are ours to change.
    labels: Vec<(ContactPointId, field::Field)>,
    more: field::Field,
    at: At,
    stage: Stage,
    /// What the store refused.
    refused: Option<String>,
    /// Enter or save was tried: what is missing is named too.
    tried: bool,
    /// Typed before and not put in.
    offered: Option<(Micros, Typed)>,
    /// Others who have a number or an address that was typed.
    sharing: Vec<Sharing>,
    waiting: Seq,
    waiting_draft: Seq,
}

/// Who else has a value.
#[derive(Clone, Debug, PartialEq)]
struct Sharing {
    value: SafeText,
    seq: Seq,
    names: Vec<SafeText>,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Editing,
    /// As typed when it was handed over.
    Saving(Seq, Box<Typed>),
}

impl RecordScreen {
    /// A new customer, with what was typed in the look-up line.
    pub fn create(forms: &Forms, typed: &Values) -> Self {
        let mut screen = Self::empty(None, None, forms);
        for (key, text) in typed {
            if let Some(field) = screen.texts.get_mut(key) {
                field.set(text);
            }
        }
        screen
    }

    pub fn edit(forms: &Forms, card: &Card) -> Self {
        Self::empty(Some(card.id), Some(Box::new(card.clone())), forms)
    }

    fn empty(of: Option<CustomerId>, card: Option<Box<Card>>, forms: &Forms) -> Self {
        let mut screen = Self {
            of,
            card,
            seen: None,
            form: GENERAL.to_owned(),
            fields: Vec::new(),
            texts: BTreeMap::new(),
            labels: Vec::new(),
            more: field::Field::line(""),
            at: At::Field(Key::Own(Own::Name)),
            stage: Stage::Editing,
            refused: None,
            tried: false,
            offered: None,
            sharing: Vec::new(),
            waiting: Seq::default(),
            waiting_draft: Seq::default(),
        };
        screen.lay_out(forms);
        screen
    }

    /// The fields of the form that is chosen; what was typed into others stays.
    fn lay_out(&mut self, forms: &Forms) {
        let seen = self.seen_values();
        self.fields = record::fields(self.form(forms), &seen);
        for field in &self.fields {
            let was = seen.get(&field.key).map_or("", String::as_str);
            self.texts.entry(field.key.clone()).or_insert_with(|| input(&field.kind, was));
        }
        if !self.places().contains(&self.at) {
            self.at = self.places().into_iter().nth(1).unwrap_or(At::Form);
        }
    }

    /// Another form, which the industry follows unless it says something of its own.
    fn choose_form(&mut self, cx: &mut Cx<'_>, name: &str) {
        let forms = &cx.settings.forms;
        let industry = Key::Own(Own::Industry);
        let said = self.texts.get(&industry).map_or("", |field| field.text()).to_owned();
        if said.trim().is_empty() || forms.get(&said).is_some() {
            let says = if name == GENERAL { "" } else { name };
            self.texts.insert(industry, field::Field::line(says));
        }
        self.form = name.to_owned();
        self.lay_out(forms);
        self.at = At::Form;
        self.changed(cx);
    }

    fn typed(&self) -> Typed {
        let seen = self.seen_values();
        let differs = |(key, field): (&Key, &field::Field)| {
            let kind = self.fields.iter().find(|known| known.key == *key).map_or(&Kind::Text, |f| &f.kind);
            let was = seen.get(key).map_or("", String::as_str);
            let text = field.text();
            (input(kind, was).text() != text).then(|| (key.as_str().to_owned(), text.to_owned()))
        };
        let label = |(id, field): &(ContactPointId, field::Field)| {
            let text = field.text();
            (self.label(*id).as_deref() != Some(text)).then(|| (id.to_string(), text.to_owned()))
        };
        Typed {
            form: self.form.clone(),
            fields: self.texts.iter().filter_map(differs).collect(),
            labels: self.labels.iter().filter_map(label).collect(),
            more: self.more.text().to_owned(),
        }
    }

    fn put_in(&mut self, cx: &mut Cx<'_>, typed: &Typed) {
        if cx.settings.forms.get(&typed.form).is_some() {
            self.form.clone_from(&typed.form);
        }
        self.lay_out(&cx.settings.forms);
        for (key, text) in &typed.fields {
            self.texts.entry(Key::read(key)).or_insert_with(|| field::Field::line("")).set(text);
        }
        for (id, field) in &mut self.labels {
            if let Some(text) = typed.labels.get(&id.to_string()) {
                field.set(text);
            }
        }
        self.more.set(&typed.more);
        self.ask_sharing(cx);
    }

    /// The draft follows every change.
    fn changed(&mut self, cx: &mut Cx<'_>) {
        self.refused = None;
        self.draft(cx, &self.typed());
        self.ask_sharing(cx);
    }

    fn draft(&self, cx: &mut Cx<'_>, typed: &Typed) {
        cx.effect(Effect::Draft { customer: self.of, of: DraftOf::Customer, body: typed.to_body() });
    }

    /// A family may have one number: it is said, and no obstacle (G13, TWS-73).
    fn ask_sharing(&mut self, cx: &mut Cx<'_>) {
        for value in self.contacts(cx) {
            let value = SafeText::new(&value);
            if !self.sharing.iter().any(|known| known.value == value) {
                let seq = cx.read(Read::Sharing { value: value.to_string(), except: self.of });
                self.sharing.push(Sharing { value, seq, names: Vec::new() });
            }
        }
    }

    /// Numbers and addresses that were typed and are right.
    fn contacts(&self, cx: &Cx<'_>) -> Vec<String> {
        let policy = &cx.settings.policy;
        let own = |own: Own| {
            let key = Key::Own(own);
            let text = self.texts.get(&key).filter(|_| !self.is_settled(&key))?.text();
            own.field().check(text, policy).ok().flatten()
        };
        let more = check::more(self.more.text(), policy).ok().map(|point| point.value);
        [own(Own::Mobile), own(Own::Email), more].into_iter().flatten().collect()
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::NextField => self.next(cx),
            Action::Save => self.save(cx),
            Action::TakeDraft => self.take_offered(cx),
            Action::NewLine => self.new_line(cx),
            Action::TakeSuggestion => self.forward(cx),
            Action::NextPane => self.step(true),
            Action::PreviousPane => self.step(false),
            Action::Back => self.back(cx),
            _ => {}
        }
    }

    /// Enter: to the next that is missing or wrong, else to the next one; behind the last it saves.
    fn next(&mut self, cx: &mut Cx<'_>) {
        self.complete();
        let places = self.places();
        let now = places.iter().position(|at| *at == self.at).unwrap_or(0);
        let wrong = self.check(&cx.settings.forms, &cx.settings.policy).err().unwrap_or_default();
        let here_is_wrong = wrong.iter().any(|(at, _)| *at == self.at);
        let unmet = |at: &&At| wrong.iter().any(|(known, _)| known == *at);
        match places[now + 1..].iter().find(unmet).or_else(|| places.get(now + 1)) {
            _ if here_is_wrong => self.tried = true,
            Some(next) => self.at = next.clone(),
            None => self.save(cx),
        }
    }

    fn step(&mut self, down: bool) {
        self.complete();
        let places = self.places();
        let now = places.iter().position(|at| *at == self.at).unwrap_or(0);
        let next = if down { now + 1 } else { now + places.len() - 1 };
        self.at = places[next % places.len()].clone();
    }

    /// The only option that fits is the one that was meant.
    fn complete(&mut self) {
        let At::Field(key) = &self.at else { return };
        let Some(field) = self.fields.iter().find(|field| field.key == *key) else { return };
        if let Some(rest) = self.ghost(field)
            && let Some(text) = self.texts.get_mut(key)
        {
            text.insert(&rest);
        }
    }

    fn field(&mut self) -> Option<&mut field::Field> {
        match &self.at {
            At::Form => None,
            At::Field(key) => self.texts.get_mut(key),
            At::Label(id) => self.labels.iter_mut().find(|(known, _)| known == id).map(|(_, field)| field),
            At::More => Some(&mut self.more),
        }
    }

    fn key(&mut self, cx: &mut Cx<'_>, key: Pressed) {
        match key.code {
            Code::Up => return self.step(false),
            Code::Down => return self.step(true),
            _ if self.at == At::Form => return self.form_key(cx, key),
            _ => {}
        }
        // Another choice is typed in place of the one that stands there.
        let chosen = key.typed().is_some() && self.is_chosen();
        let Some(field) = self.field() else { return };
        if chosen {
            field.set("");
        }
        if cx.edit(field, key) {
            self.changed(cx);
        }
    }

    /// The caret is behind a whole option.
    fn is_chosen(&self) -> bool {
        let At::Field(key) = &self.at else { return false };
        let kind = self.fields.iter().find(|field| field.key == *key).map(|field| &field.kind);
        match (kind, self.texts.get(key)) {
            (Some(Kind::Choice(options)), Some(field)) => {
                field.at_end() && options.iter().any(|option| option == field.text())
            }
            _ => false,
        }
    }

    fn form_key(&mut self, cx: &mut Cx<'_>, key: Pressed) {
        let names: Vec<String> = cx.settings.forms.all().map(|form| form.name.clone()).collect();
        let now = names.iter().position(|name| *name == self.form).unwrap_or(0);
        let begins = |c: char| {
            let mut turned = (1..=names.len()).map(|step| (now + step) % names.len());
            turned.find(|at| names[*at].starts_with(c.to_ascii_lowercase()))
        };
        let chosen = match (key.code, key.typed()) {
            (Code::Right, _) => Some((now + 1).min(names.len() - 1)),
            (Code::Left, _) => Some(now.saturating_sub(1)),
            (_, Some(c)) => begins(c),
            _ => None,
        };
        match chosen.filter(|at| *at != now) {
            Some(at) => self.choose_form(cx, &names[at]),
            None => cx.say(Tone::Note, "The caret is on Form: Left and Right choose, Enter goes on."),
        }
    }

    /// Right: takes the suggestion at the end of the text, moves elsewhere.
    fn forward(&mut self, cx: &mut Cx<'_>) {
        let before = self.field().map(|field| field.text().len());
        self.complete();
        if self.field().map(|field| field.text().len()) == before {
            self.key(cx, Pressed::plain(Code::Right));
        } else {
            self.changed(cx);
        }
    }

    /// Only notes have several.
    fn new_line(&mut self, cx: &mut Cx<'_>) {
        let At::Field(key) = &self.at else { return };
        let is_notes = self.fields.iter().any(|field| field.key == *key && field.kind == Kind::Notes);
        if let Some(field) = self.texts.get_mut(key).filter(|_| is_notes)
            && cx.paste(field, "\n")
        {
            self.changed(cx);
        }
    }

    fn paste(&mut self, cx: &mut Cx<'_>, text: &str) {
        let Some(field) = self.field() else {
            cx.say(Tone::Note, "Nothing to paste into here: Tab goes to a field.");
            return;
        };
        if cx.paste(field, text.trim()) {
            self.changed(cx);
        }
    }

    fn save(&mut self, cx: &mut Cx<'_>) {
        if self.stage != Stage::Editing || self.of.is_some() && self.seen.is_none() {
            return;
        }
        self.complete();
        let write = match self.check(&cx.settings.forms, &cx.settings.policy) {
            Ok(Checked::New(new)) => Write::AddCustomer(new),
            Ok(Checked::Edit(edit)) if edit.is_empty() => {
                cx.say(Tone::Note, "Nothing was changed, so nothing was saved.");
                self.draft(cx, &Typed::default());
                return cx.close();
            }
            Ok(Checked::Edit(edit)) => {
                let Some(customer) = self.of else { return };
                Write::EditCustomer { customer, edit }
            }
            Err(wrong) => {
                self.tried = true;
                let first = self.places().into_iter().find(|at| wrong.iter().any(|(known, _)| known == at));
                self.at = first.unwrap_or_else(|| self.at.clone());
                return;
            }
        };
        self.refused = None;
        self.stage = Stage::Saving(cx.write(write), Box::new(self.typed()));
    }

    fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        match (answer, &self.stage) {
            (Answer::Record(record), _) if seq == self.waiting => self.refresh(cx, record),
            (Answer::Draft(draft), _) if seq == self.waiting_draft => self.offer(cx, draft.as_ref()),
            (Answer::Sharing(names), _) => {
                let asked = self.sharing.iter_mut().find(|sharing| sharing.seq == seq);
                if let Some(sharing) = asked {
                    sharing.names.clone_from(names);
                }
            }
            (Answer::Added(id), Stage::Saving(waited, typed)) if seq == *waited => {
                let (id, as_it_was) = (*id, **typed == self.typed());
                if self.saved(cx, as_it_was) {
                    cx.go(Move::Become(Box::new(Screen::Card(CardScreen::new(id, None)))));
                } else {
                    // What was typed since belongs to whom there is now.
                    self.of = Some(id);
                    self.waiting = cx.read(Read::Record(id));
                }
            }
            (Answer::Saved, Stage::Saving(waited, typed)) if seq == *waited => {
                let as_it_was = **typed == self.typed();
                if self.saved(cx, as_it_was) {
                    cx.close();
                } else if let Some(id) = self.of {
                    self.waiting = cx.read(Read::Record(id));
                }
            }
            _ => {}
        }
    }

    /// Is that all?
    fn saved(&mut self, cx: &mut Cx<'_>, as_it_was: bool) -> bool {
        self.draft(cx, &Typed::default());
        self.stage = Stage::Editing;
        if as_it_was {
            let undo = cx.settings.keymap.key(&[Context::Desk], Action::TakeBack);
            let undo = undo.map(|key| format!(" {key} takes it back.")).unwrap_or_default();
            cx.say(Tone::Good, format!("Saved.{undo}"));
        } else {
            cx.say(Tone::Good, "Saved as it was. What you typed since is not saved yet.");
        }
        as_it_was
    }

    /// It stays open with all that was typed, says why, and looks what is there now.
    fn failed(&mut self, cx: &mut Cx<'_>, seq: Seq, failure: &Failure) {
        if !matches!(&self.stage, Stage::Saving(waited, _) if seq == *waited) {
            if seq == self.waiting && !failure.stale {
                cx.say(Tone::Bad, failure.why.clone());
            }
            return;
        }
        self.stage = Stage::Editing;
        self.refused = Some(failure.why.clone());
        if let Some(id) = self.of {
            self.waiting = cx.read(Read::Record(id));
        }
    }

    /// The record as it is now: fields that nobody touched here follow it, and a touched one that was
    /// changed elsewhere is named.
    fn refresh(&mut self, cx: &mut Cx<'_>, record: &Record) {
        let first = self.seen.is_none();
        let (typed, before, now) = (self.typed(), self.seen_values(), record.values());
        if first {
            self.form = cx.settings.forms.of(record.industry.as_deref()).name.clone();
        }
        self.seen = Some(Box::new(record.clone()));
        self.texts.retain(|key, _| typed.fields.contains_key(key.as_str()));
        let old_labels = std::mem::take(&mut self.labels);
        for point in record.points.iter().filter(|point| !point.master && point.retired_at.is_none()) {
            let is_field = point.label.as_str() == record::MOBILE
                || now.get(&Key::Own(Own::Email)).map(String::as_str) == Some(point.value.as_str());
            if !is_field {
                let kept = old_labels.iter().find(|(id, _)| *id == point.id).map(|(_, field)| field.clone());
                let kept = kept.filter(|_| typed.labels.contains_key(&point.id.to_string()));
                let field = kept.unwrap_or_else(|| field::Field::line(point.label.as_str()));
                self.labels.push((point.id, field));
            }
        }
        self.lay_out(&cx.settings.forms);
        let elsewhere = |field: &&FormField| {
            typed.fields.contains_key(field.key.as_str()) && before.get(&field.key) != now.get(&field.key)
        };
        let changed: Vec<&str> = self.fields.iter().filter(elsewhere).map(|f| f.label.as_str()).collect();
        if !first && !changed.is_empty() && self.stage == Stage::Editing {
            let (what, by) = (changed.join(", "), &record.changed_by);
            cx.say(Tone::Note, format!("{what}: changed just now by {by}. Look before you save."));
        }
        if first {
            self.waiting_draft = cx.read(Read::Draft { customer: self.of, of: DraftOf::Customer });
        }
    }

    fn offer(&mut self, cx: &mut Cx<'_>, draft: Option<&Draft>) {
        if let Some(kept) = kept::returned(cx, draft, &self.typed(), &mut self.offered) {
            self.put_in(cx, &kept);
        }
    }

    fn take_offered(&mut self, cx: &mut Cx<'_>) {
        if let Some(kept) = kept::swapped(cx, self.typed(), &mut self.offered) {
            self.put_in(cx, &kept);
            self.changed(cx);
        }
    }

    fn back(&mut self, cx: &mut Cx<'_>) {
        if self.stage != Stage::Editing {
            cx.say(Tone::Note, "It is being saved and closes by itself.");
            return;
        }
        if !self.typed().is_empty() {
            let (contexts, action) = match self.of {
                Some(_) => ([Context::Customer, Context::Desk], Action::EditRecord),
                None => ([Context::Search, Context::Desk], Action::NewCustomer),
            };
            let key = cx.settings.keymap.key(&contexts, action);
            let key = key.map(|key| format!(" {key} goes on with it.")).unwrap_or_default();
            cx.say(Tone::Note, format!("Nothing saved. What you typed is kept.{key}"));
        }
        cx.close();
    }
}

impl Page for RecordScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened => match self.of {
                Some(id) => {
                    cx.effect(Effect::Doing(Some(id), "updating"));
                    self.waiting = cx.read(Read::Record(id));
                }
                None => {
                    let draft = Read::Draft { customer: None, of: DraftOf::Customer };
                    self.waiting_draft = cx.read(draft);
                    self.ask_sharing(cx);
                }
            },
            Event::Shown | Event::Changed => {
                if let Some(id) = self.of.filter(|_| self.stage == Stage::Editing) {
                    self.waiting = cx.read(Read::Record(id));
                }
            }
            Event::Act(action) => self.act(cx, action),
            Event::Type(key) => self.key(cx, key),
            Event::Paste(text) => self.paste(cx, text),
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(seq, failure) => self.failed(cx, seq, failure),
            Event::Told(_) | Event::Leaving => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Record]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        match &self.card {
            Some(card) => super::card::title_of(Some(card), look),
            None => Line::styled("New customer", look.theme.strong()),
        }
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        view::hint(self, look)
    }

    fn kind(&self) -> Takes {
        if self.card.is_some() { Takes::Part } else { Takes::Body }
    }

    fn typing(&self) -> Option<Target> {
        Some(Target::new(if self.of.is_some() { "RECORD" } else { "NEW CUSTOMER" }))
    }

    fn customer(&self) -> Option<CustomerId> {
        self.of
    }
}
