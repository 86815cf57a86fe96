//! Twilio's rules (FACTS 1-5, 11, 14) on the World itself.

use std::time::Duration;

use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::sandbox::tests::{BASIC, MESSAGES, OURS, THEIRS, ask, get, request, text};
use crate::sandbox::{Config, Fault, Final, Kind, World};

fn world() -> World {
    World::new(Config::default())
}

fn send(world: &mut World, body: &str) -> Value {
    let (status, message) = ask(world, &text(OURS, THEIRS, body));
    assert_eq!(status, 201, "{message}");
    message
}

fn fetch(world: &mut World, sid: &Value) -> Value {
    ask(world, &get(&MESSAGES.replace(".json", &format!("/{}.json", sid.as_str().unwrap())))).1
}

fn bodies(page: &Value) -> Vec<&str> {
    page["messages"].as_array().unwrap().iter().map(|message| message["body"].as_str().unwrap()).collect()
}

fn list(world: &mut World, query: &str) -> Value {
    let (status, page) = ask(world, &get(&format!("{MESSAGES}?{query}")));
    assert_eq!(status, 200, "{page}");
    page
}

#[test]
fn facts_2_a_created_message_has_every_field() {
    let message = send(&mut world(), "Bonjour");
    let sid = "SM00000000000000010000000000000001";
    let own = format!("/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages/{sid}");
    assert_eq!(
        message,
        json!({
            "sid": sid, "account_sid": "AC00000000000000000000000000000000", "messaging_service_sid": null,
            "from": OURS, "to": THEIRS, "body": "Bonjour", "status": "queued", "direction": "outbound-api",
            "num_segments": "1", "num_media": "0", "price": null, "price_unit": "USD", "error_code": null,
            "error_message": null, "date_created": "Thu, 1 Jan 2026 00:00:00 +0000",
            "date_updated": "Thu, 1 Jan 2026 00:00:00 +0000", "date_sent": null,
            "api_version": "2010-04-01", "uri": format!("{own}.json"),
            "subresource_uris": {"media": format!("{own}/Media.json")}
        })
    );
}

#[test]
fn facts_1_credentials_and_paths() {
    // base64 of `SK000…0:sandbox-secret`, `AC000…0:wrong` and `SK000…0:sandbox-token`.
    let key = "Basic U0swMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpzYW5kYm94LXNlY3JldA==";
    let wrong = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDp3cm9uZw==";
    let mixed = "Basic U0swMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpzYW5kYm94LXRva2Vu";
    let with_key_in_path = MESSAGES.replace("AC0", "SK0");
    let unknown = MESSAGES.replace(".json", "/SM1.json");
    let table = [
        (BASIC, MESSAGES, 200, Value::Null),
        (key, MESSAGES, 200, Value::Null),
        (wrong, MESSAGES, 401, json!(20003)),
        (mixed, MESSAGES, 401, json!(20003)),
        ("Bearer sandbox-token", MESSAGES, 401, json!(20003)),
        ("", MESSAGES, 401, json!(20003)),
        (key, &with_key_in_path, 404, json!(20404)),
        (BASIC, &unknown, 404, json!(20404)),
        (BASIC, "/2010-04-01/Accounts.json", 404, json!(20404)),
    ];
    for (auth, path, status, code) in table {
        let mut request = get(path);
        request.headers_mut().insert(AUTHORIZATION, auth.parse().unwrap());
        let (answered, body) = ask(&mut world(), &request);
        assert_eq!((answered, &body["code"]), (status, &code), "{auth} {path}");
    }
    assert_eq!(ask(&mut world(), &request("DELETE", MESSAGES, "text/plain", Vec::new())).0, 405);
}

