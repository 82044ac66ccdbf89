//! The data folder: what lies where, and who may open it. One process at a time: the lock is taken before anything
//! else is touched, and its type is the proof that was.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::store_fault::Fault;
use crate::message;

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
    /// Makes the folder if need be and takes its lock, at once or not at all.
    ///
    /// # Errors
    /// If another process holds it, or the folder cannot be made.
    pub fn take(folder: &DataFolder) -> Result<Self, Fault> {
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
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(held(folder, &mut file)),
            Err(std::fs::TryLockError::Error(e)) => return Err(io_fault(e)),
        }
        file.set_len(0).map_err(io_fault)?;
        write!(file, "{}", std::process::id()).map_err(io_fault)?;
        Ok(Self { folder: folder.clone(), _held: file })
    }

    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }
}

fn held(folder: &DataFolder, file: &mut File) -> Fault {
    let mut holder = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut holder));
    let process = if read.is_ok() && !holder.is_empty() { holder } else { "?".to_owned() };
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
