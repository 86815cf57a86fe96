//! A desk of every release still opens and holds what it held. `CORDBOARD_MAKE_FIXTURE=1 cargo test
//! --lib release` writes the one of this release anew; once released, it is never written again.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::super::messages::{Whose, list};
use super::super::open::{create, known_migrations, open};
use super::super::pulled::{marked, uploaded};
use super::super::{customers, inbound, notes, outbox, secrets};
use super::*;

fn releases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/releases")
}

/// A copy of a release's desk, with the mode that git does not keep.
fn copy_of(release: &Path) -> (TempDir, Location) {
    let folder = folder();
    let location = location(folder.path());
    fs::copy(release.join("desk.db"), &location.database).unwrap();
    fs::copy(release.join("desk.key"), &location.key_file).unwrap();
    fs::set_permissions(&location.key_file, fs::Permissions::from_mode(0o600)).unwrap();
    (folder, location)
}

/// Writes this release's desk: a line of the outbox in every state, and something in every corner.
fn make_fixture(release: &Path) {
    let folder = folder();
    let location = location(folder.path());
    let db = create(&location).unwrap();
    let mut desk = Desk::found(db, location, folder);
    let sam = NewCustomer {
        name: "Sam Lee".into(),
        phones: vec![phone("mobile", OTHER)],
        ..NewCustomer::default()
    };
    customers::add(&mut desk.db, &desk.agent, NOW, &sam).unwrap();
    notes::add(&mut desk.db, &desk.agent, NOW, desk.kevin, "calls after five").unwrap();
    secrets::set(&mut desk.db, &desk.admin, NOW, "TWILIO_AUTH_TOKEN", "not a real token").unwrap();
    fill_upstream_lane(&mut desk);
    fill_text_lanes(&mut desk);

    desk.run("pragma wal_checkpoint(truncate)");
    fs::create_dir_all(release).unwrap();
    fs::copy(&desk.location.database, release.join("desk.db")).unwrap();
    fs::copy(&desk.location.key_file, release.join("desk.key")).unwrap();
}

/// Accepted and marked; uploaded and refused; in doubt; and waiting behind it.
fn fill_upstream_lane(desk: &mut Desk) {
    let epoch = desk.epoch();
    for n in 0..4 {
        desk.capture(at(n), &format!("5844 001{n}"), "", UPSTREAM).unwrap();
    }
    desk.mark(at(4), &[1], UPSTREAM);
    let next = |desk: &mut Desk, seconds| desk.claim(epoch, at(seconds), Destination::Upstream)[0].jobs[0];
    let first = next(desk, 10);
    uploaded(&mut desk.db, epoch, at(11), first, None, 900).unwrap();
    let refused = next(desk, 12);
    desk.settle(epoch, at(13), refused, Step::Reject).unwrap();
    let doubtful = next(desk, 14);
    desk.settle(epoch, at(15), doubtful, Step::Doubt).unwrap();
    desk.settle(epoch, at(16), doubtful, Step::GiveUp).unwrap();
    desk.mark(at(17), &[2], NO_UPSTREAM);
    let fourth = next(desk, 18);
    uploaded(&mut desk.db, epoch, at(19), fourth, None, 901).unwrap();
    let mark = next(desk, 20);
    marked(&mut desk.db, epoch, at(21), &verdict(mark, Step::Accept), Some(1), None).unwrap();
}

