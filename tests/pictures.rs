//! The README's pictures, made from the demo. Its dates follow the calendar, so what is compared is the
//! part that does not: the rows of keys.
//! `CORDBOARD_UPDATE=1` draws them anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;

use support::pty::Pty;
use support::svg::svg;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[test]
fn the_pictures_are_those_of_the_demo() {
    let temporary = tempfile::tempdir().unwrap();
    let env = [("TMPDIR", temporary.path().to_str().unwrap())];
    let mut desk = Pty::start(&[env!("CARGO_BIN_EXE_cordboard"), "demo"], &env, (80, 24));
    desk.wait_for("customers");
    desk.type_keys("2333");
    desk.wait_until("the look-up", |screen| screen.contents().contains("hard of hearing"));
    same("look-up", &desk);
    desk.type_keys("\r");
    desk.wait_until("the card", |screen| screen.contents().contains("Note (stays here)"));
    // The word at the very end is drawn last.
    desk.wait_until("the whole card", |screen| screen.contents().trim_end().ends_with("DESK"));
    same("card", &desk);
    desk.type_keys("e");
    desk.wait_until("the whole form", |screen| screen.contents().trim_end().ends_with("TYPING FORM"));
    desk.type_keys("kevin@curepipe.example");
    desk.wait_for("kevin@curepipe.example");
    same("form", &desk);
}

fn same(name: &str, desk: &Pty) {
    let screen = desk.vt100();
    let (rows, columns) = screen.size();
    let bytes = timeless(screen.contents_formatted().as_ref());
    let mut parser = vt100::Parser::new(rows, columns, 0);
    parser.process(&bytes);
    let made = svg(parser.screen());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/pictures/{name}.svg"));
    if std::env::var_os("CORDBOARD_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    // The three rows of help begin so far down.
    let foot = |line: &&str| {
        let y = line.split(" y=\"").nth(1).and_then(|rest| rest.split('"').next()?.parse::<u32>().ok());
        line.starts_with("<text") && y.is_some_and(|y| y > 12 + 19 * 22)
    };
    let keys: Vec<&str> = made.lines().filter(foot).collect();
    assert!(keys.len() > 20, "{made}");
    let stale = keys.iter().find(|cell| !kept.contains(**cell));
    assert!(
        stale.is_none(),
        "docs/pictures/{name}.svg is stale: run with CORDBOARD_UPDATE=1\n{}",
        desk.screen()
    );
}

/// `09:41` becomes `14:32` and `03 May` `12 Nov`: as wide, and the same every day.
fn timeless(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let digit = |byte: u8| byte.is_ascii_digit();
    for at in 0..out.len().saturating_sub(5) {
        let window = &out[at..];
        if digit(window[0]) && digit(window[1]) && window[2] == b':' && digit(window[3]) && digit(window[4]) {
            out[at..at + 5].copy_from_slice(b"14:32");
        } else if window.len() >= 6 && digit(window[0]) && digit(window[1]) && window[2] == b' ' {
            let month = std::str::from_utf8(&window[3..6]).unwrap_or("");
            if MONTHS.contains(&month) {
                out[at..at + 6].copy_from_slice(b"12 Nov");
            }
        }
    }
    out
}
