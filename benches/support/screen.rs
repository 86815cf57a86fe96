//! A program in a pseudo-terminal whose output is stamped as it arrives.

use std::io::{Read as _, Write};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Nothing arrives for so long: the screen is settled. Longer than the desk waits between frames.
const QUIET: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Screen {
    parser: vt100::Parser,
    chunks: Receiver<(Instant, Vec<u8>)>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

/// From a key to what was waited for, to the last byte, and how many came.
#[derive(Clone, Copy)]
pub struct Settled {
    pub there: Duration,
    pub last: Duration,
    pub bytes: usize,
}

impl Screen {
    /// Starts `command` in a window of `columns` and `rows`.
    pub fn start(command: &[&str], (columns, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut builder = CommandBuilder::new(command[0]);
        builder.args(&command[1..]);
        builder.env_clear();
        for (name, value) in [("PATH", "/usr/bin:/bin"), ("TERM", "xterm-256color"), ("LANG", "C.UTF-8")] {
            builder.env(name, value);
        }
        let child = pair.slave.spawn_command(builder).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let (to, chunks) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = vec![0; 65_536];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if to.send((Instant::now(), bytes[..count].to_vec())).is_err() {
                    break;
                }
            }
        });
        let parser = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        let keys = pair.master.take_writer().unwrap();
        Self { parser, chunks, keys, child, _master: pair.master }
    }

    /// Sends a key and waits until the screen is as `wanted` says and nothing more comes.
    pub fn press(&mut self, keys: &str, wanted: impl Fn(&[String]) -> bool) -> Settled {
        let began = Instant::now();
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self.settle(began, wanted)
    }

    /// Waits until the screen is as `wanted` says and nothing more comes.
    pub fn settle(&mut self, began: Instant, wanted: impl Fn(&[String]) -> bool) -> Settled {
        let mut there = None;
        let mut settled = Settled { there: Duration::ZERO, last: Duration::ZERO, bytes: 0 };
        while let Ok((at, chunk)) = self.chunks.recv_timeout(if there.is_some() { QUIET } else { PATIENCE }) {
            self.parser.process(&chunk);
            settled.bytes += chunk.len();
            settled.last = at - began;
            if there.is_none() && wanted(&self.lines()) {
                there = Some(at - began);
            }
        }
        let lines = self.lines().join("\n");
        settled.there = there.unwrap_or_else(|| unreachable!("waited in vain:\n{lines}"));
        settled
    }

    /// Waits until the screen is as `wanted` says.
    pub fn first(&mut self, began: Instant, wanted: impl Fn(&[String]) -> bool) -> Duration {
        while let Ok((at, chunk)) = self.chunks.recv_timeout(PATIENCE) {
            self.parser.process(&chunk);
            if wanted(&self.lines()) {
                return at - began;
            }
        }
        unreachable!("waited in vain:\n{}", self.lines().join("\n"))
    }

    pub fn lines(&self) -> Vec<String> {
        let screen = self.parser.screen();
        screen.rows(0, screen.size().1.get()).map(|row| row.trim_end().to_owned()).collect()
    }

    /// What of it is in memory now, in kB.
    pub fn resident(&self) -> u64 {
        let pid = self.child.process_id().unwrap();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
