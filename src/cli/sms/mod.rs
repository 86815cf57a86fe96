//! `cordboard sms`: texts and their conversations.

mod cost;
mod list;
mod media;
mod segments;
mod send;

use anyhow::Result;
use clap::Subcommand;

use super::context::Context;
use super::exit::Exit;
use super::export::Log;
use crate::files;

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
    /// Sum up what texts have cost, by day or by conversation
    Cost(cost::Args),
    /// Say what the pictures and files of a text are, and fetch them
    Media(media::Args),
    /// Write texts to a file, word for word; supervisors and admins only
    Export(Log),
    /// Count the segments a text would be billed as
    Segments(segments::Args),
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        match &self.action {
            Action::Send(args) => args.run(context),
            Action::List(args) => args.run(context),
            Action::Cost(args) => args.run(context),
            Action::Media(args) => args.run(context),
            Action::Export(log) => log.run(context, "texts", |db, actor, when, form, out, seen| {
                files::export::messages(db, actor, when, form, out, seen)
            }),
            Action::Segments(args) => args.run(context),
        }
    }
}
