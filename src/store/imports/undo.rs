//! Taking an import back: every customer becomes what they were, except whom somebody has changed
//! since. A chunk at a time, the newest first; what stops it loses no more than a chunk.

use std::collections::HashSet;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, ToSql, params, params_from_iter};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::merge::MERGED;
use super::state_of;
use crate::domain::ids::CustomerId;
use crate::domain::import::State;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;
use crate::domain::update::Field;
use crate::store::{Db, Error, Result, Tx, audit, clash, effective};

/// What became of the customers of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// New ones that are gone again.
    pub removed: u64,
    /// Changed ones who are what they were.
    pub restored: u64,
    /// Those whom somebody has changed since: they stay as they are.
    pub left: Vec<String>,
}

/// Takes back import `number`, telling `tell` how it goes. Nobody imports, as [`super::alone`] has seen
/// to.
///
/// # Errors
/// There is no such import, it is undone, the actor may not, or the disk refuses: then what was told is
/// done, and the same again goes on from there.
pub fn undo(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    number: i64,
    mut tell: impl FnMut(&Undone),
) -> Result<Undone> {
    let (mut undone, mut seen) = (Undone::default(), Seen::default());
    loop {
        let mut tx = db.begin(actor, now)?;
        tx.allow(Action::ImportCustomers, Object::Any)?;
        if state_of(&tx, number)? == State::Undone {
            return Err(Error::Refused(format!("import {number} is undone already")));
        }
        let Some(chunk) = Chunk::last(&tx, number)? else {
            finish(&mut tx, number, &undone)?;
            tx.commit()?;
            return Ok(undone);
        };
        chunk.undo(&tx, &mut undone, &mut seen)?;
        tx.commit()?;
        tell(&undone);
    }
}

fn finish(tx: &mut Tx<'_>, number: i64, undone: &Undone) -> Result<()> {
    tx.tx
        .prepare_cached("update import set state = 'undone', ended_at = ?2 where number = ?1")?
        .execute(params![number, tx.now])?;
    let Undone { removed, restored, left } = undone;
    let detail = json!({ "import": number, "removed": removed, "restored": restored, "left": left.len() });
    audit::record(tx, "import undone", ("import", None), &detail)
}

/// An import may have changed a customer more than once.
#[derive(Default)]
struct Seen {
    restored: HashSet<CustomerId>,
    left: HashSet<CustomerId>,
}

impl Seen {
    fn leave(&mut self, id: CustomerId, name: String, undone: &mut Undone) {
        if self.left.insert(id) {
            undone.left.push(name);
        }
    }
}

/// One transaction of the import, and what had happened by then.
struct Chunk {
    import: i64,
    chunk: i64,
    at: Micros,
    customers: (i64, i64),
    points: (i64, i64),
    interaction: i64,
    update: i64,
}

impl Chunk {
    fn last(tx: &Tx<'_>, import: i64) -> Result<Option<Self>> {
        Ok(tx
            .tx
            .prepare_cached(
                "select chunk, at, first_customer, next_customer, first_point, next_point, last_interaction,
                    last_update
                 from import_chunk where import = ?1 and undone_at is null order by chunk desc limit 1",
            )?
            .query_row([import], |row| {
                Ok(Self {
                    import,
                    chunk: row.get(0)?,
                    at: row.get(1)?,
                    customers: (row.get(2)?, row.get(3)?),
                    points: (row.get(4)?, row.get(5)?),
                    interaction: row.get(6)?,
                    update: row.get(7)?,
                })
            })
            .optional()?)
    }

    fn undo(&self, tx: &Tx<'_>, undone: &mut Undone, seen: &mut Seen) -> Result<()> {
        for (id, before) in self.changes(tx)? {
            match self.changed_since(tx, id)? {
                Some(name) => seen.leave(id, name, undone),
                None => {
                    self.restore(tx, id, &before)?;
                    seen.restored.insert(id);
                }
            }
        }
        for id in self.new_ones(tx)? {
            match self.changed_since(tx, id)? {
                Some(name) => seen.leave(id, name, undone),
                None => {
                    remove(tx, id)?;
                    seen.restored.remove(&id);
                    undone.removed += 1;
                }
            }
        }
        undone.restored = seen.restored.len() as u64;
        tx.tx
            .prepare_cached("update import_chunk set undone_at = ?3 where import = ?1 and chunk = ?2")?
            .execute(params![self.import, self.chunk, tx.now])?;
        Ok(())
    }

