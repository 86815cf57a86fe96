//! One customer whom the index has named: is it whom the terms mean, and what does the list show?
//! Read as far as needed.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Hit, Other};
use crate::domain::ids::{CustomerId, UpdateId};
use crate::domain::money::{Currency, Money};
use crate::domain::search::{Place, Record, Term};
use crate::domain::time::Micros;
use crate::domain::update::Field;
use crate::store::Result;
use crate::store::effective::{self, Shown};

pub(super) struct Candidate {
    seq: i64,
    id: CustomerId,
    due: Option<Money>,
    shown: Shown,
    /// What the list shows of it; the rest of the numbers and addresses comes when it is asked for.
    record: Record,
    /// When each number ended, if it did; all numbers are there.
    ended: Option<Vec<Option<Micros>>>,
}

/// A number that this customer has, or had until `ended`.
struct Number {
    value: String,
    ended: Option<Micros>,
}

impl Candidate {
    /// Reads the row; `None` if the customer was deleted.
    pub(super) fn read(conn: &Connection, seq: i64) -> Result<Option<Self>> {
        let row = conn
            .prepare_cached(
                "select id, name, given_name, family_name, company, policy_number, payment, amount_due, currency
                 from customer where seq = ?1 and deleted_at is null",
            )?
            .query_row([seq], |row| {
                let name: String = row.get(1)?;
                let more: [Option<String>; 2] = [row.get(2)?, row.get(3)?];
                let amount: Option<i64> = row.get(7)?;
                let currency =
                    row.get::<_, Option<String>>(8)?.and_then(|code| code.parse::<Currency>().ok());
                Ok(Self {
                    seq,
                    id: row.get(0)?,
                    due: amount.zip(currency).map(|(minor, currency)| Money { minor, currency }),
                    shown: Shown::default(),
                    record: Record {
                        names: [name].into_iter().chain(more.into_iter().flatten()).collect(),
                        company: row.get(4)?,
                        policy: row.get(5)?,
                        payment: row.get(6)?,
                        ..Record::default()
                    },
                    ended: None,
                })
            })
            .optional()?;
        let Some(mut candidate) = row else { return Ok(None) };
        candidate.shown = effective::read(conn, candidate.id)?;
        candidate.record.numbers.extend(candidate.shown.mobile.as_ref().map(|mobile| mobile.value.clone()));
        candidate.record.emails.extend(candidate.shown.email.as_ref().map(|email| email.value.clone()));
        Ok(Some(candidate))
    }

    /// Reads every number and address the customer has or had: those of today first, then the newest.
    fn read_all(&mut self, conn: &Connection) -> Result<()> {
        if self.ended.is_none() {
            let mut numbers = numbers(conn, self.id)?;
            numbers.sort_by_key(|number| (number.ended.is_some(), std::cmp::Reverse(number.ended)));
            self.ended = Some(numbers.iter().map(|number| number.ended).collect());
            self.record.numbers = numbers.into_iter().map(|number| number.value).collect();
            let known = std::mem::take(&mut self.record.emails);
            let others = addresses(conn, self.id)?.into_iter().filter(|email| !known.contains(email));
            self.record.emails = known.iter().cloned().chain(others).collect();
        }
        Ok(())
    }

    /// The line of the list, if all terms mean this customer.
    pub(super) fn hit(mut self, conn: &Connection, terms: &[Term]) -> Result<Option<Hit>> {
        let (mut was, mut other) = (None, None);
        for term in terms {
            let mut place = term.place(&self.record);
            if place.is_none() && self.ended.is_none() {
                self.read_all(conn)?;
                place = term.place(&self.record);
            }
            match place {
                None => return Ok(None),
                Some(Place::Number(at)) => {
                    let number = self.record.numbers[at].clone();
                    match self.ended.as_ref().and_then(|ended| ended[at]) {
                        Some(until) => was = was.or(Some((number, until))),
                        None if Some(&number) == self.shown.mobile.as_ref().map(|mobile| &mobile.value) => {}
                        None => other = other.or(Some(Other::Number(number))),
                    }
                }
                Some(Place::Email(at)) => {
                    other = other.or(Some(Other::Email(self.record.emails[at].clone())))
                }
                Some(Place::Company) => other = other.or(self.record.company.clone().map(Other::Company)),
                Some(Place::Name | Place::Policy | Place::Beside) => {}
            }
        }
        Ok(Some(Hit {
            seq: self.seq,
            id: self.id,
            name: self.record.names.swap_remove(0),
            policy_number: self.record.policy,
            mobile: self.shown.mobile.map(|mobile| mobile.value),
            email: self.shown.email.map(|email| email.value),
            payment: self.record.payment,
            due: self.due,
            was,
            other,
            meant: None,
        }))
    }

