//! From settings, environment and encrypted database to [`Endpoints`], and what is missing by name
//! (TWS-70, TWS-72). Values are trimmed, never checked against the network, never shown.

use super::{Endpoints, Missing, mail, master, twilio, upstream};
use crate::config::Config;
use crate::domain::job::Destination;
use crate::domain::phone::E164;

const ACCOUNT_SID: &str = "TWILIO_ACCOUNT_SID";
const AUTH_TOKEN: &str = "TWILIO_AUTH_TOKEN";
const API_KEY_SID: &str = "TWILIO_API_KEY_SID";
const API_KEY_SECRET: &str = "TWILIO_API_KEY_SECRET";
const PHONE_NUMBER: &str = "TWILIO_PHONE_NUMBER";
const UPSTREAM_TOKEN: &str = "CORDBOARD_UPSTREAM_TOKEN";
const MASTER_TOKEN: &str = "CORDBOARD_MASTER_TOKEN";
const MAIL_USER: &str = "CORDBOARD_MAIL_USER";
const MAIL_PASSWORD: &str = "CORDBOARD_MAIL_PASSWORD";

/// What `secret set NAME` takes; the environment has the same names.
pub const NAMES: [&str; 9] = [
    ACCOUNT_SID,
    AUTH_TOKEN,
    API_KEY_SID,
    API_KEY_SECRET,
    PHONE_NUMBER,
    UPSTREAM_TOKEN,
    MASTER_TOKEN,
    MAIL_USER,
    MAIL_PASSWORD,
];

/// All that a desk needs to reach the outside.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    pub endpoints: Endpoints,
    /// Our sending numbers: of the settings, then `TWILIO_PHONE_NUMBER`.
    pub numbers: Vec<E164>,
}

impl Credentials {
    /// Each value comes from the environment, else from the encrypted database.
    pub fn gather(
        config: &Config,
        env: impl Fn(&str) -> Option<String>,
        stored: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let value = |name: &str| {
            let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            env(name).and_then(given).or_else(|| stored(name).and_then(given))
        };
        let mut missing = Vec::new();
        let twilio = twilio(config, value, &mut missing);
        let numbers = numbers(config, value, &mut missing);
        let upstream = upstream(config, value, &mut missing);
        let mail = mail(config, value, &mut missing);
        let master =
            config.master.base_url.as_ref().and_then(|url| {
                Some(master::Account { base_url: url.to_string(), token: value(MASTER_TOKEN)? })
            });
        Self { endpoints: Endpoints { twilio, upstream, mail, master, missing }, numbers }
    }
}

fn twilio(
    config: &Config,
    value: impl Fn(&str) -> Option<String>,
    missing: &mut Vec<Missing>,
) -> Option<twilio::Account> {
    let mut lacks = |sentence| missing.push(Missing { destination: Destination::Twilio, sentence });
    let account_sid = value(ACCOUNT_SID);
    // With an API key the path still holds the account (FACTS 1); swapping them is the usual slip.
    let swapped = account_sid.as_deref().is_some_and(|sid| sid.starts_with("SK"));
    if swapped {
        lacks(format!(
            "{ACCOUNT_SID} holds an API key: the account sid begins with AC, a key belongs in {API_KEY_SID}"
        ));
    } else if account_sid.is_none() {
        lacks(not_set(ACCOUNT_SID));
    }
    let key = match (value(API_KEY_SID), value(API_KEY_SECRET)) {
        (Some(sid), Some(secret)) => Some((sid, secret)),
        (Some(_), None) => {
            lacks(format!("{} ({API_KEY_SID} is set)", not_set(API_KEY_SECRET)));
            None
        }
        (None, Some(_)) => {
            lacks(format!("{} ({API_KEY_SECRET} is set)", not_set(API_KEY_SID)));
            None
        }
        (None, None) => None,
    };
    let token = value(AUTH_TOKEN);
    if key.is_none() && token.is_none() {
        lacks(not_set(AUTH_TOKEN));
    }
    let account_sid = account_sid.filter(|_| !swapped)?;
    let (user, secret) = key.or_else(|| Some((account_sid.clone(), token?)))?;
    Some(twilio::Account { base_url: config.twilio.base_url.to_string(), account_sid, user, secret })
}

