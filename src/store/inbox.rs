//! The inbox and the threads: who wrote, and what was said (TWS-27, G8).

use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};
use uuid::Uuid;

use super::drafts::{self, Owner};
use super::{Db, Error, Result, allow, consent, effective, media, merge, presence};
use crate::domain::consent::Purpose;
use crate::domain::ids::CustomerId;
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::search::captured_question;
use crate::domain::shown::{Conversation, Conversations, Hours, InboxFilter, InboxView, Party, Text, Thread};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::Field;

/// Found texts are counted no further.
const COUNTED: u32 = 1_000;

/// Where a page of the inbox is read from.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The text of the row before the page; `None`: from the beginning.
    pub after: Option<i64>,
    pub newest_first: bool,
    pub limit: u32,
    /// The desk that asks: what it does itself is no news to it.
    pub desk: Uuid,
}

/// A page of the inbox, by the newest text of each conversation; with words to find, a page of the texts
/// that have them. Two numbers of one customer are two lines.
///
/// # Errors
/// The actor may not.
pub fn conversations(
    db: &Db,
    actor: &Actor,
    now: Micros,
    filter: &InboxFilter,
    reading: Reading,
) -> Result<Conversations> {
    allow(actor, Action::ReadCustomers, Object::Any)?;
    let conn = &*db.snapshot()?;
    let find = filter.find.as_deref().map(str::trim).filter(|words| !words.is_empty());
    let question = find.map(captured_question).unwrap_or_default();
    let index = match (find, filter.view) {
        (Some(_), _) => {
            "message_search t cross join message m on m.seq = t.rowid
            join conversation c on c.id = m.conversation_id where t.message_search match :words"
        }
        (_, InboxView::All) => "conversation c indexed by conversation_last where 1",
        (_, InboxView::Unread) => "conversation c indexed by conversation_unread_last where c.unread > 0",
        (_, InboxView::Mine) => {
            "conversation c indexed by conversation_assigned_last where c.assigned_to = :me and c.status = 'open'"
        }
        (_, InboxView::Unassigned) => {
            "conversation c indexed by conversation_assigned_last
             where c.assigned_to is null and c.status = 'open'"
        }
        (_, InboxView::ForUs) => {
            "conversation c indexed by conversation_for_us where c.status = 'open' and c.last_inbound = 1"
        }
        (_, InboxView::ForThem) => {
            "conversation c indexed by conversation_for_them where c.status = 'open' and c.last_inbound = 0"
        }
    };
    let key = if find.is_some() { "t.rowid" } else { "c.last_seq" };
    let (beyond, order) = if reading.newest_first { ("<", "desc") } else { (">", "asc") };
    let message = if find.is_some() { "m.seq" } else { "c.last_seq" };
    let sql = format!(
        "select c.id, m.seq, c.customer_id, c.theirs, p.name, c.ours, c.unread,
            c.last_inbound and c.status = 'open', c.status = 'closed', coalesce(u.name, ''),
            m.direction = 'inbound', m.body, m.created_at
         from (select c.id as conversation, {message} as message from {index} and {key} {beyond} :after
            and :me is :me and :words is :words order by {key} {order} limit :limit) page
         cross join conversation c on c.id = page.conversation cross join message m on m.seq = page.message
         left join customer p on p.id = c.customer_id left join user u on u.id = c.assigned_to
         order by m.seq {order}"
    );
    let after = reading.after.unwrap_or(if reading.newest_first { i64::MAX } else { 0 });
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map(
        named_params! {
            ":after": after, ":limit": reading.limit, ":me": actor.user, ":words": question,
        },
        conversation_row,
    )?;
    let mut lines = rows.collect::<rusqlite::Result<Vec<Conversation>>>()?;
    let begun = drafts::texts_begun(conn, actor)?;
    let answering = presence::answering(conn, now, reading.desk)?;
    for line in &mut lines {
        line.draft = begun.contains(&Owner::from(&line.party));
        line.answering = answering.get(&line.party).cloned().unwrap_or_default();
    }
    let most = if find.is_some() { COUNTED } else { u32::MAX };
    let of = conn
        .prepare_cached(&format!(
            "select count(*) from (select 1 from {index} and :me is :me and :words is :words limit :most)"
        ))?
        .query_row(named_params! { ":me": actor.user, ":words": question, ":most": most }, |row| {
            row.get(0)
        })?;
    Ok(Conversations { lines, of })
}

