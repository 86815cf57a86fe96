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

    /// What a row of a file goes through: besides, nothing that a spreadsheet made of a number passes
    /// for one, though it may look right.
    pub fn accept_cell(&self, raw: &str) -> Result<E164, PhoneError> {
        let text = raw.trim();
        if is_date(text) {
            return Err(self.error(PhoneFault::Spreadsheet));
        }
        let number = self.accept(raw)?;
        if self.has_lost_zero(text, &number) { Err(self.error(PhoneFault::LostZero)) } else { Ok(number) }
    }

    /// Bare digits that are a number of ours only with the 0 that people dial first: `491570006`.
    fn has_lost_zero(&self, text: &str, number: &E164) -> bool {
        text.bytes().all(|byte| byte.is_ascii_digit())
            && number.as_str().strip_prefix(&format!("+{}", self.region.calling_code())) == Some(text)
            && self.region.dials_zero_first()
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

/// What a spreadsheet makes of `1-2-2024`: digits enough for a number in some countries.
fn is_date(text: &str) -> bool {
    let parts: Option<Vec<(usize, u32)>> =
        text.split(['-', '/', '.']).map(|part| Some((part.len(), part.parse().ok()?))).collect();
    let is_year = |(length, year): (usize, u32)| length == 4 && (1900..2100).contains(&year);
    let is_day = |(length, day): (usize, u32)| length <= 2 && (1..=31).contains(&day);
    match parts.as_deref() {
        Some([a, b, c]) => {
            is_day(*b)
                && (is_year(*a) && is_day(*c) || is_day(*a) && is_year(*c))
                && a.1.min(b.1).min(c.1) <= 12
        }
        _ => false,
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
