//! A screen is closed while it saves: what came of it is said, good or bad.

use uuid::Uuid;

use super::*;
use crate::domain::ids::CustomerId;
use crate::domain::role::Role;
use crate::domain::shown::{Batch, Card, Compared, Consent, LeftOut, Party, Point, Thread, Trust};
use crate::domain::text::SafeText;
use crate::tui::msg::{Msg, Read};
use crate::tui::screens::card::CardScreen;
use crate::tui::testing::{NOW, desk, press};
use crate::tui::update::update;

/// Away to another place, as from anywhere.
const AWAY: &str = "Ctrl+P \"inbox\" Enter";

fn kevin() -> CustomerId {
    CustomerId(Uuid::from_u128(7013))
}

fn card() -> Card {
    let none = SafeText::default;
    let mobile = Point {
        value: SafeText::new("+23057372333"),
        why: None,
        trust: Trust::default(),
        compared: Compared::Same,
    };
    Card {
        id: kevin(),
        name: SafeText::new("Kevin Anderson Curepipe"),
        company: none(),
        policy: SafeText::new("LIB/C7013"),
        payment: none(),
        due: none(),
        stage: "new".to_owned(),
        timezone: String::new(),
        tags: Vec::new(),
        mobile: Some(mobile),
        email: None,
        others: Vec::new(),
        consent: Some(Consent::NeverAsked),
        pin: None,
        shared: 0,
        industry: String::new(),
        values: Vec::new(),
    }
}

/// Kevin's card, and what was handed over by the keys pressed on it.
fn handed_over(keys: &str) -> (Model, Seq) {
    let mut model = desk(Role::Agent);
    model.stack.push(Screen::Card(CardScreen::new(kevin(), Some((Box::new(card()), Vec::new())))));
    let effects = press(&mut model, keys);
    let seq = write(&effects).unwrap();
    (model, seq)
}

fn write(effects: &[Effect]) -> Option<Seq> {
    effects.iter().find_map(|effect| match effect {
        Effect::Write(seq, write) if !matches!(write, Write::Opened(_)) => Some(*seq),
        _ => None,
    })
}

/// What the desk says last, once the answer is there.
fn said(model: &mut Model, seq: Seq, answer: Result<Answer, &str>) -> (Tone, String) {
    update(
        model,
        match answer {
            Ok(answer) => Msg::Answer(seq, answer),
            Err(why) => {
                let why = why.to_owned();
                Msg::Failed(seq, Failure { why, field: None, blocked: false, stale: false })
            }
        },
    );
    assert_eq!(model.saving.get(&seq), None);
    let toast = model.log.last().unwrap();
    (toast.tone, toast.text.clone())
}

const FULL: &str = "The disk is full. What you typed is still here; F2 tries again.";

#[test]
fn a_screen_that_is_still_there_says_it_itself() {
    let (mut model, seq) = handed_over("n \"called twice\" F2");
    assert_eq!(said(&mut model, seq, Ok(Answer::Saved)), (Tone::Good, "Note saved.".to_owned()));
}

#[test]
fn what_was_saved_behind_a_closed_screen_is_said() {
    for (keys, what) in [
        ("n \"called twice\" F2", "the note about Kevin Anderson Curepipe"),
        ("m \"58440010\" Enter 1 Enter", "the contact update of Kevin Anderson Curepipe"),
        ("! Enter", "the no to texts of Kevin Anderson Curepipe"),
    ] {
        let (mut model, seq) = handed_over(keys);
        press(&mut model, AWAY);
        assert_eq!(said(&mut model, seq, Ok(Answer::Saved)), (Tone::Good, format!("Saved: {what}.")));
    }
}

#[test]
fn what_was_not_saved_behind_a_closed_screen_is_said_with_the_way_back() {
    for (keys, what, key) in [
        ("n \"called twice\" F2", "the note about Kevin Anderson Curepipe", "n"),
        ("m \"58440010\" Enter 1 Enter", "the contact update of Kevin Anderson Curepipe", "m"),
    ] {
        let (mut model, seq) = handed_over(keys);
        press(&mut model, AWAY);
        let why = format!("Not saved: {what}. The disk is full. It is kept: open the customer, then {key}.");
        assert_eq!(said(&mut model, seq, Err(FULL)), (Tone::Bad, why));
    }
}

#[test]
fn a_text_that_was_queued_behind_a_closed_screen_is_said() {
    let mut model = desk(Role::Agent);
    model.stack.push(Screen::Card(CardScreen::new(kevin(), Some((Box::new(card()), Vec::new())))));
    let effects = press(&mut model, "t");
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Read(seq, Read::Thread(_)) => Some(*seq),
        _ => None,
    });
    let thread = Thread {
        party: Party::Customer(kevin()),
        name: SafeText::new("Kevin Anderson Curepipe"),
        number: Some(SafeText::new("+23057372333")),
        consent: Some(Consent::Yes { method: "voice".into(), at: NOW }),
        timezone: String::new(),
        hours: Default::default(),
        ours: None,
        answering: Vec::new(),
        texts: Vec::new(),
    };
    update(&mut model, Msg::Answer(asked.unwrap(), Answer::Thread(Box::new(thread))));
    let seq = write(&press(&mut model, "\"hello\" Enter")).unwrap();
    press(&mut model, "Esc");
    let saved = (Tone::Good, "Saved: the text to Kevin Anderson Curepipe.".to_owned());
    assert_eq!(said(&mut model, seq, Ok(Answer::Queued(NOW))), saved);
}

/// The form saves a no first, then the update: closed in between, half of it is not done.
#[test]
fn a_form_that_was_closed_halfway_says_what_is_missing() {
    let (mut model, seq) = handed_over("m \"58440010\" Enter 1 Tab Tab n Ctrl+S");
    press(&mut model, AWAY);
    let half = "Saved: the no to texts of Kevin Anderson Curepipe. Not saved: the contact update. It is kept: open \
                the customer, then m.";
    assert_eq!(said(&mut model, seq, Ok(Answer::Saved)), (Tone::Bad, half.to_owned()));
}

#[test]
fn an_export_and_a_mark_say_what_came_of_them() {
    let closed = |write: Write| {
        let mut model = desk(Role::Admin);
        super::handed_over(&mut model, 1, &[Effect::Write(Seq(7), write)]);
        super::closed(&mut model);
        model
    };
    let mut model = closed(Write::Export { seqs: vec![1, 2], to: "/exports".into() });
    let left_out = vec![LeftOut { seq: 2, name: SafeText::new("Anna"), why: "it is held".to_owned() }];
    let batch = Batch {
        number: 17,
        lines: 1,
        updates: vec![1],
        left_out,
        created_at: NOW,
        marked_at: None,
        dissolved_at: None,
    };
    let exported = Answer::Exported(batch, "/exports/batch-17.csv".into());
    let sentence = "Batch 17 is in /exports/batch-17.csv, 1 left out.";
    assert_eq!(said(&mut model, Seq(7), Ok(exported)), (Tone::Good, sentence.to_owned()));

    let mut model = closed(Write::MarkBatch(17));
    let marked = Answer::Marked(Marked { done: vec![1, 2], left_out: Vec::new() });
    let sentence = "2 marked, 0 left out.";
    assert_eq!(said(&mut model, Seq(7), Ok(marked)), (Tone::Good, sentence.to_owned()));
    let mut model = closed(Write::Mark(vec![1]));
    let sentence = "Not saved: the marks. Somebody else is saving.";
    assert_eq!(said(&mut model, Seq(7), Err("Somebody else is saving.")), (Tone::Bad, sentence.to_owned()));
}
