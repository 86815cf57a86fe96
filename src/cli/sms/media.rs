//! `cordboard sms media`: the pictures and files of a text, fetched because somebody asks (TWS-94). Never
//! by itself: a file from outside is opened by a person who wants it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::cli::output::Output;
use crate::domain::ids::MessageId;
use crate::remote::client::{Client, Limits};
use crate::remote::media::{Fetched, fetch};
use crate::store::media::{self, Part};

/// Twilio takes 5 MB for all files of a text together (FACTS 2).
const LARGEST: usize = 6 << 20;

#[derive(clap::Args)]
pub struct Args {
    /// The text: our id or Twilio's, as `sms list --json` says them
    id: String,
    /// The folder the files are put in; only what they are is said without it
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let reach = context.reach();
        let config = context.config()?;
        let location = context.location()?;
        let db = context.open(&location)?;
        let account = context.credentials(&config, &db).endpoints.twilio;
        drop(db);
        let mut desk = context.desk()?;
        let (message, sid, parts) = media::of(&desk.db, &desk.actor, &self.id)?;
        if parts.is_empty() {
            return Err(refuse(Exit::NotFound, "this text came without pictures or files"));
        }
        let Some(folder) = &self.to else {
            for (at, part) in parts.iter().enumerate() {
                say(desk.output, at, part, None)?;
            }
            return Ok(Exit::Ok);
        };
        let account = account.ok_or_else(|| {
            refuse(Exit::Failure, "no Twilio account is set up: `cordboard doctor` names what is missing")
        })?;
        fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
        let client = Client::with_limits(reach, Limits { body: LARGEST, ..Limits::default() })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        for (at, part) in parts.iter().enumerate() {
            let Some(media) = &part.sid else {
                return Err(refuse(
                    Exit::Failure,
                    "Twilio has not said yet what they are: `cordboard sync`, then again",
                ));
            };
            let fetched = runtime
                .block_on(fetch(&client, &account, &sid, media))
                .map_err(|why| refuse(Exit::Failure, format!("nothing was written: {why}")))?;
            let (path, part) = keep(folder, message, at, &fetched)?;
            media::fetched(&mut desk.db, &desk.actor, clock::now(), message, at, &part)?;
            say(desk.output, at, &part, Some(&path))?;
        }
        Ok(Exit::Ok)
    }
}

/// Writes it under a name of our own: what a stranger calls a file is no name for one here.
fn keep(folder: &Path, message: MessageId, at: usize, fetched: &Fetched) -> Result<(PathBuf, Part)> {
    let id: String = message.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let name = format!("text-{}-{}.{}", &id[id.len().saturating_sub(12)..], at + 1, ending(&fetched.kind));
    let path = folder.join(&name);
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(|why| {
            refuse(Exit::Failure, format!("{}: {why}; nothing was overwritten", path.display()))
        })?;
    file.write_all(&fetched.bytes)
        .and_then(|()| file.sync_all())
        .with_context(|| format!("{}", path.display()))?;
    let size = u64::try_from(fetched.bytes.len()).ok();
    Ok((path, Part { name, kind: fetched.kind.clone(), size, ..Part::default() }))
}

/// Of types that texts carry; anything else is not made to look like something it may not be.
fn ending(kind: &str) -> &'static str {
    match kind {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "video/mp4" => "mp4",
        "video/3gpp" => "3gp",
        "audio/mpeg" => "mp3",
        "audio/amr" => "amr",
        "audio/ogg" => "ogg",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        "text/vcard" | "text/x-vcard" => "vcf",
        "text/calendar" => "ics",
        _ => "bin",
    }
}

fn say(output: &mut Output, at: usize, part: &Part, path: Option<&Path>) -> Result<()> {
    if output.is_json() {
        return output.json(&json!({ "file": at + 1, "type": part.kind, "size": part.size, "path": path }));
    }
    let place = path.map(|path| format!("  {}", path.display())).unwrap_or_default();
    output.line(format!("{}{place}", words(at, part)))
}

fn words(at: usize, part: &Part) -> String {
    let kind = if part.kind.is_empty() { "type not known yet" } else { &part.kind };
    let size = part.size.map(|size| format!("  {size} bytes")).unwrap_or_default();
    format!("{}  {kind}{size}", at + 1)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn tws_94_a_files_name_is_ours_and_says_no_more_than_its_type() {
        let folder = tempfile::tempdir().unwrap();
        let id = MessageId(uuid::Uuid::from_u128(7));
        for (at, (kind, name)) in [
            ("image/jpeg", "text-000000000007-1.jpg"),
            ("text/html", "text-000000000007-2.bin"),
            ("../../etc/passwd", "text-000000000007-3.bin"),
        ]
        .into_iter()
        .enumerate()
        {
            let fetched = Fetched { kind: kind.to_owned(), bytes: vec![1, 2, 3] };
            let (path, part) = keep(folder.path(), id, at, &fetched).unwrap();
            assert_eq!((path, part.size), (folder.path().join(name), Some(3)));
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert!(keep(folder.path(), id, at, &fetched).is_err(), "nothing is overwritten");
        }
    }
}
