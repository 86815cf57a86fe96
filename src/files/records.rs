//! CSV records with the line they really start on. Reads RFC 4180 strictly where leniency would
//! lose data: the `csv` crate takes a quote that is never closed as one field up to the end of the
//! file, and good rows vanish in it. Here such a row is reported and reading goes on at the next line.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use super::row::Odd;

/// A longer record is a broken one, so memory stays bounded.
const MAX_RECORD: usize = 1 << 20;

/// Whoever sends a longer line sends no table.
const MAX_LINE: u64 = 1 << 26;

/// One record: the line or row it starts on, and its fields as bytes.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Record {
    pub line: u64,
    pub fields: Vec<Vec<u8>>,
    /// Fields that are not what they seem; a text file has none.
    pub odd: Vec<(usize, Odd)>,
}

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum Broken {
    #[error("a quote opens in column {0} and is never closed: write \" inside a field as \"\"")]
    OpenQuote(usize),
    #[error("text follows the closing quote in column {0}: write \" inside a field as \"\"")]
    AfterQuote(usize),
    #[error("a quote stands inside column {0}, which does not begin with one")]
    StrayQuote(usize),
    #[error(
        "the row is longer than one megabyte, in column {0}: shorten it, or look for a quote that is never closed"
    )]
    TooLong(usize),
    #[error("a cell stands in column {0}, which has no name in the first row: name it or empty it")]
    NoHeader(String),
    #[error("{0}")]
    Card(&'static str),
}

/// A physical line with its end of line.
pub(super) struct Line {
    pub number: u64,
    pub bytes: Vec<u8>,
    pub too_long: bool,
}

pub(super) struct Records<R> {
    input: BufReader<R>,
    delimiter: u8,
    /// Fields of a whole row, once the header is known.
    columns: Option<usize>,
    /// Lines read already: looked at to guess the delimiter, or part of a broken record.
    pending: VecDeque<Line>,
    lines: u64,
    /// Up to this line, rows may be the rest of a broken record: what looks odd is not believed.
    doubtful: u64,
}

impl<R: Read> Records<R> {
    pub fn new(input: R) -> Self {
        Self {
            input: BufReader::with_capacity(1 << 16, input),
            delimiter: b',',
            columns: None,
            pending: VecDeque::new(),
            lines: 0,
            doubtful: 0,
        }
    }

    pub fn set_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    /// The first record names the columns.
    pub fn learn_columns(&mut self, columns: usize) {
        self.columns.get_or_insert(columns);
    }

    /// The next line that is not blank, which stays to be read.
    pub fn peek_line(&mut self) -> io::Result<Option<&mut Line>> {
        while let Some(line) = self.next_line()? {
            if line.bytes.iter().any(|b| !b.is_ascii_whitespace()) {
                self.pending.push_front(line);
                return Ok(self.pending.front_mut());
            }
        }
        Ok(None)
    }

    /// The next record that is not blank. A broken one comes with its line.
    pub fn next(&mut self) -> io::Result<Option<Result<Record, (u64, Broken)>>> {
        loop {
            let Some(first) = self.next_line()? else { return Ok(None) };
            let start = first.number;
            match self.read_from(&first)? {
                Ok(fields) if fields.iter().all(|field| field.trim_ascii().is_empty()) => {}
                Ok(fields) => return Ok(Some(Ok(Record { line: start, fields, odd: Vec::new() }))),
                Err(broken) => return Ok(Some(Err((start, broken)))),
            }
        }
    }

