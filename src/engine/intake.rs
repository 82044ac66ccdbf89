//! A file becomes documents. The file is safe in its folder before the journal knows of it, and the same bytes given
//! again are the same intake.

use zeroize::Zeroizing;

use super::{Engine, EngineError};
use crate::model::document::event::{DocumentEvent, Medium};
use crate::model::id::{DocumentId, IntakeId, RunId, ScenarioName, VersionId, Who};
use crate::model::journal::{Event, Stream};
use crate::model::target::Environment;
use crate::ports::store::{Append, StoreError};
use crate::ports::vault::{Folder, Part};

/// Where received documents belong.
#[derive(Debug, Clone)]
pub struct Destination {
    pub scenario: ScenarioName,
    pub version: VersionId,
    pub environment: Environment,
    pub run: Option<RunId>,
    pub medium: Medium,
}

/// What receiving a file came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    New(DocumentId),
    /// The same bytes were received before.
    Again(DocumentId),
}

impl Received {
    pub fn document(self) -> DocumentId {
        match self {
            Received::New(id) | Received::Again(id) => id,
        }
    }
}

impl Engine {
    /// Takes a file in. When this returns, the file is durable and its original may go.
    ///
    /// # Errors
    /// If the store or the documents' folder cannot be written; then nothing counts as received.
    pub async fn receive(
        &self,
        who: Who,
        to: &Destination,
        bytes: Zeroizing<Vec<u8>>,
    ) -> Result<Received, EngineError> {
        let intake = self.vault.intake_id(to.environment, &to.scenario, &bytes);
        let first = first_document(intake);
        if self.store.document(first).await?.is_some() {
            return Ok(Received::Again(first));
        }
        self.vault.put(Folder::Intake(intake), Part::Source, bytes).await?;
        let append = Append {
            stream: Stream::Document(first),
            expected_version: 0,
            who,
            at: self.now(),
            events: vec![Event::Document(received(to))],
        };
        match self.store.append(append).await {
            Ok(_) => Ok(Received::New(first)),
            Err(StoreError::Conflict { .. }) => Ok(Received::Again(first)),
            Err(error) => Err(error.into()),
        }
    }
}

pub(super) fn first_document(intake: IntakeId) -> DocumentId {
    DocumentId { intake, position: 1 }
}

pub(super) fn received(to: &Destination) -> DocumentEvent {
    DocumentEvent::Received {
        scenario: to.scenario.clone(),
        version: to.version,
        environment: to.environment,
        run: to.run,
        medium: to.medium,
    }
}
