//! Capture, list, mark: NIC-11, 32..46, 81..84, 90..94, 98, 100, 115, 117, 129, 130, G10..G12.

use super::super::effective::shown;
use super::super::updates::{capture, enqueue_missing, for_each, mark_synced};
use super::*;
use crate::domain::update::{Field, Reason, Status, Upload};

impl Desk {
    fn effective(&self) -> (Option<String>, Option<String>) {
        let shown = shown(&self.db, self.kevin).unwrap();
        let value = |field| shown.get(field).map(|effective| effective.value.clone());
        (value(Field::Mobile), value(Field::Email))
    }

    fn counts(&self) -> [i64; 6] {
        let tables =
            ["contact_update", "contact_update_field", "contact_update_state", "job", "audit", "interaction"];
        tables.map(|table| self.one(&format!("select count(*) from {table}")))
    }
}

#[test]
fn nic_11_a_capture_writes_everything_in_one_transaction() {
    let mut desk = Desk::new();
    let before = desk.counts();
    let id = desk.capture(at(1), "5844 0010", "new@example.com", UPSTREAM).unwrap();
    let after = desk.counts();
    let written: Vec<i64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    assert_eq!(written, [1, 2, 1, 1, 1, 1]);

    let [update] = <[Update; 1]>::try_from(desk.updates(&Filter::default())).unwrap();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        update,
        Update {
            seq: 1,
            id,
            upstream_id: None,
            customer: desk.kevin,
            master_id: text("7013"),
            policy_number: "LIB/C7013".into(),
            customer_name: "Kevin Anderson Curepipe".into(),
            old_mobile: text(KEVINS),
            new_mobile: text(OTHER),
            old_email: text("kevin@example.com"),
            new_email: text("new@example.com"),
            reason: Reason::Provided,
            notes: "asked on the phone".into(),
            agent_number: 24,
            agent_name: "David Brown".into(),
            captured_at: at(1),
            status: Status::Pending,
            upload: Upload::NotUploaded,
            synced_at: None,
            synced_by: None,
        }
    );
    assert_eq!(desk.effective(), (text(OTHER), text("new@example.com")));
    assert_eq!(
        desk.one::<String>("select raw from contact_update_field where field = 'mobile'"),
        "5844 0010"
    );
    let due = desk.one::<i64>("select not_before from job");
    assert_eq!(due, at(6).0, "it leaves after the undo window");
    desk.assert_sound();
}

/// A failure in the middle leaves nothing behind: not the fact, not the job, not the audit entry.
#[test]
fn nic_11_a_capture_that_fails_leaves_nothing() {
    let mut desk = Desk::new();
    let before = desk.counts();
    for table in ["contact_update_state", "effective_contact", "interaction", "job", "audit", "audit_detail"]
    {
        desk.run(&format!(
            "create temp trigger broken before insert on main.{table} begin select raise(abort, 'broken'); end"
        ));
        assert!(desk.capture(at(1), "5844 0010", "", UPSTREAM).is_err(), "{table}");
        desk.run("drop trigger broken");
        assert_eq!(desk.counts(), before, "{table}");
        desk.assert_sound();
    }
    desk.capture(at(1), "5844 0010", "", UPSTREAM).unwrap();
}

#[test]
fn nic_117_mobile_only_email_only_and_both() {
    let text = |text: &str| Some(text.to_owned());
    let (kevins, mail) = (text(KEVINS), text("kevin@example.com"));
    let cases = [
        ("5844 0010", "", (text(OTHER), mail)),
        ("", "new@example.com", (kevins, text("new@example.com"))),
        ("5844 0010", "new@example.com", (text(OTHER), text("new@example.com"))),
    ];
    for (mobile, address, expected) in cases {
        let mut desk = Desk::new();
        desk.capture(at(1), mobile, address, UPSTREAM).unwrap();
        assert_eq!(desk.effective(), expected);
        desk.assert_sound();
    }
}

