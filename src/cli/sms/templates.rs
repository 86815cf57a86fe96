//! `cordboard sms templates`: saved replies, everybody's and one's own (TWS-91).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::json;

use crate::cli::context::{Context, Desk};
use crate::cli::exit::{Exit, refuse};
use crate::cli::{clock, consent};
use crate::domain::template::{Template, Words};
use crate::files::templates::{self as files, Form};
use crate::store::templates;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the saved replies, everybody's and your own
    List,
    /// Save a reply, such as "Hello {first_name|there}, {amount_due} is due on {due_date:long}."
    Add(Add),
    /// Change a reply
    Edit(Edit),
    /// Take a reply off the list
    Remove(Which),
    /// Take in replies from a TOML or CSV file: those of a known name are changed
    Import(Import),
    /// Write replies to a TOML or CSV file
    Export(Export),
}

#[derive(clap::Args)]
struct Add {
    name: String,
    /// What it says, or `-` for stdin
    #[arg(value_name = "TEXT|-")]
    text: String,
    /// Levels are parted by `/`
    #[arg(long, default_value = "", hide_default_value = true)]
    folder: String,
    /// Two letters such as en or fr; dates are written in it
    #[arg(long, default_value = "", hide_default_value = true)]
    language: String,
    #[arg(long, default_value = "service")]
    purpose: String,
    /// For everybody; admins only
    #[arg(long)]
    shared: bool,
}

#[derive(clap::Args)]
struct Edit {
    #[command(flatten)]
    which: Which,
    /// What it says from now on, or `-` for stdin
    #[arg(long, value_name = "TEXT|-")]
    text: Option<String>,
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    folder: Option<String>,
    #[arg(long)]
    language: Option<String>,
    #[arg(long)]
    purpose: Option<String>,
}

#[derive(clap::Args)]
struct Which {
    /// Its name, FOLDER/NAME or id
    reply: String,
}

#[derive(clap::Args)]
struct Import {
    file: PathBuf,
    /// toml or csv; by the end of FILE unless given
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// For everybody; admins only
    #[arg(long)]
    shared: bool,
}

#[derive(clap::Args)]
struct Export {
    /// The file, or `-` for stdout
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    /// toml or csv; by the end of FILE unless given
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Everybody's in place of your own
    #[arg(long)]
    shared: bool,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        match &self.action {
            Action::List => list(&mut desk)?,
            Action::Add(args) => {
                let words = Words {
                    folder: args.folder.clone(),
                    name: args.name.clone(),
                    language: args.language.clone(),
                    purpose: consent::purpose(&args.purpose)?,
                    body: desk.input.text(&args.text)?,
                };
                let id = templates::add(&mut desk.db, &desk.actor, clock::now(), args.shared, &words)?;
                done(&mut desk, "saved", id, &words)?;
            }
            Action::Edit(args) => edit(&mut desk, args)?,
            Action::Remove(which) => {
                let known = which.find(&desk)?;
                templates::remove(&mut desk.db, &desk.actor, clock::now(), known.id)?;
                done(&mut desk, "removed", known.id, &known.words)?;
            }
            Action::Import(args) => import(&mut desk, args)?,
            Action::Export(args) => export(&mut desk, args)?,
        }
        Ok(Exit::Ok)
    }
}

