//! Queries against records: what is found where, and that the tokens never lose whom a term means.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::domain::customer::Stage;
use crate::domain::update::Status;

fn kevin() -> Record {
    Record {
        names: vec!["Kevin Anderson Curepipe".into()],
        company: Some("Island 100% Traders".into()),
        policy: Some("LIB/C7013".into()),
        merged_policies: vec!["LIB/C8099".into()],
        payment: Some("Partly paid".into()),
        stage: Stage::Client,
        tags: vec!["Real estate".into(), "motor".into()],
        numbers: vec!["+23057372333".into(), "+46701740605".into()],
        emails: vec!["kevin.curepipe77@mail.example.com".into()],
        agents: vec![24],
    }
}

/// Has the index what the term asks for? By hand, as the store does it.
fn answers(record: &Record, term: &Term) -> bool {
    let all = tokens(record);
    let (all, words): (HashSet<&str>, Vec<String>) = (all.split_whitespace().collect(), vocabulary(record));
    let has = |need: &Need| match need {
        Need::Token(token) => all.contains(token.as_str()),
        Need::Begins(begin) => {
            let mut words = words.iter().filter(|word| word.starts_with(begin)).peekable();
            match words.peek() {
                None => need.without_vocabulary().is_some_and(|token| all.contains(token.as_str())),
                Some(_) => words.any(|word| all.contains(word.as_str())),
            }
        }
    };
    let halves = term
        .halves()
        .into_iter()
        .any(|(left, needs)| words.iter().any(|word| word == left) && needs.iter().all(has));
    halves || term.needs(24).iter().any(|list| list.iter().all(has))
}

/// Where a query of one term is found, by tokens and by reading.
#[track_caller]
fn place(record: &Record, query: &str) -> Option<Place> {
    let terms = Query::read(query).terms;
    let [term] = terms.as_slice() else { panic!("{query}: {terms:?}") };
    term.place(record).filter(|_| answers(record, term))
}

#[test]
fn spoken_numbers_are_one_term() {
    let digits = |text: &str| Term::Digits(text.to_owned());
    let word = |text: &str| Term::Word(text.to_owned());
    let filter = Term::Filter;
    for (line, expected) in [
        ("5737 2333", vec![digits("57372333")]),
        ("+230 (57) 37", vec![digits("2305737")]),
        ("+46 (0)70-174", vec![digits("4670174")]),
        ("(0)70 174", vec![digits("070174")]),
        ("５７３７‑２３", vec![digits("573723")]),
        ("٥٧ ٣٧", vec![digits("5737")]),
        ("23 33 kevin", vec![digits("2333"), word("kevin")]),
        ("LIB/C7013", vec![word("lib/c7013")]),
        ("..33", vec![Term::Ends("33".into())]),
        ("..23 33", vec![Term::Ends("2333".into())]),
        ("anna ..33", vec![word("anna"), Term::Ends("33".into())]),
        ("É&V.A 👍", vec![word("e&v.a")]),
        ("Kevin@Ex", vec![Term::Email("kevin@ex".into())]),
        ("payment:Partly 57", vec![filter(Filter::Payment("partly".into())), digits("57")]),
        ("status:pen", vec![filter(Filter::Status(Status::Pending))]),
        ("STATUS:Held by:me", vec![filter(Filter::Status(Status::Held)), filter(Filter::Mine)]),
        ("agent:24 updated:today", vec![filter(Filter::Agent(24)), filter(Filter::Updated("today".into()))]),
        ("optin:n optin:yes", vec![filter(Filter::OptIn(false)), filter(Filter::OptIn(true))]),
        ("status: payment:", vec![]),
        ("status:none statut:é", vec![word("status:none"), word("statut:e")]),
        ("STAGE:cl stage:", vec![filter(Filter::Stage(Stage::Client))]),
        ("stage:none", vec![word("stage:none")]),
        ("#Real-Estate 57", vec![Term::Tag("realestate".into()), digits("57")]),
    ] {
        assert_eq!(Query::read(line).terms, expected, "{line}");
    }
}

#[test]
fn signs_alone_ask_for_nothing_or_for_nobody() {
    for (line, empty) in
        [("", true), (" - + .. ()", true), ("@", true), ("status:", true), ("%", false), ("👍", false)]
    {
        let query = Query::read(line);
        assert_eq!((query.terms.len(), query.is_empty()), (0, empty), "{line}");
    }
}

