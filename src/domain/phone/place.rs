//! Where a number may be: its country, and in North America its area code. Candidates, no place: mobiles
//! travel (FACTS 15).

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberType};

use super::E164;

/// What the digits of a number say about where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// ISO 3166-1 alpha-2; `None` for numbers of no country, such as +800.
    pub country: Option<String>,
    /// The three digits after +1.
    pub area: Option<u16>,
    /// Rings anywhere in its country.
    pub is_toll_free: bool,
}

impl E164 {
    pub fn origin(&self) -> Origin {
        let parsed = PhoneNumber::parse(self.as_str(), None).ok();
        let region = parsed.as_ref().and_then(|number| {
            // A number out of plan is still one of its calling code's country.
            number
                .get_region_code()
                .or_else(|| PHONE_NUMBER_UTIL.get_region_for_country_code(number.country_code))
        });
        let country = region.map(|region| region.to_string()).filter(|code| code.len() == 2);
        let area = self.as_str().strip_prefix("+1").and_then(|digits| digits.get(..3)?.parse().ok());
        let is_toll_free = parsed.is_some_and(|number| number.get_type() == PhoneNumberType::TollFree);
        Origin {
            country: country.filter(|code| code.bytes().all(|b| b.is_ascii_uppercase())),
            area,
            is_toll_free,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_tells_its_country_and_its_area() {
        let origin = |text: &str| E164::parse(text).unwrap().origin();
        let table: [(&str, Option<&str>, Option<u16>, bool); 8] = [
            ("+12025550143", Some("US"), Some(202), false),
            ("+18005550143", Some("US"), Some(800), true),
            ("+19995550143", Some("US"), Some(999), false),
            ("+18765550143", Some("JM"), Some(876), false),
            ("+23057372333", Some("MU"), None, false),
            ("+61491570006", Some("AU"), None, false),
            ("+46701740605", Some("SE"), None, false),
            ("+80012345678", None, None, true),
        ];
        for (number, country, area, is_toll_free) in table {
            let expected = Origin { country: country.map(str::to_owned), area, is_toll_free };
            assert_eq!(origin(number), expected, "{number}");
        }
    }
}
