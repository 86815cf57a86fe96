//! What the upstream says: our uploads and marks it has, updates of others, statuses set elsewhere.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::claims::{Verdict, fenced, settle};
use super::outbox::NewJob;
use super::updates::{self, Fact};
use super::{Db, Result, Tx, audit, clash, customers, effective, merge, notes, outbox};
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
    let update = subject(&tx.tx, job)?;
    let verdict = if bind(&tx, update, upstream_id)? {
        Verdict { job, attempt, step: Step::Accept, why: String::new(), not_before: None }
    } else {
        let why = format!("the upstream answered with id {upstream_id}, which is another update's");
        Verdict { job, attempt, step: Step::Doubt, why, not_before: Some(now) }
    };
    settle(&tx, epoch, &verdict)?;
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
    let mut tx = fenced(db, &machine, epoch, now)?;
    settle(&tx, epoch, verdict)?;
    let update = subject(&tx.tx, verdict.job)?;
    tx.tx.execute("update contact_update_ref set synced = 1 where update_id = ?1", [update])?;
    saw_mark(&mut tx, update, by, at)?;
    tx.commit()
}

fn subject(conn: &Connection, job: JobId) -> Result<UpdateId> {
    Ok(conn.query_row("select subject_id from job where id = ?1", [job], |row| row.get(0))?)
}

/// Notes that the upstream knows `update` by this id; false if the id is another update's.
fn bind(tx: &Tx<'_>, update: UpdateId, upstream_id: i64) -> Result<bool> {
    let owner: UpdateId = tx
        .tx
        .prepare_cached(
            "insert into contact_update_ref (upstream_id, update_id, seen_at) values (?1, ?2, ?3)
             on conflict (upstream_id) do update set seen_at = excluded.seen_at returning update_id",
        )?
        .query_row(params![upstream_id, update, tx.now], |row| row.get(0))?;
    if owner != update {
        return Ok(false);
    }
    // However late it is seen: it is there.
    tx.tx
        .prepare_cached(
            "update contact_update_state set upload = 'uploaded', rev = rev + 1
             where update_id = ?1 and upload <> 'uploaded'",
        )?
        .execute([update])?;
    Ok(true)
}

/// The mark is in the upstream. Whoever was first there keeps it: an existing mark is never
/// overwritten, not even in our own copy.
fn saw_mark(tx: &mut Tx<'_>, update: UpdateId, by: Option<i64>, at: Option<Micros>) -> Result<usize> {
    let changed = tx
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
        .execute(params![update, by, at, tx.now])?;
    if changed > 0 {
        let customer =
            tx.tx.query_row("select customer_id from contact_update where id = ?1", [update], |row| {
                row.get(0)
            })?;
        clash::look_again(tx, customer)?;
        audit::record(tx, "mark seen upstream", ("update", Some(update.0)), &json!({ "synced_by": by }))?;
    }
    Ok(changed)
}

/// Takes over the rows of one walk through the upstream's list, oldest first: commit order decides
/// which capture counts. Applying them again changes nothing.
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
    tx.commit()?;
    Ok(counts)
}

/// A walk that began at `began` came to its end: the next one reads from there on.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn walked(db: &mut Db, epoch: i64, now: Micros, began: Micros) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    tx.tx.execute("update destination set polled_to = ?1 where name = 'upstream'", [began])?;
    tx.commit()
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
    tx.tx
        .prepare_cached("update contact_update_ref set synced = ?2 where upstream_id = ?1 and synced <> ?2")?
        .execute(params![row.upstream_id, row.synced])?;
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
             where update_id = ?1 and status = 'synced' and mark_seen = 'yes' and synced_by is not null
               and (select count(*) from contact_update_ref r where r.update_id = ?1) > 1
               and not exists (select 1 from job j where j.subject_id = ?1 and j.kind = 'mark'
                   and j.state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked'))
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
    for record in merge::family(&tx.tx, customer)? {
        if let Some(update) = sent_of(tx, record, row)? {
            return Ok(Some(update));
        }
    }
    Ok(None)
}

/// An upload of this record's that has not all its rows yet.
fn sent_of(tx: &Tx<'_>, customer: CustomerId, row: &Row) -> Result<Option<UpdateId>> {
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
    let known: Option<CustomerId> =
        conn.query_row("select id from customer where id = ?1", [id], |row| row.get(0)).optional()?;
    known.map(|known| merge::living(conn, known)).transpose()
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
        compensates: None,
        origin: "upstream",
        captured_at: row.captured_at.unwrap_or(tx.now),
    };
    updates::insert_fact(tx, &fact)?;
    let changes = [(Field::Mobile, &row.mobile), (Field::Email, &row.email)];
    for (field, change) in changes {
        if let Some((base, new)) = change {
            updates::insert_field(tx, id, field, base.as_deref(), new, new, None)?;
        }
    }
    updates::insert_state(tx, id, Status::Pending, Upload::Uploaded)?;
    bind(tx, id, row.upstream_id)?;
    for (field, _) in changes.iter().filter(|(_, change)| change.is_some()) {
        effective::retire_if_older(tx, customer, *field, id, row.synced_at)?;
        effective::refold(tx, customer, *field)?;
    }
    notes::record_interaction(tx, customer, "update", None, id.0)?;
    let detail = json!({ "customer": customer.to_string(), "upstream_id": row.upstream_id });
    audit::record(tx, "update taken in", ("update", Some(id.0)), &detail)?;
    Ok(id)
}

/// Has the upstream this upload, or this mark? Asked after a walk through its list.
///
/// # Errors
/// Only if the file cannot be read.
pub fn arrived(db: &Db, update: uuid::Uuid) -> Result<(bool, bool)> {
    Ok(db.conn().prepare_cached(
        "select exists (select 1 from contact_update_ref r where r.update_id = s.update_id),
            s.mark_seen = 'yes'
            and not exists (select 1 from contact_update_ref r where r.update_id = s.update_id and r.synced = 0)
         from contact_update_state s where s.update_id = ?1",
    )?
    .query_row([update.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// The days before `until` of which an update's status may still change there, in order.
///
/// # Errors
/// Only if the file cannot be read.
pub fn open_days(db: &Db, until: Micros) -> Result<Vec<Micros>> {
    const DAY: i64 = 86_400_000_000;
    let mut days = db.conn().prepare_cached(
        "select distinct captured_at / ?2 * ?2 from contact_update_state
         where (status = 'pending' or mark_seen = 'waiting') and upload = 'uploaded' and captured_at < ?1
         order by 1",
    )?;
    let days = days.query_map(params![until, DAY], |row| row.get(0))?;
    Ok(days.collect::<rusqlite::Result<_>>()?)
}
