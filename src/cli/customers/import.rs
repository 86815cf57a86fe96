//! `cordboard customers import`: takes in the master's customers. Good rows go in, bad ones are named
//! with line and field; running it again changes nothing that is the same (TTX-46). `--undo` takes a
//! whole import back.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::{Exit, refuse};
use crate::cli::input::Input;
use crate::cli::output::Output;
use crate::cli::sync::told_to_stop;
use crate::domain::customer::NewCustomer;
use crate::domain::import::{Counts, OnMatch, State};
use crate::domain::phone::PhonePolicy;
use crate::files::customers::{self as file, BadRow, Format, Import, ImportOptions, Progress};
use crate::files::intake::{self, Job, Outcome, Told};
use crate::files::{By, Charset, Delimiter, Field, FileError, parse_map};
use crate::store::customers::Imported;
use crate::store::{self, Db, imports};

/// Rows that a preview shows.
const SHOWN: usize = 5;

#[derive(clap::Args)]
pub struct Args {
    /// CSV, an Excel workbook (.xlsx) or vCards, or `-` for stdin; the first line of a table names its
    /// columns
    #[arg(value_name = "FILE|-", required_unless_present = "undo")]
    file: Option<String>,
    /// Say what a column holds, such as --map "Cell no=mobile"
    #[arg(long, value_name = "COLUMN=FIELD")]
    map: Vec<String>,
    /// What rows do to customers who are here already: skip them, fill-empty, or overwrite; a row is
    /// theirs by master id, else policy number, else number and name. What it leaves empty stays
    #[arg(long, value_name = "RULE", default_value = "overwrite")]
    on: String,
    /// Remember under this name what the columns mean, and use it the next time
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Show what would happen, store nothing
    #[arg(long, visible_alias = "preview")]
    dry_run: bool,
    /// How letters are written, such as utf-8 or windows-1252; guessed otherwise
    #[arg(long, value_name = "NAME")]
    charset: Option<String>,
    /// What stands between fields: comma, semicolon, tab or pipe; guessed otherwise
    #[arg(long, value_name = "WORD")]
    delimiter: Option<String>,
    /// The sheet of a workbook, by name or number; the first otherwise
    #[arg(long, value_name = "SHEET")]
    sheet: Option<String>,
    /// Say nothing on the way
    #[arg(long)]
    quiet: bool,
    /// Take back the import of this number; `customers imports` lists them
    #[arg(
        long,
        value_name = "NUMBER",
        conflicts_with_all = ["file", "map", "on", "source", "dry_run", "charset", "delimiter", "sheet"]
    )]
    undo: Option<i64>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let Desk { mut db, actor, config, input, output, .. } = context.desk()?;
        if let Some(number) = self.undo {
            let _alone = imports::alone(&db)?;
            let undone = imports::undo(&mut db, &actor, clock::now(), number, |undone| {
                output.progress(&format!("{} taken out, {} put back", undone.removed, undone.restored));
            })?;
            return tell_undone(output, number, &undone);
        }
        let name = self.file.as_deref().unwrap_or("-");
        let policy = config.phone_policy();
        let options = self.options(ImportOptions::new(policy, config.desk.currency), &db)?;
        let on = OnMatch::parse(&self.on)
            .ok_or_else(|| refuse(Exit::Usage, "--on: skip, fill-empty or overwrite"))?;
        let rows = self.open(name, input, &options)?;
        let mut report = Report::new(output, name, &rows, policy, self);
        report.tell_columns(&rows);
        let job = Job { file: name.to_owned(), source: self.source.clone(), on, is_dry: self.dry_run };
        let stop = stop_flag()?;
        let ended = intake::run(&mut db, &actor, clock::now, rows, &job, &stop, |told| report.hear(told));
        report.end(ended)
    }

    fn options(&self, options: ImportOptions, db: &Db) -> Result<ImportOptions> {
        let read =
            |text: &String| parse_map(text).map_err(|error| refuse(Exit::Usage, format!("--map: {error}")));
        let charset = |text: &String| {
            let why =
                format!("--charset: nothing is called {text:?}; write it like utf-8, utf-16 or windows-1252");
            Charset::parse(text).ok_or_else(|| refuse(Exit::Usage, why))
        };
        let delimiter = |text: &String| {
            let why = "--delimiter: comma, semicolon, tab or pipe";
            Delimiter::parse(text).ok_or_else(|| refuse(Exit::Usage, why))
        };
        let saved = match &self.source {
            Some(source) => imports::mapping(db, source)?,
            None => Vec::new(),
        };
        let field = |(header, word): (String, String)| Some((header, Field::parse(&word)?));
        Ok(ImportOptions {
            map: self.map.iter().map(read).collect::<Result<_>>()?,
            saved: saved.into_iter().filter_map(field).collect(),
            charset: self.charset.as_ref().map(charset).transpose()?,
            delimiter: self.delimiter.as_ref().map(delimiter).transpose()?,
            sheet: self.sheet.clone(),
            ..options
        })
    }

    fn open(&self, name: &str, input: &mut Input, options: &ImportOptions) -> Result<Import<'static>> {
        let opened = match name {
            "-" => file::read(input.take(), options),
            path => file::open(Path::new(path), options),
        };
        opened.map_err(|error| match error {
            FileError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
                refuse(Exit::NotFound, format!("{name}: there is no such file"))
            }
            error => refuse(Exit::Usage, format!("{name}: {error}")),
        })
    }
}

