//! From terms to customers: what the index answers, and in which order.

use std::collections::{BTreeSet, HashSet};

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::domain::ids::CustomerId;
use crate::domain::search::{Filter, Need, Term, days, fold};
use crate::domain::time::Micros;
use crate::store::{Result, consent};

/// So many are put into a full order; of more, the newest are enough.
pub(super) const ORDERED: usize = 500;

/// Customers are looked at, one by one, for what the index does not know, until so many did not pass.
const REFUSED: u32 = 1_000;

/// So many lines of a list of updates, or of consents.
const LISTED: u32 = 2_000;

/// So many words that begin alike are looked for.
const ALIKE: u32 = 16;

/// Who asks, and when.
#[derive(Clone, Copy)]
pub(in crate::store) struct Asker {
    pub(in crate::store) number: i64,
    pub(in crate::store) now: Micros,
    pub(in crate::store) offset_seconds: i32,
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
        Self::asked(conn, asker, terms, false)
    }

    /// With all that the index tells of digits.
    pub(super) fn closely(conn: &'a Connection, asker: &Asker, terms: &[Term]) -> Result<Self> {
        Self::asked(conn, asker, terms, true)
    }

    fn asked(conn: &'a Connection, asker: &Asker, terms: &[Term], closely: bool) -> Result<Self> {
        let tokens = expression(conn, asker, terms, closely)?;
        let mut question = Self { conn, tokens, listed: None, opt_in: None };
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
        let everybody = "select seq from customer where seq > 0 and deleted_at is null order by seq desc";
        let told = "select rowid from search where search match ?1 order by rowid desc";
        match (&self.tokens, &self.listed) {
            (Expression::Nobody, _) => Ok(Matching::default()),
            (_, Some(list)) => {
                let meant = list
                    .seqs
                    .iter()
                    .filter_map(|seq| self.is_told(*seq).map(|told| told.then_some(*seq)).transpose());
                let found = self.take(most, meant)?;
                Ok(Matching { many: found.many || list.many, ..found })
            }
            (Expression::Tokens(tokens), None) => {
                let mut statement = self.conn.prepare_cached(told)?;
                self.take(most, statement.query_map([tokens], |row| row.get(0))?.map(|seq| Ok(seq?)))
            }
            (Expression::Everybody, None) => {
                let mut statement = self.conn.prepare_cached(everybody)?;
                self.take(most, statement.query_map([], |row| row.get(0))?.map(|seq| Ok(seq?)))
            }
        }
    }

    /// Takes those that pass, until there are enough or enough were looked at.
    fn take(&self, most: usize, seqs: impl Iterator<Item = Result<i64>>) -> Result<Matching> {
        let mut matching = Matching::default();
        let mut refused = 0;
        for seq in seqs {
            let seq = seq?;
            if matching.seqs.len() == most || refused == REFUSED {
                matching.many = true;
                break;
            }
            if self.passes(seq)? {
                matching.seqs.push(seq);
            } else {
                refused += 1;
            }
        }
        Ok(matching)
    }

    /// Those of `seqs` who match.
    pub(super) fn among(&self, seqs: &[i64]) -> Result<Vec<i64>> {
        let mut found = Vec::new();
        for seq in seqs {
            let is_listed = self.listed.as_ref().is_none_or(|list| list.seqs.contains(seq));
            if is_listed && self.is_told(*seq)? && self.passes(*seq)? {
                found.push(*seq);
            }
        }
        Ok(found)
    }

    fn is_told(&self, seq: i64) -> Result<bool> {
        match &self.tokens {
            Expression::Everybody => Ok(true),
            Expression::Nobody => Ok(false),
            Expression::Tokens(tokens) => Ok(self
                .conn
                .prepare_cached("select 1 from search where search match ?1 and rowid = ?2")?
                .exists(params![tokens, seq])?),
        }
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
                 join customer c on c.id = coalesce(
                    (select m.kept from customer_merged m where m.gone = u.customer_id), u.customer_id)
                 where s.status = ?1 and c.deleted_at is null
                 order by s.update_id desc limit ?2",
            )?;
            read(statement.query(params![status, LISTED])?)?
        }
        Filter::Updated(word) => {
            let Some((from, before)) = days(word, asker.now, asker.offset_seconds) else {
                return Ok(Some(Matching::default()));
            };
            let mut statement = conn.prepare_cached(
                "select c.seq from contact_update u indexed by contact_update_captured
                 join contact_update_state s on s.update_id = u.id
                 join customer c on c.id = coalesce(
                    (select m.kept from customer_merged m where m.gone = u.customer_id), u.customer_id)
                 where u.captured_at >= ?1 and u.captured_at < ?2 and s.status <> 'withdrawn'
                   and c.deleted_at is null
                 order by u.captured_at desc limit ?3",
            )?;
            read(statement.query(params![from, before, LISTED])?)?
        }
        Filter::OptIn(true) => {
            let mut statement = conn.prepare_cached(
                "select c.seq from consent n
                 join effective_contact e indexed by effective_contact_value
                    on e.value = n.address and e.field = 'mobile'
                 join customer c on c.id = e.customer_id
                 where n.act = 'grant' and n.channel = 'sms' and c.deleted_at is null
                 order by n.seq desc limit ?1",
            )?;
            read(statement.query([LISTED])?)?
        }
        Filter::Payment(_) | Filter::Stage(_) | Filter::Agent(_) | Filter::Mine | Filter::OptIn(false) => {
            return Ok(None);
        }
    };
    Ok(Some(Matching { seqs: seqs.into_iter().rev().collect(), many: count == LISTED }))
}

