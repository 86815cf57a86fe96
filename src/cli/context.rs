//! What a command runs in: where its files are, its settings, the open database, who acts, and where
//! the output goes. Each is found when asked for, so that a command which needs no database touches
//! none.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::Global;
use super::exit::{Exit, refuse};
use super::input::Input;
use super::output::{Closed, Output};
use crate::config::{Config, MobileForm, Paths};
use crate::domain::ids::CustomerId;
use crate::domain::phone::{Accept, E164, PhonePolicy};
use crate::domain::role::{Actor, Origin};
use crate::domain::update::Field;
use crate::remote::client::Guard;
use crate::remote::credentials::Credentials;
use crate::store::messages::{Checks, Window};
use crate::store::open::{self, Location};
use crate::store::search::Building;
use crate::store::updates::{Leaving, Telling};
use crate::store::{self, Db, customers, effective, payments, secrets, users};

pub struct Context {
    pub input: Input,
    pub output: Output,
    global: Global,
    reach: Guard,
}

impl Context {
    /// A command of this process.
    pub fn new(global: Global) -> Self {
        let output = Output::standard(global.json);
        Self { input: Input::standard(), output, global, reach: Guard::Anywhere }
    }

    /// A command of the demo: it reads what it is given, looks at no environment and cannot reach
    /// anything but this machine.
    pub fn sealed(global: Global, stdin: &str) -> Self {
        let output = Output::standard(global.json);
        Self {
            input: Input::new(io::Cursor::new(stdin.to_owned())),
            output,
            global,
            reach: Guard::LoopbackOnly,
        }
    }

    pub fn paths(&self) -> Result<Paths> {
        self.global.paths()
    }

    /// Who is to act, as `--as` or the environment says.
    pub fn acting(&self) -> Option<&str> {
        self.global.act_as.as_deref()
    }

    /// The settings: the file's, overruled by the environment's.
    pub fn config(&self) -> Result<Config> {
        let file = self.paths()?.config_file;
        if self.global.config.is_some() && !file.exists() {
            return Err(refuse(Exit::NotFound, format!("{}: there is no such file", file.display())));
        }
        let mut config = Config::load(&file)?;
        config.overrule(|name| variable(self.reach, name))?;
        Ok(config)
    }

    /// Hands the output on and tells what went wrong, if anything did.
    pub fn end(&mut self, result: Result<Exit>) -> Exit {
        match result.and_then(|exit| self.output.flush().map(|()| exit)) {
            Ok(exit) => exit,
            Err(error) if error.is::<Closed>() => Exit::Ok,
            Err(error) => {
                let exit = Exit::of(&error);
                tracing::warn!(exit = exit as u8, "stopped");
                self.output.error(&format!("{error:#}"), exit);
                exit
            }
        }
    }

    /// Where the database and its key are.
    pub fn location(&self) -> Result<Location> {
        let paths = self.paths()?;
        Ok(Location { database: paths.database, key_file: paths.key_file })
    }

    /// Opens the database, and says what takes long if anything does.
    ///
    /// # Errors
    /// There is no desk here, or it does not open.
    pub fn open(&mut self, at: &Location) -> Result<Db> {
        let (mut told, output) = (None, &mut self.output);
        Ok(open::open_telling(at, |Building { done, of }| {
            let tenth = done * 10 / of.max(1);
            if told.replace(tenth) != Some(tenth) {
                output.note(format!("building the search index, once: {done} of {of} customers are in"));
            }
        })?)
    }

    /// Opens the database and finds out who acts.
    ///
    /// # Errors
    /// There is no desk here, it does not open, or nobody says who acts.
    pub fn desk(&mut self) -> Result<Desk<'_>> {
        let config = self.config()?;
        let quiet = config.quiet_hours()?;
        let mut db = self.open(&self.location()?)?;
        db.set_quiet(Arc::new(quiet));
        let actor = Actor { confirmed: self.global.yes, ..self.actor(&db)? };
        let numbers = self.credentials(&config, &db).numbers;
        Ok(Desk { db, actor, config, numbers, input: &mut self.input, output: &mut self.output })
    }

    /// Who acts: the user named by `--as` or `CORDBOARD_USER`, else the only one there is.
    ///
    /// # Errors
    /// Nobody is called that, or several could be meant.
    pub fn actor(&self, db: &Db) -> Result<Actor> {
        Ok(who(db, self.global.act_as.as_deref())?.actor(Origin::Command))
    }

    /// The way to the systems outside, and what is missing for it.
    pub fn credentials(&self, config: &Config, db: &Db) -> Credentials {
        self.credential_lookup(config)(db)
    }

    /// The same for later: secrets may be stored while a sync runs.
    pub fn credential_lookup(&self, config: &Config) -> impl Fn(&Db) -> Credentials + use<> {
        let (config, reach) = (config.clone(), self.reach);
        move |db| {
            let stored = |name: &str| secrets::get(db, name).ok().flatten().map(|value| value.to_string());
            Credentials::gather(&config, |name| variable(reach, name), stored)
        }
    }

    /// Where requests may go.
    pub fn reach(&self) -> Guard {
        self.reach
    }
}

/// An open desk and somebody at it.
pub struct Desk<'a> {
    pub db: Db,
    pub actor: Actor,
    pub config: Config,
    /// Ours; the first is the usual sender.
    pub numbers: Vec<E164>,
    pub input: &'a mut Input,
    pub output: &'a mut Output,
}

