//! What a key costs in the look-up line of a full desk: p50 and p99 per kind of query, through the
//! store's own function, in time of the processor: neighbours do not count. `CORDBOARD_CUSTOMERS=1000000` for more; `cargo bench --bench lookup
//! --profile dev` needs no second build of OpenSSL.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it fails")]

mod support;

use std::time::Duration;

use cordboard::domain::customer::{NewCustomer, NewEmail, NewPhone};
use cordboard::domain::email::Email;
use cordboard::domain::ids::CustomerId;
use cordboard::domain::phone::E164;
use cordboard::domain::role::{Actor, Origin};
use cordboard::domain::time::Micros;
use cordboard::store::open::{self, Location};
use cordboard::store::threads::LOOKUP_MEMORY;
use cordboard::store::{Db, card, customers, search, state, timeline, users};
use rustix::time::{ClockId, clock_gettime};
use support::{figure, millis, percentile};

const START: Micros = Micros::from_secs(1_767_225_600);
const ROUNDS: u64 = 200;
const SHOWN: u32 = 50;
const GIVEN: [&str; 20] = [
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

fn main() {
    let count: u64 =
        std::env::var("CORDBOARD_CUSTOMERS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let at = Location { database: folder.path().join("desk.db"), key_file: folder.path().join("desk.key") };
    let actor = fill(&at, count);
    let db = open::open(&at).unwrap();
    db.keep(LOOKUP_MEMORY).unwrap();
    figure("customers", &count.to_string());
    let queries: [(&str, &dyn Fn(u64) -> String); 10] = [
        ("1 digit", &|n| (n % 10).to_string()),
        ("2 digits", &|n| format!("{:02}", mix(n) % 100)),
        ("4 digits", &|n| format!("{:04}", mix(n) % 10_000)),
        ("7 digits, somebody's", &|n| format!("{:07}", digits(mix(n) % count))),
        ("7 digits, nobody's", &|n| format!("9{:06}", mix(n) % 1_000_000)),
        ("..2 digits", &|n| format!("..{:02}", mix(n) % 100)),
        ("1 letter", &|n| pick(&GIVEN, n)[..1].to_owned()),
        ("a name word", &|n| family(mix(n) % count)),
        ("two words", &|n| format!("{} {}", pick(&GIVEN, n), family(mix(n) % count))),
        ("nobody's name", &|n| format!("zz{n}")),
    ];
    for (name, query) in queries {
        let look = |n| assert!(search::find(&db, &actor, &query(n), SHOWN).is_ok());
        report(name, look);
    }
    let ids = sample(&db, &actor, count);
    let customer = |n: u64| *pick(&ids, n);
    report("the card", |n| assert!(card::read(&db, &actor, customer(n)).is_ok()));
    report("the timeline", |n| assert!(timeline::of(&db, &actor, customer(n), None, SHOWN).is_ok()));
    report("the state rows", |_| assert!(state::read(&db, &actor, START).is_ok()));
}

fn report(name: &str, work: impl Fn(u64)) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|n| {
            let began = processor();
            work(n);
            processor() - began
        })
        .collect();
    times.sort();
    let (p50, p99) = (percentile(&times, 50), percentile(&times, 99));
    figure(name, &format!("p50 {} p99 {}", millis(p50), millis(p99)));
}

fn processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

fn sample(db: &Db, actor: &Actor, count: u64) -> Vec<CustomerId> {
    (0..ROUNDS).map(|n| customers::resolve(db, actor, &policy(mix(n) % count), None).unwrap()).collect()
}

fn fill(at: &Location, count: u64) -> Actor {
    let mut db = open::create(at).unwrap();
    let admin = users::found(&mut db, START, 1, "S. Lee").unwrap().actor(Origin::Command);
    let rows: Vec<u64> = (0..count).collect();
    for chunk in rows.chunks(5000) {
        let chunk: Vec<NewCustomer> = chunk.iter().map(|n| customer(*n)).collect();
        customers::import(&mut db, &admin, START, &chunk).unwrap();
    }
    admin
}

fn customer(n: u64) -> NewCustomer {
    let mobile = format!("+2305{:07}", digits(n));
    let name = format!("{} {}", pick(&GIVEN, mix(n)), family(n));
    let email = format!("{}.{n}@example.com", name.replace(' ', ".").to_lowercase());
    NewCustomer {
        name,
        policy_number: Some(policy(n)),
        master_id: Some(n.to_string()),
        phones: vec![NewPhone { label: "mobile".into(), value: E164::parse(&mobile).unwrap(), raw: mobile }],
        emails: vec![NewEmail { label: "email".into(), value: Email::parse(&email).unwrap(), raw: email }],
        payment: Some(if n.is_multiple_of(3) { "pending" } else { "paid" }.into()),
        ..NewCustomer::default()
    }
}

fn policy(n: u64) -> String {
    format!("LIB/C{n}")
}

fn digits(n: u64) -> u64 {
    mix(n + 1) % 10_000_000
}

/// About one in 1,200 customers has the same.
fn family(n: u64) -> String {
    format!("{}{}", pick(&FAMILY, mix(n + 7)), mix(n + 9) % 100)
}

fn pick<T>(list: &[T], n: u64) -> &T {
    &list[usize::try_from(n).unwrap() % list.len()]
}

fn mix(n: u64) -> u64 {
    let z = (n.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 31)
}
