//! The list, its filters, and what Enter opens.

use uuid::Uuid;

use super::*;
use crate::domain::consent::Purpose;
use crate::domain::ids::{CustomerId, MessageId};
use crate::domain::role::Role;
use crate::domain::shown::{Hours, Person, Text};
use crate::domain::text::SafeText;
use crate::tui::model::Model;
use crate::tui::msg::{Deed, Effect, Msg, Write};
use crate::tui::testing::{NOW, desk, picture, press};
use crate::tui::update::update;
use crate::tui::widgets::run::PAGE;

fn kevin() -> CustomerId {
    CustomerId(Uuid::from_u128(7013))
}

fn conversation(id: u128, name: &str, unread: i64, needs_reply: bool, last: &str) -> Conversation {
    let theirs = SafeText::new(&format!("+2305737{:04}", 2333 + id));
    Conversation {
        id: ConversationId(Uuid::from_u128(id)),
        seq: 100_000 - i64::try_from(id).unwrap(),
        party: if name.is_empty() { Party::Number(theirs.clone()) } else { Party::Customer(kevin()) },
        name: SafeText::new(name),
        ours: SafeText::new("+23052500100"),
        theirs,
        unread,
        needs_reply,
        closed: false,
        assigned: SafeText::default(),
        draft: false,
        answering: SafeText::default(),
        inbound: needs_reply,
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
        Conversation {
            answering: SafeText::new("Ana Silva"),
            ..conversation(15, "Marie Li", 1, true, "allo?")
        },
        Conversation { draft: true, ..conversation(16, "Anna Curepipe", 0, false, "see you") },
        Conversation { closed: true, ..conversation(17, "Paul Appadoo", 0, false, "merci") },
        Conversation { assigned: SafeText::new("Priya Doe"), ..conversation(18, "Sam Lee", 0, false, "ok") },
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
        job: None,
        by: SafeText::default(),
        reason: SafeText::default(),
        price: None,
        again: false,
        media: Vec::new(),
    };
    Thread {
        party,
        name: SafeText::new("Kevin Anderson Curepipe"),
        number: None,
        consent: None,
        timezone: String::new(),
        hours: Hours::default(),
        ours: None,
        answering: Vec::new(),
        texts: vec![
            text(1, false, "Your QR code for LIB/C7013 is ready: pay it before Friday, please."),
            text(2, true, "ok"),
            text(3, true, "Merci, je paie vendredi sans faute, promis"),
        ],
    }
}

fn asked(effects: &[Effect]) -> Option<(Seq, InboxFilter, Option<i64>, bool)> {
    let list = |effect: &Effect| match effect {
        Effect::Read(seq, Read::Inbox { filter, after, newest_first }) => {
            Some((*seq, filter.clone(), *after, *newest_first))
        }
        _ => None,
    };
    effects.iter().rev().find_map(list)
}

/// Answers the lists and threads that are asked for, as the store would.
fn serve(model: &mut Model, effects: &[Effect], all: &[Conversation]) {
    let mut open = effects.to_vec();
    while !open.is_empty() {
        for effect in std::mem::take(&mut open) {
            let answer = match effect {
                Effect::Read(seq, Read::Inbox { after, newest_first, .. }) => {
                    let mut lines: Vec<Conversation> = all.to_vec();
                    lines.sort_by_key(|line| if newest_first { -line.seq } else { line.seq });
                    let beyond = |line: &Conversation| {
                        after.is_none_or(
                            |after| if newest_first { line.seq < after } else { line.seq > after },
                        )
                    };
                    let lines = lines.into_iter().filter(beyond).take(PAGE).collect();
                    let of = i64::try_from(all.len()).unwrap();
                    Msg::Answer(seq, Answer::Inbox(Conversations { lines, of }))
                }
                Effect::Read(seq, Read::Thread(party)) => {
                    Msg::Answer(seq, Answer::Thread(Box::new(thread(party))))
                }
                _ => continue,
            };
            open.extend(update(model, answer));
        }
    }
}

fn keys(model: &mut Model, keys: &str, all: &[Conversation]) {
    let effects = press(model, keys);
    serve(model, &effects, all);
}

fn opened(list: &[Conversation]) -> Model {
    let mut model = desk(Role::Agent);
    keys(&mut model, "Esc g i", list);
    model
}

