//! What the upstream says: our uploads and marks it has, updates of others, statuses set elsewhere.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::claims::{Verdict, fenced, settle};
use super::outbox::NewJob;
use super::updates::{self, Fact};
use super::{Db, Result, Tx, customers, effective, notes, outbox};
use crate::domain::ids::{AttemptId, CustomerId, JobId, UpdateId};
use crate::domain::job::{Kind, Step};
use crate::domain::redact::redacted_debug;
use crate::domain::role::Actor;
use crate::domain::time::Micros;
use crate::domain::update::{Field, Reason, Status, Upload};

/// One row of the upstream's list, in our terms: values normalised, words understood.
#[derive(Clone, PartialEq)]
pub struct Row {
    pub upstream_id: i64,
    /// Our own id, where the upstream echoes it.
    pub client_ref: Option<UpdateId>,
    pub customer_id: String,
    pub policy_number: String,
    pub customer_name: String,
    pub mobile: Option<(Option<String>, String)>,
    pub email: Option<(Option<String>, String)>,
    pub reason: Reason,
    pub notes: String,
    pub agent_number: i64,
    pub agent_name: String,
    pub captured_at: Option<Micros>,
    pub synced: bool,
    pub synced_at: Option<Micros>,
    pub synced_by: Option<i64>,
}

redacted_debug!(Row, upstream_id, client_ref, synced);

/// What a pull has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Updates of others.
    pub new: usize,
    /// Rows recognised as ours.
    pub bound: usize,
    /// Marks set elsewhere.
    pub synced: usize,
    /// Rows of customers this desk does not have.
    pub unknown: usize,
}

/// The upstream took an upload.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn uploaded(
    db: &mut Db,
    epoch: i64,
    now: Micros,
    job: JobId,
    attempt: Option<AttemptId>,
    upstream_id: i64,
) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    let verdict = Verdict { job, attempt, step: Step::Accept, why: String::new(), not_before: None };
    settle(&tx, epoch, &verdict)?;
    let update: UpdateId = subject(&tx.tx, job)?;
    bind(&tx, update, upstream_id)?;
    outbox::note(&tx, job, attempt.map(|a| a.0), "bound", &json!({ "upstream_id": upstream_id }))?;
    tx.commit()
}

/// The upstream has our mark, or told who was first.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn marked(
    db: &mut Db,
    epoch: i64,
    now: Micros,
    verdict: &Verdict,
    by: Option<i64>,
    at: Option<Micros>,
) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    settle(&tx, epoch, verdict)?;
    let update = subject(&tx.tx, verdict.job)?;
    saw_mark(&tx, update, by, at)?;
    tx.commit()
}

fn subject(conn: &Connection, job: JobId) -> Result<UpdateId> {
    Ok(conn.query_row("select subject_id from job where id = ?1", [job], |row| row.get(0))?)
}

fn bind(tx: &Tx<'_>, update: UpdateId, upstream_id: i64) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into contact_update_ref (upstream_id, update_id, seen_at) values (?1, ?2, ?3)
             on conflict (upstream_id) do nothing",
        )?
        .execute(params![upstream_id, update, tx.now])?;
    // However late it is seen: it is there.
    tx.tx
        .prepare_cached(
            "update contact_update_state set upload = 'uploaded', rev = rev + 1
             where update_id = ?1 and upload <> 'uploaded'",
        )?
        .execute([update])?;
    Ok(())
}

/// The mark is in the upstream. Whoever was first there keeps it: an existing mark is never
/// overwritten, not even in our own copy.
fn saw_mark(tx: &Tx<'_>, update: UpdateId, by: Option<i64>, at: Option<Micros>) -> Result<usize> {
    Ok(tx
        .tx
        .prepare_cached(
            "update contact_update_state set mark_seen = 'yes', rev = rev + 1, status = 'synced',
                synced_name = case when ?2 is null or ?2 is synced_by then synced_name
                    else (select name from user where number = ?2) end,
                synced_at = case when status = 'synced' and (?2 is null or ?2 is synced_by) then synced_at
                    else coalesce(?3, synced_at, ?4) end,
                synced_by = coalesce(?2, synced_by)
             where update_id = ?1 and mark_seen <> 'yes' and status in ('pending', 'held', 'synced')",
        )?
        .execute(params![update, by, at, tx.now])?)
}

/// Takes over the rows of one walk through the upstream's list. Applying them again changes
/// nothing.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn pulled(db: &mut Db, epoch: i64, now: Micros, rows: &[Row]) -> Result<Pulled> {
    let machine = Actor::machine();
    let mut tx = fenced(db, &machine, epoch, now)?;
    let mut counts = Pulled::default();
    for row in rows {
        apply(&mut tx, row, &mut counts)?;
    }
    tx.tx
        .execute("update destination set polled_to = max(polled_to, ?1) where name = 'upstream'", [tx.now])?;
    tx.commit()?;
    Ok(counts)
}

fn apply(tx: &mut Tx<'_>, row: &Row, counts: &mut Pulled) -> Result<()> {
    let known: Option<UpdateId> = tx
        .tx
        .prepare_cached("select update_id from contact_update_ref where upstream_id = ?1")?
        .query_row([row.upstream_id], |row| row.get(0))
        .optional()?;
    let update = match known {
        Some(update) => update,
        None => match recognise(tx, row)? {
            Some(update) => {
                counts.bound += 1;
                bind(tx, update, row.upstream_id)?;
                update
            }
            None => match customer_of(&tx.tx, &row.customer_id)? {
                Some(customer) => {
                    counts.new += 1;
                    take_in(tx, customer, row)?
                }
                None => {
                    counts.unknown += 1;
                    return Ok(());
                }
            },
        },
    };
    if row.synced {
        counts.synced += saw_mark(tx, update, row.synced_by, row.synced_at)?;
        Ok(())
    } else {
        mark_repeat(tx, update)
    }
}

