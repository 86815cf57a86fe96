//! Lists of messages (FACTS 3): filters, and pages that stay right while messages arrive. A page
//! token names the message next to the page, not a row number, so nothing is skipped or repeated.

use std::time::Duration;

use super::Twilio;
use super::message::Record;
use crate::domain::time::Micros;
use crate::sandbox::call::Call;
use crate::sandbox::reply::Reply;
use crate::sandbox::{Config, View};
use crate::wire;

const DAY: Duration = Duration::from_hours(24);

/// Where a page begins: the newest message, or beside one already shown.
#[derive(Clone, Copy)]
enum Start {
    Newest,
    Below(u64),
    Above(u64),
}

/// The decoded query.
struct Query {
    to: Option<String>,
    from: Option<String>,
    /// `DateSent` filters as a half-open range.
    sent: Option<(Micros, Micros)>,
    page_size: usize,
    page: usize,
    start: Start,
}

impl Twilio {
    pub(super) fn list(&self, config: &Config, call: &Call<'_>, view: &View) -> Reply {
        let query = match read(call) {
            Ok(query) => query,
            Err(why) => return Reply::twilio_error(400, 20001, why),
        };
        let now = view.lists_as_of;
        let matching: Vec<&Record> =
            self.records.iter().rev().filter(|record| query.matches(record, now)).collect();
        let mut rows = query.cut(&matching);
        let next = rows.last().filter(|last| matching.last().is_some_and(|oldest| oldest.seq < last.seq));
        let next = next.map(|last| query.uri(call, query.page + 1, &format!("PA{:016x}", last.seq)));
        let previous = rows.first().filter(|_| query.page > 0);
        let previous =
            previous.map(|first| query.uri(call, query.page - 1, &format!("PB{:016x}", first.seq)));
        if let Some(shuffle) = view.shuffle {
            shuffle.apply(&mut rows);
        }
        let start = query.page * query.page_size;
        Reply::json(
            200,
            &wire::MessagePage {
                messages: rows.iter().map(|record| record.resource(&config.account_sid, now)).collect(),
                page: Some(int(query.page)),
                page_size: Some(int(query.page_size)),
                start: Some(int(start)),
                end: Some(int(start + rows.len().saturating_sub(1))),
                first_page_uri: Some(query.uri(call, 0, "")),
                next_page_uri: next,
                previous_page_uri: previous,
                uri: Some(query.uri(call, query.page, call.param("PageToken").unwrap_or_default())),
            },
        )
    }
}

impl Query {
    fn matches(&self, record: &Record, now: Micros) -> bool {
        let is =
            |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        let was_sent_in = |(first, end): (Micros, Micros)| {
            // Not sent yet: no date, so no date filter finds it.
            record.date_sent(now).is_some_and(|sent| first <= sent && sent < end)
        };
        record.created <= now
            && is(&self.to, &record.to)
            && is(&self.from, &record.from)
            && self.sent.is_none_or(was_sent_in)
    }

    /// The page out of everything that matches, newest first.
    fn cut<'a>(&self, matching: &[&'a Record]) -> Vec<&'a Record> {
        match self.start {
            Start::Newest => matching.iter().take(self.page_size).copied().collect(),
            Start::Below(seq) => {
                matching.iter().filter(|record| record.seq < seq).take(self.page_size).copied().collect()
            }
            Start::Above(seq) => {
                let above = matching.iter().filter(|record| record.seq > seq).count();
                matching[above.saturating_sub(self.page_size)..above].to_vec()
            }
        }
    }

    fn uri(&self, call: &Call<'_>, page: usize, token: &str) -> String {
        let mut query: Vec<(&str, String)> = Vec::new();
        for name in FILTERS {
            query.extend(call.param(name).map(|value| (name, value.to_owned())));
        }
        query.push(("PageSize", self.page_size.to_string()));
        query.push(("Page", page.to_string()));
        if !token.is_empty() {
            query.push(("PageToken", token.to_owned()));
        }
        format!("{}?{}", call.path, serde_urlencoded::to_string(query).unwrap_or_default())
    }
}

const FILTERS: [&str; 5] = ["To", "From", "DateSent", "DateSent<", "DateSent>"];

fn read(call: &Call<'_>) -> Result<Query, String> {
    let page_size = number(call, "PageSize")?.unwrap_or(50);
    if !(1..=1000).contains(&page_size) {
        return Err(format!("PageSize {page_size} is not between 1 and 1000"));
    }
    Ok(Query {
        to: call.param("To").map(str::to_owned),
        from: call.param("From").map(str::to_owned),
        sent: sent_range(call)?,
        page_size,
        page: number(call, "Page")?.unwrap_or(0),
        start: call.param("PageToken").map_or(Ok(Start::Newest), start)?,
    })
}

fn number(call: &Call<'_>, name: &str) -> Result<Option<usize>, String> {
    call.param(name)
        .map(|text| text.parse().map_err(|_| format!("{name} '{text}' is not a number")))
        .transpose()
}

fn start(token: &str) -> Result<Start, String> {
    let read = || {
        let (kind, seq) = token.split_at_checked(2)?;
        let seq = u64::from_str_radix(seq, 16).ok()?;
        match kind {
            "PA" => Some(Start::Below(seq)),
            "PB" => Some(Start::Above(seq)),
            _ => None,
        }
    };
    read().ok_or_else(|| format!("PageToken '{token}' is not one of ours"))
}

/// `DateSent>` and `DateSent<` include the day they name (FACTS 3).
fn sent_range(call: &Call<'_>) -> Result<Option<(Micros, Micros)>, String> {
    let on = call.param("DateSent").map(span).transpose()?;
    let from = call.param("DateSent>").map(span).transpose()?;
    let until = call.param("DateSent<").map(span).transpose()?;
    if on.is_none() && from.is_none() && until.is_none() {
        return Ok(None);
    }
    let starts = [on, from].into_iter().flatten().map(|(start, _)| start);
    let ends = [on, until].into_iter().flatten().map(|(_, end)| end);
    Ok(Some((starts.max().unwrap_or(Micros(i64::MIN)), ends.min().unwrap_or(Micros(i64::MAX)))))
}

/// A GMT day, or the one second a full timestamp names.
fn span(text: &str) -> Result<(Micros, Micros), String> {
    if let Some(day) = Micros::parse_date(text) {
        return Ok((day, day + DAY));
    }
    let time = Micros::parse_rfc3339(text).or_else(|| Micros::parse_rfc2822(text));
    time.map(|time| (time, time + Duration::from_secs(1)))
        .ok_or_else(|| format!("DateSent '{text}' is not a GMT date like 2026-01-31"))
}

fn int(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
