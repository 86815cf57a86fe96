//! Reads customers from JSON lines: an object on each line, whose keys are the headers of a CSV file.
//! Custom fields stay what they are.

use std::io::{self, BufRead as _, BufReader, Read};

use serde_json::{Map, Value, json};

use super::columns::{By, CUSTOM, Column, Field};
use super::record::ALL_CUSTOM;

/// A longer line is a broken one, so memory stays bounded.
const MAX_LINE: u64 = 1 << 20;

/// Columns of one line, and its cells.
pub(super) type Line = (Vec<Column>, Vec<Vec<u8>>);

/// A line, or why it cannot be read; each with its number.
pub(super) type Numbered = (u64, Result<Line, String>);

/// The lines of one file.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    line: u64,
}

/// Does a file begin as one of JSON lines does?
pub(super) fn is_json_lines(head: &[u8]) -> bool {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start().starts_with(b"{")
}

impl<R: Read> Lines<R> {
    pub fn new(input: R) -> Self {
        Self { input: BufReader::new(input), line: 0 }
    }

    /// The next line that is not blank.
    pub fn next(&mut self) -> io::Result<Option<Numbered>> {
        loop {
            self.line += 1;
            let mut bytes = Vec::new();
            if !self.read_line(&mut bytes)? {
                return Ok(None);
            }
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| self.line == 1).unwrap_or(&bytes);
            if bytes.len() as u64 > MAX_LINE {
                return Ok(Some((self.line, Err("the line is longer than one megabyte".to_owned()))));
            }
            if !text.trim_ascii().is_empty() {
                let object =
                    serde_json::from_slice(text).map_err(|error| format!("not a JSON object: {error}"));
                return Ok(Some((self.line, object.and_then(cells))));
            }
        }
    }

    /// Of a line that is too long, the beginning is kept and the rest is passed over.
    fn read_line(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        self.input.by_ref().take(MAX_LINE + 1).read_until(b'\n', bytes)?;
        let mut is_over = bytes.len() as u64 <= MAX_LINE || bytes.ends_with(b"\n");
        while !is_over {
            let mut rest = Vec::new();
            self.input.by_ref().take(MAX_LINE).read_until(b'\n', &mut rest)?;
            is_over = rest.is_empty() || rest.ends_with(b"\n");
        }
        Ok(!bytes.is_empty())
    }
}

/// An object as the row of a table that has just its columns.
pub(super) fn cells(object: Map<String, Value>) -> Result<Line, String> {
    let (mut columns, mut cells) = (Vec::new(), Vec::new());
    let mut custom = Map::new();
    for (key, value) in object {
        let field = Field::of_header(key.trim());
        let cell = match (field, value) {
            (_, Value::Null) => continue,
            (Field::Custom, Value::Object(fields)) if key == ALL_CUSTOM => {
                for (key, value) in fields {
                    put_custom(&mut custom, &key, value)?;
                }
                continue;
            }
            (Field::Custom, value) => {
                put_custom(&mut custom, key.strip_prefix(CUSTOM).unwrap_or(&key), value)?;
                continue;
            }
            (_, Value::String(text)) => text,
            (_, other) => other.to_string(),
        };
        if let Some(first) =
            columns.iter().find(|column: &&Column| column.field == field && field != Field::Ignore)
        {
            return Err(format!("{:?} and {key:?} both hold {field}: leave one out", first.header));
        }
        columns.push(Column { header: key.trim().to_owned(), field, by: By::Header });
        cells.push(cell.into_bytes());
    }
    if !custom.is_empty() {
        columns.push(Column { header: ALL_CUSTOM.to_owned(), field: Field::OwnCustom, by: By::Header });
        cells.push(json!(custom).to_string().into_bytes());
    }
    Ok((columns, cells))
}

/// A text is kept as one from a table is.
fn put_custom(custom: &mut Map<String, Value>, key: &str, value: Value) -> Result<(), String> {
    let key = key.trim();
    if key.is_empty() || key.chars().any(char::is_control) {
        return Err(format!("{key:?} is no name for a field; write one that can be read"));
    }
    let value = match value {
        Value::String(text) if text.contains('\0') => {
            return Err(format!("there is a NUL character in {key}; leave it out"));
        }
        Value::String(text) => Value::from(text.trim()),
        other => other,
    };
    if !value.is_null() && value != "" {
        custom.insert(key.to_owned(), value);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
