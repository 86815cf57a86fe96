//! `cordboard updates approve` and `reject`: a supervisor's or an admin's word on updates (NIC-131), an
//! answer for each.

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::Exit;
use crate::domain::shown::Marked;
use crate::store::batches;

#[derive(clap::Args)]
pub struct Approve {
    /// Numbers of updates that await it, or `-` for one per line from stdin
    #[arg(required = true, value_name = "NO|-")]
    numbers: Vec<String>,
}

#[derive(clap::Args)]
pub struct Reject {
    /// Numbers of updates, or `-` for one per line from stdin
    #[arg(required = true, value_name = "NO|-")]
    numbers: Vec<String>,
    /// Whoever captured them reads it
    #[arg(long, value_name = "WORDS")]
    reason: String,
}

impl Approve {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let seqs = super::numbers(&mut desk, &self.numbers)?;
        let leaving = desk.leaving();
        let done = batches::approve(&mut desk.db, &desk.actor, clock::now(), &seqs, leaving)?;
        tell(&mut desk, &done, "approved")
    }
}

impl Reject {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let seqs = super::numbers(&mut desk, &self.numbers)?;
        let done = batches::reject_all(&mut desk.db, &desk.actor, clock::now(), &seqs, &self.reason)?;
        tell(&mut desk, &done, "rejected")
    }
}

fn tell(desk: &mut Desk<'_>, marked: &Marked, word: &str) -> Result<Exit> {
    for seq in &marked.done {
        if desk.output.is_json() {
            desk.output.json(&json!({ "id": seq, "result": word }))?;
        } else {
            desk.output.line(format!("{seq}  {word}"))?;
        }
    }
    super::say_left_out(desk.output, &marked.left_out);
    Ok(match (marked.done.len(), marked.left_out.len()) {
        (_, 0) => Exit::Ok,
        (0, _) => Exit::Failure,
        _ => Exit::Partly,
    })
}
