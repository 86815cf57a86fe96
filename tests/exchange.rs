//! Files in and out through the real binary: a large file with every kind of broken row, and an
//! export read back by another program's CSV reader.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail the test")]

#[path = "support/command.rs"]
mod command;

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use command::{Home, stderr, stdout};
use cordboard::domain::phone::{Accept, PhonePolicy, Region};
use cordboard::domain::role::{Actor, Origin};
use cordboard::domain::time::Micros;
use cordboard::domain::update::Form;
use cordboard::store::updates::{Capture, Leaving};
use cordboard::store::{customers, effective, open, updates, users};
use serde_json::Value;

const ROWS: usize = 50_000;
/// One row in so many is broken.
const BROKEN_EVERY: usize = 100;
const POLICY: PhonePolicy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };

/// What good rows hold in their last column: all that quoting is for.
const NOTES: [&str; 12] = [
    "",
    "plain",
    "first line\nsecond line\n\nfourth, with a comma",
    "she said \"hi\"",
    ", begins with a comma",
    "\nbegins with a line end",
    "one;two;three",
    "naïve 😀 👩‍👩‍👧",
    "=1+1",
    "שלום \u{202e}drow",
    "carriage\r\nreturn",
    "\"",
];

struct Good {
    policy: String,
    name: String,
    mobile: String,
    email: String,
    /// In cents.
    amount: i64,
    note: &'static str,
}

/// A file, what is good in it, and each problem as `line, field`.
struct Written {
    bytes: Vec<u8>,
    good: Vec<Good>,
    bad: Vec<String>,
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r', ';']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A row, and which of its fields are broken. The fourteen kinds are those of NIC-126..128 and G22,
/// and those of RFC 4180.
fn broken_row(kind: usize, i: usize) -> (Vec<u8>, &'static [&'static str]) {
    let head = format!("C-{i},LIB/{i}");
    let (row, fields): (String, &[&str]) = match kind {
        0 => (format!("{head},Jane Doe,5737233,,,"), &["Mobile"]),
        1 => (format!("{head},Jane Doe,ask her,,,"), &["Mobile"]),
        2 => (format!("{head},Jane Doe,+1 202 555 0143,,,"), &["Mobile"]),
        3 => (format!("{head},Jane Doe,57372333,jane@example,,"), &["E-mail"]),
        4 => (format!("{head},Jane Doe"), &["row"]),
        5 => (format!("{head},Doe, Jane,57372333,,,"), &["row"]),
        6 => (format!("{head},,57372333,,,"), &["name"]),
        7 => (format!("{head},\"Jane Doe,57372333,,,"), &["row"]),
        8 => (format!("{head},{},57372333,,,", "é".repeat(256)), &["name"]),
        9 => (format!("{head},Jane Doe,57372333,,4.491.29.1,"), &["Amount due"]),
        10 => (format!("{head},Jane Doe,12,nobody,a lot,"), &["Mobile", "E-mail", "Amount due"]),
        11 => (format!("{head},\"Jane\" Doe,57372333,,,"), &["row"]),
        12 => (format!("{head},Jane\0Doe,57372333,,,"), &["Name"]),
        // Latin-1, as older spreadsheets write it.
        _ => {
            let row = [head.as_bytes(), b",Andr\xe9,57372333,,,Cur\xe9pipe"].concat();
            return (row, &["Name", "Note"]);
        }
    };
    (row.into_bytes(), fields)
}
const KINDS: usize = 14;

fn write_file() -> Written {
    let mut written = Written { bytes: Vec::new(), good: Vec::new(), bad: Vec::new() };
    let mut line = 1;
    let mut put = |bytes: &[u8], line: &mut usize| {
        written.bytes.extend_from_slice(bytes);
        written.bytes.extend_from_slice(b"\r\n");
        *line += 1 + bytes.iter().filter(|byte| **byte == b'\n').count();
    };
    put(b"Customer ID,Policy number,Name,Mobile,E-mail,Amount due,Note", &mut line);
    for i in 0..ROWS {
        if i % BROKEN_EVERY == BROKEN_EVERY / 2 {
            let (row, fields) = broken_row(i / BROKEN_EVERY % KINDS, i);
            written.bad.extend(fields.iter().map(|field| format!("line {line}, {field}")));
            put(&row, &mut line);
            continue;
        }
        let good = Good {
            policy: format!("LIB/{i}"),
            name: format!("O'Neil, \"Jo\" {i}"),
            mobile: format!("57{i:06}"),
            email: format!("c{i}@example.com"),
            amount: 100_050 + i64::try_from(i % 1000).unwrap() * 100,
            note: NOTES[i % NOTES.len()],
        };
        let Good { policy, name, mobile, email, note, .. } = &good;
        let (name, note) = (quoted(name), quoted(note));
        let row = format!("C-{i},{policy},{name},{mobile},{email},\"1,{:03}.50\",{note}", i % 1000);
        put(row.as_bytes(), &mut line);
        written.good.push(good);
    }
    written
}

