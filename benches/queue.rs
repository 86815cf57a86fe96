//! What the admin's loop costs on many updates (NIC-89..98, NIC-104..106): open, filter, search, page,
//! choose, a batch of 45,000 and its mark, through the store's own functions; then the key latency of
//! the real desk in a pseudo-terminal on the same file. `CORDBOARD_UPDATES=1000000` for more; run it with
//! `cargo bench --bench queue --profile dev`. The file is made once and kept in the target folder.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it fails")]

mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cordboard::domain::phone::{Accept, PhonePolicy, Region};
use cordboard::domain::role::{Actor, Role};
use cordboard::domain::shown::QueueFilter;
use cordboard::domain::time::Micros;
use cordboard::domain::update::{Form, Reason, Status};
use cordboard::store::lease::{self, BootClock};
use cordboard::store::pulled::{self, Row};
use cordboard::store::updates::{Capture, Leaving};
use cordboard::store::{Db, batches, customers, effective, queue, updates};
use support::screen::Screen;
use support::town::{self, START, digits, family, made_once, mix, name, pick, policy};
use support::{figure, measure, millis, tell, verdict};

const SIZE: (u16, u16) = (120, 40);
const PAGE: u32 = 100;
const ROUNDS: u64 = 40;
const BINARY: &str = env!("CARGO_BIN_EXE_cordboard");
const FRAME: Duration = Duration::from_millis(16);

/// So many of the newest are pending; the others are in the master.
const PENDING: u64 = 60_000;
const CHOSEN: usize = 45_000;
const AGENTS: u64 = 40;
const DAYS: u64 = 400;
const DAY: u64 = 24 * 3600;
/// Of the file, while it is made: 2 GB.
const MEMORY: i64 = 2_000_000;
const POLICY: PhonePolicy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };
const LEAVING: Leaving = Leaving { undo: Duration::ZERO, upstream: false };

