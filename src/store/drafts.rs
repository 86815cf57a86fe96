//! What people were typing (design 3): one draft per person, customer or number, and channel.
//! Everybody sees their own only.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::{Db, Error, Result, Tx, allow, merge};
use crate::domain::ids::{CustomerId, UserId};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Draft, DraftOf, Party};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// Whose draft it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// No customer is known yet.
    Nobody,
    Customer(CustomerId),
    /// A number that nobody on file has.
    Number(SafeText),
}

impl From<Option<CustomerId>> for Owner {
    fn from(customer: Option<CustomerId>) -> Self {
        customer.map_or(Self::Nobody, Self::Customer)
    }
}

impl From<SafeText> for Owner {
    fn from(number: SafeText) -> Self {
        Self::Number(number)
    }
}

impl From<&Party> for Owner {
    fn from(party: &Party) -> Self {
        match party {
            Party::Customer(id) => Self::Customer(*id),
            Party::Number(number) => Self::Number(number.clone()),
        }
    }
}

impl Owner {
    /// Whose it is now, and then those who were merged into them: what was begun for these goes on.
    fn records(&self, conn: &Connection) -> Result<Vec<Self>> {
        match self {
            Self::Customer(id) => Ok(merge::person(conn, *id)?.into_iter().map(Self::Customer).collect()),
            other => Ok(vec![other.clone()]),
        }
    }

    /// Reads what [`Owner::key`] has written.
    fn of(key: &[u8]) -> Self {
        let (id, number) = key.split_at(key.len().min(16));
        match Uuid::from_slice(id).ok().filter(|id| !id.is_nil()) {
            Some(id) => Self::Customer(CustomerId(id)),
            None if number.is_empty() => Self::Nobody,
            None => Self::Number(SafeText::new(&String::from_utf8_lossy(number))),
        }
    }

    /// As it is stored: a customer's id, or sixteen zero bytes and then the number, if there is one.
    fn key(&self) -> Vec<u8> {
        match self {
            Self::Nobody => Uuid::nil().into_bytes().to_vec(),
            Self::Customer(id) => id.0.into_bytes().to_vec(),
            Self::Number(number) => [Uuid::nil().as_bytes(), number.as_str().as_bytes()].concat(),
        }
    }
}

const SELECT: &str = "select d.customer_id, c.name, d.channel, d.body, d.at from draft d
    left join customer c on c.id = d.customer_id";

/// Keeps what is being typed; an empty body throws it away.
///
/// # Errors
/// The actor may not do what it is a draft of, or the disk refuses.
pub fn put(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    whose: impl Into<Owner>,
    of: DraftOf,
    body: &str,
) -> Result<()> {
    let tx = db.begin(actor, now)?;
    tx.allow(becomes(of), Object::Any)?;
    write(&tx, &whose.into(), of, body)?;
    tx.commit()
}

