//! A request for payment (NIC-26): the code to scan, and the ways to send it.

#[cfg(test)]
mod tests;
mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::line::LineBox;
use super::{Page, Screen};
use crate::domain::ids::CustomerId;
use crate::domain::payment::By;
use crate::domain::shown::{Card, Payment, Point, Proof};
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::msg::{Answer, Failure, Read, Seq, Tone, Write};
use crate::tui::view::Look;
use crate::tui::widgets::text;

const AMOUNT: &str = "amount";

/// One request, before it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct PaymentScreen {
    customer: CustomerId,
    card: Box<Card>,
    /// As typed; `None`: what is due.
    amount: Option<String>,
    /// `None` until the first answer.
    payment: Option<Payment>,
    /// Why there is none.
    refused: Option<String>,
    waiting: Seq,
    waiting_card: Seq,
    /// Handed over, and which way it goes.
    sending: Option<(Seq, By)>,
}

impl PaymentScreen {
    pub fn new(card: &Card) -> Self {
        Self {
            customer: card.id,
            card: Box::new(card.clone()),
            amount: None,
            payment: None,
            refused: None,
            waiting: Seq::default(),
            waiting_card: Seq::default(),
            sending: None,
        }
    }

    /// The link, once there is one.
    fn link(&self) -> Option<&str> {
        self.payment.as_ref().map(|payment| payment.link.as_str()).filter(|link| !link.is_empty())
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        self.waiting = cx.read(Read::Payment { customer: self.customer, amount: self.amount.clone() });
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::Back => cx.close(),
            Action::ByMail => self.send(cx, By::Mail),
            Action::ByText => self.send(cx, By::Text),
            Action::Amount => {
                let now = self.payment.as_ref().map(|payment| payment.amount.to_string()).unwrap_or_default();
                cx.open(Screen::Line(LineBox::new(AMOUNT, "amount: ", &now)));
            }
            Action::Copy => match self.link() {
                Some(link) => super::copy(cx, &SafeText::new(link)),
                None => cx.say(Tone::Note, "There is no link to copy yet."),
            },
            _ => {}
        }
    }

    fn point(&self, by: By) -> Option<&Point> {
        match by {
            By::Mail => self.card.email.as_ref(),
            By::Text => self.card.mobile.as_ref(),
        }
    }

    fn send(&mut self, cx: &mut Cx<'_>, by: By) {
        let (what, takes) = match by {
            By::Mail => ("e-mail", Action::NewEmail),
            By::Text => ("mobile", Action::NewMobile),
        };
        let contexts = [Context::Customer];
        let key = cx.settings.keymap.key(&contexts, takes).map(|key| key.to_string()).unwrap_or_default();
        match self.point(by) {
            None => cx.say(Tone::Bad, format!("There is no {what} on file: Esc, then {key} takes one.")),
            Some(point) if point.trust.proof == Proof::Bad => {
                let why = format!("The {what} on file is dead: Esc, then {key} takes another one.");
                cx.say(Tone::Bad, why);
            }
            Some(_) if self.sending.is_some() => cx.say(Tone::Note, "One moment: it is being saved."),
            Some(_) if self.link().is_none() => {
                let amount = cx.settings.keymap.key(&[Context::Payment], Action::Amount);
                let key = amount.map(|key| key.to_string()).unwrap_or_default();
                let why = self.refused.clone();
                cx.say(Tone::Bad, why.unwrap_or_else(|| format!("No amount is due: {key} says how much.")));
            }
            Some(_) => {
                let write =
                    Write::RequestPayment { customer: self.customer, amount: self.amount.clone(), by };
                self.sending = Some((cx.write(write), by));
            }
        }
    }

    fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        match answer {
            Answer::Card(card) if seq == self.waiting_card => self.card.clone_from(card),
            Answer::Payment(payment) if seq == self.waiting => {
                self.payment = Some(payment.clone());
                self.refused = None;
            }
            Answer::Queued(_) => {
                if let Some((_, by)) = self.sending.take_if(|(sent, _)| *sent == seq) {
                    self.sent(cx, by);
                }
            }
            _ => {}
        }
    }

    fn sent(&self, cx: &mut Cx<'_>, by: By) {
        let to = self.point(by).map(|point| text::phone(&cx.settings.policy, &point.value));
        let to = to.map(|to| to.cut(40)).unwrap_or_default();
        let wait = cx.settings.undo_seconds;
        cx.say(Tone::Good, format!("Saved: a {} to {to} leaves in {wait} s. u takes it back.", by.as_str()));
        cx.close();
    }

    fn failed(&mut self, cx: &mut Cx<'_>, seq: Seq, failure: &Failure) {
        if self.sending.take_if(|(sent, _)| *sent == seq).is_some() {
            cx.say(Tone::Bad, failure.why.clone());
        } else if seq == self.waiting && !failure.stale {
            self.payment = None;
            self.refused = Some(failure.why.clone());
        }
    }
}

impl Page for PaymentScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened => self.ask(cx),
            Event::Shown | Event::Changed => {
                self.waiting_card = cx.read(Read::Card(self.customer));
                self.ask(cx);
            }
            Event::Act(action) => self.act(cx, action),
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(seq, failure) => self.failed(cx, seq, failure),
            Event::Told(Told::Typed(AMOUNT, amount)) => {
                let amount = amount.trim();
                self.amount = (!amount.is_empty()).then(|| amount.to_owned());
                self.ask(cx);
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Payment]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        super::card::title_of(Some(&self.card), look)
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        view::hint(self, look)
    }

    fn customer(&self) -> Option<CustomerId> {
        Some(self.customer)
    }
}
