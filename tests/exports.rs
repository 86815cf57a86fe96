//! Customers out and in again through the real binary: 2,000 hostile records come back as they were, in
//! every format, and other programs read the files.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail the test")]

#[path = "support/command.rs"]
mod command;

use std::fs;
use std::process::{Command, Stdio};

use command::{Home, stderr, stdout};
use serde_json::{Map, Value, json};

const RECORDS: usize = 2_000;

/// What breaks careless readers and writers. None has blanks at its ends, which no entry keeps.
const TEXTS: [&str; 28] = [
    "plain",
    "comma, semicolon; tab\tpipe|",
    "line\nfeed",
    "carriage\rreturn",
    "both\r\n\r\nof them",
    "\"quoted\"",
    "\"\"\"",
    "=HYPERLINK(\"https://x.example\")",
    "+230 5737 2333",
    "-1+1",
    "@SUM(A1:A9)",
    "'=guarded already",
    "''two",
    "😀 👩‍👩‍👧 🇲🇺",
    "עברית مرحبا \u{202e}backwards\u{202c}",
    "bell\u{7} escape\u{1b}[31m delete\u{7f} next\u{85}line",
    "\u{1}\u{2}\u{1f}",
    "007",
    "00230",
    "5.4483E+10",
    "1/2",
    "TRUE",
    "_x000D_ and _x005F_",
    "<b>&amp;</b> ]]>",
    "\\n \\, \\; ^n ^^ %0A",
    "[\"no list\"]",
    "{\"no\": \"object\"}",
    "e\u{301}\u{fffd}\u{2028}x",
];

const CURRENCIES: [(&str, &str); 6] = [
    ("MUR", "4491.29"),
    ("JPY", "1200"),
    ("KWD", "-12.345"),
    ("USD", "0.05"),
    ("EUR", "92233720368547758.07"),
    ("SEK", "0.00"),
];

/// The same numbers each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn text(&mut self) -> &'static str {
        TEXTS[self.roll(TEXTS.len())]
    }
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect::<String>().trim().to_owned()
}

/// A customer as a line of JSON has it, in the one form in which it is written.
fn record(i: usize, dice: &mut Dice) -> Value {
    let mut fields = Map::new();
    let mut put = |key: &str, value: Value| fields.insert(key.to_owned(), value);
    put("cordboard_id", json!(format!("00000000-0000-7000-8000-{i:012x}")));
    let name = match i % 50 {
        0 => "é".repeat(255),
        1 => "王".repeat(255),
        _ => cut(&format!("{} {i}", dice.text()), 255),
    };
    put("name", json!(name));
    put("stage", json!(["new", "contacted", "qualified", "nurturing", "client", "inactive"][dice.roll(6)]));
    put("cordboard_source", json!(["manual", "import", "api", "form"][dice.roll(4)]));
    put(
        "cordboard_created_at",
        json!(format!("2024-02-{:02}T10:30:00.{:03}Z", dice.roll(29) + 1, dice.roll(1000))),
    );
    for (key, most) in [
        ("given_name", 100),
        ("family_name", 100),
        ("company", 255),
        ("industry", 50),
        ("payment", 255),
        ("street", 255),
        ("city", 255),
        ("state", 255),
        ("zip", 255),
        ("country", 255),
        ("preferred_time", 255),
    ] {
        if dice.roll(2) == 0 {
            put(key, json!(cut(dice.text(), most)));
        }
    }
    // Two customers may share a policy, and a number.
    if dice.roll(3) > 0 {
        put("policy_number", json!(format!("LIB/{}", dice.roll(300))));
    }
    match dice.roll(4) {
        0 => {}
        1 => {
            put("master_id", json!(format!("C-{i:04}")));
            let mut others = [format!("C-{i:04}-b"), format!("C-{i:04}-{}", dice.text())];
            others.sort();
            put("cordboard_master_ids", json!(others));
        }
        _ => {
            put("master_id", json!(format!("{i:06}")));
        }
    }
    if dice.roll(2) == 0 {
        let (currency, amount) = CURRENCIES[dice.roll(CURRENCIES.len())];
        put("currency", json!(currency));
        put("amount_due", json!(amount));
    }
    if dice.roll(4) == 0 {
        put("timezone", json!("Indian/Mauritius"));
        put("preferred_method", json!(["sms", "email", "phone"][dice.roll(3)]));
        put("cordboard_last_contact_at", json!("2025-12-31T23:59:59.999Z"));
        put("cordboard_last_contact_method", json!("in-person"));
    }
    let mut tags: Vec<String> = (0..dice.roll(4)).map(|_| cut(dice.text(), 50)).collect();
    tags.dedup();
    tags.sort();
    tags.dedup();
    if !tags.is_empty() {
        put("tags", json!(tags));
    }
    let mut custom = Map::new();
    for key in
        ["Shoe size", "Mobile", "note, long", "=cmd", "custom.x", "Größe", "custom", "id; no", "cordboard_x"]
    {
        if dice.roll(3) == 0 {
            custom.insert(key.to_owned(), json!(dice.text()));
        }
    }
    if !custom.is_empty() {
        put("custom", json!(custom));
    }
    let contacts = contacts(i, dice);
    for (key, contact) in shown(&contacts) {
        put(key, contact);
    }
    if !contacts.is_empty() && !says_nothing_more(&contacts) {
        put("cordboard_contacts", json!(contacts));
    }
    Value::Object(fields)
}

