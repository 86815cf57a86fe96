//! `cordboard outbox`: what has not left yet, what needs a person, and that person's decisions.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::clock;
use super::context::{Context, Desk};
use super::exit::Exit;
use crate::domain::job::{Destination, State};
use crate::domain::later;
use crate::domain::phone::E164;
use crate::domain::time::Micros;
use crate::domain::why::verdict;
use crate::store::destinations::{self, Health};
use crate::store::outbox::{self, Job};
use crate::store::{retry, why};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show what waits, is on its way, or is not confirmed
    List {
        /// The newest of what is settled, too
        #[arg(long)]
        all: bool,
        /// At most so many, the newest
        #[arg(long, default_value_t = 1000)]
        limit: u32,
    },
    /// Say what stands in the way of a text, from the gate to the carrier
    Why {
        /// The number in front of the line, the text's id, or Twilio's
        id: String,
    },
    /// Try a line again; a text that may have arrived needs a supervisor and a reason
    Retry {
        /// The number in front of the line
        line: i64,
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Throw a line away; asks for --yes
    Discard {
        /// The number in front of the line
        line: i64,
        #[arg(long)]
        reason: String,
    },
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        match &self.action {
            Action::List { all, limit } => list(&mut desk, *all, *limit),
            Action::Why { id } => why(&mut desk, id),
            Action::Retry { line, reason } => retry(&mut desk, *line, reason),
            Action::Discard { line, reason } => discard(&mut desk, *line, reason),
        }
    }
}

fn list(desk: &mut Desk<'_>, all: bool, limit: u32) -> Result<Exit> {
    let jobs = outbox::list(&desk.db, &desk.actor, all, limit)?;
    let now = clock::now();
    let mut health = Vec::new();
    for destination in Destination::ALL {
        health.push((destination, destinations::known(&desk.db, destination)?.health));
    }
    if desk.output.is_json() {
        jobs.iter().try_for_each(|job| desk.output.json(&as_json(job, &sentence(job, now, &health))))?;
    } else if jobs.is_empty() {
        desk.output.line("nothing waits: everything saved here has arrived")?;
    } else {
        let rows: Vec<_> = jobs.iter().map(|job| row(desk, job, sentence(job, now, &health))).collect();
        desk.output.table(&["Line", "What", "Whom", "About", "State"], &rows)?;
    }
    Ok(Exit::Ok)
}

fn why(desk: &mut Desk<'_>, id: &str) -> Result<Exit> {
    let why = why::named(&desk.db, &desk.actor, clock::now(), id)?;
    if desk.output.is_json() {
        let steps: Vec<_> = why
            .steps
            .iter()
            .map(|step| {
                json!({ "station": step.station.as_str(), "state": step.passed.as_str(), "says": step.says })
            })
            .collect();
        desk.output.json(&json!({
            "message": why.message, "line": why.line, "status": why.status, "verdict": verdict(&why.steps),
            "steps": steps,
        }))?;
        return Ok(Exit::Ok);
    }
    why::sentences(&why).into_iter().try_for_each(|sentence| desk.output.line(sentence))?;
    Ok(Exit::Ok)
}

fn retry(desk: &mut Desk<'_>, line: i64, reason: &str) -> Result<Exit> {
    let now = clock::now();
    let due = desk.window().due(now);
    let new = retry::retry(&mut desk.db, &desk.actor, now, line, reason, due)?;
    if desk.output.is_json() {
        desk.output.json(&json!({ "line": line, "retried_as": new }))?;
    } else {
        desk.output.line(format!("line {line} is tried again as line {new}"))?;
    }
    Ok(Exit::Ok)
}

fn discard(desk: &mut Desk<'_>, line: i64, reason: &str) -> Result<Exit> {
    outbox::discard(&mut desk.db, &desk.actor, clock::now(), line, reason)?;
    if desk.output.is_json() {
        desk.output.json(&json!({ "line": line, "discarded": true }))?;
    } else {
        desk.output.line(format!("line {line} is thrown away; the reason is on record"))?;
    }
    Ok(Exit::Ok)
}

fn row(desk: &Desk<'_>, job: &Job, sentence: String) -> Vec<String> {
    let about = job.about.clone().unwrap_or_default();
    let about = E164::parse(&about).map_or(about, |number| desk.shown_number(&number));
    let whom = job.customer.clone().unwrap_or_default();
    vec![job.seq.to_string(), job.kind.as_str().to_owned(), whom, about, sentence]
}

/// The state as design 4 wants it said.
fn sentence(job: &Job, now: Micros, health: &[(Destination, Health)]) -> String {
    let because = job.reason.as_deref().filter(|reason| !reason.is_empty());
    let said = because.and_then(|reason| later::sentence(reason, ""));
    let with = |words: &str| because.map_or_else(|| words.to_owned(), |reason| format!("{words}: {reason}"));
    match (job.state, job.behind) {
        (State::Waiting, Some(first)) => format!("waits behind line {first}"),
        (State::Waiting, None) if health.contains(&(job.destination, Health::Offline)) => {
            "waits for network".to_owned()
        }
        (State::Waiting, None) if health.contains(&(job.destination, Health::Refused)) => {
            "waits for credentials: see `cordboard doctor`".to_owned()
        }
        (State::Waiting, None) if health.contains(&(job.destination, Health::NotSetUp)) => {
            let doing = match job.destination {
                Destination::Twilio => "texting",
                Destination::Upstream => "uploading",
                Destination::Mail => "mail",
            };
            format!("waits: {doing} is not set up, see `cordboard doctor`")
        }
        (State::Waiting, None) if job.not_before > now && said.is_some() => said.unwrap_or_default(),
        (State::Waiting, None) if job.not_before > now && job.attempts == 0 && because.is_some() => {
            with("waits")
        }
        (State::Waiting, None) if job.not_before > now && job.attempts == 0 => {
            format!("sends in {} s", job.not_before.since(now).as_secs() + 1)
        }
        (State::Waiting, None) if job.not_before > now => {
            with(&format!("tries again in {} s", job.not_before.since(now).as_secs() + 1))
        }
        (State::Waiting, None) => with("waits for the next sync"),
        (State::Claimed | State::InFlight, _) => "sending".to_owned(),
        (State::Ambiguous, _) => with("may have arrived; being looked up"),
        (State::Unconfirmed, _) => with("not confirmed: may have arrived"),
        (State::Parked, _) => with("set aside for a person"),
        (settled, _) => with(settled.as_str()),
    }
}

fn as_json(job: &Job, sentence: &str) -> serde_json::Value {
    json!({
        "line": job.seq, "id": job.id, "kind": job.kind.as_str(), "destination": job.destination.as_str(),
        "state": job.state.as_str(), "sentence": sentence, "behind": job.behind,
        "customer": job.customer, "about": job.about, "attempts": job.attempts, "reason": job.reason,
        "not_before": job.not_before.rfc3339(), "created_at": job.created_at.rfc3339(),
        "deadline": job.deadline.map(Micros::rfc3339),
    })
}
