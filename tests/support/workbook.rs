//! A workbook as a spreadsheet program writes it, in the least that makes one.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses its own part, and fails by panicking")]

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A cell of a sheet.
#[derive(Clone, Copy)]
pub enum Cell<'a> {
    Text(&'a str),
    Number(&'a str),
    /// A number with the format of a date.
    Date(&'a str),
    Error(&'a str),
    Empty,
}

/// The sheet, and those behind it that hold a word.
pub fn workbook(rows: &[&[Cell<'_>]], others: &[&str]) -> Vec<u8> {
    let mut sheet = String::new();
    for (row, cells) in rows.iter().enumerate() {
        sheet.push_str(&format!("<row r=\"{}\">", row + 1));
        for (column, cell) in cells.iter().enumerate() {
            let place = format!("{}{}", char::from(b'A' + u8::try_from(column).unwrap()), row + 1);
            sheet.push_str(&match cell {
                Cell::Text(text) => {
                    let text = text.replace('&', "&amp;").replace('<', "&lt;");
                    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
                }
                Cell::Number(number) => format!("<c r=\"{place}\"><v>{number}</v></c>"),
                Cell::Date(number) => format!("<c r=\"{place}\" s=\"1\"><v>{number}</v></c>"),
                Cell::Error(error) => format!("<c r=\"{place}\" t=\"e\"><v>{error}</v></c>"),
                Cell::Empty => String::new(),
            });
        }
        sheet.push_str("</row>");
    }
    let mut sheets = vec![sheet_of(&sheet)];
    let word = |word: &&str| {
        sheet_of(&format!(
            "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Name</t></is></c></row><row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>{word}</t></is></c></row>"
        ))
    };
    sheets.extend(others.iter().map(word));
    packed(&sheets, &["Sheet1"].into_iter().chain(others.iter().copied()).collect::<Vec<_>>(), "")
}

pub fn sheet_of(rows: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    )
}

/// A workbook of these sheets and texts.
pub fn packed(sheets: &[String], names: &[&str], texts: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let (mut listed, mut related) = (String::new(), String::new());
    for (at, (text, name)) in sheets.iter().zip(names).enumerate() {
        let number = at + 1;
        part(&format!("xl/worksheets/sheet{number}.xml"), text);
        listed.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\"/>"));
        related.push_str(&format!(
            "<Relationship Id=\"rId{number}\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        ));
    }
    part(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    part(
        "xl/workbook.xml",
        &format!("<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets>{listed}</sheets></workbook>"),
    );
    part(
        "xl/_rels/workbook.xml.rels",
        &format!("<Relationships xmlns=\"{package}\">{related}</Relationships>"),
    );
    part(
        "xl/styles.xml",
        &format!(
            "<styleSheet xmlns=\"{main}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
        ),
    );
    if !texts.is_empty() {
        part("xl/sharedStrings.xml", texts);
    }
    zip.finish().unwrap().into_inner()
}

/// A small file that unpacks to `size` bytes, all of them in one text.
pub fn bomb(size: usize) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().large_file(true);
    zip.start_file("xl/workbook.xml", options).unwrap();
    zip.write_all(b"<workbook/>").unwrap();
    zip.start_file("xl/sharedStrings.xml", options).unwrap();
    zip.write_all(b"<sst><si><t>").unwrap();
    let piece = vec![b'x'; 1 << 20];
    (0..size >> 20).for_each(|_| zip.write_all(&piece).unwrap());
    zip.finish().unwrap().into_inner()
}
