//! Requests as Twilio's description wants them, and answers as they were recorded or can be broken.

use std::time::Duration;

use super::*;
use crate::domain::phone::E164;
use crate::domain::text::Body;
use crate::domain::time::Micros;
use crate::remote::Transport;

const OURS: &str = "+12025550143";
const THEIRS: &str = "+23057372333";

fn account() -> Account {
    Account {
        base_url: "https://api.twilio.com".to_owned(),
        account_sid: "AC1".to_owned(),
        user: "SK1".to_owned(),
        secret: "s3cret".to_owned(),
    }
}

fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

fn create() -> Request {
    Request::CreateMessage { from: number(OURS), to: number(THEIRS), body: Body("Hi & bye +é".to_owned()) }
}

fn fetch() -> Request {
    Request::FetchMessage { sid: "SM1".to_owned() }
}

fn list() -> Request {
    Request::ListMessages { from: None, to: None, sent_since: None, page_size: 50 }
}

fn got(status: u16, body: &str) -> Transport {
    Transport::Response(http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap())
}

fn class(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::NotSent { .. } => "not sent",
        Outcome::NotProcessed { .. } => "not processed",
        Outcome::Rejected { .. } => "rejected",
        Outcome::Credential { .. } => "credential",
        Outcome::NotSetUp { .. } => "not set up",
        Outcome::Ambiguous { .. } => "ambiguous",
    }
}

const HTML: &str = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
const CREATED: &str = r#"{"sid":"SM1","status":"queued","to":"+23057372333","from":"+12025550143",
    "direction":"outbound-api","body":"Sent from your Twilio trial account - Hi","num_segments":"1",
    "num_media":0,"price":null,"error_code":null,"date_created":"Fri, 24 May 2019 17:44:46 +0000","new_field":{}}"#;

