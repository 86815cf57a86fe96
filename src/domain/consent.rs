//! Who may be texted: the fold of the consent log, and the gate.
//!
//! A grant belongs to one number, channel and purpose and never moves (G23). A revocation belongs
//! to the number for everyone and follows the person to every number. A STOP is closed by the
//! customer and only the customer's START takes it back. A hold stops everything until a person has
//! decided what was meant.

use std::fmt;

use super::ids::ConsentId;
use super::phone::E164;
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
    /// Nothing is sent until a person has decided.
    Hold,
    /// Ends a hold; or takes back the entry it corrects, which was a mistake.
    Release,
}

impl Act {
    pub const ALL: [Self; 5] = [Self::Grant, Self::Revoke, Self::Lift, Self::Hold, Self::Release];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Revoke => "revoke",
            Self::Lift => "lift",
            Self::Hold => "hold",
            Self::Release => "release",
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
    /// The entry that was a mistake.
    pub corrects: Option<ConsentId>,
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
    /// The newest hold that nobody has decided about.
    pub held: Option<Entry>,
}

impl Standing {
    fn closed(&self) -> Option<Entry> {
        [self.stopped, self.revoked].into_iter().flatten().max_by_key(|entry| entry.seq)
    }
}

/// Folds one number's log, oldest first. What was a mistake counts as never said.
pub fn standing(log: &[Entry], purpose: Purpose) -> Standing {
    let is_mistake = |entry: &Entry| log.iter().any(|other| other.corrects == Some(entry.id));
    let mut standing = Standing::default();
    for entry in log.iter().filter(|entry| entry.purpose == purpose) {
        if entry.corrects.is_some() || is_mistake(entry) {
            continue;
        }
        match (entry.act, entry.method) {
            (Act::Grant, _) => {
                standing.granted = Some(*entry);
                standing.revoked = None;
            }
            (Act::Revoke, method) => {
                // It is decided now.
                standing.held = None;
                if matches!(method, Method::Keyword | Method::Provider) {
                    standing.stopped = Some(*entry);
                } else {
                    standing.granted = None;
                    standing.revoked = Some(*entry);
                }
            }
            (Act::Lift, _) => standing.stopped = None,
            (Act::Hold, _) => standing.held = Some(*entry),
            (Act::Release, _) => standing.held = None,
        }
    }
    standing
}

/// May a yes to texts for `purpose` be taken by voice in the country of this number (G24)? Elsewhere it
/// has to be in writing.
pub fn is_enough_by_voice(number: &E164, purpose: Purpose) -> bool {
    let written = include_str!("../../assets/consent/written-marketing.txt").lines();
    let mut codes = written.map(str::trim).filter(|line| line.starts_with('+'));
    purpose == Purpose::Service || !codes.any(|code| number.as_str().starts_with(code))
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
    /// What the customer wrote may mean stop; a person decides.
    Held { since: Micros },
    /// The number is on the office's own list, for every purpose.
    DoNotContact { since: Micros },
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
            Self::Held { since } => write!(
                f,
                "all texts to this number are held since {}: read what the customer wrote, then \
                 `consent confirm` or `consent release`",
                since.date()
            ),
            Self::DoNotContact { since } => write!(
                f,
                "this number is on the do-not-contact list since {}; a supervisor or an admin takes it off \
                 with `consent do-not-contact remove`",
                since.date()
            ),
        }
    }
}

