//! Imports: customers from a file, a chunk of rows per transaction. Each chunk leaves what it did with
//! what it changed, so that the report holds whatever stops it, and the whole can be taken back.

pub(super) mod merge;
mod undo;

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rusqlite::{OptionalExtension as _, Row, params};
use serde_json::json;

pub use undo::{Undone, undo};

use super::customers::Imported;
use super::{Db, Error, Result, Tx, allow, audit, open};
use crate::domain::customer::NewCustomer;
use crate::domain::import::{Counts, OnMatch, State};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

/// An import as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub number: i64,
    pub file: String,
    pub source: Option<String>,
    pub by: String,
    pub state: State,
    pub started_at: Micros,
    pub ended_at: Option<Micros>,
    pub counts: Counts,
}

/// Held by whoever imports: two at once would each take the other's customers for changed.
pub struct Alone(#[expect(dead_code, reason = "it is the lock")] File);

/// Takes the only place there is for an import.
///
/// # Errors
/// Another import is under way.
pub fn alone(db: &Db) -> Result<Alone> {
    let refused = |why: String| Error::Refused(why);
    let file = lock_file(db).map_err(|why| refused(format!("the lock of imports: {why}")))?;
    match file.try_lock() {
        Ok(()) => Ok(Alone(file)),
        Err(TryLockError::WouldBlock) => {
            Err(refused("another import is running: wait until it has ended, or stop it".to_owned()))
        }
        Err(TryLockError::Error(why)) => Err(refused(format!("the lock of imports: {why}"))),
    }
}

fn lock_file(db: &Db) -> std::io::Result<File> {
    let path = open::beside(Path::new(db.conn.path().unwrap_or_default()), ".import");
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Begins an import of `file`; answers with its number. Nobody else imports, as [`alone`] has seen to.
///
/// # Errors
/// The actor may not, or the disk refuses.
pub fn begin(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    (file, source): (&str, Option<&str>),
    on: OnMatch,
) -> Result<i64> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ImportCustomers, Object::Any)?;
    close_cut_off(&mut tx)?;
    let number: i64 = tx
        .tx
        .prepare_cached(
            "insert into import (file, source, on_match, user_number, user_name, state, started_at)
             values (?1, ?2, ?3, ?4, ?5, 'running', ?6) returning number",
        )?
        .query_row(params![file, source, on.as_str(), actor.number, actor.name, now], |row| row.get(0))?;
    let detail = json!({ "import": number, "file": file, "source": source, "on": on.as_str() });
    audit::record(&mut tx, "import started", ("import", None), &detail)?;
    tx.commit()?;
    Ok(number)
}

/// Whoever was killed at it could not say so.
fn close_cut_off(tx: &mut Tx<'_>) -> Result<()> {
    let numbers = {
        let mut running = tx.tx.prepare_cached("select number from import where state = 'running'")?;
        running.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?
    };
    for number in numbers {
        close(tx, number, State::CutOff)?;
    }
    Ok(())
}

fn close(tx: &mut Tx<'_>, number: i64, state: State) -> Result<Counts> {
    tx.tx
        .prepare_cached("update import set state = ?2, ended_at = ?3 where number = ?1")?
        .execute(params![number, state.as_str(), tx.now])?;
    let counts = counts(tx, number)?;
    let Counts { new, changed, unchanged, refused } = counts;
    let detail = json!({
        "import": number, "state": state.as_str(),
        "new": new, "changed": changed, "unchanged": unchanged, "refused": refused,
    });
    audit::record(tx, "customers imported", ("import", None), &detail)?;
    Ok(counts)
}

fn counts(tx: &Tx<'_>, number: i64) -> Result<Counts> {
    let sums =
        "select sum(new), sum(changed), sum(unchanged), sum(refused) from import_chunk where import = ?1";
    Ok(tx.tx.prepare_cached(sums)?.query_row([number], |row| counts_of(row, 0))?)
}

/// Sums, which are nothing where there was no chunk.
fn counts_of(row: &Row<'_>, from: usize) -> rusqlite::Result<Counts> {
    let count = |at: usize| {
        let sum: Option<i64> = row.get(from + at)?;
        Ok::<_, rusqlite::Error>(sum.and_then(|sum| u64::try_from(sum).ok()).unwrap_or(0))
    };
    Ok(Counts { new: count(0)?, changed: count(1)?, unchanged: count(2)?, refused: count(3)? })
}

