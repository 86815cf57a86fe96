//! A moment to come as people say it, by the clock of whoever it is for: `tomorrow 9`, `fri 15:30`,
//! `in 2 h`, `14:00`. Pure: the time and the clock are handed in.

use std::time::Duration;

use chrono::{Datelike as _, Days, NaiveDate};
use chrono_tz::Tz;

use super::quiet::{instants, local};
use super::time::Micros;

/// What is understood, for the sentence that refuses the rest.
pub const UNDERSTOOD: &str = "tomorrow 9, fri 15:30, in 2 h, 14:00, or 24 Nov 9:00";

/// Nobody knows what they will want to say then.
const FURTHEST: Duration = Duration::from_secs(366 * 86_400);

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads a moment after `now` by the clock of `zone`. A time of day alone is its next one, a weekday its
/// next one; an hour that the clock repeats is the first of the two, one that it leaves out is when it goes on.
///
/// # Errors
/// A sentence that says what is wrong, and what is understood.
pub fn read(words: &str, now: Micros, zone: Tz) -> Result<Micros, String> {
    let said = words.trim();
    let at = moment(&said.to_lowercase(), now, zone)
        .ok_or_else(|| format!("\"{said}\" is no time; write {UNDERSTOOD}"))?;
    if at <= now {
        return Err(format!("\"{said}\" has passed there"));
    }
    if at > now + FURTHEST {
        return Err(format!("\"{said}\" is more than a year away"));
    }
    Ok(at)
}

fn moment(words: &str, now: Micros, zone: Tz) -> Option<Micros> {
    let words: Vec<&str> =
        words.split([' ', ',', '\t']).filter(|word| !word.is_empty() && *word != "at").collect();
    if let ["in", rest @ ..] = words.as_slice() {
        return Some(now + span(&rest.concat())?);
    }
    let today = local(now, zone)?.date_naive();
    let on = |date: NaiveDate, time: &[&str]| {
        let found = instants(zone, date, minute(&time.concat())?);
        // The first of two that is still to come.
        found.iter().copied().find(|at| *at > now).or(found.last().copied())
    };
    match words.as_slice() {
        [] => None,
        ["today", time @ ..] => on(today, time),
        // As it is said here: `Fri 28 Nov 09:00`.
        [day, date @ .., time] if date.len() == 2 && weekday(day).is_some() && month(date[1]).is_some() => {
            moment(&[date[0], date[1], *time].join(" "), now, zone)
        }
        ["tomorrow", time @ ..] => on(today.succ_opt()?, time),
        [day, time @ ..] if weekday(day).is_some() => {
            let ahead = (7 + weekday(day)? - today.weekday().num_days_from_monday()) % 7;
            let first = on(today.checked_add_days(Days::new(ahead.into()))?, time)?;
            if first > now { Some(first) } else { on(today.checked_add_days(Days::new(7))?, time) }
        }
        [day, name, time @ ..] if month(name).is_some() => {
            let (day, month) = (day.trim_end_matches('.').parse().ok()?, month(name)?);
            let dates =
                [today.year(), today.year() + 1].map(|year| NaiveDate::from_ymd_opt(year, month, day));
            let date = dates.into_iter().flatten().find(|date| *date >= today)?;
            on(date, time)
        }
        [date, time @ ..] if date.len() == 10 && !time.is_empty() => {
            on(NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?, time)
        }
        time => on(today, time).filter(|at| *at > now).or_else(|| on(today.succ_opt()?, time)),
    }
}

/// `2 h`, `90 min`, `1 h 30 min`, `3 days`, with or without spaces.
fn span(text: &str) -> Option<Duration> {
    let mut left = text;
    let mut seconds = 0_u64;
    while !left.is_empty() {
        let digits = left.len() - left.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let count: u64 = left.get(..digits)?.parse().ok().filter(|count| *count < 100_000)?;
        left = &left[digits..];
        let letters = left.find(|c: char| c.is_ascii_digit()).unwrap_or(left.len());
        let unit = match &left[..letters] {
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86_400,
            "w" | "week" | "weeks" => 7 * 86_400,
            _ => return None,
        };
        seconds += count * unit;
        left = &left[letters..];
    }
    (seconds > 0).then_some(Duration::from_secs(seconds))
}

