//! The projection of the fold: written in every transaction that changes what it depends on.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Db, Result, Tx, clash, merge};
use crate::domain::fold::{self, Capture, Effective};
use crate::domain::ids::{CustomerId, UpdateId};
use crate::domain::time::Micros;
use crate::domain::update::Field;

/// The two contact fields of a customer as a screen shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub mobile: Option<Effective>,
    pub email: Option<Effective>,
}

impl Shown {
    pub fn get(&self, field: Field) -> Option<&Effective> {
        match field {
            Field::Mobile => self.mobile.as_ref(),
            Field::Email => self.email.as_ref(),
        }
    }
}

/// Reads the projection.
pub fn shown(db: &Db, customer: CustomerId) -> Result<Shown> {
    read(db.conn(), merge::living(db.conn(), customer)?)
}

pub(super) fn read(conn: &Connection, customer: CustomerId) -> Result<Shown> {
    let mut shown = Shown::default();
    let mut statement =
        conn.prepare_cached("select field, value, update_id from effective_contact where customer_id = ?1")?;
    let mut rows = statement.query([customer])?;
    while let Some(row) = rows.next()? {
        let effective = Some(Effective { value: row.get(1)?, update: row.get(2)? });
        match row.get(0)? {
            Field::Mobile => shown.mobile = effective,
            Field::Email => shown.email = effective,
        }
    }
    Ok(shown)
}

pub(super) fn projected(conn: &Connection, customer: CustomerId, field: Field) -> Result<Option<Effective>> {
    Ok(conn
        .prepare_cached(
            "select value, update_id from effective_contact where customer_id = ?1 and field = ?2",
        )?
        .query_row(params![customer, field], |row| Ok(Effective { value: row.get(0)?, update: row.get(1)? }))
        .optional()?)
}

/// The first value of somebody of whom nothing was captured yet.
pub(super) fn begin(tx: &Tx<'_>, customer: CustomerId, field: Field, value: &str) -> Result<()> {
    let first = Effective { value: value.to_owned(), update: None };
    write(&tx.tx, customer, field, Some(&first))
}

/// Folds again and writes the projection.
pub(super) fn refold(tx: &Tx<'_>, customer: CustomerId, field: Field) -> Result<()> {
    tx.changed(customer);
    let master = master_value(&tx.tx, customer, field)?;
    let captures = captures(&tx.tx, customer, field)?;
    write(&tx.tx, customer, field, fold::fold(&captures, master.as_deref()).as_ref())?;
    clash::project(&tx.tx, tx.now, customer, field, !captures.is_empty())
}

/// The master was just seen, changed or not: what it has overtaken retires, and what all three say
/// differently is a clash. A capture never retires by itself: an old value of the master proves nothing
/// about now.
pub(super) fn master_seen(
    tx: &Tx<'_>,
    customer: CustomerId,
    field: Field,
    changed: Option<Micros>,
) -> Result<()> {
    let master = master_value(&tx.tx, customer, field)?;
    let mut captures = captures(&tx.tx, customer, field)?;
    if !captures.is_empty() {
        clash::saw(tx, customer, field, master.as_deref(), changed)?;
    }
    let overtaken = fold::overtaken(&captures, master.as_deref());
    for capture in captures.iter_mut().take(overtaken).filter(|capture| !capture.retired) {
        tx.tx
            .prepare_cached(
                "insert into contact_update_retirement (update_id, field, why, master_value, at)
                 values (?1, ?2, 'converged', ?3, ?4)",
            )?
            .execute(params![capture.update, field, master, tx.now])?;
        capture.retired = true;
    }
    write(&tx.tx, customer, field, fold::fold(&captures, master.as_deref()).as_ref())?;
    clash::project(&tx.tx, tx.now, customer, field, !captures.is_empty())
}

