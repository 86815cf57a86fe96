//! What the linter is told of the database, and that the sending gate asks the same rules.

use super::super::lint::{About, facts};
use super::super::messages::{Checks, send_checked};
use super::*;
use crate::domain::lint::{Code, Facts, Level, Rules};
use crate::domain::text::SafeText;

impl Desk {
    fn facts(&self, now: Micros, to: &str, mentions: &[&str]) -> Facts {
        let mentions = mentions.iter().map(|mention| (*mention).to_owned()).collect();
        let about = About { to: number(to), customer: Some(self.kevin), purpose: Purpose::Service, mentions };
        facts(&self.db, &self.agent, now, &about).unwrap()
    }

    fn checked(&mut self, now: Micros, body: &str, rules: Rules) -> Result<MessageId> {
        let text = NewText {
            from: number(OURS),
            to: number(KEVINS),
            customer: Some(self.kevin),
            body: Body(body.into()),
            purpose: Purpose::Service,
        };
        let checks = Checks { rules, phones: Some(POLICY) };
        Ok(send_checked(&mut self.db, &self.agent, now, &text, WINDOW, &checks, None)?.message)
    }

    fn anna(&mut self) {
        let anna = NewCustomer {
            name: "Anna Curepipe".into(),
            phones: vec![phone("mobile", OTHER)],
            emails: vec![email("email", "anna@example.com")],
            ..NewCustomer::default()
        };
        super::super::customers::add(&mut self.db, &self.agent, NOW, &anna).unwrap();
    }
}

#[test]
fn consent_is_a_fact_with_the_rule_it_breaks() {
    let mut desk = Desk::new();
    let code = |facts: Facts| facts.closed.map(|(code, _)| code);
    assert_eq!(code(desk.facts(at(1), KEVINS, &[])), Some(Code::NeverAsked));
    desk.consent(KEVINS, Act::Grant);
    assert_eq!(desk.facts(at(1), KEVINS, &[]), Facts::default());
    desk.consent(KEVINS, Act::Revoke);
    assert_eq!(code(desk.facts(at(1), KEVINS, &[])), Some(Code::SaidNo));
}

/// G9: what was canceled has told nobody anything.
#[test]
fn our_texts_of_the_hour_and_the_last_word_on_how_to_end_them() {
    let mut desk = Desk::new();
    desk.allowed_text(at(1), "Reply STOP to end texts.");
    desk.allowed_text(at(3000), "hello");
    let facts = desk.facts(at(3500), KEVINS, &[]);
    let lately: Vec<_> = facts.lately.iter().map(|(at, text)| (*at, text.as_str())).collect();
    assert_eq!(lately, [(at(3000), "hello"), (at(1), "Reply STOP to end texts.")]);
    assert_eq!(facts.told_stop, Some(at(1)));
    let later = desk.facts(at(3602), KEVINS, &[]);
    assert_eq!((later.lately.len(), later.told_stop), (1, Some(at(1))));
    desk.run("update message set status = 'canceled'");
    assert_eq!(desk.facts(at(3500), KEVINS, &[]), Facts::default());
}

#[test]
fn numbers_and_addresses_of_others_are_named_and_ones_own_are_not() {
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    desk.anna();
    let own = [KEVINS, "kevin@example.com", "+23057990000", "nobody@example.com"];
    assert_eq!(desk.facts(at(1), KEVINS, &own).others, []);
    let anna = SafeText::new("Anna Curepipe");
    assert_eq!(
        desk.facts(at(1), KEVINS, &[OTHER, "anna@example.com", KEVINS]).others,
        [(SafeText::new(OTHER), anna.clone()), (SafeText::new("anna@example.com"), anna)]
    );
    // A family on one number: it is his as well.
    desk.capture(at(2), OTHER, "", NO_UPSTREAM).unwrap();
    assert_eq!(desk.facts(at(3), KEVINS, &[OTHER]).others, []);
}

#[test]
fn nothing_arrives_at_a_number_until_something_did() {
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    let agent = desk.agent.clone();
    super::super::trust::bounced(&mut desk.db, &agent, at(1), KEVINS, "undelivered 30005").unwrap();
    assert_eq!(desk.facts(at(2), KEVINS, &[]).dead, Some(SafeText::new("undelivered 30005")));
}

/// What the rules call an error is not queued, and a warning is.
#[test]
fn the_gate_asks_the_same_rules_as_the_composer() {
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    desk.anna();
    let strict = |code, level| Rules { levels: [(code, Some(level))].into(), ..Rules::default() };
    let table = [
        (
            "Dear {first_name}",
            Rules::default(),
            Some("VAR-1: {first_name} is not filled in: write what belongs there"),
        ),
        ("Dear {first_name}", strict(Code::Unfilled, Level::Warn), None),
        ("a\0b", Rules::default(), Some("TEXT-3: U+0000 is a control character and no text")),
        (
            "call 5844 0010",
            strict(Code::Others, Level::Err),
            Some("WHO-1: +23058440010 belongs to Anna Curepipe"),
        ),
        ("call 5844 0010", Rules::default(), None),
        (
            &"x".repeat(161),
            Rules { max_segments: 1, ..Rules::default() },
            Some("SEG-3: 2 segments are more than the 1 this office allows: shorten it"),
        ),
        (
            "Call 5844 0010",
            strict(Code::NoWayOut, Level::Err),
            Some("STOP-4: no opt-out line; none went out yet"),
        ),
        ("hello", Rules::default(), None),
        ("hello", strict(Code::Again, Level::Err), Some("SAME-1: the same text went there just now")),
    ];
    let mut queued = 0;
    for (body, rules, refused) in table {
        match (desk.checked(at(10), body, rules), refused) {
            (Ok(_), None) => queued += 1,
            (Err(Error::Refused(why)), Some(expected)) => assert_eq!(why, expected),
            other => panic!("{body}: {other:?}"),
        }
        assert_eq!(desk.one::<i64>("select count(*) from message"), queued, "{body}");
    }
    // A no stays what it was: the gate's own.
    desk.consent(KEVINS, Act::Revoke);
    assert!(matches!(desk.checked(at(20), "hello again", Rules::default()), Err(Error::Blocked(_))));
}
