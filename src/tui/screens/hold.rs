//! Closing a number to texts, holding them, and deciding what a held reply meant: the same boxes on the card
//! and in the thread.

use super::Screen;
use super::ask::AskBox;
use super::line::LineBox;
use crate::domain::consent::Purpose;
use crate::domain::ids::CustomerId;
use crate::domain::phone::PhonePolicy;
use crate::domain::shown::Consent;
use crate::domain::text::SafeText;
use crate::tui::model::{Cx, Told};
use crate::tui::msg::{Deciding, Seq, Write};

const MEANT: &str = "what they meant";
const RELEASE: &str = "release texts";
const HOLD: &str = "hold texts";

/// Asks which texts are not wanted any more.
pub const DO_NOT_TEXT: &str = "do not text";

/// Asks which texts to a number are not wanted any more.
pub fn do_not_text(policy: &PhonePolicy, number: &SafeText) -> AskBox {
    let title = format!("Do not text {}", crate::tui::widgets::text::phone(policy, number));
    let lines = ["Waiting texts to this number are canceled at once."];
    let choices = ["No texts at all", "No service texts", "No marketing texts"];
    AskBox::new(DO_NOT_TEXT, &title, &lines, &choices)
}

/// What the choices of [`do_not_text`] mean.
pub fn unwanted(choice: usize) -> Vec<Purpose> {
    match choice {
        0 => Purpose::ALL.to_vec(),
        1 => vec![Purpose::Service],
        _ => vec![Purpose::Marketing],
    }
}

/// Asks what a held reply meant; or why texts to a number are to be held.
pub fn ask(cx: &mut Cx<'_>, consent: Option<&Consent>) {
    if let Some(Consent::Held { .. }) = consent {
        let lines = [
            "Nothing leaves to this number until this is decided.",
            "Stop counts like a STOP of their own: only their START opens the number again.",
        ];
        let choices = ["They want no more texts: stop", "They meant something else: release, and say why"];
        cx.open(Screen::Ask(AskBox::new(MEANT, "What did they mean?", &lines, &choices)));
    } else {
        cx.open(Screen::Line(LineBox::new(HOLD, "hold all texts to this number, why: ", "")));
    }
}

/// Takes in what a box of [`ask`] came to; the write that carries it out, if it is one.
pub fn told(
    cx: &mut Cx<'_>,
    told: &Told,
    number: Option<&SafeText>,
    customer: Option<CustomerId>,
) -> Option<Seq> {
    let (deciding, reason) = match told {
        Told::Chosen(MEANT, 0) => (Deciding::Confirm, ""),
        Told::Chosen(MEANT, _) => {
            cx.open(Screen::Line(LineBox::new(RELEASE, "release, why: ", "")));
            return None;
        }
        Told::Typed(RELEASE, reason) => (Deciding::Release, reason.as_str()),
        Told::Typed(HOLD, reason) => (Deciding::Hold, reason.as_str()),
        _ => return None,
    };
    let number = number?.as_str().to_owned();
    Some(cx.write(Write::DecideTexts { number, customer, deciding, reason: reason.to_owned() }))
}

#[cfg(test)]
mod tests;
