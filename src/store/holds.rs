//! Holds: what a customer wrote may mean stop, so nothing is sent to that number until a person has
//! decided; and what a person held by hand.

use rusqlite::{Connection, params};

use super::consent::{self, NewEntry, spoken};
use super::{Db, Error, Result, allow};
use crate::domain::consent::{Act, Entry, Method, Purpose, standing};
use crate::domain::ids::{CustomerId, MessageId};
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

/// A number that waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub number: E164,
    pub since: Micros,
    pub name: Option<String>,
    /// What the customer wrote; empty for a hold by hand.
    pub words: String,
    /// Why somebody holds it.
    pub note: String,
}

/// Holds all texts to a number.
///
/// # Errors
/// There is no reason, it is held already, or the actor may not.
pub fn hold(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    number: &E164,
    customer: Option<CustomerId>,
    reason: &str,
) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    said(reason)?;
    if current(&tx.tx, number)?.is_some() {
        return Err(Error::Refused("texts to this number are held already".to_owned()));
    }
    for purpose in Purpose::ALL {
        let entry = NewEntry { purpose, note: reason.trim(), ..spoken(number, customer, Act::Hold) };
        consent::write(&mut tx, &entry)?;
    }
    tx.commit()
}

/// They meant something else: what was kept may leave, if nothing else stops it.
///
/// # Errors
/// Nothing is held, there is no reason, or the actor may not.
pub fn release(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    number: &E164,
    customer: Option<CustomerId>,
    reason: &str,
) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    said(reason)?;
    current(&tx.tx, number)?.ok_or_else(not_held)?;
    for purpose in Purpose::ALL {
        let entry = NewEntry { purpose, note: reason.trim(), ..spoken(number, customer, Act::Release) };
        consent::write(&mut tx, &entry)?;
    }
    tx.commit()
}

/// They meant stop: it counts like the STOP it was, and what was kept is canceled. Answers with how many.
///
/// # Errors
/// Nothing is held, or the actor may not.
pub fn confirm(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    number: &E164,
    customer: Option<CustomerId>,
    note: &str,
) -> Result<usize> {
    let mut tx = db.begin(actor, now)?;
    let hold = current(&tx.tx, number)?.ok_or_else(not_held)?;
    let (words, message): (String, Option<MessageId>) = tx
        .tx
        .prepare_cached("select wording, message_id from consent where id = ?1")?
        .query_row([hold.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut canceled = 0;
    for purpose in Purpose::ALL {
        // In their own words by text it is a STOP; on the phone it is a no.
        let method = if message.is_some() { Method::Keyword } else { Method::Voice };
        let said = spoken(number, customer, Act::Revoke);
        let entry = NewEntry { purpose, method, wording: &words, message, note: note.trim(), ..said };
        canceled += consent::write(&mut tx, &entry)?;
    }
    tx.commit()?;
    Ok(canceled)
}

fn said(reason: &str) -> Result<()> {
    if reason.trim().is_empty() {
        return Err(Error::Refused("reason: say why".to_owned()));
    }
    Ok(())
}

fn not_held() -> Error {
    Error::Refused("nothing is held here: texts to this number wait for nobody's decision".to_owned())
}

/// The hold that nobody has decided about.
fn current(conn: &Connection, number: &E164) -> Result<Option<Entry>> {
    let log = consent::entries(conn, number.as_str())?;
    Ok(Purpose::ALL
        .into_iter()
        .filter_map(|purpose| standing(&log, purpose).held)
        .max_by_key(|hold| hold.seq))
}

/// Every number that waits for a decision, longest first.
///
/// # Errors
/// The actor may not.
pub fn list(db: &Db, actor: &Actor) -> Result<Vec<Held>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = db.snapshot()?;
    let mut numbers =
        conn.prepare_cached("select distinct address from consent where act = 'hold' and channel = 'sms'")?;
    let numbers = numbers.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<E164>>>()?;
    let mut held = Vec::new();
    for number in numbers {
        let Some(hold) = current(&conn, &number)? else { continue };
        held.push(conn.query_row(
            "select n.wording, n.note, c.name from consent n left join customer c on c.id = n.customer_id
             where n.id = ?1",
            params![hold.id],
            |row| {
                let number = number.clone();
                Ok(Held { number, since: hold.at, words: row.get(0)?, note: row.get(1)?, name: row.get(2)? })
            },
        )?);
    }
    held.sort_by_key(|held| held.since);
    Ok(held)
}
