//! The clash view on a desk whose store is played by a list.

use uuid::Uuid;

use super::*;
use crate::domain::role::Role;
use crate::domain::shown::Witness;
use crate::domain::time::Micros;
use crate::tui::model::Model;
use crate::tui::msg::{Effect, Failure, Msg};
use crate::tui::screens::updates::UpdatesScreen;
use crate::tui::testing::{NOW, desk, picture, press};
use crate::tui::update::update;

fn hours_ago(hours: i64) -> Micros {
    Micros(NOW.0 - hours * 3_600_000_000)
}

fn witness(seq: i64, agent: i64, name: &str, new: &str) -> Witness {
    Witness {
        seq,
        at: hours_ago(30 - seq),
        agent,
        agent_name: SafeText::new(name),
        old: Some(SafeText::new("+23057001100")),
        new: SafeText::new(new),
        reason: "provided".to_owned(),
        notes: SafeText::new(""),
        verified_by: None,
        status: "pending".to_owned(),
    }
}

fn clashes() -> Vec<Clash> {
    let paul = Clash {
        customer: CustomerId(Uuid::from_u128(9001)),
        policy: SafeText::new("LIB/C9001"),
        name: SafeText::new("Paul Appadoo"),
        field: "mobile".to_owned(),
        since: hours_ago(2),
        was: Some(SafeText::new("+23057001100")),
        ours: SafeText::new("+23057001122"),
        theirs: Some(SafeText::new("+23057120001")),
        read: Some(hours_ago(2)),
        changed: Some(hours_ago(20)),
        witnesses: vec![
            Witness { notes: SafeText::new("one digit wrong"), ..witness(3, 31, "Priya", "+23057001122") },
            Witness {
                verified_by: Some(SafeText::new("date of birth")),
                ..witness(5, 24, "David Brown", "+23057001122")
            },
        ],
        held: 2,
    };
    let wide = Clash {
        customer: CustomerId(Uuid::from_u128(9002)),
        policy: SafeText::new("LIB/C9210"),
        name: SafeText::new("王小明 with a very long name that does not fit into its column"),
        field: "email".to_owned(),
        was: None,
        ours: SafeText::new("a+b@example.com"),
        theirs: None,
        changed: None,
        witnesses: vec![Witness { old: None, ..witness(9, 7, "Ana Silva", "a+b@example.com") }],
        held: 0,
        ..paul.clone()
    };
    vec![paul, wide]
}

fn answer(all: Vec<Clash>) -> Answer {
    Answer::ClashList(Clashes { all, feed: Some(hours_ago(1)), failing: None })
}

