//! `cordboard customers export`: customers as a file, whole or in part (CVIA-27..30, TTX-46).

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::cli::export::{Place, What};
use crate::files::export::{self, Choice, Format};
use crate::store::export::{Whom, With};
use crate::tui;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// csv, xlsx, jsonl or vcf; by the end of FILE unless given, else csv
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
        let what = What { name: "customers", format, filter };
        self.place.write(&mut desk, &what, |db, actor, form, out, seen| {
            export::customers(db, actor, &choice, form, out, seen)
        })
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
