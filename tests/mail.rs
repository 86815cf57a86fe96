//! Mail through the built program to an SMTP server that nobody here wrote, and QR codes read back by
//! zbar: NIC-2, 9, 13, 25, 26, 88, 114, 136. What may have arrived is never sent again by the machine.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy takes the helpers of a test file for production code"
)]

#[path = "support/smtp.rs"]
mod smtp;
mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use cordboard::sandbox::{Clock, Config, Sandbox};
use serde_json::json;
use smtp::{Smtp, pixels, scan};
use support::hand::keys;
use support::program::{Program, wait_until};
use support::pty::{Pty, lines};

const NEW: &str = "kevin@curepipe.example";
const AGENT: &str = "David Brown";
const ADMIN: &str = "1";

struct Office {
    program: Program,
    sandbox: Sandbox,
    smtp: Smtp,
}

impl Office {
    /// A desk with a payment link and a server for mail; Kevin owes, and has an old address or none.
    fn new(email: Option<&str>, options: &[&str]) -> Option<Self> {
        let smtp = Smtp::start(options)?;
        let sandbox =
            Sandbox::start(Config { clock: Clock::Real, start: support::now(), ..Config::default() })
                .unwrap();
        let program = Program::new(&sandbox);
        let office = Self { program, sandbox, smtp };
        office.configure(office.smtp.port);
        let mut add =
            vec!["customers", "add", "--name", "Kevin Curepipe", "--policy", "LIB/C7013", "--mobile"];
        add.extend(["5737 2333", "--master-id", "C-7013", "--amount-due", "4491.29"]);
        if let Some(email) = email {
            add.extend(["--email", email]);
        }
        office.program.ok(ADMIN, &add);
        Some(office)
    }

    fn configure(&self, port: u16) {
        let file = self.program.home.path().join("config.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let kept = text.split("\n[mail]").next().unwrap();
        let link = "https://pay.example.com/?policy={policy}&amount={amount}&ref={reference}";
        let more = format!(
            "\n[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"desk@example.com\"\n\
             [payment]\nlink = \"{link}\"\n"
        );
        std::fs::write(&file, format!("{kept}{more}")).unwrap();
    }

    fn request(&self) -> String {
        let said = self.program.json(AGENT, &["customers", "request-payment", "LIB/C7013"]);
        said[0]["link"].as_str().unwrap().to_owned()
    }

    fn sync(&self) -> Option<i32> {
        self.program.run(ADMIN, &["sync", "--once"]).status.code()
    }

    /// Every line of the outbox that carries a mail: its state and sentence.
    fn mails(&self) -> Vec<(String, String)> {
        let jobs = self.program.json(ADMIN, &["outbox", "list", "--all"]);
        let mails = jobs.into_iter().filter(|job| job["kind"] == "mail");
        let word = |job: &serde_json::Value, key: &str| job[key].as_str().unwrap().to_owned();
        mails.map(|job| (word(&job, "state"), word(&job, "sentence"))).collect()
    }

    fn card(&self) -> String {
        self.program.ok(AGENT, &["customers", "show", "LIB/C7013"])
    }
}

fn bounce(address: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.com\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n\
         Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )
}

