//! The queue of captured updates as the admin works it off (NIC-89..92, NIC-96). Agents see their
//! own (NIC-100), supervisors and admins all (G21). Which index answers a filter is `question`'s.

mod question;

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, params};

use super::{Db, Error, Result, allow, clash, lanes};
use crate::domain::batch::{Capture, Lane};
use crate::domain::role::{Action, Actor, Object, Role};
use crate::domain::shown::{Change, Counts, Fact, Facts, Line, MANY, Page, QueueFilter, Row, Sign, Word};
use crate::domain::text::SafeText;
use crate::domain::update::{Field, Reason, Status, Upload};
use question::Question;

const SELECT: &str = "
    select u.seq, u.id, u.customer_id, u.policy_number, u.customer_name, m.base, m.new, e.base, e.new, u.reason,
        u.agent_number, u.agent_name, u.captured_at, s.status, s.upload,
        (select max(b.number) from batch_update bu join batch b on b.id = bu.batch_id
         where bu.update_id = u.id and b.marked_at is null),
        exists (select 1 from job j where j.subject_id = u.id and j.kind = 'update')
    from contact_update u
    join contact_update_state s on s.update_id = u.id
    left join contact_update_field m on m.update_id = u.id and m.field = 'mobile'
    left join contact_update_field e on e.update_id = u.id and e.field = 'email'";

/// One page: the rows after `after` in the filter's order, and the counts of the head line, none of
/// them beyond [`MANY`].
///
/// # Errors
/// The actor may not.
pub fn page(db: &Db, actor: &Actor, filter: &QueueFilter, after: Option<i64>, limit: u32) -> Result<Page> {
    let conn = &*db.snapshot()?;
    let question = Question::new(conn, actor, filter)?;
    Ok(Page {
        rows: rows(conn, &question.seqs(conn, after, limit)?, filter.newest_first)?,
        counts: counts(conn, actor, &question, MANY)?,
        open_batch: open_batch(conn)?,
    })
}

/// All of them counted. It looks at each, which may take a moment: no list waits for it.
///
/// # Errors
/// The actor may not.
pub fn count(db: &Db, actor: &Actor, filter: &QueueFilter) -> Result<Counts> {
    let conn = &*db.snapshot()?;
    counts(conn, actor, &Question::new(conn, actor, filter)?, i64::MAX)
}

/// The numbers of all that match, oldest first: "choose all" freezes these (design 5).
///
/// # Errors
/// The actor may not.
pub fn matching(db: &Db, actor: &Actor, filter: &QueueFilter) -> Result<Vec<i64>> {
    let conn = &*db.snapshot()?;
    Question::new(conn, actor, filter)?.all(conn)
}

/// Whose updates this actor may see.
fn whose(actor: &Actor) -> Result<Option<i64>> {
    let own = actor.role == Role::Agent;
    allow(actor, Action::ReadUpdates, if own { Object::OwnedBy(actor.user) } else { Object::Any })?;
    Ok(own.then_some(actor.number))
}

fn rows(conn: &Connection, seqs: &[i64], newest_first: bool) -> Result<Vec<Row>> {
    let mut statement = conn.prepare_cached(&format!("{SELECT} where u.seq = ?1"))?;
    let mut rows = Vec::with_capacity(seqs.len());
    for seq in seqs {
        let (row, state) = statement.query_row([seq], row)?;
        rows.push(Row { sign: sign(conn, &row, &state)?, ..row });
    }
    debug_assert!(rows.is_sorted_by_key(|row| if newest_first { -row.seq } else { row.seq }));
    Ok(rows)
}

/// What the sign of a row is read from, beside its lanes.
struct State {
    status: Status,
    upload: Upload,
    /// Without an upstream nothing waits to be uploaded.
    leaves: bool,
}

