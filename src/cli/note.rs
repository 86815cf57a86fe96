//! `cordboard note`: a remark that stays here; it is never sent and never edited.

use anyhow::Result;
use serde_json::json;

use super::clock;
use super::context::Context;
use super::exit::Exit;
use crate::store::notes;

#[derive(clap::Args)]
pub struct Args {
    /// Id, policy number, master id, phone number or e-mail
    customer: String,
    /// What to remember, or `-` for stdin
    #[arg(value_name = "TEXT|-")]
    text: String,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let body = desk.input.text(&self.text)?;
        let customer = desk.customer(&self.customer)?;
        let id = notes::add(&mut desk.db, &desk.actor, clock::now(), customer, &body)?;
        if desk.output.is_json() {
            desk.output.json(&json!({ "id": id, "customer": customer }))?;
        } else {
            desk.output.line("noted; it stays here")?;
        }
        Ok(Exit::Ok)
    }
}
