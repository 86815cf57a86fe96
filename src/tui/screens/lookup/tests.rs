//! The look-up: every key asks, the newest answer counts, and nothing of it moves a column.

use uuid::Uuid;

use super::*;
use crate::domain::role::Role;
use crate::domain::shown::{Other, State, Was};
use crate::domain::text::{Body, SafeText};
use crate::domain::time::Micros;
use crate::tui::model::{Model, Toast};
use crate::tui::msg::{Effect, Failure, Msg, Tone};
use crate::tui::screens::card::tests::{card, history};
use crate::tui::testing::{NOW, desk, picture, press};
use crate::tui::update::{start, update};

fn hit(policy: u32, name: &str, mobile: &str, payment: &str, due: &str) -> Hit {
    Hit {
        seq: policy.into(),
        id: CustomerId(Uuid::from_u128(policy.into())),
        name: SafeText::new(name),
        policy: SafeText::new(&format!("LIB/C{policy}")),
        mobile: (!mobile.is_empty()).then(|| SafeText::new(mobile)),
        email: None,
        payment: SafeText::new(payment),
        due: SafeText::new(due),
        was: None,
        other: None,
        meant: None,
    }
}

/// The customer who came in at this place.
pub fn numbered(seq: i64) -> Hit {
    let policy = u32::try_from(seq).unwrap();
    hit(policy, &format!("Customer {policy}"), "+23057372333", "paid", "MUR 0.00")
}

/// Kevin, one whose old number it was, and names that are hard to draw.
pub fn cast() -> Found {
    let was = Was { value: SafeText::new("+23057372333"), until: Micros(NOW.0 - 271 * 86_400_000_000) };
    let hits = vec![
        hit(7013, "Kevin Anderson Curepipe", "+23057372333", "pending", "MUR 4,491.29"),
        Hit { was: Some(was), ..hit(7020, "Anna Curepipe", "+23057120001", "paid", "MUR 0.00") },
        hit(
            8101,
            "Maximiliana-Alexandrina Ramgoolam-Wickramasinghe",
            "+23052333901",
            "pending",
            "MUR 1,200.00",
        ),
        hit(9210, "王小明 陳大文 王小明 陳大文 王小明 陳大文", "+23058442333", "lapsed", "MUR 310.00"),
        hit(9211, "علي بن محمد", "", "", ""),
        hit(
            9212,
            "Zoë \u{1b}[31m\u{202e}👩\u{200d}👩\u{200d}👧",
            "+12025550143",
            "in arrears",
            "MUR 999,999,999.00",
        ),
    ];
    Found { hits, more: false, many: false, of: 1_000_000 }
}

/// A desk on which each query was typed and answered, and the chosen customer is shown below.
pub fn found(queries: &[(&str, Found)]) -> Model {
    let mut model = desk(Role::Agent);
    model.state = State { unread: 2, pending: 3, ..State::default() };
    let mut effects = start(&mut model);
    for (query, found) in queries {
        effects.extend(press(&mut model, &format!("\"{query}\"")));
        serve(&mut model, std::mem::take(&mut effects), found);
    }
    model
}

/// Answers every question about customers until none is open.
fn serve(model: &mut Model, mut open: Vec<Effect>, found: &Found) {
    while !open.is_empty() {
        for effect in std::mem::take(&mut open) {
            let (seq, answer) = match effect {
                Effect::Read(seq, Read::Lookup(_)) => (seq, Answer::Found(found.clone())),
                Effect::Read(seq, Read::Card(id)) => (seq, Answer::Card(Box::new(card_of(found, id)))),
                Effect::Read(seq, Read::Timeline { .. }) => (seq, Answer::Timeline(history())),
                _ => continue,
            };
            open.extend(update(model, Msg::Answer(seq, answer)));
        }
    }
}

fn card_of(found: &Found, id: CustomerId) -> Card {
    let hit = found.hits.iter().find(|hit| hit.id == id).unwrap();
    Card { id, name: hit.name.clone(), ..card() }
}

fn lookup(model: &Model) -> &Lookup {
    match model.stack.first() {
        Some(Screen::Lookup(lookup)) => lookup,
        _ => unreachable!("the look-up is never closed"),
    }
}

