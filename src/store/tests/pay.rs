//! Requests for payment and acknowledgements of debt: to the contact that counts, never twice, and never
//! to an address that is known to be dead.

use super::super::debts;
use super::super::payments::{Latest, Office, Requested, told, unasked};
use super::super::undo::{newest, take_back};
use super::super::{mails, payments, retry, timeline, trust};
use super::*;
use crate::domain::debt::Debt;
use crate::domain::job::State;
use crate::domain::mail::Mail;
use crate::domain::money::{Currency, Money};
use crate::domain::payment::By;
use crate::domain::shown::What;

const NEW: &str = "kevin@curepipe.example";

pub(super) fn office(upstream: bool) -> Office {
    Office {
        desk: "Cordboard Life".into(),
        link: "https://pay.example.com/?policy={policy}&amount={amount}&ref={reference}".parse().ok(),
        mail: true,
        from: Some(number(OURS)),
        currency: Currency::MUR,
        upstream,
    }
}

impl Desk {
    pub(super) fn pay(&mut self, now: Micros, by: By, office: &Office) -> Result<Requested> {
        let (agent, kevin) = (self.agent.clone(), self.kevin);
        payments::request(&mut self.db, &agent, now, office, kevin, Some("4,491.29"), by, WINDOW)
    }

    /// The mail that leaves now, if one does.
    fn mail(&mut self, epoch: i64, now: Micros) -> Option<(Claimed, Mail)> {
        let claimed = self.claim(epoch, now, Destination::Mail).pop()?;
        let Task::Mail(mail) = claimed.task.clone() else { panic!("{claimed:?}") };
        Some((claimed, mail))
    }

    fn mails(&self) -> Vec<(String, String, String)> {
        let entries = timeline::of(&self.db, &self.agent, self.kevin, None, 9).unwrap();
        let mail = |what| match what {
            What::Mail(mail) => Some((mail.about, mail.to.to_string(), mail.state)),
            _ => None,
        };
        entries.into_iter().filter_map(|entry| mail(entry.what)).collect()
    }
}

#[track_caller]
fn why<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn nic_9_and_114_a_request_goes_to_the_new_address_at_once() {
    let mut desk = Desk::new();
    desk.capture(at(0), "", NEW, NO_UPSTREAM).unwrap();
    let asked = desk.pay(at(1), By::Mail, &office(false)).unwrap();
    let link = "https://pay.example.com/?policy=LIB%2FC7013&amount=4491.29&ref=LIBC7013-260101";
    assert_eq!((asked.to.as_str(), asked.link.as_str(), asked.leaves), (NEW, link, at(6)));
    let epoch = desk.epoch();
    assert_eq!(desk.mail(epoch, at(5)), None, "it can still be taken back");
    let (claimed, mail) = desk.mail(epoch, at(6)).unwrap();
    assert_eq!((mail.to.as_str(), mail.link.as_deref()), (NEW, Some(link)));
    assert!(mail.body.contains(link), "{}", mail.body);
    desk.settle(epoch, at(7), claimed.jobs[0], Step::Accept).unwrap();
    assert_eq!(desk.mails(), [("payment request".into(), NEW.into(), "accepted".into())]);
    desk.assert_sound();
}

/// NIC-2: what is captured while a mail waits counts for it, too.
#[test]
fn nic_2_a_mail_goes_where_the_customer_is_when_it_leaves() {
    let mut desk = Desk::new();
    assert_eq!(desk.pay(at(0), By::Mail, &office(false)).unwrap().to, "kevin@example.com");
    desk.capture(at(1), "", NEW, NO_UPSTREAM).unwrap();
    let epoch = desk.epoch();
    assert_eq!(desk.mail(epoch, at(9)).unwrap().1.to, NEW);
    assert_eq!(desk.mails()[0].1, NEW);
}

