//! "Why was this not sent?" (TWS-75, TWS-76): the way of a text from us to a phone, gate, time, network,
//! credentials, sync and Twilio in that order, and which of them stands in the way.

use super::delivery::{self, Delivery};
use super::job::State;
use super::time::Micros;

/// What is known of one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The outbox line, if it has one.
    pub line: Option<i64>,
    pub state: Option<State>,
    /// The word of the outbox or of Twilio that the text shows.
    pub status: String,
    pub reason: String,
    /// What the gate says now: the sentence, if it is closed.
    pub blocked: Option<String>,
    pub not_before: Micros,
    pub attempts: i64,
    pub behind: Option<i64>,
    /// The network is away.
    pub offline: Option<String>,
    /// What is wrong with the credentials, or missing.
    pub credentials: Option<String>,
    /// Somebody carries texts to Twilio right now.
    pub synced: bool,
    /// Twilio has it.
    pub taken: bool,
    pub error_code: Option<i64>,
    pub error_message: String,
}

/// A station on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Station {
    Gate,
    Time,
    Network,
    Credentials,
    Sync,
    Twilio,
    Carrier,
}

impl Station {
    pub const ALL: [Self; 7] =
        [Self::Gate, Self::Time, Self::Network, Self::Credentials, Self::Sync, Self::Twilio, Self::Carrier];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Time => "time",
            Self::Network => "network",
            Self::Credentials => "credentials",
            Self::Sync => "sync",
            Self::Twilio => "twilio",
            Self::Carrier => "carrier",
        }
    }
}

/// Did it pass there?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    Yes,
    /// This stands in the way.
    No,
    /// It has not come so far.
    NotYet,
}

impl Passed {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "ok",
            Self::No => "stands in the way",
            Self::NotYet => "not yet",
        }
    }
}

/// One station, what is so there, and what to do if it stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub station: Station,
    pub passed: Passed,
    pub says: String,
}

/// Walks the way. At most one station stands in it; what lies behind that is not reached.
pub fn walk(facts: &Facts, now: Micros) -> Vec<Step> {
    let stop =
        Station::ALL.into_iter().find_map(|station| obstacle(facts, station, now).map(|why| (station, why)));
    let mut steps = Vec::new();
    let mut reached = true;
    for station in Station::ALL {
        let (passed, says) = match &stop {
            Some((at, why)) if *at == station => {
                reached = false;
                (Passed::No, why.clone())
            }
            _ if reached && has_passed(facts, station) => (Passed::Yes, fine(station).to_owned()),
            _ => (Passed::NotYet, String::new()),
        };
        steps.push(Step { station, passed, says });
    }
    steps
}

/// Whoever has it now is the next to pass it on.
fn has_passed(facts: &Facts, station: Station) -> bool {
    match station {
        Station::Twilio => facts.taken,
        Station::Carrier => {
            matches!(Delivery::parse(&facts.status), Delivery::Delivered | Delivery::Read | Delivery::Sent)
        }
        _ => true,
    }
}

fn fine(station: Station) -> &'static str {
    match station {
        Station::Gate => "the customer may be texted",
        Station::Time => "its time has come",
        Station::Network => "Twilio can be reached",
        Station::Credentials => "our credentials are accepted",
        Station::Sync => "a desk or `cordboard sync` carries texts out",
        Station::Twilio => "Twilio has taken it",
        Station::Carrier => "it was handed to the carrier",
    }
}

fn obstacle(facts: &Facts, station: Station, now: Micros) -> Option<String> {
    // Of what has left, only what came after counts; of what ended here, only why it did.
    match (station, facts.state) {
        (Station::Carrier, _) if facts.taken => carrier(facts),
        (Station::Twilio, _) => twilio(facts),
        (_, _) if facts.taken => None,
        (Station::Gate, Some(State::Canceled)) => {
            Some(ended(&facts.reason, "it was taken back before it left"))
        }
        (Station::Gate, Some(State::Discarded)) => Some(ended(&facts.reason, "it was thrown away by hand")),
        (Station::Time, Some(State::Expired)) => {
            Some(ended(&facts.reason, "it waited too long; send it again if it still matters"))
        }
        (_, Some(State::Waiting | State::Claimed) | None) => waiting(facts, station, now),
        _ => None,
    }
}

