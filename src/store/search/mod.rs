//! Looking a customer up: any part of a number, name, policy or e-mail, in any order. The index
//! names candidates for the tokens of all terms, newest first; up to a few hundred are put in order;
//! what the list shows is read and checked.

mod candidate;
pub(super) mod index;
mod matching;
mod typos;

use std::collections::HashSet;

use rusqlite::{Connection, params};

pub use self::index::{Building, tidy};

use self::candidate::Candidate;
use self::matching::{Asker, Matching, ORDERED, Question, ordered};
use super::{Db, Result, allow};
use crate::domain::ids::CustomerId;
use crate::domain::money::Money;
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::search::{Query, Term};
use crate::domain::shown;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// With fewer hits a mistyped word is thought of.
const FEW: usize = 5;

/// Whom the tokens tell and the words do not mean: after so many the search ends, and says that there
/// may be more.
const STRANGERS: u32 = 150;

/// Of more than can be ordered, those among so many spoken to last come first.
const SPOKEN_TO: i64 = 30;

/// One line of the result list.
#[derive(Clone, PartialEq)]
pub struct Hit {
    pub seq: i64,
    pub id: CustomerId,
    pub name: String,
    pub policy_number: Option<String>,
    pub mobile: Option<String>,
    pub email: Option<String>,
    pub payment: Option<String>,
    pub due: Option<Money>,
    /// The number that matches is an old one, and when it ended.
    pub was: Option<(String, Micros)>,
    /// What matches and does not stand in the line.
    pub other: Option<Other>,
    /// The word that a mistyped one is taken for.
    pub meant: Option<String>,
}

/// What of a customer matches beside the line.
#[derive(Clone, PartialEq)]
pub enum Other {
    Number(String),
    Email(String),
    Company(String),
}

redacted_debug!(Hit, id);

/// The answer to a query.
#[derive(Default)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// More match than are listed.
    pub more: bool,
    /// More match than can be ordered: the newest are listed.
    pub many: bool,
}

/// Every word of the query has to be found somewhere (`domain::search`); filters let pass or do not.
/// Whole numbers come first, then those spoken to last, then by name; of very many the newest.
/// `offset_seconds` is the distance of the local clock from UTC.
///
/// # Errors
/// The actor may not.
pub fn lookup(
    db: &Db,
    actor: &Actor,
    now: Micros,
    offset_seconds: i32,
    query: &str,
    limit: u32,
) -> Result<Found> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = db.snapshot()?;
    let search = Search { conn: &conn, asker: Asker { number: actor.number, now, offset_seconds } };
    let query = Query::read(query);
    if query.is_empty() {
        let seqs = recent(&conn, actor, limit.saturating_add(1))?;
        return search.list(search.read(seqs), &[], limit as usize);
    }
    if query.terms.is_empty() {
        return Ok(Found::default());
    }
    let limit = limit as usize;
    let mut found = search.all(&query.terms, limit)?;
    if found.hits.len() < FEW.min(limit) {
        search.add_mistyped(&mut found, &query.terms, limit)?;
    }
    Ok(found)
}

/// The same for the screen. Without a query: whom this person had before them last.
///
/// # Errors
/// The actor may not.
pub fn find(
    db: &Db,
    actor: &Actor,
    now: Micros,
    offset_seconds: i32,
    query: &str,
    limit: u32,
) -> Result<shown::Found> {
    let found = lookup(db, actor, now, offset_seconds, query, limit)?;
    Ok(shown::Found {
        hits: found.hits.into_iter().map(shown_hit).collect(),
        more: found.more,
        many: found.many,
        of: count(db.conn())?,
    })
}

/// All customers by commit order: those behind `after`, or the first. By key, so that the last page of
/// a million costs what the first does.
///
/// # Errors
/// The actor may not.
pub fn page(
    db: &Db,
    actor: &Actor,
    after: Option<i64>,
    newest_first: bool,
    limit: u32,
) -> Result<shown::Found> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = db.snapshot()?;
    let sql = if newest_first {
        "select seq from customer where seq < coalesce(?1, 9223372036854775807) and deleted_at is null
         order by seq desc limit ?2"
    } else {
        "select seq from customer where seq > coalesce(?1, 0) and deleted_at is null order by seq limit ?2"
    };
    let mut statement = conn.prepare_cached(sql)?;
    let seqs = statement.query_map(params![after, limit], |row| row.get(0))?;
    let mut hits = Vec::new();
    for seq in seqs.collect::<rusqlite::Result<Vec<i64>>>()? {
        if let Some(candidate) = Candidate::read(&conn, seq)? {
            hits.extend(candidate.hit(&conn, &[])?.map(shown_hit));
        }
    }
    Ok(shown::Found { hits, of: count(&conn)?, ..shown::Found::default() })
}