#[test]
fn what_is_missing_is_said_and_nothing_is_queued() {
    let mut desk = Desk::new();
    desk.run("delete from effective_contact");
    let set_up = office(false);
    for (office, by, words) in [
        (&set_up, By::Mail, "there is no e-mail on file"),
        (&set_up, By::Text, "there is no mobile on file"),
        (&Office { link: None, ..set_up.clone() }, By::Mail, "there is no payment link"),
        (&Office { mail: false, ..set_up.clone() }, By::Mail, "mail is not set up"),
        (&Office { from: None, ..set_up.clone() }, By::Text, "there is no number to send from"),
    ] {
        let said = why(desk.pay(at(0), by, office));
        assert!(said.starts_with(words), "{said}");
    }
    let (agent, kevin) = (desk.agent.clone(), desk.kevin);
    for (amount, words) in
        [(None, "there is no amount due"), (Some("0"), "MUR 0.00 is nothing"), (Some("x"), "amount:")]
    {
        let said =
            why(payments::request(&mut desk.db, &agent, at(0), &set_up, kevin, amount, By::Mail, WINDOW));
        assert!(said.starts_with(words), "{said}");
    }
    assert_eq!(desk.states(), Vec::<String>::new());
}

#[test]
fn a_text_passes_the_gate_of_texts() {
    let mut desk = Desk::new();
    assert!(matches!(desk.pay(at(0), By::Text, &office(false)), Err(Error::Blocked(_))));
    desk.consent(KEVINS, Act::Grant);
    let asked = desk.pay(at(1), By::Text, &office(false)).unwrap();
    let epoch = desk.epoch();
    let claimed = desk.claim(epoch, at(9), Destination::Twilio);
    assert_eq!((claimed.len(), text_of(&claimed[0]).to.as_str()), (1, KEVINS));
    assert!(text_of(&claimed[0]).body.as_str().ends_with(&asked.link));
}

#[test]
fn nic_88_a_request_waits_for_the_upstreams_word_and_follows_it() {
    let latest = |value: &str| Latest::Value(value.into());
    for (word, goes_to) in [
        (Latest::NotAsked, "kevin@example.com"),
        (Latest::None, "kevin@example.com"),
        (latest("kevin@example.com"), "kevin@example.com"),
        (latest(NEW), NEW),
    ] {
        let mut desk = Desk::new();
        let subject = desk.pay(at(0), By::Mail, &office(true)).unwrap().subject;
        let epoch = desk.epoch();
        assert_eq!(desk.mail(epoch, at(9)), None, "{word:?}");
        let waiting = unasked(&desk.db, 9).unwrap();
        let about = (waiting[0].subject, waiting[0].customer_id.as_str(), waiting[0].due);
        assert_eq!(about, (subject, "7013", at(5)));
        told(&mut desk.db, epoch, at(9), subject, &word).unwrap();
        assert_eq!(unasked(&desk.db, 9).unwrap(), []);
        assert_eq!(desk.mail(epoch, at(9)).unwrap().1.to, goes_to, "{word:?}");
    }
}

/// What was captured here and has not arrived there is newer than what they know.
#[test]
fn nic_88_our_own_capture_goes_before_what_the_upstream_knows() {
    let mut desk = Desk::new();
    desk.capture(at(0), "", NEW, UPSTREAM).unwrap();
    let subject = desk.pay(at(1), By::Mail, &office(true)).unwrap().subject;
    let epoch = desk.epoch();
    let old = Latest::Value("old@example.com".into());
    told(&mut desk.db, epoch, at(2), subject, &old).unwrap();
    assert_eq!(desk.mail(epoch, at(9)).unwrap().1.to, NEW);
}

/// What the upstream still calls the latest was overtaken in the master since, and this desk has seen it.
#[test]
fn nic_88_what_was_weighed_here_before_is_no_news() {
    let mut desk = Desk::new();
    desk.capture(at(0), "", NEW, NO_UPSTREAM).unwrap();
    desk.run("update contact_update_state set status = 'rejected'");
    desk.run(
        "update effective_contact set value = 'kevin@example.com', update_id = null where field = 'email'",
    );
    let subject = desk.pay(at(1), By::Mail, &office(true)).unwrap().subject;
    let epoch = desk.epoch();
    told(&mut desk.db, epoch, at(2), subject, &Latest::Value(NEW.into())).unwrap();
    assert_eq!(desk.mail(epoch, at(9)).unwrap().1.to, "kevin@example.com");
}

/// A yes to texts belongs to a number: nobody has asked at the newer one.
#[test]
fn nic_88_a_text_to_a_mobile_that_is_no_longer_theirs_is_not_sent() {
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    let subject = desk.pay(at(0), By::Text, &office(true)).unwrap().subject;
    let epoch = desk.epoch();
    told(&mut desk.db, epoch, at(1), subject, &Latest::Value(OTHER.into())).unwrap();
    assert_eq!(desk.claim(epoch, at(9), Destination::Twilio), []);
    assert_eq!(desk.states(), ["canceled"]);
    assert_eq!(desk.status_of(MessageId(subject)), "canceled");
}

