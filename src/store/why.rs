//! What stands in the way of a text (TWS-75, TWS-76): the facts, from where each of them is kept.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::destinations::{self, Health};
use super::lease::{BootClock, TTL};
use super::{Db, Error, Result, allow, consent};
use crate::domain::consent::Purpose;
use crate::domain::ids::{CustomerId, MessageId};
use crate::domain::job::Destination;
use crate::domain::phone::Address;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;
use crate::domain::why::{self, Facts, Passed, Step};

/// A text and its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub message: MessageId,
    pub line: Option<i64>,
    pub status: String,
    pub steps: Vec<Step>,
}

/// Of one of our texts.
///
/// # Errors
/// There is no such text, it is one of theirs, or the actor may not.
pub fn of_text(db: &Db, actor: &Actor, now: Micros, message: MessageId) -> Result<Why> {
    allow(actor, Action::ReadOutbox, Object::Any)?;
    read(db, now, message)
}

/// Of an outbox line, which must be a text.
///
/// # Errors
/// The same.
pub fn of_line(db: &Db, actor: &Actor, now: Micros, line: i64) -> Result<Why> {
    allow(actor, Action::ReadOutbox, Object::Any)?;
    let message = db
        .conn()
        .prepare_cached("select subject_id, kind from job where seq = ?1")?
        .query_row([line], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    match message {
        Some((message, kind)) if kind == "text" => read(db, now, message),
        Some((_, kind)) => {
            Err(Error::Refused(format!("line {line} is no text but a {kind}: its sentence is in the outbox")))
        }
        None => Err(Error::NotFound { what: "outbox line", name: line.to_string() }),
    }
}

/// Of whatever somebody calls it by: an outbox line, our id, or Twilio's.
///
/// # Errors
/// The same.
pub fn named(db: &Db, actor: &Actor, now: Micros, name: &str) -> Result<Why> {
    if let Ok(line) = name.parse() {
        return of_line(db, actor, now, line);
    }
    allow(actor, Action::ReadOutbox, Object::Any)?;
    let message = match name.parse::<MessageId>() {
        Ok(id) => Some(id),
        Err(_) => super::messages::by_sid(db.conn(), name)?,
    };
    let message = message.ok_or_else(|| Error::NotFound { what: "text", name: name.to_owned() })?;
    read(db, now, message)
}

fn read(db: &Db, now: Micros, message: MessageId) -> Result<Why> {
    let conn = &*db.snapshot()?;
    let (mut facts, text) = conn
        .prepare_cached(
            "select m.status, m.error_code, coalesce(m.error_message, ''), m.sid is not null, m.recipient,
                m.customer_id, m.purpose, m.direction = 'inbound',
                j.seq, j.state, coalesce(j.reason, ''), coalesce(j.not_before, 0), coalesce(j.attempts, 0),
                (select min(b.seq) from job b where b.lane = j.lane and b.seq < j.seq
                   and b.state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked'))
             from message m left join job j on j.subject_id = m.id and j.kind = 'text' where m.id = ?1",
        )?
        .query_row([message], row)
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "text", name: message.to_string() })?;
    if text.inbound {
        return Err(Error::Refused("this text came from the customer: there is nothing to send".into()));
    }
    if let Some(number) = text.recipient.number() {
        let purpose = text.purpose.unwrap_or(Purpose::Service);
        facts.blocked =
            consent::gate(conn, &number, text.customer, purpose)?.err().map(|block| block.to_string());
    }
    let twilio = destinations::known(db, Destination::Twilio)?;
    match twilio.health {
        Health::Offline => facts.offline = Some(twilio.reason),
        Health::Refused | Health::NotSetUp => facts.credentials = Some(twilio.reason),
        Health::Unknown | Health::Online => {}
    }
    facts.synced = somebody_syncs(conn)?;
    let steps = why::walk(&facts, now);
    Ok(Why { message, line: facts.line, status: facts.status, steps })
}

/// Whose text it is and where it goes.
struct Text {
    recipient: Address,
    customer: Option<CustomerId>,
    purpose: Option<Purpose>,
    inbound: bool,
}

fn row(row: &Row<'_>) -> rusqlite::Result<(Facts, Text)> {
    let facts = Facts {
        status: row.get(0)?,
        error_code: row.get(1)?,
        error_message: row.get(2)?,
        taken: row.get(3)?,
        line: row.get(8)?,
        state: row.get(9)?,
        reason: row.get(10)?,
        not_before: row.get(11)?,
        attempts: row.get(12)?,
        behind: row.get(13)?,
        ..Facts::default()
    };
    let text =
        Text { recipient: row.get(4)?, customer: row.get(5)?, purpose: row.get(6)?, inbound: row.get(7)? };
    Ok((facts, text))
}

/// The lease was renewed a moment ago, by the clock that nobody can set.
fn somebody_syncs(conn: &Connection) -> Result<bool> {
    let boot = BootClock::read();
    let newest = i64::try_from(TTL.as_micros()).unwrap_or(i64::MAX);
    Ok(conn
        .prepare_cached("select boot_id = ?1 and ?2 - boot_us < ?3 and holder <> '' from lease")?
        .query_row(params![boot.id, boot.micros, newest], |row| row.get(0))?)
}

/// For a box of sentences: the verdict, then each station.
pub fn sentences(why: &Why) -> Vec<String> {
    let line = why.line.map(|line| format!("Line {line}. ")).unwrap_or_default();
    let mut said = vec![
        format!("{line}Status: {}.", why.status),
        format!("In the way: {}.", why::verdict(&why.steps)),
        String::new(),
    ];
    for step in &why.steps {
        let mark = match step.passed {
            Passed::Yes => "ok",
            Passed::No => "X ",
            Passed::NotYet => "- ",
        };
        said.push(format!("{mark} {:<12} {}", step.station.as_str(), step.says).trim_end().to_owned());
    }
    said
}
