//! `cordboard sms`: texts and their conversations.

mod cost;
mod later;
mod lint;
mod list;
mod media;
mod prices;
mod segments;
mod send;
mod templates;

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
    /// Texts for later: list, move, cancel
    Later(later::Args),
    /// Sum up what texts have cost, by day or by conversation
    Cost(cost::Args),
    /// Say what the pictures and files of a text are, and fetch them
    Media(media::Args),
    /// Write texts to a file, word for word; supervisors and admins only
    Export(Log),
    /// Say what is wrong with a text before it is sent, as the desk does
    Lint(lint::Args),
    /// Show the office's price list, or what a text would cost by it
    Prices(prices::Args),
    /// Saved replies: list, add, edit, remove, import, export
    Templates(templates::Args),
    /// Count the segments a text would be billed as
    Segments(segments::Args),
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        match &self.action {
            Action::Send(args) => args.run(context),
            Action::List(args) => args.run(context),
            Action::Later(args) => args.run(context),
            Action::Cost(args) => args.run(context),
            Action::Media(args) => args.run(context),
            Action::Export(log) => log.run(context, "texts", |db, actor, when, form, out, seen| {
                files::export::messages(db, actor, when, form, out, seen)
            }),
            Action::Lint(args) => args.run(context),
            Action::Prices(args) => args.run(context),
            Action::Templates(args) => args.run(context),
            Action::Segments(args) => args.run(context),
        }
    }
}
