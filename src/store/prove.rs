//! Reads the whole history of one number up to the end of a day: what was said, each text with what the
//! gate said about it, each STOP.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::{Connection, Row, params};
use serde_json::json;

use super::{Db, Result, allow, audit, consent, inbound};
use crate::domain::consent::{self as rules, Act, Purpose};
use crate::domain::ids::{CustomerId, MessageId};
use crate::domain::phone::E164;
use crate::domain::proof::{Decision, Event, Proof, Said, Text, What};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Where an event stands among those of one moment: what they wrote, then what it meant, then what we did.
type Place = (Micros, i64, i64, i64);

/// Everything about a number up to the end of the day that begins at `day`; that it was asked for is on
/// record itself.
///
/// # Errors
/// The actor may not.
pub fn prove(db: &mut Db, actor: &Actor, now: Micros, number: &E164, day: Micros) -> Result<Proof> {
    allow(actor, Action::ExportCustomers, Object::Any)?;
    let proof = read(db, actor, now, number, day)?;
    let mut tx = db.begin(actor, now)?;
    let detail = json!({ "day": day.date(), "events": proof.events.len() });
    audit::record(&mut tx, "consent proved", ("consent", None), &detail)?;
    tx.commit()?;
    Ok(proof)
}

fn read(db: &Db, actor: &Actor, now: Micros, number: &E164, day: Micros) -> Result<Proof> {
    let conn = &*db.snapshot()?;
    let end = day + DAY;
    let owner = inbound::owner(conn, number.as_str())?;
    let mut found: Vec<(Place, What)> = Vec::new();
    found.extend(said(conn, number.as_str(), end, None)?);
    let others = consent::other_numbers(conn, number, owner)?;
    for other in &others {
        let elsewhere = said(conn, other, end, E164::parse(other).as_ref())?;
        // A yes belongs to its number; only a no follows the person, and what takes it back.
        found.extend(elsewhere.into_iter().filter(|(_, what)| {
            matches!(what, What::Said(said) if !matches!(said.act, Act::Hold | Act::Release) || said.corrects.is_some())
                && !matches!(what, What::Said(Said { act: Act::Grant, .. }))
        }));
    }
    found.extend(texts(conn, number, end)?);
    found.extend(refused(conn, number, end)?);
    found.extend(listed(conn, number, end)?);
    found.sort_by_key(|(place, _)| *place);
    let events = found.into_iter().map(|((at, ..), what)| Event { at, what }).collect();
    Ok(Proof {
        number: number.clone(),
        person: owner.map(|owner| named(conn, owner)).transpose()?,
        day,
        made: now,
        made_by: format!("{} (#{}, {})", actor.name, actor.number, actor.role.as_str()),
        standing: standing(conn, number, &others, end)?,
        events,
    })
}

fn named(conn: &Connection, customer: CustomerId) -> Result<String> {
    let sql = "select name, policy_number from customer where id = ?1";
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (name, policy): (String, Option<String>) = conn.prepare_cached(sql)?.query_row([customer], row)?;
    Ok(policy.map_or_else(|| name.clone(), |policy| format!("{name}, {policy}")))
}

/// The gate as it was at `end`.
fn standing(
    conn: &Connection,
    number: &E164,
    others: &std::collections::BTreeSet<String>,
    end: Micros,
) -> Result<Vec<(Purpose, std::result::Result<crate::domain::ids::ConsentId, String>)>> {
    let then = |address: &str| -> Result<Vec<rules::Entry>> {
        let mut log = consent::entries(conn, address)?;
        log.retain(|entry| entry.at < end);
        Ok(log)
    };
    let log = then(number.as_str())?;
    let others = others.iter().map(|other| then(other)).collect::<Result<Vec<_>>>()?;
    let since: Option<(bool, Micros)> = conn
        .prepare_cached(
            "select listed, at from do_not_contact where address = ?1 and at < ?2 order by seq desc limit 1",
        )?
        .query_map(params![number, end], |row| Ok((row.get(0)?, row.get(1)?)))?
        .next()
        .transpose()?;
    let gate = |purpose| match since {
        Some((true, since)) => Err(rules::Block::DoNotContact { since }),
        _ => rules::gate(&log, &others, purpose),
    };
    Ok(Purpose::ALL.map(|purpose| (purpose, gate(purpose).map_err(|block| block.fact()))).to_vec())
}

