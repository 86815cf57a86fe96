//! The desk over SSH: a real sshd gives everybody the same account and, by their key, their own name.
//! Three people work on one file at the same time; a line that dies keeps what was typed; a line
//! with 200 ms of delay is a little late and nothing else.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

#[path = "support/command.rs"]
mod command;
mod support;

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use command::{Home, stderr};
use rustix::process::Signal;
use support::pty::{Pty, lines};

const SIZE: (u16, u16) = (80, 24);
/// Of a line half around the world, in each direction.
const DELAY: Duration = Duration::from_millis(100);

const PEOPLE: [(&str, &str, &str); 2] = [("Ana Silva", "7", "supervisor"), ("David Brown", "24", "agent")];
const CUSTOMERS: &str = "customer_id,policy_number,name,mobile,email,amount_due,payment_status\n\
     10013,LIB/C7013,Kevin Anderson Curepipe,57372333,v.khanna@example.com,\"MUR 4,491.29\",pending\n\
     10020,LIB/C7020,Anna Curepipe,5798 0001,anna@curepipe.example,MUR 0.00,paid\n\
     10210,LIB/C9210,王小明,58442333,wang@example.com,MUR 310.00,lapsed\n";

/// A desk that people reach by SSH.
struct Server {
    home: Home,
    address: SocketAddr,
}

impl Server {
    /// `None`, with a printed line, where no sshd can be run.
    fn start() -> Option<Self> {
        let sshd = sshd()?;
        let home = Home::new();
        for (name, number, role) in PEOPLE {
            ok(&home.run(&["--as", "S. Lee", "users", "add", name, "--number", number, "--role", role]));
        }
        let file = home.path().join("customers.csv");
        fs::write(&file, CUSTOMERS).unwrap();
        ok(&home.run(&["--as", "S. Lee", "customers", "import", file.to_str().unwrap()]));
        let config = configure(home.path());
        let log = OpenOptions::new().create(true).append(true).open(home.path().join("sshd.log")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // As inetd would: nobody has to guess a free port, and a connection's sshd ends with it.
        thread::spawn(move || {
            let mut running: Vec<Child> = Vec::new();
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                running.retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
                running.extend(serve(&sshd, &config, stream, &log));
            }
        });
        Some(Self { home, address })
    }

    /// Sits somebody down, by their key.
    fn sit(&self, name: &str) -> Pty {
        self.sit_at(self.address, name)
    }

    /// The same over another line.
    fn sit_at(&self, address: SocketAddr, name: &str) -> Pty {
        let key = self.path(&key_of(name));
        let known = format!("UserKnownHostsFile={}", self.path("known_hosts"));
        let port = address.port().to_string();
        let pty = Pty::start(
            &[
                "ssh",
                "-tt",
                "-F",
                "none",
                "-e",
                "none",
                "-i",
                &key,
                "-p",
                &port,
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "BatchMode=yes",
                "-o",
                "LogLevel=ERROR",
                "-o",
                "HostKeyAlias=desk",
                "-o",
                &known,
                "127.0.0.1",
            ],
            &[],
            SIZE,
        );
        pty.wait_until("the desk", |screen| {
            let rows = lines(screen);
            let refused = rows.iter().any(|row| row.contains("denied") || row.contains("closed"));
            assert!(!refused, "{rows:?}\n{}", fs::read_to_string(self.path("sshd.log")).unwrap());
            rows[0].contains(name) && rows[23].ends_with("TYPING SEARCH")
        });
        pty
    }

    fn path(&self, name: &str) -> String {
        self.home.path().join(name).to_str().unwrap().to_owned()
    }
}

fn sshd() -> Option<PathBuf> {
    let found =
        ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].map(PathBuf::from).into_iter().find(|p| p.exists());
    let client = Command::new("ssh").arg("-V").stderr(Stdio::null()).status().is_ok();
    let Some(sshd) = found.filter(|_| client) else {
        println!("skipped: no sshd and ssh here; `make tools` installs them");
        return None;
    };
    // root's sshd locks itself up in there.
    if rustix::process::getuid().is_root()
        && let Err(why) = fs::create_dir_all("/run/sshd")
    {
        println!("skipped: sshd needs /run/sshd: {why}");
        return None;
    }
    Some(sshd)
}

