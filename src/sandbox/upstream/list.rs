//! `GET /customer_contact_updates`: filters, offset paging and the total (NIC-80..84). Newest first, so
//! rows that arrive while somebody pages shift the offsets, as they do in real systems.

use std::time::Duration;

use super::{Refusal, Upstream};
use crate::domain::time::Micros;
use crate::sandbox::View;
use crate::sandbox::call::Call;
use crate::sandbox::reply::Reply;
use crate::wire;

const DAY: Duration = Duration::from_hours(24);

impl Upstream {
    pub(super) fn list(&self, call: &Call<'_>, view: &View) -> Result<Reply, Refusal> {
        let agent: Option<i64> = number(call, "agent_id")?;
        let from = day(call, "from_date")?;
        // The last day counts in full.
        let until = day(call, "to_date")?.map(|day| day + DAY);
        let limit: Option<usize> = number(call, "limit")?;
        let offset: Option<usize> = number(call, "offset")?;
        let as_of = view.lists_as_of;
        let in_range = |row: &&super::Row| {
            row.received <= as_of
                && from.is_none_or(|from| from <= row.captured)
                && until.is_none_or(|until| row.captured < until)
        };
        let wanted = |row: &wire::UpdateRow| {
            agent.is_none_or(|agent| row.agent_id == Some(agent))
                && call.param("status").is_none_or(|status| row.status.as_deref() == Some(status))
        };
        let mut rows: Vec<wire::UpdateRow> =
            self.rows.iter().rev().filter(in_range).map(|row| row.as_of(as_of)).filter(wanted).collect();
        if let Some(shuffle) = view.shuffle {
            shuffle.apply(&mut rows);
        }
        let total = rows.len() as u64;
        let updates = rows.into_iter().skip(offset.unwrap_or(0)).take(limit.unwrap_or(50)).collect();
        Ok(Reply::json(200, &wire::UpdatePage { total, updates }))
    }
}

fn number<T: std::str::FromStr>(call: &Call<'_>, name: &str) -> Result<Option<T>, Refusal> {
    let read = |text: &str| text.parse().map_err(|_| (400, format!("{name} '{text}' is not a number")));
    call.param(name).map(read).transpose()
}

fn day(call: &Call<'_>, name: &str) -> Result<Option<Micros>, Refusal> {
    let read = |text: &str| {
        let why = || (400, format!("{name} '{text}' is not a date like 2026-01-31"));
        Micros::parse_date(text).ok_or_else(why)
    };
    call.param(name).map(read).transpose()
}