/// An update of others that was entered before the master was last read is in there, or was changed
/// since: it says nothing about now.
pub(super) fn retire_if_older(
    tx: &Tx<'_>,
    customer: CustomerId,
    field: Field,
    update: UpdateId,
    synced_at: Option<Micros>,
) -> Result<()> {
    let (kind, label) = match field {
        Field::Mobile => ("phone", Some("mobile")),
        Field::Email => ("email", None),
    };
    tx.tx
        .prepare_cached(
            "insert into contact_update_retirement (update_id, field, why, at)
             select ?1, ?2, 'converged', ?3 where exists (select 1 from contact_point p
                where p.customer_id = ?4 and p.kind = ?5 and p.origin = 'master' and p.seen_at > ?6
                    and (?7 is null or p.label = ?7))",
        )?
        .execute(params![update, field, tx.now, customer, kind, synced_at, label])?;
    Ok(())
}

fn write(conn: &Connection, customer: CustomerId, field: Field, value: Option<&Effective>) -> Result<()> {
    match value {
        Some(effective) => conn
            .prepare_cached(
                "insert into effective_contact (customer_id, field, value, update_id) values (?1, ?2, ?3, ?4)
                 on conflict (customer_id, field)
                 do update set value = excluded.value, update_id = excluded.update_id
                 where (value, update_id) is not (excluded.value, excluded.update_id)",
            )?
            .execute(params![customer, field, effective.value, effective.update])?,
        None => conn
            .prepare_cached("delete from effective_contact where customer_id = ?1 and field = ?2")?
            .execute(params![customer, field])?,
    };
    Ok(())
}

/// What the master says, or the local record where no master knows this customer. What a merge has brought
/// is neither: only an update makes it count.
pub(super) fn master_value(conn: &Connection, customer: CustomerId, field: Field) -> Result<Option<String>> {
    let sql = match field {
        Field::Mobile => {
            "select value from contact_point p
             where customer_id = ?1 and kind = 'phone' and label = 'mobile' and retired_at is null
                and not exists (select 1 from customer_merge_row r where r.what = 'contact_point' and r.row = p.id)
             order by origin = 'master' desc, seq limit 1"
        }
        Field::Email => {
            // The first label stays the first, whichever value of it is the newest.
            "select value from contact_point p where customer_id = ?1 and kind = 'email' and retired_at is null
                and not exists (select 1 from customer_merge_row r where r.what = 'contact_point' and r.row = p.id)
             order by origin = 'master' desc,
                (select min(f.seq) from contact_point f where f.customer_id = p.customer_id
                    and f.kind = 'email' and f.label = p.label and f.origin = p.origin),
                seq limit 1"
        }
    };
    Ok(conn.prepare_cached(sql)?.query_row([customer], |row| row.get(0)).optional()?)
}

fn captures(conn: &Connection, customer: CustomerId, field: Field) -> Result<Vec<Capture>> {
    let mut statement = conn.prepare_cached(
        "select u.id, f.new, s.status, r.update_id is not null
         from contact_update u
         join contact_update_field f on f.update_id = u.id and f.field = ?2
         join contact_update_state s on s.update_id = u.id
         left join contact_update_retirement r on r.update_id = u.id and r.field = f.field
         where u.customer_id = ?1 order by u.seq",
    )?;
    let rows = statement.query_map(params![customer, field], |row| {
        Ok(Capture { update: row.get(0)?, new: row.get(1)?, status: row.get(2)?, retired: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Customers and fields whose stored projection differs from the fold; empty in a sound file.
///
/// # Errors
/// Only if the file cannot be read.
pub fn differences(db: &Db) -> Result<Vec<(CustomerId, Field)>> {
    let mut statement = db.conn().prepare("select id from customer")?;
    let customers =
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<CustomerId>>>()?;
    let mut wrong = Vec::new();
    for customer in customers {
        for field in Field::ALL {
            let master = master_value(db.conn(), customer, field)?;
            let folded = fold::fold(&captures(db.conn(), customer, field)?, master.as_deref());
            if folded != projected(db.conn(), customer, field)? {
                wrong.push((customer, field));
            }
        }
    }
    Ok(wrong)
}
