//! What is learned about a contact point from outside: it bounced.

use rusqlite::params;
use serde_json::json;

use super::{Db, Result, Tx, audit};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

/// Notes that nothing arrives at this address or number, whoever has it; `why` is shown beside it.
/// Answers with how many contact points have it.
///
/// # Errors
/// The actor may not, or the disk refuses.
pub fn bounced(db: &mut Db, actor: &Actor, now: Micros, address: &str, why: &str) -> Result<usize> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::CaptureUpdate, Object::Any)?;
    let marked = mark_bad(&mut tx, address, why)?;
    tx.commit()?;
    Ok(marked)
}

/// The same inside a write.
pub(super) fn mark_bad(tx: &mut Tx<'_>, address: &str, why: &str) -> Result<usize> {
    let marked = tx.tx.execute(
        "update contact_point set trust = 'bad', trust_reason = ?2, trust_at = ?3
         where value = ?1 and retired_at is null",
        params![address, why, tx.now],
    )?;
    let detail = json!({ "address": address, "why": why, "contact_points": marked });
    audit::record(tx, "contact bounced", ("contact point", None), &detail)?;
    Ok(marked)
}
