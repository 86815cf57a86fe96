//! Sending once and only where a yes is on file; nothing typed is lost; pictures of the odd cases.

mod check;
mod drafts;
mod when;

use uuid::Uuid;

use super::*;
use crate::domain::consent::Purpose;
use crate::domain::role::Role;
use crate::domain::shown::Hours;
use crate::tui::model::Model;
use crate::tui::msg::Msg;
use crate::tui::screens::card::CardScreen;
use crate::tui::testing::{NOW, desk, picture, press};
use crate::tui::update::{open, update};

const NUMBER: &str = "+23057372333";

fn kevin() -> CustomerId {
    CustomerId(Uuid::from_u128(7013))
}

fn ago(seconds: u64) -> Micros {
    NOW - std::time::Duration::from_secs(seconds)
}

fn yes() -> Consent {
    Consent::Yes { method: "voice".into(), at: ago(270 * 86400) }
}

fn stop() -> Consent {
    let why = "the customer texted STOP on 2025-11-28; only their own START opens this number again".into();
    Consent::No { since: ago(60), why, stopped: true }
}

fn no() -> Consent {
    let why = "the customer said no to texts on 2025-11-01; ask them, then press Enter".into();
    Consent::No { since: ago(27 * 86400), why, stopped: false }
}

fn out(id: u128, status: &str, body: &str, seconds: u64) -> Text {
    Text {
        id: MessageId(Uuid::from_u128(id)),
        inbound: false,
        body: SafeText::multiline(body),
        status: status.into(),
        error_code: None,
        segments: Some(1),
        at: ago(seconds),
        held_until: None,
        job: None,
        by: SafeText::default(),
        reason: SafeText::default(),
        price: None,
        again: false,
        media: Vec::new(),
    }
}

fn theirs(id: u128, body: &str, seconds: u64) -> Text {
    Text { inbound: true, ..out(id, "received", body, seconds) }
}

fn held(id: u128, body: &str, left: u64) -> Text {
    let held_until = Some(NOW + std::time::Duration::from_secs(left));
    Text { segments: None, held_until, job: Some(41), ..out(id, "waiting", body, 1) }
}

fn thread(consent: Option<Consent>, texts: Vec<Text>) -> Thread {
    Thread {
        party: Party::Customer(kevin()),
        name: SafeText::new("Kevin Anderson Curepipe"),
        number: Some(SafeText::new(NUMBER)),
        consent,
        timezone: "Indian/Mauritius".into(),
        hours: Hours::default(),
        ours: None,
        answering: Vec::new(),
        texts,
    }
}

fn talk() -> Vec<Text> {
    vec![
        theirs(1, "merci", 400 * 86400),
        out(2, "delivered", "Your receipt for January is ready.", 320 * 86400),
        Text {
            error_code: Some(30005),
            ..out(
                3,
                "undelivered",
                "Your QR code for LIB/C7013 is ready: pay it before Friday, please.",
                16 * 86400,
            )
        },
        out(4, "unconfirmed", "Hello?\nAre you there?", 7200),
        held(5, "Your QR code is on its way.", 4),
    ]
}

/// The card and the thread above it, as yet without an answer; what was asked for last.
fn asked(party: Party) -> (Model, Vec<Effect>) {
    let mut model = desk(Role::Agent);
    let mut effects = Vec::new();
    if let Party::Customer(id) = party {
        open(&mut model, Screen::Card(CardScreen::new(id, None)), &mut effects);
    }
    effects.clear();
    open(&mut model, Screen::Text(TextScreen::new(party)), &mut effects);
    (model, effects)
}

fn read_of(effects: &[Effect]) -> Seq {
    let thread = |effect: &Effect| match effect {
        Effect::Read(seq, Read::Thread(_)) => Some(*seq),
        _ => None,
    };
    effects.iter().rev().find_map(thread).unwrap()
}