/// Set by Ctrl+C, or by the signal that ends a service.
fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (ready, wait) = std::sync::mpsc::channel();
    thread::Builder::new().name("import-signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            let told = told_to_stop();
            let _ = ready.send(());
            told.await;
            flag.store(true, Ordering::Relaxed);
        });
    })?;
    // From here on a signal stops it at the end of a chunk.
    let _ = wait.recv();
    Ok(stop)
}

/// Says what happens, while it does and at the end.
struct Report<'a> {
    output: &'a mut Output,
    name: &'a str,
    format: Format,
    policy: PhonePolicy,
    progress: Progress,
    is_dry: bool,
    is_quiet: bool,
    begun: Instant,
    told: Option<Instant>,
    shown: Vec<Vec<String>>,
    failed: Result<()>,
}

impl<'a> Report<'a> {
    fn new(
        output: &'a mut Output,
        name: &'a str,
        rows: &Import<'_>,
        policy: PhonePolicy,
        args: &Args,
    ) -> Self {
        Self {
            output,
            name,
            format: rows.format(),
            policy,
            progress: rows.progress(),
            is_dry: args.dry_run,
            is_quiet: args.quiet,
            begun: Instant::now(),
            told: None,
            shown: Vec::new(),
            failed: Ok(()),
        }
    }

    /// How the file is understood; of a plain one, only if somebody asks.
    fn tell_columns(&mut self, rows: &Import<'_>) {
        let is_plain = matches!(self.format, Format::Csv(dialect) if dialect.is_usual());
        if self.is_dry || !(is_plain || self.is_quiet) {
            self.output.note(format!("read as {}", self.format.in_words()));
        }
        for column in rows.columns() {
            let by = match column.by {
                By::Content => " (by its values)",
                By::Source => " (as the last time)",
                By::Header | By::Person | By::Nobody => "",
            };
            // What nobody said in so many words is worth a look.
            if self.is_dry || (column.by == By::Content && !self.is_quiet) {
                self.output.note(format!("column {} -> {}{by}", column.header, column.field));
            }
        }
    }

    fn hear(&mut self, told: Told<'_>) {
        match told {
            Told::Bad(bad) if self.failed.is_ok() => self.failed = self.bad(bad),
            Told::Row(line, new, result) if self.is_dry && self.shown.len() < SHOWN => {
                self.show(line, new, result);
            }
            Told::Counts(counts) if !self.is_quiet => self.tell_progress(counts),
            _ => {}
        }
    }

    /// Every problem of a row: for people to stderr, for programs a line each.
    fn bad(&mut self, bad: &BadRow) -> Result<()> {
        let file = if self.name == "-" { String::new() } else { format!("{}, ", self.name) };
        for problem in &bad.problems {
            let place = self.format.place(bad.line, problem);
            if self.output.is_json() {
                let value =
                    json!({ "line": bad.line, "field": problem.field, "why": problem.why, "place": place });
                self.output.json(&value)?;
            } else {
                self.output.note(format!("{file}{place}: {}", problem.why));
            }
        }
        Ok(())
    }

