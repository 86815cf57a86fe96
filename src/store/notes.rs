//! Notes, which stay here and are never edited, and the interactions of the timeline.

use rusqlite::{OptionalExtension as _, params};
use serde_json::json;
use uuid::Uuid;

use super::{Db, Error, Result, Tx, allow, audit, customers, merge};
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
    let customer = customers::read(&tx.tx, merge::living(&tx.tx, customer)?)?.id;
    let id = write(&mut tx, customer, body)?;
    tx.commit()?;
    Ok(id)
}

/// The same inside a write.
pub(super) fn write(tx: &mut Tx<'_>, customer: CustomerId, body: &str) -> Result<NoteId> {
    let id = NoteId(tx.id());
    tx.tx.execute(
        "insert into note (id, customer_id, user_id, body, at) values (?1, ?2, ?3, ?4, ?5)",
        params![id, customer, tx.actor.user, body, tx.now],
    )?;
    record_interaction(tx, customer, "note", None, id.0)?;
    audit::record(tx, "note added", ("note", Some(id.0)), &json!({ "customer": customer.to_string() }))?;
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
    let customer = merge::living(&tx.tx, customer)?;
    let family = merge::family(&tx.tx, customer)?;
    match note {
        Some(note) => {
            let whose: Option<CustomerId> = tx
                .tx
                .query_row("select customer_id from note where id = ?1", [note], |row| row.get(0))
                .optional()?;
            if !whose.is_some_and(|whose| family.contains(&whose)) {
                return Err(Error::NotFound { what: "note", name: note.to_string() });
            }
            tx.tx.execute(
                "insert into note_pin (customer_id, note_id, user_id, at) values (?1, ?2, ?3, ?4)
                 on conflict (customer_id) do update
                 set note_id = excluded.note_id, user_id = excluded.user_id, at = excluded.at",
                params![customer, note, tx.actor.user, tx.now],
            )?;
        }
        None => {
            for record in family {
                tx.tx.execute("delete from note_pin where customer_id = ?1", [record])?;
            }
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
    let conn = db.snapshot()?;
    let mut statement = conn.prepare_cached(
        "select n.seq, n.id, n.body, u.name, n.at from note n join user u on u.id = n.user_id
         where n.customer_id = ?1",
    )?;
    let mut notes: Vec<(i64, Note)> = Vec::new();
    for record in merge::person(&conn, customer)? {
        let rows = statement.query_map([record], |row| {
            Ok((row.get(0)?, Note { id: row.get(1)?, body: row.get(2)?, by: row.get(3)?, at: row.get(4)? }))
        })?;
        notes.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    notes.sort_by_key(|(seq, _)| std::cmp::Reverse(*seq));
    Ok(notes.into_iter().map(|(_, note)| note).collect())
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
