//! Draws a file before it is imported.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::{ImportScreen, Step};
use crate::domain::import::OnMatch;
use crate::domain::shown::{Sheet, SheetColumn};
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::view::Look;
use crate::tui::widgets::{list, text};

/// Cells of the field, with the mark of a guess.
const FIELD: usize = 18;

pub fn draw(screen: &ImportScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let width = usize::from(area.width);
    let Some(sheet) = &screen.sheet else {
        buffer.set_stringn(area.x, area.y, " Looking into the file ..", width, look.theme.faint());
        return None;
    };
    let about = format!(" Read as {}. {}", sheet.read_as, rule(screen.on));
    let mut y = area.y;
    for row in text::wrap(&about, width.saturating_sub(1)) {
        let lead = if y == area.y { "" } else { " " };
        buffer.set_stringn(area.x, y, format!("{lead}{row}"), width, Style::new());
        y += 1;
    }
    let below = below(screen, width, usize::from(area.height) / 3);
    let foot = u16::try_from(below.len()).unwrap_or(0).min(area.height);
    for (row, y) in below.iter().zip(area.bottom() - foot..area.bottom()) {
        buffer.set_stringn(area.x, y, row, width, Style::new());
    }
    let table = Rect { y, height: (area.bottom() - foot).saturating_sub(y + 1), ..area };
    columns(screen, sheet, look, table, buffer)
}

/// What becomes of who is here already.
fn rule(on: OnMatch) -> &'static str {
    match on {
        OnMatch::Skip => "Who is here already stays as they are.",
        OnMatch::FillEmpty => "Of who is here already, only what is empty is filled.",
        OnMatch::Overwrite => "Who is here already gets what the file says; what it leaves empty stays.",
    }
}

fn columns(
    screen: &ImportScreen,
    sheet: &Sheet,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let width = usize::from(area.width);
    let header = (width * 3 / 10).min(30);
    let values = width.saturating_sub(header + FIELD + 7);
    let cell = |text: &str, cells: usize| text::pad(&SafeText::new(text), cells);
    let heading = format!("   {}  {}  Goes to", cell("Column", header), cell("First values", values));
    buffer.set_stringn(area.x, area.y, heading, width, look.theme.faint());
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let window = list::window(screen.chosen, usize::from(rows.height), sheet.columns.len());
    let mut cursor = None;
    for ((at, column), y) in sheet.columns.iter().enumerate().skip(window.start).zip(rows.y..rows.bottom()) {
        let field = screen.fields.get(at).map_or("", String::as_str);
        let row = format!(
            "   {}  {}  {field}{}",
            text::pad(&column.header, header),
            cell(&samples(column), values),
            guess(column, field)
        );
        let style = if field == "ignore" { look.theme.faint() } else { Style::new() };
        buffer.set_stringn(rows.x, y, row, width, style);
        if at == screen.chosen {
            buffer.set_string(rows.x + 1, y, ">", look.theme.strong());
            buffer.set_style(Rect { y, height: 1, ..rows }, look.theme.chosen());
            cursor = Some(Position::new(rows.x, y));
        }
    }
    cursor
}

/// A field that nobody has named is worth a look.
fn guess(column: &SheetColumn, field: &str) -> &'static str {
    if column.guessed && column.field == field { " (guess)" } else { "" }
}

fn samples(column: &SheetColumn) -> String {
    column.samples.iter().map(SafeText::as_str).collect::<Vec<_>>().join(", ")
}

/// What would happen, and why rows stay out, in at most so many rows.
fn below(screen: &ImportScreen, width: usize, most: usize) -> Vec<String> {
    let Step::Tried(tried) = &screen.step else { return Vec::new() };
    let mut rows = vec![format!(" It would be {}.", tried.counts)];
    let shown = tried.bad.len().min(most.saturating_sub(2).max(1));
    let left = tried.counts.refused.saturating_sub(shown as u64);
    rows.extend(tried.bad.iter().take(shown).map(|bad| format!("   {}", bad.cut(width.saturating_sub(4)))));
    if left > 0 {
        rows.push(format!("   and {left} rows more"));
    }
    rows
}

/// What Enter does now.
pub fn hint(screen: &ImportScreen, look: &Look<'_>) -> Line<'static> {
    let key = |action| look.key(&[Context::Import], action);
    let (enter, stop) = (key(Action::Start), key(Action::Stop));
    Line::raw(match &screen.step {
        Step::Reading => String::new(),
        Step::Mapping => format!(" {enter} tries it and stores nothing."),
        Step::Trying(counts) => format!(" Trying it: {} rows so far. {stop} stops.", counts.rows()),
        Step::Tried(tried) if tried.counts.stored() == 0 => {
            " No row is right: nothing would be imported.".into()
        }
        Step::Tried(tried) => {
            format!(" {enter} imports {} rows; you can go on meanwhile.", tried.counts.stored())
        }
        Step::Importing(counts) => {
            format!(" Importing: {} rows so far. Esc leaves it running, {stop} stops it.", counts.rows())
        }
    })
}