/// The log of a number; lines of one act together.
fn said(
    conn: &Connection,
    address: &str,
    end: Micros,
    elsewhere: Option<&E164>,
) -> Result<Vec<(Place, What)>> {
    let mut statement = conn.prepare_cached(
        "select n.at, n.seq, n.id, n.act, n.purpose, n.method, n.wording, n.wording_version, u.name, u.number,
            n.ip, n.note, m.seq, m.direction = 'inbound', n.corrects
         from consent n left join user u on u.id = n.user_id left join message m on m.id = n.message_id
         where n.address = ?1 and n.channel = 'sms' and n.at < ?2 order by n.seq",
    )?;
    let rows = statement.query_map(params![address, end], |row| {
        let (at, seq): (Micros, i64) = (row.get(0)?, row.get(1)?);
        let text: Option<i64> = row.get(12)?;
        let place = match text.filter(|_| row.get::<_, Option<bool>>(13).ok().flatten() == Some(true)) {
            Some(text) => (at, 0, text, seq),
            None => (at, 1, seq, 0),
        };
        let said = Said {
            ids: vec![row.get(2)?],
            elsewhere: elsewhere.cloned(),
            act: row.get(3)?,
            purposes: vec![row.get(4)?],
            method: row.get(5)?,
            words: row.get(6)?,
            version: row.get(7)?,
            by: by(row.get(8)?, row.get(9)?),
            ip: row.get(10)?,
            note: row.get(11)?,
            text,
            corrects: row.get(14)?,
        };
        Ok((place, said))
    })?;
    let mut together: Vec<(Place, Said)> = Vec::new();
    for row in rows {
        let (place, said) = row?;
        match together.last_mut() {
            Some((last, before)) if last.0 == place.0 && before.is_one_act_with(&said) => {
                before.ids.extend(said.ids);
                before.purposes.extend(said.purposes);
            }
            _ => together.push((place, said)),
        }
    }
    Ok(together.into_iter().map(|(place, said)| (place, What::Said(said))).collect())
}

fn by(name: Option<String>, number: Option<i64>) -> Option<String> {
    Some(format!("{} (#{})", name?, number?))
}

fn texts(conn: &Connection, number: &E164, end: Micros) -> Result<Vec<(Place, What)>> {
    let mut decided = decisions(conn, number, end)?;
    let mut statement = conn.prepare_cached(
        "select m.created_at, m.seq, m.id, m.direction = 'inbound', m.sender, m.recipient, m.body, m.purpose, u.name,
            u.number, m.status, m.sid, coalesce(m.twilio_created_at, m.sent_at), m.error_code,
            (select j.reason from job j where j.subject_id = m.id and j.kind = 'text' and m.sid is null),
            (select max(a.at) from job j join attempt_job l on l.job_id = j.id join attempt a on a.id = l.attempt_id
             where j.subject_id = m.id and j.kind = 'text'
               and j.state in ('in flight', 'accepted', 'ambiguous', 'unconfirmed'))
         from message m left join user u on u.id = m.sent_by
         where m.seq in (select seq from message where sender = ?1 union select seq from message where recipient = ?1)
           and m.created_at < ?2
         order by m.seq",
    )?;
    let rows = statement.query_map(params![number, end], |row| {
        let (at, seq, id): (Micros, i64, MessageId) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let inbound: bool = row.get(3)?;
        let code: Option<i64> = row.get(13)?;
        let reason: Option<String> = row.get(14)?;
        let code = code.map(|code| format!("Twilio's code {code}"));
        let text = Text {
            seq,
            inbound,
            ours: row.get(if inbound { 5 } else { 4 })?,
            body: row.get(6)?,
            purpose: row.get(7)?,
            by: by(row.get(8)?, row.get(9)?),
            decisions: decided.remove(&id).unwrap_or_default(),
            left: row.get(15)?,
            status: row.get(10)?,
            why: reason.filter(|reason| !reason.is_empty()).or(code).unwrap_or_default(),
            sid: row.get(11)?,
            at_twilio: row.get(12)?,
        };
        Ok(((at, if inbound { 0 } else { 2 }, seq, 0), What::Text(text)))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn decisions(conn: &Connection, number: &E164, end: Micros) -> Result<BTreeMap<MessageId, Vec<Decision>>> {
    let mut statement = conn.prepare_cached(
        "select message_id, at, stage, consent_id, why from send_decision
         where address = ?1 and at < ?2 and message_id is not null order by seq",
    )?;
    let rows = statement.query_map(params![number, end], |row| {
        let decision =
            Decision { at: row.get(1)?, stage: row.get(2)?, rests_on: row.get(3)?, why: row.get(4)? };
        Ok((row.get(0)?, decision))
    })?;
    let mut decided: BTreeMap<MessageId, Vec<Decision>> = BTreeMap::new();
    for row in rows {
        let (message, decision) = row?;
        decided.entry(message).or_default().push(decision);
    }
    Ok(decided)
}

fn refused(conn: &Connection, number: &E164, end: Micros) -> Result<Vec<(Place, What)>> {
    let mut statement = conn.prepare_cached(
        "select d.at, d.seq, d.purpose, d.why, u.name, u.number from send_decision d left join user u on u.id = d.user_id
         where d.address = ?1 and d.at < ?2 and d.message_id is null order by d.seq",
    )?;
    let rows = statement.query_map(params![number, end], |row| {
        let what = What::Refused { purpose: row.get(2)?, why: row.get(3)?, by: by(row.get(4)?, row.get(5)?) };
        Ok(((row.get(0)?, 3, row.get(1)?, 0), what))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn listed(conn: &Connection, number: &E164, end: Micros) -> Result<Vec<(Place, What)>> {
    let mut statement = conn.prepare_cached(
        "select d.at, d.seq, d.listed, d.source, u.name, u.number
         from do_not_contact d left join user u on u.id = d.user_id
         where d.address = ?1 and d.at < ?2 order by d.seq",
    )?;
    let rows = statement.query_map(params![number, end], |row| {
        let what =
            What::Listed { listed: row.get(2)?, source: row.get(3)?, by: by(row.get(4)?, row.get(5)?) };
        Ok(((row.get(0)?, 1, row.get(1)?, 1), what))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
