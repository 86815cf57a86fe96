//! Marking: the admin has entered a batch, or some updates, into the master (NIC-93, NIC-94, G11).

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde_json::json;

use super::super::updates::{self, Leaving, Marked as Outcome};
use super::super::{Db, Error, Result, audit, lanes};
use super::{Standing, find, members, named};
use crate::domain::batch::Why;
use crate::domain::ids::{BatchId, CustomerId};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::Marked;
use crate::domain::time::Micros;
use crate::domain::update::Field;

/// Marks what a batch stands for, and nothing else. What was superseded or clashed since the export
/// is left out and named: the value that was entered is not the one that counts.
///
/// # Errors
/// No such batch, it is marked already (says by whom and when) or dissolved, or not an admin.
pub fn mark(db: &mut Db, actor: &Actor, now: Micros, number: i64, leaving: Leaving) -> Result<Marked> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::MarkSynced, Object::Any)?;
    let (id, standing) = find(&tx.tx, number)?;
    if standing != Standing::Open {
        return Err(Error::Refused(format!("batch {number} {standing}: nothing was changed")));
    }
    let hindered = hindered(&tx.tx, id)?;
    let mut result = Marked::default();
    for seq in members(&tx.tx, id)? {
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
    tx.tx.execute(
        "update batch set marked_at = ?2, marked_by = ?3 where id = ?1 and marked_at is null",
        params![id, now, actor.user],
    )?;
    let left_out: Vec<i64> = result.left_out.iter().map(|left| left.seq).collect();
    let detail = json!({ "batch": number, "marked": result.done, "left out": left_out });
    audit::record(&mut tx, "batch marked", ("batch", Some(id.0)), &detail)?;
    tx.commit()?;
    Ok(result)
}

/// Which updates of a batch may not be marked any more.
fn hindered(conn: &Connection, batch: BatchId) -> Result<BTreeMap<i64, Why>> {
    type Row = (i64, CustomerId, Field, String);
    let mut statement = conn.prepare_cached(
        "select line, customer_id, field, value from batch_line where batch_id = ?1 order by line",
    )?;
    let lines =
        statement.query_map([batch], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let mut hindered = BTreeMap::new();
    for (line, customer, field, value) in lines.collect::<rusqlite::Result<Vec<Row>>>()? {
        let updates = of_line(conn, batch, line)?;
        if let Some(why) = lanes::read(conn, customer, field)?.since(&updates, &value) {
            for seq in updates {
                hindered.entry(seq).or_insert(why);
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
    for (seq, outcome) in updates::mark_synced(db, actor, now, &chosen, leaving)? {
        match outcome {
            Outcome::Done => result.done.push(seq),
            other => result.left_out.push(named(db.conn(), seq, other.sentence())?),
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
