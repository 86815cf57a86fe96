//! One message and its life (FACTS 2, 4). A status is a function of the message and the time, so
//! nothing has to run for it to change, and the past can still be shown.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::segments;
use crate::domain::time::Micros;
use crate::wire;

/// When an outbound text reaches each status, in milliseconds after its creation. Inbound texts use
/// `price_ms` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Steps {
    pub sending_ms: u64,
    pub sent_ms: u64,
    pub final_ms: u64,
    pub price_ms: u64,
}

impl Default for Steps {
    fn default() -> Self {
        Self { sending_ms: 500, sent_ms: 1_500, final_ms: 4_500, price_ms: 6_500 }
    }
}

/// The last status of an outbound text. `Sent` has no carrier receipt and stays so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Final {
    Sent,
    #[default]
    Delivered,
    Undelivered,
    Failed,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Outcome {
    pub status: Final,
    pub error_code: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Inbound,
    OutboundApi,
    OutboundReply,
}

impl Direction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::OutboundApi => "outbound-api",
            Self::OutboundReply => "outbound-reply",
        }
    }
}

/// A stored message. Its steps and outcome are those in force when it was created.
pub(super) struct Record {
    pub seq: u64,
    pub sid: String,
    pub from: String,
    pub to: String,
    pub body: String,
    pub direction: Direction,
    pub created: Micros,
    pub steps: Steps,
    pub outcome: Outcome,
    /// The types of its files.
    pub media: Vec<String>,
}

struct State {
    status: &'static str,
    since: Micros,
    error_code: Option<i64>,
}

impl Record {
    /// Null until sent; for inbound the time it was handed to us.
    pub fn date_sent(&self, now: Micros) -> Option<Micros> {
        if self.direction == Direction::Inbound {
            return Some(self.created);
        }
        let sent = self.after(self.steps.sent_ms);
        (sent <= now && self.outcome.status != Final::Failed).then_some(sent)
    }

    /// The resource with every field of FACTS 2.
    pub fn resource(&self, account: &str, now: Micros) -> wire::Message {
        let state = self.state(now);
        let own = format!("/2010-04-01/Accounts/{account}/Messages/{}", self.sid);
        // An empty text can only have come in, as one part.
        let segments = segments::count(&self.body).segments.max(1);
        let is_priced = state.status != "failed" && self.after(self.steps.price_ms) <= now;
        wire::Message {
            sid: Some(self.sid.clone()),
            account_sid: Some(account.to_owned()),
            messaging_service_sid: None,
            from: Some(self.from.clone()),
            to: Some(self.to.clone()),
            body: Some(self.body.clone()),
            status: Some(state.status.to_owned()),
            direction: Some(self.direction.as_str().to_owned()),
            num_segments: Some(segments.to_string()),
            num_media: Some(self.media.len().to_string()),
            price: is_priced.then(|| price(segments)),
            price_unit: Some("USD".to_owned()),
            error_code: state.error_code,
            error_message: state.error_code.map(|code| format!("Delivery failed with error {code}")),
            date_created: Some(self.created.rfc2822()),
            date_updated: Some(state.since.rfc2822()),
            date_sent: self.date_sent(now).map(Micros::rfc2822),
            api_version: Some("2010-04-01".to_owned()),
            uri: Some(format!("{own}.json")),
            subresource_uris: Some(json!({ "media": format!("{own}/Media.json") })),
        }
    }

    fn state(&self, now: Micros) -> State {
        let at = |status, ms: u64| State { status, since: self.after(ms), error_code: None };
        let ended = |status, ms| State { error_code: self.outcome.error_code, ..at(status, ms) };
        if self.direction == Direction::Inbound {
            return at("received", 0);
        }
        let Steps { sending_ms, sent_ms, final_ms, .. } = self.steps;
        let has_passed = |ms| self.after(ms) <= now;
        match self.outcome.status {
            // A text fails before it is sent, never after (FACTS 4).
            Final::Failed if has_passed(sent_ms) => ended("failed", sent_ms),
            Final::Delivered if has_passed(final_ms) => at("delivered", final_ms),
            Final::Undelivered if has_passed(final_ms) => ended("undelivered", final_ms),
            _ if has_passed(sent_ms) => at("sent", sent_ms),
            _ if has_passed(sending_ms) => at("sending", sending_ms),
            _ => at("queued", 0),
        }
    }

    fn after(&self, ms: u64) -> Micros {
        self.created + Duration::from_millis(ms)
    }
}

/// Three quarters of a US cent per segment, as Twilio writes it: `-0.00750`.
fn price(segments: u32) -> String {
    let units = u64::from(segments) * 750;
    format!("-{}.{:05}", units / 100_000, units % 100_000)
}
