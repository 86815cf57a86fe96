//! Files that people exchange: customers in and out, contact updates, texts and consents out. Bad rows are
//! named and never stop the good ones; nothing is written to the store here.

pub mod answer;
pub mod batch;
mod columns;
pub mod customers;
mod dialect;
pub mod export;
mod guard;
pub mod intake;
mod json_lines;
pub mod outgo;
pub mod place;
mod record;
mod records;
mod row;
mod salesforce;
mod sheet;
pub mod templates;
pub mod updates;
mod vcard;
mod vcard_out;
mod xlsx;
mod xlsx_out;

pub use columns::{By, Column, Field, MapError, parse_map};
pub use dialect::{Charset, Delimiter, Dialect};
pub use sheet::Rows;

/// Why a whole file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("the file is empty: the first line must name the columns, such as Name,Mobile,Email")]
    Empty,
    #[error("the file has a line of column names and no rows: put each customer on a line below it")]
    HeaderOnly,
    #[error("this is {0}: save it as CSV or .xlsx and import that")]
    NotATable(&'static str),
    #[error("this workbook cannot be read: {0}")]
    Workbook(String),
    #[error("there is no sheet {wanted:?} in this workbook; its sheets are {sheets}")]
    NoSheet { wanted: String, sheets: String },
    #[error("{0} is nothing for this file: leave it out")]
    Pointless(&'static str),
    #[error("line {line}, the column names: {why}")]
    Header { line: u64, why: String },
    #[error("no column holds the name; the columns are {0}. Say which one does: --map \"Column=name\"")]
    NoName(String),
    #[error(
        "the columns {first:?} and {second:?} both hold {field}: set one aside with --map \"{second}=custom\""
    )]
    Twice { field: Field, first: String, second: String },
    #[error("there is no column {header:?} to map; the columns are {columns}")]
    NoSuchColumn { header: String, columns: String },
    #[error("this is a folder: name a file in it, such as customers.csv")]
    Folder,
    #[error("the file could not be read: {0}")]
    Io(std::io::Error),
}

impl From<std::io::Error> for FileError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::IsADirectory => Self::Folder,
            _ => Self::Io(error),
        }
    }
}
