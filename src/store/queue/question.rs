//! A filter as SQL. Every filter has an index that hands its updates out in the order of capture; the
//! one with the fewest leads, the others are asked of what it finds. So a page is read from where the
//! last one ended, however many there are.

use rusqlite::{Connection, ToSql, named_params};

use super::super::Result;
use super::whose;
use crate::domain::role::Actor;
use crate::domain::search::captured_question;
use crate::domain::shown::{MANY, QueueFilter};
use crate::domain::time::Micros;

/// An hour, as updates are put into hours.
const HOUR: i64 = 3_600_000_000;

/// A question whose first index finds no more than so many looks for nothing quicker.
const FEW: i64 = 500;

/// What hands the updates out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    All,
    Status,
    Upload,
    Agent,
    Reason,
    /// The words that were typed.
    Words,
}

impl Lead {
    /// Rows in the order of capture, as `s`.
    fn from(self) -> &'static str {
        match self {
            Self::All => "contact_update_state s indexed by contact_update_by_seq where 1",
            Self::Status => {
                "contact_update_state s indexed by contact_update_by_status where s.status = :status"
            }
            Self::Upload => {
                "contact_update_state s indexed by contact_update_by_upload where s.upload = :upload"
            }
            Self::Agent => {
                "contact_update_state s indexed by contact_update_by_agent where s.agent_number = :agent"
            }
            Self::Reason => {
                "contact_update_state s indexed by contact_update_by_reason where s.reason = :reason"
            }
            Self::Words => {
                "update_search t cross join contact_update_state s indexed by contact_update_by_seq
                 on s.seq = t.rowid where t.update_search match :words"
            }
        }
    }

    fn key(self) -> &'static str {
        if self == Self::Words { "t.rowid" } else { "s.seq" }
    }
}

/// A filter, the actor's right applied, and where its updates lie.
pub(super) struct Question<'a> {
    filter: &'a QueueFilter,
    words: Option<String>,
    /// Whose updates; `None`: everybody's.
    agent: Option<i64>,
    /// Between these two, if days were named.
    first: i64,
    last: i64,
    lead: Lead,
}

impl<'a> Question<'a> {
    /// Who sees their own only is asked for no other.
    pub fn new(conn: &Connection, actor: &Actor, filter: &'a QueueFilter) -> Result<Self> {
        Self::of(conn, whose(actor)?.or(filter.agent), filter)
    }

    pub fn of(conn: &Connection, agent: Option<i64>, filter: &'a QueueFilter) -> Result<Self> {
        let find = filter.find.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let (first, last) = reach(conn, filter.from, filter.before)?;
        let mut question =
            Self { filter, words: find.map(captured_question), agent, first, last, lead: Lead::All };
        question.narrow(conn)?;
        question.lead = question.best(conn)?;
        Ok(question)
    }

    /// What may lead, the words first.
    fn asked(&self) -> impl Iterator<Item = Lead> + use<> {
        let asked = [
            (Lead::Words, self.words.is_some()),
            (Lead::Status, self.filter.status.is_some()),
            (Lead::Upload, self.filter.upload.is_some()),
            (Lead::Agent, self.agent.is_some()),
            (Lead::Reason, self.filter.reason.is_some()),
        ];
        asked.into_iter().filter(|(_, is_asked)| *is_asked).map(|(lead, _)| lead)
    }

    /// To where all that is asked has its first and its last: what is pending is mostly new, and the many
    /// that are older have their words in vain.
    fn narrow(&mut self, conn: &Connection) -> Result<()> {
        for lead in self.asked().filter(|lead| *lead != Lead::Words) {
            let end = |order: &str| {
                let sql = format!("select s.seq from {} order by s.seq {order} limit 1", lead.from());
                Ok::<_, super::Error>(self.ask(conn, &sql, 0, 0, 0)?.first().copied())
            };
            let (Some(first), Some(last)) = (end("asc")?, end("desc")?) else {
                (self.first, self.last) = (1, 0);
                return Ok(());
            };
            (self.first, self.last) = (self.first.max(first), self.last.min(last));
        }
        Ok(())
    }

    /// The index with the fewest, counted no further than the best one before it.
    fn best(&self, conn: &Connection) -> Result<Lead> {
        let mut asked = self.asked().peekable();
        let Some(mut best) = asked.next() else { return Ok(Lead::All) };
        if asked.peek().is_none() {
            return Ok(best);
        }
        let mut fewest = self.counted(conn, best, "", MANY)?;
        for lead in asked {
            if fewest <= FEW {
                break;
            }
            let count = self.counted(conn, lead, "", fewest)?;
            if count < fewest {
                (best, fewest) = (lead, count);
            }
        }
        Ok(best)
    }

