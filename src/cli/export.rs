//! What the exports have in common: where a file goes, in which form, what is said meanwhile, and the
//! entry in the audit log.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};

use super::clock;
use super::context::Desk;
use super::exit::{Exit, refuse};
use super::output;
use crate::domain::role::Actor;
use crate::files::export::{ExportError, Form, Format};
use crate::files::place::Part;
use crate::store::Db;
use crate::store::export::{self, Left};

/// Where to and how.
#[derive(clap::Args)]
pub struct Place {
    /// Where to write; stdout unless given, or with `-`
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    /// For Excel and the like: with a byte order mark, and no cell that is taken for a formula; an
    /// import takes both off again. CSV only
    #[arg(long)]
    for_spreadsheet: bool,
}

/// What leaves, and how it was chosen.
pub struct What {
    /// `customers`, `texts` or `consents`.
    pub name: &'static str,
    pub format: Format,
    pub filter: Value,
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

    /// Writes a file, or to stdout, and notes that it left: what was written before something failed has
    /// left, too.
    pub fn write(
        &self,
        desk: &mut Desk<'_>,
        what: &What,
        write: impl FnOnce(&Db, &Actor, Form<'_>, &mut dyn std::io::Write, &mut dyn FnMut(u64)) -> Written,
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
            let flushed = match &result {
                Ok(_) => desk.output.flush(),
                Err(_) => Ok(()),
            };
            let is_whole = result.is_ok() && flushed.is_ok();
            if is_whole || so_far > 0 {
                note(desk, what, so_far, "stdout", is_whole)?;
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
        let place = part.path().display().to_string();
        note(desk, what, rows, &place, true)?;
        part.keep()?;
        desk.output.note(format!("{rows} {} are in {}", what.name, path.display()));
        Ok(Exit::Ok)
    }
}

/// How many rows were written.
type Written = Result<u64, ExportError>;

fn note(desk: &mut Desk<'_>, what: &What, rows: u64, to: &str, is_whole: bool) -> Result<()> {
    let mut filter = what.filter.clone();
    if !is_whole {
        filter["cut_short"] = json!(true);
    }
    let left = Left { what: what.name, format: what.format.as_str(), rows, filter, to };
    Ok(export::left(&mut desk.db, &desk.actor, clock::now(), &left)?)
}

fn said(error: ExportError) -> anyhow::Error {
    match error {
        ExportError::Store(error) => error.into(),
        ExportError::Choice(why) => refuse(Exit::Usage, why),
        ExportError::Write(why) => output::unwritten(why),
    }
}
