//! Twenty desks on one file, each saving a contact update every second, a bulk import beside them
//! (figures 6): every save within 250 ms, none fails, nothing is lost. Then the same processes saving
//! without a pause, which shows whether any of them starves (figures 5).
//!
//! Each is measured twice: as the store queues writers by itself, and with a lock file taken before
//! every write, which is no quicker beside an import. `cargo bench --bench writers --profile dev` needs no second build of OpenSSL.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it fails")]

mod support;

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cordboard::domain::customer::NewCustomer;
use cordboard::domain::money::Currency;
use cordboard::domain::phone::{Accept, PhonePolicy, Region};
use cordboard::domain::role::{Action, Actor, Origin};
use cordboard::domain::time::Micros;
use cordboard::domain::update::Form;
use cordboard::files::customers::{ImportOptions, read};
use cordboard::store::open::{self, Location};
use cordboard::store::updates::{Capture, Filter, Leaving};
use cordboard::store::{Db, Result, customers, effective, updates, users};
use support::{figure, millis, percentile, verdict};

const DESKS: usize = 20;
const SPAN: Duration = Duration::from_secs(10);
const GOAL: Duration = Duration::from_millis(250);
/// As `customers import` stores them.
const CHUNK: usize = 200;
const START: Micros = Micros::from_secs(1_767_225_600);
const POLICY: PhonePolicy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };

/// How a writer waits for its turn.
#[derive(Clone, Copy, PartialEq)]
enum Queue {
    /// The store's own.
    Store,
    /// A lock file around every write.
    LockFile,
}

struct Writer {
    db: Db,
    admin: Actor,
    turn: Option<File>,
}

impl Writer {
    fn open(folder: &Path, queue: Queue) -> Self {
        let db = open::open(&location(folder)).unwrap();
        let admin = users::by_name(&db, "S. Lee").unwrap().unwrap().actor(Origin::Command);
        let lock =
            || OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("turn")).unwrap();
        Self { db, admin, turn: (queue == Queue::LockFile).then(lock) }
    }

    fn write<T>(&mut self, work: impl FnOnce(&mut Db, &Actor) -> Result<T>) -> Result<T> {
        if let Some(turn) = &self.turn {
            turn.lock().unwrap();
        }
        let done = work(&mut self.db, &self.admin);
        if let Some(turn) = &self.turn {
            turn.unlock().unwrap();
        }
        done
    }
}

fn location(folder: &Path) -> Location {
    Location { database: folder.join("desk.db"), key_file: folder.join("desk.key") }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, number, folder, queue, pause] = arguments.as_slice()
        && role == "desk"
    {
        let queue = if queue == "lock" { Queue::LockFile } else { Queue::Store };
        desk(number.parse().unwrap(), Path::new(folder), queue, pause == "pause");
        return ExitCode::SUCCESS;
    }
    println!("{DESKS} desks on one file for {} s, in {}", SPAN.as_secs(), std::env::temp_dir().display());
    println!("the store's own queue");
    let reached = every_second(Queue::Store);
    without_pause(Queue::Store);
    println!("for comparison, a lock file before every write");
    every_second(Queue::LockFile);
    without_pause(Queue::LockFile);
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The scenario of figures 6. Says whether the goals are reached.
fn every_second(queue: Queue) -> bool {
    let folder = new_file();
    let desks = start(folder.path(), queue, true);
    let rows = import_beside(folder.path(), queue);
    let Outcome { mut saves, failed, .. } = collect(desks);
    saves.sort();
    let lost = saves.len().saturating_sub(stored(folder.path()));
    figure("saves, one per desk and second", &saves.len().to_string());
    figure("p50", &millis(percentile(&saves, 50)));
    let mut reached =
        verdict("p99", &millis(percentile(&saves, 99)), "<= 250 ms", percentile(&saves, 99) <= GOAL);
    figure("slowest", &millis(saves.last().copied().unwrap_or_default()));
    reached &= verdict("failed", &failed.to_string(), "0", failed == 0);
    reached &= verdict("acknowledged and not in the file", &lost.to_string(), "0", lost == 0);
    figure("imported beside them", &format!("{:.0} rows/s", rows as f64 / SPAN.as_secs_f64()));
    reached && !saves.is_empty()
}

fn without_pause(queue: Queue) {
    let folder = new_file();
    let Outcome { mut saves, failed, each } = collect(start(folder.path(), queue, false));
    saves.sort();
    let (least, most) = (each.iter().min().unwrap(), each.iter().max().unwrap());
    let rate = saves.len() as f64 / SPAN.as_secs_f64();
    figure("without a pause and without the import", &format!("{rate:.0} saves/s"));
    figure("saves of the desk that got least and most", &format!("{least} .. {most}"));
    let (p50, p99) = (percentile(&saves, 50), percentile(&saves, 99));
    figure("p50 .. p99", &format!("{} .. {}", millis(p50), millis(p99)));
    figure("slowest, failed", &format!("{}, {failed}", millis(saves.last().copied().unwrap_or_default())));
}

