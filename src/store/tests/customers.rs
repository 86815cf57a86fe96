//! Adding, importing, finding: NIC-19..24, G13, G22.

use serde_json::json;

use super::super::customers::{Customer, Imported, add, card, import, read, resolve};
use super::*;
use crate::domain::customer::{ContactMethod, Source, Stage};
use crate::domain::money::Money;

impl Desk {
    fn import(&mut self, now: Micros, rows: &[NewCustomer]) -> Vec<Imported> {
        import(&mut self.db, &self.admin, now, rows).unwrap()
    }

    fn card(&self) -> Customer {
        read(self.db.conn(), self.kevin).unwrap()
    }

    fn customers(&self) -> i64 {
        self.one("select count(*) from customer")
    }
}

fn named(name: &str) -> NewCustomer {
    NewCustomer { name: name.into(), ..NewCustomer::default() }
}

/// Every field that an import can bring.
fn full() -> NewCustomer {
    let text = |text: &str| Some(text.to_owned());
    NewCustomer {
        name: "Kevin A. Curepipe".into(),
        given_name: text("Kevin"),
        family_name: text("Curepipe"),
        company: text("Island Traders"),
        industry: text("retail"),
        policy_number: text("LIB/C7013"),
        master_id: text("7013"),
        phones: vec![phone("mobile", OTHER), phone("home", "+2302345678")],
        emails: vec![email("email", "k@example.com")],
        payment: text("paid"),
        amount_due: Some(Money { minor: 125_050, currency: "MUR".parse().unwrap() }),
        stage: Stage::Client,
        street: text("1 Royal Road"),
        city: text("Curepipe"),
        state: text("Plaines Wilhems"),
        zip: text("74413"),
        country: text("MU"),
        timezone: text("Indian/Mauritius"),
        preferred_method: Some(ContactMethod::Sms),
        preferred_time: text("after five"),
        assigned_agent: None,
        source: Source::Import,
        tags: vec!["vip".into()],
        custom: json!({ "agent": "Ana", "drop": null }).as_object().cloned().unwrap(),
        ..NewCustomer::default()
    }
}

#[test]
fn g22_a_name_is_enough() {
    let mut desk = Desk::new();
    let id = add(&mut desk.db, &desk.agent, NOW, &named("Sam")).unwrap();
    let customer = read(desk.db.conn(), id).unwrap();
    assert_eq!((customer.name.as_str(), customer.mobile, customer.email), ("Sam", None, None));
    assert_eq!((customer.stage.as_str(), customer.points.len()), ("new", 0));
}

#[test]
fn a_customer_added_by_hand_counts_with_what_was_typed() {
    let mut desk = Desk::new();
    let new = NewCustomer { phones: vec![phone("mobile", OTHER)], ..named("Sam") };
    let id = add(&mut desk.db, &desk.agent, NOW, &new).unwrap();
    let customer = read(desk.db.conn(), id).unwrap();
    assert_eq!(customer.mobile.unwrap().value, OTHER);
    assert_eq!(customer.points[0].origin, "local");
}

#[test]
fn importing_again_says_new_then_unchanged_then_changed() {
    let mut desk = Desk::new();
    let rows = [named("Sam"), NewCustomer { master_id: Some("1".into()), ..named("Ada") }];
    assert_eq!(desk.import(NOW, &rows), [Imported::New, Imported::New]);
    // Without an id, a policy or a number nothing says that it is the same Sam.
    assert_eq!(desk.import(at(1), &rows), [Imported::New, Imported::Unchanged]);
    let renamed = NewCustomer { master_id: Some("1".into()), ..named("Ada L.") };
    assert_eq!(desk.import(at(2), std::slice::from_ref(&renamed)), [Imported::Changed]);
    assert_eq!(desk.import(at(3), &[renamed]), [Imported::Unchanged]);
    desk.assert_sound();
}

#[test]
fn every_field_of_a_row_is_taken_over() {
    let mut desk = Desk::new();
    let id = desk.kevin;
    assert_eq!(desk.import(at(1), &[full()]), [Imported::Changed]);
    let row: String = desk
        .db
        .conn()
        .query_row(
            "select concat_ws('|', name, given_name, family_name, company, industry, policy_number, payment,
                amount_due, currency, stage, street, city, state, zip, country, timezone, preferred_method,
                preferred_time, tags, custom) from customer where id = ?1",
            [id],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(
        row,
        "Kevin A. Curepipe|Kevin|Curepipe|Island Traders|retail|LIB/C7013|paid|125050|MUR|client|1 Royal Road|\
         Curepipe|Plaines Wilhems|74413|MU|Indian/Mauritius|sms|after five|[\"vip\"]|{\"agent\":\"Ana\"}"
    );
    let card = desk.card();
    assert_eq!(card.mobile.map(|mobile| mobile.value), Some(OTHER.into()));
    assert_eq!(card.email.map(|email| email.value), Some("k@example.com".into()));
    assert_eq!(desk.import(at(2), &[full()]), [Imported::Unchanged]);
}