impl Block {
    /// The word it is kept by beside a text.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Stopped { .. } => "stopped",
            Self::Revoked { .. } => "revoked",
            Self::RevokedElsewhere { .. } => "revoked elsewhere",
            Self::NeverAsked { .. } => "never asked",
            Self::Held { .. } => "held",
            Self::DoNotContact { .. } => "do not contact",
        }
    }

    /// What stood in the way, as it is kept beside a text: a fact, and no advice.
    pub fn fact(&self) -> String {
        match self {
            Self::Stopped { since } => format!("the customer texted STOP on {}", since.date()),
            Self::Revoked { since } => format!("the customer said no to texts on {}", since.date()),
            Self::RevokedElsewhere { since } => {
                format!("the customer said no on another of their numbers on {}", since.date())
            }
            Self::NeverAsked { purpose } => {
                format!("nobody had said yes to {} texts to this number", purpose.as_str())
            }
            Self::Held { since } => format!("texts to this number were held since {}", since.date()),
            Self::DoNotContact { since } => format!("on the do-not-contact list since {}", since.date()),
        }
    }

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
            Self::Held { since } => format!(
                "texts to this number are held since {}: they may want no more; read what they wrote, and decide",
                since.date()
            ),
            Self::DoNotContact { since } => format!(
                "this number is on the do-not-contact list since {}; a supervisor or an admin can take it off",
                since.date()
            ),
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
        // Last of all: what waits is not canceled while a hold is all that stops it.
        (Some(yes), _) => here.held.map_or(Ok(yes.id), |hold| Err(Block::Held { since: hold.at })),
        (None, Some(no)) => Err(Block::RevokedElsewhere { since: no.at }),
        (None, None) => Err(Block::NeverAsked { purpose }),
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
            corrects: None,
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
            Block::Held { since },
            Block::DoNotContact { since },
        ];
        for block in blocks {
            let sentence = block.for_screen();
            assert!(!sentence.contains('`'), "{sentence}");
            let no_key =
                matches!(block, Block::Stopped { .. } | Block::Held { .. } | Block::DoNotContact { .. });
            assert_eq!(sentence.contains("press Enter"), !no_key, "{sentence}");
        }
    }

    #[test]
    fn a_hold_stops_a_yes_until_somebody_decides() {
        let yes = (1, Act::Grant, Method::Voice);
        let hold = (2, Act::Hold, Method::Keyword);
        type Said<'a> = &'a [(i64, Act, Method)];
        let table: [(Said<'_>, Result<u128, &str>); 9] = [
            (&[yes, hold], Err("held")),
            (&[yes, hold, (3, Act::Release, Method::Voice)], Ok(1)),
            (&[yes, hold, (3, Act::Revoke, Method::Keyword)], Err("stopped")),
            // Decided: a later START is about the STOP, and there is no hold left.
            (&[yes, hold, (3, Act::Revoke, Method::Keyword), (4, Act::Lift, Method::Keyword)], Ok(1)),
            // START opens only what STOP closed.
            (&[yes, hold, (3, Act::Lift, Method::Keyword)], Err("held")),
            (&[yes, (2, Act::Revoke, Method::Voice), (3, Act::Lift, Method::Keyword)], Err("revoked")),
            (&[yes, hold, (3, Act::Grant, Method::Voice)], Err("held")),
            (&[yes, (2, Act::Release, Method::Voice)], Ok(1)),
            (&[hold], Err("never asked")),
        ];
        for (entries, expected) in table {
            let gate = gate(&log(entries), &[], Purpose::Service);
            let said = gate.map(|id| id.0.as_u128()).map_err(|block| block.as_str());
            assert_eq!(said, expected, "{entries:?}");
        }
    }

    #[test]
    fn what_was_entered_by_mistake_was_never_said() {
        let mut entries = log(&[
            (1, Act::Grant, Method::Voice),
            (2, Act::Revoke, Method::Voice),
            (3, Act::Release, Method::Voice),
        ]);
        entries[2].corrects = Some(entries[1].id);
        assert_eq!(gate(&entries, &[], Purpose::Service), Ok(entries[0].id));
        // The person's other numbers are open again, too.
        let elsewhere = log(&[(1, Act::Grant, Method::Paper)]);
        assert!(gate(&elsewhere, &[entries.clone()], Purpose::Service).is_ok());
        // And it opens nothing else: the hold before it stays.
        entries.insert(1, Entry { seq: 1, act: Act::Hold, id: ConsentId(Uuid::from_u128(9)), ..entries[0] });
        assert!(matches!(gate(&entries, &[], Purpose::Service), Err(Block::Held { .. })));
    }

    #[test]
    fn g24_a_yes_by_voice_is_not_enough_where_it_has_to_be_written() {
        let table = [("+12025550143", false), ("+23057372333", true), ("+46701740605", true)];
        for (number, marketing) in table {
            let number = E164::parse(number).unwrap();
            assert!(is_enough_by_voice(&number, Purpose::Service));
            assert_eq!(is_enough_by_voice(&number, Purpose::Marketing), marketing, "{}", number.as_str());
        }
    }

    proptest! {
        /// After a STOP nothing but a lift opens the number, whatever else is recorded.
        #[test]
        fn nothing_but_a_lift_opens_a_stop(rest in proptest::collection::vec((0usize..5, 0usize..6), 0..12)) {
            let mut entries = vec![(1, Act::Grant, Method::Paper), (2, Act::Revoke, Method::Keyword)];
            let no_lift = |a: usize| if Act::ALL[a] == Act::Lift { Act::Hold } else { Act::ALL[a] };
            entries.extend(rest.iter().zip(3..).map(|((a, m), seq)| (seq, no_lift(*a), Method::ALL[*m])));
            let blocked = matches!(gate(&log(&entries), &[], Purpose::Service), Err(Block::Stopped { .. }));
            prop_assert!(blocked);
        }
    }
}