    /// Reads lines until the record is whole. If it is broken, the lines behind its first one are
    /// put back.
    fn read_from(&mut self, first: &Line) -> io::Result<Result<Vec<Vec<u8>>, Broken>> {
        let start = first.number;
        let mut parser = Parser::new(self.delimiter, start <= self.doubtful);
        let mut rest: Vec<Line> = Vec::new();
        let mut size = first.bytes.len();
        let mut step = parser.feed_line(first);
        let opened = parser.column();
        // From here on a stray quote may be the beginning of a good field, with the true end missing.
        parser.strict = true;
        while matches!(step, Step::More) {
            let next = if size > MAX_RECORD { None } else { self.next_line()? };
            let Some(line) = next else {
                step = Step::Broken(Broken::OpenQuote(parser.column()));
                break;
            };
            size += line.bytes.len();
            step = parser.feed_line(&line);
            rest.push(line);
        }
        if matches!(step, Step::Done) && self.has_swallowed_rows(&parser, &rest) {
            step = Step::Broken(Broken::OpenQuote(opened));
        }
        if let Step::Broken(broken) = step {
            self.doubtful = self.doubtful.max(rest.last().map_or(0, |line| line.number));
            rest.into_iter().rev().for_each(|line| self.pending.push_front(line));
            return Ok(Err(broken));
        }
        Ok(Ok(parser.finish()))
    }

    /// Whether a record over several lines is a quote that was never closed and ends by chance, at the
    /// quote of a later row: it has the wrong length, and a line of it is a row or opens a quote itself.
    fn has_swallowed_rows(&self, parser: &Parser, rest: &[Line]) -> bool {
        let Some(columns) = self.columns.filter(|columns| *columns != parser.column()) else { return false };
        rest.iter().any(|line| {
            let mut alone = Parser::new(self.delimiter, true);
            match alone.feed(&line.bytes) {
                Step::Done => alone.column() == columns,
                Step::More => true,
                Step::Broken(_) => false,
            }
        })
    }

