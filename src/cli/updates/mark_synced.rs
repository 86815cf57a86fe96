//! `cordboard updates mark-synced`: says that updates, or a batch of them, were entered in the
//! master, one answer per number (NIC-93, NIC-94, G11).

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::{Exit, refuse};
use crate::domain::shown;
use crate::files::answer;
use crate::store::batches;
use crate::store::updates::{self, Marked};

#[derive(clap::Args)]
pub struct Args {
    /// Numbers of updates, or `-` for one per line from stdin
    #[arg(
        required_unless_present_any = ["batch", "from"], conflicts_with_all = ["batch", "from"], value_name = "NO|-"
    )]
    numbers: Vec<String>,
    /// All that this batch stands for
    #[arg(long, value_name = "NO")]
    batch: Option<i64>,
    /// All that the master's answer says is entered: a CSV file or workbook with our numbers in a
    /// column `id` and a yes or no in a column `result`
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    from: Option<PathBuf>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        if let Some(number) = self.batch {
            return mark_batch(&mut desk, number);
        }
        if let Some(file) = &self.from {
            return mark_answered(&mut desk, file);
        }
        let numbers = super::numbers(&mut desk, &self.numbers)?;
        let leaving = desk.leaving();
        let results = updates::mark_synced(&mut desk.db, &desk.actor, clock::now(), &numbers, leaving)?;
        for (number, marked) in &results {
            say(&mut desk, *number, marked)?;
        }
        Ok(exit(&results))
    }
}

/// Marks exactly what the batch stands for; what changed since the export is named.
fn mark_batch(desk: &mut Desk<'_>, number: i64) -> Result<Exit> {
    let leaving = desk.leaving();
    let marked = batches::mark(&mut desk.db, &desk.actor, clock::now(), number, leaving)?;
    tell(desk, &marked)?;
    Ok(if marked.left_out.is_empty() { Exit::Ok } else { Exit::Partly })
}

/// Marks what the master's answer says is entered, and names every line that says something else.
fn mark_answered(desk: &mut Desk<'_>, file: &Path) -> Result<Exit> {
    let answers =
        answer::read(file).map_err(|why| refuse(Exit::Failure, format!("{}: {why}", file.display())))?;
    let leaving = desk.leaving();
    let marked = batches::mark_answered(&mut desk.db, &desk.actor, clock::now(), &answers.done, leaving)?;
    tell(desk, &marked)?;
    for line in &answers.passed_over {
        desk.output.note(line);
    }
    Ok(if marked.left_out.is_empty() && answers.passed_over.is_empty() { Exit::Ok } else { Exit::Partly })
}

fn tell(desk: &mut Desk<'_>, marked: &shown::Marked) -> Result<()> {
    for seq in &marked.done {
        say(desk, *seq, &Marked::Done)?;
    }
    for left in &marked.left_out {
        if desk.output.is_json() {
            desk.output.json(&json!({ "id": left.seq, "result": "left out", "why": left.why }))?;
        } else {
            desk.output.line(format!("{}  {}  left out: {}", left.seq, left.name, left.why))?;
        }
    }
    Ok(())
}

fn say(desk: &mut Desk<'_>, number: i64, marked: &Marked) -> Result<()> {
    if desk.output.is_json() {
        let (result, by, at) = match marked {
            Marked::Done => ("done", None, None),
            Marked::Already { by, at, .. } => ("already synced", *by, at.map(|at| at.rfc3339())),
            Marked::NotPending(status) => (status.as_str(), None, None),
            Marked::NotFound => ("not found", None, None),
        };
        return desk
            .output
            .json(&json!({ "id": number, "result": result, "synced_by": by, "synced_at": at }));
    }
    desk.output.line(format!("{number}  {}", marked.sentence()))
}

/// What is synced already needs nothing more; anything else that was not marked is told apart.
fn exit(results: &[(i64, Marked)]) -> Exit {
    let fine = |marked: &Marked| matches!(marked, Marked::Done | Marked::Already { .. });
    let done = results.iter().filter(|(_, marked)| fine(marked)).count();
    match done {
        n if n == results.len() => Exit::Ok,
        0 if results.iter().all(|(_, marked)| *marked == Marked::NotFound) => Exit::NotFound,
        0 => Exit::Failure,
        _ => Exit::Partly,
    }
}
