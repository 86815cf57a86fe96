//! A customer's timeline: their interactions, newest first, with what each was about.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::inbox::reported;
use super::{Db, Result, allow, media, merge};
use crate::domain::ids::CustomerId;
use crate::domain::job::State;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Change, Entry, Mail, Text, What};
use crate::domain::text::SafeText;
use crate::domain::update::{Field, Reason, Status, Upload};

/// An interaction whose subject has not been read yet.
struct Bare {
    kind: String,
    subject: Option<Uuid>,
    entry: Entry,
}

/// One page, newest first; `before` is the `seq` of the last entry of the page above.
///
/// # Errors
/// The actor may not.
pub fn of(
    db: &Db,
    actor: &Actor,
    customer: CustomerId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Entry>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = db.snapshot()?;
    let customer = merge::living(&conn, customer)?;
    let mut statement = conn.prepare_cached(
        "select i.seq, i.id, i.at, u.name, i.kind, i.subject_id from interaction i
         left join user u on u.id = i.user_id
         where i.customer_id = ?1 and i.seq < ?2 order by i.seq desc limit ?3",
    )?;
    let rows = statement.query_map(params![customer, before.unwrap_or(i64::MAX), limit], bare)?;
    rows.map(|row| complete(&conn, actor, customer, row?)).collect()
}

fn bare(row: &Row<'_>) -> rusqlite::Result<Bare> {
    let kind: String = row.get(4)?;
    let entry = Entry {
        seq: row.get(0)?,
        id: row.get(1)?,
        at: row.get(2)?,
        by: SafeText::new(&row.get::<_, Option<String>>(3)?.unwrap_or_default()),
        what: What::Other { kind: kind.clone() },
    };
    Ok(Bare { kind, subject: row.get::<_, Option<[u8; 16]>>(5)?.map(Uuid::from_bytes), entry })
}

fn complete(
    conn: &Connection,
    actor: &Actor,
    customer: CustomerId,
    Bare { kind, subject, mut entry }: Bare,
) -> Result<Entry> {
    let Some(subject) = subject else { return Ok(entry) };
    let what = match kind.as_str() {
        "note" => note(conn, customer, subject)?,
        "text" => text(conn, actor, subject)?.map(What::Text),
        "mail" => mail(conn, subject)?.map(What::Mail),
        "update" => match update(conn, subject)? {
            // An update of another desk has an agent but no user of ours.
            Some((by, what)) => {
                entry.by = by;
                Some(what)
            }
            None => None,
        },
        _ => None,
    };
    entry.what = what.unwrap_or(entry.what);
    Ok(entry)
}

fn note(conn: &Connection, customer: CustomerId, id: Uuid) -> Result<Option<What>> {
    Ok(conn
        .prepare_cached(
            "select n.id, n.body, exists (select 1 from note_pin p
                where p.customer_id in (n.customer_id, ?2) and p.note_id = n.id)
             from note n where n.id = ?1",
        )?
        .query_row(params![id.as_bytes(), customer], |row| {
            let body = SafeText::multiline(&row.get::<_, String>(1)?);
            Ok(What::Note { id: row.get(0)?, body, pinned: row.get(2)? })
        })
        .optional()?)
}

fn text(conn: &Connection, actor: &Actor, id: Uuid) -> Result<Option<Text>> {
    Ok(conn
        .prepare_cached(
            "select m.id, m.direction, m.body, m.status, m.error_code, m.segments, m.created_at, j.not_before,
                iif(j.created_by = ?2, j.seq, null), m.price, m.price_unit, m.retry_of is not null, m.media,
                coalesce(j.reason, '')
             from message m
             left join job j on j.subject_id = m.id and j.kind = 'text' and j.state = 'waiting'
             where m.id = ?1",
        )?
        .query_row(params![id.as_bytes(), actor.user], |row| {
            Ok(Text {
                id: row.get(0)?,
                inbound: row.get::<_, String>(1)? == "inbound",
                body: SafeText::multiline(&row.get::<_, String>(2)?),
                status: row.get(3)?,
                error_code: row.get(4)?,
                segments: row.get(5)?,
                at: row.get(6)?,
                held_until: row.get(7)?,
                job: row.get(8)?,
                by: SafeText::default(),
                reason: SafeText::new(&row.get::<_, String>(13)?),
                price: reported(row.get(9)?, row.get(10)?),
                again: row.get(11)?,
                media: media::shown(&row.get::<_, String>(12)?),
            })
        })
        .optional()?)
}

fn mail(conn: &Connection, id: Uuid) -> Result<Option<Mail>> {
    Ok(conn
        .prepare_cached(
            "select m.about, coalesce(s.recipient, m.recipient), j.state, coalesce(j.reason, ''), j.not_before
             from mail m left join mail_sent s on s.mail_id = m.id
             join job j on j.seq = (select max(seq) from job where subject_id = m.id and kind = 'mail')
             where m.id = ?1",
        )?
        .query_row([id.as_bytes()], |row| {
            let state: State = row.get(2)?;
            let not_before = row.get(4)?;
            Ok(Mail {
                about: row.get(0)?,
                to: SafeText::new(&row.get::<_, String>(1)?),
                state: state.as_str().to_owned(),
                reason: SafeText::new(&row.get::<_, String>(3)?),
                held_until: (state == State::Waiting).then_some(not_before),
            })
        })
        .optional()?)
}

fn update(conn: &Connection, id: Uuid) -> Result<Option<(SafeText, What)>> {
    type Head = (String, Reason, String, Status, Upload);
    let head: Option<Head> = conn
        .prepare_cached(
            "select u.agent_name, u.reason, u.notes, s.status, s.upload from contact_update u
             join contact_update_state s on s.update_id = u.id where u.id = ?1",
        )?
        .query_row([id.as_bytes()], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))
        .optional()?;
    let Some((by, reason, notes, status, upload)) = head else { return Ok(None) };
    let mut statement = conn.prepare_cached(
        "select field, base, new from contact_update_field where update_id = ?1 order by field desc",
    )?;
    let fields = statement.query_map([id.as_bytes()], |row| {
        Ok(Change {
            field: row.get::<_, Field>(0)?.as_str().to_owned(),
            old: row.get::<_, Option<String>>(1)?.map(|old| SafeText::new(&old)),
            new: SafeText::new(&row.get::<_, String>(2)?),
        })
    })?;
    let what = What::Update {
        fields: fields.collect::<rusqlite::Result<_>>()?,
        reason: reason.as_str().to_owned(),
        notes: SafeText::multiline(&notes),
        status: status.as_str().to_owned(),
        upload: upload.as_str().to_owned(),
    };
    Ok(Some((SafeText::new(&by), what)))
}
