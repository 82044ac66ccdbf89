//! Adding to the journal: one batch is one write and one fsync.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, DurableFile};
use super::reader::{JournalReader, Position};
use super::scan::{self, Mark, Scan, Segment};
use super::seal::{Link, Sealing};
use crate::adapters::data_folder::{make_private_dir, sync_dir};
use crate::adapters::store_fault::Fault;
use crate::model::journal::Seq;

/// The journal, opened for writing. There is one per data folder: whoever makes it holds the folder's lock.
pub struct Journal {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    file: Box<dyn DurableFile>,
    segment: Segment,
    /// A segment that has reached this size is followed by a new one.
    segment_bytes: u64,
    last: Seq,
    link: Link,
    reader: Arc<JournalReader>,
    /// Bytes of an unfinished batch that opening cut off.
    cut_off: u64,
}

impl Journal {
    /// Verifies everything, cuts off an unfinished last batch, and stands ready to append.
    ///
    /// # Errors
    /// Damage, with segment, line and what to do; or what the disk says.
    pub fn open(folder: &Path, disk: Arc<dyn Disk>, segment_bytes: u64) -> Result<Self, Fault> {
        if !folder.exists() {
            make_private_dir(folder).map_err(|e| Fault::io(folder, &e))?;
            let parent = folder.parent().unwrap_or(folder);
            sync_dir(parent).map_err(|e| Fault::io(parent, &e))?;
        }
        let Scan { mut segments, marks, last, link, torn, .. } = scan::scan(folder)?;
        let (file, segment) = match segments.last().cloned() {
            Some(segment) => {
                let path = segment.path(folder);
                let mut file = disk.open(&path).map_err(|e| Fault::io(&path, &e))?;
                if torn > 0 {
                    file.cut(segment.length).map_err(|e| Fault::io(&path, &e))?;
                }
                // A process that was killed between write and sync left a whole batch that may not be durable yet.
                file.sync().map_err(|e| Fault::io(&path, &e))?;
                (file, segment)
            }
            None => {
                let path = scan::path_of(folder, 1);
                let file = disk.create(&path).map_err(|e| Fault::io(&path, &e))?;
                segments.push(Segment { first: 1, length: 0 });
                (file, Segment { first: 1, length: 0 })
            }
        };
        let reader = Arc::new(JournalReader::new(folder.to_owned(), segments, marks, last, link));
        let folder = folder.to_owned();
        Ok(Self { folder, disk, file, segment, segment_bytes, last, link, reader, cut_off: torn })
    }

    pub fn last(&self) -> Seq {
        self.last
    }

    pub fn cut_off(&self) -> u64 {
        self.cut_off
    }

    pub fn reader(&self) -> &Arc<JournalReader> {
        &self.reader
    }

    /// Makes a batch durable: `lines` are its records in order, from `last() + 1`, without line feeds. Returns where
    /// each lies.
    ///
    /// # Errors
    /// What the disk says. The journal must not be used any more then: whether the batch is durable is not known, and
    /// only opening anew can tell.
    pub fn commit<L: AsRef<[u8]>>(&mut self, lines: &[L]) -> Result<Vec<Position>, Fault> {
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        if self.segment.length >= self.segment_bytes {
            self.roll()?;
        }
        let mut bytes = Vec::with_capacity(lines.iter().map(|line| line.as_ref().len() + 1).sum::<usize>() + 256);
        let mut positions = Vec::with_capacity(lines.len());
        for line in lines {
            let offset = self.segment.length + bytes.len() as u64;
            positions.push(Position { segment: self.segment.first, offset });
            bytes.extend_from_slice(line.as_ref());
            bytes.push(b'\n');
        }
        let mut sealing = Sealing::after(self.link);
        sealing.add(&bytes);
        let seal = sealing.seal(self.last + 1, self.last + lines.len() as u64);
        bytes.extend_from_slice(&seal.line());
        let written = self.file.append(&bytes).and_then(|()| self.file.sync());
        written.map_err(|e| Fault::io(&self.segment.path(&self.folder), &e))?;
        let mark = Mark { seq: seal.first, segment: self.segment.first, offset: self.segment.length };
        self.segment.length += bytes.len() as u64;
        (self.last, self.link) = (seal.last, seal.hash);
        self.reader.grown(&self.segment, mark, self.last, self.link);
        Ok(positions)
    }

    /// From here on the segment so far never changes.
    fn roll(&mut self) -> Result<(), Fault> {
        let segment = Segment { first: self.last + 1, length: 0 };
        let path = segment.path(&self.folder);
        self.file = self.disk.create(&path).map_err(|e| Fault::io(&path, &e))?;
        self.segment = segment;
        Ok(())
    }
}
