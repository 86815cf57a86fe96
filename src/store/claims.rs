//! What the engine does with jobs: recover, claim, settle. Every write here is fenced by the
//! lease's epoch, and every move is a compare-and-set (design 4).

use std::time::Duration;

use rusqlite::{OptionalExtension as _, params};
use serde_json::json;

use super::updates::{self, Update};
use super::{Db, Error, Result, Tx, clash, consent, decisions, lease, mails, outbox, quiet};
use crate::domain::backoff;
use crate::domain::consent::{Block, Purpose};
use crate::domain::ids::{AttemptId, CustomerId, JobId, MessageId, UpdateId};
use crate::domain::job::{Destination, Kind, MAX_CRASHES, State, Step};
use crate::domain::mail::Mail;
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::text::Body;
use crate::domain::time::Micros;

/// How soon a text that waits for the decision of a clash is looked at again; the decision itself
/// releases it at once.
const CLASH_LOOK: Duration = Duration::from_secs(60);

/// Jobs whose attempt is on disk: the first byte may leave.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    pub attempt: AttemptId,
    pub jobs: Vec<JobId>,
    /// How often the oldest of them has been tried, this time included.
    pub attempts: i64,
    pub task: Task,
}

/// What the attempt is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    Text(Text),
    Upload(Box<Update>),
    /// One mark, with its time.
    Mark {
        upstream_id: i64,
        by: i64,
        at: Micros,
    },
    Mail(Mail),
    /// Several marks by one admin; the answer is a bare count and settles nothing (G11).
    Marks {
        upstream_ids: Vec<i64>,
        by: i64,
    },
}

/// One text on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub message: MessageId,
    pub from: E164,
    pub to: E164,
    pub body: Body,
}

struct Ready {
    id: JobId,
    kind: Kind,
    subject: [u8; 16],
    crashes: i64,
    attempts: i64,
    deadline: Option<Micros>,
}

/// A mark that may go: the rows of its update that are not marked yet, by whom, when.
struct ReadyMark {
    job: JobId,
    ids: Vec<i64>,
    by: i64,
    at: Micros,
    attempts: i64,
}

/// Begins a fenced write of the engine.
pub(super) fn fenced<'a>(db: &'a mut Db, actor: &'a Actor, epoch: i64, now: Micros) -> Result<Tx<'a>> {
    let tx = db.begin(actor, now)?;
    tx.allow(Action::RunSync, Object::Any)?;
    lease::check(&tx, epoch)?;
    Ok(tx)
}

/// Puts right what a dead engine left behind: what it had claimed waits again, what it had started
/// is in doubt. Answers with how many jobs were touched.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn recover(db: &mut Db, epoch: i64, now: Micros) -> Result<usize> {
    strand(db, epoch, now, epoch, 1)
}

/// The same for what this engine leaves behind when it ends in good order: nobody's crash.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn leave(db: &mut Db, epoch: i64, now: Micros) -> Result<usize> {
    strand(db, epoch, now, epoch + 1, 0)
}

fn strand(db: &mut Db, epoch: i64, now: Micros, before: i64, crashes: i64) -> Result<usize> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    let stranded = {
        let mut statement = tx.tx.prepare(
            "select id, state from job indexed by job_open
             where state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked')
               and state in ('claimed', 'in flight') and epoch < ?1 order by seq",
        )?;
        let rows = statement.query_map([before], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<(JobId, State)>>>()?
    };
    for (id, state) in &stranded {
        tx.tx.execute("update job set crashes = crashes + ?2 where id = ?1", params![id, crashes])?;
        let step = if *state == State::Claimed { Step::PutBack } else { Step::Doubt };
        outbox::step(&tx, *id, step, "the sync stopped while this was under way", Some(now))?;
        reflect(&tx, *id)?;
    }
    tx.commit()?;
    Ok(stranded.len())
}

