//! `cordboard completions` and `cordboard man`: made from the definition of the command line.

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;
use super::context::Context;
use super::exit::Exit;
use super::output;

#[derive(clap::Args)]
pub struct Completions {
    /// The shell they are for
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "cordboard", &mut text);
        output::written(context.output.raw().write_all(&text))?;
        Ok(Exit::Ok)
    }
}

#[derive(clap::Args)]
pub struct Man {}

impl Man {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut text = Vec::new();
        page(&Cli::command(), &mut text)?;
        output::written(context.output.raw().write_all(&text))?;
        Ok(Exit::Ok)
    }
}

/// The page of the program, then a section for each command.
fn page(command: &clap::Command, to: &mut Vec<u8>) -> Result<()> {
    let man = clap_mangen::Man::new(command.clone());
    man.render(to)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = format!("cordboard {}", sub.get_name());
        to.extend(format!(".SH \"{}\"\n", name.to_uppercase()).bytes());
        let sub = clap_mangen::Man::new(sub.clone().bin_name(name));
        sub.render_synopsis_section(to)?;
        sub.render_description_section(to)?;
        sub.render_options_section(to)?;
    }
    Ok(())
}