/// The contact that counts first, then the others, then the old ones; phones before e-mails.
fn contacts(i: usize, dice: &mut Dice) -> Vec<Value> {
    let mut all = Vec::new();
    for kind in ["phone", "email"] {
        let value = |n: usize| match kind {
            "phone" => format!("+23057{:02}{:04}", n % 100, i),
            _ => format!("o'{n}.{i}+x@example.com"),
        };
        let labels = match kind {
            "phone" => ["mobile", "mobile", "phone", "home", "work", "mother's \"own\", 2nd"],
            _ => ["email", "email", "work", "email", "private", "=label"],
        };
        // The one that counts is a mobile, where there is a mobile; of e-mails, the first.
        let no_mobile = kind == "phone" && dice.roll(4) == 0;
        let labels = if no_mobile { &labels[2..] } else { &labels[..] };
        for n in 0..dice.roll(5) {
            let is_mobile = n == 0 && kind == "phone";
            let label = labels[if is_mobile { 0 } else { dice.roll(labels.len()) }];
            let mut contact = json!({ "label": label });
            contact[kind] = json!(value(n));
            match dice.roll(3) {
                0 => contact["raw"] = json!(format!(" 57{:02} {i:04} ", n % 100)),
                1 if kind == "phone" => contact["raw"] = json!(format!("０５７ {}", dice.text())),
                _ => {}
            }
            all.push(contact);
        }
        let count = dice.roll(3);
        for (n, label) in labels.iter().enumerate().take(count) {
            let mut old = json!({ "label": label, "until": format!("2023-03-0{}T08:00:00.001Z", n + 1) });
            old[kind] = json!(value(50 + n));
            old["raw"] = json!(format!("old {n}"));
            all.push(old);
        }
    }
    all
}

