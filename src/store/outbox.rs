//! The outbox as people and use cases see it: put in, list, discard. What the engine does with jobs
//! is in [`super::claims`], trying again in [`super::retry`].

use std::time::Duration;

use rusqlite::{OptionalExtension as _, Row, params};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Db, Error, Result, Tx, allow, audit};
use crate::domain::consent::Purpose;
use crate::domain::ids::{JobId, UserId};
use crate::domain::job::{Destination, Kind, State, Step};
use crate::domain::phone::E164;
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// Payloads carry their version, so that a later release can read what an earlier one queued.
const PAYLOAD_VERSION: i64 = 1;

/// A job to be put in.
pub(super) struct NewJob {
    pub kind: Kind,
    pub lane: Uuid,
    /// The message or update it carries.
    pub subject: Uuid,
    pub not_before: Micros,
    pub deadline: Option<Micros>,
    pub retry_of: Option<JobId>,
}

impl NewJob {
    pub fn new(kind: Kind, lane: Uuid, subject: Uuid, not_before: Micros) -> Self {
        Self { kind, lane, subject, not_before, deadline: None, retry_of: None }
    }
}

pub(super) fn enqueue(tx: &mut Tx<'_>, job: &NewJob) -> Result<JobId> {
    let id = JobId(tx.id());
    tx.tx
        .prepare_cached(
            "insert into job (id, kind, destination, lane, subject_id, payload, payload_version, state, not_before,
                deadline, retry_of, created_at, created_by)
             values (?1, ?2, ?3, ?4, ?5, '{}', ?6, 'waiting', ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            id,
            job.kind,
            job.kind.destination(),
            job.lane.as_bytes(),
            job.subject.as_bytes(),
            PAYLOAD_VERSION,
            job.not_before,
            job.deadline,
            job.retry_of,
            tx.now,
            tx.actor.user,
        ])?;
    Ok(id)
}

/// Cancels every text to `number` for `purpose` that has not started to leave.
pub(super) fn cancel_texts(tx: &mut Tx<'_>, number: &E164, purpose: Purpose) -> Result<usize> {
    let waiting = {
        let mut statement = tx.tx.prepare_cached(
            "select j.id from message m join job j on j.subject_id = m.id
             where m.recipient = ?1 and m.purpose = ?2 and j.kind = 'text' and j.state = 'waiting'",
        )?;
        let rows = statement.query_map(params![number, purpose], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<Vec<JobId>>>()?
    };
    for job in &waiting {
        step(tx, *job, Step::Cancel, "the customer said no", None)?;
    }
    Ok(waiting.len())
}

/// Why a text waits whose number is held; the outbox says "waits: " before it.
pub(super) const HELD: &str = "a reply may mean stop, a person decides";

/// How soon a held text is looked at again; the decision itself releases it at once.
pub(super) const HOLD_LOOK: Duration = Duration::from_secs(15 * 60);

/// Keeps every text to `number` for `purpose` that has not started to leave.
pub(super) fn hold_texts(tx: &Tx<'_>, number: &E164, purpose: Purpose) -> Result<()> {
    tx.tx
        .prepare_cached(
            "update job set not_before = ?3, reason = ?4 where kind = 'text' and state = 'waiting'
               and subject_id in (select id from message where recipient = ?1 and purpose = ?2)",
        )?
        .execute(params![number, purpose, tx.now + HOLD_LOOK, HELD])?;
    Ok(())
}

/// Lets go what [`hold_texts`] has kept; the gate is asked again before it leaves.
pub(super) fn release_texts(tx: &Tx<'_>, number: &E164, purpose: Purpose) -> Result<()> {
    tx.tx
        .prepare_cached(
            "update job set not_before = ?3, reason = null
             where kind = 'text' and state = 'waiting' and reason = ?4
               and subject_id in (select id from message where recipient = ?1 and purpose = ?2)",
        )?
        .execute(params![number, purpose, tx.now, HELD])?;
    Ok(())
}

/// Makes one move by compare-and-set, and notes it as evidence.
pub(super) fn step(
    tx: &Tx<'_>,
    id: JobId,
    step: Step,
    why: &str,
    not_before: Option<Micros>,
) -> Result<State> {
    let (state, kind): (State, Kind) = tx
        .tx
        .prepare_cached("select state, kind from job where id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let next = state.after(step, kind).ok_or_else(|| {
        Error::Refused(format!("a {} that is {} cannot do that", kind.as_str(), state.as_str()))
    })?;
    let settled = (!next.blocks_lane()).then_some(tx.now);
    let moved = tx
        .tx
        .prepare_cached(
            "update job set state = ?3, reason = ?4, not_before = coalesce(?5, not_before), settled_at = ?6
             where id = ?1 and state = ?2",
        )?
        .execute(params![id, state, next, why, not_before, settled])?;
    if moved == 0 {
        return Err(Error::Fenced);
    }
    note(tx, id, None, next.as_str(), &json!({ "why": why }))?;
    if kind == Kind::Text && !next.blocks_lane() {
        settled_locally(tx, id, next)?;
    }
    Ok(next)
}

