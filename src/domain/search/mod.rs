//! Looking customers up. What of a customer is searched becomes tokens for an index; what an agent
//! types becomes terms, and each term names the tokens that whoever is meant has. The index knows no
//! order of tokens: it answers with candidates, and [`Term::place`] says whether one is meant.

mod captured;
mod fold;
mod offer;
mod query;
mod tokens;
mod typo;

#[cfg(test)]
mod tests;

pub use captured::{captured_question, captured_tokens, text_words};
pub use fold::fold;
pub use offer::{offered, taken};
pub use query::{Filter, Need, Query, Term, days};
pub use tokens::{tokens, vocabulary};
pub use typo::{SHORTEST_MISTYPED, is_slip, is_slip_at_the_end, swapped_at};

use crate::domain::customer::Stage;
use crate::domain::redact::redacted_debug;
use fold::{each_word, squash};

/// What of a customer is searched.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The name, and given and family name where they are known apart.
    pub names: Vec<String>,
    pub company: Option<String>,
    pub policy: Option<String>,
    /// Of records that were merged into this one.
    pub merged_policies: Vec<String>,
    pub payment: Option<String>,
    pub stage: Stage,
    pub tags: Vec<String>,
    /// E.164, old ones too.
    pub numbers: Vec<String>,
    /// Old ones too.
    pub emails: Vec<String>,
    /// Numbers of those who captured an update of this customer.
    pub agents: Vec<i64>,
}

redacted_debug!(Record);

/// Where in a record a term is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Name,
    Company,
    Policy,
    /// In one of the numbers.
    Number(usize),
    /// In one of the addresses.
    Email(usize),
    /// Not in what can be read, such as a filter.
    Beside,
}

impl Record {
    /// Hands every word of names and company to `each`.
    fn each_name_word(&self, mut each: impl FnMut(Place, &str)) {
        for name in &self.names {
            each_word(&fold(name), |word| each(Place::Name, word));
        }
        if let Some(company) = &self.company {
            each_word(&fold(company), |word| each(Place::Company, word));
        }
    }

    /// Hands every word to `each`, also those of the addresses.
    fn each_word(&self, mut each: impl FnMut(Place, &str)) {
        self.each_name_word(&mut each);
        // Digits alone are asked of numbers.
        let in_letters = |part: &&str| part.contains(|c: char| !c.is_ascii_digit());
        for (at, email) in self.emails.iter().enumerate() {
            let folded = fold(email);
            let local = folded.split('@').next().unwrap_or_default();
            fold::parts_of(local).filter(in_letters).for_each(|part| each(Place::Email(at), part));
            each(Place::Email(at), &squash(local));
        }
    }

    /// The policy numbers, letters and digits alone.
    fn policies_squashed(&self) -> impl Iterator<Item = String> {
        let policies = self.policy.iter().chain(&self.merged_policies);
        policies.map(|policy| squash(&fold(policy))).filter(|policy| !policy.is_empty())
    }
}

/// The ways people say a number: behind the `00` of abroad with its country code, and behind the `0`
/// of the country itself.
fn spellings(number: &str) -> [String; 2] {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let national = &digits[code_length(&digits).min(digits.len())..];
    [format!("00{digits}"), format!("0{national}")]
}

/// Digits of the country code that a number begins with (ITU E.164: no code begins another).
fn code_length(digits: &str) -> usize {
    const OF_TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
        "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81",
        "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    match digits.get(..2) {
        _ if digits.starts_with(['1', '7']) => 1,
        Some(code) if OF_TWO.contains(&code) => 2,
        _ => 3,
    }
}
