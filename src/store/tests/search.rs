//! Looking up: TWS-1, TWS-88, NIC-91, NIC-92; old numbers; filters; whom one spoke to last.

use super::super::search::{find, lookup};
use super::super::{card, customers, notes};
use super::*;
use crate::domain::money::Money;
use crate::domain::shown::{Found, Hit, Was};
use crate::domain::text::SafeText;

/// Kevin and four others.
fn office() -> Desk {
    let mut desk = Desk::new();
    let person = |name: &str, policy: &str, mobile: &str, payment: &str| NewCustomer {
        name: name.into(),
        policy_number: Some(policy.into()),
        phones: vec![phone("mobile", mobile)],
        payment: Some(payment.into()),
        ..NewCustomer::default()
    };
    let rows = [
        NewCustomer { payment: Some("pending".into()), ..kevin() },
        person("Anna Curepipe", "LIB/C7020", "+23057120001", "paid"),
        NewCustomer {
            company: Some("Island 100% Traders".into()),
            ..person("Jean-Marc Ramgoolam", "LIB/C8101", "+23052333901", "Pending")
        },
        person("Éva Åkesson", "LIB/C9210", "+46701740600", "lapsed"),
        person("王小明", "LIB/C9300", "+61491570006", "lapsed"),
    ];
    customers::import(&mut desk.db, &desk.admin, NOW, &rows).unwrap();
    desk
}

impl Desk {
    fn names(&self, query: &str) -> Vec<String> {
        let found = find(&self.db, &self.agent, query, 50).unwrap();
        found.hits.iter().map(|hit| hit.name.to_string()).collect()
    }

    fn customer(&self, name: &str) -> CustomerId {
        customers::resolve(&self.db, &self.agent, name, None).unwrap()
    }
}

#[test]
fn tws_1_any_part_of_anything_in_any_order() {
    let desk = office();
    let (kevin, anna, jean) = ("Kevin Anderson Curepipe", "Anna Curepipe", "Jean-Marc Ramgoolam");
    let (eva, wang) = ("Éva Åkesson", "王小明");
    let table: &[(&str, &[&str])] = &[
        ("2333", &[kevin, jean]),
        ("5737 2333", &[kevin]),
        ("+230 5737", &[kevin]),
        ("curepipe", &[kevin, anna]),
        ("CURE ander", &[kevin]),
        ("curepipe 2333", &[kevin]),
        ("2333 curepipe kev", &[kevin]),
        ("LIB/C7020", &[anna]),
        ("c7020", &[anna]),
        ("7020", &[anna]),
        ("kevin@ex", &[kevin]),
        ("100%", &[jean]),
        ("éva", &[eva]),
        ("ÉVA åkes", &[eva]),
        ("小", &[wang]),
        ("070-174 06", &[eva]),
        ("0491 570 006", &[wang]),
        ("..33", &[kevin]),
        ("..0001", &[anna]),
        ("..06", &[wang]),
        ("..00", &[eva]),
        ("cure ..33", &[kevin]),
        ("status:pending", &[kevin, jean]),
        ("payment:LAP", &[eva, wang]),
        ("status:pending 2333 jean", &[jean]),
        ("status:pending 7020", &[]),
        ("nobody", &[]),
        ("%", &[jean]),
        ("_", &[]),
        ("'; drop table customer", &[]),
    ];
    for (query, names) in table {
        assert_eq!(desk.names(query), *names, "{query}");
    }
}

#[test]
fn a_hit_says_all_that_the_line_shows() {
    let mut desk = office();
    let due = Money { minor: 449_129, currency: "MUR".parse().unwrap() };
    let row = NewCustomer { amount_due: Some(due), ..kevin() };
    customers::import(&mut desk.db, &desk.admin, at(1), &[row]).unwrap();
    let hit = Hit {
        id: desk.kevin,
        name: SafeText::new("Kevin Anderson Curepipe"),
        policy: SafeText::new("LIB/C7013"),
        mobile: Some(SafeText::new(KEVINS)),
        email: Some(SafeText::new("kevin@example.com")),
        payment: SafeText::new("pending"),
        due: SafeText::new("MUR 4,491.29"),
        was: None,
    };
    let found = find(&desk.db, &desk.agent, "57372333", 50).unwrap();
    assert_eq!(found, Found { hits: vec![hit], more: false, of: 5 });
    let raw = lookup(&desk.db, &desk.agent, "57372333", 50).unwrap();
    assert_eq!((raw[0].name.as_str(), raw[0].due), ("Kevin Anderson Curepipe", Some(due)));
}

