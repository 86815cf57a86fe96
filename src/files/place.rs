//! Where an export goes: a file that appears whole or not at all. It is written beside its place under a
//! name that nobody looks at, is on the disk before it gets its own, and never takes the place of
//! another file unasked.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Why a file was not written. What stood in its place stands there still.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("{0} exists already and is left as it is: choose another name, or say --force")]
    Exists(PathBuf),
    #[error("{0} could not be written: it is a folder; name a file in it")]
    Folder(PathBuf),
    #[error("{path} could not be written: {why}; {left}", path = .path.display())]
    Io { path: PathBuf, why: io::Error, left: &'static str },
}

/// For the sentence that says what is there now.
fn left(path: &Path) -> &'static str {
    if path.is_file() { "the file that was there is as it was" } else { "nothing is left behind" }
}

/// A file under a name that nobody looks at, until it is whole. What is dropped before is gone.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    /// As somebody has named it.
    named: PathBuf,
    /// `None` for a pipe or a device, which is written to as it is: it must not be replaced.
    part: Option<PathBuf>,
    out: BufWriter<File>,
    force: bool,
}

impl Part {
    /// Begins a file, for its owner alone: what a customer's data is written to is nobody else's.
    ///
    /// # Errors
    /// A file is there already and `force` is not said, or the disk refuses.
    pub fn new(named: &Path, force: bool) -> Result<Self, PlaceError> {
        // Behind a link, the file it leads to is the one that is meant.
        let path = fs::canonicalize(named).unwrap_or_else(|_| named.to_owned());
        let named = named.to_owned();
        let refused = |why| PlaceError::Io { path: named.clone(), why, left: left(&path) };
        match path.metadata() {
            Ok(found) if found.is_dir() => return Err(PlaceError::Folder(named)),
            Ok(found) if !found.is_file() => {
                let out = OpenOptions::new().write(true).open(&path).map_err(refused)?;
                return Ok(Self { part: None, out: BufWriter::new(out), force, path, named });
            }
            Ok(_) if !force => return Err(PlaceError::Exists(named)),
            _ => {}
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Two that are written at once are kept apart.
        let part = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part);
        let out = BufWriter::new(out.map_err(refused)?);
        Ok(Self { part: Some(part), out, force, path, named })
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Everything is written: now it is on the disk, and still without its name.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn sync(&mut self) -> Result<(), PlaceError> {
        let synced = self.out.flush().and_then(|()| match self.part {
            Some(_) => self.out.get_ref().sync_all(),
            None => Ok(()),
        });
        synced.map_err(|why| self.failed(why))
    }

    /// Gives it its name, unless somebody has taken that meanwhile.
    ///
    /// # Errors
    /// The name is taken, or the disk refuses.
    pub fn keep(mut self) -> Result<PathBuf, PlaceError> {
        self.sync()?;
        let Some(part) = self.part.clone() else { return Ok(self.path.clone()) };
        let named = if self.force { fs::rename(&part, &self.path) } else { self.name_anew(&part) };
        named.map_err(|why| match why.kind() {
            io::ErrorKind::AlreadyExists => PlaceError::Exists(self.named.clone()),
            _ => self.failed(why),
        })?;
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|why| self.failed(why))?;
        Ok(self.path.clone())
    }

    /// Unlike a rename, a second name never takes the place of a file.
    fn name_anew(&self, part: &Path) -> io::Result<()> {
        match fs::hard_link(part, &self.path) {
            Err(why) if why.kind() != io::ErrorKind::AlreadyExists && !self.path.exists() => {
                // Some file systems know no second names.
                fs::rename(part, &self.path)
            }
            other => other,
        }
    }

    /// What went wrong while it was written.
    pub fn failed(&self, why: io::Error) -> PlaceError {
        PlaceError::Io { path: self.named.clone(), why, left: left(&self.path) }
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // It may have its own name by now, and what is left of it helps nobody.
            let _ = fs::remove_file(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("out.csv");
        let mut part = Part::new(&path, false).unwrap();
        part.write_all(b"half").unwrap();
        part.sync().unwrap();
        assert!(!path.exists());
        part.write_all(b" and whole").unwrap();
        assert_eq!(part.keep().unwrap(), path);
        assert_eq!(fs::read(&path).unwrap(), b"half and whole");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(home.path()), ["out.csv"]);
    }

    #[test]
    fn what_is_there_stays_unless_somebody_says_force() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("out.csv");
        fs::write(&path, "old").unwrap();
        let refused = Part::new(&path, false).unwrap_err().to_string();
        let shown = path.display();
        assert_eq!(
            refused,
            format!("{shown} exists already and is left as it is: choose another name, or say --force")
        );
        let mut part = Part::new(&path, true).unwrap();
        part.write_all(b"new").unwrap();
        drop(part);
        assert_eq!(fs::read(&path).unwrap(), b"old", "what is not kept is gone");
        let mut part = Part::new(&path, true).unwrap();
        part.write_all(b"new").unwrap();
        part.keep().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(home.path()), ["out.csv"]);
    }

    #[test]
    fn whoever_is_first_keeps_the_name() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("out.csv");
        let part = Part::new(&path, false).unwrap();
        fs::write(&path, "first").unwrap();
        assert!(matches!(part.keep(), Err(PlaceError::Exists(_))));
        assert_eq!(
            (fs::read(&path).unwrap(), names(home.path())),
            (b"first".to_vec(), vec!["out.csv".into()])
        );
    }

    #[test]
    fn a_folder_and_a_place_that_is_not_there() {
        let home = tempfile::tempdir().unwrap();
        let folder = Part::new(home.path(), false).unwrap_err().to_string();
        assert!(folder.ends_with("it is a folder; name a file in it"), "{folder}");
        let nowhere = Part::new(&home.path().join("no/where.csv"), false).unwrap_err().to_string();
        assert!(
            nowhere.ends_with("No such file or directory (os error 2); nothing is left behind"),
            "{nowhere}"
        );
    }
}
