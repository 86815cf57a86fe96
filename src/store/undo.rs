//! Taking back (design 4.8): this person's own newest act, as long as nothing of it has left. Every
//! move is a compare-and-set inside one write, so the engine and a person never both win.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::drafts::{self, Owner};
use super::outbox::{self, Job};
use super::{Db, Error, Result, Tx, allow, audit, clash, effective, merge, record};
use crate::domain::ids::{CustomerId, MergeId, UpdateId, UserId};
use crate::domain::job::{Kind, State, Step};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Undoable, Undone};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::{Field, Status, Upload};

mod no;
mod put_back;

pub use put_back::put_back;

/// The kind of an act that no job carries out.
pub(crate) const MERGED: &str = "merge";

/// How long `u` takes a merge back.
const MERGE: Duration = Duration::from_secs(600);

/// An act and its place among this person's acts: the number of its audit entry.
type Candidate = (i64, Undoable);

/// The actor's newest act that can be taken back. `undo` is the window of updates and marks; a text
/// can be taken back for as long as it waits.
///
/// # Errors
/// The actor may not.
pub fn newest(db: &Db, actor: &Actor, now: Micros, undo: Duration) -> Result<Option<Undoable>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = db.snapshot()?;
    let candidates = [
        // Withdrawing is better: of two ways to take back one act the last counts.
        put_back::newest(&conn, actor, now)?,
        text(&conn, actor, now)?,
        mail(&conn, actor, now)?,
        update(&conn, actor, now, undo)?,
        marks(&conn, actor, now, undo)?,
        merged(&conn, actor, now)?,
        no::newest(&conn, actor, now)?,
        record::undo::newest(&conn, actor, now)?,
    ];
    Ok(candidates.into_iter().flatten().max_by_key(|(entry, _)| *entry).map(|(_, act)| act))
}

fn text(conn: &Connection, actor: &Actor, now: Micros) -> Result<Option<Candidate>> {
    let mut statement = conn.prepare_cached(
        "select j.seq, m.customer_id, coalesce(c.name, m.recipient), j.not_before, j.deadline,
            (select max(seq) from audit a where a.object_id = m.id and a.action = 'text queued')
         from job j indexed by job_open join message m on m.id = j.subject_id
         left join customer c on c.id = m.customer_id
         where j.state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked') and j.state = 'waiting'
           and j.destination = 'twilio' and j.kind = 'text' and j.created_by = ?1
         order by j.seq desc limit 1",
    )?;
    let candidate = |row: &Row<'_>| {
        let (held, deadline): (Micros, Option<Micros>) = (row.get(3)?, row.get(4)?);
        let until = if held > now { held } else { deadline.unwrap_or(held) };
        act(row, Kind::Text, until, 5)
    };
    Ok(statement.query_row([actor.user], candidate).optional()?)
}

/// A mail for as long as it waits.
fn mail(conn: &Connection, actor: &Actor, now: Micros) -> Result<Option<Candidate>> {
    let mut statement = conn.prepare_cached(
        "select j.seq, m.customer_id, c.name, j.not_before,
            (select max(seq) from audit a where a.object_id = m.id and a.action = 'mail queued')
         from job j indexed by job_open join mail m on m.id = j.subject_id
         join customer c on c.id = m.customer_id
         where j.state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked') and j.state = 'waiting'
           and j.destination = 'mail' and j.created_by = ?1
         order by j.seq desc limit 1",
    )?;
    let candidate = |row: &Row<'_>| act(row, Kind::Mail, row.get::<_, Micros>(3)?.max(now), 4);
    Ok(statement.query_row([actor.user], candidate).optional()?)
}

fn update(conn: &Connection, actor: &Actor, now: Micros, undo: Duration) -> Result<Option<Candidate>> {
    let mut statement = conn.prepare_cached(
        "select u.seq, u.customer_id, c.name, u.captured_at,
            (select max(seq) from audit a where a.object_id = u.id and a.action = 'contact updated')
         from contact_update u indexed by contact_update_captured
         join contact_update_state s on s.update_id = u.id join customer c on c.id = u.customer_id
         where u.captured_at > ?2 and u.agent_id = ?1 and u.origin = 'here'
           and s.status in ('pending', 'awaiting approval') and s.upload = 'not uploaded'
           and not exists (select 1 from batch_update b where b.update_id = u.id)
           and coalesce((select j.state from job j where j.subject_id = u.id and j.kind = 'update'
                order by j.seq desc limit 1), 'waiting') = 'waiting'
         order by u.seq desc limit 1",
    )?;
    let candidate = |row: &Row<'_>| act(row, Kind::Update, row.get::<_, Micros>(3)? + undo, 4);
    Ok(statement.query_row(params![actor.user, now - undo], candidate).optional()?)
}

