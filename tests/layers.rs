//! The shape of the crate, kept by a test: who may import whom, SQL only in `store`, no async where
//! nothing waits for a network, files of a size one can read, each with a head that says what it owns.
//!
//! It reads `src` as text. Test modules are left out: they may look further.

#![expect(clippy::unwrap_used, reason = "clippy takes the helpers of a test file for production code")]

use std::fs;
use std::path::{Path, PathBuf};

/// Each module with those it may import, lowest first. A new module needs a row here.
const ALLOWED: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("config", &["domain"]),
    ("wire", &["domain"]),
    ("store", &["domain"]),
    ("remote", &["domain", "config", "wire"]),
    ("files", &["domain", "store"]),
    ("sandbox", &["domain", "wire"]),
    ("sync", &["domain", "store", "remote", "wire"]),
    ("tui", &["domain", "config"]),
    ("cli", &["domain", "config", "wire", "store", "remote", "files", "sandbox", "sync", "tui"]),
    ("main", &["cli", "tui"]),
    ("lib", &[]),
];
/// Here nothing waits for a network.
const NO_ASYNC: [&str; 4] = ["domain", "store", "files", "tui"];
/// Except where callers wait for the database threads, and where the desk meets time and terminal.
const ASYNC_SHELL: [&str; 5] = [
    "src/store/threads.rs",
    "src/tui/mod.rs",
    "src/tui/runner.rs",
    "src/tui/terminal.rs",
    "src/tui/hangup.rs",
];
/// The one place of the desk that names the store.
const RUNNER: ([&str; 5], [&str; 2]) = (
    [
        "src/tui/runner.rs",
        "src/tui/runner/conversations.rs",
        "src/tui/runner/files.rs",
        "src/tui/runner/slots.rs",
        "src/tui/runner/texts.rs",
    ],
    ["store", "files"],
);
const LONGEST_FILE: usize = 600;

#[test]
fn the_layers_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found: Vec<String> = rust_files(&root.join("src"))
        .iter()
        .flat_map(|path| {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            let source = fs::read_to_string(path).unwrap();
            [every_file(name, &source), source_file(name, &source)].concat()
        })
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn test_files_have_a_head_and_a_size() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found: Vec<String> = rust_files(&root.join("tests"))
        .iter()
        .flat_map(|path| every_file(path.to_str().unwrap(), &fs::read_to_string(path).unwrap()))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn every_file(name: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !source.starts_with("//! ") {
        found.push(format!("{name}: does not open with `//!` lines that say what it owns"));
    }
    let lines = source.lines().count();
    if lines > LONGEST_FILE {
        found.push(format!("{name}: {lines} lines, split it (at most {LONGEST_FILE})"));
    }
    found
}

/// What a file of `src` must not do in its module.
fn source_file(name: &str, source: &str) -> Vec<String> {
    let parts: Vec<&str> = name.trim_end_matches(".rs").split('/').skip(1).collect();
    if parts.last() == Some(&"tests") {
        return Vec::new();
    }
    let module = parts[0];
    let Some((_, allowed)) = ALLOWED.iter().find(|(row, _)| *row == module) else {
        return vec![format!("{name}: `{module}` has no row in tests/layers.rs")];
    };
    let depth = parts.iter().filter(|part| !matches!(**part, "mod" | "main" | "lib")).count();
    let (code, texts) = split(&without_tests(source));
    let mut found: Vec<String> = imports(&code, depth)
        .into_iter()
        .filter(|other| other != module && !allowed.contains(&other.as_str()))
        .filter(|other| !(RUNNER.0.contains(&name) && RUNNER.1.contains(&other.as_str())))
        .map(|other| format!("{name}: `{module}` may not import `{other}`"))
        .collect();
    if module != "store" {
        let crates = ["rusqlite", "refinery"].into_iter().filter(|name| has_word(&code, name));
        found.extend(crates.map(|database| format!("{name}: `{database}` outside `store`")));
        let sql = texts.iter().filter(|text| is_sql(text));
        found.extend(sql.map(|text| format!("{name}: SQL outside `store`: {text}")));
    }
    let shell = ASYNC_SHELL.contains(&name) || name.contains("/tests/");
    if NO_ASYNC.contains(&module) && !shell && has_word(&code, "async") {
        found.push(format!("{name}: async in `{module}`"));
    }
    found
}