/// The desk before, but for this look-up and these questions.
fn with(before: &Model, lookup: Lookup, asked: u64) -> Model {
    Model { stack: vec![Screen::Lookup(lookup)], seq: before.seq + asked, ..before.clone() }
}

fn look(seq: Seq, query: &str) -> Effect {
    Effect::Read(seq, Read::Lookup(query.to_owned()))
}

/// The card of a customer and what happened, asked for from this number on.
fn preview(seq: u64, of: CustomerId) -> Vec<Effect> {
    vec![
        Effect::Read(Seq(seq), Read::Card(of)),
        Effect::Read(Seq(seq + 1), Read::Timeline { of, before: None }),
    ]
}

/// TTX-49, 51, 54; NIC-91, 92 from the agent's side: digits, a name, nobody, more than are listed.
#[test]
fn ttx_49_to_54_the_look_up_in_pictures() {
    let many = (0..50).map(|n| hit(7100 + n, "Anna Curepipe", "+23057120001", "paid", "MUR 0.00")).collect();
    let many = Found { hits: many, more: true, of: 1_000_000, ..Found::default() };
    let nobody = Found { hits: Vec::new(), ..cast() };
    let few = Found { of: 1, ..cast() };
    let names = Found { hits: vec![cast().hits[0].clone(), cast().hits[1].clone()], ..cast() };
    for (name, queries, keys) in [
        ("lookup", vec![("2333", cast())], "Down"),
        ("lookup-recent", vec![("", cast())], ""),
        ("lookup-first", vec![("", Found { hits: Vec::new(), ..few })], ""),
        ("lookup-name", vec![("cure an", names)], ""),
        ("lookup-nobody", vec![("2333", cast()), ("999", nobody)], ""),
        ("lookup-more", vec![("anna", many)], "Esc PgDn PgDn Down"),
        ("lookup-spent", vec![("2333", cast())], "Esc /"),
    ] {
        let mut model = found(&queries);
        let effects = press(&mut model, keys);
        serve(&mut model, effects, &queries[0].1);
        for (width, height) in [(80, 24), (120, 40)] {
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), picture(&model, width, height));
        }
    }
}

#[test]
fn in_a_small_window_the_amount_gives_way_to_the_name_and_the_number() {
    let mut model = found(&[("2333", cast())]);
    let effects = press(&mut model, "Down");
    serve(&mut model, effects, &cast());
    insta::assert_snapshot!("lookup-60x20", picture(&model, 60, 20));
}

#[test]
fn every_key_asks_and_only_the_newest_answer_counts() {
    let before = desk(Role::Agent);
    let mut model = before.clone();
    assert_eq!(press(&mut model, "\"23\" Left"), [look(Seq(1), "2"), look(Seq(2), "23")]);
    let mut query = Field::line("23");
    query.key("Left".parse().unwrap());
    let asked = Lookup { query, waiting: Seq(2), ..Lookup::new() };
    assert_eq!(model, with(&before, asked.clone(), 2));
    // What was asked before is answered too late.
    assert_eq!(update(&mut model, Msg::Answer(Seq(1), Answer::Found(cast()))), []);
    let failure = Failure { why: "too late".into(), field: None, blocked: false, stale: true };
    assert_eq!(update(&mut model, Msg::Failed(Seq(1), failure)), []);
    assert_eq!(model, with(&before, asked.clone(), 2));

    let kevin = cast().hits[0].id;
    assert_eq!(update(&mut model, Msg::Answer(Seq(2), Answer::Found(cast()))), preview(3, kevin));
    let answered =
        Lookup { found: cast(), outdated: false, waiting_card: Seq(3), waiting_entries: Seq(4), ..asked };
    assert_eq!(model, with(&before, answered.clone(), 4));

    let known = Box::new(card_of(&cast(), kevin));
    assert_eq!(update(&mut model, Msg::Answer(Seq(3), Answer::Card(known.clone()))), []);
    let shown = Lookup { preview: Some((known.clone(), Vec::new())), ..answered };
    assert_eq!(model, with(&before, shown.clone(), 4));
    assert_eq!(update(&mut model, Msg::Answer(Seq(4), Answer::Timeline(history()))), []);
    let shown = Lookup { preview: Some((known, history())), ..shown };
    assert_eq!(model, with(&before, shown.clone(), 4));

    // One more digit: what is known stays until it is answered, and Kevin is not asked for again.
    assert_eq!(press(&mut model, "End \"3\""), [look(Seq(5), "233")]);
    let asked = Lookup { query: Field::line("233"), outdated: true, waiting: Seq(5), ..shown };
    assert_eq!(model, with(&before, asked.clone(), 5));
    assert_eq!(update(&mut model, Msg::Answer(Seq(5), Answer::Found(cast()))), []);
    assert_eq!(model, with(&before, Lookup { outdated: false, ..asked }, 5));
    // Nobody: the preview goes with the hits.
    press(&mut model, "\"9\"");
    let nobody = Found { hits: Vec::new(), ..cast() };
    assert_eq!(update(&mut model, Msg::Answer(Seq(6), Answer::Found(nobody.clone()))), []);
    assert_eq!((&lookup(&model).found, &lookup(&model).preview), (&nobody, &None));
}

