//! `cordboard sync`: carries out what waits and fetches what is new, once or for as long as it runs.

use anyhow::Result;
use serde_json::{Value, json};

use super::context::Context;
use super::exit::Exit;
use super::output::Output;
use super::{clock, engine};
use crate::config::Config;
use crate::domain::job::Destination;
use crate::store::destinations::{self, Health, Known};
use crate::store::outbox::{self, Counts};
use crate::store::{self, Db};
use crate::sync::task::{Ended, Until};

#[derive(clap::Args)]
pub struct Args {
    /// Until everything that can be done is done; this is what happens anyway
    #[arg(long, conflicts_with = "watch")]
    once: bool,
    /// Go on until stopped, saying what changes
    #[arg(long)]
    watch: bool,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let config = context.config()?;
        let location = context.location()?;
        // For looking at; the task has threads of its own.
        let db = context.open(&location)?;
        let served = served(&config);
        let task = engine::plan(context, &config, &location, &db)?.open()?;
        let until = if self.watch { Until::Stopped } else { Until::Drained };
        let mut watched =
            Watched { output: &mut context.output, db: &db, served: &served, last: None, failed: Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let ended =
            runtime.block_on(async { task.run(until, told_to_stop(), || watched.look(until)).await })?;
        watched.failed?;
        let state = State::read(&db, &served)?;
        if until == Until::Drained {
            state.tell(&mut context.output, ended)?;
        }
        Ok(state.exit())
    }
}

/// Ctrl+C, or the signal that ends a service.
pub(super) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Says what changed, each time something did.
struct Watched<'a> {
    output: &'a mut Output,
    db: &'a Db,
    served: &'a [Destination],
    last: Option<State>,
    failed: Result<()>,
}

impl Watched<'_> {
    fn look(&mut self, until: Until) {
        if until == Until::Drained || self.failed.is_err() {
            return;
        }
        self.failed = self.tell();
    }

    fn tell(&mut self) -> Result<()> {
        let state = State::read(self.db, self.served)?;
        if self.last.as_ref() != Some(&state) {
            state.tell_in_one_line(self.output)?;
            self.output.flush()?;
            self.last = Some(state);
        }
        Ok(())
    }
}

/// The systems that this desk has to do with.
fn served(config: &Config) -> Vec<Destination> {
    let serves = |destination: &Destination| match destination {
        Destination::Twilio => true,
        Destination::Upstream => config.upstream.base_url.is_some(),
        Destination::Mail => config.mail.host.is_some(),
    };
    Destination::ALL.into_iter().filter(serves).collect()
}

/// What a person wants to know after a sync.
#[derive(PartialEq)]
struct State {
    counts: Counts,
    destinations: Vec<(Destination, Health, String)>,
}

impl State {
    fn read(db: &Db, served: &[Destination]) -> store::Result<Self> {
        let mut seen = Vec::new();
        for destination in served {
            let Known { health, reason, .. } = destinations::known(db, *destination)?;
            seen.push((*destination, health, reason));
        }
        Ok(Self { counts: outbox::counts(db)?, destinations: seen })
    }

    fn tell(&self, output: &mut Output, ended: Ended) -> Result<()> {
        if output.is_json() {
            return output.json(&self.as_json());
        }
        if ended == Ended::Elsewhere {
            output.line("another process is syncing this desk; it does the work")?;
        }
        for (destination, health, reason) in &self.destinations {
            let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            output.line(format!("{:<10}{}{because}", destination.as_str(), health.as_str()))?;
        }
        output.line(self.waits())
    }

    fn tell_in_one_line(&self, output: &mut Output) -> Result<()> {
        if output.is_json() {
            return output.json(&self.as_json());
        }
        let health = |(destination, health, _): &(Destination, Health, String)| {
            format!("{} {}", destination.as_str(), health.as_str())
        };
        let health: Vec<_> = self.destinations.iter().map(health).collect();
        output.line(format!("{}  {}  {}", clock::now(), health.join("  "), self.waits()))
    }

    fn waits(&self) -> String {
        let Counts { texts_waiting, mails_waiting, to_upload, unconfirmed, parked } = self.counts;
        let parts = [
            (texts_waiting, "to send"),
            (mails_waiting, "to mail"),
            (to_upload, "to upload"),
            (unconfirmed, "not confirmed"),
            (parked, "set aside"),
        ];
        let parts: Vec<_> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if parts.is_empty() { "nothing waits".to_owned() } else { parts.join("  ") }
    }

    fn as_json(&self) -> Value {
        let Counts { texts_waiting, mails_waiting, to_upload, unconfirmed, parked } = self.counts;
        let health = |(destination, health, reason): &(Destination, Health, String)| {
            (destination.as_str().to_owned(), json!({ "state": health.as_str(), "reason": reason }))
        };
        json!({
            "texts_waiting": texts_waiting, "mails_waiting": mails_waiting, "to_upload": to_upload,
            "unconfirmed": unconfirmed, "parked": parked,
            "destinations": self.destinations.iter().map(health).collect::<serde_json::Map<_, _>>(),
        })
    }

    /// What waits for a system that does not answer is the network's fault; what waits for one that
    /// refuses us is a failure that somebody has to mend.
    fn exit(&self) -> Exit {
        let waits = |destination: &Destination| match destination {
            Destination::Twilio => self.counts.texts_waiting > 0,
            Destination::Upstream => self.counts.to_upload > 0,
            Destination::Mail => self.counts.mails_waiting > 0,
        };
        let any = |wanted: Health| {
            self.destinations.iter().any(|(destination, health, _)| {
                *health == wanted && (waits(destination) || wanted == Health::Offline)
            })
        };
        if any(Health::Offline) {
            Exit::Network
        } else if any(Health::Refused) || any(Health::NotSetUp) {
            Exit::Failure
        } else {
            Exit::Ok
        }
    }
}