fn import(home: &Home, file: &str, json: bool) -> (Output, Duration) {
    let started = Instant::now();
    let flags: &[&str] = if json { &["--json"] } else { &[] };
    let out = home.run(&[&["customers", "import", file], flags].concat());
    (out, started.elapsed())
}

/// The problems of a report, without the reasons.
fn places(report: &str) -> Vec<String> {
    let place = |line: &str| {
        let place = line.split(": ").next().unwrap();
        place.strip_prefix("customers.csv, ").unwrap_or(place).to_owned()
    };
    report.lines().map(place).collect()
}

/// Shows 2, and TTX-46: again changes nothing.
#[test]
fn a_large_file_with_broken_rows() {
    let home = Home::new();
    let Written { bytes, good, bad } = write_file();
    fs::write(home.path().join("customers.csv"), &bytes).unwrap();
    let refused = ROWS / BROKEN_EVERY;

    let (out, took) = import(&home, "customers.csv", false);
    assert_eq!(places(&stderr(&out)), bad);
    assert_eq!(stdout(&out), format!("{} new, 0 changed, 0 unchanged, {refused} refused\n", ROWS - refused));
    assert_eq!(out.status.code(), Some(3));
    println!("import: {ROWS} rows in {took:.2?}, {:.0} rows/s", ROWS as f64 / took.as_secs_f64());

    let (out, took) = import(&home, "customers.csv", true);
    println!("again: {ROWS} rows in {took:.2?}, {:.0} rows/s", ROWS as f64 / took.as_secs_f64());
    assert_eq!(out.status.code(), Some(3));
    let lines: Vec<Value> = stdout(&out).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (sum, problems) = lines.split_last().unwrap();
    assert_eq!(
        *sum,
        serde_json::json!({ "import": 2, "new": 0, "changed": 0, "unchanged": ROWS - refused, "refused": refused })
    );
    let named = |problem: &Value| {
        assert!(problem["why"].as_str().is_some_and(|why| why.len() > 10), "{problem}");
        format!("line {}, {}", problem["line"], problem["field"].as_str().unwrap())
    };
    assert_eq!(problems.iter().map(named).collect::<Vec<_>>(), bad);

    all_are_stored(&home, &good);
}

fn all_are_stored(home: &Home, good: &[Good]) {
    let mut db = open::open(&home.location()).unwrap();
    let admin = admin(&db);
    // The second import has compared every row with what is stored: a sample shows that both are right.
    for row in good.iter().step_by(97) {
        let id = customers::resolve(&db, &admin, &row.policy, None).unwrap();
        let card = customers::card(&mut db, &admin, Micros::from_secs(0), id).unwrap();
        let custom: Value = serde_json::from_str(&card.custom).unwrap();
        assert_eq!(card.name, row.name);
        assert_eq!(card.mobile.unwrap().value, format!("+230{}", row.mobile));
        assert_eq!(card.email.unwrap().value, row.email);
        assert_eq!(custom["Note"].as_str().unwrap_or_default(), row.note.trim());
        assert_eq!(card.amount_due.unwrap().minor, row.amount);
    }
}

fn admin(db: &cordboard::store::Db) -> Actor {
    users::by_name(db, "S. Lee").unwrap().unwrap().actor(Origin::Command)
}

/// NIC-53..68, in order.
const COLUMNS: &str = "id customer_id policy_number customer_name old_mobile new_mobile old_email new_email \
                       update_reason notes agent_id agent_name captured_at status synced_at synced_by";

/// Reads a file with Python's csv module and writes it as JSON: the header, then each row.
const READ_BACK: &str = "
import csv, json, sys
with open(sys.argv[1], newline='', encoding='utf-8') as file:
    json.dump(list(csv.reader(file, strict=True)), sys.stdout)
";

