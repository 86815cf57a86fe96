//! How an unsent text is kept. A customer's draft is the text itself. Strangers share one draft,
//! since they are not on file: it says for each number what was begun, so that words meant for one
//! can never come up in front of another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::ids::CustomerId;
use crate::domain::redact::redacted_debug;
use crate::domain::shown::Party;

#[derive(Serialize, Deserialize)]
struct Kept {
    v: u8,
    texts: BTreeMap<String, String>,
}

/// What was begun to other strangers: it stays in the draft that all of them share.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Others(BTreeMap<String, String>);

redacted_debug!(Others);

/// Whose draft a text to this party is.
pub fn owner(party: &Party) -> Option<CustomerId> {
    match party {
        Party::Customer(id) => Some(*id),
        Party::Number(_) => None,
    }
}

/// What is written for `text`; empty if nothing is left to keep.
pub fn write(party: &Party, text: &str, others: &Others) -> String {
    let Party::Number(number) = party else { return text.to_owned() };
    let mut texts = others.0.clone();
    if !text.is_empty() {
        texts.insert(number.as_str().to_owned(), text.to_owned());
    }
    if texts.is_empty() {
        return String::new();
    }
    serde_json::to_string(&Kept { v: 1, texts }).unwrap_or_default()
}

/// What was kept for this party, empty if nothing, and what belongs to others. Anything unreadable
/// is as good as nothing.
pub fn read(party: &Party, body: &str) -> (String, Others) {
    let Party::Number(number) = party else { return (body.to_owned(), Others::default()) };
    let kept: Option<Kept> = serde_json::from_str(body).ok();
    let mut texts = kept.filter(|kept| kept.v == 1).map(|kept| kept.texts).unwrap_or_default();
    (texts.remove(number.as_str()).unwrap_or_default(), Others(texts))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::text::SafeText;

    #[test]
    fn words_meant_for_one_stranger_never_come_up_for_another() {
        let ann = Party::Number(SafeText::new("+23057009988"));
        let bob = Party::Number(SafeText::new("+23057009977"));
        let first = write(&ann, "Hello Ann", &Others::default());
        let (text, others) = read(&bob, &first);
        assert_eq!(text, "");
        let both = write(&bob, "Hello Bob", &others);
        assert_eq!(read(&ann, &both).0, "Hello Ann");
        assert_eq!(read(&bob, &both).0, "Hello Bob");
        // Ann's is sent.
        let rest = write(&ann, "", &read(&ann, &both).1);
        assert_eq!((read(&ann, &rest).0.as_str(), read(&bob, &rest).0.as_str()), ("", "Hello Bob"));
        assert_eq!(write(&bob, "", &read(&bob, &rest).1), "");
        assert_eq!(read(&ann, "not ours").0, "");
    }

    #[test]
    fn a_customers_draft_is_the_text_itself() {
        let kevin = Party::Customer(CustomerId(Uuid::from_u128(7)));
        assert_eq!(write(&kevin, "{odd", &Others::default()), "{odd");
        assert_eq!(read(&kevin, "{odd").0, "{odd");
    }
}
