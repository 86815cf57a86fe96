//! One text of a thread as rows, for the thread and the inbox: in columns where there is room, else
//! with its words under its head.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::status;
use crate::domain::shown::{Media, Text};
use crate::domain::text::SafeText;
use crate::tui::view::Look;
use crate::tui::widgets::text;

/// From this width on a text stands in columns: date, way, state, words, segments.
const COLUMNS: usize = 70;
const STATE: usize = 14;
/// Cells before the words, and of the segments behind them.
const BEFORE: usize = 35;
const SEGMENTS: usize = 11;

/// A picture or a file in words: it is nowhere shown, and fetched only when somebody asks.
fn described(media: &Media) -> String {
    let kind = if media.kind.as_str().is_empty() { "a file" } else { media.kind.as_str() };
    let size = media.size.map(|size| format!(", {}", bytes(size))).unwrap_or_default();
    match media.name.as_str() {
        "" => format!("[{kind}{size}]"),
        name => format!("[{name}: {kind}{size}]"),
    }
}

fn bytes(size: u64) -> String {
    match size {
        0..1_000 => format!("{size} bytes"),
        1_000..1_000_000 => format!("{} kB", size.div_ceil(1_000)),
        _ => format!("{}.{} MB", size / 1_000_000, size % 1_000_000 / 100_000),
    }
}

/// A text as rows: date, way, state and words, side by side where there is room. Under a failed one
/// stands what its code means.
pub fn rows(text: &Text, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    if width < COLUMNS { stacked(text, look, width) } else { in_columns(text, look, width) }
}

fn way(text: &Text) -> &'static str {
    if text.inbound { "in" } else { "out" }
}

/// As the provider has counted; of theirs nobody pays the segments here.
fn counted(text: &Text) -> String {
    match text.segments.filter(|_| !text.inbound) {
        None => String::new(),
        Some(1) => "1 segment".to_owned(),
        Some(n) => format!("{n} segments"),
    }
}

fn in_columns(text: &Text, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let (state, style) = status::words(text, look);
    let room = width.saturating_sub(BEFORE + SEGMENTS + 1);
    let state = text::wrap(&state, STATE);
    let mut words = text::wrap(text.body.as_str(), room);
    if text.body.as_str().is_empty() && !text.media.is_empty() {
        words.clear();
    }
    let said = words.len();
    words.extend(text.media.iter().flat_map(|media| text::wrap(&described(media), room)));
    let trouble = status::trouble(text).map(|why| text::wrap(&why, room)).unwrap_or_default();
    let cell = |row: Option<&String>, width: usize, style: Style| match row {
        Some(row) => Span::styled(text::pad(&SafeText::new(row), width), style),
        None => Span::raw(" ".repeat(width)),
    };
    let mut rows = Vec::new();
    for at in 0..state.len().max(words.len() + trouble.len()) {
        let head = match at {
            0 => format!(" {:<11}  {:<3}  ", look.when(text.at), way(text)),
            _ => " ".repeat(BEFORE - STATE - 2),
        };
        let (row, looks) = match words.get(at) {
            Some(row) if at < said => (Some(row), Style::new()),
            Some(row) => (Some(row), look.theme.accent()),
            None => (trouble.get(at - words.len()), look.theme.warn()),
        };
        let mut line =
            vec![Span::raw(head), cell(state.get(at), STATE, style), Span::raw("  "), cell(row, room, looks)];
        if at == 0 {
            line.push(Span::styled(format!("{:>SEGMENTS$}", counted(text)), look.theme.faint()));
        }
        rows.push(Line::from(line));
    }
    rows
}

fn stacked(text: &Text, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let (state, style) = status::words(text, look);
    let head = format!(" {} {:<3} ", look.when(text.at), way(text));
    let indent = head.len();
    let state = text::wrap(&state, width.saturating_sub(indent));
    let mut rows: Vec<Line<'static>> = Vec::new();
    for (row, head) in
        state.into_iter().zip(std::iter::once(head).chain(std::iter::repeat(" ".repeat(indent))))
    {
        rows.push(Line::from(vec![Span::raw(head), Span::styled(row, style)]));
    }
    let counted = counted(text);
    if let Some(last) = rows.last_mut().filter(|last| last.width() + 2 + counted.len() <= width)
        && !counted.is_empty()
    {
        last.push_span(Span::styled(format!("  {counted}"), look.theme.faint()));
    }
    let indented = |words: &str, style: Style| {
        let rows = text::wrap(words, width.saturating_sub(4));
        rows.into_iter().map(move |row| Line::styled(format!("   {row}"), style))
    };
    rows.extend(indented(text.body.as_str(), Style::new()));
    for media in &text.media {
        rows.extend(indented(&described(media), look.theme.accent()));
    }
    if let Some(why) = status::trouble(text) {
        rows.extend(indented(&why, look.theme.warn()));
    }
    rows
}
