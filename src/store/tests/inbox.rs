//! The inbox and its threads: TWS-28, UPZ-11, UPZ-13, G8, G14; and consent as a screen shows it.

use super::super::consent::{log, no, yes_by_voice};
use super::super::inbound::polled;
use super::super::inbox::{conversations, read, thread};
use super::*;
use crate::domain::shown::{Consent, Conversation, Hours, InboxFilter, Party, Text as Shown, Thread};
use crate::domain::text::SafeText;
use crate::domain::wording;

const STRANGER: &str = "+23057009988";

fn safe(text: &str) -> SafeText {
    SafeText::new(text)
}

impl Desk {
    fn hears(&mut self, epoch: i64, sid: &str, from: &str, body: &str, seconds: u64) {
        let seen = Seen { from: number(from).into(), ..inbound(sid, body, Delivery::Received, at(seconds)) };
        polled(&mut self.db, epoch, at(seconds), vec![seen]).unwrap();
    }

    fn inbox(&self, filter: InboxFilter) -> Vec<Conversation> {
        conversations(&self.db, &self.agent, filter, 9).unwrap()
    }

    /// Kevin wrote and was answered; a stranger wrote; Kevin wrote from his other number.
    fn busy() -> Self {
        let mut desk = Self::new();
        let epoch = desk.epoch();
        desk.hears(epoch, "SM1", KEVINS, "merci\nbeaucoup", 1);
        desk.allowed_text(at(2), "you are welcome");
        desk.hears(epoch, "SM2", STRANGER, "who is this?", 3);
        desk.capture(at(4), "5844 0010", "", NO_UPSTREAM).unwrap();
        desk.hears(epoch, "SM3", OTHER, "my new number", 5);
        desk
    }
}

#[test]
fn upz_11_the_inbox_lists_conversations_newest_first() {
    let desk = Desk::busy();
    let ids: Vec<_> = desk.inbox(InboxFilter::All).iter().map(|line| line.id).collect();
    let kevin = Party::Customer(desk.kevin);
    let line = |n: usize, party: Party, name: &str, theirs: &str, last: &str, seconds| Conversation {
        id: ids[n],
        party,
        name: safe(name),
        theirs: safe(theirs),
        unread: 1,
        needs_reply: true,
        last: safe(last),
        at: at(seconds),
    };
    let new = line(0, kevin.clone(), "Kevin Anderson Curepipe", OTHER, "my new number", 5);
    let stranger = line(1, Party::Number(safe(STRANGER)), "", STRANGER, "who is this?", 3);
    let old = line(2, kevin, "Kevin Anderson Curepipe", KEVINS, "you are welcome", 2);
    let old = Conversation { needs_reply: false, ..old };
    assert_eq!(desk.inbox(InboxFilter::All), [new.clone(), stranger.clone(), old.clone()]);
    assert_eq!(desk.inbox(InboxFilter::Unread), [new.clone(), stranger.clone(), old]);
    assert_eq!(desk.inbox(InboxFilter::NeedsReply), [new.clone(), stranger]);
    assert_eq!(conversations(&desk.db, &desk.agent, InboxFilter::All, 1).unwrap(), [new]);
}

#[test]
fn reading_a_thread_reads_all_its_conversations_and_no_other() {
    let mut desk = Desk::busy();
    let (agent, kevin) = (desk.agent.clone(), Party::Customer(desk.kevin));
    read(&mut desk.db, &agent, at(9), &kevin).unwrap();
    let unread = |desk: &Desk| -> Vec<SafeText> {
        desk.inbox(InboxFilter::Unread).into_iter().map(|line| line.theirs).collect()
    };
    assert_eq!(unread(&desk), [safe(STRANGER)]);
    read(&mut desk.db, &agent, at(9), &Party::Number(safe(STRANGER))).unwrap();
    assert_eq!(unread(&desk), []);
    // Said once more, heard once more.
    let epoch = desk.epoch();
    desk.hears(epoch, "SM4", STRANGER, "hello?", 10);
    assert_eq!(unread(&desk), [safe(STRANGER)]);
}

#[test]
fn tws_28_a_thread_is_all_of_a_customer_newest_last() {
    let desk = Desk::busy();
    desk.run("update customer set timezone = 'Indian/Mauritius'");
    let party = Party::Customer(desk.kevin);
    let thread = thread(&desk.db, &desk.agent, &party, 9).unwrap();
    let ids: Vec<_> = thread.texts.iter().map(|text| text.id).collect();
    let heard = |n: usize, body: &str, seconds| Shown {
        id: ids[n],
        inbound: true,
        body: SafeText::multiline(body),
        status: "received".into(),
        error_code: None,
        segments: Some(1),
        at: at(seconds),
        held_until: None,
        held_why: SafeText::default(),
        job: None,
    };
    let said = Shown {
        inbound: false,
        status: "waiting".into(),
        segments: None,
        held_until: Some(at(7)),
        job: Some(1),
        ..heard(1, "you are welcome", 2)
    };
    let expected = Thread {
        party,
        name: safe("Kevin Anderson Curepipe"),
        number: Some(safe(OTHER)),
        consent: Some(Consent::NeverAsked),
        timezone: "Indian/Mauritius".into(),
        hours: Hours::default(),
        texts: vec![heard(0, "merci\nbeaucoup", 1), said, heard(2, "my new number", 5)],
    };
    assert_eq!(thread, expected);
}

