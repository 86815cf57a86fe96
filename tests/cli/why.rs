//! Why a text was not sent (TWS-75, TWS-76), and what Show 1 of issue 6 asks of the commands.

use crate::home::{AGENT, Home, KEVIN};

fn waiting() -> Home {
    let home = Home::desk();
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN]);
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "Bonjour"]);
    home
}

fn stands(home: &Home, id: &str) -> (String, String) {
    let why = &home.json(&["outbox", "why", id])[0];
    let steps = why["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["state"] == "stands in the way");
    let station = step.map_or("none", |step| step["station"].as_str().unwrap());
    (station.to_owned(), why["verdict"].as_str().unwrap().to_owned())
}

/// In the order of the walk: the undo window, then the credentials that are missing by name (TWS-72), then
/// the gate, which comes first of all.
#[test]
fn tws_72_75_76_outbox_why_names_what_stands_in_the_way() {
    let home = waiting();
    let (station, says) = stands(&home, "1");
    assert!(station == "time" && says.contains("nothing to do"), "{says}");
    let text = home.ok(&["--as", AGENT, "outbox", "why", "1"]);
    for word in ["Line 1. Status: waiting.", "ok gate", "X  time", "-  network", "-  carrier"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    home.ok(&["--as", AGENT, "consent", "revoke", KEVIN, "--note", "said on the phone"]);
    let (station, says) = stands(&home, "1");
    assert!(station == "gate" && says.contains("said no"), "{says}");
    home.agent(&["outbox", "why", "77"]).refused(4, &["outbox line not found"]);
    home.agent(&["outbox", "why", "SM00"]).refused(4, &["text not found"]);
}

/// TWS-71: what is no number is refused with an example. TWS-73: a number that is on file is no error.
#[test]
fn tws_71_73_numbers_that_are_wrong_and_numbers_that_are_shared() {
    let home = Home::desk();
    home.agent(&["customers", "add", "--name", "Kim", "--mobile", "123"]).refused(2, &["write it like"]);
    let added = home.agent(&["customers", "add", "--name", "Kim", "--mobile", "57372333"]);
    assert_eq!(added.code, 0, "{added:?}");
    assert!(format!("{}{}", added.out, added.err).contains("Kevin"), "the others are named: {added:?}");
}

/// TWS-89: the history of a customer is all of it. TWS-88: part of a number finds them.
#[test]
fn tws_88_89_the_history_and_part_of_a_number() {
    let home = waiting();
    for text in ["two", "three"] {
        home.ok(&["--as", AGENT, "sms", "send", KEVIN, text]);
    }
    let bodies: Vec<_> = home.json(&["sms", "list", KEVIN]).iter().map(|text| text["body"].clone()).collect();
    assert_eq!(bodies, ["Bonjour", "two", "three"]);
    let found = home.ok(&["--as", AGENT, "lookup", "7233"]);
    assert!(found.contains("Kevin"), "{found}");
}
