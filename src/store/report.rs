//! What the contact updates of some days say (NIC-139..142): trends, reasons, people, how good the
//! contacts are, and what became of those that were corrected. It looks at everything; nobody waits.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::{Connection, params};

use super::{Db, Result, allow};
use crate::domain::delivery::DEAD_NUMBER;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{AgentCount, Quality, Report, Share, Success};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::Reason;

const DAY: i64 = 24 * 3_600 * 1_000_000;

/// The newest evidence about each value, whoever it was gathered for: it works or does not.
const VERDICT: &str = "
    with evidence (value, good, at) as materialized (
        select value, works, at from contact_proof
        union all
        select recipient, status in ('delivered', 'read'), coalesce(delivered_at, sent_at, created_at) from message
        where direction = 'outbound' and (status in ('delivered', 'read')
            or status in ('undelivered', 'failed') and error_code in (select value from json_each(?1)))),
    verdict (value, good, at) as materialized (select value, good, max(at) from evidence group by value)";

/// Reads the report; a day begins at midnight of a clock that is so far from UTC.
///
/// # Errors
/// Agents see their own updates only (NIC-100).
pub fn read(db: &Db, actor: &Actor, from: Micros, before: Micros, offset_seconds: i32) -> Result<Report> {
    allow(actor, Action::ReadUpdates, Object::Any)?;
    let conn = &*db.snapshot()?;
    let mut report = Report { from, before, ..Report::default() };
    let days = captured(conn, &mut report, i64::from(offset_seconds) * 1_000_000)?;
    let (mut at, mut all) = (from, Vec::new());
    while at < before {
        all.push((at, days.get(&at.0).copied().unwrap_or(0)));
        at = Micros(at.0 + DAY);
    }
    report.days = all;
    report.quality = quality(conn)?;
    report.success = success(conn, from, before)?;
    Ok(report)
}

/// One walk over the days: by day, by reason, by agent. Answers with the days by their midnights.
fn captured(conn: &Connection, report: &mut Report, offset: i64) -> Result<BTreeMap<i64, i64>> {
    let mut statement = conn.prepare_cached(
        "select u.captured_at, u.reason, u.agent_number, u.agent_name, s.status = 'rejected'
         from contact_update u indexed by contact_update_captured
         join contact_update_state s on s.update_id = u.id
         where u.captured_at >= ?1 and u.captured_at < ?2 and s.status <> 'withdrawn'",
    )?;
    let mut rows = statement.query(params![report.from, report.before])?;
    let (mut days, mut reasons) = (BTreeMap::new(), BTreeMap::new());
    let mut agents: BTreeMap<i64, AgentCount> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (at, reason): (i64, Reason) = (row.get(0)?, row.get(1)?);
        let (number, rejected): (i64, bool) = (row.get(2)?, row.get(4)?);
        report.updates += 1;
        let local = at + offset;
        *days.entry(local - local.rem_euclid(DAY) - offset).or_insert(0) += 1;
        *reasons.entry(reason.as_str()).or_insert(0) += 1;
        let agent = match agents.entry(number) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let name = SafeText::new(&row.get::<_, String>(3)?);
                new.insert(AgentCount { number, name, updates: 0, rejected: 0 })
            }
        };
        agent.updates += 1;
        agent.rejected += i64::from(rejected);
    }
    report.reasons = reasons.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect();
    report.reasons.sort_by_key(|(_, count)| -count);
    report.agents = agents.into_values().collect();
    report.agents.sort_by_key(|agent| -agent.updates);
    Ok(days)
}

fn dead() -> String {
    serde_json::json!(DEAD_NUMBER).to_string()
}

/// Of everybody who is on file and stands for themselves.
fn quality(conn: &Connection) -> Result<Quality> {
    let sql = format!(
        "{VERDICT},
         listed (id) as materialized (select c.id from customer c
            where c.deleted_at is null and not exists (select 1 from customer_merged m where m.gone = c.id)),
         valued (id, field, good) as materialized (
            select l.id, e.field, v.good from listed l cross join effective_contact e on e.customer_id = l.id
            left join verdict v on v.value = e.value)
         select (select count(*) from listed),
            sum(field = 'mobile'), sum(field = 'mobile' and good is 1), sum(field = 'mobile' and good is 0),
            sum(field = 'email'), sum(field = 'email' and good is 1), sum(field = 'email' and good is 0),
            (select count(*) from (select 1 from valued where good group by id having count(*) = 2))
         from valued"
    );
    let number = |row: &rusqlite::Row<'_>, at| row.get::<_, Option<i64>>(at).map(Option::unwrap_or_default);
    let share = |row: &rusqlite::Row<'_>, at: usize| -> rusqlite::Result<Share> {
        Ok(Share { filled: number(row, at)?, proven: number(row, at + 1)?, bad: number(row, at + 2)? })
    };
    Ok(conn.prepare_cached(&sql)?.query_row([dead()], |row| {
        Ok(Quality {
            customers: number(row, 0)?,
            mobile: share(row, 1)?,
            email: share(row, 4)?,
            both_proven: number(row, 7)?,
        })
    })?)
}

/// Only evidence that is newer than the capture says something about it.
fn success(conn: &Connection, from: Micros, before: Micros) -> Result<Success> {
    let sql = format!(
        "{VERDICT}
         select count(*), sum(v.good is 1 and v.at > u.captured_at), sum(v.good is 0 and v.at > u.captured_at)
         from contact_update u indexed by contact_update_captured
         join contact_update_state s on s.update_id = u.id
         join contact_update_field f on f.update_id = u.id
         left join verdict v on v.value = f.new
         where u.captured_at >= ?2 and u.captured_at < ?3 and s.status not in ('withdrawn', 'rejected')"
    );
    Ok(conn.prepare_cached(&sql)?.query_row(params![dead(), from, before], |row| {
        let number = |at| row.get::<_, Option<i64>>(at).map(Option::unwrap_or_default);
        Ok(Success { values: number(0)?, reached: number(1)?, failed: number(2)? })
    })?)
}
