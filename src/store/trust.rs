//! What is learned about contact points beside what texts show: they bounced, they were read back.

use rusqlite::{OptionalExtension as _, params};
use serde_json::json;

use super::{Db, Result, Tx, audit};
use crate::domain::email::Email;
use crate::domain::ids::UpdateId;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

/// Notes that nothing arrives at this address or number, whoever has it; `why` is shown beside it.
/// Answers with how many customers have it.
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
    // As it is stored: servers write domains in any case.
    let parsed = Email::parse(address).ok();
    let address = parsed.as_ref().map_or(address, Email::as_str);
    note(tx, address, false, why, None)?;
    let having: i64 = tx
        .tx
        .prepare_cached(
            "select count(*) from (select customer_id from contact_point where value = ?1 and retired_at is null
             union select customer_id from effective_contact where value = ?1)",
        )?
        .query_row([address], |row| row.get(0))?;
    let detail = json!({ "address": address, "why": why, "contact_points": having });
    audit::record(tx, "contact bounced", ("contact point", None), &detail)?;
    Ok(usize::try_from(having).unwrap_or(0))
}

/// Is the newest word about this address that nothing arrives there?
pub(super) fn is_bad(tx: &Tx<'_>, address: &str) -> Result<bool> {
    let works: Option<bool> = tx
        .tx
        .prepare_cached("select works from contact_proof where value = ?1 order by seq desc limit 1")?
        .query_row([address], |row| row.get(0))
        .optional()?;
    Ok(works == Some(false))
}

/// The caller has heard it and said that it is right.
pub(super) fn read_back(tx: &Tx<'_>, update: UpdateId, value: &str) -> Result<()> {
    note(tx, value, true, "read back", Some(update))
}

fn note(tx: &Tx<'_>, value: &str, works: bool, why: &str, update: Option<UpdateId>) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into contact_proof (value, works, why, update_id, user_id, at)
             values (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![value, works, why, update, tx.actor.user, tx.now])?;
    Ok(())
}
