//! `cordboard demo`: a tour of the commands against the sandbox, in a folder of its own that is gone
//! afterwards. Every step is the real command, parsed from the line that is shown; it sees nothing of
//! the environment and can reach nothing but this machine.

mod script;

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;

use super::context::Context;
use super::exit::{Exit, refuse};
use super::output::Output;
use super::{Cli, Global, clock};

use crate::sandbox::{self, Clock, Fault, Kind, Sandbox};
use script::{CUSTOMERS, STEPS, Step, TEXTS, UPDATES};

#[derive(clap::Args, Default)]
pub struct Args {}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let tour = Tour::start()?;
        let output = &mut context.output;
        output.line(
            "A tour of cordboard. It has a folder of its own and talks to a sandbox on this machine only.",
        )?;
        for step in STEPS {
            tour.take(step, output)?;
        }
        tour.sum_up(output)?;
        Ok(Exit::Ok)
    }
}

struct Tour {
    home: Home,
    sandbox: Sandbox,
}

impl Tour {
    fn start() -> Result<Self> {
        let config = sandbox::Config {
            clock: Clock::Real,
            start: clock::now(),
            steps: sandbox::Steps { sending_ms: 100, sent_ms: 200, final_ms: 600, price_ms: 900 },
            ..sandbox::Config::honest()
        };
        let ours = config.our_numbers.clone();
        let sandbox = Sandbox::start(config).context("the sandbox did not start")?;
        let home = Home::create()?;
        fs::write(home.0.join("customers.csv"), CUSTOMERS)?;
        fs::write(home.0.join("config.toml"), settings(&sandbox.url(), &ours))?;
        Ok(Self { home, sandbox })
    }

    fn take(&self, step: &Step, output: &mut Output) -> Result<()> {
        match step {
            Step::Say(text) => {
                output.line("")?;
                output.line(format!("== {text}"))?;
            }
            Step::Run { line, stdin, exit } => self.command(line, stdin, *exit, output)?,
            Step::Offline => self.sandbox.world().add_fault(Fault::new(Kind::Offline)),
            Step::Online => self.sandbox.world().clear_faults(),
            Step::Inbound { from, body } => {
                let mut world = self.sandbox.world();
                let ours = world.config.our_numbers[0].clone();
                world.inbound(from, &ours, body);
            }
            Step::Wait(seconds) => {
                output.flush()?;
                std::thread::sleep(Duration::from_secs(*seconds));
            }
        }
        Ok(())
    }

    /// Runs a line as if it had been typed, and checks that it ends as the tour says.
    fn command(&self, line: &[&str], stdin: &str, expected: Exit, output: &mut Output) -> Result<()> {
        output.line("")?;
        let pipe = if stdin.is_empty() { String::new() } else { format!("echo {stdin} | ") };
        output.line(format!("$ {pipe}cordboard {}", shell(line)))?;
        output.flush()?;
        let file = self.home.0.join("customers.csv");
        let words = line.iter().map(|word| match *word {
            "customers.csv" => file.to_string_lossy().into_owned(),
            word => word.to_owned(),
        });
        let parsed = Cli::try_parse_from(std::iter::once("cordboard".to_owned()).chain(words))?;
        let command = parsed.command.as_ref().context("the tour has a line without a command")?;
        let home = Some(self.home.0.clone());
        let global = Global { home, config: None, json: output.is_json(), ..parsed.global };
        let mut context = Context::sealed(global, stdin);
        let result = command.run(&mut context);
        let exit = context.end(result);
        if exit == expected {
            return Ok(());
        }
        let why = format!(
            "the tour went wrong: this should have ended with {}, not {}",
            expected as u8, exit as u8
        );
        Err(refuse(Exit::Failure, why))
    }

    /// What the other side saw is the only proof of "once".
    fn sum_up(&self, output: &mut Output) -> Result<()> {
        let world = self.sandbox.world();
        let (texts, updates) =
            (world.ledger().messages_stored().len(), world.ledger().updates_stored().len());
        drop(world);
        if (texts, updates) != (TEXTS, UPDATES) {
            let why = format!(
                "the tour went wrong: {texts} texts and {updates} updates arrived, not {TEXTS} and {UPDATES}"
            );
            return Err(refuse(Exit::Failure, why));
        }
        output.line("")?;
        output.line(format!("== What the servers saw: {texts} texts and {updates} updates, each once."))?;
        output.line("The tour is over and its folder is gone. Next: `cordboard init`.")
    }
}

fn settings(url: &str, ours: &[String]) -> String {
    format!(
        "[desk]\nundo_seconds = 1\n\n[sms]\nnumbers = {ours:?}\n\n[twilio]\nbase_url = {url:?}\n\n\
         [upstream]\nbase_url = {url:?}\n"
    )
}

fn shell(words: &[&str]) -> String {
    let quote = |word: &&str| if word.contains(' ') { format!("\"{word}\"") } else { (*word).to_owned() };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// A folder that goes when the tour is over.
struct Home(PathBuf);

impl Home {
    fn create() -> Result<Self> {
        let name = format!("cordboard-demo-{}-{}", process::id(), clock::now().0);
        let path = std::env::temp_dir().join(name);
        fs::DirBuilder::new().mode(0o700).create(&path).with_context(|| cannot(&path))?;
        Ok(Self(path))
    }
}

fn cannot(path: &Path) -> String {
    format!("{} could not be made", path.display())
}

impl Drop for Home {
    fn drop(&mut self) {
        // What is left behind is in the temporary folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}
