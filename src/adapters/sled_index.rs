//! The index: everything folded from the journal, in sled, where it can be asked for quickly. It holds nothing that the
//! journal could not give again, but for look-up digests, which are made anew from the documents.
//!
//! All of it lies in one tree, so that one batch applies records and `applied` together or not at all. It is not synced
//! per commit: after a crash it stands a little behind, and opening replays the rest. After a power cut its blocks may
//! be missing in any order, so an index that was neither closed cleanly nor left by this boot of the machine is not
//! trusted but made anew.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant as Stopwatch};

use serde::{Deserialize, Serialize};
use sled::{Batch, IVec};

use super::data_folder::write_durably;
use super::journal::Position;
use super::store_fault::Fault;
use crate::message;
use crate::model::document::stage::{Document, StageKind};
use crate::model::id::{Digest, DocumentId, IntakeId};
use crate::model::journal::{Seq, Stream};
use crate::ports::store::DocumentFilter;

/// Changes with the layout below, and with whatever the fold makes of the same events.
const FORMAT: &str = concat!("2/", env!("CARGO_PKG_VERSION"));

/// sled's page cache, bytes: the daemon is to stay small, and the hot documents are few.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// How long a database that this process just closed may take to give up its file lock.
const CLOSING: Duration = Duration::from_secs(5);

/// What the marker beside the index says after a clean close.
const CLEAN: &str = "clean";

/// A position as the index holds it.
const POSITION_BYTES: usize = 16;

/// Positions in one value: a document's whole life fits in one, a scenario's years do not.
const POSITIONS_TOGETHER: u64 = 64;

const APPLIED: &[u8] = b"m/applied";
const FORMAT_KEY: &[u8] = b"m/format";

/// A document with its place in the order of receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    pub received: Seq,
    pub document: Document,
}

/// What a stretch of the journal changes.
#[derive(Debug, Default)]
pub struct Changes {
    pub through: Seq,
    pub positions: Vec<(Stream, u64, Position)>,
    /// Streams other than documents', whose version stands in the document.
    pub versions: Vec<(Stream, u64)>,
    /// Each with the stage it had in the index before.
    pub documents: Vec<(Option<StageKind>, Standing)>,
}

#[derive(Debug)]
pub struct SledIndex {
    db: sled::Db,
    folder: PathBuf,
}

impl SledIndex {
    /// Opens the index, or begins an empty one if the one there cannot be trusted. Whoever calls holds the data
    /// folder's lock. `boot` names this run of the machine.
    ///
    /// # Errors
    /// What the disk says, if it is neither missing nor corrupt.
    pub fn open(folder: &Path, boot: &str) -> Result<Self, Fault> {
        let marker = marker_of(folder);
        let left_by = std::fs::read_to_string(&marker).unwrap_or_default();
        if folder.exists() && left_by != CLEAN && left_by != boot {
            tracing::warn!("the index was not closed before the machine stopped: making it anew from the journal");
            remove(folder)?;
        }
        write_durably(&marker, boot.as_bytes()).map_err(|e| Fault::io(&marker, &e))?;
        forget_half_written_snapshots(folder)?;
        let db = match open_db(folder) {
            Err(sled::Error::Corruption { .. } | sled::Error::ReportableBug(_) | sled::Error::Unsupported(_)) => {
                tracing::warn!("the index is corrupt: set aside, and made anew from the journal");
                set_aside(folder)?;
                open_db(folder).map_err(|e| broken(&e))?
            }
            opened => opened.map_err(|e| broken(&e))?,
        };
        let index = Self { db, folder: folder.to_owned() };
        if index.get(FORMAT_KEY)?.as_deref() != Some(FORMAT.as_bytes()) {
            index.db.clear().map_err(|e| broken(&e))?;
            index.db.insert(FORMAT_KEY, FORMAT.as_bytes()).map_err(|e| broken(&e))?;
        }
        Ok(index)
    }

    /// Everything up to here is in the index.
    pub fn applied(&self) -> Result<Seq, Fault> {
        Ok(self.get(APPLIED)?.map_or(0, |value| number(&value)))
    }

