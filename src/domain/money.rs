//! Amounts of money: integer minor units with a currency, never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::phone::Region;

/// An amount such as MUR 4,491.29 (NIC-23).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Cents, or whatever the currency's smallest unit is.
    pub minor: i64,
    /// ISO 4217, upper case.
    pub currency: Currency,
}

/// Three upper-case letters of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Currency(pub [u8; 3]);

/// Why an amount was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("not an amount; write it like MUR 4,491.29")]
    NotAnAmount,
    #[error("{currency} has {exponent} decimals and the amount has more; write it like MUR 4,491.29")]
    Decimals { currency: Currency, exponent: usize },
    #[error("the amount is too large")]
    TooLarge,
}

/// Not a currency code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a currency; use its three letters, such as MUR, USD or EUR")]
pub struct UnknownCurrency;

impl Money {
    /// Reads `MUR 4,491.29`, `4491.29 MUR`, or `4491.29` in the default currency. Also the forms of
    /// other countries where they leave no doubt: `4 491,29`, `4.491,29`. `4.491` is refused: it
    /// may be four or four thousand.
    pub fn parse(text: &str, default: Currency) -> Result<Self, MoneyError> {
        let text = text.trim();
        let (sign, text) = strip_sign(text);
        let (currency, text) = split_currency(text, default);
        let (inner_sign, text) = strip_sign(text);
        let negative = sign ^ inner_sign;
        if sign && inner_sign {
            return Err(MoneyError::NotAnAmount);
        }
        let (whole, fraction) = split_decimals(text, currency)?;
        let exponent = currency.exponent();
        if fraction.len() > exponent {
            return Err(MoneyError::Decimals { currency, exponent });
        }
        let digits = format!("{whole}{fraction}{}", "0".repeat(exponent - fraction.len()));
        let minor: i64 = digits.parse().map_err(|_| MoneyError::TooLarge)?;
        Ok(Self { minor: if negative { -minor } else { minor }, currency })
    }
}

impl Money {
    /// Only the amount, such as `4491.29`: for files, where the currency stands beside it.
    pub fn plain(self) -> String {
        let exponent = self.currency.exponent();
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = exponent + 1);
        let (whole, fraction) = digits.split_at(digits.len() - exponent);
        let sign = if self.minor < 0 { "-" } else { "" };
        if exponent == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

fn strip_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    }
}

fn split_currency(text: &str, default: Currency) -> (Currency, &str) {
    let code = |part: Option<&str>| part.and_then(|part| part.parse::<Currency>().ok());
    if let Some(currency) = code(text.get(..3)) {
        return (currency, text[3..].trim_start());
    }
    let tail = text.len().saturating_sub(3);
    match code(text.get(tail..)) {
        Some(currency) => (currency, text[..tail].trim_end()),
        None => (default, text),
    }
}

/// Splits into whole digits and decimals, and checks that groups have three digits.
fn split_decimals(text: &str, currency: Currency) -> Result<(String, &str), MoneyError> {
    let is_decimals = |tail: &str| tail.len() != 3 || (currency.exponent() == 3 && text.contains('.'));
    let point = match (text.rfind('.'), text.rfind(',')) {
        (Some(dot), Some(comma)) => Some(dot.max(comma)),
        (Some(dot), None) => Some(dot),
        (None, Some(comma)) if is_decimals(&text[comma + 1..]) => Some(comma),
        (None, _) => None,
    };
    let (whole, fraction) = point.map_or((text, ""), |at| (&text[..at], &text[at + 1..]));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if point.is_some() && !all_digits(fraction) {
        return Err(MoneyError::NotAnAmount);
    }
    let separator = whole.chars().find(|c| !c.is_ascii_digit());
    let used = point.and_then(|at| text[at..].chars().next());
    if separator.is_some_and(|c| !matches!(c, ',' | '.' | ' ' | '\u{a0}' | '\u{202f}') || Some(c) == used) {
        return Err(MoneyError::NotAnAmount);
    }
    let groups: Vec<&str> = separator.map_or(vec![whole], |separator| whole.split(separator).collect());
    let [first, rest @ ..] = groups.as_slice() else { return Err(MoneyError::NotAnAmount) };
    let grouped = rest.is_empty() || first.len() <= 3;
    if grouped && all_digits(first) && rest.iter().all(|group| group.len() == 3 && all_digits(group)) {
        Ok((groups.concat(), fraction))
    } else {
        Err(MoneyError::NotAnAmount)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = exponent + 1);
        let (whole, fraction) = digits.split_at(digits.len() - exponent);
        let sign = if self.minor < 0 { "-" } else { "" };
        write!(f, "{} {sign}", self.currency)?;
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at) % 3 == 0 {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        if exponent == 0 { Ok(()) } else { write!(f, ".{fraction}") }
    }
}

