//! What a thread tells and does about texts that were sent: from which number, why one did not arrive,
//! once more, and who else is answering.

use super::TextScreen;
use crate::domain::delivery::Delivery;
use crate::domain::ids::MessageId;
use crate::domain::phone::E164;
use crate::domain::shown::{Text, Thread};
use crate::domain::text::SafeText;
use crate::tui::model::{Cx, Settings};
use crate::tui::msg::{Read, Tone, Write};
use crate::tui::screens::Screen;
use crate::tui::screens::ask::AskBox;
use crate::tui::screens::report::ReportBox;

/// Asks whether a text that came to nothing is sent once more.
pub const AGAIN: &str = "send again";

impl TextScreen {
    /// The number of ours that a text leaves from: the chosen one, else the one they know.
    pub(crate) fn sender<'a>(&self, settings: &'a Settings) -> Option<&'a E164> {
        let known = self.thread.as_ref().and_then(|thread| thread.ours.as_ref());
        let ours = |wanted: Option<&SafeText>| {
            wanted.and_then(|wanted| settings.numbers.iter().find(|ours| ours.as_str() == wanted.as_str()))
        };
        ours(self.from.as_ref()).or_else(|| ours(known)).or(settings.numbers.first())
    }

    /// The next of our numbers; it is remembered with the text that leaves from it.
    pub(super) fn next_sender(&mut self, cx: &mut Cx<'_>) {
        let numbers = &cx.settings.numbers;
        if numbers.len() < 2 {
            cx.say(Tone::Note, "There is no other number of ours to send from.");
            return;
        }
        let now = self.sender(cx.settings);
        let at = numbers.iter().position(|ours| Some(ours) == now).map_or(0, |at| (at + 1) % numbers.len());
        let chosen = &numbers[at];
        self.from = Some(SafeText::new(chosen.as_str()));
        cx.say(Tone::Note, format!("From {} now.", cx.settings.policy.national(chosen)));
    }

    /// Ours that are in sight or above it, newest first.
    fn ours(&self) -> impl Iterator<Item = &Text> {
        let texts = self.texts();
        let lowest = self.lowest.and_then(|id| texts.iter().position(|text| text.id == id));
        let end = lowest.map_or(texts.len(), |at| at + 1);
        texts[..end].iter().rev().filter(|text| !text.inbound)
    }

    pub(super) fn ask_why(&mut self, cx: &mut Cx<'_>) {
        let open =
            |text: &&Text| !matches!(Delivery::parse(&text.status), Delivery::Delivered | Delivery::Read);
        let text = self.ours().find(open).or_else(|| self.ours().next()).map(|text| text.id);
        match text {
            Some(id) => self.waiting_why = cx.read(Read::Why(id)),
            None => cx.say(Tone::Note, "Nothing was sent here yet."),
        }
    }

    pub(super) fn ask_again(&mut self, cx: &mut Cx<'_>) {
        let newest =
            self.ours().find(|text| !matches!(text.status.as_str(), "delivered" | "read" | "waiting"));
        let Some(text) = newest.cloned() else {
            cx.say(Tone::Note, "No text here came to nothing: there is nothing to send again.");
            return;
        };
        match text.status.as_str() {
            "failed" | "undelivered" | "canceled" | "expired" | "discarded" => {
                let why = super::status::trouble(&text);
                let mut lines = vec![text.body.cut(120)];
                lines.extend(why.map(|why| format!("Last time: {why}")));
                lines.push("It leaves as a new text; the old one stays in the thread.".to_owned());
                cx.open(Screen::Ask(AskBox::new(AGAIN, "Send this text again?", &lines, &["Send it again"])));
                self.question = Some(text.id);
            }
            "unconfirmed" => cx.say(
                Tone::Bad,
                "It may have arrived: a supervisor sends it again from the outbox, with a reason.",
            ),
            _ => cx.say(Tone::Note, "The newest text is still on its way: nothing to send again."),
        }
    }

    pub(super) fn send_again(&mut self, cx: &mut Cx<'_>) {
        if let Some(id) = self.question.take().filter(|_| self.again.is_none()) {
            self.again = Some(cx.write(Write::SendAgain(id)));
        }
    }

    /// Somebody else has answered them while this thread was open: both texts are kept, and both are told.
    pub(super) fn tell_of_others(&self, cx: &mut Cx<'_>, now: &Thread) {
        let Some(before) = &self.thread else { return };
        let known = |id: MessageId| before.texts.iter().any(|text| text.id == id);
        let newest = before.texts.last().map(|text| text.at);
        let mut others = now.texts.iter().filter(|text| {
            !text.inbound
                && !text.by.as_str().is_empty()
                && !known(text.id)
                && newest.is_none_or(|at| text.at >= at)
        });
        if let Some(text) = others.next_back() {
            let mine = now.texts.iter().any(|text| text.job.is_some());
            let then = if mine { " Up takes yours back." } else { "" };
            cx.say(
                Tone::Bad,
                format!("{} has answered them too: both texts are kept.{then}", text.by.cut(30)),
            );
        }
    }
}

/// The walk of a text, in a box.
pub fn show_why(cx: &mut Cx<'_>, sentences: &[String]) {
    cx.open(Screen::Report(ReportBox::new("Why was this not sent?", sentences)));
}
