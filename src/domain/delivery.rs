//! The state of a text at the provider (FACTS 4), and what its error codes mean for an agent
//! (FACTS 5). What a text waits for before the provider has it is the outbox's word, not ours.

use std::fmt;

/// A status of the provider. One it invents later is kept as it came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    Scheduled,
    Accepted,
    Queued,
    Sending,
    /// May be the last word: not every carrier sends receipts.
    Sent,
    PartiallyDelivered,
    Delivered,
    Undelivered,
    Failed,
    Canceled,
    Read,
    /// Inbound.
    Receiving,
    /// Inbound.
    Received,
    Other(String),
}

impl Delivery {
    /// All known ones.
    pub const KNOWN: [Self; 13] = [
        Self::Scheduled,
        Self::Accepted,
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::PartiallyDelivered,
        Self::Delivered,
        Self::Undelivered,
        Self::Failed,
        Self::Canceled,
        Self::Read,
        Self::Receiving,
        Self::Received,
    ];

    pub fn parse(text: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|status| status.as_str() == text);
        known.unwrap_or_else(|| Self::Other(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::PartiallyDelivered => "partially_delivered",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Read => "read",
            Self::Receiving => "receiving",
            Self::Received => "received",
            Self::Other(text) => text,
        }
    }

    /// Nothing more is to be expected, so nobody asks again. Only `read` may still follow
    /// `delivered`.
    pub fn is_final(&self) -> bool {
        use Delivery::*;
        matches!(self, Delivered | Undelivered | Failed | Canceled | Read | Received)
    }

    /// Does Twilio take money for it (FACTS 4)? Then a price is still to come.
    pub fn is_charged(&self) -> bool {
        use Delivery::*;
        matches!(self, Sent | PartiallyDelivered | Delivered | Undelivered | Read)
    }

    /// What is known after `new` was heard: news come in any order, more than once, or never, so a
    /// status never moves backwards, a final one stays, and any step may be skipped.
    pub fn advance(old: Self, new: Self) -> Self {
        if Self::follows(&old, &new) { new } else { old }
    }

    fn follows(old: &Self, new: &Self) -> bool {
        use Delivery::*;
        match (old, new) {
            (Delivered, Read) => true,
            (old, _) if old.is_final() => false,
            (Receiving, new) => matches!(new, Received | Other(_)),
            (_, Receiving | Received) => matches!(old, Other(_)),
            (_, Other(_)) => true,
            // How far an unknown status had come is unknown: only what cannot be a step back counts.
            (Other(_), new) => new.is_final() || matches!(new, Sent | PartiallyDelivered),
            (old, Failed) => old.step() < Sent.step(),
            (old, Canceled) => *old == Scheduled,
            (old, new) => old.step() < new.step(),
        }
    }

