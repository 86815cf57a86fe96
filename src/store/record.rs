//! The customer record: reading it for an editor, and every act of a person on it. Each act is one
//! transaction: what was and what is beside each other in `customer_change`, the audit entry, the
//! tables. Whoever acts says what they saw; what somebody else saved since is never overwritten.

mod act;
mod points;
mod slot;
mod tags;
pub mod undo;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Map, Value, json};

use self::act::{Act, Moved};
use self::slot::Slot;
use super::{Db, Error, Result, Tx, allow, users};
use crate::domain::customer::{NewCustomer, Stage};
use crate::domain::form::{Key, Own};
use crate::domain::ids::CustomerId;
use crate::domain::record::Edit;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Held, Record};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

pub(super) use act::created;
pub use tags::tag;

/// So many who share a number are named.
const NAMED: u32 = 5;

/// Reads the whole record for an editor.
///
/// # Errors
/// No such customer, or the actor may not.
pub fn read(db: &Db, actor: &Actor, customer: CustomerId) -> Result<Record> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn: &Connection = &*db.snapshot()?;
    let customer = super::merge::living(conn, customer)?;
    let row = super::customers::read(conn, customer)?;
    let (changed_at, by) = conn
        .prepare_cached(
            "select c.updated_at, coalesce(u.name, '') from customer c
             left join user u on u.id = c.updated_by where c.id = ?1",
        )?
        .query_row([customer], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    let mut values = Vec::new();
    for own in Own::ALL {
        let value = match own {
            Own::Mobile => row.mobile.as_ref().map(|shown| shown.value.clone()),
            Own::Email => row.email.as_ref().map(|shown| shown.value.clone()),
            _ => text(&slot::current(conn, customer, &Slot::Own(own))?),
        };
        values.extend(value.map(|value| Held { key: own.as_str().to_owned(), value }));
    }
    let custom: Map<String, Value> = serde_json::from_str(&row.custom).unwrap_or_default();
    // A column of a file may be called as a field is; it is a value of its own nevertheless.
    let custom = custom.into_iter().filter(|(key, _)| matches!(Key::read(key), Key::Custom(_)));
    values.extend(custom.filter_map(|(key, value)| Some(Held { key, value: text(&value)? })));
    Ok(Record {
        id: customer,
        name: SafeText::new(&row.name),
        industry: row.industry.clone(),
        stage: row.stage.clone(),
        tags: super::search::index::tags(&row.tags).iter().map(|tag| SafeText::new(tag)).collect(),
        values,
        points: points::of(conn, customer)?,
        changed_at,
        changed_by: SafeText::new(&by),
    })
}

/// A value of `custom` as an editor has it; one that is no text, as JSON writes it.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Saves changes of fields, phones and e-mails (TWS-3, CVIA-5).
///
/// # Errors
/// Somebody else changed one of them since it was seen, the customer is gone, no such agent, a contact
/// field would change, or the actor may not.
pub fn edit(db: &mut Db, actor: &Actor, now: Micros, customer: CustomerId, edit: &Edit) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::EditCustomer, Object::Any)?;
    let mut moves = Vec::new();
    for change in edit.changes() {
        let slot = Slot::of(&change.key);
        let is = match (&change.key, &change.to) {
            (Key::Own(Own::AssignedAgent), Some(name)) => Some(agent(&tx, name)?),
            (_, to) => to.clone(),
        };
        let was = json!(change.was);
        // What a file brought may be no text; it was shown as text.
        let stored = slot::current(&tx.tx, customer, &slot)?;
        let was = if text(&stored) == change.was { stored } else { was };
        moves.push(Moved { slot, was, is: json!(is) });
    }
    let contact = points::contact_fields(&tx, customer)?;
    for change in edit.points() {
        moves.push(points::moved(&mut tx, customer, change)?);
    }
    act::carry_out(&mut tx, customer, Act::Edited, moves)?;
    points::unchanged(&tx, customer, &contact)?;
    tx.commit()
}