/// What is written takes the place of what [`read`] finds, whoever that was begun for.
fn write(tx: &Tx<'_>, whose: &Owner, of: DraftOf, body: &str) -> Result<()> {
    let user = person(tx.actor)?;
    let records = whose.records(&tx.tx)?;
    let mut there = tx.tx.prepare_cached(
        "select exists (select 1 from draft where user_id = ?1 and customer_id = ?2 and channel = ?3)",
    )?;
    for record in &records {
        if there.query_row(params![user, record.key(), of.as_str()], |row| row.get(0))? {
            tx.tx
                .prepare_cached("delete from draft where user_id = ?1 and customer_id = ?2 and channel = ?3")?
                .execute(params![user, record.key(), of.as_str()])?;
            break;
        }
    }
    let Some(whose) = records.first().filter(|_| !body.is_empty()) else { return Ok(()) };
    tx.tx
        .prepare_cached(
            "insert into draft (user_id, customer_id, channel, body, at) values (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![user, whose.key(), of.as_str(), body, tx.now])?;
    Ok(())
}

/// A text that was taken back is a draft again, before whatever was begun since.
pub(super) fn taken_back(tx: &Tx<'_>, whose: &Owner, body: &str) -> Result<()> {
    let begun = read(&tx.tx, tx.actor, whose, DraftOf::Text)?.map(|draft| draft.body).unwrap_or_default();
    let gap = if begun.is_empty() { "" } else { "\n" };
    write(tx, whose, DraftOf::Text, &format!("{body}{gap}{begun}"))
}

/// A text was saved: what was typed behind it is all that is left of its draft.
///
/// # Errors
/// The actor may not, or the disk refuses.
pub fn sent(db: &mut Db, actor: &Actor, now: Micros, whose: impl Into<Owner>, body: &str) -> Result<()> {
    let whose = whose.into();
    let tx = db.begin(actor, now)?;
    tx.allow(becomes(DraftOf::Text), Object::Any)?;
    let draft = read(&tx.tx, actor, &whose, DraftOf::Text)?;
    let rest = draft.as_ref().and_then(|draft| draft.body.trim_start().strip_prefix(body));
    if let Some(rest) = rest {
        write(&tx, &whose, DraftOf::Text, rest.trim_start())?;
    }
    tx.commit()
}

/// Reads one draft of the actor's own.
///
/// # Errors
/// The actor may not.
pub fn get(db: &Db, actor: &Actor, whose: impl Into<Owner>, of: DraftOf) -> Result<Option<Draft>> {
    allow(actor, becomes(of), Object::Any)?;
    read(db.conn(), actor, &whose.into(), of)
}

fn read(conn: &Connection, actor: &Actor, whose: &Owner, of: DraftOf) -> Result<Option<Draft>> {
    let sql = format!("{SELECT} where d.user_id = ?1 and d.customer_id = ?2 and d.channel = ?3");
    let mut statement = conn.prepare_cached(&sql)?;
    for record in whose.records(conn)? {
        let found =
            statement.query_row(params![person(actor)?, record.key(), of.as_str()], draft).optional()?;
        if let Some(found) = found {
            return standing(conn, found).map(Some);
        }
    }
    Ok(None)
}

/// It belongs to whoever stands for its customer now.
fn standing(conn: &Connection, draft: Draft) -> Result<Draft> {
    let customer = draft.customer.map(|id| merge::living(conn, id)).transpose()?;
    Ok(Draft { customer, ..draft })
}

/// To whom the actor has begun a text.
pub(super) fn texts_begun(conn: &Connection, actor: &Actor) -> Result<HashSet<Owner>> {
    let Some(user) = actor.user else { return Ok(HashSet::new()) };
    let mut statement =
        conn.prepare_cached("select customer_id from draft where user_id = ?1 and channel = 'text'")?;
    let keys = statement.query_map([user], |row| row.get::<_, Vec<u8>>(0))?;
    let mut begun = HashSet::new();
    for key in keys {
        let owner = Owner::of(&key?);
        begun.insert(match owner {
            Owner::Customer(id) => Owner::Customer(merge::living(conn, id)?),
            other => other,
        });
    }
    Ok(begun)
}

/// All drafts of the actor's own, newest first.
///
/// # Errors
/// The actor may not.
pub fn mine(db: &Db, actor: &Actor) -> Result<Vec<Draft>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let sql = format!("{SELECT} where d.user_id = ?1 order by d.at desc, d.customer_id, d.channel");
    let mut statement = db.conn().prepare_cached(&sql)?;
    let rows = statement.query_map([person(actor)?], draft)?;
    rows.map(|draft| standing(db.conn(), draft?)).collect()
}

fn person(actor: &Actor) -> Result<UserId> {
    actor.user.ok_or(Error::Denied("only people type"))
}

fn becomes(of: DraftOf) -> Action {
    match of {
        DraftOf::Update => Action::CaptureUpdate,
        DraftOf::Note => Action::AddNote,
        DraftOf::Text => Action::SendText,
        DraftOf::Customer => Action::AddCustomer,
    }
}

fn draft(row: &Row<'_>) -> rusqlite::Result<Draft> {
    let key: Vec<u8> = row.get(0)?;
    let customer = Uuid::from_slice(&key).ok().filter(|id| !id.is_nil());
    let channel: String = row.get(2)?;
    Ok(Draft {
        customer: customer.map(CustomerId),
        name: SafeText::new(&row.get::<_, Option<String>>(1)?.unwrap_or_default()),
        of: DraftOf::parse(&channel).ok_or(rusqlite::types::FromSqlError::InvalidType)?,
        body: row.get(3)?,
        at: row.get(4)?,
    })
}
