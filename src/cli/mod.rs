//! The command line: one file per command with its arguments, its run, and its output for people
//! and programs. What a command does is in `store`, `sync` and `domain`; here it is asked and told.

mod clock;
mod config;
mod consent;
mod context;
mod customers;
pub mod demo;
mod desk;
mod doctor;
mod engine;
mod exit;
mod export;
mod init;
mod input;
pub mod log;
mod lookup;
mod mail;
mod note;
mod outbox;
mod output;
mod paths;
mod phone;
mod pop;
mod replay;
mod report;
mod sandbox;
mod secret;
mod shell;
mod sms;
mod sync;
mod update;
mod updates;
mod users;

use std::path::PathBuf;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

pub use exit::Exit;
use exit::refuse;

use crate::config::Paths;
use context::Context;
use output::Output;

/// A desk for call-center agents: find the customer, correct a number with a reason, text them.
/// Everything is saved on this machine first and reaches Twilio and the upstream system later.
#[derive(Parser)]
#[command(name = "cordboard", version, after_help = EXITS)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    command: Option<Command>,
    /// Keep a recording of this desk in a new file, with everything of a customer masked
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

const EXITS: &str = "Exit codes: 0 ok, 1 failure, 2 usage or configuration, 3 partly done, 4 not found, \
                     5 not allowed, 6 network.";

/// What every command understands.
#[derive(clap::Args, Clone, Default)]
pub struct Global {
    /// Write JSON, one value per line
    #[arg(long, global = true)]
    pub json: bool,
    /// Act as this user
    #[arg(long = "as", value_name = "NAME", env = "CORDBOARD_USER", hide_env_values = true, global = true)]
    act_as: Option<String>,
    /// Read this configuration file instead
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Keep everything in this folder: configuration, database and log
    #[arg(long, value_name = "DIR", env = "CORDBOARD_HOME", hide_env_values = true, global = true)]
    home: Option<PathBuf>,
    /// Say the second yes to what asks for one
    #[arg(long, global = true)]
    yes: bool,
}

impl Global {
    /// Where this desk's files are: flags before environment.
    ///
    /// # Errors
    /// Nothing says where.
    pub fn paths(&self) -> Result<Paths> {
        let home = self.home.as_ref().map(|home| home.clone().into_os_string());
        let mut paths = Paths::find(|name| match name {
            "CORDBOARD_HOME" => home.clone(),
            other => std::env::var_os(other),
        })
        .map_err(|error| refuse(Exit::Usage, error.to_string()))?;
        if let Some(file) = &self.config {
            paths.config_file.clone_from(file);
        }
        Ok(paths)
    }
}

#[derive(Subcommand)]
enum Command {
    /// Set up a desk: settings, database, first admin
    Init(init::Args),
    /// Try it: a desk with customers who answer; nothing leaves this machine
    Demo(demo::Args),
    /// Run a Twilio and an upstream on this machine, for trying things out
    Sandbox(sandbox::Args),
    /// Find customers by any part of a number, name, policy or e-mail
    Lookup(lookup::Args),
    /// A call comes in: show who it is on your running desk, or here if there is none
    Pop(pop::Args),
    /// Import, export, add, edit, merge and show customers
    Customers(customers::Args),
    /// Capture a corrected mobile or e-mail, with its reason
    Update(update::Args),
    /// List, export and mark captured updates
    Updates(updates::Args),
    /// Count what was captured, by whom and why, and what became of it
    Report(report::Args),
    /// Send, list, measure and export texts
    #[command(visible_alias = "messages")]
    Sms(sms::Args),
    /// Record and show who may be texted
    Consent(consent::Args),
    /// Mark addresses whose mail came back
    Mail(mail::Args),
    /// Add a remark to a customer; it stays here
    Note(note::Args),
    /// Carry out what waits and fetch what is new
    Sync(sync::Args),
    /// Show what has not left yet, and decide about it
    Outbox(outbox::Args),
    /// The people who work here
    Users(users::Args),
    /// Store a provider credential in the encrypted database
    Secret(secret::Args),
    /// Check that the database is sound and nothing is missing
    Doctor(doctor::Args),
    /// Check phone numbers; needs no database
    Phone(phone::Args),
    /// Show or check the configuration
    Config(config::Args),
    /// Show where everything is kept
    Paths(paths::Args),
    /// Draw a recording of a desk again
    Replay(replay::Args),
    /// Print completions for a shell
    Completions(shell::Completions),
    /// Print the manual page
    Man(shell::Man),
}

impl Command {
    fn run(&self, context: &mut Context) -> Result<Exit> {
        match self {
            Self::Init(args) => args.run(context),
            Self::Demo(args) => args.run(context),
            Self::Sandbox(args) => args.run(context),
            Self::Lookup(args) => args.run(context),
            Self::Pop(args) => args.run(context),
            Self::Customers(args) => args.run(context),
            Self::Update(args) => args.run(context),
            Self::Updates(args) => args.run(context),
            Self::Report(args) => args.run(context),
            Self::Sms(args) => args.run(context),
            Self::Consent(args) => args.run(context),
            Self::Mail(args) => args.run(context),
            Self::Note(args) => args.run(context),
            Self::Sync(args) => args.run(context),
            Self::Outbox(args) => args.run(context),
            Self::Users(args) => args.run(context),
            Self::Secret(args) => args.run(context),
            Self::Doctor(args) => args.run(context),
            Self::Phone(args) => args.run(context),
            Self::Config(args) => args.run(context),
            Self::Paths(args) => args.run(context),
            Self::Replay(args) => args.run(context),
            Self::Completions(args) => args.run(context),
            Self::Man(args) => args.run(context),
        }
    }

    /// Whether it works on a desk, and so has something to say in its log.
    fn needs_desk(&self) -> bool {
        !matches!(
            self,
            Self::Demo(_)
                | Self::Sandbox(_)
                | Self::Phone(_)
                | Self::Config(_)
                | Self::Paths(_)
                | Self::Replay(_)
                | Self::Completions(_)
                | Self::Man(_)
        )
    }
}

impl Cli {
    fn keeps_log(&self) -> bool {
        self.command.as_ref().is_none_or(Command::needs_desk)
    }
}

/// Reads the command line of this process; help, version and mistakes are answered here.
///
/// # Errors
/// The exit code to leave with.
pub fn parse() -> Result<Cli, Exit> {
    Cli::try_parse().map_err(|error| {
        if !error.use_stderr() {
            // With stdout gone there is nobody left to tell.
            let _ = error.print();
            return Exit::Ok;
        }
        if std::env::args_os().any(|argument| argument == "--json") {
            let text = error.to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text).trim();
            Output::standard(true).error(text, Exit::Usage);
        } else {
            let _ = error.print();
        }
        Exit::Usage
    })
}

/// Runs one command to its exit code, having told the reader what went wrong.
pub fn run(cli: &Cli) -> Exit {
    let mut context = Context::new(cli.global.clone());
    let result = match &cli.command {
        Some(command) => command.run(&mut context),
        None if std::io::IsTerminal::is_terminal(&std::io::stdout()) => {
            desk::run(&mut context, desk::Options { record: cli.record.clone(), ..desk::Options::default() })
        }
        None => {
            let _ = Cli::command().print_help();
            return Exit::Ok;
        }
    };
    context.end(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
