//! What Twilio says: answers to our texts, statuses, and what customers write to us.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::claims::{Text, Verdict, fenced, settle};
use super::consent::{self, NewEntry};
use super::messages::{self, Seen};
use super::{Db, Result, Tx, customers, media, merge, notes, outbox, quiet};
use crate::domain::consent::{Act, Method, Purpose};
use crate::domain::ids::{AttemptId, CustomerId, JobId, MessageId};
use crate::domain::job::Step;
use crate::domain::opt_out::{self, Wish};
use crate::domain::phone::E164;
use crate::domain::role::Actor;
use crate::domain::time::Micros;

/// Twilio took the text: binds its sid, in one transaction with the job.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn accepted(
    db: &mut Db,
    epoch: i64,
    now: Micros,
    job: JobId,
    attempt: Option<AttemptId>,
    seen: &Seen,
) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    let verdict = Verdict { job, attempt, step: Step::Accept, why: String::new(), not_before: None };
    settle(&tx, epoch, &verdict)?;
    let message: MessageId =
        tx.tx.query_row("select subject_id from job where id = ?1", [job], |row| row.get(0))?;
    bind(&tx, message, seen)?;
    outbox::note(&tx, job, attempt.map(|a| a.0), "bound", &json!({ "sid": seen.sid }))?;
    tx.commit()
}

fn bind(tx: &Tx<'_>, message: MessageId, seen: &Seen) -> Result<()> {
    tx.tx
        .prepare_cached("update message set sid = ?2 where id = ?1 and sid is null")?
        .execute(params![message, seen.sid])?;
    messages::apply_status(tx, message, seen)?;
    // TWS-36.
    tx.tx
        .prepare_cached(
            "update customer set last_contact_at = ?2, last_contact_method = 'sms'
             where id = (select customer_id from message where id = ?1)",
        )?
        .execute(params![message, tx.now])?;
    Ok(())
}

/// Twilio refused the text for good. 21610 is an opt-out that we had not heard of (FACTS 5).
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn rejected(
    db: &mut Db,
    epoch: i64,
    now: Micros,
    verdict: &Verdict,
    text: &Text,
    code: Option<i64>,
) -> Result<()> {
    const OPTED_OUT: i64 = 21610;
    let machine = Actor::machine();
    let mut tx = fenced(db, &machine, epoch, now)?;
    settle(&tx, epoch, verdict)?;
    tx.tx.execute(
        "update message set error_code = ?2, error_message = ?3 where id = ?1",
        params![text.message, code, verdict.why],
    )?;
    if code == Some(OPTED_OUT) {
        let customer =
            tx.tx.query_row("select customer_id from message where id = ?1", [text.message], |row| {
                row.get(0)
            })?;
        let by = Keyword { act: Act::Revoke, method: Method::Provider, words: "Twilio says so (21610)" };
        log_keyword(&mut tx, &text.to, customer, text.message, &by)?;
    }
    tx.commit()
}

/// What a look-up of a text in doubt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Exactly one message can be it: bound.
    Bound,
    /// So many could be it, or none.
    Candidates(usize),
}

/// Binds a text in doubt if exactly one unbound message at Twilio can be it: same direction,
/// numbers and body, made within `window` of Twilio's own clock (design 4.3).
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn look_up(
    db: &mut Db,
    epoch: i64,
    now: Micros,
    job: JobId,
    text: &Text,
    window: (Micros, Micros),
    listed: &[Seen],
) -> Result<Found> {
    let mut candidates: Vec<&Seen> = Vec::new();
    for seen in listed {
        let in_window = seen.created.is_some_and(|at| window.0 <= at && at <= window.1);
        let same = !seen.inbound && seen.from == text.from && seen.to == text.to && seen.body == text.body;
        let new = !candidates.iter().any(|other| other.sid == seen.sid);
        if same && in_window && new && messages::by_sid(db.conn(), &seen.sid)?.is_none() {
            candidates.push(seen);
        }
    }
    match candidates.as_slice() {
        [only] => {
            accepted(db, epoch, now, job, None, only)?;
            Ok(Found::Bound)
        }
        many => Ok(Found::Candidates(many.len())),
    }
}

/// Takes over everything one poll has brought, oldest first; the next one looks from here on,
/// whatever our clock said before. A sid is taken in once, however often
/// it is listed; what it cost may be filled in later. Answers with how many inbound texts are new.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn polled(db: &mut Db, epoch: i64, now: Micros, mut listed: Vec<Seen>) -> Result<usize> {
    // Listed newest first; of two in one second the later listed is the older.
    listed.reverse();
    listed.sort_by_key(|seen| seen.created.or(seen.sent));
    let machine = Actor::machine();
    let mut tx = fenced(db, &machine, epoch, now)?;
    let mut new = 0;
    for seen in listed.iter().filter(|seen| seen.inbound) {
        if messages::by_sid(&tx.tx, &seen.sid)?.is_none() {
            receive(&mut tx, seen)?;
            new += 1;
        } else if seen.price.is_some() {
            tx.tx
                .prepare_cached(
                    "update message set price = ?2, price_unit = ?3, segments = coalesce(nullif(?4, 0), segments)
                     where sid = ?1 and price is null",
                )?
                .execute(params![seen.sid, seen.price, seen.price_unit, seen.segments])?;
        }
    }
    tx.tx.execute("update destination set polled_to = ?1 where name = 'twilio'", [tx.now])?;
    tx.commit()?;
    Ok(new)
}

