//! Reads customers from CSV: UTF-8 with or without BOM; comma, semicolon or tab; one row at a time,
//! so that a large file needs no more memory than a small one. A broken row is an item of its own.

use std::io::{self, Chain, Cursor, Read};

use super::columns::{Column, Field, columns};
use super::json_lines::{self, Lines};
use super::records::{Broken, Record, Records};
use super::{FileError, row};
use crate::domain::customer::NewCustomer;
use crate::domain::money::Currency;
use crate::domain::phone::PhonePolicy;

/// How to understand the file.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    pub policy: PhonePolicy,
    /// Of amounts that name none.
    pub currency: Currency,
    /// Headers that the person has explained; see [`super::parse_map`].
    pub map: Vec<(String, Field)>,
}

/// A good row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where it starts, counting physical lines from 1.
    pub line: u64,
    pub customer: NewCustomer,
}

/// A row that stays out, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    pub line: u64,
    pub problems: Vec<Problem>,
}

/// `field` is the header as the file has it, or `row` or `file` if the trouble is with all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub field: String,
    pub why: String,
}

/// A file whose head has been looked at.
type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

enum Rows<R> {
    Table(Records<R>),
    Json(Lines<R>),
}

/// The rows of one file. If reading itself fails on the way, the last item says so for `file`.
pub struct Import<R> {
    rows: Rows<Whole<R>>,
    columns: Vec<Column>,
    options: ImportOptions,
    /// Read ahead to tell a file without rows.
    first: Option<Result<Record, (u64, Broken)>>,
    line: u64,
    failed: bool,
}

/// Reads the header; the rows come from the iterator.
pub fn read<R: Read>(mut input: R, options: &ImportOptions) -> Result<Import<R>, FileError> {
    let mut head = Vec::new();
    input.by_ref().take(512).read_to_end(&mut head)?;
    let is_json = json_lines::is_json_lines(&head);
    let input = Cursor::new(head).chain(input);
    if is_json {
        let rows = Rows::Json(Lines::new(input));
        return Ok(Import {
            rows,
            columns: Vec::new(),
            options: options.clone(),
            first: None,
            line: 0,
            failed: false,
        });
    }
    let mut records = Records::new(input);
    let head = records.peek_line()?.ok_or(FileError::Empty)?;
    refuse_other_formats(&head.bytes)?;
    if head.bytes.starts_with(b"\xef\xbb\xbf") {
        head.bytes.drain(..3);
    }
    let delimiter = guess_delimiter(&head.bytes);
    records.set_delimiter(delimiter);
    let columns = columns(read_headers(&mut records)?, &options.map)?;
    records.set_columns(columns.len());
    let first = records.next()?;
    if first.is_none() {
        return Err(FileError::HeaderOnly);
    }
    let rows = Rows::Table(records);
    Ok(Import { rows, columns, options: options.clone(), first, line: 0, failed: false })
}

impl<R> Import<R> {
    /// What each column was taken for, to show before anything is stored.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
}

fn refuse_other_formats(head: &[u8]) -> Result<(), FileError> {
    let formats: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "an Excel workbook or another packed file"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"\xff\xfe", "text in UTF-16"),
        (b"\xfe\xff", "text in UTF-16"),
        (b"%PDF", "a PDF document"),
        (b"\x89PNG", "a picture"),
    ];
    let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    match formats.into_iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, name)) => Err(FileError::NotCsv(name)),
        None if head.iter().all(is_text) => Ok(()),
        None => Err(FileError::NotCsv("not a text file")),
    }
}

/// The candidate that stands most often outside quotes in the line of column names.
fn guess_delimiter(head: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b'\t', 0), (b';', 0), (b',', 0)];
    for byte in head {
        quoted ^= *byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(candidate, _)| !quoted && candidate == byte) {
            *count += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}

fn read_headers<R: Read>(records: &mut Records<R>) -> Result<Vec<String>, FileError> {
    let record = match records.next()? {
        None => return Err(FileError::Empty),
        Some(Ok(record)) => record,
        Some(Err((line, broken))) => return Err(FileError::Header { line, why: broken.to_string() }),
    };
    let line = record.line;
    let header = |(at, bytes): (usize, Vec<u8>)| match String::from_utf8(bytes) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) => {
            let byte = error.utf8_error().valid_up_to() + 1;
            let why = format!("byte {byte} of column {} is not UTF-8; save the file as UTF-8", at + 1);
            Err(FileError::Header { line, why })
        }
    };
    record.fields.into_iter().enumerate().map(header).collect()
}

impl<R: Read> Iterator for Import<R> {
    type Item = Result<Row, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = match self.first.take() {
            Some(first) => first,
            None => match &mut self.rows {
                Rows::Table(records) => match records.next() {
                    Ok(record) => record?,
                    Err(error) => return Some(Err(self.fail(&error))),
                },
                Rows::Json(lines) => match lines.next() {
                    Ok(line) => return line.map(|line| self.json(line)),
                    Err(error) => return Some(Err(self.fail(&error))),
                },
            },
        };
        Some(match record {
            Ok(record) => self.row(&record),
            Err((line, broken)) => {
                self.line = line;
                Err(bad(line, "row", broken.to_string()))
            }
        })
    }
}

impl<R: Read> Import<R> {
    fn row(&mut self, record: &Record) -> Result<Row, BadRow> {
        let line = record.line;
        self.line = line;
        let wanted = self.columns.len();
        let given = record.fields.len();
        if given != wanted {
            let kind = if given < wanted { "short" } else { "long" };
            let why = format!(
                "too {kind}: {wanted} fields expected, {given} given; put quotes around a field that holds a separator"
            );
            return Err(bad(line, "row", why));
        }
        row::customer(&self.columns, &record.fields, &self.options)
            .map(|customer| Row { line, customer })
            .map_err(|problems| BadRow { line, problems })
    }

    fn json(&mut self, (line, cells): json_lines::Numbered) -> Result<Row, BadRow> {
        self.line = line;
        let (columns, fields) = cells.map_err(|why| bad(line, "row", why))?;
        row::customer(&columns, &fields, &self.options)
            .map(|customer| Row { line, customer })
            .map_err(|problems| BadRow { line, problems })
    }

    fn fail(&mut self, error: &io::Error) -> BadRow {
        self.failed = true;
        bad(self.line + 1, "file", format!("reading stopped here: {error}; the rows below are not imported"))
    }
}

fn bad(line: u64, field: &str, why: String) -> BadRow {
    BadRow { line, problems: vec![Problem { field: field.to_owned(), why }] }
}

#[cfg(test)]
mod tests;