fn expression(conn: &Connection, asker: &Asker, terms: &[Term], closely: bool) -> Result<Expression> {
    let mut all = Vec::new();
    for term in terms {
        let needs = if closely { term.needs_closely(asker.number) } else { term.needs(asker.number) };
        if needs.is_empty() {
            continue;
        }
        let mut any = Vec::new();
        for (left, needs) in term.halves() {
            if is_word(conn, left)? {
                any.extend(all_of(conn, &needs, true)?);
            }
        }
        // What is joined of two words need not be guessed from how it begins.
        let is_joined = !any.is_empty();
        for needs in needs {
            any.extend(all_of(conn, &needs, !is_joined)?);
        }
        if any.is_empty() {
            return Ok(Expression::Nobody);
        }
        all.push(format!("({})", any.join(" OR ")));
    }
    Ok(if all.is_empty() { Expression::Everybody } else { Expression::Tokens(all.join(" AND ")) })
}

/// An expression for all of these, or none if nobody can have them. `guess`: where the vocabulary has
/// no such word, whoever has one that begins alike may be meant.
fn all_of(conn: &Connection, needs: &[Need], guess: bool) -> Result<Option<String>> {
    let mut parts = Vec::with_capacity(needs.len());
    for need in needs {
        match need {
            Need::Token(token) => parts.push(quoted(token)),
            Need::Begins(begin) => {
                let mut words = words_from(conn, begin)?;
                if words.is_empty() && guess {
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

pub(super) fn is_word(conn: &Connection, word: &str) -> Result<bool> {
    Ok(conn.prepare_cached("select 1 from search_word where word = ?1")?.exists([word])?)
}

/// Words that begin so.
fn words_from(conn: &Connection, begin: &str) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached(
        "select word from search_word where word >= ?1 and word < ?1 || char(1114111) limit ?2",
    )?;
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
            .query_row([seq], |row| {
                Ok((std::cmp::Reverse(row.get(0)?), fold(row.get_ref(1)?.as_str()?), *seq))
            })
            .optional()?;
        keys.extend(key);
    }
    keys.sort();
    Ok(keys.into_iter().map(|(_, _, seq)| seq).collect())
}
