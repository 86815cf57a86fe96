//! What came of a deed, in a box: sentences that scroll.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr as _;

use super::{Kind, Page};
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::view::{Look, framed};
use crate::tui::widgets::{list, text};

/// Cells of the box.
const WIDTH: u16 = 70;

/// Sentences a page key moves.
const PAGE: usize = 5;

/// A title and the sentences under it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportBox {
    title: SafeText,
    sentences: Vec<SafeText>,
    /// The sentence at the top.
    first: usize,
}

impl ReportBox {
    pub fn new<T: AsRef<str>>(title: &str, sentences: &[T]) -> Self {
        let sentences = sentences.iter().map(|sentence| SafeText::new(sentence.as_ref())).collect();
        Self { title: SafeText::new(title), sentences, first: 0 }
    }

    /// The first sentence from which all to the last are seen.
    fn end(&self, width: usize, room: usize) -> usize {
        let mut left = room;
        let fitting = self.sentences.iter().rev().take_while(|sentence| {
            let rows = text::wrap(sentence.as_str(), width).len();
            let fits = rows <= left;
            left = left.saturating_sub(rows);
            fits
        });
        // A sentence higher than the box is seen as far as it goes.
        (self.sentences.len() - fitting.count()).min(self.sentences.len().saturating_sub(1))
    }
}

impl Page for ReportBox {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Act(Action::Done | Action::Back) => cx.close(),
            Event::Act(action) => {
                if let Some(first) = list::moved(self.first, self.sentences.len(), PAGE, action) {
                    self.first = first;
                }
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let inner = usize::from(WIDTH.min(area.width)).saturating_sub(4);
        // The frame, and the row that says whether there is more.
        let room = usize::from(area.height.saturating_sub(3));
        // Only what can be seen is wrapped: a thousand sentences cost no more than ten.
        let from = |first: usize| -> Vec<String> {
            let seen = self.sentences.iter().skip(first).take(room + 1);
            seen.flat_map(|sentence| text::wrap(sentence.as_str(), inner)).collect()
        };
        let fits = from(0).len() <= room;
        let end = if fits { 0 } else { self.end(inner, room) };
        let mut rows = from(self.first.min(end));
        rows.truncate(room);
        let height = if fits { rows.len() + 2 } else { room + 3 };
        let size = (WIDTH, u16::try_from(height).unwrap_or(u16::MAX));
        let inside = framed(&self.title.cut(inner), size, area, buffer);
        for (row, y) in rows.iter().zip(inside.y..) {
            buffer.set_stringn(inside.x + 1, y, row, inner, Style::new());
        }
        if self.first < end && inside.height > 1 {
            let more = format!("{} more", look.key(&[Context::Report], Action::Down));
            let x = inside.right().saturating_sub(u16::try_from(more.width()).unwrap_or(0) + 1);
            buffer.set_stringn(x, inside.bottom() - 1, more, inner, look.theme.faint());
        }
        Some(Position::new(inside.x, inside.y))
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Report]
    }

    fn title(&self, _look: &Look<'_>) -> Line<'static> {
        Line::default()
    }

    fn kind(&self) -> Kind {
        Kind::Box
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::model::Model;
    use crate::tui::msg::Effect;
    use crate::tui::screens::Screen;
    use crate::tui::screens::card::tests::opened as card;
    use crate::tui::testing::{picture, press};

    fn opened(sentences: &[String]) -> (Model, ReportBox) {
        let mut model = card();
        let report = ReportBox::new("Batch 17", sentences);
        model.stack.push(Screen::Report(report.clone()));
        (model, report)
    }

    fn left_out(n: usize) -> Vec<String> {
        let why = |n: usize| {
            format!("{n} of 王小明 \u{1b}[31mwas left out: the master says something else by now.")
        };
        std::iter::once("12 updates are in /exports/batch-17.csv.".to_owned())
            .chain((1..=n).map(why))
            .collect()
    }

    #[test]
    fn a_short_one_is_as_high_as_its_words_and_a_long_one_scrolls() {
        for (name, sentences, keys) in [
            ("report", left_out(2), ""),
            ("report-long", left_out(40), ""),
            ("report-end", left_out(40), "End"),
        ] {
            let (mut model, _) = opened(&sentences);
            press(&mut model, keys);
            for (width, height) in [(80, 24), (120, 40), (60, 16)] {
                insta::assert_snapshot!(format!("{name}-{width}x{height}"), picture(&model, width, height));
            }
        }
    }

    #[test]
    fn moves_scroll_and_enter_or_esc_closes() {
        let (before, report) = opened(&left_out(40));
        for (keys, first) in
            [("Down j", 2), ("PgDn Up", 4), ("End Down", 40), ("End Home k", 0), ("PgUp m 5 /", 0)]
        {
            let mut model = before.clone();
            assert_eq!(press(&mut model, keys), [], "{keys}");
            assert_eq!(model.top(), &Screen::Report(ReportBox { first, ..report.clone() }), "{keys}");
        }
        for (key, effects) in [("Enter", vec![]), ("Esc", vec![Effect::KeepDrafts])] {
            let mut model = before.clone();
            assert_eq!(press(&mut model, key), effects);
            assert_eq!(model, card());
        }
    }
}
