//! The filter as a line of words (NIC-90..92): a state, an upload, a reason, days, an agent, an order; anything else is
//! looked for in policy numbers and names. Pure.

use crate::domain::dates;
use crate::domain::shown::QueueFilter;
use crate::domain::time::Micros;
use crate::domain::update::{Reason, Status, Upload};
use crate::tui::widgets::text;

const STATES: [(&str, Option<Status>); 7] = [
    ("pending", Some(Status::Pending)),
    ("awaiting", Some(Status::AwaitingApproval)),
    ("synced", Some(Status::Synced)),
    ("held", Some(Status::Held)),
    ("rejected", Some(Status::Rejected)),
    ("withdrawn", Some(Status::Withdrawn)),
    ("all", None),
];

/// The words of the column Why.
const REASONS: [(&str, Reason); 6] = [
    ("gave", Reason::Provided),
    ("wrong", Reason::Incorrect),
    ("missing", Reason::Missing),
    ("bounced", Reason::Bounced),
    ("asked", Reason::Requested),
    ("other", Reason::Other),
];

/// The most words that name days: `01-28 Nov 2025`.
const LONGEST_DAYS: usize = 3;

/// A word this close to a state is a slip of the keys, not a name.
const SLIP: f64 = 0.94;

/// What is listed when nothing is typed.
pub fn standard() -> QueueFilter {
    QueueFilter { status: Some(Status::Pending), ..QueueFilter::default() }
}

/// Reads a line. Words in quotes are looked for as they are.
///
/// # Errors
/// A sentence that names the wrong word and what is understood.
pub fn read_filter(text: &str, now: Micros, offset: i32) -> Result<QueueFilter, String> {
    let (plain, quoted) = unquoted(text);
    let words: Vec<&str> =
        plain.split_whitespace().map(|word| word.trim_end_matches(',')).filter(|w| !w.is_empty()).collect();
    let mut reading = Reading {
        now,
        offset,
        state: None,
        upload: None,
        reason: None,
        days: None,
        agent: None,
        newest_first: None,
        find: quoted,
    };
    let mut left = words.as_slice();
    while !left.is_empty() {
        let taken = reading.take(left)?;
        left = &left[taken..];
    }
    let find = reading.find.join(" ");
    let (from, before) = reading.days.flatten().unzip();
    Ok(QueueFilter {
        status: reading.state.map_or(Some(Status::Pending), |(_, status)| status),
        upload: reading.upload,
        reason: reading.reason,
        from,
        before,
        agent: reading.agent,
        find: (!find.is_empty()).then_some(find),
        newest_first: reading.newest_first.unwrap_or(false),
    })
}

/// The text outside quotes, and what stands in them.
fn unquoted(text: &str) -> (String, Vec<String>) {
    let (mut plain, mut quoted) = (String::new(), Vec::new());
    for (at, part) in text.split('"').enumerate() {
        if at % 2 == 0 {
            plain.push_str(part);
            plain.push(' ');
        } else if !part.trim().is_empty() {
            quoted.push(part.trim().to_owned());
        }
    }
    (plain, quoted)
}

struct Reading {
    now: Micros,
    offset: i32,
    state: Option<(&'static str, Option<Status>)>,
    upload: Option<Upload>,
    reason: Option<Reason>,
    /// `Some(None)`: all dates, said in words.
    days: Option<Option<(Micros, Micros)>>,
    agent: Option<i64>,
    newest_first: Option<bool>,
    find: Vec<String>,
}

impl Reading {
    /// Reads what the line begins with; answers with how many words that were.
    fn take(&mut self, words: &[&str]) -> Result<usize, String> {
        let lower: Vec<String> = words.iter().take(LONGEST_DAYS).map(|word| word.to_lowercase()).collect();
        let pair = (lower[0].as_str(), lower.get(1).map_or("", String::as_str));
        match pair {
            ("newest" | "oldest", "first") => {
                self.newest_first = Some(pair.0 == "newest");
                return Ok(2);
            }
            ("newest" | "oldest", _) => {
                return Err(format!("\"{}\" alone says little; write newest first or oldest first", pair.0));
            }
            ("all", "dates") => return self.on(None).map(|()| 2),
            ("awaiting", "approval") => return self.one(words[0], "awaiting").map(|()| 2),
            _ => {}
        }
        let (one, two) = (Upload::parse(pair.0), Upload::parse(&format!("{} {}", pair.0, pair.1)));
        if let Some(upload) = one.or(two) {
            let count = if one.is_some() { 1 } else { 2 };
            return once(&mut self.upload, upload, Upload::as_str).map(|()| count);
        }
        if pair.0 == "not" {
            return Err("\"not\" alone says little; write not uploaded or not confirmed".to_owned());
        }
        for count in (1..=lower.len()).rev() {
            if let Ok(days) = dates::read(&lower[..count].join(" "), self.now, self.offset) {
                return self.on(Some(days)).map(|()| count);
            }
        }
        if let Some(count) = wrong_days(&lower) {
            return dates::read(&words[..count].join(" "), self.now, self.offset).map(|_| count);
        }
        self.one(words[0], &lower[0])?;
        Ok(1)
    }

