//! An acknowledgement of debt (NIC-25): how much, in how many instalments, from when.

#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Page, Target};
use crate::domain::debt::{self, Debt};
use crate::domain::ids::CustomerId;
use crate::domain::money::Currency;
use crate::domain::shown::{Card, Proof};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::FieldError;
use crate::tui::key::Key;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::msg::{Answer, Failure, Seq, Tone, Write};
use crate::tui::view::Look;
use crate::tui::widgets::field::Field;
use crate::tui::widgets::sheet::{self, Input, Row};
use crate::tui::widgets::text;

/// What was typed and not saved goes back to the card under this name.
pub const KEPT: &str = "acknowledgement";

const LABELS: [&str; 3] = ["Amount", "Instalments", "First on"];
const NAMES: [&str; 3] = ["amount", "instalments", "first"];
const LEFT: usize = 17;
const WIDTH: u16 = 24;

/// What is agreed, as it is typed.
#[derive(Clone, Debug, PartialEq)]
pub struct AodScreen {
    customer: CustomerId,
    card: Box<Card>,
    fields: [Field; 3],
    at: usize,
    /// Enter or save was tried: what is missing is named too.
    tried: bool,
    refused: Option<String>,
    saving: Option<Seq>,
}

impl AodScreen {
    /// With what was typed before, else with what is due.
    pub fn new(card: &Card, kept: Option<&str>) -> Self {
        let mut fields = [Field::line(card.due.as_str()), Field::line("1"), Field::line("")];
        if let Some(kept) = kept {
            for (field, text) in fields.iter_mut().zip(kept.split('\t')) {
                field.set(text);
            }
        }
        let at = if fields[0].is_empty() { 0 } else { 1 };
        let customer = card.id;
        Self { customer, card: Box::new(card.clone()), fields, at, tried: false, refused: None, saving: None }
    }

    fn check(&self, currency: Currency, now: Micros, offset: i32) -> Result<Debt, Vec<FieldError>> {
        let [amount, instalments, first] = self.fields.each_ref().map(Field::text);
        Debt::check(amount, instalments, first, currency, debt::today(now, offset))
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        let last = self.fields.len() - 1;
        match action {
            Action::NextField if self.at == last => self.save(cx),
            Action::NextField => self.at += 1,
            Action::NextPane | Action::Down => self.at = (self.at + 1) % self.fields.len(),
            Action::PreviousPane | Action::Up => self.at = self.at.checked_sub(1).unwrap_or(last),
            Action::Save => self.save(cx),
            Action::Back if self.saving.is_some() => {
                cx.say(Tone::Note, "It is being saved and closes by itself.");
            }
            Action::Back => {
                let typed: Vec<&str> = self.fields.iter().map(Field::text).collect();
                if !self.fields[2].is_empty() || self.fields[1].text() != "1" {
                    cx.say(Tone::Note, "Nothing saved. What you typed is kept while the card is open.");
                }
                cx.close();
                cx.tell(Told::Typed(KEPT, typed.join("\t")));
            }
            _ => {}
        }
    }

    fn save(&mut self, cx: &mut Cx<'_>) {
        self.tried = true;
        self.refused = None;
        if self.saving.is_some() {
            return;
        }
        match self.check(cx.settings.currency, cx.now, cx.offset) {
            Ok(debt) => {
                let today = debt::today(cx.now, cx.offset);
                self.saving = Some(cx.write(Write::Debt { customer: self.customer, debt, today }));
            }
            Err(wrong) => {
                let first =
                    wrong.first().and_then(|wrong| NAMES.iter().position(|name| *name == wrong.field));
                self.at = first.unwrap_or(self.at);
            }
        }
    }

    fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        if self.saving != Some(seq) {
            return;
        }
        match answer {
            Answer::Queued(_) => {
                let to = self.card.email.as_ref().map(|email| email.value.cut(40)).unwrap_or_default();
                cx.say(Tone::Good, format!("Saved. A mail with it goes to {to}; u holds the mail back."));
            }
            Answer::Saved => cx.say(Tone::Good, "Saved. No mail goes: there is no way to send one."),
            _ => return,
        }
        cx.close();
        cx.tell(Told::Typed(KEPT, String::new()));
    }

    fn failed(&mut self, seq: Seq, failure: &Failure) {
        if self.saving.take_if(|saving| *saving == seq).is_some() {
            self.refused = Some(failure.why.clone());
        }
    }

    fn edited(&mut self) {
        self.refused = None;
    }

    fn key(&mut self, cx: &mut Cx<'_>, key: Key) {
        if cx.edit(&mut self.fields[self.at], key) {
            self.edited();
        }
    }

    fn paste(&mut self, cx: &mut Cx<'_>, text: &str) {
        if cx.paste(&mut self.fields[self.at], text) {
            self.edited();
        }
    }

    fn rows(&self, look: &Look<'_>, width: usize) -> Vec<Row<'_>> {
        let checked = self.check(look.settings.currency, look.now, look.offset);
        let wrong = checked.as_ref().err().cloned().unwrap_or_default();
        let title = Line::styled(" Acknowledgement of debt", look.theme.strong());
        let mut rows = vec![Row::words(title), Row::gap()];
        for (at, field) in self.fields.iter().enumerate() {
            let here = at == self.at;
            let (sign, style) = if here { (">", look.theme.strong()) } else { (" ", Style::new()) };
            let label = vec![
                Span::styled(format!(" {sign} "), look.theme.strong()),
                Span::styled(format!("{:12}", LABELS[at]), style),
            ];
            let room = WIDTH.min(u16::try_from(width.saturating_sub(LEFT + 2)).unwrap_or(WIDTH));
            let left = u16::try_from(LEFT).unwrap_or(0);
            let input = Input { field, at: left, width: room, focused: here, ghost: String::new() };
            rows.push(Row::input(Line::from(label), input));
            let why = wrong.iter().find(|wrong| wrong.field == NAMES[at]);
            if let Some(why) = why.filter(|_| self.tried || !field.is_empty()) {
                let style = if self.tried { look.theme.bad() } else { look.theme.warn() };
                for row in text::wrap(&why.why, width.saturating_sub(LEFT + 1)) {
                    rows.push(Row::words(Line::styled(format!("{:LEFT$}{row}", ""), style)));
                }
            }
        }
        rows.push(Row::gap());
        if let Ok(debt) = checked {
            let plan = debt.plan();
            let day =
                |at: usize| plan.get(at).map(|(day, amount)| format!("{}  {amount}", day.format("%d %b %Y")));
            let last = plan.len() - 1;
            let mut said = vec![day(0)];
            if last > 2 {
                said.push(Some(format!("... {} more of {}", last - 1, plan[0].1)));
            } else if last > 1 {
                said.push(day(1));
            }
            if last > 0 {
                said.push(day(last));
            }
            for row in said.into_iter().flatten() {
                rows.push(Row::words(Line::styled(format!("{:LEFT$}{row}", ""), look.theme.good())));
            }
            rows.push(Row::gap());
        }
        rows.push(Row::words(Line::styled(format!("   {}", self.way(look)), look.theme.faint())));
        rows
    }

    fn way(&self, look: &Look<'_>) -> String {
        match &self.card.email {
            _ if look.state.no_mail.is_some() => "Mail is not set up: it stays here.".to_owned(),
            None => "There is no e-mail on file: it stays here.".to_owned(),
            Some(email) if email.trust.proof == Proof::Bad => {
                "The e-mail on file is dead: it stays here.".to_owned()
            }
            Some(email) => format!("It goes to {}, too.", email.value.cut(44)),
        }
    }
}

impl Page for AodScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Act(action) => self.act(cx, action),
            Event::Type(key) => self.key(cx, key),
            Event::Paste(text) => self.paste(cx, text),
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(seq, failure) => self.failed(seq, failure),
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        sheet::draw(&self.rows(look, usize::from(area.width)), look.theme, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Debt]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        super::card::title_of(Some(&self.card), look)
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        if self.saving.is_some() {
            return Line::styled(" Saving ..", look.theme.accent());
        }
        if let Some(why) = &self.refused {
            return Line::styled(format!(" Not saved: {}", SafeText::new(why)), look.theme.bad());
        }
        Line::raw(" Nothing saved yet. Once saved it is never changed.")
    }

    fn typing(&self) -> Option<Target> {
        Some(Target::new("DEBT"))
    }

    fn customer(&self) -> Option<CustomerId> {
        Some(self.customer)
    }
}
