//! Replies that may mean stop (FACTS 15): the number is held at once, a person decides, and what waited
//! goes on or is canceled. And the do-not-contact list.

use super::super::consent::{ask, record};
use super::super::inbound::polled;
use super::super::{do_not_contact, holds, outbox, undo};
use super::*;
use crate::domain::consent::Block;
use crate::domain::shown::Undoable;

const UNDO: Duration = Duration::from_secs(5);

impl Desk {
    fn writes(&mut self, epoch: i64, now: Micros, sid: &str, body: &str) {
        polled(&mut self.db, epoch, now, vec![inbound(sid, body, Delivery::Received, now)]).unwrap();
    }

    fn blocked(&self, to: &str) -> Option<&'static str> {
        let asked = ask(&self.db, &self.agent, &number(to), Some(self.kevin), Purpose::Service).unwrap();
        asked.err().map(|block| block.as_str())
    }

    /// Log lines of Kevin's number: act, method, purpose.
    fn log(&self) -> Vec<String> {
        let sql =
            "select act || ' ' || method || ' ' || purpose from consent where address = ?1 order by seq";
        let mut statement = self.db.conn().prepare(sql).unwrap();
        let rows = statement.query_map([KEVINS], |row| row.get(0)).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    }
}

/// The text waits, whatever time passes; then it leaves, or never.
#[test]
fn a_near_miss_holds_what_waits_until_somebody_decides() {
    for confirmed in [false, true] {
        let mut desk = Desk::new();
        let text = desk.allowed_text(at(1), "one");
        let epoch = desk.epoch();
        desk.writes(epoch, at(3), "SM1", "stop. thank you");
        assert_eq!(desk.blocked(KEVINS), Some("held"));
        assert!(matches!(desk.text(at(4), KEVINS, "two"), Err(Error::Blocked(Block::Held { .. }))));
        for seconds in [10, 60, 1_000, 3_000] {
            assert_eq!(desk.claim(epoch, at(seconds), Destination::Twilio), [], "{seconds} s");
        }
        let waiting = &outbox::list(&desk.db, &desk.agent, false, 10).unwrap()[0];
        assert_eq!(waiting.reason.as_deref(), Some("a reply may mean stop, a person decides"));
        // A yes on the phone is no decision, and neither is a START.
        desk.consent(KEVINS, Act::Grant);
        desk.writes(epoch, at(3_001), "SM2", "START");
        assert_eq!(desk.blocked(KEVINS), Some("held"));
        let (agent, kevins, customer) = (desk.agent.clone(), number(KEVINS), Some(desk.kevin));
        assert_eq!(holds::list(&desk.db, &agent).unwrap()[0].words, "stop. thank you");
        if confirmed {
            let canceled = holds::confirm(&mut desk.db, &agent, at(3_100), &kevins, customer, "").unwrap();
            assert_eq!((canceled, desk.status_of(text).as_str()), (1, "canceled"));
            assert_eq!(desk.blocked(KEVINS), Some("stopped"));
            assert_eq!(desk.claim(epoch, at(9_000), Destination::Twilio), []);
            desk.consent(KEVINS, Act::Grant);
            assert_eq!(desk.blocked(KEVINS), Some("stopped"), "it counts like their own STOP");
            desk.writes(epoch, at(9_001), "SM3", "START");
            assert_eq!(desk.blocked(KEVINS), None);
        } else {
            let why = "asked: they meant the other policy";
            holds::release(&mut desk.db, &agent, at(3_100), &kevins, customer, why).unwrap();
            assert_eq!(desk.blocked(KEVINS), None);
            assert_eq!(desk.claim(epoch, at(3_101), Destination::Twilio).len(), 1, "at once");
            assert_eq!(desk.one::<String>("select note from consent order by seq desc limit 1"), why);
        }
        assert_eq!(holds::list(&desk.db, &agent).unwrap(), []);
        desk.assert_sound();
    }
}

