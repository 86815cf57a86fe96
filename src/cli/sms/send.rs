//! `cordboard sms send`: queues a text on disk; `sync` carries it to Twilio after the undo window.

use anyhow::Result;
use serde_json::json;

use crate::cli::context::{Context, Desk};
use crate::cli::exit::{Exit, refuse};
use crate::cli::{clock, consent};
use crate::domain::phone::E164;
use crate::domain::text::Body;
use crate::domain::{later, segments};
use crate::store::messages::{self, NewText};
use crate::store::quiet;

#[derive(clap::Args)]
pub struct Args {
    /// A customer or a phone number
    party: String,
    /// What to say, or `-` for stdin
    #[arg(value_name = "TEXT|-")]
    text: String,
    /// Which of our numbers it comes from; the first of the configuration unless given
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// service or marketing; the configuration's unless given
    #[arg(long)]
    purpose: Option<String>,
    /// When, by the customer's clock: "tomorrow 9", "fri 15:30", "in 2 h", "14:00"; now unless given
    #[arg(long, value_name = "WHEN")]
    at: Option<String>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let purpose = match &self.purpose {
            Some(text) => consent::purpose(text)?,
            None => desk.config.sms.purpose,
        };
        let from = sender(&desk, self.from.as_deref())?;
        let body = Body(desk.input.text(&self.text)?);
        let party = desk.party(&self.party)?;
        let size = segments::count(body.as_str());
        let text = NewText { from, to: party.number, customer: party.customer, body, purpose };
        let (window, now) = (desk.window(), clock::now());
        let at = match &self.at {
            Some(words) => {
                let zone = quiet::clock(&desk.db, &text.to, text.customer, now)?;
                let read = later::read(words, now, zone);
                Some(read.map_err(|why| refuse(Exit::Usage, format!("--at: {why}")))?)
            }
            None => None,
        };
        let checks = desk.checks();
        let queued = messages::send_checked(&mut desk.db, &desk.actor, now, &text, window, &checks, at)?;
        if desk.output.is_json() {
            desk.output.json(&json!({
                "id": queued.message, "to": text.to.as_str(), "from": text.from.as_str(), "status": "waiting",
                "encoding": size.encoding, "segments": size.segments, "units": size.units,
                "leaves": queued.leaves.rfc3339(),
            }))?;
            return Ok(Exit::Ok);
        }
        let number = desk.shown_number(&text.to);
        let plural = if size.segments == 1 { "" } else { "s" };
        let when = match later::sentence(&queued.why, "") {
            Some(sentence) => format!("{sentence}, by the customer's clock"),
            None => format!("it leaves with the next sync from {} s on", window.undo.as_secs()),
        };
        let (segments, encoding) = (size.segments, size.encoding);
        desk.output
            .line(format!("saved: a text to {number}, {segments} segment{plural} {encoding}; {when}"))?;
        Ok(Exit::Ok)
    }
}

/// One of our own numbers: a text from any other would be refused by Twilio.
fn sender(desk: &Desk<'_>, given: Option<&str>) -> Result<E164> {
    let ours = &desk.numbers;
    let Some(given) = given else {
        return ours.first().cloned().ok_or_else(|| {
            refuse(
                Exit::Usage,
                "no number of ours to text from: list one in [sms] numbers of the configuration, or set TWILIO_PHONE_NUMBER",
            )
        });
    };
    let number = desk.number(given).filter(|number| ours.contains(number));
    number.ok_or_else(|| {
        refuse(Exit::Usage, format!("--from: {given} is not one of our numbers in the configuration"))
    })
}
