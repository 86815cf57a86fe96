//! Rule 9: a banner takes no focus and eats no key; F5 opens the caller from anywhere, Esc leads back.

use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::domain::ids::CustomerId;
use crate::domain::role::Role;
use crate::domain::shown::{RINGS, Ring};
use crate::domain::time::Micros;
use crate::tui::msg::{Answer, Failure, Msg, Read};
use crate::tui::screens::card::tests::{card, opened};
use crate::tui::testing::{NOW, desk, picture, press};
use crate::tui::update::update;

const CALLER: &str = "+23057122001";

fn marie() -> CustomerId {
    CustomerId(Uuid::from_u128(9000))
}

fn one(at: Micros) -> Ring {
    let (number, name) = (SafeText::new(CALLER), SafeText::new("Marie Li"));
    Ring { number, at, bearers: 1, customer: Some(marie()), name }
}

fn many(bearers: i64) -> Ring {
    Ring { bearers, customer: None, name: SafeText::default(), ..one(NOW) }
}

/// The state rows are read again and say that somebody rings.
fn rings(model: &mut Model, ring: Option<Ring>) -> Vec<Effect> {
    let asked = update(model, Msg::Changed).into_iter().find_map(|effect| match effect {
        Effect::Read(seq, Read::State) => Some(seq),
        _ => None,
    });
    let state = State { ring, ..model.state.clone() };
    update(model, Msg::Answer(asked.unwrap(), Answer::State(state)))
}

/// A note half written on Kevin's card.
fn noting() -> Model {
    let mut model = opened();
    press(&mut model, "n \"rang\"");
    model
}

fn last(model: &Model) -> Option<&str> {
    model.log.last().map(|toast| toast.text.as_str())
}

fn shows(model: &Model, words: &str) -> bool {
    picture(model, 80, 24).contains(words)
}

#[test]
fn the_banner_in_pictures() {
    let mut long = one(NOW);
    long.name = SafeText::new(&"王 Ramgoolam-Duval ".repeat(6));
    let cases =
        [("ring-one", one(NOW)), ("ring-nobody", many(0)), ("ring-family", many(2)), ("ring-long", long)];
    for (name, ring) in cases {
        let mut model = noting();
        rings(&mut model, Some(ring));
        for (width, height) in [(80, 24), (120, 40), (60, 20)] {
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), picture(&model, width, height));
        }
    }
}

#[test]
fn it_is_told_once_that_a_call_is_shown() {
    let mut model = desk(Role::Agent);
    let effects = rings(&mut model, Some(one(NOW)));
    let told = Effect::Write(model_seq(&model), Write::RingShown(NOW));
    assert_eq!(effects, [told]);
    assert_eq!(rings(&mut model, Some(one(NOW))), []);
    let later = NOW + Duration::from_secs(9);
    let effects = rings(&mut model, Some(one(later)));
    assert_eq!(effects, [Effect::Write(model_seq(&model), Write::RingShown(later))], "the next call");
    assert_eq!(rings(&mut model, None), []);
}

fn model_seq(model: &Model) -> crate::tui::msg::Seq {
    crate::tui::msg::Seq(model.seq)
}

#[test]
fn no_key_is_eaten_and_no_focus_taken() {
    let (mut quiet, mut ringing) = (noting(), noting());
    rings(&mut ringing, Some(one(NOW)));
    for model in [&mut quiet, &mut ringing] {
        press(model, "\" twice\" Enter \"x\" Left Backspace");
    }
    assert_eq!(ringing.top().typing(), quiet.top().typing());
    let below =
        |model: &Model| picture(model, 80, 24).lines().skip(3).take(20).collect::<Vec<_>>().join("\n");
    assert_eq!(below(&ringing), below(&quiet));
    assert!(shows(&ringing, "rang twice"));
}

