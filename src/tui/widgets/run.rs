//! The part of a long list that is in memory: a run of neighbouring rows and where it stands among
//! all. Pages join it as it is walked, from either side; what lies far behind is let go, so that a
//! million rows cost no more than a few hundred, and the last page what the first one does.

use std::ops::Range;

use super::list;
use crate::domain::shown::{Conversation, Hit, Row};
use crate::tui::keymap::Action;

/// A row with its place in commit order, which pages go by.
pub trait Numbered {
    fn seq(&self) -> i64;
}

impl Numbered for Row {
    fn seq(&self) -> i64 {
        self.seq
    }
}

impl Numbered for Hit {
    fn seq(&self) -> i64 {
        self.seq
    }
}

impl Numbered for Conversation {
    fn seq(&self) -> i64 {
        self.seq
    }
}

/// Rows of one answer.
pub const PAGE: usize = 100;

/// Rows to have beyond the cursor: more than any terminal shows.
const MARGIN: usize = 64;

/// Rows kept once more than [`TOO_MANY`] are in memory.
const KEPT: usize = 4 * PAGE;
const TOO_MANY: usize = 6 * PAGE;

/// Rows a page key moves.
const STEP: usize = 8;

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// From the beginning; the cursor goes there.
    First,
    /// The end; the cursor goes there.
    Last,
    After(i64),
    Before(i64),
    /// What is shown once more; the cursor stays on its row. `None`: from the beginning.
    Again(Option<i64>),
}

impl Want {
    /// The order to ask in and the row to begin behind: backwards is forwards in the other order.
    pub fn asks(self, newest_first: bool) -> (bool, Option<i64>) {
        match self {
            Self::First => (newest_first, None),
            Self::Again(after) => (newest_first, after),
            Self::After(seq) => (newest_first, Some(seq)),
            Self::Last => (!newest_first, None),
            Self::Before(seq) => (!newest_first, Some(seq)),
        }
    }
}

/// Neighbouring rows, oldest or newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Run<T> {
    rows: Vec<T>,
    /// Place of the first of them among all that match. In the middle of a long queue it may be a
    /// little off after others changed it; it is right again at either end.
    start: usize,
    matching: usize,
    /// Nothing comes before the first, after the last.
    top: bool,
    bottom: bool,
    at: usize,
    newest_first: bool,
}

impl<T> Default for Run<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            start: 0,
            matching: 0,
            top: false,
            bottom: false,
            at: 0,
            newest_first: false,
        }
    }
}

