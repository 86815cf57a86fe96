//! `cordboard updates dissolve`: a batch that was made by mistake, taken apart again.

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::domain::shown::Batch;
use crate::store::{Error, batches};

#[derive(clap::Args)]
pub struct Args {
    /// The number of the batch
    #[arg(value_name = "NO")]
    number: i64,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let (mut desk, number) = (context.desk()?, self.number);
        let freed = match batches::dissolve(&mut desk.db, &desk.actor, clock::now(), number) {
            Err(Error::AskAgain) => {
                let known = batches::list(&desk.db, &desk.actor)?;
                let batch = known.iter().find(|batch| batch.number == number);
                return Err(refuse(Exit::Usage, question(number, batch)));
            }
            freed => freed?,
        };
        if desk.output.is_json() {
            desk.output.json(&json!({ "batch": number, "pending": freed }))?;
        } else {
            let count = freed.len();
            desk.output.line(format!("batch {number} is dissolved; pending again: {count}"))?;
        }
        Ok(Exit::Ok)
    }
}

fn question(number: i64, batch: Option<&Batch>) -> String {
    let (lines, updates) = batch.map_or((0, 0), |batch| (batch.lines, batch.updates.len()));
    format!(
        "batch {number} has {lines} lines of {updates} updates: --yes makes them pending again; the number is \
         not used again"
    )
}
