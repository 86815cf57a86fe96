//! The stage of the demo: a folder of its own with a desk in it, the cast with its past, a Twilio
//! and an upstream on loopback, and the customers who answer. Nothing of the environment is looked
//! at and nothing outside this machine can be reached.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::cast::{self, KEVINS};
use super::control::Control;
use super::driver::{Driver, Play};
use super::home::{self, Home, Notice, Running};
use super::people::People;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::cli::{Global, clock};
use crate::config::{Config, Paths};
use crate::domain::role::Role;
use crate::files;
use crate::sandbox::{self, Clock, Sandbox, Steps, World};
use crate::store::open::{self, Location};
use crate::store::users::{self, User};
use crate::store::{Db, secrets, templates};

/// A text takes long enough to be watched.
const STEPS: Steps = Steps { sending_ms: 300, sent_ms: 900, final_ms: 2_000, price_ms: 3_000 };

/// Of the office.
const REPLIES: &str = include_str!("../../../assets/demo/replies.toml");

/// How long before the past the office was set up.
const FOUNDED: std::time::Duration = std::time::Duration::from_secs(401 * 24 * 3600);

/// A demo that runs, as one desk sees it. It ends when the desk that started it drops it.
pub struct Stage {
    // In the order in which they have to end.
    _notice: Option<Notice>,
    _driver: Option<Driver>,
    _sandbox: Option<Arc<Sandbox>>,
    control: Control,
    user: User,
    home: Home,
}

impl Stage {
    /// Sets the stage. `who` is a role, a name or a number; an agent unless given.
    ///
    /// # Errors
    /// No folder or port can be had, or there is nobody of that name.
    pub fn start(keep: Option<&Path>, who: Option<&str>) -> Result<Self> {
        Self::start_in(&std::env::temp_dir(), keep, who)
    }

    pub(super) fn start_in(temp: &Path, keep: Option<&Path>, who: Option<&str>) -> Result<Self> {
        let home = match keep {
            Some(path) => Home::kept(path)?,
            None => Home::temporary(temp)?,
        };
        let now = clock::now();
        let setup =
            sandbox::Config { clock: Clock::Real, start: now, steps: STEPS, ..sandbox::Config::honest() };
        let sandbox = Sandbox::start(setup.clone()).context("the sandbox did not start")?;
        let config = settings(&home, &sandbox, &setup)?;
        let location = location(&home)?;
        let mut db = open::create(&location)?;
        let people = People::hire(&mut db, now - FOUNDED)?;
        store_secrets(&mut db, &people, &setup, now)?;
        let replies = files::templates::read(REPLIES, files::templates::Form::Toml)?;
        templates::import(&mut db, &people.admin, now - FOUNDED, true, &replies)?;
        let mut world = World::new(setup);
        db.unseen(|db| cast::play(db, &mut world, &location, &people, &config, now))?;
        let user = person(&db, who)?;

        let play = Play::new(KEVINS, &world.messages());
        *sandbox.world() = world;
        let control = Control { address: sandbox.control_address() };
        let sandbox = Arc::new(sandbox);
        let driver = Driver::start(Arc::clone(&sandbox), play)?;
        let running = Running { home: home.path().to_owned(), control: control.address };
        let notice = Notice::put_up(temp, &running)?;
        Ok(Self {
            _notice: Some(notice),
            _driver: Some(driver),
            _sandbox: Some(sandbox),
            control,
            user,
            home,
        })
    }

    /// Another desk on the demo that this account runs in another terminal.
    ///
    /// # Errors
    /// None runs, or there is nobody of that name.
    pub fn join(who: Option<&str>) -> Result<Self> {
        Self::join_in(&std::env::temp_dir(), who)
    }

    pub(super) fn join_in(temp: &Path, who: Option<&str>) -> Result<Self> {
        let plays = |running: &Running| Control { address: running.control }.is_there();
        let running = home::find(temp, plays).ok_or_else(|| {
            let why = "no demo is running here: start one in another terminal with `cordboard demo`";
            refuse(Exit::NotFound, why)
        })?;
        let home = Home::of_another(running.home);
        let user = person(&open::open(&location(&home)?)?, who)?;
        let control = Control { address: running.control };
        Ok(Self { _notice: None, _driver: None, _sandbox: None, control, user, home })
    }

