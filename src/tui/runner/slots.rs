//! Which reads may overtake each other.

use crate::store::threads::Slot;
use crate::tui::msg::Read;

pub(super) fn slot(what: &Read) -> Slot {
    match what {
        Read::Lookup(_) => Slot::Lookup,
        Read::Card(_)
        | Read::Customers { .. }
        | Read::Inbox { .. }
        | Read::Queue { .. }
        | Read::ClashList
        | Read::Outbox { .. }
        | Read::People => Slot::Screen,
        Read::Timeline { before: None, .. } | Read::Facts(_) => Slot::Detail,
        Read::Thread(_) => Slot::Thread,
        Read::Duplicates(_) => Slot::Alike,
        Read::Clashes => Slot::Clashes,
        Read::Counts(_) | Read::Report { .. } => Slot::Count,
        Read::State => Slot::State,
        // An older page and the newest one do not overtake each other.
        Read::Timeline { .. }
        | Read::Matching(_)
        | Read::Drafts
        | Read::Draft { .. }
        | Read::DraftTo(_)
        | Read::Undoable
        | Read::TextFacts { .. }
        | Read::Replies(_)
        | Read::Why(_)
        | Read::WhyLine(_)
        | Read::Sides { .. }
        | Read::Others(_)
        | Read::Record(_)
        | Read::Several { .. }
        | Read::Payment { .. }
        | Read::Sharing { .. } => Slot::Once,
    }
}
