//! Two customers who are one person. Facts stay where they are; whoever is gone points to whoever is kept,
//! and what went over is written down, so that a merge can be split again. Only here is known who stands
//! for whom.

mod split;

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Map, Value, json};

use super::updates::{self, Capture, Leaving};
use super::{Db, Error, Result, Tx, allow, audit, customers, effective};
use crate::domain::email::Email;
use crate::domain::ids::{ContactPointId, CustomerId, MergeId};
use crate::domain::merge::{Part, Side};
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Choice, Sides};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::{Field, MAX_NOTES, NewUpdate};

pub(super) use split::in_write as split_in;
pub use split::{Split, split};

/// What may be chosen, and what follows from both: tags, and who was spoken to last.
const COLUMNS: [&str; 20] = [
    "name",
    "given_name",
    "family_name",
    "company",
    "industry",
    "policy_number",
    "payment",
    "amount_due",
    "currency",
    "stage",
    "street",
    "city",
    "state",
    "zip",
    "country",
    "timezone",
    "preferred_method",
    "preferred_time",
    "last_contact_at",
    "last_contact_method",
];

/// Columns that hold JSON.
const NESTED: [&str; 2] = ["custom", "tags"];

/// What goes over as it is, row by row.
const MOVED: [&str; 3] = ["interaction", "conversation", "message"];

type Values = Map<String, Value>;

/// What was chosen beside the usual.
pub type Takes = BTreeMap<Part, Side>;

/// Who stands for this customer: themselves, unless they were merged away.
pub(super) fn living(conn: &Connection, customer: CustomerId) -> Result<CustomerId> {
    let mut living = customer;
    while let Some(kept) = conn
        .prepare_cached("select kept from customer_merged where gone = ?1")?
        .query_row([living], |row| row.get(0))
        .optional()?
    {
        living = kept;
    }
    Ok(living)
}

/// A customer and all who were merged into them, themselves first.
pub(super) fn family(conn: &Connection, customer: CustomerId) -> Result<Vec<CustomerId>> {
    let mut family = vec![customer];
    let mut next = 0;
    while let Some(kept) = family.get(next).copied() {
        let mut statement =
            conn.prepare_cached("select gone from customer_merged where kept = ?1 order by seq")?;
        let gone = statement.query_map([kept], |row| row.get(0))?;
        family.extend(gone.collect::<rusqlite::Result<Vec<CustomerId>>>()?);
        next += 1;
    }
    Ok(family)
}

/// Everybody who is the same person as this customer.
pub(super) fn person(conn: &Connection, customer: CustomerId) -> Result<Vec<CustomerId>> {
    family(conn, living(conn, customer)?)
}

/// Whose record a master's id is. It goes over in a merge; the master still has two records, and what it
/// says of one is not to be written over the other.
pub(super) fn record_of(conn: &Connection, source: &str, master_id: &str) -> Result<Option<CustomerId>> {
    Ok(conn
        .prepare_cached(
            "select coalesce((select m.gone from customer_merge_row r join customer_merged m on m.id = r.merge_id
                where r.what = 'customer_ref' and r.row = json_array(?1, ?2) order by m.seq limit 1), customer_id)
             from customer_ref where source = ?1 and ref = ?2",
        )?
        .query_row([source, master_id], |row| row.get(0))
        .optional()?)
}

/// One merge that holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    pub id: MergeId,
    pub gone: CustomerId,
    pub name: String,
    pub policy_number: Option<String>,
    pub at: Micros,
}

