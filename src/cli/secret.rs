//! `cordboard secret set`: a provider credential into the encrypted database, read from stdin so
//! that it is never in an argument list or a shell's history.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;
use zeroize::Zeroizing;

use super::clock;
use super::context::Context;
use super::exit::{Exit, refuse};
use crate::remote::credentials;
use crate::store::secrets;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Store one; type or pipe its value on stdin
    Set {
        /// Such as TWILIO_AUTH_TOKEN
        name: String,
    },
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let Action::Set { name } = &self.action;
        let name = credentials::NAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name)).ok_or_else(
            || {
                let known = credentials::NAMES.join(", ");
                refuse(Exit::Usage, format!("there is no secret called \"{name}\"; there are {known}"))
            },
        )?;
        let mut desk = context.desk()?;
        let value = Zeroizing::new(desk.input.text("-")?);
        let value = value.trim();
        if value.is_empty() || value.chars().any(char::is_control) {
            return Err(refuse(Exit::Usage, format!("{name}: give it on stdin, one line, not empty")));
        }
        secrets::set(&mut desk.db, &desk.actor, clock::now(), name, value)?;
        if desk.output.is_json() {
            desk.output.json(&json!({ "name": name, "set": true }))?;
        } else {
            desk.output.line(format!("{name} is stored in the encrypted database"))?;
        }
        Ok(Exit::Ok)
    }
}
