//! The list, and under it the end of the chosen thread.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use unicode_width::UnicodeWidthStr as _;

use super::InboxScreen;
use crate::domain::shown::{Conversation, InboxView, Party};
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::screens::text::rows;
use crate::tui::view::{Look, rule_titled};
use crate::tui::widgets::text;

/// Cells of the columns; the last words take what is left.
const UNREAD: usize = 4;
const WHEN: usize = 11;
const STATE: usize = 11;

/// Of found texts the store counts no more.
const COUNTED: usize = 1_000;

/// Rows of the preview with its title, where the body has so many to spare.
const PREVIEW: u16 = 6;
const ROOM: u16 = 14;

pub fn title(screen: &InboxScreen, look: &Look<'_>) -> Line<'static> {
    let mut spans = vec![Span::styled("Inbox", look.theme.strong()), Span::raw("  ")];
    if let Some(words) = &screen.filter.find {
        let words = SafeText::new(words).cut(40);
        spans.push(Span::styled(format!("texts with: {words}"), look.theme.strong()));
        return Line::from(spans);
    }
    for view in InboxView::ALL {
        let (open, close, style) = match view == screen.filter.view {
            true => ("[", "]", look.theme.strong()),
            false => (" ", " ", look.theme.faint()),
        };
        spans.push(Span::styled(format!("{open}{}{close}", word(view)), style));
    }
    Line::from(spans)
}

fn word(view: InboxView) -> &'static str {
    match view {
        InboxView::All => "All",
        InboxView::Unread => "Unread",
        InboxView::Mine => "Mine",
        InboxView::Unassigned => "Unassigned",
        InboxView::ForUs => "Waiting for us",
        InboxView::ForThem => "Waiting for them",
    }
}

