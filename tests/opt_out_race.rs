//! Show 4: a STOP at every step of a text's life. Nothing leaves after it is known, and after being away it
//! is known before anything leaves. The same for a reply that only may mean stop.
//!
//! Every world is run once without a STOP to count its steps, then again with a STOP at each of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use cordboard::domain::consent::Act;
use cordboard::domain::ids::CustomerId;
use cordboard::domain::phone::E164;
use cordboard::domain::time::Micros;
use cordboard::sandbox::{Config, Fault, Kind, On, Target};
use cordboard::store::doctor;
use support::OURS;
use support::bench::Bench;

const MINUTE: Duration = Duration::from_secs(60);

/// Texts are claimed only this long after inbound was read to the end (design 4.7).
const FRESH: Duration = Duration::from_secs(60);

/// What happens to the desk while its text lives.
#[derive(Clone, Copy, Debug, PartialEq)]
enum World {
    /// Everything works.
    Calm,
    /// The network is away from before the text is composed until two minutes later.
    Offline,
    /// The desk dies as soon as the text is queued and comes back two minutes later.
    Down,
    /// The desk dies while the request is under way.
    DownInFlight,
    /// The answer to the text takes twenty seconds.
    Slow,
    /// Twilio is busy three times and has the text wait.
    Busy,
    /// The text is taken and the answer is lost.
    Lost,
}

const WORLDS: [World; 7] =
    [World::Calm, World::Offline, World::Down, World::DownInFlight, World::Slow, World::Busy, World::Lost];

