//! All whom a line means, one piece after the other: for what takes its time and must miss nobody. The
//! index only says who may be meant; each is looked at.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::candidate::Candidate;
use super::matching::{Asker, is_word};
use crate::domain::ids::CustomerId;
use crate::domain::search::{Filter, Need, Query, Term, days};
use crate::domain::update::Status;
use crate::store::{Error, Result, consent};

/// Looked at between two pieces.
const PIECE: u32 = 1_000;

/// A walk over all customers whom a line means, oldest first.
pub(in crate::store) struct Every<'a> {
    conn: &'a Connection,
    asker: Asker,
    terms: Vec<Term>,
    tokens: Option<String>,
    after: i64,
}

impl<'a> Every<'a> {
    /// An empty line means everybody.
    ///
    /// # Errors
    /// A line that would mean more than it says.
    pub(in crate::store) fn new(conn: &'a Connection, asker: Asker, line: &str) -> Result<Self> {
        if let Some(open) = line.split_whitespace().find(|piece| piece.ends_with(':')) {
            return Err(Error::Refused(format!("\"{open}\" says nothing yet: write a value behind it")));
        }
        if line.split_whitespace().count() > Query::MOST_WORDS {
            let why = format!("the filter has more than {} words: leave some out", Query::MOST_WORDS);
            return Err(Error::Refused(why));
        }
        let query = Query::read(line);
        if query.terms.is_empty() && !line.trim().is_empty() {
            let why =
                format!("\"{}\" means nobody: name a part of a number, a name or a policy", line.trim());
            return Err(Error::Refused(why));
        }
        let tokens = superset(conn, &asker, &query.terms)?;
        Ok(Self { conn, asker, terms: query.terms, tokens, after: 0 })
    }

    /// The next of them; `None` at the end. A piece may be empty.
    pub(in crate::store) fn next_piece(&mut self) -> Result<Option<Vec<CustomerId>>> {
        let seqs = self.look()?;
        let Some(last) = seqs.last() else { return Ok(None) };
        self.after = *last;
        let mut piece = Vec::with_capacity(seqs.len());
        for seq in seqs {
            piece.extend(self.meant(seq)?);
        }
        Ok(Some(piece))
    }

    fn look(&self) -> Result<Vec<i64>> {
        let mut statement = self.conn.prepare_cached(match self.tokens {
            Some(_) => {
                "select rowid from search where search match ?1 and rowid > ?2 order by rowid limit ?3"
            }
            None => {
                "select seq from customer where ?1 is null and seq > ?2 and deleted_at is null
                 order by seq limit ?3"
            }
        })?;
        let rows = statement.query_map(params![self.tokens, self.after, PIECE], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn meant(&self, seq: i64) -> Result<Option<CustomerId>> {
        if self.terms.is_empty() {
            let id = self
                .conn
                .prepare_cached("select id from customer where seq = ?1")?
                .query_row([seq], |row| row.get(0))
                .optional()?;
            return Ok(id);
        }
        let Some(candidate) = Candidate::read(self.conn, seq)? else { return Ok(None) };
        let Some(hit) = candidate.hit(self.conn, &self.terms)? else { return Ok(None) };
        for term in &self.terms {
            if let Term::Filter(filter) = term
                && !self.passes(hit.id, filter)?
            {
                return Ok(None);
            }
        }
        Ok(Some(hit.id))
    }

    fn passes(&self, id: CustomerId, filter: &Filter) -> Result<bool> {
        let conn = self.conn;
        let captured_by = |agent: i64| -> Result<bool> {
            Ok(conn
                .prepare_cached("select 1 from contact_update where customer_id = ?1 and agent_number = ?2")?
                .exists(params![id, agent])?)
        };
        match filter {
            // The record tells.
            Filter::Payment(_) | Filter::Stage(_) => Ok(true),
            Filter::Agent(agent) => captured_by(*agent),
            Filter::Mine => captured_by(self.asker.number),
            Filter::OptIn(yes) => Ok(consent::may_text(conn, id)? == *yes),
            Filter::Status(status) => Ok(conn
                .prepare_cached(
                    "select 1 from contact_update u join contact_update_state s on s.update_id = u.id
                     where u.customer_id = ?1 and s.status = ?2",
                )?
                .exists(params![id, status])?),
            Filter::Updated(word) => {
                let Some((from, before)) = days(word, self.asker.now, self.asker.offset_seconds) else {
                    return Ok(false);
                };
                Ok(conn
                    .prepare_cached(
                        "select 1 from contact_update u join contact_update_state s on s.update_id = u.id
                         where u.customer_id = ?1 and u.captured_at >= ?2 and u.captured_at < ?3
                           and s.status <> ?4",
                    )?
                    .exists(params![id, from, before, Status::Withdrawn])?)
            }
        }
    }
}

/// What everybody who is meant has in the index, and others may have, too. Unlike a look-up, it guesses
/// nothing from the vocabulary, which is asked for a few words only.
fn superset(conn: &Connection, asker: &Asker, terms: &[Term]) -> Result<Option<String>> {
    let mut all = Vec::new();
    for term in terms {
        let mut lists = term.needs(asker.number);
        for (left, needs) in term.halves() {
            if is_word(conn, left)? {
                lists.push(needs);
            }
        }
        let lists: Vec<Vec<String>> = lists.iter().map(|needs| tokens(needs)).collect();
        // One way to be meant that no token tells: then none is needed.
        if !lists.is_empty() && lists.iter().all(|tokens| !tokens.is_empty()) {
            let any: Vec<String> = lists.iter().map(|tokens| format!("({})", tokens.join(" AND "))).collect();
            all.push(format!("({})", any.join(" OR ")));
        }
    }
    Ok((!all.is_empty()).then(|| all.join(" AND ")))
}

fn tokens(needs: &[Need]) -> Vec<String> {
    let token = |need: &Need| match need {
        Need::Token(token) => Some(token.clone()),
        Need::Begins(_) => need.without_vocabulary(),
    };
    needs.iter().filter_map(token).map(|token| format!("\"{token}\"")).collect()
}
