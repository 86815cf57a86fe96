//! A paste that the terminal marks, until its end.

use super::LONGEST_PASTE;
use crate::domain::time::Micros;

const END: &str = "\x1b[201~";

/// One that has begun.
pub(super) struct Paste {
    text: String,
    /// So many characters of [`END`] have come.
    ended: usize,
    last: Micros,
}

impl Paste {
    pub(super) fn begin(at: Micros) -> Self {
        Self { text: String::new(), ended: 0, last: at }
    }

    /// When its last byte came.
    pub(super) fn last(&self) -> Micros {
        self.last
    }

    /// Takes a character; says whether it was the last.
    pub(super) fn take(&mut self, c: char, at: Micros) -> bool {
        self.last = at;
        if END[self.ended..].starts_with(c) {
            self.ended += 1;
            return self.ended == END.len();
        }
        for c in END[..std::mem::take(&mut self.ended)].chars() {
            self.keep(c);
        }
        // It may be the first of the end.
        if END.starts_with(c) {
            self.ended = 1;
        } else {
            self.keep(c);
        }
        false
    }

    fn keep(&mut self, c: char) {
        if self.text.len() < LONGEST_PASTE {
            self.text.push(c);
        }
    }

    /// Lines that end in `\n`, no other control character but tabs; `None` if nothing is left.
    pub(super) fn text(self) -> Option<String> {
        let lines = self.text.replace("\r\n", "\n").replace('\r', "\n");
        let mut kept: String =
            lines.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        let end = kept.floor_char_boundary(LONGEST_PASTE);
        kept.truncate(end);
        (!kept.is_empty()).then_some(kept)
    }
}
