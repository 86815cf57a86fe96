//! `cordboard sms cost`: what texts have cost, as Twilio reported it; estimates are not mixed in.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::domain::phone::E164;
use crate::domain::time::Micros;
use crate::store::costs::{self, By, Cost};

const DAY: Duration = Duration::from_secs(86_400);

#[derive(clap::Args)]
pub struct Args {
    /// The first day, such as 2026-01-31; the last 30 days unless given
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// The last day
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Sums of conversations instead of days
    #[arg(long)]
    by_conversation: bool,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let desk = context.desk()?;
        let now = clock::now();
        let before = day(self.to.as_deref())?.unwrap_or(now) + DAY;
        let from = day(self.from.as_deref())?.unwrap_or(now - 30 * DAY);
        let by = if self.by_conversation { By::Conversation } else { By::Day };
        let costs = costs::between(&desk.db, &desk.actor, from, before, by)?;
        if desk.output.is_json() {
            costs.iter().try_for_each(|cost| desk.output.json(&as_json(cost)))?;
            return Ok(Exit::Ok);
        }
        let row = |cost: &Cost| {
            let number = E164::parse(&cost.of);
            let of = number.map_or_else(|| cost.of.clone(), |number| desk.shown_number(&number));
            let counts = [cost.texts.to_string(), cost.segments.to_string()];
            [vec![of, cost.name.to_string()], counts.to_vec(), vec![cost.spent.shown().join(", ")]].concat()
        };
        let rows: Vec<_> = costs.iter().map(row).collect();
        let first = if self.by_conversation { "Number" } else { "Day" };
        desk.output.table(&[first, "Customer", "Texts", "Segments", "Spent"], &rows)?;
        Ok(Exit::Ok)
    }
}

fn day(given: Option<&str>) -> Result<Option<Micros>> {
    let Some(given) = given else { return Ok(None) };
    let wrong = || refuse(Exit::Usage, format!("{given} is no day: write it like 2026-01-31"));
    Micros::parse_date(given).map(Some).ok_or_else(wrong)
}

fn as_json(cost: &Cost) -> serde_json::Value {
    json!({
        "of": cost.of, "customer": cost.name.as_str(), "texts": cost.texts, "segments": cost.segments,
        "spent": cost.spent.shown(),
    })
}
