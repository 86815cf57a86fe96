//! `cordboard consent`: who may be texted, for what, and how we know (G7, G23, G24).

mod do_not_contact;
mod hold;
mod prove;

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::clock;
use super::context::{Context, Desk};
use super::exit::{Exit, refuse};
use super::export::Log;
use crate::domain::consent::{Act, Method, Purpose};
use crate::domain::wording;
use crate::files;
use crate::store::consent::{self, Logged, NewEntry};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Record a yes: for this number and purpose only
    Grant(Entry),
    /// Record a no: texts that wait for this number are canceled at once
    Revoke(Entry),
    /// Show where a number stands and its log
    Show {
        /// A customer or a phone number
        party: String,
    },
    /// Write the log to a file; supervisors and admins only
    Export(Log),
    /// Hold all texts to a number until somebody has decided
    Hold(hold::Decision),
    /// They meant something else: what was held may leave
    Release(hold::Decision),
    /// They meant stop: what was held is canceled, and only their own START opens the number again
    Confirm(hold::Decision),
    /// Numbers that wait for a decision, with what was written
    Held,
    /// Write one file about a number: what was allowed when, by which words, and each text with why it was
    /// let through or stopped; supervisors and admins only
    Prove(prove::Args),
    /// The words to read out, and to copy into a web form or onto paper
    Wordings,
    /// The list of numbers that get no text at all
    #[command(subcommand)]
    DoNotContact(do_not_contact::Action),
}

#[derive(clap::Args)]
struct Entry {
    /// A customer or a phone number
    party: String,
    /// service or marketing; a yes is for service unless it says otherwise, a no for everything
    #[arg(long)]
    purpose: Option<String>,
    /// How it was said: voice, web or paper
    #[arg(long, default_value = "voice")]
    method: String,
    /// The question as it was put to the customer, or the name of one of `consent wordings`
    #[arg(long, value_name = "TEXT", default_value = "")]
    wording: String,
    /// The customer's own network address, where it was said on the web
    #[arg(long)]
    ip: Option<String>,
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        match &self.action {
            Action::Grant(entry) => entry.record(&mut context.desk()?, Act::Grant),
            Action::Revoke(entry) => entry.record(&mut context.desk()?, Act::Revoke),
            Action::Show { party } => show(&mut context.desk()?, party),
            Action::Export(log) => log.run(context, "consents", |db, actor, when, form, out, seen| {
                files::export::consents(db, actor, when, form, out, seen)
            }),
            Action::Hold(decision) => decision.hold(&mut context.desk()?),
            Action::Release(decision) => decision.release(&mut context.desk()?),
            Action::Confirm(decision) => decision.confirm(&mut context.desk()?),
            Action::Held => hold::list(&mut context.desk()?),
            Action::Prove(args) => args.run(&mut context.desk()?),
            Action::Wordings => wordings(context),
            Action::DoNotContact(action) => action.run(&mut context.desk()?),
        }
    }
}

fn wordings(context: &mut Context) -> Result<Exit> {
    for (name, words) in wording::ALL {
        if context.output.is_json() {
            context.output.json(&json!({ "name": name, "words": words }))?;
        } else {
            context.output.line(format!("{name:<12}{words}"))?;
        }
    }
    Ok(Exit::Ok)
}

