//! Quiet hours as a file of the office's own, laid over the program's. `docs/quiet-hours.md` describes the
//! format.

use std::fs;
use std::path::Path;

use super::ConfigError;
use crate::domain::phone::Region;
use crate::domain::quiet::{File, Rules};

/// The rules of a desk in `home`.
///
/// # Errors
/// The office's file cannot be read, or is not right: with file, line and caret.
pub fn load(home: Region, file: Option<&Path>) -> Result<Rules, ConfigError> {
    let Some(file) = file else { return parse(home, "", Path::new("")) };
    let bytes = fs::read(file).map_err(|why| ConfigError::Unreadable { path: file.to_owned(), why })?;
    let text =
        str::from_utf8(&bytes).map_err(|bad| ConfigError::not_utf8(&bytes, bad.valid_up_to(), file))?;
    parse(home, text, file)
}

fn parse(home: Region, text: &str, file: &Path) -> Result<Rules, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let office: File = toml::from_str(text).map_err(|error| ConfigError::at(text, &error, file))?;
    Rules::new(home, office).map_err(|(key, why)| {
        let at = text.find(&format!("[{key}")).map_or(0..0, |at| at + 1..at + 1 + key.len());
        ConfigError::here(text, at, format!("`{key}`: {why}"), file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_is_named_with_line_and_caret() {
        let refused = |text: &str| parse(Region::MU, text, Path::new("quiet.toml")).unwrap_err().to_string();
        let said = refused("[own]\nallowed = \"always\"\n\n[usa]\nallowed = \"8-9\"\n");
        assert!(said.contains("quiet.toml:5:11: hours are written like \"08:00-21:00\""), "{said}");
        let said = refused("[own]\nallowed = \"always\"\n\n[usa]\nallowed = \"never\"\n");
        assert!(said.contains("quiet.toml:4:2: `usa`: no country"), "{said}");
        assert!(parse(Region::MU, "\u{feff}[US]\nallowed = \"always\"\n", Path::new("q.toml")).is_ok());
        assert!(load(Region::MU, None).is_ok());
    }
}
