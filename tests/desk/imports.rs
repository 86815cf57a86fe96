//! A file comes in beside the work: looked at, tried, imported in the background, and taken back.

use std::fs;

use crate::support::pty::{Pty, lines};
use crate::support::stage::{PROGRAM, Stage};

const ROWS: usize = 3_000;

#[test]
fn a_file_is_imported_while_the_desk_goes_on() {
    let mut stage = Stage::start("admin", &[], (120, 40));
    let file = stage.home().join("neu.csv");
    let rows: String = (0..ROWS).map(|n| format!("N{n};Imported {n};58{n:06};n{n}@example.com\n")).collect();
    fs::write(&file, format!("Kundennummer;Name;Kontakt;Post\n{rows}Nx;Short;1234;\n")).unwrap();
    let import = format!(": 'import {}' Enter", file.display());

    stage.press("Esc", &["DESK"]);
    stage.press(&import, &["semicolon-separated, UTF-8", "mobile (guess)", "email (guess)"]);
    stage.press("Enter", &["It would be 3000 new, 0 changed, 0 unchanged, 1 refused.", "too short"]);
    stage.press("Enter", &["Importing"]);
    // Esc leaves it running, and the desk answers.
    stage.press("Esc", &["!Importing"]);
    stage.press(&import, &["neu.csv is"]);
    stage.press("", &["neu.csv is imported: 3000 new, 0 changed, 0 unchanged, 1 refused."]);
    stage.press("/ '58002999'", &["Imported 2999"]);

    let listed = stage.ok("S. Lee", &["customers", "imports", "--json"]);
    let import: serde_json::Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    assert_eq!((&import["file"], &import["state"]), (&"neu.csv".into(), &"done".into()));
    let number = import["import"].to_string();
    let undone = stage.ok("S. Lee", &["customers", "import", "--undo", &number]);
    assert_eq!(undone, format!("import {number} undone: 3000 taken out, 0 put back\n"));
}

#[test]
fn an_agent_imports_nothing() {
    let mut stage = Stage::start("agent", &[], (80, 24));
    stage.press("Esc", &["DESK"]);
    stage.press("g f", &["only a supervisor or an admin may do this"]);
}

/// At a terminal, a line says how far it is; it is gone when the counts are told.
#[test]
fn a_command_tells_how_far_it_is() {
    let stage = Stage::start("admin", &[], (80, 24));
    let home = stage.home();
    let file = home.join("many.csv");
    let rows: String = (0..20_000).map(|n| format!("M{n},Imported {n},58{n:06}\n")).collect();
    fs::write(&file, format!("id,Name,Mobile\n{rows}")).unwrap();
    let command = [
        PROGRAM,
        "--home",
        home.to_str().unwrap(),
        "--as",
        "S. Lee",
        "customers",
        "import",
        file.to_str().unwrap(),
    ];
    let pty = Pty::start(&command, &[], (100, 24));
    pty.wait_until("how far it is", |screen| {
        lines(screen).iter().any(|line| line.contains(" a second, about "))
    });
    pty.wait_until("the counts alone", |screen| {
        let lines = lines(screen);
        lines[0].starts_with("20000 new, 0 changed") && !lines.iter().any(|line| line.contains("a second"))
    });
}
