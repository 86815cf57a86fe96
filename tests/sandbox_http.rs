//! The sandbox over real sockets: what a client sees when answers are cut, hang, or the server is gone.
//! The client here is a plain `TcpStream`, so that nothing retries or hides anything.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail the test")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use cordboard::sandbox::{Config, Fault, Kind, On, Sandbox, Target, run_blocking};
use serde_json::{Value, json};

const MESSAGES: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json";
const AUTH: &str = "Authorization: Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpzYW5kYm94LXRva2Vu";
const TEXT: &str = "From=%2B23052500100&To=%2B23057372333&Body=Hello";

struct Client(TcpStream);

impl Client {
    fn connect(url: &str) -> io::Result<Self> {
        let socket = TcpStream::connect(url.trim_start_matches("http://"))?;
        // Long enough for a busy machine: only a test that fails waits for it.
        socket.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self(socket))
    }

    fn send(&mut self, method: &str, path: &str, kind: &str, body: &str) -> io::Result<()> {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: sandbox\r\n{AUTH}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.0.write_all(request.as_bytes())
    }

    fn send_text(&mut self) {
        self.send("POST", MESSAGES, "application/x-www-form-urlencoded", TEXT).unwrap();
    }

    /// One whole answer; the connection stays open.
    fn answer(&mut self) -> io::Result<(u16, String, Value)> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        self.0.read_exact(&mut body)?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok((status, head, serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// Everything until the server closes.
    fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).unwrap();
        rest
    }
}

fn sandbox() -> Sandbox {
    Sandbox::start(Config::default()).unwrap()
}

fn control(sandbox: &Sandbox, method: &str, what: &str, body: &Value) -> (u16, Value) {
    let mut client = Client::connect(&sandbox.control_url()).unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    client.send(method, &format!("/_sandbox/{what}"), "application/json", &body).unwrap();
    let (status, _, answer) = client.answer().unwrap();
    (status, answer)
}

#[test]
fn one_connection_serves_many_requests() {
    let sandbox = sandbox();
    let mut client = Client::connect(&sandbox.url()).unwrap();
    for _ in 0..3 {
        client.send_text();
        let (status, head, message) = client.answer().unwrap();
        assert_eq!((status, message["status"].as_str()), (201, Some("queued")));
        assert!(head.contains("date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"), "{head}");
    }
    client
        .0
        .write_all(format!("GET {MESSAGES} HTTP/1.1\r\n{AUTH}\r\nConnection: close\r\n\r\n").as_bytes())
        .unwrap();
    assert!(client.rest().ends_with('}'), "closed when asked to");
    assert_eq!(sandbox.world().ledger().messages_stored().len(), 3);
}

#[test]
fn cut_answers() {
    let sandbox = sandbox();
    for (kind, is_stored) in [(Kind::AcceptAndCut, true), (Kind::CutBefore, false)] {
        sandbox.world().add_fault(Fault::new(kind).times(1));
        let before = sandbox.world().messages().len();
        let mut client = Client::connect(&sandbox.url()).unwrap();
        client.send_text();
        assert_eq!(client.rest(), "");
        assert_eq!(sandbox.world().messages().len() > before, is_stored);
    }
    sandbox.world().add_fault(Fault::new(Kind::TruncatedJson).times(1));
    let mut client = Client::connect(&sandbox.url()).unwrap();
    client.send_text();
    let partial = client.rest();
    let (head, body) = partial.split_once("\r\n\r\n").unwrap();
    let promised: usize =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
    assert!(head.starts_with("HTTP/1.1 201 ") && !body.is_empty() && body.len() < promised, "{partial}");
}

