//! What an agent types, as terms that all have to be found.

use super::fold::{first, fold, parts_of, squash};
use super::tokens::{BEGINNING, beginning, runs_at_end, runs_of};
use super::{Place, Record, spellings};
use crate::domain::dates;
use crate::domain::time::Micros;
use crate::domain::update::Status;

/// Nobody says more at once.
const MOST_TERMS: usize = 16;
const LONGEST_TERM: usize = 64;

/// A number of so many digits may be whole.
const WHOLE: usize = 6;

/// In a shorter word everything could be joined of something.
const SHORTEST_JOINED: usize = 5;

/// A line as terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub terms: Vec<Term>,
    /// It has signs that stand for nothing searched, such as `%` or an emoji.
    odd: bool,
}

/// One part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// Digits anywhere in a number, or in a policy number.
    Digits(String),
    /// `..33`: a number, or a policy number, that ends so.
    Ends(String),
    /// The beginning of a word of name, company or address, or a part of a policy number; folded.
    Word(String),
    /// An address, as far as it is typed; folded.
    Email(String),
    /// A word as it stands in the index: what a mistyped one was meant to be.
    Meant(String),
    Filter(Filter),
}

/// What narrows a list down beside what is in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `payment:pending`, or only the beginning of the word.
    Payment(String),
    /// `status:pending`: customers with a contact update of this status.
    Status(Status),
    /// `agent:24`: customers whom this agent captured an update of.
    Agent(i64),
    /// `by:me`: the same for whoever asks.
    Mine,
    /// `updated:today`: customers with an update captured then.
    Updated(String),
    /// `optin:no`: customers whose mobile must not be texted.
    OptIn(bool),
}

/// A token that whoever is meant has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    Token(String),
    /// One of the words of the vocabulary that begin so.
    Begins(String),
}

impl Need {
    /// The token to look for where the vocabulary has no such word: an address, written in one, may
    /// begin so. A state or a domain that nobody has is nobody's.
    pub fn without_vocabulary(&self) -> Option<String> {
        match self {
            Self::Begins(word) if !word.starts_with(['@', '=']) => Some(beginning(word)),
            _ => None,
        }
    }
}

impl Query {
    /// Neighbouring pieces of a spoken number, such as `5737 2333` or `+230 (57) 37`, are one term.
    pub fn read(line: &str) -> Self {
        let mut query = Self::default();
        for piece in line.split_whitespace().take(MOST_TERMS) {
            query.take(first(piece, LONGEST_TERM));
        }
        query
    }

    /// Nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && !self.odd
    }

    fn take(&mut self, piece: &str) {
        if let Some(term) = filter(piece) {
            return self.terms.extend(term.map(Term::Filter));
        }
        let folded = fold(piece);
        if folded.chars().all(is_of_number) {
            return self.take_number(&folded);
        }
        if squash(&folded).is_empty() {
            self.odd |= folded != "@";
        } else if folded.contains('@') {
            self.terms.push(Term::Email(folded));
        } else {
            self.terms.push(Term::Word(folded));
        }
    }

    fn take_number(&mut self, piece: &str) {
        let ends = piece.starts_with("..");
        let goes_on = !ends && matches!(self.terms.last(), Some(Term::Digits(_) | Term::Ends(_)));
        // `+46 (0)70`: either the country code or the zero is said.
        let piece = match piece.split_once("(0)") {
            Some((before, after)) if goes_on || before.contains(|c: char| c.is_ascii_digit()) => {
                format!("{before}{after}")
            }
            _ => piece.to_owned(),
        };
        let digits: String = piece.chars().filter(char::is_ascii_digit).collect();
        match self.terms.last_mut() {
            _ if digits.is_empty() => {}
            Some(Term::Digits(before) | Term::Ends(before)) if goes_on => {
                before.push_str(&digits);
                before.truncate(LONGEST_TERM);
            }
            _ if ends => self.terms.push(Term::Ends(digits)),
            _ => self.terms.push(Term::Digits(digits)),
        }
    }
}

