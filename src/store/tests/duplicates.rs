//! Who looks like whom: by number, address and name, and families that are none.

use super::super::duplicates::{all, of};
use super::super::{customers, merge};
use super::*;

fn person(name: &str, number: Option<&str>, city: Option<&str>) -> NewCustomer {
    NewCustomer {
        name: name.into(),
        city: city.map(str::to_owned),
        phones: number.into_iter().map(|number| phone("mobile", number)).collect(),
        ..NewCustomer::default()
    }
}

fn desk(people: &[NewCustomer]) -> (Desk, Vec<CustomerId>) {
    let mut desk = Desk::new();
    let admin = desk.admin.clone();
    let ids = people.iter().map(|new| customers::add(&mut desk.db, &admin, NOW, new).unwrap()).collect();
    (desk, ids)
}

fn found(desk: &Desk, id: CustomerId) -> Vec<(String, String, bool)> {
    let found = of(&desk.db, &desk.agent, id).unwrap();
    found.into_iter().map(|one| (one.name.to_string(), one.reason, one.likely)).collect()
}

fn line(name: &str, reason: &str, likely: bool) -> (String, String, bool) {
    (name.to_owned(), reason.to_owned(), likely)
}

#[test]
fn g13_who_looks_like_this_one_and_who_is_only_family() {
    let city = Some("Curepipe");
    let (desk, ids) = desk(&[
        person("Anna Ramgoolam", Some(OTHER), city),
        person("Anna Ramgoolem", None, city),
        person("RAMGOOLAM Anna", Some("+23058440033"), Some("curepipe")),
        person("Paul Ramgoolam", Some(OTHER), city),
        person("Anna Marie Ramgoolam", Some(OTHER), None),
        person("Anna Ramgoolam", None, Some("Port Louis")),
        person("Anna Ramgoolam", None, None),
    ]);
    assert_eq!(
        found(&desk, ids[0]),
        [
            line("Anna Marie Ramgoolam", "same mobile, one name is part of the other", true),
            line("Anna Ramgoolem", "name one letter apart, same city", true),
            line("RAMGOOLAM Anna", "same name, same city", true),
            line("Paul Ramgoolam", "same mobile, other name", false),
        ]
    );
    assert_eq!(found(&desk, ids[6]), [], "a name alone is nothing");
    assert_eq!(found(&desk, desk.kevin), []);
    let pairs = all(&desk.db, &desk.agent, 99).unwrap();
    let names = pairs.iter().map(|pair| {
        let mut names = [pair.first.name.as_str(), pair.second.name.as_str()];
        names.sort_unstable();
        names
    });
    // Those who share what an index has.
    assert_eq!(names.collect::<Vec<_>>(), [["Anna Marie Ramgoolam", "Anna Ramgoolam"]]);
}

/// Captured values count, and what was replaced by them does not.
#[test]
fn what_counts_today_is_compared() {
    let (mut desk, ids) = desk(&[person("Kevin Curepipe", Some(OTHER), None)]);
    assert_eq!(found(&desk, desk.kevin), []);
    desk.capture(at(1), "5844 0010", "", NO_UPSTREAM).unwrap();
    let reason = "same mobile, one name is part of the other";
    assert_eq!(found(&desk, desk.kevin), [line("Kevin Curepipe", reason, true)]);
    assert_eq!(found(&desk, ids[0]), [line("Kevin Anderson Curepipe", reason, true)]);
    let pairs = all(&desk.db, &desk.agent, 99).unwrap();
    assert_eq!(pairs.len(), 1);

    let (admin, both) = (desk.admin.clone(), (desk.kevin, ids[0]));
    merge::merge(&mut desk.db, &admin, at(2), both, &merge::Takes::new(), NO_UPSTREAM).unwrap();
    assert_eq!(
        (found(&desk, desk.kevin), found(&desk, ids[0])),
        (vec![], vec![]),
        "one is no duplicate of itself"
    );
    assert_eq!(all(&desk.db, &desk.agent, 99).unwrap(), []);
}

/// A switchboard's number is everybody's.
#[test]
fn a_number_of_very_many_tells_nothing() {
    let many: Vec<_> = (0..60).map(|_| person("Front Desk", Some(OTHER), None)).collect();
    let (desk, ids) = desk(&many);
    assert_eq!(found(&desk, ids[0]), []);
}
