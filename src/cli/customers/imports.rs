//! `cordboard customers imports`: what was taken in, when, by whom, and whether it was undone.

use anyhow::Result;
use serde_json::json;

use crate::cli::context::{Context, Desk};
use crate::cli::exit::Exit;
use crate::domain::time::Micros;
use crate::store::imports::{self, Import};

#[derive(clap::Args)]
pub struct Args {}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let Desk { db, actor, output, .. } = context.desk()?;
        let all = imports::list(&db, &actor)?;
        if output.is_json() {
            all.iter().try_for_each(|import| output.json(&as_json(import)))?;
        } else if all.is_empty() {
            output.line("nothing was imported here yet")?;
        } else {
            let rows: Vec<Vec<String>> = all.iter().map(as_row).collect();
            output.table(
                &["Number", "File", "By", "At", "New", "Changed", "Same", "Refused", "State"],
                &rows,
            )?;
        }
        Ok(Exit::Ok)
    }
}

fn as_row(import: &Import) -> Vec<String> {
    let counts = import.counts;
    vec![
        import.number.to_string(),
        import.file.clone(),
        import.by.clone(),
        import.started_at.to_string(),
        counts.new.to_string(),
        counts.changed.to_string(),
        counts.unchanged.to_string(),
        counts.refused.to_string(),
        import.state.as_str().to_owned(),
    ]
}

fn as_json(import: &Import) -> serde_json::Value {
    let Import { number, file, source, by, state, started_at, ended_at, counts } = import;
    json!({
        "import": number, "file": file, "source": source, "by": by, "state": state.as_str(),
        "started_at": started_at.rfc3339(), "ended_at": ended_at.map(Micros::rfc3339),
        "new": counts.new, "changed": counts.changed, "unchanged": counts.unchanged, "refused": counts.refused,
    })
}
