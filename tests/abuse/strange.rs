//! Names and texts that were made to move a column or to give the terminal an order.

use std::fs;

use vt100::Screen;

use crate::support::pty::{lines, only_our_sequences};
use crate::support::screens::{leave, reach};
use crate::support::stage::Stage;
use crate::{SIZE, answers};

/// Orders for a terminal, turns of the reading direction, letters that hide.
const HOSTILE: &str = "Eve\u{1b}]0;owned\u{7}\u{1b}[31m\u{1b}[2J\u{9b}2J\u{202e}live\u{2066}\u{200b}\u{e0041}\u{feff}\
                       \u{8}\u{7f}\u{301}\u{301}\u{301}\u{301}\u{301}\u{90}q\u{1b}\\\u{85}end";

fn names() -> [String; 6] {
    [
        "Usual Name".to_owned(),
        "王".repeat(255),
        format!("Zoe{} Marks", "\u{301}\u{327}\u{323}".repeat(60)),
        "ليلى حداد ".repeat(20).trim().to_owned(),
        "👩‍👩‍👧‍👦👨🏽‍🚒🏳️‍🌈".repeat(8),
        HOSTILE.to_owned(),
    ]
}

/// Of these the look-up has no room for all.
const IS_CUT: [bool; 6] = [false, true, false, true, true, true];

/// A demo in which they are customers, LIB/S0 to LIB/S5, who wrote to us, with an update each.
fn with_strangers() -> Stage {
    let stage = Stage::start("admin", &[], SIZE);
    let mut rows = "customer_id,policy_number,name,mobile,city,tags\n".to_owned();
    for (n, name) in names().iter().enumerate() {
        let city = if n == 5 { HOSTILE } else { "Curepipe" };
        rows.push_str(&format!("80{n},LIB/S{n},\"{name}\",570099{n}{n},\"{city}\",\"{city}\"\n"));
    }
    let file = stage.home().join("strange.csv");
    fs::write(&file, rows).unwrap();
    stage.ok("S. Lee", &["customers", "import", file.to_str().unwrap()]);
    for (n, name) in names().iter().enumerate() {
        let policy = format!("LIB/S{n}");
        stage.customer_texts(&format!("+230570099{n}{n}"), name);
        let mobile = format!("570088{n}{n}");
        stage.ok("24", &["update", &policy, "--mobile", &mobile, "--reason", "gave", "--notes", name]);
        stage.ok("24", &["consent", "grant", &policy, "--method", "voice"]);
        stage.ok("24", &["note", &policy, name]);
    }
    stage
}

/// The column where `words` begin in that row.
fn begins(screen: &Screen, row: u16, words: &str) -> Option<u16> {
    let end = screen.size().1.get();
    (0..end).find(|column| screen.contents_between(row, *column, row, end).starts_with(words))
}

/// The row that has `words`.
fn row(screen: &Screen, words: &str) -> u16 {
    let row = lines(screen).iter().position(|line| line.contains(words));
    u16::try_from(row.unwrap_or_else(|| panic!("no {words:?}:\n{}", screen.contents()))).unwrap()
}

/// In each of the rows of the six, `words` begin below each other.
fn assert_below(screen: &Screen, rows: impl Iterator<Item = u16>, words: &str) {
    let columns: Vec<Option<u16>> = rows.map(|row| begins(screen, row, words)).collect();
    let first = columns[0];
    assert!(first.is_some() && columns == [first; 6], "{words}: {columns:?}\n{}", lines(screen).join("\n"));
}

#[test]
fn no_name_moves_a_column() {
    let mut stage = with_strangers();
    let screen = stage.press("'LIB/S'", &["6 of 60", "LIB/S5"]);
    assert_below(&screen, (0..6).map(|n| row(&screen, &format!("LIB/S{n}"))), "LIB/S");
    for (n, is_cut) in IS_CUT.iter().enumerate() {
        let row = usize::from(row(&screen, &format!("LIB/S{n}")));
        assert_eq!(lines(&screen)[row].contains(".. "), *is_cut, "{n}");
    }
    leave(&mut stage.pty);
    reach(&mut stage.pty, "updates filter");
    let screen = stage.press("'LIB/S' Enter", &["1-6 of 6"]);
    assert_below(&screen, (0..6).map(|n| row(&screen, &format!("LIB/S{n}"))), "mobile ");
    leave(&mut stage.pty);
    reach(&mut stage.pty, "inbox");
    let screen = stage.press("", &["1-9 of 14"]);
    assert_below(&screen, 5..11, "needs reply");
    leave(&mut stage.pty);
    for n in 0..6 {
        stage.press(&format!("'LIB/S{n}'"), &["1 of 60"]);
        let screen = stage.press("Enter", &["m mobile", "NOTE"]);
        let bars: Vec<_> = (4..20).map(|row| begins(&screen, row, "│")).collect();
        assert_eq!(bars, [Some(38); 16], "the card of LIB/S{n}\n{}", lines(&screen).join("\n"));
        let screen = stage.press("t", &["TYPING TEXT"]);
        let inside = row(&screen, "── Text to");
        assert!(lines(&screen)[usize::from(inside)].ends_with("─"), "{}", lines(&screen).join("\n"));
        leave(&mut stage.pty);
    }
    // Nor does anything of them stay.
    reach(&mut stage.pty, "users");
    let rows = lines(&stage.pty.vt100());
    assert!(rows[8..20].iter().all(String::is_empty), "{}", rows.join("\n"));
}

#[test]
fn no_strange_byte_reaches_the_terminal() {
    let mut stage = with_strangers();
    for (n, name) in names().iter().enumerate().skip(4) {
        let paste = format!("\x1b[200~{name}\x1b[201~");
        stage.press(&format!("'LIB/S{n}'"), &["1 of 60"]);
        stage.press("Enter", &["m mobile"]);
        stage.press("b b f f f f", &["[All]"]);
        stage.press("t", &["TYPING TEXT"]);
        stage.pty.press(&paste);
        stage.press("", &["force UCS-2"]);
        stage.press("Enter", &["sends in"]);
        stage.press("Esc", &["DESK"]);
        stage.press("n", &["TYPING NOTE"]);
        stage.pty.press(&paste);
        stage.press("Ctrl+S", &["Note saved"]);
        answers(&mut stage);
        leave(&mut stage.pty);
    }
    for place in ["inbox", "updates", "outbox", "users", "messages"] {
        reach(&mut stage.pty, place);
        for _ in 0..12 {
            stage.press("Down", &[]);
        }
        answers(&mut stage);
        leave(&mut stage.pty);
    }
    let written = stage.pty.raw_bytes();
    only_our_sequences(&written).unwrap();
    let text = String::from_utf8(written).unwrap();
    for order in ["\u{202e}", "\u{2066}", "\u{9b}", "\u{90}", "\u{85}", "\u{e0041}", "\u{200b}", "owned\u{7}"]
    {
        assert!(!text.contains(order), "{order:?}");
    }
}