impl<T: Numbered + Clone> Run<T> {
    pub fn here(&self) -> Option<&T> {
        self.rows.get(self.at)
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Place of the cursor among all that match.
    pub fn place(&self) -> usize {
        self.start + self.at
    }

    pub fn matching(&self) -> usize {
        self.matching.max(self.start + self.rows.len())
    }

    /// Places shown in so many rows of a screen.
    pub fn window(&self, height: usize) -> Range<usize> {
        list::window(self.place(), height, self.matching())
    }

    /// The row at a place, if it is in memory.
    pub fn at_place(&self, place: usize) -> Option<&T> {
        place.checked_sub(self.start).and_then(|at| self.rows.get(at))
    }

    /// The numbers of what is in memory.
    pub fn seqs(&self) -> impl Iterator<Item = i64> {
        self.rows.iter().map(Numbered::seq)
    }

    /// Moves the cursor; `None` if the action is no move. `within`: not out of what is in memory.
    /// Answers with the page to ask for, if the move needs one.
    pub fn moved(&mut self, action: Action, within: bool) -> Option<Option<Want>> {
        let jump = match action {
            Action::First if !self.top && !within => Some(Want::First),
            Action::Last if !self.bottom && !within => Some(Want::Last),
            _ => None,
        };
        if jump.is_some() {
            return Some(jump);
        }
        self.at = list::moved(self.at, self.rows.len(), STEP, action)?;
        Some(self.missing())
    }

    /// The page to ask for so that the cursor does not run out of rows.
    pub fn missing(&self) -> Option<Want> {
        let (first, last) = (self.rows.first()?.seq(), self.rows.last()?.seq());
        if !self.bottom && self.at + MARGIN >= self.rows.len() {
            Some(Want::After(last))
        } else if !self.top && self.at < MARGIN {
            Some(Want::Before(first))
        } else {
            None
        }
    }

    /// What is shown, once more.
    pub fn again(&self) -> Want {
        let from = self.at.saturating_sub(MARGIN);
        let row = self.rows.get(from).filter(|_| !(self.top && from == 0));
        Want::Again(row.map(|row| if self.newest_first { row.seq() + 1 } else { row.seq() - 1 }))
    }

    /// Takes a page in.
    pub fn take(&mut self, want: Want, page: &[T], matching: i64, newest_first: bool) {
        let short = page.len() < PAGE;
        self.newest_first = newest_first;
        self.matching = usize::try_from(matching).unwrap_or(0);
        match want {
            Want::First => {
                self.rows = page.to_vec();
                (self.start, self.at, self.top, self.bottom) = (0, 0, true, short);
            }
            Want::Last => {
                self.rows = page.iter().rev().cloned().collect();
                self.at = self.rows.len().saturating_sub(1);
                (self.top, self.bottom) = (short, true);
            }
            Want::After(seq) if self.rows.last().is_some_and(|row| row.seq() == seq) => {
                self.rows.extend_from_slice(page);
                self.bottom = short;
                self.let_go_above();
            }
            Want::Before(seq) if self.rows.first().is_some_and(|row| row.seq() == seq) => {
                self.rows.splice(..0, page.iter().rev().cloned());
                self.start = self.start.saturating_sub(page.len());
                self.at += page.len();
                self.top = short;
                self.let_go_below();
            }
            Want::After(_) | Want::Before(_) => {}
            Want::Again(from) => self.refresh(from, page, short),
        }
        self.settle();
    }

    /// Puts the cursor on the first row that is meant, if it is in memory.
    pub fn choose(&mut self, is: impl Fn(&T) -> bool) -> bool {
        let at = self.rows.iter().position(is);
        self.at = at.unwrap_or(self.at);
        at.is_some()
    }

    /// How many match is known better by now.
    pub fn counted(&mut self, matching: i64) {
        self.matching = usize::try_from(matching).unwrap_or(0);
        self.settle();
    }

    fn refresh(&mut self, from: Option<i64>, page: &[T], short: bool) {
        let here = self.here().map(|row| row.seq());
        let first = if from.is_some() { self.at.saturating_sub(MARGIN) } else { 0 };
        self.start = if from.is_some() { self.start + first } else { 0 };
        self.rows = page.to_vec();
        (self.top, self.bottom) = (from.is_none(), short);
        let reached = |row: &T| {
            here.is_none_or(|seq| if self.newest_first { row.seq() <= seq } else { row.seq() >= seq })
        };
        // A row that has gone leaves the cursor to the one that follows it.
        self.at = self.rows.iter().position(reached).unwrap_or(self.rows.len().saturating_sub(1));
    }

    fn let_go_above(&mut self) {
        let spare = self.rows.len().saturating_sub(KEPT).min(self.at.saturating_sub(MARGIN));
        if self.rows.len() > TOO_MANY && spare > 0 {
            self.rows.drain(..spare);
            self.start += spare;
            self.at -= spare;
            self.top = false;
        }
    }

    fn let_go_below(&mut self) {
        let length = KEPT.max(self.at + MARGIN + 1);
        if self.rows.len() > TOO_MANY && length < self.rows.len() {
            self.rows.truncate(length);
            self.bottom = false;
        }
    }

    /// Puts the place right where it is known.
    fn settle(&mut self) {
        if self.top {
            self.start = 0;
        } else if self.bottom {
            self.start = self.matching.saturating_sub(self.rows.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tui::screens::updates::tests::row;

    /// The page a store answers with.
    fn page(all: &[Row], (newest_first, after): (bool, Option<i64>)) -> Vec<Row> {
        if newest_first {
            let before = after.unwrap_or(i64::MAX);
            all.iter().rev().filter(|row| row.seq < before).take(PAGE).cloned().collect()
        } else {
            all.iter().filter(|row| after.is_none_or(|seq| row.seq > seq)).take(PAGE).cloned().collect()
        }
    }

    fn asked(rows: &mut Run<Row>, want: Want, all: &[Row], newest_first: bool) {
        let count = i64::try_from(all.len()).unwrap();
        rows.take(want, &page(all, want.asks(newest_first)), count, newest_first);
    }

    fn settle(rows: &mut Run<Row>, all: &[Row], newest_first: bool) {
        while let Some(want) = rows.missing() {
            asked(rows, want, all, newest_first);
        }
    }

    #[test]
    fn nic_96_the_end_of_a_hundred_thousand_is_one_page_away() {
        let all: Vec<Row> = (1..=100_000).map(row).collect();
        let mut rows = Run::default();
        asked(&mut rows, Want::First, &all, false);
        assert_eq!(rows.moved(Action::Last, false), Some(Some(Want::Last)));
        asked(&mut rows, Want::Last, &all, false);
        assert_eq!((rows.here().unwrap().seq, rows.place(), rows.rows.len()), (100_000, 99_999, 100));
        for _ in 0..2000 {
            let _ = rows.moved(Action::PageUp, false);
            settle(&mut rows, &all, false);
            assert!(rows.rows.len() <= TOO_MANY + PAGE);
        }
        assert_eq!((rows.here().unwrap().seq, rows.place()), (84_000, 83_999));
    }

    #[test]
    fn a_row_that_goes_leaves_the_cursor_to_the_next() {
        let mut all: Vec<Row> = (1..=300).map(row).collect();
        for newest_first in [false, true] {
            let mut rows = Run::default();
            asked(&mut rows, Want::First, &all, newest_first);
            for _ in 0..20 {
                let _ = rows.moved(Action::PageDown, false);
                settle(&mut rows, &all, newest_first);
            }
            let here = rows.here().unwrap().seq;
            all.retain(|row| row.seq != here);
            let again = rows.again();
            asked(&mut rows, again, &all, newest_first);
            assert_eq!(rows.here().unwrap().seq, if newest_first { here - 1 } else { here + 1 });
        }
    }

    proptest! {
        /// However it is walked, the rows are neighbours, in order, and at the place they say.
        #[test]
        fn the_run_is_a_part_of_the_queue(
            count in 0_usize..1500,
            newest_first in any::<bool>(),
            steps in proptest::collection::vec(0_usize..7, 0..80),
        ) {
            let all: Vec<Row> = (1..=i64::try_from(count).unwrap()).map(|n| row(n * 3)).collect();
            let mut listed: Vec<i64> = all.iter().map(|row| row.seq).collect();
            if newest_first {
                listed.reverse();
            }
            let mut rows = Run::default();
            asked(&mut rows, Want::First, &all, newest_first);
            for step in steps {
                let moves = [Action::Up, Action::Down, Action::PageUp, Action::PageDown, Action::First, Action::Last];
                match moves.get(step) {
                    Some(action) => {
                        for _ in 0..20 {
                            if let Some(Some(want)) = rows.moved(*action, false) {
                                asked(&mut rows, want, &all, newest_first);
                            }
                        }
                    }
                    None => {
                        let again = rows.again();
                        let before = rows.here().map(|row| row.seq);
                        asked(&mut rows, again, &all, newest_first);
                        prop_assert_eq!(rows.here().map(|row| row.seq), before);
                    }
                }
                settle(&mut rows, &all, newest_first);
                let run: Vec<i64> = rows.rows.iter().map(|row| row.seq).collect();
                prop_assert_eq!(&run, &listed[rows.start..rows.start + run.len()]);
                prop_assert_eq!(rows.here().is_none(), count == 0);
                for place in rows.window(60) {
                    prop_assert_eq!(rows.at_place(place).map(|row| row.seq), listed.get(place).copied());
                }
            }
        }
    }
}
