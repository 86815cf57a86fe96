//! Filters of the look-up line: `status:`, `by:me`, `agent:`, `updated:`, `optin:`.

use super::super::search::{find, lookup};
use super::super::{batches, customers, undo};
use super::search::office;
use super::*;
use crate::domain::dates;

/// Kevin's mobile by #24, Anna's by #7, Jean-Marc's by #24 and withdrawn; Kevin's is marked.
fn busy() -> Desk {
    let mut desk = office();
    let agent = desk.agent.clone();
    let supervisor = desk.supervisor.clone();
    desk.capture(at(1), "5844 0011", "", NO_UPSTREAM).unwrap();
    let (kevin, anna, jean) = (desk.kevin, desk.customer("LIB/C7020"), desk.customer("LIB/C8101"));
    desk.kevin = anna;
    desk.capture_as(&supervisor, at(100_000), "5844 0012", "", NO_UPSTREAM).unwrap();
    desk.kevin = jean;
    desk.capture(at(100_001), "5844 0013", "", NO_UPSTREAM).unwrap();
    undo::take_back(&mut desk.db, &agent, at(100_002), Duration::from_secs(5), 3, "update").unwrap();
    desk.kevin = kevin;
    desk.mark(at(100_003), &[1], NO_UPSTREAM);
    desk
}

impl Desk {
    #[track_caller]
    fn assert_filtered(&self, now: Micros, table: &[(&str, &[&str])]) {
        for (query, names) in table {
            let found = lookup(&self.db, &self.agent, now, 4 * 3600, query, 50).unwrap();
            let found: Vec<&str> = found.hits.iter().map(|hit| hit.name.as_str()).collect();
            assert_eq!(found, *names, "{query}");
        }
    }
}

const KEVIN: &str = "Kevin Anderson Curepipe";
const ANNA: &str = "Anna Curepipe";
const JEAN: &str = "Jean-Marc Ramgoolam";

#[test]
fn updates_filter_by_status_agent_and_day() {
    let desk = busy();
    assert_eq!(dates::read("today", at(100_004), 4 * 3600).unwrap().0, NOW + Duration::from_secs(20 * 3600));
    desk.assert_filtered(
        at(100_004),
        &[
            ("status:pending", &[ANNA]),
            ("status:sync", &[KEVIN]),
            ("status:withdrawn", &[JEAN]),
            ("status:held", &[]),
            ("by:me", &[JEAN, KEVIN]),
            ("agent:24", &[JEAN, KEVIN]),
            ("agent:7", &[ANNA]),
            ("agent:31", &[]),
            ("updated:today", &[ANNA]),
            ("updated:tod", &[ANNA]),
            ("updated:yesterday", &[KEVIN]),
            ("updated:2026-01-01", &[KEVIN]),
            ("updated:never", &[]),
            ("curepipe status:pending", &[ANNA]),
            ("status:pending kevin", &[]),
            ("by:me 5844", &[KEVIN]),
            ("updated:today status:pending agent:7 0012", &[ANNA]),
            ("updated:today status:synced", &[]),
            // Its value is still to come.
            ("status: curepipe", &[ANNA, KEVIN]),
        ],
    );
}

#[test]
fn a_decision_and_a_mark_are_seen_at_once() {
    let mut desk = busy();
    let admin = desk.admin.clone();
    batches::reject(&mut desk.db, &admin, at(100_005), 2, "wrong person").unwrap();
    desk.assert_filtered(
        at(100_006),
        &[("status:pending", &[]), ("status:rejected", &[ANNA]), ("agent:7", &[ANNA]), ("58440012", &[])],
    );
    desk.assert_sound();
}

#[test]
fn who_may_not_be_texted_can_be_listed() {
    let mut desk = office();
    desk.consent(KEVINS, Act::Grant);
    let all = ["Anna Curepipe", "Éva Åkesson", "Jean-Marc Ramgoolam", "王小明"];
    desk.assert_filtered(
        at(1),
        &[("optin:yes", &[KEVIN]), ("optin:no", &all), ("optin:no curepipe", &[ANNA]), ("optin:y anna", &[])],
    );
    desk.consent(KEVINS, Act::Revoke);
    desk.assert_filtered(at(1), &[("optin:yes", &[]), ("optin:no kevin", &[KEVIN])]);
    // A grant belongs to its number and does not move.
    desk.consent(KEVINS, Act::Grant);
    desk.capture(at(2), "5844 0011", "", NO_UPSTREAM).unwrap();
    desk.assert_filtered(at(3), &[("optin:yes", &[])]);
}

#[test]
fn a_filter_that_nearly_nobody_passes_ends_and_says_that_there_may_be_more() {
    let mut desk = office();
    let rows: Vec<NewCustomer> = (0..1_100)
        .map(|n| NewCustomer {
            name: format!("Customer {n}"),
            phones: vec![phone("mobile", &format!("+2305{:07}", 8_000_000 + n))],
            ..NewCustomer::default()
        })
        .collect();
    customers::import(&mut desk.db, &desk.admin, NOW, &rows).unwrap();
    desk.run(
        "insert into consent (id, address, channel, purpose, act, method, at)
         select randomblob(16), value, 'sms', 'service', 'grant', 'voice', 1 from contact_point
         where value like '+23058%'",
    );
    let found = |query: &str| {
        let found = find(&desk.db, &desk.agent, NOW, 0, query, 50).unwrap();
        (found.hits.len(), found.more, found.many)
    };
    assert_eq!(found("optin:no"), (0, true, true));
    assert_eq!(found("optin:no curepipe"), (2, false, false));
    assert_eq!(found("optin:yes"), (50, true, true));
    assert_eq!(found("optin:yes 8000099"), (1, false, false));
}
