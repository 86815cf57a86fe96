//! A text field, of one line or several. Ours and not a crate's: it moves by what people see as one
//! character, is a plain value that compares and serialises, and draws outside text only when safe.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};
use unicode_width::UnicodeWidthStr as _;

use super::text;
use crate::domain::redact::redacted_debug;
use crate::domain::text::SafeText;
use crate::tui::key::{Code, Key};

/// No field takes more: a paste of a novel is cut, and says so.
const MAX_BYTES: usize = 16_384;

/// Text being typed, and the caret as a byte position between two characters.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    caret: usize,
    multiline: bool,
}

redacted_debug!(Field, caret, multiline);

impl Field {
    /// For one line, holding `text`.
    pub fn line(text: &str) -> Self {
        let mut field = Self::default();
        field.insert(text);
        field
    }

    /// For several lines.
    pub fn block(text: &str) -> Self {
        let mut field = Self { multiline: true, ..Self::default() };
        field.insert(text);
        field
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub fn at_end(&self) -> bool {
        self.caret == self.text.len()
    }

    /// Replaces all of it; the caret goes to the end.
    pub fn set(&mut self, text: &str) {
        self.text.clear();
        self.caret = 0;
        self.insert(text);
    }

    /// Puts text in at the caret. Line ends become spaces in a field of one line; other control
    /// characters are dropped. Answers with how many bytes did not fit.
    pub fn insert(&mut self, text: &str) -> usize {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let keep = |c: char| match c {
            '\n' if self.multiline => Some('\n'),
            '\n' | '\t' => Some(' '),
            c if c.is_control() => None,
            c => Some(c),
        };
        let clean: String = text.chars().filter_map(keep).collect();
        let mut room = MAX_BYTES.saturating_sub(self.text.len()).min(clean.len());
        while !clean.is_char_boundary(room) {
            room -= 1;
        }
        self.text.insert_str(self.caret, &clean[..room]);
        self.caret += room;
        self.settle();
        clean.len() - room
    }

    /// Edits or moves. `false` if the key means nothing here.
    pub fn key(&mut self, key: Key) -> bool {
        match (key.code, key.ctrl, key.alt) {
            (Code::Char(c), false, false) => {
                self.insert(c.encode_utf8(&mut [0; 4]));
            }
            (Code::Backspace, false, false) | (Code::Char('h'), true, false) => {
                self.remove(self.before()..self.caret)
            }
            (Code::Delete, false, false) | (Code::Char('d'), true, false) => {
                self.remove(self.caret..self.after())
            }
            (Code::Char('w'), true, false)
            | (Code::Backspace, false, true)
            | (Code::Backspace, true, false) => {
                self.remove(self.word_before()..self.caret);
            }
            (Code::Char('u'), true, false) => self.remove(self.line_start()..self.caret),
            (Code::Char('k'), true, false) => self.remove(self.caret..self.line_end()),
            (Code::Left, false, false) => self.caret = self.before(),
            (Code::Right, false, false) => self.caret = self.after(),
            (Code::Left, true, false) | (Code::Char('b'), false, true) => self.caret = self.word_before(),
            (Code::Right, true, false) | (Code::Char('f'), false, true) => self.caret = self.word_after(),
            (Code::Home, false, false) | (Code::Char('a'), true, false) => self.caret = self.line_start(),
            (Code::End, false, false) | (Code::Char('e'), true, false) => self.caret = self.line_end(),
            (Code::Up, false, false) if self.multiline => self.vertical(false),
            (Code::Down, false, false) if self.multiline => self.vertical(true),
            _ => return false,
        }
        true
    }

    fn remove(&mut self, range: std::ops::Range<usize>) {
        self.caret = range.start;
        self.text.replace_range(range, "");
        self.settle();
    }

    /// After a change two characters may have become one: the caret never stands inside it.
    fn settle(&mut self) {
        let mut here = GraphemeCursor::new(self.caret, self.text.len(), true);
        if here.is_boundary(&self.text, 0) != Ok(true) {
            self.caret = here.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len());
        }
    }

