//! One customer whom a term was found in: what the other terms are checked on, read as far as needed.

use rusqlite::{Connection, OptionalExtension as _};

use super::Hit;
use super::terms::Term;
use crate::domain::ids::{CustomerId, UpdateId};
use crate::domain::money::{Currency, Money};
use crate::domain::time::Micros;
use crate::domain::update::Field;
use crate::store::{Result, effective};

pub(super) struct Candidate {
    id: CustomerId,
    pub(super) seq: i64,
    pub(super) last_contact_at: Option<Micros>,
    name: String,
    company: Option<String>,
    policy_number: Option<String>,
    payment: Option<String>,
    due: Option<Money>,
    numbers: Option<Vec<Number>>,
}

/// A number that this customer has, or had until `ended`.
struct Number {
    value: String,
    ended: Option<Micros>,
}

impl Candidate {
    /// Reads the row; `None` if the customer was deleted.
    pub(super) fn read(conn: &Connection, id: CustomerId) -> Result<Option<Self>> {
        Ok(conn
            .prepare_cached(
                "select seq, last_contact_at, name, company, policy_number, payment, amount_due, currency
                 from customer where id = ?1 and deleted_at is null",
            )?
            .query_row([id], |row| {
                let amount: Option<i64> = row.get(6)?;
                let currency =
                    row.get::<_, Option<String>>(7)?.and_then(|code| code.parse::<Currency>().ok());
                Ok(Self {
                    id,
                    seq: row.get(0)?,
                    last_contact_at: row.get(1)?,
                    name: row.get(2)?,
                    company: row.get(3)?,
                    policy_number: row.get(4)?,
                    payment: row.get(5)?,
                    due: amount.zip(currency).map(|(minor, currency)| Money { minor, currency }),
                    numbers: None,
                })
            })
            .optional()?)
    }

    pub(super) fn holds(&mut self, conn: &Connection, term: &Term) -> Result<bool> {
        match term {
            Term::Payment(word) => {
                Ok(self.payment.as_deref().is_some_and(|payment| payment.to_lowercase().starts_with(word)))
            }
            Term::Word(_) => {
                let row = [Some(&self.name), self.company.as_ref(), self.policy_number.as_ref()];
                Ok(row.into_iter().flatten().any(|text| term.in_text(text))
                    || addresses(conn, self.id)?.iter().any(|address| term.in_text(address)))
            }
            Term::Digits(_) | Term::Ends(_) => Ok(self.in_policy(term)
                || self.numbers(conn)?.iter().any(|number| term.in_number(&number.value))),
        }
    }

    /// Digits may be of the policy number, too.
    fn in_policy(&self, term: &Term) -> bool {
        matches!(term, Term::Digits(_))
            && self.policy_number.as_deref().is_some_and(|text| term.in_text(text))
    }

    fn numbers(&mut self, conn: &Connection) -> Result<&[Number]> {
        if self.numbers.is_none() {
            self.numbers = Some(numbers(conn, self.id)?);
        }
        Ok(self.numbers.as_deref().unwrap_or_default())
    }

    pub(super) fn hit(mut self, conn: &Connection, terms: &[Term]) -> Result<Hit> {
        let was = self.was(conn, terms)?;
        let shown = |field| effective::projected(conn, self.id, field);
        let (mobile, email) = (shown(Field::Mobile)?, shown(Field::Email)?);
        Ok(Hit {
            id: self.id,
            name: self.name,
            policy_number: self.policy_number,
            mobile: mobile.map(|mobile| mobile.value),
            email: email.map(|email| email.value),
            payment: self.payment,
            due: self.due,
            was,
        })
    }

    /// The old number that a term was found in, where nothing of today has it.
    fn was(&mut self, conn: &Connection, terms: &[Term]) -> Result<Option<(String, Micros)>> {
        for term in terms.iter().filter(|term| matches!(term, Term::Digits(_) | Term::Ends(_))) {
            if self.in_policy(term) {
                continue;
            }
            let found: Vec<&Number> =
                self.numbers(conn)?.iter().filter(|number| term.in_number(&number.value)).collect();
            if found.iter().any(|number| number.ended.is_none()) {
                continue;
            }
            let newest = found.into_iter().max_by_key(|number| number.ended);
            if let Some(Number { value, ended: Some(until) }) = newest {
                return Ok(Some((value.clone(), *until)));
            }
        }
        Ok(None)
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
