//! An SMTP server that nobody here wrote: Python's aiosmtpd, from the folder that `make test` makes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub struct Smtp {
    child: Child,
    folder: TempDir,
    pub port: u16,
}

/// A mail that the server has taken.
#[derive(Clone, Debug)]
pub struct Taken {
    pub to: Vec<String>,
    /// As it came.
    pub content: String,
}

impl Smtp {
    /// `None`, and a word about it, where there is no aiosmtpd: not under CI.
    pub fn start(options: &[&str]) -> Option<Self> {
        let python = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("python/bin/python");
        if !python.exists() {
            assert!(std::env::var_os("CI").is_none(), "{} is missing: make test makes it", python.display());
            println!("skipped: there is no {}; `make test` makes it", python.display());
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/smtp.py");
        let mut command = Command::new(python);
        command.arg(script).arg(folder.path()).args(options).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap();
        Some(Self { child, folder, port })
    }

    /// What goes wrong with the next mail.
    pub fn fault(&self, words: &str) {
        fs::write(self.folder.path().join("fault"), words).unwrap();
    }

    /// All that was taken, in order.
    pub fn taken(&self) -> Vec<Taken> {
        let file = |number: usize, kind: &str| self.folder.path().join(format!("{number}.{kind}"));
        let taken = |number: usize| {
            let about: Value = serde_json::from_slice(&fs::read(file(number, "json")).ok()?).unwrap();
            let to = about["to"].as_array().unwrap().iter().map(|to| to.as_str().unwrap().to_owned());
            Some(Taken { to: to.collect(), content: fs::read_to_string(file(number, "eml")).unwrap() })
        };
        (1..).map_while(taken).collect()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Taken {
    /// The value of a header.
    pub fn header(&self, name: &str) -> &str {
        let (head, _) = self.content.split_once("\r\n\r\n").unwrap();
        let value = |line: &'_ str| {
            line.split_once(": ").filter(|(key, _)| *key == name).map(|(_, value)| value.len())
        };
        let line =
            head.lines().find(|line| value(line).is_some()).unwrap_or_else(|| panic!("no {name} in {head}"));
        line.split_once(": ").unwrap().1
    }

    /// The picture that came with it.
    pub fn png(&self) -> Vec<u8> {
        use base64::Engine as _;
        let (_, part) = self.content.split_once("Content-Type: image/png").unwrap();
        let (_, body) = part.split_once("\r\n\r\n").unwrap();
        let (body, _) = body.split_once("\r\n--").unwrap();
        let plain: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        base64::engine::general_purpose::STANDARD.decode(plain).unwrap()
    }
}

/// What zbar reads in a picture; `None`, and a word about it, where there is no zbar: not under CI.
pub fn scan(picture: &[u8], kind: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join(format!("code.{kind}"));
    fs::write(&file, picture).unwrap();
    let Ok(out) = Command::new("zbarimg").args(["--raw", "-q"]).arg(&file).output() else {
        assert!(std::env::var_os("CI").is_none(), "zbarimg is missing: make tools installs it");
        println!("skipped: there is no zbarimg; `make tools` installs it");
        return None;
    };
    Some(String::from_utf8(out.stdout).unwrap().trim_end().to_owned())
}

/// The half blocks of a screen as a picture, light where nothing is drawn.
pub fn pixels(rows: &[String]) -> Vec<u8> {
    const SCALE: usize = 4;
    let width = rows.iter().map(|row| row.chars().count()).max().unwrap_or(0);
    let mut picture = format!("P5\n{} {}\n255\n", width * SCALE, rows.len() * 2 * SCALE).into_bytes();
    for row in rows {
        let cells: Vec<char> = row.chars().collect();
        for half in ["▀█", "▄█"] {
            for _ in 0..SCALE {
                for x in 0..width {
                    let dark = cells.get(x).is_some_and(|cell| half.contains(*cell));
                    picture.extend([if dark { 0 } else { 255 }; SCALE]);
                }
            }
        }
    }
    picture
}
