//! The inbox and the threads: who wrote, and what was said (TWS-27, G8).

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Db, Error, Result, allow, consent, effective, merge};
use crate::domain::consent::Purpose;
use crate::domain::ids::CustomerId;
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::shown::{Conversation, InboxFilter, Party, Text, Thread};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::Field;

/// The inbox, newest text first. Two numbers of one customer are two lines.
///
/// # Errors
/// The actor may not.
pub fn conversations(db: &Db, actor: &Actor, filter: InboxFilter, limit: u32) -> Result<Vec<Conversation>> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let filter = match filter {
        InboxFilter::All => "1",
        InboxFilter::Unread => "c.unread > 0",
        InboxFilter::NeedsReply => "m.direction = 'inbound'",
    };
    // Of the newest texts, each conversation's own newest is its last word: mostly these are enough.
    let recent = "(select max(seq) as last, conversation_id from
        (select seq, conversation_id from message where seq > 0 order by seq desc limit 20 * ?1) group by conversation_id) n
        join conversation c on c.id = n.conversation_id join message m on m.seq = n.last";
    let found = listed(db.conn(), recent, filter, limit)?;
    if found.len() >= limit as usize {
        return Ok(found);
    }
    let all = "conversation c
        join message m on m.seq = (select max(n.seq) from message n where n.conversation_id = c.id)";
    listed(db.conn(), all, filter, limit)
}

fn listed(conn: &Connection, from: &str, filter: &str, limit: u32) -> Result<Vec<Conversation>> {
    let sql = format!(
        "select c.id, c.customer_id, c.theirs, p.name, c.unread, m.direction = 'inbound', m.body, m.created_at
         from {from} left join customer p on p.id = c.customer_id
         where {filter} order by m.seq desc limit ?1"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map([limit], conversation_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn conversation_row(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    let theirs = SafeText::new(&row.get::<_, String>(2)?);
    let customer: Option<CustomerId> = row.get(1)?;
    Ok(Conversation {
        id: row.get(0)?,
        party: customer.map_or_else(|| Party::Number(theirs.clone()), Party::Customer),
        name: SafeText::new(&row.get::<_, Option<String>>(3)?.unwrap_or_default()),
        theirs,
        unread: row.get(4)?,
        needs_reply: row.get(5)?,
        last: SafeText::new(&row.get::<_, String>(6)?),
        at: row.get(7)?,
    })
}

/// The newest `limit` texts of a customer, all their numbers together, or of a stranger's number;
/// newest last. With what a composer must know.
///
/// # Errors
/// No such customer, or the actor may not.
pub fn thread(db: &Db, actor: &Actor, party: &Party, limit: u32) -> Result<Thread> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = &*db.snapshot()?;
    let party = &standing(conn, party)?;
    let (customer, name, timezone, number) = match party {
        Party::Customer(id) => {
            let (name, timezone) = person(conn, *id)?;
            let mobile = effective::projected(conn, *id, Field::Mobile)?;
            (Some(*id), name, timezone, mobile.map(|mobile| mobile.value))
        }
        Party::Number(theirs) => {
            let number = E164::parse(theirs.as_str()).map(|number| number.as_str().to_owned());
            (None, String::new(), String::new(), number)
        }
    };
    let consent = match number.as_deref().and_then(E164::parse) {
        Some(number) => Some(consent::shown(conn, &number, customer, Purpose::Service)?),
        None => None,
    };
    Ok(Thread {
        party: party.clone(),
        name: SafeText::new(&name),
        number: number.as_deref().map(SafeText::new),
        consent,
        timezone,
        texts: texts(conn, actor, party, limit)?,
    })
}

/// Of whoever was merged away, the one who was kept.
fn standing(conn: &Connection, party: &Party) -> Result<Party> {
    Ok(match party {
        Party::Customer(id) => Party::Customer(merge::living(conn, *id)?),
        Party::Number(_) => party.clone(),
    })
}

fn person(conn: &Connection, id: CustomerId) -> Result<(String, String)> {
    conn.prepare_cached(
        "select name, coalesce(timezone, '') from customer where id = ?1 and deleted_at is null",
    )?
    .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()?
    .ok_or_else(|| Error::NotFound { what: "customer", name: id.to_string() })
}

/// A text belongs to a customer by itself, or because its conversation does: a family on one number
/// has one conversation.
const OF_CUSTOMER: &str = "
    select seq from (select seq from message where customer_id = ?1 order by seq desc limit ?2)
    union
    select seq from (select m.seq from conversation c join message m on m.conversation_id = c.id
        where c.customer_id = ?1 order by m.seq desc limit ?2)";
const OF_NUMBER: &str = "
    select m.seq from conversation c join message m on m.conversation_id = c.id
    where c.theirs = ?1 order by m.seq desc limit ?2";

fn texts(conn: &Connection, actor: &Actor, party: &Party, limit: u32) -> Result<Vec<Text>> {
    let (newest, of): (&str, &dyn rusqlite::ToSql) = match party {
        Party::Customer(id) => (OF_CUSTOMER, id),
        Party::Number(theirs) => (OF_NUMBER, &theirs.as_str()),
    };
    let sql = format!(
        "select m.id, m.direction = 'inbound', m.body, m.status, m.error_code, m.segments, m.created_at,
            iif(coalesce(j.reason, '') = '', j.not_before, null), iif(j.created_by = ?3, j.seq, null)
         from message m left join job j on j.subject_id = m.id and j.kind = 'text' and j.state = 'waiting'
         where m.seq in ({newest}) order by m.seq desc limit ?2"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map(params![of, limit, actor.user], |row| {
        Ok(Text {
            id: row.get(0)?,
            inbound: row.get(1)?,
            body: SafeText::multiline(&row.get::<_, String>(2)?),
            status: row.get(3)?,
            error_code: row.get(4)?,
            segments: row.get(5)?,
            at: row.get(6)?,
            held_until: row.get(7)?,
            job: row.get(8)?,
        })
    })?;
    let mut texts = rows.collect::<rusqlite::Result<Vec<Text>>>()?;
    texts.reverse();
    Ok(texts)
}

/// Somebody has read the thread: nothing of it is unread any more, for everybody.
///
/// # Errors
/// The actor may not.
pub fn read(db: &mut Db, actor: &Actor, now: Micros, party: &Party) -> Result<()> {
    let tx = db.begin(actor, now)?;
    tx.allow(Action::ReadCustomers, Object::Any)?;
    match &standing(&tx.tx, party)? {
        Party::Customer(id) => tx
            .tx
            .prepare_cached("update conversation set unread = 0 where customer_id = ?1 and unread > 0")?
            .execute([id])?,
        Party::Number(theirs) => tx
            .tx
            .prepare_cached("update conversation set unread = 0 where theirs = ?1 and unread > 0")?
            .execute([theirs.as_str()])?,
    };
    tx.commit()
}
