//! `cordboard init`: sets up a desk: a configuration file, a key, an empty database, the first admin.
//! It asks at a terminal and takes flags anywhere; nothing that exists is ever overwritten.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::clock;
use super::context::Context;
use super::exit::{Exit, refuse};
use crate::config::Config;
use crate::domain::money::Currency;
use crate::store::open::{Location, OpenError};
use crate::store::users::User;
use crate::store::{self, open, users};
use crate::tui::msg::SetUp;

#[derive(clap::Args)]
pub struct Args {
    /// The country whose numbers are written without a country code, such as MU
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The currency of amounts written without one, such as MUR; the country's unless given
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// One of our own numbers at Twilio, such as +12025550143; may be given several times
    #[arg(long = "number", value_name = "NUMBER")]
    numbers: Vec<String>,
    /// Where contact updates go, or none
    #[arg(long, value_name = "URL|none")]
    upstream: Option<String>,
    /// The name of the first admin
    #[arg(long, value_name = "NAME")]
    admin: Option<String>,
    /// The number the master system knows the admin by
    #[arg(long, value_name = "N")]
    admin_number: Option<i64>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let (user, file, location) = self.found(context)?;
        if context.output.is_json() {
            context.output.json(&json!({
                "config": file.to_string_lossy(), "database": location.database.to_string_lossy(),
                "key": location.key_file.to_string_lossy(), "admin": user.name, "number": user.number,
            }))?;
            return Ok(Exit::Ok);
        }
        let output = &mut context.output;
        output.line(format!("The desk is ready. {} (#{}) is its admin.", user.name, user.number))?;
        output.line(format!("  settings  {}", file.display()))?;
        output.line(format!("  database  {}", location.database.display()))?;
        output.line(format!("  key       {}: keep a copy in a safe place", location.key_file.display()))?;
        output.line(
            "Next: `cordboard customers import FILE`, `cordboard users add NAME --number N`, and for",
        )?;
        output.line(
            "texts `cordboard secret set TWILIO_ACCOUNT_SID` and `cordboard secret set TWILIO_AUTH_TOKEN`.",
        )?;
        Ok(Exit::Ok)
    }

    /// Makes the files and the first admin.
    fn found(&self, context: &mut Context) -> Result<(User, PathBuf, Location)> {
        let file = context.paths()?.config_file;
        let location = context.location()?;
        if location.database.exists() && !users::all(&open::open(&location)?)?.is_empty() {
            return Err(store::Error::from(OpenError::Exists(location.database)).into());
        }
        let settings = self.settings(context, &file)?;
        let (admin, number) = self.founder(context)?;
        if let Some(text) = &settings {
            write_new(&file, text).with_context(|| format!("{} could not be written", file.display()))?;
        }
        // Cut short before it had an admin, a desk is finished here.
        let mut db =
            if location.database.exists() { open::open(&location)? } else { open::create(&location)? };
        let user = users::found(&mut db, clock::now(), number, &admin)?;
        Ok((user, file, location))
    }

    /// The text of a new configuration file, checked; `None` if there is one already, which then
    /// holds.
    fn settings(&self, context: &mut Context, file: &Path) -> Result<Option<String>> {
        if file.exists() {
            let flags = [&self.region, &self.currency, &self.upstream];
            if flags.iter().any(|flag| flag.is_some()) || !self.numbers.is_empty() {
                let why = format!(
                    "{} is there already: change the settings in it, or move it away",
                    file.display()
                );
                return Err(refuse(Exit::Usage, why));
            }
            context.config()?;
            return Ok(None);
        }
        let usual = Config::default();
        let region =
            or_ask(context, &self.region, "Country of your numbers", &usual.desk.region.to_string())?;
        let usual = usual_currency(&region);
        if usual.is_none() && self.currency.is_none() && !context.input.is_terminal {
            let why = format!("--currency CODE is missing: what are amounts in {region} in, such as EUR?");
            return Err(refuse(Exit::Usage, why));
        }
        let currency = or_ask(context, &self.currency, "Currency", &usual.unwrap_or_default())?;
        let numbers = match self.numbers.as_slice() {
            [] => or_ask(context, &None, "Your number at Twilio, such as +12025550143, or nothing yet", "")?,
            given => given.join(","),
        };
        let numbers: Vec<&str> =
            numbers.split(',').map(str::trim).filter(|number| !number.is_empty()).collect();
        let upstream = or_ask(context, &self.upstream, "Address of the upstream system", "none")?;
        let text = format!(
            "# Settings of this desk; what is not here has its default. `cordboard config show` lists all.\n\n\
             [desk]\nregion = {}\ncurrency = {}\n\n[sms]\nnumbers = {}\n\n[upstream]\nbase_url = {}\n",
            json!(region.to_uppercase()),
            json!(currency.to_uppercase()),
            json!(numbers),
            json!(upstream),
        );
        Config::parse(&text, file)?;
        Ok(Some(text))
    }

    fn founder(&self, context: &mut Context) -> Result<(String, i64)> {
        if self.admin.is_none() && !context.input.is_terminal {
            return Err(refuse(
                Exit::Usage,
                "--admin NAME is missing: who is the first admin, such as \"S. Lee\"?",
            ));
        }
        let admin = or_ask(context, &self.admin, "Your name, as the first admin", "")?;
        let number = self.admin_number.map(|number| number.to_string());
        let number = or_ask(context, &number, "Your number in the master system", "1")?;
        let number = number.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
            refuse(Exit::Usage, format!("\"{number}\" is not a whole number from 1, such as 24"))
        })?;
        if admin.trim().is_empty() {
            return Err(refuse(Exit::Usage, "the first admin needs a name, such as \"S. Lee\""));
        }
        Ok((admin, number))
    }
}

/// What the first start on a screen asked for, carried out as the command does it.
///
/// # Errors
/// See [`Args::run`].
pub fn set_up(context: &mut Context, fields: &SetUp) -> Result<()> {
    let args = Args {
        region: Some(fields.region.clone()),
        currency: Some(fields.currency.clone()),
        // Given, if only as none: nothing is asked behind the screen.
        numbers: vec![fields.sender.trim().to_owned()],
        upstream: Some(fields.upstream.clone()),
        admin: Some(fields.admin.clone()),
        admin_number: Some(fields.number),
    };
    let file = context.paths()?.config_file;
    if file.exists() {
        // The settings that are there hold.
        Args { region: None, currency: None, numbers: Vec::new(), upstream: None, ..args }.found(context)?;
    } else {
        args.found(context)?;
    }
    Ok(())
}

/// The currency of a country; none if we do not know it. A country that is none is refused later.
fn usual_currency(region: &str) -> Option<String> {
    match region.to_uppercase().parse() {
        Ok(region) => Currency::of(region).map(|currency| currency.to_string()),
        Err(_) => Some(Currency::MUR.to_string()),
    }
}

/// The flag, or the answer at a terminal, or what is usual.
fn or_ask(context: &mut Context, flag: &Option<String>, question: &str, usual: &str) -> Result<String> {
    match flag {
        Some(given) => Ok(given.clone()),
        None if context.input.is_terminal => {
            let Context { input, output, .. } = context;
            input.ask(output, question, usual)
        }
        None => Ok(usual.to_owned()),
    }
}

/// Only this account may read it; another process that was quicker wins.
fn write_new(file: &Path, text: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    out.write_all(text.as_bytes())?;
    Ok(out.sync_all()?)
}