/// A text queued in the undo window and one that is already due are held by the same commit as the reply.
#[test]
fn a_hold_needs_a_reason_is_made_once_and_decided_once() {
    let mut desk = Desk::new();
    let text = desk.allowed_text(at(1), "one");
    let (agent, kevins, customer) = (desk.agent.clone(), number(KEVINS), Some(desk.kevin));
    let nothing = holds::release(&mut desk.db, &agent, at(2), &kevins, customer, "x").unwrap_err();
    assert_eq!(nothing.to_string(), "nothing is held here: texts to this number wait for nobody's decision");
    let reason = holds::hold(&mut desk.db, &agent, at(2), &kevins, customer, " ").unwrap_err();
    assert_eq!(reason.to_string(), "reason: say why");
    holds::hold(&mut desk.db, &agent, at(2), &kevins, customer, "wants to think about it").unwrap();
    let again = holds::hold(&mut desk.db, &agent, at(3), &kevins, customer, "again").unwrap_err();
    assert_eq!(again.to_string(), "texts to this number are held already");
    let epoch = desk.epoch();
    assert_eq!(
        (desk.claim(epoch, at(60), Destination::Twilio), desk.status_of(text)),
        (vec![], "waiting".into())
    );
    assert!(holds::release(&mut desk.db, &agent, at(61), &kevins, customer, "").is_err(), "says why");
    // Said on the phone, it is a no and not a STOP: the next yes opens the number.
    assert_eq!(holds::confirm(&mut desk.db, &agent, at(62), &kevins, customer, "called back").unwrap(), 1);
    assert_eq!(desk.blocked(KEVINS), Some("revoked"));
    assert!(holds::confirm(&mut desk.db, &agent, at(63), &kevins, customer, "").is_err(), "decided once");
    desk.consent(KEVINS, Act::Grant);
    assert_eq!(desk.blocked(KEVINS), None);
}

/// FACTS 11: a STOP after a near miss has decided it; START then opens what STOP closed.
#[test]
fn a_stop_ends_the_doubt() {
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    let epoch = desk.epoch();
    desk.writes(epoch, at(10), "SM1", "please unsubscribe me");
    desk.writes(epoch, at(20), "SM2", "STOP");
    assert_eq!(desk.blocked(KEVINS), Some("stopped"));
    desk.writes(epoch, at(30), "SM3", "START");
    assert_eq!(desk.blocked(KEVINS), None);
    // Listed again, the near miss holds nothing again.
    desk.writes(epoch, at(40), "SM1", "please unsubscribe me");
    assert_eq!(desk.blocked(KEVINS), None);
}

fn newest(desk: &Desk, actor: &Actor, now: Micros) -> Option<Undoable> {
    undo::newest(&desk.db, actor, now, UNDO).unwrap()
}

/// `!` by a slip: `u` within 5 s appends "entered by mistake", for all purposes of that act.
#[test]
fn a_no_by_mistake_is_taken_back_within_five_seconds_by_the_same_person() {
    let mut desk = Desk::new();
    let text = desk.allowed_text(at(1), "one");
    let (kevins, customer) = (number(KEVINS), Some(desk.kevin));
    let (agent, admin) = (desk.agent.clone(), desk.admin.clone());
    super::super::consent::no(&mut desk.db, &agent, at(2), &kevins, customer, &Purpose::ALL).unwrap();
    assert_eq!(desk.blocked(KEVINS), Some("revoked"));
    assert_eq!(newest(&desk, &admin, at(3)), None, "somebody else's");
    assert_eq!(newest(&desk, &agent, at(8)), None, "too late");
    let act = newest(&desk, &agent, at(6)).unwrap();
    assert_eq!((act.kind.as_str(), act.name.as_str()), ("no to texts", "Kevin Anderson Curepipe"));
    let late = undo::take_back(&mut desk.db, &agent, at(8), UNDO, act.seq, &act.kind).unwrap_err();
    assert!(late.to_string().contains("too late to be a slip"), "{late}");
    let theirs = undo::take_back(&mut desk.db, &admin, at(6), UNDO, act.seq, &act.kind);
    assert!(matches!(theirs, Err(Error::Denied(_))), "{theirs:?}");
    undo::take_back(&mut desk.db, &agent, at(6), UNDO, act.seq, &act.kind).unwrap();
    assert_eq!(desk.blocked(KEVINS), None, "the yes before it counts again");
    assert_eq!(desk.status_of(text), "canceled", "what it canceled stays canceled");
    assert_eq!(
        desk.log(),
        [
            "grant voice service",
            "revoke voice service",
            "revoke voice marketing",
            "release voice service",
            "release voice marketing"
        ]
    );
    assert_eq!(
        desk.one::<String>("select note from consent order by seq desc limit 1"),
        "entered by mistake"
    );
    assert_eq!(newest(&desk, &agent, at(6)), None, "taken back once");
}

/// Never a STOP that the customer sent, whoever confirms it.
#[test]
fn nobody_takes_back_what_the_customer_sent() {
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    let epoch = desk.epoch();
    desk.writes(epoch, at(10), "SM1", "no more texts please");
    let (agent, kevins, customer) = (desk.agent.clone(), number(KEVINS), Some(desk.kevin));
    holds::confirm(&mut desk.db, &agent, at(11), &kevins, customer, "").unwrap();
    assert_eq!(newest(&desk, &agent, at(12)), None);
    let seq = desk.one::<i64>("select max(seq) from consent");
    let denied = undo::take_back(&mut desk.db, &agent, at(12), UNDO, seq, "no to texts");
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
    desk.writes(epoch, at(20), "SM2", "STOP");
    let seq = desk.one::<i64>("select max(seq) from consent");
    let denied = undo::take_back(&mut desk.db, &agent, at(21), UNDO, seq, "no to texts");
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
}

