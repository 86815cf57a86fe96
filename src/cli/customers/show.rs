//! `cordboard customers show`: the card (NIC-19..24), with what each contact field rests on.

use anyhow::Result;
use serde_json::{Value, json};

use super::latest;
use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::Exit;
use crate::domain::form::{Forms, Key, Kind, Own};
use crate::domain::ids::CustomerId;
use crate::domain::record::fields as fields_of;
use crate::domain::shown::Record;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::Field;
use crate::store::customers::{self, ContactPoint, Customer, Shown};
use crate::store::merge::{self, Merged};
use crate::store::notes::{self, Note};
use crate::store::record;

#[derive(clap::Args)]
pub struct Args {
    /// Id, policy number, master id, phone number or e-mail
    customer: String,
    /// Ask the upstream, too, what it has as the latest contact
    #[arg(long)]
    upstream: bool,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let guard = context.reach();
        let credentials = context.credential_lookup(&context.config()?);
        let mut desk = context.desk()?;
        let id = desk.customer(&self.customer)?;
        let card = card(&mut desk, id)?;
        if self.upstream {
            let latest = latest::ask(&card, &credentials(&desk.db).endpoints, guard)?;
            if desk.output.is_json() {
                desk.output.json(&json!({ "upstream": latest }))?;
            } else {
                desk.output.line(format!("{:<9} {}", "upstream", latest::line(latest.as_ref())))?;
            }
        }
        Ok(Exit::Ok)
    }
}

/// Shows a card; that it was opened is recorded.
pub fn card(desk: &mut Desk<'_>, id: CustomerId) -> Result<Customer> {
    let now = clock::now();
    let card = customers::card(&mut desk.db, &desk.actor, now, id)?;
    let notes = notes::list(&desk.db, &desk.actor, card.id)?;
    let record = record::read(&desk.db, &desk.actor, card.id)?;
    let merged = merge::into(&desk.db, &desk.actor, card.id)?;
    if desk.output.is_json() {
        desk.output.json(&as_json(&card, &record, &notes, &merged))?;
        return Ok(card);
    }
    for (label, text) in lines(desk, &card, now) {
        desk.output.line(format!("{label:<9} {text}"))?;
    }
    for (label, text) in more(desk, &desk.config.forms()?, &card, &record) {
        desk.output.line(format!("{label}: {text}"))?;
    }
    for one in &merged {
        let policy = one.policy_number.as_deref().unwrap_or("no policy");
        let said = format!("{policy} {} on {}, merge {}", one.name, one.at.date(), one.id);
        desk.output.line(format!("{:<9} {said}", "merged"))?;
    }
    for note in &notes {
        desk.output.line(format!("{:<9} {} {}: {}", "note", note.at, note.by, note.body))?;
    }
    Ok(card)
}

fn lines(desk: &Desk<'_>, card: &Customer, now: Micros) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("name", card.name.clone()),
        ("mobile", contact(desk, Field::Mobile, card.mobile.as_ref(), now)),
        ("e-mail", contact(desk, Field::Email, card.email.as_ref(), now)),
    ];
    let optional = [
        ("policy", card.policy_number.clone()),
        ("due", card.amount_due.map(|amount| amount.to_string())),
        ("payment", card.payment.clone()),
        ("company", card.company.clone()),
        ("stage", (card.stage != "new").then(|| card.stage.clone())),
        ("timezone", card.timezone.clone()),
        ("master id", (!card.master_ids.is_empty()).then(|| card.master_ids.join(", "))),
    ];
    lines.extend(optional.into_iter().filter_map(|(label, text)| text.map(|text| (label, text))));
    lines.push(("id", card.id.to_string()));
    lines
}

/// Tags, other numbers, and the fields that are not among the first, by the labels of the form.
fn more(desk: &Desk<'_>, forms: &Forms, card: &Customer, record: &Record) -> Vec<(String, String)> {
    let tags: Vec<&str> = record.tags.iter().map(SafeText::as_str).collect();
    let mut more: Vec<(String, String)> = Vec::new();
    more.extend((!tags.is_empty()).then(|| ("tags".to_owned(), tags.join(", "))));
    let in_force = [&card.mobile, &card.email].map(|shown| shown.as_ref().map(|shown| shown.value.as_str()));
    for point in record.points.iter().filter(|point| point.retired_at.is_none()) {
        let value = point.value.as_str();
        if !in_force.contains(&Some(value)) {
            let field = if point.kind == "phone" { Field::Mobile } else { Field::Email };
            more.push((point.label.to_string(), desk.shown(field, value)));
        }
    }
    let first = [Own::Name, Own::Mobile, Own::Email, Own::PolicyNumber, Own::Company, Own::Timezone];
    let values = record.values();
    for field in fields_of(forms.of(record.industry.as_deref()), &values) {
        let Some(value) = values.get(&field.key) else { continue };
        if !matches!(&field.key, Key::Own(own) if first.contains(own)) {
            let kind = if field.kind == Kind::Phone { Field::Mobile } else { Field::Email };
            more.push((field.label.to_lowercase(), desk.shown(kind, value)));
        }
    }
    more
}

/// The value in force, and who brought it; NIC-28's marker on the day itself.
fn contact(desk: &Desk<'_>, field: Field, shown: Option<&Shown>, now: Micros) -> String {
    let Some(shown) = shown else { return "none: ask for it".to_owned() };
    let value = desk.shown(field, &shown.value);
    match (&shown.by, shown.at) {
        (Some(by), Some(at)) if at.date() == now.date() => format!("{value}  Updated today by {by}"),
        (Some(by), Some(at)) => format!("{value}  updated on {} by {by}", at.date()),
        _ => value,
    }
}

fn as_json(card: &Customer, record: &Record, notes: &[Note], merged: &[Merged]) -> Value {
    let values: serde_json::Map<String, Value> =
        record.values.iter().map(|held| (held.key.clone(), held.value.clone().into())).collect();
    let shown = |shown: &Option<Shown>| {
        shown.as_ref().map(|shown| {
            json!({ "value": shown.value, "updated_by": shown.by, "updated_at": shown.at.map(Micros::rfc3339) })
        })
    };
    let point = |point: &ContactPoint| {
        json!({
            "kind": point.kind, "label": point.label, "value": point.value, "origin": point.origin,
            "retired_at": point.retired_at.map(Micros::rfc3339),
        })
    };
    let note =
        |note: &Note| json!({ "id": note.id, "body": note.body, "by": note.by, "at": note.at.rfc3339() });
    let gone = |one: &Merged| {
        json!({
            "merge": one.id, "id": one.gone, "name": one.name, "policy_number": one.policy_number,
            "at": one.at.rfc3339(),
        })
    };
    json!({
        "id": card.id, "name": card.name, "company": card.company, "policy_number": card.policy_number,
        "payment": card.payment,
        "amount_due": card.amount_due.map(|due| json!({ "minor": due.minor, "currency": due.currency.to_string() })),
        "stage": card.stage, "timezone": card.timezone,
        "tags": serde_json::from_str::<Value>(&card.tags).unwrap_or_default(),
        "custom": serde_json::from_str::<Value>(&card.custom).unwrap_or_default(),
        "values": values, "master_ids": card.master_ids, "mobile": shown(&card.mobile), "email": shown(&card.email),
        "contact_points": card.points.iter().map(point).collect::<Vec<_>>(),
        "notes": notes.iter().map(note).collect::<Vec<_>>(),
        "merged": merged.iter().map(gone).collect::<Vec<_>>(),
    })
}
