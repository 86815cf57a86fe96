//! Twilio's 2010 API: messages created, fetched and listed, as `twilio/FACTS.md` sections 1 to 6
//! and 16 say it behaves. Pure: no socket here.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Uri};
use serde::Deserialize;
use serde_json::Value;

use super::reply::{Problem, Read, settle};
use super::{Answer, Outcome, Request, Transport, Unsent, url};
use crate::wire;

const SYSTEM: &str = "Twilio";
/// "Never processed": repeat later (FACTS 5).
const BUSY: [i64; 3] = [20429, 21611, 30001];
/// Sign-in refused or account suspended (FACTS 5).
const DENIED: i64 = 20003;

/// How to sign in to Twilio (FACTS 1). `user` is the account sid or an API key sid;
/// the path always carries `account_sid`.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub base_url: String,
    pub account_sid: String,
    pub user: String,
    pub secret: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("twilio::Account").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Account {
    fn folder(&self) -> Result<String, Unsent> {
        let sid = url::segment(&self.account_sid)
            .ok_or_else(|| Unsent::Account("TWILIO_ACCOUNT_SID is empty".to_owned()))?;
        Ok(format!("/2010-04-01/Accounts/{sid}/"))
    }

    fn authorization(&self) -> Result<HeaderValue, Unsent> {
        let pair = BASE64_STANDARD.encode(format!("{}:{}", self.user, self.secret));
        let mut value =
            HeaderValue::from_str(&format!("Basic {pair}")).map_err(|_| Unsent::unwritable("sign-in"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Turns a request into HTTP.
///
/// # Errors
/// See [`Unsent`].
pub fn encode(request: &Request, account: Option<&Account>) -> Result<http::Request<Vec<u8>>, Unsent> {
    let account = account.ok_or(Unsent::NoAccount)?;
    let folder = account.folder()?;
    let join = |path: &str| {
        url::join(&account.base_url, &format!("{folder}{path}"))
            .map_err(|why| Unsent::Account(format!("[twilio] base_url: {why}")))
    };
    match request {
        Request::CreateMessage { from, to, body } => {
            let form = [("To", to.as_str()), ("From", from.as_str()), ("Body", body.as_str())];
            build(account, Method::POST, join("Messages.json")?, form_encode(&form)?.into_bytes())
        }
        Request::FetchMessage { sid } => {
            let sid = url::segment(sid).ok_or_else(|| Unsent::unwritable("message sid"))?;
            build(account, Method::GET, join(&format!("Messages/{sid}.json"))?, Vec::new())
        }
        Request::ListMedia { sid } => {
            let sid = url::segment(sid).ok_or_else(|| Unsent::unwritable("message sid"))?;
            build(account, Method::GET, join(&format!("Messages/{sid}/Media.json"))?, Vec::new())
        }
        Request::ListMessages { from, to, sent_since, page_size } => {
            let size = (*page_size).clamp(1, 1000).to_string();
            let filters = [
                ("To", to.as_ref().map(|to| to.as_str())),
                ("From", from.as_ref().map(|from| from.as_str())),
                ("DateSent>", sent_since.as_deref()),
                ("PageSize", Some(size.as_str())),
            ];
            let given: Vec<_> =
                filters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            build(account, Method::GET, join(&format!("Messages.json?{}", form_encode(&given)?))?, Vec::new())
        }
        Request::NextMessages { uri } => {
            let uri = url::follow(&account.base_url, &folder, uri).map_err(|why| {
                Unsent::Content(format!("Twilio's link to the next page was not followed: {why}"))
            })?;
            build(account, Method::GET, uri, Vec::new())
        }
        _ => Err(Unsent::unwritable("request for another system")),
    }
}

/// A file of a message: the only request whose answer is no JSON.
///
/// # Errors
/// See [`Unsent`].
pub(super) fn media(account: &Account, message: &str, media: &str) -> Result<http::Request<Vec<u8>>, Unsent> {
    let segment = |sid| url::segment(sid).ok_or_else(|| Unsent::unwritable("media sid"));
    let path = format!("{}Messages/{}/Media/{}", account.folder()?, segment(message)?, segment(media)?);
    let uri = url::join(&account.base_url, &path)
        .map_err(|why| Unsent::Account(format!("[twilio] base_url: {why}")))?;
    build(account, Method::GET, uri, Vec::new())
}

fn form_encode(pairs: &[(&str, &str)]) -> Result<String, Unsent> {
    serde_urlencoded::to_string(pairs).map_err(|_| Unsent::unwritable("form"))
}

fn build(
    account: &Account,
    method: Method,
    uri: Uri,
    form: Vec<u8>,
) -> Result<http::Request<Vec<u8>>, Unsent> {
    let mut request = http::Request::builder()
        .uri(uri)
        .header(AUTHORIZATION, account.authorization()?)
        .header(ACCEPT, "application/json");
    if method == Method::POST {
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    request.method(method).body(form).map_err(|_| Unsent::unwritable("request"))
}

/// Understands what came back for `request`.
pub fn decode(request: &Request, got: Transport) -> Outcome {
    let safe = !matches!(request, Request::CreateMessage { .. });
    settle(SYSTEM, safe, got, |status, body| read(request, status, body))
}

fn read(request: &Request, status: u16, body: &[u8]) -> Read {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return Read::Other("is not JSON of Twilio's");
    };
    if (200..=299).contains(&status) {
        return match answer(request, json) {
            Ok(answer) => Read::Answer(answer),
            Err(what) => Read::Other(what),
        };
    }
    match problem(status, &json) {
        None => Read::Other("is not one of Twilio's own errors"),
        Some(problem) if problem.code.is_some_and(|code| BUSY.contains(&code)) => Read::Busy(problem),
        Some(problem) if problem.code == Some(DENIED) => Read::Denied(problem),
        Some(problem) => Read::Refusal(problem),
    }
}

/// Twilio's error body, in the old form or RFC 9457's (FACTS 5). A gateway's `{"message": …}` is
/// not Twilio's word: there must be a code, or the status repeated.
fn problem(status: u16, json: &Value) -> Option<Problem> {
    let error = wire::TwilioError::deserialize(json).ok()?;
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    let message = error.message.as_deref().or_else(|| text("detail")).or_else(|| text("title"));
    let own = error.code.is_some() || (error.status == Some(i64::from(status)) && message.is_some());
    own.then(|| Problem { code: error.code, message: message.unwrap_or_default().to_owned() })
}

fn answer(request: &Request, json: Value) -> Result<Answer, &'static str> {
    match request {
        Request::CreateMessage { from, to, .. } => {
            let message = message(json)?;
            let other = |said: &Option<String>, ours: &str| said.as_deref().is_some_and(|said| said != ours);
            if other(&message.to, to.as_str()) || other(&message.from, from.as_str()) {
                return Err("is about a text between other numbers");
            }
            if message.direction.as_deref().is_some_and(|way| way.starts_with("inbound")) {
                return Err("is about a text to us, not from us");
            }
            Ok(Answer::Message(Box::new(message)))
        }
        Request::FetchMessage { sid } => {
            let message = message(json)?;
            if message.sid.as_deref() != Some(sid) {
                return Err("is about another text");
            }
            Ok(Answer::Message(Box::new(message)))
        }
        Request::ListMedia { .. } => {
            if !json.get("media_list").is_some_and(Value::is_array) {
                return Err("has no list of media");
            }
            Ok(Answer::Media(serde_json::from_value(json).map_err(|_| "is not a page of media")?))
        }
        _ => {
            // The list must be there: an object without one is not "no messages".
            if !json.get("messages").is_some_and(Value::is_array) {
                return Err("has no list of messages");
            }
            let page = serde_json::from_value(json).map_err(|_| "is not a page of messages")?;
            Ok(Answer::Messages(page))
        }
    }
}

/// A message is bound by its sid: without one there is nothing to ask after later.
fn message(json: Value) -> Result<wire::Message, &'static str> {
    let message: wire::Message = serde_json::from_value(json).map_err(|_| "is not a message")?;
    match message.sid.as_deref() {
        Some(sid) if !sid.is_empty() => Ok(message),
        _ => Err("has no sid"),
    }
}

#[cfg(test)]
mod tests;
