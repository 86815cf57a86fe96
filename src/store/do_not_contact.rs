//! The do-not-contact list: numbers that get no text for any purpose, whoever said yes (FACTS 15). Every
//! line stays for good; the newest of a number says whether it is listed.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::{Db, Error, Result, Tx, allow, audit, outbox};
use crate::domain::consent::Purpose;
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

/// A number on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub number: E164,
    pub since: Micros,
    /// The file it came from, or why somebody put it there.
    pub source: String,
    pub by: Option<String>,
}

/// What an import has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    pub new: usize,
    pub known: usize,
    /// Waiting texts that are canceled by it.
    pub canceled: usize,
}

/// Since when a number is on the list.
pub(super) fn since(conn: &Connection, number: &E164) -> Result<Option<Micros>> {
    Ok(newest(conn, number)?.and_then(|(listed, at)| listed.then_some(at)))
}

fn newest(conn: &Connection, number: &E164) -> Result<Option<(bool, Micros)>> {
    Ok(conn
        .prepare_cached("select listed, at from do_not_contact where address = ?1 order by seq desc limit 1")?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// Puts numbers on the list, all or none; what waits for them is canceled at once.
///
/// # Errors
/// The actor may not.
pub fn add(db: &mut Db, actor: &Actor, now: Micros, numbers: &[E164], source: &str) -> Result<Added> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ManageDoNotContact, Object::Any)?;
    let mut added = Added::default();
    for number in numbers {
        if since(&tx.tx, number)?.is_some() {
            added.known += 1;
            continue;
        }
        put(&tx, number, true, source)?;
        added.new += 1;
        for purpose in Purpose::ALL {
            added.canceled += outbox::cancel_texts(&mut tx, number, purpose)?;
        }
    }
    let detail =
        json!({ "source": source, "new": added.new, "known": added.known, "canceled": added.canceled });
    audit::record(&mut tx, "do-not-contact added", ("do not contact", None), &detail)?;
    tx.commit()?;
    Ok(added)
}

/// Takes a number off the list, with a reason.
///
/// # Errors
/// It is not on it, there is no reason, or the actor may not.
pub fn remove(db: &mut Db, actor: &Actor, now: Micros, number: &E164, reason: &str) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ManageDoNotContact, Object::Any)?;
    if reason.trim().is_empty() {
        return Err(Error::Refused("reason: say why it is taken off".to_owned()));
    }
    if since(&tx.tx, number)?.is_none() {
        return Err(Error::NotFound { what: "number on the do-not-contact list", name: number.to_string() });
    }
    put(&tx, number, false, reason)?;
    audit::record(&mut tx, "do-not-contact removed", ("do not contact", None), &json!({ "reason": reason }))?;
    tx.commit()
}

fn put(tx: &Tx<'_>, number: &E164, listed: bool, source: &str) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into do_not_contact (address, listed, source, user_id, at) values (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![number, listed, source, tx.actor.user, tx.now])?;
    Ok(())
}

/// Is this number on the list?
///
/// # Errors
/// The actor may not.
pub fn check(db: &Db, actor: &Actor, number: &E164) -> Result<Option<Listed>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let mut statement = db.conn().prepare_cached(&select("d.address = ?1"))?;
    Ok(statement.query_row([number], listed).optional()?)
}

/// Hands every number on the list to `each`, oldest first.
///
/// # Errors
/// The actor may not, or `each` failed.
pub fn for_each<E: From<Error>>(
    db: &Db,
    actor: &Actor,
    mut each: impl FnMut(Listed) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = db.snapshot()?;
    let mut statement = conn.prepare_cached(&select("1")).map_err(Error::from)?;
    let rows = statement.query_map([], listed).map_err(Error::from)?;
    for row in rows {
        each(row.map_err(Error::from)?)?;
    }
    Ok(())
}

fn select(which: &str) -> String {
    format!(
        "select d.address, d.at, d.source, u.name from do_not_contact d left join user u on u.id = d.user_id
         where {which} and d.listed and not exists
            (select 1 from do_not_contact later where later.address = d.address and later.seq > d.seq)
         order by d.seq"
    )
}

fn listed(row: &rusqlite::Row<'_>) -> rusqlite::Result<Listed> {
    Ok(Listed { number: row.get(0)?, since: row.get(1)?, source: row.get(2)?, by: row.get(3)? })
}
