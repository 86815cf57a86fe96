//! What is typed into a record, as the draft keeps it: only what differs from what is on file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::redact::redacted_debug;
use crate::tui::screens::kept;

/// The fields as they are, right or wrong, by their keys.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    pub form: String,
    pub fields: BTreeMap<String, String>,
    /// Of other phones and e-mails, by their ids.
    pub labels: BTreeMap<String, String>,
    pub more: String,
}

redacted_debug!(Typed, form);

impl kept::Typed for Typed {
    /// A form that was chosen is nothing typed.
    fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.labels.is_empty() && self.more.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Body;
    use crate::tui::screens::kept::Typed as _;

    #[test]
    fn a_draft_is_read_as_it_was_written_and_a_broken_one_is_ignored() {
        let typed = Typed {
            form: "legal".to_owned(),
            fields: BTreeMap::from([("case-type".to_owned(), "fam".to_owned())]),
            ..Typed::default()
        };
        let body = typed.to_body();
        assert_eq!(
            body.as_str(),
            r#"{"v":1,"form":"legal","fields":{"case-type":"fam"},"labels":{},"more":""}"#
        );
        assert_eq!(Typed::read(body.as_str()), Some(typed));
        assert_eq!(Typed { form: "legal".to_owned(), ..Typed::default() }.to_body(), Body(String::new()));
        for broken in ["", "57", "{", r#"{"v":2,"form":"","fields":{"a":"b"},"labels":{},"more":""}"#] {
            assert_eq!(Typed::read(broken), None, "{broken}");
        }
    }
}