/// Marks of one moment are one act.
fn marks(conn: &Connection, actor: &Actor, now: Micros, undo: Duration) -> Result<Option<Candidate>> {
    let mut statement = conn.prepare_cached(
        "select u.seq, u.customer_id, c.name, s.synced_at,
            (select max(seq) from audit a where a.object_id = u.id and a.action = 'marked synced')
         from contact_update_state s indexed by contact_update_synced
         join contact_update u on u.id = s.update_id join customer c on c.id = u.customer_id
         where s.synced_at > ?2 and s.synced_by = ?1 and s.status = 'synced' and s.mark_seen <> 'yes'
           and coalesce((select j.state from job j where j.subject_id = u.id and j.kind = 'mark'
                order by j.seq desc limit 1), 'waiting') = 'waiting'
         order by 5 desc limit 1",
    )?;
    let candidate = |row: &Row<'_>| {
        let at: Micros = row.get(3)?;
        Ok((act(row, Kind::Mark, at + undo, 4)?, at))
    };
    let found = statement.query_row(params![actor.number, now - undo], candidate).optional()?;
    let Some(((entry, mut act), at)) = found else { return Ok(None) };
    let together = marked_at(conn, actor, at)?.len();
    if together > 1 {
        act.name = SafeText::new(&format!("{} and {} more", act.name, together - 1));
    }
    Ok(Some((entry, act)))
}

/// Nothing of a merge leaves, so there is no hurry; later it is split by its id.
fn merged(conn: &Connection, actor: &Actor, now: Micros) -> Result<Option<Candidate>> {
    let mut statement = conn.prepare_cached(
        "select m.seq, m.kept, c.name, m.at,
            (select max(seq) from audit a where a.object_id = m.gone and a.action = 'customer merged away')
         from customer_merged m join customer c on c.id = m.kept
         where m.user_id = ?1 and m.at > ?2 order by m.seq desc limit 1",
    )?;
    let candidate = |row: &Row<'_>| {
        let (entry, act) = act(row, Kind::Update, row.get::<_, Micros>(3)? + MERGE, 4)?;
        Ok((entry, Undoable { kind: MERGED.to_owned(), ..act }))
    };
    Ok(statement.query_row(params![actor.user, now - MERGE], candidate).optional()?)
}

/// Splits a merge of the actor's own.
fn split(tx: &mut Tx<'_>, seq: i64) -> Result<Undone> {
    let found: Option<(MergeId, Option<UserId>)> = tx
        .tx
        .prepare_cached("select id, user_id from customer_merge where seq = ?1")?
        .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (id, by) = found.ok_or_else(|| Error::NotFound { what: "merge", name: seq.to_string() })?;
    own(tx, by)?;
    let split = merge::split_in(tx, id)?;
    let said = split.sentences().join(". ");
    Ok(Undone {
        kind: MERGED.to_owned(),
        customer: Some(split.kept),
        name: SafeText::new(&format!("{} with {}", split.kept_name, split.gone_name)),
        body: said,
    })
}

fn act(row: &Row<'_>, kind: Kind, until: Micros, entry: usize) -> rusqlite::Result<Candidate> {
    let act = Undoable {
        seq: row.get(0)?,
        kind: kind.as_str().to_owned(),
        customer: row.get(1)?,
        name: SafeText::new(&row.get::<_, String>(2)?),
        until,
    };
    Ok((row.get::<_, Option<i64>>(entry)?.unwrap_or_default(), act))
}

