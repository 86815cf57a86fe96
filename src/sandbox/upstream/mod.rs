//! The upstream system: the five endpoints NIC-78..86 over the table NIC-53..77, with NIC's own bodies.
//! How honest it is (echo, de-duplication, careful marks) is configuration.

mod list;

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::call::{Call, Content};
use super::reply::Reply;
use super::{Config, View};
use crate::domain::time::Micros;
use crate::wire;

/// An HTTP status and a sentence.
type Refusal = (u16, String);

#[derive(Default)]
pub(super) struct Upstream {
    /// A row's id is its place, counted from 1. Rows are never deleted (NIC-77).
    rows: Vec<Row>,
    /// The first answer to each idempotency key.
    answers: HashMap<String, wire::CreatedUpdate>,
}

struct Row {
    update: wire::UpdateRow,
    captured: Micros,
    received: Micros,
    /// The newest is in force; the older ones are what stale lists show.
    marks: Vec<Mark>,
}

struct Mark {
    synced_by: i64,
    synced_at: String,
    received: Micros,
}

impl Row {
    fn mark_as_of(&self, time: Micros) -> Option<&Mark> {
        self.marks.iter().rev().find(|mark| mark.received <= time)
    }

    /// The row as the table showed it then.
    fn as_of(&self, time: Micros) -> wire::UpdateRow {
        let mark = self.mark_as_of(time);
        wire::UpdateRow {
            status: Some(if mark.is_some() { "synced" } else { "pending" }.to_owned()),
            synced_at: mark.map(|mark| mark.synced_at.clone()),
            synced_by: mark.map(|mark| mark.synced_by),
            ..self.update.clone()
        }
    }
}

impl Upstream {
    pub fn rows(&self, now: Micros) -> Vec<wire::UpdateRow> {
        self.rows.iter().map(|row| row.as_of(now)).collect()
    }

    pub fn mark_elsewhere(&mut self, id: i64, by: i64, now: Micros) -> bool {
        let Some(row) = self.row(id) else { return false };
        row.marks.push(Mark { synced_by: by, synced_at: now.rfc3339(), received: now });
        true
    }

    pub fn serve(&mut self, config: &Config, call: &Call<'_>, view: &View) -> Reply {
        let bearer = call.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        if bearer != Some(config.upstream_token.as_str()) {
            return Reply::upstream_error(401, "Unauthorized");
        }
        let answered = match (call.method.as_str(), call.route().as_slice()) {
            ("POST", []) => self.create(config, call, view.now),
            ("GET", []) => self.list(call, view),
            ("GET", ["latest", customer_id]) => self.latest(customer_id),
            ("PATCH", [id, "sync"]) => self.mark(config, call, id, view.now),
            ("POST", ["bulk-sync"]) => self.mark_many(config, call, view.now),
            _ => Err((404, "Not found".to_owned())),
        };
        answered.unwrap_or_else(|(status, message)| Reply::upstream_error(status, message))
    }

    /// NIC-78.
    fn create(&mut self, config: &Config, call: &Call<'_>, now: Micros) -> Result<Reply, Refusal> {
        let new: wire::NewUpdate = body(call, &REQUIRED)?;
        let key = call.header("idempotency-key").unwrap_or(&new.client_ref).to_owned();
        if let Some(first) = self.answers.get(&key).filter(|_| config.dedupe) {
            return Ok(Reply::json(200, first));
        }
        let id = as_id(self.rows.len()) + 1;
        let row = new_row(config, new, id, now);
        let answer = wire::CreatedUpdate {
            id: Some(id),
            customer_id: row.update.customer_id.clone(),
            policy_number: row.update.policy_number.clone(),
            status: Some("pending".to_owned()),
            captured_at: row.update.captured_at.clone(),
            message: Some("Contact update saved successfully".to_owned()),
            client_ref: row.update.client_ref.clone(),
        };
        self.rows.push(row);
        if !key.is_empty() {
            self.answers.entry(key).or_insert_with(|| answer.clone());
        }
        Ok(Reply::json(200, &answer).storing(id))
    }

