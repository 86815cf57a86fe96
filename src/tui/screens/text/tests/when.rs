//! Send later (TWS-92): F6, words for a time by the customer's clock, both clocks where they differ.

use super::*;

fn utc(text: &str) -> Micros {
    Micros::parse_rfc3339(text).unwrap()
}

/// Kevin is in Washington, eight or nine hours behind the desk.
fn abroad(till: Option<Micros>, noted: bool) -> Thread {
    let hours = Hours { zone: "America/New_York".into(), sure: true, till, noted };
    Thread { hours, ..thread(Some(yes()), talk()) }
}

fn sent(effects: &[Effect]) -> Option<Write> {
    effects.iter().find_map(|effect| match effect {
        Effect::Write(_, write @ Write::Text { .. }) => Some(write.clone()),
        _ => None,
    })
}

fn at_ten(at: &str) -> Option<Write> {
    let Write::Text { to, from, number, body, purpose, .. } = the_text("Your card is ready.") else {
        return None;
    };
    Some(Write::Text { to, from, number, body, purpose, reply: None, at: Some(utc(at)) })
}

/// The picture's clock: see `testing::NOW`.
#[test]
fn tws_92_f6_asks_when_and_the_words_are_read_by_their_clock() {
    let mut model = opened(abroad(None, false));
    press(&mut model, "\"Your card is ready.\" F6 \"tomorrow 10\"");
    insta::assert_snapshot!("text-later-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("text-later-120x40", picture(&model, 120, 40));
    let effects = press(&mut model, "Enter");
    assert_eq!(sent(&effects), at_ten("2025-11-29T15:00:00Z"));
    let Some(seq) = effects.iter().find_map(|effect| match effect {
        Effect::Write(seq, Write::Text { .. }) => Some(*seq),
        _ => None,
    }) else {
        panic!("{effects:?}")
    };
    update(&mut model, Msg::Answer(seq, Answer::Queued(utc("2025-11-29T15:00:00Z"))));
    let said = &model.log.last().unwrap().text;
    assert_eq!(said, "Saved. It leaves Sat 29 Nov 10:00 there, 19:00 here.");
    assert!(screen(&model).composer.is_empty());
}

#[test]
fn tws_92_what_is_no_time_comes_back_and_sends_nothing() {
    let mut model = opened(abroad(None, false));
    assert_eq!(sent(&press(&mut model, "F6")), None);
    assert_eq!(model.log.last().unwrap().text, "Type the text first; then say when it leaves.");
    let effects = press(&mut model, "\"Your card is ready.\" F6 \"soon\" Enter");
    assert_eq!(sent(&effects), None);
    assert!(model.log.last().unwrap().text.starts_with("Not sent: \"soon\" is no time; write tomorrow 9"));
    assert!(matches!(model.top(), Screen::Line(line) if line.field.text() == "soon"));
    press(&mut model, "Esc");
    assert_eq!(screen(&model).composer.text(), "Your card is ready.");
}

/// In quiet hours the next allowed minute is offered.
#[test]
fn tws_92_in_quiet_hours_their_end_is_offered() {
    let till = utc("2025-11-29T13:00:00Z");
    let mut model = opened(abroad(Some(till), false));
    press(&mut model, "\"Your card is ready.\"");
    insta::assert_snapshot!("text-quiet-80x24", picture(&model, 80, 24));
    press(&mut model, "F6");
    assert!(matches!(model.top(), Screen::Line(line) if line.field.text() == "tomorrow 08:00"));
    assert_eq!(sent(&press(&mut model, "Enter")), at_ten("2025-11-29T13:00:00Z"));

    let mut model = opened(abroad(Some(till), true));
    press(&mut model, "\"Your card is ready.\"");
    insta::assert_snapshot!("text-noted-80x24", picture(&model, 80, 24));
}

#[test]
fn a_text_that_waits_says_till_when_by_both_clocks() {
    let waits = |why: &str, hours: u64| {
        let until = NOW + Duration::from_secs(hours * 3600);
        Text { held_until: Some(until), reason: SafeText::new(why), ..held(9, "Your card is ready.", 1) }
    };
    let texts = vec![waits("quiet hours till 08:00", 9), waits("chosen for Sat 29 Nov 09:00", 20)];
    let model = opened(Thread { texts, ..abroad(None, false) });
    insta::assert_snapshot!("text-waits-80x24", picture(&model, 80, 24));
}
