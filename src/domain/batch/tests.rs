//! Lanes in tables, plans as properties: design 5, G10, NIC-94, NIC-95.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn id(seq: i64) -> UpdateId {
    UpdateId(Uuid::from_u128(u128::try_from(seq).unwrap()))
}

fn capture(seq: i64, base: &str, new: &str) -> Capture {
    Capture {
        seq,
        update: id(seq),
        base: (!base.is_empty()).then(|| base.to_owned()),
        new: new.to_owned(),
        seen: None,
        status: Status::Pending,
        retired: false,
        batch: None,
    }
}

fn lane(field: Field, master: &str, captures: Vec<Capture>) -> Lane {
    let customer = CustomerId(Uuid::from_u128(1));
    Lane { customer, field, master: (!master.is_empty()).then(|| master.to_owned()), captures }
}

fn mobile(master: &str, captures: Vec<Capture>) -> Lane {
    lane(Field::Mobile, master, captures)
}

fn synced(capture: Capture) -> Capture {
    Capture { status: Status::Synced, ..capture }
}

fn retired(capture: Capture) -> Capture {
    Capture { retired: true, ..capture }
}

/// The lines as `field: base -> value (updates)`, and who was left out.
fn planned(chosen: &[i64], lanes: &[Lane]) -> (Vec<String>, Vec<(i64, Why)>) {
    let (lines, left_out) = plan(&chosen.iter().copied().collect(), lanes);
    let say = |line: &Line| {
        format!(
            "{}: {} -> {} {:?}",
            line.field,
            line.base.as_deref().unwrap_or("-"),
            line.value,
            line.updates
        )
    };
    (lines.iter().map(say).collect(), left_out)
}

#[test]
fn g10_a_capture_clashes_with_what_its_whole_line_has_not_seen() {
    let chain = || vec![capture(1, "m", "a"), capture(2, "a", "b")];
    let table = [
        ("the master has not moved", mobile("m", chain()), false, false),
        ("somebody else changed the master", mobile("x", chain()), true, true),
        ("the master has the first of them", mobile("a", chain()), false, false),
        (
            "nothing there before, nothing now",
            mobile("", vec![capture(1, "", "a"), capture(2, "a", "b")]),
            false,
            false,
        ),
        ("something there by now", mobile("x", vec![capture(1, "", "a"), capture(2, "a", "b")]), true, true),
        (
            "the first is entered, the feed is old",
            mobile("m", vec![synced(capture(1, "m", "a")), capture(2, "a", "b")]),
            false,
            false,
        ),
        (
            "the master had the first and went back",
            mobile("m", vec![retired(capture(1, "m", "a")), capture(2, "a", "b")]),
            false,
            true,
        ),
        (
            "the second knew what the master says",
            mobile("x", vec![capture(1, "m", "a"), capture(2, "x", "b")]),
            false,
            false,
        ),
        (
            "the second says what the master says",
            mobile("x", vec![capture(1, "m", "a"), capture(2, "a", "x")]),
            false,
            false,
        ),
        (
            "two who did not know of each other",
            mobile("m", vec![capture(1, "m", "a"), capture(2, "m", "b")]),
            false,
            false,
        ),
    ];
    for (name, lane, first, second) in table {
        assert_eq!((lane.clashes(1), lane.clashes(2)), (first, second), "{name}");
    }
    let by_screen = Capture { seen: Some(id(1)), ..capture(2, "a'", "b") };
    assert!(
        !mobile("m", vec![capture(1, "m", "a"), by_screen]).clashes(2),
        "linked by what the screen showed"
    );
}

#[test]
fn nic_95_one_line_stands_for_all_captures_of_its_field() {
    let lanes = [
        mobile("m", vec![capture(1, "m", "a"), capture(2, "a", "b"), capture(3, "b", "c")]),
        lane(Field::Email, "e", vec![capture(2, "e", "f")]),
    ];
    let both = vec!["mobile: m -> c [1, 2, 3]".to_owned(), "email: e -> f [2]".to_owned()];
    assert_eq!(planned(&[1, 2, 3], &lanes), (both.clone(), vec![]));
    assert_eq!(planned(&[3], &lanes), (both, vec![]), "the newest brings the older, with all their fields");
    let superseded = Why::Superseded { by: 3, field: Field::Mobile };
    assert_eq!(planned(&[1, 2], &lanes), (vec![], vec![(1, superseded), (2, superseded)]));
}

#[test]
fn design_5_what_cannot_be_entered_is_left_out_with_the_reason() {
    let with = |status| Capture { status, ..capture(1, "m", "a") };
    let open = Capture { batch: Some(17), ..capture(1, "m", "a") };
    let table = [
        (mobile("m", vec![with(Status::Held)]), Why::NotPending(Status::Held)),
        (mobile("m", vec![with(Status::Rejected)]), Why::NotPending(Status::Rejected)),
        (mobile("m", vec![with(Status::Synced)]), Why::NotPending(Status::Synced)),
        (mobile("m", vec![open]), Why::InBatch(17)),
        (mobile("x", vec![capture(1, "m", "a")]), Why::Clash(Field::Mobile)),
        (mobile("a", vec![retired(capture(1, "m", "a"))]), Why::Settled),
        // The master went on after it had this one: entering it again would undo that.
        (mobile("x", vec![retired(capture(1, "m", "a"))]), Why::Settled),
        (mobile("m", vec![capture(1, "m", "a"), synced(capture(2, "a", "b"))]), Why::Settled),
        (
            mobile("m", vec![capture(1, "m", "a"), Capture { batch: Some(17), ..capture(2, "a", "b") }]),
            Why::Superseded { by: 2, field: Field::Mobile },
        ),
    ];
    for (lane, why) in table {
        assert_eq!(planned(&[1], &[lane]), (vec![], vec![(1, why)]), "{why:?}");
    }
}

