//! A file of customers on its way in (figures 2 and 6): the built program with all its checks into the
//! encrypted desk, beside `sqlite3 .import` of the same columns into a plain file with two indexes,
//! where that shell is installed. Then the look-up's index built anew over the same customers, and the
//! keys of a desk beside an import.
//!
//! `CORDBOARD_CUSTOMERS=1000000 cargo bench --bench import`; `--profile dev` needs no second build of
//! OpenSSL.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it fails")]

mod support;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use cordboard::store::open::{self, Location};
use rusqlite::Connection;
use support::screen::Screen;
use support::town::{company, count, digits, email, messy, mix, mobile, name, payment, policy};
use support::{figure, millis, percentile, verdict};

const BINARY: &str = env!("CARGO_BIN_EXE_cordboard");
const COLUMNS: &str = "Customer ID,Policy Number,Name,Company,Mobile,Email,Payment,City,Amount Due,Currency";
const SIZE: (u16, u16) = (120, 40);

/// Keys pressed beside an import.
const KEYS: u64 = 400;

fn main() -> ExitCode {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let count = count();
    figure("customers", &count.to_string());
    let file = folder.path().join("customers.csv");
    write_file(&file, 0, count);

    let plain = shell_import(folder.path(), &file).map(|time| count as f64 / time.as_secs_f64());
    figure(
        "sqlite3 .import, rows a second",
        &plain.map_or("no shell".to_owned(), |rate| format!("{rate:.0}")),
    );

    let home = home(&folder.path().join("desk"));
    let began = Instant::now();
    import(&home, &file);
    let took = began.elapsed();
    let rate = count as f64 / took.as_secs_f64();
    figure("cordboard customers import, rows a second", &format!("{rate:.0}"));

    let index = build_index(&home);
    figure("the index built anew, per customer", &format!("{:.1} us", per_row(index, count)));
    let without = count as f64 / took.saturating_sub(index).as_secs_f64();
    let mut reached = true;
    if let Some(plain) = plain {
        let (with, without) = (rate / plain, without / plain);
        reached &= verdict("to .import, with the index", &format!("{with:.2}x"), ">= 0.15x", with >= 0.15);
        reached &=
            verdict("to .import, less the index", &format!("{without:.2}x"), ">= 0.6x", without >= 0.6);
    }

    let again = Instant::now();
    import(&home, &file);
    figure(
        "the same file again, rows a second",
        &format!("{:.0}", count as f64 / again.elapsed().as_secs_f64()),
    );

    reached &= beside(folder.path(), &home, count);
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn per_row(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}

fn write_file(path: &Path, from: u64, to: u64) {
    let mut file = std::io::BufWriter::new(File::create(path).unwrap());
    writeln!(file, "{COLUMNS}").unwrap();
    for n in from..to {
        let raw = messy(&mobile(n), n);
        let company = company(n).unwrap_or_default();
        let (cents, email, payment) = (mix(n) % 1_000_000, email(n), payment(n));
        let due = format!("{}.{:02}", cents / 100, cents % 100);
        writeln!(
            file,
            "{n},{},{},{company},{raw},{email},{payment},Port Louis,{due},MUR",
            policy(n),
            name(n)
        )
        .unwrap();
    }
    file.flush().unwrap();
}

fn shell_import(folder: &Path, file: &Path) -> Option<Duration> {
    let database = folder.join("plain.db");
    let table = COLUMNS.replace(' ', "_");
    let script = format!(
        "create table customer ({table});\n\
         create index by_policy on customer (Policy_Number);\n\
         create index by_mobile on customer (Mobile);\n\
         .import --csv --skip 1 {} customer\n",
        file.display()
    );
    let began = Instant::now();
    let mut shell = Command::new("sqlite3").arg(&database).stdin(Stdio::piped()).spawn().ok()?;
    shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
    Some(began.elapsed())
}

fn home(folder: &Path) -> PathBuf {
    let init = ["--region", "MU", "--currency", "MUR", "--admin", "S. Lee", "--upstream", "none"];
    let done = Command::new(BINARY).arg("--home").arg(folder).arg("init").args(init).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    let config = folder.join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let world = text.replace("[desk]\n", "[desk]\naccept = \"international\"\n");
    std::fs::write(&config, world).unwrap();
    folder.to_owned()
}

fn command(home: &Path, file: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.arg("--home").arg(home).args(["--as", "S. Lee", "customers", "import"]).arg(file);
    command
}

fn import(home: &Path, file: &Path) {
    let done = command(home, file).stderr(Stdio::null()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}

/// Takes the index away, as a file of an older release has none, and opens it again.
fn build_index(home: &Path) -> Duration {
    let at = Location { database: home.join("data/desk.db"), key_file: home.join("data/desk.key") };
    let key = std::fs::read_to_string(&at.key_file).unwrap();
    let conn = Connection::open(&at.database).unwrap();
    conn.execute_batch(&format!(
        "pragma key = \"x'{}'\";
         insert into search (search) values ('delete-all');
         delete from search_word;
         update search_building set done = 0, last = (select max(seq) from customer);",
        key.trim()
    ))
    .unwrap();
    drop(conn);
    let began = Instant::now();
    drop(open::open(&at).unwrap());
    began.elapsed()
}

/// A desk's keys while nothing else happens, and while another file comes in.
fn beside(folder: &Path, home: &Path, count: u64) -> bool {
    let mut desk = Screen::start(&[BINARY, "--home", home.to_str().unwrap(), "--as", "S. Lee"], SIZE);
    desk.settle(Instant::now(), |lines| lines[3].ends_with(" customers"));
    let quiet = keys(&mut desk, count);
    let more = folder.join("more.csv");
    write_file(&more, count, 2 * count);
    let mut import = command(home, &more).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let busy = keys(&mut desk, count);
    let was_beside = import.try_wait().unwrap().is_none();
    let _ = import.kill();
    let _ = import.wait();
    figure("a key on a quiet desk", &both(&quiet));
    figure("a key beside an import", &both(&busy));
    if !was_beside {
        figure("the import was over too soon", "more customers are needed");
        return false;
    }
    let ratio = percentile(&busy, 99).as_secs_f64() / percentile(&quiet, 99).as_secs_f64();
    verdict("p99 beside an import to p99 alone", &format!("{ratio:.1}x"), "<= 2x", ratio <= 2.0)
}

/// From a digit to the settled list, sorted.
fn keys(desk: &mut Screen, count: u64) -> Vec<Duration> {
    let mut times = Vec::new();
    for n in 0..KEYS / 7 {
        let number = format!("{:07}", digits(mix(n) % count));
        for at in 1..=number.len() {
            let typed = &number[..at];
            let line = format!(" > {typed} ");
            let counted = |lines: &[String]| {
                lines[3].starts_with(&line) && (lines[3].contains(" of ") || lines[3].contains("first "))
            };
            times.push(desk.press(&number[at - 1..at], counted).last);
        }
        desk.press(&"\x7f".repeat(7), |lines| lines[3].ends_with(" customers"));
    }
    times.sort();
    times
}

fn both(times: &[Duration]) -> String {
    format!("p50 {} p99 {}", millis(percentile(times, 50)), millis(percentile(times, 99)))
}
