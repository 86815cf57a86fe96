//! From terms to customers: what the index answers, and in which order.

use std::collections::{BTreeSet, HashSet};

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::domain::ids::CustomerId;
use crate::domain::search::{Filter, Need, Term, days, fold};
use crate::domain::time::Micros;
use crate::store::{Result, consent};

/// So many are put into a full order; of more, the newest are enough.
pub(super) const ORDERED: usize = 500;

/// So many customers are looked at, one by one, for what the index does not know.
const LOOKED_AT: u32 = 5_000;

/// So many words that begin alike are looked for.
const ALIKE: u32 = 16;

/// Who asks, and when.
pub(super) struct Asker {
    pub(super) number: i64,
    pub(super) now: Micros,
    pub(super) offset_seconds: i32,
}

/// The places of those who match, newest first.
#[derive(Default)]
pub(super) struct Matching {
    pub(super) seqs: Vec<i64>,
    /// There are more, or there may be.
    pub(super) many: bool,
}

/// What the index is asked.
enum Expression {
    Everybody,
    Nobody,
    Tokens(String),
}

/// A question as the tables can answer it.
pub(super) struct Question<'a> {
    conn: &'a Connection,
    tokens: Expression,
    /// Customers that filters list.
    listed: Option<Matching>,
    opt_in: Option<bool>,
}

impl<'a> Question<'a> {
    pub(super) fn new(conn: &'a Connection, asker: &Asker, terms: &[Term]) -> Result<Self> {
        let mut question =
            Self { conn, tokens: expression(conn, asker, terms)?, listed: None, opt_in: None };
        for term in terms {
            let Term::Filter(filter) = term else { continue };
            if let Filter::OptIn(yes) = filter {
                question.opt_in = Some(*yes);
            }
            if let Some(list) = listed(conn, asker, filter)? {
                question.listed = Some(match question.listed.take() {
                    None => list,
                    Some(before) => before.and(&list),
                });
            }
        }
        Ok(question)
    }

    /// Up to `most` whom the tokens tell and the filters let pass.
    pub(super) fn matching(&self, most: usize) -> Result<Matching> {
        let everybody = "select seq from customer where deleted_at is null order by seq desc";
        let told = "select rowid from search where search match ?1 order by rowid desc";
        match (&self.tokens, &self.listed) {
            (Expression::Nobody, _) => Ok(Matching::default()),
            (_, Some(list)) => {
                let found = up_to(most, list.seqs.iter().map(|seq| Ok(*seq)), |seq| self.is_meant(seq))?;
                Ok(Matching { many: found.many || list.many, ..found })
            }
            (Expression::Tokens(tokens), None) => {
                let mut statement = self.conn.prepare_cached(told)?;
                up_to(most, statement.query_map([tokens], |row| row.get(0))?, |seq| self.passes(seq))
            }
            (Expression::Everybody, None) => {
                let mut statement = self.conn.prepare_cached(everybody)?;
                up_to(most, statement.query_map([], |row| row.get(0))?, |seq| self.passes(seq))
            }
        }
    }

    /// Those of `seqs` who match.
    pub(super) fn among(&self, seqs: &[i64]) -> Result<Vec<i64>> {
        let mut found = Vec::new();
        for seq in seqs {
            if self.listed.as_ref().is_none_or(|list| list.seqs.contains(seq)) && self.is_meant(*seq)? {
                found.push(*seq);
            }
        }
        Ok(found)
    }

    fn is_meant(&self, seq: i64) -> Result<bool> {
        let told = match &self.tokens {
            Expression::Everybody => true,
            Expression::Nobody => false,
            Expression::Tokens(tokens) => self
                .conn
                .prepare_cached("select 1 from search where search match ?1 and rowid = ?2")?
                .exists(params![tokens, seq])?,
        };
        Ok(told && self.passes(seq)?)
    }

    /// The filter that neither tokens nor lists answer.
    fn passes(&self, seq: i64) -> Result<bool> {
        let Some(yes) = self.opt_in else { return Ok(true) };
        let customer: CustomerId = self
            .conn
            .prepare_cached("select id from customer where seq = ?1")?
            .query_row([seq], |row| row.get(0))?;
        Ok(consent::may_text(self.conn, customer)? == yes)
    }
}

impl Matching {
    fn and(self, other: &Self) -> Self {
        let others: HashSet<i64> = other.seqs.iter().copied().collect();
        let both = self.seqs.into_iter().filter(|seq| others.contains(seq));
        Self { seqs: both.collect(), many: self.many || other.many }
    }
}

/// Takes those that pass, until there are enough or enough were looked at.
fn up_to(
    most: usize,
    seqs: impl Iterator<Item = rusqlite::Result<i64>>,
    mut passes: impl FnMut(i64) -> Result<bool>,
) -> Result<Matching> {
    let mut matching = Matching::default();
    for (looked_at, seq) in (0..).zip(seqs) {
        let seq = seq?;
        if looked_at == LOOKED_AT {
            matching.many = true;
            break;
        }
        if !passes(seq)? {
            continue;
        }
        if matching.seqs.len() == most {
            matching.many = true;
            break;
        }
        matching.seqs.push(seq);
    }
    Ok(matching)
}

