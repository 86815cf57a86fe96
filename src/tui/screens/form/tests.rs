//! The form as an agent works it: keys in, effects and pictures out.

use uuid::Uuid;

use super::*;
use crate::domain::ids::{CustomerId, UpdateId};
use crate::domain::role::Role;
use crate::domain::shown::{Compared, Consent, Point, Proof, Trust, Why};
use crate::domain::text::{Body, SafeText};
use crate::domain::update::Form;
use crate::tui::model::Model;
use crate::tui::msg::{Asked, Msg, Seen};
use crate::tui::screens::Screen;
use crate::tui::screens::card::CardScreen;
use crate::tui::testing::{NOW, desk, picture, press, settings, writes};
use crate::tui::update::update;

pub fn kevin() -> CustomerId {
    CustomerId(Uuid::from_u128(7013))
}

fn point(value: &str, proof: Proof, by: &str) -> Point {
    let at = (proof != Proof::Unknown).then(|| Micros::from_secs(NOW.0 / 1_000_000 - 2 * 86_400));
    Point {
        value: SafeText::new(value),
        why: None,
        trust: Trust { proof, by: SafeText::new(by), at },
        compared: Compared::Same,
    }
}

/// A captured mobile that works, and an e-mail of the master's that bounced.
pub fn card() -> Card {
    let why = Why {
        update: UpdateId(Uuid::from_u128(5)),
        by: SafeText::new("P. Doe"),
        at: Micros::from_secs(1_740_900_000),
        reason: "provided".to_owned(),
        notes: SafeText::default(),
        was: None,
        status: "pending".to_owned(),
        upload: "uploaded".to_owned(),
        verified_by: SafeText::default(),
        read_back: false,
        doubt: SafeText::default(),
    };
    Card {
        id: kevin(),
        name: SafeText::new("Kevin Anderson Curepipe"),
        company: SafeText::default(),
        policy: SafeText::new("LIB/C7013"),
        payment: SafeText::new("pending"),
        due: SafeText::new("MUR 4,491.29"),
        stage: "lead".to_owned(),
        timezone: "Indian/Mauritius".to_owned(),
        tags: vec![SafeText::new("motor")],
        mobile: Some(Point { why: Some(why), ..point("+23057372333", Proof::Good, "text delivered") }),
        email: Some(point("v.khanna@example.com", Proof::Bad, "bounced")),
        others: Vec::new(),
        consent: Some(Consent::Yes { method: "voice".to_owned(), at: Micros::from_secs(1_740_900_000) }),
        pin: None,
        shared: 0,
        industry: String::new(),
        values: Vec::new(),
    }
}

/// The form of this card, opened with `key`.
fn opened(card: Card, key: &str) -> (Model, Vec<Effect>) {
    let mut model = desk(Role::Agent);
    let screen = CardScreen::new(kevin(), Some((Box::new(card), Vec::new())));
    model.stack.push(Screen::Card(screen));
    let effects = press(&mut model, key);
    (model, effects)
}

fn form(model: &Model) -> &FormScreen {
    match model.top() {
        Screen::Form(form) => form,
        other => panic!("{other:?}"),
    }
}

fn draft(body: &str) -> Effect {
    Effect::Draft { customer: Some(kevin()), of: DraftOf::Update, body: Body(body.to_owned()) }
}

fn new(mobile: &str, email: &str, reason: &str, notes: &str) -> Box<NewUpdate> {
    Box::new(Form { mobile, email, reason, notes }.check(&settings().policy).unwrap())
}

fn shown() -> Box<Seen> {
    Box::new(Seen {
        mobile: Some(("+23057372333".to_owned(), Some(UpdateId(Uuid::from_u128(5))))),
        email: Some(("v.khanna@example.com".to_owned(), None)),
    })
}

fn capture(new: Box<NewUpdate>, voice_yes: bool) -> Write {
    Write::Capture { customer: kevin(), new, seen: shown(), asked: Asked { voice_yes, ..Asked::default() } }
}