#[test]
fn moving_shows_another_customer() {
    let before = found(&[("2333", cast())]);
    let shown = lookup(&before).clone();
    let ids: Vec<CustomerId> = cast().hits.iter().map(|hit| hit.id).collect();
    for (keys, chosen, effects) in [
        ("Down", 1, preview(before.seq + 1, ids[1])),
        ("PgDn", 5, preview(before.seq + 1, ids[5])),
        (
            "PgDn PgDn Down",
            5,
            [
                preview(before.seq + 1, ids[5]),
                preview(before.seq + 3, ids[5]),
                preview(before.seq + 5, ids[5]),
            ]
            .concat(),
        ),
        // The preview of the first is still there: it is not asked for.
        ("Down Up", 0, preview(before.seq + 1, ids[1])),
        ("Up", 0, vec![]),
        ("PgUp", 0, vec![]),
    ] {
        let mut model = before.clone();
        assert_eq!(press(&mut model, keys), effects, "{keys}");
        let asked = u64::try_from(effects.len()).unwrap();
        let (waiting_card, waiting_entries) = match asked {
            0 => (shown.waiting_card, shown.waiting_entries),
            asked => (Seq(before.seq + asked - 1), Seq(before.seq + asked)),
        };
        let after = Lookup { chosen, waiting_card, waiting_entries, ..shown.clone() };
        assert_eq!(model, with(&before, after, asked), "{keys}");
    }
}

#[test]
fn the_chosen_one_is_seen_among_hits_of_two_rows() {
    let was = Was { value: SafeText::new("+23057372333"), until: NOW };
    let two_rows = |n: u32| Hit { was: Some(was.clone()), ..hit(7100 + n, "Anna Curepipe", "", "paid", "") };
    let many = Found { hits: (0..40).map(two_rows).collect(), more: false, many: false, of: 40 };
    let mut model = found(&[("2333", many.clone())]);
    for n in 0..40 {
        for (width, height) in [(80, 24), (120, 40), (60, 16)] {
            let picture = picture(&model, width, height);
            let chosen = picture.lines().find(|line| line.starts_with(">  Anna")).unwrap_or_default();
            assert!(chosen.contains(&format!("LIB/C{}", 7100 + n)), "{n}\n{picture}");
        }
        let effects = press(&mut model, "Down");
        serve(&mut model, effects, &many);
    }
}

#[test]
fn esc_up_and_slash_move_between_the_line_and_the_list() {
    let before = found(&[("2333", cast())]);
    let shown = lookup(&before).clone();
    let desk = Lookup { typing: false, ..shown.clone() };
    for (keys, after, effects) in [
        ("Esc", desk.clone(), vec![Effect::KeepDrafts]),
        ("Esc Up", shown.clone(), vec![Effect::KeepDrafts]),
        ("Esc Esc", desk.clone(), vec![Effect::KeepDrafts, Effect::KeepDrafts]),
        ("Esc /", Lookup { spent: true, ..shown.clone() }, vec![Effect::KeepDrafts]),
        ("F8 Ctrl+O Alt+x", shown.clone(), vec![]),
    ] {
        let mut model = before.clone();
        assert_eq!(press(&mut model, keys), effects, "{keys}");
        assert_eq!(model, with(&before, after, 0), "{keys}");
    }
}

