//! The faults, the clock and the ledger, on the World itself. The two servers' own rules are tested
//! beside them, with the helpers of this file.

use ::http::StatusCode;
use ::http::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use serde_json::{Value, json};

use super::*;

pub(super) const OURS: &str = "+23052500100";
pub(super) const THEIRS: &str = "+23057372333";
pub(super) const MESSAGES: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json";
pub(super) const UPDATES: &str = "/customer_contact_updates";
/// base64 of `AC000…0:sandbox-token`.
pub(super) const BASIC: &str = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpzYW5kYm94LXRva2Vu";

pub(super) fn get(path: &str) -> Request<Vec<u8>> {
    request("GET", path, "text/plain", Vec::new())
}

pub(super) fn text(from: &str, to: &str, body: &str) -> Request<Vec<u8>> {
    let form = serde_urlencoded::to_string([("From", from), ("To", to), ("Body", body)]).unwrap();
    request("POST", MESSAGES, "application/x-www-form-urlencoded", form.into_bytes())
}

pub(super) fn send_json(method: &str, path: &str, body: &Value) -> Request<Vec<u8>> {
    request(method, path, "application/json", body.to_string().into_bytes())
}

pub(super) fn request(method: &str, path: &str, kind: &str, body: Vec<u8>) -> Request<Vec<u8>> {
    let auth = if path.starts_with(UPDATES) { "Bearer sandbox-token" } else { BASIC };
    let request = Request::builder().method(method).uri(path);
    request.header(AUTHORIZATION, auth).header(CONTENT_TYPE, kind).body(body).unwrap()
}

pub(super) fn new_update(mobile: &str, key: &str) -> Value {
    json!({
        "customer_id": "12345", "policy_number": "LIB/C7013", "customer_name": "Kevin Anderson",
        "old_mobile": "57372333", "new_mobile": mobile, "update_reason": "Customer provided new contact",
        "agent_id": 24, "agent_name": "David Brown", "client_ref": key
    })
}

