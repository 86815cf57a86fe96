//! Each rule with texts that it remarks on and texts that it lets pass; what F7 makes of them; and that
//! nothing anybody can type breaks it.

use proptest::prelude::*;

use super::*;
use crate::domain::phone::{Accept, PhonePolicy, Region};

const NOW: Micros = Micros::from_secs(1_764_325_920);

fn ago(seconds: u64) -> Micros {
    NOW - std::time::Duration::from_secs(seconds)
}

/// Of somebody who may be texted and has heard how to end it.
fn quiet() -> Facts {
    Facts { told_stop: Some(ago(86_400)), ..Facts::default() }
}

fn codes(body: &str) -> Vec<&'static str> {
    lint(body, Some(&quiet()), &Rules::default(), NOW).iter().map(|finding| finding.code.as_str()).collect()
}

/// `err TEXT-1 there is..`, and what F7 does.
fn lines(body: &str, facts: &Facts, rules: &Rules) -> Vec<String> {
    let line = |finding: Finding| {
        let fix = finding.fix.map(|fix| format!(" ({})", fix.verb())).unwrap_or_default();
        format!("{} {} {}{fix}", finding.level.as_str(), finding.code, finding.why)
    };
    lint(body, Some(facts), rules, NOW).into_iter().map(line).collect()
}

#[test]
fn codes_are_told_apart_and_read_back() {
    for code in Code::ALL {
        assert_eq!(Code::parse(code.as_str()), Some(*code));
        assert_eq!(Code::parse(&code.as_str().to_lowercase()), Some(*code));
        assert!(!code.is_consent() || code.is_fixed(), "{code}: a no is not the office's to lift");
    }
    assert_eq!(Code::parse("SEG-9"), None);
}

#[test]
fn a_plain_text_is_passed_without_a_word() {
    for body in
        ["Bonjour", "Your receipt for January is ready.", "été à 17h [€5]", "a\nb", "3.5, 1,000.00 ok..."]
    {
        assert_eq!(codes(body), Vec::<&str>::new(), "{body}");
    }
}

/// TWS-33, G2, G3: in the words of the mock-up.
#[test]
fn tws_33_what_a_text_costs() {
    let long = "a".repeat(75);
    let rules = Rules { max_segments: 3, ..Rules::default() };
    let table: [(String, &[&str]); 8] = [
        (
            format!("{long} \u{2728}"),
            &[
                "warn SEG-1 '\u{2728}' U+2728 forces UCS-2: 1 segment becomes 2 (removes it)",
                "warn SEG-2 2 segments, each is paid for",
            ],
        ),
        (
            format!("{long} \u{2019}"),
            &[
                "warn SEG-1 '\u{2019}' U+2019 forces UCS-2: 1 segment becomes 2 (writes it plainly)",
                "warn SEG-2 2 segments, each is paid for",
            ],
        ),
        (
            format!("{long} ça"),
            &[
                "warn SEG-1 'ç' U+00E7 forces UCS-2: 1 segment becomes 2 (writes it without accents)",
                "warn SEG-2 2 segments, each is paid for",
            ],
        ),
        // Where it costs nothing, only look-alikes are offered to go.
        ("ça".to_owned(), &["note SEG-1 'ç' U+00E7 forces UCS-2"]),
        ("it\u{2019}s".to_owned(), &["note SEG-1 '\u{2019}' U+2019 forces UCS-2 (writes it plainly)"]),
        // Another script is what it is.
        (
            format!("{long} 陳\u{2019}"),
            &[
                "warn SEG-1 '陳' U+9673 and 1 more force UCS-2: 1 segment becomes 2",
                "warn SEG-2 2 segments, each is paid for",
            ],
        ),
        ("a".repeat(459), &["warn SEG-2 3 segments, each is paid for"]),
        ("a".repeat(460), &["err SEG-3 4 segments are more than the 3 this office allows: shorten it"]),
    ];
    for (body, expected) in table {
        assert_eq!(lines(&body, &quiet(), &rules), expected, "{body}");
    }
}

