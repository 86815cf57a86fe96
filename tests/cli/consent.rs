//! Consent at the command line: holds, the do-not-contact list, wordings, and the file that proves it.

use crate::home::{ADMIN, AGENT, Home, KEVIN, SUPERVISOR};

/// A hold by hand, decided by hand; each with a reason that stays.
#[test]
fn a_number_is_held_released_and_confirmed() {
    let home = Home::desk();
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN]);
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "one"]);
    home.agent(&["consent", "release", KEVIN, "--reason", "x"]).refused(2, &["nothing is held here"]);
    home.agent(&["consent", "hold", KEVIN]).refused(2, &["say why"]);
    assert_eq!(
        home.ok(&["--as", AGENT, "consent", "held"]),
        "nothing is held: no text waits for a decision\n"
    );
    let held = home.ok(&["--as", AGENT, "consent", "hold", KEVIN, "--reason", "wants to think about it"]);
    assert_eq!(held, "5737 2333: all texts are held until somebody decides\n");
    let list = &home.json(&["outbox", "list"])[0];
    assert_eq!(list["sentence"], "waits: a reply may mean stop, a person decides");
    home.agent(&["sms", "send", KEVIN, "two"]).refused(5, &["held since", "consent release"]);
    let waiting = home.json(&["consent", "held"]);
    assert_eq!(waiting[0]["number"], "+23057372333");
    assert_eq!(waiting[0]["note"], "wants to think about it");
    let released = home.ok(&["--as", AGENT, "consent", "release", KEVIN, "--reason", "called back: fine"]);
    assert!(released.contains("released"), "{released}");
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "three"]);
    home.ok(&["--as", AGENT, "consent", "hold", KEVIN, "--reason", "again"]);
    let confirmed = home.ok(&["--as", AGENT, "consent", "confirm", KEVIN]);
    assert_eq!(confirmed, "5737 2333: they said stop; 2 held texts are canceled\n");
    assert_eq!(home.json(&["outbox", "list"]).len(), 0);
    let log = &home.json(&["consent", "show", KEVIN])[0]["log"];
    let acts: Vec<_> = log.as_array().unwrap().iter().map(|line| line["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["grant", "hold", "hold", "release", "release", "hold", "hold", "revoke", "revoke"]);
}

/// FACTS 15: the office's own list comes before every yes.
#[test]
fn the_do_not_contact_list_is_imported_checked_listed_and_shortened() {
    let home = Home::desk();
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN]);
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "one"]);
    let file =
        home.file("list.csv", "number;since\n5737 2333;2025\n\"+46 70 174 06 05\"\nnobody\n+23057372333\n");
    let import = ["consent", "do-not-contact", "import", &file];
    home.agent(&import).refused(5, &["only a supervisor or an admin"]);
    let ran = home.run(&[&["--as", SUPERVISOR][..], &import].concat());
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(
        ran.out,
        "2 numbers are new on the list, 0 were on it\n1 waiting texts to them are canceled\n"
    );
    assert!(ran.err.contains("line 4: no phone number"), "{ran:?}");
    home.agent(&["sms", "send", KEVIN, "two"]).refused(5, &["do-not-contact list since"]);
    let shown = home.ok(&["--as", AGENT, "consent", "show", KEVIN]);
    assert!(shown.contains("do-not-contact list"), "{shown}");
    let check = home.ok(&["--as", AGENT, "consent", "do-not-contact", "check", "5737 2333"]);
    assert!(check.starts_with("5737 2333: listed since ") && check.contains("list.csv"), "{check}");
    let list = home.json(&["consent", "do-not-contact", "list"]);
    let numbers: Vec<_> = list.iter().map(|line| line["number"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["+23057372333", "+46701740605"]);
    let remove = ["consent", "do-not-contact", "remove", "5737 2333", "--reason", "asked for it in writing"];
    home.agent(&remove).refused(5, &["only a supervisor or an admin"]);
    home.ok(&[&["--as", ADMIN][..], &remove].concat());
    home.admin(&remove).refused(4, &["not found"]);
    assert_eq!(
        home.ok(&["--as", AGENT, "consent", "do-not-contact", "check", "5737 2333"]),
        "5737 2333: not listed\n"
    );
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "three"]);
    home.admin(&["consent", "do-not-contact", "import", &home.file("empty", "\n")])
        .refused(2, &["no phone number in it"]);
}

