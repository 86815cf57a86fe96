//! What a key costs in the look-up line of a full desk: p50 and p99 per kind of query, through the
//! store's own function, in time of the processor: neighbours do not count. `CORDBOARD_CUSTOMERS=1000000` for more; `cargo bench --bench lookup
//! --profile dev` needs no second build of OpenSSL.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it fails")]

mod support;

use std::time::Duration;

use cordboard::domain::ids::CustomerId;
use cordboard::domain::role::{Actor, Origin};
use cordboard::store::open::{self, Location};
use cordboard::store::threads::LOOKUP_MEMORY;
use cordboard::store::{Db, card, customers, search, state, timeline, users};
use rustix::time::{ClockId, clock_gettime};
use support::town::{GIVEN, START, count, digits, family, mix, pick, policy, settle};
use support::{figure, millis, percentile};

const ROUNDS: u64 = 200;
const SHOWN: u32 = 50;

fn main() {
    let count = count();
    let folder = tempfile::tempdir().unwrap();
    let at = Location { database: folder.path().join("desk.db"), key_file: folder.path().join("desk.key") };
    let mut db = open::create(&at).unwrap();
    let actor = users::found(&mut db, START, 1, "S. Lee").unwrap().actor(Origin::Command);
    settle(&mut db, &actor, count);
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
