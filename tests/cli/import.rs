//! Taking in the master's customers: good rows go in, bad ones are named with line and field.

use crate::home::{ADMIN, Home, Ran, lines};

fn desk() -> Home {
    let home = Home::empty();
    home.ok(&["init", "--admin", ADMIN]);
    home
}

fn import(home: &Home, csv: impl Into<Vec<u8>>, more: &[&str]) -> Ran {
    home.run_with(&[&["customers", "import", "-"], more].concat(), csv)
}

#[test]
fn ttx_46_good_rows_go_in_and_bad_rows_are_named() {
    let home = desk();
    let csv = "Name,Mobile,E-mail\n\
               Anna,5798 0001,anna@example.com\n\
               ,5798 0002,\n\
               \"Two\nLines\",57980003,\n\
               Short,5798\n\
               Long,57980005,,,,\n\
               Bad,1234,not-an-address\n\
               Last,57980007,last@example.com\n";
    let ran = import(&home, csv, &[]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.out, "3 new, 0 changed, 0 unchanged, 4 refused\n");
    for word in ["line 3, ", "line 6, ", "line 7, ", "line 8, Mobile: ", "line 8, E-mail: "] {
        assert!(ran.err.contains(word), "{word}: {ran:?}");
    }
    assert_eq!(home.json(&["lookup", "57980003"])[0]["name"], "Two\nLines");

    let as_json = import(&home, csv, &["--json"]);
    let said = lines(&as_json.out);
    assert_eq!((as_json.code, as_json.err.as_str()), (3, ""));
    assert_eq!(said.last().unwrap()["unchanged"], 3);
    let bad: Vec<_> = said.iter().filter(|line| line["line"] == 8).map(|line| &line["field"]).collect();
    assert_eq!(bad, ["Mobile", "E-mail"]);
}

#[test]
fn a_second_import_changes_only_what_differs() {
    let home = desk();
    let csv = "id;policy;name;mobile;status\r\n1;P-1;Anna;57980001;pending\r\n2;P-2;Ben;57980002;paid\r\n";
    let first = import(&home, format!("\u{feff}{csv}"), &[]);
    assert_eq!(
        (first.code, first.out.as_str()),
        (0, "2 new, 0 changed, 0 unchanged, 0 refused\n"),
        "{first:?}"
    );
    assert_eq!(import(&home, csv, &[]).out, "0 new, 0 changed, 2 unchanged, 0 refused\n");
    let changed = csv.replace("57980002", "57980009");
    assert_eq!(import(&home, changed, &[]).out, "0 new, 1 changed, 1 unchanged, 0 refused\n");
    let card = &home.json(&["customers", "show", "P-2"])[0];
    assert_eq!(card["mobile"]["value"], "+23057980009");
}

#[test]
fn a_dry_run_stores_nothing() {
    let home = desk();
    let ran = import(
        &home,
        "Kunde,Handy\nAnna,57980001\nBen,1\n",
        &["--dry-run", "--map", "Kunde=name", "--map", "Handy=mobile"],
    );
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (
            3,
            "Row  Name  Mobile     E-mail  Policy  Would be\n2    Anna  5798 0001  -       -       new\n\
             1 new, 0 changed, 0 unchanged, 1 refused; nothing was stored\n"
        ),
        "{ran:?}"
    );
    assert!(ran.err.contains("column Handy -> mobile"), "{ran:?}");
    assert_eq!(home.run(&["lookup", "Anna"]).code, 4);
}

#[test]
fn a_file_that_cannot_be_understood_is_refused_as_a_whole() {
    let home = desk();
    let table: [(&[u8], &[&str], &str); 7] = [
        (b"", &[], "the file is empty"),
        (b"Name,Mobile\n", &[], "no rows"),
        (b"Mobile,E-mail\n57980001,a@example.com\n", &[], "no column holds the name"),
        (b"PK\x03\x04rest", &[], "workbook"),
        (b"\xff\xfeN\0a\0m\0e\0", &[], "no rows"),
        (b"Name\nAnna\n", &["--map", "Name"], "--map \"Header=field\""),
        (b"Name\nAnna\n", &["--map", "Kunde=name"], "there is no column \"Kunde\""),
    ];
    for (bytes, more, word) in table {
        import(&home, bytes, more).refused(2, &[word]);
    }
    home.run(&["customers", "import", "/nowhere.csv"]).refused(4, &["there is no such file"]);
}

