//! What the inbox costs with 20,000 conversations and many texts (issue 6, Show 6): open each list, page,
//! search, a thread, through the store's own functions; then the key latency of the real desk in a
//! pseudo-terminal on the same file: open, scroll, search, write, send. `CORDBOARD_MESSAGES=1000000` for
//! more; run it with `cargo bench --bench inbox --profile dev`. The file is made once and kept in the
//! target folder.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it fails")]

mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cordboard::domain::consent::{Act, Method, Purpose};
use cordboard::domain::delivery::Delivery;
use cordboard::domain::job::Destination;
use cordboard::domain::phone::E164;
use cordboard::domain::role::Actor;
use cordboard::domain::shown::{InboxFilter, InboxView, Party};
use cordboard::domain::text::{Body, SafeText};
use cordboard::domain::time::Micros;
use cordboard::store::consent::{self, NewEntry};
use cordboard::store::inbox::{self, Reading};
use cordboard::store::lease::{self, BootClock};
use cordboard::store::messages::{self, NewText, Seen, Window};
use cordboard::store::open::Location;
use cordboard::store::{Db, claims, conversations, inbound};
use support::screen::Screen;
use support::town::{self, AREAS, OURS, START, made_once, mix, pick};
use support::{figure, measure, millis, tell};

const SIZE: (u16, u16) = (120, 40);
const PAGE: u32 = 100;
const ROUNDS: u64 = 40;
const BINARY: &str = env!("CARGO_BIN_EXE_cordboard");
const FRAME: Duration = Duration::from_millis(16);

const CONVERSATIONS: u64 = 20_000;
/// So many of them are with numbers that nobody on file has.
const STRANGERS: u64 = 1_200;
/// Answers of ours, to the newest.
const ANSWERS: u64 = 2_000;
/// Texts of one transaction.
const CHUNK: u64 = 20_000;

const WORDS: [&str; 24] = [
    "merci",
    "bonjour",
    "payment",
    "policy",
    "friday",
    "receipt",
    "please",
    "call",
    "tomorrow",
    "number",
    "address",
    "insurance",
    "car",
    "claim",
    "when",
    "thanks",
    "received",
    "again",
    "office",
    "morning",
    "late",
    "new",
    "phone",
    "yes",
];

