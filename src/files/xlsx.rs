//! Rows of an Excel workbook, one at a time. A workbook is packed and may claim anything: what it
//! unpacks to is measured first, and one that is out of all proportion is refused.

use std::io::{self, BufReader, Cursor, Read, Seek};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use calamine::{Data, DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use zip::ZipArchive;

use super::FileError;
use super::customers::Items;
use super::records::{Broken, Record};
use super::row::Odd;

/// Unpacked, in bytes. A million customers of twenty columns are half of it.
const MAX_SHEET: u64 = 2 << 30;
/// The texts of all cells are held in memory.
const MAX_TEXTS: u64 = 512 << 20;
const MAX_OTHER: u64 = 64 << 20;
const MAX_ALL: u64 = 4 << 30;
/// Excel's longest cell is a fraction of it.
const MAX_CELL: u64 = 1 << 20;
/// Of a workbook that comes through a pipe: it has to be held to be read.
const MAX_PIPED: u64 = 256 << 20;
/// Rows read ahead.
const AHEAD: usize = 256;

type Item = Result<Record, (u64, Broken)>;

pub(super) trait Seekable: Read + Seek + Send {}
impl<T: Read + Seek + Send> Seekable for T {}

/// A workbook whose rows can be asked for.
pub(super) struct Workbook {
    pub items: Items<'static>,
    /// As the sheet says itself.
    pub rows: u64,
}

/// Takes in what comes through a pipe.
pub(super) fn piped(input: impl Read) -> Result<Cursor<Vec<u8>>, FileError> {
    let mut bytes = Vec::new();
    input.take(MAX_PIPED + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_PIPED {
        return Err(FileError::Workbook(
            "it is longer than 256 megabytes: name the file instead of piping it".into(),
        ));
    }
    Ok(Cursor::new(bytes))
}

/// Opens the sheet called `sheet`, or numbered so from 1, or the first that is shown.
pub(super) fn open(mut input: Box<dyn Seekable>, sheet: Option<String>) -> Result<Workbook, FileError> {
    measure(&mut input)?;
    input.rewind()?;
    let (send, receive) = sync_channel(AHEAD);
    let (opened, wait) = sync_channel(1);
    let work = move || match read(input, sheet.as_deref(), &opened, &send) {
        Ok(()) => {}
        Err(Stop::File(error)) => drop(opened.send(Err(error))),
        Err(Stop::Reading(error)) => drop(send.send(Err(error))),
        Err(Stop::NobodyAsks) => {}
    };
    thread::Builder::new().name("workbook".to_owned()).spawn(work).map_err(FileError::Io)?;
    // A thread that has ended without a word has stumbled over the workbook.
    let rows = wait.recv().unwrap_or_else(|_| Err(FileError::Workbook("it is damaged".into())))?;
    Ok(Workbook { items: Box::new(Rows { receive }), rows })
}

struct Rows {
    receive: Receiver<io::Result<Item>>,
}

impl Iterator for Rows {
    type Item = io::Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        self.receive.recv().ok()
    }
}

enum Stop {
    File(FileError),
    Reading(io::Error),
    NobodyAsks,
}

impl From<XlsxError> for Stop {
    fn from(error: XlsxError) -> Self {
        Self::File(FileError::Workbook(format!("it is damaged ({error})")))
    }
}

fn read(
    input: Box<dyn Seekable>,
    sheet: Option<&str>,
    opened: &SyncSender<Result<u64, FileError>>,
    send: &SyncSender<io::Result<Item>>,
) -> Result<(), Stop> {
    let mut book = Xlsx::new(BufReader::new(input))?;
    let name = choose(&book, sheet).map_err(Stop::File)?;
    let mut cells = book.worksheet_cells_reader(&name)?;
    // Nobody waits for the answer only if nobody wants the rows.
    opened.send(Ok(u64::from(cells.dimensions().end.0))).map_err(|_| Stop::NobodyAsks)?;
    let mut row = Row::default();
    loop {
        let cell = cells
            .next_cell()
            .map_err(|error| Stop::Reading(io::Error::other(format!("the workbook is damaged ({error})"))))?;
        let Some(cell) = cell else { break };
        let (number, column) = cell.get_position();
        if number != row.number {
            row.hand_on(number, send)?;
        }
        row.put(column as usize, cell.get_value());
    }
    row.hand_on(0, send)
}

/// The row being put together. The first one that holds anything names the columns.
#[derive(Default)]
struct Row {
    number: u32,
    fields: Vec<Vec<u8>>,
    odd: Vec<(usize, Odd)>,
    columns: Option<usize>,
}

impl Row {
    fn put(&mut self, column: usize, value: &DataRef<'_>) {
        let (text, odd) = text_of(value);
        if text.trim().is_empty() && odd.is_none() {
            return;
        }
        if self.fields.len() <= column {
            self.fields.resize(column + 1, Vec::new());
        }
        self.fields[column] = text.into_bytes();
        self.odd.extend(odd.map(|odd| (column, odd)));
    }

    fn hand_on(&mut self, next: u32, send: &SyncSender<io::Result<Item>>) -> Result<(), Stop> {
        let line = u64::from(self.number) + 1;
        let mut fields = std::mem::take(&mut self.fields);
        let odd = std::mem::take(&mut self.odd);
        self.number = next;
        if fields.is_empty() {
            return Ok(());
        }
        let columns = *self.columns.get_or_insert(fields.len());
        let item = if fields.len() > columns {
            Err((line, Broken::NoHeader(letters(fields.len() - 1))))
        } else {
            fields.resize(columns, Vec::new());
            Ok(Record { line, fields, odd })
        };
        send.send(Ok(item)).map_err(|_| Stop::NobodyAsks)
    }
}

fn choose<R: Read + Seek>(book: &Xlsx<R>, wanted: Option<&str>) -> Result<String, FileError> {
    let sheets: Vec<_> =
        book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).collect();
    let found = match wanted {
        None => sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible).or(sheets.first()),
        Some(wanted) => sheets
            .iter()
            .find(|sheet| sheet.name.to_lowercase() == wanted.trim().to_lowercase())
            .or_else(|| sheets.get(wanted.trim().parse::<usize>().ok()?.checked_sub(1)?)),
    };
    match found {
        Some(sheet) => Ok(sheet.name.clone()),
        None => {
            let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
            Err(FileError::NoSheet { wanted: wanted.unwrap_or("1").to_owned(), sheets: names.join(", ") })
        }
    }
}