#[test]
fn a_digit_a_plus_and_a_paste_on_the_desk_begin_a_search() {
    let before = found(&[("2333", cast())]);
    let mut esc = before.clone();
    press(&mut esc, "Esc");
    let begun = |query: &str| {
        let lookup = lookup(&esc).clone();
        let waiting = Seq(esc.seq + 1);
        Lookup { typing: true, query: Field::line(query), outdated: true, waiting, ..lookup }
    };
    let asked = |query: &str| vec![look(Seq(esc.seq + 1), query)];
    for key in ["7", "+"] {
        let mut model = esc.clone();
        assert_eq!(press(&mut model, key), asked(key));
        assert_eq!(model, with(&esc, begun(key), 1));
    }
    for paste in ["5737 2333", "\n  5737 2333 \nCurepipe\n"] {
        let mut model = esc.clone();
        assert_eq!(update(&mut model, Msg::Paste(paste.to_owned())), asked("5737 2333"));
        assert_eq!(model, with(&esc, begun("5737 2333"), 1));
    }
}

#[test]
fn what_changed_is_asked_for_again_and_the_choice_stays_on_its_customer() {
    let mut model = found(&[("2333", cast())]);
    let effects = press(&mut model, "Esc Down Down");
    serve(&mut model, effects, &cast());
    let before = model.clone();
    let chosen = cast().hits[2].id;
    let effects = update(&mut model, Msg::Changed);
    let first = before.seq + 1;
    let mut expected = vec![Effect::Read(Seq(first), Read::State), look(Seq(first + 1), "2333")];
    expected.extend(preview(first + 2, chosen));
    assert_eq!(effects, expected);
    let mut moved = cast();
    moved.hits.rotate_right(1);
    update(&mut model, Msg::Answer(Seq(first + 1), Answer::Found(moved.clone())));
    let after = Lookup {
        found: moved.clone(),
        chosen: 3,
        waiting: Seq(first + 1),
        waiting_card: Seq(first + 2),
        waiting_entries: Seq(first + 3),
        ..lookup(&before).clone()
    };
    assert_eq!(lookup(&model), &after);
    // While the number is being said, the best match is the first.
    press(&mut model, "/ Right \"9\"");
    let waiting = lookup(&model).waiting;
    update(&mut model, Msg::Answer(waiting, Answer::Found(moved)));
    assert_eq!(lookup(&model).chosen, 0);
}

#[test]
fn y_copies_the_number_else_the_e_mail_else_the_policy() {
    let Found { mut hits, of, .. } = cast();
    hits[1].mobile = None;
    hits[1].email = Some(SafeText::new("anna@example.com"));
    let list =
        Found { hits: vec![hits[0].clone(), hits[1].clone(), hits[4].clone()], of, ..Found::default() };
    let mut model = found(&[("2333", list.clone())]);
    press(&mut model, "Esc");
    for (keys, copied) in [("y", "+23057372333"), ("j y", "anna@example.com"), ("j y", "LIB/C9211")] {
        let effects = press(&mut model, keys);
        assert_eq!(effects.last(), Some(&Effect::Copy(Body(copied.to_owned()))));
        let said = Toast { tone: Tone::Note, text: "Sent to your terminal's clipboard.".to_owned(), at: NOW };
        assert_eq!(model.log.last(), Some(&said));
    }
    let mut nobody = found(&[("999", Found::default())]);
    assert_eq!(press(&mut nobody, "Esc y Enter j"), [Effect::KeepDrafts]);
    assert_eq!(nobody.log, []);
}