fn waiting(facts: &Facts, station: Station, now: Micros) -> Option<String> {
    match station {
        Station::Gate => facts.blocked.clone(),
        Station::Time => match (facts.behind, facts.not_before > now) {
            (Some(line), _) => {
                Some(format!("it waits behind line {line} of the same conversation: see why that waits"))
            }
            (None, true) => {
                let seconds = facts.not_before.since(now).as_secs() + 1;
                let then = if facts.attempts > 0 { "it is tried again" } else { "it leaves" };
                let why =
                    if facts.reason.is_empty() { String::new() } else { format!(" ({})", facts.reason) };
                Some(format!("{then} by itself in {seconds} s{why}: nothing to do"))
            }
            (None, false) => None,
        },
        Station::Network => facts.offline.as_ref().map(|why| {
            format!("Twilio cannot be reached ({why}): it leaves by itself once the network is back")
        }),
        Station::Credentials => facts.credentials.as_ref().map(|why| {
            format!(
                "{}: an admin sets them, `cordboard doctor` names what is missing",
                why.trim_end_matches('.')
            )
        }),
        Station::Sync if !facts.synced => {
            Some("nobody carries texts out: open a desk, or run `cordboard sync`".to_owned())
        }
        _ => None,
    }
}

fn twilio(facts: &Facts) -> Option<String> {
    match facts.state {
        Some(State::InFlight) => Some("the request is under way; if no answer comes, it is looked up: nothing to do".to_owned()),
        Some(State::Ambiguous) => {
            Some("Twilio's answer got lost: whether it left is being looked up, nothing to do".to_owned())
        }
        Some(State::Unconfirmed) => Some(
            "Twilio's answer got lost and the text was not found there: it may have arrived. A supervisor may send it again, with a reason"
                .to_owned(),
        ),
        Some(State::Parked) => Some(ended(&facts.reason, "it was set aside: look at it in the outbox and try it again")),
        Some(State::Rejected) => Some(refused(facts)),
        _ => None,
    }
}

fn carrier(facts: &Facts) -> Option<String> {
    match Delivery::parse(&facts.status) {
        Delivery::Failed | Delivery::Undelivered | Delivery::Canceled => Some(refused(facts)),
        // TWS-76.
        Delivery::Scheduled | Delivery::Accepted | Delivery::Queued | Delivery::Sending => Some(format!(
            "Twilio has it and says \"{}\": it waits its turn there, for up to 10 hours. If many wait, our number sends \
             more than it may; if all do, look at the account at Twilio",
            facts.status
        )),
        Delivery::Other(word) => {
            Some(format!("Twilio says \"{word}\", which this release has no word for: look there"))
        }
        _ => None,
    }
}

fn refused(facts: &Facts) -> String {
    let said = facts.error_code.and_then(delivery::error_sentence).map(str::to_owned);
    let code = facts.error_code.map(|code| format!("{code}: ")).unwrap_or_default();
    let words = [facts.error_message.as_str(), facts.reason.as_str()];
    let own = words
        .into_iter()
        .find(|words| !words.is_empty())
        .unwrap_or("no reason was given; try once more, or call");
    format!("{code}{}", said.unwrap_or_else(|| own.to_owned()))
}

fn ended(reason: &str, otherwise: &str) -> String {
    if reason.is_empty() { otherwise.to_owned() } else { reason.to_owned() }
}

