//! The three-way comparison with the master (design 5, NIC-134, NIC-135, G12): what the agent saw, what the
//! agent typed, and what the master was seen to say since.

use super::batch::{Capture, Lane};
use super::fold::Comparison;
use super::redact::redacted_debug;
use super::time::Micros;
use super::update::Status;

/// What the master was last seen to say of a field.
#[derive(Clone, PartialEq, Eq)]
pub struct Sighting {
    pub value: Option<String>,
    pub at: Micros,
    /// The number of the newest update at that moment: what has a greater one came later, whatever
    /// clocks say.
    pub after: i64,
    /// When the master says that it changed; files do not tell.
    pub changed: Option<Micros>,
}

redacted_debug!(Sighting, at, after, changed);

/// How a capture stands to the master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The master was not read since the capture: nothing is called safe.
    NotCompared,
    Unchanged,
    /// The master says it already, or its clash was decided.
    Converged,
    Clash,
}

/// How the capture `seq` of a lane stands to the master. That all three differ needs no later look: the
/// agent saw neither value.
pub fn standing(lane: &Lane, seq: i64, seen: Option<&Sighting>) -> Standing {
    let retired = lane.captures.iter().any(|capture| capture.seq == seq && capture.retired);
    let since = seen.is_some_and(|seen| seen.after >= seq);
    match lane.compare(seq) {
        Comparison::Clash => Standing::Clash,
        Comparison::Converged if since || retired => Standing::Converged,
        Comparison::Unchanged if since => Standing::Unchanged,
        Comparison::Converged | Comparison::Unchanged => Standing::NotCompared,
    }
}

/// The captures that count and that neither the master nor a decision has overtaken, oldest first.
pub fn open(lane: &Lane) -> impl DoubleEndedIterator<Item = &Capture> {
    lane.captures.iter().filter(|capture| capture.status.counts() && !capture.retired)
}

/// Is this field in clash? The newest capture speaks for it. One that was entered in the master is in
/// clash once the master was seen to say something else after `synced` tells that it was entered.
pub fn is_clash(
    lane: &Lane,
    seen: Option<&Sighting>,
    synced: impl FnOnce(&Capture) -> Option<Micros>,
) -> bool {
    let Some(newest) = open(lane).next_back() else { return false };
    let decided = newest.status == Status::Synced
        && synced(newest).is_none_or(|entered| seen.is_none_or(|seen| seen.at <= entered));
    !decided && lane.clashes(newest.seq)
}

/// What is done with a clash while nobody has decided it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// A person decides.
    #[default]
    Ask,
    MasterWins,
    /// The later of capture and change; a person decides where the master does not tell when it changed.
    NewestWins,
}

impl Policy {
    pub const ALL: [Self; 3] = [Self::Ask, Self::MasterWins, Self::NewestWins];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::MasterWins => "master wins",
            Self::NewestWins => "newest wins",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == text)
    }

    /// Whose value counts, if that can be said without a person.
    pub fn decide(self, captured: Micros, changed: Option<Micros>) -> Option<Side> {
        match (self, changed) {
            (Self::Ask, _) | (Self::NewestWins, None) => None,
            (Self::MasterWins, _) => Some(Side::Theirs),
            (Self::NewestWins, Some(changed)) if changed > captured => Some(Side::Theirs),
            (Self::NewestWins, Some(_)) => Some(Side::Ours),
        }
    }
}