fn main() -> ExitCode {
    let count = std::env::var("CORDBOARD_UPDATES").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let home = home(count);
    let (mut db, admin) = town::open(&home);
    figure("updates", &count.to_string());

    let mut reached = reads(&db, &admin, count);
    reached &= keys(&home);
    reached &= the_loop(&mut db, &admin, count);
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn day(n: u64) -> Micros {
    START + Duration::from_secs(n * DAY)
}

fn pending() -> QueueFilter {
    QueueFilter { status: Some(Status::Pending), ..QueueFilter::default() }
}

fn reads(db: &Db, admin: &Actor, count: u64) -> bool {
    type Ask = Box<dyn Fn(u64) -> (QueueFilter, Option<i64>)>;
    let all = QueueFilter::default;
    let somewhere = move |n| Some(i64::try_from(mix(n) % count).unwrap());
    let find = move |text: String| QueueFilter { find: Some(text), ..QueueFilter::default() };
    let asks: [(&str, Ask); 13] = [
        ("open: pending, oldest first", Box::new(|_| (pending(), None))),
        ("all, newest first", Box::new(move |_| (QueueFilter { newest_first: true, ..all() }, None))),
        ("a page in the middle of all", Box::new(move |n| (all(), somewhere(n)))),
        ("the last page of all", Box::new(move |_| (QueueFilter { newest_first: true, ..all() }, None))),
        (
            "synced, a page in the middle",
            Box::new(move |n| (QueueFilter { status: Some(Status::Synced), ..all() }, somewhere(n))),
        ),
        ("held (none)", Box::new(move |_| (QueueFilter { status: Some(Status::Held), ..all() }, None))),
        (
            "an agent, all",
            Box::new(move |n| (QueueFilter { agent: i64::try_from(100 + n % AGENTS).ok(), ..all() }, None)),
        ),
        (
            "an agent's pending, one reason",
            Box::new(|n| {
                let agent = i64::try_from(100 + n % AGENTS).ok();
                (QueueFilter { agent, reason: Some(Reason::Bounced), ..pending() }, None)
            }),
        ),
        (
            "a day",
            Box::new(move |n| {
                (QueueFilter { from: Some(day(n * 9)), before: Some(day(n * 9 + 1)), ..all() }, None)
            }),
        ),
        (
            "28 days, synced, one reason",
            Box::new(move |n| {
                let (from, before) = (Some(day(n * 9)), Some(day(n * 9 + 28)));
                let (status, reason) = (Some(Status::Synced), Some(Reason::Missing));
                (QueueFilter { from, before, status, reason, ..all() }, None)
            }),
        ),
        ("find a policy", Box::new(move |n| (find(policy(somebody(n, n % 2))), None))),
        ("find a name", Box::new(move |n| (find(family(somebody(n, n % 2))), None))),
        (
            "find one letter, pending",
            Box::new(|n| {
                let find = Some(["a", "k", "m", "s"][usize::try_from(n % 4).unwrap()].to_owned());
                (QueueFilter { find, ..pending() }, None)
            }),
        ),
    ];
    let mut reached = true;
    for (name, ask) in asks {
        let times = measure(ROUNDS, |n| {
            let (filter, after) = ask(n);
            assert!(queue::page(db, admin, &filter, after, PAGE).is_ok());
        });
        reached &= tell(name, &times, Duration::from_millis(50));
    }
    figure("  counted to the end: all", &once(|| queue::count(db, admin, &QueueFilter::default()).unwrap()));
    figure("  choose all that are pending", &once(|| queue::matching(db, admin, &pending()).unwrap()));
    figure("  how many clash", &once(|| queue::clashes(db, admin).unwrap()));
    reached
}

/// A batch of 45,000 and its mark, while an agent saves beside it.
fn the_loop(db: &mut Db, admin: &Actor, count: u64) -> bool {
    let chosen = queue::matching(db, admin, &pending()).unwrap();
    let chosen = &chosen[..CHOSEN.min(chosen.len())];
    let now = day(DAYS) + Duration::from_secs(count);
    let began = Instant::now();
    let batch = batches::create(db, admin, now, chosen).unwrap();
    let seconds = |began: Instant| format!("{:.1} s", began.elapsed().as_secs_f64());
    figure(&format!("a batch of {} updates, {} lines", batch.updates.len(), batch.lines), &seconds(began));
    let began = Instant::now();
    let marked = batches::mark(db, admin, now, batch.number, LEAVING).unwrap();
    figure(&format!("its mark: {} done", marked.done.len()), &seconds(began));
    verdict("done and left out", &(marked.done.len() + marked.left_out.len()).to_string(), "all", {
        marked.done.len() + marked.left_out.len() == batch.updates.len()
    })
}

/// From a key to the settled screen.
fn keys(home: &Path) -> bool {
    let began = Instant::now();
    let mut desk = Screen::start(&[BINARY, "--home", home.to_str().unwrap(), "--as", "S. Lee"], SIZE);
    desk.settle(began, |lines| lines[3].ends_with(" customers"));
    desk.press("\x1b", |lines| lines.iter().any(|line| line.trim_end().ends_with("DESK")));
    desk.press("g", |lines| lines.iter().any(|line| line.contains("contact updates")));
    let began = Instant::now();
    desk.press("u", |lines| lines.iter().any(|line| line.contains("1-")));
    figure("g u to the first page", &millis(began.elapsed()));
    let mut moves: Vec<Duration> = Vec::new();
    for key in ["\x1b[B", "\x1b[B", "\x1b[6~", "\x1b[A"].iter().cycle().take(200) {
        moves.push(desk.press(key, |_| true).last);
    }
    moves.sort();
    let mut reached = tell("a move in the queue", &moves, FRAME);
    let mut typed: Vec<Duration> = Vec::new();
    desk.press("f", |lines| lines.iter().any(|line| line.contains("filter:")));
    for key in "all newest first anna".split("") {
        if key.is_empty() {
            continue;
        }
        typed.push(desk.press(key, |_| true).last);
    }
    typed.sort();
    reached &= tell("a key in the filter", &typed, FRAME);
    let began = Instant::now();
    desk.press("\r", |lines| lines.iter().any(|line| line.contains("find: anna") && line.contains(" of ")));
    figure("Enter to what it found", &millis(began.elapsed()));
    reached
}

/// A desk with so many updates, made as quickly as may be.
fn home(count: u64) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("queue-{count}"));
    made_once(&folder, |folder| {
        drop(town::found(folder, town::count()));
        // A connection that has brought in so many at once is slow at single ones: FTS5 keeps its tables wide.
        let (mut db, admin) = town::open(folder);
        db.keep(MEMORY).unwrap();
        let began = Instant::now();
        db.unseen(|db| capture(db, &admin, count, &town::location(folder).database)).unwrap();
        figure("updates taken in", &format!("{:.0}/s", count as f64 / began.elapsed().as_secs_f64()));
    });
    folder
}

