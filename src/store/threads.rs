//! The thin shell around the store's functions: one thread that writes, in order, and those that read:
//! one for looking customers up, so that no other read stands before a key press, one for what looks
//! at everything, started when it is first wanted, one for the rest. Closures go in, answers come out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::open::{self, Location, OpenError};
use super::{Db, Error, Result};
use crate::domain::quiet::Rules;

type Work = Box<dyn FnOnce(&mut Db) + Send>;

/// What a read is for. A newer read of the same slot interrupts an older one: its answer is no
/// longer wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The list under the look-up line.
    Lookup,
    /// What the open screen shows.
    Screen,
    /// A second part of it: the timeline beside the card, the detail under a list.
    Detail,
    /// A thread. It stands beside the card it belongs to or under the inbox, and both are asked for
    /// at the same change: neither may overtake it, or a STOP would not be seen.
    Thread,
    /// Who looks like whom: behind the card's first picture.
    Alike,
    /// The state rows.
    State,
    /// What looks at everything and takes its time: no list waits behind it.
    Count,
    /// The same, never overtaken by another count.
    Clashes,
    /// Asked once; nothing overtakes it.
    Once,
}

const SLOTS: usize = 9;

/// Kibibytes of the file that a reader keeps. A look-up walks the same indexes at every key: of
/// 100,000 customers they fit in here.
pub const LOOKUP_MEMORY: i64 = 16_000;
const MEMORY: i64 = 2_000;

/// Handle to the threads of one database. Dropping it waits for what was handed in.
pub struct Store {
    writer: Lane,
    lookup: Reader,
    rest: Reader,
    count: OnceLock<Reader>,
    location: Location,
    quiet: Option<Arc<Rules>>,
}

struct Lane {
    work: Option<Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

/// A lane whose work can be overtaken: per slot, the number of the newest read.
struct Reader {
    lane: Lane,
    newest: Arc<[AtomicU64; SLOTS]>,
    /// The read under way: its number times [`SLOTS`], plus its slot.
    running: Arc<AtomicU64>,
}

impl Store {
    /// Opens the database once for writing and twice for reading.
    ///
    /// # Errors
    /// See [`open::open`].
    pub fn open(at: &Location) -> std::result::Result<Self, OpenError> {
        Self::start(at, None)
    }

    /// The same for an office that keeps quiet hours.
    ///
    /// # Errors
    /// See [`open::open`].
    pub fn open_with(at: &Location, quiet: Arc<Rules>) -> std::result::Result<Self, OpenError> {
        Self::start(at, Some(quiet))
    }

    fn start(at: &Location, quiet: Option<Arc<Rules>>) -> std::result::Result<Self, OpenError> {
        let writer = Lane::start("store-writer", opened(at, quiet.as_ref())?, at)?;
        let lookup = Reader::start("store-lookup", at, quiet.as_ref(), LOOKUP_MEMORY)?;
        let rest = Reader::start("store-reader", at, quiet.as_ref(), MEMORY)?;
        Ok(Self { writer, lookup, rest, count: OnceLock::new(), location: at.clone(), quiet })
    }

    /// One more connection of the same kind, for whoever needs one of their own.
    ///
    /// # Errors
    /// See [`open::open`].
    pub fn another(&self) -> impl FnOnce() -> std::result::Result<Db, OpenError> + Send + use<> {
        let (at, quiet) = (self.location.clone(), self.quiet.clone());
        move || opened(&at, quiet.as_ref())
    }

