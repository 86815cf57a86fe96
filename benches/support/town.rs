//! Customers of a town that is as large as one likes, the same at every run: families on one number,
//! shared names, names of several scripts, numbers of two countries, written as people write them.
//! Mauritius has no numbers reserved for examples: these are synthetic and never leave the machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cordboard::domain::customer::{NewCustomer, NewEmail, NewPhone};
use cordboard::domain::email::Email;
use cordboard::domain::phone::E164;
use cordboard::domain::role::{Actor, Origin};
use cordboard::domain::time::Micros;
use cordboard::store::open::{self, Location};
use cordboard::store::{Db, customers, search, users};

pub const START: Micros = Micros::from_secs(1_767_225_600);
pub const GIVEN: [&str; 20] = [
    "Kevin", "Anna", "Jean", "Marie", "David", "Priya", "Ana", "Sam", "Li", "Paul", "Emily", "Sarah", "Marc",
    "Eva", "Omar", "Nadia", "Yusuf", "Chen", "Rosa", "Ivan",
];
const FAMILY: [&str; 12] = [
    "Curepipe",
    "Ramgoolam",
    "Appadoo",
    "Brown",
    "Silva",
    "Lee",
    "Johnson",
    "Davis",
    "Okafor",
    "Singh",
    "Muller",
    "Novak",
];

const ENDINGS: [&str; 10] = ["an", "bel", "dor", "ens", "fort", "gar", "lin", "mo", "sen", "ty"];

/// Our number on every desk here.
pub const OURS: &str = "+23052500100";

/// A desk with so many customers: made once, found again by every bench.
pub fn kept(count: u64) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("town-{count}"));
    let ready = folder.join("ready");
    if !ready.exists() {
        if !location(&folder).database.exists() {
            begin(&folder);
        }
        let (mut db, admin) = open(&folder);
        settle(&mut db, &admin, count);
        std::fs::write(ready, "").unwrap();
    }
    folder
}

/// A desk that `make` makes in `folder` once. What a bench does to it is forgotten: each run begins with
/// the same file.
pub fn made_once(folder: &Path, make: impl FnOnce(&Path)) {
    let (database, made) = (location(folder).database, folder.join("made.db"));
    if !made.exists() {
        make(folder);
        std::fs::rename(&database, &made).unwrap();
    }
    for left in ["desk.db-wal", "desk.db-shm"] {
        let _ = std::fs::remove_file(database.with_file_name(left));
    }
    std::fs::copy(&made, database).unwrap();
}

/// A desk of its own in `folder`, with so many customers and its admin.
pub fn found(folder: &Path, count: u64) -> (Db, Actor) {
    begin(folder);
    let (mut db, admin) = open(folder);
    settle(&mut db, &admin, count);
    (db, admin)
}

fn begin(folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).unwrap();
    let init =
        ["--region", "MU", "--currency", "MUR", "--admin", "S. Lee", "--upstream", "none", "--number", OURS];
    let binary = env!("CARGO_BIN_EXE_cordboard");
    let done = Command::new(binary).arg("--home").arg(folder).arg("init").args(init).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

/// The desk that [`found`] made, as its admin.
pub fn open(folder: &Path) -> (Db, Actor) {
    let db = open::open(&location(folder)).unwrap();
    let admin = users::by_name(&db, "S. Lee").unwrap().unwrap().actor(Origin::Command);
    (db, admin)
}

pub fn location(folder: &Path) -> Location {
    Location { database: folder.join("data/desk.db"), key_file: folder.join("data/desk.key") }
}

/// Adds so many, quicker than an import may: in large pieces with the whole file in memory. What was
/// cut short goes on behind its last piece. Each piece at its own time, so that ids go up with it.
fn settle(db: &mut Db, admin: &Actor, count: u64) {
    db.keep(i64::try_from(count).unwrap() * KIBIBYTES).unwrap();
    let rows: Vec<u64> = (0..count).collect();
    db.unseen(|db| {
        for chunk in rows.chunks(PIECE) {
            if customers::resolve(db, admin, &policy(chunk[0]), None).is_ok() {
                continue;
            }
            let at = START + Duration::from_millis(1 + chunk[0] / PIECE as u64);
            let chunk: Vec<NewCustomer> = chunk.iter().map(|n| customer(*n)).collect();
            customers::import(db, admin, at, &chunk)?;
        }
        search::tidy(db, count)
    })
    .unwrap();
}

/// Each piece writes nearly every page of an index over values again.
const PIECE: usize = 1_000_000;

