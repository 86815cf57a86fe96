//! Files that are empty, no text, cut off or unreadable, through the real binary: what is good goes
//! in, and each message names the file, the place in it and the way out.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail the test")]

#[path = "support/command.rs"]
mod command;
#[path = "support/workbook.rs"]
mod workbook;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::process::{Command, Output, Stdio};
use std::thread;

use command::{Home, stderr, stdout};

/// `customers import` with `stdin`.
fn import(home: &Home, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut command = home.command(&[&["customers", "import"], arguments].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that refuses the file reads none of it.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

/// Exit code, stdout, stderr.
fn said(out: &Output) -> (Option<i32>, String, String) {
    (out.status.code(), stdout(out), stderr(out))
}

fn expect(exit: i32, out: &str, err: &str) -> (Option<i32>, String, String) {
    (Some(exit), out.to_owned(), err.to_owned())
}

fn names(home: &Home) -> Vec<String> {
    let found = home.run(&["lookup", "J", "--json"]);
    let name = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["name"].as_str().unwrap().to_owned()
    };
    let mut names: Vec<String> = stdout(&found).lines().map(name).collect();
    names.sort();
    names
}

#[test]
fn a_file_that_is_no_table_says_what_to_do() {
    let home = Home::new();
    let elf = fs::read(env!("CARGO_BIN_EXE_cordboard")).unwrap();
    let bomb = workbook::bomb(600 << 20);
    assert!(bomb.len() < 1 << 20, "a bomb is small: {}", bomb.len());
    let files: [(&str, &[u8], &str); 11] = [
        (
            "empty.csv",
            b"",
            "the file is empty: the first line must name the columns, such as Name,Mobile,Email",
        ),
        (
            "head.csv",
            b"Name,Mobile\n",
            "the file has a line of column names and no rows: put each customer on a line below it",
        ),
        (
            "old.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more",
            "this is an old Excel workbook (.xls), or one with a password: save it as CSV or .xlsx and import that",
        ),
        ("letter.pdf", b"%PDF-1.7\n", "this is a PDF document: save it as CSV or .xlsx and import that"),
        (
            "bomb.xlsx",
            &bomb,
            "this workbook cannot be read: its part xl/sharedstrings.xml unpacks to more than any list of \
             customers: save the sheet as CSV and import that",
        ),
        (
            "cut.xlsx",
            &bomb[..1000],
            "this workbook cannot be read: it is damaged (invalid Zip archive: Could not find EOCD)",
        ),
        ("program", &elf[..5000], "this is not a text file: save it as CSV or .xlsx and import that"),
        (
            "mixed.csv",
            b"N\xc3\xa9,T\xe9l\nJane,1\n",
            "line 1, the column names: byte 2 of column 2 is not UTF-8; save the file as UTF-8",
        ),
        (
            "open.csv",
            b"Name,\"Mobile\nJane,1\n",
            "line 1, the column names: a quote opens in column 2 and is never closed: write \" inside a field as \"\"",
        ),
        (
            "nameless.csv",
            b"Mobile;Email\n57372333;\n",
            "no column holds the name; the columns are Mobile, Email. Say which one does: --map \"Column=name\"",
        ),
        (
            "twice.csv",
            b"Name,Mobile,Cell\nJane,57372333,\n",
            "the columns \"Mobile\" and \"Cell\" both hold mobile: set one aside with --map \"Cell=custom\"",
        ),
    ];
    for (name, bytes, why) in files {
        fs::write(home.path().join(name), bytes).unwrap();
        let out = home.run(&["customers", "import", name]);
        assert_eq!(said(&out), expect(2, "", &format!("cordboard: {name}: {why}\n")));
        // The same bytes on stdin are refused for the same reason.
        let out = import(&home, &["-"], bytes);
        assert_eq!(said(&out), expect(2, "", &format!("cordboard: -: {why}\n")));
    }
    let out = home.run(&["customers", "import", "data"]);
    let why = "cordboard: data: this is a folder: name a file in it, such as customers.csv\n";
    assert_eq!(said(&out), expect(2, "", why));
    let out = home.run(&["customers", "import", "nowhere.csv"]);
    assert_eq!(said(&out), expect(4, "", "cordboard: nowhere.csv: there is no such file\n"));
    assert_eq!(names(&home), [""; 0]);
}

const FRENCH: &[u8] = "\u{feff}Assuré;Tél.;Note\r\n\
    \"Doe; Jane\";5737 2333;\"deux\r\nlignes\"\r\n\
    Joe;5844 0010;a,b\r\n\
    Jim;1234;\r\n"
    .as_bytes();
const MAPPED: [&str; 5] = ["-", "--map", "Assuré=name", "--map", "tel=mobile"];

#[test]
fn semicolons_a_mark_and_columns_explained() {
    let home = Home::new();
    let mapped = &["-", "--map", "Assuré=name", "--map", "Tél.=mobile"];
    let read = "read as semicolon-separated, UTF-8\n";
    let bad = "line 5, Tél.: too short: 8 digits expected, 4 given; write it like 5737 2333\n";
    let refused = &[read, bad].concat();
    let columns = "column Assuré -> name\ncolumn Tél. -> mobile\ncolumn Note -> custom\n";
    let shown = "Row  Name       Mobile     E-mail  Policy  Would be\n\
                 2    Doe; Jane  5737 2333  -       -       new\n\
                 4    Joe        5844 0010  -       -       new\n\
                 2 new, 0 changed, 0 unchanged, 1 refused; nothing was stored\n";

    let out = import(&home, &[mapped, ["--dry-run"].as_slice()].concat(), FRENCH);
    assert_eq!(said(&out), expect(3, shown, &[read, columns, bad].concat()));
    assert_eq!(names(&home), [""; 0]);

    let out = import(&home, mapped, FRENCH);
    assert_eq!(said(&out), expect(3, "2 new, 0 changed, 0 unchanged, 1 refused\n", refused));
    assert_eq!(names(&home), ["Doe; Jane", "Joe"]);
    let out = import(&home, mapped, FRENCH);
    assert_eq!(said(&out), expect(3, "0 new, 0 changed, 2 unchanged, 1 refused\n", refused));

    // Without the explanation, and with a wrong one.
    let why = "cordboard: -: no column holds the name; the columns are Assuré, Tél., Note. Say which one does: \
               --map \"Column=name\"\n";
    assert_eq!(said(&import(&home, &["-"], FRENCH)), expect(2, "", why));
    let why = "cordboard: -: there is no column \"tel\" to map; the columns are Assuré, Tél., Note\n";
    assert_eq!(said(&import(&home, &MAPPED, FRENCH)), expect(2, "", why));
    let out = import(&home, &["-", "--map", "Tél."], FRENCH);
    assert_eq!(said(&out), expect(2, "", "cordboard: --map: write it like --map \"Header=field\"\n"));
    let out = import(&home, &["-", "--map", "Tél.=handy"], FRENCH);
    assert!(stderr(&out).starts_with("cordboard: --map: there is no field \"handy\"; the fields are name, "));
    assert_eq!(out.status.code(), Some(2));
}

/// No row of a file is good: that is a failure, not a part.
#[test]
fn nothing_good_at_all() {
    let out = import(&Home::new(), &["-"], b"Name,Mobile\n,57372333\nJane,1\n");
    assert_eq!(
        (out.status.code(), stdout(&out).as_str()),
        (Some(1), "0 new, 0 changed, 0 unchanged, 2 refused\n")
    );
}

#[test]
fn a_pipe_that_ends_early() {
    let why_quote = "a quote opens in column 1 and is never closed: write \" inside a field as \"\"";
    let why_short = "too short: 2 fields expected, 1 given; put quotes around a field that holds a separator";
    for (tail, why) in [("\"Jo", why_quote), ("Jo", why_short)] {
        let home = Home::new();
        let out = import(&home, &["-"], format!("Name,Mobile\nJane,57372333\n{tail}").as_bytes());
        let report = format!("line 3, row: {why}\n");
        assert_eq!(said(&out), expect(3, "1 new, 0 changed, 0 unchanged, 1 refused\n", &report));
        assert_eq!(names(&home), ["Jane"]);
    }
}

/// The reader of our output goes away: that is no failure, and what was taken in stays.
#[test]
fn nobody_reads_the_report() {
    let home = Home::new();
    fs::write(home.path().join("c.csv"), "Name,Mobile\nJane,57372333\n").unwrap();
    let mut command = home.command(&["customers", "import", "c.csv"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = command.stdout(writer).status().unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(names(&home), ["Jane"]);
}

/// A connection as stdin that is reset behind the second row, as a disk or share may fail.
#[test]
fn reading_fails_on_the_way() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut theirs, _) = listener.accept().unwrap();
    // Closing with something unread resets the connection.
    theirs.write_all(b"unread").unwrap();
    ours.write_all(b"Name,Mobile\nJane,57372333\nJoe,58440010\nJi").unwrap();
    ours.peek(&mut [0]).unwrap();
    drop(ours);

    let home = Home::new();
    let mut command = home.command(&["customers", "import", "-"]);
    let out = command.stdin(OwnedFd::from(theirs)).output().unwrap();
    let report = "line 4, file: reading stopped here: Connection reset by peer (os error 104); the rows below \
                  are not imported\n";
    assert_eq!(said(&out), expect(3, "2 new, 0 changed, 0 unchanged, 1 refused\n", report));
    assert_eq!(names(&home), ["Jane", "Joe"]);
}

/// Every charset and format, through the program: what the file is said to be, and who is in.
#[test]
fn files_as_programs_write_them() {
    use workbook::Cell::{Number, Text};
    let text = "Name\tMobile\r\nZoé\t57372333\r\n";
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let wide: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let book = workbook::workbook(
        &[&[Text("Name"), Text("Mobile")], &[Text("Zoé"), Number("57372333")]],
        &["Notes"],
    );
    let card = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zoé\r\nTEL;TYPE=cell:57372333\r\nEND:VCARD\r\n";
    let table: [(&str, &[u8], &str); 4] = [
        ("latin.txt", &latin, "read as tab-separated, Windows-1252\n"),
        ("wide.txt", &wide, "read as tab-separated, UTF-16LE\n"),
        ("book.xlsx", &book, "read as an Excel workbook\n"),
        ("card.vcf", card.as_bytes(), "read as vCards\n"),
    ];
    for (name, bytes, words) in table {
        let home = Home::new();
        fs::write(home.path().join(name), bytes).unwrap();
        let out = home.run(&["customers", "import", name]);
        assert_eq!(said(&out), expect(0, "1 new, 0 changed, 0 unchanged, 0 refused\n", words));
        let again = import(&home, &["-", "--quiet"], bytes);
        assert_eq!(said(&again), expect(0, "0 new, 0 changed, 1 unchanged, 0 refused\n", ""));
        let found = home.run(&["lookup", "57372333", "--json"]);
        assert!(stdout(&found).contains("Zoé"), "{name}: {}", stdout(&found));
    }
    let home = Home::new();
    let out = import(&home, &["-", "--charset", "utf-8", "--delimiter", "tab"], &latin);
    let why = "byte 3 of the cell (0xE9) is not UTF-8 text; save the file as UTF-8, or say its --charset, such \
               as windows-1252";
    let report = format!("read as tab-separated, UTF-8\nline 2, Name: {why}\n");
    assert_eq!(said(&out), expect(1, "0 new, 0 changed, 0 unchanged, 1 refused\n", &report));
    let why = "cordboard: -: --sheet is nothing for this file: leave it out\n";
    assert_eq!(said(&import(&home, &["-", "--sheet", "2"], &latin)), expect(2, "", why));
}

/// Ten megabytes in one cell cost that row, and the message says where.
#[test]
fn a_field_of_ten_megabytes() {
    let home = Home::new();
    let file = format!("Name,Note\nJane,\"{}\"\nJoe,\n", "x".repeat(10 << 20));
    fs::write(home.path().join("long.csv"), file).unwrap();
    let out = home.run(&["customers", "import", "long.csv"]);
    let report = "long.csv, line 2, row: the row is longer than one megabyte, in column 2: shorten it, or look for \
                  a quote that is never closed\n";
    assert_eq!(said(&out), expect(3, "1 new, 0 changed, 0 unchanged, 1 refused\n", report));
    assert_eq!(names(&home), ["Joe"]);
}

/// No file of the desk may grow over so much: as a full disk does, it stops a chunk in the middle.
#[test]
fn a_disk_that_fills() {
    let home = Home::new();
    let rows: String = (0..20_000).map(|n| format!("{n},Joe {n},58{n:06},joe{n}@example.com\n")).collect();
    fs::write(home.path().join("many.csv"), format!("id,Name,Mobile,E-mail\n{rows}")).unwrap();
    let import =
        format!("ulimit -f 6000; exec {} customers import many.csv", env!("CARGO_BIN_EXE_cordboard"));
    let out = home.shell(&format!("trap '' XFSZ; {import}"));
    let (code, summary, report) = said(&out);
    assert_eq!((code, summary.as_str()), (Some(1), ""), "{report}");
    let told = report
        .strip_prefix("cordboard: many.csv: everything up to line ")
        .unwrap_or_else(|| panic!("{report}"));
    let line: u64 = told.split(' ').next().unwrap().parse().unwrap();
    let stored = line - 1;
    assert!(
        told.contains(&format!(
            "is in ({stored} new, 0 changed, 0 unchanged, 0 refused); run the same again"
        )),
        "{report}"
    );
    assert!(told.contains("the disk"), "{report}");
    assert!(stored > 0 && stored.is_multiple_of(200), "{report}");

    // The list says the same, the file is sound, and the rest goes in.
    let listed = stdout(&home.run(&["customers", "imports", "--json"]));
    let listed: serde_json::Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    assert_eq!(listed["new"], stored);
    assert!(listed["state"] == "failed" || listed["state"] == "cut off", "{listed}");
    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.status.code(), Some(0), "{}{}", stdout(&doctor), stderr(&doctor));
    let again = home.run(&["customers", "import", "many.csv"]);
    let rest = 20_000 - stored;
    assert_eq!(
        said(&again),
        expect(0, &format!("{rest} new, 0 changed, {stored} unchanged, 0 refused\n"), "")
    );
}

