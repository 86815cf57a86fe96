//! A request for payment on screen: the code can be scanned, and what is missing is said with its key.

use super::*;
use crate::domain::role::Role;
use crate::domain::shown::{Consent, State};
use crate::tui::model::Model;
use crate::tui::msg::{Effect, Msg};
use crate::tui::screens::card::CardScreen;
use crate::tui::screens::card::tests::cast;
use crate::tui::testing::{desk, picture, press, writes};
use crate::tui::update::{open, update};

const LINK: &str = "https://pay.example.com/?policy=LIB%2FC7013&amount=4491.29&ref=LIBC7013-251128";

fn card() -> Card {
    let email = cast::point("kevin@curepipe.example", Proof::Good, "read back", cast::ago(2));
    Card { email: Some(email), ..cast::card() }
}

fn due() -> Payment {
    Payment {
        amount: SafeText::new("MUR 4,491.29"),
        reference: SafeText::new("LIBC7013-251128"),
        link: SafeText::new(LINK),
    }
}

fn asked(effects: &[Effect]) -> (Seq, Option<String>) {
    let asks = |effect: &Effect| match effect {
        Effect::Read(seq, Read::Payment { amount, .. }) => Some((*seq, amount.clone())),
        _ => None,
    };
    effects.iter().rev().find_map(asks).unwrap()
}

/// The card, `r` pressed, and what the store knows.
fn requested(card: Card, payment: Payment) -> Model {
    let mut model = desk(Role::Agent);
    open(
        &mut model,
        Screen::Card(CardScreen::new(card.id, Some((Box::new(card), Vec::new())))),
        &mut Vec::new(),
    );
    let effects = press(&mut model, "r");
    let (seq, amount) = asked(&effects);
    assert_eq!(amount, None);
    update(&mut model, Msg::Answer(seq, Answer::Payment(payment)));
    model
}

#[test]
fn nic_26_r_shows_the_code_in_pictures() {
    let model = requested(card(), due());
    for (width, height) in [(80, 24), (120, 40), (60, 20)] {
        insta::assert_snapshot!(format!("payment-{width}x{height}"), picture(&model, width, height));
    }
}

#[test]
fn what_cannot_be_scanned_says_so() {
    let mut model = requested(card(), due());
    model.settings.ascii = true;
    model.state = State { no_mail: Some("no server".into()), ..State::default() };
    insta::assert_snapshot!("payment-ascii-80x24", picture(&model, 80, 24));
}

#[test]
fn what_is_missing_is_said_with_the_key_that_takes_it() {
    let bad = cast::point("v.khanna@example.com", Proof::Bad, "mail came back", cast::ago(2));
    let consent = Some(Consent::NeverAsked);
    let mut model = requested(Card { mobile: None, email: Some(bad), consent, ..card() }, Payment::default());
    insta::assert_snapshot!("payment-missing-80x24", picture(&model, 80, 24));
    for (key, words) in [
        ("t", "There is no mobile on file: Esc, then m takes one."),
        ("e", "The e-mail on file is dead: Esc, then e takes another one."),
    ] {
        assert_eq!(writes(&press(&mut model, key)), [], "{key}");
        assert_eq!(model.toast().unwrap().text, words);
    }
    let mut model = requested(card(), Payment::default());
    assert_eq!(writes(&press(&mut model, "e")), []);
    assert_eq!(model.toast().unwrap().text, "No amount is due: c says how much.");
}

#[test]
fn nic_9_one_key_sends_it_once() {
    for (key, by, words) in [
        ("e", By::Mail, "Saved: a mail to kevin@curepipe.example leaves in 5 s. u takes it back."),
        ("t", By::Text, "Saved: a text to 5737 2333 leaves in 5 s. u takes it back."),
    ] {
        let mut model = requested(card(), due());
        let customer = card().id;
        let sent = writes(&press(&mut model, &format!("{key} {key}")));
        let write = Write::RequestPayment { customer, amount: None, by };
        assert_eq!(sent, [(sent[0].0, write)]);
        update(&mut model, Msg::Answer(sent[0].0, Answer::Queued(crate::tui::testing::NOW)));
        assert_eq!(model.toast().unwrap().text, words);
        assert!(matches!(model.top(), Screen::Card(_)));
    }
}

#[test]
fn another_amount_is_asked_for_and_sent() {
    let mut model = requested(card(), due());
    let effects = press(&mut model, "c Ctrl+U \"500\" Enter");
    let (seq, amount) = asked(&effects);
    assert_eq!(amount.as_deref(), Some("500"));
    let payment = Payment { amount: SafeText::new("MUR 500.00"), ..due() };
    update(&mut model, Msg::Answer(seq, Answer::Payment(payment)));
    let sent = writes(&press(&mut model, "e"));
    let amount = Some("500".to_owned());
    assert_eq!(sent[0].1, Write::RequestPayment { customer: card().id, amount, by: By::Mail });
    let failure = Failure { why: "The disk is full.".into(), field: None, blocked: false, stale: false };
    update(&mut model, Msg::Failed(sent[0].0, failure));
    assert_eq!(model.toast().unwrap().text, "The disk is full.");
    assert!(matches!(model.top(), Screen::Payment(_)));
}
