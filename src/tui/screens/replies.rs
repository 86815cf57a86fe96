//! Saved replies over the composer (TWS-91): letters look for one, a digit takes it, what nobody knows is
//! asked for, and the words stand below as this customer would read them.

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::text::size;
use super::{Kind, Page, Target};
use crate::domain::shown::Party;
use crate::domain::template::{Filled, Replies, Reply, fill, likeness};
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::msg::{Answer, Read, Seq, Tone};
use crate::tui::view::{Look, framed, rule};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::{list, text};

/// Cells of the box, and rows of the words below the list.
const WIDTH: u16 = 76;
const PREVIEW: u16 = 6;
/// Rows that a digit reaches.
const DIGITS: usize = 9;

/// What is known, and what is asked next.
#[derive(Clone, Debug, PartialEq)]
struct Asking {
    reply: Reply,
    values: BTreeMap<String, SafeText>,
    variable: String,
}

/// The list, or one value that is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct RepliesBox {
    party: Party,
    waiting: Seq,
    /// `None` until the answer.
    known: Option<Box<Replies>>,
    trouble: Option<String>,
    line: Field,
    chosen: usize,
    asking: Option<Box<Asking>>,
}

impl RepliesBox {
    pub fn new(party: Party) -> Self {
        Self {
            party,
            waiting: Seq::default(),
            known: None,
            trouble: None,
            line: Field::line(""),
            chosen: 0,
            asking: None,
        }
    }

    /// Those that answer what is typed, the best first.
    fn listed(&self) -> Vec<&Reply> {
        let replies = self.known.as_ref().map_or(&[][..], |known| &known.replies);
        let alike = |reply| likeness(self.line.text(), reply).map(|rank| (rank, reply));
        let mut listed: Vec<(u32, &Reply)> = replies.iter().filter_map(alike).collect();
        listed.sort_by_key(|(rank, _)| *rank);
        listed.into_iter().map(|(_, reply)| reply).collect()
    }

    fn filled(&self) -> Option<Filled> {
        if let Some(asking) = &self.asking {
            let mut values = asking.values.clone();
            values.insert(asking.variable.clone(), SafeText::new(self.line.text()));
            return Some(fill(asking.reply.body.as_str(), &asking.reply.language, &values));
        }
        let reply = *self.listed().get(self.chosen)?;
        let values = &self.known.as_ref()?.values;
        Some(fill(reply.body.as_str(), &reply.language, values))
    }

    fn take(&mut self, cx: &mut Cx<'_>, at: usize) {
        let Some(reply) = self.listed().get(at).map(|reply| (*reply).clone()) else { return };
        let values = self.known.as_ref().map(|known| known.values.clone()).unwrap_or_default();
        self.go_on(cx, reply, values);
    }

    /// Asks for the next value that nobody knows, or hands the words to the composer.
    fn go_on(&mut self, cx: &mut Cx<'_>, reply: Reply, values: BTreeMap<String, SafeText>) {
        let filled = fill(reply.body.as_str(), &reply.language, &values);
        self.line.set("");
        match filled.missing.into_iter().next() {
            Some(variable) => self.asking = Some(Box::new(Asking { reply, values, variable })),
            None => {
                cx.close();
                cx.tell(Told::Reply { id: reply.id, marketing: reply.marketing, words: filled.text });
            }
        }
    }

    fn answered(&mut self, cx: &mut Cx<'_>) {
        let value = SafeText::new(self.line.text().trim());
        let Some(asking) = self.asking.take_if(|_| !value.as_str().is_empty()) else {
            cx.say(Tone::Note, "Write what belongs there.");
            return;
        };
        let Asking { reply, mut values, variable } = *asking;
        values.insert(variable, value);
        self.go_on(cx, reply, values);
    }

    fn typed(&mut self, cx: &mut Cx<'_>, key: crate::tui::key::Key) {
        let digit = key.typed().and_then(|c| c.to_digit(10)).filter(|_| self.asking.is_none());
        match digit {
            Some(0) => {}
            Some(digit) => self.take(cx, digit as usize - 1),
            None => {
                cx.edit(&mut self.line, key);
                self.chosen = 0;
            }
        }
    }

