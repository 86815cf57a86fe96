//! The card: one customer with what counts now, who said so, on what evidence, and all that happened.

mod mail;
#[cfg(test)]
pub(in crate::tui) mod tests;
mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::aod::{self, AodScreen};
use super::ask::AskBox;
use super::duplicates::DuplicatesScreen;
use super::form::FormScreen;
use super::line::LineBox;
use super::note::NoteScreen;
use super::payment::PaymentScreen;
use super::record::RecordScreen;
use super::text::TextScreen;
use super::{Page, Screen, Target, hold};
use crate::domain::customer::Stage;
use crate::domain::ids::CustomerId;
use crate::domain::record::same_tag;
use crate::domain::shown::{Card, Draft, DraftOf, Duplicate, Entry, Party, Point, Presence, What};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::Field;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::msg::{Answer, Effect, Read, Seq, Tone, Write};
use crate::tui::view::Look;
use crate::tui::widgets::list;

pub use super::hold::{DO_NOT_TEXT, do_not_text, unwanted};
pub use view::{contact_rows, entry_rows};

/// Entries fetched at once.
pub const PAGE: usize = 100;

/// Rows a page key moves.
const STEP: usize = 8;

const STAGE: &str = "stage";
const TAGS: &str = "tags";
const DELETE: &str = "delete";

/// What of the timeline is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    #[default]
    All,
    Texts,
    Updates,
    Notes,
}

impl Show {
    pub const ALL: [Self; 4] = [Self::All, Self::Texts, Self::Updates, Self::Notes];

    pub fn title(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Texts => "Texts",
            Self::Updates => "Updates",
            Self::Notes => "Notes",
        }
    }

    fn takes(self, entry: &Entry) -> bool {
        match (self, &entry.what) {
            (Self::All, _)
            | (Self::Texts, What::Text(_))
            | (Self::Updates, What::Update { .. })
            | (Self::Notes, What::Note { .. }) => true,
            (Self::Texts | Self::Updates | Self::Notes, _) => false,
        }
    }
}

/// Which side of the card the moves go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    #[default]
    Contact,
    Timeline,
}

/// One open customer.
#[derive(Clone, Debug, PartialEq)]
pub struct CardScreen {
    pub(crate) id: CustomerId,
    /// `None` until the first answer.
    pub(crate) card: Option<Box<Card>>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) show: Show,
    pub(crate) pane: Pane,
    pub(crate) field: Field,
    pub(crate) chosen: usize,
    /// `b` was pressed: who, when and why of the field.
    pub(crate) who: bool,
    /// So many captured updates back in time.
    pub(crate) back: usize,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) others: Vec<Presence>,
    /// Who looks like this one; `None` until it is known.
    pub(crate) alike: Option<Vec<Duplicate>>,
    /// An acknowledgement that was begun.
    debt: Option<String>,
    complete: bool,
    waiting: Seq,
    waiting_entries: Seq,
    waiting_more: Seq,
    waiting_drafts: Seq,
    waiting_others: Seq,
    waiting_alike: Seq,
    saving: Seq,
    deleting: Seq,
    /// What to say once it is saved.
    saved: &'static str,
    gone: bool,
}

impl CardScreen {
    /// What a preview knew already is shown at once.
    pub fn new(id: CustomerId, known: Option<(Box<Card>, Vec<Entry>)>) -> Self {
        let (card, entries) = known.map_or((None, Vec::new()), |(card, entries)| (Some(card), entries));
        Self {
            id,
            card,
            entries,
            show: Show::All,
            pane: Pane::Contact,
            field: Field::Mobile,
            chosen: 0,
            who: false,
            back: 0,
            drafts: Vec::new(),
            others: Vec::new(),
            alike: None,
            debt: None,
            complete: false,
            waiting: Seq::default(),
            waiting_entries: Seq::default(),
            waiting_more: Seq::default(),
            waiting_drafts: Seq::default(),
            waiting_others: Seq::default(),
            waiting_alike: Seq::default(),
            saving: Seq::default(),
            deleting: Seq::default(),
            saved: "",
            gone: false,
        }
    }