/// A text whose job ended without Twilio says so in its own status.
fn settled_locally(tx: &Tx<'_>, job: JobId, state: State) -> Result<()> {
    let status = match state {
        State::Canceled | State::Discarded | State::Expired | State::Unconfirmed => state.as_str(),
        State::Rejected => "failed",
        _ => return Ok(()),
    };
    tx.tx
        .prepare_cached(
            "update message set status = ?2 where id = (select subject_id from job where id = ?1) and sid is null",
        )?
        .execute(params![job, status])?;
    Ok(())
}

/// Adds to what is known about a job.
pub(super) fn note(tx: &Tx<'_>, job: JobId, attempt: Option<Uuid>, kind: &str, detail: &Value) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into evidence (job_id, attempt_id, kind, detail, at) values (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![job, attempt.map(|a| a.into_bytes()), kind, detail.to_string(), tx.now])?;
    Ok(())
}

/// One line of the outbox.
#[derive(Clone, PartialEq)]
pub struct Job {
    pub seq: i64,
    pub id: JobId,
    pub kind: Kind,
    pub destination: Destination,
    pub state: State,
    pub not_before: Micros,
    pub deadline: Option<Micros>,
    pub attempts: i64,
    pub reason: Option<String>,
    pub created_at: Micros,
    pub created_by: Option<UserId>,
    /// The job of the same lane that has to go first.
    pub behind: Option<i64>,
    /// Whom it is about.
    pub customer: Option<String>,
    /// The number it goes to, or the fields it changes.
    pub about: Option<String>,
}

redacted_debug!(Job, seq, kind, state, reason);

const SELECT: &str = "
    select j.seq, j.id, j.kind, j.destination, j.state, j.not_before, j.deadline, j.attempts, j.reason,
        j.created_at, j.created_by,
        (select b.seq from job b where b.lane = j.lane and b.seq < j.seq
            and j.state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked')
            and b.state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked') order by b.seq limit 1),
        coalesce(mc.name, lc.name, u.customer_name), coalesce(m.recipient, s.recipient, l.recipient,
            (select group_concat(f.field, ' and ') from contact_update_field f where f.update_id = u.id))
    from job j
    left join message m on j.kind = 'text' and m.id = j.subject_id
    left join customer mc on mc.id = m.customer_id
    left join mail l on j.kind = 'mail' and l.id = j.subject_id
    left join mail_sent s on s.mail_id = l.id
    left join customer lc on lc.id = l.customer_id
    left join contact_update u on j.kind in ('update', 'mark') and u.id = j.subject_id";

/// What is on its way or needs a person, oldest first; with `settled`, the newest of the rest too.
///
/// # Errors
/// The actor may not.
pub fn list(db: &Db, actor: &Actor, settled: bool, limit: u32) -> Result<Vec<Job>> {
    allow(actor, Action::ReadOutbox, Object::Any)?;
    // The lists of states are those of the partial indexes, word for word.
    let open = "j.seq in (
        select seq from job where state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked')
        union all select seq from job where state = 'unconfirmed')";
    let filter = if settled { "1" } else { open };
    let sql = format!("{SELECT} where {filter} order by j.seq desc limit ?1");
    let mut statement = db.conn().prepare_cached(&sql)?;
    let rows = statement.query_map([limit], job_row)?;
    let mut jobs = rows.collect::<rusqlite::Result<Vec<Job>>>()?;
    jobs.reverse();
    Ok(jobs)
}

