//! Saved replies: whose they are, what they know of a customer, how often they were used (TWS-91).

use super::super::templates::{Imported, add, edit, import, list, remove, replies, used};
use super::*;
use crate::domain::template::Words;

fn words(folder: &str, name: &str, body: &str) -> Words {
    let purpose = Purpose::Service;
    Words { folder: folder.into(), name: name.into(), language: String::new(), purpose, body: body.into() }
}

/// Folder and name, whose, how often used.
fn listed(desk: &Desk, actor: &Actor) -> Vec<(String, bool, i64)> {
    let row = |template: crate::domain::template::Template| {
        (template.words.to_string(), template.owner.is_some(), template.used)
    };
    list(&desk.db, actor).unwrap().into_iter().map(row).collect()
}

#[test]
fn tws_91_everybody_sees_the_shared_ones_and_their_own() {
    let mut desk = Desk::new();
    let (admin, agent, supervisor) = (desk.admin.clone(), desk.agent.clone(), desk.supervisor.clone());
    let shared = add(&mut desk.db, &admin, at(1), true, &words("billing", "Due", "a")).unwrap();
    let own = add(&mut desk.db, &agent, at(2), false, &words("", "Hello", "b")).unwrap();
    let (hello, due) = (("Hello".to_owned(), true, 0), ("billing/Due".to_owned(), false, 0));
    assert_eq!(listed(&desk, &agent), [hello, due.clone()]);
    assert_eq!(listed(&desk, &supervisor), [due]);

    // Shared ones are an admin's, own ones their writer's.
    for (actor, id) in [(&agent, shared), (&supervisor, shared), (&supervisor, own)] {
        assert!(matches!(edit(&mut desk.db, actor, at(3), id, &words("", "x", "x")), Err(Error::Denied(_))));
        assert!(matches!(remove(&mut desk.db, actor, at(3), id), Err(Error::Denied(_))));
    }
    assert!(matches!(add(&mut desk.db, &agent, at(3), true, &words("", "x", "x")), Err(Error::Denied(_))));
    edit(&mut desk.db, &agent, at(4), own, &words("start", "Hello", "c")).unwrap();
    remove(&mut desk.db, &admin, at(5), shared).unwrap();
    assert_eq!(listed(&desk, &agent), [("start/Hello".to_owned(), true, 0)]);
    assert!(matches!(remove(&mut desk.db, &admin, at(6), shared), Err(Error::NotFound { .. })));
    desk.assert_sound();
}

#[test]
fn two_of_one_name_are_refused_but_not_of_two_people_or_languages() {
    let mut desk = Desk::new();
    let (admin, agent) = (desk.admin.clone(), desk.agent.clone());
    add(&mut desk.db, &agent, at(1), false, &words("a", "Hello", "x")).unwrap();
    let again = add(&mut desk.db, &agent, at(1), false, &words("A", "hello", "y"));
    assert!(matches!(&again, Err(Error::Refused(why)) if why == "name: there is a reply A/hello already"));
    add(&mut desk.db, &admin, at(1), false, &words("a", "Hello", "x")).unwrap();
    add(&mut desk.db, &admin, at(1), true, &words("a", "Hello", "x")).unwrap();
    let french = Words { language: "fr".into(), ..words("a", "Hello", "x") };
    add(&mut desk.db, &agent, at(1), false, &french).unwrap();
    assert_eq!(listed(&desk, &agent).len(), 3);
}

#[test]
fn an_import_is_all_or_nothing_and_twice_is_once() {
    let mut desk = Desk::new();
    let agent = desk.agent.clone();
    let all = [words("a", "One", "1"), words("a", "Two", "2")];
    let done = |added, changed, unchanged| Imported { added, changed, unchanged };
    assert_eq!(import(&mut desk.db, &agent, at(1), false, &all).unwrap(), done(2, 0, 0));
    let changed = [words("a", "One", "1"), words("A", "two", "two"), words("", "Three", "3")];
    assert_eq!(import(&mut desk.db, &agent, at(2), false, &changed).unwrap(), done(1, 1, 1));
    let wrong = [words("", "Four", "4"), words("", "Five", "{")];
    let refused = import(&mut desk.db, &agent, at(3), false, &wrong);
    assert!(matches!(
        &refused,
        Err(Error::Refused(why)) if why == "reply 2, Five: text: a { needs its }; write {{ for a brace"
    ));
    assert_eq!(listed(&desk, &agent).len(), 3);
    assert!(matches!(import(&mut desk.db, &agent, at(4), true, &all), Err(Error::Denied(_))));
}

#[test]
fn what_is_known_of_a_customer_fills_a_reply_in() {
    let desk = Desk::new();
    let id = desk.kevin;
    let custom = r#"update customer set given_name = 'Kevin', amount_due = 449129, currency = 'MUR',
        custom = '{"Due Date":"2025-12-05","rank":3}' where policy_number = 'LIB/C7013'"#;
    desk.run(custom);
    let known = replies(&desk.db, &desk.agent, Some(id), "Curepipe desk", "2025-11-28").unwrap().values;
    let value = |name: &str| known.get(name).map(|value| value.as_str().to_owned());
    for (name, expected) in [
        ("name", Some("Kevin Anderson Curepipe")),
        ("first_name", Some("Kevin")),
        ("last_name", None),
        ("policy", Some("LIB/C7013")),
        ("amount_due", Some("MUR 4,491.29")),
        ("due_date", Some("2025-12-05")),
        ("rank", Some("3")),
        ("mobile", Some(KEVINS)),
        ("email", Some("kevin@example.com")),
        ("agent", Some("David Brown")),
        ("desk", Some("Curepipe desk")),
        ("today", Some("2025-11-28")),
    ] {
        assert_eq!(value(name).as_deref(), expected, "{name}");
    }
    let stranger = replies(&desk.db, &desk.agent, None, "d", "t").unwrap().values;
    assert_eq!(stranger.keys().collect::<Vec<_>>(), ["agent", "desk", "today"]);
    // Nobody's note reaches a text by the name of a field of the office.
    desk.run(r#"update customer set custom = '{"name":"x","agent":"x"}'"#);
    let known = replies(&desk.db, &desk.agent, Some(id), "d", "t").unwrap().values;
    assert_eq!((known["name"].as_str(), known["agent"].as_str()), ("Kevin Anderson Curepipe", "David Brown"));
}

#[test]
fn a_text_that_was_made_of_a_reply_counts_it_and_names_it() {
    let mut desk = Desk::new();
    let agent = desk.agent.clone();
    let id = add(&mut desk.db, &agent, at(1), false, &words("", "Hello", "x")).unwrap();
    let message = desk.allowed_text(at(2), "x");
    used(&mut desk.db, &agent, at(2), id, message).unwrap();
    assert_eq!(listed(&desk, &agent), [("Hello".to_owned(), true, 1)]);
    assert_eq!(desk.one::<i64>("select count(*) from message where template_id is not null"), 1);
}
