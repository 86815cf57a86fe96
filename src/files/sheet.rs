//! Rows of named values as a file: CSV, a workbook, or a line of JSON each.

use std::io::{self, Write};

use serde::Serializer as _;
use serde::ser::SerializeMap as _;
use serde_json::Value;

use super::guard;
use super::xlsx_out::Book;

/// The forms of a file that has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// RFC 4180 in UTF-8. `guarded`: with a byte order mark and no cell that a spreadsheet takes for a
    /// formula.
    Csv {
        guarded: bool,
    },
    Xlsx,
    JsonLines,
}

/// A file that gets row after row.
pub(super) enum Sheet<'a> {
    Csv { out: Box<csv::Writer<&'a mut dyn Write>>, guarded: bool },
    Xlsx(Box<Book<&'a mut dyn Write>>),
    JsonLines { headers: Vec<String>, out: &'a mut dyn Write },
}

impl<'a> Sheet<'a> {
    /// Writes the headers, there also when no row follows.
    pub fn new(rows: Rows, name: &str, headers: Vec<String>, out: &'a mut dyn Write) -> io::Result<Self> {
        match rows {
            Rows::Csv { guarded } => {
                if guarded {
                    out.write_all("\u{feff}".as_bytes())?;
                }
                write_headers(out, &headers, guarded)?;
                let out = csv::WriterBuilder::new()
                    .has_headers(false)
                    .terminator(csv::Terminator::CRLF)
                    .from_writer(out);
                Ok(Self::Csv { out: Box::new(out), guarded })
            }
            Rows::Xlsx => Ok(Self::Xlsx(Box::new(Book::new(out, name, &headers)?))),
            Rows::JsonLines => Ok(Self::JsonLines { headers, out }),
        }
    }

    /// Writes a row that has a value for each header, null for nothing. A list or an object in a table
    /// is its JSON.
    pub fn put(&mut self, values: Vec<Value>) -> io::Result<()> {
        match self {
            Self::Csv { out, guarded } => {
                for value in values {
                    let text = text(value);
                    let guarded = if *guarded { guard::put_on(&text) } else { text };
                    out.write_field(guarded)?;
                }
                if *guarded {
                    out.write_field("yes")?;
                }
                Ok(out.write_record(None::<&[u8]>)?)
            }
            Self::Xlsx(book) => book.put(&values.into_iter().map(text).collect::<Vec<_>>()),
            Self::JsonLines { headers, out } => {
                let mut line = serde_json::Serializer::new(&mut *out);
                let mut object = line.serialize_map(None)?;
                for (header, value) in headers.iter().zip(&values).filter(|(_, value)| !value.is_null()) {
                    object.serialize_entry(header, value)?;
                }
                object.end()?;
                out.write_all(b"\n")
            }
        }
    }

    /// Hands on the rest.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv { mut out, .. } => out.flush(),
            Self::Xlsx(book) => book.finish(),
            Self::JsonLines { out, .. } => out.flush(),
        }
    }
}

fn text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// A header may be a customer's own word: what could be taken for another delimiter is quoted, so that
/// whoever guesses guesses right.
fn write_headers(out: &mut dyn Write, headers: &[String], guarded: bool) -> io::Result<()> {
    let quoted = |header: &str| {
        if header.contains([',', ';', '\t', '|', ':', '"', '\'', '\r', '\n']) {
            format!("\"{}\"", header.replace('"', "\"\""))
        } else {
            header.to_owned()
        }
    };
    let headers = headers.iter().map(|header| quoted(header));
    let headers: Vec<String> = headers.chain(guarded.then(|| guard::HEADER.to_owned())).collect();
    write!(out, "{}\r\n", headers.join(","))
}

#[cfg(test)]
mod tests;
