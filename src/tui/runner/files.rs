//! Files of customers, in and out: each on a thread and a connection of its own, so that nobody who
//! looks up or saves waits for one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Office, Runner, failure};
use crate::domain::shown::{Ended, Intake, Sheet, SheetColumn};
use crate::domain::text::SafeText;
use crate::files;
use crate::files::customers::{Format, ImportOptions};
use crate::files::intake::{Job, Told};
use crate::store;
use crate::store::open::Location;
use crate::tui::msg::{Answer, Failure, Import, Msg, Outgo, Seq};
use crate::tui::offset;

/// How often the desk hears of an import.
const INTAKE: Duration = Duration::from_millis(250);
/// Complaints that the desk hears.
const REFUSED: usize = 100;

impl Runner {
    /// Looks into a file of customers.
    pub fn sheet(&self, seq: Seq, file: PathBuf) {
        let (to, options) = (self.to.clone(), self.import_options());
        tokio::task::spawn_blocking(move || {
            let path = expanded(&file);
            let msg = match files::customers::open(&path, &options) {
                Ok(import) => Msg::Answer(seq, Answer::Sheet(Box::new(sheet_of(&import)))),
                Err(error) => Msg::Failed(seq, unreadable(&file, &error)),
            };
            let _ = to.send(msg);
        });
    }

    /// Imports a file in the background, on a connection of its own. One at a time.
    pub fn intake(&mut self, seq: Seq, what: Import) {
        if self.intake.as_ref().is_some_and(|(_, thread)| !thread.is_finished()) {
            let why = "An import is running: wait until it has ended, or stop it.".to_owned();
            let failure = Failure { why, field: None, blocked: false, stale: false };
            let _ = self.to.send(Msg::Failed(seq, failure));
            return;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let (office, to, flag) = (self.office.clone(), self.to.clone(), Arc::clone(&stop));
        let fields = what.fields.iter().filter_map(|word| files::Field::parse(word)).collect();
        let options = ImportOptions { placed: fields, ..self.import_options() };
        let location = self.store.location().clone();
        let thread = std::thread::Builder::new().name("intake".to_owned()).spawn(move || {
            let last = take_in(&office, &location, &options, &what, &flag, |intake| {
                let _ = to.send(Msg::Answer(seq, Answer::Intake(Box::new(intake))));
            });
            let _ = to.send(match last {
                Ok(intake) => Msg::Answer(seq, Answer::Intake(Box::new(intake))),
                Err(failure) => Msg::Failed(seq, failure),
            });
        });
        match thread {
            Ok(thread) => self.intake = Some((stop, thread)),
            Err(why) => tracing::warn!(%why, "no import"),
        }
    }

    /// At the end of a chunk.
    pub fn stop_intake(&self) {
        if let Some((stop, _)) = &self.intake {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Writes customers to a file in the background, on a connection of its own: nobody who saves waits.
    pub fn outgo(&mut self, seq: Seq, what: Outgo) {
        let stop = Arc::new(AtomicBool::new(false));
        let (office, to, flag) = (self.office.clone(), self.to.clone(), Arc::clone(&stop));
        let location = self.store.location().clone();
        let thread = std::thread::Builder::new().name("outgo".to_owned()).spawn(move || {
            let _ = to.send(match write_out(&office, &location, &what, &flag) {
                Ok((count, file)) => Msg::Answer(seq, Answer::Outgone(count, file)),
                Err(why) => Msg::Failed(seq, Failure { why, field: None, blocked: false, stale: false }),
            });
        });
        match thread {
            Ok(thread) => self.outgo = Some((stop, thread)),
            Err(why) => tracing::warn!(%why, "no export"),
        }
    }

    fn import_options(&self) -> ImportOptions {
        ImportOptions::new(self.office.policy, self.office.currency)
    }
}

/// Why not, as a sentence.
fn write_out(
    office: &Office,
    location: &Location,
    what: &Outgo,
    stop: &AtomicBool,
) -> Result<(u64, PathBuf), String> {
    let now = (office.clock)();
    let format = files::export::Format::parse(&what.format).ok_or("there is no such form")?;
    let mut db = store::open::open(location).map_err(|why| why.to_string())?;
    let whom = store::export::Whom { line: what.line.clone(), now, offset_seconds: offset(now) };
    let choice = files::export::Choice { whom, ..files::export::Choice::default() };
    let form = files::export::Form { format, guarded: what.guarded, is_sensitive: &*office.is_sensitive };
    let path = expanded(&what.file);
    files::outgo::write(&mut db, &office.actor, now, &choice, form, &path, stop)
        // The desk asks for another name.
        .map_err(|why| why.to_string().replace(", or say --force", ""))
}

/// Samples of a column that are shown.
const SAMPLES: usize = 5;

fn sheet_of(import: &files::customers::Import<'_>) -> Sheet {
    let format = import.format();
    let column = |(at, column): (usize, &files::Column)| SheetColumn {
        header: SafeText::new(&column.header),
        samples: import.samples(at, SAMPLES).iter().map(|sample| SafeText::new(sample)).collect(),
        field: column.field.as_str().to_owned(),
        guessed: column.by == files::By::Content,
    };
    // Cards name their own fields.
    let fields = if format == Format::Cards { Vec::new() } else { files::Field::all().collect() };
    Sheet {
        read_as: format.in_words(),
        columns: import.columns().iter().enumerate().map(column).collect(),
        fields: fields.into_iter().map(|field| field.as_str().to_owned()).collect(),
    }
}

/// Imports to the end, telling how it goes; the last word is the answer.
fn take_in(
    office: &Office,
    location: &Location,
    options: &ImportOptions,
    what: &Import,
    stop: &AtomicBool,
    tell: impl Fn(Intake),
) -> Result<Intake, Failure> {
    let mut db = store::open::open(location).map_err(|why| failure(&why.into(), ""))?;
    let import = files::customers::open(&expanded(&what.file), options)
        .map_err(|error| unreadable(&what.file, &error))?;
    let format = import.format();
    let file = what.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let job = Job { file, source: None, on: what.on, is_dry: what.is_dry };
    let (mut bad, mut told) = (Vec::new(), Instant::now());
    let outcome =
        files::intake::run(&mut db, &office.actor, office.clock, import, &job, stop, |heard| match heard {
            Told::Bad(row) if bad.len() < REFUSED => {
                let why = |one| SafeText::new(&format!("{}: {}", format.place(row.line, one), one.why));
                bad.extend(row.problems.iter().map(why));
            }
            Told::Counts(counts) if told.elapsed() > INTAKE => {
                told = Instant::now();
                tell(Intake { counts, bad: Vec::new(), ended: None });
            }
            _ => {}
        });
    let why = match outcome.why {
        // It has not begun.
        Some(why) if outcome.number.is_none() && !what.is_dry => return Err(failure(&why, "")),
        why => why.map(|why| SafeText::new(&why.to_string())),
    };
    let ended = Some(Ended { state: outcome.state, number: outcome.number, why });
    Ok(Intake { counts: outcome.counts, bad, ended })
}

fn unreadable(file: &Path, error: &files::FileError) -> Failure {
    let why = match error {
        files::FileError::Io(why) if why.kind() == std::io::ErrorKind::NotFound => {
            "there is no such file".into()
        }
        error => error.to_string(),
    };
    Failure { why: format!("{}: {why}.", file.display()), field: None, blocked: false, stale: false }
}

/// `~/` is the home of who types it, as in every shell.
fn expanded(file: &Path) -> PathBuf {
    match (file.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => file.to_owned(),
    }
}
