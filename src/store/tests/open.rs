//! Creating, opening, refusing and migrating the file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Barrier;
use std::thread;

use rusqlite::Connection;

use super::super::key;
use super::super::open::{OpenError, create, open};
use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn contains(path: &Path, words: &[u8]) -> bool {
    fs::read(path).unwrap().windows(words.len()).any(|window| window == words)
}

/// A desk that nobody has open.
fn closed() -> (TempDir, Location) {
    let Desk { db, location, _folder, .. } = Desk::new();
    drop(db);
    (_folder, location)
}

fn refusal(location: &Location) -> String {
    open(location).err().expect("it opened").to_string()
}

#[test]
fn folder_and_files_are_the_owners_alone() {
    let folder = folder();
    let location = location(&folder.path().join("data/cordboard"));
    let _db = create(&location).unwrap();
    assert_eq!(mode(&folder.path().join("data/cordboard")), 0o700);
    for entry in fs::read_dir(folder.path().join("data/cordboard")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert!(location.key_file.exists() && beside_database(&location, "-wal").exists());
}

fn beside_database(location: &Location, suffix: &str) -> std::path::PathBuf {
    super::super::open::beside(&location.database, suffix)
}

#[test]
fn nothing_that_is_stored_can_be_read_from_the_files() {
    let desk = Desk::new();
    let wal = beside_database(&desk.location, "-wal");
    let name = b"Kevin Anderson";
    assert!(fs::metadata(&wal).unwrap().len() > 0);
    assert!(!contains(&wal, name) && !contains(&wal, b"create table"));
    desk.run("pragma wal_checkpoint(truncate)");
    assert!(!contains(&desk.location.database, b"SQLite format 3"));
    assert!(!contains(&desk.location.database, name) && !contains(&desk.location.database, b"create table"));
}

#[test]
fn every_connection_keeps_its_promises() {
    let desk = Desk::new();
    let again = open(&desk.location).unwrap();
    for db in [&desk.db, &again] {
        let pragma = |name: &str| -> String {
            let sql = format!("select cast({name} as text) from pragma_{name}");
            db.conn().query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        // 2 is full.
        let promises = [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")];
        for (name, value) in
            promises.into_iter().chain([("recursive_triggers", "1"), ("trusted_schema", "0")])
        {
            assert_eq!(pragma(name), value, "{name}");
        }
    }
}

#[test]
fn a_missing_desk_is_named_with_the_way_out() {
    let folder = folder();
    let location = location(folder.path());
    assert!(matches!(open(&location), Err(OpenError::Missing(_))));
    assert!(refusal(&location).contains("cordboard init"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "looking leaves nothing behind");
}

#[test]
fn a_second_desk_in_the_same_place_is_refused() {
    let (_folder, location) = closed();
    let key = fs::read(&location.key_file).unwrap();
    assert!(matches!(create(&location), Err(OpenError::Exists(_))));
    assert_eq!(fs::read(&location.key_file).unwrap(), key);
}

#[test]
fn a_missing_wrong_or_damaged_key_is_told_apart() {
    let (_folder, location) = closed();
    let right = fs::read_to_string(&location.key_file).unwrap();

    fs::write(&location.key_file, right.chars().rev().collect::<String>()).unwrap();
    assert!(matches!(open(&location), Err(OpenError::WrongKey(_))));
    assert!(refusal(&location).contains("right key file"));

    for damaged in ["", &right[..63], &right.replace(|c: char| c.is_ascii_digit(), "g"), "\u{0}\u{1}"] {
        fs::write(&location.key_file, damaged).unwrap();
        assert!(refusal(&location).contains("64 hex digits"), "{damaged:?}");
    }

    fs::remove_file(&location.key_file).unwrap();
    assert!(matches!(open(&location), Err(OpenError::Key { .. })));

    fs::write(&location.key_file, format!("{right}\n")).unwrap();
    fs::set_permissions(&location.key_file, fs::Permissions::from_mode(0o600)).unwrap();
    open(&location).unwrap();
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let (_folder, location) = closed();
    for others in [0o640, 0o604, 0o660] {
        fs::set_permissions(&location.key_file, fs::Permissions::from_mode(others)).unwrap();
        assert!(refusal(&location).contains("chmod 600"), "{others:o}");
    }
}

#[test]
fn a_key_is_never_overwritten_and_a_torn_one_is_never_left() {
    let folder = folder();
    let path = folder.path().join("desk.key");
    // A crash while an earlier key was being written.
    fs::write(folder.path().join("desk.key.new"), "abc").unwrap();
    let first = key::create(&path).unwrap();
    assert_eq!(*key::read(&path).unwrap(), *first);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(key::create(&path).is_err());
    assert_eq!(*key::read(&path).unwrap(), *first);
    assert_ne!(*key::create(&folder.path().join("other.key")).unwrap(), *first);
}

#[test]
fn a_plain_sqlite_file_is_refused_and_left_alone() {
    let (_folder, location) = closed();
    fs::remove_file(&location.database).unwrap();
    Connection::open(&location.database).unwrap().execute_batch("create table t (x)").unwrap();
    let before = fs::read(&location.database).unwrap();
    assert!(matches!(open(&location), Err(OpenError::Plain(_))));
    assert!(refusal(&location).contains("move it away"));
    assert_eq!(fs::read(&location.database).unwrap(), before);
}

#[test]
fn a_file_that_is_no_desk_or_damaged_is_refused_and_left_alone() {
    let (_folder, location) = closed();
    let good = fs::read(&location.database).unwrap();
    let mut flipped = good.clone();
    flipped[100] ^= 1;
    for bad in [b"just some text, long enough to be a page\n".repeat(200), flipped, good[..2000].to_vec()] {
        fs::write(&location.database, &bad).unwrap();
        assert!(matches!(open(&location), Err(OpenError::WrongKey(_))), "{:?}", open(&location).err());
        assert_eq!(fs::read(&location.database).unwrap(), bad);
    }
    fs::write(&location.database, &good).unwrap();
    open(&location).unwrap();
}

#[test]
fn damage_in_the_middle_is_found_by_the_doctor() {
    let desk = Desk::new();
    desk.run("pragma wal_checkpoint(truncate)");
    let Desk { db, location, _folder, .. } = desk;
    drop(db);
    let mut bytes = fs::read(&location.database).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&location.database, bytes).unwrap();
    let sound = open(&location).is_ok_and(|db| {
        doctor::examine(&db).is_ok_and(|checks| checks.iter().all(|check| check.wrong.is_none()))
    });
    assert!(!sound);
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let desk = Desk::new();
    desk.run(
        "insert into refinery_schema_history (version, name, applied_on, checksum)
         values (99, 'later', '2030-01-01T00:00:00Z', '1')",
    );
    match open(&desk.location) {
        Err(OpenError::Newer { found: 99, known, .. }) => assert!(known < 99),
        other => panic!("{:?}", other.err()),
    }
    assert!(refusal(&desk.location).contains("install that one"));
}

#[test]
fn what_a_crash_between_key_and_database_leaves_is_used() {
    let folder = folder();
    let location = location(folder.path());
    let key = key::create(&location.key_file).unwrap();
    let db = create(&location).unwrap();
    drop(db);
    assert_eq!(*key::read(&location.key_file).unwrap(), *key);

    // And between the empty file and its tables.
    fs::write(&location.database, "").unwrap();
    let db = open(&location).unwrap();
    assert_eq!(users::all(&db).unwrap(), []);
}

#[test]
fn several_create_together_and_exactly_one_does_it() {
    let folder = folder();
    let location = location(folder.path());
    let barrier = Barrier::new(4);
    let made: Vec<bool> = thread::scope(|scope| {
        let race = || {
            barrier.wait();
            let created = create(&location);
            let opened = open(&location);
            assert!(opened.is_ok(), "{:?}", opened.err());
            match created {
                Ok(_) => true,
                Err(OpenError::Exists(_)) => false,
                Err(other) => panic!("{other}"),
            }
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(race)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
}

/// A desk as an earlier release would have left it: only the first migration, and a setting.
fn older() -> (TempDir, Location) {
    let folder = folder();
    let location = location(folder.path());
    let key = key::create(&location.key_file).unwrap();
    let mut conn = Connection::open(&location.database).unwrap();
    conn.execute_batch(&format!("pragma key = \"x'{}'\"; pragma journal_mode = wal;", key.as_str())).unwrap();
    super::super::open::migrate_to(&mut conn, 1);
    conn.execute_batch("insert into setting values ('region', 'MU')").unwrap();
    (folder, location)
}

#[test]
fn an_older_file_is_migrated_and_a_sound_copy_of_it_kept() {
    let (_folder, location) = older();
    let db = open(&location).unwrap();
    let region = |db: &Db| -> String {
        db.conn().query_row("select value from setting where key = 'region'", [], |row| row.get(0)).unwrap()
    };
    let version = |db: &Db| -> i64 {
        db.conn().query_row("select max(version) from refinery_schema_history", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(region(&db), "MU");
    assert!(version(&db) > 1);
    let wrong = doctor::examine(&db).unwrap().into_iter().find(|check| check.wrong.is_some());
    assert_eq!(wrong, None);

    let copy = beside_database(&location, ".before-migration");
    assert_eq!(mode(&copy), 0o600);
    assert!(!contains(&copy, b"SQLite format 3"));
    // The copy is a desk itself: opened, it is migrated in its turn.
    let copy = Location { database: copy, key_file: location.key_file.clone() };
    assert_eq!(region(&open(&copy).unwrap()), "MU");
    assert!(beside_database(&copy, ".before-migration").exists());
}

#[test]
fn several_migrate_together() {
    let (_folder, location) = older();
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                open(&location).map(drop).unwrap();
            });
        }
    });
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    let (_folder, location) = older();
    let key = key::read(&location.key_file).unwrap();
    let conn = Connection::open(&location.database).unwrap();
    conn.execute_batch(&format!("pragma key = \"x'{}'\"", key.as_str())).unwrap();
    conn.execute_batch("create table consent (in_the_way)").unwrap();
    assert!(matches!(open(&location), Err(OpenError::Migration { .. })));
    assert!(refusal(&location).contains(".before-migration"));
    let updates: bool = conn
        .query_row("select exists (select 1 from sqlite_schema where name = 'contact_update')", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert!(!updates, "the migrations before the failing one were rolled back too");
}
