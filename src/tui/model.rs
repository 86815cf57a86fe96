//! The whole state of a desk as one plain value.

use std::collections::BTreeMap;

use crate::domain::consent::Purpose;
use crate::domain::form::Forms;
use crate::domain::ids::{CustomerId, TemplateId};
use crate::domain::lint::Rules;
use crate::domain::money::Currency;
use crate::domain::one_line::Asked;
use crate::domain::phone::{E164, PhonePolicy};
use crate::domain::price::PriceList;
use crate::domain::role::Actor;
use crate::domain::shown::{RINGS, Ring, State, Undoable};
use crate::domain::spell::Alphabet;
use crate::domain::time::Micros;

use super::exporting::Exporting;
use super::importing::Importing;
use super::key::Key;
use super::keymap::Keymap;
use super::msg::{Effect, Seq, Tone};
use super::saving::Saving;
use super::screens::Screen;
use super::screens::lookup::Lookup;
use super::strip::Strip;
use super::theme::Theme;
use super::widgets::field::Field;

/// What does not change while a desk runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub policy: PhonePolicy,
    /// Our sending numbers; the first is the usual one.
    pub numbers: Vec<E164>,
    pub purpose: Purpose,
    /// Of amounts written without one.
    pub currency: Currency,
    /// How long texts, uploads and marks can be taken back, in seconds.
    pub undo_seconds: u32,
    /// Is there an upstream? Without one, nothing is uploaded.
    pub upstream: bool,
    pub keymap: Keymap,
    pub theme: Theme,
    /// The terminal shows ASCII only.
    pub ascii: bool,
    /// The demo's commands are known.
    pub demo: bool,
    /// Where batches go.
    pub exports: std::path::PathBuf,
    /// The wording that is read out for a yes by voice.
    pub wording: String,
    pub forms: Forms,
    /// How an address is spelled when it is read back.
    pub alphabet: Alphabet,
    /// How a caller may be identified, and whether it must be said.
    pub verified_by: Vec<String>,
    pub must_verify: bool,
    /// What is looked at before a text leaves, and what it costs.
    pub lint: Rules,
    pub prices: PriceList,
}

impl Settings {
    /// What the office asks of a contact update.
    pub fn asked(&self) -> Asked<'_> {
        Asked { policy: &self.policy, ways: &self.verified_by, must_verify: self.must_verify }
    }
}

/// A sentence that was shown, with its tone and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    pub tone: Tone,
    pub text: String,
    pub at: Micros,
}

/// How long a toast stays, in seconds.
const TOAST: u64 = 6;

/// Of a field.
const FULL: &str = "Nothing more fits in here: the rest was left out.";

/// How many are kept for `g m`.
const LOG: usize = 200;

/// A running desk.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub settings: Settings,
    pub me: Actor,
    pub now: Micros,
    /// What the desk's own clock adds to UTC, in seconds.
    pub offset: i32,
    pub size: (u16, u16),
    /// The lowest is the look-up; the last has the keys.
    pub stack: Vec<Screen>,
    pub state: State,
    /// Newest last.
    pub log: Vec<Toast>,
    /// How many sentences were said since the last key.
    pub(super) unheard: usize,
    /// The demo's tasks.
    pub strip: Option<Strip>,
    pub(super) seq: u64,
    pub(super) awaited: Awaited,
    /// Saves under way that screens have asked for.
    pub(super) saving: BTreeMap<Seq, Saving>,
    /// Ctrl+C was pressed: once more quits.
    pub(super) quitting: Option<Micros>,
    /// The import under way, wherever its screen is.
    pub(super) importing: Option<Importing>,
    /// The call that was answered: its banner is gone.
    pub(super) answered: Option<Micros>,
    pub(super) exporting: Option<Exporting>,
    /// What the next yes takes back.
    pub(super) undo: Option<Undoable>,
    pub(super) over: bool,
}

/// Requests of the desk itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Awaited {
    pub state: Seq,
    pub undoable: Seq,
    pub undone: Seq,
    /// Of the command line.
    pub captured: Seq,
    pub marked: Seq,
}

impl Model {
    pub fn new(me: Actor, settings: Settings, now: Micros, offset: i32, size: (u16, u16)) -> Self {
        Self {
            settings,
            me,
            now,
            offset,
            size,
            stack: vec![Screen::Lookup(Lookup::new())],
            state: State::default(),
            log: Vec::new(),
            unheard: 0,
            strip: None,
            seq: 0,
            awaited: Awaited::default(),
            saving: BTreeMap::new(),
            quitting: None,
            importing: None,
            answered: None,
            exporting: None,
            undo: None,
            over: false,
        }
    }

    /// The screen that has the keys.
    pub fn top(&self) -> &Screen {
        self.stack.last().expect("the look-up is never closed")
    }

    /// The customer that is shown, if one is.
    pub fn customer(&self) -> Option<CustomerId> {
        self.stack.iter().rev().find_map(Screen::customer)
    }

    /// The newest sentence, while it is fresh.
    pub fn toast(&self) -> Option<&Toast> {
        self.log.last().filter(|toast| self.now.since(toast.at).as_secs() < TOAST)
    }

    /// The sentences of the moment, the newest last: one never hides another that came without a key
    /// between them, so that "saved" is read whatever others do meanwhile.
    pub fn toasts(&self) -> impl Iterator<Item = &Toast> {
        let shown = self.unheard.clamp(1, 2).min(self.log.len());
        self.log[self.log.len() - shown..].iter().filter(|toast| self.now.since(toast.at).as_secs() < TOAST)
    }

