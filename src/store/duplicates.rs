//! Who looks like whom: found by index, from equal numbers, equal addresses and near-equal names.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Db, Error, Result, allow, effective, merge, search};
use crate::domain::alike::{Alike, Names};
use crate::domain::ids::CustomerId;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::Duplicate;
use crate::domain::text::SafeText;
use crate::domain::update::Field;

/// A number that more customers have is a switchboard's, and tells nothing.
const SHARED: u32 = 50;

/// Nobody goes through more of them.
const LISTED: usize = 50;

/// What of a customer is compared.
struct Person {
    id: CustomerId,
    name: String,
    policy: Option<String>,
    city: Option<String>,
    company: Option<String>,
    mobile: Option<String>,
    email: Option<String>,
    numbers: BTreeSet<String>,
    emails: BTreeSet<String>,
}

impl Person {
    /// `None` for one who was deleted or merged away.
    fn read(conn: &Connection, id: CustomerId) -> Result<Option<Self>> {
        let row = conn
            .prepare_cached(
                "select name, policy_number, nullif(trim(city), ''), nullif(trim(company), '') from customer
                 where id = ?1 and deleted_at is null",
            )?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let Some((name, policy, city, company)) = row else { return Ok(None) };
        let shown = effective::read(conn, id)?;
        let value = |field| shown.get(field).map(|effective| effective.value.clone());
        let (mobile, email) = (value(Field::Mobile), value(Field::Email));
        let numbers = points(conn, id, "phone")?.into_iter().chain(mobile.clone()).collect();
        let emails = points(conn, id, "email")?.into_iter().chain(email.clone()).collect();
        Ok(Some(Self { id, name, policy, city, company, mobile, email, numbers, emails }))
    }

    fn alike(&self, other: &Self) -> Alike {
        let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) => one.to_lowercase() == other.to_lowercase(),
            _ => false,
        };
        Alike {
            mobile: same(&self.mobile, &other.mobile),
            number: !self.numbers.is_disjoint(&other.numbers),
            email: same(&self.email, &other.email) || !self.emails.is_disjoint(&other.emails),
            city: same(&self.city, &other.city),
            company: same(&self.company, &other.company),
            names: Names::of(&self.name, &other.name),
        }
    }

    fn shown(&self, alike: Alike) -> Duplicate {
        let safe = |text: &Option<String>| SafeText::new(text.as_deref().unwrap_or_default());
        Duplicate {
            id: self.id,
            name: SafeText::new(&self.name),
            policy: safe(&self.policy),
            mobile: self.mobile.as_deref().map(SafeText::new),
            city: safe(&self.city),
            reason: alike.reason(),
            likely: alike.is_likely(),
        }
    }
}

fn points(conn: &Connection, id: CustomerId, kind: &str) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached(
        "select value from contact_point where customer_id = ?1 and kind = ?2 and retired_at is null",
    )?;
    let rows = statement.query_map(params![id, kind], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Who looks like this customer, the likeliest first.
///
/// # Errors
/// No such customer, or the actor may not.
pub fn of(db: &Db, actor: &Actor, customer: CustomerId) -> Result<Vec<Duplicate>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = &*db.snapshot()?;
    let id = merge::living(conn, customer)?;
    let person = Person::read(conn, id)?
        .ok_or_else(|| Error::NotFound { what: "customer", name: customer.to_string() })?;
    let mut candidates = BTreeSet::new();
    for value in person.numbers.iter().chain(&person.emails) {
        candidates.extend(having(conn, value)?);
    }
    // A name alone is nothing: without a place to compare nobody is asked for by it.
    if person.city.is_some() || person.company.is_some() {
        candidates.extend(search::named_like(conn, actor, &person.name)?);
    }
    candidates.remove(&id);
    let mut found = Vec::new();
    for candidate in candidates {
        let Some(other) = Person::read(conn, candidate)? else { continue };
        let alike = person.alike(&other);
        if alike.is_listed() {
            found.push(other.shown(alike));
        }
    }
    found.sort_by(|a, b| (!a.likely, a.name.as_str(), a.id).cmp(&(!b.likely, b.name.as_str(), b.id)));
    found.truncate(LISTED);
    Ok(found)
}

/// Everybody who has this value today.
fn having(conn: &Connection, value: &str) -> Result<Vec<CustomerId>> {
    let mut statement = conn.prepare_cached(
        "select customer_id from effective_contact where value = ?1
         union select customer_id from contact_point where value = ?1 and retired_at is null limit ?2",
    )?;
    let rows = statement.query_map(params![value, SHARED + 1], |row| row.get(0))?;
    let ids = rows.collect::<rusqlite::Result<Vec<CustomerId>>>()?;
    Ok(if ids.len() > SHARED as usize { Vec::new() } else { ids })
}

/// Two who look like one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    pub first: Duplicate,
    pub second: Duplicate,
}

/// Likely pairs among all customers, up to `limit`: those who share a number or an address, and those of
/// one name in one city or company. It walks whole indexes, and takes its time.
///
/// # Errors
/// The actor may not.
pub fn all(db: &Db, actor: &Actor, limit: usize) -> Result<Vec<Pair>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = &*db.snapshot()?;
    let groups = [
        "select group_concat(hex(customer_id)) from (
            select value, customer_id from effective_contact
            union select value, customer_id from contact_point where retired_at is null)
         group by value having count(*) between 2 and ?1",
        "select group_concat(hex(id)) from customer
         where deleted_at is null and coalesce(nullif(trim(city), ''), nullif(trim(company), '')) is not null
         group by name collate nocase, coalesce(nullif(trim(city), ''), nullif(trim(company), ''))
         having count(*) between 2 and ?1",
    ];
    let (mut pairs, mut seen) = (Vec::new(), BTreeSet::new());
    for sql in groups {
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query([SHARED])?;
        while let Some(row) = rows.next()? {
            let ids = row.get_ref(0)?.as_str().unwrap_or_default().split(',');
            let ids: Vec<CustomerId> = ids.filter_map(|id| id.parse().ok()).collect();
            for pair in pairs_of(conn, &ids)? {
                if pairs.len() == limit {
                    return Ok(pairs);
                }
                if seen.insert((pair.first.id, pair.second.id)) {
                    pairs.push(pair);
                }
            }
        }
    }
    Ok(pairs)
}

fn pairs_of(conn: &Connection, ids: &[CustomerId]) -> Result<Vec<Pair>> {
    let mut people = BTreeMap::new();
    for id in ids {
        if let Some(person) = Person::read(conn, *id)? {
            people.insert(*id, person);
        }
    }
    let mut pairs = Vec::new();
    for (id, first) in &people {
        for second in people.range((std::ops::Bound::Excluded(*id), std::ops::Bound::Unbounded)) {
            let alike = first.alike(second.1);
            if alike.is_likely() {
                pairs.push(Pair { first: first.shown(alike), second: second.1.shown(alike) });
            }
        }
    }
    Ok(pairs)
}
