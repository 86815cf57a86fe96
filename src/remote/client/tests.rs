//! The socket against real ones in this process: what counts as "never left", what as "lost", and
//! that the guard holds at the connector.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::*;

const PATIENT: Limits =
    Limits { connect: Duration::from_secs(20), whole: Duration::from_secs(40), body: 10_000 };
/// For where no answer will come.
const SHORT: Duration = Duration::from_millis(300);

/// What the server does with a request that it has read to its end.
#[derive(Clone)]
enum Act {
    Answer(String),
    /// Closes properly without a word.
    Close,
    /// Leaves the request unread, so that closing resets the connection.
    Reset,
    /// Keeps the connection open and says nothing.
    Hang,
}

/// A server for as many connections as `acts`; each request head it saw is sent to the receiver.
fn server(acts: Vec<Act>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (seen, heads) = channel();
    thread::spawn(move || {
        let mut hanging = Vec::new();
        for act in acts {
            let (mut stream, _) = listener.accept().unwrap();
            match act {
                Act::Reset => {
                    let _ = stream.peek(&mut [0]).unwrap();
                }
                act => {
                    // Not every test listens.
                    let _ = seen.send(head(&mut stream));
                    match act {
                        Act::Answer(text) => stream.write_all(text.as_bytes()).unwrap(),
                        Act::Hang => hanging.push(stream),
                        Act::Close | Act::Reset => {}
                    }
                }
            }
        }
        // Hold what hangs, and refuse nothing more, until the test is over.
        let _ = listener.accept();
    });
    (base, heads)
}

/// Reads a whole request and returns its head; empty if the connection ended before.
fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap_or(0);
        if read == 0 {
            return String::new();
        }
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return head.to_owned();
            }
        }
    }
}

fn answer(status: &str, body: &str) -> Act {
    Act::Answer(format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
}

fn post(base: &str) -> http::Request<Vec<u8>> {
    http::Request::post(format!("{base}/x?secret=1")).body(b"To=%2B23057372333".to_vec()).unwrap()
}

fn get(uri: &str) -> http::Request<Vec<u8>> {
    http::Request::get(uri).body(Vec::new()).unwrap()
}

fn loopback(limits: Limits) -> Client {
    Client::with_limits(Guard::LoopbackOnly, limits).unwrap()
}

fn lost(got: Transport) -> String {
    let Transport::Lost(why) = got else { panic!("not lost: {got:?}") };
    assert!(!why.contains("secret") && !why.contains("127.0.0.1"), "{why}");
    why
}

fn not_sent(got: Transport) -> String {
    let Transport::NotSent(why) = got else { panic!("it may have left: {got:?}") };
    assert!(!why.contains("secret"), "{why}");
    why
}

#[tokio::test]
async fn a_whole_answer_comes_back_as_it_is() {
    let (base, heads) = server(vec![Act::Answer(
        "HTTP/1.1 201 Created\r\ndate: Thu, 28 Nov 2024 10:30:00 GMT\r\ncontent-length: 2\r\n\r\n{}"
            .to_owned(),
    )]);
    let Transport::Response(got) = loopback(PATIENT).send(post(&base)).await else { panic!() };
    assert_eq!((got.status().as_u16(), got.body().as_slice()), (201, b"{}".as_slice()));
    assert_eq!(got.headers()["date"], "Thu, 28 Nov 2024 10:30:00 GMT");
    let head = heads.recv().unwrap();
    assert!(head.starts_with("post /x?secret=1 http/1.1"), "{head}");
    assert!(head.contains(&format!("user-agent: cordboard/{}", env!("CARGO_PKG_VERSION"))), "{head}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (other, heads) = server(vec![answer("200 OK", "")]);
    let redirect = format!("HTTP/1.1 307 Moved\r\nlocation: {other}/y\r\ncontent-length: 0\r\n\r\n");
    let (base, _) = server(vec![Act::Answer(redirect)]);
    let Transport::Response(got) = loopback(PATIENT).send(post(&base)).await else { panic!() };
    assert_eq!(got.status(), 307);
    assert!(heads.try_recv().is_err(), "the request went on to another server");
}

#[tokio::test]
async fn what_never_left() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let why = not_sent(loopback(PATIENT).send(post(&closed)).await);
    assert!(why.starts_with("could not connect: "), "{why}");

    // What answers a TLS greeting in plain text, or not at all, has not seen the request.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let tls = format!("https://{}", listener.local_addr().unwrap());
    let hasty = Limits { connect: SHORT, ..PATIENT };
    assert_eq!(not_sent(loopback(hasty).send(post(&tls)).await), "could not connect in time");
    let plain = thread::spawn(move || {
        for stream in listener.incoming() {
            stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        }
    });
    not_sent(loopback(PATIENT).send(post(&tls)).await);
    assert!(!plain.is_finished());
}

#[tokio::test]
async fn what_may_have_arrived() {
    let (base, heads) = server(vec![Act::Hang]);
    let hasty = Limits { whole: SHORT, ..PATIENT };
    assert_eq!(lost(loopback(hasty).send(post(&base)).await), "no answer in time");
    assert!(heads.recv().is_ok(), "the server had it");

    let half = Act::Answer("HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{\"sid\":".to_owned());
    let noise = Act::Answer("220 mail.example ESMTP\r\n\r\n".to_owned());
    let big = answer("200 OK", &"x".repeat(PATIENT.body + 1));
    for act in [Act::Close, Act::Reset, half, noise, big] {
        let (base, _) = server(vec![act]);
        lost(loopback(PATIENT).send(post(&base)).await);
    }
    let (base, _) = server(vec![answer("200 OK", &"x".repeat(PATIENT.body))]);
    assert!(matches!(loopback(PATIENT).send(post(&base)).await, Transport::Response(_)));
}

/// Promise 2, in the HTTP stack: a POST whose connection dies is not tried again behind our back.
#[tokio::test]
async fn a_lost_request_is_not_repeated() {
    for act in [Act::Close, Act::Reset] {
        // A second try would be answered.
        let (base, _heads) = server(vec![act, answer("200 OK", "")]);
        lost(loopback(PATIENT).send(post(&base)).await);
    }
}

/// A text never travels on a connection that the server may be closing; GETs and keyed requests do.
#[tokio::test]
async fn texts_get_a_connection_of_their_own() {
    let client = loopback(PATIENT);
    let keyed = |base: &str| {
        let mut request = post(base);
        request.headers_mut().insert(IDEMPOTENCY_KEY, "k".parse().unwrap());
        request
    };
    // A server that counts its connections and keeps each open.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (seen, connections) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, seen) = (stream.unwrap(), seen.clone());
            let _ = seen.send(());
            thread::spawn(move || {
                while !head(&mut stream).is_empty() {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                }
            });
        }
    });
    for request in [post(&base), post(&base), post(&base)] {
        assert!(matches!(client.send(request).await, Transport::Response(_)));
    }
    assert_eq!(connections.try_iter().count(), 3);
    for request in [get(&base), keyed(&base), get(&base)] {
        assert!(matches!(client.send(request).await, Transport::Response(_)));
    }
    assert_eq!(connections.try_iter().count(), 1);
}

