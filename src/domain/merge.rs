//! Two customers become one: which of their fields can be chosen, and what is chosen for them where
//! nobody says.

/// What is chosen as one: a name with its parts, an address with its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Name,
    Mobile,
    Email,
    Company,
    Industry,
    Policy,
    Payment,
    Due,
    Stage,
    Address,
    Timezone,
    Preferred,
    /// Fields under names of their own: what both have; those of the other come along in any case.
    Custom,
}

impl Part {
    pub const ALL: [Self; 13] = [
        Self::Name,
        Self::Mobile,
        Self::Email,
        Self::Company,
        Self::Industry,
        Self::Policy,
        Self::Payment,
        Self::Due,
        Self::Stage,
        Self::Address,
        Self::Timezone,
        Self::Preferred,
        Self::Custom,
    ];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Mobile => "mobile",
            Self::Email => "email",
            Self::Company => "company",
            Self::Industry => "industry",
            Self::Policy => "policy-number",
            Self::Payment => "payment",
            Self::Due => "amount-due",
            Self::Stage => "stage",
            Self::Address => "address",
            Self::Timezone => "timezone",
            Self::Preferred => "preferred",
            Self::Custom => "custom",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == text)
    }

    /// The columns it is made of; the two contact fields have none: only updates change them.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Mobile | Self::Email => &[],
            Self::Name => &["name", "given_name", "family_name"],
            Self::Company => &["company"],
            Self::Industry => &["industry"],
            Self::Policy => &["policy_number"],
            Self::Payment => &["payment"],
            Self::Due => &["amount_due", "currency"],
            Self::Stage => &["stage"],
            Self::Address => &["street", "city", "state", "zip", "country"],
            Self::Timezone => &["timezone"],
            Self::Preferred => &["preferred_method", "preferred_time"],
            Self::Custom => &["custom"],
        }
    }
}

/// Whose value it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Kept,
    Gone,
}

impl Side {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Gone => "gone",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Kept, Self::Gone].into_iter().find(|side| side.as_str() == text)
    }

    /// What the kept customer has stays; what is empty is filled.
    pub fn usual(kept_is_empty: bool, gone_is_empty: bool) -> Self {
        if kept_is_empty && !gone_is_empty { Self::Gone } else { Self::Kept }
    }
}

/// Reads `company=gone`.
///
/// # Errors
/// The sentence says what is known.
pub fn take(text: &str) -> Result<(Part, Side), String> {
    let parsed =
        text.split_once('=').map(|(part, side)| (Part::parse(part.trim()), Side::parse(side.trim())));
    match parsed {
        Some((Some(part), Some(side))) => Ok((part, side)),
        Some((None, _)) => {
            let known: Vec<&str> = Part::ALL.iter().map(|part| part.as_str()).collect();
            Err(format!("\"{text}\": no such field; there are {}", known.join(", ")))
        }
        _ => Err(format!("\"{text}\": write it like company=gone or company=kept")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_and_a_wrong_one_named() {
        assert_eq!(take("company=gone"), Ok((Part::Company, Side::Gone)));
        assert_eq!(take(" amount-due = kept "), Ok((Part::Due, Side::Kept)));
        for part in Part::ALL {
            assert_eq!(Part::parse(part.as_str()), Some(part));
        }
        for (wrong, why) in [
            ("company", "write it like company=gone"),
            ("company=left", "write it like company=gone"),
            ("colour=gone", "no such field; there are name, mobile, email, company"),
        ] {
            assert!(take(wrong).is_err_and(|said| said.contains(wrong) && said.contains(why)), "{wrong}");
        }
    }

    #[test]
    fn what_is_there_stays_and_what_is_empty_is_filled() {
        let sides = [(false, false), (false, true), (true, true), (true, false)];
        let usual = sides.map(|(kept, gone)| Side::usual(kept, gone));
        assert_eq!(usual, [Side::Kept, Side::Kept, Side::Kept, Side::Gone]);
    }
}
