//! `cordboard customers`: the people on file.

mod add;
mod duplicates;
mod import;
mod latest;
mod merge;
pub(super) mod show;

use anyhow::Result;
use clap::Subcommand;

use super::context::Context;
use super::exit::Exit;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Take in the master's customers from a CSV file; admins only
    Import(import::Args),
    /// Add one customer
    Add(Box<add::Args>),
    /// Show a customer's card; that it was opened is recorded
    Show(show::Args),
    /// Say who looks like whom
    Duplicates(duplicates::Args),
    /// Make two customers one; supervisors and admins only
    Merge(merge::Args),
    /// Make them two again
    Split(merge::SplitArgs),
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        match &self.action {
            Action::Import(args) => args.run(context),
            Action::Add(args) => args.run(context),
            Action::Show(args) => args.run(context),
            Action::Duplicates(args) => args.run(context),
            Action::Merge(args) => args.run(context),
            Action::Split(args) => args.run(context),
        }
    }
}