/// Claims what may leave now for one destination: heads of lanes whose time has come, gates asked
/// inside this transaction. What the gates refuse is settled here. Attempts are durable on return.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn claim(db: &mut Db, epoch: i64, now: Micros, to: Destination, limit: usize) -> Result<Vec<Claimed>> {
    if !anything_due(db, to, now)? {
        return Ok(Vec::new());
    }
    let machine = Actor::machine();
    let mut tx = fenced(db, &machine, epoch, now)?;
    let (mut claimed, mut marks) = (Vec::new(), Vec::new());
    for job in ready(&tx, to, limit)? {
        tx.tx.execute_batch("savepoint one_job")?;
        match claim_one(&mut tx, epoch, &job, &mut marks) {
            Ok(ready) => claimed.extend(ready),
            Err(why @ (Error::Fenced | Error::Busy | Error::DiskFull)) => return Err(why),
            Err(why) => {
                // One job that cannot be read must not stop all the others, now and at every start.
                tx.tx.execute_batch("rollback to one_job")?;
                outbox::step(&tx, job.id, Step::Park, &format!("cannot be sent as it is: {why}"), None)?;
            }
        }
        tx.tx.execute_batch("release one_job")?;
    }
    claimed.extend(start_marks(&mut tx, epoch, marks)?);
    tx.commit()?;
    Ok(claimed)
}

fn claim_one(
    tx: &mut Tx<'_>,
    epoch: i64,
    job: &Ready,
    marks: &mut Vec<ReadyMark>,
) -> Result<Option<Claimed>> {
    if job.crashes >= MAX_CRASHES {
        let why = "it was under way each of the three times the sync was killed; look at it, then retry";
        outbox::step(tx, job.id, Step::Park, why, None)?;
        return Ok(None);
    }
    match job.kind {
        Kind::Text => claim_text(tx, epoch, job),
        Kind::Update => {
            let update = updates::read(&tx.tx, UpdateId(uuid::Uuid::from_bytes(job.subject)))?;
            let attempt = start(tx, epoch, Destination::Upstream, "create update", &[job.id])?;
            let task = Task::Upload(Box::new(update));
            Ok(Some(Claimed { attempt, jobs: vec![job.id], attempts: job.attempts + 1, task }))
        }
        Kind::Mark => {
            marks.extend(claim_mark(tx, job)?);
            Ok(None)
        }
        Kind::Mail => claim_mail(tx, epoch, job),
    }
}

fn anything_due(db: &Db, to: Destination, now: Micros) -> Result<bool> {
    Ok(db
        .conn()
        .prepare_cached(
            "select exists (select 1 from job where destination = ?1 and not_before <= ?2
               and state = 'waiting')",
        )?
        .query_row(params![to, now], |row| row.get(0))?)
}

