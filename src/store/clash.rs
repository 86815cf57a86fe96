//! Clashes with the master: what was seen of it, which fields are in clash, and how a clash is decided
//! (design 5, NIC-134, NIC-135, G12). Nothing is overwritten: a decision retires the captures it is about,
//! and what is to count instead of the master's value is a capture of its own.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::claims::fenced;
use super::effective::Shown;
use super::updates::{self, Capture, Leaving};
use super::{Db, Error, Result, Tx, allow, audit, customers, effective, lanes, master, merge, outbox};
use crate::domain::batch::Lane;
use crate::domain::clash::{self, Policy, Side, Sighting};
use crate::domain::email::Email;
use crate::domain::fold::Effective;
use crate::domain::ids::{CustomerId, JobId, UpdateId};
use crate::domain::job::Step;
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Clash, Clashes, Take, Witness};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::{Field, MAX_NOTES, NewUpdate, Reason, Status};

/// Why a text of the machine waits; the outbox says "waits: " before it.
pub(super) const HELD: &str = "the contact is in clash";

/// The master was read: what it says of a field of which something was captured.
pub(super) fn saw(
    tx: &Tx<'_>,
    customer: CustomerId,
    field: Field,
    value: Option<&str>,
    changed: Option<Micros>,
) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into master_seen (customer_id, field, value, changed_at, seen_at, after_update)
             values (?1, ?2, ?3, ?4, ?5, (select coalesce(max(seq), 0) from contact_update))
             on conflict (customer_id, field) do update set
                changed_at = case when value is excluded.value then coalesce(excluded.changed_at, changed_at)
                    else excluded.changed_at end,
                value = excluded.value, seen_at = excluded.seen_at, after_update = excluded.after_update",
        )?
        .execute(params![customer, field, value, changed, tx.now])?;
    Ok(())
}

/// What was seen is not known any more: the import that saw it was taken back.
pub(super) fn forget(tx: &Tx<'_>, customer: CustomerId) -> Result<()> {
    tx.tx.prepare_cached("delete from master_seen where customer_id = ?1")?.execute([customer])?;
    Ok(())
}

/// What the master was last seen to say.
pub(super) fn sighting(conn: &Connection, customer: CustomerId, field: Field) -> Result<Option<Sighting>> {
    Ok(conn
        .prepare_cached(
            "select value, seen_at, after_update, changed_at from master_seen
             where customer_id = ?1 and field = ?2",
        )?
        .query_row(params![customer, field], |row| {
            Ok(Sighting { value: row.get(0)?, at: row.get(1)?, after: row.get(2)?, changed: row.get(3)? })
        })
        .optional()?)
}

/// When the master was read after the capture `seq`, if it was.
pub(super) fn compared(
    conn: &Connection,
    customer: CustomerId,
    field: Field,
    seq: i64,
) -> Result<Option<Micros>> {
    Ok(sighting(conn, customer, field)?.filter(|seen| seen.after >= seq).map(|seen| seen.at))
}

fn is_clash(conn: &Connection, lane: &Lane) -> Result<bool> {
    let seen = sighting(conn, lane.customer, lane.field)?;
    let mut entered = conn.prepare_cached(
        "select synced_at from contact_update_state where update_id = ?1 and status = 'synced'",
    )?;
    Ok(clash::is_clash(lane, seen.as_ref(), |capture| {
        entered.query_row([capture.update], |row| row.get(0)).ok().flatten()
    }))
}

/// Writes whether this field is in clash; `any` tells that something was captured at all.
pub(super) fn project(
    conn: &Connection,
    now: Micros,
    customer: CustomerId,
    field: Field,
    any: bool,
) -> Result<()> {
    let clashes = any && is_clash(conn, &lanes::read(conn, customer, field)?)?;
    let sql = if clashes {
        "insert into contact_clash (customer_id, field, since) values (?1, ?2, ?3) on conflict do nothing"
    } else {
        "delete from contact_clash where customer_id = ?1 and field = ?2 and ?3 is not null"
    };
    conn.prepare_cached(sql)?.execute(params![customer, field, now])?;
    Ok(())
}

/// The clashes of a file of an earlier release.
pub(super) fn build(conn: &Connection) -> Result<()> {
    for (customer, field) in captured(conn)? {
        let since = sighting(conn, customer, field)?.map(|seen| seen.at).unwrap_or_default();
        project(conn, since, customer, field, true)?;
    }
    Ok(())
}

/// The state of an update has changed: what was in clash may not be any more, or be again.
pub(super) fn look_again(tx: &Tx<'_>, customer: CustomerId) -> Result<()> {
    Field::ALL.into_iter().try_for_each(|field| project(&tx.tx, tx.now, customer, field, true))
}

