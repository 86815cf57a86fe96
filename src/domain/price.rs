//! Prices as the provider reports them: decimal text, summed as such and never as floats (FACTS 2).

/// Digits behind the point that are kept: more than any price has.
const PLACES: usize = 9;

/// Sums of money spent, one for each unit, in the order in which the units came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(Vec<(String, i128)>);

impl Sums {
    /// Adds a reported price such as `-0.00750`: what is negative there was spent. What is no decimal
    /// number is left out.
    pub fn add(&mut self, price: &str, unit: &str) {
        let Some(spent) = parse(price).map(|price| -price) else { return };
        let unit = unit.trim().to_uppercase();
        match self.0.iter_mut().find(|(known, _)| *known == unit) {
            Some((_, sum)) => *sum += spent,
            None => self.0.push((unit, spent)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each as `0.01500 USD`, with the places that are needed.
    pub fn shown(&self) -> Vec<String> {
        self.0.iter().map(|(unit, sum)| format!("{} {unit}", decimal(*sum)).trim_end().to_owned()).collect()
    }
}

/// In units of the last place.
fn parse(text: &str) -> Option<i128> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + part.len() == 0 || whole.len() > 18 || !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let part: String = part.chars().chain(std::iter::repeat('0')).take(PLACES).collect();
    let value: i128 = format!("{whole}{part}").parse().ok()?;
    Some(if negative { -value } else { value })
}

fn decimal(sum: i128) -> String {
    let sign = if sum < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", sum.unsigned_abs(), width = PLACES + 1);
    let (whole, part) = digits.split_at(digits.len() - PLACES);
    let part = part.trim_end_matches('0');
    format!("{sign}{whole}.{part:0<2}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tws_46_prices_are_summed_exactly() {
        let mut sums = Sums::default();
        for (price, unit) in [
            ("-0.00750", "USD"),
            ("-0.0075", "usd"),
            ("-0.1", "EUR"),
            ("-0.2", "EUR"),
            ("0.05", "eur"),
            ("n/a", "USD"),
        ] {
            sums.add(price, unit);
        }
        assert_eq!(sums.shown(), ["0.015 USD", "0.25 EUR"]);
        let mut many = Sums::default();
        (0..1_000_000).for_each(|_| many.add("-0.0079", "USD"));
        assert_eq!(many.shown(), ["7900.00 USD"]);
        for nothing in ["", "-", ".", "1e5", "0,05", "--1", "NaN"] {
            let mut sums = Sums::default();
            sums.add(nothing, "USD");
            assert!(sums.is_empty(), "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter(prices in prop::collection::vec((0_u32..100_000, 0_usize..2), 1..50)) {
            let sum = |prices: &[(u32, usize)]| {
                let mut sums = Sums::default();
                sums.add("0", "USD");
                sums.add("0", "EUR");
                prices.iter().for_each(|(n, unit)| sums.add(&format!("-0.{n:05}"), ["USD", "EUR"][*unit]));
                sums
            };
            let mut backwards = prices.clone();
            backwards.reverse();
            prop_assert_eq!(sum(&prices), sum(&backwards));
        }
    }
}