#[test]
fn wrong_bytes_cost_their_row_only() {
    let home = desk();
    let csv = b"Name,Mobile\nZo\xeb,57980001\nBen,57980002\n".as_slice();
    let ran = import(&home, csv, &["--charset", "utf-8"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, "1 new, 0 changed, 0 unchanged, 1 refused\n"), "{ran:?}");
    assert!(ran.err.contains("line 2, Name: "), "{ran:?}");
}

#[test]
fn with_no_good_row_nothing_was_done() {
    let home = desk();
    assert_eq!(import(&home, "Name,Mobile\nAnna,1\n", &[]).code, 1);
}

/// TTX-46: what rows do to who is here already.
#[test]
fn matched_customers_are_skipped_filled_or_overwritten() {
    let first = "id,policy,name,mobile,company,tags\n1,P-1,Anna,57980001,,vip\n";
    let second = "id,policy,name,mobile,company,tags\n1,P-1,Anne,57980009,Example Ltd,north\n2,P-2,Ben,,,\n";
    let table = [
        ("skip", "1 new, 0 changed, 1 unchanged", "Anna", "+23057980001", serde_json::Value::Null, "vip"),
        ("fill-empty", "1 new, 1 changed, 0 unchanged", "Anna", "+23057980001", "Example Ltd".into(), "vip"),
        ("overwrite", "1 new, 1 changed, 0 unchanged", "Anne", "+23057980009", "Example Ltd".into(), "north"),
    ];
    for (on, counts, name, mobile, company, tag) in table {
        let home = desk();
        import(&home, first, &[]);
        assert_eq!(import(&home, second, &["--on", on]).out, format!("{counts}, 0 refused\n"), "{on}");
        let card = &home.json(&["customers", "show", "P-1"])[0];
        let found = (&card["name"], &card["mobile"]["value"], &card["company"], &card["tags"]);
        assert_eq!(found, (&name.into(), &mobile.into(), &company, &serde_json::json!([tag])), "{on}");
        assert_eq!(import(&home, second, &["--on", on]).out, "0 new, 0 changed, 2 unchanged, 0 refused\n");
    }
    import(&desk(), first, &["--on", "replace"]).refused(2, &["skip, fill-empty or overwrite"]);
}

/// The columns of a source mean the next time what they meant the last time.
#[test]
fn a_mapping_is_remembered_for_its_source() {
    let home = desk();
    let csv = "Kunde,Handy,Ort\nAnna,57980001,Curepipe\n";
    let map = ["--map", "Kunde=name", "--map", "Handy=work-phone", "--map", "Ort=city"];
    let dry = [map.as_slice(), &["--source", "Broker", "--dry-run"]].concat();
    import(&home, csv, &dry);
    import(&home, csv, &["--source", "Broker"]).refused(2, &["no column holds the name"]);
    let said = import(&home, csv, &[map.as_slice(), &["--source", "Broker"]].concat());
    assert_eq!(said.out, "1 new, 0 changed, 0 unchanged, 0 refused\n", "{said:?}");
    let again = import(&home, csv, &["--source", "broker", "--dry-run"]);
    assert!(again.err.contains("column Handy -> work-phone (as the last time)"), "{again:?}");
    assert!(
        again.out.ends_with("0 new, 0 changed, 1 unchanged, 0 refused; nothing was stored\n"),
        "{again:?}"
    );
}

