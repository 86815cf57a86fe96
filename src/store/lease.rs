//! Who may move jobs: a `flock` on `<database>.sync`, freed by the kernel when its holder dies, and
//! a row with an epoch that fences every write of a holder that has lost it (design 6).

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::params;

use super::open::beside;
use super::{Db, Error, Result, Tx};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;

/// A holder that has not renewed for this long, suspended time included, has lost the lease.
pub const TTL: Duration = Duration::from_secs(60);

/// The machine's own clock since boot: it goes on while the machine sleeps and cannot be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootClock {
    pub id: String,
    pub micros: i64,
}

impl BootClock {
    /// Reads the machine's clock.
    pub fn read() -> Self {
        #[cfg(target_os = "linux")]
        let clock = rustix::time::ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let clock = rustix::time::ClockId::Monotonic;
        let time = rustix::time::clock_gettime(clock);
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self { id: id.trim().to_owned(), micros: time.tv_sec * 1_000_000 + time.tv_nsec / 1000 }
    }
}

/// The lease, while this process has it.
#[derive(Debug)]
pub struct Lease {
    pub epoch: i64,
    /// Held for its lock only; absent when the lease was taken from a sleeping holder.
    _lock: Option<File>,
}

/// Takes the lease, if nobody who is awake has it.
///
/// # Errors
/// Only if the disk refuses.
pub fn take(
    db: &mut Db,
    database: &Path,
    holder: &str,
    boot: &BootClock,
    now: Micros,
) -> Result<Option<Lease>> {
    let lock = try_lock(&beside(database, ".sync"))
        .map_err(|why| Error::Refused(format!("{}: {why}", beside(database, ".sync").display())))?;
    let machine = Actor::machine();
    let tx = db.begin(&machine, now)?;
    tx.allow(Action::RunSync, Object::Any)?;
    let (locked, renewed): (bool, BootClock) =
        tx.tx.query_row("select locked, boot_id, boot_us from lease", [], |row| {
            Ok((row.get(0)?, BootClock { id: row.get(1)?, micros: row.get(2)? }))
        })?;
    if !is_free(lock.is_some(), locked, &renewed, boot) {
        return Ok(None);
    }
    let epoch = tx.tx.query_row(
        "update lease set epoch = epoch + 1, holder = ?1, boot_id = ?2, boot_us = ?3, at = ?4, locked = ?5
         returning epoch",
        params![holder, boot.id, boot.micros, now, lock.is_some()],
        |row| row.get(0),
    )?;
    tx.commit()?;
    Ok(Some(Lease { epoch, _lock: lock }))
}

/// Does anybody who is awake have the lease? `got` is the lock; `locked` says whether the holder in
/// the row has it: who took over from a sleeper does not, and then a free lock proves nothing.
fn is_free(got: bool, locked: bool, renewed: &BootClock, boot: &BootClock) -> bool {
    let same_boot = renewed.id == boot.id;
    let ttl = i64::try_from(TTL.as_micros()).unwrap_or(i64::MAX);
    let expired = boot.micros.saturating_sub(renewed.micros) > ttl;
    match (got, locked) {
        (true, true) => true,
        (true, false) => expired || !same_boot,
        (false, _) => expired && same_boot,
    }
}

/// Renews the lease.
///
/// # Errors
/// [`Error::Fenced`] once another process has taken it.
pub fn renew(db: &mut Db, epoch: i64, boot: &BootClock, now: Micros) -> Result<()> {
    let machine = Actor::machine();
    let tx = db.begin(&machine, now)?;
    let renewed = tx.tx.execute(
        "update lease set boot_id = ?2, boot_us = ?3, at = ?4 where epoch = ?1",
        params![epoch, boot.id, boot.micros, now],
    )?;
    if renewed == 0 {
        return Err(Error::Fenced);
    }
    tx.commit()
}

/// Fences a write: the epoch must still be the newest.
pub(super) fn check(tx: &Tx<'_>, epoch: i64) -> Result<()> {
    let newest: i64 = tx.tx.prepare_cached("select epoch from lease")?.query_row([], |row| row.get(0))?;
    if newest == epoch { Ok(()) } else { Err(Error::Fenced) }
}

fn try_lock(path: &Path) -> std::io::Result<Option<File>> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(why)) => Err(why),
    }
}
