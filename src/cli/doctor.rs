//! `cordboard doctor`: is the file sound, what is missing, how are the systems outside?

use anyhow::Result;
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use crate::domain::job::Destination;
use crate::store::Db;
use crate::store::destinations::{self, Known};
use crate::store::doctor::{self, Check};

#[derive(clap::Args)]
pub struct Args {}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let config = context.config()?;
        let db = context.open(&context.location()?)?;
        let endpoints = context.credentials(&config, &db).endpoints;
        let checks = doctor::examine(&db)?;
        for check in &checks {
            say(context, check)?;
        }
        for destination in Destination::ALL {
            let missing = endpoints.missing.iter().filter(|missing| missing.destination == destination);
            let missing: Vec<&str> = missing.map(|missing| missing.sentence.as_str()).collect();
            outside(context, &db, destination, &missing)?;
        }
        Ok(if checks.iter().all(|check| check.wrong.is_none()) { Exit::Ok } else { Exit::Failure })
    }
}

fn say(context: &mut Context, Check { name, wrong }: &Check) -> Result<()> {
    if context.output.is_json() {
        return context.output.json(&json!({ "check": name, "ok": wrong.is_none(), "wrong": wrong }));
    }
    let verdict = wrong.as_deref().map_or("ok".to_owned(), |wrong| format!("WRONG: {wrong}"));
    context.output.line(format!("{name:<40}{verdict}"))
}

/// What is missing stops nothing but this destination (TWS-72), so it is no failure.
fn outside(context: &mut Context, db: &Db, destination: Destination, missing: &[&str]) -> Result<()> {
    let Known { health, reason, last_ok, .. } = destinations::known(db, destination)?;
    if context.output.is_json() {
        return context.output.json(&json!({
            "destination": destination.as_str(), "state": health.as_str(), "reason": reason,
            "last_ok": (last_ok.0 > 0).then(|| last_ok.rfc3339()), "missing": missing,
        }));
    }
    let state =
        if reason.is_empty() { health.as_str().to_owned() } else { format!("{}: {reason}", health.as_str()) };
    context.output.line(format!("{:<40}{state}", destination.as_str()))?;
    missing.iter().try_for_each(|sentence| context.output.line(format!("  {sentence}")))
}
