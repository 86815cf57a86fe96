//! `demo` and `sandbox` cannot leave this machine, whatever the environment says: at the connector, and
//! with the real binary, whose sockets are looked at while it runs.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail the test")]

#[path = "support/command.rs"]
mod command;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use command::{Home, stdout};
use cordboard::domain::phone::E164;
use cordboard::domain::text::Body;
use cordboard::remote::client::{Client, Guard};
use cordboard::remote::{Endpoints, Outcome, Request, Transport, twilio, upstream};

/// Base URLs that lead away, by number, by name, and by what only looks like this machine.
const ELSEWHERE: [&str; 15] = [
    "https://api.twilio.com",
    "http://10.0.0.1",
    "http://10.0.0.1:8080/api",
    "http://192.168.1.1",
    "http://169.254.169.254",
    "http://0.0.0.0",
    "http://2130706434",
    "http://[::1]",
    "http://[::ffff:10.0.0.1]",
    "http://[2001:db8::1]",
    "http://127.0.0.1.nip.example",
    "http://localhost.example",
    "http://localhost.",
    "http://example",
    "https://hub.example/127.0.0.1",
];

fn post(uri: &str) -> http::Request<Vec<u8>> {
    http::Request::post(uri).body(b"x=1".to_vec()).unwrap()
}

#[tokio::test]
async fn the_connector_refuses_every_other_machine() {
    let client = Client::new(Guard::LoopbackOnly).unwrap();
    for base in ELSEWHERE {
        let Transport::NotSent(why) = client.send(post(base)).await else { panic!("{base} was tried") };
        assert!(why.contains("it only talks to 127.0.0.1 and localhost"), "{base}: {why}");
    }
}

/// The same with whole requests and credentials: nothing is sent, so everything may be tried again.
#[tokio::test]
async fn credentials_do_not_open_the_way() {
    let client = Client::new(Guard::LoopbackOnly).unwrap();
    let number = |text: &str| E164::parse(text).unwrap();
    let text = Request::CreateMessage {
        from: number("+12025550143"),
        to: number("+23057372333"),
        body: Body("Hello".to_owned()),
    };
    let contact = Request::LatestContact { customer_id: "C-1".to_owned() };
    for base in ELSEWHERE {
        let endpoints = Endpoints {
            twilio: Some(twilio::Account {
                base_url: base.to_owned(),
                account_sid: format!("AC{:032}", 1),
                user: format!("AC{:032}", 1),
                secret: "s3cret".to_owned(),
            }),
            upstream: Some(upstream::Account { base_url: base.to_owned(), token: "t0ken".to_owned() }),
            ..Endpoints::default()
        };
        for request in [&text, &contact] {
            let outcome = client.perform(request, &endpoints).await;
            assert!(matches!(outcome, Outcome::NotSent { .. }), "{base}: {outcome:?}");
        }
    }
}

/// A server on this machine that points elsewhere gets its answer read, and no more.
#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let trap = Trap::set();
    for target in ["https://api.twilio.com/", "http://10.0.0.1/", &trap.url()] {
        for status in ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"] {
            let server = TcpListener::bind("127.0.0.1:0").unwrap();
            let base = format!("http://{}", server.local_addr().unwrap());
            let answer = format!("HTTP/1.1 {status}\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
            let answering = thread::spawn(move || {
                let (mut stream, _) = server.accept().unwrap();
                assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
                stream.write_all(answer.as_bytes()).unwrap();
            });
            let client = Client::new(Guard::LoopbackOnly).unwrap();
            let Transport::Response(got) = client.send(post(&base)).await else { panic!("no answer") };
            assert!(got.status().is_redirection());
            answering.join().unwrap();
        }
    }
    trap.is_untouched();
}

/// A listener that nobody may ever connect to.
struct Trap(TcpListener);

impl Trap {
    fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    fn is_untouched(&self) {
        let got = self.0.accept();
        assert!(got.is_err(), "somebody connected: {got:?}");
    }
}

/// All that a user may have set, with every address pointing at `base` and every proxy at the trap.
fn environment(base: &str, trap: &Trap) -> Vec<(String, String)> {
    let proxy = trap.url();
    let pairs = [
        ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
        ("TWILIO_AUTH_TOKEN", "a-real-token"),
        ("TWILIO_API_KEY_SID", "SK00000000000000000000000000000001"),
        ("TWILIO_API_KEY_SECRET", "a-real-secret"),
        ("TWILIO_PHONE_NUMBER", "+12025550143"),
        ("TWILIO_REGION", "au1"),
        ("TWILIO_EDGE", "sydney"),
        ("CORDBOARD_UPSTREAM_TOKEN", "a-real-token"),
        ("CORDBOARD_TWILIO_BASE_URL", base),
        ("CORDBOARD_UPSTREAM_URL", base),
        ("CORDBOARD_REGION", "nowhere"),
        ("CORDBOARD_USER", "Nobody"),
        ("CORDBOARD_LOG", "trace"),
    ];
    let proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    let mut pairs: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    pairs.extend(proxies.map(|name| (name.to_owned(), proxy.clone())));
    pairs
}

/// The tour works as ever, in a folder of its own, and the desk of the user is not looked at.
#[test]
fn the_demo_stays_here() {
    let trap = Trap::set();
    let trap = &trap;
    thread::scope(|scope| {
        for base in [trap.url(), "https://api.twilio.com".to_owned(), "http://10.0.0.1".to_owned()] {
            scope.spawn(move || a_demo_stays_here(&base, trap));
        }
    });
    trap.is_untouched();
}

