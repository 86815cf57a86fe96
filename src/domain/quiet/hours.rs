//! Windows of a week by the clock of one place, and when several places are open at once. Real zone data:
//! days of 23 and 25 hours are right.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeZone as _, Timelike as _};
use chrono_tz::Tz;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::domain::time::Micros;

/// When texts may arrive on one day, in minutes since midnight: from, before. `None`: never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub Option<(u16, u16)>);

const MIDNIGHT: u16 = 24 * 60;

impl Day {
    pub const ALWAYS: Self = Self(Some((0, MIDNIGHT)));

    fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "never" => Some(Self(None)),
            "always" => Some(Self::ALWAYS),
            hours => {
                let (from, before) = hours.split_once('-')?;
                let (from, before) = (minutes(from)?, minutes(before)?);
                (from < before).then_some(Self(Some((from, before))))
            }
        }
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (hours, minutes): (u16, u16) = if digits(hours) && digits(minutes) {
        (hours.parse().ok()?, minutes.parse().ok()?)
    } else {
        return None;
    };
    (minutes < 60 && hours * 60 + minutes <= MIDNIGHT).then_some(hours * 60 + minutes)
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom("hours are written like \"08:00-21:00\", or \"never\" or \"always\"")
        })
    }
}

/// Monday first.
pub type Week = [Day; 7];

/// How far ahead an open minute is looked for: no rule is closed for longer.
const AHEAD: u64 = 9;

/// Is it open at this minute of this zone?
pub fn is_open(week: &Week, zone: Tz, at: Micros) -> bool {
    let Some(local) = local(at, zone) else { return false };
    let minute = local.hour() * 60 + local.minute();
    let day = week[local.weekday().num_days_from_monday() as usize];
    day.0.is_some_and(|(from, before)| (u32::from(from)..u32::from(before)).contains(&minute))
}

/// The first moment from `at` on at which it is open; `None` if that is not within days.
pub fn next_open(week: &Week, zone: Tz, at: Micros) -> Option<Micros> {
    if is_open(week, zone, at) {
        return Some(at);
    }
    let today = local(at, zone)?.date_naive();
    (0..=AHEAD).filter_map(|days| today.checked_add_days(Days::new(days))).find_map(|date| {
        let (from, _) = week[date.weekday().num_days_from_monday() as usize].0?;
        let opens = instants(zone, date, from).into_iter().find(|opens| *opens > at)?;
        is_open(week, zone, opens).then_some(opens)
    })
}

/// When it is this time on the clocks of `zone`, earliest first: once, twice where they are set back. Where
/// they are set forward over it, the first moment after.
pub fn instants(zone: Tz, date: NaiveDate, minute: u16) -> Vec<Micros> {
    let wanted = |minute: u16| {
        let time = NaiveTime::from_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0)?;
        Some(zone.from_local_datetime(&date.and_time(time)))
    };
    for minute in minute..MIDNIGHT {
        let found = match wanted(minute) {
            Some(chrono::LocalResult::Single(only)) => vec![only],
            Some(chrono::LocalResult::Ambiguous(first, second)) => vec![first, second],
            _ => continue,
        };
        return found.into_iter().map(|time| Micros(time.timestamp_micros())).collect();
    }
    Vec::new()
}

pub fn local(at: Micros, zone: Tz) -> Option<DateTime<Tz>> {
    Some(DateTime::from_timestamp_micros(at.0)?.with_timezone(&zone))
}