/// Writes the keys and settings of the server; answers with its settings file.
fn configure(home: &Path) -> PathBuf {
    let known = keygen(&home.join("host"));
    private(&home.join("known_hosts"), &format!("desk {known}"));
    let keys = PEOPLE.iter().map(|(name, ..)| *name).chain(["S. Lee"]).map(|name| {
        let key = keygen(&home.join(key_of(name)));
        format!("restrict,pty,environment=\"CORDBOARD_USER={name}\" {key}")
    });
    private(&home.join("authorized_keys"), &keys.collect::<String>());
    let at = home.display();
    let binary = env!("CARGO_BIN_EXE_cordboard");
    let text = format!(
        "HostKey {at}/host\nAuthorizedKeysFile {at}/authorized_keys\nStrictModes no\nPidFile none\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n\
         PrintMotd no\nPrintLastLog no\nPermitUserEnvironment CORDBOARD_USER\n\
         SetEnv CORDBOARD_HOME=\"{at}\" LANG=C.UTF-8\n\
         ForceCommand exec '{binary}' --as \"$CORDBOARD_USER\"\n"
    );
    let file = home.join("sshd_config");
    private(&file, &text);
    file
}

fn key_of(name: &str) -> String {
    format!("key-{}", name.replace(' ', "-"))
}

/// Makes a pair of keys; answers with the public half as one line.
fn keygen(file: &Path) -> String {
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(file).output();
    ok(&made.unwrap());
    fs::read_to_string(file.with_file_name(format!("{}.pub", file.file_name().unwrap().to_str().unwrap())))
        .unwrap()
}

fn private(file: &Path, text: &str) {
    let mut out = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(file).unwrap();
    out.write_all(text.as_bytes()).unwrap();
}

fn serve(sshd: &Path, config: &Path, stream: TcpStream, log: &File) -> Option<Child> {
    let output = OwnedFd::from(stream.try_clone().ok()?);
    let mut command = Command::new(sshd);
    command.args(["-i", "-e", "-f"]).arg(config).stdin(OwnedFd::from(stream)).stdout(output);
    command.stderr(log.try_clone().ok()?).spawn().ok()
}

fn ok(output: &Output) {
    assert!(output.status.success(), "{}", stderr(output));
}

/// A line to `server` on which everything takes [`DELAY`].
fn slow_line(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for near in listener.incoming() {
            let (Ok(near), Ok(far)) = (near, TcpStream::connect(server)) else { return };
            for (from, to) in [(&near, &far), (&far, &near)] {
                carry(from.try_clone().unwrap(), to.try_clone().unwrap());
            }
        }
    });
    address
}

