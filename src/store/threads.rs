//! The thin shell around the store's functions: one thread that writes, in order, and one that
//! reads and can be interrupted. Closures go in, answers come out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::open::{self, Location, OpenError};
use super::{Db, Error, Result};

type Work = Box<dyn FnOnce(&mut Db) + Send>;

/// Handle to the threads of one database. Dropping it waits for what was handed in.
pub struct Store {
    writer: Lane,
    reader: Lane,
    /// The number of the newest read, and of the one that runs.
    newest: Arc<AtomicU64>,
    running: Arc<AtomicU64>,
}

struct Lane {
    work: Option<Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// Opens the database once for writing and once for reading.
    ///
    /// # Errors
    /// See [`open::open`].
    pub fn open(at: &Location) -> std::result::Result<Self, OpenError> {
        let writer = open::open(at)?;
        let mut reader = open::open(at)?;
        let (newest, running) = <(Arc<AtomicU64>, Arc<AtomicU64>)>::default();
        let (wanted, current) = (Arc::clone(&newest), Arc::clone(&running));
        reader
            .stop_while(move || wanted.load(Ordering::Relaxed) != current.load(Ordering::Relaxed))
            .map_err(|why| OpenError::Sql { path: at.database.clone(), why })?;
        let lane =
            |name, db| Lane::start(name, db).map_err(|why| OpenError::Io { path: at.database.clone(), why });
        let (writer, reader) = (lane("store-writer", writer)?, lane("store-reader", reader)?);
        Ok(Self { writer, reader, newest, running })
    }

    /// Runs a write after all that were handed in before. Writes are never canceled.
    ///
    /// # Errors
    /// What the closure answers.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T> + Send + 'static,
    {
        self.writer.run(work).await
    }

    /// Runs a read; those handed in before are interrupted, their answers are no longer wanted.
    ///
    /// # Errors
    /// What the closure answers.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Result<T> + Send + 'static,
    {
        let number = self.newest.fetch_add(1, Ordering::Relaxed) + 1;
        let running = Arc::clone(&self.running);
        self.reader
            .run(move |db| {
                running.store(number, Ordering::Relaxed);
                work(db)
            })
            .await
    }
}

impl Lane {
    fn start(name: &str, mut db: Db) -> std::io::Result<Self> {
        let (work, inbox): (Sender<Work>, Receiver<Work>) = mpsc::channel();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Ok(work) = inbox.recv() {
                work(&mut db);
            }
        })?;
        Ok(Self { work: Some(work), thread: Some(thread) })
    }

    async fn run<T, F>(&self, work: F) -> Result<T>
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
        if !sent {
            return Err(stopped());
        }
        wait.await.unwrap_or_else(|_| Err(stopped()))
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
