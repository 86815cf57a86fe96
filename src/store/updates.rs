//! Contact updates: capture, list, mark as synced.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;
use std::time::Duration;

use super::consent::{self, NewEntry};
use super::effective::{self, Shown};
use super::messages::{self, NewText, Window};
use super::outbox::{self, NewJob};
use super::{Db, Error, Result, Tx, allow, audit, card, clash, customers, merge, notes, trust};
use crate::domain::consent::{Act, Purpose};
use crate::domain::ids::{CustomerId, InteractionId, UpdateId, UserId};
use crate::domain::job::Kind;
use crate::domain::phone::E164;
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Decision, Object, can};
use crate::domain::search::captured_tokens;
use crate::domain::shown::Proof;
use crate::domain::text::Body;
use crate::domain::time::Micros;
use crate::domain::update::{self, Field, FieldError, NewUpdate, Reason, Status, Upload};
use crate::domain::wording;

/// How what is saved leaves the building.
#[derive(Clone, Copy, Debug)]
pub struct Leaving {
    /// Nothing leaves before this has passed (design 4.8).
    pub undo: Duration,
    /// Is there an upstream? Without one, updates and marks stay here (NIC's first phase).
    pub upstream: bool,
}

/// What a capture is about, beside the form.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    /// What the screen showed while the agent typed.
    pub shown: Shown,
    pub interaction: Option<InteractionId>,
    /// How the caller was identified.
    pub verified_by: Option<String>,
    /// What was read back to the caller: it is right.
    pub read_back: Vec<Field>,
    /// The mobile that is replaced is told so.
    pub tell_old: Option<Telling>,
    /// The update that this one takes back after it has left.
    pub compensates: Option<UpdateId>,
    /// The customer was asked with [`wording::VOICE`] and said yes to service texts: it goes into
    /// the consent log of the mobile that counts after this capture.
    pub voice_yes: bool,
    /// The office wants it approved before it counts (NIC-131). Whoever may approve needs no approval.
    pub approval: bool,
}

/// Who tells an old mobile that it was replaced, and when.
#[derive(Clone, Debug)]
pub struct Telling {
    pub from: E164,
    pub window: Window,
}

/// Saves a contact update: the fact, its state, the projection, the timeline, the job and the audit
/// entry in one transaction (NIC-3, NIC-11). Durable when this returns.
///
/// # Errors
/// The value is on file already, no such customer, or the actor may not.
pub fn capture(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    customer: CustomerId,
    new: &NewUpdate,
    about: &Capture,
    leaving: Leaving,
) -> Result<UpdateId> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::CaptureUpdate, Object::Any)?;
    let customer = merge::living(&tx.tx, customer)?;
    let id = capture_in(&mut tx, customer, new, about, leaving)?;
    tx.commit()?;
    Ok(id)
}

