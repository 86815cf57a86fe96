//! Show 5: zones, days on which clocks change, states, unknown zones and toll-free numbers; a text leaves
//! only when it may wherever the customer might be.

use proptest::prelude::*;

use super::*;

fn rules() -> Rules {
    Rules::new(Region::MU, File::new()).unwrap()
}

fn with(office: &str) -> Rules {
    Rules::new(Region::MU, toml::from_str(office).unwrap()).unwrap()
}

fn utc(text: &str) -> Micros {
    Micros::parse_rfc3339(text).unwrap()
}

/// Number, stored zone, country and state of the address.
type Who<'a> = (&'a str, &'a str, &'a str, &'a str);

fn places(rules: &Rules, (number, zone, country, state): Who<'_>) -> Places {
    rules.places(&Whereabouts { number: &E164::parse(number).unwrap(), zone, country, state })
}

/// In US-hours, waiting till then; `open`, `noted`, `never`.
fn verdict(who: Who<'_>, purpose: Purpose, now: &str) -> String {
    match places(&rules(), who).judge(purpose, None, utc(now)) {
        Verdict::Open => "open".to_owned(),
        Verdict::Noted { .. } => "noted".to_owned(),
        Verdict::Quiet { till } => till.rfc3339().replace(":00.000Z", "Z"),
        Verdict::Never => "never".to_owned(),
    }
}

const DC: &str = "+12025550143";
const FLORIDA: &str = "+13055550143";
const TEXAS: &str = "+12145550143";
const TOLL_FREE: &str = "+18005550143";
const NO_AREA: &str = "+19995550143";
const KEVIN: &str = "+23057372333";
const SYDNEY: &str = "+61491570006";
const NOWHERE: &str = "+80012345678";

