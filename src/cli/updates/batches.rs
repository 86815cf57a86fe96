//! `cordboard updates batches`: the numbered exports, the newest first.

use anyhow::Result;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::domain::shown::Batch;
use crate::store::batches;

#[derive(clap::Args)]
pub struct Args {}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let desk = context.desk()?;
        let all = batches::list(&desk.db, &desk.actor)?;
        if desk.output.is_json() {
            all.iter().try_for_each(|batch| desk.output.json(&as_json(batch)))?;
            return Ok(Exit::Ok);
        }
        let rows: Vec<_> = all.iter().map(row).collect();
        desk.output.table(&["Batch", "Made", "Lines", "Updates", "State"], &rows)?;
        Ok(Exit::Ok)
    }
}

fn row(batch: &Batch) -> Vec<String> {
    let state = match (batch.marked_at, batch.dissolved_at) {
        (Some(at), _) => format!("marked {at}"),
        (None, Some(at)) => format!("dissolved {at}"),
        (None, None) => "open".to_owned(),
    };
    vec![
        batch.number.to_string(),
        batch.created_at.to_string(),
        batch.lines.to_string(),
        batch.updates.len().to_string(),
        state,
    ]
}

/// A batch for programs; also what `export --batch` answers with.
pub fn as_json(batch: &Batch) -> serde_json::Value {
    json!({
        "batch": batch.number, "lines": batch.lines, "updates": batch.updates,
        "left_out": batch.left_out.iter().map(|left| json!({ "id": left.seq, "why": left.why })).collect::<Vec<_>>(),
        "created_at": batch.created_at.rfc3339(), "marked_at": batch.marked_at.map(|at| at.rfc3339()),
        "dissolved_at": batch.dissolved_at.map(|at| at.rfc3339()),
    })
}
