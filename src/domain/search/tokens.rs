//! The tokens of a customer. Words have their beginnings as tokens of their own, and numbers every
//! run of up to four digits: an index of few, common tokens is a third of one with every ending of
//! every number, and is written in half the time.
//!
//! A sign tells the kinds apart: `~kev` is a beginning, `#2333` a run of digits of a number, `#33$`
//! one at the end, `%7013` and `%13$` the same of a policy number, `kevin@` what stands before the `@` of
//! an address and `@example` what stands behind it, `=paid` a payment state, `$motor` a tag, `&24` an
//! agent, `&client` a stage.

use super::fold::{first, fold, parts_of, squash};
use super::{Record, spellings};
use crate::domain::record::tag_word;

/// Beginnings up to so many letters are tokens.
pub(super) const BEGINNING: usize = 8;

/// Runs up to so many digits are tokens.
pub(super) const RUN: usize = 4;

/// Where a run stands: in a number,
pub(super) const IN_NUMBER: char = '#';

/// or in a policy number.
pub(super) const IN_POLICY: char = '%';

/// Of a longer policy number, the tail.
const LONGEST_POLICY: usize = 64;

/// All tokens of a customer, with spaces between.
pub fn tokens(record: &Record) -> String {
    let mut tokens = Tokens::default();
    record.each_word(|_, word| tokens.word(word));
    for policy in record.policies_squashed() {
        let skipped = policy.chars().count().saturating_sub(LONGEST_POLICY);
        let tail: String = policy.chars().skip(skipped).collect();
        // One character tells nothing, unless it is all.
        tokens.runs(IN_POLICY, &tail, if tail.chars().nth(1).is_some() { 2 } else { 1 });
    }
    for number in &record.numbers {
        let [abroad, national] = spellings(number);
        tokens.runs(IN_NUMBER, &abroad, 1);
        for length in 2..=RUN.min(national.len()) {
            tokens.put("#", &national[..length], "");
        }
        tokens.rhythm_at_start(&national);
    }
    for local in locals(record) {
        tokens.put("", &local, "@");
    }
    for word in signed_words(record) {
        tokens.put("", &word, "");
    }
    for agent in &record.agents {
        tokens.put("&", &agent.to_string(), "");
    }
    tokens.put("&", record.stage.as_str(), "");
    tokens.text
}

/// Words that one may have typed the beginning of, mistyped, or written in one: those of names and
/// company, payment states, tags, and what stands behind the `@` of addresses.
pub fn vocabulary(record: &Record) -> Vec<String> {
    let mut words: Vec<String> = signed_words(record).collect();
    record.each_name_word(|_, word| {
        if word.chars().nth(1).is_some() && word.chars().all(char::is_alphabetic) {
            words.push(word.to_owned());
        }
    });
    words.sort();
    words.dedup();
    words
}

fn locals(record: &Record) -> impl Iterator<Item = String> {
    let local = |email: &String| squash(fold(email).rsplit_once('@').map_or("", |(local, _)| local));
    record.emails.iter().map(local).filter(|local| !local.is_empty())
}

fn signed_words(record: &Record) -> impl Iterator<Item = String> {
    let label = |email: &String| {
        let folded = fold(email);
        let label = folded.rsplit_once('@').and_then(|(_, domain)| parts_of(domain).next());
        label.map(|label| format!("@{label}"))
    };
    let payment = record.payment.as_deref().map(|payment| squash(&fold(payment)));
    let payment = payment.filter(|payment| !payment.is_empty()).map(|payment| format!("={payment}"));
    let tags = record.tags.iter().map(|tag| tag_word(tag)).filter(|tag| !tag.is_empty());
    let tags = tags.map(|tag| format!("${tag}"));
    payment.into_iter().chain(record.emails.iter().filter_map(label)).chain(tags)
}

/// The token of all that begins so, or so far as beginnings go.
pub(super) fn beginning(word: &str) -> String {
    format!("~{}", first(word, BEGINNING))
}

/// The tokens of whatever has these digits (or letters of a policy number) in a row. Of many, two
/// runs tell enough: not the first ones, which every number of a country has.
pub(super) fn runs_of(sign: char, text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let run = |from: usize| chars[from..].iter().take(RUN).collect::<String>();
    let last = chars.len().saturating_sub(RUN);
    let other = match chars.len() {
        0..=RUN => return vec![format!("{sign}{text}")],
        5 | 6 => 0,
        length => (length - 7).max(1),
    };
    let mut runs = vec![run(last), run(other)];
    if runs[0] == runs[1] {
        // `070707` is told by what stands between.
        runs[1] = run(last - 1);
    }
    let mut tokens: Vec<String> = runs.into_iter().map(|run| format!("{sign}{run}")).collect();
    tokens.extend(longest_rhythm(&chars).map(|rhythm| format!("{sign}{}", text_of(rhythm))));
    tokens
}

