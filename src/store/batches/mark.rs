//! Marking: the admin has entered a batch, or some updates, into the master (NIC-93, NIC-94, G11).

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::super::updates::{self, Leaving, Marked as Outcome};
use super::super::{Db, Error, Result, audit, lanes};
use super::{Standing, find, named};
use crate::domain::batch::Why;
use crate::domain::ids::{BatchId, CustomerId};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::Marked;
use crate::domain::time::Micros;
use crate::domain::update::Field;

/// Lines marked in one transaction.
const PIECE: i64 = 200;

/// Marks what a batch stands for, and nothing else. What was superseded or clashed since the export
/// is left out and named: the value that was entered is not the one that counts. Two desks that mark the
/// same batch at once share the work; what was cut short goes on where it ended.
///
/// # Errors
/// No such batch, it is marked already (says by whom and when) or dissolved, or not an admin.
pub fn mark(db: &mut Db, actor: &Actor, now: Micros, number: i64, leaving: Leaving) -> Result<Marked> {
    let mut result = Marked::default();
    let mut first = true;
    while mark_piece(db, actor, now, number, leaving, first, &mut result)? {
        first = false;
    }
    Ok(result)
}

/// The next lines; false once there are none left.
fn mark_piece(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    number: i64,
    leaving: Leaving,
    first: bool,
    result: &mut Marked,
) -> Result<bool> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::MarkSynced, Object::Any)?;
    let (id, standing) = find(&tx.tx, number)?;
    match standing {
        Standing::Open => {}
        // Another desk has marked the rest meanwhile.
        Standing::Marked { .. } if !first => return Ok(false),
        standing => {
            return Err(Error::Refused(format!("batch {number} {standing}: nothing was changed")));
        }
    }
    let from: i64 = tx.tx.query_row("select marked_to from batch where id = ?1", [id], |row| row.get(0))?;
    let to = from + PIECE;
    let members = beginning_in(&tx.tx, id, from, to)?;
    let hindered = hindered(&tx.tx, id, &members)?;
    for seq in members {
        let why = match hindered.get(&seq) {
            Some(why) => why.to_string(),
            None => match updates::mark_one(&mut tx, seq, leaving)? {
                Outcome::Done => {
                    result.done.push(seq);
                    continue;
                }
                other => other.sentence(),
            },
        };
        result.left_out.push(named(&tx.tx, seq, why)?);
    }
    let more = tx.tx.query_row(
        "select exists (select 1 from batch_line where batch_id = ?1 and line > ?2)",
        params![id, to],
        |row| row.get(0),
    )?;
    if more {
        tx.tx.execute("update batch set marked_to = ?2 where id = ?1", params![id, to])?;
    } else {
        tx.tx.execute(
            "update batch set marked_at = ?2, marked_by = ?3, marked_to = 0 where id = ?1 and marked_at is null",
            params![id, now, actor.user],
        )?;
        result.done.sort_unstable();
        result.left_out.sort_by_key(|left| left.seq);
        let left_out: Vec<i64> = result.left_out.iter().map(|left| left.seq).collect();
        let detail = json!({ "batch": number, "marked": result.done, "left out": left_out });
        audit::record(&mut tx, "batch marked", ("batch", Some(id.0)), &detail)?;
    }
    tx.commit()?;
    Ok(more)
}

