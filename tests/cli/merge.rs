//! `customers duplicates`, `merge` and `split`, from the outside.

use serde_json::Value;

use crate::home::{ADMIN, AGENT, Home, KEVIN, SUPERVISOR};

const TWIN: &str = "\
customer_id,policy_number,name,mobile,email,company,city,payment_status
10014,LIB/C8013,Kevin Curepipe,57372333,kevin@curepipe.example,Curepipe Motors,Curepipe,paid
";

fn home() -> Home {
    let home = Home::desk();
    let file = home.file("twin.csv", TWIN);
    home.ok(&["--as", ADMIN, "customers", "import", &file]);
    home
}

fn shown(home: &Home, name: &str) -> Value {
    home.json(&["customers", "show", name]).remove(0)
}

fn merge_id(home: &Home) -> String {
    shown(home, KEVIN)["merged"][0]["merge"].as_str().unwrap().to_owned()
}

fn sound(home: &Home) {
    home.ok(&["--as", ADMIN, "doctor"]);
}

#[test]
fn who_looks_alike_is_listed_with_the_reason_and_families_are_none() {
    let home = home();
    let said = home.agent(&["customers", "duplicates", KEVIN]).out;
    assert!(said.contains("Kevin Curepipe"), "{said}");
    assert!(said.contains("same mobile, one name is part of the other"), "{said}");
    let said = home.agent(&["customers", "duplicates", "LIB/C9000"]).out;
    assert!(said.contains("Paul Li") && said.contains("same mobile, other name"), "{said}");
    let all = home.json(&["customers", "duplicates"]);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["reason"], "same mobile, one name is part of the other");
    let none = home.agent(&["customers", "duplicates", "LIB/C9001"]);
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert!(none.err.contains("nobody looks like this one"), "{none:?}");
}

#[test]
fn two_become_one_and_two_again() {
    let home = home();
    let before = [shown(&home, KEVIN), shown(&home, "LIB/C8013")];
    let merge = ["customers", "merge", KEVIN, "LIB/C8013", "--take", "email=gone", "--take", "payment=gone"];

    let said = home.ok(&[&["--as", SUPERVISOR], &merge[..], &["--dry-run"]].concat());
    let email = said.lines().find(|line| line.starts_with("email")).unwrap();
    assert!(
        email.contains("kevin@curepipe.example *") && !email.contains("v.khanna@example.com *"),
        "{said}"
    );
    assert_eq!(shown(&home, "LIB/C8013"), before[1], "nothing was changed");

    home.agent(&merge).refused(5, &["a supervisor or an admin merges customers"]);
    let said = home.ok(&[&["--as", SUPERVISOR], &merge[..]].concat());
    assert!(said.contains("Kevin Curepipe is now found as Kevin Anderson Curepipe"), "{said}");
    sound(&home);

    // By either policy, either master id, either id.
    let twin = before[1]["id"].as_str().unwrap();
    for name in [KEVIN, "LIB/C8013", "10013", "10014", twin, "57372333", "kevin@curepipe.example"] {
        assert_eq!(shown(&home, name)["id"], before[0]["id"], "{name}");
    }
    let card = shown(&home, KEVIN);
    let field = |name: &str| card[name].clone();
    assert_eq!((field("payment"), field("company")), ("paid".into(), "Curepipe Motors".into()));
    assert_eq!(card["email"]["value"], "kevin@curepipe.example");
    assert_eq!(card["email"]["updated_by"], SUPERVISOR);
    assert_eq!(card["merged"][0]["policy_number"], "LIB/C8013");
    let update = home.json(&["updates", "list"]).remove(0);
    assert_eq!(update["notes"], "merged with Kevin Curepipe (LIB/C8013)");
    assert_eq!(home.agent(&["lookup", "C8013"]).code, 0);
    home.agent(&["note", "LIB/C8013", "since"]);

    let id = merge_id(&home);
    home.agent(&["customers", "split", &id]).refused(5, &["a supervisor or an admin"]);
    let said = home.ok(&["--as", ADMIN, "customers", "split", &id]);
    assert!(said.contains("Kevin Anderson Curepipe and Kevin Curepipe are two customers again"), "{said}");
    assert!(said.contains("1 entry from after the merge stays with Kevin Anderson Curepipe"), "{said}");
    sound(&home);
    assert_eq!(shown(&home, "LIB/C8013"), before[1]);
    let mut kept = shown(&home, KEVIN);
    assert_eq!(kept["notes"][0]["body"], "since");
    kept["notes"] = Value::Array(Vec::new());
    assert_eq!(kept, before[0]);
    home.admin(&["customers", "split", &id]).refused(2, &["this merge was split already"]);
}

/// The master's next file has both rows still.
#[test]
fn an_import_after_a_merge_brings_nobody_back() {
    let home = home();
    home.ok(&["--as", ADMIN, "customers", "merge", KEVIN, "LIB/C8013"]);
    let file = home.file("twin.csv", TWIN.replace("57372333", "58440077"));
    home.ok(&["--as", ADMIN, "customers", "import", &file]);
    let card = shown(&home, "LIB/C8013");
    assert_eq!(
        (&card["name"], &card["mobile"]["value"]),
        (&"Kevin Anderson Curepipe".into(), &"+23057372333".into())
    );
    let found = home.json(&["lookup", "58440077"]);
    assert_eq!((found.len(), &found[0]["policy_number"]), (1, &KEVIN.into()));
    sound(&home);
}

#[test]
fn what_is_wrong_is_named() {
    let home = home();
    let refused = |args: &[&str], code, words: &[&str]| {
        home.admin(&[&["customers"], args].concat()).refused(code, words);
    };
    refused(&["merge", KEVIN, KEVIN], 2, &["these two are one customer already"]);
    refused(&["merge", KEVIN, "LIB/C0000"], 4, &["customer not found: LIB/C0000"]);
    refused(
        &["merge", KEVIN, "LIB/C8013", "--take", "colour=gone"],
        2,
        &["colour=gone", "there are name, mobile"],
    );
    refused(&["merge", KEVIN, "LIB/C8013", "--take", "company"], 2, &["write it like company=gone"]);
    refused(&["split", "17"], 2, &["\"17\" is no merge"]);
    refused(&["split", "00000000-0000-7000-8000-000000000000"], 4, &["merge not found"]);
    refused(&["duplicates", "LIB/C0000"], 4, &["customer not found"]);
    let ran = home.run(&["--as", AGENT, "customers", "merge", KEVIN]);
    assert_eq!(ran.code, 2, "{ran:?}");
}
