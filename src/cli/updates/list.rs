//! `cordboard updates list`: the admin's table, one page or all of it (NIC-89, NIC-96).

use anyhow::Result;
use serde_json::json;

use super::Chosen;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::domain::phone::{E164, PhonePolicy};
use crate::domain::role::Action;
use crate::domain::time::Micros;
use crate::domain::update::{Status, Upload};
use crate::store::updates::{self, Update};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let desk = context.desk()?;
        let filter = self.chosen.filter(&desk)?;
        let policy = desk.config.phone_policy();
        let mut rows = Vec::new();
        let mut failed = Ok(());
        updates::for_each(&desk.db, &desk.actor, Action::ReadUpdates, &filter, |update| {
            if !desk.output.is_json() {
                rows.push(row(&policy, &update));
            } else if failed.is_ok() {
                failed = desk.output.json(&as_json(&update));
            }
            Ok(())
        })?;
        failed?;
        if !desk.output.is_json() {
            let heading =
                ["No", "Captured", "Policy", "Customer", "Mobile", "E-mail", "Why", "Agent", "State"];
            desk.output.table(&heading, &rows)?;
        }
        Ok(Exit::Ok)
    }
}

fn row(policy: &PhonePolicy, update: &Update) -> Vec<String> {
    let mobile = |value: &Option<String>| {
        value
            .as_deref()
            .map(|value| E164::parse(value).map_or(value.to_owned(), |number| policy.national(&number)))
    };
    vec![
        update.seq.to_string(),
        update.captured_at.to_string(),
        update.policy_number.clone(),
        update.customer_name.clone(),
        mobile(&update.new_mobile).unwrap_or_default(),
        update.new_email.clone().unwrap_or_default(),
        update.reason.as_str().to_owned(),
        update.agent_name.clone(),
        state(update),
    ]
}

/// Whether it is in the master, and if not, whether it has at least left this machine.
fn state(update: &Update) -> String {
    match (update.status, update.upload) {
        (Status::Pending, Upload::Uploaded) => "pending".to_owned(),
        (Status::Pending, upload) => format!("pending, {}", upload.as_str()),
        (status, _) => status.as_str().to_owned(),
    }
}

/// NIC's names for what NIC has (NIC-53..68), ours beside them.
fn as_json(update: &Update) -> serde_json::Value {
    json!({
        "id": update.seq, "client_ref": update.id, "upstream_id": update.upstream_id,
        "customer_id": update.master_id, "customer": update.customer, "policy_number": update.policy_number,
        "customer_name": update.customer_name, "old_mobile": update.old_mobile, "new_mobile": update.new_mobile,
        "old_email": update.old_email, "new_email": update.new_email, "update_reason": update.reason.label(),
        "notes": update.notes, "agent_id": update.agent_number, "agent_name": update.agent_name,
        "captured_at": update.captured_at.rfc3339(), "status": update.status.as_str(),
        "upload": update.upload.as_str(), "synced_at": update.synced_at.map(Micros::rfc3339),
        "synced_by": update.synced_by,
    })
}
