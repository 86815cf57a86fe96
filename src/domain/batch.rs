//! What may be entered into the master together, and what may be marked afterwards (design 5).
//!
//! The captures of one customer and field are a [`Lane`], oldest first. A batch has one line per
//! lane, with the newest value, and the line stands for every capture it is made of.

use std::collections::BTreeSet;
use std::fmt;

use super::fold::{Comparison, compare};
use super::ids::{CustomerId, UpdateId};
use super::redact::redacted_debug;
use super::update::{Field, Status};

/// One capture of a field, as the admin's queue sees it. Ordered by `seq`, the commit order.
#[derive(Clone, PartialEq, Eq)]
pub struct Capture {
    pub seq: i64,
    pub update: UpdateId,
    pub base: Option<String>,
    pub new: String,
    /// The newest update of this field that the agent's screen had shown.
    pub seen: Option<UpdateId>,
    pub status: Status,
    /// The master was seen equal to it, or its clash was resolved.
    pub retired: bool,
    /// The batch that it is frozen in and that is not marked yet.
    pub batch: Option<i64>,
}

redacted_debug!(Capture, seq, update, status, retired, batch);

/// The captures of one customer and field, oldest first, and what the master says.
#[derive(Clone, PartialEq, Eq)]
pub struct Lane {
    pub customer: CustomerId,
    pub field: Field,
    pub master: Option<String>,
    pub captures: Vec<Capture>,
}

redacted_debug!(Lane, customer, field, captures);

/// One line of a batch: `updates` are the numbers it stands for, oldest first.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    pub customer: CustomerId,
    pub field: Field,
    pub base: Option<String>,
    pub value: String,
    pub updates: Vec<i64>,
}

redacted_debug!(Line, customer, field, updates);

/// Why an update was left out. Written as a sentence with the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    NotFound,
    NotPending(Status),
    InBatch(i64),
    /// A newer pending capture of the field says something else.
    Superseded {
        by: i64,
        field: Field,
    },
    /// What the agent saw, what the agent typed and what the master says all differ.
    Clash(Field),
    /// The master has had every value of it, or a newer one.
    Settled,
    /// The capture whose value the line carries does not count any more.
    LineGone {
        newest: i64,
        status: Status,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such update"),
            Self::NotPending(Status::Held) => f.write_str("it is held: release it first"),
            Self::NotPending(status) => write!(f, "it is {}", status.as_str()),
            Self::InBatch(number) => {
                write!(f, "it is in batch {number} already: mark or dissolve that one first")
            }
            Self::Superseded { by, field } => {
                write!(f, "a newer update of the {field}, number {by}, says something else: enter that one")
            }
            Self::Clash(field) => {
                write!(f, "the master has another {field} by now: look at the clash and decide")
            }
            Self::Settled => {
                f.write_str("the master has this value or a newer one already: mark it as synced")
            }
            Self::LineGone { newest, status } => write!(
                f,
                "it was entered with the value of number {newest}, which is {}: look at both",
                status.as_str()
            ),
        }
    }
}

impl Lane {
    fn position(&self, seq: i64) -> Option<usize> {
        self.captures.iter().position(|capture| capture.seq == seq)
    }

    /// Captures that wait for the master, oldest first.
    pub fn pending(&self) -> impl DoubleEndedIterator<Item = &Capture> {
        self.captures.iter().filter(|capture| capture.status == Status::Pending && !capture.retired)
    }

    /// How a capture stands to what the master says now. A correction of a correction compares with
    /// what its whole line has seen: the master may not have heard of any of them.
    pub fn compare(&self, seq: i64) -> Comparison {
        let Some(at) = self.position(seq) else { return Comparison::Unchanged };
        let (capture, master) = (&self.captures[at], self.master.as_deref());
        if capture.retired {
            return Comparison::Converged;
        }
        let mut bases = self.line(at).map(|capture| capture.base.as_deref());
        let base = bases.find(|base| *base == master).unwrap_or(capture.base.as_deref());
        compare(base, &capture.new, master)
    }

    /// Does the master say what neither this capture nor the agent who made it knew of? Not where the newest
    /// one that counts did know, or is entered: that one speaks for the older ones, too.
    pub fn clashes(&self, seq: i64) -> bool {
        let mut counting = self.captures.iter().filter(|capture| capture.status.counts() && !capture.retired);
        let speaks = |newest: &Capture| {
            newest.seq > seq
                && (newest.status == Status::Synced || self.compare(newest.seq) != Comparison::Clash)
        };
        self.compare(seq) == Comparison::Clash && !counting.next_back().is_some_and(speaks)
    }

