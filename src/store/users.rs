//! People who work here.

use rusqlite::{OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Db, Error, Result, Tx, allow, audit};
use crate::domain::ids::UserId;
use crate::domain::role::{Action, Actor, Object, Origin, Role};
use crate::domain::shown::Person;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// One person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// NIC's `agent_id`; "#24" on screens.
    pub number: i64,
    pub name: String,
    pub role: Role,
    pub active: bool,
}

impl User {
    /// The person as somebody who acts.
    pub fn actor(&self, origin: Origin) -> Actor {
        Actor {
            user: Some(self.id),
            number: self.number,
            name: self.name.clone(),
            role: self.role,
            origin,
            confirmed: false,
        }
    }
}

/// Adds the first admin of an empty desk; refused once there is anybody.
///
/// # Errors
/// Somebody is there already, or the name or number is not usable.
pub fn found(db: &mut Db, now: Micros, number: i64, name: &str) -> Result<User> {
    let founder = Actor { name: name.to_owned(), number, role: Role::Admin, ..Actor::machine() };
    let mut tx = db.begin(&founder, now)?;
    let taken: bool = tx.tx.query_row("select exists (select 1 from user)", [], |row| row.get(0))?;
    if taken {
        return Err(Error::Denied("this desk has users already; an admin can add more with `users add`"));
    }
    let user = insert(&mut tx, number, name, Role::Admin)?;
    tx.commit()?;
    Ok(user)
}

/// Adds a person.
///
/// # Errors
/// Not an admin, or the name or number is taken or not usable.
pub fn add(db: &mut Db, actor: &Actor, now: Micros, number: i64, name: &str, role: Role) -> Result<User> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ManageUsers, Object::Any)?;
    let user = insert(&mut tx, number, name, role)?;
    tx.commit()?;
    Ok(user)
}

fn insert(tx: &mut Tx<'_>, number: i64, name: &str, role: Role) -> Result<User> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
        return Err(Error::Refused(
            "name: give 1 to 255 printable characters, such as \"David Brown\"".into(),
        ));
    }
    if number < 1 {
        return Err(Error::Refused("number: give a whole number from 1, such as 24".into()));
    }
    if let Some(other) = find(&tx.tx, name)? {
        return Err(Error::Refused(format!("name: {} is user #{} already", other.name, other.number)));
    }
    if let Some(other) = find_number(&tx.tx, number)? {
        return Err(Error::Refused(format!("number: #{number} is {} already", other.name)));
    }
    let user = User { id: UserId(tx.id()), number, name: name.to_owned(), role, active: true };
    tx.tx.execute(
        "insert into user (id, number, name, role, created_at) values (?1, ?2, ?3, ?4, ?5)",
        params![user.id, user.number, user.name, user.role, tx.now],
    )?;
    audit::record(
        tx,
        "user added",
        ("user", Some(user.id.0)),
        &json!({ "number": number, "name": user.name, "role": role.as_str() }),
    )?;
    Ok(user)
}

/// Everybody, by number.
///
/// # Errors
/// Only if the file cannot be read or `actor` may not.
pub fn list(db: &Db, actor: &Actor) -> Result<Vec<User>> {
    allow(actor, Action::ReadUsers, Object::Any)?;
    all(db)
}

/// Everybody, as the screen shows them.
///
/// # Errors
/// The actor may not.
pub fn people(db: &Db, actor: &Actor) -> Result<Vec<Person>> {
    let person = |user: User| Person {
        id: user.id,
        number: user.number,
        name: SafeText::new(&user.name),
        role: user.role.as_str().to_owned(),
        active: user.active,
    };
    Ok(list(db, actor)?.into_iter().map(person).collect())
}

/// Everybody, for choosing who acts: nobody has signed in yet.
pub fn all(db: &Db) -> Result<Vec<User>> {
    let mut statement =
        db.conn().prepare("select id, number, name, role, active from user order by number")?;
    let users = statement.query_map([], user)?;
    Ok(users.collect::<rusqlite::Result<_>>()?)
}

/// The name of somebody who works here.
pub(super) fn active_name(conn: &rusqlite::Connection, id: UserId) -> Result<String> {
    conn.prepare_cached("select name from user where id = ?1 and active")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "user", name: "nobody active has this number".into() })
}

/// Finds an active person by name (any case) or number (`24`, `#24`).
pub fn by_name(db: &Db, name: &str) -> Result<Option<User>> {
    active(db.conn(), name)
}

/// The same inside a write.
pub(super) fn active(conn: &rusqlite::Connection, name: &str) -> Result<Option<User>> {
    let number = name.strip_prefix('#').unwrap_or(name).parse::<i64>();
    let user = match number {
        Ok(number) => find_number(conn, number)?,
        Err(_) => find(conn, name.trim())?,
    };
    Ok(user.filter(|user| user.active))
}

fn find(conn: &rusqlite::Connection, name: &str) -> Result<Option<User>> {
    Ok(conn
        .query_row("select id, number, name, role, active from user where name = ?1", [name], user)
        .optional()?)
}

fn find_number(conn: &rusqlite::Connection, number: i64) -> Result<Option<User>> {
    Ok(conn
        .query_row("select id, number, name, role, active from user where number = ?1", [number], user)
        .optional()?)
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        number: row.get(1)?,
        name: row.get(2)?,
        role: row.get(3)?,
        active: row.get(4)?,
    })
}