    fn on(&mut self, days: Option<(Micros, Micros)>) -> Result<(), String> {
        match self.days.replace(days) {
            None => Ok(()),
            Some(_) => Err("days are named twice: write them once, such as 01-28 Nov".to_owned()),
        }
    }

    fn one(&mut self, word: &str, lower: &str) -> Result<(), String> {
        if let Some(number) = word.strip_prefix('#') {
            let Ok(number) = number.parse() else {
                return Err(format!("\"{word}\" is no agent; write their number, such as #24"));
            };
            return match self.agent.replace(number) {
                Some(before) if before != number => Err(format!("#{before} and {word}: one agent at a time")),
                _ => Ok(()),
            };
        }
        if let Some((_, reason)) = REASONS.iter().find(|(name, _)| *name == lower) {
            return once(&mut self.reason, *reason, reason_word);
        }
        let Some(state) = STATES.iter().find(|(name, _)| *name == lower) else {
            if STATES.iter().any(|(name, _)| strsim::jaro_winkler(name, lower) >= SLIP) {
                return Err(format!("\"{word}\" is no state; write {}. A name goes in quotes.", states()));
            }
            self.find.push(word.to_owned());
            return Ok(());
        };
        match self.state.replace(*state) {
            Some((before, _)) if before != state.0 => {
                Err(format!("{before} and {lower} do not go together: write one of them, or all"))
            }
            _ => Ok(()),
        }
    }
}

/// Named once, or twice the same.
fn once<T: Copy + PartialEq>(
    slot: &mut Option<T>,
    new: T,
    word: fn(T) -> &'static str,
) -> Result<(), String> {
    match slot.replace(new) {
        Some(before) if before != new => {
            Err(format!("{} and {} do not go together: write one of them", word(before), word(new)))
        }
        _ => Ok(()),
    }
}

/// A reason in one short word.
pub fn reason_word(reason: Reason) -> &'static str {
    REASONS.iter().find(|(_, known)| *known == reason).map_or("", |(word, _)| word)
}

fn states() -> String {
    STATES.map(|(name, _)| name).join(", ")
}

/// So many words look like days and are none.
fn wrong_days(words: &[String]) -> Option<usize> {
    const MONTHS: &str = "jan feb mar apr may jun jul aug sep oct nov dec";
    let digits = |word: &str, extra: &[char]| {
        word.starts_with(|c: char| c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_digit() || extra.contains(&c))
    };
    let is_month =
        |word: &String| word.get(..3).is_some_and(|start| MONTHS.split(' ').any(|name| name == start));
    let first = words.first()?;
    match words.get(1) {
        Some(next) if digits(first, &['-']) && is_month(next) => Some(2),
        Some(_) if matches!(first.as_str(), "this" | "last") => Some(2),
        _ if digits(first, &['-']) && first.len() >= 8 && first.matches('-').count() == 2 => Some(1),
        _ => None,
    }
}

/// A filter in words that can be typed again: state, days, agent, order.
pub fn words(filter: &QueueFilter, now: Micros, offset: i32) -> String {
    let state = STATES.iter().find(|(_, status)| *status == filter.status).map_or("all", |(name, _)| name);
    let day = |at| text::day(at, now, offset);
    let days = match (filter.from, filter.before) {
        (None, None) => "all dates".to_owned(),
        (Some(from), None) => format!("from {}", day(from)),
        (None, Some(before)) => format!("before {}", day(before)),
        (Some(from), Some(before)) => {
            let (first, last) = (day(from), day(Micros(before.0.saturating_sub(1))));
            if first == last { first } else { format!("{first} to {last}") }
        }
    };
    let order = if filter.newest_first { "newest first" } else { "oldest first" };
    let agent = filter.agent.map(|number| format!("#{number}, ")).unwrap_or_default();
    let upload = filter.upload.map(|upload| format!("{}, ", upload.as_str())).unwrap_or_default();
    let reason = filter.reason.map(|reason| format!("{}, ", reason_word(reason))).unwrap_or_default();
    format!("{state}, {upload}{reason}{days}, {agent}{order}")
}

