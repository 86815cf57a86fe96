//! A test bench: the real engine and store against the sandbox, a clock that only moves when told,
//! and a network that loses what it is told to lose. Either the `World` is called directly, in one
//! thread, or through the production client over real HTTP.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use cordboard::domain::phone::E164;
use cordboard::domain::time::Micros;
use cordboard::remote::client::{Client, Guard, Limits};
use cordboard::remote::{self, Endpoints, Outcome, Request, Transport, master, twilio, upstream};
use cordboard::sandbox::{Config, Reaction, Sandbox, World, WorldGuard};
use cordboard::store::lease::{self, BootClock, Lease};
use cordboard::sync::{Call, Engine, Event, Master, Settings, Ticket};

use super::{Desk, OURS, POLICY, START};

/// The client's patience for a whole exchange.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How requests reach the sandbox.
#[expect(clippy::large_enum_variant, reason = "there is one in a test")]
enum Net {
    Direct(Box<World>),
    Http { sandbox: Sandbox, client: Client, runtime: tokio::runtime::Runtime },
}

/// The `World`, wherever it is.
pub enum WorldRef<'a> {
    Direct(&'a mut World),
    Http(WorldGuard<'a>),
}

impl Deref for WorldRef<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        match self {
            Self::Direct(world) => world,
            Self::Http(guard) => guard,
        }
    }
}

impl DerefMut for WorldRef<'_> {
    fn deref_mut(&mut self) -> &mut World {
        match self {
            Self::Direct(world) => world,
            Self::Http(guard) => guard,
        }
    }
}

pub struct Bench {
    pub desk: Desk,
    net: Net,
    pub now: Micros,
    /// Asked of every text at the moment it goes on the wire.
    pub texts_sent: Vec<(E164, bool)>,
    running: Option<(Engine, Lease)>,
    /// Replies on their way: when they arrive, to which request.
    replies: Vec<(Micros, Ticket, Outcome)>,
    epoch_seed: u64,
}

pub fn settings() -> Settings {
    Settings {
        numbers: vec![E164::parse(OURS).unwrap()],
        upstream: true,
        mail: false,
        national: true,
        policy: POLICY,
        poll_inbound: Duration::from_secs(10),
        poll_upstream: Duration::from_secs(60),
        master: Master::default(),
    }
}

pub fn endpoints(config: &Config, base: &str) -> Endpoints {
    Endpoints {
        twilio: Some(twilio::Account {
            base_url: base.to_owned(),
            account_sid: config.account_sid.clone(),
            user: config.account_sid.clone(),
            secret: config.auth_token.clone(),
        }),
        upstream: Some(upstream::Account { base_url: base.to_owned(), token: config.upstream_token.clone() }),
        master: Some(master::Account { base_url: base.to_owned(), token: config.upstream_token.clone() }),
        ..Endpoints::default()
    }
}

impl Bench {
    /// Calls the `World` directly.
    pub fn direct(config: Config, seed: u64) -> Self {
        let world = World::new(Config { start: START, ..config });
        Self::new(Net::Direct(Box::new(world)), seed)
    }

    /// Talks to the sandbox over HTTP, with a client that loses patience soon.
    pub fn http(config: Config, seed: u64) -> Self {
        let sandbox = Sandbox::start(Config { start: START, ..config }).unwrap();
        let limits = Limits { whole: Duration::from_millis(400), ..Limits::default() };
        let client = Client::with_limits(Guard::LoopbackOnly, limits).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self::new(Net::Http { sandbox, client, runtime }, seed)
    }

    fn new(net: Net, seed: u64) -> Self {
        let desk = Desk::new();
        let mut bench = Self {
            desk,
            net,
            now: START,
            texts_sent: Vec::new(),
            running: None,
            replies: Vec::new(),
            epoch_seed: seed,
        };
        bench.start();
        bench
    }