/// Most were captured elsewhere and are in the master; the newest are our own and pending.
fn capture(db: &mut Db, admin: &Actor, count: u64, database: &Path) -> cordboard::store::Result<()> {
    let own = count.min(PENDING);
    let boot = BootClock { id: "bench".into(), micros: 0 };
    let epoch = lease::take(db, database, "bench", &boot, START)?.unwrap().epoch;
    let rows: Vec<u64> = (0..count - own).collect();
    for chunk in rows.chunks(20_000) {
        let rows: Vec<Row> = chunk.iter().map(|n| row(*n, count)).collect();
        pulled::pulled(db, epoch, day(DAYS), &rows)?;
    }
    for n in count - own..count {
        let number = i64::try_from(100 + mix(n) % AGENTS).unwrap();
        let agent = Actor { number, name: agent(n), role: Role::Agent, ..admin.clone() };
        let mobile = mobile(n);
        let form = Form { mobile: &mobile, reason: reason(n).as_str(), ..Form::default() };
        let customer = customers::resolve(db, admin, &policy(somebody(n, 1)), None)?;
        let about = Capture { shown: effective::shown(db, customer)?, ..Capture::default() };
        // Some of so many have this mobile already.
        if let Ok(new) = form.check(&POLICY) {
            let _ = updates::capture(db, &agent, captured_at(n, count), customer, &new, &about, LEAVING);
        }
    }
    Ok(())
}

fn row(n: u64, count: u64) -> Row {
    let customer = somebody(n, 0);
    let at = captured_at(n, count);
    Row {
        upstream_id: i64::try_from(n + 1).unwrap(),
        client_ref: None,
        customer_id: customer.to_string(),
        policy_number: policy(customer),
        customer_name: name(customer),
        mobile: Some((Some(town::mobile(customer)), format!("+230{}", mobile(n)))),
        email: None,
        reason: reason(n),
        notes: String::new(),
        agent_number: i64::try_from(100 + mix(n) % AGENTS).unwrap(),
        agent_name: agent(n),
        captured_at: Some(at),
        synced: true,
        synced_at: Some(at + Duration::from_secs(DAY)),
        synced_by: Some(24),
    }
}

/// Of the half whose updates are in the master, or of the other one.
fn somebody(n: u64, half: u64) -> u64 {
    let each = town::count() / 2;
    half * each + mix(n + 1) % each
}

fn mobile(n: u64) -> String {
    format!("5{:07}", digits(mix(n)))
}

fn reason(n: u64) -> Reason {
    *pick(&Reason::ALL, mix(n + 3))
}

fn agent(n: u64) -> String {
    format!("Agent {}", mix(n) % AGENTS)
}

fn captured_at(n: u64, count: u64) -> Micros {
    START + Duration::from_secs(n * DAYS * DAY / count)
}

fn once<T>(work: impl FnOnce() -> T) -> String {
    let began = Instant::now();
    let _ = work();
    millis(began.elapsed())
}