/// A desk with a customer for each process, on a real disk.
fn new_file() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut db = open::create(&location(folder.path())).unwrap();
    let admin = users::found(&mut db, START, 1, "S. Lee").unwrap().actor(Origin::Command);
    let named = |i| NewCustomer {
        name: format!("Jane Doe {i}"),
        policy_number: Some(format!("DESK/{i}")),
        ..NewCustomer::default()
    };
    let all: Vec<NewCustomer> = (0..DESKS).map(named).collect();
    customers::import(&mut db, &admin, START, &all).unwrap();
    folder
}

fn start(folder: &Path, queue: Queue, pause: bool) -> Vec<Child> {
    let queue = if queue == Queue::LockFile { "lock" } else { "store" };
    let pause = if pause { "pause" } else { "go" };
    let desk = |number: usize| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["desk", &number.to_string(), folder.to_str().unwrap(), queue, pause]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
    };
    let mut desks: Vec<Child> = (0..DESKS).map(desk).collect();
    // Each says that its file is open; then all begin together.
    for desk in &mut desks {
        let mut byte = [0];
        std::io::Read::read_exact(desk.stdout.as_mut().unwrap(), &mut byte).unwrap();
    }
    for desk in &mut desks {
        drop(desk.stdin.take());
    }
    desks
}

/// The child: saves, and prints how long each save took in microseconds.
fn desk(number: usize, folder: &Path, queue: Queue, pause: bool) {
    let mut writer = Writer::open(folder, queue);
    let customer = customers::resolve(&writer.db, &writer.admin, &format!("DESK/{number}"), None).unwrap();
    let leaving = Leaving { undo: Duration::from_secs(5), upstream: true };
    print!(".");
    std::io::Write::flush(&mut std::io::stdout()).unwrap();
    std::io::stdin().read_line(&mut String::new()).unwrap();
    if pause {
        thread::sleep(
            Duration::from_secs(1) * u32::try_from(number).unwrap() / u32::try_from(DESKS).unwrap(),
        );
    }
    let begun = Instant::now();
    let mut report = String::new();
    for save in 0.. {
        if pause {
            thread::sleep((Duration::from_secs(1) * save).saturating_sub(begun.elapsed()));
        }
        if begun.elapsed() >= SPAN {
            break;
        }
        let mobile = format!("57{:06}", save as usize * DESKS + number);
        let new = Form { mobile: &mobile, reason: "gave", ..Form::default() }.check(&POLICY).unwrap();
        let asked = Instant::now();
        let saved = writer.write(|db, admin| {
            let about = Capture { shown: effective::shown(db, customer)?, ..Capture::default() };
            updates::capture(db, admin, START, customer, &new, &about, leaving)
        });
        match saved {
            Ok(_) => writeln!(report, "{}", asked.elapsed().as_micros()).unwrap(),
            Err(why) => writeln!(report, "failed: {why}").unwrap(),
        }
    }
    print!("{report}");
}

/// Imports for as long as the desks save; answers with how many rows went in.
fn import_beside(folder: &Path, queue: Queue) -> usize {
    let mut writer = Writer::open(folder, queue);
    let options = ImportOptions::new(POLICY, Currency::MUR);
    let begun = Instant::now();
    let mut rows = 0;
    while begun.elapsed() < SPAN {
        let mut file = String::from("Customer ID,Policy number,Name,Mobile,E-mail,Amount due\n");
        for i in rows..rows + 10 * CHUNK {
            writeln!(file, "C-{i},LIB/{i},Joe Doe {i},58{:06},c{i}@example.com,\"4,491.29\"", i % 1_000_000)
                .unwrap();
        }
        let mut file =
            read(file.as_bytes(), &options).unwrap().filter_map(|row| Some(row.ok()?.customer)).peekable();
        while file.peek().is_some() && begun.elapsed() < SPAN {
            let chunk: Vec<NewCustomer> = file.by_ref().take(CHUNK).collect();
            rows += writer.write(|db, admin| customers::import(db, admin, START, &chunk)).unwrap().len();
        }
    }
    rows
}

struct Outcome {
    saves: Vec<Duration>,
    /// Saves of each desk.
    each: Vec<usize>,
    failed: usize,
}

fn collect(desks: Vec<Child>) -> Outcome {
    let mut outcome = Outcome { saves: Vec::new(), each: Vec::new(), failed: 0 };
    for mut desk in desks {
        let before = outcome.saves.len();
        for line in BufReader::new(desk.stdout.take().unwrap()).lines() {
            match line.unwrap().parse() {
                Ok(micros) => outcome.saves.push(Duration::from_micros(micros)),
                Err(_) => outcome.failed += 1,
            }
        }
        outcome.each.push(outcome.saves.len() - before);
        assert!(desk.wait().unwrap().success(), "a desk has crashed");
    }
    outcome
}

fn stored(folder: &Path) -> usize {
    let Writer { db, admin, .. } = Writer::open(folder, Queue::Store);
    let mut count = 0;
    let each = |_| {
        count += 1;
        Ok(())
    };
    updates::for_each(&db, &admin, Action::ReadUpdates, &Filter::default(), each).unwrap();
    count
}
