//! Quiet hours: when a text may reach a customer, by the clock where they are (FACTS 15). The rules are
//! data, by country and state; here is what they mean. Where somebody is, is seldom known: a text leaves by
//! itself only when it may wherever they might be.

mod hours;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, de};

use super::consent::Purpose;
use super::phone::{E164, Region};
use super::time::Micros;
use hours::{Day, Week, is_open, next_open};
pub use hours::{instants, local};

/// The rules that come with the program.
pub const SHIPPED: &str = include_str!("../../../assets/quiet/hours.toml");

const COUNTRIES: &str = include_str!("../../../assets/quiet/countries.tsv");

/// So long after the customer's own call or text, one about their business is no disturbance.
pub const CONTACT: Duration = Duration::from_secs(3600);

/// The part of the rules for countries of which nothing is known.
const OWN: &str = "own";

/// What becomes of a text about the customer's own business in quiet hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Service {
    Waits,
    /// It leaves, and the agent is told.
    Noted,
}

/// A country or a state as a file has it. What is not said holds as in the country, else as on the desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Area {
    name: String,
    allowed: Option<Day>,
    monday: Option<Day>,
    tuesday: Option<Day>,
    wednesday: Option<Day>,
    thursday: Option<Day>,
    friday: Option<Day>,
    saturday: Option<Day>,
    sunday: Option<Day>,
    service: Option<Service>,
    zones: Vec<Zone>,
    codes: Vec<u16>,
    state: BTreeMap<String, Area>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Zone(Tz);

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(Self).map_err(|_| {
            de::Error::custom("no such time zone: use a name of the tz database, such as \"America/Chicago\"")
        })
    }
}

impl Area {
    /// What the other says counts.
    fn overrule(&mut self, by: Self) {
        let Self { name, allowed, monday, tuesday, wednesday, thursday, friday, saturday, sunday, .. } = by;
        // A new window for every day is meant for every day.
        if allowed.is_some() {
            (self.monday, self.tuesday, self.wednesday, self.thursday) = (None, None, None, None);
            (self.friday, self.saturday, self.sunday) = (None, None, None);
        }
        for (mine, theirs) in [
            (&mut self.allowed, allowed),
            (&mut self.monday, monday),
            (&mut self.tuesday, tuesday),
            (&mut self.wednesday, wednesday),
            (&mut self.thursday, thursday),
            (&mut self.friday, friday),
            (&mut self.saturday, saturday),
            (&mut self.sunday, sunday),
        ] {
            *mine = theirs.or(*mine);
        }
        self.service = by.service.or(self.service);
        if !name.is_empty() {
            self.name = name;
        }
        if !by.zones.is_empty() {
            self.zones = by.zones;
        }
        if !by.codes.is_empty() {
            self.codes = by.codes;
        }
        for (code, state) in by.state {
            self.state.entry(code).or_default().overrule(state);
        }
    }

    fn week(&self) -> [Option<Day>; 7] {
        [self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday]
            .map(|day| day.or(self.allowed))
    }
}

/// A file of rules as it is written: countries by their two letters, and `own`.
pub type File = BTreeMap<String, Area>;

/// The rules of an office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    areas: File,
    /// Where the desk is: the clock of numbers of no country.
    home: String,
}

/// What is known of where a customer is. Empty: not known.
#[derive(Clone, Copy, Debug)]
pub struct Whereabouts<'a> {
    pub number: &'a E164,
    /// The stored zone.
    pub zone: &'a str,
    /// As written in their address.
    pub country: &'a str,
    pub state: &'a str,
}

/// One place where the customer may be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    zone: Tz,
    week: Week,
    service: Service,
}

/// Every place where a customer may be; none where nobody can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    known: Vec<Place>,
    /// Where the desk is, for the service texts of numbers of no country.
    home: Vec<Place>,
}

/// May a text leave now?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Open,
    /// It leaves though hours are quiet until then, and the agent is told.
    Noted {
        till: Micros,
    },
    /// It waits until then.
    Quiet {
        till: Micros,
    },
    /// There is no minute at which it may, or nobody knows what time it is there.
    Never,
}

impl Rules {
    /// The program's own, overruled by those of an office.
    ///
    /// # Errors
    /// The key of the area that is not right, and why.
    pub fn new(home: Region, office: File) -> Result<Self, (String, String)> {
        let mut areas: File = toml::from_str(SHIPPED).expect("the shipped rules are right, as a test says");
        for (code, area) in office {
            check(&code, &area).map_err(|why| (code.clone(), why))?;
            areas.entry(code).or_default().overrule(area);
        }
        Ok(Self { areas, home: home.to_string() })
    }

