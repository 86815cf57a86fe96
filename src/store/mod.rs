//! The local database: every SQL statement of the program lives under this folder.
//!
//! One function per use case, each a single `begin immediate` transaction, over a [`Db`]: a
//! connection plus the source of ids. Time is handed in. [`threads`] is the thin shell that runs
//! these functions off the caller's thread.

pub mod audit;
pub mod batches;
pub mod card;
pub mod claims;
pub mod clash;
pub mod consent;
pub mod conversations;
pub mod costs;
pub mod customers;
pub mod debts;
mod decisions;
pub mod destinations;
pub mod do_not_contact;
pub mod doctor;
pub mod drafts;
pub mod duplicates;
pub mod effective;
pub mod export;
pub mod holds;
pub mod identity;
pub mod imports;
pub mod inbound;
pub mod inbox;
pub mod key;
mod lanes;
pub mod later;
pub mod lease;
pub mod lint;
pub mod mails;
pub mod master;
pub mod media;
pub mod merge;
pub mod messages;
pub mod notes;
pub mod open;
pub mod outbox;
pub mod payments;
pub mod presence;
pub mod prove;
pub mod pulled;
pub mod queue;
pub mod quiet;
pub mod record;
pub mod report;
pub mod retry;
pub mod ring;
pub mod search;
pub mod secrets;
pub mod several;
mod sql;
pub mod state;
pub mod templates;
#[cfg(test)]
mod tests;
pub mod threads;
pub mod timeline;
pub mod trust;
pub mod undo;
pub mod updates;
pub mod users;
pub mod why;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::domain::consent::Block;
use crate::domain::ids::CustomerId;
use crate::domain::quiet::Rules;
use crate::domain::role::{self, Action, Actor, Decision, Object};
use crate::domain::time::Micros;
use crate::domain::update::FieldError;
pub use identity::Ids;

/// What can go wrong, as sentences. The file is unchanged whenever one of these is returned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Open(#[from] open::OpenError),
    #[error("not allowed: {0}")]
    Denied(&'static str),
    #[error("this needs a second yes: repeat it with --yes")]
    AskAgain,
    #[error("{what} not found: {name}")]
    NotFound { what: &'static str, name: String },
    #[error("{} customers match \"{name}\": use a policy number or an id", .ids.len())]
    Many { name: String, ids: Vec<CustomerId> },
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Fields(Vec<FieldError>),
    #[error("not sent: {0}")]
    Blocked(Block),
    /// Somebody saved between what was seen and this.
    #[error(
        "{by} changed the {} meanwhile: nothing was saved; look at it and save again",
        .fields.join(", the ")
    )]
    Overwrites { by: String, fields: Vec<String> },
    #[error("{0}")]
    Refused(String),
    #[error("the sync lease was taken over by another process")]
    Fenced,
    #[error("the disk is full: nothing was saved; free some space and repeat")]
    DiskFull,
    #[error(
        "the disk does not take it ({0}): nothing was saved; see that it has room and is sound, then repeat"
    )]
    Disk(rusqlite::Error),
    #[error("the database is busy: nothing was saved; repeat in a moment")]
    Busy,
    #[error("a newer question was asked")]
    Overtaken,
    #[error("database: {0}")]
    Sql(rusqlite::Error),
}

pub type Result<T> = std::result::Result<T, Error>;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            Some(rusqlite::ErrorCode::SystemIoFailure) => Self::Disk(error),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Self::Busy,
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::Overtaken,
            _ => Self::Sql(error),
        }
    }
}

/// An open database. Made by [`open::open`].
pub struct Db {
    conn: Connection,
    ids: Ids,
    /// Until somebody says which, no hours are quiet.
    quiet: Option<Arc<Rules>>,
}

impl Db {
    /// For reads.
    pub(crate) fn conn(&self) -> &Connection {
        &self.conn
    }

    /// Replaces the source of ids, so that a simulation can be replayed.
    pub fn set_ids(&mut self, ids: Ids) {
        self.ids = ids;
    }

    /// From here on these hours are quiet.
    pub fn set_quiet(&mut self, rules: Arc<Rules>) {
        self.quiet = Some(rules);
    }

    /// One picture of the file for a read of several statements, until it is dropped.
    fn snapshot(&self) -> Result<Transaction<'_>> {
        Ok(self.conn.unchecked_transaction()?)
    }

    /// Keeps so much of the file in memory, decrypted, for whoever walks the same indexes at every key.
    ///
    /// # Errors
    /// Only if the file cannot be read.
    pub fn keep(&self, kibibytes: i64) -> rusqlite::Result<()> {
        self.conn.pragma_update(None, "cache_size", -kibibytes)
    }

    /// Changes when another connection has committed (about 2 µs to ask).
    pub fn data_version(&self) -> Result<i64> {
        Ok(self.conn.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// Stops every statement of this connection while `unwanted` says so. Unlike an interrupt, it
    /// cannot come too early and be lost.
    fn stop_while(&mut self, unwanted: impl FnMut() -> bool + Send + 'static) -> rusqlite::Result<()> {
        self.conn.progress_handler(1000, Some(unwanted))
    }

    /// Does `work` without waiting for the disk after each commit, then waits once for all of it. Only
    /// for a desk that nobody has seen yet, such as the demo's: what is cut short here is lost.
    ///
    /// # Errors
    /// Of `work`, or the disk refuses.
    pub fn unseen<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let careful = |db: &Self, level: &str| db.conn.pragma_update(None, "synchronous", level);
        careful(self, "off").map_err(Error::from)?;
        let done = work(self);
        careful(self, "full").map_err(Error::from)?;
        self.conn.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).map_err(Error::from)?;
        done
    }

    /// Begins a write by `actor` at `now`.
    fn begin<'a>(&'a mut self, actor: &'a Actor, now: Micros) -> Result<Tx<'a>> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let quiet = self.quiet.as_ref();
        Ok(Tx { tx, ids: &mut self.ids, quiet, actor, now, changed: RefCell::default() })
    }
}

/// One write: dropped without [`Tx::commit`] it leaves no trace.
struct Tx<'a> {
    tx: Transaction<'a>,
    ids: &'a mut Ids,
    quiet: Option<&'a Arc<Rules>>,
    actor: &'a Actor,
    now: Micros,
    changed: RefCell<BTreeSet<CustomerId>>,
}

impl Tx<'_> {
    fn commit(self) -> Result<()> {
        search::index::write(&self.tx, &self.changed.borrow())?;
        Ok(self.tx.commit()?)
    }

    /// Something of this customer that is searched has changed, or may have.
    fn changed(&self, customer: CustomerId) {
        self.changed.borrow_mut().insert(customer);
    }

    fn allow(&self, action: Action, object: Object) -> Result<()> {
        allow(self.actor, action, object)
    }

    fn id(&mut self) -> uuid::Uuid {
        self.ids.next(self.now)
    }
}

/// Asks [`role::can`]; a second yes counts where one is asked for.
fn allow(actor: &Actor, action: Action, object: Object) -> Result<()> {
    match role::can(actor, action, object) {
        Decision::Allow => Ok(()),
        Decision::AskAgain if actor.confirmed => Ok(()),
        Decision::AskAgain => Err(Error::AskAgain),
        Decision::Deny(why) => Err(Error::Denied(why)),
    }
}
