//! The data folder: what lies where, and who may open it. One process at a time: the lock is taken before anything
//! else is touched, and its type is the proof that was.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::store_fault::Fault;
use crate::message;

/// How often a lock that nobody seems to hold is looked at, and how long between looks.
const LOOKS: u32 = 100;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Where things are kept on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    root: PathBuf,
}

impl DataFolder {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    pub fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    pub fn documents(&self) -> PathBuf {
        self.root.join("documents")
    }

    /// Deployed versions of scenarios.
    pub fn versions(&self) -> PathBuf {
        self.root.join("versions")
    }

    /// Stands while a restore is under way: a folder that holds it is not a store yet.
    pub fn restore_mark(&self) -> PathBuf {
        self.root.join("restoring")
    }
}

/// The right to open the data folder; given back when dropped, or when the process ends in whatever way.
#[derive(Debug)]
pub struct DataLock {
    folder: DataFolder,
    _held: File,
}

impl DataLock {
    /// Makes the folder if need be and takes its lock.
    ///
    /// A living process that holds it is refused at once. If the one that took it is this one or lives no longer, what
    /// still holds it is a child between its start and the program it becomes: it lets go within moments.
    ///
    /// # Errors
    /// If another process holds it, or the folder cannot be made.
    pub fn take(folder: &DataFolder) -> Result<Self, Fault> {
        let mut looks = 0;
        Self::take_in_time(folder, || {
            std::thread::sleep(BETWEEN_LOOKS);
            looks += 1;
            looks < LOOKS
        })
    }

    /// `wait` is asked between two looks, and says whether to look again.
    fn take_in_time(folder: &DataFolder, mut wait: impl FnMut() -> bool) -> Result<Self, Fault> {
        make_private_dir(folder.root()).map_err(|e| Fault::io(folder.root(), &e))?;
        let path = folder.root().join("lock");
        let io_fault = |e: io::Error| Fault::io(&path, &e);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(io_fault)?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(std::fs::TryLockError::WouldBlock) => {
                    let holder = holder(&mut file);
                    if holder.is_some_and(lives_elsewhere) || !wait() {
                        return Err(held(folder, holder));
                    }
                }
                Err(std::fs::TryLockError::Error(e)) => return Err(io_fault(e)),
            }
        }
        file.set_len(0).map_err(io_fault)?;
        write!(file, "{}", std::process::id()).map_err(io_fault)?;
        Ok(Self { folder: folder.clone(), _held: file })
    }

    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }
}

/// The process that wrote itself into the lock.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().and_then(|()| file.read_to_string(&mut text)).ok()?;
    text.parse().ok()
}

fn lives_elsewhere(process: u32) -> bool {
    process != std::process::id() && Path::new("/proc").join(process.to_string()).exists()
}

fn held(folder: &DataFolder, holder: Option<u32>) -> Fault {
    let process = holder.map_or_else(|| "?".to_owned(), |process| process.to_string());
    Fault(message!("store.held", folder = folder.root().display(), process = process))
}

/// Makes a folder (and those above it) that only this user may enter.
pub fn make_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes the names in a folder durable: a new or renamed file survives a power cut only after this.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Writes a file so that it is there whole or not at all: beside, synced, renamed, folder synced.
pub fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let beside = folder.join(format!(".{}.tmp", name.to_string_lossy()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    sync_dir(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_only_a_starting_child_still_holds_is_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(place.path());
        let lock = DataLock::take(&folder).unwrap();
        let mut inherited = Some(lock._held.try_clone().unwrap());
        drop(lock);
        let taken = DataLock::take_in_time(&folder, || {
            inherited = None;
            true
        });
        assert!(taken.is_ok());
    }

    #[test]
    fn a_lock_that_a_living_process_holds_is_refused_without_waiting() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(place.path());
        let _lock = DataLock::take(&folder).unwrap();
        // Process 1 always lives.
        std::fs::write(place.path().join("lock"), "1").unwrap();
        let refused = DataLock::take_in_time(&folder, || panic!("nobody waits")).unwrap_err();
        assert_eq!(refused.0.args["process"], "1");
    }
}
