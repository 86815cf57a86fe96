//! What is decided about updates: approve, reject, hold back, release again.

use rusqlite::{OptionalExtension as _, params};
use serde_json::json;

use super::super::outbox::NewJob;
use super::super::updates::Leaving;
use super::super::{Db, Error, Result, Tx, audit, effective, outbox};
use super::named;
use crate::domain::ids::{CustomerId, JobId, UpdateId};
use crate::domain::job::{Kind, Step};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::Marked;
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

/// Says yes to updates that await it: from now on they count, and they are uploaded (NIC-131). A result
/// for each, in pieces: nobody who saves waits for all of them.
///
/// # Errors
/// Neither a supervisor nor an admin.
pub fn approve(db: &mut Db, actor: &Actor, now: Micros, seqs: &[i64], leaving: Leaving) -> Result<Marked> {
    each(db, actor, now, seqs, |tx, seq| {
        let (id, customer) = word(tx, seq, Status::AwaitingApproval, Status::Pending, None)?;
        if leaving.upstream {
            let job = NewJob::new(Kind::Update, customer.0, id.0, tx.now + leaving.undo);
            outbox::enqueue(tx, &job)?;
        }
        Ok(())
    })
}

/// Says no to several at once, all for the same reason.
///
/// # Errors
/// No reason, or not allowed.
pub fn reject_all(db: &mut Db, actor: &Actor, now: Micros, seqs: &[i64], reason: &str) -> Result<Marked> {
    each(db, actor, now, seqs, |tx, seq| decide_one(tx, seq, Status::Rejected, Some(reason)))
}

/// Updates decided in one transaction.
const PIECE: usize = 200;

fn each(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    seqs: &[i64],
    decide: impl Fn(&mut Tx<'_>, i64) -> Result<()>,
) -> Result<Marked> {
    let mut result = Marked::default();
    for piece in seqs.chunks(PIECE) {
        let mut tx = db.begin(actor, now)?;
        tx.allow(Action::ApproveUpdates, Object::Any)?;
        for seq in piece {
            match decide(&mut tx, *seq) {
                Ok(()) => result.done.push(*seq),
                Err(Error::Refused(why)) => result.left_out.push(named(&tx.tx, *seq, why)?),
                Err(Error::Denied(why)) => result.left_out.push(named(&tx.tx, *seq, why.to_owned())?),
                Err(why @ Error::NotFound { .. }) => {
                    result.left_out.push(named(&tx.tx, *seq, why.to_string())?);
                }
                Err(why) => return Err(why),
            }
        }
        tx.commit()?;
    }
    Ok(result)
}

fn decide(db: &mut Db, actor: &Actor, now: Micros, seq: i64, to: Status, reason: Option<&str>) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    decide_one(&mut tx, seq, to, reason)?;
    tx.commit()
}

fn decide_one(tx: &mut Tx<'_>, seq: i64, to: Status, reason: Option<&str>) -> Result<()> {
    let from: Option<Status> = tx
        .tx
        .prepare_cached("select status from contact_update_state where seq = ?1")?
        .query_row([seq], |row| row.get(0))
        .optional()?;
    // Marking, holding and rejecting are one trust: who may say "done" may say "no". Who may say yes to
    // what awaits it may say no to it as well.
    let right = match (from, to) {
        (Some(Status::AwaitingApproval), Status::Rejected) => Action::ApproveUpdates,
        _ => Action::MarkSynced,
    };
    tx.allow(right, Object::Any)?;
    let from = from.ok_or_else(|| Error::NotFound { what: "update", name: seq.to_string() })?;
    let may = match to {
        Status::Rejected => matches!(from, Status::Pending | Status::Held | Status::AwaitingApproval),
        Status::Held => from == Status::Pending,
        Status::Pending => from == Status::Held,
        _ => false,
    };
    let reason = reason.map(str::trim);
    if reason == Some("") {
        return Err(Error::Refused(format!("reason: say why it is {}", to.as_str())));
    }
    if !may {
        return Err(Error::Refused(refusal(seq, from, to)));
    }
    word(tx, seq, from, to, reason).map(|_| ())
}

/// Writes the word on an update that is still as it was seen.
fn word(
    tx: &mut Tx<'_>,
    seq: i64,
    from: Status,
    to: Status,
    reason: Option<&str>,
) -> Result<(UpdateId, CustomerId)> {
    let (id, customer, is): (UpdateId, CustomerId, Status) = tx
        .tx
        .prepare_cached(
            "select u.id, u.customer_id, s.status from contact_update u
             join contact_update_state s on s.update_id = u.id where u.seq = ?1",
        )?
        .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "update", name: seq.to_string() })?;
    if is != from {
        return Err(Error::Refused(format!("number {seq} is {}: it awaits no approval", is.as_str())));
    }
    let by = (to != Status::Pending || from == Status::AwaitingApproval).then_some(&tx.actor.name);
    tx.tx
        .prepare_cached(
            "update contact_update_state set status = ?2, status_reason = ?3, rev = rev + 1,
                decided_name = ?4, decided_at = case when ?4 is null then null else ?5 end
             where update_id = ?1",
        )?
        .execute(params![id, to, reason, by, tx.now])?;
    if to == Status::Rejected {
        cancel_upload(tx, id)?;
    }
    for field in Field::ALL {
        effective::refold(tx, customer, field)?;
    }
    let action = match (from, to) {
        (_, Status::Rejected) => "update rejected",
        (_, Status::Held) => "update held",
        (Status::AwaitingApproval, _) => "update approved",
        _ => "update released",
    };
    let detail = json!({ "update": seq, "reason": reason });
    audit::record(tx, action, ("update", Some(id.0)), &detail)?;
    Ok((id, customer))
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
