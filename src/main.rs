//! The program: reads the command line, starts the log file, leaves with the command's exit code.

use std::process::ExitCode;

use cordboard::cli;

fn main() -> ExitCode {
    let parsed = match cli::parse() {
        Ok(parsed) => parsed,
        Err(exit) => return exit.into(),
    };
    cli::log::start(&parsed);
    cli::run(&parsed).into()
}