/// What a line being typed will list, or what is wrong with it.
pub fn ghost(typed: &str, now: Micros, offset: i32) -> String {
    match read_filter(typed, now, offset) {
        Ok(filter) => {
            let find = filter.find.as_deref().map(|find| format!(", find {find}")).unwrap_or_default();
            format!("= {}{find}", words(&filter, now, offset))
        }
        Err(why) => why,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tui::testing::{NOW, OFFSET};

    fn read(text: &str) -> Result<(String, Option<String>), String> {
        let filter = read_filter(text, NOW, OFFSET)?;
        Ok((words(&filter, NOW, OFFSET), filter.find))
    }

    #[test]
    fn nic_90_91_92_state_days_order_and_the_rest_is_looked_for() {
        for (text, shown, find) in [
            ("", "pending, all dates, oldest first", None),
            ("synced", "synced, all dates, oldest first", None),
            ("ALL newest first", "all, all dates, newest first", None),
            ("pending, all dates, oldest first", "pending, all dates, oldest first", None),
            ("held today", "held, 28 Nov, oldest first", None),
            ("01-20 Nov rejected", "rejected, 01 Nov to 20 Nov, oldest first", None),
            ("24 Nov 2024", "pending, 24 Nov 2024, oldest first", None),
            ("last month withdrawn", "withdrawn, 01 Oct to 31 Oct, oldest first", None),
            ("2025-11-01 LIB/C7013", "pending, 01 Nov, oldest first", Some("LIB/C7013")),
            ("Anna Curepipe", "pending, all dates, oldest first", Some("Anna Curepipe")),
            ("Anna synced Curepipe", "synced, all dates, oldest first", Some("Anna Curepipe")),
            ("\"24 Nov\" \"held\"", "pending, all dates, oldest first", Some("24 Nov held")),
            ("王小明 2333", "pending, all dates, oldest first", Some("王小明 2333")),
            ("last", "pending, all dates, oldest first", Some("last")),
            ("all #24 today", "all, 28 Nov, #24, oldest first", None),
            ("bounced today", "pending, bounced, 28 Nov, oldest first", None),
            ("all, Not Uploaded, wrong, #24", "all, not uploaded, wrong, all dates, #24, oldest first", None),
            ("refused refused", "pending, refused, all dates, oldest first", None),
            ("awaiting approval", "awaiting, all dates, oldest first", None),
            ("awaiting curepipe", "awaiting, all dates, oldest first", Some("curepipe")),
            ("\"missing\"", "pending, all dates, oldest first", Some("missing")),
        ] {
            let found = read(text).unwrap();
            assert_eq!((found.0.as_str(), found.1.as_deref()), (shown, find), "{text}");
        }
    }

    #[test]
    fn nic_90_a_wrong_word_is_named_with_what_is_understood() {
        for (text, why) in [
            (
                "pendng",
                "\"pendng\" is no state; write pending, awaiting, synced, held, rejected, withdrawn, all. A name goes in quotes.",
            ),
            ("held synced", "held and synced do not go together: write one of them, or all"),
            ("#priya", "\"#priya\" is no agent; write their number, such as #24"),
            ("#24 #7", "#24 and #7: one agent at a time"),
            ("gave asked", "gave and asked do not go together: write one of them"),
            ("refused uploaded", "refused and uploaded do not go together: write one of them"),
            ("not today", "\"not\" alone says little; write not uploaded or not confirmed"),
            ("newest", "\"newest\" alone says little; write newest first or oldest first"),
            ("today 24 Nov", "days are named twice: write them once, such as 01-28 Nov"),
        ] {
            assert_eq!(read(text), Err(why.to_owned()), "{text}");
        }
        for text in ["31 Nov", "last year", "2025-13-01", "28-01 Nov"] {
            let why = read(text).unwrap_err();
            assert!(why.starts_with(&format!("\"{text}\" is no day; write today, ")), "{why}");
        }
    }

    #[test]
    fn the_ghost_says_what_will_be_listed() {
        assert_eq!(ghost("anna today", NOW, OFFSET), "= pending, 28 Nov, oldest first, find anna");
        assert!(ghost("31 nov", NOW, OFFSET).starts_with("\"31 nov\" is no day"));
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(text in "\\PC{0,20}|([a-z]{1,8} |[0-9-]{1,10} |nov |\"){0,6}") {
            let _ = read_filter(&text, NOW, OFFSET);
        }
    }
}
