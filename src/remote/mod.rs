//! What we ask of the two outside systems, and how their answers are understood.
//!
//! `encode` and `decode` are pure: a request becomes a plain `http::Request`, and what came back
//! becomes an [`Outcome`]. Only `client` opens sockets, so a simulation can put the sandbox's
//! `World` in between.

pub mod bearer;
pub mod classify;
pub mod client;
pub mod credentials;
pub mod mail;
pub mod master;
pub mod media;
mod reply;
pub mod twilio;
pub mod upstream;
mod url;

use std::time::Duration;

use crate::domain::job::Destination;
use crate::domain::mail::Mail;
use crate::domain::phone::E164;
use crate::domain::text::Body;
use crate::domain::time::Micros;
use crate::wire;

/// One call to an outside system.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a handful exist at a time, each on its way to the network")]
pub enum Request {
    /// Twilio: send a text (FACTS 2). Not safe to repeat.
    CreateMessage { from: E164, to: E164, body: Body },
    /// Twilio: one message by its sid.
    FetchMessage { sid: String },
    /// Twilio: what the files of a message are.
    ListMedia { sid: String },
    /// Twilio: first page of messages, filtered; `sent_since` is a GMT day `YYYY-MM-DD`.
    ListMessages { from: Option<E164>, to: Option<E164>, sent_since: Option<String>, page_size: u16 },
    /// Twilio: a further page, by the `next_page_uri` of the page before.
    NextMessages { uri: String },
    /// Upstream: NIC-78. `key` goes as `Idempotency-Key` header and as `client_ref`.
    CreateUpdate { key: String, update: wire::NewUpdate },
    /// Upstream: NIC-80..84.
    ListUpdates(ListUpdates),
    /// Upstream: NIC-79.
    LatestContact { customer_id: String },
    /// Upstream: NIC-85.
    MarkSynced { id: i64, synced_by: i64, synced_at: String },
    /// Upstream: NIC-86.
    BulkSync { ids: Vec<i64>, synced_by: i64 },
    /// Mail server: send a mail. Not safe to repeat.
    SendMail(Box<Mail>),
    /// Mail server: say hello.
    GreetMail,
    /// Master: its customers that have changed since, a page of them.
    ListCustomers { updated_since: Option<String>, cursor: Option<String>, limit: u32 },
}

/// Filters and paging of NIC-80..84. Dates are `YYYY-MM-DD`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUpdates {
    pub status: Option<String>,
    pub agent_id: Option<i64>,
    pub from_date: Option<String>,
    pub to_date: Option<String>,
    pub limit: u32,
    pub offset: u64,
}

impl Request {
    /// Which system it goes to; `None` is the master, for which no job ever waits.
    pub fn destination(&self) -> Option<Destination> {
        Some(match self {
            Self::ListCustomers { .. } => return None,
            Self::CreateMessage { .. }
            | Self::FetchMessage { .. }
            | Self::ListMedia { .. }
            | Self::ListMessages { .. }
            | Self::NextMessages { .. } => Destination::Twilio,
            Self::CreateUpdate { .. }
            | Self::ListUpdates(_)
            | Self::LatestContact { .. }
            | Self::MarkSynced { .. }
            | Self::BulkSync { .. } => Destination::Upstream,
            Self::SendMail(_) | Self::GreetMail => Destination::Mail,
        })
    }
}

/// A well-formed answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Message(Box<wire::Message>),
    Messages(wire::MessagePage),
    Media(wire::MediaPage),
    Created(wire::CreatedUpdate),
    Updates(wire::UpdatePage),
    Latest(wire::LatestContact),
    Marked(wire::MarkedUpdate),
    BulkMarked(wire::BulkMarked),
    /// The mail server has taken it on.
    Mailed,
    /// The mail server is there.
    Reached,
    Customers(wire::MasterPage),
}