fn asked(effects: &[Effect]) -> Seq {
    let found = effects.iter().rev().find_map(|effect| match effect {
        Effect::Read(seq, Read::ClashList) => Some(*seq),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{effects:?}"))
}

/// Opened with `c` from the queue.
fn opened(role: Role) -> Model {
    let mut model = desk(role);
    press(&mut model, "Esc");
    model.stack.push(Screen::Updates(UpdatesScreen::new(&model.me)));
    let effects = press(&mut model, "c");
    update(&mut model, Msg::Answer(asked(&effects), answer(clashes())));
    model
}

fn written(effects: &[Effect]) -> Vec<(Seq, Write)> {
    let write = |effect: &Effect| match effect {
        Effect::Write(seq, write) => Some((*seq, write.clone())),
        _ => None,
    };
    effects.iter().filter_map(write).collect()
}

fn resolve(clash: &Clash, take: Take, why: &str) -> Write {
    Write::Resolve {
        customer: clash.customer,
        field: Field::parse(&clash.field).unwrap(),
        newest: clash.witnesses.last().unwrap().seq,
        theirs: clash.theirs.clone(),
        take,
        why: why.to_owned(),
    }
}

#[test]
fn nic_135_was_ours_theirs_in_pictures() {
    let mut model = opened(Role::Admin);
    for (width, height) in [(80, 24), (120, 40), (60, 20)] {
        insta::assert_snapshot!(format!("clash-{width}x{height}"), picture(&model, width, height));
    }
    press(&mut model, "j");
    insta::assert_snapshot!("clash-wide-80x24", picture(&model, 80, 24));
    press(&mut model, "k Enter");
    insta::assert_snapshot!("clash-decide-80x24", picture(&model, 80, 24));
    let mut model = desk(Role::Supervisor);
    press(&mut model, "Esc");
    model.stack.push(Screen::Updates(UpdatesScreen::new(&model.me)));
    let effects = press(&mut model, "c");
    update(&mut model, Msg::Answer(asked(&effects), Answer::ClashList(Clashes::default())));
    insta::assert_snapshot!("clash-none-80x24", picture(&model, 80, 24));
}

#[test]
fn ours_theirs_or_another_value_is_taken_with_a_reason_or_none() {
    let [paul, wide] = clashes().try_into().unwrap();
    for (keys, expected) in [
        ("Enter Enter Enter", resolve(&paul, Take::Ours, "")),
        ("Enter Down Enter \"the branch says so\" Enter", resolve(&paul, Take::Theirs, "the branch says so")),
        (
            "Enter Down Down Enter \"5844 0010\" Enter Enter",
            resolve(&paul, Take::Other("+23058440010".to_owned()), ""),
        ),
        (
            "j Enter End Down Down Enter \"c@example.com\" Enter Enter",
            resolve(&wide, Take::Other("c@example.com".to_owned()), ""),
        ),
    ] {
        let mut model = opened(Role::Admin);
        let effects = press(&mut model, keys);
        let [(seq, write)] = written(&effects).try_into().unwrap();
        assert_eq!(write, expected, "{keys}");
        let effects = update(&mut model, Msg::Answer(seq, Answer::Saved));
        asked(&effects);
    }
}

#[test]
fn what_cannot_be_read_or_is_left_decides_nothing() {
    for keys in
        ["Enter Esc", "Enter Down Down Enter \"12\" Enter", "Enter Enter Esc", "Enter Down Down Enter Esc"]
    {
        let mut model = opened(Role::Admin);
        let effects = press(&mut model, keys);
        assert_eq!(written(&effects), [], "{keys}");
        assert!(matches!(model.top(), Screen::Clash(_)), "{keys}");
    }
}

#[test]
fn a_supervisor_looks_on_and_an_agent_is_told_why_not() {
    let mut model = opened(Role::Supervisor);
    assert_eq!(written(&press(&mut model, "Enter Enter Enter")), []);
    assert_eq!(model.log.last().map(|toast| toast.text.as_str()), Some("Only an admin may do this."));
    let mut model = desk(Role::Agent);
    press(&mut model, "Esc");
    model.stack.push(Screen::Updates(UpdatesScreen::new(&model.me)));
    press(&mut model, "c");
    assert!(matches!(model.top(), Screen::Updates(_)));
    assert_eq!(
        model.log.last().map(|toast| toast.text.as_str()),
        Some("Agents see their own contact updates; an admin or supervisor sees all.")
    );
}

#[test]
fn the_choice_stays_on_its_contact_and_a_failure_is_said() {
    let mut model = opened(Role::Admin);
    press(&mut model, "j");
    let effects = update(&mut model, Msg::Changed);
    let mut turned = clashes();
    turned.reverse();
    update(&mut model, Msg::Answer(asked(&effects), answer(turned)));
    let Screen::Clash(screen) = model.top() else { panic!() };
    assert_eq!(screen.here().map(|clash| clash.policy.as_str()), Some("LIB/C9210"));
    let [(seq, _)] = written(&press(&mut model, "Enter Enter Enter")).try_into().unwrap();
    let why = "It has changed since you looked: look at it once more, then decide.".to_owned();
    update(
        &mut model,
        Msg::Failed(seq, Failure { why: why.clone(), field: None, blocked: false, stale: false }),
    );
    assert_eq!(model.log.last().map(|toast| toast.text.clone()), Some(why));
}