    pub fn card(&self) -> Option<&Card> {
        self.card.as_deref()
    }

    pub(crate) fn point(&self, field: Field) -> Option<&Point> {
        let card = self.card()?;
        match field {
            Field::Mobile => card.mobile.as_ref(),
            Field::Email => card.email.as_ref(),
        }
    }

    /// What the filter leaves of the timeline.
    pub(crate) fn listed(&self) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| self.show.takes(entry)).collect()
    }

    /// The captured updates, newest first: the stations of `[` and `]`.
    pub(crate) fn updates(&self) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| matches!(entry.what, What::Update { .. })).collect()
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        self.waiting = cx.read(Read::Card(self.id));
        self.waiting_entries = cx.read(Read::Timeline { of: self.id, before: None });
        self.waiting_drafts = cx.read(Read::Drafts);
        self.waiting_others = cx.read(Read::Others(self.id));
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        if self.card.is_none() && !matches!(action, Action::Back) {
            return;
        }
        match action {
            Action::NewMobile => self.open_form(cx, Field::Mobile),
            Action::NewEmail => self.open_form(cx, Field::Email),
            Action::Note => {
                let note = NoteScreen::new(self.id);
                cx.open(Screen::Note(note));
            }
            Action::Text => {
                let text = TextScreen::new(Party::Customer(self.id));
                cx.open(Screen::Text(text));
            }
            Action::RequestPayment => {
                if let Some(card) = &self.card {
                    cx.open(Screen::Payment(PaymentScreen::new(card)));
                }
            }
            Action::Acknowledge => {
                if let Some(card) = &self.card {
                    cx.open(Screen::Aod(AodScreen::new(card, self.debt.as_deref())));
                }
            }
            Action::EditRecord => {
                if let Some(card) = &self.card {
                    cx.open(Screen::Record(RecordScreen::edit(&cx.settings.forms, card)));
                }
            }
            Action::Stage => self.ask_stage(cx),
            Action::Tags => self.ask_tags(cx),
            Action::Delete => self.ask_delete(cx),
            Action::DoNotText => self.ask_do_not_text(cx),
            Action::HoldTexts => self.ask_hold(cx),
            Action::Pin => self.pin(cx),
            Action::Duplicates => {
                let name = self.card().map(|card| card.name.clone()).unwrap_or_default();
                cx.open(Screen::Duplicates(DuplicatesScreen::new(self.id, name, self.alike.clone())));
            }
            Action::Who if self.point(self.field).is_none() => {
                cx.say(Tone::Note, "There is nothing on file here, so nobody put it there.");
            }
            Action::Who => self.who = !self.who,
            Action::Earlier => self.earlier(cx),
            Action::Later if self.back == 0 => cx.say(Tone::Note, "This is the card of today."),
            Action::Later => self.back -= 1,
            Action::Filter => {
                let next = Show::ALL.iter().position(|show| *show == self.show).map_or(0, |at| at + 1);
                self.show = Show::ALL[next % Show::ALL.len()];
                self.chosen = 0;
            }
            Action::NextPane | Action::PreviousPane => {
                self.pane = if self.pane == Pane::Contact { Pane::Timeline } else { Pane::Contact };
            }
            Action::Copy => self.copy(cx),
            Action::Back if self.who => self.who = false,
            Action::Back if self.back > 0 => self.back = 0,
            Action::Back => cx.close(),
            action => self.step(cx, action),
        }
    }

    fn step(&mut self, cx: &mut Cx<'_>, action: Action) {
        match (self.pane, action) {
            (Pane::Contact, Action::Down | Action::Last) => self.field = Field::Email,
            (Pane::Contact, Action::Up | Action::First) => self.field = Field::Mobile,
            (Pane::Contact, Action::PageDown | Action::PageUp) | (Pane::Timeline, _) => {
                self.pane = Pane::Timeline;
                let len = self.listed().len();
                if let Some(chosen) = list::moved(self.chosen, len, STEP, action) {
                    self.chosen = chosen;
                    if chosen + STEP * 2 >= len {
                        self.ask_more(cx);
                    }
                }
            }
            _ => {}
        }
    }

    /// One captured update back in time.
    fn earlier(&mut self, cx: &mut Cx<'_>) {
        let known = self.updates().len();
        if self.back == known && self.complete {
            cx.say(Tone::Note, "This is as far back as the card goes.");
        }
        self.back = (self.back + 1).min(known);
        if self.back == known {
            self.ask_more(cx);
        }
    }

    /// A timeline is fetched as it is walked.
    fn ask_more(&mut self, cx: &mut Cx<'_>) {
        let before = self.entries.last().map(|entry| entry.seq);
        if !self.complete && before.is_some() && self.waiting_more == Seq::default() {
            self.waiting_more = cx.read(Read::Timeline { of: self.id, before });
        }
    }

    fn open_form(&mut self, cx: &mut Cx<'_>, on: Field) {
        if let Some(card) = &self.card {
            cx.open(Screen::Form(FormScreen::new(card, on, &self.others)));
        }
    }

    fn ask_do_not_text(&mut self, cx: &mut Cx<'_>) {
        let Some(point) = self.point(Field::Mobile) else {
            cx.say(Tone::Note, "There is no mobile on this card to close.");
            return;
        };
        let ask = do_not_text(&cx.settings.policy, &point.value);
        cx.open(Screen::Ask(ask));
    }

    fn ask_hold(&mut self, cx: &mut Cx<'_>) {
        let Some(card) = self.card().filter(|card| card.mobile.is_some()) else {
            cx.say(Tone::Note, "There is no mobile on this card to hold texts to.");
            return;
        };
        hold::ask(cx, card.consent.as_ref());
    }

    fn do_not_text(&mut self, cx: &mut Cx<'_>, choice: usize) {
        let purposes = unwanted(choice);
        if let Some(point) = self.point(Field::Mobile) {
            let number = point.value.as_str().to_owned();
            self.saved = "Written down: those texts are not sent any more. u within 5 s if it was a slip.";
            self.saving = cx.write(Write::VoiceNo { number, customer: Some(self.id), purposes });
        }
    }

    fn ask_stage(&self, cx: &mut Cx<'_>) {
        let Some(card) = self.card() else { return };
        let name = card.name.cut(40);
        let mut ask =
            AskBox::new(STAGE, &format!("Stage of {name}"), &[""; 0], &Stage::ALL.map(Stage::as_str));
        ask.chosen = Stage::ALL.iter().position(|stage| stage.as_str() == card.stage).unwrap_or(0);
        cx.open(Screen::Ask(ask));
    }

    fn stage(&mut self, cx: &mut Cx<'_>, choice: usize) {
        let seen = self.card().and_then(|card| Stage::parse(&card.stage));
        let (Some(seen), Some(stage)) = (seen, Stage::ALL.get(choice).copied()) else { return };
        if seen == stage {
            cx.say(Tone::Note, format!("The stage is {} already.", stage.as_str()));
            return;
        }
        self.saved = "Saved. u takes it back.";
        self.saving = cx.write(Write::Stage { customer: self.id, seen, stage });
    }

    /// The line holds the tags there are: what is written behind is put on, what is erased is taken off.
    fn ask_tags(&self, cx: &mut Cx<'_>) {
        let mut tags = self.tags().join(", ");
        if !tags.is_empty() {
            tags.push_str(", ");
        }
        cx.open(Screen::Line(LineBox::new(TAGS, "tags, parted by commas: ", &tags)));
    }

    fn tags(&self) -> Vec<String> {
        self.card().map(|card| card.tags.iter().map(ToString::to_string).collect()).unwrap_or_default()
    }

    fn retag(&mut self, cx: &mut Cx<'_>, line: &str) {
        let typed: Vec<String> =
            line.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        let lacks = |tags: &[String], tag: &str| !tags.iter().any(|known| same_tag(known, tag));
        let seen = self.tags();
        let on: Vec<String> = typed.iter().filter(|tag| lacks(&seen, tag)).cloned().collect();
        let off: Vec<String> = seen.iter().filter(|tag| lacks(&typed, tag)).cloned().collect();
        if on.is_empty() && off.is_empty() {
            return;
        }
        self.saved = "Saved. u takes it back.";
        self.saving = cx.write(Write::Tags { customer: self.id, on, off });
    }

    /// TWS-4.
    fn ask_delete(&self, cx: &mut Cx<'_>) {
        let Some(card) = self.card() else { return };
        let lines = [
            format!("{} is on no list any more, and nothing is thrown away.", card.name.cut(40)),
            "u brings them back, and so does `cordboard customers restore`.".to_owned(),
        ];
        cx.open(Screen::Ask(AskBox::new(DELETE, "Delete this customer?", &lines, &["Delete"])));
    }

    fn pin(&mut self, cx: &mut Cx<'_>) {
        let chosen = self.listed().get(self.chosen).map(|entry| entry.what.clone());
        let note = match chosen {
            Some(What::Note { id, pinned, .. }) if self.pane == Pane::Timeline => Some((id, pinned)),
            _ => self.entries.iter().find_map(|entry| match &entry.what {
                What::Note { id, pinned, .. } => Some((*id, *pinned)),
                _ => None,
            }),
        };
        match note {
            Some((id, pinned)) => {
                let note = (!pinned).then_some(id);
                self.saved = if pinned { "Not pinned any more." } else { "Pinned: it stays in sight." };
                self.saving = cx.write(Write::Pin { customer: self.id, note });
            }
            None => cx.say(Tone::Note, "There is no note to pin: n writes one."),
        }
    }

    fn copy(&self, cx: &mut Cx<'_>) {
        let value = match self.pane {
            Pane::Contact => self.point(self.field).map(|point| point.value.clone()),
            Pane::Timeline => self.listed().get(self.chosen).map(|entry| view::words(entry)),
        };
        match value {
            Some(value) => super::copy(cx, &value),
            None => cx.say(Tone::Note, "There is nothing to copy here."),
        }
    }

    fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        match answer {
            Answer::Card(card) if seq == self.waiting => self.shown(cx, card),
            Answer::Duplicates(found) if seq == self.waiting_alike => self.alike = Some(found.clone()),
            Answer::Timeline(entries) if seq == self.waiting_entries => self.refresh(entries),
            Answer::Timeline(entries) if seq == self.waiting_more => {
                self.waiting_more = Seq::default();
                self.complete = entries.len() < PAGE;
                let last = self.entries.last().map_or(i64::MAX, |entry| entry.seq);
                self.entries.extend(entries.iter().filter(|entry| entry.seq < last).cloned());
            }
            Answer::Drafts(drafts) if seq == self.waiting_drafts => {
                self.drafts =
                    drafts.iter().filter(|draft| draft.customer == Some(self.id)).cloned().collect();
            }
            Answer::Others(others) if seq == self.waiting_others => self.others.clone_from(others),
            Answer::Saved if seq == self.deleting => {
                cx.say(Tone::Good, "Deleted. u brings them back.");
                cx.close();
            }
            Answer::Saved if seq == self.saving => {
                cx.say(Tone::Good, self.saved);
                self.ask(cx);
            }
            _ => {}
        }
    }

    /// The card stands; only now is asked what nobody waits for.
    fn shown(&mut self, cx: &mut Cx<'_>, card: &Card) {
        self.card = Some(Box::new(card.clone()));
        if card.id != self.id {
            self.id = card.id;
            cx.say(Tone::Note, format!("Merged: this is the card of {}.", card.name.cut(40)));
            cx.effect(Effect::Doing(Some(self.id), "viewing"));
            self.ask(cx);
        }
        self.waiting_alike = cx.read(Read::Duplicates(self.id));
    }

    /// How many look like this one.
    pub(crate) fn likely(&self) -> usize {
        self.alike.iter().flatten().filter(|other| other.likely).count()
    }

    /// The newest page again; what was walked to before stays.
    fn refresh(&mut self, newest: &[Entry]) {
        let oldest = newest.last().map_or(i64::MAX, |entry| entry.seq);
        let kept = self.entries.iter().filter(|entry| entry.seq < oldest && newest.len() == PAGE).cloned();
        let at = self.listed().get(self.chosen).map(|entry| entry.seq);
        self.entries = newest.iter().cloned().chain(kept.collect::<Vec<_>>()).collect();
        self.complete = self.complete || newest.len() < PAGE;
        if self.pane == Pane::Timeline {
            let same = self.listed().iter().position(|entry| Some(entry.seq) == at);
            self.chosen = same.unwrap_or(0);
        }
    }

    /// Work that was begun on this customer and not saved.
    pub(crate) fn draft(&self, of: DraftOf) -> Option<&Draft> {
        self.drafts.iter().find(|draft| draft.of == of)
    }
}