fn list(desk: &mut Desk<'_>) -> Result<()> {
    let all = templates::list(&desk.db, &desk.actor)?;
    if desk.output.is_json() {
        return all.iter().try_for_each(|Template { id, owner, words, used }| {
            desk.output.json(&json!({
                "id": id, "shared": owner.is_none(), "folder": words.folder, "name": words.name,
                "language": words.language, "purpose": words.purpose.as_str(), "text": words.body, "used": used,
            }))
        });
    }
    let row = |Template { owner, words, used, .. }: &Template| {
        let whose = if owner.is_none() { "shared" } else { "own" };
        vec![
            words.to_string(),
            words.language.clone(),
            whose.to_owned(),
            used.to_string(),
            words.body.clone(),
        ]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    desk.output.table(&["Reply", "", "Whose", "Used", "Text"], &rows)
}

fn edit(desk: &mut Desk<'_>, args: &Edit) -> Result<()> {
    let known = args.which.find(desk)?;
    let mut words = known.words;
    let given = [&args.text, &args.name, &args.folder, &args.language, &args.purpose];
    if given.iter().all(|given| given.is_none()) {
        return Err(refuse(
            Exit::Usage,
            "say what changes: --text, --name, --folder, --language or --purpose",
        ));
    }
    if let Some(text) = &args.text {
        words.body = desk.input.text(text)?;
    }
    if let Some(purpose) = &args.purpose {
        words.purpose = consent::purpose(purpose)?;
    }
    for (field, given) in [
        (&mut words.name, &args.name),
        (&mut words.folder, &args.folder),
        (&mut words.language, &args.language),
    ] {
        if let Some(given) = given {
            field.clone_from(given);
        }
    }
    templates::edit(&mut desk.db, &desk.actor, clock::now(), known.id, &words)?;
    done(desk, "changed", known.id, &words)
}

fn done(desk: &mut Desk<'_>, what: &str, id: crate::domain::ids::TemplateId, words: &Words) -> Result<()> {
    if desk.output.is_json() {
        return desk.output.json(&json!({ "id": id, "name": words.name }));
    }
    desk.output.line(format!("{what}: {words}"))
}

impl Which {
    fn find(&self, desk: &Desk<'_>) -> Result<Template> {
        let wanted = self.reply.trim();
        let fits = |template: &Template| {
            let words = &template.words;
            template.id.to_string() == wanted
                || words.name.eq_ignore_ascii_case(wanted)
                || words.to_string().eq_ignore_ascii_case(wanted)
        };
        let mut found = templates::list(&desk.db, &desk.actor)?;
        found.retain(fits);
        match <[Template; 1]>::try_from(found) {
            Ok([only]) => Ok(only),
            Err(none) if none.is_empty() => Err(refuse(
                Exit::NotFound,
                format!("there is no reply called \"{wanted}\": see `sms templates list`"),
            )),
            Err(several) => {
                let why = format!(
                    "{} replies are called \"{wanted}\": name one by its id, as --json lists it",
                    several.len()
                );
                Err(refuse(Exit::Usage, why))
            }
        }
    }
}

fn form(given: Option<&str>, file: &Path) -> Result<Form> {
    let end = file.extension().map(|end| end.to_string_lossy().into_owned());
    let word = given.map(str::to_owned).or(end).unwrap_or_default();
    let none =
        || refuse(Exit::Usage, "which format? Name a file that ends in .toml or .csv, or say --format");
    Form::parse(&word).ok_or_else(none)
}

fn import(desk: &mut Desk<'_>, args: &Import) -> Result<()> {
    let form = form(args.format.as_deref(), &args.file)?;
    let text =
        fs::read_to_string(&args.file).with_context(|| format!("{} cannot be read", args.file.display()))?;
    let all = files::read(&text, form)
        .map_err(|why| refuse(Exit::Usage, format!("{}: {why}", args.file.display())))?;
    let done = templates::import(&mut desk.db, &desk.actor, clock::now(), args.shared, &all)?;
    if desk.output.is_json() {
        return desk
            .output
            .json(&json!({ "added": done.added, "changed": done.changed, "unchanged": done.unchanged }));
    }
    desk.output
        .line(format!("{} added, {} changed, {} as they were", done.added, done.changed, done.unchanged))
}

fn export(desk: &mut Desk<'_>, args: &Export) -> Result<()> {
    let stdout = args.file.as_os_str() == "-";
    let form =
        if stdout && args.format.is_none() { Form::Toml } else { form(args.format.as_deref(), &args.file)? };
    let mut all = templates::list(&desk.db, &desk.actor)?;
    all.retain(|template| template.owner.is_none() == args.shared);
    let words: Vec<Words> = all.into_iter().map(|template| template.words).collect();
    if stdout {
        return Ok(files::write(desk.output.raw(), form, &words)?);
    }
    let mut out = Vec::new();
    files::write(&mut out, form, &words)?;
    fs::write(&args.file, out).with_context(|| format!("{} cannot be written", args.file.display()))?;
    let plural = if words.len() == 1 { "y" } else { "ies" };
    desk.output.line(format!("{} repl{plural} in {}", words.len(), args.file.display()))
}
