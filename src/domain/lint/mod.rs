//! What is looked at before a text leaves: rules with codes and levels. The composer, `cordboard sms
//! lint` and the sending gate ask the same function, so that what the screen lets pass, the gate lets
//! pass. Pure: what only the database knows comes as [`Facts`].
//!
//! A warning never stops anybody. An error does, and says the way out.

mod find;
mod plain;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use find::{mentions, says_stop};

use super::segments::{self, Encoding, LONGEST, Segments};
use super::text::SafeText;
use super::time::Micros;

/// How much a finding weighs. Only an error stops a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Err,
    Warn,
    Note,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Err => "err",
            Self::Warn => "warn",
            Self::Note => "note",
        }
    }
}

macro_rules! codes {
    ($($name:ident $code:literal $level:ident $fixed:literal $about:literal),* $(,)?) => {
        /// One rule, by the code that people see.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($name),* }

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The level it has unless the office chose another.
            pub fn level(self) -> Level {
                match self { $(Self::$name => Level::$level),* }
            }

            /// No office can switch it off.
            pub fn is_fixed(self) -> bool {
                match self { $(Self::$name => $fixed),* }
            }

            /// What it looks at, for people.
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => $about),* }
            }
        }
    };
}

codes! {
    Empty "TEXT-1" Err true "there is nothing in it",
    TooLong "TEXT-2" Err true "longer than Twilio takes",
    Control "TEXT-3" Err false "a control character",
    Hidden "TEXT-4" Warn false "a character that nobody sees",
    Forced "SEG-1" Warn false "one character makes the whole text UCS-2; a note where that costs nothing",
    Several "SEG-2" Warn false "more than one segment",
    OverCap "SEG-3" Err false "more segments than the office allows",
    Unfilled "VAR-1" Err false "a variable that was not filled in",
    Gap "VAR-2" Warn false "a word seems to be missing before a comma or a full stop",
    Link "LINK-1" Warn false "a link that does not work",
    Others "WHO-1" Warn false "the number or the e-mail of another customer",
    Stopped "STOP-1" Err true "the customer texted STOP",
    NoWayOut "STOP-4" Note false "for some days no text has said how to end them",
    NeverAsked "CONS-1" Err true "nobody has said yes for this purpose",
    SaidNo "CONS-2" Err true "the customer said no, or must not be contacted",
    DeadNumber "NUM-1" Warn false "nothing arrives at this number",
    Again "SAME-1" Warn false "the same text went there within the hour",
}

impl Code {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text.trim()))
    }

    /// It is the consent log that says no, not a rule about words.
    pub fn is_consent(self) -> bool {
        matches!(self, Self::Stopped | Self::NeverAsked | Self::SaidNo)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("there is no rule {text}")))
    }
}

/// What the office wants of its texts (G2, G9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Other levels than the usual ones; `None`: off.
    pub levels: BTreeMap<Code, Option<Level>>,
    /// The most segments a text may have.
    pub max_segments: u32,
    /// How long a customer may go without being told how to end texts; 0: for ever.
    pub opt_out_days: u32,
    /// The words that say it.
    pub opt_out_line: String,
}

/// What a text of [`LONGEST`] units comes to, all of them emoji.
const MOST_SEGMENTS: u32 = 25;

impl Default for Rules {
    fn default() -> Self {
        Self {
            levels: BTreeMap::new(),
            max_segments: MOST_SEGMENTS,
            opt_out_days: 30,
            opt_out_line: "Reply STOP to end texts.".to_owned(),
        }
    }
}

impl Rules {
    fn level(&self, code: Code, usual: Level) -> Option<Level> {
        match self.levels.get(&code) {
            Some(chosen) if !code.is_fixed() => *chosen,
            _ => Some(usual),
        }
    }
}

/// What only the database knows about a text and whom it goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The number may not be texted, and why.
    pub closed: Option<(Code, String)>,
    /// When they were told last how to end texts.
    pub told_stop: Option<Micros>,
    /// The newest word about the number is that nothing arrives there.
    pub dead: Option<SafeText>,
    /// Our texts to the number within the last hour.
    pub lately: Vec<(Micros, SafeText)>,
    /// Of what the text mentions: what belongs to other customers, and to whom.
    pub others: Vec<(SafeText, SafeText)>,
}

/// One remark about a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub code: Code,
    pub level: Level,
    /// A sentence, with the way out where it stops the text.
    pub why: String,
    #[serde(skip)]
    pub fix: Option<Fix>,
}

/// What one key can do about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Characters that look alike and cost less.
    LookAlikes,
    /// The same letters without their accents.
    NoAccents,
    /// Signs that are no letters go.
    NoSigns,
    /// What nobody sees goes.
    NoHidden,
    /// The office's line is put behind.
    WayOut,
}

impl Fix {
    /// `F7 replaces it`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::LookAlikes => "writes it plainly",
            Self::NoAccents => "writes it without accents",
            Self::NoSigns => "removes it",
            Self::NoHidden => "removes it",
            Self::WayOut => "adds it",
        }
    }

    pub fn apply(self, body: &str, rules: &Rules) -> String {
        match self {
            Self::LookAlikes => plain::look_alikes(body),
            Self::NoAccents => plain::without_accents(&plain::look_alikes(body)),
            Self::NoSigns => plain::without_signs(&plain::without_accents(&plain::look_alikes(body))),
            Self::NoHidden => plain::without_hidden(body),
            Self::WayOut => format!("{}\n{}", body.trim_end(), rules.opt_out_line),
        }
    }
}

