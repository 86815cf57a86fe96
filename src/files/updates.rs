//! Writes contact updates, for admins and their programs: the columns of NIC-53..68, as CSV (RFC 4180,
//! UTF-8 without BOM) unless asked for otherwise. Values are written as they are: what reads the file
//! gets them back.

use std::io::{self, Write};

use serde::Serialize;

use super::sheet::{Rows, Sheet};
use crate::domain::redact::redacted_debug;

/// One line of the export. The order of the fields is that of the columns.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct UpdateRow {
    /// The upstream's id; empty until it has one.
    pub id: Option<i64>,
    pub customer_id: String,
    pub policy_number: String,
    pub customer_name: String,
    pub old_mobile: Option<String>,
    pub new_mobile: Option<String>,
    pub old_email: Option<String>,
    pub new_email: Option<String>,
    pub update_reason: String,
    pub notes: Option<String>,
    pub agent_id: i64,
    pub agent_name: String,
    pub captured_at: String,
    pub status: String,
    pub synced_at: Option<String>,
    pub synced_by: Option<i64>,
}

redacted_debug!(UpdateRow, id, status);

/// The header, there also when no row follows.
pub const COLUMNS: [&str; 16] = [
    "id",
    "customer_id",
    "policy_number",
    "customer_name",
    "old_mobile",
    "new_mobile",
    "old_email",
    "new_email",
    "update_reason",
    "notes",
    "agent_id",
    "agent_name",
    "captured_at",
    "status",
    "synced_at",
    "synced_by",
];

/// Writes the header and the rows; returns how many rows (NIC-122).
///
/// # Errors
/// Nobody takes what is written.
pub fn write(out: &mut dyn Write, form: Rows, rows: impl Iterator<Item = UpdateRow>) -> io::Result<u64> {
    let mut sheet = Sheet::new(form, "updates", COLUMNS.map(str::to_owned).into(), out)?;
    let mut written = 0;
    for row in rows {
        let mut fields = serde_json::to_value(row)?;
        sheet.put(COLUMNS.map(|column| fields[column].take()).into())?;
        written += 1;
    }
    sheet.finish()?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(notes: &str) -> UpdateRow {
        UpdateRow {
            id: Some(7),
            customer_id: "C-1".into(),
            policy_number: "LIB/C7013".into(),
            customer_name: "Doe, \"Jane\"".into(),
            old_mobile: None,
            new_mobile: Some("57372333".into()),
            new_email: Some("o'neil@example.com".into()),
            update_reason: "Customer provided new contact".into(),
            notes: Some(notes.to_owned()),
            agent_id: 24,
            agent_name: "Ana".into(),
            captured_at: "2024-11-28T10:30:00.000Z".into(),
            status: "pending".into(),
            ..UpdateRow::default()
        }
    }

    fn written(rows: Vec<UpdateRow>) -> String {
        let mut out = Vec::new();
        write(&mut out, Rows::Csv { guarded: false }, rows.into_iter()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nic_53_to_68_the_columns_in_their_order() {
        let header = "id,customer_id,policy_number,customer_name,old_mobile,new_mobile,old_email,new_email,\
                      update_reason,notes,agent_id,agent_name,captured_at,status,synced_at,synced_by\r\n";
        assert_eq!(written(vec![]), header);
        let fields = serde_json::to_value(UpdateRow::default()).unwrap();
        assert!(COLUMNS.iter().all(|column| fields.get(column).is_some()));
        assert_eq!(fields.as_object().unwrap().len(), COLUMNS.len());
        assert_eq!(
            written(vec![row("ok")]),
            header.to_owned()
                + "7,C-1,LIB/C7013,\"Doe, \"\"Jane\"\"\",,57372333,,o'neil@example.com,\
                   Customer provided new contact,ok,24,Ana,2024-11-28T10:30:00.000Z,pending,,\r\n"
        );
    }

    /// Reads a file back by header, independent of the order of the struct.
    fn read_back(text: &str) -> Vec<Vec<(String, String)>> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let pair = |record: csv::StringRecord| {
            header.iter().cloned().zip(record.iter().map(str::to_owned)).collect()
        };
        reader.records().map(|record| pair(record.unwrap())).collect()
    }

    proptest! {
        /// NIC-122: any text reads back as it was.
        #[test]
        fn nic_122_values_read_back(notes in "[a-z,;\"\r\n👍é =+@-]{0,40}|\\PC{0,40}") {
            let text = written(vec![row(&notes), row("second")]);
            let rows = read_back(&text);
            prop_assert_eq!(rows.len(), 2);
            let get = |name: &str| {
                rows[0].iter().find(|(header, _)| header == name).map(|(_, value)| value.clone()).unwrap()
            };
            prop_assert_eq!(get("notes"), notes);
            prop_assert_eq!(get("customer_name"), "Doe, \"Jane\"");
            prop_assert_eq!(get("agent_id"), "24");
            prop_assert_eq!(get("synced_by"), "");
        }
    }
}
