//! Texts and conversations: send, list, and what became of them.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use serde_json::json;

use super::outbox::{self, Due, Job, NewJob};
use super::{Db, Error, Result, Tx, allow, audit, consent, decisions, lint, merge, notes, quiet};
use crate::domain::consent::Purpose;
use crate::domain::delivery::Delivery;
use crate::domain::ids::{ConversationId, CustomerId, JobId, MessageId};
use crate::domain::job::{Kind, State};
use crate::domain::lint::{self as domain_lint, Facts, Level, Rules};
use crate::domain::phone::{Address, E164, PhonePolicy};
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::text::Body;
use crate::domain::time::Micros;

/// A text to be queued.
#[derive(Clone, Debug)]
pub struct NewText {
    pub from: E164,
    pub to: E164,
    pub customer: Option<CustomerId>,
    pub body: Body,
    pub purpose: Purpose,
}

/// When a text may leave, and how long it stays worth sending (design 4.7, 4.8).
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub undo: Duration,
    pub deadline: Duration,
}

impl Window {
    pub fn due(self, now: Micros) -> Due {
        Due { not_before: now + self.undo, deadline: now + self.undo + self.deadline }
    }
}

/// Queues a text, if the gate is open. Durable when this returns; it leaves after the undo window.
///
/// # Errors
/// Blocked (with the next step), empty, too long, or the actor may not.
pub fn send(db: &mut Db, actor: &Actor, now: Micros, text: &NewText, window: Window) -> Result<MessageId> {
    Ok(send_checked(db, actor, now, text, window, &Checks::default(), None)?.message)
}

/// What an office wants looked at before a text is queued.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    pub rules: Rules,
    /// How the numbers in a text are read; `None`: they are not looked for.
    pub phones: Option<PhonePolicy>,
}

/// A text on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    pub message: MessageId,
    pub leaves: Micros,
    /// Why it leaves so late, where it does: quiet hours, or a time that was chosen.
    pub why: String,
}

/// The same with the rules of the office: what they call an error is not queued. Given a time, it leaves
/// then; in quiet hours at the next minute that is allowed.
///
/// # Errors
/// See [`send`]; what the rules call an error, each with its code; advertising to where no hour is allowed.
pub fn send_checked(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    text: &NewText,
    window: Window,
    checks: &Checks,
    at: Option<Micros>,
) -> Result<Queued> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::SendText, Object::Any)?;
    check(&tx, text, checks)?;
    let (message, job) = match queue(&mut tx, text, None, window.due(now), at) {
        Err(Error::Blocked(block)) => {
            // That somebody wanted to, and why it was not sent, is on record, too.
            drop(tx);
            let tx = db.begin(actor, now)?;
            decisions::refused(&tx, text, &block)?;
            tx.commit()?;
            return Err(Error::Blocked(block));
        }
        queued => queued?,
    };
    let (leaves, why) =
        tx.tx.query_row("select not_before, coalesce(reason, '') from job where id = ?1", [job], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    tx.commit()?;
    Ok(Queued { message, leaves, why })
}

/// Queues a text that the machine sends, or that goes along with something else a person did, such as a
/// payment link: it waits while the customer's contact is in clash with the master (design 5).
pub(super) fn queue_along(tx: &mut Tx<'_>, text: &NewText, due: Due) -> Result<(MessageId, JobId)> {
    let (message, job) = queue(tx, text, None, due, None)?;
    tx.tx.prepare_cached("update message set automatic = 1 where id = ?1")?.execute([message])?;
    Ok((message, job))
}

fn queue(
    tx: &mut Tx<'_>,
    text: &NewText,
    retry_of: Option<(MessageId, JobId)>,
    due: Due,
    at: Option<Micros>,
) -> Result<(MessageId, JobId)> {
    check_body(&text.body)?;
    let customer = text.customer.map(|customer| merge::living(&tx.tx, customer)).transpose()?;
    let yes = consent::gate(&tx.tx, &text.to, customer, text.purpose)?.map_err(Error::Blocked)?;
    let asked = quiet::Asked { number: &text.to, customer, purpose: text.purpose, at };
    let slot = quiet::slot(tx, &asked, due)?;
    let conversation = conversation(tx, text.from.as_str(), text.to.as_str(), customer)?;
    let id = MessageId(tx.id());
    if let Some(customer) = customer {
        notes::record_interaction(tx, customer, "text", Some("outbound"), id.0)?;
    }
    tx.tx
        .prepare_cached(
            "insert into message (id, conversation_id, customer_id, direction, sender, recipient, body, purpose,
                status, sent_by, retry_of, created_at, send_at)
             values (?1, ?2, ?3, 'outbound', ?4, ?5, ?6, ?7, 'waiting', ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            id,
            conversation,
            customer,
            text.from,
            text.to,
            text.body,
            text.purpose,
            tx.actor.user,
            retry_of.map(|(message, _)| message),
            tx.now,
            at,
        ])?;
    let lane = if slot.apart { id.0 } else { conversation.0 };
    let job = NewJob {
        deadline: Some(slot.due.deadline),
        retry_of: retry_of.map(|(_, job)| job),
        ..NewJob::new(Kind::Text, lane, id.0, slot.due.not_before)
    };
    let job = outbox::enqueue(tx, &job)?;
    decisions::queued(tx, id, yes)?;
    if let Some(why) = &slot.reason {
        quiet::put_off(tx, job, slot.due.not_before, why, Some(slot.due.deadline))?;
    }
    audit::record(tx, "text queued", ("message", Some(id.0)), &json!({ "purpose": text.purpose.as_str() }))?;
    Ok((id, job))
}

