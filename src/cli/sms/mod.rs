//! `cordboard sms`: texts and their conversations.

mod list;
mod segments;
mod send;

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
    /// Queue a text; consent is checked now and again before it leaves
    Send(send::Args),
    /// Show the newest texts, theirs and ours
    List(list::Args),
    /// Count the segments a text would be billed as
    Segments(segments::Args),
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        match &self.action {
            Action::Send(args) => args.run(context),
            Action::List(args) => args.run(context),
            Action::Segments(args) => args.run(context),
        }
    }
}
