//! `cordboard mail bounced`: mail that came back tells which addresses are dead (NIC-136).

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::clock;
use super::context::{Context, Desk};
use super::exit::{Exit, refuse};
use crate::domain::mail;
use crate::store::trust;

/// Shown beside the address.
const BOUNCED: &str = "mail came back";

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Mark addresses as dead: whoever has one is asked for another
    Bounced {
        /// One address; `-` reads a bounce as it came, or one address per line, from stdin
        #[arg(value_name = "ADDRESS|-")]
        address: String,
    },
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let Action::Bounced { address } = &self.action;
        let mut desk = context.desk()?;
        let given = desk.input.text(address)?;
        let (dead, wrong) = mail::bounced(&given);
        let report = mail::is_report(&given);
        if dead.is_empty() && wrong.is_empty() && !report {
            return Err(refuse(Exit::Usage, "there is no address to mark"));
        }
        bounced(&mut desk, &dead, &wrong)
    }
}

fn bounced(desk: &mut Desk<'_>, dead: &[String], wrong: &[String]) -> Result<Exit> {
    let mut marked = BTreeMap::new();
    for address in dead {
        let having = trust::bounced(&mut desk.db, &desk.actor, clock::now(), address, BOUNCED)?;
        marked.insert(address, having);
    }
    if desk.output.is_json() {
        desk.output.json(&json!({ "marked": marked, "no_address": wrong }))?;
    } else if marked.is_empty() && wrong.is_empty() {
        desk.output.line("nothing in it failed for good: no address is marked")?;
    }
    if !desk.output.is_json() {
        for (address, having) in &marked {
            let who = match having {
                0 => "nobody here has it".to_owned(),
                1 => "1 customer has it".to_owned(),
                many => format!("{many} customers have it"),
            };
            desk.output.line(format!("{address}: dead, {who}"))?;
        }
    }
    for line in wrong {
        desk.output.note(format!("not an e-mail address: {line}"));
    }
    Ok(if wrong.is_empty() { Exit::Ok } else { Exit::Partly })
}