/// A fact that a repeated upload has put there twice is entered once: when one row is marked, the
/// other one is marked too, or somebody enters it again.
fn mark_repeat(tx: &mut Tx<'_>, update: UpdateId) -> Result<()> {
    let lane: Option<CustomerId> = tx
        .tx
        .prepare_cached(
            "update contact_update_state set mark_seen = 'waiting', rev = rev + 1
             where update_id = ?1 and status = 'synced' and mark_seen = 'yes'
               and (select count(*) from contact_update_ref r where r.update_id = ?1) > 1
             returning (select customer_id from contact_update where id = ?1)",
        )?
        .query_row([update], |row| row.get(0))
        .optional()?;
    if let Some(customer) = lane {
        outbox::enqueue(tx, &NewJob::new(Kind::Mark, customer.0, update.0, tx.now))?;
    }
    Ok(())
}

/// Is this row one of our uploads? By our own id where it is echoed (the id of another desk makes
/// it theirs); else by content, but only as often as we have sent it: a repeated upload makes a
/// second row of the same fact.
fn recognise(tx: &Tx<'_>, row: &Row) -> Result<Option<UpdateId>> {
    if let Some(id) = row.client_ref {
        let ours: Option<UpdateId> = tx
            .tx
            .query_row("select id from contact_update where id = ?1", [id], |row| row.get(0))
            .optional()?;
        return Ok(ours);
    }
    let Some(customer) = customer_of(&tx.tx, &row.customer_id)? else { return Ok(None) };
    Ok(tx
        .tx
        .prepare_cached(
            "select u.id from contact_update u
             left join contact_update_field m on m.update_id = u.id and m.field = 'mobile'
             left join contact_update_field e on e.update_id = u.id and e.field = 'email'
             where u.customer_id = ?1 and u.origin = 'here' and u.agent_number = ?2
               and m.new is ?3 and e.new is ?4 and u.reason = ?5 and u.notes = ?6
               and (select coalesce(sum(j.attempts), 0) from job j where j.subject_id = u.id and j.kind = 'update')
                 > (select count(*) from contact_update_ref r where r.update_id = u.id)
             order by u.seq limit 1",
        )?
        .query_row(
            params![
                customer,
                row.agent_number,
                row.mobile.as_ref().map(|(_, new)| new),
                row.email.as_ref().map(|(_, new)| new),
                row.reason,
                row.notes,
            ],
            |row| row.get(0),
        )
        .optional()?)
}

/// The upstream knows customers by the master's id, or by ours where the master has none.
fn customer_of(conn: &Connection, id: &str) -> Result<Option<CustomerId>> {
    if let Some(customer) = customers::by_master_id(conn, id)? {
        return Ok(Some(customer));
    }
    let Ok(id) = id.parse::<CustomerId>() else { return Ok(None) };
    Ok(conn.query_row("select id from customer where id = ?1", [id], |row| row.get(0)).optional()?)
}

/// An update captured elsewhere becomes a fact here too, and counts like our own (NIC-130).
fn take_in(tx: &mut Tx<'_>, customer: CustomerId, row: &Row) -> Result<UpdateId> {
    let id = UpdateId(tx.id());
    let fact = Fact {
        id,
        customer,
        master_id: Some(row.customer_id.clone()),
        policy_number: row.policy_number.clone(),
        customer_name: row.customer_name.clone(),
        reason: row.reason,
        notes: row.notes.clone(),
        agent: (None, row.agent_number, row.agent_name.clone()),
        interaction: None,
        verified_by: None,
        origin: "upstream",
        captured_at: row.captured_at.unwrap_or(tx.now),
    };
    updates::insert_fact(tx, &fact)?;
    updates::insert_state(tx, id, Status::Pending, Upload::Uploaded)?;
    bind(tx, id, row.upstream_id)?;
    for (field, change) in [(Field::Mobile, &row.mobile), (Field::Email, &row.email)] {
        if let Some((base, new)) = change {
            updates::insert_field(tx, id, field, base.as_deref(), new, new, None)?;
            effective::refold(tx, customer, field)?;
        }
    }
    notes::record_interaction(tx, customer, "update", None, id.0)?;
    Ok(id)
}

/// Has the upstream this upload, or this mark? Asked after a walk through its list.
///
/// # Errors
/// Only if the file cannot be read.
pub fn arrived(db: &Db, update: uuid::Uuid) -> Result<(bool, bool)> {
    Ok(db.conn().prepare_cached(
        "select exists (select 1 from contact_update_ref r where r.update_id = s.update_id), s.mark_seen = 'yes'
         from contact_update_state s where s.update_id = ?1",
    )?
    .query_row([update.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// From when on the upstream's list has to be read to see every status that may still change.
///
/// # Errors
/// Only if the file cannot be read.
pub fn pull_from(db: &Db) -> Result<Micros> {
    Ok(db.conn().query_row(
        "select coalesce(
            (select min(u.captured_at) from contact_update u join contact_update_state s on s.update_id = u.id
             where s.upload = 'uploaded' and (s.status = 'pending' or s.mark_seen = 'waiting')),
            (select polled_to from destination where name = 'upstream'))",
        [],
        |row| row.get(0),
    )?)
}