#[test]
fn facts_5_and_14_refusals() {
    let long = "a".repeat(1601);
    let long_in_units = "😀".repeat(801);
    let fits = "a".repeat(1600);
    let table = [
        (OURS, THEIRS, fits.as_str(), 0),
        (OURS, THEIRS, &long, 21617),
        (OURS, THEIRS, &long_in_units, 21617),
        (OURS, THEIRS, "", 21602),
        (OURS, "", "Hi", 21604),
        ("", THEIRS, "Hi", 21603),
        (OURS, "57372333", "Hi", 21211),
        (OURS, "+15005550001", "Hi", 21211),
        (OURS, "+15005550002", "Hi", 21612),
        (OURS, "+15005550003", "Hi", 21408),
        (OURS, "+15005550004", "Hi", 21610),
        (OURS, "+15005550009", "Hi", 21614),
        ("+12025550143", THEIRS, "Hi", 21606),
        ("12025550143", THEIRS, "Hi", 21212),
        ("+15005550001", THEIRS, "Hi", 21212),
        ("+15005550006", THEIRS, "Hi", 0),
        ("+15005550007", THEIRS, "Hi", 21606),
        ("+15005550008", THEIRS, "Hi", 21611),
    ];
    for (from, to, body, code) in table {
        let mut world = world();
        let (status, answer) = ask(&mut world, &text(from, to, body));
        if code == 0 {
            assert_eq!(status, 201, "{answer}");
        } else {
            let more = format!("https://www.twilio.com/docs/errors/{code}");
            assert_eq!(status, 400);
            assert_eq!(answer["code"], code, "{from} {to}");
            assert_eq!(answer["status"], 400);
            assert_eq!(answer["more_info"], more);
            assert_eq!(world.messages(), []);
            assert_eq!(world.ledger().messages_stored(), Vec::<&crate::sandbox::Entry>::new());
        }
    }
}

/// FACTS 4: the order of statuses; `failed` only before sent, and neither dated nor charged.
#[test]
fn facts_4_a_text_lives_by_the_worlds_clock() {
    let cases = [
        (Final::Delivered, None, "delivered", Some("-0.00750")),
        (Final::Sent, None, "sent", Some("-0.00750")),
        (Final::Undelivered, Some(30003), "undelivered", Some("-0.00750")),
        (Final::Failed, Some(30008), "failed", None),
    ];
    for (outcome, code, end, price) in cases {
        let mut world = world();
        world.outcome_for(THEIRS, outcome, code);
        let sid = send(&mut world, "Hello")["sid"].clone();
        let mut seen = Vec::new();
        for _ in 0..20 {
            let message = fetch(&mut world, &sid);
            seen.push(message["status"].as_str().unwrap().to_owned());
            let is_sent = ["sent", "delivered", "undelivered"].contains(&message["status"].as_str().unwrap());
            assert_eq!(message["date_sent"].is_string(), is_sent, "{message}");
            world.advance(Duration::from_millis(500));
        }
        seen.dedup();
        let expected: &[&str] = match outcome {
            Final::Failed => &["queued", "sending", "failed"],
            Final::Sent => &["queued", "sending", "sent"],
            _ => &["queued", "sending", "sent", end],
        };
        assert_eq!(seen, expected);
        let last = fetch(&mut world, &sid);
        assert_eq!(last["price"], json!(price));
        assert_eq!(last["error_code"], json!(code));
        assert_eq!(last["error_message"].is_string(), code.is_some());
    }
}

#[test]
fn num_segments_and_price_count_parts() {
    let mut world = world();
    let two = send(&mut world, &"a".repeat(161));
    let three = send(&mut world, &"é→".repeat(68));
    assert_eq!((&two["num_segments"], &three["num_segments"]), (&json!("2"), &json!("3")));
    world.advance(Duration::from_secs(60));
    assert_eq!(fetch(&mut world, &two["sid"])["price"], "-0.01500");
}

