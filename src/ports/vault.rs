//! The documents' folders: everything personal, encrypted from the first byte, one data key per folder.

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::model::id::{Digest, DocumentId, IntakeId, ScenarioName};
use crate::model::message::Message;
use crate::model::target::Environment;

/// Which folder: an intake's own (its source file, until it is split into documents) or a document's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Folder {
    Intake(IntakeId),
    Document(DocumentId),
}

impl std::fmt::Display for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Folder::Intake(id) => write!(f, "{id}"),
            Folder::Document(id) => write!(f, "{id}"),
        }
    }
}

/// A file in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The file as it arrived.
    Source,
    /// The document's n-th page as decoded (PNG), from 1.
    Page(u16),
    /// The n-th page registered on its blank (PNG).
    Registered(u16),
    /// The document's row of an export, with the header, as it arrived (CSV).
    Row,
    /// Field values as the document's n-th event vouches for them: JSON of `Vec<FieldValue>`. Written before that event,
    /// never over the values of an earlier one.
    Values(u64),
    /// What the target showed on completion: JSON.
    Receipt,
    /// Masked picture of the n-th submit or failure (PNG).
    Picture(u16),
    /// The n-th file that the target offered, from 1.
    File(u16),
    /// What was done in the browser for the document's n-th event: JSON of a `Trace`.
    Trace(u64),
    /// What the target or a person said about this document: JSON.
    Remarks,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Part::Source => f.write_str("source"),
            // The first page has no number: most documents have no other.
            Part::Page(1) => f.write_str("page"),
            Part::Page(n) => write!(f, "page-{n}"),
            Part::Registered(1) => f.write_str("registered"),
            Part::Registered(n) => write!(f, "registered-{n}"),
            Part::Row => f.write_str("row"),
            Part::Values(version) => write!(f, "values-{version}"),
            Part::Receipt => f.write_str("receipt"),
            Part::Picture(n) => write!(f, "picture-{n}"),
            Part::File(n) => write!(f, "file-{n}"),
            Part::Trace(version) => write!(f, "trace-{version}"),
            Part::Remarks => f.write_str("remarks"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The folder's key was destroyed.
    #[error("{0} was erased")]
    Erased(Folder),
    #[error("{folder} has no {part}")]
    Missing { folder: Folder, part: Part },
    /// Damaged, or not written with this store's key.
    #[error("{folder}/{part} cannot be decrypted: damaged, or another store key")]
    Unreadable { folder: Folder, part: String },
    #[error("the key of {0} cannot be unwrapped: damaged, or another store key")]
    UnreadableKey(Folder),
    #[error("{0} is not there")]
    NoFolder(Folder),
    #[error("{0}")]
    Io(Message),
}

#[async_trait]
pub trait Vault: Send + Sync {
    /// Durable when it returns: written beside, synced, renamed, folder synced. Makes the folder and its key at the
    /// first call. Replaces an earlier part of the same name.
    async fn put(&self, folder: Folder, part: Part, bytes: Zeroizing<Vec<u8>>) -> Result<(), VaultError>;

    async fn get(&self, folder: Folder, part: Part) -> Result<Zeroizing<Vec<u8>>, VaultError>;

    async fn has(&self, folder: Folder, part: Part) -> Result<bool, VaultError>;

    /// Destroys the folder's key (durably) and then its files. Erasing twice is no error; putting into the folder ever
    /// again is.
    async fn erase(&self, folder: Folder) -> Result<(), VaultError>;

    /// A digest under the folder's own key (made at the first call, as by `put`): after erasing it proves nothing any
    /// more.
    async fn digest(&self, folder: Folder, bytes: &[u8]) -> Result<Digest, VaultError>;

    /// The identity of what arrived, under the store's key.
    fn intake_id(&self, environment: Environment, scenario: &ScenarioName, bytes: &[u8]) -> IntakeId;

    /// A digest to find documents by, under the store's key; kept in the index only.
    fn look_up_digest(&self, scenario: &ScenarioName, key_fields: &str) -> Digest;
}
