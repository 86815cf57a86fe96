//! `phone check`: an answer for each line, at once, without a database.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::home::{Home, lines};

/// TTX-30..35, TTX-45.
#[test]
fn ttx_45_one_line_out_for_each_line_in() {
    let home = Home::empty();
    let stdin = b"57372333\n\n(202) 555-0143\r\n+1 202 555 0143\n5737 2333 ext 5\n\xff\xfe\n5737".as_slice();
    let ran = home.run_with(&["phone", "check", "-", "--region", "MU", "--json"], stdin);
    assert_eq!(ran.code, 0, "{ran:?}");
    let said = lines(&ran.out);
    let valid: Vec<_> = said.iter().map(|line| line["valid"].as_bool().unwrap()).collect();
    assert_eq!(valid, [true, false, false, true, false, false, false], "{said:?}");
    let keys = ["input", "valid", "possible", "e164", "national", "country_code", "region", "type", "reason"];
    for line in &said {
        let line = line.as_object().unwrap();
        assert!(line.len() == keys.len() && keys.iter().all(|key| line.contains_key(*key)), "{line:?}");
    }
    assert_eq!(said[0]["e164"], "+23057372333");
    assert_eq!((&said[0]["region"], &said[0]["type"]), (&"MU".into(), &"mobile".into()));
    assert_eq!(said[0]["country_code"], 230);
    assert_eq!(said[3]["e164"], "+12025550143");
    assert!(said[4]["reason"].as_str().unwrap().contains("extension"));
    assert!(std::fs::read_dir(home.0.path()).unwrap().next().is_none(), "no database, no log, nothing");
}

/// TTX-38: the region is a setting.
#[test]
fn ttx_38_the_region_of_the_settings_counts() {
    let home = Home::empty();
    home.file("config.toml", "[desk]\nregion = \"US\"\naccept = \"international\"\n");
    assert!(home.ok(&["phone", "check", "(202) 555-0143"]).contains("+12025550143"));
    home.run(&["phone", "check", "1", "--region", "Mauritius"]).refused(2, &["--region: unknown region"]);
}

/// A program can ask and wait for the answer, line by line.
#[test]
fn answers_do_not_wait_for_the_end_of_the_input() {
    let home = Home::empty();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .args(["phone", "check", "-", "--region", "MU", "--json"])
        .env("CORDBOARD_HOME", home.0.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for number in ["57372333", "58440010"] {
        writeln!(stdin, "{number}").unwrap();
        assert!(answers.next().unwrap().unwrap().contains(number));
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}