/// Places that are not this machine, by name and by number.
const ELSEWHERE: [&str; 9] = [
    "https://api.twilio.com/",
    "http://10.0.0.1/",
    "http://192.0.2.1:8080/",
    "http://169.254.169.254/",
    "http://127.0.0.1.nip.example/",
    "http://localhost.example/",
    "http://0.0.0.0/",
    "http://[::ffff:192.0.2.1]/",
    "http://[2001:db8::1]/",
];

#[tokio::test]
async fn the_guard_refuses_every_other_machine() {
    let client = loopback(PATIENT);
    for uri in ELSEWHERE {
        let why = not_sent(client.send(get(uri)).await);
        assert!(why.contains("only talks to 127.0.0.1"), "{uri}: {why}");
    }
}

/// The same without the check in front: the connector itself has no way out. A name is not even
/// looked up, and the kernel has no route from 127.0.0.1 to another machine.
#[tokio::test]
async fn the_connector_of_the_guard_cannot_leave() {
    install_tls_provider();
    let lines = Lines::loopback(&PATIENT).unwrap();
    for uri in ELSEWHERE.into_iter().filter(|uri| !uri.contains("0.0.0.0")) {
        for line in [&lines.kept, &lines.fresh] {
            let why = match exchange(line, get(uri), 10).await {
                Err(Failure::NotSent(why)) => why,
                Err(Failure::Lost(why)) => panic!("{uri} was reached: {why}"),
                Ok(answer) => panic!("{uri} answered {}", answer.status()),
            };
            if uri.contains("example") || uri.contains("twilio") {
                assert_eq!(why, "could not connect: only localhost has an address here", "{uri}");
            } else if cfg!(target_os = "linux") && !uri.contains('[') {
                assert_eq!(why, "could not connect: Invalid argument (os error 22)", "{uri}");
            }
        }
    }
}

#[tokio::test]
async fn localhost_is_allowed_by_name() {
    let (base, _) = server(vec![answer("200 OK", "")]);
    let named = base.replace("127.0.0.1", "localhost");
    assert!(matches!(loopback(PATIENT).send(get(&named)).await, Transport::Response(_)));
}

/// `perform` under the guard, with credentials of the real Twilio set.
#[tokio::test]
async fn real_credentials_do_not_help_to_leave() {
    let account = crate::remote::twilio::Account {
        base_url: "https://api.twilio.com".to_owned(),
        account_sid: "AC1".to_owned(),
        user: "AC1".to_owned(),
        secret: "s3cret".to_owned(),
    };
    let endpoints = Endpoints { twilio: Some(account), ..Endpoints::default() };
    let request = Request::FetchMessage { sid: "SM1".to_owned() };
    let outcome = loopback(PATIENT).perform(&request, &endpoints).await;
    assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
}
