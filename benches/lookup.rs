//! What a key costs in the look-up line of a full desk: p50 and p99 per kind of query, through the
//! store's own function, beside the bare statement over the same index in the same process; in time
//! of the processor: neighbours do not count. Then what the index weighs, and what a first key reads.
//! `CORDBOARD_CUSTOMERS=1000000` for more; `cargo bench --bench lookup --profile dev` needs no second
//! build of OpenSSL.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it fails")]

mod support;

use std::process::ExitCode;
use std::time::Duration;

use cordboard::domain::ids::CustomerId;
use cordboard::domain::role::Actor;
use cordboard::store::open::{self, Location};
use cordboard::store::threads::LOOKUP_MEMORY;
use cordboard::store::{Db, card, customers, search, state, timeline};
use rusqlite::{Connection, params};
use support::town::{self, START, count, digits, family, given, kept, location, mix, pick, policy};
use support::{figure, measure, millis, percentile, verdict};

const ROUNDS: u64 = 400;

const SHOWN: u32 = 50;

/// One statement that answers as the screen needs it: up to 500 in order, else the newest.
const BARE: &str = "
    with told (seq) as materialized
        (select rowid from search where search match ?1 order by rowid desc limit 501),
    listed (seq) as materialized (
        select c.seq from told t cross join customer c indexed by customer_order
            on c.seq = t.seq and c.deleted_at is null
        order by c.last_contact_at desc, c.name limit ?2)
    select c.id, c.name, c.company, c.policy_number, c.payment, c.amount_due, c.currency, m.value, e.value
    from listed l cross join customer c on c.seq = l.seq
    left join effective_contact m on m.customer_id = c.id and m.field = 'mobile'
    left join effective_contact e on e.customer_id = c.id and e.field = 'email'";

/// A kind of query: what is typed, and what the index is asked for it where one statement can.
struct Class<'a> {
    name: &'a str,
    typed: Box<dyn Fn(u64) -> String + 'a>,
    tokens: Option<Box<dyn Fn(u64) -> String + 'a>>,
}

fn class<'a>(
    name: &'a str,
    typed: impl Fn(u64) -> String + 'a,
    tokens: impl Fn(u64) -> String + 'a,
) -> Class<'a> {
    Class { name, typed: Box::new(typed), tokens: Some(Box::new(tokens)) }
}

fn alone<'a>(name: &'a str, typed: impl Fn(u64) -> String + 'a) -> Class<'a> {
    Class { name, typed: Box::new(typed), tokens: None }
}

