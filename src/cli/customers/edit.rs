//! `cordboard customers edit`: fields, and phones and e-mails beside the two contact fields (TWS-3).

use anyhow::Result;
use serde_json::json;

use super::fields;
use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::{Exit, refuse};
use crate::domain::record::{self, NewPoint, PointChange, PointKind};
use crate::domain::shown::{Record, RecordPoint};
use crate::store::record as records;

/// The mobile and the first e-mail change by `cordboard update`, with a reason.
#[derive(clap::Args)]
pub struct Args {
    /// Id, policy number, master id, phone number or e-mail
    customer: String,
    /// A field, such as city=Curepipe; nothing behind the = empties it
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Look at the customer by another form than the industry's
    #[arg(long, value_name = "NAME")]
    form: Option<String>,
    /// One more phone, such as "home=234 5678"
    #[arg(long, value_name = "LABEL=NUMBER")]
    phone: Vec<String>,
    /// One more e-mail, such as work=name@example.com
    #[arg(long, value_name = "LABEL=ADDRESS")]
    email: Vec<String>,
    /// Another label, such as "234 5678=parents"
    #[arg(long, value_name = "VALUE=LABEL")]
    relabel: Vec<String>,
    /// A phone or an e-mail that counts no more
    #[arg(long, value_name = "VALUE")]
    retire: Vec<String>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let forms = fields::forms(context)?;
        let mut desk = context.desk()?;
        let id = desk.customer(&self.customer)?;
        let seen = records::read(&desk.db, &desk.actor, id)?;
        let form = match &self.form {
            Some(name) => fields::named(&forms, name)?,
            None => forms.of(seen.industry.as_deref()),
        };
        let typed = fields::values(&self.set)?;
        let edit = record::edit(form, &seen.values(), &typed, &desk.config.phone_policy());
        let edit = edit.map_err(|wrong| fields::wrong(&wrong))?.with(self.points(&desk, &seen)?);
        if edit.is_empty() {
            return Err(refuse(Exit::Usage, "nothing to change: see `cordboard customers edit --help`"));
        }
        records::edit(&mut desk.db, &desk.actor, clock::now(), id, &edit)?;
        let keys: Vec<&str> = edit.changes().iter().map(|change| change.key.as_str()).collect();
        if desk.output.is_json() {
            desk.output.json(&json!({ "id": id, "changed": keys, "contact_points": edit.points().len() }))?;
        } else {
            let points = edit.points().len();
            let points = (points > 0).then(|| format!("{points} of the phones and e-mails"));
            let what: Vec<String> = keys.iter().map(|key| (*key).to_owned()).chain(points).collect();
            desk.output.line(format!("changed for {}: {}", seen.name, what.join(", ")))?;
        }
        Ok(Exit::Ok)
    }

    fn points(&self, desk: &Desk<'_>, seen: &Record) -> Result<Vec<PointChange>> {
        let policy = desk.config.phone_policy();
        let mut changes = Vec::new();
        for (kind, given) in [(PointKind::Phone, &self.phone), (PointKind::Email, &self.email)] {
            for text in given {
                let (label, value) = pair(text, "home=234 5678")?;
                let new = NewPoint::read(kind, label, value, &policy);
                let new = new.map_err(|why| refuse(Exit::Usage, format!("{}: {why}", kind.as_str())))?;
                changes.push(PointChange::Add(new));
            }
        }
        for text in &self.relabel {
            let (value, label) = pair(text, "234 5678=parents")?;
            let point = found(desk, seen, value)?;
            let label = record::label(label).map_err(|why| refuse(Exit::Usage, format!("relabel: {why}")))?;
            changes.push(PointChange::Relabel { point: point.id, seen: point.label.to_string(), label });
        }
        for value in &self.retire {
            let point = found(desk, seen, value)?;
            changes.push(PointChange::Retire { point: point.id, seen: point.label.to_string() });
        }
        Ok(changes)
    }
}

fn pair<'a>(text: &'a str, example: &str) -> Result<(&'a str, &'a str)> {
    text.split_once('=').ok_or_else(|| refuse(Exit::Usage, format!("{text}: write it like \"{example}\"")))
}

/// The phone or e-mail of this value that counts now.
fn found<'a>(desk: &Desk<'_>, seen: &'a Record, value: &str) -> Result<&'a RecordPoint> {
    let number = desk.number(value).map(|number| number.to_string());
    let is_it = |point: &&RecordPoint| {
        let held = point.value.as_str();
        point.retired_at.is_none() && (held == value.trim() || Some(held) == number.as_deref())
    };
    seen.points.iter().find(is_it).ok_or_else(|| {
        refuse(Exit::NotFound, format!("{value}: {} has no such number or address now", seen.name))
    })
}
