//! The audit log: append-only, hash-chained over salted digests, so that one person's readable
//! detail can be erased without breaking the proof for everyone (design 7, NIC-3, NIC-101).

use ring::digest::{Context, SHA256};
use rusqlite::params;
use serde_json::Value;
use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::time::Micros;

/// Writes one entry inside the write it belongs to.
pub(super) fn record(
    tx: &mut Tx<'_>,
    action: &str,
    object: (&str, Option<Uuid>),
    detail: &Value,
) -> Result<()> {
    let previous: Option<[u8; 32]> = last_digest(&tx.tx)?;
    let mut salt = [0u8; 16];
    tx.ids.fill(&mut salt);
    let text = detail.to_string();
    let entry = Entry {
        at: tx.now,
        user_number: tx.actor.number,
        user_name: tx.actor.name.clone(),
        origin: tx.actor.origin.as_str().to_owned(),
        action: action.to_owned(),
        object_kind: object.0.to_owned(),
        object_id: object.1.map(|id| id.as_bytes().to_vec()),
        interaction_id: None,
        detail_digest: salted(&salt, &text),
    };
    let digest = entry.digest(previous);
    let seq: i64 = tx
        .tx
        .prepare_cached(
            "insert into audit (at, user_number, user_name, origin, action, object_kind, object_id,
                            detail_digest, digest)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) returning seq",
        )?
        .query_row(
            params![
                entry.at,
                entry.user_number,
                entry.user_name,
                entry.origin,
                entry.action,
                entry.object_kind,
                entry.object_id,
                entry.detail_digest,
                digest,
            ],
            |row| row.get(0),
        )?;
    tx.tx
        .prepare_cached(
            "insert into audit_head (id, seq, digest) values (1, ?1, ?2)
             on conflict (id) do update set seq = excluded.seq, digest = excluded.digest",
        )?
        .execute(params![seq, digest])?;
    tx.tx
        .prepare_cached("insert into audit_detail (audit_seq, salt, detail) values (?1, ?2, ?3)")?
        .execute(params![seq, salt, text])?;
    Ok(())
}

/// Does the newest entry match the head that was written with it? Asked at every start.
///
/// # Errors
/// Only if the file cannot be read.
pub(super) fn head_holds(conn: &rusqlite::Connection) -> rusqlite::Result<bool> {
    conn.query_row(
        "select (select seq from audit_head) is (select max(seq) from audit)
            and (select digest from audit_head) is (select digest from audit order by seq desc limit 1)",
        [],
        |row| row.get(0),
    )
}

/// Walks the whole chain; answers with the number of the first entry that does not fit, if any.
///
/// # Errors
/// Only if the file cannot be read.
pub fn first_broken(db: &Db) -> Result<Option<i64>> {
    let mut statement = db.conn().prepare(
        "select a.seq, a.at, a.user_number, a.user_name, a.origin, a.action, a.object_kind, a.object_id,
                a.interaction_id, a.detail_digest, a.digest, d.salt, d.detail
         from audit a left join audit_detail d on d.audit_seq = a.seq order by a.seq",
    )?;
    let mut rows = statement.query([])?;
    let mut previous: Option<[u8; 32]> = None;
    let mut expected_seq = 1;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let entry = Entry {
            at: row.get(1)?,
            user_number: row.get(2)?,
            user_name: row.get(3)?,
            origin: row.get(4)?,
            action: row.get(5)?,
            object_kind: row.get(6)?,
            object_id: row.get(7)?,
            interaction_id: row.get(8)?,
            detail_digest: row.get(9)?,
        };
        let digest: [u8; 32] = row.get(10)?;
        let salt: Option<[u8; 16]> = row.get(11)?;
        let detail: Option<String> = row.get(12)?;
        let detail_fits = match (salt, detail) {
            (Some(salt), Some(detail)) => salted(&salt, &detail) == entry.detail_digest,
            _ => true,
        };
        if seq != expected_seq || digest != entry.digest(previous) || !detail_fits {
            return Ok(Some(seq));
        }
        previous = Some(digest);
        expected_seq += 1;
    }
    Ok(None)
}

fn last_digest(conn: &rusqlite::Connection) -> Result<Option<[u8; 32]>> {
    use rusqlite::OptionalExtension as _;
    Ok(conn
        .prepare_cached("select digest from audit order by seq desc limit 1")?
        .query_row([], |row| row.get(0))
        .optional()?)
}

struct Entry {
    at: Micros,
    user_number: i64,
    user_name: String,
    origin: String,
    action: String,
    object_kind: String,
    object_id: Option<Vec<u8>>,
    interaction_id: Option<Vec<u8>>,
    detail_digest: [u8; 32],
}

impl Entry {
    fn digest(&self, previous: Option<[u8; 32]>) -> [u8; 32] {
        let mut hash = Context::new(&SHA256);
        hash.update(&previous.unwrap_or_default());
        hash.update(&self.at.0.to_be_bytes());
        hash.update(&self.user_number.to_be_bytes());
        for text in [&self.user_name, &self.origin, &self.action, &self.object_kind] {
            hash.update(&(text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        for id in [&self.object_id, &self.interaction_id] {
            let bytes = id.as_deref().unwrap_or_default();
            hash.update(&(bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
        hash.update(&self.detail_digest);
        finish(hash)
    }
}

fn salted(salt: &[u8], detail: &str) -> [u8; 32] {
    let mut hash = Context::new(&SHA256);
    hash.update(salt);
    hash.update(detail.as_bytes());
    finish(hash)
}

fn finish(hash: Context) -> [u8; 32] {
    let mut out = [0u8; 32];
    out.copy_from_slice(hash.finish().as_ref());
    out
}
