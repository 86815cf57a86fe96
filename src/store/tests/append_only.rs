//! NIC-77: facts are never edited, deleted or replaced, except by the erase procedure.

use super::*;

/// Every guarded table with a column that may be set, and its key.
const FACTS: [(&str, &str, &str); 20] = [
    ("note", "body = 'x'", "seq"),
    ("contact_update", "notes = 'x'", "seq"),
    ("contact_update_field", "new = 'x'", "update_id"),
    ("contact_update_retirement", "at = 1", "update_id"),
    ("contact_update_doubt", "why = 'x'", "update_id"),
    ("contact_proof", "why = 'x'", "seq"),
    ("batch_line", "value = 'x'", "batch_id"),
    ("batch_update", "line = 2", "batch_id"),
    ("consent", "note = 'x'", "seq"),
    ("send_decision", "why = 'x'", "seq"),
    ("do_not_contact", "source = 'x'", "seq"),
    ("attempt", "request = 'x'", "seq"),
    ("attempt_job", "job_id = job_id", "attempt_id"),
    ("customer_merge", "at = 1", "seq"),
    ("customer_merge_row", "what = 'message'", "merge_id"),
    ("evidence", "kind = 'x'", "seq"),
    ("audit_detail", "detail = '{}'", "audit_seq"),
    ("customer_change", "fields = '{}'", "seq"),
    ("mail", "recipient = 'x'", "seq"),
    ("debt", "instalments = 1", "seq"),
];

/// At least one row in every fact table.
fn lived_in() -> Desk {
    let mut desk = Desk::new();
    super::super::notes::add(&mut desk.db, &desk.agent, NOW, desk.kevin, "calls after five").unwrap();
    super::super::record::tag(&mut desk.db, &desk.agent, NOW, desk.kevin, &["motor".into()], &[]).unwrap();
    desk.capture(NOW, "5844 0010", "x@mailinator.com", UPSTREAM).unwrap();
    super::super::trust::bounced(&mut desk.db, &desk.admin, NOW, KEVINS, "gone").unwrap();
    desk.allowed_text(NOW, "hello");
    let listed = [number("+23058440019")];
    super::super::do_not_contact::add(&mut desk.db, &desk.admin, NOW, &listed, "list.csv").unwrap();
    let epoch = desk.epoch();
    assert_eq!(desk.claim(epoch, at(10), Destination::Twilio).len(), 1);
    let converged = NewCustomer { phones: vec![phone("mobile", OTHER)], ..kevin() };
    super::super::customers::import(&mut desk.db, &desk.admin, NOW, &[converged]).unwrap();
    let twin = NewCustomer { master_id: Some("8013".into()), policy_number: None, ..kevin() };
    super::super::customers::import(&mut desk.db, &desk.admin, NOW, &[twin]).unwrap();
    let twin = super::super::customers::resolve(&desk.db, &desk.admin, "8013", None).unwrap();
    let (both, takes) = ((desk.kevin, twin), super::super::merge::Takes::new());
    super::super::merge::merge(&mut desk.db, &desk.admin, NOW, both, &takes, UPSTREAM).unwrap();
    super::pay::acknowledge(&mut desk);
    let batch = "insert into batch (id, number, created_at, created_by)
            select zeroblob(16), 1, 1, id from user where number = 1;
        insert into batch_line (batch_id, line, customer_id, field, value)
            select zeroblob(16), 1, customer_id, 'mobile', 'x' from contact_update;
        insert into batch_update (batch_id, line, update_id) select zeroblob(16), 1, id from contact_update;";
    desk.db.conn().execute_batch(batch).unwrap();
    desk
}

fn digest(desk: &Desk, table: &str) -> (i64, String) {
    let sql = format!(
        "select count(*), coalesce(group_concat(r, '|'), '') from (select quote(t.rowid) r from {table} t)"
    );
    let plain = format!("select count(*), '' from {table}");
    let read = |sql: &str| desk.db.conn().query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    read(&sql).or_else(|_| read(&plain)).unwrap()
}

fn refused(desk: &Desk, sql: &str) {
    let error = desk.db.conn().execute(sql, []).unwrap_err().to_string();
    assert!(error.contains("never"), "{sql}: {error}");
}

#[test]
fn every_trigger_of_the_schema_is_covered_here() {
    let desk = Desk::new();
    let mut statement = desk
        .db
        .conn()
        .prepare("select distinct tbl_name from sqlite_schema where type = 'trigger' and sql like '%raise(abort%' order by 1")
        .unwrap();
    let guarded: Vec<String> =
        statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap();
    let mut named: Vec<&str> = FACTS.iter().map(|fact| fact.0).chain(["audit"]).collect();
    named.sort_unstable();
    assert_eq!(guarded, named);
}

#[test]
fn facts_cannot_be_updated_deleted_or_replaced() {
    let desk = lived_in();
    for (table, change, _) in FACTS.into_iter().chain([("audit", "action = 'x'", "seq")]) {
        let before = digest(&desk, table);
        assert!(before.0 > 0, "{table} is empty");
        refused(&desk, &format!("update {table} set {change}"));
        refused(&desk, &format!("delete from {table}"));
        refused(&desk, &format!("insert or replace into {table} select * from {table}"));
        refused(&desk, &format!("insert or ignore into {table} select * from {table}"));
        refused(&desk, &format!("replace into {table} select * from {table} limit 1"));
        assert_eq!(digest(&desk, table), before, "{table}");
    }
    desk.assert_sound();
}

#[test]
fn a_fact_gains_no_field_later() {
    let desk = lived_in();
    refused(
        &desk,
        "insert into contact_update_field (update_id, field, new, raw) select id, 'email', 'x', 'x' from contact_update",
    );
}

#[test]
fn the_erase_procedure_may_edit_and_delete_but_never_replace() {
    let desk = lived_in();
    desk.run("pragma foreign_keys = off; begin; insert into erase_permit values (1, 'request 12')");
    for (table, change, key) in FACTS {
        let sql = format!("update {table} set {change} where {key} = (select min({key}) from {table})");
        if table != "attempt_job" {
            assert!(desk.db.conn().execute(&sql, []).unwrap() > 0, "{table}");
        }
        refused(&desk, &format!("insert or replace into {table} select * from {table}"));
        assert!(desk.db.conn().execute(&format!("delete from {table}"), []).unwrap() > 0, "{table}");
    }
    // The chain itself is nobody's to touch.
    refused(&desk, "update audit set action = 'x'");
    refused(&desk, "delete from audit");
    desk.run("rollback");
    desk.assert_sound();
}

#[test]
fn no_permit_is_left_lying_about() {
    assert_eq!(lived_in().one::<i64>("select count(*) from erase_permit"), 0);
}