/// TTX-46: one import is one unit. Whom nobody has changed since is what they were.
#[test]
fn an_import_is_undone_as_a_whole() {
    let home = Home::desk();
    let people = |home: &Home| home.run(&["--as", "1", "lookup", "Undoable", "--json"]).out;
    let admin = |home: &Home, csv: &str, more: &[&str]| {
        home.run_with(&[&["--as", "1", "customers", "import", "-"], more].concat(), csv)
    };
    let first = "id,policy,name,mobile,email,company\n901,U-1,Anna Undoable,57980001,anna@example.com,Old Ltd\n\
                 902,U-2,Ben Undoable,57980002,,\n903,U-3,Cleo Undoable,57980003,,\n";
    admin(&home, first, &[]);
    let before = people(&home);
    let second = "id,policy,name,mobile,email,company\n901,U-1,Anne Undoable,57980011,,New Ltd\n\
                  902,U-2,Ben Undoable,57980012,,\n903,U-3,Cleo Undoable,57980003,cleo@example.com,\n\
                  904,U-4,Dan Undoable,57980004,,\n905,U-5,Eve Undoable,57980005,,\n";
    assert_eq!(admin(&home, second, &[]).out, "2 new, 3 changed, 0 unchanged, 0 refused\n");
    // Two are dealt with afterwards: one of those who were changed, one of those who are new.
    home.ok(&["--as", "24", "update", "U-2", "--mobile", "57980099", "--reason", "wrong"]);
    home.ok(&["--as", "24", "note", "U-5", "calls after five"]);

    let number = home.json(&["customers", "imports"])[0]["import"].to_string();
    home.run(&["--as", "24", "customers", "import", "--undo", &number]).refused(5, &["supervisor"]);
    let undone = home.run(&["--as", "1", "customers", "import", "--undo", &number]);
    assert_eq!((undone.code, undone.out), (3, format!("import {number} undone: 1 taken out, 2 put back\n")));
    let left: Vec<&str> = undone.err.lines().map(|line| line.rsplit(": ").next().unwrap()).collect();
    assert_eq!(left, ["Ben Undoable (U-2)", "Eve Undoable (U-5)"]);

    let card = |policy: &str| home.json(&["customers", "show", policy])[0].clone();
    let anna = card("U-1");
    assert_eq!(
        (&anna["name"], &anna["mobile"]["value"], &anna["email"]["value"], &anna["company"]),
        (&"Anna Undoable".into(), &"+23057980001".into(), &"anna@example.com".into(), &"Old Ltd".into())
    );
    assert_eq!(card("U-3")["email"], serde_json::Value::Null);
    assert_eq!(card("U-2")["mobile"]["value"], "+23057980099");
    assert_eq!(card("U-5")["name"], "Eve Undoable");
    assert_eq!(home.run(&["--as", "1", "customers", "show", "U-4"]).code, 4);
    assert_eq!(home.run(&["--as", "1", "lookup", "57980011"]).code, 4, "the number is gone from the look-up");
    assert_ne!(people(&home), before, "Ben and Eve are as they were left");

    // It is listed, not undone twice, and can be taken in again.
    let listed = home.json(&["customers", "imports"]);
    assert_eq!(
        (&listed[0]["state"], &listed[0]["new"], &listed[0]["changed"]),
        (&"undone".into(), &2.into(), &3.into())
    );
    home.run(&["--as", "1", "customers", "import", "--undo", &number]).refused(2, &["is undone already"]);
    home.run(&["--as", "1", "customers", "import", "--undo", "999"]).refused(4, &["import not found: 999"]);
    assert_eq!(admin(&home, second, &[]).out, "1 new, 2 changed, 2 unchanged, 0 refused\n");
    assert_eq!(home.run(&["--as", "1", "doctor"]).code, 0);
}

/// 50,000 rows, 500 of them broken: each is named, the others are in.
#[test]
fn a_large_file_goes_in_and_every_broken_row_is_named() {
    const ROWS: usize = 50_000;
    let home = desk();
    let mut csv = String::from("customer_id,policy_number,name,mobile,email\n");
    let mut broken = Vec::new();
    for n in 0..ROWS {
        let digits = if n % 100 == 7 { 7 } else { 8 };
        if digits == 7 {
            broken.push(n + 2);
        }
        let mobile = &format!("58{n:06}")[..digits];
        csv.push_str(&format!("{n},LIB/C{n},Customer {n},{mobile},c{n}@example.com\n"));
    }
    let ran = import(&home, csv, &["--json"]);
    assert_eq!(ran.code, 3);
    let said = lines(&ran.out);
    let (counts, problems) = said.split_last().unwrap();
    assert_eq!((counts["new"].as_u64(), counts["refused"].as_u64()), (Some(49_500), Some(500)));
    let named: Vec<_> =
        problems.iter().map(|line| usize::try_from(line["line"].as_u64().unwrap()).unwrap()).collect();
    assert_eq!(named, broken);
}

/// TWS-2, TWS-73, G13: added by hand under the same rules; a shared number is worth a word.
#[test]
fn tws_73_a_customer_added_by_hand() {
    let home = Home::desk();
    let added =
        home.agent(&["customers", "add", "--name", "Zoë Li", "--mobile", "5700 9988", "--tag", "family"]);
    assert_eq!(added.code, 0, "{added:?}");
    assert!(added.err.contains("the same number is on file for Marie Li, Paul Li"), "{added:?}");
    let wrong = ["customers", "add", "--name", "", "--mobile", "1", "--email", "x", "--amount-due", "many"];
    home.agent(&wrong).refused(2, &["name", "mobile: ", "email: ", "amount-due: "]);
    home.agent(&["customers", "add"]).refused(2, &["--name"]);
}
