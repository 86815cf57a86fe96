//! A card that a cordboard wrote: the rest of the record stands in it. What somebody has changed in the
//! card itself counts more.

use serde_json::{Map, Value};

use super::Row;
use crate::files::columns::{By, Column, Field};
use crate::files::json_lines;
use crate::files::vcard_out::{CARRIED, carried};

/// Adds what the card says only here. `None` if that is damaged.
pub(super) fn put(row: &mut Row, json: &str) -> Option<()> {
    let mut own: Map<String, Value> = serde_json::from_str(json).ok()?;
    put_contacts(row, &mut own);
    if own.remove("cordboard_notes").is_some() {
        row.take(|column| column.field == Field::Custom && column.header.starts_with("Note"));
    }
    for name in CARRIED {
        let field = Field::of_header(name);
        if let Some(Value::String(exact)) = own.remove(name)
            && let Some(at) = row.columns.iter().position(|column| column.field == field)
            && row.fields[at] == carried(&exact).into_bytes()
        {
            row.fields[at] = exact.into_bytes();
        }
    }
    put_tags(row, &mut own);
    let (columns, fields) = json_lines::cells(own).ok()?;
    row.columns.extend(columns);
    row.fields.extend(fields);
    Some(())
}

fn put_tags(row: &mut Row, own: &mut Map<String, Value>) {
    let Some(exact) = own.remove("tags") else { return };
    let tags: Vec<String> = serde_json::from_value(exact.clone()).unwrap_or_default();
    let shown = tags.iter().map(|tag| carried(tag)).collect::<Vec<_>>().join("|");
    if let Some(at) = row.columns.iter().position(|column| column.field == Field::Tags)
        && row.fields[at] == shown.into_bytes()
    {
        row.fields[at] = exact.to_string().into_bytes();
    }
}

/// The list of all contacts counts where the card shows just those of today; else only the old ones do.
fn put_contacts(row: &mut Row, own: &mut Map<String, Value>) {
    let Some(Value::Array(listed)) = own.remove("cordboard_contacts") else { return };
    let is_email = |field: Field| matches!(field, Field::Email | Field::WorkEmail);
    let shown = |is_it: &dyn Fn(Field) -> bool| -> Vec<&[u8]> {
        let cells = row.columns.iter().zip(&row.fields).filter(|(column, _)| is_it(column.field));
        cells.map(|(_, cell)| cell.as_slice()).collect()
    };
    let (old, now): (Vec<Value>, Vec<Value>) =
        listed.into_iter().partition(|contact| !contact["until"].is_null());
    let values = |kind: &str| -> Vec<&[u8]> {
        now.iter().filter_map(|contact| Some(contact[kind].as_str()?.as_bytes())).collect()
    };
    let is_as_listed = shown(&Field::is_phone) == values("phone") && shown(&is_email) == values("email");
    let list = if is_as_listed {
        row.take(|column| column.field.is_phone() || is_email(column.field));
        now.into_iter().chain(old).collect()
    } else {
        old
    };
    row.columns.push(Column {
        header: "cordboard_contacts".to_owned(),
        field: Field::OwnContacts,
        by: By::Header,
    });
    row.fields.push(Value::Array(list).to_string().into_bytes());
}