/// The same inside the write it belongs to.
pub(super) fn capture_in(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    new: &NewUpdate,
    about: &Capture,
    leaving: Leaving,
) -> Result<UpdateId> {
    let card = customers::read(&tx.tx, customer)?;
    refuse_unchanged(tx, customer, new)?;
    let old = effective::projected(&tx.tx, customer, Field::Mobile)?;
    let id = UpdateId(tx.id());
    let fact = Fact {
        id,
        customer,
        master_id: card.master_ids.first().cloned(),
        policy_number: card.policy_number.unwrap_or_default(),
        customer_name: card.name,
        reason: new.reason(),
        notes: new.notes().to_owned(),
        agent: (tx.actor.user, tx.actor.number, tx.actor.name.clone()),
        interaction: about.interaction,
        verified_by: about.verified_by.clone(),
        compensates: about.compensates,
        origin: "here",
        captured_at: tx.now,
    };
    insert_fact(tx, &fact)?;
    for (field, value, raw) in new.changes() {
        let seen = about.shown.get(field);
        let base = seen.map(|seen| seen.value.as_str());
        insert_field(tx, id, field, base, value, raw, seen.and_then(|seen| seen.update))?;
    }
    let trusted = can(tx.actor, Action::ApproveUpdates, Object::Any) == Decision::Allow;
    let awaits = about.approval && !trusted;
    let status = if awaits { Status::AwaitingApproval } else { Status::Pending };
    insert_state(tx, id, status, Upload::NotUploaded)?;
    for (field, value, _) in new.changes() {
        effective::refold(tx, customer, field)?;
        if about.read_back.contains(&field) {
            trust::read_back(tx, id, value)?;
        }
        note_doubt(tx, id, customer, field, value)?;
    }
    notes::record_interaction(tx, customer, "update", None, id.0)?;
    // The yes was said to the new number, whether it counts already or not.
    let new_mobile =
        new.changes().find(|(field, ..)| *field == Field::Mobile).map(|(_, new, _)| new.to_owned());
    let now = effective::projected(&tx.tx, customer, Field::Mobile)?.map(|mobile| mobile.value);
    let mobile = new_mobile.or(now);
    if let Some(number) = mobile.and_then(|mobile| E164::parse(&mobile)).filter(|_| about.voice_yes) {
        let yes = NewEntry {
            wording: wording::VOICE,
            wording_version: wording::VOICE_VERSION,
            ..consent::spoken(&number, Some(customer), Act::Grant)
        };
        consent::write(tx, &yes)?;
    }
    if leaving.upstream && !awaits {
        let job = NewJob::new(Kind::Update, customer.0, id.0, tx.now + leaving.undo);
        outbox::enqueue(tx, &job)?;
    }
    // What awaits a yes has replaced nothing yet.
    let telling = about.tell_old.as_ref().filter(|_| !awaits);
    if let (Some(telling), Some(_), Some(old)) = (telling, new.mobile(), old) {
        tell_old(tx, id, customer, &old.value, telling)?;
    }
    let fields: Vec<&str> = new.changes().map(|(field, ..)| field.as_str()).collect();
    let mut detail =
        json!({ "customer": customer.to_string(), "fields": fields, "reason": new.reason().as_str() });
    if let Some(by) = &about.verified_by {
        detail["verified_by"] = json!(by);
    }
    if !about.read_back.is_empty() {
        detail["read_back"] = json!(about.read_back.iter().map(|field| field.as_str()).collect::<Vec<_>>());
    }
    audit::record(tx, "contact updated", ("update", Some(id.0)), &detail)?;
    Ok(id)
}

/// Written beside the fact for agent and admin; nothing is blocked.
fn note_doubt(tx: &Tx<'_>, update: UpdateId, customer: CustomerId, field: Field, value: &str) -> Result<()> {
    let others = match field {
        Field::Mobile => card::sharing(&tx.tx, customer, value)?,
        Field::Email => 0,
    };
    if let Some(why) = update::doubt(field, value, others) {
        tx.tx
            .prepare_cached("insert into contact_update_doubt (update_id, field, why) values (?1, ?2, ?3)")?
            .execute(params![update, field, why])?;
    }
    Ok(())
}

/// A text to the number that was replaced, through the queue and its gates like any other; a number that
/// takes no texts gets none. It is nobody's: whoever has changed the number cannot cancel the word of it.
fn tell_old(
    tx: &mut Tx<'_>,
    update: UpdateId,
    customer: CustomerId,
    old: &str,
    telling: &Telling,
) -> Result<()> {
    let now = effective::projected(&tx.tx, customer, Field::Mobile)?;
    let replaced = now.is_some_and(|now| now.value != old);
    let Some(to) = E164::parse(old).filter(|_| replaced) else { return Ok(()) };
    if card::trust(&tx.tx, old)?.proof == Proof::Bad {
        return Ok(());
    }
    let text = NewText {
        from: telling.from.clone(),
        to,
        customer: Some(customer),
        body: Body(wording::MOBILE_CHANGED.to_owned()),
        purpose: Purpose::Service,
    };
    let (message, job) = match messages::queue_along(tx, &text, telling.window.due(tx.now)) {
        Ok(queued) => queued,
        Err(Error::Blocked(block)) => {
            let detail = json!({ "why": block.to_string() });
            return audit::record(tx, "old mobile not told", ("update", Some(update.0)), &detail);
        }
        Err(other) => return Err(other),
    };
    tx.tx.prepare_cached("update job set created_by = null where id = ?1")?.execute([job])?;
    tx.tx.prepare_cached("update message set sent_by = null where id = ?1")?.execute([message])?;
    tx.tx
        .prepare_cached("insert into contact_update_notice (update_id, message_id) values (?1, ?2)")?
        .execute(params![update, message])?;
    Ok(())
}

