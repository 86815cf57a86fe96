//! One row of an import meets who is here: it is matched, merged or added.

use std::sync::LazyLock;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, ToSql, params, params_from_iter};
use serde_json::{Map, Value as Json, json};

use crate::domain::customer::{NewCustomer, Stage};
use crate::domain::ids::{ContactPointId, CustomerId};
use crate::domain::import::OnMatch;
use crate::domain::time::Micros;
use crate::domain::update::Field;
use crate::store::customers::{self, Imported, MASTER};
use crate::store::{Result, Tx, effective, merge};

/// What an import may change of a customer who is here already, in the order of the values.
pub(super) static MERGED: LazyLock<Vec<&str>> =
    LazyLock::new(|| customers::COLUMNS.into_iter().chain(["tags", "custom"]).collect());

const AMOUNT: usize = 7;
const CURRENCY: usize = 8;
const STAGE: usize = 9;
const TAGS: usize = 18;
const CUSTOM: usize = 19;

static READ: LazyLock<String> = LazyLock::new(|| {
    format!("select {}, updated_at, updated_by from customer where id = ?1", MERGED.join(", "))
});

/// All of [`MERGED`], then the time, the person and the customer.
pub(super) static WRITE: LazyLock<String> = LazyLock::new(|| {
    let columns = MERGED.iter().chain(&["updated_at", "updated_by"]);
    let set: Vec<_> = columns.enumerate().map(|(at, column)| format!("{column} = ?{}", at + 1)).collect();
    format!("update customer set {} where id = ?{}", set.join(", "), set.len() + 1)
});

/// Takes in rows; `keep` is handed what a customer was before they are changed.
pub(in crate::store) fn take_in(
    tx: &mut Tx<'_>,
    rows: &[NewCustomer],
    on: OnMatch,
    mut keep: impl FnMut(&Tx<'_>, CustomerId, &Json) -> Result<()>,
) -> Result<Vec<Imported>> {
    let mut results = Vec::with_capacity(rows.len());
    for new in rows {
        results.push(take_one(tx, new, on, None, &mut keep)?);
    }
    if results.contains(&Imported::New) {
        // The upstream may have updates of these that nobody here could be told of before.
        tx.tx.prepare_cached("update destination set polled_to = 0 where name = 'upstream'")?.execute([])?;
    }
    Ok(results)
}

/// The same of one row; `changed` is when the master says that it changed, where it does.
pub(in crate::store) fn take_one(
    tx: &mut Tx<'_>,
    new: &NewCustomer,
    on: OnMatch,
    changed: Option<Micros>,
    keep: &mut impl FnMut(&Tx<'_>, CustomerId, &Json) -> Result<()>,
) -> Result<Imported> {
    match find_match(&tx.tx, new)? {
        Some(_) if on == OnMatch::Skip => Ok(Imported::Unchanged),
        Some(id) => merge(tx, id, new, (on, changed), keep),
        None => {
            customers::insert(tx, new, MASTER)?;
            Ok(Imported::New)
        }
    }
}

/// What one row says and the customer has differently is another customer: a policy or a number
/// matches only who has no other master id, and a number only who has no other policy.
fn find_match(conn: &Connection, new: &NewCustomer) -> Result<Option<CustomerId>> {
    if let Some(id) = new.own.id {
        let is_here = conn
            .prepare_cached("select 1 from customer where id = ?1 and deleted_at is null")?
            .exists([id])?;
        if is_here {
            return Ok(Some(id));
        }
    }
    if let Some(master_id) = &new.master_id
        && let Some(known) = merge::record_of(conn, MASTER, master_id)?
    {
        return Ok(Some(known));
    }
    if new.own.id.is_some() {
        // A customer of its own there is one here, too: families share numbers, and some a policy.
        return Ok(None);
    }
    if let Some(policy) = &new.policy_number {
        let known = conn
            .prepare_cached(
                "select c.id from customer c where c.policy_number = ?1 and (c.deleted_at is null
                    or ?2 is null and exists (select 1 from customer_merged m where m.gone = c.id))
                   and (?2 is null or not exists (select 1 from customer_ref r where r.customer_id = c.id))
                 order by c.seq limit 1",
            )?
            .query_row(params![policy, new.master_id], |row| row.get(0))
            .optional()?;
        if known.is_some() {
            return Ok(known);
        }
    }
    let Some(phone) = new.phones.first() else { return Ok(None) };
    Ok(conn
        .prepare_cached(
            "select c.id from contact_point p join customer c on c.id = p.customer_id
             where p.value = ?1 and p.retired_at is null and c.name = ?2 and (c.deleted_at is null
                or ?4 is null and exists (select 1 from customer_merged m where m.gone = c.id))
               and (?3 is null or c.policy_number is null)
               and (?4 is null or not exists (select 1 from customer_ref r where r.customer_id = c.id))
             order by c.seq limit 1",
        )?
        .query_row(params![phone.value, new.name, new.policy_number, new.master_id], |row| row.get(0))
        .optional()?)
}

/// A customer as an import sees them.
struct Known {
    row: Vec<Value>,
    updated_at: Value,
    updated_by: Value,
    points: Vec<Point>,
}

struct Point {
    seq: i64,
    kind: String,
    label: String,
    value: String,
    origin: String,
}

impl Known {
    fn read(conn: &Connection, id: CustomerId) -> Result<Self> {
        let (row, updated_at, updated_by) = conn.prepare_cached(&READ)?.query_row([id], |row| {
            let values = (0..MERGED.len()).map(|at| row.get(at)).collect::<rusqlite::Result<Vec<Value>>>()?;
            Ok((values, row.get(MERGED.len())?, row.get(MERGED.len() + 1)?))
        })?;
        let mut statement = conn.prepare_cached(
            "select seq, kind, label, value, origin from contact_point
             where customer_id = ?1 and retired_at is null order by seq",
        )?;
        let points = statement.query_map([id], |row| {
            Ok(Point {
                seq: row.get(0)?,
                kind: row.get(1)?,
                label: row.get(2)?,
                value: row.get(3)?,
                origin: row.get(4)?,
            })
        })?;
        Ok(Self { row, updated_at, updated_by, points: points.collect::<rusqlite::Result<_>>()? })
    }

    fn before(&self, conn: &Connection, id: CustomerId) -> Result<Json> {
        let row: Map<String, Json> =
            MERGED.iter().zip(&self.row).map(|(name, value)| ((*name).to_owned(), as_json(value))).collect();
        let mut refs =
            conn.prepare_cached("select ref from customer_ref where source = ?1 and customer_id = ?2")?;
        let refs = refs.query_map(params![MASTER, id], |row| row.get(0))?;
        Ok(json!({
            "row": row,
            "updated_at": as_json(&self.updated_at),
            "updated_by": as_json(&self.updated_by),
            "refs": refs.collect::<rusqlite::Result<Vec<String>>>()?,
            "points": self.points.iter().map(|point| point.seq).collect::<Vec<_>>(),
        }))
    }
}

/// Ids are their text.
fn as_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => json!(number),
        Value::Real(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Blob(bytes) => json!(uuid::Uuid::from_slice(bytes).map(|id| id.to_string()).ok()),
    }
}

