//! Reading what is durable, beside the writer: never past the last seal that was synced.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use super::scan::{self, Mark, Scan, Segment};
use super::seal::{Link, Seal};
use crate::adapters::store_fault::Fault;
use crate::message;
use crate::model::journal::{Record, Seq};

/// Where a record's line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The segment's first sequence number.
    pub segment: Seq,
    pub offset: u64,
}

/// How far the journal reaches: all of it durable.
#[derive(Debug, Clone)]
pub struct Extent {
    pub segments: Vec<Segment>,
    pub last: Seq,
    pub link: Link,
}

#[derive(Debug)]
struct Known {
    extent: Extent,
    marks: Vec<Mark>,
}

#[derive(Debug)]
pub struct JournalReader {
    folder: PathBuf,
    known: RwLock<Known>,
}

impl JournalReader {
    pub(super) fn new(folder: PathBuf, segments: Vec<Segment>, marks: Vec<Mark>, last: Seq, link: Link) -> Self {
        Self { folder, known: RwLock::new(Known { extent: Extent { segments, last, link }, marks }) }
    }

    /// Verifies a journal that nobody writes to, and reads it. Changes nothing.
    ///
    /// # Errors
    /// Damage, with segment, line and what to do; or what the disk says.
    pub fn open(folder: &Path) -> Result<(Self, Scan), Fault> {
        let found = scan::scan(folder)?;
        let Scan { segments, marks, last, link, .. } = found.clone();
        Ok((Self::new(folder.to_owned(), segments, marks, last, link), found))
    }

    /// The writer says so after each sync.
    pub(super) fn grown(&self, segment: &Segment, mark: Mark, last: Seq, link: Link) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let extent = &mut known.extent;
        match extent.segments.last_mut() {
            Some(newest) if newest.first == segment.first => *newest = segment.clone(),
            _ => extent.segments.push(segment.clone()),
        }
        (extent.last, extent.link) = (last, link);
        Scan::mark(&mut known.marks, mark);
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn extent(&self) -> Extent {
        self.known.read().unwrap_or_else(PoisonError::into_inner).extent.clone()
    }

    /// The records at these places, in the order asked for.
    ///
    /// # Errors
    /// If the file cannot be read or does not hold a record there.
    pub fn at(&self, positions: &[Position]) -> Result<Vec<Record>, Fault> {
        let mut records = Vec::with_capacity(positions.len());
        let mut open: Option<(Seq, BufReader<File>)> = None;
        let mut line = Vec::new();
        for position in positions {
            let mut reader = match open.take() {
                Some((segment, reader)) if segment == position.segment => reader,
                _ => self.open_segment(position.segment)?,
            };
            let path = scan::path_of(&self.folder, position.segment);
            line.clear();
            reader
                .seek(SeekFrom::Start(position.offset))
                .and_then(|_| reader.read_until(b'\n', &mut line))
                .map_err(|e| Fault::io(&path, &e))?;
            records.push(parse(&line, position.segment)?);
            open = Some((position.segment, reader));
        }
        Ok(records)
    }

    /// Hands every durable record after `after` to `each`, in order, until it says that it has enough (`false`).
    ///
    /// # Errors
    /// If a file cannot be read or does not hold records, and whatever `each` fails with.
    pub fn each_after(
        &self,
        after: Seq,
        mut each: impl FnMut(Record, Position) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let (extent, start) = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let next = known.marks.partition_point(|mark| mark.seq <= after + 1);
            (known.extent.clone(), next.checked_sub(1).map(|i| known.marks[i]))
        };
        let Some(start) = start else { return Ok(()) };
        for segment in extent.segments.iter().filter(|segment| segment.first >= start.segment) {
            let mut reader = self.open_segment(segment.first)?;
            let path = segment.path(&self.folder);
            let mut offset = if segment.first == start.segment { start.offset } else { 0 };
            reader.seek(SeekFrom::Start(offset)).map_err(|e| Fault::io(&path, &e))?;
            let mut line = Vec::new();
            while offset < segment.length {
                line.clear();
                let read = reader.read_until(b'\n', &mut line).map_err(|e| Fault::io(&path, &e))?;
                let position = Position { segment: segment.first, offset };
                offset += read as u64;
                if Seal::looks_like(&line) {
                    continue;
                }
                let record = parse(&line, segment.first)?;
                if record.seq > after && !each(record, position)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn open_segment(&self, first: Seq) -> Result<BufReader<File>, Fault> {
        let path = scan::path_of(&self.folder, first);
        File::open(&path).map(|file| BufReader::with_capacity(1 << 15, file)).map_err(|e| Fault::io(&path, &e))
    }
}

/// A sealed line that is no record was written by a newer program, or the journal changed under our feet.
fn parse(line: &[u8], segment: Seq) -> Result<Record, Fault> {
    serde_json::from_slice(line)
        .map_err(|_| Fault(message!("store.not-a-record", segment = format!("{segment:020}.jsonl"))))
}
