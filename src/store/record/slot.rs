//! One thing of a record that is changed: how it is named, read and written.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Value, json};

use crate::domain::form::{Key, Own};
use crate::domain::ids::{ContactPointId, CustomerId};
use crate::store::search::index::tags;
use crate::store::{Error, Result, Tx};

/// What of a record is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Own(Own),
    Custom(String),
    Stage,
    Tags,
    Deleted,
    /// Label and whether it still counts.
    Point(ContactPointId),
}

/// How a column of text is read and written.
struct Column {
    read: &'static str,
    write: &'static str,
}

macro_rules! column {
    ($name:literal) => {
        Column {
            read: concat!("select ", $name, " from customer where id = ?1"),
            write: concat!("update customer set ", $name, " = ?2 where id = ?1"),
        }
    };
}

const AGENT: Column = Column {
    read: "select u.name from customer c left join user u on u.id = c.assigned_agent where c.id = ?1",
    write: "update customer set assigned_agent = (select id from user where name = ?2) where id = ?1",
};

impl Slot {
    pub(super) fn of(key: &Key) -> Self {
        match key {
            Key::Own(own) => Self::Own(*own),
            Key::Custom(key) => Self::Custom(key.clone()),
        }
    }

    /// Its name in `customer_change.fields`.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Own(own) => own.as_str().to_owned(),
            Self::Custom(key) => format!("custom.{key}"),
            Self::Stage => "stage".to_owned(),
            Self::Tags => "tags".to_owned(),
            Self::Deleted => "deleted".to_owned(),
            Self::Point(id) => format!("point.{id}"),
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        if let Some(key) = name.strip_prefix("custom.") {
            return Some(Self::Custom(key.to_owned()));
        }
        if let Some(id) = name.strip_prefix("point.") {
            return id.parse().ok().map(Self::Point);
        }
        match name {
            "stage" => Some(Self::Stage),
            "tags" => Some(Self::Tags),
            "deleted" => Some(Self::Deleted),
            _ => Own::parse(name).map(Self::Own),
        }
    }

    /// As a sentence names it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Own(own) => own.label().to_lowercase(),
            Self::Custom(key) => key.clone(),
            Self::Point(_) => "number or address".to_owned(),
            Self::Stage | Self::Tags | Self::Deleted => self.name(),
        }
    }

    fn column(&self) -> Option<Column> {
        Some(match self {
            Self::Stage => column!("stage"),
            Self::Own(own) => match own {
                Own::Name => column!("name"),
                Own::GivenName => column!("given_name"),
                Own::FamilyName => column!("family_name"),
                Own::Company => column!("company"),
                Own::Industry => column!("industry"),
                Own::PolicyNumber => column!("policy_number"),
                Own::Street => column!("street"),
                Own::City => column!("city"),
                Own::State => column!("state"),
                Own::Zip => column!("zip"),
                Own::Country => column!("country"),
                Own::Timezone => column!("timezone"),
                Own::PreferredMethod => column!("preferred_method"),
                Own::PreferredTime => column!("preferred_time"),
                Own::AssignedAgent => AGENT,
                // These are folded from the master and the contact updates.
                Own::Mobile | Own::Email => return None,
            },
            Self::Custom(_) | Self::Tags | Self::Deleted | Self::Point(_) => return None,
        })
    }
}

/// What stands there now.
pub(super) fn current(conn: &Connection, customer: CustomerId, slot: &Slot) -> Result<Value> {
    let gone = || Error::NotFound { what: "customer", name: customer.to_string() };
    if let Some(column) = slot.column() {
        let text: Option<Option<String>> =
            conn.prepare_cached(column.read)?.query_row([customer], |row| row.get(0)).optional()?;
        return text.map(|text| json!(text)).ok_or_else(gone);
    }
    match slot {
        Slot::Custom(key) => {
            let custom: Option<String> = conn
                .prepare_cached("select custom from customer where id = ?1")?
                .query_row([customer], |row| row.get(0))
                .optional()?;
            let custom: Value = serde_json::from_str(&custom.ok_or_else(gone)?).unwrap_or_default();
            Ok(custom.get(key).cloned().unwrap_or_default())
        }
        Slot::Tags => {
            let column: Option<String> = conn
                .prepare_cached("select tags from customer where id = ?1")?
                .query_row([customer], |row| row.get(0))
                .optional()?;
            Ok(json!(tags(&column.ok_or_else(gone)?)))
        }
        Slot::Deleted => Ok(json!(super::is_deleted(conn, customer)?)),
        Slot::Point(id) => {
            let point: Option<(String, bool)> = conn
                .prepare_cached(
                    "select label, retired_at is not null from contact_point where id = ?1 and customer_id = ?2",
                )?
                .query_row(params![id, customer], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            Ok(point.map_or(Value::Null, |(label, retired)| point_is(&label, retired)))
        }
        Slot::Own(_) | Slot::Stage => Ok(Value::Null),
    }
}

/// A phone or e-mail as its slot has it.
pub(super) fn point_is(label: &str, retired: bool) -> Value {
    json!({ "label": label, "retired": retired })
}

/// Writes it; what belongs to it beside the column is written by whoever acts.
pub(super) fn write(tx: &Tx<'_>, customer: CustomerId, slot: &Slot, value: &Value) -> Result<()> {
    let conn = &tx.tx;
    if let Some(column) = slot.column() {
        conn.prepare_cached(column.write)?.execute(params![customer, value.as_str()])?;
        return Ok(());
    }
    match slot {
        Slot::Custom(key) => {
            let custom: String = conn
                .prepare_cached("select custom from customer where id = ?1")?
                .query_row([customer], |row| row.get(0))?;
            let mut custom: serde_json::Map<String, Value> =
                serde_json::from_str(&custom).unwrap_or_default();
            match value {
                Value::Null => custom.remove(key),
                value => custom.insert(key.clone(), value.clone()),
            };
            conn.prepare_cached("update customer set custom = ?2 where id = ?1")?
                .execute(params![customer, Value::Object(custom).to_string()])?;
        }
        Slot::Tags => {
            conn.prepare_cached("update customer set tags = ?2 where id = ?1")?
                .execute(params![customer, value.to_string()])?;
        }
        Slot::Deleted => {
            let deleted_at = (*value == Value::Bool(true)).then_some(tx.now);
            conn.prepare_cached("update customer set deleted_at = ?2 where id = ?1")?
                .execute(params![customer, deleted_at])?;
        }
        Slot::Point(id) => {
            // What was added is not unmade: it counts no more.
            let retired = value["retired"] != Value::Bool(false);
            conn.prepare_cached(
                "update contact_point set label = coalesce(?2, label),
                    retired_at = case when ?3 then coalesce(retired_at, ?4) end where id = ?1",
            )?
            .execute(params![id, value["label"].as_str(), retired, tx.now])?;
        }
        Slot::Own(_) | Slot::Stage => {}
    }
    Ok(())
}