fn merge(
    tx: &mut Tx<'_>,
    id: CustomerId,
    new: &NewCustomer,
    (on, changed): (OnMatch, Option<Micros>),
    keep: &mut impl FnMut(&Tx<'_>, CustomerId, &Json) -> Result<()>,
) -> Result<Imported> {
    let known = Known::read(&tx.tx, id)?;
    let row = merged(&known.row, new, on);
    let points = points(&known.points, new, on);
    let is_changed = row != known.row || points.iter().any(|point| !point.is_known());
    let mut is_more = false;
    for master_id in new.master_id.iter().chain(&new.own.other_master_ids) {
        is_more |= customers::by_master_id(&tx.tx, master_id)?.is_none();
    }
    for old in &new.own.old_contacts {
        is_more |= !customers::knows_old(&tx.tx, id, old)?;
    }
    if is_changed || is_more {
        keep(tx, id, &known.before(&tx.tx, id)?)?;
        let rest: [&dyn ToSql; 3] = [&tx.now, &tx.actor.user, &id];
        let values = row.iter().map(|value| value as &dyn ToSql).chain(rest);
        tx.tx.prepare_cached(&WRITE)?.execute(params_from_iter(values))?;
        customers::write_ref(tx, id, new)?;
        customers::write_old_points(tx, id, new, MASTER)?;
    }
    for point in &points {
        point.write(tx, id)?;
    }
    for field in Field::ALL {
        if says(new, field, effective::master_value(&tx.tx, id, field)?.as_deref()) {
            effective::master_seen(tx, id, field, changed)?;
        }
    }
    if is_changed || is_more {
        tx.changed(id);
    }
    Ok(if is_changed || is_more { Imported::Changed } else { Imported::Unchanged })
}

/// Is the master's value of this field, as it is stored now, what the row says? What a rule has left out
/// was not seen.
fn says(new: &NewCustomer, field: Field, master: Option<&str>) -> bool {
    let Some(master) = master else { return false };
    match field {
        Field::Mobile => new.phones.iter().any(|p| p.label == "mobile" && p.value.as_str() == master),
        Field::Email => new.emails.iter().any(|email| email.value.as_str() == master),
    }
}

/// The row as it is to be. One without a stage (which reads as `new`) leaves the stage alone.
fn merged(known: &[Value], new: &NewCustomer, on: OnMatch) -> Vec<Value> {
    let given = values(new);
    let overwrites = on == OnMatch::Overwrite;
    let mut row: Vec<Value> = known.to_vec();
    for (at, value) in given.into_iter().enumerate() {
        let is_empty = match at {
            AMOUNT | CURRENCY => known[AMOUNT] == Value::Null,
            STAGE => known[at] == Value::Text(Stage::New.as_str().to_owned()),
            TAGS => known[at] == Value::Text("[]".to_owned()),
            _ => known[at] == Value::Null,
        };
        if value != Value::Null && (overwrites || is_empty) {
            row[at] = value;
        }
    }
    if !new.custom.is_empty() {
        let mut custom: Map<String, Json> = match &known[CUSTOM] {
            Value::Text(text) => serde_json::from_str(text).unwrap_or_default(),
            _ => Map::new(),
        };
        let before = custom.clone();
        for (key, value) in &new.custom {
            if overwrites && value.is_null() {
                custom.remove(key);
            } else if overwrites || !custom.contains_key(key) {
                custom.insert(key.clone(), value.clone());
            }
        }
        if custom != before {
            row[CUSTOM] = Value::Text(Json::Object(custom).to_string());
        }
    }
    row
}

/// What the row says, in the order of [`MERGED`]; nothing where it says nothing.
fn values(new: &NewCustomer) -> [Value; 19] {
    let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
    let word = |word: Option<&str>| word.map_or(Value::Null, |word| Value::Text(word.to_owned()));
    [
        Value::Text(new.name.clone()),
        text(&new.given_name),
        text(&new.family_name),
        text(&new.company),
        text(&new.industry),
        text(&new.policy_number),
        text(&new.payment),
        new.amount_due.map_or(Value::Null, |money| Value::Integer(money.minor)),
        new.amount_due.map_or(Value::Null, |money| Value::Text(money.currency.to_string())),
        word((new.stage != Stage::New).then(|| new.stage.as_str())),
        text(&new.street),
        text(&new.city),
        text(&new.state),
        text(&new.zip),
        text(&new.country),
        text(&new.timezone),
        word(new.preferred_method.map(|method| method.as_str())),
        text(&new.preferred_time),
        if new.tags.is_empty() { Value::Null } else { Value::Text(json!(new.tags).to_string()) },
    ]
}

/// What becomes of one phone or e-mail of a row.
enum PointDeed<'a> {
    Seen(i64),
    /// A label's earlier value of the master is retired, not overwritten.
    New {
        kind: &'a str,
        label: &'a str,
        value: &'a str,
        raw: &'a str,
        retires: Vec<i64>,
    },
}

