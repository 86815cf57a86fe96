//! The list, its filters, and what Enter opens.

use uuid::Uuid;

use super::*;
use crate::domain::consent::Purpose;
use crate::domain::ids::{CustomerId, MessageId};
use crate::domain::role::Role;
use crate::domain::shown::{Hours, Text};
use crate::domain::text::SafeText;
use crate::tui::model::Model;
use crate::tui::msg::{Effect, Msg};
use crate::tui::testing::{NOW, desk, picture, press};
use crate::tui::update::update;

fn kevin() -> CustomerId {
    CustomerId(Uuid::from_u128(7013))
}

fn conversation(id: u128, name: &str, unread: i64, needs_reply: bool, last: &str) -> Conversation {
    let theirs = SafeText::new(&format!("+2305737{:04}", 2333 + id));
    Conversation {
        id: ConversationId(Uuid::from_u128(id)),
        party: if name.is_empty() { Party::Number(theirs.clone()) } else { Party::Customer(kevin()) },
        name: SafeText::new(name),
        theirs,
        unread,
        needs_reply,
        last: SafeText::new(last),
        at: NOW - std::time::Duration::from_secs(u64::try_from(id).unwrap() * 40_000),
    }
}

fn some() -> Vec<Conversation> {
    vec![
        conversation(0, "Kevin Anderson Curepipe", 2, true, "Merci, je paie vendredi sans faute, promis"),
        conversation(1, "", 1, true, "who is this?"),
        conversation(2, "王小明", 0, false, "您的保單付款代碼已經發送"),
        conversation(
            3,
            "Maximiliana-Alexandrina Ramgoolam-Wickramasinghe",
            0,
            false,
            "Your receipt is ready.",
        ),
        conversation(14, "نور", 12, true, "👍🏽"),
    ]
}

fn thread(party: Party) -> Thread {
    let text = |id: u128, inbound: bool, body: &str| Text {
        id: MessageId(Uuid::from_u128(id)),
        inbound,
        body: SafeText::new(body),
        status: if inbound { "received" } else { "delivered" }.into(),
        error_code: None,
        segments: Some(1),
        at: NOW,
        held_until: None,
        held_why: SafeText::default(),
        job: None,
    };
    Thread {
        party,
        name: SafeText::new("Kevin Anderson Curepipe"),
        number: None,
        consent: None,
        timezone: String::new(),
        hours: Hours::default(),
        texts: vec![
            text(1, false, "Your QR code for LIB/C7013 is ready: pay it before Friday, please."),
            text(2, true, "ok"),
            text(3, true, "Merci, je paie vendredi sans faute, promis"),
        ],
    }
}

fn list_of(effects: &[Effect]) -> (Seq, InboxFilter) {
    let list = |effect: &Effect| match effect {
        Effect::Read(seq, Read::Inbox(filter)) => Some((*seq, *filter)),
        _ => None,
    };
    effects.iter().rev().find_map(list).unwrap()
}

/// Answers the list and then the thread that is asked for with it.
fn answered(model: &mut Model, effects: &[Effect], list: Vec<Conversation>) {
    let more = update(model, Msg::Answer(list_of(effects).0, Answer::Inbox(list)));
    preview(model, &more);
}

fn preview(model: &mut Model, effects: &[Effect]) {
    if let Some(Effect::Read(seq, Read::Thread(party))) = effects.last() {
        update(model, Msg::Answer(*seq, Answer::Thread(Box::new(thread(party.clone())))));
    }
}

fn opened(list: Vec<Conversation>) -> Model {
    let mut model = desk(Role::Agent);
    let effects = press(&mut model, "Esc g i");
    answered(&mut model, &effects, list);
    model
}

fn chosen(model: &Model) -> (usize, InboxFilter) {
    match model.top() {
        Screen::Inbox(screen) => (screen.chosen, screen.filter),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_wrote_and_who_waits() {
    let mut model = opened(some());
    insta::assert_snapshot!("inbox-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("inbox-120x40", picture(&model, 120, 40));
    insta::assert_snapshot!("inbox-60x20", picture(&model, 60, 20));
    press(&mut model, "Down");
    assert!(picture(&model, 80, 24).contains("unknown number  5737 2334"));
}

#[test]
fn f_shows_all_then_unread_then_who_waits() {
    let mut model = opened(some());
    for (filter, sentence) in [
        (InboxFilter::Unread, " Everything is read."),
        (InboxFilter::NeedsReply, " Nobody waits for a reply."),
        (InboxFilter::All, " Nobody has written yet, and nobody was written to."),
    ] {
        let effects = press(&mut model, "f");
        assert_eq!(list_of(&effects).1, filter);
        answered(&mut model, &effects, Vec::new());
        assert!(picture(&model, 80, 24).contains(sentence));
    }
    assert_eq!(press(&mut model, "Enter Down j"), []);
}

#[test]
fn the_choice_stays_on_its_conversation() {
    let mut model = opened(some());
    press(&mut model, "Down Down");
    let mut moved = some();
    moved.rotate_right(1);
    let effects = update(&mut model, Msg::Changed);
    answered(&mut model, &effects, moved.clone());
    assert_eq!(chosen(&model).0, 3);
    // An older answer changes nothing.
    update(&mut model, Msg::Answer(Seq(1), Answer::Inbox(Vec::new())));
    assert_eq!(chosen(&model).0, 3);
    // It is gone: the row that took its place.
    moved.remove(3);
    let effects = update(&mut model, Msg::Changed);
    answered(&mut model, &effects, moved);
    assert_eq!(chosen(&model).0, 3);
}

#[test]
fn enter_opens_the_thread_of_a_customer_on_their_card() {
    let mut model = opened(some());
    press(&mut model, "Enter");
    let names = |model: &Model| -> Vec<&'static str> {
        let name = |screen: &Screen| match screen {
            Screen::Lookup(_) => "look up",
            Screen::Inbox(_) => "inbox",
            Screen::Card(_) => "card",
            Screen::Text(_) => "text",
            _ => "other",
        };
        model.stack.iter().map(name).collect()
    };
    assert_eq!(names(&model), ["look up", "inbox", "card", "text"]);
    press(&mut model, "Esc");
    assert_eq!(names(&model), ["look up", "inbox", "card"]);
    let effects = press(&mut model, "Esc");
    list_of(&effects);
    press(&mut model, "Down Enter");
    assert_eq!(names(&model), ["look up", "inbox", "text"]);
    assert_eq!(model.settings.purpose, Purpose::Service);
}

#[test]
fn ten_thousand_conversations_are_walked_in_windows() {
    let many = (0..10_000).map(|id| conversation(id, "Kevin", 0, false, "ok")).collect();
    let mut model = opened(many);
    let effects = press(&mut model, "End");
    preview(&mut model, &effects);
    assert_eq!(chosen(&model).0, 9999);
    assert!(picture(&model, 80, 24).contains(">"));
}
