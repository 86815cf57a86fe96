//! The two settings of the phone policy: the desk's region, and how much of the world it accepts.

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region as Code};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::E164;

/// An ISO 3166-1 alpha-2 region that has a numbering plan (TTX-38), such as `MU`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region(Code);

/// Not a region, or one without phones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown region {0:?}: use a two-letter country code such as MU, US or GB")]
pub struct UnknownRegion(String);

impl Region {
    pub const MU: Self = Self(Code::MU);

    /// Where a number is from, `None` for one that is of no country.
    pub fn of(number: &E164) -> Option<Self> {
        PhoneNumber::parse(number.as_str(), None).ok()?.get_region_code().map(Self)
    }

    /// The country calling code: 230 for `MU`.
    pub fn calling_code(self) -> i32 {
        PHONE_NUMBER_UTIL.get_country_code_for_region(self.0).unwrap_or(0)
    }

    /// As it stands in a sentence: "only Mauritius mobiles". Other desks know their own code.
    pub(super) fn in_words(self) -> String {
        match self.0 {
            Code::MU => "Mauritius".into(),
            Code::GB => "UK".into(),
            code => code.to_string(),
        }
    }

    /// Whether people there write a 0 before the number: `0491 570 006`.
    pub(super) fn dials_zero_first(self) -> bool {
        thread_local!(static LAST: Cell<Option<(Region, bool)>> = const { Cell::new(None) });
        // Asked for every row of a file, and nearly always of the same region.
        if let Some((_, known)) = LAST.get().filter(|(region, _)| *region == self) {
            return known;
        }
        let example =
            PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(self.0, PhoneNumberType::Mobile);
        let zero = example.is_ok_and(|number| number.format_as(PhoneNumberFormat::National).starts_with('0'));
        LAST.set(Some((self, zero)));
        zero
    }

    pub(super) fn code(self) -> Code {
        self.0
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Code::from_code(text.trim())
            .ok()
            .filter(|code| PHONE_NUMBER_UTIL.get_country_code_for_region(*code).is_some())
            .map(Self)
            .ok_or_else(|| UnknownRegion(text.chars().take(12).collect()))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// By their two letters.
impl Ord for Region {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.to_string().cmp(&other.to_string())
    }
}

impl PartialOrd for Region {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({})", self.0)
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// Which valid numbers the desk takes (G1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accept {
    /// Mobiles of the desk's region: NIC-44, NIC-128.
    RegionMobile,
    /// Any number of the desk's region.
    Region,
    /// Any number; without `+` it is read as one of the desk's region.
    International,
}

/// None of the words of [`Accept`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word: use region-mobile, region or international")]
pub struct UnknownAccept;

impl Accept {
    pub const ALL: [Self; 3] = [Self::RegionMobile, Self::Region, Self::International];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::RegionMobile => "region-mobile",
            Self::Region => "region",
            Self::International => "international",
        }
    }
}

impl FromStr for Accept {
    type Err = UnknownAccept;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|accept| accept.as_str() == text.trim()).ok_or(UnknownAccept)
    }
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ttx_38_region_is_read_from_its_code() {
        for (text, code) in [("MU", 230), ("us", 1), (" gb ", 44), ("SE", 46), ("AU", 61)] {
            let region: Region = text.parse().unwrap();
            assert_eq!(region.calling_code(), code, "{text}");
            assert_eq!(region.to_string(), text.trim().to_uppercase());
        }
        assert_eq!("MU".parse(), Ok(Region::MU));
    }

    #[test]
    fn what_is_no_region_is_refused_with_a_way_out() {
        for text in ["", "M", "MUS", "ZZ", "UK", "001", "Mauritius", "ΜU", "\u{1b}["] {
            let error = text.parse::<Region>().unwrap_err().to_string();
            assert!(error.ends_with("such as MU, US or GB"), "{text:?}: {error}");
            assert!(!error.contains('\u{1b}'));
        }
    }

    #[test]
    fn settings_read_as_words() {
        #[derive(Deserialize)]
        struct Phones {
            region: Region,
            accept: Accept,
        }
        let read = |text: &str| toml::from_str::<Phones>(text);
        let phones = read("region = \"mu\"\naccept = \"region-mobile\"").unwrap();
        assert_eq!((phones.region, phones.accept), (Region::MU, Accept::RegionMobile));
        let error = read("region = \"XX\"\naccept = \"region\"").err().unwrap().to_string();
        assert!(error.contains("unknown region \"XX\""), "{error}");
        assert!(read("region = \"MU\"\naccept = \"everything\"").is_err());
        for accept in Accept::ALL {
            assert_eq!(accept.to_string().parse(), Ok(accept));
            assert_eq!(serde_json::to_value(accept).unwrap(), accept.as_str());
        }
        assert_eq!("all".parse::<Accept>(), Err(UnknownAccept));
    }
}
