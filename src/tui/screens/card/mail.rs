//! A mail on the timeline.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::view::hanging;
use crate::domain::job::State;
use crate::domain::shown::Mail;
use crate::domain::text::SafeText;
use crate::tui::view::Look;

pub fn rows(mail: &Mail, when: &str, by: &SafeText, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let style = match State::parse(&mail.state) {
        Some(State::Accepted) => look.theme.good(),
        Some(State::Rejected | State::Unconfirmed | State::Parked) => look.theme.bad(),
        _ => Style::new(),
    };
    let said = match (State::parse(&mail.state), mail.held_until) {
        (Some(State::Waiting), Some(until)) if until > look.now => {
            format!("sends in {} s", until.since(look.now).as_millis().div_ceil(1000))
        }
        (Some(State::Waiting), _) => "waits".to_owned(),
        (Some(State::Claimed | State::InFlight), _) => "sending".to_owned(),
        (Some(State::Accepted), _) => "sent".to_owned(),
        (Some(State::Ambiguous | State::Unconfirmed), _) => "not confirmed: may have arrived".to_owned(),
        (Some(State::Rejected), _) => format!("refused: {}", mail.reason),
        (_, _) if mail.reason.as_str().is_empty() => mail.state.clone(),
        (_, _) => format!("{}: {}", mail.state, mail.reason),
    };
    let head = format!("{when} MAIL out  ");
    let mut rows = hanging(&format!("{head}{said}"), width).into_iter();
    let first = rows.next().unwrap_or_default();
    let sign = first.get(head.len()..).unwrap_or_default().to_owned();
    let mut lines = vec![Line::from(vec![Span::raw(head), Span::styled(sign, style)])];
    lines.extend(rows.map(|row| Line::styled(row, style)));
    let about = SafeText::new(&format!("  {} to {}, {by}", mail.about, mail.to));
    lines.push(Line::styled(about.cut(width), look.theme.faint()));
    lines
}
