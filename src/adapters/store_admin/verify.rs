//! Is everything there, unchanged, and of one mind? Journal against its seals, every history against the fold, the index
//! against both, every folder against its key.

use std::collections::{HashMap, HashSet};

use super::lock_existing;
use crate::adapters::data_folder::DataFolder;
use crate::adapters::journal::JournalReader;
use crate::adapters::journal_store::{catch_up, this_boot};
use crate::adapters::sled_index::SledIndex;
use crate::adapters::store_fault::Fault;
use crate::adapters::vault::{FileVault, StoreKey};
use crate::message;
use crate::model::document::fold::{Stamp, apply};
use crate::model::document::stage::{Document, StageKind};
use crate::model::id::{DocumentId, IntakeId};
use crate::model::journal::{Event, Record, Stream};
use crate::model::message::Message;
use crate::ports::vault::{Folder, VaultError};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    pub segments: usize,
    pub batches: u64,
    pub records: u64,
    pub documents: usize,
    pub folders: usize,
    /// Something is lost or wrong, and a person must act.
    pub faults: Vec<Message>,
    /// Worth knowing; the next start mends it by itself.
    pub notes: Vec<Message>,
}

/// Looks at everything. Changes nothing but the index, which it brings up to the journal as every start does.
///
/// # Errors
/// If it cannot look at all: no store, held by another process, another key. What it finds is in [`Verified::faults`].
pub fn verify(folder: &DataFolder, key: &StoreKey) -> Result<Verified, Fault> {
    let _lock = lock_existing(folder)?;
    let mut found = Verified::default();
    let reader = match JournalReader::open(&folder.journal()) {
        Ok((reader, scan)) => {
            (found.segments, found.batches, found.records) = (scan.segments.len(), scan.batches, scan.last);
            if scan.torn > 0 {
                found.notes.push(message!("store.torn-end", bytes = scan.torn));
            }
            reader
        }
        Err(damage) => {
            found.faults.push(damage.0);
            return Ok(found);
        }
    };
    let documents = match histories(&reader) {
        Ok(documents) => documents,
        Err(fault) => {
            found.faults.push(fault.0);
            return Ok(found);
        }
    };
    found.documents = documents.len();
    if let Err(fault) = compare_index(folder, &reader, &documents, &mut found) {
        found.faults.push(fault.0);
    }
    compare_folders(&FileVault::open(folder, key)?, &documents, &mut found)?;
    Ok(found)
}

/// Folds every stream.
fn histories(reader: &JournalReader) -> Result<HashMap<DocumentId, Document>, Fault> {
    let mut documents: HashMap<DocumentId, Document> = HashMap::new();
    let mut versions: HashMap<Stream, u64> = HashMap::new();
    reader.each_after(0, |record, _| {
        let Record { seq, at, who, stream, version, event } = record;
        let illegal = |why: &dyn std::fmt::Display| Fault(message!("store.illegal-history", seq = seq, why = why));
        let reached = match (&stream, &event) {
            (Stream::Document(id), Event::Document(happening)) => {
                let after = apply(*id, documents.get(id), &Stamp { at, who }, happening).map_err(|e| illegal(&e))?;
                let reached = after.version;
                documents.insert(*id, after);
                reached
            }
            (Stream::Document(_), _) => return Err(illegal(&"its event is of another kind than its stream")),
            _ => {
                let reached = versions.entry(stream).or_insert(0);
                *reached += 1;
                *reached
            }
        };
        if reached == version { Ok(true) } else { Err(illegal(&"its version is out of order")) }
    })?;
    Ok(documents)
}

fn compare_index(
    folder: &DataFolder,
    reader: &JournalReader,
    documents: &HashMap<DocumentId, Document>,
    found: &mut Verified,
) -> Result<(), Fault> {
    if !folder.index().exists() {
        found.notes.push(message!("store.index-absent"));
        return Ok(());
    }
    let index = SledIndex::open(&folder.index(), &this_boot())?;
    let behind = catch_up(&index, reader)?;
    if behind > 0 {
        found.notes.push(message!("store.index-behind", records = behind));
    }
    let mut differing = documents.len().abs_diff(index.staged());
    for (id, document) in documents {
        let indexed = index.document(*id)?.map(|standing| standing.document);
        differing += usize::from(indexed.as_ref() != Some(document));
    }
    if differing > 0 {
        found.faults.push(message!("store.index-differs", documents = differing));
    }
    index.close()
}

fn compare_folders(
    vault: &FileVault,
    documents: &HashMap<DocumentId, Document>,
    found: &mut Verified,
) -> Result<(), Fault> {
    let folders = vault.folders()?;
    found.folders = folders.len();
    let there: HashSet<Folder> = folders.iter().copied().collect();
    let intakes: HashSet<IntakeId> = documents.keys().map(|id| id.intake).collect();
    for folder in &folders {
        let referred = match folder {
            Folder::Document(id) => documents.contains_key(id),
            Folder::Intake(id) => intakes.contains(id),
        };
        // Written before it was referred to, and the power failed in between; or still waiting to be split.
        if !referred {
            found.notes.push(message!("store.folder-unreferred", folder = folder));
        }
        match vault.verify(*folder) {
            Ok(()) => {}
            Err(VaultError::Io(why)) => found.faults.push(why),
            Err(VaultError::NoFolder(folder)) if !referred => {
                found.notes.push(message!("store.folder-empty", folder = folder));
            }
            Err(why) => found.faults.push(message!("store.folder-unreadable", folder = folder, why = why)),
        }
    }
    let mut ids: Vec<&DocumentId> = documents.keys().collect();
    ids.sort_unstable();
    for id in ids {
        let folder = Folder::Document(*id);
        let erased = documents[id].stage.kind() == StageKind::Erased;
        if erased && there.contains(&folder) && !vault.is_erased(folder) {
            found.faults.push(message!("store.not-erased", folder = folder));
        }
        if !erased && !there.contains(&folder) {
            found.faults.push(message!("store.folder-missing", folder = folder));
        }
    }
    Ok(())
}