fn main() -> ExitCode {
    let count = std::env::var("CORDBOARD_MESSAGES").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let home = home(count);
    let (db, admin) = town::open(&home);
    figure("texts", &count.to_string());
    figure("conversations", &CONVERSATIONS.to_string());
    let mut reached = reads(&db, &admin, count);
    drop(db);
    reached &= keys(&home);
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn reads(db: &Db, admin: &Actor, count: u64) -> bool {
    let now = START + Duration::from_secs(2 * count);
    let page = |filter: &InboxFilter, after: Option<i64>, newest_first: bool| {
        let reading = Reading { after, newest_first, limit: PAGE, desk: uuid::Uuid::nil() };
        inbox::conversations(db, admin, now, filter, reading).unwrap()
    };
    let mut reached = true;
    for view in InboxView::ALL {
        let filter = InboxFilter { view, find: None };
        let of = page(&filter, None, true).of;
        let times = measure(ROUNDS, |_| drop(page(&filter, None, true)));
        reached &= tell(&format!("{view:?}: {of} lines, the first page"), &times, Duration::from_millis(50));
    }
    let all = InboxFilter::default();
    let somewhere = |n| Some(i64::try_from(mix(n) % count).unwrap());
    let times = measure(ROUNDS, |n| drop(page(&all, somewhere(n), true)));
    reached &= tell("all, a page in the middle", &times, Duration::from_millis(50));
    let times = measure(ROUNDS, |_| drop(page(&all, None, false)));
    reached &= tell("all, the last page", &times, Duration::from_millis(50));
    for (name, words) in [
        ("one letter", "m"),
        ("a word", "payment"),
        ("three words", "friday rec merc"),
        ("one text", "sm77x"),
        ("none", "xyzzy"),
    ] {
        let filter = InboxFilter { view: InboxView::All, find: Some(words.to_owned()) };
        let times =
            measure(ROUNDS, |n| drop(page(&filter, if n % 2 == 0 { None } else { somewhere(n) }, true)));
        reached &= tell(&format!("texts with {name}"), &times, Duration::from_millis(50));
    }
    let of = page(&all, None, true).lines;
    let times = measure(ROUNDS, |n| {
        let party: &Party = &of[usize::try_from(n).unwrap() % of.len()].party;
        inbox::thread(db, admin, now, party, (500, uuid::Uuid::nil())).unwrap();
    });
    reached &= tell("a thread of up to 500 texts", &times, Duration::from_millis(50));
    reached
}

/// From a key to the settled screen.
fn keys(home: &Path) -> bool {
    let began = Instant::now();
    let mut desk = Screen::start(&[BINARY, "--home", home.to_str().unwrap(), "--as", "S. Lee"], SIZE);
    desk.settle(began, |lines| lines[3].ends_with(" customers"));
    desk.press("\x1b", |lines| lines.iter().any(|line| line.trim_end().ends_with("DESK")));
    desk.press("g", |lines| lines.iter().any(|line| line.contains("contact updates")));
    let began = Instant::now();
    let opened = desk.press("i", |lines| lines.iter().any(|line| line.contains(" of 20,000")));
    figure("g i to the first page", &millis(opened.there.min(began.elapsed())));
    let mut moves: Vec<Duration> = Vec::new();
    for key in ["\x1b[B", "\x1b[B", "\x1b[6~", "\x1b[A"].iter().cycle().take(200) {
        moves.push(desk.press(key, |_| true).last);
    }
    moves.sort();
    let mut reached = tell("a move in the inbox", &moves, FRAME);
    let last = desk.press("\x1b[F", |lines| lines.iter().any(|line| line.contains("-20,000 of 20,000")));
    figure("End to the last conversation", &millis(last.there));
    let mut views: Vec<Duration> = (0..12).map(|_| desk.press("\x1b[C", |_| true).last).collect();
    views.sort();
    reached &= tell("a key to the next list, list and thread", &views, Duration::from_millis(100));
    desk.press("f", |lines| lines.iter().any(|line| line.contains("find in texts:")));
    let mut typed: Vec<Duration> = Vec::new();
    for key in "friday merci rec".chars() {
        typed.push(desk.press(&key.to_string(), |_| true).last);
    }
    typed.sort();
    reached &= tell("a key in the words to find", &typed, FRAME);
    let found = desk.press("\r", |lines| {
        lines.iter().any(|line| line.contains("texts with: friday merci rec"))
            && lines.iter().any(|line| line.contains("1-") && line.contains(" of "))
    });
    figure("Enter to what was found", &millis(found.there));
    desk.press("\x1b", |lines| lines.iter().any(|line| line.contains("[All]")));
    desk.press("\x1b[H", |lines| lines.iter().any(|line| line.contains("1-")));
    let opened = desk.press("\r", |lines| lines.iter().any(|line| line.contains("TYPING TEXT to")));
    figure("Enter to the thread", &millis(opened.there));
    let mut typed: Vec<Duration> = Vec::new();
    for key in "Your receipt for this month is ready.".chars() {
        typed.push(desk.press(&key.to_string(), |_| true).last);
    }
    typed.sort();
    reached &= tell("a key in the composer", &typed, FRAME);
    let sent = desk.press("\r", |lines| lines.iter().any(|line| line.contains("sends in")));
    let sent = vec![sent.there];
    reached & tell("Enter to the text on disk and in the thread", &sent, Duration::from_millis(100))
}

/// A desk with so many texts, made as quickly as may be.
fn home(count: u64) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("inbox-{count}"));
    made_once(&folder, |folder| {
        drop(town::found(folder, CONVERSATIONS));
        let (mut db, admin) = town::open(folder);
        let began = Instant::now();
        db.unseen(|db| fill(db, &admin, &town::location(folder), count)).unwrap();
        figure("texts taken in", &format!("{:.0}/s", count as f64 / began.elapsed().as_secs_f64()));
    });
    folder
}

