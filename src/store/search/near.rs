//! Who is called like somebody: the words of a name, or all but one slip in one of them.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::matching::{Asker, Question};
use super::typos;
use crate::domain::alike::words;
use crate::domain::ids::CustomerId;
use crate::domain::role::Actor;
use crate::domain::search::Term;
use crate::domain::time::Micros;
use crate::store::Result;

/// Of each spelling, the newest.
const OF_EACH: usize = 200;

/// Nobody's name needs more.
const WORDS: usize = 6;

/// Whoever has these words in their record, each word as it stands or one slip apart.
pub(in crate::store) fn named_like(
    conn: &Connection,
    actor: &Actor,
    name: &str,
) -> Result<BTreeSet<CustomerId>> {
    let mut words = words(name);
    words.truncate(WORDS);
    let terms: Vec<Term> = words.iter().cloned().map(Term::Word).collect();
    if terms.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut spellings = vec![terms.clone()];
    for (at, word) in words.iter().enumerate() {
        for meant in typos::meant_by(conn, word)? {
            let mut terms = terms.clone();
            terms[at] = Term::Meant(meant);
            spellings.push(terms);
        }
    }
    // No term here asks for a day.
    let asker = Asker { number: actor.number, now: Micros(0), offset_seconds: 0 };
    let mut ids = BTreeSet::new();
    for terms in spellings {
        for seq in Question::new(conn, &asker, &terms)?.matching(OF_EACH)?.seqs {
            ids.insert(
                conn.prepare_cached("select id from customer where seq = ?1")?
                    .query_row([seq], |row| row.get(0))?,
            );
        }
    }
    Ok(ids)
}