/// All runs that whatever has these digits in a row has: where the two of [`runs_of`] stand apart in the
/// numbers of many others.
pub(super) fn every_run_of(sign: char, digits: &str) -> Vec<String> {
    let chars: Vec<char> = digits.chars().collect();
    chars.windows(RUN).chain(longest_rhythm(&chars)).map(|run| format!("{sign}{}", text_of(run))).collect()
}

/// Runs longer than others where each character is the one before the last again, such as `55555` or
/// `020202`: their short runs are the same few everywhere.
fn rhythms(chars: &[char]) -> impl Iterator<Item = &[char]> {
    let mut rest = chars;
    let next = move || {
        while rest.len() > RUN {
            let same = rest.iter().zip(&rest[2..]).take_while(|(one, later)| one == later).count();
            let (rhythm, after) = (&rest[..same + 2], &rest[same + 1..]);
            rest = after;
            if rhythm.len() > RUN {
                return Some(rhythm);
            }
        }
        None
    };
    std::iter::from_fn(next)
}

fn longest_rhythm(chars: &[char]) -> Option<&[char]> {
    rhythms(chars).max_by_key(|rhythm| rhythm.len())
}

fn text_of(chars: &[char]) -> String {
    chars.iter().collect()
}

/// Every part of a rhythm that may be asked for: it begins with the one or with the other.
fn parts_of_rhythm(rhythm: &[char]) -> impl Iterator<Item = String> {
    let from = |start: usize| (start + RUN + 1..=rhythm.len()).map(move |end| text_of(&rhythm[start..end]));
    from(0).chain(from(1))
}

/// The tokens of whatever ends so.
pub(super) fn runs_at_end(sign: char, text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let end: String = chars[chars.len().saturating_sub(RUN - 1)..].iter().collect();
    let mut tokens = vec![format!("{sign}{end}$")];
    if chars.len() >= RUN {
        tokens.extend(runs_of(sign, text));
    }
    tokens
}

#[derive(Default)]
struct Tokens {
    text: String,
    words: Vec<String>,
    /// Single digits that are there already: most numbers have most of them.
    digits: [bool; 10],
}

impl Tokens {
    fn put(&mut self, before: &str, token: &str, behind: &str) {
        for part in [before, token, behind, " "] {
            self.text.push_str(part);
        }
    }

    /// A word and its beginnings, without those that a word before it has brought.
    fn word(&mut self, word: &str) {
        if self.words.iter().any(|known| known == word) {
            return;
        }
        let shared = |known: &String| known.chars().zip(word.chars()).take_while(|(a, b)| a == b).count();
        let known = self.words.iter().map(shared).max().unwrap_or(0);
        for (at, c) in word.char_indices().take(BEGINNING).skip(known) {
            self.put("~", &word[..at + c.len_utf8()], "");
        }
        self.put("", word, "");
        self.words.push(word.to_owned());
    }

    /// What the zero before a national number begins: the rest of its runs are those from abroad, too.
    fn rhythm_at_start(&mut self, national: &str) {
        let chars: Vec<char> = national.chars().collect();
        let first = rhythms(&chars).next().filter(|rhythm| chars.starts_with(rhythm));
        for end in first.map(|rhythm| RUN + 1..=rhythm.len()).into_iter().flatten() {
            self.put("#", &text_of(&chars[..end]), "");
        }
    }

    fn runs(&mut self, sign: char, text: &str, shortest: usize) {
        let sign = sign.encode_utf8(&mut [0; 4]).to_owned();
        let begins: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        for from in 0..begins.len() - 1 {
            for to in from + shortest..=(from + RUN).min(begins.len() - 1) {
                let run = &text[begins[from]..begins[to]];
                let digit = run.parse::<usize>().ok().filter(|_| run.len() == 1 && text.len() > 1);
                if digit
                    .and_then(|digit| self.digits.get_mut(digit))
                    .is_none_or(|known| !std::mem::replace(known, true))
                {
                    self.put(&sign, run, "");
                }
            }
            if from + RUN > begins.len() - 1 {
                self.put(&sign, &text[begins[from]..], "$");
            }
        }
        let chars: Vec<char> = text.chars().collect();
        for part in rhythms(&chars).flat_map(parts_of_rhythm) {
            self.put(&sign, &part, "");
        }
    }
}