    /// Every place where this customer may be.
    pub fn places(&self, who: &Whereabouts<'_>) -> Places {
        let home = self.here(&self.home, &[], None);
        let origin = who.number.origin();
        let written = country_of(who.country);
        let stored = stored_zone(who.zone);
        let Some(country) = written.or(origin.country.as_deref()) else {
            let known = stored.map(|zone| self.place(zone, "", None)).into_iter().collect();
            return Places { known, home };
        };
        let by_number =
            origin.area.filter(|_| origin.country.as_deref() == Some(country) && !origin.is_toll_free);
        let named = self.state_of(country, who.state).map(|state| vec![state]);
        let states = named.or_else(|| self.states_with(country, by_number?));
        let known = match states {
            Some(states) => self.here(country, &states, stored),
            None if origin.is_toll_free && written.is_none() && stored.is_none() && country == "US" => {
                [self.here("US", &[], None), self.here("CA", &[], None)].concat()
            }
            None => self.here(country, &[], stored),
        };
        Places { known, home }
    }

    /// The places of a country, or of these states of it; in one zone only, where it is known.
    fn here(&self, country: &str, states: &[&str], stored: Option<Tz>) -> Vec<Place> {
        let area = self.areas.get(country);
        let all = || area.map(|area| area.state.keys().map(String::as_str).collect()).unwrap_or_default();
        let states: Vec<&str> = if states.is_empty() { all() } else { states.to_vec() };
        let zones = |state: Option<&str>| -> Vec<Tz> {
            let of = state.and_then(|state| area?.state.get(state)).into_iter().chain(area);
            let given = of.map(|area| &area.zones).find(|zones| !zones.is_empty());
            given.map_or_else(|| zones_of(country), |zones| zones.iter().map(|zone| zone.0).collect())
        };
        let mut places: Vec<Place> = Vec::new();
        let mut add = |place: Place| {
            if !places.contains(&place) {
                places.push(place);
            }
        };
        if states.is_empty() {
            let zones = stored.map_or_else(|| zones(None), |zone| vec![zone]);
            zones.into_iter().for_each(|zone| add(self.place(zone, country, None)));
            return places;
        }
        if let Some(zone) = stored {
            // Who lives by another state's clock may well be there.
            let near: Vec<&str> =
                states.iter().copied().filter(|state| zones(Some(*state)).contains(&zone)).collect();
            let with_zone =
                || all().into_iter().filter(|state| zones(Some(*state)).contains(&zone)).collect();
            let near = if near.is_empty() { with_zone() } else { near };
            let of = if near.is_empty() { &states } else { &near };
            of.iter().for_each(|state| add(self.place(zone, country, Some(*state))));
            return places;
        }
        for state in states {
            zones(Some(state)).into_iter().for_each(|zone| add(self.place(zone, country, Some(state))));
        }
        places
    }

    fn place(&self, zone: Tz, country: &str, state: Option<&str>) -> Place {
        let country = self.areas.get(country);
        let state = state.and_then(|state| country?.state.get(state));
        let areas: Vec<&Area> = [state, country, self.areas.get(OWN)].into_iter().flatten().collect();
        let weeks: Vec<_> = areas.iter().map(|area| area.week()).collect();
        let week = std::array::from_fn(|day| weeks.iter().find_map(|week| week[day]).unwrap_or(Day::ALWAYS));
        let service = areas.iter().find_map(|area| area.service).unwrap_or(Service::Waits);
        Place { zone, week, service }
    }

    fn state_of(&self, country: &str, written: &str) -> Option<&str> {
        let written = written.trim();
        let states = &self.areas.get(country)?.state;
        states
            .iter()
            .find(|(code, area)| {
                code.eq_ignore_ascii_case(written) || area.name.eq_ignore_ascii_case(written)
            })
            .map(|(code, _)| code.as_str())
            .filter(|_| !written.is_empty())
    }

    fn states_with(&self, country: &str, code: u16) -> Option<Vec<&str>> {
        let states = &self.areas.get(country)?.state;
        let found = states.iter().filter(|(_, area)| area.codes.contains(&code));
        let found: Vec<&str> = found.map(|(state, _)| state.as_str()).collect();
        (!found.is_empty()).then_some(found)
    }
}

