//! Reads customers from a file: CSV in whatever dialect and charset, an Excel workbook, or vCards; one
//! row at a time, so that a large file needs no more memory than a small one. A broken row is an item
//! of its own.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::columns::{By, Column, Field, Hints, columns};
use super::dialect::{self, Charset, Delimiter, Dialect};
use super::json_lines::{self, Lines as JsonLines};
use super::records::{Broken, Record, Records};
use super::vcard::{self, Cards};
use super::{FileError, row, xlsx};
use crate::domain::customer::NewCustomer;
use crate::domain::email::Email;
use crate::domain::money::Currency;
use crate::domain::phone::PhonePolicy;

/// Rows that are looked at before the first is imported: what their columns hold, and as a sample.
const SAMPLE: usize = 200;

/// How to understand the file.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    pub policy: PhonePolicy,
    /// Of amounts that name none.
    pub currency: Currency,
    /// Headers that the person has explained; see [`super::parse_map`].
    pub map: Vec<(String, Field)>,
    /// What each column holds, in order, where the person has looked at all of them.
    pub placed: Vec<Field>,
    /// What headers meant in an earlier import of the same source.
    pub saved: Vec<(String, Field)>,
    /// Guessed where nobody says.
    pub charset: Option<Charset>,
    pub delimiter: Option<Delimiter>,
    /// Of a workbook: its name, or its number from 1.
    pub sheet: Option<String>,
    /// By a person, not by a spreadsheet, which changes numbers.
    pub typed: bool,
}

impl ImportOptions {
    /// Everything guessed.
    pub fn new(policy: PhonePolicy, currency: Currency) -> Self {
        Self {
            policy,
            currency,
            map: Vec::new(),
            placed: Vec::new(),
            saved: Vec::new(),
            charset: None,
            delimiter: None,
            sheet: None,
            typed: false,
        }
    }
}

/// A good row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where it starts, counting physical lines from 1, or rows of a sheet.
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
    /// Counted from 0.
    pub column: Option<usize>,
}

/// What the file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv(Dialect),
    Workbook,
    Cards,
    JsonLines,
}

impl Format {
    /// As it is said to the person.
    pub fn in_words(self) -> String {
        match self {
            Self::Csv(dialect) => dialect.to_string(),
            Self::Workbook => "an Excel workbook".to_owned(),
            Self::Cards => "vCards".to_owned(),
            Self::JsonLines => "JSON lines".to_owned(),
        }
    }

    /// `line 7, Mobile`, or `row 7, Mobile (C7)`.
    pub fn place(self, line: u64, problem: &Problem) -> String {
        let Problem { field, column, .. } = problem;
        match self {
            Self::Workbook => match column {
                Some(column) => format!("row {line}, {field} ({}{line})", xlsx::letters(*column)),
                None => format!("row {line}, {field}"),
            },
            Self::Csv(_) | Self::Cards | Self::JsonLines => format!("line {line}, {field}"),
        }
    }
}

/// How far the reading is, for whoever waits: in bytes, or in rows of a workbook.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    pub done: Arc<AtomicU64>,
    /// Unknown of a pipe.
    pub of: Option<u64>,
}

pub(super) type Items<'a> = Box<dyn Iterator<Item = io::Result<Result<Record, (u64, Broken)>>> + Send + 'a>;

