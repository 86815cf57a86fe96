//! Filters that are offered while their beginning is typed.

use crate::domain::customer::Stage;
use crate::domain::update::Status;

/// Names of filters, with the values worth offering; a name alone waits for a value.
fn filters() -> Vec<String> {
    // A space would begin the next word; the first is enough.
    let word = |status: &Status| status.as_str().split(' ').next().unwrap_or_default();
    let status = Status::ALL.iter().map(|status| format!("status:{}", word(status)));
    let stage = Stage::ALL.iter().map(|stage| format!("stage:{}", stage.as_str()));
    let others =
        ["by:me", "updated:today", "updated:yesterday", "optin:no", "optin:yes", "payment:", "agent:"];
    status.chain(stage).chain(others.map(str::to_owned)).collect()
}

/// What the last word of a line may become: filters that begin so. Nothing for a single letter, which
/// begins every name too.
pub fn offered(line: &str) -> Vec<String> {
    let word = line.rsplit(' ').next().unwrap_or_default().to_lowercase();
    if word.chars().nth(1).is_none() {
        return Vec::new();
    }
    filters().into_iter().filter(|filter| filter.starts_with(&word) && *filter != word).collect()
}

/// The line with its last word made into this filter.
pub fn taken(line: &str, filter: &str) -> String {
    let before = line.rfind(' ').map_or("", |space| &line[..=space]);
    format!("{before}{filter}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::search::{Query, Term};

    #[test]
    fn a_beginning_offers_its_filters() {
        for (line, offers) in [
            ("", vec![]),
            ("s", vec![]),
            ("st", filters().into_iter().filter(|filter| filter.starts_with("st")).collect()),
            ("kev by", vec!["by:me".to_owned()]),
            ("UPD", vec!["updated:today".to_owned(), "updated:yesterday".to_owned()]),
            ("optin:", vec!["optin:no".to_owned(), "optin:yes".to_owned()]),
            ("optin:n", vec!["optin:no".to_owned()]),
            ("optin:no", vec![]),
            ("optin:no ", vec![]),
            ("2333", vec![]),
            ("kevin", vec![]),
        ] {
            assert_eq!(offered(line), offers, "{line}");
        }
    }

    #[test]
    fn what_is_offered_is_understood() {
        for filter in filters() {
            let line = taken("kevin o", &filter);
            assert_eq!(line, format!("kevin {filter}"));
            let terms = Query::read(&line).terms;
            let waits = filter.ends_with(':');
            assert!(
                matches!(
                    (&terms[..], waits),
                    ([Term::Word(_)], true) | ([Term::Word(_), Term::Filter(_)], false)
                ),
                "{terms:?}"
            );
        }
    }
}