/// The columns that show a single contact.
fn shown(contacts: &[Value]) -> Vec<(&'static str, Value)> {
    let first = |kind: &str, label: Option<&str>| {
        let is_it = |contact: &&Value| {
            contact[kind].is_string()
                && contact["until"].is_null()
                && label.is_none_or(|label| contact["label"] == label)
        };
        contacts.iter().find(is_it).map(|contact| contact[kind].clone())
    };
    [
        ("mobile", first("phone", Some("mobile"))),
        ("phone", first("phone", Some("phone"))),
        ("home_phone", first("phone", Some("home"))),
        ("work_phone", first("phone", Some("work"))),
        ("email", first("email", None)),
        ("work_email", first("email", Some("work"))),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
    .collect()
}

/// Whether those columns say everything: each label once, as typed, none of them old.
fn says_nothing_more(contacts: &[Value]) -> bool {
    let columns = [
        ("phone", "mobile"),
        ("phone", "phone"),
        ("phone", "home"),
        ("phone", "work"),
        ("email", "email"),
        ("email", "work"),
    ];
    let place = |contact: &Value| {
        columns.iter().position(|(kind, label)| contact[kind].is_string() && contact["label"] == *label)
    };
    let places: Option<Vec<usize>> = contacts.iter().map(place).collect();
    places.is_some_and(|places| places.is_sorted_by(|one, next| one < next))
        && contacts.iter().all(|contact| contact["raw"].is_null() && contact["until"].is_null())
        && contacts
            .iter()
            .find(|contact| contact["email"].is_string())
            .is_none_or(|first| first["label"] == "email")
}

fn records() -> Vec<Value> {
    let mut dice = Dice(4);
    (0..RECORDS).map(|i| record(i, &mut dice)).collect()
}

/// A desk with the 2,000, out of a file of JSON lines.
fn filled(records: &[Value]) -> Home {
    let home = Home::new();
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    fs::write(home.path().join("hostile.jsonl"), lines).unwrap();
    import(&home, "hostile.jsonl");
    home
}

fn import(home: &Home, file: &str) {
    let out = home.run(&["customers", "import", file]);
    assert_eq!(out.status.code(), Some(0), "{file}: {}", stderr(&out));
    let said = format!("{RECORDS} new, 0 changed, 0 unchanged, 0 refused\n");
    assert!(stdout(&out).starts_with(&said), "{file}: {}", stdout(&out));
}

fn export(home: &Home, arguments: &[&str]) -> Vec<u8> {
    let out = home.run(&[&["customers", "export"], arguments].concat());
    assert_eq!((stderr(&out).as_str(), out.status.code()), ("", Some(0)), "{arguments:?}");
    out.stdout
}

/// Writes a file of one desk, takes it into an empty one, and answers with that.
fn carried(bytes: &[u8], name: &str) -> Home {
    let home = Home::new();
    fs::write(home.path().join(name), bytes).unwrap();
    import(&home, name);
    home
}

#[track_caller]
fn same(one: &[u8], other: &[u8]) {
    if one == other {
        return;
    }
    let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
    let differing = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    assert!(differing.is_none(), "{differing:#?}");
    assert_eq!(one.len(), other.len());
}

/// Shows 4.
#[test]
fn hostile_records_come_back_as_they_were() {
    let records = records();
    let home = filled(&records);
    let lines = export(&home, &["--format", "jsonl"]);
    let written: Vec<Value> = String::from_utf8(lines.clone())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(written.len(), RECORDS);
    for (record, written) in records.iter().zip(&written) {
        assert_eq!(written, record);
    }
    same(&export(&carried(&lines, "c.jsonl"), &["--format", "jsonl"]), &lines);

    let csv = export(&home, &[]);
    let there = carried(&csv, "c.csv");
    same(&export(&there, &[]), &csv);
    same(&export(&there, &["--format", "jsonl"]), &lines);

    let cards = export(&home, &["--format", "vcf"]);
    let there = carried(&cards, "c.vcf");
    same(&export(&there, &["--format", "vcf"]), &cards);
    same(&export(&there, &["--format", "jsonl"]), &lines);

    let there = carried(&export(&home, &["--format", "xlsx"]), "c.xlsx");
    same(&export(&there, &["--format", "jsonl"]), &lines);
    let cells = |home: &Home| {
        assert_eq!(home.run(&["customers", "export", "-o", "cells.xlsx"]).status.code(), Some(0));
        python(home, READ_XLSX, &["cells.xlsx"])
    };
    assert!(cells(&there) == cells(&home), "every cell is the same");

    let guarded = export(&home, &["--for-spreadsheet"]);
    let there = carried(&guarded, "c.csv");
    same(&export(&there, &["--for-spreadsheet"]), &guarded);
    same(&export(&there, &[]), &csv);

    // Again into the desk it comes from: nothing is new, and nothing changes.
    fs::write(home.path().join("again.csv"), &csv).unwrap();
    let again = home.run(&["customers", "import", "again.csv"]);
    let said = format!("0 new, 0 changed, {RECORDS} unchanged, 0 refused\n");
    assert!(stdout(&again).starts_with(&said), "{}", stdout(&again));
    same(&export(&home, &[]), &csv);
}

/// Reads a file with another program's readers and writes it as JSON: the header, then each row.
const READ_CSV: &str = "
import csv, json, sys
with open(sys.argv[1], newline='', encoding=sys.argv[2]) as file:
    json.dump(list(csv.reader(file, strict=True)), sys.stdout)
";

fn python(home: &Home, program: &str, arguments: &[&str]) -> Value {
    let read = Command::new("python3")
        .args(["-c", program])
        .args(arguments)
        .current_dir(home.path())
        .output()
        .expect("python3 is installed");
    assert!(read.status.success(), "{}", stderr(&read));
    serde_json::from_slice(&read.stdout).unwrap()
}

/// What each column of a table must say of a record.
fn expected(header: &str, record: &Value) -> String {
    let value = match header.strip_prefix("custom.") {
        Some(key) => &record["custom"][key],
        None if record.get(header).is_some() => &record[header],
        None => &record["custom"][header],
    };
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(tags) if header == "tags" => {
            let tags: Vec<&str> = tags.iter().map(|tag| tag.as_str().unwrap()).collect();
            let plain = tags.join(", ");
            let is_plain = !tags.iter().any(|tag| tag.contains([',', ';', '|'])) && !plain.starts_with('[');
            if is_plain { plain } else { value.to_string() }
        }
        other => other.to_string(),
    }
}