    /// NIC-79: the newest value of each field, but one time and one agent for both (G10).
    fn latest(&self, customer_id: &str) -> Result<Reply, Refusal> {
        let mut rows: Vec<&Row> =
            self.rows.iter().filter(|row| row.update.customer_id.as_deref() == Some(customer_id)).collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.captured), std::cmp::Reverse(row.update.id)));
        let newest = rows.first().ok_or_else(|| (404, "No update for this customer".to_owned()))?;
        let contact = wire::LatestContact {
            customer_id: Some(customer_id.to_owned()),
            latest_mobile: rows.iter().find_map(|row| row.update.new_mobile.clone()),
            latest_email: rows.iter().find_map(|row| row.update.new_email.clone()),
            updated_at: newest.update.captured_at.clone(),
            updated_by: newest.update.agent_name.clone(),
        };
        Ok(Reply::json(200, &contact))
    }

    /// NIC-85.
    fn mark(&mut self, config: &Config, call: &Call<'_>, id: &str, now: Micros) -> Result<Reply, Refusal> {
        let mark: wire::MarkSynced = body(call, &["synced_by", "synced_at"])?;
        let id: i64 = id.parse().map_err(|_| (404, "Not found".to_owned()))?;
        let row = self.row(id).ok_or_else(|| (404, "Not found".to_owned()))?;
        if let Some(first) = row.marks.last().filter(|_| config.careful_marks) {
            let message = format!("Update was already marked as synced by {}", first.synced_by);
            return Ok(Reply::json(409, &marked(id, first, true, message)));
        }
        let mark = Mark { synced_by: mark.synced_by, synced_at: mark.synced_at, received: now };
        let answer = marked(id, &mark, config.careful_marks, "Update marked as synced".to_owned());
        row.marks.push(mark);
        Ok(Reply::json(200, &answer).storing(id))
    }

    /// NIC-86.
    fn mark_many(&mut self, config: &Config, call: &Call<'_>, now: Micros) -> Result<Reply, Refusal> {
        let bulk: wire::BulkSync = body(call, &["update_ids", "synced_by"])?;
        let mut done = Vec::new();
        for id in bulk.update_ids {
            let Some(row) = self.row(id) else { continue };
            if row.marks.is_empty() || !config.careful_marks {
                row.marks.push(Mark { synced_by: bulk.synced_by, synced_at: now.rfc3339(), received: now });
                done.push(id);
            }
        }
        let count = done.len();
        let message = format!("{count} updates marked as synced");
        let answer = wire::BulkMarked { synced_count: Some(as_id(count)), message: Some(message) };
        let reply = Reply::json(200, &answer);
        Ok(if done.is_empty() { reply } else { reply.storing(done) })
    }

    fn row(&mut self, id: i64) -> Option<&mut Row> {
        self.rows.get_mut(usize::try_from(id.checked_sub(1)?).ok()?)
    }
}

/// NIC-54..56, 61, 63, 64. The server itself says when it was captured (NIC-65).
const REQUIRED: [&str; 6] =
    ["customer_id", "policy_number", "customer_name", "update_reason", "agent_id", "agent_name"];

/// Reads a JSON body; a required field that is absent, null or blank is 400 with its name.
fn body<T: DeserializeOwned>(call: &Call<'_>, required: &[&str]) -> Result<T, Refusal> {
    let Content::Json(value) = &call.content else {
        return Err((400, "The body must be JSON (application/json)".to_owned()));
    };
    let is_missing = |name: &&&str| match value.get(**name) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    };
    if let Some(name) = required.iter().find(is_missing) {
        return Err((400, format!("Missing param: {name}")));
    }
    serde_json::from_value(value.clone()).map_err(|why| (400, format!("Invalid body: {why}")))
}

fn new_row(config: &Config, new: wire::NewUpdate, id: i64, now: Micros) -> Row {
    let theirs = Micros::parse_rfc3339(&new.captured_at).filter(|_| config.echo_client_ref);
    let captured = theirs.unwrap_or(now);
    let client_ref = Some(new.client_ref).filter(|key| config.echo_client_ref && !key.is_empty());
    let update = wire::UpdateRow {
        id: Some(id),
        customer_id: Some(new.customer_id),
        policy_number: Some(new.policy_number),
        customer_name: Some(new.customer_name),
        old_mobile: new.old_mobile,
        new_mobile: new.new_mobile,
        old_email: new.old_email,
        new_email: new.new_email,
        update_reason: Some(new.update_reason),
        notes: new.notes,
        agent_id: Some(new.agent_id),
        agent_name: Some(new.agent_name),
        captured_at: Some(captured.rfc3339()),
        status: None,
        synced_at: None,
        synced_by: None,
        client_ref,
    };
    Row { update, captured, received: now, marks: Vec::new() }
}

/// A plain server does not say who marked it (NIC-85).
fn marked(id: i64, mark: &Mark, says_who: bool, message: String) -> wire::MarkedUpdate {
    wire::MarkedUpdate {
        id: Some(id),
        status: Some("synced".to_owned()),
        synced_at: Some(mark.synced_at.clone()),
        synced_by: says_who.then_some(mark.synced_by),
        message: Some(message),
    }
}

fn as_id(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
