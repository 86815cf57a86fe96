//! Quiet hours asked of the database: where a customer may be, when they were last in touch, and what
//! becomes of a text that may not leave now (design 4.7).

use std::sync::Arc;

use chrono_tz::Tz;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::outbox::{self, Due};
use super::{Db, Error, Result, Tx};
use crate::domain::consent::Purpose;
use crate::domain::ids::{CustomerId, JobId};
use crate::domain::later;
use crate::domain::phone::E164;
use crate::domain::quiet::{Places, Rules, Verdict, Whereabouts};
use crate::domain::shown::{Hours, Party, Thread};
use crate::domain::time::Micros;

/// Why advertising stays here where nobody can tell the hour.
pub(super) const NEVER: &str =
    "nobody knows what time it is where this number is, or no hour is allowed there";

/// Every place where the customer may be; `None` where the office keeps no quiet hours.
pub(super) fn places(
    rules: Option<&Arc<Rules>>,
    conn: &Connection,
    number: &E164,
    customer: Option<CustomerId>,
) -> Result<Option<Places>> {
    let Some(rules) = rules else { return Ok(None) };
    let known: Option<(String, String, String)> = match customer {
        Some(customer) => conn
            .prepare_cached(
                "select coalesce(timezone, ''), coalesce(country, ''), coalesce(state, '') from customer where id = ?1",
            )?
            .query_row([customer], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?,
        None => None,
    };
    let (zone, country, state) = known.unwrap_or_default();
    Ok(Some(rules.places(&Whereabouts { number, zone: &zone, country: &country, state: &state })))
}

/// The clock that times for this customer are meant by; the desk keeps none: UTC.
pub(super) fn zone(
    rules: Option<&Arc<Rules>>,
    conn: &Connection,
    number: &E164,
    customer: Option<CustomerId>,
    now: Micros,
) -> Result<Tz> {
    let places = places(rules, conn, number, customer)?;
    Ok(places.and_then(|places| places.clock(now)).map_or(Tz::UTC, |(zone, _)| zone))
}

/// The same for a command.
///
/// # Errors
/// Only if the file cannot be read.
pub fn clock(db: &Db, number: &E164, customer: Option<CustomerId>, now: Micros) -> Result<Tz> {
    zone(db.quiet.as_ref(), db.conn(), number, customer, now)
}

/// When the customer last called or texted us.
fn contact(conn: &Connection, number: &E164, customer: Option<CustomerId>) -> Result<Option<Micros>> {
    let texted: Option<Micros> = conn
        .prepare_cached(
            "select coalesce(twilio_created_at, created_at) from message
             where sender = ?1 and direction = 'inbound' order by seq desc limit 1",
        )?
        .query_row([number], |row| row.get(0))
        .optional()?;
    let rang: Option<Micros> = conn
        .prepare_cached("select max(at) from ring where number = ?1")?
        .query_row([number], |row| row.get(0))?;
    let called: Option<Micros> = conn
        .prepare_cached(
            "select max(at) from interaction where customer_id = ?1 and kind = 'call' and direction = 'inbound'",
        )?
        .query_row([customer], |row| row.get(0))?;
    Ok([texted, rang, called].into_iter().flatten().max())
}

/// A text that is about to be queued or to leave.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub number: &'a E164,
    pub customer: Option<CustomerId>,
    pub purpose: Purpose,
    /// When somebody wants it to leave; now unless chosen.
    pub at: Option<Micros>,
}

/// When a text may leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// As soon as it can.
    Now,
    /// Not before, for a reason as the outbox says it.
    At(Micros, String),
    Never,
}

/// Asked when a text is queued.
pub(super) fn ask(tx: &Tx<'_>, asked: &Asked<'_>) -> Result<Leave> {
    let Some(at) = asked.at else { return ask_now(tx, asked) };
    let Some(places) = places(tx.quiet, &tx.tx, asked.number, asked.customer)? else {
        return Ok(Leave::At(at, later::chosen(at, tx.now, Tz::UTC)));
    };
    let zone = places.clock(tx.now).map_or(Tz::UTC, |(zone, _)| zone);
    Ok(match places.next(asked.purpose, at) {
        Some(open) if open == at => Leave::At(at, later::chosen(at, tx.now, zone)),
        Some(open) => Leave::At(open, later::quiet(open, tx.now, zone)),
        None => Leave::Never,
    })
}

/// Asked inside the claiming transaction: what was right when it was queued may not be now.
pub(super) fn ask_now(tx: &Tx<'_>, asked: &Asked<'_>) -> Result<Leave> {
    leave_now(tx.quiet, &tx.tx, tx.now, asked)
}

