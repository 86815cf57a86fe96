//! Customers and their contact points: add, import, read.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Db, Error, Result, Tx, allow, audit, card, conversations, effective, imports, merge, record};
use crate::domain::customer::{NewCustomer, OldContact};
use crate::domain::fold::Effective;
use crate::domain::ids::{ContactPointId, CustomerId};
use crate::domain::import::OnMatch;
use crate::domain::money::{Currency, Money};
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;
use crate::domain::update::Field;

/// What is known of a customer in a value of its own, whoever says it: an import, a person, a merge.
pub(super) const COLUMNS: [&str; 18] = [
    "name",
    "given_name",
    "family_name",
    "company",
    "industry",
    "policy_number",
    "payment",
    "amount_due",
    "currency",
    "stage",
    "street",
    "city",
    "state",
    "zip",
    "country",
    "timezone",
    "preferred_method",
    "preferred_time",
];

/// The source name of the master system's ids in `customer_ref`.
pub(super) const MASTER: &str = "master";

/// A customer as the card shows it.
#[derive(Clone, PartialEq)]
pub struct Customer {
    pub id: CustomerId,
    pub name: String,
    pub company: Option<String>,
    pub industry: Option<String>,
    pub policy_number: Option<String>,
    pub payment: Option<String>,
    pub amount_due: Option<Money>,
    pub stage: String,
    pub timezone: Option<String>,
    pub tags: String,
    pub custom: String,
    pub master_ids: Vec<String>,
    pub points: Vec<ContactPoint>,
    pub mobile: Option<Shown>,
    pub email: Option<Shown>,
}

redacted_debug!(Customer, id);

/// An effective value, and who brought it when it is not the master's.
#[derive(Clone, PartialEq)]
pub struct Shown {
    pub value: String,
    pub by: Option<String>,
    pub at: Option<Micros>,
}

redacted_debug!(Shown, at);

/// One phone or e-mail.
#[derive(Clone, PartialEq)]
pub struct ContactPoint {
    pub kind: String,
    pub label: String,
    pub value: String,
    pub origin: String,
    pub retired_at: Option<Micros>,
    /// It came with somebody who was merged into this customer.
    pub brought: bool,
}

redacted_debug!(ContactPoint, kind, label, origin);

/// What an import did with one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    New,
    Changed,
    Unchanged,
}

/// Adds one customer by hand. Families share numbers (G13): an equal number is no obstacle.
///
/// # Errors
/// The actor may not, or the disk refuses.
pub fn add(db: &mut Db, actor: &Actor, now: Micros, new: &NewCustomer) -> Result<CustomerId> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::AddCustomer, Object::Any)?;
    let id = insert(&mut tx, new, "local")?;
    audit::record(&mut tx, "customer added", ("customer", Some(id.0)), &json!({ "name": new.name }))?;
    record::created(&mut tx, id)?;
    conversations::adopt(&mut tx, id)?;
    tx.commit()?;
    Ok(id)
}

/// Takes in master rows in one transaction, as nobody's import that could be undone. A row is matched by
/// master id, else policy number, else name and number; filled fields overwrite, empty ones leave what
/// is there.
///
/// # Errors
/// The actor may not, or the disk refuses: then nothing is stored.
pub fn import(db: &mut Db, actor: &Actor, now: Micros, rows: &[NewCustomer]) -> Result<Vec<Imported>> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ImportCustomers, Object::Any)?;
    let results = imports::merge::take_in(&mut tx, rows, OnMatch::Overwrite, |_, _, _| Ok(()))?;
    let count = |kind| results.iter().filter(|result| **result == kind).count();
    let detail = json!({
        "rows": rows.len(),
        "new": count(Imported::New),
        "changed": count(Imported::Changed),
    });
    audit::record(&mut tx, "customers imported", ("customer", None), &detail)?;
    tx.commit()?;
    Ok(results)
}

