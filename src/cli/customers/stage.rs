//! `cordboard customers stage`: how far a customer is with us (TWS-5, TWS-15).

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::domain::customer::Stage;
use crate::store::record;

#[derive(clap::Args)]
pub struct Args {
    /// Id, policy number, master id, phone number or e-mail
    customer: String,
    /// new, contacted, qualified, nurturing, client or inactive
    stage: String,
}

/// Reads a stage.
///
/// # Errors
/// A sentence that names what there is.
pub fn parse(text: &str) -> Result<Stage, String> {
    Stage::parse(text)
        .ok_or_else(|| format!("no such stage; there are {}", Stage::ALL.map(Stage::as_str).join(", ")))
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let id = desk.customer(&self.customer)?;
        let stage = parse(&self.stage).map_err(|why| refuse(Exit::Usage, why))?;
        let now = record::read(&desk.db, &desk.actor, id)?;
        let seen = Stage::parse(&now.stage).unwrap_or_default();
        record::stage(&mut desk.db, &desk.actor, clock::now(), id, seen, stage)?;
        if desk.output.is_json() {
            desk.output.json(&json!({ "id": id, "stage": stage.as_str(), "was": seen.as_str() }))?;
        } else {
            desk.output.line(format!("{}: {}, was {}", now.name, stage.as_str(), seen.as_str()))?;
        }
        Ok(Exit::Ok)
    }
}
