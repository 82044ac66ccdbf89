//! `ports::Store` in memory: for trials and stories that need no disk. It keeps the same contract, but for durability.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::appending::prepare;
use crate::model::document::stage::Document;
use crate::model::id::{Digest, DocumentId};
use crate::model::journal::{Record, Seq, Stream};
use crate::ports::store::{Append, Committed, DocumentFilter, Store, StoreError};

#[derive(Debug, Default)]
struct Kept {
    records: Vec<Record>,
    versions: HashMap<Stream, u64>,
    /// With their place in the order of receipt.
    documents: HashMap<DocumentId, (Seq, Document)>,
    digests: BTreeMap<Digest, BTreeSet<DocumentId>>,
}

#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
}

impl MemoryStore {
    pub fn new() -> Self {
        Self::default()
    }

    /// A panic elsewhere leaves nothing half done: every change is made after the last thing that can fail.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn append(&self, append: Append) -> Result<Committed, StoreError> {
        let mut kept = self.kept();
        let stream = append.stream.clone();
        let next_seq = kept.records.len() as u64 + 1;
        let standing = match &stream {
            Stream::Document(id) => kept.documents.get(id),
            _ => None,
        };
        let received = standing.map_or(next_seq, |(received, _)| *received);
        let version = kept.versions.get(&stream).copied().unwrap_or(0);
        let prepared = prepare(append, version, standing.map(|(_, document)| document), next_seq)?;
        kept.records.extend(prepared.records);
        kept.versions.insert(stream, prepared.version);
        if let Some(document) = &prepared.document {
            kept.documents.insert(document.id, (received, document.clone()));
        }
        let last_seq = kept.records.len() as u64;
        Ok(Committed { last_seq, version: prepared.version, document: prepared.document })
    }

    async fn version(&self, stream: &Stream) -> Result<u64, StoreError> {
        Ok(self.kept().versions.get(stream).copied().unwrap_or(0))
    }

    async fn load(&self, stream: &Stream) -> Result<Vec<Record>, StoreError> {
        Ok(self.kept().records.iter().filter(|record| record.stream == *stream).cloned().collect())
    }

    async fn records(&self, after: Seq, limit: usize) -> Result<Vec<Record>, StoreError> {
        Ok(self.kept().records.iter().filter(|record| record.seq > after).take(limit).cloned().collect())
    }

    async fn document(&self, id: DocumentId) -> Result<Option<Document>, StoreError> {
        Ok(self.kept().documents.get(&id).map(|(_, document)| document.clone()))
    }

    async fn documents(&self, filter: &DocumentFilter) -> Result<Vec<Document>, StoreError> {
        let kept = self.kept();
        let wanted = |document: &Document| {
            (filter.stages.is_empty() || filter.stages.contains(&document.stage.kind()))
                && filter.scenario.as_ref().is_none_or(|name| *name == document.scenario)
        };
        let mut found: Vec<_> = kept.documents.values().filter(|(_, document)| wanted(document)).collect();
        found.sort_by_key(|(received, _)| *received);
        Ok(found.into_iter().map(|(_, document)| document.clone()).collect())
    }

    async fn look_up(&self, key: Digest) -> Result<Vec<DocumentId>, StoreError> {
        let kept = self.kept();
        let mut found: Vec<DocumentId> = kept.digests.get(&key).into_iter().flatten().copied().collect();
        found.sort_by_key(|id| (kept.documents.get(id).map_or(Seq::MAX, |(received, _)| *received), *id));
        Ok(found)
    }

    async fn remember(&self, key: Digest, document: DocumentId) -> Result<(), StoreError> {
        self.kept().digests.entry(key).or_default().insert(document);
        Ok(())
    }

    async fn forget(&self, document: DocumentId) -> Result<(), StoreError> {
        for documents in self.kept().digests.values_mut() {
            documents.remove(&document);
        }
        Ok(())
    }

    async fn is_remembered(&self, document: DocumentId) -> Result<bool, StoreError> {
        Ok(self.kept().digests.values().any(|documents| documents.contains(&document)))
    }
}