/// FACTS 15: a gate for every purpose, above every yes; each line stays.
#[test]
fn the_do_not_contact_list_closes_a_number_for_every_purpose() {
    let mut desk = Desk::new();
    let text = desk.allowed_text(at(1), "one");
    let kevins = number(KEVINS);
    let denied =
        do_not_contact::add(&mut desk.db, &desk.agent, at(2), std::slice::from_ref(&kevins), "list.csv");
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
    let supervisor = desk.supervisor.clone();
    let numbers = [kevins.clone(), number(OTHER)];
    let added = do_not_contact::add(&mut desk.db, &supervisor, at(2), &numbers, "list.csv").unwrap();
    assert_eq!(added, do_not_contact::Added { new: 2, known: 0, canceled: 1 });
    let again = do_not_contact::add(&mut desk.db, &supervisor, at(3), &numbers, "list.csv").unwrap();
    assert_eq!(again, do_not_contact::Added { new: 0, known: 2, canceled: 0 });
    assert_eq!((desk.blocked(KEVINS), desk.status_of(text).as_str()), (Some("do not contact"), "canceled"));
    let marketing = entry(&kevins, Some(desk.kevin), Purpose::Marketing, Act::Grant);
    record(&mut desk.db, &desk.agent, at(4), &marketing.as_ref()).unwrap();
    let asked = ask(&desk.db, &desk.agent, &kevins, Some(desk.kevin), Purpose::Marketing).unwrap();
    assert_eq!(asked, Err(Block::DoNotContact { since: at(2) }));
    assert!(do_not_contact::check(&desk.db, &desk.agent, &kevins).unwrap().is_some());
    assert!(do_not_contact::remove(&mut desk.db, &supervisor, at(5), &kevins, " ").is_err(), "says why");
    do_not_contact::remove(&mut desk.db, &supervisor, at(5), &kevins, "came back as a customer").unwrap();
    assert!(do_not_contact::remove(&mut desk.db, &supervisor, at(6), &kevins, "again").is_err());
    assert_eq!((desk.blocked(KEVINS), desk.blocked(OTHER)), (None, Some("do not contact")));
    let mut listed = Vec::new();
    do_not_contact::for_each::<Error>(&desk.db, &desk.agent, |line| {
        listed.push((line.number.to_string(), line.since, line.source));
        Ok(())
    })
    .unwrap();
    assert_eq!(listed, [(OTHER.to_owned(), at(2), "list.csv".to_owned())]);
}

/// G24: where a yes to marketing has to be in writing, a voice is not enough.
#[test]
fn g24_no_marketing_by_voice_where_it_has_to_be_written() {
    let mut desk = Desk::new();
    let american = number("+12025550143");
    let spoken = entry(&american, None, Purpose::Marketing, Act::Grant);
    let refused = record(&mut desk.db, &desk.agent, NOW, &spoken.as_ref()).unwrap_err();
    assert!(refused.to_string().contains("has to be in writing"), "{refused}");
    let written = NewEntry { method: Method::Web, ip: Some("203.0.113.4"), ..spoken.as_ref() };
    record(&mut desk.db, &desk.agent, NOW, &written).unwrap();
    let asked = ask(&desk.db, &desk.agent, &american, None, Purpose::Marketing).unwrap();
    assert!(asked.is_ok());
}

/// What the gate said is kept with each text, and of what was not even queued.
#[test]
fn every_decision_of_the_gate_is_kept() {
    let mut desk = Desk::new();
    assert!(desk.text(at(1), KEVINS, "nobody asked").is_err());
    desk.allowed_text(at(2), "one");
    desk.allowed_text(at(3), "two");
    let epoch = desk.epoch();
    assert_eq!(desk.claim(epoch, at(60), Destination::Twilio).len(), 1, "the lane's head");
    desk.writes(epoch, at(61), "SM1", "STOP");
    let sql = "select group_concat(d.stage || ' ' || d.allowed || ' ' || coalesce(m.body, '-'), ', ')
         from send_decision d left join message m on m.id = d.message_id";
    assert_eq!(
        desk.one::<String>(sql),
        "queuing 0 -, queuing 1 one, queuing 1 two, leaving 1 one",
        "a canceled text is not asked about any more"
    );
    let rests =
        "select count(*) from send_decision d join consent c on c.id = d.consent_id where c.act = 'grant'";
    assert_eq!(desk.one::<i64>(rests), 3);
}
