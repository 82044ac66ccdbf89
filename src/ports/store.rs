//! The journal and what is folded from it. Nothing above this port knows of files, index or SQL.

use async_trait::async_trait;

use crate::model::document::fold::IllegalStep;
use crate::model::document::stage::{Document, StageKind};
use crate::model::id::{Digest, DocumentId, ScenarioName, Who};
use crate::model::journal::{Event, Record, Seq, Stream};
use crate::model::message::Message;
use crate::model::time::Instant;

/// Events to be added to one stream, all or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Append {
    pub stream: Stream,
    /// Number of events in the stream that the writer has seen.
    pub expected_version: u64,
    pub who: Who,
    pub at: Instant,
    /// At least one, all of the stream's own kind.
    pub events: Vec<Event>,
}

/// Proof that events are durable: they survive a crash or a power cut after this was returned.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    pub last_seq: Seq,
    pub version: u64,
    /// The document as it now stands, if the stream is a document's.
    pub document: Option<Document>,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote first: load again and decide again.
    #[error("the stream stands at version {actual}, not {expected}")]
    Conflict { expected: u64, actual: u64 },
    #[error(transparent)]
    Illegal(#[from] IllegalStep),
    /// A mistake in the program: no events, an event of another kind than its stream, or one that is too large.
    #[error("not an append: {0}")]
    Malformed(&'static str),
    /// Not worth trying again; a person must act. The message says what to do.
    #[error("{0}")]
    Broken(Message),
}

/// Which documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    pub scenario: Option<ScenarioName>,
    /// Empty: every stage.
    pub stages: Vec<StageKind>,
}

#[async_trait]
pub trait Store: Send + Sync {
    /// Compare and append. When this returns `Ok`, the events are durable; when it returns `Conflict`, `Illegal`
    /// or `Malformed`, nothing was written. If the process dies meanwhile, all events are there afterwards or none.
    async fn append(&self, append: Append) -> Result<Committed, StoreError>;

    /// Number of events in a stream; 0 if there is none. Cheap: no record is read.
    async fn version(&self, stream: &Stream) -> Result<u64, StoreError>;

    /// Every record of a stream, in order.
    async fn load(&self, stream: &Stream) -> Result<Vec<Record>, StoreError>;

    /// Up to `limit` records of the whole journal after `after`, in order.
    async fn records(&self, after: Seq, limit: usize) -> Result<Vec<Record>, StoreError>;

    async fn document(&self, id: DocumentId) -> Result<Option<Document>, StoreError>;

    /// In order of their receipt.
    async fn documents(&self, filter: &DocumentFilter) -> Result<Vec<Document>, StoreError>;

    /// The documents known under a look-up digest, oldest first.
    async fn look_up(&self, key: Digest) -> Result<Vec<DocumentId>, StoreError>;

    /// Makes a document findable. Not durable by itself: after a crash the newest may be missing, after a power cut, a
    /// new version of the program or a rebuilt index all of them. Whoever starts asks `is_remembered` for every document
    /// with values, and remembers those that are not.
    async fn remember(&self, key: Digest, document: DocumentId) -> Result<(), StoreError>;

    /// Forgets every look-up digest of a document (erasure).
    async fn forget(&self, document: DocumentId) -> Result<(), StoreError>;

    /// Whether `remember` was ever called for this document (and survived).
    async fn is_remembered(&self, document: DocumentId) -> Result<bool, StoreError>;
}