#[test]
fn an_update_that_clashes_in_one_field_is_left_out_whole() {
    let lanes = [
        mobile("x", vec![capture(2, "m", "b")]),
        lane(Field::Email, "e", vec![capture(1, "e", "f"), capture(2, "f", "g")]),
    ];
    let clash = (2, Why::Clash(Field::Mobile));
    assert_eq!(planned(&[2], &lanes), (vec![], vec![clash]), "the older came along and leaves with it");
    let superseded = (1, Why::Superseded { by: 2, field: Field::Email });
    assert_eq!(planned(&[1, 2], &lanes), (vec![], vec![superseded, clash]));
}

#[test]
fn a_field_that_is_settled_makes_no_line_and_hinders_nothing() {
    let lanes = [
        mobile("x", vec![retired(capture(1, "m", "a"))]),
        lane(Field::Email, "e", vec![capture(1, "e", "f")]),
    ];
    assert_eq!(planned(&[1], &lanes), (vec!["email: e -> f [1]".to_owned()], vec![]));
}

#[test]
fn nic_94_what_changed_since_the_export_is_not_marked() {
    let two = || vec![capture(1, "m", "a"), capture(2, "a", "b")];
    let and = |later: Capture| [two(), vec![later]].concat();
    let rejected = |capture: Capture| Capture { status: Status::Rejected, ..capture };
    let table = [
        (mobile("m", two()), None),
        (mobile("b", two()), None),
        (mobile("x", two()), Some(Why::Clash(Field::Mobile))),
        (mobile("x", two().into_iter().map(retired).collect()), None),
        (mobile("m", and(capture(3, "b", "c"))), Some(Why::Superseded { by: 3, field: Field::Mobile })),
        // A second witness of the very value that was entered.
        (mobile("m", and(capture(3, "b", "b"))), None),
        (mobile("m", and(rejected(capture(3, "b", "c")))), None),
        (
            mobile("m", vec![capture(1, "m", "a"), rejected(capture(2, "a", "b"))]),
            Some(Why::LineGone { newest: 2, status: Status::Rejected }),
        ),
    ];
    for (n, (lane, why)) in table.into_iter().enumerate() {
        assert_eq!(lane.since(&[1, 2], "b"), why, "{n}");
    }
}

/// Base, new, which status, retired, frozen, and whether the update changes this field at all.
type Drawn = (Option<String>, String, usize, bool, bool, bool);

fn any_capture() -> impl Strategy<Value = Drawn> {
    let value = || "[a-d]";
    (
        prop::option::of(value()),
        value(),
        0..6_usize,
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
        any::<bool>(),
    )
}

fn lanes_of(captures: &[[Drawn; 2]]) -> Vec<Lane> {
    let make = |which: usize| {
        let captures = captures.iter().zip(1..).filter(|(both, _)| both[which].5 || which == 0);
        let captures = captures.map(|(both, seq)| {
            let (base, new, _, retired, ..) = both[which].clone();
            // An update has one status and is in one batch, whatever its fields.
            let (status, frozen) = (Status::ALL[both[0].2], both[0].4);
            Capture { base, retired, status, batch: frozen.then_some(9), ..capture(seq, "", &new) }
        });
        captures.collect()
    };
    vec![mobile("a", make(0)), lane(Field::Email, "b", make(1))]
}

proptest! {
    /// Every chosen update is in a line or left out with a reason, never both; a line's value is the
    /// newest pending one; nothing that is frozen, clashing or not pending gets in.
    #[test]
    fn design_5_a_plan_accounts_for_every_choice(
        captures in prop::collection::vec([any_capture(), any_capture()], 1..7),
        chosen in prop::collection::btree_set(1..7_i64, 1..6),
    ) {
        let lanes = lanes_of(&captures);
        let known: BTreeSet<i64> = chosen.into_iter().filter(|seq| lanes[0].position(*seq).is_some()).collect();
        let (lines, left_out) = plan(&known, &lanes);
        let entered: BTreeSet<i64> = lines.iter().flat_map(|line| line.updates.iter().copied()).collect();
        let left: BTreeSet<i64> = left_out.iter().map(|(seq, _)| *seq).collect();
        prop_assert!(entered.is_disjoint(&left));
        for seq in &known {
            prop_assert!(entered.contains(seq) || left.contains(seq), "{seq} got lost");
        }
        for line in &lines {
            let lane = lanes.iter().find(|lane| lane.field == line.field).unwrap();
            let newest = lane.newest_pending().unwrap();
            prop_assert_eq!((line.updates.last(), &line.value), (Some(&newest.seq), &newest.new));
            for seq in &line.updates {
                let capture = &lane.captures[lane.position(*seq).unwrap()];
                prop_assert!(free(capture).is_ok() && !lane.clashes(*seq));
            }
        }
        // What goes in is whole: each of its fields that has something to enter has a line.
        for lane in &lanes {
            for (at, capture) in lane.captures.iter().enumerate() {
                if entered.contains(&capture.seq) && lane.is_open(at) {
                    let line = lines.iter().find(|line| line.field == lane.field).unwrap();
                    prop_assert!(line.updates.contains(&capture.seq));
                }
            }
        }
    }
}
