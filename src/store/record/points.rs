//! More phones and e-mails of a customer: added, relabelled, retired. The mobile and the first e-mail
//! are NIC's contact fields and change only by a contact update.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value;

use super::act::Moved;
use super::slot::{Slot, point_is};
use crate::domain::ids::{ContactPointId, CustomerId};
use crate::domain::record::{MOBILE, NewPoint, PointChange};
use crate::domain::shown::RecordPoint;
use crate::domain::text::SafeText;
use crate::domain::update::Field;
use crate::store::{Error, Result, Tx, effective};

/// All of them, old ones too.
pub(super) fn of(conn: &Connection, customer: CustomerId) -> Result<Vec<RecordPoint>> {
    let mut statement = conn.prepare_cached(
        "select id, kind, label, value, origin = 'master', retired_at from contact_point
         where customer_id = ?1 order by seq",
    )?;
    let rows = statement.query_map([customer], |row| {
        Ok(RecordPoint {
            id: row.get(0)?,
            kind: row.get(1)?,
            label: SafeText::new(&row.get::<_, String>(2)?),
            value: SafeText::new(&row.get::<_, String>(3)?),
            master: row.get(4)?,
            retired_at: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What a change moves. One that is added is written at once, so that it can be moved.
pub(super) fn moved(tx: &mut Tx<'_>, customer: CustomerId, change: &PointChange) -> Result<Moved> {
    let (point, was, is) = match change {
        PointChange::Add(new) => (add(tx, customer, new)?, Value::Null, point_is(&new.label, false)),
        PointChange::Relabel { point, seen, label } => {
            (*point, point_is(seen, false), point_is(label, false))
        }
        PointChange::Retire { point, seen } => (*point, point_is(seen, false), point_is(seen, true)),
    };
    if was["label"] == MOBILE {
        return Err(Error::Refused(CONTACT.to_owned()));
    }
    let masters: Option<bool> = tx
        .tx
        .prepare_cached("select origin = 'master' from contact_point where id = ?1 and customer_id = ?2")?
        .query_row(params![point, customer], |row| row.get(0))
        .optional()?;
    match masters {
        Some(false) => Ok(Moved { slot: Slot::Point(point), was, is }),
        Some(true) => {
            let why = "this is from the master, whose next file would bring it back; have it changed there";
            Err(Error::Refused(why.to_owned()))
        }
        None => Err(Error::NotFound { what: "number or address", name: point.to_string() }),
    }
}

fn add(tx: &mut Tx<'_>, customer: CustomerId, new: &NewPoint) -> Result<ContactPointId> {
    let known: Option<String> = tx
        .tx
        .prepare_cached(
            "select label from contact_point where customer_id = ?1 and value = ?2 and retired_at is null",
        )?
        .query_row(params![customer, new.value], |row| row.get(0))
        .optional()?;
    if let Some(label) = known {
        return Err(Error::Refused(format!("this is on file already, as {label}")));
    }
    let id = ContactPointId(tx.id());
    tx.tx
        .prepare_cached(
            "insert into contact_point (id, customer_id, kind, label, value, raw, origin, seen_at, created_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, 'local', ?7, ?7)",
        )?
        .execute(params![id, customer, new.kind.as_str(), new.label, new.value, new.raw, tx.now])?;
    Ok(id)
}

const CONTACT: &str =
    "the mobile and the first e-mail change only by a contact update, with a reason (m and e on the card)";

pub(super) fn contact_fields(tx: &Tx<'_>, customer: CustomerId) -> Result<[Option<String>; 2]> {
    let [mobile, email] = Field::ALL.map(|field| effective::master_value(&tx.tx, customer, field));
    Ok([mobile?, email?])
}

/// NIC-76: the two contact fields are as before.
pub(super) fn unchanged(tx: &Tx<'_>, customer: CustomerId, before: &[Option<String>; 2]) -> Result<()> {
    if contact_fields(tx, customer)? == *before { Ok(()) } else { Err(Error::Refused(CONTACT.to_owned())) }
}
