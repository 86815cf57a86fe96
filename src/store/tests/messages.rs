//! Texts: what is refused, what is listed, and statuses that come in any order (FACTS 4, 7).

use proptest::prelude::*;

use super::super::inbound::{accepted, look_later, next_look, polled, status, unsettled};
use super::super::messages::{Message, Whose, list};
use super::*;
use crate::domain::consent::Block;

impl Desk {
    fn listed(&self, whose: Whose<'_>, limit: u32) -> Vec<String> {
        let bodies = |message: Message| message.body.0;
        list(&self.db, &self.agent, whose, limit).unwrap().into_iter().map(bodies).collect()
    }

    /// A text that Twilio has taken.
    fn taken(&mut self, epoch: i64, sid: &str) -> (MessageId, Text) {
        self.allowed_text(at(1), sid);
        let claimed = self.claim(epoch, at(60), Destination::Twilio);
        let text = text_of(&claimed[0]).clone();
        let seen = outbound(sid, &text, Delivery::Queued, at(60));
        accepted(&mut self.db, epoch, at(60), claimed[0].jobs[0], Some(claimed[0].attempt), &seen).unwrap();
        (text.message, text)
    }
}

#[test]
fn a_text_without_a_yes_is_not_queued() {
    let mut desk = Desk::new();
    let sent = desk.text(at(1), KEVINS, "hello");
    assert!(matches!(sent, Err(Error::Blocked(Block::NeverAsked { .. }))));
    let rows: i64 = desk.one("select (select count(*) from message) + (select count(*) from conversation)");
    assert_eq!((rows, desk.states().len()), (0, 0));
}

/// FACTS 7: 1,600 UTF-16 units, an emoji being two.
#[test]
fn empty_and_overlong_texts_are_refused() {
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    let refused = |body: &str, desk: &mut Desk| match desk.text(at(1), KEVINS, body) {
        Err(Error::Refused(why)) => why,
        other => panic!("{other:?}"),
    };
    for empty in ["", " \n\t"] {
        assert!(refused(empty, &mut desk).contains("nothing in it"));
    }
    assert!(refused(&"x".repeat(1601), &mut desk).contains("1601 units"));
    assert!(refused(&"😀".repeat(801), &mut desk).contains("1602 units"));
    desk.text(at(1), KEVINS, &"😀".repeat(800)).unwrap();
    desk.text(at(1), KEVINS, &"x".repeat(1600)).unwrap();
}

