//! Show 7: the file about a scripted history, whole: complete, in order, true.

use super::super::consent::{record, record_for};
use super::super::inbound::{accepted, polled, status};
use super::super::{do_not_contact, holds, prove, undo};
use super::*;
use crate::domain::proof::{Proof, What};

/// Twilio's clock is seconds ahead of our knowing.
fn heard(desk: &mut Desk, epoch: i64, sent: u64, known: u64, sid: &str, body: &str) {
    let seen = inbound(sid, body, Delivery::Received, at(sent));
    polled(&mut desk.db, epoch, at(known), vec![seen]).unwrap();
}

/// Claims what may leave and has Twilio take it.
fn leaves(desk: &mut Desk, epoch: i64, seconds: u64, sid: &str) {
    let claimed = desk.claim(epoch, at(seconds), Destination::Twilio);
    assert_eq!(claimed.len(), 1, "at {seconds}");
    let text = text_of(&claimed[0]).clone();
    let seen = outbound(sid, &text, Delivery::Queued, at(seconds + 1));
    accepted(&mut desk.db, epoch, at(seconds + 1), claimed[0].jobs[0], Some(claimed[0].attempt), &seen)
        .unwrap();
    let seen = outbound(sid, &text, Delivery::Delivered, at(seconds + 1));
    status(&mut desk.db, epoch, at(seconds + 9), text.message, &seen).unwrap();
}

/// Nobody has asked; a yes with its words; a text; a slip; a near miss, released; a text; a STOP that was
/// at Twilio while a text left; a START; a no on the old number; the list.
fn lived() -> Desk {
    let mut desk = Desk::new();
    let (agent, supervisor) = (desk.agent.clone(), desk.supervisor.clone());
    let (kevins, customer) = (number(KEVINS), Some(desk.kevin));
    let epoch = desk.epoch();
    assert!(desk.text(at(5), KEVINS, "Hello?").is_err());
    let yes = entry(&kevins, customer, Purpose::Service, Act::Grant);
    record(&mut desk.db, &agent, at(10), &yes.as_ref()).unwrap();
    let web = NewEntry {
        purpose: Purpose::Marketing,
        method: Method::Web,
        ip: Some("203.0.113.4"),
        wording: "I agree to get advertising.",
        wording_version: "marketing-1",
        note: "form of the spring campaign",
        ..yes.as_ref()
    };
    record(&mut desk.db, &agent, at(12), &web).unwrap();
    desk.text(at(20), KEVINS, "Your card is ready.").unwrap();
    leaves(&mut desk, epoch, 30, "SM00000000000000000000000000000001");
    let no = entry(&kevins, customer, Purpose::Service, Act::Revoke);
    record_for(&mut desk.db, &agent, at(60), &no.as_ref(), &Purpose::ALL).unwrap();
    let slip = undo::newest(&desk.db, &agent, at(62), Duration::from_secs(5)).unwrap().unwrap();
    undo::take_back(&mut desk.db, &agent, at(62), Duration::from_secs(5), slip.seq, &slip.kind).unwrap();
    desk.text(at(70), KEVINS, "Did you get it?").unwrap();
    heard(&mut desk, epoch, 71, 74, "SM00000000000000000000000000000002", "stop. thank you");
    assert!(desk.claim(epoch, at(90), Destination::Twilio).is_empty());
    holds::release(&mut desk.db, &agent, at(100), &kevins, customer, "called: the bus stop, not the texts")
        .unwrap();
    leaves(&mut desk, epoch, 110, "SM00000000000000000000000000000003");
    desk.text(at(200), KEVINS, "One more thing.").unwrap();
    desk.text(at(201), KEVINS, "And another.").unwrap();
    leaves(&mut desk, epoch, 210, "SM00000000000000000000000000000004");
    // At Twilio before that text left, known after it: the second never leaves.
    heard(&mut desk, epoch, 208, 3_900, "SM00000000000000000000000000000005", "STOP");
    assert!(desk.claim(epoch, at(4_000), Destination::Twilio).is_empty());
    assert!(desk.text(at(4_100), KEVINS, "Sorry!").is_err());
    heard(&mut desk, epoch, 86_500, 86_502, "SM00000000000000000000000000000006", "START");
    let elsewhere = entry(&number(OTHER), customer, Purpose::Service, Act::Revoke);
    record(&mut desk.db, &agent, at(86_600), &elsewhere.as_ref()).unwrap();
    do_not_contact::add(&mut desk.db, &supervisor, at(180_000), &[kevins], "own-list.csv").unwrap();
    desk
}

#[test]
fn show_7_tws_55_the_consent_file_of_a_scripted_history() {
    let mut desk = lived();
    let supervisor = desk.supervisor.clone();
    let mut file = |day: &str| {
        let day = Micros::parse_date(day).unwrap();
        prove::prove(&mut desk.db, &supervisor, at(200_000), &number(KEVINS), day).unwrap()
    };
    // NOW is midnight of the first of January.
    let (before, first, second, third) =
        (file("2025-12-31"), file("2026-01-01"), file("2026-01-02"), file("2026-01-03"));
    insta::assert_snapshot!("prove-before", before.to_text());
    insta::assert_snapshot!("prove-first-day", first.to_text());
    insta::assert_snapshot!("prove-third-day", third.to_text());
    let allowed = |proof: &Proof| -> Vec<bool> {
        proof.standing.iter().map(|(_, standing)| standing.is_ok()).collect()
    };
    assert_eq!(allowed(&before), [false, false], "never asked");
    assert_eq!(allowed(&first), [false, false], "STOP");
    assert_eq!(allowed(&second), [false, true], "START, and a no to service on the other number");
    assert_eq!(allowed(&third), [false, false], "on the list");
    let stop = &first.stops()[0];
    assert_eq!((stop.known, stop.at_twilio), (at(3_900), Some(at(208))));
    assert_eq!((stop.on_the_way.len(), stop.after.len()), (1, 0));
}

#[test]
fn the_file_is_for_supervisors_and_admins_and_that_it_was_made_is_on_record() {
    let mut desk = lived();
    let agent = desk.agent.clone();
    let denied = prove::prove(&mut desk.db, &agent, at(200_000), &number(KEVINS), NOW);
    assert!(matches!(denied, Err(Error::Denied(_))));
    let admin = desk.admin.clone();
    let events = prove::prove(&mut desk.db, &admin, at(200_000), &number(KEVINS), NOW).unwrap().events;
    assert_eq!(desk.one::<i64>("select count(*) from audit where action = 'consent proved'"), 1);
    // Nothing that happened is left out: each line of the log, each text, each refusal of that day.
    let end = at(86_400).0;
    let counted = |what: &str| desk.one::<i64>(&format!("select count(*) from {what} < {end}"));
    let said: usize = events
        .iter()
        .map(|event| match &event.what {
            What::Said(said) => said.ids.len(),
            _ => 0,
        })
        .sum();
    assert_eq!(said as i64, counted("consent where address = '+23057372333' and at"));
    let texts = events.iter().filter(|e| matches!(e.what, What::Text(_))).count();
    assert_eq!(texts as i64, counted("message where created_at"));
    let refused = events.iter().filter(|e| matches!(e.what, What::Refused { .. })).count();
    assert_eq!(refused as i64, counted("send_decision where message_id is null and at"));
}
