//! The linter beside the composer: pictures of its remarks, what F7 does, what Enter does not send, and
//! anything that can be pasted.

use super::*;
use crate::domain::lint::{Code, Facts};

fn facts() -> Facts {
    Facts { told_stop: Some(ago(86_400)), ..Facts::default() }
}

/// Answers the newest question of the linter.
fn told(model: &mut Model, effects: &[Effect], facts: Facts) {
    let asked = effects.iter().rev().find_map(|effect| match effect {
        Effect::Read(seq, Read::TextFacts { .. }) => Some(*seq),
        _ => None,
    });
    update(model, Msg::Answer(asked.unwrap(), Answer::TextFacts(Box::new(facts))));
}

/// Kevin's thread, and what the linter knows.
fn looked_at(facts: Facts) -> Model {
    let (mut model, effects) = asked(Party::Customer(kevin()));
    let shown = answered(&mut model, &effects, thread(Some(yes()), vec![]));
    drafted(&mut model, &effects, None);
    told(&mut model, &shown, facts);
    model
}

fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    update(model, Msg::Paste(text.to_owned()))
}

fn queues(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Write(_, Write::Text { .. })))
}

#[test]
fn tws_33_what_the_linter_says_in_pictures() {
    let others = vec![(SafeText::new("5798 0001"), SafeText::new("Anna Curepipe"))];
    let told_stop = Some(ago(316 * 86_400));
    let mut model = looked_at(Facts { told_stop, others, ..Facts::default() });
    paste(
        &mut model,
        "Votre code QR part maintenant, ou Anna: 5798 0001. Merci de payer avant vendredi \u{2728}",
    );
    for (width, height) in [(80, 24), (120, 40), (60, 16)] {
        insta::assert_snapshot!(format!("lint-{width}x{height}"), picture(&model, width, height));
    }
    let mut model = looked_at(facts());
    paste(&mut model, "Dear {first_name}, pay at https//pay.example.com");
    press(&mut model, "Enter");
    insta::assert_snapshot!("lint-stopped-80x24", picture(&model, 80, 24));
    let mut model = looked_at(facts());
    paste(&mut model, "Your receipt is ready.");
    insta::assert_snapshot!("lint-fine-80x24", picture(&model, 80, 24));
}

/// TWS-77: only where the office's list has the country.
#[test]
fn tws_77_the_price_stands_beside_the_count() {
    let mut model = looked_at(facts());
    paste(&mut model, &"a".repeat(161));
    assert!(picture(&model, 80, 24).contains(" 161 units  GSM-7  2 segments\n"));
    let mut us = Thread { number: Some(SafeText::new("+12025550143")), ..thread(Some(yes()), vec![]) };
    us.name = SafeText::new("Jane");
    changed(&mut model, us);
    assert!(picture(&model, 80, 24).contains(" 161 units  GSM-7  2 segments  about USD 0.0158\n"));
}

#[test]
fn f7_does_one_thing_after_the_other_and_says_what() {
    let mut model = looked_at(Facts::default());
    press(&mut model, "F7");
    let said = |model: &Model| model.toast().map(|toast| toast.text.clone()).unwrap();
    assert_eq!(said(&model), "There is nothing here that a key can fix.");
    paste(&mut model, "It\u{2019}s ready\u{200b}");
    let mut steps = Vec::new();
    for _ in 0..3 {
        let effects = press(&mut model, "F7");
        assert_eq!(drafts(&effects).last().copied(), Some(screen(&model).composer.text()));
        steps.push((screen(&model).composer.text().to_owned(), said(&model)));
    }
    let step = |text: &str, said: &str| (text.to_owned(), said.to_owned());
    assert_eq!(
        steps,
        [
            step("It\u{2019}s ready", "TEXT-4 is done: 10 units  UCS-2  1 segment."),
            step("It's ready", "SEG-1 is done: 10 units  GSM-7  1 segment."),
            step("It's ready\nReply STOP to end texts.", "STOP-4 is done: 35 units  GSM-7  1 segment."),
        ]
    );
}