fn conversation_row(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    let theirs = SafeText::new(&row.get::<_, String>(3)?);
    let customer: Option<CustomerId> = row.get(2)?;
    Ok(Conversation {
        id: row.get(0)?,
        seq: row.get(1)?,
        party: customer.map_or_else(|| Party::Number(theirs.clone()), Party::Customer),
        name: SafeText::new(&row.get::<_, Option<String>>(4)?.unwrap_or_default()),
        ours: SafeText::new(&row.get::<_, String>(5)?),
        theirs,
        unread: row.get(6)?,
        needs_reply: row.get(7)?,
        closed: row.get(8)?,
        assigned: SafeText::new(&row.get::<_, String>(9)?),
        draft: false,
        answering: SafeText::default(),
        inbound: row.get(10)?,
        last: SafeText::new(&row.get::<_, String>(11)?),
        at: row.get(12)?,
    })
}

/// The newest `limit` texts of a customer, all their numbers together, or of a stranger's number;
/// newest last. With what a composer must know.
///
/// # Errors
/// No such customer, or the actor may not.
pub fn thread(
    db: &Db,
    actor: &Actor,
    now: Micros,
    party: &Party,
    (limit, desk): (u32, Uuid),
) -> Result<Thread> {
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
    let ours = match number.as_deref() {
        Some(number) => last_used(conn, number)?,
        None => None,
    };
    Ok(Thread {
        party: party.clone(),
        name: SafeText::new(&name),
        ours: ours.as_deref().map(SafeText::new),
        answering: presence::answering(conn, now, desk)?.remove(party).into_iter().collect(),
        number: number.as_deref().map(SafeText::new),
        consent,
        timezone,
        hours: Hours::default(),
        texts: texts(conn, actor, party, limit)?,
    })
}

/// The number of ours that stands in the newest text with theirs: they answer to it, or know it.
fn last_used(conn: &Connection, theirs: &str) -> Result<Option<String>> {
    Ok(conn
        .prepare_cached("select ours from conversation where theirs = ?1 order by last_seq desc limit 1")?
        .query_row([theirs], |row| row.get(0))
        .optional()?)
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
            iif(j.state = 'waiting', j.not_before, null), iif(j.state = 'waiting' and j.created_by = ?3, j.seq, null),
            iif(m.sent_by is ?3, '', coalesce(u.name, '')), iif(j.state = 'accepted', '', coalesce(j.reason, '')),
            m.price, m.price_unit, m.retry_of is not null, m.media
         from message m left join job j on j.subject_id = m.id and j.kind = 'text'
         left join user u on u.id = m.sent_by
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
            by: SafeText::new(&row.get::<_, String>(9)?),
            reason: SafeText::new(&row.get::<_, String>(10)?),
            price: reported(row.get(11)?, row.get(12)?),
            again: row.get(13)?,
            media: media::shown(&row.get::<_, String>(14)?),
        })
    })?;
    let mut texts = rows.collect::<rusqlite::Result<Vec<Text>>>()?;
    texts.reverse();
    Ok(texts)
}

/// The price as it was reported: money spent is a negative one.
pub(super) fn reported(price: Option<String>, unit: Option<String>) -> Option<String> {
    let price = price?;
    let spent = price.strip_prefix('-').unwrap_or(&price).to_owned();
    Some(format!("{spent} {}", unit.unwrap_or_default().to_uppercase()).trim_end().to_owned())
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