fn write_of(effects: &[Effect]) -> (Seq, Write) {
    let writes: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Write(seq, write) => Some((*seq, write.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(writes.len(), 1, "{effects:?}");
    writes[0].clone()
}

fn drafts(effects: &[Effect]) -> Vec<&str> {
    let mut bodies = Vec::new();
    for effect in effects {
        if let Effect::Draft { of: DraftOf::Text, body, .. } | Effect::DraftTo { body, .. } = effect {
            bodies.push(body.as_str());
        }
    }
    bodies
}

fn answered(model: &mut Model, effects: &[Effect], thread: Thread) -> Vec<Effect> {
    update(model, Msg::Answer(read_of(effects), Answer::Thread(Box::new(thread))))
}

fn drafted(model: &mut Model, effects: &[Effect], draft: Option<Draft>) -> Vec<Effect> {
    let read = effects.iter().find_map(|effect| match effect {
        Effect::Read(seq, Read::Draft { of: DraftOf::Text, .. } | Read::DraftTo(_)) => Some(*seq),
        _ => None,
    });
    update(model, Msg::Answer(read.unwrap(), Answer::Draft(draft)))
}

fn draft(body: &str, age: u64) -> Draft {
    Draft {
        customer: Some(kevin()),
        name: SafeText::new("Kevin"),
        of: DraftOf::Text,
        body: body.into(),
        at: ago(age),
    }
}

/// The thread on screen, no draft.
fn opened(thread: Thread) -> Model {
    let (mut model, effects) = asked(thread.party.clone());
    answered(&mut model, &effects, thread);
    drafted(&mut model, &effects, None);
    model
}

/// Kevin's thread, nothing typed: for the boxes over it.
pub fn ready() -> Model {
    opened(thread(Some(yes()), talk()))
}

/// Something changed on disk, and this is the thread now.
fn changed(model: &mut Model, thread: Thread) -> Vec<Effect> {
    let effects = update(model, Msg::Changed);
    answered(model, &effects, thread)
}

fn screen(model: &Model) -> &TextScreen {
    match model.stack.last() {
        Some(Screen::Text(screen)) => screen,
        other => panic!("{other:?}"),
    }
}

fn failure(why: &str) -> Failure {
    Failure { why: why.into(), field: None, blocked: false, stale: false }
}

fn the_text(body: &str) -> Write {
    Write::Text {
        to: Party::Customer(kevin()),
        from: Some(SafeText::new("+23052500100")),
        number: NUMBER.into(),
        body: Body(body.into()),
        purpose: Purpose::Service,
        at: None,
        reply: None,
    }
}

#[test]
fn tws_30_enter_sends_once_and_the_box_is_empty_when_it_is_on_disk() {
    let mut model = opened(thread(Some(yes()), talk()));
    let typed = press(&mut model, "\" Bonjour \" Alt+Enter \"Kevin \"");
    assert_eq!(drafts(&typed).last(), Some(&" Bonjour \nKevin "));
    let (seq, write) = write_of(&press(&mut model, "Enter"));
    assert_eq!(write, the_text("Bonjour \nKevin"));
    assert_eq!(press(&mut model, "Enter Enter"), []);
    assert_eq!(screen(&model).composer.text(), " Bonjour \nKevin ");
    let effects = update(&mut model, Msg::Answer(seq, Answer::Queued(NOW)));
    assert_eq!(drafts(&effects), [""]);
    assert_eq!((screen(&model).composer.text(), screen(&model).typing), ("", true));
    read_of(&effects);
    assert_eq!(press(&mut model, "Enter"), []);
}

#[test]
fn what_is_typed_while_a_text_is_saved_stays() {
    let mut model = opened(thread(Some(yes()), vec![]));
    let (seq, _) = write_of(&press(&mut model, "\"one\" Enter"));
    press(&mut model, "Enter \" two\"");
    let effects = update(&mut model, Msg::Answer(seq, Answer::Queued(NOW)));
    assert_eq!((screen(&model).composer.text(), drafts(&effects)), ("two", vec!["two"]));
}

#[test]
fn a_text_that_was_not_saved_stays_in_the_box_with_the_reason() {
    let mut model = opened(thread(Some(yes()), vec![]));
    let (seq, _) = write_of(&press(&mut model, "\"one\" Enter"));
    let effects = update(&mut model, Msg::Failed(seq, failure("The disk is full. Enter tries again.")));
    read_of(&effects);
    assert_eq!(screen(&model).composer.text(), "one");
    assert_eq!(screen(&model).trouble.as_deref(), Some("The disk is full. Enter tries again."));
    let (again, write) = write_of(&press(&mut model, "Enter"));
    assert_eq!((again > seq, write, screen(&model).trouble.clone()), (true, the_text("one"), None));
    // The late word about the first try changes nothing.
    update(&mut model, Msg::Answer(seq, Answer::Queued(NOW)));
    assert_eq!(screen(&model).composer.text(), "one");
}

#[test]
fn a_text_that_is_too_long_is_refused_before_it_is_sent() {
    let mut model = opened(thread(Some(yes()), vec![]));
    update(&mut model, Msg::Paste("é".repeat(1612)));
    assert_eq!(press(&mut model, "Enter"), []);
    let said = "TEXT-2: 1612 units are more than the 1600 one text may have: shorten it by 12.";
    assert_eq!(model.toast().map(|toast| toast.text.clone()), Some(format!("Not sent, {said}")));
    assert!(picture(&model, 80, 24).contains("err  TEXT-2 1612 units"));
    let effects = press(&mut model, &"Backspace ".repeat(12));
    assert_eq!(drafts(&effects).len(), 12);
    write_of(&press(&mut model, "Enter"));
}

#[test]
fn a_paste_that_is_cut_says_so() {
    let mut model = opened(thread(Some(yes()), vec![]));
    update(&mut model, Msg::Paste("a".repeat(100_000)));
    let said = "Nothing more fits in here: the rest was left out.";
    assert_eq!(model.toast().map(|toast| toast.text.as_str()), Some(said));
}

/// Keys that were meant as text must not act on the desk: `u` would take back, a digit look up.
#[test]
fn a_stop_while_typing_closes_the_box_at_once_and_keeps_what_was_typed() {
    let mut model = opened(thread(Some(yes()), vec![held(5, "first", 4)]));
    press(&mut model, "\"and anoth\"");
    let canceled = Text { status: "canceled".into(), held_until: None, job: None, ..held(5, "first", 4) };
    changed(&mut model, thread(Some(stop()), vec![canceled, theirs(6, "STOP", 0)]));
    insta::assert_snapshot!("stop-while-typing-80x24", picture(&model, 80, 24));
    let effects = press(&mut model, "\"er u 5\" Enter Enter");
    assert!(
        !effects.iter().any(|effect| matches!(effect, Effect::Write(..) | Effect::Read(..))),
        "{effects:?}"
    );
    assert_eq!(drafts(&effects).last(), Some(&"and another u 5"));
    assert_eq!(screen(&model).typing(), Some(Target::new("TEXT (closed)")));
    press(&mut model, "Esc");
    assert_eq!((screen(&model).typing(), screen(&model).composer.text()), (None, "and another u 5"));
    press(&mut model, "Esc");
    assert!(matches!(model.stack.last(), Some(Screen::Card(_))));
}

#[test]
fn a_start_opens_the_box_again_with_what_was_typed() {
    let mut model = opened(thread(Some(yes()), vec![]));
    press(&mut model, "\"hello\"");
    changed(&mut model, thread(Some(stop()), vec![theirs(6, "STOP", 9)]));
    changed(&mut model, thread(Some(yes()), vec![theirs(6, "STOP", 9), theirs(7, "START", 0)]));
    let (_, write) = write_of(&press(&mut model, "Enter"));
    assert_eq!(write, the_text("hello"));
}

#[test]
fn g7_one_key_records_a_yes_by_voice_and_the_box_opens() {
    let mut model = opened(thread(Some(Consent::NeverAsked), vec![]));
    assert_eq!(screen(&model).typing(), None);
    insta::assert_snapshot!("never-asked-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("never-asked-120x40", picture(&model, 120, 40));
    let (seq, write) = write_of(&press(&mut model, "Enter"));
    assert_eq!(write, Write::VoiceYes { number: NUMBER.into(), customer: Some(kevin()) });
    assert_eq!(press(&mut model, "Enter"), []);
    let effects = update(&mut model, Msg::Answer(seq, Answer::Saved));
    answered(&mut model, &effects, thread(Some(yes()), vec![]));
    assert_eq!(screen(&model).typing(), Some(Target::new("TEXT to 5737 2333")));
}

#[test]
fn a_no_is_asked_about_twice_before_it_becomes_a_yes() {
    let mut model = opened(thread(Some(no()), vec![]));
    assert_eq!(press(&mut model, "Enter"), []);
    assert!(matches!(model.stack.last(), Some(Screen::Ask(_))));
    let (_, write) = write_of(&press(&mut model, "Enter"));
    assert_eq!(write, Write::VoiceYes { number: NUMBER.into(), customer: Some(kevin()) });
    // A STOP is the customer's own to take back.
    let mut model = opened(thread(Some(stop()), vec![]));
    assert_eq!(press(&mut model, "Enter"), []);
    assert!(matches!(model.stack.last(), Some(Screen::Text(_))));
}

#[test]
fn a_no_by_voice_is_recorded_for_what_it_was_about() {
    let mut model = opened(thread(Some(Consent::NeverAsked), vec![]));
    press(&mut model, "! Down");
    let (seq, write) = write_of(&press(&mut model, "Enter"));
    let purposes = vec![Purpose::Service];
    assert_eq!(write, Write::VoiceNo { number: NUMBER.into(), customer: Some(kevin()), purposes });
    let effects = update(&mut model, Msg::Failed(seq, failure("The disk is full.")));
    answered(&mut model, &effects, thread(Some(Consent::NeverAsked), vec![]));
    assert_eq!(
        write_of(&press(&mut model, "Enter")).1,
        Write::VoiceYes { number: NUMBER.into(), customer: Some(kevin()) }
    );
}

#[test]
fn without_a_mobile_the_way_to_one_is_named() {
    let none = Thread { number: None, ..thread(None, vec![theirs(1, "from an old number", 99)]) };
    let mut model = opened(none);
    assert!(
        picture(&model, 80, 24)
            .contains(" There is no mobile on file: nothing can be sent.\n m takes a new one")
    );
    assert_eq!(press(&mut model, "Enter"), []);
    press(&mut model, "m");
    assert!(matches!(model.stack.last(), Some(Screen::Card(_))), "the card opens its form once it is read");
}

#[test]
fn up_in_an_empty_box_takes_the_newest_own_text_back() {
    let mut model = opened(thread(Some(yes()), talk()));
    let (seq, write) = write_of(&press(&mut model, "Up"));
    assert_eq!(write, Write::TakeBack { seq: 41, kind: "text".into() });
    assert_eq!(press(&mut model, "Up"), []);
    press(&mut model, "\"and\"");
    let undone = Undone {
        kind: "text".into(),
        customer: Some(kevin()),
        name: SafeText::new("Kevin"),
        body: "Your QR code is on its way.".into(),
    };
    let effects = update(&mut model, Msg::Answer(seq, Answer::Undone(undone)));
    let whole = "Your QR code is on its way.\nand";
    assert_eq!((screen(&model).composer.text(), drafts(&effects)), (whole, vec![whole]));
    // Now it is a key of the box.
    assert_eq!(press(&mut model, "Up Up"), []);
}

#[test]
fn what_has_left_cannot_be_taken_back_and_that_is_said() {
    let mut model = opened(thread(Some(yes()), talk()));
    let (seq, _) = write_of(&press(&mut model, "Up"));
    let effects = update(&mut model, Msg::Failed(seq, failure("It is being sent now.")));
    assert_eq!(model.toast().map(|toast| toast.text.as_str()), Some("It is being sent now."));
    answered(&mut model, &effects, thread(Some(yes()), vec![out(5, "sent", "x", 1)]));
    assert_eq!(press(&mut model, "Up"), []);
}

#[test]
fn g8_a_stranger_is_answered_like_a_customer() {
    let party = Party::Number(SafeText::new("+23057009988"));
    let stranger = Thread {
        party: party.clone(),
        name: SafeText::default(),
        number: Some(SafeText::new("+23057009988")),
        consent: Some(yes()),
        timezone: String::new(),
        hours: Hours::default(),
        ours: None,
        answering: Vec::new(),
        texts: vec![theirs(1, "who is this?", 60)],
    };
    let mut model = opened(stranger);
    insta::assert_snapshot!("stranger-80x24", picture(&model, 80, 24));
    let typed = press(&mut model, "\"us\"");
    let draft = Effect::DraftTo { number: SafeText::new("+23057009988"), body: Body("us".into()) };
    assert_eq!(typed.last(), Some(&draft));
    let (_, write) = write_of(&press(&mut model, "Enter"));
    let Write::Text { to, number, .. } = write else { panic!("{write:?}") };
    assert_eq!((to, number.as_str()), (party, "+23057009988"));
}

#[test]
fn a_sender_without_a_number_can_be_read_and_not_answered() {
    let party = Party::Number(SafeText::new("MYBANK"));
    let model = opened(Thread { party, name: SafeText::default(), number: None, ..thread(None, talk()) });
    let said = " This sender has no number: it can write to us and cannot be answered.";
    assert!(picture(&model, 80, 24).contains(said));
}

#[test]
fn what_was_seen_is_marked_as_read_once() {
    let (mut model, effects) = asked(Party::Customer(kevin()));
    let first = answered(&mut model, &effects, thread(Some(yes()), vec![theirs(1, "merci", 9)]));
    assert_eq!(write_of(&first).1, Write::ReadThread(Party::Customer(kevin())));
    let same = changed(&mut model, thread(Some(yes()), vec![theirs(1, "merci", 9)]));
    assert!(!same.iter().any(|effect| matches!(effect, Effect::Write(..))), "{same:?}");
    let more = vec![theirs(1, "merci", 9), theirs(2, "beaucoup", 1)];
    assert_eq!(
        write_of(&changed(&mut model, thread(Some(yes()), more))).1,
        Write::ReadThread(Party::Customer(kevin()))
    );
}

#[test]
fn old_answers_count_no_more_and_an_overtaken_question_is_asked_again() {
    let (mut model, effects) = asked(Party::Customer(kevin()));
    let newer = update(&mut model, Msg::Changed);
    answered(&mut model, &effects, thread(Some(stop()), vec![]));
    assert_eq!(screen(&model).thread, None);
    let overtaken = Failure { stale: true, ..failure("") };
    assert_eq!(update(&mut model, Msg::Failed(read_of(&effects), overtaken.clone())), []);
    let again = update(&mut model, Msg::Failed(read_of(&newer), overtaken));
    answered(&mut model, &again, thread(Some(yes()), vec![]));
    assert!(screen(&model).is_open());
}

#[test]
fn a_thread_that_cannot_be_read_says_why() {
    let (mut model, effects) = asked(Party::Customer(kevin()));
    update(&mut model, Msg::Failed(read_of(&effects), failure("There is no such customer.")));
    assert!(picture(&model, 80, 24).contains(" There is no such customer."));
}

#[test]
fn seconds_are_counted_only_while_something_waits() {
    let mut model = opened(thread(Some(yes()), talk()));
    assert!(screen(&model).is_restless(NOW));
    assert!(picture(&model, 80, 24).contains("sends in 4 s"));
    update(&mut model, Msg::Tick(NOW + std::time::Duration::from_secs(3), 4 * 3600));
    assert!(picture(&model, 80, 24).contains("sends in 1 s"));
    update(&mut model, Msg::Tick(NOW + std::time::Duration::from_secs(4), 4 * 3600));
    assert!(!screen(&model).is_restless(model.now));
    assert!(picture(&model, 80, 24).contains("waits to leave"));
}

#[test]
fn tws_35_the_newest_is_shown_unless_somebody_scrolled_up() {
    let many = |n: u64| {
        let text = |at: u64| theirs(u128::from(at), &format!("text number {at}"), 20_000 - at);
        thread(Some(yes()), (1..=n).map(text).collect())
    };
    let mut model = opened(many(10_000));
    assert!(picture(&model, 80, 24).contains("text number 10000"));
    press(&mut model, "PgUp PgUp");
    changed(&mut model, many(10_001));
    let shown = picture(&model, 80, 24);
    assert!(shown.contains("text number 9992") && !shown.contains("text number 9993"), "{shown}");
    assert!(shown.contains(" 9 newer texts below: PgDn"), "{shown}");
    press(&mut model, &"PgUp ".repeat(2600));
    assert!(picture(&model, 80, 24).contains("text number 1\n"));
    press(&mut model, &"PgDn ".repeat(2600));
    assert_eq!(screen(&model).lowest, None);
}

#[test]
fn esc_says_that_the_draft_is_kept() {
    let mut model = opened(thread(Some(yes()), vec![]));
    press(&mut model, "\"later\" Esc");
    let said = model.toast().map(|toast| toast.text.as_str());
    assert_eq!(said, Some("What you typed is kept as a draft."));
}

#[test]
fn tws_28_to_33_the_thread_and_the_box() {
    let mut model = opened(thread(Some(yes()), talk()));
    insta::assert_snapshot!("empty-box-80x24", picture(&model, 80, 24));
    press(&mut model, "\"Votre code QR part maintenant. Merci de payer avant vendredi 17h. A bientot…\"");
    insta::assert_snapshot!("text-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("text-120x40", picture(&model, 120, 40));
    insta::assert_snapshot!("text-60x20", picture(&model, 60, 20));
}

#[test]
fn a_desk_that_is_not_set_up_to_text_says_what_is_missing() {
    let mut model = opened(thread(Some(yes()), vec![out(8, "waiting", "hello", 60)]));
    let missing = "TWILIO_AUTH_TOKEN is not set: put it in the environment, or save it with `cordboard \
                   secret set TWILIO_AUTH_TOKEN`";
    model.state.no_texting = Some(missing.to_owned());
    insta::assert_snapshot!("not-set-up-80x24", picture(&model, 80, 24));
    model.settings.numbers.clear();
    assert!(picture(&model, 80, 24).contains(" Texting is not set up: TWILIO_AUTH_TOKEN is not set"));
}

#[test]
fn odd_words_keep_their_columns() {
    let odd = vec![
        theirs(1, "王小明先生，您好，您的保單付款代碼已經發送，請查收。謝謝您的支持", 9000),
        theirs(2, "مرحبا كيف حالك اليوم", 8000),
        theirs(3, "👩‍👩‍👧 👍🏽 ok", 7000),
        out(4, "sent", &"Averyveryverylongwordwithoutanyspaceinit".repeat(3), 6000),
        out(5, "teleported", "", 5000),
        Text { error_code: Some(21610), ..out(6, "rejected", "x", 4000) },
        Text { error_code: Some(99999), segments: Some(3), ..out(7, "failed", "y", 3000) },
    ];
    let name = SafeText::new("Maximiliana-Alexandrina Ramgoolam-Wickramasinghe 王小明 de la Tour");
    let mut model = opened(Thread { name, ..thread(Some(yes()), odd) });
    update(&mut model, Msg::Paste("one\ntwo\nthree\nfour\nfive\nsix\nseven".into()));
    insta::assert_snapshot!("odd-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("odd-120x40", picture(&model, 120, 40));
}

proptest::proptest! {
    /// Whatever is pressed and heard, at any size: it can be drawn, and without a yes on file no
    /// text is handed on.
    #[test]
    fn any_keys_and_news_can_be_drawn_and_never_text_a_closed_number(
        steps in proptest::collection::vec((0_usize..16, 0_usize..5), 0..40),
        width in 60_u16..130,
        height in 16_u16..45,
    ) {
        let keys = [
            "a", "Enter", "Alt+Enter", "Up", "Down", "PgUp", "PgDn", "Backspace", "Home", "!", "é", "Space", "5",
            "Left", "u", "End",
        ];
        let consents = [Some(yes()), Some(stop()), Some(no()), Some(Consent::NeverAsked), None];
        let mut model = opened(thread(None, talk()));
        for (key, news) in steps {
            let effects = press(&mut model, keys[key]);
            let open = match model.stack.last() {
                Some(Screen::Text(screen)) => screen.is_open(),
                _ => false,
            };
            let sent = effects.iter().any(|effect| matches!(effect, Effect::Write(_, Write::Text { .. })));
            proptest::prop_assert!(open || !sent);
            if model.stack.iter().any(|screen| matches!(screen, Screen::Text(_))) {
                changed(&mut model, thread(consents[news].clone(), talk()));
            }
            picture(&model, width, height);
        }
    }
}
