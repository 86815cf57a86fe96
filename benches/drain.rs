//! How fast waiting contact updates reach the upstream (figures 6): the engine and its task against the
//! sandbox over HTTP, beside a loop of one fsynced commit and one POST per update, and a bare loop of
//! POSTs, all with the same client, server and encryption, on a real disk.
//!
//! `cargo bench --bench drain --profile dev` needs no second build of OpenSSL.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it fails")]

mod support;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cordboard::domain::customer::NewCustomer;
use cordboard::domain::phone::{Accept, PhonePolicy, Region};
use cordboard::domain::role::Origin;
use cordboard::domain::time::Micros;
use cordboard::domain::update::Form;
use cordboard::remote::client::{Client, Guard};
use cordboard::remote::{Endpoints, Outcome, Request, upstream};
use cordboard::sandbox::{Config, Sandbox};
use cordboard::store::lease::BootClock;
use cordboard::store::open::{self, Location};
use cordboard::store::threads::Store;
use cordboard::store::updates::{Capture, Leaving};
use cordboard::store::{customers, updates, users};
use cordboard::sync::Settings;
use cordboard::sync::task::{Ended, Task, Until};
use cordboard::wire;
use support::{figure, verdict};

const UPDATES: usize = 2000;
const GOAL: f64 = 0.5;
const START: Micros = Micros::from_secs(1_767_225_600);
const POLICY: PhonePolicy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };

fn main() -> ExitCode {
    println!("{UPDATES} contact updates to a sandbox on loopback, from {}", std::env::temp_dir().display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bare = rate(|sandbox, client| runtime.block_on(posts(sandbox, client)));
    let naive = rate(|sandbox, client| runtime.block_on(commits_and_posts(sandbox, client)));
    let spread = runtime.block_on(drained(UPDATES));
    let narrow = runtime.block_on(drained(UPDATES / 100));
    figure("a bare loop of POSTs", &per_second(bare));
    figure("one fsynced commit and one POST each", &per_second(naive));
    figure("the sync, a customer for each update", &per_second(spread));
    figure("the sync, a hundred updates per customer", &per_second(narrow));
    figure("the sync to the bare loop", &format!("{:.2}x", spread / bare));
    let value = format!("{:.2}x", spread / naive);
    let reached = verdict("the sync to commit and POST", &value, ">= 0.5x", spread / naive >= GOAL);
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn per_second(rate: f64) -> String {
    format!("{rate:.0} /s")
}

/// Updates per second of a loop that sends them all to a new server.
fn rate(run: impl FnOnce(&Sandbox, &Client)) -> f64 {
    let sandbox = Sandbox::start(Config::honest()).unwrap();
    let client = Client::new(Guard::LoopbackOnly).unwrap();
    let begun = Instant::now();
    run(&sandbox, &client);
    arrived(&sandbox, begun.elapsed())
}

/// The rate, once it is sure that each has arrived once.
fn arrived(sandbox: &Sandbox, took: Duration) -> f64 {
    assert_eq!(sandbox.world().ledger().updates_stored().len(), UPDATES);
    UPDATES as f64 / took.as_secs_f64()
}

fn endpoints(url: &str) -> Endpoints {
    let account = upstream::Account { base_url: url.to_owned(), token: Config::default().upstream_token };
    Endpoints { upstream: Some(account), ..Endpoints::default() }
}

async fn posts(sandbox: &Sandbox, client: &Client) {
    let endpoints = endpoints(&sandbox.url());
    for i in 0..UPDATES {
        post(client, &endpoints, i).await;
    }
}

async fn commits_and_posts(sandbox: &Sandbox, client: &Client) {
    let folder = tempfile::tempdir().unwrap();
    let db = rusqlite::Connection::open(folder.path().join("naive.db")).unwrap();
    db.execute_batch("pragma cipher_log = off; pragma key = \"x'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'\";
        pragma journal_mode = wal; pragma synchronous = full;
        create table sent (id integer primary key, answer text not null);").unwrap();
    let endpoints = endpoints(&sandbox.url());
    for i in 0..UPDATES {
        let answer = post(client, &endpoints, i).await;
        db.prepare_cached("insert into sent (id, answer) values (?1, ?2)")
            .unwrap()
            .execute((i64::try_from(i).unwrap(), answer))
            .unwrap();
    }
}

async fn post(client: &Client, endpoints: &Endpoints, i: usize) -> String {
    let update = wire::NewUpdate {
        customer_id: format!("C-{i}"),
        policy_number: format!("LIB/{i}"),
        customer_name: format!("Jane Doe {i}"),
        new_mobile: Some(format!("57{i:06}")),
        update_reason: "Customer provided new contact".to_owned(),
        agent_id: 1,
        agent_name: "S. Lee".to_owned(),
        ..wire::NewUpdate::default()
    };
    let request = Request::CreateUpdate { key: format!("key-{i}"), update };
    match client.perform(&request, endpoints).await {
        Outcome::Accepted { answer, .. } => format!("{answer:?}"),
        other => unreachable!("the sandbox accepts: {other:?}"),
    }
}

/// The real thing: updates captured for so many customers, then a sync until nothing waits.
async fn drained(customers: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let at = location(folder.path());
    capture(&at, customers);
    let sandbox = Sandbox::start(Config { start: START, ..Config::honest() }).unwrap();
    let endpoints = endpoints(&sandbox.url());
    let minute = Duration::from_secs(60);
    let task = Task {
        store: Arc::new(Store::open(&at).unwrap()),
        database: at.database,
        client: Client::new(Guard::LoopbackOnly).unwrap(),
        settings: Settings {
            numbers: Vec::new(),
            upstream: true,
            mail: false,
            national: true,
            policy: POLICY,
            poll_inbound: minute,
            poll_upstream: minute,
            master: cordboard::sync::Master::default(),
        },
        endpoints: Arc::new(move |_| endpoints.clone()),
        clock,
    };
    let begun = Instant::now();
    let ended = task.run(Until::Drained, std::future::pending(), || ()).await.unwrap();
    let took = begun.elapsed();
    assert_eq!(ended, Ended::Drained);
    arrived(&sandbox, took)
}

/// Goes on as the machine's own clock does.
fn clock() -> Micros {
    Micros(START.0 + BootClock::read().micros)
}

fn location(folder: &Path) -> Location {
    Location { database: folder.join("desk.db"), key_file: folder.join("desk.key") }
}

fn capture(at: &Location, customers: usize) {
    let mut db = open::create(at).unwrap();
    let admin = users::found(&mut db, START, 1, "S. Lee").unwrap().actor(Origin::Command);
    let leaving = Leaving { undo: Duration::ZERO, upstream: true };
    let named = |i| NewCustomer {
        name: format!("Jane Doe {i}"),
        policy_number: Some(format!("LIB/{i}")),
        master_id: Some(format!("C-{i}")),
        ..NewCustomer::default()
    };
    let all: Vec<NewCustomer> = (0..customers).map(named).collect();
    customers::import(&mut db, &admin, START, &all).unwrap();
    for i in 0..UPDATES {
        let mobile = format!("57{i:06}");
        let new = Form { mobile: &mobile, reason: "gave", ..Form::default() }.check(&POLICY).unwrap();
        let customer = customers::resolve(&db, &admin, &format!("LIB/{}", i % customers), None).unwrap();
        updates::capture(&mut db, &admin, START, customer, &new, &Capture::default(), leaving).unwrap();
    }
}
