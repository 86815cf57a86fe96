//! The state rows of every screen. Read at every change, so each number comes from an index that
//! holds only what it counts.

use std::time::Duration;

use rusqlite::Connection;

use super::destinations::{self, Health, Known};
use super::{Db, Result, allow, outbox, queue, ring};
use crate::domain::job::Destination;
use crate::domain::role::{Action, Actor, Decision, Object, can};
use crate::domain::shown::State;
use crate::domain::time::Micros;

/// A refused text or mark asks for a person this long; a refused upload until somebody dealt with it.
const RECENT: Duration = Duration::from_secs(86_400);

/// Reads what the first two rows say.
///
/// # Errors
/// The actor may not.
pub fn read(db: &Db, actor: &Actor, now: Micros) -> Result<State> {
    allow(actor, Action::ReadOutbox, Object::Any)?;
    let conn = db.snapshot()?;
    let jobs = outbox::counts(db)?;
    let mut state = State {
        to_upload: jobs.to_upload,
        texts_waiting: jobs.texts_waiting,
        needs_person: jobs.unconfirmed + jobs.parked + failed(&conn, now)?,
        unread: conn
            .prepare_cached("select count(*) from conversation where unread > 0")?
            .query_row([], |row| row.get(0))?,
        pending: pending(&conn, actor)?,
        uploaded_at: conn
            .prepare_cached("select max(settled_at) from job where kind = 'update' and state = 'accepted'")?
            .query_row([], |row| row.get(0))?,
        ring: ring::newest(&conn, actor, now)?,
        ..State::default()
    };
    for to in Destination::ALL {
        outside(&mut state, destinations::known(db, to)?);
    }
    Ok(state)
}

fn outside(state: &mut State, known: Known) {
    let Known { destination, health, reason, since, .. } = known;
    match (health, destination) {
        (Health::Unknown | Health::Online, _) => {}
        (Health::Offline, _) => state.offline = Some(state.offline.map_or(since, |at| at.min(since))),
        (Health::Refused, _) => {
            state.refused.get_or_insert(format!("{destination}: {reason}"));
        }
        (Health::NotSetUp, Destination::Twilio) => state.no_texting = Some(reason),
        (Health::NotSetUp, Destination::Upstream) => state.no_upload = Some(reason),
        (Health::NotSetUp, Destination::Mail) => state.no_mail = Some(reason),
    }
}

/// Lines that came to nothing and that nobody has tried again or entered by hand.
fn failed(conn: &Connection, now: Micros) -> Result<i64> {
    let lines: i64 = conn
        .prepare_cached(
            "select count(*) from job j where j.state = 'rejected' and j.settled_at >= ?1 and j.kind <> 'update'
               and not exists (select 1 from job r where r.retry_of = j.id)",
        )?
        .query_row([now - RECENT], |row| row.get(0))?;
    let uploads: i64 = conn
        .prepare_cached(
            "select count(*) from contact_update_state where upload = 'refused' and +status in ('pending', 'held')",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(lines + uploads)
}

/// Agents see their own updates only (NIC-100), so only those are counted for them, and none of many.
fn pending(conn: &Connection, actor: &Actor) -> Result<i64> {
    let all = can(actor, Action::ReadUpdates, Object::Any) == Decision::Allow;
    queue::pending(conn, (!all).then_some(actor.number))
}
