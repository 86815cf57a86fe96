//! `cordboard demo --tour`: a tour of the commands against the sandbox, in a folder of its own that is
//! gone afterwards. Every step is the real command, parsed from the line that is shown; it sees nothing of
//! the environment and can reach nothing but this machine.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;

use super::home::Home;
use super::people::CUSTOMERS;
use super::script::{STEPS, Step, TEXTS, UPDATES};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::cli::output::Output;
use crate::cli::{Cli, Global, clock};
use crate::sandbox::{self, Clock, Fault, Kind, Sandbox};

/// Takes the whole tour.
///
/// # Errors
/// A step ended otherwise than it should.
pub fn run(output: &mut Output) -> Result<Exit> {
    let tour = Tour::start()?;
    output.line(
        "A tour of cordboard. It has a folder of its own and talks to a sandbox on this machine only.",
    )?;
    for step in STEPS {
        tour.take(step, output)?;
    }
    tour.sum_up(output)?;
    Ok(Exit::Ok)
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
        let home = Home::temporary(&std::env::temp_dir())?;
        fs::write(home.path().join("customers.csv"), CUSTOMERS)?;
        fs::write(home.path().join("config.toml"), settings(&sandbox.url(), &ours))?;
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
        let file = self.home.path().join("customers.csv");
        let words = line.iter().map(|word| match *word {
            "customers.csv" => file.to_string_lossy().into_owned(),
            word => word.to_owned(),
        });
        let parsed = Cli::try_parse_from(std::iter::once("cordboard".to_owned()).chain(words))?;
        let command = parsed.command.as_ref().context("the tour has a line without a command")?;
        let home = Some(self.home.path().to_owned());
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
