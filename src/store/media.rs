//! Pictures and files of texts (TWS-40, TWS-94): what is known of each stands as JSON beside its message.

use serde::{Deserialize, Serialize};

use crate::domain::shown::Media;
use crate::domain::text::SafeText;

/// One file of a message, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Part {
    /// Twilio's, of one that it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Where Twilio is to fetch it, of one that goes out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// Of a column that cannot be read nothing is known.
pub(super) fn parts(json: &str) -> Vec<Part> {
    serde_json::from_str(json).unwrap_or_default()
}

pub(super) fn shown(json: &str) -> Vec<Media> {
    // Nearly every text has none.
    if json == "[]" {
        return Vec::new();
    }
    let media = |part: Part| Media {
        name: SafeText::new(&part.name),
        kind: SafeText::new(&part.kind),
        size: part.size,
    };
    parts(json).into_iter().map(media).collect()
}
