//! `/_sandbox/*`: how a test or the demo looks into the World and changes it. Pure over the World; the
//! shell serves it on a port of its own, which answers even while the sandbox is offline.

use std::time::Duration;

use http::{Request, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::World;
use super::faults::Fault;
use super::reply::Reply;
use super::twilio::{Final, Steps};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inbound {
    from: String,
    /// Our first number, if absent.
    to: Option<String>,
    body: String,
    /// Types of files that come with it.
    #[serde(default)]
    media: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    id: i64,
    synced_by: i64,
}

/// Only what is given changes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    echo_client_ref: Option<bool>,
    dedupe: Option<bool>,
    careful_marks: Option<bool>,
    our_numbers: Option<Vec<String>>,
    steps: Option<Steps>,
    #[serde(default)]
    outcomes: Vec<Outcome>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    number: String,
    status: Final,
    error_code: Option<i64>,
}

pub(super) fn is_control(request: &Request<Vec<u8>>) -> bool {
    request.uri().path().starts_with("/_sandbox/")
}

/// Answers one control request.
pub(super) fn answer(world: &mut World, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    let path = request.uri().path().trim_start_matches("/_sandbox/");
    let answered = match (request.method().as_str(), path) {
        ("GET", "ledger") => Ok(to_json(world.ledger())),
        ("GET", "faults") => Ok(to_json(world.faults())),
        ("POST", "faults") => read(request).map(|fault: Fault| {
            world.add_fault(fault);
            to_json(world.faults())
        }),
        ("DELETE", "faults") => {
            world.clear_faults();
            Ok(to_json(world.faults()))
        }
        ("POST", "inbound") => read(request).and_then(|inbound| receive(world, &inbound)),
        ("GET", "clock") => Ok(clock(world)),
        ("POST", "clock") => read(request).map(|Advance { advance_ms }| {
            world.advance(Duration::from_millis(advance_ms));
            clock(world)
        }),
        ("POST", "reset") => {
            world.reset();
            Ok(clock(world))
        }
        ("POST", "config") => read(request).map(|settings| configure(world, settings)),
        ("POST", "mark") => read(request).and_then(|Mark { id, synced_by }| {
            let is_marked = world.mark_elsewhere(id, synced_by);
            is_marked.then(|| json!({ "id": id })).ok_or((404, format!("There is no update {id}")))
        }),
        _ => Err((404, "The sandbox has ledger, faults, inbound, clock, reset, config and mark".to_owned())),
    };
    match answered {
        Ok(body) => Reply::json(200, &body).response,
        Err((status, why)) => Reply::upstream_error(status, why).response,
    }
}

type Refusal = (u16, String);

fn read<T: DeserializeOwned>(request: &Request<Vec<u8>>) -> Result<T, Refusal> {
    serde_json::from_slice(request.body()).map_err(|why| (400, format!("The body does not fit: {why}")))
}

fn receive(world: &mut World, inbound: &Inbound) -> Result<Value, Refusal> {
    let ours = inbound.to.clone().or_else(|| world.config.our_numbers.first().cloned());
    let to = ours.ok_or((400, "`to` is missing, and the sandbox has no number of its own".to_owned()))?;
    Ok(json!({ "sid": world.inbound_media(&inbound.from, &to, &inbound.body, &inbound.media) }))
}

fn configure(world: &mut World, settings: Settings) -> Value {
    let config = &mut world.config;
    config.echo_client_ref = settings.echo_client_ref.unwrap_or(config.echo_client_ref);
    config.dedupe = settings.dedupe.unwrap_or(config.dedupe);
    config.careful_marks = settings.careful_marks.unwrap_or(config.careful_marks);
    config.steps = settings.steps.unwrap_or(config.steps);
    if let Some(numbers) = settings.our_numbers {
        config.our_numbers = numbers;
    }
    let now = json!({
        "echo_client_ref": config.echo_client_ref,
        "dedupe": config.dedupe,
        "careful_marks": config.careful_marks,
        "our_numbers": config.our_numbers,
        "steps": config.steps,
    });
    for outcome in settings.outcomes {
        world.outcome_for(&outcome.number, outcome.status, outcome.error_code);
    }
    now
}

fn clock(world: &World) -> Value {
    json!({ "now": world.now().rfc3339(), "micros": world.now() })
}

fn to_json(value: &(impl Serialize + ?Sized)) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
