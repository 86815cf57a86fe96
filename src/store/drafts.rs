//! What people were typing (design 3): one draft per person, customer and channel. Everybody sees
//! their own only.

use rusqlite::{OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::{Db, Error, Result, allow};
use crate::domain::ids::{CustomerId, UserId};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Draft, DraftOf};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// Stored where no customer is known yet.
const NOBODY: CustomerId = CustomerId(Uuid::nil());

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
    customer: Option<CustomerId>,
    of: DraftOf,
    body: &str,
) -> Result<()> {
    let user = owner(actor)?;
    let tx = db.begin(actor, now)?;
    tx.allow(becomes(of), Object::Any)?;
    let customer = customer.unwrap_or(NOBODY);
    if body.is_empty() {
        tx.tx
            .prepare_cached("delete from draft where user_id = ?1 and customer_id = ?2 and channel = ?3")?
            .execute(params![user, customer, of.as_str()])?;
    } else {
        tx.tx
            .prepare_cached(
                "insert into draft (user_id, customer_id, channel, body, at) values (?1, ?2, ?3, ?4, ?5)
                 on conflict (user_id, customer_id, channel)
                 do update set body = excluded.body, at = excluded.at",
            )?
            .execute(params![user, customer, of.as_str(), body, tx.now])?;
    }
    tx.commit()
}

/// Reads one draft of the actor's own.
///
/// # Errors
/// The actor may not.
pub fn get(db: &Db, actor: &Actor, customer: Option<CustomerId>, of: DraftOf) -> Result<Option<Draft>> {
    allow(actor, becomes(of), Object::Any)?;
    let sql = format!("{SELECT} where d.user_id = ?1 and d.customer_id = ?2 and d.channel = ?3");
    Ok(db
        .conn()
        .prepare_cached(&sql)?
        .query_row(params![owner(actor)?, customer.unwrap_or(NOBODY), of.as_str()], draft)
        .optional()?)
}

/// All drafts of the actor's own, newest first.
///
/// # Errors
/// The actor may not.
pub fn mine(db: &Db, actor: &Actor) -> Result<Vec<Draft>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let sql = format!("{SELECT} where d.user_id = ?1 order by d.at desc, d.customer_id, d.channel");
    let mut statement = db.conn().prepare_cached(&sql)?;
    let rows = statement.query_map([owner(actor)?], draft)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn owner(actor: &Actor) -> Result<UserId> {
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
    let customer: CustomerId = row.get(0)?;
    let channel: String = row.get(2)?;
    Ok(Draft {
        customer: (customer != NOBODY).then_some(customer),
        name: SafeText::new(&row.get::<_, Option<String>>(1)?.unwrap_or_default()),
        of: DraftOf::parse(&channel).ok_or(rusqlite::types::FromSqlError::InvalidType)?,
        body: row.get(3)?,
        at: row.get(4)?,
    })
}
