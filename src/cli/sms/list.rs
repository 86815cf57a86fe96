//! `cordboard sms list`: the newest texts, of one customer or number or of everybody. Every inbound
//! text is shown, whoever wrote it (G8).

use anyhow::Result;
use serde_json::json;

use crate::cli::context::{Context, Desk};
use crate::cli::exit::Exit;
use crate::domain::delivery;
use crate::domain::phone::Address;
use crate::store::messages::{self, Message, Whose};

#[derive(clap::Args)]
pub struct Args {
    /// A customer or a phone number; everybody unless given
    party: Option<String>,
    /// At most so many, the newest
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let desk = context.desk()?;
        let number = self.party.as_deref().and_then(|party| desk.number(party));
        let whose = match (&number, &self.party) {
            (Some(number), _) => Whose::Number(number),
            (None, Some(customer)) => Whose::Customer(desk.customer(customer)?),
            (None, None) => Whose::Everybody,
        };
        let texts = messages::list(&desk.db, &desk.actor, whose, self.limit)?;
        if desk.output.is_json() {
            texts.iter().try_for_each(|text| desk.output.json(&as_json(text)))?;
            return Ok(Exit::Ok);
        }
        let row = |text: &Message| {
            let (way, theirs) = if text.inbound { ("in", &text.from) } else { ("out", &text.to) };
            let who = text.customer.clone().unwrap_or_default();
            let body = text.body.as_str().to_owned();
            vec![text.at.to_string(), way.into(), shown(&desk, theirs), who, state(text), body]
        };
        let rows: Vec<_> = texts.iter().map(row).collect();
        desk.output.table(&["When", "", "Number", "Customer", "Status", "Text"], &rows)?;
        Ok(Exit::Ok)
    }
}

/// A number as the region writes it, anything else as it came.
fn shown(desk: &Desk<'_>, theirs: &Address) -> String {
    theirs.number().map_or_else(|| theirs.as_str().to_owned(), |number| desk.shown_number(&number))
}

/// The status, and for a failure what it means.
fn state(text: &Message) -> String {
    let Some(code) = text.error_code else { return text.status.clone() };
    match delivery::error_sentence(code) {
        Some(sentence) => format!("{} {code}: {sentence}", text.status),
        None => format!("{} {code}", text.status),
    }
}

fn as_json(text: &Message) -> serde_json::Value {
    json!({
        "id": text.id, "sid": text.sid, "direction": if text.inbound { "inbound" } else { "outbound" },
        "from": text.from.as_str(), "to": text.to.as_str(), "body": text.body.as_str(), "status": text.status,
        "error_code": text.error_code, "segments": text.segments, "customer": text.customer,
        "at": text.at.rfc3339(),
    })
}