const HEADERS: &str = "cordboard_id master_id policy_number name given_name family_name company industry mobile phone \
    home_phone work_phone email work_email payment amount_due currency stage street city state zip country timezone \
    preferred_method preferred_time tags cordboard_contacts cordboard_master_ids cordboard_source \
    cordboard_last_contact_at cordboard_last_contact_method cordboard_created_at";

/// In alphabetical order of the keys.
const CUSTOM: [&str; 9] = [
    "custom.=cmd",
    "Größe",
    "custom.Mobile",
    "Shoe size",
    "custom.cordboard_x",
    "custom.custom",
    "custom.custom.x",
    "id; no",
    "note, long",
];

fn assert_table(table: &Value, records: &[Value], extra: &[(&str, &str)], guard: fn(&str) -> String) {
    let rows: Vec<Vec<&str>> = table
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect())
        .collect();
    let (headers, rows) = rows.split_first().unwrap();
    let mut custom = CUSTOM;
    custom.sort_by_key(|header| header.strip_prefix("custom.").unwrap_or(header).to_owned());
    let known: Vec<&str> =
        HEADERS.split_whitespace().chain(custom).chain(extra.iter().map(|(header, _)| *header)).collect();
    assert_eq!(*headers, known);
    assert_eq!(rows.len(), records.len());
    for (row, record) in rows.iter().zip(records) {
        for (header, cell) in headers.iter().zip(row) {
            let extra = extra.iter().find(|(extra, _)| extra == header);
            let wanted =
                extra.map_or_else(|| guard(&expected(header, record)), |(_, cell)| (*cell).to_owned());
            assert_eq!(*cell, wanted, "{header}");
        }
    }
}