impl Page for CardScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened => {
                cx.write(Write::Opened(self.id));
                cx.effect(Effect::Doing(Some(self.id), "viewing"));
                self.ask(cx);
            }
            Event::Shown => {
                cx.effect(Effect::Doing(Some(self.id), "viewing"));
                self.ask(cx);
            }
            Event::Changed => self.ask(cx),
            Event::Act(action) => self.act(cx, action),
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(seq, failure) if seq == self.waiting && !failure.stale => {
                if !self.gone {
                    cx.say(Tone::Bad, failure.why.clone());
                }
                self.gone = true;
            }
            Event::Failed(seq, failure) if seq == self.saving || seq == self.deleting => {
                cx.say(Tone::Bad, failure.why.clone())
            }
            // The next step asks again.
            Event::Failed(seq, _) if seq == self.waiting_more => self.waiting_more = Seq::default(),
            Event::Told(Told::Chosen(STAGE, choice)) => self.stage(cx, *choice),
            Event::Told(Told::Chosen(DELETE, _)) => self.deleting = cx.write(Write::DeleteCustomer(self.id)),
            Event::Told(Told::Typed(TAGS, line)) => self.retag(cx, line),
            Event::Told(Told::Typed(aod::KEPT, typed)) => {
                self.debt = (!typed.is_empty()).then(|| typed.clone());
            }
            Event::Told(Told::Chosen(DO_NOT_TEXT, choice)) => self.do_not_text(cx, *choice),
            Event::Told(told) => {
                let number = self.point(Field::Mobile).map(|point| point.value.clone());
                if let Some(seq) = hold::told(cx, told, number.as_ref(), Some(self.id)) {
                    (self.saving, self.saved) = (seq, "Written down.");
                }
            }
            Event::Leaving => cx.effect(Effect::Doing(None, "viewing")),
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Customer]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        view::title(self.card(), look)
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        view::hint(self, look)
    }

    fn typing(&self) -> Option<Target> {
        None
    }

    fn customer(&self) -> Option<CustomerId> {
        Some(self.id)
    }

    fn is_restless(&self, now: Micros) -> bool {
        self.entries.iter().any(|entry| {
            let held_until = match &entry.what {
                What::Text(text) => text.held_until,
                What::Mail(mail) => mail.held_until,
                _ => None,
            };
            held_until.is_some_and(|until| until > now)
        })
    }
}

impl CardScreen {
    /// The contact alone; answers with the room below it.
    pub fn draw_contact(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Rect {
        view::draw_contact(self, look, area, buffer)
    }

    pub fn draw_timeline(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw_timeline(self, look, area, buffer)
    }

    /// The place of the note while nobody types one.
    pub fn draw_note(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
        view::draw_note(self, look, area, buffer);
    }

    /// Where a note is typed at 80 columns.
    pub fn note_area(&self, look: &Look<'_>, area: Rect) -> Rect {
        view::note_area(self, look, area)
    }
}

/// The row that names a customer, the same on every screen about one.
pub fn title_of(card: Option<&Card>, look: &Look<'_>) -> Line<'static> {
    view::title(card, look)
}

/// The state of a contact point as a word, the same on every screen.
pub fn state_of(point: &Point, look: &Look<'_>) -> ratatui::text::Span<'static> {
    view::state_of(point, look)
}

/// A value as a screen shows it: numbers the national way.
pub fn shown_value(look: &Look<'_>, value: &SafeText) -> SafeText {
    look.phone(value)
}
