//! `cordboard lookup`: finds customers while they are still saying their number (TWS-1, TWS-88,
//! NIC-91, NIC-92).

use anyhow::Result;
use serde_json::json;

use super::clock;
use super::context::{Context, Desk};
use super::exit::Exit;
use crate::domain::update::Field;
use crate::store::search::{self, Found, Hit};
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
        let mut desk = context.desk()?;
        let (now, query) = (clock::now(), self.query.join(" "));
        let found = search::lookup(&desk.db, &desk.actor, now, tui::offset(now), &query, self.limit)?;
        list(&mut desk, &found)?;
        if found.hits.is_empty() && !desk.output.is_json() {
            desk.output
                .note("nobody found; three or four digits of the number or part of the name are enough");
        }
        Ok(if found.hits.is_empty() { Exit::NotFound } else { Exit::Ok })
    }
}

/// Everybody who was found.
pub(super) fn list(desk: &mut Desk<'_>, found: &Found) -> Result<()> {
    let hits = &found.hits;
    if desk.output.is_json() {
        return hits.iter().try_for_each(|hit| desk.output.json(&as_json(hit)));
    }
    if hits.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = hits.iter().map(|hit| row(hit, desk)).collect();
    desk.output.table(&["Customer", "Policy", "Mobile", "E-mail", "Payment"], &rows)?;
    if found.many {
        let hits = hits.len();
        desk.output.note(format!("the first {hits} of many: one more word or digit tells them apart"));
    }
    Ok(())
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