fn row(row: &SqlRow<'_>) -> rusqlite::Result<(Row, State)> {
    let safe = |column| row.get(column).map(|text: String| SafeText::new(&text));
    let mut fields = Vec::new();
    for (field, column) in [(Field::Mobile, 5), (Field::Email, 7)] {
        let (old, new): (Option<String>, Option<String>) = (row.get(column)?, row.get(column + 1)?);
        fields.extend(new.map(|new| Change {
            field: field.as_str().to_owned(),
            old: old.as_deref().map(SafeText::new),
            new: SafeText::new(&new),
        }));
    }
    let state = State { status: row.get(13)?, upload: row.get(14)?, leaves: row.get(16)? };
    let shown = Row {
        seq: row.get(0)?,
        id: row.get(1)?,
        customer: row.get(2)?,
        policy: safe(3)?,
        name: safe(4)?,
        fields,
        reason: row.get::<_, Reason>(9)?.as_str().to_owned(),
        agent: row.get(10)?,
        agent_name: safe(11)?,
        at: row.get(12)?,
        status: state.status.as_str().to_owned(),
        upload: state.upload.as_str().to_owned(),
        sign: Sign::Fine,
        batch: row.get(15)?,
    };
    Ok((shown, state))
}

fn sign(conn: &Connection, row: &Row, state: &State) -> Result<Sign> {
    let mut several = 0;
    if matches!(state.status, Status::Pending | Status::Held) {
        for field in row.fields.iter().filter_map(|change| Field::parse(&change.field)) {
            let lane = lanes::read(conn, row.customer, field)?;
            if lane.clashes(row.seq) {
                return Ok(Sign::Clash);
            }
            if lane.pending().any(|capture| capture.seq == row.seq) {
                several = several.max(lane.pending().count());
            }
        }
    }
    let over = matches!(state.status, Status::Rejected | Status::Withdrawn);
    Ok(match state.upload {
        Upload::Refused | Upload::NotConfirmed if !over => Sign::Refused,
        _ if several > 1 => Sign::Several(u8::try_from(several).unwrap_or(u8::MAX)),
        Upload::NotUploaded | Upload::Uploading if state.leaves && !over => Sign::NotUploaded,
        _ => Sign::Fine,
    })
}

/// What matches, and the counts of the head line.
fn counts(conn: &Connection, actor: &Actor, question: &Question<'_>, most: i64) -> Result<Counts> {
    let agent = whose(actor)?;
    // What is on its way has an open job; the list of states is that of the partial index.
    let not_uploaded = conn
        .prepare_cached(
            "select count(*) from (select 1 from job j indexed by job_open
             cross join contact_update_state s on s.update_id = j.subject_id
             where j.destination = 'upstream' and j.kind = 'update' and s.status = 'pending'
               and j.state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked')
               and s.upload in ('not uploaded', 'uploading') and (?1 is null or s.agent_number = ?1)
             limit ?2)",
        )?
        .query_row(params![agent, most], |row| row.get(0))?;
    Ok(Counts {
        matching: question.count(conn, most)?,
        pending: pending_of(conn, agent, most)?,
        not_uploaded,
    })
}

/// How many are pending: of this agent, or all; [`MANY`] if they are more.
pub(super) fn pending(conn: &Connection, agent: Option<i64>) -> Result<i64> {
    pending_of(conn, agent, MANY)
}

fn pending_of(conn: &Connection, agent: Option<i64>, most: i64) -> Result<i64> {
    let pending = QueueFilter { status: Some(Status::Pending), ..QueueFilter::default() };
    Question::of(conn, agent, &pending)?.count(conn, most)
}

/// How many pending updates clash: of an agent's own, or of all.
///
/// # Errors
/// The actor may not.
pub fn clashes(db: &Db, actor: &Actor) -> Result<i64> {
    let conn = &*db.snapshot()?;
    let mut statement = conn.prepare_cached(
        "select u.seq, x.customer_id, x.field from contact_clash x
         cross join contact_update u on u.customer_id = x.customer_id
         join contact_update_field f on f.update_id = u.id and f.field = x.field
         join contact_update_state s on s.update_id = u.id and s.status = 'pending'
         where (?1 is null or u.agent_number = ?1)
           and not exists (select 1 from contact_update_retirement r
               where r.update_id = u.id and r.field = f.field)",
    )?;
    let mut rows = statement.query([whose(actor)?])?;
    let mut clashing = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        if lanes::read(conn, row.get(1)?, row.get(2)?)?.clashes(seq) {
            clashing.insert(seq);
        }
    }
    Ok(i64::try_from(clashing.len()).unwrap_or(i64::MAX))
}

