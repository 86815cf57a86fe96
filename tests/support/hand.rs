//! Keys as a person would write them down, and how many they are.
//!
//! `m '5737 2334' Enter 1 Enter`: words are keys, what stands in quotes is typed.

/// The bytes of each key.
pub fn keys(written: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut rest = written.trim_start();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let (typed, after) = quoted.split_once('\'').expect("a closing quote");
            keys.extend(typed.chars().map(String::from));
            rest = after.trim_start();
        } else {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            keys.push(bytes(word).to_owned());
            rest = after.trim_start();
        }
    }
    keys
}

fn bytes(word: &str) -> &str {
    match word {
        "Enter" => "\r",
        "Esc" => "\x1b",
        "Up" => "\x1b[A",
        "Down" => "\x1b[B",
        "End" => "\x1b[F",
        "PgDn" => "\x1b[6~",
        "Del" => "\x1b[3~",
        "Tab" => "\t",
        "Right" => "\x1b[C",
        "F3" => "\x1b[13~",
        "F6" => "\x1b[17~",
        "F4" => "\x1b[14~",
        "F7" => "\x1b[18~",
        "Alt+Enter" => "\x1b\r",
        "F5" => "\x1b[15~",
        "F8" => "\x1b[19~",
        "F9" => "\x1b[20~",
        "Home" => "\x1b[H",
        "Ctrl+R" => "\x12",
        "Space" => " ",
        "Ctrl+E" => "\x05",
        "Ctrl+N" => "\x0e",
        "Ctrl+P" => "\x10",
        "Ctrl+S" => "\x13",
        "Ctrl+U" => "\x15",
        single if single.chars().count() == 1 => single,
        other => panic!("no such key: {other}"),
    }
}
