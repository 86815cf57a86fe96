//! What was allowed for one number on one day, and why: the whole history in order, as one file that a
//! person can read (Show 7). What is here was written down when it happened; nothing is concluded later
//! but the standing of the day and the delays.

use std::fmt::Write as _;

use super::consent::{Act, Method, Purpose};
use super::ids::ConsentId;
use super::phone::E164;
use super::text::SafeText;
use super::time::Micros;

/// Everything there is about one number up to the end of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    pub number: E164,
    /// Who has the number now, as far as that is one person.
    pub person: Option<String>,
    /// Midnight of the day (UTC).
    pub day: Micros,
    pub made: Micros,
    pub made_by: String,
    /// At the end of the day: the yes a text would have rested on, or why none could be sent.
    pub standing: Vec<(Purpose, Result<ConsentId, String>)>,
    /// Oldest first, by the clock of this desk.
    pub events: Vec<Event>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: Micros,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Said(Said),
    Text(Text),
    /// Somebody wanted to send a text and the gate was closed.
    Refused {
        purpose: Purpose,
        why: String,
        by: Option<String>,
    },
    /// On the do-not-contact list, or off it.
    Listed {
        listed: bool,
        source: String,
        by: Option<String>,
    },
}

/// Lines of the consent log that were written in one breath.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub ids: Vec<ConsentId>,
    /// Of the person's other number, whose noes follow them (G23).
    pub elsewhere: Option<E164>,
    pub act: Act,
    pub purposes: Vec<Purpose>,
    pub method: Method,
    pub words: String,
    pub version: String,
    pub by: Option<String>,
    pub ip: Option<String>,
    pub note: String,
    /// The text it was said in, by its number in commit order.
    pub text: Option<i64>,
    pub corrects: Option<ConsentId>,
}

/// A text, theirs or ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub seq: i64,
    pub inbound: bool,
    /// Our number.
    pub ours: String,
    pub body: String,
    pub purpose: Option<Purpose>,
    pub by: Option<String>,
    pub decisions: Vec<Decision>,
    /// When it was handed to Twilio; `None` if it never was.
    pub left: Option<Micros>,
    /// The last that is known of it.
    pub status: String,
    pub why: String,
    pub sid: Option<String>,
    /// When Twilio got it, by Twilio's clock.
    pub at_twilio: Option<Micros>,
}

/// What the gate said.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub at: Micros,
    pub stage: String,
    pub rests_on: Option<ConsentId>,
    pub why: String,
}

/// How soon a STOP was known, and what left around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// The event that closed the number.
    pub event: usize,
    pub words: String,
    pub at_twilio: Option<Micros>,
    pub known: Micros,
    /// The newest text that had left when it was known: its event, and when it left.
    pub last_before: Option<(usize, Micros)>,
    /// Texts that left while it was at Twilio and not known here.
    pub on_the_way: Vec<usize>,
    /// Texts that left though it was known. There must be none.
    pub after: Vec<usize>,
}

impl Proof {
    /// Each STOP, in order.
    pub fn stops(&self) -> Vec<Stop> {
        self.events.iter().enumerate().filter_map(|(at, event)| self.stop(at, event)).collect()
    }

    fn stop(&self, at: usize, event: &Event) -> Option<Stop> {
        let What::Said(said) = &event.what else { return None };
        let by_them = matches!(said.method, Method::Keyword | Method::Provider);
        if said.act != Act::Revoke || !by_them || said.elsewhere.is_some() {
            return None;
        }
        let theirs = said.text.and_then(|seq| self.text(seq)).filter(|(_, text)| text.inbound);
        let known = theirs.map_or(event.at, |(received, _)| received);
        let at_twilio = theirs.and_then(|(_, text)| text.at_twilio);
        let lifted = self.events[at..].iter().find(|later| match &later.what {
            What::Said(said) => said.act == Act::Lift && said.elsewhere.is_none(),
            _ => false,
        });
        let until = lifted.map_or(Micros(i64::MAX), |lift| lift.at);
        let left = |from: Micros, to: Micros| -> Vec<(usize, Micros)> {
            let ours = self.events.iter().enumerate().filter_map(|(at, event)| match &event.what {
                What::Text(text) => Some((at, text.left?)),
                _ => None,
            });
            ours.filter(|(_, left)| from < *left && *left <= to).collect()
        };
        Some(Stop {
            event: at,
            words: said.words.clone(),
            at_twilio,
            known,
            last_before: left(Micros(i64::MIN), known).into_iter().max_by_key(|(_, at)| *at),
            on_the_way: at_twilio.map(|sent| numbers(left(sent, known))).unwrap_or_default(),
            after: numbers(left(known, until)),
        })
    }

