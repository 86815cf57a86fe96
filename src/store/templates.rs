//! Saved replies (TWS-91): everybody's and one's own. One that is removed stays in the table, for the
//! texts that were made of it.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::{Value, json};

use super::{Db, Error, Result, Tx, allow, audit, customers, merge};
use crate::domain::consent::Purpose;
use crate::domain::ids::{CustomerId, MessageId, TemplateId, UserId};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::template::{Replies, Reply, Template, Words};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

const SELECT: &str = "select id, owner, folder, name, language, purpose, body, used from template";

fn row(row: &Row<'_>) -> rusqlite::Result<Template> {
    Ok(Template {
        id: row.get(0)?,
        owner: row.get(1)?,
        words: Words {
            folder: row.get(2)?,
            name: row.get(3)?,
            language: row.get(4)?,
            purpose: row.get(5)?,
            body: row.get(6)?,
        },
        used: row.get(7)?,
    })
}

/// Everybody's replies and the actor's own, by folder and name.
///
/// # Errors
/// The actor may not.
pub fn list(db: &Db, actor: &Actor) -> Result<Vec<Template>> {
    allow(actor, Action::SendText, Object::Any)?;
    of(db.conn(), actor)
}

fn of(conn: &Connection, actor: &Actor) -> Result<Vec<Template>> {
    let mut statement = conn.prepare_cached(&format!(
        "{SELECT} where deleted_at is null and (owner is null or owner = ?1)
         order by folder collate nocase, name collate nocase, language, owner is null, id"
    ))?;
    let rows = statement.query_map([actor.user], row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The same as the composer offers them, with what is known about the customer.
///
/// # Errors
/// The actor may not, or there is no such customer.
pub fn replies(
    db: &Db,
    actor: &Actor,
    customer: Option<CustomerId>,
    desk: &str,
    today: &str,
) -> Result<Replies> {
    allow(actor, Action::SendText, Object::Any)?;
    let conn = &*db.snapshot()?;
    let reply = |template: Template| Reply {
        id: template.id,
        mine: template.owner.is_some(),
        folder: SafeText::new(&template.words.folder),
        name: SafeText::new(&template.words.name),
        language: template.words.language,
        marketing: template.words.purpose == Purpose::Marketing,
        body: SafeText::multiline(&template.words.body),
        used: template.used,
    };
    let mut values = customer.map(|id| values(conn, id)).transpose()?.unwrap_or_default();
    for (name, value) in [("agent", actor.name.as_str()), ("desk", desk), ("today", today)] {
        values.insert(name.to_owned(), SafeText::new(value));
    }
    Ok(Replies { replies: of(conn, actor)?.into_iter().map(reply).collect(), values })
}

/// What a reply may say about a customer: their fields, and those of the office by the name of each.
pub(super) fn values(conn: &Connection, customer: CustomerId) -> Result<BTreeMap<String, SafeText>> {
    let customer = customers::read(conn, merge::living(conn, customer)?)?;
    let (given, family): (Option<String>, Option<String>) = conn
        .prepare_cached("select given_name, family_name from customer where id = ?1")?
        .query_row([customer.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut values = BTreeMap::new();
    if let Ok(Value::Object(custom)) = serde_json::from_str(&customer.custom) {
        for (key, value) in custom {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let name = key.to_lowercase().replace([' ', '-'], "_");
            values.insert(name, SafeText::new(&value));
        }
    }
    let known = [
        ("name", Some(customer.name.clone())),
        ("first_name", given),
        ("last_name", family),
        ("company", customer.company.clone()),
        ("policy", customer.policy_number.clone()),
        ("amount_due", customer.amount_due.map(|amount| amount.to_string())),
        ("mobile", customer.mobile.as_ref().map(|mobile| mobile.value.clone())),
        ("email", customer.email.as_ref().map(|email| email.value.clone())),
    ];
    for (name, value) in known {
        if let Some(value) = value {
            values.insert(name.to_owned(), SafeText::new(&value));
        }
    }
    Ok(values)
}

/// Adds a reply: one's own, or everybody's.
///
/// # Errors
/// The words are wrong, there is one of that name, or the actor may not.
pub fn add(db: &mut Db, actor: &Actor, now: Micros, shared: bool, words: &Words) -> Result<TemplateId> {
    let mut tx = db.begin(actor, now)?;
    let id = insert(&mut tx, shared, words)?;
    tx.commit()?;
    Ok(id)
}

fn owner(tx: &Tx<'_>, shared: bool) -> Result<Option<UserId>> {
    let owner = if shared { None } else { tx.actor.user };
    tx.allow(Action::WriteReply, if shared { Object::Any } else { Object::OwnedBy(owner) })?;
    Ok(owner)
}

fn insert(tx: &mut Tx<'_>, shared: bool, words: &Words) -> Result<TemplateId> {
    let owner = owner(tx, shared)?;
    let words = checked(words)?;
    refuse_twice(tx, owner, &words, None)?;
    let id = TemplateId(tx.id());
    tx.tx
        .prepare_cached(
            "insert into template (id, owner, folder, name, language, purpose, body, updated_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            id,
            owner,
            words.folder,
            words.name,
            words.language,
            words.purpose,
            words.body,
            tx.now
        ])?;
    record(tx, "reply added", id, &words)?;
    Ok(id)
}

fn checked(words: &Words) -> Result<Words> {
    words.clone().checked().map_err(|wrong| Error::Refused(wrong.to_string()))
}

/// Two of one name, folder and language cannot be told apart.
fn refuse_twice(tx: &Tx<'_>, owner: Option<UserId>, words: &Words, but: Option<TemplateId>) -> Result<()> {
    match same(tx, owner, words)?.filter(|id| Some(*id) != but) {
        Some(_) => Err(Error::Refused(format!("name: there is a reply {words} already"))),
        None => Ok(()),
    }
}

fn same(tx: &Tx<'_>, owner: Option<UserId>, words: &Words) -> Result<Option<TemplateId>> {
    Ok(tx
        .tx
        .prepare_cached(
            "select id from template where deleted_at is null and owner is ?1 and folder = ?2 collate nocase
               and name = ?3 collate nocase and language = ?4",
        )?
        .query_row(params![owner, words.folder, words.name, words.language], |row| row.get(0))
        .optional()?)
}

fn record(tx: &mut Tx<'_>, what: &str, id: TemplateId, words: &Words) -> Result<()> {
    let detail = json!({ "name": words.to_string(), "language": words.language });
    audit::record(tx, what, ("template", Some(id.0)), &detail)
}

/// Changes a reply.
///
/// # Errors
/// See [`add`].
pub fn edit(db: &mut Db, actor: &Actor, now: Micros, id: TemplateId, words: &Words) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    change(&mut tx, id, words)?;
    tx.commit()
}

fn change(tx: &mut Tx<'_>, id: TemplateId, words: &Words) -> Result<()> {
    let known = find(tx, id)?;
    may_write(tx, &known)?;
    let words = checked(words)?;
    refuse_twice(tx, known.owner, &words, Some(id))?;
    tx.tx
        .prepare_cached(
            "update template set folder = ?2, name = ?3, language = ?4, purpose = ?5, body = ?6, updated_at = ?7
             where id = ?1",
        )?
        .execute(params![id, words.folder, words.name, words.language, words.purpose, words.body, tx.now])?;
    record(tx, "reply changed", id, &words)
}

fn find(tx: &Tx<'_>, id: TemplateId) -> Result<Template> {
    tx.tx
        .prepare_cached(&format!("{SELECT} where id = ?1 and deleted_at is null"))?
        .query_row([id], row)
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "reply", name: id.to_string() })
}