#[test]
fn what_the_master_has_already_is_no_update() {
    let mut desk = Desk::new();
    match desk.capture(at(1), "5737 2333", "new@example.com", UPSTREAM) {
        Err(Error::Fields(errors)) => {
            assert_eq!(errors.iter().map(|error| error.field).collect::<Vec<_>>(), ["mobile"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(desk.updates(&Filter::default()), []);
}

/// G12, NIC-129, NIC-130: the same value from two agents is two facts: two witnesses.
#[test]
fn g12_the_same_value_twice_is_two_witnesses() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "", UPSTREAM).unwrap();
    let ana = desk.supervisor.clone();
    desk.capture_as(&ana, at(2), "5844 0010", "", UPSTREAM).unwrap();
    let who: Vec<String> = desk.updates(&Filter::default()).into_iter().map(|u| u.agent_name).collect();
    assert_eq!(who, ["David Brown", "Ana Silva"]);
    assert_eq!(desk.effective().0, Some(OTHER.into()));
}

/// G10, NIC-115: the newest capture counts, and each says what its agent saw.
#[test]
fn nic_115_three_corrections_in_order() {
    let mut desk = Desk::new();
    let values = ["+23058440010", "+23058440011", "+23058440012"];
    let ids: Vec<UpdateId> =
        values.iter().zip(1..).map(|(value, n)| desk.capture(at(n), value, "", UPSTREAM).unwrap()).collect();
    let list = desk.updates(&Filter::default());
    let old: Vec<Option<&str>> = list.iter().map(|update| update.old_mobile.as_deref()).collect();
    assert_eq!(old, [Some(KEVINS), Some(values[0]), Some(values[1])]);
    let seen: Vec<Option<UpdateId>> = {
        let sql = "select seen_update from contact_update_field order by rowid_of";
        let sql = sql.replace("rowid_of", "(select seq from contact_update u where u.id = update_id)");
        let mut statement = desk.db.conn().prepare(&sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    };
    assert_eq!(seen, [None, Some(ids[0]), Some(ids[1])]);
    assert_eq!(desk.effective().0.as_deref(), Some(values[2]));
    let subjects: Vec<UpdateId> = {
        let mut statement = desk.db.conn().prepare("select subject_id from job order by seq").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    };
    assert_eq!(subjects, ids, "three facts leave in order");
    desk.assert_sound();
}

/// Three updates of two people over three days; the last is marked.
fn three_days() -> Desk {
    let mut desk = Desk::new();
    const DAY: u64 = 24 * 3600;
    desk.capture(at(0), "5844 0010", "", UPSTREAM).unwrap();
    desk.capture(at(DAY), "5844 0011", "", UPSTREAM).unwrap();
    let ana = desk.supervisor.clone();
    desk.capture_as(&ana, at(2 * DAY), "", "new@example.com", UPSTREAM).unwrap();
    desk.mark(at(3 * DAY), &[3], UPSTREAM);
    desk
}

/// NIC-81..84, NIC-90..92.
#[test]
fn lists_are_filtered_and_paged() {
    let desk = three_days();
    const DAY: u64 = 24 * 3600;
    let filter = Filter::default;
    let cases: [(&str, Filter, &[i64]); 14] = [
        ("all", filter(), &[1, 2, 3]),
        ("NIC-81", Filter { status: Some(Status::Pending), ..filter() }, &[1, 2]),
        ("NIC-81", Filter { status: Some(Status::Synced), ..filter() }, &[3]),
        ("NIC-81", Filter { status: Some(Status::Held), ..filter() }, &[]),
        ("NIC-82", Filter { agent_number: Some(7), ..filter() }, &[3]),
        ("NIC-83 from is included", Filter { from: Some(at(DAY)), ..filter() }, &[2, 3]),
        ("NIC-83 before is not", Filter { before: Some(at(2 * DAY)), ..filter() }, &[1, 2]),
        ("NIC-84", Filter { limit: Some(2), ..filter() }, &[1, 2]),
        ("NIC-84 next page", Filter { after: 2, limit: Some(2), ..filter() }, &[3]),
        ("NIC-91", Filter { find: Some("c7013".into()), ..filter() }, &[1, 2, 3]),
        ("NIC-92", Filter { find: Some("curepipe".into()), ..filter() }, &[1, 2, 3]),
        ("a wildcard is a letter", Filter { find: Some("C_013".into()), ..filter() }, &[]),
        ("a wildcard is a letter", Filter { find: Some("%".into()), ..filter() }, &[]),
        (
            "NIC-90 together",
            Filter { status: Some(Status::Pending), agent_number: Some(24), from: Some(at(1)), ..filter() },
            &[2],
        ),
    ];
    for (name, filter, expected) in cases {
        let found: Vec<i64> = desk.updates(&filter).iter().map(|update| update.seq).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn nic_100_agents_see_their_own_only() {
    let desk = three_days();
    let seen = |actor: &Actor, agent_number| {
        let mut seqs = Vec::new();
        let filter = Filter { agent_number, ..Filter::default() };
        for_each(&desk.db, actor, Action::ReadUpdates, &filter, |update| {
            seqs.push(update.seq);
            Ok(())
        })
        .map(|()| seqs)
    };
    assert_eq!(seen(&desk.agent, Some(24)).unwrap(), [1, 2]);
    assert!(matches!(seen(&desk.agent, None), Err(Error::Denied(_))));
    assert!(matches!(seen(&desk.agent, Some(7)), Err(Error::Denied(_))));
    assert_eq!(seen(&desk.supervisor, None).unwrap(), [1, 2, 3]);
}

/// NIC-93, NIC-94, G11: a result per id, in the order given; whoever was first keeps the mark.
#[test]
fn marking_answers_for_every_id() {
    let mut desk = three_days();
    let first = Marked::Already { by: Some(1), name: Some("S. Lee".into()), at: Some(at(3 * 24 * 3600)) };
    desk.run("update contact_update_state set status = 'held' where update_id = (select id from contact_update where seq = 2)");
    let results = desk.mark(at(300_000), &[3, 99, 1, 2, 1], UPSTREAM);
    let again = Marked::Already { by: Some(1), name: Some("S. Lee".into()), at: Some(at(300_000)) };
    assert_eq!(
        results,
        [
            (3, first.clone()),
            (99, Marked::NotFound),
            (1, Marked::Done),
            (2, Marked::NotPending(Status::Held)),
            (1, again),
        ]
    );
    let [update] =
        <[Update; 1]>::try_from(desk.updates(&Filter { limit: Some(1), ..Filter::default() })).unwrap();
    assert_eq!(
        (update.status, update.synced_at, update.synced_by),
        (Status::Synced, Some(at(300_000)), Some(1))
    );
    let marks: i64 = desk.one("select count(*) from job where kind = 'mark'");
    assert_eq!(marks, 2);
    assert_eq!(desk.one::<i64>("select count(*) from audit where action = 'marked synced'"), 2);
}

#[test]
fn nic_98_marking_is_not_for_agents_or_supervisors() {
    let mut desk = three_days();
    for actor in [desk.agent.clone(), desk.supervisor.clone()] {
        let marked = mark_synced(&mut desk.db, &actor, at(1), &[1], UPSTREAM);
        assert!(matches!(marked, Err(Error::Denied(_))));
    }
    assert_eq!(desk.updates(&Filter { status: Some(Status::Pending), ..Filter::default() }).len(), 2);
}

/// NIC's own first phase has no upstream: nothing waits; once there is one, everything leaves once,
/// and an update before its mark.
#[test]
fn jobs_that_were_not_made_are_made_later_exactly_once() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "", NO_UPSTREAM).unwrap();
    desk.capture(at(2), "5844 0011", "", NO_UPSTREAM).unwrap();
    desk.mark(at(3), &[1], NO_UPSTREAM);
    assert_eq!(desk.states().len(), 0);
    assert_eq!(enqueue_missing(&mut desk.db, at(4)).unwrap(), 3);
    assert_eq!(enqueue_missing(&mut desk.db, at(5)).unwrap(), 0);
    let kinds: String = desk.one("select group_concat(kind, ' ') from (select kind from job order by seq)");
    assert_eq!(kinds, "update update mark");
}

/// Uploaded while there was an upstream, marked while there was none.
#[test]
fn a_mark_made_without_an_upstream_is_told_later() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "", UPSTREAM).unwrap();
    desk.run("update contact_update_state set upload = 'uploaded'");
    desk.mark(at(3), &[1], NO_UPSTREAM);
    assert_eq!(enqueue_missing(&mut desk.db, at(4)).unwrap(), 1);
    assert_eq!(enqueue_missing(&mut desk.db, at(5)).unwrap(), 0);
    assert_eq!(desk.one::<String>("select mark_seen from contact_update_state"), "waiting");
}

#[test]
fn an_unknown_customer_is_named() {
    let mut desk = Desk::new();
    let new = Form { mobile: "5844 0010", reason: "1", ..Form::default() }.check(&POLICY).unwrap();
    let nobody = CustomerId(uuid::Uuid::nil());
    let saved = capture(&mut desk.db, &desk.agent, NOW, nobody, &new, &Capture::default(), UPSTREAM);
    assert!(matches!(saved, Err(Error::NotFound { what: "customer", .. })));
}