    fn text(&self, seq: i64) -> Option<(Micros, &Text)> {
        self.events.iter().find_map(|event| match &event.what {
            What::Text(text) if text.seq == seq => Some((event.at, text)),
            _ => None,
        })
    }

    /// The number, from 1, of the event with this line of the log.
    fn line(&self, id: ConsentId) -> String {
        let found = self.events.iter().position(|event| match &event.what {
            What::Said(said) => said.ids.contains(&id),
            _ => false,
        });
        found.map_or_else(|| "a line that is not here".to_owned(), |at| format!("line {}", at + 1))
    }

    /// The file.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        row(out, "Number", self.number.as_str());
        row(out, "Person", self.person.as_deref().unwrap_or("nobody on file, or several"));
        row(out, "Day", &self.day.date());
        row(out, "Made", &format!("{} by {}", self.made, self.made_by));
        out.push_str(
            "\nAll times are UTC, by the clock of this desk; where Twilio's clock is meant, it is named.\n",
        );
        let over = self.day + std::time::Duration::from_secs(24 * 3600) <= self.made;
        let when = if over { "at the end of" } else { "when this was made, on" };
        heading(out, &format!("What was allowed {when} {}", self.day.date()));
        for (purpose, standing) in &self.standing {
            let said = match standing {
                Ok(yes) => format!("allowed: rests on {}", self.line(*yes)),
                Err(why) => format!("not allowed: {why}"),
            };
            row(out, purpose.as_str(), &said);
        }
        heading(out, "What happened, in order");
        if self.events.is_empty() {
            out.push_str("Nothing is on record.\n");
        }
        for (at, event) in self.events.iter().enumerate() {
            self.write_event(out, at + 1, event);
        }
        heading(out, "Each STOP and how soon it was known");
        let stops = self.stops();
        if stops.is_empty() {
            out.push_str("There was none.\n");
        }
        for stop in &stops {
            write_stop(out, stop);
        }
    }

    fn write_event(&self, out: &mut String, number: usize, event: &Event) {
        let head = match &event.what {
            What::Said(said) => said.head(),
            What::Text(text) if text.inbound => format!("TEXT from them: {}", quoted(&text.body)),
            What::Text(text) => {
                let purpose = text.purpose.map_or("", Purpose::as_str);
                format!("TEXT to them ({purpose}): {}", quoted(&text.body))
            }
            What::Refused { purpose, .. } => {
                format!("NOT SENT: a {} text that somebody began", purpose.as_str())
            }
            What::Listed { listed: true, .. } => "PUT on the do-not-contact list".to_owned(),
            What::Listed { listed: false, .. } => "TAKEN OFF the do-not-contact list".to_owned(),
        };
        let _ = writeln!(out, "{number:>4}  {}  {head}", event.at);
        let mut more = |label: &str, value: &str| {
            if !value.is_empty() {
                let _ = writeln!(out, "        {label:<12}{}", SafeText::new(value));
            }
        };
        match &event.what {
            What::Said(said) => {
                more("words", &said.quoted_words());
                more("by", said.by.as_deref().unwrap_or_default());
                more("from IP", said.ip.as_deref().unwrap_or_default());
                more("note", &said.note);
                let text = said.text.and_then(|seq| self.text_line(seq));
                more("said in", &text.unwrap_or_default());
                more("corrects", &said.corrects.map(|id| self.line(id)).unwrap_or_default());
            }
            What::Text(text) => {
                more("our number", &text.ours);
                more("by", text.by.as_deref().unwrap_or_default());
                for decision in &text.decisions {
                    let said = match decision.rests_on {
                        Some(yes) => format!("allowed, rests on {}", self.line(yes)),
                        None => format!("stopped: {}", decision.why),
                    };
                    more(&decision.stage, &format!("{}  {said}", decision.at));
                }
                if !text.inbound {
                    let left = text.left.map(|at| at.to_string());
                    more("left", left.as_deref().unwrap_or("never"));
                }
                let at = text.at_twilio.map(|at| format!("  by Twilio's clock {at}")).unwrap_or_default();
                let sid = text.sid.as_deref().map(|sid| format!("  {sid}")).unwrap_or_default();
                let why = if text.why.is_empty() { String::new() } else { format!(": {}", text.why) };
                more("status", &format!("{}{why}{sid}{at}", text.status));
            }
            What::Refused { why, by, .. } => {
                more("by", by.as_deref().unwrap_or_default());
                more("why", why);
            }
            What::Listed { source, by, .. } => {
                more("by", by.as_deref().unwrap_or_default());
                more("source", source);
            }
        }
    }

    fn text_line(&self, seq: i64) -> Option<String> {
        let is_it = |event: &Event| matches!(&event.what, What::Text(text) if text.seq == seq);
        self.events.iter().position(is_it).map(|at| format!("line {}", at + 1))
    }
}

