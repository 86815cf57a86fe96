//! One text to several: chosen with Space, shown who gets it, asked, sent once.

use uuid::Uuid;

use super::*;
use crate::domain::role::Role;
use crate::tui::model::Model;
use crate::tui::msg::Msg;
use crate::tui::testing::{NOW, desk, picture, press};
use crate::tui::update::{open, update};

fn id(number: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(number))
}

fn all(body: &str) -> Vec<Recipient> {
    let one = |number: u128, name: &str, mobile: &str, why: Option<&str>, note: &str| Recipient {
        customer: id(number),
        name: SafeText::new(name),
        number: SafeText::new(mobile),
        body: SafeText::multiline(body),
        why: why.map(SafeText::new),
        note: SafeText::new(note),
    };
    let asked = "nobody has asked for this number yet; ask them, then press Enter";
    vec![
        one(1, "Kevin Anderson Curepipe", "+23057372333", None, ""),
        one(2, "Marie Li", "", Some("there is no mobile on file"), ""),
        one(3, "Emma Parker", "+12025550143", None, "waits: quiet hours till 08:00"),
        one(4, "Paul Appadoo", "+23058440010", Some(asked), ""),
    ]
}

fn answered(model: &mut Model, effects: &[Effect], body: &str) -> Vec<Effect> {
    let mut more = Vec::new();
    for effect in effects {
        match effect {
            Effect::Read(seq, Read::Several { .. }) => {
                more.extend(update(model, Msg::Answer(*seq, Answer::Several(all(body)))));
            }
            Effect::Read(seq, Read::Draft { .. }) => {
                more.extend(update(model, Msg::Answer(*seq, Answer::Draft(None))));
            }
            _ => {}
        }
    }
    more
}

fn opened() -> Model {
    let mut model = desk(Role::Agent);
    let mut effects = Vec::new();
    open(&mut model, Screen::Several(SeveralScreen::new((1..=4).map(id).collect())), &mut effects);
    answered(&mut model, &effects, "");
    model
}

fn writes(effects: &[Effect]) -> Vec<Write> {
    let write = |effect: &Effect| match effect {
        Effect::Write(_, write) => Some(write.clone()),
        _ => None,
    };
    effects.iter().filter_map(write).collect()
}

#[test]
fn ttx_55_several_in_pictures() {
    let mut model = opened();
    for (width, height) in [(80, 24), (120, 40), (60, 16)] {
        insta::assert_snapshot!(format!("several-{width}x{height}"), picture(&model, width, height));
    }
    let effects = press(&mut model, "\"Hello {first_name|there}.\" Enter");
    answered(&mut model, &effects, "Hello Kevin.");
    insta::assert_snapshot!("several-ask-80x24", picture(&model, 80, 24));
}

/// TTX-70, G15: to those who were shown, once, and only after a yes.
#[test]
fn ttx_70_it_is_sent_once_to_those_who_can_get_it_after_a_yes() {
    let mut model = opened();
    assert_eq!(writes(&press(&mut model, "Enter")), []);
    assert_eq!(model.log.last().unwrap().text, "Type the text first.");
    let effects = press(&mut model, "\"Hello.\" Enter Enter");
    assert_eq!(writes(&effects), [], "it looks first");
    answered(&mut model, &effects, "Hello.");
    let effects = press(&mut model, "Enter");
    let sent = Write::TextSeveral { customers: vec![id(1), id(3)], body: Body("Hello.".to_owned()) };
    assert_eq!(writes(&effects), [sent]);
    assert_eq!(writes(&press(&mut model, "Enter")), [], "while it is being saved");
    let seq = effects.iter().find_map(|effect| match effect {
        Effect::Write(seq, _) => Some(*seq),
        _ => None,
    });
    let kept = all("Hello.").into_iter().filter(|one| one.why.is_none()).collect();
    let effects = update(&mut model, Msg::Answer(seq.unwrap(), Answer::Several(kept)));
    let gone = Effect::Draft { customer: None, of: DraftOf::Text, body: Body(String::new()) };
    assert!(effects.contains(&gone), "{effects:?}");
    assert_eq!(
        model.log.last().unwrap().text,
        "2 texts are saved; u takes back the newest, the outbox each."
    );
    assert_eq!(model.stack.len(), 1);
}

#[test]
fn what_was_typed_is_kept_and_comes_back() {
    let mut model = opened();
    let effects = press(&mut model, "\"Hello\" Esc");
    let kept = Effect::Draft { customer: None, of: DraftOf::Text, body: Body("Hello".to_owned()) };
    assert!(effects.contains(&kept), "{effects:?}");
    let mut effects = Vec::new();
    open(&mut model, Screen::Several(SeveralScreen::new(vec![id(1), id(2)])), &mut effects);
    let draft = Draft {
        customer: None,
        name: SafeText::default(),
        of: DraftOf::Text,
        body: "Hello".to_owned(),
        at: NOW,
    };
    for effect in &effects {
        if let Effect::Read(seq, Read::Draft { .. }) = effect {
            update(&mut model, Msg::Answer(*seq, Answer::Draft(Some(draft.clone()))));
        }
    }
    assert!(matches!(model.top(), Screen::Several(screen) if screen.field.text() == "Hello"));
}