/// What a cell says, as a person reads it, and whether a number or name can be trusted to stand there.
fn text_of(value: &DataRef<'_>) -> (String, Option<Odd>) {
    match value {
        DataRef::Empty => (String::new(), None),
        DataRef::String(text) => (text.clone(), None),
        DataRef::SharedString(text) => ((*text).to_owned(), None),
        DataRef::Int(number) => (number.to_string(), None),
        // Fifteen digits are what a spreadsheet keeps of a number.
        DataRef::Float(number) if number.abs() >= 1e15 => (number.to_string(), Some(Odd::Rounded)),
        DataRef::Float(number) => (number.to_string(), None),
        DataRef::Bool(yes) => (yes.to_string(), None),
        DataRef::DateTime(date) => (date_of(date), Some(Odd::Date)),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text.clone(), Some(Odd::Date)),
        DataRef::Error(error) => (Data::Error(error.clone()).to_string(), Some(Odd::Error)),
    }
}

fn date_of(date: &ExcelDateTime) -> String {
    if date.is_duration() {
        return date.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let day = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second) {
        (0, 0, 0) => day,
        _ => format!("{day} {hour:02}:{minute:02}:{second:02}"),
    }
}

/// The name of a column, counted from 0: `C`, `AA`.
pub(super) fn letters(column: usize) -> String {
    let (mut rest, mut name) = (column + 1, String::new());
    while rest > 0 {
        name.insert(0, char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    name
}

/// Unpacks everything once, keeping nothing, and stops where it gets out of hand.
fn measure(input: &mut Box<dyn Seekable>) -> Result<(), FileError> {
    let damaged = |why: zip::result::ZipError| FileError::Workbook(format!("it is damaged ({why})"));
    let mut packed = ZipArchive::new(BufReader::new(input)).map_err(damaged)?;
    if !packed.file_names().flatten().any(|name| name.eq_ignore_ascii_case("xl/workbook.xml")) {
        return Err(FileError::NotATable("a packed file, and no Excel workbook"));
    }
    let mut all = 0;
    for number in 0..packed.len() {
        let mut part = packed.by_index(number).map_err(damaged)?;
        let name = part.name().map_err(damaged)?.to_ascii_lowercase();
        let kind = Part::of(&name);
        if part.size() > kind.limit() {
            return Err(too_much(&name));
        }
        let mut meter = Meter::new(kind);
        let mut piece = [0; 1 << 16];
        loop {
            let length = part.read(&mut piece).map_err(|why| damaged(zip::result::ZipError::Io(why)))?;
            if length == 0 {
                break;
            }
            all += length as u64;
            if all > MAX_ALL || !meter.pass(&piece[..length]) {
                return Err(too_much(&name));
            }
        }
    }
    Ok(())
}

fn too_much(part: &str) -> FileError {
    FileError::Workbook(format!(
        "its part {part} unpacks to more than any list of customers: save the sheet as CSV and import that"
    ))
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Sheet,
    Texts,
    Other,
}

impl Part {
    fn of(name: &str) -> Self {
        match name {
            name if name.contains("worksheets/") => Self::Sheet,
            name if name.ends_with("sharedstrings.xml") => Self::Texts,
            _ => Self::Other,
        }
    }

    fn limit(self) -> u64 {
        match self {
            Self::Sheet => MAX_SHEET,
            Self::Texts => MAX_TEXTS,
            Self::Other => MAX_OTHER,
        }
    }
}

/// Measures one part as it is unpacked: its length, the length of a cell or text, and how many texts
/// it claims to have, for which memory is set aside.
struct Meter {
    kind: Part,
    total: u64,
    /// Since the last cell began; not counted behind the cells.
    cell: Option<u64>,
    /// The name of the element that begins here, while it is read.
    name: Option<Vec<u8>>,
    head: Vec<u8>,
}

impl Meter {
    fn new(kind: Part) -> Self {
        Self { kind, total: 0, cell: Some(0), name: None, head: Vec::new() }
    }

    /// False where it is too much.
    fn pass(&mut self, piece: &[u8]) -> bool {
        self.total += piece.len() as u64;
        if self.total > self.kind.limit() {
            return false;
        }
        if self.kind == Part::Other {
            return true;
        }
        if self.head.len() < 4096 {
            self.head.extend_from_slice(&piece[..piece.len().min(4096)]);
            if claimed_texts(&self.head).is_some_and(|count| count > MAX_TEXTS / 8) {
                return false;
            }
        }
        piece.iter().all(|byte| self.step(*byte))
    }

    fn step(&mut self, byte: u8) -> bool {
        if byte == b'<' {
            self.name = Some(Vec::with_capacity(16));
        } else if let Some(name) = &mut self.name {
            match byte {
                b' ' | b'>' | b'\t' | b'\r' | b'\n' => {
                    match name.as_slice() {
                        b"c" | b"/c" | b"row" | b"/row" | b"si" | b"/si" if self.cell.is_some() => {
                            self.cell = Some(0);
                        }
                        b"/sheetData" => self.cell = None,
                        _ => {}
                    }
                    self.name = None;
                }
                // What stands before a colon is only a prefix.
                b':' => name.clear(),
                _ if name.len() < 16 => name.push(byte),
                _ => self.name = None,
            }
        }
        self.cell.as_mut().is_none_or(|length| {
            *length += 1;
            *length <= MAX_CELL
        })
    }
}

fn claimed_texts(head: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(head);
    let claim = text.split("uniqueCount").nth(1)?.trim_start_matches(['=', '"', '\'', ' ']);
    let digits: String = claim.chars().take_while(char::is_ascii_digit).collect();
    // More digits than a number has are a claim, too.
    Some(digits.parse().unwrap_or(if digits.is_empty() { 0 } else { u64::MAX }))
}

#[cfg(test)]
#[path = "../../tests/support/workbook.rs"]
mod made;
#[cfg(test)]
mod tests;
