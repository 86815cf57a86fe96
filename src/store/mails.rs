//! Mails: put in, claimed, and what became of them. An address that the server refuses for good is
//! marked as dead.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::claims::{self, Verdict};
use super::outbox::{self, NewJob};
use super::{Db, Error, Result, Tx, audit, effective, merge, notes, trust};
use crate::domain::ids::{CustomerId, JobId, MailId};
use crate::domain::job::{Kind, Step};
use crate::domain::mail::Mail;
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;
use crate::domain::update::Field;

/// A mail to be queued.
pub(super) struct NewMail {
    pub customer: CustomerId,
    pub about: About,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    pub link: Option<String>,
}

redacted_debug!(NewMail, customer, about);

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Payment,
    Debt,
}

impl About {
    fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment request",
            Self::Debt => "acknowledgement of debt",
        }
    }
}

/// Queues a mail inside the write it belongs to, and puts it on the timeline.
pub(super) fn queue(tx: &mut Tx<'_>, mail: &NewMail, not_before: Micros) -> Result<(MailId, JobId)> {
    tx.allow(Action::SendMail, Object::Any)?;
    if refuses(&tx.tx, &mail.recipient)? {
        return Err(Error::Refused(REFUSES.to_owned()));
    }
    if trust::is_bad(tx, &mail.recipient)? {
        return Err(Error::Refused(BOUNCED.to_owned()));
    }
    let id = MailId(tx.id());
    tx.tx
        .prepare_cached(
            "insert into mail (id, customer_id, about, recipient, subject, body, link, sent_by, created_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            id,
            mail.customer,
            mail.about.as_str(),
            mail.recipient,
            mail.subject,
            mail.body,
            mail.link,
            tx.actor.user,
            tx.now,
        ])?;
    notes::record_interaction(tx, mail.customer, "mail", Some("outbound"), id.0)?;
    // A lane of its own: no mail waits for another.
    let job = outbox::enqueue(tx, &NewJob::new(Kind::Mail, id.0, id.0, not_before))?;
    audit::record(tx, "mail queued", ("mail", Some(id.0)), &json!({ "about": mail.about.as_str() }))?;
    Ok((id, job))
}

const REFUSES: &str = "mail: this customer said no to mail at this address";

const BOUNCED: &str = "mail to this address came back: take another one first (e on the card)";

/// A no to mail at this address is on record.
fn refuses(conn: &Connection, address: &str) -> Result<bool> {
    let newest: Option<String> = conn
        .prepare_cached(
            "select act from consent where address = ?1 and channel = 'email' and purpose = 'service'
             order by seq desc limit 1",
        )?
        .query_row([address], |row| row.get(0))
        .optional()?;
    Ok(newest.as_deref() == Some("revoke"))
}

/// What goes out now, to the address that counts now; or the reason why it may not go any more.
pub(super) fn outgoing(tx: &Tx<'_>, id: [u8; 16]) -> Result<std::result::Result<Mail, String>> {
    type Row = (MailId, CustomerId, String, String, String, Option<String>, Micros, Option<String>);
    let (id, customer, meant, subject, body, link, at, newer): Row = tx
        .tx
        .prepare_cached(
            "select m.id, m.customer_id, m.recipient, m.subject, m.body, m.link, m.created_at,
                (select p.latest_value from payment_request p where p.subject_id = m.id and p.latest = 'newer')
             from mail m where m.id = ?1",
        )?
        .query_row([id], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?, r.get(7)?))
        })?;
    let customer = merge::living(&tx.tx, customer)?;
    let effective = effective::projected(&tx.tx, customer, Field::Email)?;
    let to = newer.or(effective.map(|effective| effective.value)).unwrap_or(meant);
    if refuses(&tx.tx, &to)? {
        return Ok(Err(REFUSES.to_owned()));
    }
    if trust::is_bad(tx, &to)? {
        return Ok(Err(BOUNCED.to_owned()));
    }
    Ok(Ok(Mail { id: id.0, to, subject, body, link, at }))
}

/// Notes where it really goes, inside the claim.
pub(super) fn leaves(tx: &Tx<'_>, mail: &Mail) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into mail_sent (mail_id, recipient, at) values (?1, ?2, ?3)
             on conflict (mail_id) do update set recipient = excluded.recipient, at = excluded.at",
        )?
        .execute(params![mail.id.as_bytes(), mail.to, tx.now])?;
    Ok(())
}

/// Nobody can look up whether a mail arrived: a person decides (design 4.3).
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn unconfirmed(db: &mut Db, epoch: i64, now: Micros, doubt: Option<&Verdict>, job: JobId) -> Result<()> {
    let machine = Actor::machine();
    let tx = claims::fenced(db, &machine, epoch, now)?;
    if let Some(verdict) = doubt {
        claims::settle(&tx, epoch, verdict)?;
    }
    let why = "may have arrived: nobody can look up what became of a mail".to_owned();
    claims::settle(&tx, epoch, &Verdict { job, attempt: None, step: Step::GiveUp, why, not_before: None })?;
    tx.commit()
}

/// The server refused it for good; where it said that there is no such address, whoever has it needs
/// another one (NIC-136).
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn rejected(
    db: &mut Db,
    epoch: i64,
    now: Micros,
    verdict: &Verdict,
    dead: Option<(&Mail, u16)>,
) -> Result<()> {
    let machine = Actor::machine();
    let mut tx = claims::fenced(db, &machine, epoch, now)?;
    claims::settle(&tx, epoch, verdict)?;
    if let Some((mail, status)) = dead {
        trust::mark_bad(&mut tx, &mail.to, &format!("mail refused {status}"))?;
    }
    tx.commit()
}