    /// The call that rings, until it is answered or too old.
    pub fn ring(&self) -> Option<&Ring> {
        let rings = |ring: &&Ring| self.answered != Some(ring.at) && self.now.since(ring.at) < RINGS;
        self.state.ring.as_ref().filter(rings)
    }

    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        let text = crate::domain::text::SafeText::new(&text.into()).to_string();
        // A key held down says the same again and again.
        if self.toast().is_some_and(|toast| (toast.tone, &toast.text) == (tone, &text)) {
            self.log.pop();
            self.unheard = self.unheard.saturating_sub(1);
        }
        self.unheard += 1;
        self.log.push(Toast { tone, text, at: self.now });
        if self.log.len() > LOG {
            self.log.remove(0);
        }
    }

    pub(super) fn next_seq(&mut self) -> Seq {
        self.seq += 1;
        Seq(self.seq)
    }

    /// Something on screen changes each second.
    pub fn is_restless(&self) -> bool {
        self.toast().is_some()
            || self.quitting.is_some()
            || self.stack.iter().any(|screen| screen.is_restless(self.now))
    }

    /// Keys are text now: how fast they come says nothing.
    pub fn takes_text(&self) -> bool {
        self.top().typing().is_some() && !matches!(self.top(), Screen::Go(_))
    }

    /// What is typed now is a customer's and stays out of recordings.
    pub fn hides_keys(&self) -> bool {
        self.top().typing().is_some_and(|target| target.hidden)
    }
}

/// What a screen works with while it handles one event: it asks, says and moves through this, and
/// nothing else.
pub struct Cx<'a> {
    pub settings: &'a Settings,
    pub me: &'a Actor,
    pub now: Micros,
    pub offset: i32,
    pub size: (u16, u16),
    pub(super) seq: &'a mut u64,
    pub(super) effects: Vec<Effect>,
    pub(super) moves: Vec<Move>,
    pub(super) said: Vec<(Tone, String)>,
}

/// Where the desk goes after an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// On top of this screen.
    Open(Box<Screen>),
    /// Back to the screen below.
    Close,
    /// In place of this screen.
    Become(Box<Screen>),
    /// Back to the look-up.
    Home,
    /// As if its key had been pressed on the screen below.
    Act(super::keymap::Action),
    /// The desk ends.
    Leave(super::msg::Exit),
    /// An event for the screen below, after this one closed.
    Tell(Told),
}

/// What a box tells the screen that opened it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// One of the choices of a question.
    Chosen(&'static str, usize),
    /// A typed line.
    Typed(&'static str, String),
    /// A saved reply, filled in.
    Reply { id: TemplateId, marketing: bool, words: String },
}

impl<'a> Cx<'a> {
    pub(super) fn new(model: &'a mut Model) -> (Self, &'a mut Vec<Screen>) {
        let Model { settings, me, now, offset, size, seq, stack, .. } = model;
        let cx = Cx {
            settings,
            me,
            now: *now,
            offset: *offset,
            size: *size,
            seq,
            effects: Vec::new(),
            moves: Vec::new(),
            said: Vec::new(),
        };
        (cx, stack)
    }

    fn next(&mut self) -> Seq {
        *self.seq += 1;
        Seq(*self.seq)
    }

    /// Asks for something; the answer carries this number.
    pub fn read(&mut self, what: super::msg::Read) -> Seq {
        let seq = self.next();
        self.effects.push(Effect::Read(seq, what));
        seq
    }

    /// Has something saved; the answer carries this number.
    pub fn write(&mut self, what: super::msg::Write) -> Seq {
        let seq = self.next();
        self.effects.push(Effect::Write(seq, what));
        seq
    }

    /// Asks for a look into a file; the answer carries this number.
    pub fn sheet(&mut self, file: std::path::PathBuf) -> Seq {
        let seq = self.next();
        self.effects.push(Effect::Sheet(seq, file));
        seq
    }

    /// Has a file imported; the answers carry this number.
    pub fn intake(&mut self, import: super::msg::Import) -> Seq {
        let seq = self.next();
        self.effects.push(Effect::Intake(seq, import));
        seq
    }

    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.said.push((tone, text.into()));
    }

    /// Edits a field with a key; says so when nothing more fits. Has the text changed?
    pub fn edit(&mut self, field: &mut Field, key: Key) -> bool {
        let before = field.text().to_owned();
        field.key(key);
        let changed = field.text() != before;
        if !changed && key.typed().is_some() {
            self.say(Tone::Bad, FULL);
        }
        changed
    }

    /// Puts text into a field in one piece; says so when not all of it fits. Has the text changed?
    pub fn paste(&mut self, field: &mut Field, text: &str) -> bool {
        let before = field.text().len();
        if field.insert(text) > 0 {
            self.say(Tone::Bad, FULL);
        }
        field.text().len() != before
    }

    pub fn open(&mut self, screen: Screen) {
        self.moves.push(Move::Open(Box::new(screen)));
    }

    pub fn close(&mut self) {
        self.moves.push(Move::Close);
    }

    pub fn tell(&mut self, told: Told) {
        self.moves.push(Move::Tell(told));
    }

    pub fn go(&mut self, to: Move) {
        self.moves.push(to);
    }
}

/// An event as a screen sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event<'a> {
    /// It was opened: time to ask for what it shows.
    Opened,
    /// It is on top again.
    Shown,
    Act(super::keymap::Action),
    /// A key that is text.
    Type(super::key::Key),
    Paste(&'a str),
    Answer(Seq, &'a super::msg::Answer),
    Failed(Seq, &'a super::msg::Failure),
    /// Something on disk is new.
    Changed,
    Told(&'a Told),
    /// It is about to be left: what was typed is handed over.
    Leaving,
}
