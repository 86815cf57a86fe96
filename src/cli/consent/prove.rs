//! `cordboard consent prove`: one file that says what was allowed for a number, when, and why.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use crate::cli::clock;
use crate::cli::context::Desk;
use crate::cli::exit::{Exit, refuse};
use crate::cli::export;
use crate::domain::proof::{Event, Proof, Stop, What};
use crate::domain::time::Micros;
use crate::files::place::Part;
use crate::store::prove;

#[derive(clap::Args)]
pub struct Args {
    /// A phone number, or a customer whose mobile is meant
    party: String,
    /// The day (UTC); everything up to its end is in the file
    #[arg(long, value_name = "YYYY-MM-DD")]
    on: String,
    /// Where to write; stdout unless given, or with `-`
    #[arg(long, short, value_name = "FILE|-")]
    output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

impl Args {
    pub fn run(&self, desk: &mut Desk<'_>) -> Result<Exit> {
        let party = desk.party(&self.party)?;
        let day = export::day("--on", Some(&self.on))?.unwrap_or(Micros(0));
        let now = clock::now();
        if day > now {
            return Err(refuse(Exit::Usage, format!("--on: {} is still to come", self.on)));
        }
        let proof = prove::prove(&mut desk.db, &desk.actor, now, &party.number, day)?;
        let is_json = desk.output.is_json();
        let content = if is_json { format!("{}\n", as_json(&proof)) } else { proof.to_text() };
        match self.output.as_deref().filter(|path| path.as_os_str() != "-") {
            Some(path) => {
                let mut part = Part::new(path, self.force)?;
                if let Err(why) = part.write_all(content.as_bytes()) {
                    return Err(part.failed(why).into());
                }
                part.sync()?;
                part.keep()?;
                desk.output.note(format!(
                    "{} lines of history are in {}",
                    proof.events.len(),
                    path.display()
                ));
            }
            None if is_json => desk.output.json(&as_json(&proof))?,
            None => content.lines().try_for_each(|line| desk.output.line(line))?,
        }
        Ok(Exit::Ok)
    }
}

fn as_json(proof: &Proof) -> Value {
    let standing: serde_json::Map<_, _> = proof
        .standing
        .iter()
        .map(|(purpose, standing)| {
            let (yes, why) = (standing.as_ref().ok(), standing.as_ref().err());
            (purpose.as_str().to_owned(), json!({ "allowed": yes.is_some(), "rests_on": yes, "why": why }))
        })
        .collect();
    json!({
        "number": proof.number.as_str(), "person": proof.person, "day": proof.day.date(),
        "made": proof.made.rfc3339(), "made_by": proof.made_by, "standing": standing,
        "events": proof.events.iter().map(event).collect::<Vec<_>>(),
        "stops": proof.stops().iter().map(stop).collect::<Vec<_>>(),
    })
}

fn event(event: &Event) -> Value {
    let time = |at: Option<Micros>| at.map(Micros::rfc3339);
    let mut value = match &event.what {
        What::Said(said) => json!({
            "what": "consent", "ids": said.ids, "act": said.act.as_str(), "method": said.method.as_str(),
            "purposes": said.purposes.iter().map(|purpose| purpose.as_str()).collect::<Vec<_>>(),
            "words": said.words, "version": said.version, "by": said.by, "ip": said.ip, "note": said.note,
            "other_number": said.elsewhere.as_ref().map(|number| number.as_str()), "text": said.text,
            "corrects": said.corrects,
        }),
        What::Text(text) => json!({
            "what": "text", "text": text.seq, "direction": if text.inbound { "inbound" } else { "outbound" },
            "our_number": text.ours, "body": text.body, "by": text.by, "left": time(text.left),
            "purpose": text.purpose.map(|purpose| purpose.as_str()), "status": text.status, "why": text.why,
            "sid": text.sid, "at_twilio": time(text.at_twilio),
            "decisions": text.decisions.iter().map(|decision| json!({
                "at": decision.at.rfc3339(), "stage": decision.stage, "allowed": decision.rests_on.is_some(),
                "rests_on": decision.rests_on, "why": decision.why,
            })).collect::<Vec<_>>(),
        }),
        What::Refused { purpose, why, by } => {
            json!({ "what": "refused", "purpose": purpose.as_str(), "why": why, "by": by })
        }
        What::Listed { listed, source, by } => {
            json!({ "what": "do not contact", "listed": listed, "source": source, "by": by })
        }
    };
    value["at"] = json!(event.at.rfc3339());
    value
}

fn stop(stop: &Stop) -> Value {
    let line = |at: &usize| at + 1;
    json!({
        "event": stop.event + 1, "words": stop.words, "at_twilio": stop.at_twilio.map(Micros::rfc3339),
        "known": stop.known.rfc3339(),
        "delay_seconds": stop.at_twilio.map(|sent| stop.known.since(sent).as_secs()),
        "last_text_before": stop.last_before.map(|(at, left)| json!({ "event": at + 1, "left": left.rfc3339() })),
        "left_before_it_was_known": stop.on_the_way.iter().map(line).collect::<Vec<_>>(),
        "left_though_it_was_known": stop.after.iter().map(line).collect::<Vec<_>>(),
    })
}
