//! The consent log and the gate asked of it. A no is a local commit that also cancels every
//! waiting text to that number (design 4.7).

use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use serde_json::json;

use super::{Db, Error, Result, Tx, allow, audit, do_not_contact, effective, merge, outbox};
use crate::domain::consent::{self, Act, Block, Entry, Method, Purpose};
use crate::domain::ids::{ConsentId, CustomerId, MessageId};
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown;
use crate::domain::time::Micros;
use crate::domain::update::Field;

/// One line to be written to the log (G7, TWS-55).
#[derive(Clone, Debug)]
pub struct NewEntry<'a> {
    pub number: &'a E164,
    pub purpose: Purpose,
    pub act: Act,
    pub method: Method,
    pub wording: &'a str,
    pub wording_version: &'a str,
    pub customer: Option<CustomerId>,
    pub message: Option<MessageId>,
    pub ip: Option<&'a str>,
    pub note: &'a str,
}

/// One line of the log as people see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    pub at: Micros,
    pub number: E164,
    pub purpose: Purpose,
    pub act: Act,
    pub method: Method,
    pub wording: String,
    pub by: Option<String>,
    pub note: String,
}

/// Records a yes or a no that a person was told. Answers with how many waiting texts a no has
/// canceled.
///
/// # Errors
/// The actor may not; nobody but the customer texts a STOP or a START.
pub fn record(db: &mut Db, actor: &Actor, now: Micros, entry: &NewEntry<'_>) -> Result<usize> {
    record_for(db, actor, now, entry, &[entry.purpose])
}

/// The same for several purposes at once, in place of the entry's own.
///
/// # Errors
/// See [`record`].
pub fn record_for(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    entry: &NewEntry<'_>,
    purposes: &[Purpose],
) -> Result<usize> {
    let mut tx = db.begin(actor, now)?;
    if entry.act == Act::Lift || matches!(entry.method, Method::Keyword | Method::Provider) {
        return Err(Error::Denied("only the customer's own text can stop a number or open it again"));
    }
    if matches!(entry.act, Act::Hold | Act::Release) {
        return Err(Error::Denied(
            "a hold is for all texts at once: use `consent hold` and `consent release`",
        ));
    }
    let mut canceled = 0;
    for purpose in purposes {
        canceled += write(&mut tx, &NewEntry { purpose: *purpose, ..entry.clone() })?;
    }
    tx.commit()?;
    Ok(canceled)
}

/// The customer was asked on the phone, with these words, and said yes to service texts.
///
/// # Errors
/// The actor may not.
pub fn yes_by_voice(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    number: &E164,
    customer: Option<CustomerId>,
    wording: &str,
    version: &str,
) -> Result<()> {
    let entry = NewEntry { wording, wording_version: version, ..spoken(number, customer, Act::Grant) };
    record(db, actor, now, &entry).map(drop)
}

/// The customer said no on the phone. Answers with how many waiting texts that has canceled.
///
/// # Errors
/// The actor may not.
pub fn no(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    number: &E164,
    customer: Option<CustomerId>,
    purposes: &[Purpose],
) -> Result<usize> {
    record_for(db, actor, now, &spoken(number, customer, Act::Revoke), purposes)
}

pub(super) fn spoken(number: &E164, customer: Option<CustomerId>, act: Act) -> NewEntry<'_> {
    NewEntry {
        number,
        purpose: Purpose::Service,
        act,
        method: Method::Voice,
        wording: "",
        wording_version: "",
        customer,
        message: None,
        ip: None,
        note: "",
    }
}

/// Writes one line, and does at once to what waits what the line means.
pub(super) fn write(tx: &mut Tx<'_>, entry: &NewEntry<'_>) -> Result<usize> {
    append(tx, entry, None)?;
    match entry.act {
        Act::Revoke => outbox::cancel_texts(tx, entry.number, entry.purpose),
        Act::Hold => outbox::hold_texts(tx, entry.number, entry.purpose).map(|()| 0),
        Act::Release => outbox::release_texts(tx, entry.number, entry.purpose).map(|()| 0),
        Act::Grant | Act::Lift => Ok(0),
    }
}

/// Takes back a line that was a mistake. What it has canceled stays canceled.
pub(super) fn correct(tx: &mut Tx<'_>, entry: &NewEntry<'_>, wrong: ConsentId) -> Result<()> {
    append(tx, &NewEntry { act: Act::Release, ..entry.clone() }, Some(wrong))
}

fn append(tx: &mut Tx<'_>, entry: &NewEntry<'_>, corrects: Option<ConsentId>) -> Result<()> {
    tx.allow(Action::RecordConsent, Object::Any)?;
    let by_voice = entry.act == Act::Grant && entry.method == Method::Voice;
    if by_voice && !consent::is_enough_by_voice(entry.number, entry.purpose) {
        let why = "a yes to marketing texts has to be in writing in this country: take it by web or paper";
        return Err(Error::Refused(why.to_owned()));
    }
    let id = ConsentId(tx.id());
    let customer = entry.customer.map(|customer| merge::living(&tx.tx, customer)).transpose()?;
    tx.tx
        .prepare_cached(
            "insert into consent (id, address, channel, purpose, act, method, wording, wording_version,
                customer_id, user_id, message_id, ip, note, corrects, at)
             values (?1, ?2, 'sms', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            id,
            entry.number,
            entry.purpose,
            entry.act,
            entry.method,
            entry.wording,
            entry.wording_version,
            customer,
            tx.actor.user,
            entry.message,
            entry.ip,
            entry.note,
            corrects,
            tx.now,
        ])?;
    let detail = json!({ "purpose": entry.purpose.as_str(), "method": entry.method.as_str() });
    audit::record(tx, &format!("consent {}", entry.act.as_str()), ("consent", Some(id.0)), &detail)
}