    /// Runs a write after all that were handed in before; it is handed in at once, waited for or not.
    /// Writes are never canceled.
    ///
    /// # Errors
    /// What the closure answers.
    pub fn write<T, F>(&self, work: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T> + Send + 'static,
    {
        self.writer.run(work)
    }

    /// Runs a read; one of the same slot that was handed in before is interrupted.
    ///
    /// # Errors
    /// What the closure answers; an interrupted one is [`Error::Overtaken`].
    pub fn read<T, F>(&self, slot: Slot, work: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Result<T> + Send + 'static,
    {
        let reader = match slot {
            Slot::Lookup => &self.lookup,
            Slot::Count | Slot::Clashes => self.counting(),
            _ => &self.rest,
        };
        reader.run(slot, work)
    }

    /// Where the database is, for whoever needs a connection of their own.
    pub fn location(&self) -> &Location {
        &self.location
    }

    fn counting(&self) -> &Reader {
        if let Some(reader) = self.count.get() {
            return reader;
        }
        match Reader::start("store-count", &self.location, self.quiet.as_ref(), MEMORY) {
            Ok(reader) => self.count.get_or_init(|| reader),
            // Slower for the others, and still right.
            Err(why) => {
                tracing::warn!(%why, "one reader less");
                &self.rest
            }
        }
    }

    /// Changes when anybody has committed, this process included.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn version(&self) -> impl Future<Output = Result<i64>> + Send + use<> {
        self.rest.lane.run(|db| db.data_version())
    }
}

impl Drop for Store {
    /// Nobody wants a count any more, and whoever leaves does not wait for it.
    fn drop(&mut self) {
        if let Some(reader) = self.count.get() {
            reader.newest[Slot::Count as usize].fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Reader {
    fn start(
        name: &str,
        at: &Location,
        quiet: Option<&Arc<Rules>>,
        memory: i64,
    ) -> std::result::Result<Self, OpenError> {
        let mut db = opened(at, quiet)?;
        let sql = |why| OpenError::Sql { path: at.database.clone(), why };
        db.keep(memory).map_err(sql)?;
        let (newest, running) = <(Arc<[AtomicU64; SLOTS]>, Arc<AtomicU64>)>::default();
        let (wanted, current) = (Arc::clone(&newest), Arc::clone(&running));
        db.stop_while(move || is_stale(&wanted, current.load(Ordering::Relaxed))).map_err(sql)?;
        Ok(Self { lane: Lane::start(name, db, at)?, newest, running })
    }

    fn run<T, F>(&self, slot: Slot, work: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Result<T> + Send + 'static,
    {
        let newest = &self.newest[slot as usize];
        let number = match slot {
            Slot::Once => newest.load(Ordering::Relaxed),
            _ => newest.fetch_add(1, Ordering::Relaxed) + 1,
        };
        let (newest, running) = (Arc::clone(&self.newest), Arc::clone(&self.running));
        self.lane.run(move |db| {
            let me = number * SLOTS as u64 + slot as u64;
            running.store(me, Ordering::Relaxed);
            if is_stale(&newest, me) {
                return Err(Error::Overtaken);
            }
            work(db)
        })
    }
}

fn opened(at: &Location, quiet: Option<&Arc<Rules>>) -> std::result::Result<Db, OpenError> {
    let mut db = open::open(at)?;
    db.quiet = quiet.map(Arc::clone);
    Ok(db)
}

fn is_stale(newest: &[AtomicU64; SLOTS], running: u64) -> bool {
    let slots = SLOTS as u64;
    newest
        .get(usize::try_from(running % slots).unwrap_or(0))
        .is_some_and(|newest| newest.load(Ordering::Relaxed) != running / slots)
}

impl Lane {
    fn start(name: &str, mut db: Db, at: &Location) -> std::result::Result<Self, OpenError> {
        let (work, inbox): (Sender<Work>, Receiver<Work>) = mpsc::channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Ok(work) = inbox.recv() {
                    work(&mut db);
                }
            })
            .map_err(|why| OpenError::Io { path: at.database.clone(), why })?;
        Ok(Self { work: Some(work), thread: Some(thread) })
    }

    fn run<T, F>(&self, work: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let work: Work = Box::new(move |db| {
            // Nobody waiting for the answer any more is no reason not to do the work.
            let _ = answer.send(work(db));
        });
        let sent = self.work.as_ref().is_some_and(|lane| lane.send(work).is_ok());
        async move {
            if !sent {
                return Err(stopped());
            }
            wait.await.unwrap_or_else(|_| Err(stopped()))
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.work = None;
        if let Some(thread) = self.thread.take() {
            // A panic over there was reported there.
            let _ = thread.join();
        }
    }
}

fn stopped() -> Error {
    Error::Refused("the database thread has stopped: start cordboard again; what was saved is safe".into())
}