/// Whom a text or a consent is about: a number, and the customer if exactly one has it.
pub struct Party {
    pub number: E164,
    pub customer: Option<CustomerId>,
}

impl Desk<'_> {
    /// Finds the one customer meant by an id, policy number, master id, phone number or e-mail.
    ///
    /// # Errors
    /// None or several are meant.
    pub fn customer(&self, name: &str) -> Result<CustomerId> {
        let number = self.number(name);
        Ok(customers::resolve(&self.db, &self.actor, name, number.as_ref().map(E164::as_str))?)
    }

    /// Finds the number meant: one given as such, or the mobile of the customer meant.
    ///
    /// # Errors
    /// No such customer, or one without a mobile.
    pub fn party(&self, name: &str) -> Result<Party> {
        if let Some(number) = self.number(name) {
            let customer = match self.customer(name) {
                Ok(customer) => Some(customer),
                // A stranger, or a family on one number: it is the number that is meant.
                Err(error) => match error.downcast_ref::<store::Error>() {
                    Some(store::Error::NotFound { .. } | store::Error::Many { .. }) => None,
                    _ => return Err(error),
                },
            };
            return Ok(Party { number, customer });
        }
        let customer = self.customer(name)?;
        let shown = effective::shown(&self.db, customer)?;
        let mobile = shown.get(Field::Mobile).and_then(|mobile| E164::parse(&mobile.value));
        let number = mobile.ok_or_else(|| {
            let why = format!("{name} has no mobile: capture one with `cordboard update {name} --mobile …`");
            refuse(Exit::NotFound, why)
        })?;
        Ok(Party { number, customer: Some(customer) })
    }

    /// How updates and marks leave.
    pub fn leaving(&self) -> Leaving {
        Leaving { undo: self.undo(), upstream: self.config.upstream.base_url.is_some() }
    }

    /// When texts leave, and until when they are worth sending.
    pub fn window(&self) -> Window {
        let hours = u64::from(self.config.sms.deadline_hours);
        Window { undo: self.undo(), deadline: Duration::from_secs(hours * 3600) }
    }

    /// What is looked at before a text is queued.
    pub fn checks(&self) -> Checks {
        Checks { rules: self.config.lint_rules(), phones: Some(self.config.phone_policy()) }
    }

    /// Who tells a mobile that it was replaced, if the office wants it and has a number to text from.
    pub fn telling(&self) -> Option<Telling> {
        let from = self.numbers.first().filter(|_| self.config.capture.tell_old_mobile)?;
        Some(Telling { from: from.clone(), window: self.window() })
    }

    /// How customers are asked to pay.
    pub fn payments(&self) -> payments::Office {
        payments::Office {
            desk: self.config.desk.name.clone(),
            link: self.config.payment.link.clone(),
            mail: self.config.mail.host.is_some(),
            from: self.numbers.first().cloned(),
            currency: self.config.desk.currency,
            upstream: self.config.upstream.base_url.is_some(),
        }
    }

    fn undo(&self) -> Duration {
        Duration::from_secs(self.config.desk.undo_seconds.into())
    }

    /// As people of the desk's region write it.
    pub fn shown_number(&self, number: &E164) -> String {
        self.config.phone_policy().national(number)
    }

    /// The value of a contact field as people read it.
    pub fn shown(&self, field: Field, value: &str) -> String {
        match (field, E164::parse(value)) {
            (Field::Mobile, Some(number)) => self.shown_number(&number),
            _ => value.to_owned(),
        }
    }

    /// A number as somebody typed it, wherever in the world it is.
    pub fn number(&self, text: &str) -> Option<E164> {
        PhonePolicy { accept: Accept::International, ..self.config.phone_policy() }.accept(text).ok()
    }
}

/// Writes a number the way the master has it.
pub fn mobiles(config: &Config) -> impl Fn(&str) -> String + use<> {
    let (policy, form) = (config.phone_policy(), config.upstream.mobile);
    move |value| match (E164::parse(value), form) {
        (Some(number), MobileForm::National) => policy.national_digits(&number),
        _ => value.to_owned(),
    }
}

/// The demo sees nothing of the environment.
fn variable(reach: Guard, name: &str) -> Option<String> {
    match reach {
        Guard::Anywhere => std::env::var(name).ok(),
        Guard::LoopbackOnly => None,
    }
}

/// The user named by `--as` or `CORDBOARD_USER`, else the only one there is.
fn who(db: &Db, named: Option<&str>) -> Result<users::User> {
    let named = named.filter(|name| !name.trim().is_empty());
    if let Some(name) = named {
        return users::by_name(db, name)?.ok_or_else(|| {
            let everybody = names(&users::all(db).unwrap_or_default());
            refuse(Exit::NotAllowed, format!("nobody here is called \"{name}\": there is {everybody}"))
        });
    }
    let mut active = users::all(db)?;
    active.retain(|user| user.active);
    match active.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(refuse(Exit::Usage, "this desk has no users: set it up again with `cordboard init`")),
        several => {
            let why =
                format!("who are you? Say --as NAME or set CORDBOARD_USER: there is {}", names(several));
            Err(refuse(Exit::Usage, why))
        }
    }
}

fn names(users: &[users::User]) -> String {
    let name = |user: &users::User| format!("{} (#{}, {})", user.name, user.number, user.role.as_str());
    users.iter().filter(|user| user.active).map(name).collect::<Vec<_>>().join(", ")
}
