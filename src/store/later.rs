//! Texts that leave at a time that somebody chose: listed, moved to another time, taken back (TWS-92).

use rusqlite::{OptionalExtension as _, Row, params};
use serde_json::json;

use super::messages::Window;
use super::outbox;
use super::quiet::{self, Asked, Leave};
use super::{Db, Error, Result, Tx, allow, audit};
use crate::domain::consent::Purpose;
use crate::domain::ids::{CustomerId, JobId, UserId};
use crate::domain::job::Step;
use crate::domain::later;
use crate::domain::phone::E164;
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::text::Body;
use crate::domain::time::Micros;

/// One text that waits for its time.
#[derive(Clone, PartialEq)]
pub struct Later {
    /// Its line in the outbox.
    pub line: i64,
    pub customer: Option<CustomerId>,
    pub name: Option<String>,
    pub to: E164,
    pub body: Body,
    pub purpose: Purpose,
    /// When it leaves: the time that was chosen, or the end of quiet hours after it.
    pub leaves: Micros,
    /// The same by the customer's clock, as the outbox says it.
    pub why: String,
    pub by: Option<String>,
    job: JobId,
    created_by: Option<UserId>,
}

redacted_debug!(Later, line, leaves, why);

const SELECT: &str = "
    select j.seq, m.customer_id, c.name, m.recipient, m.body, m.purpose, j.not_before, coalesce(j.reason, ''), u.name,
        j.id, j.created_by
    from job j join message m on m.id = j.subject_id
    left join customer c on c.id = m.customer_id left join user u on u.id = j.created_by
    where j.kind = 'text' and j.state = 'waiting'";

fn row(row: &Row<'_>) -> rusqlite::Result<Later> {
    Ok(Later {
        line: row.get(0)?,
        customer: row.get(1)?,
        name: row.get(2)?,
        to: row.get(3)?,
        body: row.get(4)?,
        purpose: row.get(5)?,
        leaves: row.get(6)?,
        why: row.get(7)?,
        by: row.get(8)?,
        job: row.get(9)?,
        created_by: row.get(10)?,
    })
}

/// All of them, the next one first.
///
/// # Errors
/// The actor may not.
pub fn list(db: &Db, actor: &Actor) -> Result<Vec<Later>> {
    allow(actor, Action::ReadOutbox, Object::Any)?;
    let mut statement = db
        .conn()
        .prepare_cached(&format!("{SELECT} and m.send_at is not null order by j.not_before, j.seq"))?;
    let rows = statement.query_map([], row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Chooses another time for a text that waits, in words by the customer's clock. Answers with when it
/// leaves now. From then on it holds up no other.
///
/// # Errors
/// It waits no more, is somebody else's, or no hour is allowed there.
pub fn reschedule(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    line: i64,
    words: &str,
    window: Window,
) -> Result<Micros> {
    let mut tx = db.begin(actor, now)?;
    let text = find(&tx, line)?;
    own(&tx, &text, Action::RetryJob)?;
    let zone = quiet::zone(tx.quiet, &tx.tx, &text.to, text.customer, now)?;
    let at = later::read(words, now, zone).map_err(|why| Error::Refused(format!("not moved: {why}")))?;
    let asked = Asked { number: &text.to, customer: text.customer, purpose: text.purpose, at: Some(at) };
    let Leave::At(leaves, why) = quiet::ask(&tx, &asked)? else {
        return Err(Error::Refused(format!("not moved: {}", quiet::NEVER)));
    };
    let leaves = leaves.max(now + window.undo);
    tx.tx
        .prepare_cached(
            "update message set send_at = ?2 where id = (select subject_id from job where id = ?1)",
        )?
        .execute(params![text.job, at])?;
    quiet::set_apart(&tx, text.job)?;
    quiet::put_off(&tx, text.job, leaves, &why, Some(leaves + window.deadline))?;
    let detail = json!({ "line": line, "was": text.leaves.rfc3339(), "at": leaves.rfc3339() });
    audit::record(&mut tx, "text moved", ("job", Some(text.job.0)), &detail)?;
    tx.commit()?;
    Ok(leaves)
}

/// Takes a text back before its time.
///
/// # Errors
/// It waits no more, or is somebody else's.
pub fn cancel(db: &mut Db, actor: &Actor, now: Micros, line: i64) -> Result<Later> {
    let mut tx = db.begin(actor, now)?;
    let text = find(&tx, line)?;
    own(&tx, &text, Action::DiscardJob)?;
    outbox::step(&tx, text.job, Step::Cancel, "taken back before its time", None)?;
    audit::record(&mut tx, "text taken back", ("job", Some(text.job.0)), &json!({ "line": line }))?;
    tx.commit()?;
    Ok(text)
}

fn find(tx: &Tx<'_>, line: i64) -> Result<Later> {
    let found =
        tx.tx.prepare_cached(&format!("{SELECT} and j.seq = ?1"))?.query_row([line], row).optional()?;
    found.ok_or_else(|| {
        Error::Refused(format!("line {line} is no text that still waits: see `cordboard outbox list --all`"))
    })
}

/// One's own is one's own business; another's asks for more.
fn own(tx: &Tx<'_>, text: &Later, more: Action) -> Result<()> {
    if text.created_by.is_some() && text.created_by == tx.actor.user {
        return tx.allow(Action::SendText, Object::Any);
    }
    tx.allow(more, Object::OwnedBy(text.created_by))
}
