//! Fields of a record on the command line: `--set key=value`, checked by the same rules as on screen.

use anyhow::Result;

use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::domain::form::{Form, Forms, Key};
use crate::domain::record::{Values, Wrong};

/// The forms of the office.
///
/// # Errors
/// One of them is not right.
pub fn forms(context: &Context) -> Result<Forms> {
    Ok(context.config()?.forms()?)
}

/// The form of this name.
///
/// # Errors
/// There is none.
pub fn named<'a>(forms: &'a Forms, name: &str) -> Result<&'a Form> {
    forms.get(name).ok_or_else(|| {
        let names: Vec<&str> = forms.all().map(|form| form.name.as_str()).collect();
        refuse(Exit::Usage, format!("there is no form \"{name}\"; there are {}", names.join(", ")))
    })
}

/// Reads `key=value`; a value may hold `=` itself.
///
/// # Errors
/// One has no `=`, or a key comes twice.
pub fn values<'a>(given: impl IntoIterator<Item = &'a String>) -> Result<Values> {
    let mut values = Values::new();
    for text in given {
        let Some((key, value)) = text.split_once('=') else {
            return Err(refuse(Exit::Usage, format!("{text}: write it like --set city=Curepipe")));
        };
        if values.insert(Key::read(key.trim()), value.to_owned()).is_some() {
            return Err(refuse(Exit::Usage, format!("{}: given twice", key.trim())));
        }
    }
    Ok(values)
}

/// All that is wrong, by key: what `--set` takes.
pub fn wrong(wrong: &[Wrong]) -> anyhow::Error {
    let line = |wrong: &Wrong| format!("{}: {}", wrong.key.as_str(), wrong.why);
    refuse(Exit::Usage, wrong.iter().map(line).collect::<Vec<_>>().join("\n"))
}
