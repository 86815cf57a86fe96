//! The policy as a whole: tables by seed id, and what must hold for any input.

use proptest::prelude::*;

use super::*;

fn policy(region: &str, accept: Accept) -> PhonePolicy {
    PhonePolicy { region: region.parse().unwrap(), accept }
}

fn nic() -> PhonePolicy {
    policy("MU", Accept::RegionMobile)
}

#[test]
fn nic_44_takes_mauritius_mobiles_as_e164() {
    for raw in
        ["57372333", "+230 5737 2333", "5737-2333", "23057372333", "00230 5737 2333", "５７３７２３３３"]
    {
        let number = nic().accept(raw).unwrap();
        assert_eq!(number.as_str(), "+23057372333", "{raw}");
        assert_eq!(nic().national(&number), "5737 2333");
        assert_eq!(nic().national_digits(&number), "57372333");
    }
    assert_eq!(nic().accept("٥٨٤٤٠٠١٠").unwrap().as_str(), "+23058440010");
}

#[test]
fn nic_44_and_128_refusals_say_why_and_show_an_example() {
    let only = "this desk takes only Mauritius mobiles (+230)";
    let table = [
        ("5737233", "too short: 8 digits expected, 7 given".to_owned()),
        ("+230 5737 233", "too short: 8 digits expected, 7 given".into()),
        ("5", "too short: 8 digits expected, 1 given".into()),
        ("573723334", "too long: 8 digits expected, 9 given".into()),
        ("57372333 57001122", "too long: 8 digits expected, 16 given".into()),
        (&"5".repeat(40), "too long: 8 digits expected, 40 given".into()),
        ("37372333", "the length is right, but no such number exists in the plan of Mauritius".into()),
        ("+1 202 555 0143", only.into()),
        ("+61 491 570 006", only.into()),
        ("+1 202 555", only.into()),
        ("+999 57372333", "no country has this calling code".into()),
        ("210 1234", "this is a landline number, and ".to_owned() + only),
        ("5737 2333 ext 5", "extensions are not taken, give the direct number".into()),
        ("1-800-FLOWERS", "letters are not taken in a phone number".into()),
    ];
    for (raw, why) in table {
        let error = nic().accept(raw).unwrap_err().to_string();
        assert_eq!(error, format!("{why}; write it like 5737 2333"), "{raw}");
    }
}

#[test]
fn tws_66_national_and_international_forms_meet() {
    let us = policy("US", Accept::International);
    for raw in ["202-555-0143", "(202) 555-0143", "+1 202 555 0143", "1 202 555 0143"] {
        assert_eq!(us.accept(raw).unwrap().as_str(), "+12025550143", "{raw}");
    }
    let table = [
        ("AU", "0491 570 006", "+61491570006", "0491 570 006", "0491570006"),
        ("SE", "070-174 06 05", "+46701740605", "070-174 06 05", "0701740605"),
        ("US", "2025550143", "+12025550143", "(202) 555-0143", "2025550143"),
        ("US", "+230 57372333", "+23057372333", "+230 5737 2333", "+23057372333"),
    ];
    for (region, raw, e164, national, digits) in table {
        let policy = policy(region, Accept::International);
        let number = policy.accept(raw).unwrap();
        assert_eq!(number.as_str(), e164);
        assert_eq!(policy.national(&number), national);
        assert_eq!(policy.national_digits(&number), digits);
    }
}

#[test]
fn g1_how_foreign_is_a_setting() {
    use Accept::*;
    let table = [
        ("MU", "210 1234", [false, true, true]),
        ("MU", "57372333", [true, true, true]),
        ("MU", "+12025550143", [false, false, true]),
        // Shares +1 with the US: another region all the same.
        ("US", "+1 604 555 0143", [false, false, true]),
        // In +1 mobiles and landlines look alike and count as mobiles.
        ("US", "202 555 0143", [true, true, true]),
        ("US", "800 555 0143", [false, true, true]),
    ];
    for (region, raw, taken) in table {
        for (accept, taken) in [RegionMobile, Region, International].into_iter().zip(taken) {
            assert_eq!(policy(region, accept).accept(raw).is_ok(), taken, "{region} {accept} {raw}");
        }
    }
}

#[test]
fn tws_71_the_example_is_one_the_desk_takes() {
    for region in ["MU", "US", "GB", "SE", "AU", "DE", "IN", "FR", "BR", "MX", "AR", "IT"] {
        for accept in Accept::ALL {
            let policy = policy(region, accept);
            let example = policy.accept("").unwrap_err().example;
            for example in example.split(" or ") {
                assert!(policy.accept(example).is_ok(), "{region} {accept} {example}");
            }
        }
    }
}