#[test]
fn f5_opens_the_caller_while_a_note_is_typed_and_esc_leads_back_to_it() {
    let mut model = noting();
    rings(&mut model, Some(one(NOW)));
    let before = model.stack.clone();
    let effects = press(&mut model, "F5");
    assert_eq!(effects[0], Effect::KeepDrafts);
    assert!(effects.contains(&Effect::Doing(Some(marie()), "viewing")));
    assert_eq!(model.top().customer(), Some(marie()));
    assert_eq!(model.ring(), None, "answered");
    assert_eq!(rings(&mut model, Some(one(NOW))), [], "and stays so");
    assert_eq!(model.ring(), None);
    press(&mut model, "Esc");
    assert_eq!(model.stack.len(), before.len());
    assert!(shows(&model, "rang"));
    press(&mut model, "F5");
    assert_eq!(last(&model), Some("Nobody rings."));
}

/// Two cards lie on each other: at 120 columns, too, the upper one is drawn.
#[test]
fn over_another_card_the_callers_is_seen() {
    let mut model = noting();
    rings(&mut model, Some(one(NOW)));
    let effects = press(&mut model, "F5");
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Read(seq, Read::Card(id)) if *id == marie() => Some(*seq),
        _ => None,
    });
    let hers = crate::domain::shown::Card { id: marie(), name: SafeText::new("Marie Li"), ..card() };
    update(&mut model, Msg::Answer(asked.unwrap(), Answer::Card(Box::new(hers))));
    for (width, height) in [(80, 24), (120, 40)] {
        let picture = picture(&model, width, height);
        assert!(picture.contains("Marie Li") && !picture.contains("rang"), "{picture}");
    }
}

#[test]
fn f5_looks_a_number_up_that_nobody_or_a_family_has() {
    for bearers in [0, 2] {
        let mut model = noting();
        rings(&mut model, Some(many(bearers)));
        let effects = press(&mut model, "F5");
        let asked: Vec<&Read> = effects
            .iter()
            .filter_map(|effect| if let Effect::Read(_, read) = effect { Some(read) } else { None })
            .collect();
        assert_eq!(asked, [&Read::Lookup("5712 2001".to_owned())]);
        assert_eq!(model.top().typing().unwrap().name, "SEARCH");
        press(&mut model, "Esc");
        assert!(shows(&model, "rang"));
    }
}

#[test]
fn the_one_who_rings_may_be_on_screen_already() {
    let mut model = noting();
    let kevin = Ring { customer: Some(card().id), ..one(NOW) };
    rings(&mut model, Some(kevin));
    let depth = model.stack.len();
    press(&mut model, "F5");
    assert_eq!(model.stack.len(), depth);
    assert_eq!(last(&model), Some("The one who rings is the one you see."));
}

#[test]
fn a_call_fades_and_the_newest_stands() {
    let mut model = desk(Role::Agent);
    rings(&mut model, Some(one(NOW)));
    let second = Ring { name: SafeText::new("Paul Li"), ..one(NOW + Duration::from_secs(1)) };
    rings(&mut model, Some(second.clone()));
    assert_eq!(model.ring(), Some(&second));
    update(&mut model, Msg::Tick(second.at + RINGS - Duration::from_secs(1), 0));
    assert_eq!(model.ring(), Some(&second));
    update(&mut model, Msg::Tick(second.at + RINGS, 0));
    assert_eq!(model.ring(), None);
}

/// Nobody's name on a screen that somebody has locked, and no way past the lock.
#[test]
fn a_locked_desk_shows_nobody() {
    let mut model = desk(Role::Agent);
    rings(&mut model, Some(one(NOW)));
    press(&mut model, "Esc g l");
    let locked = model.stack.clone();
    assert!(!picture(&model, 80, 24).contains("RINGS"));
    assert_eq!(press(&mut model, "F5"), []);
    assert_eq!(model.stack, locked);
    assert_eq!(update(&mut model, Msg::Changed), [], "nor is anything told");
}

#[test]
fn that_it_was_not_noted_down_troubles_nobody() {
    let mut model = desk(Role::Agent);
    rings(&mut model, Some(one(NOW)));
    let failure = Failure { why: "The disk is full.".to_owned(), field: None, blocked: false, stale: false };
    let seq = model_seq(&model);
    update(&mut model, Msg::Failed(seq, failure));
    assert_eq!(model.log, []);
}