    fn show(&mut self, line: u64, new: &NewCustomer, result: Imported) {
        let phone = new.phones.first().map(|phone| self.policy.national(&phone.value));
        let email = new.emails.first().map(|email| email.value.to_string());
        let result = match result {
            Imported::New => "new",
            Imported::Changed => "changed",
            Imported::Unchanged => "unchanged",
        };
        let policy = new.policy_number.clone();
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let cells = [line.to_string(), new.name.clone(), or_dash(phone), or_dash(email), or_dash(policy)];
        self.shown.push([cells.as_slice(), &[result.to_owned()]].concat());
    }

    fn tell_progress(&mut self, counts: Counts) {
        if self.told.is_some_and(|told| told.elapsed().as_millis() < 200) {
            return;
        }
        self.told = Some(Instant::now());
        let seconds = self.begun.elapsed().as_secs_f64().max(0.001);
        let speed = counts.rows() as f64 / seconds;
        let done = self.progress.done.load(Ordering::Relaxed) as f64;
        let left = match self.progress.of {
            Some(of) if done > 0.0 => {
                let left = seconds * ((of as f64 - done) / done).max(0.0);
                format!(", about {} left", in_words(left))
            }
            _ => String::new(),
        };
        self.output.progress(&format!("{} rows, {speed:.0} a second{left}", counts.rows()));
    }

    fn end(self, mut outcome: Outcome) -> Result<Exit> {
        self.failed?;
        if let Some(why) = outcome.why.take() {
            return Err(stopped(self.name, self.format, &outcome, why));
        }
        if !self.shown.is_empty() && !self.output.is_json() {
            let heading = ["Row", "Name", "Mobile", "E-mail", "Policy", "Would be"];
            self.output.table(&heading, &self.shown)?;
        }
        sum_up(self.output, self.format, &outcome, self.is_dry)
    }
}

/// `3 min`, `20 s`.
fn in_words(seconds: f64) -> String {
    if seconds < 90.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) }
}

fn sum_up(output: &mut Output, format: Format, outcome: &Outcome, is_dry: bool) -> Result<Exit> {
    let Outcome { number, state, counts, line, .. } = outcome;
    let Counts { new, changed, unchanged, refused } = counts;
    let mut value = json!({ "new": new, "changed": changed, "unchanged": unchanged, "refused": refused });
    match number {
        _ if is_dry => value["dry_run"] = json!(true),
        Some(number) => value["import"] = json!(number),
        None => {}
    }
    if *state == State::Stopped {
        value["stopped_at"] = json!(line);
    }
    match number {
        _ if output.is_json() => output.json(&value)?,
        _ if is_dry => output.line(format!("{counts}; nothing was stored"))?,
        _ => output.line(counts)?,
    }
    if *state == State::Stopped {
        output.note(format!("stopped: {}", way_on(format, outcome)));
        return Ok(Exit::Partly);
    }
    Ok(match counts {
        Counts { refused: 0, .. } => Exit::Ok,
        counts if counts.stored() == 0 => Exit::Failure,
        _ => Exit::Partly,
    })
}

/// What is in, and what can be done about the rest.
fn way_on(format: Format, outcome: &Outcome) -> String {
    let Outcome { number, counts, line, .. } = outcome;
    let unit = if format == Format::Workbook { "row" } else { "line" };
    match number {
        Some(number) if counts.rows() > 0 => format!(
            "everything up to {unit} {line} is in ({counts}); run the same again to go on, or take it out with \
             `cordboard customers import --undo {number}`"
        ),
        _ => "nothing is in; run the same again".to_owned(),
    }
}

fn stopped(name: &str, format: Format, outcome: &Outcome, why: store::Error) -> anyhow::Error {
    if outcome.number.is_none() {
        return why.into();
    }
    anyhow::Error::new(why).context(format!("{name}: {}", way_on(format, outcome)))
}

fn tell_undone(output: &mut Output, number: i64, undone: &imports::Undone) -> Result<Exit> {
    let imports::Undone { removed, restored, left } = undone;
    if output.is_json() {
        output.json(&json!({ "import": number, "removed": removed, "restored": restored, "left": left }))?;
    } else {
        output.line(format!("import {number} undone: {removed} taken out, {restored} put back"))?;
        for name in left {
            output.note(format!("left as they are, because somebody has changed them since: {name}"));
        }
    }
    Ok(if left.is_empty() { Exit::Ok } else { Exit::Partly })
}