#[test]
fn facts_3_filters() {
    let mut world = World::new(Config {
        our_numbers: vec![OURS.to_owned(), "+12025550143".to_owned()],
        ..Config::default()
    });
    ask(&mut world, &text(OURS, THEIRS, "one"));
    ask(&mut world, &text("+12025550143", THEIRS, "two"));
    world.advance(Duration::from_hours(24));
    world.inbound("+23058440010", OURS, "three");
    world.advance(Duration::from_hours(24));
    ask(&mut world, &text(OURS, "+23058440010", "four"));
    world.advance(Duration::from_secs(2));
    ask(&mut world, &text(OURS, THEIRS, "queued"));
    let table: [(&str, &[&str]); 13] = [
        ("", &["queued", "four", "three", "two", "one"]),
        ("To=%2B23057372333", &["queued", "two", "one"]),
        ("From=%2B23052500100", &["queued", "four", "one"]),
        ("From=%2B12025550143&To=%2B23057372333", &["two"]),
        ("To=%2B12025550143", &[]),
        // A message without date_sent is found by no date filter.
        ("DateSent=2026-01-03", &["four"]),
        ("DateSent=2026-01-02", &["three"]),
        ("DateSent%3E=2026-01-02", &["four", "three"]),
        ("DateSent%3C=2026-01-02", &["three", "two", "one"]),
        ("DateSent%3E=2026-01-02&DateSent%3C=2026-01-02", &["three"]),
        ("DateSent%3E=2026-01-02T00:00:01Z", &["four"]),
        ("DateSent%3E=Fri,%202%20Jan%202026%2000:00:00%20%2B0000", &["four", "three"]),
        ("DateSent%3E=2026-01-04", &[]),
    ];
    for (query, expected) in table {
        assert_eq!(bodies(&list(&mut world, query)), expected, "{query}");
    }
    for query in
        ["PageSize=0", "PageSize=1001", "PageSize=x", "DateSent=yesterday", "PageToken=é1", "PageToken=XX1"]
    {
        let query = query.replace('é', "%C3%A9");
        assert_eq!(ask(&mut world, &get(&format!("{MESSAGES}?{query}"))).0, 400, "{query}");
    }
}

#[test]
fn facts_3_pages_hold_while_messages_arrive() {
    let mut world = world();
    for n in 0..7 {
        send(&mut world, &n.to_string());
    }
    let mut page = list(&mut world, "To=%2B23057372333&PageSize=3");
    assert_eq!((&page["page"], &page["start"], &page["end"]), (&json!(0), &json!(0), &json!(2)));
    assert_eq!(page["previous_page_uri"], Value::Null);
    let mut seen: Vec<String> = bodies(&page).iter().map(ToString::to_string).collect();
    let mut uris = vec![page["uri"].as_str().unwrap().to_owned()];
    while let Some(next) = page["next_page_uri"].as_str().map(str::to_owned) {
        assert!(next.starts_with(MESSAGES), "relative: {next}");
        assert!(next.contains("To=%2B23057372333"), "keeps its filters: {next}");
        send(&mut world, "arrived meanwhile");
        world.inbound("+23058440010", OURS, "also");
        page = ask(&mut world, &get(&next)).1;
        seen.extend(bodies(&page).iter().map(ToString::to_string));
        uris.push(next);
    }
    assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"]);
    assert_eq!((&page["page"], &page["start"], &page["end"]), (&json!(2), &json!(6), &json!(6)));
    assert_eq!(page["page_size"], 3);
    let back = page["previous_page_uri"].as_str().unwrap().to_owned();
    assert_eq!(bodies(&ask(&mut world, &get(&back)).1), ["3", "2", "1"]);
    assert_eq!(bodies(&ask(&mut world, &get(&uris[1])).1), ["3", "2", "1"], "a token stays good");
}

#[test]
fn facts_3_default_page_size_is_50() {
    let mut world = world();
    for n in 0..51 {
        send(&mut world, &n.to_string());
    }
    let page = list(&mut world, "");
    assert_eq!(bodies(&page).len(), 50);
    let next = page["next_page_uri"].as_str().unwrap();
    assert_eq!(bodies(&ask(&mut world, &get(next)).1), ["0"]);
    assert_eq!(list(&mut world, "PageSize=51")["next_page_uri"], Value::Null);
}

