//! Days as people name them in a filter (NIC-90): `yesterday`, `last week`, `01-28 Nov`. Pure: the
//! time and the distance of the local clock from UTC are handed in.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate};

use super::time::Micros;

/// What is understood, for the sentence that refuses the rest.
pub const UNDERSTOOD: &str = "today, yesterday, this week, last week, this month, last month, a day like 24 Nov or \
    2025-11-01, or days like 01-28 Nov";

const WEEK: Days = Days::new(7);
const MONTH: Months = Months::new(1);
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads days as `(from, before)`: at or after the first, before the second. Weeks begin on Monday;
/// a day without a year is the latest one that has come.
///
/// # Errors
/// A sentence that names what is understood.
pub fn read(words: &str, now: Micros, offset_seconds: i32) -> Result<(Micros, Micros), String> {
    let offset = i64::from(offset_seconds) * 1_000_000;
    let instant = |day: NaiveDate| {
        let midnight = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros();
        midnight.checked_sub(offset).map(Micros)
    };
    let span = local_day(now, offset).and_then(|today| days(&words.trim().to_lowercase(), today));
    span.and_then(|(first, next)| Some((instant(first)?, instant(next)?)))
        .ok_or_else(|| format!("\"{}\" is no day; write {UNDERSTOOD}", words.trim()))
}

fn local_day(now: Micros, offset: i64) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp_micros(now.0.checked_add(offset)?)?.date_naive())
}

/// The first day, and the day after the last.
fn days(words: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let monday = today.checked_sub_days(Days::new(today.weekday().num_days_from_monday().into()))?;
    let first = today.with_day(1)?;
    match words {
        "today" => Some((today, today.succ_opt()?)),
        "yesterday" => Some((today.pred_opt()?, today)),
        "this week" => Some((monday, monday.checked_add_days(WEEK)?)),
        "last week" => Some((monday.checked_sub_days(WEEK)?, monday)),
        "this month" => Some((first, first.checked_add_months(MONTH)?)),
        "last month" => Some((first.checked_sub_months(MONTH)?, first)),
        _ => match NaiveDate::parse_from_str(words, "%Y-%m-%d") {
            Ok(day) => Some((day, day.succ_opt()?)),
            Err(_) => spoken(words, today),
        },
    }
}

/// `24 Nov`, `24 Nov 2025`, `01-28 Nov`, `01-28 Nov 2025`.
fn spoken(words: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let mut words = words.split_whitespace();
    let (numbers, month, year) = (words.next()?, words.next()?, words.next());
    if words.next().is_some() {
        return None;
    }
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    let month = month.get(..3).filter(|_| month.chars().all(char::is_alphabetic))?;
    let month = u32::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let span = |year: i32| {
        let day = |number: u32| NaiveDate::from_ymd_opt(year, month, number);
        Some((day(first)?, day(last)?.succ_opt()?)).filter(|(from, before)| from < before)
    };
    match year {
        Some(year) => span(year.parse().ok().filter(|year| (1970..=9999).contains(year))?),
        // 29 Feb may be years ago.
        None => (today.year() - 8..=today.year()).rev().filter_map(span).find(|(from, _)| *from <= today),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAURITIUS: i32 = 4 * 3600;

    fn utc(text: &str) -> Micros {
        Micros::parse_rfc3339(text).unwrap()
    }

    /// Wednesday 2025-11-26 in Mauritius, still Tuesday in London.
    fn now() -> Micros {
        utc("2025-11-25T21:30:00Z")
    }

    #[test]
    fn nic_90_days_as_people_name_them() {
        let table = [
            ("today", "2025-11-26", "2025-11-27"),
            ("Yesterday", "2025-11-25", "2025-11-26"),
            ("this week", "2025-11-24", "2025-12-01"),
            ("last week", "2025-11-17", "2025-11-24"),
            ("this month", "2025-11-01", "2025-12-01"),
            ("last month", "2025-10-01", "2025-11-01"),
            ("2025-11-01", "2025-11-01", "2025-11-02"),
            (" 24 Nov ", "2025-11-24", "2025-11-25"),
            ("24 november", "2025-11-24", "2025-11-25"),
            ("26 nov", "2025-11-26", "2025-11-27"),
            ("27 Nov", "2024-11-27", "2024-11-28"),
            ("01-28 Nov", "2025-11-01", "2025-11-29"),
            ("1-31 dec", "2024-12-01", "2025-01-01"),
            ("29 Feb", "2024-02-29", "2024-03-01"),
            ("24 Nov 2023", "2023-11-24", "2023-11-25"),
            ("01-28 Nov 2023", "2023-11-01", "2023-11-29"),
        ];
        for (words, from, before) in table {
            let midnight = |day: &str| utc(&format!("{day}T00:00:00+04:00"));
            assert_eq!(read(words, now(), MAURITIUS), Ok((midnight(from), midnight(before))), "{words}");
        }
        let london = (utc("2025-11-25T00:00:00Z"), utc("2025-11-26T00:00:00Z"));
        assert_eq!(read("today", now(), 0), Ok(london), "the local day counts");
    }

    #[test]
    fn nic_90_anything_else_is_refused_with_what_is_understood() {
        for words in [
            "",
            "soon",
            "31 Nov",
            "28-01 Nov",
            "0 Nov",
            "24.11.2025",
            "24",
            "Nov",
            "24 Nov 25 x",
            "24 No",
            "é nov",
        ] {
            let refused = read(words, now(), MAURITIUS).unwrap_err();
            assert!(refused.starts_with(&format!("\"{words}\" is no day; write today, ")), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_never_answers_with_nothing(
            words in "\\PC{0,12}|[0-9]{1,10}-?[0-9]{0,10} (nov|feb)( [0-9]{1,10})?",
            at in any::<i64>(),
            offset in any::<i32>(),
        ) {
            if let Ok((from, before)) = read(&words, Micros(at), offset) {
                prop_assert!(from < before);
            }
        }
    }
}