fn a_demo_stays_here(base: &str, trap: &Trap) {
    let home = Home::empty();
    let (desk, temp) = (home.path().join("desk"), home.path().join("temp"));
    fs::create_dir(&temp).unwrap();
    let mut command = home.command(&["demo"]);
    command.envs(environment(base, trap)).env("CORDBOARD_HOME", &desk).env("TMPDIR", &temp);
    // Into a file: nobody has to read along while the sockets are looked at.
    let told = home.path().join("told");
    command.stdout(File::create(&told).unwrap()).stderr(File::options().append(true).open(&told).unwrap());
    let mut child = Running(command.spawn().unwrap());
    let mut seen = 0;
    let status = loop {
        if let Some(status) = child.0.try_wait().unwrap() {
            break status;
        }
        seen += sockets::stay_here(child.0.id());
        thread::park_timeout(Duration::from_millis(2));
    };
    let told = fs::read_to_string(told).unwrap();
    assert_eq!(status.code(), Some(0), "{base}: {told}");
    assert!(seen > 0 || !cfg!(target_os = "linux"), "its sockets were looked at");
    for secret in ["a-real", "AC00000000000000000000000000000001", "2025550143"] {
        assert!(!told.contains(secret), "{secret} was used: {told}");
    }
    assert!(!desk.join("data").exists(), "the user's own desk is left alone");
    assert_eq!(fs::read_dir(&temp).unwrap().count(), 0, "its folder is gone");
}

#[test]
fn the_sandbox_stays_here() {
    let trap = Trap::set();
    let home = Home::empty();
    let mut command = home.command(&["sandbox", "--print-url"]);
    command.envs(environment("https://api.twilio.com", &trap)).stdout(Stdio::piped());
    let mut child = Running(command.spawn().unwrap());
    let mut out = BufReader::new(child.0.stdout.take().unwrap());
    let mut url = String::new();
    out.read_line(&mut url).unwrap();
    let address =
        url.trim().strip_prefix("http://127.0.0.1:").map(|port| format!("127.0.0.1:{port}")).unwrap();

    // A text with a callback to somebody, an absolute address, and the wish for a tunnel.
    let body = "From=%2B23052500100&To=%2B23057372333&Body=Hi&StatusCallback=http%3A%2F%2F10.0.0.1%2F";
    let auth = "QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpzYW5kYm94LXRva2Vu";
    let text = format!(
        "POST /2010-04-01/Accounts/AC{:032}/Messages.json HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {auth}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        0,
        body.len()
    );
    let proxied = format!("GET {}/ HTTP/1.1\r\nHost: api.twilio.com\r\n\r\n", trap.url());
    let tunnel = format!("CONNECT {} HTTP/1.1\r\nHost: x\r\n\r\n", trap.url().replace("http://", ""));
    for (request, status) in [(text, "201"), (proxied, "404"), (tunnel, "40")] {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut head = [0; 15];
        stream.read_exact(&mut head).unwrap();
        let head = String::from_utf8_lossy(&head).into_owned();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
        assert!(sockets::stay_here(child.0.id()) >= 2 || !cfg!(target_os = "linux"), "data and control");
    }
    trap.is_untouched();
}

/// The port of the sandbox cannot be had on another address.
#[test]
fn the_sandbox_takes_no_address() {
    let out = Home::empty().run(&["sandbox", "--host", "0.0.0.0"]);
    assert_eq!((out.status.code(), stdout(&out).as_str()), (Some(2), ""));
}

/// A process that does not outlive its test.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the kernel knows of a process's sockets.
#[cfg(target_os = "linux")]
mod sockets {
    use std::collections::HashSet;
    use std::fs;

    /// Fails unless every internet socket of the process is TCP on 127.0.0.1, as are its peers. Answers
    /// with how many there are.
    pub fn stay_here(process: u32) -> usize {
        let own = of(process);
        let mut found = 0;
        for table in ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"] {
            let Ok(text) = fs::read_to_string(format!("/proc/{process}/net/{table}")) else { continue };
            for line in text.lines().skip(1) {
                let fields: Vec<&str> = line.split_whitespace().collect();
                let (local, peer, inode) = (fields[1], fields[2], fields[9]);
                if !own.contains(inode) {
                    continue;
                }
                found += 1;
                // Hexadecimal in the byte order of the machine; a peer of nothing but zeros is none.
                let here = |address: &str| {
                    address.starts_with(if cfg!(target_endian = "little") {
                        "0100007F:"
                    } else {
                        "7F000001:"
                    })
                };
                let stays = table == "tcp" && here(local) && (here(peer) || peer == "00000000:0000");
                assert!(stays, "{table} socket at {local} with {peer}");
            }
        }
        found
    }

    /// The inodes of its sockets.
    fn of(process: u32) -> HashSet<String> {
        let Ok(folder) = fs::read_dir(format!("/proc/{process}/fd")) else { return HashSet::new() };
        let inode = |entry: fs::DirEntry| {
            let target = fs::read_link(entry.path()).ok()?;
            Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        };
        folder.flatten().filter_map(inode).collect()
    }
}

#[cfg(not(target_os = "linux"))]
mod sockets {
    /// Only Linux tells.
    pub fn stay_here(_: u32) -> usize {
        0
    }
}
