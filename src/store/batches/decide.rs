//! What an admin decides about one update: reject it, hold it back, release it again.

use rusqlite::{OptionalExtension as _, params};
use serde_json::json;

use super::super::{Db, Error, Result, Tx, audit, effective, outbox};
use crate::domain::ids::{CustomerId, JobId, UpdateId};
use crate::domain::job::Step;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;
use crate::domain::update::{Field, Status};

/// Says no to an update: from now on the value before it counts, and it is not uploaded if it has
/// not left yet.
///
/// # Errors
/// No reason, the master has it already, or not an admin.
pub fn reject(db: &mut Db, actor: &Actor, now: Micros, seq: i64, reason: &str) -> Result<()> {
    decide(db, actor, now, seq, Status::Rejected, Some(reason))
}

/// Keeps an update out of batches until it is released; it counts all the same.
///
/// # Errors
/// No reason, it is not pending, or not an admin.
pub fn hold(db: &mut Db, actor: &Actor, now: Micros, seq: i64, reason: &str) -> Result<()> {
    decide(db, actor, now, seq, Status::Held, Some(reason))
}

/// Takes back a hold.
///
/// # Errors
/// It is not held, or not an admin.
pub fn release(db: &mut Db, actor: &Actor, now: Micros, seq: i64) -> Result<()> {
    decide(db, actor, now, seq, Status::Pending, None)
}

/// From which states an update may get there.
fn may(from: Status, to: Status) -> bool {
    match to {
        Status::Rejected => matches!(from, Status::Pending | Status::Held | Status::AwaitingApproval),
        Status::Held => from == Status::Pending,
        Status::Pending => from == Status::Held,
        _ => false,
    }
}

fn decide(db: &mut Db, actor: &Actor, now: Micros, seq: i64, to: Status, reason: Option<&str>) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    // Marking, holding and rejecting are one trust: who may say "done" may say "no".
    tx.allow(Action::MarkSynced, Object::Any)?;
    let reason = reason.map(str::trim);
    if reason == Some("") {
        return Err(Error::Refused(format!("reason: say why it is {}", to.as_str())));
    }
    let (id, customer, from, rev): (UpdateId, CustomerId, Status, i64) = tx
        .tx
        .prepare_cached(
            "select u.id, u.customer_id, s.status, s.rev from contact_update u
             join contact_update_state s on s.update_id = u.id where u.seq = ?1",
        )?
        .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "update", name: seq.to_string() })?;
    if !may(from, to) {
        return Err(Error::Refused(refusal(seq, from, to)));
    }
    tx.tx
        .prepare_cached(
            "update contact_update_state set status = ?3, status_reason = ?4, rev = rev + 1
             where update_id = ?1 and rev = ?2",
        )?
        .execute(params![id, rev, to, reason])?;
    if to == Status::Rejected {
        cancel_upload(&tx, id)?;
    }
    for field in Field::ALL {
        effective::refold(&tx, customer, field)?;
    }
    let action = match to {
        Status::Rejected => "update rejected",
        Status::Held => "update held",
        _ => "update released",
    };
    let detail = json!({ "update": seq, "reason": reason });
    audit::record(&mut tx, action, ("update", Some(id.0)), &detail)?;
    tx.commit()
}

fn refusal(seq: i64, from: Status, to: Status) -> String {
    let is = format!("number {seq} is {}", from.as_str());
    match (from, to) {
        (Status::Synced, _) => format!("{is}: the master has it; capture a new update instead"),
        (_, Status::Held) => format!("{is}: only what is pending can be held"),
        (_, Status::Pending) => format!("{is}: only what is held can be released"),
        _ => format!("{is}: there is nothing to decide"),
    }
}

/// What has not begun to leave stays here.
fn cancel_upload(tx: &Tx<'_>, update: UpdateId) -> Result<()> {
    let waiting: Option<JobId> = tx
        .tx
        .prepare_cached("select id from job where subject_id = ?1 and kind = 'update' and state = 'waiting'")?
        .query_row([update], |row| row.get(0))
        .optional()?;
    if let Some(job) = waiting {
        outbox::step(tx, job, Step::Cancel, "the update was rejected", None)?;
    }
    Ok(())
}
