//! `cordboard lookup`: finds customers while they are still saying their number (TWS-1, TWS-88,
//! NIC-91, NIC-92).

use anyhow::Result;
use serde_json::json;

use super::clock;
use super::context::{Context, Desk};
use super::exit::Exit;
use crate::domain::update::Field;
use crate::store::search::{self, Hit};
use crate::tui;

#[derive(clap::Args)]
pub struct Args {
    /// Any part of a number, name, policy or e-mail, in any order
    #[arg(required = true)]
    query: Vec<String>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let desk = context.desk()?;
        let (now, query) = (clock::now(), self.query.join(" "));
        let found = search::lookup(&desk.db, &desk.actor, now, tui::offset(now), &query, self.limit)?;
        let hits = found.hits;
        if desk.output.is_json() {
            hits.iter().try_for_each(|hit| desk.output.json(&as_json(hit)))?;
        } else if hits.is_empty() {
            desk.output
                .note("nobody found; three or four digits of the number or part of the name are enough");
        } else {
            let rows: Vec<_> = hits.iter().map(|hit| row(hit, &desk)).collect();
            desk.output.table(&["Customer", "Policy", "Mobile", "E-mail", "Payment"], &rows)?;
            if found.many {
                desk.output.note(format!(
                    "the first {} of many: one more word or digit tells them apart",
                    hits.len()
                ));
            }
        }
        Ok(if hits.is_empty() { Exit::NotFound } else { Exit::Ok })
    }
}

fn row(hit: &Hit, desk: &Desk<'_>) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let mobile = hit.mobile.as_deref().map(|mobile| desk.shown(Field::Mobile, mobile));
    let name = match &hit.meant {
        Some(meant) => format!("{} (read as {meant})", hit.name),
        None => hit.name.clone(),
    };
    vec![name, text(&hit.policy_number), text(&mobile), text(&hit.email), text(&hit.payment)]
}

fn as_json(hit: &Hit) -> serde_json::Value {
    json!({
        "id": hit.id, "name": hit.name, "policy_number": hit.policy_number, "mobile": hit.mobile,
        "email": hit.email, "payment": hit.payment, "read_as": hit.meant,
        "was": hit.was.as_ref().map(|(number, until)| json!({ "number": number, "until": until.rfc3339() })),
    })
}
