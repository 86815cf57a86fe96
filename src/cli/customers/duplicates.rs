//! `cordboard customers duplicates`: who looks like whom, and why.

use anyhow::Result;
use serde_json::{Value, json};

use crate::cli::context::{Context, Desk};
use crate::cli::exit::Exit;
use crate::domain::shown::Duplicate;
use crate::domain::update::Field;
use crate::store::duplicates;

#[derive(clap::Args)]
pub struct Args {
    /// Who looks like this one: id, policy number, master id, phone number or e-mail. Without it, likely
    /// pairs among all customers
    customer: Option<String>,
    /// At most so many pairs
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        match &self.customer {
            Some(name) => {
                let id = desk.customer(name)?;
                let found = duplicates::of(&desk.db, &desk.actor, id)?;
                one(&mut desk, &found)
            }
            None => {
                let pairs = duplicates::all(&desk.db, &desk.actor, self.limit)?;
                everybody(&mut desk, &pairs)
            }
        }
    }
}

fn one(desk: &mut Desk<'_>, found: &[Duplicate]) -> Result<Exit> {
    if desk.output.is_json() {
        found.iter().try_for_each(|one| desk.output.json(&as_json(one)))?;
    } else if found.is_empty() {
        desk.output.note("nobody looks like this one");
    } else {
        let rows: Vec<_> = found
            .iter()
            .map(|one| [row(one, desk), vec![if one.likely { "likely" } else { "no" }.to_owned()]].concat())
            .collect();
        desk.output.table(&["Customer", "Policy", "Mobile", "Why", "One person"], &rows)?;
    }
    Ok(Exit::Ok)
}

fn everybody(desk: &mut Desk<'_>, pairs: &[duplicates::Pair]) -> Result<Exit> {
    for pair in pairs {
        if desk.output.is_json() {
            desk.output.json(&json!({ "reason": pair.first.reason, "first": as_json(&pair.first), "second": as_json(&pair.second) }))?;
        } else {
            let named = |one: &Duplicate| {
                let by =
                    if one.policy.as_str().is_empty() { one.id.to_string() } else { one.policy.to_string() };
                format!("{} ({by})", one.name)
            };
            desk.output.line(format!(
                "{} and {}: {}",
                named(&pair.first),
                named(&pair.second),
                pair.first.reason
            ))?;
        }
    }
    if pairs.is_empty() && !desk.output.is_json() {
        desk.output.note("no two customers look like one person");
    }
    Ok(Exit::Ok)
}

fn row(one: &Duplicate, desk: &Desk<'_>) -> Vec<String> {
    let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let mobile = one.mobile.as_ref().map(|mobile| desk.shown(Field::Mobile, mobile.as_str()));
    vec![
        one.name.to_string(),
        dash(one.policy.to_string()),
        dash(mobile.unwrap_or_default()),
        one.reason.clone(),
    ]
}

fn as_json(one: &Duplicate) -> Value {
    json!({
        "id": one.id, "name": one.name.as_str(), "policy_number": one.policy.as_str(),
        "mobile": one.mobile.as_ref().map(|mobile| mobile.as_str()), "reason": one.reason, "likely": one.likely,
    })
}
