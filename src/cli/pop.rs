//! `cordboard pop`: a call comes in, and the user's desk shows who it is. For the telephone system, or
//! whatever knows the number; without a desk the card is printed here.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use super::context::{Context, Desk};
use super::customers::show;
use super::exit::{Exit, refuse};
use super::{clock, lookup};
use crate::domain::phone::{Accept, E164, PhonePolicy};
use crate::store::{presence, ring, search};
use crate::tui;

/// A desk that runs shows a call well within this; one that does not has crashed, or is locked.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between two looks whether it was shown.
const LOOK: Duration = Duration::from_millis(20);

/// Of a family on one number.
const LISTED: u32 = 50;

#[derive(clap::Args)]
pub struct Args {
    /// The caller's number, in any form
    number: String,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let policy = PhonePolicy { accept: Accept::International, ..desk.config.phone_policy() };
        let number = policy
            .accept(&self.number)
            .map_err(|why| refuse(Exit::Usage, format!("\"{}\" is no number: {why}", self.number)))?;
        if rings(&mut desk, &number)? { told(&mut desk, &number) } else { print(&mut desk, &number) }
    }
}

/// Rings on the user's desk; false if none shows it.
fn rings(desk: &mut Desk<'_>, number: &E164) -> Result<bool> {
    let at = clock::now();
    if !presence::has_desk(&desk.db, &desk.actor, at)? {
        return Ok(false);
    }
    ring::ring(&mut desk.db, &desk.actor, at, number)?;
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if ring::was_shown(&desk.db, &desk.actor, at)? {
            return Ok(true);
        }
        thread::sleep(LOOK);
    }
    Ok(!ring::take_back(&mut desk.db, &desk.actor, clock::now(), at)?)
}

fn told(desk: &mut Desk<'_>, number: &E164) -> Result<Exit> {
    let who = ring::who_has(&desk.db, &desk.actor, number)?;
    if desk.output.is_json() {
        let ids: Vec<_> = who.iter().map(|(id, _)| id).collect();
        desk.output.json(&json!({ "rings": number.as_str(), "user": desk.actor.name, "customers": ids }))?;
        return Ok(Exit::Ok);
    }
    let who = match who.as_slice() {
        [] => "nobody on file has it".to_owned(),
        [(_, name)] => name.clone(),
        several => format!("{} on this number", several.len()),
    };
    let number = desk.shown_number(number);
    desk.output.line(format!("rings on the desk of {}: {number}, {who}", desk.actor.name))?;
    Ok(Exit::Ok)
}

/// The card of the one who has the number; of several a list.
fn print(desk: &mut Desk<'_>, number: &E164) -> Result<Exit> {
    match ring::who_has(&desk.db, &desk.actor, number)?.as_slice() {
        [] => {
            let number = desk.shown_number(number);
            desk.output.note(format!("nobody on file has {number}, and no desk of yours runs to show it"));
            Ok(Exit::NotFound)
        }
        [(id, _)] => show::card(desk, *id).map(|_| Exit::Ok),
        _ => {
            let now = clock::now();
            let found =
                search::lookup(&desk.db, &desk.actor, now, tui::offset(now), number.as_str(), LISTED)?;
            lookup::list(desk, &found)?;
            Ok(Exit::Ok)
        }
    }
}
