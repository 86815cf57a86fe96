//! Pictures and files of texts (TWS-40, TWS-94): what is known of each stands as JSON beside its message.

use std::time::Duration;

use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::claims::fenced;
use super::{Db, Error, Result, allow, audit};
use crate::domain::ids::MessageId;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::Media;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// A text has no more (FACTS 2).
const MOST: usize = 10;

/// After a list that did not come, it is asked for again.
const LATER: Duration = Duration::from_secs(300);

/// One file of a message, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Part {
    /// Twilio's, of one that it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Where Twilio is to fetch it, of one that goes out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// Of a column that cannot be read nothing is known.
pub(super) fn parts(json: &str) -> Vec<Part> {
    serde_json::from_str(json).unwrap_or_default()
}

pub(super) fn shown(json: &str) -> Vec<Media> {
    // Nearly every text has none.
    if json == "[]" {
        return Vec::new();
    }
    let media = |part: Part| Media {
        name: SafeText::new(&part.name),
        kind: SafeText::new(&part.kind),
        size: part.size,
    };
    parts(json).into_iter().map(media).collect()
}

/// So many of which nothing is known yet.
pub(super) fn unknown(count: usize) -> String {
    written(&vec![Part::default(); count.min(MOST)])
}

fn written(parts: &[Part]) -> String {
    serde_json::to_string(parts).unwrap_or_else(|_| "[]".to_owned())
}

/// Texts whose files Twilio has to name yet.
///
/// # Errors
/// Only if the file cannot be read.
pub fn due(db: &Db, now: Micros, limit: usize) -> Result<Vec<(MessageId, String)>> {
    let mut statement = db.conn().prepare_cached(
        "select id, sid from message where media_due <= ?1 and sid is not null order by media_due limit ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![now, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When the next list is asked for.
///
/// # Errors
/// Only if the file cannot be read.
pub fn next_due(db: &Db) -> Result<Option<Micros>> {
    Ok(db
        .conn()
        .prepare_cached("select min(media_due) from message where media_due is not null")?
        .query_row([], |row| row.get(0))?)
}

/// Twilio has named them, in their order.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn listed(db: &mut Db, epoch: i64, now: Micros, message: MessageId, parts: &[Part]) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    let parts = &parts[..parts.len().min(MOST)];
    tx.tx
        .prepare_cached("update message set media = ?2, media_due = null where id = ?1")?
        .execute(params![message, written(parts)])?;
    tx.commit()
}

/// The list did not come; `gone`: it never will.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn unlisted(db: &mut Db, epoch: i64, now: Micros, message: MessageId, gone: bool) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    tx.tx
        .prepare_cached("update message set media_due = ?2 where id = ?1")?
        .execute(params![message, (!gone).then_some(tx.now + LATER)])?;
    tx.commit()
}

/// The files of a text, with Twilio's name for it, by our id or theirs.
///
/// # Errors
/// There is no such text, or the actor may not.
pub fn of(db: &Db, actor: &Actor, name: &str) -> Result<(MessageId, String, Vec<Part>)> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let id = name.parse::<MessageId>().ok();
    db.conn()
        .prepare_cached("select id, coalesce(sid, ''), media from message where id = ?1 or sid = ?2")?
        .query_row(params![id, name], |row| Ok((row.get(0)?, row.get(1)?, parts(&row.get::<_, String>(2)?))))
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "text", name: name.to_owned() })
}

/// Somebody has fetched one: its name here, its type and its size are known from now on.
///
/// # Errors
/// The actor may not, or the disk refuses.
pub fn fetched(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    message: MessageId,
    at: usize,
    part: &Part,
) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ReadCustomers, Object::Any)?;
    let media: String =
        tx.tx.query_row("select media from message where id = ?1", [message], |row| row.get(0))?;
    let mut all = parts(&media);
    if let Some(known) = all.get_mut(at) {
        *known = Part { sid: known.sid.clone(), url: known.url.clone(), ..part.clone() };
    }
    tx.tx
        .prepare_cached("update message set media = ?2 where id = ?1")?
        .execute(params![message, written(&all)])?;
    let detail = json!({ "type": part.kind, "size": part.size });
    audit::record(&mut tx, "media fetched", ("message", Some(message.0)), &detail)?;
    tx.commit()
}
