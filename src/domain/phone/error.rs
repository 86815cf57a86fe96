//! Why a phone number was refused, in sentences that never repeat the number.

/// A refused number: the reason, and how one would be accepted (TWS-71).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}; write it like {example}")]
pub struct PhoneError {
    pub fault: PhoneFault,
    pub example: String,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneFault {
    #[error("no number given")]
    Empty,
    #[error("this is too much text for a phone number")]
    TooMuchText,
    #[error("letters are not taken in a phone number")]
    Letters,
    #[error("extensions are not taken, give the direct number")]
    Extension,
    #[error("a spreadsheet has reformatted this number, set its column to text and enter it again")]
    Spreadsheet,
    #[error(
        "its first 0 is missing, as where a spreadsheet took it for an amount; set its column to text and enter \
         it again with the 0"
    )]
    LostZero,
    #[error("this is more than one number, give one")]
    Several,
    #[error("there is a control or invisible character in the number, type it by hand")]
    Invisible,
    #[error("{0:?} does not belong in a phone number")]
    Character(char),
    #[error("no country has this calling code")]
    CallingCode,
    #[error("too short: {expected} digits expected, {given} given")]
    TooShort { expected: String, given: usize },
    #[error("too long: {expected} digits expected, {given} given")]
    TooLong { expected: String, given: usize },
    #[error("wrong length: {expected} digits expected, {given} given")]
    Length { expected: String, given: usize },
    #[error("the length is right, but no such number exists in the plan of {0}")]
    NotInPlan(String),
    #[error("this desk takes only {0}")]
    Foreign(String),
    #[error("this is a {kind} number, and this desk takes only {takes}")]
    NotMobile { kind: &'static str, takes: String },
}

impl PhoneFault {
    /// What is missing or too many while somebody still types: `one digit short: 7 of 8`.
    pub fn off_by(&self) -> Option<String> {
        let (expected, given) = match self {
            Self::TooShort { expected, given } | Self::TooLong { expected, given } => (expected, *given),
            _ => return None,
        };
        let wanted: usize = expected.parse().ok()?;
        let count = match wanted.abs_diff(given) {
            1 => "one digit".to_owned(),
            many => format!("{many} digits"),
        };
        let way = if given < wanted { "short" } else { "too many" };
        Some(format!("{count} {way}: {given} of {wanted}"))
    }
}
