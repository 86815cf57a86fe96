//! An act on a record: what somebody saw is compared with what is there, then all of it is written.

use rusqlite::{OptionalExtension as _, params};
use serde_json::{Map, Value, json};

use super::slot::{self, Slot};
use crate::domain::ids::CustomerId;
use crate::store::{Error, Result, Tx, audit, merge};

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Created,
    Edited,
    Tagged,
    Staged,
    Deleted,
    Restored,
    TakenBack,
}

impl Act {
    const ALL: [Self; 7] = [
        Self::Created,
        Self::Edited,
        Self::Tagged,
        Self::Staged,
        Self::Deleted,
        Self::Restored,
        Self::TakenBack,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Edited => "edited",
            Self::Tagged => "tagged",
            Self::Staged => "staged",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
            Self::TakenBack => "taken back",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == text)
    }

    fn audited(self) -> &'static str {
        match self {
            Self::Created => "customer added",
            Self::Edited => "customer edited",
            Self::Tagged => "customer tagged",
            Self::Staged => "customer staged",
            Self::Deleted => "customer deleted",
            Self::Restored => "customer restored",
            Self::TakenBack => "customer change taken back",
        }
    }
}

/// One thing that changes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moved {
    pub slot: Slot,
    pub was: Value,
    pub is: Value,
}

/// Carries out an act on what is not deleted, or on the deletion itself.
pub(super) fn carry_out(tx: &mut Tx<'_>, customer: CustomerId, act: Act, moves: Vec<Moved>) -> Result<()> {
    carry_out_undoing(tx, customer, act, moves, None)
}

/// The same, as what takes back an earlier change.
pub(super) fn carry_out_undoing(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    act: Act,
    moves: Vec<Moved>,
    undoes: Option<i64>,
) -> Result<()> {
    let moves: Vec<Moved> = moves.into_iter().filter(|moved| moved.was != moved.is).collect();
    if moves.is_empty() {
        return Ok(());
    }
    alive(tx, customer, &moves)?;
    let mut overtaken = Vec::new();
    for moved in &moves {
        // One who just was added has no past to compare with.
        let added = matches!((&moved.slot, &moved.was), (Slot::Point(_), Value::Null));
        if !added && slot::current(&tx.tx, customer, &moved.slot)? != moved.was {
            overtaken.push(moved.slot.words());
        }
    }
    if !overtaken.is_empty() {
        return Err(Error::Overwrites { by: last_by(tx, customer)?, fields: overtaken });
    }
    for moved in &moves {
        slot::write(tx, customer, &moved.slot, &moved.is)?;
    }
    tx.tx
        .prepare_cached("update customer set updated_at = ?2, updated_by = ?3 where id = ?1")?
        .execute(params![customer, tx.now, tx.actor.user])?;
    tx.changed(customer);
    let fields = fields(&moves);
    audit::record(tx, act.audited(), ("customer", Some(customer.0)), &Value::Object(fields.clone()))?;
    note(tx, customer, act, fields, undoes)
}

/// A customer was just added, which can be taken back as a deletion. The audit entry is there.
pub(in crate::store) fn created(tx: &mut Tx<'_>, customer: CustomerId) -> Result<()> {
    let moved = Moved { slot: Slot::Deleted, was: json!(true), is: json!(false) };
    note(tx, customer, Act::Created, fields(&[moved]), None)
}

fn note(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    act: Act,
    fields: Map<String, Value>,
    undoes: Option<i64>,
) -> Result<()> {
    let id = tx.id();
    tx.tx
        .prepare_cached(
            "insert into customer_change (id, customer_id, kind, fields, undoes, user_id, audit_seq, at)
             values (?1, ?2, ?3, ?4, ?5, ?6, (select max(seq) from audit), ?7)",
        )?
        .execute(params![
            id.as_bytes(),
            customer,
            act.as_str(),
            Value::Object(fields).to_string(),
            undoes,
            tx.actor.user,
            tx.now,
        ])?;
    Ok(())
}

fn fields(moves: &[Moved]) -> Map<String, Value> {
    moves.iter().map(|moved| (moved.slot.name(), json!([moved.was, moved.is]))).collect()
}

fn alive(tx: &Tx<'_>, customer: CustomerId, moves: &[Moved]) -> Result<()> {
    if merge::living(&tx.tx, customer)? != customer {
        let why = "this customer was merged into another one: look them up again, or split the two";
        return Err(Error::Refused(why.to_owned()));
    }
    let about_deletion = moves.iter().any(|moved| moved.slot == Slot::Deleted);
    if !super::is_deleted(&tx.tx, customer)? || about_deletion && moves.iter().any(|m| m.is == json!(false)) {
        return Ok(());
    }
    let by = last_by(tx, customer)?;
    Err(Error::Refused(format!(
        "{by} has deleted this customer; `cordboard customers restore` brings them back"
    )))
}

fn last_by(tx: &Tx<'_>, customer: CustomerId) -> Result<String> {
    let name: Option<Option<String>> = tx
        .tx
        .prepare_cached(
            "select u.name from customer c left join user u on u.id = c.updated_by where c.id = ?1",
        )?
        .query_row([customer], |row| row.get(0))
        .optional()?;
    Ok(name.flatten().unwrap_or_else(|| "somebody".to_owned()))
}
