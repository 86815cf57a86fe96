//! The projection equals the fold, whatever happens in whatever order (G10, design 5).

use proptest::prelude::*;

use super::super::customers::import;
use super::super::effective::{differences, shown};
use super::*;
use crate::domain::update::Field;

const NUMBERS: [&str; 4] = [KEVINS, OTHER, "+23058440011", "+23058440012"];
const ADDRESSES: [&str; 3] = ["kevin@example.com", "new@example.com", "third@example.com"];

#[derive(Clone, Debug)]
enum Move {
    Capture { mobile: Option<usize>, email: Option<usize> },
    Import { mobile: Option<usize>, email: Option<usize> },
    Mark(i64),
}

fn moves() -> impl Strategy<Value = Move> {
    let fields = || (prop::option::of(0..NUMBERS.len()), prop::option::of(0..ADDRESSES.len()));
    prop_oneof![
        3 => fields().prop_map(|(mobile, email)| Move::Capture { mobile, email }),
        3 => fields().prop_map(|(mobile, email)| Move::Import { mobile, email }),
        1 => (1..6_i64).prop_map(Move::Mark),
    ]
}

fn play(desk: &mut Desk, step: &Move, now: Micros) {
    match step {
        Move::Capture { mobile, email } => {
            let mobile = mobile.map_or("", |n| NUMBERS[n]);
            let email = email.map_or("", |n| ADDRESSES[n]);
            if mobile.is_empty() && email.is_empty() {
                return;
            }
            match desk.capture(now, mobile, email, UPSTREAM) {
                Ok(_) | Err(Error::Fields(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
        Move::Import { mobile, email } => {
            let row = NewCustomer {
                phones: mobile.iter().map(|n| phone("mobile", NUMBERS[*n])).collect(),
                emails: email.iter().map(|n| super::email("email", ADDRESSES[*n])).collect(),
                ..kevin()
            };
            import(&mut desk.db, &desk.admin, now, &[row]).unwrap();
        }
        Move::Mark(seq) => {
            desk.mark(now, &[*seq], UPSTREAM);
        }
    }
}

/// The value by the rule itself, from the history alone: the newest capture since the master was
/// last seen to say the same as one of them, else the master's word.
#[derive(Default)]
struct Model {
    master: Option<String>,
    open: Vec<String>,
}

impl Model {
    fn says(&mut self, value: Option<&str>) {
        let Some(value) = value else { return };
        self.master = Some(value.to_owned());
        if let Some(last) = self.open.iter().rposition(|open| open == value) {
            self.open.drain(..=last);
        }
    }

    fn captured(&mut self, value: Option<&str>) {
        if let Some(value) = value
            && !(self.open.is_empty() && self.master.as_deref() == Some(value))
        {
            self.open.push(value.to_owned());
        }
    }

    fn value(&self) -> Option<&String> {
        self.open.last().or(self.master.as_ref())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn the_projection_is_always_the_fold(history in prop::collection::vec(moves(), 1..14)) {
        let mut desk = Desk::new();
        let mut model = Model::default();
        model.says(Some(KEVINS));
        for (step, n) in history.iter().zip(1..) {
            let before = desk.one::<i64>("select count(*) from contact_update");
            play(&mut desk, step, at(n));
            match step {
                Move::Import { mobile, .. } => model.says(mobile.map(|n| NUMBERS[n])),
                Move::Capture { mobile, .. } if desk.one::<i64>("select count(*) from contact_update") > before => {
                    model.captured(mobile.map(|n| NUMBERS[n]));
                }
                _ => {}
            }
            let shown = shown(&desk.db, desk.kevin).unwrap();
            prop_assert_eq!(shown.get(Field::Mobile).map(|e| &e.value), model.value());
            prop_assert_eq!(differences(&desk.db).unwrap(), []);
        }
        desk.assert_sound();
    }
}

#[test]
fn a_projection_that_was_tampered_with_is_found() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "", NO_UPSTREAM).unwrap();
    for tampering in [
        "update effective_contact set value = '+23050000000' where field = 'mobile'",
        "update effective_contact set update_id = null where field = 'mobile'",
        "delete from effective_contact where field = 'email'",
        "update contact_update_state set status = 'withdrawn'",
    ] {
        desk.run("savepoint s");
        desk.run(tampering);
        assert_eq!(differences(&desk.db).unwrap().len(), 1, "{tampering}");
        desk.run("rollback to s");
    }
    desk.assert_sound();
}

/// A capture that goes back to what the master said before is a capture like any other until the
/// master is seen again: an old value proves nothing about now.
#[test]
fn a_capture_of_the_old_value_counts_until_the_master_is_seen() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "", NO_UPSTREAM).unwrap();
    let back = desk.capture(at(2), "5737 2333", "", NO_UPSTREAM).unwrap();
    let mobile = |desk: &Desk| shown(&desk.db, desk.kevin).unwrap().mobile.unwrap();
    assert_eq!((mobile(&desk).value.as_str(), mobile(&desk).update), (KEVINS, Some(back)));
    // A row with another number only has not shown the mobile.
    let home = NewCustomer { phones: vec![phone("home", "+2302345678")], ..kevin() };
    import(&mut desk.db, &desk.admin, at(3), &[home]).unwrap();
    assert_eq!(mobile(&desk).update, Some(back));
    import(&mut desk.db, &desk.admin, at(4), &[kevin()]).unwrap();
    assert_eq!((mobile(&desk).value.as_str(), mobile(&desk).update), (KEVINS, None));
}

/// A capture retires once the master was seen equal to it; a later change of the master then wins.
#[test]
fn a_retired_capture_does_not_come_back() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "", NO_UPSTREAM).unwrap();
    for (value, n) in [(OTHER, 2), ("+23058440012", 3)] {
        let row = NewCustomer { phones: vec![phone("mobile", value)], ..kevin() };
        import(&mut desk.db, &desk.admin, at(n), &[row]).unwrap();
        let shown = shown(&desk.db, desk.kevin).unwrap();
        let mobile = shown.get(Field::Mobile).unwrap();
        assert_eq!((mobile.value.as_str(), mobile.update), (value, None));
    }
    assert_eq!(desk.one::<String>("select why from contact_update_retirement"), "converged");
}

/// A master that did not change says nothing about a capture that waits to be entered there.
#[test]
fn an_unchanged_master_leaves_a_capture_alone() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "", NO_UPSTREAM).unwrap();
    import(&mut desk.db, &desk.admin, at(2), &[kevin()]).unwrap();
    assert_eq!(shown(&desk.db, desk.kevin).unwrap().get(Field::Mobile).unwrap().value, OTHER);
}
