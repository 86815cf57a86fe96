//! Carries a file into the store: one thread reads and checks, ahead of the one that writes a chunk
//! at a time. Whatever stops it, what was told as stored is stored and nothing else is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::customers::{BadRow, Import, Row};
use crate::domain::customer::NewCustomer;
use crate::domain::import::{Counts, OnMatch, State};
use crate::domain::role::Actor;
use crate::domain::time::Micros;
use crate::store::customers::Imported;
use crate::store::{self, Db, imports, search};

/// Rows in one transaction: few enough that nobody waits for the import, and quick all the same.
const CHUNK: usize = 200;
/// Chunks read ahead.
const AHEAD: usize = 8;
/// How soon a stop is noticed while a pipe has nothing to read.
const LOOK: Duration = Duration::from_millis(100);

/// What to do with the rows.
#[derive(Clone, Debug)]
pub struct Job {
    /// What the file is called in the list of imports.
    pub file: String,
    /// Whose columns these are, to remember what they mean.
    pub source: Option<String>,
    pub on: OnMatch,
    /// Only find out what would happen.
    pub is_dry: bool,
}

/// What whoever waits may want to know.
#[derive(Clone, Copy)]
pub enum Told<'a> {
    /// A row that stays out.
    Bad(&'a BadRow),
    /// A row as it is stored, or would be, with its line.
    Row(u64, &'a NewCustomer, Imported),
    /// A chunk is in; these are all counts so far.
    Counts(Counts),
}

/// How it ended.
#[derive(Debug)]
pub struct Outcome {
    /// Of the import, to take it back; a dry run has none, nor one that did not begin.
    pub number: Option<i64>,
    pub state: State,
    pub counts: Counts,
    /// The last line or row that was dealt with.
    pub line: u64,
    /// Why it failed: what came before is in.
    pub why: Option<store::Error>,
}

#[derive(Default)]
struct Chunk {
    /// Of each row.
    lines: Vec<u64>,
    rows: Vec<NewCustomer>,
    bad: Vec<BadRow>,
}

impl Chunk {
    fn put(&mut self, row: Result<Row, BadRow>) {
        match row {
            Ok(Row { line, customer }) => {
                self.lines.push(line);
                self.rows.push(customer);
            }
            Err(bad) => self.bad.push(bad),
        }
    }

    fn last_line(&self) -> u64 {
        let bad = self.bad.last().map(|bad| bad.line);
        self.lines.last().copied().max(bad).unwrap_or(0)
    }
}

/// Imports all rows, or as many as there are until `stop` says otherwise, or the actor may not, another
/// import is running, or the disk refuses.
pub fn run(
    db: &mut Db,
    actor: &Actor,
    clock: impl Fn() -> Micros,
    import: Import<'static>,
    job: &Job,
    stop: &AtomicBool,
    mut tell: impl FnMut(Told<'_>),
) -> Outcome {
    let mut outcome =
        Outcome { number: None, state: State::Done, counts: Counts::default(), line: 0, why: None };
    let go = || -> store::Result<()> {
        let _alone = imports::alone(db)?;
        let mut writer = Writer { db, actor, clock: &clock, job, number: None };
        outcome.number = writer.begin(&import)?;
        let chunks = read_ahead(import)?;
        loop {
            if stop.load(Ordering::Relaxed) {
                outcome.state = State::Stopped;
                break;
            }
            match chunks.recv_timeout(LOOK) {
                Ok(chunk) => {
                    let results = writer.write(&chunk)?;
                    outcome.take(&chunk, &results);
                    chunk.bad.iter().for_each(|bad| tell(Told::Bad(bad)));
                    let rows = chunk.lines.iter().zip(&chunk.rows).zip(&results);
                    rows.for_each(|((line, row), result)| tell(Told::Row(*line, row, *result)));
                    tell(Told::Counts(outcome.counts));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        writer.end(&outcome)
    };
    if let Err(why) = go() {
        outcome.state = State::Failed;
        outcome.why = Some(why);
        if let Some(number) = outcome.number {
            // On a disk that is full this fails as well; the list then says that it was cut off.
            let _ = imports::end(db, actor, clock(), number, State::Failed);
        }
    }
    outcome
}

impl Outcome {
    fn take(&mut self, chunk: &Chunk, results: &[Imported]) {
        for result in results {
            match result {
                Imported::New => self.counts.new += 1,
                Imported::Changed => self.counts.changed += 1,
                Imported::Unchanged => self.counts.unchanged += 1,
            }
        }
        self.counts.refused += chunk.bad.len() as u64;
        self.line = self.line.max(chunk.last_line());
    }
}

struct Writer<'a, C> {
    db: &'a mut Db,
    actor: &'a Actor,
    clock: &'a C,
    job: &'a Job,
    number: Option<i64>,
}

impl<C: Fn() -> Micros> Writer<'_, C> {
    fn begin(&mut self, import: &Import<'_>) -> store::Result<Option<i64>> {
        let Job { file, source, on, is_dry } = self.job;
        if *is_dry {
            return Ok(None);
        }
        let now = (self.clock)();
        let number = imports::begin(self.db, self.actor, now, (file, source.as_deref()), *on)?;
        self.number = Some(number);
        if let Some(source) = source {
            let columns = import.columns().iter();
            let mapping: Vec<_> = columns.map(|one| (one.header.clone(), one.field.as_str())).collect();
            imports::remember(self.db, self.actor, now, source, &mapping)?;
        }
        Ok(self.number)
    }

    fn write(&mut self, chunk: &Chunk) -> store::Result<Vec<Imported>> {
        let (rows, now) = (&chunk.rows, (self.clock)());
        match self.number {
            None => imports::preview(self.db, self.actor, now, self.job.on, rows),
            Some(number) => {
                let refused = chunk.bad.len() as u64;
                imports::chunk(self.db, self.actor, now, (number, self.job.on), (rows, refused))
            }
        }
    }

    fn end(&mut self, outcome: &Outcome) -> store::Result<()> {
        let Some(number) = self.number else { return Ok(()) };
        imports::end(self.db, self.actor, (self.clock)(), number, outcome.state)?;
        search::tidy(self.db, outcome.counts.new + outcome.counts.changed)
    }
}

fn read_ahead(import: Import<'static>) -> store::Result<Receiver<Chunk>> {
    let (send, chunks) = sync_channel(AHEAD);
    thread::Builder::new()
        .name("import-reader".to_owned())
        .spawn(move || read(import, &send))
        .map_err(|why| store::Error::Refused(format!("the file cannot be read: {why}")))?;
    Ok(chunks)
}

fn read(import: Import<'static>, send: &SyncSender<Chunk>) {
    let mut chunk = Chunk::default();
    for row in import {
        chunk.put(row);
        let is_full = chunk.rows.len() == CHUNK || chunk.bad.len() == CHUNK;
        // Nobody waits for more once they were stopped.
        if is_full && send.send(std::mem::take(&mut chunk)).is_err() {
            return;
        }
    }
    if !(chunk.rows.is_empty() && chunk.bad.is_empty()) {
        // The same.
        let _ = send.send(chunk);
    }
}