fn receive(tx: &mut Tx<'_>, seen: &Seen) -> Result<()> {
    let customer = owner(&tx.tx, seen.from.as_str())?;
    let conversation = messages::conversation(tx, seen.to.as_str(), seen.from.as_str(), customer)?;
    let customer: Option<CustomerId> =
        tx.tx.query_row("select customer_id from conversation where id = ?1", [conversation], |row| {
            row.get(0)
        })?;
    let id = MessageId(tx.id());
    if let Some(customer) = customer {
        notes::record_interaction(tx, customer, "text", Some("inbound"), id.0)?;
    }
    tx.tx
        .prepare_cached(
            "insert into message (id, conversation_id, customer_id, direction, sender, recipient, body, status, sid,
                segments, created_at, twilio_created_at, sent_at, media, media_due, price, price_unit)
             values (?1, ?2, ?3, 'inbound', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            id,
            conversation,
            customer,
            seen.from,
            seen.to,
            seen.body,
            seen.status.as_str(),
            seen.sid,
            seen.segments,
            tx.now,
            seen.created,
            seen.sent,
            media::unknown(seen.media),
            (seen.media > 0).then_some(tx.now),
            seen.price,
            seen.price_unit,
        ])?;
    tx.tx.execute("update conversation set unread = unread + 1 where id = ?1", [conversation])?;
    if let Some(number) = seen.from.number() {
        quiet::in_touch(tx, &number)?;
    }
    let act = match opt_out::wish(seen.body.as_str()) {
        Some(Wish::Stop) => Act::Revoke,
        Some(Wish::Start) => Act::Lift,
        Some(Wish::MaybeStop) => Act::Hold,
        None => return Ok(()),
    };
    let by = Keyword { act, method: Method::Keyword, words: seen.body.as_str() };
    // A short code or a name cannot be texted, so there is nothing to close or open.
    match seen.from.number() {
        Some(number) => log_keyword(tx, &number, customer, id, &by),
        None => Ok(()),
    }
}

/// What the customer, or Twilio for them, said.
struct Keyword<'a> {
    act: Act,
    method: Method,
    words: &'a str,
}

/// A STOP closes every purpose and cancels what waits, in this same transaction; a START lifts it; what may
/// mean stop holds all of it.
fn log_keyword(
    tx: &mut Tx<'_>,
    number: &E164,
    customer: Option<CustomerId>,
    message: MessageId,
    by: &Keyword<'_>,
) -> Result<()> {
    for purpose in Purpose::ALL {
        let entry = NewEntry {
            number,
            purpose,
            act: by.act,
            method: by.method,
            wording: by.words,
            wording_version: "",
            customer,
            message: Some(message),
            ip: None,
            note: "",
        };
        consent::write(tx, &entry)?;
    }
    Ok(())
}

/// The one customer with this number; of a family nobody is guessed (G13).
pub(super) fn owner(conn: &Connection, number: &str) -> Result<Option<CustomerId>> {
    let mut statement = conn.prepare_cached(
        "select customer_id from effective_contact where field = 'mobile' and value = ?1
         union select customer_id from contact_point where value = ?1 and retired_at is null limit ?2",
    )?;
    let records = statement.query_map(params![number, RECORDS], |row| row.get(0))?;
    let mut owner = None;
    for record in records {
        let customer = merge::living(conn, record?)?;
        if !customers::is_there(conn, customer)? {
            continue;
        }
        if owner.replace(customer).is_some_and(|known| known != customer) {
            return Ok(None);
        }
    }
    Ok(owner)
}

/// Of one person; more are a switchboard's.
const RECORDS: u32 = 20;

/// Texts whose status is not final and due for a look.
///
/// # Errors
/// Only if the file cannot be read.
pub fn unsettled(db: &Db, now: Micros, limit: usize) -> Result<Vec<(MessageId, String)>> {
    let mut statement = db.conn().prepare_cached(
        "select id, sid from message where next_poll_at <= ?1 and sid is not null order by next_poll_at limit ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![now, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Takes over the status of one of our texts.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn status(db: &mut Db, epoch: i64, now: Micros, message: MessageId, seen: &Seen) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    messages::apply_status(&tx, message, seen)?;
    tx.commit()
}

/// A look at a text failed: the next one comes later. `gone` if Twilio itself refused: that counts
/// towards the last look, a network that is away does not.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn look_later(db: &mut Db, epoch: i64, now: Micros, message: MessageId, gone: bool) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    let next = now + Duration::from_secs(30);
    tx.tx.execute(
        "update message set polls = polls + ?4, next_poll_at = case when polls < ?3 then ?2 end where id = ?1",
        params![message, next, messages::MAX_LOOKS, gone],
    )?;
    tx.commit()
}

/// When the next look at a text is due.
///
/// # Errors
/// Only if the file cannot be read.
pub fn next_look(db: &Db) -> Result<Option<Micros>> {
    Ok(db
        .conn()
        .prepare_cached("select min(next_poll_at) from message where next_poll_at is not null")?
        .query_row([], |row| row.get(0))
        .optional()?
        .flatten())
}