fn shown_hit(hit: Hit) -> shown::Hit {
    let safe = |text: Option<String>| SafeText::new(&text.unwrap_or_default());
    shown::Hit {
        seq: hit.seq,
        id: hit.id,
        name: SafeText::new(&hit.name),
        policy: safe(hit.policy_number),
        mobile: hit.mobile.as_deref().map(SafeText::new),
        email: hit.email.as_deref().map(SafeText::new),
        payment: safe(hit.payment),
        due: safe(hit.due.map(|due| due.to_string())),
        was: hit.was.map(|(value, until)| shown::Was { value: SafeText::new(&value), until }),
        other: hit.other.map(|other| match other {
            Other::Number(number) => shown::Other::Number(SafeText::new(&number)),
            Other::Email(email) => shown::Other::Email(SafeText::new(&email)),
            Other::Company(company) => shown::Other::Company(SafeText::new(&company)),
        }),
        meant: hit.meant.as_deref().map(SafeText::new),
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

/// Whom this person opened or spoke to last.
fn recent(conn: &Connection, actor: &Actor, limit: u32) -> Result<Vec<i64>> {
    let mut statement = conn.prepare_cached(
        "select c.seq from (
            select * from (select object_id as customer, at from audit
                where user_number = ?1 and action = 'card opened' order by seq desc limit 200)
            union all
            select * from (select customer_id, at from interaction
                where user_id = ?2 order by seq desc limit 200)) r
         join customer c on c.id = r.customer
         group by r.customer order by max(r.at) desc limit ?3",
    )?;
    let rows = statement.query_map(params![actor.number, actor.user, limit], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

struct Search<'a> {
    conn: &'a Connection,
    asker: Asker,
}

impl Search<'_> {
    /// Those whom all terms mean.
    fn all(&self, terms: &[Term], limit: usize) -> Result<Found> {
        let question = Question::new(self.conn, &self.asker, terms)?;
        let Matching { mut seqs, many } = question.matching(ORDERED)?;
        if many {
            self.spoken_to_first(&mut seqs, &question)?;
        } else {
            seqs = ordered(self.conn, &seqs)?;
        }
        if seqs.len() > limit {
            self.whole_numbers_first(&mut seqs, terms)?;
        }
        let found = self.list(self.read(seqs), terms, limit)?;
        Ok(Found { more: found.more || many, many: found.many || many, ..found })
    }

    /// One after the other, as they are asked for.
    fn read(&self, seqs: Vec<i64>) -> impl Iterator<Item = Result<Candidate>> + use<'_> {
        seqs.into_iter().filter_map(|seq| Candidate::read(self.conn, seq).transpose())
    }

    /// The first of those whom the terms mean.
    fn list(
        &self,
        candidates: impl Iterator<Item = Result<Candidate>>,
        terms: &[Term],
        limit: usize,
    ) -> Result<Found> {
        let mut found = Found::default();
        let mut hits = Vec::new();
        let mut strangers = 0;
        for candidate in candidates {
            let mut candidate = candidate?;
            let is_whole = candidate.has_whole(self.conn, terms)?;
            match candidate.hit(self.conn, terms)? {
                Some(_) if hits.len() == limit => {
                    found.more = true;
                    break;
                }
                Some(hit) => hits.push((is_whole, hit)),
                None => strangers += 1,
            }
            if strangers == STRANGERS {
                (found.more, found.many) = (true, true);
                break;
            }
        }
        hits.sort_by_key(|(is_whole, _)| !is_whole);
        found.hits = hits.into_iter().map(|(_, hit)| hit).collect();
        Ok(found)
    }

    /// Of very many, whoever was on the phone today is the likeliest.
    fn spoken_to_first(&self, seqs: &mut Vec<i64>, question: &Question<'_>) -> Result<()> {
        let mut statement = self.conn.prepare_cached(
            "select seq from customer where last_contact_at is not null order by last_contact_at desc limit ?1",
        )?;
        let rows = statement.query_map([SPOKEN_TO], |row| row.get(0))?;
        let lately = rows.collect::<rusqlite::Result<Vec<i64>>>()?;
        put_first(seqs, question.among(&lately)?);
        Ok(())
    }

    /// Of more than are listed: those whose number is the one that was said, and not only has its
    /// digits. Such a number ends with them, which few do.
    fn whole_numbers_first(&self, seqs: &mut Vec<i64>, terms: &[Term]) -> Result<()> {
        for (at, term) in terms.iter().enumerate() {
            let Some(digits) = term.whole_number() else { continue };
            let mut ending = terms.to_vec();
            ending[at] = Term::Ends(digits.to_owned());
            let mut whole = Vec::new();
            for seq in Question::new(self.conn, &self.asker, &ending)?.matching(ORDERED)?.seqs {
                if let Some(mut candidate) = Candidate::read(self.conn, seq)?
                    && candidate.has_whole(self.conn, terms)?
                {
                    whole.push(seq);
                }
            }
            put_first(seqs, ordered(self.conn, &whole)?);
        }
        Ok(())
    }
}

fn put_first(seqs: &mut Vec<i64>, first: Vec<i64>) {
    let known: HashSet<i64> = first.iter().copied().collect();
    seqs.retain(|seq| !known.contains(seq));
    seqs.splice(0..0, first);
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
