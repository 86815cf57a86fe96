//! Which desks run, and who has which customer open right now. Never a lock: a warning that ages out.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{Db, Result, allow};
use crate::domain::ids::CustomerId;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Party, Presence};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// A desk that was not heard of for so long is not there.
const FRESH: Duration = Duration::from_secs(60);

/// What a crashed desk has left behind goes after this.
const KEPT: Duration = Duration::from_secs(86_400);

/// Says what a desk is doing; to be repeated well within 60 s. `doing` is `viewing`, `updating`,
/// `texting` or `noting`.
///
/// # Errors
/// The actor may not, or `doing` is another word.
pub fn seen(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    desk: Uuid,
    with: Option<&Party>,
    doing: &str,
) -> Result<()> {
    let (customer, number) = match with {
        Some(Party::Customer(id)) => (Some(*id), None),
        Some(Party::Number(number)) => (None, Some(number.as_str())),
        None => (None, None),
    };
    let tx = db.begin(actor, now)?;
    tx.allow(Action::ReadCustomers, Object::Any)?;
    tx.tx
        .prepare_cached(
            "insert into presence (desk_id, user_id, customer_id, number, doing, since, seen_at)
             values (?1, ?2, ?3, ?6, ?4, ?5, ?5)
             on conflict (desk_id) do update set
                since = case when user_id = excluded.user_id and customer_id is excluded.customer_id
                    and number is excluded.number and doing = excluded.doing then since else excluded.since end,
                user_id = excluded.user_id, customer_id = excluded.customer_id, number = excluded.number,
                doing = excluded.doing, seen_at = excluded.seen_at",
        )?
        .execute(params![desk.as_bytes(), tx.actor.user, customer, doing, tx.now, number])?;
    tx.tx.prepare_cached("delete from presence where seen_at < ?1")?.execute([tx.now - KEPT])?;
    tx.commit()
}

/// Is a desk running anywhere?
///
/// # Errors
/// Only if the file cannot be read.
pub fn anybody(db: &Db, now: Micros) -> Result<bool> {
    Ok(db.conn().prepare_cached("select 1 from presence where seen_at >= ?1")?.exists([now - FRESH])?)
}

/// Has somebody a conversation open?
///
/// # Errors
/// Only if the file cannot be read.
pub fn is_talking(db: &Db, now: Micros) -> Result<bool> {
    let sql = "select 1 from presence where seen_at >= ?1 and doing = 'texting'";
    Ok(db.conn().prepare_cached(sql)?.exists([now - FRESH])?)
}

/// A desk ends.
///
/// # Errors
/// Only if the disk refuses.
pub fn left(db: &mut Db, desk: Uuid) -> Result<()> {
    db.conn().prepare_cached("delete from presence where desk_id = ?1")?.execute([desk.as_bytes()])?;
    Ok(())
}

/// Does a desk of the actor's run? One that crashed counts until its row is old.
///
/// # Errors
/// The actor may not.
pub fn has_desk(db: &Db, actor: &Actor, now: Micros) -> Result<bool> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    Ok(db
        .conn()
        .prepare_cached("select exists (select 1 from presence where user_id = ?1 and seen_at >= ?2)")?
        .query_row(params![actor.user, now - FRESH], |row| row.get(0))?)
}

/// Who is writing to whom right now, on other desks.
pub(super) fn answering(conn: &Connection, now: Micros, desk: Uuid) -> Result<HashMap<Party, SafeText>> {
    let mut statement = conn.prepare_cached(
        "select p.customer_id, p.number, u.name from presence p join user u on u.id = p.user_id
         where p.doing = 'texting' and p.desk_id <> ?1 and p.seen_at >= ?2 order by p.since desc, u.name desc",
    )?;
    let rows = statement.query_map(params![desk.as_bytes(), now - FRESH], |row| {
        let number: Option<String> = row.get(1)?;
        let party = match row.get::<_, Option<CustomerId>>(0)? {
            Some(id) => Some(Party::Customer(id)),
            None => number.map(|number| Party::Number(SafeText::new(&number))),
        };
        Ok((party, SafeText::new(&row.get::<_, String>(2)?)))
    })?;
    let mut answering = HashMap::new();
    for row in rows {
        let (party, name) = row?;
        // Of several, whoever began first.
        answering.extend(party.map(|party| (party, name)));
    }
    Ok(answering)
}

/// Which other desks have this customer open, longest first.
///
/// # Errors
/// The actor may not.
pub fn others(
    db: &Db,
    actor: &Actor,
    now: Micros,
    customer: CustomerId,
    desk: Uuid,
) -> Result<Vec<Presence>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let mut statement = db.conn().prepare_cached(
        "select u.name, p.doing, p.since from presence p join user u on u.id = p.user_id
         where p.customer_id = ?1 and p.desk_id <> ?2 and p.seen_at >= ?3 order by p.since, u.name",
    )?;
    let rows = statement.query_map(params![customer, desk.as_bytes(), now - FRESH], |row| {
        Ok(Presence {
            name: SafeText::new(&row.get::<_, String>(0)?),
            doing: row.get(1)?,
            since: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
