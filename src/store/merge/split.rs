//! A merge is taken apart: each gets back what was theirs. What happened since stays with the kept one.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Map, Value, json};

use super::{MOVED, insert_fact, refold, values, write_values};
use crate::domain::ids::{CustomerId, JobId, MergeId, UpdateId};
use crate::domain::job::Step;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;
use crate::store::{Db, Error, Result, Tx, audit, outbox};

/// What came of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    pub kept: CustomerId,
    pub gone: CustomerId,
    pub kept_name: String,
    pub gone_name: String,
    /// Entries of the timeline that came after the merge: they stay with the kept one.
    pub stay: i64,
    /// Columns that somebody has changed since: they stay as they are.
    pub changed_since: Vec<String>,
    /// The update that the merge made has left, or is in a batch: it stays.
    pub update_stays: bool,
}

impl Split {
    /// What happened, as sentences.
    pub fn sentences(&self) -> Vec<String> {
        let Self { kept_name, gone_name, stay, changed_since, update_stays, .. } = self;
        let mut said = vec![format!("{kept_name} and {gone_name} are two customers again")];
        match stay {
            0 => {}
            1 => said.push(format!("1 entry from after the merge stays with {kept_name}")),
            many => said.push(format!("{many} entries from after the merge stay with {kept_name}")),
        }
        if !changed_since.is_empty() {
            let columns = changed_since.join(", ").replace('_', " ");
            said.push(format!("changed since the merge, and left as it is: {columns}"));
        }
        if *update_stays {
            said.push(format!(
                "the contact update that the merge made has left: look at the mobile and e-mail of {kept_name}"
            ));
        }
        said
    }
}

/// A merge as its fact has it.
struct Fact {
    id: MergeId,
    kept: CustomerId,
    gone: CustomerId,
    detail: Value,
}

impl Fact {
    /// The update that the merge has made.
    fn update(&self) -> Option<UpdateId> {
        self.detail["update"].as_str().and_then(|id| id.parse().ok())
    }

    fn columns(&self, what: &str) -> Map<String, Value> {
        self.detail[what].as_object().cloned().unwrap_or_default()
    }
}

/// Splits a merge again.
///
/// # Errors
/// There is none, it was split, or a later one stands on it; the actor may not.
pub fn split(db: &mut Db, actor: &Actor, now: Micros, merge: MergeId) -> Result<Split> {
    let mut tx = db.begin(actor, now)?;
    let split = in_write(&mut tx, merge)?;
    tx.commit()?;
    Ok(split)
}

pub(in crate::store) fn in_write(tx: &mut Tx<'_>, merge: MergeId) -> Result<Split> {
    tx.allow(Action::MergeCustomers, Object::Any)?;
    let fact = find(&tx.tx, merge)?;
    is_the_last(&tx.tx, &fact)?;
    let id = MergeId(tx.id());
    insert_fact(tx, id, (fact.kept, fact.gone), Some(fact.id), &json!({}))?;
    tx.tx
        .prepare_cached(
            "update customer set deleted_at = null, updated_at = ?2, updated_by = ?3 where id = ?1",
        )?
        .execute(params![fact.gone, tx.now, tx.actor.user])?;
    give_back(tx, &fact)?;
    let changed_since = put_back(tx, &fact)?;
    let update_stays = withdraw(tx, &fact)?;
    for customer in [fact.kept, fact.gone] {
        refold(tx, customer)?;
        let said = json!({
            "merge": fact.id.to_string(), "kept": fact.kept.to_string(), "gone": fact.gone.to_string(),
        });
        audit::record(tx, "customers split", ("customer", Some(customer.0)), &said)?;
    }
    Ok(Split {
        kept: fact.kept,
        gone: fact.gone,
        kept_name: name(&tx.tx, fact.kept)?,
        gone_name: name(&tx.tx, fact.gone)?,
        stay: since(&tx.tx, &fact)?,
        changed_since,
        update_stays,
    })
}

