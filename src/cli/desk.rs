//! `cordboard` alone: the desk on this terminal, and the first start where there is none yet.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use uuid::Uuid;

use super::context::{Context, Desk, mobiles};
use super::exit::{Exit, refuse};
use super::{clock, demo, engine, init};
use crate::config::Approval;
use crate::config::{Config, Palette, Paths, forms};
use crate::domain::form::Forms;
use crate::domain::role::{Actor, Origin, Role};
use crate::domain::time::Micros;
use crate::domain::wording;
use crate::store::open::Location;
use crate::store::threads::Store;
use crate::sync::task::Until;
use crate::tui::keymap::Keymap;
use crate::tui::model::{Model, Settings};
use crate::tui::msg::{self, Msg, Tone};
use crate::tui::record::Recorder;
use crate::tui::runner::{Demo, Office, Runner};
use crate::tui::screens::Screen;
use crate::tui::screens::ask::AskBox;
use crate::tui::screens::welcome::Welcome;
use crate::tui::strip::Strip;
use crate::tui::theme::Theme;
use crate::tui::{self, Ended};

/// What a desk is opened with beside its files.
#[derive(Default)]
pub struct Options {
    /// Keep a recording here.
    pub record: Option<PathBuf>,
    /// Carries out the demo's commands.
    pub demo: Option<Demo>,
    /// The demo's tasks, as far as they are done.
    pub strip: Option<Strip>,
}

/// Opens the desk; without one, the first start.
///
/// # Errors
/// There is no terminal, the database does not open, or nobody says who acts.
pub fn run(context: &mut Context, options: Options) -> Result<Exit> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        let why = "the desk needs a terminal: start cordboard in one, over SSH with `ssh -t`; for scripts \
                   see `cordboard --help`";
        return Err(refuse(Exit::Usage, why));
    }
    let location = context.location()?;
    if !location.database.exists() {
        return first_start(context, options);
    }
    match open_desk(context, &location, options)?.0 {
        Ended::By(_) => Ok(Exit::Ok),
        Ended::From(why) => Ok(Exit::of_desk(why)),
    }
}

/// Runs a desk to its end. The demo runs it again as somebody else.
///
/// # Errors
/// See [`run`].
pub fn open_desk(
    context: &mut Context,
    location: &Location,
    options: Options,
) -> Result<(Ended, Option<Strip>)> {
    let paths = context.paths()?;
    let (mut config, fault) = match context.config() {
        Ok(config) => (config, None),
        // The desk runs on with the defaults and says so.
        Err(why) => (Config::default(), Some(("The configuration is not used", format!("{why:#}")))),
    };
    let (forms, fault) = match config.forms() {
        Ok(forms) => (forms, fault),
        Err(why) => (forms::shipped(), fault.or(Some(("The office's forms are not used", why.to_string())))),
    };
    let (quiet, fault) = match config.quiet_hours() {
        Ok(rules) => (rules, fault),
        Err(why) => {
            config.sms.quiet_hours = None;
            let why = ("The office's quiet hours are not used, the program's are", why.to_string());
            (config.quiet_hours()?, fault.or(Some(why)))
        }
    };
    let db = context.open(location)?;
    let actor = Actor { origin: Origin::Desk, ..context.actor(&db)? };
    let plan = engine::plan(context, &config, location, &db)?;
    let numbers = context.credentials(&config, &db).numbers;
    let desk = Desk { db, actor, config, numbers, input: &mut context.input, output: &mut context.output };
    let (keymap, wrong) = Keymap::new(&desk.config.keys);
    let settings = settings(&desk, keymap, forms, &paths, options.demo.is_some());
    let office = office(&desk)?;
    let mut model = Model::new(desk.actor.clone(), settings, clock::now(), 0, (80, 24));
    model.strip = options.strip;
    if let Some((title, why)) = fault {
        let lines: Vec<&str> = why.lines().collect();
        let box_ = AskBox::new("config", title, &lines, &["Go on with the defaults"]);
        model.stack.push(Screen::Ask(box_));
    }
    let recorder = options.record.as_deref().map(recorder).transpose()?;
    let store = Arc::new(Store::open_with(location, Arc::new(quiet))?);
    drop(desk);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(async {
        let (to, inbox) = tui::channel();
        for why in wrong {
            let _ = to.send(Msg::Say(Tone::Bad, why));
        }
        let runner = Runner::new(office, store, to.clone(), options.demo);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let sync = tokio::spawn(async move {
            let stopped = async move { drop(stopped.await) };
            let opened = tokio::task::spawn_blocking(|| plan.open()).await.map_err(Into::into).flatten();
            let ended = match opened {
                Ok(task) => task.run(Until::Stopped, stopped, || {}).await.map(drop).map_err(Into::into),
                Err(why) => Err(why),
            };
            if let Err(why) = ended {
                tracing::warn!(%why, "sync ended");
                let _ = to.send(Msg::Say(Tone::Bad, format!("Nothing leaves this desk: {why:#}.")));
            }
        });
        let ended =
            tui::run(model, Some(runner), inbox, clock::now, recorder, std::env::current_exe().ok()).await;
        // What is under way gets a moment; what is not told now is found out by the next start.
        drop(stop);
        let _ = tokio::time::timeout(FAREWELL, sync).await;
        ended
    });
    runtime.shutdown_timeout(FAREWELL);
    ended.context("the terminal")
}