struct Race {
    bench: Bench,
    customer: CustomerId,
    number: E164,
    world: World,
    /// The step at which they write, and what.
    stop: Option<(usize, &'static str)>,
    step: usize,
    /// When it was at Twilio, by Twilio's clock.
    stopped_at: Option<Micros>,
    /// Whether the desk could not hear Twilio then.
    away_then: bool,
    away: bool,
    composed: bool,
    /// The step after which nothing of the text is open any more.
    settled: Option<usize>,
}

const BODY: &str = "Your card is ready.";

impl Race {
    fn new(world: World, stop: Option<(usize, &'static str)>) -> Self {
        let mut bench = Bench::direct(Config::default(), 7);
        let number = E164::parse("+23057372333").unwrap();
        let customer = bench.desk.customer("C7013", "Kevin Anderson Curepipe", number.as_str());
        bench.desk.consent(bench.now, &number, Some(customer), Act::Grant);
        Self {
            bench,
            customer,
            number,
            world,
            stop,
            step: 0,
            stopped_at: None,
            away_then: false,
            away: false,
            composed: false,
            settled: None,
        }
    }

    /// One step of the world is over: it is here that the customer may write.
    fn stepped(&mut self) {
        if let Some((at, words)) = self.stop
            && at == self.step
        {
            let number = self.number.clone();
            self.bench.world().inbound(number.as_str(), OURS, words);
            self.stopped_at = Some(self.bench.world().now());
            self.away_then = self.away;
        }
        if self.stop.is_none() && self.composed && self.settled.is_none() {
            let open = self.bench.desk.jobs().iter().any(|job| job.state.blocks_lane());
            self.settled = (!open).then_some(self.step);
        }
        self.step += 1;
    }

    fn run(&mut self, span: Duration) {
        let end = self.bench.now + span;
        loop {
            self.stepped();
            if !self.bench.turn(end) {
                break;
            }
        }
        let rest = end.since(self.bench.now);
        self.bench.advance(rest);
    }

    fn fault(&mut self, kind: Kind, on: On, times: u32) {
        self.bench.world().add_fault(Fault::new(kind).at(Target::Twilio, on).times(times));
    }

    fn compose(&mut self, body: &str) {
        // Refused is a fine answer; what must not be is a text that leaves all the same.
        let (now, customer, number) = (self.bench.now, self.customer, self.number.clone());
        self.composed |= self.bench.desk.text(now, customer, &number, body).is_ok();
        self.stepped();
    }

    fn live(&mut self) {
        self.run(Duration::from_secs(15));
        match self.world {
            World::Offline => {
                self.bench.world().add_fault(Fault::new(Kind::Offline));
                self.away = true;
            }
            World::Slow => self.fault(Kind::Slow { ms: 20_000 }, On::Create, 1),
            World::Busy => self.fault(Kind::Status429 { retry_after: Some(4) }, On::Create, 3),
            World::Lost => self.fault(Kind::AcceptAndCut, On::Create, 1),
            World::DownInFlight => self.fault(Kind::Slow { ms: 20_000 }, On::Create, 1),
            _ => {}
        }
        self.compose(BODY);
        match self.world {
            World::Down => {
                self.bench.crash();
                self.away = true;
                self.stepped();
                self.bench.advance(2 * MINUTE);
            }
            World::DownInFlight => {
                self.run(Duration::from_secs(8));
                self.bench.crash();
                self.away = true;
                self.stepped();
                self.bench.advance(2 * MINUTE);
            }
            _ => self.run(2 * MINUTE),
        }
        self.bench.world().clear_faults();
        self.stepped();
        self.away = false;
        self.bench.start();
        self.run(3 * MINUTE);
    }

    fn at_twilio(&mut self) -> usize {
        self.bench.world().messages().iter().filter(|m| m.body.as_deref() == Some(BODY)).count()
    }

    /// When each request that makes a text went on the wire, by Twilio's clock.
    fn check(&mut self, context: &str) {
        assert!(self.at_twilio() <= 1, "{context}: twice");
        let against = self.bench.texts_sent.iter().filter(|(_, allowed)| !allowed).count();
        assert_eq!(against, 0, "{context}: a text left though the STOP was known");
        for check in doctor::examine(&self.bench.desk.db).unwrap() {
            assert_eq!(check.wrong, None, "{context}: {}", check.name);
        }
        let Some(stopped_at) = self.stopped_at else { return };
        assert!(
            !self.bench.desk.may_text(&self.number, Some(self.customer)),
            "{context}: it was never known"
        );
        if self.away_then && self.world != World::DownInFlight {
            assert_eq!(self.at_twilio(), 0, "{context}: it was at Twilio while we were away");
        }
        let late = self.created().into_iter().find(|made| *made > stopped_at + FRESH);
        assert_eq!(late, None, "{context}: a text left long after the STOP was at Twilio");
        let again = self.bench.desk.text(self.bench.now, self.customer, &self.number.clone(), "again");
        assert!(again.is_err(), "{context}: closed from now on");
    }

    fn created(&mut self) -> Vec<Micros> {
        let world = self.bench.world();
        let made = world.messages();
        let ours = made.iter().filter(|m| m.direction.as_deref() == Some("outbound-api"));
        ours.map(|m| Micros::parse_rfc2822(m.date_created.as_deref().unwrap()).unwrap()).collect()
    }
}

#[test]
fn show_4_tws_54_a_stop_at_every_step_of_a_text_of_every_world() {
    std::thread::scope(|scope| {
        for worlds in WORLDS.chunks(WORLDS.len().div_ceil(2)) {
            scope.spawn(|| worlds.iter().for_each(|world| race(*world)));
        }
    });
}

fn race(world: World) {
    let mut calm = Race::new(world, None);
    calm.live();
    calm.check(&format!("{world:?}"));
    // A few more behind its end, where it is accepted and the next text is what counts.
    let steps = calm.settled.unwrap() + 4;
    // A race that nothing runs in proves nothing: without a STOP the text leaves.
    assert_eq!((calm.at_twilio(), calm.composed), (1, true), "{world:?}");
    let (mut stopped, mut left) = (0, 0);
    for words in ["STOP", "stop. thank you"] {
        for step in 0..steps {
            let mut race = Race::new(world, Some((step, words)));
            race.live();
            race.check(&format!("{world:?}, {words} at step {step} of {steps}"));
            if race.at_twilio() == 0 {
                stopped += 1;
            } else {
                left += 1;
            }
        }
    }
    assert!(stopped > 2, "{world:?}: a STOP that comes early enough stops the text");
    assert!(left > 2, "{world:?}: one that comes too late does not");
}

/// A machine that sleeps in the middle of a poll wakes with an answer from before: that is no news.
#[test]
fn a_poll_that_a_sleep_has_split_is_not_the_end_of_it() {
    let mut bench = Bench::direct(Config::default(), 7);
    let number = E164::parse("+23057372333").unwrap();
    let customer = bench.desk.customer("C7013", "Kevin Anderson Curepipe", number.as_str());
    bench.desk.consent(bench.now, &number, Some(customer), Act::Grant);
    bench.run(Duration::from_secs(15));
    bench.world().add_fault(Fault::new(Kind::Slow { ms: 3_000 }).at(Target::Twilio, On::List).times(1));
    // A poll goes out; its answer comes while nobody is awake to hear it.
    bench.run(Duration::from_millis(5_500));
    bench.desk.text(bench.now, customer, &number, BODY).unwrap();
    bench.now = bench.now + 60 * MINUTE;
    bench.world().inbound(number.as_str(), OURS, "STOP");
    bench.world().advance(60 * MINUTE);
    bench.run(5 * MINUTE);
    assert_eq!(bench.world().messages().iter().filter(|m| m.body.as_deref() == Some(BODY)).count(), 0);
    assert!(!bench.desk.may_text(&number, Some(customer)));
}