/// One filled field at a time: each alone makes the row a change.
#[test]
fn any_single_field_is_noticed() {
    let keep = |new: &NewCustomer| NewCustomer { phones: vec![], emails: vec![], ..new.clone() };
    let all = keep(&full());
    let one = |change: fn(&mut NewCustomer, &NewCustomer)| {
        let mut row = keep(&kevin());
        change(&mut row, &keep(&full()));
        row
    };
    let rows = [
        one(|row, full| row.name.clone_from(&full.name)),
        one(|row, full| row.given_name.clone_from(&full.given_name)),
        one(|row, full| row.family_name.clone_from(&full.family_name)),
        one(|row, full| row.company.clone_from(&full.company)),
        one(|row, full| row.industry.clone_from(&full.industry)),
        one(|row, full| row.payment.clone_from(&full.payment)),
        one(|row, full| row.amount_due = full.amount_due),
        one(|row, full| row.stage = full.stage),
        one(|row, full| row.street.clone_from(&full.street)),
        one(|row, full| row.city.clone_from(&full.city)),
        one(|row, full| row.state.clone_from(&full.state)),
        one(|row, full| row.zip.clone_from(&full.zip)),
        one(|row, full| row.country.clone_from(&full.country)),
        one(|row, full| row.timezone.clone_from(&full.timezone)),
        one(|row, full| row.preferred_method = full.preferred_method),
        one(|row, full| row.preferred_time.clone_from(&full.preferred_time)),
        one(|row, full| row.tags.clone_from(&full.tags)),
        one(|row, full| row.custom.clone_from(&full.custom)),
    ];
    let mut desk = Desk::new();
    for (row, n) in rows.into_iter().zip(1..) {
        assert_eq!(desk.import(at(n), std::slice::from_ref(&row)), [Imported::Changed], "{row:?}");
    }
    let rest = NewCustomer { name: kevin().name, ..all };
    assert_eq!(desk.import(at(99), &[rest]), [Imported::Unchanged], "one after the other they were all");
}

#[test]
fn empty_fields_leave_what_is_there() {
    let mut desk = Desk::new();
    desk.import(at(1), &[full()]);
    let before = desk.card();
    let bare = NewCustomer { master_id: Some("7013".into()), ..named("Kevin A. Curepipe") };
    assert_eq!(desk.import(at(2), &[bare]), [Imported::Unchanged]);
    assert_eq!(desk.card(), before);
}

#[test]
fn a_row_is_matched_by_master_id_else_policy_else_name_and_number() {
    let known = NewCustomer { name: "Kevin Anderson Curepipe".into(), ..NewCustomer::default() };
    let text = |text: &str| Some(text.to_owned());
    let by_id = NewCustomer { master_id: text("7013"), policy_number: text("LIB/NEW"), ..known.clone() };
    let by_policy = NewCustomer { policy_number: text("LIB/C7013"), ..known.clone() };
    let by_number = NewCustomer { phones: vec![phone("mobile", KEVINS)], ..known.clone() };
    for same in [by_id, by_policy, by_number] {
        let mut desk = Desk::new();
        assert_ne!(desk.import(at(1), std::slice::from_ref(&same)), [Imported::New], "{same:?}");
        assert_eq!(desk.customers(), 1);
    }
    let other_id = NewCustomer { master_id: text("7014"), ..kevin() };
    let no_policy = NewCustomer { policy_number: None, ..other_id.clone() };
    let other_policy = NewCustomer {
        policy_number: text("LIB/C7014"),
        phones: vec![phone("mobile", KEVINS)],
        ..known.clone()
    };
    let other_name = NewCustomer { phones: vec![phone("mobile", KEVINS)], ..named("Kim Curepipe") };
    for different in [other_id, no_policy, other_policy, other_name, known] {
        let mut desk = Desk::new();
        assert_eq!(desk.import(at(1), std::slice::from_ref(&different)), [Imported::New], "{different:?}");
        assert_eq!(desk.customers(), 2);
    }
}

