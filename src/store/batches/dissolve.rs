//! Dissolving: a batch that was made by mistake. Its updates are pending as before and may go into
//! another one; its number and its lines stay on record.

use rusqlite::params;
use serde_json::json;

use super::super::{Db, Error, Result, audit};
use super::{Standing, find, members};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

/// Frees the updates of an open batch; answers with them.
///
/// # Errors
/// No such batch, it is not open, not an admin, or no second yes yet.
pub fn dissolve(db: &mut Db, actor: &Actor, now: Micros, number: i64) -> Result<Vec<i64>> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::DissolveBatch, Object::Any)?;
    let (id, standing) = find(&tx.tx, number)?;
    if standing != Standing::Open {
        return Err(Error::Refused(format!("batch {number} {standing}: nothing was changed")));
    }
    // Closed, and nobody marked it: V2 has no other word for that.
    tx.tx.execute("update batch set marked_at = ?2 where id = ?1 and marked_at is null", params![id, now])?;
    let updates = members(&tx.tx, id)?;
    let detail = json!({ "batch": number, "updates": updates });
    audit::record(&mut tx, "batch dissolved", ("batch", Some(id.0)), &detail)?;
    tx.commit()?;
    Ok(updates)
}
