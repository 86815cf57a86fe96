//! A workbook of one sheet whose cells are all texts, so that Excel takes no number, date or formula out
//! of them (ECMA-376, part 1: 18.3.1.53 inline strings, 22.9.2.19 for what XML cannot say). Written
//! straight through: a row is gone when the next one comes. The crates that write workbooks keep the
//! rows, or lay a customer's data down in another file and panic where that disk is full.

use std::fmt::Write as _;
use std::io::{self, Write};

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

/// What Excel takes.
const MAX_ROWS: u32 = 1_048_576;
const MAX_COLUMNS: usize = 16_384;
const MAX_CELL: usize = 32_767;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

const CONTENT_TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
    <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
    <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
    <Override PartName=\"/xl/workbook.xml\" \
    ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
    <Override PartName=\"/xl/worksheets/sheet1.xml\" \
    ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>\
    <Override PartName=\"/xl/styles.xml\" \
    ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/></Types>";

const RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" \
    Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
    Target=\"xl/workbook.xml\"/></Relationships>";

const BOOK_RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" \
    Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
    Target=\"worksheets/sheet1.xml\"/>\
    <Relationship Id=\"rId2\" \
    Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" \
    Target=\"styles.xml\"/></Relationships>";

/// Format 49 is text: what somebody types over a cell stays text, too. Style 1 is text, 2 bold text.
const STYLES: &str = "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
    <fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>\
    <font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
    <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>\
    <fill><patternFill patternType=\"gray125\"/></fill></fills>\
    <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
    <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
    <cellXfs count=\"3\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
    <xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
    <xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" \
    applyFont=\"1\"/></cellXfs>\
    <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

/// A workbook that gets row after row.
pub(super) struct Book<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    headers: Vec<String>,
    rows: u32,
    line: String,
}

impl<W: Write> Book<W> {
    /// Writes everything that stands before the rows.
    pub fn new(out: W, name: &str, headers: &[String]) -> io::Result<Self> {
        if headers.len() > MAX_COLUMNS {
            return Err(io::Error::other(format!(
                "a workbook has at most {MAX_COLUMNS} columns, and there are {}: choose some with --columns",
                headers.len()
            )));
        }
        let mut zip = ZipWriter::new_stream(out);
        let book = format!(
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
             xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
             <sheets><sheet name=\"{name}\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
        );
        let parts = [
            ("[Content_Types].xml", CONTENT_TYPES),
            ("_rels/.rels", RELATIONS),
            ("xl/workbook.xml", &book),
            ("xl/_rels/workbook.xml.rels", BOOK_RELATIONS),
            ("xl/styles.xml", STYLES),
        ];
        for (part, content) in parts {
            zip.start_file(part, options())?;
            zip.write_all(HEAD.as_bytes())?;
            zip.write_all(content.as_bytes())?;
        }
        zip.start_file("xl/worksheets/sheet1.xml", options())?;
        write!(
            zip,
            "{HEAD}<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
             <sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" \
             activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>\
             <cols><col min=\"1\" max=\"{}\" width=\"18\" style=\"1\" customWidth=\"1\"/></cols><sheetData>",
            headers.len().max(1)
        )?;
        let mut book = Self { zip, headers: headers.to_vec(), rows: 0, line: String::new() };
        book.write_row(headers, 2)?;
        Ok(book)
    }

    pub fn put(&mut self, cells: &[String]) -> io::Result<()> {
        self.write_row(cells, 1)
    }

