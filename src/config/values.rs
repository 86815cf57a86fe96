//! The kinds of values a setting may have. Each says what is wrong and shows a right one.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use serde::de::{self, Error as _, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::lint::{Code, Level};

/// How a mobile is written for the upstream (design 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MobileForm {
    /// NIC's own: `57372333`.
    #[default]
    National,
    /// `+23057372333`.
    E164,
}

/// How the line to the mail server is kept secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// In the clear first, secret before anything is said; port 587.
    #[default]
    Starttls,
    /// Secret from the first byte; port 465.
    Tls,
    /// Never, such as to a server on this machine.
    None,
}

/// An address that our mail comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Sender(pub String);

impl<'de> Deserialize<'de> for Sender {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let address = crate::domain::email::Email::parse(&text).map_err(D::Error::custom)?;
        Ok(Self(address.as_str().to_owned()))
    }
}

/// Whether somebody has to say yes to what an agent captures before it counts (NIC-131).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    #[default]
    None,
    Required,
}

/// Which colours the screen uses. Every state is a word as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Palette {
    /// Green and red for good and bad.
    #[default]
    Plain,
    /// Blue and magenta, for eyes that do not part green from red.
    Safe,
    /// Bold, underline and reverse only, as under `NO_COLOR`.
    None,
}

/// Where an API begins, without a slash at the end. May have a path of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Why an address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    #[error("not a web address; write it like https://api.example.com")]
    NotAWebAddress,
    #[error(
        "the address holds a user name or password: take it out, and save credentials with `cordboard secret set NAME`"
    )]
    SignIn,
    #[error("only the beginning of the address, without what follows a ? or #")]
    Query,
}

