//! The same case again: two documents of one scenario with the same key fields. A person decides before the second is
//! entered.

use super::{Engine, EngineError};
use crate::model::document::event::DocumentEvent;
use crate::model::document::stage::{Document, Stage, StageKind};
use crate::model::id::{Digest, DocumentId, FieldName, Who};
use crate::model::value::{Content, FieldValue};

impl Engine {
    /// Looks a ready document up among its like, and makes it findable itself. Gives the document as it then stands.
    pub(super) async fn check_duplicate(&self, document: Document) -> Result<Document, EngineError> {
        if document.duplicate_cleared || document.stage != Stage::Ready {
            return Ok(document);
        }
        let deployed = self.deployed(&document)?;
        let values = self.values(&document).await?;
        let Some(key) = self.look_up_key(&document, &deployed.bundle.scenario.key, &values) else {
            return Ok(document);
        };
        let _one_at_a_time = self.duplicates.lock().await;
        for other in self.store.look_up(key).await? {
            if other != document.id && self.still_counts(other).await? {
                let event = DocumentEvent::DuplicateSuspected { of: other };
                return self.append(&document, Who::Jitan, vec![event]).await;
            }
        }
        self.store.remember(key, document.id).await?;
        Ok(document)
    }

    /// Remembers what a crash may have forgotten: look-ups are not synced, the documents are.
    ///
    /// # Errors
    /// If the store cannot be read or written; a single unreadable document is skipped, since it cannot be entered
    /// either.
    pub async fn remember_forgotten(&self) -> Result<u32, EngineError> {
        let mut remembered = 0;
        for document in self.store.documents(&crate::ports::store::DocumentFilter::default()).await? {
            let gone = matches!(document.stage.kind(), StageKind::Rejected | StageKind::Erased);
            if gone || document.values.is_none() || self.store.is_remembered(document.id).await? {
                continue;
            }
            let (Ok(deployed), Ok(values)) = (self.deployed(&document), self.values(&document).await) else { continue };
            if let Some(key) = self.look_up_key(&document, &deployed.bundle.scenario.key, &values) {
                self.store.remember(key, document.id).await?;
                remembered += 1;
            }
        }
        Ok(remembered)
    }

    /// `None` if the scenario names no key, or a key field is not written: nothing to compare.
    fn look_up_key(&self, document: &Document, key: &[FieldName], values: &[FieldValue]) -> Option<Digest> {
        if key.is_empty() {
            return None;
        }
        // The environment stands in front: trials must not make live documents look like duplicates.
        let mut text = format!("{:?}", document.environment);
        for name in key {
            let value = values.iter().find(|v| v.field == *name)?;
            let Content::Written(written) = &value.content else { return None };
            text.push('\u{1f}');
            text.push_str(written.expose());
        }
        let digest = self.vault.look_up_digest(&document.scenario, &text);
        zeroize::Zeroize::zeroize(&mut text);
        Some(digest)
    }

    /// A rejected or erased document was never entered and never will be.
    async fn still_counts(&self, other: DocumentId) -> Result<bool, EngineError> {
        let other = self.store.document(other).await?;
        Ok(other.is_some_and(|d| !matches!(d.stage.kind(), StageKind::Rejected | StageKind::Erased)))
    }
}