pub(super) fn insert(tx: &mut Tx<'_>, new: &NewCustomer, origin: &str) -> Result<CustomerId> {
    let own = &new.own;
    let id = match own.id {
        Some(id) if !tx.tx.prepare_cached("select 1 from customer where id = ?1")?.exists([id])? => id,
        _ => CustomerId(tx.id()),
    };
    let agent = record::assigned(tx, new)?;
    tx.tx
        .prepare_cached(
            "insert into customer (id, name, given_name, family_name, company, industry, policy_number, payment,
                amount_due, currency, stage, street, city, state, zip, country, timezone, preferred_method,
                preferred_time, source, tags, custom, created_at, created_by, updated_at, updated_by,
                last_contact_at, last_contact_method, assigned_agent)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                ?21, ?22, coalesce(?25, ?23), ?24, ?23, ?24, ?26, ?27, (select id from user where name = ?28))",
        )?
        .execute(params![
            id,
            new.name,
            new.given_name,
            new.family_name,
            new.company,
            new.industry,
            new.policy_number,
            new.payment,
            new.amount_due.map(|money| money.minor),
            new.amount_due.map(|money| money.currency.to_string()),
            new.stage.as_str(),
            new.street,
            new.city,
            new.state,
            new.zip,
            new.country,
            new.timezone,
            new.preferred_method.map(|method| method.as_str()),
            new.preferred_time,
            own.source.unwrap_or(new.source).as_str(),
            json!(new.tags).to_string(),
            json!(new.custom).to_string(),
            tx.now,
            tx.actor.user,
            own.created_at,
            own.last_contact_at,
            own.last_contact_method,
            agent,
        ])?;
    tx.changed(id);
    write_ref(tx, id, new)?;
    write_points(tx, id, new, origin)?;
    Ok(id)
}

pub(super) fn write_ref(tx: &Tx<'_>, id: CustomerId, new: &NewCustomer) -> Result<()> {
    for master_id in new.master_id.iter().chain(&new.own.other_master_ids) {
        tx.tx
            .prepare_cached(
                "insert into customer_ref (source, ref, customer_id) values (?1, ?2, ?3)
                 on conflict (source, ref) do nothing",
            )?
            .execute(params![MASTER, master_id, id])?;
    }
    Ok(())
}

pub(super) fn by_master_id(conn: &Connection, master_id: &str) -> Result<Option<CustomerId>> {
    Ok(conn
        .prepare_cached("select customer_id from customer_ref where source = ?1 and ref = ?2")?
        .query_row([MASTER, master_id], |row| row.get(0))
        .optional()?)
}

/// The phones and e-mails of somebody who has none yet.
fn write_points(tx: &mut Tx<'_>, customer: CustomerId, new: &NewCustomer, origin: &str) -> Result<()> {
    let phones = new.phones.iter().map(|p| ("phone", p.label.as_str(), p.value.as_str(), p.raw.as_str()));
    let emails = new.emails.iter().map(|e| ("email", e.label.as_str(), e.value.as_str(), e.raw.as_str()));
    for point in phones.chain(emails) {
        let id = ContactPointId(tx.id());
        write_point(tx, (id, customer), point, origin)?;
    }
    write_old_points(tx, customer, new, origin)?;
    let mobile = new.phones.iter().find(|phone| phone.label == "mobile").map(|phone| phone.value.as_str());
    let email = new.emails.first().map(|email| email.value.as_str());
    for (field, value) in [(Field::Mobile, mobile), (Field::Email, email)] {
        if let Some(value) = value {
            effective::begin(tx, customer, field, value)?;
        }
    }
    Ok(())
}

pub(super) fn write_point(
    tx: &Tx<'_>,
    (id, customer): (ContactPointId, CustomerId),
    (kind, label, value, raw): (&str, &str, &str, &str),
    origin: &str,
) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into contact_point (id, customer_id, kind, label, value, raw, origin, seen_at, created_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
        )?
        .execute(params![id, customer, kind, label, value, raw, origin, tx.now])?;
    Ok(())
}

/// Stores what counted once, with the day it ended, unless it is known.
pub(super) fn write_old_points(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    new: &NewCustomer,
    origin: &str,
) -> Result<()> {
    for old in &new.own.old_contacts {
        if knows_old(&tx.tx, customer, old)? {
            continue;
        }
        let id = ContactPointId(tx.id());
        tx.tx
            .prepare_cached(
                "insert into contact_point (id, customer_id, kind, label, value, raw, origin, seen_at, created_at,
                    retired_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)",
            )?
            .execute(params![id, customer, old.kind, old.label, old.value, old.raw, origin, tx.now, old.until])?;
    }
    Ok(())
}

/// Files have milliseconds.
pub(super) fn knows_old(conn: &Connection, customer: CustomerId, old: &OldContact) -> Result<bool> {
    Ok(conn
        .prepare_cached(
            "select 1 from contact_point where customer_id = ?1 and kind = ?2 and label = ?3 and value = ?4
                and retired_at / 1000 = ?5 / 1000",
        )?
        .exists(params![customer, old.kind, old.label, old.value, old.until])?)
}