/// The same lines as the screen shows them.
///
/// # Errors
/// The actor may not.
pub fn shown(db: &Db, actor: &Actor, settled: bool, limit: u32) -> Result<Vec<shown::Job>> {
    let safe = |text: &Option<String>| SafeText::new(text.as_deref().unwrap_or_default());
    let jobs = list(db, actor, settled, limit)?;
    let line = |job: Job| shown::Job {
        seq: job.seq,
        kind: job.kind.as_str().to_owned(),
        state: job.state.as_str().to_owned(),
        name: safe(&job.customer),
        about: safe(&job.about),
        not_before: job.not_before,
        attempts: job.attempts,
        reason: safe(&job.reason),
        behind: job.behind,
        at: job.created_at,
        mine: job.created_by.is_some() && job.created_by == actor.user,
    };
    Ok(jobs.into_iter().map(line).collect())
}

fn job_row(row: &Row<'_>) -> rusqlite::Result<Job> {
    Ok(Job {
        seq: row.get(0)?,
        id: row.get(1)?,
        kind: row.get(2)?,
        destination: row.get(3)?,
        state: row.get(4)?,
        not_before: row.get(5)?,
        deadline: row.get(6)?,
        attempts: row.get(7)?,
        reason: row.get(8)?,
        created_at: row.get(9)?,
        created_by: row.get(10)?,
        behind: row.get(11)?,
        customer: row.get(12)?,
        about: row.get(13)?,
    })
}

/// What the state row of a screen counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub texts_waiting: i64,
    pub mails_waiting: i64,
    pub to_upload: i64,
    pub unconfirmed: i64,
    pub parked: i64,
}

/// Counts what is not settled.
///
/// # Errors
/// Only if the file cannot be read.
pub fn counts(db: &Db) -> Result<Counts> {
    let open = "state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked')";
    let count = |filter: &str| -> Result<i64> {
        let sql = format!("select count(*) from job where {filter}");
        Ok(db.conn().prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
    };
    Ok(Counts {
        texts_waiting: count(&format!("destination = 'twilio' and {open} and state <> 'parked'"))?,
        mails_waiting: count(&format!("destination = 'mail' and {open} and state <> 'parked'"))?,
        to_upload: count(&format!("destination = 'upstream' and {open} and state <> 'parked'"))?,
        unconfirmed: count("state = 'unconfirmed'")?,
        parked: count(&format!("{open} and state = 'parked'"))?,
    })
}

pub(super) fn find(tx: &Tx<'_>, seq: i64) -> Result<Job> {
    tx.tx
        .prepare_cached(&format!("{SELECT} where j.seq = ?1"))?
        .query_row([seq], job_row)
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "outbox line", name: seq.to_string() })
}

/// When a retried job may leave and until when.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    pub not_before: Micros,
    pub deadline: Micros,
}

/// Throws a job away, with a reason. What may be under way cannot be discarded.
///
/// # Errors
/// It has started to leave, no reason, or the actor may not.
pub fn discard(db: &mut Db, actor: &Actor, now: Micros, seq: i64, reason: &str) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    let job = find(&tx, seq)?;
    tx.allow(Action::DiscardJob, Object::OwnedBy(job.created_by))?;
    if reason.trim().is_empty() {
        return Err(Error::Refused("reason: say why it is thrown away".into()));
    }
    step(&tx, job.id, Step::Discard, reason, None)?;
    audit::record(
        &mut tx,
        "outbox discard",
        ("job", Some(job.id.0)),
        &json!({ "line": seq, "reason": reason }),
    )?;
    tx.commit()
}
