//! NIC's endpoints (NIC-53..86) on the World itself, plain and honest.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::tests::{UPDATES, ask, get, new_update, send_json};
use crate::sandbox::{Config, Fault, Kind, World};

const BULK: &str = "/customer_contact_updates/bulk-sync";

fn plain() -> World {
    World::new(Config::default())
}

fn honest() -> World {
    World::new(Config::honest())
}

fn create(world: &mut World, mobile: &str, key: &str) -> Value {
    let (status, answer) = ask(world, &send_json("POST", UPDATES, &new_update(mobile, key)));
    assert_eq!(status, 200, "{answer}");
    answer
}

fn list(world: &mut World, query: &str) -> (u64, Vec<i64>) {
    let (status, page) = ask(world, &get(&format!("{UPDATES}?{query}")));
    assert_eq!(status, 200, "{page}");
    let ids = page["updates"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
    (page["total"].as_u64().unwrap(), ids)
}

fn patch(world: &mut World, id: i64, by: i64) -> (u16, Value) {
    let body = json!({"synced_by": by, "synced_at": "2026-01-05T15:00:00Z"});
    ask(world, &send_json("PATCH", &format!("{UPDATES}/{id}/sync"), &body))
}

#[test]
fn nic_78_a_plain_server_answers_with_nics_body() {
    let mut world = plain();
    let answer = create(&mut world, "58440010", "k1");
    assert_eq!(
        answer,
        json!({
            "id": 1, "customer_id": "12345", "policy_number": "LIB/C7013", "status": "pending",
            "captured_at": "2026-01-01T00:00:00.000Z", "message": "Contact update saved successfully"
        })
    );
    let row = ask(&mut world, &get(UPDATES)).1["updates"][0].clone();
    assert_eq!(row["new_mobile"], "58440010");
    assert_eq!(row["new_email"], Value::Null);
    assert_eq!((&row["agent_id"], &row["agent_name"]), (&json!(24), &json!("David Brown")));
    assert_eq!((&row["status"], &row["synced_by"]), (&json!("pending"), &Value::Null));
    assert_eq!(row.get("client_ref"), None, "a plain server ignores what NIC does not name");
}

#[test]
fn nic_54_to_64_required_fields() {
    for name in ["customer_id", "policy_number", "customer_name", "update_reason", "agent_id", "agent_name"] {
        for blank in [Value::Null, json!(" ")] {
            let mut body = new_update("58440010", "k");
            body[name] = blank;
            let (status, answer) = ask(&mut plain(), &send_json("POST", UPDATES, &body));
            assert_eq!((status, &answer), (400, &json!({"message": format!("Missing param: {name}")})));
        }
    }
    let mut body = new_update("58440010", "k");
    body["agent_id"] = json!("twenty-four");
    assert_eq!(ask(&mut plain(), &send_json("POST", UPDATES, &body)).0, 400);
    assert_eq!(ask(&mut plain(), &send_json("PATCH", &format!("{UPDATES}/1/sync"), &json!({}))).0, 400);
    assert_eq!(ask(&mut plain(), &send_json("POST", BULK, &json!({"update_ids": [1]}))).0, 400);
    assert_eq!(ask(&mut plain(), &get("/customer_contact_updates/1/2/3")).0, 404);
}

#[test]
fn the_bearer_token_is_checked() {
    for auth in ["Bearer wrong", "Basic sandbox-token", "sandbox-token"] {
        let mut request = get(UPDATES);
        request.headers_mut().insert("authorization", auth.parse().unwrap());
        assert_eq!(ask(&mut plain(), &request), (401, json!({"message": "Unauthorized"})));
    }
}

#[test]
fn an_honest_server_echoes_and_keeps_our_time() {
    let mut world = honest();
    let mut body = new_update("58440010", "k1");
    body["captured_at"] = json!("2025-12-31T10:00:00Z");
    let answer = ask(&mut world, &send_json("POST", UPDATES, &body)).1;
    assert_eq!(
        (&answer["client_ref"], &answer["captured_at"]),
        (&json!("k1"), &json!("2025-12-31T10:00:00.000Z"))
    );
    let row = &ask(&mut world, &get(UPDATES)).1["updates"][0];
    assert_eq!((&row["client_ref"], &row["captured_at"]), (&json!("k1"), &json!("2025-12-31T10:00:00.000Z")));
}

#[test]
fn a_repeated_key_is_one_row_only_where_the_server_dedupes() {
    let by_header = |key: &str| {
        let mut request = send_json("POST", UPDATES, &new_update("58440010", ""));
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        request
    };
    let by_body = |key: &str| send_json("POST", UPDATES, &new_update("58440010", key));
    for (mut world, rows) in [(honest(), 2), (plain(), 4)] {
        let first = ask(&mut world, &by_header("k1"));
        world.advance(Duration::from_secs(60));
        world.mark_elsewhere(1, 3);
        let repeated = ask(&mut world, &by_body("k1"));
        assert_eq!(first == repeated, rows == 2, "the same answer, though the row has changed since");
        ask(&mut world, &by_header("k2"));
        ask(&mut world, &by_body("k2"));
        assert_eq!(world.updates().len(), rows);
        assert_eq!(world.ledger().updates_stored().len(), rows);
    }
    let mut world = honest();
    ask(&mut world, &by_body(""));
    ask(&mut world, &by_body(""));
    assert_eq!(world.updates().len(), 2, "no key, no de-duplication");
}

#[test]
fn nic_79_latest_per_field_with_one_time_and_agent() {
    let mut world = plain();
    create(&mut world, "58440010", "a");
    world.advance(Duration::from_secs(60));
    let mut mail = new_update("", "b");
    mail["new_mobile"] = Value::Null;
    mail["new_email"] = json!("kevin@example.com");
    mail["agent_name"] = json!("Asha");
    ask(&mut world, &send_json("POST", UPDATES, &mail));
    assert_eq!(
        ask(&mut world, &get(&format!("{UPDATES}/latest/12345"))).1,
        json!({
            "customer_id": "12345", "latest_mobile": "58440010", "latest_email": "kevin@example.com",
            "updated_at": "2026-01-01T00:01:00.000Z", "updated_by": "Asha"
        })
    );
    assert_eq!(ask(&mut world, &get(&format!("{UPDATES}/latest/9"))).0, 404);
    mail["customer_id"] = json!("LIB/C 1");
    ask(&mut world, &send_json("POST", UPDATES, &mail));
    assert_eq!(ask(&mut world, &get(&format!("{UPDATES}/latest/LIB%2FC%201"))).0, 200);
}

#[test]
fn nic_80_to_84_filters_paging_and_total() {
    let mut world = plain();
    for n in 0..5 {
        let mut body = new_update("58440010", &n.to_string());
        body["agent_id"] = json!(if n == 2 { 7 } else { 24 });
        ask(&mut world, &send_json("POST", UPDATES, &body));
        world.advance(Duration::from_hours(24));
    }
    world.mark_elsewhere(4, 1);
    let table: [(&str, (u64, &[i64])); 9] = [
        ("", (5, &[5, 4, 3, 2, 1])),
        ("status=pending", (4, &[5, 3, 2, 1])),
        ("status=synced", (1, &[4])),
        ("agent_id=7", (1, &[3])),
        ("from_date=2026-01-04", (2, &[5, 4])),
        ("to_date=2026-01-02", (2, &[2, 1])),
        ("from_date=2026-01-02&to_date=2026-01-04&status=pending", (2, &[3, 2])),
        ("limit=2&offset=1", (5, &[4, 3])),
        ("offset=9", (5, &[])),
    ];
    for (query, (total, ids)) in table {
        assert_eq!(list(&mut world, query), (total, ids.to_vec()), "{query}");
    }
    for query in ["agent_id=x", "limit=-1", "offset=x", "from_date=1.1.2026"] {
        assert_eq!(ask(&mut world, &get(&format!("{UPDATES}?{query}"))).0, 400, "{query}");
    }
}

#[test]
fn rows_come_reordered_and_late() {
    let mut world = plain();
    for n in 0..20 {
        create(&mut world, "58440010", &n.to_string());
    }
    world.advance(Duration::from_secs(60));
    create(&mut world, "58440010", "new");
    world.mark_elsewhere(1, 3);
    world.add_fault(Fault::new(Kind::StaleLists { seconds: 30 }).times(2));
    assert_eq!(list(&mut world, "limit=0").0, 20);
    assert_eq!(list(&mut world, "status=synced").0, 0, "the mark is newer than the list");
    assert_eq!(list(&mut world, "status=synced").0, 1);
    let (_, ordered) = list(&mut world, "");
    world.add_fault(Fault::new(Kind::Reorder));
    let ((_, one), (_, two)) = (list(&mut world, ""), list(&mut world, ""));
    assert!(one != ordered && two != ordered && one != two);
    let (mut one, mut expected) = (one, ordered);
    one.sort_unstable();
    expected.sort_unstable();
    assert_eq!(one, expected);
}

#[test]
fn nic_85_a_plain_mark_overwrites_and_a_careful_one_says_who_was_first() {
    let mut world = plain();
    create(&mut world, "58440010", "a");
    let (status, first) = patch(&mut world, 1, 1);
    assert_eq!(status, 200);
    assert_eq!(first["message"], "Update marked as synced");
    assert_eq!((&first["id"], &first["status"]), (&json!(1), &json!("synced")));
    assert_eq!(first["synced_at"], "2026-01-05T15:00:00Z");
    assert_eq!(patch(&mut world, 1, 2).0, 200);
    assert_eq!(world.updates()[0].synced_by, Some(2));
    assert_eq!(patch(&mut world, 9, 2).0, 404);
    assert_eq!(patch(&mut world, i64::MIN, 2).0, 404);

    let mut world = honest();
    create(&mut world, "58440010", "a");
    world.advance(Duration::from_secs(60));
    assert!(world.mark_elsewhere(1, 3));
    assert!(!world.mark_elsewhere(2, 3));
    let (status, answer) = patch(&mut world, 1, 2);
    assert_eq!(status, 409);
    assert_eq!((&answer["synced_by"], &answer["status"]), (&json!(3), &json!("synced")));
    assert_eq!(answer["synced_at"], "2026-01-01T00:01:00.000Z");
    assert_eq!(world.updates()[0].synced_by, Some(3));
    let marks = world.ledger().requests(crate::sandbox::Target::Upstream, crate::sandbox::On::Mark);
    assert_eq!(marks[0].stored, Value::Null);
}

#[test]
fn nic_86_bulk_marks_return_a_count() {
    for (mut world, count) in [(plain(), 2), (honest(), 1)] {
        create(&mut world, "58440010", "a");
        create(&mut world, "58440010", "b");
        world.mark_elsewhere(1, 3);
        let answer =
            ask(&mut world, &send_json("POST", BULK, &json!({"update_ids": [1, 2, 9], "synced_by": 5}))).1;
        assert_eq!(
            answer,
            json!({"synced_count": count, "message": format!("{count} updates marked as synced")})
        );
        assert_eq!(world.updates()[1].synced_by, Some(5));
        assert_eq!(world.updates()[0].synced_by, Some(if count == 2 { 5 } else { 3 }));
    }
}