/// A value that the master has already is no update. The same value as somebody else's open
/// capture is one: two witnesses (G12).
fn refuse_unchanged(tx: &Tx<'_>, customer: CustomerId, new: &NewUpdate) -> Result<()> {
    let mut errors = Vec::new();
    for (field, value, _) in new.changes() {
        let now = effective::projected(&tx.tx, customer, field)?;
        if now.is_some_and(|now| now.value == value && now.update.is_none()) {
            let why = "this is what is on file already: nothing to change".to_owned();
            errors.push(FieldError { field: field.as_str(), why });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Fields(errors)) }
}

pub(super) struct Fact {
    pub id: UpdateId,
    pub customer: CustomerId,
    pub master_id: Option<String>,
    pub policy_number: String,
    pub customer_name: String,
    pub reason: Reason,
    pub notes: String,
    pub agent: (Option<UserId>, i64, String),
    pub interaction: Option<InteractionId>,
    pub verified_by: Option<String>,
    pub compensates: Option<UpdateId>,
    pub origin: &'static str,
    pub captured_at: Micros,
}

pub(super) fn insert_fact(tx: &Tx<'_>, fact: &Fact) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into contact_update (id, customer_id, master_id, policy_number, customer_name, reason, notes,
                agent_id, agent_number, agent_name, interaction_id, verified_by, origin, captured_at, compensates)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            fact.id,
            fact.customer,
            fact.master_id,
            fact.policy_number,
            fact.customer_name,
            fact.reason,
            fact.notes,
            fact.agent.0,
            fact.agent.1,
            fact.agent.2,
            fact.interaction,
            fact.verified_by,
            fact.origin,
            fact.captured_at,
            fact.compensates,
        ])?;
    let tokens = captured_tokens(&fact.customer_name, &fact.policy_number);
    tx.tx
        .prepare_cached("insert into update_search (rowid, tokens) values (last_insert_rowid(), ?1)")?
        .execute([tokens])?;
    // A little each time: merged at once, one save in many would wait for all the others.
    tx.tx
        .prepare_cached("insert into update_search (update_search, rank) values ('merge', 16)")?
        .execute([])?;
    Ok(())
}

pub(super) fn insert_field(
    tx: &Tx<'_>,
    update: UpdateId,
    field: Field,
    base: Option<&str>,
    new: &str,
    raw: &str,
    seen: Option<UpdateId>,
) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into contact_update_field (update_id, field, base, new, raw, seen_update)
             values (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![update, field, base, new, raw, seen])?;
    Ok(())
}

pub(super) fn insert_state(tx: &Tx<'_>, update: UpdateId, status: Status, upload: Upload) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into contact_update_state (update_id, status, upload, seq, agent_number, reason, captured_at)
             select id, ?2, ?3, seq, agent_number, reason, captured_at from contact_update where id = ?1",
        )?
        .execute(params![update, status, upload])?;
    Ok(())
}

/// An update with both its fields and its state: NIC's row (NIC-53..68) and ours beside it.
#[derive(Clone, PartialEq)]
pub struct Update {
    pub seq: i64,
    pub id: UpdateId,
    pub upstream_id: Option<i64>,
    pub customer: CustomerId,
    pub master_id: Option<String>,
    pub policy_number: String,
    pub customer_name: String,
    pub old_mobile: Option<String>,
    pub new_mobile: Option<String>,
    pub old_email: Option<String>,
    pub new_email: Option<String>,
    pub reason: Reason,
    pub notes: String,
    pub agent_number: i64,
    pub agent_name: String,
    pub captured_at: Micros,
    pub status: Status,
    pub upload: Upload,
    pub synced_at: Option<Micros>,
    pub synced_by: Option<i64>,
}

redacted_debug!(Update, seq, id, status, upload);

/// Which updates (NIC-81..84, NIC-90..92). Oldest first, from after `after` on.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub status: Option<Status>,
    pub agent_number: Option<i64>,
    /// Captured at or after.
    pub from: Option<Micros>,
    /// Captured before.
    pub before: Option<Micros>,
    /// Part of a policy number or name.
    pub find: Option<String>,
    /// Only after this `seq`: pages never need an offset.
    pub after: i64,
    pub limit: Option<u32>,
}

