//! Looking a customer up: any part of a number, name, policy or e-mail, in any order. The most
//! telling term is looked for in narrow indexes, the others are checked on what it finds, and the
//! search ends as soon as the list is full.

mod candidate;
mod sources;
mod terms;

use std::collections::HashSet;

use rusqlite::{Connection, params, params_from_iter};

use self::candidate::Candidate;
use self::sources::{SPOKEN_TO, Source, in_name, sources};
use self::terms::{Term, terms};
use super::{Db, Result, allow};
use crate::domain::ids::CustomerId;
use crate::domain::money::Money;
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// One line of the result list.
#[derive(Clone, PartialEq)]
pub struct Hit {
    pub id: CustomerId,
    pub name: String,
    pub policy_number: Option<String>,
    pub mobile: Option<String>,
    pub email: Option<String>,
    pub payment: Option<String>,
    pub due: Option<Money>,
    /// The number that matches is an old one, and when it ended.
    pub was: Option<(String, Micros)>,
}

redacted_debug!(Hit, id);

/// Every word of the query has to be found somewhere: digits in any number of the customer, old
/// ones too, or in the policy number; `..33` at the end of a number; `payment:` in the payment
/// state; anything else in name, company, policy number or e-mail. Those spoken to last come first.
///
/// # Errors
/// The actor may not.
pub fn lookup(db: &Db, actor: &Actor, query: &str, limit: u32) -> Result<Vec<Hit>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = db.snapshot()?;
    hits(&conn, actor, query, limit)
}

/// The same for the screen. Without a query: whom this person had before them last.
///
/// # Errors
/// The actor may not.
pub fn find(db: &Db, actor: &Actor, query: &str, limit: u32) -> Result<shown::Found> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = db.snapshot()?;
    let mut hits = hits(&conn, actor, query, limit.saturating_add(1))?;
    let more = hits.len() > limit as usize;
    hits.truncate(limit as usize);
    Ok(shown::Found { hits: hits.into_iter().map(shown_hit).collect(), more, of: count(&conn)? })
}

fn shown_hit(hit: Hit) -> shown::Hit {
    let safe = |text: Option<String>| SafeText::new(&text.unwrap_or_default());
    shown::Hit {
        id: hit.id,
        name: SafeText::new(&hit.name),
        policy: safe(hit.policy_number),
        mobile: hit.mobile.as_deref().map(SafeText::new),
        email: hit.email.as_deref().map(SafeText::new),
        payment: safe(hit.payment),
        due: safe(hit.due.map(|due| due.to_string())),
        was: hit.was.map(|(value, until)| shown::Was { value: SafeText::new(&value), until }),
    }
}

/// Rows of customers are never deleted, so their highest number counts them; counting a million at
/// every key would not do.
fn count(conn: &Connection) -> Result<i64> {
    Ok(conn
        .prepare_cached(
            "select coalesce((select max(seq) from customer), 0)
                - (select count(*) from customer where deleted_at is not null)",
        )?
        .query_row([], |row| row.get(0))?)
}

fn hits(conn: &Connection, actor: &Actor, query: &str, limit: u32) -> Result<Vec<Hit>> {
    let mut terms = terms(query);
    if terms.is_empty() {
        return recent(conn, actor, limit);
    }
    rarest_first(conn, &mut terms)?;
    let mut search =
        Search { conn, terms: &terms, limit: limit as usize, seen: HashSet::new(), found: vec![] };
    // Wherever the search ends: those spoken to lately are in the list.
    search.take(&(SPOKEN_TO, Vec::new()))?;
    let words: Vec<&str> =
        terms.iter().filter(|term| matches!(term, Term::Word(_))).map(Term::text).collect();
    if let [first, second, rest @ ..] = words.as_slice() {
        // Two common words meet in a name more often than anywhere else.
        search.take(&in_name([first, second, rest.first().unwrap_or(&"")]))?;
    }
    for source in sources(&terms[0]) {
        search.take(&source)?;
    }
    let mut found = search.found;
    found.sort_by_key(|candidate| (std::cmp::Reverse(candidate.last_contact_at), candidate.seq));
    found.into_iter().map(|candidate| candidate.hit(conn, &terms)).collect()
}

/// Whom this person opened or spoke to last.
fn recent(conn: &Connection, actor: &Actor, limit: u32) -> Result<Vec<Hit>> {
    let mut statement = conn.prepare_cached(
        "select customer from (
            select * from (select object_id as customer, at from audit
                where user_number = ?1 and action = 'card opened' order by seq desc limit 200)
            union all
            select * from (select customer_id, at from interaction
                where user_id = ?2 order by seq desc limit 200))
         group by customer order by max(at) desc limit ?3",
    )?;
    let rows = statement.query_map(params![actor.number, actor.user, limit], |row| row.get(0))?;
    let ids = rows.collect::<rusqlite::Result<Vec<CustomerId>>>()?;
    let mut hits = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(candidate) = Candidate::read(conn, id)? {
            hits.push(candidate.hit(conn, &[])?);
        }
    }
    Ok(hits)
}

struct Search<'a> {
    conn: &'a Connection,
    terms: &'a [Term],
    limit: usize,
    seen: HashSet<CustomerId>,
    found: Vec<Candidate>,
}

impl Search<'_> {
    /// Takes from one source whom all terms are found in, until the list is full.
    fn take(&mut self, (source, values): &Source) -> Result<()> {
        if self.found.len() >= self.limit {
            return Ok(());
        }
        let mut statement = self.conn.prepare_cached(source)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let id: CustomerId = row.get(0)?;
            if !self.seen.insert(id) {
                continue;
            }
            let Some(mut candidate) = Candidate::read(self.conn, id)? else { continue };
            let mut all = true;
            for term in self.terms {
                all = all && candidate.holds(self.conn, term)?;
            }
            if all {
                self.found.push(candidate);
                if self.found.len() == self.limit {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// At so many places, spread over all, a few names are read to tell common words from rare ones.
const PLACES: i64 = 64;

/// The term that fewest customers have comes first: it is looked for, the others are checked.
fn rarest_first(conn: &Connection, terms: &mut [Term]) -> Result<()> {
    if terms.len() < 2 {
        return Ok(());
    }
    let last: i64 =
        conn.prepare_cached("select coalesce(max(seq), 0) from customer")?.query_row([], |row| row.get(0))?;
    let mut statement =
        conn.prepare_cached("select name from customer where seq >= ?1 order by seq limit 4")?;
    let mut names: Vec<String> = Vec::new();
    for n in 0..PLACES {
        for name in statement.query_map([1 + last * n / PLACES], |row| row.get(0))? {
            names.push(name?);
        }
    }
    terms.sort_by_cached_key(|term| term.commonness(&names));
    Ok(())
}

/// A `like` pattern (escape `\`) that finds `text` anywhere.
pub(super) fn like_inside(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
