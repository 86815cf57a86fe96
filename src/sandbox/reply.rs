//! Answers as values: JSON with a status, the error bodies of both servers, and the bytes an answer
//! has on the wire. No state.

use std::fmt::Write as _;

use chrono::DateTime;
use http::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::faults::Target;
use crate::domain::time::Micros;
use crate::wire;

/// What a server answers, and what it stored meanwhile (a sid, an id, ids).
pub(super) struct Reply {
    pub response: Response<Vec<u8>>,
    pub stored: Option<Value>,
}

impl Reply {
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).unwrap_or_default();
        Self { response: answer(status, "application/json", bytes), stored: None }
    }

    pub fn storing(mut self, what: impl Into<Value>) -> Self {
        self.stored = Some(what.into());
        self
    }

    /// Twilio's error body (FACTS 5).
    pub fn twilio_error(status: u16, code: i64, message: impl Into<String>) -> Self {
        let body = wire::TwilioError {
            code: Some(code),
            message: Some(message.into()),
            more_info: Some(format!("https://www.twilio.com/docs/errors/{code}")),
            status: Some(i64::from(status)),
        };
        Self::json(status, &body)
    }

    /// The upstream's error body.
    pub fn upstream_error(status: u16, message: impl Into<String>) -> Self {
        Self::json(status, &json!({ "message": message.into() }))
    }

    /// A refusal in the words of whichever server it is.
    pub fn error(target: Option<Target>, status: u16, code: i64, message: &str) -> Self {
        match target {
            Some(Target::Twilio) => Self::twilio_error(status, code, message),
            _ => Self::upstream_error(status, message),
        }
    }

    pub fn server_error(target: Option<Target>) -> Self {
        Self::error(target, 500, 20500, "An internal server error has occurred")
    }

    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        set(&mut self.response, name, value);
        self
    }
}

/// A complete answer with a body of some type.
pub(super) fn answer(status: u16, content_type: &str, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    set(&mut response, CONTENT_TYPE, content_type);
    response
}

/// With the `Date` header of the sandbox's clock.
pub(super) fn dated(mut response: Response<Vec<u8>>, now: Micros) -> Response<Vec<u8>> {
    let time = DateTime::from_timestamp_micros(now.0).unwrap_or_default();
    set(&mut response, DATE, &time.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    response
}

/// The answer as HTTP/1.1 bytes, always with its full `Content-Length`.
pub(super) fn render(response: &Response<Vec<u8>>) -> Vec<u8> {
    let status = response.status();
    let mut head =
        format!("HTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or_default());
    for (name, value) in response.headers() {
        // Writing to a String cannot fail.
        let _ = write!(head, "{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    let _ = write!(head, "content-length: {}\r\n\r\n", response.body().len());
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(response.body());
    bytes
}

fn set(response: &mut Response<Vec<u8>>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
