//! The master, the upstream and Twilio know nothing of a merge: what they say and get is as before.

use super::*;
use crate::domain::consent::Block;
use crate::domain::shown::QueueFilter;
use crate::store::pulled::{Pulled, Row, pulled};
use crate::store::{batches, consent, messages, queue, record};

/// The master still has two records: each row of the next file is written over its own.
#[test]
fn an_import_changes_the_record_that_it_is_about() {
    let (mut desk, twin) = Desk::with_twin();
    let admin = desk.admin.clone();
    let merge = desk.merge(1, twin);
    let before: String = desk.one("select name || policy_number from customer where seq = 1");
    let moved = NewCustomer { phones: vec![phone("mobile", "+23058440088")], ..super::twin() };
    let none = NewCustomer { master_id: None, ..moved.clone() };
    for rows in [vec![kevin(), moved], vec![none]] {
        let results = customers::import(&mut desk.db, &admin, at(2), &rows).unwrap();
        assert!(!results.contains(&customers::Imported::New), "{results:?}");
    }
    assert_eq!(desk.one::<String>("select name || policy_number from customer where seq = 1"), before);
    assert_eq!(desk.mobile_of(desk.kevin).as_deref(), Some(KEVINS));
    assert_eq!(desk.one::<i64>("select count(*) from customer"), 2);
    // The new number of the other record is his, too.
    assert_eq!(desk.looked_up("58440088"), [desk.kevin]);
    assert_eq!(desk.meant("+23058440088"), Some(desk.kevin));
    desk.assert_sound();
    desk.split(3, merge).unwrap();
    assert_eq!(desk.mobile_of(twin).as_deref(), Some("+23058440088"));
    desk.assert_sound();
}

/// A pending update of the other record is entered under its own policy, uploaded and marked as its own.
#[test]
fn updates_of_both_records_go_their_own_way() {
    let (mut desk, twin) = Desk::with_twin();
    let theirs = desk.capture_for(1, twin, "5844 0055", "");
    desk.capture_for(2, desk.kevin, "", "new@example.com");
    desk.merge(3, twin);
    let page = queue::page(&desk.db, &desk.admin, &QueueFilter::default(), None, 9).unwrap();
    let policies: Vec<_> = page.rows.iter().map(|row| row.policy.as_str()).collect();
    assert_eq!((page.counts.pending, policies), (2, vec!["LIB/C8013", "LIB/C7013"]));
    for filter in ["status:pending", "updated:2026-01-01", "by:me"] {
        let found = search::lookup(&desk.db, &desk.agent, at(3), 0, filter, 9).unwrap();
        assert_eq!(found.hits.len(), 1, "{filter}");
    }
    assert_eq!(queue::clashes(&desk.db, &desk.admin).unwrap(), 0);
    let admin = desk.admin.clone();
    let batch = batches::create(&mut desk.db, &admin, at(4), &[1, 2]).unwrap();
    let lines: Vec<_> = batches::lines(&desk.db, &admin, batch.number)
        .unwrap()
        .into_iter()
        .map(|line| (line.customer_id, line.policy_number, line.value))
        .collect();
    let line = |id: &str, policy: &str, value: &str| (id.to_owned(), policy.to_owned(), value.to_owned());
    assert_eq!(
        lines,
        [line("8013", "LIB/C8013", "+23058440055"), line("7013", "LIB/C7013", "new@example.com")]
    );

    // The upload whose answer was lost is found in the upstream's list, and not taken for somebody else's.
    let epoch = desk.epoch();
    let claimed = desk.claim(epoch, at(20), Destination::Upstream);
    assert_eq!(claimed.len(), 2);
    for claimed in &claimed {
        desk.settle(epoch, at(21), claimed.jobs[0], Step::Doubt).unwrap();
    }
    let row = Row {
        upstream_id: 900,
        client_ref: None,
        customer_id: "8013".into(),
        policy_number: "LIB/C8013".into(),
        customer_name: TWIN.into(),
        mobile: Some((Some(OTHER.into()), "+23058440055".into())),
        email: None,
        reason: crate::domain::update::Reason::Provided,
        notes: String::new(),
        agent_number: 24,
        agent_name: "David Brown".into(),
        captured_at: Some(at(1)),
        synced: false,
        synced_at: None,
        synced_by: None,
    };
    let counts = pulled(&mut desk.db, epoch, at(22), std::slice::from_ref(&row)).unwrap();
    assert_eq!(counts, Pulled { bound: 1, ..Pulled::default() });
    let bound: UpdateId = desk.one("select update_id from contact_update_ref where upstream_id = 900");
    assert_eq!(bound, theirs);
    // What others have captured of that record is about this person.
    let foreign = Row { upstream_id: 901, agent_number: 31, ..row };
    let counts = pulled(&mut desk.db, epoch, at(23), &[foreign]).unwrap();
    assert_eq!(counts, Pulled { new: 1, ..Pulled::default() });
    assert_eq!(desk.one::<CustomerId>("select customer_id from contact_update where seq = 3"), desk.kevin);
    let marked = desk.mark(at(24), &[1, 2], UPSTREAM);
    assert_eq!(marked, [(1, Marked::Done), (2, Marked::Done)]);
    desk.assert_sound();
}

