//! The state of a text in words, for the thread, the card and the inbox.

use ratatui::style::Style;

use crate::domain::shown::Text;
use crate::domain::text::SafeText;
use crate::domain::{delivery, later};
use crate::tui::view::Look;

/// Nobody counts more seconds than these.
const COUNTED: u128 = 3600;

/// The state of a text as a sign and a word; never a colour alone. Nothing for one of theirs.
pub fn words(text: &Text, look: &Look<'_>) -> (String, Style) {
    if text.inbound {
        return (String::new(), Style::new());
    }
    if let Some(until) = text.held_until.filter(|until| *until > look.now) {
        if let Some(words) = later::sentence(text.reason.as_str(), &look.stamp(until)) {
            return (words, look.theme.warn());
        }
        let seconds = until.since(look.now).as_millis().div_ceil(1000);
        let words = match text.reason.as_str() {
            "" if seconds > COUNTED => format!("sends {}", look.stamp(until)),
            "" => format!("sends in {seconds} s"),
            why => format!("waits: {why}"),
        };
        return (words, look.theme.warn());
    }
    let (mut words, style) = of(&text.status, look);
    if let Some(code) = text.error_code {
        words.push_str(&format!(" {code}"));
    }
    if text.again {
        words.push_str(", again");
    }
    (words, style)
}

/// A word of the outbox, or of the provider.
fn of(status: &str, look: &Look<'_>) -> (String, Style) {
    let theme = look.theme;
    let (words, style) = match status {
        "waiting" if look.state.offline.is_some() => ("waits for network", theme.warn()),
        "waiting" if look.state.no_texting.is_some() => ("waits: not set up", theme.warn()),
        "waiting" => ("waits to leave", theme.warn()),
        "claimed" | "in flight" => ("sending", Style::new()),
        "ambiguous" => ("? finding out if it left", theme.warn()),
        "unconfirmed" => ("? not confirmed: may have arrived", theme.warn()),
        "parked" => ("x set aside", theme.bad()),
        "canceled" => ("canceled, not sent", theme.faint()),
        "delivered" => ("ok delivered", theme.good()),
        "read" => ("ok read", theme.good()),
        "partially_delivered" => ("partly delivered", theme.warn()),
        "undelivered" | "failed" | "rejected" | "expired" | "discarded" => {
            return (format!("x {status}"), theme.bad());
        }
        other => return (SafeText::new(other).to_string(), Style::new()),
    };
    (words.to_owned(), style)
}

/// What the provider's code of a failed text means, with what to do (FACTS 5); without one, why the
/// outbox says it came to nothing.
pub fn trouble(text: &Text) -> Option<String> {
    if text.inbound {
        return None;
    }
    let ended = matches!(text.status.as_str(), "failed" | "canceled" | "expired" | "discarded");
    let own = Some(text.reason.to_string()).filter(|why| ended && !why.is_empty());
    text.error_code.and_then(delivery::error_sentence).map(str::to_owned).or(own)
}
