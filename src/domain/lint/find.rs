//! What a text mentions and what is wrong with its words: variables, gaps, links, numbers, addresses.

use crate::domain::email::Email;
use crate::domain::phone::{Accept, PhonePolicy};

/// Longer, a text between braces is no variable.
const NAME: usize = 40;

/// So many numbers of a text are looked at; nobody writes more to a customer.
const MENTIONS: usize = 20;
const TRIES: usize = 64;

/// The first variable that nobody filled in, braces and all.
pub fn unfilled(body: &str) -> Option<&str> {
    body.match_indices('{').find_map(|(at, _)| {
        let rest = &body[at + 1..];
        let end = rest.find(['}', '{', '\n'])?;
        let name = rest[..end].trim();
        let named = name.is_empty() || name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        (rest[end..].starts_with('}') && named && name.len() <= NAME).then(|| &body[at..=at + 1 + end])
    })
}

/// The first place where a value was empty: `Dear , your`, `before .`
pub fn gap(body: &str) -> Option<&str> {
    body.match_indices([',', '.']).find_map(|(at, _)| {
        let before = body[..at].strip_suffix(' ')?;
        let word = before.rsplit(char::is_whitespace).next().unwrap_or("");
        let ends = body[at + 1..].chars().next().is_none_or(char::is_whitespace);
        let is_word = word.ends_with(char::is_alphanumeric);
        (ends && is_word).then(|| &body[at - 1 - word.len()..=at])
    })
}

/// Does it say how to end texts? STOP is the word in every language (FACTS 11).
pub fn says_stop(body: &str) -> bool {
    body.split(|c: char| !c.is_alphanumeric()).any(|word| word == "STOP")
}

/// The first link that leads nowhere.
pub fn broken_link(body: &str) -> Option<&str> {
    body.split_whitespace().find(|word| {
        let word = word.trim_start_matches(['(', '<', '"', '\'', '“', '‘', '«']);
        is_broken(&word.to_lowercase())
    })
}

fn is_broken(word: &str) -> bool {
    const ALMOST: [&str; 12] = [
        "http//", "https//", "http:/", "https:/", "http:", "https:", "htp:", "htps:", "htpp:", "htpps:",
        "hhtp", "ttps:",
    ];
    let address = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"));
    let Some(address) = address.or_else(|| word.strip_prefix("www.").map(|_| word)) else {
        return ALMOST.iter().any(|almost| word.starts_with(almost));
    };
    let address = address.trim_end_matches([')', '>', '"', '\'', '”', '’', '»', ',', ';', '!', '?']);
    let host = address.split(['/', '?', '#']).next().unwrap_or("");
    let host = host.split(':').next().unwrap_or("").trim_end_matches('.');
    let labels: Vec<&str> = host.split('.').collect();
    let enough = if host.starts_with("www.") { 3 } else { 2 };
    let plain = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    labels.len() < enough
        || !labels.iter().all(plain)
        || address.contains(['{', '}', '…'])
        || address.contains("..")
}

/// The numbers and addresses in a text, each once, as they are stored: whose they are is asked of the
/// database.
pub fn mentions(body: &str, policy: &PhonePolicy) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in
        body.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"'))
    {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        if let Some(email) =
            Some(word).filter(|word| word.contains('@')).and_then(|word| Email::parse(word).ok())
        {
            found.push(email.as_str().to_owned());
        }
    }
    let world = PhonePolicy { accept: Accept::International, ..*policy };
    let mut tries = 0;
    for run in runs(body) {
        // Two numbers may stand side by side: every row of neighbours is looked at, the longest first.
        let mut from = 0;
        while from < run.len() && tries < TRIES {
            let number = (from + 1..=run.len().min(from + 6)).rev().find_map(|to| {
                let digits: usize =
                    run[from..to].iter().map(|group| group.trim_start_matches('+').len()).sum();
                if !(7..=15).contains(&digits) || tries >= TRIES {
                    return None;
                }
                tries += 1;
                world.accept(&run[from..to].concat()).ok().map(|number| (to, number))
            });
            match number {
                Some((to, number)) => {
                    found.push(number.as_str().to_owned());
                    from = to;
                }
                None => from += 1,
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|value| seen.insert(value.clone()));
    found.truncate(MENTIONS);
    found
}

/// Groups of digits that only what people put between them parts.
fn runs(body: &str) -> Vec<Vec<String>> {
    let mut runs: Vec<Vec<String>> = vec![Vec::new()];
    let mut group = String::new();
    let end_group = |runs: &mut Vec<Vec<String>>, group: &mut String| {
        if let Some(run) = runs.last_mut().filter(|_| !group.trim_start_matches('+').is_empty()) {
            run.push(std::mem::take(group));
        }
        group.clear();
    };
    for c in body.chars() {
        match c {
            '0'..='9' => group.push(c),
            '+' => {
                end_group(&mut runs, &mut group);
                runs.push(Vec::new());
                group.push(c);
            }
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' => end_group(&mut runs, &mut group),
            _ => {
                end_group(&mut runs, &mut group);
                runs.push(Vec::new());
            }
        }
    }
    end_group(&mut runs, &mut group);
    runs.retain(|run| !run.is_empty());
    runs
}