#[test]
fn an_old_number_finds_and_says_until_when() {
    let mut desk = office();
    let was = |desk: &Desk, query: &str| find(&desk.db, &desk.agent, query, 9).unwrap().hits.remove(0).was;
    let until = |value: &str, n| Some(Was { value: SafeText::new(value), until: at(n) });
    // The master's own, replaced by a capture that the master does not have yet; then that one.
    desk.capture(at(1), OTHER, "", NO_UPSTREAM).unwrap();
    assert_eq!(was(&desk, "5737 2333"), until(KEVINS, 1));
    desk.capture(at(2), "5844 0011", "", NO_UPSTREAM).unwrap();
    assert_eq!(was(&desk, "5844 0010"), until(OTHER, 2));
    assert_eq!(was(&desk, "5737 2333"), until(KEVINS, 2));
    assert_eq!(was(&desk, "5844 0011"), None);
    assert_eq!(was(&desk, "..2333"), until(KEVINS, 2));
    // Today's number has it, too, or the policy, or nothing was asked of a number.
    assert_eq!(was(&desk, "5844"), None);
    assert_eq!(was(&desk, "kevin 7013"), None);
    assert_eq!(was(&desk, "kevin"), None);
    // One that the master has replaced.
    let moved = NewCustomer { phones: vec![phone("mobile", "+23058440011")], ..kevin() };
    customers::import(&mut desk.db, &desk.admin, at(3), &[moved]).unwrap();
    assert_eq!(was(&desk, "5737 2333"), until(KEVINS, 3));
    // One that was captured by mistake was never theirs.
    desk.run("update contact_update_state set status = 'rejected' where update_id = (select id from contact_update where seq = 1)");
    assert_eq!(desk.names("5844 0010"), [""; 0]);
}

#[test]
fn the_list_ends_with_more_and_those_spoken_to_last_come_first() {
    let mut desk = office();
    let rows: Vec<NewCustomer> = (0..300)
        .map(|n| NewCustomer {
            name: format!("Customer {n}"),
            phones: vec![phone("mobile", &format!("+2305{:07}", 8_000_000 + n))],
            ..NewCustomer::default()
        })
        .collect();
    customers::import(&mut desk.db, &desk.admin, NOW, &rows).unwrap();
    desk.run("update customer set last_contact_at = 5 where name = 'Customer 299'");
    desk.run("update customer set last_contact_at = 9 where name = 'Customer 250'");
    let found = find(&desk.db, &desk.agent, "customer", 50).unwrap();
    assert_eq!((found.hits.len(), found.more, found.of), (50, true, 305));
    assert_eq!(
        [&found.hits[0].name, &found.hits[1].name].map(SafeText::as_str),
        ["Customer 250", "Customer 299"]
    );
    let all = find(&desk.db, &desk.agent, "58000", 300).unwrap();
    assert_eq!((all.hits.len(), all.more), (300, false));
    desk.run("update customer set deleted_at = 1 where name = 'Customer 250'");
    let found = find(&desk.db, &desk.agent, "customer 0250", 50).unwrap();
    assert_eq!((found.hits.len(), found.of), (0, 304));
}

#[test]
fn without_a_query_those_this_person_had_last() {
    let mut desk = office();
    assert_eq!(desk.names(""), [""; 0]);
    let (anna, jean) = (desk.customer("LIB/C7020"), desk.customer("LIB/C8101"));
    card::opened(&mut desk.db, &desk.agent, at(1), anna).unwrap();
    card::opened(&mut desk.db, &desk.agent, at(2), jean).unwrap();
    desk.capture(at(3), OTHER, "", NO_UPSTREAM).unwrap();
    notes::add(&mut desk.db, &desk.agent, at(4), anna, "called").unwrap();
    card::opened(&mut desk.db, &desk.supervisor, at(5), jean).unwrap();
    assert_eq!(desk.names(""), ["Anna Curepipe", "Kevin Anderson Curepipe", "Jean-Marc Ramgoolam"]);
    assert_eq!(desk.names(" - "), desk.names(""));
    let found = find(&desk.db, &desk.agent, "", 2).unwrap();
    assert_eq!((found.hits.len(), found.more, found.of), (2, true, 5));
    let machine = Actor::machine();
    assert!(matches!(find(&desk.db, &machine, "anna", 9), Err(Error::Denied(_))));
}