fn numbers(config: &Config, value: impl Fn(&str) -> Option<String>, missing: &mut Vec<Missing>) -> Vec<E164> {
    let mut lacks = |sentence| missing.push(Missing { destination: Destination::Twilio, sentence });
    let mut numbers = config.sms.numbers.clone();
    match value(PHONE_NUMBER).map(|text| E164::parse(&text)) {
        Some(Some(number)) if !numbers.contains(&number) => numbers.push(number),
        Some(None) => {
            // TWS-71.
            lacks(format!("{PHONE_NUMBER} is not a number in E.164: write it like +12025550143"));
        }
        None if numbers.is_empty() => {
            lacks(format!("no number to text from: list ours in [sms] numbers, or set {PHONE_NUMBER}"));
        }
        _ => {}
    }
    numbers
}

fn upstream(
    config: &Config,
    value: impl Fn(&str) -> Option<String>,
    missing: &mut Vec<Missing>,
) -> Option<upstream::Account> {
    let base_url = config.upstream.base_url.as_ref()?.to_string();
    let token = value(UPSTREAM_TOKEN);
    if token.is_none() {
        missing.push(Missing { destination: Destination::Upstream, sentence: not_set(UPSTREAM_TOKEN) });
    }
    Some(upstream::Account { base_url, token: token? })
}

/// A server that asks for no name is as good: many offices have one that takes mail of their own.
fn mail(
    config: &Config,
    value: impl Fn(&str) -> Option<String>,
    missing: &mut Vec<Missing>,
) -> Option<mail::Account> {
    let settings = &config.mail;
    let host = settings.host.clone()?;
    let mut lacks = |sentence| missing.push(Missing { destination: Destination::Mail, sentence });
    let login = match (value(MAIL_USER), value(MAIL_PASSWORD)) {
        (Some(user), Some(password)) => Some((user, password)),
        (Some(_), None) => {
            lacks(format!("{} ({MAIL_USER} is set)", not_set(MAIL_PASSWORD)));
            return None;
        }
        (None, Some(_)) => {
            lacks(format!("{} ({MAIL_PASSWORD} is set)", not_set(MAIL_USER)));
            return None;
        }
        (None, None) => None,
    };
    let Some(from) = settings.from.clone() else {
        lacks("[mail] from is not set: it says whom our mail comes from".to_owned());
        return None;
    };
    let (port, tls, from_name) = (settings.port, settings.tls, config.desk.name.clone());
    Some(mail::Account { host, port: u16::try_from(port).ok()?, tls, from: from.0, from_name, login })
}

