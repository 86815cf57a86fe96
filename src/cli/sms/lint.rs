//! `cordboard sms lint`: what the composer and the sending gate would say of a text.

use anyhow::Result;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::{clock, consent};
use crate::domain::lint::{self, Code, Facts, Finding, Level};
use crate::domain::phone::E164;
use crate::domain::segments;
use crate::domain::text::SafeText;
use crate::store;

#[derive(clap::Args)]
pub struct Args {
    /// The text, or `-` for stdin
    #[arg(value_name = "TEXT|-", required_unless_present = "rules")]
    text: Option<String>,
    /// A customer or a phone number it is meant for; only the words are looked at unless given
    #[arg(long, value_name = "PARTY")]
    to: Option<String>,
    /// service or marketing; the configuration's unless given
    #[arg(long)]
    purpose: Option<String>,
    /// Print the text with everything done that a key would do about it
    #[arg(long, conflicts_with = "rules")]
    fix: bool,
    /// List the rules and their levels
    #[arg(long, conflicts_with_all = ["text", "to", "purpose"])]
    rules: bool,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let config = context.config()?;
        if self.rules {
            return rules(context, &config.lint_rules());
        }
        let text = context.input.text(self.text.as_deref().unwrap_or_default())?;
        let facts = self.to.as_deref().map(|to| self.facts(context, to, &text)).transpose()?;
        let rules = config.lint_rules();
        let find = |text: &str| lint::lint(text, facts.as_ref(), &rules, clock::now());
        let findings = find(&text);
        if self.fix {
            let mut fixed = text;
            // Each remark can be done something about once.
            for _ in Code::ALL {
                let Some(fix) = find(&fixed).into_iter().find_map(|finding| finding.fix) else { break };
                fixed = fix.apply(&fixed, &rules);
            }
            if context.output.is_json() {
                context.output.json(&json!({ "text": fixed }))?;
            } else {
                fixed.split('\n').try_for_each(|line| context.output.line(line))?;
            }
            return Ok(exit(&find(&fixed)));
        }
        if context.output.is_json() {
            let size = segments::count(&text);
            context.output.json(&json!({
                "findings": findings, "encoding": size.encoding, "segments": size.segments, "units": size.units,
            }))?;
        } else if findings.is_empty() {
            context.output.line("nothing to remark")?;
        } else {
            for Finding { code, level, why, fix } in &findings {
                let fix = fix.map(|fix| format!("; --fix {}", fix.verb())).unwrap_or_default();
                context.output.line(format!("{:<4} {code:<6} {why}{fix}", level.as_str()))?;
            }
        }
        Ok(exit(&findings))
    }

    fn facts(&self, context: &mut Context, to: &str, text: &str) -> Result<Facts> {
        let desk = context.desk()?;
        let purpose = match &self.purpose {
            Some(text) => consent::purpose(text)?,
            None => desk.config.sms.purpose,
        };
        let party = desk.party(to)?;
        let mentions = lint::mentions(text, &desk.config.phone_policy());
        let about = store::lint::About { to: party.number, customer: party.customer, purpose, mentions };
        let mut facts = store::lint::facts(&desk.db, &desk.actor, clock::now(), &about)?;
        for (value, _) in &mut facts.others {
            if let Some(number) = E164::parse(value.as_str()) {
                *value = SafeText::new(&desk.shown_number(&number));
            }
        }
        Ok(facts)
    }
}

/// An error stops a text, and so it does a script.
fn exit(findings: &[Finding]) -> Exit {
    if findings.iter().any(|finding| finding.level == Level::Err) { Exit::Usage } else { Exit::Ok }
}

fn rules(context: &mut Context, rules: &lint::Rules) -> Result<Exit> {
    let level = |code: &Code| match rules.levels.get(code) {
        Some(level) => level.map_or("off", Level::as_str),
        None => code.level().as_str(),
    };
    if context.output.is_json() {
        for code in Code::ALL {
            context.output.json(&json!({
                "code": code, "level": level(code), "fixed": code.is_fixed(), "about": code.about(),
            }))?;
        }
        return Ok(Exit::Ok);
    }
    let row = |code: &Code| {
        let fixed = if code.is_fixed() { "cannot be changed" } else { "" };
        vec![code.to_string(), level(code).to_owned(), code.about().to_owned(), fixed.to_owned()]
    };
    let rows: Vec<_> = Code::ALL.iter().map(row).collect();
    context.output.table(&["Rule", "Level", "It looks for", ""], &rows)?;
    Ok(Exit::Ok)
}
