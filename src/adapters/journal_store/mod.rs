//! `ports::Store` on this machine: the journal makes events durable, the index finds them.

mod overlay;
mod writer;

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::data_folder::{DataFolder, DataLock};
use super::journal::disk::{Disk, OsDisk};
use super::journal::{Journal, JournalReader};
use super::sled_index::SledIndex;
use super::store_fault::Fault;
use crate::message;
use crate::model::document::stage::Document;
use crate::model::id::{Digest, DocumentId};
use crate::model::journal::{Record, Seq, Stream};
use crate::model::message::Message;
use crate::ports::store::{Append, Committed, DocumentFilter, Store, StoreError};
use overlay::Overlay;
pub use writer::OnFatal;
use writer::Waiting;

/// Records that a replay hands to the index at once. sled frees nothing while it applies a batch, and writes a whole page
/// anew for each key: at 20,000 records a replay of a million took 3 GB.
const REPLAY_STRIDE: u64 = 1_000;

/// How a store is opened; stories and benches change it, the program takes the default.
#[derive(Clone)]
pub struct StoreOptions {
    /// A segment of the journal that has reached this size is followed by a new one.
    pub segment_bytes: u64,
    pub disk: Arc<dyn Disk>,
    pub on_fatal: OnFatal,
    /// Names this run of the machine: an index left by another one may lack blocks.
    pub boot: String,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
            disk: Arc::new(OsDisk),
            on_fatal: Arc::new(end_process),
            boot: this_boot(),
        }
    }
}

/// What opening had to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Bytes of an unfinished batch that were cut off.
    pub cut_off: u64,
    /// Records that the index had not seen.
    pub replayed: u64,
}

/// Ends the process without unwinding: nothing may go on that believes something to be stored.
fn end_process(why: &Message) {
    tracing::error!("{why}");
    eprintln!("{why}");
    std::process::abort();
}

/// The kernel's name for the time since the machine was started. Where there is none, no index is trusted that was not
/// closed cleanly.
pub(in crate::adapters) fn this_boot() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| format!("unknown-{}", std::process::id()), |id| id.trim().to_owned())
}

pub struct JournalStore {
    index: Arc<SledIndex>,
    reader: Arc<JournalReader>,
    opening: Opening,
    waiting: Option<Sender<Waiting>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    lock: DataLock,
}

impl JournalStore {
    /// Takes the folder's lock, verifies the journal, brings the index up to it, and starts the writer.
    ///
    /// # Errors
    /// If another process holds the folder, a restore was not finished, or the journal is damaged.
    pub fn open(folder: &DataFolder, options: StoreOptions) -> Result<Self, Fault> {
        let lock = DataLock::take(folder)?;
        if folder.restore_mark().exists() {
            return Err(Fault(message!("store.restore-unfinished", folder = folder.root().display())));
        }
        Self::open_locked(lock, options)
    }

    /// The same for whoever holds the lock already.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_locked(lock: DataLock, options: StoreOptions) -> Result<Self, Fault> {
        let folder = lock.folder().clone();
        let journal = Journal::open(&folder.journal(), options.disk, options.segment_bytes)?;
        let reader = Arc::clone(journal.reader());
        let index = Arc::new(SledIndex::open(&folder.index(), &options.boot)?);
        let replayed = catch_up(&index, &reader)?;
        let opening = Opening { cut_off: journal.cut_off(), replayed };
        tracing::info!(last = journal.last(), opening.cut_off, replayed, "store opened");
        let (sender, receiver) = channel();
        let (writers_index, on_fatal) = (Arc::clone(&index), options.on_fatal);
        let writer = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer::run(journal, &writers_index, &receiver, &on_fatal))
            .map_err(|e| Fault::io(folder.root(), &e))?;
        Ok(Self { index, reader, opening, waiting: Some(sender), writer: Mutex::new(Some(writer)), lock })
    }

    pub fn opening(&self) -> Opening {
        self.opening
    }

    pub fn folder(&self) -> &DataFolder {
        self.lock.folder()
    }

    /// The journal's readable part, for backup and verifying.
    pub fn journal(&self) -> &Arc<JournalReader> {
        &self.reader
    }
}

