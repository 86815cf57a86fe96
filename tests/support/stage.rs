//! A demo that runs in a pseudo-terminal with its folder kept: hands on its keys, eyes on its
//! screen, a line to its sandbox, and commands run beside it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use vt100::Screen;

use super::folder;
use super::hand::keys;
use super::pty::{PATIENCE, Pty, lines};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_cordboard");
pub const KEVIN: &str = "+23057372333";

/// Between two looks at what is not on the screen.
const LOOK: Duration = Duration::from_millis(50);

pub struct Stage {
    // Before its folder goes, the program does.
    pub pty: Pty,
    folder: TempDir,
    control: String,
    /// Requests of the past.
    before: usize,
}

impl Stage {
    /// The demo in a window of `size`, for a person of `role`.
    pub fn start(role: &str, env: &[(&str, &str)], size: (u16, u16)) -> Self {
        Self::start_in(folder(), &[], role, env, size)
    }

    /// The same, run by `wrapped`: a command that takes another as its last arguments.
    pub fn start_in(
        folder: TempDir,
        wrapped: &[&str],
        role: &str,
        env: &[(&str, &str)],
        size: (u16, u16),
    ) -> Self {
        let (temp, kept) = (folder.path().to_str().unwrap(), folder.path().join("kept"));
        let demo = [PROGRAM, "--as", role, "demo", "--keep", kept.to_str().unwrap()];
        let command = [wrapped, &demo].concat();
        let pty = Pty::start(&command, &[&[("TMPDIR", temp), ("TMUX_TMPDIR", temp)], env].concat(), size);
        pty.wait_for("TYPING SEARCH");
        let control = control(&folder);
        let mut stage = Self { pty, folder, control, before: 0 };
        stage.before = stage.ledger().len();
        stage
    }

    /// Presses the keys as a hand would, and waits for what they bring.
    pub fn press(&mut self, written: &str, see: &[&str]) -> Screen {
        for key in keys(written) {
            self.pty.press(&key);
        }
        self.see(written, see)
    }

    fn see(&self, written: &str, see: &[&str]) -> Screen {
        self.pty.wait_until(&format!("{see:?} after {written:?}"), |screen| {
            let lines = lines(screen);
            see.iter().all(|wanted| {
                let has = |words: &str| lines.iter().any(|line| line.contains(words));
                wanted.strip_prefix('!').map_or_else(|| has(wanted), |gone| !has(gone))
            })
        })
    }

    /// What arrived at the sandbox since the start, in order.
    pub fn ledger(&self) -> Vec<Value> {
        let ledger: Vec<Value> = serde_json::from_str(&self.ask("GET", "ledger", "")).unwrap();
        ledger.into_iter().skip(self.before).collect()
    }

    /// What people were texted since the start: number and words.
    pub fn texted(&self) -> Vec<(String, String)> {
        let word = |entry: &Value, key: &str| entry["body"][key].as_str().unwrap().to_owned();
        let texts = self.ledger().into_iter().filter(|entry| is_stored(entry, "twilio", "create"));
        texts.map(|entry| (word(&entry, "To"), word(&entry, "Body"))).collect()
    }

    /// Ids of the upstream that were marked since the start, sorted; one that was marked twice
    /// stands there twice.
    pub fn marked(&self) -> Vec<i64> {
        let marks = self.ledger().into_iter().filter(|entry| is_stored(entry, "upstream", "mark"));
        let mut ids: Vec<i64> = marks
            .flat_map(|entry| match &entry["stored"] {
                Value::Array(ids) => ids.iter().map(|id| id.as_i64().unwrap()).collect(),
                one => vec![one.as_i64().unwrap()],
            })
            .collect();
        ids.sort_unstable();
        ids
    }

    /// A customer texts us.
    pub fn customer_texts(&self, from: &str, body: &str) {
        self.ask("POST", "inbound", &serde_json::json!({ "from": from, "body": body }).to_string());
    }

    /// Says something to the sandbox's control port.
    pub fn ask(&self, method: &str, what: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.control).unwrap();
        write!(
            stream,
            "{method} /_sandbox/{what} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.control,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {what}: {answer}");
        body.to_owned()
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("kept")
    }

    /// Runs a command on the desk's folder as `user`.
    pub fn run(&self, user: &str, args: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command.env_clear().env("CORDBOARD_HOME", self.home()).args(["--as", user]).args(args);
        command.output().unwrap()
    }

    /// What a command that must succeed says.
    pub fn ok(&self, user: &str, args: &[&str]) -> String {
        let output = self.run(user, args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {} {errors}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Every update, as the admin sees it.
    pub fn updates(&self) -> Vec<Value> {
        let said = self.ok("S. Lee", &["--json", "updates", "list", "--limit", "1000"]);
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Numbers of the updates that are synced.
    pub fn synced(&self) -> BTreeSet<i64> {
        let updates = self.updates().into_iter().filter(|update| update["status"] == "synced");
        updates.map(|update| update["id"].as_i64().unwrap()).collect()
    }

    /// Numbers of the updates in an exported file, in its order.
    pub fn exported(&self, batch: u32) -> Vec<i64> {
        let file = self.home().join(format!("data/exports/batch-{batch}.csv"));
        let text = fs::read_to_string(file).unwrap();
        text.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect()
    }

    /// Numbers of the updates that a batch stands for: those of its file, and what was pending for the
    /// same field of the same customer before each.
    pub fn batch(&self, batch: u32, synced: &BTreeSet<i64>) -> BTreeSet<i64> {
        let exported = self.exported(batch);
        let updates = self.updates();
        let id = |update: &Value| update["id"].as_i64().unwrap();
        let entered = |update: &Value, field: &str| {
            updates.iter().any(|newer| {
                exported.contains(&id(newer))
                    && id(newer) >= id(update)
                    && newer["customer"] == update["customer"]
                    && !newer[field].is_null()
            })
        };
        let stands_for = |update: &&Value| {
            let mut fields = ["new_mobile", "new_email"].into_iter().filter(|field| !update[field].is_null());
            fields.all(|field| entered(update, field))
        };
        updates.iter().filter(stands_for).map(id).filter(|id| !synced.contains(id)).collect()
    }

    /// Waits for what no screen shows.
    pub fn wait<T: PartialEq + std::fmt::Debug>(&self, wanted: &T, look: impl Fn(&Self) -> T) {
        let end = Instant::now() + PATIENCE;
        loop {
            let seen = look(self);
            if seen == *wanted {
                return;
            }
            assert!(Instant::now() < end, "wanted {wanted:?}, there is {seen:?}");
            thread::sleep(LOOK);
        }
    }
}

fn is_stored(entry: &Value, target: &str, on: &str) -> bool {
    entry["target"] == target && entry["on"] == on && !entry["stored"].is_null()
}

/// Where the demo in `folder` says that its sandbox listens.
fn control(folder: &TempDir) -> String {
    let notices = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path());
    let notices = notices.filter(|path| path.to_string_lossy().contains("cordboard-demo-"));
    let file = notices.flat_map(|path| fs::read_dir(path).unwrap().flatten()).next().unwrap().path();
    let notice: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    notice["control"].as_str().unwrap().to_owned()
}
