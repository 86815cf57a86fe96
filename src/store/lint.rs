//! What the database knows about a text before it is sent: read at once, judged by `domain::lint`.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Db, Result, allow, card, consent, merge};
use crate::domain::consent::{Block, Purpose};
use crate::domain::ids::CustomerId;
use crate::domain::lint::{Code, Facts};
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::Proof;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// Whom a text goes to and what for, and what it mentions.
#[derive(Clone, Debug)]
pub struct About {
    pub to: E164,
    pub customer: Option<CustomerId>,
    pub purpose: Purpose,
    /// As `domain::lint::mentions` found them.
    pub mentions: Vec<String>,
}

/// How long the same text counts as sent twice.
const LATELY: Duration = Duration::from_secs(3600);
/// So many of our texts of that time are looked at.
const MANY: u32 = 50;

/// What never reached anybody.
const NOT_SENT: &str = "('canceled', 'discarded', 'expired', 'rejected', 'failed')";

/// Reads what the rules ask of the database.
///
/// # Errors
/// The actor may not.
pub fn facts(db: &Db, actor: &Actor, now: Micros, about: &About) -> Result<Facts> {
    allow(actor, Action::SendText, Object::Any)?;
    let conn = &*db.snapshot()?;
    read(conn, now, about)
}

pub(super) fn read(conn: &Connection, now: Micros, about: &About) -> Result<Facts> {
    let customer = about.customer.map(|customer| merge::living(conn, customer)).transpose()?;
    let block = consent::gate(conn, &about.to, customer, about.purpose)?.err();
    let trust = card::trust(conn, about.to.as_str())?;
    Ok(Facts {
        closed: block.map(|block| (code(&block), block.to_string())),
        told_stop: told_stop(conn, &about.to)?,
        dead: (trust.proof == Proof::Bad).then_some(trust.by),
        lately: lately(conn, &about.to, now)?,
        others: others(conn, about, customer)?,
    })
}

/// The rule that a closed gate breaks.
fn code(block: &Block) -> Code {
    match block {
        Block::Stopped { .. } => Code::Stopped,
        Block::NeverAsked { .. } => Code::NeverAsked,
        _ => Code::SaidNo,
    }
}

fn told_stop(conn: &Connection, to: &E164) -> Result<Option<Micros>> {
    let sql = format!(
        "select created_at from message
         where recipient = ?1 and direction = 'outbound' and instr(body, 'STOP') > 0 and status not in {NOT_SENT}
         order by seq desc limit 1"
    );
    Ok(conn.prepare_cached(&sql)?.query_row([to], |row| row.get(0)).optional()?)
}

fn lately(conn: &Connection, to: &E164, now: Micros) -> Result<Vec<(Micros, SafeText)>> {
    let sql = format!(
        "select created_at, body from message
         where recipient = ?1 and direction = 'outbound' and created_at > ?2 and status not in {NOT_SENT}
         order by seq desc limit ?3"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map(params![to, now - LATELY, MANY], |row| {
        Ok((row.get(0)?, SafeText::multiline(&row.get::<_, String>(1)?)))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whose the mentioned numbers and addresses are, where they are not this customer's own.
fn others(
    conn: &Connection,
    about: &About,
    customer: Option<CustomerId>,
) -> Result<Vec<(SafeText, SafeText)>> {
    let own = customer.map(|customer| merge::person(conn, customer)).transpose()?.unwrap_or_default();
    let mut statement = conn.prepare_cached(
        "select c.id, c.name from customer c where c.deleted_at is null and c.id in (
            select customer_id from contact_point where value = ?1 and retired_at is null
            union select customer_id from effective_contact where value = ?1) order by c.seq limit 20",
    )?;
    let mut others = Vec::new();
    for value in about.mentions.iter().filter(|value| *value != about.to.as_str()) {
        let rows = statement.query_map([value], |row| {
            Ok((row.get::<_, CustomerId>(0)?, SafeText::new(&row.get::<_, String>(1)?)))
        })?;
        let owners = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        if owners.iter().all(|(owner, _)| !own.contains(owner))
            && let Some((_, name)) = owners.into_iter().next()
        {
            others.push((SafeText::new(value), name));
        }
    }
    Ok(others)
}
