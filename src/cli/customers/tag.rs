//! `cordboard customers tag`: puts tags on and takes them off (TWS-6).

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::domain::text::SafeText;
use crate::store::record;

#[derive(clap::Args)]
pub struct Args {
    /// Id, policy number, master id, phone number or e-mail
    customer: String,
    /// Tags to put on, such as motor
    tags: Vec<String>,
    /// A tag to take off; may be given several times
    #[arg(long = "remove", value_name = "TAG")]
    off: Vec<String>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let id = desk.customer(&self.customer)?;
        if self.tags.is_empty() && self.off.is_empty() {
            return Err(refuse(Exit::Usage, "name a tag to put on, or one to take off with --remove"));
        }
        record::tag(&mut desk.db, &desk.actor, clock::now(), id, &self.tags, &self.off)?;
        let now = record::read(&desk.db, &desk.actor, id)?;
        let tags: Vec<&str> = now.tags.iter().map(SafeText::as_str).collect();
        if desk.output.is_json() {
            desk.output.json(&json!({ "id": id, "tags": tags }))?;
        } else if tags.is_empty() {
            desk.output.line(format!("{}: no tags", now.name))?;
        } else {
            desk.output.line(format!("{}: {}", now.name, tags.join(", ")))?;
        }
        Ok(Exit::Ok)
    }
}
