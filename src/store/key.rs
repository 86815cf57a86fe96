//! The database key: 256 random bits in a 0600 file beside the database. A later release wraps it
//! by each user's password; nothing else of the store will notice.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::Ids;
use super::open::beside;

/// Hex digits of the key. Wiped from memory when dropped.
pub type Key = Zeroizing<String>;

/// Makes a key file, synced to disk before the database that depends on it exists.
///
/// # Errors
/// The file exists already, or cannot be written.
pub fn create(path: &Path) -> io::Result<Key> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    Ids::system().fill(&mut bytes[..]);
    let key = Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    if path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    // Under its own name the key is there whole or not at all, whenever the power goes.
    let unfinished = beside(path, ".new");
    if unfinished.exists() {
        fs::remove_file(&unfinished)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(key)
}

/// Reads a key file.
///
/// # Errors
/// It is missing, readable by others, or not 64 hex digits.
pub fn read(path: &Path) -> io::Result<Key> {
    let mode = fs::metadata(path)?.mode();
    if mode & 0o077 != 0 {
        let why = format!("others on this machine can read it (mode {:o}): chmod 600 it", mode & 0o777);
        return Err(io::Error::other(why));
    }
    let text = Zeroizing::new(fs::read_to_string(path)?);
    let key = Zeroizing::new(text.trim().to_owned());
    if key.len() != 64 || !key.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(io::Error::other("it does not hold 64 hex digits"));
    }
    Ok(key)
}