#[test]
fn a_queued_text_is_complete() {
    let mut desk = Desk::new();
    let id = desk.allowed_text(at(1), "hello");
    let job: (String, String, i64, i64) = desk
        .db
        .conn()
        .query_row("select kind, state, not_before, deadline from job where subject_id = ?1", [id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap();
    assert_eq!(job, ("text".into(), "waiting".into(), at(6).0, at(6 + 4 * 3600).0));
    assert_eq!(desk.one::<i64>("select count(*) from interaction where kind = 'text'"), 1);
    assert_eq!(desk.one::<String>("select action from audit order by seq desc limit 1"), "text queued");
    desk.assert_sound();
}

/// G8: everybody sees every inbound text, from strangers too.
#[test]
fn lists_are_of_one_customer_one_number_or_everybody() {
    let mut desk = Desk::new();
    for (body, n) in ["one", "two", "three"].into_iter().zip(1..) {
        desk.allowed_text(at(n), body);
    }
    let epoch = desk.epoch();
    let stranger =
        Seen { from: number(OTHER).into(), ..inbound("SM9", "who is this?", Delivery::Received, at(60)) };
    let answer = inbound("SM8", "fine", Delivery::Received, at(61));
    assert_eq!(polled(&mut desk.db, epoch, at(62), vec![answer, stranger]).unwrap(), 2);

    assert_eq!(desk.listed(Whose::Everybody, 9), ["one", "two", "three", "who is this?", "fine"]);
    assert_eq!(desk.listed(Whose::Everybody, 2), ["who is this?", "fine"]);
    assert_eq!(desk.listed(Whose::Customer(desk.kevin), 9), ["one", "two", "three", "fine"]);
    assert_eq!(desk.listed(Whose::Customer(desk.kevin), 2), ["three", "fine"]);
    assert_eq!(desk.listed(Whose::Number(&number(KEVINS)), 9), ["one", "two", "three", "fine"]);
    assert_eq!(desk.listed(Whose::Number(&number(KEVINS)), 2), ["three", "fine"]);
    assert_eq!(desk.listed(Whose::Number(&number(OTHER)), 9), ["who is this?"]);
    let unread: Vec<i64> = {
        let mut statement = desk.db.conn().prepare("select unread from conversation order by seq").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    };
    assert_eq!(unread, [1, 1]);
}

/// G13: an answer from a number that several people share is nobody's in particular.
#[test]
fn an_answer_from_a_shared_number_is_given_to_nobody() {
    let mut desk = Desk::new();
    let kim =
        NewCustomer { name: "Kim".into(), phones: vec![phone("mobile", KEVINS)], ..NewCustomer::default() };
    super::super::customers::add(&mut desk.db, &desk.agent, NOW, &kim).unwrap();
    let epoch = desk.epoch();
    polled(&mut desk.db, epoch, at(60), vec![inbound("SM1", "hi", Delivery::Received, at(59))]).unwrap();
    assert_eq!(desk.one::<Option<String>>("select max(customer_id) from message"), None);
    assert_eq!(desk.listed(Whose::Everybody, 9), ["hi"]);
}

/// TWS-36.
#[test]
fn a_taken_text_is_a_contact_with_the_customer() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    desk.taken(epoch, "SM1");
    let last: (i64, String) = desk
        .db
        .conn()
        .query_row("select last_contact_at, last_contact_method from customer", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(last, (at(60).0, "sms".into()));
}

fn statuses() -> impl Strategy<Value = Delivery> {
    let known = prop::sample::select(Delivery::KNOWN[..11].to_vec());
    prop_oneof![8 => known, 1 => Just(Delivery::Other("optimized".into()))]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// FACTS 4: in any order, more than once: the stored status is the domain's, never a step back.
    #[test]
    fn statuses_never_go_backwards(news in prop::collection::vec(statuses(), 1..11)) {
        let mut desk = Desk::new();
        let epoch = desk.epoch();
        let (message, text) = desk.taken(epoch, "SM1");
        let mut expected = Delivery::Queued;
        for (heard, n) in news.into_iter().zip(61..) {
            expected = Delivery::advance(expected, heard.clone());
            status(&mut desk.db, epoch, at(n), message, &outbound("SM1", &text, heard, at(60))).unwrap();
            prop_assert_eq!(desk.status_of(message), expected.as_str());
            // A final text is not asked about again, unless its price is still to come.
            let is_over = expected.is_final() && !expected.is_charged();
            prop_assert_eq!(next_look(&desk.db).unwrap().is_none(), is_over);
        }
    }
}

#[test]
fn a_delivered_text_knows_when_and_what_it_cost() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let (message, text) = desk.taken(epoch, "SM1");
    let seen = Seen {
        price: Some("-0.0075".into()),
        price_unit: Some("USD".into()),
        segments: Some(2),
        sent: Some(at(62)),
        ..outbound("SM1", &text, Delivery::Delivered, at(60))
    };
    status(&mut desk.db, epoch, at(70), message, &seen).unwrap();
    // Later news without a price leave it.
    let bare = outbound("SM1", &text, Delivery::Sent, at(60));
    status(&mut desk.db, epoch, at(80), message, &bare).unwrap();
    let row: String = desk.one(
        "select concat_ws('|', status, price, price_unit, sent_at - twilio_created_at, delivered_at) from message",
    );
    assert_eq!(row, format!("delivered|-0.0075|USD|2000000|{}", at(70).0));
}

/// FACTS 4: `sent` can be the last word; the looks get rarer and end.
#[test]
fn looks_at_a_text_get_rarer_and_end() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let (message, text) = desk.taken(epoch, "SM1");
    let mut gaps = Vec::new();
    let mut last = at(60);
    while let Some(next) = next_look(&desk.db).unwrap() {
        assert_eq!(unsettled(&desk.db, next - Duration::from_micros(1), 9).unwrap(), []);
        assert_eq!(unsettled(&desk.db, next, 9).unwrap(), [(message, "SM1".to_owned())]);
        gaps.push(next.since(last).as_secs());
        last = next;
        // Every third look fails.
        if gaps.len() % 3 == 0 {
            look_later(&mut desk.db, epoch, next, message, true).unwrap();
        } else {
            let seen = outbound("SM1", &text, Delivery::Sent, at(60));
            status(&mut desk.db, epoch, next, message, &seen).unwrap();
        }
    }
    assert_eq!(gaps[..3], [2, 3, 5]);
    assert!((40..=60).contains(&gaps.len()), "{}", gaps.len());
    assert!(last.since(at(60)) > Duration::from_secs(12 * 3600));
}