    /// A customer made and changed by the same chunk has only been made.
    fn changes(&self, tx: &Tx<'_>) -> Result<Vec<(CustomerId, Json)>> {
        let mut statement = tx.tx.prepare_cached(
            "select h.customer_id, h.before from import_change h join customer c on c.id = h.customer_id
             where h.import = ?1 and h.chunk = ?2 and not (c.seq >= ?3 and c.seq < ?4)",
        )?;
        let (first, next) = self.customers;
        let rows = statement.query_map(params![self.import, self.chunk, first, next], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?))
        })?;
        rows.map(|row| {
            let (id, before) = row?;
            let before = serde_json::from_str(&before)
                .map_err(|_| Error::Refused("what a customer was before the import cannot be read".into()))?;
            Ok((id, before))
        })
        .collect()
    }

    fn new_ones(&self, tx: &Tx<'_>) -> Result<Vec<CustomerId>> {
        let (first, next) = self.customers;
        let mut statement =
            tx.tx.prepare_cached("select id from customer where seq >= ?1 and seq < ?2 order by seq")?;
        let rows = statement.query_map([first, next], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Their name, if anybody has done anything about them since.
    fn changed_since(&self, tx: &Tx<'_>, id: CustomerId) -> Result<Option<String>> {
        let (_, next_point) = self.points;
        Ok(tx
            .tx
            .prepare_cached(
                "select c.name || coalesce(' (' || c.policy_number || ')', '') from customer c
                 where c.id = ?1 and (c.deleted_at is not null or c.updated_at is not ?2
                    or exists (select 1 from contact_point p where p.customer_id = c.id
                        and (p.seq >= ?3 or p.retired_at > ?2))
                    or exists (select 1 from interaction i where i.customer_id = c.id and i.seq > ?4)
                    or exists (select 1 from contact_update u where u.customer_id = c.id and u.seq > ?5))",
            )?
            .query_row(params![id, self.at, next_point, self.interaction, self.update], |row| row.get(0))
            .optional()?)
    }

    fn restore(&self, tx: &Tx<'_>, id: CustomerId, before: &Json) -> Result<()> {
        let (first, next) = self.points;
        tx.tx
            .prepare_cached("delete from contact_point where customer_id = ?1 and seq >= ?2 and seq < ?3")?
            .execute(params![id, first, next])?;
        tx.tx
            .prepare_cached(
                "update contact_point set retired_at = null where customer_id = ?1
                    and seq in (select value from json_each(?2))",
            )?
            .execute(params![id, before["points"].to_string()])?;
        tx.tx
            .prepare_cached(
                "delete from customer_ref where customer_id = ?1 and ref not in (select value from json_each(?2))",
            )?
            .execute(params![id, before["refs"].to_string()])?;
        write_row(tx, id, before)?;
        tx.changed(id);
        clash::forget(tx, id)?;
        for field in Field::ALL {
            effective::refold(tx, id, field)?;
        }
        Ok(())
    }
}

fn write_row(tx: &Tx<'_>, id: CustomerId, before: &Json) -> Result<()> {
    let values: Vec<Value> = MERGED.iter().map(|name| as_value(&before["row"][*name])).collect();
    let at = as_value(&before["updated_at"]);
    let by = before["updated_by"].as_str().and_then(|id| Uuid::parse_str(id).ok());
    let by = by.map_or(Value::Null, |id| Value::Blob(id.as_bytes().to_vec()));
    let rest: [&dyn ToSql; 3] = [&at, &by, &id];
    tx.tx
        .prepare_cached(&super::merge::WRITE)?
        .execute(params_from_iter(values.iter().map(|value| value as &dyn ToSql).chain(rest)))?;
    Ok(())
}

fn as_value(json: &Json) -> Value {
    match json {
        Json::String(text) => Value::Text(text.clone()),
        Json::Number(number) => number.as_i64().map_or(Value::Null, Value::Integer),
        _ => Value::Null,
    }
}

/// Nobody has ever dealt with them: their numbers and ids are free again, and the row says that they
/// were here.
fn remove(tx: &Tx<'_>, id: CustomerId) -> Result<()> {
    for sql in [
        "delete from customer_ref where customer_id = ?1",
        "delete from effective_contact where customer_id = ?1",
        "delete from master_seen where customer_id = ?1",
        "delete from master_version where customer_id = ?1",
        "delete from contact_clash where customer_id = ?1",
        "delete from contact_point where customer_id = ?1",
    ] {
        tx.tx.prepare_cached(sql)?.execute([id])?;
    }
    tx.tx
        .prepare_cached(
            "update customer set deleted_at = ?2, updated_at = ?2, updated_by = ?3 where id = ?1",
        )?
        .execute(params![id, tx.now, tx.actor.user])?;
    tx.changed(id);
    Ok(())
}
