//! Texts and consent from the command line; nothing here is sent.

use crate::home::{ADMIN, AGENT, Home, KEVIN, SUPERVISOR};

/// TWS-52, TTX-68: nobody is texted who did not say yes; G24: a yes is for one purpose.
#[test]
fn tws_52_no_text_without_a_yes() {
    let home = Home::desk();
    let send = ["sms", "send", KEVIN, "Bonjour"];
    home.agent(&send).refused(5, &["no consent for service texts", "consent grant"]);
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN, "--wording", "May we text you?"]);
    let sent = home.agent(&send);
    assert!(sent.out.contains("a text to 5737 2333, 1 segment GSM-7"), "{sent:?}");
    home.agent(&[&send[..], &["--purpose", "marketing"]].concat()).refused(5, &["no consent for marketing"]);
    let shown = &home.json(&["consent", "show", KEVIN])[0];
    assert_eq!(shown["standing"]["service"]["allowed"], true);
    assert_eq!(shown["standing"]["marketing"]["allowed"], false);
    assert_eq!(shown["log"][0]["wording"], "May we text you?");
}

/// TWS-54: a no takes back what waits.
#[test]
fn tws_54_a_no_cancels_what_waits() {
    let home = Home::desk();
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN]);
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "one"]);
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "two"]);
    let no = home.ok(&["--as", AGENT, "consent", "revoke", "5737 2333", "--note", "said on the phone"]);
    assert!(no.contains("2 waiting texts to this number are canceled"), "{no}");
    assert_eq!(home.json(&["outbox", "list"]).len(), 0);
    home.agent(&["sms", "send", KEVIN, "three"]).refused(5, &["the customer said no"]);
}

/// G23: a yes belongs to the number and does not move.
#[test]
fn g_23_a_new_number_is_asked_anew() {
    let home = Home::desk();
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN]);
    home.ok(&["--as", AGENT, "update", KEVIN, "--mobile", "58123456", "--reason", "gave"]);
    home.agent(&["sms", "send", KEVIN, "Bonjour"]).refused(5, &["no consent"]);
}

#[test]
fn wrong_texts_are_refused() {
    let home = Home::desk();
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN]);
    let long = "x".repeat(1601);
    let table: [(&[&str], i32, &str); 7] = [
        (&["sms", "send", KEVIN, " "], 2, "there is nothing in it"),
        (&["sms", "send", KEVIN, &long], 2, "1601 units are more than the 1600"),
        (&["sms", "send", KEVIN, "x", "--from", "+12025550143"], 2, "not one of our numbers"),
        (&["sms", "send", KEVIN, "x", "--purpose", "fun"], 2, "service or marketing"),
        (&["sms", "send", "LIB/NONE", "x"], 4, "customer not found"),
        (&["sms", "send", "LIB/C9001", "x"], 4, "has no mobile"),
        (&["consent", "grant", KEVIN, "--method", "import"], 2, "voice, web or paper"),
    ];
    for (args, code, word) in table {
        home.agent(args).refused(code, &[word]);
    }
}

#[test]
fn what_waits_is_shown_with_a_sentence_and_can_be_thrown_away() {
    let home = Home::desk();
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN]);
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "one"]);
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "two"]);
    let list = home.json(&["outbox", "list"]);
    assert!(list[0]["sentence"].as_str().unwrap().starts_with("sends in "), "{list:?}");
    assert_eq!(list[1]["sentence"], "waits behind line 1");
    let discard = ["outbox", "discard", "1", "--reason", "typed to the wrong customer"];
    home.agent(&discard).refused(2, &["--yes"]);
    assert_eq!(home.agent(&[&discard[..], &["--yes"]].concat()).code, 0);
    home.agent(&["outbox", "discard", "77", "--reason", "x", "--yes"])
        .refused(4, &["outbox line not found: 77"]);
    // Somebody else's is a supervisor's business.
    home.ok(&["--as", ADMIN, "sms", "send", KEVIN, "three"]);
    home.agent(&["outbox", "discard", "3", "--reason", "x", "--yes"]).refused(5, &["somebody else"]);
    home.ok(&["--as", SUPERVISOR, "outbox", "discard", "3", "--reason", "x", "--yes"]);
    let texts = home.json(&["sms", "list", KEVIN]);
    let statuses: Vec<_> = texts.iter().map(|text| text["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["discarded", "waiting", "discarded"]);
    home.agent(&["outbox", "retry", "2"]).refused(2, &["there is nothing to retry"]);
}

/// TWS-78, G3: counted by encoding, one answer for each line.
#[test]
fn tws_78_segments_one_line_out_for_each_line_in() {
    let home = Home::empty();
    let stdin = "\"hello\"\n\"\u{2019}\"\nnot json\n\"a\\nb\"\n";
    let ran = home.run_with(&["sms", "segments", "-", "--json"], stdin);
    let out: Vec<&str> = ran.out.lines().collect();
    assert_eq!(out.len(), 4, "{ran:?}");
    assert_eq!(out[0], r#"{"encoding":"GSM-7","segments":1,"units":5}"#);
    assert_eq!(out[1], r#"{"encoding":"UCS-2","segments":1,"units":1}"#);
    assert!(out[2].contains("not a JSON string"));
    assert_eq!(out[3], r#"{"encoding":"GSM-7","segments":1,"units":3}"#);
    assert_eq!(ran.code, 3);
    assert_eq!(home.run_with(&["sms", "segments", "-"], "hello\n").out, "GSM-7  1 segment  5 units\n");
    assert_eq!(home.run(&["sms", "segments", &"x".repeat(161)]).out, "GSM-7  2 segments  161 units\n");
}
