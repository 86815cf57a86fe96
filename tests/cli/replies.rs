//! The linter and saved replies from the command line (TWS-91, TWS-33, G9); nothing here is sent.

use crate::home::{ADMIN, AGENT, Home, KEVIN, SUPERVISOR};

/// TWS-33, G3: the words alone need no desk, and an error is one for a script, too.
#[test]
fn tws_33_the_linter_looks_at_words_without_a_desk() {
    let home = Home::empty();
    let table: [(&str, i32, &str); 9] = [
        ("Your receipt is ready.", 0, "nothing to remark\n"),
        ("it\u{2019}s", 0, "note SEG-1  '\u{2019}' U+2019 forces UCS-2; --fix writes it plainly\n"),
        ("Dear {first_name}, hi", 2, "err  VAR-1  {first_name} is not filled in: write what belongs there\n"),
        ("Dear , hi", 0, "warn VAR-2  a word seems to be missing in \"Dear ,\"\n"),
        (
            "pay: https//pay.example.com",
            0,
            "warn LINK-1 the link \"https//pay.example.com\" does not work like this\n",
        ),
        (" ", 2, "err  TEXT-1 there is nothing in it: write something\n"),
        ("", 2, "err  TEXT-1 there is nothing in it: write something\n"),
        (&"x".repeat(1600), 0, "warn SEG-2  11 segments, each is paid for\n"),
        (
            &"x".repeat(1601),
            2,
            "err  TEXT-2 1601 units are more than the 1600 one text may have: shorten it by 1\n",
        ),
    ];
    for (text, code, out) in table {
        let ran = home.run(&["sms", "lint", text]);
        assert_eq!((ran.code, ran.out.as_str()), (code, out), "{text}");
    }
    let fixed = home.run(&["sms", "lint", "--fix", "\u{201c}It\u{2019}s\u{201d} \u{2026}\u{200b}"]);
    assert_eq!((fixed.code, fixed.out.as_str()), (0, "\"It's\" ...\n"));
    let rules = home.ok(&["sms", "lint", "--rules"]);
    assert!(rules.contains("STOP-4  note") && rules.lines().count() == 18, "{rules}");
}

/// Bad input: NUL, escapes, storms, families, right-to-left, every plane; what comes out is harmless.
#[test]
fn whatever_is_handed_in_the_answer_is_safe_to_print() {
    let home = Home::desk();
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN]);
    let odd: [(String, Option<&str>); 9] = [
        ("a\0b".into(), Some("TEXT-3")),
        ("\u{1b}]0;title\u{7}\u{1b}[2J".into(), Some("TEXT-3")),
        ("\u{9b}31m".into(), Some("TEXT-3")),
        (format!("z{}", "\u{301}".repeat(2000)), Some("TEXT-2")),
        ("x".repeat(10_000), Some("TEXT-2")),
        (format!("z{}", "\u{301}".repeat(300)), None),
        ("👩\u{200d}👩\u{200d}👧\u{200d}👦 \u{1F468}\u{20000}\u{10FFFD}".into(), None),
        ("\u{202e}txt.exe שלום شكرا".into(), None),
        ("\u{feff}\u{200b}hi".into(), None),
    ];
    for (text, stopped) in odd {
        let lint = home.run_with(&["--as", AGENT, "sms", "lint", "-", "--to", KEVIN], text.as_bytes());
        let sent = home.run_with(&["--as", AGENT, "sms", "send", KEVIN, "-"], text.as_bytes());
        for said in [&lint.out, &lint.err, &sent.out, &sent.err] {
            let acts =
                |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}');
            assert!(!said.contains(acts), "{said:?}");
        }
        match stopped {
            Some(code) => {
                assert_eq!((lint.code, sent.code), (2, 2), "{text:?} {lint:?} {sent:?}");
                assert!(lint.out.contains(code) && sent.err.contains(code), "{lint:?} {sent:?}");
            }
            None => assert_eq!((lint.code, sent.code), (0, 0), "{text:?} {lint:?} {sent:?}"),
        }
    }
}

/// The same rules with whom it goes to, and in the gate.
#[test]
fn g9_whom_it_goes_to_is_looked_at_and_the_gate_asks_the_same() {
    let home = Home::desk();
    let lint = |text: &str| home.agent(&["sms", "lint", text, "--to", KEVIN]);
    let asked = lint("Bonjour");
    assert_eq!(asked.code, 2);
    assert!(asked.out.starts_with("err  CONS-1 no consent for service texts"), "{asked:?}");
    home.ok(&["--as", AGENT, "consent", "grant", KEVIN]);
    assert_eq!(
        lint("Marie: 5700 9988 or marie.li@example.com").out,
        "warn WHO-1  marie.li@example.com belongs to Marie Li\n\
         warn WHO-1  5700 9988 belongs to Marie Li\n\
         note STOP-4 no opt-out line; none went out yet; --fix adds it\n"
    );
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "Bonjour. Reply STOP to end texts."]);
    assert_eq!(lint("Bonjour").out, "nothing to remark\n");
    let again = lint("Bonjour. Reply STOP to end texts.");
    assert_eq!((again.code, again.out.as_str()), (0, "warn SAME-1 the same text went there just now\n"));
    home.agent(&["sms", "send", KEVIN, "Dear {name}"]).refused(2, &["VAR-1: {name} is not filled in"]);
    // Each rule is the office's to change.
    let file = home.path("config.toml");
    let mut config = std::fs::read_to_string(&file).unwrap();
    config.push_str("\n[lint.rules]\nVAR-1 = \"off\"\nSAME-1 = \"err\"\n");
    std::fs::write(&file, config).unwrap();
    home.ok(&["--as", AGENT, "sms", "send", KEVIN, "Dear {name}"]);
    home.agent(&["sms", "send", KEVIN, "Dear {name}"]).refused(2, &["SAME-1: the same text went there"]);
}