#[test]
fn a_hanging_answer_holds_up_nobody_else() {
    let sandbox = sandbox();
    sandbox
        .world()
        .add_fault(Fault::new(Kind::Hang { stored: true }).at(Target::Twilio, On::Create).times(1));
    let mut hanging = Client::connect(&sandbox.url()).unwrap();
    hanging.send_text();
    let mut other = Client::connect(&sandbox.url()).unwrap();
    while sandbox.world().ledger().entries().is_empty() {
        std::thread::yield_now();
    }
    other.send_text();
    assert_eq!(other.answer().unwrap().0, 201);
    hanging.0.set_nonblocking(true).unwrap();
    assert_eq!(hanging.0.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(sandbox.world().messages().len(), 2);
    let stopped = sandbox;
    drop(stopped);
    hanging.0.set_nonblocking(false).unwrap();
    assert!(matches!(hanging.0.read(&mut [0]), Ok(0) | Err(_)), "stopping ends it");
}

#[test]
fn a_slow_answer_arrives() {
    let sandbox = sandbox();
    sandbox.world().add_fault(Fault::new(Kind::Slow { ms: 30 }).times(1));
    let begun = std::time::Instant::now();
    let mut client = Client::connect(&sandbox.url()).unwrap();
    client.send_text();
    assert_eq!(client.answer().unwrap().0, 201);
    assert!(begun.elapsed() >= Duration::from_millis(30));
}

#[test]
fn a_single_refusal_is_a_reset() {
    let sandbox = sandbox();
    sandbox.world().add_fault(Fault::new(Kind::Refuse).times(1));
    let mut client = Client::connect(&sandbox.url()).unwrap();
    client.send_text();
    assert_eq!(client.answer().unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(sandbox.world().ledger().entries(), []);
}

#[test]
fn offline_really_refuses_and_comes_back_on_the_same_port() {
    let sandbox = sandbox();
    let url = sandbox.url();
    for round in 0..20 {
        let mut pooled = Client::connect(&url).unwrap();
        pooled.send_text();
        pooled.answer().unwrap();
        sandbox.world().add_fault(Fault::new(Kind::Offline));
        for _ in 0..3 {
            let refused = Client::connect(&url).err().expect("offline");
            assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "round {round}");
        }
        assert_eq!(pooled.0.read(&mut [0]).unwrap_or(0), 0, "open connections are gone as well");
        sandbox.world().clear_faults();
        assert_eq!(sandbox.url(), url);
    }
    assert_eq!(sandbox.world().messages().len(), 20);
}

#[test]
fn control_answers_while_offline_and_brings_it_back() {
    let sandbox = sandbox();
    let (status, faults) = control(&sandbox, "POST", "faults", &json!({"kind": "offline"}));
    assert_eq!((status, &faults[0]["kind"]), (200, &json!("offline")));
    assert_eq!(Client::connect(&sandbox.url()).err().unwrap().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(control(&sandbox, "GET", "ledger", &Value::Null), (200, json!([])));
    assert_eq!(control(&sandbox, "DELETE", "faults", &Value::Null), (200, json!([])));
    Client::connect(&sandbox.url()).unwrap();
}

#[test]
fn control_on_the_data_port_is_answered_and_leaves_no_entry() {
    let sandbox = sandbox();
    let mut client = Client::connect(&sandbox.url()).unwrap();
    client.send("GET", "/_sandbox/clock", "", "").unwrap();
    assert_eq!(client.answer().unwrap().2["now"], "2026-01-01T00:00:00.000Z");
    client.send("POST", "/_sandbox/faults", "", r#"{"kind":"offline"}"#).unwrap();
    assert_eq!(client.answer().unwrap().0, 200, "answered before the door shuts");
    assert_eq!(client.rest(), "");
    // Dropping the guard waits for the door.
    drop(sandbox.world());
    assert_eq!(Client::connect(&sandbox.url()).err().unwrap().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(sandbox.world().ledger().entries(), []);
}

#[test]
fn control_moves_the_clock_and_the_world() {
    let sandbox = sandbox();
    let (_, inbound) = control(&sandbox, "POST", "inbound", &json!({"from": "+23057372333", "body": "STOP"}));
    assert_eq!(inbound["sid"], json!(sandbox.world().messages()[0].sid));
    assert_eq!(sandbox.world().messages()[0].to.as_deref(), Some("+23052500100"));
    let mut client = Client::connect(&sandbox.url()).unwrap();
    client.send_text();
    assert_eq!(client.answer().unwrap().2["code"], 21610);
    let (_, clock) = control(&sandbox, "POST", "clock", &json!({"advance_ms": 1500}));
    assert_eq!(clock["now"], "2026-01-01T00:00:01.500Z");
    assert_eq!(control(&sandbox, "GET", "clock", &Value::Null).1, clock);
    let settings = json!({
        "dedupe": true, "our_numbers": ["+12025550143"],
        "outcomes": [{"number": "+23057372333", "status": "failed", "error_code": 30008}],
    });
    assert_eq!(control(&sandbox, "POST", "config", &settings).1["dedupe"], true);
    assert_eq!(sandbox.world().config.our_numbers, ["+12025550143"]);
    assert_eq!(control(&sandbox, "POST", "mark", &json!({"id": 1, "synced_by": 2})).0, 404);
    assert_eq!(control(&sandbox, "POST", "reset", &Value::Null).0, 200);
    assert_eq!(sandbox.world().messages(), []);
    assert!(!sandbox.world().config.dedupe);
    for (method, what, body, status) in [
        ("POST", "faults", json!({"kind": "meteor"}), 400),
        ("POST", "inbound", json!({"from": "+23057372333"}), 400),
        ("POST", "clock", json!({"advance": 3}), 400),
        ("GET", "elsewhere", Value::Null, 404),
    ] {
        let (answered, answer) = control(&sandbox, method, what, &body);
        assert_eq!(answered, status, "{what}");
        assert!(answer["message"].is_string());
    }
}

#[test]
fn a_real_clock_moves_by_itself() {
    let sandbox =
        Sandbox::start(Config { clock: cordboard::sandbox::Clock::Real, ..Config::default() }).unwrap();
    let first = sandbox.world().now();
    assert!(first > Config::default().start);
    while sandbox.world().now() == first {
        std::thread::yield_now();
    }
    assert!(sandbox.world().now() > first);
}

#[test]
fn the_blocking_run_says_where_it_listens() {
    let (told, addresses) = std::sync::mpsc::channel();
    // It runs until the process ends.
    std::thread::spawn(move || {
        run_blocking(0, Config::default(), |data, control| {
            told.send((data.to_owned(), control.to_owned())).unwrap();
        })
    });
    let (data, control) = addresses.recv().unwrap();
    let now = |url: &str| {
        let mut client = Client::connect(url).unwrap();
        client.send("GET", "/_sandbox/clock", "", "").unwrap();
        client.answer().unwrap().2["micros"].as_i64().unwrap()
    };
    assert_ne!(data, control);
    assert!(now(&data) < now(&control), "its clock is real");
}

#[test]
fn a_request_that_is_none_ends_the_connection() {
    let sandbox = sandbox();
    let mut client = Client::connect(&sandbox.url()).unwrap();
    client.0.write_all(b"nonsense\r\n\r\n").unwrap();
    assert_eq!(client.rest(), "");
    assert_eq!(sandbox.world().ledger().entries(), []);
}