/// The walk in one sentence: what stands in the way, or that nothing does.
pub fn verdict(steps: &[Step]) -> String {
    let stop = steps.iter().find(|step| step.passed == Passed::No);
    match stop {
        Some(step) => format!("{}: {}", step.station.as_str(), step.says.trim_end_matches('.')),
        None if steps.iter().all(|step| step.passed == Passed::Yes) => {
            "nothing: it has left and arrived as far as anybody says".to_owned()
        }
        None => "nothing stands in the way: it leaves at the next step of the sync".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Micros = Micros::from_secs(1_767_225_600);

    fn waits() -> Facts {
        Facts {
            line: Some(7),
            state: Some(State::Waiting),
            status: "waiting".into(),
            synced: true,
            ..Facts::default()
        }
    }

    fn stands(facts: &Facts) -> (Option<Station>, String) {
        let steps = walk(facts, NOW);
        assert_eq!(steps.iter().map(|step| step.station).collect::<Vec<_>>(), Station::ALL);
        let at = steps.iter().position(|step| step.passed == Passed::No);
        if let Some(at) = at {
            assert!(steps[..at].iter().all(|step| step.passed == Passed::Yes), "{steps:?}");
            assert!(steps[at + 1..].iter().all(|step| step.passed == Passed::NotYet), "{steps:?}");
        }
        (at.map(|at| steps[at].station), verdict(&steps))
    }

    /// Each alone, and with everything behind it wrong as well: the first is named.
    #[test]
    fn tws_75_the_first_that_stands_in_the_way_is_named() {
        let mut facts = Facts { synced: false, ..waits() };
        assert_eq!(stands(&facts).0, Some(Station::Sync));
        facts.credentials = Some("TWILIO_AUTH_TOKEN is not set".into());
        assert_eq!(
            stands(&facts),
            (
                Some(Station::Credentials),
                "credentials: TWILIO_AUTH_TOKEN is not set: an admin sets them, `cordboard doctor` names what is missing"
                    .into()
            )
        );
        facts.offline = Some("could not connect".into());
        assert_eq!(stands(&facts).0, Some(Station::Network));
        facts.not_before = NOW + Duration::from_secs(4);
        assert_eq!(
            stands(&facts),
            (Some(Station::Time), "time: it leaves by itself in 5 s: nothing to do".into())
        );
        facts.behind = Some(3);
        assert_eq!(
            stands(&facts).1,
            "time: it waits behind line 3 of the same conversation: see why that waits"
        );
        facts.blocked = Some("the customer texted STOP".into());
        assert_eq!(stands(&facts), (Some(Station::Gate), "gate: the customer texted STOP".into()));
        let nothing = "nothing stands in the way: it leaves at the next step of the sync";
        assert_eq!(stands(&waits()), (None, nothing.into()));
    }

    #[test]
    fn what_ended_here_says_why() {
        for (state, reason, station, words) in [
            (State::Canceled, "", Station::Gate, "taken back"),
            (State::Canceled, "the customer texted STOP", Station::Gate, "texted STOP"),
            (State::Discarded, "wrong one", Station::Gate, "wrong one"),
            (State::Expired, "", Station::Time, "waited too long"),
            (State::Unconfirmed, "", Station::Twilio, "may have arrived"),
            (State::Ambiguous, "", Station::Twilio, "looked up"),
            (State::InFlight, "", Station::Twilio, "under way"),
            (State::Parked, "", Station::Twilio, "set aside"),
            (State::Rejected, "no such number", Station::Twilio, "no such number"),
        ] {
            // What is wrong by now is not why it did not leave then.
            let blocked = Some("blocked since".into());
            let facts = Facts {
                state: Some(state),
                reason: reason.into(),
                blocked,
                synced: false,
                ..Facts::default()
            };
            let (at, said) = stands(&facts);
            assert_eq!(at, Some(station), "{state:?}");
            assert!(said.contains(words), "{said}");
        }
    }

    /// TWS-76: stuck on "sending" is Twilio's turn, and a code is a sentence.
    #[test]
    fn tws_76_what_twilio_has_is_told_from_its_status() {
        let taken = |status: &str, error_code| Facts {
            state: Some(State::Accepted),
            status: status.into(),
            taken: true,
            error_code,
            blocked: Some("blocked since".into()),
            ..Facts::default()
        };
        for status in ["accepted", "queued", "sending", "scheduled", "teleported"] {
            assert_eq!(stands(&taken(status, None)).0, Some(Station::Carrier), "{status}");
        }
        let (at, said) = stands(&taken("undelivered", Some(30005)));
        assert_eq!(at, Some(Station::Carrier));
        assert_eq!(said, "carrier: 30005: This mobile does not exist any more: ask for the new one");
        assert_eq!(stands(&taken("failed", None)).0, Some(Station::Carrier));
        for status in ["sent", "delivered", "read"] {
            assert_eq!(
                stands(&taken(status, None)),
                (None, verdict(&walk(&taken("sent", None), NOW))),
                "{status}"
            );
        }
    }
}