    /// The order of outbound statuses.
    fn step(&self) -> u8 {
        use Delivery::*;
        match self {
            Scheduled => 0,
            Accepted => 1,
            Queued => 2,
            Sending => 3,
            Sent => 4,
            PartiallyDelivered => 5,
            Delivered | Undelivered | Failed | Canceled => 6,
            Read => 7,
            Receiving | Received | Other(_) => 0,
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The provider's error codes in plain words, with what to do (FACTS 5).
pub fn error_sentence(code: i64) -> Option<&'static str> {
    Some(match code {
        20003 => "Twilio refused our credentials, or the account is suspended: tell the admin.",
        20404 => "Twilio does not know this address: the admin checks the account SID and base URL.",
        20429 => "Twilio is busy with our account: it is tried again by itself.",
        20500 => "Twilio had a fault of its own: whether the text left is not known, look before resending.",
        21211 => "Twilio says this is not a phone number: correct the mobile with the customer.",
        21212 => "Our sender number is not valid: the admin checks the number of this desk.",
        21265 => "A short code cannot be texted: ask for the customer's mobile.",
        21408 => "Texts to this country are not switched on for our account: tell the admin.",
        21606 => {
            "Our sender number cannot send texts or is not ours: the admin checks the number of this desk."
        }
        21608 => "A trial account texts verified numbers only: the admin upgrades it or verifies the number.",
        21610 => "The customer has opted out of texts from this number: do not text, use the phone.",
        21611 => "Too many texts wait at Twilio for our number: send again later.",
        21612 => "There is no route from our number to this one: call, or ask the admin for another sender.",
        21614 => "This number is not a mobile: ask for the customer's mobile.",
        21617 => "The text is too long: shorten it to 1,600 characters and send again.",
        21635 => "This is a landline, which cannot be texted: ask for the customer's mobile.",
        21658 => "Part of the request is too long: shorten the text and send again.",
        30001 => "Too many texts waited at Twilio: send again later.",
        30002 => "Our Twilio account is suspended: tell the admin.",
        30003 => "The phone is off or out of reach: try once more later, or call.",
        30004 => "The text was blocked on the way: call the customer.",
        30005 => "This mobile does not exist any more: ask for the new one.",
        30006 => "This is a landline or its carrier takes no texts: ask for another mobile.",
        30007 => "The carrier filtered the text as spam: reword it, leave out links, tell the admin.",
        30008 => "The carrier gave no reason: try once more later, or call.",
        30032 => "Our toll-free number is not verified: tell the admin, no text will pass.",
        30034 => "Our number is not registered for texts in the US: tell the admin, no text will pass.",
        30036 => "The text waited too long at Twilio and was dropped: send it again if it still matters.",
        30610 => "Twilio held the text for quiet hours: send it again in the daytime.",
        _ => return None,
    })
}

/// Codes that say that this number will never take a text. Any other failure may be of the day.
pub const DEAD_NUMBER: [i64; 5] = [30005, 30006, 21614, 21211, 21635];

pub fn is_dead_number(code: i64) -> bool {
    DEAD_NUMBER.contains(&code)
}

#[cfg(test)]
mod tests {
    use Delivery::*;
    use proptest::prelude::{Just, Strategy as _, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn words_round_trip_and_unknown_ones_are_kept() {
        for status in Delivery::KNOWN {
            assert_eq!(Delivery::parse(status.as_str()), status);
        }
        assert_eq!(Delivery::parse("teleported"), Other("teleported".into()));
        assert_eq!(Delivery::parse("teleported").to_string(), "teleported");
        assert!(!Delivery::parse("teleported").is_final());
    }

    /// FACTS 4, written out: what each status may become.
    #[test]
    fn exhaustive_order() {
        let after = |old: &Delivery| -> Vec<Delivery> {
            match old {
                Scheduled => vec![
                    Accepted,
                    Queued,
                    Sending,
                    Sent,
                    PartiallyDelivered,
                    Delivered,
                    Undelivered,
                    Failed,
                    Canceled,
                    Read,
                ],
                Accepted => {
                    vec![Queued, Sending, Sent, PartiallyDelivered, Delivered, Undelivered, Failed, Read]
                }
                Queued => vec![Sending, Sent, PartiallyDelivered, Delivered, Undelivered, Failed, Read],
                Sending => vec![Sent, PartiallyDelivered, Delivered, Undelivered, Failed, Read],
                Sent => vec![PartiallyDelivered, Delivered, Undelivered, Read],
                PartiallyDelivered => vec![Delivered, Undelivered, Read],
                Delivered => vec![Read],
                Receiving => vec![Received],
                _ => vec![],
            }
        };
        for old in Delivery::KNOWN {
            for new in Delivery::KNOWN {
                let moves = after(&old).contains(&new);
                let expected = if moves { new.clone() } else { old.clone() };
                assert_eq!(Delivery::advance(old.clone(), new.clone()), expected, "{old} then {new}");
            }
        }
    }

    proptest! {
        /// Show 3: news come in any order, more than once, or not at all. What was heard of a text's life
        /// ends with the furthest step of it, whatever the order.
        #[test]
        fn every_order_and_repetition_of_news_ends_right(
            (end, news) in (0usize..5).prop_flat_map(|end| {
                let life = lives()[end].clone();
                (Just(end), proptest::collection::vec(proptest::sample::select(life), 1..20))
            }),
        ) {
            let life = &lives()[end];
            let furthest = news.iter().max_by_key(|heard| life.iter().position(|step| step == *heard));
            let known = news.iter().cloned().fold(news[0].clone(), Delivery::advance);
            prop_assert_eq!(Some(&known), furthest);
            // Hearing all of it again changes nothing.
            prop_assert_eq!(news.iter().cloned().fold(known.clone(), Delivery::advance), known);
        }
    }

    /// The lives a text can have (FACTS 4), in order.
    fn lives() -> [Vec<Delivery>; 5] {
        [
            vec![Scheduled, Accepted, Queued, Sending, Sent, PartiallyDelivered, Delivered, Read],
            vec![Accepted, Queued, Sending, Sent, Undelivered],
            vec![Queued, Sending, Failed],
            vec![Scheduled, Canceled],
            vec![Receiving, Received],
        ]
    }

    /// Every order of the whole life, each step heard twice: nothing is left to chance.
    #[test]
    fn all_orders_of_a_life_end_with_its_end() {
        fn orders(of: &[Delivery]) -> Vec<Vec<Delivery>> {
            if of.is_empty() {
                return vec![Vec::new()];
            }
            let first = |at: usize| {
                let mut rest = of.to_vec();
                let one = rest.remove(at);
                orders(&rest)
                    .into_iter()
                    .map(move |rest| [vec![one.clone()], rest].concat())
                    .collect::<Vec<_>>()
            };
            (0..of.len()).flat_map(first).collect()
        }
        for life in lives() {
            let end = life.last().cloned();
            for order in orders(&life[life.len().saturating_sub(6)..]) {
                let twice = order.iter().chain(order.iter()).cloned();
                let known = twice.fold(order[0].clone(), Delivery::advance);
                assert_eq!(Some(known), end, "{order:?}");
            }
        }
    }

    #[test]
    fn unknown_statuses_are_kept_but_undo_nothing() {
        let odd = || Other("teleported".into());
        let table = [
            (Queued, odd(), odd()),
            (Sent, odd(), odd()),
            (Delivered, odd(), Delivered),
            (Failed, odd(), Failed),
            (odd(), Queued, odd()),
            (odd(), Sending, odd()),
            (odd(), Sent, Sent),
            (odd(), Delivered, Delivered),
            (odd(), Received, Received),
            (odd(), Other("landed".into()), Other("landed".into())),
        ];
        for (old, new, expected) in table {
            assert_eq!(Delivery::advance(old.clone(), new.clone()), expected, "{old} then {new}");
        }
    }

    #[test]
    fn every_code_of_facts_5_says_what_to_do() {
        let codes = [
            20003, 20404, 20429, 20500, 21211, 21212, 21408, 21606, 21612, 21608, 21610, 21611, 21614, 21635,
            21265, 21617, 21658, 30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008, 30032, 30034, 30036,
            30610,
        ];
        for code in codes {
            let sentence = error_sentence(code).unwrap_or_else(|| panic!("{code} has no sentence"));
            assert!(sentence.contains(": ") && sentence.ends_with('.'), "{code}: {sentence}");
        }
        assert_eq!(error_sentence(99999), None);
    }

    #[test]
    fn a_dead_number_needs_another_one() {
        for code in [30005, 30006, 21614, 21211, 21635] {
            let sentence = error_sentence(code).unwrap_or_default();
            assert!(is_dead_number(code) && (sentence.contains("mobile")), "{code}: {sentence}");
        }
        for code in [30003, 30007, 30008, 21610, 20003, 99999] {
            assert!(!is_dead_number(code), "{code}");
        }
    }
}
