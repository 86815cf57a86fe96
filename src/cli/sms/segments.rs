//! `cordboard sms segments`: the encoding and billed parts of a text, counted as FACTS 8 says.

use anyhow::Result;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::domain::segments::{self, Segments};

#[derive(clap::Args)]
pub struct Args {
    /// The text, or `-` for stdin; with --json, stdin holds one JSON string per line
    #[arg(value_name = "TEXT|-")]
    text: String,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        if context.output.is_json() && self.text == "-" {
            return json_lines(context);
        }
        let size = segments::count(&context.input.text(&self.text)?);
        if context.output.is_json() {
            context.output.json(&size)?;
        } else {
            let Segments { encoding, segments, units } = size;
            let plural = if segments == 1 { "" } else { "s" };
            context.output.line(format!("{encoding}  {segments} segment{plural}  {units} units"))?;
        }
        Ok(Exit::Ok)
    }
}

/// One line out for each line in, also for one that is no JSON string.
fn json_lines(Context { input, output, .. }: &mut Context) -> Result<Exit> {
    let mut exit = Exit::Ok;
    input.each_line(output, |output, line| match serde_json::from_str::<String>(line) {
        Ok(text) => output.json(&segments::count(&text)),
        Err(_) => {
            exit = Exit::Partly;
            output.json(&json!({ "error": "not a JSON string, such as \"hello\"" }))
        }
    })?;
    Ok(exit)
}