/// The source without `#[cfg(test)]` items. rustfmt puts the end of an item at its own indentation.
fn without_tests(source: &str) -> String {
    let mut kept = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indent}}}");
        let item = lines.find(|line| !line.trim_start().starts_with("#[")).unwrap_or_default();
        if !item.ends_with([';', '}']) {
            lines.by_ref().find(|line| *line == end);
        }
    }
    kept
}

/// Code without comments and texts, and the texts with their white space collapsed.
fn split(source: &str) -> (String, Vec<String>) {
    let (mut code, mut texts) = (String::new(), Vec::new());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let hashes = rest.strip_prefix('r').map(|raw| raw.len() - raw.trim_start_matches('#').len());
        let raw = hashes.filter(|hashes| {
            rest[1 + hashes..].starts_with('"') && !code.ends_with(|c: char| c.is_alphanumeric() || c == '_')
        });
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, after)| after);
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            rest = &rest[rest[1..].find('\'').unwrap() + 2..];
        } else if let Some(hashes) = raw {
            let close = format!("\"{}", "#".repeat(hashes));
            let (text, after) = rest[2 + hashes..].split_once(&close).unwrap();
            texts.push(collapse(text));
            rest = after;
        } else if first == '"' {
            let end = end_of_text(&rest[1..]);
            texts.push(collapse(&rest[1..=end]));
            rest = rest.get(end + 2..).unwrap_or("");
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    (code, texts)
}

/// Bytes before the closing quote.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    text.find(|c| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    })
    .unwrap_or(text.len() - 1)
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_sql(text: &str) -> bool {
    let text = text.to_lowercase();
    (text.starts_with("select ") && text.contains(" from "))
        || (text.starts_with("update ") && text.contains(" set "))
        || ["insert into ", "insert or ", "delete from ", "create table ", "pragma ", "begin immediate"]
            .iter()
            .any(|start| text.starts_with(start))
}

/// The modules that a file `depth` modules below the root names by `crate::`, by `cordboard::` (in
/// `main.rs`), or by so many `super::` that they reach the root.
fn imports(code: &str, depth: usize) -> Vec<String> {
    let climb = "super::".repeat(depth.max(1));
    let mut found = Vec::new();
    for start in ["crate::", "cordboard::", climb.as_str()] {
        for (at, _) in code.match_indices(start) {
            let inside = code[..at].ends_with(|c: char| c.is_alphanumeric() || "_:$".contains(c));
            if !inside {
                found.extend(heads(&code[at + start.len()..]));
            }
        }
    }
    found.retain(|name| ALLOWED.iter().any(|(row, _)| row == name));
    found.sort();
    found.dedup();
    found
}

/// The first name of a path, or of each path of a group: `a` and `c` of `{a::b, c::{d, e}}`.
fn heads(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![word_at(path)];
    };
    let mut level = 0;
    let mut heads = vec![word_at(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => level += 1,
            '}' if level == 0 => break,
            '}' => level -= 1,
            ',' if level == 0 => heads.push(word_at(&group[at + 1..])),
            _ => {}
        }
    }
    heads
}

