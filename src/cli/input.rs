//! What a command is handed on stdin.

use std::io::{self, BufRead, BufReader, Read};

use anyhow::{Context as _, Result};

use super::exit::{Exit, refuse};
use super::output::Output;

/// Hands each line of stdin to `each`, without its line end. Whatever was answered by then is
/// passed on before waiting for more, so that a program can talk to us line by line.
pub fn each_line(output: &mut Output, mut each: impl FnMut(&mut Output, &str) -> Result<()>) -> Result<()> {
    let mut stdin = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut line = Vec::new();
    loop {
        if stdin.buffer().is_empty() {
            output.flush()?;
        }
        line.clear();
        if stdin.read_until(b'\n', &mut line).context("reading stdin failed")? == 0 {
            return Ok(());
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        each(output, &String::from_utf8_lossy(line))?;
    }
}

/// `argument` itself, or all of stdin for `-`, less the line end that a shell adds.
///
/// # Errors
/// Stdin is not UTF-8, or cannot be read.
pub fn text(argument: &str) -> Result<String> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).context("reading stdin failed")?;
    let mut text =
        String::from_utf8(bytes).map_err(|_| refuse(Exit::Usage, "stdin: this is not UTF-8 text"))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}