enum Rows<'a> {
    Table(Items<'a>),
    Cards(Cards<Box<dyn Read + Send + 'a>>),
    Json(JsonLines<Box<dyn Read + Send + 'a>>),
}

/// The rows of one file. If reading itself fails on the way, the last item says so for `file`.
pub struct Import<'a> {
    rows: Rows<'a>,
    columns: Vec<Column>,
    format: Format,
    options: ImportOptions,
    progress: Progress,
    /// Read ahead to see what the columns hold.
    ahead: VecDeque<io::Result<Result<Record, (u64, Broken)>>>,
    line: u64,
    failed: bool,
}

/// Reads the columns of a file; the rows come from the iterator.
///
/// # Errors
/// There is no such file, or it cannot be understood.
pub fn open(path: &Path, options: &ImportOptions) -> Result<Import<'static>, FileError> {
    let mut file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_dir() {
        return Err(FileError::Folder);
    }
    if !meta.is_file() {
        return read(file, options);
    }
    let (head, failed) = head(&mut file);
    if let Some(error) = failed {
        return Err(error.into());
    }
    file.rewind()?;
    if is_packed(&head) {
        return workbook(Box::new(file), options);
    }
    let progress = Progress { done: Arc::default(), of: Some(meta.len()) };
    text(file, &head, progress, options)
}

/// The same for what comes through a pipe or out of memory.
///
/// # Errors
/// It cannot be understood.
pub fn read<'a>(mut input: impl Read + Send + 'a, options: &ImportOptions) -> Result<Import<'a>, FileError> {
    let (head, failed) = head(&mut input);
    if head.is_empty()
        && let Some(error) = failed
    {
        return Err(error.into());
    }
    let rest = Rest { failed, input };
    if is_packed(&head) {
        return workbook(Box::new(xlsx::piped(Cursor::new(head).chain(rest))?), options);
    }
    text(Cursor::new(head.clone()).chain(rest), &head, Progress::default(), options)
}

/// The beginning of a file, and why there is no more of it if reading has failed.
fn head(input: &mut impl Read) -> (Vec<u8>, Option<io::Error>) {
    let mut head = Vec::new();
    let failed = input.take(dialect::HEAD as u64).read_to_end(&mut head).err();
    (head, failed)
}

/// What follows on the beginning: also where reading has failed there, what came before counts.
struct Rest<R> {
    failed: Option<io::Error>,
    input: R,
}

impl<R: Read> Read for Rest<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.input.read(buffer),
        }
    }
}

fn is_packed(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
}

fn workbook(input: Box<dyn xlsx::Seekable>, options: &ImportOptions) -> Result<Import<'static>, FileError> {
    if options.charset.is_some() || options.delimiter.is_some() {
        return Err(FileError::Pointless("--charset or --delimiter"));
    }
    let book = xlsx::open(input, options.sheet.clone())?;
    let progress = Progress { done: Arc::default(), of: Some(book.rows) };
    table(book.items, Format::Workbook, progress, options)
}

fn text<'a>(
    input: impl Read + Send + 'a,
    head: &[u8],
    progress: Progress,
    options: &ImportOptions,
) -> Result<Import<'a>, FileError> {
    if options.sheet.is_some() {
        return Err(FileError::Pointless("--sheet"));
    }
    refuse_other_formats(head)?;
    let charset = options.charset.unwrap_or_else(|| Charset::guess(head));
    let counted = Counted { input, done: Arc::clone(&progress.done) };
    let input = charset.decoding(counted);
    if is_card(head, charset) {
        let columns = vcard::COLUMNS.into_iter().map(by_name).collect();
        return without_table(Rows::Cards(Cards::new(input)), columns, Format::Cards, progress, options);
    }
    if json_lines::is_json_lines(head) {
        let rows = Rows::Json(JsonLines::new(input));
        return without_table(rows, Vec::new(), Format::JsonLines, progress, options);
    }
    let mut records = Records::new(input);
    let first = records.peek_line()?.ok_or(FileError::Empty)?;
    refuse_control(&first.bytes)?;
    let delimiter = options.delimiter.unwrap_or_else(|| Delimiter::guess(&first.bytes));
    records.set_delimiter(delimiter.byte());
    table(Box::new(Lines(records)), Format::Csv(Dialect { charset, delimiter }), progress, options)
}

fn by_name((header, field): (&str, Field)) -> Column {
    Column { header: header.to_owned(), field, by: By::Header }
}