#[test]
fn what_is_typed_is_found_where_it_stands() {
    let number = Some(Place::Number(0));
    for (query, found) in [
        ("2333", number),
        ("5737 2333", number),
        ("+230 5737", number),
        ("0023057", number),
        ("057372", number),
        ("7", Some(Place::Policy)),
        ("37233", number),
        ("0701740605", Some(Place::Number(1))),
        ("+46 (0)70 174", Some(Place::Number(1))),
        ("057373", None),
        ("73723339", None),
        ("#motor", Some(Place::Beside)),
        ("#MOT", Some(Place::Beside)),
        ("#real-est", Some(Place::Beside)),
        ("#otor", None),
        ("#kevin", None),
        ("stage:client", Some(Place::Beside)),
        ("stage:new", None),
        ("motor", None),
        ("..33", number),
        ("..372333", number),
        ("..37", None),
        ("..13", Some(Place::Policy)),
        ("..C7013", Some(Place::Policy)),
        ("701", Some(Place::Policy)),
        ("c7013", Some(Place::Policy)),
        ("C70", Some(Place::Policy)),
        ("lib/c7", Some(Place::Policy)),
        ("lib/c", Some(Place::Policy)),
        ("LIB", Some(Place::Policy)),
        ("b/c7014", None),
        ("kev", Some(Place::Name)),
        ("CUREPIPE", Some(Place::Name)),
        ("kevincurepipe", Some(Place::Name)),
        ("curepipekev", Some(Place::Name)),
        ("andersonk", Some(Place::Name)),
        ("kevinxcure", None),
        ("epipe", None),
        ("trader", Some(Place::Company)),
        ("100", Some(Place::Company)),
        ("100%", Some(Place::Company)),
        ("kevin.curepipe7", Some(Place::Email(0))),
        ("anderson.kev", Some(Place::Name)),
        ("kevin-traders", Some(Place::Company)),
        ("curepipe77", Some(Place::Email(0))),
        ("kevincurepipe77", Some(Place::Email(0))),
        ("kevin.curepipe77@", Some(Place::Email(0))),
        ("kevincurepipe77@ma", Some(Place::Email(0))),
        ("@mail.exa", Some(Place::Email(0))),
        ("@mail.org", None),
        ("curepipe77@mail", None),
        ("payment:partly", Some(Place::Beside)),
        ("payment:PARTLYP", Some(Place::Beside)),
        ("payment:paid", None),
        ("by:me", Some(Place::Beside)),
    ] {
        assert_eq!(place(&kevin(), query), found, "{query}");
    }
}

#[test]
fn whole_numbers_are_known_however_they_are_said() {
    for (query, whole) in [
        ("+230 5737 2333", true),
        ("5737 2333", true),
        ("05737 2333", true),
        ("0023057372333", true),
        ("57372 33", false),
        ("2333", false),
        ("kevin", false),
    ] {
        assert_eq!(Query::read(query).terms[0].is_number("+23057372333"), whole, "{query}");
    }
}

/// A number of one digit over and over is told from the many that have it four times.
#[test]
fn repeated_digits_have_longer_runs() {
    let record = |number: &str| Record { numbers: vec![number.into()], ..Record::default() };
    let term = &Query::read("5555 5555").terms[0];
    assert!(answers(&record("+23055555555"), term));
    assert!(!answers(&record("+23055555557"), term));
    assert_eq!(place(&record("+23055555557"), "555555"), Some(Place::Number(0)));
    // `0202` and `2020` stand apart in many.
    for query in ["020202", "20202", "+1202", "120202"] {
        assert_eq!(place(&record("+12020202020"), query), Some(Place::Number(0)), "{query}");
    }
    assert_eq!(place(&record("+12020757930"), "02020757930"), Some(Place::Number(0)));
    assert!(!answers(&record("+12025552020"), &Query::read("020202").terms[0]));
}

#[test]
fn country_codes_end_where_they_end() {
    for (digits, length) in
        [("12025550143", 1), ("79261234567", 1), ("46701740605", 2), ("23057372333", 3), ("", 3)]
    {
        assert_eq!(code_length(digits), length, "{digits}");
    }
}

