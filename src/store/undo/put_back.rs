//! What is done about an update that cannot be withdrawn any more: a new update of what was on file
//! before, which says so (design 4.8).

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Candidate, act, captured, own, refuse};
use crate::domain::email::Email;
use crate::domain::job::Kind;
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{PUT_BACK, Undoable, Undone};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::{Field, NewUpdate, Status};
use crate::store::updates::{self, Capture, Leaving};
use crate::store::{Db, Error, Result, Tx, effective};

/// How long `u` offers it. Later there is the form.
const LATER: Duration = Duration::from_secs(600);

/// Nobody has changed the field since, and there is something to put back.
pub(super) fn newest(conn: &Connection, actor: &Actor, now: Micros) -> Result<Option<Candidate>> {
    let mut statement = conn.prepare_cached(
        "select u.seq, u.customer_id, c.name, u.captured_at,
            (select max(seq) from audit a where a.object_id = u.id and a.action = 'contact updated')
         from contact_update u indexed by contact_update_captured
         join contact_update_state s on s.update_id = u.id join customer c on c.id = u.customer_id
         where u.captured_at > ?2 and u.agent_id = ?1 and u.origin = 'here' and u.compensates is null
           and s.status in ('pending', 'held', 'synced')
           and exists (select 1 from contact_update_field f join effective_contact e
                on e.customer_id = u.customer_id and e.field = f.field and e.update_id = u.id
                where f.update_id = u.id and f.base is not null)
         order by u.seq desc limit 1",
    )?;
    let candidate = |row: &Row<'_>| {
        let (entry, what) = act(row, Kind::Update, row.get::<_, Micros>(3)? + LATER, 4)?;
        Ok((entry, Undoable { kind: PUT_BACK.to_owned(), ..what }))
    };
    Ok(statement.query_row(params![actor.user, now - LATER], candidate).optional()?)
}

/// Saves the update that puts back what an update of the actor's own has replaced.
///
/// # Errors
/// It is somebody else's, somebody has changed the field since, or there was nothing before.
pub fn put_back(db: &mut Db, actor: &Actor, now: Micros, seq: i64, leaving: Leaving) -> Result<Undone> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::CaptureUpdate, Object::Any)?;
    let update = captured(&tx, seq)?;
    own(&tx, update.agent)?;
    if matches!(update.status, Status::Withdrawn | Status::Rejected) {
        return refuse(format!("it is {} already: it counts no more", update.status.as_str()));
    }
    let shown = effective::read(&tx.tx, update.customer)?;
    let mut back = Vec::new();
    for (field, base) in bases(&tx, seq)? {
        if shown.get(field).and_then(|now| now.update) == Some(update.id) {
            back.push((field, base));
        }
    }
    let value = |field| back.iter().find(|(known, _)| *known == field).and_then(|(_, base)| base.clone());
    let mobile = value(Field::Mobile).and_then(|mobile| E164::parse(&mobile));
    let email = value(Field::Email).and_then(|email| Email::parse(&email).ok());
    if back.is_empty() {
        return refuse("it was changed again since: look at the card first");
    }
    if mobile.is_none() && email.is_none() {
        return refuse("there was nothing on file before it to put back: capture the right one");
    }
    let new = NewUpdate::of_known(mobile, email, format!("takes back update {seq}"));
    let about = Capture { shown, compensates: Some(update.id), ..Capture::default() };
    updates::capture_in(&mut tx, update.customer, &new, &about, leaving)?;
    tx.commit()?;
    Ok(Undone {
        kind: PUT_BACK.to_owned(),
        customer: Some(update.customer),
        name: SafeText::new(&update.name),
        body: String::new(),
    })
}

fn bases(tx: &Tx<'_>, seq: i64) -> Result<Vec<(Field, Option<String>)>> {
    let mut statement = tx.tx.prepare_cached(
        "select f.field, f.base from contact_update_field f join contact_update u on u.id = f.update_id
         where u.seq = ?1",
    )?;
    let rows = statement.query_map([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect::<rusqlite::Result<_>>().map_err(Error::from)
}
