//! Reads lanes: the captures of one customer and field, and the master's value beside them.

use rusqlite::{Connection, params};

use super::{Result, effective};
use crate::domain::batch::{Capture, Lane};
use crate::domain::ids::CustomerId;
use crate::domain::time::Micros;
use crate::domain::update::Field;

pub(super) fn read(conn: &Connection, customer: CustomerId, field: Field) -> Result<Lane> {
    let captures = captures(conn, customer, field)?;
    Ok(Lane { customer, field, master: effective::master_value(conn, customer, field)?, captures })
}

fn captures(conn: &Connection, customer: CustomerId, field: Field) -> Result<Vec<Capture>> {
    let mut statement = conn.prepare_cached(
        "select u.seq, u.id, f.base, f.new, f.seen_update, s.status, r.update_id is not null,
            (select max(b.number) from batch_update bu join batch b on b.id = bu.batch_id
             where bu.update_id = u.id and b.marked_at is null)
         from contact_update u
         join contact_update_field f on f.update_id = u.id and f.field = ?2
         join contact_update_state s on s.update_id = u.id
         left join contact_update_retirement r on r.update_id = u.id and r.field = f.field
         where u.customer_id = ?1 order by u.seq",
    )?;
    let captures = statement.query_map(params![customer, field], |row| {
        Ok(Capture {
            seq: row.get(0)?,
            update: row.get(1)?,
            base: row.get(2)?,
            new: row.get(3)?,
            seen: row.get(4)?,
            status: row.get(5)?,
            retired: row.get(6)?,
            batch: row.get(7)?,
        })
    })?;
    Ok(captures.collect::<rusqlite::Result<_>>()?)
}

/// The lanes of a customer in which something was captured.
pub(super) fn of(conn: &Connection, customer: CustomerId) -> Result<Vec<Lane>> {
    let mut lanes = Vec::new();
    for field in Field::ALL {
        let captures = captures(conn, customer, field)?;
        if !captures.is_empty() {
            let master = effective::master_value(conn, customer, field)?;
            lanes.push(Lane { customer, field, master, captures });
        }
    }
    Ok(lanes)
}

/// When the master was last seen to say `value`, or to have none where there is none; `None` if
/// only our own record of the customer says so.
pub(super) fn master_seen(
    conn: &Connection,
    customer: CustomerId,
    field: Field,
    value: Option<&str>,
) -> Result<Option<Micros>> {
    let kind = match field {
        Field::Mobile => "phone",
        Field::Email => "email",
    };
    Ok(conn
        .prepare_cached(
            "select max(seen_at) from contact_point where customer_id = ?1 and origin = 'master'
                and (?3 is null or kind = ?2 and value = ?3 and retired_at is null)",
        )?
        .query_row(params![customer, kind, value], |row| row.get(0))?)
}