/// Looks at a text; without facts only at its words. The gravest first.
pub fn lint(body: &str, facts: Option<&Facts>, rules: &Rules, now: Micros) -> Vec<Finding> {
    let size = segments::count(body);
    let mut found = Found { rules, findings: Vec::new() };
    if let Some((code, why)) = unsendable(body) {
        // Of a novel or of nothing there is no more to say than that.
        found.add(code, why, None);
        if let Some(facts) = facts {
            found.add_closed(facts);
        }
        return found.sorted();
    }
    words(body, &mut found);
    size_of(body, size, &mut found);
    if let Some(facts) = facts {
        customer(body, facts, now, &mut found);
    }
    found.sorted()
}

/// What can never be sent, whatever the office says: nothing, and more than Twilio takes (FACTS 7).
pub fn unsendable(body: &str) -> Option<(Code, String)> {
    if body.trim().is_empty() {
        return Some((Code::Empty, "there is nothing in it: write something".to_owned()));
    }
    let excess = segments::excess(body);
    (excess > 0).then(|| {
        let units = LONGEST + excess;
        let why =
            format!("{units} units are more than the {LONGEST} one text may have: shorten it by {excess}");
        (Code::TooLong, why)
    })
}

struct Found<'a> {
    rules: &'a Rules,
    findings: Vec<Finding>,
}

impl Found<'_> {
    fn add(&mut self, code: Code, why: String, fix: Option<Fix>) {
        self.add_as(code, code.level(), why, fix);
    }

    fn add_as(&mut self, code: Code, usual: Level, why: String, fix: Option<Fix>) {
        if let Some(level) = self.rules.level(code, usual) {
            self.findings.push(Finding { code, level, why, fix });
        }
    }

    fn add_closed(&mut self, facts: &Facts) {
        if let Some((code, why)) = &facts.closed {
            self.add(*code, why.clone(), None);
        }
    }

    fn sorted(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| (finding.level, finding.code));
        self.findings
    }
}

/// Rules about the words alone.
fn words(body: &str, found: &mut Found<'_>) {
    if let Some(c) = body.chars().find(|c| plain::is_control(*c)) {
        let why = format!("U+{:04X} is a control character and no text", u32::from(c));
        found.add(Code::Control, why, Some(Fix::NoHidden));
    } else if let Some(c) = body.chars().find(|c| plain::is_unseen(*c)) {
        let why = format!("nobody sees U+{:04X}", u32::from(c));
        found.add(Code::Hidden, why, Some(Fix::NoHidden));
    }
    if let Some(variable) = find::unfilled(body) {
        let why = format!("{} is not filled in: write what belongs there", SafeText::new(variable));
        found.add(Code::Unfilled, why, None);
    }
    if let Some(gap) = find::gap(body) {
        let why = format!("a word seems to be missing in \"{}\"", SafeText::new(gap));
        found.add(Code::Gap, why, None);
    }
    if let Some(link) = find::broken_link(body) {
        let why = format!("the link \"{}\" does not work like this", SafeText::new(link).cut(40));
        found.add(Code::Link, why, None);
    }
}

/// Rules about what it costs (TWS-33, G2, G3).
fn size_of(body: &str, size: Segments, found: &mut Found<'_>) {
    if let Some(forced) = segments::forced(body) {
        let level = if forced.costs() { Level::Warn } else { Level::Note };
        let fix = [Fix::LookAlikes, Fix::NoAccents, Fix::NoSigns].into_iter().find(|fix| {
            let fixed = fix.apply(body, found.rules);
            // Accents and signs are the writer's; they are only worth money.
            let worth = *fix == Fix::LookAlikes || segments::count(&fixed).segments < size.segments;
            worth && !fixed.trim().is_empty() && segments::count(&fixed).encoding == Encoding::Gsm7
        });
        found.add_as(Code::Forced, level, SafeText::new(&forced.to_string()).to_string(), fix);
    }
    let cap = found.rules.max_segments;
    if size.segments > cap {
        let why =
            format!("{} segments are more than the {cap} this office allows: shorten it", size.segments);
        found.add(Code::OverCap, why, None);
    } else if size.segments > 1 {
        found.add(Code::Several, format!("{} segments, each is paid for", size.segments), None);
    }
}

/// Rules about whom it goes to.
fn customer(body: &str, facts: &Facts, now: Micros, found: &mut Found<'_>) {
    found.add_closed(facts);
    for (value, name) in &facts.others {
        found.add(Code::Others, format!("{value} belongs to {name}"), None);
    }
    if let Some(why) = &facts.dead {
        found.add(Code::DeadNumber, format!("nothing arrives at this number: {why}"), None);
    }
    let same = |text: &SafeText| text.as_str().trim() == SafeText::multiline(body).as_str().trim();
    if let Some((at, _)) = facts.lately.iter().find(|(_, text)| same(text)) {
        let minutes = now.since(*at).as_secs() / 60;
        let ago = if minutes == 0 { "just now".to_owned() } else { format!("{minutes} min ago") };
        found.add(Code::Again, format!("the same text went there {ago}"), None);
    }
    let days = u64::from(found.rules.opt_out_days);
    let silent = facts.told_stop.map(|at| now.since(at).as_secs() / 86_400);
    if days > 0 && silent.is_none_or(|silent| silent >= days) && !says_stop(body) {
        let last = match silent {
            None => "none went out yet".to_owned(),
            Some(silent) => format!("the last one went out {silent} days ago"),
        };
        found.add(Code::NoWayOut, format!("no opt-out line; {last}"), Some(Fix::WayOut));
    }
}
