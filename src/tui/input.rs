//! What arrives from the terminal becomes what a person did: pure, no I/O, no clock.
//!
//! A slow line splits escape sequences and glues keys together, so arrival times decide:
//! - a lone Esc is held for 50 ms. What follows inside that time is its sequence, put together
//!   again, or keys that carry `after_esc` (Alt+x is Esc, then such an x; Alt+Enter stays one key);
//! - on the desk a letter is held for 5 ms: four or more with no larger gap are one `Paste`, not
//!   commands. While typing nothing is held, and the letters stay letters;
//! - a paste that the terminal marks is one `Paste`; one whose end does not come ends after 2 s;
//! - a key within 15 ms of the byte before it carries `after_byte`: such an Enter sends nothing;
//! - answers of the terminal, focus and mouse never come out.
//!
//! The loop feeds all that is queued, each byte with its own arrival time, then calls
//! [`Assembler::expire`] with the time now, and once more at [`Assembler::deadline`]. The times
//! must come from a clock that never jumps ([`super::keys::Clock`]).

mod decode;
mod paste;
mod sequence;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::domain::redact;
use crate::domain::time::Micros;
use decode::Decoder;
use paste::Paste;
use sequence::Reading;

/// For so long after a lone Esc bytes may belong to it.
pub const ESC_WAIT: Duration = Duration::from_millis(50);
/// Letters that arrive closer than this were not typed one by one.
pub const BURST_GAP: Duration = Duration::from_millis(5);
/// An Enter that follows a byte closer than this was not pressed by a person.
pub const ENTER_GAP: Duration = Duration::from_millis(15);
/// For so long the rest of a split sequence may still be under way.
const STRAGGLER: Duration = Duration::from_secs(2);
/// Fewer letters than this are keys, however fast.
const BURST: usize = 4;
/// Bytes kept of one paste.
pub const LONGEST_PASTE: usize = 100_000;
/// While typing a run is handed on at this length.
const LONGEST_RUN: usize = 1_024;

/// One thing the person did.
#[derive(Clone, PartialEq, Eq)]
pub enum Input {
    /// A key press. `after_esc`: within 50 ms of a lone Esc, so it must not act on the desk.
    /// `after_byte`: within 15 ms of the byte before, so an Enter is a line break and not a send.
    Key {
        /// Kind `Press`, no state.
        key: KeyEvent,
        /// Never acts on the desk.
        after_esc: bool,
        /// Was not pressed by itself.
        after_byte: bool,
    },
    /// Text in one piece, of a monster at most the first [`LONGEST_PASTE`] bytes: lines end in `\n`,
    /// no other control character but tabs.
    Paste(String),
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { key, after_esc, after_byte } => {
                let code = match key.code {
                    KeyCode::Char(c) => redact::mask(&c.to_string()),
                    code => format!("{code:?}"),
                };
                write!(f, "Key({code} {:?} after_esc={after_esc} after_byte={after_byte})", key.modifiers)
            }
            Self::Paste(text) => write!(f, "Paste({} characters)", text.chars().count()),
        }
    }
}

/// Holds what cannot be judged yet. See the head of this file.
#[derive(Default)]
pub struct Assembler {
    typing: bool,
    esc: Option<Escape>,
    run: Run,
    last_byte: Option<Micros>,
    last_esc: Option<Micros>,
    decoder: Decoder,
    /// It has begun and not ended.
    paste: Option<Paste>,
}

#[derive(Clone, Copy)]
struct Stroke {
    key: KeyEvent,
    at: Micros,
    after_byte: bool,
}

/// A lone Esc, with what came within its time.
struct Escape {
    esc: Stroke,
    held: Vec<Stroke>,
    text: String,
}

/// Letters, with the line breaks and tabs between them, that came with no gap of [`BURST_GAP`].
#[derive(Default)]
struct Run {
    strokes: Vec<Stroke>,
    bytes: usize,
    full: bool,
}

impl Assembler {
    /// On the desk, with nothing held.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether keys are text now: then no letter waits to see whether it is part of a burst.
    pub fn set_typing(&mut self, typing: bool) {
        self.typing = typing;
    }

    /// Takes a byte that arrived at `at`.
    pub fn feed(&mut self, byte: u8, at: Micros) -> Vec<Input> {
        let mut out = Vec::new();
        self.lapse(at, BURST_GAP, &mut out);
        if let Some(c) = self.decoder.take(byte) {
            match &mut self.paste {
                Some(paste) => {
                    if paste.take(c, at) {
                        self.end_paste(&mut out);
                    }
                    self.last_byte = Some(at);
                }
                None => self.key(decode::key(c), at, &mut out),
            }
        }
        out
    }