fn find(conn: &Connection, merge: MergeId) -> Result<Fact> {
    type Row = (CustomerId, CustomerId, String, bool);
    let found: Option<Row> = conn
        .prepare_cached(
            "select m.kept, m.gone, m.detail, exists (select 1 from customer_merge s where s.splits = m.id)
             from customer_merge m where m.id = ?1 and m.splits is null",
        )?
        .query_row([merge], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    match found {
        None => Err(Error::NotFound { what: "merge", name: merge.to_string() }),
        Some((.., true)) => Err(Error::Refused("this merge was split already".into())),
        Some((kept, gone, detail, false)) => {
            let unreadable = |why: serde_json::Error| Error::Refused(format!("merge {merge}: {why}"));
            Ok(Fact { id: merge, kept, gone, detail: serde_json::from_str(&detail).map_err(unreadable)? })
        }
    }
}

/// What was merged last is split first: each merge stands on what the one before has left.
fn is_the_last(conn: &Connection, fact: &Fact) -> Result<()> {
    let later: Option<MergeId> = conn
        .prepare_cached(
            "select id from customer_merged where gone = ?1
             union all
             select id from customer_merged
                where kept = ?1 and seq > (select seq from customer_merge where id = ?2) limit 1",
        )?
        .query_row(params![fact.kept, fact.id], |row| row.get(0))
        .optional()?;
    if let Some(later) = later {
        return Err(Error::Refused(format!("a later merge stands on this one: split {later} first")));
    }
    let deleted: bool = conn
        .prepare_cached("select deleted_at is not null from customer where id = ?1")?
        .query_row([fact.kept], |row| row.get(0))?;
    if deleted {
        return Err(Error::Refused("the customer that was kept is deleted: take that back first".into()));
    }
    Ok(())
}

fn give_back(tx: &Tx<'_>, fact: &Fact) -> Result<()> {
    tx.tx
        .prepare_cached(
            "update customer_ref set customer_id = ?1 where customer_id = ?2 and json_array(source, ref) in
                (select row from customer_merge_row where merge_id = ?3 and what = 'customer_ref')",
        )?
        .execute(params![fact.gone, fact.kept, fact.id])?;
    for table in MOVED {
        tx.tx
            .prepare_cached(&format!(
                "update {table} set customer_id = ?1 where customer_id = ?2 and id in
                    (select row from customer_merge_row where merge_id = ?3 and what = '{table}')"
            ))?
            .execute(params![fact.gone, fact.kept, fact.id])?;
    }
    // They were never the kept one's: retired, they would be found as old numbers, and a no to one of
    // them would close the kept one's, too.
    tx.tx
        .prepare_cached(
            "delete from contact_point where id in
                (select row from customer_merge_row where merge_id = ?1 and what = 'contact_point')",
        )?
        .execute([fact.id])?;
    Ok(())
}

/// Puts back what the merge has written over. Answers with what was changed since, and stays.
fn put_back(tx: &Tx<'_>, fact: &Fact) -> Result<Vec<String>> {
    let mut values = values(&tx.tx, fact.kept)?;
    let before = fact.columns("before");
    let mut since = Vec::new();
    for (column, written) in fact.columns("after") {
        match values.get_mut(&column) {
            Some(now) if *now == written => *now = before.get(&column).cloned().unwrap_or_default(),
            // That they were spoken to since is no change that anybody made.
            _ if column.starts_with("last_contact") => {}
            _ => since.push(column),
        }
    }
    write_values(tx, fact.kept, &values)?;
    Ok(since)
}

/// The update that the merge made counts no more, if it has not left. True if it has.
fn withdraw(tx: &Tx<'_>, fact: &Fact) -> Result<bool> {
    let Some(update) = fact.update() else { return Ok(false) };
    let job: Option<(JobId, bool)> = tx
        .tx
        .prepare_cached(
            "select id, state = 'waiting' from job where subject_id = ?1 and kind = 'update'
             order by seq desc limit 1",
        )?
        .query_row([update], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let waits = job.is_none_or(|(_, waiting)| waiting);
    let withdrawn = tx
        .tx
        .prepare_cached(
            "update contact_update_state set status = 'withdrawn', rev = rev + 1
             where update_id = ?1 and ?2 and status in ('pending', 'held') and upload = 'not uploaded'
               and not exists (select 1 from batch_update where update_id = ?1)",
        )?
        .execute(params![update, waits])?;
    match job {
        Some((job, true)) if withdrawn > 0 => {
            outbox::step(tx, job, Step::Cancel, "the merge was split", None)?;
        }
        _ => {}
    }
    Ok(tx
        .tx
        .prepare_cached(
            "select status not in ('withdrawn', 'rejected') from contact_update_state where update_id = ?1",
        )?
        .query_row([update], |row| row.get(0))?)
}

/// What came after the merge, without updates that were taken back, such as the one that the merge made.
fn since(conn: &Connection, fact: &Fact) -> Result<i64> {
    let last = fact.detail["last"].as_i64().unwrap_or(i64::MAX);
    Ok(conn
        .prepare_cached(
            "select count(*) from interaction i where i.customer_id = ?1 and i.seq > ?2 and i.subject_id is not ?3
               and not exists (select 1 from contact_update_state s
                   where s.update_id = i.subject_id and s.status = 'withdrawn')",
        )?
        .query_row(params![fact.kept, last, fact.update()], |row| row.get(0))?)
}

fn name(conn: &Connection, id: CustomerId) -> Result<String> {
    Ok(conn.query_row("select name from customer where id = ?1", [id], |row| row.get(0))?)
}