    pub fn next_line(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.pending.pop_front() {
            return Ok(Some(line));
        }
        let mut line = Line { number: self.lines + 1, bytes: Vec::new(), too_long: false };
        let mut length = 0;
        while !self.read_piece(&mut line, &mut length)? {
            if length > MAX_LINE {
                let why = format!(
                    "line {} does not end within 64 megabytes: this is no table; save it as CSV again",
                    line.number
                );
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
        }
        if line.bytes.is_empty() {
            return Ok(None);
        }
        self.lines += 1;
        Ok(Some(line))
    }

    /// Takes bytes up to `\n`, `\r\n` or a lone `\r`. True at the end of the line or the input.
    fn read_piece(&mut self, line: &mut Line, length: &mut u64) -> io::Result<bool> {
        let buffer = loop {
            match self.input.fill_buf() {
                Ok(_) => break self.input.buffer(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        let after_return = line.bytes.last() == Some(&b'\r');
        let (taken, ended) = match buffer.first() {
            None => (0, true),
            Some(b'\n') if after_return => (1, true),
            Some(_) if after_return => (0, true),
            Some(_) => match memchr::memchr2(b'\n', b'\r', buffer) {
                Some(at) => (at + 1, buffer[at] == b'\n'),
                None => (buffer.len(), false),
            },
        };
        if line.bytes.len() <= MAX_RECORD {
            line.bytes.extend_from_slice(&buffer[..taken]);
        } else {
            // Only what tells the end of the line is still of interest.
            line.too_long = true;
            if taken > 0 && buffer[taken - 1] == b'\r' {
                line.bytes.push(b'\r');
            }
        }
        self.input.consume(taken);
        *length += taken as u64;
        Ok(ended)
    }
}

enum Step {
    /// The record goes on in the next line.
    More,
    Done,
    Broken(Broken),
}

enum State {
    Start,
    Plain,
    Quoted,
    /// Behind a quote inside a quoted field: its end, or the first of two.
    Quote,
}

struct Parser {
    delimiter: u8,
    strict: bool,
    state: State,
    fields: Vec<Vec<u8>>,
    field: Vec<u8>,
}

impl Parser {
    fn new(delimiter: u8, strict: bool) -> Self {
        Self { delimiter, strict, state: State::Start, fields: Vec::new(), field: Vec::new() }
    }

    /// The column being read, counted from 1.
    fn column(&self) -> usize {
        self.fields.len() + 1
    }

    fn feed_line(&mut self, line: &Line) -> Step {
        let step = self.feed(&line.bytes);
        if line.too_long { Step::Broken(Broken::TooLong(self.column())) } else { step }
    }

    fn feed(&mut self, line: &[u8]) -> Step {
        for &byte in line {
            match (&self.state, byte) {
                (State::Quoted, b'"') => self.state = State::Quote,
                (State::Quote, b'"') => {
                    self.field.push(b'"');
                    self.state = State::Quoted;
                }
                (State::Quoted, _) => self.field.push(byte),
                (State::Start, b'"') => self.state = State::Quoted,
                (_, b'\r' | b'\n') => return Step::Done,
                (_, byte) if byte == self.delimiter => {
                    self.fields.push(std::mem::take(&mut self.field));
                    self.state = State::Start;
                }
                (State::Quote, _) => return Step::Broken(Broken::AfterQuote(self.column())),
                (State::Plain, b'"') if self.strict => {
                    return Step::Broken(Broken::StrayQuote(self.column()));
                }
                (State::Start | State::Plain, _) => {
                    self.field.push(byte);
                    self.state = State::Plain;
                }
            }
        }
        if matches!(self.state, State::Quoted) { Step::More } else { Step::Done }
    }

    fn finish(mut self) -> Vec<Vec<u8>> {
        self.fields.push(self.field);
        self.fields
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Read = Vec<Result<(u64, Vec<String>), (u64, Broken)>>;

    fn read_all(text: &[u8], delimiter: u8) -> Read {
        let mut records = Records::new(text);
        records.set_delimiter(delimiter);
        rest(&mut records)
    }

    fn rest(records: &mut Records<&[u8]>) -> Read {
        let mut all = Vec::new();
        while let Some(record) = records.next().unwrap() {
            all.push(record.map(|record| {
                let fields = record.fields.into_iter().map(|field| String::from_utf8(field).unwrap());
                (record.line, fields.collect())
            }));
        }
        all
    }

    fn row(line: u64, fields: &[&str]) -> Result<(u64, Vec<String>), (u64, Broken)> {
        Ok((line, fields.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn lines_and_quotes() {
        let table: [(&str, Read); 12] = [
            ("", vec![]),
            ("\n\r\n ,\n", vec![]),
            ("a,b\nc,d", vec![row(1, &["a", "b"]), row(2, &["c", "d"])]),
            ("a,b\r\nc,d\r\n", vec![row(1, &["a", "b"]), row(2, &["c", "d"])]),
            ("a,b\rc,d\r", vec![row(1, &["a", "b"]), row(2, &["c", "d"])]),
            ("a,,\n,,b\n", vec![row(1, &["a", "", ""]), row(2, &["", "", "b"])]),
            ("\"a,1\",\"say \"\"hi\"\"\"\n", vec![row(1, &["a,1", "say \"hi\""])]),
            ("\"a\n\r\nb\",c\nd,e\n", vec![row(1, &["a\n\r\nb", "c"]), row(4, &["d", "e"])]),
            ("\"\"\nb\n", vec![row(2, &["b"])]),
            ("a\n\n\nb\n", vec![row(1, &["a"]), row(4, &["b"])]),
            ("5\" pipe,x\n", vec![row(1, &["5\" pipe", "x"])]),
            ("\"a\"", vec![row(1, &["a"])]),
        ];
        for (text, records) in table {
            assert_eq!(read_all(text.as_bytes(), b','), records, "{text:?}");
        }
        assert_eq!(read_all(b"a,b;\"c;d\"\n", b';'), [row(1, &["a,b", "c;d"])]);
    }

    #[test]
    fn a_broken_quote_costs_its_own_row_only() {
        let table: [(&str, Read); 6] = [
            (
                "a,\"b\nc,d\ne,f",
                vec![Err((1, Broken::OpenQuote(2))), row(2, &["c", "d"]), row(3, &["e", "f"])],
            ),
            ("a,b\nc,\"", vec![row(1, &["a", "b"]), Err((2, Broken::OpenQuote(2)))]),
            // The quote of a later, good row seems to close it.
            (
                "a,\"b\nc,d\n\"e, e\",f\ng,h\n",
                vec![
                    Err((1, Broken::AfterQuote(2))),
                    row(2, &["c", "d"]),
                    row(3, &["e, e", "f"]),
                    row(4, &["g", "h"]),
                ],
            ),
            ("\"a\"b,c\nd,e\n", vec![Err((1, Broken::AfterQuote(1))), row(2, &["d", "e"])]),
            // The rest of a broken record does not pass as a row of its own.
            (
                "\"a\nb\" x,c\nd,e\n",
                vec![Err((1, Broken::AfterQuote(1))), Err((2, Broken::StrayQuote(1))), row(3, &["d", "e"])],
            ),
            (
                "\"a\n\"b\n\"c\n",
                vec![
                    Err((1, Broken::AfterQuote(1))),
                    Err((2, Broken::AfterQuote(1))),
                    Err((3, Broken::OpenQuote(1))),
                ],
            ),
        ];
        for (text, records) in table {
            assert_eq!(read_all(text.as_bytes(), b','), records, "{text:?}");
        }
    }

    #[test]
    fn rows_behind_an_open_quote_are_not_swallowed() {
        let open = || Err((1, Broken::OpenQuote(2)));
        let table: [(&str, Read); 4] = [
            // Each time the next quote of a good row closes the open one by chance.
            (
                "a,\"b,c\nd,e,f\ng,\", h\",i\n",
                vec![Err((1, Broken::StrayQuote(3))), row(2, &["d", "e", "f"]), row(3, &["g", ", h", "i"])],
            ),
            (
                "a,\"b,c\nd,e,f\ng,\"\nh\",i\n",
                vec![open(), row(2, &["d", "e", "f"]), row(3, &["g", "\nh", "i"])],
            ),
            ("a,\"b,c\ng,\"\nh\",i\n", vec![open(), row(2, &["g", "\nh", "i"])]),
            // A row of the wrong length over several lines is still one row.
            ("a,\"b\nc\nd\"\ne,f,g\n", vec![row(1, &["a", "b\nc\nd"]), row(4, &["e", "f", "g"])]),
        ];
        for (text, records) in table {
            let mut reader = Records::new(text.as_bytes());
            reader.learn_columns(3);
            assert_eq!(rest(&mut reader), records, "{text:?}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let long = "x".repeat(3 * MAX_RECORD);
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("a,b{end}{long}{end}c,d{end}");
            let expected = [row(1, &["a", "b"]), Err((2, Broken::TooLong(1))), row(3, &["c", "d"])];
            assert_eq!(read_all(text.as_bytes(), b','), expected, "{end:?}");
        }
        let open = format!("\"open\n{}", "some,row\n".repeat(2 * MAX_RECORD / 9));
        let mut records = Records::new(open.as_bytes());
        assert_eq!(records.next().unwrap(), Some(Err((1, Broken::OpenQuote(1)))));
        let held: usize = records.pending.iter().map(|line| line.bytes.len()).sum();
        assert!(held <= MAX_RECORD + 9, "{held}");
        let mut rows = 0;
        while let Some(row) = records.next().unwrap() {
            assert!(row.is_ok());
            rows += 1;
        }
        assert_eq!(rows, 2 * MAX_RECORD / 9);
    }

    proptest! {
        /// What the `csv` crate writes comes back as it was, each record on its true line.
        #[test]
        fn written_records_read_back(rows in proptest::collection::vec(
            proptest::collection::vec("x[a-z,;\"\r\né ]{0,8}", 2), 0..8)) {
            let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let mut line = 1;
            let expected: Read = rows
                .into_iter()
                .map(|row| {
                    let start = line;
                    let text = row.concat().replace("\r\n", "\n").replace('\r', "\n");
                    line += 1 + text.matches('\n').count() as u64;
                    Ok((start, row))
                })
                .collect();
            prop_assert_eq!(read_all(&text, b','), expected);
        }

        #[test]
        fn no_bytes_hang_or_panic(text in proptest::collection::vec(
            proptest::sample::select(b"a,\"\r\n\xff ;".to_vec()), 0..200)) {
            let mut records = Records::new(text.as_slice());
            let mut last = 0;
            while let Some(record) = records.next().unwrap() {
                let line = record.map_or_else(|(line, _)| line, |record| record.line);
                prop_assert!(line > last);
                last = line;
            }
        }
    }
}
