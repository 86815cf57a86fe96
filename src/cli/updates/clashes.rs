//! `cordboard updates clashes`: the contacts of which the agent's value, the one before and the master's all
//! differ (NIC-135).

use anyhow::Result;
use serde_json::json;

use crate::cli::context::{Context, Desk};
use crate::cli::exit::Exit;
use crate::domain::shown::{Clash, Clashes};
use crate::domain::text::SafeText;
use crate::domain::update::Field;
use crate::store::clash;

#[derive(clap::Args)]
pub struct Args {}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let Clashes { all, feed, failing } = clash::list(&desk.db, &desk.actor)?;
        if desk.output.is_json() {
            all.iter().try_for_each(|clash| desk.output.json(&as_json(clash)))?;
            return Ok(Exit::Ok);
        }
        if all.is_empty() {
            let compared = match (feed, desk.config.master.base_url.is_some()) {
                (Some(ended), _) => format!("its feed was read to the end at {ended}"),
                (None, true) => "its feed was not read to the end yet".to_owned(),
                (None, false) => "it is compared whenever a file of its customers is imported".to_owned(),
            };
            desk.output.line(format!("no contact is in clash with the master; {compared}"))?;
        }
        for clash in &all {
            tell(&mut desk, clash)?;
        }
        if let Some(why) = failing {
            desk.output.note(format!("the master's feed cannot be read: {why}"));
        }
        if all.is_empty() {
            return Ok(Exit::Ok);
        }
        desk.output.note("decide one with `cordboard updates resolve NO --take ours|theirs|VALUE`");
        Ok(Exit::Ok)
    }
}

fn tell(desk: &mut Desk<'_>, clash: &Clash) -> Result<()> {
    let shown = |value: &Option<SafeText>| {
        let value = value.as_ref().map(SafeText::as_str);
        match (value, Field::parse(&clash.field)) {
            (Some(value), Some(field)) => desk.shown(field, value),
            _ => "nothing".to_owned(),
        }
    };
    let newest = clash.witnesses.last().map_or(0, |witness| witness.seq);
    let mut lines = vec![format!("{newest}  {}  {}  {}", clash.policy, clash.name, clash.field)];
    lines.push(format!("    was     {}", shown(&clash.was)));
    for witness in &clash.witnesses {
        let notes = witness.notes.as_str();
        let notes = if notes.is_empty() { String::new() } else { format!("  \"{notes}\"") };
        lines.push(format!(
            "    ours    {}  {}  {} (#{})  {}{notes}",
            shown(&Some(witness.new.clone())),
            witness.at,
            witness.agent_name,
            witness.agent,
            witness.reason
        ));
    }
    let read = clash.read.map(|read| format!("  read {read}")).unwrap_or_default();
    let changed = clash.changed.map(|changed| format!(", changed {changed}")).unwrap_or_default();
    lines.push(format!("    theirs  {}{read}{changed}", shown(&clash.theirs)));
    if clash.held > 0 {
        lines.push(format!("    {} of the machine's texts wait for the decision", clash.held));
    }
    lines.into_iter().try_for_each(|line| desk.output.line(line))
}

fn as_json(clash: &Clash) -> serde_json::Value {
    let text = |value: &Option<SafeText>| value.as_ref().map(|value| value.as_str().to_owned());
    let witnesses: Vec<_> = clash
        .witnesses
        .iter()
        .map(|witness| {
            json!({
                "id": witness.seq, "captured_at": witness.at.rfc3339(), "agent_id": witness.agent,
                "agent_name": witness.agent_name.as_str(), "old": text(&witness.old),
                "new": witness.new.as_str(), "reason": witness.reason, "notes": witness.notes.as_str(),
                "verified_by": text(&witness.verified_by), "status": witness.status,
            })
        })
        .collect();
    json!({
        "customer": clash.customer.to_string(), "policy_number": clash.policy.as_str(),
        "customer_name": clash.name.as_str(), "field": clash.field, "since": clash.since.rfc3339(),
        "was": text(&clash.was), "ours": clash.ours.as_str(), "theirs": text(&clash.theirs),
        "read_at": clash.read.map(|read| read.rfc3339()),
        "changed_at": clash.changed.map(|changed| changed.rfc3339()),
        "texts_held": clash.held, "updates": witnesses,
    })
}