    /// What is asked of each, beside what leads.
    fn rest(&self) -> String {
        let mut rest = String::new();
        let filter = self.filter;
        let asked = [
            (Lead::Status, filter.status.is_some(), " and s.status = :status"),
            (Lead::Upload, filter.upload.is_some(), " and s.upload = :upload"),
            (Lead::Agent, self.agent.is_some(), " and s.agent_number = :agent"),
            (Lead::Reason, filter.reason.is_some(), " and s.reason = :reason"),
            (
                Lead::Words,
                self.words.is_some(),
                " and exists (select 1 from update_search t where t.update_search match :words and t.rowid = s.seq)",
            ),
        ];
        for (lead, is_asked, condition) in asked {
            if is_asked && lead != self.lead {
                // The plus keeps another index from taking the lead.
                rest.push_str(&condition.replace("and s.", "and +s."));
            }
        }
        if filter.from.is_some() {
            rest.push_str(" and s.captured_at >= :from");
        }
        if filter.before.is_some() {
            rest.push_str(" and s.captured_at < :before");
        }
        rest
    }

    /// The numbers from `after` on, in the filter's order.
    pub fn seqs(&self, conn: &Connection, after: Option<i64>, limit: u32) -> Result<Vec<i64>> {
        let (mut first, mut last) = (self.first, self.last);
        match after {
            Some(after) if self.filter.newest_first => last = last.min(after - 1),
            Some(after) => first = first.max(after + 1),
            None => {}
        }
        let key = self.lead.key();
        let order = if self.filter.newest_first { "desc" } else { "asc" };
        let sql = format!(
            "select s.seq from {}{} and {key} >= :first and {key} <= :last order by {key} {order} limit :limit",
            self.lead.from(),
            self.rest()
        );
        self.ask(conn, &sql, first, last, i64::from(limit))
    }

    /// All of them, oldest first.
    pub fn all(&self, conn: &Connection) -> Result<Vec<i64>> {
        let key = self.lead.key();
        let sql = format!(
            "select s.seq from {}{} and {key} >= :first and {key} <= :last order by {key} limit :limit",
            self.lead.from(),
            self.rest()
        );
        self.ask(conn, &sql, self.first, self.last, -1)
    }

    /// How many, counted no further than `most`.
    pub fn count(&self, conn: &Connection, most: i64) -> Result<i64> {
        self.counted(conn, self.lead, &self.rest(), most)
    }

    fn counted(&self, conn: &Connection, lead: Lead, rest: &str, most: i64) -> Result<i64> {
        let key = lead.key();
        let sql = format!(
            "select count(*) from
                (select 1 from {}{rest} and {key} >= :first and {key} <= :last limit :limit)",
            lead.from()
        );
        Ok(self.ask(conn, &sql, self.first, self.last, most)?.first().copied().unwrap_or_default())
    }

    fn ask(&self, conn: &Connection, sql: &str, first: i64, last: i64, limit: i64) -> Result<Vec<i64>> {
        let mut statement = conn.prepare_cached(sql)?;
        let filter = self.filter;
        let values: &[(&str, &dyn ToSql)] = named_params! {
            ":status": filter.status, ":upload": filter.upload, ":agent": self.agent, ":reason": filter.reason,
            ":words": self.words, ":from": filter.from, ":before": filter.before,
            ":first": first, ":last": last, ":limit": limit,
        };
        for (name, value) in values {
            if let Some(place) = statement.parameter_index(name)? {
                statement.raw_bind_parameter(place, value)?;
            }
        }
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(row.get(0)?);
        }
        Ok(found)
    }
}

/// Between which numbers what was captured in these days lies: a walk to them passes all the others.
fn reach(conn: &Connection, from: Option<Micros>, before: Option<Micros>) -> Result<(i64, i64)> {
    if from.is_none() && before.is_none() {
        return Ok((0, i64::MAX));
    }
    let hour = |at: Option<Micros>, open: i64| at.map_or(open, |at| at.0 / HOUR);
    let (first, last): (Option<i64>, Option<i64>) = conn
        .prepare_cached(
            "select min(first_seq), max(last_seq) from contact_update_hour where hour >= ?1 and hour <= ?2",
        )?
        .query_row([hour(from, i64::MIN), hour(before, i64::MAX)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((first.unwrap_or(1), last.unwrap_or(0)))
}
