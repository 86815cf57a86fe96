//! What the upstream says is the latest contact of a customer (NIC-79), asked by a person who can wait.

use anyhow::Result;

use crate::cli::exit::{Exit, refuse};
use crate::remote::client::{Client, Guard};
use crate::remote::{Answer, Endpoints, Outcome, Request};
use crate::store::customers::Customer;
use crate::wire::LatestContact;

/// Asks the upstream; `None` if it has no update of this customer.
///
/// # Errors
/// It cannot be reached, or does not let us in.
pub fn ask(card: &Customer, endpoints: &Endpoints, guard: Guard) -> Result<Option<LatestContact>> {
    let customer_id = card.master_ids.first().cloned().unwrap_or_else(|| card.id.to_string());
    let client = Client::new(guard)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(client.perform(&Request::LatestContact { customer_id }, endpoints)) {
        Outcome::Accepted { answer: Answer::Latest(latest), .. } => Ok(Some(latest)),
        Outcome::Rejected { status: 404, .. } => Ok(None),
        Outcome::NotSent { why } | Outcome::NotProcessed { why, .. } => {
            Err(refuse(Exit::Network, format!("the upstream was not reached: {why}")))
        }
        Outcome::Credential { why }
        | Outcome::NotSetUp { why }
        | Outcome::Rejected { why, .. }
        | Outcome::Ambiguous { why } => {
            Err(refuse(Exit::Failure, format!("the upstream did not say: {why}")))
        }
        Outcome::Accepted { .. } => Err(refuse(Exit::Failure, "the upstream answered another question")),
    }
}

/// For people, in one line.
pub fn line(latest: Option<&LatestContact>) -> String {
    let Some(latest) = latest else { return "no update of this customer".to_owned() };
    let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    format!(
        "mobile {}, e-mail {}, {} by {}",
        said(&latest.latest_mobile),
        said(&latest.latest_email),
        said(&latest.updated_at),
        said(&latest.updated_by),
    )
}
