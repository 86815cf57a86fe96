//! `--record FILE`: what a desk was told, line by line, with everything of a customer masked; and
//! back again for `cordboard replay`, which redraws it.

use std::fs::File;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::key::{Code, Key};
use super::model::Model;
use super::msg::Msg;
use crate::domain::redact::mask;
use crate::domain::time::Micros;

/// The first line: what a replay needs to begin as the desk did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Of this format.
    pub version: u32,
    pub role: String,
    pub number: i64,
    pub size: (u16, u16),
    pub now: Micros,
    pub offset: i32,
    pub region: String,
    pub demo: bool,
}

/// A later line: so many milliseconds after the start, this was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub ms: u64,
    pub msg: Msg,
}

/// This format.
pub const VERSION: u32 = 1;

/// Writes a recording.
pub struct Recorder {
    out: BufWriter<File>,
    started: std::time::Instant,
}

impl Recorder {
    /// Begins a new file, readable by its owner only.
    ///
    /// # Errors
    /// It exists, or cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
        Ok(Self { out: BufWriter::new(file), started: std::time::Instant::now() })
    }

    pub(super) fn start(&mut self, model: &Model) {
        let start = Start {
            version: VERSION,
            role: model.me.role.as_str().to_owned(),
            number: model.me.number,
            size: model.size,
            now: model.now,
            offset: model.offset,
            region: model.settings.policy.region.to_string(),
            demo: model.settings.demo,
        };
        self.line(&start);
    }

    pub(super) fn note(&mut self, msg: &Msg, model: &Model) {
        let ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let msg = redacted(msg, model.hides_keys());
        self.line(&Told { ms, msg });
    }

    fn line(&mut self, value: &impl Serialize) {
        // A full disk ends the recording, not the desk.
        if let Ok(text) = serde_json::to_string(value)
            && let Err(why) = writeln!(self.out, "{text}").and_then(|()| self.out.flush())
        {
            tracing::warn!(%why, "recording");
        }
    }
}

/// Text of a person is masked; what acts on the desk stays. Read models mask themselves.
fn redacted(msg: &Msg, hides: bool) -> Msg {
    match msg {
        Msg::Key(Key { code: Code::Char(c), ctrl: false, alt: false }) if hides || c.is_ascii_digit() => {
            Msg::Key(Key::char(mask(&c.to_string()).chars().next().unwrap_or('x')))
        }
        Msg::Paste(text) => Msg::Paste(mask(text)),
        Msg::Say(tone, text) => Msg::Say(*tone, mask(text)),
        Msg::Failed(seq, failure) => {
            let mut failure = failure.clone();
            failure.why = mask(&failure.why);
            Msg::Failed(*seq, failure)
        }
        other => other.clone(),
    }
}

/// Reads a recording. A last line that was cut off is left out.
///
/// # Errors
/// It is none, or of another version; with the line.
pub fn read(from: impl BufRead) -> io::Result<(Start, Vec<Told>)> {
    let bad =
        |line: usize, why: &str| io::Error::new(io::ErrorKind::InvalidData, format!("line {line}: {why}"));
    let mut lines = from.lines();
    let first = lines.next().ok_or_else(|| bad(1, "the file is empty"))??;
    let start: Start = serde_json::from_str(&first).map_err(|_| bad(1, "this is no recording of a desk"))?;
    if start.version != VERSION {
        return Err(bad(1, "the recording was made by another release of cordboard"));
    }
    let mut told = Vec::new();
    let mut lines = lines.enumerate().peekable();
    while let Some((at, line)) = lines.next() {
        match serde_json::from_str(&line?) {
            Ok(msg) => told.push(msg),
            Err(_) if lines.peek().is_none() => break,
            Err(why) => return Err(bad(at + 2, &why.to_string())),
        }
    }
    Ok((start, told))
}
