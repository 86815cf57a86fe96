//! Customers into a file in the background, for whoever does something else meanwhile and may leave.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::export::{self, Choice, ExportError, Form};
use super::place::{Part, PlaceError};
use crate::domain::role::Actor;
use crate::domain::time::Micros;
use crate::store::export::{Left, left};
use crate::store::{self, Db};

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum OutgoError {
    #[error("{0}")]
    Store(#[from] store::Error),
    #[error("{0}")]
    Place(#[from] PlaceError),
    #[error("{0}")]
    Choice(String),
}

/// Writes a new file, whose folder is made; answers with how many are in it, and where it is. What is
/// not written to its end when `stop` says so leaves nothing behind.
///
/// # Errors
/// The actor may not, the choice means nothing, a file is there already, or the disk refuses.
pub fn write(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    choice: &Choice,
    form: Form<'_>,
    path: &Path,
    stop: &AtomicBool,
) -> Result<(u64, PathBuf), OutgoError> {
    if let Some(folder) = path.parent() {
        // If it cannot be made, the file says so.
        let _ = std::fs::create_dir_all(folder);
    }
    let mut part = Part::new(path, false)?;
    let written = export::customers(db, actor, choice, form, &mut Until { part: &mut part, stop }, |_| {});
    let rows = match written {
        Ok(rows) => rows,
        Err(ExportError::Write(why)) => return Err(part.failed(why).into()),
        Err(ExportError::Store(why)) => return Err(why.into()),
        Err(ExportError::Choice(why)) => return Err(OutgoError::Choice(why)),
    };
    part.sync()?;
    let to = part.path().display().to_string();
    let filter = json!({ "where": choice.whom.line });
    left(db, actor, now, &Left { what: "customers", format: form.format.as_str(), rows, filter, to: &to })?;
    Ok((rows, part.keep()?))
}

/// Takes no more once it is to stop.
struct Until<'a> {
    part: &'a mut Part,
    stop: &'a AtomicBool,
}

impl Write for Until<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("the desk was left"));
        }
        self.part.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.part.flush()
    }
}
