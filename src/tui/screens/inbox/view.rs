//! The list, and under it the end of the chosen thread.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{FILTERS, InboxScreen};
use crate::domain::shown::{Conversation, InboxFilter};
use crate::domain::text::SafeText;
use crate::tui::screens::text::rows;
use crate::tui::view::{Look, rule_titled};
use crate::tui::widgets::{list, text};

/// Cells of the columns; the last words take what is left.
const UNREAD: usize = 4;
const WHEN: usize = 11;
const NEEDS: usize = 11;

/// Rows of the preview with its title, where the body has so many to spare.
const PREVIEW: u16 = 6;
const ROOM: u16 = 14;

pub fn title(screen: &InboxScreen, look: &Look<'_>) -> Line<'static> {
    let mut spans = vec![Span::styled("Inbox", look.theme.strong()), Span::raw("   ")];
    for filter in FILTERS {
        let (open, close, style) = match filter == screen.filter {
            true => ("[", "]", look.theme.strong()),
            false => (" ", " ", look.theme.faint()),
        };
        spans.push(Span::styled(format!("{open}{}{close}", word(filter)), style));
    }
    let unread: i64 = screen.conversations().iter().map(|conversation| conversation.unread).sum();
    if unread > 0 {
        spans.push(Span::raw(format!("   {unread} unread")));
    }
    Line::from(spans)
}

fn word(filter: InboxFilter) -> &'static str {
    match filter {
        InboxFilter::All => "All",
        InboxFilter::Unread => "Unread",
        InboxFilter::NeedsReply => "Needs reply",
    }
}

pub fn hint(screen: &InboxScreen) -> Line<'static> {
    Line::raw(match screen.filter {
        InboxFilter::All => " f shows only what nobody has read",
        InboxFilter::Unread => " f shows only who waits for a reply",
        InboxFilter::NeedsReply => " f shows all conversations",
    })
}

pub fn draw(screen: &InboxScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let width = usize::from(area.width);
    if screen.conversations().is_empty() {
        let sentence = match (&screen.listed, screen.filter) {
            (None, _) => " ..",
            (_, InboxFilter::All) => " Nobody has written yet, and nobody was written to.",
            (_, InboxFilter::Unread) => " Everything is read.",
            (_, InboxFilter::NeedsReply) => " Nobody waits for a reply.",
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
    let head = format!("  {:UNREAD$} {:name$} {:WHEN$} {:NEEDS$} {}", "", "Who", "When", "", "Last text");
    buffer.set_stringn(area.x, area.y, head, usize::from(area.width), look.theme.faint());
    let shown = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let all = screen.conversations();
    let window = list::window(screen.chosen, usize::from(shown.height), all.len());
    let mut cursor = None;
    for ((at, conversation), y) in all.iter().enumerate().skip(window.start).zip(shown.y..shown.bottom()) {
        let line = row(conversation, look, name, last);
        buffer.set_line(shown.x, y, &line, shown.width);
        if at == screen.chosen {
            buffer.set_string(shown.x, y, ">", look.theme.strong());
            buffer.set_style(Rect { y, height: 1, ..shown }, look.theme.chosen());
            cursor = Some(Position::new(shown.x, y));
        }
    }
    cursor
}

/// Cells of the name and of the last words.
fn widths(width: usize) -> (usize, usize) {
    let rest = width.saturating_sub(2 + UNREAD + WHEN + NEEDS + 5);
    let name = (rest / 2).clamp(10, 30);
    (name, rest.saturating_sub(name))
}

fn row(conversation: &Conversation, look: &Look<'_>, name: usize, last: usize) -> Line<'static> {
    let unread = if conversation.unread > 0 { format!("*{}", conversation.unread) } else { String::new() };
    let needs = if conversation.needs_reply { "needs reply" } else { "" };
    let style = if conversation.unread > 0 { look.theme.strong() } else { Style::new() };
    Line::from(vec![
        Span::raw("  "),
        Span::styled(text::pad(&SafeText::new(&unread), UNREAD), look.theme.accent()),
        Span::raw(" "),
        Span::styled(text::pad(&who(conversation, look), name), style),
        Span::raw(format!(" {:WHEN$} ", look.when(conversation.at))),
        Span::styled(format!("{needs:NEEDS$}"), look.theme.warn()),
        Span::raw(format!(" {}", conversation.last.cut(last))),
    ])
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
    let title = format!("{name}  {}", look.phone(&chosen.theirs));
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
