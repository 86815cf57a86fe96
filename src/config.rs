//! Typed settings with their defaults, read from one TOML file and the environment.
//!
//! A file that is there must be right: an unknown key or a bad value is refused with its line, never
//! ignored. Credentials do not belong here (design 7): see `remote::credentials`.

mod error;
pub mod forms;
mod paths;
mod quiet;
mod values;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use error::{ConfigError, Invalid};
pub use paths::Paths;
pub use values::{Approval, BaseUrl, MailTls, MobileForm, Palette, Sender};

use crate::domain::clash::Policy;
use crate::domain::consent::Purpose;
use crate::domain::form::Forms;
use crate::domain::lint;
use crate::domain::money::Currency;
use crate::domain::payment::Template;
use crate::domain::phone::{Accept, E164, PhonePolicy, Region};
use crate::domain::price_list::PriceList;
use crate::domain::quiet::Rules;
use crate::domain::spell::Alphabet;

/// Every setting. `config.example.toml` shows them all with their defaults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub desk: Desk,
    pub sms: Sms,
    pub lint: Lint,
    pub prices: PriceList,
    pub twilio: Twilio,
    pub upstream: Upstream,
    pub mail: Mail,
    pub payment: Payment,
    pub capture: Capture,
    pub master: Master,
    pub updates: Updates,
    /// Keys of the desk: an action's name and the keys it has instead of the usual ones. What is
    /// wrong here is said on screen and left out (screens.md, rule 8).
    pub keys: BTreeMap<String, Vec<String>>,
}

/// The office as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Desk {
    pub name: String,
    /// Whose numbers need no country code (TTX-38).
    pub region: Region,
    /// Which numbers are taken (G1).
    pub accept: Accept,
    /// Of amounts written without one.
    pub currency: Currency,
    /// How long texts, uploads and marks can be taken back (design 4.8).
    #[serde(deserialize_with = "values::within::<_, 0, 30>")]
    pub undo_seconds: u32,
    /// Which colours the screen uses.
    pub palette: Palette,
    /// Where batches are written; `exports` in the data folder unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exports: Option<PathBuf>,
    /// Forms of the office's own, beside those of the program (TTX-58).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forms: Option<PathBuf>,
}

/// Texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sms {
    /// Our sending numbers; the first is the usual one.
    #[serde(with = "values::numbers")]
    pub numbers: Vec<E164>,
    /// A text that could not leave for so long is not sent any more (design 4.7).
    #[serde(deserialize_with = "values::within::<_, 1, 72>")]
    pub deadline_hours: u32,
    /// Of texts where nobody chose one.
    #[serde(with = "values::purpose")]
    pub purpose: Purpose,
    /// Quiet hours of the office's own, over those of the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<PathBuf>,
    /// One text goes to so many chosen customers at most.
    #[serde(deserialize_with = "values::within::<_, 0, 50>")]
    pub at_once: u32,
}

/// What is looked at before a text leaves (G2, G9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lint {
    #[serde(deserialize_with = "values::within::<_, 1, 25>")]
    pub max_segments: u32,
    #[serde(deserialize_with = "values::within::<_, 0, 3650>")]
    pub opt_out_days: u32,
    #[serde(deserialize_with = "values::way_out")]
    pub opt_out_line: String,
    /// Other levels than the usual ones.
    pub rules: BTreeMap<values::Rule, values::RuleLevel>,
}

/// The way to Twilio. The account is a credential.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Twilio {
    pub base_url: BaseUrl,
    /// How often inbound texts are asked for.
    #[serde(deserialize_with = "values::within::<_, 1, 300>")]
    pub poll_seconds: u32,
}

/// The way to the system that passes contact updates on to the master.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Upstream {
    /// None is a set-up of its own: updates are exported as files (design 5).
    #[serde(with = "values::url_or_none")]
    pub base_url: Option<BaseUrl>,
    /// How mobiles are written on the wire.
    pub mobile: MobileForm,
    /// How often the updates of others are asked for.
    #[serde(deserialize_with = "values::within::<_, 1, 3600>")]
    pub poll_seconds: u32,
}

/// The way out for mail. Name and password are credentials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// None: nothing goes by mail.
    #[serde(with = "values::host_or_none")]
    pub host: Option<String>,
    #[serde(deserialize_with = "values::within::<_, 1, 65535>")]
    pub port: u32,
    pub tls: MailTls,
    /// Whom mail comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Sender>,
}

/// How customers pay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Payment {
    /// None: no payment is asked for.
    #[serde(with = "values::link_or_none")]
    pub link: Option<Template>,
}

impl Default for Mail {
    fn default() -> Self {
        Self { host: None, port: 587, tls: MailTls::Starttls, from: None }
    }
}

/// How contact updates are taken down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capture {
    /// How an address is spelled when it is read back.
    #[serde(with = "values::alphabet")]
    pub alphabet: Alphabet,
    /// How a caller may be identified; the form offers them by digits.
    pub verified_by: Vec<String>,
    /// Nothing is saved before one of them was said.
    pub must_verify: bool,
    /// A mobile that is replaced is told so.
    pub tell_old_mobile: bool,
}

impl Default for Capture {
    fn default() -> Self {
        let ways = ["policy number", "date of birth", "called back"];
        Self {
            alphabet: Alphabet::default(),
            verified_by: ways.map(str::to_owned).to_vec(),
            must_verify: false,
            tell_old_mobile: false,
        }
    }
}