fn inbox(model: &Model) -> &InboxScreen {
    match model.top() {
        Screen::Inbox(screen) => screen,
        other => panic!("{other:?}"),
    }
}

fn chosen(model: &Model) -> Option<u128> {
    inbox(model).chosen().map(|line| line.id.0.as_u128())
}

fn write_of(effects: &[Effect]) -> (Seq, Write) {
    let write = |effect: &Effect| match effect {
        Effect::Write(seq, write) => Some((*seq, write.clone())),
        _ => None,
    };
    effects.iter().rev().find_map(write).unwrap()
}

#[test]
fn who_wrote_and_who_waits() {
    let mut model = opened(&some());
    insta::assert_snapshot!("inbox-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("inbox-120x40", picture(&model, 120, 40));
    insta::assert_snapshot!("inbox-60x20", picture(&model, 60, 20));
    press(&mut model, "Down");
    let stranger = picture(&model, 80, 24);
    assert!(stranger.contains("unknown number  5737 2334"), "{stranger}");
    assert!(stranger.contains("Ctrl+N makes a customer of this number, w says whose it is."), "{stranger}");
}

#[test]
fn each_view_is_a_key_away_and_says_when_it_is_empty() {
    let mut model = opened(&some());
    for (view, sentence) in [
        (InboxView::Unread, " Everything is read."),
        (InboxView::Mine, " No open conversation is yours."),
        (InboxView::Unassigned, " Every open conversation is somebody's."),
        (InboxView::ForUs, " Nobody waits for a reply."),
        (InboxView::ForThem, " We wait for nobody's reply."),
        (InboxView::All, " Nobody has written yet, and nobody was written to."),
    ] {
        let effects = press(&mut model, "Right");
        let filter = InboxFilter { view, find: None };
        assert_eq!(
            asked(&effects).map(|(_, filter, after, newest)| (filter, after, newest)),
            Some((filter, None, true))
        );
        serve(&mut model, &effects, &[]);
        assert!(picture(&model, 80, 24).contains(sentence), "{view:?}");
    }
    assert_eq!(press(&mut model, "Enter Down j a Del - w"), []);
    let effects = press(&mut model, "Left");
    assert_eq!(asked(&effects).unwrap().1.view, InboxView::ForThem);
}

#[test]
fn texts_are_found_by_words_and_esc_leads_back() {
    let mut model = opened(&some());
    let effects = press(&mut model, "f \"merci vend\" Enter");
    let find = Some("merci vend".to_owned());
    assert_eq!(asked(&effects).unwrap().1, InboxFilter { view: InboxView::All, find: find.clone() });
    serve(&mut model, &effects, &some()[..1]);
    insta::assert_snapshot!("inbox-found-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("inbox-found-120x40", picture(&model, 120, 40));
    // What was found stays found when something changes.
    let effects = update(&mut model, Msg::Changed);
    assert_eq!(asked(&effects).unwrap().1.find, find);
    let effects = press(&mut model, "Esc");
    assert_eq!(asked(&effects).unwrap().1, InboxFilter::default());
    serve(&mut model, &effects, &some());
    press(&mut model, "Esc");
    assert_eq!(model.stack.len(), 1);
}

#[test]
fn the_choice_stays_on_its_conversation() {
    let all = some();
    let mut model = opened(&all);
    press(&mut model, "Down Down");
    assert_eq!(chosen(&model), Some(2));
    let mut moved = all.clone();
    moved[2].seq = 200_000;
    let effects = update(&mut model, Msg::Changed);
    serve(&mut model, &effects, &moved);
    assert_eq!((chosen(&model), inbox(&model).rows.place()), (Some(2), 0));
    // An older answer changes nothing.
    update(&mut model, Msg::Answer(Seq(1), Answer::Inbox(Conversations::default())));
    assert_eq!(chosen(&model), Some(2));
    // It is gone: the row that took its place.
    moved.remove(2);
    let effects = update(&mut model, Msg::Changed);
    serve(&mut model, &effects, &moved);
    assert_eq!(inbox(&model).rows.place(), 0);
}

#[test]
fn i_jumps_to_the_next_unread_and_then_to_the_list_of_them() {
    let all = some();
    let mut model = opened(&all);
    let ids: Vec<_> = (0..3)
        .map(|_| {
            keys(&mut model, "i", &all);
            chosen(&model)
        })
        .collect();
    assert_eq!(ids, [Some(1), Some(14), Some(15)]);
    let effects = press(&mut model, "i");
    assert_eq!(asked(&effects).unwrap().1.view, InboxView::Unread);
}

#[test]
fn a_conversation_is_given_closed_and_left_unread() {
    let mut model = opened(&some());
    let id = ConversationId(Uuid::from_u128(0));
    let effects = press(&mut model, "a");
    let Some(Effect::Read(seq, Read::People)) = effects.last() else { panic!("{effects:?}") };
    let person = |number: u128, name: &str, active| Person {
        id: crate::domain::ids::UserId(Uuid::from_u128(number)),
        number: i64::try_from(number).unwrap(),
        name: SafeText::new(name),
        role: "agent".into(),
        active,
    };
    let people =
        vec![person(24, "David Brown", true), person(7, "Ana Silva", true), person(9, "Gone", false)];
    update(&mut model, Msg::Answer(*seq, Answer::People(people)));
    insta::assert_snapshot!("inbox-assign-80x24", picture(&model, 80, 24));
    for (moves, to) in [
        ("", model.me.user),
        ("Down", None),
        ("Down Down", Some(crate::domain::ids::UserId(Uuid::from_u128(7)))),
    ] {
        let mut model = model.clone();
        let effects = press(&mut model, &format!("{moves} Enter"));
        assert_eq!(write_of(&effects).1, Write::Conversation { id, deed: Deed::Assign(to) });
    }
    press(&mut model, "Esc");
    let effects = press(&mut model, "Del Enter");
    let (seq, write) = write_of(&effects);
    assert_eq!(write, Write::Conversation { id, deed: Deed::Close { seen: 100_000 } });
    let effects = update(&mut model, Msg::Answer(seq, Answer::Saved));
    assert!(asked(&effects).is_some());
    let mut closed = some();
    closed[0].closed = true;
    serve(&mut model, &effects, &closed);
    assert_eq!(write_of(&press(&mut model, "Del Enter")).1, Write::Conversation { id, deed: Deed::Reopen });
    assert_eq!(write_of(&press(&mut model, "-")).1, Write::Conversation { id, deed: Deed::Unread });
}

#[test]
fn g8_an_unknown_number_is_one_key_from_a_customer() {
    let mut model = opened(&some());
    press(&mut model, "Down");
    let mut made = model.clone();
    press(&mut made, "Ctrl+N");
    assert!(picture(&made, 80, 24).contains("[+23057372334"), "{}", picture(&made, 80, 24));
    assert_eq!(made.stack.len(), 3, "Esc leads back to the inbox");
    let (seq, write) = write_of(&press(&mut model, "w \"LIB/C7013\" Enter"));
    let number = SafeText::new("+23057372334");
    assert_eq!(write, Write::Link { number, to: "LIB/C7013".into() });
    update(&mut model, Msg::Answer(seq, Answer::Linked(SafeText::new("Kevin"))));
    assert!(picture(&model, 80, 24).contains("What this number wrote is Kevin's now."));
    // Of a customer's number there is nothing to say.
    press(&mut model, "Up w");
    assert!(picture(&model, 80, 24).contains("on file already"));
}

#[test]
fn enter_opens_the_thread_of_a_customer_on_their_card() {
    let mut model = opened(&some());
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
    assert!(asked(&press(&mut model, "Esc")).is_some());
    press(&mut model, "Down Enter");
    assert_eq!(names(&model), ["look up", "inbox", "text"]);
    assert_eq!(model.settings.purpose, Purpose::Service);
}

#[test]
fn ten_thousand_conversations_are_walked_page_by_page() {
    let many: Vec<Conversation> = (0..10_000).map(|id| conversation(id, "Kevin", 0, false, "ok")).collect();
    let mut model = opened(&many);
    keys(&mut model, "End", &many);
    assert_eq!((chosen(&model), inbox(&model).rows.place()), (Some(9999), 9999));
    let end = picture(&model, 80, 24);
    assert!(end.contains(" of 10,000"), "{end}");
    keys(&mut model, "Home", &many);
    for _ in 0..200 {
        keys(&mut model, "PgDn", &many);
    }
    assert_eq!(inbox(&model).rows.place(), 1600);
}