impl Drop for JournalStore {
    /// Writes what waits, makes the index durable, and gives the folder back.
    fn drop(&mut self) {
        self.waiting = None;
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && writer.join().is_err()
        {
            tracing::error!("the store's writer panicked");
        }
    }
}

/// Replays what the index has not seen.
pub(in crate::adapters) fn catch_up(index: &SledIndex, reader: &JournalReader) -> Result<u64, Fault> {
    let (applied, last) = (index.applied()?, reader.extent().last);
    if applied > last {
        return Err(Fault(message!("store.end-lost", indexed = applied, last = last)));
    }
    let mut overlay = Overlay::over(index);
    let mut since = applied;
    reader.each_after(applied, |record, position| {
        overlay.replay(record, position)?;
        if overlay.through() - since >= REPLAY_STRIDE {
            since = overlay.through();
            let full = std::mem::replace(&mut overlay, Overlay::over(index));
            index.apply(&full.into_changes(since))?;
        }
        Ok(true)
    })?;
    if overlay.through() > since {
        let through = overlay.through();
        index.apply(&overlay.into_changes(through))?;
    }
    Ok(last - applied)
}

/// Runs what reads the disk where it holds nobody up.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(StoreError::Broken(message!("store.stopped"))),
    }
}

#[async_trait]
impl Store for JournalStore {
    async fn append(&self, append: Append) -> Result<Committed, StoreError> {
        let stopped = || StoreError::Broken(message!("store.stopped"));
        let (answer, answered) = oneshot::channel();
        let sender = self.waiting.as_ref().ok_or_else(stopped)?;
        sender.send(Waiting { append, answer }).map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    async fn version(&self, stream: &Stream) -> Result<u64, StoreError> {
        // A document carries its own number of events; the index counts only what has none to carry it.
        Ok(match stream {
            Stream::Document(id) => self.index.document(*id)?.map_or(0, |standing| standing.document.version),
            other => self.index.version(other)?,
        })
    }

    async fn load(&self, stream: &Stream) -> Result<Vec<Record>, StoreError> {
        let (index, reader, stream) = (Arc::clone(&self.index), Arc::clone(&self.reader), stream.clone());
        off_thread(move || reader.at(&index.positions(&stream)?)).await
    }

    async fn records(&self, after: Seq, limit: usize) -> Result<Vec<Record>, StoreError> {
        let reader = Arc::clone(&self.reader);
        off_thread(move || {
            let mut records = Vec::new();
            if limit > 0 {
                reader.each_after(after, |record, _| {
                    records.push(record);
                    Ok(records.len() < limit)
                })?;
            }
            Ok(records)
        })
        .await
    }

    async fn document(&self, id: DocumentId) -> Result<Option<Document>, StoreError> {
        Ok(self.index.document(id)?.map(|standing| standing.document))
    }

    async fn documents(&self, filter: &DocumentFilter) -> Result<Vec<Document>, StoreError> {
        let (index, filter) = (Arc::clone(&self.index), filter.clone());
        off_thread(move || index.documents(&filter)).await
    }

    async fn look_up(&self, key: Digest) -> Result<Vec<DocumentId>, StoreError> {
        Ok(self.index.look_up(key)?)
    }

    async fn remember(&self, key: Digest, document: DocumentId) -> Result<(), StoreError> {
        Ok(self.index.remember(key, document)?)
    }

    async fn forget(&self, document: DocumentId) -> Result<(), StoreError> {
        Ok(self.index.forget(document)?)
    }

    async fn is_remembered(&self, document: DocumentId) -> Result<bool, StoreError> {
        Ok(self.index.is_remembered(document)?)
    }
}
