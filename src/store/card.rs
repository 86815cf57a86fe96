//! The card of one customer as a screen shows it: a pure read, and the entry that it was opened.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::customers::{self, ContactPoint, Customer};
use super::{Db, Result, allow, audit, consent, effective, lanes, merge, record};
use crate::domain::batch::Lane;
use crate::domain::consent::Purpose;
use crate::domain::delivery::{self, Delivery};
use crate::domain::fold::{Comparison, Effective};
use crate::domain::ids::{CustomerId, NoteId, UpdateId};
use crate::domain::job::State;
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Card, Compared, Point, Proof, Trust, Why};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::{Field, Reason, Status, Upload};

/// How many of a number's newest texts are asked for a proof that it works or does not.
const TEXTS_ASKED: u32 = 50;

/// Nobody needs to know more exactly how many share a number.
const SHARED_AT_MOST: u32 = 100;

/// Opening a card is an entry of its own in the audit (design 7).
///
/// # Errors
/// No such customer, or the actor may not.
pub fn opened(db: &mut Db, actor: &Actor, now: Micros, customer: CustomerId) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::ReadCustomers, Object::Any)?;
    let customer = customers::read(&tx.tx, merge::living(&tx.tx, customer)?)?.id;
    audit::record(&mut tx, "card opened", ("customer", Some(customer.0)), &json!({}))?;
    tx.commit()
}

/// Reads everything that the card shows: of whoever was merged away the card of the one who was kept.
///
/// # Errors
/// No such customer, or the actor may not.
pub fn read(db: &Db, actor: &Actor, customer: CustomerId) -> Result<Card> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let snapshot = db.snapshot()?;
    let conn: &Connection = &snapshot;
    let customer = merge::living(conn, customer)?;
    let on_file = customers::read(conn, customer)?;
    let mobile = point(conn, customer, Field::Mobile)?;
    let email = point(conn, customer, Field::Email)?;
    let number = mobile.as_ref().and_then(|mobile| E164::parse(mobile.value.as_str()));
    let consent = match &number {
        Some(number) => Some(consent::shown(conn, number, Some(customer), Purpose::Service)?),
        None => None,
    };
    Ok(Card {
        id: customer,
        name: SafeText::new(&on_file.name),
        company: safe(on_file.company.as_deref()),
        policy: safe(on_file.policy_number.as_deref()),
        payment: safe(on_file.payment.as_deref()),
        due: SafeText::new(&on_file.amount_due.map(|due| due.to_string()).unwrap_or_default()),
        stage: on_file.stage.clone(),
        timezone: on_file.timezone.clone().unwrap_or_default(),
        tags: tags(&on_file.tags),
        others: others(conn, &on_file)?,
        consent,
        pin: pin(conn, customer)?,
        shared: number.map_or(Ok(0), |number| sharing(conn, customer, number.as_str()))?,
        industry: on_file.industry.clone().unwrap_or_default(),
        values: values(&on_file.custom),
        mobile,
        email,
    })
}

fn safe(text: Option<&str>) -> SafeText {
    SafeText::new(text.unwrap_or_default())
}

fn values(custom: &str) -> Vec<(String, SafeText)> {
    let custom: serde_json::Map<String, serde_json::Value> = serde_json::from_str(custom).unwrap_or_default();
    let shown =
        |(key, value): (String, serde_json::Value)| Some((key, SafeText::multiline(&record::text(&value)?)));
    custom.into_iter().filter_map(shown).collect()
}

fn tags(json: &str) -> Vec<SafeText> {
    let tags: Vec<String> = serde_json::from_str(json).unwrap_or_default();
    tags.iter().map(|tag| SafeText::new(tag)).collect()
}

fn point(conn: &Connection, customer: CustomerId, field: Field) -> Result<Option<Point>> {
    let Some(Effective { value, update }) = effective::projected(conn, customer, field)? else {
        return Ok(None);
    };
    let (why, compared) = match update {
        Some(update) => {
            (Some(why(conn, update, field)?), compared(&lanes::read(conn, customer, field)?, update))
        }
        None => (None, Compared::Same),
    };
    Ok(Some(Point { trust: trust(conn, &value)?, value: SafeText::new(&value), why, compared }))
}

fn compared(lane: &Lane, update: UpdateId) -> Compared {
    let Some(capture) = lane.captures.iter().find(|capture| capture.update == update) else {
        return Compared::Same;
    };
    match lane.compare(capture.seq) {
        Comparison::Converged => Compared::Same,
        Comparison::Unchanged => Compared::Unchanged,
        Comparison::Clash => Compared::Clash,
    }
}

