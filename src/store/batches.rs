//! Batches: numbered exports of frozen updates that an admin enters into the master and then marks
//! as a whole (design 5, NIC-93..96). What goes in and what is left out is decided in
//! [`crate::domain::batch`]; marking is in `mark`, dissolving in `dissolve`, rejecting and holding in
//! `decide`.

mod decide;
mod dissolve;
mod mark;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::{Db, Error, Result, Tx, allow, audit, lanes};
use crate::domain::batch::{self, Line, Why};
use crate::domain::ids::{BatchId, CustomerId};
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Batch, LeftOut};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::{Field, Reason};
pub use decide::{approve, hold, reject, reject_all, release};
pub use dissolve::dissolve;
pub use mark::{mark, mark_answered, mark_seqs};

/// How many reasons a sentence names.
const NAMED: usize = 3;

/// One line of a batch as it is written to a file: one customer, one field. Who, why and when are
/// those of the newest update that it stands for.
#[derive(Clone, PartialEq)]
pub struct BatchLine {
    pub line: i64,
    pub update: i64,
    /// The master's, or ours where the master had none.
    pub customer_id: String,
    pub policy_number: String,
    pub customer_name: String,
    pub field: Field,
    pub base: Option<String>,
    pub value: String,
    pub reason: Reason,
    pub notes: String,
    pub agent_number: i64,
    pub agent_name: String,
    pub captured_at: Micros,
}

redacted_debug!(BatchLine, line, update, field);

/// Freezes the chosen updates under the next number. What cannot go in is left out and named.
///
/// # Errors
/// Nothing of what was chosen can go in, or the actor may not.
pub fn create(db: &mut Db, actor: &Actor, now: Micros, seqs: &[i64]) -> Result<Batch> {
    create_after(db, actor, now, seqs, |_, _| Ok(()))
}

/// The same, committed only once `write` has put the lines where they are safe.
///
/// # Errors
/// See [`create`]; whatever `write` says, and then there is no batch.
pub fn create_after<E: From<Error>>(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    seqs: &[i64],
    write: impl FnOnce(&Batch, &[BatchLine]) -> std::result::Result<(), E>,
) -> std::result::Result<Batch, E> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ExportUpdates, Object::Any)?;
    let (lines, left_out) = planned(&tx.tx, seqs)?;
    if lines.is_empty() {
        return Err(nothing_to_enter(seqs.len(), &left_out).into());
    }
    let batch = freeze(&mut tx, &lines, left_out)?;
    write(&batch, &read_lines(&tx.tx, batch.number)?)?;
    tx.commit()?;
    Ok(batch)
}

fn planned(conn: &Connection, seqs: &[i64]) -> Result<(Vec<Line>, Vec<LeftOut>)> {
    let mut customers: BTreeMap<CustomerId, BTreeSet<i64>> = BTreeMap::new();
    let (mut lines, mut left_out) = (Vec::new(), Vec::new());
    for seq in seqs {
        let customer: Option<CustomerId> = conn
            .prepare_cached("select customer_id from contact_update where seq = ?1")?
            .query_row([seq], |row| row.get(0))
            .optional()?;
        match customer {
            Some(customer) => _ = customers.entry(customer).or_default().insert(*seq),
            None => left_out.push((*seq, Why::NotFound)),
        }
    }
    for (customer, chosen) in customers {
        let (entered, left) = batch::plan(&chosen, &lanes::of(conn, customer)?);
        lines.extend(entered);
        left_out.extend(left);
    }
    // In the order of capture; the two fields of one update stay together.
    lines.sort_by_key(|line| (line.updates.last().copied(), line.field));
    left_out.sort_by_key(|(seq, _)| *seq);
    let named = left_out.into_iter().map(|(seq, why)| named(conn, seq, why.to_string()));
    Ok((lines, named.collect::<Result<_>>()?))
}

/// Names an update that is left out.
fn named(conn: &Connection, seq: i64, why: String) -> Result<LeftOut> {
    let name: Option<String> = conn
        .prepare_cached("select customer_name from contact_update where seq = ?1")?
        .query_row([seq], |row| row.get(0))
        .optional()?;
    Ok(LeftOut { seq, name: SafeText::new(&name.unwrap_or_default()), why })
}

fn nothing_to_enter(chosen: usize, left_out: &[LeftOut]) -> Error {
    if chosen == 0 {
        return Error::Refused("no batch made: choose updates first".into());
    }
    let mut why: Vec<String> =
        left_out.iter().take(NAMED).map(|left| format!("number {}: {}", left.seq, left.why)).collect();
    if let Some(more) = left_out.len().checked_sub(NAMED).filter(|more| *more > 0) {
        why.push(format!("and {more} more"));
    }
    Error::Refused(format!("no batch made: none of what was chosen can go into one; {}", why.join("; ")))
}

