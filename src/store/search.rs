//! Looking a customer up: any part of a number, name, policy or e-mail, in any order.

use rusqlite::{ToSql, params_from_iter};

use super::{Db, Result, allow};
use crate::domain::ids::CustomerId;
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action, Actor, Object};

/// One line of the result list.
#[derive(Clone, PartialEq)]
pub struct Hit {
    pub id: CustomerId,
    pub name: String,
    pub policy_number: Option<String>,
    pub mobile: Option<String>,
    pub email: Option<String>,
    pub payment: Option<String>,
}

redacted_debug!(Hit, id);

/// Every word of the query has to be found somewhere: three or more digits in any number of the
/// customer, old ones too; anything else in name, company, policy number or e-mail.
///
/// # Errors
/// The actor may not.
pub fn lookup(db: &Db, actor: &Actor, query: &str, limit: u32) -> Result<Vec<Hit>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let mut sql = String::from(
        "select c.id, c.name, c.policy_number,
            (select value from effective_contact e where e.customer_id = c.id and e.field = 'mobile'),
            (select value from effective_contact e where e.customer_id = c.id and e.field = 'email'), c.payment
         from customer c where c.deleted_at is null",
    );
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    for term in terms(query) {
        match term {
            Term::Digits(digits) => {
                values.push(Box::new(format!("%{digits}%")));
                let n = values.len();
                sql.push_str(&format!(
                    " and (c.policy_number like ?{n}
                       or exists (select 1 from contact_point p where p.customer_id = c.id and p.kind = 'phone'
                                  and p.value like ?{n})
                       or exists (select 1 from contact_update u join contact_update_field f on f.update_id = u.id
                                  where u.customer_id = c.id and f.field = 'mobile' and f.new like ?{n}))"
                ));
            }
            Term::Word(word) => {
                values.push(Box::new(like_inside(&word)));
                let n = values.len();
                sql.push_str(&format!(
                    " and (c.name like ?{n} escape '\\' or c.company like ?{n} escape '\\'
                       or c.policy_number like ?{n} escape '\\'
                       or exists (select 1 from effective_contact e where e.customer_id = c.id
                                  and e.value like ?{n} escape '\\')
                       or exists (select 1 from contact_point p where p.customer_id = c.id
                                  and p.value like ?{n} escape '\\'))"
                ));
            }
        }
    }
    values.push(Box::new(limit));
    sql.push_str(&format!(" order by c.last_contact_at desc nulls last, c.seq limit ?{}", values.len()));
    let mut statement = db.conn().prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(values.iter()), |row| {
        Ok(Hit {
            id: row.get(0)?,
            name: row.get(1)?,
            policy_number: row.get(2)?,
            mobile: row.get(3)?,
            email: row.get(4)?,
            payment: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[derive(Debug, PartialEq)]
enum Term {
    Digits(String),
    Word(String),
}

/// Neighbouring pieces of a spoken number, such as `5737 2333` or `+230 (57) 37`, are one term.
fn terms(query: &str) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for piece in query.split_whitespace().take(16) {
        let digits: String =
            piece.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| char::from_digit(d, 10)).collect();
        let plain = piece.chars().all(|c| c.is_ascii_digit() || "+-().".contains(c));
        match terms.last_mut() {
            Some(Term::Digits(before)) if plain => before.push_str(&digits),
            _ if plain && !digits.is_empty() => terms.push(Term::Digits(digits)),
            _ if plain => {}
            _ => terms.push(Term::Word(piece.to_owned())),
        }
    }
    terms
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoken_numbers_are_one_term() {
        let digits = |text: &str| Term::Digits(text.to_owned());
        assert_eq!(terms("5737 2333"), [digits("57372333")]);
        assert_eq!(terms("+230 (57) 37"), [digits("2305737")]);
        assert_eq!(terms("23 33 kevin"), [digits("2333"), Term::Word("kevin".into())]);
        assert_eq!(terms("LIB/C7013"), [Term::Word("LIB/C7013".into())]);
        assert_eq!(terms(" - + "), []);
    }
}
