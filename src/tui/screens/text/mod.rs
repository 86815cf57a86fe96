//! A thread and its composer. The composer is there only while the customer has said yes to texts;
//! otherwise the screen says why not and what opens it. Nothing typed is lost by that.

mod check;
mod rows;
mod sent;
pub mod status;
#[cfg(test)]
pub(super) mod tests;
mod view;

use std::time::Duration;

use chrono_tz::Tz;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::ask::AskBox;
use super::card::{DO_NOT_TEXT, do_not_text, unwanted};
use super::kept::FRESH;
use super::line::{LineBox, both_by};
use super::replies::RepliesBox;
use super::{Kind, Page, Screen, Target, hold};
use crate::domain::ids::{CustomerId, MessageId, TemplateId};
use crate::domain::later;
use crate::domain::lint::Facts;
use crate::domain::shown::{Consent, Draft, DraftOf, Party, Text, Thread, Undone};
use crate::domain::text::{Body, SafeText};
use crate::domain::time::Micros;
use crate::tui::key::{Code, Key};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Move, Told};
use crate::tui::msg::{Answer, Effect, Failure, Read, Seq, Tone, Write};
use crate::tui::view::Look;
use crate::tui::widgets::field::Field;
use crate::tui::widgets::list;
use crate::tui::widgets::text::phone;

pub use rows::rows;
pub use view::size;

/// Texts a page key moves.
const STEP: usize = 4;

/// Asks when it is to leave.
const WHEN: &str = "when";

/// What leaves later than any undo window is said to.
const SOON: Duration = Duration::from_secs(60);

/// Asks whether somebody who said no says yes now.
const YES_NOW: &str = "yes now";

/// The thread with one customer or number, and what is being typed to them.
#[derive(Clone, Debug, PartialEq)]
pub struct TextScreen {
    party: Party,
    /// `None` until the first answer.
    pub(crate) thread: Option<Box<Thread>>,
    pub(crate) composer: Field,
    /// Keys are text. Stays so when a STOP closes the composer under typing hands: letters that
    /// were meant as text must not act on the desk.
    pub(crate) typing: bool,
    /// Something was typed since the screen was opened.
    touched: bool,
    /// The lowest text shown; `None`: the newest.
    pub(crate) lowest: Option<MessageId>,
    /// The text that is being saved, as it stood in the composer.
    pub(crate) sending: Option<(Seq, Body)>,
    /// Why the last text was not saved, or the thread not read.
    pub(crate) trouble: Option<String>,
    /// A draft that is too old to be put in by itself.
    pub(crate) offered: Option<Draft>,
    /// The number as people of the desk's region write it.
    pub(crate) national: SafeText,
    /// The newest of theirs that was marked as read.
    read_to: Option<MessageId>,
    /// The saved reply that what is typed was made of; does it advertise?
    reply: Option<(TemplateId, bool)>,
    /// What the linter knows of whom it goes to, and what it was asked about.
    pub(crate) facts: Option<Box<Facts>>,
    mentions: Vec<String>,
    waiting_facts: Seq,
    waiting: Seq,
    /// `None` once the draft has been read: before that none is written.
    waiting_draft: Option<Seq>,
    taking: Option<Seq>,
    pub(crate) recording: Option<Seq>,
    /// The number of ours that was chosen here.
    from: Option<SafeText>,
    waiting_why: Seq,
    /// The text that a box asks about.
    question: Option<MessageId>,
    /// It is being queued once more.
    again: Option<Seq>,
}

impl TextScreen {
    pub fn new(party: Party) -> Self {
        Self {
            party,
            thread: None,
            composer: Field::block(""),
            typing: true,
            touched: false,
            lowest: None,
            sending: None,
            trouble: None,
            offered: None,
            national: SafeText::default(),
            read_to: None,
            reply: None,
            facts: None,
            mentions: Vec::new(),
            waiting_facts: Seq::default(),
            waiting: Seq::default(),
            waiting_draft: None,
            taking: None,
            recording: None,
            from: None,
            waiting_why: Seq::default(),
            question: None,
            again: None,
        }
    }

    /// The number texts go to.
    pub(crate) fn number(&self) -> Option<&SafeText> {
        self.thread.as_ref()?.number.as_ref()
    }

