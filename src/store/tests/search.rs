//! Looking up: TWS-1, TWS-88, NIC-91, NIC-92; old numbers; the order; mistyped words; whom one spoke
//! to last. Filters are in `filters.rs`, the index itself in `index.rs`.

use super::super::search::{find, lookup, page};
use super::super::{card, customers, notes};
use super::*;
use crate::domain::money::Money;
use crate::domain::shown::{Found, Hit, Other, Was};
use crate::domain::text::SafeText;

/// Kevin and four others.
pub(super) fn office() -> Desk {
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
    pub(super) fn names(&self, query: &str) -> Vec<String> {
        let found = find(&self.db, &self.agent, NOW, 0, query, 50).unwrap();
        found.hits.iter().map(|hit| hit.name.to_string()).collect()
    }

    pub(super) fn customer(&self, name: &str) -> CustomerId {
        customers::resolve(&self.db, &self.agent, name, None).unwrap()
    }
}

#[test]
fn tws_1_any_part_of_anything_in_any_order() {
    let desk = office();
    let (kevin, anna, jean) = ("Kevin Anderson Curepipe", "Anna Curepipe", "Jean-Marc Ramgoolam");
    let (eva, wang) = ("Éva Åkesson", "王小明");
    let table: &[(&str, &[&str])] = &[
        ("2333", &[jean, kevin]),
        ("5737 2333", &[kevin]),
        ("+230 5737", &[kevin]),
        ("curepipe", &[anna, kevin]),
        ("CURE ander", &[kevin]),
        ("curepipe 2333", &[kevin]),
        ("2333 curepipe kev", &[kevin]),
        ("LIB/C7020", &[anna]),
        ("c7020", &[anna]),
        ("7020", &[anna]),
        ("kevin@ex", &[kevin]),
        ("100%", &[jean]),
        ("éva", &[eva]),
        ("eva akesson", &[eva]),
        ("jeanmarc ramgoolam", &[jean]),
        ("ramgoolamjean", &[jean]),
        ("curepipekevin", &[kevin]),
        ("trad island", &[jean]),
        ("５７１２ ٠٠", &[anna]),
        ("ÉVA åkes", &[eva]),
        ("小", &[wang]),
        ("070-174 06", &[eva]),
        ("0491 570 006", &[wang]),
        ("..33", &[kevin]),
        ("..0001", &[anna]),
        ("..06", &[wang]),
        ("..00", &[eva, wang]),
        ("..c7020", &[anna]),
        ("cure ..33", &[kevin]),
        ("payment:pending", &[jean, kevin]),
        ("payment:LAP", &[eva, wang]),
        ("payment:pending 2333 jean", &[jean]),
        ("payment:pending 7020", &[]),
        ("nobody", &[]),
        ("%", &[]),
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
        seq: desk.one("select seq from customer where policy_number = 'LIB/C7013'"),
        id: desk.kevin,
        name: SafeText::new("Kevin Anderson Curepipe"),
        policy: SafeText::new("LIB/C7013"),
        mobile: Some(SafeText::new(KEVINS)),
        email: Some(SafeText::new("kevin@example.com")),
        payment: SafeText::new("pending"),
        due: SafeText::new("MUR 4,491.29"),
        was: None,
        other: None,
        meant: None,
    };
    let found = find(&desk.db, &desk.agent, NOW, 0, "57372333", 50).unwrap();
    assert_eq!(found, Found { hits: vec![hit], more: false, many: false, of: 5 });
    let raw = lookup(&desk.db, &desk.agent, NOW, 0, "57372333", 50).unwrap().hits;
    assert_eq!((raw[0].name.as_str(), raw[0].due), ("Kevin Anderson Curepipe", Some(due)));
}

#[test]
fn an_old_number_finds_and_says_until_when() {
    let mut desk = office();
    let was =
        |desk: &Desk, query: &str| find(&desk.db, &desk.agent, NOW, 0, query, 9).unwrap().hits.remove(0).was;
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
    let found = find(&desk.db, &desk.agent, NOW, 0, "customer", 50).unwrap();
    assert_eq!((found.hits.len(), found.more, found.of), (50, true, 305));
    assert_eq!(
        [&found.hits[0].name, &found.hits[1].name].map(SafeText::as_str),
        ["Customer 250", "Customer 299"]
    );
    let all = find(&desk.db, &desk.agent, NOW, 0, "58000", 300).unwrap();
    assert_eq!((all.hits.len(), all.more), (300, false));
    desk.run("update customer set deleted_at = 1 where name = 'Customer 250'");
    let found = find(&desk.db, &desk.agent, NOW, 0, "customer 0250", 50).unwrap();
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
    let found = find(&desk.db, &desk.agent, NOW, 0, "", 2).unwrap();
    assert_eq!((found.hits.len(), found.more, found.of), (2, true, 5));
    let machine = Actor::machine();
    assert!(matches!(find(&desk.db, &machine, NOW, 0, "anna", 9), Err(Error::Denied(_))));
}