fn why(conn: &Connection, update: UpdateId, field: Field) -> Result<Why> {
    Ok(conn
        .prepare_cached(
            "select u.agent_name, u.captured_at, u.reason, u.notes, f.base, s.status, s.upload, u.verified_by,
                exists (select 1 from contact_proof p
                    where p.update_id = u.id and p.value = f.new and p.works),
                coalesce((select why from contact_update_doubt d
                    where d.update_id = u.id and d.field = f.field), '')
             from contact_update u
             join contact_update_field f on f.update_id = u.id and f.field = ?2
             join contact_update_state s on s.update_id = u.id where u.id = ?1",
        )?
        .query_row(params![update, field], |row| {
            Ok(Why {
                update,
                by: SafeText::new(&row.get::<_, String>(0)?),
                at: row.get(1)?,
                reason: row.get::<_, Reason>(2)?.as_str().to_owned(),
                notes: SafeText::multiline(&row.get::<_, String>(3)?),
                was: row.get::<_, Option<String>>(4)?.map(|was| SafeText::new(&was)),
                status: row.get::<_, Status>(5)?.as_str().to_owned(),
                upload: row.get::<_, Upload>(6)?.as_str().to_owned(),
                verified_by: safe(row.get::<_, Option<String>>(7)?.as_deref()),
                read_back: row.get(8)?,
                doubt: SafeText::new(&row.get::<_, String>(9)?),
            })
        })?)
}

/// The newest evidence about a value, whoever it was gathered for: the value works or does not.
pub(super) fn trust(conn: &Connection, value: &str) -> Result<Trust> {
    let noted = noted_trust(conn, value)?;
    let text = text_trust(conn, value)?;
    Ok([noted, text].into_iter().flatten().max_by_key(|trust| trust.at).unwrap_or_default())
}

fn noted_trust(conn: &Connection, value: &str) -> Result<Option<Trust>> {
    Ok(conn
        .prepare_cached(
            "select works, why, at from contact_proof where value = ?1 order by seq desc limit 1",
        )?
        .query_row([value], |row| {
            let proof = if row.get(0)? { Proof::Good } else { Proof::Bad };
            Ok(Trust { proof, by: SafeText::new(&row.get::<_, String>(1)?), at: row.get(2)? })
        })
        .optional()?)
}

/// The newest text to this number that proves something: most failures are of the day.
fn text_trust(conn: &Connection, number: &str) -> Result<Option<Trust>> {
    let mut statement = conn.prepare_cached(
        "select status, error_code, coalesce(delivered_at, sent_at, created_at) from message
         where recipient = ?1 and direction = 'outbound' order by seq desc limit ?2",
    )?;
    let mut rows = statement.query(params![number, TEXTS_ASKED])?;
    while let Some(row) = rows.next()? {
        let status = Delivery::parse(row.get_ref(0)?.as_str().unwrap_or_default());
        let code: Option<i64> = row.get(1)?;
        let (proof, by) = match (&status, code) {
            (Delivery::Delivered | Delivery::Read, _) => (Proof::Good, "text delivered".to_owned()),
            (Delivery::Undelivered | Delivery::Failed, Some(code)) if delivery::is_dead_number(code) => {
                (Proof::Bad, format!("{status} {code}"))
            }
            // Twilio did not even take it.
            (Delivery::Other(word), Some(code))
                if word == State::Rejected.as_str() && delivery::is_dead_number(code) =>
            {
                (Proof::Bad, format!("refused {code}"))
            }
            _ => continue,
        };
        return Ok(Some(Trust { proof, by: SafeText::new(&by), at: row.get(2)? }));
    }
    Ok(None)
}

/// What else is on file, without the two contact fields and what they have replaced.
fn others(conn: &Connection, on_file: &Customer) -> Result<Vec<(SafeText, SafeText)>> {
    let email = effective::master_value(conn, on_file.id, Field::Email)?;
    let in_force: Vec<&str> =
        [&on_file.mobile, &on_file.email].into_iter().flatten().map(|shown| shown.value.as_str()).collect();
    let is_other = |point: &&ContactPoint| {
        let field = (point.kind == "phone" && point.label == "mobile" && !point.brought)
            || (point.kind == "email" && Some(&point.value) == email.as_ref());
        point.retired_at.is_none() && !field && !in_force.contains(&point.value.as_str())
    };
    let shown = |point: &ContactPoint| (SafeText::new(&point.label), SafeText::new(&point.value));
    Ok(on_file.points.iter().filter(is_other).map(shown).collect())
}

/// Their own, or that of somebody who was merged into them.
fn pin(conn: &Connection, customer: CustomerId) -> Result<Option<(NoteId, SafeText)>> {
    let mut pinned = conn.prepare_cached(
        "select n.id, n.body from note_pin p join note n on n.id = p.note_id where p.customer_id = ?1",
    )?;
    for id in merge::family(conn, customer)? {
        let found = pinned
            .query_row([id], |row| Ok((row.get(0)?, SafeText::multiline(&row.get::<_, String>(1)?))))
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// How many other customers have the same mobile (G13).
pub(super) fn sharing(conn: &Connection, customer: CustomerId, number: &str) -> Result<i64> {
    Ok(conn
        .prepare_cached(
            "select count(*) from (select 1 from effective_contact e join customer c on c.id = e.customer_id
                where e.value = ?2 and e.field = 'mobile' and e.customer_id <> ?1 and c.deleted_at is null
                limit ?3)",
        )?
        .query_row(params![customer, number, SHARED_AT_MOST], |row| row.get(0))?)
}
