//! What the exports have in common: where a file goes, in which form, what is said meanwhile, and the
//! entry in the audit log.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::clock;
use super::context::{Context, Desk};
use super::exit::{Exit, refuse};
use super::output;
use crate::domain::role::Actor;
use crate::domain::time::Micros;
use crate::files::export::{ExportError, Form, Format};
use crate::files::place::Part;
use crate::store::Db;
use crate::store::export::{self, Left, When};

/// Where to and how.
#[derive(clap::Args)]
pub struct Place {
    /// Where to write; stdout unless given, or with `-`
    #[arg(long, short, value_name = "FILE|-")]
    output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    /// For Excel and the like: with a byte order mark, and no cell that is taken for a formula; an
    /// import takes both off again. CSV only
    #[arg(long)]
    for_spreadsheet: bool,
}

/// What leaves, and in which form.
pub struct What {
    /// `customers`, `texts`, `consents` or `updates`.
    pub name: &'static str,
    pub format: Format,
}

impl Place {
    /// The file, unless it is stdout.
    pub fn file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| path.as_os_str() != "-")
    }

    /// The form that is asked for, or that the name of the file says.
    pub fn format(&self, asked: Option<&str>, allowed: &[Format]) -> Result<Format> {
        let words = || allowed.iter().map(|format| format.as_str()).collect::<Vec<_>>().join(", ");
        let named =
            self.file().and_then(Path::file_name).and_then(|name| Format::of_name(&name.to_string_lossy()));
        let format = match asked {
            None => named.unwrap_or(Format::Csv),
            Some(word) => Format::parse(word).ok_or_else(|| {
                refuse(Exit::Usage, format!("--format: there is no \"{word}\"; choose {}", words()))
            })?,
        };
        if !allowed.contains(&format) {
            let why = format!("--format: these do not go into {}; choose {}", format.as_str(), words());
            return Err(refuse(Exit::Usage, why));
        }
        if self.for_spreadsheet && format != Format::Csv {
            return Err(refuse(Exit::Usage, "--for-spreadsheet is for CSV: leave it out"));
        }
        Ok(format)
    }

    /// Writes a file, or to stdout, and has it noted that it left: what was written before something failed
    /// has left, too.
    pub fn write(
        &self,
        desk: &mut Desk<'_>,
        what: &What,
        write: impl FnOnce(&Db, &Actor, Form<'_>, &mut dyn std::io::Write, &mut dyn FnMut(u64)) -> Written,
        note: impl FnOnce(&mut Desk<'_>, Gone<'_>) -> Result<()>,
    ) -> Result<Exit> {
        let forms = desk.config.forms()?;
        let is_sensitive = |key: &str| forms.is_sensitive(key);
        let form = Form { format: what.format, guarded: self.for_spreadsheet, is_sensitive: &is_sensitive };
        let Some(path) = self.file() else {
            let mut so_far = 0;
            let (out, mut counter) = desk.output.raw_counting(what.name);
            let mut seen = |count| {
                so_far = count;
                counter.seen(count);
            };
            let result = write(&desk.db, &desk.actor, form, out, &mut seen);
            let flushed = if result.is_ok() { desk.output.flush() } else { Ok(()) };
            let is_whole = result.is_ok() && flushed.is_ok();
            if is_whole || so_far > 0 {
                note(desk, Gone { rows: so_far, to: "stdout", is_whole })?;
            }
            result.map_err(said)?;
            return flushed.map(|()| Exit::Ok);
        };
        let mut part = Part::new(path, self.force)?;
        let (_, mut counter) = desk.output.raw_counting(what.name);
        let result = write(&desk.db, &desk.actor, form, &mut part, &mut |count| counter.seen(count));
        let rows = match result {
            Err(ExportError::Write(why)) => return Err(part.failed(why).into()),
            other => other.map_err(said)?,
        };
        part.sync()?;
        let to = part.path().display().to_string();
        note(desk, Gone { rows, to: &to, is_whole: true })?;
        part.keep()?;
        desk.output.note(format!("{rows} {} are in {}", what.name, path.display()));
        Ok(Exit::Ok)
    }
}

/// How many rows were written.
pub type Written = Result<u64, ExportError>;

/// What has left.
pub struct Gone<'a> {
    pub rows: u64,
    pub to: &'a str,
    pub is_whole: bool,
}

/// The entry in the audit log for what [`export`] reads.
pub fn noted(what: &What, mut filter: Value) -> impl FnOnce(&mut Desk<'_>, Gone<'_>) -> Result<()> {
    let (what, format) = (what.name, what.format.as_str());
    move |desk, gone| {
        if !gone.is_whole {
            filter["cut_short"] = json!(true);
        }
        let left = Left { what, format, rows: gone.rows, filter, to: gone.to };
        Ok(export::left(&mut desk.db, &desk.actor, clock::now(), &left)?)
    }
}

/// Which lines of a log.
#[derive(clap::Args)]
pub struct Days {
    /// Of this day (UTC) or later
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<String>,
    /// Of this day (UTC) or earlier
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<String>,
    /// Only of this customer: id, policy number, master id, phone number or e-mail
    #[arg(long, value_name = "CUSTOMER")]
    of: Option<String>,
}

impl Days {
    pub fn when(&self, desk: &Desk<'_>) -> Result<When> {
        Ok(When {
            from: day("--from", self.from.as_deref())?,
            before: day("--to", self.to.as_deref())?.map(|day| day + DAY),
            customer: self.of.as_deref().map(|of| desk.customer(of)).transpose()?,
        })
    }

    /// For the audit log.
    pub fn filter(&self) -> Value {
        json!({ "from": self.from, "to": self.to, "of": self.of })
    }
}

pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// Midnight of a day that an option names.
pub fn day(flag: &str, text: Option<&str>) -> Result<Option<Micros>> {
    let Some(text) = text else { return Ok(None) };
    let day = Micros::parse_date(text);
    let day = day
        .ok_or_else(|| refuse(Exit::Usage, format!("{flag}: write the day like 2026-11-20, not \"{text}\"")));
    Ok(Some(day?))
}

/// `sms export` and `consent export`.
#[derive(clap::Args)]
pub struct Log {
    #[command(flatten)]
    place: Place,
    /// csv, xlsx or jsonl; by the end of FILE unless given, else csv
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    days: Days,
}

/// Writes the rows of one log.
type WriteLog = fn(&Db, &Actor, When, Form<'_>, &mut dyn std::io::Write, &mut dyn FnMut(u64)) -> Written;

impl Log {
    pub fn run(&self, context: &mut Context, name: &'static str, write: WriteLog) -> Result<Exit> {
        let what = What { name, format: self.place.format(self.format.as_deref(), &Format::ROWS)? };
        let mut desk = context.desk()?;
        let when = self.days.when(&desk)?;
        let write =
            |db: &Db,
             actor: &Actor,
             form: Form<'_>,
             out: &mut dyn std::io::Write,
             seen: &mut dyn FnMut(u64)| { write(db, actor, when, form, out, seen) };
        self.place.write(&mut desk, &what, write, noted(&what, self.days.filter()))
    }
}

fn said(error: ExportError) -> anyhow::Error {
    match error {
        ExportError::Store(error) => error.into(),
        ExportError::Choice(why) => refuse(Exit::Usage, why),
        ExportError::Write(why) => output::unwritten(why),
    }
}
