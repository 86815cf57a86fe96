//! A past for the demo: the real engine against the sandbox's `World`, with no socket between them
//! and a clock that is moved forward by hand. What happens here happens by the same code as later;
//! only the waiting is left out.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::domain::phone::{E164, PhonePolicy};
use crate::domain::time::Micros;
use crate::remote::{self, Endpoints, Outcome, Request, Transport, twilio, upstream};
use crate::sandbox::{Reaction, Steps, World};
use crate::store::lease::{self, BootClock, Lease};
use crate::store::open::Location;
use crate::store::{Db, claims};
use crate::sync::{Call, Engine, Event, Settings};
use crate::wire;

/// In the past nobody watches a text on its way.
const AT_ONCE: Steps = Steps { sending_ms: 0, sent_ms: 500, final_ms: 1_500, price_ms: 1_600 };

/// The desk and the world outside, at one moment.
pub struct Past<'a> {
    pub db: &'a mut Db,
    pub world: &'a mut World,
    now: Micros,
    engine: Engine,
    lease: Lease,
    endpoints: Endpoints,
    usual: Steps,
    /// Counts what other desks captured: ids of theirs.
    elsewhere: u8,
}

impl<'a> Past<'a> {
    /// Begins at `start`, which is before everything that is to happen.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn begin(
        db: &'a mut Db,
        world: &'a mut World,
        at: &Location,
        policy: PhonePolicy,
        start: Micros,
    ) -> Result<Self> {
        let boot = BootClock::read();
        let lease = lease::take(db, &at.database, "the demo's past", &boot, start)?;
        let lease = lease.context("another process works on the demo's new folder")?;
        let settings = Settings {
            numbers: world.config.our_numbers.iter().filter_map(|ours| E164::parse(ours)).collect(),
            upstream: true,
            mail: false,
            national: true,
            policy,
            poll_inbound: Duration::from_secs(60),
            poll_upstream: Duration::from_secs(3600),
            master: crate::sync::Master::default(),
        };
        let engine = Engine::start(db, lease.epoch, settings, world.config.seed, start)?;
        let usual = std::mem::replace(&mut world.config.steps, AT_ONCE);
        world.set_clock(start);
        let endpoints = endpoints(world);
        Ok(Self { db, world, now: start, engine, lease, endpoints, usual, elsewhere: 0 })
    }

    pub fn now(&self) -> Micros {
        self.now
    }

    /// Goes on to a later moment. Nothing is done on the way.
    pub fn go_to(&mut self, to: Micros) {
        self.now = self.now.max(to);
        self.world.set_clock(self.now);
    }

    /// Goes on by `by`, and what is due on the way is done.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn pass(&mut self, by: Duration) -> Result<()> {
        let end = self.now + by;
        self.step()?;
        while let Some(next) = self.engine.wake(self.db, self.now)?.filter(|next| *next <= end) {
            self.go_to(next);
            self.step()?;
        }
        self.go_to(end);
        Ok(())
    }

    /// Another desk tells the upstream of an update.
    ///
    /// # Errors
    /// The upstream refuses it.
    pub fn captured_elsewhere(&mut self, update: wire::NewUpdate) -> Result<()> {
        let millis = u64::try_from(self.now.0 / 1000).unwrap_or(0);
        self.elsewhere += 1;
        let key = uuid::Builder::from_unix_timestamp_millis(millis, &[self.elsewhere; 10]).into_uuid();
        let request = Request::CreateUpdate { key: key.to_string(), update };
        match carry(self.world, &self.endpoints, &request) {
            Outcome::Accepted { .. } => Ok(()),
            other => anyhow::bail!("the sandbox's upstream did not take an update: {other:?}"),
        }
    }

    /// The curtain rises at `now`: all of this was before.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn end(mut self, now: Micros) -> Result<()> {
        self.go_to(now);
        claims::leave(self.db, self.lease.epoch, now)?;
        self.world.config.steps = self.usual;
        self.world.forget_requests();
        Ok(())
    }

    fn step(&mut self) -> Result<()> {
        let mut events = vec![Event::Tick];
        while !events.is_empty() {
            let calls = self.engine.steps(self.db, self.now, events)?;
            let answered = |call: Call| Event::Reply {
                ticket: call.ticket,
                outcome: carry(self.world, &self.endpoints, &call.request),
            };
            events = calls.into_iter().map(answered).collect();
        }
        Ok(())
    }
}

fn carry(world: &mut World, endpoints: &Endpoints, request: &Request) -> Outcome {
    match remote::encode(request, endpoints) {
        Ok(http) => remote::decode(request, transport(world.handle(&http))),
        Err(outcome) => outcome,
    }
}

fn transport(reaction: Reaction) -> Transport {
    match reaction {
        Reaction::Respond(answer) => Transport::Response(answer),
        Reaction::Refuse => Transport::NotSent("connection refused".into()),
        Reaction::Cut { .. } | Reaction::Hang => Transport::Lost("the connection was reset".into()),
        Reaction::Delay(_, then) => transport(*then),
    }
}

/// The address is never dialled.
fn endpoints(world: &World) -> Endpoints {
    let (config, base_url) = (&world.config, "http://127.0.0.1:1".to_owned());
    Endpoints {
        twilio: Some(twilio::Account {
            base_url: base_url.clone(),
            account_sid: config.account_sid.clone(),
            user: config.account_sid.clone(),
            secret: config.auth_token.clone(),
        }),
        upstream: Some(upstream::Account { base_url, token: config.upstream_token.clone() }),
        ..Endpoints::default()
    }
}