fn replies<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["sms", "templates"][..], args].concat()
}

#[test]
fn tws_91_saved_replies_are_made_changed_and_taken_out_and_in() {
    let home = Home::desk();
    let hello = "Hello {first_name|there}, {amount_due} is due on {due_date:long}. {agent}";
    home.agent(&replies(&["add", "Due", hello, "--folder", "billing", "--shared"]))
        .refused(5, &["only an admin writes the replies of all"]);
    home.ok(
        &[&["--as", ADMIN][..], &replies(&["add", "Due", hello, "--folder", "billing", "--shared"])].concat()
    );
    assert_eq!(home.agent(&replies(&["add", "Bye", "Bye {name}"])).out, "saved: Bye\n");
    home.agent(&replies(&["add", "bye", "x"])).refused(2, &["there is a reply bye already"]);
    home.agent(&replies(&["add", "Loud", "{due_date:loud}"])).refused(2, &["\"loud\" is no format"]);
    home.agent(&replies(&["edit", "billing/Due", "--text", "x"])).refused(5, &["only an admin"]);
    home.agent(&replies(&["edit", "Bye"])).refused(2, &["say what changes"]);
    home.agent(&replies(&["edit", "Nope", "--text", "x"])).refused(4, &["no reply called \"Nope\""]);
    assert_eq!(
        home.agent(&replies(&["edit", "bye", "--name", "Au revoir", "--language", "FR"])).out,
        "changed: Au revoir\n"
    );
    let listed = home.json(&replies(&["list"]));
    assert_eq!(listed.len(), 1, "an admin sees the shared ones and none of David's: {listed:?}");
    let own = home.agent(&replies(&["list"])).out;
    assert!(own.contains("Au revoir") && own.contains("fr") && own.contains("billing/Due"), "{own}");

    for format in ["toml", "csv"] {
        let file = home.path(&format!("own.{format}")).to_str().unwrap().to_owned();
        assert_eq!(home.agent(&replies(&["export", &file])).out, format!("1 reply in {file}\n"));
        assert_eq!(home.agent(&replies(&["import", &file])).out, "0 added, 0 changed, 1 as they were\n");
        let theirs = [&["--as", SUPERVISOR][..], &replies(&["import", &file])].concat();
        let expected = if format == "toml" { "1 added, 0 changed, 0 as" } else { "0 added, 0 changed, 1 as" };
        assert!(home.ok(&theirs).starts_with(expected));
        home.agent(&replies(&["import", &file, "--shared"])).refused(5, &["only an admin"]);
    }
    let bad = home.file("bad.csv", "name,text\nA,fine\nB,{x\n");
    home.agent(&replies(&["import", &bad])).refused(2, &["reply 2, B: text: a { needs its }"]);
    let odd = home.file("odd.csv", "name,txt\nA,fine\n");
    home.agent(&replies(&["import", &odd])).refused(2, &["odd.csv", "unknown field"]);
    home.agent(&replies(&["import", &home.file("x.txt", "")])).refused(2, &["which format?"]);
    assert_eq!(home.agent(&replies(&["remove", "Au revoir"])).out, "removed: Au revoir\n");
    home.agent(&replies(&["remove", "Due"])).refused(5, &["only an admin"]);
}

/// TWS-77, TWS-79: the list is the office's; exact decimals, by country.
#[test]
fn tws_77_79_prices_by_country_and_what_a_text_would_cost() {
    let home = Home::desk();
    let listed = home.ok(&["sms", "prices"]);
    assert!(listed.contains("number a month"), "{listed}");
    let us = listed.lines().find(|line| line.starts_with("US ")).unwrap();
    assert_eq!(us.split_whitespace().collect::<Vec<_>>(), ["US", "0.0079", "0.0079", "0.02", "-", "1.50"]);
    let cost = |number: &str, text: &str| home.run(&["sms", "prices", number, text]);
    assert_eq!(cost("+12025550143", "hello").out, "1 segment  about USD 0.0079\n");
    assert_eq!(cost("+12025550143", &"x".repeat(307)).out, "3 segments  about USD 0.0237\n");
    cost("57372333", "hello").refused(4, &["no country of this number"]);
    cost("12", "hello").refused(2, &[]);
}