/// The updates whose first line of this batch is after `from` and not after `to`.
fn beginning_in(conn: &Connection, batch: BatchId, from: i64, to: i64) -> Result<Vec<i64>> {
    let mut statement = conn.prepare_cached(
        "select distinct u.seq from batch_update bu join contact_update u on u.id = bu.update_id
         where bu.batch_id = ?1 and bu.line > ?2 and bu.line <= ?3
           and not exists (select 1 from batch_update earlier where earlier.update_id = bu.update_id
               and earlier.batch_id = ?1 and earlier.line <= ?2)
         order by u.seq",
    )?;
    let rows = statement.query_map(params![batch, from, to], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Which of these updates may not be marked any more: none of an update's lines may have a reason.
fn hindered(conn: &Connection, batch: BatchId, members: &[i64]) -> Result<BTreeMap<i64, Why>> {
    type Row = (i64, CustomerId, Field, String);
    let mut statement = conn.prepare_cached(
        "select l.line, l.customer_id, l.field, l.value from contact_update u
         join batch_update bu on bu.update_id = u.id and bu.batch_id = ?1
         join batch_line l on l.batch_id = ?1 and l.line = bu.line
         where u.seq = ?2 order by l.line",
    )?;
    let (mut hindered, mut seen) = (BTreeMap::new(), BTreeSet::new());
    for seq in members {
        let lines = statement
            .query_map(params![batch, seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        for (line, customer, field, value) in lines.collect::<rusqlite::Result<Vec<Row>>>()? {
            if !seen.insert(line) {
                continue;
            }
            let updates = of_line(conn, batch, line)?;
            if let Some(why) = lanes::read(conn, customer, field)?.since(&updates, &value) {
                for seq in updates {
                    hindered.entry(seq).or_insert(why);
                }
            }
        }
    }
    Ok(hindered)
}

fn of_line(conn: &Connection, batch: BatchId, line: i64) -> Result<Vec<i64>> {
    let mut statement = conn.prepare_cached(
        "select u.seq from batch_update bu join contact_update u on u.id = bu.update_id
         where bu.batch_id = ?1 and bu.line = ?2 order by u.seq",
    )?;
    let rows = statement.query_map(params![batch, line], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Updates marked in one transaction.
const TOGETHER: usize = 200;

/// Marks chosen updates without a batch. Among several, one that clashes with the master is left
/// out; chosen by itself it is marked: that is how an admin says that ours was entered.
///
/// # Errors
/// Not an admin.
pub fn mark_seqs(db: &mut Db, actor: &Actor, now: Micros, seqs: &[i64], leaving: Leaving) -> Result<Marked> {
    let mut clashes = BTreeMap::new();
    if seqs.len() > 1 {
        for seq in seqs {
            clashes.extend(clash(db.conn(), *seq)?.map(|field| (*seq, field)));
        }
    }
    let chosen: Vec<i64> = seqs.iter().copied().filter(|seq| !clashes.contains_key(seq)).collect();
    let mut result = Marked::default();
    // Also where nothing is left to be marked: who may not is told.
    let pieces = chosen.len().div_ceil(TOGETHER).max(1);
    for piece in (0..pieces).map(|n| &chosen[n * TOGETHER..chosen.len().min((n + 1) * TOGETHER)]) {
        for (seq, outcome) in updates::mark_synced(db, actor, now, piece, leaving)? {
            match outcome {
                Outcome::Done => result.done.push(seq),
                other => result.left_out.push(named(db.conn(), seq, other.sentence())?),
            }
        }
    }
    for (seq, field) in clashes {
        let why = format!("{}; mark it by itself if ours was entered", Why::Clash(field));
        result.left_out.push(named(db.conn(), seq, why)?);
    }
    result.left_out.sort_by_key(|left| left.seq);
    Ok(result)
}

/// The field in which a pending update clashes with the master.
fn clash(conn: &Connection, seq: i64) -> Result<Option<Field>> {
    let mut statement = conn.prepare_cached(
        "select u.customer_id, f.field from contact_update u
         join contact_update_field f on f.update_id = u.id
         join contact_update_state s on s.update_id = u.id
         where u.seq = ?1 and s.status = 'pending' order by f.field desc",
    )?;
    let fields = statement.query_map([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (customer, field) in fields.collect::<rusqlite::Result<Vec<(CustomerId, Field)>>>()? {
        if lanes::read(conn, customer, field)?.clashes(seq) {
            return Ok(Some(field));
        }
    }
    Ok(None)
}

/// Marks what the master's answer says is entered. A number that stands for a line of an open batch stands
/// for every update of that line; a batch of which nothing is left is closed.
///
/// # Errors
/// Not an admin.
pub fn mark_answered(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    seqs: &[i64],
    leaving: Leaving,
) -> Result<Marked> {
    let mut result = Marked::default();
    let mut seen = BTreeSet::new();
    let pieces = seqs.len().div_ceil(TOGETHER).max(1);
    for piece in (0..pieces).map(|n| &seqs[n * TOGETHER..seqs.len().min((n + 1) * TOGETHER)]) {
        let mut tx = db.begin(actor, now)?;
        tx.allow(Action::MarkSynced, Object::Any)?;
        let mut batches = BTreeSet::new();
        for seq in piece {
            let batch = open_batch_of(&tx.tx, *seq)?;
            let (members, why) = match batch {
                Some(batch) => {
                    batches.insert(batch);
                    let why = hindered(&tx.tx, batch, &[*seq])?.remove(seq).map(|why| why.to_string());
                    (with_their_lines(&tx.tx, batch, *seq)?, why)
                }
                None => (vec![*seq], clash(&tx.tx, *seq)?.map(|field| Why::Clash(field).to_string())),
            };
            for member in members {
                if !seen.insert(member) {
                    continue;
                }
                let why = match &why {
                    Some(why) => why.clone(),
                    None => match updates::mark_one(&mut tx, member, leaving)? {
                        Outcome::Done => {
                            result.done.push(member);
                            continue;
                        }
                        other => other.sentence(),
                    },
                };
                result.left_out.push(named(&tx.tx, member, why)?);
            }
        }
        for batch in batches {
            tx.tx.execute(
                "update batch set marked_at = ?2, marked_by = ?3, marked_to = 0
                 where id = ?1 and marked_at is null and not exists (select 1 from batch_update bu
                    join contact_update_state s on s.update_id = bu.update_id
                    where bu.batch_id = ?1 and s.status <> 'synced')",
                params![batch, now, actor.user],
            )?;
        }
        tx.commit()?;
    }
    result.done.sort_unstable();
    result.left_out.sort_by_key(|left| left.seq);
    Ok(result)
}

fn open_batch_of(conn: &Connection, seq: i64) -> Result<Option<BatchId>> {
    Ok(conn
        .prepare_cached(
            "select b.id from contact_update u join batch_update bu on bu.update_id = u.id
             join batch b on b.id = bu.batch_id where u.seq = ?1 and b.marked_at is null
             order by b.number desc limit 1",
        )?
        .query_row([seq], |row| row.get(0))
        .optional()?)
}

/// The updates of every line whose newest update this is, and itself.
fn with_their_lines(conn: &Connection, batch: BatchId, seq: i64) -> Result<Vec<i64>> {
    let mut statement = conn.prepare_cached(
        "select distinct m.seq from contact_update u
         join batch_update own on own.update_id = u.id and own.batch_id = ?1
         join batch_update bu on bu.batch_id = ?1 and bu.line = own.line
         join contact_update m on m.id = bu.update_id
         where u.seq = ?2 and m.seq <= ?2 order by m.seq",
    )?;
    let rows = statement.query_map(params![batch, seq], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