fn to_twin(desk: &mut Desk, n: u64, customer: CustomerId, to: &str) -> Result<MessageId> {
    let text = NewText {
        from: number(OURS),
        to: number(to),
        customer: Some(customer),
        body: Body("Your card is ready.".into()),
        purpose: Purpose::Service,
    };
    let agent = desk.agent.clone();
    messages::send(&mut desk.db, &agent, at(n), &text, WINDOW)
}

fn says(desk: &mut Desk, customer: CustomerId, to: &str, act: Act) {
    let of = entry(&number(to), Some(customer), Purpose::Service, act);
    let agent = desk.agent.clone();
    consent::record(&mut desk.db, &agent, NOW, &of.as_ref()).unwrap();
}

fn may(desk: &Desk, customer: CustomerId, to: &str) -> std::result::Result<(), Block> {
    consent::ask(&desk.db, &desk.agent, &number(to), Some(customer), Purpose::Service).unwrap().map(drop)
}

/// G23: a no follows the person, so after a merge it closes the numbers of both records, and after a split
/// each their own.
#[test]
fn a_no_of_either_record_counts_for_the_person() {
    for (of_the_gone, stopped) in [(true, OTHER), (false, KEVINS)] {
        let (mut desk, twin) = Desk::with_twin();
        let kevin = desk.kevin;
        says(&mut desk, kevin, KEVINS, Act::Grant);
        says(&mut desk, twin, OTHER, Act::Grant);
        says(&mut desk, if of_the_gone { twin } else { kevin }, stopped, Act::Revoke);
        let (open, owner) = if of_the_gone { (KEVINS, kevin) } else { (OTHER, twin) };
        assert_eq!(may(&desk, owner, open), Ok(()));
        let merge = desk.merge(1, twin);
        for id in [kevin, twin] {
            for to in [KEVINS, OTHER] {
                assert!(may(&desk, id, to).is_err(), "{of_the_gone} {to}");
                assert!(matches!(to_twin(&mut desk, 2, id, to), Err(Error::Blocked(_))));
            }
        }
        desk.split(3, merge).unwrap();
        assert_eq!(may(&desk, owner, open), Ok(()));
        desk.assert_sound();
    }
}

/// A text that waits for the one who is gone is not sent once the person has said no, by whichever number.
#[test]
fn a_waiting_text_obeys_a_stop() {
    for from in [OTHER, KEVINS] {
        let (mut desk, twin) = Desk::with_twin();
        let kevin = desk.kevin;
        says(&mut desk, kevin, KEVINS, Act::Grant);
        says(&mut desk, twin, OTHER, Act::Grant);
        to_twin(&mut desk, 1, twin, OTHER).unwrap();
        let merge = desk.merge(2, twin);
        desk.poll(3, from, "SM1", "STOP");
        let epoch = desk.epoch();
        assert_eq!(desk.claim(epoch, at(30), Destination::Twilio), [], "{from}");
        assert_eq!(desk.states(), ["canceled"], "{from}");
        desk.split(40, merge).unwrap();
        desk.assert_sound();
    }
}

/// And without a no it leaves, and what comes of it is on the kept one's timeline.
#[test]
fn a_waiting_text_leaves_and_its_answer_is_heard() {
    let (mut desk, twin) = Desk::with_twin();
    says(&mut desk, twin, OTHER, Act::Grant);
    to_twin(&mut desk, 1, twin, OTHER).unwrap();
    desk.merge(2, twin);
    let epoch = desk.epoch();
    let claimed = desk.claim(epoch, at(30), Destination::Twilio).remove(0);
    let seen = outbound("SM1", text_of(&claimed), Delivery::Queued, at(30));
    inbound::accepted(&mut desk.db, epoch, at(31), claimed.jobs[0], None, &seen).unwrap();
    desk.poll(32, OTHER, "SM2", "merci");
    let whose = messages::Whose::Customer(twin);
    let texts = messages::list(&desk.db, &desk.agent, whose, 9).unwrap();
    assert_eq!(texts.len(), 2);
    assert!(texts.iter().all(|text| text.customer.as_deref() == Some("Kevin Anderson Curepipe")));
    assert_eq!(desk.one::<i64>("select count(*) from conversation"), 1);
    desk.assert_sound();
}

/// Who was merged away is read as the one who was kept, and cannot be changed or brought back alone.
#[test]
fn the_record_of_the_other_is_closed_until_they_are_split() {
    let (mut desk, twin) = Desk::with_twin();
    let agent = desk.agent.clone();
    let merge = desk.merge(1, twin);
    assert_eq!(record::read(&desk.db, &agent, twin).unwrap().id, desk.kevin);
    assert!(record::resolve_deleted(&desk.db, &agent, &twin.to_string(), None).is_err());
    let tagged = |desk: &mut Desk, n| record::tag(&mut desk.db, &agent, at(n), twin, &["boat".into()], &[]);
    for refused in [tagged(&mut desk, 2), record::restore(&mut desk.db, &agent, at(2), twin)] {
        let why = refused.unwrap_err().to_string();
        assert!(why.starts_with("this customer was merged into another one"), "{why}");
    }
    desk.assert_sound();
    desk.split(3, merge).unwrap();
    tagged(&mut desk, 4).unwrap();
    desk.assert_sound();
}
