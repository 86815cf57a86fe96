//! The tour of the commands, whatever the environment holds, and the sandbox as a command.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::home::{Home, Ran};

/// Real credentials and addresses in the environment reach nothing: the tour is the same.
#[test]
fn the_tour_is_green_with_anything_in_the_environment() {
    let home = Home::empty();
    let temporary = home.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = home.command(&["demo", "--tour"]);
    command
        .env("TMPDIR", &temporary)
        .env("TWILIO_ACCOUNT_SID", "AC11111111111111111111111111111111")
        .env("TWILIO_AUTH_TOKEN", "real")
        .env("TWILIO_PHONE_NUMBER", "+12025550143")
        .env("CORDBOARD_UPSTREAM_TOKEN", "real")
        .env("CORDBOARD_UPSTREAM_URL", "https://upstream.example")
        .env("CORDBOARD_TWILIO_BASE_URL", "https://api.twilio.com")
        .env("CORDBOARD_USER", "somebody")
        .env("HTTPS_PROXY", "http://127.0.0.1:9");
    let ran = Ran::of(&mut command);
    assert_eq!(ran.code, 0, "{ran:?}");
    for word in ["waits for network", "delivered", "the customer texted STOP", "synced already, by S. Lee"] {
        assert!(ran.out.contains(word) || ran.err.contains(word), "{word}: {ran:?}");
    }
    assert!(ran.out.contains("What the servers saw: 2 texts and 3 updates, each once."), "{}", ran.out);
    assert!(std::fs::read_dir(&temporary).unwrap().next().is_none(), "nothing is left behind");
    assert!(!home.path("data").exists(), "the demo has a desk of its own");
}

/// Without a terminal there is nobody to sit at a desk.
#[test]
fn a_desk_needs_a_terminal_and_a_demo_to_join() {
    let home = Home::empty();
    for arguments in [&["demo", "--join"][..], &["demo", "--keep", "kept"]] {
        home.run(arguments).refused(2, &["a desk needs a terminal", "cordboard demo --tour"]);
    }
    home.run(&["demo", "--tour", "--join"]).refused(2, &["cannot be used with"]);
    assert!(!home.path("kept").exists());
}

/// Ends the sandbox with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_sandbox_says_where_it_is_and_answers() {
    let home = Home::empty();
    let child = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .args(["--json", "sandbox"])
        .env("CORDBOARD_HOME", home.0.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: serde_json::Value = serde_json::from_str(&line).unwrap();
    for key in ["url", "control_url"] {
        let address = told[key].as_str().unwrap().strip_prefix("http://").unwrap();
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET /_sandbox/ledger HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
            .unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{key}: {answer}");
    }
}