    /// The capture at `at`, the one it supersedes, the one that one supersedes, and so on.
    fn line(&self, at: usize) -> impl Iterator<Item = &Capture> {
        std::iter::successors(Some(at), |at| {
            let capture = &self.captures[*at];
            let before = self.captures[..*at].iter().rposition(|earlier| {
                capture.seen == Some(earlier.update) || capture.base.as_ref() == Some(&earlier.new)
            })?;
            (!self.captures[before].retired).then_some(before)
        })
        .map(|at| &self.captures[at])
    }

    /// Is there still something to be entered for the capture at `at`?
    fn is_open(&self, at: usize) -> bool {
        let capture = &self.captures[at];
        let newer_synced =
            self.captures[at + 1..].iter().any(|newer| newer.status == Status::Synced && !newer.retired);
        capture.status == Status::Pending && !capture.retired && !newer_synced
    }

    fn newest_pending(&self) -> Option<&Capture> {
        self.pending().next_back()
    }

    /// May the updates of a line, entered as `value`, be marked now? `None`: yes.
    pub fn since(&self, line: &[i64], value: &str) -> Option<Why> {
        let newest = self.position(line.iter().copied().max()?)?;
        let capture = &self.captures[newest];
        if !matches!(capture.status, Status::Pending | Status::Synced) {
            return Some(Why::LineGone { newest: capture.seq, status: capture.status });
        }
        let later = self.newest_pending().filter(|later| later.seq > capture.seq && later.new != value);
        if let Some(later) = later {
            return Some(Why::Superseded { by: later.seq, field: self.field });
        }
        self.clashes(capture.seq).then_some(Why::Clash(self.field))
    }
}

/// The lines that the chosen updates of one customer make, and those of the chosen that are left
/// out. Where the newest capture of a field is chosen, the older ones of it come along.
pub fn plan(chosen: &BTreeSet<i64>, lanes: &[Lane]) -> (Vec<Line>, Vec<(i64, Why)>) {
    let mut left_out = Vec::new();
    let mut taken = BTreeSet::new();
    for capture in lanes.iter().flat_map(|lane| &lane.captures) {
        match free(capture) {
            _ if !chosen.contains(&capture.seq) => {}
            Ok(()) => _ = taken.insert(capture.seq),
            Err(why) => left_out.push((capture.seq, why)),
        }
    }
    while lanes.iter().any(|lane| take_older(lane, &mut taken)) {}
    // Each that falls out may leave an older one of its lane superseded.
    while let Some((seq, why)) = taken.iter().find_map(|seq| Some((*seq, hindrance(*seq, &taken, lanes)?))) {
        taken.remove(&seq);
        left_out.push((seq, why));
    }
    left_out.retain(|(seq, _)| chosen.contains(seq));
    left_out.sort_by_key(|(seq, _)| *seq);
    left_out.dedup_by_key(|(seq, _)| *seq);
    (lanes.iter().filter_map(|lane| line(lane, &taken)).collect(), left_out)
}

fn free(capture: &Capture) -> Result<(), Why> {
    match (capture.status, capture.batch) {
        (Status::Pending, None) => Ok(()),
        (Status::Pending, Some(number)) => Err(Why::InBatch(number)),
        (status, _) => Err(Why::NotPending(status)),
    }
}

/// Adds the older captures of a lane whose newest is taken; false if there are none to add.
fn take_older(lane: &Lane, taken: &mut BTreeSet<i64>) -> bool {
    if !lane.newest_pending().is_some_and(|newest| taken.contains(&newest.seq)) {
        return false;
    }
    let before = taken.len();
    taken.extend(lane.captures.iter().filter(|capture| free(capture).is_ok()).map(|capture| capture.seq));
    taken.len() > before
}

fn hindrance(seq: i64, taken: &BTreeSet<i64>, lanes: &[Lane]) -> Option<Why> {
    let mut anything_open = false;
    for lane in lanes {
        let Some(at) = lane.position(seq).filter(|at| lane.is_open(*at)) else { continue };
        anything_open = true;
        if lane.clashes(seq) {
            return Some(Why::Clash(lane.field));
        }
        let newer = lane.newest_pending().filter(|newer| newer.seq > lane.captures[at].seq);
        if let Some(newer) = newer.filter(|newer| !taken.contains(&newer.seq)) {
            return Some(Why::Superseded { by: newer.seq, field: lane.field });
        }
    }
    (!anything_open).then_some(Why::Settled)
}

fn line(lane: &Lane, taken: &BTreeSet<i64>) -> Option<Line> {
    let open = |at: &usize| lane.is_open(*at) && taken.contains(&lane.captures[*at].seq);
    let members: Vec<&Capture> = (0..lane.captures.len()).filter(open).map(|at| &lane.captures[at]).collect();
    let (first, last) = (members.first()?, members.last()?);
    Some(Line {
        customer: lane.customer,
        field: lane.field,
        base: first.base.clone(),
        value: last.new.clone(),
        updates: members.iter().map(|capture| capture.seq).collect(),
    })
}

#[cfg(test)]
mod tests;
