//! `cordboard paths`: where everything is kept.

use anyhow::Result;
use serde_json::json;

use super::context::Context;
use super::exit::Exit;

#[derive(clap::Args)]
pub struct Args {}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let paths = context.paths()?;
        let named = [
            ("config", &paths.config_file),
            ("database", &paths.database),
            ("key", &paths.key_file),
            ("log", &paths.state_dir),
        ];
        if context.output.is_json() {
            let paths: serde_json::Map<_, _> = named
                .into_iter()
                .map(|(name, path)| (name.to_owned(), json!(path.to_string_lossy())))
                .collect();
            context.output.json(&paths)?;
        } else {
            for (name, path) in named {
                context.output.line(format!("{name:<10}{}", path.display()))?;
            }
        }
        Ok(Exit::Ok)
    }
}