    /// May the party be texted? `None` while that is not known, or without a number.
    pub(crate) fn consent(&self) -> Option<&Consent> {
        self.number()?;
        self.thread.as_ref()?.consent.as_ref()
    }

    /// There is a composer, and Enter sends.
    pub(crate) fn is_open(&self) -> bool {
        self.consent().is_some_and(Consent::is_yes)
    }

    /// It is known that nothing can be sent now.
    pub(crate) fn is_blocked(&self) -> bool {
        self.thread.is_some() && !self.is_open()
    }

    pub(crate) fn texts(&self) -> &[Text] {
        self.thread.as_ref().map_or(&[], |thread| &thread.texts)
    }

    /// What would leave: blank ends are not paid for.
    pub(crate) fn body(&self) -> &str {
        self.composer.text().trim()
    }

    /// The outbox line of the newest text of this user that has not left.
    pub(crate) fn held(&self) -> Option<i64> {
        self.texts().iter().rev().find_map(|text| text.job)
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        self.waiting = cx.read(Read::Thread(self.party.clone()));
    }

    fn shown(&mut self, cx: &mut Cx<'_>) {
        cx.effect(match &self.party {
            Party::Customer(id) => Effect::Doing(Some(*id), "texting"),
            Party::Number(number) => Effect::Answering(number.clone()),
        });
        self.ask(cx);
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::Send => self.send(cx, None),
            Action::SendLater => self.ask_when(cx, None),
            Action::Fix => self.fix(cx),
            Action::Replies => cx.open(Screen::Replies(RepliesBox::new(self.party.clone()))),
            Action::NewLine => self.paste(cx, "\n"),
            Action::Held if self.composer.is_empty() => self.take_back(cx),
            Action::Held => self.type_key(cx, Key::plain(Code::Up)),
            Action::SaidYes => self.said_yes(cx),
            Action::Sender => self.next_sender(cx),
            Action::WhyNot => self.ask_why(cx),
            Action::Retry => self.ask_again(cx),
            Action::HoldTexts => hold::ask(cx, self.consent()),
            Action::DoNotText => {
                if let Some(number) = self.number() {
                    let ask = do_not_text(&cx.settings.policy, number);
                    cx.open(Screen::Ask(ask));
                }
            }
            Action::NewMobile if self.customer().is_some() => {
                cx.close();
                cx.go(Move::Act(Action::NewMobile));
            }
            Action::Copy => match self.number() {
                Some(number) => super::copy(cx, number),
                None => cx.say(Tone::Note, "There is no number to copy here."),
            },
            Action::Back if self.typing && self.is_blocked() => self.typing = false,
            Action::Back => {
                if !self.composer.is_empty() {
                    cx.say(Tone::Note, "What you typed is kept as a draft.");
                }
                cx.close();
            }
            action => self.scroll(action),
        }
    }

    fn scroll(&mut self, action: Action) {
        let len = self.texts().len();
        let newest = len.saturating_sub(1);
        let lowest = self.lowest.and_then(|id| self.texts().iter().position(|text| text.id == id));
        if let Some(at) = list::moved(lowest.unwrap_or(newest), len, STEP, action) {
            self.lowest = self.texts().get(at).filter(|_| at < newest).map(|text| text.id);
        }
    }

    fn type_key(&mut self, cx: &mut Cx<'_>, key: Key) {
        if cx.edit(&mut self.composer, key) {
            self.changed(cx);
        }
    }

    fn paste(&mut self, cx: &mut Cx<'_>, text: &str) {
        if cx.paste(&mut self.composer, text) {
            self.changed(cx);
        }
    }

    /// What is typed is kept from then on.
    fn changed(&mut self, cx: &mut Cx<'_>) {
        self.touched = true;
        self.trouble = None;
        if self.composer.is_empty() && self.reply.take().is_some() {
            self.ask_facts(cx);
        }
        self.keep(cx);
        self.look_again(cx);
    }

    /// Hands the draft over. One that is on offer stays until something else is typed.
    fn keep(&self, cx: &mut Cx<'_>) {
        if self.waiting_draft.is_some() {
            return;
        }
        let offered = self.offered.as_ref().map_or("", |draft| &draft.body);
        let text = if self.composer.is_empty() { offered } else { self.composer.text() };
        let body = Body(text.to_owned());
        cx.effect(match &self.party {
            Party::Customer(id) => Effect::Draft { customer: Some(*id), of: DraftOf::Text, body },
            Party::Number(number) => Effect::DraftTo { number: number.clone(), body },
        });
    }

    /// The clock that a time for them is meant by.
    pub(crate) fn clock(&self) -> Option<Tz> {
        let thread = self.thread.as_ref()?;
        let zone = if thread.hours.zone.is_empty() { &thread.timezone } else { &thread.hours.zone };
        Some(zone.parse().unwrap_or(Tz::UTC))
    }

    /// Asks when it is to leave: in quiet hours their end is offered, unless `typed` was no time.
    fn ask_when(&self, cx: &mut Cx<'_>, typed: Option<&str>) {
        let (Some(zone), true) = (self.clock(), self.is_open()) else {
            return cx.say(Tone::Bad, "Nothing can be sent here now.");
        };
        if self.body().is_empty() {
            return cx.say(Tone::Note, "Type the text first; then say when it leaves.");
        }
        let till = self.thread.as_ref().and_then(|thread| thread.hours.till).filter(|till| *till > cx.now);
        let offered = till.map(|till| later::suggestion(till, cx.now, zone)).unwrap_or_default();
        let line = LineBox::new(WHEN, "send at (their clock): ", typed.unwrap_or(&offered));
        cx.open(Screen::Line(line.by_clock(zone)));
    }

    /// Words for a time were typed.
    fn send_when(&mut self, cx: &mut Cx<'_>, words: &str) {
        let Some(zone) = self.clock().filter(|_| !words.is_empty()) else { return };
        match later::read(words, cx.now, zone) {
            Ok(at) => self.send(cx, Some(at)),
            Err(why) => {
                cx.say(Tone::Bad, format!("Not sent: {why}."));
                self.ask_when(cx, Some(words));
            }
        }
    }

    fn send(&mut self, cx: &mut Cx<'_>, at: Option<Micros>) {
        let Some(number) = self.number().filter(|_| self.is_open()) else {
            if self.is_blocked() {
                cx.say(Tone::Bad, "Not sent: nothing can be sent here now. What you typed is kept.");
            }
            return;
        };
        let body = self.body();
        if self.sending.is_some() || body.is_empty() {
            return;
        }
        if let Some(error) = self.error(cx) {
            cx.say(Tone::Bad, error);
            return;
        }
        let write = Write::Text {
            to: self.party.clone(),
            from: self.sender(cx.settings).map(|ours| SafeText::new(ours.as_str())),
            number: number.as_str().to_owned(),
            body: Body(body.to_owned()),
            purpose: self.purpose(cx.settings),
            reply: self.reply.map(|(id, _)| id),
            at,
        };
        self.trouble = None;
        let whole = Body(self.composer.text().to_owned());
        self.sending = Some((cx.write(write), whole));
    }

    /// On disk: the composer is empty again, but for what was typed behind it meanwhile.
    fn queued(&mut self, cx: &mut Cx<'_>, leaves: Micros) {
        let Some((_, sent)) = self.sending.take() else { return };
        if let Some(zone) = self.clock().filter(|_| leaves.since(cx.now) > SOON) {
            cx.say(Tone::Good, format!("Saved. It leaves {}.", both_by(leaves, zone, cx.now, cx.offset)));
        }
        let text = self.composer.text();
        let rest = text.strip_prefix(sent.as_str()).map_or(text, str::trim_start).to_owned();
        self.composer.set(&rest);
        self.reply = None;
        self.lowest = None;
        self.keep(cx);
        self.ask(cx);
    }

    fn take_back(&mut self, cx: &mut Cx<'_>) {
        if self.taking.is_some() {
            return;
        }
        if let Some(seq) = self.held() {
            self.taking = Some(cx.write(Write::TakeBack { seq, kind: "text".to_owned() }));
        } else if let Some(draft) = self.offered.take() {
            self.paste(cx, &draft.body);
        } else {
            cx.say(Tone::Note, "Nothing of yours waits here to be taken back.");
        }
    }

    /// The words are back in the box, before anything typed since.
    fn undone(&mut self, cx: &mut Cx<'_>, undone: &Undone) {
        self.taking = None;
        let typed = self.composer.text().to_owned();
        let gap = if typed.is_empty() { "" } else { "\n" };
        self.composer.set(&format!("{}{gap}{typed}", undone.body));
        self.touched = true;
        self.keep(cx);
        cx.say(Tone::Good, "Taken back: it is in the box and was not sent.");
        self.ask(cx);
    }

    fn said_yes(&mut self, cx: &mut Cx<'_>) {
        match self.consent() {
            Some(Consent::NeverAsked) => self.record_yes(cx),
            Some(Consent::No { stopped: false, .. }) => {
                let line = format!("Read out: {}", cx.settings.wording);
                let ask = AskBox::new(YES_NOW, "They said no before", &[line], &["They say yes now"]);
                cx.open(Screen::Ask(ask));
            }
            _ => {}
        }
    }

    fn record_yes(&mut self, cx: &mut Cx<'_>) {
        let number = self.number().map(|number| number.as_str().to_owned());
        if let Some(number) = number.filter(|_| self.recording.is_none()) {
            let customer = self.customer();
            self.recording = Some(cx.write(Write::VoiceYes { number, customer }));
        }
    }

    fn record_no(&mut self, cx: &mut Cx<'_>, choice: usize) {
        let number = self.number().map(|number| number.as_str().to_owned());
        if let Some(number) = number.filter(|_| self.recording.is_none()) {
            let customer = self.customer();
            let purposes = unwanted(choice);
            self.recording = Some(cx.write(Write::VoiceNo { number, customer, purposes }));
        }
    }

    fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        match answer {
            Answer::Thread(thread) if seq == self.waiting => self.show(cx, thread),
            Answer::TextFacts(facts) if seq == self.waiting_facts => self.facts = Some(facts.clone()),
            Answer::Draft(draft) if Some(seq) == self.waiting_draft => {
                self.found(cx, draft.as_ref());
            }
            Answer::Queued(leaves) if self.sending.as_ref().is_some_and(|(sent, _)| *sent == seq) => {
                self.queued(cx, *leaves);
            }
            Answer::Why(sentences) if seq == self.waiting_why => sent::show_why(cx, sentences),
            Answer::Queued(_) if Some(seq) == self.again => {
                self.again = None;
                cx.say(Tone::Good, "It is sent again, as a new text.");
                self.ask(cx);
            }
            Answer::Undone(undone) if Some(seq) == self.taking => self.undone(cx, undone),
            Answer::Saved if Some(seq) == self.recording => {
                self.recording = None;
                cx.say(Tone::Good, "Saved.");
                self.ask(cx);
            }
            _ => {}
        }
    }

    fn show(&mut self, cx: &mut Cx<'_>, thread: &Thread) {
        let first = self.thread.is_none();
        let was_open = self.is_open();
        self.tell_of_others(cx, thread);
        self.thread = Some(Box::new(thread.clone()));
        self.national =
            thread.number.as_ref().map(|number| phone(&cx.settings.policy, number)).unwrap_or_default();
        if first {
            self.trouble = None;
        }
        if self.is_open() {
            self.typing = true;
        } else if was_open {
            cx.say(Tone::Bad, "Closed while you typed: nothing can be sent here now. It is kept.");
        } else if first {
            self.typing = self.touched;
        }
        self.ask_facts(cx);
        let theirs = thread.texts.iter().rev().find(|text| text.inbound).map(|text| text.id);
        if theirs.is_some() && theirs != self.read_to {
            self.read_to = theirs;
            cx.write(Write::ReadThread(self.party.clone()));
        }
    }

    fn found(&mut self, cx: &mut Cx<'_>, draft: Option<&Draft>) {
        self.waiting_draft = None;
        if let Some(draft) = draft {
            let fresh = cx.now.since(draft.at).as_secs() < FRESH;
            if fresh && self.composer.is_empty() {
                self.composer.set(&draft.body);
            } else {
                self.offered = Some(draft.clone());
            }
        }
        if self.touched {
            self.keep(cx);
        }
    }

    fn failed(&mut self, cx: &mut Cx<'_>, seq: Seq, failure: &Failure) {
        if self.sending.as_ref().is_some_and(|(sent, _)| *sent == seq) {
            self.sending = None;
            self.trouble = Some(failure.why.clone());
            // A block is news about the customer.
            self.ask(cx);
        } else if seq == self.waiting_why {
            cx.say(Tone::Bad, failure.why.clone());
        } else if [self.taking, self.recording, self.again].contains(&Some(seq)) {
            self.again = self.again.filter(|again| *again != seq);
            self.taking = self.taking.filter(|taking| *taking != seq);
            self.recording = self.recording.filter(|recording| *recording != seq);
            cx.say(Tone::Bad, failure.why.clone());
            self.ask(cx);
        } else if Some(seq) == self.waiting_draft {
            self.found(cx, None);
        } else if seq == self.waiting && failure.stale {
            // Somebody else's question took the place of ours; without an answer a STOP is not seen.
            self.ask(cx);
        } else if seq == self.waiting {
            match self.thread {
                Some(_) => cx.say(Tone::Bad, failure.why.clone()),
                None => self.trouble = Some(failure.why.clone()),
            }
        }
    }

    fn typed(&mut self, cx: &mut Cx<'_>, key: Key) {
        match key.code {
            // Without a composer these are no actions, since they would be in the help row.
            Code::Enter if key.alt => self.paste(cx, "\n"),
            Code::Enter => self.send(cx, None),
            Code::PageUp => self.scroll(Action::PageUp),
            Code::PageDown => self.scroll(Action::PageDown),
            _ => self.type_key(cx, key),
        }
    }
}

