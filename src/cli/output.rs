//! What a command says, and how: lines for people or one JSON value per line, to stdout; what is
//! wrong or worth knowing, to stderr.
//!
//! Everything passes through here and is made harmless here: no control character, escape sequence
//! or bidi override reaches a terminal, whoever wrote it. No other file of the crate prints.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use super::exit::Exit;
use crate::domain::text::{SafeText, is_hidden};

/// No column of a table gets narrower than this many cells.
const NARROWEST: usize = 8;

/// stdout was closed by its reader, as `head` does. Ends the command quietly.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
pub struct Closed;

/// Where a command writes.
pub struct Output {
    json: bool,
    width: Option<usize>,
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// Whether stderr is a terminal, and a line on it is to be written over.
    progress: (bool, bool),
}

impl Output {
    /// Writes to this process's stdout and stderr; tables are cut only where stdout is a terminal.
    pub fn standard(json: bool) -> Self {
        let out = io::stdout().lock();
        let width = out.is_terminal().then(terminal_width).flatten();
        Self {
            json,
            width,
            out: Box::new(BufWriter::with_capacity(1 << 16, out)),
            err: Box::new(io::stderr()),
            progress: (io::stderr().is_terminal() && !json, false),
        }
    }

    /// For tests that look at something else.
    #[cfg(test)]
    pub fn into_nothing() -> Self {
        Self {
            json: false,
            width: None,
            out: Box::new(io::sink()),
            err: Box::new(io::sink()),
            progress: (false, false),
        }
    }

    /// Whether the reader is a program.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// One line for a person.
    pub fn line(&mut self, text: impl Display) -> Result<()> {
        self.end_progress();
        let text = SafeText::new(&text.to_string());
        written(writeln!(self.out, "{text}"))
    }

    /// One JSON value on a line of its own. Values are exact: what a terminal could act on is
    /// written as `\u` escapes.
    pub fn json(&mut self, value: &impl Serialize) -> Result<()> {
        let text = escape_hidden(&serde_json::to_string(value)?);
        written(writeln!(self.out, "{text}"))
    }

    /// Bytes as they are, for files sent to stdout.
    pub fn raw(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    /// The same, and what says how many are done.
    pub fn raw_counting(&mut self, what: &'static str) -> (&mut dyn Write, Counter<'_>) {
        let (err, progress) = (&mut self.err, &mut self.progress);
        (&mut self.out, Counter { err, progress, what, begun: Instant::now(), said: None })
    }

    /// A question; the answer comes on the same line.
    pub fn prompt(&mut self, question: &str) -> Result<()> {
        written(write!(self.out, "{}", SafeText::new(question)))?;
        self.flush()
    }

    /// A heading and rows, columns aligned by the cells that characters take on a screen.
    pub fn table(&mut self, heading: &[&str], rows: &[Vec<String>]) -> Result<()> {
        let mut lines = vec![heading.iter().map(|cell| SafeText::new(cell)).collect::<Vec<_>>()];
        lines.extend(rows.iter().map(|row| row.iter().map(|cell| SafeText::new(cell)).collect()));
        let widths = column_widths(&lines, self.width);
        lines.iter().try_for_each(|line| self.line(aligned(line, &widths)))
    }

    /// How far something is: a line that the next one takes the place of, if a person looks.
    pub fn progress(&mut self, text: &str) {
        show_progress(&mut self.err, &mut self.progress, text);
    }

    fn end_progress(&mut self) {
        let (_, is_shown) = &mut self.progress;
        if std::mem::take(is_shown) {
            // The same.
            let _ = write!(self.err, "\r\x1b[K");
        }
    }

    /// Something worth knowing, to stderr: a sentence, or a JSON value.
    pub fn note(&mut self, text: impl Display) {
        if self.json {
            self.note_json(&serde_json::json!({ "note": text.to_string() }));
        } else {
            let text = SafeText::new(&text.to_string());
            self.write_stderr(&text.to_string());
        }
    }

    /// A JSON value to stderr.
    pub fn note_json(&mut self, value: &serde_json::Value) {
        self.write_stderr(&escape_hidden(&value.to_string()));
    }

    /// Why a command stopped, to stderr.
    pub fn error(&mut self, message: &str, exit: Exit) {
        if self.json {
            self.note_json(&serde_json::json!({ "error": message, "exit": exit as u8 }));
        } else {
            // A sentence may come with an excerpt of a file below it, line by line.
            for (number, line) in message.lines().enumerate() {
                let lead = if number == 0 { "cordboard: " } else { "" };
                self.write_stderr(&format!("{lead}{}", SafeText::new(line)));
            }
        }
    }

    /// Hands on what was written so far.
    pub fn flush(&mut self) -> Result<()> {
        written(self.out.flush())
    }

    fn write_stderr(&mut self, line: &str) {
        self.end_progress();
        // What was said before comes first, also where both go to one terminal. With stderr gone
        // there is nobody left to tell.
        let _ = self.out.flush();
        let _ = writeln!(self.err, "{line}");
    }
}

/// A reader that has gone away is told from a real failure.
pub fn written<T>(result: io::Result<T>) -> Result<T> {
    result.map_err(unwritten)
}

/// Why the output could not be written.
pub fn unwritten(error: io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Closed.into(),
        _ => anyhow::Error::new(error).context("writing the output failed"),
    }
}

