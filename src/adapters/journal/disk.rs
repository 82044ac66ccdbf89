//! The few things the journal asks of a disk, as a seam: stories put a disk behind it that loses what was not synced,
//! or fails.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::adapters::data_folder::sync_dir;

pub trait Disk: Send + Sync + Debug {
    /// A new, empty file whose name survives a power cut.
    ///
    /// # Errors
    /// If it exists already, or cannot be made durable.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DurableFile>>;

    /// An existing file, to be appended to.
    ///
    /// # Errors
    /// If it cannot be opened.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DurableFile>>;
}

pub trait DurableFile: Send {
    /// Adds bytes at the end; they survive a power cut only after [`sync`](Self::sync).
    ///
    /// # Errors
    /// Whatever the disk says; how much was written is then unknown.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// # Errors
    /// Whatever the disk says; after a failed sync nothing written since the last one may be relied on, ever.
    fn sync(&mut self) -> io::Result<()>;

    /// Shortens the file, durably.
    ///
    /// # Errors
    /// Whatever the disk says.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// The machine's own disk.
#[derive(Debug, Clone, Copy)]
pub struct OsDisk;

impl Disk for OsDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DurableFile>> {
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
        file.sync_all()?;
        if let Some(folder) = path.parent() {
            sync_dir(folder)?;
        }
        Ok(Box::new(file))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DurableFile>> {
        Ok(Box::new(OpenOptions::new().append(true).open(path)?))
    }
}

impl DurableFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.sync_all()
    }
}