/// Notes that break careless writers, each with its number so that no two are the same.
fn hostile_note(i: usize) -> String {
    const PARTS: [&str; 16] = [
        "plain",
        "comma, semicolon; tab\tpipe|",
        "line\nfeed",
        "carriage\rreturn",
        "both\r\n\r\nof them\r\n",
        "\"quoted\"",
        "\"\"\"",
        "=HYPERLINK(\"https://x.example\")",
        "+230 5737 2333",
        "-1+1",
        "@SUM(A1:A9)",
        "😀 👩‍👩‍👧 🇲🇺",
        "עברית مرحبا \u{202e}backwards\u{202c}",
        "  blanks around  ",
        "'single' `back` \\slash\\",
        "\u{feff}mark",
    ];
    let mut note = PARTS[i % PARTS.len()].to_owned();
    // A number at the end, at the beginning, or a second part: what begins and ends a field varies.
    match i / PARTS.len() % 3 {
        0 => write!(note, " {i}").unwrap(),
        1 => note.insert_str(0, &format!("{i} ")),
        _ => note.push_str(PARTS[i / 48 % PARTS.len()]),
    }
    note
}

/// Shows 2, NIC-53..68, NIC-105, NIC-122.
#[test]
fn an_export_reads_back_elsewhere() {
    const UPDATES: usize = 2000;
    let home = Home::new();
    let mut file = String::from("Customer ID,Policy number,Name,Mobile,E-mail\n");
    for i in 0..100 {
        let name = quoted(["=cmd|' /C calc'!A0", "Doe, \"Jane\"", "王小明", "أحمد"][i % 4]);
        writeln!(file, "C-{i},LIB/{i},{name},,").unwrap();
    }
    fs::write(home.path().join("customers.csv"), file).unwrap();
    assert_eq!(import(&home, "customers.csv", false).0.status.code(), Some(0));

    let expected = capture(&home, UPDATES);
    let out = home.run(&["updates", "export", "--output", "updates.csv"]);
    assert_eq!((out.status.code(), stdout(&out).as_str()), (Some(0), ""));
    assert_eq!(stderr(&out), format!("{UPDATES} updates are in updates.csv\n"));
    let exported = fs::read(home.path().join("updates.csv")).unwrap();
    assert!(home.run(&["updates", "export"]).stdout == exported, "stdout gets the same bytes");

    let read = Command::new("python3")
        .args(["-c", READ_BACK, "updates.csv"])
        .current_dir(home.path())
        .output()
        .expect("python3 is installed");
    assert!(read.status.success(), "{}", stderr(&read));
    let rows: Vec<Vec<String>> = serde_json::from_slice(&read.stdout).unwrap();
    let (header, rows) = rows.split_first().unwrap();
    assert_eq!(header.join(" "), COLUMNS);
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in rows.iter().zip(&expected) {
        assert_eq!(row, expected);
    }
}

/// Captures updates through the store; the rows they must become.
fn capture(home: &Home, count: usize) -> Vec<Vec<String>> {
    let mut db = open::open(&home.location()).unwrap();
    let admin = admin(&db);
    let leaving = Leaving { undo: Duration::ZERO, upstream: false };
    let text = str::to_owned;
    let mut rows: Vec<Vec<String>> = Vec::with_capacity(count);
    let mut before = vec![(String::new(), String::new()); 100];
    for i in 0..count {
        let (mobile, email, notes) = (format!("57{i:06}"), format!("o'{i}@example.com"), hostile_note(i));
        let (mobile, email) = match i % 3 {
            0 => (mobile.as_str(), ""),
            1 => ("", email.as_str()),
            _ => (mobile.as_str(), email.as_str()),
        };
        let new = Form { mobile, email, reason: "gave", notes: &notes }.check(&POLICY).unwrap();
        let at = i % 100;
        let customer = customers::resolve(&db, &admin, &format!("LIB/{at}"), None).unwrap();
        let about = Capture { shown: effective::shown(&db, customer).unwrap(), ..Capture::default() };
        let now = Micros::from_secs(1_767_225_600 + i64::try_from(i).unwrap());
        updates::capture(&mut db, &admin, now, customer, &new, &about, leaving).unwrap();
        let old = before[at].clone();
        rows.push(vec![
            (i + 1).to_string(),
            format!("C-{at}"),
            format!("LIB/{at}"),
            text(["=cmd|' /C calc'!A0", "Doe, \"Jane\"", "王小明", "أحمد"][at % 4]),
            if mobile.is_empty() { String::new() } else { old.0.clone() },
            text(mobile),
            if email.is_empty() { String::new() } else { old.1.clone() },
            text(email),
            text("Customer provided new contact"),
            notes,
            text("1"),
            text("S. Lee"),
            now.rfc3339(),
            text("pending"),
            String::new(),
            String::new(),
        ]);
        before[at] = (
            if mobile.is_empty() { old.0 } else { text(mobile) },
            if email.is_empty() { old.1 } else { text(email) },
        );
    }
    rows
}
