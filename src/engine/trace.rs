//! What was done in the browser, kept in the document's folder beside what it is about: readable as long as the
//! document is, erased with it.

use zeroize::Zeroizing;

use super::{Engine, EngineError};
use crate::entering::trace::Trace;
use crate::model::document::stage::Document;
use crate::model::id::DocumentId;
use crate::ports::vault::{Folder, Part, VaultError};

impl Engine {
    /// Keeps the trace of the visit that the document's `version`-th event began or is to tell of. A later one of the same
    /// visit takes its place.
    pub(super) async fn keep_trace(&self, id: DocumentId, version: u64, trace: &Trace) -> Result<(), EngineError> {
        let json = Zeroizing::new(serde_json::to_vec(trace).expect("a trace is plain data"));
        Ok(self.vault.put(Folder::Document(id), Part::Trace(version), json).await?)
    }

    /// Every trace that was kept of a document, by the number of its event.
    ///
    /// # Errors
    /// If the folder was erased or damaged.
    pub async fn traces(&self, document: &Document) -> Result<Vec<(u64, Trace)>, EngineError> {
        let mut traces = Vec::new();
        // A visit whose event never came stands one beyond the last.
        for version in 1..=document.version + 1 {
            match self.vault.get(Folder::Document(document.id), Part::Trace(version)).await {
                // One that is not understood was written by another version of the program: what it did is not guessed.
                Ok(json) => traces.extend(serde_json::from_slice(&json).ok().map(|trace| (version, trace))),
                Err(VaultError::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(traces)
    }
}
