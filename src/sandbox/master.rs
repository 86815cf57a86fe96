//! The master's customers and its feed, `GET /customers`: oldest change first, in pages by cursor. Whoever
//! is saved while somebody pages comes again further back, as in real systems.

use serde_json::json;

use super::call::Call;
use super::reply::Reply;
use super::{Config, View};
use crate::domain::time::Micros;
use crate::wire;

#[derive(Default)]
pub(super) struct Master {
    rows: Vec<Row>,
    saves: u64,
}

struct Row {
    customer: wire::MasterCustomer,
    changed: Micros,
    /// Counts saves: the cursor is that of the last row of a page.
    save: u64,
}

impl Master {
    pub fn save(&mut self, customer: wire::MasterCustomer, now: Micros) {
        self.saves += 1;
        let known = self.rows.iter().position(|row| row.customer.id == customer.id);
        let before = known.map(|at| self.rows.remove(at).customer).unwrap_or_default();
        let customer = wire::MasterCustomer {
            policy_number: customer.policy_number.or(before.policy_number),
            name: customer.name.or(before.name),
            mobile: customer.mobile.or(before.mobile).or(Some(None)),
            email: customer.email.or(before.email).or(Some(None)),
            updated_at: Some(now.rfc3339()),
            ..customer
        };
        self.rows.push(Row { customer, changed: now, save: self.saves });
    }

    pub fn customers(&self) -> Vec<wire::MasterCustomer> {
        self.rows.iter().map(|row| row.customer.clone()).collect()
    }

    pub fn serve(&self, config: &Config, call: &Call<'_>, view: &View) -> Reply {
        let bearer = call.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        if bearer != Some(config.upstream_token.as_str()) {
            return Reply::upstream_error(401, "Unauthorized");
        }
        if call.method != http::Method::GET || !call.route().is_empty() {
            return Reply::upstream_error(404, "Not found");
        }
        let number = |name| call.param(name).map_or(Ok(0), str::parse::<u64>);
        let (Ok(cursor), Ok(limit)) = (number("cursor"), number("limit")) else {
            return Reply::upstream_error(400, "Unknown cursor or limit");
        };
        let since = call.param("updated_since").and_then(Micros::parse_rfc3339);
        let wanted = |row: &&Row| {
            row.save > cursor
                && row.changed <= view.lists_as_of
                && since.is_none_or(|since| row.changed >= since)
        };
        let limit = if limit == 0 { 100 } else { usize::try_from(limit).unwrap_or(100) };
        let mut rows: Vec<&Row> = self.rows.iter().filter(wanted).take(limit + 1).collect();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| row.save.to_string());
        if let Some(shuffle) = view.shuffle {
            // Out of order, and one of them twice.
            rows.extend(rows.first().copied());
            shuffle.apply(&mut rows);
        }
        let customers: Vec<_> = rows.iter().map(|row| &row.customer).collect();
        Reply::json(200, &json!({ "customers": customers, "next_cursor": next }))
    }
}