    /// Applies records and `applied`, all or nothing. Only the one writer calls it, each record once.
    pub fn apply(&self, changes: &Changes) -> Result<(), Fault> {
        let mut batch = Batch::default();
        for (key, added) in positions_by_key(&changes.positions) {
            let before = self.get(&key)?;
            batch.insert(key, [before.as_deref().unwrap_or_default(), &added].concat());
        }
        for (stream, version) in &changes.versions {
            batch.insert(version_key(stream), &version.to_be_bytes());
        }
        for (before, standing) in &changes.documents {
            let (id, after) = (standing.document.id, standing.document.stage.kind());
            if *before != Some(after) {
                if let Some(before) = before {
                    batch.remove(stage_key(*before, standing.received, id));
                }
                batch.insert(stage_key(after, standing.received, id), &[]);
            }
            let value = serde_json::to_vec(standing).map_err(|e| broken(&e))?;
            batch.insert(document_key(id), value);
        }
        batch.insert(APPLIED, &changes.through.to_be_bytes());
        self.db.apply_batch(batch).map_err(|e| broken(&e))
    }

    pub fn document(&self, id: DocumentId) -> Result<Option<Standing>, Fault> {
        self.get(&document_key(id))?.map(|value| parse(&value)).transpose()
    }

    /// Number of events of a stream that is not a document's.
    pub fn version(&self, stream: &Stream) -> Result<u64, Fault> {
        Ok(self.get(&version_key(stream))?.map_or(0, |value| number(&value)))
    }

    /// Where a stream's records lie, in their order.
    pub fn positions(&self, stream: &Stream) -> Result<Vec<Position>, Fault> {
        let mut positions = Vec::new();
        for value in self.db.scan_prefix(record_prefix(stream)).values() {
            let value = value.map_err(|e| broken(&e))?;
            let each = value.chunks_exact(POSITION_BYTES);
            positions.extend(each.map(|bytes| Position { segment: number(&bytes[..8]), offset: number(&bytes[8..]) }));
        }
        Ok(positions)
    }

    /// Reads only the stages asked for, so that few open documents are found quickly among many finished ones.
    pub fn documents(&self, filter: &DocumentFilter) -> Result<Vec<Document>, Fault> {
        let stages = if filter.stages.is_empty() { StageKind::ALL.as_slice() } else { &filter.stages };
        let mut found = Vec::new();
        for stage in stages {
            for key in self.db.scan_prefix(stage_prefix(*stage)).keys() {
                let key = key.map_err(|e| broken(&e))?;
                // Between the two reads it may have gone on to another stage; then it no longer belongs here.
                let standing = self.document(id_at_end(&key))?.filter(|s| s.document.stage.kind() == *stage);
                found.extend(standing.filter(|s| filter.scenario.as_ref().is_none_or(|n| *n == s.document.scenario)));
            }
        }
        found.sort_by_key(|standing: &Standing| standing.received);
        found.dedup_by_key(|standing| standing.received);
        Ok(found.into_iter().map(|standing| standing.document).collect())
    }

    /// Number of documents as the index by stage has them.
    pub fn staged(&self) -> usize {
        self.db.scan_prefix(b"s").keys().count()
    }

    pub fn remember(&self, key: Digest, id: DocumentId) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch.insert([b"l".as_slice(), key.as_bytes(), &id_bytes(id)].concat(), &[]);
        batch.insert([b"k".as_slice(), &id_bytes(id), key.as_bytes()].concat(), &[]);
        self.db.apply_batch(batch).map_err(|e| broken(&e))
    }

    /// Oldest first.
    pub fn look_up(&self, key: Digest) -> Result<Vec<DocumentId>, Fault> {
        let mut found = Vec::new();
        for entry in self.db.scan_prefix([b"l".as_slice(), key.as_bytes()].concat()).keys() {
            let id = id_at_end(&entry.map_err(|e| broken(&e))?);
            let received = self.document(id)?.map_or(Seq::MAX, |standing| standing.received);
            found.push((received, id));
        }
        found.sort_unstable();
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    pub fn forget(&self, id: DocumentId) -> Result<(), Fault> {
        let mut batch = Batch::default();
        let prefix = [b"k".as_slice(), &id_bytes(id)].concat();
        for entry in self.db.scan_prefix(&prefix).keys() {
            let entry = entry.map_err(|e| broken(&e))?;
            batch.remove([b"l".as_slice(), &entry[prefix.len()..], &id_bytes(id)].concat());
            batch.remove(entry);
        }
        self.db.apply_batch(batch).map_err(|e| broken(&e))
    }

    pub fn is_remembered(&self, id: DocumentId) -> Result<bool, Fault> {
        let first = self.db.scan_prefix([b"k".as_slice(), &id_bytes(id)].concat()).next();
        first.transpose().map(|entry| entry.is_some()).map_err(|e| broken(&e))
    }

    /// Makes it durable and says so, so that the next opening may trust it after a power cut too. sled's own flush does
    /// not reach the disk for certain; syncing its files does.
    pub fn close(&self) -> Result<(), Fault> {
        self.db.flush().map_err(|e| broken(&e))?;
        sync_files(&self.folder).map_err(|e| Fault::io(&self.folder, &e))?;
        let marker = marker_of(&self.folder);
        write_durably(&marker, CLEAN.as_bytes()).map_err(|e| Fault::io(&marker, &e))
    }

    fn get(&self, key: &[u8]) -> Result<Option<IVec>, Fault> {
        self.db.get(key).map_err(|e| broken(&e))
    }
}

