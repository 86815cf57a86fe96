//! The phone policy: one verdict for forms, imports and `phone check`, and the national form.

use std::fmt;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat, PhoneNumberType,
};
use serde::Serialize;

use super::{Accept, E164, PhoneError, PhoneFault, Region, read::read};

/// Which numbers the desk takes, and how it reads one without a country code (G1, TTX-38).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhonePolicy {
    pub region: Region,
    pub accept: Accept,
}

/// What `phone check` says of one number (TTX-30..34). `valid` is the policy's verdict: a good
/// number that this desk does not take is not valid here, and `e164` and `national` are then null.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PhoneReport {
    pub input: String,
    pub valid: bool,
    pub possible: bool,
    pub e164: Option<String>,
    pub national: Option<String>,
    pub country_code: Option<i32>,
    pub region: Option<String>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub reason: Option<String>,
}

impl fmt::Debug for PhoneReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneReport(valid: {}, kind: {}, redacted)", self.valid, self.kind)
    }
}

impl PhonePolicy {
    /// What a form field uses: the number to store, or the sentence to show.
    pub fn accept(&self, raw: &str) -> Result<E164, PhoneError> {
        self.judge(raw).1.map_err(|fault| self.error(fault))
    }

    /// Everything known about a number, whether taken or not.
    pub fn check(&self, raw: &str) -> PhoneReport {
        let (number, verdict) = self.judge(raw);
        let number = number.as_ref();
        let e164 = verdict.as_ref().ok();
        PhoneReport {
            input: raw.to_owned(),
            valid: verdict.is_ok(),
            possible: number.is_some_and(|number| number.is_possible_with_reason().is_ok()),
            e164: e164.map(E164::to_string),
            national: e164.map(|e164| self.national(e164)),
            country_code: number.map(|number| number.country_code),
            region: number.and_then(PhoneNumber::get_region_code).map(|region| region.to_string()),
            kind: number.map_or("unknown", |number| word(number.get_type())),
            reason: verdict.err().map(|fault| self.error(fault).to_string()),
        }
    }

    /// As people of the region write it, such as `5737 2333`; a foreign number keeps its country
    /// code.
    pub fn national(&self, e164: &E164) -> String {
        let Ok(number) = PhoneNumber::parse(e164.as_str(), None) else {
            return e164.to_string();
        };
        let format = if self.is_ours(&number) {
            PhoneNumberFormat::National
        } else {
            PhoneNumberFormat::International
        };
        number.format_as(format).into_owned()
    }

    /// As NIC writes it on the wire and in exports: `57372333`. A foreign number has no such form
    /// and stays in E.164.
    pub fn national_digits(&self, e164: &E164) -> String {
        match PhoneNumber::parse(e164.as_str(), None) {
            Ok(number) if self.is_ours(&number) => {
                let national = number.format_as(PhoneNumberFormat::National);
                national.chars().filter(char::is_ascii_digit).collect()
            }
            _ => e164.to_string(),
        }
    }

    fn is_ours(&self, number: &PhoneNumber) -> bool {
        number.get_region_code() == Some(self.region.code())
    }

    fn judge(&self, raw: &str) -> (Option<PhoneNumber>, Result<E164, PhoneFault>) {
        let clean = match read(raw) {
            Ok(clean) => clean,
            Err(fault) => return (None, Err(fault)),
        };
        match PhoneNumber::parse(&clean, Some(self.region.code())) {
            Ok(number) => {
                let verdict = self.verdict(&number);
                (Some(number), verdict)
            }
            Err(error) => (None, Err(self.parse_fault(&error, &clean))),
        }
    }

    fn verdict(&self, number: &PhoneNumber) -> Result<E164, PhoneFault> {
        let region_only = self.accept != Accept::International;
        if region_only && number.country_code != self.region.calling_code() {
            return Err(PhoneFault::Foreign(self.takes()));
        }
        if !number.is_valid() {
            return Err(self.invalid(number));
        }
        if region_only && !self.is_ours(number) {
            return Err(PhoneFault::Foreign(self.takes()));
        }
        let kind = number.get_type();
        if self.accept == Accept::RegionMobile && word(kind) != "mobile" {
            return Err(PhoneFault::NotMobile { kind: word(kind), takes: self.takes() });
        }
        E164::parse(&number.format_as(PhoneNumberFormat::E164)).ok_or(PhoneFault::CallingCode)
    }

