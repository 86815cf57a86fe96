//! Setting up a desk, settings, people and credentials.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::home::{ADMIN, AGENT, Home, KEVIN, Ran, lines};

fn mode(home: &Home, name: &str) -> u32 {
    fs::metadata(home.path(name)).unwrap().permissions().mode() & 0o777
}

#[test]
fn init_makes_files_that_only_this_account_can_read_and_overwrites_none() {
    let home = Home::empty();
    let text = home.ok(&["init", "--admin", ADMIN, "--admin-number", "1", "--number", "+23052500100"]);
    assert!(text.contains("S. Lee (#1) is its admin"), "{text}");
    for (name, expected) in
        [("config.toml", 0o600), ("data", 0o700), ("data/desk.db", 0o600), ("data/desk.key", 0o600)]
    {
        assert_eq!(mode(&home, name), expected, "{name}");
    }
    let before = fs::read(home.path("data/desk.key")).unwrap();
    home.run(&["init", "--admin", "Somebody Else"])
        .refused(1, &["there is a desk at", "data/desk.db already"]);
    assert_eq!(fs::read(home.path("data/desk.key")).unwrap(), before);
    assert_eq!(home.json(&["users", "list"]).len(), 1);
}

#[test]
fn init_refuses_wrong_answers_and_leaves_nothing_behind() {
    let table: [(&[&str], &[&str]); 9] = [
        (&["init"], &["--admin NAME is missing"]),
        (&["init", "--admin", " "], &["the first admin needs a name"]),
        (&["init", "--admin", "x", "--admin-number", "0"], &["is not a whole number from 1"]),
        (&["init", "--admin", "x", "--region", "XX"], &["unknown region", "MU"]),
        (&["init", "--admin", "x", "--number", "57372333"], &["our numbers begin with +", "^"]),
        (&["init", "--admin", "x", "--upstream", "nowhere"], &["https://api.example.com"]),
        (
            &["init", "--admin", "x", "--upstream", "https://u:p@x.example"],
            &["the address holds a user name or password"],
        ),
        (&["init", "--admin", "x", "--currency", "rupees"], &["currency"]),
        (&["init", "--admin", "x", "--region", "MN"], &["--currency CODE is missing"]),
    ];
    for (args, words) in table {
        let home = Home::empty();
        home.run(args).refused(2, words);
        assert!(!home.path("config.toml").exists() && !home.path("data").exists(), "{args:?}");
    }
}

#[test]
fn init_takes_the_currency_of_the_country() {
    for (flags, currency) in [
        (&["--region", "SE"][..], "SEK"),
        (&["--region", "us"], "USD"),
        (&["--region", "SE", "--currency", "eur"], "EUR"),
        (&[], "MUR"),
    ] {
        let home = Home::empty();
        home.ok(&[&["init", "--admin", "x"], flags].concat());
        assert_eq!(home.json(&["config", "show"])[0]["desk"]["currency"], currency, "{flags:?}");
    }
}

#[test]
fn init_uses_the_settings_that_are_there() {
    let home = Home::empty();
    home.file("config.toml", "[desk]\nregion = \"US\"\naccept = \"international\"\n");
    home.run(&["init", "--admin", "x", "--region", "MU"]).refused(2, &["config.toml is there already"]);
    home.ok(&["init", "--admin", "x"]);
    assert_eq!(home.json(&["config", "show"])[0]["desk"]["region"], "US");
}

/// What a crash between the database and its first user leaves behind, or a name that is refused.
#[test]
fn init_finishes_a_desk_that_has_no_admin_yet() {
    let home = Home::empty();
    home.run(&["init", "--admin", "two\nlines"]).refused(2, &["name: give 1 to 255 printable characters"]);
    home.run(&["users", "list"]).refused(2, &["this desk has no users", "cordboard init"]);
    home.ok(&["init", "--admin", ADMIN]);
    assert_eq!(home.json(&["users", "list"]).len(), 1);
}

#[test]
fn without_a_desk_the_way_to_one_is_named() {
    Home::empty().run(&["users", "list"]).refused(1, &["there is no desk at", "cordboard init"]);
}

#[test]
fn who_acts_is_said_or_obvious_or_asked_for() {
    let home = Home::empty();
    home.ok(&["init", "--admin", ADMIN]);
    home.ok(&["users", "list"]);
    home.ok(&["users", "add", AGENT, "--number", "24"]);

    home.run(&["users", "list"])
        .refused(2, &["--as NAME", "CORDBOARD_USER", "S. Lee (#1, admin)", "David Brown"]);
    home.run(&["--as", "Nobody", "users", "list"])
        .refused(5, &["nobody here is called \"Nobody\"", "S. Lee"]);
    for name in ["david brown", "24", "#24"] {
        home.ok(&["--as", name, "users", "list"]);
    }
    let by_variable = Ran::of(home.command(&["users", "list"]).env("CORDBOARD_USER", AGENT));
    assert_eq!(by_variable.code, 0, "{by_variable:?}");
}