/// Reads the card. Opening a card is itself an audit entry (design 7).
///
/// # Errors
/// No such customer, or the actor may not.
pub fn card(db: &mut Db, actor: &Actor, now: Micros, id: CustomerId) -> Result<Customer> {
    card::opened(db, actor, now, id)?;
    read(db.conn(), merge::living(db.conn(), id)?)
}

/// Finds exactly one customer by id, policy number, master id or any number or e-mail of theirs.
///
/// # Errors
/// None or several match.
pub fn resolve(db: &Db, actor: &Actor, name: &str, number: Option<&str>) -> Result<CustomerId> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    if let Ok(id) = name.parse::<CustomerId>() {
        return Ok(read(db.conn(), merge::living(db.conn(), id)?)?.id);
    }
    let mut statement = db.conn().prepare_cached(
        "select id from customer where policy_number = ?1
         union select customer_id from customer_ref where source = ?3 and ref = ?1
         union select customer_id from effective_contact where value in (?1, ?2)
         union select customer_id from contact_point where value in (?1, ?2) and retired_at is null",
    )?;
    let found = statement
        .query_map(params![name, number, MASTER], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<CustomerId>>>()?;
    let mut ids = Vec::with_capacity(found.len());
    for id in found {
        let id = merge::living(db.conn(), id)?;
        if !ids.contains(&id) && is_there(db.conn(), id)? {
            ids.push(id);
        }
    }
    match ids.as_slice() {
        [id] => Ok(*id),
        [] => Err(Error::NotFound { what: "customer", name: name.to_owned() }),
        _ => Err(Error::Many { name: name.to_owned(), ids }),
    }
}

/// Is this customer on file, and neither deleted nor merged away?
pub(super) fn is_there(conn: &Connection, id: CustomerId) -> Result<bool> {
    Ok(conn
        .prepare_cached("select exists (select 1 from customer where id = ?1 and deleted_at is null)")?
        .query_row([id], |row| row.get(0))?)
}

pub(super) fn read(conn: &Connection, id: CustomerId) -> Result<Customer> {
    let mut customer = conn
        .prepare_cached(
            "select id, name, company, policy_number, payment, amount_due, currency, stage, timezone, tags, custom,
                industry
             from customer where id = ?1 and deleted_at is null",
        )?
        .query_row([id], customer_row)
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "customer", name: id.to_string() })?;
    customer.master_ids =
        column(conn, "select ref from customer_ref where customer_id = ?1 order by ref", id)?;
    customer.points = points(conn, id)?;
    customer.mobile = shown(conn, id, Field::Mobile)?;
    customer.email = shown(conn, id, Field::Email)?;
    Ok(customer)
}

fn customer_row(row: &Row<'_>) -> rusqlite::Result<Customer> {
    let amount: Option<i64> = row.get(5)?;
    let currency: Option<String> = row.get(6)?;
    let currency = currency.and_then(|code| code.parse::<Currency>().ok());
    Ok(Customer {
        id: row.get(0)?,
        name: row.get(1)?,
        company: row.get(2)?,
        policy_number: row.get(3)?,
        payment: row.get(4)?,
        amount_due: amount.zip(currency).map(|(minor, currency)| Money { minor, currency }),
        stage: row.get(7)?,
        timezone: row.get(8)?,
        tags: row.get(9)?,
        custom: row.get(10)?,
        industry: row.get(11)?,
        master_ids: Vec::new(),
        points: Vec::new(),
        mobile: None,
        email: None,
    })
}

fn points(conn: &Connection, id: CustomerId) -> Result<Vec<ContactPoint>> {
    let mut statement = conn.prepare_cached(
        "select kind, label, value, origin, retired_at,
            exists (select 1 from customer_merge_row r where r.what = 'contact_point' and r.row = p.id)
         from contact_point p where customer_id = ?1 order by seq",
    )?;
    let rows = statement.query_map([id], |row| {
        Ok(ContactPoint {
            kind: row.get(0)?,
            label: row.get(1)?,
            value: row.get(2)?,
            origin: row.get(3)?,
            retired_at: row.get(4)?,
            brought: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn shown(conn: &Connection, id: CustomerId, field: Field) -> Result<Option<Shown>> {
    let Some(Effective { value, update }) = effective::projected(conn, id, field)? else { return Ok(None) };
    let by = match update {
        Some(update) => conn
            .prepare_cached("select agent_name, captured_at from contact_update where id = ?1")?
            .query_row([update], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?,
        None => None,
    };
    let (by, at) = by.unzip();
    Ok(Some(Shown { value, by, at }))
}

fn column(conn: &Connection, sql: &str, id: CustomerId) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([id], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
