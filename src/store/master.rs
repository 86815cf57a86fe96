//! The feed of the master's customers (NIC-132, NIC-134): pages are taken over like rows of a file, the
//! place in the walk is kept with them, so that a restart goes on where it was.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::claims::fenced;
use super::customers::MASTER;
use super::imports::merge::take_one;
use super::{Db, Result, Tx, audit, effective, merge};
use crate::domain::customer::NewCustomer;
use crate::domain::ids::CustomerId;
use crate::domain::import::OnMatch;
use crate::domain::redact::redacted_debug;
use crate::domain::role::Actor;
use crate::domain::time::Micros;
use crate::domain::update::Field;

/// One customer as the master has them now.
#[derive(Clone, PartialEq)]
pub struct Row {
    pub customer: NewCustomer,
    pub changed: Option<Micros>,
    /// The fields that the master says are empty; what it does not speak of stays.
    pub empty: Vec<Field>,
}

redacted_debug!(Row, changed, empty);

/// How the feed stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// The next walk reads what has changed since then.
    pub since: Option<Micros>,
    /// A walk is under way and goes on here.
    pub cursor: Option<String>,
    pub began: Option<Micros>,
    /// When a walk last came to its end.
    pub ended: Option<Micros>,
    pub failed: Option<Micros>,
    pub reason: String,
}

/// Reads how the feed stands.
///
/// # Errors
/// Only if the file cannot be read.
pub fn feed(db: &Db) -> Result<Feed> {
    Ok(db.conn().query_row(
        "select since, cursor, began_at, ended_at, failed_at, reason from master_feed",
        [],
        |row| {
            Ok(Feed {
                since: row.get(0)?,
                cursor: row.get(1)?,
                began: row.get(2)?,
                ended: row.get(3)?,
                failed: row.get(4)?,
                reason: row.get(5)?,
            })
        },
    )?)
}

/// Takes over one page, and where the walk goes on: `None` ends it. Applying a page again, in any order,
/// changes nothing.
///
/// # Errors
/// Fenced, or the disk refuses: then nothing of the page is stored and it is asked for again.
pub fn page(db: &mut Db, epoch: i64, now: Micros, rows: &[Row], next: Option<&str>) -> Result<()> {
    let machine = Actor::machine();
    let mut tx = fenced(db, &machine, epoch, now)?;
    let mut taken = 0;
    for row in rows {
        taken += usize::from(apply(&mut tx, row)?);
    }
    let newest = rows.iter().filter_map(|row| row.changed).max();
    tx.tx
        .prepare_cached(
            "update master_feed set began_at = case when cursor is null then ?3 else began_at end, cursor = ?1,
                newest = max(coalesce(newest, ?2), coalesce(?2, newest)), failed_at = null, reason = ''",
        )?
        .execute(params![next, newest, now])?;
    if next.is_none() {
        tx.tx
            .prepare_cached(
                "update master_feed set ended_at = ?1, newest = null,
                    since = case when newest is null then since else max(newest, coalesce(since, newest)) end",
            )?
            .execute([now])?;
    }
    if taken > 0 {
        audit::record(&mut tx, "master read", ("master", None), &json!({ "customers": taken }))?;
    }
    tx.commit()
}

/// The walk could not go on. Where the master does not know the cursor any more, it begins anew.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn failed(db: &mut Db, epoch: i64, now: Micros, why: &str, anew: bool) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    tx.tx
        .prepare_cached(
            "update master_feed set failed_at = ?1, reason = ?2, cursor = case when ?3 then null else cursor end",
        )?
        .execute(params![now, why, anew])?;
    tx.commit()
}

/// Takes over one customer; false where it is older than what is known.
fn apply(tx: &mut Tx<'_>, row: &Row) -> Result<bool> {
    let Some(master_id) = row.customer.master_id.as_deref() else { return Ok(false) };
    let known = merge::record_of(&tx.tx, MASTER, master_id)?;
    if let (Some(known), Some(changed)) = (known, row.changed)
        && version(&tx.tx, known)?.is_some_and(|newest| newest > changed)
    {
        return Ok(false);
    }
    take_one(tx, &row.customer, OnMatch::Overwrite, row.changed, &mut |_, _, _| Ok(()))?;
    let Some(customer) = merge::record_of(&tx.tx, MASTER, master_id)? else { return Ok(false) };
    if known.is_none() {
        // The upstream may have updates of these that nobody here could be told of before.
        tx.tx.prepare_cached("update destination set polled_to = 0 where name = 'upstream'")?.execute([])?;
    }
    for field in &row.empty {
        emptied(tx, customer, *field, row.changed)?;
    }
    if let Some(changed) = row.changed {
        tx.tx
            .prepare_cached(
                "insert into master_version (customer_id, changed_at) values (?1, ?2)
                 on conflict (customer_id) do update set changed_at = excluded.changed_at",
            )?
            .execute(params![customer, changed])?;
    }
    Ok(true)
}

fn version(conn: &Connection, customer: CustomerId) -> Result<Option<Micros>> {
    Ok(conn
        .prepare_cached("select changed_at from master_version where customer_id = ?1")?
        .query_row([customer], |row| row.get(0))
        .optional()?)
}

/// The master has no value of this field any more: its earlier one is kept as what it was.
fn emptied(tx: &Tx<'_>, customer: CustomerId, field: Field, changed: Option<Micros>) -> Result<()> {
    let (kind, label) = match field {
        Field::Mobile => ("phone", Some("mobile")),
        Field::Email => ("email", None),
    };
    tx.tx
        .prepare_cached(
            "update contact_point set retired_at = ?4 where customer_id = ?1 and kind = ?2 and origin = 'master'
                and retired_at is null and (?3 is null or label = ?3)",
        )?
        .execute(params![customer, kind, label, tx.now])?;
    tx.changed(customer);
    effective::master_seen(tx, customer, field, changed)
}