const SELECT: &str = "
    select u.seq, u.id, (select min(upstream_id) from contact_update_ref r where r.update_id = u.id),
        u.customer_id, u.master_id, u.policy_number, u.customer_name, m.base, m.new, e.base, e.new, u.reason,
        u.notes, u.agent_number, u.agent_name, u.captured_at, s.status, s.upload, s.synced_at, s.synced_by
    from contact_update u
    join contact_update_state s on s.update_id = u.id
    left join contact_update_field m on m.update_id = u.id and m.field = 'mobile'
    left join contact_update_field e on e.update_id = u.id and e.field = 'email'";

/// Hands every matching update to `each`, in constant memory. Agents see their own (NIC-100).
///
/// # Errors
/// The actor may not see them, or `each` failed.
pub fn for_each(
    db: &Db,
    actor: &Actor,
    action: Action,
    filter: &Filter,
    mut each: impl FnMut(Update) -> Result<()>,
) -> Result<()> {
    let own = filter.agent_number == Some(actor.number);
    let object = if own { Object::OwnedBy(actor.user) } else { Object::Any };
    allow(actor, action, object)?;
    // Few are pending, so their index is worth a sort; most are synced, and a walk needs none.
    let status = match filter.status {
        None | Some(Status::Synced) => "(?2 is null or +s.status = ?2)",
        Some(_) => "s.status = ?2",
    };
    let agent = if filter.agent_number.is_some() { "u.agent_number = ?3" } else { "?3 is null" };
    let sql = format!(
        "{SELECT}
         where u.seq > ?1 and {status} and {agent}
           and (?4 is null or u.captured_at >= ?4) and (?5 is null or u.captured_at < ?5)
           and (?6 is null or u.policy_number like ?6 escape '\\' or u.customer_name like ?6 escape '\\')
         order by u.seq limit ?7"
    );
    let find = filter.find.as_deref().map(super::search::like_inside);
    let limit = filter.limit.map_or(-1, i64::from);
    let mut statement = db.conn().prepare_cached(&sql)?;
    let mut rows = statement.query(params![
        filter.after,
        filter.status,
        filter.agent_number,
        filter.from,
        filter.before,
        find,
        limit
    ])?;
    while let Some(row) = rows.next()? {
        each(update_row(row)?)?;
    }
    Ok(())
}

/// One update, for the engine.
pub(super) fn read(conn: &Connection, id: UpdateId) -> Result<Update> {
    conn.prepare_cached(&format!("{SELECT} where u.id = ?1"))?
        .query_row([id], update_row)
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "update", name: id.to_string() })
}

fn update_row(row: &Row<'_>) -> rusqlite::Result<Update> {
    Ok(Update {
        seq: row.get(0)?,
        id: row.get(1)?,
        upstream_id: row.get(2)?,
        customer: row.get(3)?,
        master_id: row.get(4)?,
        policy_number: row.get(5)?,
        customer_name: row.get(6)?,
        old_mobile: row.get(7)?,
        new_mobile: row.get(8)?,
        old_email: row.get(9)?,
        new_email: row.get(10)?,
        reason: row.get(11)?,
        notes: row.get(12)?,
        agent_number: row.get(13)?,
        agent_name: row.get(14)?,
        captured_at: row.get(15)?,
        status: row.get(16)?,
        upload: row.get(17)?,
        synced_at: row.get(18)?,
        synced_by: row.get(19)?,
    })
}

/// What marking did with one id (G11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marked {
    Done,
    /// Somebody was first.
    Already {
        by: Option<i64>,
        name: Option<String>,
        at: Option<Micros>,
    },
    /// Rejected, withdrawn, held or awaiting approval: not to be entered.
    NotPending(Status),
    NotFound,
}

impl Marked {
    /// What happened, for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::Done => "marked as synced".to_owned(),
            Self::Already { by, name, at } => {
                let who =
                    name.clone().or(by.map(|by| format!("#{by}"))).unwrap_or("somebody else".to_owned());
                let when = at.map(|at| format!(" on {at}")).unwrap_or_default();
                format!("synced already, by {who}{when}")
            }
            Self::NotPending(status) => format!("not marked: it is {}", status.as_str()),
            Self::NotFound => "there is no such update".to_owned(),
        }
    }
}