#[test]
fn whole_numbers_come_first_and_families_are_all_there() {
    let mut desk = office();
    let person = |name: &str, numbers: &[&str]| NewCustomer {
        name: name.into(),
        phones: numbers.iter().zip(["mobile", "home"]).map(|(number, label)| phone(label, number)).collect(),
        ..NewCustomer::default()
    };
    let rows = [
        person("Abel Longer", &["+2305737233312"]),
        person("Zoe Curepipe", &[OTHER, KEVINS]),
        person("Yan Curepipe", &[KEVINS]),
    ];
    customers::import(&mut desk.db, &desk.admin, NOW, &rows).unwrap();
    let family = ["Kevin Anderson Curepipe", "Yan Curepipe", "Zoe Curepipe", "Abel Longer"];
    for query in ["57372333", "+230 5737 2333", "0 5737 2333", "0023057372333"] {
        assert_eq!(desk.names(query), family, "{query}");
    }
    desk.run("update customer set last_contact_at = 5 where name in ('Abel Longer', 'Zoe Curepipe')");
    let spoken_to = ["Zoe Curepipe", "Kevin Anderson Curepipe", "Yan Curepipe", "Abel Longer"];
    assert_eq!(desk.names("57372333"), spoken_to);
    assert_eq!(
        desk.names("5737233"),
        ["Abel Longer", "Zoe Curepipe", "Kevin Anderson Curepipe", "Yan Curepipe"]
    );
}

#[test]
fn of_very_many_the_newest_are_listed_behind_those_spoken_to() {
    let mut desk = office();
    let rows: Vec<NewCustomer> =
        (0..620).map(|n| NewCustomer { name: format!("Customer {n}"), ..NewCustomer::default() }).collect();
    customers::import(&mut desk.db, &desk.admin, NOW, &rows).unwrap();
    desk.run("update customer set last_contact_at = 5 where name in ('Customer 7', 'Anna Curepipe')");
    let found = find(&desk.db, &desk.agent, NOW, 0, "custom", 3).unwrap();
    let names: Vec<&str> = found.hits.iter().map(|hit| hit.name.as_str()).collect();
    assert_eq!(names, ["Customer 7", "Customer 619", "Customer 618"]);
    assert_eq!((found.more, found.many), (true, true));
    // A whole number among very many that go on.
    let rows: Vec<NewCustomer> = (0..620)
        .map(|n| NewCustomer {
            name: format!("Longer {n}"),
            phones: vec![phone("mobile", &format!("{KEVINS}{n:03}"))],
            ..NewCustomer::default()
        })
        .collect();
    customers::import(&mut desk.db, &desk.admin, NOW, &rows).unwrap();
    assert_eq!(desk.names("57372333")[..2], ["Kevin Anderson Curepipe", "Longer 619"]);
    let some = find(&desk.db, &desk.agent, NOW, 0, "customer 61", 50).unwrap();
    assert_eq!((some.hits.len(), some.more, some.many), (11, false, false));
}

#[test]
fn a_hit_says_what_matches_beside_the_line() {
    let mut desk = office();
    let with_home = NewCustomer { phones: vec![phone("home", "+2302101234")], ..kevin() };
    customers::import(&mut desk.db, &desk.admin, NOW, &[with_home]).unwrap();
    let other = |query: &str| find(&desk.db, &desk.agent, NOW, 0, query, 9).unwrap().hits.remove(0).other;
    let text = SafeText::new;
    assert_eq!(other("210 1234"), Some(Other::Number(text("+2302101234"))));
    assert_eq!(other("kevin@ex"), Some(Other::Email(text("kevin@example.com"))));
    assert_eq!(other("traders"), Some(Other::Company(text("Island 100% Traders"))));
    assert_eq!(other("kevin 5737"), None);
}

