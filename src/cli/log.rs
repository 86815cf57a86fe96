//! The log file: in the state folder, never on the terminal, a new file each day, two weeks kept.
//! `CORDBOARD_LOG` takes a filter such as `cordboard=debug`. Numbers, bodies and secrets cannot get
//! in: their types do not show them.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

use super::Cli;

/// Starts the log. A log that cannot be written stops nobody from working.
pub fn start(cli: &Cli) {
    if !cli.keeps_log() {
        return;
    }
    let Ok(folder) = cli.global.paths().map(|paths| paths.state_dir) else { return };
    if DirBuilder::new().recursive(true).mode(0o700).create(&folder).is_err() {
        return;
    }
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("cordboard")
        .filename_suffix("log")
        .max_log_files(14)
        .build(&folder);
    let filter =
        EnvFilter::try_from_env("CORDBOARD_LOG").unwrap_or_else(|_| EnvFilter::new("warn,cordboard=info"));
    if let Ok(file) = file {
        let _ =
            tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(file).try_init();
    }
}
