//! What is wrong with the settings: file, line, a caret under the place, and the way out.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use unicode_width::UnicodeWidthStr;

use super::values::BadUrl;

/// Why settings were refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: {why}", path.display())]
    Unreadable { path: PathBuf, why: io::Error },
    #[error("{0}")]
    Invalid(Box<Invalid>),
    /// The value itself is not repeated: it may be a credential put in the wrong place.
    #[error("{name} in the environment: {why}")]
    Environment { name: &'static str, why: String },
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub message: String,
    content: String,
    /// Columns on screen before the caret, and under it.
    before: usize,
    under: usize,
}

impl ConfigError {
    pub(super) fn at(text: &str, error: &toml::de::Error, file: &Path) -> Self {
        let span = error.span().unwrap_or(0..0);
        let misplaced = secret_key(error.message());
        let message = match misplaced {
            Some(key) => {
                format!(
                    "`{key}` does not belong in this file: save credentials with `cordboard secret set NAME`"
                )
            }
            None => with_guess(error.message()),
        };
        let mut invalid = Invalid::new(text, span.start, span.end, message, file);
        if misplaced.is_some() || error.message() == BadUrl::SignIn.to_string() {
            invalid.hide();
        }
        Self::Invalid(Box::new(invalid))
    }

    pub(super) fn here(text: &str, at: Range<usize>, message: String, file: &Path) -> Self {
        Self::Invalid(Box::new(Invalid::new(text, at.start, at.end, message, file)))
    }

    pub(super) fn not_utf8(bytes: &[u8], good: usize, file: &Path) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let message = "these bytes are not UTF-8 text; save the file as UTF-8".to_owned();
        Self::Invalid(Box::new(Invalid::new(&text, good, good + 1, message, file)))
    }
}

impl Invalid {
    fn new(text: &str, start: usize, end: usize, message: String, file: &Path) -> Self {
        let start = text.floor_char_boundary(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = text.floor_char_boundary(end).clamp(start, line_end);
        Self {
            file: file.to_owned(),
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            message,
            content: plain(&text[line_start..line_end]),
            before: plain(&text[line_start..start]).width(),
            under: plain(&text[start..end]).width().max(1),
        }
    }

    /// Takes what is quoted out of the line: a credential that should not be there is not to be
    /// repeated on a screen or in a log.
    fn hide(&mut self) {
        let shown = self.content.find(['"', '\'']).unwrap_or(0);
        self.content.truncate(shown);
        self.content.push('…');
        self.under = self.under.min(self.content.width().saturating_sub(self.before)).max(1);
    }
}

/// The unknown key of the message, if it sounds like a credential.
fn secret_key(message: &str) -> Option<&str> {
    let key = message.strip_prefix("unknown field `")?.split('`').next()?;
    let lower = key.to_lowercase();
    ["token", "secret", "password", "account_sid", "api_key"]
        .iter()
        .any(|word| lower.contains(word))
        .then_some(key)
}

/// The line as it can be shown: a tab is one blank, so that the caret stays in place, and nothing
/// in it reaches the terminal as a command.
fn plain(text: &str) -> String {
    text.trim_end_matches('\r')
        .chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(f, "{}:{}:{}: {}", self.file.display(), self.line, self.column, self.message)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {}", self.content)?;
        write!(f, "{gutter} | {}{}", " ".repeat(self.before), "^".repeat(self.under))
    }
}

/// serde names what it expected in backticks: the nearest of them is probably what was meant.
fn with_guess(message: &str) -> String {
    let message = message.trim_end();
    if !message.starts_with("unknown ") {
        return message.to_owned();
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let given = names.next().unwrap_or_default().to_lowercase();
    let near = names
        .map(|name| (strsim::damerau_levenshtein(&given, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, name)) => format!("{message}; did you mean `{name}`?"),
        None => message.to_owned(),
    }
}