    /// The folder: what `CORDBOARD_HOME` is elsewhere.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Who sits at this desk first.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// Somebody else sits down, as `:as` says.
    ///
    /// # Errors
    /// There is nobody of that name, or the desk's file cannot be read.
    pub fn seat(&mut self, named: &str) -> Result<()> {
        self.user = person(&open::open(&location(&self.home)?)?, Some(named))?;
        Ok(())
    }

    /// `:offline`, `:online` and `:fault NAME`; can be copied to where they are carried out.
    pub fn control(&self) -> Control {
        self.control
    }

    /// What a command of this desk runs in: settings, credentials and the guard that keeps it here.
    pub fn context(&self) -> Context {
        let global = Global {
            home: Some(self.home().to_owned()),
            act_as: Some(self.user.name.clone()),
            ..Global::default()
        };
        Context::sealed(global, "")
    }

    /// Nothing outside can be reached any more.
    ///
    /// # Errors
    /// The demo has ended.
    pub fn offline(&self) -> Result<()> {
        self.control.offline()
    }

    /// The network is back.
    ///
    /// # Errors
    /// The demo has ended.
    pub fn online(&self) -> Result<()> {
        self.control.online()
    }

    /// Lets something go wrong once; answers with what, as a sentence.
    ///
    /// # Errors
    /// There is no such fault, or the demo has ended.
    pub fn fault(&self, name: &str) -> Result<&'static str> {
        self.control.fault(name)
    }
}

/// Whom `--as` and `:as` mean: the first of a role, or a person by name or number. Nobody named is
/// the agent.
///
/// # Errors
/// There is nobody of that name.
pub fn person(db: &Db, named: Option<&str>) -> Result<User> {
    let named = named.map(str::trim).filter(|name| !name.is_empty()).unwrap_or("agent");
    let mut people = users::all(db)?;
    people.retain(|user| user.active);
    let found = match Role::parse(named) {
        Some(role) => people.iter().find(|user| user.role == role).cloned(),
        None => users::by_name(db, named)?,
    };
    found.ok_or_else(|| {
        let people: Vec<String> =
            people.iter().map(|user| format!("{} ({})", user.role.as_str(), user.name)).collect();
        let why = format!("nobody in the demo is called \"{named}\": there is {}", people.join(", "));
        refuse(Exit::NotAllowed, why)
    })
}

fn location(home: &Home) -> Result<Location> {
    let path = home.path().as_os_str();
    let paths = Paths::find(|name| (name == "CORDBOARD_HOME").then(|| path.to_owned()))?;
    Ok(Location { database: paths.database, key_file: paths.key_file })
}

/// Writes the settings, and reads them as every command will.
fn settings(home: &Home, sandbox: &Sandbox, setup: &sandbox::Config) -> Result<Config> {
    let (url, file) = (sandbox.url(), home.path().join("config.toml"));
    let port = sandbox.mail_address().port();
    let text = format!(
        "# The demo's own settings. Its Twilio and upstream are gone when it ends.\n\n\
         [desk]\nname = \"Demo\"\nundo_seconds = 5\n\n[sms]\nnumbers = {:?}\n\n\
         [twilio]\nbase_url = {url:?}\npoll_seconds = 2\n\n[upstream]\nbase_url = {url:?}\npoll_seconds = 5\n\n\
         [mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"desk@example.com\"\n\n\
         [payment]\nlink = \"https://pay.example.com/?policy={{policy}}&amount={{amount}}&ref={{reference}}\"\n",
        setup.our_numbers
    );
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .and_then(|mut out| out.write_all(text.as_bytes()))
        .with_context(|| format!("{} could not be written", file.display()))?;
    Ok(Config::load(&file)?)
}

fn store_secrets(
    db: &mut Db,
    people: &People,
    setup: &sandbox::Config,
    now: crate::domain::time::Micros,
) -> Result<()> {
    for (name, value) in [
        ("TWILIO_ACCOUNT_SID", &setup.account_sid),
        ("TWILIO_AUTH_TOKEN", &setup.auth_token),
        ("CORDBOARD_UPSTREAM_TOKEN", &setup.upstream_token),
    ] {
        secrets::set(db, &people.admin, now - FOUNDED, name, value)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