/// Bad input: 1,600 and 1,601, 10,000, nothing, blanks.
#[test]
fn nothing_and_too_much_are_errors_and_say_the_way_out() {
    let rules = Rules { max_segments: 100, ..Rules::default() };
    let too_long = |units: usize, by: usize| {
        format!("err TEXT-2 {units} units are more than the 1600 one text may have: shorten it by {by}")
    };
    assert_eq!(lines(&"a".repeat(1600), &quiet(), &rules), ["warn SEG-2 11 segments, each is paid for"]);
    assert_eq!(lines(&"a".repeat(1601), &quiet(), &rules), [too_long(1601, 1)]);
    assert_eq!(lines(&"a".repeat(10_000), &quiet(), &rules), [too_long(10_000, 8400)]);
    assert_eq!(lines(&"👍".repeat(801), &quiet(), &rules), [too_long(1602, 2)]);
    for empty in ["", " ", "\n\t ", "\u{a0}\u{3000}"] {
        assert_eq!(lines(empty, &quiet(), &rules), ["err TEXT-1 there is nothing in it: write something"]);
    }
}

#[test]
fn controls_are_errors_and_what_nobody_sees_is_a_warning() {
    let table = [
        ("a\0b", "TEXT-3"),
        ("a\u{1b}[31mb", "TEXT-3"),
        ("\u{9b}2J", "TEXT-3"),
        ("a\u{7f}", "TEXT-3"),
        ("evil\u{202e}txt", "TEXT-4"),
        ("pay\u{200b}pal", "TEXT-4"),
        ("\u{feff}hi", "TEXT-4"),
        ("\u{1f3f4}\u{e0067}\u{e007f}", "TEXT-4"),
    ];
    for (body, code) in table {
        assert_eq!(codes(body)[0], code, "{body:?}");
        let fixed = Fix::NoHidden.apply(body, &Rules::default());
        assert!(!codes(&fixed).iter().any(|code| code.starts_with("TEXT")), "{fixed:?}");
    }
    for fine in
        ["👩\u{200d}👩\u{200d}👧\u{200d}👦", "می\u{200c}خواهم", "e\u{301}", "شكرا", "שלום", "\u{fffd}"]
    {
        assert_eq!(codes(fine), ["SEG-1"], "{fine:?}");
    }
}

#[test]
fn variables_and_gaps() {
    for (body, found) in [
        ("Dear {first_name}, hi", Some("{first_name}")),
        ("Dear {first_name|there}", Some("{first_name|there}")),
        ("pay {}", Some("{}")),
        ("pay { amount_due }", Some("{ amount_due }")),
        ("{{name}}", Some("{name}")),
        ("a {b {c}", Some("{c}")),
        ("a { b", None),
        ("} a {", None),
        ("{\"a\": 1}", None),
        ("{1, 2}", None),
        ("a {b\nc}", None),
    ] {
        assert_eq!(find::unfilled(body), found, "{body}");
    }
    for (body, found) in [
        ("Dear , hi", Some("Dear ,")),
        ("Your policy . Thanks", Some("policy .")),
        ("due on .", Some("on .")),
        ("Bonjour !  Ça va ?", None),
        ("Dear Kevin, hi. Bye.", None),
        (".. and , so", Some("and ,")),
        ("costs .50", None),
        ("wait ...", None),
        ("", None),
    ] {
        assert_eq!(find::gap(body), found, "{body}");
    }
    assert_eq!(
        lines("Dear {first_name}", &quiet(), &Rules::default()),
        ["err VAR-1 {first_name} is not filled in: write what belongs there"]
    );
}