fn open_batch(conn: &Connection) -> Result<Option<(i64, i64)>> {
    // Lines are numbered from one: the last one tells how many without a walk along all.
    Ok(conn
        .prepare_cached(
            "select b.number, (select coalesce(max(l.line), 0) from batch_line l where l.batch_id = b.id)
             from batch b where b.marked_at is null order by b.number desc limit 1",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// What the update `seq` stands among: per field of it, all that is pending for its customer, and
/// the master's side.
///
/// # Errors
/// No such update, or the actor may not.
pub fn facts(db: &Db, actor: &Actor, seq: i64) -> Result<Facts> {
    let conn = &*db.snapshot()?;
    let agent = whose(actor)?;
    let customer = conn
        .prepare_cached(
            "select customer_id from contact_update where seq = ?1 and (?2 is null or agent_number = ?2)",
        )?
        .query_row(params![seq, agent], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "update", name: seq.to_string() })?;
    let word = conn
        .prepare_cached(
            "select decided_name, decided_at, coalesce(status_reason, '') from contact_update_state
             where seq = ?1 and decided_at is not null",
        )?
        .query_row([seq], |row| {
            let (by, reason): (String, String) = (row.get(0)?, row.get(2)?);
            Ok(Word { by: SafeText::new(&by), at: row.get(1)?, reason: SafeText::new(&reason) })
        })
        .optional()?;
    let mut facts = Facts { lines: Vec::new(), word };
    for lane in lanes::of(conn, customer)? {
        if lane.captures.iter().any(|capture| capture.seq == seq) {
            facts.lines.push(line(conn, &lane, seq, agent)?);
        }
    }
    Ok(facts)
}

fn line(conn: &Connection, lane: &Lane, seq: i64, agent: Option<i64>) -> Result<Line> {
    let newest = lane.pending().next_back().map_or(seq, |capture| capture.seq);
    let mut facts = Vec::new();
    for capture in &lane.captures {
        if capture.seq == seq || capture.status == Status::Pending && !capture.retired {
            facts.extend(fact(conn, capture, lane.field, agent)?);
        }
    }
    let clashes = lane.clashes(newest);
    let read = lanes::master_seen(conn, lane.customer, lane.field, lane.master.as_deref())?;
    // That all three differ needs no later look; that nothing differs does.
    let seen = if clashes { read } else { clash::compared(conn, lane.customer, lane.field, newest)? };
    Ok(Line {
        field: lane.field.as_str().to_owned(),
        facts,
        // Our own record of a customer is not the master's word.
        master: lane.master.as_deref().filter(|_| read.is_some()).map(SafeText::new),
        master_seen: seen,
        clash: clashes,
    })
}

fn fact(conn: &Connection, capture: &Capture, field: Field, agent: Option<i64>) -> Result<Option<Fact>> {
    Ok(conn
        .prepare_cached(
            "select captured_at, agent_name, notes || coalesce((select '  CHECK: ' || d.why
                from contact_update_doubt d where d.update_id = id and d.field = ?3), '') from contact_update
             where seq = ?1 and (?2 is null or agent_number = ?2)",
        )?
        .query_row(params![capture.seq, agent, field], |row| {
            Ok(Fact {
                seq: capture.seq,
                at: row.get(0)?,
                agent_name: SafeText::new(&row.get::<_, String>(1)?),
                old: capture.base.as_deref().map(SafeText::new),
                new: SafeText::new(&capture.new),
                notes: SafeText::new(&row.get::<_, String>(2)?),
            })
        })
        .optional()?)
}