#[test]
fn one_slip_is_forgiven_and_the_word_that_was_meant_is_told() {
    let mut desk = office();
    let person = |name: &str| NewCustomer { name: name.into(), ..NewCustomer::default() };
    let rows: Vec<NewCustomer> = (0..9).map(|n| person(&format!("Customer {n}"))).collect();
    customers::import(&mut desk.db, &desk.admin, NOW, &rows).unwrap();
    customers::import(&mut desk.db, &desk.admin, NOW, &[person("Curepip Old"), person("Annia Lee")]).unwrap();
    let found = |query: &str| {
        let found = find(&desk.db, &desk.agent, NOW, 0, query, 5).unwrap();
        let hit = |hit: Hit| (hit.name.as_str().to_owned(), hit.meant.map(|meant| meant.as_str().to_owned()));
        (found.hits.into_iter().map(hit).collect::<Vec<_>>(), found.more)
    };
    let line = |name: &str, meant: &str| (name.to_owned(), (!meant.is_empty()).then(|| meant.to_owned()));
    let (kevin, anna, jean) = ("Kevin Anderson Curepipe", "Anna Curepipe", "Jean-Marc Ramgoolam");
    for (query, lines) in [
        // Swapped around the middle, one too many, one missing, one wrong; and not yet at the end.
        ("ramogolam", vec![line(jean, "ramgoolam")]),
        ("ramgooolam jean", vec![line(jean, "ramgoolam")]),
        ("kvein", vec![line(kevin, "kevin")]),
        ("andirson", vec![line(kevin, "anderson")]),
        ("rangollo", vec![]),
        ("ramgolla", vec![line(jean, "ramgoolam")]),
        ("ramgola", vec![line(jean, "ramgoolam")]),
        ("trsders", vec![line(jean, "traders")]),
        // Those who have it as it was typed come first; each word comes to its turn.
        ("curepip", vec![line(anna, ""), line("Curepip Old", ""), line(kevin, "")]),
        ("anna", vec![line(anna, ""), line("Annia Lee", "annia")]),
        ("curepipw", vec![line("Curepip Old", "curepip"), line(anna, "curepipe"), line(kevin, "curepipe")]),
        // Two slips, a short word, digits: taken as they are.
        ("crepipw", vec![]),
        ("lea", vec![]),
        ("57372334", vec![]),
    ] {
        assert_eq!(found(query), (lines, false), "{query}");
    }
    let (lines, more) = found("customre");
    assert_eq!((lines.len(), &lines[0], more), (5, &line("Customer 0", "customer"), true));
}

#[test]
fn any_line_is_answered() {
    let desk = office();
    for line in [
        &"5".repeat(10_000),
        &"kevin ".repeat(2_000),
        &"x".repeat(10_000),
        "\"",
        "'",
        "\"kevin\" OR anna",
        "kevin* NEAR(anna)",
        "tokens:kevin",
        "-kevin ^anna {a b}",
        "(((((",
        "AND OR NOT",
        "~k #2 $ @ = &24",
        "👍🏽 👩\u{200d}👩\u{200d}👧",
        "\u{202e}ниvek\u{2066}",
        "علي محمد",
        "kevin\0anna",
        "\u{feff}\u{ad}",
        ": :: status: by:x agent:99999999999999999999 updated:never optin:perhaps",
    ] {
        assert!(find(&desk.db, &desk.agent, NOW, 0, line, 50).is_ok(), "{line}");
    }
    assert_eq!(desk.names("KEVIN\u{200b} \u{202a}anderson"), ["Kevin Anderson Curepipe"]);
    assert_eq!(desk.names("👍 kevin"), ["Kevin Anderson Curepipe"]);
    assert_eq!(desk.names("👍"), [""; 0]);
}

#[test]
fn all_customers_are_read_page_by_page() {
    let desk = office();
    let agent = desk.agent.clone();
    desk.run("update customer set deleted_at = 1 where name = 'Anna Curepipe'");
    let walk = |newest_first| {
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let Found { hits, of, .. } = page(&desk.db, &agent, after, newest_first, 3).unwrap();
            assert_eq!(of, 4);
            let Some(last) = hits.last() else { return names };
            after = Some(last.seq);
            names.extend(hits.into_iter().map(|hit| hit.name.as_str().to_owned()));
        }
    };
    let newest_first = ["王小明", "Éva Åkesson", "Jean-Marc Ramgoolam", "Kevin Anderson Curepipe"];
    assert_eq!(walk(true), newest_first);
    let mut oldest_first = walk(false);
    oldest_first.reverse();
    assert_eq!(oldest_first, newest_first);
    assert!(matches!(page(&desk.db, &Actor::machine(), None, true, 2), Err(Error::Denied(_))));
}
