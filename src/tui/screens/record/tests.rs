//! The record as an agent works it: keys in, effects and pictures out.

use uuid::Uuid;

use super::*;
use crate::domain::customer::{NewCustomer, NewPhone, Stage as CustomerStage};
use crate::domain::phone::E164;
use crate::domain::record::{NewPoint, PointChange, PointKind};
use crate::domain::role::Role;
use crate::domain::shown::{Held, RecordPoint};
use crate::domain::text::Body;
use crate::tui::model::Model;
use crate::tui::msg::Msg;
use crate::tui::screens::form::tests::{card, kevin};
use crate::tui::testing::{NOW, desk, picture, press};
use crate::tui::update::update;

fn point(number: u128, kind: &str, label: &str, value: &str, master: bool) -> RecordPoint {
    RecordPoint {
        id: ContactPointId(Uuid::from_u128(number)),
        kind: kind.to_owned(),
        label: SafeText::new(label),
        value: SafeText::new(value),
        master,
        retired_at: None,
    }
}

/// A client of a lawyer, with a number of ours and one of the master's.
fn record() -> Record {
    let values = [
        ("name", "Kevin Anderson Curepipe"),
        ("mobile", "+23057372333"),
        ("email", "v.khanna@example.com"),
        ("policy-number", "LIB/C7013"),
        ("industry", "legal"),
        ("city", "Curepipe"),
        ("case-type", "family-law"),
        ("attorney-notes", "first hearing\nin May"),
        ("Old column", "x"),
    ];
    let held = |(key, value): (&str, &str)| Held { key: key.to_owned(), value: value.to_owned() };
    Record {
        id: kevin(),
        name: SafeText::new("Kevin Anderson Curepipe"),
        industry: Some("legal".to_owned()),
        stage: "client".to_owned(),
        tags: Vec::new(),
        values: values.map(held).to_vec(),
        points: vec![
            point(1, "phone", "mobile", "+23057372333", true),
            point(2, "email", "email", "v.khanna@example.com", true),
            point(3, "phone", "office", "+2302108888", true),
            point(4, "phone", "home", "+2302345678", false),
        ],
        changed_at: NOW,
        changed_by: SafeText::new("Ana Silva"),
    }
}

fn answer(
    model: &mut Model,
    effects: &[Effect],
    wanted: impl Fn(&Read) -> bool,
    answer: Answer,
) -> Vec<Effect> {
    let asked = effects.iter().rev().find_map(|effect| match effect {
        Effect::Read(seq, read) if wanted(read) => Some(*seq),
        _ => None,
    });
    update(model, Msg::Answer(asked.unwrap(), answer))
}

fn is_record(read: &Read) -> bool {
    matches!(read, Read::Record(_))
}

/// Kevin's record, opened from his card.
fn opened() -> Model {
    let mut model = desk(Role::Agent);
    model.stack.push(Screen::Card(CardScreen::new(kevin(), Some((Box::new(card()), Vec::new())))));
    let effects = press(&mut model, "Ctrl+E");
    let effects = answer(&mut model, &effects, is_record, Answer::Record(Box::new(record())));
    assert_eq!(effects.len(), 1, "then the draft is asked for: {effects:?}");
    answer(&mut model, &effects, |read| matches!(read, Read::Draft { .. }), Answer::Draft(None));
    model
}

fn screen(model: &Model) -> &RecordScreen {
    match model.top() {
        Screen::Record(screen) => screen,
        other => panic!("{other:?}"),
    }
}

fn writes(effects: &[Effect]) -> Vec<Write> {
    let write = |effect: &Effect| match effect {
        Effect::Write(_, write) if !matches!(write, Write::Opened(_)) => Some(write.clone()),
        _ => None,
    };
    effects.iter().filter_map(write).collect()
}

fn seq_of_write(effects: &[Effect]) -> Seq {
    let seq = |effect: &Effect| match effect {
        Effect::Write(seq, _) => Some(*seq),
        _ => None,
    };
    effects.iter().find_map(seq).unwrap()
}

fn drafts(effects: &[Effect]) -> Vec<String> {
    let draft = |effect: &Effect| match effect {
        Effect::Draft { of: DraftOf::Customer, body, .. } => Some(body.as_str().to_owned()),
        _ => None,
    };
    effects.iter().filter_map(draft).collect()
}