fn failure(field: Option<&str>, why: &str) -> Failure {
    Failure { why: why.to_owned(), field: field.map(str::to_owned), blocked: false, stale: false }
}

#[test]
fn nic_30_and_32_a_new_mobile_is_four_keys_beside_the_number() {
    let (mut model, effects) = opened(card(), "m");
    assert_eq!(
        effects,
        [
            Effect::Doing(Some(kevin()), "updating"),
            Effect::Read(Seq(1), Read::Draft { customer: Some(kevin()), of: DraftOf::Update }),
        ]
    );
    let effects = press(&mut model, "\"57001122\" Enter 1 Enter");
    let with = |mobile: &str, reason: &str| {
        draft(&format!(
            r#"{{"v":1,"mobile":"{mobile}","email":"","reason":{reason},"notes":"","texting":null}}"#
        ))
    };
    let mut expected: Vec<Effect> = (1..=8).map(|digits| with(&"57001122"[..digits], "null")).collect();
    expected.push(with("57001122", "\"provided\""));
    expected.push(Effect::Write(Seq(2), capture(new("57001122", "", "provided", ""), false)));
    assert_eq!(effects, expected);
}

#[test]
fn nic_49_and_51_saved_is_said_when_it_is_on_disk() {
    let (mut model, _) = opened(card(), "m \"57001122\" Enter 1 Enter");
    assert_eq!(model.log, []);
    assert!(picture(&model, 80, 24).contains("Saving .."));
    // Another Enter saves nothing, Esc waits, and a strange answer is not ours.
    assert_eq!(writes(&press(&mut model, "Enter Ctrl+S F2 Esc")), []);
    update(&mut model, Msg::Answer(Seq(1), Answer::Saved));
    form(&model);
    let effects = update(&mut model, Msg::Answer(Seq(2), Answer::Saved));
    assert_eq!(effects[..2], [draft(""), Effect::KeepDrafts]);
    assert!(matches!(model.top(), Screen::Card(_)));
    assert_eq!(model.log.last().map(|toast| toast.text.as_str()), Some("Saved. u takes it back within 5 s."));
}

#[test]
fn nic_50_a_failure_keeps_everything_and_stands_beside_its_field() {
    let (mut model, _) = opened(card(), "m \"57001122\" Enter 1 Enter");
    press(&mut model, "Tab \"ring after six\"");
    let why = "The disk is full. Nothing is lost: free some space, then Ctrl+S.";
    update(&mut model, Msg::Failed(Seq(99), failure(None, "not ours")));
    update(&mut model, Msg::Failed(Seq(2), failure(None, why)));
    assert_eq!(form(&model).typed().notes, "ring after six");
    assert!(picture(&model, 80, 24).contains(&format!("Not saved: {why}")));
    let effects = press(&mut model, "Ctrl+S");
    assert_eq!(
        writes(&effects),
        [(Seq(3), capture(new("57001122", "", "provided", "ring after six"), false))]
    );
    update(&mut model, Msg::Failed(Seq(3), failure(Some("mobile"), "somebody has it already")));
    assert_eq!(
        (form(&model).at, &form(&model).refused),
        (At::Mobile, &Some((Some(At::Mobile), "somebody has it already".to_owned())))
    );
    press(&mut model, "Backspace");
    assert_eq!(form(&model).refused, None);
}

#[test]
fn what_is_typed_while_it_is_saved_stays() {
    let (mut model, _) = opened(card(), "m \"57001122\" Enter 1 Enter Tab \"x\"");
    let effects = update(&mut model, Msg::Answer(Seq(2), Answer::Saved));
    assert_eq!(effects, []);
    assert_eq!((form(&model).typed().notes.as_str(), &form(&model).stage), ("x", &Stage::Editing));
}

