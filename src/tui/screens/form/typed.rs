//! What was typed into the form, as it is kept in a draft.

use serde::{Deserialize, Serialize};

use crate::domain::redact::redacted_debug;
use crate::domain::update::Reason;
use crate::tui::screens::kept;

/// The fields as they are, right or wrong.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    pub mobile: String,
    pub email: String,
    /// The word of the reason that was chosen by hand.
    pub reason: Option<String>,
    pub notes: String,
    /// May we text this number? `None`: not asked.
    pub texting: Option<bool>,
    /// How the caller was identified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<String>,
}

redacted_debug!(Typed, reason, texting, verified);

impl kept::Typed for Typed {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Typed {
    pub fn reason(&self) -> Option<Reason> {
        self.reason.as_deref().and_then(Reason::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Body;
    use crate::tui::screens::kept::Typed as _;

    #[test]
    fn a_draft_is_read_as_it_was_written() {
        let typed = Typed {
            mobile: "5737 \"2".to_owned(),
            reason: Some("bounced".to_owned()),
            texting: Some(false),
            ..Typed::default()
        };
        let body = typed.to_body();
        assert_eq!(
            body.as_str(),
            r#"{"v":1,"mobile":"5737 \"2","email":"","reason":"bounced","notes":"","texting":false}"#
        );
        assert_eq!(Typed::read(body.as_str()), Some(typed.clone()));
        let asked = Typed { verified: Some("called back".to_owned()), ..typed };
        assert_eq!(Typed::read(asked.to_body().as_str()), Some(asked));
        assert_eq!(Typed::default().to_body(), Body(String::new()));
    }

    #[test]
    fn broken_drafts_are_ignored() {
        for body in [
            "",
            "57",
            "{",
            "[]",
            r#"{"v":2,"mobile":"57","email":"","reason":null,"notes":"","texting":null}"#,
            r#"{"mobile":"57","email":"","reason":null,"notes":"","texting":null}"#,
            r#"{"v":1,"mobile":"57"}"#,
            r#"{"v":1,"mobile":"","email":"","reason":null,"notes":"","texting":null}"#,
        ] {
            assert_eq!(Typed::read(body), None, "{body}");
        }
    }
}
