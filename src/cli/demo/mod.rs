//! `cordboard demo`: a living desk in a folder of its own, with customers who answer, and nothing
//! that leaves this machine. `--join` opens a second desk on it, `--tour` shows the commands instead.

mod cast;
pub mod control;
mod driver;
mod home;
mod past;
mod people;
mod script;
pub mod stage;
mod tour;

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;

use super::clock;
use super::context::Context;
use super::desk::{self, Options};
use super::exit::{Exit, refuse};
use crate::store::open::{self, Location};
use crate::tui::msg::{Msg, Tone};
use crate::tui::runner::Demo;
use crate::tui::strip::Strip;
use crate::tui::{Ended, msg};
use control::Control;
use stage::Stage;

#[derive(clap::Args, Default)]
pub struct Args {
    /// Watch a tour of the commands instead of opening a desk
    #[arg(long, conflicts_with_all = ["join", "keep"])]
    tour: bool,
    /// Open another desk on the demo that runs in another terminal, such as --join --as admin
    #[arg(long, conflicts_with = "keep")]
    join: bool,
    /// Keep the demo's folder here; it must be new or empty
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Keep a recording of this desk in a new file, with everything of a customer masked
    #[arg(long, value_name = "FILE", conflicts_with = "tour")]
    record: Option<PathBuf>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let is_watched = io::stdout().is_terminal();
        if self.tour || !(is_watched || self.join || self.keep.is_some()) {
            return tour::run(&mut context.output);
        }
        if !is_watched {
            let why = "a desk needs a terminal: `cordboard demo --tour` goes without one";
            return Err(refuse(Exit::Usage, why));
        }
        let who = who(context.acting(), std::env::var("CORDBOARD_USER").ok().as_deref());
        let mut stage = if self.join {
            Stage::join(who.as_deref())?
        } else {
            Stage::start(self.keep.as_deref(), who.as_deref())?
        };
        open_desk(&mut stage, self.record.as_deref())
    }
}

/// The demo does not care who this account works as elsewhere.
fn who(acting: Option<&str>, environment: Option<&str>) -> Option<String> {
    acting.filter(|name| Some(*name) != environment).map(str::to_owned)
}

/// Runs a desk on the stage to its end; `:as` opens it again for somebody else.
fn open_desk(stage: &mut Stage, record: Option<&Path>) -> Result<Exit> {
    let mut strip = Some(Strip::new(clock::now()));
    let mut record = record.map(Path::to_owned);
    loop {
        let control = stage.control();
        let mut context = stage.context();
        let location = context.location()?;
        let home = location.clone();
        let demo: Demo = Arc::new(move |line| obey(control, &home, line).map_err(|why| format!("{why:#}.")));
        let options = Options { record: record.take(), demo: Some(demo), strip: strip.take() };
        let (ended, seen) = desk::open_desk(&mut context, &location, options)?;
        strip = seen;
        match ended {
            Ended::By(msg::Exit::Become(named)) => stage.seat(&named)?,
            Ended::By(_) => return Ok(Exit::Ok),
            Ended::From(why) => return Ok(Exit::of_desk(why)),
        }
    }
}

/// Carries out a line of the desk's command line.
fn obey(control: Control, location: &Location, line: &str) -> Result<Msg> {
    match line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), "")) {
        ("as", named) => {
            let user = stage::person(&open::open(location)?, Some(named))?;
            Ok(Msg::Become(format!("#{}", user.number)))
        }
        _ => Ok(Msg::Say(Tone::Note, control.obey(line)?.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_there_cannot_sit_down_and_who_is_there_is_said() {
        let temp = tempfile::tempdir().unwrap();
        let mut stage = Stage::start_in(temp.path(), None, None).unwrap();
        let location = stage.context().location().unwrap();
        let obey = |line: &str| obey(stage.control(), &location, line);
        let why = obey("as Bob").unwrap_err().to_string();
        assert!(why.starts_with("nobody in the demo is called \"Bob\": there is admin (S. Lee), "), "{why}");
        assert_eq!(obey("as ana silva").unwrap(), Msg::Become("#7".to_owned()));
        assert!(matches!(obey("offline").unwrap(), Msg::Say(Tone::Note, _)));
        stage.seat("#7").unwrap();
        assert_eq!(stage.user().name, "Ana Silva");
    }

    #[test]
    fn the_name_of_the_environment_is_another_desks() {
        assert_eq!(who(Some("admin"), None).as_deref(), Some("admin"));
        assert_eq!(who(Some("admin"), Some("Jane Doe")).as_deref(), Some("admin"));
        assert_eq!(who(Some("Jane Doe"), Some("Jane Doe")), None);
        assert_eq!(who(None, None), None);
    }
}
