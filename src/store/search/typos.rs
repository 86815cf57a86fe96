//! A word with one slip of the fingers: what it may have been meant to be. One slip leaves one half
//! of a word as it was, so words that share a half are few, and only these are compared.

use std::collections::HashSet;

use rusqlite::Connection;

use super::matching::{Matching, Question, ordered};
use super::{Found, Hit, Search};
use crate::domain::search::{SHORTEST_MISTYPED, Term, is_slip, is_slip_at_the_end, swapped_at};
use crate::store::Result;

/// So many words are tried in place of one,
const TRIED: usize = 5;

/// and so many words of a line are doubted.
const DOUBTED: usize = 3;

/// So many customers of each are put in order.
const OF_EACH: usize = 100;

impl Search<'_> {
    /// Adds customers who have all the terms but one, and in its place a word next to it. Each of the
    /// words comes to its turn, so that the one that was meant is among the first.
    pub(super) fn add_mistyped(&self, found: &mut Found, terms: &[Term], limit: usize) -> Result<()> {
        let mut known: HashSet<_> = found.hits.iter().map(|hit| hit.id).collect();
        let mut lists = Vec::new();
        let words = terms.iter().enumerate().filter_map(|(at, term)| match term {
            Term::Word(typed) => Some((at, typed)),
            _ => None,
        });
        for (at, typed) in words.take(DOUBTED) {
            for meant in meant_by(self.conn, typed)? {
                let mut terms = terms.to_vec();
                terms[at] = Term::Meant(meant.clone());
                let question = Question::new(self.conn, &self.asker, &terms)?;
                let Matching { seqs, many } = question.matching(OF_EACH)?;
                found.more |= many;
                lists.push((meant, terms, self.read(ordered(self.conn, &seqs)?)));
            }
        }
        while found.hits.len() < limit {
            let before = found.hits.len();
            for (meant, terms, candidates) in &mut lists {
                for candidate in candidates.by_ref() {
                    let hit = candidate?.hit(self.conn, terms)?.filter(|hit| known.insert(hit.id));
                    if let Some(hit) = hit {
                        found.hits.push(Hit { meant: Some(meant.clone()), ..hit });
                        break;
                    }
                }
            }
            if found.hits.len() == before {
                break;
            }
        }
        found.more |= found.hits.len() > limit || lists.iter_mut().any(|(.., left)| left.next().is_some());
        found.hits.truncate(limit);
        Ok(())
    }
}

/// The likeliest words of the vocabulary that are one slip away, whole ones first.
pub(super) fn meant_by(conn: &Connection, typed: &str) -> Result<Vec<String>> {
    let letters: Vec<char> = typed.chars().collect();
    if letters.len() < SHORTEST_MISTYPED || !letters.iter().all(|c| c.is_alphabetic()) {
        return Ok(Vec::new());
    }
    let middle = letters.len() / 2;
    let left: String = letters[..middle].iter().collect();
    let right: String = letters[middle..].iter().rev().collect();
    let mut near = Vec::new();
    let mut take = |word: String| {
        // What begins as it was typed was found.
        let whole = is_slip(typed, &word) && !word.starts_with(typed);
        if whole || is_slip_at_the_end(typed, &word) {
            near.push((!whole, word));
        }
    };
    for (sql, half) in [(BEGINS, &left), (ENDS, &right)] {
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query([half])?;
        while let Some(row) = rows.next()? {
            take(row.get(0)?);
        }
    }
    // Two letters in the wrong order may stand on both sides of the middle.
    if let Some(word) = swapped_at(typed, middle) {
        let mut known = conn.prepare_cached("select word from search_word where word = ?1")?;
        let mut rows = known.query([word])?;
        while let Some(row) = rows.next()? {
            take(row.get(0)?);
        }
    }
    near.sort();
    near.dedup();
    near.truncate(TRIED);
    Ok(near.into_iter().map(|(_, word)| word).collect())
}

const BEGINS: &str = "select word from search_word where word >= ?1 and word < ?1 || char(1114111)";

const ENDS: &str = "select word from search_word where backwards >= ?1 and backwards < ?1 || char(1114111)";