fn not_set(name: &str) -> String {
    format!("{name} is not set: put it in the environment, or save it with `cordboard secret set {name}`")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::remote::{Outcome, Request, encode};

    fn gather(toml: &str, env: &[(&str, &str)], stored: &[(&str, &str)]) -> Credentials {
        let config = Config::parse(toml, Path::new("config.toml")).unwrap();
        let look_up = |table: &[(&str, &str)], name: &str| {
            table.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Credentials::gather(&config, |name| look_up(env, name), |name| look_up(stored, name))
    }

    /// The names that each sentence of the list speaks of first.
    fn missing(credentials: &Credentials) -> Vec<&str> {
        let missing = &credentials.endpoints.missing;
        missing.iter().map(|missing| missing.sentence.split(' ').next().unwrap()).collect()
    }

    const OURS: &str = "[sms]\nnumbers = [\"+12025550143\"]";

    #[test]
    fn the_environment_goes_before_the_database() {
        let env = [(ACCOUNT_SID, "AC1"), (AUTH_TOKEN, " ")];
        let stored = [(ACCOUNT_SID, "AC2"), (AUTH_TOKEN, "token\n")];
        let got = gather(OURS, &env, &stored);
        let account = got.endpoints.twilio.clone().unwrap();
        assert_eq!((account.account_sid.as_str(), account.user.as_str()), ("AC1", "AC1"));
        assert_eq!(account.secret, "token");
        assert_eq!(account.base_url, "https://api.twilio.com");
        assert_eq!(missing(&got), Vec::<&str>::new());
    }

    /// TWS-72: exactly what is missing is named.
    #[test]
    fn tws_72_what_is_missing_is_named() {
        let sid = (ACCOUNT_SID, "AC1");
        let swapped = (ACCOUNT_SID, "SK1");
        let token = (AUTH_TOKEN, "t");
        let key = (API_KEY_SID, "SK1");
        let secret = (API_KEY_SECRET, "s");
        for (env, user, names) in [
            (vec![], None, vec![ACCOUNT_SID, AUTH_TOKEN]),
            (vec![sid], None, vec![AUTH_TOKEN]),
            (vec![token], None, vec![ACCOUNT_SID]),
            (vec![swapped, token], None, vec![ACCOUNT_SID]),
            (vec![sid, token], Some("AC1"), vec![]),
            (vec![sid, key, secret], Some("SK1"), vec![]),
            (vec![sid, key, secret, token], Some("SK1"), vec![]),
            (vec![sid, key, token], Some("AC1"), vec![API_KEY_SECRET]),
            (vec![sid, secret, token], Some("AC1"), vec![API_KEY_SID]),
            (vec![sid, key], None, vec![API_KEY_SECRET, AUTH_TOKEN]),
            (vec![key, secret], None, vec![ACCOUNT_SID]),
        ] {
            let got = gather(OURS, &env, &[]);
            assert_eq!(got.endpoints.twilio.as_ref().map(|account| account.user.as_str()), user, "{env:?}");
            assert_eq!(missing(&got), names, "{env:?}");
        }
    }

    #[test]
    fn a_request_without_an_account_says_what_to_set() {
        let got = gather(OURS, &[(ACCOUNT_SID, "AC1")], &[]);
        let refused = encode(&Request::FetchMessage { sid: "SM1".to_owned() }, &got.endpoints).unwrap_err();
        let why = "TWILIO_AUTH_TOKEN is not set: put it in the environment, or save it with \
                   `cordboard secret set TWILIO_AUTH_TOKEN`";
        assert_eq!(refused, Outcome::NotSetUp { why: why.to_owned() });
    }

    #[test]
    fn our_numbers() {
        let phone = |text| gather(OURS, &[(PHONE_NUMBER, text)], &[]);
        let all = |got: &Credentials| got.numbers.iter().map(E164::to_string).collect::<Vec<_>>();
        assert_eq!(all(&phone("+12025550144")), ["+12025550143", "+12025550144"]);
        assert_eq!(all(&phone("+12025550143")), ["+12025550143"]);
        let wrong = phone("202-555-0144");
        assert_eq!(all(&wrong), ["+12025550143"]);
        assert!(missing(&wrong).contains(&PHONE_NUMBER));
        let none = gather("", &[(ACCOUNT_SID, "AC1"), (AUTH_TOKEN, "t")], &[]);
        assert_eq!(
            none.endpoints.missing(Destination::Twilio).split(':').next(),
            Some("no number to text from")
        );
    }

    #[test]
    fn no_upstream_is_a_set_up_of_its_own() {
        let none = gather("", &[(UPSTREAM_TOKEN, "t")], &[]);
        assert!(none.endpoints.upstream.is_none());
        assert!(!missing(&none).contains(&UPSTREAM_TOKEN));
        let toml = "[upstream]\nbase_url = \"https://x.example/api/\"";
        assert!(missing(&gather(toml, &[], &[])).contains(&UPSTREAM_TOKEN));
        let account = gather(toml, &[], &[(UPSTREAM_TOKEN, "t")]).endpoints.upstream.unwrap();
        assert_eq!((account.base_url.as_str(), account.token.as_str()), ("https://x.example/api", "t"));
    }

    #[test]
    fn debug_shows_no_secret() {
        let env = [
            (ACCOUNT_SID, "AC1"),
            (API_KEY_SID, "SK1"),
            (API_KEY_SECRET, "s3cret"),
            (UPSTREAM_TOKEN, "t0ken"),
        ];
        let shown = format!("{:?}", gather("[upstream]\nbase_url = \"https://x.example\"", &env, &[]));
        for secret in ["AC1", "SK1", "s3cret", "t0ken"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