/// What a number is written with, beside digits.
fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || "+-().".contains(c) || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// A filter, or none yet where its value is not typed; `None` for anything else.
fn filter(piece: &str) -> Option<Option<Filter>> {
    let (name, value) = piece.split_once(':')?;
    let value = value.to_lowercase();
    let filter = match name.to_ascii_lowercase().as_str() {
        "payment" | "status" | "agent" | "by" | "updated" | "optin" if value.is_empty() => return Some(None),
        "payment" => Filter::Payment(squash(&fold(&value))),
        "status" => {
            Filter::Status(Status::ALL.into_iter().find(|status| status.as_str().starts_with(&value))?)
        }
        "agent" => Filter::Agent(value.parse().ok()?),
        "by" if "me".starts_with(&value) => Filter::Mine,
        "updated" => Filter::Updated(value),
        "optin" if "yes".starts_with(&value) => Filter::OptIn(true),
        "optin" if "no".starts_with(&value) => Filter::OptIn(false),
        _ => return None,
    };
    Some(Some(filter))
}

/// The days that `updated:` names, also while its word is typed.
pub fn days(word: &str, now: Micros, offset_seconds: i32) -> Option<(Micros, Micros)> {
    let whole = ["today", "yesterday"].into_iter().find(|day| day.starts_with(word)).unwrap_or(word);
    dates::read(whole, now, offset_seconds).ok()
}

impl Term {
    /// What whoever is meant has in the index: all of at least one of the lists. `agent` is who asks.
    /// Empty for what no token tells.
    pub fn needs(&self, agent: i64) -> Vec<Vec<Need>> {
        match self {
            Self::Digits(digits) => vec![tokens(runs_of(digits)), tokens([beginning(digits)])],
            Self::Ends(digits) => vec![tokens(runs_at_end(digits))],
            Self::Word(piece) => of_word(piece),
            Self::Email(piece) => {
                let (local, domain) = piece.rsplit_once('@').unwrap_or((piece, ""));
                let local = squash(local);
                let label = parts_of(domain).next().filter(|_| local.is_empty());
                // What stands before the `@` tells enough.
                let label = label.map(|label| vec![Need::Begins(format!("@{label}"))]);
                vec![label.unwrap_or_else(|| tokens([format!("{local}@")]))]
            }
            Self::Meant(word) => vec![tokens([word.clone()])],
            Self::Filter(Filter::Payment(state)) => vec![vec![Need::Begins(format!("={state}"))]],
            Self::Filter(Filter::Agent(agent)) => vec![tokens([format!("&{agent}")])],
            Self::Filter(Filter::Mine) => vec![tokens([format!("&{agent}")])],
            Self::Filter(Filter::Status(_) | Filter::Updated(_) | Filter::OptIn(_)) => Vec::new(),
        }
    }

    /// What a joined word may be made of, such as `kevincure`: a word, and what whoever has it has
    /// besides.
    pub fn halves(&self) -> Vec<(&str, Vec<Need>)> {
        let Self::Word(word) = self else { return Vec::new() };
        if word.chars().count() < SHORTEST_JOINED || !word.chars().all(char::is_alphabetic) {
            return Vec::new();
        }
        let halves = word.char_indices().skip(2).map(|(at, _)| word.split_at(at));
        let need = |(left, right): (_, &str)| {
            (left, tokens([String::from(left)]).into_iter().chain(begins(right)).collect())
        };
        halves.map(need).collect()
    }

    /// Where in the record the term is found; `None` if this is not who is meant, whatever the
    /// tokens say.
    pub fn place(&self, record: &Record) -> Option<Place> {
        match self {
            Self::Digits(digits) => in_policy(record, |policy| policy.contains(digits.as_str()))
                .or_else(|| in_numbers(record, |spelling| spelling.contains(digits.as_str())))
                .or_else(|| in_words(record, digits)),
            Self::Ends(digits) => in_policy(record, |policy| policy.ends_with(digits.as_str()))
                .or_else(|| in_numbers(record, |spelling| spelling.ends_with(digits.as_str()))),
            Self::Word(piece) => in_words(record, piece).or_else(|| {
                let whole = squash(piece);
                in_policy(record, |policy| policy.contains(&whole))
                    .or_else(|| in_numbers(record, |spelling| spelling.contains(&whole)))
            }),
            Self::Email(piece) => in_emails(record, piece),
            Self::Meant(meant) => {
                let mut place = None;
                record.each_word(|at, word| place = place.or((word == meant).then_some(at)));
                place
            }
            Self::Filter(Filter::Payment(state)) => {
                let payment = record.payment.as_deref().map(|payment| squash(&fold(payment)));
                payment.filter(|payment| payment.starts_with(state.as_str())).map(|_| Place::Beside)
            }
            Self::Filter(_) => Some(Place::Beside),
        }
    }