#[test]
fn create_is_a_form_with_basic_sign_in() {
    let http = encode(&create(), Some(&account())).unwrap();
    assert_eq!(http.method(), Method::POST);
    assert_eq!(http.uri(), "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
    assert_eq!(http.headers()[CONTENT_TYPE], "application/x-www-form-urlencoded");
    assert_eq!(http.headers()[AUTHORIZATION], "Basic U0sxOnMzY3JldA==");
    let form = String::from_utf8(http.into_body()).unwrap();
    assert_eq!(form, "To=%2B23057372333&From=%2B12025550143&Body=Hi+%26+bye+%2B%C3%A9");
}

#[test]
fn fetch_and_list() {
    let uri = |request: &Request| {
        let http = encode(request, Some(&account())).unwrap();
        assert_eq!(http.method(), Method::GET);
        assert!(http.body().is_empty());
        http.uri().to_string().replace("https://api.twilio.com/2010-04-01/Accounts/AC1", "")
    };
    assert_eq!(uri(&fetch()), "/Messages/SM1.json");
    assert_eq!(uri(&list()), "/Messages.json?PageSize=50");
    let filtered = Request::ListMessages {
        from: Some(number(OURS)),
        to: Some(number(THEIRS)),
        sent_since: Some("2026-01-31".to_owned()),
        page_size: 9999,
    };
    let query = "To=%2B23057372333&From=%2B12025550143&DateSent%3E=2026-01-31&PageSize=1000";
    assert_eq!(uri(&filtered), format!("/Messages.json?{query}"));
    let next = "/2010-04-01/Accounts/AC1/Messages.json?PageSize=50&Page=1&PageToken=PASM9";
    assert_eq!(
        uri(&Request::NextMessages { uri: next.to_owned() }),
        next.replace("/2010-04-01/Accounts/AC1", "")
    );
}

#[test]
fn a_page_link_to_another_host_gets_no_credentials() {
    let next = Request::NextMessages { uri: "https://evil.example/2010-04-01/Accounts/AC1/x".to_owned() };
    let refused = encode(&next, Some(&account())).unwrap_err();
    let why = "Twilio's link to the next page was not followed: it names another server";
    assert_eq!(refused, Unsent::Content(why.to_owned()));
}

#[test]
fn nothing_secret_is_printed() {
    let http = encode(&create(), Some(&account())).unwrap();
    let shown = format!("{:?} {:?} {:?}", account(), http.headers(), create());
    for secret in ["s3cret", "U0sx", "SK1", "AC1", "2333", "0143", "bye"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn answers_to_create() {
    let wrong_to = CREATED.replace("57372333", "58440010");
    let wrong_from = CREATED.replace("0143", "0144");
    let inbound = CREATED.replace("outbound-api", "inbound");
    let no_sid = CREATED.replace("\"SM1\"", "null");
    let cut = &CREATED[..CREATED.len() / 2];
    for (status, body, expected) in [
        (201, CREATED, "accepted"),
        (200, CREATED, "accepted"),
        (201, r#"{"sid":"SM1"}"#, "accepted"),
        (201, wrong_to.as_str(), "ambiguous"),
        (201, &wrong_from, "ambiguous"),
        (201, &inbound, "ambiguous"),
        (201, &no_sid, "ambiguous"),
        (201, cut, "ambiguous"),
        (201, "", "ambiguous"),
        (201, HTML, "ambiguous"),
        (201, "[]", "ambiguous"),
        (302, "", "ambiguous"),
        (307, HTML, "ambiguous"),
        (400, r#"{"code":21211,"message":"bad To","more_info":"x","status":400}"#, "rejected"),
        (400, r#"{"code":"21610","message":"opted out"}"#, "rejected"),
        (400, r#"{"code":21611,"message":"queue full","status":400}"#, "not processed"),
        (400, r#"{"code":30001,"message":"queue overflow","status":400}"#, "not processed"),
        (404, r#"{"code":20404,"message":"not found","status":404}"#, "rejected"),
        (400, r#"{"type":"t","title":"Bad","status":400,"detail":"no"}"#, "rejected"),
        (400, r#"{"message":"a gateway's words"}"#, "ambiguous"),
        (404, HTML, "ambiguous"),
        (413, HTML, "ambiguous"),
        (400, "", "ambiguous"),
        (408, HTML, "ambiguous"),
        (401, r#"{"code":20003,"message":"Authenticate","status":401}"#, "credential"),
        (401, "", "credential"),
        (403, HTML, "credential"),
        (429, "", "not processed"),
        (429, r#"{"code":20429,"message":"Too Many Requests","status":429}"#, "not processed"),
        (500, r#"{"code":20500,"message":"Internal","status":500}"#, "ambiguous"),
        (502, HTML, "ambiguous"),
        (503, "", "ambiguous"),
        (504, HTML, "ambiguous"),
    ] {
        let outcome = decode(&create(), got(status, body));
        assert_eq!(class(&outcome), expected, "{status} {body} {outcome:?}");
    }
}

#[test]
fn answers_to_gets_are_never_ambiguous() {
    let page = r#"{"messages":[{"sid":"SM1","num_segments":1}],"next_page_uri":null,"page":0}"#;
    for (request, status, body, expected) in [
        (fetch(), 200, CREATED, "accepted"),
        (fetch(), 200, r#"{"sid":"SM2"}"#, "not processed"),
        (fetch(), 404, r#"{"code":20404,"message":"not found","status":404}"#, "rejected"),
        (fetch(), 404, HTML, "not processed"),
        (fetch(), 500, "", "not processed"),
        (fetch(), 302, "", "not processed"),
        (fetch(), 401, "", "credential"),
        (list(), 200, page, "accepted"),
        (list(), 200, r#"{"messages":[]}"#, "accepted"),
        (list(), 200, "{}", "not processed"),
        (list(), 200, r#"{"messages":null}"#, "not processed"),
        (list(), 200, HTML, "not processed"),
        (list(), 200, &page[..40], "not processed"),
        (list(), 502, HTML, "not processed"),
    ] {
        let outcome = decode(&request, got(status, body));
        assert_eq!(class(&outcome), expected, "{request:?} {status} {body} {outcome:?}");
    }
}

#[test]
fn lost_and_not_sent() {
    let lost = || Transport::Lost("no answer in time".to_owned());
    let unsent = || Transport::NotSent("could not connect".to_owned());
    assert_eq!(class(&decode(&create(), lost())), "ambiguous");
    assert_eq!(class(&decode(&fetch(), lost())), "not processed");
    assert_eq!(class(&decode(&create(), unsent())), "not sent");
    assert_eq!(class(&decode(&fetch(), unsent())), "not sent");
}

#[test]
fn what_the_caller_gets_to_know() {
    let mut response = http::Response::builder()
        .status(201)
        .header("date", "Thu, 28 Nov 2024 10:30:00 GMT")
        .body(CREATED.as_bytes().to_vec())
        .unwrap();
    let Outcome::Accepted { answer: Answer::Message(message), date } =
        decode(&create(), Transport::Response(response.clone()))
    else {
        panic!()
    };
    assert_eq!(date, Micros::parse_rfc3339("2024-11-28T10:30:00Z"));
    assert_eq!(message.num_media.as_deref(), Some("0"), "numbers as text and text as numbers (FACTS 16)");

    *response.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert("retry-after", "7".parse().unwrap());
    let Outcome::NotProcessed { retry_after, .. } = decode(&create(), Transport::Response(response)) else {
        panic!()
    };
    assert_eq!(retry_after, Some(Duration::from_secs(7)));

    let body = r#"{"code":21211,"message":"The 'To' number +23057372333 is not valid.","status":400}"#;
    assert_eq!(
        decode(&create(), got(400, body)),
        Outcome::Rejected {
            status: 400,
            code: Some(21211),
            why: "Twilio answered 400, code 21211: The 'To' number (a number) is not valid.".to_owned()
        }
    );
    assert_eq!(
        decode(&create(), got(502, HTML)),
        Outcome::Ambiguous {
            why: "Twilio answered 502: what came with it is not JSON of Twilio's".to_owned()
        }
    );
}