#[test]
fn show_5_where_it_may_and_till_when_it_waits() {
    let table: [(&str, Who<'_>, &str, &str); 37] = [
        // One zone. Winter: New York is 5 h behind.
        ("8:00 to the minute", (DC, "", "", ""), "2026-01-14T13:00:00Z", "open"),
        ("a minute before", (DC, "", "", ""), "2026-01-14T12:59:00Z", "2026-01-14T13:00Z"),
        ("20:59", (DC, "", "", ""), "2026-01-15T01:59:59Z", "open"),
        ("21:00", (DC, "", "", ""), "2026-01-15T02:00:00Z", "2026-01-15T13:00Z"),
        ("midnight", (DC, "", "", ""), "2026-01-15T05:00:00Z", "2026-01-15T13:00Z"),
        // Summer: 4 h.
        ("8:00 in summer", (DC, "", "", ""), "2026-07-15T12:00:00Z", "open"),
        ("7:59 in summer", (DC, "", "", ""), "2026-07-15T11:59:00Z", "2026-07-15T12:00Z"),
        // Clocks are set forward on 2026-03-08, back on 2026-11-01.
        ("the night of 23 h", (DC, "", "", ""), "2026-03-08T02:30:00Z", "2026-03-08T12:00Z"),
        ("the night before", (DC, "", "", ""), "2026-03-07T02:30:00Z", "2026-03-07T13:00Z"),
        ("the night of 25 h", (DC, "", "", ""), "2026-11-01T01:30:00Z", "2026-11-01T13:00Z"),
        ("and after", (DC, "", "", ""), "2026-11-02T02:30:00Z", "2026-11-02T13:00Z"),
        // States: Florida till 20:00 and in two zones, both must be open.
        ("Florida 19:30 in the east", (FLORIDA, "", "", ""), "2026-01-15T00:30:00Z", "open"),
        ("Florida 20:00 in the east", (FLORIDA, "", "", ""), "2026-01-15T01:00:00Z", "2026-01-15T14:00Z"),
        ("Florida 8:30 in the east", (FLORIDA, "", "", ""), "2026-01-15T13:30:00Z", "2026-01-15T14:00Z"),
        ("Miami known by zone", (FLORIDA, "America/New_York", "", ""), "2026-01-15T13:30:00Z", "open"),
        ("Florida by address", (DC, "", "US", "FL"), "2026-01-15T01:00:00Z", "2026-01-15T14:00Z"),
        ("by name", (DC, "", "United States", "florida"), "2026-01-15T01:00:00Z", "2026-01-15T14:00Z"),
        ("a state alone", (DC, "", "", "FL"), "2026-01-15T01:00:00Z", "2026-01-15T14:00Z"),
        ("Connecticut from 9", ("+12035550143", "", "", ""), "2026-01-14T13:30:00Z", "2026-01-14T14:00Z"),
        ("Oklahoma till 20", ("+14055550143", "", "", ""), "2026-01-15T02:00:00Z", "2026-01-15T14:00Z"),
        ("Maryland till 20", ("+14105550143", "", "", ""), "2026-01-15T01:00:00Z", "2026-01-15T13:00Z"),
        // Texas: from 9, Sundays from 12, in two zones. 2026-01-18 is a Sunday.
        ("Texas on a Saturday", (TEXAS, "", "", ""), "2026-01-17T16:00:00Z", "open"),
        ("Texas on a Sunday", (TEXAS, "", "", ""), "2026-01-18T16:00:00Z", "2026-01-18T19:00Z"),
        ("Dallas on a Sunday", (TEXAS, "America/Chicago", "", ""), "2026-01-18T18:00:00Z", "open"),
        ("Texas on Saturday night", (TEXAS, "", "", ""), "2026-01-18T03:30:00Z", "2026-01-18T19:00Z"),
        // Who moved: the address counts, not the area code.
        ("a DC mobile in Honolulu", (DC, "", "US", "HI"), "2026-01-15T05:00:00Z", "open"),
        ("by stored zone", (DC, "Pacific/Honolulu", "", ""), "2026-01-15T05:00:00Z", "open"),
        ("home again", (DC, "", "Mauritius", ""), "2026-01-15T05:00:00Z", "open"),
        // G25: a stored UTC is what a program puts in.
        ("stored UTC", (DC, "UTC", "", ""), "2026-01-14T12:59:00Z", "2026-01-14T13:00Z"),
        ("stored Etc/UTC", (DC, "Etc/UTC", "", ""), "2026-01-14T12:59:00Z", "2026-01-14T13:00Z"),
        ("no zone at all", (DC, "Mars/Olympus", "", ""), "2026-01-14T12:59:00Z", "2026-01-14T13:00Z"),
        // Anywhere from Newfoundland to Adak: open when Honolulu has 8:00.
        ("toll-free", (TOLL_FREE, "", "", ""), "2026-01-15T13:00:00Z", "2026-01-15T18:00Z"),
        ("toll-free, all awake", (TOLL_FREE, "", "", ""), "2026-01-15T19:30:00Z", "open"),
        ("an unknown area code", (NO_AREA, "", "", ""), "2026-01-15T15:00:00Z", "2026-01-15T18:00Z"),
        ("the country without a state", (KEVIN, "", "US", ""), "2026-01-15T15:00:00Z", "2026-01-15T18:00Z"),
        // Nothing is known of Mauritius and Australia: the desk's own hours.
        ("Mauritius at 9", (KEVIN, "", "", ""), "2026-01-15T05:00:00Z", "open"),
        ("an Australian mobile: all of Australia", (SYDNEY, "", "", ""), "2026-01-15T03:00:00Z", "open"),
    ];
    for (what, who, now, expected) in table {
        assert_eq!(verdict(who, Purpose::Marketing, now), expected, "{what}");
    }
}

#[test]
fn texts_about_their_own_business_wait_where_the_law_says_so_and_are_noted_elsewhere() {
    let night = "2026-01-15T06:00:00Z";
    assert_eq!(verdict((DC, "", "", ""), Purpose::Service, night), "2026-01-15T13:00Z");
    let mauritius = (KEVIN, "", "", "");
    assert_eq!(verdict(mauritius, Purpose::Service, "2026-01-15T20:00:00Z"), "noted");
    assert_eq!(verdict(mauritius, Purpose::Marketing, "2026-01-15T20:00:00Z"), "2026-01-16T04:00Z");
    assert_eq!(verdict((NOWHERE, "", "", ""), Purpose::Marketing, "2026-01-15T09:00:00Z"), "never");
    assert_eq!(verdict((NOWHERE, "", "", ""), Purpose::Service, "2026-01-15T09:00:00Z"), "open");
    let zone = (NOWHERE, "Europe/Paris", "", "");
    assert_eq!(verdict(zone, Purpose::Marketing, "2026-01-15T20:30:00Z"), "2026-01-16T07:00Z");
}

#[test]
fn for_an_hour_after_their_own_call_or_text_a_service_text_is_no_disturbance() {
    let night = utc("2026-01-15T06:00:00Z");
    let judge = |purpose, ago| {
        let contact = Some(night - Duration::from_secs(ago));
        places(&rules(), (DC, "", "", "")).judge(purpose, contact, night)
    };
    let till = utc("2026-01-15T13:00:00Z");
    assert_eq!(judge(Purpose::Service, 0), Verdict::Noted { till });
    assert_eq!(judge(Purpose::Service, 3600), Verdict::Noted { till });
    assert_eq!(judge(Purpose::Service, 3601), Verdict::Quiet { till });
    assert_eq!(judge(Purpose::Marketing, 60), Verdict::Quiet { till });
    let to_come = Some(night + Duration::from_secs(60));
    let places = places(&rules(), (DC, "", "", ""));
    assert_eq!(places.judge(Purpose::Service, to_come, night), Verdict::Quiet { till });
}

#[test]
fn an_office_s_own_file_overrules_by_country_state_and_day() {
    let own = with(
        "[own]\nallowed = \"09:00-18:00\"\nsunday = \"never\"\nservice = \"waits\"\n\n[US.state.TX]\nsunday = \"never\"\n\n\
         [FR]\nallowed = \"10:00-20:00\"\nzones = [\"Europe/Paris\"]\n",
    );
    let judge = |who, now: &str| places(&own, who).judge(Purpose::Service, None, utc(now));
    // 2026-01-18 is a Sunday.
    let monday = Verdict::Quiet { till: utc("2026-01-19T05:00:00Z") };
    assert_eq!(judge((KEVIN, "", "", ""), "2026-01-18T08:00:00Z"), monday);
    assert_eq!(judge((KEVIN, "", "", ""), "2026-01-17T14:00:00Z"), monday);
    assert_eq!(
        judge((TEXAS, "America/Chicago", "", ""), "2026-01-18T18:00:00Z"),
        Verdict::Quiet { till: utc("2026-01-19T15:00:00Z") }
    );
    assert_eq!(judge((DC, "", "", ""), "2026-01-18T13:00:00Z"), Verdict::Open, "DC has its Sundays");
    assert_eq!(judge(("+33612345678", "", "", ""), "2026-01-17T18:59:00Z"), Verdict::Open);
    let never = with("[MU]\nallowed = \"never\"\n");
    assert_eq!(
        places(&never, (KEVIN, "", "", "")).judge(Purpose::Marketing, None, utc("2026-01-15T09:00:00Z")),
        Verdict::Never
    );
}

#[test]
fn what_is_wrong_in_a_file_is_refused_with_what_would_be_right() {
    for (text, why) in [
        ("[US]\nallowed = \"8-21\"", "\"08:00-21:00\""),
        ("[US]\nallowed = \"21:00-08:00\"", "\"08:00-21:00\""),
        ("[US]\nallowed = \"08:00-24:01\"", "\"08:00-21:00\""),
        ("[US]\nzones = [\"America/Gotham\"]", "no such time zone"),
        ("[US]\nservice = \"blocked\"", "unknown variant"),
        ("[US]\nhours = \"always\"", "unknown field"),
    ] {
        let refused = toml::from_str::<File>(text).unwrap_err().to_string();
        assert!(refused.contains(why), "{text}: {refused}");
    }
    for (text, key, why) in [
        ("[usa]\nallowed = \"always\"", "usa", "two capital letters"),
        ("[own.state.FL]\nallowed = \"always\"", "own", "no states"),
        ("[US.state.FL.state.X]\nallowed = \"always\"", "US", "FL has states"),
    ] {
        let (at, refused) = Rules::new(Region::MU, toml::from_str(text).unwrap()).unwrap_err();
        assert!(at == key && refused.contains(why), "{text}: {at} {refused}");
    }
}

#[test]
fn the_shipped_data_is_right() {
    let rules = rules();
    let us = &rules.areas["US"];
    assert_eq!(us.state.len(), 51, "fifty states and the capital");
    let mut codes: Vec<u16> = us.state.values().flat_map(|state| state.codes.clone()).collect();
    let many = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), many, "no area code is in two states");
    assert!(us.state.values().all(|state| !state.zones.is_empty() && !state.name.is_empty()));
    for (code, (name, zones)) in KNOWN.iter() {
        assert!(code.len() == 2 && !name.is_empty() && !zones.is_empty(), "{code}");
    }
    let lines = COUNTRIES.lines().filter(|line| !line.starts_with('#'));
    for line in lines {
        let zones = line.split('\t').nth(2).unwrap();
        assert!(zones.split(' ').all(|zone| zone.parse::<Tz>().is_ok()), "{line}");
    }
}

