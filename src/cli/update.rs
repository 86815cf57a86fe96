//! `cordboard update`: captures a corrected mobile or e-mail with its reason (NIC-1, NIC-30..51).

use anyhow::Result;
use serde_json::json;

use super::clock;
use super::context::Context;
use super::exit::Exit;
use crate::config::Approval;
use crate::domain::update::{Field, Form, verified};
use crate::store::updates::{self, Capture};
use crate::store::{self, effective};

#[derive(clap::Args)]
pub struct Args {
    /// Id, policy number, master id, phone number or e-mail
    customer: String,
    /// The new mobile, such as 5737 2333
    #[arg(long, value_name = "NUMBER", default_value = "", hide_default_value = true)]
    mobile: String,
    /// The new e-mail, such as customer@example.com
    #[arg(long, value_name = "ADDRESS", default_value = "", hide_default_value = true)]
    email: String,
    /// 1 customer gave it, 2 current is wrong, 3 current is missing, 4 bounced or failed,
    /// 5 customer asked, 6 other; the number or the word
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Up to 500 characters, or `-` for stdin
    #[arg(long, value_name = "TEXT|-", default_value = "", hide_default_value = true)]
    notes: String,
    /// How the caller was identified
    #[arg(long, value_name = "TEXT")]
    verified_by: Option<String>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let notes = desk.input.text(&self.notes)?;
        let form = Form { mobile: &self.mobile, email: &self.email, reason: &self.reason, notes: &notes };
        let new = form.check(&desk.config.phone_policy()).map_err(store::Error::Fields)?;
        let verified_by = verified(self.verified_by.as_deref(), desk.config.capture.must_verify)
            .map_err(|error| store::Error::Fields(vec![error]))?;
        let customer = desk.customer(&self.customer)?;
        let about = Capture {
            shown: effective::shown(&desk.db, customer)?,
            verified_by,
            tell_old: desk.telling(),
            approval: desk.config.updates.approval == Approval::Required,
            ..Capture::default()
        };
        let leaving = desk.leaving();
        let id = updates::capture(&mut desk.db, &desk.actor, clock::now(), customer, &new, &about, leaving)?;
        if desk.output.is_json() {
            let fields: serde_json::Map<_, _> =
                new.changes().map(|(field, value, _)| (field.as_str().to_owned(), json!(value))).collect();
            desk.output.json(&json!({
                "id": id, "customer": customer, "changed": fields, "reason": new.reason().as_str(), "saved": true,
            }))?;
            return Ok(Exit::Ok);
        }
        // NIC-51's sentence, and NIC-47's.
        desk.output.line("Contact information updated successfully; it is used from now on.")?;
        for (field, value, _) in new.changes() {
            let before =
                about.shown.get(field).map_or("none".to_owned(), |before| desk.shown(field, &before.value));
            let value = desk.shown(field, value);
            desk.output.line(format!("  {:<7} {before} -> {value}", name(field)))?;
        }
        Ok(Exit::Ok)
    }
}

fn name(field: Field) -> &'static str {
    match field {
        Field::Mobile => "mobile",
        Field::Email => "e-mail",
    }
}