fn fill_text_lanes(desk: &mut Desk) {
    let epoch = desk.epoch();
    desk.consent(OTHER, Act::Grant);
    desk.text(at(30), OTHER, "canceled by a no").unwrap();
    desk.consent(OTHER, Act::Revoke);
    let expired = desk.allowed_text(at(30), "expired");
    desk.claim(epoch, at(5 * 3600), Destination::Twilio);
    assert_eq!(desk.status_of(expired), "expired");
    desk.allowed_text(at(40), "accepted");
    let taken = desk.claim(epoch, at(50), Destination::Twilio).remove(0);
    let seen = outbound("SM1", text_of(&taken), Delivery::Delivered, at(50));
    inbound::accepted(&mut desk.db, epoch, at(51), taken.jobs[0], Some(taken.attempt), &seen).unwrap();
    let answer = inbound("SM2", "thank you", Delivery::Received, at(52));
    inbound::polled(&mut desk.db, epoch, at(53), vec![answer]).unwrap();
    desk.allowed_text(at(60), "discarded");
    let line: i64 = desk.one("select max(seq) from job");
    let admin = Actor { confirmed: true, ..desk.admin.clone() };
    outbox::discard(&mut desk.db, &admin, at(61), line, "not needed any more").unwrap();
    for state in ["waiting", "claimed", "in flight", "ambiguous", "parked"] {
        desk.allowed_text(at(70), state);
        desk.run(&format!("update job set state = '{state}' where seq = (select max(seq) from job)"));
    }
}

#[test]
fn desks_of_every_release_open_and_hold_what_they_held() {
    if std::env::var_os("CORDBOARD_MAKE_FIXTURE").is_some() {
        make_fixture(&releases().join(env!("CARGO_PKG_VERSION")));
    }
    let mut seen = Vec::new();
    for release in fs::read_dir(releases()).unwrap() {
        let release = release.unwrap();
        let (_folder, location) = copy_of(&release.path());
        let db = open(&location).unwrap();
        let wrong = doctor::examine(&db).unwrap().into_iter().find(|check| check.wrong.is_some());
        assert_eq!(wrong, None, "{release:?}");
        unedited(&db);
        holds(&db);
        seen.push(release.file_name().into_string().unwrap());
    }
    assert!(seen.contains(&env!("CARGO_PKG_VERSION").to_owned()), "make one: {seen:?}");
}

fn holds(db: &Db) {
    let admin = users::by_name(db, "S. Lee").unwrap().unwrap().actor(Origin::Command);
    let kevin = customers::resolve(db, &admin, "LIB/C7013", None).unwrap();
    let card = customers::read(db.conn(), kevin).unwrap();
    assert_eq!(card.mobile.map(|mobile| mobile.value).as_deref(), Some("+23058440013"));
    assert_eq!(card.email.map(|email| email.value).as_deref(), Some("kevin@example.com"));
    assert_eq!(notes::list(db, &admin, kevin).unwrap()[0].body, "calls after five");
    assert_eq!(secrets::get(db, "TWILIO_AUTH_TOKEN").unwrap().unwrap().as_str(), "not a real token");

    let texts: Vec<String> =
        list(db, &admin, Whose::Customer(kevin), 99).unwrap().into_iter().map(|text| text.body.0).collect();
    let bodies =
        ["accepted", "thank you", "discarded", "waiting", "claimed", "in flight", "ambiguous", "parked"];
    assert_eq!(texts, [&["canceled by a no", "expired"], bodies.as_slice()].concat());

    let lines: Vec<(&str, &str)> = outbox::list(db, &admin, true, 99)
        .unwrap()
        .into_iter()
        .map(|job| (job.kind.as_str(), job.state.as_str()))
        .collect();
    let updates = [
        ("update", "accepted"),
        ("update", "rejected"),
        ("update", "unconfirmed"),
        ("update", "accepted"),
        ("mark", "accepted"),
    ];
    let states = [
        "canceled",
        "expired",
        "accepted",
        "discarded",
        "waiting",
        "claimed",
        "in flight",
        "ambiguous",
        "parked",
    ];
    assert_eq!(lines[..5], updates);
    assert_eq!(lines[5..], states.map(|state| ("text", state)));
}

/// "A migration once landed is never edited." Until 0.1.0 is out, make its fixture again instead.
fn unedited(db: &Db) {
    let sql = "select version, checksum from refinery_schema_history order by version";
    let mut statement = db.conn().prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let run: Vec<(i32, String)> = rows.collect::<rusqlite::Result<_>>().unwrap();
    assert_eq!(run, known_migrations(), "see the head of this file");
}