#[test]
fn the_reason_suggests_itself_where_the_card_knows_it() {
    let none = |card: Card| Card { mobile: None, consent: None, ..card };
    let dead = |card: Card| Card { mobile: Some(point("+23057372333", Proof::Bad, "30005")), ..card };
    for (card, keys, reason) in [
        (card(), "m", None),
        (card(), "e", Some(Reason::Bounced)),
        (card(), "m \"57\" Tab \"k\"", None),
        (card(), "m Tab \"k\"", Some(Reason::Bounced)),
        (none(card()), "m", Some(Reason::Missing)),
        (none(card()), "m \"57\" Tab \"k\"", None),
        (dead(card()), "m \"57\" Tab \"k\"", Some(Reason::Bounced)),
        (card(), "e Tab 6", Some(Reason::Other)),
        (card(), "e Tab Left", Some(Reason::Missing)),
        (card(), "m Tab Tab Right Right", Some(Reason::Incorrect)),
        (card(), "m Tab Tab Left", Some(Reason::Other)),
        (card(), "m Tab Tab 7 x", None),
    ] {
        let (model, _) = opened(card, keys);
        assert_eq!(form(&model).reason(), reason, "{keys}");
    }
}

#[test]
fn nic_46_enter_and_save_lead_to_what_is_missing() {
    for (keys, at) in [
        ("m", At::Mobile),
        ("e", At::Email),
        ("m Enter", At::Email),
        ("m Enter Enter", At::Mobile),
        ("m \"5737\" Enter", At::Mobile),
        ("m \"57001122\" Enter", At::Reason),
        ("m \"57001122\" Enter Enter", At::Reason),
        ("m \"57001122\" Tab \"k\" Enter", At::Email),
        ("e \"k@x.example\" Enter", At::Reason),
        ("m \"57001122\" Enter 1 Tab \"note\" Enter", At::Reason),
        ("m Ctrl+S", At::Mobile),
        ("e Ctrl+S", At::Email),
        ("e Tab 6 Enter", At::Email),
        ("m \"57001122\" Ctrl+S", At::Reason),
        ("m \"57001122\" Tab \"k@\" Tab Tab F2", At::Email),
        ("m Up", At::Notes),
        ("m \"5\" Up", At::Texting),
        ("m \"5\" Down Down Down Down Down", At::Mobile),
        ("m Shift+Tab Shift+Tab", At::Reason),
    ] {
        let (model, _) = opened(card(), keys);
        assert_eq!(form(&model).at, at, "{keys}");
    }
}

#[test]
fn nic_43_to_45_what_is_wrong_is_said_beside_it_and_nothing_is_written() {
    let notes = "n".repeat(501);
    let notes = format!("m \"57001122\" Enter 1 Tab \"{notes}\" Ctrl+S");
    for (keys, said) in [
        ("m \"5737\" Ctrl+S", "too short: 8 digits expected, 4 given; write it like 5737 2333"),
        ("m \"573723339\" Ctrl+S", "too long: 8 digits expected, 9 given"),
        ("m \"+12025550143\" Ctrl+S", "this desk takes only Mauritius mobiles (+230)"),
        ("m \"2108888\" Ctrl+S", "write it like 5737 2333"),
        ("e \"kevin\" Ctrl+S", "the @ is missing; write it like name@example.com"),
        ("e \"v.khanna@example.com\" Ctrl+S", "this is what is on file already: nothing to change"),
        ("m Ctrl+S", "give a new mobile, a new e-mail or both"),
        ("m \"57001122\" Ctrl+S", "a reason is required: 1 to 6 chooses"),
        (notes.as_str(), "501 characters; at most 500 are kept, shorten them"),
    ] {
        let (model, effects) = opened(card(), keys);
        assert_eq!(writes(&effects), [], "{keys}");
        let picture = picture(&model, 80, 24);
        assert!(picture.contains(said), "{keys}\n{picture}");
        assert!(picture.contains("Not saved: see the sentence beside the field."), "{keys}");
    }
}