/// How many are done, as a line of progress.
pub struct Counter<'a> {
    err: &'a mut dyn Write,
    progress: &'a mut (bool, bool),
    what: &'static str,
    begun: Instant,
    said: Option<Instant>,
}

/// Often enough to see that it moves.
const EVERY: Duration = Duration::from_millis(200);

impl Counter<'_> {
    /// So many are done.
    pub fn seen(&mut self, count: u64) {
        // The clock is asked now and then only.
        if !self.progress.0 || !count.is_multiple_of(64) {
            return;
        }
        let now = Instant::now();
        if self.said.unwrap_or(self.begun) + EVERY <= now {
            self.said = Some(now);
            let passed = u64::try_from((now - self.begun).as_millis()).unwrap_or(u64::MAX).max(1);
            show_progress(
                self.err,
                self.progress,
                &format!("{count} {}, {} a second", self.what, count * 1000 / passed),
            );
        }
    }
}

fn show_progress(err: &mut dyn Write, (is_live, is_shown): &mut (bool, bool), text: &str) {
    if *is_live {
        *is_shown = true;
        // With stderr gone there is nobody left to tell.
        let _ = write!(err, "\r{}\x1b[K", SafeText::new(text));
        let _ = err.flush();
    }
}

fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// Keeps JSON exact and harmless: what nobody can see becomes a `\u` escape, which is legal
/// wherever such a character can stand.
fn escape_hidden(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if is_hidden(character) || matches!(character, '\u{2028}' | '\u{2029}') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(character);
        }
    }
    out
}

/// The widest cell of each column; the widest columns give way until a line fits `limit`.
fn column_widths(lines: &[Vec<SafeText>], limit: Option<usize>) -> Vec<usize> {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column| lines.iter().filter_map(|line| line.get(column)).map(SafeText::width).max();
    let mut widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or(0)).collect();
    let Some(limit) = limit else { return widths };
    while widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1) > limit {
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > NARROWEST) else { break };
        *widest -= 1;
    }
    widths
}

/// Cells padded to their columns, two spaces apart, nothing behind the last.
fn aligned(cells: &[SafeText], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        let cell = SafeText::new(&cell.cut(*width));
        line.push_str(cell.as_str());
        line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Rc<RefCell<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn captured(width: Option<usize>, say: impl FnOnce(&mut Output)) -> String {
        let out = Shared::default();
        let mut output = Output {
            json: false,
            width,
            out: Box::new(out.clone()),
            err: Box::new(io::sink()),
            progress: (false, false),
        };
        say(&mut output);
        let bytes = out.0.borrow().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn nothing_a_terminal_acts_on_gets_out() {
        let evil = "a\u{1b}[2Jb\rc\u{202e}d\u{9b}e\u{7f}f\u{e0041}g\nh";
        let line = captured(None, |output| output.line(evil).unwrap());
        assert_eq!(line.matches(|c: char| c.is_control()).count(), 1, "the line's own end only: {line:?}");
        assert!(!line.contains(['\u{202e}', '\u{e0041}']), "{line:?}");

        let json = captured(None, |output| output.json(&evil).unwrap());
        assert_eq!(json.matches(|c: char| c.is_control()).count(), 1, "{json:?}");
        assert!(!json.contains(['\u{202e}', '\u{e0041}']), "{json:?}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), evil, "JSON stays exact");
    }

    #[test]
    fn json_keeps_names_readable() {
        let json = captured(None, |output| output.json(&"王小明 Élodie").unwrap());
        assert_eq!(json, "\"王小明 Élodie\"\n");
    }

    /// NIC-126.
    #[test]
    fn wide_and_long_names_move_no_column() {
        let rows = vec![
            vec!["王小明".to_owned(), "LIB/C9210".to_owned()],
            vec!["Anna".to_owned(), "LIB/C7020".to_owned()],
        ];
        let table = captured(None, |output| output.table(&["Customer", "Policy"], &rows).unwrap());
        assert_eq!(table, "Customer  Policy\n王小明    LIB/C9210\nAnna      LIB/C7020\n");

        let rows = vec![vec!["x".repeat(300), "LIB/C7020".to_owned()]];
        let table = captured(Some(40), |output| output.table(&["Customer", "Policy"], &rows).unwrap());
        assert!(table.lines().all(|line| line.len() <= 40), "{table}");
        assert!(table.contains("xx..  LIB/C7020"), "{table}");
    }

    #[test]
    fn a_closed_pipe_is_told_from_a_failure() {
        let pipe = written::<()>(Err(io::ErrorKind::BrokenPipe.into())).unwrap_err();
        assert!(pipe.is::<Closed>());
        let full = written::<()>(Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert!(!full.is::<Closed>());
    }
}