#[test]
fn after_another_screen_or_a_slash_the_next_letter_begins_another_search() {
    for (keys, after) in [
        ("\"2333\" Ctrl+P \"outbox\" Enter Esc \"70\"", "70"),
        ("\"2333\" Ctrl+P \"outbox\" Enter Esc Backspace", ""),
        ("\"2333\" Ctrl+P \"outbox\" Enter Esc Right \"9\"", "23339"),
        ("\"2333\" Esc / \"70\"", "70"),
        ("\"2333\" Esc / Left Left \"0\"", "23033"),
        ("\"2333\" Esc 7", "7"),
        ("\"23\" \"33\"", "2333"),
    ] {
        let mut model = desk(Role::Agent);
        press(&mut model, keys);
        assert_eq!(lookup(&model).query.text(), after, "{keys}");
    }
}

#[test]
fn enter_opens_what_was_found_for_what_was_typed() {
    let only = |n: usize| Found { hits: vec![cast().hits[n].clone()], ..cast() };
    let mut model = found(&[("23", cast())]);
    let effects = press(&mut model, "\"3\" Enter");
    assert_eq!(model.customer(), None, "the list is still of the query before");
    serve(&mut model, effects, &only(1));
    assert_eq!(model.customer(), Some(cast().hits[1].id));

    press(&mut model, "Esc");
    let effects = press(&mut model, "\"4\" Enter Esc");
    serve(&mut model, effects, &only(2));
    assert_eq!(model.customer(), None, "Esc was pressed since");
}

#[test]
fn while_typing_too_the_choice_stays_on_its_customer() {
    let mut model = found(&[("2333", cast())]);
    let effects = press(&mut model, "Down Down");
    serve(&mut model, effects, &cast());
    let mut moved = cast();
    moved.hits.rotate_right(1);
    let effects = update(&mut model, Msg::Changed);
    serve(&mut model, effects, &moved);
    assert_eq!(lookup(&model).chosen, 3);
}

#[test]
fn a_hit_shows_its_reason_where_the_line_does_not() {
    let anna = || hit(7020, "Anna Curepipe", "+23057120001", "pending", "MUR 4,491.29");
    let was = Was { value: SafeText::new("+23057372333"), until: Micros(NOW.0 - 271 * 86_400_000_000) };
    let other = |other: Other| Hit { other: Some(other), ..anna() };
    let hits = vec![
        hit(7013, "Kevin Anderson Curepipe", "+23057372333", "pending", "MUR 4,491.29"),
        Hit { was: Some(was), ..anna() },
        other(Other::Number(SafeText::new("+2302102333"))),
        other(Other::Email(SafeText::new("a.2333@example.com"))),
        other(Other::Company(SafeText::new("Studio 2333"))),
        Hit { meant: Some(SafeText::new("curepipe")), ..anna() },
    ];
    let model = found(&[("2333", Found { hits, more: true, many: true, of: 1_000_000 })]);
    insta::assert_snapshot!("reasons-80x24", picture(&model, 80, 24));
}

#[test]
fn filters_are_offered_while_they_are_typed_and_right_takes_the_first() {
    let mut model = found(&[("kev st", Found { of: 9, ..Found::default() })]);
    insta::assert_snapshot!("offers-80x24", picture(&model, 80, 24));
    for (keys, line) in [
        ("Right", "kev status:pending"),
        ("Left Right", "kev st"),
        ("Left Right Right", "kev status:pending"),
        ("Esc Right", "kev st"),
        ("Space \"op\" Right Space \"7\"", "kev st optin:no 7"),
    ] {
        let mut model = model.clone();
        press(&mut model, keys);
        let Screen::Lookup(lookup) = model.top() else { panic!("{model:?}") };
        assert_eq!(lookup.query.text(), line, "{keys}");
    }
    let effects = press(&mut model, "Right");
    assert!(matches!(&effects[..], [Effect::Read(_, Read::Lookup(line))] if line == "kev status:pending"));
}

#[test]
fn a_change_does_not_begin_the_search_under_way_anew() {
    let mut model = found(&[("2333", cast())]);
    press(&mut model, "\"9\"");
    let asks = |effects: &[Effect]| effects.iter().any(|e| matches!(e, Effect::Read(_, Read::Lookup(_))));
    assert!(!asks(&update(&mut model, Msg::Changed)));
    let waiting = lookup(&model).waiting;
    update(&mut model, Msg::Answer(waiting, Answer::Found(Found::default())));
    assert!(asks(&update(&mut model, Msg::Changed)));
}
