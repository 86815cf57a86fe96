//! Points in time as UTC microseconds, and the forms in which they are written. No clock here:
//! whoever needs the time is handed it.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    /// From whole seconds since 1970.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs * 1_000_000)
    }

    /// RFC 3339 with milliseconds, as NIC's documents write times: `2024-11-28T10:30:00.000Z`.
    pub fn rfc3339(self) -> String {
        self.datetime().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// Reads RFC 3339.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self(time.timestamp_micros()))
    }

    /// RFC 2822, as Twilio's 2010 API writes times (FACTS 1): `Fri, 24 May 2019 17:44:46 +0000`.
    pub fn rfc2822(self) -> String {
        self.datetime().to_rfc2822()
    }

    /// Reads RFC 2822; also the `GMT` form of HTTP's `Date` header.
    pub fn parse_rfc2822(text: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc2822(text).ok()?;
        Some(Self(time.timestamp_micros()))
    }

    /// The UTC calendar day, `YYYY-MM-DD`.
    pub fn date(self) -> String {
        self.datetime().format("%Y-%m-%d").to_string()
    }

    /// Midnight UTC of a `YYYY-MM-DD` day.
    pub fn parse_date(text: &str) -> Option<Self> {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(Self(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros()))
    }

    /// The time from `earlier` to `self`, zero if it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    fn datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

impl Add<Duration> for Micros {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Micros {
    type Output = Self;

    fn sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }
}

/// `14:05 UTC` style output is not for people in general; this is the unambiguous short form.
impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.datetime().format("%Y-%m-%d %H:%M:%S UTC"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_round_trip() {
        let time = Micros::parse_rfc3339("2024-11-28T10:30:00Z").unwrap();
        assert_eq!(time.rfc3339(), "2024-11-28T10:30:00.000Z");
        assert_eq!(time.rfc2822(), "Thu, 28 Nov 2024 10:30:00 +0000");
        assert_eq!(Micros::parse_rfc2822(&time.rfc2822()), Some(time));
        assert_eq!(Micros::parse_rfc2822("Thu, 28 Nov 2024 10:30:00 GMT"), Some(time));
        assert_eq!(time.date(), "2024-11-28");
        assert_eq!(Micros::parse_date("2024-11-28").unwrap().rfc3339(), "2024-11-28T00:00:00.000Z");
        assert_eq!(Micros::parse_date("28.11.2024"), None);
    }

    #[test]
    fn since_never_underflows() {
        assert_eq!(Micros(5).since(Micros(9)), Duration::ZERO);
        assert_eq!(Micros(9).since(Micros(5)), Duration::from_micros(4));
    }
}
