//! Polling without a hub (Show 3): whatever happens to lists on the way, in the end there is exactly what
//! the ledger of the sandbox says: each text once, in order, with its last state and its price.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use cordboard::domain::consent::Act;
use cordboard::domain::ids::CustomerId;
use cordboard::domain::phone::E164;
use cordboard::domain::shown::Party;
use cordboard::domain::time::Micros;
use cordboard::remote::{Answer, Outcome, Request};
use cordboard::sandbox::{Config, Fault, Kind, On, Target};
use cordboard::store::lease::{self, BootClock};
use cordboard::store::{self, destinations, doctor, export, presence};
use cordboard::sync::{Engine, Event, Ticket};
use cordboard::wire;
use support::bench::{Bench, settings};
use support::{Desk, OURS, START};
use uuid::Uuid;

const SCRIPTS: u64 = 50;

/// SplitMix64.
struct Rng(u64);

impl Rng {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }
}

fn faults() -> Vec<Kind> {
    vec![
        Kind::Refuse,
        Kind::Hang { stored: false },
        Kind::CutBefore,
        Kind::AcceptAndCut,
        Kind::Status429 { retry_after: Some(7) },
        Kind::Status429 { retry_after: None },
        Kind::Error500,
        Kind::Html502 { stored: false },
        Kind::TruncatedJson,
        Kind::Slow { ms: 100 },
        Kind::StaleLists { seconds: 40 },
        Kind::Unreadable,
        Kind::Redirect,
        Kind::Credential,
        Kind::Reorder,
    ]
}

fn customers(bench: &mut Bench) -> Vec<(CustomerId, E164)> {
    let new = |n: u64| {
        let number = format!("+2305737233{n}");
        let id = bench.desk.customer(&format!("C{n}"), &format!("Customer {n}"), &number);
        let number = E164::parse(&number).unwrap();
        bench.desk.consent(START, &number, Some(id), Act::Grant);
        (id, number)
    };
    (0..3).map(new).collect()
}

/// What Twilio has, as far as we are to know of it: sid, body, last status, price.
fn there(bench: &mut Bench) -> Vec<(String, String, String, Option<String>)> {
    let mut all: Vec<_> = bench
        .world()
        .messages()
        .into_iter()
        // Twilio's own answers to STOP and START are not polled for.
        .filter(|message| message.direction.as_deref() != Some("outbound-reply"))
        .map(|m| (m.sid.unwrap(), m.body.unwrap(), m.status.unwrap(), m.price))
        .collect();
    all.sort();
    all
}

/// The same, as it is on file here; a text of ours that Twilio never took has no sid and is not among them.
fn here(bench: &Bench) -> Vec<(String, String, String, Option<String>)> {
    let mut all = Vec::new();
    let each = |m: export::Message| -> Result<(), store::Error> {
        all.extend(m.sid.map(|sid| (sid, m.body.0, m.status, m.price)));
        Ok(())
    };
    export::messages(&bench.desk.db, &bench.desk.admin, export::When::default(), each).unwrap();
    all.sort();
    all
}

/// One script of faults at lists and look-ups, deaths of the desk, days off, texts in both directions.
fn script(seed: u64) {
    let mut rng = Rng(seed);
    let mut bench = Bench::http(Config { seed, ..Config::default() }, seed);
    let customers = customers(&mut bench);
    for n in 0..(8 + rng.below(8)) {
        let (customer, number) = rng.pick(&customers).clone();
        match rng.below(9) {
            0..=2 => {
                for k in 0..=rng.below(4) {
                    bench.world().inbound(number.as_str(), OURS, &format!("reply {n}.{k}"));
                }
            }
            3 => {
                let _ = bench.desk.text(bench.now, customer, &number, &format!("text {n}"));
                bench.feed(Event::Tick);
            }
            4 | 5 => {
                let kind = rng.pick(&faults()).clone();
                let on = *rng.pick(&[On::List, On::Fetch]);
                let after = rng.below(3) as u32;
                bench.world().add_fault(Fault::new(kind).at(Target::Twilio, on).times(2).after(after));
            }
            6 => bench.crash(),
            7 => bench.start(),
            // The office is closed for days.
            _ => {
                bench.crash();
                let days = 1 + rng.below(4);
                bench.world().inbound(number.as_str(), OURS, &format!("while you were away {n}"));
                bench.advance(Duration::from_secs(days * 86_400));
                bench.start();
            }
        }
        bench.run(Duration::from_secs(1 + rng.below(40)));
    }
    bench.world().clear_faults();
    bench.start();
    bench.run(Duration::from_secs(7200));
    assert_eq!(here(&bench), there(&mut bench), "script {seed}");
    let received: Vec<_> = bench.desk.messages().into_iter().filter(|m| m.inbound).map(|m| m.sid).collect();
    let mut once = received.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), received.len(), "script {seed}: each once");
    for check in doctor::examine(&bench.desk.db).unwrap() {
        assert_eq!(check.wrong, None, "script {seed}: {}", check.name);
    }
}