#[test]
fn u_takes_back_a_mail_that_waits_and_none_that_has_left() {
    let mut desk = Desk::new();
    desk.pay(at(0), By::Mail, &office(false)).unwrap();
    let agent = desk.agent.clone();
    let offered = newest(&desk.db, &agent, at(1), Duration::from_secs(5)).unwrap().unwrap();
    assert_eq!((offered.kind.as_str(), offered.until), ("mail", at(5)));
    let supervisor = desk.supervisor.clone();
    let undo = Duration::from_secs(5);
    assert!(take_back(&mut desk.db, &supervisor, at(1), undo, offered.seq, "mail").is_err());
    take_back(&mut desk.db, &agent, at(1), undo, offered.seq, "mail").unwrap();
    assert_eq!(desk.states(), ["canceled"]);
    let asked = desk.pay(at(2), By::Mail, &office(false)).unwrap();
    let epoch = desk.epoch();
    desk.mail(epoch, asked.leaves).unwrap();
    assert_eq!(
        why(take_back(&mut desk.db, &agent, at(8), undo, offered.seq + 1, "mail")),
        "it is being sent now"
    );
}

/// Promise 2: a mail that may have arrived is a person's to decide, and nobody else's.
#[test]
fn a_mail_in_doubt_is_never_sent_again_by_the_machine() {
    let mut desk = Desk::new();
    desk.pay(at(0), By::Mail, &office(false)).unwrap();
    let epoch = desk.epoch();
    let (claimed, first) = desk.mail(epoch, at(9)).unwrap();
    let job = claimed.jobs[0];
    mails::unconfirmed(&mut desk.db, epoch, at(10), Some(&verdict(job, Step::Doubt)), job).unwrap();
    assert_eq!(desk.states(), ["unconfirmed"]);
    assert_eq!(desk.mail(epoch, at(9999)), None);
    // An agent may not; a supervisor says why, and whoever gets it twice can tell by its id.
    let (agent, supervisor) = (desk.agent.clone(), desk.supervisor.clone());
    let due = WINDOW.due(at(20));
    assert!(retry::retry(&mut desk.db, &agent, at(20), 1, "he has none", due).is_err());
    assert!(retry::retry(&mut desk.db, &supervisor, at(20), 1, " ", due).is_err());
    retry::retry(&mut desk.db, &supervisor, at(20), 1, "he has none", due).unwrap();
    assert_eq!(desk.states(), ["discarded", "waiting"]);
    assert_eq!(desk.mail(epoch, at(30)).unwrap().1.id, first.id);
}

#[test]
fn what_a_dead_engine_had_under_way_is_in_doubt() {
    let mut desk = Desk::new();
    desk.pay(at(0), By::Mail, &office(false)).unwrap();
    let dead = desk.lease("first", 0).unwrap();
    desk.mail(dead.epoch, at(9)).unwrap();
    let epoch = dead.epoch;
    drop(dead);
    let alive = desk.lease("second", 3600).unwrap();
    assert!(alive.epoch > epoch);
    super::super::claims::recover(&mut desk.db, alive.epoch, at(99)).unwrap();
    assert_eq!(desk.states(), [State::Ambiguous.as_str()]);
    let doubts = super::super::claims::doubts(&desk.db, Destination::Mail, at(99), 9).unwrap();
    mails::unconfirmed(&mut desk.db, alive.epoch, at(99), None, doubts[0].job).unwrap();
    assert_eq!(desk.states(), ["unconfirmed"]);
}