/// May a text for `purpose` go to `number` now? Asked when queuing and again inside the claim.
pub(super) fn gate(
    conn: &Connection,
    number: &E164,
    customer: Option<CustomerId>,
    purpose: Purpose,
) -> Result<std::result::Result<ConsentId, Block>> {
    if let Some(since) = do_not_contact::since(conn, number)? {
        return Ok(Err(Block::DoNotContact { since }));
    }
    let log = entries(conn, number.as_str())?;
    let mut others = Vec::new();
    for other in other_numbers(conn, number, customer)? {
        others.push(entries(conn, &other)?);
    }
    Ok(consent::gate(&log, &others, purpose))
}

/// The gate, for a screen or a command.
///
/// # Errors
/// The actor may not.
pub fn ask(
    db: &Db,
    actor: &Actor,
    number: &E164,
    customer: Option<CustomerId>,
    purpose: Purpose,
) -> Result<std::result::Result<ConsentId, Block>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    gate(db.conn(), number, customer, purpose)
}

/// What the gate says, as the screens show it.
pub(super) fn shown(
    conn: &Connection,
    number: &E164,
    customer: Option<CustomerId>,
    purpose: Purpose,
) -> Result<shown::Consent> {
    Ok(match gate(conn, number, customer, purpose)? {
        Ok(grant) => conn
            .prepare_cached("select method, at from consent where id = ?1")?
            .query_row([grant], |row| Ok(shown::Consent::Yes { method: row.get(0)?, at: row.get(1)? }))?,
        Err(Block::NeverAsked { .. }) => shown::Consent::NeverAsked,
        Err(block @ Block::Held { since }) => shown::Consent::Held { since, why: block.for_screen() },
        Err(block @ Block::DoNotContact { since }) => {
            shown::Consent::Listed { since, why: block.for_screen() }
        }
        Err(
            block @ (Block::Stopped { since } | Block::Revoked { since } | Block::RevokedElsewhere { since }),
        ) => shown::Consent::No {
            since,
            why: block.for_screen(),
            stopped: matches!(block, Block::Stopped { .. }),
        },
    })
}

/// May service texts go to the mobile that counts now?
pub(super) fn may_text(conn: &Connection, customer: CustomerId) -> Result<bool> {
    let mobile = effective::projected(conn, customer, Field::Mobile)?;
    let Some(number) = mobile.and_then(|mobile| E164::parse(&mobile.value)) else { return Ok(false) };
    Ok(gate(conn, &number, Some(customer), Purpose::Service)?.is_ok())
}

pub(super) fn entries(conn: &Connection, address: &str) -> Result<Vec<Entry>> {
    let mut statement = conn.prepare_cached(
        "select seq, id, purpose, act, method, corrects, at from consent where address = ?1 and channel = 'sms' order by seq",
    )?;
    let rows = statement.query_map([address], |row| {
        Ok(Entry {
            seq: row.get(0)?,
            id: row.get(1)?,
            purpose: row.get(2)?,
            act: row.get(3)?,
            method: row.get(4)?,
            corrects: row.get(5)?,
            at: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Every other number the person has or had: a no follows the person (G23), whichever of their records
/// it stands on.
pub(super) fn other_numbers(
    conn: &Connection,
    number: &E164,
    customer: Option<CustomerId>,
) -> Result<BTreeSet<String>> {
    let mut others = BTreeSet::new();
    let Some(customer) = customer else { return Ok(others) };
    let mut statement = conn.prepare_cached(
        "select value from contact_point where customer_id = ?1 and kind = 'phone' and value <> ?2
         union
         select f.new from contact_update u join contact_update_field f on f.update_id = u.id
         where u.customer_id = ?1 and f.field = 'mobile' and f.new <> ?2
         union
         select address from consent where customer_id = ?1 and channel = 'sms' and address <> ?2",
    )?;
    for record in merge::person(conn, customer)? {
        let rows = statement.query_map(params![record, number], |row| row.get(0))?;
        others.extend(rows.collect::<rusqlite::Result<Vec<String>>>()?);
    }
    Ok(others)
}

/// The log of one number, oldest first.
///
/// # Errors
/// The actor may not.
pub fn log(db: &Db, actor: &Actor, number: &E164) -> Result<Vec<Logged>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let mut statement = db.conn().prepare_cached(
        "select c.at, c.address, c.purpose, c.act, c.method, c.wording, u.name, c.note
         from consent c left join user u on u.id = c.user_id
         where c.address = ?1 and c.channel = 'sms' order by c.seq",
    )?;
    let rows = statement.query_map([number], |row| {
        Ok(Logged {
            at: row.get(0)?,
            number: row.get(1)?,
            purpose: row.get(2)?,
            act: row.get(3)?,
            method: row.get(4)?,
            wording: row.get(5)?,
            by: row.get(6)?,
            note: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