#[test]
fn show_3_fifty_scripts_of_faults_end_with_the_messages_of_the_ledger() {
    std::thread::scope(|scope| {
        for worker in 0..2 {
            scope.spawn(move || (worker..SCRIPTS).step_by(2).for_each(script));
        }
    });
}

/// An engine fed by hand with pages that lie.
struct Fed {
    desk: Desk,
    engine: Engine,
    now: Micros,
    _lease: lease::Lease,
}

impl Fed {
    fn new() -> Self {
        let mut desk = Desk::new();
        let database = desk.location.database.clone();
        let boot = BootClock { id: "fed".into(), micros: START.0 };
        let lease = lease::take(&mut desk.db, &database, "fed", &boot, START).unwrap().unwrap();
        let mut settings = settings();
        settings.upstream = false;
        let engine = Engine::start(&mut desk.db, lease.epoch, settings, 1, START).unwrap();
        Self { desk, engine, now: START, _lease: lease }
    }

    /// The lists asked for now.
    fn lists(&mut self, event: Event) -> Vec<(Ticket, Request)> {
        let calls = self.engine.step(&mut self.desk.db, self.now, event).unwrap();
        let list = |call: &cordboard::sync::Call| {
            matches!(call.request, Request::ListMessages { .. } | Request::NextMessages { .. })
        };
        calls.into_iter().filter(list).map(|call| (call.ticket, call.request)).collect()
    }

    fn answer(&mut self, ticket: Ticket, page: wire::MessagePage) -> Vec<(Ticket, Request)> {
        let outcome = Outcome::Accepted { answer: Answer::Messages(page), date: None };
        self.lists(Event::Reply { ticket, outcome })
    }

    fn bodies(&self) -> Vec<String> {
        self.desk.messages().iter().map(|message| message.body.as_str().to_owned()).collect()
    }

    fn health(&self) -> destinations::Known {
        destinations::known(&self.desk.db, cordboard::domain::job::Destination::Twilio).unwrap()
    }
}

fn page(bodies: &[(&str, &str, &str)], next: Option<&str>) -> wire::MessagePage {
    let message = |&(sid, from, body): &(&str, &str, &str)| wire::Message {
        sid: Some(sid.into()),
        from: Some(from.into()),
        to: Some(OURS.into()),
        body: Some(body.into()),
        direction: Some("inbound".into()),
        status: Some("received".into()),
        date_created: Some("Thu, 01 Jan 2026 00:00:00 +0000".into()),
        ..wire::Message::default()
    };
    wire::MessagePage {
        messages: bodies.iter().map(message).collect(),
        next_page_uri: next.map(str::to_owned),
        ..wire::MessagePage::default()
    }
}

const KEVIN: &str = "+23057372333";

/// A row that arrives while the list is read pushes another onto the next page; an empty page with a link is
/// not the end.
#[test]
fn a_list_that_changes_while_it_is_read_gives_each_text_once() {
    let mut fed = Fed::new();
    let (ticket, _) = fed.lists(Event::Tick).remove(0);
    let first = page(&[("SM3", KEVIN, "three"), ("SM2", KEVIN, "two")], Some("/p?PageToken=a"));
    let (ticket, _) = fed.answer(ticket, first).remove(0);
    let (ticket, _) = fed.answer(ticket, page(&[], Some("/p?PageToken=b"))).remove(0);
    let last = page(&[("SM2", KEVIN, "two"), ("SM1", KEVIN, "one")], None);
    assert_eq!(fed.answer(ticket, last).len(), 0);
    let mut bodies = fed.bodies();
    bodies.sort();
    assert_eq!(bodies, ["one", "three", "two"]);
}

/// A list that leads in a circle is given up, and no text leaves on the word of it.
#[test]
fn a_page_that_leads_back_to_itself_is_given_up() {
    let mut fed = Fed::new();
    let number = E164::parse(KEVIN).unwrap();
    let id = fed.desk.customer("C7013", "Kevin", KEVIN);
    fed.desk.consent(START, &number, Some(id), Act::Grant);
    fed.desk.text(START, id, &number, "hello").unwrap();
    let (ticket, _) = fed.lists(Event::Tick).remove(0);
    let again = || page(&[("SM1", KEVIN, "one")], Some("/p?PageToken=a"));
    let (ticket, _) = fed.answer(ticket, again()).remove(0);
    assert_eq!(fed.answer(ticket, again()).len(), 0, "not followed again");
    fed.now = START + Duration::from_secs(6);
    let calls = fed.engine.step(&mut fed.desk.db, fed.now, Event::Tick).unwrap();
    let created = calls.iter().any(|call| matches!(call.request, Request::CreateMessage { .. }));
    assert!(!created, "what may be in the list is not known");
    assert_eq!(fed.bodies(), ["hello"]);
    let health = fed.health();
    assert_eq!(
        (health.health, health.reason.as_str()),
        (destinations::Health::Offline, "the list of texts has no end")
    );
}

