//! Opening: the key, the pragmas, the proof that encryption is on, and the migrations.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};

use super::key::{self, Key};
use super::search::{Building, index};
use super::{Db, Ids, audit, clash};
use crate::domain::search::{captured_tokens, text_words};

mod embedded {
    refinery::embed_migrations!("migrations/desk");
}

/// SQLite before this corrupts a WAL file that several connections write.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How long a writer waits for its turn before it says that the file is busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// The schema from which on clashes are written with every change.
const CLASHES: i32 = 14;

/// Why a database could not be opened, with the way out.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("there is no desk at {0}: set one up with `cordboard init`")]
    Missing(PathBuf),
    #[error("there is a desk at {0} already: `cordboard paths` shows its files")]
    Exists(PathBuf),
    #[error("key file {path}: {why}")]
    Key { path: PathBuf, why: io::Error },
    #[error("{0} is a plain SQLite file, not an encrypted desk: move it away and run `cordboard init`")]
    Plain(PathBuf),
    #[error(
        "{0} does not open with its key file: it is damaged, is not a desk, or the key belongs to another \
         one; put the right key file beside it, or restore both from the same backup"
    )]
    WrongKey(PathBuf),
    #[error(
        "{path} was written by a newer cordboard (schema {found}, this one knows {known}): install that one"
    )]
    Newer { path: PathBuf, found: i32, known: i32 },
    #[error("this build has no encryption: it must be linked with SQLCipher")]
    NotEncrypted,
    #[error("SQLite {0} corrupts files written by several processes: 3.51.3 or newer is needed")]
    OldSqlite(&'static str),
    #[error(
        "{0}: the end of the audit log is missing or was changed: restore the file from a backup, or ask \
         whoever may have edited it"
    )]
    Audit(PathBuf),
    #[error("{path}: {why}")]
    Io { path: PathBuf, why: io::Error },
    #[error(
        "{path}: cannot be brought to this release's schema: {why}; the copy {path}.before-migration is intact"
    )]
    Migration { path: PathBuf, why: String },
    #[error("{path}: the search index is not finished: {why}; open the desk again to go on")]
    Index { path: PathBuf, why: String },
    #[error("{path}: {why}")]
    Sql { path: PathBuf, why: rusqlite::Error },
}

/// Where a desk's data is.
#[derive(Clone, Debug)]
pub struct Location {
    pub database: PathBuf,
    pub key_file: PathBuf,
}

/// Makes a new, empty desk: a 0700 folder, a 0600 key file and a 0600 database.
///
/// # Errors
/// One exists already, or the disk refuses.
pub fn create(at: &Location) -> Result<Db, OpenError> {
    let folder = at.database.parent().unwrap_or(Path::new("."));
    let io = |why| OpenError::Io { path: folder.to_owned(), why };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
    let _alone = lock(&at.database)?;
    if at.database.exists() {
        return Err(OpenError::Exists(at.database.clone()));
    }
    // A key without a database is what a crash between the two leaves behind: it is used.
    let key = if at.key_file.exists() { key::read(&at.key_file) } else { key::create(&at.key_file) }
        .map_err(|why| OpenError::Key { path: at.key_file.clone(), why })?;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&at.database)
        .map_err(|why| OpenError::Io { path: at.database.clone(), why })?;
    let mut conn = connect(&at.database, &key)?;
    migrate(&mut conn, &at.database, &key)?;
    Ok(Db { conn, ids: Ids::system(), quiet: None })
}

/// Opens an existing desk and brings it to this release's schema.
///
/// # Errors
/// Each says what is wrong and what to do; the file is never changed by a failed opening.
pub fn open(at: &Location) -> Result<Db, OpenError> {
    open_telling(at, |_| {})
}