/// Takes in a chunk of good rows in one transaction, and notes that `refused` others were not.
///
/// # Errors
/// The actor may not, or the disk refuses: then nothing of the chunk is stored.
pub fn chunk(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    (number, on): (i64, OnMatch),
    (rows, refused): (&[NewCustomer], u64),
) -> Result<Vec<Imported>> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ImportCustomers, Object::Any)?;
    let chunk: i64 = tx
        .tx
        .prepare_cached("select coalesce(max(chunk), 0) + 1 from import_chunk where import = ?1")?
        .query_row([number], |row| row.get(0))?;
    let before = Marks::now(&tx)?;
    let results = merge::take_in(&mut tx, rows, on, |tx, id, before| {
        tx.tx
            .prepare_cached(
                "insert into import_change (import, chunk, customer_id, before) values (?1, ?2, ?3, ?4)
                 on conflict do nothing",
            )?
            .execute(params![number, chunk, id, before.to_string()])?;
        Ok(())
    })?;
    let after = Marks::now(&tx)?;
    let number_of = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let count = |kind| number_of(results.iter().filter(|result| **result == kind).count() as u64);
    tx.tx
        .prepare_cached(
            "insert into import_chunk (import, chunk, at, new, changed, unchanged, refused, first_customer,
                next_customer, first_point, next_point, last_interaction, last_update)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            number,
            chunk,
            now,
            count(Imported::New),
            count(Imported::Changed),
            count(Imported::Unchanged),
            number_of(refused),
            before.customer + 1,
            after.customer + 1,
            before.point + 1,
            after.point + 1,
            after.interaction,
            after.update,
        ])?;
    tx.commit()?;
    Ok(results)
}

/// The newest of everything that tells who has changed whom.
struct Marks {
    customer: i64,
    point: i64,
    interaction: i64,
    update: i64,
}

impl Marks {
    fn now(tx: &Tx<'_>) -> Result<Self> {
        Ok(tx
            .tx
            .prepare_cached(
                "select coalesce((select max(seq) from customer), 0), coalesce((select max(seq) from contact_point), 0),
                    coalesce((select max(seq) from interaction), 0), coalesce((select max(seq) from contact_update), 0)",
            )?
            .query_row([], |row| {
                Ok(Self {
                    customer: row.get(0)?,
                    point: row.get(1)?,
                    interaction: row.get(2)?,
                    update: row.get(3)?,
                })
            })?)
    }
}

/// What a chunk would do. Nothing is stored.
///
/// # Errors
/// The actor may not, or the file cannot be read.
pub fn preview(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    on: OnMatch,
    rows: &[NewCustomer],
) -> Result<Vec<Imported>> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ImportCustomers, Object::Any)?;
    // Dropped without a commit.
    merge::take_in(&mut tx, rows, on, |_, _, _| Ok(()))
}

/// Ends an import; answers with what is in.
///
/// # Errors
/// The actor may not, or the disk refuses.
pub fn end(db: &mut Db, actor: &Actor, now: Micros, number: i64, state: State) -> Result<Counts> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ImportCustomers, Object::Any)?;
    let counts = close(&mut tx, number, state)?;
    tx.commit()?;
    Ok(counts)
}

/// All imports, newest first. One whose process is gone is cut off, whether that was noted yet or not.
///
/// # Errors
/// The actor may not, or the file cannot be read.
pub fn list(db: &Db, actor: &Actor) -> Result<Vec<Import>> {
    allow(actor, Action::ImportCustomers, Object::Any)?;
    let running = alone(db).is_err();
    let mut statement = db.conn().prepare_cached(
        "select i.number, i.file, i.source, i.user_name, i.state, i.started_at, i.ended_at,
            sum(c.new), sum(c.changed), sum(c.unchanged), sum(c.refused)
         from import i left join import_chunk c on c.import = i.number
         group by i.number order by i.number desc",
    )?;
    let rows = statement.query_map([], |row| {
        let state = State::parse(&row.get::<_, String>(4)?).unwrap_or(State::CutOff);
        Ok(Import {
            number: row.get(0)?,
            file: row.get(1)?,
            source: row.get(2)?,
            by: row.get(3)?,
            state: if state == State::Running && !running { State::CutOff } else { state },
            started_at: row.get(5)?,
            ended_at: row.get(6)?,
            counts: counts_of(row, 7)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The headers of a source with the words of the fields they meant the last time.
///
/// # Errors
/// The file cannot be read.
pub fn mapping(db: &Db, source: &str) -> Result<Vec<(String, String)>> {
    let mut statement = db
        .conn()
        .prepare_cached("select header, field from import_mapping where source = ?1 order by header")?;
    let rows = statement.query_map([source], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Remembers what the columns of a source mean.
///
/// # Errors
/// The actor may not, or the disk refuses.
pub fn remember(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    source: &str,
    mapping: &[(String, &str)],
) -> Result<()> {
    let tx = db.begin(actor, now)?;
    tx.allow(Action::ImportCustomers, Object::Any)?;
    for (header, field) in mapping {
        tx.tx
            .prepare_cached(
                "insert into import_mapping (source, header, field) values (?1, ?2, ?3)
                 on conflict (source, header) do update set field = excluded.field",
            )?
            .execute(params![source, header, field])?;
    }
    tx.commit()
}

fn state_of(tx: &Tx<'_>, number: i64) -> Result<State> {
    let state: Option<String> = tx
        .tx
        .prepare_cached("select state from import where number = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    state
        .and_then(|state| State::parse(&state))
        .ok_or_else(|| Error::NotFound { what: "import", name: number.to_string() })
}