/// Three ways to write one number: one conversation, and a STOP of any of them closes it.
#[test]
fn a_number_in_three_formats_is_one_person() {
    let mut fed = Fed::new();
    let number = E164::parse(KEVIN).unwrap();
    let id = fed.desk.customer("C7013", "Kevin", KEVIN);
    fed.desk.consent(START, &number, Some(id), Act::Grant);
    let (ticket, _) = fed.lists(Event::Tick).remove(0);
    let rows =
        [("SM3", "5737 2333", "STOP"), ("SM2", "23057372333", "two"), ("SM1", "+230 5737-2333", "one")];
    fed.answer(ticket, page(&rows, None));
    let from: Vec<_> = fed.desk.messages().iter().map(|m| m.from.as_str().to_owned()).collect();
    assert_eq!(from, [KEVIN; 3]);
    assert!(!fed.desk.may_text(&number, Some(id)));
}

fn lists_at(bench: &mut Bench) -> Vec<String> {
    let world = bench.world();
    let lists = world.ledger().requests(Target::Twilio, On::List);
    lists.iter().map(|entry| entry.at.clone()).collect()
}

/// Whoever waits for an answer on a screen gets it soon; when nobody does, Twilio is asked less often.
#[test]
fn an_open_conversation_is_polled_for_more_often() {
    let mut bench = Bench::direct(Config::default(), 1);
    let (customer, _) = customers(&mut bench).remove(0);
    bench.run(Duration::from_secs(60));
    let calm = lists_at(&mut bench).len();
    let agent = bench.desk.agent.clone();
    let party = Party::Customer(customer);
    presence::seen(&mut bench.desk.db, &agent, bench.now, Uuid::nil(), Some(&party), "texting").unwrap();
    bench.feed(Event::Tick);
    bench.run(Duration::from_secs(45));
    let talking = lists_at(&mut bench).len() - calm;
    presence::left(&mut bench.desk.db, Uuid::nil()).unwrap();
    bench.run(Duration::from_secs(60));
    let after = lists_at(&mut bench).len() - calm - talking;
    assert!((6..=7).contains(&calm), "{calm} in a minute");
    assert!((13..=16).contains(&talking), "{talking} in 45 s");
    assert!((5..=7).contains(&after), "{after} in a minute");
}

/// FACTS 5: busy is busy for as long as Twilio says.
#[test]
fn retry_after_of_a_list_is_waited_for() {
    let mut bench = Bench::direct(Config::default(), 1);
    bench.run(Duration::from_secs(15));
    let busy = Kind::Status429 { retry_after: Some(90) };
    bench.world().add_fault(Fault::new(busy).at(Target::Twilio, On::List).times(1));
    bench.world().forget_requests();
    bench.run(Duration::from_secs(200));
    let asked: Vec<Micros> = bench
        .world()
        .ledger()
        .requests(Target::Twilio, On::List)
        .iter()
        .map(|entry| Micros::parse_rfc3339(&entry.at).unwrap())
        .collect();
    let pause = asked[1].since(asked[0]);
    assert!((Duration::from_secs(90)..Duration::from_secs(92)).contains(&pause), "{pause:?}");
}

/// FACTS 2: the price comes after the last status; it is asked for, and not for ever.
#[test]
fn tws_79_prices_are_filled_in_later() {
    let config = Config::default();
    let mut bench = Bench::direct(config, 1);
    bench.world().config.steps.price_ms = 600_000;
    let (customer, number) = customers(&mut bench).remove(0);
    bench.desk.text(bench.now, customer, &number, "hello").unwrap();
    bench.world().inbound(number.as_str(), OURS, "hello yourself");
    bench.run(Duration::from_secs(300));
    let prices =
        |bench: &Bench| -> Vec<bool> { here(bench).iter().map(|(.., price)| price.is_some()).collect() };
    assert_eq!(prices(&bench), [false, false]);
    bench.run(Duration::from_secs(7_200));
    assert_eq!(prices(&bench), [true, true]);
    bench.run(Duration::from_secs(86_400));
    bench.world().forget_requests();
    bench.run(Duration::from_secs(3_600));
    assert_eq!(bench.world().ledger().requests(Target::Twilio, On::Fetch).len(), 0, "known for good");
}

/// Our clock three hours wrong, in both directions: nothing is missed, nothing is taken in twice.
#[test]
fn a_clock_three_hours_wrong_misses_nothing() {
    for ahead in [true, false] {
        let mut bench = Bench::direct(Config::default(), 1);
        let (_, number) = customers(&mut bench).remove(0);
        let off = Duration::from_secs(3 * 3600);
        bench.now = if ahead { bench.now + off } else { bench.now - off };
        for n in 0..6 {
            bench.world().inbound(number.as_str(), OURS, &format!("reply {n}"));
            bench.run(Duration::from_secs(1800));
        }
        let right = if ahead { bench.now - off } else { bench.now + off };
        bench.set_clock(right);
        bench.world().inbound(number.as_str(), OURS, "the last");
        bench.run(Duration::from_secs(600));
        assert_eq!(here(&bench), there(&mut bench), "ahead {ahead}");
    }
}