#[test]
fn stale_and_disordered_lists() {
    let mut world = world();
    send(&mut world, "old");
    world.advance(Duration::from_secs(10));
    send(&mut world, "new");
    world.advance(Duration::from_secs(1));
    world.add_fault(Fault::new(Kind::StaleLists { seconds: 10 }).times(1));
    let stale = list(&mut world, "");
    assert_eq!(bodies(&stale), ["old"]);
    assert_eq!(stale["messages"][0]["status"], "sending", "as it was a second after its creation");
    assert_eq!(bodies(&list(&mut world, "")), ["new", "old"]);
    for n in 0..20 {
        send(&mut world, &n.to_string());
    }
    let ordered = list(&mut world, "");
    world.add_fault(Fault::new(Kind::Reorder));
    let (one, two) = (list(&mut world, ""), list(&mut world, ""));
    let sorted = |page: &Value| {
        let mut bodies: Vec<String> = bodies(page).iter().map(ToString::to_string).collect();
        bodies.sort();
        bodies
    };
    assert_ne!(bodies(&one), bodies(&ordered));
    assert_ne!(bodies(&one), bodies(&two));
    assert_eq!(sorted(&one), sorted(&ordered));
}

/// FACTS 11: the whole message only, in any case, per number of ours; Twilio replies; we still get it.
#[test]
fn facts_11_stop_and_start() {
    let table = [
        ("STOP", true),
        ("stop", true),
        ("StopAll", true),
        (" unsubscribe\n", true),
        ("CANCEL", true),
        ("end", true),
        ("Quit", true),
        ("REVOKE", true),
        ("optout", true),
        ("STOP please", false),
        ("please stop", false),
        ("STOP.", false),
        ("HELP", false),
        ("YES", false),
    ];
    for (word, is_stop) in table {
        let mut world = World::new(Config {
            our_numbers: vec![OURS.to_owned(), "+12025550143".to_owned()],
            ..Config::default()
        });
        let sid = world.inbound(THEIRS, OURS, word);
        assert_eq!(world.messages()[0].sid.as_deref(), Some(sid.as_str()));
        assert_eq!(world.messages()[0].direction.as_deref(), Some("inbound"));
        assert_eq!(world.messages()[0].status.as_deref(), Some("received"));
        assert!(world.messages()[0].date_sent.is_some());
        let (status, answer) = ask(&mut world, &text(OURS, THEIRS, "Hi"));
        assert_eq!(status == 400 && answer["code"] == 21610, is_stop, "{word}");
        assert_eq!(ask(&mut world, &text("+12025550143", THEIRS, "Hi")).0, 201, "per sender");
        assert_eq!(ask(&mut world, &text(OURS, "+23058440010", "Hi")).0, 201, "per recipient");
    }
}

#[test]
fn facts_11_twilio_replies_by_itself_and_start_opens_again() {
    for start in ["START", "yes", "Unstop"] {
        let mut world = world();
        let words = ["YES", "STOP", "stop", "Info", start];
        for word in words {
            world.inbound(THEIRS, OURS, word);
        }
        let replies: Vec<_> = world
            .messages()
            .into_iter()
            .filter(|message| message.direction.as_deref() == Some("outbound-reply"))
            .map(|message| (message.from.unwrap(), message.to.unwrap(), message.body.unwrap()))
            .collect();
        assert_eq!(replies.len(), 3, "one for leaving, one for help, one for coming back: {replies:?}");
        assert!(replies.iter().all(|(from, to, _)| from == OURS && to == THEIRS));
        assert!(replies[0].2.contains("unsubscribed"));
        assert!(replies[2].2.contains("re-subscribed"));
        assert_eq!(world.messages().len(), words.len() + replies.len());
        assert_eq!(ask(&mut world, &text(OURS, THEIRS, "Hi")).0, 201);
    }
}
