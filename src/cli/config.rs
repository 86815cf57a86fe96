//! `cordboard config`: are the settings right, and what are they?

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::context::Context;
use super::exit::Exit;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say what is wrong with the configuration file, if anything
    Check,
    /// Show every setting in force
    Show,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let config = context.config()?;
        config.forms()?;
        let file = context.paths()?.config_file;
        match &self.action {
            Action::Check if context.output.is_json() => {
                context
                    .output
                    .json(&json!({ "file": file.to_string_lossy(), "exists": file.exists(), "ok": true }))?;
            }
            Action::Check if file.exists() => context.output.line(format!("{}: ok", file.display()))?,
            Action::Check => {
                context.output.line(format!("{}: not there, so the defaults hold", file.display()))?;
            }
            Action::Show if context.output.is_json() => context.output.json(&config)?,
            Action::Show => config.to_toml().lines().try_for_each(|line| context.output.line(line))?,
        }
        Ok(Exit::Ok)
    }
}
