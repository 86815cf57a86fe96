//! Calls that ring: on whose desk, for how long, and whose number it is.

use super::super::{presence, ring, state};
use super::*;
use crate::domain::shown::{RINGS, Ring};
use crate::domain::text::SafeText;

const CALLER: &str = "+23057009988";

impl Desk {
    fn ringing(&self, actor: &Actor, now: Micros) -> Option<Ring> {
        state::read(&self.db, actor, now).unwrap().ring
    }

    fn add(&mut self, name: &str, numbers: &[&str]) -> CustomerId {
        let labels = ["mobile", "home", "work"];
        let phones = numbers.iter().zip(labels).map(|(number, label)| phone(label, number)).collect();
        let new = NewCustomer { name: name.into(), phones, ..NewCustomer::default() };
        super::super::customers::add(&mut self.db, &self.admin, NOW, &new).unwrap()
    }
}

fn call(number: &str, at: Micros, bearers: i64, only: Option<(CustomerId, &str)>) -> Option<Ring> {
    let (customer, name) = only.unzip();
    let name = SafeText::new(name.unwrap_or_default());
    Some(Ring { number: SafeText::new(number), at, bearers, customer, name })
}

#[test]
fn the_newest_call_rings_for_its_user_until_it_fades() {
    let mut desk = Desk::new();
    let (agent, admin) = (desk.agent.clone(), desk.admin.clone());
    ring::ring(&mut desk.db, &agent, at(0), &number(OTHER)).unwrap();
    ring::ring(&mut desk.db, &agent, at(1), &number(KEVINS)).unwrap();
    let kevin = Some((desk.kevin, "Kevin Anderson Curepipe"));
    assert_eq!(desk.ringing(&agent, at(2)), call(KEVINS, at(1), 1, kevin));
    assert_eq!(desk.ringing(&admin, at(2)), None);
    assert!(desk.ringing(&agent, at(0) + RINGS).is_some());
    assert_eq!(desk.ringing(&agent, at(1) + RINGS), None);
}

/// G13.
#[test]
fn a_number_is_nobodys_one_persons_or_a_familys() {
    let mut desk = Desk::new();
    let agent = desk.agent.clone();
    let rings = |desk: &mut Desk, n| {
        ring::ring(&mut desk.db, &agent, at(n), &number(CALLER)).unwrap();
        desk.ringing(&agent, at(n))
    };
    assert_eq!(rings(&mut desk, 1), call(CALLER, at(1), 0, None));
    let marie = desk.add("Marie Li", &[OTHER, CALLER]);
    assert_eq!(rings(&mut desk, 2), call(CALLER, at(2), 1, Some((marie, "Marie Li"))), "not a mobile");
    desk.add("Paul Li", &[CALLER]);
    assert_eq!(rings(&mut desk, 3), call(CALLER, at(3), 2, None));
    // Whoever was deleted rings no more.
    desk.run("update customer set deleted_at = 1 where name = 'Paul Li'");
    assert_eq!(rings(&mut desk, 4), call(CALLER, at(4), 1, Some((marie, "Marie Li"))));
}

/// Either a desk shows it or the command takes it back, never both and never neither.
#[test]
fn a_call_is_shown_or_taken_back() {
    let mut desk = Desk::new();
    let agent = desk.agent.clone();
    ring::ring(&mut desk.db, &agent, at(0), &number(KEVINS)).unwrap();
    assert!(!ring::was_shown(&desk.db, &agent, at(0)).unwrap());
    ring::shown(&mut desk.db, &agent, at(1), at(0)).unwrap();
    assert!(ring::was_shown(&desk.db, &agent, at(0)).unwrap());
    assert!(!ring::take_back(&mut desk.db, &agent, at(2), at(0)).unwrap());

    ring::ring(&mut desk.db, &agent, at(3), &number(KEVINS)).unwrap();
    assert!(!ring::was_shown(&desk.db, &agent, at(3)).unwrap(), "the next one is new");
    assert!(ring::take_back(&mut desk.db, &agent, at(4), at(3)).unwrap());
    ring::shown(&mut desk.db, &agent, at(5), at(3)).unwrap();
    assert_eq!(desk.ringing(&agent, at(5)), None);
}

#[test]
fn a_desk_that_was_not_heard_of_for_a_minute_is_none() {
    let mut desk = Desk::new();
    let (agent, admin) = (desk.agent.clone(), desk.admin.clone());
    let has = |desk: &Desk, actor: &Actor, n| presence::has_desk(&desk.db, actor, at(n)).unwrap();
    assert!(!has(&desk, &agent, 0));
    let here = uuid::Uuid::from_u128(1);
    presence::seen(&mut desk.db, &agent, at(0), here, None, "viewing").unwrap();
    assert!(has(&desk, &agent, 60) && !has(&desk, &agent, 61) && !has(&desk, &admin, 1));
    let anybody = |desk: &Desk, n| presence::anybody(&desk.db, at(n)).unwrap();
    assert!(anybody(&desk, 60) && !anybody(&desk, 61));
    presence::left(&mut desk.db, here).unwrap();
    assert!(!has(&desk, &agent, 1) && !anybody(&desk, 1));
}
