//! Where the files of a desk are: XDG folders, or one folder for everything by `CORDBOARD_HOME`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use directories::BaseDirs;

const NAME: &str = "cordboard";

/// The files of one desk. Nothing here is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    pub config_file: PathBuf,
    pub data_dir: PathBuf,
    /// The encrypted database; its locks and copies stand beside it.
    pub database: PathBuf,
    pub key_file: PathBuf,
    /// Logs.
    pub state_dir: PathBuf,
}

/// There is no home folder to begin from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this account has no home folder: name one in CORDBOARD_HOME, such as CORDBOARD_HOME=/srv/cordboard")]
pub struct NoHome;

impl Paths {
    /// `CORDBOARD_HOME`, else the XDG variables (on macOS too), else what is usual on this system.
    ///
    /// # Errors
    /// Where none of these leads to a folder.
    pub fn find(env: impl Fn(&str) -> Option<OsString>) -> Result<Self, NoHome> {
        let set = |name: &str| env(name).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty());
        if let Some(home) = set("CORDBOARD_HOME") {
            let home = std::path::absolute(&home).unwrap_or(home);
            return Ok(Self::new(home.join("config.toml"), home.join("data"), home.join("state")));
        }
        // The XDG rules: a relative path is to be ignored.
        let xdg = |name: &str| set(name).filter(|path| path.is_absolute());
        let dirs = BaseDirs::new();
        let folder = |name: &str, usual: fn(&BaseDirs) -> PathBuf| {
            xdg(name).or_else(|| dirs.as_ref().map(usual)).map(|dir| dir.join(NAME)).ok_or(NoHome)
        };
        let config = folder("XDG_CONFIG_HOME", |dirs| dirs.config_dir().to_owned())?;
        let data = folder("XDG_DATA_HOME", |dirs| dirs.data_local_dir().to_owned())?;
        let state = folder("XDG_STATE_HOME", |dirs| dirs.state_dir().unwrap_or(dirs.cache_dir()).to_owned())?;
        Ok(Self::new(config.join("config.toml"), data, state))
    }

    fn new(config_file: PathBuf, data_dir: PathBuf, state_dir: PathBuf) -> Self {
        let database = data_dir.join("desk.db");
        Self { key_file: database.with_extension("key"), config_file, data_dir, database, state_dir }
    }

    /// Another database file than the usual one; its key stands beside it.
    #[must_use]
    pub fn with_database(self, database: &Path) -> Self {
        Self { key_file: database.with_extension("key"), database: database.to_owned(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(vars: &[(&str, &str)]) -> Paths {
        Paths::find(|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())).unwrap()
    }

    #[test]
    fn one_folder_for_everything() {
        let paths = find(&[("CORDBOARD_HOME", "/srv/desk"), ("XDG_DATA_HOME", "/elsewhere")]);
        assert_eq!(paths.config_file, Path::new("/srv/desk/config.toml"));
        assert_eq!(paths.data_dir, Path::new("/srv/desk/data"));
        assert_eq!(paths.database, Path::new("/srv/desk/data/desk.db"));
        assert_eq!(paths.key_file, Path::new("/srv/desk/data/desk.key"));
        assert_eq!(paths.state_dir, Path::new("/srv/desk/state"));
    }

    #[test]
    fn xdg_variables_are_honoured_each_alone() {
        let all = [("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "/d"), ("XDG_STATE_HOME", "/s")];
        let paths = find(&all);
        assert_eq!(paths.config_file, Path::new("/c/cordboard/config.toml"));
        assert_eq!(paths.database, Path::new("/d/cordboard/desk.db"));
        assert_eq!(paths.state_dir, Path::new("/s/cordboard"));
    }

    #[test]
    fn relative_and_empty_variables() {
        let xdg = [("XDG_CONFIG_HOME", "c"), ("XDG_DATA_HOME", "/d"), ("XDG_STATE_HOME", "/s")];
        assert_ne!(find(&xdg).config_file, Path::new("c/cordboard/config.toml"));
        let absolute = find(&[("CORDBOARD_HOME", "desk")]).config_file;
        assert!(absolute.is_absolute() && absolute.ends_with("desk/config.toml"), "{absolute:?}");
        let unset = [
            ("CORDBOARD_HOME", ""),
            ("XDG_CONFIG_HOME", "/c"),
            ("XDG_DATA_HOME", "/d"),
            ("XDG_STATE_HOME", "/s"),
        ];
        assert_eq!(find(&unset).data_dir, Path::new("/d/cordboard"));
    }

    #[test]
    fn another_database_has_its_own_key() {
        let paths = find(&[("CORDBOARD_HOME", "/srv/desk")]).with_database(Path::new("/mnt/b.db"));
        assert_eq!((paths.database, paths.key_file), ("/mnt/b.db".into(), "/mnt/b.key".into()));
        assert_eq!(paths.data_dir, Path::new("/srv/desk/data"));
    }
}
