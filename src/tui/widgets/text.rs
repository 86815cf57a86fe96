//! Text in cells: wrapping, cutting, padding, times and numbers as people here read them.

use std::ops::Range;

use chrono::{DateTime, FixedOffset, TimeZone as _, Utc};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::domain::phone::{E164, PhonePolicy};
use crate::domain::shown::MANY;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// Byte ranges of the rows that `text` fills at `width` cells: broken at spaces where there are any.
pub fn rows(text: &str, width: usize) -> Vec<Range<usize>> {
    let width = width.max(2);
    let mut rows = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        wrap_line(line, start, width, &mut rows);
        start += line.len() + 1;
    }
    rows
}

fn wrap_line(line: &str, offset: usize, width: usize, rows: &mut Vec<Range<usize>>) {
    let (mut begin, mut used, mut space) = (0, 0, None);
    for (at, grapheme) in line.grapheme_indices(true) {
        let cells = grapheme.width();
        // A space at the end of a row hangs over; a word that was taken along may be too long itself.
        while used + cells > width && grapheme != " " && at > begin {
            let end = space.filter(|space| *space > begin).unwrap_or(at);
            rows.push(offset + begin..offset + end);
            begin = end;
            used = line[begin..at].width();
            space = None;
        }
        if grapheme == " " {
            space = Some(at + 1);
        }
        used += cells;
    }
    rows.push(offset + begin..offset + line.len());
}

/// The rows themselves.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    rows(text, width).into_iter().map(|row| text[row].trim_end_matches(' ').to_owned()).collect()
}

/// Exactly `width` cells: cut with a mark, or filled with spaces.
pub fn pad(text: &SafeText, width: usize) -> String {
    let mut cut = text.cut(width);
    let missing = width.saturating_sub(cut.width());
    cut.extend(std::iter::repeat_n(' ', missing));
    cut
}

/// A number as people of the desk's region write it; anything else as it is.
pub fn phone(policy: &PhonePolicy, value: &SafeText) -> SafeText {
    match E164::parse(value.as_str()) {
        Some(number) => SafeText::new(&policy.national(&number)),
        None => value.clone(),
    }
}

fn local(at: Micros, offset: i32) -> Option<DateTime<FixedOffset>> {
    let zone = FixedOffset::east_opt(offset)?;
    Utc.timestamp_micros(at.0).single().map(|time| time.with_timezone(&zone))
}

/// `14:29` by the desk's own clock.
pub fn clock(at: Micros, offset: i32) -> String {
    local(at, offset).map_or_else(String::new, |time| time.format("%H:%M").to_string())
}

/// Days back for which a date needs no year: nobody takes it for the next one's.
const WITHOUT_YEAR: i64 = 300;

/// `14:29` today, `12 Nov` within the last months, `02 Mar 2025` before that.
pub fn when(at: Micros, now: Micros, offset: i32) -> String {
    let (Some(at), Some(now)) = (local(at, offset), local(now, offset)) else { return String::new() };
    if at.date_naive() == now.date_naive() { at.format("%H:%M").to_string() } else { day_of(&at, &now) }
}

/// `12 Nov` within the last months, `02 Mar 2025` before; today too.
pub fn day(at: Micros, now: Micros, offset: i32) -> String {
    match (local(at, offset), local(now, offset)) {
        (Some(at), Some(now)) => day_of(&at, &now),
        _ => String::new(),
    }
}

fn day_of(at: &DateTime<FixedOffset>, now: &DateTime<FixedOffset>) -> String {
    let days = (now.date_naive() - at.date_naive()).num_days();
    let form = if (-WITHOUT_YEAR..=WITHOUT_YEAR).contains(&days) { "%d %b" } else { "%d %b %Y" };
    at.format(form).to_string()
}

/// `12 Nov 14:29`, with the year if it is another.
pub fn stamp(at: Micros, now: Micros, offset: i32) -> String {
    let day = when(at, now, offset);
    let time = clock(at, offset);
    if day == time { time } else { format!("{day} {time}") }
}

/// `4 s`, `3 min`, `2 h`, `5 days`.
pub fn ago(at: Micros, now: Micros) -> String {
    let secs = now.since(at).as_secs();
    match secs {
        0..60 => format!("{secs} s"),
        60..3600 => format!("{} min", secs / 60),
        3600..86400 => format!("{} h", secs / 3600),
        86400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", secs / 86400),
    }
}

/// `45,000`.
pub fn thousands(n: i64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

/// A count of updates; one that was not counted to the end says so.
pub fn many(count: i64) -> String {
    if count == MANY { format!("{}+", thousands(MANY - 1)) } else { thousands(count) }
}

/// A reason of the role rules as a sentence of its own.
pub fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// The wall clock of an IANA zone, `None` if the zone is unknown.
pub fn zone_clock(at: Micros, zone: &str) -> Option<String> {
    let zone: chrono_tz::Tz = zone.parse().ok()?;
    Utc.timestamp_micros(at.0).single().map(|time| time.with_timezone(&zone).format("%H:%M").to_string())
}

/// `Indian/Mauritius` as people say it.
pub fn zone_name(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wrapping_breaks_at_spaces_and_keeps_every_byte() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(wrap("陳大文陳", 4), ["陳大", "文陳"]);
        assert_eq!(wrap("", 4), [""]);
    }

    proptest! {
        #[test]
        fn rows_fit_and_cover(text in "[a-z 陳é👩\n]{0,60}", width in 2_usize..20) {
            let rows = rows(&text, width);
            let mut at = 0;
            for row in &rows {
                prop_assert!(row.start == at || row.start == at + 1);
                prop_assert!(text[row.clone()].trim_end_matches(' ').width() <= width);
                at = row.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }

    #[test]
    fn times_read_as_people_say_them() {
        let now = Micros::parse_rfc3339("2025-11-28T10:30:00Z").unwrap();
        let at = |text| Micros::parse_rfc3339(text).unwrap();
        assert_eq!(when(at("2025-11-28T03:10:00Z"), now, 4 * 3600), "07:10");
        assert_eq!(when(at("2025-11-12T03:10:00Z"), now, 4 * 3600), "12 Nov");
        assert_eq!(when(at("2024-03-02T03:10:00Z"), now, 4 * 3600), "02 Mar 2024");
        assert_eq!(stamp(at("2025-11-12T03:10:00Z"), now, 4 * 3600), "12 Nov 07:10");
        assert_eq!(ago(at("2025-11-26T10:30:00Z"), now), "2 days");
        assert_eq!(zone_clock(now, "Indian/Mauritius"), Some("14:30".to_owned()));
        assert_eq!(zone_clock(now, "Atlantis"), None);
    }
}