/// Asks the same rules as the composer, with what is on disk now. A no of the customer's is the gate's to tell.
fn check(tx: &Tx<'_>, text: &NewText, checks: &Checks) -> Result<()> {
    let body = text.body.as_str();
    let mentions = checks.phones.map(|phones| domain_lint::mentions(body, &phones)).unwrap_or_default();
    let about = lint::About { to: text.to.clone(), customer: text.customer, purpose: text.purpose, mentions };
    let facts = Facts { closed: None, ..lint::read(&tx.tx, tx.now, &about)? };
    let findings = domain_lint::lint(body, Some(&facts), &checks.rules, tx.now);
    let errors: Vec<String> = findings
        .into_iter()
        .filter(|finding| finding.level == Level::Err)
        .map(|finding| format!("{}: {}", finding.code, finding.why))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Refused(errors.join("\n"))) }
}

/// What the machine sends of itself answers to these two rules alone.
fn check_body(body: &Body) -> Result<()> {
    match domain_lint::unsendable(body.as_str()) {
        Some((code, why)) => Err(Error::Refused(format!("{code}: {why}"))),
        None => Ok(()),
    }
}

/// The same text as a new message, linked to the one it repeats. The gate is asked again.
pub(super) fn send_again(tx: &mut Tx<'_>, job: &Job, due: Due) -> Result<JobId> {
    let (message, text) = tx.tx.query_row(
        "select m.id, m.sender, m.recipient, m.customer_id, m.body, m.purpose
         from message m join job j on j.subject_id = m.id where j.id = ?1",
        [job.id],
        |row| {
            let text = NewText {
                from: row.get(1)?,
                to: row.get(2)?,
                customer: row.get(3)?,
                body: row.get(4)?,
                purpose: row.get(5)?,
            };
            Ok((row.get::<_, MessageId>(0)?, text))
        },
    )?;
    let (_, job) = queue(tx, &text, Some((message, job.id)), due, None)?;
    Ok(job)
}

/// The conversation of two numbers, made if it is new. A customer, once known, stays.
pub(super) fn conversation(
    tx: &mut Tx<'_>,
    ours: &str,
    theirs: &str,
    customer: Option<CustomerId>,
) -> Result<ConversationId> {
    let new = ConversationId(tx.id());
    Ok(tx
        .tx
        .prepare_cached(
            "insert into conversation (id, ours, theirs, customer_id, last_message_at) values (?1, ?2, ?3, ?4, ?5)
             on conflict (ours, theirs) do update set last_message_at = excluded.last_message_at,
                status = 'open', customer_id = coalesce(customer_id, excluded.customer_id)
             returning id",
        )?
        .query_row(params![new, ours, theirs, customer, tx.now], |row| row.get(0))?)
}

/// What Twilio says about one of its messages, in our terms.
#[derive(Clone, PartialEq)]
pub struct Seen {
    pub sid: String,
    pub inbound: bool,
    pub from: Address,
    pub to: Address,
    pub body: Body,
    pub status: Delivery,
    pub error_code: Option<i64>,
    pub error_message: Option<String>,
    pub segments: Option<i64>,
    /// So many pictures or files came with it.
    pub media: usize,
    pub price: Option<String>,
    pub price_unit: Option<String>,
    pub created: Option<Micros>,
    pub sent: Option<Micros>,
}

redacted_debug!(Seen, sid, inbound, status);

/// How long after each look at a text that is not final the next one comes, in seconds.
const LOOKS: [u64; 8] = [2, 3, 5, 15, 60, 300, 1800, 3600];

/// After this many looks a status is taken as the last word (FACTS 4: `sent` can be it).
pub(super) const MAX_LOOKS: i64 = 48;

/// The price of a text that has arrived may come hours later, or never (FACTS 2): after this many looks
/// nobody asks for it any more.
const PRICE_LOOKS: i64 = 12;