#[test]
fn a_wrong_number_is_never_shown_as_if_it_were_right() {
    let said = |keys: &str| picture(&opened(card(), keys).0, 80, 24);
    assert!(said("m \"57001122\"").contains("ok  5700 1122"));
    assert!(said("m \"57372333\"").contains("the same as now: counts as a second witness"));
    let wrong = said("m \"5700112\" F8");
    assert!(!wrong.contains("5700 112") && wrong.contains("Read back:  not yet a number"), "{wrong}");
    assert!(said("m \"57001122\" F8").contains("Read back:  57 00 11 22"));
    assert!(!said("m \"57001122\" F8 F8").contains("Read back"));
    assert!(said("m F8").contains("Read back:  nothing typed yet"));
}

#[test]
fn a_yes_goes_with_the_capture_and_a_no_before_it() {
    let (mut model, effects) = opened(card(), "m \"57001122\" Enter 1 Tab Tab y Ctrl+S");
    let given = new("57001122", "", "provided", "");
    assert_eq!(writes(&effects), [(Seq(2), capture(given.clone(), true))]);
    update(&mut model, Msg::Failed(Seq(2), failure(None, "no")));
    let effects = press(&mut model, "n Ctrl+S");
    let no = Write::VoiceNo {
        number: "+23057001122".to_owned(),
        customer: Some(kevin()),
        purposes: Purpose::ALL.to_vec(),
    };
    assert_eq!(writes(&effects), [(Seq(3), no.clone())]);
    let effects = update(&mut model, Msg::Answer(Seq(3), Answer::Saved));
    assert_eq!(writes(&effects), [(Seq(4), capture(given, false))]);
    form(&model);
}

#[test]
fn the_question_is_asked_for_a_new_number_or_where_it_never_was() {
    let never = Card { consent: Some(Consent::NeverAsked), ..card() };
    let (model, effects) = opened(never, "e \"k@x.example\" Enter Tab Tab y Ctrl+S");
    assert_eq!(form(&model).at, At::Texting);
    assert_eq!(writes(&effects), [(Seq(2), capture(new("", "k@x.example", "bounced", ""), true))]);
    // A number that was taken out again takes the answer with it.
    let keys = "m \"5\" Up y Down Backspace Tab \"k@x.example\" Enter Enter";
    let (_, effects) = opened(card(), keys);
    assert_eq!(writes(&effects), [(Seq(2), capture(new("", "k@x.example", "bounced", ""), false))]);
    for (keys, texting) in
        [("y", Some(true)), ("n", Some(false)), ("n -", None), ("Right", Some(true)), ("Y Left", None)]
    {
        let (model, _) = opened(card(), &format!("m \"5\" Up {keys}"));
        assert_eq!(form(&model).texting, texting, "{keys}");
    }
}

fn kept(minutes: u64, body: &str) -> Answer {
    let at = Micros(NOW.0 - i64::try_from(minutes).unwrap() * 60_000_000);
    let name = SafeText::new("Kevin");
    Answer::Draft(Some(Draft {
        customer: Some(kevin()),
        name,
        of: DraftOf::Update,
        body: body.to_owned(),
        at,
    }))
}

const KEPT: &str = r#"{"v":1,"mobile":"5700","email":"","reason":"other","notes":"n","texting":true}"#;

