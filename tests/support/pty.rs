//! A program in a pseudo-terminal, and a person in front of it: keys in, screen out, everything
//! waited for and nothing slept through.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
use vt100::Screen;

/// Longer than a busy machine needs for anything a test waits for.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Between two keys of a hand: longer than any gap that the desk takes for a burst.
const HAND: Duration = Duration::from_millis(30);
/// Until a full terminal is tried again.
const FULL: Duration = Duration::from_millis(1);
/// To open a terminal without making it ours.
const NO_CONTROLLING_TERMINAL: i32 = if cfg!(target_os = "linux") { 0o400 } else { 0x2_0000 };

/// A running program and its terminal. Dropping it kills the program.
pub struct Pty {
    shared: Arc<Shared>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<SyncSender<Vec<u8>>>,
    writer: Option<JoinHandle<()>>,
    reader: Option<JoinHandle<()>>,
    path: PathBuf,
    pid: Pid,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    mark: usize,
    /// Nothing more will be written.
    drained: bool,
    /// The other side hangs up: the next byte is only to wake the reader.
    closing: bool,
    exit: Option<i64>,
    /// What ended it, in words, if a signal did.
    signal: String,
}

impl Pty {
    /// Starts `command` with nothing in its environment but `PATH`, `TERM=xterm-256color`, UTF-8
    /// and `env`, in a window of `size` columns and rows.
    pub fn start(command: &[&str], env: &[(&str, &str)], size: (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let mut builder = CommandBuilder::new(command[0]);
        builder.args(&command[1..]);
        builder.env_clear();
        builder.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        builder.env("TERM", "xterm-256color");
        builder.env("LANG", "C.UTF-8");
        for (name, value) in env {
            builder.env(name, value);
        }
        let mut child = pair.slave.spawn_command(builder).unwrap();
        drop(pair.slave);
        let shared = Arc::new(Shared::default());
        shared.lock().parser = vt100::Parser::new(cells(size.1), cells(size.0), 0);
        let reader = thread::spawn({
            let (shared, output) = (Arc::clone(&shared), pair.master.try_clone_reader().unwrap());
            move || shared.read(output)
        });
        let pid = Pid::from_raw(child.process_id().unwrap().try_into().unwrap()).unwrap();
        thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                let status = child.wait().unwrap();
                let code = if status.signal().is_some() { -1 } else { status.exit_code().into() };
                shared.change(|state| {
                    state.exit = Some(code);
                    state.signal = status.signal().unwrap_or_default().to_owned();
                });
            }
        });
        let (keys, to_write) = sync_channel::<Vec<u8>>(64);
        let mut input = pair.master.take_writer().unwrap();
        // A thread of its own: when the program has ended, a full terminal takes no byte any more.
        let writer = thread::spawn(move || {
            for bytes in to_write {
                let _ = input.write_all(&bytes).and_then(|()| input.flush());
            }
        });
        let path = pair.master.tty_name().unwrap();
        Self {
            shared,
            keys: Some(keys),
            writer: Some(writer),
            master: Some(pair.master),
            reader: Some(reader),
            path,
            pid,
        }
    }

    /// Sends bytes in one piece, as a paste without brackets or a slow line would.
    pub fn send(&mut self, text: &str) {
        self.send_bytes(text.as_bytes());
    }

    /// The same with bytes that may be no text. Waits while the terminal is full; a program that
    /// has ended gets nothing.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let keys = self.keys.as_ref().expect("the terminal is there");
        let mut bytes = bytes.to_vec();
        while self.exit().is_none() {
            match keys.try_send(bytes) {
                Err(TrySendError::Full(rest)) => bytes = rest,
                _ => return,
            }
            thread::sleep(FULL);
        }
    }

    /// The exit code, if it has ended.
    pub fn exit(&self) -> Option<i64> {
        self.shared.lock().exit
    }

    /// Sends one key after the other as a hand would: the pause is part of what is sent.
    pub fn type_keys(&mut self, text: &str) {
        for c in text.chars() {
            self.press(c.encode_utf8(&mut [0; 4]));
        }
    }

    /// Presses one key, given as its bytes.
    pub fn press(&mut self, key: &str) {
        self.send(key);
        thread::sleep(HAND);
    }

    /// Waits until `text` stands on one line of the screen.
    pub fn wait_for(&self, text: &str) -> Screen {
        self.wait_until(&format!("{text:?}"), |screen| lines(screen).iter().any(|line| line.contains(text)))
    }

    /// Waits until no line has `text`.
    pub fn wait_gone(&self, text: &str) -> Screen {
        self.wait_until(&format!("no {text:?}"), |screen| {
            !lines(screen).iter().any(|line| line.contains(text))
        })
    }

    /// Waits until the screen is as `wanted` says.
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&Screen) -> bool) -> Screen {
        let state = self.wait(PATIENCE, |state| wanted(state.parser.screen()));
        match state {
            Ok(state) => state.parser.screen().clone(),
            Err(state) => {
                let State { exit, signal, .. } = &*state;
                panic!("waited for {what}, exit {exit:?} {signal}:\n{}", framed(state.parser.screen()))
            }
        }
    }

    /// Waits until the program has written `bytes`, since the mark.
    pub fn wait_for_bytes(&self, bytes: &str) {
        let has = |state: &State| {
            state.bytes[state.mark..].windows(bytes.len()).any(|window| window == bytes.as_bytes())
        };
        if let Err(state) = self.wait(PATIENCE, has) {
            panic!("waited for {bytes:?}:\n{:?}", String::from_utf8_lossy(&state.bytes[state.mark..]));
        }
    }

    /// The screen as lines without trailing spaces.
    pub fn screen(&self) -> String {
        lines(self.shared.lock().parser.screen()).join("\n")
    }

    /// The screen with its colours, for a picture.
    pub fn vt100(&self) -> Screen {
        self.shared.lock().parser.screen().clone()
    }

    /// Row and column of the cursor; `None` while it is hidden.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        let screen = self.vt100();
        (!screen.hide_cursor()).then(|| screen.cursor_position())
    }

    /// The runs of the screen that are not plain, one per line: `row 2, 0-9: reverse fg=1 "text"`.
    pub fn styles(&self) -> String {
        styles(&self.vt100())
    }

    /// Everything written so far. What is being read in this moment is waited for: a character or a
    /// sequence at the end is whole.
    pub fn raw_bytes(&self) -> Vec<u8> {
        match self.wait(PATIENCE, |state| state.drained || is_whole(&state.bytes)) {
            Ok(state) | Err(state) => state.bytes.clone(),
        }
    }

    /// From here on [`Pty::since_mark`] counts.
    pub fn mark(&self) {
        let mut state = self.shared.lock();
        state.mark = state.bytes.len();
    }

    /// What was written since the mark.
    pub fn since_mark(&self) -> Vec<u8> {
        let state = self.shared.lock();
        state.bytes[state.mark..].to_vec()
    }

    /// Gives the window another size, columns and rows, and tells the program.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.shared.lock().parser.set_size(cells(size.1), cells(size.0));
        self.master.as_ref().expect("the terminal is there").resize(pty_size(size)).unwrap();
    }

    /// The terminal vanishes, as when a window is closed or a connection dies.
    pub fn hangup(&mut self) {
        let Some(master) = self.master.take() else { return };
        // portable-pty says Ctrl+D when its writer goes. A cable does not.
        if let Ok(slave) = self.slave() {
            if let Ok(mut modes) = tcgetattr(&slave) {
                modes.special_codes[SpecialCodeIndex::VEOF] = 0;
                let _ = tcsetattr(&slave, OptionalActions::Now, &modes);
            }
            // The reader holds the terminal open until it has something to read.
            self.shared.lock().closing = true;
            let _ = (&slave).write_all(b" ");
        }
        self.keys = None;
        let ended = self.exit().is_some();
        if let Some(writer) = self.writer.take().filter(|_| !ended) {
            let _ = writer.join();
        }
        drop(master);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }

    /// Sends a signal to the program alone.
    pub fn kill(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Waits for the exit code, and for all that was written before; -1 after a signal.
    pub fn wait_exit(&self) -> i64 {
        self.wait_exit_within(PATIENCE)
    }

    /// Presses these keys until it ends: among bytes that still come they are a part of a paste.
    pub fn exit_by(&mut self, keys: &str) -> i64 {
        for _ in 0..PATIENCE.as_secs() {
            self.type_keys(keys);
            if self.wait(Duration::from_secs(1), |state| state.exit.is_some()).is_ok() {
                break;
            }
        }
        self.wait_exit()
    }

    /// The same as [`Self::wait_exit`], with less patience.
    pub fn wait_exit_within(&self, patience: Duration) -> i64 {
        let code = match self.wait(patience, |state| state.exit.is_some()) {
            Ok(state) => state.exit.unwrap(),
            Err(state) => panic!("still runs after {patience:?}:\n{}", framed(state.parser.screen())),
        };
        // Something the program left behind may hold the terminal open: its output is not waited for.
        drop(self.wait(Duration::from_secs(1), |state| state.drained));
        code
    }

    /// The terminal reads lines and echoes, as a shell wants it.
    pub fn is_cooked(&self) -> bool {
        let modes = tcgetattr(self.slave().unwrap()).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    fn slave(&self) -> std::io::Result<File> {
        OpenOptions::new().read(true).write(true).custom_flags(NO_CONTROLLING_TERMINAL).open(&self.path)
    }

    fn wait(
        &self,
        patience: Duration,
        done: impl Fn(&State) -> bool,
    ) -> Result<MutexGuard<'_, State>, MutexGuard<'_, State>> {
        let end = Instant::now() + patience;
        let mut state = self.shared.lock();
        while !done(&state) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(state);
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap().0;
        }
        Ok(state)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if self.shared.lock().exit.is_none() {
            let _ = kill_process(self.pid, Signal::KILL);
            drop(self.wait(PATIENCE, |state| state.exit.is_some()));
        }
        self.hangup();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that failed while it looked still has to clean up.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn read(&self, mut output: Box<dyn Read + Send>) {
        let mut bytes = [0; 65_536];
        let mut begun = Vec::new();
        while let Ok(count @ 1..) = output.read(&mut bytes) {
            let mut state = self.lock();
            if state.closing {
                break;
            }
            begun.extend_from_slice(&bytes[..count]);
            state.parser.process(&with_sign(&mut begun));
            state.bytes.extend_from_slice(&bytes[..count]);
            drop(state);
            self.changed.notify_all();
        }
        self.change(|state| state.drained = true);
    }
}

/// What has come whole, with `?` for the sign of what cannot be shown: a terminal draws that, vt100
/// leaves it out.
fn with_sign(begun: &mut Vec<u8>) -> Vec<u8> {
    let sign = "\u{fffd}".as_bytes();
    let open = (1..sign.len()).rev().find(|count| begun.ends_with(&sign[..*count])).unwrap_or(0);
    let rest = begun.split_off(begun.len() - open);
    let whole = std::mem::replace(begun, rest);
    let mut shown = Vec::with_capacity(whole.len());
    let mut left = whole.as_slice();
    while let Some((first, after)) = left.split_first() {
        let rest = left.strip_prefix(sign);
        shown.push(if rest.is_some() { b'?' } else { *first });
        left = rest.unwrap_or(after);
    }
    shown
}

/// The rows of a screen without trailing spaces.
pub fn lines(screen: &Screen) -> Vec<String> {
    let columns = screen.size().1.get();
    screen.rows(0, columns).map(|row| row.trim_end().to_owned()).collect()
}

fn framed(screen: &Screen) -> String {
    let columns = usize::from(screen.size().1.get());
    let edge = "-".repeat(columns);
    let rows: Vec<String> = lines(screen).iter().map(|line| format!("|{line}")).collect();
    format!("+{edge}\n{}\n+{edge}\ncursor {:?}", rows.join("\n"), screen.cursor_position())
}

/// See [`Pty::styles`].
pub fn styles(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let mut out = String::new();
    for row in 0..rows.get() {
        let mut runs: Vec<(u16, String, String)> = Vec::new();
        for column in 0..columns.get() {
            let cell = screen.cell(row, column).unwrap();
            // The second half of a wide letter has no style of its own.
            if cell.is_wide_continuation() {
                continue;
            }
            let style = style(cell);
            let contents = if cell.has_contents() { cell.contents() } else { " " };
            match runs.last_mut() {
                Some((_, last, text)) if *last == style => text.push_str(contents),
                _ => runs.push((column, style, contents.to_owned())),
            }
        }
        let ends: Vec<u16> = runs.iter().skip(1).map(|run| run.0).chain([columns.get()]).collect();
        for ((start, style, text), end) in
            runs.into_iter().zip(ends).filter(|((_, style, _), _)| !style.is_empty())
        {
            let _ = writeln!(out, "row {row}, {start}-{}:{style} {text:?}", end - 1);
        }
    }
    out
}

fn style(cell: &vt100::Cell) -> String {
    let mut out = String::new();
    for (on, name) in [
        (cell.bold(), " bold"),
        (cell.dim(), " dim"),
        (cell.italic(), " italic"),
        (cell.underline(), " underline"),
        (cell.inverse(), " reverse"),
    ] {
        out.push_str(if on { name } else { "" });
    }
    for (name, colour) in [("fg", cell.fgcolor()), ("bg", cell.bgcolor())] {
        match colour {
            vt100::Color::Default => {}
            vt100::Color::Idx(n) => out.push_str(&format!(" {name}={n}")),
            vt100::Color::Rgb(r, g, b) => out.push_str(&format!(" {name}=#{r:02x}{g:02x}{b:02x}")),
        }
    }
    out
}

/// What the desk writes, as a grammar: text without control characters, and these sequences.
/// Anything else came through from a customer, a server or a library.
///
/// - on the other screen: cursor to a place, SGR, erase screen and line, cursor shown and hidden,
///   bracketed paste, clipboard (OSC 52)
/// - outside it, what a command prints: lines
pub fn only_our_sequences(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"))?;
    let mut rest = text;
    let mut ours = false;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\x1b' => escape(rest, &mut ours),
            '\n' | '\r' | '\t' if !ours => Some(1),
            c if c.is_control() || is_invisible(c) => None,
            c => Some(c.len_utf8()),
        };
        let Some(length) = length else {
            let at = text.len() - rest.len();
            let tail: String = rest.chars().take(24).collect();
            return Err(format!("byte {at}: {tail:?} is none of our sequences"));
        };
        rest = &rest[length..];
    }
    Ok(())
}