/// Takes over a status; never backwards (FACTS 4). Applying the same one twice changes nothing.
pub(super) fn apply_status(tx: &Tx<'_>, message: MessageId, seen: &Seen) -> Result<()> {
    let (old, polls, priced): (String, i64, bool) = tx
        .tx
        .prepare_cached("select status, polls, price is not null from message where id = ?1")?
        .query_row([message], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    // A word of the outbox is older than any of Twilio's.
    let status = match (State::parse(&old), Delivery::parse(&old)) {
        (Some(_), Delivery::Other(_)) => seen.status.clone(),
        (_, known) => Delivery::advance(known, seen.status.clone()),
    };
    let look = LOOKS[usize::try_from(polls).unwrap_or(0).min(LOOKS.len() - 1)];
    let priced = priced || seen.price.is_some() || !status.is_charged();
    let more = if status.is_final() { !priced && polls < PRICE_LOOKS } else { polls < MAX_LOOKS };
    let next = more.then(|| tx.now + Duration::from_secs(look));
    let delivered = (status == Delivery::Delivered).then_some(tx.now);
    tx.tx
        .prepare_cached(
            "update message set status = ?2, error_code = coalesce(?3, error_code),
                error_message = coalesce(?4, error_message), segments = coalesce(nullif(?5, 0), segments),
                price = coalesce(?6, price), price_unit = coalesce(?7, price_unit),
                twilio_created_at = coalesce(twilio_created_at, ?8), sent_at = coalesce(sent_at, ?9),
                delivered_at = coalesce(delivered_at, ?10), next_poll_at = ?11, polls = polls + 1
             where id = ?1",
        )?
        .execute(params![
            message,
            status.as_str(),
            seen.error_code,
            seen.error_message,
            seen.segments,
            seen.price,
            seen.price_unit,
            seen.created,
            seen.sent,
            delivered,
            next,
        ])?;
    Ok(())
}

/// One text of a thread.
#[derive(Clone, PartialEq)]
pub struct Message {
    pub id: MessageId,
    pub inbound: bool,
    pub from: Address,
    pub to: Address,
    pub body: Body,
    pub status: String,
    pub error_code: Option<i64>,
    pub segments: Option<i64>,
    pub sid: Option<String>,
    pub customer: Option<String>,
    pub at: Micros,
}

redacted_debug!(Message, id, inbound, status, sid);

/// Texts, newest last: of one customer or number, or of everybody. Every inbound is shown (G8).
///
/// # Errors
/// The actor may not.
pub fn list(db: &Db, actor: &Actor, whose: Whose<'_>, limit: u32) -> Result<Vec<Message>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let whose = match whose {
        Whose::Customer(id) => Whose::Customer(merge::living(db.conn(), id)?),
        other => other,
    };
    let (newest, of): (&str, Option<&dyn ToSql>) = match &whose {
        Whose::Everybody => ("select seq from message where ?1 is null order by seq desc limit ?2", None),
        Whose::Customer(id) => {
            ("select seq from message where customer_id = ?1 order by seq desc limit ?2", Some(id))
        }
        Whose::Number(number) => (
            "select seq from (select seq from message where sender = ?1 order by seq desc limit ?2)
             union select seq from (select seq from message where recipient = ?1 order by seq desc limit ?2)",
            Some(number),
        ),
    };
    let sql = format!(
        "select m.id, m.direction, m.sender, m.recipient, m.body, m.status, m.error_code, m.segments, m.sid, c.name,
            m.created_at
         from message m left join customer c on c.id = m.customer_id
         where m.seq in ({newest}) order by m.seq desc limit ?2"
    );
    let mut statement = db.conn().prepare_cached(&sql)?;
    let rows = statement.query_map(params![of, limit], message_row)?;
    let mut messages = rows.collect::<rusqlite::Result<Vec<Message>>>()?;
    messages.reverse();
    Ok(messages)
}

/// Whose texts to list.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    Everybody,
    Customer(CustomerId),
    Number(&'a E164),
}

fn message_row(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        inbound: row.get::<_, String>(1)? == "inbound",
        from: row.get(2)?,
        to: row.get(3)?,
        body: row.get(4)?,
        status: row.get(5)?,
        error_code: row.get(6)?,
        segments: row.get(7)?,
        sid: row.get(8)?,
        customer: row.get(9)?,
        at: row.get(10)?,
    })
}

pub(super) fn by_sid(conn: &Connection, sid: &str) -> Result<Option<MessageId>> {
    Ok(conn
        .prepare_cached("select id from message where sid = ?1")?
        .query_row([sid], |row| row.get(0))
        .optional()?)
}
