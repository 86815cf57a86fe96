//! Texts, consents and updates as files, and what never leaves.

use serde_json::json;

use crate::home::{ADMIN, AGENT, Home, KEVIN, SUPERVISOR, lines};

fn talked() -> Home {
    let home = Home::desk();
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN, "--wording", "May we, \"please\"?"]);
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "=Bonjour,\nKevin"]);
    home.ok(&["--as", AGENT, "update", KEVIN, "--email", "new@example.com", "--reason", "gave"]);
    home
}

#[test]
fn texts_leave_word_for_word() {
    let home = talked();
    let file = home.path("texts.jsonl");
    let out = home.run(&["--as", SUPERVISOR, "messages", "export", "-o", file.to_str().unwrap()]);
    assert_eq!((out.code, out.out.as_str()), (0, ""), "{out:?}");
    assert!(out.err.starts_with("1 texts are in "), "{out:?}");
    let text = &lines(&std::fs::read_to_string(&file).unwrap())[0];
    for (key, value) in [
        ("direction", json!("outbound")),
        ("from", json!("+23052500100")),
        ("to", json!("+23057372333")),
        ("customer_name", json!("Kevin Anderson Curepipe")),
        ("body", json!("=Bonjour,\nKevin")),
        ("purpose", json!("service")),
        ("sent_by", json!(AGENT)),
    ] {
        assert_eq!(text[key], value, "{key}");
    }
    let csv = home.ok(&["--as", ADMIN, "sms", "export", "--for-spreadsheet"]);
    assert!(csv.starts_with("\u{feff}id,sid,direction,from,to,"), "{csv}");
    assert!(csv.contains(",\"'=Bonjour,\nKevin\",") && csv.contains(",'+23057372333,"), "{csv}");
    let none = home.ok(&["--as", ADMIN, "sms", "export", "--to", "2020-01-01", "--of", KEVIN]);
    assert_eq!(none.lines().count(), 1, "{none}");
    home.agent(&["sms", "export"]).refused(5, &["only a supervisor or an admin takes"]);
    home.admin(&["sms", "export", "--format", "vcf"]).refused(2, &["choose csv, xlsx, jsonl"]);
    home.admin(&["sms", "export", "--from", "yesterday"]).refused(2, &["--from: write the day like"]);
}

#[test]
fn the_consent_log_leaves_line_by_line() {
    let home = talked();
    let log = lines(&home.ok(&["--as", SUPERVISOR, "consent", "export", "--format", "jsonl"]));
    assert_eq!(log.len(), 1);
    for (key, value) in [
        ("address", "+23057372333"),
        ("channel", "sms"),
        ("purpose", "service"),
        ("act", "grant"),
        ("method", "voice"),
        ("wording", "May we, \"please\"?"),
        ("taken_by", AGENT),
    ] {
        assert_eq!(log[0][key], value, "{key}");
    }
    home.agent(&["consent", "export"]).refused(5, &["only a supervisor or an admin takes"]);
}

/// NIC-98: only admins take updates out; NIC's columns in every form.
#[test]
fn updates_leave_in_every_form_with_the_same_columns() {
    let home = talked();
    let line = &lines(&home.ok(&["--as", ADMIN, "updates", "export", "--format", "jsonl"]))[0];
    assert_eq!((&line["id"], &line["new_email"]), (&json!(1), &json!("new@example.com")));
    assert_eq!((&line["policy_number"], &line["agent_id"]), (&json!(KEVIN), &json!(24)));
    let file = home.path("updates.xlsx");
    let file = file.to_str().unwrap();
    home.ok(&["--as", ADMIN, "updates", "export", "-o", file]);
    assert!(std::fs::read(file).unwrap().starts_with(b"PK"));
    home.admin(&["updates", "export", "-o", file]).refused(1, &["exists already", "--force"]);
    assert_eq!(home.ok(&["--as", ADMIN, "updates", "export", "-o", "-"]).lines().count(), 2);
    home.run(&["--as", SUPERVISOR, "updates", "export"]).refused(5, &["only an admin may do this"]);
}

/// TTX-58..67: what a form calls sensitive is in no file, whatever is asked for.
#[test]
fn sensitive_fields_stay_here() {
    let home = Home::desk();
    let file = home.file("more.csv", "Name,Medical notes,Shoe size\nJane Doe,asthma,42\n");
    home.ok(&["--as", ADMIN, "customers", "import", &file]);
    for format in ["csv", "jsonl", "vcf", "salesforce"] {
        let out = home.ok(&["--as", ADMIN, "customers", "export", "--format", format, "--where", "jane"]);
        // A card is folded, and carries blanks as JSON can.
        let out = out.replace("\r\n ", "").replace("\\\\u0020", " ");
        assert!(out.contains("Shoe size") && out.contains("42"), "{format}: {out}");
        assert!(!out.contains("asthma") && !out.contains("Medical"), "{format}: {out}");
    }
    home.admin(&["customers", "export", "--columns", "name,Medical notes"])
        .refused(2, &["there is no column \"Medical notes\""]);
}

/// CVIA-27, through the program.
#[test]
fn salesforce_gets_requests_line_by_line() {
    let home = talked();
    let with = [
        "--as",
        ADMIN,
        "customers",
        "export",
        "--format",
        "salesforce",
        "--with",
        "interactions,transcripts",
    ];
    let requests = lines(&home.ok(&with));
    let urls: Vec<&str> = requests.iter().map(|request| request["url"].as_str().unwrap()).collect();
    let url = |object: &str| format!("/services/data/v60.0/composite/sobjects/{object}/Cordboard_Id__c");
    assert_eq!(urls, [url("Contact"), url("Task")]);
    let names: Vec<&str> = requests[0]["body"]["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contact| contact["LastName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Kevin Anderson Curepipe", "Marie Li", "Paul Li", "Paul Appadoo"]);
    let subjects: Vec<&str> = requests[1]["body"]["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["Subject"].as_str().unwrap())
        .collect();
    assert_eq!(subjects, ["update about Kevin Anderson Curepipe", "text to Kevin Anderson Curepipe"]);
}
