//! Throwaway: import alone.
#![allow(clippy::all, clippy::unwrap_used, clippy::print_stdout)]
#[path = "../benches/support/mod.rs"]
mod support;
use cordboard::domain::role::Origin;
use cordboard::store::open::{self, Location};
use cordboard::store::{customers, search, users};
use support::town::*;
fn main() {
    let n = count();
    let chunk: usize = std::env::var("CHUNK").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let at = Location { database: folder.path().join("desk.db"), key_file: folder.path().join("desk.key") };
    let mut db = open::create(&at).unwrap();
    let actor = users::found(&mut db, START, 1, "S. Lee").unwrap().actor(Origin::Command);
    if std::env::var("KEEP").is_ok() {
        db.keep(32_000).unwrap();
    }
    let rows: Vec<u64> = (0..n).collect();
    let gen0 = std::time::Instant::now();
    for c in rows.chunks(chunk) {
        let v: Vec<_> = c.iter().map(|n| customer(*n)).collect();
        assert!(v.len() > 0);
    }
    println!("generating {:?} us/row", gen0.elapsed().as_micros() as f64 / n as f64);
    let began = std::time::Instant::now();
    let mut longest = 0;
    for (piece, c) in (1..).zip(rows.chunks(chunk)) {
        let v: Vec<_> = c.iter().map(|n| customer(*n)).collect();
        let b = std::time::Instant::now();
        customers::import(&mut db, &actor, START + std::time::Duration::from_millis(piece), &v).unwrap();
        longest = longest.max(b.elapsed().as_millis());
    }
    println!(
        "chunk {chunk}: import {:.1} us/row; longest chunk {longest} ms",
        began.elapsed().as_micros() as f64 / n as f64
    );
    let began = std::time::Instant::now();
    search::tidy(&mut db, n).unwrap();
    println!("tidy {:.1} us/row", began.elapsed().as_micros() as f64 / n as f64);
}