/// Of a file whose records name their fields themselves.
fn without_table<'a>(
    rows: Rows<'a>,
    columns: Vec<Column>,
    format: Format,
    progress: Progress,
    options: &ImportOptions,
) -> Result<Import<'a>, FileError> {
    if !options.map.is_empty() || options.delimiter.is_some() {
        return Err(FileError::Pointless("--map or --delimiter"));
    }
    let options = options.clone();
    Ok(Import { rows, columns, format, options, progress, ahead: VecDeque::new(), line: 0, failed: false })
}

fn table<'a>(
    mut items: Items<'a>,
    format: Format,
    progress: Progress,
    options: &ImportOptions,
) -> Result<Import<'a>, FileError> {
    let headers = read_headers(items.next().transpose()?)?;
    let ahead: VecDeque<_> = items.by_ref().take(SAMPLE).collect();
    let content = content(&ahead, headers.len(), options);
    let (placed, said, saved) = (&options.placed, &options.map, &options.saved);
    let columns = columns(headers, Hints { placed, said, saved, content: &content })?;
    match ahead.front() {
        None => return Err(FileError::HeaderOnly),
        Some(Err(_)) if ahead.len() == 1 => {
            let error = ahead.into_iter().next().and_then(Result::err);
            return Err(error.map_or(FileError::HeaderOnly, FileError::from));
        }
        Some(_) => {}
    }
    Ok(Import {
        rows: Rows::Table(items),
        columns,
        format,
        options: options.clone(),
        progress,
        ahead,
        line: 0,
        failed: false,
    })
}

impl Import<'_> {
    /// What each column was taken for, to show before anything is stored.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The first values of a column, as the file has them.
    pub fn samples(&self, column: usize, count: usize) -> Vec<String> {
        let value = |item: &io::Result<Result<Record, _>>| {
            let text = item.as_ref().ok()?.as_ref().ok()?.fields.get(column)?;
            Some(String::from_utf8_lossy(text).trim().to_owned()).filter(|text| !text.is_empty())
        };
        self.ahead.iter().filter_map(value).take(count).collect()
    }
}

fn refuse_other_formats(head: &[u8]) -> Result<(), FileError> {
    let formats: [(&[u8], &str); 7] = [
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls), or one with a password"),
        (b"%PDF", "a PDF document"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"\x1f\x8b", "a packed file"),
        (b"{\\rtf", "a text document"),
        (b"SQLite format 3\0", "a database"),
    ];
    match formats.into_iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, name)) => Err(FileError::NotATable(name)),
        None => Ok(()),
    }
}

fn refuse_control(line: &[u8]) -> Result<(), FileError> {
    let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    if line.iter().all(is_text) { Ok(()) } else { Err(FileError::NotATable("not a text file")) }
}

fn is_card(head: &[u8], charset: Charset) -> bool {
    let mut text = Vec::new();
    let head = &head[..head.len().min(1 << 12)];
    // The head may end inside a letter, which no card begins with.
    let _ = charset.decoding(head).read_to_end(&mut text);
    let text = text.trim_ascii_start();
    text.get(..11).is_some_and(|word| word.eq_ignore_ascii_case(b"BEGIN:VCARD"))
}