/// The whole story of NIC-13 at the keys: no e-mail, a new one, the code, the mail, the bounce.
#[test]
fn nic_9_13_26_114_136_a_new_address_gets_the_code_at_once_and_a_bounce_asks_for_another() {
    let Some(office) = Office::new(None, &[]) else { return };
    let command = office.program.command(AGENT, &[]);
    let env: Vec<(String, String)> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value?.to_str()?.to_owned())))
        .collect();
    let mut env: Vec<(&str, &str)> =
        env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    env.push(("LANG", "C.UTF-8"));
    let mut pty = Pty::start(&[env!("CARGO_BIN_EXE_cordboard"), "--as", AGENT], &env, (80, 24));
    pty.wait_for("TYPING SEARCH");
    let press = |pty: &mut Pty, written: &str, see: &str| {
        for key in keys(written) {
            pty.press(&key);
        }
        pty.wait_for(see)
    };
    press(&mut pty, "'curepipe'", "LIB/C7013");
    press(&mut pty, "Enter", "no e-mail on file");
    press(&mut pty, "r", "E-mail  none: Esc, then e");
    press(&mut pty, "e", "There is no e-mail on file: Esc, then e takes one.");
    press(&mut pty, "Esc", "ASK: no e-mail on file");
    press(&mut pty, "e", "TYPING FORM");
    press(&mut pty, &format!("'{NEW}' Ctrl+S"), "Saved.");
    let screen = press(&mut pty, "r", "Request a payment");
    let screen = if lines(&screen).iter().any(|line| line.contains("ref LIBC7013")) {
        screen
    } else {
        pty.wait_for("ref LIBC7013")
    };
    for size in [(80, 24), (120, 40)] {
        pty.resize(size);
        let screen = if size == (80, 24) {
            screen.clone()
        } else {
            pty.wait_until("a larger code", |screen| {
                lines(screen).len() == 40
                    && lines(screen).iter().filter(|line| line.contains('█')).count() > 10
            })
        };
        let rows: Vec<String> = lines(&screen)
            .into_iter()
            .map(|line| line.chars().take(48).map(|c| if "▀▄█".contains(c) { c } else { ' ' }).collect())
            .collect();
        if let Some(read) = scan(&pixels(&rows), "pgm") {
            assert!(
                read.starts_with("https://pay.example.com/?policy=LIB%2FC7013&amount=4491.29&ref=LIBC7013-"),
                "{size:?} {read}"
            );
        }
    }
    press(&mut pty, "e", &format!("Saved: a mail to {NEW}"));
    wait_until("the mail", || office.smtp.taken().len() == 1);
    let mail = office.smtp.taken().remove(0);
    assert_eq!(mail.to, [NEW]);
    assert!(mail.content.contains("MUR 4,491.29"), "{}", mail.content);
    if let Some(read) = scan(&mail.png(), "png") {
        assert!(
            read.starts_with("https://pay.example.com/?policy=LIB%2FC7013&amount=4491.29&ref="),
            "{read}"
        );
    }
    pty.wait_for("MAIL out");
    office.program.ok_with_input(ADMIN, &["mail", "bounced", "-"], &bounce(NEW));
    pty.wait_for("BAD");
    let form = press(&mut pty, "e", "TYPING FORM");
    let form = lines(&form).join("\n");
    assert!(form.contains("filled in from the bounce"), "{form}");
}

#[test]
fn nic_88_a_newer_contact_of_another_desk_is_asked_for_first() {
    let Some(office) = Office::new(Some("old@example.com"), &[]) else { return };
    // What the upstream would otherwise tell at the next walk.
    office.program.ok(ADMIN, &["sync", "--once"]);
    let update = json!({
        "customer_id": "C-7013", "policy_number": "LIB/C7013", "customer_name": "Kevin Curepipe",
        "old_email": "old@example.com", "new_email": NEW, "update_reason": "Customer provided new contact",
        "agent_id": 31, "agent_name": "Another Desk",
    });
    post(&office.sandbox.url(), &update.to_string());
    office.request();
    assert_eq!(office.sync(), Some(0));
    assert_eq!(office.smtp.taken().iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(), [[NEW]]);
}

fn post(url: &str, body: &str) {
    let host = url.strip_prefix("http://").unwrap();
    let token = Config::default().upstream_token;
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST /customer_contact_updates HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
}

#[test]
fn a_lost_answer_is_never_repeated_and_a_person_decides() {
    let Some(office) = Office::new(Some(NEW), &[]) else { return };
    office.smtp.fault("lost");
    office.request();
    office.sync();
    let unconfirmed = ("unconfirmed".to_owned(), "not confirmed: may have arrived");
    let stands = office.mails();
    assert_eq!(stands.len(), 1);
    assert_eq!(stands[0].0, unconfirmed.0);
    assert!(stands[0].1.starts_with(unconfirmed.1), "{stands:?}");
    office.sync();
    assert_eq!(office.smtp.taken().len(), 1, "the machine sends nothing again");
    let line = office.program.json(ADMIN, &["outbox", "list", "--all"])[0]["line"].to_string();
    assert!(!office.program.run(AGENT, &["outbox", "retry", &line, "--reason", "x"]).status.success());
    office.program.ok(ADMIN, &["outbox", "retry", &line, "--reason", "he says that there is none"]);
    assert_eq!(office.sync(), Some(0));
    let taken = office.smtp.taken();
    let ids: Vec<&str> = taken.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!((ids.len(), ids[0]), (2, ids[1]), "whoever got it twice can tell");
}

