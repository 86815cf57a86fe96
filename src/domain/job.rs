//! Outbox words: jobs, their states, and which moves between states exist (design 4).

use std::fmt;

/// A system outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Destination {
    Twilio,
    Upstream,
    /// The SMTP server.
    Mail,
}

impl Destination {
    pub const ALL: [Self; 3] = [Self::Twilio, Self::Upstream, Self::Mail];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Upstream => "upstream",
            Self::Mail => "mail",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|destination| destination.as_str() == text)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a job carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A text for Twilio. At most once by machine.
    Text,
    /// A captured contact update for the upstream. At least once, then de-duplicated.
    Update,
    /// A "synced" mark for the upstream. May be repeated at will.
    Mark,
    /// A mail. At most once by machine: nobody can look up whether one arrived.
    Mail,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Text, Self::Update, Self::Mark, Self::Mail];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Update => "update",
            Self::Mark => "mark",
            Self::Mail => "mail",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    pub fn destination(self) -> Destination {
        match self {
            Self::Text => Destination::Twilio,
            Self::Update | Self::Mark => Destination::Upstream,
            Self::Mail => Destination::Mail,
        }
    }
}

/// Stored states of a job (design 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Waiting,
    Claimed,
    InFlight,
    Accepted,
    Rejected,
    Ambiguous,
    /// Nobody could find out; a person decides.
    Unconfirmed,
    /// Crashed the engine three times; a person decides.
    Parked,
    Canceled,
    Discarded,
    Expired,
}

impl State {
    pub const ALL: [Self; 11] = [
        Self::Waiting,
        Self::Claimed,
        Self::InFlight,
        Self::Accepted,
        Self::Rejected,
        Self::Ambiguous,
        Self::Unconfirmed,
        Self::Parked,
        Self::Canceled,
        Self::Discarded,
        Self::Expired,
    ];

    /// The stored word; the schema's partial indexes name these.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::InFlight => "in flight",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Ambiguous => "ambiguous",
            Self::Unconfirmed => "unconfirmed",
            Self::Parked => "parked",
            Self::Canceled => "canceled",
            Self::Discarded => "discarded",
            Self::Expired => "expired",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Does it hold back what is behind it in its lane?
    pub fn blocks_lane(self) -> bool {
        match self {
            Self::Waiting | Self::Claimed | Self::InFlight | Self::Ambiguous | Self::Parked => true,
            Self::Accepted
            | Self::Rejected
            | Self::Unconfirmed
            | Self::Canceled
            | Self::Discarded
            | Self::Expired => false,
        }
    }

    /// Where `step` leads, if a job of this kind may take it from here. Terminal states have no
    /// way out: a retry is a new job.
    pub fn after(self, step: Step, kind: Kind) -> Option<Self> {
        match (self, step) {
            (Self::Waiting, Step::Claim) => Some(Self::Claimed),
            (Self::Waiting, Step::Cancel) => Some(Self::Canceled),
            (Self::Waiting, Step::Expire) => Some(Self::Expired),
            // A mark that turns out to be made already, a text that may no longer be sent.
            (Self::Waiting, Step::Accept) if kind == Kind::Mark => Some(Self::Accepted),
            (Self::Waiting | Self::Parked | Self::Unconfirmed, Step::Discard) => Some(Self::Discarded),
            (Self::Claimed, Step::Start) => Some(Self::InFlight),
            (Self::Claimed | Self::InFlight, Step::PutBack) => Some(Self::Waiting),
            (Self::InFlight, Step::Accept) => Some(Self::Accepted),
            (Self::InFlight, Step::Reject) => Some(Self::Rejected),
            (Self::InFlight, Step::Doubt) => Some(Self::Ambiguous),
            (Self::Ambiguous, Step::Accept) => Some(Self::Accepted),
            (Self::Ambiguous, Step::GiveUp) => Some(Self::Unconfirmed),
            // Never for texts and mails: nothing found is no proof that nothing was sent.
            (Self::Ambiguous, Step::PutBack) if matches!(kind, Kind::Update | Kind::Mark) => {
                Some(Self::Waiting)
            }
            (Self::Waiting | Self::Claimed, Step::Park) => Some(Self::Parked),
            (Self::Parked, Step::PutBack) => Some(Self::Waiting),
            _ => None,
        }
    }
}

