//! The folder of one demo, and the small file by which another terminal finds the demo that runs.
//!
//! Both are for this account only. The small file is trusted with an address, so a folder that
//! somebody else made, or could write to, is not looked at.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::cli::clock;
use crate::cli::exit::{Exit, refuse};

/// A folder that goes when it is dropped, unless it is to be kept.
pub struct Home {
    path: PathBuf,
    kept: bool,
}

impl Home {
    /// A new folder in `temp`.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn temporary(temp: &Path) -> Result<Self> {
        let path = temp.join(format!("cordboard-demo-{}-{}", process::id(), clock::now().0));
        DirBuilder::new().mode(0o700).create(&path).with_context(|| cannot(&path))?;
        Ok(Self { path, kept: false })
    }

    /// A folder that stays. It may be there already, as long as it is empty.
    ///
    /// # Errors
    /// There is something in it, or the disk refuses.
    pub fn kept(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path).with_context(|| cannot(path))?;
        DirBuilder::new().recursive(true).mode(0o700).create(&path).with_context(|| cannot(&path))?;
        if fs::read_dir(&path).with_context(|| cannot(&path))?.next().is_some() {
            let why = format!("{} is not empty: name a new folder to keep the demo in", path.display());
            return Err(refuse(Exit::Usage, why));
        }
        Ok(Self { path, kept: true })
    }

    /// Somebody else's: it is theirs to remove.
    pub fn of_another(path: PathBuf) -> Self {
        Self { path, kept: true }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn cannot(path: &Path) -> String {
    format!("{} could not be made", path.display())
}

impl Drop for Home {
    fn drop(&mut self) {
        if !self.kept {
            // What is left behind is in the temporary folder.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// What another terminal has to know of a demo that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    pub home: PathBuf,
    /// Of the sandbox's control plane.
    pub control: SocketAddr,
}

/// The small file; it goes when the demo ends.
pub struct Notice {
    file: PathBuf,
}

impl Notice {
    /// Says in `temp` that this process plays.
    ///
    /// # Errors
    /// The folder for it is not this account's alone, or the disk refuses.
    pub fn put_up(temp: &Path, running: &Running) -> Result<Self> {
        let folder = folder(temp);
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(why) if why.kind() != ErrorKind::AlreadyExists => {
                return Err(why).with_context(|| cannot(&folder));
            }
            _ if is_ours_alone(&folder) => {}
            _ => {
                let why = format!(
                    "{} belongs to somebody else or can be written by others: remove it",
                    folder.display()
                );
                return Err(refuse(Exit::Failure, why));
            }
        }
        let file = folder.join(format!("{}-{}.json", clock::now().0, process::id()));
        let text = serde_json::to_vec(running)?;
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&file)
            .and_then(|mut out| out.write_all(&text))
            .with_context(|| cannot(&file))?;
        Ok(Self { file })
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        // A notice that stays says where nobody answers any more; whoever reads it takes it down.
        let _ = fs::remove_file(&self.file);
        if let Some(folder) = self.file.parent() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The newest demo of this account for which `plays` says yes. Notices of demos that were killed
/// are taken down.
pub fn find(temp: &Path, plays: impl Fn(&Running) -> bool) -> Option<Running> {
    let folder = folder(temp);
    if !is_ours_alone(&folder) {
        return None;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).ok()?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.into_iter().rev().find_map(|file| {
        let running = read(&file).filter(|running| plays(running));
        if running.is_none() {
            let _ = fs::remove_file(&file);
        }
        running
    })
}

fn read(file: &Path) -> Option<Running> {
    let running: Running = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    running.control.ip().is_loopback().then_some(running)
}

fn folder(temp: &Path) -> PathBuf {
    temp.join(format!("cordboard-demo-{}", rustix::process::getuid().as_raw()))
}

fn is_ours_alone(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|found| {
        found.is_dir() && found.uid() == rustix::process::getuid().as_raw() && found.mode() & 0o077 == 0
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn running(port: u16) -> Running {
        Running { home: "/somewhere".into(), control: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    #[test]
    fn the_newest_that_plays_is_found_and_what_was_killed_is_taken_down() {
        let temp = tempfile::tempdir().unwrap();
        assert_eq!(find(temp.path(), |_| true), None);
        let first = Notice::put_up(temp.path(), &running(1)).unwrap();
        let second = Notice::put_up(temp.path(), &running(2)).unwrap();
        assert_eq!(find(temp.path(), |_| true), Some(running(2)));
        assert_eq!(find(temp.path(), |seen| seen.control.port() == 1), Some(running(1)));
        assert!(!second.file.exists(), "nobody answered there");
        drop(second);
        drop(first);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0, "nothing is left behind");
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_not_trusted() {
        let temp = tempfile::tempdir().unwrap();
        let _notice = Notice::put_up(temp.path(), &running(1)).unwrap();
        fs::set_permissions(folder(temp.path()), fs::Permissions::from_mode(0o770)).unwrap();
        assert_eq!(find(temp.path(), |_| true), None);
        assert!(Notice::put_up(temp.path(), &running(2)).is_err());
    }

    #[test]
    fn an_address_elsewhere_is_not_believed() {
        let temp = tempfile::tempdir().unwrap();
        let elsewhere = Running { control: SocketAddr::from(([10, 0, 0, 1], 80)), ..running(1) };
        let _notice = Notice::put_up(temp.path(), &elsewhere).unwrap();
        assert_eq!(find(temp.path(), |_| true), None);
    }

    #[test]
    fn what_is_kept_stays_and_what_is_there_is_left_alone() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("kept");
        drop(Home::kept(&path).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        fs::write(path.join("mine"), "").unwrap();
        assert!(Home::kept(&path).err().unwrap().to_string().contains("is not empty"));
        let gone = Home::temporary(temp.path()).unwrap();
        let was = gone.path().to_owned();
        drop(gone);
        assert!(!was.exists());
    }
}
