//! `cordboard customers merge` and `split`: two customers who are one person, and two again.

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::{Exit, refuse};
use crate::domain::ids::MergeId;
use crate::domain::merge::{Side, take};
use crate::domain::shown::{Choice, Sides};
use crate::domain::update::Field;
use crate::store::merge::{self, Takes};

#[derive(clap::Args)]
pub struct Args {
    /// Who is kept: id, policy number, master id, phone number or e-mail
    keep: String,
    /// Who goes: found under the one who is kept from then on
    gone: String,
    /// Whose value to take, such as company=gone; the kept one's unless it is empty
    #[arg(long, value_name = "FIELD=kept|gone")]
    take: Vec<String>,
    /// Show both side by side and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let takes = self.take.iter().map(|text| take(text)).collect::<Result<Takes, String>>();
        let takes = takes.map_err(|why| refuse(Exit::Usage, format!("--take {why}")))?;
        let mut desk = context.desk()?;
        let (keep, gone) = (desk.customer(&self.keep)?, desk.customer(&self.gone)?);
        let sides = merge::compare(&desk.db, &desk.actor, keep, gone)?;
        if self.dry_run {
            return show(&mut desk, &sides, &takes);
        }
        let leaving = desk.leaving();
        let id = merge::merge(&mut desk.db, &desk.actor, clock::now(), (keep, gone), &takes, leaving)?;
        if desk.output.is_json() {
            desk.output.json(&json!({ "merge": id, "kept": keep, "gone": gone }))?;
        } else {
            desk.output.line(format!("merged: {} is now found as {}", sides.gone_name, sides.kept_name))?;
            desk.output.line(format!("to make them two again: cordboard customers split {id}"))?;
        }
        Ok(Exit::Ok)
    }
}

fn show(desk: &mut Desk<'_>, sides: &Sides, takes: &Takes) -> Result<Exit> {
    let is_gone = |choice: &Choice| {
        let taken = takes.iter().find(|(part, _)| part.as_str() == choice.field);
        taken.map_or(choice.gone, |(_, side)| *side == Side::Gone)
    };
    if desk.output.is_json() {
        let choices = sides.choices.iter().map(|choice| {
            let take = if is_gone(choice) { "gone" } else { "kept" };
            json!({ "field": choice.field, "kept": choice.left.as_str(), "gone": choice.right.as_str(), "take": take })
        });
        let choices: Vec<_> = choices.collect();
        desk.output.json(&json!({ "kept": sides.kept, "gone": sides.gone, "choices": choices }))?;
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = sides
        .choices
        .iter()
        .map(|choice| {
            let cell = |text: &str, taken: bool| {
                let text =
                    if choice.field == "mobile" { desk.shown(Field::Mobile, text) } else { text.to_owned() };
                let text = if text.is_empty() { "-".to_owned() } else { text };
                if taken { format!("{text} *") } else { text }
            };
            let gone = is_gone(choice);
            vec![choice.field.clone(), cell(choice.left.as_str(), !gone), cell(choice.right.as_str(), gone)]
        })
        .collect();
    let (kept, gone) = (format!("Kept: {}", sides.kept_name), format!("Gone: {}", sides.gone_name));
    desk.output.table(&["Field", &kept, &gone], &rows)?;
    desk.output.note("* is taken; --take FIELD=kept or FIELD=gone chooses otherwise; nothing was changed");
    Ok(Exit::Ok)
}

#[derive(clap::Args)]
pub struct SplitArgs {
    /// The merge, as `merge` has said and `customers show` says
    merge: String,
}

impl SplitArgs {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let id: MergeId = self.merge.parse().map_err(|_| {
            let why = format!("\"{}\" is no merge: `cordboard customers show` names them", self.merge);
            refuse(Exit::Usage, why)
        })?;
        let mut desk = context.desk()?;
        let split = merge::split(&mut desk.db, &desk.actor, clock::now(), id)?;
        if desk.output.is_json() {
            desk.output.json(&json!({
                "split": id, "customers": [split.kept, split.gone], "stay": split.stay,
                "changed_since": split.changed_since, "update_stays": split.update_stays,
            }))?;
        } else {
            split.sentences().iter().try_for_each(|sentence| desk.output.line(sentence))?;
        }
        Ok(Exit::Ok)
    }
}