/// Ours is what was captured here, theirs is the master's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Ours,
    Theirs,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::{CustomerId, UpdateId};
    use crate::domain::update::Field;

    fn capture(seq: i64, base: Option<&str>, new: &str) -> Capture {
        Capture {
            seq,
            update: UpdateId(Uuid::from_u128(seq.unsigned_abs().into())),
            base: base.map(str::to_owned),
            new: new.to_owned(),
            seen: None,
            status: Status::Pending,
            retired: false,
            batch: None,
        }
    }

    fn lane(master: Option<&str>, captures: Vec<Capture>) -> Lane {
        Lane {
            customer: CustomerId(Uuid::from_u128(1)),
            field: Field::Mobile,
            master: master.map(str::to_owned),
            captures,
        }
    }

    fn seen(value: Option<&str>, after: i64) -> Sighting {
        Sighting { value: value.map(str::to_owned), at: Micros(100), after, changed: None }
    }

    /// NIC-134, NIC-135: was, ours, theirs, seen since, and what that is called.
    #[test]
    fn nic_135_three_values_and_when_they_were_compared() {
        use Standing::{Clash, Converged, NotCompared, Unchanged};
        let table = [
            (Some("m"), "a", Some("m"), Some(1), Unchanged),
            (Some("m"), "a", Some("m"), Some(0), NotCompared),
            (Some("m"), "a", Some("m"), None, NotCompared),
            (Some("m"), "a", Some("a"), Some(1), Converged),
            (Some("m"), "a", Some("a"), None, NotCompared),
            (Some("m"), "a", Some("z"), Some(1), Clash),
            (Some("m"), "a", Some("z"), None, Clash),
            (Some("m"), "a", None, Some(1), Clash),
            (None, "a", None, Some(1), Unchanged),
            (None, "a", None, None, NotCompared),
            (None, "a", Some("z"), Some(1), Clash),
            (None, "a", Some("a"), Some(1), Converged),
        ];
        for (base, new, master, after, expected) in table {
            let lane = lane(master, vec![capture(1, base, new)]);
            let seen = after.map(|after| seen(master, after));
            let got = standing(&lane, 1, seen.as_ref());
            assert_eq!(got, expected, "{base:?} -> {new}, the master says {master:?} after {after:?}");
        }
    }

    #[test]
    fn what_does_not_count_clashes_with_nothing() {
        for (status, entered, expected) in [
            (Status::Pending, None, true),
            (Status::Held, None, true),
            (Status::AwaitingApproval, None, false),
            (Status::Rejected, None, false),
            (Status::Withdrawn, None, false),
            // Whoever marks it says that it was entered, until the master is read again.
            (Status::Synced, Some(Micros(100)), false),
            (Status::Synced, Some(Micros(99)), true),
            (Status::Synced, None, false),
        ] {
            let lane = lane(Some("z"), vec![Capture { status, ..capture(1, Some("m"), "a") }]);
            let got = is_clash(&lane, Some(&seen(Some("z"), 1)), |_| entered);
            assert_eq!(got, expected, "{status:?} entered {entered:?}");
        }
        let decided = Capture { retired: true, ..capture(1, Some("m"), "a") };
        assert!(!is_clash(&lane(Some("z"), vec![decided]), None, |_| None));
    }

    #[test]
    fn policies() {
        let (early, late) = (Micros(1), Micros(2));
        for (policy, captured, changed, side) in [
            (Policy::Ask, early, Some(late), None),
            (Policy::MasterWins, late, None, Some(Side::Theirs)),
            (Policy::NewestWins, early, Some(late), Some(Side::Theirs)),
            (Policy::NewestWins, late, Some(early), Some(Side::Ours)),
            (Policy::NewestWins, late, Some(late), Some(Side::Ours)),
            (Policy::NewestWins, late, None, None),
        ] {
            assert_eq!(policy.decide(captured, changed), side, "{policy:?} {captured:?} {changed:?}");
        }
        for policy in Policy::ALL {
            assert_eq!(Policy::parse(policy.as_str()), Some(policy));
        }
    }

    proptest! {
        /// A lone capture clashes exactly when the three differ, whenever the master was read.
        #[test]
        fn a_clash_is_exactly_when_the_three_differ(
            base in proptest::option::of("[a-c]"),
            new in "[a-c]",
            master in proptest::option::of("[a-c]"),
            after in proptest::option::of(0_i64..3),
        ) {
            let differ = master != base && master.as_deref() != Some(&new) && base.as_deref() != Some(&new);
            prop_assume!(base.as_deref() != Some(&new));
            let lane = lane(master.as_deref(), vec![capture(1, base.as_deref(), &new)]);
            let seen = after.map(|after| seen(master.as_deref(), after));
            prop_assert_eq!(standing(&lane, 1, seen.as_ref()) == Standing::Clash, differ);
            prop_assert_eq!(is_clash(&lane, seen.as_ref(), |_| None), differ);
        }
    }
}