fn points<'a>(known: &[Point], new: &'a NewCustomer, on: OnMatch) -> Vec<PointDeed<'a>> {
    let phones = new.phones.iter().map(|p| ("phone", p.label.as_str(), p.value.as_str(), p.raw.as_str()));
    let emails = new.emails.iter().map(|e| ("email", e.label.as_str(), e.value.as_str(), e.raw.as_str()));
    let mut deeds = Vec::new();
    for (kind, label, value, raw) in phones.chain(emails) {
        let mut same = known.iter().filter(|point| point.kind == kind && point.label == label);
        let mut of_master = same.clone().filter(|point| point.origin == MASTER);
        // Of several with one label, all that are given count.
        let is_given = |point: &&Point| match kind {
            "phone" => new.phones.iter().any(|p| p.label == label && p.value.as_str() == point.value),
            _ => new.emails.iter().any(|e| e.label == label && e.value.as_str() == point.value),
        };
        match of_master.clone().find(|point| point.value == value) {
            Some(point) => deeds.push(PointDeed::Seen(point.seq)),
            None if on == OnMatch::FillEmpty && same.next().is_some() => {}
            None => {
                let retires =
                    of_master.by_ref().filter(|point| !is_given(point)).map(|point| point.seq).collect();
                deeds.push(PointDeed::New { kind, label, value, raw, retires });
            }
        }
    }
    deeds
}

impl PointDeed<'_> {
    fn is_known(&self) -> bool {
        matches!(self, Self::Seen(_))
    }

    fn write(&self, tx: &mut Tx<'_>, customer: CustomerId) -> Result<()> {
        match self {
            Self::Seen(seq) => {
                tx.tx
                    .prepare_cached("update contact_point set seen_at = ?2 where seq = ?1")?
                    .execute(params![seq, tx.now])?;
            }
            Self::New { kind, label, value, raw, retires } => {
                for seq in retires {
                    tx.tx
                        .prepare_cached("update contact_point set retired_at = ?2 where seq = ?1")?
                        .execute(params![seq, tx.now])?;
                }
                let id = ContactPointId(tx.id());
                customers::write_point(tx, (id, customer), (kind, label, value, raw), MASTER)?;
            }
        }
        Ok(())
    }
}