/// An error stops Enter with the way out; a warning never does.
#[test]
fn an_error_stops_the_text_and_a_warning_does_not() {
    let mut model = looked_at(facts());
    paste(&mut model, "Dear {name}");
    assert!(!queues(&press(&mut model, "Enter")));
    let said = "Not sent, VAR-1: {name} is not filled in: write what belongs there.";
    assert_eq!(model.toast().map(|toast| toast.text.as_str()), Some(said));
    assert_eq!(screen(&model).composer.text(), "Dear {name}");
    model.settings.lint.levels = [(Code::Unfilled, Some(crate::domain::lint::Level::Warn))].into();
    assert!(queues(&press(&mut model, "Enter")));
    // What is not known yet stops nobody: the gate asks again.
    let mut model = opened(thread(Some(yes()), vec![]));
    paste(&mut model, "Bonjour");
    assert!(queues(&press(&mut model, "Enter")));
}

#[test]
fn whose_a_number_is_is_asked_when_it_is_typed_and_when_the_thread_changes() {
    let mut model = looked_at(facts());
    assert!(!press(&mut model, "\"Call 579\"").iter().any(|effect| matches!(effect, Effect::Read(..))));
    let effects = press(&mut model, "\"80001\"");
    let asked: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Read(_, Read::TextFacts { mentions, number, .. }) => {
                Some((number.as_str(), mentions.clone()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(asked, [(NUMBER, vec!["+23057980001".to_owned()])]);
    // An older answer says nothing about it any more.
    let older = changed(&mut model, thread(Some(yes()), vec![]));
    let others = vec![(SafeText::new("x"), SafeText::new("Anna"))];
    told(&mut model, &effects, Facts { others: others.clone(), ..facts() });
    assert_eq!(screen(&model).facts.as_deref(), Some(&facts()));
    told(&mut model, &older, Facts { others: others.clone(), ..facts() });
    assert_eq!(screen(&model).facts.as_ref().map(|facts| facts.others.clone()), Some(others));
}

/// Bad input: sizes at the border, nothing, blanks; what stays in the box and what leaves.
#[test]
fn sizes_at_the_border() {
    for (text, leaves) in [
        ("a".repeat(1600), true),
        ("a".repeat(1601), false),
        ("a".repeat(10_000), false),
        ("\u{1f44d}".repeat(800), true),
        ("\u{1f44d}".repeat(801), false),
        (String::new(), false),
        ("   ".to_owned(), false),
        ("\n\t \u{a0}".to_owned(), false),
        (format!("  {}  ", "a".repeat(1600)), true),
    ] {
        let mut model = looked_at(facts());
        paste(&mut model, &text);
        let body = screen(&model).body().to_owned();
        assert_eq!(queues(&press(&mut model, "Enter")), leaves, "{} units", body.encode_utf16().count());
        picture(&model, 80, 24);
    }
}

/// Every plane, storms of marks, families, right-to-left, NUL, escapes.
fn anything() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let piece = prop_oneof![
        "[ -~\n]{0,80}",
        "[\0-\u{1f}\u{7f}-\u{9f}]{0,12}",
        Just("\u{1b}]0;title\u{7}\u{1b}[2J".to_owned()),
        "e[\u{300}-\u{36f}]{0,120}",
        Just("\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}".to_owned()),
        "[\u{590}-\u{6ff}]{0,30}",
        "[\u{202a}-\u{202e}\u{2066}-\u{2069}\u{e0020}-\u{e007f}]{0,8}",
        "[\u{4e00}-\u{4eff}]{0,60}",
        proptest::collection::vec(any::<char>(), 0..40).prop_map(|chars| chars.into_iter().collect()),
        Just("x".repeat(1590)),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever is pasted: no picture holds what a terminal would obey, Enter sends exactly what is no
    /// error, and F7 comes to an end.
    #[test]
    fn anything_can_be_pasted(text in anything(), width in 60_u16..130, height in 16_u16..45) {
        let mut model = looked_at(facts());
        paste(&mut model, &text);
        let obeyed = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
        proptest::prop_assert!(!picture(&model, width, height).contains(obeyed));
        for _ in 0..8 {
            press(&mut model, "F7");
        }
        let last = model.toast().map(|toast| toast.text.clone());
        proptest::prop_assert_eq!(last.as_deref(), Some("There is nothing here that a key can fix."));
        proptest::prop_assert!(!picture(&model, width, height).contains(obeyed));
        let findings = screen(&model).findings(&model.settings.lint, model.now);
        let stopped = screen(&model).body().is_empty()
            || findings.iter().any(|finding| finding.level == crate::domain::lint::Level::Err);
        proptest::prop_assert_eq!(queues(&press(&mut model, "Enter")), !stopped);
    }
}
