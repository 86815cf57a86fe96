//! What texts cost before anybody has counted: the office's price list, as exact decimals (TWS-77..79).
//! What a text did cost is the provider's word afterwards.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::money::Currency;
use super::phone::{E164, Region};

/// More decimals than any price list has.
const MAX_SCALE: usize = 6;

/// A price such as 0.0079: smaller than the currency's smallest unit, so no `Money`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    digits: u64,
    /// At least two.
    scale: usize,
}

/// Not a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a price; write it in quotes like \"0.0079\", with at most {MAX_SCALE} decimals")]
pub struct BadPrice;

impl Price {
    pub fn times(self, times: u32) -> Self {
        Self { digits: self.digits.saturating_mul(times.into()), ..self }
    }
}

impl FromStr for Price {
    type Err = BadPrice;

    fn from_str(text: &str) -> Result<Self, BadPrice> {
        let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = format!("{whole}{decimals}");
        let plain =
            !whole.is_empty() && digits.len() <= 12 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || decimals.len() > MAX_SCALE || text.trim().ends_with('.') {
            return Err(BadPrice);
        }
        // 1, 1.5 and 1.500 are written with two decimals.
        let decimals = format!("{:0<2}", decimals.trim_end_matches('0'));
        let digits = format!("{whole}{decimals}").parse().map_err(|_| BadPrice)?;
        Ok(Self { digits, scale: decimals.len() })
    }
}

/// With two decimals at least.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:0>width$}", self.digits, width = self.scale + 1);
        let (whole, decimals) = digits.split_at(digits.len() - self.scale);
        write!(f, "{whole}.{decimals}")
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// What one country costs; what is not listed is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prices {
    /// A segment of ours, and of theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms_out: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms_in: Option<Price>,
    /// A text with pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mms_out: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mms_in: Option<Price>,
    /// One number of ours for a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_month: Option<Price>,
}

/// The price list of the office, by country.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriceList {
    pub currency: Currency,
    pub countries: BTreeMap<Region, Prices>,
}

/// What something will cost, if the list is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    pub price: Price,
    pub currency: Currency,
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.price)
    }
}

impl Default for PriceList {
    /// TWS-77, TWS-79.
    fn default() -> Self {
        let price = |digits, scale| Some(Price { digits, scale });
        let us = Prices {
            sms_out: price(79, 4),
            sms_in: price(79, 4),
            mms_out: price(2, 2),
            mms_in: None,
            number_month: price(150, 2),
        };
        let countries = "US".parse().map(|region| (region, us)).into_iter().collect();
        Self { currency: Currency(*b"USD"), countries }
    }
}

impl PriceList {
    /// What a text of so many segments to `number` will cost; `None` where the country is not listed.
    pub fn text(&self, number: &E164, segments: u32) -> Option<Estimate> {
        let price = self.countries.get(&Region::of(number)?)?.sms_out?;
        Some(Estimate { price: price.times(segments), currency: self.currency })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact_decimals() {
        for (text, times, shown) in [
            ("0.0079", 1, "0.0079"),
            ("0.0079", 2, "0.0158"),
            ("0.0079", 10_000, "79.0000"),
            ("0.02", 3, "0.06"),
            (" 1.5 ", 1, "1.50"),
            ("2", 1, "2.00"),
            ("0.1", 3, "0.30"),
            ("0.000001", 1, "0.000001"),
            ("0", 7, "0.00"),
        ] {
            assert_eq!(text.parse::<Price>().unwrap().times(times).to_string(), shown, "{text}");
        }
        for text in
            ["", ".5", "1.", "-1", "0.0000001", "1,5", "1e3", "abc", "1.2.3", "12345678901234", "０.1"]
        {
            assert_eq!(text.parse::<Price>(), Err(BadPrice), "{text}");
        }
    }

    #[test]
    fn tws_77_78_79_a_text_costs_its_segments_where_it_goes() {
        let list = PriceList::default();
        let us = E164::parse("+12025550143").unwrap();
        let cost = |segments| list.text(&us, segments).map(|cost| cost.to_string());
        assert_eq!(cost(1).as_deref(), Some("USD 0.0079"));
        assert_eq!(cost(3).as_deref(), Some("USD 0.0237"));
        assert_eq!(list.text(&E164::parse("+23057372333").unwrap(), 1), None, "not on the list");
        let us = list.countries[&"US".parse().unwrap()];
        let word = |price: Option<Price>| price.map(|price| price.to_string());
        assert_eq!(word(us.mms_out).as_deref(), Some("0.02"));
        assert_eq!(word(us.number_month).as_deref(), Some("1.50"));
    }
}
