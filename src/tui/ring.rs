//! A call that rings: a banner that takes no focus and eats no key (screens.md, rule 9), and the key that
//! opens whoever it is.

#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr as _;

use super::keymap::{Action, Context};
use super::model::Model;
use super::msg::{Effect, Tone, Write};
use super::screens::Screen;
use super::screens::card::CardScreen;
use super::screens::lookup::Lookup;
use super::update::open;
use super::view::Look;
use super::widgets::text;
use crate::domain::shown::State;
use crate::domain::text::SafeText;

/// Cells of the line that a banner leaves at either end.
const EDGE: u16 = 2;

/// A number abroad has no more cells.
const NUMBER: usize = 20;

/// The state rows are new. That a call stands there is told to whoever has put it through.
pub(super) fn stands(model: &mut Model, state: &State, effects: &mut Vec<Effect>) {
    let before = std::mem::replace(&mut model.state, state.clone()).ring.map(|ring| ring.at);
    if let Some(at) = model.ring().map(|ring| ring.at).filter(|at| before != Some(*at)) {
        let seq = model.next_seq();
        effects.push(Effect::Write(seq, Write::RingShown(at)));
    }
}

/// Opens the one who rings, or looks the number up: on top of everything, so that Esc leads back.
pub(super) fn answer(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(ring) = model.ring().cloned() else {
        return model.say(Tone::Note, "Nobody rings.");
    };
    model.answered = Some(ring.at);
    effects.push(Effect::KeepDrafts);
    match ring.customer {
        Some(id) if model.customer() == Some(id) => {
            model.say(Tone::Note, "The one who rings is the one you see.");
        }
        Some(id) => open(model, Screen::Card(CardScreen::new(id, None)), effects),
        None => {
            let number = text::phone(&model.settings.policy, &ring.number);
            open(model, Screen::Lookup(Lookup::of_caller(number.as_str())), effects);
        }
    }
}

/// Who rings, in the line under the head: it covers nothing that somebody reads or types.
pub(super) fn banner(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let sealed = matches!(model.top(), Screen::Lock(_) | Screen::Welcome(_));
    let Some(ring) = model.ring().filter(|_| !sealed) else { return };
    let key = look.key(&[Context::Everywhere], Action::Caller);
    let number = look.phone(&ring.number).cut(NUMBER);
    let (who, does) = match ring.bearers {
        0 => ("nobody on file has it".to_owned(), "looks it up"),
        1 => (ring.name.to_string(), "opens the card"),
        n => (format!("{n} on this number"), "shows them"),
    };
    let (before, behind) = (format!(" RINGS  {number}  "), format!("  {key} {does} "));
    let width = usize::from(area.width.saturating_sub(2 * EDGE));
    // A long name gives way: the key is what has to be read.
    let who = SafeText::new(&who).cut(width.saturating_sub(before.width() + behind.width()));
    let style = look.theme.strong().add_modifier(Modifier::REVERSED);
    buffer.set_stringn(area.x + EDGE, area.y, format!("{before}{who}{behind}"), width, style);
}
