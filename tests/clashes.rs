//! Two desks with a file each, one upstream and one master, all changing things at random for 10,000 steps
//! over seeds (NIC-132..135, G12): no fact is lost, nothing is marked twice, every clash is shown, a batch
//! marks nothing that it does not contain.
//!
//! `CORDBOARD_SEED=n cargo test --test clashes` replays one seed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cordboard::domain::clash::Policy;
use cordboard::domain::ids::{CustomerId, UpdateId};
use cordboard::domain::phone::E164;
use cordboard::domain::shown::Take;
use cordboard::domain::time::Micros;
use cordboard::domain::update::{Field, Status};
use cordboard::remote::{self, Outcome};
use cordboard::sandbox::{Config, Fault, Kind, On, Target, World};
use cordboard::store::clash::{self, Which};
use cordboard::store::customers::{self, ContactPoint};
use cordboard::store::lease::{self, BootClock, Lease};
use cordboard::store::updates::{Leaving, Update};
use cordboard::store::{Error, Ids, batches, doctor, effective, master};
use cordboard::sync::{Call, Engine, Event, Master, Settings, Ticket};
use cordboard::wire::MasterCustomer;
use support::bench::{carry, endpoints, settings};
use support::rng::Rng;
use support::{Desk, START};

const SEEDS: u64 = 50;
const STEPS: u64 = 200;
const CUSTOMERS: u64 = 4;

const LEAVING: Leaving = Leaving { undo: Duration::from_secs(5), upstream: true };

/// One office: a file and, while it runs, an engine.
struct Seat {
    desk: Desk,
    engine: Option<(Engine, Lease)>,
    replies: Vec<(Micros, Ticket, Outcome)>,
    policy: Policy,
    starts: u64,
    /// Every capture made here: nothing of it may change or go.
    facts: BTreeMap<UpdateId, (Field, String)>,
}

impl Seat {
    fn new(seed: u64, policy: Policy) -> Self {
        let mut desk = Desk::new();
        desk.db.set_ids(Ids::seeded(seed));
        Self { desk, engine: None, replies: Vec::new(), policy, starts: seed, facts: BTreeMap::new() }
    }

    fn settings(&self) -> Settings {
        let master =
            Master { poll: Some(Duration::from_secs(60)), policy: self.policy, undo: Duration::from_secs(5) };
        Settings { master, ..settings() }
    }

    fn start(&mut self, world: &mut World, now: Micros) {
        if self.engine.is_some() {
            return;
        }
        let boot = BootClock { id: "bench".into(), micros: now.0 };
        let database = self.desk.location.database.clone();
        let lease = lease::take(&mut self.desk.db, &database, "bench", &boot, now).unwrap().unwrap();
        self.starts += 1;
        let settings = self.settings();
        let engine = Engine::start(&mut self.desk.db, lease.epoch, settings, self.starts, now).unwrap();
        self.engine = Some((engine, lease));
        self.feed(world, now, Event::Tick);
    }

    fn crash(&mut self) {
        self.engine = None;
        self.replies.clear();
    }

    fn feed(&mut self, world: &mut World, now: Micros, event: Event) {
        let Some((engine, _)) = &mut self.engine else { return };
        for Call { ticket, request } in engine.step(&mut self.desk.db, now, event).unwrap() {
            let (wait, outcome) =
                match remote::encode(&request, &endpoints(&world.config, "http://127.0.0.1:1")) {
                    Err(outcome) => (Duration::ZERO, outcome),
                    Ok(http) => {
                        let (wait, transport) = carry(world.handle(&http));
                        (wait, remote::decode(&request, transport))
                    }
                };
            self.replies.push((now + wait, ticket, outcome));
        }
    }

    /// When something happens here next.
    fn next(&mut self, now: Micros) -> Option<Micros> {
        let (engine, _) = self.engine.as_ref()?;
        self.replies.sort_by_key(|(at, ticket, _)| (*at, *ticket));
        let wake = engine.wake(&self.desk.db, now).unwrap();
        wake.into_iter().chain(self.replies.first().map(|(at, ..)| *at)).min()
    }

    fn turn(&mut self, world: &mut World, now: Micros) {
        let event = if self.replies.first().is_some_and(|(at, ..)| *at <= now) {
            let (_, ticket, outcome) = self.replies.remove(0);
            Event::Reply { ticket, outcome }
        } else {
            Event::Tick
        };
        self.feed(world, now, event);
    }