/// What comes from a file cannot act on the terminal of who imports it.
#[test]
fn a_report_is_safe_to_look_at() {
    let home = Home::new();
    let file = "Name,Mob\u{202e}ile\u{9b}31m\nJane,1\n,2\n";
    let out = import(&home, &["-", "--map", "Mob\u{202e}ile\u{9b}31m=mobile"], file.as_bytes());
    let mut text = String::new();
    (&out.stdout[..]).read_to_string(&mut text).unwrap();
    (&out.stderr[..]).read_to_string(&mut text).unwrap();
    assert!(text.contains("line 2, Mob"), "{text}");
    assert!(!text.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')), "{text:?}");
}

/// A pipe as the target of an export is written to, not replaced by a file: nor is a device.
#[test]
fn an_export_into_a_pipe() {
    let home = Home::new();
    let pipe = home.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = {
        let pipe = pipe.clone();
        thread::spawn(move || fs::read_to_string(pipe).unwrap())
    };
    let out = home.run(&["updates", "export", "--output", "pipe"]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo(), "it is still a pipe");
    assert!(reader.join().unwrap().starts_with("id,customer_id,"));
}

#[test]
fn an_export_that_fails_leaves_nothing_behind() {
    let home = Home::new();
    let before = fs::read_dir(home.path()).unwrap().count();
    for target in ["data", "nowhere/updates.csv"] {
        let out = home.run(&["updates", "export", "--output", target]);
        let why = format!("cordboard: {target} could not be written: ");
        assert!(stderr(&out).starts_with(&why), "{}", stderr(&out));
        assert_eq!(out.status.code(), Some(1));
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), before);

    // A link goes on leading to the file.
    let real = home.path().join("real.csv");
    fs::write(&real, "old").unwrap();
    symlink(&real, home.path().join("link.csv")).unwrap();
    let refused = home.run(&["updates", "export", "--output", "link.csv"]);
    assert!(
        stderr(&refused).contains("link.csv exists already and is left as it is"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(home.run(&["updates", "export", "--output", "link.csv", "--force"]).status.code(), Some(0));
    assert!(fs::read_to_string(&real).unwrap().starts_with("id,customer_id,"));
}
