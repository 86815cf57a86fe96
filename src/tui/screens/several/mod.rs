//! One text to a few chosen customers (TTX-55, 56, 70): who gets it and who cannot, by name and reason,
//! stands above the composer before anything is sent. Each text is a message of its own.

#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::ask::AskBox;
use super::report::ReportBox;
use super::{Page, Screen, Target};
use crate::domain::ids::CustomerId;
use crate::domain::segments;
use crate::domain::shown::{Draft, DraftOf, Recipient};
use crate::domain::text::{Body, SafeText};
use crate::tui::key::Key;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::msg::{Answer, Effect, Failure, Read, Seq, Tone, Write};
use crate::tui::view::{Look, rule_titled};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::text;

/// Asks whether it is sent.
const SEND: &str = "send to several";

/// Rows of the composer.
const ROWS: u16 = 4;

/// Cells of a name in the list, and of a number.
const NAME: usize = 26;
const NUMBER: usize = 16;

/// Those who were chosen, and what is typed to them.
#[derive(Clone, Debug, PartialEq)]
pub struct SeveralScreen {
    customers: Vec<CustomerId>,
    /// `None` until the first answer.
    all: Option<Vec<Recipient>>,
    field: Field,
    asked: Seq,
    /// The look before sending: what was typed then.
    checking: Option<(Seq, Body)>,
    /// What was agreed to be sent.
    agreed: Option<Body>,
    sending: Option<Seq>,
    waiting_draft: Option<Seq>,
}

impl SeveralScreen {
    pub fn new(customers: Vec<CustomerId>) -> Self {
        Self {
            customers,
            all: None,
            field: Field::block(""),
            asked: Seq::default(),
            checking: None,
            agreed: None,
            sending: None,
            waiting_draft: None,
        }
    }

    #[cfg(test)]
    pub(super) fn is_for(&self, other: &Self) -> bool {
        self.customers == other.customers
    }

    fn ask(&self, cx: &mut Cx<'_>, body: Body) -> Seq {
        cx.read(Read::Several { customers: self.customers.clone(), body })
    }

    fn keep(&self, cx: &mut Cx<'_>) {
        let body = Body(self.field.text().to_owned());
        cx.effect(Effect::Draft { customer: None, of: DraftOf::Text, body });
    }

    fn body(&self) -> Body {
        Body(self.field.text().trim().to_owned())
    }

    /// Looks once more at who can get exactly this.
    fn check(&mut self, cx: &mut Cx<'_>) {
        if self.sending.is_some() || self.checking.is_some() {
            return;
        }
        let body = self.body();
        if body.as_str().is_empty() {
            return cx.say(Tone::Note, "Type the text first.");
        }
        self.checking = Some((self.ask(cx, body.clone()), body));
    }

    fn confirm(&mut self, cx: &mut Cx<'_>, body: Body) {
        let all = self.all.as_deref().unwrap_or_default();
        let (get, not): (Vec<_>, Vec<_>) = all.iter().partition(|recipient| recipient.why.is_none());
        let left_out = |who: &&Recipient| format!("{}: {}", who.name, who.why.clone().unwrap_or_default());
        let Some(first) = get.first() else {
            let lines: Vec<String> = not.iter().map(left_out).collect();
            return cx.open(Screen::Report(ReportBox::new("Not sent: nobody can get it", &lines)));
        };
        let mut lines = vec![format!("{} reads: {}", first.name, first.body.as_str().replace('\n', " "))];
        if !not.is_empty() {
            lines.push("Left out:".to_owned());
            lines.extend(not.iter().map(left_out));
        }
        let title = format!("Text {} of {}?", get.len(), all.len());
        let choice =
            if get.len() == 1 { "Send one text".to_owned() } else { format!("Send {} texts", get.len()) };
        self.agreed = Some(body);
        cx.open(Screen::Ask(AskBox::new(SEND, &title, &lines, &[choice])));
    }

    /// To those who could get it when they were shown, and to nobody else.
    fn send(&mut self, cx: &mut Cx<'_>) {
        let Some(body) = self.agreed.take() else { return };
        let all = self.all.as_deref().unwrap_or_default();
        let customers: Vec<_> = all
            .iter()
            .filter(|recipient| recipient.why.is_none())
            .map(|recipient| recipient.customer)
            .collect();
        self.sending = Some(cx.write(Write::TextSeveral { customers, body }));
    }

    fn sent(&mut self, cx: &mut Cx<'_>, all: &[Recipient]) {
        self.sending = None;
        self.field.set("");
        self.keep(cx);
        let (queued, not): (Vec<_>, Vec<_>) = all.iter().partition(|recipient| recipient.why.is_none());
        let texts =
            if queued.len() == 1 { "One text is".to_owned() } else { format!("{} texts are", queued.len()) };
        cx.say(Tone::Good, format!("{texts} saved; u takes back the newest, the outbox each."));
        cx.close();
        if !not.is_empty() {
            let left_out =
                |who: &&Recipient| format!("{}: {}", who.name, who.why.clone().unwrap_or_default());
            let lines: Vec<String> = not.iter().map(left_out).collect();
            cx.open(Screen::Report(ReportBox::new("Left out meanwhile", &lines)));
        }
    }

    fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        match answer {
            Answer::Several(all) if self.sending == Some(seq) => self.sent(cx, all),
            Answer::Several(all) => {
                if let Some((_, body)) = self.checking.take_if(|(asked, _)| *asked == seq) {
                    self.all = Some(all.clone());
                    // What was typed meanwhile is another text.
                    if body == self.body() {
                        self.confirm(cx, body);
                    }
                } else if seq == self.asked {
                    self.all = Some(all.clone());
                }
            }
            Answer::Draft(draft) if Some(seq) == self.waiting_draft => self.found(cx, draft.as_ref()),
            _ => {}
        }
    }

    fn found(&mut self, cx: &mut Cx<'_>, draft: Option<&Draft>) {
        self.waiting_draft = None;
        if let Some(draft) = draft.filter(|_| self.field.is_empty()) {
            self.field.set(&draft.body);
            cx.say(Tone::Note, "What you typed to several before is back.");
        }
    }

    fn failed(&mut self, cx: &mut Cx<'_>, seq: Seq, failure: &Failure) {
        let mine = self.checking.take_if(|(asked, _)| *asked == seq).is_some()
            || self.sending.take_if(|asked| *asked == seq).is_some();
        if mine || (seq == self.asked && !failure.stale) {
            cx.say(Tone::Bad, failure.why.clone());
        }
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::Send => self.check(cx),
            Action::NewLine => self.paste(cx, "\n"),
            Action::Back => {
                if !self.field.is_empty() {
                    cx.say(Tone::Note, "Nothing sent. What you typed is kept.");
                }
                cx.close();
            }
            _ => {}
        }
    }

    fn paste(&mut self, cx: &mut Cx<'_>, text: &str) {
        if cx.paste(&mut self.field, text) {
            self.keep(cx);
        }
    }

    fn type_key(&mut self, cx: &mut Cx<'_>, key: Key) {
        if cx.edit(&mut self.field, key) {
            self.keep(cx);
        }
    }
}

impl Page for SeveralScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened => {
                self.asked = self.ask(cx, Body(String::new()));
                self.waiting_draft = Some(cx.read(Read::Draft { customer: None, of: DraftOf::Text }));
            }
            Event::Changed => self.asked = self.ask(cx, self.body()),
            Event::Act(action) => self.act(cx, action),
            Event::Type(key) => self.type_key(cx, key),
            Event::Paste(text) => self.paste(cx, text),
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(seq, failure) => self.failed(cx, seq, failure),
            Event::Told(Told::Chosen(SEND, _)) => self.send(cx),
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let below = ROWS + 1;
        let list = Rect { height: area.height.saturating_sub(below), ..area };
        draw_list(self.all.as_deref(), look, list, buffer);
        let rule = Rect { y: list.bottom(), height: 1, ..area };
        rule_titled("One text to each", rule, buffer, look.theme.strong());
        buffer.set_string(area.x, rule.y + 1, " > ", look.theme.strong());
        let field = Rect { x: area.x + 3, y: rule.y + 1, width: area.width.saturating_sub(4), height: ROWS };
        self.field.draw(field.intersection(area), buffer, Style::new())
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Several]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        let all = self.all.as_deref().unwrap_or_default();
        let get = all.iter().filter(|recipient| recipient.why.is_none()).count();
        let of = self.customers.len();
        Line::styled(format!("Text to {of} chosen customers   {get} can get it"), look.theme.strong())
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        if self.sending.is_some() {
            return Line::raw(" Saving..");
        }
        let body = self.body();
        if body.as_str().is_empty() {
            let enter = look.key(&[Context::Several], Action::Send);
            return Line::raw(format!(
                " {{first_name|there}} is filled in for each. {enter} shows it first."
            ));
        }
        let size = segments::count(body.as_str());
        let excess = segments::excess(body.as_str());
        if excess > 0 {
            return Line::styled(format!(" Too long by {excess}."), look.theme.bad());
        }
        Line::raw(format!(" {} units  {}  segments: {}", size.units, size.encoding, size.segments))
    }

    fn typing(&self) -> Option<Target> {
        Some(Target::new("TEXT to several"))
    }
}

/// Those who cannot get it first: they need a look.
fn draw_list(all: Option<&[Recipient]>, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let Some(all) = all else {
        buffer.set_stringn(area.x, area.y, " ..", width, look.theme.faint());
        return;
    };
    let mut sorted: Vec<&Recipient> = all.iter().collect();
    sorted.sort_by_key(|recipient| recipient.why.is_none());
    let mut y = area.y;
    for (nth, recipient) in sorted.iter().enumerate() {
        if y >= area.bottom() {
            return;
        }
        let rest = sorted.len() - nth;
        if y + 1 == area.bottom() && rest > 1 {
            let line = format!("   and {rest} more");
            buffer.set_stringn(area.x, y, line, width, look.theme.faint());
            return;
        }
        let number = look.phone(&recipient.number);
        let head = format!("   {}  {}  ", text::pad(&recipient.name, NAME), text::pad(&number, NUMBER));
        let (said, style) = match &recipient.why {
            Some(why) => (format!("x {why}"), look.theme.bad()),
            None if !recipient.note.as_str().is_empty() => (recipient.note.to_string(), look.theme.warn()),
            None => ("gets it".to_owned(), look.theme.good()),
        };
        buffer.set_stringn(area.x, y, &head, width, Style::new());
        let room = width.saturating_sub(NAME + NUMBER + 8);
        let column = area.x + u16::try_from(NAME + NUMBER + 7).unwrap_or(0);
        for row in text::wrap(SafeText::new(&said).as_str(), room) {
            if y < area.bottom() {
                buffer.set_stringn(column, y, row, room, style);
                y += 1;
            }
        }
    }
}
