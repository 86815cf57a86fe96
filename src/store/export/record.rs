//! A customer with everything on file, as it leaves.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::fold::Effective;
use crate::domain::ids::{CustomerId, UpdateId};
use crate::domain::money::{Currency, Money};
use crate::domain::redact::redacted_debug;
use crate::domain::time::Micros;
use crate::domain::update::{Field, Status};
use crate::store::{Error, Result, effective};

/// What a contact can be.
pub const CONTACT_KINDS: [&str; 2] = ["phone", "email"];

/// What goes in beside the record itself (CVIA-29).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct With {
    pub notes: bool,
    pub interactions: bool,
    /// The texts, word for word.
    pub transcripts: bool,
}

/// One customer.
#[derive(Clone, PartialEq)]
pub struct Record {
    pub id: CustomerId,
    pub master_ids: Vec<String>,
    pub name: String,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub company: Option<String>,
    pub industry: Option<String>,
    pub policy_number: Option<String>,
    pub payment: Option<String>,
    pub amount_due: Option<Money>,
    pub stage: String,
    pub street: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zip: Option<String>,
    pub country: Option<String>,
    pub timezone: Option<String>,
    pub preferred_method: Option<String>,
    pub preferred_time: Option<String>,
    pub source: String,
    pub tags: Vec<String>,
    pub custom: Map<String, Value>,
    /// Phones, then e-mails; of each the one that counts first, then the others, then the old ones.
    pub contacts: Vec<Contact>,
    pub last_contact_at: Option<Micros>,
    pub last_contact_method: Option<String>,
    pub created_at: Micros,
    pub notes: Vec<Entry>,
    pub interactions: Vec<Entry>,
    pub transcripts: Vec<Entry>,
}

redacted_debug!(Record, id);

/// One phone or e-mail, of today or until some day.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// One of [`CONTACT_KINDS`].
    pub kind: &'static str,
    pub label: String,
    pub value: String,
    pub raw: String,
    pub until: Option<Micros>,
}

redacted_debug!(Contact, kind, label, until);

/// Something that happened.
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct Entry {
    pub at: String,
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Its own id, for whoever takes it in twice.
    pub id: String,
}

redacted_debug!(Entry, id, at, kind, direction, status);

pub(super) fn read(conn: &Connection, id: CustomerId, with: With) -> Result<Record> {
    let mut record = conn
        .prepare_cached(
            "select id, name, given_name, family_name, company, industry, policy_number, payment, amount_due,
                currency, stage, street, city, state, zip, country, timezone, preferred_method, preferred_time,
                source, tags, custom, last_contact_at, last_contact_method, created_at
             from customer where id = ?1",
        )?
        .query_row([id], row)
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "customer", name: id.to_string() })?;
    let mut refs = conn.prepare_cached("select ref from customer_ref where customer_id = ?1 order by ref")?;
    record.master_ids = refs.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    record.contacts = contacts(conn, id)?;
    if with.notes {
        record.notes = entries(
            conn,
            id,
            "select n.id, n.at, 'note', null, u.name, null, null, n.body, null
             from note n join user u on u.id = n.user_id where n.customer_id = ?1 order by n.seq",
        )?;
    }
    if with.interactions {
        record.interactions = entries(
            conn,
            id,
            "select i.id, i.at, i.kind, i.direction, u.name, null, null, null, null
             from interaction i left join user u on u.id = i.user_id where i.customer_id = ?1 order by i.seq",
        )?;
    }
    if with.transcripts {
        record.transcripts = entries(
            conn,
            id,
            "select m.id, m.created_at, 'text', m.direction, u.name, m.sender, m.recipient, m.body, m.status
             from message m left join user u on u.id = m.sent_by where m.customer_id = ?1 order by m.seq",
        )?;
    }
    Ok(record)
}

fn row(row: &Row<'_>) -> rusqlite::Result<Record> {
    let amount: Option<i64> = row.get(8)?;
    let currency: Option<String> = row.get(9)?;
    let currency = currency.and_then(|code| code.parse::<Currency>().ok());
    Ok(Record {
        id: row.get(0)?,
        master_ids: Vec::new(),
        name: row.get(1)?,
        given_name: row.get(2)?,
        family_name: row.get(3)?,
        company: row.get(4)?,
        industry: row.get(5)?,
        policy_number: row.get(6)?,
        payment: row.get(7)?,
        amount_due: amount.zip(currency).map(|(minor, currency)| Money { minor, currency }),
        stage: row.get(10)?,
        street: row.get(11)?,
        city: row.get(12)?,
        state: row.get(13)?,
        zip: row.get(14)?,
        country: row.get(15)?,
        timezone: row.get(16)?,
        preferred_method: row.get(17)?,
        preferred_time: row.get(18)?,
        source: row.get(19)?,
        // The tables hold no other JSON than these.
        tags: serde_json::from_str(row.get_ref(20)?.as_str()?).unwrap_or_default(),
        custom: serde_json::from_str(row.get_ref(21)?.as_str()?).unwrap_or_default(),
        contacts: Vec::new(),
        last_contact_at: row.get(22)?,
        last_contact_method: row.get(23)?,
        created_at: row.get(24)?,
        notes: Vec::new(),
        interactions: Vec::new(),
        transcripts: Vec::new(),
    })
}

