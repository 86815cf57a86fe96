//! What the gate said about each text, kept for good: when it was queued and each time it was to leave,
//! with the yes it rested on or the reason against it.

use rusqlite::params;

use super::messages::NewText;
use super::{Result, Tx};
use crate::domain::consent::Block;
use crate::domain::ids::{ConsentId, MessageId};

/// The gate was open when the text was queued.
pub(super) fn queued(tx: &Tx<'_>, message: MessageId, yes: ConsentId) -> Result<()> {
    keep(tx, message, "queuing", Some(yes), "")
}

/// What the gate says inside the claim.
pub(super) fn leaving(
    tx: &Tx<'_>,
    message: MessageId,
    gate: &std::result::Result<ConsentId, Block>,
) -> Result<()> {
    match gate {
        Ok(yes) => keep(tx, message, "leaving", Some(*yes), ""),
        Err(block) => keep(tx, message, "leaving", None, &block.fact()),
    }
}

fn keep(tx: &Tx<'_>, message: MessageId, stage: &str, yes: Option<ConsentId>, why: &str) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into send_decision
                (address, purpose, message_id, stage, allowed, consent_id, why, customer_id, user_id, at)
             select recipient, purpose, id, ?2, ?3 is not null, ?3, ?4, customer_id, ?5, ?6
             from message where id = ?1",
        )?
        .execute(params![message, stage, yes, why, tx.actor.user, tx.now])?;
    Ok(())
}

/// A text that was not even queued.
pub(super) fn refused(tx: &Tx<'_>, text: &NewText, block: &Block) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into send_decision (address, purpose, stage, allowed, why, customer_id, user_id, at)
             values (?1, ?2, 'queuing', 0, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![text.to, text.purpose, block.fact(), text.customer, tx.actor.user, tx.now])?;
    Ok(())
}