fn read_headers(first: Option<Result<Record, (u64, Broken)>>) -> Result<Vec<String>, FileError> {
    let record = match first {
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

/// What most values of each column are.
fn content(
    ahead: &VecDeque<io::Result<Result<Record, (u64, Broken)>>>,
    columns: usize,
    options: &ImportOptions,
) -> Vec<Option<Field>> {
    let records: Vec<&Record> = ahead.iter().flatten().flatten().collect();
    let values = |column: usize| {
        let text =
            move |record: &&Record| Some(str::from_utf8(record.fields.get(column)?).ok()?.trim().to_owned());
        records.iter().filter_map(text).filter(|text| !text.is_empty()).collect::<Vec<_>>()
    };
    let most = |values: &[String], is: &dyn Fn(&str) -> bool| {
        !values.is_empty() && values.iter().filter(|value| is(value)).count() * 5 >= values.len() * 4
    };
    let kind = |column| {
        let values = values(column);
        if most(&values, &|text| Email::parse(text).is_ok()) {
            return Some(Field::Email);
        }
        most(&values, &|text| options.policy.accept_cell(text).is_ok()).then_some(Field::Mobile)
    };
    (0..columns).map(kind).collect()
}

impl Iterator for Import<'_> {
    type Item = Result<Row, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = match self.ahead.pop_front() {
            Some(item) => item,
            None => match &mut self.rows {
                Rows::Table(items) => items.next()?,
                Rows::Cards(cards) => match cards.next() {
                    Ok(card) => return card.map(|card| self.card(card)),
                    Err(error) => Err(error),
                },
                Rows::Json(lines) => match lines.next() {
                    Ok(line) => return line.map(|line| self.json(line)),
                    Err(error) => Err(error),
                },
            },
        };
        Some(match record {
            Ok(Ok(record)) => self.row(&record),
            Ok(Err((line, broken))) => Err(self.broken(line, &broken)),
            Err(error) => Err(self.fail(&error)),
        })
    }
}

impl Import<'_> {
    fn row(&mut self, record: &Record) -> Result<Row, BadRow> {
        let line = record.line;
        self.line = line;
        if self.format == Format::Workbook {
            self.progress.done.store(line, Ordering::Relaxed);
        }
        let wanted = self.columns.len();
        let given = record.fields.len();
        if given != wanted {
            let kind = if given < wanted { "short" } else { "long" };
            let why = format!(
                "too {kind}: {wanted} fields expected, {given} given; put quotes around a field that holds a separator"
            );
            return Err(bad(line, "row", why));
        }
        let charset = if let Format::Csv(dialect) = self.format { dialect.charset } else { Charset::UTF_8 };
        row::customer(&self.columns, record, charset, &self.options)
            .map(|customer| Row { line, customer })
            .map_err(|problems| BadRow { line, problems })
    }

    fn card(&mut self, card: Result<vcard::Card, (u64, Broken)>) -> Result<Row, BadRow> {
        let (columns, record) = card.map_err(|(line, broken)| self.broken(line, &broken))?;
        let line = record.line;
        self.line = line;
        row::customer(&columns, &record, Charset::UTF_8, &self.options)
            .map(|customer| Row { line, customer })
            .map_err(|problems| BadRow { line, problems })
    }

    fn json(&mut self, (line, cells): json_lines::Numbered) -> Result<Row, BadRow> {
        self.line = line;
        let (columns, fields) = cells.map_err(|why| bad(line, "row", why))?;
        let record = Record { line, fields, odd: Vec::new() };
        row::customer(&columns, &record, Charset::UTF_8, &self.options)
            .map(|customer| Row { line, customer })
            .map_err(|problems| BadRow { line, problems })
    }

    fn broken(&mut self, line: u64, broken: &Broken) -> BadRow {
        self.line = line;
        bad(line, "row", broken.to_string())
    }

    fn fail(&mut self, error: &io::Error) -> BadRow {
        self.failed = true;
        bad(self.line + 1, "file", format!("reading stopped here: {error}; the rows below are not imported"))
    }
}

fn bad(line: u64, field: &str, why: String) -> BadRow {
    BadRow { line, problems: vec![Problem { field: field.to_owned(), why, column: None }] }
}

struct Lines<R>(Records<R>);

impl<R: Read> Iterator for Lines<R> {
    type Item = io::Result<Result<Record, (u64, Broken)>>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.0.next().transpose();
        if let Some(Ok(Ok(record))) = &next {
            self.0.learn_columns(record.fields.len());
        }
        next
    }
}

/// Counts what has been read, for whoever waits.
struct Counted<R> {
    input: R,
    done: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.done.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