fn main() -> ExitCode {
    let count = count();
    figure("customers", &count.to_string());
    let home = kept(count);
    let at = location(&home);
    let (db, actor) = town::open(&home);

    let bare = bare(&at);
    let mut reached = weight(&bare);
    reached &= first_key(&at, &actor);
    db.keep(LOOKUP_MEMORY).unwrap();
    let mut p99 = Vec::new();
    for Class { name, typed, tokens } in classes(count) {
        let look = |n| assert!(search::find(&db, &actor, START, 0, &typed(n), SHOWN).is_ok());
        let store = measure(ROUNDS, look);
        p99.push((name.to_owned(), percentile(&store, 99)));
        report(name, &store);
        let Some(tokens) = tokens else { continue };
        let statement = measure(ROUNDS, |n| answer(&bare, &tokens(n)));
        report("    the bare statement", &statement);
        let ratio = percentile(&store, 99).as_secs_f64() / percentile(&statement, 99).as_secs_f64();
        reached &=
            verdict("    p99 to the bare statement\'s", &format!("{ratio:.2}x"), "<= 1.3x", ratio <= 1.3);
    }
    let of =
        |name: &str| p99.iter().find(|(known, _)| known == name).map_or(0.0, |(_, time)| time.as_secs_f64());
    for (first, third) in [("1 letter", "3 letters"), ("1 digit", "3 digits")] {
        let ratio = of(first) / of(third);
        reached &=
            verdict(&format!("p99 of {first} to {third}"), &format!("{ratio:.2}x"), "<= 2x", ratio <= 2.0);
    }
    let worst = p99.iter().map(|(_, time)| *time).max().unwrap_or_default();
    reached &= verdict("the slowest p99", &millis(worst), "<= 16 ms", worst <= Duration::from_millis(16));

    let ids = sample(&db, &actor, count);
    let customer = |n: u64| *pick(&ids, n);
    report("the card", &measure(ROUNDS, |n| assert!(card::read(&db, &actor, customer(n)).is_ok())));
    report(
        "the timeline",
        &measure(ROUNDS, |n| assert!(timeline::of(&db, &actor, customer(n), None, SHOWN).is_ok())),
    );
    report("the state rows", &measure(ROUNDS, |_| assert!(state::read(&db, &actor, START).is_ok())));
    report(
        "a page of all customers",
        &measure(ROUNDS, |n| {
            let after = i64::try_from(mix(n) % count).ok();
            assert!(search::page(&db, &actor, after, n % 2 == 0, SHOWN).is_ok());
        }),
    );
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn classes<'a>(count: u64) -> Vec<Class<'a>> {
    let somebody = move |n| mix(n) % count;
    let given = move |n| given(somebody(n)).to_lowercase();
    let surname = move |n| family(somebody(n)).to_lowercase();
    let begins = |word: &str| format!("\"~{}\"", word.chars().take(8).collect::<String>());
    let number = move |n| format!("5{:07}", digits(somebody(n)));
    // Digits may be those of a number, of a policy number, or a word of a name.
    let all = |sign: char, runs: &[&str]| {
        let runs: Vec<String> = runs.iter().map(|run| format!("\"{sign}{run}\"")).collect();
        format!("({})", runs.join(" AND "))
    };
    let said = move |typed: &str, runs: &[&str]| {
        format!("({} OR {} OR {})", all('#', runs), all('%', runs), begins(typed))
    };
    let ends = move |runs: &[&str]| format!("{} OR {}", all('#', runs), all('%', runs));
    let two = |n| format!("{:02}", mix(n) % 100);
    vec![
        class("1 letter", move |n| given(n)[..1].to_owned(), move |n| begins(&given(n)[..1])),
        class("3 letters", move |n| surname(n)[..3].to_owned(), move |n| begins(&surname(n)[..3])),
        class("a name word", surname, move |n| format!("\"{}\"", surname(n))),
        class("a common name", given, move |n| begins(&given(n))),
        class(
            "two words",
            move |n| format!("{} {}", given(n), surname(n)),
            move |n| format!("{} AND \"{}\"", begins(&given(n)), surname(n)),
        ),
        class(
            "two beginnings",
            move |n| format!("{} {}", &given(n)[..2], &surname(n)[..2]),
            move |n| format!("{} AND {}", begins(&given(n)[..2]), begins(&surname(n)[..2])),
        ),
        class(
            "1 digit",
            |n| (n % 10).to_string(),
            move |n| said(&(n % 10).to_string(), &[&(n % 10).to_string()]),
        ),
        class("2 digits", two, move |n| said(&two(n), &[&two(n)])),
        class(
            "3 digits",
            move |n| number(n)[2..5].to_owned(),
            move |n| said(&number(n)[2..5], &[&number(n)[2..5]]),
        ),
        class(
            "4 digits",
            move |n| number(n)[3..7].to_owned(),
            move |n| said(&number(n)[3..7], &[&number(n)[3..7]]),
        ),
        class(
            "..2 digits",
            move |n| format!("..{}", &number(n)[6..]),
            move |n| ends(&[&format!("{}$", &number(n)[6..])]),
        ),
        class(
            "last 4 digits",
            move |n| format!("..{}", &number(n)[4..]),
            move |n| ends(&[&format!("{}$", &number(n)[5..]), &number(n)[4..]]),
        ),
        class(
            "7 digits inside",
            move |n| number(n)[..7].to_owned(),
            move |n| said(&number(n)[..7], &[&number(n)[3..7], &number(n)[1..5]]),
        ),
        class(
            "a whole number",
            move |n| format!("+230{}", number(n)),
            move |n| said(&format!("230{}", number(n)), &[&number(n)[4..], &number(n)[1..5]]),
        ),
        class(
            "digits and a word",
            move |n| format!("{} {}", &number(n)[4..], given(n)),
            move |n| format!("{} AND {}", said(&number(n)[4..], &[&number(n)[4..]]), begins(&given(n))),
        ),
        class(
            "a policy number",
            move |n| policy(somebody(n)),
            move |n| {
                let policy = policy(somebody(n)).to_lowercase().replace('/', "");
                let last = policy.len().saturating_sub(4);
                let runs = [&policy[last..], &policy[last.saturating_sub(3)..][..4]];
                let parts = format!("({} AND {})", begins("lib"), begins(&policy[3..]));
                format!("{} OR {parts} OR {}", begins(&policy), all('%', &runs))
            },
        ),
        alone("7 digits, nobody's", |n| format!("9{:06}", mix(n) % 1_000_000)),
        alone("nobody's name", |n| format!("zz{n}")),
        alone("a mistyped name", move |n| {
            let name = surname(n);
            format!("{}{}", &name[..3], &name[4..])
        }),
        alone("joined names", move |n| format!("{}{}", given(n), surname(n))),
        alone("an address", move |n| format!("{}.{}.{}@ex", given(n), surname(n), somebody(n))),
        alone("payment:pending and 1 letter", move |n| format!("payment:pending {}", &given(n)[..1])),
        alone("optin:no", |_| "optin:no".to_owned()),
        alone("optin:yes", |_| "optin:yes".to_owned()),
        alone("10,000 characters", |n| "kevin 57 ".repeat(1_100) + &n.to_string()),
        alone("signs alone", |n| "\"*'%^:(){}"[..usize::try_from(n % 10).unwrap() + 1].to_owned()),
    ]
}

fn report(name: &str, times: &[Duration]) {
    let (p50, p99) = (percentile(times, 50), percentile(times, 99));
    figure(name, &format!("p50 {} p99 {}", fine(p50), fine(p99)));
}

fn fine(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

/// The same file without the store.
fn bare(at: &Location) -> Connection {
    let conn = Connection::open(&at.database).unwrap();
    let key = std::fs::read_to_string(&at.key_file).unwrap();
    for pragma in
        [format!("pragma key = \"x'{}'\"", key.trim()), format!("pragma cache_size = -{LOOKUP_MEMORY}")]
    {
        let _ = conn.execute_batch(&pragma);
    }
    conn
}

fn answer(conn: &Connection, tokens: &str) {
    let mut statement = conn.prepare_cached(BARE).unwrap();
    let mut rows = statement.query(params![tokens, SHOWN]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let _: (Vec<u8>, String) = (row.get(0).unwrap(), row.get(1).unwrap());
    }
}

/// What the index takes beside the tables it is made of.
fn weight(conn: &Connection) -> bool {
    let size = |which: &str| -> f64 {
        let sql = format!("select sum(pgsize) from dbstat where aggregate = true and name {which}");
        conn.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    let index = size("like 'search%'") + size("= 'customer_order'");
    let tables = size("in ('customer', 'contact_point')");
    let ratio = index / tables;
    figure("index", &format!("{:.1} MB", index / 1e6));
    verdict("index to the tables", &format!("{ratio:.2}x"), "<= 2.5x", ratio <= 2.5)
}

/// What the first key after the opening reads from the disk.
fn first_key(at: &Location, actor: &Actor) -> bool {
    let mut most = 0;
    for key in ["k", "5", "a", "2"] {
        let db = open::open(at).unwrap();
        db.keep(LOOKUP_MEMORY).unwrap();
        let before = bytes_read();
        search::find(&db, actor, START, 0, key, SHOWN).unwrap();
        most = most.max(bytes_read() - before);
    }
    verdict("read for a first key", &format!("{} kB", most / 1024), "<= 512 kB", most <= 512 * 1024)
}

fn bytes_read() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    io.lines().find_map(|line| line.strip_prefix("rchar: ")).and_then(|n| n.parse().ok()).unwrap_or(0)
}

fn sample(db: &Db, actor: &Actor, count: u64) -> Vec<CustomerId> {
    (0..ROUNDS).map(|n| customers::resolve(db, actor, &policy(mix(n) % count), None).unwrap()).collect()
}