pub fn hint(screen: &InboxScreen, look: &Look<'_>) -> Line<'static> {
    let key = |action| look.key(&[Context::Inbox, Context::Desk, Context::Everywhere], action);
    if screen.filter.find.is_some() {
        return Line::raw(format!(" {} shows the conversations again.", key(Action::Back)));
    }
    match screen.chosen() {
        Some(line) if matches!(line.party, Party::Number(_)) => {
            let (new, whose) = (key(Action::NewCustomer), key(Action::Whose));
            Line::raw(format!(" {new} makes a customer of this number, {whose} says whose it is."))
        }
        Some(line) if !line.answering.as_str().is_empty() => Line::styled(
            format!(" {} is answering them right now.", line.answering.cut(30)),
            look.theme.warn(),
        ),
        Some(line) if line.draft => {
            Line::styled(" You have begun a text to them: Enter goes on with it.", look.theme.accent())
        }
        _ => Line::raw(format!(
            " {} finds words in texts.  {} {} other lists.  {} leaves it unread.",
            key(Action::Filter),
            key(Action::ViewBefore),
            key(Action::ViewAfter),
            key(Action::Unread)
        )),
    }
}

pub fn draw(screen: &InboxScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let width = usize::from(area.width);
    if screen.rows.is_empty() {
        let sentence = match (screen.known, &screen.filter.find, screen.filter.view) {
            (false, ..) => " ..",
            (_, Some(_), _) => " No text has these words.",
            (_, _, InboxView::All) => " Nobody has written yet, and nobody was written to.",
            (_, _, InboxView::Unread) => " Everything is read.",
            (_, _, InboxView::Mine) => " No open conversation is yours.",
            (_, _, InboxView::Unassigned) => " Every open conversation is somebody's.",
            (_, _, InboxView::ForUs) => " Nobody waits for a reply.",
            (_, _, InboxView::ForThem) => " We wait for nobody's reply.",
        };
        buffer.set_stringn(area.x, area.y, sentence, width, look.theme.faint());
        return None;
    }
    let preview = if area.height >= ROOM { PREVIEW.max(area.height / 3) } else { 0 };
    let table = Rect { height: area.height - preview, ..area };
    let cursor = draw_list(screen, look, table, buffer);
    draw_preview(screen, look, Rect { y: table.bottom(), height: preview, ..area }, buffer);
    cursor
}

fn draw_list(screen: &InboxScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let (name, last) = widths(usize::from(area.width));
    let head = format!("  {:UNREAD$} {:name$} {:WHEN$} {:STATE$} {}", "", "Who", "When", "", "Last text");
    buffer.set_stringn(area.x, area.y, head, usize::from(area.width), look.theme.faint());
    let shown = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let window = screen.rows.window(usize::from(shown.height));
    let places = places(screen, window.clone());
    let x = area.right().saturating_sub(u16::try_from(places.width() + 1).unwrap_or(0));
    buffer.set_string(x, area.y, format!(" {places}"), look.theme.faint());
    let mut cursor = None;
    for (place, y) in window.zip(shown.y..shown.bottom()) {
        let Some(conversation) = screen.rows.at_place(place) else { continue };
        let line = row(conversation, look, name, last);
        buffer.set_line(shown.x, y, &line, shown.width);
        if place == screen.rows.place() {
            buffer.set_string(shown.x, y, ">", look.theme.strong());
            buffer.set_style(Rect { y, height: 1, ..shown }, look.theme.chosen());
            cursor = Some(Position::new(shown.x, y));
        }
    }
    cursor
}

/// `1-12 of 20,000`; of found texts not all are counted.
fn places(screen: &InboxScreen, window: std::ops::Range<usize>) -> String {
    let count = |n: usize| text::thousands(i64::try_from(n).unwrap_or(i64::MAX));
    let all = screen.rows.matching();
    let many = if screen.filter.find.is_some() && all >= COUNTED { "+" } else { "" };
    format!("{}-{} of {}{many}", count(window.start + 1), count(window.end), count(all))
}

/// Cells of the name and of the last words.
fn widths(width: usize) -> (usize, usize) {
    let rest = width.saturating_sub(2 + UNREAD + WHEN + STATE + 5);
    let name = (rest / 2).clamp(10, 30);
    (name, rest.saturating_sub(name))
}

fn row(conversation: &Conversation, look: &Look<'_>, name: usize, last: usize) -> Line<'static> {
    let unread = if conversation.unread > 0 { format!("*{}", conversation.unread) } else { String::new() };
    let (state, state_style) = state(conversation, look);
    let style = if conversation.unread > 0 { look.theme.strong() } else { Style::new() };
    Line::from(vec![
        Span::raw("  "),
        Span::styled(text::pad(&SafeText::new(&unread), UNREAD), look.theme.accent()),
        Span::raw(" "),
        Span::styled(text::pad(&who(conversation, look), name), style),
        Span::raw(format!(" {:WHEN$} ", look.when(conversation.at))),
        Span::styled(text::pad(&SafeText::new(&state), STATE), state_style),
        Span::raw(format!(" {}", conversation.last.cut(last))),
    ])
}

/// The one word that matters most: somebody is at it, something was begun, somebody waits, whose it is.
fn state(conversation: &Conversation, look: &Look<'_>) -> (String, Style) {
    let theme = look.theme;
    let first = |name: &SafeText| name.as_str().split(' ').next().unwrap_or_default().to_owned();
    match conversation {
        line if !line.answering.as_str().is_empty() => (format!("@{}", first(&line.answering)), theme.warn()),
        line if line.draft => ("draft".to_owned(), theme.accent()),
        line if line.needs_reply => ("needs reply".to_owned(), theme.warn()),
        line if line.closed => ("closed".to_owned(), theme.faint()),
        line if !line.assigned.as_str().is_empty() => (first(&line.assigned), theme.faint()),
        _ => (String::new(), Style::new()),
    }
}

/// The name, else the number or what the sender calls itself.
fn who(conversation: &Conversation, look: &Look<'_>) -> SafeText {
    if conversation.name.as_str().trim().is_empty() {
        look.phone(&conversation.theirs)
    } else {
        conversation.name.clone()
    }
}

fn draw_preview(screen: &InboxScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(chosen) = screen.chosen().filter(|_| area.height > 1) else { return };
    let known = !chosen.name.as_str().trim().is_empty();
    let name = if known { chosen.name.cut(40) } else { "unknown number".to_owned() };
    let mut title = format!("{name}  {}", look.phone(&chosen.theirs));
    if look.settings.numbers.len() > 1 {
        title.push_str(&format!("  to our {}", look.phone(&chosen.ours)));
    }
    if !chosen.assigned.as_str().is_empty() {
        title.push_str(&format!("  {}'s", chosen.assigned.cut(20)));
    }
    rule_titled(&title, Rect { height: 1, ..area }, buffer, look.theme.strong());
    let Some(thread) = &screen.preview else { return };
    let height = usize::from(area.height - 1);
    let mut upwards = Vec::new();
    for one in thread.texts.iter().rev() {
        if upwards.len() >= height {
            break;
        }
        upwards.extend(rows(one, look, usize::from(area.width)).into_iter().rev());
    }
    upwards.truncate(height);
    for (line, y) in upwards.iter().rev().zip(area.y + 1..area.bottom()) {
        buffer.set_line(area.x, y, line, area.width);
    }
}