#[test]
fn a_fresh_draft_comes_back_and_an_old_one_is_offered() {
    let answered = |keys: &str, answer: Answer| {
        let (mut model, _) = opened(card(), keys);
        update(&mut model, Msg::Answer(Seq(1), answer));
        model
    };
    let typed = Typed::read(KEPT).unwrap();
    let model = answered("m", kept(59, KEPT));
    assert_eq!((form(&model).typed(), &form(&model).offered), (typed.clone(), &None));
    for (keys, minutes) in [("m", 60), ("m 9", 5)] {
        let mut model = answered(keys, kept(minutes, KEPT));
        let before = form(&model).typed();
        assert_ne!(before, typed);
        assert!(picture(&model, 80, 24).contains("Ctrl+R takes it. Nothing saved yet."));
        press(&mut model, "Ctrl+R");
        assert_eq!(form(&model).typed(), typed);
        press(&mut model, "Ctrl+R");
        assert_eq!(form(&model).typed(), if before.is_empty() { typed.clone() } else { before });
    }
    for nothing in [Answer::Draft(None), kept(1, "{broken"), kept(1, "")] {
        let model = answered("m", nothing);
        assert_eq!((form(&model).typed(), &form(&model).offered), (Typed::default(), &None));
    }
    let (mut model, _) = opened(card(), "m");
    update(&mut model, Msg::Answer(Seq(7), kept(1, KEPT)));
    assert!(form(&model).typed().is_empty());
}

#[test]
fn esc_keeps_the_draft_and_says_so() {
    let (mut model, _) = opened(card(), "e \"k\"");
    assert_eq!(press(&mut model, "Esc")[0], Effect::KeepDrafts);
    assert!(matches!(model.top(), Screen::Card(_)));
    let said = model.log.last().map(|toast| toast.text.as_str());
    assert_eq!(said, Some("Nothing saved. What you typed is kept. e goes on with it."));
    let (mut model, _) = opened(card(), "e");
    press(&mut model, "Esc");
    assert_eq!(model.log, []);
}

#[test]
fn nic_44_pastes_are_taken_as_the_policy_takes_them() {
    for paste in [
        "5700 1122",
        "+230 5700-1122\n",
        "\u{202a}5700 1122\u{202c}",
        "tel:+2305700 1122",
        " 5700\u{a0}1122\r\n",
    ] {
        let (mut model, _) = opened(card(), "m");
        update(&mut model, Msg::Paste(paste.to_owned()));
        assert!(picture(&model, 80, 24).contains("ok  5700 1122"), "{paste:?}");
        assert_eq!(writes(&press(&mut model, "Enter 1 Enter")).len(), 1, "{paste:?}");
    }
}

#[test]
fn a_huge_paste_is_cut_and_said() {
    for keys in ["m", "e", "m Up"] {
        let (mut model, _) = opened(card(), keys);
        update(&mut model, Msg::Paste("7".repeat(100_000)));
        let said = model.log.last().map(|toast| toast.text.as_str());
        assert_eq!(said, Some("Nothing more fits in here: the rest was left out."));
        for key in ["8", "Left", "Backspace", "Home"] {
            press(&mut model, key);
        }
        assert!(picture(&model, 80, 24).contains("7777"));
    }
}

#[test]
fn the_domain_on_file_is_suggested() {
    for (keys, email) in [
        ("e \"kevin@ex\" Right", "kevin@example.com"),
        ("e \"kevin@\" End", "kevin@example.com"),
        ("e \"kevin@ex\" Tab", "kevin@ex"),
        ("e \"kevin@ex\" Left Right", "kevin@ex"),
        ("e \"kevin@other\" Right", "kevin@other"),
        // The domain on file before a common one.
        ("e \"kevin@gm\" Right", "kevin@gmail.com"),
        ("e \"kevin@e\" Right", "kevin@example.com"),
        // A slip, and only at the end of the text.
        ("e \"kevin@gmail.con\" Right", "kevin@gmail.com"),
        ("e \"kevin@gmail.con\" End", "kevin@gmail.com"),
        ("e \"kevin@gmail.con\" Tab", "kevin@gmail.con"),
        ("e \"kevin@gmail.con\" Left Right", "kevin@gmail.con"),
        ("e \"kevin@gmail.con\" Enter", "kevin@gmail.con"),
        ("e \"@\" Right", "@"),
    ] {
        assert_eq!(form(&opened(card(), keys).0).typed().email, email, "{keys}");
    }
}

