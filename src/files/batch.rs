//! Writes a batch with NIC's columns, as CSV or as a workbook, for the admin who enters it into the master. The file
//! is on disk before the batch is committed, and has its name only afterwards: a crash leaves
//! either no batch, or one that can be written again, byte for byte.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::export::Format;
use super::sheet::Rows;
use super::updates::{self, UpdateRow};
use crate::domain::role::Actor;
use crate::domain::shown::Batch;
use crate::domain::time::Micros;
use crate::domain::update::{Field, Status};
use crate::store::batches::{self, BatchLine};
use crate::store::{self, Db};

/// Why a batch was not written.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    #[error("{0}")]
    Store(#[from] store::Error),
    #[error("{0} exists already and is left as it is: choose another name")]
    Exists(PathBuf),
    #[error("{path} could not be written: {why}", path = .path.display())]
    Io { path: PathBuf, why: io::Error },
    #[error(
        "batch {number} is made, but its file is missing: {why}; write it again with \
         `cordboard updates export --batch {number} --output FILE`"
    )]
    Unplaced { number: i64, why: Box<BatchError> },
}

/// Makes a batch of the chosen updates and writes it to `place`: a new file, or a folder, where it
/// becomes `batch-N.csv`. The end of a file's name says how it is written, unless `format` does. Answers with the batch and its file. `mobile` writes a number the way the
/// master has it.
///
/// # Errors
/// The file exists, the disk refuses, or see [`batches::create`]. Only where it says so is there a
/// batch all the same.
pub fn make(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    seqs: &[i64],
    (place, format): (&Path, Option<Format>),
    mobile: impl Fn(&str) -> String,
) -> Result<(Batch, PathBuf), BatchError> {
    let mut part = None;
    let made = batches::create_after(db, actor, now, seqs, |batch, lines| {
        let written = part.insert(Part::new(place, format, batch.number)?);
        written.write(lines, &mobile)
    });
    match (made, part) {
        (Ok(batch), Some(part)) => match part.keep() {
            Ok(path) => Ok((batch, path)),
            Err(why) => Err(BatchError::Unplaced { number: batch.number, why: Box::new(why) }),
        },
        (made, part) => {
            if let Some(part) = part {
                part.discard();
            }
            // Without a part nothing was made.
            made.map(|batch| (batch, place.to_owned()))
        }
    }
}

/// Writes a batch that is there already once more: the same bytes, whatever has happened since.
///
/// # Errors
/// No such batch, the file exists, the disk refuses, or not an admin.
pub fn export(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    number: i64,
    (place, format): (&Path, Option<Format>),
    mobile: impl Fn(&str) -> String,
) -> Result<PathBuf, BatchError> {
    let lines = batches::lines(db, actor, number)?;
    let part = Part::new(place, format, number)?;
    let path = match part.write(&lines, &mobile) {
        Ok(()) => part.keep()?,
        Err(why) => {
            part.discard();
            return Err(why);
        }
    };
    batches::written_again(db, actor, now, number, &path.display().to_string())?;
    Ok(path)
}

/// The rows of a batch as NIC's export has them: one per update, with the fields it is entered
/// with. The state is that of the moment the batch was made.
pub fn rows(lines: &[BatchLine], mobile: impl Fn(&str) -> String) -> Vec<UpdateRow> {
    lines
        .chunk_by(|one, other| one.update == other.update)
        .map(|fields| {
            let first = &fields[0];
            let mut row = UpdateRow {
                id: Some(first.update),
                customer_id: first.customer_id.clone(),
                policy_number: first.policy_number.clone(),
                customer_name: first.customer_name.clone(),
                update_reason: first.reason.label().to_owned(),
                notes: Some(first.notes.clone()).filter(|notes| !notes.is_empty()),
                agent_id: first.agent_number,
                agent_name: first.agent_name.clone(),
                captured_at: first.captured_at.rfc3339(),
                status: Status::Pending.as_str().to_owned(),
                ..UpdateRow::default()
            };
            for line in fields {
                match line.field {
                    Field::Mobile => {
                        row.old_mobile = line.base.as_deref().map(&mobile);
                        row.new_mobile = Some(mobile(&line.value));
                    }
                    Field::Email => {
                        row.old_email = line.base.clone();
                        row.new_email = Some(line.value.clone());
                    }
                }
            }
            row
        })
        .collect()
}

/// What has no rows is no form of a batch.
pub fn form(format: Option<Format>) -> Rows {
    match format {
        Some(Format::Xlsx) => Rows::Xlsx,
        Some(Format::JsonLines) => Rows::JsonLines,
        _ => Rows::Csv { guarded: false },
    }
}

/// A file under a name that nobody looks at, until it is whole.
struct Part {
    path: PathBuf,
    part: PathBuf,
    form: Rows,
}

impl Part {
    /// The number in its name keeps two batches that are written at once apart.
    fn new(place: &Path, format: Option<Format>, number: i64) -> Result<Self, BatchError> {
        let ending = format.unwrap_or(Format::Csv).as_str();
        let path =
            if place.is_dir() { place.join(format!("batch-{number}.{ending}")) } else { place.to_owned() };
        if path.symlink_metadata().is_ok() {
            return Err(BatchError::Exists(path));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let part = path.with_file_name(format!(".{name}.{number}.part"));
        let form = form(format.or_else(|| Format::of_name(&name)));
        Ok(Self { path, part, form })
    }

    fn write(&self, lines: &[BatchLine], mobile: impl Fn(&str) -> String) -> Result<(), BatchError> {
        let write = || -> io::Result<()> {
            let file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&self.part)?;
            let mut out = BufWriter::new(file);
            updates::write(&mut out, self.form, rows(lines, mobile).into_iter())?;
            out.flush()?;
            out.get_ref().sync_all()
        };
        write().map_err(|why| self.refused(why))
    }

    /// Gives it its name, unless somebody has taken that meanwhile.
    fn keep(self) -> Result<PathBuf, BatchError> {
        // Unlike a rename, a second name never takes the place of a file.
        let named = match fs::hard_link(&self.part, &self.path) {
            Err(why) if why.kind() != io::ErrorKind::AlreadyExists && !self.path.exists() => {
                // Some file systems know no second names.
                fs::rename(&self.part, &self.path)
            }
            other => other,
        };
        if let Err(why) = named {
            let why = match why.kind() {
                io::ErrorKind::AlreadyExists => BatchError::Exists(self.path.clone()),
                _ => self.refused(why),
            };
            self.discard();
            return Err(why);
        }
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        let (path, refused) = (self.path.clone(), synced.map_err(|why| self.refused(why)));
        self.discard();
        refused.map(|()| path)
    }

    /// It may not be there at all; what is left of it helps nobody.
    fn discard(self) {
        let _ = fs::remove_file(&self.part);
    }

    fn refused(&self, why: io::Error) -> BatchError {
        BatchError::Io { path: self.path.clone(), why }
    }
}

#[cfg(test)]
mod tests;
