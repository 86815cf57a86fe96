//! Twilio's 2010 API, as `twilio/FACTS.md` says it behaves.
use super::{Outcome, Request, Transport};

/// How to sign in to Twilio (FACTS 1). `user` is the account sid or an API key sid;
/// the path always carries `account_sid`.
#[derive(Clone)]
pub struct Account {
    pub base_url: String,
    pub account_sid: String,
    pub user: String,
    pub secret: String,
}

pub fn encode(_: &Request, _: Option<&Account>) -> Result<http::Request<Vec<u8>>, Outcome> {
    unimplemented!()
}
pub fn decode(_: &Request, _: Transport) -> Outcome {
    unimplemented!()
}
