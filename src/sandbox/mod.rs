//! The loopback Twilio and upstream: what the demo, the tests and the simulation talk to instead of
//! the real ones. [`World`] is pure: both servers' state, the faults, the ledger and a clock that only
//! moves when told. [`Sandbox`] puts it on a socket. Nothing here knows our client: it is written from
//! `twilio/FACTS.md` and NIC's endpoint description alone, so that it can contradict it.

mod call;
mod control;
mod faults;
mod http;
mod ledger;
mod master;
mod ports;
mod reply;
mod shell;
mod smtp;
mod twilio;
mod upstream;

use std::fmt;
use std::time::Duration;

use ::http::{Request, Response};

pub use faults::{Fault, Kind, On, Target};
pub use ledger::{Entry, Ledger};
pub use shell::{Sandbox, WorldGuard, run_blocking};
pub use twilio::{Final, Steps};

use crate::domain::time::Micros;
use crate::wire;
use call::Call;
use faults::Faults;
use master::Master;
use reply::Reply;
use twilio::Twilio;
use upstream::Upstream;

/// Who moves the sandbox's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// Only `advance` and `set_clock`: tests never wait.
    #[default]
    Manual,
    /// The shell moves it along with real time: the demo.
    Real,
}

/// What the two servers are like. `Default` is a pair of plain servers; see [`Config::honest`].
#[derive(Clone)]
pub struct Config {
    /// Makes sids and shuffles repeatable, and different from another seed's.
    pub seed: u64,
    pub clock: Clock,
    /// Where the clock starts; with a real clock the time now, which only the caller can know.
    pub start: Micros,
    pub account_sid: String,
    pub auth_token: String,
    pub api_key_sid: String,
    pub api_key_secret: String,
    pub upstream_token: String,
    /// The numbers the Twilio account owns; any other `From` is 21606.
    pub our_numbers: Vec<String>,
    /// When a text reaches each status.
    pub steps: Steps,
    /// The upstream knows our extras: it repeats `client_ref` and keeps our `captured_at` (design 5).
    pub echo_client_ref: bool,
    /// The upstream answers a repeated `Idempotency-Key` (or `client_ref`) as the first time, with one row.
    pub dedupe: bool,
    /// The upstream refuses a second mark with 409 and says who was first; a plain one overwrites.
    pub careful_marks: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            clock: Clock::Manual,
            start: Micros::from_secs(1_767_225_600),
            account_sid: format!("AC{:032}", 0),
            auth_token: "sandbox-token".to_owned(),
            api_key_sid: format!("SK{:032}", 0),
            api_key_secret: "sandbox-secret".to_owned(),
            upstream_token: "sandbox-token".to_owned(),
            our_numbers: vec!["+23052500100".to_owned()],
            steps: Steps::default(),
            echo_client_ref: false,
            dedupe: false,
            careful_marks: false,
        }
    }
}

impl Config {
    /// An upstream that knows everything an honest client sends.
    #[must_use]
    pub fn honest() -> Self {
        Self { echo_client_ref: true, dedupe: true, careful_marks: true, ..Self::default() }
    }
}

/// What the network does with one request.
#[derive(Clone)]
pub enum Reaction {
    /// A complete answer.
    Respond(Response<Vec<u8>>),
    /// The connection was refused: the request never reached the server.
    Refuse,
    /// The request was read, and the connection closed after these bytes of the answer, if any.
    /// Whether it was stored is the ledger's to know and nobody else's.
    Cut { partial: Vec<u8> },
    /// The request was read and no answer ever comes.
    Hang,
    /// The reaction comes this much later.
    Delay(Duration, Box<Reaction>),
}

impl fmt::Debug for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Respond(answer) => write!(f, "Respond({})", answer.status().as_u16()),
            Self::Refuse => f.write_str("Refuse"),
            Self::Cut { partial } => write!(f, "Cut(after {} bytes)", partial.len()),
            Self::Hang => f.write_str("Hang"),
            Self::Delay(by, then) => write!(f, "Delay({by:?}, {then:?})"),
        }
    }
}

/// What a server may look at while it answers: lists can be out of date or out of order.
struct View {
    now: Micros,
    lists_as_of: Micros,
    shuffle: Option<Shuffle>,
}

/// Both servers. Equal configuration and equal calls give equal answers, byte for byte.
pub struct World {
    pub config: Config,
    initial: Config,
    now: Micros,
    draws: u64,
    twilio: Twilio,
    upstream: Upstream,
    master: Master,
    faults: Faults,
    ledger: Ledger,
}

