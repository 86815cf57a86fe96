//! Acknowledgements of debt (NIC-25): the fact, a note with its words, and a mail if there is an address.

use chrono::NaiveDate;
use rusqlite::params;
use serde_json::json;

use super::mails::{self, NewMail};
use super::messages::Window;
use super::payments::Office;
use super::{Db, Result, audit, customers, merge, notes, payments, trust};
use crate::domain::debt::{Debt, Parties};
use crate::domain::ids::{CustomerId, MailId, NoteId};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

/// What was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub note: NoteId,
    /// It goes by mail, too.
    pub mail: Option<MailId>,
}

/// Records what was agreed. Durable when this returns; a mail leaves after the undo window.
///
/// # Errors
/// The actor may not, or the disk refuses.
pub fn record(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    office: &Office,
    customer: CustomerId,
    (debt, today): (&Debt, NaiveDate),
    window: Window,
) -> Result<Recorded> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::AddNote, Object::Any)?;
    let customer = merge::living(&tx.tx, customer)?;
    let on_file = customers::read(&tx.tx, customer)?;
    let policy = on_file.policy_number.as_deref().unwrap_or_default();
    let parties = Parties { name: &on_file.name, policy, agent: &actor.name, desk: &office.desk };
    let (subject, body) = debt.words(parties, today);
    let note = notes::write(&mut tx, customer, &format!("{subject}\n\n{body}"))?;
    let address = if office.mail { payments::address(&tx.tx, customer)? } else { None };
    // What is agreed is on record, whether or not a mail can go.
    let address = match address {
        Some(address) if !trust::is_bad(&tx, &address)? => Some(address),
        _ => None,
    };
    let mail = match address {
        Some(recipient) => {
            let mail = NewMail { customer, about: mails::About::Debt, recipient, subject, body, link: None };
            Some(mails::queue(&mut tx, &mail, now + window.undo)?.0)
        }
        None => None,
    };
    let id = tx.id();
    tx.tx
        .prepare_cached(
            "insert into debt (id, customer_id, amount, currency, instalments, first_date, note_id, mail_id, user_id,
                at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            id.as_bytes(),
            customer,
            debt.amount.minor,
            debt.amount.currency.to_string(),
            debt.instalments,
            debt.first.to_string(),
            note,
            mail,
            tx.actor.user,
            now,
        ])?;
    let detail = json!({ "amount": debt.amount.to_string(), "instalments": debt.instalments });
    audit::record(&mut tx, "debt acknowledged", ("customer", Some(customer.0)), &detail)?;
    tx.commit()?;
    Ok(Recorded { note, mail })
}