    pub fn world(&mut self) -> WorldRef<'_> {
        match &mut self.net {
            Net::Direct(world) => WorldRef::Direct(world),
            Net::Http { sandbox, .. } => WorldRef::Http(sandbox.world()),
        }
    }

    /// Starts an engine if none runs.
    pub fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        let boot = BootClock { id: "bench".into(), micros: self.now.0 };
        let database = self.desk.location.database.clone();
        let lease = lease::take(&mut self.desk.db, &database, "bench", &boot, self.now).unwrap().unwrap();
        self.epoch_seed += 1;
        let engine =
            Engine::start(&mut self.desk.db, lease.epoch, settings(), self.epoch_seed, self.now).unwrap();
        self.running = Some((engine, lease));
        self.feed(Event::Tick);
    }

    /// The process dies: whatever was on its way back is never heard of.
    pub fn crash(&mut self) {
        self.running = None;
        self.replies.clear();
    }

    /// Somebody sets this machine's clock; what is on its way arrives when it would have.
    pub fn set_clock(&mut self, to: Micros) {
        let by = to.0 - self.now.0;
        self.now = to;
        self.replies.iter_mut().for_each(|(at, ..)| *at = Micros(at.0 + by));
    }

    pub fn advance(&mut self, by: Duration) {
        self.now = self.now + by;
        self.world().advance(by);
    }

    /// Feeds one event and performs what comes out of it.
    pub fn feed(&mut self, event: Event) {
        let Some((engine, _)) = &mut self.running else { return };
        let calls = engine.step(&mut self.desk.db, self.now, event).unwrap();
        for call in calls {
            self.perform(&call);
        }
    }

    fn perform(&mut self, call: &Call) {
        if let Request::CreateMessage { to, .. } = &call.request {
            let allowed = self.desk.may_text(to, None);
            self.texts_sent.push((to.clone(), allowed));
        }
        let config = self.world().config.clone();
        let (wait, outcome) = match &mut self.net {
            Net::Direct(world) => {
                match remote::encode(&call.request, &endpoints(&config, "http://127.0.0.1:1")) {
                    Err(outcome) => (Duration::ZERO, outcome),
                    Ok(http) => {
                        let (wait, transport) = carry(world.handle(&http));
                        (wait, remote::decode(&call.request, transport))
                    }
                }
            }
            Net::Http { sandbox, client, runtime } => {
                let endpoints = endpoints(&config, &sandbox.url());
                (Duration::ZERO, runtime.block_on(client.perform(&call.request, &endpoints)))
            }
        };
        self.replies.push((self.now + wait, call.ticket, outcome));
    }

    /// Delivers the next reply or moves the clock to the next thing that is due, up to `end`.
    /// False when there is nothing before it.
    pub fn turn(&mut self, end: Micros) -> bool {
        let Some((engine, _)) = &self.running else {
            return false;
        };
        let wake = engine.wake(&self.desk.db, self.now).unwrap();
        self.replies.sort_by_key(|(at, ticket, _)| (*at, *ticket));
        let reply = self.replies.first().map(|(at, ..)| *at);
        let Some(next) = wake.into_iter().chain(reply).min().filter(|at| *at <= end) else {
            return false;
        };
        self.advance(next.since(self.now));
        let event = if reply.is_some_and(|at| at <= self.now) {
            let (_, ticket, outcome) = self.replies.remove(0);
            Event::Reply { ticket, outcome }
        } else {
            Event::Tick
        };
        self.feed(event);
        true
    }

    /// Runs for a span of the bench's time.
    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.turn(end) {}
        self.advance(end.since(self.now));
    }
}

/// How a client sees what the network does.
pub fn carry(reaction: Reaction) -> (Duration, Transport) {
    match reaction {
        Reaction::Respond(answer) => (Duration::from_millis(50), Transport::Response(answer)),
        Reaction::Refuse => (Duration::from_millis(5), Transport::NotSent("connection refused".into())),
        Reaction::Cut { .. } => (Duration::from_millis(50), Transport::Lost("connection reset".into())),
        Reaction::Hang => (TIMEOUT, Transport::Lost("no answer within 30 s".into())),
        Reaction::Delay(by, then) => {
            let (wait, transport) = carry(*then);
            let total = by + wait;
            if total < TIMEOUT {
                (total, transport)
            } else {
                (TIMEOUT, Transport::Lost("no answer within 30 s".into()))
            }
        }
    }
}
