//! `cordboard replay`: draws a recording of a desk again. Recordings hold nothing of a customer.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal};
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::context::Context;
use super::desk::theme;
use super::exit::{Exit, refuse};
use crate::config::{Config, Palette, forms};
use crate::domain::role::{Actor, Role};
use crate::tui::keymap::Keymap;
use crate::tui::model::{Model, Settings};
use crate::tui::record::{self, Start};
use crate::tui::replay;

#[derive(clap::Args)]
pub struct Args {
    /// A file that `cordboard --record FILE` made
    file: PathBuf,
    /// Print the last screen as text instead of playing
    #[arg(long)]
    print: bool,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let cannot = || format!("{} cannot be replayed", self.file.display());
        let file = File::open(&self.file).with_context(cannot)?;
        let (start, told) = record::read(BufReader::new(file)).with_context(cannot)?;
        let mut model = model(&start)?;
        if self.print || !io::stdout().is_terminal() {
            for line in replay::last_screen(&mut model, &told).lines() {
                context.output.line(line)?;
            }
        } else {
            replay::play(&mut model, &told).with_context(cannot)?;
        }
        Ok(Exit::Ok)
    }
}

fn model(start: &Start) -> Result<Model> {
    let mut config = Config::default();
    config.desk.region = start
        .region
        .parse()
        .map_err(|_| refuse(Exit::Usage, format!("the recording names a region \"{}\"", start.region)))?;
    let role = Role::parse(&start.role).unwrap_or(Role::Agent);
    let me = Actor { role, number: start.number, name: "x".repeat(8), ..Actor::machine() };
    let settings = Settings {
        policy: config.phone_policy(),
        numbers: Vec::new(),
        purpose: config.sms.purpose,
        currency: crate::domain::money::Currency::MUR,
        undo_seconds: config.desk.undo_seconds,
        upstream: true,
        keymap: Keymap::default(),
        theme: theme(Palette::Plain),
        ascii: false,
        demo: start.demo,
        exports: PathBuf::new(),
        wording: String::new(),
        forms: forms::shipped(),
        lint: config.lint_rules(),
        prices: config.prices,
        alphabet: config.capture.alphabet,
        verified_by: config.capture.verified_by,
        must_verify: config.capture.must_verify,
    };
    Ok(Model::new(me, settings, start.now, start.offset, start.size))
}