fn freeze(tx: &mut Tx<'_>, lines: &[Line], left_out: Vec<LeftOut>) -> Result<Batch> {
    let id = BatchId(tx.id());
    let number: i64 = tx
        .tx
        .prepare_cached(
            "insert into batch (id, number, created_at, created_by)
             select ?1, coalesce(max(number), 0) + 1, ?2, ?3 from batch returning number",
        )?
        .query_row(params![id, tx.now, tx.actor.user], |row| row.get(0))?;
    for (line, place) in lines.iter().zip(1_i64..) {
        tx.tx
            .prepare_cached(
                "insert into batch_line (batch_id, line, customer_id, field, base, value)
                 values (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![id, place, line.customer, line.field, line.base, line.value])?;
        for seq in &line.updates {
            tx.tx
                .prepare_cached(
                    "insert into batch_update (batch_id, line, update_id)
                     select ?1, ?2, id from contact_update where seq = ?3",
                )?
                .execute(params![id, place, seq])?;
        }
    }
    let updates: BTreeSet<i64> = lines.iter().flat_map(|line| line.updates.iter().copied()).collect();
    let detail = json!({ "batch": number, "lines": lines.len(), "updates": updates });
    audit::record(tx, "batch made", ("batch", Some(id.0)), &detail)?;
    Ok(Batch {
        number,
        lines: i64::try_from(lines.len()).unwrap_or(i64::MAX),
        updates: updates.into_iter().collect(),
        left_out,
        created_at: tx.now,
        marked_at: None,
        dissolved_at: None,
    })
}

/// The frozen lines of a batch, as they were when it was made.
///
/// # Errors
/// No such batch, it was dissolved, or the actor may not.
pub fn lines(db: &Db, actor: &Actor, number: i64) -> Result<Vec<BatchLine>> {
    allow(actor, Action::ExportUpdates, Object::Any)?;
    written(db.conn(), number)?;
    read_lines(db.conn(), number)
}

fn read_lines(conn: &Connection, number: i64) -> Result<Vec<BatchLine>> {
    let mut statement = conn.prepare_cached(
        "select l.line, u.seq, u.master_id, u.customer_id, u.policy_number, u.customer_name, l.field, l.base, l.value,
            u.reason, u.notes, u.agent_number, u.agent_name, u.captured_at
         from batch b join batch_line l on l.batch_id = b.id
         join contact_update u on u.seq = (select max(m.seq) from batch_update bu
             join contact_update m on m.id = bu.update_id where bu.batch_id = b.id and bu.line = l.line)
         where b.number = ?1 order by l.line",
    )?;
    let rows = statement.query_map([number], |row| {
        let (master_id, customer): (Option<String>, CustomerId) = (row.get(2)?, row.get(3)?);
        Ok(BatchLine {
            line: row.get(0)?,
            update: row.get(1)?,
            customer_id: master_id.unwrap_or_else(|| customer.to_string()),
            policy_number: row.get(4)?,
            customer_name: row.get(5)?,
            field: row.get(6)?,
            base: row.get(7)?,
            value: row.get(8)?,
            reason: row.get(9)?,
            notes: row.get(10)?,
            agent_number: row.get(11)?,
            agent_name: row.get(12)?,
            captured_at: row.get(13)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// All batches, the newest first. What was left out is known only to whoever made or marked one.
///
/// # Errors
/// The actor may not.
pub fn list(db: &Db, actor: &Actor) -> Result<Vec<Batch>> {
    allow(actor, Action::ReadUpdates, Object::Any)?;
    let conn = &*db.snapshot()?;
    let mut statement = conn.prepare_cached(
        "select b.id, b.number, (select count(*) from batch_line l where l.batch_id = b.id), b.created_at, b.marked_at,
            b.marked_by is not null
         from batch b order by b.number desc",
    )?;
    let mut rows = statement.query([])?;
    let mut batches = Vec::new();
    while let Some(row) = rows.next()? {
        let (closed, marked): (Option<Micros>, bool) = (row.get(4)?, row.get(5)?);
        batches.push(Batch {
            number: row.get(1)?,
            lines: row.get(2)?,
            updates: members(conn, row.get(0)?)?,
            left_out: Vec::new(),
            created_at: row.get(3)?,
            marked_at: closed.filter(|_| marked),
            dissolved_at: closed.filter(|_| !marked),
        });
    }
    Ok(batches)
}

/// Notes that a batch was written once more, and where to.
///
/// # Errors
/// No such batch, it was dissolved, or not an admin.
pub fn written_again(db: &mut Db, actor: &Actor, now: Micros, number: i64, to: &str) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ExportUpdates, Object::Any)?;
    let id = written(&tx.tx, number)?;
    audit::record(
        &mut tx,
        "batch written again",
        ("batch", Some(id.0)),
        &json!({ "batch": number, "to": to }),
    )?;
    tx.commit()
}

/// What has become of a batch, as the end of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    Open,
    Marked { at: Micros, by: String },
    Dissolved(Micros),
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("is open"),
            Self::Marked { at, by } => write!(f, "is marked already, by {by} on {at}"),
            Self::Dissolved(at) => write!(f, "was dissolved on {at}"),
        }
    }
}

/// A batch that may be written to a file once more.
fn written(conn: &Connection, number: i64) -> Result<BatchId> {
    match find(conn, number)? {
        (_, standing @ Standing::Dissolved(_)) => {
            Err(Error::Refused(format!("batch {number} {standing}: its updates are pending, make a new one")))
        }
        (id, _) => Ok(id),
    }
}

/// The batch of this number, and what has become of it.
fn find(conn: &Connection, number: i64) -> Result<(BatchId, Standing)> {
    conn.prepare_cached(
        "select b.id, b.marked_at, u.name from batch b left join user u on u.id = b.marked_by where b.number = ?1",
    )?
    .query_row([number], |row| {
        let standing = match (row.get(1)?, row.get(2)?) {
            (None, _) => Standing::Open,
            (Some(at), Some(by)) => Standing::Marked { at, by },
            (Some(at), None) => Standing::Dissolved(at),
        };
        Ok((row.get(0)?, standing))
    })
    .optional()?
    .ok_or_else(|| Error::NotFound { what: "batch", name: number.to_string() })
}

/// The updates that a batch stands for.
fn members(conn: &Connection, batch: BatchId) -> Result<Vec<i64>> {
    let mut statement = conn.prepare_cached(
        "select distinct u.seq from batch_update bu join contact_update u on u.id = bu.update_id
         where bu.batch_id = ?1 order by u.seq",
    )?;
    let rows = statement.query_map([batch], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