#[test]
fn a_slip_and_a_missing_digit_are_said_while_they_are_typed() {
    for (keys, said) in [
        ("e \"kevin@gmail.con\"", "ok; did you mean gmail.com? Right takes it"),
        ("e \"kevin@gmail.con\" Tab", "ok; did you mean gmail.com?"),
        ("e \"kevin@gmailcom\"", "did you mean gmail.com? Right takes it"),
        ("m \"5700112\"", "one digit short: 7 of 8"),
        ("m \"570011\"", "2 digits short: 6 of 8"),
        ("m \"570011223\"", "one digit too many: 9 of 8"),
        // NIC-138.
        ("e \"kevin@mailinator.com\"", "ok; mailboxes of this domain last for minutes"),
    ] {
        let drawn = picture(&opened(card(), keys).0, 80, 24);
        assert!(drawn.contains(said), "{keys}\n{drawn}");
    }
}

#[test]
fn what_was_read_back_goes_with_the_update() {
    for (keys, fields) in [
        ("m \"57001122\" F8 Enter 1 Enter", vec![Field::Mobile]),
        // Hidden again it was read all the same; a value that was changed since was not.
        ("m \"57001122\" F8 F8 Enter 1 Enter", vec![Field::Mobile]),
        ("m \"57001122\" F8 Backspace \"3\" Enter 1 Enter", vec![]),
        ("m \"57001122\" F8 Backspace \"3\" F8 Enter 1 Enter", vec![Field::Mobile]),
        ("m \"5700112\" F8 \"2\" Enter 1 Enter", vec![]),
        ("m \"57001122\" F8 Tab \"k@x.example\" Enter 1 Enter", vec![Field::Mobile]),
        ("m \"57001122\" Tab \"k@x.example\" Enter F8 1 Enter", vec![Field::Mobile, Field::Email]),
        ("m \"57001122\" Enter 1 Enter", vec![]),
    ] {
        let (_, effects) = opened(card(), keys);
        let read = writes(&effects).into_iter().find_map(|(_, write)| match write {
            Write::Capture { asked, .. } => Some(asked.read_back),
            _ => None,
        });
        assert_eq!(read, Some(fields), "{keys}");
    }
    let both = picture(&opened(card(), "m \"57001122\" Tab \"k@x.example\" Enter F8").0, 80, 24);
    assert!(both.contains("57 00 11 22") && both.contains("K at X dot E-X-A-M-P-L-E"), "{both}");
}

