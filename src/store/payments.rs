//! Requests for payment (NIC-9, NIC-26): by text or by mail, to the contact that counts; and what the
//! upstream calls the latest one before they leave (NIC-79, NIC-88).

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;
use uuid::Uuid;

use super::claims;
use super::mails::{self, NewMail};
use super::messages::{self, NewText, Window};
use super::{Db, Error, Result, Tx, allow, audit, customers, effective, merge, outbox};
use crate::domain::consent::Purpose;
use crate::domain::ids::{CustomerId, JobId, UpdateId};
use crate::domain::job::{State, Step};
use crate::domain::money::{Currency, Money};
use crate::domain::payment::{self, About, By, Ours, Request, Template};
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::Payment;
use crate::domain::text::{Body, SafeText};
use crate::domain::time::Micros;
use crate::domain::update::{Field, Upload};

/// What the office has set up for it.
#[derive(Clone, Debug)]
pub struct Office {
    /// What it is called.
    pub desk: String,
    pub link: Option<Template>,
    /// Is there a server for mail?
    pub mail: bool,
    /// Our number to text from.
    pub from: Option<E164>,
    pub currency: Currency,
    /// Is there an upstream to be asked for the latest contact?
    pub upstream: bool,
}

const NO_LINK: &str = "there is no payment link: an admin sets [payment] link in the configuration";

/// What a request would say; an amount as typed, or what is due.
///
/// # Errors
/// No link is set up, the amount is no amount, or the actor may not.
pub fn offer(
    db: &Db,
    actor: &Actor,
    now: Micros,
    office: &Office,
    customer: CustomerId,
    amount: Option<&str>,
) -> Result<Payment> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let template = template(office)?;
    let customer = merge::living(db.conn(), customer)?;
    let on_file = customers::read(db.conn(), customer)?;
    let Some(amount) = wanted(amount, on_file.amount_due, office.currency)? else {
        return Ok(Payment::default());
    };
    let request = Request::new(template, about(customer, &on_file, office), amount, now);
    let Request { amount, reference, link } = request.map_err(Error::Refused)?;
    Ok(Payment {
        amount: SafeText::new(&amount.to_string()),
        reference: SafeText::new(&reference),
        link: SafeText::new(&link),
    })
}

/// What was queued.
#[derive(Clone, PartialEq)]
pub struct Requested {
    /// The text or the mail.
    pub subject: Uuid,
    pub to: String,
    pub amount: Money,
    pub reference: String,
    pub link: String,
    pub leaves: Micros,
}

crate::domain::redact::redacted_debug!(Requested, subject, amount, leaves);

/// Queues a request. Durable when this returns; it leaves after the undo window.
///
/// # Errors
/// There is no address, no link, no amount, no consent for a text, or the actor may not.
#[expect(clippy::too_many_arguments, reason = "who, when, where, whom, what, how and until when")]
pub fn request(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    office: &Office,
    customer: CustomerId,
    amount: Option<&str>,
    by: By,
    window: Window,
) -> Result<Requested> {
    let mut tx = db.begin(actor, now)?;
    let customer = merge::living(&tx.tx, customer)?;
    let on_file = customers::read(&tx.tx, customer)?;
    let amount = wanted(amount, on_file.amount_due, office.currency)?
        .ok_or_else(|| Error::Refused("there is no amount due on file: say how much".to_owned()))?;
    let whom = about(customer, &on_file, office);
    let request = Request::new(template(office)?, whom, amount, now).map_err(Error::Refused)?;
    let (subject, to) = match by {
        By::Mail => by_mail(&mut tx, office, whom, &request, window)?,
        By::Text => by_text(&mut tx, office, whom, &request, window)?,
    };
    tx.tx
        .prepare_cached(
            "insert into payment_request (subject_id, customer_id, channel, amount, currency, reference, link,
                latest, at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            subject.as_bytes(),
            customer,
            by.as_str(),
            amount.minor,
            amount.currency.to_string(),
            request.reference,
            request.link,
            (!office.upstream).then_some("not asked"),
            now,
        ])?;
    let detail = json!({ "by": by.as_str(), "amount": amount.to_string(), "reference": request.reference });
    audit::record(&mut tx, "payment requested", ("customer", Some(customer.0)), &detail)?;
    tx.commit()?;
    let Request { reference, link, .. } = request;
    Ok(Requested { subject, to, amount, reference, link, leaves: now + window.undo })
}