/// What became of a request, in the classes of design 4.2. Every decision about repeating
/// something is made on these, never on a status code.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It happened, and here is what they said. `date` is the server's own clock (HTTP `Date`).
    Accepted { answer: Answer, date: Option<Micros> },
    /// It never left: name resolution, connecting or TLS failed.
    NotSent { why: String },
    /// It arrived and was turned away unprocessed (429, queue full): wait, then repeat.
    NotProcessed { why: String, retry_after: Option<Duration> },
    /// Refused for good, in the provider's own words. Status 0: refused here, nothing was sent.
    Rejected { status: u16, code: Option<i64>, why: String },
    /// Our credentials were refused: stop this destination, keep the jobs.
    Credential { why: String },
    /// There are none yet: nothing was sent, and nothing goes before somebody sets them.
    NotSetUp { why: String },
    /// It may or may not have happened.
    Ambiguous { why: String },
}

/// What the socket did, before anyone looked at the content.
#[derive(Clone, Debug)]
pub enum Transport {
    /// A complete answer.
    Response(http::Response<Vec<u8>>),
    /// Failed before the request could have left.
    NotSent(String),
    /// Failed after it may have left: timeout, reset, cut or oversized answer.
    Lost(String),
}

/// Where the two systems are and how to sign in. Built from the configuration, the environment
/// and the encrypted database by [`credentials`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    pub twilio: Option<twilio::Account>,
    pub upstream: Option<upstream::Account>,
    pub mail: Option<mail::Account>,
    pub master: Option<master::Account>,
    /// Why an account is absent, as sentences that name what to set (TWS-72).
    pub missing: Vec<Missing>,
}

/// Something that keeps an account from being complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub destination: Destination,
    pub sentence: String,
}

impl Endpoints {
    /// All that is missing for `destination`, in one line.
    pub fn missing(&self, destination: Destination) -> String {
        let here = self.missing.iter().filter(|missing| missing.destination == destination);
        let sentences: Vec<&str> = here.map(|missing| missing.sentence.as_str()).collect();
        match (sentences.is_empty(), destination) {
            (false, _) => sentences.join("; "),
            (true, Destination::Twilio) => "no Twilio account is set up".to_owned(),
            (true, Destination::Upstream) => "no upstream system is set up".to_owned(),
            (true, Destination::Mail) => "no server for mail is set up".to_owned(),
        }
    }
}

/// Turns a request into HTTP.
///
/// # Errors
/// [`Outcome::NotSetUp`] if there is no account for the destination, naming what is missing;
/// [`Outcome::Credential`] if there is one that cannot be used; [`Outcome::Rejected`] with status 0 for what we refuse to send.
#[expect(clippy::result_large_err, reason = "once per request, and the caller hands it on as it is")]
pub fn encode(request: &Request, to: &Endpoints) -> Result<http::Request<Vec<u8>>, Outcome> {
    let destination = request.destination();
    let http = match destination {
        // It goes over SMTP: see `mail`.
        Some(Destination::Mail) => Err(Unsent::unwritable("mail")),
        Some(Destination::Twilio) => twilio::encode(request, to.twilio.as_ref()),
        Some(Destination::Upstream) => upstream::encode(request, to.upstream.as_ref()),
        None => master::encode(request, to.master.as_ref()),
    };
    http.map_err(|unsent| match unsent {
        Unsent::NoAccount => Outcome::NotSetUp {
            why: destination
                .map_or_else(|| master::MISSING.to_owned(), |destination| to.missing(destination)),
        },
        Unsent::Account(why) => Outcome::Credential { why },
        Unsent::Content(why) => Outcome::Rejected { status: 0, code: None, why },
    })
}

/// Why a request could not be made.
#[derive(Clone, Debug, PartialEq)]
pub enum Unsent {
    NoAccount,
    /// The settings or credentials cannot be used.
    Account(String),
    /// The request itself must not be sent.
    Content(String),
}

impl Unsent {
    fn unwritable(what: &str) -> Self {
        Self::Content(format!("nothing was sent: the {what} cannot be written as HTTP"))
    }
}

/// Understands what came back for `request`.
pub fn decode(request: &Request, got: Transport) -> Outcome {
    match request.destination() {
        Some(Destination::Mail) => Outcome::Ambiguous { why: "a mail server does not speak HTTP".to_owned() },
        Some(Destination::Twilio) => twilio::decode(request, got),
        Some(Destination::Upstream) => upstream::decode(request, got),
        None => master::decode(got),
    }
}
