//! Taking back an act on a record: what it changed gets back what it had, unless somebody has
//! changed it since.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::{Map, Value};

use super::act::{self, Act, Moved};
use super::slot::Slot;
use crate::domain::ids::{CustomerId, UserId};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Undoable, Undone};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::store::{Error, Result, Tx};

/// Nothing of a record leaves the building, so there is time; later `u` would surprise.
const WINDOW: Duration = Duration::from_secs(600);

/// The kinds of acts that are taken back here, as screens call them.
fn word(act: Act) -> &'static str {
    match act {
        Act::Created => "new customer",
        Act::Edited => "edit",
        Act::Tagged => "tags",
        Act::Staged => "stage",
        Act::Deleted => "deletion",
        Act::Restored => "return",
        Act::TakenBack => "",
    }
}

/// Is this a kind of act on a record?
pub(in crate::store) fn is_kind(kind: &str) -> bool {
    [Act::Created, Act::Edited, Act::Tagged, Act::Staged, Act::Deleted, Act::Restored]
        .into_iter()
        .any(|act| word(act) == kind)
}

/// The actor's newest act on a record, with the number of its audit entry.
pub(in crate::store) fn newest(
    conn: &Connection,
    actor: &Actor,
    now: Micros,
) -> Result<Option<(i64, Undoable)>> {
    let mut statement = conn.prepare_cached(
        "select c.seq, c.customer_id, u.name, c.at, c.kind, c.audit_seq
         from customer_change c join customer u on u.id = c.customer_id
         where c.user_id = ?1 and c.at > ?2 and c.kind <> 'taken back'
           and not exists (select 1 from customer_change t where t.undoes = c.seq)
         order by c.at desc, c.seq desc limit 1",
    )?;
    let candidate = |row: &Row<'_>| {
        let kind: String = row.get(4)?;
        let act = Undoable {
            seq: row.get(0)?,
            kind: Act::parse(&kind).map_or("", word).to_owned(),
            customer: row.get(1)?,
            name: SafeText::new(&row.get::<_, String>(2)?),
            until: row.get::<_, Micros>(3)? + WINDOW,
        };
        Ok((row.get(5)?, act))
    };
    Ok(statement.query_row(params![actor.user, now - WINDOW], candidate).optional()?)
}

/// Takes it back.
pub(in crate::store) fn take_back(tx: &mut Tx<'_>, seq: i64) -> Result<Undone> {
    tx.allow(Action::EditCustomer, Object::Any)?;
    let found: Option<(CustomerId, String, String, Option<UserId>, String, bool)> = tx
        .tx
        .prepare_cached(
            "select c.customer_id, c.kind, c.fields, c.user_id, u.name,
                exists (select 1 from customer_change t where t.undoes = c.seq)
             from customer_change c join customer u on u.id = c.customer_id where c.seq = ?1",
        )?
        .query_row([seq], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })
        .optional()?;
    let Some((customer, kind, fields, user, name, taken_back)) = found else {
        return Err(Error::NotFound { what: "change", name: seq.to_string() });
    };
    if user.is_none() || user != tx.actor.user {
        return Err(Error::Denied("this is somebody else's; ask them to take it back"));
    }
    if taken_back {
        return Err(Error::Refused("it was taken back already".to_owned()));
    }
    act::carry_out_undoing(tx, customer, Act::TakenBack, reversed(&fields), Some(seq))?;
    let kind = Act::parse(&kind).map_or("", word).to_owned();
    Ok(Undone { kind, customer: Some(customer), name: SafeText::new(&name), body: String::new() })
}

fn reversed(fields: &str) -> Vec<Moved> {
    let fields: Map<String, Value> = serde_json::from_str(fields).unwrap_or_default();
    let moved = |(name, pair): (String, Value)| {
        let slot = Slot::parse(&name)?;
        Some(Moved { slot, was: pair[1].clone(), is: pair[0].clone() })
    };
    fields.into_iter().filter_map(moved).collect()
}
