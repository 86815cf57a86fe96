//! Provider credentials, kept in the encrypted file. Values never appear in a list, a log or the
//! audit detail.

use rusqlite::{OptionalExtension as _, params};
use serde_json::json;
use zeroize::Zeroizing;

use super::{Db, Result, audit};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

/// Stores or replaces a secret.
///
/// # Errors
/// Not an admin.
pub fn set(db: &mut Db, actor: &Actor, now: Micros, name: &str, value: &str) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ManageSecrets, Object::Any)?;
    tx.tx.execute(
        "insert into secret (name, value, set_at) values (?1, ?2, ?3)
         on conflict (name) do update set value = excluded.value, set_at = excluded.set_at",
        params![name, value, tx.now],
    )?;
    audit::record(&mut tx, "secret set", ("secret", None), &json!({ "name": name }))?;
    tx.commit()
}

/// Reads a secret, for the connection it belongs to.
pub fn get(db: &Db, name: &str) -> Result<Option<Zeroizing<String>>> {
    let value: Option<String> = db
        .conn()
        .query_row("select value from secret where name = ?1", [name], |row| row.get(0))
        .optional()?;
    Ok(value.map(Zeroizing::new))
}
