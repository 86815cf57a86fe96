//! `cordboard customers import`: takes in the master's customers. Good rows go in, bad ones are named
//! with line and field; running it again changes nothing that is the same (TTX-46).

use std::fs::File;
use std::io::{self, Read};

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::{Exit, refuse};
use crate::cli::input::Input;
use crate::cli::output::Output;
use crate::domain::customer::NewCustomer;
use crate::domain::role::Actor;
use crate::files::customers::{self as file, BadRow, ImportOptions};
use crate::files::{Field, parse_map};
use crate::store::customers::{self, Imported};
use crate::store::{Db, search};

/// Rows in one transaction: few enough that nobody waits for the import, and quick all the same.
const CHUNK: usize = 200;

#[derive(clap::Args)]
pub struct Args {
    /// A CSV file in UTF-8, or `-` for stdin; the first line names the columns
    #[arg(value_name = "FILE|-")]
    file: String,
    /// Say what a column holds, such as --map "Cell no=mobile"
    #[arg(long, value_name = "COLUMN=FIELD")]
    map: Vec<String>,
    /// Read and check everything, store nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Default)]
struct Counts {
    new: u64,
    changed: u64,
    unchanged: u64,
    /// Rows that a dry run would have stored.
    good: u64,
    refused: u64,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let Desk { mut db, actor, config, input, output, .. } = context.desk()?;
        let options = ImportOptions {
            policy: config.phone_policy(),
            currency: config.desk.currency,
            map: self.columns()?,
        };
        let rows = file::read(self.open(input)?, &options)
            .map_err(|error| refuse(Exit::Usage, format!("{}: {error}", self.file)))?;
        if self.dry_run {
            for column in rows.columns() {
                output.note(format!("column {} -> {}", column.header, column.field));
            }
        }
        let mut counts = Counts::default();
        let mut chunk = Vec::with_capacity(CHUNK);
        for row in rows {
            match row {
                Ok(row) => chunk.push(row.customer),
                Err(bad) => {
                    counts.refused += 1;
                    report(output, &bad)?;
                }
            }
            if chunk.len() == CHUNK {
                self.store(&mut db, &actor, &mut chunk, &mut counts)?;
            }
        }
        self.store(&mut db, &actor, &mut chunk, &mut counts)?;
        search::tidy(&mut db, counts.new + counts.changed)?;
        self.sum_up(output, &counts)?;
        Ok(match counts {
            Counts { refused: 0, .. } => Exit::Ok,
            Counts { new: 0, changed: 0, unchanged: 0, good: 0, .. } => Exit::Failure,
            _ => Exit::Partly,
        })
    }

    fn columns(&self) -> Result<Vec<(String, Field)>> {
        let read =
            |text: &String| parse_map(text).map_err(|error| refuse(Exit::Usage, format!("--map: {error}")));
        self.map.iter().map(read).collect()
    }

    fn open<'a>(&self, input: &'a mut Input) -> Result<Box<dyn Read + 'a>> {
        if self.file == "-" {
            return Ok(Box::new(input.raw()));
        }
        match File::open(&self.file) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(refuse(Exit::NotFound, format!("{}: there is no such file", self.file)))
            }
            Err(error) => Err(anyhow::Error::new(error).context(format!("{} cannot be read", self.file))),
        }
    }

    fn store(
        &self,
        db: &mut Db,
        actor: &Actor,
        chunk: &mut Vec<NewCustomer>,
        counts: &mut Counts,
    ) -> Result<()> {
        if self.dry_run {
            counts.good += chunk.len() as u64;
            chunk.clear();
            return Ok(());
        }
        if chunk.is_empty() {
            return Ok(());
        }
        let results = customers::import(db, actor, clock::now(), chunk).with_context(|| {
            let stored = counts.new + counts.changed + counts.unchanged;
            format!("the first {stored} good rows are stored, the rest is not; import the file again")
        })?;
        for result in results {
            match result {
                Imported::New => counts.new += 1,
                Imported::Changed => counts.changed += 1,
                Imported::Unchanged => counts.unchanged += 1,
            }
        }
        chunk.clear();
        Ok(())
    }

    fn sum_up(&self, output: &mut Output, counts: &Counts) -> Result<()> {
        let Counts { new, changed, unchanged, good, refused } = counts;
        match (output.is_json(), self.dry_run) {
            (true, true) => output.json(&json!({ "good": good, "refused": refused, "dry_run": true })),
            (true, false) => output
                .json(&json!({ "new": new, "changed": changed, "unchanged": unchanged, "refused": refused })),
            (false, true) => output.line(format!("{good} good, {refused} refused; nothing was stored")),
            (false, false) => {
                output.line(format!("{new} new, {changed} changed, {unchanged} unchanged, {refused} refused"))
            }
        }
    }
}

/// Every problem of a row: for people to stderr, for programs a line each.
fn report(output: &mut Output, bad: &BadRow) -> Result<()> {
    for problem in &bad.problems {
        if output.is_json() {
            output.json(&json!({ "line": bad.line, "field": problem.field, "why": problem.why }))?;
        } else {
            output.note(format!("line {}, {}: {}", bad.line, problem.field, problem.why));
        }
    }
    Ok(())
}