#[test]
fn how_the_caller_was_identified_is_asked_where_the_office_wants_it() {
    let at = |must_verify: bool, keys: &str| {
        let mut model = desk(Role::Agent);
        model.settings.verified_by = vec!["policy number".to_owned(), "date of birth".to_owned()];
        model.settings.must_verify = must_verify;
        let screen = CardScreen::new(kevin(), Some((Box::new(card()), Vec::new())));
        model.stack.push(Screen::Card(screen));
        let effects = press(&mut model, keys);
        (model, effects)
    };
    let said = |(_, effects): (Model, Vec<Effect>)| {
        writes(&effects).into_iter().find_map(|(_, write)| match write {
            Write::Capture { asked, .. } => Some(asked.verified_by),
            _ => None,
        })
    };
    let birth = Some(Some("date of birth".to_owned()));
    assert_eq!(said(at(false, "m \"57001122\" Enter 1 Enter")), Some(None));
    assert_eq!(said(at(false, "m \"57001122\" Enter 1 Tab Tab 2 Enter")), birth);
    assert_eq!(said(at(false, "m \"57001122\" Enter 1 Tab Tab 2 - Enter")), Some(None));
    assert_eq!(said(at(false, "m \"57001122\" Enter 1 Tab Tab Right Right Enter")), birth);
    // Two keys more where it must be said: the digit, and Enter from there.
    let (model, effects) = at(true, "m \"57001122\" Enter 1 Enter");
    assert_eq!((form(&model).at, writes(&effects)), (At::Verified, vec![]));
    let drawn = picture(&model, 80, 24);
    assert!(drawn.contains("say how the caller was identified before anything is changed"), "{drawn}");
    assert_eq!(said(at(true, "m \"57001122\" Enter 1 Enter 2 Enter")), birth);
    let (model, _) = at(true, "m \"57001122\" Enter 1 Enter 2");
    insta::assert_snapshot!("form-verified-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("form-verified-60x20", picture(&model, 60, 20));
}

#[test]
fn who_has_this_form_open_too_is_named() {
    let (mut model, _) = opened(card(), "m");
    let effects = update(&mut model, Msg::Changed);
    let asked = effects.iter().filter_map(|effect| match effect {
        Effect::Read(seq, Read::Others(_)) => Some(*seq),
        _ => None,
    });
    let asked: Vec<Seq> = asked.collect();
    let since = Micros(NOW.0 - 120_000_000);
    let mut answer = |doing: &[&str]| {
        let other =
            |doing: &&str| Presence { name: SafeText::new("Priya Nair"), doing: (*doing).to_owned(), since };
        for seq in &asked {
            let others = doing.iter().map(other).collect();
            update(&mut model, Msg::Answer(*seq, Answer::Others(others)));
        }
        picture(&model, 80, 24)
    };
    assert!(answer(&["viewing", "updating"]).contains("Priya Nair has this form open too, for 2 min."));
    assert!(!answer(&["viewing"]).contains("Priya Nair"));
}

#[test]
fn what_others_change_meanwhile_is_shown_and_followed() {
    let (mut model, _) = opened(card(), "m \"57001122\" Enter 1");
    let changed = Card { mobile: Some(point("+23058120001", Proof::Unknown, "")), ..card() };
    update(&mut model, Msg::Answer(Seq(40), Answer::Card(Box::new(changed))));
    let said = model.log.last().map(|toast| toast.text.as_str());
    assert_eq!(said, Some("The mobile on file was changed just now: look before you save."));
    let seen = Box::new(Seen { mobile: Some(("+23058120001".to_owned(), None)), ..*shown() });
    let expected = Write::Capture {
        customer: kevin(),
        new: new("57001122", "", "provided", ""),
        seen,
        asked: Asked::default(),
    };
    // It is shown until it was looked at: the first save asks for that.
    assert_eq!(writes(&press(&mut model, "Enter")), []);
    let drawn = picture(&model, 80, 24);
    assert!(drawn.contains("changed just now in the master; it was 5737 2333"), "{drawn}");
    assert_eq!(writes(&press(&mut model, "Enter")), [(Seq(2), expected)]);
}

/// NIC-31: the title names the customer; NIC-33, 34, 36 to 41, 47: every part is on the sheet.
#[test]
fn pictures() {
    let keys = "e \"kevin@curepipe.example\" Enter Tab \"email changed with his new job\" Up F8";
    let (model, _) = opened(card(), keys);
    insta::assert_snapshot!("form-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("form-120x40", picture(&model, 120, 40));
    insta::assert_snapshot!("form-60x20", picture(&model, 60, 20));
    let (model, _) = opened(card(), "m");
    insta::assert_snapshot!("form-empty-80x24", picture(&model, 80, 24));
    let (model, _) = opened(card(), "m \"5700\" Tab \"k@\" Ctrl+S");
    insta::assert_snapshot!("form-wrong-80x24", picture(&model, 80, 24));
    let never = Card {
        name: SafeText::new("王小明 \u{202e}evil 👩\u{200d}👩\u{200d}👧\u{200d}👦 שרה"),
        mobile: None,
        email: None,
        consent: Some(Consent::NeverAsked),
        ..card()
    };
    let (mut model, _) = opened(never, "m \"57001122\" Up");
    model.settings.wording = crate::domain::wording::VOICE.to_owned();
    insta::assert_snapshot!("form-asks-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("form-asks-120x40", picture(&model, 120, 40));
    insta::assert_snapshot!("form-asks-60x16", picture(&model, 60, 16));
}
