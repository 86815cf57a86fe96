//! The circuit breaker of one destination: after a failure nothing is sent until a harmless GET
//! has come back (design 4.6).

use std::time::Duration;

use crate::domain::backoff;
use crate::domain::time::Micros;
use crate::remote::Outcome;
use crate::store::destinations::Health;

/// Failures in a row, of a destination that can be reached, before it is left alone.
const PATIENCE: u32 = 3;

/// How long refused or missing credentials are left alone before they are tried again.
const REFUSED: Duration = Duration::from_secs(300);

/// Closed: requests may go. Open: nothing goes before `until`, then one probe.
#[derive(Debug, Default)]
pub struct Breaker {
    open_until: Option<Micros>,
    /// They asked for this wait themselves: an answer to something else does not end it.
    firm: bool,
    failures: u32,
}

impl Breaker {
    /// May requests go?
    pub fn is_closed(&self) -> bool {
        self.open_until.is_none()
    }

    /// Is it time for a probe?
    pub fn wants_probe(&self, now: Micros) -> bool {
        self.open_until.is_some_and(|until| until <= now)
    }

    /// When it next wants something by itself.
    pub fn wake(&self) -> Option<Micros> {
        self.open_until
    }

    /// Learns from an outcome; answers with what the destination's health is now.
    pub fn learn(&mut self, outcome: &Outcome, now: Micros, jitter: f64) -> Health {
        match outcome {
            Outcome::Accepted { .. } | Outcome::Rejected { .. }
                if self.firm && self.open_until.is_some_and(|until| now < until) =>
            {
                Health::Online
            }
            Outcome::Accepted { .. } | Outcome::Rejected { .. } => {
                *self = Self::default();
                Health::Online
            }
            Outcome::NotSent { .. } => self.open(now, jitter, None),
            Outcome::NotProcessed { retry_after: Some(wait), .. } => {
                self.open(now, jitter, Some(*wait));
                Health::Online
            }
            Outcome::NotProcessed { .. } | Outcome::Ambiguous { .. } => {
                if self.failures + 1 >= PATIENCE || self.open_until.is_some() {
                    return self.open(now, jitter, None);
                }
                self.failures += 1;
                Health::Online
            }
            Outcome::Credential { .. } => {
                self.open(now, jitter, Some(REFUSED));
                Health::Refused
            }
            Outcome::NotSetUp { .. } => {
                self.open(now, jitter, Some(REFUSED));
                Health::NotSetUp
            }
        }
    }

    /// It answers, and what it says makes no sense: as good as away.
    pub fn fail(&mut self, now: Micros, jitter: f64) {
        self.open(now, jitter, None);
    }

    fn open(&mut self, now: Micros, jitter: f64, wait: Option<Duration>) -> Health {
        self.failures = self.failures.saturating_add(1);
        self.firm = wait.is_some();
        let wait = wait.unwrap_or_else(|| backoff::delay(self.failures, jitter, backoff::BASE, CAP));
        self.open_until = Some(now + wait);
        Health::Offline
    }
}

/// A probe costs one GET, so a network that is back is noticed within this.
const CAP: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    fn ambiguous() -> Outcome {
        Outcome::Ambiguous { why: "timeout".into() }
    }

    #[test]
    fn opens_at_once_when_nothing_can_be_sent() {
        let (mut breaker, now) = (Breaker::default(), Micros::from_secs(100));
        assert_eq!(breaker.learn(&Outcome::NotSent { why: "dns".into() }, now, 1.0), Health::Offline);
        assert!(!breaker.is_closed() && !breaker.wants_probe(now));
        assert!(breaker.wants_probe(now + backoff::BASE));
        let answer = Outcome::Rejected { status: 404, code: None, why: "no".into() };
        assert_eq!(breaker.learn(&answer, now, 1.0), Health::Online);
        assert!(breaker.is_closed());
    }

    #[test]
    fn opens_after_three_doubtful_answers_in_a_row() {
        let (mut breaker, now) = (Breaker::default(), Micros::from_secs(100));
        for _ in 0..2 {
            assert_eq!(breaker.learn(&ambiguous(), now, 1.0), Health::Online);
            assert!(breaker.is_closed());
        }
        assert_eq!(breaker.learn(&ambiguous(), now, 1.0), Health::Offline);
        assert!(!breaker.is_closed());
    }

    #[test]
    fn retry_after_is_honoured() {
        let (mut breaker, now) = (Breaker::default(), Micros::from_secs(100));
        let wait = Duration::from_secs(7);
        breaker.learn(&Outcome::NotProcessed { why: "429".into(), retry_after: Some(wait) }, now, 0.0);
        assert_eq!(breaker.wake(), Some(now + wait));
    }

    #[test]
    fn refused_credentials_stop_the_destination() {
        let (mut breaker, now) = (Breaker::default(), Micros::from_secs(100));
        assert_eq!(breaker.learn(&Outcome::Credential { why: "401".into() }, now, 1.0), Health::Refused);
        assert_eq!(breaker.wake(), Some(now + REFUSED));
        assert_eq!(breaker.learn(&Outcome::NotSetUp { why: "none".into() }, now, 1.0), Health::NotSetUp);
        assert_eq!(breaker.wake(), Some(now + REFUSED));
    }
}
