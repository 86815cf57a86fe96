//! A digit takes a reply, letters find one, what is missing is asked for, and nothing is left out.

use uuid::Uuid;

use super::*;
use crate::domain::consent::Purpose;
use crate::domain::ids::TemplateId;
use crate::tui::model::Model;
use crate::tui::msg::{Effect, Msg, Write};
use crate::tui::screens::Screen;
use crate::tui::screens::text::tests::ready;
use crate::tui::testing::{picture, press};
use crate::tui::update::update;

fn reply(id: u128, folder: &str, name: &str, language: &str, body: &str) -> Reply {
    Reply {
        id: TemplateId(Uuid::from_u128(id)),
        mine: id == 3,
        folder: SafeText::new(folder),
        name: SafeText::new(name),
        language: language.to_owned(),
        marketing: false,
        body: SafeText::multiline(body),
        used: i64::try_from(id).unwrap() * 4,
    }
}

fn known() -> Replies {
    let values = [
        ("first_name", "Kevin"),
        ("amount_due", "MUR 4,491.29"),
        ("due_date", "2025-12-05"),
        ("agent", "David Brown"),
    ];
    Replies {
        replies: vec![
            reply(0, "", "Hello", "en", "Hello {first_name|there}, this is {agent}."),
            reply(
                1,
                "billing",
                "Amount due",
                "en",
                "Hello {first_name|there}, {amount_due} is due on {due_date:long}. Thank you, {agent}.",
            ),
            reply(
                2,
                "billing",
                "Montant dû",
                "fr",
                "Bonjour {first_name|vous}, {amount_due} avant le {due_date:long}.",
            ),
            reply(3, "", "Call back", "", "We call you {when} about {what}. {agent}"),
        ],
        values: values.map(|(name, value)| (name.to_owned(), SafeText::new(value))).into(),
    }
}

/// Kevin's thread with the box over it.
fn opened(replies: Replies) -> Model {
    let mut model = ready();
    let effects = press(&mut model, "F4");
    let [Effect::Read(seq, Read::Replies(_))] = effects[..] else { panic!("{effects:?}") };
    update(&mut model, Msg::Answer(seq, Answer::Replies(Box::new(replies))));
    model
}

/// What stands in the composer below.
fn written(model: &Model) -> &str {
    match model.top() {
        Screen::Text(screen) => screen.composer.text(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tws_91_replies_in_pictures() {
    let mut model = opened(known());
    press(&mut model, "Down");
    for (width, height) in [(80, 24), (120, 40), (60, 16)] {
        insta::assert_snapshot!(format!("replies-{width}x{height}"), picture(&model, width, height));
    }
    press(&mut model, "4 \"tomorrow at 9\"");
    insta::assert_snapshot!("replies-asked-80x24", picture(&model, 80, 24));
    let none = opened(Replies::default());
    insta::assert_snapshot!("replies-none-80x24", picture(&none, 80, 24));
}

#[test]
fn a_digit_or_some_letters_and_enter_put_the_words_into_the_box() {
    let due = "Hello Kevin, MUR 4,491.29 is due on 5 December 2025. Thank you, David Brown.";
    let table = [
        ("1", "Hello Kevin, this is David Brown."),
        ("2", due),
        ("Down Enter", due),
        ("\"due\" Enter", due),
        ("\"mnta\" Enter", "Bonjour Kevin, MUR 4,491.29 avant le 5 décembre 2025."),
        ("\"bonjour\" 1", "Bonjour Kevin, MUR 4,491.29 avant le 5 décembre 2025."),
        ("\"xyz\" Enter 1 0 Esc", ""),
        ("9 Esc", ""),
    ];
    for (keys, words) in table {
        let mut model = opened(known());
        press(&mut model, keys);
        assert_eq!(written(&model), words, "{keys}");
    }
}

/// The words come in where the caret is, and the text that is sent names its reply.
#[test]
fn what_is_sent_names_the_reply_it_was_made_of() {
    let mut model = opened(known());
    press(&mut model, "Esc \"PS. \" F4");
    let seq = Seq(model.seq);
    update(&mut model, Msg::Answer(seq, Answer::Replies(Box::new(known()))));
    press(&mut model, "1");
    assert_eq!(written(&model), "PS. Hello Kevin, this is David Brown.");
    let effects = press(&mut model, "Enter");
    let sent = effects.iter().find_map(|effect| match effect {
        Effect::Write(_, Write::Text { body, reply, .. }) => Some((body.as_str(), *reply)),
        _ => None,
    });
    assert_eq!(sent, Some(("PS. Hello Kevin, this is David Brown.", Some(TemplateId(Uuid::from_u128(0))))));
}

/// G24: a reply that advertises is asked for under that consent, and is sent under it.
#[test]
fn g24_what_was_made_of_a_marketing_reply_is_marketing() {
    let mut replies = known();
    replies.replies[0].marketing = true;
    let mut model = opened(replies);
    let effects = press(&mut model, "1");
    let asked = effects
        .iter()
        .any(|effect| matches!(effect, Effect::Read(_, Read::TextFacts { purpose: Purpose::Marketing, .. })));
    assert!(asked, "{effects:?}");
    let purpose = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::Write(_, Write::Text { purpose, .. }) => Some(*purpose),
            _ => None,
        })
    };
    let mut emptied = model.clone();
    assert_eq!(purpose(&press(&mut model, "Enter")), Some(Purpose::Marketing));
    // Other words are another text.
    assert_eq!(purpose(&press(&mut emptied, "Ctrl+U \"hi\" Enter")), Some(Purpose::Service));
}

#[test]
fn what_nobody_knows_is_asked_for_and_nothing_is_left_out() {
    let mut model = opened(known());
    press(&mut model, "4 Enter");
    assert_eq!(model.toast().map(|toast| toast.text.as_str()), Some("Write what belongs there."));
    press(&mut model, "\"tomorrow at 9\" Enter \"{agent}\" Enter");
    assert_eq!(written(&model), "We call you tomorrow at 9 about {agent}. David Brown");
    // Esc goes back to the list, and from there to the composer.
    let mut model = opened(known());
    press(&mut model, "4 \"x\" Esc");
    assert!(matches!(model.top(), Screen::Replies(_)));
    press(&mut model, "1");
    assert_eq!(written(&model), "Hello Kevin, this is David Brown.");
}

#[test]
fn a_reply_of_an_unwilling_hand_cannot_reach_the_terminal() {
    let bad = reply(5, "a\u{1b}[2J", "b\u{202e}c", "", "\u{1b}]0;x\u{7} {first_name}");
    let mut model = opened(Replies { replies: vec![bad], ..known() });
    let drawn = picture(&model, 80, 24);
    assert!(!drawn.contains(['\u{1b}', '\u{7}', '\u{202e}']));
    press(&mut model, "1");
    assert!(!written(&model).contains('\u{1b}'));
}
