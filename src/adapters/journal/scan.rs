//! Verifying what lies in the journal's folder: every batch against its seal, every seal against the one before, every
//! segment against its name. Told apart:
//!
//! - *torn*: the end of the last segment is an unfinished batch, as a crash or a power cut leaves it: whole record lines
//!   in their order, then perhaps a piece of a line; or zeros where blocks were never written. Nobody was ever told
//!   that it is durable.
//! - *damaged*: everything else. It was durable and has changed.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::seal::{GENESIS, Link, Seal, Sealing};
use crate::adapters::store_fault::Fault;
use crate::message;
use crate::model::journal::Seq;
use crate::model::message::Message;

/// Distance of the marks by which a sequence number is found, bytes: a search reads at most this much in vain.
pub const MARK_EVERY: u64 = 64 * 1024;

/// One file of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub first: Seq,
    /// Bytes that are sealed.
    pub length: u64,
}

impl Segment {
    pub fn path(&self, folder: &Path) -> PathBuf {
        path_of(folder, self.first)
    }
}

pub fn path_of(folder: &Path, first: Seq) -> PathBuf {
    folder.join(format!("{first:020}.jsonl"))
}

/// Where a batch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub seq: Seq,
    pub segment: Seq,
    pub offset: u64,
}

/// What a sound journal holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    pub segments: Vec<Segment>,
    pub marks: Vec<Mark>,
    pub last: Seq,
    pub link: Link,
    pub batches: u64,
    /// Bytes of an unfinished batch behind the last seal.
    pub torn: u64,
}

impl Scan {
    fn empty() -> Self {
        Self { segments: Vec::new(), marks: Vec::new(), last: 0, link: GENESIS, batches: 0, torn: 0 }
    }

    /// Notes a batch's place, if the mark before is far enough away.
    pub fn mark(marks: &mut Vec<Mark>, mark: Mark) {
        let near = |last: &Mark| last.segment == mark.segment && mark.offset < last.offset + MARK_EVERY;
        if !marks.last().is_some_and(near) {
            marks.push(mark);
        }
    }
}

/// Reads and verifies every segment. Changes nothing.
///
/// # Errors
/// At the first damage, with segment, line and what to do; and if a file cannot be read.
pub fn scan(folder: &Path) -> Result<Scan, Fault> {
    let mut scan = Scan::empty();
    let names = segment_names(folder)?;
    for (i, first) in names.iter().enumerate() {
        let path = path_of(folder, *first);
        if *first != scan.last + 1 {
            let (missing, found) = (scan.last + 1, name_of(&path));
            return Err(Fault(message!("store.segment-missing", seq = missing, segment = found)));
        }
        let is_last = i + 1 == names.len();
        scan_segment(&path, *first, is_last, &mut scan)?;
    }
    Ok(scan)
}

/// First sequence numbers of the segments, in order.
fn segment_names(folder: &Path) -> Result<Vec<Seq>, Fault> {
    let entries = std::fs::read_dir(folder).map_err(|e| Fault::io(folder, &e))?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(|e| Fault::io(folder, &e))?.file_name();
        let first: Option<Seq> =
            name.to_str().and_then(|name| name.strip_suffix(".jsonl")).and_then(|stem| stem.parse().ok());
        names.extend(first);
    }
    names.sort_unstable();
    Ok(names)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The batch being read: everything since the last good seal.
struct Open {
    sealing: Sealing,
    lines: u64,
    bytes: u64,
    /// A line that no writer of ours leaves behind when it is interrupted.
    foreign: Option<u64>,
    holes: bool,
}

impl Open {
    fn after(link: Link) -> Self {
        Self { sealing: Sealing::after(link), lines: 0, bytes: 0, foreign: None, holes: false }
    }

    fn add(&mut self, line: &[u8], number: u64, expected: Seq) {
        self.sealing.add(line);
        self.lines += 1;
        self.bytes += line.len() as u64;
        let hole = line.contains(&0);
        self.holes |= hole;
        let whole = line.ends_with(b"\n");
        let in_place = line.starts_with(format!("{{\"seq\":{expected},").as_bytes());
        // The line feed of a seal is its last byte: a piece of a line can never be one byte longer than a seal.
        let seal_with_another_end = !whole && Seal::parse(&[&line[..line.len() - 1], b"\n"].concat()).is_some();
        if !hole && ((whole && !in_place) || seal_with_another_end) {
            self.foreign.get_or_insert(number);
        }
    }
}

fn scan_segment(path: &Path, first: Seq, is_last: bool, scan: &mut Scan) -> Result<(), Fault> {
    let file = File::open(path).map_err(|e| Fault::io(path, &e))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let (mut line, mut number, mut sealed) = (Vec::new(), 0, 0);
    let mut open = Open::after(scan.link);
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(|e| Fault::io(path, &e))?;
        if read == 0 {
            break;
        }
        number += 1;
        let seal = if Seal::looks_like(&line) { Seal::parse(&line) } else { None };
        let Some(seal) = seal else {
            open.add(&line, number, scan.last + 1 + open.lines);
            continue;
        };
        let batch = std::mem::replace(&mut open, Open::after(seal.hash));
        let expected = batch.sealing.seal(scan.last + 1, scan.last + batch.lines);
        if seal != expected || batch.lines == 0 {
            let at_end = reader.fill_buf().map_err(|e| Fault::io(path, &e))?.is_empty();
            if is_last && at_end && batch.holes {
                scan.torn = batch.bytes + line.len() as u64;
                break;
            }
            return Err(mismatch(path, number, &seal, &expected));
        }
        Scan::mark(&mut scan.marks, Mark { seq: seal.first, segment: first, offset: sealed });
        sealed += batch.bytes + line.len() as u64;
        (scan.last, scan.link) = (seal.last, seal.hash);
        scan.batches += 1;
    }
    if open.bytes > 0 {
        match open.foreign {
            None if is_last => scan.torn = open.bytes,
            at => return Err(damaged("store.damaged-end", path, at.unwrap_or(number))),
        }
    }
    scan.segments.push(Segment { first, length: sealed });
    Ok(())
}

fn mismatch(path: &Path, line: u64, found: &Seal, expected: &Seal) -> Fault {
    let chain = found.prev != expected.prev || found.first != expected.first || found.last != expected.last;
    damaged(if chain { "store.damaged-chain" } else { "store.damaged-batch" }, path, line)
}

fn damaged(code: &'static str, path: &Path, line: u64) -> Fault {
    Fault(Message::new(code).with("segment", name_of(path)).with("line", line))
}
