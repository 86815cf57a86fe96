//! What the sync last knew of each system outside: the ONLINE or OFFLINE of every screen.

use rusqlite::{Row, params};

use super::claims::fenced;
use super::{Db, Result};
use crate::domain::job::Destination;
use crate::domain::role::Actor;
use crate::domain::time::Micros;

/// How a destination answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Nobody has asked it yet.
    Unknown,
    Online,
    Offline,
    /// It refuses our credentials.
    Refused,
    /// It cannot be asked: the reason says what is missing.
    NotSetUp,
}

impl Health {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Refused => "refused",
            Self::NotSetUp => "not set up",
        }
    }

    /// V4 has no word for what is not set up: that is unknown, with a reason.
    fn stored(self) -> &'static str {
        if self == Self::NotSetUp { Self::Unknown.as_str() } else { self.as_str() }
    }

    fn parse(text: &str, reason: &str) -> Self {
        let unknown = if reason.is_empty() { Self::Unknown } else { Self::NotSetUp };
        [Self::Online, Self::Offline, Self::Refused]
            .into_iter()
            .find(|health| health.as_str() == text)
            .unwrap_or(unknown)
    }
}

/// One destination as last known.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub destination: Destination,
    pub health: Health,
    pub reason: String,
    pub since: Micros,
    pub last_ok: Micros,
    /// Up to when it has been polled to the end; zero before the first time.
    pub polled_to: Micros,
}

/// Reads what is known of one destination.
///
/// # Errors
/// Only if the file cannot be read.
pub fn known(db: &Db, destination: Destination) -> Result<Known> {
    Ok(db
        .conn()
        .prepare_cached(
            "select name, state, reason, since, last_ok, polled_to from destination where name = ?1",
        )?
        .query_row([destination], row)?)
}

fn row(row: &Row<'_>) -> rusqlite::Result<Known> {
    let reason: String = row.get(2)?;
    Ok(Known {
        destination: row.get(0)?,
        health: Health::parse(&row.get::<_, String>(1)?, &reason),
        reason,
        since: row.get(3)?,
        last_ok: row.get(4)?,
        polled_to: row.get(5)?,
    })
}

/// Writes a change of health.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn set(
    db: &mut Db,
    epoch: i64,
    now: Micros,
    to: Destination,
    health: Health,
    reason: &str,
) -> Result<()> {
    let machine = Actor::machine();
    let tx = fenced(db, &machine, epoch, now)?;
    tx.tx.execute(
        "update destination set since = case when state = ?2 then since else ?4 end,
            last_ok = case when ?2 = 'online' then ?4 else last_ok end, state = ?2, reason = ?3
         where name = ?1",
        params![to, health.stored(), reason, now],
    )?;
    tx.commit()
}