/// One move of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The engine takes it, gates passed.
    Claim,
    /// Its attempt is on disk; the first byte may leave.
    Start,
    Accept,
    Reject,
    /// The outcome is unknown.
    Doubt,
    /// Certainly not processed.
    PutBack,
    /// Looked up for long enough without an answer.
    GiveUp,
    Park,
    Cancel,
    Discard,
    Expire,
}

impl Step {
    pub const ALL: [Self; 11] = [
        Self::Claim,
        Self::Start,
        Self::Accept,
        Self::Reject,
        Self::Doubt,
        Self::PutBack,
        Self::GiveUp,
        Self::Park,
        Self::Cancel,
        Self::Discard,
        Self::Expire,
    ];
}

/// After this many crashes a job is set aside for a person.
pub const MAX_CRASHES: i64 = 3;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terminal_states_never_reopen() {
        let terminal = [State::Accepted, State::Rejected, State::Canceled, State::Discarded, State::Expired];
        for state in terminal {
            for kind in Kind::ALL {
                assert!(Step::ALL.iter().all(|step| state.after(*step, kind).is_none()), "{state:?}");
            }
        }
    }

    #[test]
    fn the_transition_table() {
        use State::*;
        let mut table = String::new();
        for kind in Kind::ALL {
            for from in State::ALL {
                for step in Step::ALL {
                    if let Some(to) = from.after(step, kind) {
                        table.push_str(&format!(
                            "{} {} {step:?} {}\n",
                            kind.as_str(),
                            from.as_str(),
                            to.as_str()
                        ));
                    }
                }
            }
        }
        let common = "waiting Claim claimed|waiting Park parked|waiting Cancel canceled|waiting Discard discarded|\
                      waiting Expire expired|claimed Start in flight|claimed PutBack waiting|claimed Park parked|\
                      in flight Accept accepted|in flight Reject rejected|in flight Doubt ambiguous|\
                      in flight PutBack waiting|ambiguous Accept accepted|ambiguous GiveUp unconfirmed|\
                      unconfirmed Discard discarded|parked PutBack waiting|parked Discard discarded";
        let mut expected: Vec<String> = Vec::new();
        for kind in Kind::ALL {
            expected.extend(common.split('|').map(|line| format!("{} {line}", kind.as_str())));
        }
        expected.push("mark waiting Accept accepted".into());
        expected.push("update ambiguous PutBack waiting".into());
        expected.push("mark ambiguous PutBack waiting".into());
        let mut got: Vec<String> = table.lines().map(str::to_owned).collect();
        got.sort();
        expected.sort();
        assert_eq!(got, expected);
        assert!(Waiting.blocks_lane() && Parked.blocks_lane() && !Unconfirmed.blocks_lane());
    }

    proptest! {
        /// Whatever happens, a text or mail is put on the wire again only if the try before it was
        /// certainly not processed.
        #[test]
        fn a_text_or_mail_in_doubt_is_never_started_again(
            steps in proptest::collection::vec(0usize..11, 0..60),
            kind in prop_oneof![Just(Kind::Text), Just(Kind::Mail)],
        ) {
            let mut state = State::Waiting;
            let mut doubted = false;
            for step in steps.into_iter().map(|n| Step::ALL[n]) {
                if let Some(next) = state.after(step, kind) {
                    prop_assert!(!(doubted && next == State::InFlight));
                    doubted |= next == State::Ambiguous;
                    state = next;
                }
            }
        }
    }
}
