//! The look-up line, the hits, and the preview of the chosen one.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::Lookup;
use crate::domain::shown::{Entry, Hit, Other};
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::screens::card::{contact_rows, entry_rows};
use crate::tui::view::{Look, rule_titled};
use crate::tui::widgets::{list, text};

/// Rows of the preview below the list.
const PREVIEW: u16 = 8;

/// Cells of its right half: may we text, and what time it is there.
const FACTS: u16 = 34;

pub fn title(look: &Look<'_>) -> Line<'static> {
    let count = |n: i64| if n > 0 { format!(" {}", text::many(n)) } else { String::new() };
    Line::from(vec![
        Span::styled("Customers", look.theme.strong()),
        Span::raw(format!("   Inbox{}", count(look.state.unread))),
        Span::raw(format!("   Contact updates{}", count(look.state.pending))),
        Span::raw(format!("   Outbox{}", count(look.state.to_upload + look.state.texts_waiting))),
    ])
}

pub fn draw(lookup: &Lookup, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let caret = draw_line(lookup, look, area, buffer);
    let preview = if lookup.preview.is_some() { PREVIEW.min(area.height / 2) } else { 0 };
    let rows = area.height.saturating_sub(2 + preview);
    let table = Rect { y: area.y + 2, height: rows, ..area };
    let chosen = draw_hits(lookup, look, table, buffer);
    let below = Rect { y: table.bottom(), height: preview, ..area };
    draw_preview(lookup, look, below, buffer);
    if lookup.typing { caret } else { chosen.or(caret) }
}

fn draw_line(lookup: &Lookup, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    buffer.set_string(area.x + 1, area.y, "> ", look.theme.strong());
    let found = &lookup.found;
    let shown = found.hits.len();
    let more = if found.more { "+" } else { "" };
    let count = if !lookup.outdated && found.many {
        format!("first {shown} of many")
    } else if !lookup.outdated && !lookup.query.is_empty() {
        format!("{shown}{more} of {}", text::thousands(found.of))
    } else if !lookup.outdated {
        format!("{} {}", text::thousands(found.of), if found.of == 1 { "customer" } else { "customers" })
    } else {
        String::new()
    };
    let width = u16::try_from(count.width()).unwrap_or(0).min(area.width / 2);
    buffer.set_string(area.right().saturating_sub(width + 1), area.y, &count, look.theme.faint());
    let field = Rect { x: area.x + 3, width: area.width.saturating_sub(width + 6), height: 1, ..area };
    let caret = lookup.query.draw(field, buffer, Style::new());
    if let Some(caret) = caret.filter(|_| lookup.typing && lookup.spent) {
        let typed = Rect { width: caret.x.saturating_sub(field.x), ..field };
        buffer.set_style(typed, look.theme.chosen());
    }
    caret
}

/// Widths of the columns: the name takes what is left.
const POLICY: usize = 11;
const PHONE: usize = 15;
const PAYMENT: usize = 8;
const DUE: usize = 16;

/// With less room for the name the amount due is left out.
const NAME: usize = 16;

/// Cells of the name, and whether there is room for the amount.
fn columns(width: usize) -> (usize, bool) {
    let name = width.saturating_sub(3 + 1 + POLICY + 1 + PHONE + 1 + PAYMENT);
    match name.checked_sub(1 + DUE).filter(|name| *name >= NAME) {
        Some(name) => (name.min(40), true),
        None => (name, false),
    }
}

fn draw_hits(lookup: &Lookup, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let hits = &lookup.found.hits;
    if hits.is_empty() && !lookup.outdated {
        let sentence = if lookup.query.is_empty() {
            "   Type any part of a number, name, policy or e-mail.".to_owned()
        } else {
            let key = look.key(&[Context::Search], Action::NewCustomer);
            format!("   Nobody matches. Fewer digits or letters find more; {key} adds a customer.")
        };
        buffer.set_stringn(area.x, area.y, sentence, usize::from(area.width), look.theme.faint());
        return None;
    }
    // A hit that needs a reason takes two rows.
    let mut cursor = None;
    let rows = |at: usize| 1 + usize::from(hits[at].needs_reason());
    let first = list::first(lookup.chosen, usize::from(area.height).max(1), hits.len(), rows);
    let mut y = area.y;
    for (at, hit) in hits.iter().enumerate().skip(first) {
        if usize::from(y) + rows(at) > usize::from(area.bottom()) && at > lookup.chosen {
            break;
        }
        if y >= area.bottom() {
            break;
        }
        let chosen = at == lookup.chosen;
        let line = hit_line(hit, lookup.query.text(), look, usize::from(area.width));
        buffer.set_line(area.x, y, &line, area.width);
        if chosen {
            mark(look, Rect { y, height: 1, ..area }, buffer);
            cursor = Some(Position::new(area.x, y));
        }
        y += 1;
        let reason = reason(hit, lookup.query.text(), look, usize::from(area.width));
        if let Some(reason) = reason.filter(|_| y < area.bottom()) {
            buffer.set_line(area.x, y, &reason, area.width);
            y += 1;
        }
    }
    cursor
}

/// Why this is a hit, where the line itself does not show it.
fn reason(hit: &Hit, query: &str, look: &Look<'_>, width: usize) -> Option<Line<'static>> {
    let faint = look.theme.faint();
    let (what, value, rest) = if let Some(was) = &hit.was {
        ("was ", look.phone(&was.value), format!(" until {}", look.when(was.until)))
    } else if let Some(other) = &hit.other {
        match other {
            Other::Number(number) => ("also ", look.phone(number), String::new()),
            Other::Email(email) => ("e-mail ", email.clone(), String::new()),
            Other::Company(company) => ("company ", company.clone(), String::new()),
        }
    } else {
        ("read as ", hit.meant.clone()?, String::new())
    };
    let before = 3 + columns(width).0 + 1 + POLICY + 1;
    let mut spans = vec![Span::styled(format!("{what:>before$}"), faint)];
    spans.extend(matched(value.as_str(), query, look, faint));
    spans.push(Span::styled(rest, faint));
    Some(Line::from(spans))
}

/// The chosen row: a sign at its start, and reversed.
pub fn mark(look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    buffer.set_string(area.x, area.y, ">", look.theme.strong());
    buffer.set_style(area, look.theme.chosen());
}

pub fn hit_line(hit: &Hit, query: &str, look: &Look<'_>, width: usize) -> Line<'static> {
    let query = hit.meant.as_ref().map_or(query, SafeText::as_str);
    let (name, with_due) = columns(width);
    let mut spans = vec![Span::raw("   ")];
    spans.extend(matched(&text::pad(&hit.name, name), query, look, Style::new()));
    spans.push(Span::raw(" "));
    spans.extend(matched(&text::pad(&hit.policy, POLICY), query, look, Style::new()));
    spans.push(Span::raw(" "));
    let mobile = hit.mobile.as_ref().map(|value| look.phone(value)).unwrap_or_else(|| SafeText::new("-"));
    spans.extend(matched(&text::pad(&mobile, PHONE), query, look, Style::new()));
    spans.push(Span::raw(" "));
    spans.push(Span::raw(text::pad(&hit.payment, PAYMENT)));
    if with_due {
        spans.push(Span::raw(format!(" {:>DUE$}", hit.due.cut(DUE))));
    }
    Line::from(spans)
}

/// The text with what was looked for made bold and underlined: digits match across spaces.
pub fn matched(shown: &str, query: &str, look: &Look<'_>, style: Style) -> Vec<Span<'static>> {
    let found =
        query.split_whitespace().chain([query]).filter_map(|word| find(shown, word)).max_by_key(|r| r.len());
    let Some(range) = found else { return vec![Span::styled(shown.to_owned(), style)] };
    let strong = look.theme.accent().add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
    vec![
        Span::styled(shown[..range.start].to_owned(), style),
        Span::styled(shown[range.clone()].to_owned(), strong),
        Span::styled(shown[range.end..].to_owned(), style),
    ]
}

fn find(shown: &str, word: &str) -> Option<std::ops::Range<usize>> {
    let plain = |c: char| !matches!(c, ' ' | '-' | '(' | ')' | '+' | '.');
    let wanted: Vec<char> = word.chars().filter(|c| plain(*c)).flat_map(char::to_lowercase).collect();
    let digits = wanted.iter().all(char::is_ascii_digit);
    if wanted.len() < 2 {
        return None;
    }
    let have: Vec<(usize, char)> = shown.char_indices().filter(|(_, c)| !digits || plain(*c)).collect();
    let same = |window: &[(usize, char)]| {
        window.iter().zip(&wanted).all(|((_, have), want)| have.to_lowercase().eq(std::iter::once(*want)))
    };
    let window = have.windows(wanted.len()).rev().find(|window| same(window))?;
    let (first, last) = (window.first()?, window.last()?);
    Some(first.0..last.0 + last.1.len_utf8())
}

fn draw_preview(lookup: &Lookup, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some((card, entries)) = &lookup.preview else { return };
    if area.height < 3 {
        return;
    }
    rule_titled(card.name.as_str(), Rect { height: 1, ..area }, buffer, look.theme.strong());
    let width = usize::from(area.width);
    let half = (area.width / 2).max(area.width.saturating_sub(FACTS));
    let mut lines = contact_rows(card, look, usize::from(half));
    let facts = lines.split_off(lines.len().min(2));
    for (line, y) in lines.iter().zip(area.y + 1..area.bottom()) {
        buffer.set_line(area.x, y, line, half);
    }
    for (line, y) in facts.iter().zip(area.y + 1..area.bottom()).take(2) {
        buffer.set_line(area.x + half, y, line, area.width - half);
    }
    let mut y = area.y + 3;
    if let Some((_, pin)) = &card.pin {
        let pin = format!(" PIN  {}", pin.cut(width.saturating_sub(7)));
        buffer.set_stringn(area.x, y, pin, width, look.theme.warn());
        y += 1;
    }
    let rows = entries.iter().map(|entry| one_line(entry, look, width.saturating_sub(1)));
    for (line, y) in rows.zip(y..area.bottom()) {
        buffer.set_line(area.x + 1, y, &line, area.width - 1);
    }
}

/// An entry in one row: its words behind its head, as far as they fit.
fn one_line(entry: &Entry, look: &Look<'_>, width: usize) -> Line<'static> {
    let mut rows = entry_rows(entry, look, width).into_iter();
    let mut line = rows.next().unwrap_or_default();
    let words = rows.map(|row| row.to_string().trim().to_owned()).collect::<Vec<_>>().join(" ");
    let room = width.saturating_sub(line.width() + 2);
    line.push_span(Span::styled(format!("  {}", SafeText::new(&words).cut(room)), look.theme.faint()));
    line
}

pub fn draw_narrow(lookup: &Lookup, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    buffer.set_stringn(area.x, area.y, " > ", width, look.theme.strong());
    lookup.query.draw(Rect { x: area.x + 3, width: area.width - 3, height: 1, ..area }, buffer, Style::new());
    let rows = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    let visible = list::window(lookup.chosen, usize::from(rows.height / 2).max(1), lookup.found.hits.len());
    for (at, hit) in lookup.found.hits[visible.clone()].iter().enumerate() {
        let y = rows.y + u16::try_from(at * 2).unwrap_or(u16::MAX);
        if y + 1 >= rows.bottom() {
            break;
        }
        let name = text::pad(&hit.name, width.saturating_sub(2));
        buffer.set_stringn(rows.x + 1, y, name, width - 1, Style::new());
        let mobile = hit.mobile.as_ref().map(|value| look.phone(value)).unwrap_or_default();
        let detail = format!("{}  {}", hit.policy.cut(POLICY), mobile.cut(PHONE));
        buffer.set_stringn(rows.x + 2, y + 1, detail, width - 2, look.theme.faint());
        if visible.start + at == lookup.chosen {
            mark(look, Rect { y, height: 1, ..rows }, buffer);
        }
    }
}
