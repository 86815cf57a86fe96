//! The first start: two ways out, and fields that are tested where they are typed.

use super::*;
use crate::domain::role::Role;
use crate::tui::model::Model;
use crate::tui::msg::{Effect, Msg, SetUp};
use crate::tui::screens::Screen;
use crate::tui::testing::{desk, picture, press};
use crate::tui::update::{start, update};

fn opened(keys: &str) -> (Model, Vec<Effect>) {
    let mut model = desk(Role::Admin);
    model.stack = vec![Screen::Welcome(Welcome::new())];
    assert_eq!(start(&mut model), []);
    let effects = press(&mut model, keys);
    (model, effects)
}

fn left(effects: &[Effect]) -> Option<&Exit> {
    effects.iter().find_map(|effect| match effect {
        Effect::Leave(exit) => Some(exit),
        _ => None,
    })
}

#[test]
fn the_demo_is_one_key_away() {
    for keys in ["1", "d", "Enter", "Down Up Enter", "j k Enter", "2 Esc 1"] {
        assert_eq!(left(&opened(keys).1), Some(&Exit::TryDemo), "{keys}");
    }
    for keys in ["Esc", "x", "/", "Ctrl+P", "F1", "5"] {
        let (model, effects) = opened(keys);
        assert_eq!((left(&effects), model.stack.len()), (None, 1), "{keys}");
    }
}

#[test]
fn a_desk_is_set_up_with_a_few_fields() {
    let (_, effects) = opened("2 \"S. Lee\" Enter Enter Enter Enter Enter Enter");
    let usual = SetUp {
        admin: "S. Lee".to_owned(),
        number: 1,
        region: "MU".to_owned(),
        currency: "MUR".to_owned(),
        sender: String::new(),
        upstream: "none".to_owned(),
    };
    assert_eq!(left(&effects), Some(&Exit::SetUp(usual)));
    let (mut model, _) = opened("Down Enter \"David 12\" Tab Backspace \"24\" Tab Ctrl+U \"us\" Tab Tab");
    update(&mut model, Msg::Paste("(202) 555-0143\n".to_owned()));
    let effects = press(&mut model, "Enter Ctrl+U \"https://api.example.com/\" Ctrl+S");
    let given = SetUp {
        admin: "David 12".to_owned(),
        number: 24,
        region: "US".to_owned(),
        currency: "USD".to_owned(),
        sender: "+12025550143".to_owned(),
        upstream: "https://api.example.com".to_owned(),
    };
    assert_eq!(left(&effects), Some(&Exit::SetUp(given)));
}

#[test]
fn the_currency_follows_the_country_until_somebody_types_another() {
    let currency = |keys: &str| match left(&opened(&format!("2 \"S. Lee\" Tab Tab {keys} Ctrl+S")).1) {
        Some(Exit::SetUp(fields)) => Some((fields.region.clone(), fields.currency.clone())),
        _ => None,
    };
    let pair = |region: &str, currency: &str| Some((region.to_owned(), currency.to_owned()));
    assert_eq!(currency("Ctrl+U \"se\""), pair("SE", "SEK"));
    assert_eq!(currency("Ctrl+U \"SX\" Backspace \"E\""), pair("SE", "SEK"));
    assert_eq!(currency("Tab Ctrl+U \"eur\" Up Ctrl+U \"AU\""), pair("AU", "EUR"));
    assert_eq!(currency("Ctrl+U \"MN\""), None, "where we know none, a person says it");
    assert_eq!(currency("Ctrl+U \"MN\" Tab \"MNT\""), pair("MN", "MNT"));
}

#[test]
fn what_is_wrong_is_said_where_it_is_typed() {
    for (keys, said) in [
        ("2 Enter", "give 1 to 255 printable characters, such as S. Lee"),
        ("2 Tab Backspace x", "give a whole number from 1, such as 24"),
        ("2 Tab Backspace 0", "give a whole number from 1, such as 24"),
        ("2 Tab Tab \"X\"", "unknown region \"MUX\""),
        ("2 Tab Tab Tab Ctrl+U \"rupees\"", "not a currency; use its three letters, such as MUR, USD or EUR"),
        ("2 Tab Tab Tab Tab \"123\"", "too short: 7, 8 or 10 digits expected, 3 given"),
        ("2 Up Ctrl+U \"api\"", "not a web address; write it like https://api.example.com"),
    ] {
        let (model, effects) = opened(keys);
        let picture = picture(&model, 80, 24);
        assert_eq!(left(&effects), None, "{keys}");
        assert!(picture.contains(said), "{keys}\n{picture}");
    }
}

#[test]
fn what_was_typed_is_kept_while_one_looks_around() {
    let (_, effects) = opened("2 \"S. Lee\" Esc 2 Ctrl+S");
    assert!(matches!(left(&effects), Some(Exit::SetUp(fields)) if fields.admin == "S. Lee"));
}

#[test]
fn pictures() {
    let (model, _) = opened("");
    insta::assert_snapshot!("welcome-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("welcome-120x40", picture(&model, 120, 40));
    let (model, _) = opened("2 \"S. Lee\" Enter Backspace x Enter");
    insta::assert_snapshot!("set-up-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("set-up-60x16", picture(&model, 60, 16));
}