/// The currencies of the regions where a desk is likely to be set up; elsewhere a person says it.
const OF_REGIONS: [(&str, &str); 40] = [
    ("AED", "AE"),
    ("AUD", "AU NF CX CC KI NR TV"),
    ("BRL", "BR"),
    ("CAD", "CA"),
    ("CHF", "CH LI"),
    ("CLP", "CL"),
    ("CNY", "CN"),
    ("CZK", "CZ"),
    ("DKK", "DK FO GL"),
    ("EGP", "EG"),
    (
        "EUR",
        "AD AT AX BE BG BL CY DE EE ES FI FR GF GP GR HR IE IT LT LU LV \
         MC ME MF MQ MT NL PM PT RE SI SK SM VA XK YT",
    ),
    ("GBP", "GB GG IM JE"),
    ("GHS", "GH"),
    ("HKD", "HK"),
    ("HUF", "HU"),
    ("IDR", "ID"),
    ("ILS", "IL"),
    ("INR", "IN"),
    ("JPY", "JP"),
    ("KES", "KE"),
    ("KMF", "KM"),
    ("KRW", "KR"),
    ("LKR", "LK"),
    ("MGA", "MG"),
    ("MUR", "MU"),
    ("MXN", "MX"),
    ("MYR", "MY"),
    ("MZN", "MZ"),
    ("NGN", "NG"),
    ("NOK", "NO SJ"),
    ("NZD", "NZ CK NU TK"),
    ("PHP", "PH"),
    ("PLN", "PL"),
    ("SCR", "SC"),
    ("SEK", "SE"),
    ("SGD", "SG"),
    ("TZS", "TZ"),
    ("UGX", "UG"),
    ("USD", "US AS EC FM GU MH MP PR PW SV TC TL VG VI"),
    ("ZAR", "ZA"),
];

impl Currency {
    pub const MUR: Self = Self(*b"MUR");

    /// What is paid with in a region, if we know.
    pub fn of(region: Region) -> Option<Self> {
        let region = region.to_string();
        let known = OF_REGIONS.iter().find(|(_, regions)| regions.split(' ').any(|known| known == region));
        known.and_then(|(currency, _)| currency.parse().ok())
    }