/// NIC-98, NIC-100, NIC-118: what is an admin's is not an agent's.
#[test]
fn nic_98_agents_are_told_what_is_not_theirs() {
    let home = Home::desk();
    let file = home.file("more.csv", "name\nSomebody\n");
    for args in [
        &["customers", "import", &file][..],
        &["updates", "export"],
        &["updates", "mark-synced", "1"],
        &["updates", "list", "--agent", "7"],
        &["users", "add", "x", "--number", "99"],
    ] {
        home.agent(args).refused(5, &["not allowed"]);
    }
    let secret = home.run_with(&["--as", AGENT, "secret", "set", "TWILIO_AUTH_TOKEN"], "token");
    secret.refused(5, &["not allowed"]);
    assert_eq!(home.agent(&["updates", "list"]).code, 0, "their own updates they may see");
}

/// TWS-72: what is missing is named, and everything else works on.
#[test]
fn tws_72_missing_credentials_stop_nothing_but_sending() {
    let home = Home::desk();
    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.code, 0, "{doctor:?}");
    for name in ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"] {
        assert!(doctor.out.contains(&format!("{name} is not set")), "{doctor:?}");
    }
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN]);
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "Bonjour"]);
    home.ok(&["--as", AGENT, "update", KEVIN, "--email", "kevin@curepipe.example", "--reason", "gave"]);
    let file = home.path("config.toml");
    let config = fs::read_to_string(&file).unwrap().replace("[desk]", "[desk]\nundo_seconds = 0");
    fs::write(&file, config).unwrap();
    assert_eq!(home.run(&["sync"]).code, 1, "somebody has to mend it");
    let waiting = home.json(&["outbox", "list"]);
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["sentence"], "waits: texting is not set up, see `cordboard doctor`");
}

#[test]
fn a_secret_comes_on_stdin_and_is_never_shown() {
    let home = Home::desk();
    let set = |name: &str, value: &str| home.run_with(&["--as", ADMIN, "secret", "set", name], value);
    let stored = set("twilio_auth_token", "s3cret-value\n");
    assert_eq!(stored.code, 0, "{stored:?}");
    assert!(!stored.out.contains("s3cret"), "{stored:?}");
    set("PASSWORD", "x").refused(2, &["no secret called \"PASSWORD\"", "TWILIO_AUTH_TOKEN"]);
    set("TWILIO_AUTH_TOKEN", "").refused(2, &["on stdin"]);
    set("TWILIO_AUTH_TOKEN", "two\nlines").refused(2, &["one line"]);
    assert!(!home.ok(&["doctor"]).contains("TWILIO_AUTH_TOKEN"), "it is set now");
    let database = fs::read(home.path("data/desk.db")).unwrap();
    assert!(!database.windows(6).any(|bytes| bytes == b"s3cret"), "the file is encrypted");
}

#[test]
fn settings_are_refused_with_file_line_and_caret() {
    let home = Home::empty();
    home.ok(&["config", "check"]);
    home.file("config.toml", "[desk]\nregoin = \"MU\"\n");
    let words =
        ["config.toml:2:1", "unknown field `regoin`", "did you mean `region`?", "2 | regoin", "^^^^^^"];
    home.run(&["config", "check"]).refused(2, &words);
    home.run(&["phone", "check", "57372333"]).refused(2, &["config.toml:2:1"]);
    assert_eq!(home.run(&["phone", "check", "57372333", "--region", "MU"]).code, 0, "needs no settings then");
    home.run(&["--config", "/nowhere/config.toml", "config", "check"]).refused(4, &["there is no such file"]);
}

#[test]
fn shown_settings_are_settings() {
    let home = Home::empty();
    let shown = home.ok(&["config", "show"]);
    home.file("config.toml", &shown);
    assert_eq!(home.ok(&["config", "show"]), shown);
}

#[test]
fn paths_are_named() {
    let home = Home::empty();
    let paths = &lines(&home.ok(&["--json", "paths"]))[0];
    assert_eq!(paths["database"], home.path("data/desk.db").to_str().unwrap());
    assert!(fs::read_dir(home.0.path()).unwrap().next().is_none(), "looking makes nothing");
}

#[test]
fn a_file_that_is_no_desk_is_refused_with_what_to_do() {
    let home = Home::desk();
    let database = home.path("data/desk.db");
    let key = home.path("data/desk.key");
    let good = fs::read(&key).unwrap();
    fs::write(&key, "0".repeat(64)).unwrap();
    home.admin(&["users", "list"]).refused(1, &["does not open with its key file", "put the right key file"]);
    fs::write(&key, &good).unwrap();
    fs::write(&database, b"SQLite format 3\0 and so on").unwrap();
    home.admin(&["users", "list"]).refused(1, &["is a plain SQLite file", "cordboard init"]);
}
