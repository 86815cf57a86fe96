//! The upstream system: the five endpoints NIC-78..86.
use super::{Outcome, Request, Transport};

/// Where the upstream is, and its bearer token.
#[derive(Clone)]
pub struct Account {
    pub base_url: String,
    pub token: String,
}

pub fn encode(_: &Request, _: Option<&Account>) -> Result<http::Request<Vec<u8>>, Outcome> {
    unimplemented!()
}
pub fn decode(_: &Request, _: Transport) -> Outcome {
    unimplemented!()
}
