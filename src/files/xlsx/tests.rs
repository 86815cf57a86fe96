//! Workbooks, good and bad.

use super::made::{Cell, bomb, packed, sheet_of, workbook};
use super::*;
use crate::domain::money::Currency;
use crate::domain::phone::{Accept, PhonePolicy, Region};
use crate::files::customers::{Import, ImportOptions, read as read_file};

fn options() -> ImportOptions {
    let policy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };
    ImportOptions::new(policy, Currency::MUR)
}

fn read(bytes: &[u8], options: &ImportOptions) -> Result<Import<'static>, String> {
    read_file(Cursor::new(bytes.to_vec()), options).map_err(|error| error.to_string())
}

/// `row 2: name mobile master-id custom`, or every problem with its place.
fn told(bytes: &[u8], options: &ImportOptions) -> Result<Vec<String>, String> {
    let mut import = read(bytes, options)?;
    let format = import.format();
    let mut told = Vec::new();
    for row in import.by_ref() {
        match row {
            Ok(row) => {
                let new = row.customer;
                let mobile = new.phones.first().map_or("-", |phone| phone.value.as_str());
                let id = new.master_id.as_deref().unwrap_or("-");
                told.push(format!("row {}: {} {mobile} {id} {}", row.line, new.name, Json(&new.custom)));
            }
            Err(bad) => told.extend(
                bad.problems.iter().map(|one| format!("{}: {}", format.place(bad.line, one), one.why)),
            ),
        }
    }
    Ok(told)
}

struct Json<'a>(&'a serde_json::Map<String, serde_json::Value>);

impl std::fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts: Vec<_> = self.0.iter().map(|(key, value)| format!("{key}={value}")).collect();
        f.write_str(&texts.join(" "))
    }
}

#[test]
fn cells_are_typed_and_every_complaint_names_its_cell() {
    use Cell::{Date, Empty, Error, Number, Text};
    let why_mangled = "a spreadsheet has reformatted this number, set its column to text and enter it again";
    let book = workbook(
        &[
            &[Text("Customer ID"), Text("Name"), Text("Mobile"), Text("Since")],
            &[Number("1001"), Text("Anna & Co <x>"), Text("5737 2333"), Date("45293")],
            &[Number("1002"), Text("Ben"), Number("57372333"), Number("2.5")],
            &[],
            &[Number("1003"), Text("Cleo"), Date("45293"), Empty],
            &[Number("1004"), Text("Dan"), Number("5737233"), Empty],
            &[Number("5.4483E+15"), Text("Eve"), Empty, Empty],
            &[Number("1006"), Text("Fay"), Text("5.4483E+10"), Empty],
            &[Number("1007"), Text("Gus"), Error("#N/A"), Empty],
            &[Number("1008"), Empty, Text("57372333 / 57001122"), Empty],
            &[Number("1009"), Text("Hal"), Empty, Empty, Text("stray")],
        ],
        &[],
    );
    let like = "write it like 5737 2333";
    assert_eq!(
        told(&book, &options()),
        Ok(vec![
            "row 2: Anna & Co <x> +23057372333 1001 Since=\"2024-01-02\"".to_owned(),
            "row 3: Ben +23057372333 1002 Since=\"2.5\"".to_owned(),
            format!("row 5, Mobile (C5): {why_mangled}"),
            format!("row 6, Mobile (C6): too short: 8 digits expected, 7 given; {like}"),
            format!("row 7, Customer ID (A7): {why_mangled}"),
            format!("row 8, Mobile (C8): {why_mangled}; {like}"),
            "row 9, Mobile (C9): the formula of this cell has failed; correct it, or write the value itself"
                .to_owned(),
            format!("row 10, Mobile (C10): this is more than one number, give one; {like}"),
            "row 10, name: missing: every customer needs a name, such as Jane Doe".to_owned(),
            "row 11, row: a cell stands in column E, which has no name in the first row: name it or empty it"
                .to_owned(),
        ])
    );
}

#[test]
fn the_sheet_is_chosen_by_name_or_number() {
    let rows: &[&[Cell<'_>]] = &[&[Cell::Text("Name")], &[Cell::Text("Anna")]];
    let book = workbook(rows, &["Old", "2019"]);
    let of = |sheet: Option<&str>| {
        let sheet = sheet.map(str::to_owned);
        read(&book, &ImportOptions { sheet, ..options() })
            .map(|import| import.map(|row| row.unwrap().customer.name).collect::<Vec<_>>())
    };
    assert_eq!(of(None), Ok(vec!["Anna".to_owned()]));
    assert_eq!(of(Some("old")), Ok(vec!["Old".to_owned()]));
    assert_eq!(of(Some("2")), Ok(vec!["Old".to_owned()]));
    // A name comes before a number.
    assert_eq!(of(Some("2019")), Ok(vec!["2019".to_owned()]));
    let why = "there is no sheet \"7\" in this workbook; its sheets are Sheet1, Old, 2019";
    assert_eq!(of(Some("7")), Err(why.to_owned()));
}

#[test]
fn a_workbook_out_of_all_proportion_is_refused() {
    let long =
        format!("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>{}</t></is></c></row>", "x".repeat(2 << 20));
    let runs = format!(
        "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is>{}</is></c></row>",
        "<r><t>x</t></r>".repeat(1 << 17)
    );
    let table: [(Vec<u8>, &str); 6] = [
        (bomb(600 << 20), "its part xl/sharedstrings.xml unpacks to more than any list of customers"),
        (bomb(3 << 20), "its part xl/sharedstrings.xml unpacks to more than any list of customers"),
        (packed(&[sheet_of(&long)], &["S"], ""), "its part xl/worksheets/sheet1.xml unpacks to more"),
        (packed(&[sheet_of(&runs)], &["S"], ""), "its part xl/worksheets/sheet1.xml unpacks to more"),
        (
            packed(&[sheet_of("")], &["S"], "<sst uniqueCount=\"99999999999999999999\"></sst>"),
            "its part xl/sharedstrings.xml unpacks to more",
        ),
        (workbook(&[], &[])[..200].to_vec(), "it is damaged"),
    ];
    for (book, why) in table {
        let said = told(&book, &options()).unwrap_err();
        assert!(said.starts_with(&format!("this workbook cannot be read: {why}")), "{said}");
    }
    let mut other = zip::ZipWriter::new(Cursor::new(Vec::new()));
    other.start_file("letter.txt", zip::write::SimpleFileOptions::default()).unwrap();
    let other = other.finish().unwrap().into_inner();
    assert_eq!(
        told(&other, &options()).unwrap_err(),
        "this is a packed file, and no Excel workbook: save it as CSV or .xlsx and import that"
    );
    assert_eq!(
        told(&workbook(&[], &[]), &options()).unwrap_err(),
        "the file is empty: the first line must name the columns, such as Name,Mobile,Email"
    );
}

#[test]
fn columns_have_letters() {
    let table = [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")];
    for (column, name) in table {
        assert_eq!(letters(column), name);
    }
}