#[test]
fn a_no_for_now_is_tried_again_and_arrives_once() {
    for fault in ["data 451 4.3.0 later", "rcpt 450 4.2.0 greylisted"] {
        let Some(office) = Office::new(Some(NEW), &[]) else { return };
        office.smtp.fault(fault);
        office.request();
        assert_eq!(office.sync(), Some(0), "{fault}");
        assert_eq!(office.smtp.taken().len(), 1, "{fault}");
        assert_eq!(office.mails()[0].0, "accepted", "{fault}");
    }
}

#[test]
fn nic_136_a_refused_address_is_dead_and_a_refused_mail_is_not() {
    for (fault, dead) in [
        ("rcpt 550 5.1.1 no such user", true),
        ("rcpt 550 5.7.1 not from you", false),
        ("data 554 5.7.1 spam", false),
    ] {
        let Some(office) = Office::new(Some(NEW), &[]) else { return };
        office.smtp.fault(fault);
        office.request();
        office.sync();
        assert_eq!(office.mails()[0].0, "rejected", "{fault}");
        assert_eq!(office.smtp.taken().len(), 0, "{fault}");
        let again = office.program.run(AGENT, &["customers", "request-payment", "LIB/C7013"]);
        assert_eq!(again.status.success(), !dead, "{fault}");
        let said = String::from_utf8(again.stderr).unwrap();
        assert_eq!(said.contains("mail to this address came back"), dead, "{fault}: {said}");
    }
}

#[test]
fn a_server_that_is_away_is_waited_for() {
    let Some(mut office) = Office::new(Some(NEW), &[]) else { return };
    let port = office.smtp.port;
    // Nothing listens there any more.
    office.smtp = Smtp::start(&[]).unwrap();
    office.configure(port);
    office.request();
    assert_eq!(office.sync(), Some(6));
    assert_eq!(office.mails(), [("waiting".to_owned(), "waits for network".to_owned())]);
    office.configure(office.smtp.port);
    assert_eq!(office.sync(), Some(0));
    assert_eq!(office.smtp.taken().len(), 1);
}

#[test]
fn a_password_is_a_secret_and_a_wrong_one_keeps_the_mail() {
    let Some(office) = Office::new(Some(NEW), &["--auth"]) else { return };
    for (name, value) in [("CORDBOARD_MAIL_USER", "desk"), ("CORDBOARD_MAIL_PASSWORD", "wrong")] {
        office.program.ok_with_input(ADMIN, &["secret", "set", name], value);
    }
    office.request();
    office.sync();
    assert_eq!(office.mails()[0].0, "waiting");
    assert_eq!(office.smtp.taken().len(), 0);
    office.program.ok_with_input(ADMIN, &["secret", "set", "CORDBOARD_MAIL_PASSWORD"], "s3cret");
    // Nothing of it gets into a log, however talkative that is.
    let mut sync = office.program.command(ADMIN, &["sync", "--once"]);
    assert!(sync.env("CORDBOARD_LOG", "trace").status().unwrap().success());
    assert_eq!(office.smtp.taken().len(), 1);
    let logs = std::fs::read_dir(office.program.home.path().join("state")).unwrap().flatten();
    let log: String = logs.map(|file| std::fs::read_to_string(file.path()).unwrap()).collect();
    assert!(log.contains("TRACE"), "{log}");
    for secret in ["curepipe", "s3cret", "4,491.29"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn nic_25_an_acknowledgement_goes_by_mail_and_onto_the_card() {
    let Some(office) = Office::new(Some(NEW), &[]) else { return };
    let first = support::now().date();
    let args = ["customers", "acknowledge-debt", "LIB/C7013", "--amount", "4491.29", "--instalments", "3"];
    office.program.ok(AGENT, &[&args[..], &["--first", &first]].concat());
    assert_eq!(office.sync(), Some(0));
    let taken = office.smtp.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].header("Subject"), "Acknowledgement of debt: MUR 4,491.29, policy LIB/C7013");
    assert!(taken[0].content.contains("MUR 1,497.11"), "{}", taken[0].content);
    assert!(office.card().contains("Acknowledgement of debt"), "{}", office.card());
    let wrong = office.program.run(AGENT, &[&args[..5], &["--first", "yesterday"]].concat());
    assert!(!wrong.status.success());
}