#[test]
fn upz_13_a_long_thread_gives_its_newest_and_a_strangers_is_his_number() {
    let desk = Desk::busy();
    let newest = thread(&desk.db, &desk.agent, &Party::Customer(desk.kevin), 1).unwrap();
    assert_eq!(newest.texts.iter().map(|text| &text.body).collect::<Vec<_>>(), [&safe("my new number")]);
    let party = Party::Number(safe(STRANGER));
    let stranger = thread(&desk.db, &desk.agent, &party, 9).unwrap();
    let expected = Thread {
        party,
        name: SafeText::default(),
        number: Some(safe(STRANGER)),
        consent: Some(Consent::NeverAsked),
        timezone: String::new(),
        hours: Hours::default(),
        texts: stranger.texts.clone(),
    };
    assert_eq!(stranger, expected);
    assert_eq!(stranger.texts.len(), 1);
    let short = thread(&desk.db, &desk.agent, &Party::Number(safe("12345")), 9).unwrap();
    assert_eq!((short.number, short.consent), (None, None), "nobody can text a short code");
    let nobody = Party::Customer(CustomerId(uuid::Uuid::nil()));
    assert!(matches!(thread(&desk.db, &desk.agent, &nobody, 9), Err(Error::NotFound { .. })));
}

/// A family on one number has one conversation; each sees the texts that were meant for them.
#[test]
fn g13_a_text_to_another_of_the_family_is_in_their_thread_too() {
    let mut desk = Desk::busy();
    let kim =
        NewCustomer { name: "Kim".into(), phones: vec![phone("mobile", KEVINS)], ..NewCustomer::default() };
    let kevin = desk.kevin;
    desk.kevin = super::super::customers::add(&mut desk.db, &desk.agent, at(6), &kim).unwrap();
    desk.text(at(7), KEVINS, "for Kim").unwrap();
    let bodies = |id| -> Vec<String> {
        let thread = thread(&desk.db, &desk.agent, &Party::Customer(id), 9).unwrap();
        thread.texts.iter().map(|text| text.body.to_string()).collect()
    };
    assert_eq!(bodies(desk.kevin), ["for Kim"]);
    assert_eq!(bodies(kevin), ["merci\nbeaucoup", "you are welcome", "my new number", "for Kim"]);
}

#[test]
fn g7_a_yes_by_voice_keeps_the_words_and_a_no_closes_what_it_names() {
    let mut desk = Desk::new();
    let (agent, kevins) = (desk.agent.clone(), number(KEVINS));
    let consent =
        |desk: &Desk| thread(&desk.db, &desk.agent, &Party::Customer(desk.kevin), 9).unwrap().consent;
    let customer = Some(desk.kevin);
    yes_by_voice(&mut desk.db, &agent, at(1), &kevins, customer, wording::VOICE, wording::VOICE_VERSION)
        .unwrap();
    assert_eq!(consent(&desk), Some(Consent::Yes { method: "voice".into(), at: at(1) }));
    assert_eq!(log(&desk.db, &agent, &kevins).unwrap()[0].wording, wording::VOICE);
    assert_eq!(desk.one::<String>("select wording_version from consent"), "voice-1");

    desk.text(at(2), KEVINS, "hello").unwrap();
    assert_eq!(no(&mut desk.db, &agent, at(3), &kevins, customer, &[Purpose::Marketing]).unwrap(), 0);
    assert!(consent(&desk).unwrap().is_yes());
    assert_eq!(no(&mut desk.db, &agent, at(4), &kevins, customer, &Purpose::ALL).unwrap(), 1);
    let why = "the customer said no to texts on 2026-01-01; ask them, then press Enter".to_owned();
    assert_eq!(consent(&desk), Some(Consent::No { since: at(4), why, stopped: false }));

    let epoch = desk.epoch();
    desk.hears(epoch, "SM9", KEVINS, "STOP", 5);
    let why =
        "the customer texted STOP on 2026-01-01; only their own START opens this number again".to_owned();
    assert_eq!(consent(&desk), Some(Consent::No { since: at(5), why, stopped: true }));
}