    fn before(&self) -> usize {
        self.text[..self.caret].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.caret..].graphemes(true).next().map_or(self.caret, |next| self.caret + next.len())
    }

    fn word_before(&self) -> usize {
        let trimmed = self.text[..self.caret].trim_end();
        trimmed
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + trimmed[at..].chars().next().map_or(1, char::len_utf8))
    }

    fn word_after(&self) -> usize {
        let rest = &self.text[self.caret..];
        let blank = rest.len() - rest.trim_start().len();
        rest[blank..].find(char::is_whitespace).map_or(self.text.len(), |at| self.caret + blank + at)
    }

    fn line_start(&self) -> usize {
        self.text[..self.caret].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.caret..].find('\n').map_or(self.text.len(), |at| self.caret + at)
    }

    fn vertical(&mut self, down: bool) {
        let column = self.text[self.line_start()..self.caret].graphemes(true).count();
        let start = if down {
            let end = self.line_end();
            if end == self.text.len() {
                return;
            }
            end + 1
        } else {
            let start = self.line_start();
            if start == 0 {
                return;
            }
            self.text[..start - 1].rfind('\n').map_or(0, |at| at + 1)
        };
        let line = self.text[start..].split('\n').next().unwrap_or("");
        self.caret = start + line.graphemes(true).take(column).map(str::len).sum::<usize>();
    }

    /// Draws it and answers where the caret is.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, style: Style) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        if self.multiline {
            self.draw_block(area, buffer, style)
        } else {
            self.draw_line(area, buffer, style)
        }
    }

    fn draw_line(&self, area: Rect, buffer: &mut Buffer, style: Style) -> Option<Position> {
        let before = SafeText::new(&self.text[..self.caret]);
        let after = SafeText::new(&self.text[self.caret..]);
        let width = usize::from(area.width);
        // The caret needs a cell of its own at the end.
        let mut skipped = 0;
        let mut shown = String::new();
        let all = before.width();
        let mut used = all;
        for grapheme in before.as_str().graphemes(true) {
            if used + 1 > width && skipped < all {
                used -= grapheme.width();
                skipped += grapheme.width();
                continue;
            }
            shown.push_str(grapheme);
        }
        let caret = shown.as_str().width();
        shown.push_str(&after.cut(width.saturating_sub(caret)));
        buffer.set_style(area, style);
        buffer.set_stringn(area.x, area.y, &shown, width, style);
        let x = area.x + u16::try_from(caret).unwrap_or(u16::MAX).min(area.width.saturating_sub(1));
        Some(Position::new(x, area.y))
    }

    fn draw_block(&self, area: Rect, buffer: &mut Buffer, style: Style) -> Option<Position> {
        let before = SafeText::multiline(&self.text[..self.caret]);
        let after = SafeText::multiline(&self.text[self.caret..]);
        let all = format!("{}{}", before.as_str(), after.as_str());
        let caret = before.as_str().len();
        let width = usize::from(area.width).saturating_sub(1);
        let rows = text::rows(&all, width);
        let row = rows.iter().rposition(|row| row.start <= caret).unwrap_or(0);
        let first = (row + 1).saturating_sub(usize::from(area.height));
        buffer.set_style(area, style);
        for (range, y) in rows.iter().skip(first).zip(area.y..area.bottom()) {
            buffer.set_stringn(area.x, y, &all[range.clone()], usize::from(area.width), style);
        }
        let column = all[rows.get(row)?.start..caret].width();
        let x = area.x + u16::try_from(column).unwrap_or(u16::MAX).min(area.width.saturating_sub(1));
        let y = area.y + u16::try_from(row - first).unwrap_or(0).min(area.height - 1);
        Some(Position::new(x, y))
    }

    /// Rows it fills at this width.
    pub fn height(&self, width: u16) -> u16 {
        let safe = SafeText::multiline(&self.text);
        u16::try_from(text::rows(safe.as_str(), usize::from(width).saturating_sub(1)).len())
            .unwrap_or(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(field: &mut Field, keys: &str) {
        for name in keys.split(' ') {
            assert!(field.key(name.parse().unwrap()), "{name}");
        }
    }

    #[test]
    fn editing() {
        let mut field = Field::line("5737 2333");
        typed(&mut field, "Left Left Backspace Del 9");
        assert_eq!((field.text(), field.caret), ("5737 293", 7));
        typed(&mut field, "Ctrl+W x");
        assert_eq!(field.text(), "5737 x3");
        typed(&mut field, "Home Del Ctrl+K");
        assert_eq!(field.text(), "");
        field.set("a👩\u{200d}👩\u{200d}👧b");
        typed(&mut field, "Left Backspace");
        assert_eq!(field.text(), "ab");
        field.set("one\ntwo\u{1b}[31m\tthree");
        assert_eq!(field.text(), "one two[31m three");
        assert!(!field.key("F5".parse().unwrap()));
    }

    #[test]
    fn lines() {
        let mut field = Field::block("first\nno\nthird");
        typed(&mut field, "Up Up Home x Down End !");
        assert_eq!(field.text(), "xfirst\nno!\nthird");
        assert_eq!(field.height(80), 3);
    }

    #[test]
    fn a_novel_is_cut() {
        let mut field = Field::block("");
        assert_eq!(field.insert(&"é".repeat(10_000)), 20_000 - MAX_BYTES);
        assert_eq!(field.text().len(), MAX_BYTES);
    }

    proptest! {
        #[test]
        fn any_keys_leave_a_sound_field(
            keys in proptest::collection::vec(proptest::sample::select(vec![
                "a", "é", "Left", "Right", "Up", "Down", "Home", "End", "Backspace", "Del", "Ctrl+W", "Ctrl+U",
                "Ctrl+K", "Ctrl+Left", "Ctrl+Right", "Space",
            ]), 0..60),
            paste in "\\PC{0,12}",
            width in 1_u16..20,
            height in 1_u16..4,
        ) {
            for multiline in [false, true] {
                let mut field = if multiline { Field::block(&paste) } else { Field::line(&paste) };
                for key in &keys {
                    field.key(key.parse().unwrap());
                    prop_assert!(field.text.is_char_boundary(field.caret));
                }
                let area = Rect::new(3, 2, width, height);
                let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 8));
                let caret = field.draw(area, &mut buffer, Style::new());
                prop_assert!(caret.is_some_and(|caret| area.contains(caret)));
            }
        }
    }
}