/// The number of one of the conversations.
fn theirs(n: u64) -> E164 {
    let number = if n < STRANGERS {
        format!("+1{}55501{:02}", pick::<u64>(&AREAS, n / 100), n % 100)
    } else {
        format!("+2305{:07}", 2_500_000 + n)
    };
    E164::parse(&number).unwrap()
}

fn body(n: u64) -> String {
    let words = (0..4 + mix(n) % 9).map(|at| *pick::<&str>(&WORDS, mix(n * 13 + at)));
    format!("{} sm{n}x", words.collect::<Vec<_>>().join(" "))
}

fn fill(db: &mut Db, admin: &Actor, at: &Location, count: u64) -> cordboard::store::Result<()> {
    let lease = lease::take(db, &at.database, "bench", &BootClock::read(), START)?.unwrap();
    let time = |n: u64| START + Duration::from_secs(n);
    let numbers: Vec<u64> = (0..count).collect();
    for chunk in numbers.chunks(usize::try_from(CHUNK).unwrap()) {
        let seen: Vec<Seen> = chunk.iter().map(|n| heard(*n, time(*n))).collect();
        let first = chunk.first().copied().unwrap_or(0);
        inbound::polled(db, lease.epoch, time(first), seen)?;
    }
    let now = time(count);
    let window = Window { undo: Duration::ZERO, deadline: Duration::from_secs(4 * 3600) };
    for n in 0..ANSWERS {
        let to = theirs(STRANGERS + n);
        let entry = NewEntry {
            number: &to,
            purpose: Purpose::Service,
            act: Act::Grant,
            method: Method::Voice,
            wording: "",
            wording_version: "",
            customer: None,
            message: None,
            ip: None,
            note: "",
        };
        consent::record(db, admin, now, &entry)?;
        let text = NewText {
            from: E164::parse(OURS).unwrap(),
            to,
            customer: None,
            body: Body(format!("Your receipt {n} is ready.")),
            purpose: Purpose::Service,
        };
        messages::send(db, admin, now, &text, window)?;
        for claimed in claims::claim(db, lease.epoch, now, Destination::Twilio, 9)? {
            let claims::Task::Text(text) = &claimed.task else { continue };
            let seen = Seen {
                sid: format!("SMout{n:027}"),
                inbound: false,
                from: text.from.clone().into(),
                to: text.to.clone().into(),
                body: text.body.clone(),
                status: Delivery::Delivered,
                ..heard(n, now)
            };
            inbound::accepted(db, lease.epoch, now, claimed.jobs[0], Some(claimed.attempt), &seen)?;
        }
    }
    // A tenth is somebody's, half is read, some are closed.
    let all = InboxFilter::default();
    let mut after = None;
    loop {
        let reading = Reading { after, newest_first: true, limit: 1_000, desk: uuid::Uuid::nil() };
        let lines = inbox::conversations(db, admin, now, &all, reading)?.lines;
        for line in &lines {
            match mix(u64::try_from(line.seq).unwrap()) % 10 {
                0 => conversations::assign(db, admin, now, line.id, admin.user)?,
                1 => conversations::close(db, admin, now, line.id, line.seq)?,
                2..7 => inbox::read(db, admin, now, &Party::Number(SafeText::new(line.theirs.as_str())))?,
                _ => {}
            }
        }
        match lines.last() {
            Some(line) => after = Some(line.seq),
            None => return Ok(()),
        }
    }
}

fn heard(n: u64, at: Micros) -> Seen {
    Seen {
        sid: format!("SM{n:032}"),
        inbound: true,
        from: theirs(mix(n) % CONVERSATIONS).into(),
        to: E164::parse(OURS).unwrap().into(),
        body: Body(body(n)),
        status: Delivery::Received,
        error_code: None,
        error_message: None,
        segments: Some(1),
        media: 0,
        price: None,
        price_unit: None,
        created: Some(at),
        sent: Some(at),
    }
}
