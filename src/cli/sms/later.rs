//! `cordboard sms later`: texts that leave at a chosen time, listed, moved and taken back (TWS-92).

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::Exit;
use crate::domain::ids::CustomerId;
use crate::domain::later as words;
use crate::domain::phone::E164;
use crate::domain::time::Micros;
use crate::store::{later, quiet};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show them, the next one first
    List,
    /// Choose another time
    Move {
        /// The number in front of the line
        line: i64,
        /// By the customer's clock: "tomorrow 9", "fri 15:30", "in 2 h", "14:00"
        when: String,
    },
    /// Take one back
    Cancel {
        /// The number in front of the line
        line: i64,
    },
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        match &self.action {
            Action::List => list(&mut desk)?,
            Action::Move { line, when } => reschedule(&mut desk, *line, when)?,
            Action::Cancel { line } => {
                later::cancel(&mut desk.db, &desk.actor, clock::now(), *line)?;
                if desk.output.is_json() {
                    desk.output.json(&json!({ "line": line, "canceled": true }))?;
                } else {
                    desk.output.line(format!("line {line} is taken back: it is not sent"))?;
                }
            }
        }
        Ok(Exit::Ok)
    }
}

fn list(desk: &mut Desk<'_>) -> Result<()> {
    let texts = later::list(&desk.db, &desk.actor)?;
    if desk.output.is_json() {
        return texts.iter().try_for_each(|text| {
            desk.output.json(&json!({
                "line": text.line, "to": text.to.as_str(), "customer": text.name, "leaves": text.leaves.rfc3339(),
                "sentence": words::sentence(&text.why, ""), "by": text.by, "body": text.body.as_str(),
            }))
        });
    }
    if texts.is_empty() {
        desk.output.line("no text waits for its time")?;
        return Ok(());
    }
    let mut rows = Vec::new();
    for text in &texts {
        let leaves = said(desk, &text.to, text.customer, text.leaves)?;
        let who = text.name.clone().unwrap_or_default();
        rows.push(vec![
            text.line.to_string(),
            leaves,
            desk.shown_number(&text.to),
            who,
            text.body.as_str().to_owned(),
        ]);
    }
    desk.output.table(&["Line", "Leaves (their clock)", "Number", "Customer", "Text"], &rows)?;
    Ok(())
}

fn reschedule(desk: &mut Desk<'_>, line: i64, when: &str) -> Result<()> {
    let window = desk.window();
    let leaves = later::reschedule(&mut desk.db, &desk.actor, clock::now(), line, when, window)?;
    if desk.output.is_json() {
        desk.output.json(&json!({ "line": line, "leaves": leaves.rfc3339() }))?;
        return Ok(());
    }
    let moved = later::list(&desk.db, &desk.actor)?.into_iter().find(|text| text.line == line);
    let said = match moved {
        Some(text) => said(desk, &text.to, text.customer, leaves)?,
        None => leaves.to_string(),
    };
    desk.output.line(format!("line {line} leaves {said}, by the customer's clock"))?;
    Ok(())
}

/// A moment by the clock where the customer is.
pub fn said(desk: &Desk<'_>, number: &E164, customer: Option<CustomerId>, at: Micros) -> Result<String> {
    let now = clock::now();
    Ok(words::said(at, now, quiet::clock(&desk.db, number, customer, now)?))
}