fn by_mail(
    tx: &mut Tx<'_>,
    office: &Office,
    whom: About<'_>,
    request: &Request,
    window: Window,
) -> Result<(Uuid, String)> {
    if !office.mail {
        return Err(Error::Refused("mail is not set up: an admin sets [mail] in the configuration".into()));
    }
    let recipient = address(&tx.tx, whom.customer)?;
    let recipient = recipient.ok_or_else(|| {
        Error::Refused("there is no e-mail on file: take one first (e on the card)".to_owned())
    })?;
    let (subject, body) = request.mail(whom);
    let mail = NewMail {
        customer: whom.customer,
        about: mails::About::Payment,
        recipient: recipient.clone(),
        subject,
        body,
        link: Some(request.link.clone()),
    };
    let (id, _) = mails::queue(tx, &mail, tx.now + window.undo)?;
    Ok((id.0, recipient))
}

fn by_text(
    tx: &mut Tx<'_>,
    office: &Office,
    whom: About<'_>,
    request: &Request,
    window: Window,
) -> Result<(Uuid, String)> {
    tx.allow(Action::SendText, Object::Any)?;
    let from = office.from.clone().ok_or_else(|| {
        Error::Refused(
            "there is no number to send from: an admin sets sms.numbers in the configuration".into(),
        )
    })?;
    let mobile = effective::projected(&tx.tx, whom.customer, Field::Mobile)?;
    let to = mobile.and_then(|mobile| E164::parse(&mobile.value)).ok_or_else(|| {
        Error::Refused("there is no mobile on file: take one first (m on the card)".to_owned())
    })?;
    let text = NewText {
        from,
        to: to.clone(),
        customer: Some(whom.customer),
        body: Body(request.text(whom)),
        purpose: Purpose::Service,
    };
    let due = window.due(tx.now);
    let (id, _) = messages::queue_along(tx, &text, due)?;
    Ok((id.0, to.as_str().to_owned()))
}

/// The e-mail that counts now.
pub(super) fn address(conn: &Connection, customer: CustomerId) -> Result<Option<String>> {
    Ok(effective::projected(conn, customer, Field::Email)?.map(|email| email.value))
}

fn template(office: &Office) -> Result<&Template> {
    office.link.as_ref().ok_or_else(|| Error::Refused(NO_LINK.to_owned()))
}

fn wanted(typed: Option<&str>, due: Option<Money>, currency: Currency) -> Result<Option<Money>> {
    match typed {
        Some(text) => {
            Money::parse(text, currency).map(Some).map_err(|why| Error::Refused(format!("amount: {why}")))
        }
        None => Ok(due.filter(|due| due.minor > 0)),
    }
}

fn about<'a>(customer: CustomerId, on_file: &'a customers::Customer, office: &'a Office) -> About<'a> {
    let policy = on_file.policy_number.as_deref().unwrap_or_default();
    About { customer, name: &on_file.name, policy, desk: &office.desk }
}

/// A request whose contact the upstream has not been asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unasked {
    pub subject: Uuid,
    pub by: By,
    /// As the upstream knows the customer.
    pub customer_id: String,
    /// When it may leave.
    pub due: Micros,
}