    /// When [`Assembler::expire`] has something to do; `None` if nothing is held.
    pub fn deadline(&self) -> Option<Micros> {
        match (&self.paste, &self.esc, self.run.strokes.last()) {
            (Some(paste), ..) => Some(paste.last() + STRAGGLER),
            (None, Some(escape), _) => Some(escape.deadline()),
            (None, None, Some(last)) => Some(last.at + self.hold()),
            (None, None, None) => None,
        }
    }

    /// Lets go of what was held long enough. Everything that arrived before `now` was fed.
    pub fn expire(&mut self, now: Micros) -> Vec<Input> {
        let mut out = Vec::new();
        self.lapse(now, self.hold(), &mut out);
        out
    }

    fn hold(&self) -> Duration {
        if self.typing { Duration::ZERO } else { BURST_GAP }
    }

    fn lapse(&mut self, now: Micros, gap: Duration, out: &mut Vec<Input>) {
        if self.paste.as_ref().is_some_and(|paste| now >= paste.last() + STRAGGLER) {
            self.end_paste(out);
        }
        if self.esc.as_ref().is_some_and(|escape| now >= escape.deadline()) {
            self.give_up(out);
        }
        if self.run.strokes.last().is_some_and(|last| now.since(last.at) >= gap) {
            self.flush(out);
        }
    }

    fn end_paste(&mut self, out: &mut Vec<Input>) {
        out.extend(self.paste.take().and_then(Paste::text).map(Input::Paste));
    }

    fn key(&mut self, key: KeyEvent, at: Micros, out: &mut Vec<Input>) {
        let after_byte = near(self.last_byte, at, ENTER_GAP);
        self.last_byte = Some(at);
        self.stroke(Stroke { key, at, after_byte }, out);
    }

    fn stroke(&mut self, stroke: Stroke, out: &mut Vec<Input>) {
        match self.esc.take() {
            None => self.plain(stroke, out),
            Some(escape) if escape.held.is_empty() => self.first_after_esc(escape, stroke, out),
            Some(escape) => self.sequence(escape, stroke, out),
        }
    }

    fn plain(&mut self, stroke: Stroke, out: &mut Vec<Input>) {
        let inside = !self.run.strokes.is_empty();
        match text_of(&stroke.key) {
            Some(c) if c.is_control() && !matches!(c, '\n' | '\t') => {}
            Some(c) if inside || !c.is_control() => {
                self.run.push(stroke, c);
                // Where an Enter leads decides what the letters behind it are.
                if self.typing && (c.is_control() || self.run.strokes.len() >= LONGEST_RUN) {
                    self.flush(out);
                }
            }
            _ => {
                self.flush(out);
                if is_esc(&stroke.key) {
                    self.esc = Some(Escape { esc: stroke, held: Vec::new(), text: String::new() });
                } else {
                    out.push(self.input(stroke));
                }
            }
        }
    }

    fn first_after_esc(&mut self, mut escape: Escape, mut stroke: Stroke, out: &mut Vec<Input>) {
        match stroke.key.code {
            KeyCode::Enter | KeyCode::Backspace => {
                stroke.key.modifiers |= KeyModifiers::ALT;
                stroke.after_byte = escape.esc.after_byte;
                out.push(self.input(stroke));
            }
            KeyCode::Char(c) if sequence::opens(c) && text_of(&stroke.key).is_some() => {
                escape.hold(stroke, c);
                self.esc = Some(escape);
            }
            _ => {
                self.lone_esc(escape.esc, out);
                self.plain(stroke, out);
            }
        }
    }

    fn sequence(&mut self, mut escape: Escape, stroke: Stroke, out: &mut Vec<Input>) {
        let c = byte_of(&stroke.key);
        let reading = c.map_or(Reading::Broken, |c| {
            escape.hold(stroke, c);
            sequence::read(&escape.text)
        });
        match reading {
            Reading::More => self.esc = Some(escape),
            Reading::Key(key) => out.push(self.input(Stroke { key, ..escape.esc })),
            Reading::Paste => self.paste = Some(Paste::begin(stroke.at)),
            Reading::Nothing => {}
            Reading::Broken => {
                if c.is_some() {
                    escape.held.pop();
                }
                self.esc = Some(escape);
                self.give_up(out);
                self.plain(stroke, out);
            }
        }
    }

    /// Nothing more belongs to the Esc: it was a key, or the rest of its sequence was lost.
    fn give_up(&mut self, out: &mut Vec<Input>) {
        let Some(escape) = self.esc.take() else { return };
        // More than one byte behind an Esc within its time was no hand; half a sequence is no key.
        if escape.held.len() > 1 {
            return;
        }
        self.lone_esc(escape.esc, out);
        for stroke in escape.held {
            self.plain(stroke, out);
        }
    }

