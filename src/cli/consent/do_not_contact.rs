//! `cordboard consent do-not-contact`: numbers that get no text, whoever said yes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use crate::cli::clock;
use crate::cli::context::Desk;
use crate::cli::exit::{Exit, refuse};
use crate::domain::phone::E164;
use crate::store::do_not_contact::{self, Listed};

#[derive(Subcommand)]
pub enum Action {
    /// Put the numbers of a file on the list: one a line, or in the first column that holds one
    Import {
        /// `-` reads stdin
        #[arg(value_name = "FILE|-")]
        file: PathBuf,
    },
    /// Say whether a number is on the list
    Check { number: String },
    /// Show the list, oldest first
    List,
    /// Take a number off the list
    Remove {
        number: String,
        /// Why; kept for good
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

impl Action {
    pub fn run(&self, desk: &mut Desk<'_>) -> Result<Exit> {
        match self {
            Self::Import { file } => import(desk, file),
            Self::Check { number } => check(desk, &meant(desk, number)?),
            Self::List => list(desk),
            Self::Remove { number, reason } => {
                let number = meant(desk, number)?;
                do_not_contact::remove(&mut desk.db, &desk.actor, clock::now(), &number, reason)?;
                let shown = desk.shown_number(&number);
                if desk.output.is_json() {
                    desk.output.json(&json!({ "number": number.as_str(), "listed": false }))?;
                } else {
                    desk.output.line(format!("{shown}: not on the do-not-contact list any more"))?;
                }
                Ok(Exit::Ok)
            }
        }
    }
}

fn meant(desk: &Desk<'_>, text: &str) -> Result<E164> {
    desk.number(text).ok_or_else(|| refuse(Exit::Usage, format!("{text} is no phone number")))
}

fn import(desk: &mut Desk<'_>, file: &Path) -> Result<Exit> {
    let (text, source) = if file.as_os_str() == "-" {
        (desk.input.text("-")?, "stdin".to_owned())
    } else {
        let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (String::from_utf8_lossy(&bytes).into_owned(), name)
    };
    let (numbers, wrong) = numbers(desk, &text);
    if numbers.is_empty() {
        return Err(refuse(Exit::Usage, format!("{source}: there is no phone number in it")));
    }
    let added = do_not_contact::add(&mut desk.db, &desk.actor, clock::now(), &numbers, &source)?;
    if desk.output.is_json() {
        desk.output.json(&json!({
            "new": added.new, "known": added.known, "canceled_texts": added.canceled, "no_number": wrong,
        }))?;
    } else {
        desk.output.line(format!("{} numbers are new on the list, {} were on it", added.new, added.known))?;
        if added.canceled > 0 {
            desk.output.line(format!("{} waiting texts to them are canceled", added.canceled))?;
        }
    }
    for line in &wrong {
        desk.output.note(format!("line {line}: no phone number"));
    }
    Ok(if wrong.is_empty() { Exit::Ok } else { Exit::Partly })
}

/// The numbers of a file, each once, and the lines without one. A first line without one is a heading.
fn numbers(desk: &Desk<'_>, text: &str) -> (Vec<E164>, Vec<usize>) {
    let (mut numbers, mut wrong) = (Vec::new(), Vec::new());
    let mut seen = std::collections::HashSet::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut cells = line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"'));
        match cells.find_map(|cell| desk.number(cell)) {
            Some(number) if seen.insert(number.as_str().to_owned()) => numbers.push(number),
            Some(_) => {}
            None if at == 0 => {}
            None => wrong.push(at + 1),
        }
    }
    (numbers, wrong)
}

fn check(desk: &mut Desk<'_>, number: &E164) -> Result<Exit> {
    let found = do_not_contact::check(&desk.db, &desk.actor, number)?;
    let shown = desk.shown_number(number);
    match found {
        Some(listed) if desk.output.is_json() => desk.output.json(&as_json(&listed))?,
        None if desk.output.is_json() => {
            desk.output.json(&json!({ "number": number.as_str(), "listed": false }))?;
        }
        Some(listed) => {
            let by = listed.by.map(|by| format!(" by {by}")).unwrap_or_default();
            desk.output.line(format!("{shown}: listed since {}{by}, {}", listed.since, listed.source))?;
        }
        None => desk.output.line(format!("{shown}: not listed"))?,
    }
    Ok(Exit::Ok)
}

fn list(desk: &mut Desk<'_>) -> Result<Exit> {
    let policy = desk.config.phone_policy();
    let mut any = false;
    do_not_contact::for_each(&desk.db, &desk.actor, |listed| -> Result<()> {
        any = true;
        if desk.output.is_json() {
            return desk.output.json(&as_json(&listed));
        }
        let number = policy.national(&listed.number);
        desk.output.line(format!("{number:<16}{}  {}", listed.since, listed.source))
    })?;
    if !any && !desk.output.is_json() {
        desk.output.line("the do-not-contact list is empty")?;
    }
    Ok(Exit::Ok)
}

fn as_json(listed: &Listed) -> Value {
    json!({
        "number": listed.number.as_str(), "listed": true, "since": listed.since.rfc3339(),
        "source": listed.source, "by": listed.by,
    })
}
