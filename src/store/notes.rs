//! Notes, which stay here and are never edited, and the interactions of the timeline.

use rusqlite::params;
use serde_json::json;
use uuid::Uuid;

use super::{Db, Error, Result, Tx, allow, audit, customers};
use crate::domain::ids::{CustomerId, InteractionId, NoteId};
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

/// One note.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    pub id: NoteId,
    pub body: String,
    pub by: String,
    pub at: Micros,
}

redacted_debug!(Note, id, at);

/// Adds a note to a customer.
///
/// # Errors
/// It is empty, no such customer, or the actor may not.
pub fn add(db: &mut Db, actor: &Actor, now: Micros, customer: CustomerId, body: &str) -> Result<NoteId> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::AddNote, Object::Any)?;
    if body.trim().is_empty() {
        return Err(Error::Refused("note: there is nothing in it".into()));
    }
    let customer = customers::read(&tx.tx, customer)?.id;
    let id = NoteId(tx.id());
    tx.tx.execute(
        "insert into note (id, customer_id, user_id, body, at) values (?1, ?2, ?3, ?4, ?5)",
        params![id, customer, tx.actor.user, body, now],
    )?;
    record_interaction(&mut tx, customer, "note", None, id.0)?;
    audit::record(&mut tx, "note added", ("note", Some(id.0)), &json!({ "customer": customer.to_string() }))?;
    tx.commit()?;
    Ok(id)
}

/// Pins a note of this customer to the top of the card, in place of another; `None` unpins.
///
/// # Errors
/// The note is not this customer's, or the actor may not.
pub fn pin(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    customer: CustomerId,
    note: Option<NoteId>,
) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::AddNote, Object::Any)?;
    match note {
        Some(note) => {
            let pinned = tx.tx.execute(
                "insert into note_pin (customer_id, note_id, user_id, at)
                 select customer_id, id, ?3, ?4 from note where id = ?2 and customer_id = ?1
                 on conflict (customer_id) do update
                 set note_id = excluded.note_id, user_id = excluded.user_id, at = excluded.at",
                params![customer, note, tx.actor.user, tx.now],
            )?;
            if pinned == 0 {
                return Err(Error::NotFound { what: "note", name: note.to_string() });
            }
        }
        None => {
            tx.tx.execute("delete from note_pin where customer_id = ?1", [customer])?;
        }
    }
    let action = if note.is_some() { "note pinned" } else { "note unpinned" };
    let detail = json!({ "customer": customer.to_string() });
    audit::record(&mut tx, action, ("note", note.map(|note| note.0)), &detail)?;
    tx.commit()
}

/// A customer's notes, newest first.
///
/// # Errors
/// The actor may not.
pub fn list(db: &Db, actor: &Actor, customer: CustomerId) -> Result<Vec<Note>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let mut statement = db.conn().prepare_cached(
        "select n.id, n.body, u.name, n.at from note n join user u on u.id = n.user_id
         where n.customer_id = ?1 order by n.seq desc",
    )?;
    let rows = statement.query_map([customer], |row| {
        Ok(Note { id: row.get(0)?, body: row.get(1)?, by: row.get(2)?, at: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Puts something on the customer's timeline, inside the write it belongs to.
pub(super) fn record_interaction(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    kind: &str,
    direction: Option<&str>,
    subject: Uuid,
) -> Result<InteractionId> {
    let id = InteractionId(tx.id());
    tx.tx
        .prepare_cached(
            "insert into interaction (id, customer_id, kind, direction, subject_id, user_id, at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![id, customer, kind, direction, subject.as_bytes(), tx.actor.user, tx.now])?;
    Ok(id)
}
