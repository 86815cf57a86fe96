//! The admin's loop: list, filter, export, mark.

use std::process::Command;

use crate::home::{ADMIN, Home, KEVIN};

fn captured() -> Home {
    let home = Home::desk();
    home.agent(&[
        "update",
        KEVIN,
        "--mobile",
        "58123456",
        "--reason",
        "1",
        "--notes",
        "line one\nline \"two\", =1+1",
    ]);
    home.agent(&["update", "LIB/C9000", "--email", "a+b@example.com", "--reason", "6"]);
    home.admin(&["update", "LIB/C9001", "--mobile", "5844 0010", "--reason", "missing"]);
    home
}

/// NIC-90..92, NIC-120, NIC-121.
#[test]
fn nic_120_every_filter_chooses() {
    let home = captured();
    let numbers = |args: &[&str]| -> Vec<i64> {
        let rows = home.json(&[&["updates", "list"], args].concat());
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(numbers(&[]), [1, 2, 3]);
    assert_eq!(numbers(&["--agent", "24"]), [1, 2]);
    assert_eq!(numbers(&["--find", "c900"]), [2, 3]);
    assert_eq!(numbers(&["--find", "curepipe"]), [1]);
    assert!(numbers(&["--status", "synced"]).is_empty());
    assert_eq!(numbers(&["--from", "2020-01-01", "--to", "2099-12-31"]), [1, 2, 3]);
    assert!(numbers(&["--to", "2020-01-01"]).is_empty());
    // NIC-96: a page begins after the last number of the one before.
    assert_eq!(numbers(&["--limit", "2"]), [1, 2]);
    assert_eq!(numbers(&["--after", "2", "--limit", "2"]), [3]);
    home.admin(&["updates", "list", "--status", "done"]).refused(2, &["--status", "pending, "]);
    home.admin(&["updates", "list", "--from", "1.1.2026"]).refused(2, &["--from", "2026-11-20"]);
}

/// NIC-100: agents see their own.
#[test]
fn nic_100_an_agent_sees_the_agents_own() {
    let home = captured();
    let own = home.agent(&["--json", "updates", "list"]).out;
    assert_eq!(own.lines().count(), 2, "{own}");
}

/// NIC-122: Python's csv module reads back what was captured, in NIC's columns.
#[test]
fn nic_122_python_reads_the_export_back() {
    let home = captured();
    let file = home.path("updates.csv");
    home.ok(&["--as", ADMIN, "updates", "export", "--output", file.to_str().unwrap()]);
    let script = "import csv, json, sys\n\
                  with open(sys.argv[1], newline='', encoding='utf-8') as f: print(json.dumps(list(csv.DictReader(f))))";
    let python = Command::new("python3").args(["-c", script]).arg(&file).output().unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&python.stdout).unwrap();
    assert_eq!(rows.len(), 3);
    let expected = [
        ("id", "1"),
        ("customer_id", "10013"),
        ("policy_number", "LIB/C7013"),
        ("customer_name", "Kevin Anderson Curepipe"),
        ("old_mobile", "57372333"),
        ("new_mobile", "58123456"),
        ("old_email", ""),
        ("new_email", ""),
        ("update_reason", "Customer provided new contact"),
        ("notes", "line one\nline \"two\", =1+1"),
        ("agent_id", "24"),
        ("agent_name", "David Brown"),
        ("status", "pending"),
        ("synced_at", ""),
        ("synced_by", ""),
    ];
    for (column, value) in expected {
        assert_eq!(rows[0][column], value, "{column}");
    }
    assert_eq!(rows[0].as_object().unwrap().len(), 16, "NIC's columns and no other");
    assert_eq!(rows[1]["new_email"], "a+b@example.com");
}