/// The same of a read, before anything is queued.
pub(super) fn ask_at(db: &Db, now: Micros, asked: &Asked<'_>) -> Result<Leave> {
    leave_now(db.quiet.as_ref(), db.conn(), now, asked)
}

fn leave_now(rules: Option<&Arc<Rules>>, conn: &Connection, now: Micros, asked: &Asked<'_>) -> Result<Leave> {
    let Some(places) = places(rules, conn, asked.number, asked.customer)? else { return Ok(Leave::Now) };
    let zone = places.clock(now).map_or(Tz::UTC, |(zone, _)| zone);
    let contact = contact(conn, asked.number, asked.customer)?;
    Ok(match places.judge(asked.purpose, contact, now) {
        Verdict::Open | Verdict::Noted { .. } => Leave::Now,
        Verdict::Quiet { till } => Leave::At(till, later::quiet(till, now, zone)),
        Verdict::Never => Leave::Never,
    })
}

/// From here on nothing that is said meanwhile waits for this job.
pub(super) fn set_apart(tx: &Tx<'_>, job: JobId) -> Result<()> {
    tx.tx
        .prepare_cached("update job set lane = subject_id where id = ?1 and state = 'waiting'")?
        .execute([job])?;
    Ok(())
}

/// Puts a waiting job off, until when at the latest.
pub(super) fn put_off(
    tx: &Tx<'_>,
    job: JobId,
    till: Micros,
    why: &str,
    deadline: Option<Micros>,
) -> Result<()> {
    tx.tx
        .prepare_cached(
            "update job set not_before = ?2, reason = ?3, deadline = ?4 where id = ?1 and state = 'waiting'",
        )?
        .execute(params![job, till, why, deadline])?;
    outbox::note(tx, job, None, "put off", &json!({ "why": why, "till": till.rfc3339() }))
}

/// The customer has written: what waits for their morning is asked about again now.
pub(super) fn in_touch(tx: &Tx<'_>, number: &E164) -> Result<()> {
    tx.tx
        .prepare_cached(
            "update job set not_before = ?2 where state = 'waiting' and kind = 'text' and not_before > ?2
               and reason like ?3 || '%'
               and subject_id in (select id from message where recipient = ?1 and send_at is null and purpose = 'service')",
        )?
        .execute(params![number, tx.now, later::QUIET])?;
    Ok(())
}

/// How a text is put in: when it leaves, until when, why so late, and whether others may overtake it.
pub(super) struct Slot {
    pub due: Due,
    pub reason: Option<String>,
    /// It has a time of its own: what is said meanwhile does not wait for it.
    pub apart: bool,
}

/// Finds the slot of a new text.
///
/// # Errors
/// There is no hour at which it may leave.
pub(super) fn slot(tx: &Tx<'_>, asked: &Asked<'_>, due: Due) -> Result<Slot> {
    let apart = asked.at.is_some() || asked.purpose == Purpose::Marketing;
    match ask(tx, asked)? {
        Leave::Now => Ok(Slot { due, reason: None, apart: false }),
        Leave::Never => Err(Error::Refused(format!("not sent: {NEVER}"))),
        Leave::At(at, why) => {
            let not_before = at.max(due.not_before);
            let deadline = not_before + due.deadline.since(due.not_before);
            Ok(Slot { due: Due { not_before, deadline }, reason: Some(why), apart })
        }
    }
}

/// The hour where whoever a thread is with may be, for its composer.
///
/// # Errors
/// Only if the file cannot be read.
pub fn hours(db: &Db, now: Micros, thread: &Thread) -> Result<Hours> {
    let customer = match &thread.party {
        Party::Customer(id) => Some(*id),
        Party::Number(_) => None,
    };
    let Some(number) = thread.number.as_ref().and_then(|number| E164::parse(number.as_str())) else {
        return Ok(Hours::default());
    };
    let Some(places) = places(db.quiet.as_ref(), db.conn(), &number, customer)? else {
        return Ok(Hours::default());
    };
    let clock = places.clock(now);
    let (till, noted) = match places.judge(Purpose::Service, contact(db.conn(), &number, customer)?, now) {
        Verdict::Open | Verdict::Never => (None, false),
        Verdict::Noted { till } => (Some(till), true),
        Verdict::Quiet { till } => (Some(till), false),
    };
    Ok(Hours {
        zone: clock.map(|(zone, _)| zone.name().to_owned()).unwrap_or_default(),
        sure: clock.is_some_and(|(_, only)| only),
        till,
        noted,
    })
}