impl World {
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            initial: config.clone(),
            now: config.start,
            draws: 0,
            twilio: Twilio::new(config.seed),
            upstream: Upstream::default(),
            master: Master::default(),
            faults: Faults::default(),
            ledger: Ledger::default(),
            config,
        }
    }

    /// Forgets everything and goes back to the first configuration. The clock stays where it is.
    pub fn reset(&mut self) {
        let now = self.now;
        *self = Self::new(self.initial.clone());
        self.now = now;
    }

    pub fn now(&self) -> Micros {
        self.now
    }

    /// What was received so far is history: the ledger counts from here on. What the servers stored
    /// stays.
    pub fn forget_requests(&mut self) {
        self.ledger = Ledger::default();
    }

    pub fn advance(&mut self, by: Duration) {
        self.now = self.now + by;
    }

    /// Also backwards: servers' clocks are wrong sometimes.
    pub fn set_clock(&mut self, to: Micros) {
        self.now = to;
    }

    /// Answers one request, or fails to, as the faults say. What was received is in the ledger.
    pub fn handle(&mut self, request: &Request<Vec<u8>>) -> Reaction {
        let call = Call::read(request);
        let fault = self.faults.take(call.target, call.on);
        if matches!(fault, Some(Kind::Refuse | Kind::Offline)) {
            return Reaction::Refuse;
        }
        let mut reply = if fault.as_ref().is_none_or(Kind::lets_it_happen) {
            let view = self.view(fault.as_ref());
            self.serve(&call, &view)
        } else {
            Reply::server_error(call.target)
        };
        let stored = reply.stored.take();
        let reaction = match &fault {
            Some(kind) => kind.react(&call, reply.response, self.now),
            None => Reaction::Respond(reply::dated(reply.response, self.now)),
        };
        self.ledger.record(&call, self.now, fault.as_ref(), stored, &reaction);
        reaction
    }

    /// A text arrives at one of our numbers. Twilio acts on STOP, START and HELP by itself
    /// (FACTS 11). Returns its sid.
    pub fn inbound(&mut self, from: &str, to: &str, body: &str) -> String {
        self.twilio.inbound(&self.config, self.now, from, to, body)
    }

    /// A text with files of these types arrives.
    pub fn inbound_media(&mut self, from: &str, to: &str, body: &str, kinds: &[String]) -> String {
        self.twilio.inbound_media(&self.config, self.now, (from, to, body), kinds)
    }

    /// From now on texts to `number` end like this instead of `delivered`.
    pub fn outcome_for(&mut self, number: &str, status: Final, error_code: Option<i64>) {
        self.twilio.outcome_for(number, status, error_code);
    }

    /// Somebody marks an update as synced without us. False if there is no such update.
    pub fn mark_elsewhere(&mut self, id: i64, by: i64) -> bool {
        self.upstream.mark_elsewhere(id, by, self.now)
    }

    /// Somebody at the master saves this customer; what is not said stays as it was.
    pub fn master_saves(&mut self, customer: wire::MasterCustomer) {
        self.master.save(customer, self.now);
    }

    /// Every customer the master has: the truth, whatever its lists show.
    pub fn master_customers(&self) -> Vec<wire::MasterCustomer> {
        self.master.customers()
    }

    pub fn add_fault(&mut self, fault: Fault) {
        self.faults.add(fault);
    }

    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// The faults still to come.
    pub fn faults(&self) -> &[Fault] {
        self.faults.rules()
    }

    /// Nothing at all is reachable, until the faults are cleared.
    pub fn is_offline(&self) -> bool {
        self.faults.is_offline()
    }

    /// A mail was taken.
    fn mailed(&mut self, to: &str, subject: &str) {
        let now = self.now();
        self.ledger.mailed(now, to, subject);
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Every message Twilio has, oldest first: the truth, whatever its lists show.
    pub fn messages(&self) -> Vec<wire::Message> {
        self.twilio.messages(&self.config, self.now)
    }

    /// Every row the upstream has, by id: the truth, whatever its lists show.
    pub fn updates(&self) -> Vec<wire::UpdateRow> {
        self.upstream.rows(self.now)
    }

    fn serve(&mut self, call: &Call<'_>, view: &View) -> Reply {
        match call.target {
            Some(Target::Twilio) => self.twilio.serve(&self.config, call, view),
            Some(Target::Upstream) => self.upstream.serve(&self.config, call, view),
            Some(Target::Master) => self.master.serve(&self.config, call, view),
            _ if call.segments.first().is_some_and(|place| place == "media") => {
                self.twilio.file(call, call.segments.get(1).map_or("", String::as_str))
            }
            _ => Reply::json(404, &serde_json::json!({"message": "No such address in the sandbox"})),
        }
    }

    fn view(&mut self, fault: Option<&Kind>) -> View {
        let age = if let Some(Kind::StaleLists { seconds }) = fault { *seconds } else { 0 };
        let shuffle = matches!(fault, Some(Kind::Reorder)).then(|| {
            self.draws += 1;
            Shuffle(self.config.seed.rotate_left(32) ^ self.draws)
        });
        View { now: self.now, lists_as_of: self.now - Duration::from_secs(age), shuffle }
    }
}

/// A repeatable disorder (splitmix64).
#[derive(Clone, Copy)]
struct Shuffle(u64);

impl Shuffle {
    fn apply<T>(self, rows: &mut [T]) {
        let mut state = self.0;
        for last in (1..rows.len()).rev() {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let pick = (mixed ^ (mixed >> 31)) % (last as u64 + 1);
            rows.swap(last, usize::try_from(pick).unwrap_or(last));
        }
    }
}

#[cfg(test)]
mod tests;
