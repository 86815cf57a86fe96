//! Who may be texted: the fold of the consent log, the gate, and the words that open and close it.
//!
//! A grant belongs to one number, channel and purpose and never moves (G23). A revocation belongs
//! to the number for everyone and follows the person to every number. A STOP is closed by the
//! customer and only the customer's START takes it back.

use std::fmt;

use super::ids::ConsentId;
use super::time::Micros;

/// G24: a yes for one is never a yes for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    Service,
    Marketing,
}

impl Purpose {
    pub const ALL: [Self; 2] = [Self::Service, Self::Marketing];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Marketing => "marketing",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// What one log entry did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Grant,
    Revoke,
    /// Takes back a STOP and nothing else.
    Lift,
}

impl Act {
    pub const ALL: [Self; 3] = [Self::Grant, Self::Revoke, Self::Lift];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Revoke => "revoke",
            Self::Lift => "lift",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == text)
    }
}

/// How consent was given or taken back (G7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Voice,
    Web,
    Paper,
    Keyword,
    Import,
    /// Twilio refused a text because of an opt-out we had not heard of (21610).
    Provider,
}

impl Method {
    pub const ALL: [Self; 6] =
        [Self::Voice, Self::Web, Self::Paper, Self::Keyword, Self::Import, Self::Provider];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Web => "web",
            Self::Paper => "paper",
            Self::Keyword => "keyword",
            Self::Import => "import",
            Self::Provider => "provider",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// One line of the log for one number and purpose. `seq` is commit order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub seq: i64,
    pub id: ConsentId,
    pub purpose: Purpose,
    pub act: Act,
    pub method: Method,
    pub at: Micros,
}

/// Where one number stands for one purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The newest grant still in force, a STOP aside.
    pub granted: Option<Entry>,
    /// The revocation in force that is not a STOP.
    pub revoked: Option<Entry>,
    /// The STOP in force.
    pub stopped: Option<Entry>,
}

impl Standing {
    fn closed(&self) -> Option<Entry> {
        [self.stopped, self.revoked].into_iter().flatten().max_by_key(|entry| entry.seq)
    }
}

/// Folds one number's log, oldest first.
pub fn standing(log: &[Entry], purpose: Purpose) -> Standing {
    let mut standing = Standing::default();
    for entry in log.iter().filter(|entry| entry.purpose == purpose) {
        match (entry.act, entry.method) {
            (Act::Grant, _) => {
                standing.granted = Some(*entry);
                standing.revoked = None;
            }
            (Act::Revoke, Method::Keyword | Method::Provider) => standing.stopped = Some(*entry),
            (Act::Revoke, _) => {
                standing.granted = None;
                standing.revoked = Some(*entry);
            }
            (Act::Lift, _) => standing.stopped = None,
        }
    }
    standing
}

/// Why a text may not leave, as a sentence with the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// The customer texted STOP.
    Stopped { since: Micros },
    /// Somebody recorded a no for this number.
    Revoked { since: Micros },
    /// The same person said no on another of their numbers.
    RevokedElsewhere { since: Micros },
    /// Nobody ever said yes for this number and purpose (TWS-52, TTX-68, TTX-73).
    NeverAsked { purpose: Purpose },
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped { since } => write!(
                f,
                "the customer texted STOP on {}; only their own START opens this number again",
                since.date()
            ),
            Self::Revoked { since } => write!(
                f,
                "the customer said no to texts on {}; ask them, and record a new yes with `consent grant`",
                since.date()
            ),
            Self::RevokedElsewhere { since } => write!(
                f,
                "the customer said no on another of their numbers on {}; ask them, and record a yes for \
                 this number with `consent grant`",
                since.date()
            ),
            Self::NeverAsked { purpose } => write!(
                f,
                "no consent for {} texts to this number; ask the customer, then `consent grant`",
                purpose.as_str()
            ),
        }
    }
}

impl Block {
    /// The same for the desk, where the next step is a key and not a command.
    pub fn for_screen(&self) -> String {
        match self {
            Self::Stopped { .. } => self.to_string(),
            Self::Revoked { since } => {
                format!("the customer said no to texts on {}; ask them, then press Enter", since.date())
            }
            Self::RevokedElsewhere { since } => format!(
                "the customer said no on another of their numbers on {}; ask them about this one, then press Enter",
                since.date()
            ),
            Self::NeverAsked { purpose: Purpose::Service } => {
                "nobody has asked for this number yet; ask them, then press Enter".to_owned()
            }
            Self::NeverAsked { purpose: Purpose::Marketing } => {
                "nobody has asked for advertising to this number yet; ask them, then press Enter".to_owned()
            }
        }
    }
}

/// May a text for `purpose` go to a number with this log? `others` are the logs of the person's
/// other numbers, old ones included. Answers with the grant it rests on.
///
/// # Errors
/// The reason it may not.
pub fn gate(log: &[Entry], others: &[Vec<Entry>], purpose: Purpose) -> Result<ConsentId, Block> {
    let here = standing(log, purpose);
    if let Some(stop) = here.stopped {
        return Err(Block::Stopped { since: stop.at });
    }
    if let Some(no) = here.revoked {
        return Err(Block::Revoked { since: no.at });
    }
    let elsewhere = others.iter().filter_map(|log| standing(log, purpose).closed()).max_by_key(|e| e.seq);
    match (here.granted, elsewhere) {
        (Some(yes), Some(no)) if no.seq > yes.seq => Err(Block::RevokedElsewhere { since: no.at }),
        (Some(yes), _) => Ok(yes.id),
        (None, Some(no)) => Err(Block::RevokedElsewhere { since: no.at }),
        (None, None) => Err(Block::NeverAsked { purpose }),
    }
}

