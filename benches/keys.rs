//! What an agent waits for (figures 6): the real desk in a pseudo-terminal of 120x40 on a full file.
//! From a key to the settled screen, bytes per key, start to first paint, memory; beside the same
//! search in this process, and beside an echo by `cat`.
//!
//! `CORDBOARD_CUSTOMERS=1000000 cargo bench --bench keys --profile dev`; the file is made once and
//! kept in the target folder.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it fails")]

mod support;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cordboard::domain::role::Actor;
use cordboard::domain::shown::{Found, Hit};
use cordboard::store::threads::LOOKUP_MEMORY;
use cordboard::store::{Db, search};
use support::screen::{Screen, Settled};
use support::town::{self, GIVEN, START, count, digits, family, kept, mix, pick, policy};
use support::{figure, millis, percentile, verdict};

const SIZE: (u16, u16) = (120, 40);
const SHOWN: u32 = 50;
const ROUNDS: u64 = 25;
const BACKSPACE: &str = "\x7f";
const DOWN: &str = "\x1b[B";
const BINARY: &str = env!("CARGO_BIN_EXE_cordboard");

/// What was measured of one kind of key.
#[derive(Default)]
struct Keys {
    screen: Vec<Settled>,
    bare: Vec<Duration>,
}

fn main() -> ExitCode {
    let home = kept(count());
    let (db, admin) = town::open(&home);
    db.keep(LOOKUP_MEMORY).unwrap();
    figure("customers", &count().to_string());
    let echo = echo();
    figure("a key through cat and back", &both(&echo));

    let starts: Vec<Duration> = (0..10).map(|_| start(&home).1).collect();
    let version = (0..10).map(|_| run_version());
    figure("cordboard --version", &both(&sorted(version)));
    let mut reached = at_most("start to first paint", &sorted(starts), 60.0);

    let mut desk = start(&home).0;
    let (mut numbers, mut names, mut back) = (Keys::default(), Keys::default(), Keys::default());
    for n in 0..ROUNDS {
        let number = format!("{:07}", digits(mix(n) % count()));
        type_in(&mut desk, &db, &admin, &number, &mut numbers, &mut back);
        let name = format!("{} {}", pick(&GIVEN, n), family(mix(n) % count())).to_lowercase();
        type_in(&mut desk, &db, &admin, &name, &mut names, &mut back);
    }
    let moves = cursor(&mut desk, &db, &admin);
    for (what, keys) in [("digits", &numbers), ("letters", &names), ("Backspace", &back)] {
        reached &= tell(what, keys, &echo);
    }
    let lists: Vec<usize> = numbers.screen.iter().chain(&names.screen).map(|key| key.bytes).collect();
    reached &= tell_bytes("a new list", lists, 5_000);
    reached &= at_most("cursor move", &sorted(moves.iter().map(|key| key.last)), 16.0);
    // The few that turn the page write a new list.
    let (turns, moves): (Vec<usize>, Vec<usize>) =
        moves.iter().map(|key| key.bytes).partition(|n| *n > 1_000);
    figure("cursor moves that turn the page", &turns.len().to_string());
    reached &= tell_bytes("a cursor move", moves, 400);
    let (forms, saves): (Vec<Duration>, Vec<Duration>) = (0..ROUNDS).map(|n| update(&mut desk, n)).unzip();
    reached &= at_most("m to the form on screen", &sorted(forms), 50.0);
    reached &= at_most("Enter to saved on disk and told", &sorted(saves), 50.0);
    let resident = desk.resident() / 1024;
    reached &= verdict("memory of the desk", &format!("{resident} MB"), "<= 90 MB", resident <= 90);
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A desk whose list is there, and when its first frame was.
fn start(home: &Path) -> (Screen, Duration) {
    let began = Instant::now();
    let mut desk = Screen::start(&[BINARY, "--home", home.to_str().unwrap(), "--as", "S. Lee"], SIZE);
    let painted = desk.first(began, |lines| lines[1].starts_with("Customers"));
    desk.settle(began, |lines| lines[3].ends_with(" customers"));
    (desk, painted)
}

fn run_version() -> Duration {
    let began = Instant::now();
    Screen::start(&[BINARY, "--version"], SIZE).first(began, |lines| lines[0].starts_with("cordboard"))
}

/// What the terminal itself costs.
fn echo() -> Vec<Duration> {
    let mut cat = Screen::start(&["sh", "-c", "stty raw -echo; echo ready; exec cat"], SIZE);
    cat.settle(Instant::now(), |lines| lines[0].starts_with("ready"));
    sorted((0..50).map(|_| cat.press("x", |lines| lines.iter().any(|line| line.contains('x'))).last))
}

/// Types a look-up and takes it back, a key at a time, each waited for.
fn type_in(desk: &mut Screen, db: &Db, actor: &Actor, text: &str, keys: &mut Keys, back: &mut Keys) {
    let all: Vec<usize> = text.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
    for (at, c) in text.char_indices() {
        look(desk, db, actor, c.encode_utf8(&mut [0; 4]), &text[..at + c.len_utf8()], keys);
    }
    for end in all.iter().rev().skip(1) {
        look(desk, db, actor, BACKSPACE, &text[..*end], back);
    }
    desk.press(BACKSPACE, |lines| lines[3].ends_with(" customers"));
}

fn look(desk: &mut Screen, db: &Db, actor: &Actor, key: &str, query: &str, keys: &mut Keys) {
    let began = Instant::now();
    let found = search::find(db, actor, START, 0, query.trim(), SHOWN).unwrap();
    keys.bare.push(began.elapsed());
    keys.screen.push(desk.press(key, |lines| is_shown(lines, query, &found)));
}

/// The count, the first row and its preview are those of this query.
fn is_shown(lines: &[String], query: &str, found: &Found) -> bool {
    let count = match (found.many, found.more) {
        (true, _) => format!("first {} of many", found.hits.len()),
        (_, more) => format!("{}{} of ", found.hits.len(), if more { "+" } else { "" }),
    };
    let line = lines[3].starts_with(&format!(" > {} ", query.trim())) && lines[3].contains(&count);
    line && found
        .hits
        .first()
        .is_none_or(|hit| lines[5].contains(hit.policy.as_str()) && previews(lines, hit))
}

fn previews(lines: &[String], hit: &Hit) -> bool {
    let title = format!("── {} ─", hit.name.as_str());
    lines.iter().any(|line| line.starts_with(&title))
}

/// Down a long list, each row with its preview.
fn cursor(desk: &mut Screen, db: &Db, actor: &Actor) -> Vec<Settled> {
    let found = search::find(db, actor, START, 0, "5", SHOWN).unwrap();
    desk.press("5", |lines| is_shown(lines, "5", &found));
    let rows = found.hits.iter().skip(1);
    let marked = |lines: &[String], hit: &Hit| {
        let row = |line: &String| line.starts_with('>') && line.contains(hit.policy.as_str());
        lines.iter().any(row) && previews(lines, hit)
    };
    rows.map(|hit| desk.press(DOWN, |lines| marked(lines, hit))).collect()
}

/// A new mobile for somebody: until the form is there, and until what it saved is on disk.
fn update(desk: &mut Screen, n: u64) -> (Duration, Duration) {
    let shows = |words: &'static str| move |lines: &[String]| lines.iter().any(|line| line.contains(words));
    desk.press("\x15", |lines| lines[3].ends_with(" customers"));
    desk.press(&policy(mix(n + 77) % count()), |lines| lines[3].contains(" of "));
    desk.press("\r", shows(" Contact "));
    let form = desk.press("m", shows("Update contact")).last;
    desk.press(&format!("5{:07}", digits(n + 4_000_000)), |_| true);
    desk.press("\r", |_| true);
    desk.press("1", |_| true);
    let saved = desk.press("\r", shows("Saved")).there;
    desk.press("\x1b", shows("TYPING SEARCH"));
    (form, saved)
}

fn tell(what: &str, keys: &Keys, echo: &[Duration]) -> bool {
    let list = sorted(keys.screen.iter().map(|key| key.there));
    let last = sorted(keys.screen.iter().map(|key| key.last));
    let bare = sorted(keys.bare.iter().copied());
    figure(&format!("{what}: the search alone"), &both(&bare));
    figure(&format!("{what}: key to list and preview"), &both(&list));
    let ratio =
        last[last.len() / 2].as_secs_f64() / (bare[bare.len() / 2] + echo[echo.len() / 2]).as_secs_f64();
    figure(&format!("{what}: settled to search and echo"), &format!("{ratio:.1}x"));
    let (p50, p99) = (percentile(&last, 50), percentile(&last, 99));
    let good = p50 <= Duration::from_millis(2) && p99 <= Duration::from_millis(16);
    verdict(&format!("{what}: key to settled screen"), &both(&last), "2 / 16 ms", good)
}

fn tell_bytes(what: &str, mut bytes: Vec<usize>, goal: usize) -> bool {
    bytes.sort_unstable();
    let [p50, p90, most] = [50, 90, 100].map(|share| bytes[(bytes.len() * share / 100).min(bytes.len() - 1)]);
    let value = format!("p50 {p50} p90 {p90} most {most}");
    verdict(&format!("{what}: bytes"), &value, &format!("<= {goal}"), p90 <= goal)
}

fn at_most(what: &str, times: &[Duration], goal: f64) -> bool {
    let good = percentile(times, 99).as_secs_f64() * 1000.0 <= goal;
    verdict(what, &both(times), &format!("<= {goal} ms"), good)
}

fn both(times: &[Duration]) -> String {
    format!("p50 {} p99 {}", millis(percentile(times, 50)), millis(percentile(times, 99)))
}

fn sorted(times: impl IntoIterator<Item = Duration>) -> Vec<Duration> {
    let mut times: Vec<Duration> = times.into_iter().collect();
    times.sort();
    times
}
