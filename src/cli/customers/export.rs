//! `cordboard customers export`: customers as a file, whole or in part (CVIA-27..30, TTX-46).

use std::io::Write;

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::cli::export::{Place, What, noted};
use crate::domain::role::Actor;
use crate::files::export::{self, Choice, Form, Format};
use crate::store::Db;
use crate::store::export::{Whom, With};
use crate::tui;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// csv, xlsx, jsonl, vcf or salesforce; by the end of FILE unless given, else csv
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Only those whom the line of the look-up means, such as --where "payment:pending curepipe"
    #[arg(long = "where", value_name = "LINE", default_value = "", hide_default_value = true)]
    line: String,
    /// What goes in beside the record: notes, interactions, transcripts
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    with: Vec<String>,
    /// Only these columns, such as --columns name,mobile,custom
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    columns: Vec<String>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let format = self.place.format(self.format.as_deref(), &Format::ALL)?;
        let with = self.with()?;
        let mut desk = context.desk()?;
        let now = clock::now();
        let choice = Choice {
            whom: Whom { line: self.line.clone(), now, offset_seconds: tui::offset(now) },
            with,
            columns: self.columns.iter().map(|column| column.trim().to_owned()).collect(),
        };
        let filter = json!({ "where": self.line, "with": self.with, "columns": self.columns });
        let what = What { name: "customers", format };
        let write =
            |db: &Db, actor: &Actor, form: Form<'_>, out: &mut dyn Write, seen: &mut dyn FnMut(u64)| {
                export::customers(db, actor, &choice, form, out, seen)
            };
        self.place.write(&mut desk, &what, write, noted(&what, filter))
    }

    fn with(&self) -> Result<With> {
        let mut with = With::default();
        for part in &self.with {
            match part.trim() {
                "notes" => with.notes = true,
                "interactions" => with.interactions = true,
                "transcripts" => with.transcripts = true,
                other => {
                    let why = format!(
                        "--with: there is no \"{other}\"; choose from notes, interactions and transcripts"
                    );
                    return Err(refuse(Exit::Usage, why));
                }
            }
        }
        Ok(with)
    }
}
