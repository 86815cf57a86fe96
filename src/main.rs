//! The program: reads the command line, starts the log file, leaves with the command's exit code.
//! Or it is the keeper of a desk's terminal.

use std::process::ExitCode;

use cordboard::cli;
use cordboard::tui::keeper;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|word| word == keeper::ARGUMENT) {
        keeper::keep();
        return ExitCode::SUCCESS;
    }
    let parsed = match cli::parse() {
        Ok(parsed) => parsed,
        Err(exit) => return exit.into(),
    };
    cli::log::start(&parsed);
    cli::run(&parsed).into()
}
