//! NIC-78..86 on the wire, and answers of careful, plain and broken servers.

use http::header::AUTHORIZATION;

use super::*;

const KEY: &str = "0198b0c8-0000-7000-8000-000000000001";

fn account() -> Account {
    Account { base_url: "https://x.example/api:v1/".to_owned(), token: "t0ken".to_owned() }
}

fn create() -> Request {
    let update = wire::NewUpdate {
        customer_id: "12345".to_owned(),
        policy_number: "LIB/C7013".to_owned(),
        customer_name: "Kevin Anderson".to_owned(),
        old_mobile: Some("57372333".to_owned()),
        new_mobile: Some("58440010".to_owned()),
        update_reason: "Customer provided new contact".to_owned(),
        agent_id: 24,
        agent_name: "David Brown".to_owned(),
        captured_at: "2024-11-28T10:30:00.000Z".to_owned(),
        ..Default::default()
    };
    Request::CreateUpdate { key: KEY.to_owned(), update }
}

fn mark() -> Request {
    Request::MarkSynced { id: 7, synced_by: 1, synced_at: "2024-11-28T15:00:00.000Z".to_owned() }
}

fn bulk() -> Request {
    Request::BulkSync { ids: vec![1, 2, 3], synced_by: 1 }
}

fn list() -> Request {
    Request::ListUpdates(ListUpdates { limit: 100, ..Default::default() })
}

fn latest() -> Request {
    Request::LatestContact { customer_id: "12345".to_owned() }
}

/// Method, path below the base URL, and the JSON body.
fn sent(request: &Request) -> (String, String, Value) {
    let http = encode(request, Some(&account())).unwrap();
    assert_eq!(http.headers()[AUTHORIZATION], "Bearer t0ken");
    let path = http.uri().to_string().replace("https://x.example/api:v1/customer_contact_updates", "…");
    (http.method().to_string(), path, serde_json::from_slice(http.body()).unwrap_or_default())
}

#[test]
fn nic_78_create_carries_our_id_twice() {
    let http = encode(&create(), Some(&account())).unwrap();
    assert_eq!(http.headers()[IDEMPOTENCY_KEY], KEY);
    assert_eq!(http.headers()[CONTENT_TYPE], "application/json");
    let (method, path, body) = sent(&create());
    assert_eq!((method.as_str(), path.as_str()), ("POST", "…"));
    let expected = serde_json::json!({
        "customer_id": "12345", "policy_number": "LIB/C7013", "customer_name": "Kevin Anderson",
        "old_mobile": "57372333", "new_mobile": "58440010", "old_email": null, "new_email": null,
        "update_reason": "Customer provided new contact", "notes": null, "agent_id": 24,
        "agent_name": "David Brown", "client_ref": KEY, "captured_at": "2024-11-28T10:30:00.000Z"
    });
    assert_eq!(body, expected);
}

#[test]
fn nic_79_to_86_the_other_four() {
    let all = Request::ListUpdates(ListUpdates {
        status: Some("pending".to_owned()),
        agent_id: Some(24),
        from_date: Some("2024-11-01".to_owned()),
        to_date: Some("2024-11-30".to_owned()),
        limit: 50,
        offset: 100,
    });
    let odd = Request::LatestContact { customer_id: "A/1 ?".to_owned() };
    let filters = "status=pending&agent_id=24&from_date=2024-11-01&to_date=2024-11-30&limit=50&offset=100";
    let marks = serde_json::json!({"synced_by": 1, "synced_at": "2024-11-28T15:00:00.000Z"});
    let ids = serde_json::json!({"update_ids": [1, 2, 3], "synced_by": 1});
    for (request, method, path, body) in [
        (list(), "GET", "…?limit=100&offset=0".to_owned(), Value::Null),
        (all, "GET", format!("…?{filters}"), Value::Null),
        (latest(), "GET", "…/latest/12345".to_owned(), Value::Null),
        (odd, "GET", "…/latest/A%2F1%20%3F".to_owned(), Value::Null),
        (mark(), "PATCH", "…/7/sync".to_owned(), marks),
        (bulk(), "POST", "…/bulk-sync".to_owned(), ids),
    ] {
        assert_eq!(sent(&request), (method.to_owned(), path, body));
        let key = encode(&request, Some(&account())).unwrap().headers().get(IDEMPOTENCY_KEY).cloned();
        assert_eq!(key, None, "only a create is recognised by its key");
    }
}

#[test]
fn what_cannot_be_sent_is_refused_here() {
    for id in ["", ".", ".."] {
        let refused = encode(&Request::LatestContact { customer_id: id.to_owned() }, Some(&account()));
        assert!(matches!(refused, Err(Unsent::Content(_))), "{id}: {refused:?}");
    }
    let broken = Account { token: "a\nb".to_owned(), ..account() };
    assert!(matches!(encode(&list(), Some(&broken)), Err(Unsent::Account(_))));
    let nowhere = Account { base_url: "x.example".to_owned(), ..account() };
    let refused = encode(&list(), Some(&nowhere)).unwrap_err();
    let Unsent::Account(why) = refused else { panic!("{refused:?}") };
    assert!(why.starts_with("[upstream] base_url: "), "{why}");
    assert_eq!(encode(&list(), None).unwrap_err(), Unsent::NoAccount);
    assert!(!format!("{:?}", account()).contains("t0ken"));
}