/// The requests that wait for the upstream's word, oldest first.
///
/// # Errors
/// Only if the file cannot be read.
pub fn unasked(db: &Db, limit: usize) -> Result<Vec<Unasked>> {
    let mut statement = db.conn().prepare_cached(
        "select p.subject_id, p.channel, p.customer_id, j.not_before,
            (select min(r.ref) from customer_ref r where r.customer_id = p.customer_id)
         from payment_request p indexed by payment_request_unasked
         join job j on j.subject_id = p.subject_id and j.kind in ('text', 'mail') and j.state = 'waiting'
         where p.latest is null order by p.at limit ?1",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map([limit], |row| {
        let customer: CustomerId = row.get(2)?;
        let known: Option<String> = row.get(4)?;
        Ok(Unasked {
            subject: Uuid::from_bytes(row.get(0)?),
            by: if row.get::<_, String>(1)? == By::Mail.as_str() { By::Mail } else { By::Text },
            customer_id: known.unwrap_or_else(|| customer.to_string()),
            due: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What the upstream said, in our own form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Latest {
    /// It could not be asked.
    NotAsked,
    /// It knows of none.
    None,
    Value(String),
}

/// Writes down what the upstream called the latest contact. A mail goes to a newer one; a text does not,
/// because a yes to texts belongs to a number: it is canceled, and says so.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn told(db: &mut Db, epoch: i64, now: Micros, subject: Uuid, latest: &Latest) -> Result<()> {
    let machine = Actor::machine();
    let tx = claims::fenced(db, &machine, epoch, now)?;
    let found: Option<(CustomerId, String)> = tx
        .tx
        .prepare_cached(
            "select customer_id, channel from payment_request where subject_id = ?1 and latest is null",
        )?
        .query_row([subject.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((customer, channel)) = found else { return Ok(()) };
    let field = if channel == By::Mail.as_str() { Field::Email } else { Field::Mobile };
    let customer = merge::living(&tx.tx, customer)?;
    let (word, value) = match latest {
        Latest::NotAsked => ("not asked", None),
        Latest::None => ("none", None),
        Latest::Value(theirs) if is_newer(&tx.tx, customer, field, theirs)? => ("newer", Some(theirs)),
        Latest::Value(_) => ("same", None),
    };
    tx.tx
        .prepare_cached("update payment_request set latest = ?2, latest_value = ?3 where subject_id = ?1")?
        .execute(params![subject.as_bytes(), word, value])?;
    if let (Some(job), Some(newer)) = (waiting(&tx.tx, subject)?, value) {
        outbox::note(&tx, job, None, "newer contact", &json!({ "value": newer }))?;
        if field == Field::Mobile {
            let why = "the upstream has a newer mobile: take it with m, then ask for the payment again";
            outbox::step(&tx, job, Step::Cancel, why, None)?;
        }
    }
    tx.commit()
}

fn waiting(conn: &Connection, subject: Uuid) -> Result<Option<JobId>> {
    Ok(conn
        .prepare_cached("select id from job where subject_id = ?1 and state = ?2 order by seq desc limit 1")?
        .query_row(params![subject.as_bytes(), State::Waiting], |row| row.get(0))
        .optional()?)
}

/// Is `theirs` news about this customer?
fn is_newer(conn: &Connection, customer: CustomerId, field: Field, theirs: &str) -> Result<bool> {
    let Some(ours) = effective::projected(conn, customer, field)? else { return Ok(true) };
    let is_unsent = match ours.update {
        Some(update) => upload(conn, update)? != Upload::Uploaded,
        None => false,
    };
    let mut captured = conn.prepare_cached(
        "select exists (select 1 from contact_update_field f join contact_update u on u.id = f.update_id
            where f.new = ?3 and f.field = ?2 and u.customer_id = ?1)",
    )?;
    let mut knows_theirs = false;
    for record in merge::person(conn, customer)? {
        knows_theirs |= captured.query_row(params![record, field, theirs], |row| row.get::<_, bool>(0))?;
    }
    Ok(payment::is_newer(Ours { value: &ours.value, is_unsent, knows_theirs }, theirs))
}

fn upload(conn: &Connection, update: UpdateId) -> Result<Upload> {
    Ok(conn
        .prepare_cached("select upload from contact_update_state where update_id = ?1")?
        .query_row([update], |row| row.get(0))?)
}