fn ready(tx: &Tx<'_>, to: Destination, limit: usize) -> Result<Vec<Ready>> {
    let mut statement = tx.tx.prepare_cached(
        "select j.id, j.kind, j.subject_id, j.crashes, j.attempts, j.deadline from job j indexed by job_open
         where j.destination = ?1 and j.not_before <= ?2
           and j.state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked') and j.state = 'waiting'
           and not exists (select 1 from job b where b.lane = j.lane and b.seq < j.seq
               and b.state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked'))
           and not exists (select 1 from payment_request p where p.subject_id = j.subject_id and p.latest is null)
         order by j.seq limit ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![to, tx.now, limit], |row| {
        Ok(Ready {
            id: row.get(0)?,
            kind: row.get(1)?,
            subject: row.get(2)?,
            crashes: row.get(3)?,
            attempts: row.get(4)?,
            deadline: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn claim_text(tx: &mut Tx<'_>, epoch: i64, job: &Ready) -> Result<Option<Claimed>> {
    type Row = (MessageId, E164, E164, Body, Option<CustomerId>, Purpose, bool, Option<Micros>);
    let (message, from, to, body, customer, purpose, automatic, send_at): Row = tx
        .tx
        .prepare_cached(
            "select id, sender, recipient, body, customer_id, purpose, automatic or sent_by is null, send_at
             from message where id = ?1",
        )?
        .query_row([job.subject], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?, r.get(7)?))
        })?;
    if job.deadline.is_some_and(|deadline| deadline <= tx.now) {
        outbox::step(
            tx,
            job.id,
            Step::Expire,
            "it waited too long to be worth sending; send it again if it still is",
            None,
        )?;
        return Ok(None);
    }
    let gate = consent::gate(&tx.tx, &to, customer, purpose)?;
    decisions::leaving(tx, message, &gate)?;
    match gate {
        Ok(_) => {}
        Err(Block::Held { .. }) => {
            tx.tx
                .prepare_cached(
                    "update job set not_before = ?2, reason = ?3 where id = ?1 and state = 'waiting'",
                )?
                .execute(params![job.id, tx.now + outbox::HOLD_LOOK, outbox::HELD])?;
            return Ok(None);
        }
        Err(block) => {
            outbox::step(tx, job.id, Step::Cancel, &block.to_string(), None)?;
            return Ok(None);
        }
    }
    if let Some(customer) = customer.filter(|_| automatic)
        && clash::holds(&tx.tx, customer)?
    {
        // Which contact is the right one is being decided: a person's own text goes all the same.
        tx.tx
            .prepare_cached(
                "update job set not_before = ?2, reason = ?3 where id = ?1 and state = 'waiting'",
            )?
            .execute(params![job.id, tx.now + CLASH_LOOK, clash::HELD])?;
        return Ok(None);
    }
    if !may_leave_now(tx, job, &quiet::Asked { number: &to, customer, purpose, at: send_at })? {
        return Ok(None);
    }
    let attempt = start(tx, epoch, Destination::Twilio, "create message", &[job.id])?;
    let task = Task::Text(Text { message, from, to, body });
    Ok(Some(Claimed { attempt, jobs: vec![job.id], attempts: job.attempts + 1, task }))
}

/// The hour where the customer is; what has to wait for another is put off, its deadline with it.
fn may_leave_now(tx: &Tx<'_>, job: &Ready, asked: &quiet::Asked<'_>) -> Result<bool> {
    let till = |till: Micros| job.deadline.map(|deadline| till + deadline.since(tx.now));
    match quiet::ask_now(tx, asked)? {
        // A clock that was set back must not make it leave before its time.
        quiet::Leave::Now => match asked.at.filter(|at| *at > tx.now) {
            Some(at) => quiet::put_off(tx, job.id, at, "", till(at))?,
            None => return Ok(true),
        },
        quiet::Leave::At(at, why) => {
            if asked.purpose == Purpose::Marketing {
                quiet::set_apart(tx, job.id)?;
            }
            quiet::put_off(tx, job.id, at, &why, till(at))?;
        }
        quiet::Leave::Never => {
            outbox::step(tx, job.id, Step::Cancel, quiet::NEVER, None)?;
        }
    }
    Ok(false)
}

fn claim_mail(tx: &mut Tx<'_>, epoch: i64, job: &Ready) -> Result<Option<Claimed>> {
    match mails::outgoing(tx, job.subject)? {
        Ok(mail) => {
            mails::leaves(tx, &mail)?;
            let attempt = start(tx, epoch, Destination::Mail, "send mail", &[job.id])?;
            let task = Task::Mail(mail);
            Ok(Some(Claimed { attempt, jobs: vec![job.id], attempts: job.attempts + 1, task }))
        }
        Err(why) => {
            outbox::step(tx, job.id, Step::Cancel, &why, None)?;
            Ok(None)
        }
    }
}

/// A mark needs the upstream's id of its update; it waits behind the upload in the same lane.
fn claim_mark(tx: &Tx<'_>, job: &Ready) -> Result<Option<ReadyMark>> {
    let update = UpdateId(uuid::Uuid::from_bytes(job.subject));
    let rows = {
        let mut statement = tx.tx.prepare_cached(
            "select upstream_id, synced from contact_update_ref where update_id = ?1 order by upstream_id",
        )?;
        let rows = statement.query_map([update], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<(i64, bool)>>>()?
    };
    if rows.is_empty() {
        let why = "its update never reached the upstream: retry that line first, then this one";
        outbox::step(tx, job.id, Step::Cancel, why, None)?;
        return Ok(None);
    }
    let (by, at): (Option<i64>, Option<Micros>) = tx.tx.query_row(
        "select synced_by, synced_at from contact_update_state where update_id = ?1",
        [update],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let ids: Vec<i64> = rows.iter().filter(|(_, synced)| !synced).map(|(id, _)| *id).collect();
    let (Some(by), false) = (by, ids.is_empty()) else {
        outbox::step(tx, job.id, Step::Accept, "the upstream has it as synced already", None)?;
        return Ok(None);
    };
    Ok(Some(ReadyMark { job: job.id, ids, by, at: at.unwrap_or(tx.now), attempts: job.attempts + 1 }))
}

/// One admin's marks that are ready together go as one attempt; a single one keeps its own time,
/// and what has failed before goes by itself, so that one bad id cannot hold up the others.
fn start_marks(tx: &mut Tx<'_>, epoch: i64, mut marks: Vec<ReadyMark>) -> Result<Vec<Claimed>> {
    marks.sort_by_key(|mark| mark.by);
    let together = |a: &ReadyMark, b: &ReadyMark| a.by == b.by && a.attempts == 1 && b.attempts == 1;
    let mut claimed = Vec::new();
    for group in marks.chunk_by(together) {
        let jobs: Vec<JobId> = group.iter().map(|mark| mark.job).collect();
        let ids: Vec<i64> = group.iter().flat_map(|mark| mark.ids.iter().copied()).collect();
        let ReadyMark { by, at, attempts, .. } = group[0];
        let (what, task) = match ids.as_slice() {
            [one] => ("mark synced", Task::Mark { upstream_id: *one, by, at }),
            _ => ("bulk sync", Task::Marks { upstream_ids: ids, by }),
        };
        let attempt = start(tx, epoch, Destination::Upstream, what, &jobs)?;
        claimed.push(Claimed { attempt, jobs, attempts, task });
    }
    Ok(claimed)
}

/// Claims the jobs and writes their attempt.
fn start(tx: &mut Tx<'_>, epoch: i64, to: Destination, what: &str, jobs: &[JobId]) -> Result<AttemptId> {
    let attempt = AttemptId(tx.id());
    tx.tx
        .prepare_cached(
            "insert into attempt (id, epoch, destination, request, at) values (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![attempt, epoch, to, what, tx.now])?;
    for job in jobs {
        tx.tx
            .prepare_cached("update job set epoch = ?2, attempts = attempts + 1 where id = ?1")?
            .execute(params![job, epoch])?;
        outbox::step(tx, *job, Step::Claim, "", None)?;
        outbox::step(tx, *job, Step::Start, "", None)?;
        tx.tx
            .prepare_cached("insert into attempt_job (attempt_id, job_id) values (?1, ?2)")?
            .execute(params![attempt, job])?;
        reflect(tx, *job)?;
    }
    Ok(attempt)
}

/// Where a job goes after an answer or a look-up.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub job: JobId,
    pub attempt: Option<AttemptId>,
    pub step: Step,
    pub why: String,
    pub not_before: Option<Micros>,
}

/// Settles one job of this engine; what it learned stays as evidence.
pub(super) fn settle(tx: &Tx<'_>, epoch: i64, verdict: &Verdict) -> Result<()> {
    let owner: Option<(i64, State)> = tx
        .tx
        .prepare_cached("select epoch, state from job where id = ?1")?
        .query_row([verdict.job], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match owner {
        Some((by, State::InFlight)) if by != epoch => return Err(Error::Fenced),
        Some(_) => {}
        None => return Err(Error::NotFound { what: "job", name: verdict.job.to_string() }),
    }
    outbox::step(tx, verdict.job, verdict.step, &verdict.why, verdict.not_before)?;
    if let Some(attempt) = verdict.attempt {
        let detail = json!({ "why": verdict.why });
        outbox::note(tx, verdict.job, Some(attempt.0), "answer", &detail)?;
    }
    reflect(tx, verdict.job)
}

/// Settles several jobs at once.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn settle_all(db: &mut Db, epoch: i64, now: Micros, verdicts: &[Verdict]) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    for verdict in verdicts {
        settle(&tx, epoch, verdict)?;
    }
    tx.commit()
}

/// Writes the job's state where screens look: the upload state of its update.
fn reflect(tx: &Tx<'_>, job: JobId) -> Result<()> {
    tx.tx
        .prepare_cached(
            "update contact_update_state set rev = rev + 1, upload = case j.state
                when 'waiting' then 'not uploaded' when 'claimed' then 'not uploaded'
                when 'in flight' then 'uploading' when 'accepted' then 'uploaded'
                when 'ambiguous' then 'not confirmed' when 'unconfirmed' then 'not confirmed'
                when 'rejected' then 'refused' else upload end
             from job j where j.id = ?1 and j.kind = 'update' and update_id = j.subject_id",
        )?
        .execute([job])?;
    Ok(())
}

/// A job in doubt, and what a look-up needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    pub job: JobId,
    pub kind: Kind,
    pub subject: uuid::Uuid,
    /// When the attempt in doubt began.
    pub since: Micros,
    /// When it was found to be in doubt.
    pub doubted: Micros,
    /// How often it was looked up already.
    pub looks: u32,
    pub attempts: i64,
}

/// Jobs in doubt whose next look-up is due.
///
/// # Errors
/// Only if the file cannot be read.
pub fn doubts(db: &Db, to: Destination, now: Micros, limit: usize) -> Result<Vec<Doubt>> {
    let mut statement = db.conn().prepare_cached(
        "select j.id, j.kind, j.subject_id, j.attempts,
            (select max(a.at) from attempt a join attempt_job aj on aj.attempt_id = a.id where aj.job_id = j.id),
            (select count(*) from evidence e where e.job_id = j.id and e.kind = 'looked up'
               and e.seq > (select max(d.seq) from evidence d where d.job_id = j.id and d.kind = 'ambiguous')),
            (select max(d.at) from evidence d where d.job_id = j.id and d.kind = 'ambiguous')
         from job j
         where j.destination = ?1 and j.not_before <= ?2
           and j.state = 'ambiguous'
         order by j.not_before limit ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![to, now, limit], |row| {
        Ok(Doubt {
            job: row.get(0)?,
            kind: row.get(1)?,
            subject: uuid::Uuid::from_bytes(row.get(2)?),
            attempts: row.get(3)?,
            since: row.get::<_, Option<Micros>>(4)?.unwrap_or_default(),
            looks: row.get(5)?,
            doubted: row.get::<_, Option<Micros>>(6)?.unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes a look-up that did not settle the doubt (`found` candidates; `None`: it failed itself and
/// does not count), and when to look again.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn looked_up(
    db: &mut Db,
    epoch: i64,
    now: Micros,
    job: JobId,
    found: Option<usize>,
    next: Micros,
) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    if let Some(found) = found {
        outbox::note(&tx, job, None, "looked up", &json!({ "candidates": found }))?;
    }
    tx.tx.execute(
        "update job set not_before = ?2 where id = ?1 and state = 'ambiguous'",
        params![job, next],
    )?;
    tx.commit()
}

/// The numbers and words of a text in doubt.
///
/// # Errors
/// Only if the file cannot be read.
pub fn text(db: &Db, message: uuid::Uuid) -> Result<Text> {
    Ok(db
        .conn()
        .prepare_cached("select id, sender, recipient, body from message where id = ?1")?
        .query_row([message.as_bytes()], |row| {
            Ok(Text { message: row.get(0)?, from: row.get(1)?, to: row.get(2)?, body: row.get(3)? })
        })?)
}

/// The update of a job in doubt.
///
/// # Errors
/// Only if the file cannot be read.
pub fn update(db: &Db, update: uuid::Uuid) -> Result<Update> {
    updates::read(db.conn(), UpdateId(update))
}

/// When the next job of a destination becomes due, if nothing happens before.
///
/// # Errors
/// Only if the file cannot be read.
pub fn next_due(db: &Db, to: Destination) -> Result<Option<Micros>> {
    let first = |state: &str| -> Result<Option<Micros>> {
        let sql = format!(
            "select j.not_before from job j where j.destination = ?1 and j.state = '{state}'
               and not exists (select 1 from job b where b.lane = j.lane and b.seq < j.seq
                   and b.state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked'))
             order by j.not_before limit 1"
        );
        Ok(db.conn().prepare_cached(&sql)?.query_row([to], |row| row.get(0)).optional()?)
    };
    Ok([first("waiting")?, first("ambiguous")?].into_iter().flatten().min())
}

/// After the clock was set back: nothing waits for a time that was only far away by mistake.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn clamp(db: &mut Db, epoch: i64, now: Micros) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    let latest = now + backoff::CAP;
    tx.tx.execute(
        "update job set not_before = ?1 where not_before > ?1
           and state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked')
           and not exists (select 1 from message m where m.id = subject_id and m.send_at > ?1)",
        [latest],
    )?;
    tx.tx.execute("update message set next_poll_at = ?1 where next_poll_at > ?1", [latest])?;
    tx.commit()
}
