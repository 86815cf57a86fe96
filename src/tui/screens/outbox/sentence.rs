//! The state of a line of the outbox as people say it (design 4). Pure.

use crate::domain::job::{Kind, State};
use crate::domain::later;
use crate::domain::shown::Job;
use crate::tui::view::Look;

/// Seconds up to which a wait is counted down; a longer one says until when.
const COUNTED: u64 = 90;

/// The state of a line, as a sentence.
pub fn sentence(job: &Job, look: &Look<'_>) -> String {
    let Some(state) = State::parse(&job.state) else { return job.state.clone() };
    let kind = Kind::parse(&job.kind);
    let because = |word: &str| match job.reason.as_str() {
        "" => word.to_owned(),
        why => format!("{word}: {why}"),
    };
    match state {
        State::Waiting => waiting(job, kind, look),
        State::Claimed | State::InFlight => match kind {
            Some(Kind::Text | Kind::Mail) | None => "sending".to_owned(),
            Some(Kind::Update | Kind::Mark) => "uploading".to_owned(),
        },
        State::Accepted => match kind {
            Some(Kind::Text | Kind::Mail) | None => "sent".to_owned(),
            Some(Kind::Update | Kind::Mark) => "uploaded".to_owned(),
        },
        State::Rejected => because("failed"),
        State::Ambiguous => "not confirmed: being looked up".to_owned(),
        State::Unconfirmed => "not confirmed: may have arrived".to_owned(),
        State::Parked => because("set aside, a person decides"),
        State::Canceled => because("canceled"),
        State::Discarded => because("thrown away"),
        State::Expired => because("too late"),
    }
}

fn waiting(job: &Job, kind: Option<Kind>, look: &Look<'_>) -> String {
    let (leaves, doing, missing) = match kind {
        Some(Kind::Text) | None => ("sends", "texting", &look.state.no_texting),
        Some(Kind::Mail) => ("sends", "mail", &look.state.no_mail),
        Some(Kind::Update | Kind::Mark) => ("uploads", "uploading", &look.state.no_upload),
    };
    let early = job.not_before > look.now;
    let wait = job.not_before.since(look.now);
    if let Some(line) = job.behind {
        format!("waits behind line {line}")
    } else if missing.is_some() {
        format!("waits: {doing} is not set up")
    } else if look.state.offline.is_some() {
        "waits for network".to_owned()
    } else if let Some(words) =
        later::sentence(job.reason.as_str(), &look.stamp(job.not_before)).filter(|_| early)
    {
        words
    } else if early && job.attempts > 0 {
        format!("tries again {}: {}", until(wait.as_millis(), job, look), job.reason)
    } else if early && wait.as_secs() < COUNTED && job.reason.as_str().is_empty() {
        format!("{leaves} {}", until(wait.as_millis(), job, look))
    } else if early {
        match job.reason.as_str() {
            "" => format!("waits {}", until(wait.as_millis(), job, look)),
            why => format!("waits: {why}, {}", until(wait.as_millis(), job, look)),
        }
    } else {
        format!("{leaves} next")
    }
}

fn until(wait_ms: u128, job: &Job, look: &Look<'_>) -> String {
    let secs = wait_ms.div_ceil(1000);
    if secs <= u128::from(COUNTED) {
        format!("in {secs} s")
    } else {
        format!("till {}", look.stamp(job.not_before))
    }
}