    /// Has this customer today, or had once, a number that was said as a whole?
    pub(super) fn has_whole(&mut self, conn: &Connection, terms: &[Term]) -> Result<bool> {
        let said: Vec<&Term> = terms.iter().filter(|term| term.whole_number().is_some()).collect();
        if said.is_empty() {
            return Ok(false);
        }
        let is_said = |number: &String| said.iter().any(|term| term.is_number(number));
        let has = |record: &Record| record.numbers.iter().any(is_said);
        if has(&self.record) {
            return Ok(true);
        }
        self.read_all(conn)?;
        Ok(has(&self.record))
    }
}

/// Every e-mail the customer has or had.
fn addresses(conn: &Connection, customer: CustomerId) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached(
        "select value from contact_point where customer_id = ?1 and kind = 'email'
         union select f.new from contact_update u
            join contact_update_field f on f.update_id = u.id and f.field = 'email'
            join contact_update_state s on s.update_id = u.id
            where u.customer_id = ?1 and s.status not in ('rejected', 'withdrawn')",
    )?;
    let rows = statement.query_map([customer], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Every number the customer has or had. One that was captured by mistake was never theirs.
fn numbers(conn: &Connection, customer: CustomerId) -> Result<Vec<Number>> {
    let captured = captured(conn, customer)?;
    let points = points(conn, customer)?;
    let mobile = effective::projected(conn, customer, Field::Mobile)?;
    let now = mobile.as_ref().map(|mobile| mobile.value.as_str());
    let update = mobile.as_ref().and_then(|mobile| mobile.update);
    // Since when the mobile of today counts: what it has replaced ended then.
    let since =
        captured.iter().find(|captured| Some(captured.update) == update).map(|captured| captured.at).or_else(
            || {
                let same = |point: &&Phone| point.retired_at.is_none() && Some(point.value.as_str()) == now;
                points.iter().find(same).map(|point| point.at)
            },
        );
    let mut numbers = Vec::with_capacity(points.len() + captured.len());
    let next = captured.iter().skip(1).map(|next| Some(next.at)).chain([None]);
    for (capture, next) in captured.iter().zip(next) {
        let ended = (Some(capture.value.as_str()) != now).then(|| next.or(since).unwrap_or(capture.at));
        numbers.push(Number { value: capture.value.clone(), ended });
    }
    for point in points {
        let replaced = point.is_mobile && Some(point.value.as_str()) != now;
        let ended = point.retired_at.or_else(|| replaced.then(|| since.unwrap_or(point.at)));
        numbers.push(Number { value: point.value, ended });
    }
    Ok(numbers)
}

struct Captured {
    update: UpdateId,
    value: String,
    at: Micros,
}

fn captured(conn: &Connection, customer: CustomerId) -> Result<Vec<Captured>> {
    let mut statement = conn.prepare_cached(
        "select u.id, f.new, u.captured_at from contact_update u
         join contact_update_field f on f.update_id = u.id and f.field = 'mobile'
         join contact_update_state s on s.update_id = u.id
         where u.customer_id = ?1 and s.status not in ('rejected', 'withdrawn') order by u.seq",
    )?;
    let rows = statement.query_map([customer], |row| {
        Ok(Captured { update: row.get(0)?, value: row.get(1)?, at: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

struct Phone {
    value: String,
    is_mobile: bool,
    at: Micros,
    retired_at: Option<Micros>,
}

fn points(conn: &Connection, customer: CustomerId) -> Result<Vec<Phone>> {
    let mut statement = conn.prepare_cached(
        "select value, label = 'mobile', created_at, retired_at from contact_point
         where customer_id = ?1 and kind = 'phone'",
    )?;
    let rows = statement.query_map([customer], |row| {
        Ok(Phone { value: row.get(0)?, is_mobile: row.get(1)?, at: row.get(2)?, retired_at: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