/// Who was merged into this customer, the newest first.
///
/// # Errors
/// The actor may not.
pub fn into(db: &Db, actor: &Actor, customer: CustomerId) -> Result<Vec<Merged>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let mut statement = db.conn().prepare_cached(
        "select m.id, m.gone, c.name, c.policy_number, m.at from customer_merged m
         join customer c on c.id = m.gone where m.kept = ?1 order by m.seq desc",
    )?;
    let rows = statement.query_map([customer], |row| {
        Ok(Merged {
            id: row.get(0)?,
            gone: row.get(1)?,
            name: row.get(2)?,
            policy_number: row.get(3)?,
            at: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Both customers side by side, with what is chosen unless somebody chooses otherwise.
///
/// # Errors
/// One of them is not there, or the actor may not.
pub fn compare(db: &Db, actor: &Actor, kept: CustomerId, gone: CustomerId) -> Result<Sides> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = &*db.snapshot()?;
    let (kept, gone) = two(conn, kept, gone)?;
    let both = [Half::read(conn, kept)?, Half::read(conn, gone)?];
    let choices = Part::ALL.into_iter().filter_map(|part| {
        let [left, right] = both.each_ref().map(|half| half.shown(part));
        (left != right).then(|| Choice {
            field: part.as_str().to_owned(),
            gone: usual(part, &both) == Side::Gone,
            left: SafeText::new(&left),
            right: SafeText::new(&right),
        })
    });
    let [kept_name, gone_name] = both.each_ref().map(|half| SafeText::new(&half.text("name")));
    Ok(Sides { kept, gone, kept_name, gone_name, choices: choices.collect() })
}

/// The two as they are now; one who was merged already stands for nobody.
fn two(conn: &Connection, kept: CustomerId, gone: CustomerId) -> Result<(CustomerId, CustomerId)> {
    let (kept, gone) = (living(conn, kept)?, living(conn, gone)?);
    if kept == gone {
        return Err(Error::Refused("these two are one customer already".into()));
    }
    Ok((customers::read(conn, kept)?.id, customers::read(conn, gone)?.id))
}

/// One side: the columns, and the two contact fields as they count now.
struct Half {
    id: CustomerId,
    values: Values,
    effective: effective::Shown,
}

impl Half {
    fn read(conn: &Connection, id: CustomerId) -> Result<Self> {
        Ok(Self { id, values: values(conn, id)?, effective: effective::read(conn, id)? })
    }

    fn contact(&self, part: Part) -> Option<&str> {
        let field = match part {
            Part::Mobile => Field::Mobile,
            Part::Email => Field::Email,
            _ => return None,
        };
        self.effective.get(field).map(|effective| effective.value.as_str())
    }

    fn is_empty(&self, part: Part) -> bool {
        let nothing = |column: &&str| match self.values.get(*column) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty() || (*column == "stage" && text == "new"),
            Some(Value::Object(fields)) => fields.is_empty(),
            Some(_) => false,
        };
        match part {
            Part::Mobile | Part::Email => self.contact(part).is_none(),
            _ => part.columns().iter().all(nothing),
        }
    }

    fn text(&self, column: &str) -> String {
        match self.values.get(column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Object(fields)) => {
                let field = |(name, value): (&String, &Value)| match value {
                    Value::String(text) => format!("{name}: {text}"),
                    other => format!("{name}: {other}"),
                };
                fields.iter().map(field).collect::<Vec<_>>().join("; ")
            }
            Some(other) => other.to_string(),
        }
    }

    /// As people read it.
    fn shown(&self, part: Part) -> String {
        match part {
            Part::Mobile | Part::Email => self.contact(part).unwrap_or_default().to_owned(),
            Part::Due => {
                let minor = self.values.get("amount_due").and_then(Value::as_i64);
                let currency = self.text("currency").parse().ok();
                let money = minor.zip(currency);
                money
                    .map(|(minor, currency)| crate::domain::money::Money { minor, currency }.to_string())
                    .unwrap_or_default()
            }
            // The parts of a name are in it.
            Part::Name => self.text("name"),
            _ => {
                let texts = part.columns().iter().map(|column| self.text(column));
                texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

fn usual(part: Part, [kept, gone]: &[Half; 2]) -> Side {
    Side::usual(kept.is_empty(part), gone.is_empty(part))
}

fn values(conn: &Connection, id: CustomerId) -> Result<Values> {
    let plain = COLUMNS.map(|column| format!("'{column}', {column}"));
    let nested = NESTED.map(|column| format!("'{column}', json({column})"));
    let columns = [plain.as_slice(), nested.as_slice()].concat().join(", ");
    let text: String = conn
        .prepare_cached(&format!("select json_object({columns}) from customer where id = ?1"))?
        .query_row([id], |row| row.get(0))?;
    serde_json::from_str(&text).map_err(|why| Error::Refused(format!("customer {id}: {why}")))
}

fn write_values(tx: &Tx<'_>, id: CustomerId, values: &Values) -> Result<()> {
    let plain = COLUMNS.map(|column| format!("{column} = ?2 ->> '$.{column}'"));
    let nested = NESTED.map(|column| format!("{column} = ?2 -> '$.{column}'"));
    let columns = [plain.as_slice(), nested.as_slice()].concat().join(", ");
    tx.tx
        .prepare_cached(&format!(
            "update customer set {columns}, updated_at = ?3, updated_by = ?4 where id = ?1"
        ))?
        .execute(params![id, Value::Object(values.clone()).to_string(), tx.now, tx.actor.user])?;
    Ok(())
}

/// Makes two customers one. What is not chosen is as [`compare`] says. The kept one's mobile and e-mail
/// are changed by an update like any other, and only if they were chosen.
///
/// # Errors
/// They are one already, one of them is not there, or the actor may not.
pub fn merge(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    (kept, gone): (CustomerId, CustomerId),
    takes: &Takes,
    leaving: Leaving,
) -> Result<MergeId> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::MergeCustomers, Object::Any)?;
    let (kept, gone) = two(&tx.tx, kept, gone)?;
    let both = [Half::read(&tx.tx, kept)?, Half::read(&tx.tx, gone)?];
    let chosen: Vec<Part> = Part::ALL
        .into_iter()
        .filter(|part| takes.get(part).copied().unwrap_or(usual(*part, &both)) == Side::Gone)
        .collect();
    let last = newest_interaction(&tx.tx)?;
    let after = together(&both, &chosen);
    let update = take_contact(&mut tx, &both, &chosen, leaving)?;
    let (was, is) = differences(&both[0].values, &after);
    write_values(&tx, kept, &after)?;

    let id = MergeId(tx.id());
    let taken: BTreeSet<&str> = chosen.iter().map(|part| part.as_str()).collect();
    let detail = json!({ "taken": taken, "before": was, "after": is, "update": update, "last": last });
    insert_fact(&tx, id, (kept, gone), None, &detail)?;
    move_over(&mut tx, id, &both)?;
    tx.tx
        .prepare_cached(
            "update customer set deleted_at = ?2, updated_at = ?2, updated_by = ?3 where id = ?1",
        )?
        .execute(params![gone, tx.now, tx.actor.user])?;
    for customer in [kept, gone] {
        refold(&tx, customer)?;
    }
    let said = json!({ "merge": id.to_string(), "kept": kept.to_string(), "gone": gone.to_string(), "taken": taken });
    audit::record(&mut tx, "customers merged", ("customer", Some(kept.0)), &said)?;
    audit::record(&mut tx, "customer merged away", ("customer", Some(gone.0)), &said)?;
    tx.commit()?;
    Ok(id)
}

fn newest_interaction(conn: &Connection) -> Result<i64> {
    Ok(conn.query_row("select coalesce(max(seq), 0) from interaction", [], |row| row.get(0))?)
}

fn refold(tx: &Tx<'_>, customer: CustomerId) -> Result<()> {
    Field::ALL.into_iter().try_for_each(|field| effective::refold(tx, customer, field))
}

/// The kept customer's columns as they will be.
fn together([kept, gone]: &[Half; 2], chosen: &[Part]) -> Values {
    let mut after = kept.values.clone();
    let theirs = |column: &str| gone.values.get(column).cloned().unwrap_or_default();
    for column in chosen.iter().filter(|part| **part != Part::Custom).flat_map(|part| part.columns()) {
        after.insert((*column).to_owned(), theirs(column));
    }
    if theirs("last_contact_at").as_i64() > after.get("last_contact_at").and_then(Value::as_i64) {
        for column in ["last_contact_at", "last_contact_method"] {
            after.insert(column.to_owned(), theirs(column));
        }
    }
    if let (Some(Value::Object(ours)), Value::Object(theirs)) = (after.get_mut("custom"), theirs("custom")) {
        let first = chosen.contains(&Part::Custom);
        for (name, value) in theirs {
            if first || !ours.contains_key(&name) {
                ours.insert(name, value);
            }
        }
    }
    if let (Some(Value::Array(ours)), Value::Array(theirs)) = (after.get_mut("tags"), theirs("tags")) {
        for tag in theirs {
            if !ours.contains(&tag) {
                ours.push(tag);
            }
        }
    }
    after
}

/// What changes: as it was, and as it is.
fn differences(before: &Values, after: &Values) -> (Values, Values) {
    let changed = after.iter().filter(|(column, value)| before.get(*column) != Some(value));
    let pairs = changed.map(|(column, value)| {
        let was = before.get(column).cloned().unwrap_or_default();
        ((column.clone(), was), (column.clone(), value.clone()))
    });
    pairs.unzip()
}

/// A mobile or an e-mail of the other that is to count becomes an update of the kept customer.
fn take_contact(
    tx: &mut Tx<'_>,
    both: &[Half; 2],
    chosen: &[Part],
    leaving: Leaving,
) -> Result<Option<String>> {
    let [kept, gone] = both;
    let wanted = |part: Part| {
        let theirs = gone.contact(part).filter(|_| chosen.contains(&part));
        theirs.filter(|value| kept.contact(part) != Some(value))
    };
    let unreadable =
        |what: &str| Error::Refused(format!("{what}: this value cannot be taken over; keep the other"));
    let mobile =
        wanted(Part::Mobile).map(|text| E164::parse(text).ok_or_else(|| unreadable("mobile"))).transpose()?;
    let email =
        wanted(Part::Email).map(|text| Email::parse(text).map_err(|_| unreadable("e-mail"))).transpose()?;
    if mobile.is_none() && email.is_none() {
        return Ok(None);
    }
    let policy = gone.text("policy_number");
    let policy = if policy.is_empty() { policy } else { format!(" ({policy})") };
    let notes: String =
        format!("merged with {}{policy}", gone.text("name")).chars().take(MAX_NOTES).collect();
    let new = NewUpdate::of_known(mobile, email, notes);
    let about = Capture { shown: kept.effective.clone(), ..Capture::default() };
    let id = updates::capture_in(tx, kept.id, &new, &about, leaving)?;
    Ok(Some(id.to_string()))
}

fn insert_fact(
    tx: &Tx<'_>,
    id: MergeId,
    (kept, gone): (CustomerId, CustomerId),
    splits: Option<MergeId>,
    detail: &Value,
) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into customer_merge (id, kept, gone, splits, detail, user_id, at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![id, kept, gone, splits, detail.to_string(), tx.actor.user, tx.now])?;
    Ok(())
}

/// Everything of the other that is not a fact goes over, and is written down.
fn move_over(tx: &mut Tx<'_>, id: MergeId, [kept, gone]: &[Half; 2]) -> Result<()> {
    tx.tx
        .prepare_cached(
            "insert into customer_merge_row (merge_id, what, row)
             select ?1, 'customer_ref', json_array(source, ref) from customer_ref where customer_id = ?2",
        )?
        .execute(params![id, gone.id])?;
    tx.tx
        .prepare_cached("update customer_ref set customer_id = ?1 where customer_id = ?2")?
        .execute(params![kept.id, gone.id])?;
    for table in MOVED {
        tx.tx
            .prepare_cached(&format!(
                "insert into customer_merge_row (merge_id, what, row)
                 select ?1, '{table}', id from {table} where customer_id = ?2"
            ))?
            .execute(params![id, gone.id])?;
        tx.tx
            .prepare_cached(&format!("update {table} set customer_id = ?1 where customer_id = ?2"))?
            .execute(params![kept.id, gone.id])?;
    }
    for (kind, label, value, raw) in reached_at(&tx.tx, gone)? {
        let point = ContactPointId(tx.id());
        let written = tx
            .tx
            .prepare_cached(
                "insert into contact_point (id, customer_id, kind, label, value, raw, origin, seen_at, created_at)
                 select ?1, ?2, ?3, ?4, ?5, ?6, 'local', ?7, ?7 where not exists (select 1 from contact_point
                    where customer_id = ?2 and kind = ?3 and value = ?5 and retired_at is null)",
            )?
            .execute(params![point, kept.id, kind, label, value, raw, tx.now])?;
        if written > 0 {
            tx.tx
                .prepare_cached(
                    "insert into customer_merge_row (merge_id, what, row) values (?1, 'contact_point', ?2)",
                )?
                .execute(params![id, point])?;
        }
    }
    Ok(())
}

type Reached = (String, String, String, String);

/// Where somebody is reached: kind, label, value and what was typed.
fn reached_at(conn: &Connection, half: &Half) -> Result<Vec<Reached>> {
    let mut statement = conn.prepare_cached(
        "select kind, label, value, raw from contact_point where customer_id = ?1 and retired_at is null
         order by seq",
    )?;
    let rows =
        statement.query_map([half.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let mut reached = rows.collect::<rusqlite::Result<Vec<Reached>>>()?;
    for (part, kind, label) in [(Part::Mobile, "phone", "mobile"), (Part::Email, "email", "email")] {
        // A captured value is no contact point yet.
        let value = half.contact(part).filter(|value| !reached.iter().any(|point| point.2 == **value));
        if let Some(value) = value.map(str::to_owned) {
            reached.push((kind.to_owned(), label.to_owned(), value.clone(), value));
        }
    }
    Ok(reached)
}