/// How long replies under way are waited for.
const FAREWELL: std::time::Duration = std::time::Duration::from_millis(1500);

fn recorder(path: &Path) -> Result<Recorder> {
    Recorder::create(path).with_context(|| format!("{} could not be made", path.display()))
}

fn settings(desk: &Desk<'_>, keymap: Keymap, forms: Forms, paths: &Paths, demo: bool) -> Settings {
    let config = &desk.config;
    Settings {
        policy: config.phone_policy(),
        numbers: desk.numbers.clone(),
        purpose: config.sms.purpose,
        currency: config.desk.currency,
        undo_seconds: config.desk.undo_seconds,
        upstream: config.upstream.base_url.is_some(),
        keymap,
        theme: theme(config.desk.palette),
        ascii: !speaks_utf8(),
        demo,
        exports: config.desk.exports.clone().unwrap_or_else(|| paths.data_dir.join("exports")),
        wording: wording::VOICE.to_owned(),
        forms,
        alphabet: config.capture.alphabet,
        verified_by: config.capture.verified_by.clone(),
        must_verify: config.capture.must_verify,
        lint: config.lint_rules(),
        prices: config.prices.clone(),
    }
}

/// `NO_COLOR` overrules the setting.
pub fn theme(palette: Palette) -> Theme {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Theme { palette: if plain { Palette::None } else { palette } }
}

/// By the locale, as every terminal program decides it; the Linux console draws few signs.
fn speaks_utf8() -> bool {
    let set =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
    let locale = set.map(|value| value.to_string_lossy().to_lowercase()).unwrap_or_default();
    locale.contains("utf-8") || locale.contains("utf8")
}

fn office(desk: &Desk<'_>) -> Result<Office> {
    let mobile = mobiles(&desk.config);
    let forms = desk.config.forms()?;
    Ok(Office {
        actor: desk.actor.clone(),
        clock: clock::now,
        leaving: desk.leaving(),
        window: desk.window(),
        checks: desk.checks(),
        numbers: desk.numbers.clone(),
        mobile: Arc::new(mobile),
        must_verify: desk.config.capture.must_verify,
        tell_old: desk.telling(),
        desk: desk_id(clock::now()),
        policy: desk.config.phone_policy(),
        currency: desk.config.desk.currency,
        payments: desk.payments(),
        is_sensitive: Arc::new(move |key| forms.is_sensitive(key)),
        approval: desk.config.updates.approval == Approval::Required,
        purpose: desk.config.sms.purpose,
        at_once: desk.config.sms.at_once as usize,
    })
}

/// Names this running screen among the others; it means nothing afterwards.
fn desk_id(now: Micros) -> Uuid {
    let high = u128::try_from(now.0).unwrap_or(0);
    Uuid::from_u128(high << 64 | u128::from(std::process::id()))
}

/// A welcome where there is no desk yet: the demo, or a few fields.
fn first_start(context: &mut Context, options: Options) -> Result<Exit> {
    let nobody = Actor { role: Role::Admin, ..Actor::machine() };
    let config = context.config()?;
    let settings = Settings {
        policy: config.phone_policy(),
        numbers: Vec::new(),
        purpose: config.sms.purpose,
        currency: config.desk.currency,
        undo_seconds: config.desk.undo_seconds,
        upstream: false,
        keymap: Keymap::new(&config.keys).0,
        theme: theme(config.desk.palette),
        ascii: !speaks_utf8(),
        demo: false,
        exports: PathBuf::new(),
        wording: wording::VOICE.to_owned(),
        forms: forms::shipped(),
        lint: config.lint_rules(),
        prices: config.prices,
        alphabet: config.capture.alphabet,
        verified_by: config.capture.verified_by,
        must_verify: config.capture.must_verify,
    };
    let mut model = Model::new(nobody, settings, clock::now(), 0, (80, 24));
    model.stack = vec![Screen::Welcome(Welcome::new())];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let (_to, inbox) = tui::channel();
        tui::run(model, None, inbox, clock::now, None, std::env::current_exe().ok()).await
    });
    match ended.context("the terminal")?.0 {
        Ended::By(msg::Exit::TryDemo) => demo::Args::default().run(context),
        Ended::By(msg::Exit::SetUp(fields)) => {
            init::set_up(context, &fields)?;
            run(context, options)
        }
        Ended::By(_) => Ok(Exit::Ok),
        Ended::From(why) => Ok(Exit::of_desk(why)),
    }
}