/// TWS-56: words to copy, named by their version; TWS-51: the IP of a form on the web.
#[test]
fn tws_50_51_56_a_written_yes_to_marketing_names_its_words_and_its_ip() {
    let home = Home::desk();
    let words = home.ok(&["consent", "wordings"]);
    assert!(words.lines().all(|line| line.contains("STOP")), "{words}");
    assert!(words.contains("Reply STOP to opt-out"), "{words}");
    let grant = ["--as", AGENT, "consent", "grant", KEVIN, "--purpose", "marketing", "--method", "web"];
    home.ok(&[&grant[..], &["--wording", "marketing-1", "--ip", "203.0.113.4"]].concat());
    let proof = &home.json(&["consent", "prove", KEVIN, "--on", &today(&home)])[0];
    let said = &proof["events"][0];
    assert_eq!((said["version"].as_str(), said["ip"].as_str()), (Some("marketing-1"), Some("203.0.113.4")));
    assert!(words.contains(said["words"].as_str().unwrap()));
    assert_eq!(proof["standing"]["marketing"]["allowed"], true);
    assert_eq!(proof["standing"]["marketing"]["rests_on"], said["ids"][0]);
    assert_eq!(proof["standing"]["service"]["allowed"], false);
    // G24: across the sea a voice is not enough.
    let spoken = ["consent", "grant", "+12025550143", "--purpose", "marketing"];
    home.agent(&spoken).refused(2, &["has to be in writing"]);
    home.ok(&[&["--as", AGENT][..], &spoken, &["--method", "paper"]].concat());
}

/// The day of the newest line of the log.
fn today(home: &Home) -> String {
    let shown = home.json(&["consent", "show", KEVIN]);
    let log = shown[0]["log"].as_array().unwrap();
    log.last().unwrap()["at"].as_str().unwrap()[..10].to_owned()
}

/// Show 7 at the command line: for whom, where to, and what is refused.
#[test]
fn show_7_the_proof_goes_into_a_file_for_supervisors_and_admins() {
    let home = Home::desk();
    home.agent(&["sms", "send", KEVIN, "Bonjour"]).refused(5, &["no consent"]);
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN, "--wording", "voice-1"]);
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "Bonjour"]);
    home.ok(&["--as", AGENT, "consent", "revoke", KEVIN, "--note", "said on the phone"]);
    let day = today(&home);
    let prove = ["consent", "prove", KEVIN, "--on", &day];
    home.agent(&prove).refused(5, &["only a supervisor or an admin"]);
    let path = home.path("proof.txt");
    let path = path.to_str().unwrap();
    let said = home.run(&[&["--as", SUPERVISOR][..], &prove, &["-o", path]].concat());
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said:?}");
    let file = std::fs::read_to_string(path).unwrap();
    let heads: Vec<&str> =
        file.lines().filter(|line| line.contains(" UTC  ") && !line.starts_with("     ")).collect();
    let heads: Vec<&str> = heads.iter().map(|line| line.split(" UTC  ").nth(1).unwrap()).collect();
    assert_eq!(
        heads,
        [
            "NOT SENT: a service text that somebody began",
            "YES to service texts, by voice",
            "TEXT to them (service): \"Bonjour\"",
            "NO to service and marketing texts, by voice",
        ],
        "{file}"
    );
    for words in [
        "Number      +23057372333\n",
        "Person      Kevin Anderson Curepipe, LIB/C7013\n",
        "not allowed: the customer said no to texts on",
        "(voice-1)",
        "rests on line 2",
        "note        said on the phone",
        "left        never",
        "canceled: the customer said no",
        "There was none.",
    ] {
        assert!(file.contains(words), "{words}\n{file}");
    }
    home.admin(&[&prove[..], &["-o", path]].concat()).refused(1, &["exists already"]);
    home.ok(&[&["--as", ADMIN][..], &prove, &["-o", path, "--force"]].concat());
    home.admin(&["consent", "prove", KEVIN, "--on", "2999-01-01"]).refused(2, &["still to come"]);
    home.admin(&["consent", "prove", KEVIN, "--on", "yesterday"]).refused(2, &["--on"]);
}
