//! What people do with a conversation: take it, hand it over, close it, leave it unread, and say whose
//! it is.

use rusqlite::{OptionalExtension as _, params};
use serde_json::json;

use super::{Db, Error, Result, Tx, audit, inbound, merge, notes, users};
use crate::domain::ids::{ConversationId, CustomerId, MessageId, UserId};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// Gives a conversation to somebody, or to nobody.
///
/// # Errors
/// There is no such conversation or person, or the actor may not.
pub fn assign(db: &mut Db, actor: &Actor, now: Micros, id: ConversationId, to: Option<UserId>) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::SendText, Object::Any)?;
    let name = match to {
        Some(user) => Some(users::active_name(&tx.tx, user)?),
        None => None,
    };
    changed(
        tx.tx
            .prepare_cached("update conversation set assigned_to = ?2 where id = ?1")?
            .execute(params![id, to])?,
    )?;
    audit::record(&mut tx, "conversation assigned", ("conversation", Some(id.0)), &json!({ "to": name }))?;
    tx.commit()
}

/// Closes a conversation whose newest text was `seen`; what comes in opens it again by itself.
///
/// # Errors
/// Somebody has written since, there is no such conversation, or the actor may not.
pub fn close(db: &mut Db, actor: &Actor, now: Micros, id: ConversationId, seen: i64) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::SendText, Object::Any)?;
    let newest: Option<i64> = tx
        .tx
        .prepare_cached("select last_seq from conversation where id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .flatten();
    if newest.is_some_and(|newest| newest > seen) {
        return Err(Error::Refused("there is a newer text in it: nothing was closed; read it first".into()));
    }
    set_status(&mut tx, id, "closed")?;
    tx.commit()
}

/// Opens a closed conversation again.
///
/// # Errors
/// There is no such conversation, or the actor may not.
pub fn reopen(db: &mut Db, actor: &Actor, now: Micros, id: ConversationId) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::SendText, Object::Any)?;
    set_status(&mut tx, id, "open")?;
    tx.commit()
}

fn set_status(tx: &mut Tx<'_>, id: ConversationId, status: &str) -> Result<()> {
    changed(
        tx.tx
            .prepare_cached("update conversation set status = ?2 where id = ?1")?
            .execute(params![id, status])?,
    )?;
    let what = if status == "closed" { "conversation closed" } else { "conversation opened" };
    audit::record(tx, what, ("conversation", Some(id.0)), &json!({}))
}

/// Somebody has to look at it again.
///
/// # Errors
/// There is no such conversation, or the actor may not.
pub fn unread(db: &mut Db, actor: &Actor, now: Micros, id: ConversationId) -> Result<()> {
    let tx = db.begin(actor, now)?;
    tx.allow(Action::ReadCustomers, Object::Any)?;
    changed(
        tx.tx
            .prepare_cached("update conversation set unread = max(unread, 1) where id = ?1")?
            .execute([id])?,
    )?;
    tx.commit()
}

fn changed(rows: usize) -> Result<()> {
    if rows == 0 {
        return Err(Error::NotFound { what: "conversation", name: "it is gone".into() });
    }
    Ok(())
}

/// Says whose a stranger's number is: its conversations and texts are this customer's from now on.
/// Answers with their name.
///
/// # Errors
/// They are somebody's already, there is no such customer or number, or the actor may not.
pub fn link(db: &mut Db, actor: &Actor, now: Micros, theirs: &str, customer: CustomerId) -> Result<SafeText> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::EditCustomer, Object::Any)?;
    let customer = merge::living(&tx.tx, customer)?;
    let name = name(&tx, customer)?;
    if !belongs(&mut tx, theirs, customer)? {
        let why = "nobody's conversation has this number: it is a customer's already, or it never wrote";
        return Err(Error::Refused(why.into()));
    }
    tx.commit()?;
    Ok(SafeText::new(&name))
}

fn name(tx: &Tx<'_>, customer: CustomerId) -> Result<String> {
    tx.tx
        .prepare_cached("select name from customer where id = ?1 and deleted_at is null")?
        .query_row([customer], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "customer", name: customer.to_string() })
}

/// A customer was put on file: whoever wrote from a number that is theirs and only theirs, wrote it.
pub(super) fn adopt(tx: &mut Tx<'_>, customer: CustomerId) -> Result<()> {
    let numbers = {
        let mut statement = tx.tx.prepare_cached(
            "select value from contact_point where customer_id = ?1 and kind = 'phone' and retired_at is null",
        )?;
        let rows = statement.query_map([customer], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<Vec<String>>>()?
    };
    for number in numbers {
        if inbound::owner(&tx.tx, &number)? == Some(customer) {
            belongs(tx, &number, customer)?;
        }
    }
    Ok(())
}

/// Moves what a stranger wrote to the customer, onto their timeline too; false if there is nothing.
fn belongs(tx: &mut Tx<'_>, theirs: &str, customer: CustomerId) -> Result<bool> {
    let moved = tx
        .tx
        .prepare_cached("update conversation set customer_id = ?2 where theirs = ?1 and customer_id is null")?
        .execute(params![theirs, customer])?;
    if moved == 0 {
        return Ok(false);
    }
    let texts = {
        let mut statement = tx.tx.prepare_cached(
            "select m.id, m.direction from conversation c join message m on m.conversation_id = c.id
             where c.theirs = ?1 and c.customer_id = ?2 and m.customer_id is null order by m.seq",
        )?;
        let rows = statement.query_map(params![theirs, customer], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<(MessageId, String)>>>()?
    };
    for (text, direction) in texts {
        tx.tx
            .prepare_cached("update message set customer_id = ?2 where id = ?1")?
            .execute(params![text, customer])?;
        notes::record_interaction(tx, customer, "text", Some(&direction), text.0)?;
    }
    tx.changed(customer);
    audit::record(tx, "conversation linked", ("customer", Some(customer.0)), &json!({ "number": theirs }))?;
    Ok(true)
}