/// The answer the client gets to see.
pub(super) fn ask(world: &mut World, request: &Request<Vec<u8>>) -> (u16, Value) {
    match world.handle(request) {
        Reaction::Respond(response) => {
            (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
        }
        other => panic!("no answer but {other:?}"),
    }
}

fn world() -> World {
    World::new(Config::default())
}

/// Every fault on a text and on an update: what the client sees, and whether it happened.
#[test]
fn every_fault_does_what_it_says() {
    let table: [(Value, &str, bool); 16] = [
        (json!({"kind": "refuse"}), "Refuse", false),
        (json!({"kind": "offline"}), "Refuse", false),
        (json!({"kind": "hang"}), "Hang", false),
        (json!({"kind": "hang", "stored": true}), "Hang", true),
        (json!({"kind": "accept_and_cut"}), "Cut(after 0 bytes)", true),
        (json!({"kind": "cut_before"}), "Cut(after 0 bytes)", false),
        (json!({"kind": "status_429"}), "Respond(429)", false),
        (json!({"kind": "status_429", "retry_after": 7}), "Respond(429)", false),
        (json!({"kind": "error_500_after_storing"}), "Respond(500)", true),
        (json!({"kind": "error_500"}), "Respond(500)", false),
        (json!({"kind": "html_502"}), "Respond(502)", false),
        (json!({"kind": "html_502", "stored": true}), "Respond(502)", true),
        (json!({"kind": "slow", "ms": 30}), "Delay(30ms, Respond(2", true),
        (json!({"kind": "unreadable"}), "Respond(2", true),
        (json!({"kind": "redirect"}), "Respond(302)", false),
        (json!({"kind": "credential"}), "Respond(401)", false),
    ];
    for (fault, seen, is_stored) in table {
        for request in [text(OURS, THEIRS, "Hello"), send_json("POST", UPDATES, &new_update("58440010", "k"))]
        {
            let mut world = world();
            world.add_fault(serde_json::from_value(fault.clone()).unwrap());
            let reaction = format!("{:?}", world.handle(&request));
            assert!(reaction.starts_with(seen), "{fault}: {reaction}");
            let stored = world.messages().len() + world.updates().len();
            assert_eq!(stored == 1, is_stored, "{fault}");
            let ledger = world.ledger();
            assert_eq!(ledger.messages_stored().len() + ledger.updates_stored().len(), stored, "{fault}");
            assert_eq!(ledger.entries().len(), usize::from(seen != "Refuse"), "{fault}");
        }
    }
}

#[test]
fn faults_say_their_details_in_the_servers_own_words() {
    let mut world = world();
    for kind in [
        Kind::Status429 { retry_after: Some(7) },
        Kind::Redirect,
        Kind::Html502 { stored: false },
        Kind::Unreadable,
        Kind::Credential,
    ] {
        world.add_fault(Fault::new(kind).times(1));
    }
    let mut next = || match world.handle(&text(OURS, THEIRS, "Hello")) {
        Reaction::Respond(response) => response,
        other => panic!("{other:?}"),
    };
    let throttled = next();
    assert_eq!(throttled.headers()["retry-after"], "7");
    assert_eq!(serde_json::from_slice::<Value>(throttled.body()).unwrap()["code"], 20429);
    assert!(
        next().headers()["location"].to_str().unwrap().starts_with("https://elsewhere.example/2010-04-01/")
    );
    assert_eq!(next().headers()["content-type"], "text/html");
    let unreadable = next();
    assert_eq!(unreadable.status(), StatusCode::CREATED);
    assert!(serde_json::from_slice::<Value>(unreadable.body()).is_err());
    assert_eq!(serde_json::from_slice::<Value>(next().body()).unwrap()["code"], 20003);
    assert_eq!(next().status(), StatusCode::CREATED);
}

#[test]
fn a_truncated_answer_promises_all_of_its_body() {
    let mut world = world();
    world.add_fault(Fault::new(Kind::TruncatedJson).times(1));
    let Reaction::Cut { partial } = world.handle(&text(OURS, THEIRS, "Hello")) else { panic!() };
    let partial = String::from_utf8(partial).unwrap();
    let (head, body) = partial.split_once("\r\n\r\n").unwrap();
    let promised = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert!(head.starts_with("HTTP/1.1 201 Created"));
    assert_eq!(body.len(), promised.parse::<usize>().unwrap() / 2);
    assert!(body.starts_with('{'));
    assert_eq!(world.messages().len(), 1);
}

#[test]
fn a_rule_picks_by_target_and_operation_skips_and_counts() {
    let mut world = world();
    let fault = json!({"target": "twilio", "on": "create", "kind": "error_500", "times": 2, "after": 1});
    world.add_fault(serde_json::from_value(fault.clone()).unwrap());
    assert_eq!(serde_json::to_value(&world.faults()[0]).unwrap(), fault);
    assert_eq!(ask(&mut world, &get(MESSAGES)).0, 200);
    assert_eq!(ask(&mut world, &send_json("POST", UPDATES, &new_update("58440010", "k"))).0, 200);
    let statuses: Vec<u16> = (0..5).map(|_| ask(&mut world, &text(OURS, THEIRS, "Hi")).0).collect();
    assert_eq!(statuses, [201, 500, 500, 201, 201]);
    assert_eq!(world.faults(), []);
}

#[test]
fn operations_are_told_apart() {
    let cases = [
        (text(OURS, THEIRS, "Hi"), Target::Twilio, On::Create),
        (get(MESSAGES), Target::Twilio, On::List),
        (get(&MESSAGES.replace(".json", "/SM1.json")), Target::Twilio, On::Fetch),
        (send_json("POST", UPDATES, &json!({})), Target::Upstream, On::Create),
        (get("/customer_contact_updates?limit=1"), Target::Upstream, On::List),
        (get("/customer_contact_updates/latest/1"), Target::Upstream, On::Fetch),
        (send_json("PATCH", "/customer_contact_updates/1/sync", &json!({})), Target::Upstream, On::Mark),
        (send_json("POST", "/customer_contact_updates/bulk-sync", &json!({})), Target::Upstream, On::Mark),
    ];
    for (request, target, on) in cases {
        let mut world = world();
        world.handle(&request);
        assert_eq!(world.ledger().requests(target, on).len(), 1, "{target:?} {on:?}");
        assert_eq!(world.ledger().entries().len(), 1);
    }
}

#[test]
fn offline_lasts_until_cleared() {
    let mut world = world();
    let half = Fault::new(Kind::Offline).at(Target::Twilio, On::Any);
    world.add_fault(half);
    assert!(!world.is_offline());
    assert!(matches!(world.handle(&get(MESSAGES)), Reaction::Refuse));
    assert_eq!(ask(&mut world, &get(UPDATES)).0, 200);
    world.add_fault(Fault::new(Kind::Offline).times(1));
    assert!(world.is_offline());
    for _ in 0..3 {
        assert!(matches!(world.handle(&get(UPDATES)), Reaction::Refuse));
    }
    world.clear_faults();
    assert!(!world.is_offline());
    assert_eq!(ask(&mut world, &get(UPDATES)).0, 200);
}

#[test]
fn the_ledger_tells_what_was_asked_and_what_was_stored() {
    let mut world = world();
    world.add_fault(Fault::new(Kind::AcceptAndCut).times(1));
    world.handle(&text(OURS, THEIRS, "Hello +1"));
    world.advance(Duration::from_secs(90));
    let mut update = send_json("POST", UPDATES, &new_update("58440010", "k1"));
    update.headers_mut().insert("idempotency-key", "k1".parse().unwrap());
    world.handle(&update);
    world.handle(&get(&format!("{MESSAGES}?To=%2B23057372333&PageSize=5")));
    let ledger = serde_json::to_value(world.ledger()).unwrap();
    assert_eq!(
        ledger[0],
        json!({
            "n": 1, "at": "2026-01-01T00:00:00.000Z", "target": "twilio", "on": "create", "method": "POST",
            "path": MESSAGES, "query": {}, "body": {"From": OURS, "To": THEIRS, "Body": "Hello +1"},
            "idempotency_key": null, "fault": {"kind": "accept_and_cut"},
            "stored": world.messages()[0].sid, "reaction": "cut"
        })
    );
    assert_eq!(ledger[1]["at"], "2026-01-01T00:01:30.000Z");
    assert_eq!(ledger[1]["idempotency_key"], "k1");
    assert_eq!(ledger[1]["stored"], 1);
    assert_eq!(ledger[1]["body"]["agent_id"], 24);
    assert_eq!(ledger[2]["query"], json!({"To": THEIRS, "PageSize": "5"}));
    assert_eq!(ledger[2]["stored"], Value::Null);
    assert_eq!(ledger[2]["reaction"], "200");
    assert!(!format!("{:?}", world.ledger().entries()).contains("Hello"), "bodies stay out of logs");
}

#[test]
fn every_answer_carries_the_worlds_date() {
    let mut world = world();
    world.set_clock(Micros::parse_rfc3339("2026-02-03T04:05:06Z").unwrap());
    let Reaction::Respond(response) = world.handle(&get("/nowhere")) else { panic!() };
    assert_eq!(response.headers()[DATE], "Tue, 03 Feb 2026 04:05:06 GMT");
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[test]
fn equal_seeds_give_equal_worlds_and_other_seeds_other_sids() {
    let run = |seed| {
        let mut world = World::new(Config { seed, ..Config::default() });
        (0..9).for_each(|n| drop(world.handle(&text(OURS, THEIRS, &n.to_string()))));
        world.add_fault(Fault::new(Kind::Reorder));
        ask(&mut world, &get(MESSAGES)).1
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1)["messages"][0]["sid"], run(2)["messages"][0]["sid"]);
}

#[test]
fn reset_forgets_everything_but_the_time() {
    let mut world = world();
    world.handle(&text(OURS, THEIRS, "Hi"));
    world.add_fault(Fault::new(Kind::Refuse));
    world.config.dedupe = true;
    world.advance(Duration::from_secs(5));
    world.reset();
    assert_eq!(world.messages(), []);
    assert_eq!(world.faults(), []);
    assert_eq!(world.ledger().entries(), []);
    assert!(!world.config.dedupe);
    assert_eq!(world.now(), Config::default().start + Duration::from_secs(5));
}
