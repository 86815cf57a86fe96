//! JSON bodies of the two outside systems, read liberally (FACTS 16) and written exactly.
//! Shared by the clients, the sandbox, and later the hub.

use crate::domain::redact::redacted_debug;
use serde::{Deserialize, Deserializer, Serialize};

/// A Twilio message resource (FACTS 2). Any field may be missing or null.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    pub sid: Option<String>,
    pub account_sid: Option<String>,
    pub messaging_service_sid: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub body: Option<String>,
    pub status: Option<String>,
    pub direction: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    pub num_segments: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    pub num_media: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    pub price: Option<String>,
    pub price_unit: Option<String>,
    #[serde(deserialize_with = "number_or_text")]
    pub error_code: Option<i64>,
    pub error_message: Option<String>,
    pub date_created: Option<String>,
    pub date_updated: Option<String>,
    pub date_sent: Option<String>,
    pub api_version: Option<String>,
    pub uri: Option<String>,
    pub subresource_uris: Option<serde_json::Value>,
}

redacted_debug!(Message, sid, status, direction, error_code);

/// One page of messages (FACTS 3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MessagePage {
    pub messages: Vec<Message>,
    pub page: Option<i64>,
    pub page_size: Option<i64>,
    pub start: Option<i64>,
    pub end: Option<i64>,
    pub first_page_uri: Option<String>,
    pub next_page_uri: Option<String>,
    pub previous_page_uri: Option<String>,
    pub uri: Option<String>,
}

/// The files of a message (FACTS 2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MediaPage {
    pub media_list: Vec<Media>,
    pub next_page_uri: Option<String>,
}

/// One of them: what it is, not the file itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Media {
    pub sid: Option<String>,
    pub account_sid: Option<String>,
    pub parent_sid: Option<String>,
    pub content_type: Option<String>,
    pub date_created: Option<String>,
    pub date_updated: Option<String>,
    pub uri: Option<String>,
}

/// Twilio's error body (FACTS 5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TwilioError {
    #[serde(deserialize_with = "number_or_text")]
    pub code: Option<i64>,
    pub message: Option<String>,
    pub more_info: Option<String>,
    #[serde(deserialize_with = "number_or_text")]
    pub status: Option<i64>,
}

/// Body of `POST /customer_contact_updates` (NIC-53..65, NIC-78). `client_ref` and `captured_at`
/// are the honest extras a plain server may ignore (design 5).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewUpdate {
    pub customer_id: String,
    pub policy_number: String,
    pub customer_name: String,
    pub old_mobile: Option<String>,
    pub new_mobile: Option<String>,
    pub old_email: Option<String>,
    pub new_email: Option<String>,
    pub update_reason: String,
    pub notes: Option<String>,
    pub agent_id: i64,
    pub agent_name: String,
    pub client_ref: String,
    pub captured_at: String,
}

redacted_debug!(NewUpdate, client_ref, agent_id);

/// Answer to it.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CreatedUpdate {
    #[serde(deserialize_with = "number_or_text")]
    pub id: Option<i64>,
    #[serde(deserialize_with = "text_or_number")]
    pub customer_id: Option<String>,
    pub policy_number: Option<String>,
    pub status: Option<String>,
    pub captured_at: Option<String>,
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
}

redacted_debug!(CreatedUpdate, id, status);

/// One row of `GET /customer_contact_updates` (NIC-53..71, NIC-80).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UpdateRow {
    #[serde(deserialize_with = "number_or_text")]
    pub id: Option<i64>,
    #[serde(deserialize_with = "text_or_number")]
    pub customer_id: Option<String>,
    pub policy_number: Option<String>,
    pub customer_name: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    pub old_mobile: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    pub new_mobile: Option<String>,
    pub old_email: Option<String>,
    pub new_email: Option<String>,
    pub update_reason: Option<String>,
    pub notes: Option<String>,
    #[serde(deserialize_with = "number_or_text")]
    pub agent_id: Option<i64>,
    pub agent_name: Option<String>,
    pub captured_at: Option<String>,
    pub status: Option<String>,
    pub synced_at: Option<String>,
    #[serde(deserialize_with = "number_or_text")]
    pub synced_by: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
}

redacted_debug!(UpdateRow, id, status, synced_by);

/// The list envelope (NIC-80).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UpdatePage {
    pub total: u64,
    pub updates: Vec<UpdateRow>,
}

/// Answer of `GET /customer_contact_updates/latest/{customer_id}` (NIC-79).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LatestContact {
    #[serde(deserialize_with = "text_or_number")]
    pub customer_id: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    pub latest_mobile: Option<String>,
    pub latest_email: Option<String>,
    pub updated_at: Option<String>,
    pub updated_by: Option<String>,
}

redacted_debug!(LatestContact);

/// Body of `PATCH /customer_contact_updates/{id}/sync` (NIC-85).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarkSynced {
    pub synced_by: i64,
    pub synced_at: String,
}

/// Answer to it. A careful server answers 409 with the same fields when somebody was first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MarkedUpdate {
    #[serde(deserialize_with = "number_or_text")]
    pub id: Option<i64>,
    pub status: Option<String>,
    pub synced_at: Option<String>,
    #[serde(deserialize_with = "number_or_text")]
    pub synced_by: Option<i64>,
    pub message: Option<String>,
}

/// Body of `POST /customer_contact_updates/bulk-sync` (NIC-86).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BulkSync {
    pub update_ids: Vec<i64>,
    pub synced_by: i64,
}

/// Answer to it: a bare count, which is never trusted (G11).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkMarked {
    pub synced_count: Option<i64>,
    pub message: Option<String>,
}

/// One customer of the master, as `GET {master}/customers` lists them. A field that is absent was not said;
/// one that is null or blank is empty there.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MasterCustomer {
    #[serde(deserialize_with = "text_or_number")]
    pub id: Option<String>,
    pub policy_number: Option<String>,
    pub name: Option<String>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub mobile: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub email: Option<Option<String>>,
    pub updated_at: Option<String>,
}

redacted_debug!(MasterCustomer, id, updated_at);

/// A page of them; without a cursor it is the last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MasterPage {
    pub customers: Vec<MasterCustomer>,
    #[serde(deserialize_with = "text_or_number")]
    pub next_cursor: Option<String>,
}

fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    text_or_number(from).map(Some)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Int(i64),
    Float(f64),
}

fn text_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<TextOrNumber>::deserialize(from)?.map(|value| match value {
        TextOrNumber::Text(text) => text,
        TextOrNumber::Int(number) => number.to_string(),
        TextOrNumber::Float(number) => number.to_string(),
    }))
}

fn number_or_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<TextOrNumber>::deserialize(from)?.and_then(|value| match value {
        TextOrNumber::Text(text) => text.trim().parse().ok(),
        TextOrNumber::Int(number) => Some(number),
        #[expect(clippy::cast_possible_truncation, reason = "an id written as 12.0 is still 12")]
        TextOrNumber::Float(number) => Some(number as i64),
    }))
}