    fn customer(&self, n: u64) -> Option<CustomerId> {
        customers::resolve(&self.desk.db, &self.desk.admin, &format!("LIB/C{n}"), None).ok()
    }

    fn updates(&self) -> Vec<Update> {
        self.desk.updates()
    }

    fn synced(&self) -> BTreeSet<i64> {
        self.updates()
            .iter()
            .filter(|update| update.status == Status::Synced)
            .map(|update| update.seq)
            .collect()
    }
}

struct Town {
    world: World,
    now: Micros,
    seats: [Seat; 2],
    rng: Rng,
    typed: u64,
    /// Clashes that people decided, updates that batches marked.
    decided: usize,
    batched: usize,
}

fn value(rng: &mut Rng, field: Field) -> String {
    // Few, so that people often agree by chance.
    match field {
        Field::Mobile => format!("+23058440{:03}", rng.below(6)),
        Field::Email => format!("m{}@example.com", rng.below(6)),
    }
}

impl Town {
    fn new(seed: u64) -> Self {
        let mut rng = Rng(seed);
        let config = Config { seed, start: START, ..Config::honest() };
        let mut world = World::new(config);
        for n in 0..CUSTOMERS {
            world.master_saves(MasterCustomer {
                id: Some(format!("C{n}")),
                policy_number: Some(format!("LIB/C{n}")),
                name: Some(format!("Customer {n}")),
                mobile: Some(Some(format!("+2305737233{n}"))),
                email: Some((n > 0).then(|| format!("c{n}@example.com"))),
                updated_at: None,
            });
        }
        let policy =
            [Policy::Ask, Policy::Ask, Policy::MasterWins, Policy::NewestWins][rng.below(4) as usize];
        let seats = [Seat::new(seed, policy), Seat::new(seed ^ 0xffff_ffff, policy)];
        let mut town = Self { world, now: START, seats, rng, typed: 0, decided: 0, batched: 0 };
        town.start();
        town.run(Duration::from_secs(5));
        town
    }

