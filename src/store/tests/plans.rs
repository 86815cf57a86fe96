//! What runs per key, per job or per poll uses an index, however full the file is: the statements
//! are caught as the store really runs them, on a filled file, and SQLite is asked for their plans.

use std::sync::{Arc, Mutex};

use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::super::{
    batches, card, claims, consent, customers, destinations, drafts, duplicates, inbound, inbox, messages,
    outbox, pulled, queue, search, state, timeline, trust, undo, updates, why,
};
use super::*;
use crate::domain::payment::By;
use crate::domain::shown::PUT_BACK;
use crate::domain::shown::{InboxFilter, InboxView, Party, QueueFilter};
use crate::domain::text::SafeText;
use crate::domain::update::Status;

/// Tables that grow for years.
const BIG: [&str; 14] = [
    "interaction",
    "conversation",
    "job",
    "message",
    "contact_update",
    "contact_update_state",
    "contact_update_field",
    "contact_update_ref",
    "customer",
    "customer_ref",
    "contact_point",
    "consent",
    "evidence",
    "attempt",
];

/// A few hundred rows in every big table, most of them settled long ago.
fn filled() -> Desk {
    let mut desk = Desk::new();
    let rows: Vec<NewCustomer> = (0..200)
        .map(|n| NewCustomer {
            name: format!("Customer {n}"),
            policy_number: Some(format!("LIB/{n}")),
            master_id: Some(n.to_string()),
            phones: vec![phone("mobile", &format!("+2305{:07}", 8_000_000 + n))],
            ..NewCustomer::default()
        })
        .collect();
    customers::import(&mut desk.db, &desk.admin, NOW, &rows).unwrap();
    for n in 0..30 {
        desk.allowed_text(at(n), &format!("text {n}"));
        desk.capture(at(n), &format!("+2305844{n:04}"), "", UPSTREAM).unwrap();
    }
    desk.run(
        "update job set state = 'accepted', settled_at = 1 where seq < 50;
         update message set status = 'delivered', sid = 'SM' || seq where seq < 25;
         update contact_update_state set status = 'synced', upload = 'uploaded', mark_seen = 'yes'
            where update_id in (select id from contact_update where seq < 25)",
    );
    desk
}

/// The plans of every statement that `work` runs, as `table: how`, without those of small tables.
fn scans(desk: &mut Desk, work: impl FnOnce(&mut Desk)) -> Vec<String> {
    let caught = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&caught);
    let catch = move |event: TraceEvent<'_>| {
        if let TraceEvent::Stmt(_, text) = event {
            sink.lock().unwrap().push(text.to_owned());
        }
    };
    desk.db.conn.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(catch)).unwrap();
    work(desk);
    desk.db.conn.trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>).unwrap();
    let mut statements = caught.lock().unwrap().clone();
    statements.sort();
    statements.dedup();
    // An insert scans nothing: what its plan shows is the check of deferred references, which are none.
    statements
        .retain(|sql| ["select", "update", "with"].iter().any(|verb| sql.trim_start().starts_with(verb)));
    assert!(!statements.is_empty(), "nothing was caught");
    statements.iter().flat_map(|sql| scans_of(desk, sql)).collect()
}