fn said(model: &Model) -> &str {
    model.log.last().map_or("", |toast| toast.text.as_str())
}

#[test]
fn the_record_in_pictures() {
    let model = opened();
    for (width, height) in [(80, 24), (120, 40), (60, 20)] {
        insta::assert_snapshot!(format!("record-{width}x{height}"), picture(&model, width, height));
    }
    let mut typed = opened();
    press(&mut typed, "Ctrl+U \"Kevin A.\" Tab \"crim\" Shift+Tab Shift+Tab");
    insta::assert_snapshot!("record-form-80x24", picture(&typed, 80, 24));
    let mut more = opened();
    press(&mut more, "Shift+Tab Shift+Tab \"work 555\" Up Ctrl+U");
    insta::assert_snapshot!("record-more-80x24", picture(&more, 80, 24));
}

#[test]
fn ttx_50_a_new_customer_in_pictures() {
    let mut model = desk(Role::Agent);
    press(&mut model, "\"5737 2333 anna\" Ctrl+N");
    for (width, height) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(format!("new-{width}x{height}"), picture(&model, width, height));
    }
    press(&mut model, "Up h");
    insta::assert_snapshot!("new-healthcare-80x24", picture(&model, 80, 24));
    press(&mut model, "Down Ctrl+U Down Ctrl+U \"12\" Down \"03/04/1980\" Ctrl+S");
    insta::assert_snapshot!("new-wrong-80x24", picture(&model, 80, 24));
}

#[test]
fn what_was_looked_up_is_kept() {
    for (line, expected) in [
        ("5737 2333", vec![(Own::Mobile, "5737 2333")]),
        ("+230 (57) 37 anna cure", vec![(Own::Name, "anna cure"), (Own::Mobile, "+230 (57) 37")]),
        ("anna a@b.example", vec![(Own::Name, "anna"), (Own::Email, "a@b.example")]),
        ("#motor stage:client ..33", vec![]),
        ("", vec![]),
    ] {
        let expected: Values =
            expected.into_iter().map(|(own, text)| (Key::Own(own), text.to_owned())).collect();
        assert_eq!(from_search(line), expected, "{line}");
    }
}

#[test]
fn tws_2_and_g13_a_new_customer_shares_a_number_is_saved_and_opened() {
    let mut model = desk(Role::Agent);
    let effects = press(&mut model, "\"57372333\" Ctrl+N");
    let sharing = Answer::Sharing(vec![SafeText::new("Kevin Anderson Curepipe")]);
    answer(&mut model, &effects, |read| matches!(read, Read::Sharing { .. }), sharing);
    let shown = picture(&model, 80, 24);
    assert!(shown.contains("also on file with Kevin Anderson Curepipe"), "{shown}");
    let effects = press(&mut model, "\"Anna\" Up \"l\" Down Enter Enter \"fam\" Enter Ctrl+S");
    let expected = NewCustomer {
        name: "Anna".into(),
        industry: Some("legal".into()),
        phones: vec![NewPhone {
            label: "mobile".into(),
            value: E164::parse("+23057372333").unwrap(),
            raw: "57372333".into(),
        }],
        custom: serde_json::json!({ "case-type": "family-law" }).as_object().cloned().unwrap(),
        ..NewCustomer::default()
    };
    assert_eq!(writes(&effects), [Write::AddCustomer(Box::new(expected))]);
    let effects = update(&mut model, Msg::Answer(seq_of_write(&effects), Answer::Added(kevin())));
    assert_eq!(drafts(&effects), [""], "what was saved is no draft");
    assert!(matches!(model.top(), Screen::Card(card) if card.id == kevin()));
    assert_eq!((model.stack.len(), said(&model)), (2, "Saved. u takes it back."));
}