/// All that a list of updates names, the newest customers first; `None` for a filter that is none.
fn listed(conn: &Connection, asker: &Asker, filter: &Filter) -> Result<Option<Matching>> {
    let mut seqs = BTreeSet::new();
    let mut read = |mut rows: rusqlite::Rows<'_>| -> Result<u32> {
        let mut count = 0;
        while let Some(row) = rows.next()? {
            seqs.insert(row.get(0)?);
            count += 1;
        }
        Ok(count)
    };
    let count = match filter {
        Filter::Status(status) => {
            let mut statement = conn.prepare_cached(
                "select c.seq from contact_update_state s join contact_update u on u.id = s.update_id
                 join customer c on c.id = u.customer_id where s.status = ?1 and c.deleted_at is null
                 order by s.update_id desc limit ?2",
            )?;
            read(statement.query(params![status, LOOKED_AT])?)?
        }
        Filter::Updated(word) => {
            let Some((from, before)) = days(word, asker.now, asker.offset_seconds) else {
                return Ok(Some(Matching::default()));
            };
            let mut statement = conn.prepare_cached(
                "select c.seq from contact_update u indexed by contact_update_captured
                 join contact_update_state s on s.update_id = u.id join customer c on c.id = u.customer_id
                 where u.captured_at >= ?1 and u.captured_at < ?2 and s.status <> 'withdrawn'
                   and c.deleted_at is null
                 order by u.captured_at desc limit ?3",
            )?;
            read(statement.query(params![from, before, LOOKED_AT])?)?
        }
        Filter::Payment(_) | Filter::Agent(_) | Filter::Mine | Filter::OptIn(_) => return Ok(None),
    };
    Ok(Some(Matching { seqs: seqs.into_iter().rev().collect(), many: count == LOOKED_AT }))
}

fn expression(conn: &Connection, asker: &Asker, terms: &[Term]) -> Result<Expression> {
    let mut all = Vec::new();
    for term in terms {
        let needs = term.needs(asker.number);
        if needs.is_empty() {
            continue;
        }
        let mut any = Vec::new();
        for (left, needs) in term.halves() {
            if is_word(conn, left)? {
                any.extend(all_of(conn, &needs)?);
            }
        }
        for needs in needs {
            any.extend(all_of(conn, &needs)?);
        }
        if any.is_empty() {
            return Ok(Expression::Nobody);
        }
        all.push(format!("({})", any.join(" OR ")));
    }
    Ok(if all.is_empty() { Expression::Everybody } else { Expression::Tokens(all.join(" AND ")) })
}

/// An expression for all of these, or none if nobody can have them.
fn all_of(conn: &Connection, needs: &[Need]) -> Result<Option<String>> {
    let mut parts = Vec::with_capacity(needs.len());
    for need in needs {
        match need {
            Need::Token(token) => parts.push(quoted(token)),
            Need::Begins(begin) => {
                let mut words = words_from(conn, begin)?;
                if words.is_empty() {
                    words.extend(need.without_vocabulary());
                }
                if words.is_empty() {
                    return Ok(None);
                }
                let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                parts.push(format!("({})", words.join(" OR ")));
            }
        }
    }
    Ok(Some(format!("({})", parts.join(" AND "))))
}

fn quoted(token: &str) -> String {
    format!("\"{token}\"")
}

fn is_word(conn: &Connection, word: &str) -> Result<bool> {
    Ok(conn.prepare_cached("select 1 from search_word where word = ?1")?.exists([word])?)
}

/// Words that begin so.
fn words_from(conn: &Connection, begin: &str) -> Result<Vec<String>> {
    let mut statement =
        conn.prepare_cached("select word from search_word where word >= ?1 and word < ?1 || char(1114111) limit ?2")?;
    let rows = statement.query_map(params![begin, ALIKE], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Those spoken to last come first, then by name. Whoever was deleted falls out.
pub(super) fn ordered(conn: &Connection, seqs: &[i64]) -> Result<Vec<i64>> {
    let mut statement = conn.prepare_cached(
        "select last_contact_at, name from customer indexed by customer_order
         where seq = ?1 and deleted_at is null",
    )?;
    let mut keys: Vec<(std::cmp::Reverse<Option<Micros>>, String, i64)> = Vec::with_capacity(seqs.len());
    for seq in seqs {
        let key = statement
            .query_row([seq], |row| Ok((std::cmp::Reverse(row.get(0)?), fold(row.get_ref(1)?.as_str()?), *seq)))
            .optional()?;
        keys.extend(key);
    }
    keys.sort();
    Ok(keys.into_iter().map(|(_, _, seq)| seq).collect())
}
