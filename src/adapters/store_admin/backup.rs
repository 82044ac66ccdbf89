//! A copy of the store that a restore can trust, made while the store is open or closed. The journal is copied up to a
//! seal; every document that it refers to was in its folder before, so that copying folders afterwards misses none. The
//! store key is not in it: whoever has the backup alone can read no document.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

use super::manifest::{self, Head, Line, Writer, copy_hashed};
use crate::adapters::data_folder::{DataFolder, make_private_dir, sync_dir};
use crate::adapters::journal::JournalReader;
use crate::adapters::store_fault::Fault;
use crate::message;
use crate::model::journal::Seq;
use crate::model::time::Instant;

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackedUp {
    pub files: u64,
    pub bytes: u64,
    pub last: Seq,
}

/// Copies a store into a new or empty folder. `journal` is the open store's own, or that of a store nobody has open.
///
/// # Errors
/// If the folder is not empty, or what the disk says. A folder without manifest is no backup.
pub fn backup(journal: &JournalReader, from: &DataFolder, to: &Path, at: Instant) -> Result<BackedUp, Fault> {
    let io_fault = |e: io::Error| Fault::io(to, &e);
    make_private_dir(to).map_err(io_fault)?;
    if fs::read_dir(to).map_err(io_fault)?.next().is_some() {
        return Err(Fault(message!("store.not-empty", folder = to.display())));
    }
    let extent = journal.extent();
    let beside = to.join(".manifest.tmp");
    let head = Head { made_at: at, last: extent.last, link: hex::encode(extent.link) };
    let out = File::create_new(&beside).map(BufWriter::new).map_err(io_fault)?;
    let mut copying = Copying { to, manifest: Writer::begin(out, &head).map_err(io_fault)?, files: 0, bytes: 0 };
    make_private_dir(&to.join("journal")).map_err(io_fault)?;
    for segment in &extent.segments {
        copying.file(&segment.path(journal.folder()), "journal", segment.length).map_err(io_fault)?;
    }
    copying.tree(&from.documents(), "documents").map_err(io_fault)?;
    // Documents name the version they were read with: without it they could be neither entered nor asked about.
    copying.tree(&from.versions(), "versions").map_err(io_fault)?;
    let Copying { manifest, files, bytes, .. } = copying;
    let written = manifest.end().and_then(|out| out.into_inner().map_err(io::IntoInnerError::into_error));
    // One sync of the whole file system is as good as one per file, and far quicker.
    written.and_then(|file| sync_all_of(&file)).map_err(io_fault)?;
    fs::rename(&beside, to.join(manifest::NAME)).and_then(|()| sync_dir(to)).map_err(io_fault)?;
    Ok(BackedUp { files, bytes, last: extent.last })
}

/// Everything written to this file's file system becomes durable.
pub(super) fn sync_all_of(file: &File) -> io::Result<()> {
    file.sync_all()?;
    nix::unistd::syncfs(file).map_err(io::Error::from)
}

struct Copying<'a, W> {
    to: &'a Path,
    manifest: Writer<W>,
    files: u64,
    bytes: u64,
}

impl<W: io::Write> Copying<'_, W> {
    fn tree(&mut self, from: &Path, below: &str) -> io::Result<()> {
        make_private_dir(&self.to.join(below))?;
        // A store without documents or versions has no folder for them yet; one erased meanwhile has none any more.
        let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() {
                self.tree(&entry.path(), &format!("{below}/{name}"))?;
            } else if !name.ends_with(".tmp") {
                // Half-written files belong to nobody yet.
                self.file(&entry.path(), below, u64::MAX)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, from: &Path, below: &str, limit: u64) -> io::Result<()> {
        let name = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let path = format!("{below}/{name}");
        let (bytes, sha256) = match copy_hashed(from, &self.to.join(&path), limit) {
            // Erased while we copied: then it does not belong into the backup either.
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            copied => copied?,
        };
        (self.files, self.bytes) = (self.files + 1, self.bytes + bytes);
        self.manifest.line(&Line::File { path, bytes, sha256 })
    }
}