    /// Decimals of the currency by ISO 4217; two unless listed.
    pub fn exponent(self) -> usize {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters: [u8; 3] = text.trim().as_bytes().try_into().map_err(|_| UnknownCurrency)?;
        if letters.iter().all(u8::is_ascii_alphabetic) {
            Ok(Self(letters.map(|letter| letter.to_ascii_uppercase())))
        } else {
            Err(UnknownCurrency)
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({self})")
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(minor: i64, currency: &str) -> Money {
        Money { minor, currency: currency.parse().unwrap() }
    }

    #[test]
    fn nic_23_shows_currency_groups_and_decimals() {
        let table = [
            (money(449_129, "MUR"), "MUR 4,491.29"),
            (money(0, "MUR"), "MUR 0.00"),
            (money(5, "USD"), "USD 0.05"),
            (money(-449_129, "EUR"), "EUR -4,491.29"),
            (money(100_000, "MUR"), "MUR 1,000.00"),
            (money(99_999, "MUR"), "MUR 999.99"),
            (money(1_234_567, "JPY"), "JPY 1,234,567"),
            (money(0, "KRW"), "KRW 0"),
            (money(1_234_567, "KWD"), "KWD 1,234.567"),
            (money(i64::MIN, "MUR"), "MUR -92,233,720,368,547,758.08"),
        ];
        for (money, shown) in table {
            assert_eq!(money.to_string(), shown);
        }
    }

    #[test]
    fn reads_what_leaves_no_doubt() {
        let table = [
            ("MUR 4,491.29", money(449_129, "MUR")),
            ("mur4491.29", money(449_129, "MUR")),
            ("4491.29", money(449_129, "MUR")),
            ("4491.29 USD", money(449_129, "USD")),
            (" 4,491 ", money(449_100, "MUR")),
            ("4491.5", money(449_150, "MUR")),
            ("4491,29", money(449_129, "MUR")),
            ("4.491,29", money(449_129, "MUR")),
            ("4 491,29", money(449_129, "MUR")),
            ("4\u{a0}491\u{a0}000,29 EUR", money(449_100_029, "EUR")),
            ("1,234,567.80", money(123_456_780, "MUR")),
            ("-12.00", money(-1200, "MUR")),
            ("MUR -12.00", money(-1200, "MUR")),
            ("-MUR 12.00", money(-1200, "MUR")),
            ("0", money(0, "MUR")),
            ("JPY 1,234,567", money(1_234_567, "JPY")),
            ("KWD 1,234.567", money(1_234_567, "KWD")),
            ("KWD 1.234", money(1234, "KWD")),
            ("KWD 1,234", money(1_234_000, "KWD")),
        ];
        for (text, read) in table {
            assert_eq!(Money::parse(text, Currency::MUR), Ok(read), "{text:?}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        let table = [
            "",
            "-",
            "MUR",
            "abc",
            "Rs 12",
            "$12",
            "12.",
            ".50",
            "--12",
            "-MUR -12",
            "1,23.45",
            "12,34,567",
            "1234,567.00",
            "1.2.3",
            "1,234,56",
            "4.49E+03",
            "1e3",
            "12 MUR 12",
            "١٢",
            "NaN",
            "4,491.29.00",
            "4,491,29",
            "1 2",
            "0x12",
            "(12.00)",
            "12%",
        ];
        for text in table {
            assert_eq!(Money::parse(text, Currency::MUR), Err(MoneyError::NotAnAmount), "{text:?}");
        }
        let four_or_four_thousand = Money::parse("4.491", Currency::MUR).unwrap_err();
        assert!(four_or_four_thousand.to_string().starts_with("MUR has 2 decimals"));
        assert!(matches!(Money::parse("JPY 1.50", Currency::MUR), Err(MoneyError::Decimals { .. })));
        assert_eq!(Money::parse("92233720368547758.08", Currency::MUR), Err(MoneyError::TooLarge));
    }

    #[test]
    fn currencies_read_and_write_as_three_letters() {
        let read: Currency = serde_json::from_str("\"mur\"").unwrap();
        assert_eq!(read, Currency::MUR);
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"MUR\"");
        for text in ["", "MU", "MURS", "M1R", "€"] {
            assert_eq!(text.parse::<Currency>(), Err(UnknownCurrency), "{text:?}");
        }
    }

    #[test]
    fn a_region_has_its_currency() {
        let of = |region: &str| Currency::of(region.parse().unwrap()).map(|currency| currency.to_string());
        for (region, currency) in
            [("MU", "MUR"), ("US", "USD"), ("SE", "SEK"), ("AU", "AUD"), ("GB", "GBP"), ("DE", "EUR")]
        {
            assert_eq!(of(region).as_deref(), Some(currency));
        }
        assert_eq!(of("MN"), None, "a person says it");
        let regions: Vec<&str> = OF_REGIONS.iter().flat_map(|(_, regions)| regions.split(' ')).collect();
        let once: std::collections::BTreeSet<&str> = regions.iter().copied().collect();
        assert_eq!(once.len(), regions.len(), "no region has two");
        for (currency, regions) in OF_REGIONS {
            for region in regions.split(' ') {
                assert_eq!(of(region).as_deref(), Some(currency), "{region}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(minor in -i64::MAX..=i64::MAX, at in 0_usize..4) {
            let shown = money(minor, ["MUR", "JPY", "KWD", "CLF"][at]);
            prop_assert_eq!(Money::parse(&shown.to_string(), Currency::MUR), Ok(shown));
            prop_assert_eq!(Money::parse(&shown.plain(), shown.currency), Ok(shown));
        }
    }
}