impl BaseUrl {
    /// Where Twilio is (FACTS 1).
    pub fn twilio() -> Self {
        Self("https://api.twilio.com".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BaseUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let text = text.trim();
        if text.contains(['?', '#']) {
            return Err(BadUrl::Query);
        }
        let uri: Uri = text.parse().map_err(|_| BadUrl::NotAWebAddress)?;
        let authority = uri.authority().ok_or(BadUrl::NotAWebAddress)?;
        if authority.as_str().contains('@') {
            return Err(BadUrl::SignIn);
        }
        match uri.scheme_str() {
            Some("https" | "http") if !authority.host().is_empty() => {
                Ok(Self(text.trim_end_matches('/').to_owned()))
            }
            _ => Err(BadUrl::NotAWebAddress),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for BaseUrl {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// `none`, or an address.
pub fn read_url_or_none(text: &str) -> Result<Option<BaseUrl>, BadUrl> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("none") { Ok(None) } else { text.parse().map(Some) }
}

/// A whole number from `LOW` to `HIGH`.
pub fn within<'de, D: Deserializer<'de>, const LOW: u32, const HIGH: u32>(from: D) -> Result<u32, D::Error> {
    struct Within<const LOW: u32, const HIGH: u32>;

    impl<const LOW: u32, const HIGH: u32> Visitor<'_> for Within<LOW, HIGH> {
        type Value = u32;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a whole number from {LOW} to {HIGH}")
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<u32, E> {
            let inside = u32::try_from(number).ok().filter(|number| (LOW..=HIGH).contains(number));
            inside.ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
        }
    }

    from.deserialize_i64(Within::<LOW, HIGH>)
}

/// `mail.host`.
pub mod host_or_none {
    use super::*;

    pub fn serialize<S: Serializer>(host: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(host.as_deref().unwrap_or("none"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
        let text = String::deserialize(from)?;
        let host = text.trim();
        let named =
            !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
        match host {
            host if host.eq_ignore_ascii_case("none") => Ok(None),
            host if named => Ok(Some(host.to_owned())),
            _ => Err(D::Error::custom(
                "only the name of the server, such as \"mail.example.com\", or \"none\"",
            )),
        }
    }
}

/// `payment.link`.
pub mod link_or_none {
    use super::*;
    use crate::domain::payment::Template;

    pub fn serialize<S: Serializer>(link: &Option<Template>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(link.as_ref().map_or("none", Template::as_str))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Template>, D::Error> {
        let text = String::deserialize(from)?;
        if text.trim().eq_ignore_ascii_case("none") {
            return Ok(None);
        }
        text.parse().map(Some).map_err(D::Error::custom)
    }
}

/// `upstream.base_url`.
pub mod url_or_none {
    use super::*;

    pub fn serialize<S: Serializer>(url: &Option<BaseUrl>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(url.as_ref().map_or("none", BaseUrl::as_str))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<BaseUrl>, D::Error> {
        read_url_or_none(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// `sms.numbers`.
pub mod numbers {
    use super::*;
    use crate::domain::phone::{Accept, E164, PhonePolicy, Region};

    /// With `+` the region does not matter.
    const WORLD: PhonePolicy = PhonePolicy { region: Region::MU, accept: Accept::International };

    /// One element, read by a visitor so that the caret points at it and not at the list.
    struct Number(E164);

    impl<'de> Deserialize<'de> for Number {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            from.deserialize_str(NumberVisitor).map(Self)
        }
    }

    struct NumberVisitor;

    impl Visitor<'_> for NumberVisitor {
        type Value = E164;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number in quotes such as \"+12025550143\"")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<E164, E> {
            let example = "write it like \"+12025550143\"";
            if !text.trim_start().starts_with('+') {
                return Err(E::custom(format!("our numbers begin with + and the country code: {example}")));
            }
            WORLD.accept(text).map_err(|error| E::custom(format!("{}: {example}", error.fault)))
        }
    }

    pub fn serialize<S: Serializer>(numbers: &[E164], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(numbers.iter().map(E164::as_str))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<E164>, D::Error> {
        let numbers = Vec::<Number>::deserialize(from)?;
        Ok(numbers.into_iter().map(|number| number.0).collect())
    }
}

/// `sms.purpose`.
pub mod purpose {
    use super::*;
    use crate::domain::consent::Purpose;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(purpose: &Purpose, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(purpose.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Purpose, D::Error> {
        let text = String::deserialize(from)?;
        Purpose::parse(&text).ok_or_else(|| D::Error::unknown_variant(&text, &["service", "marketing"]))
    }
}

/// `lint.opt_out_line`: it has to say how.
pub fn way_out<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let line = String::deserialize(from)?.trim().to_owned();
    let plain = line.len() <= 160 && !line.chars().any(char::is_control);
    if plain && crate::domain::lint::says_stop(&line) {
        return Ok(line);
    }
    Err(D::Error::custom("one short line with the word STOP in it, such as \"Reply STOP to end texts.\""))
}

/// A key of `lint.rules`: one that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Rule(pub Code);

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match Code::parse(&text) {
            Some(code) if code.is_fixed() => {
                Err(D::Error::custom(format!("{code} cannot be changed: {}", code.about())))
            }
            Some(code) => Ok(Self(code)),
            None => {
                let free = Code::ALL.iter().filter(|code| !code.is_fixed());
                let known: Vec<&str> = free.map(|code| code.as_str()).collect();
                Err(D::Error::custom(format!("there is no rule {text}; there is {}", known.join(", "))))
            }
        }
    }
}

/// A value of `lint.rules`; `None`: off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleLevel(pub Option<Level>);

impl Serialize for RuleLevel {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.map_or("off", Level::as_str))
    }
}

impl<'de> Deserialize<'de> for RuleLevel {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        const WORDS: [&str; 4] = ["err", "warn", "note", "off"];
        let text = String::deserialize(from)?;
        let level = [Level::Err, Level::Warn, Level::Note].into_iter().find(|level| level.as_str() == text);
        match (level, text.as_str()) {
            (None, "off") => Ok(Self(None)),
            (Some(level), _) => Ok(Self(Some(level))),
            (None, _) => Err(D::Error::unknown_variant(&text, &WORDS)),
        }
    }
}

/// `capture.alphabet`.
pub mod alphabet {
    use super::*;
    use crate::domain::spell::Alphabet;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(alphabet: &Alphabet, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(alphabet.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Alphabet, D::Error> {
        const NAMES: [&str; 5] = ["letters", "nato", "french", "german", "swedish"];
        let text = String::deserialize(from)?;
        Alphabet::parse(&text).ok_or_else(|| D::Error::unknown_variant(&text, &NAMES))
    }
}

/// `master.policy`.
pub mod policy {
    use super::*;
    use crate::domain::clash::Policy;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(policy: &Policy, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(policy.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Policy, D::Error> {
        let text = String::deserialize(from)?;
        Policy::parse(&text)
            .ok_or_else(|| D::Error::unknown_variant(&text, &["ask", "master wins", "newest wins"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        for (text, kept) in [
            ("https://api.twilio.com", "https://api.twilio.com"),
            (" https://x.example/api:v1/ ", "https://x.example/api:v1"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(text.parse::<BaseUrl>().unwrap().as_str(), kept);
        }
        for (text, why) in [
            ("", BadUrl::NotAWebAddress),
            ("api.twilio.com", BadUrl::NotAWebAddress),
            ("/api", BadUrl::NotAWebAddress),
            ("ftp://x.example", BadUrl::NotAWebAddress),
            ("https://", BadUrl::NotAWebAddress),
            ("https://a b", BadUrl::NotAWebAddress),
            ("https://user:secret@x.example", BadUrl::SignIn),
            ("https://x.example/?key=1", BadUrl::Query),
            ("https://x.example/#top", BadUrl::Query),
        ] {
            assert_eq!(text.parse::<BaseUrl>(), Err(why), "{text}");
        }
    }
}
