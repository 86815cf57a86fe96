//! The loop around the engine: takes the lease, performs requests, feeds the outcomes back.
//!
//! The engine runs on the store's writer thread, moved in and out with every batch of events: so
//! nothing here waits for the disk, and nothing there for the network.

use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{sleep, timeout};

use super::engine::{Call, Engine, Event, Settings};
use crate::domain::time::Micros;
use crate::remote::client::Client;
use crate::remote::{Endpoints, Outcome};
use crate::store::lease::{self, BootClock, Lease};
use crate::store::threads::Store;
use crate::store::{Db, Result, claims};

/// How often a commit of another process is looked for.
const PEEK: Duration = Duration::from_millis(100);

/// How often the lease is renewed; well within its life.
const RENEW_US: i64 = 15_000_000;

/// How often newly due work is looked for while requests are under way.
const TICK: Duration = Duration::from_millis(250);

/// How long replies under way are waited for when the task is told to stop.
const FAREWELL: Duration = Duration::from_secs(5);

/// `--once` waits for what becomes due within this: the longest undo window, and some.
const ONCE: Duration = Duration::from_secs(31);

/// A request that has not left within this long after its gates were asked stays here: the machine
/// slept, and everything may have changed.
const STALE_US: i64 = 10_000_000;

/// Before the lease is asked for again.
const PAUSE: Duration = Duration::from_secs(1);

/// What the task needs of the world.
pub struct Task {
    pub store: Arc<Store>,
    pub database: PathBuf,
    pub client: Client,
    pub settings: Settings,
    /// Reads the credentials: they may be set while the task runs.
    pub endpoints: Arc<dyn Fn(&Db) -> Endpoints + Send + Sync>,
    pub clock: fn() -> Micros,
}

/// How long the task goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Everything that can be done has been done.
    Drained,
    /// Told to stop.
    Stopped,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Drained,
    Stopped,
    /// Another process has the lease and does the work.
    Elsewhere,
}

/// What one batch of events came to.
struct Batch {
    engine: Engine,
    calls: Vec<Call>,
    endpoints: Option<Arc<Endpoints>>,
    wake: Option<Micros>,
    done: bool,
    version: i64,
    /// When the gates were asked, by the boot clock.
    at: i64,
}

impl Task {
    /// Runs until it is drained or `stop` completes. `changed` is called after every batch that
    /// did something.
    ///
    /// # Errors
    /// With [`Until::Drained`], what the disk said; otherwise it tries again for ever.
    pub async fn run(
        &self,
        until: Until,
        stop: impl Future<Output = ()>,
        mut changed: impl FnMut(),
    ) -> Result<Ended> {
        let mut stop = pin!(stop);
        loop {
            let Some(lease) = self.take_lease().await? else {
                if until == Until::Drained {
                    return Ok(Ended::Elsewhere);
                }
                tokio::select! {
                    () = sleep(PAUSE) => continue,
                    () = &mut stop => return Ok(Ended::Stopped),
                }
            };
            let held = self.hold(&lease, until, stop.as_mut(), &mut changed).await;
            self.leave(lease.epoch).await;
            match held {
                Ok(ended) => return Ok(ended),
                Err(why) if until == Until::Drained => return Err(why),
                Err(why) => tracing::warn!(%why, "the sync starts over"),
            }
            drop(lease);
            tokio::select! {
                () = sleep(PAUSE) => {}
                () = &mut stop => return Ok(Ended::Stopped),
            }
        }
    }

    async fn take_lease(&self) -> Result<Option<Lease>> {
        let (database, clock) = (self.database.clone(), self.clock);
        let holder = format!("process {}", std::process::id());
        self.store.write(move |db| lease::take(db, &database, &holder, &BootClock::read(), clock())).await
    }

    /// What the engine has under way when it ends without a crash is nobody's poison.
    async fn leave(&self, epoch: i64) {
        let clock = self.clock;
        if let Err(why) = self.store.write(move |db| claims::leave(db, epoch, clock())).await {
            tracing::warn!(%why, "what was under way is put right at the next start");
        }
    }