/// The same, for whoever says why it takes long: `tell` hears how far the search index of an older
/// file is.
///
/// # Errors
/// See [`open`].
pub fn open_telling(at: &Location, mut tell: impl FnMut(Building)) -> Result<Db, OpenError> {
    let header = header(&at.database)?;
    if header.starts_with(b"SQLite format 3\0") {
        return Err(OpenError::Plain(at.database.clone()));
    }
    let key = key::read(&at.key_file).map_err(|why| OpenError::Key { path: at.key_file.clone(), why })?;
    let mut conn = connect(&at.database, &key)?;
    let known = newest_known();
    let found = schema_version(&conn).map_err(|why| sql(&at.database, why))?;
    if found > known {
        return Err(OpenError::Newer { path: at.database.clone(), found, known });
    }
    if found < known {
        let _alone = lock(&at.database)?;
        migrate(&mut conn, &at.database, &key)?;
    }
    build_index(&mut conn, &at.database, &mut tell)?;
    if !audit::head_holds(&conn).map_err(|why| sql(&at.database, why))? {
        return Err(OpenError::Audit(at.database.clone()));
    }
    Ok(Db { conn, ids: Ids::system(), quiet: None })
}

fn header(path: &Path) -> Result<Vec<u8>, OpenError> {
    let mut header = Vec::new();
    match File::open(path) {
        Ok(file) => {
            file.take(16)
                .read_to_end(&mut header)
                .map_err(|why| OpenError::Io { path: path.to_owned(), why })?;
        }
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Err(OpenError::Missing(path.to_owned())),
        Err(why) => return Err(OpenError::Io { path: path.to_owned(), why }),
    }
    Ok(header)
}

fn connect(path: &Path, key: &Key) -> Result<Connection, OpenError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(OpenError::OldSqlite(rusqlite::version()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(|why| sql(path, why))?;
    unlock(&conn, key).map_err(|why| sql(path, why))?;
    // A plain SQLite ignores `pragma key`: only a cipher that names itself counts.
    let cipher: Option<String> = conn
        .pragma_query_value(None, "cipher_version", |row| row.get(0))
        .ok()
        .filter(|v: &String| !v.is_empty());
    if cipher.is_none() {
        return Err(OpenError::NotEncrypted);
    }
    conn.query_row("select count(*) from sqlite_schema", [], |_| Ok(())).map_err(|why| {
        match why.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => OpenError::WrongKey(path.to_owned()),
            _ => sql(path, why),
        }
    })?;
    configure(&mut conn).map_err(|why| sql(path, why))?;
    Ok(conn)
}

fn unlock(conn: &Connection, key: &Key) -> rusqlite::Result<()> {
    // SQLCipher sets itself up with the first key of a process, and not for two threads at once.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // SQLCipher logs to stderr otherwise, which tears a screen.
    conn.execute_batch("pragma cipher_log_level = none; pragma cipher_log = off;").or_else(ignore_rows)?;
    let statement = zeroize::Zeroizing::new(format!("pragma key = \"x'{}'\"", key.as_str()));
    conn.execute_batch(&statement).or_else(ignore_rows)
}

/// Some pragmas answer with a row, which `execute_batch` may report as an error.
fn ignore_rows(error: rusqlite::Error) -> rusqlite::Result<()> {
    match error {
        rusqlite::Error::ExecuteReturnedResults => Ok(()),
        other => Err(other),
    }
}

fn configure(conn: &mut Connection) -> rusqlite::Result<()> {
    wait_fairly(conn)?;
    // Migration V13 asks for it.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("update_tokens", 2, flags, |call| {
        Ok(captured_tokens(call.get_raw(0).as_str()?, call.get_raw(1).as_str()?))
    })?;
    // Triggers of migration V15 ask for it: the schema itself is not trusted.
    let flags = flags | FunctionFlags::SQLITE_INNOCUOUS;
    conn.create_scalar_function("text_words", 1, flags, |call| Ok(text_words(call.get_raw(0).as_str()?)))?;
    // Plans do not depend on bound values: statements on tables with partial indexes are otherwise
    // compiled again for each.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch(
        "pragma journal_mode = wal;
         pragma synchronous = full;
         pragma foreign_keys = on;
         pragma recursive_triggers = on;
         pragma trusted_schema = off;
         pragma mmap_size = 0;",
    )
    .or_else(ignore_rows)?;
    conn.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// SQLite's own handler backs off to 100 ms and starves under many writers; short sleeps of
/// unequal length let everyone through (figures 5).
fn wait_fairly(conn: &mut Connection) -> rusqlite::Result<()> {
    let mut salt = u64::from(std::process::id());
    let mut waited = Duration::ZERO;
    conn.busy_handler(Some(move |tries: i32| {
        if tries == 0 {
            waited = Duration::ZERO;
        }
        salt = salt.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let nap = Duration::from_micros(200 + (salt >> 33) % 1_800);
        waited += nap;
        thread::sleep(nap);
        waited < PATIENCE
    }))
}

