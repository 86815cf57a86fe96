//! `cordboard customers`: the people on file.

mod add;
mod delete;
mod duplicates;
mod edit;
mod export;
mod fields;
mod import;
mod imports;
mod latest;
mod merge;
mod pay;
pub(super) mod show;
mod stage;
mod tag;

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
    /// Take in the master's customers from a file, or take an import back; supervisors and admins only
    Import(import::Args),
    /// Write customers to a file: all, or those whom a line means; supervisors and admins only
    Export(export::Args),
    /// List what was imported; supervisors and admins only
    Imports(imports::Args),
    /// Add one customer
    Add(Box<add::Args>),
    /// Change fields, phones and e-mails of a customer
    Edit(edit::Args),
    /// Put tags on a customer, or take them off
    Tag(tag::Args),
    /// Say how far a customer is with us
    Stage(stage::Args),
    /// Take a customer off every list; nothing is thrown away
    Delete(delete::Args),
    /// Bring a deleted customer back
    Restore(delete::Args),
    /// Show a customer's card; that it was opened is recorded
    Show(show::Args),
    /// Say who looks like whom
    Duplicates(duplicates::Args),
    /// Make two customers one; supervisors and admins only
    Merge(merge::Args),
    /// Make them two again
    Split(merge::SplitArgs),
    /// Ask a customer to pay, by mail with a QR code or by text
    RequestPayment(pay::RequestArgs),
    /// Record that a customer owes an amount and pays it in instalments
    AcknowledgeDebt(pay::DebtArgs),
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        match &self.action {
            Action::Import(args) => args.run(context),
            Action::Export(args) => args.run(context),
            Action::Imports(args) => args.run(context),
            Action::Add(args) => args.run(context),
            Action::Edit(args) => args.run(context),
            Action::Tag(args) => args.run(context),
            Action::Stage(args) => args.run(context),
            Action::Delete(args) => args.run(context),
            Action::Restore(args) => args.restore(context),
            Action::Show(args) => args.run(context),
            Action::Duplicates(args) => args.run(context),
            Action::Merge(args) => args.run(context),
            Action::Split(args) => args.run(context),
            Action::RequestPayment(args) => args.run(context),
            Action::AcknowledgeDebt(args) => args.run(context),
        }
    }
}