/// What this admin has marked at one moment.
fn marked_at(conn: &Connection, actor: &Actor, at: Micros) -> Result<Vec<UpdateId>> {
    let mut statement = conn.prepare_cached(
        "select s.update_id from contact_update_state s
         where s.synced_at = ?1 and s.synced_by = ?2 and s.status = 'synced' and s.mark_seen <> 'yes'",
    )?;
    let rows = statement.query_map(params![at, actor.number], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Takes back one act of the actor's own, as [`newest`] has named it.
///
/// # Errors
/// It has left, or is leaving: the sentence says what can be done instead. It is somebody else's.
pub fn take_back(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    undo: Duration,
    seq: i64,
    kind: &str,
) -> Result<Undone> {
    let mut tx = db.begin(actor, now)?;
    let undone = match Kind::parse(kind) {
        Some(Kind::Text) => cancel_text(&mut tx, seq)?,
        Some(Kind::Mail) => cancel_mail(&mut tx, seq)?,
        Some(Kind::Update) => withdraw(&mut tx, undo, seq)?,
        Some(Kind::Mark) => unmark(&mut tx, undo, seq)?,
        None if kind == MERGED => split(&mut tx, seq)?,
        None if kind == no::KIND => no::take_back(&mut tx, seq)?,
        None if record::undo::is_kind(kind) => record::undo::take_back(&mut tx, seq)?,
        None => return Err(Error::NotFound { what: "act", name: kind.to_owned() }),
    };
    tx.commit()?;
    Ok(undone)
}

fn cancel_text(tx: &mut Tx<'_>, seq: i64) -> Result<Undone> {
    tx.allow(Action::SendText, Object::Any)?;
    let job = still_here(tx, seq, Kind::Text)?;
    outbox::step(tx, job.id, Step::Cancel, "taken back", None)?;
    let (customer, number, body): (Option<CustomerId>, String, String) = tx.tx.query_row(
        "select m.customer_id, m.recipient, m.body from job j join message m on m.id = j.subject_id
         where j.id = ?1",
        [job.id],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let whose = customer.map_or_else(|| Owner::Number(SafeText::new(&number)), Owner::Customer);
    drafts::taken_back(tx, &whose, &body)?;
    audit::record(tx, "text taken back", ("job", Some(job.id.0)), &json!({ "line": seq }))?;
    let name = SafeText::new(job.customer.or(job.about).as_deref().unwrap_or_default());
    Ok(Undone { kind: Kind::Text.as_str().to_owned(), customer, name, body })
}

/// What was recorded with it, such as an acknowledgement, stays.
fn cancel_mail(tx: &mut Tx<'_>, seq: i64) -> Result<Undone> {
    tx.allow(Action::SendMail, Object::Any)?;
    let job = still_here(tx, seq, Kind::Mail)?;
    outbox::step(tx, job.id, Step::Cancel, "taken back", None)?;
    let customer: CustomerId = tx.tx.query_row(
        "select m.customer_id from job j join mail m on m.id = j.subject_id where j.id = ?1",
        [job.id],
        |row| row.get(0),
    )?;
    audit::record(tx, "mail taken back", ("job", Some(job.id.0)), &json!({ "line": seq }))?;
    let name = SafeText::new(job.customer.as_deref().unwrap_or_default());
    Ok(Undone { kind: Kind::Mail.as_str().to_owned(), customer: Some(customer), name, body: String::new() })
}

/// The actor's own text or mail, if it has not begun to leave.
fn still_here(tx: &Tx<'_>, seq: i64, kind: Kind) -> Result<Job> {
    let job = outbox::find(tx, seq)?;
    if job.kind != kind {
        return Err(Error::NotFound { what: kind.as_str(), name: seq.to_string() });
    }
    own(tx, job.created_by)?;
    let call_back = format!("a {} cannot be called back", kind.as_str());
    match job.state {
        State::Waiting => Ok(job),
        State::Claimed | State::InFlight => refuse("it is being sent now"),
        State::Accepted => refuse(format!("it left {}: {call_back}", when(tx, &job)?)),
        State::Ambiguous | State::Unconfirmed => refuse(format!("it may have arrived: {call_back}")),
        State::Parked => refuse("it is set aside: throw it away in the outbox"),
        State::Rejected | State::Canceled | State::Discarded | State::Expired => {
            refuse(format!("it will not be sent: it is {} already", job.state.as_str()))
        }
    }
}

/// A captured update with what decides whether it can be withdrawn.
struct Captured {
    id: UpdateId,
    customer: CustomerId,
    name: String,
    agent: Option<UserId>,
    captured_at: Micros,
    status: Status,
    upload: Upload,
    batch: Option<i64>,
}

fn captured(tx: &Tx<'_>, seq: i64) -> Result<Captured> {
    tx.tx
        .prepare_cached(
            "select u.id, u.customer_id, c.name, u.agent_id, u.captured_at, s.status, s.upload,
                (select max(b.number) from batch b join batch_update l on l.batch_id = b.id
                 where l.update_id = u.id)
             from contact_update u join contact_update_state s on s.update_id = u.id
             join customer c on c.id = u.customer_id where u.seq = ?1",
        )?
        .query_row([seq], |row| {
            Ok(Captured {
                id: row.get(0)?,
                customer: row.get(1)?,
                name: row.get(2)?,
                agent: row.get(3)?,
                captured_at: row.get(4)?,
                status: row.get(5)?,
                upload: row.get(6)?,
                batch: row.get(7)?,
            })
        })
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "update", name: seq.to_string() })
}

/// The update stays as a fact and counts no more.
fn withdraw(tx: &mut Tx<'_>, undo: Duration, seq: i64) -> Result<Undone> {
    tx.allow(Action::CaptureUpdate, Object::Any)?;
    let update = captured(tx, seq)?;
    own(tx, update.agent)?;
    let job = newest_job(tx, update.id, Kind::Update)?;
    let instead = "capture a new update instead";
    if update.status == Status::Withdrawn {
        return refuse("it was taken back already");
    }
    match &job {
        Some(job) if matches!(job.state, State::Claimed | State::InFlight) => {
            return refuse(format!("it is being sent now: {instead}"));
        }
        Some(job) if job.state == State::Accepted => {
            return refuse(format!("it left {}: {instead}", when(tx, job)?));
        }
        _ => {}
    }
    match (update.status, update.upload, update.batch) {
        (Status::Pending | Status::AwaitingApproval, Upload::NotUploaded, None) => {}
        (_, _, Some(number)) => return refuse(format!("it is in batch {number} already: {instead}")),
        (Status::Pending, upload, _) => {
            return refuse(format!("its upload is {}: {instead}", upload.as_str()));
        }
        (status, ..) => return refuse(format!("it is {} already: {instead}", status.as_str())),
    }
    within(tx, update.captured_at, undo, instead)?;
    tx.tx
        .prepare_cached(
            "update contact_update_state set status = 'withdrawn', rev = rev + 1
             where update_id = ?1 and status in ('pending', 'awaiting approval') and upload = 'not uploaded'",
        )?
        .execute([update.id])?;
    let notice = notice(tx, update.id)?;
    for job in [job, notice].into_iter().flatten().filter(|job| job.state == State::Waiting) {
        outbox::step(tx, job.id, Step::Cancel, "taken back", None)?;
    }
    for field in Field::ALL {
        effective::refold(tx, update.customer, field)?;
    }
    audit::record(tx, "update taken back", ("update", Some(update.id.0)), &json!({ "update": seq }))?;
    Ok(undone(Kind::Update, &update))
}

/// The text that tells the old mobile.
fn notice(tx: &Tx<'_>, update: UpdateId) -> Result<Option<Job>> {
    let seq: Option<i64> = tx
        .tx
        .prepare_cached(
            "select j.seq from contact_update_notice n join job j on j.subject_id = n.message_id
             where n.update_id = ?1 and j.kind = 'text'",
        )?
        .query_row([update], |row| row.get(0))
        .optional()?;
    seq.map(|seq| outbox::find(tx, seq)).transpose()
}

/// Takes back what was marked in the same moment as this update, all of it or nothing.
fn unmark(tx: &mut Tx<'_>, undo: Duration, seq: i64) -> Result<Undone> {
    tx.allow(Action::MarkSynced, Object::Any)?;
    let update = captured(tx, seq)?;
    let (at, by): (Option<Micros>, Option<i64>) = tx.tx.query_row(
        "select synced_at, synced_by from contact_update_state where update_id = ?1",
        [update.id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (Some(at), Status::Synced) = (at, update.status) else {
        return refuse(format!("it is not marked: it is {}", update.status.as_str()));
    };
    own(tx, tx.actor.user.filter(|_| by == Some(tx.actor.number)))?;
    let together = marked_at(&tx.tx, tx.actor, at)?;
    for id in &together {
        match newest_job(tx, *id, Kind::Mark)? {
            None => {}
            Some(job) if job.state == State::Waiting => {}
            Some(job) if matches!(job.state, State::Claimed | State::InFlight) => {
                return refuse("it is being sent now: the upstream keeps a mark for good");
            }
            Some(job) => {
                let when = when(tx, &job)?;
                return refuse(format!("it left {when}: the upstream keeps a mark for good"));
            }
        }
    }
    within(tx, at, undo, "look at the update in the master; a wrong value there needs a new update")?;
    if !together.contains(&update.id) {
        return refuse("the upstream has this mark already, and keeps it for good");
    }
    for id in &together {
        unmark_one(tx, *id, at)?;
        let customer =
            tx.tx
                .query_row("select customer_id from contact_update where id = ?1", [id], |row| row.get(0))?;
        clash::look_again(tx, customer)?;
    }
    let more = together.len() - 1;
    let mut undone = undone(Kind::Mark, &update);
    if more > 0 {
        undone.name = SafeText::new(&format!("{} and {more} more", undone.name));
    }
    Ok(undone)
}

fn unmark_one(tx: &mut Tx<'_>, id: UpdateId, at: Micros) -> Result<()> {
    tx.tx
        .prepare_cached(
            "update contact_update_state set status = 'pending', synced_at = null, synced_by = null,
                synced_name = null, mark_seen = 'no', rev = rev + 1
             where update_id = ?1 and status = 'synced' and synced_at = ?2",
        )?
        .execute(params![id, at])?;
    tx.tx
        .prepare_cached(
            "update batch set marked_at = null, marked_by = null, marked_to = 0 where marked_at = ?2 and marked_by = ?3
               and id in (select batch_id from batch_update where update_id = ?1)",
        )?
        .execute(params![id, at, tx.actor.user])?;
    if let Some(job) = newest_job(tx, id, Kind::Mark)?.filter(|job| job.state == State::Waiting) {
        outbox::step(tx, job.id, Step::Cancel, "taken back", None)?;
    }
    audit::record(tx, "mark taken back", ("update", Some(id.0)), &json!({}))
}

fn undone(kind: Kind, update: &Captured) -> Undone {
    Undone {
        kind: kind.as_str().to_owned(),
        customer: Some(update.customer),
        name: SafeText::new(&update.name),
        body: String::new(),
    }
}

fn newest_job(tx: &Tx<'_>, update: UpdateId, kind: Kind) -> Result<Option<Job>> {
    let seq: Option<i64> = tx
        .tx
        .prepare_cached("select max(seq) from job where subject_id = ?1 and kind = ?2")?
        .query_row(params![update, kind], |row| row.get(0))?;
    seq.map(|seq| outbox::find(tx, seq)).transpose()
}

fn own(tx: &Tx<'_>, owner: Option<UserId>) -> Result<()> {
    match owner {
        Some(owner) if Some(owner) == tx.actor.user => Ok(()),
        _ => Err(Error::Denied("this is somebody else's; ask them to take it back")),
    }
}

fn within(tx: &Tx<'_>, at: Micros, undo: Duration, instead: &str) -> Result<()> {
    if at + undo > tx.now {
        return Ok(());
    }
    refuse(format!("the {} s to take it back are over: {instead}", undo.as_secs()))
}

fn refuse<T>(why: impl Into<String>) -> Result<T> {
    Err(Error::Refused(why.into()))
}

/// When a job was settled, seen from now: an agent's clock is not known here.
fn when(tx: &Tx<'_>, job: &Job) -> Result<String> {
    let settled: Option<Micros> =
        tx.tx.query_row("select settled_at from job where id = ?1", [job.id], |row| row.get(0))?;
    let ago = tx.now.since(settled.unwrap_or(tx.now)).as_secs();
    Ok(match ago {
        0..=119 => format!("{ago} s ago"),
        120..=7199 => format!("{} min ago", ago / 60),
        7200..=172_799 => format!("{} h ago", ago / 3600),
        _ => format!("{} days ago", ago / 86_400),
    })
}
