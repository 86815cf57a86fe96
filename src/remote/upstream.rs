//! The upstream system: the five endpoints NIC-78..86 in NIC's own forms, with the extras that a
//! plain server may ignore (design 5): `Idempotency-Key`, `client_ref`. Pure: no socket here.

use http::Method;
use http::header::{CONTENT_TYPE, HeaderName};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use super::bearer::Account;
use super::reply::{Problem, Read, settle};
use super::{Answer, ListUpdates, Outcome, Request, Transport, Unsent, url};
use crate::wire;

const SYSTEM: &str = "the upstream system";
/// NIC-70.
const SYNCED: &str = "synced";
const UPDATES: &str = "/customer_contact_updates";
/// Carries our id of an update, so that a careful server recognises a repetition.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Turns a request into HTTP.
///
/// # Errors
/// See [`Unsent`].
pub fn encode(request: &Request, account: Option<&Account>) -> Result<http::Request<Vec<u8>>, Unsent> {
    let account = account.ok_or(Unsent::NoAccount)?;
    let call = Call { account, key: None };
    match request {
        Request::CreateUpdate { key, update } => {
            let body = wire::NewUpdate { client_ref: key.clone(), ..update.clone() };
            Call { key: Some(key), ..call }.send(Method::POST, "", &body)
        }
        Request::ListUpdates(list) => call.get(&query(list)?),
        Request::LatestContact { customer_id } => {
            let id = url::segment(customer_id).ok_or_else(|| Unsent::unwritable("customer id"))?;
            call.get(&format!("/latest/{id}"))
        }
        Request::MarkSynced { id, synced_by, synced_at } => {
            let body = wire::MarkSynced { synced_by: *synced_by, synced_at: synced_at.clone() };
            call.send(Method::PATCH, &format!("/{id}/sync"), &body)
        }
        Request::BulkSync { ids, synced_by } => {
            let body = wire::BulkSync { update_ids: ids.clone(), synced_by: *synced_by };
            call.send(Method::POST, "/bulk-sync", &body)
        }
        _ => Err(Unsent::unwritable("request for another system")),
    }
}

/// NIC-81..84: only the filters that are set.
fn query(list: &ListUpdates) -> Result<String, Unsent> {
    let filters = [
        ("status", list.status.clone()),
        ("agent_id", list.agent_id.map(|id| id.to_string())),
        ("from_date", list.from_date.clone()),
        ("to_date", list.to_date.clone()),
        ("limit", Some(list.limit.to_string())),
        ("offset", Some(list.offset.to_string())),
    ];
    let given: Vec<_> = filters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let query = serde_urlencoded::to_string(given).map_err(|_| Unsent::unwritable("filter"))?;
    Ok(format!("?{query}"))
}

struct Call<'a> {
    account: &'a Account,
    key: Option<&'a str>,
}

impl Call<'_> {
    fn get(&self, path: &str) -> Result<http::Request<Vec<u8>>, Unsent> {
        self.build(Method::GET, path, Vec::new())
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<http::Request<Vec<u8>>, Unsent> {
        let body = serde_json::to_vec(body).map_err(|_| Unsent::unwritable("body"))?;
        self.build(method, path, body)
    }

    fn build(&self, method: Method, path: &str, body: Vec<u8>) -> Result<http::Request<Vec<u8>>, Unsent> {
        let path = format!("{UPDATES}{path}");
        let mut request = self.account.request(&path, ("upstream", "CORDBOARD_UPSTREAM_TOKEN"))?;
        if method != Method::GET {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(key) = self.key {
            request = request.header(IDEMPOTENCY_KEY, key);
        }
        request.method(method).body(body).map_err(|_| Unsent::unwritable("request"))
    }
}

/// Understands what came back for `request`.
pub fn decode(request: &Request, got: Transport) -> Outcome {
    let safe = matches!(request, Request::ListUpdates(_) | Request::LatestContact { .. });
    settle(SYSTEM, safe, got, |status, body| read(request, status, body))
}

fn read(request: &Request, status: u16, body: &[u8]) -> Read {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return Read::Other("is not JSON");
    };
    let done_before = status == 409 && says_how_it_stands(request, &json);
    if (200..=299).contains(&status) || done_before {
        return match answer(request, json) {
            Ok(answer) => Read::Answer(answer),
            Err(what) => Read::Other(what),
        };
    }
    match problem(&json) {
        Some(problem) => Read::Refusal(problem),
        None => Read::Other("is not an error message"),
    }
}

