//! Is anybody lost? Generated queries of every class on a generated town, against a scan of the
//! town in memory that knows nothing of tokens (figures 6). `CORDBOARD_RECALL=50000,2000` for so
//! many customers and queries of each of the ten classes; without it, what fits between other tests.

use std::collections::{HashMap, HashSet};

use super::super::customers;
use super::super::search::lookup;
use super::*;
use crate::domain::customer::Stage;

/// One of the town: as the file has it, and as the scan reads it.
struct Person {
    customer: NewCustomer,
    /// Words of the name, small letters without accents.
    words: Vec<String>,
    /// Country code and the rest of each number.
    numbers: Vec<(&'static str, String)>,
    policy: String,
    email: String,
    tag: &'static str,
    stage: Stage,
}

/// A generator that is the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    /// Few are common and most are rare, as names are.
    fn rank(&mut self, of: usize) -> usize {
        let most = self.roll(of) + 1;
        self.roll(most)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.roll(list.len())]
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from_digit(u32::try_from(self.roll(10)).unwrap(), 10).unwrap()).collect()
    }

    /// From `least` to `most` characters of `text`, from anywhere in it.
    fn part(&mut self, text: &str, least: usize, most: usize) -> String {
        let length = (least + self.roll(most - least + 1)).min(text.len());
        let from = self.roll(text.len() - length + 1);
        text[from..from + length].to_owned()
    }

    /// The first letters of a word, at least so many.
    fn beginning(&mut self, word: &str, least: usize) -> String {
        let least = least.min(word.len());
        word[..least + self.roll(word.len() - least + 1)].to_owned()
    }
}

const SYLLABLES: [&str; 28] = [
    "ra", "mo", "lin", "ve", "ka", "tor", "bel", "su", "nan", "gol", "dri", "pe", "mar", "chi", "wan", "os",
    "el", "ti", "ber", "ham", "jo", "cur", "an", "dev", "pat", "lou", "zim", "fer",
];
const TAGS: [&str; 5] = ["motor", "Real Estate", "instalments", "seller", "été"];
const COUNTRIES: [(&str, usize, &str); 5] =
    [("230", 7, "5"), ("61", 8, "4"), ("46", 7, "70"), ("1", 7, "202"), ("44", 7, "770")];

fn name(dice: &mut Dice, ranks: usize) -> String {
    let rank = dice.rank(ranks);
    let mut of_rank = Dice(rank as u64 * 7919);
    let count = 2 + of_rank.roll(3);
    (0..count).map(|_| *of_rank.pick(&SYLLABLES)).collect()
}

/// With a capital, and now and then an accent that nobody types.
fn written(dice: &mut Dice, word: &str) -> String {
    let mut text = word.to_owned();
    if dice.roll(8) == 0 {
        text = text.replacen('e', "é", 1).replacen('o', "ö", 1).replacen('c', "ç", 1);
    }
    let first = text.remove(0).to_uppercase();
    first.collect::<String>() + &text
}

fn town(count: usize) -> Vec<Person> {
    let mut dice = Dice(42);
    let mut people: Vec<Person> = Vec::with_capacity(count);
    for n in 0..count {
        let mut words = vec![name(&mut dice, 400), name(&mut dice, 3_000)];
        if dice.roll(6) == 0 {
            words.insert(1, name(&mut dice, 400));
        }
        let joint = if dice.roll(12) == 0 { "-" } else { " " };
        let shown: Vec<String> = words.iter().map(|word| written(&mut dice, word)).collect();
        let shown = format!("{}{joint}{}", shown[0], shown[1..].join(" "));
        let mut numbers: Vec<(&str, String)> = Vec::new();
        for _ in 0..1 + usize::from(dice.roll(4) == 0) {
            let (code, length, mobile) = *dice.pick(&COUNTRIES);
            numbers.push((code, format!("{mobile}{}", dice.digits(length))));
        }
        if let Some(parent) = people.last().filter(|_| dice.roll(10) == 0) {
            numbers[0] = parent.numbers[0].clone();
        }
        let kind = *dice.pick(&["LIB/C", "MOT-", "H", "7-LIFE/"]);
        let policy = format!("{kind}{}", 10_000 + n * 7);
        let address = format!("{}.{}{}@{}.example", words[0], words[1], n % 100, name(&mut dice, 30));
        let labels = ["mobile", "home"];
        let (tag, stage) = (*dice.pick(&TAGS), *dice.pick(&Stage::ALL));
        let customer = NewCustomer {
            name: shown,
            policy_number: Some(policy.clone()),
            phones: numbers
                .iter()
                .zip(labels)
                .map(|((code, rest), label)| phone(label, &format!("+{code}{rest}")))
                .collect(),
            emails: vec![email("email", &address)],
            tags: vec![tag.to_owned()],
            stage,
            ..NewCustomer::default()
        };
        people.push(Person { customer, words, numbers, policy, email: address, tag, stage });
    }
    people
}