/// The system of record, as far as we read it ourselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Master {
    /// None is a set-up of its own: the master's customers come as files (NIC-132).
    #[serde(with = "values::url_or_none")]
    pub base_url: Option<BaseUrl>,
    /// What is done with a clash (NIC-135).
    #[serde(with = "values::policy")]
    pub policy: Policy,
    /// How often its changes are asked for.
    #[serde(deserialize_with = "values::within::<_, 10, 86_400>")]
    pub poll_seconds: u32,
}

/// Captured contact updates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Updates {
    /// Does an agent's update count at once? (NIC-131)
    pub approval: Approval,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            name: "Desk".to_owned(),
            region: Region::MU,
            accept: Accept::RegionMobile,
            currency: Currency::MUR,
            undo_seconds: 5,
            palette: Palette::Plain,
            exports: None,
            forms: None,
        }
    }
}

impl Default for Sms {
    fn default() -> Self {
        Self {
            numbers: Vec::new(),
            deadline_hours: 4,
            purpose: Purpose::Service,
            quiet_hours: None,
            at_once: 10,
        }
    }
}

impl Default for Lint {
    fn default() -> Self {
        let lint::Rules { max_segments, opt_out_days, opt_out_line, .. } = lint::Rules::default();
        Self { max_segments, opt_out_days, opt_out_line, rules: BTreeMap::new() }
    }
}

impl Default for Twilio {
    fn default() -> Self {
        Self { base_url: BaseUrl::twilio(), poll_seconds: 10 }
    }
}

impl Default for Upstream {
    fn default() -> Self {
        Self { base_url: None, mobile: MobileForm::National, poll_seconds: 60 }
    }
}

impl Default for Master {
    fn default() -> Self {
        Self { base_url: None, policy: Policy::Ask, poll_seconds: 300 }
    }
}

impl Config {
    /// Reads a file. One that is not there means the defaults.
    ///
    /// # Errors
    /// The file cannot be read, or [`Config::parse`] refuses it.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        match std::fs::read(path) {
            Ok(bytes) => match std::str::from_utf8(&bytes) {
                Ok(text) => Self::parse(text, path),
                Err(bad) => Err(ConfigError::not_utf8(&bytes, bad.valid_up_to(), path)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(why) => Err(ConfigError::Unreadable { path: path.to_owned(), why }),
        }
    }

    /// Reads the text of a file; `origin` is named in errors.
    ///
    /// # Errors
    /// Syntax, an unknown key, a value of the wrong kind or out of range: with line and caret.
    pub fn parse(text: &str, origin: &Path) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        toml::from_str(text).map_err(|error| ConfigError::at(text, &error, origin))
    }

    /// Lets the environment overrule the file (flag > environment > file).
    ///
    /// # Errors
    /// A variable that is set and wrong; an empty one counts as not set.
    pub fn overrule(&mut self, env: impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        let read = |name: &'static str| env(name).filter(|value| !value.trim().is_empty());
        let bad = |name, why: String| ConfigError::Environment { name, why };
        if let Some(text) = read("CORDBOARD_REGION") {
            self.desk.region = text.parse().map_err(|e| bad("CORDBOARD_REGION", format!("{e}")))?;
        }
        if let Some(text) = read("CORDBOARD_TWILIO_BASE_URL") {
            self.twilio.base_url =
                text.parse().map_err(|e| bad("CORDBOARD_TWILIO_BASE_URL", format!("{e}")))?;
        }
        if let Some(text) = read("CORDBOARD_UPSTREAM_URL") {
            self.upstream.base_url =
                values::read_url_or_none(&text).map_err(|e| bad("CORDBOARD_UPSTREAM_URL", e.to_string()))?;
        }
        if let Some(text) = read("CORDBOARD_MASTER_URL") {
            self.master.base_url =
                values::read_url_or_none(&text).map_err(|e| bad("CORDBOARD_MASTER_URL", e.to_string()))?;
        }
        Ok(())
    }

    /// Every setting as a file would hold it.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("the settings hold nothing that TOML lacks")
    }

    /// The industry forms: the program's and the office's own.
    ///
    /// # Errors
    /// The folder or a file of it cannot be read, or is not right.
    pub fn forms(&self) -> Result<Forms, ConfigError> {
        forms::load(self.desk.forms.as_deref())
    }

    /// When texts may reach whom: the program's rules under the office's own.
    ///
    /// # Errors
    /// The file cannot be read, or is not right.
    pub fn quiet_hours(&self) -> Result<Rules, ConfigError> {
        quiet::load(self.desk.region, self.sms.quiet_hours.as_deref())
    }

    /// What is looked at before a text leaves.
    pub fn lint_rules(&self) -> lint::Rules {
        lint::Rules {
            levels: self.lint.rules.iter().map(|(rule, level)| (rule.0, level.0)).collect(),
            max_segments: self.lint.max_segments,
            opt_out_days: self.lint.opt_out_days,
            opt_out_line: self.lint.opt_out_line.clone(),
        }
    }

    /// How the desk reads phone numbers.
    pub fn phone_policy(&self) -> PhonePolicy {
        PhonePolicy { region: self.desk.region, accept: self.desk.accept }
    }
}
