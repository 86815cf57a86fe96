//! What leaves as a file: walked by key in pieces, from one picture of the database, so that a million
//! records need no more memory than one. Nobody waits for it: the picture only keeps the log from being
//! folded in meanwhile.

mod record;

use rusqlite::{Transaction, params};
use serde_json::{Value, json};

pub use record::{CONTACT_KINDS, Contact, Entry, Record, With};

use super::search::{Asker, Every};
use super::{Db, Error, Result, allow, audit};
use crate::domain::ids::{CustomerId, MessageId};
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::text::Body;
use crate::domain::time::Micros;

/// Rows read between two looks at the caller.
const PIECE: u32 = 1_000;

/// Which customers: the line of the look-up, and what its words depend on.
#[derive(Clone, Debug, Default)]
pub struct Whom {
    /// Empty for everybody.
    pub line: String,
    pub now: Micros,
    pub offset_seconds: i32,
}

/// Which rows of a log.
#[derive(Clone, Copy, Debug, Default)]
pub struct When {
    pub from: Option<Micros>,
    pub before: Option<Micros>,
    pub customer: Option<CustomerId>,
}

/// All customers at one moment, whatever is saved meanwhile.
pub struct Picture<'a> {
    conn: Transaction<'a>,
    every: (Asker, String),
}

/// Takes the picture of those who are meant.
///
/// # Errors
/// The actor may not, or the line means nothing.
pub fn customers<'a>(db: &'a Db, actor: &Actor, whom: &Whom) -> Result<Picture<'a>> {
    may(actor)?;
    let conn = db.snapshot()?;
    let asker = Asker { number: actor.number, now: whom.now, offset_seconds: whom.offset_seconds };
    let every = (asker, whom.line.clone());
    Every::new(&conn, every.0, &every.1)?;
    Ok(Picture { conn, every })
}

impl Picture<'_> {
    /// Hands every customer who is meant to `each`, in the order they came in.
    ///
    /// # Errors
    /// Only of `each`, or the file cannot be read.
    pub fn walk<E: From<Error>>(
        &self,
        with: With,
        mut each: impl FnMut(Record) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut every = Every::new(&self.conn, self.every.0, &self.every.1)?;
        while let Some(piece) = every.next_piece()? {
            for id in piece {
                each(record::read(&self.conn, id, with)?)?;
            }
        }
        Ok(())
    }

    /// The keys of all custom fields that hold anything, of anybody, in alphabetical order: the columns
    /// of a table.
    ///
    /// # Errors
    /// Only if the file cannot be read.
    pub fn custom_keys(&self) -> Result<Vec<String>> {
        let mut statement = self.conn.prepare_cached(
            "select distinct f.key from customer c, json_each(c.custom) f
             where c.deleted_at is null and c.custom <> '{}' and f.type <> 'null'
               and (f.type <> 'text' or trim(f.value) <> '')
             order by f.key",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// Asked before anything is written.
///
/// # Errors
/// The actor may not.
pub fn may(actor: &Actor) -> Result<()> {
    allow(actor, Action::ExportCustomers, Object::Any)
}

/// One text.
#[derive(Clone, PartialEq)]
pub struct Message {
    pub id: MessageId,
    pub sid: Option<String>,
    pub direction: String,
    pub from: String,
    pub to: String,
    pub customer: Option<CustomerId>,
    pub customer_name: Option<String>,
    pub body: Body,
    pub purpose: Option<String>,
    pub status: String,
    pub error_code: Option<i64>,
    pub segments: Option<i64>,
    pub price: Option<String>,
    pub price_unit: Option<String>,
    pub sent_by: Option<String>,
    pub created_at: Micros,
    pub sent_at: Option<Micros>,
    pub delivered_at: Option<Micros>,
}

redacted_debug!(Message, id, direction, status);

/// Hands every text to `each`, in the order they came in.
///
/// # Errors
/// The actor may not, or `each` failed.
pub fn messages<E: From<Error>>(
    db: &Db,
    actor: &Actor,
    when: When,
    mut each: impl FnMut(Message) -> std::result::Result<(), E>,
) -> std::result::Result<u64, E> {
    may(actor)?;
    let sql = "
        select m.seq, m.id, m.sid, m.direction, m.sender, m.recipient, m.customer_id, c.name, m.body, m.purpose,
            m.status, m.error_code, m.segments, m.price, m.price_unit, u.name, m.created_at, m.sent_at,
            m.delivered_at
        from message m left join customer c on c.id = m.customer_id left join user u on u.id = m.sent_by
        where m.seq > ?1 and (?2 is null or m.created_at >= ?2) and (?3 is null or m.created_at < ?3)
          and (?4 is null or m.customer_id = ?4)
        order by m.seq limit ?5";
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Message {
            id: row.get(1)?,
            sid: row.get(2)?,
            direction: row.get(3)?,
            from: row.get(4)?,
            to: row.get(5)?,
            customer: row.get(6)?,
            customer_name: row.get(7)?,
            body: row.get(8)?,
            purpose: row.get(9)?,
            status: row.get(10)?,
            error_code: row.get(11)?,
            segments: row.get(12)?,
            price: row.get(13)?,
            price_unit: row.get(14)?,
            sent_by: row.get(15)?,
            created_at: row.get(16)?,
            sent_at: row.get(17)?,
            delivered_at: row.get(18)?,
        })
    };
    walk(db, sql, when, row, &mut each)
}

