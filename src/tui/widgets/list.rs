//! Lists: which rows are in the window, and moving the choice.

use std::ops::Range;

use crate::tui::keymap::Action;

/// The rows shown of `len` when `chosen` must be seen in `height` rows. It turns whole pages, so that
/// most moves change two rows only.
pub fn window(chosen: usize, height: usize, len: usize) -> Range<usize> {
    if height == 0 {
        return 0..0;
    }
    let start = chosen - chosen % height;
    let start = start.min(len.saturating_sub(height));
    start..len.min(start + height)
}

/// The first entry shown where entries fill several rows each: the page's, or the next one from which
/// the chosen one is seen whole.
pub fn first(chosen: usize, height: usize, len: usize, rows: impl Fn(usize) -> usize) -> usize {
    let mut left = height;
    let end = len.min(chosen + 1);
    let fitting = (window(chosen, height, len).start..end).rev().take_while(|at| {
        let needs = rows(*at);
        let fits = needs <= left;
        left = left.saturating_sub(needs);
        fits
    });
    end.saturating_sub(fitting.count().max(1))
}

/// Where a move leads from `chosen` among `len` rows. `None` if the action is no move.
pub fn moved(chosen: usize, len: usize, page: usize, action: Action) -> Option<usize> {
    let last = len.saturating_sub(1);
    Some(match action {
        Action::Up => chosen.saturating_sub(1),
        Action::Down => (chosen + 1).min(last),
        Action::PageUp => chosen.saturating_sub(page.max(1)),
        Action::PageDown => (chosen + page.max(1)).min(last),
        Action::First => 0,
        Action::Last => last,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_to_choose_from_begins_at_the_first() {
        assert_eq!((window(0, 5, 0), first(0, 5, 0, |_| unreachable!("there is no entry"))), (0..0, 0));
        assert_eq!(first(7, 5, 3, |_| 1), 0);
    }

    proptest! {
        #[test]
        fn the_chosen_row_is_in_the_window(len in 1_usize..200, height in 1_usize..50, chosen in 0_usize..200) {
            let chosen = chosen.min(len - 1);
            let window = window(chosen, height, len);
            prop_assert!(window.contains(&chosen));
            prop_assert!(window.len() == height.min(len));
            prop_assert!(window.end <= len);
        }

        #[test]
        fn the_chosen_entry_is_seen_whole(heights in prop::collection::vec(1_usize..4, 1..60), chosen in 0_usize..60, height in 4_usize..30) {
            let chosen = chosen.min(heights.len() - 1);
            let first = first(chosen, height, heights.len(), |at| heights[at]);
            prop_assert!(heights[first..=chosen].iter().sum::<usize>() <= height);
        }
    }
}