#[test]
fn the_clock_of_a_customer_is_said_only_where_there_is_one() {
    let at = utc("2026-01-15T12:00:00Z");
    let clock = |who| places(&rules(), who).clock(at);
    assert_eq!(clock((DC, "", "", "")), Some((Tz::America__New_York, true)));
    assert_eq!(clock((TEXAS, "", "", "")), Some((Tz::America__Chicago, false)));
    assert_eq!(clock((NOWHERE, "", "", "")), Some((Tz::Indian__Mauritius, false)), "the desk's own");
}

fn anybody() -> impl Strategy<Value = (usize, usize, usize, usize)> {
    (0..NUMBERS.len(), 0..ZONES.len(), 0..LANDS.len(), 0..STATES.len())
}

const NUMBERS: [&str; 9] =
    [DC, FLORIDA, TEXAS, TOLL_FREE, NO_AREA, KEVIN, SYDNEY, "+12085550143", "+14165550143"];
const ZONES: [&str; 7] =
    ["", "", "UTC", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];
const LANDS: [&str; 6] = ["", "", "US", "Canada", "MU", "BR"];
const STATES: [&str; 5] = ["", "", "TX", "Indiana", "QC"];

proptest! {
    /// Never while one of the places where the customer may be forbids it; and never later than needed:
    /// a minute before, one of them still forbids.
    #[test]
    fn show_5_never_when_any_candidate_forbids(
        (number, zone, country, state) in anybody(),
        minute in 29_000_000_i64..30_000_000,
    ) {
        let who = (NUMBERS[number], ZONES[zone], LANDS[country], STATES[state]);
        let (now, places) = (Micros::from_secs(minute * 60), places(&rules(), who));
        prop_assert!(!places.known.is_empty());
        let all_open = |at: Micros| places.known.iter().all(|place| is_open(&place.week, place.zone, at));
        match places.judge(Purpose::Marketing, Some(now), now) {
            Verdict::Open => prop_assert!(all_open(now)),
            Verdict::Quiet { till } => {
                prop_assert!(!all_open(now) && all_open(till) && till > now);
                let step = Duration::from_secs(60);
                let mut at = now;
                while at + step < till {
                    at = at + step;
                    prop_assert!(!all_open(at), "{} would have done", at);
                }
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn any_file_is_read_or_refused(text in "\\[(US|own|usa)\\]\n(allowed|sunday|zones|service) = \"\\PC{0,12}\"") {
        if let Ok(file) = toml::from_str::<File>(&text) {
            let _ = Rules::new(Region::MU, file);
        }
    }
}