type Query = (String, Box<dyn Fn(&Person) -> bool>);

fn has_digits(person: &Person, digits: &str) -> bool {
    person.numbers.iter().any(|(code, rest)| format!("{code}{rest}").contains(digits))
}

fn has_beginning(person: &Person, beginning: &str) -> bool {
    person.words.iter().any(|word| word.starts_with(beginning))
}

fn digits(dice: &mut Dice, person: &Person) -> Query {
    let (code, rest) = dice.pick(&person.numbers).clone();
    let part = dice.part(&format!("{code}{rest}"), 3, 12);
    // As people say it: in pieces.
    let at = dice.roll(part.len());
    let (left, right) = part.split_at(at);
    let spoken = dice.pick(&["", " ", "-", ") "]).to_owned();
    let query = format!("{left}{spoken}{right}");
    (query, Box::new(move |person| has_digits(person, &part)))
}

fn national(dice: &mut Dice, person: &Person) -> Query {
    let rest = &dice.pick(&person.numbers).1;
    let kept = dice.beginning(rest, 4);
    let query = format!("0{kept}");
    (query, Box::new(move |person| person.numbers.iter().any(|(_, rest)| rest.starts_with(&kept))))
}

fn ending(dice: &mut Dice, person: &Person) -> Query {
    let (_, rest) = dice.pick(&person.numbers).clone();
    let end = rest[rest.len() - 2 - dice.roll(4)..].to_owned();
    let query = format!("..{end}");
    (query, Box::new(move |person| person.numbers.iter().any(|(_, rest)| rest.ends_with(&end))))
}

fn names(dice: &mut Dice, person: &Person) -> Query {
    let mut parts: Vec<String> = person.words.iter().map(|word| dice.beginning(word, 2)).collect();
    let turn = dice.roll(parts.len());
    parts.rotate_left(turn);
    let query = if dice.roll(2) == 0 { parts.join(" ").to_uppercase() } else { parts.join(" ") };
    (query, Box::new(move |person| parts.iter().all(|part| has_beginning(person, part))))
}

fn family(dice: &mut Dice, person: &Person) -> Query {
    let word = person.words.last().unwrap();
    let part = dice.beginning(word, 5);
    (part.clone(), Box::new(move |person| has_beginning(person, &part)))
}

fn joined(dice: &mut Dice, person: &Person) -> Query {
    let (first, last) = (person.words[0].clone(), person.words.last().unwrap().clone());
    let (left, right) = if dice.roll(2) == 0 { (first, last) } else { (last, first) };
    let right = dice.beginning(&right, 2);
    let query = format!("{left}{right}");
    (query, Box::new(move |person| person.words.contains(&left) && has_beginning(person, &right)))
}

fn policy(dice: &mut Dice, person: &Person) -> Query {
    let tail = person.policy[person.policy.len() - 3 - dice.roll(3)..].to_owned();
    let whole = dice.roll(3) == 0;
    let query = if whole { person.policy.to_lowercase() } else { tail.clone() };
    let wanted = if whole { person.policy.clone() } else { tail };
    (query, Box::new(move |person| person.policy.ends_with(&wanted)))
}

fn address(dice: &mut Dice, person: &Person) -> Query {
    let (local, domain) = person.email.split_once('@').unwrap();
    let (local, label) = (local.to_owned(), dice.beginning(domain.split('.').next().unwrap(), 1));
    let query = format!("{local}@{label}");
    (query.clone(), Box::new(move |person| person.email.starts_with(&query)))
}

fn mixed(dice: &mut Dice, person: &Person) -> Query {
    let part = dice.part(&person.numbers[0].1, 3, 5);
    let word = dice.beginning(person.words.last().unwrap(), 2);
    let query = format!("{part} {word}");
    (query, Box::new(move |person| has_digits(person, &part) && has_beginning(person, &word)))
}

fn tagged(dice: &mut Dice, person: &Person) -> Query {
    let tag = person.tag;
    let typed =
        ["#motor", "#realest", "#INSTAL", "#sel", "#ete"][TAGS.iter().position(|t| *t == tag).unwrap()];
    let word = dice.beginning(person.words.last().unwrap(), 2);
    let query = format!("{typed} {word}");
    (query, Box::new(move |person| person.tag == tag && has_beginning(person, &word)))
}