/// Removes the index; the next opening makes it anew.
///
/// # Errors
/// What the disk says.
pub fn remove(folder: &Path) -> Result<(), Fault> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Fault::io(folder, &e)),
        _ => Ok(()),
    }
}

fn open_db(folder: &Path) -> sled::Result<sled::Db> {
    let since = Stopwatch::now();
    loop {
        let opened = sled::Config::new()
            .path(folder)
            .cache_capacity(CACHE_BYTES)
            .mode(sled::Mode::LowSpace)
            .flush_every_ms(None)
            .open();
        match opened {
            // The data folder's lock is ours, so only our own database, still closing, can hold this one.
            Err(sled::Error::Io(e)) if is_locked(&e) && since.elapsed() < CLOSING => {
                std::thread::sleep(Duration::from_millis(20));
            }
            opened => return opened,
        }
    }
}

fn is_locked(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::WouldBlock || error.to_string().contains("could not acquire lock")
}

/// A crash while sled opens leaves these, and it would take one for its newest snapshot.
fn forget_half_written_snapshots(folder: &Path) -> Result<(), Fault> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            std::fs::remove_file(entry.path()).map_err(|e| Fault::io(&entry.path(), &e))?;
        }
    }
    Ok(())
}

/// One corrupt index is kept to be looked at, the newest.
fn set_aside(folder: &Path) -> Result<(), Fault> {
    let aside = folder.with_extension("corrupt");
    remove(&aside)?;
    std::fs::rename(folder, &aside).map_err(|e| Fault::io(folder, &e))
}

fn sync_files(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { sync_files(&path)? } else { File::open(&path)?.sync_all()? }
    }
    File::open(folder)?.sync_all()
}

fn marker_of(folder: &Path) -> PathBuf {
    folder.with_extension("left-by")
}

fn broken(error: &impl std::fmt::Display) -> Fault {
    Fault(message!("store.index-broken", error = error))
}

fn parse(value: &[u8]) -> Result<Standing, Fault> {
    serde_json::from_slice(value).map_err(|e| broken(&e))
}

/// Big-endian; 0 for anything but eight bytes, which no value of this layout has.
fn number(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_be_bytes)
}

fn id_bytes(id: DocumentId) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..10].copy_from_slice(id.intake.as_bytes());
    bytes[10..].copy_from_slice(&id.position.to_be_bytes());
    bytes
}

fn id_at_end(key: &[u8]) -> DocumentId {
    let (intake, position) = key[key.len() - 12..].split_at(10);
    let intake = IntakeId::from_bytes(intake.try_into().expect("split at ten bytes"));
    DocumentId { intake, position: u16::from_be_bytes(position.try_into().expect("two bytes are left of twelve")) }
}

/// What is to be added under each key; a stream's records come in their order.
fn positions_by_key(positions: &[(Stream, u64, Position)]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut added: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    for (stream, version, position) in positions {
        let together = (version - 1) / POSITIONS_TOGETHER;
        let bytes = added.entry([record_prefix(stream), together.to_be_bytes().to_vec()].concat()).or_default();
        bytes.extend_from_slice(&position.segment.to_be_bytes());
        bytes.extend_from_slice(&position.offset.to_be_bytes());
    }
    added
}

fn document_key(id: DocumentId) -> Vec<u8> {
    [b"d".as_slice(), &id_bytes(id)].concat()
}

fn version_key(stream: &Stream) -> Vec<u8> {
    [b"v".as_slice(), stream.to_string().as_bytes()].concat()
}

fn record_prefix(stream: &Stream) -> Vec<u8> {
    // Names hold no NUL, so no stream's prefix begins another's.
    match stream {
        Stream::Document(id) => [b"r".as_slice(), &id_bytes(*id)].concat(),
        other => [b"n".as_slice(), other.to_string().as_bytes(), &[0]].concat(),
    }
}

fn stage_prefix(stage: StageKind) -> [u8; 2] {
    [b's', stage as u8]
}

fn stage_key(stage: StageKind, received: Seq, id: DocumentId) -> Vec<u8> {
    [stage_prefix(stage).as_slice(), &received.to_be_bytes(), &id_bytes(id)].concat()
}
