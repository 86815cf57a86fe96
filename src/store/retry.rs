//! Trying again: what crashed the engine goes back in its place, what ended is sent as a new job.

use rusqlite::OptionalExtension as _;
use serde_json::json;
use uuid::Uuid;

use super::outbox::{self, Due, Job, NewJob};
use super::{Db, Error, Result, Tx, audit, messages};
use crate::domain::ids::{JobId, MessageId};
use crate::domain::job::{Kind, State, Step};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

/// Tries again. What crashed the engine goes back in its place; what ended is sent as a new job,
/// and a text that may have arrived only by a supervisor, with a reason (design 4.3).
///
/// # Errors
/// It is still on its way, did arrive, or the actor may not.
pub fn retry(db: &mut Db, actor: &Actor, now: Micros, seq: i64, reason: &str, due: Due) -> Result<i64> {
    let mut tx = db.begin(actor, now)?;
    let job = outbox::find(&tx, seq)?;
    let owner = Object::OwnedBy(job.created_by);
    let doubtful = may_have_arrived(&tx, &job)?;
    tx.allow(if doubtful { Action::ResendText } else { Action::RetryJob }, owner)?;
    if doubtful && reason.trim().is_empty() {
        return Err(Error::Refused("reason: say why it has to be sent again; it may have arrived".into()));
    }
    refuse_repeated(&tx, &job)?;
    if job.state == State::Unconfirmed {
        outbox::step(&tx, job.id, Step::Discard, reason, None)?;
    }
    let failed = job.kind == Kind::Text && came_to_nothing(&tx, &job)?;
    let id = match (job.state, job.kind) {
        // TWS-75: Twilio had it and says that it did not arrive.
        (State::Accepted, Kind::Text) if failed => messages::send_again(&mut tx, &job, due)?,
        (State::Parked, _) => {
            tx.tx.execute("update job set crashes = 0 where id = ?1", [job.id])?;
            outbox::step(&tx, job.id, Step::PutBack, reason, Some(now))?;
            job.id
        }
        (
            State::Rejected | State::Expired | State::Canceled | State::Discarded | State::Unconfirmed,
            Kind::Text,
        ) => messages::send_again(&mut tx, &job, due)?,
        (State::Rejected | State::Discarded | State::Canceled | State::Unconfirmed, _) => {
            again(&mut tx, &job, due.not_before)?
        }
        (state, kind) => {
            let why = format!(
                "line {seq} is a {} that is {}: there is nothing to retry",
                kind.as_str(),
                state.as_str()
            );
            return Err(Error::Refused(why));
        }
    };
    let new_seq = tx.tx.query_row("select seq from job where id = ?1", [id], |row| row.get(0))?;
    let detail = json!({ "line": seq, "reason": reason, "new_line": new_seq });
    audit::record(&mut tx, "outbox retry", ("job", Some(job.id.0)), &detail)?;
    tx.commit()?;
    Ok(new_seq)
}

/// The same by the text, for whoever has it before them.
///
/// # Errors
/// The same.
pub fn text_again(db: &mut Db, actor: &Actor, now: Micros, text: MessageId, due: Due) -> Result<i64> {
    let line: Option<i64> = db
        .conn()
        .prepare_cached("select seq from job where subject_id = ?1 and kind = 'text'")?
        .query_row([text], |row| row.get(0))
        .optional()?;
    let line = line.ok_or_else(|| Error::NotFound { what: "text", name: text.to_string() })?;
    retry(db, actor, now, line, "", due)
}

fn came_to_nothing(tx: &Tx<'_>, job: &Job) -> Result<bool> {
    Ok(tx
        .tx
        .prepare_cached(
            "select exists (select 1 from job j join message m on m.id = j.subject_id
                where j.id = ?1 and m.status in ('failed', 'undelivered'))",
        )?
        .query_row([job.id], |row| row.get(0))?)
}

/// Was it ever given up in doubt? Throwing it away then has not made it certain.
fn may_have_arrived(tx: &Tx<'_>, job: &Job) -> Result<bool> {
    Ok(tx
        .tx
        .prepare_cached("select exists (select 1 from evidence where job_id = ?1 and kind = 'unconfirmed')")?
        .query_row([job.id], |row| row.get(0))?)
}

fn refuse_repeated(tx: &Tx<'_>, job: &Job) -> Result<()> {
    let repeated: Option<i64> = tx
        .tx
        .prepare_cached("select seq from job where retry_of = ?1")?
        .query_row([job.id], |row| row.get(0))
        .optional()?;
    match repeated {
        Some(by) => Err(Error::Refused(format!("line {} was tried again already: see line {by}", job.seq))),
        None => Ok(()),
    }
}

fn again(tx: &mut Tx<'_>, job: &Job, not_before: Micros) -> Result<JobId> {
    let (lane, subject): ([u8; 16], [u8; 16]) =
        tx.tx.query_row("select lane, subject_id from job where id = ?1", [job.id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let (lane, subject) = (Uuid::from_bytes(lane), Uuid::from_bytes(subject));
    let new = NewJob { retry_of: Some(job.id), ..NewJob::new(job.kind, lane, subject, not_before) };
    outbox::enqueue(tx, &new)
}