/// Bytes leave as they came, in their order and pieces, and later.
fn carry(mut from: TcpStream, mut to: TcpStream) {
    to.set_nodelay(true).unwrap();
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if sender.send((Instant::now() + DELAY, bytes[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, piece) in receiver {
            // The delay is what is tested, not a wait.
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&piece).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}

/// Looks Kevin up by the end of his number and opens his card.
fn open_kevin(pty: &mut Pty) {
    pty.type_keys("7013");
    pty.wait_for("1 of 3");
    pty.send("\r");
    pty.wait_for("n writes one");
}

fn shows(pty: &Pty, text: &str) -> bool {
    pty.screen().contains(text)
}

#[test]
fn show_2_three_people_on_one_file_see_each_others_updates() {
    let Some(server) = Server::start() else { return };
    let (mut david, mut ana, mut lee) =
        (server.sit("David Brown"), server.sit("Ana Silva"), server.sit("S. Lee"));
    for (pty, who) in
        [(&david, "24 David Brown  agent"), (&ana, "7 Ana Silva  supervisor"), (&lee, "1 S. Lee  admin")]
    {
        pty.wait_for(who);
    }
    open_kevin(&mut david);
    open_kevin(&mut ana);
    ana.wait_for("David Brown is viewing this customer too");
    lee.send("\x1b");
    lee.wait_until("the desk", |screen| lines(screen)[23].ends_with(" DESK"));
    lee.type_keys("gu");
    lee.wait_for("Contact updates");

    david.type_keys("m57001234");
    david.wait_for("ok  5700 1234");
    ana.wait_for("David Brown is updating this customer too");
    david.type_keys("\t\t");
    david.wait_for("> Reason");
    david.send("1");
    david.wait_for("---> 1");
    david.send("\x13");
    david.wait_for("Saved.");
    // Nobody has pressed a key there.
    ana.wait_for("Mobile 5700 1234");
    ana.wait_for("UPDATE  mobile 5737 2333");
    ana.wait_for("-> 5700 1234");
    lee.wait_for("1 pending");
    lee.wait_until("the update in the queue", |screen| {
        lines(screen).iter().any(|row| row.contains("LIB/C7013") && row.contains("5700 1234"))
    });

    ana.type_keys("n");
    ana.wait_for("TYPING NOTE");
    ana.type_keys("calls after six");
    ana.send("\x13");
    ana.wait_for("Note saved.");
    david.wait_for("calls after six");
    for pty in [&mut david, &mut ana, &mut lee] {
        pty.send("\x03");
        pty.wait_for("Ctrl+C once more quits");
        pty.send("\x03");
        assert_eq!(pty.wait_exit(), 0);
        assert!(pty.is_cooked());
    }
}

#[test]
fn show_2_a_line_that_dies_in_the_middle_of_a_form_keeps_what_was_typed() {
    let Some(server) = Server::start() else { return };
    let (mut david, mut ana) = (server.sit("David Brown"), server.sit("Ana Silva"));
    open_kevin(&mut ana);
    open_kevin(&mut david);
    david.type_keys("ekevin@cure");
    david.wait_for("[kevin@cure ");
    ana.wait_for("David Brown is updating this customer too");
    david.kill(Signal::KILL);
    assert_eq!(david.wait_exit(), -1);
    // His desk over there has ended, and said so.
    ana.wait_gone("David Brown is updating");

    let mut david = server.sit("David Brown");
    open_kevin(&mut david);
    david.send("e");
    david.wait_for("[kevin@cure ");
    david.wait_for("is back");
    assert!(shows(&ana, "v.khanna@example.com"), "nothing was saved:\n{}", ana.screen());
}

#[test]
fn show_2_with_200_ms_of_delay_everything_is_late_and_nothing_is_wrong() {
    let Some(server) = Server::start() else { return };
    let mut pty = server.sit_at(slow_line(server.address), "David Brown");
    // Ahead of the echo, with a slip and its correction.
    pty.type_keys("70199\x7f\x7f3");
    let asked = Instant::now();
    pty.wait_for("> 7013 ");
    pty.wait_for("1 of 3");
    assert!(asked.elapsed() >= DELAY, "the line is slow");
    pty.send("\r");
    pty.wait_for("n writes one");
    assert_eq!(pty.cursor().map(|(row, _)| row), Some(4), "{}", pty.screen());
    // Down and F5 in pieces, as a line may deliver them: the Esc in front is not an Esc, the rest is no search.
    for (pieces, row) in
        [(["\x1b", "[B"], 5), (["\x1b[", "A"], 4), (["\x1bO", "B"], 5), (["\x1b[1", "5~"], 5)]
    {
        for piece in pieces {
            pty.send(piece);
            // The gap is what is tested, not a wait.
            thread::sleep(Duration::from_millis(5));
        }
        // The answer to the next key comes after the answer to this one.
        pty.send("q");
        pty.wait_for(":q quits");
        pty.wait_until(&format!("row {row} after {pieces:?}"), |screen| {
            lines(screen).iter().any(|line| line.contains("n writes one"))
                && screen.cursor_position().0 == row
        });
    }
    pty.send("n");
    pty.wait_for("TYPING NOTE");
    pty.type_keys("slow, not wrong");
    pty.send("\x1b");
    pty.wait_for("What you typed is kept");
    pty.wait_for("slow, not wrong");
}
