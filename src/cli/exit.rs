//! Exit codes, and which one an error means.

use std::process::ExitCode;

use super::output::Closed;
use crate::config::ConfigError;
use crate::store;
use crate::tui::Why;

/// What a command's exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Ok = 0,
    /// It could not be done.
    Failure = 1,
    /// The command line, a value in it or the configuration is wrong.
    Usage = 2,
    /// Some of it was done; what was not is named.
    Partly = 3,
    NotFound = 4,
    NotAllowed = 5,
    Network = 6,
    /// A panic, as Rust counts.
    Broken = 101,
    /// The terminal went away; 128 and the signal's number, as shells count.
    HungUp = 129,
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A command stopped for a reason that the person at the keyboard can do something about.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    exit: Exit,
    message: String,
}

/// Stops a command with a sentence and the exit code that goes with it.
pub fn refuse(exit: Exit, message: impl Into<String>) -> anyhow::Error {
    Refusal { exit, message: message.into() }.into()
}

impl Exit {
    /// How a desk ended that nobody left by a key.
    pub fn of_desk(why: Why) -> Self {
        match why {
            Why::Broken => Self::Broken,
            Why::HungUp => Self::HungUp,
            Why::Terminated => Self::Terminated,
        }
    }

    /// The exit code of a command that stopped with `error`.
    pub fn of(error: &anyhow::Error) -> Self {
        error.chain().find_map(meaning).unwrap_or(Self::Failure)
    }
}

fn meaning(error: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        return Some(refusal.exit);
    }
    if let Some(error) = error.downcast_ref::<store::Error>() {
        return Some(of_store(error));
    }
    if error.is::<ConfigError>() {
        return Some(Exit::Usage);
    }
    error.is::<Closed>().then_some(Exit::Ok)
}

fn of_store(error: &store::Error) -> Exit {
    use store::Error as E;
    match error {
        E::Denied(_) | E::Blocked(_) => Exit::NotAllowed,
        E::AskAgain | E::Many { .. } | E::Fields(_) | E::Overwrites { .. } | E::Refused(_) => Exit::Usage,
        E::NotFound { .. } => Exit::NotFound,
        E::Open(_) | E::Fenced | E::DiskFull | E::Disk(_) | E::Busy | E::Sql(_) | E::Overtaken => {
            Exit::Failure
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn the_reason_decides_also_behind_a_context() {
        let refused = Err::<(), _>(refuse(Exit::NotFound, "nobody")).context("looking up").unwrap_err();
        assert_eq!(Exit::of(&refused), Exit::NotFound);
        assert_eq!(Exit::of(&Closed.into()), Exit::Ok);
        assert_eq!(Exit::of(&anyhow::anyhow!("anything else")), Exit::Failure);
    }
}
