//! Acknowledgements of debt (NIC-25): what a customer owes and in which instalments they will pay it.

use chrono::{DateTime, Months, NaiveDate};

use super::money::{Currency, Money};
use super::payment::{fill, subject_and_body};
use super::time::Micros;
use super::update::FieldError;

/// A wording once used is never edited: a new one is a new file.
const WORDING: &str = include_str!("../../assets/debt/debt-1.txt");

/// Five years, one a month.
const MOST: u32 = 60;

/// What was agreed, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Debt {
    pub amount: Money,
    /// One a month.
    pub instalments: u32,
    pub first: NaiveDate,
}

/// Names in the text.
#[derive(Clone, Copy)]
pub struct Parties<'a> {
    pub name: &'a str,
    pub policy: &'a str,
    pub agent: &'a str,
    pub desk: &'a str,
}

impl Debt {
    /// Reads what was typed.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn check(
        amount: &str,
        instalments: &str,
        first: &str,
        currency: Currency,
        today: NaiveDate,
    ) -> Result<Self, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut note = |field, why: String| wrong.push(FieldError { field, why });
        let amount = match Money::parse(amount, currency) {
            Ok(amount) if amount.minor > 0 => Some(amount),
            Ok(_) => {
                note("amount", "nobody owes nothing; the amount has to be above zero".to_owned());
                None
            }
            Err(why) => {
                note("amount", why.to_string());
                None
            }
        };
        let count = instalments.trim().parse().ok().filter(|count| (1..=MOST).contains(count));
        if count.is_none() {
            note("instalments", format!("a whole number from 1 to {MOST}"));
        }
        if let (Some(amount), Some(count)) = (amount, count)
            && amount.minor < i64::from(count)
        {
            note("instalments", format!("{amount} cannot be parted into {count}"));
        }
        let day = date(first.trim());
        match day {
            None => note("first", "not a date; write it like 2025-12-01 or 1 Dec 2025".to_owned()),
            Some(day) if day < today => note("first", "that day is over; give one to come".to_owned()),
            Some(day) if today.checked_add_months(Months::new(12)).is_some_and(|latest| day > latest) => {
                note("first", "that is more than a year away".to_owned());
            }
            Some(_) => {}
        }
        match (amount, count, day) {
            (Some(amount), Some(instalments), Some(first)) if wrong.is_empty() => {
                Ok(Self { amount, instalments, first })
            }
            _ => Err(wrong),
        }
    }

    /// Every instalment with its day: equal ones, the last with what is left over.
    pub fn plan(&self) -> Vec<(NaiveDate, Money)> {
        let count = i64::from(self.instalments.max(1));
        let each = self.amount.minor / count;
        let of = |at: u32| {
            let last = at + 1 == self.instalments;
            let minor = if last { self.amount.minor - each * (count - 1) } else { each };
            let day = self.first.checked_add_months(Months::new(at)).unwrap_or(self.first);
            (day, Money { minor, ..self.amount })
        };
        (0..self.instalments).map(of).collect()
    }

    /// Subject and body of what was agreed.
    pub fn words(&self, parties: Parties<'_>, today: NaiveDate) -> (String, String) {
        let day = |day: NaiveDate| day.format("%-d %b %Y").to_string();
        let plan: Vec<String> =
            self.plan().into_iter().map(|(at, amount)| format!("{}  {amount}", day(at))).collect();
        let instalments = match self.instalments {
            1 => "one payment".to_owned(),
            count => format!("{count} instalments"),
        };
        let policy = if parties.policy.is_empty() { "-" } else { parties.policy };
        subject_and_body(&fill(
            WORDING.trim_end(),
            &[
                ("amount", &self.amount.to_string()),
                ("policy", policy),
                ("name", parties.name),
                ("agent", parties.agent),
                ("desk", parties.desk),
                ("instalments", &instalments),
                ("plan", &plan.join("\n")),
                ("today", &day(today)),
            ],
        ))
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d %B %Y"].iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok())
}

/// The day at a desk whose clock adds `offset` seconds to UTC.
pub fn today(now: Micros, offset: i32) -> NaiveDate {
    let micros = now.0.saturating_add(i64::from(offset) * 1_000_000);
    DateTime::from_timestamp_micros(micros).map(|at| at.date_naive()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        date(text).unwrap()
    }

    fn check(amount: &str, instalments: &str, first: &str) -> Result<Debt, Vec<&'static str>> {
        Debt::check(amount, instalments, first, Currency::MUR, day("2025-11-28"))
            .map_err(|wrong| wrong.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn nic_25_what_is_agreed_is_written_out() {
        let debt = check("4,491.29", "3", "31 Jan 2026").unwrap();
        let parties =
            Parties { name: "Kevin Curepipe", policy: "LIB/C7013", agent: "David Brown", desk: "Swan" };
        let (subject, body) = debt.words(parties, day("2025-11-28"));
        assert_eq!(subject, "Acknowledgement of debt: MUR 4,491.29, policy LIB/C7013");
        assert_eq!(
            body,
            "I, Kevin Curepipe, acknowledge that I owe MUR 4,491.29 for policy LIB/C7013, and will pay it in 3 \
             instalments:\n\n31 Jan 2026  MUR 1,497.09\n28 Feb 2026  MUR 1,497.09\n31 Mar 2026  MUR 1,497.11\n\n\
             Agreed on 28 Nov 2025 with David Brown, Swan."
        );
    }

    #[test]
    fn what_is_wrong_is_named_by_field() {
        for (typed, wrong) in [
            (("", "", ""), vec!["amount", "instalments", "first"]),
            (("0", "1", "2025-12-01"), vec!["amount"]),
            (("-5", "1", "2025-12-01"), vec!["amount"]),
            (("5", "0", "2025-12-01"), vec!["instalments"]),
            (("5", "61", "2025-12-01"), vec!["instalments"]),
            (("0.02", "3", "2025-12-01"), vec!["instalments"]),
            (("5", "2", "2025-11-27"), vec!["first"]),
            (("5", "2", "2026-11-29"), vec!["first"]),
            (("5", "2", "01/12/2025"), vec!["first"]),
        ] {
            assert_eq!(check(typed.0, typed.1, typed.2), Err(wrong), "{typed:?}");
        }
        assert!(check("5", "1", "2025-11-28").is_ok(), "today will do");
    }

    proptest! {
        #[test]
        fn the_instalments_add_up(minor in 60i64..1_000_000_000, instalments in 1u32..=60) {
            let amount = Money { minor, currency: Currency::MUR };
            let plan = Debt { amount, instalments, first: day("2025-12-31") }.plan();
            prop_assert_eq!(plan.len(), instalments as usize);
            prop_assert_eq!(plan.iter().map(|(_, part)| part.minor).sum::<i64>(), minor);
            prop_assert!(plan.iter().all(|(_, part)| part.minor > 0));
            prop_assert!(plan.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }
}
