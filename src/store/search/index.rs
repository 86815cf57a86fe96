//! The index that customers are looked up in: the one place that writes it. What a transaction has
//! changed is written again when it commits, from what the tables then say, so that no way to change
//! a customer can forget a part of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use crate::domain::ids::CustomerId;
use crate::domain::search::{Record, tokens, vocabulary};
use crate::domain::update::{Field, Status};
use crate::store::{Db, Result, merge};

/// Customers of an older file that come in with one transaction.
pub(in crate::store) const PIECE: u32 = 2_000;

/// Pages that one customer's change may merge. Less would let small parts pile up, each of which
/// every look-up visits.
const MERGED: usize = 8;

/// Customers per page that an import may merge beside.
const PER_PAGE: usize = 2;

/// Pages that are put together at once.
const TIDIED: i64 = 500;

/// How far an older file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Building {
    pub done: i64,
    pub of: i64,
}

/// Writes these customers as they are now.
pub(in crate::store) fn write(conn: &Connection, customers: &BTreeSet<CustomerId>) -> Result<()> {
    if customers.is_empty() {
        return Ok(());
    }
    let mut records = BTreeMap::new();
    for id in customers {
        // What changes of somebody who was merged away is found under whoever stands for them.
        for id in [*id, merge::living(conn, *id)?] {
            let (seq, record) = read(conn, id)?;
            records.insert(seq, record);
        }
    }
    let mut words = BTreeSet::new();
    for (seq, record) in &records {
        match record {
            Some(record) => {
                conn.prepare_cached("insert or replace into search (rowid, tokens) values (?1, ?2)")?
                    .execute(params![seq, tokens(record)])?;
                words.extend(vocabulary(record));
            }
            None => {
                conn.prepare_cached("delete from search where rowid = ?1")?.execute([seq])?;
            }
        }
    }
    for word in words {
        let backwards: String = word.chars().rev().collect();
        conn.prepare_cached(
            "insert into search_word (word, backwards) values (?1, ?2) on conflict do nothing",
        )?
        .execute([word, backwards])?;
    }
    let pages = i64::try_from(MERGED + records.len() / PER_PAGE).unwrap_or(i64::MAX);
    conn.prepare_cached("insert into search (search, rank) values ('merge', ?1)")?.execute([pages])?;
    Ok(())
}

/// What of a customer is searched, and its place; `None` for one who was deleted.
fn read(conn: &Connection, id: CustomerId) -> Result<(i64, Option<Record>)> {
    let (seq, mut record, deleted) = conn
        .prepare_cached(
            "select seq, name, given_name, family_name, company, policy_number, payment, stage, tags,
                deleted_at is not null
             from customer where id = ?1",
        )?
        .query_row([id], |row| Ok((row.get::<_, i64>(0)?, own_fields(row)?, row.get::<_, bool>(9)?)))?;
    if deleted {
        return Ok((seq, None));
    }
    for (at, record_id) in merge::family(conn, id)?.into_iter().enumerate() {
        if at > 0 {
            record.merged_policies.extend(policy(conn, record_id)?);
        }
        read_contacts(conn, record_id, &mut record)?;
    }
    Ok((seq, Some(record)))
}

/// The policy number of a record that was merged into another.
pub(super) fn policy(conn: &Connection, id: CustomerId) -> Result<Option<String>> {
    Ok(conn
        .prepare_cached("select policy_number from customer where id = ?1")?
        .query_row([id], |row| row.get(0))?)
}

/// Numbers and addresses of today and of before, and who captured them.
fn read_contacts(conn: &Connection, id: CustomerId, record: &mut Record) -> Result<()> {
    let mut points = conn.prepare_cached(
        "select kind = 'phone', value from contact_point where customer_id = ?1 order by seq",
    )?;
    let mut rows = points.query([id])?;
    while let Some(row) = rows.next()? {
        let values = if row.get(0)? { &mut record.numbers } else { &mut record.emails };
        put_once(values, row.get(1)?);
    }
    let mut captured = conn.prepare_cached(
        "select f.field, f.new, u.agent_number, s.status from contact_update u
         join contact_update_state s on s.update_id = u.id join contact_update_field f on f.update_id = u.id
         where u.customer_id = ?1 order by u.seq",
    )?;
    let mut rows = captured.query([id])?;
    while let Some(row) = rows.next()? {
        put_once(&mut record.agents, row.get(2)?);
        // What was captured by mistake was never theirs.
        if !matches!(row.get(3)?, Status::Rejected | Status::Withdrawn) {
            let values = if row.get::<_, Field>(0)? == Field::Mobile {
                &mut record.numbers
            } else {
                &mut record.emails
            };
            put_once(values, row.get(1)?);
        }
    }
    Ok(())
}