fn is_whole(bytes: &[u8]) -> bool {
    let torn = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    let last = bytes.iter().rposition(|byte| *byte == 0x1b).map(|at| &bytes[at + 1..]);
    !torn
        && match last {
            Some([b'[', body @ ..]) => body.iter().any(|byte| matches!(byte, 0x40..=0x7e)),
            Some([] | [b']', ..]) => false,
            _ => true,
        }
}

fn escape(rest: &str, ours: &mut bool) -> Option<usize> {
    for (mode, taken) in [
        ("\x1b[?1049h", Some(true)),
        ("\x1b[?1049l", Some(false)),
        ("\x1b[?2004h", None),
        ("\x1b[?2004l", None),
        ("\x1b[?25h", None),
        ("\x1b[?25l", None),
    ] {
        if rest.starts_with(mode) {
            *ours = taken.unwrap_or(*ours);
            return Some(mode.len());
        }
    }
    if let Some(clip) = rest.strip_prefix("\x1b]52;c;") {
        let end = clip.find("\x1b\\")?;
        let base64 = clip[..end].bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
        return base64.then_some(7 + end + 2);
    }
    let body = rest.strip_prefix("\x1b[")?;
    let end = body.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    let known = match body.as_bytes()[end] {
        b'm' => true,
        b'H' => end == 0 || body[..end].split(';').filter(|n| !n.is_empty()).count() == 2,
        b'J' | b'K' => matches!(&body[..end], "" | "1" | "2"),
        _ => false,
    };
    known.then_some(2 + end + 1)
}

/// What turns the reading direction or hides text: `SafeText` takes these out too.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}
