//! What reaches a terminal, a pipe or a program.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::home::{ADMIN, AGENT, Home, KEVIN, lines};

/// Every kind of character that a terminal obeys or that hides: escape, C1, bidi override, tag.
const EVIL: &str = "Evil\u{1b}[2J\u{9b}31m\u{202e}gnp\u{2066}x\u{e0041}\u{7}\rend";

fn harmless(text: &str) -> bool {
    let hidden =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}');
    !text.chars().any(|c| hidden(c) || (c.is_control() && c != '\n'))
}

/// NIC-126 and design 7: text from outside is made harmless wherever it is shown, and stays exact in
/// JSON.
#[test]
fn text_from_outside_never_commands_the_terminal() {
    let home = Home::desk();
    let csv = format!(
        "customer_id,name,policy_number,email,company\n1,\"{EVIL}\",LIB/EVIL,evil@example.com,\"{EVIL}\"\n"
    );
    home.run_with(&["--as", ADMIN, "customers", "import", "-"], csv);
    home.agent(&["note", "LIB/EVIL", EVIL]);
    home.agent(&["update", "LIB/EVIL", "--mobile", "58123456", "--reason", "gave", "--notes", EVIL]);
    home.agent(&["consent", "grant", "LIB/EVIL", "--wording", EVIL]);
    home.agent(&["sms", "send", "LIB/EVIL", EVIL]);

    let shown: [&[&str]; 8] = [
        &["lookup", "evil"],
        &["customers", "show", "LIB/EVIL"],
        &["updates", "list"],
        &["outbox", "list"],
        &["sms", "list"],
        &["consent", "show", "LIB/EVIL"],
        &["lookup", EVIL],
        &["phone", "check", EVIL],
    ];
    for args in shown {
        for json in [false, true] {
            let mut all = vec!["--as", ADMIN];
            all.extend(json.then_some("--json"));
            all.extend(args);
            let ran = home.run(&all);
            assert!(harmless(&ran.out) && harmless(&ran.err), "{args:?} {ran:?}");
        }
    }
    let card = &home.json(&["customers", "show", "LIB/EVIL"])[0];
    assert_eq!(card["notes"][0]["body"], EVIL, "JSON is exact");
    home.agent(&["customers", "show", EVIL]).refused(4, &["not found"]);
    assert!(harmless(&home.agent(&["customers", "show", EVIL]).err));
}

/// NIC-126: a name of any length or script moves no column of a table.
#[test]
fn nic_126_tables_stay_aligned() {
    let home = Home::desk();
    let long = "Very Long Name ".repeat(15);
    let csv = format!("name,policy_number\n王小明 Table,P-1\n{long} Table,P-2\nليلى Table,P-3\n");
    home.run_with(&["--as", ADMIN, "customers", "import", "-"], csv);
    let table = home.ok(&["--as", AGENT, "lookup", "Table"]);
    let cells_before = |line: &str| {
        let at = line.find("P-").unwrap();
        unicode_width::UnicodeWidthStr::width(&line[..at])
    };
    let columns: Vec<usize> = table.lines().skip(1).map(cells_before).collect();
    assert_eq!(columns.len(), 3);
    assert!(columns.iter().all(|column| *column == columns[0]), "{table}");
}

#[test]
fn errors_are_json_where_json_is_asked_for() {
    let home = Home::desk();
    let missing = home.run(&["--as", AGENT, "--json", "customers", "show", "LIB/NONE"]);
    assert_eq!((missing.code, missing.out.as_str()), (4, ""));
    let error = &lines(&missing.err)[0];
    assert_eq!(error["exit"], 4);
    assert_eq!(error["error"], "customer not found: LIB/NONE");
    let usage = home.run(&["--json", "customers", "shwo"]);
    assert_eq!((usage.code, lines(&usage.err)[0]["exit"].as_u64()), (2, Some(2)), "{usage:?}");
}

#[test]
fn help_is_an_answer_and_a_mistake_is_not() {
    let home = Home::empty();
    for args in [&[][..], &["--help"], &["help"], &["update", "--help"], &["--version"]] {
        let ran = home.run(args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        assert!(ran.out.contains("cordboard"), "{args:?}");
    }
    for args in [&["nonsense"][..], &["update"], &["sync", "--once", "--watch"], &["outbox", "retry", "x"]] {
        assert_eq!(home.run(args).code, 2, "{args:?}");
    }
}

/// `cordboard … | head -1` ends quietly.
#[test]
fn a_reader_that_leaves_is_no_failure() {
    let home = Home::empty();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .args(["phone", "check", "-", "--region", "MU"])
        .env("CORDBOARD_HOME", home.0.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "57372333").unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    answers.read_line(&mut String::new()).unwrap();
    drop(answers);
    // Until it notices, it may still read; then its end of the pipe is gone.
    while writeln!(stdin, "57372333").is_ok() {}
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), b"".as_slice()));
}

/// NIC-11: numbers, addresses and bodies are not in the log.
#[test]
fn the_log_names_nobody() {
    let home = Home::desk();
    home.agent(&["consent", "grant", KEVIN]);
    home.agent(&["sms", "send", KEVIN, "a private matter"]);
    home.agent(&["update", KEVIN, "--mobile", "1234", "--email", "secret@", "--reason", "gave"]);
    home.run(&["sync"]);
    let mut log = String::new();
    for entry in std::fs::read_dir(home.path("state")).unwrap() {
        log.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    assert!(log.contains("stopped"), "there is a log: {log:?}");
    for private in ["private matter", "57372333", "1234", "secret@", "Kevin"] {
        assert!(!log.contains(private), "{private} is in the log");
    }
}
