//! A held number: the thread says what is held and why, one key decides, and nothing leaves meanwhile.

use uuid::Uuid;

use super::*;
use crate::domain::ids::MessageId;
use crate::domain::role::Role;
use crate::domain::shown::{Hours, Party, Text, Thread};
use crate::domain::time::Micros;
use crate::tui::model::Model;
use crate::tui::msg::{Answer, Effect, Msg, Read};
use crate::tui::screens::text::TextScreen;
use crate::tui::testing::{NOW, desk, picture, press};
use crate::tui::update::{open, update};

const NUMBER: &str = "+23057372333";

fn held() -> Consent {
    let why = "texts to this number are held since 2025-11-28: they may want no more; read what they wrote, and decide";
    Consent::Held { since: NOW - std::time::Duration::from_secs(60), why: why.to_owned() }
}

fn listed() -> Consent {
    let why = "this number is on the do-not-contact list since 2025-11-28; a supervisor or an admin can take it off";
    Consent::Listed { since: NOW, why: why.to_owned() }
}

fn text(id: u128, inbound: bool, status: &str, body: &str, at: Micros) -> Text {
    Text {
        id: MessageId(Uuid::from_u128(id)),
        inbound,
        body: SafeText::multiline(body),
        status: status.into(),
        error_code: None,
        segments: Some(1),
        at,
        held_until: None,
        job: None,
        by: SafeText::default(),
        reason: SafeText::default(),
        price: None,
        again: false,
        media: Vec::new(),
    }
}

/// The thread of a customer whose consent is `consent`, as it was answered.
fn opened(consent: Consent) -> Model {
    let party = Party::Customer(CustomerId(Uuid::from_u128(7013)));
    let thread = Thread {
        party: party.clone(),
        name: SafeText::new("Kevin Anderson Curepipe"),
        number: Some(SafeText::new(NUMBER)),
        consent: Some(consent),
        timezone: "Indian/Mauritius".into(),
        hours: Hours::default(),
        ours: None,
        answering: Vec::new(),
        texts: vec![
            text(1, false, "delivered", "Your card is ready.", NOW - std::time::Duration::from_secs(600)),
            text(2, true, "received", "stop. thank you", NOW - std::time::Duration::from_secs(60)),
            text(3, false, "waiting", "Did you get it?", NOW - std::time::Duration::from_secs(62)),
        ],
    };
    let mut model = desk(Role::Agent);
    let mut effects = Vec::new();
    open(&mut model, Screen::Text(TextScreen::new(party)), &mut effects);
    let read = effects.iter().find_map(|effect| match effect {
        Effect::Read(seq, Read::Thread(_)) => Some(*seq),
        _ => None,
    });
    update(&mut model, Msg::Answer(read.unwrap(), Answer::Thread(Box::new(thread))));
    model
}

fn decided(effects: &[Effect]) -> Vec<(Deciding, String)> {
    let deciding = |effect: &Effect| match effect {
        Effect::Write(_, Write::DecideTexts { number, deciding, reason, .. }) => {
            assert_eq!(number, NUMBER);
            Some((*deciding, reason.clone()))
        }
        _ => None,
    };
    effects.iter().filter_map(deciding).collect()
}

#[test]
fn a_held_thread_asks_what_they_meant() {
    let mut model = opened(held());
    insta::assert_snapshot!("held-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("held-120x40", picture(&model, 120, 40));
    press(&mut model, "h");
    insta::assert_snapshot!("what-they-meant-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("what-they-meant-120x40", picture(&model, 120, 40));
}

#[test]
fn one_key_and_an_answer_confirm_another_and_a_reason_release() {
    let mut model = opened(held());
    assert_eq!(decided(&press(&mut model, "h Enter")), [(Deciding::Confirm, String::new())]);
    let mut model = opened(held());
    assert_eq!(press(&mut model, "h Down Enter"), [], "not without a reason");
    let effects = press(&mut model, "b u s Space s t o p Enter");
    assert_eq!(decided(&effects), [(Deciding::Release, "bus stop".to_owned())]);
    let mut model = opened(held());
    assert_eq!(decided(&press(&mut model, "h Esc")), [], "undecided");
}

/// Nothing is sent to a held number, nor to a listed one, and no key opens the list.
#[test]
fn nothing_leaves_while_it_is_held_or_listed() {
    for consent in [held(), listed()] {
        let mut model = opened(consent.clone());
        let effects = press(&mut model, "H e l l o Enter");
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Write(_, Write::Text { .. }))));
        assert_eq!(decided(&effects), []);
    }
    let mut model = opened(listed());
    insta::assert_snapshot!("do-not-contact-80x24", picture(&model, 80, 24));
    assert_eq!(decided(&press(&mut model, "Enter h")), []);
}