impl Places {
    /// May a text leave at `now`? `contact` is the customer's own last call or text.
    pub fn judge(&self, purpose: Purpose, contact: Option<Micros>, now: Micros) -> Verdict {
        let places = match (self.known.as_slice(), purpose) {
            // Without a clock nobody is advertised to (FACTS 15).
            ([], Purpose::Marketing) => return Verdict::Never,
            ([], Purpose::Service) => &self.home,
            (known, _) => known,
        };
        let mut closed = places.iter().filter(|place| !is_open(&place.week, place.zone, now)).peekable();
        if closed.peek().is_none() {
            return Verdict::Open;
        }
        let asked = contact.is_some_and(|at| at <= now && now.since(at) <= CONTACT);
        let noted =
            purpose == Purpose::Service && (asked || closed.all(|place| place.service == Service::Noted));
        match next(places, now) {
            till if noted => Verdict::Noted { till: till.unwrap_or(now) },
            Some(till) => Verdict::Quiet { till },
            None => Verdict::Never,
        }
    }

    /// The first moment from `at` on at which a text may leave without regard to what came before.
    pub fn next(&self, purpose: Purpose, at: Micros) -> Option<Micros> {
        match self.judge(purpose, None, at) {
            Verdict::Open | Verdict::Noted { .. } => Some(at),
            Verdict::Quiet { till } => Some(till),
            Verdict::Never => None,
        }
    }

    /// The customer's clock: the first of those it may be, and whether there is no other. The desk's own
    /// where nobody can tell.
    pub fn clock(&self, at: Micros) -> Option<(Tz, bool)> {
        use chrono::Offset as _;
        let offset = |place: &Place| local(at, place.zone).map(|time| time.offset().fix());
        let Some(first) = self.known.first() else { return Some((self.home.first()?.zone, false)) };
        Some((first.zone, self.known.iter().all(|place| offset(place) == offset(first))))
    }
}

/// Open everywhere: each place in turn puts it off, until none does.
fn next(places: &[Place], from: Micros) -> Option<Micros> {
    let mut at = from;
    // Each round that changes anything moves over the closed time of one place: a week has few.
    for _ in 0..64 {
        let mut later = at;
        for place in places {
            later = next_open(&place.week, place.zone, later)?;
        }
        if later == at {
            return Some(at);
        }
        at = later;
    }
    None
}

/// A zone that somebody stored. UTC is what a program puts in where nobody has said anything (G25).
fn stored_zone(zone: &str) -> Option<Tz> {
    const UNSAID: [&str; 8] = ["UTC", "UCT", "GMT", "ZULU", "UNIVERSAL", "GREENWICH", "GMT0", "GMT+0"];
    let bare = zone.trim().trim_start_matches("Etc/").to_uppercase();
    if UNSAID.contains(&bare.as_str()) { None } else { zone.trim().parse().ok() }
}

static KNOWN: LazyLock<BTreeMap<&str, (&str, Vec<Tz>)>> = LazyLock::new(|| {
    let lines = COUNTRIES.lines().filter(|line| !line.starts_with('#'));
    let countries = lines.filter_map(|line| {
        let mut cells = line.split('\t');
        let (code, name, zones) = (cells.next()?, cells.next()?, cells.next()?);
        Some((code, (name, zones.split(' ').filter_map(|zone| zone.parse().ok()).collect())))
    });
    countries.collect()
});

fn zones_of(country: &str) -> Vec<Tz> {
    KNOWN.get(country).map(|(_, zones)| zones.clone()).unwrap_or_default()
}

/// The two letters of a country as people write it.
fn country_of(written: &str) -> Option<&'static str> {
    const ALSO: [(&str, &str); 8] = [
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("U.S.", "US"),
        ("United States of America", "US"),
        ("UK", "GB"),
        ("United Kingdom", "GB"),
        ("Great Britain", "GB"),
        ("England", "GB"),
    ];
    let written = written.trim();
    let also = ALSO.iter().find(|(name, _)| name.eq_ignore_ascii_case(written)).map(|(_, code)| *code);
    also.or_else(|| {
        let mut known = KNOWN.iter();
        let found = known.find(|(code, (name, _))| {
            code.eq_ignore_ascii_case(written) || name.eq_ignore_ascii_case(written)
        });
        found.map(|(code, _)| *code)
    })
}

fn check(code: &str, area: &Area) -> Result<(), String> {
    if code != OWN && !KNOWN.contains_key(code) {
        return Err(
            "no country: use two capital letters such as US, or \"own\" for the desk's hours".to_owned()
        );
    }
    if code == OWN && !area.state.is_empty() {
        return Err("the desk's own hours have no states".to_owned());
    }
    let nested = area.state.iter().find(|(_, state)| !state.state.is_empty());
    match nested {
        Some((state, _)) => Err(format!("the state {state} has states")),
        None => Ok(()),
    }
}
