//! The threads around one file: writes in order, reads that give way to the next.

use std::sync::mpsc;

use super::super::search;
use super::super::threads::{Slot, Store};
use super::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

#[test]
fn writes_run_in_the_order_they_were_handed_in() {
    let desk = Desk::new();
    let store = Store::open(&desk.location).unwrap();
    let (order, seen) = mpsc::channel();
    runtime().block_on(async {
        let write = |n: i32| {
            let order = order.clone();
            store.write(move |_| {
                order.send(n).unwrap();
                Ok(n)
            })
        };
        // Handed in one after the other; none is waited for in between.
        let answers = tokio::join!(biased; write(1), write(2), write(3));
        assert!(matches!(answers, (Ok(1), Ok(2), Ok(3))));
    });
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_write_that_nobody_waits_for_is_done_all_the_same() {
    let desk = Desk::new();
    let store = Store::open(&desk.location).unwrap();
    let (agent, kevin) = (desk.agent.clone(), desk.kevin);
    runtime().block_on(async {
        let write = store.write(move |db| super::super::notes::add(db, &agent, NOW, kevin, "said hello"));
        tokio::select! { biased; _ = write => {}, () = std::future::ready(()) => {} }
    });
    drop(store);
    assert_eq!(desk.one::<i64>("select count(*) from note"), 1);
}

#[test]
fn a_new_read_interrupts_the_one_that_runs() {
    let desk = Desk::new();
    let store = Store::open(&desk.location).unwrap();
    let (started, running) = mpsc::channel();
    runtime().block_on(async {
        let endless = store.read(Slot::Lookup, move |db| {
            started.send(()).unwrap();
            let sql = "with recursive n (i) as (select 1 union all select i + 1 from n) select max(i) from n";
            Ok(db.conn().query_row(sql, [], |row| row.get::<_, i64>(0))?)
        });
        let next = async {
            running.recv().unwrap();
            store.read(Slot::Lookup, users::all).await
        };
        let (endless, next) = tokio::join!(biased; endless, next);
        assert!(matches!(endless, Err(Error::Overtaken)), "{endless:?}");
        assert_eq!(next.unwrap().len(), 3);
    });
}

/// A look-up is many short statements: it gives way between them, too.
#[test]
fn a_look_up_gives_way_to_the_next_key() {
    let desk = Desk::new();
    let store = Store::open(&desk.location).unwrap();
    let (started, running) = mpsc::channel();
    let (agent, next) = (desk.agent.clone(), desk.agent.clone());
    runtime().block_on(async {
        let endless = store.read(Slot::Lookup, move |db| -> Result<()> {
            started.send(()).unwrap();
            loop {
                search::find(db, &agent, NOW, 0, "kevni optin:no 57", 50)?;
            }
        });
        let next = async {
            running.recv().unwrap();
            store.read(Slot::Lookup, move |db| search::find(db, &next, NOW, 0, "kevin", 50)).await
        };
        let (endless, next) = tokio::join!(biased; endless, next);
        assert!(matches!(endless, Err(Error::Overtaken)), "{endless:?}");
        assert_eq!(next.unwrap().hits.len(), 1);
    });
}

#[test]
fn a_read_of_another_slot_interrupts_nothing() {
    let desk = Desk::new();
    let store = Store::open(&desk.location).unwrap();
    runtime().block_on(async {
        let reads = tokio::join!(biased;
            store.read(Slot::Screen, users::all),
            store.read(Slot::Lookup, users::all),
            store.read(Slot::State, users::all),
        );
        assert!(matches!(reads, (Ok(_), Ok(_), Ok(_))));
    });
}

/// Not even the end of the desk.
#[test]
fn nothing_waits_behind_what_looks_at_everything() {
    let desk = Desk::new();
    let store = Store::open(&desk.location).unwrap();
    let (started, running) = mpsc::channel();
    let endless = |started: mpsc::Sender<()>| {
        store.read(Slot::Count, move |db| {
            started.send(()).unwrap();
            let sql = "with recursive n (i) as (select 1 union all select i + 1 from n) select max(i) from n";
            Ok(db.conn().query_row(sql, [], |row| row.get::<_, i64>(0))?)
        })
    };
    runtime().block_on(async {
        let first = endless(started.clone());
        running.recv().unwrap();
        assert!(store.read(Slot::Screen, users::all).await.is_ok());
        let second = endless(started);
        assert!(matches!(first.await, Err(Error::Overtaken)));
        running.recv().unwrap();
        drop(second);
    });
    drop(store);
}

#[test]
fn what_another_connection_commits_is_noticed() {
    let mut desk = Desk::new();
    let other = super::super::open::open(&desk.location).unwrap();
    let before = other.data_version().unwrap();
    assert_eq!(other.data_version().unwrap(), before);
    desk.capture(NOW, "5844 0010", "", NO_UPSTREAM).unwrap();
    assert_ne!(other.data_version().unwrap(), before);
}

#[test]
fn a_panic_over_there_is_an_error_here() {
    let desk = Desk::new();
    let store = Store::open(&desk.location).unwrap();
    runtime().block_on(async {
        let died: Result<()> = store.write(|_| panic!("expected by this test")).await;
        assert!(died.unwrap_err().to_string().contains("what was saved is safe"));
        assert!(store.write(|_| Ok(())).await.is_err());
        assert!(store.read(Slot::Lookup, users::all).await.is_ok());
    });
}
