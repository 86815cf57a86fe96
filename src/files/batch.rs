//! Writes a batch as CSV with NIC's columns, for the admin who enters it into the master. The file
//! is on disk before the batch is committed, and has its name only afterwards: a crash leaves
//! either no batch, or one that can be written again, byte for byte.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::updates::{UpdateRow, write_csv};
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
/// becomes `batch-N.csv`. Answers with the batch and its file. `mobile` writes a number the way the
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
    place: &Path,
    mobile: impl Fn(&str) -> String,
) -> Result<(Batch, PathBuf), BatchError> {
    let mut part = None;
    let made = batches::create_after(db, actor, now, seqs, |batch, lines| {
        let written = part.insert(Part::new(place, batch.number)?);
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
    place: &Path,
    mobile: impl Fn(&str) -> String,
) -> Result<PathBuf, BatchError> {
    let lines = batches::lines(db, actor, number)?;
    let part = Part::new(place, number)?;
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

/// A file under a name that nobody looks at, until it is whole.
struct Part {
    path: PathBuf,
    part: PathBuf,
}

impl Part {
    /// The number in its name keeps two batches that are written at once apart.
    fn new(place: &Path, number: i64) -> Result<Self, BatchError> {
        let path = if place.is_dir() { place.join(format!("batch-{number}.csv")) } else { place.to_owned() };
        if path.symlink_metadata().is_ok() {
            return Err(BatchError::Exists(path));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let part = path.with_file_name(format!(".{name}.{number}.part"));
        Ok(Self { path, part })
    }

    fn write(&self, lines: &[BatchLine], mobile: impl Fn(&str) -> String) -> Result<(), BatchError> {
        let write = || -> io::Result<()> {
            let file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&self.part)?;
            let mut out = BufWriter::new(file);
            write_csv(&mut out, rows(lines, mobile).into_iter())?;
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
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;
    use crate::domain::customer::{NewCustomer, NewEmail, NewPhone};
    use crate::domain::email::Email;
    use crate::domain::phone::{Accept, E164, PhonePolicy, Region};
    use crate::domain::role::Origin;
    use crate::domain::update::Form;
    use crate::store::open::{Location, create};
    use crate::store::updates::{Capture, Leaving};
    use crate::store::{customers, effective, updates, users};

    const NOW: Micros = Micros::from_secs(1_767_225_600);
    const LEAVING: Leaving = Leaving { undo: std::time::Duration::from_secs(5), upstream: false };

    struct Desk {
        db: Db,
        admin: Actor,
        folder: TempDir,
    }

    impl Desk {
        /// Kevin has a new e-mail, then a new mobile, then a newer one.
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            let mut db = create(&Location { database: path("desk.db"), key_file: path("desk.key") }).unwrap();
            let admin = users::found(&mut db, NOW, 1, "S. Lee").unwrap().actor(Origin::Command);
            let phone = E164::parse("+23057372333").unwrap();
            let email = Email::parse("kevin@example.com").unwrap();
            let kevin = NewCustomer {
                name: "Kevin Anderson Curepipe".into(),
                policy_number: Some("LIB/C7013".into()),
                master_id: Some("7013".into()),
                phones: vec![NewPhone { label: "mobile".into(), value: phone, raw: "57372333".into() }],
                emails: vec![NewEmail {
                    label: "email".into(),
                    value: email,
                    raw: "kevin@example.com".into(),
                }],
                ..NewCustomer::default()
            };
            customers::import(&mut db, &admin, NOW, &[kevin]).unwrap();
            let mut desk = Self { db, admin, folder };
            desk.capture("5844 0010", "new@example.com");
            desk.capture("5844 0011", "");
            desk
        }

        fn capture(&mut self, mobile: &str, email: &str) {
            let policy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };
            let new = Form { mobile, email, reason: "gave", notes: "said so" }.check(&policy).unwrap();
            let customer = customers::resolve(&self.db, &self.admin, "LIB/C7013", None).unwrap();
            let about =
                Capture { shown: effective::shown(&self.db, customer).unwrap(), ..Capture::default() };
            updates::capture(&mut self.db, &self.admin, NOW, customer, &new, &about, LEAVING).unwrap();
        }

        fn make(&mut self, seqs: &[i64], place: &Path) -> Result<(Batch, PathBuf), BatchError> {
            make(&mut self.db, &self.admin, NOW, seqs, place, national)
        }

        fn batches(&self) -> usize {
            batches::list(&self.db, &self.admin).unwrap().len()
        }

        fn files(&self) -> Vec<String> {
            let names = fs::read_dir(self.folder.path()).unwrap();
            let mut names: Vec<String> =
                names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
            names.retain(|name| !name.starts_with("desk."));
            names.sort();
            names
        }
    }

    fn national(value: &str) -> String {
        value.trim_start_matches("+230").to_owned()
    }

    #[test]
    fn nic_95_a_row_has_nics_columns_and_every_field_its_line() {
        let mut desk = Desk::new();
        let path = desk.folder.path().join("updates.csv");
        let (batch, written) = desk.make(&[1, 2], &path).unwrap();
        assert_eq!((batch.number, batch.lines, batch.updates, &written), (1, 2, vec![1, 2], &path));
        let text = fs::read_to_string(&path).unwrap();
        let common = "7013,LIB/C7013,Kevin Anderson Curepipe";
        let rest = "Customer provided new contact,said so,1,S. Lee,2026-01-01T00:00:00.000Z,pending,,";
        let rows: Vec<&str> = text.split("\r\n").skip(1).collect();
        assert_eq!(
            rows,
            [
                format!("1,{common},,,kevin@example.com,new@example.com,{rest}"),
                format!("2,{common},57372333,58440011,,,{rest}"),
                String::new(),
            ]
        );
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(desk.files(), ["updates.csv"], "nothing is left beside it");
    }

    #[test]
    fn nic_95_a_batch_can_be_written_again_byte_for_byte() {
        let mut desk = Desk::new();
        let folder = desk.folder.path().to_owned();
        let (_, first) = desk.make(&[2], &folder).unwrap();
        assert_eq!(first, folder.join("batch-1.csv"));
        batches::mark(&mut desk.db, &desk.admin, NOW, 1, LEAVING).unwrap();
        desk.capture("5844 0012", "");
        let again = export(&mut desk.db, &desk.admin, NOW, 1, &folder.join("again.csv"), national).unwrap();
        assert_eq!(fs::read(first).unwrap(), fs::read(again).unwrap());
    }

    #[test]
    fn what_is_there_is_never_overwritten_and_no_batch_is_made() {
        let mut desk = Desk::new();
        let path = desk.folder.path().join("updates.csv");
        fs::write(&path, "mine").unwrap();
        assert!(matches!(desk.make(&[1, 2], &path), Err(BatchError::Exists(_))));
        assert!(matches!(desk.make(&[1, 2], Path::new("/nowhere/x.csv")), Err(BatchError::Io { .. })));
        assert!(matches!(desk.make(&[99], &desk.folder.path().join("b.csv")), Err(BatchError::Store(_))));
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), desk.batches()), ("mine", 0));
        assert_eq!(desk.files(), ["updates.csv"]);
        desk.make(&[1, 2], &desk.folder.path().join("b.csv")).unwrap();
        let again = export(&mut desk.db, &desk.admin, NOW, 1, &path, national);
        assert!(matches!(again, Err(BatchError::Exists(_))));
    }

    /// A crash after the file and before the commit: no batch, and the next one is not in its way.
    #[test]
    fn a_part_that_a_crash_has_left_is_written_over() {
        let mut desk = Desk::new();
        let folder = desk.folder.path().to_owned();
        fs::write(folder.join(".batch-1.csv.1.part"), "half of something much longer than the batch")
            .unwrap();
        let (_, path) = desk.make(&[1, 2], &folder).unwrap();
        assert!(fs::read_to_string(path).unwrap().starts_with("id,customer_id,"));
        assert_eq!(desk.files(), ["batch-1.csv"]);
    }
}