    /// Digits that may be all of a number.
    pub fn whole_number(&self) -> Option<&str> {
        match self {
            Self::Digits(digits) if digits.len() >= WHOLE => Some(digits),
            _ => None,
        }
    }

    /// Is this a number as a whole, however it is said?
    pub fn is_number(&self, number: &str) -> bool {
        let Self::Digits(digits) = self else { return false };
        let [abroad, national] = spellings(number);
        [&abroad, &abroad[2..], &national, &national[1..]].contains(&&**digits)
    }
}

fn tokens(tokens: impl IntoIterator<Item = String>) -> Vec<Need> {
    tokens.into_iter().map(Need::Token).collect()
}

fn of_word(piece: &str) -> Vec<Vec<Need>> {
    let whole = squash(piece);
    let parts: Vec<&str> = parts_of(piece).collect();
    let mut any = vec![begins(&whole)];
    if parts.len() > 1 {
        any.push(parts.iter().flat_map(|part| begins(part)).collect());
    }
    // Two letters are in every other policy number.
    if parts.len() > 1 || whole.chars().nth(2).is_some() || whole.contains(|c: char| c.is_ascii_digit()) {
        any.push(tokens(runs_of(&whole)));
    }
    any
}

/// Words that share more letters than beginnings have are told apart by the vocabulary.
fn begins(word: &str) -> Vec<Need> {
    if first(word, BEGINNING).len() < word.len() {
        vec![Need::Begins(word.to_owned())]
    } else {
        tokens([beginning(word)])
    }
}

fn in_policy(record: &Record, is_it: impl Fn(&str) -> bool) -> Option<Place> {
    record.policy_squashed().filter(|policy| is_it(policy)).map(|_| Place::Policy)
}

fn in_numbers(record: &Record, is_it: impl Fn(&str) -> bool) -> Option<Place> {
    let found = record.numbers.iter().position(|number| spellings(number).iter().any(|text| is_it(text)));
    found.map(Place::Number)
}

fn in_emails(record: &Record, piece: &str) -> Option<Place> {
    let (local, domain) = piece.rsplit_once('@')?;
    let local = squash(local);
    let is_it = |email: &String| {
        let email = fold(email);
        let (theirs, at) = email.rsplit_once('@').unwrap_or((&email, ""));
        (local.is_empty() || squash(theirs) == local) && at.starts_with(domain)
    };
    record.emails.iter().position(is_it).map(Place::Email)
}

/// All parts begin words, or the whole does, or the whole is a word and the beginning of another.
fn in_words(record: &Record, piece: &str) -> Option<Place> {
    let whole = squash(piece);
    let mut in_name = None;
    record.each_name_word(|place, word| {
        if word.starts_with(&whole) {
            in_name = in_name.or(Some(place));
        }
    });
    if in_name.is_some() {
        return in_name;
    }
    let mut words: Vec<(Place, String)> = Vec::new();
    record.each_word(|place, word| words.push((place, word.to_owned())));
    let begins = |part: &str| words.iter().find(|(_, word)| word.starts_with(part)).map(|(place, _)| *place);
    let parts: Option<Vec<Place>> = parts_of(piece).map(begins).collect();
    let in_parts = parts.filter(|places| places.len() > 1);
    let joined = || {
        words.iter().find_map(|(place, word)| Some(vec![*place, begins(whole.strip_prefix(word.as_str())?)?]))
    };
    // Of several, what the list does not show anyway.
    let telling = |places: Vec<Place>| places.into_iter().max_by_key(|place| *place != Place::Name);
    in_parts.or_else(joined).and_then(telling).or_else(|| begins(&whole))
}
