//! `cordboard customers request-payment` and `acknowledge-debt` (NIC-25, NIC-26).

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::domain::debt::{self, Debt};
use crate::domain::payment::By;
use crate::store;
use crate::store::{debts, payments};

#[derive(clap::Args)]
pub struct RequestArgs {
    /// Id, policy number, master id, phone number or e-mail
    customer: String,
    /// How it goes out: "mail" with a QR code, or "text"
    #[arg(long, value_name = "WAY", default_value = "mail")]
    by: String,
    /// Such as "MUR 4,491.29"; what is due unless given
    #[arg(long)]
    amount: Option<String>,
}

impl RequestArgs {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let by = match self.by.as_str() {
            "mail" | "email" | "e-mail" => By::Mail,
            "text" | "sms" => By::Text,
            other => {
                return Err(refuse(Exit::Usage, format!("--by: {other} is no way; there are mail and text")));
            }
        };
        let mut desk = context.desk()?;
        let customer = desk.customer(&self.customer)?;
        let (office, window) = (desk.payments(), desk.window());
        let amount = self.amount.as_deref();
        let now = clock::now();
        let asked = payments::request(&mut desk.db, &desk.actor, now, &office, customer, amount, by, window)?;
        if desk.output.is_json() {
            desk.output.json(&json!({
                "id": asked.subject, "by": by.as_str(), "to": asked.to, "amount": asked.amount.to_string(),
                "reference": asked.reference, "link": asked.link, "status": "waiting",
            }))?;
        } else {
            desk.output.line(format!(
                "saved: {} is asked for by {}, reference {}; it leaves with the next sync from {} s on",
                asked.amount,
                by.as_str(),
                asked.reference,
                window.undo.as_secs(),
            ))?;
            desk.output.line(&asked.link)?;
        }
        Ok(Exit::Ok)
    }
}

#[derive(clap::Args)]
pub struct DebtArgs {
    /// Id, policy number, master id, phone number or e-mail
    customer: String,
    /// Such as "MUR 4,491.29"
    #[arg(long)]
    amount: String,
    /// How many, one a month
    #[arg(long, default_value = "1")]
    instalments: String,
    /// The day of the first, like 2025-12-01
    #[arg(long, value_name = "DAY")]
    first: String,
}

impl DebtArgs {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let customer = desk.customer(&self.customer)?;
        let now = clock::now();
        let today = debt::today(now, crate::tui::offset(now));
        let (office, window) = (desk.payments(), desk.window());
        let debt = Debt::check(&self.amount, &self.instalments, &self.first, office.currency, today)
            .map_err(store::Error::Fields)?;
        let recorded =
            debts::record(&mut desk.db, &desk.actor, now, &office, customer, (&debt, today), window)?;
        if desk.output.is_json() {
            desk.output.json(&json!({
                "note": recorded.note, "mail": recorded.mail, "amount": debt.amount.to_string(),
                "instalments": debt.plan().iter().map(|(day, part)| json!({ "day": day.to_string(), "amount": part.to_string() })).collect::<Vec<_>>(),
            }))?;
        } else {
            for (day, part) in debt.plan() {
                desk.output.line(format!("{day}  {part}"))?;
            }
            let mail = if recorded.mail.is_some() { "a mail with it goes out" } else { "no mail goes out" };
            desk.output.line(format!("saved; {mail}"))?;
        }
        Ok(Exit::Ok)
    }
}
