//! `cordboard report`: what the contact updates of some days say (NIC-139..142), for people and for
//! programs.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::clock;
use super::context::Context;
use super::exit::{Exit, refuse};
use super::export::{DAY, day};
use crate::domain::shown::{Report, Share};
use crate::domain::time::Micros;
use crate::store::report;

/// Days that are looked at unless others are named.
const USUAL: u32 = 28;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Captured updates per day, reason and agent, how good the contacts are, what became of corrections
    Updates(Updates),
}

#[derive(clap::Args)]
struct Updates {
    /// From this day (UTC) on; four weeks ago unless given
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<String>,
    /// Up to this day (UTC); today unless given
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<String>,
    /// One number per line: what, of which, count
    #[arg(long)]
    csv: bool,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let What::Updates(args) = &self.what;
        let desk = context.desk()?;
        if args.csv && desk.output.is_json() {
            return Err(refuse(Exit::Usage, "--csv and --json are two forms: choose one"));
        }
        let today = Micros::parse_date(&clock::now().date()).unwrap_or_default();
        let before = day("--to", args.to.as_deref())?.unwrap_or(today) + DAY;
        let from = day("--from", args.from.as_deref())?.unwrap_or(before - DAY * USUAL);
        if from >= before {
            return Err(refuse(Exit::Usage, "--from: the first day is after the last one"));
        }
        let report = report::read(&desk.db, &desk.actor, from, before, 0)?;
        if desk.output.is_json() {
            desk.output.json(&as_json(&report))?;
        } else if args.csv {
            let mut out = csv::Writer::from_writer(desk.output.raw());
            out.write_record(["what", "of", "count"])?;
            for (what, of, count) in numbers(&report) {
                out.write_record([what, &of, &count.to_string()])?;
            }
            out.flush()?;
        } else {
            let rows: Vec<_> = numbers(&report)
                .into_iter()
                .filter(|(what, _, count)| *what != "day" || *count > 0)
                .map(|(what, of, count)| vec![what.to_owned(), of, count.to_string()])
                .collect();
            desk.output.table(&["What", "Of", "Count"], &rows)?;
        }
        Ok(Exit::Ok)
    }
}

/// The whole report as one list of numbers.
fn numbers(report: &Report) -> Vec<(&'static str, String, i64)> {
    let mut rows = vec![("updates", String::new(), report.updates)];
    rows.extend(report.days.iter().map(|(at, count)| ("day", at.date(), *count)));
    rows.extend(report.reasons.iter().map(|(reason, count)| ("reason", reason.clone(), *count)));
    for agent in &report.agents {
        let name = format!("#{} {}", agent.number, agent.name);
        rows.push(("agent", name.clone(), agent.updates));
        rows.push(("agent, rejected", name, agent.rejected));
    }
    let quality = &report.quality;
    rows.push(("customers", String::new(), quality.customers));
    for (field, share) in [("mobile", quality.mobile), ("email", quality.email)] {
        let Share { filled, proven, bad } = share;
        for (what, count) in [("have one", filled), ("proven", proven), ("dead", bad)] {
            rows.push((what, field.to_owned(), count));
        }
    }
    rows.push(("proven", "both".to_owned(), quality.both_proven));
    let success = &report.success;
    for (what, count) in
        [("values", success.values), ("reached", success.reached), ("failed", success.failed)]
    {
        rows.push(("corrected", what.to_owned(), count));
    }
    rows
}

fn as_json(report: &Report) -> serde_json::Value {
    let share =
        |share: &Share| json!({ "have_one": share.filled, "proven": share.proven, "dead": share.bad });
    json!({
        "from": report.from.date(), "to": Micros(report.before.0 - 1).date(), "updates": report.updates,
        "days": report.days.iter().map(|(at, count)| json!({ "day": at.date(), "updates": count })).collect::<Vec<_>>(),
        "reasons": report.reasons.iter().map(|(reason, count)| json!({ "reason": reason, "updates": count }))
            .collect::<Vec<_>>(),
        "agents": report.agents.iter().map(|agent| json!({
            "agent_id": agent.number, "agent_name": agent.name.as_str(), "updates": agent.updates, "rejected": agent.rejected,
        })).collect::<Vec<_>>(),
        "customers": report.quality.customers,
        "mobile": share(&report.quality.mobile), "email": share(&report.quality.email),
        "both_proven": report.quality.both_proven,
        "corrected": {
            "values": report.success.values, "reached": report.success.reached, "failed": report.success.failed,
        },
    })
}