/// Somebody whom an agent added by hand comes with the next master file: not a second time.
#[test]
fn the_master_adopts_who_was_added_by_hand() {
    let typed = NewCustomer { phones: vec![phone("mobile", OTHER)], ..named("Sam Lee") };
    let with_policy = NewCustomer { policy_number: Some("LIB/S1".into()), ..named("Sam Lee") };
    for by_hand in [typed, with_policy] {
        let mut desk = Desk::new();
        let sam = add(&mut desk.db, &desk.agent, NOW, &by_hand).unwrap();
        let row = NewCustomer {
            master_id: Some("9".into()),
            policy_number: Some("LIB/S1".into()),
            phones: vec![phone("mobile", OTHER)],
            ..named("Sam Lee")
        };
        assert_eq!(desk.import(at(1), std::slice::from_ref(&row)), [Imported::Changed]);
        assert_eq!(desk.import(at(2), &[row]), [Imported::Unchanged]);
        let card = read(desk.db.conn(), sam).unwrap();
        assert_eq!((card.master_ids.as_slice(), desk.customers()), (["9".to_owned()].as_slice(), 2));
        desk.assert_sound();
    }
}

/// G13: a shared number makes nobody the same person.
#[test]
fn g13_families_share_a_number() {
    let mut desk = Desk::new();
    let kim = NewCustomer { phones: vec![phone("mobile", KEVINS)], ..named("Kim Curepipe") };
    let kim = add(&mut desk.db, &desk.agent, NOW, &kim).unwrap();
    match resolve(&desk.db, &desk.agent, KEVINS, None) {
        Err(Error::Many { ids, .. }) => {
            assert!(ids.len() == 2 && ids.contains(&kim) && ids.contains(&desk.kevin));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_earlier_value_of_the_master_is_retired_and_kept() {
    let mut desk = Desk::new();
    let moved = NewCustomer { phones: vec![phone("mobile", OTHER)], ..kevin() };
    assert_eq!(desk.import(at(1), std::slice::from_ref(&moved)), [Imported::Changed]);
    let phones: Vec<_> = desk
        .card()
        .points
        .into_iter()
        .filter(|p| p.kind == "phone")
        .map(|p| (p.value, p.retired_at))
        .collect();
    assert_eq!(phones, [(KEVINS.to_owned(), Some(at(1))), (OTHER.to_owned(), None)]);
    assert_eq!(desk.card().mobile.unwrap().value, OTHER);
    // And back.
    assert_eq!(desk.import(at(2), &[kevin()]), [Imported::Changed]);
    assert_eq!(desk.card().mobile.unwrap().value, KEVINS);
    desk.assert_sound();
}

/// The first e-mail is NIC's contact field; a new value of it does not make the second one first.
#[test]
fn the_first_email_stays_the_first() {
    let mut desk = Desk::new();
    let two = |first: &str| NewCustomer {
        emails: vec![email("email", first), email("work", "kevin@work.example")],
        ..kevin()
    };
    desk.import(at(1), &[two("kevin@example.com")]);
    desk.import(at(2), &[two("new@example.com")]);
    assert_eq!(desk.card().email.unwrap().value, "new@example.com");
    desk.assert_sound();
}

#[test]
fn one_name_resolves_to_one_customer_however_it_is_said() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "", NO_UPSTREAM).unwrap();
    let id = desk.kevin.to_string();
    for name in ["LIB/C7013", "7013", KEVINS, OTHER, "kevin@example.com", id.as_str()] {
        assert_eq!(resolve(&desk.db, &desk.agent, name, None).unwrap(), desk.kevin, "{name}");
    }
    assert_eq!(resolve(&desk.db, &desk.agent, "5844 0010", Some(OTHER)).unwrap(), desk.kevin);
    for nobody in ["", "LIB/C701", "kevin", "01940000-0000-7000-8000-000000000000"] {
        let found = resolve(&desk.db, &desk.agent, nobody, None);
        assert!(matches!(found, Err(Error::NotFound { what: "customer", .. })), "{nobody}");
    }
}

#[test]
fn opening_a_card_is_an_entry_in_the_audit() {
    let mut desk = Desk::new();
    let shown = card(&mut desk.db, &desk.agent, at(1), desk.kevin).unwrap();
    assert_eq!(shown, desk.card());
    assert_eq!(desk.one::<String>("select action from audit order by seq desc limit 1"), "card opened");
}

#[test]
fn no_agent_imports_and_a_refused_chunk_stores_nothing() {
    let mut desk = Desk::new();
    let agent = desk.agent.clone();
    assert!(matches!(import(&mut desk.db, &agent, NOW, &[named("Sam")]), Err(Error::Denied(_))));
    // The schema refuses the second row: the first goes with it.
    let too_long = named(&"x".repeat(256));
    assert!(import(&mut desk.db, &desk.admin, NOW, &[named("Sam"), too_long]).is_err());
    assert_eq!(desk.customers(), 1);
}