    /// Runs one engine for as long as it holds the lease.
    async fn hold(
        &self,
        lease: &Lease,
        until: Until,
        mut stop: Pin<&mut impl Future<Output = ()>>,
        changed: &mut impl FnMut(),
    ) -> Result<Ended> {
        let (settings, epoch, clock) = (self.settings.clone(), lease.epoch, self.clock);
        let seed = u64::try_from(clock().0).unwrap_or(1);
        let mut engine =
            self.store.write(move |db| Engine::start(db, epoch, settings, seed, clock())).await?;
        let (replies, mut inbox) = mpsc::unbounded_channel();
        let mut events = vec![Event::Tick];
        let mut endpoints = Arc::new(Endpoints::default());
        let mut version = -1;
        let mut renewed = BootClock::read().micros;
        loop {
            let boot = BootClock::read();
            if boot.micros - renewed > RENEW_US {
                renewed = boot.micros;
                self.store.write(move |db| lease::renew(db, epoch, &boot, clock())).await?;
            }
            let batch = self.step(engine, std::mem::take(&mut events), version, endpoints.clone()).await?;
            if let Some(new) = batch.endpoints {
                endpoints = new;
            }
            engine = batch.engine;
            version = batch.version;
            for call in batch.calls {
                self.perform(call, batch.at, endpoints.clone(), replies.clone());
            }
            changed();
            if until == Until::Drained && batch.done {
                return Ok(Ended::Drained);
            }
            tokio::select! {
                () = &mut stop => {
                    self.farewell(engine, &mut inbox, version, &endpoints).await?;
                    return Ok(Ended::Stopped);
                }
                got = self.something(&mut inbox, batch.wake, version) => events = got?,
            }
        }
    }

    /// Runs the engine over a batch of events, on the writer's thread.
    async fn step(
        &self,
        mut engine: Engine,
        events: Vec<Event>,
        version: i64,
        known: Arc<Endpoints>,
    ) -> Result<Batch> {
        let (clock, source) = (self.clock, self.endpoints.clone());
        self.store
            .write(move |db| {
                let now_version = db.data_version()?;
                // Somebody else has committed: credentials may be among it.
                let endpoints = if now_version == version { None } else { Some(source(db)) };
                let endpoints = endpoints.filter(|new| *new != *known).map(Arc::new);
                if endpoints.is_some() {
                    engine.reconnect();
                }
                let at = BootClock::read().micros;
                let calls = engine.steps(db, clock(), events)?;
                let now = clock();
                // With requests under way the next reply is soon enough; asking costs a look at the
                // whole queue.
                let wake = if engine.is_idle() { engine.wake(db, now)? } else { Some(now + TICK) };
                let done = calls.is_empty() && engine.is_done(db, now + ONCE)?;
                Ok(Batch { engine, calls, endpoints, wake, done, version: now_version, at })
            })
            .await
    }

    fn perform(&self, call: Call, at: i64, endpoints: Arc<Endpoints>, replies: UnboundedSender<Event>) {
        let client = self.client.clone();
        tokio::spawn(async move {
            let outcome = if BootClock::read().micros - at > STALE_US {
                Outcome::NotSent { why: "this machine slept before it could leave".to_owned() }
            } else {
                client.perform(&call.request, &endpoints).await
            };
            // Nobody listening any more means that the task has ended; the next one recovers.
            let _ = replies.send(Event::Reply { ticket: call.ticket, outcome });
        });
    }

    /// Waits for replies, for the time `wake`, or for a commit of somebody else.
    async fn something(
        &self,
        inbox: &mut UnboundedReceiver<Event>,
        wake: Option<Micros>,
        version: i64,
    ) -> Result<Vec<Event>> {
        loop {
            match timeout(PEEK, inbox.recv()).await {
                Ok(Some(event)) => {
                    let mut events = vec![event];
                    while let Ok(event) = inbox.try_recv() {
                        events.push(event);
                    }
                    return Ok(events);
                }
                Ok(None) | Err(_) => {
                    let due = wake.is_some_and(|wake| wake <= (self.clock)());
                    if due || self.store.write(|db| db.data_version()).await? != version {
                        return Ok(vec![Event::Tick]);
                    }
                }
            }
        }
    }

    /// Takes in the replies that still come; what does not is in doubt at the next start.
    async fn farewell(
        &self,
        mut engine: Engine,
        inbox: &mut UnboundedReceiver<Event>,
        version: i64,
        endpoints: &Arc<Endpoints>,
    ) -> Result<()> {
        engine.wind_up();
        let deadline = tokio::time::Instant::now() + FAREWELL;
        while !engine.is_idle() {
            let Ok(Some(event)) = tokio::time::timeout_at(deadline, inbox.recv()).await else { break };
            engine = self.step(engine, vec![event], version, endpoints.clone()).await?.engine;
        }
        Ok(())
    }
}