fn staged(dice: &mut Dice, person: &Person) -> Query {
    let stage = person.stage;
    let part = dice.part(&person.numbers[0].1, 3, 4);
    let query = format!("{part} stage:{}", &stage.as_str()[..3]);
    (query, Box::new(move |person| person.stage == stage && has_digits(person, &part)))
}

/// One slip in a word, at any place.
fn mistyped(dice: &mut Dice, word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let at = dice.roll(letters.len() - 1);
    let other = *dice.pick(&['a', 'e', 'i', 'n', 'r', 's', 't', 'w']);
    let mut typed = letters.clone();
    match dice.roll(4) {
        0 => typed.swap(at, at + 1),
        1 => {
            typed.remove(at);
        }
        2 => typed.insert(at, other),
        _ => typed[at] = other,
    }
    typed.into_iter().collect()
}

struct Town {
    desk: Desk,
    people: Vec<Person>,
    by_policy: HashMap<String, usize>,
}

impl Town {
    fn settle(count: usize) -> Self {
        let mut desk = Desk::new();
        let people = town(count);
        let rows: Vec<NewCustomer> = people.iter().map(|person| person.customer.clone()).collect();
        for chunk in rows.chunks(2_000) {
            customers::import(&mut desk.db, &desk.admin, NOW, chunk).unwrap();
        }
        let by_policy = people.iter().enumerate().map(|(n, person)| (person.policy.clone(), n)).collect();
        Self { desk, people, by_policy }
    }

    fn found(&self, query: &str) -> (Vec<usize>, bool) {
        let found = lookup(&self.desk.db, &self.desk.agent, NOW, 0, query, 500).unwrap();
        let known =
            |hit: &super::super::search::Hit| self.by_policy.get(hit.policy_number.as_ref()?).copied();
        (found.hits.iter().filter_map(known).collect(), found.many)
    }
}

fn size() -> (usize, usize) {
    let asked = std::env::var("CORDBOARD_RECALL").ok();
    let asked = asked.as_deref().and_then(|text| text.split_once(','));
    asked.map_or((50_000, 120), |(customers, queries)| (customers.parse().unwrap(), queries.parse().unwrap()))
}

#[test]
fn everybody_is_found_and_slips_are_forgiven() {
    let (customers, queries) = size();
    let town = Town::settle(customers);
    everybody_is_found_by_any_part(&town, queries);
    mistyped_names_are_forgiven(&town, queries);
}

fn everybody_is_found_by_any_part(town: &Town, queries: usize) {
    let mut dice = Dice(7);
    type Class = fn(&mut Dice, &Person) -> Query;
    let classes: [(&str, Class); 11] = [
        ("digits", digits),
        ("national", national),
        ("ending", ending),
        ("names", names),
        ("family", family),
        ("joined", joined),
        ("policy", policy),
        ("address", address),
        ("mixed", mixed),
        ("tagged", tagged),
        ("staged", staged),
    ];
    for (class, make) in classes {
        let mut checked = 0;
        while checked < queries {
            let who = dice.roll(town.people.len());
            let (query, is_meant) = make(&mut dice, &town.people[who]);
            let (found, many) = town.found(&query);
            let found: HashSet<usize> = found.into_iter().collect();
            if many {
                // Of the newest 500 that the index names, enough are meant to fill the list.
                assert!(found.len() >= 50, "{class}: {query}");
            } else {
                let lost: Vec<&str> = (0..town.people.len())
                    .filter(|n| is_meant(&town.people[*n]) && !found.contains(n))
                    .map(|n| town.people[n].customer.name.as_str())
                    .collect();
                assert_eq!(lost, [""; 0], "{class}: {query}");
                assert!(found.contains(&who), "{class}: {query} does not find whom it was made of");
            }
            checked += 1;
        }
    }
}

/// The right name stands among the first five, in at least 95 of 100 mistyped words.
fn mistyped_names_are_forgiven(town: &Town, queries: usize) {
    let mut dice = Dice(11);
    let (mut right, mut asked) = (0, 0);
    while asked < queries {
        let person = &town.people[dice.roll(town.people.len())];
        let word = person.words.last().unwrap();
        if word.len() < 5 {
            continue;
        }
        asked += 1;
        let query = mistyped(&mut dice, word);
        let (found, _) = town.found(&query);
        right += usize::from(found.iter().take(5).any(|n| town.people[*n].words.contains(word)));
    }
    println!("{right} of {asked} mistyped words have the right name among the first five");
    assert!(right * 100 >= asked * 95, "{right} of {asked}");
}
