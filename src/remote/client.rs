//! The only socket: one HTTP exchange, capped in time and size, and the honest word on whether it
//! may have left. It never follows a redirect, so credentials go where the settings say, and it
//! never repeats anything: that is the outbox's decision alone.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::upstream::IDEMPOTENCY_KEY;
use super::{Endpoints, Outcome, Request, Transport, decode, encode, mail};

/// Where the client may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Only to this machine: `demo` and `sandbox`, whatever credentials and proxies are set.
    LoopbackOnly,
    Anywhere,
}

/// How long and how much.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Name resolution, TCP and TLS.
    pub connect: Duration,
    /// The whole exchange.
    pub whole: Duration,
    /// Bytes of the answer, unpacked.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), whole: Duration::from_secs(30), body: 4 << 20 }
    }
}

/// Performs requests. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    loopback: Lines,
    /// Absent under [`Guard::LoopbackOnly`]: then nothing in the process can leave the machine.
    outside: Option<Lines>,
    limits: Limits,
    guard: Guard,
}

/// Makes `ring` the process's TLS library. Harmless to repeat.
pub fn install_tls_provider() {
    // An error only says that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Client {
    /// A client with the usual [`Limits`].
    ///
    /// # Errors
    /// If TLS cannot be set up, such as without any CA certificate on the machine.
    pub fn new(guard: Guard) -> anyhow::Result<Self> {
        Self::with_limits(guard, Limits::default())
    }

    /// See [`Client::new`].
    ///
    /// # Errors
    /// The same.
    pub fn with_limits(guard: Guard, limits: Limits) -> anyhow::Result<Self> {
        install_tls_provider();
        let outside = match guard {
            Guard::LoopbackOnly => None,
            Guard::Anywhere => Some(Lines::outside(&limits).context(
                "TLS could not be set up: install the system's CA certificates (package ca-certificates), \
                 or name a file of them in SSL_CERT_FILE",
            )?),
        };
        Ok(Self { loopback: Lines::loopback(&limits)?, outside, limits, guard })
    }

    /// Encodes, sends, understands.
    pub async fn perform(&self, request: &Request, endpoints: &Endpoints) -> Outcome {
        match request {
            Request::SendMail(mail) => return mail::perform(self.guard, Some(mail), endpoints).await,
            Request::GreetMail => return mail::perform(self.guard, None, endpoints).await,
            _ => {}
        }
        match encode(request, endpoints) {
            Ok(http) => decode(request, self.send(http).await),
            Err(outcome) => outcome,
        }
    }

    /// One exchange.
    pub async fn send(&self, request: http::Request<Vec<u8>>) -> Transport {
        let local = is_loopback(request.uri());
        let plain = request.uri().scheme_str() == Some("http");
        let lines = match &self.outside {
            None if !local => {
                return Transport::NotSent(
                    "this is the demo or the sandbox: it only talks to 127.0.0.1 and localhost".to_owned(),
                );
            }
            Some(outside) if !(local && plain) => outside,
            // Also for everyday work: a proxy of the environment has no business in between.
            _ => &self.loopback,
        };
        match exchange(lines.pick(&request), request, self.limits.body).await {
            Ok(response) => Transport::Response(response),
            Err(Failure::NotSent(why)) => Transport::NotSent(why),
            Err(Failure::Lost(why)) => Transport::Lost(why),
        }
    }
}

/// Two pools of connections to the same places.
#[derive(Clone, Debug)]
struct Lines {
    /// Kept open between requests.
    kept: reqwest::Client,
    /// Opened for one request each.
    fresh: reqwest::Client,
}

impl Lines {
    fn loopback(limits: &Limits) -> anyhow::Result<Self> {
        // Twice closed: names resolve to 127.0.0.1 or not at all, and with the source address bound
        // to it the kernel refuses a route to any literal address elsewhere. No certificates: there
        // is nobody to trust over TLS here, and a machine without any must still run the demo.
        let build = || {
            base(limits)
                .no_proxy()
                .dns_resolver(LocalhostOnly)
                .local_address(IpAddr::V4(Ipv4Addr::LOCALHOST))
                .tls_certs_only([])
        };
        Self::build(build)
    }

    fn outside(limits: &Limits) -> anyhow::Result<Self> {
        Self::build(|| base(limits))
    }

    fn build(build: impl Fn() -> reqwest::ClientBuilder) -> anyhow::Result<Self> {
        Ok(Self { kept: build().build()?, fresh: build().pool_max_idle_per_host(0).build()? })
    }

    /// A kept connection may have been closed by the server just as we write on it, and then nobody
    /// can say whether the request counted. hyper repeats by itself only what it never began to
    /// write, so nothing is sent twice, but a text would end as "not confirmed" for no reason.
    /// Such requests get a connection of their own; what a server recognises by key, or what
    /// changes nothing, shares the kept ones.
    fn pick(&self, request: &http::Request<Vec<u8>>) -> &reqwest::Client {
        let repeatable = request.method().is_safe() || request.headers().contains_key(IDEMPOTENCY_KEY);
        if repeatable { &self.kept } else { &self.fresh }
    }
}

fn base(limits: &Limits) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("cordboard/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(limits.connect)
        .timeout(limits.whole)
        // Shorter than servers keep idle connections, to meet a closing one rarely.
        .pool_idle_timeout(Duration::from_secs(20))
}

/// Resolves `localhost` without asking anybody, and nothing else.
struct LocalhostOnly;

impl Resolve for LocalhostOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let local = name.as_str().eq_ignore_ascii_case("localhost");
        Box::pin(std::future::ready(if local {
            // Port 0 stands for the port of the URL.
            Ok(Box::new(std::iter::once(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))) as Addrs)
        } else {
            Err("only localhost has an address here".into())
        }))
    }
}

fn is_loopback(uri: &http::Uri) -> bool {
    uri.host().is_some_and(|host| {
        host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback())
    })
}

enum Failure {
    NotSent(String),
    Lost(String),
}

async fn exchange(
    client: &reqwest::Client,
    request: http::Request<Vec<u8>>,
    limit: usize,
) -> Result<http::Response<Vec<u8>>, Failure> {
    let request = reqwest::Request::try_from(request).map_err(|error| Failure::NotSent(sentence(error)))?;
    let mut answer = client.execute(request).await.map_err(|error| {
        if error.is_connect() || error.is_builder() {
            Failure::NotSent(sentence(error))
        } else {
            Failure::Lost(sentence(error))
        }
    })?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| Failure::Lost(sentence(error)))? {
        if body.len() + chunk.len() > limit {
            return Err(Failure::Lost(format!("the answer is larger than {limit} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = http::Response::new(body);
    *response.status_mut() = answer.status();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(response)
}

/// The innermost cause; never the URL, which holds numbers and account ids.
fn sentence(error: reqwest::Error) -> String {
    let what = if error.is_connect() { "could not connect" } else { "the connection failed" };
    if error.is_timeout() {
        let what = if error.is_connect() { what } else { "no answer" };
        return format!("{what} in time");
    }
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("{what}: {cause}")
}

#[cfg(test)]
mod tests;