fn migrate(conn: &mut Connection, path: &Path, key: &Key) -> Result<(), OpenError> {
    let found = schema_version(conn).map_err(|why| sql(path, why))?;
    let known = newest_known();
    if found == known {
        return Ok(());
    }
    if found > 0 {
        copy_aside(conn, path, key)?;
    }
    embedded::migrations::runner()
        .set_grouped(true)
        .run(conn)
        .map_err(|why| OpenError::Migration { path: path.to_owned(), why: why.to_string() })?;
    if found > 0 && found < CLASHES {
        let failed = |why: super::Error| OpenError::Migration { path: path.to_owned(), why: why.to_string() };
        let tx = conn.transaction().map_err(|why| sql(path, why))?;
        clash::build(&tx).map_err(failed)?;
        tx.commit().map_err(|why| sql(path, why))?;
    }
    Ok(())
}

/// Brings the customers of an older file into the search index, one piece per transaction: what stops
/// it loses no more than a piece.
fn build_index(conn: &mut Connection, path: &Path, tell: &mut impl FnMut(Building)) -> Result<(), OpenError> {
    let unfinished = |conn: &Connection| index::unfinished(conn).map_err(|why| sql(path, why));
    if unfinished(conn)?.is_none() {
        return Ok(());
    }
    let _alone = lock(path)?;
    let failed = |why: super::Error| OpenError::Index { path: path.to_owned(), why: why.to_string() };
    while let Some(building) = unfinished(conn)? {
        tell(building);
        index::build_on(conn).map_err(failed)?;
    }
    index::put_together(conn).map_err(failed)
}

/// A verified copy of the file as it is now, beside it.
fn copy_aside(conn: &Connection, path: &Path, key: &Key) -> Result<(), OpenError> {
    let target = beside(path, ".before-migration");
    let io = |why| OpenError::Io { path: target.clone(), why };
    if target.exists() {
        fs::remove_file(&target).map_err(io)?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&target).map_err(io)?;
    let copy = || -> rusqlite::Result<String> {
        let mut copy = Connection::open(&target)?;
        unlock(&copy, key)?;
        Backup::new(conn, &mut copy)?.run_to_completion(1000, Duration::ZERO, None)?;
        copy.query_row("pragma integrity_check", [], |row| row.get(0))
    };
    match copy().map_err(|why| sql(&target, why))?.as_str() {
        "ok" => Ok(()),
        why => {
            Err(OpenError::Migration { path: path.to_owned(), why: format!("the copy is not sound: {why}") })
        }
    }
}

/// A file as an earlier release left it.
#[cfg(test)]
pub(super) fn migrate_to(conn: &mut Connection, version: i32) {
    let target = refinery::Target::Version(version);
    embedded::migrations::runner().set_target(target).run(conn).unwrap();
}

/// Every migration with the checksum it leaves in a file.
#[cfg(test)]
pub(super) fn known_migrations() -> Vec<(i32, String)> {
    let runner = embedded::migrations::runner();
    let mut known: Vec<_> =
        runner.get_migrations().iter().map(|m| (m.version(), m.checksum().to_string())).collect();
    known.sort();
    known
}

fn newest_known() -> i32 {
    embedded::migrations::runner()
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max()
        .unwrap_or(0)
}

fn schema_version(conn: &Connection) -> rusqlite::Result<i32> {
    let exists: bool = conn.query_row(
        "select exists (select 1 from sqlite_schema where name = 'refinery_schema_history')",
        [],
        |row| row.get(0),
    )?;
    if !exists {
        return Ok(0);
    }
    conn.query_row("select coalesce(max(version), 0) from refinery_schema_history", [], |row| row.get(0))
}

/// Two desks that start together create or migrate one after the other.
fn lock(database: &Path) -> Result<File, OpenError> {
    let path = beside(database, ".lock");
    let take = || -> io::Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path)?;
        file.lock()?;
        Ok(file)
    };
    take().map_err(|why| OpenError::Io { path: path.clone(), why })
}

/// The path with `suffix` added to the file name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn sql(path: &Path, why: rusqlite::Error) -> OpenError {
    OpenError::Sql { path: path.to_owned(), why }
}