    fn draw_list(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
        let width = usize::from(area.width);
        let listed = self.listed();
        let none = match (&self.trouble, &self.known) {
            (Some(why), _) => Some(why.clone()),
            (None, None) => Some("..".to_owned()),
            (None, Some(known)) if known.replies.is_empty() => {
                let add = "cordboard sms templates add NAME TEXT";
                Some(format!("No reply is saved yet: `{add}` saves one."))
            }
            (None, Some(_)) if listed.is_empty() => {
                Some("No saved reply is called so or says so.".to_owned())
            }
            (None, Some(_)) => None,
        };
        if let Some(none) = none {
            let lines = text::wrap(SafeText::new(&none).as_str(), width.saturating_sub(2));
            for (line, y) in lines.iter().zip(area.y..area.bottom()) {
                buffer.set_stringn(area.x + 1, y, line, width.saturating_sub(1), look.theme.faint());
            }
            return;
        }
        let window = list::window(self.chosen, usize::from(area.height), listed.len());
        for ((at, reply), y) in listed.iter().enumerate().skip(window.start).zip(area.y..area.bottom()) {
            let digit = if at < DIGITS { (at + 1).to_string() } else { String::new() };
            buffer.set_string(area.x + 1, y, digit, look.theme.key());
            let name = text::pad(&reply.name, 32);
            let folder = text::pad(&reply.folder, 16);
            let whose = if reply.mine { "mine" } else { "" };
            let used = if reply.used == 0 { String::new() } else { format!("{}x", reply.used) };
            let row = format!("{name}  {folder}  {:<2}  {whose:<4}  {used:>5}", reply.language);
            buffer.set_stringn(area.x + 3, y, row, width.saturating_sub(3), Style::new());
            if at == self.chosen {
                buffer.set_style(Rect { y, height: 1, ..area }, look.theme.chosen());
            }
        }
    }

    fn draw_preview(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
        let Some(filled) = self.filled().filter(|_| area.height > 1) else { return };
        rule(Rect { height: 1, ..area }, buffer);
        let (room, width) = (usize::from(area.height) - 2, usize::from(area.width));
        let words = SafeText::multiline(&filled.text);
        let mut rows = text::wrap(words.as_str(), width.saturating_sub(2));
        if rows.len() > room {
            rows.truncate(room.saturating_sub(1));
            rows.push("..".to_owned());
        }
        for (row, y) in rows.iter().zip(area.y + 1..) {
            buffer.set_stringn(area.x + 1, y, row, width.saturating_sub(1), Style::new());
        }
        let asked = match filled.missing.as_slice() {
            [] => String::new(),
            missing => format!("   asked next: {}", missing.join(", ")),
        };
        let marketing = match &self.asking {
            Some(asking) => asking.reply.marketing,
            None => self.listed().get(self.chosen).is_some_and(|reply| reply.marketing),
        };
        let purpose = if marketing { "   needs a yes to advertising" } else { "" };
        let line = format!("{}{purpose}{asked}", size(&filled.text));
        let y = area.bottom() - 1;
        buffer.set_stringn(area.x + 1, y, line, width.saturating_sub(1), look.theme.faint());
    }
}

impl Page for RepliesBox {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened => self.waiting = cx.read(Read::Replies(self.party.clone())),
            Event::Answer(seq, Answer::Replies(replies)) if seq == self.waiting => {
                self.known = Some(replies.clone());
            }
            Event::Failed(seq, failure) if seq == self.waiting => self.trouble = Some(failure.why.clone()),
            Event::Act(Action::Open) if self.asking.is_some() => self.answered(cx),
            Event::Act(Action::Open) => self.take(cx, self.chosen),
            Event::Act(Action::Back) if self.asking.take().is_some() => self.line.set(""),
            Event::Act(Action::Back) => cx.close(),
            Event::Act(action) if self.asking.is_none() => {
                if let Some(chosen) = list::moved(self.chosen, self.listed().len(), 8, action) {
                    self.chosen = chosen;
                }
            }
            Event::Type(key) => self.typed(cx, key),
            Event::Paste(text) => {
                cx.paste(&mut self.line, text);
                self.chosen = 0;
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let title = match &self.asking {
            Some(asking) => format!("{}: what is missing", asking.reply.name.cut(40)),
            None => "saved replies".to_owned(),
        };
        let inside = framed(&title, (WIDTH, area.height), area, buffer);
        let prompt = match &self.asking {
            Some(asking) => SafeText::new(&format!("{}: ", asking.variable)).cut(30),
            None => "> ".to_owned(),
        };
        let cells = u16::try_from(SafeText::new(&prompt).width()).unwrap_or(0);
        buffer.set_string(inside.x + 1, inside.y, &prompt, look.theme.strong());
        let field = Rect {
            x: inside.x + 1 + cells,
            width: inside.width.saturating_sub(1 + cells),
            height: 1,
            ..inside
        };
        let caret = self.line.draw(field, buffer, Style::new());
        let below = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        let preview = if self.asking.is_some() { below.height } else { PREVIEW.min(below.height / 2) };
        let list = Rect { height: below.height - preview, ..below };
        if self.asking.is_none() {
            self.draw_list(look, list, buffer);
        }
        self.draw_preview(look, Rect { y: list.bottom(), height: preview, ..below }, buffer);
        caret
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Palette]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::default()
    }

    fn hint(&self, _look: &Look<'_>) -> Line<'static> {
        match &self.asking {
            Some(_) => Line::raw(" Nobody knows this about the customer: write it, Enter puts it in."),
            None => Line::raw(" A digit takes that reply; letters look for one by name, folder or words."),
        }
    }

    fn kind(&self) -> Kind {
        Kind::Box
    }

    fn typing(&self) -> Option<Target> {
        Some(Target::new(if self.asking.is_some() { "A VALUE" } else { "A REPLY" }))
    }
}

#[cfg(test)]
mod tests;