    fn lone_esc(&mut self, esc: Stroke, out: &mut Vec<Input>) {
        out.push(self.input(esc));
        self.last_esc = Some(esc.at);
    }

    fn flush(&mut self, out: &mut Vec<Input>) {
        let run = std::mem::take(&mut self.run);
        if run.is_answer(self.last_esc) {
            return;
        }
        // What follows the last letter stays keys: a typed-ahead Enter must still be an Enter.
        let (pasted, keys) =
            if self.typing || !run.is_burst() { (0, &run.strokes[..]) } else { run.without_end() };
        if pasted > 0 {
            let text = run.strokes[..pasted].iter().filter_map(|stroke| text_of(&stroke.key)).collect();
            out.push(Input::Paste(text));
        }
        out.extend(keys.iter().map(|stroke| self.input(*stroke)));
    }

    fn input(&self, stroke: Stroke) -> Input {
        let after_esc = near(self.last_esc, stroke.at, ESC_WAIT);
        Input::Key { key: stroke.key, after_esc, after_byte: stroke.after_byte }
    }
}

impl Escape {
    fn hold(&mut self, stroke: Stroke, c: char) {
        self.held.push(stroke);
        self.text.push(c);
    }

    fn deadline(&self) -> Micros {
        let last = self.held.last().unwrap_or(&self.esc);
        let glued = self.held.first().is_some_and(|first| near(Some(self.esc.at), first.at, BURST_GAP));
        let begun = self.text.starts_with(['[', 'O']) && (glued || self.held.len() > 1);
        last.at + if begun { STRAGGLER } else { ESC_WAIT }
    }
}

impl Run {
    fn push(&mut self, stroke: Stroke, c: char) {
        self.full |= self.bytes + c.len_utf8() > LONGEST_PASTE;
        if self.full {
            // The gap counts from the last byte, kept or not.
            if let Some(last) = self.strokes.last_mut() {
                last.at = stroke.at;
            }
            return;
        }
        self.bytes += c.len_utf8();
        self.strokes.push(stroke);
    }

    /// One key held down repeats, and a slow line glues the repeats: that is no text.
    fn is_burst(&self) -> bool {
        let mut letters = self.letters();
        let first = letters.next();
        self.full || (self.letters().count() >= BURST && letters.any(|c| Some(c) != first))
    }

    fn letters(&self) -> impl Iterator<Item = char> {
        self.strokes.iter().filter_map(|stroke| text_of(&stroke.key)).filter(|c| !c.is_control())
    }

    fn without_end(&self) -> (usize, &[Stroke]) {
        let is_letter = |stroke: &Stroke| text_of(&stroke.key).is_some_and(|c| !c.is_control());
        let end = self.strokes.iter().rposition(is_letter).map_or(0, |at| at + 1);
        (end, &self.strokes[end..])
    }

    /// The rest of an answer or a key whose Esc came alone.
    fn is_answer(&self, last_esc: Option<Micros>) -> bool {
        let Some(first) = self.strokes.first() else { return true };
        if !(2..=sequence::LONGEST).contains(&self.strokes.len()) {
            return false;
        }
        let text: String = self.strokes.iter().filter_map(|stroke| text_of(&stroke.key)).collect();
        near(last_esc, first.at, STRAGGLER) && sequence::is_whole(&text)
    }
}

fn near(earlier: Option<Micros>, at: Micros, within: Duration) -> bool {
    earlier.is_some_and(|earlier| at.since(earlier) < within)
}

fn is_esc(key: &KeyEvent) -> bool {
    key.code == KeyCode::Esc && key.modifiers.is_empty()
}

/// The character that a key types, line break and tab included.
fn text_of(key: &KeyEvent) -> Option<char> {
    match key.code {
        KeyCode::Char(c) if KeyModifiers::SHIFT.contains(key.modifiers) => Some(c),
        // Raw mode leaves the line feed of a pasted text as Ctrl+J.
        KeyCode::Char('j') if key.modifiers == KeyModifiers::CONTROL => Some('\n'),
        KeyCode::Enter if key.modifiers.is_empty() => Some('\n'),
        KeyCode::Tab if key.modifiers.is_empty() => Some('\t'),
        _ => None,
    }
}

/// The byte that a key was inside a sequence.
fn byte_of(key: &KeyEvent) -> Option<char> {
    match key.code {
        KeyCode::Char(c) if KeyModifiers::SHIFT.contains(key.modifiers) => Some(c),
        KeyCode::Char('g') if key.modifiers == KeyModifiers::CONTROL => Some('\x07'),
        KeyCode::Esc if key.modifiers.is_empty() => Some('\x1b'),
        _ => None,
    }
}
