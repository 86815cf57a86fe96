//! The note: lines in, one write out, nothing lost.

use super::*;
use crate::domain::role::Role;
use crate::tui::model::Model;
use crate::tui::msg::Msg;
use crate::tui::screens::Screen;
use crate::tui::screens::form::tests::{card, kevin};
use crate::tui::testing::{NOW, desk, picture, press};
use crate::tui::update::{open, update};

fn opened(keys: &str) -> (Model, Vec<Effect>) {
    let mut model = desk(Role::Agent);
    let mut effects = Vec::new();
    open(&mut model, Screen::Note(NoteScreen::new(kevin())), &mut effects);
    effects.extend(press(&mut model, keys));
    (model, effects)
}

fn note(model: &Model) -> &NoteScreen {
    match model.top() {
        Screen::Note(note) => note,
        other => panic!("{other:?}"),
    }
}

fn draft(body: &str) -> Effect {
    Effect::Draft { customer: Some(kevin()), of: DraftOf::Note, body: Body(body.to_owned()) }
}

fn said(model: &Model) -> Option<&str> {
    model.log.last().map(|toast| toast.text.as_str())
}

#[test]
fn a_note_is_saved_once_and_closes() {
    let (mut model, effects) = opened("a Enter b Ctrl+S F2 Ctrl+S");
    assert_eq!(
        effects,
        [
            Effect::Doing(Some(kevin()), "noting"),
            Effect::Read(Seq(1), Read::Card(kevin())),
            Effect::Read(Seq(2), Read::Draft { customer: Some(kevin()), of: DraftOf::Note }),
            draft("a"),
            draft("a\n"),
            draft("a\nb"),
            Effect::Write(Seq(3), Write::Note { customer: kevin(), body: Body("a\nb".to_owned()) }),
        ]
    );
    assert_eq!(model.log, []);
    update(&mut model, Msg::Answer(Seq(2), Answer::Saved));
    note(&model);
    let effects = update(&mut model, Msg::Answer(Seq(3), Answer::Saved));
    assert_eq!(effects[..2], [draft(""), Effect::KeepDrafts]);
    assert!(matches!(model.top(), Screen::Lookup(_)));
    assert_eq!(said(&model), Some("Note saved."));
}

#[test]
fn a_blank_note_is_not_saved() {
    let (model, effects) = opened("Enter Space Ctrl+S");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Write(..))));
    assert_eq!(effects.last(), Some(&draft("")));
    assert_eq!(said(&model), Some("There is nothing in it to save."));
}

#[test]
fn a_failure_keeps_the_note_and_says_why() {
    let (mut model, _) = opened("\"abc\" Ctrl+S d");
    let failure = Failure { why: "The disk is full.".to_owned(), field: None, blocked: false, stale: false };
    update(&mut model, Msg::Failed(Seq(2), failure.clone()));
    assert_eq!(note(&model).refused, None);
    update(&mut model, Msg::Failed(Seq(3), failure));
    assert_eq!(note(&model).field.text(), "abcd");
    assert!(picture(&model, 80, 24).contains("Not saved: The disk is full."));
    let effects = press(&mut model, "Ctrl+S");
    let body = Body("abcd".to_owned());
    assert_eq!(effects, [Effect::Write(Seq(4), Write::Note { customer: kevin(), body })]);
}

#[test]
fn what_is_typed_while_it_is_saved_stays_and_only_that() {
    for (keys, left) in [("\"de\"", "de"), ("Backspace", "ab")] {
        let (mut model, _) = opened(&format!("\"abc\" Ctrl+S {keys}"));
        update(&mut model, Msg::Answer(Seq(3), Answer::Saved));
        assert_eq!(note(&model).field.text(), left);
        assert_eq!(note(&model).saving, None);
    }
}

#[test]
fn esc_keeps_the_draft_and_says_so() {
    let (mut model, _) = opened("\"abc\"");
    assert_eq!(press(&mut model, "Esc")[0], Effect::KeepDrafts);
    assert!(matches!(model.top(), Screen::Lookup(_)));
    assert_eq!(said(&model), Some("Nothing saved. What you typed is kept. n goes on with it."));
    let (mut model, _) = opened("\"abc\" Ctrl+S Esc");
    note(&model);
    update(&mut model, Msg::Answer(Seq(3), Answer::Saved));
    assert!(matches!(model.top(), Screen::Lookup(_)));
}

#[test]
fn drafts_come_back_or_are_offered() {
    let kept = |minutes: i64| {
        Answer::Draft(Some(Draft {
            customer: Some(kevin()),
            name: SafeText::new("Kevin"),
            of: DraftOf::Note,
            body: "hard of\nhearing".to_owned(),
            at: Micros(NOW.0 - minutes * 60_000_000),
        }))
    };
    let (mut model, _) = opened("");
    update(&mut model, Msg::Answer(Seq(2), kept(10)));
    assert_eq!(note(&model).field.text(), "hard of\nhearing");
    for (keys, minutes) in [("", 90), ("x", 1)] {
        let (mut model, _) = opened(keys);
        update(&mut model, Msg::Answer(Seq(2), kept(minutes)));
        assert_eq!(note(&model).field.text(), keys);
        assert!(picture(&model, 80, 24).contains("Ctrl+R takes it"));
        assert_eq!(press(&mut model, "Ctrl+R"), [draft("hard of\nhearing")]);
        press(&mut model, "Ctrl+R");
        assert_eq!(note(&model).field.text(), if keys.is_empty() { "hard of\nhearing" } else { keys });
    }
}

#[test]
fn a_huge_paste_is_cut_and_said() {
    let (mut model, _) = opened("");
    update(&mut model, Msg::Paste("word ".repeat(20_000)));
    assert_eq!(said(&model), Some("Nothing more fits in here: the rest was left out."));
    press(&mut model, "x Up Home Down End");
    picture(&model, 80, 24);
}

#[test]
fn pictures() {
    let (mut model, _) = opened("\"Hard of hearing on the left, go slow.\" Enter \"王小明 rang\"");
    update(&mut model, Msg::Answer(Seq(1), Answer::Card(Box::new(card()))));
    let card = crate::tui::screens::card::CardScreen::new(kevin(), Some((Box::new(card()), Vec::new())));
    model.stack.insert(1, Screen::Card(card));
    insta::assert_snapshot!("note-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("note-120x40", picture(&model, 120, 40));
    insta::assert_snapshot!("note-60x16", picture(&model, 60, 16));
}