/// Every customer and field of which something was captured.
fn captured(conn: &Connection) -> Result<Vec<(CustomerId, Field)>> {
    let mut statement = conn.prepare(
        "select distinct u.customer_id, f.field from contact_update u
         join contact_update_field f on f.update_id = u.id",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Customers and fields that are in clash and not shown, or the other way round; empty in a sound file.
///
/// # Errors
/// Only if the file cannot be read.
pub fn differences(db: &Db) -> Result<Vec<(CustomerId, Field)>> {
    let conn = db.conn();
    let mut shown = {
        let mut statement = conn.prepare("select customer_id, field from contact_clash")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<(CustomerId, Field)>>>()?
    };
    let mut wrong = Vec::new();
    for (customer, field) in captured(conn)? {
        let at = shown.iter().position(|known| *known == (customer, field));
        if let Some(at) = at {
            shown.swap_remove(at);
        }
        if is_clash(conn, &lanes::read(conn, customer, field)?)? != at.is_some() {
            wrong.push((customer, field));
        }
    }
    wrong.extend(shown);
    Ok(wrong)
}

/// Is a contact of this customer in clash? Texts of the machine wait meanwhile.
pub(super) fn holds(conn: &Connection, customer: CustomerId) -> Result<bool> {
    Ok(conn.prepare_cached("select 1 from contact_clash where customer_id = ?1")?.exists([customer])?)
}

/// All clashes, the oldest first. Whoever was deleted meanwhile has none any more; of whoever was merged
/// away the updates wait as before.
///
/// # Errors
/// The actor may not.
pub fn list(db: &Db, actor: &Actor) -> Result<Clashes> {
    allow(actor, Action::ReadUpdates, Object::Any)?;
    let conn = &*db.snapshot()?;
    let mut statement = conn.prepare_cached(
        "select x.customer_id, x.field, x.since, c.name, c.policy_number from contact_clash x
         join customer c on c.id = x.customer_id
         where c.deleted_at is null or exists (select 1 from customer_merged m where m.gone = c.id)
         order by x.since, c.seq, x.field",
    )?;
    let mut rows = statement.query([])?;
    let mut clashes = Vec::new();
    while let Some(row) = rows.next()? {
        let (customer, field): (CustomerId, Field) = (row.get(0)?, row.get(1)?);
        let lane = lanes::read(conn, customer, field)?;
        let seen = sighting(conn, customer, field)?;
        let read = lanes::master_seen(conn, customer, field, lane.master.as_deref())?;
        let witnesses = witnesses(conn, &lane)?;
        let (Some(first), Some(last)) = (witnesses.first(), witnesses.last()) else { continue };
        clashes.push(Clash {
            customer,
            policy: SafeText::new(&row.get::<_, Option<String>>(4)?.unwrap_or_default()),
            name: SafeText::new(&row.get::<_, String>(3)?),
            field: field.as_str().to_owned(),
            since: row.get(2)?,
            was: first.old.clone(),
            ours: last.new.clone(),
            theirs: lane.master.as_deref().map(SafeText::new),
            read: seen.as_ref().map(|seen| seen.at).or(read),
            changed: seen.and_then(|seen| seen.changed),
            held: held(conn, customer)?,
            witnesses,
        });
    }
    let feed = master::feed(db)?;
    let failing = feed.failed.map(|_| SafeText::new(&feed.reason));
    Ok(Clashes { all: clashes, feed: feed.ended, failing })
}

fn witnesses(conn: &Connection, lane: &Lane) -> Result<Vec<Witness>> {
    let mut statement = conn.prepare_cached(
        "select captured_at, agent_number, agent_name, reason, notes, verified_by from contact_update where seq = ?1",
    )?;
    let mut witnesses = Vec::new();
    for capture in clash::open(lane) {
        witnesses.push(statement.query_row([capture.seq], |row| {
            Ok(Witness {
                seq: capture.seq,
                at: row.get(0)?,
                agent: row.get(1)?,
                agent_name: SafeText::new(&row.get::<_, String>(2)?),
                old: capture.base.as_deref().map(SafeText::new),
                new: SafeText::new(&capture.new),
                reason: row.get::<_, Reason>(3)?.as_str().to_owned(),
                notes: SafeText::new(&row.get::<_, String>(4)?),
                verified_by: row.get::<_, Option<String>>(5)?.map(|by| SafeText::new(&by)),
                status: capture.status.as_str().to_owned(),
            })
        })?);
    }
    Ok(witnesses)
}

/// Texts of the machine to this customer that have not left.
fn held(conn: &Connection, customer: CustomerId) -> Result<i64> {
    Ok(conn
        .prepare_cached(
            "select count(*) from message m join job j on j.subject_id = m.id and j.kind = 'text'
             where m.customer_id = ?1 and (m.automatic or m.sent_by is null) and j.state = 'waiting'",
        )?
        .query_row([customer], |row| row.get(0))?)
}

/// Which clash is meant, as it was shown: a decision about something else is refused.
#[derive(Clone, PartialEq, Eq)]
pub struct Which {
    pub customer: CustomerId,
    pub field: Field,
    /// The newest capture.
    pub newest: i64,
    pub theirs: Option<SafeText>,
}

crate::domain::redact::redacted_debug!(Which, customer, field, newest);

/// What a decision came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The captures that are settled by it.
    pub settled: Vec<i64>,
    /// The capture that is to be entered in the master, where ours or another value was taken.
    pub update: Option<i64>,
}

/// Decides a clash. Theirs: the master's value counts. Ours or another value: a new capture, made in full
/// knowledge of the master's value, that is entered in the master like any other.
///
/// # Errors
/// It is decided already, it looks different by now, the customer is deleted, or not an admin.
pub fn resolve(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    which: &Which,
    take: &Take,
    why: &str,
    leaving: Leaving,
) -> Result<Resolved> {
    let mut tx = db.begin(actor, now)?;
    // Deciding what the master is to say and saying that it says so are one trust.
    tx.allow(Action::MarkSynced, Object::Any)?;
    let customer = which.customer;
    let refuse = |why: &str| Err(Error::Refused(why.to_owned()));
    if merge::living(&tx.tx, customer)? != customer {
        if *take != Take::Theirs {
            return refuse(
                "this customer was merged into another one: take the master's value here, then update the other",
            );
        }
    } else if !customers::is_there(&tx.tx, customer)? {
        return refuse("this customer was deleted meanwhile: there is nothing to decide");
    }
    if !holds_field(&tx.tx, customer, which.field)? {
        return refuse("it is in no clash any more: there is nothing to decide");
    }
    let lane = lanes::read(&tx.tx, customer, which.field)?;
    let newest = clash::open(&lane).next_back().map(|capture| capture.seq);
    if newest != Some(which.newest) || lane.master.as_deref().map(SafeText::new) != which.theirs {
        return refuse("it has changed since you looked: look at it once more, then decide");
    }
    let resolved = settle(&mut tx, &lane, take, why, leaving)?;
    tx.commit()?;
    Ok(resolved)
}

fn holds_field(conn: &Connection, customer: CustomerId, field: Field) -> Result<bool> {
    Ok(conn
        .prepare_cached("select 1 from contact_clash where customer_id = ?1 and field = ?2")?
        .exists(params![customer, field])?)
}

fn settle(tx: &mut Tx<'_>, lane: &Lane, take: &Take, why: &str, leaving: Leaving) -> Result<Resolved> {
    let (customer, field) = (lane.customer, lane.field);
    let ours = clash::open(lane).next_back().map(|capture| (capture.update, capture.new.clone()));
    let value = match take {
        Take::Theirs => None,
        Take::Ours => ours.as_ref().map(|(_, new)| new.clone()),
        Take::Other(value) => Some(value.clone()),
    };
    // Another value that is the master's own is theirs.
    let value = value.filter(|value| Some(value) != lane.master.as_ref());
    let settled: Vec<i64> = clash::open(lane).map(|capture| capture.seq).collect();
    for capture in clash::open(lane) {
        tx.tx
            .prepare_cached(
                "insert into contact_update_retirement (update_id, field, why, master_value, user_id, at)
                 values (?1, ?2, 'resolved', ?3, ?4, ?5)",
            )?
            .execute(params![capture.update, field, lane.master, tx.actor.user, tx.now])?;
    }
    effective::refold(tx, customer, field)?;
    let update = match &value {
        None => None,
        Some(value) => {
            let new = as_update(field, value, why)?;
            let base = lane.master.clone();
            let seen = base.map(|value| Effective { value, update: ours.map(|(update, _)| update) });
            let shown = match field {
                Field::Mobile => Shown { mobile: seen, email: None },
                Field::Email => Shown { mobile: None, email: seen },
            };
            let about = Capture { shown, ..Capture::default() };
            let id = updates::capture_in(tx, customer, &new, &about, leaving)?;
            Some(tx.tx.query_row("select seq from contact_update where id = ?1", [id], |row| row.get(0))?)
        }
    };
    let said = match (&update, take) {
        (Some(update), _) => format!("its clash with the master was decided: number {update} counts"),
        (None, _) => "its clash with the master was decided: the master's value counts".to_owned(),
    };
    for capture in clash::open(lane) {
        close(tx, capture.update, &said)?;
    }
    release(tx, customer)?;
    let taken = match take {
        Take::Theirs => "theirs",
        Take::Ours => "ours",
        Take::Other(_) => "another value",
    };
    let detail = json!({
        "customer": customer.to_string(), "field": field.as_str(), "took": taken, "updates": settled,
        "update": update, "reason": why,
    });
    audit::record(tx, "clash decided", ("customer", Some(customer.0)), &detail)?;
    Ok(Resolved { settled, update })
}

/// The values were checked when they came in, or when they were typed.
fn as_update(field: Field, value: &str, why: &str) -> Result<NewUpdate> {
    let unreadable = || Error::Refused(format!("{field}: {value} cannot be taken; type another value"));
    let note = if why.trim().is_empty() { String::new() } else { format!(": {}", why.trim()) };
    let notes: String = format!("clash with the master decided{note}").chars().take(MAX_NOTES).collect();
    Ok(match field {
        Field::Mobile => NewUpdate::of_known(Some(E164::parse(value).ok_or_else(unreadable)?), None, notes),
        Field::Email => {
            NewUpdate::of_known(None, Some(Email::parse(value).map_err(|_| unreadable())?), notes)
        }
    })
}

/// An update of which nothing is left to be entered is done with; one that changes the other field, too,
/// stays for that.
fn close(tx: &Tx<'_>, update: UpdateId, why: &str) -> Result<()> {
    let closed = tx
        .tx
        .prepare_cached(
            "update contact_update_state set status = ?2, status_reason = ?3, rev = rev + 1
             where update_id = ?1 and status in ('pending', 'held')
               and not exists (select 1 from contact_update_field f where f.update_id = ?1
                   and not exists (select 1 from contact_update_retirement r
                       where r.update_id = f.update_id and r.field = f.field))",
        )?
        .execute(params![update, Status::Rejected, why])?;
    if closed == 0 {
        return Ok(());
    }
    let waiting: Option<JobId> = tx
        .tx
        .prepare_cached("select id from job where subject_id = ?1 and kind = 'update' and state = 'waiting'")?
        .query_row([update], |row| row.get(0))
        .optional()?;
    match waiting {
        Some(job) => outbox::step(tx, job, Step::Cancel, why, None).map(drop),
        None => Ok(()),
    }
}

/// What waited for the decision may leave at once.
fn release(tx: &Tx<'_>, customer: CustomerId) -> Result<()> {
    if holds(&tx.tx, customer)? {
        return Ok(());
    }
    tx.tx
        .prepare_cached(
            "update job set not_before = ?2, reason = null where state = 'waiting' and kind = 'text' and reason = ?3
               and subject_id in (select id from message where customer_id = ?1)",
        )?
        .execute(params![customer, tx.now, HELD])?;
    Ok(())
}

/// Decides what the policy can decide without a person; answers with how many.
///
/// # Errors
/// Fenced, or the disk refuses.
pub fn apply(db: &mut Db, epoch: i64, now: Micros, policy: Policy, leaving: Leaving) -> Result<usize> {
    if policy == Policy::Ask || !any(db)? {
        return Ok(0);
    }
    let machine = Actor::machine();
    let mut tx = fenced(db, &machine, epoch, now)?;
    let clashes = {
        let mut statement = tx.tx.prepare_cached(
            "select x.customer_id, x.field from contact_clash x join customer c on c.id = x.customer_id
             where c.deleted_at is null",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<(CustomerId, Field)>>>()?
    };
    let mut decided = 0;
    for (customer, field) in clashes {
        let lane = lanes::read(&tx.tx, customer, field)?;
        let changed = sighting(&tx.tx, customer, field)?.and_then(|seen| seen.changed);
        let Some(newest) = clash::open(&lane).next_back() else { continue };
        let captured: Micros = tx.tx.query_row(
            "select captured_at from contact_update where id = ?1",
            [newest.update],
            |row| row.get(0),
        )?;
        let take = match policy.decide(captured, changed) {
            None => continue,
            Some(Side::Ours) => Take::Ours,
            Some(Side::Theirs) => Take::Theirs,
        };
        settle(&mut tx, &lane, &take, &format!("by the rule: {}", policy.as_str()), leaving)?;
        decided += 1;
    }
    tx.commit()?;
    Ok(decided)
}

fn any(db: &Db) -> Result<bool> {
    Ok(db.conn().prepare_cached("select 1 from contact_clash limit 1")?.exists([])?)
}