/// The tokens of a small record, written out.
#[test]
fn the_tokens_of_a_record() {
    let record = Record {
        names: vec!["Li Lin".into(), "Li".into()],
        policy: Some("A-7".into()),
        payment: Some("paid".into()),
        numbers: vec!["+4612".into()],
        emails: vec!["li.9@x.example".into()],
        agents: vec![24],
        ..Record::default()
    };
    let tokens = tokens(&record);
    let written = "~l ~li li ~lin lin ~li9 li9 %a7 %a7$ %7$ #0 #00 #004 #0046 #04 #046 #0461 #4 #46 #461 \
        #4612 #6 #61 #612 #612$ #1 #12 #12$ #2 #2$ #01 #012 li9@ =paid @x &24 &new";
    assert_eq!(tokens.split_whitespace().collect::<Vec<_>>().join(" "), written);
    assert_eq!(vocabulary(&record), ["=paid", "@x", "li", "lin"]);
}

fn any_record() -> impl Strategy<Value = Record> {
    (
        "[A-Zé][a-zéø]{1,11}( [A-Z]?['-]?[a-z]{1,12}){0,3}|[王小明陳]{1,4}",
        proptest::option::of("[A-Z]{0,4}[/-]?[A-Z0-9]{1,10}"),
        proptest::collection::vec("\\+(230|1|46|61|44)([0-9]{5,10}|5{5,9}|(07){3,5})", 0..3),
        proptest::collection::vec("[a-z]{1,9}[._-]?[a-z0-9]{1,9}@[a-z]{1,9}\\.example", 0..2),
        proptest::option::of("[A-Z][a-z]{2,12} (Ltd|& Co|54|100%)"),
    )
        .prop_map(|(name, policy, numbers, emails, company)| Record {
            names: vec![name],
            company,
            policy,
            numbers,
            emails,
            ..Record::default()
        })
}

/// Part of `text` by two numbers that may be anything.
fn part(text: &str, from: usize, length: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let from = from % chars.len();
    chars[from..].iter().take(1 + length % chars.len()).collect()
}

proptest! {
    /// The promise of figures 6: every run of digits, every tail of a policy number, every beginning
    /// of a word finds its customer.
    #[test]
    fn nobody_is_lost(record in any_record(), from in 0_usize..99, length in 0_usize..99) {
        let mut queries = Vec::new();
        for number in &record.numbers {
            let [abroad, national] = spellings(number);
            queries.extend([part(&abroad, from, length), part(&national, from, length)]);
            queries.push(format!("..{}", &number[1 + from % (number.len() - 1)..]));
        }
        for policy in record.policies_squashed() {
            let chars: Vec<char> = policy.chars().collect();
            let tail: String = chars[(from % chars.len()).min(chars.len().saturating_sub(3))..].iter().collect();
            queries.extend((tail.len() > 2 || tail.contains(|c: char| c.is_ascii_digit())).then_some(tail));
        }
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let texts = record.names.iter().chain(&record.company).flat_map(|text| words(text));
        queries.extend(texts.map(|word| part(&word, 0, length)));
        queries.extend(record.emails.iter().map(|email| part(email, 0, length)));
        for query in queries.iter().filter(|query| query.chars().any(char::is_alphanumeric)) {
            for term in Query::read(query).terms {
                prop_assert!(term.place(&record).is_some(), "{query}: not read in {:?}", record.names);
                prop_assert!(answers(&record, &term), "{query}: no token in {}", tokens(&record));
            }
        }
    }

    #[test]
    fn joined_names_are_found(a in "[a-z]{3,9}", b in "[a-z]{3,9}", kept in 1_usize..9) {
        let record = Record { names: vec![format!("{a} {b}")], ..Record::default() };
        for (left, right) in [(&a, &b), (&b, &a)] {
            let query = format!("{left}{}", &right[..kept.min(right.len()).max(5_usize.saturating_sub(left.len()))]);
            prop_assert_eq!(place(&record, &query), Some(Place::Name));
        }
    }

    #[test]
    fn no_line_is_too_odd(line in "\\PC{0,200}|[\"'*^():{}+.@#~$-]{0,200}|[0-9 ]{0,9000}") {
        let query = Query::read(&line);
        prop_assert!(query.terms.len() <= 16);
        for term in query.terms {
            for need in term.needs(1).into_iter().flatten() {
                let (Need::Token(text) | Need::Begins(text)) = need;
                let plain = |c: char| c.is_alphanumeric() || !c.is_ascii() || "~#%$@=&".contains(c);
                prop_assert!(!text.is_empty() && text.chars().all(plain), "{text:?}");
            }
            term.place(&kevin());
        }
    }
}