#[test]
fn an_export_appears_whole_or_not_at_all() {
    let home = captured();
    home.admin(&["updates", "export", "--output", "/nowhere/updates.csv"])
        .refused(1, &["/nowhere/updates.csv"]);
    let left: Vec<_> =
        std::fs::read_dir(home.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
    let limited = home.ok(&["--as", ADMIN, "updates", "export", "--limit", "2"]);
    assert_eq!(limited.matches("\r\n").count(), 3, "{limited}");
}

/// NIC-93, NIC-94, NIC-123, G11.
#[test]
fn nic_123_marking_answers_for_each_number() {
    let home = captured();
    let first = home.admin(&["updates", "mark-synced", "1", "3"]);
    assert_eq!((first.code, first.out.as_str()), (0, "1  marked as synced\n3  marked as synced\n"));
    let again = home.admin(&["updates", "mark-synced", "1"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.out.starts_with("1  synced already, by S. Lee on "), "{again:?}");
    let mixed = home.run_with(&["--as", ADMIN, "updates", "mark-synced", "-"], "2\n\n99\n");
    assert_eq!((mixed.code, mixed.out.as_str()), (3, "2  marked as synced\n99  there is no such update\n"));
    assert_eq!(home.admin(&["updates", "mark-synced", "98", "99"]).code, 4);
    home.admin(&["updates", "mark-synced", "one"]).refused(2, &["\"one\" is not the number of an update"]);
    let statuses = home.json(&["updates", "list", "--status", "synced"]);
    assert_eq!(statuses.len(), 3);
    assert_eq!(statuses[0]["synced_by"], 1);
}

/// NIC-94, NIC-95, design 5: a batch is exported, entered and marked as a whole.
#[test]
fn nic_95_the_admins_loop_with_a_batch() {
    let home = captured();
    let file = home.path("batch.csv").to_str().unwrap().to_owned();
    let made = home.admin(&["updates", "export", "--batch", "--find", "C9", "--output", &file]);
    assert_eq!((made.code, made.out.as_str()), (0, ""), "{made:?}");
    assert!(made.err.starts_with("batch 1 with 2 lines is in "), "{made:?}");
    let rows = std::fs::read_to_string(&file).unwrap();
    assert_eq!(rows.lines().skip(1).map(|row| &row[..1]).collect::<Vec<_>>(), ["2", "3"]);

    // Again: byte for byte, to a new file or to stdout; nothing is overwritten.
    let again = home.admin(&["updates", "export", "--batch", "1"]);
    assert_eq!((again.code, again.out), (0, rows));
    home.admin(&["updates", "export", "--batch", "1", "--output", &file]).refused(1, &["exists already"]);
    home.admin(&["updates", "export", "--batch", "1", "--find", "C9"]).refused(2, &["leave out the filters"]);
    home.admin(&["updates", "export", "--batch", "9"]).refused(4, &["batch not found: 9"]);
    home.admin(&["updates", "export", "--batch", "--find", "C9"]).refused(2, &["it is in batch 1 already"]);
    home.agent(&["updates", "export", "--batch"]).refused(5, &["admin"]);

    // Since then one was corrected once more: it is named and stays.
    home.agent(&["update", "LIB/C9001", "--mobile", "5844 0011", "--reason", "2"]);
    let marked = home.admin(&["updates", "mark-synced", "--batch", "1"]);
    assert_eq!(marked.code, 3, "{marked:?}");
    let why = "left out: a newer update of the mobile, number 4, says something else: enter that one";
    assert_eq!(marked.out, format!("2  marked as synced\n3  Paul Appadoo  {why}\n"));
    home.admin(&["updates", "mark-synced", "--batch", "1"]).refused(2, &["marked already, by S. Lee on "]);
    home.admin(&["updates", "mark-synced", "--batch", "1", "2"]).refused(2, &[]);

    // A mistake is taken apart again, asked back with its size.
    let again = home.admin(&["updates", "export", "--batch"]);
    assert_eq!(again.code, 0, "{again:?}");
    home.admin(&["updates", "dissolve", "2"]).refused(2, &["has 2 lines of 3 updates", "--yes"]);
    home.agent(&["updates", "dissolve", "2", "--yes"]).refused(5, &["admin"]);
    let dissolved = home.admin(&["updates", "dissolve", "2", "--yes"]);
    assert_eq!(dissolved.out, "batch 2 is dissolved; pending again: 3\n", "{dissolved:?}");
    home.admin(&["updates", "mark-synced", "--batch", "2"]).refused(2, &["was dissolved on "]);
    home.admin(&["updates", "dissolve", "1", "--yes"]).refused(2, &["marked already"]);

    // The rest, without a file.
    let rest = home.admin(&["updates", "export", "--batch"]);
    assert_eq!((rest.code, rest.out.matches("\r\n").count()), (0, 3), "{rest:?}");
    let batches = home.json(&["updates", "batches"]);
    let told: Vec<_> = batches.iter().map(|b| (b["batch"].as_i64(), b["updates"].clone())).collect();
    let (rest, first) = (serde_json::json!([1, 3, 4]), serde_json::json!([2, 3]));
    assert_eq!(told, [(Some(3), rest.clone()), (Some(2), rest), (Some(1), first)]);
    assert!(batches[0]["marked_at"].is_null() && batches[2]["marked_at"].is_string());
    assert!(batches[0]["dissolved_at"].is_null() && batches[1]["dissolved_at"].is_string());
    let table = home.ok(&["--as", ADMIN, "updates", "batches"]);
    assert_eq!(table.lines().count(), 4, "{table}");
}

/// NIC-135: a clash is listed with was, ours and theirs, and decided; the value of the master's file is never
/// overwritten by ours, nor ours by it, without a person.
#[test]
fn nic_135_a_clash_is_listed_and_decided() {
    let home = captured();
    let none = home.admin(&["updates", "clashes"]);
    assert_eq!(
        none.out,
        "no contact is in clash with the master; it is compared whenever a file of its customers is imported\n"
    );
    let file = home.file(
        "master.csv",
        "customer_id,name,policy_number,mobile\n10013,Kevin Anderson Curepipe,LIB/C7013,57001122\n",
    );
    home.ok(&["--as", ADMIN, "customers", "import", &file]);
    let clash = home.json(&["updates", "clashes"]).remove(0);
    assert_eq!(
        (&clash["field"], &clash["was"], &clash["ours"], &clash["theirs"], &clash["updates"][0]["id"]),
        (&"mobile".into(), &"+23057372333".into(), &"+23058123456".into(), &"+23057001122".into(), &1.into())
    );
    let said = home.admin(&["updates", "clashes"]).out;
    for words in ["1  LIB/C7013", "was     5737 2333", "ours    5812 3456", "theirs  5700 1122  read "] {
        assert!(said.contains(words), "{words}: {said}");
    }
    home.agent(&["updates", "clashes"]).refused(5, &["admin or supervisor"]);
    home.admin(&["updates", "resolve", "2", "--take", "ours"]).refused(4, &["in no clash"]);
    home.admin(&["updates", "resolve", "1", "--take", "12"]).refused(2, &["--take"]);
    let done = home.admin(&["updates", "resolve", "1", "--take", "ours", "--reason", "he called again"]);
    assert_eq!(
        done.out,
        "Kevin Anderson Curepipe: the mobile is 5812 3456; enter it into the master as update 4\n"
    );
    assert_eq!(home.admin(&["updates", "clashes"]).out, none.out);
    let card = home.admin(&["customers", "show", KEVIN]).out;
    assert!(card.contains("5812 3456"), "{card}");
}

/// NIC-133: what a timer runs in the evening and in the morning; `docs/master.md` has the same words.
#[test]
fn nic_133_a_batch_goes_into_a_folder_by_the_clock_and_the_masters_file_comes_back() {
    let guide = include_str!("../../docs/master.md");
    assert!(guide.contains("updates export --batch --output /srv/master/out"));
    assert!(guide.contains("customers import --quiet /srv/master/in/customers.csv"));
    let home = captured();
    let out = home.path("out");
    std::fs::create_dir(&out).unwrap();
    let evening =
        |home: &Home| home.admin(&["updates", "export", "--batch", "--output", out.to_str().unwrap()]);
    assert_eq!(evening(&home).code, 0);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
    evening(&home).refused(2, &["in batch 1 already"]);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1, "nothing twice");
    let file =
        home.file("customers.csv", "customer_id,name,mobile\n10013,Kevin Anderson Curepipe,58123456\n");
    let morning = home.admin(&["customers", "import", "--quiet", &file]);
    assert_eq!(morning.code, 0, "{morning:?}");
    let none = home.admin(&["updates", "clashes"]).out;
    assert!(none.starts_with("no contact is in clash"), "{none}");
}

/// The master's answer marks what it says is entered, and what cannot be believed is named by its line.
#[test]
fn nic_123_the_masters_answer_marks_too() {
    let home = captured();
    home.agent(&["update", "LIB/C9001", "--mobile", "5844 0011", "--reason", "2"]);
    home.ok(&["--as", ADMIN, "updates", "export", "--batch"]);
    let file = home.path("answer.csv");
    std::fs::write(&file, "id,result\n1,done\n2,failed\n4,ok\n1,done\n99,ok\n5").unwrap();
    let answered = home.admin(&["updates", "mark-synced", "--from", file.to_str().unwrap()]);
    assert_eq!(answered.code, 3, "{answered:?}");
    let done = "1  marked as synced\n3  marked as synced\n4  marked as synced\n";
    assert_eq!(answered.out, format!("{done}99    left out: there is no such update\n"));
    let named = [
        "line 5: number 1 again, first in line 2",
        "line 7: the row is cut short: it has 1 of 2 columns",
        "line 3: number 2 was not entered, says the master",
    ];
    assert_eq!(answered.err.lines().collect::<Vec<_>>(), named);
    home.agent(&["updates", "mark-synced", "--from", file.to_str().unwrap()]).refused(5, &["admin"]);
    // The rest is marked as ever, and the batch is closed.
    std::fs::write(&file, "id,result\n2,ok\n").unwrap();
    assert_eq!(home.admin(&["updates", "mark-synced", "--from", file.to_str().unwrap()]).code, 0);
    assert!(home.json(&["updates", "batches"])[0]["marked_at"].is_string());
}

/// NIC-139..142: the report for people, programs and spreadsheets.
#[test]
fn nic_139_to_142_the_report_counts_what_was_captured() {
    let home = captured();
    let report = &home.json(&["report", "updates"])[0];
    assert_eq!((report["updates"].as_i64(), report["days"].as_array().map(Vec::len)), (Some(3), Some(28)));
    let agents = serde_json::json!([
        { "agent_id": 24, "agent_name": "David Brown", "updates": 2, "rejected": 0 },
        { "agent_id": 1, "agent_name": "S. Lee", "updates": 1, "rejected": 0 },
    ]);
    assert_eq!(report["agents"], agents);
    assert_eq!(report["corrected"], serde_json::json!({ "values": 3, "reached": 0, "failed": 0 }));
    let table = home.ok(&["--as", ADMIN, "report", "updates", "--csv"]);
    assert!(table.starts_with("what,of,count\nupdates,,3\n"), "{table}");
    home.admin(&["--json", "report", "updates", "--csv"]).refused(2, &["choose one"]);
    home.agent(&["report", "updates"]).refused(5, &["agents see their own"]);
    home.admin(&["report", "updates", "--from", "2026-02-01", "--to", "2026-01-01"]).refused(2, &["--from"]);
}

/// NIC-131: nothing an agent captures counts before somebody has said yes; the answer reaches the agent.
#[test]
fn nic_131_what_awaits_approval_is_approved_or_rejected() {
    let home = Home::desk();
    let config = std::fs::read_to_string(home.path("config.toml")).unwrap();
    home.file("config.toml", config + "\n[updates]\napproval = \"required\"\n");
    for mobile in ["58123456", "58440010"] {
        home.agent(&["update", KEVIN, "--mobile", mobile, "--reason", "1"]);
    }
    let mobile = || home.json(&["customers", "show", KEVIN])[0]["mobile"].clone();
    let before = mobile();
    home.agent(&["updates", "approve", "1"]).refused(5, &["admin"]);
    assert_eq!(home.admin(&["updates", "approve", "1"]).out, "1  approved\n");
    assert_ne!(mobile(), before, "it counts");
    let no = home.admin(&["updates", "reject", "2", "9", "--reason", "heard wrong"]);
    assert_eq!((no.code, no.out.as_str()), (3, "2  rejected\n"));
    assert!(no.err.contains("9    left out: update not found: 9"), "{no:?}");
    home.admin(&["updates", "approve", "2"]).refused(1, &["it awaits no approval"]);
    let status: Vec<_> = home.json(&["updates", "list"]).iter().map(|row| row["status"].clone()).collect();
    assert_eq!(status, ["pending", "rejected"]);
}