    fn invalid(&self, number: &PhoneNumber) -> PhoneFault {
        let given = number.get_national_significant_number().len();
        self.length_fault(number.country_code, given).unwrap_or_else(|| {
            let place = if number.country_code == self.region.calling_code() {
                self.region.in_words()
            } else {
                format!("+{}", number.country_code)
            };
            PhoneFault::NotInPlan(place)
        })
    }

    fn parse_fault(&self, error: &ParseError, clean: &str) -> PhoneFault {
        match error {
            ParseError::InvalidCountryCode => PhoneFault::CallingCode,
            ParseError::NotANumber(_)
            | ParseError::TooShortAfterIdd
            | ParseError::TooShortNsn
            | ParseError::TooLongNsn => {
                let given = clean.trim_start_matches('+').len();
                self.length_fault(self.region.calling_code(), given).unwrap_or(PhoneFault::CallingCode)
            }
        }
    }

    /// `None` if numbers of this length exist.
    fn length_fault(&self, country_code: i32, given: usize) -> Option<PhoneFault> {
        let wanted = match self.accept {
            Accept::RegionMobile => PhoneNumberType::Mobile,
            Accept::Region | Accept::International => PhoneNumberType::Unknown,
        };
        let lengths = lengths(country_code, wanted);
        let (shortest, longest) = (*lengths.first()?, *lengths.last()?);
        let expected = one_of(&lengths);
        match given {
            _ if lengths.contains(&given) => None,
            _ if given < shortest => Some(PhoneFault::TooShort { expected, given }),
            _ if given > longest => Some(PhoneFault::TooLong { expected, given }),
            _ => Some(PhoneFault::Length { expected, given }),
        }
    }

    fn takes(&self) -> String {
        let kind = if self.accept == Accept::RegionMobile { "mobiles" } else { "numbers" };
        format!("{} {kind} (+{})", self.region.in_words(), self.region.calling_code())
    }

    fn error(&self, fault: PhoneFault) -> PhoneError {
        PhoneError { fault, example: self.example() }
    }

    fn example(&self) -> String {
        let code = self.region.code();
        let number = if self.region == Region::MU {
            PhoneNumber::parse("+23057372333", None).ok()
        } else {
            PHONE_NUMBER_UTIL
                .get_example_number_for_type_and_region(code, PhoneNumberType::Mobile)
                .or_else(|_| PHONE_NUMBER_UTIL.get_example_number(code))
                .ok()
        };
        let Some(number) = number else {
            return format!("+{} and the number", self.region.calling_code());
        };
        let national = number.format_as(PhoneNumberFormat::National).into_owned();
        match self.accept {
            Accept::International => {
                format!("{national} or {}", number.format_as(PhoneNumberFormat::International))
            }
            Accept::RegionMobile | Accept::Region => national,
        }
    }
}

/// TTX-34, in words. Where mobiles and landlines share their ranges, as in the whole of +1, a number
/// counts as a mobile (crates.md, decision 8).
fn word(kind: PhoneNumberType) -> &'static str {
    match kind {
        PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile => "mobile",
        PhoneNumberType::FixedLine => "landline",
        PhoneNumberType::TollFree => "toll-free",
        PhoneNumberType::PremiumRate => "premium-rate",
        PhoneNumberType::SharedCost => "shared-cost",
        PhoneNumberType::VoIP => "voip",
        PhoneNumberType::PersonalNumber => "personal",
        PhoneNumberType::Pager => "pager",
        PhoneNumberType::UAN => "uan",
        PhoneNumberType::VoiceMail => "voicemail",
        PhoneNumberType::Unknown => "unknown",
    }
}

/// How many national digits numbers of this kind have. The library tells only of given numbers, so
/// it is asked about one of each length.
fn lengths(country_code: i32, kind: PhoneNumberType) -> Vec<usize> {
    (2..=15)
        .filter(|length| {
            let national_number = 10_u64.pow(length - 1);
            let number = PhoneNumber { country_code, national_number, ..PhoneNumber::default() };
            PHONE_NUMBER_UTIL.is_possible_number_for_type_with_reason(&number, kind)
                == Ok(NumberLengthType::IsPossible)
        })
        .map(|length| length as usize)
        .collect()
}

/// `8`, `7 or 8`, `7, 8 or 10`.
fn one_of(lengths: &[usize]) -> String {
    let words: Vec<String> = lengths.iter().map(usize::to_string).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
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
}
