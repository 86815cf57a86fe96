//! The effective contact: which value of a field counts now (design 5, G10).

use super::ids::UpdateId;
use super::redact::redacted_debug;
use super::update::Status;

/// One capture of a field, as the fold sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Capture {
    pub update: UpdateId,
    pub new: String,
    pub status: Status,
    /// The master was seen equal to it, or its clash was resolved.
    pub retired: bool,
}

redacted_debug!(Capture, update, status, retired);

/// The value that counts, and the capture it comes from; `None` means the master's own value.
#[derive(Clone, PartialEq, Eq)]
pub struct Effective {
    pub value: String,
    pub update: Option<UpdateId>,
}

redacted_debug!(Effective, update);

/// Folds the captures of one field, oldest first, over the master's value: the newest that is
/// neither rejected, withdrawn, awaiting approval nor retired; else the master's value.
pub fn fold(captures: &[Capture], master: Option<&str>) -> Option<Effective> {
    let newest = captures.iter().rev().find(|capture| capture.status.counts() && !capture.retired);
    match newest {
        Some(capture) => Some(Effective { value: capture.new.clone(), update: Some(capture.update) }),
        None => master.map(|value| Effective { value: value.to_owned(), update: None }),
    }
}

/// How many of the captures, oldest first, the master has overtaken by saying the same as one of
/// them: that one retires, and all before it with it.
pub fn overtaken(captures: &[Capture], master: Option<&str>) -> usize {
    captures
        .iter()
        .rposition(|capture| {
            capture.status.counts() && !capture.retired && Some(capture.new.as_str()) == master
        })
        .map_or(0, |position| position + 1)
}

/// Base, new and the master's value now, compared (design 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The master still says what the agent saw.
    Unchanged,
    /// The master already says what the agent captured.
    Converged,
    /// All three differ.
    Clash,
}

/// Compares a capture with the master.
pub fn compare(base: Option<&str>, new: &str, master: Option<&str>) -> Comparison {
    if master == Some(new) {
        Comparison::Converged
    } else if master == base {
        Comparison::Unchanged
    } else {
        Comparison::Clash
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn capture(n: u128, new: &str, status: Status, retired: bool) -> Capture {
        Capture { update: UpdateId(Uuid::from_u128(n)), new: new.to_owned(), status, retired }
    }

    #[test]
    fn newest_counting_capture_wins_uploaded_or_not() {
        let table = [
            (vec![], Some("m"), Some("m")),
            (vec![], None, None),
            (vec![capture(1, "a", Status::Pending, false)], Some("m"), Some("a")),
            (vec![capture(1, "a", Status::Synced, false)], Some("m"), Some("a")),
            (vec![capture(1, "a", Status::Held, false)], Some("m"), Some("a")),
            (vec![capture(1, "a", Status::Synced, true)], Some("m"), Some("m")),
            (vec![capture(1, "a", Status::Rejected, false)], Some("m"), Some("m")),
            (vec![capture(1, "a", Status::AwaitingApproval, false)], None, None),
            (
                vec![capture(1, "a", Status::Pending, false), capture(2, "b", Status::Withdrawn, false)],
                Some("m"),
                Some("a"),
            ),
            (
                vec![capture(1, "a", Status::Synced, true), capture(2, "b", Status::Pending, false)],
                Some("a"),
                Some("b"),
            ),
        ];
        for (captures, master, expected) in table {
            let got = fold(&captures, master);
            assert_eq!(got.as_ref().map(|e| e.value.as_str()), expected, "{captures:?} over {master:?}");
        }
    }

    #[test]
    fn the_master_overtakes_what_it_equals_and_what_came_before() {
        let captures = [
            capture(1, "a", Status::Pending, false),
            capture(2, "b", Status::Pending, false),
            capture(3, "c", Status::Pending, false),
        ];
        assert_eq!(overtaken(&captures, Some("b")), 2);
        assert_eq!(overtaken(&captures, Some("c")), 3);
        assert_eq!(overtaken(&captures, Some("x")), 0);
        assert_eq!(overtaken(&captures, None), 0);
    }

    #[test]
    fn clash_exactly_when_all_three_differ() {
        assert_eq!(compare(Some("a"), "b", Some("a")), Comparison::Unchanged);
        assert_eq!(compare(Some("a"), "b", Some("b")), Comparison::Converged);
        assert_eq!(compare(Some("a"), "b", Some("c")), Comparison::Clash);
        assert_eq!(compare(None, "b", None), Comparison::Unchanged);
        assert_eq!(compare(None, "b", Some("c")), Comparison::Clash);
        assert_eq!(compare(Some("a"), "b", None), Comparison::Clash);
    }

    proptest! {
        #[test]
        fn captures_that_do_not_count_change_nothing(
            states in proptest::collection::vec((0usize..6, any::<bool>(), "[a-c]"), 0..8),
            master in proptest::option::of("[a-c]"),
        ) {
            let all: Vec<Capture> = states.iter().enumerate()
                .map(|(n, (s, retired, new))| capture(n as u128, new, Status::ALL[*s], *retired)).collect();
            let counting: Vec<Capture> =
                all.iter().filter(|c| c.status.counts() && !c.retired).cloned().collect();
            prop_assert_eq!(fold(&all, master.as_deref()), fold(&counting, master.as_deref()));
        }
    }
}