#[test]
fn another_program_reads_the_csv() {
    let records = records();
    let home = filled(&records);
    let out = home.run(&["customers", "export", "--output", "plain.csv"]);
    assert_eq!(
        (stdout(&out), stderr(&out)),
        (String::new(), format!("{RECORDS} customers are in plain.csv\n"))
    );
    let bytes = fs::read(home.path().join("plain.csv")).unwrap();
    assert!(bytes.ends_with(b"\r\n") && !bytes.starts_with(b"\xef\xbb\xbf"));
    assert_table(&python(&home, READ_CSV, &["plain.csv", "utf-8"]), &records, &[], str::to_owned);

    let out = home.run(&["customers", "export", "--for-spreadsheet", "-o", "guarded.csv"]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    assert!(fs::read(home.path().join("guarded.csv")).unwrap().starts_with(b"\xef\xbb\xbf"));
    let guard = |cell: &str| {
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
            format!("'{cell}")
        } else {
            cell.to_owned()
        }
    };
    let table = python(&home, READ_CSV, &["guarded.csv", "utf-8-sig"]);
    assert_table(&table, &records, &[("cordboard_guarded", "yes")], guard);
}

/// Reads a workbook as ECMA-376 has it, with nothing but zip and XML.
const READ_XLSX: &str = r#"
import json, re, sys, zipfile
import xml.etree.ElementTree as xml
space = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'
book = zipfile.ZipFile(sys.argv[1])
assert book.testzip() is None
for name in ['[Content_Types].xml', '_rels/.rels', 'xl/workbook.xml', 'xl/_rels/workbook.xml.rels', 'xl/styles.xml']:
    xml.fromstring(book.read(name))
def text(cell):
    assert cell.get('t') == 'inlineStr', 'every cell is a text'
    said = cell.find(space + 'is').find(space + 't').text or ''
    return re.sub('_x([0-9A-Fa-f]{4})_', lambda found: chr(int(found[1], 16)), said)
def column(cell):
    at = 0
    for letter in re.match('[A-Z]+', cell.get('r'))[0]:
        at = at * 26 + ord(letter) - 64
    return at - 1
rows = []
for row in xml.fromstring(book.read('xl/worksheets/sheet1.xml')).iter(space + 'row'):
    assert int(row.get('r')) == len(rows) + 1
    cells = {column(cell): text(cell) for cell in row}
    width = len(rows[0]) if rows else max(cells) + 1
    rows.append([cells.get(at, '') for at in range(width)])
json.dump(rows, sys.stdout)
"#;

#[test]
fn another_program_reads_the_workbook() {
    let records = records();
    let home = filled(&records);
    let out = home.run(&["customers", "export", "-o", "customers.xlsx"]);
    assert_eq!(stderr(&out), format!("{RECORDS} customers are in customers.xlsx\n"));
    assert_table(&python(&home, READ_XLSX, &["customers.xlsx"]), &records, &[], str::to_owned);
}

#[test]
fn what_goes_in_is_chosen() {
    let home = Home::new();
    let file = "Customer ID,Policy number,Name,Mobile,E-mail,Payment,Shoe size\n\
                C-1,LIB/7,Anna Curepipe,57372333,anna@example.com,pending,42\n\
                C-2,LIB/8,Kevin Curepipe,57372334,,paid,\n\
                C-3,LIB/9,Maria Rose,,maria@example.com,pending,38\n";
    fs::write(home.path().join("c.csv"), file).unwrap();
    assert_eq!(home.run(&["customers", "import", "c.csv"]).status.code(), Some(0));
    let text = |arguments: &[&str]| String::from_utf8(export(&home, arguments)).unwrap();
    let chosen = ["--columns", "name, mobile,Shoe size"];
    for (line, rows) in [
        ("", "Anna Curepipe,+23057372333,42\r\nKevin Curepipe,+23057372334,\r\nMaria Rose,,38\r\n"),
        ("payment:pending", "Anna Curepipe,+23057372333,42\r\nMaria Rose,,38\r\n"),
        ("curepipe 2334", "Kevin Curepipe,+23057372334,\r\n"),
        ("lib/9", "Maria Rose,,38\r\n"),
        ("nobody", ""),
    ] {
        let written = text(&[&chosen[..], &["--where", line]].concat());
        assert_eq!(written, format!("name,mobile,Shoe size\r\n{rows}"), "{line}");
    }
    assert_eq!(home.run(&["note", "LIB/9", "rang, \"twice\""]).status.code(), Some(0));
    let line =
        text(&["--format", "jsonl", "--where", "maria", "--columns", "name,custom", "--with", "notes"]);
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["custom"], json!({ "Shoe size": "38" }));
    let note = &line["cordboard_notes"][0];
    assert_eq!((&note["by"], &note["text"]), (&json!("S. Lee"), &json!("rang, \"twice\"")));
    assert_eq!(line.as_object().unwrap().len(), 3);

    for (arguments, why) in [
        (
            &["--columns", "name,shoes"][..],
            "cordboard: there is no column \"shoes\": choose from cordboard_id, ",
        ),
        (&["--with", "everything"], "cordboard: --with: there is no \"everything\"; choose from notes, "),
        (&["--format", "pdf"], "cordboard: --format: there is no \"pdf\"; choose csv, "),
        (&["--where", "payment:"], "cordboard: \"payment:\" says nothing yet: write a value behind it"),
        (&["--where", "%%%"], "cordboard: \"%%%\" means nobody: name a part of a number, a name or a policy"),
        (
            &["--format", "jsonl", "--for-spreadsheet"],
            "cordboard: --for-spreadsheet is for CSV: leave it out",
        ),
    ] {
        let out = home.run(&[&["customers", "export"], arguments].concat());
        assert_eq!((out.status.code(), stdout(&out).as_str()), (Some(2), ""), "{arguments:?}");
        assert!(stderr(&out).starts_with(why), "{}", stderr(&out));
    }
}