/// More than a customer takes in the file.
const KIBIBYTES: i64 = 2;

/// How many a bench is asked to work with.
pub fn count() -> u64 {
    std::env::var("CORDBOARD_CUSTOMERS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000)
}

pub fn customer(n: u64) -> NewCustomer {
    let phone = |label: &str, number: String| NewPhone {
        label: label.to_owned(),
        value: E164::parse(&number).unwrap(),
        raw: messy(&number, n),
    };
    let mut phones = vec![phone("mobile", mobile(n))];
    if n % 5 == 2 {
        phones.push(phone("home", format!("+2304{:06}", mix(n + 3) % 1_000_000)));
    }
    let email = email(n);
    NewCustomer {
        name: name(n),
        company: company(n),
        policy_number: Some(policy(n)),
        master_id: Some(n.to_string()),
        phones,
        emails: vec![NewEmail { label: "email".into(), value: Email::parse(&email).unwrap(), raw: email }],
        payment: Some(payment(n).into()),
        ..NewCustomer::default()
    }
}

/// One in twelve has the number of the one before: a family.
pub fn mobile(n: u64) -> String {
    match n % 12 {
        1 => mobile(n - 1),
        // Area code and 555-01xx: numbers that nobody has.
        7 => format!("+1{}55501{:02}", pick::<u64>(&AREAS, mix(n + 5)), mix(n + 6) % 100),
        _ => format!("+2305{:07}", digits(n)),
    }
}

pub const AREAS: [u64; 12] = [202, 206, 212, 213, 305, 312, 404, 415, 512, 617, 702, 808];

/// As somebody wrote it down.
pub fn messy(number: &str, n: u64) -> String {
    let national = number.strip_prefix("+230").unwrap_or(number);
    match n % 6 {
        0 if national != number => national.to_owned(),
        1 if national != number => format!("{} {}", &national[..4], &national[4..]),
        2 if national != number => format!("(+230) {}-{}", &national[..4], &national[4..]),
        3 => number.replacen('+', "00", 1),
        4 => format!(" {number} "),
        _ => number.to_owned(),
    }
}

pub fn name(n: u64) -> String {
    match n % 97 {
        0 => format!("{} {}", pick::<&str>(&ODD, mix(n)), family(n)),
        // Of a family, both are called the same by their number.
        _ if n % 12 == 1 => format!("{} {}", given(n), family(n - 1)),
        _ => format!("{} {}", given(n), family(n)),
    }
}

const ODD: [&str; 6] = ["Jean-Marc", "Éva Åsa", "王小明", "علي بن", "Siobhán O'Neil", "José María"];

pub fn email(n: u64) -> String {
    let domain = pick::<&str>(&["example.com", "example.org", "mail.example.net"], mix(n + 2));
    format!("{}.{}.{n}@{domain}", given(n), family(n)).to_lowercase()
}

pub fn company(n: u64) -> Option<String> {
    (n % 8 == 3).then(|| format!("{} {} Ltd", family(mix(n) % 400), pick::<&str>(&TRADES, mix(n + 4))))
}

const TRADES: [&str; 5] = ["Trading", "Studio", "Motors", "Textiles", "Logistics"];

pub fn payment(n: u64) -> &'static str {
    if n.is_multiple_of(3) { "pending" } else { "paid" }
}

pub fn policy(n: u64) -> String {
    format!("LIB/C{n}")
}

/// Seven digits that make a Mauritian mobile number behind a 5.
pub fn digits(n: u64) -> u64 {
    pick::<u64>(&SERIES, mix(n + 8)) * 100_000 + mix(n + 1) % 100_000
}

/// What is given out of the series 52 to 59.
const SERIES: [u64; 41] = [
    25, 26, 27, 28, 29, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80,
    81, 82, 83, 84, 85, 86, 90, 91, 92, 93, 94, 95, 96, 97, 98,
];

pub fn given(n: u64) -> &'static str {
    pick::<&str>(&GIVEN, mix(n))
}

/// About one in 1,200 customers has the same.
pub fn family(n: u64) -> String {
    let (ending, end) = (mix(n + 9) % 10, mix(n + 11) % 10);
    format!("{}{}{}", pick(&FAMILY, mix(n + 7)), pick(&ENDINGS, ending), pick(&ENDINGS, end))
}

pub fn pick<T>(list: &[T], n: u64) -> &T {
    &list[usize::try_from(n).unwrap() % list.len()]
}

pub fn mix(n: u64) -> u64 {
    let z = (n.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 31)
}