/// Marks updates as entered in the master (NIC-93, NIC-94): a result per id, in the given order.
/// An upstream is told by a job that waits behind the upload of the same update.
///
/// # Errors
/// Not an admin (NIC-98).
pub fn mark_synced(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    which: &[i64],
    leaving: Leaving,
) -> Result<Vec<(i64, Marked)>> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::MarkSynced, Object::Any)?;
    let mut results = Vec::with_capacity(which.len());
    for &seq in which {
        let result = mark_one(&mut tx, seq, leaving)?;
        results.push((seq, result));
    }
    tx.commit()?;
    Ok(results)
}

pub(super) fn mark_one(tx: &mut Tx<'_>, seq: i64, leaving: Leaving) -> Result<Marked> {
    type State = (UpdateId, CustomerId, Status, Option<i64>, Option<String>, Option<Micros>);
    let found: Option<State> = tx
        .tx
        .prepare_cached(
            "select u.id, u.customer_id, s.status, s.synced_by, s.synced_name, s.synced_at
             from contact_update u join contact_update_state s on s.update_id = u.id where u.seq = ?1",
        )?
        .query_row([seq], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?)))
        .optional()?;
    let Some((id, customer, status, by, name, at)) = found else { return Ok(Marked::NotFound) };
    match status {
        Status::Pending => {}
        Status::Synced => return Ok(Marked::Already { by, name, at }),
        other => return Ok(Marked::NotPending(other)),
    }
    let seen = if leaving.upstream { "waiting" } else { "no" };
    tx.tx
        .prepare_cached(
            "update contact_update_state set status = 'synced', synced_at = ?2, synced_by = ?3, synced_name = ?4,
                mark_seen = ?5, rev = rev + 1 where update_id = ?1 and status = 'pending'",
        )?
        .execute(params![id, tx.now, tx.actor.number, tx.actor.name, seen])?;
    // Whoever marks one that clashes says that ours was entered.
    if clash::holds(&tx.tx, customer)? {
        clash::look_again(tx, customer)?;
    }
    if leaving.upstream {
        let job = NewJob::new(Kind::Mark, customer.0, id.0, tx.now + leaving.undo);
        outbox::enqueue(tx, &job)?;
    }
    audit::record(tx, "marked synced", ("update", Some(id.0)), &json!({ "update": seq }))?;
    Ok(Marked::Done)
}

/// Notes that updates left in a file: how many, and where to (NIC-5, NIC-95).
///
/// # Errors
/// Not an admin.
pub fn exported(db: &mut Db, actor: &Actor, now: Micros, rows: u64, to: &str) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ExportUpdates, Object::Any)?;
    audit::record(&mut tx, "updates exported", ("update", None), &json!({ "rows": rows, "to": to }))?;
    tx.commit()
}

/// Puts in the jobs that were not made while there was no upstream: uploads of updates captured
/// here, then the marks, oldest first. Answers with how many.
///
/// # Errors
/// Only if the disk refuses.
pub fn enqueue_missing(db: &mut Db, now: Micros) -> Result<usize> {
    let machine = Actor::machine();
    let mut tx = db.begin(&machine, now)?;
    tx.allow(Action::RunSync, Object::Any)?;
    let uploads = pairs(
        &tx,
        "select u.id, u.customer_id from contact_update_state s join contact_update u on u.id = s.update_id
         where s.upload = 'not uploaded' and u.origin = 'here' and s.status in ('pending', 'synced', 'held')
           and not exists (select 1 from job j where j.subject_id = u.id and j.kind = 'update')
         order by u.seq",
    )?;
    let marks = pairs(
        &tx,
        "select u.id, u.customer_id from contact_update_state s join contact_update u on u.id = s.update_id
         where s.status = 'synced' and s.mark_seen = 'no'
           and not exists (select 1 from job j where j.subject_id = u.id and j.kind = 'mark')
         order by u.seq",
    )?;
    for (kind, list) in [(Kind::Update, &uploads), (Kind::Mark, &marks)] {
        for (id, customer) in list {
            outbox::enqueue(&mut tx, &NewJob::new(kind, customer.0, id.0, now))?;
        }
    }
    for (id, _) in &marks {
        tx.tx
            .prepare_cached(
                "update contact_update_state set mark_seen = 'waiting', rev = rev + 1 where update_id = ?1",
            )?
            .execute([id])?;
    }
    tx.commit()?;
    Ok(uploads.len() + marks.len())
}

fn pairs(tx: &Tx<'_>, sql: &str) -> Result<Vec<(UpdateId, CustomerId)>> {
    let mut statement = tx.tx.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
