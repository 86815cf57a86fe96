//! Drafts, presence and people: design 3, "nothing typed is lost", and whose it is.

use uuid::Uuid;

use super::super::drafts::{get, mine, put, sent};
use super::super::presence;
use super::*;
use crate::domain::shown::{Draft, DraftOf, Party, Person, Presence};
use crate::domain::text::SafeText;

fn draft(customer: Option<CustomerId>, name: &str, of: DraftOf, body: &str, at: Micros) -> Draft {
    Draft { customer, name: SafeText::new(name), of, body: body.into(), at }
}

#[test]
fn design_3_drafts_are_kept_per_person_customer_and_channel() {
    let mut desk = Desk::new();
    let (agent, other, kevin) = (desk.agent.clone(), desk.supervisor.clone(), Some(desk.kevin));
    let mut keep = |actor: &Actor, n, customer, of, body: &str| {
        put(&mut desk.db, actor, at(n), customer, of, body).unwrap();
    };
    keep(&agent, 1, kevin, DraftOf::Text, "Votre code");
    keep(&agent, 2, kevin, DraftOf::Update, "{}");
    keep(&agent, 3, None, DraftOf::Customer, "{\"name\":\"S");
    keep(&agent, 4, kevin, DraftOf::Text, "Votre code QR \u{1f642}\n");
    keep(&other, 5, kevin, DraftOf::Text, "somebody else's");
    let name = "Kevin Anderson Curepipe";
    let text = draft(kevin, name, DraftOf::Text, "Votre code QR \u{1f642}\n", at(4));
    let new = draft(None, "", DraftOf::Customer, "{\"name\":\"S", at(3));
    let form = draft(kevin, name, DraftOf::Update, "{}", at(2));
    assert_eq!(mine(&desk.db, &agent).unwrap(), [text.clone(), new.clone(), form.clone()]);
    assert_eq!(get(&desk.db, &agent, kevin, DraftOf::Text).unwrap(), Some(text.clone()));
    assert_eq!(get(&desk.db, &agent, None, DraftOf::Customer).unwrap(), Some(new));
    assert_eq!(get(&desk.db, &agent, kevin, DraftOf::Note).unwrap(), None);
    // Empty is gone, and only one's own.
    put(&mut desk.db, &agent, at(6), None, DraftOf::Customer, "").unwrap();
    put(&mut desk.db, &other, at(6), kevin, DraftOf::Update, "").unwrap();
    assert_eq!(mine(&desk.db, &agent).unwrap(), [text, form]);
    let machine = Actor::machine();
    assert!(matches!(put(&mut desk.db, &machine, at(7), kevin, DraftOf::Note, "x"), Err(Error::Denied(_))));
    assert!(matches!(mine(&desk.db, &machine), Err(Error::Denied(_))));
}

/// G8: words meant for one stranger never come up in front of another.
#[test]
fn a_text_to_a_stranger_is_the_drafts_of_that_number() {
    let mut desk = Desk::new();
    let agent = desk.agent.clone();
    let (ann, bob) = (SafeText::new("+23057009988"), SafeText::new("+23057009977"));
    let mut keep = |n, number: &SafeText, body: &str| {
        put(&mut desk.db, &agent, at(n), number.clone(), DraftOf::Text, body).unwrap();
    };
    keep(1, &ann, "Hello Ann");
    keep(2, &bob, "Hello Bob");
    keep(3, &ann, "Hello Ann, it is us");
    let body = |desk: &Desk, number: &SafeText| {
        get(&desk.db, &agent, number.clone(), DraftOf::Text).unwrap().map(|draft| draft.body)
    };
    assert_eq!(body(&desk, &ann).as_deref(), Some("Hello Ann, it is us"));
    assert_eq!(body(&desk, &bob).as_deref(), Some("Hello Bob"));
    assert_eq!(get(&desk.db, &agent, None, DraftOf::Text).unwrap(), None);
    let mine: Vec<_> = mine(&desk.db, &agent).unwrap().iter().map(|draft| draft.customer).collect();
    assert_eq!(mine, [None, None]);
    // Sent: only what was typed behind it is left.
    sent(&mut desk.db, &agent, at(4), ann.clone(), "Hello Ann").unwrap();
    sent(&mut desk.db, &agent, at(4), bob.clone(), "Hello Bob").unwrap();
    assert_eq!((body(&desk, &ann).as_deref(), body(&desk, &bob)), (Some(", it is us"), None));
    sent(&mut desk.db, &agent, at(5), ann.clone(), "another text").unwrap();
    assert_eq!(body(&desk, &ann).as_deref(), Some(", it is us"));
}

#[test]
fn presence_says_who_else_does_what_and_ages_out() {
    let mut desk = Desk::new();
    let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let (agent, other, kevin) = (desk.agent.clone(), desk.supervisor.clone(), desk.kevin);
    let seen = |desk: &mut Desk, n, actor: &Actor, place, doing: &str| {
        presence::seen(&mut desk.db, actor, at(n), place, Some(&Party::Customer(kevin)), doing).unwrap();
    };
    let others = |desk: &Desk, n| presence::others(&desk.db, &agent, at(n), kevin, here).unwrap();
    let ana = |doing: &str, since| {
        [Presence { name: SafeText::new("Ana Silva"), doing: doing.into(), since: at(since) }]
    };
    seen(&mut desk, 0, &agent, here, "viewing");
    assert_eq!(others(&desk, 0), []);
    seen(&mut desk, 1, &other, there, "viewing");
    seen(&mut desk, 20, &other, there, "viewing");
    assert_eq!(others(&desk, 21), ana("viewing", 1));
    seen(&mut desk, 30, &other, there, "updating");
    assert_eq!(others(&desk, 90), ana("updating", 30));
    assert_eq!(others(&desk, 91), []);
    seen(&mut desk, 100, &other, there, "updating");
    assert_eq!(others(&desk, 101), ana("updating", 30));
    presence::seen(&mut desk.db, &other, at(102), there, None, "viewing").unwrap();
    assert_eq!(others(&desk, 102), []);
    seen(&mut desk, 103, &other, there, "texting");
    presence::left(&mut desk.db, there).unwrap();
    assert_eq!(others(&desk, 103), []);
    // What a crashed desk left behind does not stay for ever.
    seen(&mut desk, 200_000, &other, there, "noting");
    assert_eq!(desk.one::<i64>("select count(*) from presence"), 1);
}

#[test]
fn people_are_listed_by_number() {
    let desk = Desk::new();
    let person = |actor: &Actor, role: &str| Person {
        id: actor.user.unwrap(),
        number: actor.number,
        name: SafeText::new(&actor.name),
        role: role.into(),
        active: true,
    };
    let expected =
        [person(&desk.admin, "admin"), person(&desk.supervisor, "supervisor"), person(&desk.agent, "agent")];
    assert_eq!(users::people(&desk.db, &desk.agent).unwrap(), expected);
}
