//! What the demo's own commands do to the world outside: `:offline`, `:online`, `:fault NAME`. They
//! go over the sandbox's control port, so that a desk in another terminal has them too.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cli::exit::{Exit, refuse};
use crate::sandbox::{Fault, Kind};

/// It is on this machine: what takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(5);

/// What `:fault` takes, with what it then says.
pub const FAULTS: [(&str, &str); 1] =
    [("lose-answer", "The answer to the next text or upload gets lost: watch what becomes of it.")];

/// The way to the sandbox of a demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    pub address: SocketAddr,
}

impl Control {
    /// Nothing outside can be reached any more.
    ///
    /// # Errors
    /// The demo has ended.
    pub fn offline(&self) -> Result<()> {
        self.add(&Fault::new(Kind::Offline))
    }

    /// The network is back, and nothing goes wrong any more.
    ///
    /// # Errors
    /// The demo has ended.
    pub fn online(&self) -> Result<()> {
        self.ask("DELETE", "faults", "").map(drop)
    }

    /// Lets something go wrong once; answers with what, as a sentence.
    ///
    /// # Errors
    /// There is no such fault, or the demo has ended.
    pub fn fault(&self, name: &str) -> Result<&'static str> {
        let Some((_, says)) = FAULTS.iter().find(|(known, _)| *known == name.trim()) else {
            let known: Vec<&str> = FAULTS.iter().map(|(name, _)| *name).collect();
            let why = format!("there is no fault \"{name}\": there is {}", known.join(", "));
            return Err(refuse(Exit::Usage, why));
        };
        let lose_answer = Fault { on: crate::sandbox::On::Create, ..Fault::new(Kind::AcceptAndCut).times(1) };
        self.add(&lose_answer)?;
        Ok(says)
    }

    /// Carries out a line of the command line, such as `fault lose-answer`; answers with what is so
    /// now, as a sentence.
    ///
    /// # Errors
    /// It is none of these, or the demo has ended.
    pub fn obey(&self, line: &str) -> Result<&'static str> {
        let (word, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        match word {
            "offline" => self.offline().map(|()| "The network is gone. Go on working: it is all kept."),
            "online" => self.online().map(|()| "The network is back: what waited leaves now."),
            "fault" => self.fault(rest),
            _ => Err(refuse(Exit::Usage, format!("the demo knows no \"{word}\""))),
        }
    }

    /// Does anybody answer?
    pub fn is_there(&self) -> bool {
        self.ask("GET", "clock", "").is_ok()
    }

    fn add(&self, fault: &Fault) -> Result<()> {
        self.ask("POST", "faults", &serde_json::to_string(fault)?).map(drop)
    }

    fn ask(&self, method: &str, what: &str, body: &str) -> Result<String> {
        let answer = self.exchange(method, what, body);
        let answer = answer.context("the demo has ended: start it again with `cordboard demo`")?;
        if answer.starts_with("HTTP/1.1 200") {
            return Ok(answer);
        }
        Err(refuse(Exit::Failure, "the demo's sandbox did not understand: start the demo again"))
    }

    fn exchange(&self, method: &str, what: &str, body: &str) -> std::io::Result<String> {
        let address = self.address;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "{method} /_sandbox/{what} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{Config, Sandbox};

    #[test]
    fn the_demos_commands_change_the_world() {
        let sandbox = Sandbox::start(Config::default()).unwrap();
        let control = Control { address: sandbox.control_address() };
        assert!(control.is_there());
        control.obey("offline").unwrap();
        assert!(sandbox.world().is_offline());
        control.obey(" online ").unwrap();
        assert!(!sandbox.world().is_offline());
        control.obey("fault lose-answer").unwrap();
        assert_eq!(sandbox.world().faults().len(), 1);
        assert!(control.obey("rain").is_err());
        let refused = control.obey("fault rain").unwrap_err().to_string();
        assert_eq!(refused, "there is no fault \"rain\": there is lose-answer");
        drop(sandbox);
        assert!(!control.is_there());
        assert!(control.offline().unwrap_err().to_string().contains("start it again"));
    }
}