fn scans_of(desk: &Desk, sql: &str) -> Vec<String> {
    let mut statement = desk.db.conn().prepare(&format!("explain query plan {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let step: String = row.get(3).unwrap();
        let Some(what) = step.strip_prefix("SCAN ") else { continue };
        let alias = what.split(' ').next().unwrap();
        // A partial index holds only what is open: walking it is the point of it.
        let partial = [
            "job_open",
            "job_lane",
            "conversation_unread",
            "conversation_for_",
            "conversation_last",
            "customer_deleted",
        ]
        .iter()
        .any(|index| what.contains(index))
            || what.contains("INDEX job_unconfirmed");
        if !partial && BIG.iter().any(|table| *table == alias || sql.contains(&format!(" {table} {alias} ")))
        {
            found.push(format!("{step} in {sql}"));
        }
    }
    found
}

#[track_caller]
fn no_scan(what: &str, work: impl FnOnce(&mut Desk)) {
    assert_eq!(scans(&mut filled(), work), [""; 0], "{what}");
}

#[test]
fn the_engine_finds_its_work_by_index() {
    no_scan("claim and settle", |desk| {
        let epoch = desk.epoch();
        claims::recover(&mut desk.db, epoch, at(99)).unwrap();
        desk.pay(at(1), By::Mail, &super::pay::office(false)).unwrap();
        for to in Destination::ALL {
            let claimed = desk.claim(epoch, at(99), to);
            assert!(!claimed.is_empty());
            for claimed in claimed {
                desk.settle(epoch, at(100), claimed.jobs[0], Step::Doubt).unwrap();
            }
            assert!(!claims::doubts(&desk.db, to, at(100), 9).unwrap().is_empty());
            assert!(claims::next_due(&desk.db, to).unwrap().is_some());
            destinations::known(&desk.db, to).unwrap();
        }
    });
}

#[test]
fn polls_find_their_rows_by_index() {
    no_scan("texts", |desk| {
        let epoch = desk.epoch();
        let claimed = desk.claim(epoch, at(99), Destination::Twilio).remove(0);
        let seen = outbound("SM99", text_of(&claimed), Delivery::Queued, at(99));
        inbound::accepted(&mut desk.db, epoch, at(99), claimed.jobs[0], None, &seen).unwrap();
        assert_eq!(inbound::unsettled(&desk.db, at(999), 9).unwrap().len(), 1);
        inbound::next_look(&desk.db).unwrap();
        inbound::polled(&mut desk.db, epoch, at(100), vec![inbound_stop()]).unwrap();
    });
    no_scan("the upstream's list", |desk| {
        let epoch = desk.epoch();
        let claimed = desk.claim(epoch, at(99), Destination::Upstream).remove(0);
        pulled::uploaded(&mut desk.db, epoch, at(99), claimed.jobs[0], None, 900).unwrap();
        pulled::pulled(&mut desk.db, epoch, at(99), &[foreign_row()]).unwrap();
        pulled::open_days(&desk.db, NOW).unwrap();
        updates::enqueue_missing(&mut desk.db, at(99)).unwrap();
    });
}

fn inbound_stop() -> Seen {
    super::inbound("SM100", "STOP", Delivery::Received, at(99))
}

fn foreign_row() -> pulled::Row {
    pulled::Row {
        upstream_id: 901,
        client_ref: None,
        customer_id: "7".into(),
        policy_number: "LIB/7".into(),
        customer_name: "Customer 7".into(),
        mobile: Some((None, OTHER.into())),
        email: None,
        reason: crate::domain::update::Reason::Provided,
        notes: String::new(),
        agent_number: 31,
        agent_name: "Emily Davis".into(),
        captured_at: None,
        synced: true,
        synced_at: None,
        synced_by: Some(31),
    }
}

#[test]
fn saving_uses_indexes() {
    no_scan("capture, mark, text, consent", |desk| {
        desk.capture(at(99), "5844 9999", "new@example.com", UPSTREAM).unwrap();
        desk.mark(at(99), &[30], UPSTREAM);
        desk.allowed_text(at(99), "hello");
        desk.consent(KEVINS, Act::Revoke);
    });
    no_scan("import", |desk| {
        let by_policy = NewCustomer { policy_number: Some("LIB/7".into()), ..kevin() };
        let by_number = NewCustomer { policy_number: None, master_id: None, ..kevin() };
        let changed = NewCustomer { phones: vec![phone("mobile", OTHER)], ..kevin() };
        let rows = [by_policy, by_number, changed];
        customers::import(&mut desk.db, &desk.admin, at(99), &rows).unwrap();
    });
}

#[test]
fn a_card_is_found_and_shown_by_index() {
    no_scan("card", |desk| {
        for name in ["LIB/7", "7", "+23058000007"] {
            let found = customers::resolve(&desk.db, &desk.agent, name, None);
            assert!(found.is_ok(), "{name}");
        }
        customers::card(&mut desk.db, &desk.agent, at(99), desk.kevin).unwrap();
        consent::ask(&desk.db, &desk.agent, &number(KEVINS), Some(desk.kevin), Purpose::Service)
            .unwrap()
            .unwrap();
        consent::log(&desk.db, &desk.agent, &number(KEVINS)).unwrap();
    });
}

#[test]
fn the_screens_read_by_index() {
    no_scan("the card and its timeline", |desk| {
        desk.capture(at(50), "5844 9998", "", UPSTREAM).unwrap();
        card::opened(&mut desk.db, &desk.agent, at(50), desk.kevin).unwrap();
        card::read(&desk.db, &desk.agent, desk.kevin).unwrap();
        duplicates::of(&desk.db, &desk.agent, desk.kevin).unwrap();
        let page = timeline::of(&desk.db, &desk.agent, desk.kevin, Some(40), 9).unwrap();
        assert_eq!(page.len(), 9);
        trust::bounced(&mut desk.db, &desk.admin, at(50), KEVINS, "gone").unwrap();
        drafts::mine(&desk.db, &desk.agent).unwrap();
    });
    no_scan("the state rows", |desk| {
        for actor in [desk.agent.clone(), desk.admin.clone()] {
            assert_eq!(state::read(&desk.db, &actor, at(50)).unwrap().pending, 6);
        }
    });
    no_scan("taking back", |desk| {
        let undo = Duration::from_secs(5);
        desk.allowed_text(at(50), "hello");
        desk.mark(at(50), &[30], UPSTREAM);
        for (actor, kinds) in [(desk.agent.clone(), vec!["text"]), (desk.admin.clone(), vec!["mark"])] {
            for kind in kinds {
                let act = undo::newest(&desk.db, &actor, at(51), undo).unwrap().unwrap();
                assert_eq!(act.kind, kind);
                undo::take_back(&mut desk.db, &actor, at(51), undo, act.seq, kind).unwrap();
            }
        }
        let left = undo::newest(&desk.db, &desk.agent, at(51), undo).unwrap().unwrap();
        assert_eq!(left.kind, PUT_BACK);
        undo::put_back(&mut desk.db, &desk.agent, at(51), left.seq, UPSTREAM).unwrap();
        desk.capture(at(51), "5844 9997", "", UPSTREAM).unwrap();
        let seq = desk.one::<i64>("select max(seq) from contact_update");
        undo::take_back(&mut desk.db, &desk.agent, at(52), undo, seq, "update").unwrap();
    });
    no_scan("looking up", |desk| {
        desk.consent("+23058440029", Act::Grant);
        let filters = ["status:pending", "updated:2026-01-01", "by:me", "agent:24", "optin:no", "optin:yes"];
        for query in
            ["2333", "5737 2333", "customer 1", "kevincurepipe", "kvein", "kevin@ex"].iter().chain(&filters)
        {
            let found = search::find(&desk.db, &desk.agent, at(99), 0, query, 9).unwrap();
            assert!(!found.hits.is_empty(), "{query}");
        }
        for newest_first in [true, false] {
            let page = |after| search::page(&desk.db, &desk.agent, after, newest_first, 9).unwrap().hits;
            let last = page(None)[8].seq;
            assert_eq!(page(Some(last)).len(), 9);
        }
    });
    no_scan("those whom one had last", |desk| {
        assert!(!search::find(&desk.db, &desk.agent, at(99), 0, "", 9).unwrap().hits.is_empty());
    });
}

#[test]
fn lists_are_read_by_index() {
    no_scan("texts", |desk| {
        let theirs = number(KEVINS);
        for whose in [messages::Whose::Customer(desk.kevin), messages::Whose::Number(&theirs)] {
            assert_eq!(messages::list(&desk.db, &desk.agent, whose, 9).unwrap().len(), 9);
        }
    });
    no_scan("updates", |desk| {
        let pending = Filter { status: Some(Status::Pending), ..Filter::default() };
        assert_eq!(desk.updates(&pending).len(), 6);
        let own = Filter { agent_number: Some(24), limit: Some(9), ..Filter::default() };
        assert_eq!(desk.updates(&own).len(), 9);
        // A walk from where the last page ended.
        let page = Filter { after: 20, limit: Some(9), ..Filter::default() };
        assert_eq!(desk.updates(&page).len(), 9);
    });
    no_scan("the outbox", |desk| {
        assert_eq!(outbox::list(&desk.db, &desk.agent, false, 9).unwrap().len(), 9);
        assert_eq!(outbox::counts(&desk.db).unwrap().texts_waiting, 5);
    });
}

#[test]
fn the_queue_and_its_batches_are_read_by_index() {
    no_scan("pages", |desk| {
        for newest_first in [false, true] {
            let filter =
                QueueFilter { status: Some(Status::Pending), newest_first, ..QueueFilter::default() };
            for actor in [&desk.admin, &desk.agent] {
                let page = queue::page(&desk.db, actor, &filter, None, 9).unwrap();
                assert_eq!((page.rows.len(), page.counts.pending), (6, 6));
                assert_eq!(queue::matching(&desk.db, actor, &filter).unwrap().len(), 6);
            }
        }
        assert_eq!(queue::facts(&desk.db, &desk.admin, 30).unwrap().lines[0].facts.len(), 6);
    });
    no_scan("batch, mark, reject", |desk| {
        let admin = desk.admin.clone();
        batches::reject(&mut desk.db, &admin, at(99), 30, "no").unwrap();
        let made = batches::create(&mut desk.db, &admin, at(99), &[29]).unwrap();
        assert_eq!(made.updates.len(), 5);
        assert_eq!(batches::lines(&desk.db, &admin, 1).unwrap().len(), 1);
        assert_eq!(batches::list(&desk.db, &admin).unwrap().len(), 1);
        assert_eq!(batches::mark(&mut desk.db, &admin, at(99), 1, UPSTREAM).unwrap().done.len(), 5);
    });
}

#[test]
fn threads_are_read_by_index() {
    no_scan("threads", |desk| {
        for party in [Party::Customer(desk.kevin), Party::Number(SafeText::new(KEVINS))] {
            let nobody = uuid::Uuid::nil();
            let thread = inbox::thread(&desk.db, &desk.agent, at(99), &party, (9, nobody)).unwrap();
            assert_eq!(thread.texts.len(), 9);
            let agent = desk.agent.clone();
            inbox::read(&mut desk.db, &agent, at(99), &party).unwrap();
        }
        for (view, lines) in InboxView::ALL.into_iter().zip([1, 0, 0, 1, 0, 1]) {
            for newest_first in [true, false] {
                let reading = inbox::Reading { after: None, newest_first, limit: 9, desk: uuid::Uuid::nil() };
                let filter = InboxFilter { view, find: None };
                let page = inbox::conversations(&desk.db, &desk.agent, at(99), &filter, reading).unwrap();
                assert_eq!((page.lines.len(), page.of), (lines, i64::try_from(lines).unwrap()), "{view:?}");
                let filter = InboxFilter { view, find: Some("text".into()) };
                let page = inbox::conversations(&desk.db, &desk.agent, at(99), &filter, reading).unwrap();
                assert_eq!((page.lines.len(), page.of), (9, 30));
            }
        }
        why::named(&desk.db, &desk.agent, at(99), "59").unwrap();
    });
}

/// The check itself: a scan is seen.
#[test]
fn a_scan_would_be_seen() {
    let seen = scans(&mut filled(), |desk| {
        desk.one::<i64>("select count(*) from message m where m.body like '%x%'");
    });
    assert_eq!(seen.len(), 1, "{seen:?}");
}
