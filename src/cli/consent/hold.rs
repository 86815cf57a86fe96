//! Holds: what a customer wrote may mean stop, and a person decides.

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::Desk;
use crate::cli::exit::Exit;
use crate::store::holds;

#[derive(clap::Args)]
pub struct Decision {
    /// A customer or a phone number
    party: String,
    /// Why; kept for good
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

impl Decision {
    pub fn hold(&self, desk: &mut Desk<'_>) -> Result<Exit> {
        let party = desk.party(&self.party)?;
        let reason = &self.reason;
        holds::hold(&mut desk.db, &desk.actor, clock::now(), &party.number, party.customer, reason)?;
        let shown = desk.shown_number(&party.number);
        self.said(desk, "held", 0, &format!("{shown}: all texts are held until somebody decides"))
    }

    pub fn release(&self, desk: &mut Desk<'_>) -> Result<Exit> {
        let party = desk.party(&self.party)?;
        let reason = &self.reason;
        holds::release(&mut desk.db, &desk.actor, clock::now(), &party.number, party.customer, reason)?;
        let shown = desk.shown_number(&party.number);
        self.said(
            desk,
            "released",
            0,
            &format!("{shown}: released; what was held leaves if nothing else stops it"),
        )
    }

    pub fn confirm(&self, desk: &mut Desk<'_>) -> Result<Exit> {
        let party = desk.party(&self.party)?;
        let (number, reason) = (&party.number, &self.reason);
        let canceled =
            holds::confirm(&mut desk.db, &desk.actor, clock::now(), number, party.customer, reason)?;
        let shown = desk.shown_number(number);
        self.said(
            desk,
            "confirmed",
            canceled,
            &format!("{shown}: they said stop; {canceled} held texts are canceled"),
        )
    }

    fn said(&self, desk: &mut Desk<'_>, what: &str, canceled: usize, sentence: &str) -> Result<Exit> {
        if desk.output.is_json() {
            let number = desk.party(&self.party)?.number;
            desk.output
                .json(&json!({ "number": number.as_str(), what: true, "canceled_texts": canceled }))?;
        } else {
            desk.output.line(sentence)?;
        }
        Ok(Exit::Ok)
    }
}

pub fn list(desk: &mut Desk<'_>) -> Result<Exit> {
    let held = holds::list(&desk.db, &desk.actor)?;
    if desk.output.is_json() {
        for held in &held {
            desk.output.json(&json!({
                "number": held.number.as_str(), "since": held.since.rfc3339(), "customer": held.name,
                "words": held.words, "note": held.note,
            }))?;
        }
    } else if held.is_empty() {
        desk.output.line("nothing is held: no text waits for a decision")?;
    } else {
        let rows: Vec<Vec<String>> = held
            .into_iter()
            .map(|held| {
                let said = if held.words.is_empty() { held.note } else { held.words };
                let number = desk.shown_number(&held.number);
                vec![held.since.to_string(), number, held.name.unwrap_or_default(), said]
            })
            .collect();
        desk.output.table(&["Since", "Number", "Whom", "What was said"], &rows)?;
    }
    Ok(Exit::Ok)
}
