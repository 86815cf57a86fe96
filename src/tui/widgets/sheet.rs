//! A sheet to fill in: rows of words and fields, one under the other. Where there is not room for
//! all, blank rows go first; then it scrolls, so that the row with the caret is always seen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::field::Field;
use crate::tui::theme::Theme;

/// Rows seen below the caret, if there is room: what is said about the field.
const BELOW: usize = 3;

/// One row.
pub struct Row<'a> {
    words: Line<'static>,
    input: Option<Input<'a>>,
    /// Where the cursor is parked, if the caret is in this row and in no field.
    caret: Option<u16>,
    gap: bool,
}

/// A field in a row, between brackets.
pub struct Input<'a> {
    pub field: &'a Field,
    /// Cells from the left edge to its first character.
    pub at: u16,
    pub width: u16,
    pub focused: bool,
    /// Stands faint behind the caret.
    pub ghost: String,
}

impl<'a> Row<'a> {
    /// Blank, and the first to go.
    pub fn gap() -> Self {
        Self { words: Line::default(), input: None, caret: None, gap: true }
    }

    pub fn words(words: impl Into<Line<'static>>) -> Self {
        Self { words: words.into(), input: None, caret: None, gap: false }
    }

    /// The words are drawn first: what stands before the field and behind it.
    pub fn input(words: impl Into<Line<'static>>, input: Input<'a>) -> Self {
        Self { words: words.into(), input: Some(input), caret: None, gap: false }
    }

    /// The cursor is parked in this row.
    pub fn parked(mut self, at: u16) -> Self {
        self.caret = Some(at);
        self
    }

    fn is_focused(&self) -> bool {
        self.caret.is_some() || self.input.as_ref().is_some_and(|input| input.focused)
    }
}

/// Draws the rows; answers where the cursor is parked.
pub fn draw(rows: &[Row<'_>], theme: Theme, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let height = usize::from(area.height);
    let kept = kept(rows, height);
    let focus = kept.iter().position(|row| row.is_focused()).unwrap_or(0);
    let below = BELOW.min(height / 3);
    let first = (focus + 1 + below).saturating_sub(height).min(kept.len().saturating_sub(height));
    let mut cursor = None;
    for (row, y) in kept.iter().skip(first).zip(area.y..area.bottom()) {
        let line = Rect { y, height: 1, ..area };
        cursor = row.draw(theme, line, buffer).or(cursor);
    }
    if first > 0 {
        more("^ more", area.y, theme, area, buffer);
    }
    if first + height < kept.len() {
        more("v more", area.bottom() - 1, theme, area, buffer);
    }
    cursor
}

/// The rows without as many gaps as there are too many rows, the lowest first.
fn kept<'r, 'a>(rows: &'r [Row<'a>], height: usize) -> Vec<&'r Row<'a>> {
    let mut surplus = rows.len().saturating_sub(height);
    let mut kept: Vec<&Row<'a>> = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        if row.gap && surplus > 0 {
            surplus -= 1;
        } else {
            kept.push(row);
        }
    }
    kept.reverse();
    kept
}

/// Only where nothing else stands.
fn more(word: &str, y: u16, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let cells = u16::try_from(word.len()).unwrap_or(u16::MAX);
    let x = area.right().saturating_sub(cells + 1).max(area.x);
    if (x..area.right()).all(|x| buffer[(x, y)].symbol() == " ") {
        buffer.set_stringn(x, y, word, usize::from(area.right() - x), theme.faint());
    }
}

impl Row<'_> {
    fn draw(&self, theme: Theme, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        buffer.set_line(area.x, area.y, &self.words, area.width);
        let Some(input) = &self.input else {
            return self
                .caret
                .map(|at| Position::new((area.x + at).min(area.right().saturating_sub(1)), area.y));
        };
        let x = (area.x + input.at).min(area.right());
        let field = Rect { x, width: input.width.min(area.right() - x), ..area };
        if field.x > area.x {
            buffer.set_stringn(field.x - 1, area.y, "[", 1, theme.strong());
        }
        if field.right() < area.right() {
            buffer.set_stringn(field.right(), area.y, "]", 1, theme.strong());
        }
        let caret = input.field.draw(field, buffer, theme.input())?;
        if input.focused && input.field.at_end() {
            let room = usize::from(field.right().saturating_sub(caret.x + 1));
            buffer.set_stringn(caret.x + 1, area.y, &input.ghost, room, theme.faint());
        }
        input.focused.then_some(caret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(rows: &[Row<'_>], height: u16) -> (Vec<String>, Option<Position>) {
        let area = Rect::new(0, 0, 12, height);
        let mut buffer = Buffer::empty(area);
        let cursor = draw(rows, Theme::default(), area, &mut buffer);
        let line = |y| (0..12).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        ((0..height).map(line).collect(), cursor)
    }

    #[test]
    fn gaps_go_first_then_it_scrolls_to_the_caret() {
        let field = Field::line("abc");
        let input = Input { field: &field, at: 3, width: 5, focused: true, ghost: String::new() };
        let rows = [
            Row::words("one"),
            Row::gap(),
            Row::words("two"),
            Row::gap(),
            Row::input("F", input),
            Row::words("said"),
            Row::words("last"),
        ];
        let at = |x, y| Some(Position::new(x, y));
        let lines = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(drawn(&rows, 8), (lines("one//two//F [abc  ]/said/last/"), at(6, 4)));
        assert_eq!(drawn(&rows, 6), (lines("one//two/F [abc  ]/said/last"), at(6, 3)));
        assert_eq!(drawn(&rows, 5), (lines("one/two/F [abc  ]/said/last"), at(6, 2)));
        assert_eq!(drawn(&rows, 3), (lines("two  ^ more/F [abc  ]/said v more"), at(6, 1)));
        assert_eq!(drawn(&rows, 1), (lines("F [abc  ]"), at(6, 0)));
    }
}
