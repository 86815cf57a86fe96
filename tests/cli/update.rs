//! Capturing contact updates: what is refused and why, what is saved and said.

use std::fs;

use crate::home::{AGENT, Home, KEVIN};

/// What has to be said of each wrong form; nothing of it is saved.
#[test]
fn nic_35_to_46_and_128_a_wrong_form_is_refused_with_all_that_is_wrong() {
    let home = Home::desk();
    let long = "x".repeat(501);
    let table: [(&[&str], &[&str]); 9] = [
        // NIC-44: eight digits, no country code needed.
        (
            &["--mobile", "5737233", "--reason", "wrong"],
            &["mobile: ", "8 digits expected, 7 given", "5737 2333"],
        ),
        (&["--mobile", "573723333", "--reason", "wrong"], &["mobile: ", "8 digits expected, 9 given"]),
        (&["--mobile", "5737 2333 ext 5", "--reason", "wrong"], &["mobile: ", "extensions are not taken"]),
        (&["--mobile", "1-800-FLOWERS", "--reason", "wrong"], &["mobile: ", "letters are not taken"]),
        // NIC-128.
        (
            &["--mobile", "+1 202 555 0143", "--reason", "wrong"],
            &["mobile: ", "only Mauritius mobiles (+230)"],
        ),
        // NIC-45.
        (&["--email", "kevin.example.com", "--reason", "wrong"], &["email: ", "name@example.com"]),
        // NIC-35.
        (&["--mobile", "58123456"], &["reason: a reason is required", "1 provided", "6 other"]),
        // NIC-46.
        (&["--reason", "wrong"], &["give a new mobile, a new e-mail or both"]),
        // NIC-43, and every other fault of the form with it.
        (
            &["--mobile", "1", "--email", "x", "--reason", "because", "--notes", &long],
            &["mobile: ", "email: ", "reason: no such reason", "notes: 501 characters; at most 500"],
        ),
    ];
    for (args, words) in table {
        home.agent(&[&["update", KEVIN], args].concat()).refused(2, words);
    }
    assert_eq!(home.json(&["updates", "list"]).len(), 0);
}

/// NIC-117: mobile only, e-mail only, both; NIC-115: several times; NIC-116: notes may be empty.
#[test]
fn nic_117_what_is_captured_counts_at_once() {
    let home = Home::desk();
    let said = home.agent(&["update", KEVIN, "--mobile", "5812 3456", "--reason", "1"]).out;
    // NIC-51.
    assert!(said.starts_with("Contact information updated successfully"), "{said}");
    assert!(said.contains("5737 2333 -> 5812 3456"), "{said}");
    home.agent(&["update", KEVIN, "--email", "o'neil+x@curepipe.example", "--reason", "4"]);
    let both =
        ["update", KEVIN, "--mobile", "+23058123457", "--email", "k@curepipe.example", "--reason", "asked"];
    home.agent(&both);

    let card = home.ok(&["--as", AGENT, "customers", "show", KEVIN]);
    // NIC-28.
    assert!(card.contains("mobile    5812 3457  Updated today by David Brown"), "{card}");
    assert!(card.contains("e-mail    k@curepipe.example  Updated today by David Brown"), "{card}");
    let updates = home.json(&["updates", "list"]);
    let mobiles: Vec<_> = updates.iter().map(|update| update["new_mobile"].as_str()).collect();
    assert_eq!(mobiles, [Some("+23058123456"), None, Some("+23058123457")]);
    assert_eq!(updates[1]["update_reason"], "Email bounced / SMS failed");
    assert_eq!(updates[2]["old_mobile"], "+23058123456", "the value that was shown");
}

#[test]
fn nic_43_five_hundred_characters_fit_also_from_stdin() {
    let home = Home::desk();
    let notes = "é".repeat(500);
    let args = ["--as", AGENT, "update", KEVIN, "--mobile", "58123456", "--reason", "gave", "--notes", "-"];
    assert_eq!(home.run_with(&args, format!("{notes}\n")).code, 0);
    assert_eq!(home.json(&["updates", "list"])[0]["notes"], notes);
}

/// NIC-125: a customer with neither.
#[test]
fn nic_125_a_first_contact_is_captured() {
    let home = Home::desk();
    let said = home.agent(&["update", "LIB/C9001", "--mobile", "58123456", "--reason", "missing"]).out;
    assert!(said.contains("mobile  none -> 5812 3456"), "{said}");
}

#[test]
fn the_customer_must_be_one() {
    let home = Home::desk();
    let form = ["--mobile", "58123456", "--reason", "gave"];
    home.agent(&[&["update", "LIB/NONE"], &form[..]].concat()).refused(4, &["customer not found: LIB/NONE"]);
    // G13: a family on one number.
    home.agent(&[&["update", "5700 9988"], &form[..]].concat())
        .refused(2, &["2 customers match", "policy number"]);
    for name in ["5737 2333", "+23057372333", "v.khanna@example.com", "10013"] {
        assert_eq!(home.agent(&["customers", "show", name]).code, 0, "{name}");
    }
}

/// The office asks how the caller was identified, and tells a mobile that it was replaced.
#[test]
fn the_office_may_ask_more_and_tell_the_old_mobile() {
    let home = Home::desk();
    let config = home.path("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}\n[capture]\nmust_verify = true\ntell_old_mobile = true\n")).unwrap();
    let update = ["update", KEVIN, "--mobile", "58123456", "--reason", "gave"];
    home.agent(&update).refused(2, &["verified: say how the caller was identified"]);
    home.agent(&["consent", "grant", KEVIN, "--method", "voice"]);
    assert_eq!(home.agent(&[&update, &["--verified-by", "date of birth"][..]].concat()).code, 0);
    let texts = home.json(&["sms", "list"]);
    let told: Vec<_> = texts.iter().map(|text| (text["to"].as_str(), text["status"].as_str())).collect();
    assert_eq!(told, [(Some("+23057372333"), Some("waiting"))]);
}

#[test]
fn what_is_on_file_already_is_no_update() {
    let home = Home::desk();
    let same = home.agent(&["update", KEVIN, "--mobile", "5737 2333", "--reason", "gave"]);
    same.refused(2, &["mobile: this is what is on file already"]);
}

#[test]
fn notes_stay_here_and_are_shown() {
    let home = Home::desk();
    assert_eq!(home.agent(&["note", KEVIN, "hard of hearing on the left"]).code, 0);
    let card = home.ok(&["--as", AGENT, "customers", "show", KEVIN]);
    assert!(card.contains("David Brown: hard of hearing on the left"), "{card}");
    home.agent(&["note", KEVIN, "  "]).refused(2, &["there is nothing in it"]);
    assert_eq!(home.json(&["outbox", "list"]).len(), 0);
}
