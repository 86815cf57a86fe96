//! One text to a few (TTX-55, 56, 70, G15): each its own message and gate; who cannot get it is named.

use super::*;
use crate::domain::shown::Recipient;
use crate::store::messages::{Checks, list};
use crate::store::several::{ToMany, ask, send};

/// Kevin has said yes, Marie has no mobile, Paul was never asked, Kevin's wife has his phone.
fn town(desk: &mut Desk) -> Vec<CustomerId> {
    let named = |name: &str, policy: &str, mobile: Option<&str>| NewCustomer {
        name: name.into(),
        given_name: name.split(' ').next().map(str::to_owned),
        policy_number: Some(policy.into()),
        phones: mobile.map(|mobile| phone("mobile", mobile)).into_iter().collect(),
        ..NewCustomer::default()
    };
    let rows = [
        named("Marie Li", "LIB/1", None),
        named("Paul Appadoo", "LIB/2", Some(OTHER)),
        named("Anne Curepipe", "LIB/3", Some(KEVINS)),
    ];
    let mut all = vec![desk.kevin];
    for row in rows {
        all.push(super::super::customers::add(&mut desk.db, &desk.agent, NOW, &row).unwrap());
    }
    desk.consent(KEVINS, Act::Grant);
    all
}

fn to_many(customers: &[CustomerId], body: &str) -> ToMany {
    let body = Body(body.into());
    ToMany { customers: customers.to_vec(), from: number(OURS), body, purpose: Purpose::Service }
}

fn said(all: &[Recipient]) -> Vec<(&str, &str, Option<&str>)> {
    all.iter()
        .map(|one| (one.name.as_str(), one.body.as_str(), one.why.as_ref().map(|why| why.as_str())))
        .collect()
}

#[test]
fn ttx_70_who_cannot_get_it_is_named_with_the_reason_before() {
    let mut desk = Desk::new();
    let all = town(&mut desk);
    let body = "Dear {first_name|customer}, your card is ready.";
    let shown = ask(&desk.db, &desk.agent, at(9), &to_many(&all, body), 10).unwrap();
    let marie = "Dear Marie, your card is ready.";
    assert_eq!(
        said(&shown),
        [
            ("Kevin Anderson Curepipe", "Dear customer, your card is ready.", None),
            ("Marie Li", marie, Some("there is no mobile on file")),
            (
                "Paul Appadoo",
                "Dear Paul, your card is ready.",
                Some("nobody has asked for this number yet; ask them, then press Enter")
            ),
            (
                "Anne Curepipe",
                "Dear Anne, your card is ready.",
                Some("has the same number as Kevin Anderson Curepipe, who gets it")
            ),
        ]
    );
    assert_eq!(desk.states(), [""; 0], "nothing is queued by looking");
}

#[test]
fn ttx_56_each_is_a_message_of_its_own_and_taken_back_alone() {
    let mut desk = Desk::new();
    let mut all = town(&mut desk);
    desk.consent(OTHER, Act::Grant);
    all.push(desk.kevin);
    let sent = |desk: &mut Desk, body: &str| {
        send(&mut desk.db, &desk.agent, at(9), &to_many(&all, body), 10, WINDOW, &Checks::default()).unwrap()
    };
    let done = sent(&mut desk, "Hello {first_name|customer}.");
    assert_eq!(done.iter().filter(|one| one.why.is_none()).count(), 2);
    let texts = list(&desk.db, &desk.agent, crate::store::messages::Whose::Everybody, 9).unwrap();
    let texts: Vec<_> = texts.iter().map(|text| (text.to.as_str(), text.body.as_str())).collect();
    assert_eq!(texts, [(KEVINS, "Hello customer."), (OTHER, "Hello Paul.")]);
    let undo = Duration::from_secs(5);
    super::super::undo::take_back(&mut desk.db, &desk.agent, at(10), undo, 1, "text").unwrap();
    assert_eq!(desk.states(), ["canceled", "waiting"]);
    // Nobody gets a gap: what is not on file is a reason.
    let unknown = sent(&mut desk, "You owe {amount_due}.");
    assert!(unknown.iter().all(|one| one.why.is_some()));
    assert_eq!(desk.states(), ["canceled", "waiting"]);
}

#[test]
fn ttx_55_no_more_at_once_than_the_office_allows() {
    let mut desk = Desk::new();
    let all = town(&mut desk);
    for (most, customers) in [(3, &all[..]), (0, &all[..1])] {
        let refused = ask(&desk.db, &desk.agent, at(9), &to_many(customers, "x"), most).unwrap_err();
        assert!(refused.to_string().contains(&format!("at most {most} get a text at once")), "{refused}");
    }
    assert!(ask(&desk.db, &desk.agent, at(9), &to_many(&[], "x"), 3).is_err());
}