impl Said {
    /// The same, said for several purposes at once.
    pub fn is_one_act_with(&self, other: &Self) -> bool {
        let plain = |said: &Self| Self {
            ids: Vec::new(),
            purposes: Vec::new(),
            corrects: said.corrects.map(|_| ConsentId(uuid::Uuid::nil())),
            ..said.clone()
        };
        !self.purposes.iter().any(|purpose| other.purposes.contains(purpose)) && plain(self) == plain(other)
    }

    fn head(&self) -> String {
        let kinds = self.purposes.iter().map(|purpose| purpose.as_str()).collect::<Vec<_>>().join(" and ");
        let by = self.method.as_str();
        let what = match (self.act, self.corrects) {
            (_, Some(_)) => format!("MISTAKE: the no to {kinds} texts was never said"),
            (Act::Grant, _) => format!("YES to {kinds} texts, by {by}"),
            (Act::Revoke, _) if self.method == Method::Keyword => {
                format!("STOP of {kinds} texts, by their own text")
            }
            (Act::Revoke, _) if self.method == Method::Provider => {
                format!("STOP of {kinds} texts, as Twilio says")
            }
            (Act::Revoke, _) => format!("NO to {kinds} texts, by {by}"),
            (Act::Lift, _) => format!("START: the STOP of {kinds} texts is lifted, by their own text"),
            (Act::Hold, _) => format!("HELD: {kinds} texts, until a person has decided"),
            (Act::Release, _) => format!("RELEASED: {kinds} texts"),
        };
        match &self.elsewhere {
            Some(number) => format!("{what}, on their other number {}", number.as_str()),
            None => what,
        }
    }

    fn quoted_words(&self) -> String {
        match (self.words.is_empty(), self.version.is_empty()) {
            (true, _) if self.act == Act::Grant => "not on record".to_owned(),
            (true, _) => String::new(),
            (false, true) => quoted(&self.words),
            (false, false) => format!("{}  ({})", quoted(&self.words), self.version),
        }
    }
}

fn numbers(found: Vec<(usize, Micros)>) -> Vec<usize> {
    found.into_iter().map(|(at, _)| at).collect()
}

fn quoted(words: &str) -> String {
    format!("\"{}\"", SafeText::new(words))
}

fn row(out: &mut String, label: &str, value: &str) {
    let _ = writeln!(out, "{label:<12}{}", SafeText::new(value));
}

fn heading(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n{title}\n{}", "-".repeat(title.chars().count()));
}

fn write_stop(out: &mut String, stop: &Stop) {
    let _ = writeln!(out, "line {}  {}", stop.event + 1, quoted(&stop.words));
    let mut more = |label: &str, value: &str| {
        let _ = writeln!(out, "        {label:<27}{value}");
    };
    match stop.at_twilio {
        Some(sent) if sent <= stop.known => {
            more("at Twilio", &format!("{sent} by Twilio's clock"));
            more("known here", &format!("{}, {} later", stop.known, span(stop.known.since(sent).as_secs())));
        }
        Some(sent) => {
            more("at Twilio", &format!("{sent} by Twilio's clock, which was ahead of ours"));
            more("known here", &stop.known.to_string());
        }
        None => more("known here", &format!("{}; Twilio named no time", stop.known)),
    }
    let lines = |events: &[usize]| match events {
        [] => "none".to_owned(),
        some => some.iter().map(|at| format!("line {}", at + 1)).collect::<Vec<_>>().join(", "),
    };
    let last = stop.last_before.map(|(at, left)| format!("line {}, {left}", at + 1));
    more("last text before", last.as_deref().unwrap_or("none"));
    more("left before it was known", &lines(&stop.on_the_way));
    more("left though it was known", &lines(&stop.after));
}

/// `4 s`, `3 min 20 s`, `2 h 5 min`, `3 days 2 h`.
fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} days {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}