/// The name of an active person, from a name or a number.
pub(super) fn agent(tx: &Tx<'_>, name: &str) -> Result<String> {
    users::active(&tx.tx, name)?.map(|user| user.name).ok_or_else(|| {
        Error::Refused(format!(
            "agent: nobody here is called \"{name}\"; give a name or a number of `cordboard users`"
        ))
    })
}

/// Moves a customer to another stage (TWS-5, TWS-15).
///
/// # Errors
/// Somebody else changed it since it was seen, the customer is gone, or the actor may not.
pub fn stage(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    customer: CustomerId,
    seen: Stage,
    stage: Stage,
) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::EditCustomer, Object::Any)?;
    let moved = Moved { slot: Slot::Stage, was: json!(seen.as_str()), is: json!(stage.as_str()) };
    act::carry_out(&mut tx, customer, Act::Staged, vec![moved])?;
    tx.commit()
}

/// Takes a customer off every list; nothing is thrown away (TWS-4, TTX-44, G4).
///
/// # Errors
/// Nobody has confirmed it, the customer is gone already, or the actor may not.
pub fn delete(db: &mut Db, actor: &Actor, now: Micros, customer: CustomerId) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::DeleteCustomer, Object::Any)?;
    let moved = Moved { slot: Slot::Deleted, was: json!(false), is: json!(true) };
    act::carry_out(&mut tx, customer, Act::Deleted, vec![moved])?;
    tx.commit()
}

/// Brings a deleted customer back.
///
/// # Errors
/// The customer is not deleted, or the actor may not.
pub fn restore(db: &mut Db, actor: &Actor, now: Micros, customer: CustomerId) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::EditCustomer, Object::Any)?;
    if !is_deleted(&tx.tx, customer)? {
        return Err(Error::Refused("this customer is not deleted".to_owned()));
    }
    let moved = Moved { slot: Slot::Deleted, was: json!(true), is: json!(false) };
    act::carry_out(&mut tx, customer, Act::Restored, vec![moved])?;
    tx.commit()
}

fn is_deleted(conn: &Connection, customer: CustomerId) -> Result<bool> {
    conn.prepare_cached("select deleted_at is not null from customer where id = ?1")?
        .query_row([customer], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "customer", name: customer.to_string() })
}

/// Finds exactly one deleted customer by id, policy number, name or any number or e-mail of theirs.
///
/// # Errors
/// None or several match, or the actor may not.
pub fn resolve_deleted(db: &Db, actor: &Actor, name: &str, number: Option<&str>) -> Result<CustomerId> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let mut statement = db.conn().prepare_cached(
        "select id from customer c where deleted_at is not null
            and not exists (select 1 from customer_merged m where m.gone = c.id) and (id = ?3 or policy_number = ?1
            or name = ?1 collate nocase or exists (select 1 from contact_point p
                where p.customer_id = c.id and p.value in (?1, ?2)))",
    )?;
    let id = name.parse::<CustomerId>().ok();
    let ids = statement
        .query_map(params![name, number, id], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<CustomerId>>>()?;
    match ids.as_slice() {
        [id] => Ok(*id),
        [] => Err(Error::NotFound { what: "deleted customer", name: name.to_owned() }),
        _ => Err(Error::Many { name: name.to_owned(), ids }),
    }
}

/// Who else has this number or address now: a family is shown, never refused (G13, TWS-73).
///
/// # Errors
/// The actor may not.
pub fn others_with(
    db: &Db,
    actor: &Actor,
    value: &str,
    except: Option<CustomerId>,
) -> Result<Vec<(CustomerId, SafeText)>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let mut statement = db.conn().prepare_cached(
        "select c.id, c.name from customer c where c.deleted_at is null and c.id is not ?2 and c.id in (
            select customer_id from effective_contact where value = ?1
            union select customer_id from contact_point where value = ?1 and retired_at is null)
         order by c.seq limit ?3",
    )?;
    let rows = statement.query_map(params![value, except, NAMED], |row| {
        Ok((row.get(0)?, SafeText::new(&row.get::<_, String>(1)?)))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The person whom a new customer is given to, by number or name.
pub(super) fn assigned(tx: &Tx<'_>, new: &NewCustomer) -> Result<Option<String>> {
    new.assigned_agent.as_deref().map(|name| agent(tx, name)).transpose()
}
