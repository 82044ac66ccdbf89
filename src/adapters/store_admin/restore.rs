//! A backup becomes a store again. What happened after the backup is not known, so every document that was not settled
//! then is unknown now, until the target or a person says what became of it: nothing is entered again on old knowledge.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::backup::sync_all_of;
use super::manifest::{self, copy_hashed};
use crate::adapters::data_folder::{DataFolder, DataLock, make_private_dir, sync_dir, write_durably};
use crate::adapters::journal_store::{JournalStore, StoreOptions};
use crate::adapters::store_fault::Fault;
use crate::message;
use crate::model::document::event::DocumentEvent;
use crate::model::document::stage::{Document, StageKind};
use crate::model::id::Who;
use crate::model::journal::{Event, Stream};
use crate::model::time::Instant;
use crate::ports::store::{Append, DocumentFilter, Store};

/// Appends under way at once; they share their fsyncs.
const TOGETHER: usize = 256;

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    pub documents: usize,
    /// Documents whose outcome must be found out.
    pub unsettled: usize,
    pub made_at: Instant,
}

/// Brings a backup back into a new or empty data folder.
///
/// # Errors
/// If the folder holds anything, or the backup is not whole and unchanged. A folder in which a restore stopped half way
/// is refused by every later opening.
pub async fn restore(from: &Path, folder: &DataFolder, who: &Who, at: Instant) -> Result<Restored, Fault> {
    let (head, files) = manifest::read(from)?;
    let lock = lock_empty(folder)?;
    let mark = folder.restore_mark();
    write_durably(&mark, b"").map_err(|e| Fault::io(&mark, &e))?;
    for (path, bytes, sha256) in files {
        let to = folder.root().join(&path);
        let below = to.parent().unwrap_or(folder.root());
        make_private_dir(below).map_err(|e| Fault::io(below, &e))?;
        let copied = copy_hashed(&from.join(&path), &to, u64::MAX).map_err(|e| Fault::io(&from.join(&path), &e))?;
        if copied != (bytes, sha256) {
            return Err(Fault(message!("store.backup-damaged", file = from.join(&path).display())));
        }
    }
    File::open(folder.root()).and_then(|root| sync_all_of(&root)).map_err(|e| Fault::io(folder.root(), &e))?;
    let store = JournalStore::open_locked(lock, StoreOptions::default())?;
    let extent = store.journal().extent();
    if (extent.last, hex::encode(extent.link)) != (head.last, head.link) {
        return Err(Fault(message!("store.backup-damaged", file = from.join("journal").display())));
    }
    let (documents, unsettled) = doubt_the_unsettled(&store, who, at).await?;
    fs::remove_file(&mark).and_then(|()| sync_dir(folder.root())).map_err(|e| Fault::io(&mark, &e))?;
    Ok(Restored { documents, unsettled, made_at: head.made_at })
}

/// Nothing but what taking the lock makes may be there.
fn lock_empty(folder: &DataFolder) -> Result<DataLock, Fault> {
    let lock = DataLock::take(folder)?;
    let others = |entries: fs::ReadDir| entries.flatten().filter(|entry| entry.file_name() != "lock").count();
    match fs::read_dir(folder.root()).map(others) {
        Ok(0) => Ok(lock),
        Ok(_) => Err(Fault(message!("store.not-empty", folder = folder.root().display()))),
        Err(e) => Err(Fault::io(folder.root(), &io::Error::from(e.kind()))),
    }
}

async fn doubt_the_unsettled(store: &JournalStore, who: &Who, at: Instant) -> Result<(usize, usize), Fault> {
    let refused = |e: crate::ports::store::StoreError| Fault(message!("store.restore-failed", why = e));
    let documents = store.documents(&DocumentFilter::default()).await.map_err(refused)?;
    let is_open = |document: &&Document| {
        let stage = document.stage.kind();
        !stage.is_final() && stage != StageKind::Confirmed
    };
    let appends: Vec<Append> = documents
        .iter()
        .filter(is_open)
        .map(|document| Append {
            stream: Stream::Document(document.id),
            expected_version: document.version,
            who: who.clone(),
            at,
            events: vec![Event::Document(DocumentEvent::RestoredFromBackup)],
        })
        .collect();
    let unsettled = appends.len();
    stream::iter(appends)
        .map(|append| store.append(append))
        .buffer_unordered(TOGETHER)
        .try_for_each(|_| async { Ok(()) })
        .await
        .map_err(refused)?;
    Ok((documents.len(), unsettled))
}