fn own_fields(row: &Row<'_>) -> rusqlite::Result<Record> {
    let name: String = row.get(1)?;
    let more: [Option<String>; 2] = [row.get(2)?, row.get(3)?];
    Ok(Record {
        names: [name].into_iter().chain(more.into_iter().flatten()).collect(),
        company: row.get(4)?,
        policy: row.get(5)?,
        payment: row.get(6)?,
        stage: row.get(7)?,
        tags: tags(row.get_ref(8)?.as_str()?),
        ..Record::default()
    })
}

/// The tags of a column.
pub(in crate::store) fn tags(column: &str) -> Vec<String> {
    serde_json::from_str(column).unwrap_or_default()
}

fn put_once<T: PartialEq>(values: &mut Vec<T>, value: T) {
    if !values.contains(&value) {
        values.push(value);
    }
}

/// Customers of an older file that are not in the index yet.
pub(in crate::store) fn unfinished(conn: &Connection) -> rusqlite::Result<Option<Building>> {
    conn.query_row("select done, last from search_building where done < last", [], |row| {
        Ok(Building { done: row.get(0)?, of: row.get(1)? })
    })
    .optional()
}

/// Brings the next customers in; whatever stops it, the next opening goes on from there.
pub(in crate::store) fn build_on(conn: &mut Connection) -> Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let next: Vec<(i64, CustomerId)> = {
        let mut statement = tx.prepare_cached(
            "select c.seq, c.id from customer c, search_building b where c.seq > b.done and c.seq <= b.last
             order by c.seq limit ?1",
        )?;
        let rows = statement.query_map([PIECE], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    write(&tx, &next.iter().map(|(_, id)| *id).collect())?;
    let done = next.last().map(|(seq, _)| *seq);
    tx.execute("update search_building set done = coalesce(?1, last)", [done])?;
    Ok(tx.commit()?)
}

/// Puts the parts of the index together where so many changes have left many: a look-up visits each.
/// In pieces, so that nobody else waits for long.
///
/// # Errors
/// The disk refuses; the index is whole all the same.
pub fn tidy(db: &mut Db, changes: u64) -> Result<()> {
    let customers: i64 =
        db.conn.query_row("select coalesce(max(seq), 0) from customer", [], |row| row.get(0))?;
    let customers = u64::try_from(customers).unwrap_or(0);
    if changes * 4 < customers { Ok(()) } else { put_together(&mut db.conn) }
}

pub(in crate::store) fn put_together(conn: &mut Connection) -> Result<()> {
    // Below nothing: all parts, however few.
    let mut pages = -TIDIED;
    loop {
        let before = changes_so_far(conn)?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute("insert into search (search, rank) values ('merge', ?1)", [pages])?;
        tx.commit()?;
        if changes_so_far(conn)? - before < 2 {
            return Ok(());
        }
        pages = TIDIED;
    }
}

fn changes_so_far(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("select total_changes()", [], |row| row.get(0))
}

/// Customers whom the index does not know as the tables do; empty in a sound file.
///
/// # Errors
/// Only if the file cannot be read.
pub fn differences(db: &Db) -> Result<Vec<i64>> {
    let conn = db.conn();
    let mut indexed = in_index(conn)?;
    let mut customers = conn.prepare("select id from customer order by seq")?;
    let mut rows = customers.query([])?;
    let mut wrong = Vec::new();
    while let Some(row) = rows.next()? {
        let (seq, record) = read(conn, row.get(0)?)?;
        let expected = record.as_ref().map(|record| sum_of(&tokens(record)));
        if indexed.remove(&seq).unwrap_or_default() != expected.unwrap_or_default()
            || !knows_words(conn, record.as_ref())?
        {
            wrong.push(seq);
        }
    }
    // Whoever is left has no row.
    wrong.extend(indexed.into_keys());
    Ok(wrong)
}

fn knows_words(conn: &Connection, record: Option<&Record>) -> Result<bool> {
    let mut known = conn.prepare_cached("select exists (select 1 from search_word where word = ?1)")?;
    for word in record.map(vocabulary).unwrap_or_default() {
        if !known.query_row([word], |row| row.get::<_, bool>(0))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Of every customer in the index, the sum of the tokens.
fn in_index(conn: &Connection) -> Result<HashMap<i64, u64>> {
    conn.execute_batch(
        "create virtual table if not exists temp.search_tokens using fts5vocab (main, search, instance)",
    )?;
    let mut sums: HashMap<i64, u64> = HashMap::new();
    let mut tokens = conn.prepare("select term, doc from search_tokens")?;
    let mut rows = tokens.query([])?;
    while let Some(row) = rows.next()? {
        let sum = sums.entry(row.get(1)?).or_default();
        *sum = sum.wrapping_add(digest(row.get_ref(0)?.as_str().unwrap_or_default()));
    }
    Ok(sums)
}

fn sum_of(tokens: &str) -> u64 {
    let tokens: BTreeSet<&str> = tokens.split_whitespace().collect();
    tokens.into_iter().fold(0, |sum, token| sum.wrapping_add(digest(token)))
}

fn digest(token: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(token)
}