#[test]
fn tws_3_only_what_was_changed_is_saved() {
    let mut model = opened();
    let effects = press(&mut model, "End \" Sr\" Ctrl+S");
    let [Write::EditCustomer { customer, edit }] = &writes(&effects)[..] else { panic!("{effects:?}") };
    let change = record::Change {
        key: Key::Own(Own::Name),
        was: Some("Kevin Anderson Curepipe".to_owned()),
        to: Some("Kevin Anderson Curepipe Sr".to_owned()),
    };
    assert_eq!((*customer, edit.changes(), edit.points()), (kevin(), &[change][..], &[][..]));
    assert_eq!(
        drafts(&effects).last().map(String::as_str),
        Some(
            r#"{"v":1,"form":"legal","fields":{"name":"Kevin Anderson Curepipe Sr"},"labels":{},"more":""}"#
        )
    );
    let effects = update(&mut model, Msg::Answer(seq_of_write(&effects), Answer::Saved));
    assert_eq!(drafts(&effects), [""]);
    assert!(matches!(model.top(), Screen::Card(_)));

    let mut untouched = opened();
    let effects = press(&mut untouched, "Ctrl+S");
    assert_eq!((writes(&effects), said(&untouched)), (vec![], "Nothing was changed, so nothing was saved."));
}

#[test]
fn numbers_are_added_relabelled_and_retired() {
    let home = ContactPointId(Uuid::from_u128(4));
    let saved = |keys: &str| {
        let mut model = opened();
        match &writes(&press(&mut model, keys))[..] {
            [Write::EditCustomer { edit, .. }] => edit.points().to_vec(),
            other => panic!("{other:?}"),
        }
    };
    let to_more = "Up Up";
    let new = NewPoint {
        kind: PointKind::Phone,
        label: "second work".to_owned(),
        value: "+12025550143".to_owned(),
        raw: "+1 202 555 0143".to_owned(),
    };
    assert_eq!(saved(&format!("{to_more} \"Second work +1 202 555 0143\" Ctrl+S")), [PointChange::Add(new)]);
    let relabel = PointChange::Relabel { point: home, seen: "home".to_owned(), label: "parents".to_owned() };
    assert_eq!(saved(&format!("{to_more} Up Ctrl+U \"Parents\" Ctrl+S")), [relabel]);
    let retire = PointChange::Retire { point: home, seen: "home".to_owned() };
    assert_eq!(saved(&format!("{to_more} Up Ctrl+U Ctrl+S")), [retire]);
}

