//! Taking back a no to texts that was entered by mistake, within five seconds and by the same person. The
//! log keeps both lines. A STOP that the customer sent is never taken back here.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Candidate;
use crate::domain::consent::{Act, Purpose};
use crate::domain::ids::{ConsentId, CustomerId, UserId};
use crate::domain::phone::E164;
use crate::domain::role::Actor;
use crate::domain::shown::{Undoable, Undone};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::store::consent::{self, spoken};
use crate::store::{Error, Result, Tx};

/// As screens call it.
pub(super) const KIND: &str = "no to texts";

/// How long it can be a slip of the finger.
const WINDOW: Duration = Duration::from_secs(5);

const MISTAKE: &str = "entered by mistake";

/// The actor's newest no by voice, with the number of its audit entry.
pub(super) fn newest(conn: &Connection, actor: &Actor, now: Micros) -> Result<Option<Candidate>> {
    let mut statement = conn.prepare_cached(
        "select n.seq, n.customer_id, coalesce(c.name, n.address), n.at,
            (select max(a.seq) from audit a where a.object_id = n.id and a.action = 'consent revoke')
         from consent n left join customer c on c.id = n.customer_id
         where n.seq > (select coalesce(max(seq), 0) - 1000 from consent) and n.at > ?2 and n.user_id = ?1
           and n.act = 'revoke' and n.method = 'voice' and n.message_id is null
           and not exists (select 1 from consent w where w.address = n.address and w.corrects = n.id)
         order by n.seq desc limit 1",
    )?;
    let candidate = |row: &Row<'_>| {
        let act = Undoable {
            seq: row.get(0)?,
            kind: KIND.to_owned(),
            customer: row.get(1)?,
            name: SafeText::new(&row.get::<_, String>(2)?),
            until: row.get::<_, Micros>(3)? + WINDOW,
        };
        Ok((row.get::<_, Option<i64>>(4)?.unwrap_or_default(), act))
    };
    Ok(statement.query_row(params![actor.user, now - WINDOW], candidate).optional()?)
}

/// Appends that it was a mistake, for every purpose it was said for in one breath.
pub(super) fn take_back(tx: &mut Tx<'_>, seq: i64) -> Result<Undone> {
    type Row = (E164, Option<CustomerId>, Option<UserId>, Micros, bool, Option<String>);
    let found: Option<Row> = tx
        .tx
        .prepare_cached(
            "select n.address, n.customer_id, n.user_id, n.at,
                n.act = 'revoke' and n.method = 'voice' and n.message_id is null, c.name
             from consent n left join customer c on c.id = n.customer_id where n.seq = ?1",
        )?
        .query_row([seq], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })
        .optional()?;
    let Some((number, customer, user, at, by_voice, name)) = found else {
        return Err(Error::NotFound { what: "no to texts", name: seq.to_string() });
    };
    super::own(tx, user)?;
    if !by_voice {
        return Err(Error::Denied("the customer said so themselves: only they can take it back"));
    }
    if at + WINDOW < tx.now {
        let why = "it is too late to be a slip: ask the customer, and record what they say now";
        return Err(Error::Refused(why.to_owned()));
    }
    for (wrong, purpose) in together(tx, &number, user, at)? {
        let entry = consent::NewEntry { purpose, note: MISTAKE, ..spoken(&number, customer, Act::Release) };
        consent::correct(tx, &entry, wrong)?;
    }
    let name = SafeText::new(&name.unwrap_or_else(|| number.to_string()));
    Ok(Undone { kind: KIND.to_owned(), customer, name, body: String::new() })
}

/// The lines of one act that are not taken back yet.
fn together(
    tx: &Tx<'_>,
    number: &E164,
    user: Option<UserId>,
    at: Micros,
) -> Result<Vec<(ConsentId, Purpose)>> {
    let mut statement = tx.tx.prepare_cached(
        "select n.id, n.purpose from consent n
         where n.address = ?1 and n.channel = 'sms' and n.user_id = ?2 and n.at = ?3 and n.act = 'revoke'
           and n.method = 'voice' and n.message_id is null
           and not exists (select 1 from consent w where w.address = n.address and w.corrects = n.id)
         order by n.seq",
    )?;
    let rows = statement.query_map(params![number, user, at], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