/// `9`, `9:30`, `15.30`, `1530`, `9am`, `3:30 pm`: minutes since midnight.
fn minute(text: &str) -> Option<u16> {
    let (text, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(text), _) => (text, Some(0)),
        (_, Some(text)) => (text, Some(12)),
        _ => (text.strip_suffix('h').unwrap_or(text), None),
    };
    let (hours, minutes) = match text.split_once([':', '.', 'h']) {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if text.len() == 4 => text.split_at_checked(2)?,
        None => (text, "0"),
    };
    let number = |text: &str| -> Option<u16> {
        (!text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let hours = match half {
        Some(noon) if (1..=12).contains(&hours) => hours % 12 + noon,
        Some(_) => return None,
        None => hours,
    };
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn weekday(word: &str) -> Option<u32> {
    let full = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let at = full.iter().position(|day| word.len() >= 3 && day.starts_with(word));
    at.or_else(|| DAYS.iter().position(|day| *day == word)).and_then(|at| u32::try_from(at).ok())
}

fn month(word: &str) -> Option<u32> {
    let short = word.get(..3).filter(|_| word.chars().all(char::is_alphabetic))?;
    u32::try_from(MONTHS.iter().position(|name| *name == short)?).ok().map(|at| at + 1)
}

/// Begins the reason of a job that waits for the end of quiet hours; what follows is the customer's clock.
pub const QUIET: &str = "quiet hours till ";
/// Begins the reason of a job whose time somebody chose.
pub const CHOSEN: &str = "chosen for ";

/// Why a job waits until `till`.
pub fn quiet(till: Micros, now: Micros, zone: Tz) -> String {
    const DAY: Duration = Duration::from_secs(86_400);
    let words = said(till, now, zone);
    let clock = words.rsplit(' ').next().unwrap_or_default();
    // Till when tonight ends is clear without its date.
    format!("{QUIET}{}", if till.since(now) < DAY { clock } else { &words })
}

/// Why a job waits for the time that was chosen for it.
pub fn chosen(at: Micros, now: Micros, zone: Tz) -> String {
    format!("{CHOSEN}{}", said(at, now, zone))
}

/// The reason of such a job as a sentence, with the desk's own clock where that is another.
pub fn sentence(reason: &str, here: &str) -> Option<String> {
    let (words, there) = match (reason.strip_prefix(QUIET), reason.strip_prefix(CHOSEN)) {
        (Some(there), _) => ("waits: quiet hours till", there),
        (_, Some(there)) => ("sends", there),
        _ => return None,
    };
    Some(format!("{words} {}", both(there, here)))
}

/// What the customer's clock says, and the desk's where that says something else.
pub fn both(there: &str, here: &str) -> String {
    let (day, clock) = here.rsplit_once(' ').unwrap_or(("", here));
    if here.is_empty() || there.ends_with(clock) {
        there.to_owned()
    } else if !day.is_empty() && there.contains(day) {
        format!("{there} there, {clock} here")
    } else {
        format!("{there} there, {here} here")
    }
}

/// `tomorrow 08:00`: what one would type to mean this moment.
pub fn suggestion(at: Micros, now: Micros, zone: Tz) -> String {
    let date = |at: Micros| Some(local(at, zone)?.date_naive());
    match (date(at), date(now).and_then(|today| today.succ_opt())) {
        (Some(day), Some(tomorrow)) if day == tomorrow => {
            local(at, zone).map_or_else(String::new, |time| time.format("tomorrow %H:%M").to_string())
        }
        _ => said(at, now, zone),
    }
}

/// `Mon 24 Nov 09:00` by the clock of `zone`; today without the day.
pub fn said(at: Micros, now: Micros, zone: Tz) -> String {
    let (Some(at), Some(now)) = (local(at, zone), local(now, zone)) else { return String::new() };
    let form = if at.date_naive() == now.date_naive() { "%H:%M" } else { "%a %d %b %H:%M" };
    at.format(form).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NEW_YORK: Tz = Tz::America__New_York;

    fn utc(text: &str) -> Micros {
        Micros::parse_rfc3339(text).unwrap()
    }

    /// TWS-92: Wednesday 2025-11-26, 14:30 in New York.
    #[test]
    fn tws_92_times_as_people_say_them() {
        let now = utc("2025-11-26T14:30:00-05:00");
        let table = [
            ("tomorrow 9", "2025-11-27T09:00:00-05:00"),
            ("Tomorrow at 9:15", "2025-11-27T09:15:00-05:00"),
            ("fri 15:30", "2025-11-28T15:30:00-05:00"),
            ("friday, 3:30 pm", "2025-11-28T15:30:00-05:00"),
            ("wed 15:00", "2025-11-26T15:00:00-05:00"),
            ("wed 14:30", "2025-12-03T14:30:00-05:00"),
            ("tue 8", "2025-12-02T08:00:00-05:00"),
            ("in 2 h", "2025-11-26T16:30:00-05:00"),
            ("in 90min", "2025-11-26T16:00:00-05:00"),
            ("in 1 h 30 min", "2025-11-26T16:00:00-05:00"),
            ("in 3 days", "2025-11-29T14:30:00-05:00"),
            ("16", "2025-11-26T16:00:00-05:00"),
            ("16.05", "2025-11-26T16:05:00-05:00"),
            ("1605", "2025-11-26T16:05:00-05:00"),
            ("14:00", "2025-11-27T14:00:00-05:00"),
            ("9am", "2025-11-27T09:00:00-05:00"),
            ("12 am", "2025-11-27T00:00:00-05:00"),
            ("12pm", "2025-11-27T12:00:00-05:00"),
            ("today 20", "2025-11-26T20:00:00-05:00"),
            ("24 dec 9:00", "2025-12-24T09:00:00-05:00"),
            ("2 January 9", "2026-01-02T09:00:00-05:00"),
            ("2026-03-01 08:05", "2026-03-01T08:05:00-05:00"),
        ];
        for (words, at) in table {
            assert_eq!(read(words, now, NEW_YORK), Ok(utc(at)), "{words}");
        }
    }

    #[test]
    fn on_days_of_23_and_25_hours() {
        // 02:30 is left out on 2026-03-08, and comes twice on 2026-11-01 as 01:30.
        let before = utc("2026-03-07T12:00:00-05:00");
        assert_eq!(read("tomorrow 2:30", before, NEW_YORK), Ok(utc("2026-03-08T03:00:00-04:00")));
        assert_eq!(read("tomorrow 9", before, NEW_YORK), Ok(utc("2026-03-08T09:00:00-04:00")));
        let before = utc("2026-10-31T12:00:00-04:00");
        assert_eq!(read("tomorrow 1:30", before, NEW_YORK), Ok(utc("2026-11-01T01:30:00-04:00")));
        let between = utc("2026-11-01T01:40:00-04:00");
        assert_eq!(read("1:30", between, NEW_YORK), Ok(utc("2026-11-01T01:30:00-05:00")));
    }

    #[test]
    fn what_is_no_time_has_passed_or_is_years_away_is_refused() {
        let now = utc("2025-11-26T14:30:00-05:00");
        for words in [
            "", "soon", "tomorrow", "fri", "in", "in 2", "in h", "25", "9:5", "9:60", "13pm", "0am",
            "31 nov 9", "é",
        ] {
            let refused = read(words, now, NEW_YORK).unwrap_err();
            assert!(refused.contains("is no time; write tomorrow 9"), "{words}: {refused}");
        }
        assert_eq!(read("today 14", now, NEW_YORK).unwrap_err(), "\"today 14\" has passed there");
        assert_eq!(
            read("in 400 days", now, NEW_YORK).unwrap_err(),
            "\"in 400 days\" is more than a year away"
        );
    }

    #[test]
    fn a_moment_is_said_by_the_clock_it_is_for() {
        let now = utc("2025-11-26T14:30:00-05:00");
        assert_eq!(said(utc("2025-11-26T20:00:00-05:00"), now, NEW_YORK), "20:00");
        assert_eq!(said(utc("2025-11-28T09:05:00-05:00"), now, NEW_YORK), "Fri 28 Nov 09:05");
    }

    #[test]
    fn what_a_job_waits_for_is_said_by_both_clocks() {
        let now = utc("2025-11-26T22:30:00-05:00");
        let (night, weekend) = (utc("2025-11-27T08:00:00-05:00"), utc("2025-11-30T12:00:00-05:00"));
        assert_eq!(quiet(night, now, NEW_YORK), "quiet hours till 08:00");
        assert_eq!(quiet(weekend, now, NEW_YORK), "quiet hours till Sun 30 Nov 12:00");
        let table = [
            (quiet(night, now, NEW_YORK), "08:00", "waits: quiet hours till 08:00"),
            (quiet(night, now, NEW_YORK), "17:00", "waits: quiet hours till 08:00 there, 17:00 here"),
            (quiet(night, now, NEW_YORK), "", "waits: quiet hours till 08:00"),
            (chosen(weekend, now, NEW_YORK), "30 Nov 12:00", "sends Sun 30 Nov 12:00"),
            (chosen(weekend, now, NEW_YORK), "30 Nov 21:00", "sends Sun 30 Nov 12:00 there, 21:00 here"),
        ];
        for (reason, here, said) in table {
            assert_eq!(sentence(&reason, here).as_deref(), Some(said));
        }
        assert_eq!(sentence("503 the upstream", "17:00"), None);
    }

    proptest! {
        #[test]
        fn never_panics_and_what_it_answers_is_to_come(
            words in "\\PC{0,14}|(in|fri|tomorrow|24 nov) [0-9]{1,6}(:[0-9]{0,3})?( ?(h|min|am|pm))?",
            at in 0_i64..4_000_000_000_000_000,
        ) {
            if let Ok(then) = read(&words, Micros(at), NEW_YORK) {
                prop_assert!(then > Micros(at));
            }
        }

        /// What is said of a moment within a week is read as the same moment.
        #[test]
        fn said_and_read_again(minutes in 1_u64..6 * 1440, at in 1_700_000_000_i64..1_900_000_000) {
            let now = Micros::from_secs(at / 60 * 60);
            let then = now + Duration::from_secs(minutes * 60);
            for words in [said(then, now, Tz::Indian__Mauritius), suggestion(then, now, Tz::Indian__Mauritius)] {
                prop_assert_eq!(read(&words, now, Tz::Indian__Mauritius), Ok(then));
            }
        }
    }
}