impl Entry {
    fn record(&self, desk: &mut Desk<'_>, act: Act) -> Result<Exit> {
        let purposes = match (&self.purpose, act) {
            (Some(text), _) => vec![purpose(text)?],
            // Somebody who says no means every kind, until they say which (FACTS 15).
            (None, Act::Revoke) => Purpose::ALL.to_vec(),
            (None, _) => vec![Purpose::Service],
        };
        // A keyword is what a customer texts, an import what a file says: neither is typed here.
        let method = Method::parse(&self.method)
            .filter(|method| !matches!(method, Method::Keyword | Method::Import | Method::Provider))
            .ok_or_else(|| {
                refuse(Exit::Usage, format!("--method: not \"{}\"; choose voice, web or paper", self.method))
            })?;
        let party = desk.party(&self.party)?;
        let (wording, wording_version) = wording::named(&self.wording);
        let entry = NewEntry {
            number: &party.number,
            purpose: purposes[0],
            act,
            method,
            wording,
            wording_version,
            customer: party.customer,
            message: None,
            ip: self.ip.as_deref(),
            note: &self.note,
        };
        let canceled = consent::record_for(&mut desk.db, &desk.actor, clock::now(), &entry, &purposes)?;
        let number = desk.shown_number(&party.number);
        if desk.output.is_json() {
            let purposes: Vec<&str> = purposes.iter().map(|purpose| purpose.as_str()).collect();
            desk.output.json(&json!({
                "number": party.number.as_str(), "purposes": purposes, "act": act.as_str(),
                "method": method.as_str(), "canceled_texts": canceled,
            }))?;
        } else {
            let said = if act == Act::Grant { "yes" } else { "no" };
            let kinds: Vec<&str> = purposes.iter().map(|purpose| purpose.as_str()).collect();
            let kinds = kinds.join(" and ");
            desk.output.line(format!("{number}: {said} to {kinds} texts, by {}", method.as_str()))?;
            if canceled > 0 {
                desk.output.line(format!("{canceled} waiting texts to this number are canceled"))?;
            }
        }
        Ok(Exit::Ok)
    }
}

/// Reads `--purpose`.
pub fn purpose(text: &str) -> Result<Purpose> {
    Purpose::parse(text)
        .ok_or_else(|| refuse(Exit::Usage, format!("--purpose: not \"{text}\"; choose service or marketing")))
}

fn show(desk: &mut Desk<'_>, party: &str) -> Result<Exit> {
    let party = desk.party(party)?;
    let log = consent::log(&desk.db, &desk.actor, &party.number)?;
    let mut stands = Vec::new();
    for purpose in Purpose::ALL {
        let gate = consent::ask(&desk.db, &desk.actor, &party.number, party.customer, purpose)?;
        stands.push((purpose, gate.err().map(|block| block.to_string())));
    }
    if desk.output.is_json() {
        let standing: serde_json::Map<_, _> = stands
            .iter()
            .map(|(purpose, block)| {
                (purpose.as_str().to_owned(), json!({ "allowed": block.is_none(), "why": block }))
            })
            .collect();
        let log: Vec<_> = log.iter().map(as_json).collect();
        desk.output.json(&json!({ "number": party.number.as_str(), "standing": standing, "log": log }))?;
        return Ok(Exit::Ok);
    }
    desk.output.line(desk.shown_number(&party.number))?;
    for (purpose, block) in &stands {
        let standing = block.as_deref().unwrap_or("may be texted");
        desk.output.line(format!("{:<10}{standing}", purpose.as_str()))?;
    }
    if !log.is_empty() {
        let rows: Vec<_> = log.iter().map(row).collect();
        desk.output.table(&["When", "Purpose", "Said", "How", "Taken by", "Words"], &rows)?;
    }
    Ok(Exit::Ok)
}

fn as_json(entry: &Logged) -> serde_json::Value {
    json!({
        "at": entry.at.rfc3339(), "number": entry.number.as_str(), "purpose": entry.purpose.as_str(),
        "act": entry.act.as_str(), "method": entry.method.as_str(), "wording": entry.wording, "by": entry.by,
        "note": entry.note,
    })
}

fn row(entry: &Logged) -> Vec<String> {
    vec![
        entry.at.to_string(),
        entry.purpose.as_str().to_owned(),
        entry.act.as_str().to_owned(),
        entry.method.as_str().to_owned(),
        entry.by.clone().unwrap_or_default(),
        if entry.wording.is_empty() { entry.note.clone() } else { entry.wording.clone() },
    ]
}
