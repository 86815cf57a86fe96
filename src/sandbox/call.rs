//! A request as the two servers see it: who it is for, what it wants, and its decoded parts.
//! Reads only; decides nothing.

use http::{HeaderMap, Method, Request};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::faults::{On, Target};

/// One decoded request.
pub(super) struct Call<'a> {
    pub target: Option<Target>,
    pub on: Option<On>,
    pub method: &'a Method,
    pub path: &'a str,
    /// Path segments after the part that names the server, percent-decoded.
    pub segments: Vec<String>,
    pub query: Vec<(String, String)>,
    pub headers: &'a HeaderMap,
    pub content: Content,
}

/// A body, by its `Content-Type`.
pub(super) enum Content {
    Empty,
    Form(Vec<(String, String)>),
    Json(Value),
    /// Anything else, or JSON that is none.
    Other(String),
}

impl<'a> Call<'a> {
    pub fn read(request: &'a Request<Vec<u8>>) -> Self {
        let path = request.uri().path();
        let mut segments: Vec<String> = path
            .split('/')
            .skip(1)
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect();
        let target = match segments.first().map(String::as_str) {
            Some("2010-04-01") => Some(Target::Twilio),
            Some("customer_contact_updates") => Some(Target::Upstream),
            Some("customers") => Some(Target::Master),
            _ => None,
        };
        if target.is_some() {
            segments.remove(0);
        }
        let on = operation(target, request.method(), &segments);
        Self {
            target,
            on,
            method: request.method(),
            path,
            segments,
            query: pairs(request.uri().query().unwrap_or_default().as_bytes()),
            headers: request.headers(),
            content: content(request),
        }
    }

    /// The segments as a slice one can match on.
    pub fn route(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The first value of a query parameter; an empty one counts as absent.
    pub fn param(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// The first value of a form field; an empty one counts as absent.
    pub fn field(&self, name: &str) -> Option<&str> {
        if let Content::Form(form) = &self.content { first(form, name) } else { None }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Pairs as a JSON object for the ledger; a repeated name becomes an array.
pub(super) fn object(pairs: &[(String, String)]) -> Value {
    let mut object = Map::new();
    for (name, value) in pairs {
        let value = Value::from(value.as_str());
        match object.get_mut(name) {
            None => drop(object.insert(name.clone(), value)),
            Some(Value::Array(values)) => values.push(value),
            Some(single) => *single = Value::Array(vec![single.take(), value]),
        }
    }
    Value::Object(object)
}

impl Content {
    pub fn to_json(&self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::Form(form) => object(form),
            Self::Json(value) => value.clone(),
            Self::Other(text) => Value::from(text.as_str()),
        }
    }
}

fn operation(target: Option<Target>, method: &Method, segments: &[String]) -> Option<On> {
    let last = segments.last().map(String::as_str);
    match (target?, method.as_str(), segments.len(), last) {
        (Target::Twilio, "POST", 3, Some("Messages.json")) => Some(On::Create),
        (Target::Twilio, "GET", 3, Some("Messages.json")) => Some(On::List),
        (Target::Twilio, "GET", 4, _) => Some(On::Fetch),
        (Target::Upstream, "POST", 0, _) => Some(On::Create),
        (Target::Upstream, "GET", 0, _) => Some(On::List),
        (Target::Master, "GET", 0, _) => Some(On::List),
        (Target::Upstream, "GET", 2, _) => Some(On::Fetch),
        (Target::Upstream, "PATCH", 2, Some("sync")) | (Target::Upstream, "POST", 1, Some("bulk-sync")) => {
            Some(On::Mark)
        }
        _ => None,
    }
}

fn content(request: &Request<Vec<u8>>) -> Content {
    let bytes = request.body();
    if bytes.is_empty() {
        return Content::Empty;
    }
    let kind = request.headers().get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/x-www-form-urlencoded" => Content::Form(pairs(bytes)),
        "application/json" => serde_json::from_slice(bytes).map_or_else(|_| other(bytes), Content::Json),
        _ => other(bytes),
    }
}

fn other(bytes: &[u8]) -> Content {
    Content::Other(String::from_utf8_lossy(bytes).into_owned())
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    serde_urlencoded::from_bytes(encoded).unwrap_or_default()
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let (_, value) = pairs.iter().find(|(key, _)| key == name)?;
    Some(value.as_str()).filter(|value| !value.is_empty())
}
