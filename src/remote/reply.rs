//! From what the socket did to an [`Outcome`]: the part that both systems share.
//!
//! Each system only says what a body is ([`Read`]); the class comes from `classify`, the sentences,
//! `Date` and `Retry-After` from here. No sentence quotes a number, an address or a page of HTML.

use std::time::Duration;

use http::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

use super::classify::{Body, Class, Reply, classify};
use super::{Answer, Outcome, Transport};
use crate::domain::time::Micros;

/// A bogus `Retry-After` must not silence the desk for a year.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// Enough for a provider's sentence, not for a page.
const LONGEST_WHY: usize = 300;

/// What a system made of a body.
pub enum Read {
    Answer(Answer),
    Busy(Problem),
    Denied(Problem),
    Refusal(Problem),
    /// Says what is wrong with it: "is not JSON".
    Other(&'static str),
}

/// An error in the provider's own words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problem {
    pub code: Option<i64>,
    pub message: String,
}

/// Decides what became of a request to `system`. `read` sees the status and the body.
pub fn settle(system: &str, safe: bool, got: Transport, read: impl FnOnce(u16, &[u8]) -> Read) -> Outcome {
    let response = match got {
        Transport::Response(response) => response,
        Transport::NotSent(why) => return plain(classify(safe, Reply::NotSent), why),
        Transport::Lost(why) => {
            return plain(classify(safe, Reply::Lost), format!("no complete answer from {system}: {why}"));
        }
    };
    let status = response.status().as_u16();
    let (kind, answer, problem) = match read(status, response.body()) {
        Read::Answer(answer) => (Body::Answer, Some(answer), None),
        Read::Busy(problem) => (Body::Busy, None, Some(problem)),
        Read::Denied(problem) => (Body::Denied, None, Some(problem)),
        Read::Refusal(problem) => (Body::Refusal, None, Some(problem)),
        Read::Other(what) => {
            (Body::Other, None, Some(Problem { code: None, message: format!("what came with it {what}") }))
        }
    };
    let class = classify(safe, Reply::Complete { status, body: kind });
    if let (Class::Accepted, Some(answer)) = (class, answer) {
        return Outcome::Accepted { answer, date: date(response.headers(), DATE) };
    }
    let Problem { code, message } = problem.unwrap_or_default();
    let code_text = code.map_or(String::new(), |code| format!(", code {code}"));
    let why = format!("{system} answered {status}{code_text}: {}", presentable(&message));
    match class {
        Class::Rejected => Outcome::Rejected { status, code, why },
        Class::NotProcessed => Outcome::NotProcessed { why, retry_after: retry_after(response.headers()) },
        other => plain(other, why),
    }
}

fn plain(class: Class, why: String) -> Outcome {
    match class {
        Class::NotSent => Outcome::NotSent { why },
        Class::NotProcessed => Outcome::NotProcessed { why, retry_after: None },
        Class::Credential => Outcome::Credential { why },
        Class::Rejected => Outcome::Rejected { status: 0, code: None, why },
        Class::Accepted | Class::Ambiguous => Outcome::Ambiguous { why },
    }
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<Micros> {
    Micros::parse_rfc2822(headers.get(name)?.to_str().ok()?)
}

/// Seconds, or an HTTP date, which is read against the server's own `Date`: ours may be wrong.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => date(headers, RETRY_AFTER)?.since(date(headers, DATE)?),
    };
    Some(wait.min(LONGEST_WAIT))
}

/// Text of the other side on one line, cut, and without the numbers and addresses of people:
/// providers like to repeat them, and these sentences reach logs.
pub(super) fn presentable(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let masked = without_numbers(&text);
    let words: Vec<&str> = masked
        .split_whitespace()
        .map(|word| if word.contains('@') { "(an address)" } else { word })
        .collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST_WHY) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None if line.is_empty() => "it gave no reason".to_owned(),
        None => line,
    }
}

/// Seven digits and more, however they are spaced, are somebody's number; codes are shorter.
fn without_numbers(text: &str) -> String {
    let dials = |c: char| c.is_ascii_digit() || " +-().".contains(c);
    let mut out = String::new();
    for run in text.split_inclusive(|c| !dials(c)) {
        let (run, end) = match run.char_indices().next_back() {
            Some((at, last)) if !dials(last) => run.split_at(at),
            _ => (run, ""),
        };
        let number = run.bytes().filter(u8::is_ascii_digit).count() >= 7;
        out.push_str(if number { " (a number) " } else { run });
        out.push_str(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_in_both_forms() {
        let now = (DATE, "Thu, 28 Nov 2024 10:30:00 GMT");
        for (given, wait) in [
            (vec![(RETRY_AFTER, "7")], Some(7)),
            (vec![(RETRY_AFTER, " 0 ")], Some(0)),
            (vec![(RETRY_AFTER, "99999999999")], Some(86_400)),
            (vec![(RETRY_AFTER, "-3")], None),
            (vec![(RETRY_AFTER, "soon")], None),
            (vec![now.clone(), (RETRY_AFTER, "Thu, 28 Nov 2024 10:32:00 GMT")], Some(120)),
            (vec![now.clone(), (RETRY_AFTER, "Thu, 28 Nov 2024 10:00:00 GMT")], Some(0)),
            (vec![(RETRY_AFTER, "Thu, 28 Nov 2024 10:32:00 GMT")], None),
            (vec![now], None),
        ] {
            assert_eq!(retry_after(&headers(&given)), wait.map(Duration::from_secs), "{given:?}");
        }
    }

    #[test]
    fn sentences_do_not_repeat_people() {
        for (said, shown) in [
            ("The 'To' number +12025550143 is not valid.", "The 'To' number (a number) is not valid."),
            ("from +1 (202) 555-0143, busy", "from (a number) , busy"),
            ("bad\r\n\u{1b}[31mnews", "bad [31mnews"),
            ("ann@shop.example bounced", "(an address) bounced"),
            ("code 21211", "code 21211"),
            ("", "it gave no reason"),
        ] {
            assert_eq!(presentable(said), shown);
        }
        assert_eq!(presentable(&"é".repeat(900)).chars().count(), LONGEST_WHY + 1);
    }
}