    fn start(&mut self) {
        for seat in &mut self.seats {
            seat.start(&mut self.world, self.now);
        }
    }

    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let next = [self.seats[0].next(self.now), self.seats[1].next(self.now)];
            let which = usize::from(match (next[0], next[1]) {
                (Some(a), Some(b)) => b < a,
                (None, _) => true,
                _ => false,
            });
            let Some(at) = next[which].filter(|at| *at <= end) else { break };
            self.pass(at);
            self.seats[which].turn(&mut self.world, self.now);
        }
        self.pass(end);
    }

    fn pass(&mut self, to: Micros) {
        if to > self.now {
            self.world.advance(to.since(self.now));
            self.now = to;
        }
    }

    fn act(&mut self) {
        let which = self.rng.below(2) as usize;
        match self.rng.below(24) {
            0..=6 => self.capture(which),
            7..=10 => self.master_changes(),
            11 | 12 => self.batch(which),
            13 | 14 => self.mark_open_batch(which),
            15 => self.mark_one(which),
            16 | 17 => self.decide(which),
            18 => self.import(which),
            19 => {
                let kinds = [
                    Kind::Reorder,
                    Kind::Error500,
                    Kind::AcceptAndCut,
                    Kind::StaleLists { seconds: 20 },
                    Kind::Refuse,
                ];
                let kind = kinds[self.rng.below(5) as usize].clone();
                let target = [Target::Master, Target::Upstream][self.rng.below(2) as usize];
                let times = 1 + self.rng.below(3) as u32;
                self.world.add_fault(Fault::new(kind).at(target, On::Any).times(times));
            }
            20 => self.world.clear_faults(),
            21 => self.seats[which].crash(),
            22 => self.start(),
            _ => {}
        }
        let span = Duration::from_millis(100 + self.rng.below(30_000));
        self.run(span);
    }

    fn capture(&mut self, which: usize) {
        let n = self.rng.below(CUSTOMERS);
        let field = Field::ALL[self.rng.below(2) as usize];
        self.typed += 1;
        let typed = value(&mut self.rng, field);
        let seat = &mut self.seats[which];
        let Some(customer) = seat.customer(n) else { return };
        let (mobile, email) = match field {
            Field::Mobile => (typed.as_str(), ""),
            Field::Email => ("", typed.as_str()),
        };
        match seat.desk.capture(self.now, customer, mobile, email, LEAVING) {
            Ok(id) => _ = seat.facts.insert(id, (field, typed)),
            Err(Error::Fields(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }

    /// Somebody at the head office changes a contact, or takes it away.
    fn master_changes(&mut self) {
        let n = self.rng.below(CUSTOMERS);
        let field = Field::ALL[self.rng.below(2) as usize];
        let value = (self.rng.below(8) > 0).then(|| value(&mut self.rng, field));
        self.enter(&format!("C{n}"), field, value);
    }

    fn enter(&mut self, id: &str, field: Field, value: Option<String>) {
        let (mobile, email) = match field {
            Field::Mobile => (Some(value), None),
            Field::Email => (None, Some(value)),
        };
        self.world.master_saves(MasterCustomer {
            id: Some(id.to_owned()),
            mobile,
            email,
            ..MasterCustomer::default()
        });
    }

    /// An admin makes a batch of all that is pending and enters some of its lines into the master.
    fn batch(&mut self, which: usize) {
        let seat = &mut self.seats[which];
        let pending = |update: &&Update| update.status == Status::Pending;
        let seqs: Vec<i64> = seat.updates().iter().filter(pending).map(|update| update.seq).collect();
        let admin = seat.desk.admin.clone();
        let batch = match batches::create(&mut seat.desk.db, &admin, self.now, &seqs) {
            Ok(batch) => batch,
            Err(Error::Refused(_)) => return,
            Err(other) => panic!("{other}"),
        };
        let lines = batches::lines(&seat.desk.db, &admin, batch.number).unwrap();
        for line in lines {
            if self.rng.below(4) > 0 {
                self.enter(&line.customer_id, line.field, Some(line.value));
            }
        }
    }

    fn mark_open_batch(&mut self, which: usize) {
        let seat = &mut self.seats[which];
        let admin = seat.desk.admin.clone();
        let all = batches::list(&seat.desk.db, &admin).unwrap();
        let Some(batch) = all.iter().find(|batch| batch.marked_at.is_none() && batch.dissolved_at.is_none())
        else {
            return;
        };
        let before = seat.synced();
        let marked = batches::mark(&mut seat.desk.db, &admin, self.now, batch.number, LEAVING).unwrap();
        let new: BTreeSet<i64> = seat.synced().difference(&before).copied().collect();
        assert_eq!(new, marked.done.iter().copied().collect(), "what it says is what it did");
        let contained: BTreeSet<i64> = batch.updates.iter().copied().collect();
        assert!(new.is_subset(&contained), "batch {} marked what it does not contain", batch.number);
        self.batched += new.len();
        let again = batches::mark(&mut seat.desk.db, &admin, self.now, batch.number, LEAVING);
        assert!(matches!(again, Err(Error::Refused(_))), "a batch is marked once");
    }

    fn mark_one(&mut self, which: usize) {
        let seat = &mut self.seats[which];
        let updates = seat.updates();
        if updates.is_empty() {
            return;
        }
        let seq = updates[self.rng.below(updates.len() as u64) as usize].seq;
        seat.desk.mark(self.now, seq, LEAVING);
    }

    fn decide(&mut self, which: usize) {
        let seat = &mut self.seats[which];
        let admin = seat.desk.admin.clone();
        let all = clash::list(&seat.desk.db, &admin).unwrap().all;
        let Some(clash) = all.first() else { return };
        let field = Field::parse(&clash.field).unwrap();
        let which = Which {
            customer: clash.customer,
            field,
            newest: clash.witnesses.last().unwrap().seq,
            theirs: clash.theirs.clone(),
        };
        let take = match self.rng.below(3) {
            0 => Take::Ours,
            1 => Take::Theirs,
            _ => Take::Other(value(&mut self.rng, field)),
        };
        let ours = clash.ours.as_str().to_owned();
        let theirs = clash.theirs.as_ref().map(|theirs| theirs.as_str().to_owned());
        let db = &mut seat.desk.db;
        let done = clash::resolve(db, &admin, self.now, &which, &take, "asked", LEAVING).unwrap();
        let left = clash::list(db, &admin).unwrap().all;
        assert!(left.len() < all.len(), "what was decided is in clash no more");
        self.decided += 1;
        let shown = effective::shown(db, clash.customer).unwrap();
        let expected = match take {
            Take::Ours => Some(ours),
            Take::Theirs => theirs,
            Take::Other(value) => Some(value),
        };
        assert_eq!(shown.get(field).map(|now| now.value.clone()), expected, "{done:?}");
    }

    /// The master's file of today, of one customer.
    fn import(&mut self, which: usize) {
        let n = self.rng.below(CUSTOMERS) as usize;
        let theirs = self.world.master_customers();
        let Some(theirs) = theirs.iter().find(|one| one.id.as_deref() == Some(&format!("C{n}"))) else {
            return;
        };
        let mobile = theirs.mobile.clone().flatten();
        let Some(mobile) = mobile.and_then(|mobile| E164::parse(&mobile)) else { return };
        let row = cordboard::domain::customer::NewCustomer {
            name: format!("Customer {n}"),
            master_id: theirs.id.clone(),
            policy_number: theirs.policy_number.clone(),
            phones: vec![cordboard::domain::customer::NewPhone {
                label: "mobile".into(),
                raw: mobile.as_str().to_owned(),
                value: mobile,
            }],
            ..cordboard::domain::customer::NewCustomer::default()
        };
        let seat = &mut self.seats[which];
        let admin = seat.desk.admin.clone();
        customers::import(&mut seat.desk.db, &admin, self.now, &[row]).unwrap();
    }

    /// Every clash is shown, and nothing else: told from what anybody can read.
    fn check_clashes(&mut self) {
        for seat in &mut self.seats {
            let masters: BTreeMap<(CustomerId, Field), Option<String>> = (0..CUSTOMERS)
                .filter_map(|n| seat.customer(n))
                .flat_map(|customer| Field::ALL.map(|field| (customer, field)))
                .collect::<Vec<_>>()
                .into_iter()
                .map(|(customer, field)| ((customer, field), master_value(seat, customer, field)))
                .collect();
            let (db, admin) = (&seat.desk.db, &seat.desk.admin);
            let updates = seat.updates();
            let shown: BTreeSet<(CustomerId, String)> = clash::list(db, admin)
                .unwrap()
                .all
                .into_iter()
                .map(|clash| (clash.customer, clash.field))
                .collect();
            for n in 0..CUSTOMERS {
                let Some(customer) = seat.customer(n) else { continue };
                for field in Field::ALL {
                    let now = effective::shown(db, customer).unwrap().get(field).cloned();
                    let Some((ours, from)) = now.and_then(|now| Some((now.value, now.update?))) else {
                        assert!(
                            !shown.contains(&(customer, field.as_str().to_owned())),
                            "nothing of ours counts"
                        );
                        continue;
                    };
                    let theirs = masters[&(customer, field)].clone();
                    let of = |update: &Update| match field {
                        Field::Mobile => (update.old_mobile.clone(), update.new_mobile.clone()),
                        Field::Email => (update.old_email.clone(), update.new_email.clone()),
                    };
                    let known = updates.iter().filter(|update| update.customer == customer);
                    let bases: Vec<Option<String>> =
                        known.map(of).filter(|(_, new)| new.is_some()).map(|(old, _)| old).collect();
                    let newest = updates.iter().find(|update| update.id == from).unwrap();
                    let differs = theirs.as_ref() != Some(&ours);
                    let is_shown = shown.contains(&(customer, field.as_str().to_owned()));
                    if differs && !bases.contains(&theirs) && newest.status != Status::Synced {
                        assert!(is_shown, "a clash is not shown: {ours} against {theirs:?}");
                    }
                    if !differs {
                        let others = updates.iter().filter(|update| update.customer == customer).count();
                        assert!(!is_shown || others > 1, "a clash is shown where both say {ours}");
                    }
                }
            }
        }
    }

    /// Everything mended, long enough for everything to arrive.
    fn settle(&mut self) {
        self.world.clear_faults();
        self.start();
        self.run(Duration::from_secs(900));
    }

    fn check(&mut self) {
        let rows = self.world.updates();
        let theirs = self.world.master_customers();
        for seat in &mut self.seats {
            for check in doctor::examine(&seat.desk.db).unwrap() {
                assert_eq!(check.wrong, None, "{}", check.name);
            }
            // No fact lost or altered, here or on its way.
            let updates = seat.updates();
            for (id, (field, typed)) in &seat.facts {
                let update = updates.iter().find(|update| update.id == *id).unwrap();
                let new = match field {
                    Field::Mobile => &update.new_mobile,
                    Field::Email => &update.new_email,
                };
                assert_eq!(new.as_ref(), Some(typed));
            }
            for update in updates.iter().filter(|update| update.upstream_id.is_some()) {
                let row = rows.iter().find(|row| row.id == update.upstream_id).unwrap();
                let there = row.status.as_deref() == Some("synced");
                // Whoever was first there is who it is everywhere: no mark twice, none overwritten.
                if update.status == Status::Synced {
                    assert!(there, "mark of {} did not arrive", update.seq);
                    assert_eq!(row.synced_by, update.synced_by, "mark of {}", update.seq);
                } else if there {
                    assert!(
                        matches!(update.status, Status::Rejected | Status::Withdrawn),
                        "{} is synced there and {} here",
                        update.seq,
                        update.status.as_str()
                    );
                }
            }
            // The feed came to its end: what the master says now is what this desk compares with.
            for customer in &theirs {
                let id = customers::resolve(
                    &seat.desk.db,
                    &seat.desk.admin,
                    customer.id.as_deref().unwrap(),
                    None,
                );
                let id = id.unwrap();
                let mobile = customer.mobile.clone().flatten();
                let email = customer.email.clone().flatten();
                assert_eq!(master_value(seat, id, Field::Mobile), mobile);
                assert_eq!(master_value(seat, id, Field::Email), email);
            }
            assert_eq!(master::feed(&seat.desk.db).unwrap().cursor, None);
        }
        let seqs: BTreeSet<_> = rows.iter().filter_map(|row| row.client_ref.clone()).collect();
        assert_eq!(seqs.len(), rows.len(), "every fact has one row");
    }
}

/// What the desk has on file as the master's word.
fn master_value(seat: &mut Seat, customer: CustomerId, field: Field) -> Option<String> {
    let card = customers::card(&mut seat.desk.db, &seat.desk.admin, START, customer).unwrap();
    let is_it = |point: &&ContactPoint| {
        let of_field = match field {
            Field::Mobile => point.kind == "phone" && point.label == "mobile",
            Field::Email => point.kind == "email",
        };
        of_field && point.origin == "master" && point.retired_at.is_none()
    };
    card.points.iter().find(is_it).map(|point| point.value.clone())
}

fn simulate(seed: u64) -> [usize; 2] {
    let mut town = Town::new(seed);
    for step in 0..STEPS {
        town.act();
        if step % 10 == 0 {
            town.check_clashes();
        }
    }
    town.settle();
    town.check_clashes();
    town.check();
    assert!(town.typed > 20);
    [town.decided, town.batched]
}

/// Names the first seed that fails, with how to replay it.
#[test]
fn ten_thousand_steps_of_two_desks_an_upstream_and_a_master() {
    if let Some(seed) = std::env::var("CORDBOARD_SEED").ok().and_then(|seed| seed.parse().ok()) {
        simulate(seed);
        return;
    }
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let failed = std::sync::Mutex::new(None::<u64>);
    let seen = std::sync::Mutex::new([0, 0]);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (failed, seen) = (&failed, &seen);
            scope.spawn(move || {
                for seed in (worker..SEEDS).step_by(workers as usize) {
                    if failed.lock().unwrap().is_some() {
                        return;
                    }
                    match std::panic::catch_unwind(|| simulate(seed)) {
                        Ok(counts) => {
                            seen.lock().unwrap().iter_mut().zip(counts).for_each(|(all, one)| *all += one)
                        }
                        Err(_) => _ = failed.lock().unwrap().get_or_insert(seed),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert_eq!(failed, None, "replay it with CORDBOARD_SEED={}", failed.unwrap_or(0));
    let [decided, batched] = seen.into_inner().unwrap();
    println!("{decided} clashes decided, {batched} updates marked by batches");
    assert!(decided > 100 && batched > 100, "too little happened: {decided} decided, {batched} marked");
}