impl Page for TextScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened => {
                self.shown(cx);
                self.waiting_draft = Some(cx.read(match &self.party {
                    Party::Customer(id) => Read::Draft { customer: Some(*id), of: DraftOf::Text },
                    Party::Number(number) => Read::DraftTo(number.clone()),
                }));
            }
            Event::Shown => self.shown(cx),
            Event::Changed => self.ask(cx),
            Event::Act(action) => self.act(cx, action),
            Event::Type(key) => self.typed(cx, key),
            Event::Paste(text) => self.paste(cx, text),
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(seq, failure) => self.failed(cx, seq, failure),
            Event::Told(Told::Chosen(DO_NOT_TEXT, choice)) => self.record_no(cx, *choice),
            Event::Told(Told::Chosen(YES_NOW, _)) => self.record_yes(cx),
            Event::Told(Told::Typed(WHEN, words)) => self.send_when(cx, words),
            Event::Told(Told::Reply { id, marketing, words }) => {
                self.paste(cx, words);
                self.reply = Some((*id, *marketing));
                self.ask_facts(cx);
            }
            Event::Told(Told::Chosen(sent::AGAIN, _)) => self.send_again(cx),
            Event::Told(told) if self.recording.is_none() => {
                let number = self.number().cloned();
                self.recording = hold::told(cx, told, number.as_ref(), self.customer());
            }
            // Left before the old draft was read: what was typed is newer.
            Event::Leaving if self.touched && self.waiting_draft.is_some() => self.found(cx, None),
            // Whoever is on file has a card below, which says what is done now.
            Event::Leaving if self.customer().is_none() => cx.effect(Effect::Doing(None, "viewing")),
            Event::Told(_) | Event::Leaving => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        let answerable =
            matches!(self.consent(), Some(Consent::NeverAsked | Consent::No { stopped: false, .. }));
        let held = matches!(self.consent(), Some(Consent::Held { .. }));
        match (self.typing, answerable, self.customer().is_some()) {
            (true, ..) if self.is_blocked() => &[],
            (true, ..) => &[Context::Text],
            (false, _, true) if held => &[Context::Held, Context::NoText],
            (false, _, false) if held => &[Context::Held],
            (false, true, true) => &[Context::Consent, Context::NoText],
            (false, true, false) => &[Context::Consent],
            (false, false, true) => &[Context::NoText],
            (false, false, false) => &[],
        }
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        view::title(self, look)
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        view::hint(self, look)
    }

    fn typing(&self) -> Option<Target> {
        self.typing.then(|| Target::new(view::target(self)))
    }

    /// A stranger has no card to stand beside.
    fn kind(&self) -> Kind {
        match self.party {
            Party::Customer(_) => Kind::Part,
            Party::Number(_) => Kind::Body,
        }
    }

    fn customer(&self) -> Option<CustomerId> {
        self.party.customer()
    }

    fn is_restless(&self, now: Micros) -> bool {
        self.texts().iter().any(|text| text.held_until.is_some_and(|until| until > now))
    }
}