#[test]
fn a_file_is_never_replaced_unasked_nor_half_written() {
    let home = filled_with(3);
    fs::write(home.path().join("out.csv"), "old").unwrap();
    let read = || fs::read(home.path().join("out.csv")).unwrap();
    let out = home.run(&["customers", "export", "-o", "out.csv"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(
        stderr(&out).ends_with("exists already and is left as it is: choose another name, or say --force\n")
    );
    assert_eq!(read(), b"old");
    let out = home.run(&["customers", "export", "-o", "out.csv", "--force"]);
    assert_eq!((out.status.code(), stderr(&out).as_str()), (Some(0), "3 customers are in out.csv\n"));
    assert_eq!(read(), export(&home, &["-o", "-"]));

    // A disk that is full.
    let out = home.run(&["customers", "export", "-o", "/dev/full"]);
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(
        stderr(&out),
        "cordboard: /dev/full could not be written: No space left on device (os error 28); nothing is left behind\n"
    );

    // A reader that has enough.
    let mut child =
        home.command(&["customers", "export"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert_eq!((out.status.code(), stderr(&out).as_str()), (Some(0), ""));
    let left: Vec<String> = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("part"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

fn filled_with(count: usize) -> Home {
    let home = Home::new();
    let rows: String = (0..count).map(|i| format!("C-{i},Customer {i},57{i:06}\n")).collect();
    fs::write(home.path().join("c.csv"), format!("Customer ID,Name,Mobile\n{rows}")).unwrap();
    assert_eq!(home.run(&["customers", "import", "c.csv"]).status.code(), Some(0));
    home
}

#[test]
fn agents_take_nothing_out() {
    let home = filled_with(3);
    for (name, number, role) in [("Ana", "24", "agent"), ("Sue", "7", "supervisor")] {
        let out = home.run(&["users", "add", name, "--number", number, "--role", role, "--as", "S. Lee"]);
        assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    }
    let out = home.run(&["customers", "export", "-o", "out.csv", "--as", "Ana"]);
    assert_eq!(out.status.code(), Some(5));
    assert_eq!(
        stderr(&out),
        "cordboard: not allowed: only a supervisor or an admin takes customers, texts or consents out as a file\n"
    );
    assert!(!home.path().join("out.csv").exists());
    let export = ["customers", "export", "--where", "customer 57000001", "-o", "out.jsonl", "--as", "Sue"];
    assert_eq!(home.run(&export).status.code(), Some(0));
    assert_eq!(fs::read_to_string(home.path().join("out.jsonl")).unwrap().lines().count(), 1);
}
