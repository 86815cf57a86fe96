//! `cordboard updates mark-synced`: says that updates were entered in the master, one answer per
//! number (NIC-93, NIC-94, G11).

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::{Exit, refuse};
use crate::store::updates::{self, Marked};

#[derive(clap::Args)]
pub struct Args {
    /// Numbers of updates, or `-` for one per line from stdin
    #[arg(required = true, value_name = "NO|-")]
    numbers: Vec<String>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let numbers = self.numbers(&mut desk)?;
        let leaving = desk.leaving();
        let results = updates::mark_synced(&mut desk.db, &desk.actor, clock::now(), &numbers, leaving)?;
        for (number, marked) in &results {
            say(&mut desk, *number, marked)?;
        }
        Ok(exit(&results))
    }

    fn numbers(&self, desk: &mut Desk<'_>) -> Result<Vec<i64>> {
        let read = |text: &str| {
            let number = text.trim().trim_start_matches('#').parse::<i64>();
            number.map_err(|_| {
                refuse(Exit::Usage, format!("\"{text}\" is not the number of an update, such as 17"))
            })
        };
        let mut numbers = Vec::new();
        for text in &self.numbers {
            if text != "-" {
                numbers.push(read(text)?);
                continue;
            }
            desk.input.each_line(desk.output, |_, line| {
                if !line.trim().is_empty() {
                    numbers.push(read(line)?);
                }
                Ok(())
            })?;
        }
        Ok(numbers)
    }
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
    let text = match marked {
        Marked::Done => "marked as synced".to_owned(),
        Marked::Already { by, name, at } => {
            let who = name.clone().or(by.map(|by| format!("#{by}"))).unwrap_or("somebody else".to_owned());
            let when = at.map(|at| format!(" on {at}")).unwrap_or_default();
            format!("synced already, by {who}{when}")
        }
        Marked::NotPending(status) => format!("not marked: it is {}", status.as_str()),
        Marked::NotFound => "there is no such update".to_owned(),
    };
    desk.output.line(format!("{number}  {text}"))
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