/// One line of the consent log.
#[derive(Clone, PartialEq)]
pub struct Consent {
    pub id: String,
    pub at: Micros,
    pub address: String,
    pub channel: String,
    pub purpose: String,
    pub act: String,
    pub method: String,
    pub wording: String,
    pub wording_version: String,
    pub customer: Option<CustomerId>,
    pub customer_name: Option<String>,
    pub by: Option<String>,
    pub ip: Option<String>,
    pub note: String,
    pub corrects: Option<String>,
}

redacted_debug!(Consent, id, channel, purpose, act, method);

/// Hands every line of the consent log to `each`, oldest first.
///
/// # Errors
/// The actor may not, or `each` failed.
pub fn consents<E: From<Error>>(
    db: &Db,
    actor: &Actor,
    when: When,
    mut each: impl FnMut(Consent) -> std::result::Result<(), E>,
) -> std::result::Result<u64, E> {
    may(actor)?;
    let sql = "
        select n.seq, n.id, n.at, n.address, n.channel, n.purpose, n.act, n.method, n.wording, n.wording_version,
            n.customer_id, c.name, u.name, n.ip, n.note, n.corrects
        from consent n left join customer c on c.id = n.customer_id left join user u on u.id = n.user_id
        where n.seq > ?1 and (?2 is null or n.at >= ?2) and (?3 is null or n.at < ?3)
          and (?4 is null or n.customer_id = ?4)
        order by n.seq limit ?5";
    let id = |bytes: [u8; 16]| uuid::Uuid::from_bytes(bytes).to_string();
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Consent {
            id: id(row.get(1)?),
            at: row.get(2)?,
            address: row.get(3)?,
            channel: row.get(4)?,
            purpose: row.get(5)?,
            act: row.get(6)?,
            method: row.get(7)?,
            wording: row.get(8)?,
            wording_version: row.get(9)?,
            customer: row.get(10)?,
            customer_name: row.get(11)?,
            by: row.get(12)?,
            ip: row.get(13)?,
            note: row.get(14)?,
            corrects: row.get::<_, Option<[u8; 16]>>(15)?.map(id),
        })
    };
    walk(db, sql, when, row, &mut each)
}

/// Reads a log in pieces; `seq` is the first column.
fn walk<T, E: From<Error>>(
    db: &Db,
    sql: &str,
    when: When,
    read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    each: &mut impl FnMut(T) -> std::result::Result<(), E>,
) -> std::result::Result<u64, E> {
    let conn = db.snapshot()?;
    let (mut after, mut count) = (0_i64, 0);
    loop {
        let mut statement = conn.prepare_cached(sql).map_err(Error::from)?;
        let bounds = params![after, when.from, when.before, when.customer, PIECE];
        let piece = statement
            .query_map(bounds, |row| Ok((row.get::<_, i64>(0)?, read(row)?)))
            .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
            .map_err(Error::from)?;
        let Some((last, _)) = piece.last() else { return Ok(count) };
        after = *last;
        for (_, row) in piece {
            each(row)?;
            count += 1;
        }
    }
}

/// A file that left: what is in it, how many, chosen how, and where it went.
#[derive(Clone, Debug)]
pub struct Left<'a> {
    /// `customers`, `texts` or `consents`.
    pub what: &'static str,
    pub format: &'a str,
    pub rows: u64,
    pub filter: Value,
    pub to: &'a str,
}

/// Notes in the audit log that a file left (NIC-101).
///
/// # Errors
/// The actor may not.
pub fn left(db: &mut Db, actor: &Actor, now: Micros, left: &Left<'_>) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ExportCustomers, Object::Any)?;
    let (object, action) = match left.what {
        "texts" => ("message", "texts exported"),
        "consents" => ("consent", "consents exported"),
        _ => ("customer", "customers exported"),
    };
    let detail = json!({ "rows": left.rows, "format": left.format, "filter": left.filter, "to": left.to });
    audit::record(&mut tx, action, (object, None), &detail)?;
    tx.commit()
}