#[test]
fn ttx_30_to_34_report_in_the_order_of_its_keys() {
    let world = policy("MU", Accept::International);
    let table = [
        (
            "5737 2333",
            r#"{"input":"5737 2333","valid":true,"possible":true,"e164":"+23057372333","national":"5737 2333","country_code":230,"region":"MU","type":"mobile","reason":null}"#,
        ),
        (
            "+1 800 555 0143",
            r#"{"input":"+1 800 555 0143","valid":true,"possible":true,"e164":"+18005550143","national":"+1 800-555-0143","country_code":1,"region":"US","type":"toll-free","reason":null}"#,
        ),
        (
            "37372333",
            r#"{"input":"37372333","valid":false,"possible":true,"e164":null,"national":null,"country_code":230,"region":"MU","type":"unknown","reason":"the length is right, but no such number exists in the plan of Mauritius; write it like 5737 2333 or +230 5737 2333"}"#,
        ),
        (
            "call me",
            r#"{"input":"call me","valid":false,"possible":false,"e164":null,"national":null,"country_code":null,"region":null,"type":"unknown","reason":"letters are not taken in a phone number; write it like 5737 2333 or +230 5737 2333"}"#,
        ),
    ];
    for (raw, json) in table {
        assert_eq!(serde_json::to_string(&world.check(raw)).unwrap(), json);
    }
    assert_eq!(
        serde_json::to_string(&nic().check("+12025550143")).unwrap(),
        r#"{"input":"+12025550143","valid":false,"possible":true,"e164":null,"national":null,"country_code":1,"region":"US","type":"mobile","reason":"this desk takes only Mauritius mobiles (+230); write it like 5737 2333"}"#
    );
}

#[test]
fn debug_hides_the_number() {
    let report = nic().check("57372333");
    assert!(!format!("{report:?} {:?}", report.e164.as_deref().and_then(E164::parse)).contains("2333"));
}

proptest! {
    /// A number formatted as right is right: every form of it reads back as the same number.
    #[test]
    fn accepted_numbers_read_back(raw in "\\+?[0-9 ()./-]{3,20}|5[0-9]{7}|\\PC{0,20}", at in 0_usize..4) {
        for accept in Accept::ALL {
            let policy = policy(["MU", "US", "AU", "SE"][at], accept);
            let report = policy.check(&raw);
            prop_assert_eq!(report.valid, report.reason.is_none());
            prop_assert_eq!(report.valid, report.e164.is_some());
            prop_assert_eq!(report.valid, report.national.is_some());
            if let Ok(number) = policy.accept(&raw) {
                prop_assert_eq!(report.e164.as_deref(), Some(number.as_str()));
                for form in [number.to_string(), policy.national(&number), policy.national_digits(&number)] {
                    prop_assert_eq!(policy.accept(&form), Ok(number.clone()), "{}", form);
                }
            }
        }
    }

    /// NIC-44: of eight typed digits, exactly those eight are stored.
    #[test]
    fn eight_digits_stay_themselves(digits in "[0-9]{8}") {
        if let Ok(number) = nic().accept(&digits) {
            prop_assert_eq!(number.as_str(), format!("+230{digits}"));
        }
    }
}

/// What a spreadsheet has made of a number is never read as one, though its digits may fit.
#[test]
fn ttx_46_mangled_numbers_of_a_file_are_refused() {
    use PhoneFault::{LostZero, Spreadsheet};
    let table = [
        ("MU", "57372333", Ok("+23057372333")),
        ("MU", "5.7372E+07", Err(Spreadsheet)),
        ("MU", "57372333.0", Err(Spreadsheet)),
        ("AU", "0491570006", Ok("+61491570006")),
        ("AU", "491 570 006", Ok("+61491570006")),
        ("AU", "61491570006", Ok("+61491570006")),
        ("AU", "+61491570006", Ok("+61491570006")),
        ("AU", "491570006", Err(LostZero)),
        ("AU", "4.9157E+08", Err(Spreadsheet)),
        ("SE", "070-174 06 05", Ok("+46701740605")),
        ("SE", "701740605", Err(LostZero)),
        ("US", "2025550143", Ok("+12025550143")),
        ("SE", "2024-01-02", Err(Spreadsheet)),
        ("SE", "31/12/2024", Err(Spreadsheet)),
        ("SE", "1.2.2024", Err(Spreadsheet)),
    ];
    for (region, raw, expected) in table {
        let found = policy(region, Accept::International).accept_cell(raw);
        let found = found.as_ref().map(E164::as_str).map_err(|error| error.fault.clone());
        assert_eq!(found, expected, "{region} {raw:?}");
    }
}
