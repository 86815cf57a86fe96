//! Calls that ring: `cordboard pop` puts one here, the user's running desk shows it.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Db, Result, allow};
use crate::domain::ids::CustomerId;
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{RINGS, Ring};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// Nobody needs to know more exactly how many have a number.
const BEARERS: u32 = 100;

/// A call rings for the actor, in place of the one before.
///
/// # Errors
/// The actor may not, or the disk refuses.
pub fn ring(db: &mut Db, actor: &Actor, now: Micros, number: &E164) -> Result<()> {
    let tx = db.begin(actor, now)?;
    tx.allow(Action::ReadCustomers, Object::Any)?;
    tx.tx
        .prepare_cached(
            "insert into ring (user_id, number, at) values (?1, ?2, ?3)
             on conflict (user_id) do update set number = excluded.number, at = excluded.at, shown_at = null",
        )?
        .execute(params![tx.actor.user, number, tx.now])?;
    tx.commit()
}

/// A desk of the actor's shows the call of this moment.
///
/// # Errors
/// The actor may not, or the disk refuses.
pub fn shown(db: &mut Db, actor: &Actor, now: Micros, at: Micros) -> Result<()> {
    let tx = db.begin(actor, now)?;
    tx.allow(Action::ReadCustomers, Object::Any)?;
    tx.tx
        .prepare_cached("update ring set shown_at = ?3 where user_id = ?1 and at = ?2 and shown_at is null")?
        .execute(params![tx.actor.user, at, tx.now])?;
    tx.commit()
}

/// Has a desk shown the call of this moment, or is a newer one there?
///
/// # Errors
/// Only if the file cannot be read.
pub fn was_shown(db: &Db, actor: &Actor, at: Micros) -> Result<bool> {
    Ok(db
        .conn()
        .prepare_cached(
            "select not exists (select 1 from ring where user_id = ?1 and at = ?2 and shown_at is null)",
        )?
        .query_row(params![actor.user, at], |row| row.get(0))?)
}

/// Takes a call back that no desk has shown; false if one was quicker.
///
/// # Errors
/// The disk refuses.
pub fn take_back(db: &mut Db, actor: &Actor, now: Micros, at: Micros) -> Result<bool> {
    let tx = db.begin(actor, now)?;
    tx.allow(Action::ReadCustomers, Object::Any)?;
    let taken = tx
        .tx
        .prepare_cached("delete from ring where user_id = ?1 and at = ?2 and shown_at is null")?
        .execute(params![tx.actor.user, at])?;
    tx.commit()?;
    Ok(taken > 0)
}

/// The call that rings for the actor now.
pub(super) fn newest(conn: &Connection, actor: &Actor, now: Micros) -> Result<Option<Ring>> {
    let found: Option<(String, Micros)> = conn
        .prepare_cached("select number, at from ring where user_id = ?1 and at > ?2")?
        .query_row(params![actor.user, now - RINGS], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((number, at)) = found else { return Ok(None) };
    let who = bearers(conn, &number)?;
    let only = match who.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    Ok(Some(Ring {
        number: SafeText::new(&number),
        at,
        bearers: i64::try_from(who.len()).unwrap_or(i64::MAX),
        customer: only.map(|(id, _)| *id),
        name: SafeText::new(only.map_or("", |(_, name)| name)),
    }))
}

/// Who on file has this number.
///
/// # Errors
/// The actor may not.
pub fn who_has(db: &Db, actor: &Actor, number: &E164) -> Result<Vec<(CustomerId, String)>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    bearers(db.conn(), number.as_str())
}

fn bearers(conn: &Connection, number: &str) -> Result<Vec<(CustomerId, String)>> {
    let mut statement = conn.prepare_cached(
        "select c.id, c.name from (
            select customer_id from effective_contact where value = ?1 and field = 'mobile'
            union select customer_id from contact_point
                where value = ?1 and kind = 'phone' and retired_at is null) n
         join customer c on c.id = n.customer_id where c.deleted_at is null order by c.name, c.seq limit ?2",
    )?;
    let rows = statement.query_map(params![number, BEARERS], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