    fn write_row(&mut self, cells: &[String], style: u8) -> io::Result<()> {
        if self.rows == MAX_ROWS {
            return Err(io::Error::other(format!(
                "a sheet has {MAX_ROWS} rows and there are more: choose fewer, or take CSV"
            )));
        }
        self.rows += 1;
        self.line.clear();
        let row = self.rows;
        // Writing to a string cannot fail.
        let _ = write!(self.line, "<row r=\"{row}\">");
        for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let units = cell.encode_utf16().count();
            if units > MAX_CELL {
                return Err(io::Error::other(format!(
                    "a cell holds {MAX_CELL} characters, and row {row} has {units} in the column {}: leave it \
                     out with --columns, or take CSV",
                    self.headers[at]
                )));
            }
            let _ = write!(
                self.line,
                "<c r=\"{}{row}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">",
                column_name(at)
            );
            escape(cell, &mut self.line);
            self.line.push_str("</t></is></c>");
        }
        self.line.push_str("</row>");
        self.zip.write_all(self.line.as_bytes())
    }

    /// Closes the sheet and the workbook.
    pub fn finish(mut self) -> io::Result<()> {
        self.zip.write_all(b"</sheetData></worksheet>")?;
        self.zip.finish()?.into_inner().flush()
    }
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// `A` to `Z`, `AA` and so on.
fn column_name(at: usize) -> String {
    let mut name = String::new();
    let mut rest = at + 1;
    while rest > 0 {
        name.insert(0, char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
        rest = (rest - 1) / 26;
    }
    name
}

/// What XML cannot hold, or would change, is written `_x001B_`; so a text that looks like that is
/// written `_x005F_x001B_`.
fn escape(text: &str, out: &mut String) {
    for (at, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' => out.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "_x{:04X}_", u32::from(c));
            }
            '_' if looks_escaped(&text.as_bytes()[at..]) => out.push_str("_x005F_"),
            _ => out.push(c),
        }
    }
}

fn looks_escaped(text: &[u8]) -> bool {
    matches!(text, [b'_', b'x', digits @ .., ] if digits.len() > 4
        && digits[..4].iter().all(u8::is_ascii_hexdigit) && digits[4] == b'_')
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::*;

    #[test]
    fn columns_have_letters() {
        for (at, name) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (51, "AZ"),
            (52, "BA"),
            (701, "ZZ"),
            (702, "AAA"),
            (16_383, "XFD"),
        ] {
            assert_eq!(column_name(at), name);
        }
    }

    #[test]
    fn every_cell_is_a_text() {
        let mut out = Vec::new();
        let mut book = Book::new(&mut out, "customers", &["name".into(), "mobile".into()]).unwrap();
        book.put(&["<A & B>\r\n\t\u{1b}_x000D_ _x00".into(), "+23057372333".into()]).unwrap();
        book.put(&[String::new(), "=1+1".into()]).unwrap();
        book.finish().unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(out)).unwrap();
        let mut sheet = String::new();
        zip.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
        let rows = &sheet[sheet.find("<sheetData>").unwrap()..];
        let cell = |at: &str, style: u8, text: &str| {
            format!(
                "<c r=\"{at}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>"
            )
        };
        let expected = [
            format!("<row r=\"1\">{}{}</row>", cell("A1", 2, "name"), cell("B1", 2, "mobile")),
            format!(
                "<row r=\"2\">{}{}</row>",
                cell("A2", 1, "&lt;A &amp; B&gt;_x000D_\n\t_x001B__x005F_x000D_ _x00"),
                cell("B2", 1, "+23057372333")
            ),
            format!("<row r=\"3\">{}</row>", cell("B3", 1, "=1+1")),
        ];
        assert_eq!(rows, format!("<sheetData>{}</sheetData></worksheet>", expected.concat()));
    }

    #[test]
    fn what_excel_does_not_take_is_refused_by_its_place() {
        let mut book = Book::new(io::sink(), "customers", &["name".into(), "note".into()]).unwrap();
        book.put(&["a".into(), "é".repeat(MAX_CELL)]).unwrap();
        let long = book.put(&["a".into(), "é".repeat(MAX_CELL + 1)]).unwrap_err().to_string();
        assert_eq!(
            long,
            "a cell holds 32767 characters, and row 3 has 32768 in the column note: leave it out with --columns, or \
             take CSV"
        );
        book.rows = MAX_ROWS;
        let full = book.put(&[]).unwrap_err().to_string();
        assert_eq!(full, "a sheet has 1048576 rows and there are more: choose fewer, or take CSV");
        let wide = vec![String::new(); MAX_COLUMNS + 1];
        assert!(Book::new(io::sink(), "customers", &wide).is_err());
    }
}