#[test]
fn what_another_desk_saves_meanwhile_is_said_and_what_was_typed_stays() {
    let mut model = opened();
    // Name is typed here; there, name and city are saved.
    let effects = press(&mut model, "End \" Sr\" Ctrl+S");
    let failure = Failure {
        why: "Ana Silva changed the name meanwhile: nothing was saved; look at it and save again.".to_owned(),
        field: None,
        blocked: false,
        stale: false,
    };
    let effects = update(&mut model, Msg::Failed(seq_of_write(&effects), failure));
    let mut theirs = record();
    for held in &mut theirs.values {
        match held.key.as_str() {
            "name" => held.value = "Kevin Khanna".to_owned(),
            "city" => held.value = "Moka".to_owned(),
            _ => {}
        }
    }
    answer(&mut model, &effects, is_record, Answer::Record(Box::new(theirs)));
    let text = |own| screen(&model).texts[&Key::Own(own)].text().to_owned();
    assert_eq!((text(Own::Name), text(Own::City)), ("Kevin Anderson Curepipe Sr".to_owned(), "Moka".into()));
    assert_eq!(said(&model), "Client name: changed just now by Ana Silva. Look before you save.");
    insta::assert_snapshot!("record-meanwhile-80x24", picture(&model, 80, 24));
    let effects = press(&mut model, "Ctrl+S");
    let [Write::EditCustomer { edit, .. }] = &writes(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(edit.changes()[0].was.as_deref(), Some("Kevin Khanna"), "now it is the agent's decision");
}

#[test]
fn a_draft_comes_back_and_an_old_one_is_offered() {
    let body =
        r#"{"v":1,"form":"legal","fields":{"case-status":"act","name":"Kev"},"labels":{},"more":"home 2"}"#;
    let draft = |at| Draft {
        customer: Some(kevin()),
        name: SafeText::default(),
        of: DraftOf::Customer,
        body: body.to_owned(),
        at,
    };
    let with = |at| {
        let mut model = desk(Role::Agent);
        model.stack.push(Screen::Card(CardScreen::new(kevin(), Some((Box::new(card()), Vec::new())))));
        let effects = press(&mut model, "Ctrl+E");
        let effects = answer(&mut model, &effects, is_record, Answer::Record(Box::new(record())));
        answer(
            &mut model,
            &effects,
            |read| matches!(read, Read::Draft { .. }),
            Answer::Draft(Some(draft(at))),
        );
        model
    };
    let fresh = with(NOW);
    assert_eq!(screen(&fresh).typed().to_body(), Body(body.to_owned()));
    assert!(said(&fresh).contains("is back"), "{}", said(&fresh));
    let mut old = with(Micros(NOW.0 - 7_200_000_000));
    assert!(screen(&old).typed().is_empty());
    press(&mut old, "Ctrl+R");
    assert_eq!(screen(&old).typed().to_body(), Body(body.to_owned()));
    press(&mut old, "Esc");
    assert_eq!(said(&old), "Nothing saved. What you typed is kept. Ctrl+E goes on with it.");
    let effects = press(&mut old, ": \"discard\" Enter");
    assert_eq!(drafts(&effects), [""]);
}

#[test]
fn nic_76_the_contact_fields_are_shown_and_not_typed_into() {
    let model = opened();
    let places = screen(&model).places();
    for own in [Own::Mobile, Own::Email] {
        assert!(!places.contains(&At::Field(Key::Own(own))));
    }
    let shown = picture(&model, 80, 24);
    assert!(shown.contains("5737 2333  (m on the card, with a reason)"), "{shown}");
}

#[test]
fn tws_4_del_asks_and_deletes() {
    let mut model = desk(Role::Agent);
    model.stack.push(Screen::Card(CardScreen::new(kevin(), Some((Box::new(card()), Vec::new())))));
    assert_eq!(press(&mut model, "Del"), []);
    insta::assert_snapshot!("delete-80x24", picture(&model, 80, 24));
    let mut no = model.clone();
    assert_eq!(writes(&press(&mut no, "Esc")), []);
    let effects = press(&mut model, "Enter");
    assert_eq!(writes(&effects), [Write::DeleteCustomer(kevin())]);
    update(&mut model, Msg::Answer(seq_of_write(&effects), Answer::Saved));
    assert!(matches!(model.top(), Screen::Lookup(_)));
    assert_eq!(said(&model), "Deleted. u brings them back.");
}

#[test]
fn tws_5_and_6_stage_and_tags_by_a_key_each() {
    let mut model = desk(Role::Agent);
    let mut shown = card();
    shown.stage = "new".to_owned();
    model.stack.push(Screen::Card(CardScreen::new(kevin(), Some((Box::new(shown), Vec::new())))));
    press(&mut model, "=");
    insta::assert_snapshot!("stage-80x24", picture(&model, 80, 24));
    let effects = press(&mut model, "Down Down Enter");
    let (seen, stage) = (CustomerStage::New, CustomerStage::Qualified);
    assert_eq!(writes(&effects), [Write::Stage { customer: kevin(), seen, stage }]);
    press(&mut model, "#");
    insta::assert_snapshot!("tags-80x24", picture(&model, 80, 24));
    let effects = press(&mut model, "\"#VIP\" Enter");
    let tags = |on: &[&str], off: &[&str]| Write::Tags {
        customer: kevin(),
        on: on.iter().map(|tag| (*tag).to_owned()).collect(),
        off: off.iter().map(|tag| (*tag).to_owned()).collect(),
    };
    assert_eq!(writes(&effects), [tags(&["#VIP"], &[])]);
    let effects = press(&mut model, "# Ctrl+U \"seller\" Enter");
    assert_eq!(writes(&effects), [tags(&["seller"], &["motor"])]);
    assert_eq!(writes(&press(&mut model, "# Enter")), []);
}

#[test]
fn ttx_59_to_63_the_card_shows_what_the_form_asked_for() {
    let mut model = desk(Role::Agent);
    let shown = Card {
        industry: "healthcare".to_owned(),
        values: [("date-of-birth", "1980-03-14"), ("emergency-phone", "+23057120001"), ("Old column", "x")]
            .map(|(key, value)| (key.to_owned(), SafeText::new(value)))
            .to_vec(),
        ..card()
    };
    model.stack.push(Screen::Card(CardScreen::new(kevin(), Some((Box::new(shown), Vec::new())))));
    for (width, height) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(format!("card-form-{width}x{height}"), picture(&model, width, height));
    }
}