#[test]
fn nic_136_an_address_that_is_refused_is_dead_and_gets_nothing_more() {
    let mut desk = Desk::new();
    desk.capture(at(0), "", NEW, NO_UPSTREAM).unwrap();
    desk.pay(at(1), By::Mail, &office(false)).unwrap();
    desk.pay(at(2), By::Mail, &office(false)).unwrap();
    let epoch = desk.epoch();
    let claimed = super::super::claims::claim(&mut desk.db, epoch, at(9), Destination::Mail, 1).unwrap();
    let Task::Mail(mail) = &claimed[0].task else { panic!("{claimed:?}") };
    let refused = verdict(claimed[0].jobs[0], Step::Reject);
    mails::rejected(&mut desk.db, epoch, at(10), &refused, Some((mail, 550))).unwrap();
    // The second was queued before, and stays here.
    assert_eq!(desk.mail(epoch, at(11)), None);
    assert_eq!(desk.states(), ["rejected", "canceled"]);
    let words = "mail to this address came back: take another one first (e on the card)";
    assert_eq!(why(desk.pay(at(12), By::Mail, &office(false))), words);
    let card = super::super::card::read(&desk.db, &desk.agent, desk.kevin).unwrap();
    let trust = card.email.unwrap().trust;
    assert_eq!((trust.proof, trust.by.as_str()), (crate::domain::shown::Proof::Bad, "mail refused 550"));
    // Another address is another matter.
    desk.capture(at(13), "", "kevin@example.net", NO_UPSTREAM).unwrap();
    assert!(desk.pay(at(14), By::Mail, &office(false)).is_ok());
}

#[test]
fn a_no_to_mail_is_kept() {
    let mut desk = Desk::new();
    let no = "insert into consent (id, address, channel, purpose, act, method, at)
              values (randomblob(16), 'kevin@example.com', 'email', 'service', 'revoke', 'voice', 1)";
    desk.run(no);
    let words = "mail: this customer said no to mail at this address";
    assert_eq!(why(desk.pay(at(0), By::Mail, &office(false))), words);
}

/// Kevin acknowledges a debt, and gets a mail about it.
pub(super) fn acknowledge(desk: &mut Desk) {
    let (agent, kevin, (debt, today)) = (desk.agent.clone(), desk.kevin, debt());
    let recorded =
        debts::record(&mut desk.db, &agent, NOW, &office(false), kevin, (&debt, today), WINDOW).unwrap();
    assert!(recorded.mail.is_some());
}

fn debt() -> (Debt, chrono::NaiveDate) {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let amount = Money { minor: 449_129, currency: Currency::MUR };
    (Debt { amount, instalments: 3, first: today }, today)
}

#[test]
fn nic_25_an_acknowledgement_is_a_fact_a_note_and_a_mail() {
    let mut desk = Desk::new();
    let (agent, kevin) = (desk.agent.clone(), desk.kevin);
    let (debt, today) = debt();
    let recorded =
        debts::record(&mut desk.db, &agent, at(0), &office(false), kevin, (&debt, today), WINDOW).unwrap();
    let notes = super::super::notes::list(&desk.db, &agent, kevin).unwrap();
    assert_eq!(notes[0].id, recorded.note);
    assert!(notes[0].body.contains("MUR 4,491.29 for policy LIB/C7013"), "{}", notes[0].body);
    let epoch = desk.epoch();
    let (_, mail) = desk.mail(epoch, at(9)).unwrap();
    assert_eq!((mail.to.as_str(), mail.link), ("kevin@example.com", None));
    assert!(notes[0].body.ends_with(&mail.body), "{}", mail.body);
    let stored = "select amount || ' ' || currency || ' ' || instalments || ' ' || first_date from debt";
    assert_eq!(desk.one::<String>(stored), "449129 MUR 3 2026-01-01");
    desk.assert_sound();
}

#[test]
fn nic_25_without_a_way_to_mail_it_is_recorded_all_the_same() {
    let mut desk = Desk::new();
    let (agent, admin, kevin) = (desk.agent.clone(), desk.admin.clone(), desk.kevin);
    let (debt, today) = debt();
    let no_server = Office { mail: false, ..office(false) };
    let record = |db: &mut Db, office: &Office| {
        debts::record(db, &agent, at(0), office, kevin, (&debt, today), WINDOW).unwrap().mail
    };
    assert_eq!(record(&mut desk.db, &no_server), None);
    trust::bounced(&mut desk.db, &admin, at(1), "kevin@example.com", "mail came back").unwrap();
    assert_eq!(record(&mut desk.db, &office(false)), None);
    assert_eq!(desk.one::<i64>("select count(*) from debt"), 2);
    assert_eq!(desk.states(), Vec::<String>::new());
}

#[test]
fn mails_and_debts_are_never_edited() {
    let mut desk = Desk::new();
    desk.pay(at(0), By::Mail, &office(false)).unwrap();
    for sql in [
        "update mail set recipient = 'x'",
        "delete from mail",
        "insert or replace into mail select * from mail",
    ] {
        assert!(desk.db.conn().execute_batch(sql).is_err(), "{sql}");
    }
}