fn may_write(tx: &Tx<'_>, template: &Template) -> Result<()> {
    let object = template.owner.map_or(Object::Any, |owner| Object::OwnedBy(Some(owner)));
    tx.allow(Action::WriteReply, object)
}

/// Takes a reply off every list.
///
/// # Errors
/// There is none, or the actor may not.
pub fn remove(db: &mut Db, actor: &Actor, now: Micros, id: TemplateId) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    let known = find(&tx, id)?;
    may_write(&tx, &known)?;
    tx.tx.prepare_cached("update template set deleted_at = ?2 where id = ?1")?.execute(params![id, now])?;
    record(&mut tx, "reply removed", id, &known.words)?;
    tx.commit()
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
}

/// Takes in many at once, all or none: those of a known folder, name and language are changed.
///
/// # Errors
/// One of them is wrong, with its place in the list; or the actor may not.
pub fn import(db: &mut Db, actor: &Actor, now: Micros, shared: bool, all: &[Words]) -> Result<Imported> {
    let mut tx = db.begin(actor, now)?;
    let owner = owner(&tx, shared)?;
    let mut done = Imported::default();
    for (words, number) in all.iter().zip(1..) {
        let named = |error| match error {
            Error::Refused(why) => Error::Refused(format!("reply {number}, {words}: {why}")),
            other => other,
        };
        let words = checked(words).map_err(named)?;
        match same(&tx, owner, &words)? {
            None => {
                insert(&mut tx, shared, &words).map_err(named)?;
                done.added += 1;
            }
            Some(id) if find(&tx, id)?.words == words => done.unchanged += 1,
            Some(id) => {
                change(&mut tx, id, &words).map_err(named)?;
                done.changed += 1;
            }
        }
    }
    tx.commit()?;
    Ok(done)
}

/// A text was made of this reply.
///
/// # Errors
/// The actor may not, or the disk refuses.
pub fn used(db: &mut Db, actor: &Actor, now: Micros, template: TemplateId, message: MessageId) -> Result<()> {
    let tx = db.begin(actor, now)?;
    tx.allow(Action::SendText, Object::Any)?;
    tx.tx
        .prepare_cached("update message set template_id = ?2 where id = ?1 and template_id is null")?
        .execute(params![message, template])?;
    tx.tx.prepare_cached("update template set used = used + 1 where id = ?1")?.execute([template])?;
    tx.commit()
}