#[test]
fn links() {
    for broken in [
        "http://",
        "https:// pay.example.com",
        "https//pay.example.com",
        "http:/pay.example.com",
        "htps://x.example",
        "https:pay.example.com",
        "https://pay",
        "https://pay./x",
        "https://.example",
        "www.",
        "www.example",
        "https://pay.example.com/{ref}",
        "https://pay.example.com/…",
        "https://pay.example..com",
        "(http://pay)",
        "hhtps://pay.example.com",
        "https://pay.exa_mple com",
    ] {
        assert!(find::broken_link(&format!("Pay here: {broken} today")).is_some(), "{broken}");
    }
    for fine in [
        "https://pay.example.com",
        "http://x.example/a?b=c#d",
        "https://pay.example.com:8443/x.",
        "(https://x.example)",
        "www.example.com",
        "HTTPS://X.EXAMPLE",
        "https://bücher.example",
        "pay.example.com",
        "http",
        "a:b",
        "ratio 3:4",
        "https://x.example/a,",
    ] {
        assert_eq!(find::broken_link(&format!("Pay here: {fine} today")), None, "{fine}");
    }
}

#[test]
fn mentions_are_found_as_they_are_stored() {
    let policy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };
    for (body, found) in [
        ("call 5737 2333", vec!["+23057372333"]),
        ("call +230 5737-2333.", vec!["+23057372333"]),
        ("5737 2333 5712 0001", vec!["+23057372333", "+23057120001"]),
        ("57372333, 57372333", vec!["+23057372333"]),
        ("US (+1 202-555-0143)", vec!["+12025550143"]),
        ("write to V.Khanna@Example.com.", vec!["V.Khanna@example.com"]),
        ("<a@example.com>;b@example.com", vec!["a@example.com", "b@example.com"]),
        ("LIB/C7013 MUR 4,491.29 on 2025-11-28 at 17:00", vec![]),
        ("12345 67", vec![]),
    ] {
        assert_eq!(mentions(body, &policy), found, "{body}");
    }
    let storm = "1 2 3 4 5 6 7 ".repeat(1000);
    assert!(mentions(&storm, &policy).len() <= 20);
}

/// G9, TWS-53: the first text, and after some days without a word.
#[test]
fn g9_how_to_end_texts_is_asked_for_after_the_days_of_the_office() {
    let at = |told_stop: Option<Micros>| Facts { told_stop, ..Facts::default() };
    let day = 86_400;
    let rules = Rules::default();
    assert_eq!(lines("hi", &at(None), &rules), ["note STOP-4 no opt-out line; none went out yet (adds it)"]);
    assert_eq!(lines("hi", &at(Some(ago(30 * day - 1))), &rules), Vec::<String>::new());
    assert_eq!(
        lines("hi", &at(Some(ago(316 * day))), &rules),
        ["note STOP-4 no opt-out line; the last one went out 316 days ago (adds it)"]
    );
    assert_eq!(lines("hi. Reply STOP to end.", &at(None), &rules), Vec::<String>::new());
    assert_eq!(lines("hi. Répondez «STOP»", &at(None), &rules)[0][..10], *"note SEG-1");
    assert_eq!(lines("STOPPED", &at(None), &rules).len(), 1);
    assert_eq!(lines("hi", &at(None), &Rules { opt_out_days: 0, ..rules.clone() }), Vec::<String>::new());
    let fixed = Fix::WayOut.apply("hi \n", &rules);
    assert_eq!(fixed, "hi\nReply STOP to end texts.");
    assert_eq!(lines(&fixed, &at(None), &rules), Vec::<String>::new());
}

#[test]
fn whom_it_goes_to() {
    let closed = Some((Code::Stopped, "the customer texted STOP".to_owned()));
    let others = vec![(SafeText::new("5712 0001"), SafeText::new("Anna Curepipe"))];
    let dead = Some(SafeText::new("undelivered 30005"));
    let lately = vec![(ago(600), SafeText::new("other")), (ago(700), SafeText::new("hello"))];
    let facts = Facts { closed, others, dead, lately, ..quiet() };
    assert_eq!(
        lines("hello ", &facts, &Rules::default()),
        [
            "err STOP-1 the customer texted STOP",
            "warn WHO-1 5712 0001 belongs to Anna Curepipe",
            "warn NUM-1 nothing arrives at this number: undelivered 30005",
            "warn SAME-1 the same text went there 11 min ago",
        ]
    );
    assert_eq!(
        lines("hello there", &Facts { closed: None, dead: None, others: vec![], ..facts }, &Rules::default()),
        Vec::<String>::new()
    );
}