/// A 409 that is the answer to an earlier identical request: the update is there already, or
/// somebody else marked it (who and when is in the body).
fn says_how_it_stands(request: &Request, json: &Value) -> bool {
    let has = |name: &str| json.get(name).is_some_and(|value| !value.is_null());
    match request {
        Request::CreateUpdate { .. } => has("id"),
        Request::MarkSynced { .. } => has("synced_by") || json.get("status") == Some(&SYNCED.into()),
        _ => false,
    }
}

/// `{"message": …}` as NIC's server writes it, or its usual relatives.
pub(super) fn problem(json: &Value) -> Option<Problem> {
    let text = |name: &str| json.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let message = ["message", "error", "detail", "title"].into_iter().find_map(text)?;
    Some(Problem { code: json.get("code").and_then(Value::as_i64), message: message.to_owned() })
}

fn answer(request: &Request, json: Value) -> Result<Answer, &'static str> {
    if !json.is_object() {
        return Err("is not a JSON object");
    }
    match request {
        Request::CreateUpdate { key, update } => created(key, update, json),
        Request::ListUpdates(_) => {
            // The list must be there: an object without one is not "no updates".
            if !json.get("updates").is_some_and(Value::is_array) {
                return Err("has no list of updates");
            }
            parse(json, "is not a page of updates").map(Answer::Updates)
        }
        Request::LatestContact { customer_id } => latest(customer_id, json),
        Request::MarkSynced { id, .. } => marked(*id, json),
        _ => {
            let bulk: wire::BulkMarked = parse(json, "is not a count")?;
            bulk.synced_count.ok_or("has no count")?;
            Ok(Answer::BulkMarked(bulk))
        }
    }
}

fn parse<T: DeserializeOwned>(json: Value, what: &'static str) -> Result<T, &'static str> {
    serde_json::from_value(json).map_err(|_| what)
}

fn created(key: &str, update: &wire::NewUpdate, json: Value) -> Result<Answer, &'static str> {
    let created: wire::CreatedUpdate = parse(json, "is not an update")?;
    let other = |said: &Option<String>, ours: &str| said.as_deref().is_some_and(|said| said != ours);
    if created.id.is_none() {
        return Err("has no id");
    }
    if other(&created.customer_id, &update.customer_id) {
        return Err("is about another customer");
    }
    if other(&created.client_ref, key) {
        return Err("is about another update");
    }
    Ok(Answer::Created(created))
}

fn latest(customer_id: &str, json: Value) -> Result<Answer, &'static str> {
    if json.get("latest_mobile").is_none() && json.get("latest_email").is_none() {
        return Err("has neither a mobile nor an e-mail in it");
    }
    let latest: wire::LatestContact = parse(json, "is not a contact")?;
    match latest.customer_id.as_deref() {
        Some(said) if said != customer_id => Err("is about another customer"),
        _ => Ok(Answer::Latest(latest)),
    }
}

fn marked(id: i64, json: Value) -> Result<Answer, &'static str> {
    let marked: wire::MarkedUpdate = parse(json, "is not an update")?;
    match (marked.id, marked.status.as_deref()) {
        (Some(said), _) if said != id => Err("is about another update"),
        (_, Some(status)) if status != SYNCED => Err("does not say that the update is synced"),
        (None, None) => Err("does not say how the update stands"),
        _ => Ok(Answer::Marked(marked)),
    }
}

#[cfg(test)]
mod tests;