fn word_at(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn has_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

/// The rules above can fail: each snippet breaks as many of them as it says.
#[test]
fn a_violation_is_seen() {
    for (name, source, count) in [
        ("src/domain/phone/read.rs", "use crate::store::Db;", 1),
        ("src/domain/phone/read.rs", "fn f() { crate::store::open() }", 1),
        ("src/domain/phone/read.rs", "use crate::{store, domain::text, remote::{url, classify}};", 2),
        ("src/domain/phone/read.rs", "use crate::{\n    domain::text,\n    sync::{self, store},\n};", 1),
        ("src/domain/phone/read.rs", "use super::super::super::store::Db;", 1),
        ("src/domain/phone/mod.rs", "use super::super::store::Db;", 1),
        ("src/config.rs", "use super::store::Db;", 1),
        ("src/main.rs", "use cordboard::store;", 1),
        ("src/sandbox/http.rs", "use crate::remote::Request;\nuse crate::store::Db;", 2),
        ("src/brand_new.rs", "fn f() {}", 1),
        ("src/sync/engine.rs", "use rusqlite::Connection;", 1),
        ("src/sync/engine.rs", "const Q: &str = \"select id\n    from job\";", 1),
        ("src/cli/lookup.rs", "db.execute(r#\"update job set state = \"x\"\"#)", 1),
        ("src/cli/lookup.rs", "db.execute(\"delete from job\"); /* \" */ db.execute(\"pragma x\")", 2),
        ("src/cli/lookup.rs", "let q = '\"'; db.execute(\"insert into job values (1)\")", 1),
        ("src/store/open.rs", "pub async fn open() {}", 1),
        ("src/files/csv.rs", "let job = async move { 1 };", 1),
        ("src/tui/update.rs", "use crate::store::Db;\npub async fn f() {}", 2),
        ("src/tui/screens/card/view.rs", "use crate::{sync, remote};", 2),
        (RUNNER.0[0], "use crate::sync::task;", 1),
        ("src/domain/x.rs", "#[cfg(test)]\nmod tests {\n    use crate::store;\n}\nuse crate::sync;", 1),
    ] {
        assert_eq!(
            source_file(name, source).len(),
            count,
            "{name}\n{source}\n{:?}",
            source_file(name, source)
        );
    }
    assert_eq!(every_file("src/x.rs", "fn f() {}\n").len(), 1);
    assert_eq!(every_file("src/x.rs", &format!("//! x\n{}", "\n".repeat(LONGEST_FILE))).len(), 1);
    assert_eq!(every_file("src/x.rs", &format!("//! x\n{}", "\n".repeat(LONGEST_FILE - 1))).len(), 0);
}

/// And they do not cry wolf.
#[test]
fn what_is_allowed_is_not_reported() {
    for (name, source) in [
        ("src/domain/phone/read.rs", "use super::{E164, PhoneFault};\nuse crate::domain::text::Body;"),
        ("src/domain/phone/read.rs", "//! See [`crate::store`].\n// crate::sync\nlet x = \"crate::remote\";"),
        ("src/config.rs", "use crate::domain::phone::Region;\nuse super::Unit;"),
        ("src/cli/sync.rs", "use crate::{config::Config, remote, store, sync};"),
        ("src/sync/engine.rs", "use crate::{domain, remote::Outcome, store::Db};"),
        ("src/sync/engine.rs", "\"select a customer first\"; \"update 3 fields\"; my_crate::store();"),
        ("src/store/updates.rs", "use rusqlite::params;\nconst Q: &str = \"select 1 from job\";"),
        (ASYNC_SHELL[0], "pub async fn read() {}"),
        (RUNNER.0[0], "use crate::{store, files};\npub async fn look() {}"),
        ("src/store/claims/tests.rs", "use crate::sync::engine;"),
        (
            "src/domain/x.rs",
            "#[cfg(test)]\nmod tests;\n\n#[cfg(test)]\n#[path = \"x\"]\nmod more {\n    use crate::store;\n\n    fn f() {\n    }\n}\n",
        ),
        ("src/main.rs", "use cordboard::{cli, tui};\nasync fn run() {}"),
    ] {
        assert_eq!(source_file(name, source), Vec::<String>::new(), "{name}\n{source}");
    }
}
