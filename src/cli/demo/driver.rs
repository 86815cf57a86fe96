//! The customers, while a desk runs: who has got a text from us answers, or does not.
//!
//! [`Play`] decides and knows no thread and no clock; the thread around it looks at the sandbox a
//! few times a second and says there what is to be said.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::domain::redact::redacted_debug;
use crate::domain::time::Micros;
use crate::sandbox::Sandbox;
use crate::wire;

/// Kevin answers our texts in this order; then he is silent. Nobody else answers.
const KEVIN_SAYS: [&str; 2] = ["Merci, bien recu", "STOP"];

/// What it takes him to type it.
const TYPING: Duration = Duration::from_secs(3);

/// How often the thread looks.
const LOOK: Duration = Duration::from_millis(200);

/// Who says what next.
pub struct Play {
    kevin: String,
    /// Sids of the texts that need no answer any more.
    heard: HashSet<String>,
    says: std::slice::Iter<'static, &'static str>,
    /// Answers being typed, in order.
    typing: Vec<(Micros, Said)>,
}

/// A text from a customer.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    pub from: String,
    pub to: String,
    pub body: &'static str,
}

redacted_debug!(Said);

impl Play {
    /// `before` is what was texted before the curtain rose: nobody answers that now.
    pub fn new(kevin: &str, before: &[wire::Message]) -> Self {
        let heard = before.iter().filter_map(|text| text.sid.clone()).collect();
        Self { kevin: kevin.to_owned(), heard, says: KEVIN_SAYS.iter(), typing: Vec::new() }
    }

    /// Looks at every text there is; answers with what is said now.
    pub fn step(&mut self, now: Micros, texts: &[wire::Message]) -> Vec<Said> {
        for text in texts {
            let ours = text.direction.as_deref() == Some("outbound-api");
            let reached_him =
                text.to.as_ref() == Some(&self.kevin) && text.status.as_deref() == Some("delivered");
            let (Some(sid), Some(from), true, true) = (&text.sid, &text.from, ours, reached_him) else {
                continue;
            };
            if self.heard.insert(sid.clone())
                && let Some(body) = self.says.next()
            {
                let said = Said { from: self.kevin.clone(), to: from.clone(), body };
                self.typing.push((now + TYPING, said));
            }
        }
        self.typing.extract_if(.., |(at, _)| *at <= now).map(|(_, said)| said).collect()
    }
}

/// The thread. Ends when dropped.
pub struct Driver {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Driver {
    /// Lets the customers of `sandbox` act.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(sandbox: Arc<Sandbox>, mut play: Play) -> Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let body = move || {
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let mut world = sandbox.world();
                let (now, texts) = (world.now(), world.messages());
                for said in play.step(now, &texts) {
                    world.inbound(&said.from, &said.to, said.body);
                }
            }
        };
        let thread = thread::Builder::new().name("demo-cast".to_owned()).spawn(body);
        Ok(Self { stop: Some(stop), thread: Some(thread.context("the demo's customers did not come")?) })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic over there was reported there.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEVIN: &str = "+23057372333";

    fn text(sid: &str, to: &str, status: &str, direction: &str) -> wire::Message {
        let some = |text: &str| Some(text.to_owned());
        wire::Message {
            sid: some(sid),
            from: some("+23052500100"),
            to: some(to),
            status: some(status),
            direction: some(direction),
            ..wire::Message::default()
        }
    }

    fn bodies(said: Vec<Said>) -> Vec<&'static str> {
        said.into_iter().map(|said| said.body).collect()
    }

    #[test]
    fn kevin_thanks_then_stops_then_says_nothing() {
        let old = text("old", KEVIN, "delivered", "outbound-api");
        let mut play = Play::new(KEVIN, std::slice::from_ref(&old));
        let mut texts = vec![old, text("a", KEVIN, "sent", "outbound-api")];
        let at = Micros::from_secs;
        assert_eq!(bodies(play.step(at(1), &texts)), [""; 0], "it has not reached him yet");
        texts[1] = text("a", KEVIN, "delivered", "outbound-api");
        assert_eq!(bodies(play.step(at(2), &texts)), [""; 0], "he types");
        let thanks = Said { from: KEVIN.into(), to: "+23052500100".into(), body: "Merci, bien recu" };
        assert_eq!(play.step(at(5), &texts), [thanks]);
        assert_eq!(bodies(play.step(at(6), &texts)), [""; 0], "once");
        texts.push(text("b", KEVIN, "delivered", "outbound-api"));
        texts.push(text("c", KEVIN, "delivered", "outbound-api"));
        play.step(at(7), &texts);
        assert_eq!(bodies(play.step(at(10), &texts)), ["STOP"]);
        assert_eq!(bodies(play.step(at(99), &texts)), [""; 0]);
    }

    #[test]
    fn nobody_else_answers_and_no_machine_is_answered() {
        let mut play = Play::new(KEVIN, &[]);
        let texts = [
            text("a", "+23057980001", "delivered", "outbound-api"),
            text("b", KEVIN, "delivered", "outbound-reply"),
            text("c", KEVIN, "received", "inbound"),
            text("d", KEVIN, "undelivered", "outbound-api"),
        ];
        play.step(Micros(0), &texts);
        assert_eq!(play.step(Micros::from_secs(60), &texts), []);
    }
}
