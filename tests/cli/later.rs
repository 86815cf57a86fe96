//! Quiet hours and texts for later from the command line; nothing here is sent.

use cordboard::domain::time::Micros;

use crate::home::{ADMIN, AGENT, Home, KEVIN};

#[expect(clippy::disallowed_methods, reason = "the program reads the real clock")]
fn now() -> Micros {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Micros(i64::try_from(since.as_micros()).unwrap())
}

fn with_a_yes() -> Home {
    let home = Home::desk();
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN]);
    home
}

/// A configuration like the desk's with a file of hours of its own.
fn with_hours(home: &Home, hours: &str) -> String {
    let file = home.file("quiet.toml", hours);
    let config = std::fs::read_to_string(home.path("config.toml")).unwrap();
    assert!(config.contains("[sms]\n"), "{config}");
    home.file("quiet-desk.toml", config.replace("[sms]\n", &format!("[sms]\nquiet_hours = {file:?}\n")))
}

/// The hour of Mauritius so many hours from now.
fn hour(ahead: i64) -> i64 {
    (now().0 / 3_600_000_000 + 4 + ahead).rem_euclid(24)
}

/// Show 5: an office's own hours, six hours from now and one hour long.
#[test]
fn show_5_in_quiet_hours_a_text_waits_and_says_till_when() {
    let home = with_a_yes();
    let opens = hour(6);
    let own = format!("[MU]\nallowed = \"{opens:02}:00-{opens:02}:59\"\nservice = \"waits\"\n");
    let config = with_hours(&home, &own);
    let with = |args: &[&str]| home.ok(&[&["--config", &config, "--as", AGENT], args].concat());
    let said = with(&["sms", "send", KEVIN, "Bonjour"]);
    assert!(
        said.contains(&format!("waits: quiet hours till {opens:02}:00, by the customer's clock")),
        "{said}"
    );
    let listed = with(&["outbox", "list"]);
    assert!(listed.contains(&format!("waits: quiet hours till {opens:02}:00")), "{listed}");
}

#[test]
fn a_file_of_hours_that_is_wrong_stops_the_command_with_its_line() {
    let home = with_a_yes();
    let config = with_hours(&home, "[MU]\nallowed = \"8-21\"\n");
    let ran = home.run(&["--config", &config, "--as", AGENT, "sms", "send", KEVIN, "Bonjour"]);
    assert_ne!(ran.code, 0);
    assert!(ran.err.contains("quiet.toml:2:11: hours are written like \"08:00-21:00\""), "{ran:?}");
    assert_eq!(home.json(&["outbox", "list"]).len(), 0);
}

/// TWS-92.
#[test]
fn tws_92_sent_later_listed_moved_and_canceled() {
    let home = with_a_yes();
    let said = home.ok(&["--as", AGENT, "sms", "send", KEVIN, "Bonjour", "--at", "tomorrow 9"]);
    assert!(said.contains("sends ") && said.contains(" 09:00, by the customer's clock"), "{said}");
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "Maintenant"]);
    let list = home.json(&["outbox", "list"]);
    assert!(
        list[1]["sentence"].as_str().unwrap().starts_with("sends in "),
        "it waits behind nothing: {list:?}"
    );
    let later = home.json(&["sms", "later", "list"]);
    assert_eq!(later.len(), 1);
    assert_eq!((&later[0]["line"], &later[0]["body"]), (&1.into(), &"Bonjour".into()));
    let nine = Micros::parse_rfc3339(later[0]["leaves"].as_str().unwrap()).unwrap();
    assert_eq!(nine.rfc3339()[11..], *"05:00:00.000Z", "9 in Mauritius");
    let moved = &home.json(&["sms", "later", "move", "1", "in 2 h"])[0];
    let leaves = Micros::parse_rfc3339(moved["leaves"].as_str().unwrap()).unwrap();
    assert!((7190..=7210).contains(&leaves.since(now()).as_secs()), "{moved:?}");
    home.agent(&["sms", "later", "move", "1", "soon"]).refused(2, &["\"soon\" is no time; write tomorrow 9"]);
    home.agent(&["sms", "send", KEVIN, "x", "--at", "yesterday 9"])
        .refused(2, &["--at: \"yesterday 9\" is no time"]);
    home.ok(&["--as", AGENT, "sms", "later", "cancel", "1"]);
    assert_eq!(home.json(&["sms", "later", "list"]).len(), 0);
    home.agent(&["sms", "later", "cancel", "1"]).refused(2, &["no text that still waits"]);
    home.ok(&["--as", ADMIN, "sms", "send", KEVIN, "Mine", "--at", "tomorrow 9"]);
    home.agent(&["sms", "later", "cancel", "3"]).refused(5, &["somebody else"]);
}