#[test]
fn an_office_changes_levels_but_not_those_of_the_law() {
    let levels = [
        (Code::Several, None),
        (Code::NoWayOut, Some(Level::Err)),
        (Code::Empty, None),
        (Code::Stopped, Some(Level::Note)),
    ];
    let rules = Rules { levels: levels.into(), ..Rules::default() };
    assert_eq!(
        lines(&"a".repeat(161), &Facts::default(), &rules),
        ["err STOP-4 no opt-out line; none went out yet (adds it)"]
    );
    let closed = Some((Code::Stopped, "no".to_owned()));
    assert_eq!(
        lines(" ", &Facts { closed, ..quiet() }, &rules),
        ["err TEXT-1 there is nothing in it: write something", "err STOP-1 no"]
    );
}

#[test]
fn look_alikes_cost_less_and_say_the_same() {
    let table = [
        ("\u{201c}It\u{2019}s\u{201d} – 50\u{a0}% • now…", "\"It's\" - 50 % - now..."),
        ("½ ＡＢＣ１ e\u{301} c\u{327}", "1/2 ABC1 é ç"),
        ("a\tb\u{200b}c\u{2028}d", "a bc\nd"),
        ("陳 👍 ж", "陳 👍 ж"),
    ];
    for (text, plain) in table {
        assert_eq!(Fix::LookAlikes.apply(text, &Rules::default()), plain, "{text}");
    }
    let rules = Rules::default();
    assert_eq!(Fix::NoAccents.apply("Ça, œuvre à l\u{2019}été, Łódź", &rules), "Ça, oeuvre à l'été, Lodz");
    assert_eq!(Fix::NoSigns.apply("👍 Ok ✨ bien sûr 👩\u{200d}👧", &rules), "Ok bien sur");
}

/// Every plane, storms of marks, families, right-to-left, controls.
fn anything() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~\n]{0,60}",
        "[{}|:a-z ,.]{0,30}",
        "https?:?/{0,2}[a-z.{}…]{0,20}",
        "[+0-9 ()./-]{0,60}",
        "[“”’–…\u{a0}½çœ👍✨]{0,40}",
        "e[\u{300}-\u{36f}]{0,80}",
        "[\u{202a}-\u{202e}\u{2066}-\u{2069}\u{e0020}-\u{e007f}]{0,10}",
        Just("👩\u{200d}👩\u{200d}👧\u{200d}👦".to_owned()),
        "[\u{590}-\u{6ff}]{0,40}",
        "[\0-\u{1f}\u{7f}-\u{9f}]{0,10}",
        proptest::collection::vec(any::<char>(), 0..30).prop_map(|chars| chars.into_iter().collect()),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_is_written_it_is_judged_and_the_judgement_can_be_shown(body in anything()) {
        for finding in lint(&body, Some(&Facts::default()), &Rules::default(), NOW) {
            // What the screen shows of it is what it is: nothing in it acts on a terminal.
            let shown = SafeText::new(&finding.why);
            prop_assert_eq!(shown.as_str(), &finding.why);
            if let Some(fix) = finding.fix {
                let fixed = fix.apply(&body, &Rules::default());
                let again = lint(&fixed, Some(&Facts::default()), &Rules::default(), NOW);
                prop_assert!(!again.iter().any(|next| next.code == finding.code), "{:?} {fixed:?}", finding.code);
                if finding.code == Code::Forced {
                    prop_assert_eq!(segments::count(&fixed).encoding, Encoding::Gsm7);
                }
            }
        }
        let policy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };
        prop_assert!(mentions(&body, &policy).len() <= 20);
    }
}
