//! What texts have cost, as the provider reported it: exact sums by day and by conversation.

use std::collections::BTreeMap;

use rusqlite::params;

use super::{Db, Result, allow};
use crate::domain::price::Sums;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// What is summed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Of UTC.
    Day,
    Conversation,
}

/// A day or a conversation, and what its texts have cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// A date, or a number of theirs.
    pub of: String,
    pub name: SafeText,
    pub texts: i64,
    pub segments: i64,
    pub spent: Sums,
}

/// Sums of the texts from one time up to another, in the order of days or of numbers.
///
/// # Errors
/// The actor may not.
pub fn between(db: &Db, actor: &Actor, from: Micros, before: Micros, by: By) -> Result<Vec<Cost>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let mut statement = db.conn().prepare_cached(
        "select m.created_at, c.theirs, coalesce(p.name, ''), m.price, coalesce(m.price_unit, ''), coalesce(m.segments, 0)
         from message m indexed by message_priced join conversation c on c.id = m.conversation_id
         left join customer p on p.id = c.customer_id
         where m.created_at >= ?1 and m.created_at < ?2 and m.price is not null",
    )?;
    let mut rows = statement.query(params![from, before])?;
    let mut sums: BTreeMap<String, Cost> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (at, theirs): (Micros, String) = (row.get(0)?, row.get(1)?);
        let (of, name) = match by {
            By::Day => (at.date(), SafeText::default()),
            By::Conversation => (theirs, SafeText::new(&row.get::<_, String>(2)?)),
        };
        let cost = sums.entry(of.clone()).or_insert_with(|| Cost { of, name, ..Cost::default() });
        cost.texts += 1;
        cost.segments += row.get::<_, i64>(5)?;
        cost.spent.add(&row.get::<_, String>(3)?, &row.get::<_, String>(4)?);
    }
    Ok(sums.into_values().collect())
}
