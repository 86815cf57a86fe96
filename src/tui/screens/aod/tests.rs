//! An acknowledgement as it is typed: checked, kept, and saved once.

use super::*;
use crate::domain::role::Role;
use crate::domain::shown::{Point, Trust};
use crate::tui::model::Model;
use crate::tui::msg::Msg;
use crate::tui::screens::Screen;
use crate::tui::screens::card::CardScreen;
use crate::tui::screens::card::tests::cast;
use crate::tui::testing::{NOW, desk, picture, press, writes};
use crate::tui::update::{open, update};

fn begun() -> Model {
    let mut model = desk(Role::Agent);
    let card = cast::card();
    let known = Some((Box::new(card.clone()), Vec::new()));
    open(&mut model, Screen::Card(CardScreen::new(card.id, known)), &mut Vec::new());
    press(&mut model, "a");
    model
}

#[test]
fn nic_25_the_plan_is_shown_in_pictures() {
    let mut model = begun();
    press(&mut model, "Ctrl+U \"3\" Enter \"31 Jan 2026\"");
    for (width, height) in [(80, 24), (120, 40), (60, 20)] {
        insta::assert_snapshot!(format!("aod-{width}x{height}"), picture(&model, width, height));
    }
    press(&mut model, "Ctrl+U Ctrl+S");
    insta::assert_snapshot!("aod-wrong-80x24", picture(&model, 80, 24));
}

#[test]
fn nic_25_it_is_saved_once_and_said() {
    for (email, answer, words) in [
        (cast::card().email, Answer::Saved, "Saved. No mail goes: there is no way to send one."),
        (
            Some(Point { trust: Trust::default(), ..cast::card().email.unwrap() }),
            Answer::Queued(NOW),
            "Saved. A mail with it goes to v.khanna@example.com; u holds the mail back.",
        ),
    ] {
        let mut model = begun();
        if let Some(Screen::Aod(aod)) = model.stack.last_mut() {
            aod.card.email = email;
        }
        let sent = writes(&press(&mut model, "Enter \"2025-12-31\" Enter Ctrl+S"));
        let amount = crate::domain::money::Money { minor: 449_129, currency: Currency::MUR };
        let day = |text: &str| text.parse().unwrap();
        let debt = Debt { amount, instalments: 1, first: day("2025-12-31") };
        let write = Write::Debt { customer: cast::card().id, debt, today: day("2025-11-28") };
        assert_eq!(sent, [(sent[0].0, write)]);
        update(&mut model, Msg::Answer(sent[0].0, answer));
        assert_eq!(model.toast().unwrap().text, words);
        assert!(matches!(model.top(), Screen::Card(_)));
    }
}

#[test]
fn what_is_wrong_is_not_saved_and_what_was_typed_comes_back() {
    let mut model = begun();
    assert_eq!(writes(&press(&mut model, "Ctrl+U \"0\" Ctrl+S")), []);
    let Screen::Aod(aod) = model.top() else { panic!("{model:?}") };
    assert_eq!((aod.at, aod.tried), (1, true));
    press(&mut model, "Ctrl+U \"12\" Esc");
    assert_eq!(model.toast().unwrap().text, "Nothing saved. What you typed is kept while the card is open.");
    press(&mut model, "a");
    let Screen::Aod(aod) = model.top() else { panic!("{model:?}") };
    assert_eq!(aod.fields.each_ref().map(Field::text), ["MUR 4,491.29", "12", ""]);
}

#[test]
fn what_the_store_refuses_stays_on_screen() {
    let mut model = begun();
    let sent = writes(&press(&mut model, "Enter \"2025-12-31\" Enter"));
    let failure = Failure { why: "The disk is full.".into(), field: None, blocked: false, stale: false };
    update(&mut model, Msg::Failed(sent[0].0, failure));
    assert!(picture(&model, 80, 24).contains("Not saved: The disk is full."));
    assert_eq!(writes(&press(&mut model, "F2")).len(), 1);
}
