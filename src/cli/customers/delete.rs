//! `cordboard customers delete` and `restore`: off every list and back (TWS-4, TTX-44, G4).

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::domain::phone::E164;
use crate::store::record;

#[derive(clap::Args)]
pub struct Args {
    /// Id, policy number, master id, phone number or e-mail; of a deleted one the name too
    customer: String,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let id = desk.customer(&self.customer)?;
        let name = record::read(&desk.db, &desk.actor, id)?.name;
        record::delete(&mut desk.db, &desk.actor, clock::now(), id)?;
        if desk.output.is_json() {
            desk.output.json(&json!({ "id": id, "name": name.as_str(), "deleted": true }))?;
        } else {
            desk.output
                .line(format!("deleted {name}; `cordboard customers restore {id}` brings them back"))?;
        }
        Ok(Exit::Ok)
    }

    pub fn restore(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let number = desk.number(&self.customer);
        let number = number.as_ref().map(E164::as_str);
        let id = record::resolve_deleted(&desk.db, &desk.actor, &self.customer, number)?;
        record::restore(&mut desk.db, &desk.actor, clock::now(), id)?;
        let name = record::read(&desk.db, &desk.actor, id)?.name;
        if desk.output.is_json() {
            desk.output.json(&json!({ "id": id, "name": name.as_str(), "deleted": false }))?;
        } else {
            desk.output.line(format!("{name} is back"))?;
        }
        Ok(Exit::Ok)
    }
}
