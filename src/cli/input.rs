//! What a command is handed on stdin: lines, a whole text, or answers to questions.

use std::io::{self, BufRead, BufReader, IsTerminal, Read};

use anyhow::{Context as _, Result};

use super::exit::{Exit, refuse};
use super::output::Output;

/// Where a command reads.
pub struct Input {
    from: BufReader<Box<dyn Read + Send>>,
    /// Is there a person to ask?
    pub is_terminal: bool,
}

impl Input {
    /// This process's stdin.
    pub fn standard() -> Self {
        let stdin = io::stdin();
        Self { is_terminal: stdin.is_terminal(), ..Self::new(stdin) }
    }

    /// Anything else that can be read.
    pub fn new(from: impl Read + Send + 'static) -> Self {
        Self { from: BufReader::with_capacity(1 << 16, Box::new(from)), is_terminal: false }
    }

    /// Hands each line to `each`, without its line end. Whatever was answered by then is passed on
    /// before waiting for more, so that a program can talk to us line by line.
    pub fn each_line(
        &mut self,
        output: &mut Output,
        mut each: impl FnMut(&mut Output, &str) -> Result<()>,
    ) -> Result<()> {
        loop {
            if self.from.buffer().is_empty() {
                output.flush()?;
            }
            let Some(line) = self.line()? else { return Ok(()) };
            each(output, &String::from_utf8_lossy(&line))?;
        }
    }

    /// `argument` itself, or all of stdin for `-`, less the line end that a shell adds.
    ///
    /// # Errors
    /// Stdin is not UTF-8, or cannot be read.
    pub fn text(&mut self, argument: &str) -> Result<String> {
        if argument != "-" {
            return Ok(argument.to_owned());
        }
        let mut bytes = Vec::new();
        self.from.read_to_end(&mut bytes).context("reading stdin failed")?;
        without_line_end(&mut bytes);
        String::from_utf8(bytes).map_err(|_| refuse(Exit::Usage, "stdin: this is not UTF-8 text"))
    }

    /// Puts a question to the person at the terminal; an empty answer is `usual`.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn ask(&mut self, output: &mut Output, question: &str, usual: &str) -> Result<String> {
        let usual_shown = if usual.is_empty() { String::new() } else { format!(" [{usual}]") };
        output.prompt(&format!("{question}{usual_shown}: "))?;
        let line =
            self.line()?.ok_or_else(|| refuse(Exit::Usage, "nothing was set up: the answers ended"))?;
        let answer = String::from_utf8_lossy(&line).trim().to_owned();
        Ok(if answer.is_empty() { usual.to_owned() } else { answer })
    }

    /// The bytes themselves, for files that come in on stdin.
    pub fn take(&mut self) -> impl Read + Send + use<> {
        let nothing = BufReader::new(Box::new(io::empty()) as Box<dyn Read + Send>);
        std::mem::replace(&mut self.from, nothing)
    }

    fn line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        if self.from.read_until(b'\n', &mut line).context("reading stdin failed")? == 0 {
            return Ok(None);
        }
        without_line_end(&mut line);
        Ok(Some(line))
    }
}

fn without_line_end(bytes: &mut Vec<u8>) {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_loses_the_one_line_end_of_the_shell() {
        for (stdin, text) in [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a", "a"), ("", "")] {
            assert_eq!(Input::new(stdin.as_bytes()).text("-").unwrap(), text, "{stdin:?}");
        }
        assert_eq!(Input::new("unread".as_bytes()).text("given").unwrap(), "given");
        let error = Input::new(b"\xff".as_slice()).text("-").unwrap_err();
        assert_eq!(Exit::of(&error), Exit::Usage);
    }

    /// TTX-45: one line out for each line in, also for an empty one and for wrong bytes.
    #[test]
    fn every_line_is_handed_on() {
        let mut seen = Vec::new();
        let mut output = Output::into_nothing();
        let each = |_: &mut Output, line: &str| {
            seen.push(line.to_owned());
            Ok(())
        };
        Input::new(b"a\r\n\nb\xff\nlast".as_slice()).each_line(&mut output, each).unwrap();
        assert_eq!(seen, ["a", "", "b\u{fffd}", "last"]);
    }
}