#[test]
fn answers() {
    let html = "<html>nginx</html>";
    let full = r#"{"id":1,"customer_id":"12345","policy_number":"LIB/C7013","status":"pending",
        "captured_at":"2024-11-28T10:30:00Z","message":"Contact update saved successfully"}"#;
    let echoed = format!(r#"{{"id":"1","client_ref":"{KEY}"}}"#);
    let page = r#"{"total":"x","updates":[]}"#;
    for (request, status, body, expected) in [
        (create(), 200, full, "accepted"),
        (create(), 201, &echoed, "accepted"),
        (create(), 409, r#"{"id":1,"message":"already there"}"#, "accepted"),
        (create(), 201, r#"{"id":1,"customer_id":"999"}"#, "ambiguous"),
        (create(), 201, r#"{"id":1,"client_ref":"other"}"#, "ambiguous"),
        (create(), 409, r#"{"id":1,"client_ref":"other"}"#, "ambiguous"),
        (create(), 201, r#"{"message":"saved"}"#, "ambiguous"),
        (create(), 201, &full[..60], "ambiguous"),
        (create(), 204, "", "ambiguous"),
        (create(), 200, html, "ambiguous"),
        (create(), 301, "", "ambiguous"),
        (create(), 400, r#"{"code":"ERROR_CODE_INPUT_ERROR","message":"Missing param"}"#, "rejected"),
        (create(), 409, r#"{"message":"conflict"}"#, "rejected"),
        (create(), 400, html, "ambiguous"),
        (create(), 401, r#"{"message":"no"}"#, "credential"),
        (create(), 429, html, "not processed"),
        (create(), 500, r#"{"message":"oops"}"#, "ambiguous"),
        (create(), 502, html, "ambiguous"),
        (mark(), 200, r#"{"id":7,"status":"synced","synced_at":"2024-11-28T15:00:00Z"}"#, "accepted"),
        (mark(), 200, r#"{"id":8,"status":"synced"}"#, "ambiguous"),
        (mark(), 200, r#"{"id":7,"status":"pending"}"#, "ambiguous"),
        (mark(), 200, "{}", "ambiguous"),
        (mark(), 409, r#"{"message":"rejected before"}"#, "rejected"),
        (mark(), 404, r#"{"message":"Not Found."}"#, "rejected"),
        (mark(), 500, "", "ambiguous"),
        (bulk(), 200, r#"{"synced_count":3,"message":"3 updates marked as synced"}"#, "accepted"),
        (bulk(), 200, r#"{"message":"ok"}"#, "ambiguous"),
        (list(), 200, r#"{"total":1,"updates":[{"id":1,"new_mobile":58440010}]}"#, "accepted"),
        (list(), 200, r#"{"total":0}"#, "not processed"),
        (list(), 200, page, "not processed"),
        (list(), 200, "[]", "not processed"),
        (list(), 500, "", "not processed"),
        (list(), 409, r#"{"id":1,"message":"odd"}"#, "rejected"),
        (
            latest(),
            200,
            r#"{"customer_id":12345,"latest_mobile":"58440010","latest_email":null}"#,
            "accepted",
        ),
        (latest(), 200, r#"{"customer_id":"9","latest_mobile":"58440010"}"#, "not processed"),
        (latest(), 200, r#"{"customer_id":"12345"}"#, "not processed"),
        (latest(), 404, r#"{"message":"Not Found."}"#, "rejected"),
    ] {
        let response = http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap();
        let outcome = decode(&request, Transport::Response(response));
        let class = match outcome {
            Outcome::Accepted { .. } => "accepted",
            Outcome::NotSent { .. } => "not sent",
            Outcome::NotProcessed { .. } => "not processed",
            Outcome::Rejected { .. } => "rejected",
            Outcome::Credential { .. } => "credential",
            Outcome::NotSetUp { .. } => "not set up",
            Outcome::Ambiguous { .. } => "ambiguous",
        };
        assert_eq!(class, expected, "{request:?} {status} {body} {outcome:?}");
    }
}

/// NIC-85 with two admins: whoever was first stays visible.
#[test]
fn a_mark_that_came_second_names_the_first() {
    let body =
        br#"{"id":7,"status":"synced","synced_by":3,"synced_at":"2024-11-28T14:00:00Z","message":"already"}"#;
    let response = http::Response::builder().status(409).body(body.to_vec()).unwrap();
    let outcome = decode(&mark(), Transport::Response(response));
    let Outcome::Accepted { answer: Answer::Marked(marked), .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!((marked.synced_by, marked.synced_at.as_deref()), (Some(3), Some("2024-11-28T14:00:00Z")));
}

#[test]
fn lost_marks_and_creates_stay_open() {
    for request in [create(), mark(), bulk()] {
        let outcome = decode(&request, Transport::Lost("reset".to_owned()));
        assert!(matches!(outcome, Outcome::Ambiguous { .. }), "{request:?}");
    }
    let outcome = decode(&list(), Transport::Lost("reset".to_owned()));
    let why = "no complete answer from the upstream system: reset".to_owned();
    assert_eq!(outcome, Outcome::NotProcessed { why, retry_after: None });
}