/// What an inbound text means for consent (FACTS 11): the whole message only, in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    Stop,
    Start,
}

/// Reads a keyword. `STOP please` is not one.
pub fn keyword(body: &str) -> Option<Keyword> {
    match body.trim().to_ascii_uppercase().as_str() {
        "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "REVOKE" | "OPTOUT" => {
            Some(Keyword::Stop)
        }
        "START" | "YES" | "UNSTOP" => Some(Keyword::Start),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn log(entries: &[(i64, Act, Method)]) -> Vec<Entry> {
        let entry = |&(seq, act, method): &(i64, Act, Method)| Entry {
            seq,
            id: ConsentId(Uuid::from_u128(seq as u128)),
            purpose: Purpose::Service,
            act,
            method,
            at: Micros(seq),
        };
        entries.iter().map(entry).collect()
    }

    #[test]
    fn tws_52_no_yes_no_text() {
        assert_eq!(gate(&[], &[], Purpose::Service), Err(Block::NeverAsked { purpose: Purpose::Service }));
        let yes = log(&[(1, Act::Grant, Method::Voice)]);
        assert!(gate(&yes, &[], Purpose::Service).is_ok());
    }

    #[test]
    fn g24_a_service_yes_never_opens_marketing() {
        let yes = log(&[(1, Act::Grant, Method::Voice)]);
        assert_eq!(
            gate(&yes, &[], Purpose::Marketing),
            Err(Block::NeverAsked { purpose: Purpose::Marketing })
        );
    }

    #[test]
    fn a_stop_is_lifted_by_start_only() {
        let stop = [(1, Act::Grant, Method::Voice), (2, Act::Revoke, Method::Keyword)];
        assert!(matches!(gate(&log(&stop), &[], Purpose::Service), Err(Block::Stopped { .. })));
        let then = |last| log(&[stop[0], stop[1], last]);
        let by_voice = then((3, Act::Grant, Method::Voice));
        assert!(matches!(gate(&by_voice, &[], Purpose::Service), Err(Block::Stopped { .. })));
        assert!(gate(&then((3, Act::Lift, Method::Keyword)), &[], Purpose::Service).is_ok());
        let never = log(&[(2, Act::Revoke, Method::Keyword), (3, Act::Lift, Method::Keyword)]);
        assert!(matches!(gate(&never, &[], Purpose::Service), Err(Block::NeverAsked { .. })));
    }

    #[test]
    fn a_lift_does_not_open_what_a_person_closed() {
        let no = log(&[
            (1, Act::Grant, Method::Voice),
            (2, Act::Revoke, Method::Voice),
            (3, Act::Lift, Method::Keyword),
        ]);
        assert!(matches!(gate(&no, &[], Purpose::Service), Err(Block::Revoked { .. })));
    }

    #[test]
    fn g23_a_no_follows_the_person_and_a_later_yes_opens_one_number() {
        let old = vec![log(&[(5, Act::Revoke, Method::Voice)])];
        let earlier_yes = log(&[(4, Act::Grant, Method::Voice)]);
        let later_yes = log(&[(6, Act::Grant, Method::Voice)]);
        assert!(matches!(gate(&earlier_yes, &old, Purpose::Service), Err(Block::RevokedElsewhere { .. })));
        assert!(matches!(gate(&[], &old, Purpose::Service), Err(Block::RevokedElsewhere { .. })));
        assert!(gate(&later_yes, &old, Purpose::Service).is_ok());
    }

    #[test]
    fn on_the_desk_the_next_step_is_a_key() {
        let since = Micros::from_secs(1_767_225_600);
        let blocks = [
            Block::Stopped { since },
            Block::Revoked { since },
            Block::RevokedElsewhere { since },
            Block::NeverAsked { purpose: Purpose::Service },
            Block::NeverAsked { purpose: Purpose::Marketing },
        ];
        for block in blocks {
            let sentence = block.for_screen();
            assert!(!sentence.contains('`'), "{sentence}");
            let own_start = matches!(block, Block::Stopped { .. });
            assert_eq!(sentence.contains("press Enter"), !own_start, "{sentence}");
        }
    }

    #[test]
    fn facts_11_keywords_are_whole_messages() {
        for word in [
            "STOP",
            "stop",
            " Stop \n",
            "STOPALL",
            "unsubscribe",
            "Cancel",
            "END",
            "quit",
            "REVOKE",
            "OptOut",
        ] {
            assert_eq!(keyword(word), Some(Keyword::Stop), "{word}");
        }
        for word in ["START", "yes", "UNSTOP"] {
            assert_eq!(keyword(word), Some(Keyword::Start), "{word}");
        }
        for word in ["STOP please", "stop. thank you", "stopp", "", "HELP", "yes please", "st op"] {
            assert_eq!(keyword(word), None, "{word}");
        }
    }

    proptest! {
        /// After a STOP nothing but a lift opens the number, whatever else is recorded.
        #[test]
        fn nothing_but_a_lift_opens_a_stop(rest in proptest::collection::vec((0usize..2, 0usize..5), 0..12)) {
            let mut entries = vec![(1, Act::Grant, Method::Paper), (2, Act::Revoke, Method::Keyword)];
            entries.extend(rest.iter().zip(3..).map(|((a, m), seq)| (seq, Act::ALL[*a], Method::ALL[*m])));
            let blocked = matches!(gate(&log(&entries), &[], Purpose::Service), Err(Block::Stopped { .. }));
            prop_assert!(blocked);
        }
    }
}