fn entries(conn: &Connection, id: CustomerId, sql: &str) -> Result<Vec<Entry>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([id], |row| {
        Ok(Entry {
            id: uuid::Uuid::from_bytes(row.get(0)?).to_string(),
            at: row.get::<_, Micros>(1)?.rfc3339(),
            kind: row.get(2)?,
            direction: row.get(3)?,
            by: row.get(4)?,
            from: row.get(5)?,
            to: row.get(6)?,
            text: row.get(7)?,
            status: row.get(8)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A value that was captured and counted.
struct Capture {
    update: UpdateId,
    field: Field,
    value: String,
    raw: String,
    at: Micros,
}

fn contacts(conn: &Connection, id: CustomerId) -> Result<Vec<Contact>> {
    let shown = effective::read(conn, id)?;
    let captures = captures(conn, id)?;
    let mut points = conn.prepare_cached(
        "select label, value, raw, retired_at from contact_point where customer_id = ?1 and kind = ?2 order by seq",
    )?;
    let mut all = Vec::new();
    for (field, kind) in [Field::Mobile, Field::Email].into_iter().zip(CONTACT_KINDS) {
        let rows = points.query_map(params![id, kind], |row| {
            Ok(Contact { kind, label: row.get(0)?, value: row.get(1)?, raw: row.get(2)?, until: row.get(3)? })
        })?;
        let rows = rows.collect::<rusqlite::Result<Vec<Contact>>>()?;
        let (mut old, mut active): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.until.is_some());
        let captures: Vec<&Capture> = captures.iter().filter(|capture| capture.field == field).collect();
        if let Some(effective) = shown.get(field) {
            let master = match effective.update {
                Some(_) => effective::master_value(conn, id, field)?,
                None => None,
            };
            put_first(&mut active, &mut old, field, kind, effective, master.as_deref(), &captures);
        }
        old.extend(overtaken(&captures, kind, field, shown.get(field)));
        once(&mut active);
        once(&mut old);
        all.append(&mut active);
        all.append(&mut old);
    }
    Ok(all)
}

/// Puts the value that counts before the others. A captured one takes the place of the master's, which
/// ended then.
fn put_first(
    active: &mut Vec<Contact>,
    old: &mut Vec<Contact>,
    field: Field,
    kind: &'static str,
    effective: &Effective,
    master: Option<&str>,
    captures: &[&Capture],
) {
    let is_of_field = |contact: &Contact| field == Field::Email || contact.label == "mobile";
    let mut label = field.as_str().to_owned();
    if let Some(capture) = captures.iter().find(|capture| Some(capture.update) == effective.update) {
        let replaced = active
            .iter()
            .position(|contact| is_of_field(contact) && master == Some(contact.value.as_str()))
            .filter(|at| active[*at].value != effective.value);
        if let Some(at) = replaced {
            let replaced = active.remove(at);
            label.clone_from(&replaced.label);
            old.push(Contact { until: Some(capture.at), ..replaced });
        }
    }
    let known = active.iter().position(|contact| is_of_field(contact) && contact.value == effective.value);
    let first = match known {
        Some(at) => active.remove(at),
        None => {
            let capture = captures.iter().find(|capture| Some(capture.update) == effective.update);
            let raw = capture.map_or_else(|| effective.value.clone(), |capture| capture.raw.clone());
            Contact { kind, label, value: effective.value.clone(), raw, until: None }
        }
    };
    active.insert(0, first);
}

/// Captured values that newer ones have overtaken.
fn overtaken(
    captures: &[&Capture],
    kind: &'static str,
    field: Field,
    now: Option<&Effective>,
) -> Vec<Contact> {
    let next = captures.iter().skip(1).map(|next| Some(next.at)).chain([None]);
    let ended =
        captures.iter().zip(next).filter(|(capture, _)| Some(&capture.value) != now.map(|now| &now.value));
    ended
        .map(|(capture, next)| Contact {
            kind,
            label: field.as_str().to_owned(),
            value: capture.value.clone(),
            raw: capture.raw.clone(),
            until: Some(next.unwrap_or(capture.at)),
        })
        .collect()
}

/// Two origins may say the same.
fn once(contacts: &mut Vec<Contact>) {
    let mut known: Vec<(String, String, Option<Micros>)> = Vec::with_capacity(contacts.len());
    contacts.retain(|contact| {
        let key = (contact.label.clone(), contact.value.clone(), contact.until);
        let is_new = !known.contains(&key);
        if is_new {
            known.push(key);
        }
        is_new
    });
}

fn captures(conn: &Connection, id: CustomerId) -> Result<Vec<Capture>> {
    let mut statement = conn.prepare_cached(
        "select u.id, f.field, f.new, f.raw, u.captured_at, s.status from contact_update u
         join contact_update_field f on f.update_id = u.id join contact_update_state s on s.update_id = u.id
         where u.customer_id = ?1 order by u.seq",
    )?;
    let rows = statement.query_map([id], |row| {
        let capture = Capture {
            update: row.get(0)?,
            field: row.get(1)?,
            value: row.get(2)?,
            raw: row.get(3)?,
            at: row.get(4)?,
        };
        Ok((row.get::<_, Status>(5)?, capture))
    })?;
    let mut captures = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    captures.retain(|(status, _)| status.counts());
    Ok(captures.into_iter().map(|(_, capture)| capture).collect())
}
